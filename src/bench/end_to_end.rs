//! Signed blocks from records and state to an outcome, everything included but reading files.

use super::execute::name;
use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement, each, without_key_tables};
use crate::error::Result;
use crate::outcome::{Outcome, Stage};
use crate::serial;
use crate::status::Reason;
use crate::verify::Check;
use crate::workload::{Workload, WorkloadKind};
use crate::{Policy, sigverify::SignatureSource};
use std::time::Instant;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let runs = if bench.suite == Suite::Quick { 3 } else { 5 };
    for (kind, exponent) in [(WorkloadKind::Uniform, 0.0), (WorkloadKind::Zipf, 1.0), (WorkloadKind::TwoAccounts, 0.0)]
    {
        for invalid in [1.0, 10.0, 50.0] {
            let invalid_reasons = vec![Reason::SignatureInvalid];
            let transactions = 10_000;
            let workload = Workload { kind, exponent, transactions, invalid, invalid_reasons, ..Workload::default() };
            one(bench, &workload, 1)?;
        }
    }
    for transactions in [1_000, 10_000, 100_000] {
        one(bench, &Workload { transactions, accounts: 10_000, ..Workload::default() }, runs)?;
    }
    one(bench, &Workload { transactions: 1_000_000, accounts: 10_000, ..Workload::default() }, 1)?;
    let cold = each(&bench.engines, &without_key_tables(bench.builder.clone().check(Check::default())))?;
    bench.signed = cold;
    one(bench, &Workload { transactions: 100_000, accounts: 200_000, ..Workload::default() }, runs)
}

fn one(bench: &mut Bench, workload: &Workload, runs: usize) -> Result<()> {
    let name = name(workload);
    (bench.progress)(&format!("end to end: {name}, {} signed transactions", workload.transactions));
    let generated = workload.generate();
    let (block, state) = (&generated.block, &generated.state);
    // The generator's own verdicts: serial checks of a million signatures would take longer than all the rest.
    let sample: Vec<usize> = (0..block.transactions.len()).step_by(1 + block.transactions.len() / 500).collect();
    let verdicts = known_verdicts(workload, &generated);
    for index in sample {
        let input = SignatureSource::get(&block.transactions, index);
        let valid = serial::sigverify::is_valid(Policy::Strict, &input);
        if valid != verdicts[index] {
            return Err(disagreement("generator", &name, format!("signature {index} is not what it was made to be")));
        }
    }
    let expected = serial::execute::execute(block, state, Some(&verdicts));
    let large = workload.transactions > 100_000;
    let mut last: Vec<Option<Outcome>> = vec![None; bench.signed.len()];
    let samples = interleave(bench.signed.len(), usize::from(!large), runs, |contestant| {
        let (engine, validator) = &mut bench.signed[contestant];
        let begun = Instant::now();
        let outcome = validator.validate(block, state)?;
        let time = begun.elapsed();
        if outcome.statuses != expected.statuses || outcome.changes != expected.changes {
            return Err(disagreement(engine.name(), &name, "the result differs from serial"));
        }
        last[contestant] = Some(outcome);
        Ok(time)
    })?;
    for (contestant, samples_s) in samples.into_iter().enumerate() {
        let outcome = last[contestant].as_ref().expect("everyone had a turn");
        let ran = |stage| outcome.report.engine(stage).map_or("none", |engine| engine.name());
        bench.report.rows.push(Row {
            workload: name.clone(),
            engine: bench.signed[contestant].0.name().to_owned(),
            policy: "strict".into(),
            invalid: workload.invalid,
            invalid_reason: (workload.invalid > 0.0).then(|| "signature".into()),
            balances: workload.balances.to_string(),
            scope: "end_to_end".into(),
            transactions: workload.transactions,
            accounts: workload.accounts,
            signatures: true,
            keys: Some(if workload.accounts > workload.transactions { "cold".into() } else { "known".into() }),
            bytes_per_signature: None,
            per_second: workload.transactions as f64 / median(&samples_s),
            samples_s,
            ran: format!("sigverify {}, execute {}", ran(Stage::Sigverify), ran(Stage::Execute)),
            rounds: outcome.report.rounds,
            tail: outcome.report.tail,
            waves: None,
            applied: outcome.counts().applied,
            ..Row::default()
        });
    }
    Ok(())
}

/// Valid but for the transactions that the generator gave a broken signature: those that the serial engine would apply
/// or reject for another reason are signed.
fn known_verdicts(workload: &Workload, generated: &crate::workload::GeneratedBlock) -> Vec<bool> {
    let all_valid = workload.invalid == 0.0;
    let transactions = &generated.block.transactions;
    if all_valid {
        return vec![true; transactions.len()];
    }
    serial::sigverify::sigverify(Policy::Strict, transactions)
}
