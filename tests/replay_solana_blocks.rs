//! `replay solana` on recorded blocks, held against figures and access lists that were derived by another program.
//!
//! The blocks lie in `$WAVELOCK_DATA/solana` (default `../shared/data/solana`); where they are missing, every test here
//! is reported as ignored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wavelock::replay::solana::{ReplayEngines, SolanaBlock, SolanaReplay, replay};

/// What must come out of a block.
struct Expected {
    slot: &'static str,
    /// The getBlock answer; blocks without one are put together from their derived lines.
    answer: Option<&'static str>,
    transactions: usize,
    votes: usize,
    plain: usize,
    signatures: usize,
    met_again: usize,
    waves: u32,
    largest_component: usize,
}

#[rustfmt::skip]
const BLOCKS: [Expected; 8] = [
    Expected { slot: "254170887", answer: Some("254170887.getblock.json"),
        transactions: 602, votes: 158, plain: 6, signatures: 607, met_again: 7_472, waves: 29, largest_component: 402 },
    Expected { slot: "147078735", answer: Some("147078735.getblock.base64.json"),
        transactions: 25, votes: 2, plain: 0, signatures: 25, met_again: 417, waves: 18, largest_component: 18 },
    Expected { slot: "270893658", answer: Some("270893658.getblock.json"),
        transactions: 57, votes: 11, plain: 0, signatures: 57, met_again: 149, waves: 35, largest_component: 35 },
    Expected { slot: "314167369", answer: Some("314167369.getblock.json"),
        transactions: 18, votes: 14, plain: 0, signatures: 19, met_again: 17, waves: 1, largest_component: 1 },
    Expected { slot: "343158827", answer: Some("343158827.getblock.json"),
        transactions: 85, votes: 12, plain: 0, signatures: 85, met_again: 153, waves: 69, largest_component: 69 },
    Expected { slot: "5941134", answer: Some("5941134.getblock.json"),
        transactions: 164, votes: 1, plain: 130, signatures: 196, met_again: 546, waves: 28, largest_component: 28 },
    Expected { slot: "43200000", answer: None,
        transactions: 208, votes: 192, plain: 0, signatures: 209, met_again: 687, waves: 10, largest_component: 12 },
    Expected { slot: "18144001", answer: None,
        transactions: 89, votes: 89, plain: 0, signatures: 89, met_again: 276, waves: 3, largest_component: 3 },
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let data = std::env::var_os("WAVELOCK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join("solana");
    let missing = !folder.is_dir();
    if missing {
        eprintln!("skipped: no {}; set WAVELOCK_DATA", folder.display());
    }
    let trial = |name: String, test: fn(&Path, &Expected) -> Result<(), Failed>, expected: &'static Expected| {
        let folder = folder.clone();
        Trial::test(name, move || test(&folder, expected)).with_ignored_flag(missing)
    };
    let trials = BLOCKS.iter().flat_map(|expected| {
        [
            trial(format!("block_{}_comes_out", expected.slot), comes_out, expected),
            trial(format!("block_{}_equals_its_derived_lines", expected.slot), equals_its_lines, expected),
            trial(format!("block_{}_with_one_change_does_not", expected.slot), canary, expected),
        ]
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}").into()) }
}

/// The lines of another program's reading of the block.
fn lines(folder: &Path, slot: &str) -> Result<Vec<Value>, Failed> {
    let file = File::open(folder.join("normalized").join(format!("{slot}.jsonl.gz")))?;
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// An answer with a transaction of each line. Works for legacy transactions: loaded addresses cannot be told from lines.
fn answer_from(lines: &[Value]) -> Value {
    let entry = |line: &Value| {
        let err = if line["err"] == true { json!("some") } else { Value::Null };
        let meta = json!({"err": err, "fee": line["fee"], "preBalances": line["pre"], "postBalances": line["post"]});
        json!({"transaction": [line["tx"], "base64"], "meta": meta, "version": line["version"]})
    };
    json!({"transactions": lines.iter().map(entry).collect::<Vec<_>>()})
}

fn block(folder: &Path, expected: &Expected) -> Result<SolanaBlock, Failed> {
    match expected.answer {
        Some(name) => Ok(SolanaBlock::read(&folder.join(name))?),
        None => Ok(SolanaBlock::from_json(answer_from(&lines(folder, expected.slot)?).to_string().as_bytes())?),
    }
}

fn comes_out(folder: &Path, expected: &Expected) -> Result<(), Failed> {
    let result = replay(&block(folder, expected)?, &ReplayEngines::default())?;
    equal("first mismatch", &result.first_mismatch, &None)?;
    equal("mismatched", (result.balances.mismatched, result.mismatched_transactions), (0, 0))?;
    equal("transactions", result.transactions, expected.transactions)?;
    equal("votes", result.votes, expected.votes)?;
    equal("plain", result.plain, expected.plain)?;
    let signatures = (result.signatures.total, result.signatures.valid);
    equal("signatures", signatures, (expected.signatures, expected.signatures))?;
    equal("balances met again", result.balances.met_again, expected.met_again)?;
    equal("waves", result.schedule.waves, expected.waves)?;
    equal("longest chain", result.schedule.longest_chain.len(), expected.waves as usize)?;
    equal("largest component", result.schedule.largest_component, expected.largest_component)
}

fn equals_its_lines(folder: &Path, expected: &Expected) -> Result<(), Failed> {
    let block = block(folder, expected)?;
    let lines = lines(folder, expected.slot)?;
    equal("transactions", block.transactions().len(), lines.len())?;
    let base58 = |key: &wavelock::AccountId| Value::from(bs58::encode(key.0).into_string());
    for (index, (one, line)) in block.transactions().iter().zip(&lines).enumerate() {
        let same = |what: &str, found: Value| equal(&format!("transaction {index}: {what}"), &found, &line[what]);
        let declared = |write: bool| {
            let keys = one.keys.iter().zip(&one.writable).filter(|(_, writable)| **writable == write);
            keys.map(|(key, _)| base58(key)).collect::<Value>()
        };
        let same_set = |what: &str, found: Value| {
            let sorted = |set: &Value| -> Result<Vec<String>, Failed> {
                let mut keys: Vec<String> = serde_json::from_value(set.clone())?;
                keys.sort_unstable();
                Ok(keys)
            };
            equal(&format!("transaction {index}: {what}"), sorted(&found)?, sorted(&line[what])?)
        };
        same("keys", one.keys.iter().map(base58).collect())?;
        same_set("writable", declared(true))?;
        same_set("readonly", declared(false))?;
        same("vote", one.vote.into())?;
        same("err", one.failed.into())?;
        same("fee", one.fee.into())?;
        same("pre", one.pre.as_slice().into())?;
        same("post", one.post.as_slice().into())?;
        same("n_sig", one.signatures.len().into())?;
        let wire = STANDARD.decode(line["tx"].as_str().unwrap_or_default())?;
        let message = line["msg_off"].as_u64().and_then(|offset| wire.get(offset as usize..));
        equal(&format!("transaction {index}: signed bytes"), Some(one.message.as_slice()), message)?;
    }
    Ok(())
}

/// One lamport more in the middle of the block, in a balance that was met before, must be named.
fn canary(folder: &Path, expected: &Expected) -> Result<(), Failed> {
    let lines = lines(folder, expected.slot)?;
    let text = match expected.answer {
        Some(name) => std::fs::read_to_string(folder.join(name))?,
        None => answer_from(&lines).to_string(),
    };
    let mut answer: Value = serde_json::from_str(&text)?;
    let key = |line: usize, position: usize| lines[line]["keys"][position].as_str();
    let met_before = |line: usize, position: usize| {
        lines[..line].iter().any(|earlier| {
            earlier["keys"]
                .as_array()
                .is_some_and(|keys| keys.iter().any(|other| other.as_str() == key(line, position)))
        })
    };
    let (index, position) = (lines.len() / 2..lines.len())
        .flat_map(|line| (0..lines[line]["keys"].as_array().map_or(0, Vec::len)).map(move |position| (line, position)))
        .find(|&(line, position)| met_before(line, position))
        .ok_or("no account occurs twice")?;
    let found = lines[index]["pre"][position].as_u64().ok_or("a balance")? + 1;
    let block = if answer["result"].is_object() { &mut answer["result"] } else { &mut answer };
    block["transactions"][index]["meta"]["preBalances"][position] = found.into();
    let changed = SolanaBlock::from_json(answer.to_string().as_bytes())?;
    let result: SolanaReplay = replay(&changed, &ReplayEngines::default())?;
    let json = result.to_json();
    let mismatch = &json["first_mismatch"];
    equal("kind", &mismatch["kind"], &json!("balance_before"))?;
    equal("transaction", &mismatch["transaction"], &json!(index))?;
    equal("account", mismatch["account"].as_str(), key(index, position))?;
    equal("expected", &mismatch["expected"], &json!((found - 1).to_string()))?;
    equal("found", &mismatch["found"], &json!(found.to_string()))
}
