//! Random sets: repeated keys, keys both read and written, empty sets.

use crate::definition::{conflicts, dependency_fault, fault};
use crate::{Suite, assert_agrees, cases, sets_of};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use wavelock::Scheduler;

pub type Transactions = Vec<(Vec<u32>, Vec<u32>)>;

pub fn transactions() -> impl Strategy<Value = Transactions> {
    (1u32..80, 0usize..3).prop_flat_map(|(keys, long)| {
        let set = move || prop::collection::vec(0..keys, 0..[3, 6, 40][long]);
        prop::collection::vec((set(), set()), 0..[150, 90, 40][long])
    })
}

pub fn runner(count: u32) -> TestRunner {
    let config = Config { cases: cases(count), failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

pub fn add(suite: &mut Suite) {
    suite.every_engine("random::equals_the_definition", |scheduler: &mut Scheduler| {
        let count = if scheduler.engine() == wavelock::Engine::Gpu { 100 } else { 1_000 };
        let scheduler = RefCell::new(scheduler);
        let result = runner(count).run(&transactions(), |lists| {
            let scheduler = &mut **scheduler.borrow_mut();
            let sets = sets_of(&lists);
            assert_agrees(scheduler, &sets, &lists);
            let conflicts = conflicts(&lists);
            let schedule = scheduler.schedule(&sets).expect("it had the memory before");
            prop_assert_eq!(fault(&lists, &conflicts, schedule), None);
            let dependencies = scheduler.dependencies(&sets).expect("few accesses");
            prop_assert_eq!(dependency_fault(&conflicts, dependencies), None);
            Ok(())
        });
        result.unwrap_or_else(|wrong| panic!("{wrong}"));
    });
}
