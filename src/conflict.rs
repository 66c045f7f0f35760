//! Conflicts between transactions that declare what they read and write: access sets in, waves out.
//!
//! Two transactions conflict when they share a key that at least one of them writes; two readers of a key do not.
//! The wave of a transaction is 0 when no earlier transaction conflicts with it, else 1 + the largest wave among the
//! earlier ones that do. Transactions of one wave can run at the same time, waves one after the other.

use crate::error::{InputError, Place};
use crate::limits::{MAX_ACCOUNTS, MAX_TRANSACTIONS};
use foldhash::quality::RandomState;
use hashbrown::HashMap;
use std::hash::Hash;

/// How many of the hottest keys a [`Schedule`] names.
pub const HOTTEST_KEYS: usize = 10;

/// The read and write sets of a block's transactions, keys as indices from 0.
///
/// A transaction names a key once: repetitions are dropped, and a key both read and written counts as written. A
/// transaction may name no key at all; it conflicts with nothing and its wave is 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessSets {
    key_count: usize,
    keys: Vec<u32>,
    /// Transaction `t` writes `keys[first[2t]..first[2t + 1]]` and reads `keys[first[2t + 1]..first[2t + 2]]`.
    first: Vec<u32>,
}

impl Default for AccessSets {
    fn default() -> Self {
        Self { key_count: 0, keys: Vec::new(), first: vec![0] }
    }
}

impl AccessSets {
    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.first.len() / 2
    }

    /// Whether there are no transactions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of different keys; every key index is below it.
    pub fn key_count(&self) -> usize {
        self.key_count
    }

    /// The keys that `transaction` writes, in the order in which they were given.
    pub fn writes(&self, transaction: usize) -> &[u32] {
        &self.keys[self.first[2 * transaction] as usize..self.first[2 * transaction + 1] as usize]
    }

    /// The keys that `transaction` reads and does not write, in the order in which they were given.
    pub fn reads(&self, transaction: usize) -> &[u32] {
        &self.keys[self.first[2 * transaction + 1] as usize..self.first[2 * transaction + 2] as usize]
    }

    /// All keys of `transaction`: those it writes, then those it only reads.
    pub fn accesses(&self, transaction: usize) -> &[u32] {
        &self.keys[self.first[2 * transaction] as usize..self.first[2 * transaction + 2] as usize]
    }

    /// The keys of all transactions one after the other, each transaction's writes before its reads.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// Bounds in [`AccessSets::keys`], 2 · transactions + 1 of them: where each transaction's writes and reads begin,
    /// by turns, and the number of keys at the end.
    pub fn first(&self) -> &[u32] {
        &self.first
    }
}

/// Builds [`AccessSets`] from keys of any kind: strings, account ids, storage slots.
///
/// ```
/// use wavelock::conflict::AccessSetsBuilder;
///
/// let mut builder = AccessSetsBuilder::new();
/// builder.push(["price"], ["alice", "bob"])?;
/// builder.push(["price"], ["carol"])?;
/// builder.push([], ["bob", "carol"])?;
/// let (sets, _keys) = builder.finish();
/// assert_eq!(wavelock::serial::conflict::schedule(&sets).wave, [0, 0, 1]);
/// # Ok::<(), wavelock::InputError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AccessSetsBuilder<K> {
    sets: AccessSets,
    index: HashMap<K, u32, RandomState>,
    /// Per key 1 + the last transaction that named it.
    named: Vec<u32>,
}

impl<K: Hash + Eq> Default for AccessSetsBuilder<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq> AccessSetsBuilder<K> {
    /// A builder without transactions.
    pub fn new() -> Self {
        Self { sets: AccessSets::default(), index: HashMap::default(), named: Vec::new() }
    }

