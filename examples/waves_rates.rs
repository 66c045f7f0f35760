//! How long a device takes to find the waves of a block, and how far rounds get it, beside the serial loop.
//!
//! ```sh
//! cargo run --release --example waves_rates -- 1000000
//! ```

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use std::time::{Duration, Instant};
use wavelock::conflict::{AccessSets, AccessSetsBuilder};
use wavelock::gpu::conflict::WaveFinder;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::serial::conflict::waves;

/// Runs of each, the first of which warms up.
const RUNS: usize = 4;

/// Transactions that write two keys and read two, all of a Zipf distribution; `None`: write one hot key and three of
/// their own.
fn block(transactions: usize, exponent: Option<f64>) -> AccessSets {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let mut builder = AccessSetsBuilder::new();
    let weights = (1..=transactions).map(|rank| (rank as f64).powf(-exponent.unwrap_or(0.0)));
    let sums: Vec<f64> = weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    for transaction in 0..transactions {
        let keys: Vec<usize> = match exponent {
            None => vec![0, 3 * transaction + 1, 3 * transaction + 2, 3 * transaction + 3],
            Some(_) => (0..4)
                .map(|_| {
                    let share = rng.random::<f64>() * sums[transactions - 1];
                    sums.partition_point(|sum| *sum <= share)
                })
                .collect(),
        };
        let (writes, reads) = if exponent.is_some() { keys.split_at(2) } else { keys.split_at(4) };
        builder.push(reads.iter().copied(), writes.iter().copied()).expect("within limits");
    }
    builder.finish().0
}

fn median(mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    };
    let mut times: Vec<Duration> = (0..RUNS).map(|_| time(&mut run)).skip(1).collect();
    times.sort();
    times[times.len() / 2]
}

fn main() -> wavelock::Result<()> {
    let transactions = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let device = Device::open(&DeviceOptions::default())?;
    println!("{transactions} transactions, 4 keys each, on {}", device.summary.name);
    println!("{:<10} {:>8} {:>12} {:>12} {:>7} {:>9}", "keys", "waves", "serial ns", "device ns", "rounds", "tail");
    let mut finder = WaveFinder::new(device);
    for (name, exponent) in [("zipf 0", Some(0.0)), ("zipf 1.0", Some(1.0)), ("zipf 1.2", Some(1.2)), ("hot", None)] {
        let sets = block(transactions, exponent);
        let mut expected = Vec::new();
        let serial = median(|| expected = waves(&sets));
        let (mut found, mut effort) = (Vec::new(), Ok(Default::default()));
        let device = median(|| effort = finder.waves(&sets, &mut found));
        let effort = effort?;
        assert_eq!(expected, found, "{name}: other waves");
        let each = |time: Duration| time.as_secs_f64() * 1e9 / transactions as f64;
        let deepest = expected.iter().max().map_or(0, |wave| wave + 1);
        println!(
            "{name:<10} {deepest:>8} {:>12.1} {:>12.1} {:>7} {:>9}",
            each(serial),
            each(device),
            effort.rounds,
            effort.tail
        );
    }
    Ok(())
}
