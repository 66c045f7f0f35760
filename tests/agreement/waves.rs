//! Waves from the device: exactly those that `serial` finds, on every shape, size, tier of keys and binding limit.

use crate::Suite;
use crate::support::cases;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use std::sync::{Arc, Mutex, PoisonError};
use wavelock::conflict::{AccessSets, AccessSetsBuilder};
use wavelock::gpu::conflict::{WaveEffort, WaveFinder};
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::limits::MAX_ROUNDS;
use wavelock::serial::conflict::waves;

/// How the keys of a block are chosen; the numbers are keys, or keys a transaction.
#[derive(Clone, Copy, Debug)]
enum Shape {
    OneKeyWritten,
    /// One key, every so many-th transaction writes it.
    OneKeyMixed(u64),
    AllRead,
    Disjoint,
    /// Everybody writes the same keys.
    Clique,
    /// Everybody writes one key and one of its own.
    HotAndPrivate,
    /// A long chain of writers of one key; another key is read and written, and now and then its chain, too, which
    /// takes it far ahead.
    Jumps,
    /// Up to so many keys a transaction, out of so many, of which two thirds are read, by a Zipf distribution of so
    /// many tenths.
    Zipf(usize, usize, u32),
}

const SHAPES: [Shape; 16] = [
    Shape::OneKeyWritten,
    Shape::OneKeyMixed(2),
    Shape::OneKeyMixed(100),
    Shape::AllRead,
    Shape::Disjoint,
    Shape::Clique,
    Shape::HotAndPrivate,
    Shape::Jumps,
    Shape::Zipf(2, 50_000, 0),
    Shape::Zipf(4, 400, 0),
    Shape::Zipf(4, 20_000, 8),
    Shape::Zipf(4, 20_000, 10),
    Shape::Zipf(4, 20_000, 12),
    Shape::Zipf(32, 5_000, 0),
    Shape::Zipf(32, 300, 10),
    Shape::Zipf(8, 3, 0),
];

impl Shape {
    fn build(self, transactions: usize, seed: u64) -> AccessSets {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let mut builder = AccessSetsBuilder::new();
        let zipf = if let Shape::Zipf(_, keys, tenths) = self { cumulative(keys, tenths) } else { Vec::new() };
        for transaction in 0..transactions as u64 {
            let own = 10 + 2 * transaction;
            let (reads, writes) = match self {
                Shape::OneKeyWritten => (vec![], vec![0]),
                Shape::OneKeyMixed(every) if transaction % every == every - 1 => (vec![], vec![0]),
                Shape::OneKeyMixed(_) => (vec![0], vec![]),
                Shape::AllRead => (vec![0, 1, 2 + transaction % 7], vec![]),
                Shape::Disjoint => (vec![own], vec![own + 1]),
                Shape::Clique => (vec![], vec![0, 1, 2]),
                Shape::HotAndPrivate => (vec![], vec![0, own]),
                Shape::Jumps if transaction % 400 == 0 => (vec![], vec![0, 1]),
                Shape::Jumps if transaction % 4 > 0 => (vec![], vec![0]),
                Shape::Jumps if transaction % 3 == 0 => (vec![], vec![1]),
                Shape::Jumps => (vec![1], vec![]),
                Shape::Zipf(most, ..) => {
                    let count = rng.random_range(0..=most);
                    let keys = (0..count).map(|_| {
                        let share = rng.random::<f64>() * zipf[zipf.len() - 1];
                        zipf.partition_point(|sum| *sum <= share) as u64
                    });
                    keys.collect::<Vec<u64>>().into_iter().partition(|_| rng.random_range(0..3) > 0)
                }
            };
            builder.push(reads, writes).expect("within limits");
        }
        builder.finish().0
    }
}

