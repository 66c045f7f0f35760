//! The state root on the device: the tree stays there between blocks, and only changed accounts travel.

mod changes;
mod kernels;

pub(super) use changes::CHANGED;
pub(super) use kernels::{sources, structs};

use super::device::Device;
use super::staging::StagingRing;
use crate::account::Account;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::limits::{ACCOUNT_BYTES, ROOT_DISPATCH_NODES};
use crate::outcome::Change;
use crate::parallel::root::record;
use crate::root::{LEAF_CONTEXT, NODE_CONTEXT, Node, ROOT_CONTEXT, Root, height};
use crate::state::{State, StateVersion};
use crate::verify::root::Place;
use changes::{Pending, Plan};
use kernels::{Commands, HashJob, Kernels};
use rayon::prelude::*;
use std::sync::Arc;
use wgpu::BufferUsages as Usage;

const STAGE: &str = "root";
/// Bytes of a record that travel: the last eight are zero. `WHOLE_RECORD` of shaders/root/leaves.wgsl in words.
pub(super) const SENT_BYTES: usize = ACCOUNT_BYTES - 8;
/// The same where balance and nonce are small: eight and four bytes hold them. A card's time goes into writing across the bus.
const SMALL_BYTES: usize = 32 + 8 + 4;
/// Accounts that a core takes at a time.
const GRAIN: usize = 1 << 12;
/// Records that a card gets at a time: each part costs the host a submit, a third of what writing half as many takes.
const RECORDS_FOR_A_CARD: u32 = 1 << 18;
const NODE_BYTES: u64 = 32;
/// Nodes of a read-back: half a megabyte.
const GATHERED_AT_ONCE: usize = 1 << 14;

fn whole(account: &Account) -> [u8; SENT_BYTES] {
    *record(account).first_chunk().expect("a part of it")
}

fn is_small(account: &Account) -> bool {
    u64::try_from(account.balance).is_ok() && u32::try_from(account.nonce).is_ok()
}

fn small(account: &Account) -> [u8; SMALL_BYTES] {
    let (whole, mut bytes) = (whole(account), [0; SMALL_BYTES]);
    // Id and lower half of the balance, lower half of the nonce.
    bytes[..40].copy_from_slice(&whole[..40]);
    bytes[40..].copy_from_slice(&whole[48..52]);
    bytes
}

const STORAGE: Usage = Usage::STORAGE.union(Usage::COPY_DST).union(Usage::COPY_SRC);

/// The tree of a state on the device, and the changes of one block beside it.
pub struct RootTree {
    device: Arc<Device>,
    kernels: Kernels,
    keys: wgpu::Buffer,
    records: Option<wgpu::Buffer>,
    staging: StagingRing,
    result: wgpu::Buffer,
    readback: wgpu::Buffer,
    tree: Option<Tree>,
    pending: Option<Pending>,
}

/// A tree in device memory: 64 bytes for each of `capacity` slots, a power of two.
struct Tree {
    nodes: wgpu::Buffer,
    capacity: u32,
    count: u32,
    root: Root,
    /// The state whose tree this is, where it is known.
    version: Option<StateVersion>,
}

impl Tree {
    /// First node of a level. A level has room for `capacity >> level` nodes.
    fn level(&self, level: usize) -> u32 {
        let all = 2 * u64::from(self.capacity);
        (all - (all >> level)) as u32
    }
}

impl std::fmt::Debug for RootTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RootTree").field("device", &self.device.summary).finish_non_exhaustive()
    }
}

fn fault(message: impl Into<String>) -> Error {
    Error::Device { stage: STAGE, kind: FaultKind::Refused, message: message.into() }
}

impl RootTree {
    /// A tree of no state yet; shaders are compiled here.
    pub fn new(device: Arc<Device>) -> Self {
        let keys = device.buffer("root keys", 96, Usage::UNIFORM | Usage::COPY_DST);
        let derived = [LEAF_CONTEXT, NODE_CONTEXT, ROOT_CONTEXT].map(|context| blake3::derive_key(context, &[]));
        device.write(STAGE, &keys, 0, derived.as_flattened());
        let kernels = Kernels::new(&device);
        let result = device.buffer("root", NODE_BYTES, STORAGE);
        let readback = device.readback("root readback", NODE_BYTES);
        let (records, staging) = (None, StagingRing::default());
        Self { device, kernels, keys, records, staging, result, readback, tree: None, pending: None }
    }

