//! `replay ethereum` on recorded blocks, every engine's schedule held against the definition pair by pair, transfers
//! held against what another program derived.
//!
//! The blocks lie in `$WAVELOCK_DATA/ethereum` (default `../shared/data/ethereum`); where they are missing, every test
//! here is reported as ignored, and so are those of the device where there is none.

#[path = "conflict/definition.rs"]
mod definition;

use definition::{conflicts, dependency_fault, fault, lists_of};
use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wavelock::replay::ethereum::{EthereumAccount, EthereumBlock, EthereumReplay, replay};
use wavelock::{Engine, Reason, Scheduler, Stage, Status, Validator, serial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let data = std::env::var_os("WAVELOCK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join("ethereum");
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut blocks: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    blocks.sort();
    let mut trials = Vec::new();
    for path in &blocks {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut trial = |what: &str, test: fn(&Path) -> Result<(), Failed>| {
            let path = path.clone();
            trials.push(Trial::test(format!("block_{name}_{what}"), move || test(&path)));
        };
        trial("comes_out", comes_out);
        trial("touches_what_it_says", touches);
        trial("with_one_nonce_changed_does_not_come_out", canary);
        trial("transfers_come_out_as_derived_elsewhere", transfers);
    }
    if blocks.is_empty() {
        eprintln!("skipped: no blocks in {}; set WAVELOCK_DATA", folder.display());
        trials.push(Trial::test("blocks", || Ok(())).with_ignored_flag(true));
    }
    for engine in [Engine::Serial, Engine::Parallel, Engine::Auto, Engine::Gpu] {
        let scheduler = Scheduler::builder().engine(engine).build();
        if let Err(error) = &scheduler {
            eprintln!("{engine} is ignored: {error}");
        }
        let ignored = scheduler.is_err() || blocks.is_empty();
        let blocks = blocks.clone();
        let test = move || {
            let mut scheduler = scheduler?;
            blocks.iter().try_for_each(|path| schedules(path, &mut scheduler))
        };
        trials.push(Trial::test(format!("{engine}_schedules_equal_the_definition"), test).with_ignored_flag(ignored));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}").into()) }
}

fn packed(path: &Path, name: &str) -> Result<Value, Failed> {
    Ok(serde_json::from_reader(GzDecoder::new(File::open(path.join(name))?))?)
}

fn block(path: &Path) -> Result<EthereumBlock, Failed> {
    Ok(EthereumBlock::read(&path.join("block.json.gz"))?)
}

fn replayed(block: &EthereumBlock) -> Result<EthereumReplay, Failed> {
    Ok(replay(block, &|sets| Ok(serial::conflict::schedule(sets)))?)
}

/// The fields of a transaction as the file has them, without the reader under test.
fn text<'v>(one: &'v Value, field: &str) -> Result<&'v str, Failed> {
    one[field].as_str().ok_or_else(|| format!("no {field}").into())
}

fn quantity(one: &Value, field: &str) -> Result<u64, Failed> {
    let digits = text(one, field)?.strip_prefix("0x").ok_or("no 0x")?;
    Ok(u64::from_str_radix(digits, 16)?)
}

fn comes_out(path: &Path) -> Result<(), Failed> {
    let (block, file) = (block(path)?, packed(path, "block.json.gz")?);
    let result = replayed(&block)?;
    let listed = file["transactions"].as_array().ok_or("transactions")?;
    equal("number", result.number, quantity(&file, "number")?)?;
    equal("transactions", result.transactions, listed.len())?;
    equal("nonces", (result.nonces.mismatched, result.nonces.first_mismatch), (0, None))?;
    let count = |test: &dyn Fn(&Value) -> bool| listed.iter().filter(|one| test(one)).count();
    equal("plain", result.plain, count(&|one| one["input"] == "0x" && !one["to"].is_null()))?;
    equal("creations", result.creations, count(&|one| one["to"].is_null()))?;
    let has_list = |one: &Value| one["accessList"].as_array().is_some_and(|list| !list.is_empty());
    equal("access lists", result.access_lists, count(&has_list))?;
    for (kind, found) in result.types.into_iter().enumerate() {
        equal("type", found, count(&|one| one["type"] == format!("{kind:#x}")))?;
    }
    equal("components", result.components.iter().sum::<usize>(), listed.len())?;
    equal("longest chain", result.longest_chain.len(), result.waves as usize)?;
    let senders: BTreeSet<_> = listed.iter().map(|one| one["from"].to_string()).collect();
    equal("senders", result.nonces.senders, senders.len())?;
    equal("checked", result.nonces.checked, listed.len() - senders.len())
}

