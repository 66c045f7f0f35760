//! Which engine does what a command asks for.

use super::Failure;
#[cfg(feature = "gpu")]
use super::table::count;
#[cfg(feature = "gpu")]
use crate::auto::{FIRST_BATCH_MEASURED, FIRST_BATCH_UNMEASURED, SIGNATURES_BEFORE_MEASURING};
use crate::engine::Engine;
use crate::error::Result;
use crate::outcome::Report;
#[cfg(feature = "gpu")]
use crate::outcome::Stage;
use crate::scheduler::Scheduler;
use crate::validate::{Validator, ValidatorBuilder};
use crate::verify::Check;
use clap::Args;
use etcetera::BaseStrategy;
use std::path::PathBuf;

/// Who does the work.
#[derive(Args, Debug)]
pub struct EngineOptions {
    /// Who does the work: auto uses what is fastest here, gpu puts every stage that exists there on the device
    #[arg(long, value_name = "auto|gpu|parallel|serial", default_value_t)]
    pub engine: Engine,
    /// Which device: its index, or part of its name, backend or kind (see `wavelock devices`)
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Check signatures with 32-bit integers only on the device, as on devices that have no others
    #[arg(long)]
    int32: bool,
    /// How much of a device's work the CPU does again: everything, N accepted signatures a batch and the rest in full, or nothing
    #[arg(long, value_name = "full|sampled:N|off", default_value_t)]
    check: Check,
}

impl EngineOptions {
    /// How much of a device's work is done again.
    pub fn check(&self) -> Check {
        self.check
    }

    /// A check of a device makes sense for engines that have one.
    pub fn needs_device(&self, option: &str) -> Result<(), Failure> {
        if matches!(self.engine, Engine::Auto | Engine::Gpu) {
            return Ok(());
        }
        let engine = self.engine;
        Err(Failure::usage(format!("{option} a device, but --engine {engine} uses none: expected gpu or auto")))
    }

    /// A builder with engine, device and the file in which `auto` keeps what it measured.
    pub fn builder(&self) -> Result<ValidatorBuilder, Failure> {
        let mut builder = Validator::builder().engine(self.engine).check(self.check);
        if let Some(file) = calibration_file() {
            builder = builder.calibration_file(file);
        }
        check_adapter(self.engine, self.adapter.as_deref())?;
        if self.check != Check::default() {
            self.needs_device("--check compares")?;
        }
        if self.int32 {
            self.needs_device("--int32 restricts")?;
        }
        #[cfg(feature = "gpu")]
        {
            use crate::gpu::device::DeviceOptions;
            builder = builder.ends_soon().int32(self.int32).patience(crate::limits::TABLE_PATIENCE);
            builder = builder.device_options(DeviceOptions { adapter: self.adapter.clone(), ..Default::default() });
        }
        Ok(builder)
    }

    /// A scheduler with the same engine and device.
    pub fn scheduler(&self) -> Result<Scheduler, Failure> {
        scheduler(self.engine, self.adapter.as_deref())
    }
}

/// A scheduler with the file in which `auto` keeps what it measured.
pub fn scheduler(engine: Engine, adapter: Option<&str>) -> Result<Scheduler, Failure> {
    check_adapter(engine, adapter)?;
    let mut builder = Scheduler::builder().engine(engine);
    if let Some(file) = calibration_file() {
        builder = builder.calibration_file(file);
    }
    #[cfg(feature = "gpu")]
    {
        use crate::gpu::device::DeviceOptions;
        builder = builder.device_options(DeviceOptions { adapter: adapter.map(str::to_owned), ..Default::default() });
    }
    Ok(builder.build()?)
}

/// An adapter can only be named for engines that have one.
fn check_adapter(engine: Engine, adapter: Option<&str>) -> Result<(), Failure> {
    if adapter.is_some() && !matches!(engine, Engine::Auto | Engine::Gpu) {
        let message = format!("--adapter names a device, but --engine {engine} uses none: expected gpu or auto");
        return Err(Failure::usage(message));
    }
    named_adapter(adapter)
}

/// One that is named must be there, also where `auto` would do without.
pub fn named_adapter(adapter: Option<&str>) -> Result<(), Failure> {
    #[cfg(feature = "gpu")]
    adapter.map(crate::gpu::adapter::named).transpose()?;
    #[cfg(not(feature = "gpu"))]
    let _ = adapter;
    Ok(())
}

/// In the user's cache folder, where there is one.
pub fn calibration_file() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("wavelock").join("calibration.json"))
}

/// What `auto` measured and chose, where it did.
pub fn reasons(validator: &Validator, report: &Report) -> Vec<String> {
    #[cfg(feature = "gpu")]
    return match validator.choice() {
        Some(choice) => choice.reasons(),
        None if validator.engine() == Engine::Auto
            && report.engine(Stage::Sigverify).is_some()
            && report.events.is_empty() =>
        {
            vec![format!(
                "auto opened no device: it does after {} signatures, or for a first batch of {} ({} before anything was measured)",
                count(SIGNATURES_BEFORE_MEASURING),
                count(FIRST_BATCH_MEASURED),
                count(FIRST_BATCH_UNMEASURED)
            )]
        }
        None => Vec::new(),
    };
    #[cfg(not(feature = "gpu"))]
    {
        let _ = (validator, report);
        Vec::new()
    }
}
