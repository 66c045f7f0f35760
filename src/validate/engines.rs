//! Who runs a stage: the engine that was asked for, the CPU where a device fails, `auto`'s choice.

use crate::engine::{Engine, Policy};
use crate::error::{Error, Result};
use crate::ledger::{Input, Work};
use crate::legs::{LegBatch, LegOutcome};
use crate::outcome::{Report, Stage};
use crate::sigverify::SignatureSource;
use crate::status::Status;
use crate::{parallel, serial};
use std::path::PathBuf;
use std::time::Instant;

#[cfg(feature = "gpu")]
use crate::auto::{Calibrator, SMALLEST_DEVICE_BLOCK, SMALLEST_DEVICE_SIGNATURES};
#[cfg(feature = "gpu")]
use crate::gpu::{
    device::{Device, DeviceOptions},
    engine::Gpu,
    sigverify::{VerifierOptions, VerifierStats},
};
#[cfg(feature = "gpu")]
use std::sync::Arc;

/// What an engine may need, as the builder was told.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub engine: Engine,
    pub calibration: Option<PathBuf>,
    #[cfg(feature = "gpu")]
    pub device: DeviceOptions,
    #[cfg(feature = "gpu")]
    pub verifier: VerifierOptions,
    #[cfg(feature = "gpu")]
    pub opened: Option<Arc<Device>>,
}

/// The engines of a validator.
#[derive(Debug)]
pub struct Engines {
    setup: Setup,
    parallel: parallel::execute::Executor,
    #[cfg(feature = "gpu")]
    pub(super) gpu: Option<Gpu>,
    /// Why there is no device, once it was looked for in vain.
    #[cfg(feature = "gpu")]
    missing: Option<String>,
    #[cfg(feature = "gpu")]
    calibrator: Calibrator,
}

impl Engines {
    pub fn new(setup: Setup) -> Result<Self> {
        #[cfg(feature = "gpu")]
        {
            let calibrator = Calibrator::new(setup.calibration.clone());
            let parallel = parallel::execute::Executor::default();
            let mut engines = Self { setup, parallel, gpu: None, missing: None, calibrator };
            if engines.setup.engine == Engine::Gpu {
                engines.open()?;
            }
            Ok(engines)
        }
        #[cfg(not(feature = "gpu"))]
        match setup.engine {
            Engine::Gpu => Err(Error::NoDevice("this build has no gpu feature".into())),
            _ => Ok(Self { setup, parallel: parallel::execute::Executor::default() }),
        }
    }

    pub fn asked(&self) -> Engine {
        self.setup.engine
    }

    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<&Device> {
        self.gpu.as_ref().map(Gpu::device)
    }

    #[cfg(feature = "gpu")]
    pub fn verifier_stats(&self) -> Option<VerifierStats> {
        self.gpu.as_ref().and_then(Gpu::verifier_stats)
    }

    #[cfg(feature = "gpu")]
    pub fn choice(&self) -> Option<&crate::auto::Choice> {
        self.calibrator.choice()
    }

    #[cfg(feature = "gpu")]
    fn open(&mut self) -> Result<()> {
        if self.gpu.is_none() {
            let verifier = self.setup.verifier.clone();
            self.gpu = Some(match &self.setup.opened {
                Some(device) => Gpu::new(device.clone(), verifier),
                None => Gpu::open(&self.setup.device, verifier)?,
            });
        }
        Ok(())
    }

    /// Opens the device for `auto`; without one it says so once for every block that would have used it.
    #[cfg(feature = "gpu")]
    fn open_for_auto(&mut self, report: &mut Report) -> bool {
        if self.missing.is_none()
            && let Err(error) = self.open()
        {
            self.missing = Some(format!("auto runs on the CPU: {error}"));
        }
        report.events.extend(self.missing.clone());
        self.missing.is_none()
    }

    #[cfg(feature = "gpu")]
    fn sigverify_on_device(&mut self, policy: Policy, signatures: usize, report: &mut Report) -> bool {
        let worth = signatures >= SMALLEST_DEVICE_SIGNATURES;
        self.on_device(worth, report, |gpu, calibrator, _| calibrator.sigverify(gpu, policy))
    }

    #[cfg(feature = "gpu")]
    fn execute_on_device(&mut self, transactions: usize, report: &mut Report) -> bool {
        let worth = transactions >= SMALLEST_DEVICE_BLOCK;
        self.on_device(worth, report, |gpu, calibrator, parallel| calibrator.execute(gpu, parallel))
    }

