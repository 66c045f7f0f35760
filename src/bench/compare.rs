//! Two reports of one machine: which rows became slower or faster by more than noise explains.
//!
//! A row changed when three things hold. Its medians differ by more than [`LIMIT`]; their intervals have nothing in
//! common; and the difference is more than [`ERRORS`] standard errors of the medians, with the noise of the row or that
//! of its engine's rows in this scope, whichever is larger, and more than [`UNREST`] times what such rows differ from one
//! another in how they changed: a machine that has other neighbours than then changes rows at random. Rows of fewer than [`SAMPLES`] samples on either side are
//! not judged one by one. An engine's rows of a scope together changed when the median of their ratios is beyond
//! [`LIMIT`] and its interval is on the same side, beyond half of it: that finds an engine that is a little slower
//! everywhere though no row alone is certain. Where the calibration loop says that the machine itself was slower, or
//! faster, so much is taken off first.

use super::row::{Case, Report, Row, Timed};
use super::statistics::{self, Interval};
use super::words;
use crate::cli::table::{Column, table};
use crate::error::{InputError, Place};
use std::collections::{BTreeMap, HashMap};

/// Changes of no more than this share are not worth a name.
pub const LIMIT: f64 = 0.05;
/// A row's change is beyond noise when it is more than so many standard errors: several hundred rows are compared at
/// once.
pub const ERRORS: f64 = 5.0;
/// A row's change is beyond the machine's unrest when it is more than so many times the spread of its engine's rows' changes.
pub const UNREST: f64 = 4.0;
/// Fewer samples than this say too little about one row.
pub const SAMPLES: usize = 5;
/// Fewer rows than this say nothing about an engine.
const ROWS: usize = 6;
/// Of normal noise: standard error of a median against that of a mean.
const MEDIAN_ERROR: f64 = 1.2533;
/// Parts of the machine without which two runs cannot be compared.
const SAME: [&str; 4] = ["/processor", "/cores", "/device/adapter", "/optimised"];
/// Parts whose change is worth a word: it may be what explains the rest.
const SAID: [&str; 5] = ["/version", "/device/driver", "/avx512_signatures", "/build/target_features", "/kernel"];

/// What became of a row, or of an engine's rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Slower beyond noise.
    Slower,
    /// Faster beyond noise.
    Faster,
    /// Neither.
    Same,
    /// Too few samples.
    Unknown,
}

/// Scope, clock and engine.
pub type GroupName = (String, Timed, String);

/// Older and newer rows of the same cases.
type Pairs<'a> = Vec<(&'a Row, &'a Row)>;

/// A row in both reports.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The older row.
    pub old: &'a Row,
    /// The newer one.
    pub new: &'a Row,
    /// New time over old time: above 1 is slower.
    pub ratio: f64,
    /// What it means.
    pub verdict: Verdict,
}

/// An engine's rows of one scope.
#[derive(Clone, Debug)]
pub struct Group {
    /// Scope, clock and engine.
    pub name: GroupName,
    /// Rows in both reports.
    pub rows: usize,
    /// The median of their ratios.
    pub ratio: f64,
    /// Where the true median of the ratios is.
    pub interval: Option<Interval>,
    /// What it means.
    pub verdict: Verdict,
}

/// Two reports, row by row.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// What else changed between the runs.
    pub remarks: Vec<String>,
    /// Rows in both reports, in the order of the newer one.
    pub rows: Vec<Change<'a>>,
    /// The same by engine and scope.
    pub groups: Vec<Group>,
    /// How much longer the machine took for the calibration loop.
    pub drift: f64,
}

