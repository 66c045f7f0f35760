//! Verifications a second, everything included: `cargo run --release --example sigverify_rates [signatures] [rounds] [rows that contain this]`.
//!
//! Messages of 128 bytes, one signature in seven corrupted, every verdict compared. Rounds of all rows alternate, the best and the
//! median of each are printed: other work on the machine slows single rounds down. Then the median rate of the device's kernels
//! alone, by its own clock, and on Linux the best rate by processor time: signatures a second of one core's time, which other
//! work disturbs less.

use ed25519_dalek::{Signer, SigningKey};
use rayon::prelude::*;
use std::time::Instant;
use wavelock::gpu::adapter::AdapterKind;
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::sigverify::{Limbs, SignatureVerifier, Verdicts, VerifierOptions};
use wavelock::{Policy, SignatureInput, SignatureSource, parallel};

struct Batch {
    keys: Vec<[u8; 32]>,
    messages: Vec<[u8; 128]>,
    signatures: Vec<[u8; 64]>,
    valid: Vec<bool>,
}

impl SignatureSource for Batch {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        SignatureInput {
            public_key: &self.keys[index],
            message: &self.messages[index],
            signature: &self.signatures[index],
        }
    }
}

/// `count` signatures by `keys` keys in turn, in an order that is not sorted by key.
fn batch(count: usize, keys: usize, first_key: u64) -> Batch {
    let made: Vec<_> = (0..count)
        .into_par_iter()
        .map(|index| {
            let number = (index * 7919) % keys;
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&(first_key + number as u64).to_le_bytes());
            let key = SigningKey::from_bytes(&seed);
            let mut message = [0; 128];
            message[..8].copy_from_slice(&(index as u64).to_le_bytes());
            let mut signature = key.sign(&message).to_bytes();
            let valid = index % 7 != 3;
            if !valid {
                signature[index % 64] ^= 1 << (index % 8);
            }
            (key.verifying_key().to_bytes(), message, signature, valid)
        })
        .collect();
    Batch {
        keys: made.iter().map(|made| made.0).collect(),
        messages: made.iter().map(|made| made.1).collect(),
        signatures: made.iter().map(|made| made.2).collect(),
        valid: made.iter().map(|made| made.3).collect(),
    }
}

/// Verdicts as the engine gives them; reading the device's bitmap into a vector is the example's own affair.
enum Found {
    Bitmap(Verdicts),
    Each(Vec<bool>),
}

impl From<Found> for Vec<bool> {
    fn from(found: Found) -> Self {
        match found {
            Found::Bitmap(verdicts) => Vec::from(&verdicts),
            Found::Each(verdicts) => verdicts,
        }
    }
}

struct Row<'a> {
    name: String,
    run: Box<dyn FnMut() -> Found + 'a>,
    batch: &'a Batch,
    seconds: Vec<f64>,
    core_seconds: Vec<f64>,
    kernel_seconds: Vec<f64>,
}

/// Processor time of this process in seconds, 0 where it is not to be had.
fn core_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).map(|number| number.parse::<usize>().expect("a number"));
    let count = number(0).unwrap_or(65_536);
    let rounds = number(1).unwrap_or(5);
    let wanted = |name: &str| arguments.get(2).is_none_or(|part| name.contains(part));
    let options = DeviceOptions { profile: true, ..DeviceOptions::default() };
    let device = Device::open(&options).expect("a device");
    let usual = if device.summary.kind == AdapterKind::Software { Limbs::Wide } else { Limbs::Mixed };
    let other = if usual == Limbs::Wide { Limbs::Mixed } else { Limbs::Wide };
    println!("{}, {} signatures, {rounds} rounds", device.summary.name, count);
    let (cold, thousand, many) = (batch(count, count, 1 << 32), batch(count, 1000, 0), batch(count, 32_000, 1 << 20));
    let verifier = |policy, limbs, budget| {
        let options =
            VerifierOptions { policy, limbs: Some(limbs), key_budget_bytes: budget, ..VerifierOptions::default() };
        SignatureVerifier::new(device.clone(), options).expect("a verifier")
    };
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (policy, limbs, batch, keys, budget) in [
        (Policy::Strict, usual, &cold, "cold", 0),
        (Policy::Strict, other, &cold, "cold", 0),
        (Policy::Strict, Limbs::Narrow, &cold, "cold", 0),
        (Policy::Zip215, usual, &cold, "cold", 0),
        (Policy::Strict, usual, &thousand, "1000 known", 256 << 20),
        (Policy::Strict, usual, &many, "32000 known", 256 << 20),
        (Policy::Strict, Limbs::Narrow, &thousand, "1000 known", 256 << 20),
    ] {
        let name = format!("gpu {policy} {limbs:?} {keys}");
        if !wanted(&name) || (limbs != Limbs::Narrow && !device.has_int64()) {
            continue;
        }
        let mut verifier = verifier(policy, limbs, budget);
        let started = Instant::now();
        drop(verifier.verify(&[batch.get(0)][..]).expect("no fault"));
        println!("{limbs:?} {keys}: first signature after {:.2} s", started.elapsed().as_secs_f64());
        for _ in 0..3 {
            let verdicts = verifier.verify(batch).expect("no fault");
            assert!(Vec::from(&verdicts) == batch.valid, "{limbs:?} {keys}: wrong verdicts");
        }
        println!("{:?}", verifier.stats());
        let run = Box::new(move || Found::Bitmap(verifier.verify(batch).expect("no fault")));
        rows.push(Row { name, run, batch, seconds: vec![], core_seconds: vec![], kernel_seconds: vec![] });
    }
    for (policy, batch, keys) in
        [(Policy::Strict, &cold, "cold"), (Policy::Strict, &thousand, "1000"), (Policy::Zip215, &cold, "cold")]
    {
        let name = format!("parallel {policy} {keys}");
        if wanted(&name) {
            let run = Box::new(move || Found::Each(parallel::sigverify::sigverify(policy, batch)));
            rows.push(Row { name, run, batch, seconds: vec![], core_seconds: vec![], kernel_seconds: vec![] });
        }
    }
    for _ in 0..rounds {
        for row in &mut rows {
            device.take_profile().expect("no fault");
            let (started, used) = (Instant::now(), core_seconds());
            let verdicts = (row.run)();
            row.seconds.push(started.elapsed().as_secs_f64());
            row.core_seconds.push(core_seconds() - used);
            let profile = device.take_profile().expect("no fault");
            row.kernel_seconds.extend(profile.get("sigverify").map(|stage| stage.kernel_time().as_secs_f64()));
            assert!(Vec::from(verdicts) == row.batch.valid, "{}: wrong verdicts", row.name);
        }
    }
    let head = ["best", "median", "kernels", "a core-second"];
    println!(
        "| {:32} | {:>10} | {:>10} | {:>10} | {:>14} |",
        "verifications a second", head[0], head[1], head[2], head[3]
    );
    for row in &mut rows {
        row.seconds.sort_by(f64::total_cmp);
        let rate = |seconds: f64| (count as f64 / seconds).round();
        row.core_seconds.sort_by(f64::total_cmp);
        row.kernel_seconds.sort_by(f64::total_cmp);
        let kernels = row.kernel_seconds.get(rounds / 2).filter(|seconds| **seconds > 0.0);
        let kernels = kernels.map_or("-".to_owned(), |seconds| rate(*seconds).to_string());
        let [best, median, core] = [row.seconds[0], row.seconds[rounds / 2], row.core_seconds[0]].map(rate);
        println!("| {:32} | {best:>10} | {median:>10} | {kernels:>10} | {core:>14} |", row.name);
    }
}
