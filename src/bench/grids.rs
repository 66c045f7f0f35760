//! Workloads as others have published them, each unsigned and signed, resident and cold, beside the peers' methods.

use super::contest::{Contest, Met, warm_turns};
use super::contestants::{Contestant, Executing, OnCores, PeerExecuting, PeerValidating, Serial, Validating};
use super::machine::available_bytes;
use super::peers::block_stm::BlockStm;
use super::peers::execution::Executor;
use super::peers::hash_map::HashMapLoop;
use super::peers::ordered_locks::OrderedLocks;
use super::peers::plain::Plain;
use super::peers::waves::Waves;
use super::{Bench, Suite};
use crate::engine::Engine;
use crate::error::Result;
use crate::status::Reason;
use crate::workload::{Balances, Workload, WorkloadKind};

/// Block-STM's peer-to-peer transfers (arXiv 2203.06871, section 4).
const P2P: &str = "block-stm";
/// A gigagas of raw transfers, as in the benches of pevm (risechain/pevm) and grevm (Galxe/grevm).
const RAW_TRANSFERS: &str = "raw-transfers";
/// Accounts and batch of `tigerbeetle benchmark`.
const TIGERBEETLE: &str = "tigerbeetle";
/// The shapes of the bench of Agave's schedulers (anza-xyz/agave, pull requests 5857 and 5140).
const AGAVE: &str = "agave";
/// Exponents that databases are measured with (YCSB has 0.99), on states that fit a cache and that do not.
const ZIPF: &str = "zipf";
/// The longest chains that Anjana, Ravi and Herlihy found (arXiv 2505.05358), and payments like AMLSim's (arXiv 1812.00076).
const LEDGERS: &str = "ledgers";
/// Shares of invalid transactions, by reason; nobody publishes these.
const INVALID: &str = "invalid";
/// Failures that make others fail; nobody publishes these either.
const CASCADES: &str = "cascades";
/// The same block on one core, two, four and so on.
const CORES: &str = "cores";

/// All grids.
pub(super) const NAMES: [&str; 9] = [P2P, RAW_TRANSFERS, TIGERBEETLE, AGAVE, LEDGERS, INVALID, CASCADES, ZIPF, CORES];

/// Transactions in a block where no grid says how many.
const BLOCK: usize = 10_000;
/// Bytes of a state and of every copy of it that peers work on, per account.
const BYTES_PER_ACCOUNT: u64 = 400;
/// Blocks of more transactions are run less often with signatures.
const LARGE: usize = 20_000;

/// Every workload with the grid that it is from, states of ten million accounts last.
pub(super) fn all() -> Vec<(&'static str, Workload)> {
    let of = |kind, transactions, accounts| Workload {
        kind,
        transactions,
        accounts,
        only_senders_have_keys: true,
        ..Workload::default()
    };
    let mut all = Vec::new();
    for transactions in [1_000, 10_000] {
        for accounts in [2, 10, 100, 1_000, 10_000] {
            all.push((P2P, of(WorkloadKind::Uniform, transactions, accounts)));
        }
    }
    const GIGAGAS: usize = 47_620;
    all.push((RAW_TRANSFERS, of(WorkloadKind::Independent, GIGAGAS, GIGAGAS)));
    all.push((RAW_TRANSFERS, of(WorkloadKind::Pairs, GIGAGAS, GIGAGAS)));
    all.push((RAW_TRANSFERS, of(WorkloadKind::Chain, GIGAGAS, GIGAGAS + 1)));
    all.push((RAW_TRANSFERS, of(WorkloadKind::HalfChain, GIGAGAS, GIGAGAS)));
    for hot_ratio in [0.0, 0.3, 0.9] {
        all.push((RAW_TRANSFERS, Workload { hot_ratio, ..of(WorkloadKind::HotRatio, GIGAGAS, 100_000) }));
    }
    all.push((TIGERBEETLE, of(WorkloadKind::Uniform, 8_189, 10_000)));
    all.push((TIGERBEETLE, Workload { exponent: 0.99, ..of(WorkloadKind::Zipf, 8_189, 10_000) }));
    all.push((AGAVE, of(WorkloadKind::Pairs, 16_384, 32_768)));
    all.push((AGAVE, of(WorkloadKind::HotSender, 16_384, 16_385)));
    all.push((AGAVE, of(WorkloadKind::FewRecipients, 16_384, 16_400)));
    all.push((LEDGERS, of(WorkloadKind::EthereumLike, BLOCK, BLOCK)));
    all.push((LEDGERS, of(WorkloadKind::SolanaLike, BLOCK, BLOCK)));
    all.push((LEDGERS, of(WorkloadKind::Payments, BLOCK, BLOCK)));
    for reason in Reason::ALL {
        for invalid in [1.0, 10.0, 50.0] {
            let invalid_reasons = vec![reason];
            all.push((INVALID, Workload { invalid, invalid_reasons, ..of(WorkloadKind::Uniform, BLOCK, BLOCK) }));
        }
    }
    all.push((INVALID, of(WorkloadKind::Uniform, BLOCK, BLOCK)));
    all.push((CASCADES, of(WorkloadKind::Cascade, BLOCK, BLOCK + 1)));
    for kind in [WorkloadKind::Chain, WorkloadKind::HalfChain, WorkloadKind::Payments] {
        all.push((CASCADES, Workload { balances: Balances::Half, ..of(kind, BLOCK, BLOCK) }));
    }
    for accounts in [100_000, 10_000_000] {
        for exponent in [0.8, 0.99, 1.2] {
            all.push((ZIPF, Workload { exponent, ..of(WorkloadKind::Zipf, BLOCK, accounts) }));
        }
    }
    all
}

