//! Execution on the CPU: the serial loop over a dense table, with prefetch and huge pages.
//!
//! No scheme on two threads beat it, and at many threads memory is the limit (docs/decisions/0002-execution.md), so the
//! cores are left to signatures and id resolution.

use crate::commit::Touched;
use crate::ledger::{Input, Ledger};
use crate::status::Status;

/// Executes blocks; keeps its memory between them.
#[derive(Debug, Default)]
pub struct Executor {
    ledger: Ledger,
}

impl Executor {
    /// Decides every transaction that `statuses` holds open (`Applied`) and returns the accounts it touched.
    ///
    /// # Errors
    /// The operating system has no memory for the accounts' numbers (8 bytes per slot).
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status]) -> std::io::Result<Vec<Touched>> {
        let work = self.ledger.gather(input, statuses)?;
        work.execute(input.transactions, 0, statuses);
        Ok(work.touched())
    }
}
