//! Thousands of blocks under random faults, each outcome held against the serial engine's.

use crate::{plan, serial, signed_world, troubled};
use std::collections::BTreeMap;
use wavelock::gpu::faults::{Injected, Injector};
use wavelock::{Block, Check, Outcome, State, Validator};

/// Worlds that the blocks of a campaign are taken from; a serial outcome is computed once.
const WORLDS: u64 = 24;
/// What may go wrong in a block, and in one of how many operations: a block is some hundred dispatches and about three
/// read-backs, and one in four or so meets a fault. Buffers are made after a fault only, when nothing old is trusted.
const COMMON: [(Injected, u32); 5] = [
    (Injected::FlippedBit, 8),
    (Injected::StaleRead, 8),
    (Injected::DroppedDispatch, 300),
    (Injected::RepeatedDispatch, 300),
    (Injected::RefusedBuffer, 40),
];
/// The same for what makes the device unusable: opening it again takes as long as many blocks.
const RARE: [(Injected, u32); 2] = [(Injected::LostDevice, 3), (Injected::Stall, 3)];
/// One block in so many meets a rare fault.
const RARELY: u64 = 50;

pub fn trials() -> Vec<(String, fn())> {
    let trials: [(&str, fn()); 2] = [
        ("every_outcome_is_the_serial_one", every_outcome_is_the_serial_one),
        ("without_the_check_outcomes_differ", without_the_check_outcomes_differ),
    ];
    trials.into_iter().map(|(name, check)| (format!("campaign::{name}"), check)).collect()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

/// The campaign can fail: the same faults go through where nobody looks.
fn without_the_check_outcomes_differ() {
    let (block, state) = signed_world(2, 65);
    let expected = serial(&block, &state);
    let (builder, injector) = troubled(plan(1, &[], 1));
    let mut validator = builder.check(Check::Off).build().expect("there is an adapter");
    let differs = (0..400).any(|seed| {
        injector.replan(plan(seed, &[Injected::DroppedDispatch, Injected::StaleRead], 40));
        !validator.validate(&block, &state).expect("a fault is no error").same_result(&expected)
    });
    assert!(differs, "no fault changed an outcome");
}

struct World {
    block: Block,
    state: State,
    expected: Outcome,
}

/// What a campaign counts.
#[derive(Default, Debug)]
struct Tally {
    blocks: usize,
    injected: BTreeMap<(&'static str, Injected), usize>,
    /// Blocks whose report names a fault.
    noticed: usize,
    /// Blocks with an injected fault that changed nothing.
    harmless: usize,
    /// Blocks during which the device was left alone.
    rested: usize,
}

/// `--check full`: every corruption that would change an outcome is caught, and every block has its outcome.
fn every_outcome_is_the_serial_one() {
    let (faults, first_seed) = (setting("WAVELOCK_FAULTS", 150) as usize, setting("WAVELOCK_FAULT_SEED", 1));
    let worlds: Vec<World> = (0..WORLDS)
        .map(|seed| {
            let (block, state) = signed_world(seed, [1, 40, 65, 150][seed as usize % 4]);
            let expected = serial(&block, &state);
            World { block, state, expected }
        })
        .collect();
    let mut tally = Tally::default();
    let (builder, injector) = troubled(plan(first_seed, &[], 1));
    let mut validator = builder.check(Check::Full).build().expect("there is an adapter");
    let mut seed = first_seed;
    while injector.log().len() < faults {
        let rare = seed.is_multiple_of(RARELY);
        let kinds: &[_] = if rare { &RARE } else { &COMMON };
        let (kind, one_in) = kinds[(if rare { seed / RARELY } else { seed } % kinds.len() as u64) as usize];
        injector.replan(plan(seed, &[kind], one_in));
        one_block(&mut validator, &injector, &worlds[(seed / 7 % WORLDS) as usize], &mut tally, seed);
        seed += 1;
    }
    for (stage, kind) in injector.log() {
        *tally.injected.entry((stage, kind)).or_default() += 1;
    }
    println!("seeds {first_seed} to {}: {tally:?}", seed - 1);
    for (kind, _) in COMMON.into_iter().chain(RARE) {
        assert!(tally.injected.keys().any(|(_, injected)| *injected == kind), "{kind:?} never happened");
    }
    for stage in ["sigverify", "execute", "root"] {
        assert!(tally.injected.keys().any(|(injected, _)| *injected == stage), "nothing happened in {stage}");
    }
    assert!(tally.noticed > 0, "no fault was ever noticed");
}

fn one_block(validator: &mut Validator, injector: &Injector, world: &World, tally: &mut Tally, seed: u64) {
    let before = injector.log().len();
    let outcome = validator.validate(&world.block, &world.state);
    let outcome = outcome.unwrap_or_else(|error| panic!("WAVELOCK_FAULT_SEED={seed}: {error}"));
    let injected = injector.log().split_off(before);
    assert!(
        outcome.same_result(&world.expected),
        "WAVELOCK_FAULT_SEED={seed}: {injected:?} changed the outcome; {:?}",
        outcome.report.events
    );
    tally.blocks += 1;
    tally.noticed += usize::from(!outcome.report.faults.is_empty());
    tally.harmless += usize::from(outcome.report.faults.is_empty() && !injected.is_empty());
    tally.rested += usize::from(outcome.report.events.iter().any(|event| event.contains("left alone for a while")));
    if injected.is_empty() && outcome.report.events.is_empty() {
        assert!(outcome.report.faults.is_empty(), "WAVELOCK_FAULT_SEED={seed}: a fault out of nothing");
    }
}
