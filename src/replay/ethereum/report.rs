//! The result of a replay, and its JSON form.

use super::nonces::NonceCheck;
use super::transaction::StateKey;
use crate::conflict::Schedule;
use crate::outcome::Stage;
use serde_json::{Value, json};
use std::time::Duration;

/// What a replay of a block found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EthereumReplay {
    /// The block's number.
    pub number: u64,
    /// Transactions in the block.
    pub transactions: usize,
    /// How many there are of type 0 (legacy), 1 (EIP-2930), 2 (EIP-1559), 3 (EIP-4844) and 4 (EIP-7702).
    pub types: [usize; 5],
    /// Plain transfers: to an account, without input and authorizations.
    pub plain: usize,
    /// Transactions that create a contract.
    pub creations: usize,
    /// Transactions with an access list that is not empty.
    pub access_lists: usize,
    /// Authorizations (EIP-7702); what these write is not in the schedule.
    pub authorizations: usize,
    /// Number of waves.
    pub waves: u32,
    /// One longest chain of conflicts: indices in the block.
    pub longest_chain: Vec<usize>,
    /// Transactions of each set that is connected by conflicts, largest first.
    pub components: Vec<usize>,
    /// What most transactions touch, of what more than one does, with their number.
    pub hottest: Vec<(StateKey, usize)>,
    /// The order of nonces.
    pub nonces: NonceCheck,
    /// Time per stage, in the order in which the stages began; reading the block is not among them.
    pub times: Vec<(Stage, Duration)>,
}

impl EthereumReplay {
    /// Transactions of the largest set that is connected by conflicts; 0 without transactions.
    pub fn largest_component(&self) -> usize {
        self.components.first().copied().unwrap_or(0)
    }

    /// The object that `wavelock replay ethereum --json` prints, without `engines`, `seconds` and `transfers`.
    pub fn to_json(&self) -> Value {
        let hottest = self.hottest.iter().map(|(key, count)| json!({"key": key.to_string(), "count": count}));
        let NonceCheck { senders, checked, mismatched, first_mismatch } = &self.nonces;
        let first_mismatch = first_mismatch.map(|mismatch| {
            json!({
                "transaction": mismatch.transaction,
                "sender": format!("{:#x}", mismatch.sender),
                "expected": integer(mismatch.expected),
                "found": integer(mismatch.found),
            })
        });
        json!({
            "number": self.number,
            "transactions": self.transactions,
            "types": self.types,
            "plain": self.plain,
            "creations": self.creations,
            "access_lists": self.access_lists,
            "authorizations": self.authorizations,
            "waves": self.waves,
            "longest_chain": self.longest_chain,
            "components": self.components.len(),
            "largest_component": self.largest_component(),
            "hottest": hottest.collect::<Vec<_>>(),
            "nonces": {
                "senders": senders,
                "checked": checked,
                "mismatched": mismatched,
                "first_mismatch": first_mismatch,
            },
        })
    }
}

/// A number or, beyond 2^53, a decimal string: as in the file formats.
fn integer(value: u64) -> Value {
    if value <= 1 << 53 { value.into() } else { value.to_string().into() }
}

/// Transactions per component, largest first.
pub(super) fn component_sizes(schedule: &Schedule) -> Vec<usize> {
    let mut sizes = vec![0; schedule.components];
    schedule.component.iter().for_each(|&component| sizes[component as usize] += 1);
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    sizes
}
