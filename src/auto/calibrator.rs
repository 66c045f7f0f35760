//! Measures what was not measured before, keeps it, and corrects it by what real batches take.

use super::acquaintance::Acquaintance;
use super::explorer::Batch;
use super::file::File;
use super::learner::Learner;
use super::measure;
use super::{
    Choice, FIRST_BATCH_MEASURED, FIRST_BATCH_UNMEASURED, Model, Plan, SIGNATURES_BEFORE_MEASURING,
    SMALLEST_DEVICE_ACCESSES, SMALLEST_DEVICE_ROOT, SMALLEST_DEVICE_SIGNATURES,
};
use crate::engine::{Engine, Policy};
use crate::error::Result;
use crate::gpu::conflict::WaveFinder;
use crate::gpu::device::Device;
use crate::gpu::engine::Gpu;
use crate::gpu::shaders;
use crate::gpu::sigverify::{Course, Encounter, VerifierOptions};
use crate::parallel;
use crate::sigverify::SignatureSource;
use crate::verify::Check;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Decisions for the CPU after a measurement that the device could not stand, before it is asked again.
const REST: u32 = 63;
/// Corrections from which on a model is worth keeping.
const WORTH_KEEPING: u32 = 8;
/// Canaries and samples are known before a batch is; how many signatures a device will reject is not.
const CANARIES: usize = 8;

/// The models of one device.
#[derive(Debug, Default)]
pub struct Calibrator {
    file: Option<PathBuf>,
    /// The device, by name and driver, once it was asked for.
    device: Option<String>,
    choice: Option<Choice>,
    /// What batches taught, by stage.
    learners: BTreeMap<&'static str, Learner>,
    /// Signatures that the CPU checked before anything was measured.
    seen: usize,
    ends_soon: bool,
    /// The file has measurements of some device by this build; `None`: nobody has looked.
    measured: Option<bool>,
    resting: u32,
    /// What is taken for granted of signatures.
    assumed: Option<Model>,
    acquaintance: Acquaintance,
}

/// Who checks a batch of signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignaturePlan {
    /// Who does it.
    pub plan: Plan,
    /// The CPU does it, but with tables for its keys the device would: it should see them, and build those of keys that were used
    /// so often.
    pub meet: Option<u32>,
}

impl Calibrator {
    /// Models that are kept in `file`, or for itself.
    pub fn new(file: Option<PathBuf>) -> Self {
        let mut calibrator = Self::default();
        calibrator.file = file;
        calibrator
    }

    /// The process may end after a batch.
    pub fn ends_soon(&mut self) {
        self.ends_soon = true;
    }

    /// Takes a model of signatures for granted: it is neither measured nor corrected.
    pub fn assume(&mut self, signatures: Model) {
        self.assumed = Some(signatures);
    }

    /// What is known so far.
    pub fn choice(&self) -> Option<&Choice> {
        self.choice.as_ref()
    }

    /// The faster engine for executing a block of so many transactions, and what a caller should know. This and the others fail
    /// where the device could not stand being measured: it should [`rest`](Self::rest) then.
    pub fn execute(
        &mut self,
        gpu: &mut Gpu,
        parallel: &mut parallel::execute::Executor,
        transactions: usize,
    ) -> Result<(Engine, Option<String>)> {
        let device = key(gpu.device(), &unusual(gpu));
        self.engine("execute", &device, transactions, || measure::execute(gpu, parallel))
    }

    /// The faster engine for finding waves, on sets that suit the device: where it loses on these, it loses on all.
    pub fn conflict(
        &mut self,
        device: &Device,
        gpu: &mut WaveFinder,
        parallel: &mut parallel::conflict::WaveFinder,
    ) -> Result<(Engine, Option<String>)> {
        let transactions = SMALLEST_DEVICE_ACCESSES / 4;
        self.engine("conflict", &key(device, ""), transactions, || measure::conflict(gpu, parallel))
    }

    /// The faster engine for the state root.
    pub fn root(&mut self, gpu: &mut Gpu) -> Result<(Engine, Option<String>)> {
        let device = key(gpu.device(), &unusual(gpu));
        self.engine("root", &device, SMALLEST_DEVICE_ROOT, || measure::root(gpu))
    }

    fn engine(
        &mut self,
        stage: &'static str,
        device: &str,
        items: usize,
        measure: impl FnOnce() -> Result<Model>,
    ) -> Result<(Engine, Option<String>)> {
        let (model, note) = self.model(stage, device, measure)?;
        let device = model.is_some_and(|model| model.plan(items, 1.0, |_| 0) == Plan::Device);
        Ok((if device { Engine::Gpu } else { Engine::Parallel }, note))
    }

    /// The device could not stand a measurement: it is left alone for a while.
    pub fn rest(&mut self) {
        self.resting = REST;
    }

