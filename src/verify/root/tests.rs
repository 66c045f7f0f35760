//! A device in miniature that commits to any tree it likes, and answers with the nodes of that tree.

use super::*;
use crate::account::{Account, AccountId};
use crate::parallel::root::RootTree;
use crate::serial;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;

fn account(slot: u32, nonce: u64) -> Account {
    let mut id = AccountId([7; 32]);
    id.0[..4].copy_from_slice(&slot.to_le_bytes());
    Account { id, balance: u128::from(slot) << 40, nonce }
}

fn state(count: u32) -> State {
    State::from_accounts(0, (0..count).map(|slot| account(slot, 1))).expect("distinct accounts")
}

fn changes(slots: impl IntoIterator<Item = u32>) -> Vec<Change> {
    slots.into_iter().map(|slot| Change { slot, account: account(slot, 2) }).collect()
}

/// Nodes by level and index; what is not there is empty.
#[derive(Clone, Default)]
struct Tree {
    nodes: BTreeMap<(usize, u32), Node>,
    count: u32,
}

impl Tree {
    fn of(accounts: impl Iterator<Item = Account>, wrong: &[((usize, u32), Node)]) -> Self {
        let mut tree = Self::default();
        for account in accounts {
            tree.nodes.insert((0, tree.count), leaf(&account));
            tree.count += 1;
        }
        for level in 0..=height(tree.count) {
            for ((_, index), node) in wrong.iter().filter(|((of, _), _)| *of == level) {
                tree.nodes.insert((level, *index), *node);
            }
            let parents: Vec<u32> = tree.nodes.range((level, 0)..(level + 1, 0)).map(|((_, at), _)| at / 2).collect();
            for index in parents {
                let children = [2 * index, 2 * index + 1].map(|index| tree.node(level, index));
                tree.nodes.insert((level + 1, index), parent(children));
            }
        }
        tree
    }

    fn node(&self, level: usize, index: u32) -> Node {
        self.nodes.get(&(level, index)).copied().unwrap_or(EMPTY)
    }

    fn root(&self) -> Root {
        finish(&self.node(height(self.count), 0), self.count)
    }
}

/// A device's trees before and after a block.
struct Device {
    before: Tree,
    after: Tree,
}

impl Device {
    fn honest(state: &State, changes: &[Change]) -> Self {
        Self::with(state, changes, changes, &[])
    }

    /// The tree after the block is one of other changes, with some nodes that nothing accounts for.
    fn with(state: &State, changes: &[Change], made: &[Change], wrong: &[((usize, u32), Node)]) -> Self {
        let before = Tree::of(state.accounts(), &[]);
        let mut accounts: Vec<Account> = state.accounts().collect();
        accounts.extend(changes.iter().filter(|change| change.slot as usize >= state.len()).map(|new| new.account));
        made.iter().for_each(|change| accounts[change.slot as usize] = change.account);
        Self { before, after: Tree::of(accounts.into_iter(), wrong) }
    }

    fn nodes(&self, places: &[Place]) -> Vec<Node> {
        let node = |place: &Place| match *place {
            Place::Before { level, index } => self.before.node(level, index),
            Place::After { level, index } => self.after.node(level, index),
        };
        places.iter().map(node).collect()
    }

    fn difference(&self, state: &State, changes: &[Change], sample: u32, seed: u64) -> Option<String> {
        let paths = Paths::sampled(state, changes, sample, &mut ChaCha8Rng::seed_from_u64(seed));
        paths.difference(state.root_alone(), self.after.root(), &self.nodes(paths.places()))
    }
}

/// Blocks on states of every small size, with changes here and there and new accounts in every number.
fn blocks() -> impl Iterator<Item = (State, Vec<Change>)> {
    let sizes = (0..=18).flat_map(|count| [0, 1, 2, 3, 5, 17, 40].map(|created| (count, created)));
    sizes.flat_map(|(count, created)| {
        let kinds: [fn(u32) -> bool; 4] = [|_| false, |_| true, |slot| slot % 3 == 1, |slot| slot % 7 == 0];
        kinds.map(|kind| (state(count), changes((0..count).filter(|slot| kind(*slot)).chain(count..count + created))))
    })
}

#[test]
fn what_is_right_passes() {
    for (state, changes) in blocks() {
        let device = Device::honest(&state, &changes);
        assert_eq!(device.before.root(), serial::root::root(&state));
        assert_eq!(device.after.root(), serial::root::root_after(&state, &changes));
        for sample in [0, 1, 4, 1000] {
            let paths = Paths::sampled(&state, &changes, sample, &mut ChaCha8Rng::seed_from_u64(1));
            assert_eq!(paths.len(), changes.len().min(sample as usize));
            assert_eq!(paths.is_empty(), paths.chosen.is_empty());
            let found = device.difference(&state, &changes, sample, 1);
            assert_eq!(found, None, "{} accounts, {changes:?}", state.len());
        }
    }
}

