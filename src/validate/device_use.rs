//! The device of a validator: opened when it is needed, left alone for a while when it fails, opened anew when it is gone.

use super::engines::Setup;
use crate::auto::{Calibrator, Choice};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fault::{Breaker, Fault, FaultKind};
use crate::gpu::device::Device;
use crate::gpu::engine::Gpu;
use crate::gpu::sigverify::VerifierStats;
use crate::outcome::{Report, Stage};
use crate::parallel;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A device and what is known of it.
#[derive(Debug)]
pub struct DeviceUse {
    engine: Engine,
    gpu: Option<Gpu>,
    /// Why there is no device, once it was looked for in vain.
    missing: Option<String>,
    calibrator: Calibrator,
    breakers: BTreeMap<Stage, Breaker>,
    /// A device was lost, and no other one could be opened so far.
    lost: bool,
}

impl DeviceUse {
    /// Opens a device where the engine cannot do without.
    pub fn new(setup: &Setup) -> Result<Self> {
        let calibrator = Calibrator::new(setup.calibration.clone());
        let (engine, breakers) = (setup.engine, BTreeMap::new());
        let mut this = Self { engine, gpu: None, missing: None, calibrator, breakers, lost: false };
        if engine == Engine::Gpu {
            this.open(setup)?;
        }
        Ok(this)
    }

    pub fn device(&self) -> Option<&Device> {
        self.gpu.as_ref().map(Gpu::device)
    }

    pub fn gpu(&self) -> Option<&Gpu> {
        self.gpu.as_ref()
    }

    pub fn verifier_stats(&self) -> Option<VerifierStats> {
        self.gpu.as_ref().and_then(Gpu::verifier_stats)
    }

    pub fn choice(&self) -> Option<&Choice> {
        self.calibrator.choice()
    }

    fn open(&mut self, setup: &Setup) -> Result<()> {
        if self.gpu.is_none() {
            let verifier = setup.verifier.clone();
            self.gpu = Some(match &setup.opened {
                // A device that was handed over cannot be had twice, but one like it can.
                Some(device) if self.lost => Gpu::open(device.options(), verifier)?,
                Some(device) => Gpu::new(device.clone(), verifier),
                None => Gpu::open(&setup.device, verifier)?,
            });
            self.lost = false;
        }
        Ok(())
    }

    /// Opens the device for `auto`; without one it says so once for every block that would have used it.
    fn open_for_auto(&mut self, setup: &Setup, report: &mut Report) -> bool {
        if self.missing.is_none()
            && !self.lost
            && let Err(error) = self.open(setup)
        {
            self.missing = Some(format!("auto runs on the CPU: {error}"));
        }
        report.events.extend(self.missing.clone());
        self.missing.is_none()
    }

    /// Whether a stage is to run on the device: because that was asked for, or because `auto` finds it worth it.
    pub fn is_wanted(
        &mut self,
        setup: &Setup,
        worth: bool,
        report: &mut Report,
        choose: impl FnOnce(&mut Gpu, &mut Calibrator) -> (Engine, Option<String>),
    ) -> bool {
        if self.engine != Engine::Auto || !worth || !self.open_for_auto(setup, report) {
            return self.engine == Engine::Gpu;
        }
        // One that was lost is opened again by the attempt itself.
        let Some(gpu) = self.gpu.as_mut() else { return true };
        let calibrator = &mut self.calibrator;
        let chosen = catch_unwind(AssertUnwindSafe(|| choose(gpu, calibrator)));
        let (engine, note) = chosen.unwrap_or_else(|_| (Engine::Parallel, Some("measuring panicked".to_owned())));
        report.events.extend(note);
        engine == Engine::Gpu
    }

    /// Runs a stage on the device. `None`: it could not be done there; the report says why, and the CPU has to do it.
    pub fn attempt<T>(
        &mut self,
        setup: &Setup,
        stage: Stage,
        report: &mut Report,
        run: impl FnOnce(&mut Gpu) -> Result<T>,
    ) -> Option<T> {
        if !self.breakers.entry(stage).or_default().allows() {
            report
                .events
                .push(format!("the CPU did {stage}: the device is left alone for a while, for it failed often"));
            return None;
        }
        let result = self.open(setup).and_then(|()| {
            let gpu = self.gpu.as_mut().expect("it was opened");
            catch_unwind(AssertUnwindSafe(|| run(gpu))).unwrap_or_else(|panic| {
                let message = panic.downcast_ref::<String>().map(String::as_str);
                let message = message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned();
                Err(Error::Device { stage: stage.name(), kind: FaultKind::Panicked, message })
            })
        });
        match result {
            Ok(value) => Some(value),
            Err(Error::Device { kind, message, .. }) => {
                self.failed(stage, kind, message, report);
                None
            }
            Err(error) => {
                self.failed(stage, FaultKind::Lost, error.to_string(), report);
                None
            }
        }
    }

    /// What the device returned was right.
    pub fn succeeded(&mut self, stage: Stage) {
        self.breakers.entry(stage).or_default().succeeded();
    }

    /// Counts and names a fault; a device that cannot go on is let go.
    pub fn failed(&mut self, stage: Stage, kind: FaultKind, message: String, report: &mut Report) {
        let fault = Fault { stage, kind, message };
        tracing::warn!(stage = stage.name(), kind = kind.name(), message = fault.message, "device fault");
        #[cfg(feature = "metrics")]
        metrics::counter!("wavelock_device_faults_total", "stage" => stage.name(), "kind" => kind.name()).increment(1);
        report.events.push(format!("{fault}; the CPU did the stage"));
        if let Some(calls) = self.breakers.entry(stage).or_default().failed() {
            report.events.push(format!("the device is left alone for the next {calls} times that {stage} is due"));
        }
        report.faults.push(fault);
        if kind.ends_device() {
            self.lost = true;
            // A driver that hangs may hang here, too.
            let gone = self.gpu.take();
            std::thread::spawn(move || drop(gone));
        } else if let Some(gpu) = &mut self.gpu {
            gpu.forget();
        }
    }

    /// The faster engine for executing, by measurement.
    pub fn choose_execute(
        parallel: &mut parallel::execute::Executor,
    ) -> impl FnOnce(&mut Gpu, &mut Calibrator) -> (Engine, Option<String>) + '_ {
        move |gpu, calibrator| calibrator.execute(gpu, parallel)
    }
}