    /// The model of a stage: known, kept by an earlier process, or measured now, perhaps again because batches
    /// contradict it. None where the device rests, since it could not stand being measured; the note says what a caller should know.
    fn model(
        &mut self,
        stage: &'static str,
        device: &str,
        measure: impl FnOnce() -> Result<Model>,
    ) -> Result<(Option<&mut Model>, Option<String>)> {
        if self.device.as_deref() != Some(device) {
            let choice = self.file.as_deref().map(|path| File::load(path).choice(device)).unwrap_or_default();
            self.learners.clear();
            (self.device, self.choice) = (Some(device.to_owned()), Some(choice));
        }
        let choice = self.choice.get_or_insert_default();
        let known = choice.model(stage).copied();
        let mut note = None;
        if let Some(model) = known {
            self.learners.entry(stage).or_insert_with(|| Learner::new(model));
        } else if self.resting > 0 {
            self.resting -= 1;
            return Ok((None, None));
        }
        let stale = self.learners.get_mut(stage).filter(|learner| learner.is_stale());
        if known.is_none() || stale.is_some() {
            stale.into_iter().for_each(Learner::measuring_again);
            match measure() {
                Ok(model) => {
                    choice.stages.insert(stage.to_owned(), model);
                    self.learners.entry(stage).or_insert_with(|| Learner::new(model)).renew(model);
                    let kept = self.file.as_deref().map_or(Ok(()), |path| File::keep(path, device, stage, model));
                    note = kept.err().map(|error| format!("the calibration of auto could not be kept: {error}"));
                }
                Err(fault) => {
                    choice.stages.remove(stage);
                    self.learners.remove(stage);
                    return Err(fault);
                }
            }
        }
        Ok((choice.stages.get_mut(stage), note))
    }

    /// Whether a device should be asked about a batch of signatures at all. Looks at no device.
    pub fn could_gain(&mut self, policy: Policy, check: Check, signatures: usize) -> bool {
        let smallest = self.assumed.map_or(SMALLEST_DEVICE_SIGNATURES, |model| model.smallest);
        if signatures < smallest {
            return false;
        }
        let known = self.choice.as_ref().and_then(|choice| choice.model(stage(policy)));
        let Some(model) = self.assumed.as_ref().or(known) else {
            let before = self.seen;
            self.seen = before.saturating_add(signatures);
            // Who may end soon pays for opening and measuring once the CPU has worked as long, or where the batch alone is worth it.
            let seen = if self.ends_soon && signatures < self.first_batch(policy) { before } else { self.seen };
            return seen >= SIGNATURES_BEFORE_MEASURING;
        };
        let learner = self.learners.get(stage(policy)).filter(|_| self.assumed.is_none());
        learner.is_some_and(Learner::is_stale)
            || [0.0, 1.0].into_iter().any(|known| {
                let batch = batch(model, signatures, known, check);
                batch.best != Plan::Cpu || learner.is_some_and(|learner| learner.due(model, &batch).is_some())
            })
    }

    /// From how many signatures on a first batch is worth opening the device.
    fn first_batch(&mut self, policy: Policy) -> usize {
        let file = self.file.as_deref();
        let known = || file.is_some_and(|path| File::load(path).is_measured(&build(), stage(policy)));
        let measured = *self.measured.get_or_insert_with(known);
        if measured { FIRST_BATCH_MEASURED } else { FIRST_BATCH_UNMEASURED }
    }

    /// Who checks a batch of signatures, and what a caller should know.
    pub fn sigverify(
        &mut self,
        gpu: &mut Gpu,
        policy: Policy,
        check: Check,
        source: &(dyn SignatureSource + Sync),
    ) -> Result<(SignaturePlan, Option<String>)> {
        let mut note = None;
        if self.assumed.is_none() {
            let device = key(gpu.device(), &unusual(gpu));
            note = self.model(stage(policy), &device, || measure::sigverify(gpu, policy))?.1;
        }
        Ok((self.choose(policy, check, source.len(), gpu.known_share(policy, source)), note))
    }

    fn choose(&mut self, policy: Policy, check: Check, signatures: usize, known: f64) -> SignaturePlan {
        let measured = self.choice.as_ref().and_then(|choice| choice.model(stage(policy)));
        let Some(model) = self.assumed.as_ref().or(measured) else {
            return SignaturePlan { plan: Plan::Cpu, meet: None };
        };
        let batch = batch(model, signatures, known, check);
        let learner = self.learners.get_mut(stage(policy)).filter(|_| self.assumed.is_none());
        let plan = learner.map_or(batch.best, |learner| learner.plan(model, &batch));
        let gains = batch.best == Plan::Cpu && model.plan(signatures, 1.0, checked(check)) != Plan::Cpu;
        let meets = plan == Plan::Cpu && gains && self.acquaintance.is_due();
        SignaturePlan { plan, meet: meets.then(|| model.uses_for_table(signatures, checked(check))) }
    }

