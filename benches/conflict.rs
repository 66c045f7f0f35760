//! Scheduling: waves by engine and shape, and what the CPU adds before and after them.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wavelock::conflict::Interner;
use wavelock::workload::measured::{ACCESS_SHAPES, declared, hashed_keys};
use wavelock::workload::{AccessShape, AccessWorkload};
use wavelock::{Engine, Scheduler, Stage, serial};

const TRANSACTIONS: usize = 50_000;

fn workload(shape: AccessShape) -> AccessWorkload {
    AccessWorkload { shape, transactions: TRANSACTIONS, keys: 100_000, ..AccessWorkload::default() }
}

/// Schedulers of the CPU engines, and of `gpu` where there is a device; else a line says that it is skipped.
fn schedulers() -> Vec<Scheduler> {
    let built = [Engine::Serial, Engine::Parallel, Engine::Gpu]
        .map(|engine| Scheduler::builder().engine(engine).build().map_err(|error| eprintln!("skipped: {error}")));
    built.into_iter().flatten().collect()
}

fn waves(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conflict");
    group.throughput(Throughput::Elements(TRANSACTIONS as u64));
    let mut schedulers = schedulers();
    for shape in ACCESS_SHAPES {
        let sets = workload(shape).generate();
        let expected = serial::conflict::waves(&sets);
        for scheduler in &mut schedulers {
            let engine = scheduler.engine();
            assert!(scheduler.waves(&sets).expect("memory") == expected, "{engine} on {shape}: not the serial result");
            assert_eq!(scheduler.report().engine(Stage::Conflict), Some(engine), "{:?}", scheduler.report().events);
            group.bench_function(format!("{engine}/{shape}"), |bencher| {
                bencher.iter(|| scheduler.waves(&sets).expect("it did before").len());
            });
        }
    }
    group.finish();
}

fn around(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conflict around");
    group.throughput(Throughput::Elements(TRANSACTIONS as u64));
    let sets = workload(AccessShape::Zipf(0.0)).generate();
    let mut scheduler = Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device");
    group.bench_function("groups", |bencher| bencher.iter(|| scheduler.groups(&sets).expect("memory").len()));
    group.bench_function("schedule", |bencher| bencher.iter(|| scheduler.schedule(&sets).expect("memory").waves));
    group.bench_function("dependencies", |bencher| {
        bencher.iter(|| scheduler.dependencies(&sets).expect("few accesses").count());
    });
    let keys = hashed_keys(&sets);
    let declared = declared(&sets, &keys);
    let mut interner = Interner::new();
    group.bench_function("32-byte keys", |bencher| {
        bencher.iter(|| {
            interner.clear();
            interner.extend(declared.clone()).expect("few keys");
            interner.keys().len()
        });
    });
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = waves, around }
criterion_main!(benches);
