//! Where a block's time goes on the device, stage by stage: kernels by the device's own clock, transfers, waiting, the CPU.

use super::row::{Report, Row, Timed};
use super::sampler::median;
use super::{Options, machine};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::gpu::adapter::AdapterKind;
use crate::gpu::device::{Device, DeviceOptions};
use crate::gpu::profile::StageProfile;
use crate::outcome::{Outcome, Stage, Traffic};
use crate::workload::{GeneratedBlock, Workload};
use crate::{Block, Check, State, Transaction, Validator};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::collections::BTreeMap;
use std::time::Duration;

/// Transactions of the blocks that are profiled.
const SIZES: [usize; 3] = [10_000, 100_000, LARGEST];
/// For cards alone: a software device takes minutes for it.
const LARGEST: usize = 1_000_000;
const ACCOUNTS: usize = 10_000;
/// Blocks in a row: the first ones compile shaders, fill the tables, and do not count.
const WARM: usize = 3;
const COUNTED: usize = 5;
/// Stages that use the device.
const STAGES: [Stage; 3] = [Stage::Sigverify, Stage::Execute, Stage::Root];

/// A profile, as rows and as text.
#[derive(Debug)]
pub struct Profile {
    /// Rows `kernel` and `device` for each stage and block.
    pub report: Report,
    text: String,
}

impl Profile {
    /// The profile as a person reads it.
    pub fn to_text(&self) -> &str {
        &self.text
    }
}

/// One stage of one block.
struct Sample {
    wall: Duration,
    stage: StageProfile,
    traffic: Traffic,
}

/// Profiles signed and unsigned blocks on the device.
///
/// # Errors
/// [`Error::NoDevice`] where there is none, [`Error::Disagreement`] where an outcome is not the serial engine's.
pub fn run(options: &Options, mut progress: impl FnMut(&str)) -> Result<Profile> {
    let device = DeviceOptions { adapter: options.adapter.clone(), profile: true, ..DeviceOptions::default() };
    let device = Device::open(&device)?;
    let builder = Validator::builder().engine(Engine::Gpu).device(device.clone()).check(Check::Off).state_root(true);
    let (mut rows, mut text) = (Vec::new(), String::new());
    let mut notes = Vec::new();
    if !device.times_kernels() {
        notes.push("kernels are not timed: the adapter has no time stamps inside passes".to_owned());
    }
    let mut last = None;
    for signed in [false, true] {
        let card = device.summary.kind == AdapterKind::Discrete;
        for transactions in SIZES.into_iter().filter(|size| card || *size < LARGEST) {
            let kind = if signed { "signed" } else { "unsigned" };
            progress(&format!("profile: {transactions} {kind} transfers"));
            let builder = if signed { builder.clone() } else { builder.clone().without_signatures() };
            let mut validator = builder.build()?;
            let workload = Workload {
                transactions: transactions * (WARM + COUNTED),
                accounts: ACCOUNTS,
                signed,
                ..Workload::default()
            };
            let (samples, outcomes) = blocks(&mut validator, &device, &workload, transactions)?;
            text += &format!("{kind} transfers, {transactions} a block, {ACCOUNTS} accounts\n\n");
            text += &format!("{}\n\n{}\n", stage_table(&samples, &outcomes, transactions), kernel_table(&samples));
            for (stage, samples) in &samples {
                rows.extend(stage_rows(*stage, samples, &workload, transactions, &outcomes));
            }
            last = Some((Engine::Gpu, validator));
        }
    }
    notes.iter().for_each(|note| text += &format!("{note}\n"));
    let machine = machine::describe(last.as_slice(), notes);
    Ok(Profile { report: Report { schema: super::row::SCHEMA.into(), machine, rows }, text })
}

type Samples = BTreeMap<Stage, Vec<Sample>>;