impl Bench {
    /// Whether a workload is to be run: a grid that was asked for is run whole.
    fn wants(&self, grid: &str, workload: &Workload) -> bool {
        match &self.grid {
            Some(only) => only == grid,
            None => self.suite == Suite::Full || is_quick(grid, workload),
        }
    }

    /// Whether memory is too short for a workload, which the report then says.
    fn lacks_memory(&mut self, grid: &str, Workload { kind, accounts, .. }: &Workload) -> bool {
        let short = available_bytes().is_some_and(|bytes| bytes < *accounts as u64 * BYTES_PER_ACCOUNT);
        if short {
            self.leave_out(format!("{grid}: {kind} over {accounts} accounts is left out, for memory is short"));
        }
        short
    }

    /// Signed rows and cold ones, which take most of the time.
    fn wants_all_rows(&self) -> bool {
        self.suite == Suite::Full || self.grid.is_some()
    }
}

/// Whether the quick suite has it: what tells most about contention.
fn is_quick(grid: &str, workload: &Workload) -> bool {
    match grid {
        P2P => workload.transactions == 10_000 && matches!(workload.accounts, 2 | 100 | 10_000),
        LEDGERS => workload.kind != WorkloadKind::Payments,
        _ => false,
    }
}

/// The peers that execute on several threads.
fn threaded(threads: usize) -> Vec<Box<dyn Executor>> {
    vec![Box::new(BlockStm::new(threads)), Box::new(OrderedLocks::new(threads)), Box::new(Waves::new(threads))]
}

/// Every peer that executes.
fn peers() -> Vec<Box<dyn Executor>> {
    let mut peers: Vec<Box<dyn Executor>> = vec![Box::new(Plain::default()), Box::new(HashMapLoop::default())];
    peers.extend(threaded(threads()));
    peers
}

/// Peers as contestants.
fn executing(peers: &mut [Box<dyn Executor>]) -> impl Iterator<Item = Box<dyn Contestant + '_>> {
    peers.iter_mut().map(|peer| Box::new(PeerExecuting(&mut **peer)) as _)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The grid that was asked for.
pub(super) fn one(bench: &mut Bench) -> Result<()> {
    unsigned(bench)?;
    signed(bench)?;
    cores(bench)
}

