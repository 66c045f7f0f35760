//! Whether the nonces of every sender rise one by one.

use super::transaction::EthereumTransaction;
use alloy_consensus::Transaction;
use alloy_primitives::Address;
use std::collections::HashMap;
use std::fmt;

/// What a block's nonces look like.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NonceCheck {
    /// Different senders.
    pub senders: usize,
    /// Transactions that follow another one of their sender: the others' nonces cannot be checked without the state.
    pub checked: usize,
    /// Those of them whose nonce is not the last one + 1. A gap that authorizations in between can have made (EIP-7702: an
    /// authorization uses up a nonce of who signed it, whom only its signature names) is none.
    pub mismatched: usize,
    /// The first of them.
    pub first_mismatch: Option<NonceMismatch>,
}

/// A nonce out of order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NonceMismatch {
    /// Which transaction of the block, from 0.
    pub transaction: usize,
    /// Its sender.
    pub sender: Address,
    /// The sender's last nonce + 1.
    pub expected: u64,
    /// Its nonce.
    pub found: u64,
}

impl fmt::Display for NonceMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transaction, sender, expected, found } = self;
        write!(f, "transaction {transaction}: nonce {found} of sender {sender:#x}: expected {expected}")
    }
}

pub(super) fn check(transactions: &[EthereumTransaction]) -> NonceCheck {
    let mut check = NonceCheck::default();
    let mut last: HashMap<Address, usize> = HashMap::new();
    for (transaction, one) in transactions.iter().enumerate() {
        let found = one.body.nonce();
        let Some(before) = last.insert(one.from, transaction) else { continue };
        check.checked += 1;
        let expected = transactions[before].body.nonce() + 1;
        if found != expected && !is_authorized(&transactions[before..transaction], expected, found) {
            check.mismatched += 1;
            let mismatch = NonceMismatch { transaction, sender: one.from, expected, found };
            check.first_mismatch.get_or_insert(mismatch);
        }
    }
    check.senders = last.len();
    check
}

/// Whether authorizations of these transactions can have used up the nonces from `expected` to before `found`. Whose they
/// are is not known, so this lets through what could be right.
fn is_authorized(transactions: &[EthereumTransaction], expected: u64, found: u64) -> bool {
    let lists = transactions.iter().filter_map(|one| one.body.authorization_list());
    let mut used: Vec<u64> = lists.flatten().map(|authorization| authorization.nonce).collect();
    used.retain(|nonce| (expected..found).contains(nonce));
    used.sort_unstable();
    used.dedup();
    found > expected && used.len() as u64 == found - expected
}
