//! Accounts that stay on the device between blocks: which state the table has, and what brings it to the next one.
//!
//! A state says from which other one it came, and by which changes. A block's results are in the table as soon as it
//! was executed; if the next block's state came from them, only what the device did not compute is sent: the fee
//! recipient and new accounts, and all that blocks changed which the CPU executed in between. If it is the same state once
//! more, the accounts of the block get back what they had. Anything else is another state: the table is filled anew once that
//! one goes on, too. A single block does not pay for a table.

use super::table::{BATCH, BLOCK, Places, Table, TableKernels, Transfer, TransferKernels};
use super::{Variant, fault};
use crate::account::Balance;
use crate::error::Result;
use crate::fault::FaultKind;
use crate::gpu::buffers::Buffers;
use crate::gpu::device::Device;
use crate::ledger::{Entry, Input};
use crate::limits::{TABLE_CHECK_BLOCKS, TABLE_CHECK_SLOTS};
use crate::outcome::{Change, Digest, Residence};
use crate::state::{Lineage, Origin, StateVersion};
use std::collections::HashMap;

/// The table, and which state it has.
#[derive(Debug, Default)]
pub struct Resident {
    kept: Option<Kept>,
    /// The state that was executed last without a table.
    passing: Option<Passing>,
    kernels: Option<TableKernels>,
    transfers: HashMap<u8, TransferKernels>,
    /// So many slots did not fit.
    too_many: Option<usize>,
}

#[derive(Debug)]
struct Kept {
    table: Table,
    version: StateVersion,
    pending: Option<Pending>,
    /// Accounts that the table does not have as its version does, the latest last.
    owed: Vec<(u32, Balance)>,
    blocks: u32,
    /// First slot of the next comparison.
    checked: usize,
}

/// A block in the table whose outcome may be applied or not.
#[derive(Debug)]
struct Pending {
    /// Its changes, once they are known.
    changes: Option<Digest>,
    /// Accounts that the table does not have as the changes do.
    elsewhere: Vec<(u32, Balance)>,
    undo: Undo,
}

/// How the table gets back to the state from before the block.
#[derive(Debug)]
pub enum Undo {
    /// It never left it.
    Nothing,
    /// The device has kept what so many accounts were, there.
    OnDevice(Places, u32),
    /// The host has to send what these slots were.
    FromHost(Vec<u32>),
}

#[derive(Clone, Copy, Debug)]
struct Passing {
    version: StateVersion,
    changes: Option<Digest>,
}

/// Whether a state came from `version` by these changes.
fn came_from(lineage: Lineage, version: StateVersion, changes: Option<Digest>) -> bool {
    changes.is_some_and(|changes| lineage.origin == Some(Origin { version, changes }))
}

impl Resident {
    /// Lets go of the table, and keeps the kernels.
    #[cfg(feature = "cli")]
    pub fn forget_accounts(&mut self) {
        (self.kept, self.passing) = (None, None);
    }

    /// Brings the table to the input's state, where it follows that state; says whether it does.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails, or the table is not what it should be.
    pub fn begin(&mut self, device: &Device, buffers: &mut Buffers, input: &Input) -> Result<Residence> {
        let Some(lineage) = input.lineage else { return Ok(Residence::PerBlock) };
        if !self.follow(device, buffers, lineage, input)? {
            let passing = self.passing.replace(Passing { version: lineage.version, changes: None });
            let goes_on = passing.is_some_and(|Passing { version, changes }| {
                version == lineage.version || came_from(lineage, version, changes)
            });
            if !goes_on {
                return Ok(Residence::PerBlock);
            }
            self.kept = None;
        }
        if self.kept.as_ref().is_none_or(|kept| kept.table.capacity() < input.slots)
            && !self.fill(device, lineage.version, input)?
        {
            return Ok(Residence::NoRoom);
        }
        let kept = self.kept.as_mut().expect("it was there or was filled");
        let mut encoder = device.encoder("execute");
        kept.table.clear(&mut encoder, input.balances.len() as u32..input.slots as u32);
        if input.balances.len() < input.slots {
            device.enqueue("execute", encoder)?;
        }
        kept.blocks += 1;
        if kept.blocks.is_multiple_of(TABLE_CHECK_BLOCKS) {
            let first = if kept.checked < input.balances.len() { kept.checked } else { 0 };
            kept.checked = input.balances.len().min(first + TABLE_CHECK_SLOTS as usize);
            kept.compare(device, buffers, input.balances, first..kept.checked)?;
        }
        Ok(Residence::Kept)
    }

