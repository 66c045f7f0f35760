//! The working table of an execution: balances by slot, copied from the state on first touch.

use crate::account::Balance;
use crate::commit::Touched;
use crate::memory::{Table, prefetch};
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
    /// Sum of all balances.
    pub total: u128,
}

/// An account of the working table: valid where `epoch` is the current block's.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(16))]
struct Entry {
    balance: u128,
    nonce: u64,
    epoch: u64,
}

/// Working tables, kept between blocks: epochs make clearing them needless.
#[derive(Debug, Default)]
pub struct Ledger {
    table: Table,
    epoch: u64,
    touched: Vec<u32>,
}

impl Ledger {
    /// A working table for one block.
    ///
    /// # Errors
    /// The operating system has no memory for it (32 bytes per slot).
    pub fn begin<'a>(&'a mut self, input: &Input<'a>) -> std::io::Result<Work<'a>> {
        self.epoch += 1;
        self.touched.clear();
        let table = &mut self.table.reserve::<Entry>(input.slots)?[..input.slots.max(1)];
        Ok(Work { table, balances: input.balances, epoch: self.epoch, touched: &mut self.touched })
    }
}

/// The accounts of a block while it executes.
pub struct Work<'a> {
    table: &'a mut [Entry],
    balances: &'a [Balance],
    epoch: u64,
    touched: &'a mut Vec<u32>,
}

impl Work<'_> {
    /// Executes `transactions` in order: decides every one that `statuses` holds open (`Applied`).
    pub fn execute(&mut self, transactions: &[Transaction], pairs: &[Pair], statuses: &mut [Status]) {
        for (index, status) in statuses.iter_mut().enumerate() {
            if let Some(pair) = pairs.get(index + AHEAD) {
                pair.iter().for_each(|slot| self.prefetch(*slot as usize));
            }
            if *status == Status::Applied {
                let [from, to] = pairs[index];
                *status = self.transfer(&transactions[index], from as usize, to as usize);
            }
        }
    }

    /// Asks for the cache lines of an account.
    #[inline(always)]
    pub fn prefetch(&self, slot: usize) {
        prefetch(self.table, slot);
        prefetch(self.balances, slot);
    }

    /// The account as the transactions so far left it.
    #[inline(always)]
    pub fn get(&mut self, slot: u32) -> Balance {
        self.load(slot as usize);
        let Entry { balance, nonce, .. } = self.table[slot as usize];
        Balance { balance, nonce }
    }

    /// Sets an account.
    pub fn set(&mut self, slot: u32, Balance { balance, nonce }: Balance) {
        self.load(slot as usize);
        self.table[slot as usize] = Entry { balance, nonce, epoch: self.epoch };
    }

    /// The accounts that were touched, in order of first touch, as they stand now.
    pub fn touched(self) -> Vec<Touched> {
        let entry = |slot: u32| {
            let Entry { balance, nonce, .. } = self.table[slot as usize];
            (slot, Balance { balance, nonce })
        };
        self.touched.iter().copied().map(entry).collect()
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
