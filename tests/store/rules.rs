//! What a store takes and refuses, and what it notices when it is opened.

use super::chain::{CHAIN, Expected, FIRST, advance, create, genesis, next_block, open, outcome};
use super::child::{FAILED, child};
use super::trial;
use fjall::{Database, Keyspace, PersistMode};
use libtest_mimic::Trial;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use wavelock::{Account, Error, FjallStore, MemoryStore, Root, State, StateStore, Validator};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("rules::durable_equals_memory", durable_equals_memory),
        trial("rules::an_empty_state_is_a_state", empty),
        trial("rules::refuses_what_does_not_follow", refuses_what_does_not_follow),
        trial("rules::refuses_a_claimed_root", refuses_a_claimed_root),
        trial("rules::trusts_no_hashes", trusts_no_hashes),
        trial("rules::proofs", proofs),
        trial("rules::one_process_at_a_time", one_process_at_a_time),
        trial("rules::is_made_once", is_made_once),
        trial("rules::is_no_store", is_no_store),
        trial("rules::damage_is_noticed", damage_is_noticed),
        trial("rules::a_journal_that_ends_early_is_noticed", a_journal_that_ends_early_is_noticed),
        trial("rules::the_mark_of_the_last_block", the_mark_of_the_last_block),
    ]
}

type Checked = Result<(), String>;

fn new_store() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("store");
    create(&path);
    (folder, path)
}

fn said(error: impl ToString) -> String {
    error.to_string()
}

fn refused<T>(result: Result<T, impl ToString>, parts: &[&str]) -> Checked {
    let Err(error) = result else { return Err(format!("{parts:?} was expected, and it went well")) };
    let message = error.to_string();
    match parts.iter().find(|part| !message.contains(**part)) {
        Some(part) => Err(format!("{message:?} does not say {part:?}")),
        None => Ok(()),
    }
}

fn durable_equals_memory() -> Checked {
    let expected = Expected::until(FIRST + 12);
    let (_folder, path) = new_store();
    for opened in 0..4 {
        let mut store = open(&path).map_err(said)?;
        assert_eq!(store.chain_id(), CHAIN);
        for _ in 0..3 {
            expected.same(&store)?;
            advance(&mut store).map_err(said)?;
        }
        assert_eq!(store.height(), FIRST + 3 * (opened + 1));
    }
    let store = open(&path).map_err(said)?;
    expected.same(&store)?;
    assert_eq!(store.block(FIRST).map_err(said)?, None);
    assert!(store.block(FIRST + 1).map_err(said)?.is_some_and(|block| block.counts.rejected.len() > 1));
    assert!(expected.last.len() > genesis().len(), "accounts are created");
    Ok(())
}

fn empty() -> Checked {
    let folder = TempDir::new().map_err(said)?;
    let path = folder.path().join("store");
    FjallStore::create(&path, 1, &State::new(u64::MAX)).map_err(said)?;
    let store = FjallStore::open(&path).map_err(said)?;
    assert_eq!((store.height(), store.state().len()), (u64::MAX, 0));
    let header = wavelock::BlockHeader { chain_id: 1, height: 0, ..Default::default() };
    refused(store.check_next(&header), &["no block can follow"])
}

