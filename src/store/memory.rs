//! A store that ends with the process.

use super::{BlockSummary, StateStore, prepare, record};
use crate::error::Result;
use crate::outcome::Outcome;
use crate::state::State;
use crate::transaction::BlockHeader;
use std::collections::BTreeMap;
use std::time::Instant;

/// A state in memory with the rules of a store: for tests, and for those who keep states themselves.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    chain_id: u64,
    state: State,
    blocks: BTreeMap<u64, BlockSummary>,
}

impl MemoryStore {
    /// A store of a chain that goes on from `state`.
    pub fn new(chain_id: u64, state: State) -> Self {
        Self { chain_id, state, blocks: BTreeMap::new() }
    }
}

impl StateStore for MemoryStore {
    fn chain_id(&self) -> u64 {
        self.chain_id
    }

    fn state(&self) -> &State {
        &self.state
    }

    fn block(&self, height: u64) -> Result<Option<BlockSummary>> {
        Ok(self.blocks.get(&height).cloned())
    }

    fn commit(&mut self, block: &BlockHeader, outcome: &mut Outcome) -> Result<()> {
        let clock = Instant::now();
        let summary = prepare(self, block, outcome)?;
        self.state.apply(outcome)?;
        self.blocks.insert(summary.height, summary);
        record(outcome, clock);
        Ok(())
    }
}
