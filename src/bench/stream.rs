//! Blocks in a row: one after the other through a validator, and through a pipeline, on the same chain of blocks; and how long
//! a block takes through the pipeline while blocks arrive at a steady rate.

use super::row::{Latency, Row};
use super::sampler::{Plan, interleave, median};
use super::{Bench, Suite, disagreement, machine};
use crate::error::Result;
use crate::outcome::{Report, Stage};
use crate::pipeline::{Depth, Pipeline};
use crate::serial;
use crate::state::State;
use crate::status::Status;
use crate::transaction::{Block, BlockHeader};
use crate::verify::Check;
use crate::workload::{GeneratedBlock, Workload};
use crate::{Engine, Validator};
use std::time::{Duration, Instant};

/// Blocks before the first window, which is not timed either: a key gets its tables on a device with the third use.
const WARM: usize = 6;
/// Blocks of a window, at least: the pipeline is empty before and after it, and both count.
const WINDOW: usize = 6;
/// Transactions of a window: filling and emptying are in its time, and with few blocks they would be a good part of it.
const WINDOW_TRANSACTIONS: usize = 180_000;
/// The same where everything together has three minutes.
const QUICK_WINDOW_TRANSACTIONS: usize = 60_000;
/// The same beside a card.
const WINDOW_TRANSACTIONS_OF_A_CARD: usize = 600_000;
/// Transactions of the largest blocks that are checked on cores alone.
const LARGEST_FOR_CORES: usize = 100_000;
/// Blocks that arrive at each rate: enough that one in a hundred is among them.
const ARRIVALS: usize = 100;
/// Arrivals as shares of the peak rate.
const LOADS: [f64; 2] = [0.5, 0.9];

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let (windows, sizes): (usize, &'static [usize]) = match (bench.suite, bench.card) {
        (Suite::Quick, false) => (2, &[10_000]),
        (Suite::Quick, true) => (3, &[10_000, 100_000, 400_000]),
        (Suite::Full, false) => (5, &[1_000, 10_000]),
        (Suite::Full, true) => (5, &[1_000, 10_000, 100_000, 400_000]),
    };
    for &transactions in sizes {
        throughput(bench, transactions, windows)?;
    }
    let engines = bench.engines.clone();
    let full = bench.suite == Suite::Full;
    for engine in engines.into_iter().filter(|engine| full || *engine == Engine::Auto) {
        latency(bench, engine, 1_000)?;
    }
    Ok(())
}

/// A chain of signed blocks over 10,000 accounts, and what serial makes of it.
struct Chain {
    blocks: Vec<Block>,
    state: State,
    statuses: Vec<Vec<Status>>,
    last: State,
}

impl Chain {
    /// Blocks of one large workload, so that nonces go on from block to block.
    fn new(blocks: usize, transactions: usize) -> Result<Self> {
        let workload = Workload { transactions: blocks * transactions, accounts: 10_000, ..Workload::default() };
        let GeneratedBlock { block, state } = workload.generate();
        let part = |(number, part): (usize, &[_])| Block {
            header: BlockHeader { height: 1 + number as u64, ..block.header },
            transactions: part.to_vec(),
        };
        let blocks: Vec<Block> = block.transactions.chunks(transactions).enumerate().map(part).collect();
        let mut last = state.clone();
        let mut statuses = Vec::new();
        // Every signature is valid, as it was made.
        let valid = vec![true; transactions];
        let mut serial = Validator::builder().engine(Engine::Serial).without_signatures().build()?;
        for block in &blocks {
            let executed = serial::execute::execute(block, &last, Some(&valid));
            last.apply(&serial.validate(block, &last)?)?;
            statuses.push(executed.statuses);
        }
        Ok(Self { blocks, state, statuses, last })
    }
}

/// Block after block, or a pipeline.
enum Runner {
    Blocks(Box<(Validator, State)>),
    Pipeline(Pipeline<State>),
}

