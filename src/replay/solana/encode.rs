//! A block as legs, signatures and access sets.

use super::SignedMessage;
use super::transaction::SolanaTransaction;
use crate::account::{AccountId, Balance};
use crate::conflict::{AccessSets, AccessSetsBuilder};
use crate::error::InputError;
use crate::legs::{Delta, Guard, Leg, LegBatch};
use foldhash::quality::RandomState;
use hashbrown::HashMap;

/// What a leg's verdict says about the block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Check {
    /// Nothing: the leg holds whatever the block records.
    None,
    /// The account was met before in the block, and its recorded balance before the transaction is the running one.
    MetAgain,
    /// The payer can pay the fee.
    Fee,
    /// The source of the transfer in this instruction has the lamports.
    Transfer(usize),
    /// The recorded balance after the transaction is the one that fee and transfers give.
    After,
}

/// A block as one batch of legs, transaction by transaction.
pub(super) struct Encoded {
    pub batch: LegBatch,
    /// One per leg, in batch order.
    pub checks: Vec<Check>,
    /// The batch's accounts.
    pub accounts: Vec<AccountId>,
}

impl Encoded {
    /// An account starts with the balance that its first transaction records for it.
    pub fn new(transactions: &[SolanaTransaction]) -> Result<Self, InputError> {
        let mut index: HashMap<AccountId, u32, RandomState> = HashMap::default();
        let (mut accounts, mut balances) = (Vec::new(), Vec::new());
        let mut numbers: Vec<(u32, Check)> = Vec::new();
        for transaction in transactions {
            for (key, &lamports) in transaction.keys.iter().zip(&transaction.pre) {
                let fresh = accounts.len() as u32;
                let account = *index.entry(*key).or_insert(fresh);
                if account == fresh {
                    accounts.push(*key);
                    balances.push(Balance { balance: lamports.into(), nonce: 0 });
                }
                numbers.push((account, if account == fresh { Check::None } else { Check::MetAgain }));
            }
        }
        let (mut batch, mut checks) = (LegBatch::new(balances), Vec::with_capacity(numbers.len()));
        let mut numbers = numbers.as_slice();
        let mut legs: Vec<Leg> = Vec::new();
        for transaction in transactions {
            let (own, rest) = numbers.split_at(transaction.keys.len());
            numbers = rest;
            legs.clear();
            push_legs(transaction, own, &mut legs, &mut checks);
            batch.push(&legs)?;
        }
        Ok(Self { batch, checks, accounts })
    }
}

fn push_legs(transaction: &SolanaTransaction, keys: &[(u32, Check)], legs: &mut Vec<Leg>, checks: &mut Vec<Check>) {
    let by_rule = transaction.has_rule();
    for (&(account, check), (&pre, &post)) in keys.iter().zip(transaction.pre.iter().zip(&transaction.post)) {
        let delta = match post.checked_sub(pre) {
            _ if by_rule => Delta::Credit(0),
            Some(gain) => Delta::Credit(gain.into()),
            None => Delta::Debit((pre - post).into()),
        };
        legs.push(Leg { account, guard: Guard::Exactly(pre.into()), nonce: None, delta });
        checks.push(check);
    }
    if !by_rule {
        return;
    }
    legs.push(Leg::debit(keys[0].0, transaction.fee.into()));
    checks.push(Check::Fee);
    for transfer in transaction.transfers.iter().flatten().filter(|_| !transaction.failed) {
        if let Some([source, destination]) = transfer.accounts {
            legs.push(Leg::debit(keys[source].0, transfer.lamports.into()));
            legs.push(Leg::credit(keys[destination].0, transfer.lamports.into()));
            checks.extend([Check::Transfer(transfer.instruction), Check::None]);
        }
    }
    for (&(account, _), &post) in keys.iter().zip(&transaction.post) {
        legs.push(Leg { account, guard: Guard::Exactly(post.into()), nonce: None, delta: Delta::Credit(0) });
        checks.push(Check::After);
    }
}

/// All signatures of the block, transaction by transaction.
pub(super) fn signed_messages(transactions: &[SolanaTransaction]) -> Vec<SignedMessage<'_>> {
    let mut items = Vec::with_capacity(transactions.len());
    for transaction in transactions {
        let pairs = transaction.keys.iter().zip(&transaction.signatures);
        items.extend(pairs.map(|(key, signature)| (&key.0, transaction.message.as_slice(), signature)));
    }
    items
}

/// Whether all signatures of a transaction are valid, for each transaction.
pub(super) fn all_valid(transactions: &[SolanaTransaction], mut valid: &[bool]) -> Vec<bool> {
    let mut of_one = |transaction: &SolanaTransaction| {
        let (own, rest) = valid.split_at(transaction.signatures.len());
        valid = rest;
        own.iter().all(|valid| *valid)
    };
    transactions.iter().map(&mut of_one).collect()
}

/// Read and write sets as declared, with the accounts by key index.
pub(super) fn access_sets<'a>(
    transactions: impl Iterator<Item = &'a SolanaTransaction>,
) -> Result<(AccessSets, Vec<AccountId>), InputError> {
    let mut builder = AccessSetsBuilder::new();
    for transaction in transactions {
        let declared = |write: bool| {
            let keys = transaction.keys.iter().zip(&transaction.writable);
            keys.filter(move |(_, writable)| **writable == write).map(|(key, _)| *key)
        };
        builder.push(declared(false), declared(true))?;
    }
    Ok(builder.finish())
}
