//! Block-STM, written after the paper: Gelashvili, Spiegelman, Xiang, Danezis, Li, Malkhi, Xia, Zhou, "Block-STM: Scaling
//! Blockchain Execution by Turning Ordering Curse to a Performance Blessing", PPoPP 2023, <https://arxiv.org/abs/2203.06871>.
//!
//! Threads execute transactions optimistically, in block order where they can, on a memory that keeps every transaction's
//! version of an account ([`memory`]); a read set is validated against it, and a transaction that read what has changed
//! is executed again ([`scheduler`]). What an aborted incarnation wrote stays as an estimate on which later readers wait.
//! The block is committed as a whole when all is validated, and its last versions are the result.

mod memory;
mod scheduler;
#[cfg(test)]
mod tests;

use super::execution::{Case, Executor, SharedStatuses, debit};
use crate::account::Balance;
use crate::commit::Touched;
use crate::status::Status;
use memory::{Memory, Read};
use rayon::{ThreadPool, ThreadPoolBuilder};
use scheduler::{Incarnation, Scheduler, Task};
use std::sync::Mutex;

/// Looks for a task in vain after which a thread lets others run: there may be fewer cores than threads.
const PATIENCE: u32 = 64;

/// What an incarnation read from where, and which accounts it wrote. A transfer reads and writes two accounts at most.
#[derive(Clone, Copy, Default)]
struct Record {
    reads: Sets<(u32, Option<Incarnation>)>,
    writes: Sets<u32>,
}

#[derive(Clone, Copy, Default)]
struct Sets<T> {
    items: [Option<T>; 2],
}

/// What an execution read, came to and wrote.
type Executed = (Record, Status, Sets<(u32, Balance)>);

impl<T: Copy> Sets<T> {
    fn push(&mut self, item: T) {
        let place = usize::from(self.items[0].is_some());
        self.items[place] = Some(item);
    }

    fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.items.iter().flatten().copied()
    }
}

/// One cache line a transaction and lock. The lock is never contended for long: only a validation that has come too late meets
/// the execution that it is too late for.
#[derive(Default)]
#[repr(align(64))]
struct Slot(Mutex<Record>);

/// The engine, its threads and its memory, which live from block to block.
pub struct BlockStm {
    /// All threads but the caller's.
    pool: Option<ThreadPool>,
    threads: usize,
    memory: Memory,
    scheduler: Scheduler,
    records: Vec<Slot>,
    statuses: SharedStatuses,
}

impl BlockStm {
    /// With `threads` threads, the caller's among them.
    pub fn new(threads: usize) -> Self {
        let pool = |others| ThreadPoolBuilder::new().num_threads(others).build().expect("threads can be started");
        Self {
            pool: (threads > 1).then(|| pool(threads - 1)),
            threads,
            memory: Memory::default(),
            scheduler: Scheduler::default(),
            records: Vec::new(),
            statuses: SharedStatuses::default(),
        }
    }

    fn work(&self, case: &Case<'_>) {
        let (mut task, mut idle) = (None, 0);
        while !self.scheduler.is_done() {
            task = match task {
                Some(Task::Execute(incarnation)) => self.execute_one(case, incarnation),
                Some(Task::Validate(incarnation)) => self.validate_one(incarnation),
                None => self.scheduler.next_task(),
            };
            idle = if task.is_some() { 0 } else { idle + 1 };
            match idle {
                0 => {}
                PATIENCE.. => std::thread::yield_now(),
                _ => std::hint::spin_loop(),
            }
        }
    }