/// Holds `new` against `old`.
///
/// # Errors
/// Where the two are of different machines, or have no row in common.
pub fn compare<'a>(old: &'a Report, new: &'a Report) -> Result<Comparison<'a>, InputError> {
    let refused = |message: String| InputError::new(Place::Whole, message);
    let differing = |part: &&str| old.machine.pointer(part) != new.machine.pointer(part);
    let told = |part: &str| {
        let value = |report: &Report| report.machine.pointer(part).map_or("not said".to_owned(), ToString::to_string);
        format!("{}: {} then, {} now", part[1..].replace('/', " "), value(old), value(new))
    };
    let other: Vec<String> = SAME.iter().copied().filter(differing).map(told).collect();
    if !other.is_empty() {
        let what = other.join("; ");
        return Err(refused(format!("not the same machine and build ({what}): expected two runs of one machine")));
    }
    let mut remarks: Vec<String> = SAID.iter().copied().filter(differing).map(told).collect();
    let mut before: HashMap<(Case, &str), &Row> = HashMap::new();
    for row in &old.rows {
        before.entry((row.case(), &row.engine)).or_insert(row);
    }
    let pairs: Vec<(&Row, &Row)> =
        new.rows.iter().filter_map(|row| Some((before.remove(&(row.case(), row.engine.as_str()))?, row))).collect();
    if pairs.is_empty() {
        return Err(refused("no row is in both reports: expected two runs of the same suite or scope".to_owned()));
    }
    if pairs.len() < old.rows.len().max(new.rows.len()) {
        let (then, now) = (old.rows.len() - pairs.len(), new.rows.len() - pairs.len());
        remarks
            .push(format!("not compared: {then} rows that only the old report has, {now} that only the new one has"));
    }
    let drift = drift(old, new);
    if (drift - 1.0).abs() > LIMIT / 2.0 {
        remarks.push(format!(
            "the machine itself changed: its calibration loop takes {} times as long as then; so much is taken off",
            words::times(drift)
        ));
    }
    let mut by_engine: BTreeMap<GroupName, Pairs> = BTreeMap::new();
    for (then, now) in &pairs {
        by_engine.entry(name(now)).or_default().push((then, now));
    }
    let noise: HashMap<_, f64> = by_engine.iter().map(|(name, pairs)| (name.clone(), pooled_noise(pairs))).collect();
    let unrest: HashMap<_, f64> = by_engine.iter().map(|(name, pairs)| (name.clone(), unrest(pairs))).collect();
    let groups = by_engine.into_iter().map(|(name, pairs)| group(name, &pairs, drift)).collect();
    let judge = |(old, new): (_, _)| change(old, new, noise[&name(new)], UNREST * unrest[&name(new)], drift);
    let rows = pairs.into_iter().map(judge).collect();
    Ok(Comparison { remarks, rows, groups, drift })
}

fn name(row: &Row) -> GroupName {
    (row.scope.to_string(), row.timed, row.engine.clone())
}

fn drift(old: &Report, new: &Report) -> f64 {
    let loop_s = |report: &Report| report.machine.pointer("/calibration/median_s").and_then(serde_json::Value::as_f64);
    match (loop_s(old), loop_s(new)) {
        (Some(then), Some(now)) if then > 0.0 && now > 0.0 => now / then,
        _ => 1.0,
    }
}

/// What is left of a ratio when the machine's own change is taken off, never more than that.
fn without_drift(ratio: f64, drift: f64) -> f64 {
    if ratio > 1.0 { (ratio / drift.max(1.0)).max(1.0) } else { (ratio / drift.min(1.0)).min(1.0) }
}

fn pooled_noise(pairs: &[(&Row, &Row)]) -> f64 {
    let enough = |row: &&&Row| row.samples_s.len() >= SAMPLES;
    let rows = pairs.iter().flat_map(|(old, new)| [old, new]);
    statistics::median(&rows.filter(enough).filter_map(|row| row.noise).collect::<Vec<_>>())
}

/// How far the changes of an engine's rows spread about their median, as a standard deviation of the logarithm. Few rows do not tell.
fn unrest(pairs: &[(&Row, &Row)]) -> f64 {
    if pairs.len() < ROWS {
        return 0.0;
    }
    let changes: Vec<f64> = pairs.iter().map(|(old, new)| (new.median_s() / old.median_s()).ln()).collect();
    let middle = statistics::median(&changes);
    statistics::NORMAL * statistics::median(&changes.iter().map(|change| (change - middle).abs()).collect::<Vec<_>>())
}

fn beyond(ratio: f64, limit: f64) -> Verdict {
    match ratio {
        slower if slower > 1.0 + limit => Verdict::Slower,
        faster if faster < 1.0 / (1.0 + limit) => Verdict::Faster,
        _ => Verdict::Same,
    }
}

fn change<'a>(old: &'a Row, new: &'a Row, pooled: f64, unrest: f64, drift: f64) -> Change<'a> {
    let ratio = new.median_s() / old.median_s();
    let counts = [old, new].map(|row| row.samples_s.len());
    let verdict = match (old.interval_s, new.interval_s) {
        (Some(then), Some(now)) if counts.iter().all(|count| *count >= SAMPLES) => {
            let left = without_drift(ratio, drift);
            let own = old.noise.unwrap_or(0.0).max(new.noise.unwrap_or(0.0)).max(pooled);
            let error = MEDIAN_ERROR * own * counts.map(|count| 1.0 / count as f64).iter().sum::<f64>().sqrt();
            let certain = then.apart(&now) && left.ln().abs() > (ERRORS * error).max(unrest);
            if certain { beyond(left, LIMIT) } else { Verdict::Same }
        }
        _ => Verdict::Unknown,
    };
    Change { old, new, ratio, verdict }
}

