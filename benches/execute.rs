//! Execution alone, ids resolved: shapes from none to nothing but conflicts, funds from ample to short.

mod common;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wavelock::account::Balance;
use wavelock::ledger::Input;
use wavelock::outcome::Report;
use wavelock::snapshot::Snapshot;
use wavelock::workload::measured::{CHAINS, ORDINARY, unsigned};
use wavelock::workload::{Balances, Workload};
use wavelock::{Stage, Status, encode, serial};

const TRANSACTIONS: usize = 50_000;
const ACCOUNTS: usize = 100_000;

/// Of the shapes that `wavelock bench` measures, one of each kind.
fn workloads() -> [Workload; 5] {
    let small = ORDINARY.map(|(kind, exponent, accounts)| (kind, exponent, accounts.min(ACCOUNTS)));
    let [spread, _, zipf, _, _, _, two_accounts, ..] = small;
    [
        unsigned(spread, TRANSACTIONS, Balances::Ample),
        unsigned(spread, TRANSACTIONS, Balances::Half),
        unsigned(zipf, TRANSACTIONS, Balances::Few),
        unsigned(two_accounts, TRANSACTIONS, Balances::Ample),
        unsigned((CHAINS[0], 0.0, TRANSACTIONS), TRANSACTIONS, Balances::Half),
    ]
}

fn execute(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("execute");
    group.throughput(Throughput::Elements(TRANSACTIONS as u64));
    let builders = common::engines().into_iter();
    let mut validators: Vec<_> =
        builders.map(|(engine, builder)| (engine, builder.build().expect("the engine is there"))).collect();
    for workload in workloads() {
        let generated = workload.generate();
        let (block, state) = (&generated.block, &generated.state);
        let expected = serial::execute::execute(block, state, None).statuses;
        let snapshot = Snapshot::new(block, state);
        let balances: Vec<Balance> =
            state.accounts().map(|account| Balance { balance: account.balance, nonce: account.nonce }).collect();
        let input = Input {
            transactions: &block.transactions,
            pairs: &snapshot.pairs,
            balances: &balances,
            slots: snapshot.slots(),
            total: state.total(),
            lineage: Some(state.lineage()),
        };
        let open = encode::static_statuses(block, None);
        for (engine, validator) in &mut validators {
            let (mut statuses, mut report) = (open.clone(), Report::default());
            validator.execute(&input, &mut statuses, &mut report).expect("memory for the accounts");
            assert!(statuses == expected, "{engine} on {}: not the serial result", workload.kind);
            assert_eq!(report.engine(Stage::Execute), Some(*engine), "{:?}", report.events);
            group.bench_function(format!("{engine}/{}_{}", workload.kind, workload.balances), |bencher| {
                let run = |mut statuses: Vec<Status>| {
                    validator.execute(&input, &mut statuses, &mut Report::default()).expect("it did before");
                    statuses
                };
                bencher.iter_batched(|| open.clone(), run, BatchSize::LargeInput);
            });
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = execute }
criterion_main!(benches);
