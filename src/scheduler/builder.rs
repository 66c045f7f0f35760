//! How a scheduler is put together.

use super::Scheduler;
use super::engines::{Engines, Setup};
use crate::engine::Engine;
use crate::error::Result;
use std::path::PathBuf;

#[cfg(feature = "gpu")]
use crate::gpu::device::{Device, DeviceOptions};
#[cfg(feature = "gpu")]
use std::sync::Arc;

/// How a [`Scheduler`] is built.
#[derive(Clone, Debug, Default)]
pub struct SchedulerBuilder {
    setup: Setup,
}

impl SchedulerBuilder {
    /// Which engine; [`Engine::Auto`] by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.setup.engine = engine;
        self
    }

    /// File in which `auto` keeps what it measured, per device; without it every scheduler measures anew.
    pub fn calibration_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.setup.calibration = Some(path.into());
        self
    }

    /// Holds a device's waves against the CPU's; off by default, since that costs the CPU what finding them costs it.
    pub fn check_waves(mut self, check_waves: bool) -> Self {
        self.setup.check_waves = check_waves;
        self
    }

    /// Which device, and how it is opened.
    #[cfg(feature = "gpu")]
    pub fn device_options(mut self, options: DeviceOptions) -> Self {
        self.setup.device.options = options;
        self
    }

    /// A device that is open already.
    #[cfg(feature = "gpu")]
    pub fn device(mut self, device: Arc<Device>) -> Self {
        self.setup.device.given = Some(device);
        self
    }

    /// Opens what the engine needs. `auto` opens a device when it first has a block that is worth one.
    ///
    /// # Errors
    /// [`Error::NoDevice`](crate::Error::NoDevice) where the engine is `gpu` and there is no device.
    pub fn build(self) -> Result<Scheduler> {
        Ok(Scheduler::new(Engines::new(self.setup)?))
    }
}