    /// Adds a transaction by its read and write set and returns its index. The sets may repeat keys and overlap.
    ///
    /// # Errors
    /// More transactions, keys or accesses than [`crate::limits`] allows. The transaction is then not added.
    pub fn push(
        &mut self,
        reads: impl IntoIterator<Item = K>,
        writes: impl IntoIterator<Item = K>,
    ) -> Result<usize, InputError> {
        let transaction = self.sets.len();
        if transaction >= MAX_TRANSACTIONS {
            let message = format!("expected at most {MAX_TRANSACTIONS} transactions");
            return Err(InputError::new(Place::Transaction(transaction), message));
        }
        let before = self.sets.keys.len();
        let added = self.extend(transaction, writes).and_then(|writes_end| {
            let reads_end = self.extend(transaction, reads)?;
            self.sets.first.extend([writes_end, reads_end]);
            Ok(transaction)
        });
        if added.is_err() {
            for key in self.sets.keys.drain(before..) {
                self.named[key as usize] = 0;
            }
        }
        added
    }

    fn extend(&mut self, transaction: usize, keys: impl IntoIterator<Item = K>) -> Result<u32, InputError> {
        let mark = transaction as u32 + 1;
        for key in keys {
            if self.sets.keys.len() >= MAX_ACCOUNTS || self.index.len() >= MAX_ACCOUNTS {
                let message = format!("expected at most {MAX_ACCOUNTS} keys in all read and write sets");
                return Err(InputError::new(Place::Transaction(transaction), message));
            }
            let fresh = self.index.len() as u32;
            let index = *self.index.entry(key).or_insert(fresh);
            if index == fresh {
                self.named.push(0);
            }
            if std::mem::replace(&mut self.named[index as usize], mark) != mark {
                self.sets.keys.push(index);
            }
        }
        Ok(self.sets.keys.len() as u32)
    }

    /// The sets, and the keys by their index.
    pub fn finish(mut self) -> (AccessSets, Vec<K>) {
        let mut keys: Vec<(u32, K)> = self.index.into_iter().map(|(key, index)| (index, key)).collect();
        keys.sort_unstable_by_key(|(index, _)| *index);
        self.sets.key_count = keys.len();
        (self.sets, keys.into_iter().map(|(_, key)| key).collect())
    }
}

/// In which order transactions can run, and what stands in the way of running more of them at once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schedule {
    /// The wave of each transaction.
    pub wave: Vec<u32>,
    /// Number of waves: the largest one + 1, or 0 without transactions.
    pub waves: u32,
    /// One longest chain: transaction indices of which each conflicts with the next, with waves 0, 1, 2 … It ends at
    /// the first transaction of the last wave, and each link is the latest that can stand there, so all engines name
    /// the same chain.
    pub longest_chain: Vec<usize>,
    /// Transactions of the largest set that is connected by conflicts; 1 where nothing conflicts, 0 without
    /// transactions.
    pub largest_component: usize,
    /// Up to [`HOTTEST_KEYS`] keys by how many transactions name them, largest first, then by index. Only keys count that
    /// some transaction writes and another one names: nobody waits for others.
    pub hottest: Vec<(u32, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_overlapping_keys_count_once_and_as_written() {
        let mut builder = AccessSetsBuilder::new();
        builder.push(["r", "w", "r", "x"], ["w", "w", "v"]).expect("few keys");
        builder.push([], []).expect("few keys");
        builder.push(["w", "w"], []).expect("few keys");
        let (sets, keys) = builder.finish();
        assert_eq!(keys, ["w", "v", "r", "x"]);
        assert_eq!((sets.len(), sets.key_count()), (3, 4));
        assert_eq!((sets.writes(0), sets.reads(0)), (&[0, 1][..], &[2, 3][..]));
        assert_eq!(sets.accesses(0), [0, 1, 2, 3]);
        assert!(sets.accesses(1).is_empty());
        assert_eq!((sets.writes(2), sets.reads(2)), (&[][..], &[0][..]));
        assert_eq!((sets.keys(), sets.first()), (&[0, 1, 2, 3, 0][..], &[0, 2, 4, 4, 4, 4, 5][..]));
    }

    #[test]
    fn no_transactions_are_empty_sets() {
        let (sets, keys) = AccessSetsBuilder::<u64>::new().finish();
        assert!(sets.is_empty() && keys.is_empty());
        assert_eq!(sets, AccessSets::default());
    }
}
