//! Encode for the device: transactions as legs over densely numbered accounts.

use super::programs::Variant;
use crate::ledger::Work;
use crate::status::{Reason, Status};
use crate::transaction::Transaction;

/// Flags of a leg beside its transaction's index; walk.wgsl has the same.
pub mod flags {
    /// Has a guard.
    pub const GUARDED: u32 = 1 << 24;
    /// Takes from the balance.
    pub const NEGATIVE: u32 = 1 << 25;
    /// Has a nonce guard and uses a nonce.
    pub const NONCE: u32 = 1 << 26;
    /// Guard: balance at least.
    pub const AT_LEAST: u32 = 1 << 27;
    /// Guard: balance exactly.
    pub const EXACTLY: u32 = 1 << 28;
    /// Cannot hold.
    pub const DEAD: u32 = 1 << 29;
    /// A debit of a transfer.
    pub const DEBIT: u32 = GUARDED | NEGATIVE | NONCE | AT_LEAST;
}

/// Below this sum of costs a batch needs 64 bits only, over balances clamped to it: a guard compares what is left of a
/// balance with a cost, and all costs together never use up more than this.
pub const NARROW_LIMIT: u128 = 1 << 63;

/// A batch of legs as the device gets it.
#[derive(Debug)]
pub struct Batch {
    /// Width of amounts, and how legs are judged.
    pub variant: Variant,
    /// Number of transactions.
    pub transactions: u32,
    /// Account of each leg, in order of transactions.
    pub keys: Vec<u32>,
    /// Transaction and flags, nonce offset, other account, unused: one per leg.
    pub legs: Vec<[u32; 4]>,
    /// Magnitude of each leg's delta.
    pub amounts: Vec<u128>,
    /// Balances before, per account.
    pub balances: Vec<u128>,
    /// Words that the transactions' statuses start from; empty: zero.
    pub statuses: Vec<u32>,
    /// Only for general legs.
    pub general: Option<General>,
}

/// What general legs have beside transfers.
#[derive(Debug)]
pub struct General {
    /// Guard amount, and the sum of the transaction's own earlier legs on the account: two per leg.
    pub guards: Vec<u128>,
    /// First leg of each transaction, and the number of legs.
    pub firsts: Vec<u32>,
}

impl Batch {
    /// Balance of `account` as the device sees it.
    pub fn device_balance(&self, account: usize) -> u128 {
        if self.variant == Variant::Narrow { self.balances[account].min(NARROW_LIMIT) } else { self.balances[account] }
    }
}

/// Encodes the open ones of `transactions`; those whose nonce is out of reach are rejected at once.
///
/// `work` holds their accounts; `supply` is the sum of all balances: a transaction that costs more never applies.
pub fn encode(transactions: &[Transaction], work: &Work, supply: u128, statuses: &mut [Status]) -> Batch {
    let room = 2 * transactions.len();
    let mut batch = Batch {
        variant: Variant::Narrow,
        transactions: transactions.len() as u32,
        keys: Vec::with_capacity(room),
        legs: Vec::with_capacity(room),
        amounts: Vec::with_capacity(room),
        balances: work.entries().iter().map(|account| account.balance).collect(),
        statuses: Vec::new(),
        general: None,
    };
    let mut costs = 0u128;
    for (index, (transaction, status)) in transactions.iter().zip(statuses).enumerate() {
        if !status.is_applied() {
            continue;
        }
        let [from, to] = work.pairs()[index];
        let word = index as u32 | flags::DEBIT;
        match nonce_offset(transaction.nonce(), work.entries()[from as usize].nonce) {
            Err(reason) => *status = Status::Rejected(reason),
            Ok(offset) => {
                let cost = transaction.amount().wrapping_add(transaction.fee());
                if cost > supply {
                    batch.push(from, [word | flags::DEAD, offset, from, 0], 0);
                    continue;
                }
                costs = costs.saturating_add(cost);
                batch.push(from, [word, offset, to, 0], cost);
                batch.push(to, [index as u32, 0, from, 0], transaction.amount());
            }
        }
    }
    if costs >= NARROW_LIMIT {
        batch.variant = Variant::Wide;
    }
    batch
}

impl Batch {
    fn push(&mut self, account: u32, leg: [u32; 4], amount: u128) {
        self.keys.push(account);
        self.legs.push(leg);
        self.amounts.push(amount);
    }
}

/// A nonce relative to the account's first one. Nonces only grow, by at most one per transaction of a batch, so what
/// lies outside is rejected whatever else happens.
pub fn nonce_offset(nonce: u64, first: u64) -> Result<u32, Reason> {
    if nonce == u64::MAX {
        return Err(Reason::NonceTooHigh);
    }
    let offset = nonce.checked_sub(first).ok_or(Reason::NonceTooLow)?;
    u32::try_from(offset).ok().filter(|offset| *offset < u32::MAX).ok_or(Reason::NonceTooHigh)
}
