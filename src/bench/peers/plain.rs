//! The loop that a sceptic would write over dense indices, without prefetch and without huge pages.

use super::execution::{Case, Executor, debit, touched};
use crate::account::Balance;
use crate::commit::Touched;
use crate::state::StateVersion;
use crate::status::Status;

/// Executes in place on a copy of the state.
#[derive(Default)]
pub struct Plain {
    state: Option<StateVersion>,
    accounts: Vec<Balance>,
    statuses: Vec<Status>,
}

impl Executor for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn prepare(&mut self, case: &Case<'_>) {
        let slots = case.snapshot.slots();
        if self.state != Some(case.state.version()) || self.accounts.len() != slots {
            self.accounts.clear();
            self.accounts.extend((0..slots as u32).map(|slot| case.before(slot)));
            self.state = Some(case.state.version());
        }
        self.statuses.clear();
        self.statuses.extend_from_slice(case.open);
    }

    fn execute(&mut self, case: &Case<'_>) {
        let transactions = case.block.transactions.iter().zip(&case.snapshot.pairs);
        for (status, (transaction, [from, to])) in self.statuses.iter_mut().zip(transactions) {
            if !status.is_applied() {
                continue;
            }
            let sender = &mut self.accounts[*from as usize];
            match debit(transaction, *sender) {
                Err(reason) => *status = Status::Rejected(reason),
                Ok(left) => {
                    *sender = left;
                    self.accounts[*to as usize].balance += transaction.amount();
                }
            }
        }
    }

    fn result(&mut self, case: &Case<'_>) -> (Vec<Status>, Vec<Touched>) {
        let touched = touched(case, |slot| self.accounts[slot as usize]);
        case.mentioned().for_each(|slot| self.accounts[slot as usize] = case.before(slot));
        (self.statuses.clone(), touched)
    }
}
