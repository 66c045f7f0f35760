//! Other people's methods, on the same blocks as the engines, each as good as we can make it: BIAS.md says what favours whom.
//! Here: orders by declared read and write sets. [`execution`]: whole blocks. [`signatures`].

pub mod account_locks;
pub mod block_stm;
pub mod execution;
#[cfg(test)]
mod execution_tests;
pub mod hash_map;
pub mod ids;
pub mod ordered_locks;
pub mod plain;
pub mod prio_graph;
pub mod signatures;
pub mod waves;

use crate::conflict::{AccessSets, Dependencies};

/// Where a peer puts a transaction: steps come one after the other, the lanes of a step run at the same time, each in
/// order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    pub step: u32,
    pub lane: u32,
    pub position: u32,
}

impl Place {
    /// Whether whoever is here is done before whoever is there begins.
    fn before(self, other: Self) -> bool {
        self.step < other.step || (self.step, self.lane) == (other.step, other.lane) && self.position < other.position
    }
}

/// What is wrong with an order, if anything: every transaction must have a place, and conflicting ones must keep the order
/// of the block. Dependencies stand for all conflicts.
pub fn illegal(sets: &AccessSets, dependencies: &Dependencies, places: &[Option<Place>]) -> Option<String> {
    if places.len() != sets.len() {
        return Some(format!("{} places for {} transactions", places.len(), sets.len()));
    }
    for (transaction, place) in places.iter().enumerate() {
        let Some(place) = place else { return Some(format!("transaction {transaction} has no place")) };
        for &earlier in dependencies.predecessors(transaction) {
            if !places[earlier as usize].is_some_and(|earlier| earlier.before(*place)) {
                return Some(format!("transaction {transaction} does not wait for {earlier}"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{AccessShape, AccessWorkload};

    fn cases() -> impl Iterator<Item = (AccessSets, Dependencies)> {
        let shapes = [
            AccessShape::Zipf(0.0),
            AccessShape::Zipf(1.2),
            AccessShape::HotKey,
            AccessShape::HotReader,
            AccessShape::OneKey,
            AccessShape::AllRead,
        ];
        shapes.into_iter().flat_map(|shape| [0, 1, 700, 5_000].map(|transactions| (shape, transactions))).map(
            |(shape, transactions)| {
                let workload = AccessWorkload { shape, transactions, keys: 900, ..AccessWorkload::default() };
                let sets = workload.generate();
                let mut dependencies = Dependencies::default();
                dependencies.find(&sets).expect("few accesses");
                (sets, dependencies)
            },
        )
    }

    #[test]
    fn peers_keep_the_order_of_conflicts() {
        for (sets, dependencies) in cases() {
            assert_eq!(
                illegal(&sets, &dependencies, &prio_graph::places(&prio_graph::schedule(&sets), sets.len())),
                None
            );
            assert_eq!(illegal(&sets, &dependencies, account_locks::AccountLocks::default().schedule(&sets)), None);
        }
    }

    /// Batches of the graph are the waves: the same levels by another road.
    #[test]
    fn batches_of_the_graph_are_waves() {
        for (sets, _) in cases() {
            let batches = prio_graph::schedule(&sets);
            let places = prio_graph::places(&batches, sets.len());
            let steps = places.iter().map(|place| place.map(|place| place.step));
            assert!(steps.eq(crate::serial::conflict::waves(&sets).into_iter().map(Some)));
        }
    }

    #[test]
    fn orders_that_are_not_legal_are_found_out() {
        for (sets, dependencies) in cases().filter(|(_, dependencies)| dependencies.count() > 0) {
            let mut locks = account_locks::AccountLocks::default();
            let places = locks.schedule(&sets).to_vec();
            let waits = (0..sets.len()).find(|&at| dependencies.in_degree(at) > 0).expect("somebody waits");
            let mut early = places.clone();
            early[waits] = Some(Place::default());
            early[dependencies.predecessors(waits)[0] as usize] = Some(Place { lane: 1, ..Place::default() });
            assert!(illegal(&sets, &dependencies, &early).is_some());
            let mut lost = places.clone();
            lost[0] = None;
            assert!(illegal(&sets, &dependencies, &lost).is_some());
            assert!(illegal(&sets, &dependencies, &places[1..]).is_some());
        }
    }
}
