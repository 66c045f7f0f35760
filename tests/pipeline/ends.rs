//! Blocks that are refused, pipelines that end early, steps that break.

use crate::{builder, chain, one_by_one};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wavelock::pipeline::{Depth, Target};
use wavelock::{BlockHeader, Engine, Error, MemoryStore, Outcome, Result, State, StateStore};

pub fn trials() -> Vec<(String, bool, fn())> {
    let trials: [(&str, bool, fn()); 5] = [
        ("a_refused_block_keeps_its_place", false, a_refused_block_keeps_its_place),
        ("cancelled_between_blocks", false, cancelled_between_blocks),
        ("dropped_while_busy", false, dropped_while_busy),
        ("a_failing_commit_is_an_error_of_its_block", false, a_failing_commit_is_an_error_of_its_block),
        ("a_step_that_panics_is_no_wait_for_ever", false, a_step_that_panics_is_no_wait_for_ever),
    ];
    trials.into_iter().map(|(name, device, check)| (format!("ends::{name}"), device, check)).collect()
}

fn a_refused_block_keeps_its_place() {
    let (blocks, state) = chain(21, 10, 10);
    let (expected, last) = one_by_one(&blocks, state.clone());
    let pipeline = builder(Engine::Parallel).pipeline(MemoryStore::new(9, state), 3).expect("needs no device");
    for (number, block) in blocks.iter().enumerate() {
        pipeline.submit(block.clone()).expect("few transactions");
        let mut other = block.clone();
        match number % 3 {
            0 => other.header.chain_id += 1,
            1 => other.header.height += 5,
            _ => {} // The same height again.
        }
        pipeline.submit(other).expect("few transactions");
    }
    for expected in &expected {
        let right = pipeline.collect().expect("submitted").expect("the next block of the chain");
        assert!(right.outcome.same_result(expected));
        let refused = pipeline.collect().expect("submitted").expect_err("not the next block of the chain");
        assert!(matches!(refused.error, Error::Input(_)), "{}", refused.error);
        assert_eq!(refused.block.transactions, right.block.transactions);
    }
    let (rest, store) = pipeline.finish();
    assert!(rest.is_empty() && StateStore::state(&store) == &last);
    assert!(blocks.iter().all(|block| store.block(block.header.height).is_ok_and(|kept| kept.is_some())));
}

fn cancelled_between_blocks() {
    let (blocks, state) = chain(22, 40, 30);
    let (_, last) = one_by_one(&blocks, state.clone());
    for collected in [0, 1, 5, 40] {
        let pipeline = builder(Engine::Parallel).pipeline(state.clone(), 40).expect("needs no device");
        blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions"));
        for _ in 0..collected {
            pipeline.collect().expect("submitted").expect("few transactions");
        }
        let found = pipeline.cancel();
        let whole = (found.height() - state.height()) as usize;
        assert!(whole >= collected, "what was collected is committed");
        let (_, expected) = one_by_one(&blocks[..whole], state.clone());
        assert!(found == expected && (whole < 40 || found == last), "{whole} whole blocks");
    }
}

fn dropped_while_busy() {
    let (blocks, state) = chain(23, 40, 30);
    for _ in 0..5 {
        let pipeline = builder(Engine::Parallel).pipeline(state.clone(), 40).expect("needs no device");
        blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions"));
    }
}

/// A state whose commits fail, or panic, on some heights.
struct Failing {
    state: State,
    fails: fn(u64) -> bool,
    panics: bool,
}

impl Target for Failing {
    fn state(&self) -> &State {
        &self.state
    }

    fn check_next(&self, _: &BlockHeader) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self, block: &BlockHeader, outcome: &mut Outcome) -> Result<()> {
        assert!(!(self.panics && (self.fails)(block.height)), "the disk is on fire");
        if (self.fails)(block.height) {
            return Err(Error::Store { path: "nowhere".into(), message: "the disk is full".into() });
        }
        self.state.apply(outcome)
    }
}

fn a_failing_commit_is_an_error_of_its_block() {
    let (blocks, state) = chain(24, 12, 10);
    let odd = |height: u64| height % 2 == 1;
    let even: Vec<_> = blocks.iter().filter(|block| !odd(block.header.height)).cloned().collect();
    let (expected, last) = one_by_one(&even, state.clone());
    let target = Failing { state, fails: odd, panics: false };
    let pipeline = builder(Engine::Parallel).pipeline(target, Depth::default()).expect("needs no device");
    blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions"));
    let (outcomes, target) = pipeline.finish();
    let mut expected = expected.iter();
    for (outcome, block) in outcomes.into_iter().zip(&blocks) {
        match outcome {
            Ok(found) => assert!(found.outcome.same_result(expected.next().expect("one for each that went through"))),
            Err(refused) => assert!(odd(block.header.height) && matches!(refused.error, Error::Store { .. })),
        }
    }
    assert!(expected.next().is_none() && target.state == last);
}

fn a_step_that_panics_is_no_wait_for_ever() {
    let (blocks, state) = chain(25, 12, 10);
    let third = state.height() + 3;
    assert_eq!(blocks[2].header.height, third);
    let target = Failing { state, fails: |height| height == 9, panics: true };
    let pipeline = builder(Engine::Parallel).pipeline(target, 2).expect("needs no device");
    let run = || {
        for block in &blocks {
            pipeline.submit(block.clone()).expect("few transactions");
        }
        while pipeline.collect().is_some() {}
    };
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "the panic is passed on");
    let panics = |ask: &dyn Fn()| catch_unwind(AssertUnwindSafe(ask)).is_err();
    assert!(panics(&|| _ = pipeline.try_submit(blocks[0].clone())), "no room would be for ever, too");
    assert!(panics(&|| drop(pipeline.target())), "it may be half of a commit");
    assert!(catch_unwind(AssertUnwindSafe(|| pipeline.finish())).is_err(), "and nothing is returned as whole");
}
