//! Replays a Solana block from a getBlock answer: every signature is verified, every balance that the block records is
//! met again by executing it, and its declared access lists are scheduled into waves.
//!
//! Plain transactions run by rule, all others by their recorded effect, all of them as guarded legs in one batch, so
//! that the engine under test itself meets every recorded balance. A block that does not come out is data, not an
//! error: see [`SolanaReplay::first_mismatch`].
//!
//! ```no_run
//! use wavelock::replay::solana::{ReplayEngines, SolanaBlock, replay};
//!
//! let block = SolanaBlock::read("block.json".as_ref())?;
//! let result = replay(&block, &ReplayEngines::default())?;
//! assert_eq!(result.first_mismatch, None);
//! # Ok::<(), wavelock::Error>(())
//! ```

mod answer;
mod compare;
mod encode;
mod report;
mod transaction;
mod wire;

pub use compare::{Mismatch, MismatchKind};
pub use report::{BalanceCounts, SignatureCounts, SolanaReplay, SolanaSchedule};
pub use transaction::{SolanaTransaction, SystemTransfer};

use crate::conflict::{AccessSets, Schedule};
use crate::engine::Policy;
use crate::error::{Error, InputError, Result};
use crate::legs::{LegBatch, LegOutcome};
use crate::outcome::Stage;
use crate::replay::{Times, answer_file};
use crate::serial;
use rayon::prelude::*;
use std::path::Path;

/// A signature with what it is to be checked against: public key, message, signature.
pub type SignedMessage<'a> = (&'a [u8; 32], &'a [u8], &'a [u8; 64]);

/// Checks signatures under a policy: one verdict per item, in order.
pub type VerifySignatures<'a> = dyn Fn(Policy, &[SignedMessage<'_>]) -> Result<Vec<bool>> + 'a;

/// Executes legs; with one signature verdict per transaction.
pub type ExecuteLegs<'a> = dyn Fn(&LegBatch, Option<&[bool]>) -> Result<LegOutcome> + 'a;

/// Finds the waves and what comes with them.
pub type FindSchedule<'a> = dyn Fn(&AccessSets) -> Result<Schedule> + 'a;

/// Who does the work of a replay. The default checks signatures with ed25519-dalek (`strict`) or ed25519-zebra
/// (`zip215`) on all cores and does the rest with the `serial` engine.
#[derive(Clone, Copy)]
pub struct ReplayEngines<'a> {
    /// Which signatures are valid. Solana's own rule is [`Policy::Strict`].
    pub policy: Policy,
    /// Checks the signatures.
    pub verify: &'a VerifySignatures<'a>,
    /// Executes the legs.
    pub execute: &'a ExecuteLegs<'a>,
    /// Schedules the access sets.
    pub schedule: &'a FindSchedule<'a>,
}

impl Default for ReplayEngines<'_> {
    fn default() -> Self {
        Self {
            policy: Policy::Strict,
            verify: &|policy, signatures| Ok(verify_on_all_cores(policy, signatures)),
            execute: &|batch, signatures| Ok(serial::legs::execute_legs(batch, signatures)),
            schedule: &|sets| Ok(serial::conflict::schedule(sets)),
        }
    }
}

/// One verdict per signature.
pub fn verify_on_all_cores(policy: Policy, signatures: &[SignedMessage<'_>]) -> Vec<bool> {
    signatures.par_iter().map(|&(key, message, signature)| is_valid(policy, key, message, signature)).collect()
}

fn is_valid(policy: Policy, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    match policy {
        Policy::Strict => ed25519_dalek::VerifyingKey::from_bytes(key)
            .and_then(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)))
            .is_ok(),
        Policy::Zip215 => ed25519_zebra::VerificationKey::try_from(*key)
            .and_then(|key| key.verify(&ed25519_zebra::Signature::from_bytes(signature), message))
            .is_ok(),
    }
}

/// A block's transactions with what the chain recorded about them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SolanaBlock {
    transactions: Vec<SolanaTransaction>,
}

