//! Answers that cannot be used: refused with the place and what was expected, never with a panic.

use crate::recorder::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};
use solana_message::v1::{self, TransactionConfig};
use solana_message::{Message, VersionedMessage};
use wavelock::replay::solana::{ReplayEngines, SolanaBlock, replay};
use wavelock::{InputError, Place};

fn two_transfers() -> Vec<Recorded> {
    let mut block = Recorder::new();
    block.transfers(1, &[(key(1), key(2), 1)]);
    block.transfers(2, &[(key(2), key(1), 1)]);
    block.entries
}

fn error(answer: &Value) -> InputError {
    SolanaBlock::from_json(answer.to_string().as_bytes()).expect_err("an error")
}

/// The error of an answer whose second transaction is changed.
#[track_caller]
fn refused(encoding: Encoding, change: impl FnOnce(&mut Value), expected: &str) {
    let mut answer = answer(&two_transfers(), encoding);
    change(&mut answer["transactions"][1]);
    let error = error(&answer);
    assert_eq!(error.place, Place::Transaction(1), "{error}");
    assert!(error.message.contains(expected), "{error}");
}

#[test]
fn not_an_answer() {
    let at = |text: &str| SolanaBlock::from_json(text.as_bytes()).expect_err("an error");
    assert_eq!(at("").place, Place::Offset(0));
    assert_eq!(at("{\n\"transactions\": 7}").place, Place::Offset(18));
    assert_eq!(at("{\"result\": {\"transactions\": 7}}").place, Place::Offset(28));
    assert!(at("[]").message.contains("expected a getBlock answer"));
    let error = SolanaBlock::from_json(b"{\"a\": \"\xff\"}").expect_err("an error");
    assert_eq!(error.place, Place::Offset(7));
    for text in ["{}", "{\"result\": null}", "{\"result\": {\"signatures\": []}}"] {
        assert!(at(text).message.contains("transactionDetails \"full\""), "{text}");
    }
    let error = at("{\"error\": {\"code\": -32007, \"message\": \"Slot 5 was skipped\"}}");
    assert!(error.message.contains("Slot 5 was skipped"), "{error}");
}

#[test]
fn other_encodings_and_details() {
    let base64 = Encoding::Base64;
    refused(base64, |one| one["transaction"][1] = json!("base64+zstd"), "expected \"base64\" or \"base58\"");
    refused(base64, |one| one["transaction"] = one["transaction"][0].take(), "expected [\"…\", \"base64\"]");
    refused(base64, |one| one["transaction"] = json!(["AA==", "base64", 1]), "expected [\"…\", \"base64\"]");
    let parsed_keys = |one: &mut Value| {
        one["transaction"]["message"]["accountKeys"] = json!([{"pubkey": "x", "signer": true, "writable": true}]);
    };
    refused(Encoding::Json, parsed_keys, "expected encoding \"base64\" or \"json\"");
    let parsed_instructions = |one: &mut Value| {
        one["transaction"]["message"]["instructions"] = json!([{"programId": "x", "parsed": {}}]);
    };
    refused(Encoding::Json, parsed_instructions, "expected encoding \"base64\" or \"json\"");
    let accounts_only = |one: &mut Value| one["transaction"] = json!({"accountKeys": [], "signatures": []});
    refused(Encoding::Json, accounts_only, "expected transactionDetails \"full\"");
}

#[test]
fn versions() {
    refused(Encoding::Base64, |one| one["version"] = json!(1), "expected \"legacy\" or 0");
    refused(Encoding::Base64, |one| one["version"] = json!("0"), "expected \"legacy\" or 0");
    refused(Encoding::Base64, |one| one["version"] = json!(0), "version is V0, but the bytes are a Legacy message");
    let lookups = |one: &mut Value| one["transaction"]["message"]["addressTableLookups"] = json!([]);
    refused(Encoding::Json, lookups, "expected version 0");
    refused(Encoding::Json, |one| one["transaction"]["message"]["header"]["numRequiredSignatures"] = json!(300), "300");
    let VersionedMessage::Legacy(Message { header, account_keys, recent_blockhash, instructions }) =
        two_transfers().remove(1).message
    else {
        panic!("transfers here are legacy transactions")
    };
    let next = v1::Message::new(header, TransactionConfig::empty(), recent_blockhash, account_keys, instructions);
    let mut wire = VersionedMessage::V1(next).serialize();
    wire.extend([0; 64]);
    for version in [Value::Null, json!("legacy")] {
        let of_next_version = |one: &mut Value| {
            one["transaction"][0] = json!(STANDARD.encode(&wire));
            one["version"] = version;
        };
        refused(Encoding::Base64, of_next_version, "expected a legacy or version 0 message");
    }
}

