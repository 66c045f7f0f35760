//! What is measured, as it stands in the JSON report.

use serde::Serialize;

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `wavelock-bench/1`
    pub schema: &'static str,
    /// The machine, its device, and how this was built.
    pub machine: serde_json::Value,
    /// One row per engine and workload.
    pub rows: Vec<Row>,
}

/// One engine on one workload.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Name of the workload, with its exponent where it has one.
    pub workload: String,
    /// Engine, or the peer's method.
    pub engine: String,
    /// Signature policy.
    pub policy: &'static str,
    /// Percentage of invalid transactions.
    pub invalid: f64,
    /// Why they are invalid, where one reason was chosen.
    pub invalid_reason: Option<&'static str>,
    /// What accounts start with.
    pub balances: String,
    /// What was timed: `snapshot`, `sigverify`, `conflict`, `execute`, `root`, `end_to_end`,
    /// `verify` or `auto` (every engine at many batch sizes).
    pub scope: &'static str,
    /// Transactions in a block; for `root`, accounts that are hashed.
    pub transactions: usize,
    /// Accounts in the state, or keys that access sets choose from.
    pub accounts: usize,
    /// Whether signatures were checked.
    pub signatures: bool,
    /// `cold`: no key was met before; `known`: every key was; absent without signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<&'static str>,
    /// Bytes sent to the device for one signature; absent where no device took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_signature: Option<f64>,
    /// Transactions, signatures, accounts or (for `snapshot`) look-ups a second: the median.
    pub per_second: f64,
    /// Seconds of every counted run.
    pub samples_s: Vec<f64>,
    /// The engine that really ran the stage that the row is about.
    pub ran: String,
    /// Rounds of the fixpoint; 1 for engines that execute in order.
    pub rounds: u32,
    /// Transactions that the CPU decided after the device stopped.
    pub tail: usize,
    /// Waves of the schedule; absent where none was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waves: Option<u32>,
    /// Transactions that were applied.
    pub applied: usize,
}

impl Row {
    /// The median of the samples, in seconds.
    pub fn median_s(&self) -> f64 {
        super::sampler::median(&self.samples_s)
    }
}
