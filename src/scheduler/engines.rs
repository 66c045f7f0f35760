//! Who finds waves: the engine that was asked for, the CPU where a device fails, `auto`'s choice.

use super::no_memory;
use crate::conflict::AccessSets;
use crate::engine::Engine;
use crate::error::Result;
use crate::outcome::{Report, Stage, Traffic};
use crate::parallel::conflict::WaveFinder;
use crate::serial;
use crate::verify::Checked;
use std::path::PathBuf;
use std::time::Instant;

#[cfg(feature = "gpu")]
use super::device::OnDevice;
#[cfg(feature = "gpu")]
use crate::gpu::device::{Device, Source};

/// What an engine may need, as the builder was told.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub engine: Engine,
    pub calibration: Option<PathBuf>,
    pub check_waves: bool,
    #[cfg(feature = "gpu")]
    pub device: Source,
}

/// The engines of a scheduler.
#[derive(Debug)]
pub struct Engines {
    engine: Engine,
    parallel: WaveFinder,
    #[cfg(feature = "gpu")]
    gpu: OnDevice,
    /// The CPU's waves, where a device's are held against them.
    #[cfg(feature = "gpu")]
    expected: Option<Vec<u32>>,
}

impl Engines {
    pub fn new(setup: Setup) -> Result<Self> {
        let (engine, parallel) = (setup.engine, WaveFinder::default());
        #[cfg(feature = "gpu")]
        {
            let expected = setup.check_waves.then(Vec::new);
            Ok(Self { engine, parallel, gpu: OnDevice::new(setup)?, expected })
        }
        #[cfg(not(feature = "gpu"))]
        match engine {
            Engine::Gpu => Err(crate::Error::NoDevice("this build has no gpu feature".into())),
            _ => Ok(Self { engine, parallel }),
        }
    }

    pub fn asked(&self) -> Engine {
        self.engine
    }

    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<&Device> {
        self.gpu.device()
    }

    #[cfg(feature = "gpu")]
    pub fn choice(&self) -> Option<&crate::auto::Choice> {
        self.gpu.choice()
    }

    /// The wave of each transaction, into `wave`; `report` is made new.
    pub fn waves(&mut self, sets: &AccessSets, wave: &mut Vec<u32>, report: &mut Report) -> Result<()> {
        report.engines.clear();
        report.times.clear();
        report.events.clear();
        report.faults.clear();
        report.traffic = Traffic::default();
        report.checked = Checked::default();
        (report.rounds, report.tail, report.batches) = (1, 0, 0);
        let begun = Instant::now();
        let engine = self.find(sets, wave, report)?;
        report.total = begun.elapsed();
        report.record(Stage::Conflict, engine, report.total - report.time(Stage::Verify));
        Ok(())
    }

    fn find(&mut self, sets: &AccessSets, wave: &mut Vec<u32>, report: &mut Report) -> Result<Engine> {
        if self.engine == Engine::Serial {
            *wave = serial::conflict::waves(sets);
            return Ok(Engine::Serial);
        }
        #[cfg(feature = "gpu")]
        if self.gpu.takes(sets, &mut self.parallel, report) && self.gpu.waves(sets, wave, report) {
            return self.check(sets, wave, report);
        }
        #[cfg(not(feature = "gpu"))]
        let _ = report;
        self.parallel.waves(sets, wave).map_err(no_memory)?;
        Ok(Engine::Parallel)
    }

    /// Holds a device's waves against the CPU's, where that was asked for; who found the waves that count.
    #[cfg(feature = "gpu")]
    fn check(&mut self, sets: &AccessSets, wave: &mut Vec<u32>, report: &mut Report) -> Result<Engine> {
        let Some(expected) = &mut self.expected else {
            self.gpu.succeeded();
            return Ok(Engine::Gpu);
        };
        let clock = Instant::now();
        self.parallel.waves(sets, expected).map_err(no_memory)?;
        let wrong = wave.iter().zip(expected.iter()).position(|(found, expected)| found != expected);
        report.checked.transactions += sets.len();
        report.record(Stage::Verify, Engine::Parallel, clock.elapsed());
        let Some(index) = wrong else {
            self.gpu.succeeded();
            return Ok(Engine::Gpu);
        };
        let (found, right) = (wave[index], expected[index]);
        let message = format!("transaction {index}: wave is {found} on the device and {right} on the CPU");
        self.gpu.mismatched(message, report);
        (report.rounds, report.tail) = (1, 0);
        std::mem::swap(wave, expected);
        Ok(Engine::Parallel)
    }
}
