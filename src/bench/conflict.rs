//! Scheduling alone: waves from access sets with numbered keys, four keys a transaction, two of them written; and what
//! comes before and after them.

use super::peers::account_locks::AccountLocks;
use super::peers::{Place, illegal, prio_graph};
use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement};
use crate::conflict::{AccessSets, Dependencies, Interner};
use crate::error::Result;
use crate::outcome::Report;
use crate::scheduler::Scheduler;
use crate::workload::measured::{ACCESS_SHAPES, declared, hashed_keys};
use crate::workload::{AccessShape, AccessWorkload};
use crate::{Engine, serial};
use std::time::{Duration, Instant};

/// An engine, or somebody else's method.
enum Contestant {
    Engine(Box<Scheduler>),
    PrioGraph,
    AccountLocks(AccountLocks),
}

/// A block, and what every answer is held against.
struct Case {
    workload: AccessWorkload,
    sets: AccessSets,
    wave: Vec<u32>,
    dependencies: Dependencies,
}

impl Contestant {
    fn name(&self) -> &'static str {
        match self {
            Contestant::Engine(scheduler) => scheduler.engine().name(),
            Contestant::PrioGraph => "prio-graph",
            Contestant::AccountLocks(_) => "account-locks",
        }
    }

    /// Schedules the block, and checks the answer after the clock has stopped.
    fn run(&mut self, case: &Case) -> Result<Duration> {
        let begun = Instant::now();
        let (time, wrong) = match self {
            Contestant::Engine(scheduler) => {
                let waves = scheduler.waves(&case.sets)?;
                let (time, right) = (begun.elapsed(), waves == case.wave);
                let event = scheduler.report().events.first().cloned();
                let wrong = (!right).then(|| "the waves differ from serial's".to_owned());
                (time, wrong.or(event.filter(|_| scheduler.engine() == Engine::Gpu)))
            }
            Contestant::PrioGraph => {
                let batches = prio_graph::schedule(&case.sets);
                (begun.elapsed(), case.illegal(&prio_graph::places(&batches, case.sets.len())))
            }
            Contestant::AccountLocks(locks) => {
                let places = locks.schedule(&case.sets);
                (begun.elapsed(), case.illegal(places))
            }
        };
        match wrong {
            Some(wrong) => Err(disagreement(self.name(), &case.workload.shape.to_string(), wrong)),
            None => Ok(time),
        }
    }

    fn report(&self) -> Option<&Report> {
        if let Contestant::Engine(scheduler) = self { Some(scheduler.report()) } else { None }
    }
}

impl Case {
    fn new(workload: AccessWorkload) -> Result<Self> {
        let sets = workload.generate();
        let mut dependencies = Dependencies::default();
        dependencies.find(&sets)?;
        Ok(Self { workload, wave: serial::conflict::waves(&sets), sets, dependencies })
    }

    fn illegal(&self, places: &[Option<Place>]) -> Option<String> {
        illegal(&self.sets, &self.dependencies, places)
    }
}

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (transactions, keys, runs) =
        if bench.suite == Suite::Quick { (100_000, 100_000, 3) } else { (1_000_000, 1_000_000, 5) };
    let mut contestants = Vec::new();
    for engine in std::iter::once(Engine::Serial).chain(bench.engines.iter().copied()) {
        contestants.push(Contestant::Engine(Box::new(bench.scheduler.clone().engine(engine).build()?)));
    }
    contestants.extend([Contestant::PrioGraph, Contestant::AccountLocks(AccountLocks::default())]);
    for shape in ACCESS_SHAPES {
        bench.step(&format!("conflict: {shape}, {transactions} transactions"));
        let case = Case::new(AccessWorkload { shape, transactions, keys, ..AccessWorkload::default() })?;
        let samples = interleave(contestants.len(), 1, runs, |contestant| contestants[contestant].run(&case))?;
        for (contestant, samples) in contestants.iter().zip(samples) {
            let report = contestant.report();
            let effort = report.map_or((0, 0), |report| (report.rounds, report.tail));
            let ran = report.and_then(|report| report.engine(crate::Stage::Conflict));
            let ran = ran.map_or(contestant.name(), Engine::name);
            bench.report.rows.push(row(&case, shape.to_string(), contestant.name(), ran, effort, samples));
        }
        if shape == AccessShape::Zipf(0.0) {
            around(bench, &case, runs)?;
        }
    }
    Ok(())
}

/// What callers pay beside the waves, on the CPU: numbering 32-byte keys before them, and all that a schedule says, or
/// dependencies, after them.
fn around(bench: &mut Bench, case: &Case, runs: usize) -> Result<()> {
    const PARTS: [&str; 3] = ["with 32-byte keys numbered", "whole schedule", "dependencies"];
    let keys = hashed_keys(&case.sets);
    let declared = declared(&case.sets, &keys);
    let mut scheduler = bench.scheduler.clone().engine(Engine::Parallel).build()?;
    let mut interner = Interner::new();
    let expected = serial::conflict::schedule(&case.sets);
    let name = |part: usize| format!("{}, {}", case.workload.shape, PARTS[part]);
    let samples = interleave(PARTS.len(), 1, runs, |part| {
        let begun = Instant::now();
        let (time, right) = match part {
            0 => {
                interner.clear();
                interner.extend(declared.clone())?;
                let waves = scheduler.waves(interner.sets())?;
                (begun.elapsed(), waves == case.wave)
            }
            1 => {
                let schedule = scheduler.schedule(&case.sets)?;
                (begun.elapsed(), *schedule == expected)
            }
            _ => {
                let dependencies = scheduler.dependencies(&case.sets)?;
                (begun.elapsed(), dependencies.count() == case.dependencies.count())
            }
        };
        if right { Ok(time) } else { Err(disagreement("parallel", &name(part), "the result differs from serial's")) }
    })?;
    for (part, samples) in samples.into_iter().enumerate() {
        bench.report.rows.push(row(case, name(part), "parallel", "parallel", (1, 0), samples));
    }
    Ok(())
}

fn row(case: &Case, workload: String, engine: &str, ran: &str, effort: (u32, usize), samples_s: Vec<f64>) -> Row {
    let transactions = case.sets.len();
    Row {
        workload,
        engine: engine.to_owned(),
        policy: "strict".into(),
        invalid: 0.0,
        invalid_reason: None,
        balances: "ample".to_owned(),
        scope: "conflict".into(),
        transactions,
        accounts: case.workload.keys,
        signatures: false,
        keys: None,
        bytes_per_signature: None,
        per_second: transactions as f64 / median(&samples_s),
        samples_s,
        ran: ran.to_owned(),
        rounds: effort.0,
        tail: effort.1,
        waves: Some(case.wave.iter().max().map_or(0, |wave| wave + 1)),
        applied: transactions,
        ..Row::default()
    }
}
