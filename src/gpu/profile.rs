//! Where a stage's time goes: time stamps around every dispatch, clocks around uploads, waits and read-backs. A device that
//! was not opened for it has none of this.

use super::device::Device;
use super::executed::Encoder;
use crate::error::Result;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Stamps of one submit: two for each dispatch. WebGPU allows no more in a set.
const STAMPS: u32 = 4096;
const STAMP_BYTES: u64 = 8;
/// The name under which copies of results are listed beside kernels.
pub const COPIES: &str = "copies";

/// Features that time stamps inside passes take; where one is missing, kernels are not timed.
pub const FEATURES: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY
    .union(wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS)
    .union(wgpu::Features::TIMESTAMP_QUERY_INSIDE_PASSES);

/// Time in one kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KernelTime {
    /// Dispatches, those included that had nothing to do.
    pub dispatches: u64,
    /// By the device's own clock.
    pub time: Duration,
}

/// Where a stage's time on a device went, besides the CPU's own work.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StageProfile {
    /// By kernel, [`COPIES`] among them; empty where the adapter has no time stamps inside passes.
    pub kernels: BTreeMap<&'static str, KernelTime>,
    /// The host copied data to where the device gets it from.
    pub upload: Duration,
    /// The host handed commands over; some drivers let it wait there for what is under way.
    pub submit: Duration,
    /// The host waited for results.
    pub wait: Duration,
    /// The host read what came back.
    pub readback: Duration,
}

impl StageProfile {
    /// Time in all kernels, copies left out.
    pub fn kernel_time(&self) -> Duration {
        self.kernels.iter().filter(|(name, _)| **name != COPIES).map(|(_, kernel)| kernel.time).sum()
    }

    /// Time that the device spent on copying results.
    pub fn copy_time(&self) -> Duration {
        self.kernels.get(COPIES).map_or(Duration::ZERO, |copies| copies.time)
    }
}

/// What was measured, by stage.
pub type Profile = BTreeMap<&'static str, StageProfile>;

/// Measures; belongs to a device that was opened for it.
#[derive(Debug)]
pub(super) struct Profiler {
    stamped: bool,
    nanoseconds: f64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    profile: Profile,
    /// Stamps of the submit that is being recorded.
    open: Option<wgpu::QuerySet>,
    spans: Vec<(&'static str, &'static str)>,
    submitted: Vec<Submitted>,
}

/// Stamps that the device writes, or has written.
#[derive(Debug)]
struct Submitted {
    stamps: wgpu::Buffer,
    spans: Vec<(&'static str, &'static str)>,
}

