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

criterion_group! { name = benches; config = common::criterion(); targets = sigverify }
criterion_main!(benches);
