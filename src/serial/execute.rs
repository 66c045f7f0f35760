//! Execution as it is defined: each transaction meets the effects of all earlier ones.

use crate::account::{Account, AccountId, Balance};
use crate::outcome::Change;
use crate::state::State;
use crate::status::{Reason, Status};
use crate::transaction::{Block, BlockHeader, Transaction};
use std::collections::HashMap;

/// What executing a block gives: a status per transaction, and the accounts that differ from before by slot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Executed {
    /// One status per transaction.
    pub statuses: Vec<Status>,
    /// Changed accounts by slot, new ones last in order of creation.
    pub changes: Vec<Change>,
}

/// Executes `block` on `state`. `verdicts` holds one signature verdict per transaction; with `None` signatures are not
/// part of the rules.
pub fn execute(block: &Block, state: &State, verdicts: Option<&[bool]>) -> Executed {
    let mut ledger = Ledger { state, accounts: HashMap::new(), created: Vec::new() };
    let mut fees = 0u128;
    let mut statuses = Vec::with_capacity(block.transactions.len());
    for (index, transaction) in block.transactions.iter().enumerate() {
        let signature_valid = verdicts.is_none_or(|verdicts| verdicts[index]);
        let status = match ledger.rejection(&block.header, transaction, signature_valid) {
            Some(reason) => Status::Rejected(reason),
            None => {
                ledger.apply(transaction);
                fees += transaction.fee();
                Status::Applied
            }
        };
        statuses.push(status);
    }
    ledger.update(&block.header.fee_recipient, |account| account.balance += fees);
    Executed { statuses, changes: ledger.into_changes() }
}

/// The accounts that the block has touched, over the state before it.
struct Ledger<'a> {
    state: &'a State,
    accounts: HashMap<AccountId, Balance>,
    created: Vec<AccountId>,
}

impl Ledger<'_> {
    fn get(&self, id: &AccountId) -> Balance {
        let before = || self.state.get(id).map(|account| Balance { balance: account.balance, nonce: account.nonce });
        self.accounts.get(id).copied().or_else(before).unwrap_or_default()
    }

    /// The first reason that holds, in the order of the rules.
    fn rejection(&self, header: &BlockHeader, transaction: &Transaction, signature_valid: bool) -> Option<Reason> {
        if !transaction.is_well_formed() {
            return Some(Reason::Malformed);
        }
        if transaction.chain_id() != header.chain_id {
            return Some(Reason::WrongChain);
        }
        if !signature_valid {
            return Some(Reason::SignatureInvalid);
        }
        let Some(cost) = transaction.cost() else {
            return Some(Reason::AmountOverflow);
        };
        let sender = self.get(transaction.from());
        if transaction.nonce() == u64::MAX || transaction.nonce() > sender.nonce {
            return Some(Reason::NonceTooHigh);
        }
        if transaction.nonce() < sender.nonce {
            return Some(Reason::NonceTooLow);
        }
        (sender.balance < cost).then_some(Reason::InsufficientFunds)
    }

    fn apply(&mut self, transaction: &Transaction) {
        self.update(transaction.from(), |sender| {
            sender.balance -= transaction.amount() + transaction.fee();
            sender.nonce += 1;
        });
        self.update(transaction.to(), |recipient| recipient.balance += transaction.amount());
    }

    /// Changes an account; one that is not in the state is created once its balance or nonce is not zero.
    fn update(&mut self, id: &AccountId, change: impl FnOnce(&mut Balance)) {
        let mut account = self.get(id);
        change(&mut account);
        let new = !self.accounts.contains_key(id) && self.state.slot(id).is_none();
        if new && account == Balance::default() {
            return;
        }
        if new {
            self.created.push(*id);
        }
        self.accounts.insert(*id, account);
    }

    fn into_changes(self) -> Vec<Change> {
        let account = |id: &AccountId| {
            let Balance { balance, nonce } = self.accounts[id];
            Account { id: *id, balance, nonce }
        };
        let mut changes: Vec<Change> = self
            .accounts
            .keys()
            .filter_map(|id| self.state.slot(id).map(|slot| Change { slot, account: account(id) }))
            .filter(|change| self.state.account(change.slot) != change.account)
            .collect();
        changes.sort_by_key(|change| change.slot);
        let created = self.created.iter().zip(self.state.len() as u32..);
        changes.extend(created.map(|(id, slot)| Change { slot, account: account(id) }));
        changes
    }
}
