//! Scheduling block after block allocates nothing once the memory is warm.

#[path = "support/allocations.rs"]
mod allocations;

use allocations::allocations;
use libtest_mimic::{Arguments, Trial};
use wavelock::conflict::{AccessSetsBuilder, IndexSetsBuilder, Interner, Key};
use wavelock::workload::{AccessShape, AccessWorkload};
use wavelock::{Engine, Scheduler};

/// A block as three kinds of callers have it.
struct Block {
    keys: Vec<Key>,
    indices: Vec<u32>,
    bounds: Vec<(usize, usize, usize)>,
}

fn block(seed: u64, shape: AccessShape) -> Block {
    let sets = AccessWorkload { seed, shape, transactions: 3_000, keys: 2_000, ..AccessWorkload::default() }.generate();
    let keys = sets.keys().iter().map(|key| *blake3::hash(&key.to_le_bytes()).as_bytes()).collect();
    let first = sets.first();
    let bounds = (0..sets.len()).map(|at| [first[2 * at], first[2 * at + 1], first[2 * at + 2]].map(|at| at as usize));
    let bounds = bounds.map(|[begin, reads, end]| (begin, reads, end)).collect();
    Block { keys, indices: sets.keys().to_vec(), bounds }
}

fn main() {
    // With one thread trials run on this one.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let run = || {
        warm_blocks_cost_no_allocation();
        Ok(())
    };
    libtest_mimic::run(&arguments, vec![Trial::test("warm_blocks_cost_no_allocation", run)]).exit();
}

fn warm_blocks_cost_no_allocation() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(7)))), (1, 4), "the counter counts");
    let shapes = [AccessShape::Zipf(0.0), AccessShape::Zipf(1.2), AccessShape::HotKey, AccessShape::AllRead];
    let blocks: Vec<Block> = (0..12).map(|seed| block(seed, shapes[seed as usize % shapes.len()])).collect();
    let mut scheduler = Scheduler::builder().engine(Engine::Parallel).build().expect("needs no device");
    let mut auto = Scheduler::builder().build().expect("needs no device");
    let (mut interner, mut builder) = (Interner::new(), AccessSetsBuilder::<Key>::new());
    let mut indices = IndexSetsBuilder::new(2_000);
    let mut checked = 0;
    let mut all = |blocks: &[Block]| {
        for Block { keys, indices: numbers, bounds } in blocks {
            interner.clear();
            builder.clear();
            indices.clear(2_000);
            let slices = bounds.iter().map(|&(begin, reads, end)| (&keys[reads..end], &keys[begin..reads]));
            interner.extend(slices.clone()).expect("few keys");
            for (reads, writes) in slices {
                builder.push(reads.iter().copied(), writes.iter().copied()).expect("few keys");
            }
            for &(begin, reads, end) in bounds {
                indices.push(&numbers[reads..end], &numbers[begin..reads]).expect("below 2,000");
            }
            for sets in [interner.sets(), builder.sets(), indices.sets()] {
                for scheduler in [&mut scheduler, &mut auto] {
                    let waves = scheduler.waves(sets).expect("memory").iter().max().map_or(0, |wave| wave + 1);
                    assert_eq!(scheduler.groups(sets).expect("memory").len(), waves as usize);
                    assert_eq!(scheduler.schedule(sets).expect("memory").waves, waves);
                    checked += scheduler.dependencies(sets).expect("few accesses").count();
                }
            }
        }
    };
    // Hashes have random keys, so a table may grow at another block in another run: the second pass is warm for sure.
    all(&blocks);
    all(&blocks);
    for _ in 0..30 {
        assert_eq!(allocations(|| all(&blocks)), (0, 0));
    }
    assert!(checked > 0);
}
