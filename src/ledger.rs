//! The accounts of a block while it executes: numbered densely in order of first mention, with their balances.
//!
//! Numbering costs a pass with prefetch and makes the rest local: execution walks a table that holds nothing else, its
//! result is that table, and the device gets it as it is. A block with more transactions than the state has accounts
//! copies them all instead.

mod partition;
mod tiles;

use crate::account::Balance;
use crate::commit::Touched;
use crate::memory::{Table, prefetch};
use crate::snapshot::{Pair, Snapshot};
use crate::state::{Lineage, State};
use crate::status::{Reason, Status};
use crate::transaction::{Block, Transaction};
use bytemuck::{Pod, Zeroable};
use partition::Claim;
use rayon::prelude::*;
use tiles::{TILE, TILING_CORES, Tiles, Transfer, each_tile};

/// How many entries ahead memory is prefetched: 64 to 128 are equally good, less leaves misses.
const AHEAD: usize = 64;
/// Accounts that one task gathers: enough that a small block stays on one core.
const GATHERED_AT_ONCE: usize = 1 << 14;
/// Accounts that one task copies: a megabyte.
const COPIED_AT_ONCE: usize = 1 << 15;

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
    /// Which state the accounts are, so that a device may have them already; `None`: it cannot know.
    pub lineage: Option<Lineage>,
}

impl<'a> Input<'a> {
    /// A block on a state, ids resolved by `snapshot`.
    pub fn new(block: &'a Block, state: &'a State, snapshot: &'a Snapshot) -> Self {
        Self {
            transactions: &block.transactions,
            pairs: &snapshot.pairs,
            balances: state.balances(),
            slots: snapshot.slots(),
            total: state.total(),
            lineage: Some(state.lineage()),
        }
    }
}

/// Numbers the accounts of block after block; keeps its memory between them.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By slot: epoch in the upper, number in the lower half. Epochs make clearing needless.
    stamps: Table,
    epoch: u64,
    work: Work,
}

/// An account at work: a balance and a nonce without padding, so that it can live in a table of huge pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Entry {
    /// Balance.
    pub balance: u128,
    /// Nonce.
    pub nonce: u64,
    unused: u64,
}

impl From<Balance> for Entry {
    fn from(Balance { balance, nonce }: Balance) -> Self {
        Self { balance, nonce, unused: 0 }
    }
}

impl From<Entry> for Balance {
    fn from(Entry { balance, nonce, .. }: Entry) -> Self {
        Self { balance, nonce }
    }
}

/// The accounts of a block.
#[derive(Debug, Default)]
pub struct Work {
    pairs: Vec<Pair>,
    slots: Vec<u32>,
    entries: Table,
    tiles: Tiles,
}

impl Ledger {
    /// The accounts that the open transactions (`Applied` in `statuses`) of a block mention; or all of them, where that
    /// is less work.
    ///
    /// # Errors
    /// The operating system has no memory for numbers (8 bytes per slot) or accounts (32 bytes per account).
    pub fn gather(&mut self, input: &Input, statuses: &[Status]) -> std::io::Result<&mut Work> {
        let Work { pairs, slots, .. } = &mut self.work;
        if takes_all(input) {
            pairs.resize(input.pairs.len(), [0; 2]);
            let copy = |(to, from): (&mut [Pair], &[Pair])| to.copy_from_slice(from);
            pairs.par_chunks_mut(COPIED_AT_ONCE).zip(input.pairs.par_chunks(COPIED_AT_ONCE)).for_each(copy);
            (0..input.slots as u32).into_par_iter().with_min_len(COPIED_AT_ONCE).collect_into_vec(slots);
        } else {
            pairs.clear();
            slots.clear();
            self.number(input, statuses)?;
        }
        self.fill(input)?;
        Ok(&mut self.work)
    }

    /// Every account as it stands before the block.
    fn fill(&mut self, input: &Input) -> std::io::Result<()> {
        let Work { slots, entries, .. } = &mut self.work;
        let entries = &mut entries.reserve::<Entry>(slots.len())?[..slots.len()];
        if takes_all(input) {
            let (known, unknown) = entries.split_at_mut(input.balances.len());
            unknown.fill(Balance::default().into());
            let copy = |(entries, balances): (&mut [Entry], &[Balance])| {
                entries.iter_mut().zip(balances).for_each(|(entry, balance)| *entry = (*balance).into());
            };
            known.par_chunks_mut(COPIED_AT_ONCE).zip(input.balances.par_chunks(COPIED_AT_ONCE)).for_each(copy);
            return Ok(());
        }
        // Waiting for memory is what this costs, and all cores wait better than one.
        slots.par_chunks(GATHERED_AT_ONCE).zip(entries.par_chunks_mut(GATHERED_AT_ONCE)).for_each(
            |(slots, entries)| {
                for (number, (slot, entry)) in slots.iter().zip(entries).enumerate() {
                    if let Some(slot) = slots.get(number + AHEAD) {
                        prefetch(input.balances, *slot as usize);
                    }
                    *entry = input.balances.get(*slot as usize).copied().unwrap_or_default().into();
                }
            },
        );
        Ok(())
    }

