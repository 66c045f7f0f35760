//! The device's part in a scheduler: when it is asked, and what becomes of its faults.

use super::engines::Setup;
use crate::auto::{Calibrator, SMALLEST_DEVICE_ACCESSES};
use crate::conflict::AccessSets;
use crate::engine::Engine;
use crate::error::Result;
use crate::fault::{Breaker, Fault, FaultKind, guarded, let_go, opened};
use crate::gpu::adapter::AdapterKind;
use crate::gpu::conflict::{WaveEffort, WaveFinder};
use crate::gpu::device::Device;
use crate::outcome::{Report, Stage};
use crate::parallel;
use std::sync::Arc;

/// Blocks that `auto` leaves to the CPU after one of which the device could not do half: blocks of one source are alike.
const REST: u32 = 64;

/// A device that finds waves, once it is needed.
#[derive(Debug)]
pub struct OnDevice {
    setup: Setup,
    opened: Option<(Arc<Device>, WaveFinder)>,
    calibrator: Calibrator,
    /// What `auto` found faster, once it knows; `parallel` also where there is no device.
    chosen: Option<Engine>,
    resting: u32,
    breaker: Breaker,
}

impl OnDevice {
    /// Opens the device where the engine is `gpu`.
    pub fn new(setup: Setup) -> Result<Self> {
        let calibrator = Calibrator::new(setup.calibration.clone());
        let mut own = Self { setup, opened: None, calibrator, chosen: None, resting: 0, breaker: Breaker::default() };
        if own.setup.engine == Engine::Gpu {
            own.open()?;
        }
        Ok(own)
    }

    pub fn device(&self) -> Option<&Device> {
        self.opened.as_ref().map(|(device, _)| &**device)
    }

    pub fn choice(&self) -> Option<&crate::auto::Choice> {
        self.calibrator.choice()
    }

    fn open(&mut self) -> Result<&mut (Arc<Device>, WaveFinder)> {
        if self.opened.is_none() {
            let device = opened(|| self.setup.device.open())?;
            self.opened = Some((device.clone(), WaveFinder::new(device)));
        }
        Ok(self.opened.as_mut().expect("opened above"))
    }

    /// Whether the device finds the waves of `sets`: because that was asked for, or because `auto` finds it worth it.
    pub fn takes(
        &mut self,
        sets: &AccessSets,
        parallel: &mut parallel::conflict::WaveFinder,
        report: &mut Report,
    ) -> bool {
        if self.setup.engine != Engine::Auto {
            return self.setup.engine == Engine::Gpu;
        }
        if sets.keys().len() < SMALLEST_DEVICE_ACCESSES {
            return false;
        }
        if self.chosen.is_none() {
            self.chosen = Some(self.choose(parallel, report));
        }
        if self.chosen != Some(Engine::Gpu) || self.resting == 0 {
            return self.chosen == Some(Engine::Gpu);
        }
        self.resting -= 1;
        false
    }

    /// Once per scheduler. A software device has no cores of its own, so it is not even measured.
    fn choose(&mut self, parallel: &mut parallel::conflict::WaveFinder, report: &mut Report) -> Engine {
        if let Err(error) = self.open() {
            report.events.push(format!("auto runs on the CPU: {error}"));
            return Engine::Parallel;
        }
        let (device, finder) = self.opened.as_mut().expect("it was opened");
        if device.summary.kind == AdapterKind::Software {
            return Engine::Parallel;
        }
        match guarded(Stage::Conflict, || self.calibrator.conflict(device, finder, parallel)) {
            Ok((engine, note)) => {
                report.events.extend(note);
                engine
            }
            Err(error) => {
                // Once per scheduler: another one asks again.
                self.note(Fault::of(Stage::Conflict, error), report);
                Engine::Parallel
            }
        }
    }

    /// What the device returned was right, as far as that is checked.
    pub fn succeeded(&mut self) {
        self.breaker.succeeded();
    }

    /// What the device returned was wrong.
    pub fn mismatched(&mut self, message: String, report: &mut Report) {
        self.note(Fault { stage: Stage::Conflict, kind: FaultKind::Mismatch, message }, report);
    }

    /// Counts and names a fault; nothing on the device is trusted any more.
    fn note(&mut self, fault: Fault, report: &mut Report) {
        self.breaker.failed();
        let given = fault.kind.ends_device().then(|| self.setup.device.take());
        let_go((self.opened.take(), given));
        fault.note(report);
    }

    /// Whether the device found waves, and did not say itself that it failed. A fault is an event, and the CPU finds them; a device
    /// that is gone is opened again for the next block, and one that fails often is left alone for a while.
    pub fn waves(&mut self, sets: &AccessSets, wave: &mut Vec<u32>, report: &mut Report) -> bool {
        const STAGE: Stage = Stage::Conflict;
        if !self.breaker.allows() {
            report
                .events
                .push(format!("the CPU did {STAGE}: the device is left alone for a while, for it failed often"));
            return false;
        }
        let found = self.open().and_then(|(device, finder)| {
            let before = device.traffic(STAGE.name());
            let found = guarded(STAGE, || finder.waves(sets, wave));
            report.traffic += device.traffic(STAGE.name()).since(before);
            found
        });
        match found {
            Ok(WaveEffort { rounds, tail }) => {
                (report.rounds, report.tail) = (rounds, tail);
                if tail > sets.len() / 2 {
                    self.resting = REST;
                }
                true
            }
            Err(error) => {
                self.note(Fault::of(STAGE, error), report);
                false
            }
        }
    }
}
