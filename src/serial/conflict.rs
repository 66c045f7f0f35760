//! Waves one transaction after the other, with two words per key; and what a schedule says beyond the waves.

use crate::conflict::{AccessSets, Groups, HOTTEST_KEYS, Schedule};

/// What the transactions so far did to a key, waves counted from 1 so that 0 means "none".
#[derive(Clone, Copy, Default)]
struct KeyWaves {
    /// 1 + wave of the last writer; it is the largest among the writers, because they all conflict.
    writer: u32,
    /// 1 + largest wave of all that read or wrote it.
    access: u32,
}

/// The waves and everything else that [`Schedule`] says, in one pass each.
pub fn schedule(sets: &AccessSets) -> Schedule {
    describe(sets, waves(sets))
}

/// The wave of each transaction: linear in the number of keys that the transactions name.
pub fn waves(sets: &AccessSets) -> Vec<u32> {
    let mut keys = vec![KeyWaves::default(); sets.key_count()];
    let mut waves = Vec::with_capacity(sets.len());
    for transaction in 0..sets.len() {
        let (reads, writes) = (sets.reads(transaction), sets.writes(transaction));
        let after_writers = reads.iter().map(|&key| keys[key as usize].writer);
        let after_all = writes.iter().map(|&key| keys[key as usize].access);
        let wave = after_writers.chain(after_all).max().unwrap_or(0);
        for &key in reads {
            let access = &mut keys[key as usize].access;
            *access = (*access).max(wave + 1);
        }
        for &key in writes {
            keys[key as usize] = KeyWaves { writer: wave + 1, access: wave + 1 };
        }
        waves.push(wave);
    }
    waves
}

/// A schedule from the waves that any engine found.
///
/// # Panics
/// When there is not one wave per transaction.
pub fn describe(sets: &AccessSets, wave: Vec<u32>) -> Schedule {
    assert_eq!(wave.len(), sets.len(), "one wave per transaction");
    let (touches, written) = key_use(sets);
    let (component, sizes) = components(sets, &written);
    let waves = wave.iter().max().map_or(0, |largest| largest + 1);
    Schedule {
        waves,
        groups: groups(&wave, waves),
        longest_chain: longest_chain(sets, &wave),
        component,
        components: sizes.len(),
        largest_component: sizes.into_iter().max().unwrap_or(0),
        hottest: hottest(&touches, &written),
        wave,
    }
}

fn groups(wave: &[u32], waves: u32) -> Groups {
    let mut lists = vec![Vec::new(); waves as usize];
    for (transaction, &wave) in wave.iter().enumerate() {
        lists[wave as usize].push(transaction as u32);
    }
    Groups::from_lists(&lists)
}

/// Per key: how many transactions name it, and whether one of them writes it.
fn key_use(sets: &AccessSets) -> (Vec<usize>, Vec<bool>) {
    let (mut touches, mut written) = (vec![0usize; sets.key_count()], vec![false; sets.key_count()]);
    for transaction in 0..sets.len() {
        for &key in sets.accesses(transaction) {
            touches[key as usize] += 1;
        }
        for &key in sets.writes(transaction) {
            written[key as usize] = true;
        }
    }
    (touches, written)
}

/// How the chain's current head names a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// Walks back from the first transaction of the last wave; each link's predecessor is the latest earlier transaction
/// of the wave below that conflicts with it. Every transaction is looked at once.
fn longest_chain(sets: &AccessSets, wave: &[u32]) -> Vec<usize> {
    let Some(&last_wave) = wave.iter().max() else { return Vec::new() };
    let mut head_access: Vec<Option<Access>> = vec![None; sets.key_count()];
    let mut chain: Vec<usize> = Vec::with_capacity(last_wave as usize + 1);
    let Some(last) = wave.iter().position(|&wave| wave == last_wave) else { return chain };
    for transaction in (0..=last).rev() {
        let (reads, writes) = (sets.reads(transaction), sets.writes(transaction));
        if let Some(&head) = chain.last() {
            let conflicts = writes.iter().any(|&key| head_access[key as usize].is_some())
                || reads.iter().any(|&key| head_access[key as usize] == Some(Access::Write));
            if wave[transaction] + 1 != wave[head] || !conflicts {
                continue;
            }
            sets.accesses(head).iter().for_each(|&key| head_access[key as usize] = None);
        }
        reads.iter().for_each(|&key| head_access[key as usize] = Some(Access::Read));
        writes.iter().for_each(|&key| head_access[key as usize] = Some(Access::Write));
        chain.push(transaction);
    }
    chain.reverse();
    chain
}

/// Union-find over transactions: all that name a key which anyone writes are connected through its writers. Each
/// transaction's component, numbered by first transaction, and each component's size.
fn components(sets: &AccessSets, written: &[bool]) -> (Vec<u32>, Vec<usize>) {
    let mut parent: Vec<u32> = (0..sets.len() as u32).collect();
    let mut size = vec![1usize; sets.len()];
    let mut first_user: Vec<Option<u32>> = vec![None; sets.key_count()];
    for transaction in 0..sets.len() {
        for &key in sets.accesses(transaction).iter().filter(|&&key| written[key as usize]) {
            let user = *first_user[key as usize].get_or_insert(transaction as u32);
            let (mut small, mut large) = (root(&mut parent, user), root(&mut parent, transaction as u32));
            if small == large {
                continue;
            }
            if size[small as usize] > size[large as usize] {
                (small, large) = (large, small);
            }
            parent[small as usize] = large;
            size[large as usize] += size[small as usize];
        }
    }
    let mut number: Vec<Option<u32>> = vec![None; sets.len()];
    let (mut component, mut sizes) = (Vec::with_capacity(sets.len()), Vec::new());
    for transaction in 0..sets.len() as u32 {
        let root = root(&mut parent, transaction) as usize;
        component.push(*number[root].get_or_insert_with(|| {
            sizes.push(size[root]);
            sizes.len() as u32 - 1
        }));
    }
    (component, sizes)
}

fn root(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        parent[node as usize] = parent[parent[node as usize] as usize];
        node = parent[node as usize];
    }
    node
}

fn hottest(touches: &[usize], written: &[bool]) -> Vec<(u32, usize)> {
    let mut keys: Vec<(u32, usize)> = (0..touches.len())
        .filter(|&key| written[key] && touches[key] > 1)
        .map(|key| (key as u32, touches[key]))
        .collect();
    let by_heat = |&(key, count): &(u32, usize)| (std::cmp::Reverse(count), key);
    if keys.len() > HOTTEST_KEYS {
        keys.select_nth_unstable_by_key(HOTTEST_KEYS, by_heat);
        keys.truncate(HOTTEST_KEYS);
    }
    keys.sort_unstable_by_key(by_heat);
    keys
}

#[cfg(test)]
mod tests;