    /// Brings the table at hand to another state, if that one is near; says whether it was.
    fn follow(&mut self, device: &Device, buffers: &mut Buffers, lineage: Lineage, input: &Input) -> Result<bool> {
        let Some(kept) = &mut self.kept else { return Ok(false) };
        if !kept.settle(lineage) {
            return Ok(false);
        }
        if kept.table.capacity() < input.slots {
            // It has outgrown the table, which is filled anew.
            self.kept = None;
            return Ok(true);
        }
        let kernels = self.kernels.get_or_insert_with(|| TableKernels::new(device));
        match kept.pending.take().map_or(Undo::Nothing, |pending| pending.undo) {
            Undo::Nothing => {}
            Undo::OnDevice(places, count) => kernels.undo(device, buffers, &kept.table, places, count)?,
            Undo::FromHost(slots) => {
                let known = slots.into_iter().filter(|slot| (*slot as usize) < input.balances.len());
                let accounts = known.map(|slot| (slot, input.balances[slot as usize]));
                kernels.patch(device, buffers, &kept.table, accounts)?;
            }
        }
        kernels.patch(device, buffers, &kept.table, latest(std::mem::take(&mut kept.owed)).into_iter())?;
        Ok(true)
    }

    /// Fills a table with the input's accounts; says whether there is room for it.
    fn fill(&mut self, device: &Device, version: StateVersion, input: &Input) -> Result<bool> {
        self.kept = None;
        if self.too_many.is_some_and(|slots| input.slots >= slots) {
            return Ok(false);
        }
        let Some(table) = Table::new(device, input.slots)? else {
            self.too_many = Some(input.slots);
            return Ok(false);
        };
        table.fill(device, input.balances)?;
        self.kept = Some(Kept { table, version, pending: None, owed: Vec::new(), blocks: 0, checked: 0 });
        Ok(true)
    }

    /// Keeps what the accounts of a block of several batches are. Returns how the table gets back to that.
    pub fn save(&mut self, device: &Device, buffers: &mut Buffers, slots: &[u32]) -> Result<Undo> {
        let Some(kept) = &self.kept else { return Ok(Undo::Nothing) };
        let kernels = self.kernels.get_or_insert_with(|| TableKernels::new(device));
        let saved = kernels.save(device, buffers, &kept.table, slots)?;
        Ok(if saved { Undo::OnDevice(BLOCK, slots.len() as u32) } else { Undo::FromHost(slots.to_vec()) })
    }

    /// Reserves what a batch of accounts at these slots needs.
    pub fn reserve(&self, device: &Device, buffers: &mut Buffers, accounts: usize) {
        if let Some(kept) = &self.kept {
            BATCH.reserve(buffers, device, accounts as u64, kept.table.parts());
        }
    }

