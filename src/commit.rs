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
    let fees = statuses.iter().zip(&block.transactions).filter(|(status, _)| status.is_applied());
    let fees: u128 = fees.map(|(_, transaction)| transaction.fee()).sum();
    let mut touched: Vec<Touched> = touched.collect();
    touched.sort_unstable_by_key(|(slot, _)| *slot);
    let first_unknown = touched.partition_point(|(slot, _)| *slot < snapshot.known);
    let unknown = touched.split_off(first_unknown);
    let fee_recipient = block.header.fee_recipient;

    let fee_slot = state.slot(&fee_recipient);
    if let (Some(slot), true) = (fee_slot, fees > 0) {
        match touched.binary_search_by_key(&slot, |(slot, _)| *slot) {
            Ok(at) => touched[at].1.balance += fees,
            Err(at) => {
                let Account { balance, nonce, .. } = state.account(slot);
                touched.insert(at, (slot, Balance { balance: balance + fees, nonce }));
            }
        }
    }
    let changed = |&(slot, Balance { balance, nonce }): &Touched| {
        let before = state.account(slot);
        let account = Account { id: before.id, balance, nonce };
        (account != before).then_some(Change { slot, account })
    };
    let mut changes: Vec<Change> = touched.iter().filter_map(changed).collect();
    let mut created = created(block, snapshot, statuses, &unknown);
    if fee_slot.is_none() && fees > 0 {
        match created.iter_mut().find(|account| account.id == fee_recipient) {
            Some(account) => account.balance += fees,
            None => created.push(Account { id: fee_recipient, balance: fees, nonce: 0 }),
        }
    }
    changes.extend((snapshot.known..).zip(created).map(|(slot, account)| Change { slot, account }));
    changes
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
