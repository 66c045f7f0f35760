//! Validation of whole blocks: the stages in order, on the engines that were asked for.

mod builder;
#[cfg(feature = "gpu")]
mod device_use;
mod engines;
mod root;
mod sigverify;

pub use builder::ValidatorBuilder;

use crate::commit;
use crate::encode;
use crate::engine::{Engine, Policy};
use crate::error::{InputError, Place, Result};
use crate::ledger::{Input, Work};
use crate::legs::{LegBatch, LegOutcome};
use crate::limits::MAX_TRANSACTIONS;
use crate::outcome::{Outcome, Report, Stage};
use crate::serial;
use crate::sigverify::{SignatureInput, SignatureSource};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::status::Status;
use crate::transaction::{Block, Transaction};
use engines::Engines;
use std::time::Instant;

/// Validates blocks one after the other; keeps devices, pipelines and memory between them.
#[derive(Debug)]
pub struct Validator {
    policy: Option<Policy>,
    state_root: bool,
    engines: Engines,
}

impl Validator {
    /// A builder with the defaults.
    pub fn builder() -> ValidatorBuilder {
        ValidatorBuilder::default()
    }

    /// The engine that was asked for.
    pub fn engine(&self) -> Engine {
        self.engines.asked()
    }

    /// The device, where one is open.
    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<&crate::gpu::device::Device> {
        self.engines.device()
    }

    /// What checking signatures on the device has taken so far, where it was done there.
    #[cfg(feature = "gpu")]
    pub fn verifier_stats(&self) -> Option<crate::gpu::sigverify::VerifierStats> {
        self.engines.verifier_stats()
    }

    /// What `auto` has measured, once it has.
    #[cfg(feature = "gpu")]
    pub fn choice(&self) -> Option<&crate::auto::Choice> {
        self.engines.choice()
    }

    /// Validates `block` on `state`, and changes neither: apply the outcome with [`State::apply`].
    ///
    /// # Errors
    /// A block with more than [`MAX_TRANSACTIONS`] transactions; no memory for the accounts at work. A device that fails
    /// is not an error but an event in the report: the CPU does its work.
    pub fn validate(&mut self, block: &Block, state: &State) -> Result<Outcome> {
        let begun = Instant::now();
        if block.transactions.len() > MAX_TRANSACTIONS {
            let found = block.transactions.len();
            let message = format!("expected at most {MAX_TRANSACTIONS} transactions, found {found}");
            return Err(InputError::new(Place::Whole, message).into());
        }
        let mut report = Report::default();
        let verdicts = self
            .policy
            .map(|policy| signature_verdicts(block, |source| self.engines.sigverify(policy, source, &mut report)));
        let serial::execute::Executed { statuses, changes } = match self.engine() {
            Engine::Serial => {
                let clock = Instant::now();
                let executed = serial::execute::execute(block, state, verdicts.as_deref());
                report.record(Stage::Execute, Engine::Serial, clock.elapsed());
                report.rounds = 1;
                executed
            }
            _ => self.execute_staged(block, state, verdicts.as_deref(), &mut report)?,
        };
        let roots = self.state_root.then(|| self.engines.root(state, &changes, &mut report));
        report.total = begun.elapsed();
        let height = block.header.height;
        let (root_before, root, root_update) = root::parts(roots);
        let computed_on = state.version();
        Ok(Outcome { height, statuses, changes, computed_on, root_before, root, root_update, report })
    }

    /// Snapshot, encode, execute, commit.
    fn execute_staged(
        &mut self,
        block: &Block,
        state: &State,
        verdicts: Option<&[bool]>,
        report: &mut Report,
    ) -> Result<serial::execute::Executed> {
        let clock = Instant::now();
        let snapshot = Snapshot::new(block, state);
        report.record(Stage::Snapshot, Engine::Parallel, clock.elapsed());
        let clock = Instant::now();
        let mut statuses = encode::static_statuses(block, verdicts);
        report.record(Stage::Encode, Engine::Parallel, clock.elapsed());
        let input = Input {
            transactions: &block.transactions,
            pairs: &snapshot.pairs,
            balances: state.balances(),
            slots: snapshot.slots(),
            total: state.total(),
        };
        let work = self.engines.execute(&input, &mut statuses, report)?;
        let clock = Instant::now();
        let changes = commit::changes(block, state, &snapshot, &statuses, work.touched());
        report.record(Stage::Commit, Engine::Parallel, clock.elapsed());
        Ok(serial::execute::Executed { statuses, changes })
    }

    /// The sigverify stage alone: one verdict per signature under the validator's policy ([`Policy::Strict`] where it was
    /// built without signatures). The report says who checked them.
    pub fn sigverify<S: SignatureSource + Sync>(&mut self, source: &S) -> (Vec<bool>, Report) {
        let mut report = Report::default();
        let clock = Instant::now();
        let verdicts = self.engines.sigverify(self.policy.unwrap_or_default(), source, &mut report);
        report.total = clock.elapsed();
        (verdicts, report)
    }

    /// The execute stage alone, on ids that are resolved already: decides every transaction that `statuses` holds open
    /// (`Applied`) and returns the accounts at work. Not for [`Engine::Serial`], which works on ids.
    ///
    /// # Errors
    /// No memory for the accounts at work.
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status], report: &mut Report) -> Result<&Work> {
        self.engines.execute(input, statuses, report)
    }

    /// Executes transactions that are legs already, by an executor with a format of its own. `signature_verdicts`, where
    /// given, holds one verdict per transaction.
    ///
    /// # Errors
    /// Legs whose sums could leave `u128`, or verdicts that are not one per transaction.
    pub fn execute_legs(
        &mut self,
        batch: &LegBatch,
        signature_verdicts: Option<&[bool]>,
    ) -> Result<(LegOutcome, Report)> {
        batch.check_bounds()?;
        if let Some(verdicts) = signature_verdicts.filter(|verdicts| verdicts.len() != batch.len()) {
            let message =
                format!("{} signature verdicts for {} transactions: expected one each", verdicts.len(), batch.len());
            return Err(InputError::new(Place::Whole, message).into());
        }
        let mut report = Report::default();
        let clock = Instant::now();
        let outcome = self.engines.execute_legs(batch, signature_verdicts, &mut report);
        report.total = clock.elapsed();
        Ok((outcome, report))
    }
}

/// One verdict per transaction. Those that are rejected for an earlier reason are not checked and get `false`.
fn signature_verdicts(
    block: &Block,
    mut sigverify: impl FnMut(&(dyn SignatureSource + Sync)) -> Vec<bool>,
) -> Vec<bool> {
    let needs = |transaction: &Transaction| encode::needs_signature(&block.header, transaction);
    if block.transactions.iter().all(needs) {
        return sigverify(&block.transactions);
    }
    let (indices, inputs): (Vec<usize>, Vec<SignatureInput>) = block
        .transactions
        .iter()
        .enumerate()
        .filter(|(_, transaction)| needs(transaction))
        .map(|(index, _)| (index, SignatureSource::get(&block.transactions, index)))
        .unzip();
    let mut verdicts = vec![false; block.transactions.len()];
    for (index, verdict) in indices.into_iter().zip(sigverify(&inputs)) {
        verdicts[index] = verdict;
    }
    verdicts
}
