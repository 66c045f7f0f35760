//! Execution on the device: guarded deltas, solved by scans (docs/decisions/0002-execution.md).

mod buffers;
mod encode;
mod hot;
mod legs;
pub mod programs;
mod resident;
mod rounds;
pub(super) mod shared_layouts;
mod table;
mod tail;

use super::buffers::Buffers;
use super::device::Device;
use crate::account::Balance;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::ledger::{Input, Ledger, Work};
use crate::limits::{
    DISPATCH_TARGET_MS, LONGEST_GUESS_LEGS, MAX_BATCH_LEGS, SOFTWARE_BATCH_TRANSACTIONS, TAIL_BUDGET_DIVISOR,
};
use crate::outcome::{Change, Residence};
use crate::state::{Lineage, State};
use crate::status::Status;
use crate::transaction::Transaction;
use buffers::Plan;
use encode::Batch;
use programs::{Pipelines, Spread, Variant};
use rayon::prelude::*;
use resident::{Resident, Undo};
use rounds::{Session, Solution};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use table::BATCH;

/// Transactions of the first batch on a device whose speed is not known yet.
const FIRST_BATCH: usize = 1 << 16;
/// No batch is made smaller than this because of the time it takes.
const SMALLEST_BATCH: usize = 1 << 12;
/// A submit holds several dispatches; none of them takes more than half of it.
const SUBMIT_TARGET: Duration = Duration::from_millis(2 * DISPATCH_TARGET_MS);

/// Rounds and tail of an execution; of several batches the most rounds and the sum of tails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effort {
    /// Rounds of the fixpoint, the confirming one included.
    pub rounds: u32,
    /// Transactions that the CPU decided.
    pub tail: usize,
    /// Batches into which the block was split.
    pub batches: usize,
    /// Where the accounts were.
    pub residence: Residence,
}

impl Effort {
    fn add(&mut self, rounds: u32, tail: usize) {
        self.rounds = self.rounds.max(rounds);
        self.tail += tail;
        self.batches += 1;
    }
}

/// Executes blocks on a device; keeps its pipelines and memory between them.
#[derive(Debug)]
pub struct Executor {
    device: Arc<Device>,
    pipelines: HashMap<u8, Pipelines>,
    buffers: Buffers,
    ledger: Ledger,
    resident: Resident,
    batch_size: usize,
    /// The last batch, for its memory.
    spare: Option<Batch>,
}

