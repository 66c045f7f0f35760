//! The state root on all cores: a tree that keeps every node and hashes changed paths only.

mod lanes;
pub(crate) mod paths;

#[cfg(feature = "gpu")]
pub(crate) use lanes::record;
pub(crate) use lanes::{finish, leaf, parent};

use crate::account::Account;
use crate::outcome::{Change, Digest};
use crate::proof::Proof;
use crate::root::{EMPTY, Node, Root, height};
use crate::state::State;
use lanes::{Block, LANES};
use paths::{Changed, count_after, paths};
use rayon::prelude::*;

/// Nodes that one task hashes: some 25 µs of work.
const TASK: usize = 1 << 10;

/// Every node of a state's tree: 64 bytes a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootTree {
    /// From the leaves to the top. Each level ends with its last node that is not empty.
    levels: Vec<Vec<Node>>,
    count: u32,
}

/// The nodes of a tree that the changes of a block replace, computed beside the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootUpdate {
    /// Indices and nodes of each level.
    levels: Vec<(Vec<u32>, Vec<Node>)>,
    before: Root,
    count: u32,
    root: Root,
    /// Of the changes that it was computed of.
    digest: Digest,
}

impl RootTree {
    /// The tree of a state, all of it hashed anew.
    pub fn new(state: &State) -> Self {
        let mut tree = Self { levels: Vec::new(), count: 0 };
        tree.rebuild(state);
        tree
    }

    /// Becomes the tree of a state, all of it hashed anew; the memory is kept.
    pub fn rebuild(&mut self, state: &State) {
        let count = state.len() as u32;
        self.levels.resize_with(height(count) + 1, Vec::new);
        let leaves = &mut self.levels[0];
        leaves.resize(state.len(), EMPTY);
        leaves.par_chunks_mut(TASK).enumerate().for_each(|(task, leaves)| {
            let first = task * TASK;
            hash_leaves(|position| state.account((first + position) as u32), leaves);
        });
        for level in 0..height(count) {
            let (below, above) = self.levels.split_at_mut(level + 1);
            hash_level(&below[level], &mut above[0]);
        }
        self.count = count;
    }

    /// Slots of the state.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The state's root.
    pub fn root(&self) -> Root {
        finish(&self.node(height(self.count), 0), self.count)
    }

    /// What the changes of a block make of this tree, which stays as it is.
    ///
    /// # Panics
    /// Changes that are not in slot order, or new slots with gaps.
    pub fn preview(&self, changes: &[Change]) -> RootUpdate {
        let count = count_after(changes, self.count);
        let mut leaves = vec![EMPTY; changes.len()];
        let tasks = leaves.par_chunks_mut(TASK).zip(changes.par_chunks(TASK));
        tasks.for_each(|(leaves, changes)| hash_leaves(|position| changes[position].account, leaves));
        let mut levels: Vec<(Vec<u32>, Vec<Node>)> = Vec::new();
        for (level, changed) in paths(changes, count).into_iter().enumerate() {
            let nodes = match levels.last() {
                None => std::mem::take(&mut leaves),
                Some(below) => self.changed_nodes(level - 1, below, &changed),
            };
            levels.push((changed.indices, nodes));
        }
        let before = self.root();
        let root = match levels.last().and_then(|(_, nodes)| nodes.first()) {
            Some(top) => finish(top, count),
            None => before,
        };
        RootUpdate { levels, before, count, root, digest: Digest::of(changes) }
    }

    /// Takes over the nodes of an update that was computed beside this tree.
    ///
    /// # Panics
    /// An update of another tree.
    pub fn merge(&mut self, update: &RootUpdate) {
        assert_eq!(self.root(), update.before, "an update belongs to the tree that it was computed beside");
        self.levels.resize_with(update.levels.len().max(self.levels.len()), Vec::new);
        self.levels.par_iter_mut().zip(&update.levels).for_each(|(nodes, (indices, changed))| {
            for (index, node) in indices.iter().zip(changed) {
                match nodes.get_mut(*index as usize) {
                    Some(old) => *old = *node,
                    None => nodes.push(*node),
                }
            }
        });
        self.count = update.count;
    }

    /// Hashes the paths of changed accounts anew.
    ///
    /// # Panics
    /// Changes that are not in slot order, or new slots with gaps.
    pub fn update(&mut self, changes: &[Change]) -> Root {
        let update = self.preview(changes);
        self.merge(&update);
        update.root
    }

