//! A stage's device memory, by name: grown when a batch needs more, kept between batches.

use super::device::Device;
use super::executed::{COUNT_BYTES, READBACK};
use std::collections::HashMap;

/// The buffers, by name.
#[derive(Debug, Default)]
pub struct Buffers {
    buffers: HashMap<&'static str, wgpu::Buffer>,
}

impl Buffers {
    /// The buffer of that name.
    pub fn get(&self, name: &str) -> &wgpu::Buffer {
        self.buffers.get(name).expect("reserved before use")
    }

    /// The whole of a buffer as a binding.
    pub fn whole(&self, name: &str) -> wgpu::BufferBinding<'_> {
        self.get(name).as_entire_buffer_binding()
    }

    /// Makes a buffer of that name have at least `bytes` bytes; what was in a smaller one is lost.
    pub fn reserve(&mut self, device: &Device, name: &'static str, bytes: u64, usage: wgpu::BufferUsages) {
        if self.buffers.get(name).is_none_or(|buffer| buffer.size() < bytes) {
            // Some room to grow, so that blocks of nearly the same size do not allocate again and again.
            let room = (bytes + bytes / 8).min(device.binding_bytes).max(bytes);
            self.buffers.insert(name, device.buffer(name, room, usage));
        }
    }

    /// The same for results of so many bytes, which are read back.
    pub fn reserve_readback(&mut self, device: &Device, name: &'static str, bytes: u64) {
        self.reserve(device, name, bytes + COUNT_BYTES, READBACK);
    }
}
