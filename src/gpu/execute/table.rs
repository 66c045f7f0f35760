//! The table of accounts in device memory: parts as large as a binding may be, filled, changed, read and let go.

use super::programs::{self, Variant};
use crate::account::Balance;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::gpu::buffers::Buffers;
use crate::gpu::device::{Binding, Device, Layout};
use crate::gpu::submission::{Encoder, Groups};
use crate::ledger::Entry;
use crate::limits::{MAX_BATCH_LEGS, MAX_TABLE_PARTS, TABLE_TRANSFER_SLOTS};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use std::ops::Range;
use wgpu::BufferUsages as Usage;

const STAGE: &str = "execute";
/// Bytes of an account: balance, nonce, zeros.
pub const RECORD_BYTES: u64 = size_of::<Entry>() as u64;
/// Bytes between the uniform blocks of parts: the largest alignment that an adapter may ask for.
const JOB_STRIDE: u64 = 256;
/// Accounts that one task turns into records.
const CONVERTED_AT_ONCE: usize = 1 << 14;

/// `TableJob` of table.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub struct TableJob {
    pub base: u32,
    pub length: u32,
    pub count: u32,
    pub nonces_at: u32,
}

/// Where accounts at work stand: names of buffers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    slots: &'static str,
    balances: &'static str,
    nonces: &'static str,
    jobs: &'static str,
}

/// Those of a batch.
pub const BATCH: Places =
    Places { slots: "slots", balances: "saved_balances", nonces: "saved_nonces", jobs: "table_jobs" };
/// Those of a block of several batches.
pub const BLOCK: Places =
    Places { slots: "block_slots", balances: "block_balances", nonces: "block_nonces", jobs: "block_jobs" };
/// Those that the host sends.
const PATCH: Places =
    Places { slots: "patch_slots", balances: "patch_balances", nonces: "patch_nonces", jobs: "patch_jobs" };

impl Places {
    /// Makes room for `accounts` of them, and for the jobs of `parts` parts.
    pub fn reserve(self, buffers: &mut Buffers, device: &Device, accounts: u64, parts: usize) {
        let storage = Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC;
        for (name, bytes) in [(self.slots, 4), (self.balances, 16), (self.nonces, 8)] {
            buffers.reserve(device, name, bytes * accounts, storage);
        }
        buffers.reserve(device, self.jobs, JOB_STRIDE * parts as u64, Usage::UNIFORM | Usage::COPY_DST);
    }
}

/// Accounts by slot, in device memory.
#[derive(Debug)]
pub struct Table {
    parts: Vec<wgpu::Buffer>,
    part_slots: u32,
    capacity: u32,
}

