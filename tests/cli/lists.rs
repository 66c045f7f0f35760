//! `sigverify` and `schedule`.

use crate::world::{World, assert_seconds, keys};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

fn signed_lines() -> String {
    let line = |number: u8, message: &[u8], spoil: bool| {
        let key = SigningKey::from_bytes(&[number; 32]);
        let mut signature = key.sign(message).to_bytes();
        signature[3] ^= u8::from(spoil);
        let public_key = hex::encode(key.verifying_key().to_bytes());
        format!(
            "{}\n",
            json!({"public_key": public_key, "message": hex::encode(message), "signature": hex::encode(signature)})
        )
    };
    [line(1, b"", false), line(2, b"pay", true), line(3, &[7; 1000], false)].concat()
}

/// A key and a point of order 2: cofactored verification accepts what the strict one must not.
const SMALL_ORDER: &str = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";

#[test]
fn every_signature_has_a_verdict() {
    let world = World::new();
    world.write("in.jsonl", signed_lines());
    for (asked, ran) in [("serial", "serial"), ("parallel", "parallel"), ("auto", "parallel")] {
        let value = world.run(&format!("sigverify --input in.jsonl --engine {asked} --out out --json")).json();
        assert_eq!((&value["signatures"], &value["valid"]), (&json!(3), &json!(2)));
        assert_eq!(value["engines"], json!({"sigverify": ran}));
        assert_seconds(&value, &["ingest", "sigverify"]);
        let mut names = vec!["checked", "engines", "events", "faults", "seconds", "signatures", "valid"];
        if asked == "auto" {
            // Why the CPU did it.
            names.insert(0, "auto");
        }
        assert_eq!(keys(&value), names);
        let lines = "{\"index\":0,\"valid\":true}\n{\"index\":1,\"valid\":false}\n{\"index\":2,\"valid\":true}\n";
        assert_eq!(world.text("out"), lines);
    }
    let page = world.run("sigverify --input in.jsonl").done();
    assert!(page.contains("3 signatures under strict") && page.contains("not valid"), "{page}");
}

#[test]
fn the_policy_decides() {
    let world = World::new();
    let signature = SMALL_ORDER.to_owned() + &"00".repeat(32);
    world.write("in.jsonl", json!({"public_key": SMALL_ORDER, "message": "00", "signature": signature}).to_string());
    for (policy, valid) in [("strict", 0), ("zip215", 1)] {
        for engine in ["serial", "parallel"] {
            let value =
                world.run(&format!("sigverify --input in.jsonl --policy {policy} --engine {engine} --json")).json();
            assert_eq!(value["valid"], valid, "{policy} {engine}");
        }
    }
}

#[test]
fn waves_follow_declared_conflicts() {
    let world = World::new();
    let lines = [
        json!({"read": ["price"], "write": ["a\n\u{1b}"]}),
        json!({"read": ["price"], "write": ["b"]}),
        json!({"read": ["b"], "write": ["a\n\u{1b}"]}),
        json!({"read": [], "write": ["elsewhere"]}),
        json!({"read": [], "write": []}),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    world.write("in.jsonl", text);
    for (engine, ran) in [("serial", "serial"), ("parallel", "parallel"), ("auto", "parallel")] {
        let value = world.run(&format!("schedule --input in.jsonl --engine {engine} --out out --json")).json();
        let figures = ["transactions", "waves", "longest_chain", "largest_component"].map(|name| value[name].clone());
        assert_eq!(figures, [json!(5), json!(2), json!([1, 2]), json!(3)]);
        assert_eq!(value["hottest"], json!([{"key": "a\n\u{1b}", "count": 2}, {"key": "b", "count": 2}]));
        assert_eq!((&value["components"], &value["rounds"], &value["tail"]), (&json!(3), &json!(1), &json!(0)));
        assert_eq!((&value["engines"], &value["events"]), (&json!({"conflict": ran}), &json!([])));
        assert_seconds(&value, &["ingest", "encode", "conflict"]);
        let waves: Vec<Value> =
            world.text("out").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let expected = [0, 0, 1, 0, 0].into_iter().enumerate();
        assert_eq!(waves, expected.map(|(index, wave)| json!({"index": index, "wave": wave})).collect::<Vec<_>>());
    }
    let page = world.run("schedule --input in.jsonl").done();
    assert!(page.contains("5 transactions in 2 waves") && page.contains("1 → 2"), "{page}");
    assert!(!page.contains('\u{1b}'), "a key must not reach the terminal as it is: {page:?}");
}

#[test]
fn nothing_is_a_valid_list() {
    let world = World::new();
    world.write("none.jsonl", "");
    let value = world.run("sigverify --input none.jsonl --json").json();
    assert_eq!((&value["signatures"], &value["valid"]), (&json!(0), &json!(0)));
    let value = world.run("schedule --input none.jsonl --json").json();
    assert_eq!((&value["waves"], &value["longest_chain"], &value["hottest"]), (&json!(0), &json!([]), &json!([])));
    world.run("sigverify --input none.jsonl").done();
    world.run("schedule --input none.jsonl").done();
}
