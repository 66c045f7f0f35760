//! Many independent keyed hashes of one block each, as many at a time as the processor has lanes for.
//! docs/decisions/0006-state-root.md has what this brings, and why it takes a hidden part of the `blake3` crate.

use crate::account::Account;
use crate::limits::ACCOUNT_BYTES;
use crate::root::{EMPTY, LEAF_CONTEXT, NODE_CONTEXT, Node, ROOT_CONTEXT, Root};
use blake3::IncrementCounter;
use blake3::platform::{self, Platform};
use std::sync::LazyLock;

/// Flags of the BLAKE3 paper, section 2.2, table 3.
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const KEYED_HASH: u8 = 1 << 4;

/// Blocks that are handed over at a time: no processor has more lanes.
pub const LANES: usize = 16;
/// A block: two nodes, or an account's record.
pub type Block = [u8; 64];

/// The keys of the tree, derived once.
struct Keys {
    leaf: [u32; 8],
    node: [u32; 8],
    root: [u8; 32],
    platform: Platform,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = |context| blake3::derive_key(context, &[]);
    let words = |context| platform::words_from_le_bytes_32(&key(context));
    Keys { leaf: words(LEAF_CONTEXT), node: words(NODE_CONTEXT), root: key(ROOT_CONTEXT), platform: Platform::detect() }
});

fn hash(key: &[u32; 8], blocks: &[&Block], hashes: &mut [Node]) {
    let (no, flags, ends) = (IncrementCounter::No, KEYED_HASH, CHUNK_END | ROOT);
    KEYS.platform.hash_many(blocks, key, 0, no, flags, CHUNK_START, ends, hashes.as_flattened_mut());
}

/// The leaves of accounts' records.
pub fn leaves(records: &[&Block], leaves: &mut [Node]) {
    hash(&KEYS.leaf, records, leaves);
}

/// The parents of pairs of children; at least one of each pair is not empty.
pub fn parents(pairs: &[&Block], parents: &mut [Node]) {
    hash(&KEYS.node, pairs, parents);
}

/// The leaf of an account.
pub fn leaf(account: &Account) -> Node {
    let mut leaf = [EMPTY];
    leaves(&[&record(account)], &mut leaf);
    leaf[0]
}

/// The parent of two children: empty where both are.
pub fn parent(children: [Node; 2]) -> Node {
    let mut parent = [EMPTY];
    if children != [EMPTY; 2] {
        parents(&[&bytemuck::cast(children)], &mut parent);
    }
    parent[0]
}

/// The root of a tree of `count` slots.
pub fn finish(top: &Node, count: u32) -> Root {
    let mut input = [0; 40];
    input[..32].copy_from_slice(top);
    input[32..].copy_from_slice(&u64::from(count).to_le_bytes());
    Root(*blake3::keyed_hash(&KEYS.root, &input).as_bytes())
}

/// What a leaf hashes: the account as it stands in a state file.
pub fn record(account: &Account) -> [u8; ACCOUNT_BYTES] {
    let mut record = [0; ACCOUNT_BYTES];
    record[..32].copy_from_slice(&account.id.0);
    record[32..48].copy_from_slice(&account.balance.to_le_bytes());
    record[48..56].copy_from_slice(&account.nonce.to_le_bytes());
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_hash_as_the_published_function_does() {
        let blocks: Vec<Block> = (0..50u8).map(|number| [number; 64]).collect();
        for count in 0..=blocks.len() {
            let taken: Vec<&Block> = blocks[..count].iter().collect();
            let mut hashes = vec![[0; 32]; count];
            for (context, of) in [(LEAF_CONTEXT, leaves as fn(&[&Block], &mut [Node])), (NODE_CONTEXT, parents)] {
                of(&taken, &mut hashes);
                let key = blake3::derive_key(context, &[]);
                for (block, hash) in taken.iter().zip(&hashes) {
                    assert_eq!(*hash, *blake3::keyed_hash(&key, *block).as_bytes(), "{context}, {count} blocks");
                }
            }
        }
    }
}
