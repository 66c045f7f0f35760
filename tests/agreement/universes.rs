//! Random worlds: few and many accounts, hot ones, every kind of trouble, amounts up to those that wrap.

use crate::Suite;
use crate::support::{Universe, assert_agrees, cases};
use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

fn universe(transactions: usize) -> impl Strategy<Value = Universe> {
    let scale = prop_oneof![Just(40u128), Just(1000), Just(1 << 50), Just(1 << 62), Just(1 << 100), Just(u128::MAX)];
    let accounts = prop_oneof![1..4usize, 2..40usize, 40..1000usize];
    (any::<u64>(), accounts, 0..transactions, scale, prop_oneof![Just(0u8), Just(3), Just(60)], any::<u8>()).prop_map(
        |(seed, accounts, transactions, scale, trouble, heat)| Universe {
            seed,
            accounts,
            transactions,
            scale,
            trouble,
            heat,
        },
    )
}

pub fn add(suite: &mut Suite) {
    for (name, transactions, count) in [("small", 200, 400), ("large", 4000, 60)] {
        suite.every_engine(&format!("universes::{name}"), move |validator| {
            let config = Config { cases: cases(count), failure_persistence: None, ..Config::default() };
            let validator = RefCell::new(validator);
            let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(Default::default()));
            let outcome = runner.run(&universe(transactions), |universe| {
                let (block, state) = universe.build();
                assert_agrees(&mut validator.borrow_mut(), &block, &state, &universe);
                Ok(())
            });
            outcome.unwrap_or_else(|error| panic!("{error}"));
        });
    }
}
