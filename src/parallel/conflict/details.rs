//! What a schedule says beyond the waves, each part in the memory of the last time.

use crate::conflict::{AccessSets, HOTTEST_KEYS, Schedule};
use crate::memory::{Table, prefetch};
use bytemuck::{Pod, Zeroable};
use std::cmp::Reverse;

/// How many accesses ahead memory is prefetched.
const AHEAD: usize = 64;

/// How a block uses a key.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct KeyUse {
    /// How many transactions name it, twice, and 1 more if one of them writes it.
    uses: u32,
    /// 1 + a transaction that names it; 0 for none yet.
    user: u32,
}

impl KeyUse {
    /// Whether anybody waits for anybody because of it: written, and named by two at least.
    fn connects(self) -> bool {
        self.uses & 1 == 1 && self.uses > 3
    }
}

/// Describes block after block; keeps its memory between them.
#[derive(Debug, Default)]
pub struct Describer {
    keys: Table,
    /// Per key how the head of the chain, whose stamp this is, names it: stamp · 2, and 1 more if it writes.
    marks: Vec<u32>,
    stamp: u32,
    sizes: Vec<u32>,
}

impl Describer {
    /// Fills in everything but `schedule.wave`, which an engine has found.
    ///
    /// # Errors
    /// The operating system has no memory for the table (8 bytes per key).
    ///
    /// # Panics
    /// When there is not one wave per transaction.
    pub fn describe(&mut self, sets: &AccessSets, schedule: &mut Schedule) -> std::io::Result<()> {
        assert_eq!(schedule.wave.len(), sets.len(), "one wave per transaction");
        let Schedule { wave, waves, groups, longest_chain, component, components, largest_component, hottest } =
            schedule;
        *waves = count(wave);
        groups.fill(wave, *waves);
        self.longest_chain(sets, wave, groups.iter().next_back().map(|last| last[0] as usize), longest_chain);
        let keys = self.keys.reserve::<KeyUse>(sets.key_count())?;
        count_uses(sets, keys);
        hottest_of(keys, hottest);
        connect(sets, keys, component);
        self.sizes.clear();
        // A parent stands before its children, so its number is known when theirs is asked for.
        for transaction in 0..component.len() {
            let parent = component[transaction] as usize;
            let number = if parent == transaction { self.sizes.len() as u32 } else { component[parent] };
            if parent == transaction {
                self.sizes.push(0);
            }
            self.sizes[number as usize] += 1;
            component[transaction] = number;
        }
        *components = self.sizes.len();
        *largest_component = self.sizes.iter().max().map_or(0, |&size| size as usize);
        Ok(())
    }

    /// From `last`, the first transaction of the last wave, back; each link's predecessor is the latest of the wave below
    /// that conflicts with it.
    fn longest_chain(&mut self, sets: &AccessSets, wave: &[u32], last: Option<usize>, chain: &mut Vec<usize>) {
        chain.clear();
        let Some(last) = last else { return };
        if self.marks.len() < sets.key_count() {
            self.marks.resize(sets.key_count(), 0);
        }
        // The head's wave, or one above that of the only transaction that can be the first head.
        let mut wanted = wave[last];
        for transaction in (0..=last).rev() {
            if wave[transaction] != wanted || !self.is_link(sets, transaction, chain.is_empty()) {
                continue;
            }
            chain.push(transaction);
            if wanted == 0 {
                break;
            }
            wanted -= 1;
            self.mark(sets, transaction);
        }
        chain.reverse();
    }

    fn is_link(&self, sets: &AccessSets, transaction: usize, first: bool) -> bool {
        let head = self.stamp * 2;
        first
            || sets.writes(transaction).iter().any(|&key| self.marks[key as usize] >= head)
            || sets.reads(transaction).iter().any(|&key| self.marks[key as usize] > head)
    }

    fn mark(&mut self, sets: &AccessSets, head: usize) {
        if self.stamp == u32::MAX / 2 {
            self.marks.fill(0);
            self.stamp = 0;
        }
        self.stamp += 1;
        sets.writes(head).iter().for_each(|&key| self.marks[key as usize] = self.stamp * 2 + 1);
        sets.reads(head).iter().for_each(|&key| self.marks[key as usize] = self.stamp * 2);
    }
}

/// Number of waves.
pub(crate) fn count(wave: &[u32]) -> u32 {
    wave.iter().max().map_or(0, |largest| largest + 1)
}

fn count_uses(sets: &AccessSets, keys: &mut [KeyUse]) {
    keys.fill(KeyUse::zeroed());
    let named = sets.keys();
    let mut begin = 0;
    for bounds in sets.first()[1..].chunks_exact(2) {
        let (reads, end) = (bounds[0] as usize, bounds[1] as usize);
        for ahead in named.iter().skip(begin + AHEAD).take(end - begin) {
            prefetch(keys, *ahead as usize);
        }
        for &key in &named[begin..reads] {
            let uses = &mut keys[key as usize].uses;
            *uses = (*uses + 2) | 1;
        }
        named[reads..end].iter().for_each(|&key| keys[key as usize].uses += 2);
        begin = end;
    }
}

/// A few hottest keys by one look at each.
fn hottest_of(keys: &[KeyUse], hottest: &mut Vec<(u32, usize)>) {
    hottest.clear();
    hottest.reserve(HOTTEST_KEYS + 1);
    let mut least = 3;
    for (key, one) in keys.iter().enumerate() {
        // Of keys named equally often the first stays before the later ones.
        if one.uses > least && one.connects() {
            let count = one.uses as usize / 2;
            let place = hottest.partition_point(|&(_, other)| Reverse(other) <= Reverse(count));
            hottest.insert(place, (key as u32, count));
            if hottest.len() > HOTTEST_KEYS {
                hottest.pop();
            }
            if hottest.len() == HOTTEST_KEYS {
                least = hottest[HOTTEST_KEYS - 1].1 as u32 * 2 + 1;
            }
        }
    }
}

/// Union-find: for each transaction one that it is connected with, at or before it; roots stand for themselves. All that
/// name a key which anyone writes are connected through its writers.
fn connect(sets: &AccessSets, keys: &mut [KeyUse], parent: &mut Vec<u32>) {
    parent.clear();
    parent.reserve(sets.len());
    let named = sets.keys();
    let mut begin = 0;
    for (transaction, bounds) in sets.first()[1..].chunks_exact(2).enumerate() {
        let end = bounds[1] as usize;
        for ahead in named.iter().skip(begin + AHEAD).take(end - begin) {
            prefetch(keys, *ahead as usize);
        }
        parent.push(transaction as u32);
        let mut own = transaction as u32;
        for &key in &named[begin..end] {
            let key = &mut keys[key as usize];
            if !key.connects() {
                continue;
            }
            if key.user != 0 {
                let other = root(parent, key.user - 1);
                parent[own.max(other) as usize] = own.min(other);
                own = own.min(other);
            }
            // The next one to name the key finds the root at once.
            key.user = own + 1;
        }
        begin = end;
    }
}

fn root(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        parent[node as usize] = parent[parent[node as usize] as usize];
        node = parent[node as usize];
    }
    node
}