impl Runner {
    /// Runs some blocks of the chain; the time, and the report of the last one.
    fn window(&mut self, chain: &Chain, from: usize, count: usize, name: &str) -> Result<(Duration, Report)> {
        let blocks: Vec<Block> = chain.blocks[from..from + count].to_vec();
        let mut outcomes = Vec::with_capacity(count);
        let begun = Instant::now();
        match self {
            Runner::Blocks(both) => {
                let (validator, state) = &mut **both;
                for block in &blocks {
                    let outcome = validator.validate(block, state)?;
                    state.apply(&outcome)?;
                    outcomes.push(outcome);
                }
            }
            Runner::Pipeline(pipeline) => {
                for block in blocks {
                    pipeline.submit(block).map_err(|refused| refused.error)?;
                }
                while let Some(done) = pipeline.collect() {
                    outcomes.push(done.map_err(|refused| refused.error)?.outcome);
                }
            }
        }
        let time = begun.elapsed();
        let same = outcomes.len() == count
            && outcomes.iter().zip(&chain.statuses[from..]).all(|(outcome, expected)| outcome.statuses == *expected);
        if !same {
            return Err(disagreement(name, "blocks in a row", "statuses differ from serial"));
        }
        Ok((time, outcomes.pop().expect("a window has blocks").report))
    }

    fn state(self) -> State {
        match self {
            Runner::Blocks(both) => both.1,
            Runner::Pipeline(pipeline) => pipeline.finish().1,
        }
    }
}

/// Blocks of a window. Before the first one that is timed, as many pass and the warm ones: keys and costs are known then.
fn window(bench: &Bench, transactions: usize) -> usize {
    let least = match (bench.card, bench.suite) {
        (true, _) => WINDOW_TRANSACTIONS_OF_A_CARD,
        (false, Suite::Full) => WINDOW_TRANSACTIONS,
        (false, Suite::Quick) => QUICK_WINDOW_TRANSACTIONS,
    };
    WINDOW.max(least / transactions)
}

fn throughput(bench: &mut Bench, transactions: usize, windows: usize) -> Result<()> {
    bench.step(&format!("blocks in a row: {transactions} signed transactions each"));
    let window = window(bench, transactions);
    let chain = Chain::new(WARM + window * (1 + windows), transactions)?;
    let mut runners = Vec::new();
    let too_large = |engine: &Engine| *engine == Engine::Parallel && transactions > LARGEST_FOR_CORES;
    if bench.engines.iter().any(too_large) {
        bench.leave_out(format!("blocks in a row: parallel is left out at {transactions}, it would take minutes"));
    }
    for engine in bench.engines.clone().into_iter().filter(|engine| !too_large(engine)) {
        let builder = bench.builder.clone().check(Check::default()).engine(engine);
        let both = Box::new((builder.clone().build()?, chain.state.clone()));
        runners.push((engine.name().to_owned(), Runner::Blocks(both)));
        let pipeline = builder.pipeline(chain.state.clone(), Depth::default())?;
        runners.push((format!("{engine}-pipeline"), Runner::Pipeline(pipeline)));
    }
    let mut next = vec![0; runners.len()];
    let mut last: Vec<Report> = vec![Report::default(); runners.len()];
    let mut busy = vec![Vec::new(); runners.len()];
    let plan = Plan { least: windows, extra: Duration::ZERO };
    let samples = interleave(runners.len(), 1, plan, |contestant| {
        let (name, runner) = &mut runners[contestant];
        let count = if next[contestant] == 0 { WARM + window } else { window };
        let before = machine::processor_time();
        let (time, report) = runner.window(&chain, next[contestant], count, name)?;
        if next[contestant] > 0 {
            busy[contestant].extend(machine::busy(before, time));
        }
        next[contestant] += count;
        last[contestant] = report;
        Ok(time)
    })?;
    let names: Vec<String> = runners.iter().map(|(name, _)| name.clone()).collect();
    for (name, runner) in runners {
        if runner.state() != chain.last {
            return Err(disagreement(&name, "blocks in a row", "the last state differs from serial's"));
        }
    }
    for (contestant, samples_s) in samples.into_iter().enumerate() {
        let all = (window * transactions) as f64;
        let row = row(&names[contestant], transactions, &last[contestant]);
        let (per_second, busy) = (all / median(&samples_s), &busy[contestant]);
        let busy = (!busy.is_empty()).then(|| median(busy));
        bench.report.rows.push(Row { per_second, samples_s, busy, applied: all as usize, ..row });
    }
    Ok(())
}

