//! Validation of whole blocks: the stages in order, on the engines that were asked for.

mod ahead;
mod builder;
#[cfg(feature = "gpu")]
mod device_use;
mod engines;
mod root;
mod sigverify;
mod together;

pub(crate) use ahead::Ahead;
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
use crate::sigverify::SignatureSource;
use crate::state::State;
use crate::status::Status;
use crate::transaction::Block;
use engines::Engines;
pub(crate) use sigverify::Begun;
use std::time::Instant;
pub(crate) use together::Member;
use together::{Joined, Parts};

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

    /// Forgets keys and states that it has met, and keeps programs and working memory: for benches, which ask what meeting them
    /// first costs.
    #[cfg(feature = "cli")]
    pub(crate) fn forget_met(&mut self) {
        self.engines.forget_met();
    }

    /// Validates `block` on `state`, and changes neither: apply the outcome with [`State::apply`].
    ///
    /// # Errors
    /// A block with more than [`MAX_TRANSACTIONS`] transactions; no memory for the accounts at work. A device that fails
    /// is not an error but an event in the report: the CPU does its work.
    pub fn validate(&mut self, block: &Block, state: &State) -> Result<Outcome> {
        let mut ahead = Ahead { begun: Some(Instant::now()), ..Ahead::default() };
        check_size(block)?;
        let mut alone = [Member { block, ahead: &mut ahead }];
        let begun = self.begin_ahead(&mut alone);
        self.end_ahead(&mut alone, begun);
        self.validate_with(block, state, &mut ahead)
    }

    /// Sends the signatures of blocks on their way, to a device if that is to check them alone; their states need not be there
    /// yet. `None` without signatures.
    pub(crate) fn begin_ahead(&mut self, blocks: &mut [Member<'_>]) -> Option<(Begun, Report)> {
        let policy = self.policy?;
        blocks.iter_mut().for_each(|member| member.ahead.choose_signed(member.block));
        let mut report = Report::default();
        let begun = self.engines.begin_sigverify(policy, &Joined::new(blocks), blocks.len(), &mut report);
        Some((begun, report))
    }

    /// As many signatures as whoever verifies them needs to be busy: a batch of blocks with more would only be late.
    pub(crate) fn signatures_together(&self) -> usize {
        if self.policy.is_none() || self.engine() == Engine::Serial {
            return 1;
        }
        if self.engine() == Engine::Parallel {
            return 1 << 9;
        }
        #[cfg(feature = "gpu")]
        if self.device().is_some_and(crate::gpu::device::Device::is_card) {
            return 1 << 17;
        }
        1 << 15
    }

    /// The verdicts of blocks that were begun; batches end in the order in which they were begun.
    pub(crate) fn end_ahead(&mut self, blocks: &mut [Member<'_>], begun: Option<(Begun, Report)>) {
        let (Some(policy), Some((begun, mut report))) = (self.policy, begun) else { return };
        let joined = Joined::new(blocks);
        let mut parts = joined.parts();
        let verdicts = self.engines.end_sigverify(policy, &joined, begun, &mut parts, &mut report);
        parts.hand_out(verdicts, report, blocks);
    }

    /// Validates a block whose signatures were verified; its memory stays in `ahead`, but for what the outcome takes.
    pub(crate) fn validate_with(&mut self, block: &Block, state: &State, ahead: &mut Ahead) -> Result<Outcome> {
        let mut report = std::mem::take(&mut ahead.report);
        let serial::execute::Executed { statuses, changes } = match self.engine() {
            Engine::Serial => {
                let clock = Instant::now();
                let executed = serial::execute::execute(block, state, ahead.verdicts.as_deref());
                report.record(Stage::Execute, Engine::Serial, clock.elapsed());
                report.rounds = 1;
                executed
            }
            _ => self.execute_staged(block, state, ahead, &mut report)?,
        };
        let roots = self.state_root.then(|| self.engines.root(state, &changes, &mut report));
        report.total = ahead.begun.map_or_else(Default::default, |begun| begun.elapsed());
        let height = block.header.height;
        let (root_before, root, root_update) = root::parts(roots);
        let computed_on = state.version();
        Ok(Outcome { height, statuses, changes, computed_on, root_before, root, root_update, report })
    }

    /// Snapshot, where that was not done ahead, encode, execute, commit.
    fn execute_staged(
        &mut self,
        block: &Block,
        state: &State,
        ahead: &mut Ahead,
        report: &mut Report,
    ) -> Result<serial::execute::Executed> {
        if !ahead.resolved {
            ahead.resolve(block, state, report);
        }
        let snapshot = &ahead.snapshot;
        let clock = Instant::now();
        let mut statuses = std::mem::take(&mut ahead.statuses);
        encode::static_statuses_into(block, ahead.verdicts.as_deref(), &mut statuses);
        report.record(Stage::Encode, Engine::Parallel, clock.elapsed());
        let input = Input::new(block, state, snapshot);
        let work = self.engines.execute(&input, &mut statuses, report)?;
        let clock = Instant::now();
        let mut changes = std::mem::take(&mut ahead.changes);
        let entries = work.entries();
        let touched = (work.slots(), |number: usize| crate::account::Balance::from(entries[number]));
        let memory = &mut ahead.touched;
        commit::changes_into(block, state, snapshot, &statuses, touched, memory, &mut changes);
        #[cfg(feature = "gpu")]
        self.engines.note(block, state, &changes, report);
        report.record(Stage::Commit, Engine::Parallel, clock.elapsed());
        Ok(serial::execute::Executed { statuses, changes })
    }

    /// Compares the accounts that stay on the device between blocks with the state's. Returns how many were compared, none
    /// where the device has none of this state, and a report, in which a difference is a fault: the device gets them anew.
    #[cfg(feature = "gpu")]
    pub fn check_resident(&mut self, state: &State) -> (usize, Report) {
        let mut report = Report::default();
        (self.engines.check_resident(state, &mut report), report)
    }

    /// Changes a bit of an account on the device: tests use it to see that this is noticed.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails.
    #[doc(hidden)]
    #[cfg(feature = "gpu")]
    pub fn damage_resident(&mut self, slot: u32) -> Result<()> {
        self.engines.damage_resident(slot)
    }

    /// The sigverify stage alone: one verdict per signature under the validator's policy ([`Policy::Strict`] where it was
    /// built without signatures). The report says who checked them.
    pub fn sigverify<S: SignatureSource + Sync>(&mut self, source: &S) -> (Vec<bool>, Report) {
        let mut report = Report::default();
        let clock = Instant::now();
        let mut parts = Parts::one(source.len());
        let policy = self.policy.unwrap_or_default();
        let begun = self.engines.begin_sigverify(policy, source, 1, &mut report);
        let verdicts = self.engines.end_sigverify(policy, source, begun, &mut parts, &mut report);
        report.checked.add(parts.checked());
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

/// Whether a block is small enough.
///
/// # Errors
/// More than [`MAX_TRANSACTIONS`] transactions.
pub(crate) fn check_size(block: &Block) -> Result<()> {
    let found = block.transactions.len();
    if found > MAX_TRANSACTIONS {
        let message = format!("expected at most {MAX_TRANSACTIONS} transactions, found {found}");
        return Err(InputError::new(Place::Whole, message).into());
    }
    Ok(())
}