fn touches(path: &Path) -> Result<(), Failed> {
    let (block, file) = (block(path)?, packed(path, "block.json.gz")?);
    for (index, one) in block.transactions.iter().enumerate() {
        let listed = &file["transactions"][index];
        let mut expected = BTreeSet::from([text(listed, "from")?.to_owned()]);
        expected.insert(listed["to"].as_str().map_or_else(|| format!("{:#x}", one.recipient()), str::to_owned));
        for item in listed["accessList"].as_array().into_iter().flatten() {
            let address = text(item, "address")?;
            expected.insert(address.to_owned());
            let slots = item["storageKeys"].as_array().ok_or("no storageKeys")?.iter();
            expected.extend(slots.map(|slot| format!("{address}/{}", slot.as_str().unwrap_or_default())));
        }
        let found: BTreeSet<_> = one.touched().map(|key| key.to_string()).collect();
        equal(&format!("transaction {index}"), found, expected)?;
    }
    Ok(())
}

/// A nonce one too high, in the last transaction of a sender who has several, must be named.
fn canary(path: &Path) -> Result<(), Failed> {
    let mut file = packed(path, "block.json.gz")?;
    let listed = file["transactions"].as_array().ok_or("transactions")?;
    let is_second = |&at: &usize| listed[..at].iter().any(|earlier| earlier["from"] == listed[at]["from"]);
    let Some(at) = (0..listed.len()).rev().find(is_second) else {
        let result = replayed(&block(path)?)?;
        return equal("nothing to change, nothing checked", result.nonces.checked, 0);
    };
    let nonce = quantity(&listed[at], "nonce")? + 1;
    file["transactions"][at]["nonce"] = json!(format!("{nonce:#x}"));
    let result = replayed(&EthereumBlock::from_json(file.to_string().as_bytes())?)?;
    let found = result.nonces.first_mismatch.map(|mismatch| (mismatch.transaction, mismatch.expected, mismatch.found));
    equal("mismatch", (result.nonces.mismatched, found), (1, Some((at, nonce - 1, nonce))))
}

/// Amounts, fees and statuses of the block's transfers between accounts without code, where only these are executed.
fn transfers(path: &Path) -> Result<(), Failed> {
    let (block, derived) = (block(path)?, packed(path, "transfers.json.gz")?);
    let (before, rows) = (derived["pre_accounts"].as_object(), derived["transfers"].as_array());
    let mut accounts = Vec::new();
    for (address, values) in before.ok_or("pre_accounts")? {
        let balance = values[0].as_str().ok_or("a balance")?.parse()?;
        accounts.push(EthereumAccount {
            address: address.parse()?,
            balance,
            nonce: values[1].as_u64().ok_or("a nonce")?,
        });
    }
    let transfers = block.derive_transfers(&accounts)?;
    let rows = rows.ok_or("transfers")?;
    equal("transfers", transfers.block.transactions.len(), rows.len())?;
    let [serial, parallel] = [Engine::Serial, Engine::Parallel].map(|engine| {
        Validator::builder().engine(engine).build().and_then(|mut own| own.validate(&transfers.block, &transfers.state))
    });
    let (serial, parallel) = (serial?, parallel?);
    equal("parallel equals serial", parallel.same_result(&serial), true)?;
    for (index, row) in rows.iter().enumerate() {
        let (one, origin) = (&transfers.block.transactions[index], &block.transactions[transfers.origin[index]]);
        let what = |name: &str| format!("transfer {index}: {name}");
        let column = |column: usize| row[column].as_str().unwrap_or_default();
        equal(&what("from"), format!("{:#x}", origin.from).as_str(), column(1))?;
        equal(&what("to"), format!("{:#x}", origin.recipient()).as_str(), column(2))?;
        equal(&what("value"), one.amount().to_string().as_str(), column(3))?;
        equal(&what("nonce"), Some(one.nonce()), row[4].as_u64())?;
        equal(&what("fee"), one.fee().to_string().as_str(), column(5))?;
        let status = match serial.statuses[index] {
            Status::Applied => "ok",
            Status::Rejected(Reason::NonceTooLow | Reason::NonceTooHigh) => "nonce",
            Status::Rejected(reason) => reason.name(),
        };
        equal(&what("status"), status, column(6))?;
    }
    Ok(())
}

fn schedules(path: &Path, scheduler: &mut Scheduler) -> Result<(), Failed> {
    let (sets, _) = block(path)?.access_sets()?;
    let lists = lists_of(&sets);
    let conflicts = conflicts(&lists);
    let name = path.display();
    let wrong = fault(&lists, &conflicts, scheduler.schedule(&sets)?);
    equal(&format!("{name}: schedule"), wrong, None)?;
    let report = scheduler.report();
    let ran = if scheduler.engine() == Engine::Auto { Engine::Parallel } else { scheduler.engine() };
    equal(&format!("{name}: engine"), report.engine(Stage::Conflict), Some(ran))?;
    equal(&format!("{name}: events"), report.events.len(), 0)?;
    let wrong = dependency_fault(&conflicts, scheduler.dependencies(&sets)?);
    equal(&format!("{name}: dependencies"), wrong, None)
}