    /// Why a device has no room for the tree of so many slots, where it has none.
    pub(in crate::gpu) fn no_room(device: &Device, slots: usize) -> Option<String> {
        let needed = 2 * NODE_BYTES * (slots as u64).next_power_of_two();
        let most = device.binding_bytes;
        let message = || format!("a tree of {slots} slots takes {needed} bytes: this device binds at most {most}");
        (needed > most).then(message)
    }

    /// Hashes all accounts of a state.
    ///
    /// # Errors
    /// [`Error::Device`] where the tree does not fit into a binding, or the device fails; the tree is gone then.
    pub fn rebuild(&mut self, state: &State) -> Result<Root> {
        self.pending = None;
        let count = state.len() as u32;
        let at_hand = self.tree_of_capacity(count);
        let mut tree = self.room(count, at_hand)?;
        tree.count = count;
        self.clear(&tree)?;
        self.upload(state.len(), |slot| state.account(slot as u32), &tree.nodes)?;
        let (device, kernels) = (self.device.clone(), &self.kernels);
        let mut commands = Commands::new(&device, &self.keys);
        let mut nodes = count;
        for level in 1..=height(count) {
            nodes = nodes.div_ceil(2);
            let (source, target_node) = (tree.level(level - 1), tree.level(level));
            let job = HashJob { count: nodes, source, target_node, slots: count, words: 0 };
            commands.add(&kernels.level, &[&tree.nodes], job, 2);
        }
        let top = HashJob { count: 1, source: tree.level(height(count)), target_node: 0, slots: count, words: 0 };
        commands.add(&kernels.finish, &[&tree.nodes, &self.result], top, 0);
        tree.root = self.run(commands)?;
        tree.version = Some(state.version());
        Ok(self.tree.insert(tree).root)
    }

    /// The roots before and after the changes of a block on `state`. The tree on the device follows the state: it is
    /// built where it is another's, and takes over the last changes where these were applied.
    ///
    /// # Errors
    /// As [`RootTree::rebuild`].
    pub fn roots(&mut self, state: &State, changes: &[Change]) -> Result<(Root, Root)> {
        let version = Some(state.version());
        let known = |root: Root, count: u32| state.known_root() == Some(root) && state.len() == count as usize;
        let merged = self.pending.as_ref().is_some_and(|pending| known(pending.root, pending.plan.count));
        let before = match &self.tree {
            Some(tree) if tree.version == version || known(tree.root, tree.count) => tree.root,
            Some(_) if merged => self.merge()?,
            _ => self.rebuild(state)?,
        };
        self.tree.as_mut().expect("it was found or built").version = version;
        Ok((before, self.preview(changes)?))
    }

    /// Hashes the paths of changed accounts and takes them over.
    ///
    /// # Errors
    /// As [`RootTree::preview`].
    pub fn update(&mut self, changes: &[Change]) -> Result<Root> {
        self.preview(changes)?;
        self.merge()
    }

    /// The root that changes lead to; the tree stays as it is, and what was hashed waits beside it for
    /// [`RootTree::merge`].
    ///
    /// # Errors
    /// [`Error::Device`] where there is no tree yet, the changes do not fit into a binding, or the device fails; the tree
    /// is gone in the last case.
    ///
    /// # Panics
    /// Changes that are not in slot order, or new slots with gaps.
    pub fn preview(&mut self, changes: &[Change]) -> Result<Root> {
        self.pending = None;
        let mut tree = self.tree.take().ok_or_else(|| fault("there is no tree to change"))?;
        let plan = Plan::new(changes, tree.count);
        if plan.nodes == 0 {
            return Ok(self.tree.insert(tree).root);
        }
        if plan.bytes() > self.device.binding_bytes {
            let (bytes, most) = (plan.bytes(), self.device.binding_bytes);
            self.tree = Some(tree);
            return Err(fault(format!("the changed nodes take {bytes} bytes: this device binds at most {most}")));
        }
        if plan.count > tree.capacity {
            tree = self.grown(tree, plan.count)?;
        }
        let root = self.hash_changes(&tree, plan, changes)?;
        self.tree = Some(tree);
        Ok(root)
    }

