//! `wavelock devices`: what is here to work with.

use super::json;
use super::table::{self, Column, counted};
use super::{Answer, Failure};
use crate::bench::machine::Avx512;
use clap::Args;
use serde::Serialize;
use std::num::NonZero;
use std::thread::available_parallelism;

/// Show the adapters, the one that would be used and why, and what the CPU has
#[derive(Args, Debug)]
pub struct Devices {
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
        let found = DevicesObject { adapters, chosen, missing, cpu };
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
    text + &format!("AVX-512 for signatures: {}\n", found.cpu.avx512.words())
}

fn subgroups([smallest, largest]: [u32; 2]) -> String {
    if smallest == largest { smallest.to_string() } else { format!("{smallest} to {largest}") }
}
