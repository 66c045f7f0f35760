//! `replay ethereum`, on invented blocks; real ones are in `replay_ethereum_blocks`.

use crate::invented::{address, block, legacy, typed};
use crate::world::{World, assert_seconds, keys, one_object};
use serde_json::{Value, json};

fn small() -> Value {
    block([legacy(1, 2, 4, 1_000), typed(2, 3, 4, 0, 7), legacy(1, 3, 5, 50), legacy(5, 6, 0, 1)])
}

fn state(world: &World) {
    let line = |number, balance: &str, nonce: u64| {
        format!("{}\n", json!({"address": address(number), "balance": balance, "nonce": nonce}))
    };
    world.write("state.jsonl", line(1, "1000000", 4) + &line(2, "0", 0) + &line(3, "100", 0) + &line(4, "0", 0));
}

#[test]
fn what_a_block_alone_tells() {
    let world = World::new();
    world.write("block.json", small().to_string());
    world.write("inside.json", json!({"jsonrpc": "2.0", "result": small()}).to_string());
    for (engine, conflict) in [("serial", "serial"), ("parallel", "parallel"), ("auto", "parallel")] {
        for file in ["block.json", "inside.json"] {
            let value = world.run(&format!("replay ethereum {file} --engine {engine} --json")).json();
            let fields =
                ["number", "transactions", "plain", "access_lists", "waves", "longest_chain", "largest_component"];
            let expected = [json!(18), json!(4), json!(4), json!(0), json!(2), json!([1, 2]), json!(3)];
            assert_eq!(fields.map(|name| value[name].clone()), expected, "{value}");
            let counted = json!([{"key": address(1), "count": 2}, {"key": address(3), "count": 2}]);
            assert_eq!(value["hottest"], counted);
            let nonces = json!({"senders": 3, "checked": 1, "mismatched": 0, "first_mismatch": null});
            assert_eq!(value["nonces"], nonces);
            assert_eq!(value["engines"], json!({"conflict": conflict}));
            assert_eq!(value["events"], json!([]));
            assert!(value.get("transfers").is_none());
            assert_seconds(&value, &["ingest", "encode", "conflict", "verify"]);
        }
    }
    let page = world.run("replay ethereum block.json").done();
    let parts =
        ["block 18", "plain transfers", "EIP-1559", "waves", "longest chain", "hottest account", "counts as written"];
    for part in parts.iter().chain(&["the nonces of all 3 senders rise one by one"]) {
        assert!(page.contains(part), "expected {part:?} in\n{page}");
    }
    assert!(!page.contains("made-up") && !page.contains("EIP-4844"), "{page}");
}

#[test]
fn a_nonce_out_of_order_is_a_failed_check() {
    let world = World::new();
    world.write("block.json", block([legacy(1, 2, 4, 1), legacy(1, 2, 6, 1)]).to_string());
    for options in ["--json", "--json --engine serial", ""] {
        let run = world.run(&format!("replay ethereum block.json {options}"));
        assert_eq!(run.status, Some(1), "{run:?}");
        assert!(run.stderr.starts_with("error: block.json: transaction 1: nonce 6 of sender 0x0101"), "{run:?}");
        if options.is_empty() {
            assert!(run.stdout.contains("1 nonce out of order"), "{run:?}");
        } else {
            let mismatch = &one_object(&run.stdout)["nonces"]["first_mismatch"];
            assert_eq!(*mismatch, json!({"transaction": 1, "sender": address(1), "expected": 5, "found": 6}));
        }
    }
}

#[test]
fn transfers_with_made_up_signatures() {
    let world = World::new();
    world.write("block.json", small().to_string());
    state(&world);
    let line = "replay ethereum block.json --state state.jsonl --signed-with-derived-keys";
    for (engine, sigverify) in [("serial", "serial"), ("parallel", "parallel"), ("auto", "parallel")] {
        let value = world.run(&format!("{line} --engine {engine} --json")).json();
        let expected = json!({
            "made_up_signatures": true, "accounts": 4, "transactions": 3, "left_out": 1, "applied": 2,
            "rejected": {"insufficient_funds": 1},
        });
        assert_eq!(value["transfers"], expected, "{value}");
        let engines = keys(&value["engines"]);
        assert!(["conflict", "execute", "sigverify"].iter().all(|stage| engines.contains(stage)), "{value}");
        assert_eq!(value["engines"]["sigverify"], sigverify);
        let seconds = keys(&value["seconds"]);
        assert!(["sigverify", "execute", "total"].iter().all(|stage| seconds.contains(stage)), "{value}");
    }
    let page = world.run(line).done();
    for part in [
        "a real workload with made-up signatures: 3 plain transfers between 4 accounts",
        "1 plain transfer to or from others left out",
        "insufficient_funds",
        "applied",
    ] {
        assert!(page.contains(part), "expected {part:?} in\n{page}");
    }
}

#[test]
fn one_of_the_two_options_is_none() {
    let world = World::new();
    world.write("block.json", small().to_string());
    state(&world);
    world.run("replay ethereum block.json --state state.jsonl").refused(&["--signed-with-derived-keys"]);
    world.run("replay ethereum block.json --signed-with-derived-keys").refused(&["--state"]);
    world.run("replay solana block.json --state state.jsonl").refused(&["--state"]);
}

#[test]
fn what_is_no_block_or_no_state_is_refused() {
    let world = World::new();
    world.write("list.json", "[1]");
    world.write("cut.json", &small().to_string()[..300]);
    world.write("hashes.json", block([json!("0x12")]).to_string());
    world.write("block.json", small().to_string());
    world.write("damaged.json.gz", "no gzip");
    world.run("replay ethereum list.json --json").refused(&["list.json: ", "expected an eth_getBlockByNumber answer"]);
    world.run("replay ethereum cut.json").refused(&["cut.json: byte ", "expected"]);
    world.run("replay ethereum hashes.json").refused(&["hashes.json: transaction 0: ", "expected full transactions"]);
    world.run("replay ethereum damaged.json.gz").refused(&["damaged.json.gz: "]);
    world.run("replay ethereum missing.json").refused(&["missing.json: "]);
    state(&world);
    let good = world.text("state.jsonl");
    let line = "replay ethereum block.json --signed-with-derived-keys --state";
    world.write("twice.jsonl", good.clone() + &good);
    world.run(&format!("{line} twice.jsonl")).refused(&["twice.jsonl: line 5: ", "expected each address once"]);
    world.write("typed.jsonl", good.replace("\"0\"", "0"));
    world.run(&format!("{line} typed.jsonl")).refused(&["typed.jsonl: line 2: ", "\"balance\""]);
    world.run(&format!("{line} missing.jsonl")).refused(&["missing.jsonl: "]);
}
