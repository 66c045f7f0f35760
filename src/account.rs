//! Accounts: a 32-byte id, a balance and a nonce.

use bytemuck::{Pod, Zeroable};
use std::fmt;

/// An account id: 32 opaque bytes. A sender's id is its ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable, Default)]
#[repr(transparent)]
pub struct AccountId(pub [u8; 32]);

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// An account as it stands in a state or in the changes of an outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// Its balance in the smallest unit.
    pub balance: u128,
    /// The nonce that its next transaction must carry.
    pub nonce: u64,
}

/// What execution reads and writes of an account, without its id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Balance {
    /// Balance in the smallest unit.
    pub balance: u128,
    /// Nonce that the next transaction must carry.
    pub nonce: u64,
}
