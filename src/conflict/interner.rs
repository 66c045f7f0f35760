//! Access sets from 32-byte keys, many transactions at a time.
//!
//! A hash table that outgrows the cache costs a wait for memory at every step of a look-up. Transactions are taken in
//! runs: all keys of a run are hashed and their buckets prefetched, then the keys that the buckets point at, and only then
//! is anything compared.

use super::{AccessSets, Repetitions};
use crate::error::{InputError, Place};
use crate::limits::MAX_ACCOUNTS;
use crate::memory::{Table, prefetch};
use foldhash::quality::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A 32-byte key: an account id, a storage slot, a public key.
pub type Key = [u8; 32];

/// Keys of a run: enough to hide the waits behind each other, few enough that what was prefetched is still there.
const RUN: usize = 128;
/// Buckets of the smallest table.
const SMALLEST: usize = 1 << 10;

/// Builds [`AccessSets`] from 32-byte keys, block after block: numbers them in order of first mention, a transaction's
/// writes before its reads. Its hash has a random key, so nobody can choose keys that collide.
///
/// ```
/// use wavelock::conflict::{Interner, Key};
///
/// let key = |byte| -> Key { [byte; 32] };
/// let (price, alice, bob) = (key(1), key(2), key(3));
/// let mut interner = Interner::new();
/// // A transaction is what it reads and what it writes.
/// let block: [(&[Key], &[Key]); 2] = [(&[price], &[alice]), (&[alice, price], &[bob])];
/// interner.extend(block)?;
/// assert_eq!(wavelock::serial::conflict::waves(interner.sets()), [0, 1]);
/// assert_eq!(interner.keys(), [alice, price, bob]);
/// interner.clear();
/// # Ok::<(), wavelock::InputError>(())
/// ```
#[derive(Debug, Default)]
pub struct Interner {
    sets: AccessSets,
    /// By index; room for half as many as there are buckets.
    keys: Table,
    /// A power of two of buckets: see [`Bucket`].
    buckets: Table,
    bucket_count: usize,
    /// Buckets of other epochs are empty, so that forgetting all keys touches none.
    epoch: u8,
    hash: RandomState,
    repetitions: Repetitions,
    hashes: Vec<u64>,
}

/// From the lowest bit: the key's index (32 bits), the epoch (8), the upper bits of its hash (24).
type Bucket = u64;

const TAG: u64 = !0 << 40;

impl Interner {
    /// An interner without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds transactions, each by its read and write set, which may repeat keys and overlap.
    ///
    /// # Errors
    /// More transactions, keys or accesses than [`crate::limits`] allows; no memory for the table. The transactions before
    /// the one that is named stay added.
    pub fn extend<'k, I>(&mut self, transactions: I) -> Result<(), InputError>
    where
        I: IntoIterator<Item = (&'k [Key], &'k [Key])>,
        I::IntoIter: Clone,
    {
        let mut transactions = transactions.into_iter();
        loop {
            let mut run = 0;
            self.hashes.clear();
            for (reads, writes) in transactions.clone() {
                self.hashes.extend(writes.iter().map(|key| hash(&self.hash, key)));
                self.hashes.extend(reads.iter().map(|key| hash(&self.hash, key)));
                run += 1;
                if self.hashes.len() >= RUN || run == RUN {
                    break;
                }
            }
            if run == 0 {
                return Ok(());
            }
            self.make_room()?;
            let Self { sets, keys, buckets, bucket_count, epoch, repetitions, hashes, .. } = self;
            let mut numbers = Numbers {
                keys: keys.get_mut(*bucket_count / 2),
                len: sets.key_count,
                buckets: buckets.get_mut(*bucket_count),
                epoch: *epoch,
            };
            numbers.prefetch(hashes);
            let mut hashes = hashes.iter();
            for (reads, writes) in transactions.by_ref().take(run) {
                sets.check_room()?;
                let begin = sets.keys.len();
                let ends = [writes, reads].map(|declared| {
                    for (key, hashed) in declared.iter().zip(&mut hashes) {
                        let index = numbers.of(key, *hashed);
                        repetitions.add(&mut sets.keys, begin, index, numbers.len);
                    }
                    sets.keys.len() as u32
                });
                sets.first.extend(ends);
                sets.key_count = numbers.len;
            }
        }
    }

