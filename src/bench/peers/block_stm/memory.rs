//! Multi-version memory: for every account the values that transactions wrote, ordered by transaction.

use crate::account::Balance;
use std::sync::Mutex;

/// A value that an incarnation of a transaction wrote.
#[derive(Clone, Copy)]
struct Version {
    /// Account in the upper, transaction in the lower half.
    key: u64,
    incarnation: u32,
    /// The incarnation was aborted, and the next one will probably write here again.
    estimate: bool,
    account: Balance,
}

/// What a transaction meets at an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Read {
    /// Nobody before wrote it: what counts is the state.
    Storage,
    /// The last one before who wrote it, in which incarnation, and what.
    Version { transaction: u32, incarnation: u32, account: Balance },
    /// The last one before who wrote it was aborted, and is to be waited for.
    Estimate { transaction: u32 },
}

/// Versions of the accounts whose lower bits are the same; with buckets enough that is one account. One lock and one cache line
/// each.
#[derive(Default)]
#[repr(align(64))]
struct Bucket(Mutex<Vec<Version>>);

/// The memory of a block; lists keep their room from block to block.
#[derive(Default)]
pub struct Memory {
    buckets: Vec<Bucket>,
}

fn key(account: u32, transaction: u32) -> u64 {
    u64::from(account) << 32 | u64::from(transaction)
}

/// How many versions come before `key`. Transactions near the end of the list are asked for most: the search begins there, in
/// growing steps.
fn before(versions: &[Version], key: u64) -> usize {
    let (mut low, mut high, mut step) = (versions.len(), versions.len(), 1);
    while low > 0 && versions[low - 1].key >= key {
        high = low - 1;
        low = high.saturating_sub(step);
        step *= 2;
    }
    low + versions[low..high].partition_point(|version| version.key < key)
}

impl Memory {
    /// Forgets all versions, and makes room for a block over `slots` accounts.
    pub fn clear(&mut self, transactions: usize, slots: usize) {
        let wanted = (2 * transactions).min(slots).next_power_of_two().max(1);
        self.buckets.resize_with(wanted, Bucket::default);
        self.buckets.iter_mut().for_each(|bucket| bucket.0.get_mut().expect(UNPOISONED).clear());
    }

    fn bucket(&self, account: u32) -> &Mutex<Vec<Version>> {
        &self.buckets[account as usize & (self.buckets.len() - 1)].0
    }

    /// What `transaction` meets at `account`.
    pub fn read(&self, account: u32, transaction: u32) -> Read {
        let versions = self.bucket(account).lock().expect(UNPOISONED);
        let count = before(&versions, key(account, transaction));
        match versions[..count].last() {
            Some(last) if last.key >> 32 == u64::from(account) => {
                let transaction = last.key as u32;
                if last.estimate {
                    return Read::Estimate { transaction };
                }
                Read::Version { transaction, incarnation: last.incarnation, account: last.account }
            }
            _ => Read::Storage,
        }
    }

    /// Notes what an incarnation wrote, in the place of what an earlier one did.
    pub fn write(&self, account: u32, transaction: u32, incarnation: u32, value: Balance) {
        let key = key(account, transaction);
        let version = Version { key, incarnation, estimate: false, account: value };
        let mut versions = self.bucket(account).lock().expect(UNPOISONED);
        let place = before(&versions, key);
        match versions.get_mut(place) {
            Some(known) if known.key == key => *known = version,
            _ => versions.insert(place, version),
        }
    }

    /// The next incarnation will probably write here again: later readers wait for it.
    pub fn mark_estimate(&self, account: u32, transaction: u32) {
        let key = key(account, transaction);
        let mut versions = self.bucket(account).lock().expect(UNPOISONED);
        let place = before(&versions, key);
        if let Some(known) = versions.get_mut(place).filter(|known| known.key == key) {
            known.estimate = true;
        }
    }

    /// The last incarnation did not write here any more.
    pub fn remove(&self, account: u32, transaction: u32) {
        let key = key(account, transaction);
        let mut versions = self.bucket(account).lock().expect(UNPOISONED);
        let place = before(&versions, key);
        if versions.get(place).is_some_and(|known| known.key == key) {
            versions.remove(place);
        }
    }

    /// The last version of every account that was written.
    pub fn last(&mut self) -> Vec<(u32, Balance)> {
        let mut last = Vec::new();
        for bucket in &mut self.buckets {
            let versions = bucket.0.get_mut().expect(UNPOISONED);
            for of_one in versions.chunk_by(|one, next| one.key >> 32 == next.key >> 32) {
                let version = of_one.last().expect("chunks are not empty");
                last.push(((version.key >> 32) as u32, version.account));
            }
        }
        last
    }
}

const UNPOISONED: &str = "nobody panics with a list in hand";

#[cfg(test)]
mod tests {
    use super::*;

    fn value(balance: u128) -> Balance {
        Balance { balance, nonce: 0 }
    }

    /// Sixteen accounts in two buckets, so that lists hold several: against the obvious.
    #[test]
    fn the_last_one_before_is_what_is_read() {
        let mut memory = Memory::default();
        memory.clear(1, 16);
        assert_eq!(memory.buckets.len(), 2);
        let mut written = std::collections::BTreeMap::new();
        let mut seed = 7u64;
        for round in 0..4_000u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (account, transaction) = ((seed >> 33) as u32 % 16, (seed >> 45) as u32 % 50);
            match seed >> 60 {
                0..3 => {
                    memory.remove(account, transaction);
                    written.remove(&(account, transaction));
                }
                3 => {
                    memory.mark_estimate(account, transaction);
                    written.entry((account, transaction)).and_modify(|(_, _, estimate)| *estimate = true);
                }
                _ => {
                    memory.write(account, transaction, round, value(u128::from(seed)));
                    written.insert((account, transaction), (round, value(u128::from(seed)), false));
                }
            }
            for reader in [0, 1, 25, 50] {
                let last = written.range((account, 0)..(account, reader)).next_back();
                let expected = last.map_or(Read::Storage, |(&(_, transaction), &(incarnation, account, estimate))| {
                    if estimate {
                        return Read::Estimate { transaction };
                    }
                    Read::Version { transaction, incarnation, account }
                });
                assert_eq!(memory.read(account, reader), expected);
            }
        }
        let mut last = memory.last();
        last.sort_by_key(|(account, _)| *account);
        let mut expected: Vec<(u32, Balance)> = Vec::new();
        for (&(account, _), &(_, value, _)) in &written {
            expected.retain(|(known, _)| *known != account);
            expected.push((account, value));
        }
        assert_eq!(last, expected);
    }
}
