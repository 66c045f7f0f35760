//! Scale: blocks of up to four million transactions, states of up to fifty million accounts, and the memory that a process takes.

use super::contest::{Contest, Met};
use super::contestants::{Contestant, Executing, Validating};
use super::row::Row;
use super::{Bench, Suite, disagreement, machine};
use crate::error::Result;
use crate::ingest;
use crate::workload::{GeneratedBlock, Workload};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The name of these rows.
const SCALE: &str = "scale";
/// States that a block of 100,000 is executed on.
const ACCOUNTS: [usize; 6] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 50_000_000];
/// Bytes that an account takes while a workload is generated and executed: three copies of it, its id among the keys, its index.
const BYTES_AN_ACCOUNT: u64 = 300;
/// Transactions of the largest block.
const LARGEST: usize = 4_000_000;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    if bench.suite == Suite::Quick {
        return Ok(());
    }
    for accounts in ACCOUNTS {
        if machine::available_bytes().is_some_and(|free| free < BYTES_AN_ACCOUNT * accounts as u64) {
            bench.leave_out(format!("{SCALE}: {accounts} accounts are left out, for memory is short"));
            continue;
        }
        let workload = Workload { transactions: 100_000, accounts, signed: false, ..Workload::default() };
        one(bench, &workload, (1, 5))?;
    }
    let largest = Workload { transactions: LARGEST, accounts: 10_000, ..Workload::default() };
    one(bench, &largest, (0, 1))?;
    memory(bench)
}

fn one(bench: &mut Bench, workload: &Workload, rounds: (usize, usize)) -> Result<()> {
    let Workload { transactions, accounts, signed, .. } = *workload;
    let kind = if signed { "signed" } else { "unsigned" };
    bench.step(&format!("{SCALE}: {transactions} {kind} transactions, {accounts} accounts"));
    let contest = Contest::new(workload, Some(SCALE), signed)?;
    let validators = if signed { &mut bench.signed } else { &mut bench.unsigned };
    let mut contestants: Vec<Box<dyn Contestant + '_>> = Vec::new();
    for (engine, validator) in validators {
        contestants.push(match signed {
            true => Box::new(Validating(*engine, validator)),
            false => Box::new(Executing(*engine, validator)),
        });
    }
    let rows = contest.measure(&mut contestants, Met::Everything, rounds, bench.canary.as_ref())?;
    bench.report.rows.extend(rows);
    Ok(())
}

/// What a process takes at its peak that validates the largest block, beside its two files.
fn memory(bench: &mut Bench) -> Result<()> {
    let Some(program) = bench.program.clone() else { return Ok(()) };
    bench.step(&format!("{SCALE}: memory of a process, {LARGEST} transactions"));
    let workload = Workload { transactions: LARGEST, accounts: 1_000_000, signed: false, ..Workload::default() };
    let failed = |what: String| disagreement("parallel", "memory of a process", what);
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let (block, state) = (folder.path().join("block.bin"), folder.path().join("state.bin"));
    {
        let generated: GeneratedBlock = workload.generate();
        ingest::write_block(&block, &generated.block)?;
        ingest::write_state(&state, &generated.state)?;
    }
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let input = bytes(&block) + bytes(&state);
    for engine in bench.engines.clone() {
        let mut command = Command::new(&program);
        command.args(["validate", "--no-signatures", "--json", "--engine", engine.name()]);
        let output = command.arg("--block").arg(&block).arg("--state").arg(&state).output();
        let output = output.map_err(|error| failed(error.to_string()))?;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if answer["applied"] != LARGEST {
            return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let (Some(peak), Some(seconds)) =
            (answer["memory"]["peak_bytes"].as_u64(), answer["seconds"]["total"].as_f64())
        else {
            continue;
        };
        bench.report.rows.push(Row {
            workload: "memory of a process".to_owned(),
            engine: engine.name().to_owned(),
            policy: "strict".into(),
            balances: "ample".to_owned(),
            scope: "end_to_end".into(),
            grid: Some(SCALE.into()),
            transactions: LARGEST,
            accounts: workload.accounts,
            per_second: LARGEST as f64 / seconds,
            samples_s: vec![seconds],
            ran: engine.name().to_owned(),
            applied: LARGEST,
            memory_per_transaction: Some((peak as f64 - input as f64) / LARGEST as f64),
            ..Row::default()
        });
    }
    Ok(())
}
