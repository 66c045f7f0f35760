//! Against the standard library's map, and against somebody who chooses ids.

use super::*;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// Hashes with the key that everybody knows: zero.
type Unkeyed = BuildHasherDefault<DefaultHasher>;

/// Hashes to very few values, so that everything meets.
#[derive(Clone, Default, Debug)]
struct Colliding;

#[derive(Default)]
struct LowBits(u8);

impl Hasher for LowBits {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes[0] & 3;
    }

    /// At the end of the table, from where searching goes on at its start.
    fn finish(&self) -> u64 {
        u64::from(u32::MAX - u32::from(self.0))
    }
}

impl BuildHasher for Colliding {
    type Hasher = LowBits;

    fn build_hasher(&self) -> LowBits {
        LowBits::default()
    }
}

fn id(number: u16) -> AccountId {
    let mut id = AccountId::default();
    id.0[..2].copy_from_slice(&number.to_le_bytes());
    id.0[31] = (number % 7) as u8;
    id
}

fn same_as_std<S: BuildHasher + Default>(arrivals: &[u16], asked: &[u16]) {
    let mut ids = Ids::<S>::default();
    let mut expected: HashMap<AccountId, u32> = HashMap::new();
    for id in arrivals.iter().copied().map(id) {
        let hash = ids.hash(&id);
        assert_eq!(ids.slot_hashed(&id, hash), expected.get(&id).copied());
        if let Entry::Vacant(vacant) = expected.entry(id) {
            vacant.insert(ids.push_hashed(&id, hash));
        }
        assert_eq!(expected[&id], ids.slot(&id).expect("it was added"));
    }
    assert_eq!(ids.len(), expected.len());
    assert!(ids.as_slice().iter().enumerate().all(|(slot, id)| expected[id] == slot as u32), "slots by arrival");
    for asked in asked.chunks(RUN) {
        let asked: Vec<AccountId> = asked.iter().copied().map(id).collect();
        let (mut hashes, mut slots) = ([0; RUN], vec![7; asked.len()]);
        ids.resolve(asked.iter(), &mut hashes, &mut slots);
        let expected: Vec<u32> = asked.iter().map(|id| expected.get(id).copied().unwrap_or(NO_SLOT)).collect();
        assert_eq!(slots, expected);
        assert!(asked.iter().zip(hashes).all(|(id, hash)| ids.hash(id) == hash));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_a_standard_map(
        arrivals in prop::collection::vec(0..600u16, 0..900),
        asked in prop::collection::vec(0..1_200u16, 0..200),
    ) {
        same_as_std::<RandomState>(&arrivals, &asked);
        same_as_std::<Unkeyed>(&arrivals, &asked);
        same_as_std::<Colliding>(&arrivals, &asked);
    }
}

#[test]
fn buckets_keep_everything_while_they_double() {
    let mut buckets = Buckets::default();
    let hash = |number: u32| number.wrapping_mul(2_654_435_761);
    for number in 0..100_000 {
        buckets.reserve(1);
        assert_eq!(buckets.find_or_insert(hash(number), number, |_| false), number);
    }
    for number in 0..100_000 {
        assert_eq!(buckets.view().find(hash(number), |found| found == number), Some(number));
        assert_eq!(buckets.find_or_insert(hash(number), 7, |found| found == number), number);
    }
    assert_eq!(buckets.view().find(hash(100_000), |found| found == 100_000), None);
}

/// Ids that all belong into one bucket of 4,096 of a table whose key is known: a thousand trials each.
fn chosen(count: usize) -> Vec<AccountId> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let known = Ids::<Unkeyed>::default();
    let next = move || {
        let mut id = AccountId::default();
        rng.fill_bytes(&mut id.0);
        id
    };
    std::iter::repeat_with(next).filter(|id| known.hash(id) >> 20 == 0).take(count).collect()
}

/// Buckets that a look-up reads, on average.
fn probes<S: BuildHasher + Default>(chosen: &[AccountId]) -> f64 {
    let mut ids = Ids::<S>::default();
    for id in chosen {
        let hash = ids.hash(id);
        ids.push_hashed(id, hash);
    }
    let read: usize = chosen.iter().map(|id| ids.buckets.view().probes(ids.hash(id))).sum();
    read as f64 / chosen.len() as f64
}

/// What a key is for: the same ids that make a table with a known key a list are like any others to one with a key that
/// nobody knows.
#[test]
fn chosen_ids_degrade_a_table_without_a_key_and_not_ours() {
    let chosen = chosen(4_000);
    let (without, with) = (probes::<Unkeyed>(&chosen), probes::<RandomState>(&chosen));
    assert!(without > 1_000.0, "the attack works where the key is known: {without} buckets a look-up");
    assert!(with < 8.0, "and nowhere else: {with} buckets a look-up");
    let keys = [(); 2].map(|()| Ids::<RandomState>::default().hash(&chosen[0]));
    assert_ne!(keys[0], keys[1], "every table has its own key");
}
