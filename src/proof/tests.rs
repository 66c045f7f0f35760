use super::*;
use crate::root::tests::{VECTORS, vector_accounts};
use crate::serial;
use crate::state::State;

fn state(count: usize) -> State {
    let account = |k: usize| Account {
        id: AccountId(*blake3::hash(&k.to_le_bytes()).as_bytes()),
        balance: (k as u128) << (k % 90),
        nonce: k as u64,
    };
    State::from_accounts(3, (0..count).map(account)).expect("distinct accounts")
}

fn prove(state: &State, slot: u32) -> Proof {
    serial::root::prove(state, slot).expect("a slot of the state")
}

/// The proof's parts, to be put together differently.
fn parts(proof: &Proof) -> (u32, u32, Account, Vec<Node>) {
    (proof.slot(), proof.count(), proof.account(), proof.siblings().to_vec())
}

#[test]
fn published_roots_are_proved_slot_by_slot() {
    for (count, root) in VECTORS {
        let root: Root = root.parse().expect("a root");
        let state = State::from_accounts(0, vector_accounts(count)).expect("distinct accounts");
        for slot in 0..count as u32 {
            let proof = prove(&state, slot);
            assert_eq!(proof.account(), state.account(slot));
            assert!(proof.verify(&root), "slot {slot} of {count}");
        }
        assert_eq!(serial::root::prove(&state, count as u32), None);
    }
}

#[test]
fn every_size_around_a_power_of_two() {
    for count in [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 255, 256, 257] {
        let state = state(count);
        let root = serial::root::root(&state);
        for slot in [0, 1, count / 2, count - 1].into_iter().filter(|slot| *slot < count) {
            let proof = prove(&state, slot as u32);
            assert!(proof.verify(&root), "slot {slot} of {count}");
            assert_eq!(Proof::decode(&proof.encode()), Ok(proof));
        }
    }
}

#[test]
fn a_leaf_is_not_a_node() {
    // An id is 32 opaque bytes: here that of a leaf which nobody holds, so that the record reads as two children.
    let rich = Account { id: AccountId([9; 32]), balance: u128::MAX, nonce: 0 };
    let posing = Account { id: AccountId(keyed(LEAF_CONTEXT, &record(&rich))), balance: 5, nonce: 1 };
    let children = record(&posing);
    let sibling: Node = children[32..].try_into().expect("32 bytes");
    let forged = Proof::new(0, 2, rich, &[sibling]).expect("well-formed");
    let root = serial::root::root(&State::from_accounts(0, [posing]).expect("one account"));
    assert!(!forged.verify(&root));
    // Not even where the number of slots is what the forger wants it to be.
    let mut top = [0; 40];
    top[..32].copy_from_slice(&keyed(LEAF_CONTEXT, &children));
    top[32] = 1;
    assert_eq!(Root(keyed(ROOT_CONTEXT, &top)), root);
    top[32] = 2;
    assert!(!forged.verify(&Root(keyed(ROOT_CONTEXT, &top))));
}

#[test]
fn a_node_is_not_a_leaf() {
    // In a tree of four, the level above the leaves looks like a tree of two over these nodes.
    let four = state(4);
    let root = serial::root::root(&four);
    let (_, _, account, siblings) = parts(&prove(&four, 2));
    for (slot, count, siblings) in [(1, 2, &siblings[1..]), (2, 3, &siblings[..]), (0, 1, &siblings[..0])] {
        let forged = Proof::new(slot, count, account, siblings).expect("well-formed");
        assert!(!forged.verify(&root), "slot {slot} of {count}");
    }
}

#[test]
fn the_number_of_slots_is_part_of_the_root() {
    // 5 to 8 slots have trees of the same height.
    let state = state(6);
    let root = serial::root::root(&state);
    let (slot, _, account, siblings) = parts(&prove(&state, 4));
    for count in 5..=8 {
        let proof = Proof::new(slot, count, account, &siblings).expect("well-formed");
        assert_eq!(proof.verify(&root), count == 6, "{count} slots");
    }
}

#[test]
fn siblings_are_as_many_as_the_tree_is_high() {
    let state = state(6);
    let (slot, count, account, siblings) = parts(&prove(&state, 1));
    let longer = [&siblings[..], &[EMPTY]].concat();
    for wrong in [&siblings[..0], &siblings[..2], &longer] {
        let error = Proof::new(slot, count, account, wrong).expect_err("not the tree's height");
        assert!(error.message.contains("expected 3"), "{error}");
    }
    let bytes = prove(&state, 1).encode();
    for length in 0..bytes.len() {
        assert!(Proof::decode(&bytes[..length]).is_err(), "{length} bytes");
    }
    for more in [1, 31, 32, 64] {
        assert!(Proof::decode(&[&bytes[..], &vec![0; more]].concat()).is_err(), "{more} bytes more");
    }
}

#[test]
fn padded_slots_hold_nothing() {
    let state = state(5);
    let (_, count, _, siblings) = parts(&prove(&state, 4));
    let nothing = Account { id: AccountId([0; 32]), balance: 0, nonce: 0 };
    for slot in [5, 6, 7, 8, u32::MAX] {
        let error = Proof::new(slot, count, nothing, &siblings).expect_err("not a slot of the state");
        assert!(error.message.contains("slot"), "{error}");
    }
    assert!(Proof::new(0, 0, nothing, &[]).is_err());
    assert!(Proof::new(0, u32::MAX, nothing, &[EMPTY; 32]).is_err());
    // An empty subtree is no account of zeros: the last slot's sibling is one.
    assert_eq!(siblings[0], EMPTY);
    let forged = Proof::new(4, count, nothing, &siblings).expect("well-formed");
    assert!(!forged.verify(&serial::root::root(&state)));
}

#[test]
fn order_and_place_of_siblings_matter() {
    let state = state(8);
    let root = serial::root::root(&state);
    let (slot, count, account, siblings) = parts(&prove(&state, 5));
    for other in 0..8 {
        let moved = Proof::new(other, count, account, &siblings).expect("well-formed");
        assert_eq!(moved.verify(&root), other == slot, "slot {other}");
    }
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        let mut swapped = siblings.clone();
        swapped.swap(one, other);
        assert!(!Proof::new(slot, count, account, &swapped).expect("well-formed").verify(&root));
    }
}

#[test]
fn every_bit_of_an_encoded_proof_matters() {
    let state = state(11);
    let root = serial::root::root(&state);
    let bytes = prove(&state, 9).encode();
    assert_eq!(bytes.len(), 96 + 4 * 32);
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!Proof::decode(&flipped).is_ok_and(|proof| proof.verify(&root)), "bit {bit}");
    }
}

#[test]
fn wrong_heads_are_refused_where_they_are_wrong() {
    let bytes = prove(&state(3), 1).encode();
    let cases: [(usize, u8, u64, &str); 7] = [
        (0, b'w', 0, "WLKPROOF"),
        (8, 2, 8, "expected 1"),
        (10, 1, 10, "reserved"),
        (15, 1, 10, "reserved"),
        (95, 1, 88, "reserved"),
        (16, 3, 16, "expected a slot below"),
        (29, 1, 16, "expected at most"),
    ];
    for (at, byte, place, expected) in cases {
        let mut wrong = bytes.clone();
        wrong[at] = byte;
        let error = Proof::decode(&wrong).expect_err(expected);
        assert_eq!(error.place, Place::Offset(place), "{error}");
        assert!(error.message.contains(expected), "{error}");
    }
}
