//! The default check: what it lets through are accepted signatures, and paths of a root, as often as docs/security.md says.
//! The formulas themselves are measured beside the checks, in src/verify.

use crate::{plan, serial, signed_world, troubled};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::faults::Injected;
use wavelock::gpu::root::RootTree;
use wavelock::outcome::Change;
use wavelock::verify::root::Paths;
use wavelock::workload::Workload;
use wavelock::{Account, AccountId, Check, Engine, Outcome, Reason, State, Status, Validator, serial as specification};

pub fn trials() -> Vec<(String, fn())> {
    let trials: [(&str, fn()); 3] = [
        ("only_accepted_signatures_can_slip_through", only_accepted_signatures_can_slip_through),
        ("wrong_acceptances_pass_as_often_as_the_formula_says", wrong_acceptances_pass_as_often_as_the_formula_says),
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
    for seed in 0..120 {
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
    println!("{differing} of 120 blocks differ, each by an accepted signature");
}

/// The first transaction that differs is one whose signature is invalid and was accepted.
fn assert_accepted(outcome: &Outcome, expected: &Outcome, seed: u64) {
    let mut both = outcome.statuses.iter().zip(&expected.statuses);
    let (_, reason) = both.find(|(found, expected)| found != expected).expect("statuses differ first");
    assert_eq!(*reason, Status::Rejected(Reason::SignatureInvalid), "seed {seed}: {:?}", outcome.report.events);
}

/// How often something passed against its probability: within four standard deviations.
fn assert_as_often(what: &str, found: usize, runs: usize, chance: f64) {
    let expected = runs as f64 * chance;
    let deviation = (expected * (1.0 - chance)).sqrt();
    println!("{what}: {found} of {runs} passed, {expected:.1} ± {deviation:.1} expected");
    assert!((found as f64 - expected).abs() <= 4.0 * deviation, "{what}: {found}, expected {expected:.1}");
}

/// A kernel that accepts one signature of a batch for the first word of its R. It passes where the sample of `s` among `a`
/// accepted ones leaves it out, and no canary is a copy of it: four of eight canaries are exact copies, four have one bit flipped.
fn wrong_acceptances_pass_as_often_as_the_formula_says() {
    const WORD: u32 = 0x5eed_5eed;
    const RUNS: usize = 60;
    let from = "usable && equal && (key & 2u) == 0u";
    let to = format!("usable && (equal || r.lo.x == {WORD}u) && (key & 2u) == 0u");
    let options = DeviceOptions { shader_patch: Some((from.into(), to)), ..DeviceOptions::default() };
    let device = Device::open(&options).expect("there is an adapter");
    let right = Workload { transactions: 150, accounts: 20, ..Workload::default() }.generate().block.transactions;
    let mut forged = right.clone();
    let mut signature = [0; 64];
    signature[..4].copy_from_slice(&WORD.to_le_bytes());
    forged[77] = forged[77].with_signature(signature);
    let all = right.len() as f64;
    let copied = 1.0 / all;
    let flipped_elsewhere = copied * (1.0 - 32.0 / (8.0 * (64.0 + 128.0)));
    let no_canary = (1.0 - copied).powi(4) * (1.0 - flipped_elsewhere).powi(4);
    for sample in [15, 75, 150] {
        let builder = Validator::builder().engine(Engine::Gpu).device(device.clone()).check_seed(u64::from(sample));
        let mut validator = builder.check(Check::Sampled(sample)).build().expect("there is an adapter");
        let mut passed = 0;
        for _ in 0..RUNS {
            let (verdicts, report) = validator.sigverify(&forged);
            assert_eq!(verdicts[77], report.faults.is_empty(), "accepted, or caught and named");
            assert!(verdicts.iter().enumerate().all(|(index, valid)| *valid || index == 77));
            passed += usize::from(verdicts[77]);
            // A batch without a fault keeps the device from being left alone.
            let (verdicts, report) = validator.sigverify(&right);
            assert!(verdicts.iter().all(|valid| *valid) && report.faults.is_empty(), "{:?}", report.events);
        }
        let chance = no_canary * (1.0 - f64::from(sample) / all);
        assert_as_often(&format!("a forged signature, sample {sample}"), passed, RUNS, chance);
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
    let to = "nodes[to] = leaf.lo ^ vec4<u32>(select(0u, 1u, nonce.x == 7u), 0u, 0u, 0u);";
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
        assert_as_often(&format!("a wrong leaf, {sample} paths"), passed, 200, chance);
    }
}