/// Validates blocks in a row, each on the state that the last one left.
fn blocks(
    validator: &mut Validator,
    device: &Device,
    workload: &Workload,
    transactions: usize,
) -> Result<(Samples, Vec<Outcome>)> {
    let GeneratedBlock { block, mut state } = workload.generate();
    let expected = expected(&block, state.clone(), transactions)?;
    let (mut samples, mut outcomes) = (Samples::new(), Vec::new());
    for (number, (part, expected)) in expected.into_iter().enumerate() {
        device.take_profile()?;
        let before = STAGES.map(|stage| device.traffic(stage.name()));
        let outcome = validator.validate(&part, &state)?;
        let mut profile = device.take_profile()?;
        if outcome.statuses != expected.statuses || outcome.changes != expected.changes {
            return Err(super::disagreement("gpu", "profile", format!("block {number} differs from serial")));
        }
        if let Some(event) = outcome.report.events.first() {
            return Err(Error::Disagreement(event.clone()));
        }
        state.apply(&outcome)?;
        if number < WARM {
            continue;
        }
        for (stage, before) in STAGES.into_iter().zip(before) {
            if outcome.report.engine(stage) == Some(Engine::Gpu) {
                samples.entry(stage).or_default().push(Sample {
                    wall: outcome.report.time(stage),
                    stage: profile.remove(stage.name()).unwrap_or_default(),
                    traffic: device.traffic(stage.name()).since(before),
                });
            }
        }
        outcomes.push(outcome);
    }
    Ok((samples, outcomes))
}

/// The blocks and what the serial engine makes of them, beforehand: a card that waits for it lowers its clock. Every signature
/// holds as it was generated, so it checks none.
fn expected(block: &Block, mut state: State, transactions: usize) -> Result<Vec<(Block, Outcome)>> {
    let mut serial = Validator::builder().engine(Engine::Serial).without_signatures().build()?;
    let follow = |(number, part): (usize, &[Transaction])| {
        let mut header = block.header;
        header.height += number as u64;
        let part = Block { header, transactions: part.to_vec() };
        let outcome = serial.validate(&part, &state)?;
        state.apply(&outcome)?;
        Ok((part, outcome))
    };
    block.transactions.chunks(transactions).enumerate().map(follow).collect()
}

/// The median of a part of the samples, in seconds.
fn of(samples: &[Sample], part: impl Fn(&Sample) -> Duration) -> f64 {
    median(&samples.iter().map(|sample| part(sample).as_secs_f64()).collect::<Vec<_>>())
}

