//! Waves on the CPU: the serial loop over a table of two words per key, with prefetch and huge pages, and without clearing.
//!
//! The loop is bound by memory, not by arithmetic, and each transaction needs what the one before it left: one core runs
//! it. What else a schedule says is in [`details`].

pub mod details;

use crate::conflict::AccessSets;
use crate::memory::{Table, prefetch};
use bytemuck::{Pod, Zeroable};

/// How many accesses ahead memory is prefetched.
const AHEAD: usize = 64;

/// What the transactions so far did to a key: waves above `base`, which is 0 for the first block and rises with each, so
/// that what earlier blocks left is never above it and counts as nothing.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct KeyWaves {
    /// Base + 1 + wave of the last writer.
    writer: u32,
    /// Base + 1 + largest wave of all that read or wrote it.
    access: u32,
}

/// Finds the waves of block after block; keeps its memory between them.
#[derive(Debug, Default)]
pub struct WaveFinder {
    keys: Table,
    key_count: usize,
    base: u32,
}

impl WaveFinder {
    /// The wave of each transaction, into `wave`, of which nothing is kept.
    ///
    /// # Errors
    /// The operating system has no memory for the table (8 bytes per key).
    pub fn waves(&mut self, sets: &AccessSets, wave: &mut Vec<u32>) -> std::io::Result<()> {
        // Waves of a block stay below its length.
        if self.base > u32::MAX - (sets.len() as u32 + 1) {
            self.keys.get_mut::<KeyWaves>(self.key_count).fill(KeyWaves::zeroed());
            self.base = 0;
        }
        self.key_count = self.key_count.max(sets.key_count());
        let keys = self.keys.reserve::<KeyWaves>(self.key_count)?;
        let base = self.base;
        wave.clear();
        wave.reserve(sets.len());
        let named = sets.keys();
        let mut largest = base;
        let mut begin = 0;
        for bounds in sets.first()[1..].chunks_exact(2) {
            let (reads, end) = (bounds[0] as usize, bounds[1] as usize);
            for ahead in named.iter().skip(begin + AHEAD).take(end - begin) {
                prefetch(keys, *ahead as usize);
            }
            let (writes, reads) = named[begin..end].split_at(reads - begin);
            let after_all = writes.iter().map(|&key| keys[key as usize].access);
            let own = after_all.fold(base, u32::max);
            let own = reads.iter().map(|&key| keys[key as usize].writer).fold(own, u32::max);
            for &key in writes {
                keys[key as usize] = KeyWaves { writer: own + 1, access: own + 1 };
            }
            for &key in reads {
                let access = &mut keys[key as usize].access;
                *access = (*access).max(own + 1);
            }
            wave.push(own - base);
            largest = largest.max(own + 1);
            begin = end;
        }
        self.base = largest;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
