//! Execution alone: ids are resolved and static tests done before the clock starts.

use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement, plain};
use crate::account::Balance;
use crate::commit;
use crate::encode::static_statuses;
use crate::error::Result;
use crate::ledger::Input;
use crate::outcome::{self, Stage};
use crate::serial;
use crate::snapshot::Snapshot;
use crate::status::{Reason, Status};
use crate::workload::{Balances, GeneratedBlock, Workload, WorkloadKind};
use std::time::Instant;

/// Shapes on which the rounds of the fixpoint are few: at every level of funds.
const ORDINARY: [(WorkloadKind, f64, usize); 10] = [
    (WorkloadKind::Uniform, 0.0, 1_000_000),
    (WorkloadKind::Zipf, 0.8, 10_000),
    (WorkloadKind::Zipf, 1.0, 10_000),
    (WorkloadKind::Zipf, 1.2, 10_000),
    (WorkloadKind::HotSender, 0.0, 10_000),
    (WorkloadKind::HotRecipient, 0.0, 10_000),
    (WorkloadKind::TwoAccounts, 0.0, 2),
    (WorkloadKind::Pairs, 0.0, 10_000),
    (WorkloadKind::Ring, 0.0, 10_000),
    (WorkloadKind::Payments, 1.0, 10_000),
];
const FUNDS: [Balances; 4] = [Balances::Ample, Balances::Some, Balances::Few, Balances::Half];
/// Shapes in which failures travel along chains: the device stops, and the CPU finishes.
const CHAINS: [WorkloadKind; 4] =
    [WorkloadKind::Chain, WorkloadKind::HalfChain, WorkloadKind::Cascade, WorkloadKind::Forwarding];
const BLOCK: usize = 100_000;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let runs = if bench.suite == Suite::Quick { 3 } else { 9 };
    for (kind, exponent, accounts) in ORDINARY {
        for balances in FUNDS {
            one(bench, &unsigned(kind, exponent, BLOCK, accounts, balances), runs)?;
        }
        for invalid in [1.0, 10.0, 50.0] {
            let workload = Workload {
                invalid,
                invalid_reasons: vec![Reason::NonceTooLow, Reason::NonceTooHigh],
                ..unsigned(kind, exponent, BLOCK, accounts, Balances::Ample)
            };
            one(bench, &workload, runs)?;
        }
    }
    for kind in CHAINS {
        for balances in [Balances::Ample, Balances::Half] {
            one(bench, &unsigned(kind, 0.0, BLOCK, BLOCK, balances), runs)?;
        }
    }
    let sizes: &[usize] =
        if bench.suite == Suite::Quick { &[10_000, 1_000_000] } else { &[1_000, 10_000, 1_000_000, 4_000_000] };
    for transactions in sizes {
        one(bench, &unsigned(WorkloadKind::Uniform, 0.0, *transactions, 1_000_000, Balances::Ample), runs)?;
    }
    Ok(())
}

fn unsigned(kind: WorkloadKind, exponent: f64, transactions: usize, accounts: usize, balances: Balances) -> Workload {
    Workload { kind, transactions, accounts, exponent, balances, signed: false, ..Workload::default() }
}

/// Name of a workload in reports.
pub(super) fn name(workload: &Workload) -> String {
    match workload.kind {
        WorkloadKind::Zipf => format!("{} {}", workload.kind, workload.exponent),
        kind => kind.to_string(),
    }
}

fn one(bench: &mut Bench, workload: &Workload, runs: usize) -> Result<()> {
    let name = name(workload);
    (bench.progress)(&format!(
        "execute: {name}, {} transactions, balances {}",
        workload.transactions, workload.balances
    ));
    let GeneratedBlock { block, state } = workload.generate();
    let expected = serial::execute::execute(&block, &state, None);
    let snapshot = Snapshot::new(&block, &state);
    let open = static_statuses(&block, None);
    let input = Input {
        transactions: &block.transactions,
        pairs: &snapshot.pairs,
        balances: state.balances(),
        slots: snapshot.slots(),
        total: state.total(),
        lineage: Some(state.lineage()),
    };
    let mut copy: Vec<Balance> = vec![Balance::default(); snapshot.slots()];
    let engines = bench.unsigned.len();
    let mut reports = vec![outcome::Report::default(); engines + 1];
    let samples = interleave(engines + 1, 1, runs, |contestant| {
        let mut statuses: Vec<Status> = open.clone();
        warm(&input);
        let Some((engine, validator)) = bench.unsigned.get_mut(contestant) else {
            copy[..state.len()].copy_from_slice(state.balances());
            copy[state.len()..].fill(Balance::default());
            let begun = Instant::now();
            plain::execute(&input, &mut copy, &mut statuses);
            let time = begun.elapsed();
            let same = statuses == expected.statuses;
            return if same { Ok(time) } else { Err(disagreement("plain", &name, "statuses differ from serial")) };
        };
        let mut report = outcome::Report::default();
        let begun = Instant::now();
        let work = validator.execute(&input, &mut statuses, &mut report)?;
        let time = begun.elapsed();
        let changes = commit::changes(&block, &state, &snapshot, &statuses, work.touched());
        if statuses != expected.statuses || changes != expected.changes {
            return Err(disagreement(engine.name(), &name, "the result differs from serial"));
        }
        if let Some(event) = report.events.first().filter(|_| *engine == crate::Engine::Gpu) {
            return Err(disagreement(engine.name(), &name, event));
        }
        reports[contestant] = report;
        Ok(time)
    })?;
    for (contestant, samples_s) in samples.into_iter().enumerate() {
        let report = &reports[contestant];
        let engine = bench.unsigned.get(contestant).map_or("plain", |(engine, _)| engine.name());
        bench.report.rows.push(Row {
            workload: name.clone(),
            engine: engine.to_owned(),
            policy: "strict".into(),
            invalid: workload.invalid,
            invalid_reason: (workload.invalid > 0.0).then(|| "nonce".into()),
            balances: workload.balances.to_string(),
            scope: "execute".into(),
            transactions: workload.transactions,
            accounts: workload.accounts,
            signatures: false,
            keys: None,
            bytes_per_signature: None,
            per_second: workload.transactions as f64 / median(&samples_s),
            samples_s,
            ran: report.engine(Stage::Execute).map_or("plain", |engine| engine.name()).to_owned(),
            rounds: report.rounds.max(1),
            tail: report.tail,
            waves: None,
            applied: expected.statuses.iter().filter(|status| status.is_applied()).count(),
            ..Row::default()
        });
    }
    Ok(())
}

/// Reads the inputs once, so that nobody meets a cache that the one before has filled with something else.
fn warm(input: &Input) {
    let records = input.transactions.iter().fold(0u8, |sum, transaction| sum ^ transaction.as_bytes()[0]);
    let pairs = input.pairs.iter().fold(0u32, |sum, [from, to]| sum ^ from ^ to);
    let balances = input.balances.iter().fold(0u64, |sum, account| sum ^ account.nonce);
    std::hint::black_box((records, pairs, balances));
}
