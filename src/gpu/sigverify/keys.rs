//! Which keys have tables on the device, in which slot, and which give way when the budget is spent.

use super::uses::Uses;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

/// A key as it was sent.
pub(super) type KeyBytes = [u8; 32];

/// Marks a signature whose key has no table.
pub(super) const COLD: u32 = u32::MAX;
/// Marks, while a batch is sorted, a key that has been used often enough for a table.
const WANTED: u32 = u32::MAX - 1;
/// Marks, while a batch is sorted, a key that has been used before, but not often enough.
const AGAIN: u32 = u32::MAX - 2;
/// Slots are numbers below the marks.
pub(super) const MOST_SLOTS: u64 = AGAIN as u64;
/// Keys without a table whose uses are remembered, in multiples of the slots there are.
const REMEMBERED: usize = 4;
/// Keys that a core looks up at a time.
const GRAIN: usize = 2048;

/// A table is kept until so many signatures, in multiples of the slots there are, went by without its key. With more keys than slots,
/// all of them used alike, tables would be built for keys that lose them before they are used.
const KEPT_FOR: u64 = 32;

/// A slot's key, and the signatures that had been seen when a batch last used it.
struct Slot {
    key: KeyBytes,
    used: AtomicU64,
}

/// The directory of known keys. A slot belongs to exactly one key, and its table is built from that key's bytes in the same
/// call that hands the slot out.
pub(super) struct Directory {
    resident: HashTable<u32>,
    slots: Vec<Slot>,
    uses: Uses,
    hasher: RandomState,
    capacity: usize,
    /// Signatures by keys that have earned tables which go without before the first is built.
    patience: usize,
    /// Signatures seen so far; no two batches begin with the same number.
    seen: u64,
    evicted: u64,
}

/// What a batch's keys are.
pub(super) struct Sorted {
    /// Per signature: the slot of its key, or [`COLD`].
    pub(super) slots: Vec<u32>,
    /// Tables to build before the batch is verified.
    pub(super) builds: Vec<(u32, KeyBytes)>,
    /// Signatures whose keys have earned tables and go without for now.
    pub(super) waiting: usize,
    /// Signatures whose keys have no table yet, but were used before.
    pub(super) again: usize,
}

impl Directory {
    pub(super) fn new(capacity: usize, patience: usize) -> Self {
        Self {
            resident: HashTable::new(),
            slots: Vec::new(),
            uses: Uses::new(REMEMBERED.saturating_mul(capacity)),
            hasher: RandomState::default(),
            capacity,
            patience,
            seen: 0,
            evicted: 0,
        }
    }

    pub(super) fn resident(&self) -> usize {
        self.slots.len()
    }

    fn hash(&self, key: &KeyBytes) -> u64 {
        self.hasher.hash_one(key)
    }

    fn slot(&self, key: &KeyBytes, hash: u64) -> Option<u32> {
        self.resident.find(hash, |slot| self.slots[*slot as usize].key == *key).copied()
    }

    /// Whether a key has a table.
    pub(super) fn has(&self, key: &KeyBytes) -> bool {
        self.slot(key, self.hash(key)).is_some()
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Forgets everything: after a device fault no table can be trusted.
    pub(super) fn clear(&mut self) {
        self.resident.clear();
        self.slots.clear();
        self.uses.clear();
    }

    /// Finds the slots of `count` keys on all cores and hands out slots to keys that were used `earn` times.
    pub(super) fn sort<'a>(&mut self, count: usize, earn: u32, key: impl Fn(usize) -> &'a KeyBytes + Sync) -> Sorted {
        if self.capacity == 0 {
            return Sorted { slots: vec![COLD; count], builds: Vec::new(), waiting: 0, again: 0 };
        }
        self.seen += 1;
        let visit = |index| self.visit(key(index), earn);
        let mut slots: Vec<u32> = (0..count).into_par_iter().with_min_len(GRAIN).map(visit).collect();
        let seen = slots.par_iter_mut().with_min_len(GRAIN).filter(|slot| **slot == AGAIN);
        let again = seen.map(|slot| *slot = COLD).count();
        let cold = slots.par_iter().with_min_len(GRAIN).filter(|slot| **slot >= WANTED).count();
        let waiting = self.wait(&mut slots);
        let builds = self.build(&mut slots, &key);
        self.uses.age(cold);
        self.seen += count as u64;
        Sorted { slots, builds, waiting, again }
    }

