//! Whatever a device does, the outcome is the serial one: faults of every kind, at every stage, by seed.
//!
//! Without an adapter every trial is reported as ignored. `WAVELOCK_FAULTS` sets how many faults the largest campaign
//! injects (default 150; the others have a share of that), `WAVELOCK_FAULT_SEED` where all start; a trial that fails names
//! the seed to repeat it with. `WAVELOCK_FAULTS_JSON` names a file for what was counted.

#[path = "../support/mod.rs"]
mod support;

mod campaign;
#[cfg(feature = "store")]
mod committed;
mod recovery;
mod residual;
mod tally;

use libtest_mimic::{Arguments, Trial};
use std::sync::Arc;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::faults::{FaultPlan, Injected, Injector};
use wavelock::{Block, BlockHeader, Outcome, State, Validator, ValidatorBuilder};

/// A signed block of what can go wrong, and its state.
pub fn signed_world(seed: u64, transactions: usize) -> (Block, State) {
    let universe =
        support::Universe { seed, accounts: 12, transactions, scale: 1 << (20 + seed % 60), trouble: 40, heat: 60 };
    support::signed(&universe)
}

/// A builder whose device makes trouble, and the injector's log.
pub fn troubled(plan: FaultPlan) -> (ValidatorBuilder, Arc<Injector>) {
    let injector = Arc::new(Injector::new(plan));
    let options = DeviceOptions { faults: Some(injector.clone()), ..DeviceOptions::default() };
    let builder = Validator::builder().engine(wavelock::Engine::Gpu).state_root(true);
    (builder.device_options(options).check_seed(1), injector)
}

pub fn plan(seed: u64, kinds: &[Injected], one_in: u32) -> FaultPlan {
    FaultPlan { seed, one_in, kinds: kinds.to_vec(), stages: Vec::new() }
}

/// The serial outcome.
pub fn serial(block: &Block, state: &State) -> Outcome {
    let mut serial =
        Validator::builder().engine(wavelock::Engine::Serial).state_root(true).build().expect("needs no device");
    serial.validate(block, state).expect("a block of few transactions")
}

/// An empty block, so that a device can be opened and asked for nothing.
pub fn empty_block() -> Block {
    Block { header: BlockHeader { chain_id: 9, height: 7, fee_recipient: support::id(0) }, transactions: Vec::new() }
}

fn main() {
    let missing = Device::open(&DeviceOptions::default()).err();
    if let Some(error) = &missing {
        eprintln!("fault trials are ignored: {error}");
    }
    let mut trials = [campaign::trials(), recovery::trials(), residual::trials()].concat();
    #[cfg(feature = "store")]
    trials.extend(committed::trials());
    let trials = trials.into_iter().map(|(name, check)| {
        let run = move || {
            check();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(missing.is_some())
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    tally::write();
    conclusion.exit();
}
