//! The benchmark: engines side by side on the same blocks, every answer held against the serial engine.
//!
//! Engines take turns within one run, so that a machine whose speed drifts does so for all of them; what is reported is
//! the median. Times are end to end for their scope: transfers to and from a device are in them.

mod auto;
mod canary;
mod cold;
pub mod compare;
mod conflict;
mod contest;
#[cfg(test)]
mod contest_tests;
mod contestants;
mod end_to_end;
mod execute;
pub mod findings;
mod grids;
mod headline;
pub(crate) mod machine;
mod peers;
#[cfg(feature = "gpu")]
pub mod profile;
pub mod report;
mod resolve;
mod root;
mod row;
mod sampler;
mod scale;
mod sigverify;
pub mod statistics;
mod stream;
mod table;
mod valid_signatures;
mod verify;
mod watch;
pub mod words;

#[doc(hidden)]
pub use canary::{Canary, CanaryKind};
pub use row::{Latency, Name, Report, Row, SCHEMA, Timed};
pub use watch::Event;

use crate::error::{Error, Result};
use crate::scheduler::{Scheduler, SchedulerBuilder};
use crate::verify::Check;
use crate::workload::Workload;
use crate::{Engine, Validator, ValidatorBuilder};
use std::path::PathBuf;
use std::time::Instant;
use watch::Watch;

#[cfg(feature = "gpu")]
use crate::gpu::{
    adapter::AdapterKind,
    device::{Device, DeviceOptions},
};

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suite {
    /// Under three minutes on two cores.
    Quick,
    /// More sizes and more samples.
    Full,
}

/// What to measure, on what.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much.
    pub suite: Suite,
    /// Index, or part of name, backend or kind of the adapter.
    pub adapter: Option<String>,
    /// Where `auto` keeps what it measured.
    pub calibration: Option<PathBuf>,
    /// The `wavelock` program, started anew to measure cold starts; `None` leaves them out.
    pub program: Option<PathBuf>,
    /// One of [`SCOPES`] alone.
    pub scope: Option<String>,
    /// One of [`GRIDS`] alone, whole.
    pub grid: Option<String>,
    /// Spoils a contestant that executes or validates, for tests of the bench itself.
    #[doc(hidden)]
    pub canary: Option<Canary>,
}

/// What can be measured alone: the scopes of rows, and blocks in a row, whose scope is `end_to_end`, too.
pub const SCOPES: [&str; 10] =
    ["snapshot", "sigverify", "conflict", "execute", "root", "end_to_end", "pipeline", "verify", "auto", "scale"];

/// Published workloads, and some that nobody publishes: `BIAS.md` says whose they are.
pub const GRIDS: [&str; 9] = grids::NAMES;

/// Validators of every engine that is there, kept warm from block to block.
struct Bench {
    suite: Suite,
    builder: ValidatorBuilder,
    scheduler: SchedulerBuilder,
    engines: Vec<Engine>,
    signed: Vec<(Engine, Validator)>,
    unsigned: Vec<(Engine, Validator)>,
    grid: Option<String>,
    canary: Option<Canary>,
    /// One scope was asked for by name.
    alone: bool,
    /// There is a card, for which sizes that keep two cores busy for minutes are small.
    card: bool,
    /// The `wavelock` program, where it may be started.
    program: Option<PathBuf>,
    /// What was left out, and why.
    notes: Vec<String>,
    report: Report,
    watch: Watch,
}

impl Bench {
    /// Nothing is dropped without a word.
    fn leave_out(&mut self, what: String) {
        self.step(&what);
        self.notes.push(what);
    }
}

