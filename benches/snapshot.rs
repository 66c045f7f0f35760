//! Account ids to slots: all of them known, and half of them new.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wavelock::State;
use wavelock::snapshot::Snapshot;
use wavelock::workload::Workload;

const TRANSACTIONS: usize = 50_000;
const ACCOUNTS: usize = 100_000;

fn snapshot(criterion: &mut Criterion) {
    let workload = Workload { transactions: TRANSACTIONS, accounts: ACCOUNTS, signed: false, ..Workload::default() };
    let generated = workload.generate();
    let half = generated.state.accounts().take(ACCOUNTS / 2);
    let half = State::from_accounts(0, half).expect("a part of a state is a state");
    let mut group = criterion.benchmark_group("snapshot");
    group.throughput(Throughput::Elements(2 * TRANSACTIONS as u64));
    for (name, state) in [("known", &generated.state), ("half_new", &half)] {
        let unknown = Snapshot::new(&generated.block, state).unknown.len();
        assert_eq!(unknown == 0, name == "known", "{unknown} unknown accounts");
        group.bench_function(name, |bencher| bencher.iter(|| Snapshot::new(&generated.block, state)));
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = snapshot }
criterion_main!(benches);
