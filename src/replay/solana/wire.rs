//! The bytes of transactions: base64 and base58 in, messages rebuilt from the json encoding.

use super::answer::Version;
use crate::account::AccountId;
use crate::replay::answer_file::shorten;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use solana_message::compiled_instruction::CompiledInstruction;
use solana_message::v0::{self, MessageAddressTableLookup};
use solana_message::{Address, Hash, Message, MessageHeader, VersionedMessage};
use solana_transaction::Signature;
use solana_transaction::versioned::VersionedTransaction;

/// Longest base58 string in use: 1,232 bytes, what a network packet may carry. Decoding takes quadratic time, so longer
/// ones are refused.
const MAX_BASE58: usize = 1_683;

/// A transaction in json encoding.
#[derive(Deserialize)]
pub(super) struct JsonTransaction {
    signatures: Vec<String>,
    message: JsonMessage,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonMessage {
    header: JsonHeader,
    account_keys: Vec<String>,
    recent_blockhash: String,
    instructions: Vec<JsonInstruction>,
    address_table_lookups: Option<Vec<JsonLookup>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonHeader {
    num_required_signatures: u8,
    num_readonly_signed_accounts: u8,
    num_readonly_unsigned_accounts: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonInstruction {
    program_id_index: u8,
    accounts: Vec<u8>,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonLookup {
    account_key: String,
    writable_indexes: Vec<u8>,
    readonly_indexes: Vec<u8>,
}

/// The bytes of `data` in a named encoding.
pub(super) fn bytes(data: &str, encoding: &str) -> Result<Vec<u8>, String> {
    match encoding {
        "base64" => STANDARD.decode(data).map_err(|error| format!("{error}: expected base64")),
        "base58" => base58(data),
        other => Err(format!("encoding {}: expected \"base64\" or \"base58\"", shorten(other))),
    }
}

fn base58(text: &str) -> Result<Vec<u8>, String> {
    if text.len() > MAX_BASE58 {
        return Err(format!("{} characters: expected at most {MAX_BASE58} of base58", text.len()));
    }
    bs58::decode(text).into_vec().map_err(|error| format!("{}: {error}: expected base58", shorten(text)))
}

fn base58_exactly<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let bytes = base58(text)?;
    let found = bytes.len();
    bytes.try_into().map_err(|_| format!("{}: {found} bytes, expected {N} in base58", shorten(text)))
}

/// An account id from its base58 form.
pub(super) fn account_id(text: &str) -> Result<AccountId, String> {
    base58_exactly(text).map(AccountId)
}

/// A transaction from its wire bytes, with the part of them that is signed.
pub(super) fn decode(wire: &[u8], declared: Version) -> Result<(VersionedTransaction, Vec<u8>), String> {
    let transaction: VersionedTransaction = wincode::deserialize_exact(wire)
        .map_err(|error| format!("{error}: expected the {} bytes of one transaction", wire.len()))?;
    let found = match transaction.message {
        VersionedMessage::Legacy(_) => Version::Legacy,
        VersionedMessage::V0(_) => Version::V0,
        VersionedMessage::V1(_) => return Err("a version 1 message: expected a legacy or version 0 message".into()),
    };
    if declared != Version::Unsaid && declared != found {
        return Err(format!("version is {declared:?}, but the bytes are a {found:?} message"));
    }
    let size = serialize(&transaction.message)?.len();
    let message = wire[wire.len().saturating_sub(size)..].to_vec();
    Ok((transaction, message))
}

/// A transaction from its json encoding, with the bytes that were signed.
pub(super) fn rebuild(json: JsonTransaction, declared: Version) -> Result<(VersionedTransaction, Vec<u8>), String> {
    let signatures = json.signatures.iter().map(|text| base58_exactly::<64>(text).map(Signature::from));
    let signatures = signatures.collect::<Result<_, _>>()?;
    let JsonMessage { header, account_keys, recent_blockhash, instructions, address_table_lookups } = json.message;
    let header = MessageHeader {
        num_required_signatures: header.num_required_signatures,
        num_readonly_signed_accounts: header.num_readonly_signed_accounts,
        num_readonly_unsigned_accounts: header.num_readonly_unsigned_accounts,
    };
    let account_keys = account_keys.iter().map(|key| address(key)).collect::<Result<_, _>>()?;
    let recent_blockhash = Hash::new_from_array(base58_exactly(&recent_blockhash)?);
    let instructions = instructions.into_iter().map(instruction).collect::<Result<_, _>>()?;
    let message = match (declared, address_table_lookups) {
        (Version::V0, lookups) => {
            let lookups = lookups.unwrap_or_default().into_iter().map(lookup);
            let address_table_lookups = lookups.collect::<Result<_, _>>()?;
            let message = v0::Message { header, account_keys, recent_blockhash, instructions, address_table_lookups };
            VersionedMessage::V0(message)
        }
        (_, Some(_)) => return Err("addressTableLookups without a version: expected version 0".into()),
        (_, None) => VersionedMessage::Legacy(Message { header, account_keys, recent_blockhash, instructions }),
    };
    let bytes = serialize(&message)?;
    Ok((VersionedTransaction { signatures, message }, bytes))
}

fn address(text: &str) -> Result<Address, String> {
    base58_exactly::<32>(text).map(Address::from)
}

fn instruction(json: JsonInstruction) -> Result<CompiledInstruction, String> {
    let data = base58(&json.data)?;
    Ok(CompiledInstruction { program_id_index: json.program_id_index, accounts: json.accounts, data })
}

fn lookup(json: JsonLookup) -> Result<MessageAddressTableLookup, String> {
    let JsonLookup { account_key, writable_indexes, readonly_indexes } = json;
    Ok(MessageAddressTableLookup { account_key: address(&account_key)?, writable_indexes, readonly_indexes })
}

fn serialize(message: &VersionedMessage) -> Result<Vec<u8>, String> {
    wincode::serialize(message).map_err(|error| format!("{error}: expected a message that fits a transaction"))
}
