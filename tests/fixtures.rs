//! The files in `fixtures/` mean what they meant when they were made: whoever can read them today gets the same receipts
//! and the same state, and the generator still writes the same bytes.

use std::path::{Path, PathBuf};
use wavelock::ingest::{self, Format, SignatureField};
use wavelock::workload::{Balances, Workload, WorkloadKind};
use wavelock::{Block, Engine, Outcome, State, StatusCounts, Validator};

struct Fixture {
    name: &'static str,
    /// What `wavelock generate` was told, as it stands in fixtures/README.md.
    arguments: &'static str,
    workload: Workload,
}

fn fixtures() -> [Fixture; 2] {
    [
        Fixture {
            name: "uniform-64",
            arguments: "--workload uniform --transactions 64 --accounts 16 --seed 64 --invalid 25",
            workload: Workload { transactions: 64, accounts: 16, seed: 64, invalid: 25.0, ..Workload::default() },
        },
        Fixture {
            name: "half-chain-32",
            arguments: "--workload half-chain --transactions 32 --accounts 12 --seed 32 --balances half",
            workload: Workload {
                kind: WorkloadKind::HalfChain,
                transactions: 32,
                accounts: 12,
                seed: 32,
                balances: Balances::Half,
                ..Workload::default()
            },
        },
    ]
}

impl Fixture {
    fn path(&self, file: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(self.name).join(file)
    }

    fn bytes(&self, file: &str) -> Vec<u8> {
        let path = self.path(file);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn read(&self, ending: &str) -> (Block, State) {
        let block = ingest::read_block(self.path(&format!("block.{ending}")), SignatureField::Required);
        let state = ingest::read_state(self.path(&format!("state.{ending}")));
        (block.expect("a block"), state.expect("a state"))
    }

    fn validate(&self, ending: &str, engine: Engine) -> (Outcome, State) {
        let (block, mut state) = self.read(ending);
        let mut validator = Validator::builder().engine(engine).build().expect("a CPU engine needs nothing");
        let outcome = validator.validate(&block, &state).expect("a block that fits");
        state.apply(&outcome).expect("the state that it was computed on");
        (outcome, state)
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory takes everything");
    bytes
}

#[test]
fn receipts_and_state_are_the_expected_ones() {
    for fixture in fixtures() {
        let expected = ingest::read_receipts(fixture.path("receipts.jsonl")).expect("receipts");
        for (engine, ending) in
            [Engine::Serial, Engine::Parallel].into_iter().flat_map(|engine| [(engine, "bin"), (engine, "jsonl")])
        {
            let what = format!("{}, block.{ending} on {engine}", fixture.name);
            let (outcome, after) = fixture.validate(ending, engine);
            assert_eq!(outcome.statuses, expected, "{what}");
            let receipts = written(|output| ingest::write_receipts_to(output, &outcome.statuses));
            assert!(receipts == fixture.bytes("receipts.jsonl"), "{what}: other bytes in the receipts");
            let after = written(|output| ingest::write_state_to(output, Format::JsonLines, &after));
            assert!(after == fixture.bytes("state-after.jsonl"), "{what}: another state");
        }
    }
}

#[test]
fn both_formats_hold_the_same() {
    for fixture in fixtures() {
        assert!(fixture.read("bin") == fixture.read("jsonl"), "{}", fixture.name);
    }
}

#[test]
fn generating_again_gives_the_same_bytes() {
    for fixture in fixtures() {
        let generated = fixture.workload.generate();
        for (ending, format) in [("bin", Format::Binary), ("jsonl", Format::JsonLines)] {
            let block = written(|output| ingest::write_block_to(output, format, &generated.block));
            assert!(block == fixture.bytes(&format!("block.{ending}")), "{}, block.{ending}", fixture.name);
            let state = written(|output| ingest::write_state_to(output, format, &generated.state));
            assert!(state == fixture.bytes(&format!("state.{ending}")), "{}, state.{ending}", fixture.name);
        }
    }
}

#[test]
fn the_commands_are_documented() {
    let readme = include_str!("../fixtures/README.md");
    for Fixture { name, arguments, .. } in fixtures() {
        let commands = format!("fixture {name} {arguments}\n");
        assert!(readme.contains(&commands), "fixtures/README.md lacks {commands:?}");
    }
}

/// Fixtures in which everything is applied would prove little.
#[test]
fn every_reason_occurs() {
    let mut reasons = Vec::new();
    for fixture in fixtures() {
        let statuses = ingest::read_receipts(fixture.path("receipts.jsonl")).expect("receipts");
        let counts = StatusCounts::of(&statuses);
        assert!(counts.applied > 0, "{}", fixture.name);
        reasons.extend(counts.rejected.into_keys());
    }
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons, wavelock::Reason::ALL);
}
