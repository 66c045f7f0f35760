//! Blocks in which one thing is wrong: it must be named, at its place.

use crate::recorder::*;
use crate::{read, replayed};
use serde_json::json;
use solana_message::{AccountMeta, Address};
use std::cell::RefCell;
use wavelock::replay::solana::{Mismatch, MismatchKind, ReplayEngines, SolanaReplay, replay};
use wavelock::serial::legs::execute_legs;
use wavelock::{AccountId, LegBatch, LegOutcome};

/// Transactions 0 to 2 are plain, 3 fails on chain, 4 and 5 are others, 6 is plain.
fn block() -> Recorder {
    let mut block = Recorder::new();
    block.transfers(1, &[(key(1), key(2), 100)]);
    block.transfers(2, &[(key(2), key(3), 50), (key(4), key(3), 1)]);
    block.transfers(3, &[(key(3), key(1), 20)]);
    block.fail(1, &[transfer(key(1), key(3), 2_000_000)]);
    let other = || instruction(OTHER, &[AccountMeta::new(key(3), false)], &[1]);
    block.add(2, &[other()], &[(key(2), key(3), 30)]);
    block.add(4, &[other()], &[(key(3), key(4), 10)]);
    block.transfers(1, &[(key(1), key(4), 3)]);
    block
}

fn id(key: Address) -> AccountId {
    AccountId(key.to_bytes())
}

fn first(result: &SolanaReplay) -> Mismatch {
    result.first_mismatch.clone().expect("a mismatch")
}

/// The replay of [`block`] with `change` made to one transaction; its first mismatch must be that of `expected`.
#[track_caller]
fn check(transaction: usize, change: impl FnOnce(&mut Recorded), expected: MismatchKind) -> SolanaReplay {
    let mut entries = block().entries;
    change(&mut entries[transaction]);
    let result = replayed(&entries);
    assert_eq!(first(&result), Mismatch { transaction, kind: expected });
    assert!(result.mismatched_transactions >= 1);
    result
}

#[test]
fn without_a_change_it_comes_out() {
    assert_eq!(replayed(&block().entries).first_mismatch, None);
}

#[test]
fn a_changed_balance_before() {
    let was = block().entries;
    let mut changed = 0;
    for (transaction, one) in was.iter().enumerate() {
        for (position, key) in one.keys().into_iter().enumerate() {
            if was[..transaction].iter().all(|earlier| !earlier.keys().contains(&key)) {
                continue;
            }
            let expected = u128::from(one.pre[position]);
            for found in [expected + 1, expected - 1] {
                let kind = MismatchKind::BalanceBefore { account: id(key), expected, found };
                let result = check(transaction, |one| one.pre[position] = found as u64, kind);
                assert!(result.balances.mismatched >= 1);
            }
            changed += 1;
        }
    }
    assert_eq!(changed, replayed(&was).balances.met_again);
}

#[test]
fn a_changed_balance_after() {
    let was = block().entries;
    for transaction in [0, 1, 2, 3, 6] {
        for (position, key) in was[transaction].keys().into_iter().enumerate() {
            let expected = u128::from(was[transaction].post[position]);
            for found in [expected + 1, expected - 1] {
                let kind = MismatchKind::BalanceAfter { account: id(key), expected, found };
                check(transaction, |one| one.post[position] = found as u64, kind);
            }
        }
    }
    let sum = MismatchKind::Fee { expected: FEE, found: i128::from(FEE) - 1 };
    check(4, |one| one.post[1] += 1, sum);
}

#[test]
fn a_wrong_fee() {
    let was = block().entries;
    for transaction in [4, 5] {
        let kind = MismatchKind::Fee { expected: FEE + 1, found: FEE.into() };
        check(transaction, |one| one.fee += 1, kind);
    }
    for transaction in [0, 1, 2, 3, 6] {
        let found = u128::from(was[transaction].post[0]);
        let account = id(was[transaction].keys()[0]);
        let kind = MismatchKind::BalanceAfter { account, expected: found - 1, found };
        check(transaction, |one| one.fee += 1, kind);
    }
    let (account, found) = (id(key(3)), was[2].pre[0].into());
    let kind = MismatchKind::Funds { instruction: None, account, expected: u64::MAX.into(), found };
    check(2, |one| one.fee = u64::MAX, kind);
}