fn refuses_what_does_not_follow() -> Checked {
    let (_folder, path) = new_store();
    let mut store = open(&path).map_err(said)?;
    let right = next_block(store.state());
    let before = store.state().clone();
    for (chain_id, height, message) in [
        (CHAIN + 1, FIRST + 1, "the block is of chain 6: expected chain 5"),
        (CHAIN, FIRST, "the block has height 40: expected 41, as the store is at height 40"),
        (CHAIN, FIRST + 2, "the block has height 42: expected 41"),
        (CHAIN, 0, "the block has height 0: expected 41"),
    ] {
        let mut block = right.clone();
        (block.header.chain_id, block.header.height) = (chain_id, height);
        let mut outcome = outcome(&block, store.state());
        let result = store.commit(&block.header, &mut outcome);
        assert!(matches!(result, Err(Error::Input(_))), "{result:?}");
        refused(result, &[message])?;
    }
    // Computed on an equal state that is not this one; and on this one, before it went on.
    let mut foreign = outcome(&right, &genesis());
    let result = store.commit(&right.header, &mut foreign);
    assert!(matches!(result, Err(Error::StateMismatch { .. })), "{result:?}");
    let mut early = outcome(&right, store.state());
    assert_eq!(*store.state(), before);
    advance(&mut store).map_err(said)?;
    let next = next_block(store.state());
    early.height = next.header.height;
    let result = store.commit(&next.header, &mut early);
    assert!(matches!(result, Err(Error::StateMismatch { .. })), "{result:?}");
    drop(store);
    Expected::until(FIRST + 1).check(&path, FIRST + 1).map(drop)
}

fn refuses_a_claimed_root() -> Checked {
    let mut store = MemoryStore::new(CHAIN, genesis());
    let block = next_block(store.state());
    let mut outcome = outcome(&block, store.state());
    outcome.root = Some(Root([3; 32]));
    let result = store.commit(&block.header, &mut outcome);
    assert!(matches!(result, Err(Error::Disagreement(_))), "{result:?}");
    assert_eq!(*store.state(), genesis());
    Ok(())
}

/// The hashes that an outcome brings along are those of its own changes, or they are not used.
fn trusts_no_hashes() -> Checked {
    let ground = genesis();
    let block = next_block(&ground);
    let other = Validator::builder().without_signatures().state_root(true).build().map_err(said)?;
    let right = { other }.validate(&block, &ground).map_err(said)?;
    for claims in [true, false] {
        let mut store = MemoryStore::new(CHAIN, ground.clone());
        let mut edited = right.clone();
        edited.changes[0].account.balance += 1;
        if !claims {
            edited.root = None;
        }
        let result = store.commit(&block.header, &mut edited);
        assert_eq!(matches!(result, Err(Error::Disagreement(_))), claims, "{result:?}");
        let mut state = ground.clone();
        if !claims {
            state.apply(&edited).map_err(said)?;
            assert_ne!(edited.root, right.root);
        }
        assert_eq!(store.root(), State::from_accounts(0, state.accounts()).map_err(said)?.root());
    }
    let mut renamed = right.clone();
    let created = renamed.changes.iter_mut().find(|change| change.slot as usize >= ground.len());
    created.expect("blocks create accounts").account.id.0[31] ^= 1;
    let result = MemoryStore::new(CHAIN, ground.clone()).commit(&block.header, &mut renamed);
    assert!(matches!(result, Err(Error::Disagreement(_))), "{result:?}");
    let mut store = MemoryStore::new(CHAIN, ground.clone());
    let mut foreign = right.clone();
    foreign.root_update = Some(Arc::new(State::new(0).root_tree().preview(&[])));
    store.commit(&block.header, &mut foreign).map_err(said)?;
    assert_eq!(Some(store.root()), right.root);
    Ok(())
}

fn proofs() -> Checked {
    let (_folder, path) = new_store();
    let mut store = open(&path).map_err(said)?;
    advance(&mut store).map_err(said)?;
    for slot in [0, 77, store.state().len() as u32 - 1] {
        let account = store.state().account(slot);
        let proof = store.prove(&account.id).map_err(said)?;
        assert!(proof.verify(&store.root()) && proof.account() == account && proof.slot() == slot);
    }
    refused(store.prove(&wavelock::AccountId([1; 32])), &["there are no proofs of absence"])
}

