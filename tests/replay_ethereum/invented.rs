//! Small invented blocks, as a node would answer them.

use serde_json::{Value, json};

pub const BASE_FEE: u64 = 7;

pub fn address(number: u8) -> String {
    format!("0x{}", format!("{number:02x}").repeat(20))
}

pub fn slot(number: u8) -> String {
    format!("0x{}{number:02x}", "00".repeat(31))
}

pub fn block(transactions: impl IntoIterator<Item = Value>) -> Value {
    json!({
        "number": "0x12", "hash": slot(1), "miner": address(0xfe), "baseFeePerGas": format!("{BASE_FEE:#x}"),
        "uncles": [], "transactions": transactions.into_iter().collect::<Vec<_>>(),
    })
}

/// A transfer of type 0 that pays 10 wei per gas.
pub fn legacy(from: u8, to: u8, nonce: u64, value: u64) -> Value {
    json!({
        "type": "0x0", "from": address(from), "to": address(to), "nonce": format!("{nonce:#x}"), "gas": "0x5208",
        "value": format!("{value:#x}"), "gasPrice": "0xa", "input": "0x", "v": "0x1c", "r": "0x1", "s": "0x2",
        "hash": slot(9), "transactionIndex": "0x0",
    })
}

/// The same transfer as a later type: 1 pays 10 wei per gas, the others 3 more than the base fee, but at most 20.
pub fn typed(kind: u8, from: u8, to: u8, nonce: u64, value: u64) -> Value {
    let mut one = legacy(from, to, nonce, value);
    one["type"] = json!(format!("{kind:#x}"));
    one["chainId"] = json!("0x5");
    one["yParity"] = json!("0x0");
    one["accessList"] = json!([]);
    if kind >= 2 {
        one["maxFeePerGas"] = json!("0x14");
        one["maxPriorityFeePerGas"] = json!("0x3");
    }
    if kind == 3 {
        one["maxFeePerBlobGas"] = json!("0x1");
        one["blobVersionedHashes"] = json!([slot(1)]);
    }
    if kind == 4 {
        one["authorizationList"] = json!([]);
    }
    one
}

pub fn with(mut one: Value, field: &str, value: Value) -> Value {
    one[field] = value;
    one
}

pub fn authorization(nonce: u64) -> Value {
    json!({
        "chainId": "0x5", "address": address(0xaa), "nonce": format!("{nonce:#x}"), "yParity": "0x0", "r": "0x1", "s": "0x2"
    })
}
