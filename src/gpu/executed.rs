//! How many compute passes the device has executed, by its own count. A back end may call a command buffer done that failed: wgpu's
//! for Metal does so always (gfx-rs/wgpu #9545), on DX12 a removed device's fences are all signalled, and Vulkan lets waits for a lost
//! device succeed (`vkWaitForFences`, "lost device"). What lies in a read-back then is of an earlier batch, and may look right.
//!
//! So each compute pass ends with a count on the device (to Metal every pass is a command buffer of its own), each read-back carries it,
//! and who waits compares. Copies before a pass are not counted: there they may fail alone, and the pass then works on what was there before.

use super::device::{Binding, Device, Layout};
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the shader module is made of.
pub(super) const SOURCE: &str = include_str!("../../shaders/shared/executed.wgsl");
/// Bytes of the count, behind what is read back.
pub(super) const COUNT_BYTES: u64 = 4;
/// What a buffer is used for that is read back.
pub(super) const READBACK: wgpu::BufferUsages = wgpu::BufferUsages::MAP_READ.union(wgpu::BufferUsages::COPY_DST);

thread_local! {
    /// Errors that wgpu has told this thread of; it tells whoever makes the call, before that returns.
    static ERRORS: Cell<u64> = const { Cell::new(0) };
}

/// wgpu tells of an error.
pub(super) fn note_error() {
    ERRORS.set(ERRORS.get() + 1);
}

/// Runs what wgpu may refuse; whether it took it.
fn accepted<T>(run: impl FnOnce() -> T) -> (T, bool) {
    let before = ERRORS.get();
    (run(), ERRORS.get() == before)
}

/// Both counts: of the passes that the host has sent, and the device's.
#[derive(Debug, Default)]
pub(super) struct Counts {
    sent: Mutex<u32>,
    executed: Mutex<Option<Arc<Executed>>>,
}

/// The device's count.
#[derive(Debug)]
struct Executed {
    count: wgpu::Buffer,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counts {
    /// The device's count, made when it is first needed. One that was refused is not kept: nothing that uses it will be taken either.
    fn executed(&self, device: &Device) -> Arc<Executed> {
        let mut known = lock(&self.executed);
        if let Some(known) = &*known {
            return known.clone();
        }
        let (made, accepted) = accepted(|| Arc::new(Executed::new(device)));
        *known = accepted.then(|| made.clone());
        made
    }

    /// Sends so many passes, in the order in which they are counted; returns what the device has counted once it has executed them.
    /// `None`: wgpu has refused them, all of them, and they were not sent.
    pub(super) fn send<T>(&self, passes: u32, send: impl FnOnce() -> T) -> Option<(T, u32)> {
        let mut sent = lock(&self.sent);
        let (submission, accepted) = accepted(send);
        if !accepted {
            return None;
        }
        *sent = sent.wrapping_add(passes);
        Some((submission, *sent))
    }
}

impl Executed {
    fn new(device: &Device) -> Self {
        let layout: Layout = device.layout("executed", &[(0, Binding::Write)]);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        // Not one that a test may have refused: it is the device's own.
        let descriptor = wgpu::BufferDescriptor { label: Some("executed"), size: 16, usage, mapped_at_creation: false };
        let count = device.device.create_buffer(&descriptor);
        let group = device.bind(&layout, &[(0, count.as_entire_buffer_binding())]);
        let module = device.module("executed", &[SOURCE]);
        let pipeline = device.pipeline(&layout, &module, "count_executed", &[]);
        Self { count, pipeline, group }
    }
}

/// Records commands, and counts the passes among them.
#[derive(Debug)]
pub struct Encoder {
    encoder: wgpu::CommandEncoder,
    executed: Arc<Executed>,
    passes: u32,
}

impl Encoder {
    pub(super) fn new(device: &Device, stage: &'static str) -> Self {
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some(stage) };
        let executed = device.counts.executed(device);
        Self { encoder: device.device.create_command_encoder(&descriptor), executed, passes: 0 }
    }

    /// A compute pass, which ends when it is dropped.
    pub fn pass(&mut self, stage: &'static str) -> Pass<'_> {
        self.passes += 1;
        let descriptor = wgpu::ComputePassDescriptor { label: Some(stage), timestamp_writes: None };
        Pass { pass: self.encoder.begin_compute_pass(&descriptor), executed: self.executed.clone() }
    }

    /// Where nothing was counted yet, something is: a result of copies alone must not be taken for the one before. To be called before
    /// these copies, so that on Metal they share a command buffer with the count's.
    pub(super) fn count(&mut self) {
        if self.passes == 0 {
            drop(self.pass("executed"));
        }
    }

    /// Ends the commands, with a copy of the device's count at `at` bytes of a read-back. Returns how many passes they count.
    pub(super) fn finish(mut self, readback: Option<(&wgpu::Buffer, u64)>) -> (wgpu::CommandBuffer, u32) {
        self.count();
        if let Some((readback, at)) = readback {
            self.encoder.copy_buffer_to_buffer(&self.executed.count, 0, readback, at, COUNT_BYTES);
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
    executed: Arc<Executed>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::device::DeviceOptions;

    #[test]
    fn a_count_that_was_refused_is_not_kept() {
        let open = |shader_patch| {
            Device::open(&DeviceOptions { shader_patch, ..DeviceOptions::default() }).expect("there is an adapter")
        };
        let (refusing, device) = (open(Some(("executed++".into(), "executed++ no".into()))), open(None));
        let counts = Counts::default();
        let refused = counts.executed(&refusing);
        let made = counts.executed(&device);
        assert!(!Arc::ptr_eq(&refused, &made), "it is made again");
        assert!(Arc::ptr_eq(&made, &counts.executed(&device)), "and kept");
    }

    #[test]
    fn what_was_refused_was_not_sent() {
        let counts = Counts::default();
        assert_eq!(counts.send(2, || "sent"), Some(("sent", 2)));
        assert_eq!(counts.send(3, note_error), None);
        assert_eq!(counts.send(1, || ()), Some(((), 3)));
    }
}
