//! What can be found out about a block before its state is there, and memory that goes from block to block.

use crate::commit::Touched;
use crate::outcome::{Change, Report, Stage};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::status::Status;
use crate::transaction::Block;
use crate::{Engine, Outcome};
use std::time::Instant;

/// A block's verdicts and slots, as far as they are known, and a report that has begun.
#[derive(Debug, Default)]
pub struct Ahead {
    /// One verdict per transaction; `None` where signatures are no part of the rules, or were not verified yet.
    pub verdicts: Option<Vec<bool>>,
    /// Slots of a state that may be an earlier one than the block's own.
    pub snapshot: Option<Snapshot>,
    /// Who did what so far.
    pub report: Report,
    /// Since when the block is under way.
    pub begun: Option<Instant>,
    /// Memory of the commit stage.
    pub touched: Vec<Touched>,
    /// Memory for statuses.
    pub statuses: Vec<Status>,
    /// Memory for changes.
    pub changes: Vec<Change>,
}

impl Ahead {
    /// Takes over the memory of an outcome that nobody needs any more.
    pub fn reuse(&mut self, outcome: Outcome) {
        (self.statuses, self.changes) = (outcome.statuses, outcome.changes);
    }

    /// Resolves the ids of `block` in `state`.
    pub fn resolve(&mut self, block: &Block, state: &State) {
        let clock = Instant::now();
        self.snapshot = Some(Snapshot::new(block, state));
        self.report.record(Stage::Snapshot, Engine::Parallel, clock.elapsed());
    }
}