    /// Gathers, and holds what somebody claims of the open transactions against the accounts, by all cores. Returns whether the claim
    /// is right; the accounts are then those after the block, else those before it.
    ///
    /// # Errors
    /// As [`gather`](Self::gather).
    pub fn confirm(&mut self, input: &Input, open: &[Status], claimed: &[Status]) -> std::io::Result<bool> {
        self.gather(input, open)?;
        let Work { pairs, slots, entries, .. } = &mut self.work;
        let claim = Claim { transactions: input.transactions, pairs, open, statuses: claimed };
        let right = claim.follow(entries.get_mut(slots.len())).is_none();
        if !right {
            self.fill(input)?;
        }
        Ok(right)
    }

    /// The accounts of the last block.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// The same, to be executed.
    pub fn work_mut(&mut self) -> &mut Work {
        &mut self.work
    }

    /// Numbers accounts in order of first mention.
    fn number(&mut self, input: &Input, statuses: &[Status]) -> std::io::Result<()> {
        if self.epoch == u64::from(u32::MAX) {
            // The stamps of the first epochs would look like new ones.
            (self.stamps, self.epoch) = (Table::default(), 0);
        }
        self.epoch += 1;
        let epoch = self.epoch << 32;
        let stamps = &mut self.stamps.reserve::<u64>(input.slots)?[..input.slots];
        let Work { pairs, slots, .. } = &mut self.work;
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
        Ok(())
    }
}

/// A block with more transactions than there are accounts takes them all, each under its slot.
fn takes_all(input: &Input) -> bool {
    input.slots <= input.pairs.len()
}

impl Work {
    /// Numbers of sender and recipient, one pair per transaction; of use only for open transactions.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Slot of each account.
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// Each account as the transactions so far left it.
    pub fn entries(&self) -> &[Entry] {
        self.entries.get(self.slots.len())
    }

    /// The same, to be changed.
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        self.entries.get_mut(self.slots.len())
    }

    /// Executes transactions in order: decides every one that `statuses` holds open (`Applied`).
    pub fn execute(&mut self, transactions: &[Transaction], statuses: &mut [Status]) {
        let Self { pairs, slots, entries, tiles } = self;
        let entries = entries.get_mut::<Entry>(slots.len());
        if transactions.len() < 2 * TILE || rayon::current_num_threads() < TILING_CORES {
            return execute(entries, pairs, transactions.iter().map(Transfer::from), statuses);
        }
        each_tile(transactions, tiles, |first, tile| {
            let statuses = &mut statuses[first..first + tile.len()];
            execute(entries, &pairs[first..], tile.iter().copied(), statuses);
        });
    }

    /// Every account, as it stands now.
    pub fn touched(&self) -> impl Iterator<Item = Touched> + '_ {
        self.slots.iter().copied().zip(self.entries().iter().map(|entry| Balance::from(*entry)))
    }
}

#[inline(always)]
fn execute(entries: &mut [Entry], pairs: &[Pair], transfers: impl Iterator<Item = Transfer>, statuses: &mut [Status]) {
    for (index, (status, transfer)) in statuses.iter_mut().zip(transfers).enumerate() {
        if let Some(pair) = pairs.get(index + AHEAD) {
            pair.iter().for_each(|account| prefetch(entries, *account as usize));
        }
        if *status == Status::Applied {
            *status = apply(entries, &transfer, pairs[index]);
        }
    }
}

#[inline(always)]
fn apply(entries: &mut [Entry], transfer: &Transfer, [from, to]: Pair) -> Status {
    let sender = &mut entries[from as usize];
    let status = decide(sender, transfer);
    if status == Status::Applied {
        sender.balance -= transfer.cost;
        sender.nonce += 1;
        entries[to as usize].balance += transfer.amount;
    }
    status
}

#[inline(always)]
fn decide(sender: &Entry, transfer: &Transfer) -> Status {
    let nonce = transfer.nonce;
    if nonce == u64::MAX || nonce > sender.nonce {
        return Status::Rejected(Reason::NonceTooHigh);
    }
    if nonce < sender.nonce {
        return Status::Rejected(Reason::NonceTooLow);
    }
    if sender.balance < transfer.cost {
        return Status::Rejected(Reason::InsufficientFunds);
    }
    Status::Applied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Workload;

    #[test]
    fn accounts_are_told_apart_when_epochs_begin_anew() {
        let workload = |seed| Workload { transactions: 20, accounts: 100, seed, signed: false, ..Workload::default() };
        let mut old = Ledger::default();
        for seed in 0..9 {
            if seed == 3 {
                // As if there had been so many blocks since: the stamps of the first ones are still there.
                old.epoch = u64::from(u32::MAX) - 1;
            }
            let block = workload(seed).generate();
            let snapshot = Snapshot::new(&block.block, &block.state);
            let input = Input::new(&block.block, &block.state, &snapshot);
            let open = vec![Status::Applied; 20];
            let mut new = Ledger::default();
            let (expected, found) = (new.gather(&input, &open), old.gather(&input, &open));
            let (expected, found) = (expected.expect("memory"), found.expect("memory"));
            assert_eq!((found.pairs(), found.slots()), (expected.pairs(), expected.slots()), "{seed}");
        }
        assert_eq!(old.epoch, 5);
    }
}
