use super::*;
use crate::engine::Policy;
use crate::legs::{Delta, Guard};
use crate::serial::execute::execute;
use crate::serial::legs::execute_legs;
use crate::serial::sigverify::sigverify;
use crate::status::{Status, StatusCounts};
use std::collections::{HashMap, HashSet};

fn unsigned(kind: WorkloadKind, transactions: usize, accounts: usize) -> Workload {
    Workload { kind, transactions, accounts, signed: false, seed: 7, ..Workload::default() }
}

fn statuses(generated: &GeneratedBlock, signed: bool) -> Vec<Status> {
    let GeneratedBlock { block, state } = generated;
    let verdicts = signed.then(|| sigverify(Policy::Strict, &block.transactions));
    execute(block, state, verdicts.as_deref()).statuses
}

fn counts(generated: &GeneratedBlock, signed: bool) -> StatusCounts {
    StatusCounts::of(&statuses(generated, signed))
}

fn digest(generated: &GeneratedBlock) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&generated.block.header.fee_recipient.0);
    hasher.update(bytemuck::cast_slice(&generated.block.transactions));
    for account in generated.state.accounts() {
        hasher.update(&account.id.0).update(&account.balance.to_le_bytes()).update(&account.nonce.to_le_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Senders and recipients as account indices.
fn parties(generated: &GeneratedBlock) -> Vec<(u32, u32)> {
    let slot = |id| generated.state.slot(id).expect("a numbered account");
    generated.block.transactions.iter().map(|transaction| (slot(transaction.from()), slot(transaction.to()))).collect()
}

#[test]
fn names_are_read_back_and_errors_list_them() {
    for kind in WorkloadKind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert!("nothing".parse::<WorkloadKind>().unwrap_err().contains(kind.name()));
    }
    for balances in Balances::ALL {
        assert_eq!(balances.to_string().parse(), Ok(balances));
        assert!("nothing".parse::<Balances>().unwrap_err().contains(balances.name()));
    }
}

#[test]
fn what_cannot_be_generated_is_an_error() {
    let bad = [
        Workload { accounts: 0, ..Workload::default() },
        Workload { accounts: MAX_ACCOUNTS, ..Workload::default() },
        Workload { transactions: MAX_TRANSACTIONS + 1, ..Workload::default() },
        Workload { invalid: -0.1, ..Workload::default() },
        Workload { invalid: 100.1, ..Workload::default() },
        Workload { invalid: f64::NAN, ..Workload::default() },
        Workload { exponent: -1.0, ..Workload::default() },
        Workload { exponent: f64::INFINITY, ..Workload::default() },
        Workload { hot_ratio: 1.1, ..Workload::default() },
        Workload { hot_ratio: f64::NAN, ..Workload::default() },
    ];
    for workload in bad {
        assert!(workload.check().is_err(), "{workload:?}");
    }
    assert_eq!(Workload::default().check(), Ok(()));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let pinned: [(WorkloadKind, &str); 17] = [
        (WorkloadKind::Uniform, "82fd823277e37175"),
        (WorkloadKind::Zipf, "2ece2fa550d0f533"),
        (WorkloadKind::HotRecipient, "082d4c9f7eb9490e"),
        (WorkloadKind::HotSender, "dd74022d3f7631b5"),
        (WorkloadKind::TwoAccounts, "e844e647d54d550a"),
        (WorkloadKind::Pairs, "92b6948262899515"),
        (WorkloadKind::Ring, "0d61ffaf86c091ef"),
        (WorkloadKind::Chain, "e375e8e9ddb43bd9"),
        (WorkloadKind::HalfChain, "4eafc74ac66ede1d"),
        (WorkloadKind::Cascade, "deb26301c46a4cfa"),
        (WorkloadKind::Forwarding, "8d2420bcdfd8fc58"),
        (WorkloadKind::Payments, "57ca3c4ca5b093e1"),
        (WorkloadKind::Independent, "4eabb67b259e14c4"),
        (WorkloadKind::HotRatio, "82fd823277e37175"),
        (WorkloadKind::FewRecipients, "8e8f6a0ddbb5fe0b"),
        (WorkloadKind::EthereumLike, "b97003278b00f069"),
        (WorkloadKind::SolanaLike, "2908faa8f032ff9b"),
    ];
    let small = |kind| Workload { signed: true, invalid: 20.0, ..unsigned(kind, 64, 9) };
    let found = pinned.map(|(kind, _)| (kind, digest(&small(kind).generate())));
    assert_eq!(found, pinned.map(|(kind, digest)| (kind, digest.to_owned())));
    let other = Workload { seed: 8, ..small(WorkloadKind::Uniform) };
    assert_ne!(digest(&other.generate()), found[0].1);
    let wei = Workload { amounts: Amounts::Wei, signed: false, ..small(WorkloadKind::Uniform) };
    assert_eq!(digest(&wei.generate()), "da94e24667955ee9");
    let legs = format!("{:?}", random_legs(7, 50, 9));
    assert_eq!(blake3::hash(legs.as_bytes()).to_hex()[..16], *"015889fb86c35271");
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let workload = Workload { transactions: 700, accounts: 300, invalid: 5.0, ..Workload::default() };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| workload.generate())
    };
    assert!(on(1) == on(4));
}

