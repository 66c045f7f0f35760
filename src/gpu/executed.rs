//! How many command buffers the device has executed, by its own count. A back end may call a command buffer done that failed: wgpu's
//! for Metal does so always (gfx-rs/wgpu #9545), on DX12 a removed device's fences are all signalled, and Vulkan lets waits for a lost
//! device succeed (`vkWaitForFences`, "lost device"). What lies in a read-back then is of an earlier batch, and may look right.
//!
//! So each command buffer ends with a count on the device, each read-back carries it, and who waits compares.

use super::device::{Binding, Device, Layout};
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
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        // Not one that a test may have refused: it is the device's own.
        let descriptor = wgpu::BufferDescriptor { label: Some("executed"), size: 16, usage, mapped_at_creation: false };
        let count = device.device.create_buffer(&descriptor);
        let group = device.bind(&layout, &[(0, count.as_entire_buffer_binding())]);
        let module = device.module("executed", &[SOURCE]);
        let pipeline = device.pipeline(&layout, &module, "count_executed", &[]);
        Self { count, pipeline, group, sent: Mutex::default() }
    }

    /// Ends a command buffer with the count, and with a copy of it at `at` bytes of a read-back.
    pub(super) fn end(&self, encoder: &mut wgpu::CommandEncoder, readback: Option<(&wgpu::Buffer, u64)>) {
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
        if let Some((readback, at)) = readback {
            encoder.copy_buffer_to_buffer(&self.count, 0, readback, at, COUNT_BYTES);
        }
    }

    /// The host's count, to be held while command buffers are sent: they are counted in the order in which they are executed.
    pub(super) fn sent(&self) -> MutexGuard<'_, u32> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
