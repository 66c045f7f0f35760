//! Two-phase execution with locks that are granted in block order, after Calvin (Thomson, Diamond, Weng, Ren, Shao, Abadi,
//! SIGMOD 2012): first one thread puts every transaction into the queues of the accounts that it declares, then all threads
//! execute what stands at the head of all its queues. Waiting is for earlier transactions only, so there is no deadlock.

use super::execution::{Case, Executor, SharedAccounts, SharedStatuses};
use crate::commit::Touched;
use crate::status::Status;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

const NOBODY: u32 = u32::MAX;
/// Looks at an empty list after which a thread lets others run.
const PATIENCE: u32 = 64;

/// A transaction in its queues.
struct Entry {
    /// Accounts that it does not hold yet.
    missing: AtomicU8,
    /// Who gets the sender's and the recipient's account next.
    next: [u32; 2],
}

/// The engine, its threads and its memory, which live from block to block.
pub struct OrderedLocks {
    /// All threads but the caller's.
    pool: Option<ThreadPool>,
    threads: usize,
    accounts: SharedAccounts,
    statuses: SharedStatuses,
    entries: Vec<Entry>,
    /// By account: the transaction at the end of its queue.
    tails: Vec<u32>,
    /// Transactions that hold all their accounts, in the order in which they came to, less those that a thread went on with by
    /// itself; `NOBODY` where none has come yet.
    free: Vec<AtomicU32>,
    pushed: AtomicUsize,
    taken: AtomicUsize,
    done: AtomicUsize,
}

impl OrderedLocks {
    /// With `threads` threads, the caller's among them.
    pub fn new(threads: usize) -> Self {
        let pool = |others| ThreadPoolBuilder::new().num_threads(others).build().expect("threads can be started");
        Self {
            pool: (threads > 1).then(|| pool(threads - 1)),
            threads,
            accounts: SharedAccounts::default(),
            statuses: SharedStatuses::default(),
            entries: Vec::new(),
            tails: Vec::new(),
            free: Vec::new(),
            pushed: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
        }
    }

    /// The first phase. A queue's tail names the transaction and on which side it has the account.
    fn enqueue(&mut self, case: &Case<'_>) {
        let Self { entries, tails, free, pushed, .. } = self;
        let mut heads = 0;
        for (index, [from, to]) in case.snapshot.pairs.iter().enumerate() {
            let mut missing = 0;
            if case.open[index].is_applied() {
                let sides: &[u32] = if from == to { &[*from] } else { &[*from, *to] };
                for (side, account) in sides.iter().enumerate() {
                    let tail = std::mem::replace(&mut tails[*account as usize], (index as u32) << 1 | side as u32);
                    if tail != NOBODY {
                        entries[(tail >> 1) as usize].next[(tail & 1) as usize] = index as u32;
                        missing += 1;
                    }
                }
            }
            entries.push(Entry { missing: AtomicU8::new(missing), next: [NOBODY; 2] });
            if missing == 0 {
                *free[heads].get_mut() = index as u32;
                heads += 1;
            }
        }
        *pushed.get_mut() = heads;
    }

    /// The second phase, by every thread.
    fn work(&self, case: &Case<'_>) {
        while let Some(first) = self.take() {
            let (mut at_hand, mut executed) = (first, 0);
            while at_hand != NOBODY {
                at_hand = self.execute_one(case, at_hand);
                executed += 1;
            }
            self.done.fetch_add(executed, Ordering::AcqRel);
        }
    }

    /// The next free transaction, waiting for one; none once all are done.
    fn take(&self) -> Option<u32> {
        let place = self.taken.fetch_add(1, Ordering::Relaxed);
        let mut looks = 0;
        loop {
            match self.free.get(place)?.load(Ordering::Acquire) {
                NOBODY if self.done.load(Ordering::Acquire) == self.entries.len() => return None,
                NOBODY if looks >= PATIENCE => std::thread::yield_now(),
                NOBODY => std::hint::spin_loop(),
                transaction => return Some(transaction),
            }
            looks += 1;
        }
    }

    /// Executes a transaction and hands its accounts on. One that is free thereby is returned, to be executed next while its
    /// account is in this core's cache; a second one goes to whoever has nothing to do.
    fn execute_one(&self, case: &Case<'_>, transaction: u32) -> u32 {
        let index = transaction as usize;
        if case.open[index].is_applied() {
            let status = self.accounts.transfer(&case.block.transactions[index], case.snapshot.pairs[index]);
            self.statuses.set(index, status);
        }
        let mut at_hand = NOBODY;
        for next in self.entries[index].next.into_iter().filter(|next| *next != NOBODY) {
            // Releases what was written to the account, and acquires what others wrote to the other one.
            if self.entries[next as usize].missing.fetch_sub(1, Ordering::AcqRel) > 1 {
                continue;
            }
            if at_hand == NOBODY {
                at_hand = next;
            } else {
                self.free[self.pushed.fetch_add(1, Ordering::Relaxed)].store(next, Ordering::Release);
            }
        }
        at_hand
    }
}

impl Executor for OrderedLocks {
    fn name(&self) -> &'static str {
        "ordered-locks"
    }

    fn prepare(&mut self, case: &Case<'_>) {
        self.accounts.load(case);
        self.statuses.load(case);
        self.entries.clear();
        self.entries.reserve(case.len());
        self.tails.resize(case.snapshot.slots(), NOBODY);
        case.mentioned().for_each(|slot| self.tails[slot as usize] = NOBODY);
        self.free.resize_with(case.len(), AtomicU32::default);
        self.free.iter_mut().for_each(|free| *free.get_mut() = NOBODY);
        *self.taken.get_mut() = 0;
        *self.done.get_mut() = 0;
    }

    fn wake(&self) {
        if let Some(pool) = &self.pool {
            pool.broadcast(|_| ());
        }
    }

    fn execute(&mut self, case: &Case<'_>) {
        self.enqueue(case);
        let this = &*self;
        match &self.pool {
            None => this.work(case),
            Some(pool) => pool.in_place_scope(|scope| {
                (1..self.threads).for_each(|_| scope.spawn(|_| this.work(case)));
                this.work(case);
            }),
        }
    }

    fn result(&mut self, case: &Case<'_>) -> (Vec<Status>, Vec<Touched>) {
        (self.statuses.get(), self.accounts.take(case))
    }
}
