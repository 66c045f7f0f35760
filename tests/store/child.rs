//! The process that is killed: this test program, started once more.

use super::chain::{advance, next_block, open, outcome};
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wavelock::{FjallStore, StateStore};

const CHILD: &str = "WAVELOCK_STORE_CHILD";

/// Exit status of a child that could not commit.
pub const FAILED: i32 = 3;

/// A child that does `what` ("commit" or "tear") up to block `until`.
pub fn child(what: &str, path: &Path, until: u64) -> Command {
    let mut command = Command::new(env::current_exe().expect("the program that runs"));
    set(&mut command, what, path, until);
    command
}

/// A child that commits, started by another program, which gets the child's as its last argument.
#[cfg(unix)]
pub fn child_under(program: &[String], path: &Path, until: u64) -> Command {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).arg(env::current_exe().expect("the program that runs"));
    set(&mut command, "commit", path, until);
    command
}

fn set(command: &mut Command, what: &str, path: &Path, until: u64) {
    command.env(CHILD, what).env("WAVELOCK_STORE", path).env("WAVELOCK_UNTIL", until.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// Does what a child is there for, where this process is one.
pub fn run_as_child() {
    let Ok(what) = env::var(CHILD) else { return };
    let path = PathBuf::from(env::var_os("WAVELOCK_STORE").expect("a store"));
    let until = env::var("WAVELOCK_UNTIL").expect("a height").parse().expect("a number");
    let done = match what.as_str() {
        "commit" => commit(&path, until),
        "tear" => tear(&path),
        other => panic!("no child does {other:?}"),
    };
    match done {
        Ok(()) => std::process::exit(0),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(FAILED);
        }
    }
}

/// Reports the height after opening and after each commit.
fn commit(path: &Path, until: u64) -> wavelock::Result<()> {
    let mut store = open(path)?;
    let report = |store: &FjallStore| {
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", store.height()).and_then(|()| output.flush()).expect("someone reads");
    };
    report(&store);
    while store.height() < until {
        advance(&mut store)?;
        report(&store);
    }
    Ok(())
}

/// What a store must never do: commits a block in two batches, and dies between them.
fn tear(path: &Path) -> wavelock::Result<()> {
    let store = open(path)?;
    let changes = outcome(&next_block(store.state()), store.state()).changes;
    drop(store);
    let database = fjall::Database::builder(path.join("db")).open().expect("the store's database");
    let keyspace = database.keyspace("state", Default::default).expect("its keyspace");
    let mut batch = database.batch().durability(Some(fjall::PersistMode::SyncAll));
    for change in &changes[..changes.len() / 2] {
        let mut value = change.account.id.0.to_vec();
        value.extend(change.account.balance.to_le_bytes());
        value.extend(change.account.nonce.to_le_bytes());
        value.extend([0; 8]);
        batch.insert(&keyspace, [&b"a"[..], &change.slot.to_be_bytes()].concat(), value);
    }
    batch.commit().expect("half a block is written");
    std::process::abort();
}
