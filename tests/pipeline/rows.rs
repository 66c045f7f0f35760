//! Blocks in a row on every engine.

use crate::{builder, chain, one_by_one};
use std::time::Duration;
use wavelock::pipeline::{Depth, Pipeline};
use wavelock::{Block, Check, Engine, Outcome, Stage, State};

pub fn trials() -> Vec<(String, bool, fn())> {
    let trials: [(&str, bool, fn()); 9] = [
        ("serial", false, || on_every_chain(Engine::Serial)),
        ("parallel", false, || on_every_chain(Engine::Parallel)),
        ("auto", false, || on_every_chain(Engine::Auto)),
        ("gpu", true, || on_every_chain(Engine::Gpu)),
        ("accounts_come_up_between_blocks", false, accounts_come_up_between_blocks),
        ("small_blocks_may_be_more", false, small_blocks_may_be_more),
        ("one_thread_submits_while_another_collects", false, one_thread_submits_while_another_collects),
        ("blocks_that_wait_are_verified_together", true, blocks_that_wait_are_verified_together),
        ("memory_is_used_again", false, memory_is_used_again),
    ];
    trials.into_iter().map(|(name, device, check)| (format!("rows::{name}"), device, check)).collect()
}

/// Submits every block, then collects, and compares with one block after the other.
fn compare(pipeline: Pipeline<State>, blocks: &[Block], expected: &[Outcome], state: &State, what: &str) {
    for block in blocks {
        pipeline.submit(block.clone()).expect("few transactions");
    }
    let (outcomes, found) = pipeline.finish();
    assert_eq!(outcomes.len(), blocks.len(), "{what}");
    for (number, (outcome, (expected, block))) in outcomes.into_iter().zip(expected.iter().zip(blocks)).enumerate() {
        let outcome = outcome.unwrap_or_else(|refused| panic!("{what}, block {number}: {}", refused.error));
        assert_eq!(outcome.block.transactions, block.transactions, "{what}: blocks come back in order");
        assert!(outcome.outcome.same_result(expected), "{what}, block {number}: {:?}", outcome.outcome.report.events);
        assert!(outcome.outcome.root.is_some() && outcome.outcome.report.total.as_nanos() > 0);
    }
    assert!(&found == state && found.root() == state.root(), "{what}: the states differ");
}

fn on_every_chain(engine: Engine) {
    for (seed, depth) in [(1, 1.into()), (2, 2.into()), (3, Depth::default()), (4, Depth::default()), (5, 9.into())] {
        let (blocks, state) = chain(seed, 12, [1, 7, 33][seed as usize % 3]);
        let (expected, last) = one_by_one(&blocks, state.clone());
        let pipeline = builder(engine).pipeline(state, depth).expect("there is what the engine needs");
        compare(pipeline, &blocks, &expected, &last, &format!("{engine}, chain {seed}, {depth:?}"));
    }
}

/// While kernels are compiled for the first batch, the other blocks arrive. Each is sampled for itself.
fn blocks_that_wait_are_verified_together() {
    const SAMPLE: usize = 3;
    const BLOCKS: usize = 60;
    let (blocks, state) = chain(36, BLOCKS, 40);
    let (expected, last) = one_by_one(&blocks, state.clone());
    let builder = builder(Engine::Gpu).check(Check::Sampled(SAMPLE as u32));
    let pipeline = builder.pipeline(state, Depth::default()).expect("there is an adapter");
    blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions"));
    let (outcomes, found) = pipeline.finish();
    let mut batches = 0;
    for (outcome, expected) in outcomes.into_iter().zip(&expected) {
        let outcome = outcome.expect("few transactions").outcome;
        assert!(outcome.same_result(expected), "{:?}", outcome.report.events);
        let report = outcome.report;
        assert_eq!(report.engine(Stage::Sigverify), Some(Engine::Gpu), "{:?}", report.events);
        assert_eq!(report.checked.accepted_signatures, SAMPLE, "of every block");
        assert!(report.time(Stage::Sigverify) > Duration::ZERO);
        batches += usize::from(report.checked.canaries > 0);
    }
    assert!(found == last);
    assert!(
        (BLOCKS.div_ceil(22)..BLOCKS).contains(&batches),
        "{batches} batches: a third of what may be under way at most"
    );
}

