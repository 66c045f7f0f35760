//! Every type of transaction, what it touches, and the order of nonces.

use crate::invented::*;
use crate::{read, replayed};
use serde_json::{Value, json};
use wavelock::replay::ethereum::NonceMismatch;

fn touched(one: Value) -> Vec<String> {
    read(&block([one])).transactions[0].touched().map(|key| key.to_string()).collect()
}

#[test]
fn bare_inside_result_and_without_a_type() {
    let mut old = legacy(1, 2, 0, 5);
    old.as_object_mut().expect("an object").remove("type");
    let bare = block([old, legacy(3, 4, 0, 5)]);
    let found = read(&bare);
    assert_eq!((found.number, found.base_fee, found.transactions.len()), (18, Some(7), 2));
    assert_eq!(found.beneficiary.to_string().to_lowercase(), address(0xfe));
    assert_eq!(read(&json!({"jsonrpc": "2.0", "id": 1, "result": bare})), found);
    let mut before_london = block([]);
    before_london.as_object_mut().expect("an object").remove("baseFeePerGas");
    assert_eq!(read(&before_london).base_fee, None);
    assert_eq!((replayed(&before_london).waves, replayed(&before_london).largest_component()), (0, 0));
}

#[test]
fn every_type_is_counted() {
    let mut all: Vec<Value> = (1..=4).map(|kind| typed(kind, kind, 10 + kind, 0, 1)).collect();
    all.push(legacy(5, 15, 0, 1));
    all.push(with(legacy(6, 16, 0, 1), "input", json!("0x00")));
    all.push(with(with(legacy(7, 17, 0, 1), "to", Value::Null), "input", json!("0x60")));
    all.push(with(typed(4, 8, 18, 0, 1), "authorizationList", json!([authorization(0), authorization(1)])));
    all.push(with(typed(1, 9, 19, 0, 1), "accessList", json!([{"address": address(9), "storageKeys": []}])));
    let found = replayed(&block(all));
    assert_eq!((found.transactions, found.types, found.plain), (9, [3, 2, 1, 1, 2], 6));
    assert_eq!((found.creations, found.access_lists, found.authorizations), (1, 1, 2));
    assert_eq!((found.waves, found.components), (1, vec![1; 9]));
    assert!(found.hottest.is_empty());
}

#[test]
fn what_a_transaction_touches() {
    assert_eq!(touched(legacy(1, 2, 0, 5)), [address(1), address(2)]);
    assert_eq!(touched(legacy(1, 1, 0, 5)), [address(1), address(1)]);
    let list = json!([
        {"address": address(3), "storageKeys": [slot(1), slot(2)]},
        {"address": address(4), "storageKeys": []},
    ]);
    let in_slot = |number| format!("{}/{}", address(3), slot(number));
    let expected = [address(1), address(2), address(3), in_slot(1), in_slot(2), address(4)];
    for kind in 1..=4 {
        assert_eq!(touched(with(typed(kind, 1, 2, 0, 5), "accessList", list.clone())), expected, "type {kind}");
    }
}

