//! What campaigns count. `WAVELOCK_FAULTS_JSON` names a file for it.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use wavelock::gpu::device::{Device, DeviceOptions};
use wavelock::gpu::faults::{Injected, Injector};
use wavelock::{Fault, Report};

static TALLIES: Mutex<Vec<Value>> = Mutex::new(Vec::new());

/// What a campaign counts.
pub struct Tally {
    name: &'static str,
    level: String,
    begun: Instant,
    seeds: (u64, u64),
    /// Blocks, or lists of access sets.
    blocks: usize,
    /// What was injected into a block, and how often.
    injected: BTreeMap<(&'static str, Injected), usize>,
    /// Faults in reports, by stage and kind.
    reported: BTreeMap<(&'static str, &'static str), usize>,
    /// Blocks whose report names a fault.
    caught: usize,
    /// Blocks with an injected fault that changed nothing.
    harmless: usize,
    /// Blocks during which the device was left alone.
    rested: usize,
    /// Blocks with an outcome that the check's level lets through.
    let_through: usize,
    /// Blocks with another outcome than the serial one that it must not let through.
    lost: usize,
}

/// What became of a block.
pub enum Verdict {
    /// Its outcome is the serial one.
    Right,
    /// It is not, which is the risk that the check's level leaves.
    LetThrough,
    /// It is not, and must be: why.
    Lost(String),
}

impl Tally {
    pub fn new(name: &'static str, level: String, first_seed: u64) -> Self {
        Self {
            name,
            level,
            begun: Instant::now(),
            seeds: (first_seed, first_seed),
            blocks: 0,
            injected: BTreeMap::new(),
            reported: BTreeMap::new(),
            caught: 0,
            harmless: 0,
            rested: 0,
            let_through: 0,
            lost: 0,
        }
    }

    /// Counts a block.
    pub fn count(&mut self, seed: u64, injected: &[(&'static str, Injected)], report: &Report, verdict: Verdict) {
        self.seeds.1 = seed;
        self.blocks += 1;
        for fault in injected {
            *self.injected.entry(*fault).or_default() += 1;
        }
        for Fault { stage, kind, .. } in &report.faults {
            *self.reported.entry((stage.name(), kind.name())).or_default() += 1;
        }
        let reported = !report.faults.is_empty();
        self.caught += usize::from(reported);
        self.rested += usize::from(report.events.iter().any(|event| event.contains("left alone for a while")));
        match verdict {
            Verdict::Right => self.harmless += usize::from(!reported && !injected.is_empty()),
            Verdict::LetThrough => self.let_through += 1,
            Verdict::Lost(why) => {
                self.lost += 1;
                let events = &report.events;
                eprintln!(
                    "WAVELOCK_FAULT_SEED={seed}, {}: {injected:?} changed the outcome: {why}; {events:?}",
                    self.name
                );
            }
        }
    }

    /// Faults that were injected.
    pub fn faults(&self) -> usize {
        self.injected.values().sum()
    }

    /// Whether a kind, and a stage, was met at all.
    pub fn met(&self, kind: Option<Injected>, stage: Option<&str>) -> bool {
        let is = |(at, injected): &(&str, Injected)| {
            kind.is_none_or(|kind| kind == *injected) && stage.is_none_or(|stage| stage == *at)
        };
        self.injected.keys().any(is)
    }

    /// Prints the figures, and keeps them for the file.
    ///
    /// # Panics
    /// Where a block was lost, or no fault was ever noticed.
    pub fn finish(self) {
        let entry = |(stage, kind): (&str, String), count: usize| json!({"stage": if stage.is_empty() { "any" } else { stage }, "kind": kind, "count": count});
        let injected = self.injected.iter().map(|((stage, kind), count)| entry((stage, format!("{kind:?}")), *count));
        let reported = self.reported.iter().map(|((stage, kind), count)| entry((stage, (*kind).to_owned()), *count));
        let tally = json!({
            "campaign": self.name,
            "level": self.level,
            "seeds": [self.seeds.0, self.seeds.1],
            "blocks": self.blocks,
            "faults": self.faults(),
            "injected": injected.collect::<Vec<_>>(),
            "reported": reported.collect::<Vec<_>>(),
            "blocks_with_a_reported_fault": self.caught,
            "blocks_with_harmless_faults_only": self.harmless,
            "blocks_with_the_device_left_alone": self.rested,
            "blocks_let_through_by_the_level": self.let_through,
            "blocks_lost": self.lost,
            "seconds": self.begun.elapsed().as_secs_f64(),
        });
        println!("{tally}");
        TALLIES.lock().unwrap_or_else(PoisonError::into_inner).push(tally);
        assert_eq!(self.lost, 0, "{}: blocks were lost", self.name);
        assert!(self.caught > 0, "{}: no fault was ever noticed", self.name);
    }
}

/// What was injected since the log had `before` entries.
pub fn since(injector: &Injector, before: usize) -> Vec<(&'static str, Injected)> {
    injector.log().split_off(before)
}

/// Writes what all campaigns counted, where that was asked for and any ran.
pub fn write() {
    let Some(path) = std::env::var_os("WAVELOCK_FAULTS_JSON") else { return };
    let mut campaigns = TALLIES.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(device) = Device::open(&DeviceOptions::default()).ok().filter(|_| !campaigns.is_empty()) else { return };
    campaigns.sort_by_key(|tally| tally["campaign"].to_string());
    let sum = |of: &str| campaigns.iter().filter_map(|tally| tally[of].as_u64()).sum::<u64>();
    let value = json!({
        "schema": "wavelock-faults/1",
        "unix_seconds": SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        "version": env!("CARGO_PKG_VERSION"),
        "optimised": !cfg!(debug_assertions),
        "device": {
            "adapter": device.summary.name,
            "kind": device.summary.kind.to_string(),
            "backend": device.summary.backend,
            "driver": device.summary.driver,
        },
        "faults": sum("faults"),
        "blocks": sum("blocks"),
        "blocks_let_through_by_the_level": sum("blocks_let_through_by_the_level"),
        "blocks_lost": sum("blocks_lost"),
        "campaigns": *campaigns,
    });
    let text = format!("{}\n", serde_json::to_string_pretty(&value).expect("keys are strings"));
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