/// The same block on one core, two, four and so on, up to all: peers execute, `parallel` validates signed transactions.
pub(super) fn cores(bench: &mut Bench) -> Result<()> {
    let workload = Workload { transactions: BLOCK, accounts: BLOCK, ..Workload::default() };
    if !bench.wants_all_rows() || bench.grid.as_ref().is_some_and(|only| only != CORES) {
        return Ok(());
    }
    let unsigned = Contest::new(&Workload { signed: false, ..workload.clone() }, Some(CORES), false)?;
    let signed = Contest::new(&workload, Some(CORES), true)?;
    let mut counts: Vec<usize> = (0..).map(|power| 1 << power).take_while(|count| *count < threads()).collect();
    counts.push(threads());
    for count in counts {
        bench.watch.step(&mut bench.report.rows, &format!("{CORES}: {count}"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("threads can be started");
        let mut peers = threaded(count);
        let mut contestants: Vec<_> = executing(&mut peers).collect();
        let mut rows = unsigned.measure(&mut contestants, Met::Everything, (1, 5), bench.canary.as_ref())?;
        let parallel = bench.signed.iter_mut().filter(|(engine, _)| *engine == Engine::Parallel);
        let mut validating: Vec<Box<dyn Contestant + '_>> =
            parallel.map(|(engine, validator)| Box::new(OnCores(&pool, Validating(*engine, validator))) as _).collect();
        rows.extend(signed.measure(&mut validating, Met::Everything, (1, 3), bench.canary.as_ref())?);
        rows.iter_mut().for_each(|row| row.cores = Some(count));
        bench.report.rows.extend(rows);
    }
    Ok(())
}

/// Execution alone.
pub(super) fn unsigned(bench: &mut Bench) -> Result<()> {
    let all_rows = bench.wants_all_rows();
    for (grid, workload) in all() {
        // Without signatures these are valid: the grid has that as no share at all.
        let same_as_valid = workload.invalid > 0.0 && workload.invalid_reasons == [Reason::SignatureInvalid];
        if same_as_valid || !bench.wants(grid, &workload) || bench.lacks_memory(grid, &workload) {
            continue;
        }
        let contest = Contest::new(&Workload { signed: false, ..workload }, Some(grid), false)?;
        // Anew for each, so that none keeps memory for states of ten million accounts.
        let mut peers = peers();
        let engines = bench.unsigned.iter_mut().map(|(engine, validator)| Executing(*engine, validator));
        let mut contestants: Vec<Box<dyn Contestant + '_>> = vec![Box::new(Serial)];
        contestants.extend(engines.map(|one| Box::new(one) as Box<dyn Contestant>));
        contestants.extend(executing(&mut peers));
        for (met, rounds) in [(Met::Everything, (1, 5)), (Met::Nothing, (0, 3))] {
            if met == Met::Nothing && !all_rows {
                continue;
            }
            bench.watch.step(&mut bench.report.rows, &contest.describe(met));
            let rows = contest.measure(&mut contestants, met, rounds, bench.canary.as_ref())?;
            bench.report.rows.extend(rows);
        }
    }
    Ok(())
}

/// Signed blocks from end to end.
pub(super) fn signed(bench: &mut Bench) -> Result<()> {
    if !bench.wants_all_rows() {
        return Ok(());
    }
    let mut block_stm = BlockStm::new(threads());
    for (grid, workload) in all() {
        if !bench.wants(grid, &workload) || bench.lacks_memory(grid, &workload) {
            continue;
        }
        let contest = Contest::new(&workload, Some(grid), true)?;
        let engines = bench.signed.iter_mut().map(|(engine, validator)| Validating(*engine, validator));
        let mut contestants: Vec<Box<dyn Contestant + '_>> = engines.map(|one| Box::new(one) as _).collect();
        contestants.push(Box::new(PeerValidating(&mut block_stm)));
        let least = if workload.transactions > LARGE { 2 } else { 3 };
        for met in [Met::Everything, Met::Nothing] {
            bench.watch.step(&mut bench.report.rows, &contest.describe(met));
            let Workload { transactions, accounts, .. } = workload;
            // All rows with all turns would take an hour; devices have their tables after three.
            let warm = if met == Met::Nothing { 0 } else { warm_turns(transactions, accounts).min(4) };
            let rows = contest.measure(&mut contestants, met, (warm, least), bench.canary.as_ref())?;
            bench.report.rows.extend(rows);
        }
    }
    Ok(())
}