    /// Proof that `slot` holds `account`, as it did when its leaf was hashed; `None` where there is no such slot.
    pub fn prove(&self, slot: u32, account: Account) -> Option<Proof> {
        if slot >= self.count {
            return None;
        }
        let sibling = |level: usize| self.node(level, (slot >> level ^ 1) as usize);
        let siblings: Vec<Node> = (0..height(self.count)).map(sibling).collect();
        Some(Proof::new(slot, self.count, account, &siblings).expect("a slot of the tree with its siblings"))
    }

    fn node(&self, level: usize, index: usize) -> Node {
        self.levels.get(level).and_then(|nodes| nodes.get(index)).copied().unwrap_or(EMPTY)
    }

    /// The changed nodes above those of `below`, which is the level of that number.
    fn changed_nodes(&self, level: usize, below: &(Vec<u32>, Vec<Node>), changed: &Changed) -> Vec<Node> {
        let (indices, nodes) = below;
        let old = self.levels.get(level).map_or(&[][..], Vec::as_slice);
        let child = |index: u32, position: usize| {
            if indices.get(position) == Some(&index) {
                nodes[position]
            } else {
                old.get(index as usize).copied().unwrap_or(EMPTY)
            }
        };
        let pair = |(index, first): (&u32, &u32)| -> Block {
            let (left, first) = (2 * index, *first as usize);
            let right_at = first + usize::from(indices[first] == left);
            bytemuck::cast([child(left, first), child(left + 1, right_at)])
        };
        let mut above = vec![EMPTY; changed.indices.len()];
        let tasks = above.par_chunks_mut(TASK).zip(changed.indices.par_chunks(TASK));
        tasks.zip(changed.children.par_chunks(TASK)).for_each(|((above, indices), firsts)| {
            let groups = indices.chunks(LANES).zip(firsts.chunks(LANES));
            for (above, (indices, firsts)) in above.chunks_mut(LANES).zip(groups) {
                let mut blocks = [[0; 64]; LANES];
                for (block, parent) in blocks.iter_mut().zip(indices.iter().zip(firsts)) {
                    *block = pair(parent);
                }
                lanes::parents(&blocks.each_ref()[..above.len()], above);
            }
        });
        above
    }
}

impl RootUpdate {
    /// The root that the update was computed beside.
    pub fn before(&self) -> Root {
        self.before
    }

    /// The root after the changes.
    pub fn root(&self) -> Root {
        self.root
    }

    /// Whether it is what `changes` make of the tree with this root.
    pub(crate) fn is_of(&self, before: Root, changes: Digest) -> bool {
        self.before == before && self.digest == changes
    }

    /// Nodes that were hashed.
    pub fn nodes(&self) -> usize {
        self.levels.iter().map(|(_, nodes)| nodes.len()).sum()
    }
}

/// Computes on the CPU what `changes` make of the tree, and holds `claimed` against it. The update is the check's own and
/// at once what to go on with where the claim is wrong.
pub fn verify_root(tree: &RootTree, changes: &[Change], claimed: &Root) -> (RootUpdate, bool) {
    let update = tree.preview(changes);
    let same = update.root == *claimed;
    (update, same)
}

fn hash_leaves(account: impl Fn(usize) -> Account, leaves: &mut [Node]) {
    for (group, leaves) in leaves.chunks_mut(LANES).enumerate() {
        let mut records = [[0; 64]; LANES];
        for (position, record) in records[..leaves.len()].iter_mut().enumerate() {
            *record = lanes::record(&account(group * LANES + position));
        }
        lanes::leaves(&records.each_ref()[..leaves.len()], leaves);
    }
}

fn hash_level(below: &[Node], above: &mut Vec<Node>) {
    above.resize(below.len().div_ceil(2), EMPTY);
    above.par_chunks_mut(TASK).zip(below.par_chunks(2 * TASK)).for_each(|(above, below)| {
        let (pairs, single) = below.as_flattened().as_chunks::<64>();
        for (above, pairs) in above.chunks_mut(LANES).zip(pairs.chunks(LANES)) {
            let mut blocks = [&pairs[0]; LANES];
            for (block, pair) in blocks.iter_mut().zip(pairs) {
                *block = pair;
            }
            lanes::parents(&blocks[..pairs.len()], &mut above[..pairs.len()]);
        }
        if !single.is_empty() {
            let mut block = [0; 64];
            block[..32].copy_from_slice(single);
            let last = above.len() - 1;
            lanes::parents(&[&block], &mut above[last..]);
        }
    });
}

#[cfg(test)]
mod tests;
