//! Cold start: the first batch of signatures of a process whose driver has compiled nothing yet.

use super::sampler::median;
use super::sigverify::{BROKEN_EVERY, signatures};
use super::{Bench, Suite, disagreement};
use crate::error::{Error, Result};
use crate::{Engine, Transaction, ingest};
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Signatures of the first batch, each with a key of its own.
const FIRST_BATCH: usize = 1_000;

/// What is started cold, and the options that say so.
const STARTS: [(&str, &[&str]); 3] = [
    ("strict", &["--policy", "strict"]),
    ("zip215", &["--policy", "zip215"]),
    ("strict, 32-bit integers", &["--policy", "strict", "--int32"]),
];

/// Seconds from the start of a process to its end, in which the device is opened, every kernel is compiled and a first batch is
/// verified: the cache of compiled shaders that Mesa's drivers keep is an empty folder. Other drivers may keep theirs elsewhere.
pub(super) fn measure(bench: &mut Bench, program: &Path, adapter: Option<&str>) -> Result<Value> {
    if !bench.engines.contains(&Engine::Gpu) {
        return Ok(Value::Null);
    }
    let folder = tempfile::tempdir().map_err(|error| failed(program, error))?;
    let input = folder.path().join("signatures.jsonl");
    write_signatures(&input, &signatures(FIRST_BATCH, FIRST_BATCH))?;
    let runs = if bench.suite == Suite::Quick { 1 } else { 3 };
    let mut seconds = Map::new();
    for (name, options) in STARTS {
        bench.step(&format!("cold start of a process: {name}"));
        let mut samples = Vec::new();
        for _ in 0..runs {
            let cache = tempfile::tempdir_in(folder.path()).map_err(|error| failed(program, error))?;
            let mut command = Command::new(program);
            command.args(["sigverify", "--engine", "gpu", "--json", "--input"]).arg(&input).args(options);
            command.args(adapter.into_iter().flat_map(|name| ["--adapter", name]));
            command.env("MESA_SHADER_CACHE_DIR", cache.path()).env_remove("MESA_SHADER_CACHE_DISABLE");
            let begun = Instant::now();
            let output = command.output().map_err(|error| failed(program, error))?;
            samples.push(begun.elapsed().as_secs_f64());
            check(name, &output)?;
        }
        seconds.insert(name.to_owned(), median(&samples).into());
    }
    Ok(seconds.into())
}

/// The answer has as many valid signatures as were made, and the device gave it.
fn check(name: &str, output: &std::process::Output) -> Result<()> {
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let valid = FIRST_BATCH - FIRST_BATCH.div_ceil(BROKEN_EVERY);
    if output.status.success() && answer["valid"] == valid && answer["engines"]["sigverify"] == Engine::Gpu.name() {
        return Ok(());
    }
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    Err(disagreement("gpu", &format!("cold start, {name}"), String::from_utf8_lossy(&said)))
}

fn write_signatures(path: &Path, transactions: &[Transaction]) -> Result<()> {
    ingest::write_file(path, |output| {
        transactions.iter().try_for_each(|transaction| {
            let [key, message, signature] =
                [&transaction.from().0[..], transaction.message(), &transaction.signature()[..]].map(hex::encode);
            writeln!(output, r#"{{"public_key":"{key}","message":"{message}","signature":"{signature}"}}"#)
        })
    })
}

fn failed(program: &Path, error: std::io::Error) -> Error {
    Error::Disagreement(format!("{}: a cold start could not be measured: {error}", program.display()))
}
