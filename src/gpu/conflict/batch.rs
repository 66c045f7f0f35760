//! A batch of transactions as the device gets it, and where things are in its memory.

use super::programs::WRITE;
use crate::conflict::AccessSets;
use crate::gpu::buffers::Buffers;
use crate::gpu::device::Device;
use crate::limits::{LONG_KEY_ACCESSES, SHORT_KEY_ACCESSES, TILE_LEGS};
use bytemuck::{Pod, Zeroable};
use std::ops::Range;
use wgpu::BufferUsages as Usage;

/// Indirect dispatches of a round and after it.
const ARGUMENTS: u64 = 6;
/// Words of a long key and of a tile in the lists.
const LONG_WORDS: u32 = 2;
const TILE_WORDS: u32 = 6;

/// `WaveParams` of common.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub struct WaveParams {
    pub transactions: u32,
    pub accesses: u32,
    pub short_at: u32,
    pub medium_at: u32,
    pub longs_at: u32,
    pub tiles_at: u32,
    pub short_room: u32,
    pub medium_room: u32,
}

/// `WaveControl` of common.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub struct WaveControl {
    pub round: u32,
    pub outcome: u32,
    pub first_stale: u32,
    pub next_short: u32,
    pub next_medium: u32,
    pub next_long: u32,
    pub longs: u32,
    pub tiles: u32,
    pub short_active: u32,
    pub medium_active: u32,
    pub pad0: u32,
    pub pad1: u32,
    pub history: [u32; 20],
}

/// `WaveKey` of common.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub struct WaveKey {
    pub start: u32,
    pub end: u32,
    pub last_write: u32,
    pub stamp: u32,
}

/// Accesses in order of transactions.
#[derive(Debug, Default)]
pub struct Batch {
    /// Number of transactions.
    pub transactions: u32,
    /// Keys are below this.
    pub key_count: u32,
    /// Key of each access.
    pub keys: Vec<u32>,
    /// Transaction of each access, counted from the batch's first, and whether it writes.
    pub owners: Vec<u32>,
}

impl Batch {
    /// Takes over the accesses of some transactions.
    pub fn encode(&mut self, sets: &AccessSets, range: Range<usize>) {
        let first = &sets.first()[2 * range.start..=2 * range.end];
        self.transactions = range.len() as u32;
        self.key_count = sets.key_count() as u32;
        self.keys.clear();
        self.keys.extend_from_slice(&sets.keys()[first[0] as usize..first[first.len() - 1] as usize]);
        self.owners.clear();
        for (transaction, bounds) in (0u32..).zip(first.windows(3).step_by(2)) {
            let end = (bounds[1] - first[0]) as usize;
            self.owners.resize(end, transaction | WRITE);
            self.owners.resize((bounds[2] - first[0]) as usize, transaction);
        }
    }
}

/// Where things are in the lists of a batch, and how large those are.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub params: WaveParams,
    pub list_words: u64,
}

impl Plan {
    /// Bytes of a key, or of an access, in the largest binding of the stage.
    pub const BYTES_PER_KEY: u64 = size_of::<WaveKey>() as u64;

    /// Lays out a batch.
    pub fn new(batch: &Batch) -> Self {
        let accesses = batch.keys.len() as u32;
        // At most so many keys can be listed, or be of a tier, because each has more accesses than the tier below.
        let short_room = batch.key_count.min(accesses);
        let medium_room = accesses / (SHORT_KEY_ACCESSES + 1) + 1;
        let longs = accesses / (LONG_KEY_ACCESSES + 1) + 1;
        let tiles = accesses / TILE_LEGS + longs;
        let medium_at = 2 * short_room;
        let longs_at = medium_at + 2 * medium_room;
        let tiles_at = longs_at + LONG_WORDS * longs;
        Self {
            params: WaveParams {
                transactions: batch.transactions,
                accesses,
                short_at: 0,
                medium_at,
                longs_at,
                tiles_at,
                short_room,
                medium_room,
            },
            list_words: u64::from(tiles_at) + u64::from(TILE_WORDS) * u64::from(tiles),
        }
    }
}

impl Buffers {
    /// Makes room for a batch of waves.
    pub fn reserve_waves(&mut self, device: &Device, batch: &Batch, plan: &Plan) {
        let storage = Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC;
        let (accesses, keys) = (u64::from(plan.params.accesses), u64::from(batch.key_count));
        let waves = 4 * u64::from(batch.transactions);
        let control = size_of::<WaveControl>() as u64;
        self.reserve_sort(device, plan.params.accesses);
        let sizes = [
            ("owners", 4 * accesses),
            ("accesses", 8 * accesses),
            ("seen", 4 * accesses),
            ("ranges", size_of::<WaveKey>() as u64 * keys),
            ("bases", 8 * keys),
            ("wave", waves),
            ("lists", 4 * plan.list_words),
            ("control", control),
        ];
        for (name, bytes) in sizes {
            self.reserve(device, name, bytes, storage);
        }
        self.reserve(device, "arguments", 16 * ARGUMENTS, storage | Usage::INDIRECT);
        self.reserve(device, "params", size_of::<WaveParams>() as u64, Usage::UNIFORM | Usage::COPY_DST);
        self.reserve_readback(device, "readback", control + waves);
    }

    /// Writes a batch into its buffers.
    pub fn upload_waves(&self, device: &Device, batch: &Batch, plan: &Plan) {
        let write = |name, bytes: &[u8]| device.write("conflict", self.get(name), 0, bytes);
        self.upload_sort("conflict", device, &batch.keys);
        write("owners", bytemuck::cast_slice(&batch.owners));
        write("params", bytemuck::bytes_of(&plan.params));
        let control = WaveControl { first_stale: u32::MAX, ..WaveControl::default() };
        write("control", bytemuck::bytes_of(&control));
    }
}