fn one_process_at_a_time() -> Checked {
    let (_folder, path) = new_store();
    let held = open(&path).map_err(said)?;
    refused(open(&path), &["another process has it open"])?;
    let second = child("commit", &path, FIRST + 1).output().map_err(said)?;
    let complaint = String::from_utf8_lossy(&second.stderr);
    assert!(complaint.contains("another process has it open"), "{complaint}");
    assert_eq!(second.status.code(), Some(FAILED));
    drop(held);
    let third = child("commit", &path, FIRST + 1).output().map_err(said)?;
    assert!(third.status.success());
    Ok(())
}

fn is_made_once() -> Checked {
    let (folder, path) = new_store();
    refused(FjallStore::create(&path, CHAIN, &genesis()), &["expected a new or an empty folder"])?;
    let file = folder.path().join("file");
    fs::write(&file, "text").map_err(said)?;
    refused(FjallStore::create(&file, CHAIN, &genesis()), &["expected a new or an empty folder"])?;
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).map_err(said)?;
    FjallStore::create(&empty, CHAIN, &genesis()).map_err(said)?;
    Expected::until(FIRST).check(&empty, FIRST)?;
    Expected::until(FIRST).check(&path, FIRST)?;
    assert!(FjallStore::create(folder.path().join("no/folder"), CHAIN, &genesis()).is_err());
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).map_err(said)?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["empty", "file", "store"], "nothing half made is left");
    Ok(())
}

fn is_no_store() -> Checked {
    let (folder, path) = new_store();
    for wrong in [folder.path().to_owned(), folder.path().join("nothing"), path.join("wavelock-store")] {
        refused(open(&wrong), &["not a store", "wavelock-store"])?;
        assert!(!wrong.join("db").exists(), "nothing is made there");
    }
    for (text, message) in
        [("wavelock store 2\n", "version 2: expected 1"), ("wavelock", "expected \"wavelock store \"")]
    {
        fs::write(path.join("wavelock-store"), text).map_err(said)?;
        refused(open(&path), &[message])?;
    }
    Ok(())
}

fn damage_is_noticed() -> Checked {
    type Damage = fn(&Keyspace, &State);
    fn put(keyspace: &Keyspace, slot: u32, account: Account) {
        let mut value = account.id.0.to_vec();
        value.extend(account.balance.to_le_bytes());
        value.extend(account.nonce.to_le_bytes());
        value.extend([0; 8]);
        keyspace.insert(key(slot), value).expect("an account");
    }
    fn key(slot: u32) -> Vec<u8> {
        [&b"a"[..], &slot.to_be_bytes()].concat()
    }
    fn edit_head(keyspace: &Keyspace, at: usize) {
        let mut head = keyspace.get("h").expect("readable").expect("a head").to_vec();
        head[at] ^= 1;
        keyspace.insert("h", head).expect("a head");
    }
    let root = genesis().root().to_string();
    let both = ["its accounts have root", &*root];
    let cases: [(&[&str], Damage); 9] = [
        (&both, |keyspace, state| put(keyspace, 9, Account { balance: 9_999, ..state.account(9) })),
        (&both, |keyspace, state| put(keyspace, 9, Account { nonce: 77, ..state.account(9) })),
        (&["its accounts have root", "left root"], |keyspace, _| edit_head(keyspace, 30)),
        (&["occurs twice"], |keyspace, state| put(keyspace, 9, state.account(8))),
        (&["5001 accounts, 5000 were committed"], |keyspace, _| {
            put(keyspace, 5_000, Account { id: wavelock::AccountId([8; 32]), balance: 1, nonce: 0 })
        }),
        (&["4999 accounts, 5000 were committed"], |keyspace, _| keyspace.remove(key(4_999)).expect("removed")),
        (&["slot 10 follows where slot 9 should"], |keyspace, _| keyspace.remove(key(9)).expect("removed")),
        (&["an account of 3 bytes"], |keyspace, _| keyspace.insert(key(9), "abc").expect("written")),
        (&["does not say where its chain stands"], |keyspace, _| keyspace.remove("h").expect("removed")),
    ];
    for (message, damage) in cases {
        let (_folder, path) = new_store();
        with_database(&path, |keyspace| damage(keyspace, &genesis()));
        let result = open(&path);
        assert!(matches!(result, Err(Error::Store { .. })), "{result:?}");
        refused(result, &[&["it is damaged"], message].concat())?;
    }
    Ok(())
}

