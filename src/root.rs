//! The state root: a binary Merkle tree over the slots with keyed BLAKE3, one compression a node.
//!
//! - leaf = keyed(K_leaf, id ‖ balance `u128` LE ‖ nonce `u64` LE ‖ 8 zero bytes)
//! - parent = keyed(K_node, left ‖ right)
//! - a subtree without accounts is 32 zero bytes at every level, so the tree is padded to a power of two
//! - root = keyed(K_root, top ‖ slot count `u64` LE)
//!
//! K_x is BLAKE3's `derive_key` of the context below, over no input. Keys of their own keep a leaf from being taken for
//! a node, and the count keeps a tree from being taken for a longer or a shorter one.

use bytemuck::{Pod, Zeroable};
use std::fmt;
use std::str::FromStr;

/// Context of the key of leaves.
pub const LEAF_CONTEXT: &str = "wavelock state v1 leaf";
/// Context of the key of inner nodes.
pub const NODE_CONTEXT: &str = "wavelock state v1 node";
/// Context of the key of the root.
pub const ROOT_CONTEXT: &str = "wavelock state v1 root";

/// A node of the tree: a BLAKE3 hash.
pub type Node = [u8; 32];
/// A subtree without accounts, of any height.
pub const EMPTY: Node = [0; 32];

/// The root of a state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct Root(pub [u8; 32]);

/// Levels above the leaves of a tree over `count` slots: its leaves are padded to 2^height.
pub fn height(count: u32) -> usize {
    u64::from(count).next_power_of_two().trailing_zeros() as usize
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({self})")
    }
}

impl FromStr for Root {
    type Err = String;

    /// Reads 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut root = [0; 32];
        match hex::decode_to_slice(text, &mut root) {
            Ok(()) => Ok(Self(root)),
            Err(_) => Err(format!("{text:?} is not a root: expected 64 hexadecimal digits")),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::account::{Account, AccountId};

    /// Published roots, by number of accounts.
    pub const VECTORS: [(usize, &str); 4] = [
        (0, "7870a590894e7e3ac276a6998ecfe42e12e2550f776c313eb0edf56aff8242bb"),
        (1, "23b16fb2ffc2124956f2c7d833c0cedc36e7e74a91fd3b61d4a3640fc2492fa1"),
        (3, "b00f4185cb067a7ae7d5da6c7ca100732c063d8b3758d6d09439f777d1274f64"),
        (5, "9afae308ae656a9c2ffb8f4225b21810edd254e0175b6fa3dc5d7e8d3bb1d307"),
    ];

    /// The accounts of the published roots.
    pub fn vector_accounts(count: usize) -> Vec<Account> {
        let account = |k: usize| Account {
            id: AccountId([k as u8 + 1; 32]),
            balance: 10u128.pow(k as u32 % 38),
            nonce: k as u64,
        };
        (0..count).map(account).collect()
    }

    #[test]
    fn text_is_64_hexadecimal_digits() {
        for (_, text) in VECTORS {
            let root: Root = text.parse().expect("a root");
            assert_eq!(root.to_string(), text);
        }
        for wrong in ["", "78", &VECTORS[0].1[1..], &format!("{}0", VECTORS[0].1), &VECTORS[0].1.replace('7', "g")] {
            assert!(wrong.parse::<Root>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn heights() {
        let expected = [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1 << 31, 31), (u32::MAX, 32)];
        for (count, levels) in expected {
            assert_eq!(height(count), levels, "{count} slots");
        }
    }
}
