//! What checking a device's work costs: execution against executing it, signed blocks with the check against without.

use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement};
use crate::encode::static_statuses;
use crate::engine::Engine;
use crate::error::Result;
use crate::ledger::Input;
use crate::outcome::{Report, Stage};
use crate::snapshot::Snapshot;
use crate::verify::Check;
use crate::workload::{Balances, GeneratedBlock, Workload};
use crate::{Validator, serial};
use std::time::Instant;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    if !bench.engines.contains(&Engine::Gpu) {
        return Ok(());
    }
    execution(bench)?;
    // Checking a hundred thousand signatures again, and again, takes its time.
    if bench.suite == Suite::Quick && !bench.alone { Ok(()) } else { signed(bench) }
}

fn runs(bench: &Bench) -> usize {
    if bench.suite == Suite::Quick { 3 } else { 7 }
}

/// A million transfers: `parallel` executes, and the CPU's check of the device's execution, which is that and a comparison.
fn execution(bench: &mut Bench) -> Result<()> {
    let transactions = 1_000_000;
    let accounts = 1_000_000;
    let workload = Workload { transactions, accounts, signed: false, ..Workload::default() };
    bench.step("verify: execution of 1000000 transfers");
    let GeneratedBlock { block, state } = workload.generate();
    let expected = serial::execute::execute(&block, &state, None).statuses;
    let snapshot = Snapshot::new(&block, &state);
    let open = static_statuses(&block, None);
    let input = Input::new(&block, &state, &snapshot);
    let unsigned = || bench.builder.clone().without_signatures();
    let mut contestants: [(Engine, Validator, Stage); 2] = [
        (Engine::Parallel, unsigned().engine(Engine::Parallel).build()?, Stage::Execute),
        (Engine::Gpu, unsigned().engine(Engine::Gpu).check(Check::default()).build()?, Stage::Verify),
    ];
    let samples = interleave(2, 1, runs(bench), |contestant| {
        let (engine, validator, stage) = &mut contestants[contestant];
        let (mut statuses, mut report) = (open.clone(), Report::default());
        validator.execute(&input, &mut statuses, &mut report)?;
        if statuses != expected || !report.faults.is_empty() {
            return Err(disagreement(engine.name(), "uniform", "the result differs from serial"));
        }
        Ok(report.time(*stage))
    })?;
    let names = ["execution on the CPU", "check of the device's execution"];
    for (name, samples_s) in names.into_iter().zip(samples) {
        push(bench, name, &workload, false, samples_s, "parallel");
    }
    Ok(())
}

/// Signed blocks by `gpu`, with no check, the default one and a full one.
fn signed(bench: &mut Bench) -> Result<()> {
    let workload = Workload { transactions: 100_000, accounts: 10_000, ..Workload::default() };
    bench.step("verify: signed blocks of 100000 with and without the check");
    let generated = workload.generate();
    let verdicts = vec![true; workload.transactions];
    let expected = serial::execute::execute(&generated.block, &generated.state, Some(&verdicts));
    let checks = [Check::Off, Check::default(), Check::Full];
    let build = |check: Check| bench.builder.clone().engine(Engine::Gpu).check(check).build();
    let mut validators = checks.map(build).into_iter().collect::<Result<Vec<_>>>()?;
    let samples = interleave(checks.len(), 1, runs(bench), |contestant| {
        let begun = Instant::now();
        let outcome = validators[contestant].validate(&generated.block, &generated.state)?;
        let time = begun.elapsed();
        if outcome.statuses != expected.statuses
            || outcome.changes != expected.changes
            || !outcome.report.faults.is_empty()
        {
            return Err(disagreement("gpu", "uniform", "the result differs from serial"));
        }
        Ok(time)
    })?;
    for (check, samples_s) in checks.into_iter().zip(samples) {
        push(bench, &format!("signed blocks, check {check}"), &workload, true, samples_s, "gpu");
    }
    Ok(())
}

fn push(bench: &mut Bench, name: &str, workload: &Workload, signatures: bool, samples_s: Vec<f64>, ran: &str) {
    bench.report.rows.push(Row {
        workload: name.to_owned(),
        engine: "gpu".to_owned(),
        policy: "strict".into(),
        invalid: 0.0,
        invalid_reason: None,
        balances: Balances::Ample.to_string(),
        scope: "verify".into(),
        transactions: workload.transactions,
        accounts: workload.accounts,
        signatures,
        keys: signatures.then(|| "known".into()),
        bytes_per_signature: None,
        per_second: workload.transactions as f64 / median(&samples_s),
        samples_s,
        ran: ran.to_owned(),
        rounds: 1,
        tail: 0,
        waves: None,
        applied: workload.transactions,
        ..Row::default()
    });
}
