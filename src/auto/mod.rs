//! `auto`: the fastest of the engines present for each stage and batch size, alone or together.
//!
//! A [`Model`] says how long the CPU and the device take for a batch of any size. It is measured when a batch first is large
//! enough that it could matter, kept per device and driver, and corrected by what real batches take. Whoever is below
//! the crossover is done on the CPU before a device has been looked at.

mod curve;
mod explain;
mod model;

#[cfg(feature = "gpu")]
mod acquaintance;
#[cfg(feature = "gpu")]
mod calibrator;
#[cfg(feature = "gpu")]
mod explorer;
#[cfg(feature = "gpu")]
mod file;
#[cfg(feature = "gpu")]
mod learner;
#[cfg(feature = "gpu")]
mod measure;
#[cfg(all(test, feature = "gpu"))]
mod simulation;
#[cfg(feature = "gpu")]
mod trend;

#[cfg(feature = "gpu")]
pub use calibrator::Calibrator;
pub use curve::{Curve, GRID};
#[cfg(feature = "gpu")]
pub use explain::explain;
pub use explain::{SizeExplanation, Speed, StageExplanation};
pub use model::{Model, Plan};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Blocks below this are executed on the CPU without a look at the device: the serial loop has them done before a device
/// has answered once.
pub const SMALLEST_DEVICE_BLOCK: usize = 1 << 16;
/// Batches of signatures below this, a workgroup's, are checked on the CPU without a look at the device or the clock.
pub const SMALLEST_DEVICE_SIGNATURES: usize = 64;
/// Signatures that the CPU checks before a device is opened and measured: that takes as long as checking some thousands.
pub const SIGNATURES_BEFORE_MEASURING: usize = 1 << 13;
/// A process that may end soon opens the device at once for a first batch of so many where the file has measurements: that takes a
/// fifth of a second.
pub const FIRST_BATCH_MEASURED: usize = 1 << 15;
/// The same where nothing was measured yet: shaders are compiled and both measured, in some three seconds on a software device.
pub const FIRST_BATCH_UNMEASURED: usize = 1 << 18;
/// Blocks that change fewer accounts are hashed on the CPU without a look at the device.
pub const SMALLEST_DEVICE_ROOT: usize = 1 << 14;

/// Blocks that name fewer keys than this in all are scheduled on the CPU without a look at the device: the CPU has found
/// their waves before a device has sorted the keys.
pub const SMALLEST_DEVICE_ACCESSES: usize = 1 << 18;

/// What `auto` knows of one device, by stage: `conflict`, `execute`, `root`, `sigverify strict`, `sigverify zip215`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Choice {
    stages: BTreeMap<String, Model>,
}

impl Choice {
    /// What is known of a stage.
    pub fn model(&self, stage: &str) -> Option<&Model> {
        self.stages.get(stage)
    }

    /// Every stage of which something is known.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.stages.iter().map(|(stage, model)| (stage.as_str(), model))
    }

    /// Why each stage runs where it does, a sentence a stage; empty where nothing was measured.
    pub fn reasons(&self) -> Vec<String> {
        self.models().map(|(stage, model)| format!("{stage}: {}", model.reason())).collect()
    }
}
