//! Upload memory that stays mapped between uses: written in place by all cores, copied from by the device, mapped again once it is done.
//! `Queue::write_buffer` would copy once more, on one core, into memory that is new each time.

use super::device::Device;
use crate::error::Result;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Rows that one task writes.
const ROWS_AT_ONCE: usize = 1 << 11;

/// Buffers kept for later: as many as chunks can be under way, and some.
const KEPT: usize = 8;

/// A buffer that the host writes and the device copies from.
#[derive(Debug)]
pub(super) struct Staging {
    buffer: wgpu::Buffer,
    mapped: Arc<AtomicBool>,
}

impl Staging {
    /// The buffer, to copy from.
    pub(super) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Has `fill` write the first `bytes` bytes and hands the buffer over to the device.
    ///
    /// # Errors
    /// [`Error::Device`] where the memory is not to be had.
    pub(super) fn fill(
        &self,
        device: &Device,
        stage: &'static str,
        bytes: u64,
        fill: impl FnOnce(Region<'_>),
    ) -> Result<()> {
        let begun = Instant::now();
        device.check(stage)?;
        let refused = |error| device.refused(stage, format!("upload memory: {error}"));
        {
            let view = self.buffer.slice(..bytes).get_mapped_range_mut();
            let mut view = view.map_err(refused)?;
            fill(Region(view.slice(..)));
        }
        self.buffer.unmap();
        self.mapped.store(false, Ordering::Release);
        device.uploaded(stage, bytes, begun.elapsed());
        Ok(())
    }
}

/// Upload memory that is written from front to back; parts of it can be written by different cores.
pub(super) struct Region<'a>(wgpu::WriteOnly<'a, [u8]>);

// SAFETY: `WriteOnly<[u8]>` is an exclusive borrow of bytes like `&mut [u8]`. wgpu-types 30 says so itself where the length is
// part of the type, and leaves out slices.
unsafe impl Send for Region<'_> {}

impl<'a> Region<'a> {
    /// Takes the next `bytes` bytes off.
    ///
    /// # Panics
    /// Where there are fewer.
    pub(super) fn cut(&mut self, bytes: usize) -> Self {
        Self(self.0.split_off(..bytes).expect("no more than there is"))
    }

    /// Writes the next bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.cut(bytes.len()).0.copy_from_slice(bytes);
    }

    /// Zeros what is left.
    pub(super) fn clear(mut self) {
        self.0.fill(0);
    }

    /// Writes `count` rows on all cores.
    pub(super) fn rows<const BYTES: usize>(mut self, count: usize, row: impl Fn(usize) -> [u8; BYTES] + Sync) {
        let parts: Vec<_> = (0..count)
            .step_by(ROWS_AT_ONCE)
            .map(|first| {
                let end = count.min(first + ROWS_AT_ONCE);
                (first..end, self.cut(BYTES * (end - first)))
            })
            .collect();
        parts.into_par_iter().for_each(|(rows, mut part)| rows.for_each(|number| part.put(&row(number))));
    }
}

/// Buffers that wait for their next use.
#[derive(Debug, Default)]
pub(super) struct StagingRing {
    free: Vec<Staging>,
}

impl StagingRing {
    /// A mapped buffer of at least `bytes` bytes.
    pub(super) fn take(&mut self, device: &Device, bytes: u64) -> Staging {
        if let Some(staging) = self.ready(bytes) {
            return staging;
        }
        // Buffers are mapped again when somebody asks the device how far it is.
        let _ = device.device.poll(wgpu::PollType::Poll);
        if let Some(staging) = self.ready(bytes) {
            return staging;
        }
        let room = bytes.next_power_of_two().min(device.binding_bytes).max(bytes);
        let buffer = device.mapped_buffer("upload", room);
        Staging { buffer, mapped: Arc::new(AtomicBool::new(true)) }
    }

    fn ready(&mut self, bytes: u64) -> Option<Staging> {
        let fits = |staging: &Staging| staging.buffer.size() >= bytes && staging.mapped.load(Ordering::Acquire);
        self.free.iter().position(fits).map(|at| self.free.swap_remove(at))
    }

    /// Takes back a buffer that the device has copied from.
    pub(super) fn give_back(&mut self, staging: Staging) {
        let mapped = staging.mapped.clone();
        staging
            .buffer
            .map_async(wgpu::MapMode::Write, .., move |result| mapped.store(result.is_ok(), Ordering::Release));
        if self.free.len() == KEPT {
            // The smallest is the one that is outgrown.
            let smallest = (0..KEPT).min_by_key(|at| self.free[*at].buffer.size()).unwrap_or_default();
            self.free.swap_remove(smallest);
        }
        self.free.push(staging);
    }
}
