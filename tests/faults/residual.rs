//! The default check: what it lets through are accepted signatures, and paths of a root, as often as docs/security.md says.
//! The formulas themselves are measured beside the checks, in src/verify.

use crate::campaign::extent;
use crate::{plan, serial, signed_world, troubled};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::faults::{FaultPlan, Injected};
use wavelock::gpu::root::RootTree;
use wavelock::outcome::Change;
use wavelock::verify::root::Paths;
use wavelock::{Account, AccountId, Check, Outcome, Reason, State, Status, serial as specification};

pub fn trials() -> Vec<(String, fn())> {
    let trials: [(&str, fn()); 3] = [
        ("only_accepted_signatures_can_slip_through", only_accepted_signatures_can_slip_through),
        ("flipped_verdicts_pass_as_often_as_the_formula_says", flipped_verdicts_pass_as_often_as_the_formula_says),
        ("wrong_leaves_pass_as_often_as_the_formula_says", wrong_leaves_pass_as_often_as_the_formula_says),
    ];
    trials.into_iter().map(|(name, check)| (format!("residual::{name}"), check)).collect()
}

/// Every fault that is not a flipped verdict leaves the outcome alone at the default level, too.
fn only_accepted_signatures_can_slip_through() {
    let mut differing = 0;
    let kinds = [Injected::FlippedBit, Injected::StaleRead, Injected::DroppedDispatch, Injected::RepeatedDispatch];
    let (builder, injector) = troubled(plan(0, &[], 1));
    let mut validator = builder.check(Check::Sampled(2)).build().expect("there is an adapter");
    for seed in 0..240 {
        injector.replan(plan(seed, &kinds, 25));
        let before = injector.log().len();
        let (block, state) = signed_world(seed, 150);
        let (outcome, expected) = (validator.validate(&block, &state).expect("no error"), serial(&block, &state));
        if outcome.same_result(&expected) {
            continue;
        }
        differing += 1;
        let touched = injector.log().split_off(before).iter().any(|(stage, _)| *stage == "sigverify");
        assert!(touched, "seed {seed}: nothing happened to signatures: {:?}", outcome.report.events);
        assert_accepted(&outcome, &expected, seed);
    }
    println!("{differing} of 240 blocks differ, each by an accepted signature");
}

/// The first transaction that differs is one whose signature is invalid and was accepted.
fn assert_accepted(outcome: &Outcome, expected: &Outcome, seed: u64) {
    let mut both = outcome.statuses.iter().zip(&expected.statuses);
    let (_, reason) = both.find(|(found, expected)| found != expected).expect("statuses differ first");
    assert_eq!(*reason, Status::Rejected(Reason::SignatureInvalid), "seed {seed}: {:?}", outcome.report.events);
}

/// A number of events against the sum of their probabilities: within four standard deviations.
fn assert_as_often(what: &str, found: usize, chances: &[f64]) {
    let expected: f64 = chances.iter().sum();
    let deviation = chances.iter().map(|chance| chance * (1.0 - chance)).sum::<f64>().sqrt();
    println!("{what}: {found} of {} passed, {expected:.1} ± {deviation:.1} expected", chances.len());
    assert!((found as f64 - expected).abs() <= 4.0 * deviation, "{what}: {found}, expected {expected:.1}");
}

/// One bit of a device's verdicts is flipped in every other block. It passes where it was the bit of an invalid
/// signature and that one, now accepted among `a`, is not in the sample of `s`: s ÷ a of the time it is.
fn flipped_verdicts_pass_as_often_as_the_formula_says() {
    for sample in [20, 100] {
        let (builder, injector) = troubled(plan(0, &[], 1));
        let builder = builder.check(Check::Sampled(sample)).check_root(Check::Off).key_budget_bytes(0);
        let mut validator = builder.build().expect("there is an adapter");
        let (mut passed, mut chances) = (0, Vec::new());
        for seed in 0..extent(60).0 as u64 {
            let (block, state) = signed_world(seed % 40, 150);
            let expected = serial(&block, &state);
            let stages = vec!["sigverify"];
            injector.replan(FaultPlan { stages, ..plan(seed, &[Injected::FlippedBit], 1) });
            let before = injector.flipped().len();
            let outcome = validator.validate(&block, &state).expect("no error");
            let flipped = injector.flipped().split_off(before);
            let [(_, bits)] = flipped[..] else { panic!("seed {seed}: {flipped:?}, not one read-back") };
            let count =
                |reason: Reason| expected.statuses.iter().filter(|status| **status == Status::Rejected(reason)).count();
            let invalid = count(Reason::SignatureInvalid);
            let valid = 150 - invalid - count(Reason::Malformed) - count(Reason::WrongChain);
            let looked_at = (f64::from(sample) / (valid + 1) as f64).min(1.0);
            chances.push(invalid as f64 / bits as f64 * (1.0 - looked_at));
            if outcome.statuses != expected.statuses {
                assert_accepted(&outcome, &expected, seed);
                passed += 1;
            }
            // A block without a fault keeps the device from being left alone.
            injector.replan(plan(0, &[], 1));
            assert!(validator.validate(&block, &state).expect("no error").same_result(&expected));
        }
        assert_as_often(&format!("flipped verdicts, sample {sample}"), passed, &chances);
    }
}

/// A kernel that gets the leaf of one account of 60 changed ones wrong: it passes where its path is not followed.
fn wrong_leaves_pass_as_often_as_the_formula_says() {
    const CHANGED: u32 = 60;
    let account = |slot: u32, nonce: u64| Account { id: AccountId([slot as u8; 32]), balance: u128::from(slot), nonce };
    let state = State::from_accounts(0, (0..200).map(|slot| account(slot, 1))).expect("distinct accounts");
    let changes: Vec<Change> = (0..CHANGED)
        .map(|number| Change { slot: 3 * number, account: account(3 * number, if number == 41 { 7 } else { 2 }) })
        .collect();
    let from = "nodes[to] = leaf.lo;";
    let to = "nodes[to] = leaf.lo ^ vec4<u32>(select(0u, 1u, records[at + 3u].x == 7u), 0u, 0u, 0u);";
    let options = DeviceOptions { shader_patch: Some((from.into(), to.into())), ..DeviceOptions::default() };
    let mut tree = RootTree::new(Device::open(&options).expect("there is an adapter"));
    let (before, after) = tree.roots(&state, &changes).expect("it fits");
    assert_eq!(before, state.root());
    assert_ne!(after, specification::root::root_after(&state, &changes), "the kernel is wrong");
    for sample in [6, 30, 60] {
        let passes = |seed: u64| {
            let paths = Paths::sampled(&state, &changes, sample, &mut ChaCha8Rng::seed_from_u64(seed));
            let nodes = tree.nodes(paths.places()).expect("it fits");
            paths.difference(before, after, &nodes).is_none()
        };
        let passed = (0..200).filter(|seed| passes(*seed)).count();
        let chance = 1.0 - f64::from(sample) / f64::from(CHANGED);
        assert_as_often(&format!("a wrong leaf, {sample} paths"), passed, &[chance; 200]);
    }
}