/// A part's name, and what a sample says of it.
type Part = (&'static str, fn(&Sample) -> Duration);

/// Parts of a stage's time. The device works while the host waits, or while the host does something else, so kernels and
/// copies do not add up with the rest; the others do.
const PARTS: [Part; 7] = [
    ("kernels", |sample| sample.stage.kernel_time()),
    ("copies", |sample| sample.stage.copy_time()),
    ("upload", |sample| sample.stage.upload),
    ("submit", |sample| sample.stage.submit),
    ("wait", |sample| sample.stage.wait),
    ("read-back", |sample| sample.stage.readback),
    ("cpu", |sample| {
        let StageProfile { upload, submit, wait, readback, .. } = &sample.stage;
        sample.wall.saturating_sub(*upload + *submit + *wait + *readback)
    }),
];

fn milliseconds(seconds: f64) -> Cell {
    Cell::new(format!("{:.2}", 1e3 * seconds)).set_alignment(CellAlignment::Right)
}

fn number(number: impl std::fmt::Display) -> Cell {
    Cell::new(number).set_alignment(CellAlignment::Right)
}

/// Stages of the device in parts, then those of the CPU.
fn stage_table(samples: &Samples, outcomes: &[Outcome], transactions: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = vec!["stage, ms".to_owned(), "all".to_owned()];
    header.extend(PARTS.map(|(name, _)| name.to_owned()));
    header.extend(["bytes up", "back", "dispatches", "submits"].map(str::to_owned));
    table.set_header(header);
    for (stage, samples) in samples {
        let mut cells = vec![Cell::new(stage), milliseconds(of(samples, |sample| sample.wall))];
        cells.extend(PARTS.map(|(_, part)| milliseconds(of(samples, part))));
        let Traffic { uploaded_bytes, readback_bytes, dispatches, submits } =
            samples.last().map_or_else(Traffic::default, |sample| sample.traffic);
        let each = |bytes: u64| number(format!("{:.1}", bytes as f64 / transactions as f64));
        cells.extend([each(uploaded_bytes), each(readback_bytes), number(dispatches), number(submits)]);
        table.add_row(cells);
    }
    for (stage, _) in outcomes.last().map_or(&[][..], |outcome| &outcome.report.times) {
        if !samples.contains_key(stage) {
            let times: Vec<f64> = outcomes.iter().map(|outcome| outcome.report.time(*stage).as_secs_f64()).collect();
            let mut cells = vec![Cell::new(stage), milliseconds(median(&times))];
            cells.extend((1..PARTS.len()).map(|_| Cell::new("")));
            cells.push(milliseconds(median(&times)));
            table.add_row(cells);
        }
    }
    table
}

/// Seconds a block and dispatches a block of every kernel of a stage; the longest first.
fn kernels(samples: &[Sample]) -> Vec<(&'static str, f64, u64)> {
    let mut names: Vec<_> = samples.iter().flat_map(|sample| sample.stage.kernels.keys().copied()).collect();
    names.sort_unstable();
    names.dedup();
    let kernel = |name| {
        let times = |sample: &Sample| sample.stage.kernels.get(name).copied().unwrap_or_default();
        (name, of(samples, |sample| times(sample).time), samples.last().map_or(0, |sample| times(sample).dispatches))
    };
    let mut kernels: Vec<_> = names.into_iter().map(kernel).collect();
    kernels.sort_by(|(_, one, _), (_, other, _)| other.total_cmp(one));
    kernels
}

fn kernel_table(samples: &Samples) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["stage", "kernel", "ms", "dispatches"]);
    for (stage, samples) in samples {
        for (name, seconds, dispatches) in kernels(samples) {
            table.add_row([Cell::new(stage), Cell::new(name), milliseconds(seconds), number(dispatches)]);
        }
    }
    table
}

fn stage_rows(
    stage: Stage,
    samples: &[Sample],
    workload: &Workload,
    transactions: usize,
    outcomes: &[Outcome],
) -> Vec<Row> {
    let traffic = samples.last().map_or_else(Traffic::default, |sample| sample.traffic);
    let row = |timed, part: fn(&Sample) -> Duration, stages_s: BTreeMap<_, f64>| {
        let samples_s: Vec<f64> = samples.iter().map(|sample| part(sample).as_secs_f64()).collect();
        Row {
            workload: workload.kind.to_string(),
            engine: "gpu".into(),
            policy: "strict".into(),
            timed,
            balances: workload.balances.to_string(),
            scope: stage.name().into(),
            transactions,
            accounts: workload.accounts,
            signatures: workload.signed,
            state: Some("resident".into()),
            keys: workload.signed.then(|| "known".into()),
            stages_s,
            bytes_per_transaction: Some(traffic.bytes() as f64 / transactions as f64),
            dispatches_per_transaction: Some(traffic.dispatches as f64 / transactions as f64),
            per_second: transactions as f64 / median(&samples_s).max(f64::MIN_POSITIVE),
            samples_s,
            ran: "gpu".into(),
            rounds: outcomes.last().map_or(1, |outcome| outcome.report.rounds),
            tail: outcomes.last().map_or(0, |outcome| outcome.report.tail),
            applied: outcomes.last().map_or(0, |outcome| outcome.counts().applied),
            ..Row::default()
        }
    };
    let parts = PARTS.map(|(name, part)| (name.into(), of(samples, part)));
    let by_kernel = kernels(samples).into_iter().map(|(name, seconds, _)| (name.into(), seconds)).collect();
    let mut rows = vec![row(Timed::Device, |sample| sample.wall, parts.into())];
    if samples.iter().all(|sample| !sample.stage.kernel_time().is_zero()) {
        rows.push(row(Timed::Kernel, |sample| sample.stage.kernel_time(), by_kernel));
    }
    rows
}
