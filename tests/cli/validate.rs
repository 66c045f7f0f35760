//! `validate`.

use crate::world::{RECEIPTS, World, assert_seconds, keys, one_object, state, state_after};
use serde_json::json;
use wavelock::ingest::read_state;
use wavelock::serial::root::root;

const CPU_ENGINES: [&str; 3] = ["serial", "parallel", "auto"];

#[test]
fn receipts_and_states_are_those_of_the_specification_on_every_engine() {
    let world = World::new();
    for engine in CPU_ENGINES {
        for (block, state) in [("block.bin", "state.bin"), ("block.jsonl", "state.jsonl.gz")] {
            let options = format!("--engine {engine} --receipts receipts --state-out after.bin");
            world.run(&format!("validate --block {block} --state {state} {options}")).done();
            assert_eq!(world.text("receipts").lines().collect::<Vec<_>>(), RECEIPTS, "{engine} {block}");
            assert_eq!(read_state(world.path("after.bin")).expect("a state"), state_after(), "{engine} {block}");
        }
    }
}

#[test]
fn the_state_out_is_text_where_its_name_says_so() {
    let world = World::new();
    world.validate("--state-out after.jsonl").done();
    let text = world.text("after.jsonl");
    assert_eq!(text.lines().count(), 4);
    assert!(text.lines().all(|line| line.starts_with(r#"{"account":""#)));
    world.validate("--state-out after.jsonl.gz --receipts receipts.jsonl.gz").done();
    assert_eq!(world.read("after.jsonl.gz")[..2], [0x1f, 0x8b]);
    assert_eq!(world.read("receipts.jsonl.gz")[..2], [0x1f, 0x8b]);
}

#[test]
fn the_state_can_be_replaced_by_the_next_one() {
    let world = World::new();
    world.validate("--state-out state.bin").done();
    assert_eq!(read_state(world.path("state.bin")).expect("a state"), state_after());
}

#[test]
fn the_json_object_has_what_programs_depend_on() {
    let world = World::new();
    for engine in CPU_ENGINES {
        let value = world.validate(&format!("--json --engine {engine}")).json();
        assert_eq!(value["height"], 7);
        assert_eq!(value["transactions"], 11);
        assert_eq!(value["applied"], 4);
        let rejected = json!({"nonce_too_low": 1, "nonce_too_high": 1, "insufficient_funds": 1, "signature_invalid": 1,
            "wrong_chain": 1, "amount_overflow": 1, "malformed": 1});
        assert_eq!(value["rejected"], rejected);
        assert_eq!((&value["checked"], &value["faults"]), (&json!(null), &json!([])), "no device took part");
        assert_eq!(value["root_before"], root(&state()).to_string());
        assert_eq!(value["state_root"], root(&state_after()).to_string());
        assert_eq!((&value["rounds"], &value["tail"], &value["events"]), (&json!(1), &json!(0), &json!([])));
        if engine == "serial" {
            assert_eq!(value["engines"], json!({"sigverify": "serial", "execute": "serial", "root": "serial"}));
            assert_seconds(&value, &["ingest", "sigverify", "execute", "root"]);
        } else {
            let stages = ["sigverify", "snapshot", "encode", "execute", "commit", "root"];
            assert_eq!(keys(&value["engines"]), ["commit", "encode", "execute", "root", "sigverify", "snapshot"]);
            assert!(stages.iter().all(|stage| value["engines"][stage] == "parallel"), "{value}");
            assert_seconds(&value, &[&["ingest"], &stages[..]].concat());
        }
    }
}

#[test]
fn an_expected_root_is_held_against_the_one_after_the_block() {
    let world = World::new();
    let right = root(&state_after()).to_string();
    let before = root(&state()).to_string();
    let files = "--receipts receipts --state-out after.bin";
    let untouched = world.names();
    for engine in CPU_ENGINES {
        let run = world.validate(&format!("--engine {engine} --json {files} --expect-root {before}"));
        assert_eq!(run.status, Some(1), "{run:?}");
        assert_eq!(one_object(&run.stdout)["state_root"], right);
        assert!(run.stderr.contains(&right) && run.stderr.contains(&format!("expected {before}")), "{run:?}");
        assert_eq!(world.names(), untouched, "no file is written");
    }
    for malformed in [&right[1..], &format!("{right}00"), &right.replacen(&right[..1], "x", 1), "none"] {
        world
            .validate(&format!("{files} --expect-root {malformed}"))
            .refused(&["--expect-root", "64 hexadecimal digits"]);
        assert_eq!(world.names(), untouched, "no file is written");
    }
    for engine in CPU_ENGINES {
        let page = world.validate(&format!("--engine {engine} {files} --expect-root {}", right.to_uppercase())).done();
        assert!(page.contains(&format!("state root {right}")), "{page}");
        assert_eq!(root(&read_state(world.path("after.bin")).expect("a state")).to_string(), right);
    }
}

#[test]
fn an_empty_block_is_valid_and_has_no_reasons() {
    let world = World::new();
    let header = world.text("block.jsonl").lines().next().expect("a header").to_owned();
    world.write("empty.jsonl", header);
    let value = world.run("validate --block empty.jsonl --state state.bin --json --receipts receipts").json();
    assert_eq!((&value["transactions"], &value["applied"], &value["rejected"]), (&json!(0), &json!(0), &json!({})));
    assert_eq!(world.text("receipts"), "");
}

#[test]
fn without_signatures_reason_three_is_skipped_and_fields_may_be_missing() {
    let world = World::new();
    let text = world.text("block.jsonl");
    let unsigned: String = text
        .lines()
        .map(|line| match line.split_once(r#","signature":"#) {
            Some((fields, _)) => format!("{fields}}}\n"),
            None => format!("{line}\n"),
        })
        .collect();
    world.write("unsigned.jsonl", unsigned);
    let arguments = "validate --block unsigned.jsonl --state state.bin --receipts receipts";
    for engine in CPU_ENGINES {
        for policy in ["", "--policy zip215"] {
            let value = world.run(&format!("{arguments} --no-signatures --json --engine {engine} {policy}")).json();
            assert!(value["engines"].get("sigverify").is_none(), "{value}");
            assert!(value["rejected"].get("signature_invalid").is_none(), "{value}");
            // The transaction with the bad signature now uses the nonce up that a later one carries.
            let receipts = world.text("receipts");
            let lines: Vec<_> = receipts.lines().collect();
            assert_eq!(lines[4], r#"{"index":4,"status":"applied"}"#);
            assert_eq!(lines[8], r#"{"index":8,"status":"rejected","reason":"nonce_too_low"}"#);
        }
    }
    world.run(arguments).refused(&["unsigned.jsonl: line 2: ", "signature"]);
}

#[test]
fn large_heights_are_strings() {
    let world = World::new();
    let text = world.text("block.jsonl").replacen(r#""height":7"#, r#""height":"18446744073709551615""#, 1);
    world.write("high.jsonl", text);
    let value = world.run("validate --block high.jsonl --state state.bin --json").json();
    assert_eq!(value["height"], "18446744073709551615");
}

#[test]
fn people_get_tables() {
    let world = World::new();
    let page = world.validate("--engine parallel").done();
    for part in
        ["block 7: 11 transactions", "applied", "nonce_too_low", "sigverify  parallel", "total", "1 round, no tail"]
    {
        assert!(page.contains(part), "expected {part:?} in\n{page}");
    }
}
