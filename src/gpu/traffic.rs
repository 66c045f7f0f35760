//! What goes to the device and comes back, counted by stage.

use super::device::Device;
use crate::outcome::Traffic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Stages that use a device; what belongs to none of them is not counted.
const STAGES: [&str; 4] = ["sigverify", "conflict", "execute", "root"];

/// Running sums since the device was opened.
#[derive(Debug, Default)]
pub(super) struct Counters([Counter; STAGES.len()]);

#[derive(Debug, Default)]
struct Counter {
    uploaded: AtomicU64,
    readback: AtomicU64,
    dispatches: AtomicU64,
    submits: AtomicU64,
}

impl Counters {
    fn stage(&self, stage: &str) -> Option<&Counter> {
        STAGES.iter().position(|known| *known == stage).map(|at| &self.0[at])
    }

    pub(super) fn uploaded(&self, stage: &str, bytes: u64) {
        if let Some(counter) = self.stage(stage) {
            counter.uploaded.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn dispatched(&self, stage: &str) {
        if let Some(counter) = self.stage(stage) {
            counter.dispatches.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn submitted(&self, stage: &str, readback: u64) {
        if let Some(counter) = self.stage(stage) {
            counter.submits.fetch_add(1, Ordering::Relaxed);
            counter.readback.fetch_add(readback, Ordering::Relaxed);
        }
    }
}

impl Device {
    /// What `stage` has moved since the device was opened.
    pub fn traffic(&self, stage: &str) -> Traffic {
        let Some(counter) = self.counters.stage(stage) else { return Traffic::default() };
        Traffic {
            uploaded_bytes: counter.uploaded.load(Ordering::Relaxed),
            readback_bytes: counter.readback.load(Ordering::Relaxed),
            dispatches: counter.dispatches.load(Ordering::Relaxed),
            submits: counter.submits.load(Ordering::Relaxed),
        }
    }

    /// Writes into a buffer before the next submit.
    pub fn write(&self, stage: &'static str, buffer: &wgpu::Buffer, offset: u64, bytes: &[u8]) {
        let begun = Instant::now();
        self.queue.write_buffer(buffer, offset, bytes);
        self.uploaded(stage, bytes.len() as u64, begun.elapsed());
    }

    /// The host has written bytes, for the device to take, in that time.
    pub(super) fn uploaded(&self, stage: &'static str, bytes: u64, time: Duration) {
        self.counters.uploaded(stage, bytes);
        if let Some(profiler) = &self.profiler {
            profiler.uploaded(stage, time);
        }
    }
}
