//! What is measured, as it stands in the JSON report; `docs/bench-schema.json` is the same for other programs.

use super::statistics::{self, Interval};
use crate::error::{InputError, Place};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The version of the format, as it stands in every report.
pub const SCHEMA: &str = "wavelock-bench/1";

/// A name from a fixed list while it is measured, any text when it is read back.
pub type Name = Cow<'static, str>;

/// A whole run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`]
    pub schema: Name,
    /// The machine, its device, and how this was built.
    pub machine: serde_json::Value,
    /// One row per engine and workload.
    pub rows: Vec<Row>,
}

/// What the clock of a row saw; figures of different kinds are never set side by side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
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

impl Timed {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Timed::Kernel => "kernel",
            Timed::Device => "device",
            Timed::EndToEnd => "end to end",
        }
    }
}

/// Time from handing a block over to its outcome, while blocks arrive at a steady rate.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Latency {
    /// Arrivals as a share of the peak rate.
    pub load: f64,
    /// Median, in seconds.
    pub p50_s: f64,
    /// 99 of 100 blocks take no longer, in seconds.
    pub p99_s: f64,
}

/// One engine on one workload.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Name of the workload, with its exponent where it has one.
    pub workload: String,
    /// Engine, or the peer's method.
    pub engine: String,
    /// Signature policy.
    pub policy: Name,
    /// What the clock saw.
    #[serde(default)]
    pub timed: Timed,
    /// The published grid that the row belongs to; absent for our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<Name>,
    /// The engine is somebody else's method.
    #[serde(default)]
    pub peer: bool,
    /// Percentage of invalid transactions.
    pub invalid: f64,
    /// Why they are invalid, where one reason was chosen.
    #[serde(default)]
    pub invalid_reason: Option<Name>,
    /// What accounts start with.
    pub balances: String,
    /// What was timed: `snapshot`, `sigverify`, `conflict`, `execute`, `root`, `end_to_end`, `verify` or `auto`
    /// (every engine at many batch sizes).
    pub scope: Name,
    /// Transactions in a block; for `root`, accounts that are hashed.
    pub transactions: usize,
    /// Accounts in the state, or keys that access sets choose from.
    pub accounts: usize,
    /// Whether signatures were checked.
    pub signatures: bool,
    /// `cold`: no key was met before; `known`: every key was; absent without signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Name>,
    /// `cold`: nothing of the state was at hand; `resident`: the engine had met it. Absent where it makes no
    /// difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Name>,
    /// Cores that the CPU's part may use; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<usize>,
    /// Median seconds by stage; empty where stages were not told apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stages_s: BTreeMap<Name, f64>,
    /// Time to the outcome under a steady load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Share of the cores' time that the process used while the clock ran; absent where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<f64>,
    /// Bytes of memory that a process takes at its peak for one transaction, its input files left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_per_transaction: Option<f64>,
    /// Bytes that travel to the device and back for one transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_transaction: Option<f64>,
    /// Dispatches for one transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatches_per_transaction: Option<f64>,
    /// Bytes sent to the device for one signature; absent where no device took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_signature: Option<f64>,
    /// Transactions, signatures, accounts or (for `snapshot`) look-ups a second: the median.
    pub per_second: f64,
    /// Seconds of every counted run.
    pub samples_s: Vec<f64>,
    /// Two of the samples between which the true median lies; absent where there was one run only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_s: Option<Interval>,
    /// Spread of the samples as a share of the median; absent of fewer than three.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// The spread is above [`statistics::NOISY`].
    #[serde(default)]
    pub noisy: bool,
    /// The engine that really ran the stage that the row is about.
    pub ran: String,
    /// Rounds of the fixpoint; 1 for engines that execute in order.
    #[serde(default)]
    pub rounds: u32,
    /// Transactions that the CPU decided after the device stopped.
    #[serde(default)]
    pub tail: usize,
    /// Waves of the schedule; absent where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waves: Option<u32>,
    /// Transactions that were applied.
    #[serde(default)]
    pub applied: usize,
}

impl Row {
    /// The median of the samples, in seconds.
    pub fn median_s(&self) -> f64 {
        statistics::median(&self.samples_s)
    }

    /// What was measured, whoever ran it: rows of one case can be compared.
    pub fn case(&self) -> Case {
        Case {
            scope: self.scope.clone(),
            timed: self.timed,
            grid: self.grid.clone(),
            workload: self.workload.clone(),
            policy: self.policy.clone(),
            // Percentages are not negative, so their bits are in order.
            invalid: self.invalid.to_bits(),
            invalid_reason: self.invalid_reason.clone(),
            balances: self.balances.clone(),
            transactions: self.transactions,
            accounts: self.accounts,
            signatures: self.signatures,
            keys: self.keys.clone(),
            state: self.state.clone(),
            cores: self.cores,
            load: self.latency.map(|latency| latency.load.to_bits()),
        }
    }

    /// Fills in what follows from the samples.
    pub(super) fn judge(&mut self) {
        self.interval_s = statistics::interval(&self.samples_s);
        self.noise = statistics::noise(&self.samples_s);
        self.noisy = self.noise.is_some_and(|noise| noise > statistics::NOISY);
    }
}

/// Everything about a row but who ran it, and what came out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "the fields of Row")]
pub struct Case {
    pub scope: Name,
    pub timed: Timed,
    pub grid: Option<Name>,
    pub workload: String,
    pub policy: Name,
    pub invalid: u64,
    pub invalid_reason: Option<Name>,
    pub balances: String,
    pub transactions: usize,
    pub accounts: usize,
    pub signatures: bool,
    pub keys: Option<Name>,
    pub state: Option<Name>,
    pub cores: Option<usize>,
    pub load: Option<u64>,
}

