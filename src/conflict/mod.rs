//! Conflicts between transactions that declare what they read and write: access sets in, waves out.
//!
//! Two transactions conflict when they share a key that at least one of them writes; two readers of a key do not.
//! The wave of a transaction is 0 when no earlier transaction conflicts with it, else 1 + the largest wave among the
//! earlier ones that do. Transactions of one wave can run at the same time, waves one after the other.

mod builder;
mod dependencies;
mod interner;
mod schedule;

pub use builder::{AccessSetsBuilder, IndexSetsBuilder};
pub use dependencies::Dependencies;
pub use interner::{Interner, Key};
pub use schedule::{Groups, Schedule};

use crate::error::{InputError, Place};
use crate::limits::{MAX_ACCOUNTS, MAX_TRANSACTIONS};

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

    /// Number of keys; every key index is below it. Keys that no transaction names count too, where the indices come from
    /// the caller.
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

    /// Forgets the transactions and keeps the memory.
    fn clear(&mut self) {
        self.key_count = 0;
        self.keys.clear();
        self.first.truncate(1);
    }

    /// Whether one more transaction is allowed.
    fn check_room(&self) -> Result<(), InputError> {
        if self.len() < MAX_TRANSACTIONS {
            return Ok(());
        }
        let message = format!("expected at most {MAX_TRANSACTIONS} transactions");
        Err(InputError::new(Place::Transaction(self.len()), message))
    }

    /// What more keys than are allowed are reported as.
    fn too_many_keys(&self) -> InputError {
        let message = format!("expected at most {MAX_ACCOUNTS} keys in all read and write sets");
        InputError::new(Place::Transaction(self.len()), message)
    }
}

/// Drops what a transaction names twice.
#[derive(Clone, Debug, Default)]
struct Repetitions {
    /// Per key the stamp of the last long transaction that named it.
    named: Vec<u32>,
    stamp: u32,
}

impl Repetitions {
    /// Up to here comparing is cheaper than going to a table.
    const COMPARED: usize = 16;

    /// Adds a key to the transaction that begins at `begin` in `keys`, unless it is there. A transaction's keys are added
    /// in one go, and `key_count` is above all of them so far.
    #[inline(always)]
    fn add(&mut self, keys: &mut Vec<u32>, begin: usize, key: u32, key_count: usize) {
        if keys.len() - begin < Self::COMPARED {
            if !keys[begin..].contains(&key) {
                keys.push(key);
            }
        } else {
            self.add_to_many(keys, begin, key, key_count);
        }
    }

    #[cold]
    #[inline(never)]
    fn add_to_many(&mut self, keys: &mut Vec<u32>, begin: usize, key: u32, key_count: usize) {
        if self.named.len() < key_count {
            self.named.resize(key_count, 0);
        }
        if keys.len() - begin == Self::COMPARED {
            // A key that was repeated at this very length comes here again: a new stamp only forgets what is now marked.
            self.stamp = self.stamp.checked_add(1).unwrap_or_else(|| {
                self.named.fill(0);
                1
            });
            keys[begin..].iter().for_each(|&earlier| self.named[earlier as usize] = self.stamp);
        }
        if std::mem::replace(&mut self.named[key as usize], self.stamp) != self.stamp {
            keys.push(key);
        }
    }
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
