//! `wavelock validate`: a block and a state in, receipts and the next state out; with a store, the block is committed.

use super::engines::EngineOptions;
use super::json::{self, Object};
use super::outputs;
use super::progress::during;
use super::table::{self, Column, counted};
use super::{Answer, Failure};
use crate::bench::machine;
use crate::engine::Policy;
use crate::error::InputError;
use crate::ingest::{self, SignatureField};
use crate::outcome::{Outcome, Report, Stage};
use crate::root::Root;
use crate::state::State;
use crate::store::{FjallStore, StateStore};
use crate::transaction::BlockHeader;
use crate::verify::Check;
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

/// Validate a block on a state
#[derive(Args, Debug)]
pub struct Validate {
    /// The block: .jsonl or .jsonl.gz is text, any other name binary
    #[arg(long, value_name = "FILE")]
    block: PathBuf,
    /// The state before the block
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    state: Option<PathBuf>,
    /// The store that the block is committed to, as its chain's next one; once that is done the block is on disk
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineOptions,
    /// Which signatures are valid
    #[arg(long, value_name = "strict|zip215", default_value_t)]
    policy: Policy,
    /// Leave signatures out of the rules
    #[arg(long)]
    no_signatures: bool,
    /// The state root expected after the block, 64 hexadecimal digits: where it is another, the check has failed
    /// (exit status 1), no file is written and nothing is committed
    #[arg(long, value_name = "HEX")]
    expect_root: Option<Root>,
    /// How much of a device's state root the CPU hashes again: all (unless --check off), the paths of N changed accounts, or
    /// nothing; a store hashes all of it in any case
    #[arg(long, value_name = "full|sampled:N|off")]
    check_root: Option<Check>,
    /// Write a receipt per transaction, as JSON lines
    #[arg(long, value_name = "FILE")]
    receipts: Option<PathBuf>,
    /// Write the state after the block; from a store `wavelock state export` does
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    state_out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Validate {
    pub fn run(self) -> Result<Answer, Failure> {
        let written = [("--receipts", self.receipts.as_ref()), ("--state-out", self.state_out.as_ref())];
        outputs::check(&written[..1], &[("--block", Some(&self.block)), ("--state", self.state.as_ref())])?;
        // The state may be replaced by the one after the block.
        outputs::check(&written, &[("--block", Some(&self.block)), ("--store", self.store.as_ref())])?;
        let check = self.engine.check();
        let mut builder = self.engine.builder()?;
        if let Some(check) = self.check_root {
            self.engine.needs_device("--check-root compares the root of")?;
            builder = builder.check_root(check);
        }
        let (builder, signatures) = if self.no_signatures {
            (builder.without_signatures(), SignatureField::Optional)
        } else {
            (builder.policy(self.policy), SignatureField::Required)
        };
        let mut validator = builder.state_root(true).build()?;

        let clock = Instant::now();
        let block = during("reading the block", || ingest::read_block(&self.block, signatures))?;
        let mut ground = self.ground()?;
        let ingest = clock.elapsed();
        ground.check_next(&block.header).map_err(|error| Failure::in_file(error, &self.block))?;
        let outcome = during("validating", || validator.validate(&block, ground.state()));
        let mut outcome = outcome.map_err(|error| Failure::in_file(error, &self.block))?;
        outcome.report.times.insert(0, (Stage::Ingest, ingest));
        outcome.report.total += ingest;

        let failed_check = self.expect_root.and_then(|expected| unexpected(expected, outcome.root));
        if failed_check.is_none() {
            self.write(&mut ground, &block.header, &mut outcome)?;
        }
        let reasons = super::engines::reasons(&validator, &outcome.report);
        let mut text =
            if self.json { object(&outcome, check, reasons) } else { page(&outcome, self.no_signatures, reasons) };
        if let (Ground::Store(store), false, None) = (&ground, self.json, &failed_check) {
            text += &format!("committed: {} is at block {} now\n", store.path().display(), store.height());
        }
        Ok(Answer { text, failed_check })
    }

    fn ground(&self) -> Result<Ground, Failure> {
        Ok(match (&self.state, &self.store) {
            (_, Some(store)) => Ground::Store(Box::new(super::state::open(store)?)),
            (Some(file), None) => Ground::File(Box::new(during("reading the state", || ingest::read_state(file))?)),
            (None, None) => return Err(Failure::usage("neither --state nor --store: expected one of them".to_owned())),
        })
    }

    /// The commit comes last: where anything else fails, the block can be validated again.
    fn write(&self, ground: &mut Ground, block: &BlockHeader, outcome: &mut Outcome) -> Result<(), Failure> {
        if let Some(path) = &self.receipts {
            during("writing receipts", || ingest::write_receipts(path, &outcome.statuses))?;
        }
        match (ground, &self.state_out) {
            (Ground::Store(store), _) => during("committing", || store.commit(block, outcome))?,
            (Ground::File(_), None) => {}
            (Ground::File(state), Some(path)) => {
                state.apply(outcome)?;
                during("writing the state", || ingest::write_state(path, state))?;
            }
        }
        Ok(())
    }
}

/// Where the state before the block is.
enum Ground {
    File(Box<State>),
    Store(Box<FjallStore>),
}

impl Ground {
    fn state(&self) -> &State {
        match self {
            Ground::File(state) => state,
            Ground::Store(store) => store.state(),
        }
    }

