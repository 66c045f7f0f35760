//! `wavelock devices`: what is here to work with.

use super::json;
use super::table::{self, Column, counted};
use super::{Answer, Failure};
use crate::auto::{Speed, StageExplanation};
use crate::bench::machine::Avx512;
use clap::Args;
use serde::Serialize;
use std::num::NonZero;
use std::thread::available_parallelism;

/// Show the adapters, the one that would be used and why, and what the CPU has
#[derive(Args, Debug)]
pub struct Devices {
    /// Measure every stage on the CPU and on the device, unless that was done before, and say what `auto` makes of it
    #[arg(long)]
    explain: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct DevicesObject {
    adapters: Vec<Adapter>,
    /// What `gpu` and `auto` would use; `None` where there is nothing that works.
    chosen: Option<Chosen>,
    /// Why nothing was chosen.
    missing: Option<String>,
    cpu: Cpu,
    /// What `auto` knows of each stage, where that was asked for and there is a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    auto: Option<Vec<StageExplanation>>,
    /// What went wrong with measuring.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Adapter {
    index: usize,
    name: String,
    backend: String,
    kind: String,
    driver: String,
    binding_bytes: u64,
    int64: bool,
    timestamps: bool,
    subgroups: [u32; 2],
}

#[derive(Serialize)]
struct Chosen {
    index: usize,
    name: String,
    reason: String,
}

#[derive(Serialize)]
struct Cpu {
    engines: [&'static str; 2],
    cores: usize,
    avx512: Avx512,
}

impl Devices {
    pub fn run(self) -> Result<Answer, Failure> {
        let (adapters, chosen) = look();
        let (chosen, missing) = match chosen {
            Ok(chosen) => (Some(chosen), None),
            Err(message) => (None, Some(message)),
        };
        let cores = available_parallelism().map_or(1, NonZero::get);
        let cpu = Cpu { engines: ["serial", "parallel"], cores, avx512: Avx512::look() };
        let (auto, notes) = if self.explain && chosen.is_some() { explain()? } else { (None, Vec::new()) };
        let found = DevicesObject { adapters, chosen, missing, cpu, auto, notes };
        Ok(if self.json { json::line(&found) } else { page(&found) }.into())
    }
}

/// The adapters, and the one that would be used: it is opened to see whether it can be.
#[cfg(feature = "gpu")]
fn look() -> (Vec<Adapter>, Result<Chosen, String>) {
    use crate::gpu::adapter::{AdapterSummary, adapters};
    use crate::gpu::device::{Device, DeviceOptions};
    let adapter = |summary: AdapterSummary| Adapter {
        index: summary.index,
        name: summary.name,
        backend: summary.backend,
        kind: summary.kind.to_string(),
        driver: summary.driver,
        binding_bytes: summary.binding_bytes,
        int64: summary.int64,
        timestamps: summary.timestamps,
        subgroups: summary.subgroups.into(),
    };
    let chosen = Device::open(&DeviceOptions::default()).map(|device| Chosen {
        index: device.summary.index,
        name: device.summary.name.clone(),
        reason: device.reason.clone(),
    });
    (adapters().into_iter().map(adapter).collect(), chosen.map_err(|error| error.to_string()))
}

#[cfg(not(feature = "gpu"))]
fn look() -> (Vec<Adapter>, Result<Chosen, String>) {
    (Vec::new(), Err("this build has no gpu feature".to_owned()))
}

#[cfg(feature = "gpu")]
fn explain() -> Result<(Option<Vec<StageExplanation>>, Vec<String>), Failure> {
    let options = crate::gpu::device::DeviceOptions::default();
    let file = super::engines::calibration_file();
    let measure = || crate::auto::explain(&options, file, crate::verify::Check::default());
    let (stages, notes) = super::progress::during("measuring", measure)?;
    Ok((Some(stages), notes))
}

#[cfg(not(feature = "gpu"))]
fn explain() -> Result<(Option<Vec<StageExplanation>>, Vec<String>), Failure> {
    Ok((None, Vec::new()))
}

/// A stage's model: one line, then what is done at every size.
fn explained(stage: &StageExplanation) -> String {
    let speed = |name: &str, speed: &Speed| {
        let latency = speed.latency_s * 1e6;
        format!(
            "  {name}: {latency:.0} us for one, {} a second in large batches\n",
            table::count(speed.per_second as u64)
        )
    };
    let mut text = format!("\nauto, {}: {}\n", stage.stage, stage.reason);
    text += &speed("CPU", &stage.cpu);
    text += &speed(if stage.device_known.is_some() { "device, new keys" } else { "device" }, &stage.device);
    text += &stage.device_known.as_ref().map_or(String::new(), |known| speed("device, known keys", known));
    if let Some(contention) = stage.contention {
        text += &format!("  at the same time each slows the other down by {:.0} %\n", 100.0 * contention);
    }
    let known = stage.device_known.is_some();
    let mut header = vec![("  items", Column::Number), ("CPU us", Column::Number), ("device us", Column::Number)];
    header.push(("device does", Column::Number));
    if known {
        header.push(("with known keys", Column::Number));
    }
    let microseconds = |seconds: f64| table::count((seconds * 1e6) as u64);
    let rows = stage.sizes.iter().map(|size| {
        let share = |items: usize| format!("{:.0} %", 100.0 * items as f64 / size.items as f64);
        let mut row = vec![table::count(size.items as u64), microseconds(size.cpu_s), microseconds(size.device_s)];
        row.push(share(size.device_items));
        if known {
            row.push(share(size.device_items_known));
        }
        row
    });
    text + &table::table(&header, rows)
}

fn page(found: &DevicesObject) -> String {
    let mut text = String::new();
    if !found.adapters.is_empty() {
        let chosen = found.chosen.as_ref().map(|chosen| chosen.index);
        let header = [
            ("", Column::Text),
            ("index", Column::Number),
            ("adapter", Column::Text),
            ("backend", Column::Text),
            ("kind", Column::Text),
            ("driver", Column::Text),
            ("binding", Column::Number),
            ("int64", Column::Text),
            ("subgroups", Column::Text),
        ];
        let rows = found.adapters.iter().map(|adapter| {
            vec![
                if chosen == Some(adapter.index) { "*" } else { "" }.to_owned(),
                adapter.index.to_string(),
                adapter.name.clone(),
                adapter.backend.clone(),
                adapter.kind.clone(),
                adapter.driver.clone(),
                format!("{} MiB", table::count(adapter.binding_bytes >> 20)),
                if adapter.int64 { "yes" } else { "no" }.to_owned(),
                subgroups(adapter.subgroups),
            ]
        });
        text += &format!("{}\n", table::table(&header, rows));
    }
    text += &match (&found.chosen, &found.missing) {
        (Some(chosen), _) => format!("device: {} (adapter {}), {}\n", chosen.name, chosen.index, chosen.reason),
        (None, missing) => format!("device: none; {}\n", missing.as_deref().unwrap_or("nothing was found")),
    };
    text += &format!("cpu: {}, engines {}\n", counted(found.cpu.cores, "core"), found.cpu.engines.join(" and "));
    text += &format!("AVX-512 for signatures: {}\n", found.cpu.avx512.words());
    text.extend(found.auto.iter().flatten().map(explained));
    text.extend(found.notes.iter().map(|note| format!("{note}\n")));
    text
}

fn subgroups([smallest, largest]: [u32; 2]) -> String {
    if smallest == largest { smallest.to_string() } else { format!("{smallest} to {largest}") }
}
