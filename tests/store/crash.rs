//! Processes that are killed while they commit, and what the store is worth after that.

use super::chain::{Expected, FIRST, create};
use super::child::child;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// Kills in the suite; `WAVELOCK_CRASHES` names another number.
const CRASHES: u32 = 20;
/// Blocks of the chain for each kill, up to so many that the journal begins a new file.
const BLOCKS: u64 = 12;
const MOST_BLOCKS: u64 = 800;

pub fn kills() -> Result<(), String> {
    let crashes = match std::env::var("WAVELOCK_CRASHES") {
        Ok(number) => number.parse().map_err(|_| format!("WAVELOCK_CRASHES={number}: expected a number"))?,
        Err(_) => CRASHES,
    };
    let expected = Expected::until(FIRST + (BLOCKS * u64::from(crashes)).min(MOST_BLOCKS));
    // Moments differ from run to run whatever the seed: it only spreads them.
    let mut rng = ChaCha12Rng::seed_from_u64(u64::from(std::process::id()));
    let mut folder = new_store()?;
    let mut least = FIRST;
    let (mut committed, mut ahead, mut stores) = (0, 0, 1);
    for crash in 0..crashes {
        let path = folder.path().join("store");
        let reported = run_and_kill(&path, expected.height(), &mut rng)?.unwrap_or(least);
        if reported < least {
            return Err(format!("kill {crash}: a store at block {least} was opened at block {reported}"));
        }
        let height = expected.check(&path, reported).map_err(|error| format!("kill {crash}: {error}"))?;
        committed += height - least;
        ahead += u64::from(height > reported);
        least = height;
        if height == expected.height() && crash + 1 < crashes {
            (folder, least, stores) = (new_store()?, FIRST, stores + 1);
        }
    }
    let path = folder.path().join("store");
    let finished = child("commit", &path, expected.height()).status().map_err(|error| error.to_string())?;
    if !finished.success() {
        return Err(format!("the last run ended with {finished}"));
    }
    expected.check(&path, expected.height())?;
    eprintln!(
        "{crashes} kills, {committed} blocks committed between them in {stores} stores, {ahead} kills before a report"
    );
    Ok(())
}

/// Half a block on disk, as no commit leaves it: the check that all kills pass must not.
pub fn torn() -> Result<(), String> {
    let expected = Expected::until(FIRST + 3);
    let folder = new_store()?;
    let path = folder.path().join("store");
    let run = |what, until| child(what, &path, until).status().map_err(|error| error.to_string());
    if !run("commit", FIRST + 2)?.success() || expected.check(&path, FIRST + 2)? != FIRST + 2 {
        return Err("the store is not at block 2".to_owned());
    }
    run("tear", 0)?;
    match expected.check(&path, FIRST + 2) {
        Ok(height) => Err(format!("half a block passes for block {height}")),
        Err(message) if message.contains("damaged: its accounts have root") => Ok(()),
        Err(message) => Err(format!("noticed, but not by its root: {message}")),
    }
}

fn new_store() -> Result<TempDir, String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    create(&folder.path().join("store"));
    Ok(folder)
}

/// Lets a child commit and kills it. The last height that it reported, if it came to that.
fn run_and_kill(path: &Path, until: u64, rng: &mut ChaCha12Rng) -> Result<Option<u64>, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut running = child("commit", path, until).spawn().map_err(said)?;
    let mut lines = BufReader::new(running.stdout.take().expect("a pipe")).lines();
    let mut last = None;
    // One in four is killed while it opens the store, the others while they commit.
    if rng.random_range(0..4) > 0 {
        last = lines.next();
    }
    sleep(Duration::from_micros(rng.random_range(0..80_000)));
    running.kill().map_err(said)?;
    for line in lines {
        last = Some(line);
    }
    let status = running.wait().map_err(said)?;
    // On Windows who is killed has the code 1.
    if status.code().is_some_and(|code| code != 0 && !(cfg!(windows) && code == 1)) {
        let mut complaint = String::new();
        let _ = std::io::Read::read_to_string(&mut running.stderr.take().expect("a pipe"), &mut complaint);
        return Err(format!("the child failed: {complaint}"));
    }
    last.map(|line| line.map_err(said)?.parse().map_err(|_| "a child reports heights".to_owned())).transpose()
}
