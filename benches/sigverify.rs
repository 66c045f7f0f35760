//! Signatures of transactions, by policy and engine; on the device with the tables of keys it has met before.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wavelock::workload::Workload;
use wavelock::{Policy, Stage};

const SIGNATURES: usize = 4_096;
const KEYS: usize = 256;

fn sigverify(criterion: &mut Criterion) {
    let workload = Workload { transactions: SIGNATURES, accounts: KEYS, ..Workload::default() };
    let transactions = workload.generate().block.transactions;
    let mut group = criterion.benchmark_group("sigverify");
    group.throughput(Throughput::Elements(SIGNATURES as u64));
    for (engine, builder) in common::engines() {
        for policy in [Policy::Strict, Policy::Zip215] {
            let mut validator = builder.clone().policy(policy).build().expect("the engine is there");
            let (verdicts, report) = validator.sigverify(&transactions);
            assert!(verdicts.iter().all(|valid| *valid), "{engine} rejects valid signatures");
            assert_eq!(report.engine(Stage::Sigverify), Some(engine), "{:?}", report.events);
            group.bench_function(format!("{engine}/{policy}"), |bencher| {
                bencher.iter(|| validator.sigverify(&transactions));
            });
        }
    }
    group.finish();
}

/// Every kernel by itself, on the last chunk of a batch with unknown keys and of one with known ones.
#[cfg(feature = "gpu")]
fn kernels(criterion: &mut Criterion) {
    use wavelock::gpu::device::{Device, DeviceOptions};
    use wavelock::gpu::sigverify::{SignatureVerifier, VerifierOptions};
    let device = match Device::open(&DeviceOptions::default()) {
        Ok(device) => device,
        Err(reason) => return eprintln!("kernels are skipped: {reason}"),
    };
    let workload = Workload { transactions: SIGNATURES, accounts: KEYS, ..Workload::default() };
    let transactions = workload.generate().block.transactions;
    for (keys, key_budget_bytes) in [("cold", 0), ("known", 16 << 20)] {
        let options = VerifierOptions { policy: Policy::Zip215, key_budget_bytes, ..VerifierOptions::default() };
        let mut verifier = SignatureVerifier::new(device.clone(), options).expect("a verifier");
        for _ in 0..4 {
            let verdicts = verifier.verify(&transactions).expect("no fault");
            assert_eq!(verdicts.valid(), SIGNATURES, "valid signatures are rejected");
        }
        let (count, names) = verifier.last_chunk();
        let mut group = criterion.benchmark_group(format!("sigverify kernels, {keys} keys"));
        group.throughput(Throughput::Elements(u64::from(count)));
        for name in names {
            group.bench_function(name, |bencher| bencher.iter(|| verifier.rerun(name).expect("no fault")));
        }
        group.finish();
    }
}

#[cfg(not(feature = "gpu"))]
fn kernels(_: &mut Criterion) {}

criterion_group! { name = benches; config = common::criterion(); targets = sigverify, kernels }
criterion_main!(benches);