impl Table {
    /// Room for `slots` accounts and some more; `None` where that takes more parts than are worth it, or more memory
    /// than there is.
    pub fn new(device: &Device, slots: usize) -> Result<Option<Self>> {
        let part_slots = u32::try_from(device.binding_bytes / RECORD_BYTES).unwrap_or(u32::MAX).min(1 << 30);
        let most = part_slots as usize * MAX_TABLE_PARTS;
        if slots > most {
            return Ok(None);
        }
        let capacity = (slots + slots / 4).max(64).min(most) as u32;
        let lengths = (0..capacity).step_by(part_slots as usize).map(|base| part_slots.min(capacity - base));
        let usage = Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC;
        let parts = lengths.map(|length| device.buffer("accounts table", RECORD_BYTES * u64::from(length), usage));
        let table = Self { parts: parts.collect(), part_slots, capacity };
        match device.check(STAGE) {
            Ok(()) => Ok(Some(table)),
            Err(Error::Device { kind: FaultKind::OutOfMemory, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn capacity(&self) -> usize {
        self.capacity as usize
    }

    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The pieces of a range of slots, each within one part and no longer than `most`.
    fn pieces(&self, slots: Range<u32>, most: u32) -> impl Iterator<Item = (&wgpu::Buffer, u64, Range<u32>)> {
        let mut next = slots.start;
        std::iter::from_fn(move || {
            let (part, within) = (next / self.part_slots, next % self.part_slots);
            let length = (slots.end - next).min(self.part_slots - within).min(most);
            let piece = (length > 0)
                .then(|| (&self.parts[part as usize], RECORD_BYTES * u64::from(within), next..next + length));
            next += length;
            piece
        })
    }

    /// Writes the accounts of a state, by slot.
    pub fn fill(&self, device: &Device, accounts: &[Balance]) -> Result<()> {
        for (part, offset, slots) in self.pieces(0..accounts.len() as u32, TABLE_TRANSFER_SLOTS) {
            let accounts = &accounts[slots.start as usize..slots.end as usize];
            let records: Vec<Entry> =
                accounts.par_iter().with_min_len(CONVERTED_AT_ONCE).map(|account| Entry::from(*account)).collect();
            device.write(STAGE, part, offset, bytemuck::cast_slice(&records));
            // What was written waits in memory of the host until something is submitted.
            device.enqueue(STAGE, device.encoder(STAGE))?;
        }
        device.check(STAGE)
    }

    /// Makes slots that hold no account empty.
    pub fn clear(&self, encoder: &mut Encoder, slots: Range<u32>) {
        for (part, offset, slots) in self.pieces(slots, u32::MAX) {
            encoder.clear_buffer(part, offset, Some(RECORD_BYTES * slots.len() as u64));
        }
    }

    /// Reads accounts back.
    pub fn read(&self, device: &Device, buffers: &mut Buffers, slots: Range<u32>) -> Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(slots.len());
        let most = TABLE_TRANSFER_SLOTS.min(slots.len() as u32);
        buffers.reserve_readback(device, "table_readback", RECORD_BYTES * u64::from(most));
        for (part, offset, slots) in self.pieces(slots, TABLE_TRANSFER_SLOTS) {
            let mut encoder = device.encoder(STAGE);
            let readback = buffers.get("table_readback");
            let bytes = device.copy_results(
                STAGE,
                &mut encoder,
                &[(part, offset, RECORD_BYTES * slots.len() as u64)],
                readback,
            );
            let read = device.run(STAGE, encoder, readback, bytes, bytemuck::pod_collect_to_vec::<u8, Entry>)?;
            entries.extend(read);
        }
        Ok(entries)
    }

    /// Flips a bit of an account's record: tests use it to see that a damaged table is noticed.
    pub fn damage(&self, device: &Device, buffers: &mut Buffers, slot: u32) -> Result<()> {
        let mut entries = self.read(device, buffers, slot..slot + 1)?;
        entries[0].balance ^= 1;
        for (part, offset, _) in self.pieces(slot..slot + 1, 1) {
            device.write(STAGE, part, offset, bytemuck::cast_slice(&entries));
        }
        Ok(())
    }
}

/// The kernels between the table and a batch.
#[derive(Debug)]
pub struct TableKernels {
    layout: Layout,
    save: wgpu::ComputePipeline,
    restore: wgpu::ComputePipeline,
}

/// The kernels that need to know how wide amounts are.
#[derive(Debug)]
pub struct TransferKernels {
    gather_layout: Layout,
    scatter_layout: Layout,
    gather: wgpu::ComputePipeline,
    scatter: wgpu::ComputePipeline,
}

const TABLE: [(u32, Binding); 5] =
    [(0, Binding::Uniform), (1, Binding::Write), (2, Binding::Read), (3, Binding::Write), (4, Binding::Write)];

impl TransferKernels {
    pub fn new(device: &Device, variant: Variant) -> Self {
        let programs = programs::table_programs(variant);
        let module = |at: usize| device.module(programs[at].0, &programs[at].1);
        let gather_layout = device.layout("gather", &[&TABLE[..], &[(5, Binding::Write)]].concat());
        let scatter_layout =
            device.layout("scatter", &[&TABLE[..], &[(5, Binding::Write), (6, Binding::Read)]].concat());
        Self {
            gather: device.pipeline(&gather_layout, &module(0), "gather", &[]),
            scatter: device.pipeline(&scatter_layout, &module(1), "scatter", &[]),
            gather_layout,
            scatter_layout,
        }
    }
}

/// A bind group for each part of the table.
fn groups(
    device: &Device,
    buffers: &Buffers,
    table: &Table,
    layout: &Layout,
    places: Places,
    own: &[(u32, &'static str)],
) -> Vec<wgpu::BindGroup> {
    let bind = |(number, part): (usize, &wgpu::Buffer)| {
        let job = wgpu::BufferBinding {
            buffer: buffers.get(places.jobs),
            offset: JOB_STRIDE * number as u64,
            size: std::num::NonZero::new(size_of::<TableJob>() as u64),
        };
        let mut entries = vec![(0, job), (1, part.as_entire_buffer_binding())];
        let names = [(2, places.slots), (3, places.balances), (4, places.nonces)];
        entries.extend(names.iter().chain(own).map(|(binding, name)| (*binding, buffers.whole(name))));
        device.bind(layout, &entries)
    };
    table.parts.iter().enumerate().map(bind).collect()
}

fn write_jobs(device: &Device, buffers: &Buffers, table: &Table, places: Places, count: u32, nonces_at: u32) {
    for part in 0..table.parts.len() as u32 {
        let base = part * table.part_slots;
        let length = table.part_slots.min(table.capacity - base);
        let job = TableJob { base, length, count, nonces_at };
        device.write(STAGE, buffers.get(places.jobs), JOB_STRIDE * u64::from(part), bytemuck::bytes_of(&job));
    }
}

/// A batch's accounts and the table they come from: bound, ready to be dispatched.
pub struct Transfer<'a> {
    kernels: &'a TransferKernels,
    gather: Vec<wgpu::BindGroup>,
    scatter: Vec<wgpu::BindGroup>,
}

impl<'a> Transfer<'a> {
    /// Uploads the slots of a batch's accounts; room for them was reserved.
    pub fn new(
        device: &Device,
        buffers: &Buffers,
        table: &Table,
        kernels: &'a TransferKernels,
        slots: &[u32],
        nonces_at: u32,
    ) -> Self {
        device.write(STAGE, buffers.get(BATCH.slots), 0, bytemuck::cast_slice(slots));
        write_jobs(device, buffers, table, BATCH, slots.len() as u32, nonces_at);
        let bind = |layout, own: &[_]| groups(device, buffers, table, layout, BATCH, own);
        Self {
            gather: bind(&kernels.gather_layout, &[(5, "balances")]),
            scatter: bind(&kernels.scatter_layout, &[(5, "balances"), (6, "status")]),
            kernels,
        }
    }

    /// Balances of `accounts` accounts, out of the table.
    pub fn gather(&self, device: &Device, pass: &mut wgpu::ComputePass, accounts: u32) {
        pass.set_pipeline(&self.kernels.gather);
        for group in &self.gather {
            pass.set_bind_group(0, group, &[]);
            device.dispatch(STAGE, "gather", pass, Groups::Direct(accounts.div_ceil(64)));
        }
    }

    /// What the batch has made of them, into the table; `groups` are none where it did not converge.
    pub fn scatter(&self, device: &Device, pass: &mut wgpu::ComputePass, groups: Groups) {
        pass.set_pipeline(&self.kernels.scatter);
        for group in &self.scatter {
            pass.set_bind_group(0, group, &[]);
            device.dispatch(STAGE, "scatter", pass, groups);
        }
    }
}

impl TableKernels {
    pub fn new(device: &Device) -> Self {
        let layout = device.layout("keeping", &TABLE);
        let [save, restore] = programs::keeping_programs()
            .map(|(name, files)| device.pipeline(&layout, &device.module(name, &files), name, &[]));
        Self { layout, save, restore }
    }

    /// Keeps what the accounts in these slots are; says whether there is room for that.
    pub fn save(&self, device: &Device, buffers: &mut Buffers, table: &Table, slots: &[u32]) -> Result<bool> {
        if slots.len() > MAX_BATCH_LEGS || 16 * slots.len() as u64 > device.binding_bytes {
            return Ok(false);
        }
        BLOCK.reserve(buffers, device, slots.len() as u64, table.parts());
        device.write(STAGE, buffers.get(BLOCK.slots), 0, bytemuck::cast_slice(slots));
        write_jobs(device, buffers, table, BLOCK, slots.len() as u32, 0);
        self.run((&self.save, "save"), device, buffers, table, BLOCK, slots.len() as u32)?;
        Ok(true)
    }

    /// Gives the accounts at work, `count` of them, their contents from before.
    pub fn undo(&self, device: &Device, buffers: &Buffers, table: &Table, places: Places, count: u32) -> Result<()> {
        self.run((&self.restore, "restore"), device, buffers, table, places, count)
    }

    /// Writes accounts that the host knows better. Slots come once each.
    pub fn patch(
        &self,
        device: &Device,
        buffers: &mut Buffers,
        table: &Table,
        accounts: impl Iterator<Item = (u32, Balance)>,
    ) -> Result<()> {
        let mut accounts = accounts.peekable();
        let room = (device.binding_bytes / 16).clamp(1, u64::from(TABLE_TRANSFER_SLOTS)) as usize;
        while accounts.peek().is_some() {
            let (mut slots, mut balances, mut nonces) = (Vec::new(), Vec::new(), Vec::new());
            for (slot, Balance { balance, nonce }) in accounts.by_ref().take(room) {
                slots.push(slot);
                balances.push(balance);
                nonces.push(nonce);
            }
            PATCH.reserve(buffers, device, slots.len() as u64, table.parts());
            device.write(STAGE, buffers.get(PATCH.slots), 0, bytemuck::cast_slice(&slots));
            device.write(STAGE, buffers.get(PATCH.balances), 0, bytemuck::cast_slice(&balances));
            device.write(STAGE, buffers.get(PATCH.nonces), 0, bytemuck::cast_slice(&nonces));
            write_jobs(device, buffers, table, PATCH, slots.len() as u32, 0);
            self.undo(device, buffers, table, PATCH, slots.len() as u32)?;
        }
        Ok(())
    }

    fn run(
        &self,
        (pipeline, name): (&wgpu::ComputePipeline, &'static str),
        device: &Device,
        buffers: &Buffers,
        table: &Table,
        places: Places,
        count: u32,
    ) -> Result<()> {
        let mut encoder = device.encoder(STAGE);
        {
            let mut pass = encoder.pass(STAGE);
            pass.set_pipeline(pipeline);
            for group in groups(device, buffers, table, &self.layout, places, &[]) {
                pass.set_bind_group(0, &group, &[]);
                device.dispatch(STAGE, name, &mut pass, Groups::Direct(count.div_ceil(64)));
            }
        }
        device.enqueue(STAGE, encoder)?;
        device.check(STAGE)
    }
}