    /// Room for all keys of the run, should they be new, at half the buckets.
    fn make_room(&mut self) -> Result<(), InputError> {
        let most = self.sets.key_count + self.hashes.len();
        if self.sets.keys.len() + self.hashes.len() > MAX_ACCOUNTS {
            return Err(self.sets.too_many_keys());
        }
        if self.epoch == 0 || most * 2 > self.bucket_count {
            let count = (most * 2).next_power_of_two().max(SMALLEST).max(self.bucket_count);
            self.rebuild(count).map_err(|error| {
                let message = format!("expected memory for {count} buckets of 24 bytes: {error}");
                InputError::new(Place::Transaction(self.sets.len()), message)
            })?;
        }
        Ok(())
    }

    #[cold]
    fn rebuild(&mut self, count: usize) -> std::io::Result<()> {
        let known = self.sets.key_count;
        if count > self.bucket_count {
            let mut keys = Table::default();
            keys.reserve::<Key>(count / 2)?[..known].copy_from_slice(self.keys.get(known));
            self.keys = keys;
        }
        // Where there is no memory, the next attempt begins anew.
        (self.bucket_count, self.epoch) = (0, 0);
        let buckets = self.buckets.reserve::<Bucket>(count)?;
        buckets.fill(0);
        (self.bucket_count, self.epoch) = (count, 1);
        for (index, key) in self.keys.get::<Key>(known).iter().enumerate() {
            let hashed = hash(&self.hash, key);
            let mut place = hashed as usize & (count - 1);
            while buckets[place] != 0 {
                place = (place + 1) & (count - 1);
            }
            buckets[place] = (hashed & TAG) | (1 << 32) | index as u64;
        }
        Ok(())
    }

    /// The sets so far.
    pub fn sets(&self) -> &AccessSets {
        &self.sets
    }

    /// The keys so far by their index.
    pub fn keys(&self) -> &[Key] {
        self.keys.get(self.sets.key_count)
    }

    /// Forgets transactions and keys and keeps the memory for the next block.
    pub fn clear(&mut self) {
        self.sets.clear();
        // 0 makes the next run empty the buckets, which it must every 255 blocks, and before the first.
        self.epoch = self.epoch.wrapping_add(u8::from(self.epoch != 0));
    }
}

/// The tables while a run is numbered: there is room for all of it.
struct Numbers<'t> {
    keys: &'t mut [Key],
    len: usize,
    buckets: &'t mut [Bucket],
    epoch: u8,
}

impl Numbers<'_> {
    fn prefetch(&self, hashes: &[u64]) {
        let mask = self.buckets.len() - 1;
        for hashed in hashes {
            prefetch(self.buckets, *hashed as usize & mask);
        }
        for hashed in hashes {
            let bucket = self.buckets[*hashed as usize & mask];
            if bucket >> 32 == self.upper(*hashed) {
                prefetch(self.keys, bucket as u32 as usize);
            }
        }
    }

    /// The upper half of the bucket of a key with this hash.
    #[inline(always)]
    fn upper(&self, hashed: u64) -> u64 {
        (hashed & TAG) >> 32 | u64::from(self.epoch)
    }

    /// The index of a key, a new one where it is new.
    #[inline(always)]
    fn of(&mut self, key: &Key, hashed: u64) -> u32 {
        let upper = self.upper(hashed);
        let mask = self.buckets.len() - 1;
        let mut place = hashed as usize & mask;
        loop {
            let bucket = self.buckets[place];
            if (bucket >> 32) as u8 != self.epoch {
                self.buckets[place] = upper << 32 | self.len as u64;
                self.keys[self.len] = *key;
                self.len += 1;
                return self.len as u32 - 1;
            }
            if bucket >> 32 == upper && self.keys[bucket as u32 as usize] == *key {
                return bucket as u32;
            }
            place = (place + 1) & mask;
        }
    }
}

/// As two numbers: a fixed length needs no loop, and goes into no hash.
#[inline(always)]
fn hash(state: &RandomState, key: &Key) -> u64 {
    let [low, high]: [u128; 2] = bytemuck::cast(*key);
    let mut hasher = state.build_hasher();
    hasher.write_u128(low);
    hasher.write_u128(high);
    hasher.finish()
}
