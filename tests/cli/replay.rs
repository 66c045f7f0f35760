//! `replay`, on recorded transfers of our own making; real blocks are in `cli_engines`.

use crate::recorder::{Encoding, Recorder, answer, key};
use crate::world::{World, assert_seconds, keys, one_object};
use serde_json::{Value, json};

fn recorded() -> Value {
    let mut recorder = Recorder::new();
    recorder.transfers(1, &[(key(1), key(2), 500)]);
    recorder.transfers(2, &[(key(2), key(3), 700)]);
    recorder.transfers(4, &[(key(4), key(5), 1)]);
    answer(&recorder.entries, Encoding::Base64)
}

#[test]
fn a_block_that_comes_out() {
    let world = World::new();
    world.write("block.json", recorded().to_string());
    for (engine, sigverify) in [("serial", "serial"), ("parallel", "parallel"), ("auto", "parallel")] {
        let value = world.run(&format!("replay solana block.json --engine {engine} --json")).json();
        let counts = ["transactions", "votes", "plain", "waves", "largest_component"].map(|name| value[name].clone());
        assert_eq!(counts, [json!(3), json!(0), json!(3), json!(2), json!(2)], "{value}");
        assert_eq!(value["signatures"], json!({"total": 3, "valid": 3}));
        assert_eq!(value["balances"]["mismatched"], 0);
        assert!(value["balances"]["met_again"].as_u64().expect("a number") > 0);
        assert!(value["first_mismatch"].is_null());
        assert_eq!(keys(&value["engines"]), ["conflict", "execute", "sigverify"]);
        assert_eq!(value["engines"]["sigverify"], sigverify);
        assert_seconds(&value, &["ingest", "encode", "sigverify", "conflict", "execute", "verify"]);
    }
    let page = world.run("replay solana block.json").done();
    for part in
        ["votes", "plain, by rule", "signatures", "balances met again", "waves", "longest chain", "hottest account"]
    {
        assert!(page.contains(part), "expected {part:?} in\n{page}");
    }
}

#[test]
fn a_block_that_does_not_come_out_fails_and_names_the_transaction() {
    let world = World::new();
    let mut block = recorded();
    // The source is the payer, so it is the first account; the first transaction left it with one lamport less.
    let before = &mut block["transactions"][1]["meta"]["preBalances"][0];
    *before = json!(before.as_u64().expect("a number") + 1);
    world.write("block.json", block.to_string());
    for options in ["--json", "--json --engine serial", ""] {
        let run = world.run(&format!("replay solana block.json {options}"));
        assert_eq!(run.status, Some(1), "{run:?}");
        assert!(run.stderr.starts_with("error: block.json: transaction 1: "), "{run:?}");
        if options.is_empty() {
            assert!(run.stdout.contains("the block does not come out"), "{run:?}");
        } else {
            let value = one_object(&run.stdout);
            assert_eq!(value["first_mismatch"]["transaction"], 1);
            assert_eq!(value["first_mismatch"]["kind"], "balance_before");
        }
    }
}

#[test]
fn what_is_no_block_is_refused() {
    let world = World::new();
    world.write("list.json", "[1]");
    world.write("cut.json", &recorded().to_string()[..300]);
    world.run("replay solana list.json --json").refused(&["list.json: ", "expected"]);
    world.run("replay solana cut.json").refused(&["cut.json: ", "expected"]);
    world.run("replay solana missing.json").refused(&["missing.json: "]);
    world.run("replay bitcoin list.json").refused(&["bitcoin"]);
}