impl Executor {
    /// An executor on `device`; shaders are compiled on first use.
    pub fn new(device: Arc<Device>) -> Self {
        Self {
            device,
            pipelines: HashMap::new(),
            buffers: Buffers::default(),
            ledger: Ledger::default(),
            resident: Resident::default(),
            batch_size: FIRST_BATCH,
            spare: None,
        }
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Decides every transaction that `statuses` holds open (`Applied`); [`Executor::work`] has the accounts then.
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails; `statuses` are of no use then.
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status]) -> Result<Effort> {
        let mut ledger = std::mem::take(&mut self.ledger);
        let result = match ledger.gather(input, statuses) {
            Ok(work) => self.execute_batches(work, input, statuses),
            Err(error) => Err(host_memory(error)),
        };
        self.ledger = ledger;
        if result.is_err() {
            self.forget();
        }
        result
    }

    /// After a fault nothing on the device is trusted: a read-back buffer may still be mapped, a pipeline half built.
    pub(in crate::gpu) fn forget(&mut self) {
        self.buffers = Buffers::default();
        self.pipelines.clear();
        self.resident = Resident::default();
    }

    /// Forgets the accounts that stay on the device, and keeps everything else.
    #[cfg(feature = "cli")]
    pub(in crate::gpu) fn forget_accounts(&mut self) {
        self.resident.forget_accounts();
    }

    /// What a block on a state changes, whoever executed it: the accounts that stay on the device follow.
    /// `elsewhere` are accounts that are not as the transactions left them: new ones, by their slots, and the one that
    /// got the fees.
    pub fn note(&mut self, lineage: Lineage, changes: &[Change], elsewhere: Vec<(u32, Balance)>, by_device: bool) {
        self.resident.note(lineage, changes, elsewhere, by_device);
    }

    /// Compares all accounts on the device with the state's; returns how many were compared, none where the device does
    /// not have this state.
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails, or an account differs.
    pub fn check_resident(&mut self, state: &State) -> Result<usize> {
        let lineage = Some(state.lineage());
        let (balances, slots, total) = (state.balances(), state.len(), state.total());
        let input = Input { transactions: &[], pairs: &[], balances, slots, total, lineage };
        self.resident.compare(&self.device, &mut self.buffers, &input).inspect_err(|_| self.forget())
    }

    /// Changes a bit of an account on the device: tests use it to see that this is noticed.
    #[doc(hidden)]
    pub fn damage_resident(&mut self, slot: u32) -> Result<()> {
        self.resident.damage(&self.device, &mut self.buffers, slot)
    }

    /// The accounts of the last block.
    pub fn work(&self) -> &Work {
        self.ledger.work()
    }

    fn execute_batches(&mut self, work: &mut Work, input: &Input, statuses: &mut [Status]) -> Result<Effort> {
        let residence = self.resident.begin(&self.device, &mut self.buffers, input)?;
        let mut effort = Effort { residence, ..Effort::default() };
        let slots_of = |accounts: &[u32]| (residence == Residence::Kept).then(|| accounts.to_vec());
        let mut undo = Undo::Nothing;
        let mut part = Ledger::default();
        let mut before: Vec<Balance> = Vec::new();
        let mut start = 0;
        while start < statuses.len() {
            let most = statuses.len().min(start + self.batch_transactions());
            let end = start + hot::fitting(&work.pairs()[start..most], LONGEST_GUESS_LEGS);
            let begun = Instant::now();
            let transactions = &input.transactions[start..end];
            let (rounds, tail) = if end - start == statuses.len() {
                let slots = slots_of(work.slots());
                self.execute_batch(transactions, input.total, work, slots, statuses)?
            } else {
                if start == 0 && residence == Residence::Kept {
                    undo = self.resident.save(&self.device, &mut self.buffers, work.slots())?;
                }
                // Accounts of the batch alone, so that a large block stays inside bindings, too.
                let open = &mut statuses[start..end];
                before.clear();
                before.extend(work.entries().iter().map(|entry| Balance::from(*entry)));
                let pairs = &work.pairs()[start..end];
                let (slots, total) = (before.len(), input.total);
                let input = Input { transactions, pairs, balances: &before, slots, total, lineage: None };
                let batch_work = part.gather(&input, open).map_err(host_memory)?;
                let of_state = batch_work.slots().iter().map(|number| work.slots()[*number as usize]);
                let slots = slots_of(&of_state.collect::<Vec<_>>());
                let done = self.execute_batch(transactions, total, batch_work, slots, open)?;
                for (account, balance) in batch_work.touched() {
                    work.entries_mut()[account as usize] = balance.into();
                }
                done
            };
            effort.add(rounds, tail);
            self.adapt(end - start, end < most, begun.elapsed());
            start = end;
        }
        if residence == Residence::Kept {
            self.resident.executed(match effort {
                Effort { rounds: 0, .. } => Undo::Nothing,
                Effort { batches: 1, .. } => Undo::OnDevice(BATCH, work.slots().len() as u32),
                _ => undo,
            });
        }
        Ok(effort)
    }

    /// Transactions of the next batch: by time, by binding, and by workgroups.
    fn batch_transactions(&self) -> usize {
        let binding = (self.device.binding_bytes / Plan::largest_bytes_per_leg(Variant::Wide)) as usize;
        let most = match Spread::of(&self.device) {
            Spread::Few => SOFTWARE_BATCH_TRANSACTIONS,
            Spread::Many => MAX_BATCH_LEGS / 2,
        };
        self.batch_size.min(binding / 2).clamp(1, most)
    }

    /// Aims the next batch at the time that a submit may take. Only batches of full size tell something, and those that were `cut` short
    /// and still took too long.
    fn adapt(&mut self, transactions: usize, cut: bool, time: Duration) {
        if transactions >= self.batch_size || (cut && time > SUBMIT_TARGET) {
            let scale = (SUBMIT_TARGET.as_secs_f64() / time.as_secs_f64().max(1e-6)).clamp(0.5, 4.0);
            let size = transactions.min(self.batch_size) as f64;
            self.batch_size = ((size * scale) as usize).clamp(SMALLEST_BATCH, MAX_BATCH_LEGS / 2);
        }
    }

    /// One batch: encode, solve, and write the accounts back; into the table, too, where `slots` says where they are.
    fn execute_batch(
        &mut self,
        transactions: &[Transaction],
        supply: u128,
        work: &mut Work,
        slots: Option<Vec<u32>>,
        statuses: &mut [Status],
    ) -> Result<(u32, usize)> {
        let batch = encode::encode(transactions, work, supply, statuses, self.spare.take());
        let done = self.execute_encoded(&batch, transactions, work, slots, statuses);
        self.spare = Some(batch);
        done
    }

    fn execute_encoded(
        &mut self,
        batch: &Batch,
        transactions: &[Transaction],
        work: &mut Work,
        slots: Option<Vec<u32>>,
        statuses: &mut [Status],
    ) -> Result<(u32, usize)> {
        if batch.keys.is_empty() {
            return Ok((0, 0));
        }
        let (device, buffers) = (self.device.clone(), &mut self.buffers);
        let pipelines =
            self.pipelines.entry(batch.variant as u8).or_insert_with(|| Pipelines::new(&device, batch.variant));
        let table = slots.as_deref().map(|slots| (&mut self.resident, slots));
        let session = Session::new(&device, pipelines, buffers, batch, table);
        let mut solution = session.solve()?;
        let rounds = solution.rounds;
        if solution.converged {
            take_results(batch, &solution, work, statuses)?;
            return Ok((rounds, 0));
        }
        let budget = statuses.len() / TAIL_BUDGET_DIVISOR;
        let words = &mut solution.words[..statuses.len()];
        if let Some(visited) = tail::complete(batch, words, &solution.active, budget) {
            take_results(batch, &session.conclude(words)?, work, statuses)?;
            return Ok((rounds, visited));
        }
        drop(session);
        work.execute(transactions, statuses);
        if let Some(slots) = slots {
            self.resident.overwrite(&device, &mut self.buffers, &slots, work.entries())?;
        }
        Ok((rounds, statuses.len()))
    }
}

