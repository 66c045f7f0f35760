//! The state root on every engine: published roots, sizes around every boundary, blocks one after the other.

use crate::Suite;
use crate::sizes::{block, state_of};
use crate::support::{Universe, cases, id};
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::root::RootTree;
use wavelock::limits::ROOT_DISPATCH_NODES;
use wavelock::outcome::Change;
use wavelock::{Account, AccountId, Engine, Outcome, Root, Stage, State, Validator, serial};

/// Roots of accounts k = 0, 1, 2 … with id = byte k + 1 repeated, balance 10^k, nonce k.
const PUBLISHED: [(usize, &str); 4] = [
    (0, "7870a590894e7e3ac276a6998ecfe42e12e2550f776c313eb0edf56aff8242bb"),
    (1, "23b16fb2ffc2124956f2c7d833c0cedc36e7e74a91fd3b61d4a3640fc2492fa1"),
    (3, "b00f4185cb067a7ae7d5da6c7ca100732c063d8b3758d6d09439f777d1274f64"),
    (5, "9afae308ae656a9c2ffb8f4225b21810edd254e0175b6fa3dc5d7e8d3bb1d307"),
];
const WRONG_KERNELS: [(&str, &str, &str); 12] = [
    ("whole_as_small", "if job.words == WHOLE_RECORD", "if false"),
    ("small_as_whole", "if job.words == WHOLE_RECORD", "if true"),
    ("without_a_flag", "= 1u | 2u | 8u | 16u;", "= 1u | 2u | 16u;"),
    ("with_a_counter", "vec4<u32>(0u, 0u, bytes", "vec4<u32>(1u, 0u, bytes"),
    ("without_a_round", "round < 7u", "round < 6u"),
    ("other_length", "zero, 40u)", "zero, 64u)"),
    ("leaves_as_nodes", "keyed_hash(keys.leaf", "keyed_hash(keys.node"),
    ("without_slots", "vec4<u32>(job.slots", "vec4<u32>(0u"),
    ("dropped_level", "nodes[to] = parent.lo;", ""),
    ("children_swapped", "let left = child(places.x);", "let left = child(places.y);"),
    ("stale_children", "if (place & CHANGED) != 0u", "if false"),
    ("half_merged", "nodes[to + 1u] = changed[at + 1u];", ""),
];
const SIZES: [usize; 22] =
    [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1025, 4096, 4097];

fn published(count: usize) -> State {
    let account =
        |k: usize| Account { id: AccountId([k as u8 + 1; 32]), balance: 10u128.pow(k as u32), nonce: k as u64 };
    State::from_accounts(0, (0..count).map(account)).expect("distinct accounts")
}

fn state(count: usize) -> State {
    state_of((0..count).map(|number| (number as u128) << (number % 100)))
}

/// Every kind of change that a size allows: the first slot, the last, some between, new ones.
fn changes(state: &State, stride: usize, created: usize, salt: u64) -> Vec<Change> {
    let known = state.len();
    let slots = (0..known).filter(|slot| slot % stride == 0 || slot + 1 == known).chain(known..known + created);
    let account = |slot: usize| Account { id: id(slot), balance: u128::from(salt) << 70 | slot as u128, nonce: salt };
    slots.map(|slot| Change { slot: slot as u32, account: account(slot) }).collect()
}

/// The roots of a validator's outcome against those of the specification.
fn wrong_roots(validator: &mut Validator, outcome: &Outcome, state: &State) -> Option<String> {
    let expected = (serial::root::root(state), serial::root::root_after(state, &outcome.changes));
    let found = (outcome.root_before?, outcome.root?);
    let engine = outcome.report.engine(Stage::Root);
    if found != expected {
        return Some(format!("{found:?}, not {expected:?}"));
    }
    let by_itself = engine == Some(validator.engine()) && outcome.report.events.is_empty();
    (!by_itself).then(|| format!("by {engine:?}: {:?}", outcome.report.events))
}

/// A validator that computes roots, on the same engine as one of the suite's.
fn with_roots(validator: &Validator, options: DeviceOptions) -> Validator {
    let builder = Validator::builder().engine(validator.engine()).without_signatures().state_root(true);
    builder.device_options(options).build().expect("the suite has this engine")
}

