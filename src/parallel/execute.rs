//! Execution on the CPU: the serial loop over a dense table, with prefetch and huge pages.
//!
//! No scheme on two threads beat it, and at many threads memory is the limit (docs/decisions/0002-execution.md), so the
//! cores are left to signatures and id resolution; where there are many, they lay out what the loop reads next.

use crate::ledger::{Input, Ledger, Work};
use crate::status::Status;

/// A check of so many transactions is shared out by so many cores (16 cores of a Xeon: a million checked 1.6 times as fast; followed
/// under a guess, a hundred thousand took up to twice as long).
const CLAIM_FROM: usize = 1 << 18;
const CLAIM_CORES: usize = 8;

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

    /// The same, where somebody claims to know the statuses: many cores can share out the check of a claim.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn check(&mut self, input: &Input, statuses: &mut [Status], claimed: &[Status]) -> std::io::Result<&Work> {
        if input.transactions.len() < CLAIM_FROM || rayon::current_num_threads() < CLAIM_CORES {
            return self.execute(input, statuses);
        }
        if self.ledger.confirm(input, statuses, claimed)? {
            statuses.copy_from_slice(claimed);
        } else {
            self.ledger.work_mut().execute(input.transactions, statuses);
        }
        Ok(self.ledger.work())
    }

    /// The accounts of the last block.
    pub fn work(&self) -> &Work {
        self.ledger.work()
    }
}

#[cfg(all(test, feature = "workload"))]
mod tests {
    use super::*;
    use crate::encode::static_statuses;
    use crate::snapshot::Snapshot;
    use crate::status::Reason;
    use crate::workload::{Workload, WorkloadKind};
    use crate::{Engine, Validator};

    #[test]
    fn a_claim_is_confirmed_or_the_accounts_stay_as_before_the_block() {
        let claims = |workload: &Workload| {
            let generated = workload.generate();
            let (block, state) = (&generated.block, &generated.state);
            let snapshot = Snapshot::new(block, state);
            let open = static_statuses(block, None);
            let input = Input::new(block, state, &snapshot);
            let mut truth = open.clone();
            let mut executor = Executor::default();
            let expected = executor.execute(&input, &mut truth).expect("memory").entries().to_vec();
            let mut ledger = Ledger::default();
            assert!(ledger.confirm(&input, &open, &truth).expect("memory"));
            assert!(ledger.work().entries() == expected);
            let mut lie = truth.clone();
            lie[7] = if lie[7] == Status::Applied { Status::Rejected(Reason::NonceTooLow) } else { Status::Applied };
            assert!(!ledger.confirm(&input, &open, &lie).expect("memory"));
            let mut again = open.clone();
            ledger.work_mut().execute(input.transactions, &mut again);
            assert!(again == truth && ledger.work().entries() == expected);
        };
        let workload = Workload { transactions: 20_000, invalid: 9.0, signed: false, ..Workload::default() };
        // More accounts than transactions, and fewer.
        for accounts in [90_000, 500] {
            claims(&Workload { accounts, ..workload.clone() });
        }
    }

    #[test]
    fn a_check_on_many_cores_ends_with_the_truth_whatever_was_claimed() {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(CLAIM_CORES).build().expect("threads");
        let workload = Workload { transactions: CLAIM_FROM, invalid: 2.0, signed: false, ..Workload::default() };
        let generated = workload.generate();
        let snapshot = Snapshot::new(&generated.block, &generated.state);
        let open = static_statuses(&generated.block, None);
        let input = Input::new(&generated.block, &generated.state, &snapshot);
        let mut truth = open.clone();
        let mut executor = Executor::default();
        let expected = executor.execute(&input, &mut truth).expect("memory").entries().to_vec();
        let mut lie = truth.clone();
        lie[CLAIM_FROM / 2..].fill(Status::Applied);
        for claimed in [truth.clone(), lie, open.clone()] {
            let mut statuses = open.clone();
            let work = threads.install(|| executor.check(&input, &mut statuses, &claimed)).expect("memory");
            assert!(work.entries() == expected && statuses == truth);
        }
    }

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