#[test]
fn broken_bytes() {
    let (base64, json) = (Encoding::Base64, Encoding::Json);
    refused(base64, |one| one["transaction"][0] = json!("***"), "expected base64");
    refused(base64, |one| one["transaction"][0] = json!("AAAA"), "expected the 3 bytes of one transaction");
    let longer = |one: &mut Value| {
        let mut wire = two_transfers()[1].wire();
        wire.push(0);
        one["transaction"][0] = json!(STANDARD.encode(wire));
    };
    refused(base64, longer, "bytes of one transaction");
    refused(json, |one| one["transaction"]["signatures"][0] = json!("0"), "expected base58");
    refused(json, |one| one["transaction"]["signatures"][0] = json!("22"), "1 bytes, expected 64");
    refused(json, |one| one["transaction"]["message"]["accountKeys"][0] = json!("22"), "1 bytes, expected 32");
    let long = "2".repeat(2_000);
    let data = |one: &mut Value| one["transaction"]["message"]["instructions"][0]["data"] = json!(long);
    refused(json, data, "expected at most 1683");
    refused(json, |one| one["transaction"]["signatures"] = json!([]), "the message is inconsistent");
    let program = |one: &mut Value| one["transaction"]["message"]["instructions"][0]["programIdIndex"] = json!(9);
    refused(json, program, "the message is inconsistent");
    let many = vec![1u8; 70_000];
    let accounts = |one: &mut Value| one["transaction"]["message"]["instructions"][0]["accounts"] = json!(many);
    refused(json, accounts, "expected a message that fits a transaction");
    let twice = |one: &mut Value| {
        let keys = &mut one["transaction"]["message"]["accountKeys"];
        keys[1] = keys[0].clone();
    };
    refused(json, twice, "expected each once");
}

#[test]
fn broken_meta() {
    let base64 = Encoding::Base64;
    refused(base64, |one| one["meta"] = Value::Null, "expected the transaction's fee and balances");
    for field in ["err", "fee", "preBalances", "postBalances"] {
        let remove = |one: &mut Value| drop(one["meta"].as_object_mut().expect("an object").remove(field));
        refused(base64, remove, &format!("missing field `{field}`"));
    }
    refused(base64, |one| one["meta"]["fee"] = json!(-1), "in `meta`");
    refused(base64, |one| one["meta"]["preBalances"] = json!([1]), "1 preBalances: expected one per account, 3");
    refused(base64, |one| one["meta"]["postBalances"] = json!([1]), "1 postBalances: expected one per account, 3");
    let loaded = |one: &mut Value| one["meta"]["loadedAddresses"]["writable"] = json!([base58([9; 32])]);
    refused(base64, loaded, "1 writable and 0 readonly loadedAddresses: expected 0 and 0");
    refused(base64, |one| one["meta"]["loadedAddresses"]["readonly"] = json!(["x"]), "expected 32 in base58");
}

fn survives(text: &[u8]) {
    if let Ok(block) = SolanaBlock::from_json(text) {
        let result = replay(&block, &ReplayEngines::default()).expect("a result");
        assert_eq!(result.transactions, block.transactions().len());
    }
}

proptest! {
    #[test]
    fn no_change_to_an_answer_panics(
        encoding in prop_oneof![Just(Encoding::Base64), Just(Encoding::Base58), Just(Encoding::Json)],
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0x20u8..0x7f), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut text = answer(&two_transfers(), encoding).to_string().into_bytes();
        for (index, byte) in changes {
            let length = text.len();
            text[index.index(length)] = byte;
        }
        text.truncate(cut.map_or(text.len(), |cut| cut.index(text.len())));
        survives(&text);
    }

    #[test]
    fn no_change_to_the_bytes_of_a_transaction_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let entries = two_transfers();
        let mut wire = entries[1].wire();
        for (index, byte) in changes {
            let length = wire.len();
            wire[index.index(length)] = byte;
        }
        let mut answer = answer(&entries, Encoding::Base64);
        answer["transactions"][1]["transaction"][0] = json!(STANDARD.encode(wire));
        answer["transactions"][1]["version"] = Value::Null;
        survives(answer.to_string().as_bytes());
    }
}