    /// Algorithm 1, `try_execute`.
    fn execute_one(&self, case: &Case<'_>, incarnation: Incarnation) -> Option<Task> {
        let Incarnation { transaction, number } = incarnation;
        let (record, status, written) = loop {
            match self.transfer(case, transaction) {
                Ok(executed) => break executed,
                Err(blocking) if self.scheduler.wait_for(incarnation, blocking) => return None,
                Err(_) => {}
            }
        };
        for (account, value) in written.iter() {
            self.memory.write(account, transaction, number, value);
        }
        let mut last = self.records[transaction as usize].0.lock().expect(UNPOISONED);
        let (old, new) = (last.writes, record.writes);
        for gone in old.iter().filter(|old| new.iter().all(|new| new != *old)) {
            self.memory.remove(gone, transaction);
        }
        *last = record;
        drop(last);
        self.statuses.set(transaction as usize, status);
        let wrote_new = new.iter().any(|new| old.iter().all(|old| old != new));
        self.scheduler.finish_execution(incarnation, wrote_new)
    }

    /// The virtual machine: executes a transfer on what earlier transactions left, or says whom it has to wait for.
    #[inline(always)]
    fn transfer(&self, case: &Case<'_>, transaction: u32) -> Result<Executed, u32> {
        let (mut record, mut written) = (Record::default(), Sets::default());
        let index = transaction as usize;
        if !case.open[index].is_applied() {
            return Ok((record, case.open[index], written));
        }
        let mut read = |account: u32| match self.memory.read(account, transaction) {
            Read::Storage => {
                record.reads.push((account, None));
                Ok(case.before(account))
            }
            Read::Version { transaction, incarnation, account: value } => {
                record.reads.push((account, Some(Incarnation { transaction, number: incarnation })));
                Ok(value)
            }
            Read::Estimate { transaction } => Err(transaction),
        };
        let (input, [from, to]) = (&case.block.transactions[index], case.snapshot.pairs[index]);
        let mut sender = match debit(input, read(from)?) {
            Err(reason) => return Ok((record, Status::Rejected(reason), written)),
            Ok(sender) => sender,
        };
        if from == to {
            sender.balance += input.amount();
        } else {
            let mut recipient = read(to)?;
            // While it is speculative a credit can find more than there is.
            recipient.balance = recipient.balance.wrapping_add(input.amount());
            record.writes.push(to);
            written.push((to, recipient));
        }
        record.writes.push(from);
        written.push((from, sender));
        Ok((record, Status::Applied, written))
    }

    /// Algorithm 1, `needs_reexecution`.
    fn validate_one(&self, incarnation: Incarnation) -> Option<Task> {
        let Incarnation { transaction, .. } = incarnation;
        let record = *self.records[transaction as usize].0.lock().expect(UNPOISONED);
        let holds = |(account, origin): (u32, Option<Incarnation>)| match self.memory.read(account, transaction) {
            Read::Storage => origin.is_none(),
            Read::Version { transaction, incarnation: number, .. } => {
                origin == Some(Incarnation { transaction, number })
            }
            Read::Estimate { .. } => false,
        };
        let aborted = !record.reads.iter().all(holds) && self.scheduler.try_abort(incarnation);
        if aborted {
            record.writes.iter().for_each(|account| self.memory.mark_estimate(account, transaction));
        }
        self.scheduler.finish_validation(incarnation, aborted)
    }
}

impl Executor for BlockStm {
    fn name(&self) -> &'static str {
        "block-stm"
    }

    fn prepare(&mut self, case: &Case<'_>) {
        self.memory.clear(case.len(), case.snapshot.slots());
        self.scheduler.clear(case.len());
        self.records.clear();
        self.records.resize_with(case.len(), Slot::default);
        self.statuses.load(case);
    }

    fn wake(&self) {
        if let Some(pool) = &self.pool {
            pool.broadcast(|_| ());
        }
    }

    fn execute(&mut self, case: &Case<'_>) {
        let this = &*self;
        match &self.pool {
            None => this.work(case),
            Some(pool) => pool.in_place_scope(|scope| {
                (1..self.threads).for_each(|_| scope.spawn(|_| this.work(case)));
                this.work(case);
            }),
        }
    }

    fn result(&mut self, _: &Case<'_>) -> (Vec<Status>, Vec<Touched>) {
        (self.statuses.get(), self.memory.last())
    }
}

const UNPOISONED: &str = "nobody panics with a record in hand";