/// Transactions or accounts that one task looks at.
const CHUNK: usize = 1 << 12;

/// Statuses and accounts of a converged batch.
fn take_results(batch: &Batch, solution: &Solution, work: &mut Work, statuses: &mut [Status]) -> Result<()> {
    let (words, nonces) = solution.words.split_at(statuses.len());
    // What was encoded is what is still open.
    let open = statuses.par_iter_mut().zip(words).with_min_len(CHUNK).filter(|(status, _)| status.is_applied());
    open.try_for_each(|(status, word)| {
        let found = if *word == 1 { Some(Status::Applied) } else { Status::from_code(word >> 1) }
            .filter(|status| status.is_applied() == (*word == 1));
        *status = found.ok_or_else(|| fault(FaultKind::Mismatch, format!("{word} is not a status")))?;
        Ok::<(), Error>(())
    })?;
    work.entries_mut().par_iter_mut().enumerate().with_min_len(CHUNK).for_each(|(account, after)| {
        let change = solution.balances[account].wrapping_sub(batch.device_balance(account));
        let change = match batch.variant {
            // The difference of two 64-bit numbers, with its sign.
            Variant::Narrow => i128::from(change as u64 as i64) as u128,
            _ => change,
        };
        after.balance = after.balance.wrapping_add(change);
        // A wrong device must not bring the host down: what it says is compared later.
        after.nonce = after.nonce.wrapping_add(u64::from(nonces[account]));
    });
    Ok(())
}

fn host_memory(error: std::io::Error) -> Error {
    fault(FaultKind::OutOfMemory, format!("no memory for the accounts' numbers: {error}"))
}

fn fault(kind: FaultKind, message: String) -> Error {
    Error::Device { stage: "execute", kind, message }
}
