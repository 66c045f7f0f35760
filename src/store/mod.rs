//! States that blocks are committed to, one after the other: in memory, or on disk.
//!
//! A store holds one chain's state as the last committed block left it. [`StateStore::commit`] takes the next block's
//! outcome entirely or not at all: its changed accounts, its root, its height, and how many of its transactions got
//! which status. Here alone heights and chain ids are compared: a store takes the block of its chain that follows the
//! last one.

#[cfg(feature = "store")]
mod durable;
#[cfg(feature = "store")]
mod format;
#[cfg(feature = "store")]
mod mark;
mod memory;

#[cfg(feature = "store")]
pub use durable::{FjallStore, StoreOptions};
pub use memory::MemoryStore;

use crate::account::AccountId;
use crate::engine::Engine;
use crate::error::{Error, InputError, Place, Result};
use crate::outcome::{Digest, Outcome, Stage};
use crate::parallel::root::RootUpdate;
use crate::proof::Proof;
use crate::root::Root;
use crate::state::State;
use crate::status::StatusCounts;
use crate::transaction::BlockHeader;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a store keeps of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockSummary {
    /// Height of the block.
    pub height: u64,
    /// The state's root after the block.
    pub root: Root,
    /// Transactions by status.
    pub counts: StatusCounts,
    /// Accounts that the block changed or created.
    pub changed: usize,
}

/// The state of one chain, block after block.
pub trait StateStore {
    /// The chain whose blocks are taken; fixed when the store was made.
    fn chain_id(&self) -> u64;

    /// The state as the last committed block left it.
    fn state(&self) -> &State;

    /// What is kept of a committed block; `None` for blocks that were not committed here.
    ///
    /// # Errors
    /// [`Error::Store`] where it cannot be read.
    fn block(&self, height: u64) -> Result<Option<BlockSummary>>;

    /// Commits the outcome of `block`, which must have been computed on [`StateStore::state`]: entirely or not at
    /// all. An outcome without roots gets them. The time it takes is added to the outcome's report, stage commit.
    ///
    /// # Errors
    /// [`Error::Input`] for a block of another chain or height, [`Error::StateMismatch`] for an outcome of another
    /// state or block, [`Error::Disagreement`] where its root is not the one that the CPU computes from its changes,
    /// [`Error::Store`] where it cannot be written. The state stays as it was in each case.
    fn commit(&mut self, block: &BlockHeader, outcome: &mut Outcome) -> Result<()>;

    /// Height of the last committed block, or of the state that the store was made of.
    fn height(&self) -> u64 {
        self.state().height()
    }

    /// The root of the state.
    fn root(&self) -> Root {
        self.state().root()
    }

    /// Whether `block` is the next one of this chain: worth a look before it is validated.
    ///
    /// # Errors
    /// Another chain or height, with what was expected.
    fn check_next(&self, block: &BlockHeader) -> Result<(), InputError> {
        let refuse = |message: String| Err(InputError::new(Place::Whole, message));
        let (chain_id, height) = (self.chain_id(), self.height());
        if block.chain_id != chain_id {
            return refuse(format!("the block is of chain {}: expected chain {chain_id}, the store's", block.chain_id));
        }
        let Some(next) = height.checked_add(1) else {
            return refuse(format!("the store is at height {height}: no block can follow"));
        };
        if block.height != next {
            let found = block.height;
            return refuse(format!(
                "the block has height {found}: expected {next}, as the store is at height {height}"
            ));
        }
        Ok(())
    }

    /// Proof that the account is in the state.
    ///
    /// # Errors
    /// An account that is not: there are no proofs of absence.
    fn prove(&self, id: &AccountId) -> Result<Proof, InputError> {
        let state = self.state();
        let proof = state.slot(id).and_then(|slot| state.root_tree().prove(slot, state.account(slot)));
        proof.ok_or_else(|| {
            let message = format!("account {id} is not in the state: there are no proofs of absence");
            InputError::new(Place::Whole, message)
        })
    }
}

/// Checks that the outcome can follow, gives it its roots where it has none, and says what to keep of the block.
fn prepare(store: &impl StateStore, block: &BlockHeader, outcome: &mut Outcome) -> Result<BlockSummary> {
    store.check_next(block)?;
    let state = store.state();
    if outcome.height != block.height || outcome.computed_on != state.version() {
        return Err(Error::StateMismatch { block: outcome.height, state: state.height() });
    }
    let tree = state.root_tree();
    let of_this = |update: &&Arc<RootUpdate>| update.is_of(tree.root(), Digest::of(&outcome.changes));
    let update = match outcome.root_update.as_ref().filter(of_this) {
        Some(update) => update.clone(),
        None => Arc::new(tree.preview(&outcome.changes)),
    };
    let root = update.root();
    if let Some(claimed) = outcome.root.filter(|claimed| *claimed != root) {
        let height = block.height;
        let message = format!("block {height} came with root {claimed}, its changes give {root}; it was not committed");
        return Err(Error::Disagreement(message));
    }
    (outcome.root_before, outcome.root) = (Some(update.before()), Some(root));
    let summary = BlockSummary { height: block.height, root, counts: outcome.counts(), changed: outcome.changes.len() };
    outcome.root_update = Some(update);
    Ok(summary)
}

/// Adds the time since `clock` to the outcome's report.
fn record(outcome: &mut Outcome, clock: Instant) {
    let time: Duration = clock.elapsed();
    let engine = outcome.report.engine(Stage::Commit).unwrap_or(Engine::Serial);
    outcome.report.record(Stage::Commit, engine, time);
    outcome.report.total += time;
}