/// Blocks one after the other, each validated twice, some never applied.
fn chain(validator: &mut Validator, seed: u64) -> Option<String> {
    let accounts = [1, 5, 60, 255, 257][seed as usize % 5];
    let universe = Universe { seed, accounts, transactions: 150, scale: 1 << 40, trouble: 30, heat: 20 };
    let (_, mut state) = universe.build();
    for round in 0..6 {
        let (block, _) = Universe { seed: seed * 100 + round, ..universe }.build();
        for _ in 0..2 {
            let outcome = validator.validate(&block, &state).map_err(|error| error.to_string());
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(error) => return Some(error),
            };
            if let Some(wrong) = wrong_roots(validator, &outcome, &state) {
                return Some(format!("block {round}: {wrong}"));
            }
            if round % 3 == 1 {
                continue;
            }
            let mut after = state.clone();
            after.apply(&outcome).expect("computed on this state");
            assert_eq!(after.root(), serial::root::root(&after), "block {round}, applied");
            state = after;
        }
    }
    None
}

fn tree(options: DeviceOptions) -> RootTree {
    RootTree::new(Device::open(&options).expect("there is an adapter"))
}

/// What the device makes of rebuilds, updates and growth, held against the specification.
fn wrong_tree(options: DeviceOptions) -> Option<String> {
    let mut tree = tree(options);
    for count in SIZES {
        let before = state(count);
        let expected = serial::root::root(&before);
        match tree.rebuild(&before) {
            Ok(root) if root == expected => {}
            other => return Some(format!("{count} accounts: {other:?}")),
        }
        let mut state = before;
        for (salt, (stride, created)) in (1..).zip([(1, 0), (7, 0), (1 << 20, 1), (3, count + 2), (50, 130)]) {
            let changes = changes(&state, stride, created, salt);
            let expected = serial::root::root_after(&state, &changes);
            for root in [tree.preview(&changes), tree.update(&changes)] {
                match root {
                    Ok(root) if root == expected => {}
                    other => return Some(format!("{count} accounts, every {stride} and {created} new: {other:?}")),
                }
            }
            state = changed(&state, &changes);
        }
    }
    None
}

fn changed(state: &State, changes: &[Change]) -> State {
    let mut accounts: Vec<Account> = state.accounts().collect();
    for change in changes {
        match accounts.get_mut(change.slot as usize) {
            Some(account) => *account = change.account,
            None => accounts.push(change.account),
        }
    }
    State::from_accounts(0, accounts).expect("distinct accounts")
}

/// Trees up to what a binding takes are as any others; larger ones are the CPU's, with an event.
fn small_binding(bytes: u64) {
    let options = DeviceOptions { binding_limit: Some(bytes), ..Default::default() };
    let mut tree = tree(options.clone());
    let most = bytes as usize / 64;
    for count in [0, 1, most - 1, most] {
        assert_eq!(
            tree.rebuild(&state(count)).expect("it fits"),
            serial::root::root(&state(count)),
            "{count} accounts"
        );
    }
    let all = changes(&state(most), 1, 0, 1);
    assert_eq!(tree.update(&all).expect("it fits"), serial::root::root_after(&state(most), &all));
    let error = tree.update(&changes(&state(most), 2, 1, 1)).expect_err("a slot too many").to_string();
    assert!(error.contains("device fault in root") && error.contains("binds at most"), "{error}");
    assert!(tree.rebuild(&state(most + 1)).is_err());
    assert!(tree.update(&[]).is_err(), "a tree that did not fit is not there");

    let builder = Validator::builder().engine(Engine::Gpu).without_signatures().state_root(true);
    let mut validator = builder.device_options(options).build().expect("there is an adapter");
    for (count, engine) in [(most, Engine::Gpu), (most + 1, Engine::Parallel), (most / 2, Engine::Gpu)] {
        let state = state(count);
        let outcome = validator.validate(&block(std::iter::empty()), &state).expect("validated");
        assert_eq!(outcome.root, Some(serial::root::root(&state)), "{count} accounts");
        assert_eq!(outcome.report.engine(Stage::Root), Some(engine), "{count} accounts");
        assert_eq!(outcome.report.events.len(), usize::from(engine == Engine::Parallel), "{count} accounts");
        assert!(outcome.report.faults.is_empty(), "a large state is nothing that the device did");
    }
}

