//! Why `auto` does what it does, as numbers.

use super::curve::{Curve, GRID};
use super::model::Model;
use serde::Serialize;

/// A stage's model, read out.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StageExplanation {
    /// The stage, with its signature policy where it has one.
    pub stage: String,
    /// The whole in one sentence.
    pub reason: String,
    /// The CPU on all its cores.
    pub cpu: Speed,
    /// The device, transfers included; for signatures by keys that are new to it.
    pub device: Speed,
    /// The device with a table for every key; absent where a stage knows no such difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_known: Option<Speed>,
    /// The smallest power of two from which on the device takes part; `None`: it never does. Keys are new to it.
    pub crossover: Option<usize>,
    /// The same where it has a table for every key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crossover_known: Option<usize>,
    /// How much both slow each other down when they share a batch, 0 to 1; `None`: they do not share one.
    pub contention: Option<f64>,
    /// What is done at some sizes.
    pub sizes: Vec<SizeExplanation>,
}

/// How fast an engine is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Speed {
    /// Seconds for a batch of one.
    pub latency_s: f64,
    /// Items a second in batches of 1,048,576.
    pub per_second: f64,
}

/// What is done with a batch of one size.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct SizeExplanation {
    /// Items of the batch.
    pub items: usize,
    /// Seconds on the CPU.
    pub cpu_s: f64,
    /// Seconds on the device, keys new to it.
    pub device_s: f64,
    /// Items that the device does, where keys are new to it.
    pub device_items: usize,
    /// Items that the device does, where it has a table for every key.
    pub device_items_known: usize,
}

impl Speed {
    fn of(curve: &Curve) -> Self {
        Self { latency_s: curve.latency(), per_second: curve.rate(GRID[GRID.len() - 1]) }
    }
}

impl StageExplanation {
    /// Reads a model out. `check`: items of a device's share that the CPU does again.
    pub fn new(stage: &str, model: &Model, check: impl Fn(usize) -> usize) -> Self {
        let device_items = |items, known| model.plan(items, known, &check).on_device(items);
        let size = |items| SizeExplanation {
            items,
            cpu_s: model.cpu.seconds(items),
            device_s: model.device.seconds(items),
            device_items: device_items(items, 0.0),
            device_items_known: device_items(items, 1.0),
        };
        Self {
            stage: stage.to_owned(),
            reason: model.reason(),
            cpu: Speed::of(&model.cpu),
            device: Speed::of(&model.device),
            device_known: model.device_known.as_ref().map(Speed::of),
            crossover: model.crossover(0.0, &check),
            crossover_known: model.device_known.and_then(|_| model.crossover(1.0, &check)),
            contention: model.contention,
            sizes: GRID.map(size).to_vec(),
        }
    }
}

/// Measures every stage on a device, unless that was done before, and reads the models out as they count with this check.
///
/// Signatures are checked by samples; what is executed or hashed on the device the CPU does again in full unless the check is
/// off, and then it does it alone.
///
/// # Errors
/// [`Error::NoDevice`](crate::Error::NoDevice) where there is none.
#[cfg(feature = "gpu")]
pub fn explain(
    device: &crate::gpu::device::DeviceOptions,
    calibration: Option<std::path::PathBuf>,
    check: crate::verify::Check,
) -> crate::error::Result<(Vec<StageExplanation>, Vec<String>)> {
    use super::SMALLEST_DEVICE_BLOCK;
    use super::calibrator::{Calibrator, checked};
    use crate::engine::Policy;
    use crate::gpu::{conflict::WaveFinder, device::Device, engine::Gpu, sigverify::VerifierOptions};
    use crate::verify::Check;

    let device = Device::open(device)?;
    let mut gpu = Gpu::new(device.clone(), VerifierOptions::default());
    let mut calibrator = Calibrator::new(calibration.clone());
    let nothing: &[crate::Transaction] = &[];
    let mut notes: Vec<Option<String>> = [Policy::Strict, Policy::Zip215]
        .map(|policy| note_of(calibrator.sigverify(&mut gpu, policy, check, &nothing)))
        .to_vec();
    notes.push(note_of(calibrator.execute(&mut gpu, &mut Default::default(), SMALLEST_DEVICE_BLOCK)));
    notes.push(note_of(calibrator.root(&mut gpu)));
    let mut waves = Calibrator::new(calibration);
    let mut finder = WaveFinder::new(device.clone());
    notes.push(note_of(waves.conflict(&device, &mut finder, &mut Default::default())));
    let models = [calibrator.choice(), waves.choice()].into_iter().flatten().flat_map(|choice| choice.models());
    let read_out = |(stage, model): (&str, &Model)| {
        let signatures = stage.starts_with("sigverify");
        let repeated = checked(if signatures || check == Check::Off { check } else { Check::Full });
        StageExplanation::new(stage, model, repeated)
    };
    let mut stages: Vec<StageExplanation> = models.map(read_out).collect();
    stages.sort_by(|one, other| one.stage.cmp(&other.stage));
    stages.dedup_by(|one, other| one.stage == other.stage);
    Ok((stages, notes.into_iter().flatten().collect()))
}

/// What is to be said of a measurement.
#[cfg(feature = "gpu")]
fn note_of<T>(measured: crate::error::Result<(T, Option<String>)>) -> Option<String> {
    measured.map_or_else(|error| Some(format!("not measured: {error}")), |(_, note)| note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_say_who_does_how_much() {
        let curve = |latency: f64, item: f64| {
            Curve::through(&[64, 4_096].map(|items| (items, latency + item * items as f64))).expect("times")
        };
        let model = Model {
            smallest: 64,
            cpu: curve(0.0, 4e-6),
            device: curve(1e-3, 1e-6),
            device_known: None,
            contention: Some(0.0),
        };
        let explained = StageExplanation::new("sigverify strict", &model, |_| 0);
        assert_eq!(explained.crossover, model.crossover(0.0, |_| 0));
        assert!((explained.cpu.per_second / 250_000.0 - 1.0).abs() < 0.01);
        assert_eq!(explained.sizes[0].device_items, 0);
        let large = explained.sizes.last().expect("sizes");
        assert!(large.device_items > large.items / 2 && large.device_items < large.items, "{large:?}");
    }
}
