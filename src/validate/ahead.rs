//! What can be found out about a block before its state is there, and memory that goes from block to block.

use crate::outcome::{Change, Report, Stage};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::status::Status;
use crate::transaction::{Block, Transaction};
use crate::{Engine, Outcome, SignatureInput, SignatureSource, encode};
use rayon::prelude::*;
use std::time::Instant;

/// Transactions that one task looks at.
const CHUNK: usize = 1 << 13;

/// A block's verdicts and slots, as far as they are known, and a report that has begun.
#[derive(Debug, Default)]
pub struct Ahead {
    /// One verdict per transaction; `None` where signatures are no part of the rules, or were not verified yet.
    pub verdicts: Option<Vec<bool>>,
    /// Which transactions have signatures that count.
    pub signed: Signed,
    /// Slots of a state that may be an earlier one than the block's own, where that is said below; else memory for them.
    pub snapshot: Snapshot,
    /// The block's ids are resolved.
    pub resolved: bool,
    /// Who did what so far.
    pub report: Report,
    /// Since when the block is under way.
    pub begun: Option<Instant>,
    /// Memory of the commit stage.
    pub touched: Vec<u64>,
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

    /// Begins with another block, in the memory that is there.
    pub fn begin(&mut self, now: Instant) {
        // Of a block that was refused there is a report that nobody took.
        (self.verdicts, self.resolved, self.begun, self.report) = (None, false, Some(now), Report::default());
    }

    /// Resolves the ids of `block` in `state`.
    pub fn resolve(&mut self, block: &Block, state: &State, report: &mut Report) {
        let clock = Instant::now();
        self.snapshot.renew(block, state);
        self.resolved = true;
        report.record(Stage::Snapshot, Engine::Parallel, clock.elapsed());
    }

    /// Finds the transactions whose signatures count: those that are rejected for an earlier reason need no look at theirs.
    pub fn choose_signed(&mut self, block: &Block) {
        let needs = |transaction: &Transaction| encode::needs_signature(&block.header, transaction);
        let Signed { all, indices } = &mut self.signed;
        indices.clear();
        *all = if block.transactions.len() > CHUNK {
            block.transactions.par_iter().with_min_len(CHUNK).all(needs)
        } else {
            block.transactions.iter().all(needs)
        };
        if !*all {
            let needed = block.transactions.iter().zip(0..).filter(|(transaction, _)| needs(transaction));
            indices.extend(needed.map(|(_, index)| index));
        }
    }
}

/// Transactions whose signatures are checked.
#[derive(Debug, Default)]
pub struct Signed {
    all: bool,
    /// Where it is not all.
    indices: Vec<u32>,
}

impl Signed {
    /// Their signatures.
    pub fn of<'a>(&'a self, block: &'a Block) -> SignedOf<'a> {
        SignedOf { transactions: &block.transactions, indices: (!self.all).then_some(&self.indices) }
    }

    /// One verdict per transaction: `false` for those that were not checked.
    pub fn spread(&self, block: &Block, verdicts: Vec<bool>) -> Vec<bool> {
        if self.all {
            return verdicts;
        }
        let mut all = vec![false; block.transactions.len()];
        for (index, verdict) in self.indices.iter().zip(verdicts) {
            all[*index as usize] = verdict;
        }
        all
    }
}

/// The signatures of some transactions of a block.
pub struct SignedOf<'a> {
    transactions: &'a Vec<Transaction>,
    indices: Option<&'a Vec<u32>>,
}

impl SignatureSource for SignedOf<'_> {
    fn len(&self) -> usize {
        self.indices.map_or(self.transactions.len(), Vec::len)
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        SignatureSource::get(self.transactions, self.indices.map_or(index, |indices| indices[index] as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_begins_without_the_report_of_one_that_was_refused() {
        let mut ahead = Ahead::default();
        ahead.report.events.push("of the block before".into());
        ahead.begin(Instant::now());
        assert!(ahead.report.events.is_empty() && ahead.begun.is_some());
    }
}
