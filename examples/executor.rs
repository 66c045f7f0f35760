//! An executor with a machine of its own, which Wavelock only tells what may run at the same time.
//!
//! ```sh
//! cargo run --release --example executor                            # a synthetic block
//! cargo run --release --example executor -- --solana block.json    # the accounts that a real block declares
//! ```
//!
//! The machine reads every key that a transaction declares, hashes for a while, and writes what comes out to every key
//! that the transaction declares to write. So any order other than one that agrees with the block's shows in the state.
//! The block runs serially, wave by wave, and by dependency, in turns, and every run is compared with the serial one.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wavelock::conflict::{AccessSets, Interner, Key};
use wavelock::replay::solana::SolanaBlock;
use wavelock::scheduler::run::{run_by_dependency, run_by_waves};
use wavelock::workload::{AccessShape, AccessWorkload};
use wavelock::{Engine, Scheduler};

/// Run a block in parallel on all cores, by the schedules that Wavelock finds for it
#[derive(Parser)]
struct Options {
    /// Take what a Solana block declares to read and write: a getBlock answer, JSON, .gz is packed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["transactions", "keys"])]
    solana: Option<PathBuf>,
    /// Transactions of the synthetic block; each reads one key and writes another
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = number(1..=1_000_000))]
    transactions: u32,
    /// Keys that the synthetic block draws from, uniformly
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = number(2..=100_000_000))]
    keys: u32,
    /// Microseconds that the machine works on a transaction
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 20, value_parser = number(1..=100_000))]
    cost: u32,
    /// How often each way is measured; medians are printed
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = number(1..=10_000))]
    rounds: u32,
    /// Who finds the schedules
    #[arg(long, value_name = "auto|gpu|parallel|serial", default_value_t)]
    engine: Engine,
}

fn number(range: std::ops::RangeInclusive<i64>) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(range)
}

/// What each transaction declares to read and to write.
type Declared = Vec<(Vec<Key>, Vec<Key>)>;

/// Stands for a virtual machine. Its state is a number per key; a schedule keeps two transactions from using a key at
/// the same time where one writes it, so relaxed loads and stores are enough, and no lock is taken.
struct Machine {
    state: Vec<AtomicU64>,
    /// What came out of each transaction, so that a read at the wrong time shows too.
    receipts: Vec<AtomicU64>,
    hashes: u32,
}

impl Machine {
    fn new(keys: usize, transactions: usize, hashes: u32) -> Self {
        let zeros = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self { state: zeros(keys), receipts: zeros(transactions), hashes }
    }

    fn execute(&self, sets: &AccessSets, transaction: usize) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&transaction.to_le_bytes());
        for &key in sets.accesses(transaction) {
            hasher.update(&self.state[key as usize].load(Relaxed).to_le_bytes());
        }
        let result = work(hasher.finalize(), self.hashes);
        for (offset, &key) in sets.writes(transaction).iter().enumerate() {
            self.state[key as usize].store(result.wrapping_add(offset as u64), Relaxed);
        }
        self.receipts[transaction].store(result, Relaxed);
    }

    fn result(&self) -> Vec<u64> {
        self.state.iter().chain(&self.receipts).map(|number| number.load(Relaxed)).collect()
    }
}

fn work(mut hash: blake3::Hash, hashes: u32) -> u64 {
    for _ in 0..hashes {
        hash = blake3::hash(hash.as_bytes());
    }
    u64::from_le_bytes(*hash.as_bytes().first_chunk().expect("a hash is longer than a number"))
}

/// How many hashes take `cost`, by the fastest of several tries.
fn calibrate(cost: Duration) -> u32 {
    const HASHES: u32 = 20_000;
    let tries = (0..9).map(|_| {
        let clock = Instant::now();
        std::hint::black_box(work(blake3::hash(b"calibrate"), std::hint::black_box(HASHES)));
        clock.elapsed()
    });
    let fastest = tries.min().expect("there are tries");
    (cost.as_secs_f64() / fastest.as_secs_f64() * f64::from(HASHES)).round().max(1.0) as u32
}

/// The ways to run a block.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Serially,
    ByWaves,
    ByDependency,
}

/// Times of one run: giving numbers to keys, finding the order, and running.
struct Times {
    numbering: Duration,
    scheduling: Duration,
    running: Duration,
}

impl Times {
    fn total(&self) -> Duration {
        self.numbering + self.scheduling + self.running
    }
}

/// What stays between blocks: the memory of interner and scheduler.
struct Executor {
    interner: Interner,
    scheduler: Scheduler,
    hashes: u32,
}

