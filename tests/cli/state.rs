//! `state`, and `validate --store`.

use crate::world::{RECEIPTS, World, keys, one_object, state, state_after};
use serde_json::json;
use wavelock::ingest::read_state;
use wavelock::serial::root::root;

/// The account that the block creates, and one that nobody has.
fn accounts() -> (String, String) {
    (state_after().account(2).id.to_string(), "ab".repeat(32))
}

fn world_with_store() -> World {
    let world = World::new();
    world.run("state init --state state.bin --chain-id 1 --store store").done();
    world
}

#[test]
fn a_store_takes_its_block_once() {
    let world = world_with_store();
    let before = root(&state()).to_string();
    let after = root(&state_after()).to_string();
    let info = world.run("state info --store store --json").json();
    assert_eq!(info, json!({"chain_id": 1, "height": 6, "accounts": 2, "state_root": before}));

    let value = world.run("validate --block block.bin --store store --json --receipts receipts").json();
    assert_eq!((&value["root_before"], &value["state_root"]), (&json!(before), &json!(after)));
    assert!(value["seconds"]["commit"].as_f64().is_some_and(|seconds| seconds > 0.0), "{value}");
    assert!(value["seconds"]["total"].as_f64() > value["seconds"]["commit"].as_f64(), "{value}");
    assert_eq!(world.text("receipts").lines().collect::<Vec<_>>(), RECEIPTS);

    let info = world.run("state info --store store --json").json();
    assert_eq!((&info["height"], &info["state_root"]), (&json!(7), &json!(after)));
    let block = &info["block"];
    assert_eq!((&block["transactions"], &block["applied"], &block["changed"]), (&json!(11), &json!(4), &json!(4)));
    assert_eq!(block["rejected"], value["rejected"]);
    let page = world.run("state info --store store").done();
    assert!(page.starts_with("chain 1, height 7, 4 accounts\n") && page.contains(&after), "{page}");

    let again = "the block has height 7: expected 8, as the store is at height 7";
    world.run("validate --block block.bin --store store").refused(&["block.bin", again]);
    world.run("state export --store store --state-out exported.bin").done();
    assert_eq!(read_state(world.path("exported.bin")).expect("a state"), state_after());
}

#[test]
fn a_store_refuses_other_chains_and_what_is_no_store() {
    let world = World::new();
    let init = world.run("state init --state state.bin --chain-id 2 --store store --json").json();
    assert_eq!(keys(&init), ["accounts", "chain_id", "height", "state_root"]);
    world.run("validate --block block.bin --store store").refused(&["is of chain 1: expected chain 2"]);
    world
        .run("state init --state state.bin --chain-id 1 --store store")
        .refused(&["expected a new or an empty folder"]);
    world.run("state init --state no.bin --chain-id 1 --store other").refused(&["no.bin"]);
    for command in ["state info --store none", "validate --block block.bin --store none"] {
        world.run(command).refused(&["none", "not a store"]);
    }
    world
        .run("validate --block block.bin --store store --state-out out")
        .refused(&["--state-out", "cannot be used with"]);
    world.validate("--store store").refused(&["--state", "--store", "cannot be used with"]);
    world.run("validate --block block.bin").refused(&["--state"]);
    assert!(!world.path("none").exists() && !world.path("other").exists());
}

#[test]
fn another_root_than_expected_commits_nothing() {
    let world = world_with_store();
    let expect = |root: &str| world.run(&format!("validate --block block.bin --store store --expect-root {root}"));
    let run = expect(&root(&state()).to_string());
    assert_eq!(run.status, Some(1), "{run:?}");
    assert_eq!(world.run("state info --store store --json").json()["height"], 6);
    expect(&root(&state_after()).to_string()).done();
    assert_eq!(world.run("state info --store store --json").json()["height"], 7);
}

#[test]
fn proofs_are_made_and_verified() {
    let world = world_with_store();
    world.run("validate --block block.bin --store store").done();
    let (account, nobody) = accounts();
    let after = root(&state_after()).to_string();
    let prove = |account: &str| world.run(&format!("state prove --store store --account {account} --out proof --json"));
    let proved = prove(&account).json();
    assert_eq!((&proved["account"], &proved["balance"], &proved["nonce"]), (&json!(account), &json!("100"), &json!(1)));
    assert_eq!((&proved["slot"], &proved["accounts"], &proved["state_root"]), (&json!(2), &json!(4), &json!(after)));
    let hex = proved["proof"].as_str().expect("text").to_owned();
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    assert_eq!(world.read("proof"), bytes);

    let verify = |root: &str| world.run(&format!("state verify-proof --proof proof --root {root} --json"));
    let verified = verify(&after).json();
    assert_eq!((&verified["valid"], &verified["account"]), (&json!(true), &json!(account)));
    let run = verify(&root(&state()).to_string());
    assert_eq!(run.status, Some(1), "{run:?}");
    assert_eq!(one_object(&run.stdout)["valid"], false);
    assert!(run.stderr.contains(&after), "{run:?}");

    let names = world.names();
    prove(&nobody).refused(&[&nobody, "there are no proofs of absence"]);
    prove("abc").refused(&["expected 64 hexadecimal digits"]);
    verify("abc").refused(&["is not a root"]);
    world.write("proof", &bytes[..bytes.len() - 1]);
    verify(&after).refused(&["proof", "bytes: expected"]);
    world.write("proof", vec![0; 1 << 20]);
    verify(&after).refused(&["not a proof"]);
    assert_eq!(world.names(), names);
}