#[test]
fn an_account_is_the_same_in_every_size() {
    for signed in [false, true] {
        let ids = |accounts| {
            let workload = Workload { transactions: 1, accounts, signed, ..Workload::default() };
            workload.generate().state.accounts().map(|account| account.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(100)[..10], ids(10));
    }
}

#[test]
fn every_kind_has_blocks_of_any_size_over_any_accounts() {
    for kind in WorkloadKind::ALL {
        for transactions in [0, 1, 2, 33, 250] {
            for accounts in [1, 2, 3, 101, 202, 500] {
                let generated = unsigned(kind, transactions, accounts).generate();
                let GeneratedBlock { block, state } = &generated;
                assert_eq!((block.transactions.len(), state.len()), (transactions, accounts), "{kind}");
                assert!(state.get(&block.header.fee_recipient).is_none());
                let applied = if kind == WorkloadKind::Cascade { 0 } else { transactions };
                assert_eq!(counts(&generated, false).applied, applied, "{kind} over {accounts} accounts");
            }
        }
    }
}

#[test]
fn exactly_the_planned_transactions_are_invalid_each_for_its_reason() {
    for kind in WorkloadKind::ALL.into_iter().filter(|kind| *kind != WorkloadKind::Cascade) {
        for amounts in [Amounts::Small, Amounts::Wei] {
            let workload = Workload { signed: true, invalid: 29.0, amounts, ..unsigned(kind, 150, 20) };
            let found = statuses(&workload.generate(), true);
            let planned = invalid::plan(&workload);
            let expected: Vec<Status> =
                planned.iter().map(|reason| reason.map_or(Status::Applied, Status::Rejected)).collect();
            assert_eq!(found, expected, "{kind}");
            // 43 over seven reasons: six each, and the first one seven.
            let counts = StatusCounts::of(&found);
            assert_eq!(counts.applied, 150 - 43);
            for reason in Reason::ALL {
                assert_eq!(counts.rejected[&reason], 6 + usize::from(reason == Reason::Malformed), "{kind} {reason}");
            }
        }
    }
}

#[test]
fn reasons_are_those_asked_for_and_signatures_need_signing() {
    let workload = Workload { invalid: 50.0, ..unsigned(WorkloadKind::Uniform, 61, 10) };
    let all = counts(&workload.generate(), false);
    assert_eq!((all.applied, all.rejected.len()), (31, 6));
    assert!(all.rejected.values().all(|count| *count == 5));

    let invalid_reasons = vec![Reason::NonceTooLow, Reason::SignatureInvalid];
    let low = counts(&Workload { invalid_reasons, ..workload.clone() }.generate(), false);
    assert_eq!(low.rejected.into_iter().collect::<Vec<_>>(), [(Reason::NonceTooLow, 30)]);

    let invalid_reasons = vec![Reason::SignatureInvalid];
    assert_eq!(counts(&Workload { invalid_reasons, ..workload.clone() }.generate(), false).applied, 61);

    let every = counts(&Workload { invalid: 100.0, ..workload }.generate(), false);
    assert_eq!((every.applied, every.rejected.values().sum::<usize>()), (0, 61));
}

#[test]
fn signatures_hold_under_both_policies_except_the_spoiled_ones() {
    let workload = Workload { transactions: 200, accounts: 30, invalid: 14.0, ..Workload::default() };
    let spoiled: Vec<bool> =
        invalid::plan(&workload).iter().map(|reason| *reason != Some(Reason::SignatureInvalid)).collect();
    assert_eq!(spoiled.iter().filter(|valid| !**valid).count(), 4);
    let transactions = workload.generate().block.transactions;
    for policy in [Policy::Strict, Policy::Zip215] {
        assert_eq!(sigverify(policy, &transactions), spoiled);
    }
}

#[test]
fn shapes_are_what_their_names_say() {
    let of = |kind, transactions, accounts| parties(&unsigned(kind, transactions, accounts).generate());
    assert!(of(WorkloadKind::HotRecipient, 90, 9).iter().all(|(from, to)| *from != 0 && *to == 0));
    assert!(of(WorkloadKind::HotSender, 90, 9).iter().all(|(from, to)| *from == 0 && *to != 0));
    let two: HashSet<_> = of(WorkloadKind::TwoAccounts, 90, 9).into_iter().collect();
    assert_eq!(two, HashSet::from([(0, 1), (1, 0)]));
    assert_eq!(of(WorkloadKind::Pairs, 5, 5), [(0, 1), (2, 3), (1, 0), (3, 2), (0, 1)]);
    assert_eq!(of(WorkloadKind::Chain, 5, 4), [(0, 1), (1, 2), (2, 3), (3, 0), (0, 1)]);
    assert_eq!(of(WorkloadKind::Ring, 24, 9)[..4], [(0, 1), (1, 2), (2, 0), (0, 1)]);
    let half = of(WorkloadKind::HalfChain, 8, 100);
    assert_eq!([half[0], half[2], half[4], half[6]], [(0, 1), (1, 2), (2, 3), (3, 4)]);
    let forwarding = of(WorkloadKind::Forwarding, 200, 202);
    assert_eq!(forwarding[..4], [(0, 2), (1, 102), (2, 3), (102, 103)]);
    assert_eq!(forwarding[199], (200, 201));
}

#[test]
fn zipf_is_skewed_and_its_hot_accounts_are_no_neighbours() {
    let mut sent = HashMap::<u32, usize>::new();
    for (from, _) in parties(&unsigned(WorkloadKind::Zipf, 20_000, 1000).generate()) {
        *sent.entry(from).or_default() += 1;
    }
    let mut ranked: Vec<(u32, usize)> = sent.into_iter().collect();
    ranked.sort_by_key(|(account, count)| (std::cmp::Reverse(*count), *account));
    // The harmonic number of 1,000 is 7.49: the first rank has 13.4 %, the second 6.7 %, the third 4.5 %.
    assert!((2400..2900).contains(&ranked[0].1) && (1200..1500).contains(&ranked[1].1), "{:?}", &ranked[..3]);
    let distance = |a: u32, b: u32| a.abs_diff(b).min(1000 - a.abs_diff(b));
    assert!(distance(ranked[0].0, ranked[1].0) > 100 && distance(ranked[1].0, ranked[2].0) > 100);

    let flat = Workload { exponent: 0.0, ..unsigned(WorkloadKind::Zipf, 5_000, 5) };
    let to: HashSet<u32> = parties(&flat.generate()).into_iter().map(|(_, to)| to).collect();
    assert_eq!(to.len(), 5);
}

#[test]
fn payments_have_few_fixed_partners_and_popular_accounts() {
    let all = parties(&unsigned(WorkloadKind::Payments, 20_000, 200).generate());
    let distinct: HashSet<_> = all.iter().copied().collect();
    assert!(all.iter().all(|(from, to)| from != to));
    assert!(distinct.len() < 8_000, "{} pairs of 39,800", distinct.len());
    let fan_out = all.windows(3).filter(|w| w[0].0 == w[1].0 && w[1].0 == w[2].0).count();
    let fan_in = all.windows(3).filter(|w| w[0].1 == w[1].1 && w[1].1 == w[2].1).count();
    let cycles = all.windows(3).filter(|w| w[0].1 == w[1].0 && w[1].1 == w[2].0 && w[2].1 == w[0].0).count();
    assert!(fan_out > 1000 && fan_in > 1000 && cycles > 50, "{fan_out} {fan_in} {cycles}");
}

#[test]
fn balances_decide_how_many_can_pay() {
    let applied = |balances| {
        let workload = Workload { balances, ..unsigned(WorkloadKind::Uniform, 10_000, 1000) };
        counts(&workload.generate(), false).applied
    };
    let [ample, some, few, half, zero] = Balances::ALL.map(applied);
    assert!(ample == 10_000 && ample >= some && some > few && few > half && half > zero && zero > 0);
    let hot = Workload { balances: Balances::Zero, ..unsigned(WorkloadKind::HotSender, 100, 10) };
    assert_eq!(counts(&hot.generate(), false).applied, 100);
    // 1.1 million payments of 101 on average are more than 10^6 mean amounts.
    let generated = unsigned(WorkloadKind::HotSender, 1_100_000, 3).generate();
    let cost: u128 = generated.block.transactions.iter().map(|transaction| transaction.cost().expect("fits")).sum();
    let balance = generated.state.account(0).balance;
    assert!(cost > 100_000_000 && cost < balance, "{cost} of {balance}");
}

#[test]
fn a_cascade_fails_at_its_head_and_all_along() {
    for (transactions, accounts, invalid) in [(50, 51, 0.0), (50, 7, 0.0), (50, 7, 40.0), (50, 51, 40.0)] {
        let workload = Workload { invalid, ..unsigned(WorkloadKind::Cascade, transactions, accounts) };
        let generated = workload.generate();
        assert_eq!(counts(&generated, false).applied, 0);
        if accounts > transactions && invalid == 0.0 {
            // With a head that could pay, all would succeed.
            let mut accounts: Vec<_> = generated.state.accounts().collect();
            accounts[0].balance *= 10;
            let state = State::from_accounts(0, accounts).expect("the same accounts");
            assert_eq!(counts(&GeneratedBlock { state, ..generated }, false).applied, transactions);
        }
    }
}

#[test]
fn forwarding_leaves_nothing_but_the_ends_with_money() {
    let generated = unsigned(WorkloadKind::Forwarding, 600, 303).generate();
    assert_eq!(generated.state.accounts().filter(|account| account.balance > 0).count(), 3);
    let outcome = execute(&generated.block, &generated.state, None);
    let rich = outcome.changes.iter().filter(|change| change.account.balance > 0).count();
    assert_eq!(rich, 4, "three ends and the fee recipient");
}

#[test]
fn costs_of_small_amounts_stay_below_2_to_63_and_wei_exceed_it() {
    let costs = |amounts| {
        let generated = Workload { amounts, ..unsigned(WorkloadKind::Uniform, 100, 10) }.generate();
        generated.block.transactions.iter().map(|transaction| transaction.cost().expect("fits")).sum::<u128>()
    };
    assert!(costs(Amounts::Small) < 100 * 202 && costs(Amounts::Wei) > 1 << 63);
}

#[test]
fn random_legs_are_bounded_repeatable_and_about_half_applied() {
    for seed in 0..6 {
        for accounts in [1, 2, 50, 5000] {
            let batch = random_legs(seed, 3000, accounts);
            batch.check_bounds().expect("bounded");
            assert_eq!(batch.legs(), random_legs(seed, 3000, accounts).legs());
            let outcome = execute_legs(&batch, None);
            let applied = outcome.applied.iter().filter(|applied| **applied).count();
            assert!((1000..2400).contains(&applied), "{applied} of 3000 over {accounts} accounts");
            let failed = outcome.verdicts.iter().filter(|holds| !**holds).count();
            assert!(failed * 20 > batch.legs().len(), "{failed} of {} legs fail", batch.legs().len());
            let most = (0..batch.len()).map(|index| batch.transaction(index).len()).max();
            assert_eq!(most, Some(8));
        }
    }
    assert_ne!(random_legs(0, 100, 9).legs(), random_legs(2, 100, 9).legs());
    assert_eq!((random_legs(1, 0, 3).len(), random_legs(1, 3, 0).len()), (0, 3));
    assert!(random_legs(1, 100, 9).legs().iter().any(|leg| leg.delta.wrapping() > 1 << 64));
    let narrow = random_legs(2, 3000, 50);
    assert!(narrow.accounts().iter().all(|account| account.balance <= 1000));
    assert!(narrow.legs().iter().all(|leg| !matches!(leg.delta, Delta::Credit(amount) if amount > 1000)));
}

#[test]
fn every_guard_of_random_legs_holds_and_fails() {
    let batch = random_legs(2, 3000, 50);
    let outcome = execute_legs(&batch, None);
    let mut seen = [[0usize; 2]; 4];
    for (leg, holds) in batch.legs().iter().zip(outcome.verdicts) {
        let guard = match (leg.guard, leg.nonce) {
            (Guard::None, Some(_)) => 0,
            (Guard::AtLeast(_), None) => 1,
            (Guard::Exactly(_), None) => 2,
            (Guard::None, None) => 3,
            _ => continue,
        };
        seen[guard][usize::from(holds)] += 1;
    }
    assert!(seen[..3].iter().flatten().all(|count| *count > 50), "{seen:?}");
    assert_eq!(seen[3][0], 0);
}

#[test]
fn random_legs_pay_from_credits_of_the_same_transaction() {
    let batch = random_legs(4, 2000, 20);
    let outcome = execute_legs(&batch, None);
    let mut balances: Vec<u128> = batch.accounts().iter().map(|account| account.balance).collect();
    let mut needed = 0;
    for index in 0..batch.len() {
        let before = balances.clone();
        let mut short = false;
        for leg in batch.transaction(index) {
            if let Delta::Debit(amount) = leg.delta {
                short |= before[leg.account as usize] < amount;
            }
            let balance = &mut balances[leg.account as usize];
            *balance = balance.wrapping_add(leg.delta.wrapping());
        }
        match outcome.applied[index] {
            true => needed += u32::from(short),
            false => balances = before,
        }
    }
    assert!(needed > 100, "{needed} transactions need a credit of their own");
}
