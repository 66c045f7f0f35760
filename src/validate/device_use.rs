//! The device of a validator: opened when it is needed, left alone for a while when it fails, opened anew when it is gone.

use super::engines::Setup;
use crate::auto::{Calibrator, Choice};
use crate::engine::Engine;
use crate::error::Result;
use crate::fault::{Breaker, Fault, FaultKind, guarded, let_go, opened};
use crate::gpu::device::{Device, Source};
use crate::gpu::engine::Gpu;
use crate::gpu::sigverify::VerifierStats;
use crate::outcome::{Report, Stage};
use crate::parallel;
use std::collections::BTreeMap;

/// A device and what is known of it.
#[derive(Debug)]
pub struct DeviceUse {
    engine: Engine,
    source: Source,
    gpu: Option<Gpu>,
    /// Why there is no device, once it was looked for in vain.
    missing: Option<String>,
    calibrator: Calibrator,
    breakers: BTreeMap<Stage, Breaker>,
    /// A device was lost, and no other one could be opened so far.
    lost: bool,
}

impl DeviceUse {
    /// Opens a device where the engine cannot do without. Nobody else needs to know where it comes from.
    pub fn new(setup: &mut Setup) -> Result<Self> {
        let mut calibrator = Calibrator::new(setup.calibration.clone());
        if setup.ends_soon {
            calibrator.ends_soon();
        }
        if let Some(model) = setup.signatures {
            calibrator.assume(model);
        }
        let (engine, breakers) = (setup.engine, BTreeMap::new());
        let source = std::mem::take(&mut setup.device);
        let mut this = Self { engine, source, gpu: None, missing: None, calibrator, breakers, lost: false };
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

    pub fn gpu_mut(&mut self) -> Option<&mut Gpu> {
        self.gpu.as_mut()
    }

    pub fn verifier_stats(&self) -> Option<VerifierStats> {
        self.gpu.as_ref().and_then(Gpu::verifier_stats)
    }

    pub fn choice(&self) -> Option<&Choice> {
        self.calibrator.choice()
    }

    /// Forgets keys and states that were met.
    #[cfg(feature = "cli")]
    pub fn forget_met(&mut self) {
        if let Some(gpu) = &mut self.gpu {
            gpu.forget_met();
        }
    }

    fn open(&mut self, setup: &Setup) -> Result<()> {
        if self.gpu.is_none() {
            let verifier = setup.verifier.clone();
            self.gpu = Some(opened(|| Ok(Gpu::new(self.source.open()?, verifier)))?);
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
        stage: Stage,
        worth: bool,
        report: &mut Report,
        choose: impl FnOnce(&mut Gpu, &mut Calibrator) -> Result<(Engine, Option<String>)>,
    ) -> bool {
        if self.engine != Engine::Auto || !worth || !self.open_for_auto(setup, report) {
            return self.engine == Engine::Gpu;
        }
        if self.breakers.entry(stage).or_default().rests() {
            // The attempt says so; measuring would be one, too.
            return true;
        }
        // One that was lost is opened again by the attempt itself.
        let Some(gpu) = self.gpu.as_mut() else { return true };
        let calibrator = &mut self.calibrator;
        match guarded(stage, || choose(gpu, calibrator)) {
            Ok((engine, note)) => {
                report.events.extend(note);
                engine == Engine::Gpu
            }
            Err(error) => {
                self.calibrator.rest();
                self.note(Fault::of(stage, error), report);
                false
            }
        }
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
            let before = gpu.device().traffic(stage.name());
            let result = guarded(stage, || run(gpu));
            report.traffic += gpu.device().traffic(stage.name()).since(before);
            result
        });
        result.map_err(|error| self.note(Fault::of(stage, error), report)).ok()
    }

    /// What the device returned was right.
    pub fn succeeded(&mut self, stage: Stage) {
        self.breakers.entry(stage).or_default().succeeded();
    }

    /// What the device returned was wrong.
    pub fn mismatched(&mut self, stage: Stage, message: String, report: &mut Report) {
        self.note(Fault { stage, kind: FaultKind::Mismatch, message }, report);
    }

    /// Counts and names a fault; a device that cannot go on is let go, and of one that can nothing is trusted any more.
    fn note(&mut self, fault: Fault, report: &mut Report) {
        let Fault { stage, kind, .. } = fault;
        fault.note(report);
        if let Some(calls) = self.breakers.entry(stage).or_default().failed() {
            report.events.push(format!("the device is left alone for the next {calls} times that {stage} is due"));
        }
        if kind.ends_device() {
            self.lost = true;
            let_go((self.gpu.take(), self.source.take()));
        } else if let Some(gpu) = &mut self.gpu {
            gpu.forget();
        }
    }

    /// The faster engine for executing so many transactions, by measurement.
    pub fn choose_execute(
        parallel: &mut parallel::execute::Executor,
        transactions: usize,
    ) -> impl FnOnce(&mut Gpu, &mut Calibrator) -> Result<(Engine, Option<String>)> + '_ {
        move |gpu, calibrator| calibrator.execute(gpu, parallel, transactions)
    }

    /// What `auto` knows, to be asked and corrected.
    pub fn calibrator(&mut self) -> &mut Calibrator {
        &mut self.calibrator
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    const STAGE: Stage = Stage::Sigverify;

    type Measured = Result<(Engine, Option<String>)>;

    fn lost() -> Measured {
        Err(Error::Device { stage: "sigverify", kind: FaultKind::Lost, message: "a test".into() })
    }

    #[test]
    fn a_device_that_fails_while_it_is_measured_has_failed() {
        let mut setup = Setup { engine: Engine::Auto, ..Setup::default() };
        let broken: [fn() -> Measured; 2] = [lost, || panic!("the driver died")];
        for (measure, kind) in broken.into_iter().zip([FaultKind::Lost, FaultKind::Panicked]) {
            let mut device = DeviceUse::new(&mut setup).expect("it opens none yet");
            for turn in 1..=3 {
                let mut report = Report::default();
                assert!(!device.is_wanted(&setup, STAGE, true, &mut report, |_, _| measure()), "{turn}");
                let found: Vec<_> = report.faults.iter().map(|fault| (fault.stage, fault.kind)).collect();
                assert_eq!(found, [(STAGE, kind)], "{turn}");
                assert!(device.gpu.is_none() && device.lost);
                // What is gone is opened again by an attempt.
                let opened = |_: &mut _, _: &mut _| unreachable!("there is nothing to measure");
                assert!(device.is_wanted(&setup, STAGE, true, &mut report, opened));
                let ran = device.attempt(&setup, STAGE, &mut report, |_| Ok(()));
                assert_eq!((ran.is_some(), device.gpu.is_some()), (turn < 3, turn < 3), "{:?}", report.events);
            }
            let mut report = Report::default();
            device.open(&setup).expect("there is an adapter");
            let measured = |_: &mut _, _: &mut _| unreachable!("it is left alone");
            assert!(device.is_wanted(&setup, STAGE, true, &mut report, measured));
            assert!(device.attempt(&setup, STAGE, &mut report, |_| Ok(())).is_none() && report.faults.is_empty());
        }
    }
}