/// Sender and nonce decide a contract's address: known pairs.
#[test]
fn created_contracts_have_their_address() {
    let sender = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0";
    let known = [(0, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"), (1, "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8")];
    let create = |nonce| with(with(legacy(1, 1, nonce, 0), "to", Value::Null), "from", json!(sender));
    for (nonce, contract) in known {
        assert_eq!(touched(create(nonce)), [sender, contract]);
    }
    // Whoever calls the contract comes after it.
    let call = with(legacy(2, 2, 0, 0), "to", json!(known[1].1));
    let found = replayed(&block([create(0), create(1), call]));
    assert_eq!((found.waves, found.longest_chain), (3, vec![0, 1, 2]));
}

#[test]
fn waves_by_accounts_and_access_lists() {
    let list = |numbers: &[u8]| {
        numbers.iter().map(|&number| json!({"address": address(number), "storageKeys": []})).collect::<Value>()
    };
    let found = replayed(&block([
        legacy(1, 2, 0, 5),
        legacy(3, 4, 0, 5),
        legacy(5, 2, 0, 5),
        with(typed(2, 6, 7, 0, 5), "accessList", list(&[3])),
        legacy(8, 8, 0, 5),
    ]));
    assert_eq!((found.waves, &found.longest_chain[..]), (2, &[0, 2][..]));
    assert_eq!((found.components.clone(), found.largest_component()), (vec![2, 2, 1], 2));
    let hottest: Vec<_> = found.hottest.iter().map(|(key, count)| (key.to_string(), *count)).collect();
    assert_eq!(hottest, [(address(2), 2), (address(3), 2)]);
}

#[test]
fn the_beneficiary_is_in_nobodys_way() {
    let found = replayed(&block([legacy(1, 2, 0, 5), legacy(3, 4, 0, 5)]));
    assert_eq!(found.waves, 1);
    assert_eq!(replayed(&block([legacy(1, 0xfe, 0, 5), legacy(3, 0xfe, 0, 5)])).waves, 2);
}

fn mismatch(transactions: impl IntoIterator<Item = Value>) -> Option<(usize, u64, u64)> {
    let found = replayed(&block(transactions));
    assert_eq!(found.nonces.first_mismatch.is_some(), found.nonces.mismatched > 0);
    found.nonces.first_mismatch.map(|NonceMismatch { transaction, expected, found, .. }| (transaction, expected, found))
}

#[test]
fn nonces_rise_one_by_one() {
    let of = |nonces: &[u64]| nonces.iter().map(|&nonce| legacy(1, 2, nonce, 0)).collect::<Vec<_>>();
    assert_eq!(mismatch(of(&[4, 5, 6])), None);
    assert_eq!(mismatch(of(&[4, 4])), Some((1, 5, 4)));
    assert_eq!(mismatch(of(&[4, 6])), Some((1, 5, 6)));
    assert_eq!(mismatch(of(&[4, 5, 3, 4])), Some((2, 6, 3)));
    assert_eq!(mismatch(of(&[0, u64::MAX - 1])), Some((1, 1, u64::MAX - 1)));
    assert_eq!(
        mismatch([legacy(1, 3, 9, 0), legacy(2, 3, 4, 0), legacy(1, 3, 10, 0), legacy(2, 3, 4, 0)]),
        Some((3, 5, 4))
    );
    let found = replayed(&block([legacy(1, 3, 9, 0), legacy(2, 3, 4, 0), legacy(1, 3, 10, 0), legacy(1, 3, 12, 0)]));
    assert_eq!((found.nonces.senders, found.nonces.checked, found.nonces.mismatched), (2, 2, 1));
    let told = found.nonces.first_mismatch.expect("a mismatch").to_string();
    assert_eq!(told, format!("transaction 3: nonce 12 of sender {}: expected 11", address(1)));
    let json = replayed(&block(of(&[0, (1 << 53) + 2]))).to_json();
    assert_eq!(json["nonces"]["first_mismatch"]["found"], json!("9007199254740994"));
    assert_eq!(json["nonces"]["first_mismatch"]["expected"], json!(1));
}

/// An authorization uses up a nonce of who signed it, who may send transactions too.
#[test]
fn authorizations_use_up_nonces() {
    let authorizing = |from, nonce, used: &[u64]| {
        let list: Vec<_> = used.iter().map(|&nonce| authorization(nonce)).collect();
        with(typed(4, from, 9, nonce, 0), "authorizationList", json!(list))
    };
    // By others in between, and by the sender's own transaction.
    assert_eq!(mismatch([legacy(1, 2, 4, 0), authorizing(3, 0, &[5, 6]), legacy(1, 2, 7, 0)]), None);
    assert_eq!(mismatch([authorizing(1, 4, &[5]), legacy(1, 2, 6, 0)]), None);
    // Too few, too many, too early, too late.
    assert_eq!(mismatch([legacy(1, 2, 4, 0), authorizing(3, 0, &[5, 5]), legacy(1, 2, 7, 0)]), Some((2, 5, 7)));
    assert_eq!(mismatch([legacy(1, 2, 4, 0), authorizing(3, 0, &[3]), legacy(1, 2, 4, 0)]), Some((2, 5, 4)));
    assert_eq!(mismatch([authorizing(3, 0, &[5]), legacy(1, 2, 4, 0), legacy(1, 2, 6, 0)]), Some((2, 5, 6)));
    assert_eq!(mismatch([legacy(1, 2, 4, 0), legacy(1, 2, 6, 0), authorizing(3, 0, &[5])]), Some((1, 5, 6)));
}

/// The block that the example shows.
#[test]
fn the_fixture_is_what_it_says() {
    let block = include_str!("../../fixtures/evm/block.json");
    let found = replayed(&serde_json::from_str(block).expect("JSON"));
    assert_eq!((found.transactions, found.waves, &found.longest_chain[..]), (4, 3, &[0, 1, 3][..]));
    assert_eq!((found.plain, found.access_lists, found.nonces.mismatched), (1, 2, 0));
}
