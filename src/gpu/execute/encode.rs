//! Encode for the device: transactions as legs over densely numbered accounts.

use super::programs::Variant;
use crate::ledger::Work;
use crate::snapshot::Pair;
use crate::status::{Reason, Status};
use crate::transaction::Transaction;
use rayon::prelude::*;

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

impl Default for Batch {
    fn default() -> Self {
        Self {
            variant: Variant::Narrow,
            transactions: 0,
            keys: Vec::new(),
            legs: Legs::Transfers(Vec::new()),
            amounts: Vec::new(),
            balances: Vec::new(),
            statuses: Vec::new(),
            general: None,
        }
    }
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

/// Encodes the open ones of `transactions` on all cores; those whose nonce is out of reach are rejected at once. The memory of
/// `spare`, an earlier batch, is used again.
///
/// `work` holds their accounts; `supply` is the sum of all balances: a transaction that costs more never applies.
pub fn encode(
    transactions: &[Transaction],
    work: &Work,
    supply: u128,
    statuses: &mut [Status],
    spare: Option<Batch>,
) -> Batch {
    let spare = spare.unwrap_or_default();
    let (mut keys, mut amounts, mut balances) = (spare.keys, spare.amounts, spare.balances);
    let mut details = if let Legs::Transfers(details) = spare.legs { details } else { Vec::new() };
    let chunks = transactions.par_chunks(CHUNK).zip(work.pairs().par_chunks(CHUNK));
    let of_chunk = |((transactions, pairs), statuses): ((&[Transaction], &[Pair]), &mut [Status])| {
        let (mut open, mut costs) = (0, 0u128);
        for ((transaction, [from, _]), status) in transactions.iter().zip(pairs).zip(statuses) {
            if !status.is_applied() {
                continue;
            }
            match nonce_offset(transaction.nonce(), work.entries()[*from as usize].nonce) {
                Err(reason) => *status = Status::Rejected(reason),
                Ok(_) => {
                    open += 1;
                    costs = costs.saturating_add(cost(transaction, supply).unwrap_or(0));
                }
            }
        }
        (open, costs)
    };
    let found: Vec<(usize, u128)> = chunks.zip(statuses.par_chunks_mut(CHUNK)).map(of_chunk).collect();
    let open: usize = found.iter().map(|(open, _)| open).sum();
    let costs = found.iter().fold(0u128, |sum, (_, costs)| sum.saturating_add(*costs));
    details.resize(open, [0; 2]);
    keys.resize(2 * open, 0);
    amounts.resize(2 * open, 0);

    let mut rest = (&mut details[..], &mut keys[..], &mut amounts[..]);
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(found.len());
    for (number, (open, _)) in found.iter().enumerate() {
        let first = number * CHUNK;
        let (details, keys, amounts) = rest;
        let (details, keys) = (details.split_at_mut(*open), keys.split_at_mut(2 * open));
        let amounts = amounts.split_at_mut(2 * open);
        parts.push(Part { first, details: details.0, keys: keys.0, amounts: amounts.0 });
        rest = (details.1, keys.1, amounts.1);
    }
    parts.into_par_iter().for_each(|part| part.fill(transactions, work, supply, statuses));
    work.entries().par_iter().with_min_len(CHUNK).map(|account| account.balance).collect_into_vec(&mut balances);
    Batch {
        variant: if costs >= NARROW_LIMIT { Variant::Wide } else { Variant::Narrow },
        transactions: transactions.len() as u32,
        keys,
        legs: Legs::Transfers(details),
        amounts,
        balances,
        statuses: Vec::new(),
        general: None,
    }
}

/// Transactions that one task encodes.
const CHUNK: usize = 1 << 12;

/// What a transfer takes from its sender; `None` where there is not so much in the world.
fn cost(transaction: &Transaction, supply: u128) -> Option<u128> {
    Some(transaction.amount().wrapping_add(transaction.fee())).filter(|cost| *cost <= supply)
}

/// Room for the open transactions of a chunk.
struct Part<'a> {
    first: usize,
    details: &'a mut [[u32; 2]],
    keys: &'a mut [u32],
    amounts: &'a mut [u128],
}

impl Part<'_> {
    fn fill(self, transactions: &[Transaction], work: &Work, supply: u128, statuses: &[Status]) {
        let Self { first, details, keys, amounts } = self;
        let open = (first..statuses.len()).filter(|index| statuses[*index].is_applied());
        let rows = details.iter_mut().zip(keys.as_chunks_mut().0).zip(amounts.as_chunks_mut().0);
        for (index, ((detail, keys), amounts)) in open.zip(rows) {
            let (transaction, [from, to]) = (&transactions[index], work.pairs()[index]);
            let offset = nonce_offset(transaction.nonce(), work.entries()[from as usize].nonce);
            let cost = cost(transaction, supply);
            *keys = [from, to];
            *detail = [index as u32 | if cost.is_none() { flags::DEAD } else { 0 }, offset.expect("it is open")];
            // What is dead never applies, so that its amounts do not matter, and must not make the others wide.
            *amounts = cost.map_or([0, 0], |cost| [cost, transaction.amount()]);
        }
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
