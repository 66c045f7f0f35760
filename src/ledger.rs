//! The accounts of a block while it executes: numbered densely in order of first mention, with their balances.
//!
//! Numbering costs two passes with prefetch and makes the rest local: execution walks a table that holds nothing else,
//! its result is that table, and the device gets it as it is.

use crate::account::Balance;
use crate::commit::Touched;
use crate::memory::{Table, prefetch};
use crate::snapshot::Pair;
use crate::status::{Reason, Status};
use crate::transaction::Transaction;

/// How many entries ahead memory is prefetched: 64 to 128 are equally good, less leaves misses.
const AHEAD: usize = 64;

/// What execution needs of a block and its state, ids resolved to slots.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The block's transactions.
    pub transactions: &'a [Transaction],
    /// Slots of sender and recipient, one pair per transaction.
    pub pairs: &'a [Pair],
    /// The state's accounts; slots behind them are empty accounts.
    pub balances: &'a [Balance],
    /// Slots in use, those of empty accounts included.
    pub slots: usize,
    /// Sum of all balances.
    pub total: u128,
}

/// Numbers the accounts of block after block; keeps its memory between them.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By slot: epoch in the upper, number in the lower half. Epochs make clearing needless.
    stamps: Table,
    epoch: u64,
    work: Work,
}

/// The accounts of a block.
#[derive(Debug, Default)]
pub struct Work {
    /// Numbers of sender and recipient, one pair per transaction; of use only for open transactions.
    pub pairs: Vec<Pair>,
    /// Slot of each account.
    pub slots: Vec<u32>,
    /// Each account as the transactions so far left it.
    pub balances: Vec<Balance>,
}

impl Ledger {
    /// The accounts that the open transactions (`Applied` in `statuses`) of a block mention.
    ///
    /// # Errors
    /// The operating system has no memory for the numbers (8 bytes per slot).
    pub fn gather(&mut self, input: &Input, statuses: &[Status]) -> std::io::Result<&mut Work> {
        self.epoch += 1;
        let epoch = self.epoch << 32;
        let stamps = &mut self.stamps.reserve::<u64>(input.slots)?[..input.slots.max(1)];
        let Work { pairs, slots, balances } = &mut self.work;
        pairs.clear();
        slots.clear();
        balances.clear();
        pairs.reserve(input.pairs.len());
        for (index, pair) in input.pairs.iter().enumerate() {
            if let Some(pair) = input.pairs.get(index + AHEAD) {
                pair.iter().for_each(|slot| prefetch(stamps, *slot as usize));
            }
            if statuses[index] != Status::Applied {
                pairs.push([0, 0]);
                continue;
            }
            pairs.push(pair.map(|slot| {
                let stamp = &mut stamps[slot as usize];
                if *stamp & (u64::MAX << 32) != epoch {
                    *stamp = epoch | slots.len() as u64;
                    slots.push(slot);
                }
                *stamp as u32
            }));
        }
        balances.reserve(slots.len());
        for (number, slot) in slots.iter().enumerate() {
            if let Some(slot) = slots.get(number + AHEAD) {
                prefetch(input.balances, *slot as usize);
            }
            balances.push(input.balances.get(*slot as usize).copied().unwrap_or_default());
        }
        Ok(&mut self.work)
    }
}

impl Work {
    /// Executes the transactions from `first` on in order: decides every one that `statuses` holds open (`Applied`).
    pub fn execute(&mut self, transactions: &[Transaction], first: usize, statuses: &mut [Status]) {
        let Self { pairs, balances, .. } = self;
        let pairs = &pairs[first..];
        for (index, (status, transaction)) in statuses.iter_mut().zip(transactions).enumerate() {
            if let Some(pair) = pairs.get(index + AHEAD) {
                pair.iter().for_each(|account| prefetch(balances, *account as usize));
            }
            if *status == Status::Applied {
                *status = transfer(balances, transaction, pairs[index]);
            }
        }
    }

    /// Every account, as it stands now.
    pub fn touched(&self) -> Vec<Touched> {
        self.slots.iter().copied().zip(self.balances.iter().copied()).collect()
    }
}

#[inline(always)]
fn transfer(balances: &mut [Balance], transaction: &Transaction, [from, to]: Pair) -> Status {
    let sender = &mut balances[from as usize];
    let nonce = transaction.nonce();
    if nonce == u64::MAX || nonce > sender.nonce {
        return Status::Rejected(Reason::NonceTooHigh);
    }
    if nonce < sender.nonce {
        return Status::Rejected(Reason::NonceTooLow);
    }
    // The sum fits: transactions for which it does not are not open.
    let cost = transaction.amount().wrapping_add(transaction.fee());
    if sender.balance < cost {
        return Status::Rejected(Reason::InsufficientFunds);
    }
    sender.balance -= cost;
    sender.nonce += 1;
    balances[to as usize].balance += transaction.amount();
    Status::Applied
}
