//! The collaborative scheduler (Algorithms 4 and 5 of the paper, by its names): two counters hand out transactions to execute
//! and to validate, in block order; whatever goes wrong sets a counter back.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

/// A transaction and how often it was executed before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Incarnation {
    pub transaction: u32,
    pub number: u32,
}

/// What a thread does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    Execute(Incarnation),
    Validate(Incarnation),
}

/// Where a transaction is; in the lower two bits, above them the number of its incarnation.
const READY: u32 = 0;
const EXECUTING: u32 = 1;
const EXECUTED: u32 = 2;
const ABORTING: u32 = 3;

/// Own cache lines (two: the processor fetches pairs), since every thread writes these all the time.
#[derive(Default)]
#[repr(align(128))]
struct Padded<T>(T);

/// Of one transaction.
#[derive(Default)]
#[repr(align(64))]
struct Slot {
    status: AtomicU32,
    /// Transactions that met an estimate of this one.
    waiting: Mutex<Vec<u32>>,
}

/// Hands out tasks for one block at a time.
#[derive(Default)]
pub struct Scheduler {
    execution: Padded<AtomicUsize>,
    validation: Padded<AtomicUsize>,
    /// How often a counter was set back: says whether the counters were looked at at one moment.
    set_back: Padded<AtomicUsize>,
    /// Tasks that are being worked on.
    active: Padded<AtomicUsize>,
    done: Padded<AtomicBool>,
    slots: Vec<Slot>,
}

impl Scheduler {
    /// Begins a block.
    pub fn clear(&mut self, transactions: usize) {
        for counter in [&mut self.execution, &mut self.validation, &mut self.set_back, &mut self.active] {
            *counter.0.get_mut() = 0;
        }
        *self.done.0.get_mut() = transactions == 0;
        self.slots.resize_with(transactions, Slot::default);
        for slot in &mut self.slots {
            *slot.status.get_mut() = READY;
            slot.waiting.get_mut().expect(UNPOISONED).clear();
        }
    }

    /// Every transaction is executed and validated, and nothing can change that any more.
    pub fn is_done(&self) -> bool {
        self.done.0.load(SeqCst)
    }

    /// The task to do next, the lower transaction first; none while others still work on what is left.
    pub fn next_task(&self) -> Option<Task> {
        if self.validation.0.load(SeqCst) < self.execution.0.load(SeqCst) {
            self.next_to_validate()
        } else {
            self.next_to_execute()
        }
    }

    fn next_to_execute(&self) -> Option<Task> {
        if self.execution.0.load(SeqCst) >= self.slots.len() {
            self.check_done();
            return None;
        }
        self.active.0.fetch_add(1, SeqCst);
        let transaction = self.execution.0.fetch_add(1, SeqCst);
        let task = self.try_incarnate(transaction);
        if task.is_none() {
            self.end_task();
        }
        task
    }

    fn next_to_validate(&self) -> Option<Task> {
        if self.validation.0.load(SeqCst) >= self.slots.len() {
            self.check_done();
            return None;
        }
        self.active.0.fetch_add(1, SeqCst);
        let transaction = self.validation.0.fetch_add(1, SeqCst);
        if let Some(slot) = self.slots.get(transaction) {
            let status = slot.status.load(SeqCst);
            if status & 3 == EXECUTED {
                return Some(Task::Validate(Incarnation { transaction: transaction as u32, number: status >> 2 }));
            }
        }
        self.end_task();
        None
    }

    /// Takes a transaction that waits to be executed. The caller counts as active, and still does afterwards.
    fn try_incarnate(&self, transaction: usize) -> Option<Task> {
        let status = &self.slots.get(transaction)?.status;
        let seen = status.load(SeqCst);
        if seen & 3 != READY || status.compare_exchange(seen, seen | EXECUTING, SeqCst, SeqCst).is_err() {
            return None;
        }
        Some(Task::Execute(Incarnation { transaction: transaction as u32, number: seen >> 2 }))
    }

