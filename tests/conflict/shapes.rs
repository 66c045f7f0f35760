//! Shapes at every size where an engine may turn a corner, and extremes of length.

use crate::definition::{conflicts, dependency_fault, fault, lists_of};
use crate::{Suite, assert_agrees};
use wavelock::conflict::{AccessSets, IndexSetsBuilder};
use wavelock::workload::{AccessShape, AccessWorkload};
use wavelock::{Engine, Scheduler};

const SHAPES: [AccessShape; 10] = [
    AccessShape::OneKey,
    AccessShape::HotKey,
    AccessShape::HotReader,
    AccessShape::Disjoint,
    AccessShape::AllRead,
    AccessShape::Clique,
    AccessShape::Chain,
    AccessShape::Zipf(0.0),
    AccessShape::Zipf(1.0),
    AccessShape::Zipf(1.2),
];
/// Around the sizes of subgroups, workgroups and tiles.
const SIZES: [usize; 16] = [0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 600];

/// Held against the definition, pair by pair.
fn check(scheduler: &mut Scheduler, sets: &AccessSets, what: &dyn std::fmt::Debug) {
    assert_agrees(scheduler, sets, what);
    let lists = lists_of(sets);
    let conflicts = conflicts(&lists);
    let schedule = scheduler.schedule(sets).expect("it had the memory before");
    assert_eq!(fault(&lists, &conflicts, schedule), None, "{what:?}");
    let dependencies = scheduler.dependencies(sets).expect("few accesses");
    assert_eq!(dependency_fault(&conflicts, dependencies), None, "{what:?}");
}

pub fn add(suite: &mut Suite) {
    for shape in SHAPES {
        suite.every_engine(&format!("shapes::{shape}"), move |scheduler| {
            for transactions in SIZES {
                let workload = AccessWorkload { shape, transactions, keys: 200, ..AccessWorkload::default() };
                check(scheduler, &workload.generate(), &workload);
            }
        });
        suite.every_engine(&format!("shapes::{shape}, 2 to 32 keys"), move |scheduler| {
            for keys in [40, 3_000] {
                let workload =
                    AccessWorkload { shape, transactions: 257, keys, keys_each: (2, 32), ..AccessWorkload::default() };
                check(scheduler, &workload.generate(), &workload);
            }
        });
    }
    suite.every_engine("shapes::many transactions", |scheduler| {
        for shape in [AccessShape::Zipf(0.0), AccessShape::Zipf(1.0), AccessShape::HotKey, AccessShape::Chain] {
            let workload = AccessWorkload { shape, transactions: 70_000, keys: 50_000, ..AccessWorkload::default() };
            assert_agrees(scheduler, &workload.generate(), &workload);
        }
    });
    suite.every_engine("shapes::a million transactions on one key", |scheduler| {
        for shape in [AccessShape::OneKey, AccessShape::HotReader] {
            let workload =
                AccessWorkload { shape, transactions: 1_000_000, keys: 1, keys_each: (1, 1), ..Default::default() };
            let sets = workload.generate();
            let waves = scheduler.waves(&sets).expect("memory");
            let expected = |index| if shape == AccessShape::OneKey { index } else { 0 };
            assert!(waves.iter().copied().eq((0..1_000_000).map(expected)), "{shape}");
            assert_agrees(scheduler, &sets, &workload);
        }
    });
    suite.every_engine("shapes::thousands of keys in one transaction", |scheduler| {
        let all: Vec<u32> = (0..5_000).collect();
        let mut builder = IndexSetsBuilder::new(5_000);
        for index in 0..300u32 {
            let own = [index * 7, index * 16];
            builder.push(&own[..1], &own[1..]).expect("few keys");
            if index % 100 == 50 {
                builder.push(&all[..2_500], &all[1_500..]).expect("few keys");
            }
        }
        check(scheduler, builder.sets(), &"thousands of keys");
    });
    suite.every_engine("shapes::keys that nobody names", |scheduler| {
        for keys in [1, 100_000, 3] {
            let mut builder = IndexSetsBuilder::new(keys);
            for _ in 0..3 {
                builder.push(&[], &[keys as u32 - 1]).expect("one key");
                builder.push(&[], &[]).expect("no key");
            }
            check(scheduler, builder.sets(), &keys);
        }
    });
    suite.once("gpu without an adapter is an error, not the CPU", || {
        match Scheduler::builder().engine(Engine::Gpu).device_options(nobody()).build() {
            Err(wavelock::Error::NoDevice(_)) => {}
            other => panic!("{other:?}"),
        }
    });
}

fn nobody() -> wavelock::gpu::device::DeviceOptions {
    wavelock::gpu::device::DeviceOptions { adapter: Some("nonsuch".into()), ..Default::default() }
}
