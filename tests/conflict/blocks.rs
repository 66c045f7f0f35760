//! Recorded blocks, their access sets as `replay solana` reads them, and as they were derived elsewhere.

use crate::definition::{conflicts, dependency_fault, fault, lists_of};
use crate::{Suite, assert_agrees};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use wavelock::Scheduler;
use wavelock::conflict::{Interner, Key};
use wavelock::replay::solana::SolanaBlock;

/// Read and write set of each transaction.
type Declared = Vec<(Vec<Key>, Vec<Key>)>;

/// The files of a folder of the data whose names end so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let data = std::env::var_os("WAVELOCK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join(folder);
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    if files.is_empty() {
        eprintln!("recorded blocks are ignored: none in {}; set WAVELOCK_DATA", folder.display());
    }
    files
}

fn get_block(path: &Path) -> Declared {
    let block = SolanaBlock::read(path).expect("a block");
    let sets = block.transactions().iter().map(|one| {
        let of = |write: bool| {
            let keys = one.keys.iter().zip(&one.writable).filter(move |(_, writable)| **writable == write);
            keys.map(|(key, _)| key.0).collect()
        };
        (of(false), of(true))
    });
    sets.collect()
}

/// A transaction a line, with `readonly` and `writable` in base58.
fn normalized(path: &Path) -> Declared {
    let lines = BufReader::new(GzDecoder::new(File::open(path).expect("it was listed"))).lines();
    let sets = lines.map(|line| {
        let line: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        let key = |text: &Value| {
            let key = bs58::decode(text.as_str().expect("a string")).into_vec().expect("base58");
            key.try_into().expect("32 bytes")
        };
        let of = |name: &str| line[name].as_array().expect("a list").iter().map(key).collect();
        (of("readonly"), of("writable"))
    });
    sets.collect()
}

fn check(scheduler: &mut Scheduler, interner: &mut Interner, declared: &Declared, path: &Path) {
    assert!(!declared.is_empty(), "{path:?} has no transactions");
    interner.clear();
    interner.extend(declared.iter().map(|(reads, writes)| (&reads[..], &writes[..]))).expect("few keys");
    let sets = interner.sets();
    assert_agrees(scheduler, sets, &path);
    let lists = lists_of(sets);
    let conflicts = conflicts(&lists);
    assert_eq!(fault(&lists, &conflicts, scheduler.schedule(sets).expect("memory")), None, "{path:?}");
    let dependencies = scheduler.dependencies(sets).expect("few accesses");
    assert_eq!(dependency_fault(&conflicts, dependencies), None, "{path:?}");
}

pub fn add(suite: &mut Suite) {
    type Read = fn(&Path) -> Declared;
    let kinds: [(&str, &str, &str, Read); 2] = [
        ("blocks::recorded", "solana", ".json", get_block),
        ("blocks::normalized", "solana/normalized", ".jsonl.gz", normalized),
    ];
    for (name, folder, ending, read) in kinds {
        let files = files(folder, ending);
        suite.every_engine_if(!files.is_empty(), name, move |scheduler| {
            let mut interner = Interner::new();
            files.iter().for_each(|path| check(scheduler, &mut interner, &read(path), path));
        });
    }
}
