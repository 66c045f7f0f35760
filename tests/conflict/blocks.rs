//! Recorded blocks, their access sets as `replay solana` reads them.

use crate::definition::{conflicts, dependency_fault, fault, lists_of};
use crate::{Suite, assert_agrees};
use std::path::{Path, PathBuf};
use wavelock::conflict::{Interner, Key};
use wavelock::replay::solana::SolanaBlock;

fn blocks() -> Vec<PathBuf> {
    let data = std::env::var_os("WAVELOCK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join("solana");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    if files.is_empty() {
        eprintln!("recorded blocks are ignored: none in {}; set WAVELOCK_DATA", folder.display());
    }
    files
}

pub fn add(suite: &mut Suite) {
    let files = blocks();
    suite.every_engine_if(!files.is_empty(), "blocks::recorded", move |scheduler| {
        let mut interner = Interner::new();
        for path in &files {
            let block = SolanaBlock::read(path).expect("a block");
            let declared: Vec<(Vec<Key>, Vec<Key>)> = block
                .transactions()
                .iter()
                .map(|one| {
                    let of = |write: bool| {
                        let keys = one.keys.iter().zip(&one.writable).filter(move |(_, writable)| **writable == write);
                        keys.map(|(key, _)| key.0).collect()
                    };
                    (of(false), of(true))
                })
                .collect();
            interner.clear();
            interner.extend(declared.iter().map(|(reads, writes)| (&reads[..], &writes[..]))).expect("few keys");
            let sets = interner.sets();
            assert_agrees(scheduler, sets, path);
            let lists = lists_of(sets);
            let conflicts = conflicts(&lists);
            assert_eq!(fault(&lists, &conflicts, scheduler.schedule(sets).expect("memory")), None, "{path:?}");
            let dependencies = scheduler.dependencies(sets).expect("few accesses");
            assert_eq!(dependency_fault(&conflicts, dependencies), None, "{path:?}");
        }
    });
}
