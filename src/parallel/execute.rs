//! Execution on the CPU: the serial loop over a dense table, with prefetch and huge pages.
//!
//! No scheme on two threads beat it, and at many threads memory is the limit (docs/decisions/0002-execution.md), so the
//! cores are left to signatures and id resolution.

use super::memory::{Table, prefetch};
use crate::account::Balance;
use crate::commit::Touched;
use crate::snapshot::Pair;
use crate::status::{Reason, Status};
use crate::transaction::Transaction;
use bytemuck::{Pod, Zeroable};

/// How many transactions ahead accounts are prefetched: 64 to 128 are equally good, less leaves misses.
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
}

/// An account of the working table: valid where `epoch` is the current block's.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(16))]
struct Entry {
    balance: u128,
    nonce: u64,
    epoch: u64,
}

/// Executes blocks; keeps its working table between them.
#[derive(Debug, Default)]
pub struct Executor {
    table: Table,
    epoch: u64,
}

impl Executor {
    /// Decides every transaction that `statuses` holds open (`Applied`) and returns the accounts it touched.
    ///
    /// # Errors
    /// The operating system has no memory for the working table (32 bytes per slot).
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status]) -> std::io::Result<Vec<Touched>> {
        self.epoch += 1;
        let table = &mut self.table.reserve::<Entry>(input.slots)?[..input.slots.max(1)];
        let mut work = Work { table, balances: input.balances, epoch: self.epoch, touched: Vec::new() };
        for (index, status) in statuses.iter_mut().enumerate() {
            if let Some(pair) = input.pairs.get(index + AHEAD) {
                pair.iter().for_each(|slot| work.prefetch(*slot as usize));
            }
            if *status == Status::Applied {
                let [from, to] = input.pairs[index];
                *status = work.transfer(&input.transactions[index], from as usize, to as usize);
            }
        }
        let Work { table, touched, .. } = work;
        let entry = |slot: u32| Balance { balance: table[slot as usize].balance, nonce: table[slot as usize].nonce };
        Ok(touched.into_iter().map(|slot| (slot, entry(slot))).collect())
    }
}

struct Work<'a> {
    table: &'a mut [Entry],
    balances: &'a [Balance],
    epoch: u64,
    touched: Vec<u32>,
}

impl Work<'_> {
    #[inline(always)]
    fn prefetch(&self, slot: usize) {
        prefetch(self.table, slot);
        prefetch(self.balances, slot);
    }

    #[inline(always)]
    fn load(&mut self, slot: usize) {
        if self.table[slot].epoch != self.epoch {
            let Balance { balance, nonce } = self.balances.get(slot).copied().unwrap_or_default();
            self.table[slot] = Entry { balance, nonce, epoch: self.epoch };
            self.touched.push(slot as u32);
        }
    }

    #[inline(always)]
    fn transfer(&mut self, transaction: &Transaction, from: usize, to: usize) -> Status {
        self.load(from);
        let sender = &mut self.table[from];
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
        self.load(to);
        self.table[to].balance += transaction.amount();
        Status::Applied
    }
}