impl Executor {
    fn run(&mut self, way: Way, block: &Declared) -> wavelock::Result<(Times, Vec<u64>)> {
        let clock = Instant::now();
        self.interner.clear();
        self.interner.extend(block.iter().map(|(reads, writes)| (&reads[..], &writes[..])))?;
        let numbering = clock.elapsed();
        let sets = self.interner.sets();
        let machine = Machine::new(sets.key_count(), sets.len(), self.hashes);
        let work = |transaction: usize| machine.execute(sets, transaction);

        let clock = Instant::now();
        let (scheduling, running) = match way {
            Way::Serially => (Duration::ZERO, timed(|| (0..sets.len()).for_each(work))),
            Way::ByWaves => {
                let groups = self.scheduler.groups(sets)?;
                (clock.elapsed(), timed(|| run_by_waves(groups, work)))
            }
            Way::ByDependency => {
                let dependencies = self.scheduler.dependencies(sets)?;
                (clock.elapsed(), timed(|| run_by_dependency(dependencies, work)))
            }
        };
        // A serial executor needs no numbers for keys.
        let numbering = if way == Way::Serially { Duration::ZERO } else { numbering };
        Ok((Times { numbering, scheduling, running }, machine.result()))
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let clock = Instant::now();
    work();
    clock.elapsed()
}

fn declared(options: &Options) -> wavelock::Result<Declared> {
    let Some(path) = &options.solana else {
        let (transactions, keys) = (options.transactions as usize, options.keys as usize);
        let shape = AccessShape::Zipf(0.0);
        let sets = AccessWorkload { shape, transactions, keys, keys_each: (2, 2), seed: 1 }.generate();
        let key = |&key: &u32| *blake3::hash(&key.to_le_bytes()).as_bytes();
        let of = |keys: &[u32]| keys.iter().map(key).collect();
        return Ok((0..transactions).map(|at| (of(sets.reads(at)), of(sets.writes(at)))).collect());
    };
    let block = SolanaBlock::read(path)?;
    let declared = block.transactions().iter().map(|one| {
        let of = |write: bool| {
            let keys = one.keys.iter().zip(&one.writable).filter(move |(_, writable)| **writable == write);
            keys.map(|(key, _)| key.0).collect()
        };
        (of(false), of(true))
    });
    Ok(declared.collect())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(same) if same => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Blocks that one way runs in a row before it is the next one's turn.
const BLOCKS_IN_ROW: usize = 3;

/// Whether every run came out as the serial one.
fn run(options: &Options) -> wavelock::Result<bool> {
    const WAYS: [(&str, Way); 3] =
        [("serially", Way::Serially), ("by waves", Way::ByWaves), ("by dependency", Way::ByDependency)];
    let block = declared(options)?;
    let scheduler = Scheduler::builder().engine(options.engine).build()?;
    let hashes = calibrate(Duration::from_micros(options.cost.into()));
    let mut executor = Executor { interner: Interner::new(), scheduler, hashes };

    let (_, expected) = executor.run(Way::Serially, &block)?;
    let mut times = WAYS.map(|_| Vec::new());
    for _ in 0..options.rounds {
        for ((name, way), times) in WAYS.iter().zip(&mut times) {
            // Blocks in a row, as they come to an executor: the first one wakes the threads, which takes the operating
            // system up to ten milliseconds, and does not count.
            for block_in_row in 0..=BLOCKS_IN_ROW {
                let (time, found) = executor.run(*way, &block)?;
                if found != expected {
                    eprintln!("error: {name}, the block comes out otherwise than serially");
                    return Ok(false);
                }
                if block_in_row > 0 {
                    times.push(time);
                }
            }
        }
    }
    describe(&mut executor, block.len(), hashes)?;
    print(&WAYS.map(|(name, _)| name), times);
    println!("every run came out as the serial one");
    Ok(true)
}

/// What the block allows.
fn describe(executor: &mut Executor, transactions: usize, hashes: u32) -> wavelock::Result<()> {
    const SHOWN: usize = 16;
    let sets = executor.interner.sets();
    let schedule = executor.scheduler.schedule(sets)?;
    let sizes: Vec<_> = schedule.groups.iter().take(SHOWN).map(|wave| wave.len().to_string()).collect();
    let more = if schedule.groups.len() > SHOWN { " …" } else { "" };
    println!("{transactions} transactions on {} keys, {hashes} hashes each", sets.key_count());
    println!("{} waves of {}{more} transactions", schedule.waves, sizes.join(", "));
    println!(
        "parallelism: {:.1} transactions a wave on average; {} threads",
        transactions as f64 / f64::from(schedule.waves.max(1)),
        rayon::current_num_threads()
    );
    Ok(())
}

/// Medians. What is idle is the share of the threads' time that did not go into transactions.
fn print(names: &[&str], times: [Vec<Times>; 3]) {
    let median = |times: &[Times], of: fn(&Times) -> Duration| {
        let mut sorted: Vec<_> = times.iter().map(of).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2].as_secs_f64() * 1e3
    };
    let serial = median(&times[0], Times::total);
    let threads = rayon::current_num_threads() as f64;
    println!(
        "\n{:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}",
        "ms", "keys", "schedule", "run", "total", "speed-up", "idle"
    );
    for (name, times) in names.iter().zip(&times) {
        let of = |of| median(times, of);
        let (numbering, scheduling, total) = (of(|t| t.numbering), of(|t| t.scheduling), of(Times::total));
        let running = of(|t| t.running);
        let threads = if *name == names[0] { 1.0 } else { threads };
        let idle = 100.0 * (1.0 - serial / (running * threads));
        let figures = format!("{numbering:>10.3}{scheduling:>10.3}{running:>10.3}{total:>10.3}");
        println!("{name:<14}{figures}{:>10.2}{:>10.1} %", serial / total, idle.max(0.0));
    }
    println!();
}