/// Ids are resolved before the blocks that create their accounts are committed: what was unknown then is known by now.
fn accounts_come_up_between_blocks() {
    const DEPTH: usize = 4;
    for seed in 0..20 {
        let (blocks, all) = chain(seed, 10, 20);
        // Nobody has an account but the richest, who pays the others.
        let richest = all.accounts().max_by_key(|account| account.balance).expect("there are accounts");
        let state = State::from_accounts(6, [richest]).expect("one account");
        let (expected, last) = one_by_one(&blocks, state.clone());
        let pipeline = builder(Engine::Parallel).pipeline(state, DEPTH).expect("needs no device");
        // With the state held, every id of the first blocks is resolved before any of them is committed.
        let held = pipeline.target();
        for block in &blocks[..DEPTH] {
            pipeline.submit(block.clone()).expect("few transactions");
        }
        assert!(pipeline.try_submit(blocks[DEPTH].clone()).expect("few transactions").is_some(), "it is full");
        std::thread::sleep(std::time::Duration::from_millis(5));
        drop(held);
        for (expected, block) in expected.iter().zip(DEPTH..) {
            let found = pipeline.collect().expect("it was submitted").expect("few transactions");
            assert!(found.outcome.same_result(expected), "chain {seed}");
            if let Some(block) = blocks.get(block) {
                pipeline.submit(block.clone()).expect("few transactions");
            }
        }
        assert!(pipeline.collect().is_none() && pipeline.try_collect().is_none() && pipeline.under_way() == 0);
        assert!(pipeline.finish().1 == last, "chain {seed}");
    }
}

/// Blocks of 20 where one of any size may be under way, or four with fewer than 50 transactions.
fn small_blocks_may_be_more() {
    const DEPTH: Depth = Depth { blocks: 1, small_blocks: 4, transactions: 50 };
    let (blocks, state) = chain(13, 30, 20);
    let (expected, last) = one_by_one(&blocks, state.clone());
    let pipeline = builder(Engine::Parallel).pipeline(state, DEPTH).expect("needs no device");
    for (blocks, expected) in blocks.chunks(3).zip(expected.chunks(3)) {
        // Held, no block is committed, and none leaves.
        let held = pipeline.target();
        for block in blocks {
            assert!(pipeline.try_submit(block.clone()).expect("few transactions").is_none(), "0, 20, 40 before it");
        }
        assert!(pipeline.try_submit(blocks[0].clone()).expect("few transactions").is_some(), "60 before it");
        drop(held);
        for expected in expected {
            let found = pipeline.collect().expect("it was submitted").expect("few transactions");
            assert!(found.outcome.same_result(expected));
        }
    }
    assert!(pipeline.finish().1 == last);
}

fn one_thread_submits_while_another_collects() {
    let (blocks, state) = chain(11, 60, 5);
    let (expected, last) = one_by_one(&blocks, state.clone());
    let pipeline = builder(Engine::Parallel).pipeline(state, 2).expect("needs no device");
    std::thread::scope(|scope| {
        scope.spawn(|| blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions")));
        let mut expected = expected.iter().peekable();
        while expected.peek().is_some() {
            // Nothing may be under way when the collector is faster.
            let Some(found) = pipeline.collect() else { continue };
            assert!(
                found.expect("few transactions").outcome.same_result(expected.next().expect("as many as submitted"))
            );
        }
    });
    assert!(pipeline.finish().1 == last);
}

fn memory_is_used_again() {
    let (blocks, state) = chain(12, 30, 25);
    let (expected, last) = one_by_one(&blocks, state.clone());
    let pipeline = builder(Engine::Parallel).pipeline(state, Depth::default()).expect("needs no device");
    for (block, expected) in blocks.iter().zip(&expected) {
        pipeline.submit(block.clone()).expect("few transactions");
        let found = pipeline.collect().expect("it was submitted").expect("few transactions");
        assert!(found.outcome.same_result(expected));
        pipeline.recycle(found.outcome);
    }
    assert!(pipeline.finish().1 == last);
}