/// Runs the suite. `listener` is told what is being measured, and what came out.
///
/// # Errors
/// [`Error::Disagreement`] where an engine's result is not the serial engine's.
pub fn run(options: &Options, listener: impl FnMut(Event) + 'static) -> Result<Report> {
    let wanted = |scope: &str| options.scope.as_deref().is_none_or(|only| only == scope);
    let Found { builder, scheduler, engines, notes, card } = engines(options);
    let mut bench = Bench {
        suite: options.suite,
        signed: each(&engines, &builder.clone().check(Check::default()))?,
        unsigned: each(&engines, &builder.clone().without_signatures())?,
        builder,
        scheduler,
        engines,
        grid: options.grid.clone(),
        canary: options.canary.clone(),
        alone: options.scope.is_some(),
        card,
        program: options.program.clone(),
        notes,
        report: Report { schema: SCHEMA.into(), machine: serde_json::Value::Null, rows: Vec::new() },
        watch: Watch::new(Box::new(listener), options),
    };
    let is_whole = options.scope.is_none() && options.grid.is_none();
    let cold_start = if is_whole { Some(cold_start(&mut bench, options)?) } else { None };
    let measures: [fn(&mut Bench) -> Result<()>; 10] = [
        resolve::measure,
        sigverify::measure,
        conflict::measure,
        execute::measure,
        root::measure,
        end_to_end::measure,
        stream::measure,
        verify::measure,
        auto::measure,
        scale::measure,
    ];
    if options.grid.is_some() {
        grids::one(&mut bench)?;
    } else {
        for (scope, measure) in SCOPES.iter().zip(measures).filter(|(scope, _)| wanted(scope)) {
            bench.watch.begin(scope);
            measure(&mut bench)?;
        }
    }
    bench.watch.rows(&mut bench.report.rows);
    bench.report.machine = machine::describe(&bench.unsigned, std::mem::take(&mut bench.notes));
    bench.report.machine["calibration"] = bench.watch.calibration();
    bench.report.machine["suite"] = if options.suite == Suite::Quick { "quick" } else { "full" }.into();
    if let Some(cold_start) = cold_start {
        bench.report.machine["cold_start_s"] = cold_start;
    }
    Ok(bench.report)
}

/// Seconds until the device has answered for the first time, shaders compiled or taken from the driver's cache: for one
/// signature, and for one transfer executed.
fn cold_start(bench: &mut Bench, options: &Options) -> Result<serde_json::Value> {
    let generated = Workload { transactions: 1, ..Workload::default() }.generate();
    let mut seconds = serde_json::Map::new();
    bench.step("first answers of the device");
    let stages = [("sigverify", &mut bench.signed), ("execute", &mut bench.unsigned)];
    for (stage, validators) in stages {
        for (_, validator) in validators.iter_mut().filter(|(engine, _)| *engine == Engine::Gpu) {
            let begun = Instant::now();
            if stage == "sigverify" {
                validator.sigverify(&generated.block.transactions);
            } else {
                validator.validate(&generated.block, &generated.state)?;
            }
            seconds.insert(stage.to_owned(), begun.elapsed().as_secs_f64().into());
        }
    }
    if let Some(program) = &options.program {
        let empty_cache = cold::measure(bench, program, options.adapter.as_deref())?;
        seconds.insert("empty_cache".to_owned(), empty_cache);
    }
    Ok(seconds.into())
}

/// A validator per engine.
fn each(engines: &[Engine], builder: &ValidatorBuilder) -> Result<Vec<(Engine, Validator)>> {
    engines.iter().map(|engine| Ok((*engine, builder.clone().engine(*engine).build()?))).collect()
}

/// For validators to which every key is new, however often they meet it.
fn without_key_tables(builder: ValidatorBuilder) -> ValidatorBuilder {
    #[cfg(feature = "gpu")]
    let builder = builder.key_budget_bytes(0);
    builder
}

/// What there is to measure.
struct Found {
    builder: ValidatorBuilder,
    scheduler: SchedulerBuilder,
    engines: Vec<Engine>,
    notes: Vec<String>,
    card: bool,
}

/// `parallel`, `gpu` where there is a device, and `auto`; the notes say why `gpu` is missing.
fn engines(options: &Options) -> Found {
    // A stage is timed without its check; blocks end to end, and the check itself, switch it on.
    let (builder, scheduler) = (Validator::builder().check(Check::Off), Scheduler::builder());
    let mut found = Found { builder, scheduler, engines: vec![Engine::Parallel], notes: Vec::new(), card: false };
    if let Some(file) = &options.calibration {
        found.builder = found.builder.calibration_file(file);
        found.scheduler = found.scheduler.calibration_file(file);
    }
    #[cfg(feature = "gpu")]
    match Device::open(&DeviceOptions { adapter: options.adapter.clone(), ..DeviceOptions::default() }) {
        Ok(device) => {
            found.card = device.summary.kind == AdapterKind::Discrete;
            found.builder = found.builder.device(device.clone());
            found.scheduler = found.scheduler.device(device);
            found.engines.push(Engine::Gpu);
        }
        Err(error) => found.notes.push(format!("gpu is left out: {error}")),
    }
    #[cfg(not(feature = "gpu"))]
    found.notes.push("gpu is left out: this build has no gpu feature".to_owned());
    found.engines.push(Engine::Auto);
    found
}

/// What a result that is not the serial engine's is reported as.
fn disagreement(engine: &str, workload: &str, what: impl std::fmt::Display) -> Error {
    Error::Disagreement(format!("{engine} on {workload}: {what}"))
}