impl Report {
    /// Fills in what follows from the rows' samples.
    pub fn judge(&mut self) {
        self.rows.iter_mut().for_each(Row::judge);
    }

    /// Reads a report back.
    ///
    /// # Errors
    /// Where `text` is no such report: the line, and what was expected.
    pub fn read(text: &str) -> Result<Self, InputError> {
        #[derive(Deserialize)]
        struct Head {
            schema: Option<serde_json::Value>,
        }
        let wrong = |error: serde_json::Error| {
            let place = if error.line() == 0 { Place::Whole } else { Place::Line(error.line() as u64) };
            InputError::new(place, format!("no report of wavelock bench: {error}; expected {SCHEMA}"))
        };
        let head: Head = serde_json::from_str(text).map_err(wrong)?;
        if head.schema.as_ref().and_then(serde_json::Value::as_str) != Some(SCHEMA) {
            let found = head.schema.map_or("none".to_owned(), |schema| schema.to_string());
            return Err(InputError::new(Place::Whole, format!("schema is {found}: expected \"{SCHEMA}\"")));
        }
        let mut report: Self = serde_json::from_str(text).map_err(wrong)?;
        for (index, row) in report.rows.iter().enumerate() {
            row.check().map_err(|what| {
                let name = format!("row {index} ({} {} by {})", row.scope, row.workload, row.engine);
                InputError::new(Place::Whole, format!("{name}: {what}"))
            })?;
        }
        report.judge();
        Ok(report)
    }
}

impl Row {
    /// Numbers that no run gives would end up in every figure drawn from them.
    fn check(&self) -> Result<(), String> {
        let positive = |number: f64| number.is_finite() && number > 0.0;
        if self.samples_s.is_empty() || !self.samples_s.iter().all(|sample| positive(*sample)) {
            return Err("samples_s: expected one time or more, each above 0".to_owned());
        }
        if !positive(self.per_second) {
            return Err(format!("per_second is {}: expected a number above 0", self.per_second));
        }
        if !(0.0..=100.0).contains(&self.invalid) {
            return Err(format!("invalid is {}: expected 0 to 100", self.invalid));
        }
        if let Some((stage, seconds)) = self.stages_s.iter().find(|(_, seconds)| **seconds < 0.0) {
            return Err(format!("stages_s: {stage} is {seconds}: expected no time below 0"));
        }
        let latency = self.latency.iter().flat_map(|latency| [latency.load, latency.p50_s, latency.p99_s]);
        if let Some(wrong) = latency.into_iter().find(|number| !positive(*number)) {
            return Err(format!("latency has {wrong}: expected numbers above 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            workload: "uniform".to_owned(),
            engine: "gpu".to_owned(),
            policy: "strict".into(),
            balances: "ample".to_owned(),
            scope: "execute".into(),
            transactions: 10,
            per_second: 10.0,
            samples_s: vec![1.0, 1.01, 0.99, 1.0, 1.02, 0.98],
            stages_s: [("encode".into(), 0.5)].into(),
            latency: Some(Latency { load: 0.8, p50_s: 0.1, p99_s: 0.2 }),
            ran: "gpu".to_owned(),
            ..Row::default()
        }
    }

    fn text(rows: Vec<Row>) -> String {
        let mut report = Report { schema: SCHEMA.into(), machine: serde_json::json!({"cores": 2}), rows };
        report.judge();
        serde_json::to_string_pretty(&report).expect("numbers and strings")
    }

    #[test]
    fn a_report_reads_back_as_it_was() {
        let written = text(vec![row(), Row { grid: Some("block-stm".into()), timed: Timed::Kernel, ..row() }]);
        let read = Report::read(&written).expect("readable");
        assert_eq!(serde_json::to_string_pretty(&read).expect("numbers and strings"), written);
        assert_eq!(read.rows[0].interval_s.map(|found| (found.low, found.high)), Some((0.98, 1.02)));
        assert!(!read.rows[0].noisy);
        assert_ne!(read.rows[0].case(), read.rows[1].case());
    }

    #[test]
    fn what_is_no_report_is_refused_with_its_place() {
        let good = text(vec![row()]);
        for (wrong, because) in [
            ("".to_owned(), "line 1: no report"),
            (good[..good.len() / 2].to_owned(), "no report of wavelock bench: EOF"),
            ("{}".to_owned(), "schema is none: expected \"wavelock-bench/1\""),
            (good.replace("bench/1", "bench/2"), "schema is \"wavelock-bench/2\": expected"),
            (good.replace("\"uniform\"", "7"), "line 8: no report of wavelock bench: invalid type: integer `7`"),
            (
                good.replace("\"per_second\": 10.0", "\"per_second\": -1.0"),
                "row 0 (execute uniform by gpu): per_second",
            ),
            (text(vec![Row { samples_s: Vec::new(), ..row() }]), "samples_s: expected one time or more"),
            (text(vec![Row { invalid: 101.0, ..row() }]), "invalid is 101"),
            (text(vec![Row { stages_s: [("root".into(), -1.0)].into(), ..row() }]), "root is -1"),
        ] {
            let error = Report::read(&wrong).expect_err(because).to_string();
            assert!(error.contains(because), "{error}\nexpected {because}");
        }
    }
}
