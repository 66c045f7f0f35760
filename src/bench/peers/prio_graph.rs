//! The `prio-graph` crate, which Agave's scheduler uses: a graph with an edge to the next transaction at each key.

use super::Place;
use crate::conflict::AccessSets;
use prio_graph::{AccessKind, PrioGraph, TopLevelId};
use std::cmp::Reverse;

/// Transactions that are free to go: the earliest in the block first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Free(Reverse<u32>);

impl TopLevelId<u32> for Free {
    fn id(&self) -> u32 {
        self.0.0
    }
}

/// Batches, one after the other, of transactions that can run at the same time.
pub fn schedule(sets: &AccessSets) -> Vec<Vec<u32>> {
    let transactions = (0..sets.len()).map(|transaction| {
        let writes = sets.writes(transaction).iter().map(|&key| (key, AccessKind::Write));
        (transaction as u32, writes.chain(sets.reads(transaction).iter().map(|&key| (key, AccessKind::Read))))
    });
    PrioGraph::natural_batches(transactions, |&id, _| Free(Reverse(id)))
}

/// The same, by transaction.
pub fn places(batches: &[Vec<u32>], transactions: usize) -> Vec<Option<Place>> {
    let mut places = vec![None; transactions];
    for (step, batch) in batches.iter().enumerate() {
        for (lane, &transaction) in batch.iter().enumerate() {
            places[transaction as usize] = Some(Place { step: step as u32, lane: lane as u32, position: 0 });
        }
    }
    places
}