impl Profiler {
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let stamped = device.features().contains(FEATURES);
        Self { stamped, nanoseconds: f64::from(queue.get_timestamp_period()), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn uploaded(&self, stage: &'static str, time: Duration) {
        self.lock().profile.entry(stage).or_default().upload += time;
    }

    pub(super) fn submitted(&self, stage: &'static str, time: Duration) {
        self.lock().profile.entry(stage).or_default().submit += time;
    }

    pub(super) fn waited(&self, stage: &'static str, wait: Duration, readback: Duration) {
        let mut state = self.lock();
        let stage = state.profile.entry(stage).or_default();
        stage.wait += wait;
        stage.readback += readback;
    }

    /// The stamps before and after what is recorded next; `None` where there is no room for them.
    fn span(&self, device: &wgpu::Device, stage: &'static str, kernel: &'static str) -> Option<(wgpu::QuerySet, u32)> {
        if !self.stamped {
            return None;
        }
        let mut state = self.lock();
        let first = 2 * state.spans.len() as u32;
        if first + 2 > STAMPS {
            return None;
        }
        state.spans.push((stage, kernel));
        let descriptor =
            wgpu::QuerySetDescriptor { label: Some("stamps"), ty: wgpu::QueryType::Timestamp, count: STAMPS };
        let set = state.open.get_or_insert_with(|| device.create_query_set(&descriptor));
        Some((set.clone(), first))
    }

    /// Commands that bring home the stamps recorded so far; to be submitted behind those that write them.
    pub(super) fn collect(&self, device: &wgpu::Device) -> Option<wgpu::CommandBuffer> {
        let mut state = self.lock();
        let (set, spans) = (state.open.take()?, std::mem::take(&mut state.spans));
        let size = (2 * STAMP_BYTES * spans.len() as u64).next_multiple_of(wgpu::QUERY_RESOLVE_BUFFER_ALIGNMENT);
        let buffer = |label, usage| {
            device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        let resolved = buffer("stamps", wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let stamps = buffer("stamps read-back", wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("stamps") });
        encoder.resolve_query_set(&set, 0..2 * spans.len() as u32, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &stamps, 0, size);
        state.submitted.push(Submitted { stamps, spans });
        Some(encoder.finish())
    }
}

impl Device {
    /// Whether kernels are timed: the device was opened for it, and its adapter can.
    pub fn times_kernels(&self) -> bool {
        self.profiler.as_ref().is_some_and(|profiler| profiler.stamped)
    }

    /// Runs `record` on a pass, between two time stamps where the device is being profiled.
    pub(super) fn stamped(
        &self,
        stage: &'static str,
        kernel: &'static str,
        pass: &mut wgpu::ComputePass<'_>,
        record: impl FnOnce(&mut wgpu::ComputePass<'_>),
    ) {
        let span = self.profiler.as_ref().and_then(|profiler| profiler.span(&self.device, stage, kernel));
        let Some((set, first)) = span else { return record(pass) };
        pass.write_timestamp(&set, first);
        record(pass);
        pass.write_timestamp(&set, first + 1);
    }

    /// Copies parts of buffers, each to behind the one before, and returns how many bytes these are.
    pub(super) fn copy_results(
        &self,
        stage: &'static str,
        encoder: &mut Encoder,
        parts: &[(&wgpu::Buffer, u64, u64)],
        readback: &wgpu::Buffer,
    ) -> u64 {
        encoder.count();
        let span = self.profiler.as_ref().and_then(|profiler| profiler.span(&self.device, stage, COPIES));
        if let Some((set, first)) = &span {
            encoder.write_timestamp(set, *first);
        }
        let mut at = 0;
        for (buffer, offset, bytes) in parts {
            encoder.copy_buffer_to_buffer(buffer, *offset, readback, at, *bytes);
            at += bytes;
        }
        if let Some((set, first)) = &span {
            encoder.write_timestamp(set, first + 1);
        }
        at
    }

    /// What was measured since the last call, on a device that was opened with
    /// [`DeviceOptions::profile`](super::device::DeviceOptions::profile); waits until everything submitted is done.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails.
    pub fn take_profile(&self) -> Result<Profile> {
        let Some(profiler) = &self.profiler else { return Ok(Profile::new()) };
        let mut state = profiler.lock();
        let mut profile = std::mem::take(&mut state.profile);
        for Submitted { stamps, spans } in std::mem::take(&mut state.submitted) {
            stamps.slice(..).map_async(wgpu::MapMode::Read, |_| {});
            let _ = self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(self.timeout()) });
            self.check("profile")?;
            let Ok(view) = stamps.slice(..).get_mapped_range() else { continue };
            let stamps: Vec<u64> = bytemuck::pod_collect_to_vec(&view[..]);
            for ((stage, kernel), span) in spans.into_iter().zip(stamps.as_chunks::<2>().0) {
                let kernel = profile.entry(stage).or_default().kernels.entry(kernel).or_default();
                let ticks = span[1].saturating_sub(span[0]) as f64;
                kernel.dispatches += 1;
                kernel.time += Duration::from_nanos((ticks * profiler.nanoseconds) as u64);
            }
        }
        Ok(profile)
    }
}
