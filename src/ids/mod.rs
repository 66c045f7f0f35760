//! Account ids by slot, and slots by id.
//!
//! A look-up in a large table waits for memory twice: for its bucket and for the id that the bucket points at. Many
//! look-ups at a time wait together: all are hashed and their buckets prefetched, then the ids, and only then is anything
//! compared. The hash is SipHash with a random key of each table, so nobody can choose ids that meet in it:
//! docs/decisions/0008-id-resolution.md.

mod buckets;

pub use buckets::Buckets;

use crate::account::AccountId;
use crate::memory::{Array, prefetch};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Look-ups that wait for memory together: enough to hide the waits behind each other, few enough that what was prefetched
/// is still in the first-level cache.
pub const RUN: usize = 64;

/// No slot: the id is not there.
pub const NO_SLOT: u32 = u32::MAX;

/// Distinct ids in order of arrival; an id's slot is its place in that order.
#[derive(Clone, Debug, Default)]
pub struct Ids<S = RandomState> {
    ids: Array<AccountId>,
    buckets: Buckets,
    hasher: S,
}

impl<S: BuildHasher> Ids<S> {
    /// Number of ids.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids by slot.
    pub fn as_slice(&self) -> &[AccountId] {
        &self.ids
    }

    /// Makes room for `additional` ids.
    pub fn reserve(&mut self, additional: usize) {
        self.ids.reserve(additional);
        self.buckets.reserve(additional);
    }

    /// The keyed hash of an id; which bits of it are used is all the same.
    #[inline(always)]
    pub fn hash(&self, id: &AccountId) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(&id.0);
        hasher.finish() as u32
    }

    /// Asks for the cache line that holds an id's bucket.
    #[inline(always)]
    pub fn prefetch(&self, hash: u32) {
        self.buckets.view().prefetch(hash);
    }

    /// The slot of an id.
    pub fn slot(&self, id: &AccountId) -> Option<u32> {
        self.slot_hashed(id, self.hash(id))
    }

    /// The slot of an id whose hash is known.
    pub fn slot_hashed(&self, id: &AccountId, hash: u32) -> Option<u32> {
        let ids = self.as_slice();
        self.buckets.view().find(hash, |slot| ids[slot as usize] == *id)
    }

    /// Gives an id that is not there the next slot.
    pub fn push_hashed(&mut self, id: &AccountId, hash: u32) -> u32 {
        let slot = self.ids.len() as u32;
        self.buckets.reserve(1);
        self.buckets.find_or_insert(hash, slot, |_| false);
        self.ids.push(*id);
        slot
    }

    /// The slots of at most [`RUN`] ids, [`NO_SLOT`] for those that are not there; `hashes` holds their hashes afterwards.
    #[inline(always)]
    pub fn resolve<'i>(
        &self,
        ids: impl ExactSizeIterator<Item = &'i AccountId> + Clone,
        hashes: &mut [u32; RUN],
        slots: &mut [u32],
    ) {
        assert!(ids.len() == slots.len() && slots.len() <= RUN, "a slot an id");
        let (known, buckets) = (self.as_slice(), self.buckets.view());
        for (hash, id) in hashes.iter_mut().zip(ids.clone()) {
            *hash = self.hash(id);
            buckets.prefetch(*hash);
        }
        for (slot, hash) in slots.iter_mut().zip(hashes.iter()) {
            *slot = buckets.candidate(*hash).unwrap_or(NO_SLOT);
            prefetch(known, *slot as usize);
        }
        for ((slot, hash), id) in slots.iter_mut().zip(hashes.iter()).zip(ids) {
            if *slot != NO_SLOT && known[*slot as usize] != *id {
                *slot = self.slot_hashed(id, *hash).unwrap_or(NO_SLOT);
            }
        }
    }
}

#[cfg(test)]
mod tests;
