//! Commit: from the touched accounts of an execution to the changes of an outcome.

use crate::account::{Account, Balance};
use crate::outcome::Change;
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::status::Status;
use crate::transaction::Block;

/// An account that execution touched: its (possibly provisional) slot and its contents after the last transaction.
pub type Touched = (u32, Balance);

/// Credits the fees, gives new accounts their slots in order of creation, and keeps what differs from before.
pub fn changes(
    block: &Block,
    state: &State,
    snapshot: &Snapshot,
    statuses: &[Status],
    touched: impl Iterator<Item = Touched>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    changes_into(block, state, snapshot, statuses, touched, &mut Vec::new(), &mut changes);
    changes
}

/// As [`changes`], in memory that earlier blocks left: the changes are written over `changes`.
pub fn changes_into(
    block: &Block,
    state: &State,
    snapshot: &Snapshot,
    statuses: &[Status],
    touched: impl Iterator<Item = Touched>,
    memory: &mut Vec<Touched>,
    changes: &mut Vec<Change>,
) {
    let fees = statuses.iter().zip(&block.transactions).filter(|(status, _)| status.is_applied());
    let fees: u128 = fees.map(|(_, transaction)| transaction.fee()).sum();
    memory.clear();
    memory.extend(touched);
    memory.sort_unstable_by_key(|(slot, _)| *slot);
    let first_unknown = memory.partition_point(|(slot, _)| *slot < snapshot.known);
    let (touched, unknown) = memory.split_at_mut(first_unknown);
    let fee_recipient = block.header.fee_recipient;

    // Where it is not among the touched, and at which place it would be.
    let mut apart: Option<(usize, Touched)> = None;
    let fee_slot = state.slot(&fee_recipient);
    if let (Some(slot), true) = (fee_slot, fees > 0) {
        match touched.binary_search_by_key(&slot, |(slot, _)| *slot) {
            Ok(at) => touched[at].1.balance += fees,
            Err(at) => {
                let Account { balance, nonce, .. } = state.account(slot);
                apart = Some((at, (slot, Balance { balance: balance + fees, nonce })));
            }
        }
    }
    let changed = |&(slot, Balance { balance, nonce }): &Touched| {
        let before = state.account(slot);
        let account = Account { id: before.id, balance, nonce };
        (account != before).then_some(Change { slot, account })
    };
    changes.clear();
    let (below, above) = touched.split_at(apart.map_or(0, |(at, _)| at));
    let apart = apart.as_ref().map(|(_, touched)| touched);
    changes.extend(below.iter().chain(apart).chain(above).filter_map(changed));
    let mut created = created(block, snapshot, statuses, unknown);
    if fee_slot.is_none() && fees > 0 {
        match created.iter_mut().find(|account| account.id == fee_recipient) {
            Some(account) => account.balance += fees,
            None => created.push(Account { id: fee_recipient, balance: fees, nonce: 0 }),
        }
    }
    changes.extend((snapshot.known..).zip(created).map(|(slot, account)| Change { slot, account }));
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