fn cumulative(keys: usize, tenths: u32) -> Vec<f64> {
    let weights = (1..=keys).map(|rank| (rank as f64).powf(-f64::from(tenths) / 10.0));
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

/// A chain through keys that are numbered, and so gone through, from its end: each round follows few links.
fn backward_chain(links: u64) -> AccessSets {
    let mut builder = AccessSetsBuilder::new();
    builder.push((0..=links).rev(), []).expect("within limits");
    for link in 0..links {
        builder.push([], [link, link + 1]).expect("within limits");
    }
    builder.finish().0
}

fn finder(options: &DeviceOptions) -> Option<WaveFinder> {
    Device::open(options).ok().map(WaveFinder::new)
}

fn disagreement(finder: &mut WaveFinder, sets: &AccessSets) -> Result<WaveEffort, String> {
    let expected = waves(sets);
    // What is in the answer before must not matter.
    let mut found = vec![7; 3];
    let effort = finder.waves(sets, &mut found).map_err(|error| error.to_string())?;
    if let Some(at) = (0..expected.len()).find(|at| found.get(*at) != Some(&expected[*at])) {
        return Err(format!("transaction {at}: wave {:?}, not {}", found.get(at), expected[at]));
    }
    if found.len() > expected.len() {
        return Err(format!("{} waves, not {}", found.len(), expected.len()));
    }
    Ok(effort)
}

fn assert_agrees(finder: &mut WaveFinder, sets: &AccessSets, what: &dyn std::fmt::Debug) -> WaveEffort {
    let effort = disagreement(finder, sets).unwrap_or_else(|message| panic!("{what:?}: {message}"));
    assert!(effort.rounds <= MAX_ROUNDS, "{what:?}: {effort:?}");
    effort
}

const BOUNDARIES: [usize; 17] = [0, 1, 2, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 9217];

/// Accesses of one key: in the tile and chunk sizes of medium and long keys.
const ONE_KEY: [usize; 10] = [511, 512, 513, 2047, 2048, 2049, 8191, 8192, 8193, 20_000];

/// One wrong place in a shader each; the second text replaces the first.
const WRONG_KERNELS: [(&str, &str, &str); 16] = [
    ("writer_waits_for_writers_only", "return select(state.x, state.y, writes(access));", "return state.x;"),
    ("read_taken_for_write", "return (access & WRITE) != 0u;", "return true;"),
    ("write_taken_for_read", "return (access & WRITE) != 0u;", "return false;"),
    ("own_wave_forgotten", "max(state.y, own + 1u));", "state.y);"),
    ("raise_dropped", "own = max(wanted, atomicMax(&wave[transaction], wanted));", "own = wanted;"),
    ("tile_raise_dropped", "atomicMax(&wave[access.x & TRANSACTION], wanted);", ""),
    ("carry_between_tiles_lost", "state = behind(state);", ""),
    ("carry_between_chunks_lost", "        state = behind(state);\n    }\n}\n\n@", "    }\n}\n\n@"),
    ("tile_meets_nothing", "met_by(lane, vec2<u32>(lists[at + 3u], lists[at + 4u]))", "met_by(lane, vec2<u32>())"),
    ("segments_not_joined", "met = through(unpack(segment[k]), met);", ""),
    ("floor_dropped", "run.write = max(second.write, floor + second.steps);", "run.write = second.write;"),
    ("trailing_read_dropped", "run.trail = max(first.trail, second.lead);", ""),
    ("steps_not_added", "first.steps + max(first.trail, second.lead) + second.steps", "second.steps"),
    ("nothing_stale", "if wave[transaction] <= seen[id.x] {", "if true {"),
    ("last_write_forgotten", "select(i < last_write, i + 1u < keys[key].end, writes(access.x))", "writes(access.x)"),
    ("not_carried_to_next_batch", "atomicMax(&bases[key].access, next);", ""),
];

/// Whether any of the blocks shows a difference; small bindings, so that blocks have several batches.
fn is_caught(from: &str, to: &str) -> bool {
    let shader_patch = Some((from.into(), to.into()));
    let own = |options: DeviceOptions| finder(&options).expect("there is an adapter");
    [None, Some(4096)].into_iter().any(|binding_limit| {
        let options = DeviceOptions { shader_patch: shader_patch.clone(), binding_limit, ..Default::default() };
        let mut finder = own(options);
        let mixed = [Shape::OneKeyMixed(3), Shape::OneKeyWritten, Shape::HotAndPrivate, Shape::Jumps];
        let warm = [Shape::Zipf(3, 30, 0), Shape::Zipf(4, 200, 10), Shape::Zipf(3, 4_000, 0)];
        let mut blocks = mixed
            .iter()
            .chain(&warm)
            .flat_map(|shape| [200, 3_000, 12_000].into_iter().map(|transactions| shape.build(transactions, 5)));
        blocks.any(|sets| disagreement(&mut finder, &sets).is_err())
    }) || {
        let options = DeviceOptions { shader_patch: shader_patch.clone(), ..Default::default() };
        disagreement(&mut own(options), &Shape::OneKeyWritten.build(300_000, 0)).is_err()
    }
}

/// Trials that take turns with one finder.
struct Trials<'a> {
    suite: &'a mut Suite,
    finder: Option<Arc<Mutex<WaveFinder>>>,
}

impl Trials<'_> {
    fn add(&mut self, name: &str, check: impl Fn(&mut WaveFinder) + Send + 'static) {
        let run = move |finder: &Arc<Mutex<WaveFinder>>| {
            check(&mut finder.lock().unwrap_or_else(PoisonError::into_inner));
        };
        self.suite.push(format!("gpu::waves::{name}"), self.finder.clone(), run);
    }
}

