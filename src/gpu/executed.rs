//! How many compute passes the device has executed, by its own count. A back end may call a command buffer done that failed: wgpu's
//! for Metal does so always (gfx-rs/wgpu #9545), on DX12 a removed device's fences are all signalled, and Vulkan lets waits for a lost
//! device succeed (`vkWaitForFences`, "lost device"). What lies in a read-back then is of an earlier batch, and may look right.
//!
//! So each compute pass ends with a count on the device (to Metal every pass is a command buffer of its own), each read-back carries it,
//! and who waits compares.

use super::device::{Binding, Device, Layout};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the shader module is made of.
pub(super) const SOURCE: &str = include_str!("../../shaders/shared/executed.wgsl");
/// Bytes of the count, behind what is read back.
pub(super) const COUNT_BYTES: u64 = 4;
/// What a buffer is used for that is read back.
pub(super) const READBACK: wgpu::BufferUsages = wgpu::BufferUsages::MAP_READ.union(wgpu::BufferUsages::COPY_DST);

/// The device's count, and the host's of what it has sent.
#[derive(Debug)]
pub(super) struct Executed {
    count: wgpu::Buffer,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
    sent: Mutex<u32>,
}

impl Executed {
    pub(super) fn new(device: &Device) -> Self {
        let layout: Layout = device.layout("executed", &[(0, Binding::Write)]);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        // Not one that a test may have refused: it is the device's own.
        let descriptor = wgpu::BufferDescriptor { label: Some("executed"), size: 16, usage, mapped_at_creation: false };
        let count = device.device.create_buffer(&descriptor);
        let group = device.bind(&layout, &[(0, count.as_entire_buffer_binding())]);
        let module = device.module("executed", &[SOURCE]);
        let pipeline = device.pipeline(&layout, &module, "count_executed", &[]);
        Self { count, pipeline, group, sent: Mutex::default() }
    }

    /// Both counts begin anew: of what was sent, wgpu may have refused some.
    pub(super) fn restart(&self, queue: &wgpu::Queue) {
        let mut sent = self.sent();
        queue.write_buffer(&self.count, 0, &[0; COUNT_BYTES as usize]);
        *sent = 0;
    }

    /// The host's count, to be held while command buffers are sent: they are counted in the order in which they are executed.
    pub(super) fn sent(&self) -> MutexGuard<'_, u32> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records commands, and counts the passes among them.
#[derive(Debug)]
pub struct Encoder {
    encoder: wgpu::CommandEncoder,
    passes: u32,
}

impl Encoder {
    pub(super) fn new(encoder: wgpu::CommandEncoder) -> Self {
        Self { encoder, passes: 0 }
    }

    /// Ends the commands, with a copy of the device's count at `at` bytes of a read-back. Returns how many passes they count.
    pub(super) fn finish(
        mut self,
        executed: &Executed,
        readback: Option<(&wgpu::Buffer, u64)>,
    ) -> (wgpu::CommandBuffer, u32) {
        if self.passes == 0 {
            // So that a result of copies alone is not taken for the one before.
            drop(Pass::begin(executed, "executed", &mut self));
        }
        if let Some((readback, at)) = readback {
            self.encoder.copy_buffer_to_buffer(&executed.count, 0, readback, at, COUNT_BYTES);
        }
        (self.encoder.finish(), self.passes)
    }
}

impl Deref for Encoder {
    type Target = wgpu::CommandEncoder;

    fn deref(&self) -> &Self::Target {
        &self.encoder
    }
}

impl DerefMut for Encoder {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.encoder
    }
}

/// A compute pass that is counted at its end.
#[derive(Debug)]
pub struct Pass<'e> {
    pass: wgpu::ComputePass<'e>,
    executed: &'e Executed,
}

impl<'e> Pass<'e> {
    pub(super) fn begin(executed: &'e Executed, label: &'static str, encoder: &'e mut Encoder) -> Self {
        encoder.passes += 1;
        let descriptor = wgpu::ComputePassDescriptor { label: Some(label), timestamp_writes: None };
        Self { pass: encoder.encoder.begin_compute_pass(&descriptor), executed }
    }
}

impl<'e> Deref for Pass<'e> {
    type Target = wgpu::ComputePass<'e>;

    fn deref(&self) -> &Self::Target {
        &self.pass
    }
}

impl DerefMut for Pass<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.pass
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.pass.set_pipeline(&self.executed.pipeline);
        self.pass.set_bind_group(0, &self.executed.group, &[]);
        self.pass.dispatch_workgroups(1, 1, 1);
    }
}
