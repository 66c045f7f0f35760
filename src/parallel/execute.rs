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

#[cfg(all(test, feature = "workload"))]
mod tests {
    use crate::workload::{Workload, WorkloadKind};
    use crate::{Engine, Validator};

    #[test]
    fn large_blocks_on_many_cores_are_the_serial_result() {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(5).build().expect("threads");
        for (kind, accounts) in [(WorkloadKind::Uniform, 20_000), (WorkloadKind::Zipf, 100_000)] {
            // More than two tiles, and more changes than one task applies.
            let workload = Workload {
                kind,
                exponent: 1.0,
                transactions: 70_000,
                accounts,
                invalid: 5.0,
                signed: false,
                ..Workload::default()
            };
            let generated = workload.generate();
            let build = |engine| Validator::builder().engine(engine).without_signatures().build().expect("no device");
            let expected = build(Engine::Serial).validate(&generated.block, &generated.state).expect("a block");
            let outcome = threads
                .install(|| build(Engine::Parallel).validate(&generated.block, &generated.state))
                .expect("a block");
            assert!(outcome.same_result(&expected), "{kind:?}");
            let mut state = generated.state.clone();
            threads.install(|| state.apply(&outcome)).expect("its own state");
            let mut accounts: Vec<_> =
                (0..generated.state.len() as u32).map(|slot| generated.state.account(slot)).collect();
            for change in &expected.changes {
                accounts.resize(accounts.len().max(change.slot as usize + 1), change.account);
                accounts[change.slot as usize] = change.account;
            }
            assert!((0..).zip(&accounts).all(|(slot, account)| state.account(slot) == *account), "{kind:?}");
            assert!(state.len() == accounts.len() && expected.changes.len() > 1 << 13, "{kind:?}");
        }
    }
}
