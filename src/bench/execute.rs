//! Execution alone: ids are resolved and static tests done before the clock starts.

use super::contest::{Contest, Contestant, Executing, Met, PeerExecuting};
use super::peers::plain::Plain;
use super::{Bench, Suite, grids};
use crate::error::Result;
use crate::status::Reason;
use crate::workload::{Balances, Workload, WorkloadKind};

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
    grids::unsigned(bench)
}

fn unsigned(kind: WorkloadKind, exponent: f64, transactions: usize, accounts: usize, balances: Balances) -> Workload {
    Workload { kind, transactions, accounts, exponent, balances, signed: false, ..Workload::default() }
}

fn one(bench: &mut Bench, workload: &Workload, runs: usize) -> Result<()> {
    let contest = Contest::new(workload, None, false)?;
    let (name, transactions, balances) = (&contest.name, workload.transactions, workload.balances);
    bench.step(&format!("execute: {name}, {transactions} transactions, balances {balances}"));
    let mut plain = Plain::default();
    let engines = bench.unsigned.iter_mut().map(|(engine, validator)| Executing(*engine, validator));
    let mut contestants: Vec<Box<dyn Contestant + '_>> = engines.map(|one| Box::new(one) as _).collect();
    contestants.push(Box::new(PeerExecuting(&mut plain)));
    let rows = contest.measure(&mut contestants, Met::Everything, (1, runs), bench.canary.as_ref())?;
    bench.report.rows.extend(rows);
    Ok(())
}
