//! Blocks in a row: while one is executed, checked and committed, signatures of the next are verified and ids of the one
//! after it are resolved.
//!
//! ```text
//! submit → resolve (ids, n + 2) → sigverify (n + 1) → execute, verify, root, commit (n) → collect
//! ```
//!
//! A thread a step. Signatures depend on no state and never wait for one; those of blocks that have arrived are verified as one
//! batch, up to a third of what may be under way. Slots never change once they are given, so ids are resolved on whatever state
//! there is, and only those that it did not know are looked up again when it is the block's turn. Execution waits for the block
//! before, because it needs its state. Devices of the steps have nothing in common but the adapter, so that a fault of one is not
//! taken for the other's.

mod ahead;
mod depth;
mod line;
mod target;

pub use depth::Depth;
pub use target::Target;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::transaction::Block;
use crate::validate::{ValidatorBuilder, check_size};
use line::{Job, Line};
use std::any::Any;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Instant;

/// A validated block whose changes are part of the state.
#[derive(Debug)]
pub struct Validated {
    /// The block as it was submitted.
    pub block: Block,
    /// Its outcome.
    pub outcome: Outcome,
}

/// A block that was not validated; the state is as if it had never come.
#[derive(Debug, thiserror::Error)]
#[error("block {}: {error}", .block.header.height)]
pub struct Refused {
    /// The block as it was submitted.
    pub block: Block,
    /// Why.
    pub error: Error,
}

impl From<Box<Refused>> for Error {
    fn from(refused: Box<Refused>) -> Self {
        refused.error
    }
}

/// Blocks go in, outcomes come out in the same order, and the state follows. One thread may submit while another collects: threads
/// of their own, not tasks of rayon's global pool, whose threads the steps need while these wait.
///
/// What `T` is decides what committing means: [`State`](crate::State) takes the changes over, a
/// [`StateStore`](crate::StateStore) also checks chain and height and, where it is durable, syncs every block.
///
/// Dropping a pipeline ends it as [`Pipeline::cancel`] does.
#[derive(Debug)]
pub struct Pipeline<T: Target> {
    entry: Option<SyncSender<Job>>,
    line: Arc<Line>,
    target: Option<Arc<RwLock<T>>>,
    threads: Vec<JoinHandle<()>>,
    depth: Depth,
}

impl ValidatorBuilder {
    /// Validates blocks in a row, which commit to `target`: a state or a store. `depth` says how many are under way at a time:
    /// [`Depth::default`], or a number of blocks.
    ///
    /// # Errors
    /// As [`ValidatorBuilder::build`].
    pub fn pipeline<T: Target>(self, target: T, depth: impl Into<Depth>) -> Result<Pipeline<T>> {
        Pipeline::new(self, target, depth)
    }
}

impl<T: Target> Pipeline<T> {
    /// A pipeline of validators as `builder` describes them, which commits to `target`; `depth` as for
    /// [`ValidatorBuilder::pipeline`].
    ///
    /// # Errors
    /// [`Error::NoDevice`] where the engine is `gpu` and there is no device.
    pub fn new(builder: ValidatorBuilder, target: T, depth: impl Into<Depth>) -> Result<Self> {
        let depth = depth.into();
        let (verifier, executor) = builder.build_pair()?;
        let line = Arc::new(Line::default());
        let target = Arc::new(RwLock::new(target));
        let (entry, unresolved) = sync_channel(depth.most());
        let (resolved, unverified) = sync_channel(depth.most());
        let (verified, ready) = sync_channel(depth.most());
        let (read, written) = (target.clone(), target.clone());
        let by_ids = executor.engine() == Engine::Serial;
        let mut this = Self { entry: Some(entry), line, target: Some(target), threads: Vec::new(), depth };
        this.start("resolve", move |line| line::resolve(line, &*read, by_ids, &unresolved, &resolved))?;
        this.start("sigverify", move |line| line::sigverify(line, verifier, depth, &unverified, &verified))?;
        this.start("execute", move |line| line::execute(line, executor, &*written, &ready))?;
        Ok(this)
    }

    fn start(&mut self, step: &str, run: impl FnOnce(&Line) + Send + 'static) -> Result<()> {
        let line = self.line.clone();
        let thread = std::thread::Builder::new().name(format!("wavelock {step}")).spawn(move || line.watch(run));
        let failed = |source| Error::Io { path: "a thread of the pipeline".into(), source };
        self.threads.push(thread.map_err(failed)?);
        Ok(())
    }

