//! The command line on the device, and on real blocks.
//!
//! Where there is no adapter, tests that need one are reported as ignored; so are those that need the recorded blocks in
//! `$WAVELOCK_DATA/solana` (default `../shared/data/solana`) where these are missing.

#[path = "cli/world.rs"]
mod world;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wavelock::ingest::read_state;
use world::{RECEIPTS, World, state_after};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let no_adapter = !has_adapter();
    if no_adapter {
        eprintln!("skipped: no adapter, tests of the device");
    }
    let data = std::env::var_os("WAVELOCK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let blocks = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join("solana");
    let no_blocks = !blocks.is_dir();
    if no_blocks {
        eprintln!("skipped: no {}; set WAVELOCK_DATA", blocks.display());
    }
    let device =
        |name: &str, test: fn() -> Result<(), Failed>| Trial::test(name.to_owned(), test).with_ignored_flag(no_adapter);
    let replay = |engine: &'static str, ignored: bool| {
        let blocks = blocks.clone();
        let test = move || real_blocks_come_out(&blocks, engine);
        Trial::test(format!("real_blocks_come_out_on_{engine}"), test).with_ignored_flag(ignored)
    };
    let trials = vec![
        device("receipts_and_state_are_those_of_the_specification", specification),
        device("every_workload_gives_the_same_receipts", workloads),
        device("devices_name_what_validate_uses", devices),
        device("signatures_have_the_same_verdicts", signatures),
        device("auto_keeps_what_it_measured", calibration),
        device("the_check_says_what_it_checked", checks),
        replay("serial", no_blocks),
        replay("parallel", no_blocks),
        replay("auto", no_blocks),
        replay("gpu", no_blocks || no_adapter),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

#[cfg(feature = "gpu")]
fn has_adapter() -> bool {
    !wavelock::gpu::adapter::adapters().is_empty()
}

#[cfg(not(feature = "gpu"))]
fn has_adapter() -> bool {
    false
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}").into()) }
}

fn specification() -> Result<(), Failed> {
    let world = World::new();
    let value = world.validate("--engine gpu --json --receipts receipts --state-out after.bin").json();
    equal("receipts", world.text("receipts").lines().collect(), RECEIPTS.to_vec())?;
    equal("state", read_state(world.path("after.bin"))?, state_after())?;
    equal("events", &value["events"], &json!([]))?;
    equal("execute", &value["engines"]["execute"], &json!("gpu"))?;
    equal("sigverify", &value["engines"]["sigverify"], &json!("gpu"))?;
    equal("root", &value["engines"]["root"], &json!("gpu"))?;
    let root = wavelock::serial::root::root(&state_after()).to_string();
    equal("state_root", &value["state_root"], &json!(root))?;
    let page = world.validate("--engine gpu").done();
    equal("gpu in the page", page.contains("execute    gpu"), true)
}

fn workloads() -> Result<(), Failed> {
    let world = World::new();
    let files = "--block block.bin --state state.bin";
    for kind in wavelock::workload::WorkloadKind::ALL {
        let size = "--transactions 700 --accounts 40 --invalid 10 --balances few";
        world.run(&format!("generate --workload {kind} {size} --out .")).done();
        for engine in ["serial", "gpu"] {
            let outputs = format!("--receipts {engine} --state-out {engine}.bin");
            world.run(&format!("validate {files} --engine {engine} {outputs}")).done();
        }
        equal(&format!("{kind}: receipts"), world.text("gpu"), world.text("serial"))?;
        equal(&format!("{kind}: states"), world.read("gpu.bin"), world.read("serial.bin"))?;
    }
    Ok(())
}

/// Signed records as a list of signatures, some broken, on every engine and with both widths of integers.
fn signatures() -> Result<(), Failed> {
    let world = World::new();
    world.run("generate --workload uniform --transactions 300 --accounts 40 --invalid 30 --out .").done();
    let block = wavelock::ingest::read_block(world.path("block.bin"), Default::default())?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let line = |record: &wavelock::Transaction| {
        let (key, message, signature) = (hex(&record.from().0), hex(record.message()), hex(record.signature()));
        format!("{}\n", json!({"public_key": key, "message": message, "signature": signature}))
    };
    world.write("in.jsonl", block.transactions.iter().map(line).collect::<String>());
    for policy in ["strict", "zip215"] {
        let run = |engine: &str| {
            world.run(&format!("sigverify --input in.jsonl --policy {policy} --out out --json --engine {engine}"))
        };
        let expected = run("serial").json();
        let verdicts = world.text("out");
        equal("some are broken", expected["valid"].as_u64() < Some(300), true)?;
        for engine in ["gpu", "gpu --int32", "parallel"] {
            let value = run(engine).json();
            equal(engine, world.text("out"), verdicts.clone())?;
            equal("who", &value["engines"]["sigverify"], &json!(engine.split(' ').next()))?;
        }
    }
    Ok(())
}

