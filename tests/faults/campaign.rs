//! Thousands of blocks under random faults, each outcome held against the serial engine's.

use crate::tally::{Tally, Verdict, since};
use crate::{plan, serial, signed_world, troubled};
use std::sync::Arc;
use wavelock::conflict::AccessSets;
use wavelock::gpu::device::DeviceOptions;
use wavelock::gpu::faults::{FaultPlan, Injected, Injector};
use wavelock::workload::AccessWorkload;
use wavelock::{Block, Check, Engine, Outcome, Reason, Scheduler, State, Status};

/// Worlds that the blocks of a campaign are taken from; a serial outcome is computed once.
const WORLDS: u64 = 24;
/// What may go wrong in a block, and in one of how many operations: a block is some hundred dispatches and about three
/// read-backs, and one in four or so meets a fault. Buffers are made after a fault only, when nothing old is trusted.
pub const COMMON: [(Injected, u32); 5] = [
    (Injected::FlippedBit, 8),
    (Injected::StaleRead, 8),
    (Injected::DroppedDispatch, 300),
    (Injected::RepeatedDispatch, 300),
    (Injected::RefusedBuffer, 40),
];
/// The same for what makes the device unusable: opening it again takes as long as many blocks.
pub const RARE: [(Injected, u32); 3] = [(Injected::LostDevice, 3), (Injected::Stall, 3), (Injected::Skipped, 3)];
/// One block in so many meets a rare fault.
const RARELY: u64 = 50;

