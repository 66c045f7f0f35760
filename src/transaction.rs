//! The 192-byte transaction record, version 1, and blocks of it.
//!
//! All integers are little-endian. The first 128 bytes are the signed message, the last 64 the ed25519 signature
//! (RFC 8032) by `from` over them.

use crate::account::AccountId;
use crate::limits::{MESSAGE_BYTES, TRANSACTION_BYTES};
use bytemuck::{Pod, Zeroable};
use std::mem::offset_of;

/// First eight bytes of every record: they keep a signature from being valid in another protocol.
pub const DOMAIN: [u8; 8] = *b"wavelock";
/// The one record version there is.
pub const VERSION: u8 = 1;
/// Kind 0: a transfer from one account to another.
pub const KIND_TRANSFER: u8 = 0;

/// A transaction record as it stands in a block file: alignment 1, so any byte buffer can be viewed as records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Transaction {
    domain: [u8; 8],
    version: u8,
    kind: u8,
    reserved: [u8; 6],
    chain_id: [u8; 8],
    nonce: [u8; 8],
    amount: [u8; 16],
    fee: [u8; 16],
    from: AccountId,
    to: AccountId,
    signature: [u8; 64],
}

const _: () = {
    assert!(size_of::<Transaction>() == TRANSACTION_BYTES && align_of::<Transaction>() == 1);
    assert!(offset_of!(Transaction, version) == 8 && offset_of!(Transaction, kind) == 9);
    assert!(offset_of!(Transaction, reserved) == 10 && offset_of!(Transaction, chain_id) == 16);
    assert!(offset_of!(Transaction, nonce) == 24 && offset_of!(Transaction, amount) == 32);
    assert!(offset_of!(Transaction, fee) == 48 && offset_of!(Transaction, from) == 64);
    assert!(offset_of!(Transaction, to) == 96 && offset_of!(Transaction, signature) == MESSAGE_BYTES);
};

/// The fields of a transfer before it is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// Chain the transfer is meant for.
    pub chain_id: u64,
    /// Must equal the sender's nonce.
    pub nonce: u64,
    /// Amount credited to `to`.
    pub amount: u128,
    /// Fee credited to the block's fee recipient after the last transaction.
    pub fee: u128,
    /// The sender's public key, which is its account id.
    pub from: AccountId,
    /// The recipient.
    pub to: AccountId,
}

impl Transaction {
    /// A well-formed record with the given signature.
    pub fn transfer(transfer: &Transfer, signature: [u8; 64]) -> Self {
        Self {
            domain: DOMAIN,
            version: VERSION,
            kind: KIND_TRANSFER,
            reserved: [0; 6],
            chain_id: transfer.chain_id.to_le_bytes(),
            nonce: transfer.nonce.to_le_bytes(),
            amount: transfer.amount.to_le_bytes(),
            fee: transfer.fee.to_le_bytes(),
            from: transfer.from,
            to: transfer.to,
            signature,
        }
    }

    /// A record from its raw bytes, malformed or not.
    pub fn from_bytes(bytes: [u8; TRANSACTION_BYTES]) -> Self {
        bytemuck::cast(bytes)
    }

    /// The record's bytes.
    pub fn as_bytes(&self) -> &[u8; TRANSACTION_BYTES] {
        bytemuck::cast_ref(self)
    }

    /// The 128 bytes that the signature covers.
    pub fn message(&self) -> &[u8; MESSAGE_BYTES] {
        self.as_bytes().first_chunk().expect("a record is longer than its message")
    }

    /// The same record with another signature.
    pub fn with_signature(mut self, signature: [u8; 64]) -> Self {
        self.signature = signature;
        self
    }

    /// Domain tag, version, kind and reserved bytes are those of a version 1 transfer.
    pub fn is_well_formed(&self) -> bool {
        let head: &[u8; 16] = self.as_bytes().first_chunk().expect("a record is longer than its head");
        const WELL_FORMED: [u8; 16] = *b"wavelock\x01\0\0\0\0\0\0\0";
        *head == WELL_FORMED
    }

    /// Chain id.
    pub fn chain_id(&self) -> u64 {
        u64::from_le_bytes(self.chain_id)
    }

    /// Nonce.
    pub fn nonce(&self) -> u64 {
        u64::from_le_bytes(self.nonce)
    }

    /// Amount.
    pub fn amount(&self) -> u128 {
        u128::from_le_bytes(self.amount)
    }

    /// Fee.
    pub fn fee(&self) -> u128 {
        u128::from_le_bytes(self.fee)
    }

    /// Amount plus fee, or `None` where the sum does not fit in `u128`.
    pub fn cost(&self) -> Option<u128> {
        self.amount().checked_add(self.fee())
    }

    /// Sender: an ed25519 public key.
    pub fn from(&self) -> &AccountId {
        &self.from
    }

    /// Recipient.
    pub fn to(&self) -> &AccountId {
        &self.to
    }

    /// Signature by the sender over [`Transaction::message`].
    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }
}

/// What a block says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BlockHeader {
    /// Transactions for another chain are rejected.
    pub chain_id: u64,
    /// Position in the chain; compared only by a store.
    pub height: u64,
    /// Receives the fees of applied transactions after the last one.
    pub fee_recipient: AccountId,
}

/// A header and its transactions in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Block {
    /// The header.
    pub header: BlockHeader,
    /// The transactions, in the order in which they take effect.
    pub transactions: Vec<Transaction>,
}