    /// The device saw the keys of a batch of so many signatures.
    pub(crate) fn met(&mut self, met: Encounter, signatures: usize) {
        self.acquaintance.met(met, signatures);
    }

    /// A batch of signatures took the CPU so long.
    pub fn cpu_took(&mut self, policy: Policy, signatures: usize, seconds: f64) {
        self.learn(policy, |learner, model| learner.cpu_took(model, signatures, seconds));
    }

    /// A batch took the device so long, alone.
    pub(crate) fn device_took(&mut self, policy: Policy, signatures: usize, course: Course, seconds: f64) {
        self.learn(policy, |learner, model| {
            learner.device_took(model, signatures, course.known, without_tables(model, course, seconds));
        });
    }

    /// A batch, of which the device had a share and the CPU then `checked` so many, took both so long: how much of that was
    /// beside the CPU's part nobody can say, so what checking should take alone is set off.
    pub(crate) fn both_took(
        &mut self,
        policy: Policy,
        signatures: usize,
        share: usize,
        checked: usize,
        course: Course,
        seconds: f64,
    ) {
        self.learn(policy, |learner, model| {
            let check_s = model.check_seconds(Plan::Split(share), signatures, |_| checked);
            // Whose part the tables made longer nobody can say, if they took long.
            if course.built as f64 * model.table_seconds() > seconds / 10.0 {
                return learner.not_seen(Plan::Split(share), signatures);
            }
            learner.both_took(model, signatures, share, course.known, seconds - check_s);
        });
    }

    /// How long the device took for a batch was not seen.
    pub(crate) fn device_not_seen(&mut self, policy: Policy, signatures: usize) {
        self.learn(policy, |learner, _| learner.not_seen(Plan::Device, signatures));
    }

    fn learn(&mut self, policy: Policy, learn: impl FnOnce(&mut Learner, &mut Model)) {
        let model = self.choice.as_mut().and_then(|choice| choice.stages.get_mut(stage(policy)));
        if let (Some(model), Some(learner)) = (model, self.learners.get_mut(stage(policy))) {
            learn(learner, model);
        }
    }
}

impl Drop for Calibrator {
    /// What was corrected is kept; where that fails, the next process starts from what was measured.
    fn drop(&mut self) {
        let (Some(file), Some(device), Some(choice)) = (&self.file, &self.device, &self.choice) else { return };
        for (stage, _) in self.learners.iter().filter(|(_, learner)| learner.corrections() >= WORTH_KEEPING) {
            if let Some(model) = choice.model(stage) {
                _ = File::keep(file, device, stage, *model);
            }
        }
    }
}

/// What a batch would have taken without the tables that were built on the way: they are for later batches, too, and would make
/// this size look slow for good.
fn without_tables(model: &Model, course: Course, seconds: f64) -> f64 {
    (seconds - course.built as f64 * model.table_seconds()).max(seconds / 4.0)
}

/// A batch of signatures as a model sees it.
fn batch(model: &Model, items: usize, known: f64, check: Check) -> Batch<impl Fn(usize) -> usize> {
    Batch { items, known, check: checked(check), best: model.plan(items, known, checked(check)) }
}

/// Signatures of a device's share that the CPU checks, as far as that is known before.
pub(super) fn checked(check: Check) -> impl Fn(usize) -> usize {
    move |share| match check {
        Check::Off => 0,
        Check::Full => share,
        Check::Sampled(sample) => CANARIES + (sample as usize).min(share),
    }
}

/// A stage's name in [`Choice`].
fn stage(policy: Policy) -> &'static str {
    match policy {
        Policy::Strict => "sigverify strict",
        Policy::Zip215 => "sigverify zip215",
    }
}

/// A device in the file, with all else that times depend on: the cores, the build, and how signatures are verified.
fn key(device: &Device, verifier: &str) -> String {
    let summary = &device.summary;
    let simd = if cfg!(feature = "ed25519-simd") { " with ed25519-simd" } else { "" };
    format!(
        "{} | {} | {} | {} threads | {}{simd}{verifier}",
        summary.name,
        summary.backend,
        summary.driver,
        rayon::current_num_threads(),
        build(),
    )
}

fn build() -> String {
    format!("{}, shaders {}", env!("CARGO_PKG_VERSION"), shaders::digest())
}

/// What is unusual in how signatures are verified.
fn unusual(gpu: &Gpu) -> String {
    let VerifierOptions { int32, limbs, key_budget_bytes, .. } = gpu.verifier_options();
    let mut text = String::new();
    if *int32 {
        text += ", 32-bit integers";
    }
    if let Some(limbs) = limbs {
        text += &format!(", {limbs:?} limbs");
    }
    if *key_budget_bytes != VerifierOptions::default().key_budget_bytes {
        text += &format!(", {key_budget_bytes} bytes of key tables");
    }
    text
}

#[cfg(test)]
#[path = "calibrator_tests.rs"]
mod tests;