/// A journal with a flipped byte ends there for the database. Whatever the byte was, no block is missing without a word.
fn a_journal_that_ends_early_is_noticed() -> Checked {
    let (folder, path) = new_store();
    let mut store = open(&path).map_err(said)?;
    let begin = journal_bytes(&path)?.1.len();
    for _ in 0..3 {
        advance(&mut store).map_err(said)?;
    }
    let (height, root) = (store.height(), store.root());
    drop(store);
    let (journal, bytes) = journal_bytes(&path)?;
    let mut noticed = 0;
    for turn in 0..40 {
        let copy = folder.path().join(format!("copy {turn}"));
        copy_folder(&path, &copy).map_err(said)?;
        let mut wrong = bytes.clone();
        // In the blocks, not in what the store was made of.
        wrong[begin + turn * (bytes.len() - begin) / 40] ^= 1;
        fs::write(copy.join("db").join(&journal), wrong).map_err(said)?;
        for _ in 0..2 {
            match open(&copy) {
                Ok(store) => assert_eq!((store.height(), store.root()), (height, root), "turn {turn}"),
                Err(error) => {
                    assert!(matches!(error, Error::Store { .. }), "{error}");
                    noticed += usize::from(error.to_string().contains("had been committed"));
                }
            }
        }
    }
    assert!(noticed > 0, "no journal ended early");
    Ok(())
}

/// The journal's name in the database's folder, and its bytes.
fn journal_bytes(path: &Path) -> Result<(std::ffi::OsString, Vec<u8>), String> {
    let entries = fs::read_dir(path.join("db")).map_err(said)?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let name = names.filter(|name| name.to_string_lossy().ends_with(".jnl")).max().ok_or("a journal")?;
    let bytes = fs::read(path.join("db").join(&name)).map_err(said)?;
    Ok((name, bytes))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The mark of the last block is held against the store, and is no reason to refuse one where it says nothing.
fn the_mark_of_the_last_block() -> Checked {
    let (_folder, path) = new_store();
    let mark = path.join("wavelock-mark");
    let text = |height: u64, root: Root| format!("{height:020} {root}\n");
    let (genesis, other) = (genesis().root(), Root([3; 32]));
    assert_eq!(fs::read_to_string(&mark).map_err(said)?, text(FIRST, genesis));
    for wrong in [text(FIRST + 1, other), text(FIRST, other), "41\n".into(), text(FIRST, genesis) + " "] {
        fs::write(&mark, &wrong).map_err(said)?;
        for _ in 0..2 {
            refused(open(&path), &["it is damaged"])?;
        }
        assert_eq!(fs::read_to_string(&mark).map_err(said)?, wrong, "it stays as it was");
    }
    for silent in [None, Some(""), Some("\0\0\0"), Some(&*"\0".repeat(200)), Some(&*text(FIRST - 1, other))] {
        match silent {
            Some(silent) => fs::write(&mark, silent).map_err(said)?,
            None => fs::remove_file(&mark).map_err(said)?,
        }
        drop(open(&path).map_err(said)?);
        assert_eq!(fs::read_to_string(&mark).map_err(said)?, text(FIRST, genesis));
    }
    let mut store = open(&path).map_err(said)?;
    advance(&mut store).map_err(said)?;
    assert_eq!(fs::read_to_string(&mark).map_err(said)?, text(FIRST + 1, store.root()));
    Ok(())
}

fn with_database(path: &Path, change: impl FnOnce(&Keyspace)) {
    let database = Database::builder(path.join("db")).open().expect("the store's database");
    change(&database.keyspace("state", Default::default).expect("its keyspace"));
    database.persist(PersistMode::SyncAll).expect("written");
}
