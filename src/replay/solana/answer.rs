//! A getBlock answer as JSON-RPC gives it, taken apart into transactions.
//!
//! Format: <https://solana.com/docs/rpc/http/getblock>. Fields that the replay does not need are skipped unread.

use super::transaction::{Loaded, Meta, SolanaTransaction};
use super::wire;
use crate::error::{InputError, Place};
use crate::replay::answer_file::{self, parse, shorten};
use rayon::prelude::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use solana_transaction::versioned::VersionedTransaction;

/// What is expected, for messages.
const EXPECTED: &str = "a getBlock answer";

/// The whole answer, or the block alone: whichever fields are there tell.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    transactions: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    transaction: &'a RawValue,
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
    version: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonMeta {
    #[serde(deserialize_with = "is_some")]
    err: bool,
    fee: u64,
    pre_balances: Vec<u64>,
    post_balances: Vec<u64>,
    loaded_addresses: Option<JsonLoaded>,
}

#[derive(Deserialize)]
struct JsonLoaded {
    writable: Vec<String>,
    readonly: Vec<String>,
}

/// `err` must be there: an absent one would turn a failed transaction into an executed one.
fn is_some<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Ok(Option::<IgnoredAny>::deserialize(value)?.is_some())
}

/// The version that an answer declares for a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    /// Not said: nodes leave it out unless they are asked for versioned transactions.
    Unsaid,
    Legacy,
    V0,
}

/// The transactions of an answer, in block order.
pub(super) fn transactions(text: &str) -> Result<Vec<SolanaTransaction>, InputError> {
    let answer: Answer<'_> = parse(text, text, EXPECTED)?;
    let entries = match (answer.transactions, answer.result, answer.error) {
        (Some(entries), ..) => entries,
        (None, Some(result), _) => {
            let offset = answer_file::offset(text, result.get());
            let block: Answer<'_> = parse(text, result.get(), EXPECTED)?;
            block.transactions.ok_or_else(|| no_transactions(Place::Offset(offset)))?
        }
        (None, None, Some(error)) => {
            let message = format!("expected a block, found the node's error {}", shorten(error.get()));
            return Err(InputError::new(Place::Whole, message));
        }
        (None, None, None) => return Err(no_transactions(Place::Whole)),
    };
    entries
        .par_iter()
        .enumerate()
        .map(|(index, entry)| {
            transaction(entry.get()).map_err(|message| InputError::new(Place::Transaction(index), message))
        })
        .collect()
}

fn no_transactions(place: Place) -> InputError {
    let message = "no field `transactions`: expected a getBlock answer with transactionDetails \"full\"";
    InputError::new(place, message)
}

fn transaction(text: &str) -> Result<SolanaTransaction, String> {
    let entry: Entry<'_> = serde_json::from_str(text)
        .map_err(|error| format!("{error}: expected an object with `transaction`, `meta` and maybe `version`"))?;
    let version = version(entry.version.as_ref())?;
    let (transaction, message) = signed(entry.transaction.get(), version)?;
    let meta = entry.meta.ok_or("`meta` is missing or null: expected the transaction's fee and balances")?;
    let meta: JsonMeta = serde_json::from_str(meta.get()).map_err(|error| format!("in `meta`: {error}"))?;
    let loaded = match meta.loaded_addresses {
        None => Loaded::default(),
        Some(JsonLoaded { writable, readonly }) => {
            let keys = |keys: Vec<String>| keys.iter().map(|key| wire::account_id(key)).collect::<Result<_, _>>();
            Loaded { writable: keys(writable)?, readonly: keys(readonly)? }
        }
    };
    let (fee, pre, post) = (meta.fee, meta.pre_balances, meta.post_balances);
    SolanaTransaction::new(transaction, message, Meta { failed: meta.err, fee, pre, post, loaded })
}

fn version(declared: Option<&Value>) -> Result<Version, String> {
    match declared {
        None => Ok(Version::Unsaid),
        Some(Value::String(name)) if name == "legacy" => Ok(Version::Legacy),
        Some(number) if number.as_u64() == Some(0) => Ok(Version::V0),
        Some(other) => Err(format!("version {}: expected \"legacy\" or 0", shorten(&other.to_string()))),
    }
}

/// The transaction and the bytes that its signatures cover.
fn signed(text: &str, version: Version) -> Result<(VersionedTransaction, Vec<u8>), String> {
    const EXPECTED: &str = "expected [\"…\", \"base64\"] or the object of the json encoding";
    match text.as_bytes().first() {
        Some(b'[') => {
            let (data, encoding): (String, String) =
                serde_json::from_str(text).map_err(|error| format!("in `transaction`: {error}: {EXPECTED}"))?;
            wire::decode(&wire::bytes(&data, &encoding)?, version)
        }
        Some(b'{') => match serde_json::from_str(text) {
            Ok(transaction) => wire::rebuild(transaction, version),
            Err(error) => Err(not_json_encoding(text, &error)),
        },
        _ => Err(format!("`transaction` is {}: {EXPECTED}", shorten(text))),
    }
}

/// Names the encodings that look like json but have lost the signed bytes.
fn not_json_encoding(text: &str, error: &serde_json::Error) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let message = &value["message"];
    let has_parsed_instructions =
        message["instructions"].as_array().is_some_and(|all| all.iter().any(|one| one.get("programId").is_some()));
    if message["accountKeys"][0].is_object() || has_parsed_instructions {
        "encoding \"jsonParsed\" has lost the signed bytes: expected encoding \"base64\" or \"json\"".into()
    } else if message.is_null() {
        "`transaction` has no message: expected transactionDetails \"full\"".into()
    } else {
        format!("in `transaction`: {error}")
    }
}
