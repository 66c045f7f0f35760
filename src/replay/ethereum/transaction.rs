//! A transaction and what it surely touches.

use alloy_consensus::{Transaction, TypedTransaction};
use alloy_primitives::{Address, B256};
use std::fmt;

/// A transaction as the block has it; its signature is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EthereumTransaction {
    /// The sender, as the node says: nobody recovered it from the signature.
    pub from: Address,
    /// Everything that the sender signed.
    pub body: TypedTransaction,
}

/// Something that transactions can share.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum StateKey {
    /// An account: balance, nonce, code.
    Account(Address),
    /// A storage slot of a contract.
    Slot(Address, B256),
}

/// `0x…` for an account, `0x…/0x…` for a slot.
impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateKey::Account(address) => write!(f, "{address:#x}"),
            StateKey::Slot(address, slot) => write!(f, "{address:#x}/{slot:#x}"),
        }
    }
}

impl EthereumTransaction {
    pub(super) fn new(from: Address, body: TypedTransaction) -> Result<Self, String> {
        match body.nonce() {
            u64::MAX => Err("nonce 2^64 - 1: expected less (EIP-2681)".into()),
            _ => Ok(Self { from, body }),
        }
    }

    /// The recipient, or the address of the contract that it creates.
    pub fn recipient(&self) -> Address {
        self.body.to().unwrap_or_else(|| self.from.create(self.body.nonce()))
    }

    /// A plain transfer: to an account, without input and authorizations.
    pub fn is_plain(&self) -> bool {
        let authorizations = self.body.authorization_list().unwrap_or_default();
        !self.body.is_create() && self.body.input().is_empty() && authorizations.is_empty()
    }

    /// What it surely touches: sender, recipient or created contract, addresses and slots of its access list. Keys may
    /// repeat.
    pub fn touched(&self) -> impl Iterator<Item = StateKey> {
        let listed = self.body.access_list().into_iter().flat_map(|list| list.iter());
        let listed = listed.flat_map(|item| {
            let slots = item.storage_keys.iter().map(|slot| StateKey::Slot(item.address, *slot));
            [StateKey::Account(item.address)].into_iter().chain(slots)
        });
        [self.from, self.recipient()].map(StateKey::Account).into_iter().chain(listed)
    }

    /// Gas that it uses at least, which is all that a plain transfer to an account without code uses: 21,000, and what
    /// its access list costs (EIP-2930).
    pub(super) fn transfer_gas(&self) -> u64 {
        let list = self.body.access_list().map_or(&[][..], |list| &list.0);
        let slots: usize = list.iter().map(|item| item.storage_keys.len()).sum();
        21_000 + 2_400 * list.len() as u64 + 1_900 * slots as u64
    }
}