fn checks() -> Result<(), Failed> {
    let world = World::new();
    world.run("generate --workload uniform --transactions 300 --accounts 40 --invalid 30 --out .").done();
    let validate = |options: &str| {
        world.run(&format!("validate --block block.bin --state state.bin --engine gpu --json {options}")).json()
    };
    let (full, sampled, off) = (validate("--check full"), validate("--check sampled:9"), validate("--check off"));
    for (value, level, accepted) in [(&full, "full", None), (&sampled, "sampled:9", Some(9)), (&off, "off", Some(0))] {
        let checked = &value["checked"];
        equal("level", &checked["level"], &json!(level))?;
        equal("faults", &value["faults"], &json!([]))?;
        let looked = checked["accepted_signatures"].as_u64().ok_or("a number")?;
        let rejected = checked["rejected_signatures"].as_u64().ok_or("a number")?;
        equal("accepted signatures", looked, accepted.unwrap_or(looked))?;
        equal("transactions", checked["transactions"] == json!(300), level != "off")?;
        equal("rejected signatures", rejected > 0, level != "off")?;
        equal("verify ran", value["engines"]["verify"] == json!("parallel"), level != "off")?;
        equal("canaries", checked["canaries"].as_u64() > Some(0), level.starts_with("sampled"))?;
        equal("root paths", checked["root_paths"].as_u64() > Some(9), level != "off")?;
    }
    for (options, paths) in
        [("--check-root sampled:9", 9), ("--check-root off", 0), ("--check off --check-root sampled:3", 3)]
    {
        let value = validate(options);
        equal(options, &value["checked"]["root_paths"], &json!(paths))?;
        equal(options, &value["engines"]["root"], &json!("gpu"))?;
        equal(options, &value["faults"], &json!([]))?;
        equal(options, &value["state_root"], &full["state_root"])?;
    }
    Ok(())
}

fn devices() -> Result<(), Failed> {
    let world = World::new();
    let found = world.run("devices --json").json();
    let index = found["chosen"]["index"].as_u64().ok_or("an index")?;
    let named = found["adapters"][index as usize]["name"].clone();
    equal("name", &found["chosen"]["name"], &named)?;
    world.validate(&format!("--engine gpu --adapter {index}")).done();
    world
        .validate("--engine gpu --adapter nonsuch")
        .refused(&["no adapter matches \"nonsuch\"", named.as_str().unwrap_or("")]);
    Ok(())
}

fn calibration() -> Result<(), Failed> {
    let world = World::new();
    world.run("generate --workload uniform --transactions 70000 --accounts 1000 --unsigned --out .").done();
    // With a check the CPU executes in any case.
    let checked = world.validate("--no-signatures --json").json();
    equal("execute with a check", &checked["engines"]["execute"], &json!("parallel"))?;
    equal("measured with a check", &checked["auto"], &Value::Null)?;
    let validate = || world.validate("--no-signatures --json --check off").json();
    let first = validate();
    let file = "cache/wavelock/calibration.json";
    let measured: Value = serde_json::from_str(&world.text(file))?;
    equal("one device", measured["devices"].as_object().map(|devices| devices.len()), Some(1))?;
    let said = first["auto"][0].as_str().ok_or("a reason")?;
    equal(said, said.starts_with("execute: the ") && said.contains(" a second and the device "), true)?;
    // The file decides from now on: what it says is done, whatever is faster.
    let times = |item: f64| (0..11).map(|power| item * f64::from(4u32.pow(power))).collect::<Vec<_>>();
    for (cpu, device, expected) in [(2e-6, 1e-6, "gpu"), (1e-6, 2e-6, "parallel")] {
        let mut changed = measured.clone();
        for choice in changed["devices"].as_object_mut().ok_or("an object")?.values_mut() {
            let model = &mut choice["stages"]["execute"];
            (model["cpu"], model["device"]) = (times(cpu).into(), times(device).into());
        }
        world.write(file, changed.to_string());
        let value = validate();
        equal("execute", &value["engines"]["execute"], &json!(expected))?;
        equal("applied", &value["applied"], &first["applied"])?;
    }
    Ok(())
}

fn real_blocks_come_out(folder: &Path, engine: &str) -> Result<(), Failed> {
    let world = World::new();
    let mut blocks = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let arguments = ["replay", "solana", "--json", "--engine", engine].map(Into::into);
            let output = world.command(arguments.into_iter().chain([path.into_os_string()])).output()?;
            let value = world::Run::new("replay", output).json();
            equal("first mismatch", &value["first_mismatch"], &Value::Null)?;
            equal("signatures", &value["signatures"]["valid"], &value["signatures"]["total"])?;
            equal("mismatched", &value["balances"]["mismatched"], &json!(0))?;
            let executed = if engine == "gpu" { "gpu" } else { "serial" };
            equal("execute", &value["engines"]["execute"], &json!(executed))?;
            let checked = if engine == "auto" { "parallel" } else { engine };
            equal("sigverify", &value["engines"]["sigverify"], &json!(checked))?;
            equal("events", &value["events"], &json!([]))?;
            blocks += 1;
        }
    }
    equal("there are blocks", blocks > 0, true)
}
