//! A block's plain transfers as transactions of our own: real amounts, fees and nonces, signatures that are made up.
//!
//! The accounts that send and receive are given with their balances; each gets an ed25519 key that is derived from its
//! address alone, so everyone can sign with it. Only transfers between these accounts are taken over. What the block's
//! other transactions do to balances and nonces is missing, so some that the chain applied are rejected here.

use super::{EthereumBlock, EthereumTransaction};
use crate::account::{Account, AccountId};
use crate::error::{Error, InputError, Place, Result};
use crate::ingest::Format;
use crate::ingest::fields::Fields;
use crate::ingest::jsonl;
use crate::state::State;
use crate::transaction::{Block, BlockHeader, Transaction, Transfer};
use alloy_consensus::Transaction as _;
use alloy_primitives::Address;
use ed25519_dalek::{Signer, SigningKey};
use rayon::prelude::*;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Chain id of blocks in which no transaction names one, as before EIP-155.
const MAINNET: u64 = 1;

/// An account before the block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EthereumAccount {
    /// Its address.
    pub address: Address,
    /// Its balance in wei.
    pub balance: u128,
    /// The nonce of its next transaction.
    pub nonce: u64,
}

/// Transfers between given accounts, ready to be validated.
#[derive(Clone, Debug)]
pub struct DerivedTransfers {
    /// The transfers in block order, with made-up signatures. The header has the block's number as its height, and a
    /// beneficiary and a chain id that stand for the block's.
    pub block: Block,
    /// The accounts, in the order in which they were given.
    pub state: State,
    /// Which transaction of the Ethereum block each transfer is.
    pub origin: Vec<usize>,
    /// Plain transfers that were left out, since they have to do with accounts that were not given.
    pub left_out: usize,
}

/// The key that stands for an address: its seed is BLAKE3 derive_key("wavelock replay ethereum v1", address).
pub fn signing_key(address: &Address) -> SigningKey {
    SigningKey::from_bytes(&blake3::derive_key("wavelock replay ethereum v1", address.as_slice()))
}

fn account_id(address: &Address) -> AccountId {
    AccountId(signing_key(address).verifying_key().to_bytes())
}

/// Reads accounts as JSON lines, packed where the name ends in `.jsonl.gz`:
/// `{"address":"0x<40 hex>","balance":"12","nonce":0}`. Unknown keys are ignored.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Input`] where a line is not as expected, an address occurs twice
/// or the balances add up to more than 2^128 - 1.
pub fn read_accounts(path: &Path) -> Result<Vec<EthereumAccount>> {
    let file = File::open(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    read_accounts_from(file, path, Format::of(path))
}

/// Reads accounts from any source; `name` stands for the file in errors.
///
/// # Errors
/// As [`read_accounts`].
pub fn read_accounts_from(input: impl Read, name: &Path, format: Format) -> Result<Vec<EthereumAccount>> {
    let accounts = jsonl::read_all(input, format, name, parse)?;
    let mut lines = HashMap::new();
    let mut total = 0_u128;
    for (line, account) in (1..).zip(&accounts) {
        let error = |message| Err(InputError::new(Place::Line(line), message).in_file(name).into());
        if let Some(first) = lines.insert(account.address, line) {
            return error(format!("{:#x} occurs in line {first} already: expected each address once", account.address));
        }
        match total.checked_add(account.balance) {
            Some(sum) => total = sum,
            None => return error("the balances add up to more: expected at most 2^128 - 1".to_owned()),
        }
    }
    Ok(accounts)
}

fn parse(line: &[u8]) -> Result<EthereumAccount, String> {
    let fields = Fields::parse(line, ["address", "balance", "nonce"])?;
    let address = fields.string("address")?;
    let mut bytes = [0; 20];
    let digits = address.strip_prefix("0x").filter(|digits| hex::decode_to_slice(digits, &mut bytes).is_ok());
    if digits.is_none() {
        let found = crate::ingest::fields::excerpt(&address);
        return Err(format!("\"address\" is {found:?}: expected 0x and 40 hex digits"));
    }
    let (balance, nonce) = (fields.amount("balance")?, fields.integer("nonce")?);
    Ok(EthereumAccount { address: bytes.into(), balance, nonce })
}

impl EthereumBlock {
    /// The plain transfers between `accounts`, signed with [`signing_key`]. The amount is the value in wei, the fee the gas
    /// of a plain transfer times the price that the block made it pay, burnt part included (blobs are not in it), and
    /// nonces are the block's.
    ///
    /// # Errors
    /// An account that occurs twice, balances, values or fees that do not fit in `u128`, and a transaction that needs a
    /// base fee in a block without one.
    pub fn derive_transfers(&self, accounts: &[EthereumAccount]) -> Result<DerivedTransfers, InputError> {
        let ids: Vec<AccountId> = accounts.par_iter().map(|account| account_id(&account.address)).collect();
        let known: HashMap<Address, AccountId> =
            accounts.iter().zip(&ids).map(|(account, id)| (account.address, *id)).collect();
        let all = accounts.iter().zip(&ids);
        let all = all.map(|(account, id)| Account { id: *id, balance: account.balance, nonce: account.nonce });
        let state = State::from_accounts(self.number.saturating_sub(1), all)?;
        let chain_id = self.transactions.iter().find_map(|one| one.body.chain_id()).unwrap_or(MAINNET);

        let (mut origin, mut transfers, mut left_out) = (Vec::new(), Vec::new(), 0);
        for (index, one) in self.transactions.iter().enumerate().filter(|(_, one)| one.is_plain()) {
            let (Some(&from), Some(&to)) = (known.get(&one.from), known.get(&one.recipient())) else {
                left_out += 1;
                continue;
            };
            let transfer = self.transfer(one, chain_id, from, to);
            transfers.push(transfer.map_err(|message| InputError::new(Place::Transaction(index), message))?);
            origin.push(index);
        }
        let header = BlockHeader { chain_id, height: self.number, fee_recipient: account_id(&self.beneficiary) };
        let sign = |(transfer, index): (&Transfer, &usize)| {
            let record = Transaction::transfer(transfer, [0; 64]);
            let key = signing_key(&self.transactions[*index].from);
            record.with_signature(key.sign(record.message()).to_bytes())
        };
        let transactions = transfers.par_iter().zip(&origin).map(sign).collect();
        Ok(DerivedTransfers { block: Block { header, transactions }, state, origin, left_out })
    }

    fn transfer(
        &self,
        one: &EthereumTransaction,
        chain_id: u64,
        from: AccountId,
        to: AccountId,
    ) -> Result<Transfer, String> {
        let body = &one.body;
        if body.is_dynamic_fee() && self.base_fee.is_none() {
            return Err("it names a largest fee, but the block has no baseFeePerGas: expected one".into());
        }
        let price = body.effective_gas_price(self.base_fee);
        let fee = price.checked_mul(one.transfer_gas().into());
        let fee = fee.ok_or_else(|| format!("{price} wei per gas: expected a fee of at most 2^128 - 1 wei"))?;
        let amount = u128::try_from(body.value());
        let amount = amount.map_err(|_| format!("value {}: expected at most 2^128 - 1 wei", body.value()))?;
        Ok(Transfer { chain_id, nonce: body.nonce(), amount, fee, from, to })
    }
}
