//! Commit: from the touched accounts of an execution to the changes of an outcome.

use crate::account::{Account, Balance};
use crate::ids::NO_SLOT;
use crate::outcome::Change;
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::status::Status;
use crate::transaction::{Block, Transaction};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Up to so many transactions or accounts are one core's work: dividing it would take longer.
const ALONE: usize = 1 << 13;

/// An account that execution touched: its (possibly provisional) slot and its contents after the last transaction.
pub type Touched = (u32, Balance);

/// Credits the fees, gives new accounts their slots in order of creation, and keeps what differs from before. `touched` has no account
/// twice, and may have accounts that are as before.
pub fn changes(
    block: &Block,
    state: &State,
    snapshot: &Snapshot,
    statuses: &[Status],
    touched: impl Iterator<Item = Touched>,
) -> Vec<Change> {
    let (slots, balances): (Vec<u32>, Vec<Balance>) = touched.unzip();
    let mut changes = Vec::new();
    let touched = (&slots[..], |number: usize| balances[number]);
    changes_into(block, state, snapshot, statuses, touched, &mut Vec::new(), &mut changes);
    changes
}

/// As [`changes`], in memory that earlier blocks left: the changes are written over `changes`. Touched accounts are given by
/// their slots, and what each contains after the last transaction.
pub fn changes_into(
    block: &Block,
    state: &State,
    snapshot: &Snapshot,
    statuses: &[Status],
    (slots, contents): (&[u32], impl Fn(usize) -> Balance + Sync),
    memory: &mut Vec<u64>,
    changes: &mut Vec<Change>,
) {
    let fees = fees(block, statuses);
    sort(slots, memory);
    let slot_of = |key: &u64| (key >> 32) as u32;
    let known = memory.partition_point(|key| slot_of(key) < snapshot.known);
    let (touched, unknown) = memory.split_at(known);
    let fee_recipient = block.header.fee_recipient;
    let fee_slot = state.slot(&fee_recipient);

    // Where the one who gets the fees is not among the touched, and at which place it would be.
    let mut apart: Option<(usize, Change)> = None;
    if let (Some(slot), true) = (fee_slot, fees > 0)
        && let Err(at) = touched.binary_search_by_key(&slot, slot_of)
    {
        let before = state.account(slot);
        apart = Some((at, Change { slot, account: Account { balance: before.balance + fees, ..before } }));
    }
    let unchanged = AtomicBool::new(false);
    let change = |key: &u64| {
        let (slot, Balance { balance, nonce }) = (slot_of(key), contents(*key as u32 as usize));
        let before = state.account(slot);
        let balance = if fee_slot == Some(slot) { balance + fees } else { balance };
        let account = Account { id: before.id, balance, nonce };
        if account == before {
            unchanged.store(true, Ordering::Relaxed);
            return Change { slot: NO_SLOT, account };
        }
        Change { slot, account }
    };
    let (below, above) = touched.split_at(apart.map_or(0, |(at, _)| at));
    let apart = apart.map(|(_, change)| change);
    if touched.len() > ALONE {
        let above = above.par_iter().map(change);
        below.par_iter().map(change).chain(apart).chain(above).collect_into_vec(changes);
    } else {
        changes.clear();
        changes.extend(below.iter().map(change).chain(apart).chain(above.iter().map(change)));
    }
    if unchanged.into_inner() {
        changes.retain(|change| change.slot != NO_SLOT);
    }
    let unknown: Vec<Touched> = unknown.iter().map(|key| (slot_of(key), contents(*key as u32 as usize))).collect();
    let mut created = created(block, snapshot, statuses, &unknown);
    if fee_slot.is_none() && fees > 0 {
        match created.iter_mut().find(|account| account.id == fee_recipient) {
            Some(account) => account.balance += fees,
            None => created.push(Account { id: fee_recipient, balance: fees, nonce: 0 }),
        }
    }
    changes.extend((snapshot.known..).zip(created).map(|(slot, account)| Change { slot, account }));
}

/// The slots in order, each above its number in `slots`.
fn sort(slots: &[u32], memory: &mut Vec<u64>) {
    let key = |(number, slot): (usize, &u32)| u64::from(*slot) << 32 | number as u64;
    if slots.len() <= ALONE {
        memory.clear();
        memory.extend(slots.iter().enumerate().map(key));
        memory.sort_unstable();
        return;
    }
    slots.par_iter().enumerate().map(key).collect_into_vec(memory);
    // A block with more transactions than the state has accounts has them all, in order.
    if !memory.is_sorted() {
        memory.par_sort_unstable();
    }
}

/// What applied transactions pay beside their amounts.
fn fees(block: &Block, statuses: &[Status]) -> u128 {
    let fee = |(status, transaction): (&Status, &Transaction)| if status.is_applied() { transaction.fee() } else { 0 };
    if statuses.len() > ALONE {
        statuses.par_iter().zip(&block.transactions).with_min_len(ALONE).map(fee).sum()
    } else {
        statuses.iter().zip(&block.transactions).map(fee).sum()
    }
}

/// New accounts by the first applied transaction that gives them a balance or a nonce, sender before recipient.
fn created(block: &Block, snapshot: &Snapshot, statuses: &[Status], unknown: &[Touched]) -> Vec<Account> {
    let mut created = Vec::new();
    if unknown.is_empty() {
        return created;
    }
    let mut open = vec![true; snapshot.unknown.len()];
    for ((pair, status), transaction) in snapshot.pairs.iter().zip(statuses).zip(&block.transactions) {
        if !status.is_applied() {
            continue;
        }
        let gains = [true, transaction.amount() > 0];
        for (slot, _) in pair.iter().zip(gains).filter(|(slot, gains)| *gains && **slot >= snapshot.known) {
            let number = (*slot - snapshot.known) as usize;
            if std::mem::take(&mut open[number]) {
                let at =
                    unknown.binary_search_by_key(slot, |(slot, _)| *slot).expect("an applied transaction touches it");
                let Balance { balance, nonce } = unknown[at].1;
                created.push(Account { id: snapshot.unknown[number], balance, nonce });
            }
        }
    }
    created
}