#[test]
fn a_flipped_bit_in_a_signature_or_a_message() {
    let was = block().entries;
    for (transaction, one) in was.iter().enumerate() {
        for number in 0..one.signatures.len() {
            for byte in [0, 31, 32, 63] {
                let kind = MismatchKind::Signature { number, account: id(one.keys()[number]) };
                let flip = |one: &mut Recorded| one.signatures[number][byte] ^= 1;
                let result = check(transaction, flip, kind);
                assert_eq!((result.signatures.total, result.signatures.valid), (8, 7));
                assert_eq!(result.balances.mismatched > 0, transaction < 6, "it must not be applied");
            }
        }
    }
    let kind = MismatchKind::Signature { number: 0, account: id(key(3)) };
    check(2, |one| one.message.set_recent_blockhash(Default::default()), kind);
}

#[test]
fn a_transaction_recorded_as_the_opposite_of_what_it_was() {
    let was = block().entries;
    let found = was[0].post[0].into();
    let kind = MismatchKind::BalanceAfter { account: id(key(1)), expected: found + 100, found };
    check(0, |one| one.failed = true, kind);
    let account = id(key(1));
    let kind = MismatchKind::Funds { instruction: Some(0), account, expected: 2_000_000, found: was[3].post[0].into() };
    check(3, |one| one.failed = false, kind);
}

/// The transfer of transaction 0 of a block, changed before it is signed.
#[track_caller]
fn impossible(change: impl FnOnce(&mut solana_message::Instruction), expected: &str) {
    let mut block = Recorder::new();
    let mut changed = transfer(key(1), key(2), 0);
    change(&mut changed);
    block.add(3, &[changed.clone()], &[]);
    match first(&replayed(&block.entries)) {
        Mismatch { transaction: 0, kind: MismatchKind::Transfer { instruction: 0, wrong } } => {
            assert_eq!(wrong, expected);
        }
        other => panic!("expected an impossible transfer, found {other}"),
    }
    block.entries[0].failed = true;
    assert_eq!(replayed(&block.entries).first_mismatch, None, "what failed need not have been possible");
}

#[test]
fn a_transfer_that_no_chain_executes() {
    impossible(|one| one.accounts[0].is_signer = false, "moves from an account that did not sign");
    impossible(|one| one.accounts[0].is_writable = false, "moves a readonly account's lamports");
    impossible(|one| one.accounts[1].is_writable = false, "moves a readonly account's lamports");
    impossible(|one| one.accounts.truncate(1), "names fewer than two accounts");
}

#[test]
fn a_mismatch_is_said_in_words_and_in_json() {
    let mut entries = block().entries;
    entries[1].pre[0] += 1;
    let expected = entries[1].pre[0] - 1;
    let json = replayed(&entries).to_json();
    let account = base58(key(2).to_bytes());
    let message = format!("before it {account} has {expected}, recorded is {}", expected + 1);
    let expected = json!({"transaction": 1, "kind": "balance_before", "account": account, "message": message,
        "expected": expected.to_string(), "found": (expected + 1).to_string()});
    assert_eq!(json["first_mismatch"], expected);
    entries[0].signatures[0][0] ^= 1;
    let result = replayed(&entries);
    let by = base58(key(1).to_bytes());
    assert_eq!(first(&result).to_string(), format!("transaction 0: signature 0, by {by}, is not valid"));
    assert_eq!(result.to_json()["first_mismatch"]["kind"], "signature");
}

/// The balances are the engine's: one that misjudges a single leg or transaction, or loses a lamport, is found out.
#[test]
fn an_engine_that_lies() {
    let block = read(&block().entries);
    let lied = |lie: &dyn Fn(&mut LegOutcome)| {
        let execute = |batch: &LegBatch, signatures: Option<&[bool]>| {
            let mut outcome = execute_legs(batch, signatures);
            lie(&mut outcome);
            Ok(outcome)
        };
        let result = replay(&block, &ReplayEngines { execute: &execute, ..Default::default() }).expect("a result");
        assert_eq!(result.mismatched_transactions, 1);
        assert_eq!(result.to_json()["first_mismatch"]["kind"], "engine");
        first(&result).to_string()
    };
    let size = RefCell::new((0, 0));
    lied(&|outcome| {
        outcome.applied[0] = false;
        *size.borrow_mut() = (outcome.verdicts.len(), outcome.accounts.len());
    });
    let (legs, accounts) = size.into_inner();
    assert!(legs > 40 && accounts == 6);
    (0..legs).for_each(|leg| drop(lied(&|outcome| outcome.verdicts[leg] = false)));
    (0..7).for_each(|transaction| drop(lied(&|outcome| outcome.applied[transaction] = false)));
    (0..accounts).for_each(|account| drop(lied(&|outcome| outcome.accounts[account].balance += 1)));
    let said = lied(&|outcome| outcome.accounts[0].balance = 3);
    assert!(said.starts_with("transaction 6: after the block the engine has 3 for "), "{said}");
}
