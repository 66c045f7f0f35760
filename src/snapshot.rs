//! Snapshot: from 32-byte account ids to slots of the state.

use crate::account::AccountId;
use crate::state::State;
use crate::transaction::Block;
use foldhash::quality::RandomState;
use rayon::prelude::*;
use std::collections::HashMap;

/// Transactions that one task resolves.
const CHUNK: usize = 1 << 12;
const UNKNOWN: u32 = u32::MAX;

/// Sender and recipient of a transaction as slots.
pub type Pair = [u32; 2];

/// A block's accounts as slots of a state. Accounts that the state does not hold get provisional slots behind it, in
/// order of first mention; whether and where they are created is known after execution.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Slots of sender and recipient, one pair per transaction.
    pub pairs: Vec<Pair>,
    /// Ids behind the provisional slots.
    pub unknown: Vec<AccountId>,
    /// Number of accounts in the state: the first provisional slot.
    pub known: u32,
}

impl Snapshot {
    /// Resolves every id of `block` in `state`, on all cores.
    pub fn new(block: &Block, state: &State) -> Self {
        let known = state.len() as u32;
        let slot = |id| state.slot(id).unwrap_or(UNKNOWN);
        let pairs: Vec<Pair> = block
            .transactions
            .par_iter()
            .with_min_len(CHUNK)
            .map(|transaction| [slot(transaction.from()), slot(transaction.to())])
            .collect();
        let mut snapshot = Self { pairs, unknown: Vec::new(), known };
        snapshot.number_unknown(block);
        snapshot
    }

    fn number_unknown(&mut self, block: &Block) {
        let mut numbers: HashMap<AccountId, u32, RandomState> = HashMap::default();
        for (pair, transaction) in self.pairs.iter_mut().zip(&block.transactions) {
            for (slot, id) in pair.iter_mut().zip([transaction.from(), transaction.to()]) {
                if *slot == UNKNOWN {
                    *slot = *numbers.entry(*id).or_insert_with(|| {
                        self.unknown.push(*id);
                        self.known + self.unknown.len() as u32 - 1
                    });
                }
            }
        }
    }

    /// Slots in use, provisional ones included.
    pub fn slots(&self) -> usize {
        self.known as usize + self.unknown.len()
    }
}