impl SolanaBlock {
    /// Reads a getBlock answer from a file: JSON, or JSON packed with gzip where the name ends in `.gz`.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, else as [`SolanaBlock::from_json`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = answer_file::read(path, "a getBlock answer")?;
        Self::from_json(&text).map_err(|error| error.in_file(path).into())
    }

    /// Reads a getBlock answer, bare or inside `result`: encoding base64, base58 or json, transactionDetails full,
    /// transactions legacy (also without a `version`) or version 0.
    ///
    /// # Errors
    /// Anything else, and transactions that contradict themselves, with the byte or the transaction.
    pub fn from_json(text: &[u8]) -> Result<Self, InputError> {
        Ok(Self { transactions: answer::transactions(answer_file::utf8(text)?)? })
    }

    /// The transactions in block order.
    pub fn transactions(&self) -> &[SolanaTransaction] {
        &self.transactions
    }

    /// What the transactions declare to read and write, with the accounts by key index.
    ///
    /// # Errors
    /// More transactions or keys than [`crate::limits`] allows.
    pub fn access_sets(&self) -> Result<(AccessSets, Vec<crate::AccountId>), InputError> {
        encode::access_sets(self.transactions.iter())
    }
}

/// Replays `block`.
///
/// # Errors
/// Whatever the engines fail with, and blocks beyond [`crate::limits`]. A block that does not come out is no error.
///
/// # Panics
/// When an engine returns fewer or more results than it was asked for.
pub fn replay(block: &SolanaBlock, engines: &ReplayEngines<'_>) -> Result<SolanaReplay> {
    let transactions = block.transactions();
    let mut times = Times::default();
    let encoded = times.measure(Stage::Encode, || encode::Encoded::new(transactions))?;
    let (sets, keys) = times.measure(Stage::Encode, || block.access_sets())?;
    let others = || transactions.iter().filter(|transaction| !transaction.vote);
    let (sets_of_others, keys_of_others) = times.measure(Stage::Encode, || encode::access_sets(others()))?;

    let items = encode::signed_messages(transactions);
    let valid = times.measure(Stage::Sigverify, || (engines.verify)(engines.policy, &items))?;
    assert_eq!(valid.len(), items.len(), "one verdict per signature");
    let signed = encode::all_valid(transactions, &valid);

    let schedule = times.measure(Stage::Conflict, || (engines.schedule)(&sets))?;
    let without_votes = times.measure(Stage::Conflict, || (engines.schedule)(&sets_of_others))?;

    let outcome = times.measure(Stage::Execute, || (engines.execute)(&encoded.batch, Some(&signed)))?;
    assert_eq!(outcome.verdicts.len(), encoded.checks.len(), "one verdict per leg");
    assert_eq!(outcome.applied.len(), transactions.len(), "one verdict per transaction");
    assert_eq!(outcome.accounts.len(), encoded.accounts.len(), "one balance per account");
    let compared =
        times.measure(Stage::Verify, || Ok::<_, Error>(compare::compare(transactions, &encoded, &valid, &outcome)))?;

    let block_index: Vec<usize> = (0..transactions.len()).filter(|&index| !transactions[index].vote).collect();
    let count = |test: fn(&SolanaTransaction) -> bool| transactions.iter().filter(|one| test(one)).count();
    Ok(SolanaReplay {
        transactions: transactions.len(),
        votes: count(|one| one.vote),
        plain: count(|one| one.transfers.is_some()),
        failed: count(|one| one.failed),
        recorded: count(|one| !one.has_rule()),
        signatures: SignatureCounts { total: items.len(), valid: valid.iter().filter(|valid| **valid).count() },
        balances: compared.balances,
        first_mismatch: compared.first_mismatch,
        mismatched_transactions: compared.mismatched_transactions,
        schedule: SolanaSchedule::new(schedule, &keys, |index| index),
        schedule_without_votes: SolanaSchedule::new(without_votes, &keys_of_others, |index| block_index[index]),
        times: times.0,
    })
}
