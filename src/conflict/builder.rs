//! Access sets from keys of any kind, one transaction after the other.

use super::{AccessSets, Repetitions};
use crate::error::{InputError, Place};
use crate::limits::MAX_ACCOUNTS;
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash};

/// Builds [`AccessSets`] from keys of any kind: strings, account ids, storage slots. Keys are numbered in order of first
/// mention, a transaction's writes before its reads; the hash has a random key. For many 32-byte keys at a time
/// [`Interner`](super::Interner) is faster.
///
/// ```
/// use wavelock::conflict::AccessSetsBuilder;
///
/// let mut builder = AccessSetsBuilder::new();
/// builder.push(["price"], ["alice", "bob"])?;
/// builder.push(["price"], ["carol"])?;
/// builder.push([], ["bob", "carol"])?;
/// assert_eq!(wavelock::serial::conflict::schedule(builder.sets()).wave, [0, 0, 1]);
/// assert_eq!(builder.keys(), ["alice", "bob", "price", "carol"]);
/// # Ok::<(), wavelock::InputError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AccessSetsBuilder<K> {
    sets: AccessSets,
    keys: Vec<K>,
    index: HashTable<u32>,
    hash: RandomState,
    repetitions: Repetitions,
}

impl<K: Hash + Eq> Default for AccessSetsBuilder<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq> AccessSetsBuilder<K> {
    /// A builder without transactions.
    pub fn new() -> Self {
        Self {
            sets: AccessSets::default(),
            keys: Vec::new(),
            index: HashTable::new(),
            hash: RandomState::default(),
            repetitions: Repetitions::default(),
        }
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
        self.sets.check_room()?;
        let transaction = self.sets.len();
        let begin = self.sets.keys.len();
        let added = self.extend(begin, writes).and_then(|writes_end| {
            let reads_end = self.extend(begin, reads)?;
            self.sets.first.extend([writes_end, reads_end]);
            Ok(transaction)
        });
        if added.is_err() {
            self.sets.keys.truncate(begin);
        }
        self.sets.key_count = self.keys.len();
        added
    }

    fn extend(&mut self, begin: usize, keys: impl IntoIterator<Item = K>) -> Result<u32, InputError> {
        for key in keys {
            if self.sets.keys.len() >= MAX_ACCOUNTS || self.keys.len() >= MAX_ACCOUNTS {
                return Err(self.sets.too_many_keys());
            }
            let index = self.number(key);
            self.repetitions.add(&mut self.sets.keys, begin, index, self.keys.len());
        }
        Ok(self.sets.keys.len() as u32)
    }

    fn number(&mut self, key: K) -> u32 {
        let Self { keys, index, hash, .. } = self;
        let hashed = hash.hash_one(&key);
        if let Some(&known) = index.find(hashed, |&known| keys[known as usize] == key) {
            return known;
        }
        let fresh = keys.len() as u32;
        keys.push(key);
        index.insert_unique(hashed, fresh, |&known| hash.hash_one(&keys[known as usize]));
        fresh
    }

    /// The sets so far.
    pub fn sets(&self) -> &AccessSets {
        &self.sets
    }

    /// The keys so far by their index.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// Forgets transactions and keys and keeps the memory for the next block.
    pub fn clear(&mut self) {
        self.sets.clear();
        self.keys.clear();
        self.index.clear();
    }

    /// The sets, and the keys by their index.
    pub fn finish(self) -> (AccessSets, Vec<K>) {
        (self.sets, self.keys)
    }
}

/// Builds [`AccessSets`] from keys that the caller has numbered already: slots of a table, interned ids.
///
/// ```
/// use wavelock::conflict::IndexSetsBuilder;
///
/// let mut builder = IndexSetsBuilder::new(1_000);
/// builder.push(&[7], &[1, 999])?;
/// builder.push(&[1], &[])?;
/// assert_eq!(wavelock::serial::conflict::waves(builder.sets()), [0, 1]);
/// # Ok::<(), wavelock::InputError>(())
/// ```
#[derive(Clone, Debug)]
pub struct IndexSetsBuilder {
    sets: AccessSets,
    repetitions: Repetitions,
}

impl IndexSetsBuilder {
    /// A builder without transactions for indices below `key_count`; engines keep up to 16 bytes for each of them.
    ///
    /// # Panics
    /// When `key_count` is above [`MAX_ACCOUNTS`].
    pub fn new(key_count: usize) -> Self {
        assert!(key_count <= MAX_ACCOUNTS, "at most {MAX_ACCOUNTS} keys");
        Self { sets: AccessSets { key_count, ..AccessSets::default() }, repetitions: Repetitions::default() }
    }

    /// Adds a transaction by its read and write set and returns its index. The sets may repeat keys and overlap.
    ///
    /// # Errors
    /// An index that is not below the number of keys; more transactions or accesses than [`crate::limits`] allows. The
    /// transaction is then not added.
    pub fn push(&mut self, reads: &[u32], writes: &[u32]) -> Result<usize, InputError> {
        self.sets.check_room()?;
        let AccessSets { key_count, keys, first } = &mut self.sets;
        let transaction = first.len() / 2;
        if let Some(wrong) = writes.iter().chain(reads).find(|&&key| key as usize >= *key_count) {
            let message = format!("expected key indices below {key_count}, found {wrong}");
            return Err(InputError::new(Place::Transaction(transaction), message));
        }
        if keys.len() + writes.len() + reads.len() > MAX_ACCOUNTS {
            return Err(self.sets.too_many_keys());
        }
        let begin = keys.len();
        writes.iter().for_each(|&key| self.repetitions.add(keys, begin, key, *key_count));
        first.push(keys.len() as u32);
        reads.iter().for_each(|&key| self.repetitions.add(keys, begin, key, *key_count));
        first.push(keys.len() as u32);
        Ok(transaction)
    }

    /// The sets so far.
    pub fn sets(&self) -> &AccessSets {
        &self.sets
    }

    /// Forgets the transactions, keeps the memory, and expects indices below `key_count` from now on.
    ///
    /// # Panics
    /// When `key_count` is above [`MAX_ACCOUNTS`].
    pub fn clear(&mut self, key_count: usize) {
        assert!(key_count <= MAX_ACCOUNTS, "at most {MAX_ACCOUNTS} keys");
        self.sets.clear();
        self.sets.key_count = key_count;
    }

    /// The sets.
    pub fn finish(self) -> AccessSets {
        self.sets
    }
}
