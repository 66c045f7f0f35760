//! A lock-based scheduler of our own, after the idea of Agave's greedy one: in block order, each transaction goes to the
//! least loaded thread that may take all its locks. Locks know their thread, so what waits for one thread only can queue
//! behind it. What cannot go now blocks later transactions that conflict with it, and is tried again when all threads are
//! done.

use super::Place;
use crate::conflict::AccessSets;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Threads that are scheduled for.
const THREADS: usize = 4;
const ALL: u8 = (1 << THREADS) - 1;
/// Most transactions a thread gets in a step.
const QUEUE: u32 = 256;
/// Transactions looked at in a step.
const WINDOW: usize = 2 * THREADS * QUEUE as usize;

#[derive(Clone, Copy, Default)]
struct Lock {
    /// The thread that writes, as a bit; 0 for none.
    writer: u8,
    readers: u8,
    /// A transaction that could not go wants to read, or to write.
    wanted: bool,
    wanted_to_write: bool,
}

impl Lock {
    /// Threads that may write.
    fn for_write(self) -> u8 {
        let held = self.writer | self.readers;
        match (self.wanted || self.wanted_to_write, held.count_ones()) {
            (true, _) => 0,
            (false, 0) => ALL,
            (false, 1) => held,
            _ => 0,
        }
    }

    /// Threads that may read.
    fn for_read(self) -> u8 {
        match (self.wanted_to_write, self.writer) {
            (true, _) => 0,
            (false, 0) => ALL,
            (false, writer) => writer,
        }
    }
}

/// Schedules block after block; keeps its memory between them.
#[derive(Default)]
pub struct AccountLocks {
    locks: HashMap<u32, Lock, RandomState>,
    waiting: Vec<u32>,
    places: Vec<Option<Place>>,
}

impl AccountLocks {
    /// A place for each transaction.
    pub fn schedule(&mut self, sets: &AccessSets) -> &[Option<Place>] {
        self.places.clear();
        self.places.resize(sets.len(), None);
        self.waiting.clear();
        let (mut next, mut step) = (0, 0);
        while next < sets.len() || !self.waiting.is_empty() {
            let more = (WINDOW - self.waiting.len()).min(sets.len() - next);
            self.waiting.extend(next as u32..(next + more) as u32);
            next += more;
            self.step(sets, step);
            step += 1;
        }
        &self.places
    }

    /// Gives every thread its queue, and forgets all locks: the threads are done.
    fn step(&mut self, sets: &AccessSets, step: u32) {
        let Self { locks, waiting, places } = self;
        locks.clear();
        let mut queued = [0u32; THREADS];
        waiting.retain(|&transaction| {
            let (reads, writes) = (sets.reads(transaction as usize), sets.writes(transaction as usize));
            let of = |key: &u32| locks.get(key).copied().unwrap_or_default();
            let may = writes.iter().fold(ALL, |threads, key| threads & of(key).for_write());
            let may = reads.iter().fold(may, |threads, key| threads & of(key).for_read());
            let free = (0..THREADS).filter(|&lane| may & (1 << lane) != 0 && queued[lane] < QUEUE);
            let lane = free.min_by_key(|&lane| queued[lane]);
            for key in writes {
                let lock = locks.entry(*key).or_default();
                lane.map_or_else(|| lock.wanted_to_write = true, |lane| lock.writer |= 1 << lane);
            }
            for key in reads {
                let lock = locks.entry(*key).or_default();
                lane.map_or_else(|| lock.wanted = true, |lane| lock.readers |= 1 << lane);
            }
            let Some(lane) = lane else { return true };
            places[transaction as usize] = Some(Place { step, lane: lane as u32, position: queued[lane] });
            queued[lane] += 1;
            false
        });
    }
}