    /// Heights and chains are compared by stores only.
    fn check_next(&self, block: &BlockHeader) -> Result<(), InputError> {
        match self {
            Ground::File(_) => Ok(()),
            Ground::Store(store) => store.check_next(block),
        }
    }
}

/// What is wrong with the root after the block, where one was expected.
fn unexpected(expected: Root, found: Option<Root>) -> Option<String> {
    let found = found.filter(|found| *found != expected)?;
    Some(format!("the state root after the block is {found}: expected {expected}; nothing was written"))
}

#[derive(Serialize)]
struct ValidateObject<'o> {
    height: Value,
    transactions: usize,
    applied: usize,
    rejected: Object<usize>,
    root_before: Option<String>,
    state_root: Option<String>,
    engines: Object<&'static str>,
    #[serde(skip_serializing_if = "Object::is_empty")]
    shares: Object<Object<usize>>,
    rounds: u32,
    tail: usize,
    checked: Value,
    faults: Value,
    events: &'o [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    auto: Vec<String>,
    seconds: Object<f64>,
    #[serde(skip_serializing_if = "Object::is_empty")]
    memory: Object<u64>,
}

fn object(outcome: &Outcome, check: Check, auto: Vec<String>) -> String {
    let Outcome { height, statuses, root_before, root, report, .. } = outcome;
    let counts = outcome.counts();
    json::line(&ValidateObject {
        height: json::integer(*height),
        transactions: statuses.len(),
        applied: counts.applied,
        rejected: Object(counts.rejected.iter().map(|(reason, count)| (reason.name(), *count)).collect()),
        root_before: root_before.as_ref().map(Root::to_string),
        state_root: root.as_ref().map(Root::to_string),
        engines: json::engines(report),
        shares: json::shares(report),
        rounds: report.rounds,
        tail: report.tail,
        checked: json::checked(check, report),
        faults: json::faults(report),
        events: &report.events,
        auto,
        seconds: json::seconds(report),
        memory: Object(machine::peak_bytes().map(|bytes| ("peak_bytes", bytes)).into_iter().collect()),
    })
}

fn page(outcome: &Outcome, unchecked: bool, auto: Vec<String>) -> String {
    let Outcome { height, statuses, report, .. } = outcome;
    let counts = outcome.counts();
    let mut text = format!("block {height}: {}\n\n", counted(statuses.len(), "transaction"));
    let applied = ("applied", counts.applied);
    let rejected = counts.rejected.iter().map(|(reason, count)| (reason.name(), *count));
    let rows =
        [applied].into_iter().chain(rejected).map(|(name, count)| vec![name.to_owned(), table::count(count as u64)]);
    text += &table::table(&[("status", Column::Text), ("transactions", Column::Number)], rows);
    text += &format!("\n{}\n{}\n", table::stages(report), effort(report));
    if unchecked {
        text += "signatures were not checked\n";
    }
    if let Some(root) = &outcome.root {
        text += &format!("state root {root}\n");
    }
    for note in auto.iter().chain(&report.events) {
        text += &format!("{note}\n");
    }
    text
}

fn effort(report: &Report) -> String {
    let tail = match report.tail {
        0 => "no tail".to_owned(),
        tail => format!("a tail of {} decided on the CPU", counted(tail, "transaction")),
    };
    format!("{}, {tail}", counted(report.rounds as usize, "round"))
}
