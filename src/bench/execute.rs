//! Execution alone: ids are resolved and static tests done before the clock starts.

use super::contest::{Contest, Met};
use super::contestants::{Contestant, Executing, PeerExecuting};
use super::peers::plain::Plain;
use super::{Bench, Suite, grids};
use crate::error::Result;
use crate::status::Reason;
use crate::workload::measured::{CHAINS, ORDINARY, unsigned};
use crate::workload::{Balances, Workload};

const FUNDS: [Balances; 4] = [Balances::Ample, Balances::Some, Balances::Few, Balances::Half];
const BLOCK: usize = 100_000;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let quick = bench.suite == Suite::Quick;
    let (runs, funds, shares): (_, &[Balances], &[f64]) =
        if quick { (3, &[Balances::Ample, Balances::Few], &[10.0]) } else { (5, &FUNDS, &[1.0, 10.0, 50.0]) };
    for shape in ORDINARY {
        for &balances in funds {
            one(bench, &unsigned(shape, BLOCK, balances), runs)?;
        }
        for &invalid in shares {
            let workload = Workload {
                invalid,
                invalid_reasons: vec![Reason::NonceTooLow, Reason::NonceTooHigh],
                ..unsigned(shape, BLOCK, Balances::Ample)
            };
            one(bench, &workload, runs)?;
        }
    }
    for kind in CHAINS {
        for &balances in if quick { &[Balances::Half][..] } else { &[Balances::Ample, Balances::Half] } {
            one(bench, &unsigned((kind, 0.0, BLOCK), BLOCK, balances), runs)?;
        }
    }
    let sizes: &[usize] = if quick { &[10_000, 1_000_000] } else { &[1_000, 10_000, 1_000_000, 4_000_000] };
    for transactions in sizes {
        one(bench, &unsigned(ORDINARY[0], *transactions, Balances::Ample), runs)?;
    }
    grids::unsigned(bench)
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