    fn end_task(&self) {
        self.active.0.fetch_sub(1, SeqCst);
    }

    fn check_done(&self) {
        let observed = self.set_back.0.load(SeqCst);
        let (execution, validation) = (self.execution.0.load(SeqCst), self.validation.0.load(SeqCst));
        if execution.min(validation) >= self.slots.len()
            && self.active.0.load(SeqCst) == 0
            && observed == self.set_back.0.load(SeqCst)
        {
            self.done.0.store(true, SeqCst);
        }
    }

    fn set_back(&self, counter: &Padded<AtomicUsize>, transaction: u32) {
        counter.0.fetch_min(transaction as usize, SeqCst);
        self.set_back.0.fetch_add(1, SeqCst);
    }

    /// An execution met an estimate of `blocking`: it ends here, to be taken up when that one is executed. False: that has
    /// happened meanwhile, and it is best to try again at once.
    pub fn wait_for(&self, Incarnation { transaction, .. }: Incarnation, blocking: u32) -> bool {
        let blocking = &self.slots[blocking as usize];
        {
            // Who finishes the other one first sets its status and then takes this list: one of us sees the other.
            let mut waiting = blocking.waiting.lock().expect(UNPOISONED);
            if blocking.status.load(SeqCst) & 3 == EXECUTED {
                return false;
            }
            self.slots[transaction as usize].status.fetch_or(ABORTING, SeqCst);
            waiting.push(transaction);
        }
        self.end_task();
        true
    }

    /// Whether this very incarnation has been executed and not aborted since.
    #[cfg(test)]
    pub fn is_executed(&self, Incarnation { transaction, number }: Incarnation) -> bool {
        self.slots[transaction as usize].status.load(SeqCst) == number << 2 | EXECUTED
    }

    fn set_ready(&self, transaction: u32) {
        let status = &self.slots[transaction as usize].status;
        let aborting = status.load(SeqCst);
        debug_assert_eq!(aborting & 3, ABORTING);
        // The next incarnation, ready: what is above the two bits grows by one, the two bits wrap to zero.
        status.store(aborting + 1, SeqCst);
    }

    /// An execution is done. Its validation is next, for it alone where it wrote only what its last incarnation wrote, else
    /// with all that follow.
    pub fn finish_execution(&self, incarnation: Incarnation, wrote_new: bool) -> Option<Task> {
        let Incarnation { transaction, number } = incarnation;
        let slot = &self.slots[transaction as usize];
        slot.status.store(number << 2 | EXECUTED, SeqCst);
        let waiting = std::mem::take(&mut *slot.waiting.lock().expect(UNPOISONED));
        waiting.iter().for_each(|&waiting| self.set_ready(waiting));
        if let Some(&first) = waiting.iter().min() {
            self.set_back(&self.execution, first);
        }
        if self.validation.0.load(SeqCst) > transaction as usize {
            if !wrote_new {
                return Some(Task::Validate(incarnation));
            }
            self.set_back(&self.validation, transaction);
        }
        self.end_task();
        None
    }

    /// Whether it is up to the caller to abort this incarnation: only one validation of it may.
    pub fn try_abort(&self, Incarnation { transaction, number }: Incarnation) -> bool {
        let executed = number << 2 | EXECUTED;
        let status = &self.slots[transaction as usize].status;
        status.compare_exchange(executed, executed | ABORTING, SeqCst, SeqCst).is_ok()
    }

    /// A validation is done. After an abort, everything later is validated again, and the transaction itself executed.
    pub fn finish_validation(&self, Incarnation { transaction, .. }: Incarnation, aborted: bool) -> Option<Task> {
        if aborted {
            self.set_ready(transaction);
            self.set_back(&self.validation, transaction + 1);
            if self.execution.0.load(SeqCst) > transaction as usize
                && let Some(task) = self.try_incarnate(transaction as usize)
            {
                return Some(task);
            }
        }
        self.end_task();
        None
    }
}

const UNPOISONED: &str = "nobody panics with a list in hand";