pub fn add(suite: &mut Suite) {
    let shared = suite.gpu.as_ref().and_then(|_| finder(&DeviceOptions::default()));
    let mut trials = Trials { suite, finder: shared.map(|finder| Arc::new(Mutex::new(finder))) };
    for shape in SHAPES {
        trials.add(&format!("shapes::{shape:?}"), move |finder| {
            for transactions in [100, 5_000, 40_000] {
                assert_agrees(finder, &shape.build(transactions, 3), &(shape, transactions));
            }
        });
    }
    for count in BOUNDARIES {
        trials.add(&format!("sizes::transactions_{count}"), move |finder| {
            for shape in SHAPES {
                assert_agrees(finder, &shape.build(count, count as u64), &(shape, count));
            }
        });
    }
    for count in ONE_KEY {
        trials.add(&format!("sizes::accesses_of_one_key_{count}"), move |finder| accesses_of_one_key(finder, count));
    }
    trials.add("random", random);
    trials.add("one_transaction_with_thousands_of_keys", wide_transactions);
    trials.add("nobody_waits_without_writers", |finder| {
        let effort = assert_agrees(finder, &Shape::AllRead.build(30_000, 1), &"all read");
        assert_eq!(effort, WaveEffort { rounds: 0, tail: 0 });
    });
    trials.add("a_backward_chain_stops_with_a_tail", |finder| {
        let effort = assert_agrees(finder, &backward_chain(60_000), &"backward chain");
        assert!(effort.tail > 10_000, "{effort:?}");
        // The finder is as good as before.
        assert_agrees(finder, &Shape::HotAndPrivate.build(3_000, 1), &"after a tail");
    });
    suite.own_device("waves::more_than_256_tiles_in_a_batch", || {
        for count in [262_143, 262_144, 262_145, 300_000] {
            // A new one, for its first batch is large enough.
            let mut finder = finder(&DeviceOptions::default()).expect("there is an adapter");
            accesses_of_one_key(&mut finder, count);
        }
    });
    suite.own_device("waves::small_bindings", small_bindings);
    for (name, from, to) in WRONG_KERNELS {
        suite.own_device(&format!("canaries::waves::{name}"), move || {
            let texts = wavelock::gpu::shaders::all();
            let stage = texts.iter().filter(|(module, _)| module.starts_with("conflict"));
            assert!(stage.into_iter().any(|(_, text)| text.contains(from)), "no shader has {from:?}");
            assert!(is_caught(from, to), "a kernel with {to:?} for {from:?} was not caught");
        });
    }
}

fn accesses_of_one_key(finder: &mut WaveFinder, count: usize) {
    for shape in [Shape::OneKeyWritten, Shape::OneKeyMixed(2), Shape::OneKeyMixed(1_000), Shape::HotAndPrivate] {
        let effort = assert_agrees(finder, &shape.build(count, 0), &(shape, count));
        assert!(effort.rounds <= 2 && effort.tail == 0, "{shape:?} {count}: {effort:?}");
    }
}

fn random(finder: &mut WaveFinder) {
    for seed in 0..u64::from(cases(200)) {
        let transactions = [5, 40, 300, 1_500][seed as usize % 4];
        let keys = [1, 3, 20, 150, 2_000][seed as usize / 4 % 5];
        let shape = Shape::Zipf([1, 2, 5, 30][seed as usize / 20 % 4], keys, [0, 8, 15][seed as usize / 80 % 3]);
        assert_agrees(finder, &shape.build(transactions, seed), &(shape, transactions, seed));
    }
}

fn wide_transactions(finder: &mut WaveFinder) {
    let mut builder = AccessSetsBuilder::new();
    for transaction in 0..60u64 {
        let all = 0..20_000u64;
        match transaction % 4 {
            0 => builder.push(all, []),
            1 => builder.push([transaction], [transaction + 1, 19_999]),
            2 => builder.push(all.clone().step_by(2), all.skip(1).step_by(2)),
            _ => builder.push([], []),
        }
        .expect("within limits");
    }
    assert_agrees(finder, &builder.finish().0, &"wide transactions");
}

fn small_bindings() {
    for binding_limit in [16, 48, 1 << 10, 4_096, 4_112, 1 << 16] {
        let options = DeviceOptions { binding_limit: Some(binding_limit), ..Default::default() };
        let mut finder = finder(&options).expect("there is an adapter");
        for shape in [Shape::OneKeyWritten, Shape::OneKeyMixed(3), Shape::Zipf(3, 60, 0), Shape::Zipf(40, 3_000, 0)] {
            let effort = assert_agrees(&mut finder, &shape.build(2_000, binding_limit), &(shape, binding_limit));
            if matches!(shape, Shape::OneKeyWritten | Shape::OneKeyMixed(_)) {
                assert_eq!(effort.tail, 0, "one key fits: {binding_limit}");
            }
        }
        assert_agrees(&mut finder, &Shape::Disjoint.build(0, 0), &"nothing");
    }
}
