//! A chain on disk whose blocks a failing device validates: what is committed is the serial chain, block by block.

use crate::campaign::{extent, planned};
use crate::tally::{Tally, Verdict, since};
use crate::{plan, serial, support, troubled};
use support::Universe;
use wavelock::gpu::faults::Injected;
use wavelock::{Block, Check, Error, FjallStore, MemoryStore, State, StateStore};

const CHAIN: u64 = 9;

pub fn trials() -> Vec<(String, fn())> {
    let trials: [(&str, fn()); 2] = [
        ("a_chain_is_the_serial_one", a_chain_is_the_serial_one),
        ("a_root_that_nobody_checked_is_not_committed", a_root_that_nobody_checked_is_not_committed),
    ];
    trials.into_iter().map(|(name, check)| (format!("committed::{name}"), check)).collect()
}

/// The block of a seed, for accounts that all seeds share.
fn block(seed: u64, height: u64) -> (Block, State) {
    let universe = Universe { seed, accounts: 30, transactions: 60, scale: 1 << 40, trouble: 40, heat: 40 };
    let (mut block, state) = support::signed(&universe);
    block.header.height = height;
    (block, state)
}

fn a_chain_is_the_serial_one() {
    let (faults, first_seed) = extent(10);
    let mut tally = Tally::new("committed", "full".into(), first_seed);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let genesis = block(first_seed, 0).1;
    FjallStore::create(&path, CHAIN, &genesis).expect("a new folder");
    let mut store = FjallStore::open(&path).expect("a store");
    let mut expected = MemoryStore::new(CHAIN, genesis);
    let (builder, injector) = troubled(plan(first_seed, &[], 1));
    let mut validator = builder.check(Check::Full).build().expect("there is an adapter");
    for seed in first_seed.. {
        let (block, _) = block(seed, store.height() + 1);
        let mut serially = serial(&block, expected.state());
        injector.replan(planned(seed));
        let before = injector.log().len();
        let mut outcome = validator.validate(&block, store.state()).expect("a fault is no error");
        let injected = since(&injector, before);
        assert!(outcome.same_result(&serially), "WAVELOCK_FAULT_SEED={seed}: {injected:?}");
        tally.count(seed, &injected, &outcome.report, Verdict::Right);
        store.commit(&block.header, &mut outcome).expect("the block that follows");
        expected.commit(&block.header, &mut serially).expect("the block that follows");
        // Now and then from disk again.
        if seed.is_multiple_of(25) {
            drop(store);
            store = FjallStore::open(&path).expect("what was committed");
        }
        assert_eq!((store.root(), store.state()), (expected.root(), expected.state()), "WAVELOCK_FAULT_SEED={seed}");
        if tally.faults() >= faults {
            break;
        }
    }
    drop(store);
    let store = FjallStore::open(&path).expect("what was committed");
    assert_eq!((store.root(), store.state()), (expected.root(), expected.state()), "on disk");
    for height in 7..=store.height() {
        assert_eq!(
            store.block(height).expect("readable"),
            expected.block(height).expect("in memory"),
            "block {height}"
        );
    }
    tally.finish();
}

/// Where a caller switches the check of roots off, the store still takes none that its accounts do not have.
fn a_root_that_nobody_checked_is_not_committed() {
    let (block, genesis) = block(1, 7);
    let mut store = MemoryStore::new(CHAIN, genesis);
    let (builder, injector) = troubled(plan(1, &[], 1));
    let mut validator = builder.check_root(Check::Off).build().expect("there is an adapter");
    let expected = serial(&block, store.state());
    let mut refused = false;
    for seed in 0..200 {
        let stages = vec!["root"];
        injector.replan(wavelock::gpu::faults::FaultPlan { stages, ..plan(seed, &[Injected::FlippedBit], 2) });
        let mut outcome = validator.validate(&block, store.state()).expect("a fault is no error");
        if outcome.root == expected.root {
            continue;
        }
        let before = store.root();
        let result = store.commit(&block.header, &mut outcome);
        assert!(matches!(result, Err(Error::Disagreement(_))), "seed {seed}: {result:?}");
        assert_eq!((store.height(), store.root()), (6, before), "seed {seed}");
        refused = true;
        break;
    }
    assert!(refused, "no fault changed a root");
    let mut outcome = expected.clone();
    store.commit(&block.header, &mut outcome).expect("the right root");
}
