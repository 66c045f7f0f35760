//! `wavelock schedule`: declared read and write sets in, waves out.

use super::engines;
use super::json::{self, Object};
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
use std::path::PathBuf;
use std::time::Instant;

/// Find which transactions can run at the same time, from what they declare to read and write
#[derive(Args, Debug)]
pub struct Schedule {
    /// Lines of read and write, lists of keys that are any strings, .jsonl or .jsonl.gz
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Who does the work
    #[arg(long, value_name = "auto|gpu|parallel|serial", default_value_t)]
    engine: Engine,
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
    largest_component: usize,
    hottest: Vec<HotKey<'s>>,
    engines: Object<&'static str>,
    seconds: Object<f64>,
}

impl Schedule {
    pub fn run(self) -> Result<Answer, Failure> {
        let begun = Instant::now();
        let lists = during("reading access lists", || ingest::read_access_lists(&self.input))?;
        let mut report = Report { times: vec![(Stage::Ingest, begun.elapsed())], ..Report::default() };
        let clock = Instant::now();
        let sets = during("numbering keys", || access_sets(&lists));
        let (sets, keys) = sets.map_err(|error| Failure::in_file(error, &self.input))?;
        report.times.push((Stage::Encode, clock.elapsed()));
        let clock = Instant::now();
        let (schedule, engine) = during("finding waves", || engines::schedule(self.engine, &sets))?;
        report.record(Stage::Conflict, engine, clock.elapsed());
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
        largest_component: schedule.largest_component,
        hottest,
        engines: json::engines(report),
        seconds: json::seconds(report),
    })
}

fn page(schedule: &conflict::Schedule, hottest: &[HotKey], report: &Report) -> String {
    let mut text = format!(
        "{} in {}\nlargest set connected by conflicts: {}\nlongest chain: {}\n",
        counted(schedule.wave.len(), "transaction"),
        counted(schedule.waves as usize, "wave"),
        counted(schedule.largest_component, "transaction"),
        chain(&schedule.longest_chain),
    );
    if !hottest.is_empty() {
        let rows = hottest.iter().map(|hot| vec![hot.key.escape_debug().to_string(), table::count(hot.count as u64)]);
        text +=
            &format!("\n{}", table::table(&[("hottest key", Column::Text), ("transactions", Column::Number)], rows));
    }
    text + &format!("\n{}", table::stages(report))
}

/// The first links of a chain and how many there are.
pub fn chain(links: &[usize]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<_> = links.iter().take(SHOWN).map(usize::to_string).collect();
    let more = if links.len() > SHOWN { " → …" } else { "" };
    let list = if shown.is_empty() { String::new() } else { format!(": {}{more}", shown.join(" → ")) };
    format!("{}{list}", counted(links.len(), "transaction"))
}
