//! When a batch is given to whoever is thought to be slower, so that it is seen whether that is still so.

use super::curve::{GRID, place};
use super::model::{Model, Plan};

/// The part of the time that trying one way of doing batches may cost; there are two beside the one that is thought
/// to be the fastest, so trying costs twice that in all.
const PART: f64 = 0.01;
/// Batches between two trials, however little they cost.
const PAUSE: u32 = 16;
/// Whoever takes more than so many times as long is hardly a candidate, and tried ever more rarely the longer it takes.
const REACH: f64 = 4.0;
/// Seconds that a device may need for its shaders where it did no batch yet.
const START_S: f64 = 2.0;

/// What was earned for trials, for every way of doing batches and for every size: large batches do not wait for what
/// small ones spend, and nobody's small batches pay for large ones. Without clock or chance: its time is what batches
/// took.
#[derive(Debug, Default)]
pub struct Explorer {
    accounts: [[Account; GRID.len()]; WAYS],
    /// The device did a batch, so its shaders are compiled.
    warm: bool,
    /// What all batches took.
    spent_s: f64,
}

/// The CPU, the device, and both.
const WAYS: usize = 3;

#[derive(Clone, Copy, Debug)]
struct Account {
    /// Seconds that trials may cost; less than zero after one that cost more than was expected.
    earned_s: f64,
    /// Batches before the next trial.
    wait: u32,
    trial: Option<Trial>,
}

impl Default for Account {
    fn default() -> Self {
        Self { earned_s: 0.0, wait: PAUSE, trial: None }
    }
}

/// A batch that is under way.
#[derive(Clone, Copy, Debug)]
struct Trial {
    price_s: f64,
    /// With this, its check aside, it is as fast as the fastest.
    level_s: f64,
}

/// A batch, and who is thought to be the fastest.
#[derive(Clone, Copy, Debug)]
pub struct Batch<C> {
    pub items: usize,
    /// The share of its keys that have tables.
    pub known: f64,
    /// Items of a device's share that the CPU does again.
    pub check: C,
    pub best: Plan,
}

impl Explorer {
    /// The device is ready.
    pub fn warm(&mut self) {
        self.warm = true;
    }

    /// Who is to do a batch for once instead of the best.
    pub fn due(&self, model: &Model, batch: &Batch<impl Fn(usize) -> usize>) -> Option<Plan> {
        if batch.items < model.smallest {
            return None;
        }
        self.alternatives(model, batch).into_iter().flatten().find(|plan| {
            let account = &self.accounts[way(*plan)][place(batch.items).0];
            account.wait == 0 && account.earned_s >= price(model, batch, *plan)
        })
    }

    /// It does.
    pub fn begin(&mut self, model: &Model, batch: &Batch<impl Fn(usize) -> usize>, plan: Plan) {
        let Batch { items, known, check, best } = batch;
        let level_s = model.seconds(*best, *items, *known, check) - model.check_seconds(plan, *items, check);
        let trial = Some(Trial { price_s: price(model, batch, plan), level_s });
        self.accounts[way(plan)][place(*items).0] = Account { earned_s: 0.0, wait: PAUSE, trial };
    }

    /// A batch took so long, its check aside; a trial among them costs what it took longer than the best would have.
    /// One that was faster than that is repeated at once.
    pub fn took(&mut self, plan: Plan, items: usize, seconds: f64) {
        self.spent_s += seconds;
        let size = place(items).0;
        for accounts in &mut self.accounts {
            accounts[size].earned_s += PART * seconds;
            accounts[size].wait = accounts[size].wait.saturating_sub(1);
        }
        let account = &mut self.accounts[way(plan)][size];
        if let Some(Trial { price_s, level_s }) = account.trial.take() {
            account.earned_s += price_s - (seconds - level_s).max(0.0);
            account.wait = if seconds < level_s { 0 } else { PAUSE };
        }
        self.warm |= plan != Plan::Cpu;
    }

    /// How long a batch took nobody knows; if it was a trial, another one has to be earned.
    pub fn not_seen(&mut self, plan: Plan, items: usize) {
        self.accounts[way(plan)][place(items).0].trial = None;
    }

    /// Those beside the best that could be faster, if they were better than they are thought to be.
    fn alternatives(&self, model: &Model, batch: &Batch<impl Fn(usize) -> usize>) -> [Option<Plan>; WAYS] {
        let Batch { items, known, check, best } = batch;
        let undisturbed = Model { contention: model.contention.map(|_| 0.0), ..*model };
        let opens = self.warm || PART * self.spent_s >= START_S;
        let plans = [Plan::Cpu, Plan::Device, undisturbed.plan(*items, *known, check)];
        let mut ways = [None; WAYS];
        for plan in plans {
            let share = plan.on_device(*items);
            // What the CPU does again in full is never faster.
            if way(plan) != way(*best) && (share == 0 || opens && check(share) < share) {
                ways[way(plan)] = Some(plan);
            }
        }
        ways
    }
}

/// What is lost if a batch takes as long as is expected, and more beyond reach.
fn price(model: &Model, batch: &Batch<impl Fn(usize) -> usize>, plan: Plan) -> f64 {
    let seconds = |plan| model.seconds(plan, batch.items, batch.known, &batch.check);
    let (best, tried) = (seconds(batch.best), seconds(plan));
    (tried - best).max(0.0) * (tried / best / REACH).max(1.0).powi(2)
}

fn way(plan: Plan) -> usize {
    match plan {
        Plan::Cpu => 0,
        Plan::Device => 1,
        Plan::Split(_) => 2,
    }
}
