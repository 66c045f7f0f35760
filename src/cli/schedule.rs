//! `wavelock schedule`: declared read and write sets in, waves out.

use super::engines;
use super::json::{self, Object};
use super::outputs;
use super::progress::during;
use super::table::{self, Column, counted};
use super::{Answer, Failure};
use crate::conflict::{self, AccessSets, AccessSetsBuilder};
use crate::engine::Engine;
use crate::error::{InputError, Place};
use crate::ingest::{self, AccessList};
use crate::outcome::{Report, Stage};
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

/// Find which transactions can run at the same time, from what they declare to read and write
///
/// Two transactions conflict when they name the same key and at least one of them writes it. A transaction's wave is 0 when no
/// earlier one conflicts with it, else 1 + the largest wave among the earlier ones that do: transactions of one wave can
/// run at the same time, waves one after the other. A key that is named twice counts once, one both read and written
/// counts as written.
#[derive(Args, Debug)]
pub struct Schedule {
    /// Lines of read and write, lists of keys that are any strings, .jsonl or .jsonl.gz
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Who finds the waves: auto uses the device where that was measured to be faster, gpu always; chain, components and
    /// hottest keys are the CPU's
    #[arg(long, value_name = "auto|gpu|parallel|serial", default_value_t)]
    engine: Engine,
    /// Which device: its index, or part of its name, backend or kind (see `wavelock devices`)
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Write a wave per transaction, as JSON lines
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct HotKey<'k> {
    key: &'k str,
    count: usize,
}

#[derive(Serialize)]
struct ScheduleObject<'s> {
    transactions: usize,
    waves: u32,
    longest_chain: &'s [usize],
    components: usize,
    largest_component: usize,
    hottest: Vec<HotKey<'s>>,
    engines: Object<&'static str>,
    rounds: u32,
    tail: usize,
    faults: Value,
    events: &'s [String],
    seconds: Object<f64>,
}

impl Schedule {
    pub fn run(self) -> Result<Answer, Failure> {
        outputs::check(&[("--out", self.out.as_ref())], &[("--input", Some(&self.input))])?;
        let mut scheduler = engines::scheduler(self.engine, self.adapter.as_deref())?;
        let begun = Instant::now();
        let lists = during("reading access lists", || ingest::read_access_lists(&self.input))?;
        let mut report = Report { times: vec![(Stage::Ingest, begun.elapsed())], ..Report::default() };
        let clock = Instant::now();
        let sets = during("numbering keys", || access_sets(&lists));
        let (sets, keys) = sets.map_err(|error| Failure::in_file(error, &self.input))?;
        report.times.push((Stage::Encode, clock.elapsed()));
        let clock = Instant::now();
        let schedule = during("finding waves", || scheduler.schedule(&sets).cloned())?;
        let by = scheduler.report();
        report.record(Stage::Conflict, by.engine(Stage::Conflict).unwrap_or_default(), clock.elapsed());
        (report.rounds, report.tail) = (by.rounds, by.tail);
        report.faults.extend_from_slice(&by.faults);
        report.events.extend_from_slice(&by.events);
        report.total = begun.elapsed();
        if let Some(path) = &self.out {
            during("writing waves", || ingest::write_waves(path, &schedule.wave))?;
        }
        let hottest: Vec<_> =
            schedule.hottest.iter().map(|(key, count)| HotKey { key: keys[*key as usize], count: *count }).collect();
        let text = if self.json { object(&schedule, hottest, &report) } else { page(&schedule, &hottest, &report) };
        Ok(text.into())
    }
}

/// The lists with their keys numbered; a transaction is a line of the file.
fn access_sets(lists: &[AccessList]) -> Result<(AccessSets, Vec<&str>), InputError> {
    let mut builder = AccessSetsBuilder::new();
    for (index, list) in lists.iter().enumerate() {
        let pushed = builder.push(list.read.iter().map(String::as_str), list.write.iter().map(String::as_str));
        pushed.map_err(|error| InputError::new(Place::Line(index as u64 + 1), error.message))?;
    }
    Ok(builder.finish())
}

fn object(schedule: &conflict::Schedule, hottest: Vec<HotKey>, report: &Report) -> String {
    json::line(&ScheduleObject {
        transactions: schedule.wave.len(),
        waves: schedule.waves,
        longest_chain: &schedule.longest_chain,
        components: schedule.components,
        largest_component: schedule.largest_component,
        hottest,
        engines: json::engines(report),
        rounds: report.rounds,
        tail: report.tail,
        faults: json::faults(report),
        events: &report.events,
        seconds: json::seconds(report),
    })
}

fn page(schedule: &conflict::Schedule, hottest: &[HotKey], report: &Report) -> String {
    let mut text = format!(
        "{} in {}\nsets connected by conflicts: {}, the largest has {}\nlongest chain: {}\n",
        counted(schedule.wave.len(), "transaction"),
        counted(schedule.waves as usize, "wave"),
        table::count(schedule.components as u64),
        counted(schedule.largest_component, "transaction"),
        chain(&schedule.longest_chain),
    );
    if !hottest.is_empty() {
        let rows = hottest.iter().map(|hot| vec![hot.key.escape_debug().to_string(), table::count(hot.count as u64)]);
        text +=
            &format!("\n{}", table::table(&[("hottest key", Column::Text), ("transactions", Column::Number)], rows));
    }
    text += &format!("\n{}", table::stages(report));
    for event in &report.events {
        text += &format!("{event}\n");
    }
    text
}

/// The first links of a chain and how many there are.
pub fn chain(links: &[usize]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<_> = links.iter().take(SHOWN).map(usize::to_string).collect();
    let more = if links.len() > SHOWN { " → …" } else { "" };
    let list = if shown.is_empty() { String::new() } else { format!(": {}{more}", shown.join(" → ")) };
    format!("{}{list}", counted(links.len(), "transaction"))
}
