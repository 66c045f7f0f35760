//! The benchmark: engines side by side on the same blocks, every answer held against the serial engine.
//!
//! Engines take turns within one run, so that a machine whose speed drifts does so for all of them; what is reported is
//! the median. Times are end to end for their scope: transfers to and from a device are in them.

mod end_to_end;
mod execute;
pub(crate) mod machine;
mod plain;
mod row;
mod sampler;
mod sigverify;
mod table;

pub use row::{Report, Row};

use crate::error::{Error, Result};
use crate::{Engine, Validator, ValidatorBuilder};
use std::path::PathBuf;

#[cfg(feature = "gpu")]
use crate::gpu::device::{Device, DeviceOptions};

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
}

/// Validators of every engine that is there, kept warm from block to block.
struct Bench {
    suite: Suite,
    builder: ValidatorBuilder,
    engines: Vec<Engine>,
    signed: Vec<(Engine, Validator)>,
    unsigned: Vec<(Engine, Validator)>,
    report: Report,
    progress: Box<dyn FnMut(&str)>,
}

/// Runs the suite. `progress` is told what is being measured.
///
/// # Errors
/// [`Error::Disagreement`] where an engine's result is not the serial engine's.
pub fn run(options: &Options, progress: impl FnMut(&str) + 'static) -> Result<Report> {
    let (builder, engines, notes) = engines(options);
    let mut bench = Bench {
        suite: options.suite,
        signed: each(&engines, &builder)?,
        unsigned: each(&engines, &builder.clone().without_signatures())?,
        builder,
        engines,
        report: Report { schema: "wavelock-bench/1", machine: serde_json::Value::Null, rows: Vec::new() },
        progress: Box::new(progress),
    };
    sigverify::measure(&mut bench)?;
    execute::measure(&mut bench)?;
    end_to_end::measure(&mut bench)?;
    bench.report.machine = machine::describe(&bench.unsigned, notes);
    Ok(bench.report)
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

/// `parallel`, `gpu` where there is a device, and `auto`; the notes say why `gpu` is missing.
fn engines(options: &Options) -> (ValidatorBuilder, Vec<Engine>, Vec<String>) {
    let mut builder = Validator::builder();
    if let Some(file) = &options.calibration {
        builder = builder.calibration_file(file);
    }
    let mut notes = Vec::new();
    let mut engines = vec![Engine::Parallel];
    #[cfg(feature = "gpu")]
    match Device::open(&DeviceOptions { adapter: options.adapter.clone(), ..DeviceOptions::default() }) {
        Ok(device) => {
            builder = builder.device(device);
            engines.push(Engine::Gpu);
        }
        Err(error) => notes.push(format!("gpu is left out: {error}")),
    }
    #[cfg(not(feature = "gpu"))]
    notes.push("gpu is left out: this build has no gpu feature".to_owned());
    engines.push(Engine::Auto);
    (builder, engines, notes)
}

/// What a result that is not the serial engine's is reported as.
fn disagreement(engine: &str, workload: &str, what: impl std::fmt::Display) -> Error {
    Error::Disagreement(format!("{engine} on {workload}: {what}"))
}