    /// Binds the table to a batch for which room was reserved.
    pub fn transfer(
        &mut self,
        device: &Device,
        buffers: &Buffers,
        variant: Variant,
        slots: &[u32],
        nonces_at: u32,
    ) -> Option<Transfer<'_>> {
        let kept = self.kept.as_ref()?;
        let kernels = self.transfers.entry(variant as u8).or_insert_with(|| TransferKernels::new(device, variant));
        Some(Transfer::new(device, buffers, &kept.table, kernels, slots, nonces_at))
    }

    /// The CPU has executed a batch itself: the table gets its accounts from there.
    pub fn overwrite(
        &mut self,
        device: &Device,
        buffers: &mut Buffers,
        slots: &[u32],
        entries: &[Entry],
    ) -> Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let kernels = self.kernels.get_or_insert_with(|| TableKernels::new(device));
        let accounts = slots.iter().zip(entries).map(|(slot, entry)| (*slot, Balance::from(*entry)));
        kernels.patch(device, buffers, &kept.table, accounts)
    }

    /// A block's results are in the table.
    pub fn executed(&mut self, undo: Undo) {
        if let Some(kept) = &mut self.kept {
            kept.pending = Some(Pending { changes: None, elsewhere: Vec::new(), undo });
        }
    }

    /// What a block on a state changes, whoever executed it; `elsewhere` are the accounts that execution alone does not leave as
    /// they are then.
    pub fn note(&mut self, lineage: Lineage, changes: &[Change], elsewhere: Vec<(u32, Balance)>, by_device: bool) {
        let digest = || Some(Digest::of(changes));
        drop(self.kept.take_if(|kept| kept.owes_too_much()));
        let Some(kept) = self.kept.as_mut().and_then(|kept| kept.settle(lineage).then_some(kept)) else {
            if let Some(passing) = self.passing.as_mut().filter(|passing| passing.version == lineage.version) {
                passing.changes = digest();
            }
            return;
        };
        match &mut kept.pending {
            Some(pending) if by_device && pending.changes.is_none() => {
                (pending.changes, pending.elsewhere) = (digest(), elsewhere);
            }
            None if !by_device => {
                let elsewhere = changes.iter().map(Change::contents).collect();
                kept.pending = Some(Pending { changes: digest(), elsewhere, undo: Undo::Nothing });
            }
            _ => {}
        }
    }

    /// Compares the whole table with the input's accounts; returns how many were compared, none where the table has
    /// another state.
    ///
    /// # Errors
    /// As [`Resident::begin`].
    pub fn compare(&mut self, device: &Device, buffers: &mut Buffers, input: &Input) -> Result<usize> {
        let Some(lineage) = input.lineage else { return Ok(0) };
        if !self.follow(device, buffers, lineage, input)? {
            return Ok(0);
        }
        let Some(kept) = &self.kept else { return Ok(0) };
        kept.compare(device, buffers, input.balances, 0..input.balances.len())?;
        Ok(input.balances.len())
    }

    /// Damages an account of the table.
    pub fn damage(&self, device: &Device, buffers: &mut Buffers, slot: u32) -> Result<()> {
        self.kept.as_ref().map_or(Ok(()), |kept| kept.table.damage(device, buffers, slot))
    }
}

/// Of an account that comes several times, the last.
fn latest(mut accounts: Vec<(u32, Balance)>) -> Vec<(u32, Balance)> {
    accounts.reverse();
    accounts.sort_by_key(|(slot, _)| *slot);
    accounts.dedup_by_key(|(slot, _)| *slot);
    accounts
}

impl Kept {
    /// Whether sending what is owed is hardly less work than filling the table anew, which all cores do.
    fn owes_too_much(&mut self) -> bool {
        let most = self.table.capacity() / 2;
        if self.owed.len() > most {
            self.owed = latest(std::mem::take(&mut self.owed));
        }
        self.owed.len() > most
    }

    /// Goes on to a state that came from the table's by the changes it waits for, on the host alone; says whether it is that state's
    /// table then.
    fn settle(&mut self, lineage: Lineage) -> bool {
        let changes = self.pending.as_ref().and_then(|pending| pending.changes);
        if self.version != lineage.version && came_from(lineage, self.version, changes) {
            self.owed.extend(self.pending.take().into_iter().flat_map(|pending| pending.elsewhere));
            self.version = lineage.version;
        }
        self.version == lineage.version
    }

    fn compare(
        &self,
        device: &Device,
        buffers: &mut Buffers,
        accounts: &[Balance],
        slots: std::ops::Range<usize>,
    ) -> Result<()> {
        let found = self.table.read(device, buffers, slots.start as u32..slots.end as u32)?;
        let differing = slots.zip(found).find(|(slot, found)| Entry::from(accounts[*slot]) != *found);
        differing.map_or(Ok(()), |(slot, found)| {
            let (found, Balance { balance, nonce }) = (Balance::from(found), accounts[slot]);
            let message = format!(
                "account in slot {slot} of the table: {} and nonce {} on the device, {balance} and {nonce} on the CPU",
                found.balance, found.nonce
            );
            Err(fault(FaultKind::Mismatch, message))
        })
    }
}
