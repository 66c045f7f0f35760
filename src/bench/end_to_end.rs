//! Signed blocks from records and state to an outcome, everything included but reading files.

use super::contest::{Contest, Met, warm_turns};
use super::contestants::{Contestant, Validating};
use super::{Bench, Suite, grids};
use crate::error::Result;
use crate::status::Reason;
use crate::workload::{Workload, WorkloadKind};

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let full = bench.suite == Suite::Full;
    let runs = if full { 5 } else { 3 };
    let kinds = [(WorkloadKind::Uniform, 0.0), (WorkloadKind::Zipf, 1.0), (WorkloadKind::TwoAccounts, 0.0)];
    for (kind, exponent) in kinds.into_iter().take(if full { 3 } else { 1 }) {
        for invalid in [1.0, 10.0, 50.0] {
            let invalid_reasons = vec![Reason::SignatureInvalid];
            let transactions = 10_000;
            let workload = Workload { kind, exponent, transactions, invalid, invalid_reasons, ..Workload::default() };
            one(bench, &workload, 1, Met::Everything)?;
        }
    }
    for transactions in [1_000, 10_000, 100_000] {
        one(bench, &Workload { transactions, accounts: 10_000, ..Workload::default() }, runs, Met::Everything)?;
    }
    if full {
        one(bench, &Workload { transactions: 1_000_000, accounts: 10_000, ..Workload::default() }, 1, Met::Everything)?;
    }
    one(bench, &Workload { transactions: 100_000, accounts: 200_000, ..Workload::default() }, runs, Met::Nothing)?;
    grids::signed(bench)?;
    grids::cores(bench)
}

fn one(bench: &mut Bench, workload: &Workload, runs: usize, met: Met) -> Result<()> {
    let contest = Contest::new(workload, None, true)?;
    bench.step(&format!("end to end: {}, {} signed transactions", contest.name, workload.transactions));
    let warm = if met == Met::Nothing { 1 } else { warm_turns(workload.transactions, workload.accounts) };
    let engines = bench.signed.iter_mut().map(|(engine, validator)| Validating(*engine, validator));
    let mut contestants: Vec<Box<dyn Contestant + '_>> = engines.map(|one| Box::new(one) as _).collect();
    let rows = contest.measure(&mut contestants, met, (warm, runs), bench.canary.as_ref())?;
    bench.report.rows.extend(rows);
    Ok(())
}