fn group(name: GroupName, pairs: &[(&Row, &Row)], drift: f64) -> Group {
    let ratios: Vec<f64> = pairs.iter().map(|(old, new)| new.median_s() / old.median_s()).collect();
    let (ratio, interval) = (statistics::median(&ratios), statistics::interval(&ratios));
    let verdict = match interval {
        Some(found) if pairs.len() >= ROWS => {
            let middle = beyond(without_drift(ratio, drift), LIMIT);
            let nearer = if middle == Verdict::Slower { found.low } else { found.high };
            if beyond(without_drift(nearer, drift), LIMIT / 2.0) == middle { middle } else { Verdict::Same }
        }
        _ => Verdict::Unknown,
    };
    Group { name, rows: pairs.len(), ratio, interval, verdict }
}

impl Comparison<'_> {
    /// Rows with this verdict, the largest change first.
    pub fn having(&self, verdict: Verdict) -> Vec<&Change<'_>> {
        let mut found: Vec<_> = self.rows.iter().filter(|change| change.verdict == verdict).collect();
        found.sort_by(|a, b| b.ratio.ln().abs().total_cmp(&a.ratio.ln().abs()));
        found
    }

    /// What became slower beyond noise, in one line; `None` where nothing did.
    pub fn regression(&self) -> Option<String> {
        let rows = self.having(Verdict::Slower);
        let slower = self.groups.iter().filter(|group| group.verdict == Verdict::Slower);
        let engines: Vec<String> = slower
            .map(|group| format!("{} {} by {} times", group.name.2, group.name.0, words::times(group.ratio)))
            .collect();
        match (rows.first(), engines.is_empty()) {
            (None, true) => None,
            (None, false) => Some(format!("slower than before: {}", engines.join(", "))),
            (Some(worst), _) => Some(format!(
                "{} slower than before, most of all {} {}, {} by {} ({} times as long){}",
                if rows.len() == 1 { "1 row is".to_owned() } else { format!("{} rows are", rows.len()) },
                worst.new.scope,
                words::describe(worst.new),
                words::size(worst.new),
                worst.new.engine,
                words::times(worst.ratio),
                if engines.is_empty() { String::new() } else { format!("; as a whole {}", engines.join(", ")) },
            )),
        }
    }

    /// Everything that is worth reading.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for remark in &self.remarks {
            text += &format!("Note: {remark}.\n");
        }
        for (verdict, title) in [(Verdict::Slower, "slower beyond noise"), (Verdict::Faster, "faster beyond noise")] {
            let found = self.having(verdict);
            if !found.is_empty() {
                text += &format!("\n{}\n", changes(title, &found));
            }
        }
        text += &format!("\n{}\n", self.groups_table());
        let count = |verdict| self.having(verdict).len();
        let [slower, faster, unknown] = [Verdict::Slower, Verdict::Faster, Verdict::Unknown].map(count);
        text += &format!(
            "{} rows compared: {slower} slower and {faster} faster beyond noise, {unknown} with fewer than {SAMPLES} \
             samples, which count by engine only.\n",
            self.rows.len(),
        );
        text.trim_start().to_owned()
    }

    fn groups_table(&self) -> String {
        let columns = [
            ("scope and engine, all rows", Column::Text),
            ("rows", Column::Number),
            ("times as long", Column::Number),
            ("between", Column::Text),
            ("", Column::Text),
        ];
        table(
            &columns,
            self.groups.iter().map(|group| {
                let (scope, timed, engine) = &group.name;
                let clock = if *timed == Timed::EndToEnd { String::new() } else { format!(" ({} time)", timed.name()) };
                let between = group.interval.map(|found| [found.low, found.high].map(words::times).join(" and "));
                let verdict = match group.verdict {
                    Verdict::Slower => "slower",
                    Verdict::Faster => "faster",
                    Verdict::Same => "",
                    Verdict::Unknown => "too few rows",
                };
                vec![
                    format!("{scope}{clock} {engine}"),
                    group.rows.to_string(),
                    words::times(group.ratio),
                    between.unwrap_or_default(),
                    verdict.to_owned(),
                ]
            }),
        )
    }
}

fn changes(title: &str, found: &[&Change]) -> String {
    let columns = [
        (title, Column::Text),
        ("size", Column::Text),
        ("engine", Column::Text),
        ("then", Column::Number),
        ("now", Column::Number),
        ("times as long", Column::Number),
        ("noise", Column::Number),
    ];
    table(
        &columns,
        found.iter().map(|change| {
            let row = change.new;
            let noise = change.old.noise.unwrap_or(0.0).max(row.noise.unwrap_or(0.0));
            vec![
                format!("{} {}", row.scope, words::describe(row)),
                words::size(row),
                row.engine.clone(),
                format!("{}/s", words::rate(change.old.per_second)),
                format!("{}/s", words::rate(row.per_second)),
                words::times(change.ratio),
                words::percent(noise),
            ]
        }),
    )
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