    /// Hands over a block; waits while as many are under way as the pipeline is deep. Outcomes that are not collected do
    /// not count: they are kept until they are.
    ///
    /// # Errors
    /// A block with too many transactions; the pipeline goes on without it.
    ///
    /// # Panics
    /// Where a step has panicked, as do all others that wait for one.
    pub fn submit(&self, block: Block) -> Result<(), Box<Refused>> {
        let block = self.checked(block)?;
        self.line.enter(self.depth, block.transactions.len());
        self.send(block);
        Ok(())
    }

    /// As [`Pipeline::submit`], but gives the block back where it would have to wait.
    ///
    /// # Errors
    /// As [`Pipeline::submit`].
    pub fn try_submit(&self, block: Block) -> Result<Option<Block>, Box<Refused>> {
        let block = self.checked(block)?;
        if !self.line.try_enter(self.depth, block.transactions.len()) {
            return Ok(Some(block));
        }
        self.send(block);
        Ok(None)
    }

    fn checked(&self, block: Block) -> Result<Block, Box<Refused>> {
        match check_size(&block) {
            Ok(()) => Ok(block),
            Err(error) => Err(Box::new(Refused { block, error })),
        }
    }

    fn send(&self, block: Block) {
        let job = Job::new(block, self.line.spare(), Instant::now());
        let entry = self.entry.as_ref().expect("only the end takes it");
        match entry.try_send(job) {
            Ok(()) => {}
            // The channel holds as many as may enter.
            Err(TrySendError::Full(_)) => unreachable!("more blocks entered than there is room for"),
            Err(TrySendError::Disconnected(_)) => self.line.raise(),
        }
    }

    /// The outcome of the earliest block that was not collected yet; waits for it. `None`: there is none under way.
    pub fn collect(&self) -> Option<Result<Validated, Box<Refused>>> {
        self.line.leave(true)
    }

    /// As [`Pipeline::collect`], but `None` also where it is not there yet.
    pub fn try_collect(&self) -> Option<Result<Validated, Box<Refused>>> {
        self.line.leave(false)
    }

    /// Gives the memory of an outcome back, so that later blocks need none of their own.
    pub fn recycle(&self, outcome: Outcome) {
        self.line.recycle(outcome, self.depth.most());
    }

    /// Blocks that were submitted and whose outcome is not there yet.
    pub fn under_way(&self) -> usize {
        self.line.under_way()
    }

    /// What blocks are committed to, as the last one left it. No block is committed while the guard lives, so whoever has it must
    /// neither wait for an outcome or for room, nor ask for a second guard.
    ///
    /// # Panics
    /// Where a step has panicked: it may have been in the middle of a commit.
    pub fn target(&self) -> RwLockReadGuard<'_, T> {
        self.line.go_on();
        line::read(self.target.as_ref().expect("only the end takes it"))
    }

    /// Ends the pipeline once every block is through: the outcomes that were not collected, and what they were committed
    /// to.
    pub fn finish(mut self) -> (Vec<Result<Validated, Box<Refused>>>, T) {
        let rest = std::iter::from_fn(|| self.collect()).collect();
        (rest, self.end())
    }

    /// Ends the pipeline with the block that is being executed: each block is committed entirely or not at all, those behind
    /// it are dropped, and so are outcomes that were not collected.
    pub fn cancel(mut self) -> T {
        self.line.cancel();
        self.end()
    }

    fn end(&mut self) -> T {
        if let Some(panic) = self.stop() {
            std::panic::resume_unwind(panic);
        }
        let shared = self.target.take().expect("only the end takes it");
        let lock = Arc::into_inner(shared).expect("the threads that shared it have ended");
        lock.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the threads and returns the first one's panic, if any.
    fn stop(&mut self) -> Option<Box<dyn Any + Send>> {
        self.entry = None;
        let ends: Vec<_> = self.threads.drain(..).map(JoinHandle::join).collect();
        ends.into_iter().find_map(Result::err)
    }
}

impl<T: Target> Drop for Pipeline<T> {
    fn drop(&mut self) {
        self.line.cancel();
        // A panic has been reported where it happened, and dropping is no place to raise it again.
        let _ = self.stop();
    }
}
