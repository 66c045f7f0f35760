//! Execution on the CPU: the serial loop over a dense table, with prefetch and huge pages.
//!
//! No scheme on two threads beat it, and at many threads memory is the limit (docs/decisions/0002-execution.md), so the
//! cores are left to signatures and id resolution; where there are many, they lay out what the loop reads next.

use crate::ledger::{Input, Ledger, Work};
use crate::status::Status;

/// Executes blocks; keeps its memory between them.
#[derive(Debug, Default)]
pub struct Executor {
    ledger: Ledger,
}

impl Executor {
    /// Decides every transaction that `statuses` holds open (`Applied`) and returns the accounts it worked on.
    ///
    /// # Errors
    /// The operating system has no memory for the accounts' numbers (8 bytes per slot) or the accounts (32 bytes each).
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status]) -> std::io::Result<&Work> {
        let work = self.ledger.gather(input, statuses)?;
        work.execute(input.transactions, statuses);
        Ok(work)
    }

    /// The accounts of the last block.
    pub fn work(&self) -> &Work {
        self.ledger.work()
    }
}
