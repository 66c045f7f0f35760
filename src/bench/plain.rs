//! A peer: the loop that a sceptic would write over dense indices, without prefetch and without huge pages.

use crate::account::Balance;
use crate::ledger::Input;
use crate::status::{Reason, Status};

/// Executes in place; `accounts` is a copy of the state that was made before the clock started.
pub fn execute(input: &Input, accounts: &mut [Balance], statuses: &mut [Status]) {
    for ((status, transaction), [from, to]) in statuses.iter_mut().zip(input.transactions).zip(input.pairs) {
        if !status.is_applied() {
            continue;
        }
        let sender = &mut accounts[*from as usize];
        let nonce = transaction.nonce();
        let cost = transaction.amount().wrapping_add(transaction.fee());
        *status = if nonce == u64::MAX || nonce > sender.nonce {
            Status::Rejected(Reason::NonceTooHigh)
        } else if nonce < sender.nonce {
            Status::Rejected(Reason::NonceTooLow)
        } else if sender.balance < cost {
            Status::Rejected(Reason::InsufficientFunds)
        } else {
            sender.balance -= cost;
            sender.nonce += 1;
            accounts[*to as usize].balance += transaction.amount();
            Status::Applied
        };
    }
}
