//! The state root as specified: every node hashed anew.

use crate::account::Account;
use crate::outcome::Change;
use crate::proof::Proof;
use crate::root::{EMPTY, LEAF_CONTEXT, NODE_CONTEXT, Node, ROOT_CONTEXT, Root};
use crate::state::State;

/// The root of a state.
pub fn root(state: &State) -> Root {
    root_of(state.accounts())
}

/// The root that a state has after the changes of a block.
pub fn root_after(state: &State, changes: &[Change]) -> Root {
    let mut accounts: Vec<Account> = state.accounts().collect();
    for change in changes {
        match accounts.get_mut(change.slot as usize) {
            Some(account) => *account = change.account,
            None => accounts.push(change.account),
        }
    }
    root_of(accounts.into_iter())
}

fn root_of(accounts: impl ExactSizeIterator<Item = Account>) -> Root {
    let count = accounts.len() as u64;
    let levels = levels(accounts);
    let top = levels.last().expect("there is at least the leaves' level")[0];
    let mut input = [0; 40];
    input[..32].copy_from_slice(&top);
    input[32..].copy_from_slice(&count.to_le_bytes());
    Root(hash(ROOT_CONTEXT, &input))
}

/// Proof that `slot` holds what it holds; `None` where the state has no such slot.
pub fn prove(state: &State, slot: u32) -> Option<Proof> {
    if slot as usize >= state.len() {
        return None;
    }
    let levels = levels(state.accounts());
    let siblings: Vec<Node> = (0..levels.len() - 1).map(|level| levels[level][(slot as usize >> level) ^ 1]).collect();
    let proof = Proof::new(slot, state.len() as u32, state.account(slot), &siblings);
    Some(proof.expect("a slot of the tree with its siblings"))
}

/// The tree level by level, from the leaves to the single top.
fn levels(accounts: impl Iterator<Item = Account>) -> Vec<Vec<Node>> {
    let mut leaves: Vec<Node> = accounts.map(leaf).collect();
    leaves.resize(leaves.len().next_power_of_two(), EMPTY);
    let mut levels = vec![leaves];
    while levels[levels.len() - 1].len() > 1 {
        let below = &levels[levels.len() - 1];
        levels.push(below.chunks(2).map(|pair| parent(pair[0], pair[1])).collect());
    }
    levels
}

fn leaf(account: Account) -> Node {
    let mut input = [0; 64];
    input[..32].copy_from_slice(&account.id.0);
    input[32..48].copy_from_slice(&account.balance.to_le_bytes());
    input[48..56].copy_from_slice(&account.nonce.to_le_bytes());
    hash(LEAF_CONTEXT, &input)
}

fn parent(left: Node, right: Node) -> Node {
    if left == EMPTY && right == EMPTY {
        return EMPTY;
    }
    hash(NODE_CONTEXT, &[left, right].concat())
}

fn hash(context: &str, input: &[u8]) -> Node {
    let key = blake3::derive_key(context, &[]);
    *blake3::keyed_hash(&key, input).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root::tests::{VECTORS, vector_accounts};

    #[test]
    fn published_roots() {
        for (count, expected) in VECTORS {
            let state = State::from_accounts(0, vector_accounts(count)).expect("distinct accounts");
            assert_eq!(root(&state).to_string(), expected, "{count} accounts");
        }
    }

    #[test]
    fn every_byte_and_the_order_of_accounts_are_in_the_root() {
        let accounts = vector_accounts(7);
        let of = |accounts: &[Account]| root(&State::from_accounts(0, accounts.to_vec()).expect("distinct accounts"));
        let mut roots = vec![of(&accounts)];
        for slot in 0..accounts.len() {
            for byte in 0..56 {
                let mut changed = accounts.clone();
                match byte {
                    0..32 => changed[slot].id.0[byte] ^= 0x40,
                    32..48 => changed[slot].balance ^= 1 << (8 * (byte - 32)),
                    _ => changed[slot].nonce ^= 1 << (8 * (byte - 48)),
                }
                roots.push(of(&changed));
            }
            let mut swapped = accounts.clone();
            swapped.swap(slot, (slot + 1) % 7);
            roots.push(of(&swapped));
        }
        roots.push(of(&accounts[..6]));
        let count = roots.len();
        roots.sort();
        roots.dedup();
        assert_eq!(roots.len(), count);
    }
}