    /// Gives slots to keys that are wanted, as long as there is room, and says who has one now.
    fn build<'a>(&mut self, slots: &mut [u32], key: &(impl Fn(usize) -> &'a KeyBytes + Sync)) -> Vec<(u32, KeyBytes)> {
        let room = if slots.par_iter().with_min_len(GRAIN).any(|slot| *slot == WANTED) { self.room() } else { 0 };
        let mut wanted: Vec<KeyBytes> = Vec::new();
        let mut seen = HashTable::new();
        for (index, _) in slots.iter().enumerate().filter(|(_, slot)| **slot == WANTED) {
            if wanted.len() == room {
                break;
            }
            let (key, hash) = (key(index), self.hash(key(index)));
            let same = |at: &usize| wanted[*at] == *key;
            if seen.find(hash, same).is_none() {
                wanted.push(*key);
                seen.insert_unique(hash, wanted.len() - 1, |at| self.hash(&wanted[*at]));
            }
        }
        let builds = self.grant(&wanted);
        let found = |index: usize| (!builds.is_empty()).then(|| self.slot(key(index), self.hash(key(index)))).flatten();
        let cold = slots.par_iter_mut().enumerate().with_min_len(GRAIN).filter(|(_, slot)| **slot >= WANTED);
        cold.for_each(|(index, slot)| *slot = found(index).unwrap_or(COLD));
        builds
    }

    /// Keys that can get a slot now.
    fn room(&mut self) -> usize {
        let (seen, kept) = (self.seen, self.kept_for());
        let idle = self.slots.iter_mut().map(|slot| *slot.used.get_mut()).filter(|used| seen - used > kept).count();
        self.capacity - self.slots.len() + idle
    }

    fn kept_for(&self) -> u64 {
        KEPT_FOR * self.capacity as u64
    }

    fn visit(&self, key: &KeyBytes, earn: u32) -> u32 {
        let hash = self.hash(key);
        if let Some(slot) = self.slot(key, hash) {
            // Cores that look up the same keys would take the line from each other with every store.
            let used = &self.slots[slot as usize].used;
            if used.load(Ordering::Relaxed) != self.seen {
                used.store(self.seen, Ordering::Relaxed);
            }
            return slot;
        }
        match self.uses.count(hash) {
            uses if uses >= earn => WANTED,
            1 => COLD,
            _ => AGAIN,
        }
    }

    /// While patience lasts, keys that have earned tables go without; so many signatures did now.
    fn wait(&mut self, slots: &mut [u32]) -> usize {
        if self.patience == 0 {
            return 0;
        }
        let wanted = slots.iter().filter(|slot| **slot == WANTED).count();
        self.patience = self.patience.saturating_sub(wanted);
        if self.patience == 0 {
            return 0;
        }
        slots.iter_mut().filter(|slot| **slot == WANTED).for_each(|slot| *slot = COLD);
        wanted
    }

    /// The next keys that have earned tables get them.
    pub(super) fn end_patience(&mut self) {
        self.patience = 0;
    }

    /// Slots for as many keys as there is room for: new ones first, then those that were used longest ago and not for long. Those
    /// that find no room ask again with their next use.
    fn grant(&mut self, wanted: &[KeyBytes]) -> Vec<(u32, KeyBytes)> {
        let fresh = (self.capacity - self.slots.len()).min(wanted.len());
        let mut builds = Vec::with_capacity(wanted.len());
        for key in &wanted[..fresh] {
            builds.push((self.slots.len() as u32, *key));
            self.slots.push(Slot { key: *key, used: AtomicU64::new(self.seen) });
        }
        let rest = &wanted[fresh..];
        if !rest.is_empty() {
            let (seen, kept) = (self.seen, self.kept_for());
            let mut idle: Vec<(u64, u32)> = (0..)
                .zip(&mut self.slots)
                .map(|(slot, entry)| (*entry.used.get_mut(), slot))
                .filter(|(used, _)| seen - used > kept)
                .collect();
            idle.sort_unstable();
            for ((_, slot), key) in idle.into_iter().zip(rest) {
                let old = self.slots[slot as usize].key;
                let hash = self.hash(&old);
                self.uses.forget(hash);
                if let Ok(entry) = self.resident.find_entry(hash, |found| *found == slot) {
                    entry.remove();
                }
                self.slots[slot as usize] = Slot { key: *key, used: AtomicU64::new(self.seen) };
                self.evicted += 1;
                builds.push((slot, *key));
            }
        }
        for (slot, key) in &builds {
            let (slots, hasher) = (&self.slots, &self.hasher);
            let hash = |slot: &u32| hasher.hash_one(slots[*slot as usize].key);
            self.resident.insert_unique(hasher.hash_one(key), *slot, hash);
        }
        builds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::USES_FOR_TABLE;

    fn key(number: u8) -> KeyBytes {
        [number; 32]
    }

    fn sort(directory: &mut Directory, numbers: &[u8]) -> Sorted {
        let keys: Vec<KeyBytes> = numbers.iter().map(|number| key(*number)).collect();
        directory.sort(keys.len(), USES_FOR_TABLE, |index| &keys[index])
    }

    #[test]
    fn a_key_gets_its_table_with_the_third_use_and_keeps_it() {
        let mut directory = Directory::new(4, 0);
        assert!(sort(&mut directory, &[1, 1, 2]).builds.is_empty());
        let sorted = sort(&mut directory, &[2, 1]);
        assert_eq!((sorted.slots, sorted.builds), (vec![COLD, 0], vec![(0, key(1))]));
        let sorted = sort(&mut directory, &[1, 2, 1]);
        assert_eq!((sorted.slots, sorted.builds), (vec![0, 1, 0], vec![(1, key(2))]));
    }

    #[test]
    fn the_longest_unused_gives_way_once_it_was_not_used_for_long() {
        let mut directory = Directory::new(2, 0);
        sort(&mut directory, &[1, 1, 1]);
        sort(&mut directory, &[2, 2, 2]);
        let sorted = sort(&mut directory, &[3, 3, 3, 1, 4, 4, 4]);
        assert_eq!(
            (sorted.slots, sorted.builds.len()),
            (vec![COLD, COLD, COLD, 0, COLD, COLD, COLD], 0),
            "both are kept"
        );
        let others: Vec<u8> = (100..100 + KEPT_FOR as u8).collect();
        sort(&mut directory, &others);
        sort(&mut directory, &[1]);
        sort(&mut directory, &others);
        let sorted = sort(&mut directory, &[3, 3, 3, 1, 4, 4, 4]);
        assert_eq!(sorted.builds, vec![(1, key(3))], "2 gives way, 1 is in use, 4 finds no room");
        assert_eq!(sorted.slots, vec![1, 1, 1, 0, COLD, COLD, COLD]);
        assert_eq!((directory.resident(), directory.evicted()), (2, 1));
        let sorted = sort(&mut directory, &[2]);
        assert_eq!(sorted.slots, vec![COLD], "an evicted key starts anew");
    }

    #[test]
    fn a_table_that_is_worth_less_has_to_be_earned_for_longer() {
        let mut directory = Directory::new(4, 0);
        let keys = [key(1), key(2), key(1)];
        let found = [1, 2, 3, 4].map(|_| {
            let sorted = directory.sort(keys.len(), 5, |index| &keys[index]);
            (sorted.again, sorted.builds.len(), sorted.slots == [COLD; 3])
        });
        assert_eq!(found, [(1, 0, true), (3, 0, true), (1, 1, false), (1, 0, false)]);
    }

    #[test]
    fn nothing_is_built_while_patience_lasts() {
        let mut directory = Directory::new(4, 3);
        for (keys, waiting) in [([1, 1, 1], 1), ([1, 2, 2], 1)] {
            let sorted = sort(&mut directory, &keys);
            assert_eq!((sorted.slots, sorted.builds, sorted.waiting), (vec![COLD; 3], vec![], waiting));
        }
        let sorted = sort(&mut directory, &[2, 1, 3]);
        assert_eq!((sorted.slots, sorted.builds), (vec![0, 1, COLD], vec![(0, key(2)), (1, key(1))]));
        directory.clear();
        assert_eq!(sort(&mut directory, &[1, 1, 1]).builds.len(), 1, "what is compiled stays compiled");
    }

    #[test]
    fn without_a_budget_every_key_is_cold() {
        let mut directory = Directory::new(0, 0);
        for _ in 0..5 {
            let sorted = sort(&mut directory, &[1, 1, 1, 1]);
            assert!(sorted.builds.is_empty() && sorted.slots == [COLD; 4]);
        }
    }
}
