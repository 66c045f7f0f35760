//! Signatures alone, of messages of 128 bytes, one in seven broken: upload, key look-up and read-back included.

use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement, each, valid_signatures, without_key_tables};
use crate::error::Result;
use crate::validate::Validator;
use crate::workload::Workload;
use crate::{Engine, Policy, Stage, Transaction, serial};
use std::time::Instant;

/// Keys of the batches whose keys are known.
const KNOWN_KEYS: usize = 1_000;
/// One core checks no batch larger than this: it would take longer than all the rest.
const LARGEST_FOR_ONE_CORE: usize = 1 << 14;
/// One signature in so many is broken, the first among them.
pub(super) const BROKEN_EVERY: usize = 7;

/// Whether a device has met the keys of a batch before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Every signature has a key of its own, and no tables are kept.
    Cold,
    /// A thousand keys whose tables are on the device.
    Known,
}

impl Keys {
    pub(super) fn name(self) -> &'static str {
        if self == Keys::Cold { "cold" } else { "known" }
    }

    /// How many keys a batch has.
    pub(super) fn accounts(self, count: usize) -> usize {
        if self == Keys::Cold { count } else { KNOWN_KEYS }
    }
}

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (runs, sizes): (_, &[usize]) = match bench.suite {
        Suite::Quick if bench.card => (3, &[1 << 6, 1 << 10, 1 << 14, 1 << 16, 1 << 20]),
        Suite::Quick => (3, &[1 << 6, 1 << 10, 1 << 14, 1 << 16]),
        Suite::Full => (5, &[1, 1 << 3, 1 << 6, 1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20]),
    };
    for policy in [Policy::Strict, Policy::Zip215] {
        for keys in [Keys::Cold, Keys::Known] {
            let builder = bench.builder.clone().policy(policy);
            let builder = if keys == Keys::Cold { without_key_tables(builder) } else { builder };
            let engines: Vec<Engine> = bench.engines.iter().copied().filter(|engine| *engine != Engine::Auto).collect();
            let mut validators = each(&engines, &builder)?;
            for count in sizes.iter().filter(|count| policy == Policy::Strict || **count == 1 << 14) {
                one(bench, &mut validators, policy, keys, *count, runs)?;
            }
        }
    }
    valid_signatures::measure(bench)
}

fn one(
    bench: &mut Bench,
    validators: &mut [(Engine, Validator)],
    policy: Policy,
    keys: Keys,
    count: usize,
    runs: usize,
) -> Result<()> {
    bench.step(&format!("sigverify: {count} signatures, {policy}, {} keys", keys.name()));
    let accounts = keys.accounts(count);
    let transactions = signatures(count, accounts);
    // By construction; one core checks that, too, where it takes part.
    let one_core = count <= LARGEST_FOR_ONE_CORE;
    let expected: Vec<bool> = (0..count).map(|index| index % BROKEN_EVERY != 0).collect();
    let contestants = validators.len() + usize::from(one_core);
    let before = uploaded(validators);
    let mut ran = vec![Engine::Serial; contestants];
    let samples = interleave(contestants, 1, runs, |contestant| {
        let begun = Instant::now();
        let (verdicts, time) = match validators.get_mut(contestant) {
            None => (serial::sigverify::sigverify(policy, &transactions), begun.elapsed()),
            Some((engine, validator)) => {
                let (verdicts, report) = validator.sigverify(&transactions);
                let time = begun.elapsed();
                ran[contestant] = report.engine(Stage::Sigverify).unwrap_or(*engine);
                if ran[contestant] != *engine {
                    return Err(disagreement(engine.name(), "sigverify", report.events.join("; ")));
                }
                (verdicts, time)
            }
        };
        if verdicts != expected {
            return Err(disagreement(
                ran[contestant].name(),
                "sigverify",
                "verdicts differ from what the signatures were made to be",
            ));
        }
        Ok(time)
    })?;
    let sent = uploaded(validators) - before;
    for (engine, samples_s) in ran.into_iter().zip(samples) {
        bench.report.rows.push(Row {
            workload: "signatures".to_owned(),
            engine: engine.name().to_owned(),
            policy: policy.name().into(),
            invalid: 100.0 / BROKEN_EVERY as f64,
            invalid_reason: Some("signature".into()),
            balances: "ample".to_owned(),
            scope: "sigverify".into(),
            transactions: count,
            accounts,
            signatures: true,
            keys: Some(keys.name().into()),
            bytes_per_signature: (engine == Engine::Gpu).then(|| sent / (count * (runs + 1)) as f64),
            per_second: count as f64 / median(&samples_s),
            samples_s,
            ran: engine.name().to_owned(),
            rounds: 0,
            tail: 0,
            waves: None,
            applied: expected.iter().filter(|valid| **valid).count(),
            ..Row::default()
        });
    }
    Ok(())
}

/// Bytes that the validators have sent to the device so far.
fn uploaded(validators: &[(Engine, Validator)]) -> f64 {
    #[cfg(feature = "gpu")]
    return validators
        .iter()
        .filter_map(|(_, one)| one.verifier_stats())
        .map(|stats| stats.uploaded_bytes as f64)
        .sum();
    #[cfg(not(feature = "gpu"))]
    {
        let _ = validators;
        0.0
    }
}

/// Signed records, every seventh with a broken signature, so that an engine that accepts everything is found out.
pub(super) fn signatures(count: usize, accounts: usize) -> Vec<Transaction> {
    let workload = Workload { transactions: count, accounts, ..Workload::default() };
    let mut transactions = workload.generate().block.transactions;
    for transaction in transactions.iter_mut().step_by(BROKEN_EVERY) {
        let mut signature = *transaction.signature();
        signature[40] ^= 1;
        *transaction = transaction.with_signature(signature);
    }
    transactions
}
