//! Bad usage and bad files: status 2, the place and what was expected, nothing on standard output, no output file.

use crate::world::World;

/// Runs `validate` with outputs asked for; it must refuse and leave nothing behind.
#[track_caller]
fn refused(world: &World, block: &str, state: &str, because: &[&str]) {
    for engine in ["serial", "auto"] {
        let before = world.names();
        let options = format!("--engine {engine} --json --receipts receipts --state-out after.bin");
        world.run(&format!("validate --block {block} --state {state} {options}")).refused(because);
        assert_eq!(world.names(), before);
    }
}

#[test]
fn binary_files_that_are_none() {
    let world = World::new();
    for (name, other) in [("block.bin", "state.bin"), ("state.bin", "block.bin")] {
        let good = world.read(name);
        let check = |bytes: &[u8], because: &[&str]| {
            world.write("bad.bin", bytes);
            let (block, state) = if name == "block.bin" { ("bad.bin", other) } else { (other, "bad.bin") };
            refused(&world, block, state, &[&["error: bad.bin: ", "expected"], because].concat());
        };
        let spoilt = |position: usize| {
            let mut bytes = good.clone();
            bytes[position] ^= 1;
            bytes
        };
        check(&spoilt(0), &["byte 0: "]);
        check(&spoilt(8), &["byte 8: "]);
        check(&spoilt(good.len() - 1), &["byte "]);
        check(&spoilt(good.len() - 40), &[]);
        for length in [0, 7, 8, 20, good.len() / 2, good.len() - 32, good.len() - 1] {
            check(&good[..length], &["byte "]);
        }
        check(&[&good[..], &[0]].concat(), &[]);
    }
}

