//! Replays recorded blocks of public ledgers: real conflicts, and as much else of the ledger as a block alone can tell.

mod answer_file;
#[cfg(feature = "ethereum")]
pub mod ethereum;
#[cfg(feature = "solana")]
pub mod solana;

use crate::outcome::Stage;
use std::time::{Duration, Instant};

/// Time per stage, in the order in which the stages began.
#[derive(Default)]
struct Times(Vec<(Stage, Duration)>);

impl Times {
    fn measure<T, E>(&mut self, stage: Stage, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let start = Instant::now();
        let result = work();
        match self.0.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, sum)) => *sum += start.elapsed(),
            None => self.0.push((stage, start.elapsed())),
        }
        result
    }
}
