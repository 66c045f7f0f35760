//! `auto` beside the single engines at every batch size: signatures, and small blocks end to end.

use super::contest::warm_turns;
use super::row::Row;
use super::sampler::{interleave, median};
use super::sigverify::{BROKEN_EVERY, signatures};
use super::{Bench, Suite, disagreement, each, without_key_tables};
use crate::error::Result;
use crate::outcome::Stage;
use crate::serial;
use crate::verify::Check;
use crate::workload::Workload;
use crate::{Engine, Policy, Report, Transaction};
use std::time::Instant;

/// Seconds of a sample, about: small batches are repeated within it, so that a clock's tick and a scheduler's whim do not
/// decide.
const SAMPLE_S: f64 = 0.02;
/// Keys of the batches whose keys are known.
const KNOWN_KEYS: usize = 1_000;
/// Signatures of a batch with which every validator gets used to its work before the clock starts: it is large enough for
/// `auto` to open a device and measure.
const WARM_SIGNATURES: usize = 1 << 13;
const WARM_BATCHES: usize = 2;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    // A part of its own: all engines at all sizes take minutes.
    if bench.suite == Suite::Quick && !bench.alone {
        return Ok(());
    }
    let sizes: &[usize] = &crate::auto::GRID;
    for known in [false, true] {
        let builder = bench.builder.clone().policy(Policy::Strict);
        let builder = if known { builder } else { without_key_tables(builder) };
        let mut validators = each(&bench.engines, &builder)?;
        let warm = signatures(WARM_SIGNATURES, if known { KNOWN_KEYS } else { WARM_SIGNATURES });
        for (_, validator) in &mut validators {
            (0..WARM_BATCHES).for_each(|_| _ = validator.sigverify(&warm));
        }
        for size in sizes {
            let accounts = if known { KNOWN_KEYS } else { *size };
            let transactions = signatures(*size, accounts);
            let broken = (0..*size).map(|index| index % BROKEN_EVERY != 0).collect::<Vec<bool>>();
            let keys = if known { "known" } else { "cold" };
            let row = ("auto: signatures", "sigverify", accounts, Some(keys));
            sizes_row(bench, &mut validators, row, &transactions, |validator| {
                let (verdicts, report) = validator.sigverify(&transactions);
                if verdicts == broken { Ok(report) } else { Err(disagreement("auto", "signatures", "wrong verdicts")) }
            })?;
        }
    }
    blocks(bench, true, sizes)?;
    blocks(bench, false, sizes)
}

/// Blocks end to end, the default check included.
fn blocks(bench: &mut Bench, signed: bool, sizes: &[usize]) -> Result<()> {
    let builder = bench.builder.clone().check(Check::default());
    let builder = if signed { builder } else { builder.without_signatures() };
    let mut validators = each(&bench.engines, &builder)?;
    let warm = Workload { transactions: WARM_SIGNATURES, accounts: 10_000, signed, ..Workload::default() }.generate();
    for (_, validator) in &mut validators {
        for _ in 0..warm_turns(WARM_SIGNATURES, 10_000) {
            validator.validate(&warm.block, &warm.state)?;
        }
    }
    let largest = if signed { 1 << 16 } else { 1 << 20 };
    for size in sizes.iter().filter(|size| **size <= largest) {
        let accounts = 10_000;
        let generated = Workload { transactions: *size, accounts, signed, ..Workload::default() }.generate();
        let (block, state) = (&generated.block, &generated.state);
        let verdicts = signed.then(|| vec![true; *size]);
        let expected = serial::execute::execute(block, state, verdicts.as_deref());
        let name = if signed { "auto: signed blocks" } else { "auto: unsigned blocks" };
        let row = (name, "end_to_end", accounts, signed.then_some("known"));
        sizes_row(bench, &mut validators, row, &block.transactions, |validator| {
            let outcome = validator.validate(block, state)?;
            if outcome.statuses != expected.statuses || outcome.changes != expected.changes {
                return Err(disagreement("auto", name, "the result differs from serial"));
            }
            Ok(outcome.report)
        })?;
    }
    Ok(())
}

/// Name, scope, accounts and keys of a row.
type Names = (&'static str, &'static str, usize, Option<&'static str>);

/// Every engine on one batch, in turns, a few milliseconds a sample.
fn sizes_row(
    bench: &mut Bench,
    validators: &mut [(Engine, crate::Validator)],
    (name, scope, accounts, keys): Names,
    batch: &[Transaction],
    mut run: impl FnMut(&mut crate::Validator) -> Result<Report>,
) -> Result<()> {
    bench.step(&format!("{name}, {} of {}", batch.len(), keys.unwrap_or("no keys")));
    let mut repeats = vec![1usize; validators.len()];
    let mut reports = vec![Report::default(); validators.len()];
    // Large batches take seconds each: by then everybody is used to the work.
    let large = batch.len() > 1 << 16;
    for (contestant, (_, validator)) in validators.iter_mut().enumerate().filter(|_| !large) {
        run(validator)?;
        let begun = Instant::now();
        run(validator)?;
        repeats[contestant] = ((SAMPLE_S / begun.elapsed().as_secs_f64()) as usize).clamp(1, 1_000);
    }
    let runs = match batch.len() {
        small if small <= 1 << 14 => 7,
        medium if medium <= 1 << 16 => 3,
        _ => 1,
    };
    let samples = interleave(validators.len(), usize::from(!large), runs, |contestant| {
        let begun = Instant::now();
        for _ in 0..repeats[contestant] {
            reports[contestant] = run(&mut validators[contestant].1)?;
        }
        Ok(begun.elapsed() / repeats[contestant] as u32)
    })?;
    for ((samples_s, report), (engine, _)) in samples.into_iter().zip(&reports).zip(validators) {
        let stage = if scope == "sigverify" { Stage::Sigverify } else { Stage::Execute };
        let ran = report.engine(stage).map_or("none", |engine| engine.name());
        let share = report.shares.iter().find(|(_, engine, _)| *engine == Engine::Gpu);
        bench.report.rows.push(Row {
            workload: name.to_owned(),
            engine: engine.name().to_owned(),
            policy: "strict".into(),
            invalid: if scope == "sigverify" { 100.0 / BROKEN_EVERY as f64 } else { 0.0 },
            invalid_reason: (scope == "sigverify").then_some("signature".into()),
            balances: "ample".to_owned(),
            scope: "auto".into(),
            transactions: batch.len(),
            accounts,
            signatures: keys.is_some(),
            keys: keys.map(Into::into),
            per_second: batch.len() as f64 / median(&samples_s),
            samples_s,
            ran: share.map_or(ran.to_owned(), |(_, _, items)| format!("{ran}, {items} on the device")),
            rounds: report.rounds,
            tail: report.tail,
            ..Row::default()
        });
    }
    Ok(())
}
