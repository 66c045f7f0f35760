//! How much the kinds that are made for contention conflict.

use super::*;
use crate::conflict::{IndexSetsBuilder, Schedule};
use crate::scheduler::Scheduler;
use crate::{Engine, serial};
use std::collections::HashSet;

fn of(kind: WorkloadKind, transactions: usize, accounts: usize) -> Workload {
    Workload { kind, transactions, accounts, signed: false, ..Workload::default() }
}

fn parties(workload: &Workload) -> Vec<[u32; 2]> {
    let GeneratedBlock { block, state } = workload.generate();
    let slot = |id| state.slot(id).expect("a numbered account");
    block.transactions.iter().map(|transaction| [slot(transaction.from()), slot(transaction.to())]).collect()
}

fn schedule(workload: &Workload) -> Schedule {
    let mut sets = IndexSetsBuilder::new(workload.accounts);
    for pair in parties(workload) {
        sets.push(&[], &pair).expect("few keys");
    }
    let mut scheduler = Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device");
    scheduler.schedule(sets.sets()).expect("memory").clone()
}

#[test]
fn longest_chains_are_those_of_the_ledgers_they_are_named_after() {
    for (kind, share) in [(WorkloadKind::EthereumLike, 0.18), (WorkloadKind::SolanaLike, 0.58)] {
        for (transactions, seed) in [(10_000, 0), (10_000, 1), (40_000, 2)] {
            let workload = Workload { seed, ..of(kind, transactions, transactions) };
            let schedule = schedule(&workload);
            let found = schedule.longest_chain.len() as f64 / transactions as f64;
            assert_eq!(schedule.longest_chain.len(), schedule.waves as usize);
            assert!((found - share).abs() < 0.015, "{kind}: {:.1} % of {transactions}", 100.0 * found);
        }
    }
}

/// Of an Ethereum block, most transactions do not touch what is hot; of a Solana block, few do not.
#[test]
fn hot_spots_are_as_hot_as_they_are_said_to_be() {
    for (kind, most) in
        [(WorkloadKind::EthereumLike, [1_800, 900, 450]), (WorkloadKind::SolanaLike, [5_800, 2_100, 1_050])]
    {
        let parties = parties(&of(kind, 10_000, 10_000));
        for (spot, expected) in (0u32..).zip(most) {
            let found = parties.iter().filter(|pair| pair.contains(&spot)).count();
            assert!(found.abs_diff(expected) < 150, "{kind}: spot {spot} in {found}");
        }
        let paid = parties.iter().filter(|[_, to]| *to == 0).count();
        assert!(paid.abs_diff(most[0] / 2) < 150, "{kind}: the hottest is paid by {paid}");
    }
}

#[test]
fn independent_transactions_do_not_conflict() {
    assert_eq!(schedule(&of(WorkloadKind::Independent, 1_000, 1_000)).waves, 1);
    assert_eq!(schedule(&of(WorkloadKind::Independent, 1_000, 500)).waves, 2);
    assert!(
        parties(&of(WorkloadKind::Independent, 50, 50)).iter().enumerate().all(|(at, pair)| *pair == [at as u32; 2])
    );
}

#[test]
fn the_hot_ratio_is_the_share_of_parties_that_are_hot() {
    for hot_ratio in [0.3, 0.9] {
        let parties = parties(&Workload { hot_ratio, ..of(WorkloadKind::HotRatio, 20_000, 1_000) });
        for side in [0, 1] {
            let hot = parties.iter().filter(|pair| pair[side] >= 900).count() as f64 / 20_000.0;
            assert!((hot - hot_ratio).abs() < 0.02, "{hot} of side {side}");
        }
    }
    let uniform = parties(&Workload { hot_ratio: 0.0, ..of(WorkloadKind::HotRatio, 20_000, 1_000) });
    let hot = uniform.iter().filter(|[from, _]| *from >= 900).count();
    assert!((1_700..2_300).contains(&hot), "{hot}");
}

#[test]
fn few_are_paid_by_all_the_others() {
    let parties = parties(&of(WorkloadKind::FewRecipients, 500, 516));
    let senders: HashSet<u32> = parties.iter().map(|[from, _]| *from).collect();
    let recipients: HashSet<u32> = parties.iter().map(|[_, to]| *to).collect();
    assert_eq!((senders.len(), recipients), (500, (0..16).collect()));
    assert!(senders.iter().all(|sender| *sender >= 16));
}

/// The block is the same but for the ids of those who never pay; those are hashes, which take no time.
#[test]
fn only_senders_have_keys_where_that_is_asked_for() {
    let all = Workload { invalid: 10.0, signed: true, ..of(WorkloadKind::HotRecipient, 60, 200) };
    let few = Workload { only_senders_have_keys: true, ..all.clone() };
    let (all, generated) = (all.generate(), few.generate());
    let pay: HashSet<_> = all.block.transactions.iter().map(|transaction| *transaction.from()).collect();
    for (one, other) in all.state.accounts().zip(generated.state.accounts()) {
        assert_eq!(one.id == other.id, pay.contains(&one.id));
        assert_eq!((one.balance, one.nonce), (other.balance, other.nonce));
    }
    let verdicts = serial::sigverify::sigverify(crate::Policy::Strict, &generated.block.transactions);
    assert_eq!(verdicts, few.verdicts());
    assert!(verdicts.iter().any(|valid| !valid));
}
