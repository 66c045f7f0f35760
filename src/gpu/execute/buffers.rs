//! What a batch of the execute stage has in device memory.

use super::encode::{Batch, Legs};
use super::programs::Variant;
use crate::gpu::buffers::Buffers;
use crate::gpu::device::Device;
use crate::limits::{LONG_ACCOUNT_LEGS, SHORT_ACCOUNT_LEGS, TILE_LEGS};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use wgpu::BufferUsages as Usage;

/// Amounts that one task converts.
const CHUNK: usize = 1 << 14;

/// Words of the control block.
pub const CONTROL_WORDS: usize = 32;

/// `Params` of walk.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub struct Params {
    pub transactions: u32,
    pub legs: u32,
    pub accounts: u32,
    pub verdicts_at: u32,
    pub nonces_at: u32,
    pub short_at: u32,
    pub medium_at: u32,
    pub mediums_at: u32,
    pub longs_at: u32,
    pub tiles_at: u32,
    pub short_room: u32,
    pub medium_room: u32,
}

/// `Control` of walk.wgsl and advance.wgsl.
#[derive(Clone, Copy, Pod, Zeroable, Debug, Default)]
#[repr(C)]
pub struct Control {
    pub round: u32,
    pub outcome: u32,
    pub changed: u32,
    pub mismatched: u32,
    pub next_short: u32,
    pub next_medium: u32,
    pub next_long: u32,
    pub mediums: u32,
    pub longs: u32,
    pub tiles: u32,
    pub short_active: u32,
    pub medium_active: u32,
    pub history: [u32; 20],
}

const _: () = assert!(size_of::<Control>() == 4 * CONTROL_WORDS);

/// Where things are in the status and list buffers of a batch, and how large those are.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub params: Params,
    pub status_words: u64,
    pub list_words: u64,
}

impl Plan {
    /// Lays out a batch of `legs` legs over `accounts` accounts.
    pub fn new(variant: Variant, transactions: u32, legs: u32, accounts: u32) -> Self {
        let verdicts = if variant == Variant::General { legs } else { 0 };
        // At most so many accounts can be of a tier, because each has more legs than the tier below allows.
        let medium_room = legs / (SHORT_ACCOUNT_LEGS + 1) + 1;
        let longs = legs / (LONG_ACCOUNT_LEGS + 1) + 1;
        let tiles = legs / TILE_LEGS + longs;
        let short_at = 0;
        let medium_at = short_at + 2 * accounts;
        let mediums_at = medium_at + 2 * medium_room;
        let longs_at = mediums_at + medium_room;
        let tiles_at = longs_at + 3 * longs;
        Self {
            params: Params {
                transactions,
                legs,
                accounts,
                verdicts_at: transactions,
                nonces_at: transactions + verdicts,
                short_at,
                medium_at,
                mediums_at,
                longs_at,
                tiles_at,
                short_room: accounts,
                medium_room,
            },
            status_words: u64::from(transactions) + u64::from(verdicts) + u64::from(accounts),
            list_words: u64::from(tiles_at) + 8 * u64::from(tiles),
        }
    }

    /// Bytes that one leg may take in the largest binding of the stage; accounts are at most as many as legs.
    pub fn largest_bytes_per_leg(variant: Variant) -> u64 {
        if variant == Variant::General { 32 } else { 16 }
    }
}

impl Buffers {
    /// Makes room for a batch.
    pub fn reserve_batch(&mut self, device: &Device, batch: &Batch, plan: &Plan) {
        let storage = Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC;
        let uniform = Usage::UNIFORM | Usage::COPY_DST;
        let legs = batch.keys.len() as u64;
        let accounts = batch.balances.len() as u64;
        let amount = batch.variant.amount_bytes();
        self.reserve_sort(device, plan.params.legs);
        let sizes = [
            ("legs_in", if batch.variant == Variant::General { 16 } else { 4 } * legs),
            ("amounts_in", amount * legs),
            ("legs", 16 * legs),
            ("amounts", amount * legs),
            ("accounts", 16 * accounts),
            ("balances", amount * accounts),
            ("status", 4 * plan.status_words),
            ("lists", 4 * plan.list_words),
            ("control", 4 * CONTROL_WORDS as u64),
        ];
        for (name, bytes) in sizes {
            self.reserve(device, name, bytes, storage);
        }
        self.reserve(device, "arguments", 16 * 11, storage | Usage::INDIRECT);
        for (name, bytes) in [("grouping", 16), ("params", 48), ("sizes", 16)] {
            self.reserve(device, name, bytes, uniform);
        }
        if let Some(general) = &batch.general {
            self.reserve(device, "guards", 16 * general.guards.len() as u64, storage);
            self.reserve(device, "firsts", 4 * general.firsts.len() as u64, storage);
        }
        let readback = 4 * CONTROL_WORDS as u64 + 4 * plan.status_words + (amount * accounts).max(16 * accounts);
        self.reserve_readback(device, "readback", readback);
    }

    /// Writes a batch into its buffers, with or without its accounts' balances.
    pub fn upload(&self, device: &Device, batch: &Batch, plan: &Plan, with_balances: bool) {
        let write = |name, bytes: &[u8]| device.write("execute", self.get(name), 0, bytes);
        self.upload_sort("execute", device, &batch.keys);
        match &batch.legs {
            Legs::General(legs) => write("legs_in", bytemuck::cast_slice(legs)),
            Legs::Transfers(details) => write("legs_in", bytemuck::cast_slice(details)),
        }
        let sent = if with_balances { batch.balances.len() } else { 0 };
        let balance = |account| batch.device_balance(account);
        let balances: Vec<u128> = (0..sent).into_par_iter().with_min_len(CHUNK).map(balance).collect();
        for (name, amounts) in [("amounts_in", &batch.amounts), ("balances", &balances)] {
            if batch.variant == Variant::Narrow {
                let narrow: Vec<u64> = amounts.par_iter().with_min_len(CHUNK).map(|amount| *amount as u64).collect();
                write(name, bytemuck::cast_slice(&narrow));
            } else {
                write(name, bytemuck::cast_slice(amounts));
            }
        }
        if let Some(general) = &batch.general {
            write("guards", bytemuck::cast_slice(&general.guards));
            write("firsts", bytemuck::cast_slice(&general.firsts));
        }
        let (legs, accounts) = (batch.keys.len() as u32, batch.balances.len() as u32);
        write("params", bytemuck::bytes_of(&plan.params));
        write("grouping", bytemuck::bytes_of(&[legs, 0, 0, 0]));
        write("sizes", bytemuck::bytes_of(&[batch.transactions, accounts, 0, 0]));
    }
}