/// Records travel whole where one account of an upload needs it, and every account counts.
fn small_and_whole_records() {
    let mut tree = tree(DeviceOptions::default());
    let small = Account { id: id(0), balance: u128::from(u64::MAX), nonce: u64::from(u32::MAX) };
    let part = ROOT_DISPATCH_NODES as usize;
    for (count, odd) in [(1, 0), (2, 0), (2, 1), (65, 40), (part + 1, 0), (part + 1, part)] {
        for account in [small, Account { balance: 1 << 64, ..small }, Account { nonce: 1 << 32, ..small }] {
            let of = |slot| Account { id: id(slot), ..if slot == odd { account } else { small } };
            let state = State::from_accounts(0, (0..count).map(of)).expect("distinct accounts");
            let expected = serial::root::root(&state);
            assert_eq!(tree.rebuild(&state).expect("it fits"), expected, "{count} accounts, {odd}: {account:?}");
        }
    }
}

/// More nodes in a level than a dispatch hashes.
fn long_levels() {
    let count = 2 * ROOT_DISPATCH_NODES as usize + 3;
    let before = state_of((0..count).map(|number| number as u128));
    let mut tree = tree(DeviceOptions::default());
    assert_eq!(tree.rebuild(&before).expect("it fits"), serial::root::root(&before));
    let changes = changes(&before, 1, ROOT_DISPATCH_NODES as usize, 1);
    assert_eq!(tree.update(&changes).expect("it fits"), serial::root::root_after(&before, &changes));
    let last = [*changes.last().expect("changes")];
    assert_eq!(tree.update(&last).expect("it fits"), serial::root::root_after(&before, &changes));
}

pub fn add(suite: &mut Suite) {
    suite.every_engine("root::published", |validator| {
        let mut validator = with_roots(validator, DeviceOptions::default());
        for (count, expected) in PUBLISHED {
            let outcome = validator.validate(&block(std::iter::empty()), &published(count)).expect("validated");
            let expected: Root = expected.parse().expect("a root");
            assert_eq!((outcome.root_before, outcome.root), (Some(expected), Some(expected)), "{count} accounts");
            assert_eq!(outcome.report.engine(Stage::Root), Some(validator.engine()));
        }
    });
    suite.every_engine("root::blocks_one_after_the_other", |validator| {
        let mut validator = with_roots(validator, DeviceOptions::default());
        for seed in 0..u64::from(cases(10)) {
            assert_eq!(chain(&mut validator, seed), None, "seed {seed}");
        }
    });
    suite.every_engine("root::a_state_keeps_its_tree", |validator| {
        let universe = Universe { seed: 2, accounts: 60, transactions: 150, scale: 1 << 40, trouble: 30, heat: 20 };
        let (block, mut state) = universe.build();
        state.root_tree();
        let outcome = validator.validate(&block, &state).expect("validated");
        assert_eq!((outcome.root_before, outcome.root), (None, None), "roots were not asked for");
        assert!(!outcome.changes.is_empty());
        state.apply(&outcome).expect("computed on this state");
        assert_eq!(state.known_root(), Some(serial::root::root(&state)), "after a block without a root");
        let proof = state.root_tree().prove(7, state.account(7)).expect("a slot of the state");
        assert!(proof.verify(&state.root()));
        state.push(Account { id: id(1 << 20), balance: 0, nonce: 3 }).expect("a new account");
        assert_eq!(state.known_root(), None);
        assert_eq!(state.root(), serial::root::root(&state), "after another account");
    });
    for (name, from, to) in WRONG_KERNELS {
        suite.own_device(&format!("canaries::root_{name}"), move || {
            let texts = wavelock::gpu::shaders::all();
            assert!(texts.iter().any(|(_, text)| text.contains(from)), "no shader has {from:?}");
            let shader_patch = Some((from.into(), to.into()));
            let wrong = wrong_tree(DeviceOptions { shader_patch, ..Default::default() });
            let wrong = wrong.unwrap_or_else(|| panic!("a kernel with {to:?} for {from:?} was not caught"));
            assert!(!wrong.contains("Err("), "not a wrong root but a fault: {wrong}");
        });
    }
    for bytes in [1 << 10, 1 << 14] {
        suite.own_device(&format!("root::binding_of_{bytes}_bytes"), move || small_binding(bytes));
    }
    suite.own_device("root::dispatches_are_split", long_levels);
    suite.own_device("root::small_and_whole_records", small_and_whole_records);
    suite.own_device("root::trees_of_every_size", || assert_eq!(wrong_tree(DeviceOptions::default()), None));
}
