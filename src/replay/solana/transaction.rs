//! What the replay needs to know of a recorded transaction.

use crate::account::AccountId;
use solana_message::compiled_instruction::CompiledInstruction;
use solana_message::{Address, VersionedMessage};
use solana_sdk_ids::{compute_budget, system_program};
use solana_system_interface::instruction::SystemInstruction;
use solana_transaction::simple_vote_transaction_checker::is_simple_vote_transaction_impl;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::HashSet;

/// The memo program, both versions (<https://spl.solana.com/memo>).
const MEMO: [Address; 2] = [
    Address::from_str_const("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo"),
    Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"),
];

/// Keys from address lookup tables, as the block recorded them.
#[derive(Default)]
pub(super) struct Loaded {
    pub writable: Vec<AccountId>,
    pub readonly: Vec<AccountId>,
}

/// What the chain recorded about a transaction.
pub(super) struct Meta {
    pub failed: bool,
    pub fee: u64,
    pub pre: Vec<u64>,
    pub post: Vec<u64>,
    pub loaded: Loaded,
}

/// A recorded transaction: what was signed, which accounts it names, and the balances around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SolanaTransaction {
    /// The signed bytes.
    pub message: Vec<u8>,
    /// The signatures; signature `i` is by `keys[i]`.
    pub signatures: Vec<[u8; 64]>,
    /// All accounts, each once: those in the message, then those loaded as writable, then those loaded as readonly.
    /// The first one pays the fee.
    pub keys: Vec<AccountId>,
    /// For each key whether the transaction declares to write it.
    pub writable: Vec<bool>,
    /// Lamports of each key before the transaction.
    pub pre: Vec<u64>,
    /// Lamports of each key after it.
    pub post: Vec<u64>,
    /// The recorded fee in lamports, priority fee included.
    pub fee: u64,
    /// Whether the chain recorded an error: then only the fee was paid.
    pub failed: bool,
    /// Whether it is a vote alone: legacy, at most two signatures, one instruction, of the vote program.
    pub vote: bool,
    /// `Some` for a plain transaction: one whose top-level instructions are transfers of the system program, at least
    /// one, and instructions of the compute-budget and memo programs.
    pub transfers: Option<Vec<SystemTransfer>>,
}

/// A Transfer instruction of the system program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SystemTransfer {
    /// Which instruction of the transaction it is, from 0.
    pub instruction: usize,
    /// Positions of source and destination in [`SolanaTransaction::keys`]; `None` when the instruction names fewer
    /// than two accounts.
    pub accounts: Option<[usize; 2]>,
    /// Amount.
    pub lamports: u64,
}

impl SolanaTransaction {
    pub(super) fn new(transaction: VersionedTransaction, message: Vec<u8>, meta: Meta) -> Result<Self, String> {
        transaction.sanitize().map_err(|error| format!("the message is inconsistent: {error}"))?;
        let (keys, writable) = keys(&transaction.message, meta.loaded)?;
        for (name, balances) in [("preBalances", &meta.pre), ("postBalances", &meta.post)] {
            if balances.len() != keys.len() {
                return Err(format!("{} {name}: expected one per account, {}", balances.len(), keys.len()));
            }
        }
        let programs = transaction.message.instructions().iter().map(|one| program(&transaction.message, one));
        let legacy = matches!(transaction.message, VersionedMessage::Legacy(_));
        Ok(Self {
            vote: is_simple_vote_transaction_impl(&transaction.signatures, legacy, programs),
            transfers: transfers(&transaction.message),
            signatures: transaction.signatures.into_iter().map(<[u8; 64]>::from).collect(),
            message,
            keys,
            writable,
            pre: meta.pre,
            post: meta.post,
            fee: meta.fee,
            failed: meta.failed,
        })
    }

    /// Whether the balances after it must follow from those before by the rules of fee and transfer, not by record.
    pub fn has_rule(&self) -> bool {
        self.failed || self.transfers.is_some()
    }

    /// The first transfer that no chain could have executed, with what is wrong about it.
    pub(super) fn impossible_transfer(&self) -> Option<(usize, &'static str)> {
        let transfers = self.transfers.as_ref().filter(|_| !self.failed)?;
        transfers.iter().find_map(|transfer| {
            let wrong = match transfer.accounts {
                None => "names fewer than two accounts",
                Some([source, _]) if source >= self.signatures.len() => "moves from an account that did not sign",
                Some(accounts) if accounts.iter().any(|&key| !self.writable[key]) => {
                    "moves a readonly account's lamports"
                }
                Some(_) => return None,
            };
            Some((transfer.instruction, wrong))
        })
    }
}

/// All keys of a transaction, and whether each is declared writable. Reserved keys are not demoted.
fn keys(message: &VersionedMessage, loaded: Loaded) -> Result<(Vec<AccountId>, Vec<bool>), String> {
    let lookups = message.address_table_lookups().unwrap_or_default();
    let expected_writable: usize = lookups.iter().map(|lookup| lookup.writable_indexes.len()).sum();
    let expected_readonly: usize = lookups.iter().map(|lookup| lookup.readonly_indexes.len()).sum();
    if (loaded.writable.len(), loaded.readonly.len()) != (expected_writable, expected_readonly) {
        return Err(format!(
            "{} writable and {} readonly loadedAddresses: expected {expected_writable} and {expected_readonly}",
            loaded.writable.len(),
            loaded.readonly.len()
        ));
    }
    let header = message.header();
    let signed = usize::from(header.num_required_signatures);
    let signed_writable = signed - usize::from(header.num_readonly_signed_accounts);
    let own = message.static_account_keys();
    let unsigned_writable = own.len() - usize::from(header.num_readonly_unsigned_accounts);
    let own_writable = (0..own.len()).map(|key| key < signed_writable || (signed..unsigned_writable).contains(&key));
    let writable: Vec<bool> =
        own_writable.chain(loaded.writable.iter().map(|_| true)).chain(loaded.readonly.iter().map(|_| false)).collect();
    let mut keys: Vec<AccountId> = own.iter().map(|key| AccountId(key.to_bytes())).collect();
    keys.extend(loaded.writable.into_iter().chain(loaded.readonly));
    let mut seen = HashSet::with_capacity(keys.len());
    match keys.iter().find(|key| !seen.insert(**key)) {
        Some(twice) => Err(format!("account {} occurs twice: expected each once", bs58::encode(twice.0).into_string())),
        None => Ok((keys, writable)),
    }
}

fn program<'a>(message: &'a VersionedMessage, instruction: &CompiledInstruction) -> &'a Address {
    &message.static_account_keys()[usize::from(instruction.program_id_index)]
}

/// The transfers of a plain transaction, `None` for any other.
fn transfers(message: &VersionedMessage) -> Option<Vec<SystemTransfer>> {
    let mut transfers = Vec::new();
    for (number, instruction) in message.instructions().iter().enumerate() {
        let program = program(message, instruction);
        if *program == system_program::ID {
            let lamports = transferred(&instruction.data)?;
            let accounts = instruction.accounts.first_chunk().map(|pair: &[u8; 2]| pair.map(usize::from));
            transfers.push(SystemTransfer { instruction: number, accounts, lamports });
        } else if *program != compute_budget::ID && !MEMO.contains(program) {
            return None;
        }
    }
    (!transfers.is_empty()).then_some(transfers)
}

/// The amount of a Transfer: u32 2 and u64 lamports, 12 bytes and no more.
fn transferred(data: &[u8]) -> Option<u64> {
    match wincode::deserialize_exact(data) {
        Ok(SystemInstruction::Transfer { lamports }) => Some(lamports),
        _ => None,
    }
}