    fn hash_changes(&mut self, tree: &Tree, plan: Plan, changes: &[Change]) -> Result<Root> {
        let mut pending = Pending::new(&self.device, tree, plan);
        let plan = &pending.plan;
        self.upload(changes.len(), |number| changes[number].account, &pending.changed)?;
        let (device, kernels) = (self.device.clone(), &self.kernels);
        let mut commands = Commands::new(&device, &self.keys);
        let storage = [&tree.nodes, &pending.children, &pending.changed];
        for (first, count) in plan.levels.iter().skip(1).copied() {
            let job = HashJob { count, source: first, target_node: first, slots: plan.count, words: 0 };
            commands.add(&kernels.paths, &storage, job, 1);
        }
        let top = HashJob { count: 1, source: plan.nodes - 1, target_node: 0, slots: plan.count, words: 0 };
        commands.add(&kernels.finish, &[&pending.changed, &self.result], top, 0);
        pending.root = self.run(commands)?;
        Ok(self.pending.insert(pending).root)
    }

    /// Takes over what was hashed last; without it the tree stays as it is.
    ///
    /// # Errors
    /// [`Error::Device`] where there is no tree, or the device fails; the tree is gone then.
    pub fn merge(&mut self) -> Result<Root> {
        let mut tree = self.tree.take().ok_or_else(|| fault("there is no tree to change"))?;
        if let Some(pending) = self.pending.take() {
            let mut commands = Commands::new(&self.device, &self.keys);
            let Plan { nodes, count, .. } = pending.plan;
            let job = HashJob { count: nodes, ..HashJob::default() };
            commands.add(&self.kernels.merge, &[&pending.changed, &pending.places, &tree.nodes], job, 1);
            self.device.enqueue(STAGE, commands.encode(|_| {}))?;
            self.device.check(STAGE)?;
            (tree.count, tree.root, tree.version) = (count, pending.root, None);
        }
        Ok(self.tree.insert(tree).root)
    }

    /// Nodes of the tree, and of those that the last [`RootTree::preview`] changed, for a check by samples.
    ///
    /// # Errors
    /// [`Error::Device`] where there is no such tree or node, or the device fails.
    pub fn nodes(&self, places: &[Place]) -> Result<Vec<Node>> {
        let mut nodes = Vec::with_capacity(places.len());
        for part in places.chunks(GATHERED_AT_ONCE) {
            let (Some(tree), Some(pending)) = (&self.tree, &self.pending) else {
                return Err(fault("there is no tree with changes to read nodes of"));
            };
            let known = part.iter().map(|place| pending.place(tree, *place)).collect::<Option<Vec<u32>>>();
            let known = known.ok_or_else(|| fault("a node was asked for that is neither in the tree nor changed"))?;
            let bytes = NODE_BYTES * part.len() as u64;
            let places = self.device.buffer("root nodes asked for", bytes / 8, STORAGE);
            self.device.queue.write_buffer(&places, 0, bytemuck::cast_slice(&known));
            let gathered = self.device.buffer("root nodes", bytes, STORAGE);
            let readback = self.device.readback("root nodes readback", bytes);
            let mut commands = Commands::new(&self.device, &self.keys);
            let job = HashJob { count: part.len() as u32, ..HashJob::default() };
            commands.add(&self.kernels.gather, &[&tree.nodes, &pending.changed, &places, &gathered], job, 1);
            let commands = commands.encode(|encoder| encoder.copy_buffer_to_buffer(&gathered, 0, &readback, 0, bytes));
            let read = |bytes: &[u8]| nodes.extend_from_slice(bytes.as_chunks().0);
            self.device.run(STAGE, commands, &readback, bytes, read)?;
        }
        Ok(nodes)
    }

    /// Submits, and reads the root back.
    fn run(&self, commands: Commands) -> Result<Root> {
        let commands = commands.encode(|encoder| {
            self.device.copy_results(STAGE, encoder, &[(&self.result, 0, NODE_BYTES)], &self.readback);
        });
        let read = |bytes: &[u8]| Root(bytes.try_into().expect("as many bytes as asked for"));
        self.device.run(STAGE, commands, &self.readback, NODE_BYTES, read)
    }

