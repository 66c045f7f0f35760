//! Which transactions are invalid, for which reason, and what makes them so.

use super::Workload;
use super::keys::rng;
use crate::limits::TRANSACTION_BYTES;
use crate::status::Reason;
use crate::transaction::{Transaction, Transfer};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;

/// More than any supply that a workload creates, and far from overflowing with the fee.
const ABSURD_AMOUNT: u128 = 1 << 120;
const RESERVED: std::ops::Range<usize> = 10..16;

/// One entry per transaction: the reason for which it is to be invalid.
pub(super) fn plan(workload: &Workload) -> Vec<Option<Reason>> {
    let mut plan = vec![None; workload.transactions];
    let mut reasons = workload.invalid_reasons.clone();
    reasons.retain(|&reason| workload.signed || reason != Reason::SignatureInvalid);
    let count = (workload.transactions as f64 * workload.invalid / 100.0).floor() as usize;
    if reasons.is_empty() || count == 0 {
        return plan;
    }
    let mut places: Vec<u32> = (0..workload.transactions as u32).collect();
    let mut rng = rng("wavelock workload v1 invalid places", workload.seed);
    let (places, _) = places.partial_shuffle(&mut rng, count.min(workload.transactions));
    for (place, reason) in places.iter().zip(reasons.into_iter().cycle()) {
        plan[*place as usize] = Some(reason);
    }
    plan
}

/// Spoils a valid transfer before it is signed. Its nonce is the sender's, at least 1.
pub(super) fn spoil(reason: Reason, mut transfer: Transfer, rng: &mut ChaCha20Rng) -> Transaction {
    match reason {
        Reason::WrongChain => transfer.chain_id += rng.random_range(1..=1000u64),
        Reason::AmountOverflow => {
            transfer.fee = transfer.fee.max(1);
            transfer.amount = u128::MAX - rng.random_range(0..transfer.fee);
        }
        Reason::NonceTooLow => transfer.nonce = rng.random_range(0..transfer.nonce),
        Reason::NonceTooHigh => transfer.nonce += rng.random_range(1..=1000u64),
        Reason::InsufficientFunds => transfer.amount += ABSURD_AMOUNT,
        Reason::Malformed | Reason::SignatureInvalid => {}
    }
    let transaction = Transaction::transfer(&transfer, [0; 64]);
    if reason != Reason::Malformed {
        return transaction;
    }
    let mut bytes: [u8; TRANSACTION_BYTES] = *transaction.as_bytes();
    bytes[rng.random_range(RESERVED)] = rng.random_range(1..=u8::MAX);
    Transaction::from_bytes(bytes)
}

/// Flips one bit of each signature that is to be invalid.
pub(super) fn spoil_signatures(plan: &[Option<Reason>], transactions: &mut [Transaction], seed: u64) {
    let mut rng = rng("wavelock workload v1 invalid signatures", seed);
    for (transaction, reason) in transactions.iter_mut().zip(plan) {
        if *reason == Some(Reason::SignatureInvalid) {
            let bit = rng.random_range(0..512u32);
            let mut signature = *transaction.signature();
            signature[(bit / 8) as usize] ^= 1 << (bit % 8);
            *transaction = transaction.with_signature(signature);
        }
    }
}
