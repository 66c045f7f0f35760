//! Signatures that all hold, by the engines and by other people's code: those who check a batch by one equation learn nothing
//! from a batch that fails but that it does, so they are compared where none does.

use super::peers::signatures::{SIGNATURE_PEERS, SignaturePeer};
use super::row::Row;
use super::sampler::{interleave, median};
use super::sigverify::Keys;
use super::{Bench, Suite, disagreement, each, without_key_tables};
use crate::error::Result;
use crate::outcome::Stage;
use crate::validate::Validator;
use crate::workload::Workload;
use crate::{Engine, Policy, Transaction};
use std::time::{Duration, Instant};

const NAME: &str = "valid signatures";

/// Who checks.
enum Contestant {
    Engine(Engine, Policy, Box<Validator>),
    Peer(&'static SignaturePeer),
}

impl Contestant {
    fn name(&self) -> &'static str {
        match self {
            Contestant::Engine(engine, ..) => engine.name(),
            Contestant::Peer(peer) => peer.name,
        }
    }

    fn policy(&self) -> &'static str {
        match self {
            Contestant::Engine(_, policy, _) => policy.name(),
            Contestant::Peer(peer) => peer.policy,
        }
    }

    /// Verdicts, and the time they took.
    fn verify(&mut self, transactions: &[Transaction]) -> Result<(Vec<bool>, Duration)> {
        let begun = Instant::now();
        match self {
            Contestant::Peer(peer) => Ok((peer.verify(transactions), begun.elapsed())),
            Contestant::Engine(engine, _, validator) => {
                let (verdicts, report) = validator.sigverify(&transactions);
                let time = begun.elapsed();
                match report.engine(Stage::Sigverify) {
                    Some(ran) if ran == *engine => Ok((verdicts, time)),
                    _ => Err(disagreement(engine.name(), NAME, report.events.join("; "))),
                }
            }
        }
    }

    /// What it must answer where only the signature at `broken` is wrong.
    fn expected(&self, len: usize, broken: usize) -> Vec<bool> {
        match self {
            Contestant::Engine(..) => (0..len).map(|index| index != broken).collect(),
            Contestant::Peer(peer) => peer.expected(len, broken),
        }
    }
}

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (count, runs, all): (_, _, &[Keys]) = match bench.suite {
        Suite::Quick => (1 << 13, 3, &[Keys::Cold]),
        Suite::Full => (1 << 14, 5, &[Keys::Cold, Keys::Known]),
    };
    for keys in all {
        let mut contestants: Vec<Contestant> = SIGNATURE_PEERS.iter().map(Contestant::Peer).collect();
        for policy in [Policy::Strict, Policy::Zip215] {
            let builder = bench.builder.clone().policy(policy);
            let builder = if *keys == Keys::Cold { without_key_tables(builder) } else { builder };
            let engines: Vec<Engine> = bench.engines.iter().copied().filter(|engine| *engine != Engine::Auto).collect();
            let validators = each(&engines, &builder)?.into_iter();
            contestants
                .extend(validators.map(|(engine, validator)| Contestant::Engine(engine, policy, Box::new(validator))));
        }
        bench.step(&format!("sigverify: {count} {NAME}, {} keys", keys.name()));
        let rows = one(&mut contestants, *keys, count, runs)?;
        bench.report.rows.extend(rows);
    }
    Ok(())
}

fn one(contestants: &mut [Contestant], keys: Keys, count: usize, runs: usize) -> Result<Vec<Row>> {
    let accounts = keys.accounts(count);
    let mut transactions =
        Workload { transactions: count, accounts, ..Workload::default() }.generate().block.transactions;
    let samples = interleave(contestants.len(), 1, runs, |number| {
        let (verdicts, time) = contestants[number].verify(&transactions)?;
        if verdicts.iter().all(|valid| *valid) {
            return Ok(time);
        }
        Err(disagreement(contestants[number].name(), NAME, "a valid signature is rejected"))
    })?;
    // Whoever accepts everything is found out here.
    let broken = count - 2;
    let mut signature = *transactions[broken].signature();
    signature[40] ^= 1;
    transactions[broken] = transactions[broken].with_signature(signature);
    for contestant in &mut *contestants {
        let (verdicts, _) = contestant.verify(&transactions)?;
        if verdicts != contestant.expected(count, broken) {
            return Err(disagreement(contestant.name(), NAME, "a broken signature is not found"));
        }
    }
    let row = |(contestant, samples_s): (&Contestant, Vec<f64>)| Row {
        workload: NAME.to_owned(),
        engine: contestant.name().to_owned(),
        policy: contestant.policy().into(),
        peer: matches!(contestant, Contestant::Peer(_)),
        balances: "ample".to_owned(),
        scope: "sigverify".into(),
        transactions: count,
        accounts,
        signatures: true,
        keys: Some(keys.name().into()),
        per_second: count as f64 / median(&samples_s),
        samples_s,
        ran: contestant.name().to_owned(),
        applied: count,
        ..Row::default()
    };
    Ok(contestants.iter().zip(samples).map(row).collect())
}
