//! The steps of a pipeline, and what they share: who is under way, what is done, what memory is to spare.

use super::{Depth, Refused, Target, Validated, ahead};
use crate::error::Result;
use crate::outcome::{Outcome, Report};
use crate::transaction::Block;
use crate::validate::{Ahead, Begun, Member, Validator};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

/// A block on its way.
pub struct Job {
    block: Block,
    ahead: Ahead,
}

impl Job {
    pub fn new(block: Block, mut ahead: Ahead, submitted: Instant) -> Self {
        ahead.begin(submitted);
        Self { block, ahead }
    }
}

type Done = Result<Validated, Box<Refused>>;

/// What the threads and the caller share.
#[derive(Debug, Default)]
pub struct Line {
    shared: Mutex<Shared>,
    changed: Condvar,
    cancelled: AtomicBool,
}

#[derive(Debug, Default)]
struct Shared {
    under_way: usize,
    /// Of the blocks under way.
    transactions: usize,
    done: VecDeque<Done>,
    /// Memory of blocks that are through, and of outcomes that were given back.
    spare: Vec<Ahead>,
    recycled: Vec<Outcome>,
    panicked: bool,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, shared: MutexGuard<'a, Shared>) -> MutexGuard<'a, Shared> {
        self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a block of so many transactions in; waits while there is no room.
    pub fn enter(&self, depth: Depth, transactions: usize) {
        let mut shared = self.lock();
        while !shared.enters(depth, transactions) {
            shared.go_on();
            shared = self.wait(shared);
        }
    }

    pub fn try_enter(&self, depth: Depth, transactions: usize) -> bool {
        let mut shared = self.lock();
        shared.go_on();
        shared.enters(depth, transactions)
    }

    /// Panics where a step has.
    pub fn go_on(&self) {
        self.lock().go_on();
    }

    /// The next outcome, where there is one or, if the caller waits, will be one.
    pub fn leave(&self, wait: bool) -> Option<Done> {
        let mut shared = self.lock();
        loop {
            if let Some(done) = shared.done.pop_front() {
                return Some(done);
            }
            shared.go_on();
            if shared.under_way == 0 || !wait {
                return None;
            }
            shared = self.wait(shared);
        }
    }

    pub fn under_way(&self) -> usize {
        self.lock().under_way
    }

    /// Memory for the next block.
    pub fn spare(&self) -> Ahead {
        let mut shared = self.lock();
        let mut ahead = shared.spare.pop().unwrap_or_default();
        if let Some(outcome) = shared.recycled.pop() {
            ahead.reuse(outcome);
        }
        ahead
    }

    /// At most as many outcomes are kept as blocks can be under way.
    pub fn recycle(&self, outcome: Outcome, depth: usize) {
        let mut shared = self.lock();
        if shared.recycled.len() < depth {
            shared.recycled.push(outcome);
        }
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn done(&self, done: Done, ahead: Ahead, transactions: usize) {
        let mut shared = self.lock();
        shared.transactions -= transactions;
        shared.done.push_back(done);
        shared.spare.push(ahead);
        shared.under_way -= 1;
        drop(shared);
        self.changed.notify_all();
    }

    /// Runs a step; should it panic, whoever waits for its outcome must not wait for ever.
    pub fn watch(&self, run: impl FnOnce(&Self)) {
        struct Alarm<'a>(&'a Line);
        impl Drop for Alarm<'_> {
            fn drop(&mut self) {
                if std::thread::panicking() {
                    self.0.lock().panicked = true;
                    self.0.changed.notify_all();
                }
            }
        }
        let _alarm = Alarm(self);
        run(self);
    }

    /// Passes a thread's panic on.
    pub fn raise(&self) -> ! {
        panic!("a step of the pipeline panicked");
    }
}

impl Shared {
    fn enters(&mut self, depth: Depth, transactions: usize) -> bool {
        let enters = depth.has_room(self.under_way, self.transactions);
        if enters {
            self.under_way += 1;
            self.transactions += transactions;
        }
        enters
    }

    fn go_on(&self) {
        assert!(!self.panicked, "a step of the pipeline panicked");
    }
}

