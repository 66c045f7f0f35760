//! Guarded deltas, one transaction after the other: what every other way of executing a [`LegBatch`] must equal.

use crate::account::Balance;
use crate::legs::{LegBatch, LegOutcome};

/// Executes `batch` in order. Transactions whose entry in `signature_verdicts` is false are not applied; their legs get
/// verdicts like all others.
///
/// # Panics
/// When there are signature verdicts, but not one per transaction.
pub fn execute_legs(batch: &LegBatch, signature_verdicts: Option<&[bool]>) -> LegOutcome {
    if let Some(signatures) = signature_verdicts {
        assert_eq!(signatures.len(), batch.len(), "one signature verdict per transaction");
    }
    let mut accounts = batch.accounts().to_vec();
    let mut verdicts = Vec::with_capacity(batch.legs().len());
    let mut applied = Vec::with_capacity(batch.len());
    let mut met: Vec<(u32, Balance)> = Vec::new();
    for transaction in 0..batch.len() {
        let mut all_hold = signature_verdicts.is_none_or(|signatures| signatures[transaction]);
        met.clear();
        for leg in batch.transaction(transaction) {
            let account = &mut accounts[leg.account as usize];
            let holds = leg.holds(*account);
            verdicts.push(holds);
            all_hold &= holds;
            met.push((leg.account, *account));
            *account = leg.apply(*account);
        }
        if !all_hold {
            // Backwards, so that an account with several legs ends at what its first leg met.
            for &(account, before) in met.iter().rev() {
                accounts[account as usize] = before;
            }
        }
        applied.push(all_hold);
    }
    LegOutcome { verdicts, applied, accounts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legs::{Delta, Guard, Leg};

    fn batch(balances: &[u128], transactions: &[&[Leg]]) -> LegBatch {
        let accounts = balances.iter().map(|&balance| Balance { balance, nonce: 0 }).collect();
        let mut batch = LegBatch::new(accounts);
        for legs in transactions {
            batch.push(legs).expect("well-formed legs");
        }
        batch
    }

    fn balances(outcome: &LegOutcome) -> Vec<u128> {
        outcome.accounts.iter().map(|account| account.balance).collect()
    }

    fn exactly(account: u32, balance: u128) -> Leg {
        Leg { account, guard: Guard::Exactly(balance), nonce: None, delta: Delta::Credit(0) }
    }

    #[test]
    fn a_guard_sees_earlier_applied_transactions_only() {
        let batch = batch(
            &[10, 0, 0],
            &[
                &[Leg::debit(0, 11), Leg::credit(1, 11)],
                &[Leg::debit(1, 1)],
                &[Leg::debit(0, 10), Leg::credit(1, 10)],
                &[Leg::debit(1, 10), Leg::credit(2, 10)],
            ],
        );
        let outcome = execute_legs(&batch, None);
        assert_eq!(outcome.applied, [false, false, true, true]);
        assert_eq!(outcome.verdicts, [false, true, false, true, true, true, true]);
        assert_eq!(balances(&outcome), [0, 0, 10]);
    }

    #[test]
    fn a_guard_sees_own_earlier_legs_even_of_a_transaction_that_fails() {
        let batch = batch(
            &[5],
            &[
                &[Leg::credit(0, 3), exactly(0, 8), Leg::debit(0, 8), exactly(0, 0)],
                &[Leg::credit(0, 3), exactly(0, 4), Leg::debit(0, 2), exactly(0, 1)],
                &[exactly(0, 0)],
            ],
        );
        let outcome = execute_legs(&batch, None);
        assert_eq!(outcome.applied, [true, false, true]);
        assert_eq!(outcome.verdicts, [true, true, true, true, true, false, true, true, true]);
        assert_eq!(balances(&outcome), [0]);
    }

    #[test]
    fn nonces_count_own_legs_and_never_wrap() {
        let mut first = batch(
            &[5],
            &[&[Leg::debit(0, 1).with_nonce(0), Leg::debit(0, 1).with_nonce(1)], &[Leg::credit(0, 0).with_nonce(1)]],
        );
        let outcome = execute_legs(&first, None);
        assert_eq!(outcome.applied, [true, false]);
        assert_eq!(outcome.accounts, [Balance { balance: 3, nonce: 2 }]);

        first = LegBatch::new(vec![Balance { balance: 0, nonce: u64::MAX }]);
        first.push(&[Leg::credit(0, 1).with_nonce(u64::MAX)]).expect("well-formed legs");
        assert_eq!(execute_legs(&first, None).applied, [false]);
    }

    #[test]
    fn a_bad_signature_changes_nothing_but_its_legs_have_verdicts() {
        let batch = batch(&[5, 0], &[&[Leg::debit(0, 5), Leg::credit(1, 5)], &[Leg::debit(0, 5)]]);
        let outcome = execute_legs(&batch, Some(&[false, true]));
        assert_eq!(outcome.applied, [false, true]);
        assert_eq!(outcome.verdicts, [true, true, true]);
        assert_eq!(balances(&outcome), [0, 0]);
    }

    #[test]
    fn no_legs_are_applied_and_no_transactions_change_nothing() {
        let none: &[Leg] = &[];
        assert_eq!(execute_legs(&batch(&[1], &[none]), None).applied, [true]);
        let outcome = execute_legs(&batch(&[1], &[]), Some(&[]));
        assert_eq!((outcome.applied.len(), balances(&outcome)), (0, vec![1]));
    }
}
