//! The result of a replay, and its JSON form.

use super::compare::{Mismatch, MismatchKind};
use crate::account::AccountId;
use crate::conflict::Schedule;
use crate::outcome::Stage;
use serde_json::{Value, json};
use std::time::Duration;

/// How many signatures there are, and how many are valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SignatureCounts {
    /// All signatures of the block.
    pub total: usize,
    /// The valid ones.
    pub valid: usize,
}

/// How many recorded balances could be held against a running one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BalanceCounts {
    /// Recorded balances before a transaction of accounts that an earlier transaction named.
    pub met_again: usize,
    /// Those that differ from what execution says. One wrong record can bring several: a transaction that does not come
    /// out is not applied.
    pub mismatched: usize,
}

/// How far transactions can run at the same time by their declared accounts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SolanaSchedule {
    /// Number of waves.
    pub waves: u32,
    /// One longest chain of conflicts: indices in the block.
    pub longest_chain: Vec<usize>,
    /// Transactions of the largest set that is connected by conflicts.
    pub largest_component: usize,
    /// The accounts that most transactions name, of those that one writes and another names, with their number.
    pub hottest: Vec<(AccountId, usize)>,
}

impl SolanaSchedule {
    pub(super) fn new(schedule: Schedule, keys: &[AccountId], block_index: impl Fn(usize) -> usize) -> Self {
        Self {
            waves: schedule.waves,
            longest_chain: schedule.longest_chain.into_iter().map(block_index).collect(),
            largest_component: schedule.largest_component,
            hottest: schedule.hottest.into_iter().map(|(key, count)| (keys[key as usize], count)).collect(),
        }
    }

    fn to_json(&self) -> Value {
        let hottest = self.hottest.iter().map(|(key, count)| json!({"key": base58(key), "count": count}));
        json!({
            "waves": self.waves,
            "longest_chain": self.longest_chain,
            "largest_component": self.largest_component,
            "hottest": hottest.collect::<Vec<_>>(),
        })
    }
}

/// What a replay of a block found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SolanaReplay {
    /// Transactions in the block.
    pub transactions: usize,
    /// Vote transactions among them.
    pub votes: usize,
    /// Plain transactions, failed ones included: transfers that ran by rule.
    pub plain: usize,
    /// Transactions that failed on chain and only paid their fee.
    pub failed: usize,
    /// All others, votes included: they ran by their recorded effect.
    pub recorded: usize,
    /// Signatures checked.
    pub signatures: SignatureCounts,
    /// Balances checked.
    pub balances: BalanceCounts,
    /// What does not come out first, `None` for a block that comes out. In the order of transactions; within one:
    /// signatures, transfers that cannot be, balances and funds leg by leg, the fee.
    pub first_mismatch: Option<Mismatch>,
    /// Transactions of which something does not come out.
    pub mismatched_transactions: usize,
    /// Waves of all transactions.
    pub schedule: SolanaSchedule,
    /// Waves of all but the vote transactions.
    pub schedule_without_votes: SolanaSchedule,
    /// Time per stage, in the order in which the stages began; reading the block is not among them.
    pub times: Vec<(Stage, Duration)>,
}

impl SolanaReplay {
    /// The object that `wavelock replay solana --json` prints, without `engines` and `seconds`.
    pub fn to_json(&self) -> Value {
        let mut object = self.schedule.to_json();
        let fields = [
            ("transactions", json!(self.transactions)),
            ("votes", json!(self.votes)),
            ("plain", json!(self.plain)),
            ("failed", json!(self.failed)),
            ("recorded", json!(self.recorded)),
            ("signatures", json!({"total": self.signatures.total, "valid": self.signatures.valid})),
            ("balances", json!({"met_again": self.balances.met_again, "mismatched": self.balances.mismatched})),
            ("mismatched_transactions", json!(self.mismatched_transactions)),
            ("first_mismatch", self.first_mismatch.as_ref().map_or(Value::Null, mismatch)),
            ("without_votes", self.schedule_without_votes.to_json()),
        ];
        for (name, value) in fields {
            object[name] = value;
        }
        object
    }
}

/// Lamports are strings, as all balances are in JSON here.
fn mismatch(mismatch: &Mismatch) -> Value {
    let mut object = json!({
        "transaction": mismatch.transaction,
        "kind": mismatch.kind.name(),
        "message": mismatch.kind.to_string(),
    });
    let (account, amounts) = match &mismatch.kind {
        MismatchKind::Signature { account, .. } => (Some(account), None),
        MismatchKind::Transfer { .. } | MismatchKind::Engine { .. } => (None, None),
        MismatchKind::BalanceBefore { account, expected, found }
        | MismatchKind::Funds { account, expected, found, .. }
        | MismatchKind::BalanceAfter { account, expected, found } => {
            (Some(account), Some((expected.to_string(), found.to_string())))
        }
        MismatchKind::Fee { expected, found } => (None, Some((expected.to_string(), found.to_string()))),
    };
    if let Some(account) = account {
        object["account"] = base58(account).into();
    }
    if let Some((expected, found)) = amounts {
        object["expected"] = expected.into();
        object["found"] = found.into();
    }
    object
}

pub(super) fn base58(account: &AccountId) -> String {
    bs58::encode(account.0).into_string()
}