pub fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Resolves ids on the state as it is now; `by_ids` says that the engine does without.
pub fn resolve<T: Target>(
    line: &Line,
    target: &RwLock<T>,
    by_ids: bool,
    blocks: &Receiver<Job>,
    next: &SyncSender<Job>,
) {
    for mut job in blocks {
        if !line.is_cancelled() && !by_ids {
            let mut report = std::mem::take(&mut job.ahead.report);
            job.ahead.resolve(&job.block, read(target).state(), &mut report);
            job.ahead.report = report;
        }
        if next.send(job).is_err() {
            return;
        }
    }
}

/// Blocks whose signatures are verified together.
#[derive(Default)]
struct Group {
    jobs: Vec<Job>,
    begun: Option<(Begun, Report)>,
}

impl Group {
    /// The blocks that have arrived, until they have `enough` signatures or are all that there is `room` for; waits for one where
    /// `waits` says so. `None`: there is none, and there will be none where it waited.
    fn gather(blocks: &Receiver<Job>, waits: bool, enough: usize, room: Depth) -> Option<Self> {
        let first = if waits { blocks.recv().ok()? } else { blocks.try_recv().ok()? };
        let mut signatures = first.block.transactions.len();
        let mut jobs = vec![first];
        while signatures < enough
            && room.has_room(jobs.len(), signatures)
            && let Ok(job) = blocks.try_recv()
        {
            signatures += job.block.transactions.len();
            jobs.push(job);
        }
        Some(Self { jobs, begun: None })
    }

    fn is_under_way(&self) -> bool {
        self.begun.as_ref().is_some_and(|(begun, _)| begun.is_under_way())
    }

    fn members(&mut self) -> Vec<Member<'_>> {
        self.jobs.iter_mut().map(|job| Member { block: &job.block, ahead: &mut job.ahead }).collect()
    }
}

/// Verifies signatures, which depend on no state: those of blocks that have arrived as one batch, up to a third of what may be under
/// way. A batch that is under way on the device is waited for only once the next one has been sent after it, if there is one, so
/// that the device goes from one to the next.
pub fn sigverify(line: &Line, mut validator: Validator, depth: Depth, blocks: &Receiver<Job>, next: &SyncSender<Job>) {
    let mut flying: Option<Group> = None;
    loop {
        let mut arrived = Group::gather(blocks, flying.is_none(), validator.signatures_together(), depth.third());
        if flying.is_none() && arrived.is_none() {
            return;
        }
        if let Some(group) = arrived.as_mut().filter(|_| !line.is_cancelled()) {
            group.begun = validator.begin_ahead(&mut group.members());
        }
        // What is not on the device yet has nothing to run beside it; it would only meet the next batch there.
        let ended = match arrived {
            Some(group) if !group.is_under_way() => [flying.take(), Some(group)],
            arrived => [std::mem::replace(&mut flying, arrived), None],
        };
        for mut group in ended.into_iter().flatten() {
            if line.is_cancelled() {
                continue;
            }
            let begun = group.begun.take();
            validator.end_ahead(&mut group.members(), begun);
            for job in group.jobs {
                if next.send(job).is_err() {
                    return;
                }
            }
        }
    }
}

/// Executes block after block, has the outcome checked and commits it.
pub fn execute<T: Target>(line: &Line, mut validator: Validator, target: &RwLock<T>, blocks: &Receiver<Job>) {
    for Job { block, mut ahead } in blocks {
        if line.is_cancelled() {
            continue;
        }
        let transactions = block.transactions.len();
        let done = match one(&mut validator, target, &block, &mut ahead) {
            Ok(outcome) => Ok(Validated { block, outcome }),
            Err(error) => Err(Box::new(Refused { block, error })),
        };
        line.done(done, ahead, transactions);
    }
}

fn one<T: Target>(validator: &mut Validator, target: &RwLock<T>, block: &Block, ahead: &mut Ahead) -> Result<Outcome> {
    let mut outcome = {
        let target = read(target);
        target.check_next(&block.header)?;
        if ahead.resolved {
            ahead::refresh(&mut ahead.snapshot, target.state());
        }
        validator.validate_with(block, target.state(), ahead)?
    };
    let mut target = target.write().unwrap_or_else(PoisonError::into_inner);
    target.commit(&block.header, &mut outcome)?;
    Ok(outcome)
}
