//! Which keys have tables on the device, in which slot, and which give way when the budget is spent.

use hashbrown::HashMap;

/// A key as it was sent.
pub(super) type KeyBytes = [u8; 32];

/// Marks a signature whose key has no table.
pub(super) const COLD: u32 = u32::MAX;
/// Uses after which a key gets a table: building costs about as much as verifying one signature and a half.
const BUILD_AFTER: u32 = 3;
/// Keys without a table that are remembered, in multiples of the slots there are.
const REMEMBERED: usize = 4;

#[derive(Clone, Copy)]
enum Standing {
    /// Signatures seen so far.
    Counted(u32),
    /// Slot of the table.
    Resident(u32),
}

/// The directory of known keys. A slot belongs to exactly one key, and its table is built from that key's bytes in the same
/// call that hands the slot out.
pub(super) struct Directory {
    standing: HashMap<KeyBytes, Standing, foldhash::fast::RandomState>,
    /// Per slot: its key and the batch that last used it.
    slots: Vec<(KeyBytes, u64)>,
    capacity: usize,
    batch: u64,
    evicted: u64,
}

/// What a batch's keys are.
pub(super) struct Sorted {
    /// Per signature: the slot of its key, or [`COLD`].
    pub(super) slots: Vec<u32>,
    /// Tables to build before the batch is verified.
    pub(super) builds: Vec<(u32, KeyBytes)>,
}

impl Directory {
    pub(super) fn new(capacity: usize) -> Self {
        Self { standing: HashMap::default(), slots: Vec::new(), capacity, batch: 0, evicted: 0 }
    }

    pub(super) fn resident(&self) -> usize {
        self.slots.len()
    }

    /// Whether a key has a table.
    pub(super) fn has(&self, key: &KeyBytes) -> bool {
        matches!(self.standing.get(key), Some(Standing::Resident(_)))
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Forgets everything: after a device fault no table can be trusted.
    pub(super) fn clear(&mut self) {
        self.standing.clear();
        self.slots.clear();
    }

    /// Finds every key's slot and hands out slots to keys that are used often enough.
    pub(super) fn sort<'a>(&mut self, keys: impl Iterator<Item = &'a KeyBytes> + Clone) -> Sorted {
        self.batch += 1;
        if self.capacity == 0 {
            return Sorted { slots: keys.map(|_| COLD).collect(), builds: Vec::new() };
        }
        let mut wanted = Vec::new();
        let mut slots: Vec<u32> = keys.clone().map(|key| self.visit(key, &mut wanted)).collect();
        let builds = self.grant(&wanted);
        if !builds.is_empty() {
            for (slot, key) in slots.iter_mut().zip(keys) {
                if *slot == COLD
                    && let Some(Standing::Resident(granted)) = self.standing.get(key)
                {
                    *slot = *granted;
                }
            }
        }
        if self.standing.len() > self.slots.len() + REMEMBERED * self.capacity {
            self.standing.retain(|_, standing| matches!(standing, Standing::Resident(_)));
        }
        Sorted { slots, builds }
    }

    fn visit(&mut self, key: &KeyBytes, wanted: &mut Vec<KeyBytes>) -> u32 {
        match self.standing.get_mut(key) {
            Some(Standing::Resident(slot)) => {
                self.slots[*slot as usize].1 = self.batch;
                *slot
            }
            Some(Standing::Counted(uses)) => {
                *uses = uses.saturating_add(1);
                if *uses == BUILD_AFTER {
                    wanted.push(*key);
                }
                COLD
            }
            None => {
                self.standing.insert(*key, Standing::Counted(1));
                COLD
            }
        }
    }

    /// Slots for as many keys as there is room for: new ones first, then those that were used longest ago, never one that this
    /// batch uses.
    fn grant(&mut self, wanted: &[KeyBytes]) -> Vec<(u32, KeyBytes)> {
        let fresh = (self.capacity - self.slots.len()).min(wanted.len());
        let mut builds = Vec::with_capacity(wanted.len());
        for key in &wanted[..fresh] {
            builds.push((self.slots.len() as u32, *key));
            self.slots.push((*key, self.batch));
        }
        let rest = &wanted[fresh..];
        if !rest.is_empty() {
            let mut idle: Vec<u32> =
                (0..self.slots.len() as u32).filter(|slot| self.slots[*slot as usize].1 != self.batch).collect();
            idle.sort_unstable_by_key(|slot| self.slots[*slot as usize].1);
            for (slot, key) in idle.into_iter().zip(rest) {
                self.standing.remove(&self.slots[slot as usize].0);
                self.slots[slot as usize] = (*key, self.batch);
                self.evicted += 1;
                builds.push((slot, *key));
            }
            // Those that found no room ask again with their next use.
            for key in &wanted[builds.len()..] {
                self.standing.insert(*key, Standing::Counted(BUILD_AFTER - 1));
            }
        }
        for (slot, key) in &builds {
            self.standing.insert(*key, Standing::Resident(*slot));
        }
        builds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> KeyBytes {
        [number; 32]
    }

    fn sort(directory: &mut Directory, numbers: &[u8]) -> Sorted {
        let keys: Vec<KeyBytes> = numbers.iter().map(|number| key(*number)).collect();
        directory.sort(keys.iter())
    }

    #[test]
    fn a_key_gets_its_table_with_the_third_use_and_keeps_it() {
        let mut directory = Directory::new(4);
        assert!(sort(&mut directory, &[1, 1, 2]).builds.is_empty());
        let sorted = sort(&mut directory, &[2, 1]);
        assert_eq!((sorted.slots, sorted.builds), (vec![COLD, 0], vec![(0, key(1))]));
        let sorted = sort(&mut directory, &[1, 2, 1]);
        assert_eq!((sorted.slots, sorted.builds), (vec![0, 1, 0], vec![(1, key(2))]));
    }

    #[test]
    fn the_longest_unused_gives_way_and_never_one_in_use() {
        let mut directory = Directory::new(2);
        sort(&mut directory, &[1, 1, 1]);
        sort(&mut directory, &[2, 2, 2]);
        sort(&mut directory, &[1]);
        let sorted = sort(&mut directory, &[3, 3, 3, 1, 4, 4, 4]);
        assert_eq!(sorted.builds, vec![(1, key(3))], "2 gives way, 1 is in use, 4 finds no room");
        assert_eq!(sorted.slots, vec![1, 1, 1, 0, COLD, COLD, COLD]);
        assert_eq!((directory.resident(), directory.evicted()), (2, 1));
        let sorted = sort(&mut directory, &[2]);
        assert_eq!(sorted.slots, vec![COLD], "an evicted key starts anew");
        assert_eq!(sort(&mut directory, &[4]).builds.len(), 1, "4 asks again");
    }

    #[test]
    fn without_a_budget_every_key_is_cold() {
        let mut directory = Directory::new(0);
        for _ in 0..5 {
            let sorted = sort(&mut directory, &[1, 1, 1, 1]);
            assert!(sorted.builds.is_empty() && sorted.slots == [COLD; 4]);
        }
    }
}
