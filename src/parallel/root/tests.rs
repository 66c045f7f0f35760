use super::*;
use crate::account::AccountId;
use crate::root::tests::{VECTORS, vector_accounts};
use crate::serial;
use proptest::prelude::*;

fn account(number: usize, salt: u64) -> Account {
    let id = AccountId(*blake3::hash(&number.to_le_bytes()).as_bytes());
    Account { id, balance: u128::from(salt) << 40 | number as u128, nonce: salt }
}

fn state(count: usize) -> State {
    State::from_accounts(0, (0..count).map(|number| account(number, 1))).expect("distinct accounts")
}

/// The state with the changes written into it.
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

fn changes(slots: impl IntoIterator<Item = usize>, salt: u64) -> Vec<Change> {
    slots.into_iter().map(|slot| Change { slot: slot as u32, account: account(slot, salt) }).collect()
}

#[test]
fn published_roots() {
    for (count, expected) in VECTORS {
        let state = State::from_accounts(0, vector_accounts(count)).expect("distinct accounts");
        assert_eq!(RootTree::new(&state).root().to_string(), expected, "{count} accounts");
        let mut grown = RootTree::new(&State::new(0));
        let accounts = vector_accounts(count);
        let all: Vec<Change> = (0..).zip(accounts).map(|(slot, account)| Change { slot, account }).collect();
        assert_eq!(grown.update(&all).to_string(), expected, "{count} accounts, from none");
    }
}

/// Sizes around powers of two, of tasks too.
fn sizes() -> Vec<usize> {
    let around = [64, 256, 1024, 2048, 4096].into_iter().flat_map(|size| [size - 1, size, size + 1]);
    (0..20).chain(around).collect()
}

#[test]
fn full_trees_of_every_size() {
    for count in sizes() {
        let state = state(count);
        let tree = RootTree::new(&state);
        let root = serial::root::root(&state);
        assert_eq!(tree.root(), root, "{count} accounts");
        for slot in [0, count / 2, count.saturating_sub(1), count] {
            let proof = (slot < count).then(|| tree.prove(slot as u32, state.account(slot as u32))).flatten();
            assert_eq!(proof, serial::root::prove(&state, slot as u32), "slot {slot} of {count}");
            assert!(proof.is_none_or(|proof| proof.verify(&root)));
        }
    }
}

#[test]
fn every_size_grows_to_every_other() {
    for from in sizes() {
        let before = state(from);
        let tree = RootTree::new(&before);
        for to in sizes().into_iter().filter(|to| *to >= from) {
            let first = changes([0].into_iter().filter(|_| from > 0).chain(from..to), 2);
            let last = changes([from.saturating_sub(1)].into_iter().filter(|_| from > 0).chain(from..to), 3);
            for changes in [first, last] {
                let after = changed(&before, &changes);
                let update = tree.preview(&changes);
                assert_eq!(update.before(), tree.root());
                let mut merged = tree.clone();
                merged.merge(&update);
                assert_eq!(merged, RootTree::new(&after), "from {from} to {to}");
                assert_eq!(merged.root(), update.root());
            }
        }
    }
}

#[test]
fn no_changes_hash_nothing() {
    let tree = RootTree::new(&state(9));
    let update = tree.preview(&[]);
    assert_eq!((update.nodes(), update.root()), (0, tree.root()));
    assert_eq!(tree.preview(&changes([4, 5], 7)).nodes(), 2 + 1 + 1 + 1 + 1);
}

#[test]
fn only_the_true_root_is_verified() {
    let (before, changes) = (state(100), changes([3, 50, 99, 100], 5));
    let tree = RootTree::new(&before);
    let root = serial::root::root(&changed(&before, &changes));
    let (update, same) = verify_root(&tree, &changes, &root);
    assert!(same && update.root() == root);
    for wrong in [tree.root(), Root(EMPTY)] {
        let (update, same) = verify_root(&tree, &changes, &wrong);
        assert!(!same && update.root() == root);
    }
}

#[test]
#[should_panic(expected = "each slot once")]
fn a_slot_changes_once() {
    RootTree::new(&state(9)).preview(&changes([4, 4], 7));
}

#[test]
#[should_panic(expected = "without gaps")]
fn new_slots_have_no_gaps() {
    RootTree::new(&state(9)).preview(&changes([4, 10], 7));
}

#[test]
#[should_panic(expected = "belongs to the tree")]
fn an_update_merges_into_its_tree_only() {
    let mut tree = RootTree::new(&state(9));
    let update = tree.preview(&changes([4], 7));
    tree.merge(&update);
    tree.merge(&update);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn updates_one_after_the_other_are_a_full_tree(
        count in 0usize..700,
        blocks in prop::collection::vec((prop::collection::btree_set(0usize..1000, 0..200), 0usize..90), 1..6),
    ) {
        let mut state = state(count);
        let mut tree = RootTree::new(&state);
        for (salt, (slots, created)) in (10..).zip(blocks) {
            let known = state.len();
            let slots = slots.into_iter().filter(|slot| *slot < known).chain(known..known + created);
            let changes = changes(slots, salt);
            state = changed(&state, &changes);
            let root = tree.update(&changes);
            prop_assert_eq!(root, serial::root::root(&state));
            prop_assert_eq!(&tree, &RootTree::new(&state));
        }
    }
}
