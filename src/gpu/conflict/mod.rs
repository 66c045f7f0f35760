//! Waves on the device: scans along keys, repeated until no wave grows (docs/decisions/0005-waves.md).

mod batch;
pub mod programs;
mod rounds;
pub(super) mod shared_layouts;
mod tail;

use super::buffers::Buffers;
use super::device::Device;
use crate::conflict::AccessSets;
use crate::error::Result;
use crate::limits::{DISPATCH_TARGET_MS, FIRST_BATCH_ACCESSES, LEAST_BATCH_ACCESSES, MAX_BATCH_ACCESSES};
use batch::{Batch, Plan};
use programs::Pipelines;
use rounds::{Session, Solution};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tail::Tail;

/// A batch of which less than this share (1/4) came out final has failed; after the second one the CPU goes on.
const LEAST_SHARE: usize = 4;
/// Batches that take no more rounds let the next one be larger.
const FEW_ROUNDS: u32 = 8;
/// The first submit of a batch has dozens of dispatches, every other four rounds; none takes more than a quarter of it.
const SUBMIT_TARGET: Duration = Duration::from_millis(4 * DISPATCH_TARGET_MS);

/// What it took to find the waves of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WaveEffort {
    /// Rounds of scans along keys; of several batches the most.
    pub rounds: u32,
    /// Transactions, the last ones of the block, whose waves the CPU found.
    pub tail: usize,
}

/// Finds waves on a device; keeps its pipelines and memory between blocks.
#[derive(Debug)]
pub struct WaveFinder {
    device: Arc<Device>,
    pipelines: Option<Pipelines>,
    buffers: Buffers,
    batch: Batch,
    tail: Tail,
    /// Accesses of the next batch, where so many fit.
    batch_size: usize,
    /// Whether the device has what earlier batches of the block left.
    is_carrying: bool,
}

impl WaveFinder {
    /// A finder on `device`; shaders are compiled on first use.
    pub fn new(device: Arc<Device>) -> Self {
        Self {
            device,
            pipelines: None,
            buffers: Buffers::default(),
            batch: Batch::default(),
            tail: Tail::default(),
            batch_size: FIRST_BATCH_ACCESSES,
            is_carrying: false,
        }
    }

    /// Writes the wave of each transaction into `wave`, exactly those of [`crate::serial::conflict::waves`].
    ///
    /// The device goes through batches of transactions and stops where rounds do not help, or where a batch does not
    /// fit into a binding; the CPU finds the rest, counted as tail.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails; `wave` is of no use then.
    pub fn waves(&mut self, sets: &AccessSets, wave: &mut Vec<u32>) -> Result<WaveEffort> {
        wave.clear();
        wave.resize(sets.len(), 0);
        let (rounds, known) = self.solve(sets, wave).inspect_err(|_| self.forget())?;
        if known < sets.len() {
            self.tail.complete(sets, known, wave);
        }
        Ok(WaveEffort { rounds, tail: sets.len() - known })
    }

    /// After a fault nothing on the device is trusted: a read-back buffer may still be mapped, a pipeline half built.
    fn forget(&mut self) {
        self.buffers = Buffers::default();
        self.pipelines = None;
    }

    /// Rounds, and how many transactions have their waves.
    fn solve(&mut self, sets: &AccessSets, wave: &mut [u32]) -> Result<(u32, usize)> {
        let room = self.room(sets);
        let (mut rounds, mut known, mut failed) = (0, 0, 0);
        self.is_carrying = false;
        while known < sets.len() && failed < 2 {
            let range = known..end_of_batch(sets, known, self.batch_size.min(room), room);
            if range.is_empty() {
                break;
            }
            let Some(solution) = self.solve_batch(sets, range.clone(), wave)? else {
                known = range.end;
                continue;
            };
            rounds = rounds.max(solution.rounds);
            known += solution.known;
            failed = if solution.known < range.len().div_ceil(LEAST_SHARE) { failed + 1 } else { 0 };
            self.adapt(range.len(), solution);
        }
        Ok((rounds, known))
    }

    /// Aims the next batch at few rounds and at the time that a submit may take.
    fn adapt(&mut self, transactions: usize, solution: Solution) {
        let is_full = self.batch.keys.len() >= self.batch_size / 2;
        if solution.known < transactions {
            self.batch_size /= 4;
        } else if solution.longest > SUBMIT_TARGET {
            self.batch_size /= 2;
        } else if is_full && solution.rounds <= FEW_ROUNDS && 2 * solution.longest < SUBMIT_TARGET {
            self.batch_size *= 2;
        }
        self.batch_size = self.batch_size.clamp(LEAST_BATCH_ACCESSES, MAX_BATCH_ACCESSES);
    }

    /// Accesses and transactions that a batch may have; 0 where even the block's keys are too many for a binding.
    fn room(&self, sets: &AccessSets) -> usize {
        let room = (self.device.binding_bytes / Plan::BYTES_PER_KEY) as usize;
        if sets.key_count() > room { 0 } else { room.min(MAX_BATCH_ACCESSES) }
    }

    /// `None` where no transaction of the batch names a key: their waves are 0.
    fn solve_batch(&mut self, sets: &AccessSets, range: Range<usize>, wave: &mut [u32]) -> Result<Option<Solution>> {
        self.batch.encode(sets, range.clone());
        if self.batch.keys.is_empty() {
            return Ok(None);
        }
        let device = self.device.clone();
        let pipelines = self.pipelines.get_or_insert_with(|| Pipelines::new(&device));
        let is_first = !std::mem::replace(&mut self.is_carrying, true);
        let session = Session::new(&device, pipelines, &mut self.buffers, &self.batch, is_first);
        session.solve(&mut wave[range]).map(Some)
    }
}

/// Where the batch from `start` on ends: at `size` accesses, but not within a transaction that fits into `room`;
/// `start` where the next transaction does not fit.
fn end_of_batch(sets: &AccessSets, start: usize, size: usize, room: usize) -> usize {
    let first = |transaction: usize| sets.first()[2 * transaction] as usize;
    let last = sets.len().min(start + room);
    let fitting = |accesses: usize| {
        let mut bounds = start..last + 1;
        // The last end that leaves no more accesses than that; ends ascend.
        while bounds.len() > 1 {
            let middle = bounds.start + bounds.len() / 2;
            if first(middle) - first(start) <= accesses { bounds.start = middle } else { bounds.end = middle }
        }
        bounds.start
    };
    let end = fitting(size);
    if end > start { end } else { (start + 1).min(fitting(room)) }
}
