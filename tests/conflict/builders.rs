//! Three ways to build access sets give the same sets, block after block.

use crate::random::{Transactions, runner, transactions};
use crate::{Suite, sets_of};
use proptest::prelude::*;
use std::cell::RefCell;
use wavelock::conflict::{AccessSets, AccessSetsBuilder, IndexSetsBuilder, Interner, Key};

/// Keys that differ in one bit each, at the end that a careless hash would not see.
fn key(number: u32) -> Key {
    let mut key = [0x5a; 32];
    key[28..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The transactions' sets by key numbers, each key once, written before read, as the definition of the sets has it.
fn expected(lists: &Transactions) -> Vec<(Vec<u32>, Vec<u32>)> {
    let mut result = Vec::new();
    for (reads, writes) in lists {
        let (mut own_reads, mut own_writes) = (Vec::new(), Vec::new());
        for key in writes {
            if !own_writes.contains(key) {
                own_writes.push(*key);
            }
        }
        for key in reads {
            if !own_reads.contains(key) && !own_writes.contains(key) {
                own_reads.push(*key);
            }
        }
        result.push((own_reads, own_writes));
    }
    result
}

fn same(lists: &Transactions, sets: &AccessSets, named: impl Fn(u32) -> u32) -> bool {
    let by_name = |keys: &[u32]| keys.iter().map(|&key| named(key)).collect::<Vec<_>>();
    let found = (0..sets.len()).map(|at| (by_name(sets.reads(at)), by_name(sets.writes(at))));
    found.eq(expected(lists))
}

pub fn add(suite: &mut Suite) {
    suite.once("builders::agree", || {
        let builders = RefCell::new((Interner::new(), AccessSetsBuilder::<Key>::new(), IndexSetsBuilder::new(0)));
        // More blocks than the interner has epochs.
        let result = runner(600).run(&transactions(), |lists| {
            let (interner, builder, indices) = &mut *builders.borrow_mut();
            interner.clear();
            builder.clear();
            indices.clear(80);
            let keys = |keys: &[u32]| keys.iter().map(|&number| key(number)).collect::<Vec<Key>>();
            let declared: Vec<_> = lists.iter().map(|(reads, writes)| (keys(reads), keys(writes))).collect();
            let borrowed = || declared.iter().map(|(reads, writes)| (&reads[..], &writes[..]));
            let (some, rest) = (lists.len() / 3, lists.len() - lists.len() / 3);
            interner.extend(borrowed().take(some)).expect("few keys");
            interner.extend(borrowed().skip(some).take(rest)).expect("few keys");
            for ((reads, writes), (read_indices, write_indices)) in borrowed().zip(&lists) {
                builder.push(reads.iter().copied(), writes.iter().copied()).expect("few keys");
                indices.push(read_indices, write_indices).expect("below 80");
            }
            let number = |key: &Key| u32::from_be_bytes(key[28..].try_into().expect("4 bytes"));
            prop_assert!(same(&lists, interner.sets(), |index| number(&interner.keys()[index as usize])));
            prop_assert_eq!(interner.sets(), builder.sets());
            prop_assert_eq!(interner.keys(), builder.keys());
            prop_assert!(same(&lists, indices.sets(), |index| index));
            prop_assert_eq!(indices.sets().key_count(), 80);
            Ok(())
        });
        result.unwrap_or_else(|wrong| panic!("{wrong}"));
    });
    suite.once("builders::many keys", || {
        let mut interner = Interner::new();
        for round in 0..3u32 {
            interner.clear();
            let keys: Vec<Key> = (0..100_000u32).map(|index| key(index.wrapping_mul(2_654_435_761) >> round)).collect();
            interner.extend(keys.chunks(3).map(|own| (&own[..1], &own[1..]))).expect("few keys");
            let mut builder = AccessSetsBuilder::new();
            for own in keys.chunks(3) {
                builder.push(own[..1].to_vec(), own[1..].to_vec()).expect("few keys");
            }
            assert!(interner.sets() == builder.sets() && interner.keys() == builder.keys());
        }
    });
    suite.once("builders::an index too large is refused and changes nothing", || {
        let mut builder = IndexSetsBuilder::new(5);
        builder.push(&[4], &[0]).expect("below 5");
        let before = builder.sets().clone();
        let error = builder.push(&[5], &[1, 2]).expect_err("5 is not below 5");
        assert_eq!(error.to_string(), "transaction 1: expected key indices below 5, found 5");
        assert_eq!(*builder.sets(), before);
        assert_eq!(sets_of(&[(vec![4], vec![0])]), before);
    });
}
