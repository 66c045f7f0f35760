//! The state: a dense table of accounts in order of creation, with a height.

use crate::account::{Account, AccountId, Balance};
use crate::error::{Error, InputError, Place, Result};
use crate::ids::{Ids, RUN};
use crate::limits::MAX_ACCOUNTS;
use crate::outcome::{Change, Digest, Outcome};
use crate::parallel::root::RootTree;
use crate::root::Root;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Changes that one task applies.
const APPLIED_AT_ONCE: usize = 1 << 13;

/// Which contents of which state: no two states of a process share one unless one is an unchanged clone of the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StateVersion(u64);

impl StateVersion {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The state from which another one came, and by which changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The contents before.
    pub version: StateVersion,
    /// The changes that were applied.
    pub changes: Digest,
}

/// Which contents these are, and where they come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lineage {
    /// These contents.
    pub version: StateVersion,
    /// Where they come from; `None` where it was not one outcome.
    pub origin: Option<Origin>,
}

/// A set of accounts at a height. An account's slot is its position in order of creation and never changes.
#[derive(Clone, Debug)]
pub struct State {
    height: u64,
    ids: Ids,
    balances: Vec<Balance>,
    total: u128,
    version: StateVersion,
    origin: Option<Origin>,
    root: OnceLock<Root>,
    tree: OnceLock<Arc<RootTree>>,
}

impl State {
    /// Memory for an account: id, balance and nonce, its place in the index of ids.
    pub(crate) const BYTES_PER_ACCOUNT: usize = 32 + 32 + 16;

    /// A state without accounts.
    pub fn new(height: u64) -> Self {
        Self {
            height,
            ids: Ids::default(),
            balances: Vec::new(),
            total: 0,
            version: StateVersion::next(),
            origin: None,
            root: OnceLock::new(),
            tree: OnceLock::new(),
        }
    }

    /// A state of the given accounts, slot by slot.
    ///
    /// # Errors
    /// An account that occurs twice, more accounts than slots, or balances whose sum does not fit in `u128`; the place
    /// counts accounts from 0.
    pub fn from_accounts(height: u64, accounts: impl IntoIterator<Item = Account>) -> Result<Self, InputError> {
        let mut state = Self::new(height);
        let mut accounts = accounts.into_iter();
        state.reserve(accounts.size_hint().0);
        let mut run = Vec::with_capacity(RUN);
        loop {
            run.extend(accounts.by_ref().take(RUN));
            if run.is_empty() {
                return Ok(state);
            }
            let before = state.len();
            state
                .extend(&run)
                .map_err(|(place, message)| InputError::new(Place::Transaction(before + place), message))?;
            run.clear();
        }
    }

    /// Makes room for `additional` accounts.
    pub fn reserve(&mut self, additional: usize) {
        self.ids.reserve(additional);
        self.balances.reserve(additional);
    }

    /// Adds an account in the next slot; the error says what is wrong with it and changes nothing.
    pub fn push(&mut self, account: Account) -> Result<u32, String> {
        self.push_hashed(account, self.ids.hash(&account.id))
    }

    /// Adds accounts in the next slots, with one wait for memory instead of one each. The error says what is wrong with
    /// which of them; those before it stay.
    pub(crate) fn extend(&mut self, accounts: &[Account]) -> Result<(), (usize, String)> {
        for (number, run) in accounts.chunks(RUN).enumerate() {
            let hashes = self.prepare(run.iter());
            for (place, (account, hash)) in run.iter().zip(hashes).enumerate() {
                self.push_hashed(*account, hash).map_err(|message| (number * RUN + place, message))?;
            }
        }
        Ok(())
    }

    fn push_hashed(&mut self, account: Account, hash: u32) -> Result<u32, String> {
        if self.ids.slot_hashed(&account.id, hash).is_some() {
            return Err(format!("account {} occurs twice: expected each account once", account.id));
        }
        if self.ids.len() >= MAX_ACCOUNTS {
            return Err(format!("there are more accounts: expected at most {MAX_ACCOUNTS}"));
        }
        let total = self
            .total
            .checked_add(account.balance)
            .ok_or("the sum of all balances is too large: expected at most 2^128 - 1")?;
        self.total = total;
        self.version = StateVersion::next();
        self.origin = None;
        self.root.take();
        self.tree.take();
        Ok(self.insert(account, hash))
    }

