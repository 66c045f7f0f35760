//! Blocks in a row come out as if each had been validated and applied before the next: every engine, states and stores, blocks
//! that are refused, pipelines that end early. Without an adapter the trials of the device are reported as ignored.

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod faults;
mod rows;

use libtest_mimic::{Arguments, Trial};
use support::Universe;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::{Block, BlockHeader, Engine, Outcome, State, Validator, ValidatorBuilder};

/// Blocks on end and the state before the first: accounts come up over time, and what fails in one block may hold in the next.
pub fn chain(seed: u64, blocks: usize, transactions: usize) -> (Vec<Block>, State) {
    let heat = if seed.is_multiple_of(2) { 100 } else { 0 };
    let transactions = blocks * transactions;
    let universe = Universe {
        seed,
        accounts: 8 + seed as usize % 40,
        transactions,
        scale: 1 << (20 + seed % 90),
        trouble: 40,
        heat,
    };
    let (all, state) = support::signed(&universe);
    let parts = all.transactions.chunks(transactions / blocks).enumerate();
    let header = |number| BlockHeader { height: all.header.height + number as u64, ..all.header };
    (parts.map(|(number, part)| Block { header: header(number), transactions: part.to_vec() }).collect(), state)
}

/// One block after the other on the serial engine: the outcomes, and the last state.
pub fn one_by_one(blocks: &[Block], mut state: State) -> (Vec<Outcome>, State) {
    let mut serial = builder(Engine::Serial).build().expect("needs no device");
    let outcomes = blocks.iter().map(|block| {
        let outcome = serial.validate(block, &state).expect("a block of few transactions");
        state.apply(&outcome).expect("computed on this state");
        outcome
    });
    (outcomes.collect(), state)
}

pub fn builder(engine: Engine) -> ValidatorBuilder {
    Validator::builder().engine(engine).state_root(true).check_seed(1)
}

fn main() {
    let missing = Device::open(&DeviceOptions::default()).err();
    if let Some(error) = &missing {
        eprintln!("trials of the device are ignored: {error}");
    }
    let trials = [rows::trials(), ends::trials(), faults::trials()].concat();
    let trials = trials.into_iter().map(|(name, needs_device, check)| {
        let run = move || {
            check();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(needs_device && missing.is_some())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
