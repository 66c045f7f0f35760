//! Our waves, executed by rayon: transactions of one wave at the same time, waves one after the other.

use super::execution::{Case, Executor, SharedAccounts, SharedStatuses};
use crate::commit::Touched;
use crate::conflict::IndexSetsBuilder;
use crate::engine::Engine;
use crate::scheduler::Scheduler;
use crate::status::Status;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Transactions that one task takes: smaller waves stay on the caller's thread, for waking another one takes longer.
const CHUNK: usize = 512;

/// The scheduler and its memory, and the threads, which live from block to block.
pub struct Waves {
    pool: ThreadPool,
    scheduler: Scheduler,
    /// What the transactions declare: the input of this method, made before the clock starts.
    sets: IndexSetsBuilder,
    accounts: SharedAccounts,
    statuses: SharedStatuses,
}

impl Waves {
    /// With `threads` threads.
    pub fn new(threads: usize) -> Self {
        Self {
            pool: ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started"),
            scheduler: Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device"),
            sets: IndexSetsBuilder::new(0),
            accounts: SharedAccounts::default(),
            statuses: SharedStatuses::default(),
        }
    }
}

impl Executor for Waves {
    fn name(&self) -> &'static str {
        "waves"
    }

    fn prepare(&mut self, case: &Case<'_>) {
        self.accounts.load(case);
        self.statuses.load(case);
        self.sets.clear(case.snapshot.slots());
        for (pair, status) in case.snapshot.pairs.iter().zip(case.open) {
            let written: &[u32] = if status.is_applied() { pair } else { &[] };
            self.sets.push(&[], written).expect("slots below their number, within the limits of a block");
        }
    }

    fn wake(&self) {
        self.pool.broadcast(|_| ());
    }

    fn execute(&mut self, case: &Case<'_>) {
        let Self { pool, scheduler, sets, accounts, statuses } = self;
        let groups = scheduler.groups(sets.sets()).expect("memory for a few bytes an account");
        let one = |&transaction: &u32| {
            let index = transaction as usize;
            if case.open[index].is_applied() {
                let status = accounts.transfer(&case.block.transactions[index], case.snapshot.pairs[index]);
                statuses.set(index, status);
            }
        };
        for wave in groups.iter() {
            if wave.len() <= CHUNK {
                wave.iter().for_each(one);
            } else {
                // The end of a wave is a barrier, which hands accounts over to the next.
                pool.install(|| wave.par_chunks(CHUNK).for_each(|chunk| chunk.iter().for_each(one)));
            }
        }
    }

    fn result(&mut self, case: &Case<'_>) -> (Vec<Status>, Vec<Touched>) {
        (self.statuses.get(), self.accounts.take(case))
    }
}
