//! Runs the program, on a small world in which every reason to reject occurs.

#![allow(dead_code, reason = "each test program uses a part")]

use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;
use wavelock::ingest::{write_block, write_state};
use wavelock::{Account, AccountId, Block, BlockHeader, State, Transaction, Transfer};

/// What must become of [`block`], as receipts.
pub const RECEIPTS: [&str; 11] = [
    r#"{"index":0,"status":"applied"}"#,
    r#"{"index":1,"status":"rejected","reason":"nonce_too_low"}"#,
    r#"{"index":2,"status":"rejected","reason":"nonce_too_high"}"#,
    r#"{"index":3,"status":"rejected","reason":"insufficient_funds"}"#,
    r#"{"index":4,"status":"rejected","reason":"signature_invalid"}"#,
    r#"{"index":5,"status":"rejected","reason":"wrong_chain"}"#,
    r#"{"index":6,"status":"rejected","reason":"amount_overflow"}"#,
    r#"{"index":7,"status":"rejected","reason":"malformed"}"#,
    r#"{"index":8,"status":"applied"}"#,
    r#"{"index":9,"status":"applied"}"#,
    r#"{"index":10,"status":"applied"}"#,
];

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn id(number: u8) -> AccountId {
    AccountId(signer(number).verifying_key().to_bytes())
}

const FEE_RECIPIENT: AccountId = AccountId([9; 32]);

fn pay(from: u8, to: u8, nonce: u64, amount: u128, fee: u128) -> Transfer {
    Transfer { chain_id: 1, nonce, amount, fee, from: id(from), to: id(to) }
}

fn sign(by: u8, transfer: Transfer) -> Transaction {
    let unsigned = Transaction::transfer(&transfer, [0; 64]);
    unsigned.with_signature(signer(by).sign(unsigned.message()).to_bytes())
}

/// Account 3 and the fee recipient are created by it.
pub fn block() -> Block {
    let malformed = {
        let mut bytes = *sign(1, pay(1, 2, 1, 1, 1)).as_bytes();
        bytes[10] = 1;
        Transaction::from_bytes(bytes)
    };
    let transactions = vec![
        sign(1, pay(1, 2, 0, 100, 1)),
        sign(1, pay(1, 2, 0, 100, 1)),
        sign(1, pay(1, 2, 9, 100, 1)),
        sign(2, pay(2, 1, 5, 150, 1)),
        sign(1, pay(2, 1, 5, 1, 0)),
        sign(2, Transfer { chain_id: 2, ..pay(2, 1, 5, 1, 1) }),
        sign(2, pay(2, 1, 5, u128::MAX, 1)),
        malformed,
        sign(2, pay(2, 3, 5, 140, 2)),
        sign(1, pay(1, 1, 1, 10, 1)),
        sign(3, pay(3, 2, 0, 40, 0)),
    ];
    Block { header: BlockHeader { chain_id: 1, height: 7, fee_recipient: FEE_RECIPIENT }, transactions }
}

pub fn state() -> State {
    let accounts = [Account { id: id(1), balance: 1_000, nonce: 0 }, Account { id: id(2), balance: 50, nonce: 5 }];
    State::from_accounts(6, accounts).expect("two accounts")
}

/// The state that [`block`] must leave.
pub fn state_after() -> State {
    let account = |id, balance, nonce| Account { id, balance, nonce };
    let accounts =
        [account(id(1), 898, 2), account(id(2), 48, 6), account(id(3), 100, 1), account(FEE_RECIPIENT, 4, 0)];
    State::from_accounts(7, accounts).expect("four accounts")
}

/// A folder with the block and the state in it, as binary and as text.
pub struct World {
    folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for (block_file, state_file) in [("block.bin", "state.bin"), ("block.jsonl", "state.jsonl.gz")] {
            write_block(world.path(block_file), &block()).expect("written");
            write_state(world.path(state_file), &state()).expect("written");
        }
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).expect("written");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    /// Everything in the folder, hidden files included.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort_unstable();
        names
    }

    /// The program, to be run in the folder, with a cache folder of its own.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wavelock"));
        command.args(arguments).current_dir(self.folder.path());
        let cache = self.folder.path().join("cache");
        command.env("XDG_CACHE_HOME", &cache).env("HOME", &cache).env("LOCALAPPDATA", &cache);
        // Shaders compiled once are compiled for all: this cache is the driver's.
        command.env("MESA_SHADER_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"));
        command
    }

    /// Runs the program with the arguments that stand in `line`, separated by spaces.
    pub fn run(&self, line: &str) -> Run {
        let mut command = self.command(line.split_whitespace());
        Run::new(line, command.output().expect("the program runs"))
    }

    /// Runs `validate` on the block and state in the folder.
    pub fn validate(&self, options: &str) -> Run {
        self.run(&format!("validate --block block.bin --state state.bin {options}"))
    }
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Run {
    pub line: String,
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn new(line: &str, output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { line: line.to_owned(), status: output.status.code(), stdout, stderr }
    }

    /// It ended well; its standard output.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.status, Some(0), "{self:?}");
        self.stdout
    }

    /// It ended well with exactly one JSON object on standard output.
    #[track_caller]
    pub fn json(self) -> Value {
        one_object(&self.done())
    }

    /// It refused, said why, and left standard output alone.
    #[track_caller]
    pub fn refused(self, because: &[&str]) {
        assert_eq!(self.status, Some(2), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let said = self.stderr.lines().any(|line| line.starts_with("error: ") || line.starts_with("Usage:"));
        assert!(said && !self.stderr.contains("panicked"), "{self:?}");
        for part in because {
            assert!(self.stderr.contains(part), "expected {part:?}: {self:?}");
        }
    }
}

/// The object that a text of one line is.
#[track_caller]
pub fn one_object(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
    assert!(value.is_object() && text.ends_with("}\n") && text.lines().count() == 1, "{text:?}");
    value
}

/// The keys of an object.
#[track_caller]
pub fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// `seconds` has a total that is no less than its stages, and exactly these stages.
#[track_caller]
pub fn assert_seconds(value: &Value, stages: &[&str]) {
    let seconds = value["seconds"].as_object().expect("an object");
    let mut expected = [&["total"], stages].concat();
    expected.sort_unstable();
    assert_eq!(keys(&value["seconds"]), expected);
    let time = |value: &Value| value.as_f64().filter(|time| *time >= 0.0).expect("seconds");
    let sum: f64 = seconds.iter().filter(|(name, _)| *name != "total").map(|(_, value)| time(value)).sum();
    assert!(time(&seconds["total"]) >= sum - 1e-9, "{seconds:?}");
}