pub fn trials() -> Vec<(String, fn())> {
    let trials: [(&str, fn()); 4] = [
        ("every_outcome_is_the_serial_one", every_outcome_is_the_serial_one),
        ("waves_are_the_serial_ones", waves_are_the_serial_ones),
        ("the_default_level_lets_nothing_else_through", the_default_level_lets_nothing_else_through),
        ("without_the_check_outcomes_differ", without_the_check_outcomes_differ),
    ];
    trials.into_iter().map(|(name, check)| (format!("campaign::{name}"), check)).collect()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

/// How many faults a campaign injects that has `share` percent of them, and where its seeds begin.
pub fn extent(share: u64) -> (usize, u64) {
    let faults = setting("WAVELOCK_FAULTS", 150) * share / 100;
    (faults.max(1) as usize, setting("WAVELOCK_FAULT_SEED", 1))
}

/// The plan of a seed.
pub fn planned(seed: u64) -> FaultPlan {
    let rare = seed.is_multiple_of(RARELY);
    let kinds: &[_] = if rare { &RARE } else { &COMMON };
    let (kind, one_in) = kinds[(if rare { seed / RARELY } else { seed } % kinds.len() as u64) as usize];
    plan(seed, &[kind], one_in)
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

/// What to think of an outcome that is not the serial one.
type Judge = fn(&World, &Outcome) -> Verdict;

/// Validates blocks until enough faults were injected.
fn run(mut tally: Tally, check: Check, roots: Check, share: u64, judge: Judge) -> Tally {
    let (faults, first_seed) = extent(share);
    let worlds: Vec<World> = (0..WORLDS)
        .map(|seed| {
            let (block, state) = signed_world(seed, [1, 40, 65, 150][seed as usize % 4]);
            let expected = serial(&block, &state);
            World { block, state, expected }
        })
        .collect();
    let (builder, injector) = troubled(plan(first_seed, &[], 1));
    let mut validator = builder.check(check).check_root(roots).build().expect("there is an adapter");
    for seed in first_seed.. {
        let world = &worlds[(seed / 7 % WORLDS) as usize];
        // A state whose tree was needed keeps it, and is then checked in full: each block gets a fresh one.
        let state = world.state.clone();
        injector.replan(planned(seed));
        let before = injector.log().len();
        let outcome = validator.validate(&world.block, &state);
        let outcome = outcome.unwrap_or_else(|error| panic!("WAVELOCK_FAULT_SEED={seed}: {error}"));
        let injected = since(&injector, before);
        let same = outcome.same_result(&world.expected);
        let verdict = if same { Verdict::Right } else { judge(world, &outcome) };
        let quiet = injected.is_empty() && outcome.report.events.is_empty();
        assert!(!quiet || outcome.report.faults.is_empty(), "WAVELOCK_FAULT_SEED={seed}: a fault out of nothing");
        tally.count(seed, &injected, &outcome.report, verdict);
        if tally.faults() >= faults {
            break;
        }
    }
    tally
}

/// `--check full`: every corruption that would change an outcome is caught, and every block has its outcome.
fn every_outcome_is_the_serial_one() {
    let tally = Tally::new("full", "full".into(), extent(100).1);
    let tally = run(tally, Check::Full, Check::Full, 100, |_, _| Verdict::Lost("nothing may".into()));
    for (kind, _) in COMMON.into_iter().chain(RARE) {
        assert!(tally.met(Some(kind), None), "{kind:?} never happened");
    }
    for stage in ["sigverify", "execute", "root"] {
        assert!(tally.met(None, Some(stage)), "nothing happened in {stage}");
    }
    tally.finish();
}

/// Paths of a root that are followed at the default level: fewer than most blocks change.
const PATHS: u32 = 4;

/// Samples of signatures and roots: what passes is one accepted signature, or a root while all else is right.
fn the_default_level_lets_nothing_else_through() {
    let tally = Tally::new("sampled", format!("{}, root sampled:{PATHS}", Check::default()), extent(40).1);
    let tally = run(tally, Check::default(), Check::Sampled(PATHS), 40, |world, outcome| {
        let expected = &world.expected;
        let mut both = outcome.statuses.iter().zip(&expected.statuses);
        match both.find(|(found, expected)| found != expected) {
            Some((_, Status::Rejected(Reason::SignatureInvalid))) => Verdict::LetThrough,
            Some((found, expected)) => Verdict::Lost(format!("{found:?}, not {expected:?}")),
            None if outcome.changes != expected.changes => Verdict::Lost("changes of right statuses".into()),
            None if outcome.root_before != expected.root_before => Verdict::Lost("the root before is known".into()),
            None if expected.changes.len() <= PATHS as usize => Verdict::Lost("every path was followed".into()),
            None => Verdict::LetThrough,
        }
    });
    tally.finish();
}

/// Lists of every shape, with the CPU's waves.
fn lists() -> Vec<(AccessSets, Vec<u32>)> {
    let with_waves = |seed| {
        let sets = AccessWorkload { seed, transactions: 300, keys: 200, ..AccessWorkload::default() }.generate();
        let waves = wavelock::serial::conflict::waves(&sets);
        (sets, waves)
    };
    (0..8).map(with_waves).collect()
}

/// With the check that a scheduler has, waves are right whatever a device does; without it they are not.
fn waves_are_the_serial_ones() {
    let (faults, first_seed) = extent(30);
    let lists = lists();
    let mut tally = Tally::new("waves", "check_waves".into(), first_seed);
    let injector = Arc::new(Injector::new(plan(first_seed, &[], 1)));
    let options = DeviceOptions { faults: Some(injector.clone()), ..DeviceOptions::default() };
    let builder = Scheduler::builder().engine(Engine::Gpu).device_options(options);
    let mut scheduler = builder.clone().check_waves(true).build().expect("there is an adapter");
    for seed in first_seed.. {
        let (sets, expected) = &lists[(seed / 3 % lists.len() as u64) as usize];
        let FaultPlan { kinds, one_in, .. } = planned(seed);
        injector.replan(plan(seed, &kinds, one_in.min(100)));
        let before = injector.log().len();
        let waves = scheduler.waves(sets).expect("a fault is no error").to_vec();
        let verdict = if waves == *expected { Verdict::Right } else { Verdict::Lost("other waves".into()) };
        tally.count(seed, &since(&injector, before), scheduler.report(), verdict);
        if tally.faults() >= faults {
            break;
        }
    }
    tally.finish();
    let mut unchecked = builder.build().expect("there is an adapter");
    let differs = (0..400).any(|seed| {
        injector.replan(plan(seed, &[Injected::FlippedBit, Injected::StaleRead], 2));
        let (sets, expected) = &lists[seed as usize % lists.len()];
        unchecked.waves(sets).expect("a fault is no error") != expected
    });
    assert!(differs, "no fault changed waves that nobody checks");
}
