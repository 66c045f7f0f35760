//! Who runs a stage: the engine that was asked for, the CPU where a device fails, `auto`'s choice; and the check of what a
//! device returned.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::ledger::{Input, Work};
use crate::legs::{LegBatch, LegOutcome};
use crate::outcome::{Report, Stage};
use crate::status::Status;
use crate::verify::Check;
use crate::{parallel, serial};
use std::path::PathBuf;
use std::time::Instant;

#[cfg(feature = "gpu")]
use super::device_use::DeviceUse;
#[cfg(feature = "gpu")]
use crate::auto::SMALLEST_DEVICE_BLOCK;
#[cfg(feature = "gpu")]
use crate::gpu::{
    device::{Device, Source},
    engine::Gpu,
    sigverify::{VerifierOptions, VerifierStats},
};
#[cfg(feature = "gpu")]
use crate::verify::execution::{Executions, legs_difference};
#[cfg(feature = "gpu")]
use crate::{outcome::Change, state::State, transaction::Block};
#[cfg(feature = "gpu")]
use rand::SeedableRng;
#[cfg(feature = "gpu")]
use rand_chacha::ChaCha8Rng;

/// What an engine may need, as the builder was told.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub engine: Engine,
    pub calibration: Option<PathBuf>,
    pub check: Check,
    /// Roots only; `None`: in full, unless nothing is checked.
    pub check_root: Option<Check>,
    /// Repeats the same samples and canaries; `None`: from the operating system.
    pub check_seed: Option<u64>,
    #[cfg(feature = "gpu")]
    pub device: Source,
    #[cfg(feature = "gpu")]
    pub verifier: VerifierOptions,
    /// The process may end after a batch.
    #[cfg(feature = "gpu")]
    pub ends_soon: bool,
    /// What `auto` takes for granted of signatures.
    #[cfg(feature = "gpu")]
    pub signatures: Option<crate::auto::Model>,
}

impl Setup {
    /// How much of a device's root is hashed again.
    #[cfg(feature = "gpu")]
    pub fn root_check(&self) -> Check {
        self.check_root.unwrap_or(if self.check == Check::Off { Check::Off } else { Check::Full })
    }
}

/// The engines of a validator.
#[derive(Debug)]
pub struct Engines {
    pub(super) setup: Setup,
    parallel: parallel::execute::Executor,
    #[cfg(feature = "gpu")]
    pub(super) device: DeviceUse,
    #[cfg(feature = "gpu")]
    pub(super) rng: ChaCha8Rng,
    /// When the device's last batch of signatures was done.
    #[cfg(feature = "gpu")]
    pub(super) landed: Option<Instant>,
    /// Batches of signatures that the CPU had a part in so far.
    #[cfg(feature = "gpu")]
    pub(super) cpu_batches: u64,
}

impl Engines {
    pub fn new(setup: Setup) -> Result<Self> {
        let parallel = parallel::execute::Executor::default();
        #[cfg(feature = "gpu")]
        {
            let mut setup = setup;
            let rng = setup.check_seed.map_or_else(rand::make_rng, ChaCha8Rng::seed_from_u64);
            Ok(Self { device: DeviceUse::new(&mut setup)?, setup, parallel, rng, landed: None, cpu_batches: 0 })
        }
        #[cfg(not(feature = "gpu"))]
        match setup.engine {
            Engine::Gpu => Err(Error::NoDevice("this build has no gpu feature".into())),
            _ => Ok(Self { setup, parallel }),
        }
    }

    pub fn asked(&self) -> Engine {
        self.setup.engine
    }

    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<&Device> {
        self.device.device()
    }

    #[cfg(feature = "gpu")]
    pub fn verifier_stats(&self) -> Option<VerifierStats> {
        self.device.verifier_stats()
    }

    #[cfg(feature = "gpu")]
    pub fn choice(&self) -> Option<&crate::auto::Choice> {
        self.device.choice()
    }

    /// Forgets keys and states that were met; the CPU keeps none.
    #[cfg(feature = "cli")]
    pub fn forget_met(&mut self) {
        #[cfg(feature = "gpu")]
        self.device.forget_met();
    }

