//! One batch on the device: sort, group, rounds until no wave grows, and what is carried to the next batch.

use super::batch::{Batch, Plan, WaveControl};
use super::programs::{BINDINGS, Group, Pipelines};
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::gpu::buffers::Buffers;
use crate::gpu::device::Device;
use crate::gpu::submission::{Encoder, Groups};
use crate::limits::{MAX_ROUNDS, ROUNDS_PER_SUBMIT};
use std::time::{Duration, Instant};

const RUNNING: u32 = 0;
const STAGE: &str = "conflict";

/// What the device found.
#[derive(Clone, Copy, Debug)]
pub struct Solution {
    /// Rounds of scans.
    pub rounds: u32,
    /// How many of the batch's transactions, from its first on, have their waves.
    pub known: usize,
    /// The longest time that a submit took.
    pub longest: Duration,
}

/// A batch in device memory.
pub struct Session<'a> {
    device: &'a Device,
    pipelines: &'a Pipelines,
    buffers: &'a Buffers,
    plan: Plan,
    key_count: u32,
    is_first: bool,
    walk: wgpu::BindGroup,
    spread: wgpu::BindGroup,
    carry: wgpu::BindGroup,
    advance: wgpu::BindGroup,
}

impl<'a> Session<'a> {
    /// Uploads a batch. It must have accesses, and no more than bindings and dispatches allow. The first batch of a
    /// block starts on keys that nobody has named yet, every other on what those before left.
    pub fn new(
        device: &'a Device,
        pipelines: &'a Pipelines,
        buffers: &'a mut Buffers,
        batch: &Batch,
        is_first: bool,
    ) -> Self {
        let plan = Plan::new(batch);
        buffers.reserve_waves(device, batch, &plan);
        buffers.upload_waves(device, batch, &plan);
        let bind = |group: &Group| bind(device, buffers, group, ["keys"; 2]);
        Self {
            device,
            pipelines,
            plan,
            key_count: batch.key_count,
            is_first,
            walk: bind(&pipelines.walk),
            spread: bind(&pipelines.spread),
            carry: bind(&pipelines.carry),
            advance: bind(&pipelines.advance),
            buffers,
        }
    }

    /// Runs rounds until the waves are true or the device gives up, and carries what is final. Only the waves of the
    /// transactions that are known then count.
    pub fn solve(&self, wave: &mut [u32]) -> Result<Solution> {
        let mut longest = Duration::ZERO;
        let mut encoder = self.encoder();
        encoder.clear_buffer(self.buffers.get("ranges"), 0, None);
        encoder.clear_buffer(self.buffers.get("wave"), 0, None);
        if self.is_first {
            encoder.clear_buffer(self.buffers.get("bases"), 0, None);
        }
        self.prepare(&mut encoder);
        for _ in 0..=MAX_ROUNDS / ROUNDS_PER_SUBMIT {
            self.rounds(&mut encoder);
            let begun = Instant::now();
            let control = self.finish(encoder, wave)?;
            longest = longest.max(begun.elapsed());
            if control.outcome != RUNNING {
                let known = (control.first_stale as usize).saturating_add(1).min(wave.len());
                return Ok(Solution { rounds: control.round, known, longest });
            }
            encoder = self.encoder();
        }
        let message = format!("it neither converged nor stopped within {MAX_ROUNDS} rounds");
        Err(Error::Device { stage: STAGE, kind: FaultKind::Mismatch, message })
    }

    fn encoder(&self) -> Encoder {
        self.device.encoder(STAGE)
    }

    /// Sort, group, and the first list of keys.
    fn prepare(&self, encoder: &mut Encoder) {
        let accesses = self.plan.params.accesses;
        let mut pass = encoder.pass(STAGE);
        let sorted = self.pipelines.sort.encode(STAGE, self.device, &mut pass, self.buffers, accesses, self.key_count);
        let Pipelines { group, list, group_accesses, list_keys, .. } = self.pipelines;
        for (group, pipeline, name) in [(group, group_accesses, "group_accesses"), (list, list_keys, "list_keys")] {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &bind(self.device, self.buffers, group, sorted), &[]);
            self.device.dispatch(STAGE, name, &mut pass, Groups::Direct(accesses.div_ceil(256)));
        }
    }

    fn rounds(&self, encoder: &mut Encoder) {
        let mut pass = encoder.pass(STAGE);
        let pipelines = self.pipelines;
        for _ in 0..ROUNDS_PER_SUBMIT {
            self.single(&mut pass, &pipelines.advance_round, "advance_round");
            self.indirect(&mut pass, (&pipelines.short_round, "short_round"), &self.walk, 0);
            self.indirect(&mut pass, (&pipelines.medium_round, "medium_round"), &self.walk, 1);
            self.indirect(&mut pass, (&pipelines.long_reduce, "long_reduce"), &self.walk, 2);
            self.indirect(&mut pass, (&pipelines.long_scan, "long_scan"), &self.walk, 3);
            self.indirect(&mut pass, (&pipelines.long_round, "long_round"), &self.walk, 2);
            self.indirect(&mut pass, (&pipelines.spread_stale, "spread_stale"), &self.spread, 4);
        }
        self.single(&mut pass, &pipelines.advance_end, "advance_end");
        self.indirect(&mut pass, (&pipelines.carry_waves, "carry_waves"), &self.carry, 5);
    }

    fn finish(&self, mut encoder: Encoder, wave: &mut [u32]) -> Result<WaveControl> {
        let control_bytes = size_of::<WaveControl>() as u64;
        let wave_bytes = size_of_val(wave) as u64;
        let readback = self.buffers.get("readback");
        let parts = [(self.buffers.get("control"), 0, control_bytes), (self.buffers.get("wave"), 0, wave_bytes)];
        self.device.copy_results(STAGE, &mut encoder, &parts, readback);
        self.device.run(STAGE, encoder, readback, control_bytes + wave_bytes, |bytes| {
            let (control, waves) = bytes.split_at(control_bytes as usize);
            let control: WaveControl = bytemuck::pod_read_unaligned(control);
            if control.outcome != RUNNING {
                bytemuck::cast_slice_mut(wave).copy_from_slice(waves);
            }
            control
        })
    }

    fn single(&self, pass: &mut wgpu::ComputePass, pipeline: &wgpu::ComputePipeline, name: &'static str) {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &self.advance, &[]);
        self.device.dispatch(STAGE, name, pass, Groups::Direct(1));
    }

    fn indirect(
        &self,
        pass: &mut wgpu::ComputePass,
        (pipeline, name): (&wgpu::ComputePipeline, &'static str),
        group: &wgpu::BindGroup,
        argument: u64,
    ) {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, group, &[]);
        self.device.dispatch(STAGE, name, pass, Groups::Indirect(self.buffers.get("arguments"), 16 * argument));
    }
}

/// Binds a module's buffers; `sorted` are those in which the sort left keys and positions.
fn bind(device: &Device, buffers: &Buffers, group: &Group, sorted: [&str; 2]) -> wgpu::BindGroup {
    let buffer = |binding: &u32| match BINDINGS[*binding as usize] {
        "sorted" => buffers.whole(sorted[0]),
        "places" => buffers.whole(sorted[1]),
        name => buffers.whole(name),
    };
    let entries: Vec<_> = group.bindings.iter().map(|binding| (*binding, buffer(binding))).collect();
    device.bind(&group.layout, &entries)
}
