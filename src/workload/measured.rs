//! What is measured: `wavelock bench` and the stages' benches take their workloads from here, each with sizes of its own.

use super::{AccessShape, Balances, Workload, WorkloadKind};
use crate::conflict::{AccessSets, Key};

/// A shape of payments that is measured: kind, exponent where it has one, and accounts of a block of 100,000.
pub type MeasuredShape = (WorkloadKind, f64, usize);

/// Shapes on which the rounds of the fixpoint are few, at every level of funds; from no conflicts to nothing else.
pub const ORDINARY: [MeasuredShape; 10] = [
    (WorkloadKind::Uniform, 0.0, 1_000_000),
    (WorkloadKind::Zipf, 0.8, 10_000),
    (WorkloadKind::Zipf, 1.0, 10_000),
    (WorkloadKind::Zipf, 1.2, 10_000),
    (WorkloadKind::HotSender, 0.0, 10_000),
    (WorkloadKind::HotRecipient, 0.0, 10_000),
    (WorkloadKind::TwoAccounts, 0.0, 2),
    (WorkloadKind::Pairs, 0.0, 10_000),
    (WorkloadKind::Ring, 0.0, 10_000),
    (WorkloadKind::Payments, 1.0, 10_000),
];

/// Shapes in which failures travel along chains: a device stops, and the CPU finishes.
pub const CHAINS: [WorkloadKind; 4] =
    [WorkloadKind::Chain, WorkloadKind::HalfChain, WorkloadKind::Cascade, WorkloadKind::Forwarding];

/// Shapes of access sets: from spread keys to one key that everybody writes.
pub const ACCESS_SHAPES: [AccessShape; 4] =
    [AccessShape::Zipf(0.0), AccessShape::Zipf(1.0), AccessShape::Zipf(1.2), AccessShape::HotKey];

/// A workload for execution alone.
pub fn unsigned((kind, exponent, accounts): MeasuredShape, transactions: usize, balances: Balances) -> Workload {
    Workload { kind, transactions, accounts, exponent, balances, signed: false, ..Workload::default() }
}

/// The keys of access sets as executors have them: 32 bytes each, in the order of [`AccessSets::keys`].
pub fn hashed_keys(sets: &AccessSets) -> Vec<Key> {
    sets.keys().iter().map(|key| *blake3::hash(&key.to_le_bytes()).as_bytes()).collect()
}

/// What each transaction reads and writes, by such keys.
pub fn declared<'a>(sets: &'a AccessSets, keys: &'a [Key]) -> impl Iterator<Item = (&'a [Key], &'a [Key])> + Clone {
    let first = |at: usize| sets.first()[at] as usize;
    (0..sets.len()).map(move |at| {
        let [begin, reads, end] = [2 * at, 2 * at + 1, 2 * at + 2].map(first);
        (&keys[reads..end], &keys[begin..reads])
    })
}
