//! Answers that cannot be used: refused with the place and what was expected.

use crate::invented::*;
use serde_json::{Value, json};
use wavelock::replay::ethereum::EthereumBlock;
use wavelock::{InputError, Place};

#[track_caller]
fn error(text: impl AsRef<[u8]>) -> InputError {
    EthereumBlock::from_json(text.as_ref()).expect_err("an error")
}

#[test]
fn not_an_answer() {
    assert_eq!(error("").place, Place::Offset(0));
    assert_eq!(error("{\n\"transactions\": 7}").place, Place::Offset(18));
    assert_eq!(error("{\"result\": {\"number\": \"x\"}}").place, Place::Offset(24));
    assert!(error("[]").message.contains("expected an eth_getBlockByNumber answer"));
    assert_eq!(error(b"{\"a\": \"\xff\"}").place, Place::Offset(7));
    for text in ["{}", "{\"result\": null}"] {
        assert!(error(text).message.contains("no field `transactions`"), "{text}");
    }
    let error = error("{\"error\": {\"code\": -32000, \"message\": \"header not found\"}}");
    assert!(error.message.contains("header not found"), "{error}");
}

#[test]
fn blocks_that_lack_what_every_block_has() {
    for field in ["number", "miner"] {
        for wrong in [Value::Null, json!(true), json!("0xno"), json!({})] {
            let error = error(with(block([]), field, wrong).to_string());
            assert!(matches!(error.place, Place::Offset(offset) if offset > 0), "{error}");
        }
        let mut lacking = block([]);
        lacking.as_object_mut().expect("an object").remove(field);
        assert!(error(lacking.to_string()).message.contains(field), "{field}");
    }
    let error = error(block([json!(slot(7))]).to_string());
    assert_eq!(error.place, Place::Transaction(0));
    assert!(error.message.contains("expected full transactions"), "{error}");
}

/// The error of a block whose second transaction is this one.
#[track_caller]
fn refused(one: Value, expected: &str) {
    let error = error(block([legacy(1, 2, 0, 0), one]).to_string());
    assert_eq!(error.place, Place::Transaction(1), "{error}");
    assert!(error.message.contains(expected), "expected {expected:?}: {error}");
}

#[test]
fn missing_fields() {
    let fields: [&[&str]; 5] = [
        &["from", "nonce", "gas", "value", "input", "gasPrice"],
        &["from", "nonce", "gas", "value", "input", "gasPrice", "chainId", "accessList"],
        &["from", "nonce", "gas", "value", "input", "maxFeePerGas", "maxPriorityFeePerGas", "chainId"],
        &["from", "nonce", "gas", "value", "input", "maxFeePerGas", "chainId", "to", "blobVersionedHashes"],
        &["from", "nonce", "gas", "value", "input", "maxFeePerGas", "chainId", "to", "authorizationList"],
    ];
    for (kind, fields) in (0..).zip(fields) {
        for field in fields {
            let mut one = if kind == 0 { legacy(1, 2, 1, 5) } else { typed(kind, 1, 2, 1, 5) };
            one.as_object_mut().expect("an object").remove(*field);
            refused(one, field);
        }
    }
}

#[test]
fn wrong_types_and_values() {
    for field in ["from", "to", "nonce", "gas", "value", "input", "gasPrice"] {
        for wrong in [json!(true), json!([]), json!({}), json!("0xzz"), json!(-1), json!(1.5)] {
            // Bytes may come as an array of numbers, too.
            if (field, &wrong) != ("input", &json!([])) {
                refused(
                    with(legacy(1, 2, 1, 5), field, wrong),
                    "expected a transaction as eth_getBlockByNumber has it",
                );
            }
        }
    }
    for wrong in [json!("0x1234"), json!(format!("{}00", address(1)))] {
        refused(with(legacy(1, 2, 1, 5), "from", wrong.clone()), "expected");
        refused(with(legacy(1, 2, 1, 5), "to", wrong), "expected");
    }
    for wrong in [json!({"address": address(1)}), json!({"address": "0x1", "storageKeys": []}), json!(7)] {
        refused(with(typed(2, 1, 2, 1, 5), "accessList", json!([wrong])), "expected");
    }
    let wrong_slot = json!([{"address": address(1), "storageKeys": ["0x1"]}]);
    refused(with(typed(2, 1, 2, 1, 5), "accessList", wrong_slot), "expected");
    refused(with(legacy(1, 2, 1, 5), "nonce", json!("0xffffffffffffffff")), "EIP-2681");
    refused(with(legacy(1, 2, 1, 5), "nonce", json!("0x10000000000000000")), "expected");
    refused(with(legacy(1, 2, 1, 5), "type", json!("0x7e")), "type 0x7e: expected 0x0 to 0x4");
    refused(with(legacy(1, 2, 1, 5), "type", json!("legacy")), "expected");
    refused(json!(7), "expected");
    refused(json!([]), "expected");
    let twice = block([legacy(1, 2, 0, 0)]).to_string().replace("\"nonce\":", "\"nonce\":\"0x0\",\"nonce\":");
    assert!(error(twice).message.contains("duplicate field"));
}
