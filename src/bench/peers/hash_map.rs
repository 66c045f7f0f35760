//! The loop that a sceptic would write without resolving ids first: accounts in a hash map, keyed by their 32 bytes.

use super::execution::{Case, Executor, debit, touched};
use crate::account::{AccountId, Balance};
use crate::commit::Touched;
use crate::state::StateVersion;
use crate::status::Status;
use crate::transaction::Block;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Executes in place on a copy of the state. The hash is a fast one: keys and hashes of keys need no protection here.
#[derive(Default)]
pub struct HashMapLoop {
    state: Option<StateVersion>,
    accounts: HashMap<AccountId, Balance, RandomState>,
    statuses: Vec<Status>,
}

impl Executor for HashMapLoop {
    fn name(&self) -> &'static str {
        "hash-map"
    }

    fn prepare(&mut self, case: &Case<'_>) {
        if self.state != Some(case.state.version()) {
            self.accounts.clear();
            let accounts = case.state.accounts();
            self.accounts.extend(accounts.map(|one| (one.id, Balance { balance: one.balance, nonce: one.nonce })));
            self.state = Some(case.state.version());
        }
        self.accounts.reserve(case.snapshot.unknown.len());
        self.statuses.clear();
        self.statuses.extend_from_slice(case.open);
    }

    fn execute(&mut self, case: &Case<'_>) {
        for (status, transaction) in self.statuses.iter_mut().zip(&case.block.transactions) {
            if !status.is_applied() {
                continue;
            }
            let mut nobody = Balance::default();
            let sender = self.accounts.get_mut(transaction.from()).unwrap_or(&mut nobody);
            match debit(transaction, *sender) {
                Err(reason) => *status = Status::Rejected(reason),
                Ok(left) if left.nonce == 1 => {
                    // Perhaps a sender that is not there yet: nothing is left of what it does not have, but its nonce is.
                    self.accounts.insert(*transaction.from(), left);
                    self.accounts.entry(*transaction.to()).or_default().balance += transaction.amount();
                }
                Ok(left) => {
                    *sender = left;
                    self.accounts.entry(*transaction.to()).or_default().balance += transaction.amount();
                }
            }
        }
    }

    fn result(&mut self, case: &Case<'_>) -> (Vec<Status>, Vec<Touched>) {
        let id = |slot: u32| match slot.checked_sub(case.snapshot.known) {
            Some(number) => case.snapshot.unknown[number as usize],
            None => case.state.account(slot).id,
        };
        let get = |slot| self.accounts.get(&id(slot)).copied().unwrap_or_default();
        let touched = touched(case, get);
        for id in ids(case.block) {
            match case.state.get(id) {
                Some(one) => self.accounts.insert(*id, Balance { balance: one.balance, nonce: one.nonce }),
                None => self.accounts.remove(id),
            };
        }
        (self.statuses.clone(), touched)
    }
}

fn ids(block: &Block) -> impl Iterator<Item = &AccountId> {
    block.transactions.iter().flat_map(|transaction| [transaction.from(), transaction.to()])
}