/// Any wrong node of an answer: of the tree before, after, beside or above.
#[test]
fn every_flipped_bit_of_an_answer_is_found() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for (state, changes) in blocks() {
        let device = Device::honest(&state, &changes);
        let paths = Paths::sampled(&state, &changes, 3, &mut ChaCha8Rng::seed_from_u64(2));
        let nodes = device.nodes(paths.places());
        let (before, after) = (device.before.root(), device.after.root());
        for at in 0..nodes.len() {
            let mut wrong = nodes.clone();
            wrong[at][rng.random_range(0..32)] ^= 1 << rng.random_range(0..8);
            assert!(paths.difference(before, after, &wrong).is_some(), "{:?} of {changes:?}", paths.places()[at]);
        }
        let other = Root([1; 32]);
        assert_eq!(paths.difference(before, other, &nodes).is_some(), !paths.is_empty() || changes.is_empty());
    }
}

#[test]
fn all_paths_find_whatever_is_wrong() {
    let (state, changes) = (state(21), changes([3, 4, 10, 20, 21, 22]));
    for slot in 0..23 {
        for made in [1, 9] {
            let mut made = vec![Change { slot, account: account(slot, made) }];
            made.extend(changes.iter().filter(|change| change.slot != slot));
            let device = Device::with(&state, &changes, &made, &[]);
            let right = device.after.root() == serial::root::root_after(&state, &changes);
            assert_eq!(device.difference(&state, &changes, 100, 1).is_none(), right, "slot {slot}: {made:?}");
        }
    }
    let mut longer = Device::honest(&state, &changes);
    longer.after.count += 1;
    assert!(longer.difference(&state, &changes, 1, 1).is_some_and(|message| message.contains("after the block")));
    let nothing = Device::with(&state, &[], &changes[..1], &[]);
    assert!(nothing.difference(&state, &[], 1, 1).is_some_and(|message| message.starts_with("nothing changed")));
}

/// A device whose tree was wrong before the block is found although the root after is right for what it holds.
#[test]
fn what_stands_beside_a_path_is_bound_to_the_root_before() {
    let (state, changes) = (state(32), changes([8]));
    let mut accounts: Vec<Account> = state.accounts().collect();
    accounts[13].balance += 1;
    let before = Tree::of(accounts.iter().copied(), &[]);
    accounts[8] = changes[0].account;
    let device = Device { before, after: Tree::of(accounts.into_iter(), &[]) };
    let message = device.difference(&state, &changes, 1, 1).expect("it is wrong");
    assert!(message.contains("the path of slot 8") && message.contains("before the block"), "{message}");
}

/// C(m − c, s) ÷ C(m, s): no sampled path of `m` leads through what is wrong, which `c` of them do.
fn missed(m: u32, c: u32, s: u32) -> f64 {
    (0..c).map(|k| f64::from(m.saturating_sub(s + k)) / f64::from(m - k)).product()
}

/// The residual risk that docs/security.md states, for everything that can be wrong with a tree.
#[test]
fn what_is_wrong_is_missed_as_often_as_the_formula_says() {
    const RUNS: u64 = 400;
    let state = state(200);
    let changes = changes((0..200).filter(|slot| slot % 2 == 0 && slot / 10 != 7));
    let m = changes.len() as u32;
    let under = |level: usize, index: u32| changes.iter().filter(|change| change.slot >> level == index).count() as u32;
    let with = |slot: u32| {
        let mut made = changes.clone();
        made.retain(|change| change.slot != slot);
        made.push(Change { slot, account: account(slot, 5) });
        Device::with(&state, &changes, &made, &[])
    };
    let dropped: Vec<Change> = changes.iter().filter(|change| change.slot != 40).copied().collect();
    let cases = [
        ("a wrong leaf", with(16), 1),
        ("a change left out", Device::with(&state, &changes, &dropped, &[]), 1),
        // Nothing from 70 to 79 changed, so the lowest changed node above slot 75 is that of slots 64 to 79.
        ("an unchanged account", with(75), under(4, 4)),
        ("a node", Device::with(&state, &changes, &changes, &[((3, 2), [9; 32])]), under(3, 2)),
        (
            "two nodes",
            Device::with(&state, &changes, &changes, &[((2, 9), [9; 32]), ((4, 1), [8; 32])]),
            under(2, 9) + under(4, 1),
        ),
        ("the top", Device::with(&state, &changes, &changes, &[((8, 0), [9; 32])]), m),
    ];
    for (what, device, through) in cases {
        assert_ne!(device.after.root(), serial::root::root_after(&state, &changes), "{what}");
        for sample in [1, 8, 40, m] {
            let found = (0..RUNS).filter(|seed| device.difference(&state, &changes, sample, *seed).is_some()).count();
            let rate = 1.0 - missed(m, through, sample);
            let (expected, deviation) = (RUNS as f64 * rate, (RUNS as f64 * rate * (1.0 - rate)).sqrt());
            let within = (found as f64 - expected).abs() <= 4.0 * deviation;
            assert!(within, "{what}, sample {sample}: {found} of {RUNS} found, expected {expected:.1}");
        }
    }
}

/// The node that answers are held against is the tree's own: both are hashed by the same rule.
#[test]
fn the_miniature_is_the_tree_of_the_cpu() {
    for count in [0, 1, 2, 3, 31, 33] {
        let state = state(count);
        assert_eq!(Tree::of(state.accounts(), &[]).root(), RootTree::new(&state).root());
    }
}
