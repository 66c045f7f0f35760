//! Other ways from account ids to slots, each on one core.

use crate::account::AccountId;
use crate::transaction::Transaction;
use hashbrown::HashTable;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// Answers with the slots of senders and recipients, in order.
pub trait Resolve {
    fn resolve(&mut self, asked: &[Transaction], slots: &mut Vec<u32>);
}

fn ids(asked: &[Transaction]) -> impl Iterator<Item = &AccountId> {
    asked.iter().flat_map(|transaction| [transaction.from(), transaction.to()])
}

fn id(asked: &[Transaction], place: u32) -> &AccountId {
    let transaction = &asked[place as usize / 2];
    if place.is_multiple_of(2) { transaction.from() } else { transaction.to() }
}

/// A table of slots beside the ids, one look-up after the other.
pub struct Table {
    ids: Vec<AccountId>,
    table: HashTable<u32>,
    hasher: foldhash::quality::RandomState,
}

impl Table {
    pub fn new(ids: &[AccountId]) -> Self {
        let hasher = foldhash::quality::RandomState::default();
        let mut table = HashTable::with_capacity(ids.len());
        let hash = |slot: &u32| hasher.hash_one(ids[*slot as usize]);
        for slot in 0..ids.len() as u32 {
            table.insert_unique(hash(&slot), slot, hash);
        }
        Self { ids: ids.to_vec(), table, hasher }
    }
}

impl Resolve for Table {
    fn resolve(&mut self, asked: &[Transaction], slots: &mut Vec<u32>) {
        let find = |id: &AccountId| self.table.find(self.hasher.hash_one(id), |slot| self.ids[*slot as usize] == *id);
        slots.extend(ids(asked).map(|id| *find(id).expect("every id is there")));
    }
}

/// A map from ids to slots: ids stand in the table itself.
pub struct Map<S>(HashMap<AccountId, u32, S>);

impl<S: BuildHasher + Default> Map<S> {
    pub fn new(ids: &[AccountId]) -> Self {
        let mut map = HashMap::with_capacity_and_hasher(ids.len(), S::default());
        map.extend(ids.iter().zip(0..).map(|(id, slot)| (*id, slot)));
        Self(map)
    }
}

impl<S: BuildHasher> Resolve for Map<S> {
    fn resolve(&mut self, asked: &[Transaction], slots: &mut Vec<u32>) {
        slots.extend(ids(asked).map(|id| self.0[id]));
    }
}

/// No hash at all: what is asked is sorted and merged with the sorted ids.
pub struct SortMerge {
    sorted: Vec<(AccountId, u32)>,
    order: Vec<(u64, u32)>,
}

impl SortMerge {
    pub fn new(ids: &[AccountId]) -> Self {
        let mut sorted: Vec<(AccountId, u32)> = ids.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        Self { sorted, order: Vec::new() }
    }
}

impl Resolve for SortMerge {
    fn resolve(&mut self, asked: &[Transaction], slots: &mut Vec<u32>) {
        let prefix = |id: &AccountId| u64::from_be_bytes(*id.0.first_chunk().expect("32 bytes"));
        self.order.clear();
        self.order.extend(ids(asked).map(prefix).zip(0..));
        self.order.sort_unstable();
        slots.resize(2 * asked.len(), 0);
        let mut at = 0;
        for (number, (wanted, place)) in self.order.iter().enumerate() {
            // Ids with the same first eight bytes may be asked for in any order.
            if number > 0 && self.order[number - 1].0 != *wanted {
                at += self.sorted[at..].iter().take_while(|(id, _)| prefix(id) < *wanted).count();
            } else if number == 0 {
                at = self.sorted.partition_point(|(id, _)| prefix(id) < *wanted);
            }
            let id = id(asked, *place);
            let found = self.sorted[at..].iter().find(|(known, _)| known == id).expect("every id is there");
            slots[*place as usize] = found.1;
        }
    }
}

/// What is asked is brought into the order of its hashes first, so that the table is read from one end to the other.
pub struct Partitioned {
    table: Table,
    counts: Vec<usize>,
    order: Vec<(u64, u32)>,
}

impl Partitioned {
    pub fn new(ids: &[AccountId]) -> Self {
        Self { table: Table::new(ids), counts: Vec::new(), order: Vec::new() }
    }
}

/// Parts of the table; one of ten million slots then fits into a second-level cache.
const PARTS: usize = 256;

impl Resolve for Partitioned {
    fn resolve(&mut self, asked: &[Transaction], slots: &mut Vec<u32>) {
        let Table { ids: known, table, hasher } = &self.table;
        // The table's groups are chosen by a hash's lower bits.
        let most = table.capacity().next_power_of_two();
        let part = |hash: u64| (hash as usize & (most - 1)) * PARTS / most;
        let hashes: Vec<u64> = ids(asked).map(|id| hasher.hash_one(id)).collect();
        self.counts.clear();
        self.counts.resize(PARTS + 1, 0);
        hashes.iter().for_each(|hash| self.counts[part(*hash) + 1] += 1);
        (0..PARTS).for_each(|part| self.counts[part + 1] += self.counts[part]);
        self.order.resize(2 * asked.len(), (0, 0));
        for (hash, place) in hashes.into_iter().zip(0..) {
            let at = &mut self.counts[part(hash)];
            self.order[*at] = (hash, place);
            *at += 1;
        }
        slots.resize(2 * asked.len(), 0);
        for (hash, place) in &self.order {
            let id = id(asked, *place);
            slots[*place as usize] =
                *table.find(*hash, |slot| known[*slot as usize] == *id).expect("every id is there");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::Transfer;

    #[test]
    fn all_give_the_same_slots() {
        // Half of the ids share their first eight bytes.
        let id = |number: u32| {
            let mut id = AccountId([9; 32]);
            id.0[28..].copy_from_slice(&number.to_le_bytes());
            if number.is_multiple_of(2) {
                id.0[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_le_bytes());
            }
            id
        };
        let ids: Vec<AccountId> = (0..2_000).map(id).collect();
        let expected: Vec<u32> = (0..9_000).map(|number: u32| number.wrapping_mul(40_503) % 2_000).collect();
        let asked: Vec<Transaction> = expected
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| {
                let [from, to] = pair.map(|slot| ids[slot as usize]);
                Transaction::transfer(&Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 0, from, to }, [0; 64])
            })
            .collect();
        let mut peers: [Box<dyn Resolve>; 4] = [
            Box::new(Table::new(&ids)),
            Box::new(Map::<std::hash::RandomState>::new(&ids)),
            Box::new(SortMerge::new(&ids)),
            Box::new(Partitioned::new(&ids)),
        ];
        for peer in &mut peers {
            for _ in 0..2 {
                let mut slots = Vec::new();
                peer.resolve(&asked, &mut slots);
                assert_eq!(slots, expected);
            }
        }
    }
}
