//! `generate`.

use crate::world::World;
use wavelock::ingest::{SignatureField, read_block, read_state};
use wavelock::workload::{Balances, Workload, WorkloadKind};

const SMALL: &str = "--transactions 60 --accounts 12 --invalid 25 --seed 5";

#[test]
fn every_workload_is_made_and_validates_alike_on_the_cpu_engines() {
    let world = World::new();
    for kind in WorkloadKind::ALL {
        let text = world.run(&format!("generate --workload {kind} {SMALL} --out a/{kind}")).done();
        assert!(text.contains("60 transactions, 25 % invalid") && text.contains("12 accounts"), "{text}");
        for engine in ["serial", "parallel", "auto"] {
            let files = format!("--block a/{kind}/block.bin --state a/{kind}/state.bin");
            let run = world.run(&format!("validate {files} --engine {engine} --receipts {engine} --json"));
            assert_eq!(run.json()["transactions"], 60);
        }
        assert_eq!(world.text("serial"), world.text("parallel"), "{kind}");
        assert_eq!(world.text("serial"), world.text("auto"), "{kind}");
    }
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let world = World::new();
    for (folder, seed) in [("a", 5), ("b", 5), ("c", 6)] {
        let options = format!("--workload zipf --transactions 60 --accounts 12 --seed {seed} --out {folder}");
        world.run(&format!("generate {options}")).done();
        world.run(&format!("generate {options} --jsonl")).done();
    }
    for name in ["block.bin", "state.bin", "block.jsonl", "state.jsonl"] {
        let read = |folder: &str| world.read(&format!("{folder}/{name}"));
        assert_eq!(read("a"), read("b"), "{name}");
        assert_ne!(read("a"), read("c"), "{name}");
    }
}

#[test]
fn every_option_reaches_the_workload() {
    let world = World::new();
    let base = Workload { kind: WorkloadKind::Zipf, transactions: 60, accounts: 12, ..Workload::default() };
    let cases = [
        ("", base.clone()),
        ("--seed 18446744073709551615", Workload { seed: u64::MAX, ..base.clone() }),
        ("--invalid 12.5", Workload { invalid: 12.5, ..base.clone() }),
        ("--exponent 0.8", Workload { exponent: 0.8, ..base.clone() }),
        ("--balances half", Workload { balances: Balances::Half, ..base.clone() }),
        ("--unsigned", Workload { signed: false, ..base.clone() }),
    ];
    for (options, workload) in cases {
        let expected = workload.generate();
        world.run(&format!("generate --workload zipf --transactions 60 --accounts 12 {options} --out x")).done();
        let block = read_block(world.path("x/block.bin"), SignatureField::Required).expect("a block");
        assert_eq!(block, expected.block, "{options}");
        assert_eq!(read_state(world.path("x/state.bin")).expect("a state"), expected.state, "{options}");
    }
}

#[test]
fn unsigned_blocks_validate_without_signatures() {
    let world = World::new();
    world.run("generate --workload uniform --transactions 50 --accounts 9 --unsigned --jsonl --out .").done();
    let files = "--block block.jsonl --state state.jsonl --json";
    assert_eq!(world.run(&format!("validate {files} --no-signatures")).json()["applied"], 50);
    assert_eq!(world.run(&format!("validate {files}")).json()["rejected"]["signature_invalid"], 50);
}

#[test]
fn what_cannot_be_made_is_refused() {
    let world = World::new();
    let before = world.names();
    let cases = [
        ("--workload lukewarm --transactions 1 --accounts 1", "unknown workload \"lukewarm\": expected one of uniform"),
        ("--workload uniform --transactions 16777216 --accounts 1", "expected at most 16777215"),
        ("--workload uniform --transactions 1 --accounts 0", "0 accounts: expected 1"),
        ("--workload uniform --transactions 1 --accounts 1 --invalid 101", "expected 0 to 100"),
        ("--workload uniform --transactions 1 --accounts 1 --invalid NaN", "expected 0 to 100"),
        ("--workload zipf --transactions 1 --accounts 1 --exponent=-1", "exponent -1: expected"),
        ("--workload uniform --transactions 1 --accounts 1 --balances rich", "expected ample"),
        ("--workload uniform --transactions -1 --accounts 1", "-1"),
        ("--workload uniform --transactions 1", "--accounts"),
    ];
    for (options, because) in cases {
        world.run(&format!("generate {options} --out made")).refused(&[because]);
    }
    world.run("generate --workload uniform --transactions 1 --accounts 1").refused(&["--out"]);
    let file = "generate --workload uniform --transactions 1 --accounts 1 --out block.bin";
    world.run(file).refused(&["error: block.bin: "]);
    assert_eq!(world.names(), before);
}
