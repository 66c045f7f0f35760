//! Replays an Ethereum block from an eth_getBlockByNumber answer, as far as a block tells without the state: what may run
//! at the same time, and whether every sender's nonces rise one by one.
//!
//! Without the state nobody knows what a transaction reads and what it writes, so everything that it surely touches
//! counts as written: the sender (fee and nonce), the recipient or the contract it creates, and of its access list
//! (EIP-2930) every address and every storage slot. Nothing counts as read only. Left out are what only execution would
//! show, the accounts that sign authorizations (EIP-7702: only their signatures name them), and the block's beneficiary,
//! whose fees add up in any order. So the waves are a bound from below: execution can need more of them.
//!
//! ```no_run
//! use wavelock::replay::ethereum::{EthereumBlock, replay};
//! use wavelock::serial;
//!
//! let block = EthereumBlock::read("block.json".as_ref())?;
//! let result = replay(&block, &|sets| Ok(serial::conflict::schedule(sets)))?;
//! assert_eq!(result.nonces.first_mismatch, None);
//! # Ok::<(), wavelock::Error>(())
//! ```

mod answer;
mod derived;
mod nonces;
mod report;
mod transaction;

pub use alloy_consensus::TypedTransaction;
pub use alloy_primitives::{Address, B256};
pub use derived::{DerivedTransfers, EthereumAccount, read_accounts, read_accounts_from, signing_key};
pub use nonces::{NonceCheck, NonceMismatch};
pub use report::EthereumReplay;
pub use transaction::{EthereumTransaction, StateKey};

use crate::conflict::{AccessSets, AccessSetsBuilder, Schedule};
use crate::error::{InputError, Result};
use crate::outcome::Stage;
use crate::replay::{Times, answer_file};
use alloy_consensus::Transaction;
use std::path::Path;

/// Finds the waves and what comes with them.
pub type FindSchedule<'a> = dyn Fn(&AccessSets) -> Result<Schedule> + 'a;

/// A block with its full transactions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EthereumBlock {
    /// Its number.
    pub number: u64,
    /// Who receives the priority fees (`miner`).
    pub beneficiary: Address,
    /// Wei per gas that every transaction burns, from EIP-1559 on.
    pub base_fee: Option<u64>,
    /// The transactions in block order.
    pub transactions: Vec<EthereumTransaction>,
}

impl EthereumBlock {
    /// Reads an eth_getBlockByNumber answer from a file: JSON, or JSON packed with gzip where the name ends in `.gz`.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) when the file cannot be read, else as [`EthereumBlock::from_json`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = answer_file::read(path, answer::EXPECTED)?;
        Self::from_json(&text).map_err(|error| error.in_file(path).into())
    }

    /// Reads an eth_getBlockByNumber answer, bare or inside `result`, with full transactions of types 0 to 4. Signatures
    /// are not looked at.
    ///
    /// # Errors
    /// Anything else, with the byte or the transaction.
    pub fn from_json(text: &[u8]) -> Result<Self, InputError> {
        answer::block(answer_file::utf8(text)?)
    }

    /// What the transactions touch, all of it written, with the keys by their index.
    ///
    /// # Errors
    /// More transactions or keys than [`crate::limits`] allows.
    pub fn access_sets(&self) -> Result<(AccessSets, Vec<StateKey>), InputError> {
        let mut builder = AccessSetsBuilder::new();
        for transaction in &self.transactions {
            builder.push([], transaction.touched())?;
        }
        Ok(builder.finish())
    }
}

/// Replays `block`, with `schedule` to find the waves.
///
/// # Errors
/// What `schedule` fails with, and blocks beyond [`crate::limits`]. Nonces out of order are no error: see
/// [`EthereumReplay::nonces`].
pub fn replay(block: &EthereumBlock, schedule: &FindSchedule<'_>) -> Result<EthereumReplay> {
    let transactions = &block.transactions;
    let mut times = Times::default();
    let (sets, keys) = times.measure(Stage::Encode, || block.access_sets())?;
    let schedule = times.measure(Stage::Conflict, || schedule(&sets))?;
    let nonces = times.measure(Stage::Verify, || Ok::<_, InputError>(nonces::check(transactions)))?;

    let count = |test: fn(&EthereumTransaction) -> bool| transactions.iter().filter(|one| test(one)).count();
    let mut types = [0; 5];
    transactions.iter().for_each(|one| types[one.body.tx_type() as usize] += 1);
    let authorizations = |one: &EthereumTransaction| one.body.authorization_list().map_or(0, <[_]>::len);
    Ok(EthereumReplay {
        number: block.number,
        transactions: transactions.len(),
        types,
        plain: count(EthereumTransaction::is_plain),
        creations: count(|one| one.body.is_create()),
        access_lists: count(|one| one.body.access_list().is_some_and(|list| !list.is_empty())),
        authorizations: transactions.iter().map(authorizations).sum(),
        waves: schedule.waves,
        components: report::component_sizes(&schedule),
        longest_chain: schedule.longest_chain,
        hottest: schedule.hottest.into_iter().map(|(key, count)| (keys[key as usize], count)).collect(),
        nonces,
        times: times.0,
    })
}