    /// Decides open transactions. A device fault is an event, and the CPU executes the block from where it began.
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status], report: &mut Report) -> Result<&Work> {
        #[cfg(feature = "gpu")]
        match self.execute_on_device(input, statuses, report)? {
            Executed::Device => return Ok(self.device.gpu().expect("it has just executed").executor.work()),
            Executed::Cpu => return Ok(self.parallel.work()),
            Executed::No => {}
        }
        let clock = Instant::now();
        let work = self.parallel.execute(input, statuses).map_err(host_memory)?;
        report.rounds = 1;
        report.record(Stage::Execute, Engine::Parallel, clock.elapsed());
        Ok(work)
    }

    #[cfg(feature = "gpu")]
    fn execute_on_device(&mut self, input: &Input, statuses: &mut [Status], report: &mut Report) -> Result<Executed> {
        const STAGE: Stage = Stage::Execute;
        let Self { setup, device, parallel, .. } = self;
        // The check costs the CPU what executing costs it, so with a check `auto` has nothing to gain.
        let worth = input.transactions.len() >= SMALLEST_DEVICE_BLOCK && setup.check == Check::Off;
        if !device.is_wanted(setup, STAGE, worth, report, DeviceUse::choose_execute(parallel, input.transactions.len()))
        {
            return Ok(Executed::No);
        }
        let clock = Instant::now();
        let mut expected = statuses.to_vec();
        let Some(effort) = device.attempt(setup, STAGE, report, |gpu| gpu.executor.execute(input, statuses)) else {
            statuses.copy_from_slice(&expected);
            return Ok(Executed::No);
        };
        report.residence = Some(effort.residence);
        (report.rounds, report.tail, report.batches) = (effort.rounds, effort.tail, effort.batches);
        report.record(STAGE, Engine::Gpu, clock.elapsed());
        if setup.check == Check::Off {
            device.succeeded(STAGE);
            return Ok(Executed::Device);
        }
        let clock = Instant::now();
        let expected_work = parallel.check(input, &mut expected, statuses).map_err(host_memory)?;
        let work = device.gpu().expect("it has just executed").executor.work();
        let both = Executions { statuses, work, expected_statuses: &expected, expected_work };
        let difference = both.difference();
        report.checked.transactions += statuses.len();
        report.checked.accounts += expected_work.slots().len();
        report.record(Stage::Verify, Engine::Parallel, clock.elapsed());
        let Some(difference) = difference else {
            device.succeeded(STAGE);
            return Ok(Executed::Device);
        };
        statuses.copy_from_slice(&expected);
        device.mismatched(STAGE, difference, report);
        (report.rounds, report.tail, report.batches) = (1, 0, 0);
        report.record(STAGE, Engine::Parallel, std::time::Duration::ZERO);
        Ok(Executed::Cpu)
    }

    /// Tells the device what a block changes: the accounts that it keeps follow.
    #[cfg(feature = "gpu")]
    pub fn note(&mut self, block: &Block, state: &State, changes: &[Change], report: &Report) {
        let Some(gpu) = self.device.gpu_mut() else { return };
        let new = &changes[changes.partition_point(|change| (change.slot as usize) < state.len())..];
        let mut elsewhere: Vec<_> = new.iter().map(Change::contents).collect();
        if let Some(slot) = state.slot(&block.header.fee_recipient) {
            let changed = changes.binary_search_by_key(&slot, |change| change.slot);
            elsewhere.push(changed.map_or((slot, state.balances()[slot as usize]), |at| changes[at].contents()));
        }
        let by_device = report.engine(Stage::Execute) == Some(Engine::Gpu);
        gpu.executor.note(state.lineage(), changes, elsewhere, by_device);
    }

    /// Compares the accounts that the device keeps with the state's.
    #[cfg(feature = "gpu")]
    pub fn check_resident(&mut self, state: &State, report: &mut Report) -> usize {
        let Self { setup, device, .. } = self;
        device.attempt(setup, Stage::Execute, report, |gpu| gpu.executor.check_resident(state)).unwrap_or(0)
    }

    /// Damages an account that the device keeps.
    #[cfg(feature = "gpu")]
    pub fn damage_resident(&mut self, slot: u32) -> Result<()> {
        self.device.gpu_mut().map_or(Ok(()), |gpu| gpu.executor.damage_resident(slot))
    }

    /// Executes legs: on the device where that was asked for, else in order on one core, which no scheme on several beat.
    pub fn execute_legs(&mut self, batch: &LegBatch, verdicts: Option<&[bool]>, report: &mut Report) -> LegOutcome {
        #[cfg(feature = "gpu")]
        if self.setup.engine == Engine::Gpu
            && let Some(outcome) = self.execute_legs_on_device(batch, verdicts, report)
        {
            return outcome;
        }
        let clock = Instant::now();
        let outcome = serial::legs::execute_legs(batch, verdicts);
        report.rounds = 1;
        report.record(Stage::Execute, Engine::Serial, clock.elapsed());
        outcome
    }

    #[cfg(feature = "gpu")]
    fn execute_legs_on_device(
        &mut self,
        batch: &LegBatch,
        verdicts: Option<&[bool]>,
        report: &mut Report,
    ) -> Option<LegOutcome> {
        let Self { setup, device, .. } = self;
        const STAGE: Stage = Stage::Execute;
        let clock = Instant::now();
        let run = |gpu: &mut Gpu| gpu.executor.execute_legs(batch, verdicts);
        let (outcome, effort) = device.attempt(setup, STAGE, report, run)?;
        (report.rounds, report.tail, report.batches) = (effort.rounds, effort.tail, effort.batches);
        report.record(STAGE, Engine::Gpu, clock.elapsed());
        if setup.check == Check::Off {
            device.succeeded(STAGE);
            return Some(outcome);
        }
        let clock = Instant::now();
        let expected = serial::legs::execute_legs(batch, verdicts);
        let difference = legs_difference(&outcome, &expected);
        report.checked.transactions += batch.len();
        report.checked.accounts += batch.accounts().len();
        report.record(Stage::Verify, Engine::Serial, clock.elapsed());
        match difference {
            None => device.succeeded(STAGE),
            Some(difference) => {
                device.mismatched(STAGE, difference, report);
                (report.rounds, report.tail, report.batches) = (1, 0, 0);
                report.record(STAGE, Engine::Serial, std::time::Duration::ZERO);
            }
        }
        Some(expected)
    }
}

/// Whose accounts hold after an attempt to execute on the device.
#[cfg(feature = "gpu")]
enum Executed {
    Device,
    /// The CPU's, whose check found the device wrong.
    Cpu,
    /// The device was not used, or failed.
    No,
}

fn host_memory(source: std::io::Error) -> Error {
    Error::Io { path: "working table".into(), source }
}
