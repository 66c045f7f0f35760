//! How often keys were used that have no table yet: counted by all cores, in a bounded memory.

use crate::limits::MOST_USES;
use std::sync::atomic::{AtomicU32, Ordering};

/// Keys without a table that are counted in a row between two halvings of its counts, on average.
const COUNTED_BETWEEN: usize = 64;

/// Uses of keys without a table: a row of cells by a key's hash, in which a new key takes the place of the one that was seen least.
/// A cell holds upper bits of the hash and a count. Cores may lose each other's counts: the key waits for its next use then.
pub(super) struct Uses {
    rows: Box<[[AtomicU32; Uses::ROW]]>,
    /// The row that is halved next, and how many keys were counted since the last one was.
    next: usize,
    counted: usize,
}

impl Uses {
    const COUNT: u32 = MOST_USES;
    /// Keys that are used in turns must not drive each other out.
    const ROW: usize = 4;
    /// 4 KiB at least, 64 MiB at most, whatever the budget for tables.
    const ROWS: std::ops::RangeInclusive<usize> = 1 << 8..=1 << 22;

    pub(super) fn new(keys: usize) -> Self {
        let rows = keys.div_ceil(Self::ROW).clamp(*Self::ROWS.start(), *Self::ROWS.end()).next_power_of_two();
        Self { rows: (0..rows).map(|_| Default::default()).collect(), next: 0, counted: 0 }
    }

    fn row(&self, hash: u64) -> (&[AtomicU32; Self::ROW], u32) {
        (&self.rows[hash as usize & (self.rows.len() - 1)], (hash >> 32) as u32 & !Self::COUNT)
    }

    /// Counts one more and returns how many there were, at most [`MOST_USES`].
    pub(super) fn count(&self, hash: u64) -> u32 {
        let (row, mark) = self.row(hash);
        let now = row.each_ref().map(|cell| cell.load(Ordering::Relaxed));
        let known = now.iter().position(|cell| cell & !Self::COUNT == mark && cell & Self::COUNT > 0);
        let least = || (0..Self::ROW).min_by_key(|at| now[*at] & Self::COUNT).unwrap_or_default();
        let before = known.map_or(0, |at| now[at] & Self::COUNT);
        let uses = (before + 1).min(MOST_USES);
        row[known.unwrap_or_else(least)].store(mark | uses, Ordering::Relaxed);
        uses
    }

    pub(super) fn forget(&self, hash: u64) {
        let (row, mark) = self.row(hash);
        let same = |cell: &&AtomicU32| cell.load(Ordering::Relaxed) & !Self::COUNT == mark;
        row.iter().filter(same).for_each(|cell| cell.store(0, Ordering::Relaxed));
    }

    /// So many keys were counted: a share of the rows is halved, so that keys which never come again give way in time.
    pub(super) fn age(&mut self, counted: usize) {
        self.counted += counted;
        let rows = (self.counted / COUNTED_BETWEEN).min(self.rows.len());
        self.counted %= COUNTED_BETWEEN;
        for _ in 0..rows {
            for cell in &mut self.rows[self.next] {
                let cell = cell.get_mut();
                *cell -= (*cell & Self::COUNT).div_ceil(2);
            }
            self.next = (self.next + 1) % self.rows.len();
        }
    }

    pub(super) fn clear(&mut self) {
        self.rows.iter_mut().flatten().for_each(|cell| *cell.get_mut() = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_never_come_again_give_way() {
        let mut uses = Uses::new(0);
        let rows = uses.rows.len();
        for mark in 1..=Uses::ROW as u64 {
            (0..4).for_each(|_| _ = uses.count(mark << 40));
        }
        let turns = |uses: &Uses| (0..8).map(|turn| uses.count((5 + turn % 2) << 40)).max();
        assert_eq!(turns(&uses), Some(1), "two new keys take the one place from each other");
        uses.age(COUNTED_BETWEEN - 1);
        assert_eq!(uses.next, 0, "not yet");
        (0..3).for_each(|_| uses.age(COUNTED_BETWEEN * rows));
        assert_eq!(uses.next, 0, "all rows, three times");
        assert_eq!(turns(&uses), Some(4));
    }

    #[test]
    fn keys_in_turns_are_counted_whatever_their_hashes_share() {
        let uses = Uses::new(usize::MAX);
        assert_eq!(uses.rows.len(), *Uses::ROWS.end());
        let uses = Uses::new(0);
        let hash = |number: u64| number << 40 | 7;
        for turn in 1..=4 {
            for number in 1..=Uses::ROW as u64 {
                assert_eq!(uses.count(hash(number)), turn, "{number}");
            }
        }
        uses.forget(hash(2));
        assert_eq!((uses.count(hash(9)), uses.count(hash(9)), uses.count(hash(1))), (1, 2, 5));
        assert_eq!(uses.count(hash(2)), 1, "forgotten");
        let uses = Uses::new(0);
        assert_eq!((0..20).map(|_| uses.count(7)).max(), Some(MOST_USES));
    }
}
