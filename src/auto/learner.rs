//! What batches teach about a model: corrections, trials of whoever is thought to be slower, and when to measure again.

use super::curve::{Curve, GRID, place};
use super::explorer::{Batch, Explorer};
use super::model::{Model, Plan};
use super::trend::Trend;

/// Faster than was measured, several times in a row, can only be a wrong measurement.
const FASTER: i8 = -4;
/// Slower may be a busy moment, so it must be so for longer: batches in a row, and seconds that they took.
const SLOWER: i8 = 32;
const SLOWER_S: f64 = 10.0;
/// Seconds of batches before measuring, which takes about one, is done again; twice as many every time, for what
/// batches contradict again and again, no measurement will find.
const FIRST_PAUSE_S: f64 = 30.0;
const LONGEST_PAUSE_S: f64 = 3600.0;

/// Of a batch of which less is by keys of a kind, nothing is learned about that kind.
const LITTLE: f64 = 0.05;

/// What was learned of one stage.
#[derive(Debug)]
pub struct Learner {
    /// As it was measured, now or by an earlier process.
    measured: Model,
    cpu: Lesson,
    device: Lesson,
    known: Lesson,
    contention: Trend,
    explorer: Explorer,
    corrections: u32,
    /// What batches took since it was measured.
    spent_s: f64,
    pause_s: f64,
    stale: bool,
}

/// How batches differ from a curve as it is, and as it was measured.
#[derive(Debug, Default)]
struct Lesson {
    now: Trend,
    measured: Trend,
    /// What the batches in a row took that differ from what was measured, by size.
    row_s: [f64; GRID.len()],
}

impl Learner {
    /// Of a model that an earlier process measured.
    pub fn new(measured: Model) -> Self {
        let (cpu, device, known, contention, explorer) = <_>::default();
        let (corrections, spent_s, pause_s, stale) = (0, 0.0, FIRST_PAUSE_S, false);
        Self { measured, cpu, device, known, contention, explorer, corrections, spent_s, pause_s, stale }
    }

    /// It was measured now, perhaps again.
    pub fn renew(&mut self, measured: Model) {
        let explorer = std::mem::take(&mut self.explorer);
        let pause_s = self.pause_s;
        *self = Self { explorer, pause_s, ..Self::new(measured) };
        self.explorer.warm();
    }

    /// Batches contradict what was measured, and it is time to do it again.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// It is done again, whatever comes of it.
    pub fn measuring_again(&mut self) {
        (self.stale, self.spent_s) = (false, 0.0);
        self.pause_s = (2.0 * self.pause_s).min(LONGEST_PAUSE_S);
    }

    /// How many batches corrected the model since it was measured or read.
    pub fn corrections(&self) -> u32 {
        self.corrections
    }

    /// Who is tried with a batch for once, if anybody is.
    pub fn due(&self, model: &Model, batch: &Batch<impl Fn(usize) -> usize>) -> Option<Plan> {
        self.explorer.due(model, batch)
    }

    /// Who does a batch: the best, or for once somebody else.
    pub fn plan(&mut self, model: &Model, batch: &Batch<impl Fn(usize) -> usize>) -> Plan {
        let tried = self.due(model, batch);
        tried.inspect(|plan| self.explorer.begin(model, batch, *plan)).unwrap_or(batch.best)
    }

    /// A batch took the CPU so long.
    pub fn cpu_took(&mut self, model: &mut Model, items: usize, seconds: f64) {
        if self.counts(Plan::Cpu, items, seconds) {
            let measured = seconds / self.measured.cpu.seconds(items);
            self.stale |= self.cpu.contradicts(items, measured, seconds) && self.spent_s >= self.pause_s;
            let now = seconds / model.cpu.seconds(items);
            self.cpu.correct(&mut model.cpu, items, now, 1.0);
        }
    }

    /// A batch took the device so long, alone; each curve learns by the share of keys that it is for.
    pub fn device_took(&mut self, model: &mut Model, items: usize, known: f64, seconds: f64) {
        if !self.counts(Plan::Device, items, seconds) {
            return;
        }
        let known = model.device_known.map_or(0.0, |_| known);
        let measured = seconds / self.measured.device_seconds(items, known);
        let most = if known > 0.5 { &mut self.known } else { &mut self.device };
        self.stale |= most.contradicts(items, measured, seconds) && self.spent_s >= self.pause_s;
        let now = seconds / model.device_seconds(items, known);
        self.device.correct(&mut model.device, items, now, 1.0 - known);
        if let Some(curve) = &mut model.device_known {
            self.known.correct(curve, items, now, known);
        }
    }

    /// A batch, of which the device had a share, took both so long: it says how much they slow each other down.
    pub fn both_took(&mut self, model: &mut Model, items: usize, share: usize, known: f64, seconds: f64) {
        if !self.counts(Plan::Split(share), items, seconds) {
            return;
        }
        let (one, other) = (model.device_seconds(share, known), model.cpu.seconds(items - share));
        let found = model.contention_of(one, other, seconds);
        if let Some(contention) = &mut model.contention {
            let expected = one.max(other) + *contention * one.min(other);
            *contention += self.contention.weight(items, seconds / expected) * (found - *contention);
        }
    }

    /// How long a batch took nobody knows.
    pub fn not_seen(&mut self, plan: Plan, items: usize) {
        self.explorer.not_seen(plan, items);
    }

    fn counts(&mut self, plan: Plan, items: usize, seconds: f64) -> bool {
        let could_be = items > 0 && seconds > 0.0 && seconds.is_finite();
        if could_be {
            self.explorer.took(plan, items, seconds);
            self.spent_s += seconds;
            self.corrections = self.corrections.saturating_add(1);
        }
        could_be
    }
}

impl Lesson {
    /// Corrects a curve by a batch that took `ratio` times what was expected, and of which this share is its.
    fn correct(&mut self, curve: &mut Curve, items: usize, ratio: f64, share: f64) {
        if share > LITTLE {
            let weight = share * self.now.weight(items, ratio);
            curve.observe(items, curve.seconds(items) * ratio, weight);
        }
    }

    /// Whether batches contradict what was measured, after one that took `ratio` times that.
    fn contradicts(&mut self, items: usize, ratio: f64, seconds: f64) -> bool {
        let row = self.measured.count(items, ratio);
        let row_s = &mut self.row_s[place(items).0];
        *row_s = if row.unsigned_abs() > 1 { *row_s + seconds } else { seconds };
        row <= FASTER || row >= SLOWER && *row_s >= SLOWER_S
    }
}
