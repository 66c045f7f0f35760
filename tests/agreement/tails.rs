//! Failures that travel along chains, one account a round: the device stops, and the CPU finishes.

use crate::Suite;
use crate::sizes::{block, state_of};
use crate::support::assert_agrees;
use wavelock::limits::MAX_ROUNDS;
use wavelock::workload::{Workload, WorkloadKind};
use wavelock::{Block, Reason, State, Validator};

/// `chains` chains of `depth` accounts without funds, each paying on what it would have got; and `honest` transfers.
/// Accounts are first mentioned from the chains' ends: a device that goes through them in that order, and reads statuses
/// in place, cannot follow a chain within one round.
fn failing_chains(chains: usize, depth: usize, honest: usize) -> (Block, State) {
    let accounts = chains * (depth + 1);
    let mentions = (0..accounts).rev().map(|account| (account, account, 0, 7));
    let links = (0..depth).flat_map(|step| {
        (0..chains).map(move |chain| {
            let from = chain * (depth + 1) + step;
            (from, from + 1, (2 * depth - step) as u128, 0)
        })
    });
    let honest = (0..honest).map(|index| (accounts + index, accounts + (index + 1) % honest.max(1), 1, 0));
    let balances = (0..accounts).map(|_| 0).chain(honest.clone().map(|_| 1 << 40));
    let transfers = mentions.chain(links).chain(honest);
    (block(transfers), state_of(balances))
}

fn run(validator: &mut Validator, (block, state): (Block, State), what: &str) -> (u32, usize) {
    assert_agrees(validator, &block, &state, &what);
    let report = validator.validate(&block, &state).expect("validated").report;
    assert!(report.rounds <= MAX_ROUNDS, "{what}: {} rounds", report.rounds);
    (report.rounds, report.tail)
}

/// A hot sender with bad nonces: the first guess must be exact, however long the account.
fn bad_nonces_of_a_hot_sender(validator: &mut Validator) {
    for transactions in [60_000, 200_000] {
        let workload = Workload {
            kind: WorkloadKind::HotSender,
            transactions,
            accounts: 1_000,
            invalid: 1.0,
            invalid_reasons: vec![Reason::NonceTooLow, Reason::NonceTooHigh],
            signed: false,
            ..Workload::default()
        };
        let generated = workload.generate();
        assert_eq!(run(validator, (generated.block, generated.state), "bad nonces"), (1, 0), "{transactions}");
    }
}

pub fn add(suite: &mut Suite) {
    suite.gpu("tails::bad_nonces_of_a_hot_sender_need_one_round", bad_nonces_of_a_hot_sender);
    suite.gpu("tails::chains_in_a_crowd_need_a_short_tail", |validator| {
        let (rounds, tail) = run(validator, failing_chains(20, 40, 40_000), "chains in a crowd");
        assert!(rounds >= 6, "{rounds} rounds");
        assert!((20 * 20..2_000).contains(&tail), "a tail of {tail}");
    });
    suite.gpu("tails::a_cascade_falls_back_to_the_serial_loop", |validator| {
        let (block, state) = failing_chains(1, 5_000, 2);
        let count = block.transactions.len();
        let (_, tail) = run(validator, (block, state), "cascade");
        assert_eq!(tail, count);
    });
    suite.gpu("tails::a_deep_chain_that_succeeds_needs_one_round", |validator| {
        let transfers = (0..5_000).map(|index| (index, index + 1, 10_000 - index as u128, 0));
        let balances = (0..5_001).map(|number| if number == 0 { 20_000 } else { 0 });
        assert_eq!(run(validator, (block(transfers), state_of(balances)), "deep chain"), (1, 0));
    });
}