    /// Whether a stage runs on the device: because that was asked for, or because `auto` finds it worth it.
    #[cfg(feature = "gpu")]
    pub(super) fn on_device(
        &mut self,
        worth: bool,
        report: &mut Report,
        choose: impl FnOnce(&mut Gpu, &mut Calibrator, &mut parallel::execute::Executor) -> (Engine, Option<String>),
    ) -> bool {
        if self.setup.engine != Engine::Auto || !worth || !self.open_for_auto(report) {
            return self.setup.engine == Engine::Gpu;
        }
        let gpu = self.gpu.as_mut().expect("it was opened");
        let (engine, note) = choose(gpu, &mut self.calibrator, &mut self.parallel);
        report.events.extend(note);
        engine == Engine::Gpu
    }

    /// One verdict per signature. A device fault is an event, and the CPU checks the batch.
    pub fn sigverify(
        &mut self,
        policy: Policy,
        source: &(dyn SignatureSource + Sync),
        report: &mut Report,
    ) -> Vec<bool> {
        if self.setup.engine == Engine::Serial {
            let clock = Instant::now();
            let verdicts = serial::sigverify::sigverify(policy, source);
            report.record(Stage::Sigverify, Engine::Serial, clock.elapsed());
            return verdicts;
        }
        #[cfg(feature = "gpu")]
        if self.sigverify_on_device(policy, source.len(), report) {
            let clock = Instant::now();
            match self.gpu.as_mut().expect("the engine has a device").verify(policy, source) {
                Ok(verdicts) => {
                    report.record(Stage::Sigverify, Engine::Gpu, clock.elapsed());
                    return verdicts;
                }
                Err(fault) => report.events.push(format!("{fault}; the signatures were checked on the CPU")),
            }
        }
        let clock = Instant::now();
        let verdicts = parallel::sigverify::sigverify(policy, source);
        report.record(Stage::Sigverify, Engine::Parallel, clock.elapsed());
        verdicts
    }

    /// Decides open transactions. A device fault is an event, and the CPU executes the block from where it began.
    pub fn execute(&mut self, input: &Input, statuses: &mut [Status], report: &mut Report) -> Result<&Work> {
        #[cfg(feature = "gpu")]
        if self.execute_on_device(input.transactions.len(), report) {
            let clock = Instant::now();
            let before = statuses.to_vec();
            let gpu = self.gpu.as_mut().expect("the engine has a device");
            match gpu.executor.execute(input, statuses) {
                Ok(effort) => {
                    (report.rounds, report.tail, report.batches) = (effort.rounds, effort.tail, effort.batches);
                    report.record(Stage::Execute, Engine::Gpu, clock.elapsed());
                    return Ok(self.gpu.as_ref().expect("it has just executed").executor.work());
                }
                Err(fault) => {
                    report.events.push(format!("{fault}; the block was executed on the CPU"));
                    statuses.copy_from_slice(&before);
                }
            }
        }
        let clock = Instant::now();
        let work = self.parallel.execute(input, statuses);
        let work = work.map_err(|source| Error::Io { path: "working table".into(), source })?;
        report.rounds = 1;
        report.record(Stage::Execute, Engine::Parallel, clock.elapsed());
        Ok(work)
    }

    /// Executes legs: on the device where that was asked for, else in order on one core, which no scheme on several beat.
    pub fn execute_legs(&mut self, batch: &LegBatch, verdicts: Option<&[bool]>, report: &mut Report) -> LegOutcome {
        #[cfg(feature = "gpu")]
        if let (Engine::Gpu, Some(gpu)) = (self.setup.engine, self.gpu.as_mut()) {
            let clock = Instant::now();
            match gpu.executor.execute_legs(batch, verdicts) {
                Ok((outcome, effort)) => {
                    (report.rounds, report.tail, report.batches) = (effort.rounds, effort.tail, effort.batches);
                    report.record(Stage::Execute, Engine::Gpu, clock.elapsed());
                    return outcome;
                }
                Err(fault) => report.events.push(format!("{fault}; the legs were executed on the CPU")),
            }
        }
        let clock = Instant::now();
        let outcome = serial::legs::execute_legs(batch, verdicts);
        report.rounds = 1;
        report.record(Stage::Execute, Engine::Serial, clock.elapsed());
        outcome
    }
}
