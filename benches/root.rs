//! The state root: a full tree, and the paths of a block's changes, on every engine that is there.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
#[cfg(feature = "gpu")]
use rand::SeedableRng;
#[cfg(feature = "gpu")]
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
#[cfg(feature = "gpu")]
use wavelock::State;
use wavelock::outcome::Change;
use wavelock::parallel::root::RootTree;
use wavelock::serial;
#[cfg(feature = "gpu")]
use wavelock::verify::root::Paths;
use wavelock::workload::Workload;

const ACCOUNTS: usize = 1_000_000;
const STRIDE: usize = 50;

fn root(criterion: &mut Criterion) {
    let workload = Workload { transactions: 1, accounts: ACCOUNTS, signed: false, ..Workload::default() };
    let state = workload.generate().state;
    let changed = |slot: u32| {
        let mut account = state.account(slot);
        account.nonce += 1;
        Change { slot, account }
    };
    let changes: Vec<Change> = (0..ACCOUNTS as u32).step_by(STRIDE).map(changed).collect();
    let expected = serial::root::root(&state);
    let mut tree = RootTree::new(&state);
    assert_eq!(tree.root(), expected);
    assert_eq!(tree.preview(&changes).root(), serial::root::root_after(&state, &changes));

    let mut group = criterion.benchmark_group("root_rebuild");
    group.throughput(Throughput::Elements(ACCOUNTS as u64));
    group.bench_function("parallel", |bencher| bencher.iter(|| tree.rebuild(&state)));
    // As many nodes, one at a time and on one core.
    let (key, node) = ([1; 32], [2; 64]);
    let one_by_one = || (0..2 * ACCOUNTS).for_each(|_| _ = black_box(blake3::keyed_hash(&key, black_box(&node))));
    group.bench_function("keyed_hash", |bencher| bencher.iter(one_by_one));
    #[cfg(feature = "gpu")]
    if let Some(mut tree) = device_tree() {
        assert_eq!(tree.rebuild(&state).expect("it fits"), expected);
        group.bench_function("gpu", |bencher| bencher.iter(|| tree.rebuild(&state).expect("it fits")));
    }
    group.finish();

    let mut group = criterion.benchmark_group("root_update");
    group.throughput(Throughput::Elements(changes.len() as u64));
    group.bench_function("parallel", |bencher| bencher.iter(|| tree.update(&changes)));
    #[cfg(feature = "gpu")]
    if let Some(mut device) = device_tree() {
        device.rebuild(&state).expect("it fits");
        assert_eq!(device.update(&changes).expect("it fits"), tree.root());
        group.bench_function("gpu", |bencher| bencher.iter(|| device.update(&changes).expect("it fits")));
    }
    group.finish();
    #[cfg(feature = "gpu")]
    check(criterion, &state, &changes);
}

/// What the CPU's check of a device's root costs: in full, and by samples with the way to the device for their nodes.
#[cfg(feature = "gpu")]
fn check(criterion: &mut Criterion, state: &State, changes: &[Change]) {
    let Some(mut device) = device_tree() else { return };
    let (before, after) = device.roots(state, changes).expect("it fits");
    let tree = RootTree::new(state);
    let mut group = criterion.benchmark_group("root_check");
    group.throughput(Throughput::Elements(changes.len() as u64));
    group.bench_function("full", |bencher| bencher.iter(|| assert_eq!(tree.preview(changes).root(), after)));
    for sample in [64, 1024] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        group.bench_function(format!("sampled:{sample}"), |bencher| {
            bencher.iter(|| {
                let paths = Paths::sampled(state, changes, sample, &mut rng);
                let nodes = device.nodes(paths.places()).expect("there are such nodes");
                assert_eq!(paths.difference(before, after, &nodes), None);
            });
        });
    }
    group.finish();
}

#[cfg(feature = "gpu")]
fn device_tree() -> Option<wavelock::gpu::root::RootTree> {
    use wavelock::gpu::device::{Device, DeviceOptions};
    let device = Device::open(&DeviceOptions::default());
    let device = device.map_err(|error| eprintln!("gpu is skipped: {error}")).ok()?;
    Some(wavelock::gpu::root::RootTree::new(device))
}

criterion_group! { name = benches; config = common::criterion(); targets = root }
criterion_main!(benches);
