//! What execution reads of transactions, laid out close together by other cores while one core executes what is before it.
//!
//! A record takes three cache lines and execution needs 40 bytes of it; one core streams memory at a fraction of what all of
//! them can.

use crate::transaction::Transaction;
use rayon::prelude::*;

/// Transactions of a tile: two of them fit a cache that cores share (3 MB), and one is enough work (some 300 µs) to be worth
/// waking a core.
pub const TILE: usize = 1 << 15;
/// With so many cores tiles pay: on 16 (Xeon) execution took 0.5 to 0.6 of the time, on two (Zen 4) 1.1 to 1.2; between these it
/// was not measured.
pub const TILING_CORES: usize = 4;
/// Transactions that one task lays out.
const TASK: usize = 1 << 12;

/// A transfer without its accounts.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// Amount and fee; of use only where the sum fits, as it does for open transactions.
    pub cost: u128,
    pub amount: u128,
    pub nonce: u64,
}

impl From<&Transaction> for Transfer {
    #[inline(always)]
    fn from(transaction: &Transaction) -> Self {
        let amount = transaction.amount();
        Self { cost: amount.wrapping_add(transaction.fee()), amount, nonce: transaction.nonce() }
    }
}

/// Memory of two tiles: the one that is executed and the one that comes next.
pub type Tiles = [Vec<Transfer>; 2];

/// Hands tile after tile to `run`, each with the number of its first transaction.
pub fn each_tile(transactions: &[Transaction], tiles: &mut Tiles, mut run: impl FnMut(usize, &[Transfer])) {
    let lay_out = |part: &[Transaction], tile: &mut Vec<Transfer>| {
        part.par_iter().with_min_len(TASK).map(Transfer::from).collect_into_vec(tile);
    };
    let [now, next] = tiles;
    let mut parts = transactions.chunks(TILE);
    lay_out(parts.next().unwrap_or_default(), now);
    for first in (0..transactions.len()).step_by(TILE) {
        let following = parts.next().unwrap_or_default();
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| lay_out(following, next));
            run(first, now);
        });
        std::mem::swap(now, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::Transfer as Record;

    #[test]
    fn every_transaction_comes_once_and_in_order() {
        let record =
            |nonce| Record { chain_id: 0, nonce, amount: 3, fee: 1, from: Default::default(), to: Default::default() };
        let all: Vec<Transaction> =
            (0..2 * TILE as u64 + 7).map(|nonce| Transaction::transfer(&record(nonce), [0; 64])).collect();
        let mut tiles = Tiles::default();
        for len in [0, 1, TILE - 1, TILE, TILE + 1, 2 * TILE, all.len()] {
            let mut seen = Vec::new();
            each_tile(&all[..len], &mut tiles, |first, tile| {
                assert_eq!(first, seen.len());
                assert!(tile.iter().all(|transfer| transfer.cost == 4 && transfer.amount == 3));
                seen.extend(tile.iter().map(|transfer| transfer.nonce));
            });
            assert!(seen.into_iter().eq(0..len as u64), "{len}");
        }
    }
}