#[test]
fn text_files_name_the_line() {
    let world = World::new();
    let lines: Vec<String> = world.text("block.jsonl").lines().map(str::to_owned).collect();
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = line.to_owned();
        world.write("bad.jsonl", lines.join("\n"));
    };
    let negative = lines[1].replace(r#""amount":"100""#, r#""amount":"-100""#);
    let cut = &lines[4][..lines[4].len() - 1];
    for (number, line) in
        [(1, "{}"), (2, negative.as_str()), (3, "not JSON"), (5, cut), (6, ""), (12, r#"{"raw":"00"}"#)]
    {
        with(number, line);
        refused(&world, "bad.jsonl", "state.bin", &[&format!("error: bad.jsonl: line {number}: "), "expected"]);
    }
    let account =
        format!(r#"{{"account":"{}","balance":"340282366920938463463374607431768211455","nonce":0}}"#, "01".repeat(32));
    for second in [account.clone(), account.replacen("01", "02", 1), "7".to_owned()] {
        world.write("bad.jsonl", format!("{account}\n{second}\n"));
        refused(&world, "block.bin", "bad.jsonl", &["error: bad.jsonl: line 2: ", "expected"]);
    }
    let packed = world.read("state.jsonl.gz");
    world.write("bad.jsonl.gz", &packed[..packed.len() - 9]);
    refused(&world, "block.bin", "bad.jsonl.gz", &["error: bad.jsonl.gz: line ", "expected"]);
}

#[test]
fn lists_name_the_line() {
    let world = World::new();
    world.write("bad.jsonl", "{\"read\":[],\"write\":[\"a\"]}\n{\"read\":[],\"write\":[1]}\n");
    world.run("schedule --input bad.jsonl --out out --json").refused(&["error: bad.jsonl: line 2: ", "expected"]);
    world.run("sigverify --input bad.jsonl --out out --json").refused(&["error: bad.jsonl: line 1: ", "expected"]);
    assert!(!world.path("out").exists());
}

#[test]
fn files_that_are_not_there() {
    let world = World::new();
    refused(&world, "missing.bin", "state.bin", &["error: missing.bin: "]);
    refused(&world, "block.bin", "missing.jsonl", &["error: missing.jsonl: "]);
    refused(&world, ".", "state.bin", &["error: .: "]);
    for command in ["sigverify", "schedule"] {
        world.run(&format!("{command} --input missing.jsonl")).refused(&["error: missing.jsonl: "]);
    }
}

#[test]
fn outputs_that_cannot_be_written() {
    let world = World::new();
    let before = world.names();
    world.validate("--json --receipts missing/receipts").refused(&["error: missing/receipts: "]);
    world.validate("--json --state-out missing/after.bin").refused(&["error: missing/after.bin: "]);
    world.validate("--receipts same --state-out same").refused(&["--receipts", "--state-out", "same file"]);
    assert_eq!(world.names(), before);
}

#[test]
fn usage() {
    let world = World::new();
    let cases: [(&str, &str); 16] = [
        ("", "Usage:"),
        ("vallidate", "vallidate"),
        ("validate", "--block"),
        ("validate --block block.bin", "--state"),
        ("validate --block block.bin --state state.bin --warp", "--warp"),
        ("validate --block block.bin --state state.bin --engine warp", "expected auto, gpu, parallel or serial"),
        ("validate --block block.bin --state state.bin --policy lax", "expected strict or zip215"),
        ("validate --block block.bin --state state.bin extra", "extra"),
        ("validate --block block.bin --state state.bin --check most", "expected full, sampled:N or off"),
        ("validate --block block.bin --state state.bin --engine serial --check full", "expected gpu or auto"),
        ("sigverify", "--input"),
        ("sigverify --input x.jsonl --policy lax", "expected strict or zip215"),
        ("schedule --input x.jsonl --engine", "--engine"),
        ("replay", "Usage:"),
        ("replay solana", "FILE"),
        ("bench --suite endless", "endless"),
    ];
    for (line, because) in cases {
        world.run(line).refused(&[because]);
    }
    for line in ["--help", "--version", "help", "validate --help", "replay solana --help"] {
        let text = world.run(line).done();
        assert!(text.contains("wavelock"), "{line}: {text}");
    }
}

#[test]
fn outputs_that_would_replace_something_else() {
    let world = World::new();
    let before = world.names();
    let state = world.read("state.bin");
    std::fs::create_dir(world.path("folder")).expect("a folder");
    // What it says differs between systems.
    let missing = std::fs::metadata(world.path("nowhere")).expect_err("it is not there");
    let nowhere = |file: &str| format!("error: nowhere/{file}: {missing}\n");
    for (options, because) in [
        ("--receipts state.bin", &["--receipts and --state name the same file", "expected two"][..]),
        ("--receipts ./block.bin", &["--receipts and --block name the same file"]),
        ("--state-out folder/../block.bin", &["--state-out and --block name the same file"]),
        ("--receipts r --state-out ./r", &["--state-out and --receipts name the same file"]),
        ("--receipts r --state-out nowhere/s", &[&nowhere("s")]),
        ("--receipts folder", &["error: folder: "]),
    ] {
        world.run(&format!("validate --block block.bin --state state.bin {options}")).refused(because);
        world.run(&format!("validate --block block.bin --state state.bin {options} --json")).refused(because);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("r", world.path("link")).expect("a link");
        let line = "validate --block block.bin --state state.bin --receipts link --state-out r";
        world.run(line).refused(&["--state-out and --receipts name the same file"]);
    }
    world.write("in.jsonl", "");
    for command in ["sigverify --input in.jsonl --out ./in.jsonl", "schedule --input in.jsonl --out in.jsonl"] {
        world.run(command).refused(&["--out and --input name the same file"]);
    }
    world.run("bench --scope snapshot --json nowhere/r.json").refused(&[&nowhere("r.json")]);
    world.run("bench --scope snapshot --json r --html r").refused(&["--html and --json name the same file"]);
    std::fs::create_dir_all(world.path("half/state.bin")).expect("a folder");
    world
        .run("generate --workload uniform --transactions 1 --accounts 2 --out half")
        .refused(&[&format!("{}: ", std::path::Path::new("half").join("state.bin").display())]);
    assert!(!world.path("half/block.bin").exists(), "nothing is half done");
    world.run("state init --state state.bin --chain-id 9 --store store").done();
    let export = "state export --store store --state-out";
    world.run(&format!("{export} store/wavelock-store")).refused(&["expected a file outside of --store"]);
    world.run(&format!("{export} exported.bin")).done();
    assert_eq!(world.read("state.bin"), state);
    // In its own place a state may be renewed.
    world.run("validate --block block.bin --state state.bin --state-out state.bin --engine serial").done();
    assert!(before.iter().all(|name| world.names().contains(name)));
}

#[test]
fn a_device_that_is_named_must_be_there() {
    let world = World::new();
    for command in ["validate --block block.bin --state state.bin", "bench --scope snapshot"] {
        world.run(&format!("{command} --adapter nosuch")).refused(&["error: no device: "]);
    }
}
