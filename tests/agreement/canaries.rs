//! Checks that must be able to fail: wrong kernels and tampered outcomes are caught.

use crate::Suite;
use crate::support::{Universe, disagreement};
use wavelock::gpu::device::DeviceOptions;
use wavelock::{Check, Engine, Outcome, State, Validator};

/// One wrong place in a shader each; the second text replaces the first.
const WRONG_KERNELS: [(&str, &str, &str); 8] = [
    ("guard_too_strict", "return a.x >= b.x;", "return a.x > b.x;"),
    ("guard_too_strict_narrow", "(a.y == b.y && a.x >= b.x)", "(a.y == b.y && a.x > b.x)"),
    ("carry_dropped", "let y1 = y + carry_x;", "let y1 = y;"),
    ("borrow_dropped_narrow", "- u32(a.x < b.x));", ");"),
    ("nonce_not_tested", "let holds = leg.y == nonce && covered;", "let holds = leg.y >= nonce && covered;"),
    ("recipient_not_activated", "activate(leg.z, transaction);", ""),
    ("sort_not_stable", "bases[digit] + half(word", "bases[digit] + half(word + 0x10001u"),
    ("reasons_swapped", "word = REASON_NONCE_TOO_LOW << 1u;", "word = REASON_NONCE_TOO_HIGH << 1u;"),
];

/// Blocks in which each of the wrong kernels matters: small and large amounts, equal balances, hot accounts.
fn blocks() -> impl Iterator<Item = Universe> {
    (0..24).map(|seed| Universe {
        seed,
        accounts: [2, 5, 60][seed as usize % 3],
        transactions: 700,
        scale: [12, 1 << 34, 1 << 90][seed as usize / 3 % 3],
        trouble: 30,
        heat: 90,
    })
}

fn is_caught(from: &str, to: &str) -> bool {
    let device = DeviceOptions { shader_patch: Some((from.into(), to.into())), ..Default::default() };
    let builder =
        Validator::builder().engine(Engine::Gpu).without_signatures().check(Check::Off).device_options(device);
    let mut validator = builder.build().expect("there is an adapter");
    blocks().any(|universe| {
        let (block, state) = universe.build();
        disagreement(&mut validator, &block, &state).is_some()
    })
}

fn tampered(state: &State, outcome: &Outcome) -> Vec<(&'static str, Outcome)> {
    let mut swapped = outcome.clone();
    let other = (1..swapped.statuses.len()).find(|i| swapped.statuses[*i] != swapped.statuses[0]).expect("two kinds");
    swapped.statuses.swap(0, other);
    let mut dropped_fee = outcome.clone();
    let fees = dropped_fee.changes.last_mut().expect("changes");
    fees.account.balance -= 1;
    let mut dropped_account = outcome.clone();
    dropped_account.changes.pop();
    let mut height = outcome.clone();
    height.height += 1;
    let _ = state;
    vec![
        ("swapped statuses", swapped),
        ("dropped fee", dropped_fee),
        ("dropped account", dropped_account),
        ("other height", height),
    ]
}

pub fn add(suite: &mut Suite) {
    for (name, from, to) in WRONG_KERNELS {
        suite.own_device(&format!("canaries::{name}"), move || {
            let texts = wavelock::gpu::shaders::all();
            assert!(texts.iter().any(|(_, text)| text.contains(from)), "no shader has {from:?}");
            assert!(is_caught(from, to), "a kernel with {to:?} for {from:?} was not caught");
        });
    }
    suite.every_engine("canaries::tampered_outcomes", |validator| {
        let universe = Universe { seed: 4, accounts: 30, transactions: 200, scale: 100, trouble: 30, heat: 0 };
        let (block, state) = universe.build();
        let outcome = validator.validate(&block, &state).expect("validated");
        for (name, wrong) in tampered(&state, &outcome) {
            assert!(!outcome.same_result(&wrong), "{name} is taken for the same result");
        }
    });
}
