//! What is measured, as it stands in the JSON report.

use serde::Serialize;
use std::collections::BTreeMap;

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

/// What the clock of a row saw; figures of different kinds are never set side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Timed {
    /// Dispatches alone, by the device's own timestamps.
    Kernel,
    /// Upload, dispatches and read-back.
    Device,
    /// Everything from the caller's data to the caller's result.
    #[default]
    EndToEnd,
}

/// Time from handing a block over to its outcome, while blocks arrive at a steady rate.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Latency {
    /// Arrivals as a share of the peak rate.
    pub load: f64,
    /// Median, in seconds.
    pub p50_s: f64,
    /// 99 of 100 blocks take no longer, in seconds.
    pub p99_s: f64,
}

/// One engine on one workload.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// Name of the workload, with its exponent where it has one.
    pub workload: String,
    /// Engine, or the peer's method.
    pub engine: String,
    /// Signature policy.
    pub policy: &'static str,
    /// What the clock saw.
    pub timed: Timed,
    /// The published grid that the row belongs to; absent for our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<&'static str>,
    /// The engine is somebody else's method.
    pub peer: bool,
    /// Percentage of invalid transactions.
    pub invalid: f64,
    /// Why they are invalid, where one reason was chosen.
    pub invalid_reason: Option<&'static str>,
    /// What accounts start with.
    pub balances: String,
    /// What was timed: `sigverify`, `conflict`, `execute`, `root`, `end_to_end` or `verify`.
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
    /// `cold`: nothing of the state was at hand; `resident`: the engine had met it. Absent where it makes no difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Cores that the CPU's part may use; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cores: Option<usize>,
    /// Median seconds by stage; empty where stages were not told apart.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stages_s: BTreeMap<&'static str, f64>,
    /// Time to the outcome under a steady load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Bytes that travel to the device and back for one transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_transaction: Option<f64>,
    /// Dispatches for one transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatches_per_transaction: Option<f64>,
    /// Bytes sent to the device for one signature; absent where no device took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_signature: Option<f64>,
    /// Transactions, signatures or accounts a second: the median.
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
