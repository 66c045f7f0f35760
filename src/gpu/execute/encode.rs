//! Encode for the device: transactions as legs over densely numbered accounts.

use super::programs::Variant;
use crate::ledger::Work;
use crate::status::{Reason, Status};
use crate::transaction::Transaction;

/// Flags of a leg beside its transaction's index; walk.wgsl has the same.
pub mod flags {
    /// The transaction's index.
    pub const TRANSACTION: u32 = GUARDED - 1;
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
    /// What legs have beside account and amount.
    pub legs: Legs,
    /// Magnitude of each leg's delta.
    pub amounts: Vec<u128>,
    /// Balances before, per account.
    pub balances: Vec<u128>,
    /// Words that the transactions' statuses start from; empty: zero.
    pub statuses: Vec<u32>,
    /// Only for general legs.
    pub general: Option<General>,
}

/// What legs have beside account and amount.
#[derive(Debug)]
pub enum Legs {
    /// Transaction and flags, nonce offset, own earlier nonces, unused: one per leg.
    General(Vec<[u32; 4]>),
    /// Transaction and [`flags::DEAD`], nonce offset: one per transfer, which has a debit and then a credit.
    Transfers(Vec<[u32; 2]>),
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
    /// The leg at a position, as the device has it; the other account in place of own earlier nonces for transfers.
    pub fn leg(&self, position: usize) -> [u32; 4] {
        match &self.legs {
            Legs::General(legs) => legs[position],
            Legs::Transfers(details) => {
                let ([word, offset], other) = (details[position / 2], self.keys[position ^ 1]);
                if position.is_multiple_of(2) {
                    [word | flags::DEBIT, offset, other, 0]
                } else {
                    [word & flags::TRANSACTION, 0, other, 0]
                }
            }
        }
    }

    /// Transactions of all guarded legs, in order.
    pub fn guarded(&self) -> impl Iterator<Item = usize> {
        let legs = (0..self.keys.len()).map(|position| self.leg(position)[0]);
        legs.filter(|word| word & flags::GUARDED != 0).map(|word| (word & flags::TRANSACTION) as usize)
    }

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
        legs: Legs::Transfers(Vec::new()),
        amounts: Vec::with_capacity(room),
        balances: work.entries().iter().map(|account| account.balance).collect(),
        statuses: Vec::new(),
        general: None,
    };
    let mut details = Vec::with_capacity(transactions.len());
    let mut costs = 0u128;
    for (index, (transaction, status)) in transactions.iter().zip(statuses).enumerate() {
        if !status.is_applied() {
            continue;
        }
        let [from, to] = work.pairs()[index];
        match nonce_offset(transaction.nonce(), work.entries()[from as usize].nonce) {
            Err(reason) => *status = Status::Rejected(reason),
            Ok(offset) => {
                let cost = transaction.amount().wrapping_add(transaction.fee());
                let dead = cost > supply;
                batch.keys.extend([from, to]);
                details.push([index as u32 | if dead { flags::DEAD } else { 0 }, offset]);
                // What is dead never applies, so that its amounts do not matter, and must not make the others wide.
                batch.amounts.extend(if dead { [0, 0] } else { [cost, transaction.amount()] });
                costs = costs.saturating_add(if dead { 0 } else { cost });
            }
        }
    }
    if costs >= NARROW_LIMIT {
        batch.variant = Variant::Wide;
    }
    batch.legs = Legs::Transfers(details);
    batch
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
