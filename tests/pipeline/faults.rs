//! A device that fails in one block: that block is done by the CPU, and the others keep their order and their outcomes.

use crate::{builder, chain, one_by_one};
use std::sync::Arc;
use wavelock::gpu::device::DeviceOptions;
use wavelock::gpu::faults::{FaultPlan, Injected, Injector};
use wavelock::pipeline::Depth;
use wavelock::{Check, Engine, Stage};

pub fn trials() -> Vec<(String, bool, fn())> {
    let trials: [(&str, bool, fn()); 2] = [
        ("every_block_has_its_outcome", true, every_block_has_its_outcome),
        ("a_fault_stays_where_it_was", true, a_fault_stays_where_it_was),
    ];
    trials.into_iter().map(|(name, device, check)| (format!("faults::{name}"), device, check)).collect()
}

fn options(plan: FaultPlan) -> (DeviceOptions, Arc<Injector>) {
    let injector = Arc::new(Injector::new(plan));
    (DeviceOptions { faults: Some(injector.clone()), ..DeviceOptions::default() }, injector)
}

fn every_block_has_its_outcome() {
    let kinds = vec![
        Injected::FlippedBit,
        Injected::StaleRead,
        Injected::DroppedDispatch,
        Injected::RepeatedDispatch,
        Injected::LostDevice,
    ];
    let (blocks, state) = chain(31, 60, 20);
    let (expected, last) = one_by_one(&blocks, state.clone());
    let (options, injector) = options(FaultPlan { seed: 7, one_in: 25, kinds, stages: Vec::new() });
    let builder = builder(Engine::Gpu).check(Check::Full).device_options(options);
    let pipeline = builder.pipeline(state, Depth::default()).expect("there is an adapter");
    blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions"));
    let (outcomes, found) = pipeline.finish();
    let mut noticed = 0;
    for (outcome, expected) in outcomes.into_iter().zip(&expected) {
        let outcome = outcome.expect("a fault is no error").outcome;
        assert!(outcome.same_result(expected), "{:?}", outcome.report.events);
        noticed += outcome.report.faults.len();
    }
    assert!(found == last);
    assert!(injector.log().len() >= 20 && noticed >= 5, "{} injected, {noticed} noticed", injector.log().len());
}

/// The device of signatures is lost at every batch, the one of execution never: the second is not blamed.
fn a_fault_stays_where_it_was() {
    let (blocks, state) = chain(32, 6, 20);
    let (expected, _) = one_by_one(&blocks, state.clone());
    let plan = FaultPlan { seed: 1, one_in: 1, kinds: vec![Injected::LostDevice], stages: vec!["sigverify"] };
    let pipeline = builder(Engine::Gpu).device_options(options(plan).0).pipeline(state, Depth::default());
    let pipeline = pipeline.expect("there is an adapter");
    blocks.iter().for_each(|block| pipeline.submit(block.clone()).expect("few transactions"));
    for (outcome, expected) in pipeline.finish().0.into_iter().zip(&expected) {
        let outcome = outcome.expect("a fault is no error").outcome;
        assert!(outcome.same_result(expected));
        assert_eq!(outcome.report.engine(Stage::Sigverify), Some(Engine::Parallel));
        assert_eq!(outcome.report.engine(Stage::Execute), Some(Engine::Gpu), "{:?}", outcome.report.events);
        assert!(outcome.report.faults.iter().all(|fault| fault.stage == Stage::Sigverify));
    }
}