/// What rows of blocks in a row have in common.
fn row(engine: &str, transactions: usize, report: &Report) -> Row {
    let ran = |stage| report.engine(stage).map_or("none", |engine| engine.name());
    Row {
        workload: "blocks in a row".to_owned(),
        engine: engine.to_owned(),
        policy: "strict".into(),
        balances: "ample".to_owned(),
        scope: "end_to_end".into(),
        transactions,
        accounts: 10_000,
        signatures: true,
        keys: Some("known".into()),
        ran: format!("sigverify {}, execute {}", ran(Stage::Sigverify), ran(Stage::Execute)),
        rounds: report.rounds,
        tail: report.tail,
        ..Row::default()
    }
}

/// Blocks arrive at shares of the rate that the pipeline has just shown.
fn latency(bench: &mut Bench, engine: Engine, transactions: usize) -> Result<()> {
    bench.step(&format!("latency: {engine}, blocks of {transactions} signed transactions"));
    let (window, warm) = (window(bench, transactions), WARM + window(bench, transactions));
    let chain = Chain::new(warm + window + LOADS.len() * ARRIVALS, transactions)?;
    let builder = bench.builder.clone().check(Check::default()).engine(engine);
    let mut runner = Runner::Pipeline(builder.pipeline(chain.state.clone(), Depth::default())?);
    let name = format!("{engine}-pipeline");
    runner.window(&chain, 0, warm, &name)?;
    let (peak, report) = runner.window(&chain, warm, window, &name)?;
    let mut from = warm + window;
    for load in LOADS {
        let period = peak.div_f64(window as f64 * load);
        let Runner::Pipeline(pipeline) = &runner else { unreachable!("made so above") };
        let samples_s = arrive(pipeline, &chain, from, period)?;
        from += ARRIVALS;
        let mut sorted = samples_s.clone();
        sorted.sort_by(f64::total_cmp);
        let (p50_s, p99_s) = (median(&sorted), sorted[sorted.len() * 99 / 100 - 1]);
        bench.report.rows.push(Row {
            workload: "blocks at a steady rate".to_owned(),
            latency: Some(Latency { load, p50_s, p99_s }),
            per_second: transactions as f64 / period.as_secs_f64(),
            samples_s,
            applied: ARRIVALS * transactions,
            ..row(&name, transactions, &report)
        });
    }
    Ok(())
}

/// Seconds from the moment at which a block was due to the moment at which its outcome was there: a pipeline that falls behind
/// does not make later blocks arrive later.
fn arrive(pipeline: &Pipeline<State>, chain: &Chain, from: usize, period: Duration) -> Result<Vec<f64>> {
    let blocks = chain.blocks[from..from + ARRIVALS].to_vec();
    let begun = Instant::now() + period;
    std::thread::scope(|scope| {
        let submitter = scope.spawn(move || {
            for (number, block) in blocks.into_iter().enumerate() {
                std::thread::sleep((begun + period * number as u32).saturating_duration_since(Instant::now()));
                pipeline.submit(block).map_err(|refused| refused.error)?;
            }
            Ok(())
        });
        let mut seconds = Vec::with_capacity(ARRIVALS);
        while seconds.len() < ARRIVALS {
            let Some(done) = pipeline.collect() else {
                if submitter.is_finished() && pipeline.under_way() == 0 && seconds.len() < ARRIVALS {
                    break;
                }
                // Nothing has arrived yet.
                std::thread::sleep(Duration::from_micros(50));
                continue;
            };
            let due = begun + period * seconds.len() as u32;
            seconds.push(due.elapsed().as_secs_f64());
            let outcome = done.map_err(|refused| refused.error)?.outcome;
            if outcome.statuses != chain.statuses[from + seconds.len() - 1] {
                return Err(disagreement("pipeline", "blocks at a steady rate", "statuses differ from serial"));
            }
            pipeline.recycle(outcome);
        }
        submitter.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map(|()| seconds)
    })
}