    /// Uploads accounts and hashes them to the first nodes of `nodes`, a bounded part at a time.
    fn upload(&mut self, count: usize, account: impl Fn(usize) -> Account + Sync, nodes: &wgpu::Buffer) -> Result<()> {
        let at_once = if self.device.is_card() { RECORDS_FOR_A_CARD } else { ROOT_DISPATCH_NODES };
        let most = at_once.min((self.device.binding_bytes / SENT_BYTES as u64) as u32).max(1) as usize;
        let bytes = (count.min(most) * SENT_BYTES) as u64;
        if self.records.as_ref().is_none_or(|records| records.size() < bytes) {
            self.records = Some(self.device.buffer("root records", bytes, STORAGE));
        }
        let records = self.records.as_ref().expect("made above");
        for first in (0..count).step_by(most) {
            let part = most.min(count - first);
            let accounts = (first..first + part).into_par_iter().with_min_len(GRAIN);
            let all_small = accounts.all(|number| is_small(&account(number)));
            let each = if all_small { SMALL_BYTES } else { SENT_BYTES };
            let bytes = (part * each) as u64;
            let staging = self.staging.take(&self.device, bytes);
            staging.fill(&self.device, STAGE, bytes, |upload| match all_small {
                true => upload.rows(part, |number| small(&account(first + number))),
                false => upload.rows(part, |number| whole(&account(first + number))),
            })?;
            let mut encoder = self.device.encoder(STAGE);
            encoder.copy_buffer_to_buffer(staging.buffer(), 0, records, 0, bytes);
            let mut commands = Commands::new(&self.device, &self.keys);
            let job =
                HashJob { count: part as u32, source: 0, target_node: first as u32, slots: 0, words: each as u32 / 4 };
            commands.add(&self.kernels.leaves, &[records, nodes], job, 1);
            commands.append(&mut encoder);
            self.device.enqueue(STAGE, encoder)?;
            self.staging.give_back(staging);
        }
        self.device.check(STAGE)
    }

    /// The tree at hand where it has room for `count` slots and not far too much.
    fn tree_of_capacity(&mut self, count: u32) -> Option<Tree> {
        let fits = |tree: &Tree| tree.capacity >= count && tree.capacity / 8 <= count.max(1 << 10);
        self.tree.take().filter(fits)
    }

    /// A tree with room for `count` slots and some more, `at_hand` where there is one.
    fn room(&self, count: u32, at_hand: Option<Tree>) -> Result<Tree> {
        if let Some(tree) = at_hand {
            return Ok(tree);
        }
        let bytes = |capacity: u64| 2 * NODE_BYTES * capacity;
        let most = self.device.binding_bytes;
        let wanted = [u64::from(count) + u64::from(count) / 8, u64::from(count)].map(u64::next_power_of_two);
        let Some(capacity) = wanted.into_iter().find(|capacity| bytes(*capacity) <= most) else {
            return Err(fault(Self::no_room(&self.device, count as usize).expect("the smaller of both is too large")));
        };
        let nodes = self.device.buffer("root tree", bytes(capacity), STORAGE);
        self.device.check(STAGE)?;
        Ok(Tree { nodes, capacity: capacity as u32, count: 0, root: Root([0; 32]), version: None })
    }

    /// Empty nodes everywhere.
    fn clear(&self, tree: &Tree) -> Result<()> {
        let mut encoder = self.device.encoder(STAGE);
        encoder.clear_buffer(&tree.nodes, 0, None);
        self.device.enqueue(STAGE, encoder)
    }

    /// The same tree with room for `count` slots.
    fn grown(&self, tree: Tree, count: u32) -> Result<Tree> {
        let larger = self.room(count, None)?;
        let mut encoder = self.device.encoder(STAGE);
        for level in 0..=height(tree.count) {
            let [from, to] = [&tree, &larger].map(|tree| NODE_BYTES * u64::from(tree.level(level)));
            let bytes = NODE_BYTES * u64::from(tree.capacity >> level);
            encoder.copy_buffer_to_buffer(&tree.nodes, from, &larger.nodes, to, bytes);
        }
        self.device.enqueue(STAGE, encoder)?;
        self.device.check(STAGE)?;
        Ok(Tree { nodes: larger.nodes, capacity: larger.capacity, ..tree })
    }
}
