//! Device buffers of a chunk, grown as needed and reused.

use super::super::device::Device;
use super::constants;
use super::kernels::{DIGIT_BYTES, Entries, KEY_COMB_ENTRIES, KEY_COMBS, KEY_TABLE_BYTES, KEY_TEETH};
use super::keys::KeyBytes;
use super::pack::RECORD_BYTES;
use wgpu::BufferUsages;

const INPUT: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_DST);
const UNIFORM: BufferUsages = BufferUsages::UNIFORM.union(BufferUsages::COPY_DST);

/// Bytes of a known key's signature in the largest buffer that it needs: R', and room for an inversion.
pub(super) const RESULT_BYTES: u64 = 128;
/// `BatchParams` in `shaders/sigverify/common.wgsl`, rounded up.
const PARAM_BYTES: u64 = 32;

/// What never changes.
pub(super) struct Fixed {
    pub(super) params: wgpu::Buffer,
    pub(super) build_params: wgpu::Buffer,
    pub(super) constants: wgpu::Buffer,
    pub(super) comb: wgpu::Buffer,
    pub(super) windows: wgpu::Buffer,
}

impl Fixed {
    pub(super) fn new(device: &Device) -> Self {
        let filled = |label: &str, words: &[u32], usage| {
            let buffer = device.buffer(label, 4 * words.len() as u64, usage);
            device.write("sigverify", &buffer, 0, bytemuck::cast_slice(words));
            buffer
        };
        Self {
            params: device.buffer("params", PARAM_BYTES, UNIFORM),
            build_params: device.buffer("build params", PARAM_BYTES, UNIFORM),
            constants: filled("constants", &constants::constants(), UNIFORM),
            comb: filled("comb", &constants::comb(), INPUT),
            windows: filled("windows", &constants::windows(), INPUT),
        }
    }
}

/// Buffers with room for `capacity` signatures; those that only cold keys need have room for `cold`.
pub(super) struct Chunk {
    pub(super) capacity: u64,
    pub(super) cold: u64,
    pub(super) message_bytes: u64,
    pub(super) records: wgpu::Buffer,
    pub(super) details: wgpu::Buffer,
    pub(super) messages: wgpu::Buffer,
    pub(super) slots: wgpu::Buffer,
    pub(super) scalars: wgpu::Buffer,
    pub(super) scalar_flags: wgpu::Buffer,
    pub(super) digits: wgpu::Buffer,
    pub(super) half_flags: wgpu::Buffer,
    pub(super) points: wgpu::Buffer,
    pub(super) point_flags: wgpu::Buffer,
    pub(super) tables: wgpu::Buffer,
    pub(super) results: wgpu::Buffer,
    pub(super) verdicts: wgpu::Buffer,
}

impl Chunk {
    pub(super) fn new(device: &Device, capacity: u64, cold: u64, message_bytes: u64, entries: Entries) -> Self {
        let buffer = |label: &str, bytes: u64, usage| device.buffer(label, bytes, usage);
        let tables = if entries != Entries::Private { entries.cold_bytes() } else { 0 };
        Self {
            capacity,
            cold,
            message_bytes,
            records: buffer("records", RECORD_BYTES * capacity, INPUT),
            details: buffer("details", 16 * capacity, INPUT),
            messages: buffer("messages", message_bytes, INPUT),
            slots: buffer("slots", 4 * capacity, INPUT),
            scalars: buffer("scalars", 64 * capacity, BufferUsages::STORAGE),
            scalar_flags: buffer("scalar flags", 4 * capacity, BufferUsages::STORAGE),
            digits: buffer("digits", DIGIT_BYTES * cold, BufferUsages::STORAGE),
            half_flags: buffer("half flags", 4 * cold, BufferUsages::STORAGE),
            points: buffer("points", 2 * 64 * cold, BufferUsages::STORAGE),
            point_flags: buffer("point flags", 2 * 4 * cold, BufferUsages::STORAGE),
            tables: buffer("cold tables", tables * cold, BufferUsages::STORAGE),
            results: buffer("results", RESULT_BYTES * capacity, BufferUsages::STORAGE),
            verdicts: buffer("verdicts", 4 * capacity, BufferUsages::STORAGE | BufferUsages::COPY_SRC),
        }
    }
}

/// Tables of known keys, one binding's worth.
pub(super) struct Shard {
    pub(super) tables: wgpu::Buffer,
    pub(super) flags: wgpu::Buffer,
}

impl Shard {
    pub(super) fn new(device: &Device, slots: u64) -> Self {
        Self {
            tables: device.buffer("key tables", KEY_TABLE_BYTES * slots, BufferUsages::STORAGE),
            flags: device.buffer("key flags", 4 * slots, BufferUsages::STORAGE),
        }
    }
}

/// Bytes of a point between the steps that build tables: x, y, z and t or room for an inversion.
const POINT_BYTES: u64 = 128;

/// Keys whose tables are built in one go: 11 KiB of scratch memory each, and a card needs many to be busy.
pub(super) fn build_keys(device: &Device) -> usize {
    let most = device.binding_bytes / (u64::from(KEY_COMB_ENTRIES) * POINT_BYTES);
    let keys = if device.is_card() { 1 << 13 } else { 1 << 10 };
    keys.min(most.max(1)) as usize
}

/// Scratch space for building tables.
pub(super) struct Build {
    pub(super) keys: wgpu::Buffer,
    pub(super) slots: wgpu::Buffer,
    pub(super) points: wgpu::Buffer,
    pub(super) flags: wgpu::Buffer,
    pub(super) teeth: wgpu::Buffer,
    pub(super) entries: wgpu::Buffer,
}

impl Build {
    pub(super) fn new(device: &Device, keys: u64) -> Self {
        Self {
            keys: device.buffer("build keys", size_of::<KeyBytes>() as u64 * keys, INPUT),
            slots: device.buffer("build slots", 4 * keys, INPUT),
            points: device.buffer("build points", 64 * keys, BufferUsages::STORAGE),
            flags: device.buffer("build flags", 4 * keys, BufferUsages::STORAGE),
            teeth: device.buffer(
                "build teeth",
                u64::from(KEY_COMBS * KEY_TEETH) * 2 * POINT_BYTES * keys,
                BufferUsages::STORAGE,
            ),
            entries: device.buffer(
                "build entries",
                u64::from(KEY_COMB_ENTRIES) * POINT_BYTES * keys,
                BufferUsages::STORAGE,
            ),
        }
    }
}
