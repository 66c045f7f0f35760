//! Valid inputs to begin with, made by the generator: a few kilobytes for each target.

#[path = "../replay_solana/recorder.rs"]
#[allow(dead_code, reason = "the tests of the replay use the rest")]
mod recorder;

use super::fuzz::mutate::{Random, append_hash};
use super::fuzz::parsers::proven_state;
use recorder::{Encoding, MEMO, OTHER, Recorder, VOTE, answer, instruction, key, transfer, versioned};
use serde_json::json;
use solana_message::AccountMeta;
use wavelock::ingest::{Format, write_block_to, write_receipts_to, write_state_to};
use wavelock::workload::{Amounts, Balances, GeneratedBlock, Workload, WorkloadKind};
use wavelock::{AccountId, Engine, Transaction, Validator, serial};

/// The seeds of the target of this name.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "block_binary" => with_runs(blocks(Format::Binary)),
        "block_jsonl" => blocks(Format::JsonLines),
        "block_jsonl_gz" => blocks(Format::JsonLinesGzip),
        "state_binary" => states(Format::Binary),
        "state_jsonl" => states(Format::JsonLines),
        "state_jsonl_gz" => states(Format::JsonLinesGzip),
        "proof" => proofs(),
        "solana" => recorded_blocks(),
        "ethereum" => vec![include_bytes!("../../fixtures/evm/block.json").to_vec()],
        "receipts_jsonl" => receipts(),
        "sigverify_jsonl" => signatures(),
        "schedule_jsonl" => access_lists(),
        "validate" | "validate_gpu" | "waves" | "waves_gpu" => bytes(),
        _ => panic!("no seeds for {target}"),
    }
}

/// Small blocks of several kinds, with invalid transactions of every reason.
fn generated() -> Vec<GeneratedBlock> {
    let workload = |kind, transactions, signed, invalid, amounts| {
        let (accounts, balances) = (6, Balances::Few);
        Workload { kind, transactions, accounts, signed, invalid, amounts, balances, ..Workload::default() }.generate()
    };
    vec![
        workload(WorkloadKind::Uniform, 0, false, 0.0, Amounts::Small),
        workload(WorkloadKind::Uniform, 1, true, 0.0, Amounts::Small),
        workload(WorkloadKind::Payments, 12, true, 60.0, Amounts::Small),
        workload(WorkloadKind::Chain, 8, false, 80.0, Amounts::Wei),
    ]
}

fn blocks(format: Format) -> Vec<Vec<u8>> {
    let write = |one: GeneratedBlock| {
        let mut bytes = Vec::new();
        write_block_to(&mut bytes, format, &one.block).expect("memory takes it");
        bytes
    };
    generated().into_iter().map(write).collect()
}

/// The same blocks, and one whose records come in two runs: twice the same.
fn with_runs(mut blocks: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    const HEADER: usize = 64;
    let one = &blocks[1][..blocks[1].len() - 32];
    let mut twice = [one, &one[HEADER..]].concat();
    append_hash(&mut twice);
    blocks.push(twice);
    blocks
}

fn states(format: Format) -> Vec<Vec<u8>> {
    let write = |one: GeneratedBlock| {
        let mut bytes = Vec::new();
        write_state_to(&mut bytes, format, &one.state).expect("memory takes it");
        bytes
    };
    generated().into_iter().skip(1).map(write).collect()
}

fn proofs() -> Vec<Vec<u8>> {
    let state = proven_state();
    (0..state.len() as u32).map(|slot| serial::root::prove(&state, slot).expect("a slot").encode()).collect()
}

fn receipts() -> Vec<Vec<u8>> {
    let mut serial = Validator::builder().engine(Engine::Serial).build().expect("needs no device");
    let mut write = |one: GeneratedBlock| {
        let mut bytes = Vec::new();
        let outcome = serial.validate(&one.block, &one.state).expect("a small block");
        write_receipts_to(&mut bytes, &outcome.statuses).expect("memory takes it");
        bytes
    };
    generated().into_iter().map(&mut write).collect()
}

/// The block's signatures, one text with them all and one with the first.
fn signatures() -> Vec<Vec<u8>> {
    let line = |transaction: &Transaction| {
        let (key, message) = (hex::encode(transaction.from().0), hex::encode(transaction.message()));
        let signature = hex::encode(transaction.signature());
        json!({"public_key": key, "message": message, "signature": signature}).to_string() + "\n"
    };
    let lines: Vec<String> = generated()[2].block.transactions.iter().map(line).collect();
    vec![lines.concat().into_bytes(), lines[0].clone().into_bytes()]
}

/// Every transaction reads its recipient and writes its sender; one in five sets the price that the others read.
fn access_lists() -> Vec<Vec<u8>> {
    let list = |(index, transaction): (usize, &Transaction)| {
        let name = |id: &AccountId| hex::encode(&id.0[..2]);
        let (read, write) = (name(transaction.to()), name(transaction.from()));
        let list = match index % 5 {
            0 => json!({"read": [read], "write": [write, "price"]}),
            _ => json!({"read": ["price", read], "write": [write]}),
        };
        list.to_string() + "\n"
    };
    let text = |one: GeneratedBlock| one.block.transactions.iter().enumerate().map(list).collect::<String>();
    generated().into_iter().map(|one| text(one).into_bytes()).collect()
}

/// Transactions that fail, transfer, vote and look addresses up, in every encoding.
fn recorded_blocks() -> Vec<Vec<u8>> {
    let mut block = Recorder::new();
    block.transfers(1, &[(key(1), key(2), 100), (key(1), key(20), 7)]);
    block.fail(3, &[transfer(key(3), key(1), 5_000_000)]);
    block.add(7, &[instruction(MEMO, &[], b"hello")], &[]);
    block.add(8, &[instruction(OTHER, &[AccountMeta::new(key(1), false)], &[9])], &[(key(1), key(8), 70)]);
    block.add(9, &[instruction(VOTE, &[AccountMeta::new(key(23), false)], &[12])], &[]);
    block.add_message(versioned(4), [vec![key(30), key(31), key(32)], vec![key(33)]], &[]);
    let encodings = [Encoding::Base64, Encoding::Base58, Encoding::Json];
    let bare = encodings.map(|encoding| answer(&block.entries, encoding).to_string().into_bytes());
    let one = json!({"jsonrpc": "2.0", "id": 1, "result": answer(&block.entries[..1], Encoding::Json)});
    let error = json!({"jsonrpc": "2.0", "error": {"code": -32007, "message": "skipped"}});
    bare.into_iter().chain([one, error].map(|value| value.to_string().into_bytes())).collect()
}

/// For targets that take any bytes as a structure.
fn bytes() -> Vec<Vec<u8>> {
    let mut random = Random(5);
    let any = [40, 200, 600, 2000].map(|length| (0..length).map(|_| random.word() as u8).collect());
    // Small numbers: amounts near the balances, few accounts, nothing wrong.
    let tame = [100, 900].map(|length| (0..length).map(|_| random.below(64) as u8).collect());
    any.into_iter().chain(tame).collect()
}