    /// Hashes of at most [`RUN`] accounts that are about to be added; room for them, and their buckets on the way.
    fn prepare<'a>(&mut self, accounts: impl ExactSizeIterator<Item = &'a Account>) -> [u32; RUN] {
        let mut hashes = [0; RUN];
        self.ids.reserve(accounts.len());
        for (hash, account) in hashes.iter_mut().zip(accounts) {
            *hash = self.ids.hash(&account.id);
            self.ids.prefetch(*hash);
        }
        hashes
    }

    fn insert(&mut self, account: Account, hash: u32) -> u32 {
        self.balances.push(Balance { balance: account.balance, nonce: account.nonce });
        self.ids.push_hashed(&account.id, hash)
    }

    /// Height of the last block applied, or of the snapshot that was loaded.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// Number of accounts.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no accounts.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Sum of all balances.
    pub fn total(&self) -> u128 {
        self.total
    }

    /// Identifies these contents within the process.
    pub fn version(&self) -> StateVersion {
        self.version
    }

    /// Identifies these contents, and those they come from.
    pub fn lineage(&self) -> Lineage {
        Lineage { version: self.version, origin: self.origin }
    }

    /// The account's slot, `None` where it is not in the state.
    pub fn slot(&self, id: &AccountId) -> Option<u32> {
        self.ids.slot(id)
    }

    /// Ids by slot, slots by id.
    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The account with this id, `None` where it is not in the state.
    pub fn get(&self, id: &AccountId) -> Option<Account> {
        self.slot(id).map(|slot| self.account(slot))
    }

    /// The account in `slot`, which must be below [`State::len`].
    pub fn account(&self, slot: u32) -> Account {
        let Balance { balance, nonce } = self.balances[slot as usize];
        Account { id: self.ids.as_slice()[slot as usize], balance, nonce }
    }

    /// All accounts in slot order.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = Account> + '_ {
        (0..self.len() as u32).map(|slot| self.account(slot))
    }

    /// The state's root. The first call hashes every account, unless an outcome brought the root along.
    pub fn root(&self) -> Root {
        *self.root.get_or_init(|| self.root_tree().root())
    }

    /// The root, where it is known already.
    pub fn known_root(&self) -> Option<Root> {
        self.root.get().copied()
    }

    /// The tree under the root, from which accounts are proved. The first call hashes every account; from then on the
    /// state keeps the tree, 64 bytes a slot, and [`State::apply`] hashes changed paths only.
    pub fn root_tree(&self) -> &RootTree {
        self.tree.get_or_init(|| Arc::new(RootTree::new(self)))
    }

    /// The root without keeping a tree, for who has one elsewhere.
    #[cfg(feature = "gpu")]
    pub(crate) fn root_alone(&self) -> Root {
        *self.root.get_or_init(|| match self.tree.get() {
            Some(tree) => tree.root(),
            None => RootTree::new(self).root(),
        })
    }

    /// Whether the state keeps its tree, so that applying an outcome hashes the changed paths in any case.
    #[cfg(feature = "gpu")]
    pub(crate) fn keeps_tree(&self) -> bool {
        self.tree.get().is_some()
    }

    /// Balances and nonces in slot order.
    pub(crate) fn balances(&self) -> &[Balance] {
        &self.balances
    }

    /// Applies the outcome of a block: writes its changes and takes the block's height.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] where the outcome was computed on another state; nothing is changed then.
    pub fn apply(&mut self, outcome: &Outcome) -> Result<()> {
        if outcome.computed_on != self.version {
            return Err(Error::StateMismatch { block: outcome.height, state: self.height });
        }
        let digest = Digest::of(&outcome.changes);
        self.apply_to_tree(outcome, digest);
        let known = outcome.changes.partition_point(|change| (change.slot as usize) < self.ids.len());
        let (changed, created) = outcome.changes.split_at(known);
        self.apply_changed(changed);
        for run in created.chunks(RUN) {
            let hashes = self.prepare(run.iter().map(|change| &change.account));
            for (change, hash) in run.iter().zip(hashes) {
                let slot = self.insert(change.account, hash);
                assert_eq!(slot, change.slot, "changes come in slot order, new accounts without gaps");
            }
        }
        self.height = outcome.height;
        self.origin = Some(Origin { version: self.version, changes: digest });
        self.version = StateVersion::next();
        Ok(())
    }

    /// Changes of accounts that exist, in slot order; many are divided among cores.
    fn apply_changed(&mut self, changes: &[Change]) {
        let ids = self.ids.as_slice();
        let apply = |(first, balances, changes): (usize, &mut [Balance], &[Change])| {
            for Change { slot, account } in changes {
                let slot = *slot as usize;
                assert_eq!(ids[slot], account.id, "a change names the account that holds its slot");
                balances[slot - first] = Balance { balance: account.balance, nonce: account.nonce };
            }
        };
        if changes.len() <= APPLIED_AT_ONCE {
            return apply((0, &mut self.balances, changes));
        }
        let (mut rest, mut first) = (&mut self.balances[..], 0);
        let mut parts = Vec::with_capacity(changes.len().div_ceil(APPLIED_AT_ONCE));
        for part in changes.chunks(APPLIED_AT_ONCE) {
            let end = part.last().map_or(first, |change| change.slot as usize + 1);
            let (balances, after) = rest.split_at_mut(end - first);
            parts.push((first, balances, part));
            (rest, first) = (after, end);
        }
        parts.into_par_iter().for_each(apply);
    }

    /// The tree takes over what was hashed for the outcome, or hashes the changed paths itself.
    fn apply_to_tree(&mut self, outcome: &Outcome, digest: Digest) {
        self.root = outcome.root.map_or_else(OnceLock::new, OnceLock::from);
        if let Some(tree) = self.tree.get_mut() {
            let tree = Arc::make_mut(tree);
            match &outcome.root_update {
                Some(update) if update.is_of(tree.root(), digest) => tree.merge(update),
                _ => _ = tree.update(&outcome.changes),
            }
            self.root = OnceLock::from(tree.root());
        }
    }
}

impl PartialEq for State {
    /// Same height and the same accounts in the same slots.
    fn eq(&self, other: &Self) -> bool {
        self.height == other.height && self.ids.as_slice() == other.ids.as_slice() && self.balances == other.balances
    }
}

impl Eq for State {}
