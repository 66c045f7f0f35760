//! The default check: what it lets through are accepted signatures and nothing else. How often is measured beside the check
//! itself, in src/verify/signatures/tests.rs.

use crate::{plan, serial, signed_world, troubled};
use wavelock::gpu::faults::Injected;
use wavelock::{Check, Reason, Status};

pub fn trials() -> Vec<(String, fn())> {
    let name = "residual::only_accepted_signatures_can_slip_through";
    vec![(name.to_owned(), only_accepted_signatures_can_slip_through)]
}

/// Every fault that is not a flipped verdict leaves the outcome alone at the default level, too.
fn only_accepted_signatures_can_slip_through() {
    let mut differing = 0;
    for seed in 0..60 {
        let kind = [Injected::FlippedBit, Injected::StaleRead, Injected::DroppedDispatch, Injected::RepeatedDispatch];
        let (builder, injector) = troubled(plan(seed, &kind, 25));
        let mut validator = builder.check(Check::Sampled(2)).build().expect("there is an adapter");
        for world in 0..4 {
            let (block, state) = signed_world(4 * seed + world, 150);
            let (outcome, expected) = (validator.validate(&block, &state).expect("no error"), serial(&block, &state));
            if outcome.same_result(&expected) {
                continue;
            }
            differing += 1;
            // The first transaction that differs is one whose signature is invalid and was accepted.
            let first = (0..expected.statuses.len()).find(|at| outcome.statuses[*at] != expected.statuses[*at]);
            let reason = expected.statuses[first.expect("statuses differ first")];
            let touched = injector.log().iter().any(|(stage, _)| *stage == "sigverify");
            assert!(touched, "seed {seed}: nothing happened to signatures, yet {reason:?} changed");
            assert_eq!(reason, Status::Rejected(Reason::SignatureInvalid), "seed {seed}: {:?}", outcome.report.events);
        }
    }
    println!("{differing} of 240 blocks differ, each by an accepted signature");
}
