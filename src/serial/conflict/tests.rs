use super::*;
use crate::conflict::AccessSetsBuilder;
use proptest::prelude::*;

/// A transaction's read set and write set as declared.
type Declared = (Vec<u8>, Vec<u8>);

fn sets_of(transactions: &[Declared]) -> AccessSets {
    let mut builder = AccessSetsBuilder::new();
    for (reads, writes) in transactions {
        builder.push(reads.iter().copied(), writes.iter().copied()).expect("few keys");
    }
    builder.finish().0
}

fn conflict((reads, writes): &Declared, (other_reads, other_writes): &Declared) -> bool {
    let meet = |some: &[u8], others: &[u8]| some.iter().any(|key| others.contains(key));
    meet(writes, other_writes) || meet(writes, other_reads) || meet(reads, other_writes)
}

/// Waves and largest component by comparing every pair.
fn by_pairs(transactions: &[Declared]) -> (Vec<u32>, usize) {
    let mut waves: Vec<u32> = Vec::new();
    let mut component: Vec<usize> = (0..transactions.len()).collect();
    for (later, transaction) in transactions.iter().enumerate() {
        let before: Vec<usize> = (0..later).filter(|&earlier| conflict(&transactions[earlier], transaction)).collect();
        waves.push(before.iter().map(|&earlier| waves[earlier] + 1).max().unwrap_or(0));
        for earlier in before {
            let (from, to) = (component[earlier], component[later]);
            component.iter_mut().filter(|label| **label == from).for_each(|label| *label = to);
        }
    }
    let size = |label| component.iter().filter(|&&other| other == label).count();
    (waves, (0..transactions.len()).map(size).max().unwrap_or(0))
}

fn check(transactions: &[Declared]) -> Schedule {
    let schedule = schedule(&sets_of(transactions));
    let (waves, largest_component) = by_pairs(transactions);
    assert_eq!(schedule.wave, waves);
    assert_eq!(schedule.waves, waves.iter().max().map_or(0, |wave| wave + 1));
    assert_eq!(schedule.largest_component, largest_component);
    let chain = &schedule.longest_chain;
    assert!(chain.iter().enumerate().all(|(wave, &transaction)| waves[transaction] == wave as u32));
    assert_eq!(chain.len(), schedule.waves as usize);
    for link in chain.windows(2) {
        assert!(link[0] < link[1] && conflict(&transactions[link[0]], &transactions[link[1]]));
    }
    schedule
}

fn writes(keys: &[u8]) -> Declared {
    (Vec::new(), keys.to_vec())
}

fn reads(keys: &[u8]) -> Declared {
    (keys.to_vec(), Vec::new())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn equals_the_comparison_of_all_pairs(
        (keys, transactions) in (1u8..40).prop_flat_map(|keys| {
            let set = || prop::collection::vec(0..keys, 0..4);
            (Just(keys), prop::collection::vec((set(), set()), 0..60))
        })
    ) {
        let schedule = check(&transactions);
        prop_assert!(schedule.hottest.len() <= HOTTEST_KEYS.min(keys as usize));
        prop_assert!(schedule.hottest.is_sorted_by_key(|&(key, count)| (std::cmp::Reverse(count), key)));
    }
}

#[test]
fn nothing_and_empty_sets() {
    assert_eq!(check(&[]), Schedule::default());
    let schedule = check(&[writes(&[]), writes(&[]), reads(&[1])]);
    assert_eq!((schedule.wave, schedule.waves), (vec![0, 0, 0], 1));
    assert_eq!((schedule.longest_chain, schedule.largest_component), (vec![0], 1));
    assert!(schedule.hottest.is_empty(), "a key that is only read is not hot");
}

#[test]
fn readers_share_a_wave_but_a_writer_connects_them() {
    let schedule = check(&[reads(&[1]), reads(&[1]), reads(&[1])]);
    assert_eq!((schedule.waves, schedule.largest_component), (1, 1));
    let schedule = check(&[reads(&[1]), reads(&[1]), writes(&[1]), reads(&[1]), reads(&[1])]);
    assert_eq!(schedule.wave, [0, 0, 1, 2, 2]);
    assert_eq!(schedule.longest_chain, [1, 2, 3]);
    assert_eq!((schedule.largest_component, schedule.hottest), (5, vec![(0, 5)]));
}

#[test]
fn a_hot_key_is_one_wave_per_writer() {
    let schedule = check(&(0..50).map(|private| writes(&[200, private])).collect::<Vec<_>>());
    assert_eq!((schedule.waves, schedule.largest_component), (50, 50));
    assert_eq!(schedule.longest_chain, (0..50).collect::<Vec<_>>());
    assert_eq!(schedule.hottest, [(0, 50)], "nobody waits for a private key");
}

#[test]
fn a_chain_of_neighbours_and_two_apart() {
    let chain: Vec<Declared> = (0..30).map(|key| writes(&[key, key + 1])).collect();
    let schedule = check(&chain);
    assert_eq!((schedule.waves, schedule.hottest.len()), (30, HOTTEST_KEYS));
    assert_eq!(schedule.hottest[..2], [(1, 2), (2, 2)]);
    let apart: Vec<Declared> = (0..30).map(|key| writes(&[key % 2])).collect();
    let schedule = check(&apart);
    assert_eq!((schedule.waves, schedule.largest_component), (15, 15));
}

/// A late writer after a deep and a shallow reader waits for the deep one, wherever it stands.
#[test]
fn a_writer_waits_for_the_deepest_reader() {
    let deep = (vec![9], vec![1]);
    let schedule = check(&[writes(&[1]), writes(&[1]), deep, reads(&[9]), writes(&[9])]);
    assert_eq!(schedule.wave, [0, 1, 2, 0, 3]);
    assert_eq!(schedule.longest_chain, [0, 1, 2, 4]);
}

#[test]
fn a_key_both_read_and_written_is_written() {
    let both = (vec![1], vec![1]);
    assert_eq!(check(&[both.clone(), both, reads(&[1])]).wave, [0, 1, 2]);
}
