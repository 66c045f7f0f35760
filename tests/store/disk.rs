//! Disks that are full, and files that may not grow.

use super::chain::{CHAIN, Expected, FIRST, advance, create, genesis, open};
use super::child::{FAILED, child_under};
use super::trial;
use libtest_mimic::Trial;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use wavelock::{Error, FjallStore, StateStore};

const LAST: u64 = FIRST + 120;

pub fn trials() -> Vec<Trial> {
    let ignored = SmallDisk::new("1m").is_none();
    let small = |name: &str, run: fn() -> Result<(), String>| {
        let name = if ignored { format!("{name} (needs to mount a small file system)") } else { name.to_owned() };
        trial(&name, run).with_ignored_flag(ignored)
    };
    vec![
        small("disk::full_while_committing", full_while_committing),
        small("disk::full_while_made", full_while_made),
        trial("disk::a_file_that_may_not_grow", a_file_that_may_not_grow),
        every_commit_is_synced(),
    ]
}

/// A process that is killed cannot tell what a machine without power would have lost; its system calls can.
fn every_commit_is_synced() -> Trial {
    let ignored =
        !Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    let name = if ignored { "disk::every_commit_is_synced (needs strace)" } else { "disk::every_commit_is_synced" };
    trial(name, || {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let path = folder.path().join("store");
        create(&path);
        let calls = folder.path().join("calls");
        let calls_text = calls.to_string_lossy();
        let traced = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,write", "-o", &calls_text].map(str::to_owned);
        let output = child_under(&traced, &path, FIRST + 7).output().map_err(|error| error.to_string())?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let calls = std::fs::read_to_string(&calls).map_err(|error| error.to_string())?;
        every_report_follows_a_sync(&calls)
    })
    .with_ignored_flag(ignored)
}

/// Between the child's reports of two heights there is a sync of the journal. A call during which another thread is traced
/// stands on two lines, of which the first has its arguments.
fn every_report_follows_a_sync(calls: &str) -> Result<(), String> {
    // The first report is that of the height which the store was opened at.
    let (mut next, mut synced) = (FIRST, true);
    for call in calls.lines() {
        synced |= call.contains("sync(") && call.contains(".jnl>");
        if call.contains("write(1<") && call.contains(&format!("\"{next}\\n\"")) {
            if !synced {
                return Err(format!("block {next} was reported without a sync since the block before"));
            }
            (next, synced) = (next + 1, false);
        }
    }
    if next == FIRST + 8 { Ok(()) } else { Err(format!("block {next} was never reported:\n{calls}")) }
}

/// A file system in memory, of a size.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(size: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        mount(&format!("size={size}"), folder.path()).then_some(Self(folder))
    }

    fn grow(&self, size: &str) {
        assert!(mount(&format!("remount,size={size}"), self.0.path()), "a mounted file system grows");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn mount(options: &str, folder: &Path) -> bool {
    let command = ["-t", "tmpfs", "-o", options, "wavelock-test"];
    Command::new("mount").args(command).arg(folder).output().is_ok_and(|output| output.status.success())
}

fn full_while_committing() -> Result<(), String> {
    let expected = Expected::until(LAST);
    let disk = SmallDisk::new("4m").expect("mounted once already");
    let path = disk.0.path().join("store");
    create(&path);
    let mut store = open(&path).map_err(|error| error.to_string())?;
    let error = loop {
        let before = store.height();
        match advance(&mut store) {
            Ok(()) => assert!(store.height() < LAST, "the disk holds it all"),
            Err(error) => break (before, error),
        }
    };
    let (height, error) = error;
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
    let message = error.to_string();
    let parts = [&*format!("block {} was not committed", height + 1), &*format!("the store stays at block {height}")];
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    eprintln!("{message}");
    // It neither goes on nor pretends to.
    expected.same(&store)?;
    let again = advance(&mut store).expect_err("it is still full").to_string();
    assert!(again.contains("open the store again"), "{again}");
    drop(store);
    assert_eq!(expected.check(&path, height)?, height, "on the full disk");
    disk.grow("256m");
    let mut store = open(&path).map_err(|error| error.to_string())?;
    while store.height() < LAST {
        advance(&mut store).map_err(|error| error.to_string())?;
    }
    drop(store);
    expected.check(&path, LAST).map(drop)
}

fn full_while_made() -> Result<(), String> {
    let disk = SmallDisk::new("200k").expect("mounted once already");
    let path = disk.0.path().join("store");
    let error = FjallStore::create(&path, CHAIN, &genesis()).expect_err("the disk is too small").to_string();
    assert!(error.contains("could not be made"), "{error}");
    let left = disk.0.path().read_dir().map_err(|error| error.to_string())?.count();
    assert_eq!(left, 0, "nothing half made is left");
    Ok(())
}

/// The way to a failing write that every Unix has: a limit on the size of files, with its signal ignored.
fn a_file_that_may_not_grow() -> Result<(), String> {
    let expected = Expected::until(LAST);
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let path = folder.path().join("store");
    create(&path);
    let shell = ["sh", "-c", "trap '' XFSZ; ulimit -f 4096; exec \"$0\""].map(str::to_owned);
    let limited = child_under(&shell, &path, LAST).output().map_err(|error| error.to_string())?;
    let (reports, complaint) = (String::from_utf8_lossy(&limited.stdout), String::from_utf8_lossy(&limited.stderr));
    assert_eq!(limited.status.code(), Some(FAILED), "{complaint}");
    let last: u64 = reports.lines().last().and_then(|line| line.parse().ok()).ok_or("it did not open the store")?;
    assert!(last > FIRST && last < LAST, "the limit strikes on the way, not at block {last}");
    assert!(complaint.contains(&format!("the store stays at block {last}")), "{complaint}");
    eprintln!("{complaint}");
    assert_eq!(expected.check(&path, last)?, last);
    let mut store = open(&path).map_err(|error| error.to_string())?;
    while store.height() < LAST {
        advance(&mut store).map_err(|error| error.to_string())?;
    }
    expected.same(&store)
}
