//! Signatures alone.

use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement};
use crate::error::Result;
use crate::workload::Workload;
use crate::{Engine, Policy, parallel, serial};
use std::time::Instant;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (runs, sizes): (_, &[usize]) =
        if bench.suite == Suite::Quick { (3, &[1_024, 16_384]) } else { (5, &[1, 64, 1_024, 16_384, 65_536]) };
    for policy in [Policy::Strict, Policy::Zip215] {
        for count in sizes {
            one(bench, policy, *count, runs)?;
        }
    }
    Ok(())
}

fn one(bench: &mut Bench, policy: Policy, count: usize, runs: usize) -> Result<()> {
    (bench.progress)(&format!("sigverify: {count} signatures, {policy}"));
    let workload = Workload { transactions: count, accounts: 1_000, ..Workload::default() };
    let mut transactions = workload.generate().block.transactions;
    // One in seven is broken, so that an engine that accepts everything is found out.
    for transaction in transactions.iter_mut().step_by(7) {
        let mut signature = *transaction.signature();
        signature[40] ^= 1;
        *transaction = transaction.with_signature(signature);
    }
    let expected = serial::sigverify::sigverify(policy, &transactions);
    let engines = [Engine::Serial, Engine::Parallel];
    let samples = interleave(engines.len(), 1, runs, |contestant| {
        let begun = Instant::now();
        let verdicts = match engines[contestant] {
            Engine::Serial => serial::sigverify::sigverify(policy, &transactions),
            _ => parallel::sigverify::sigverify(policy, &transactions),
        };
        let time = begun.elapsed();
        if verdicts != expected {
            return Err(disagreement(engines[contestant].name(), "sigverify", "verdicts differ from serial"));
        }
        Ok(time)
    })?;
    for (engine, samples_s) in engines.into_iter().zip(samples) {
        bench.report.rows.push(Row {
            workload: "signatures".to_owned(),
            engine: engine.name().to_owned(),
            policy: policy.name(),
            invalid: 100.0 / 7.0,
            invalid_reason: Some("signature"),
            balances: workload.balances.to_string(),
            scope: "sigverify",
            transactions: count,
            accounts: workload.accounts,
            signatures: true,
            keys: Some("known"),
            per_second: count as f64 / median(&samples_s),
            samples_s,
            ran: engine.name().to_owned(),
            rounds: 1,
            tail: 0,
            applied: expected.iter().filter(|valid| **valid).count(),
        });
    }
    Ok(())
}
