//! A store on disk, on [fjall](https://docs.rs/fjall) 3: a journal that every commit is written to and synced
//! (`PersistMode::SyncAll`), and sorted tables that the journal is worked into in the background.
//!
//! A store is a folder with the file `wavelock-store`, the text `wavelock store 1` (the version of what follows) and
//! a line feed, the folder `db`, a fjall database with one keyspace, `state`, and the file `wavelock-mark`: the last block's height in
//! 20 digits, a blank, the root after it in hexadecimal, a line feed. Numbers are u64, little-endian in values:
//!
//! | key | value |
//! |---|---|
//! | `h` | where the chain stands: chain_id, height, number of accounts, state root (32 bytes) |
//! | `a`, slot as u32 big-endian | the account as in a state file: id (32 bytes), balance (u128), nonce, zero |
//! | `b`, height big-endian | a block: the root after it (32 bytes), changed accounts, statuses |
//!
//! Statuses are how many transactions were applied, then how many were rejected for each reason in the order of tests.
//!
//! A block is one batch of the journal, which recovery takes whole or drops: after a crash at any moment the store is
//! at the last block whose commit returned, or at the one after it if that had been written in full. Opening reads
//! every account, hashes them, and compares the root with the one that is kept.

use super::format::{self, Head};
use super::mark::Mark;
use super::{BlockSummary, StateStore, prepare, record};
use crate::error::{Error, InputError, Place, Result};
use crate::fault::caught;
use crate::outcome::Outcome;
use crate::state::State;
use crate::transaction::BlockHeader;
use fjall::config::FilterPolicy;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const MARKER: &str = "wavelock-store";
const MARKER_START: &str = "wavelock store ";
const VERSION: &str = "1";
const DATABASE: &str = "db";
const KEYSPACE: &str = "state";
/// Accounts of a batch when a store is made.
const LOAD: usize = 1 << 14;

/// What a store may use.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Bytes of changes that are collected before they become a sorted table; 64 MiB by default.
    pub memtable_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { memtable_bytes: 64 << 20 }
    }
}

/// A state on disk. One process has it open at a time.
pub struct FjallStore {
    path: PathBuf,
    chain_id: u64,
    state: State,
    keyspace: Keyspace,
    database: Database,
    mark: Mark,
    /// What went wrong with a commit: from then on what is on disk is known only to who opens it again.
    failed: Option<String>,
}

impl FjallStore {
    /// Makes a store of a chain that goes on from `state`, in a folder that does not exist or is empty. It appears
    /// complete or not at all.
    ///
    /// # Errors
    /// [`Error::Input`] where something is there already, [`Error::Store`] or [`Error::Io`] where it cannot be
    /// written.
    pub fn create(path: impl AsRef<Path>, chain_id: u64, state: &State) -> Result<()> {
        let path = path.as_ref();
        let failed = |source| Error::Io { path: path.to_owned(), source };
        let entries = match fs::read_dir(path) {
            Ok(mut entries) => Some(entries.next().is_some()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) if error.kind() == ErrorKind::NotADirectory => Some(true),
            Err(error) => return Err(failed(error)),
        };
        if entries == Some(true) {
            return Err(unusable(path, "something is there: expected a new or an empty folder".into()));
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new().prefix(".wavelock-").tempdir_in(parent).map_err(failed)?;
        fill(folder.path(), chain_id, state)
            .map_err(|cause| damaged(path, format!("it could not be made: {cause}")))?;
        if entries.is_some() {
            fs::remove_dir(path).map_err(failed)?;
        }
        fs::rename(folder.path(), path).map_err(failed)?;
        let _ = folder.keep();
        sync_folder(parent).map_err(failed)
    }

    /// Opens a store, loads its state and holds it against the root that is kept.
    ///
    /// # Errors
    /// [`Error::Input`] where there is no store of this version, [`Error::Store`] where another process has it open
    /// or what it holds is not what was committed.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, &StoreOptions::default())
    }

    /// As [`FjallStore::open`], with options.
    ///
    /// # Errors
    /// As [`FjallStore::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &StoreOptions) -> Result<Self> {
        let path = path.as_ref();
        check_marker(path)?;
        let damaged = |message: String| damaged(path, message);
        // The database asserts some of what it reads.
        let (database, keyspace) = match caught(|| open_database(&path.join(DATABASE), options)) {
            Ok(Ok(opened)) => opened,
            Ok(Err(Cause(fjall::Error::Locked))) => return Err(damaged("another process has it open".into())),
            Ok(Err(cause)) => return Err(damaged(format!("it cannot be read: {cause}"))),
            Err(panic) => {
                return Err(damaged(format!("it is damaged: the database said: {}", panic.replace('\n', ", "))));
            }
        };
        let (head, state) = load(&keyspace).map_err(|message| damaged(format!("it is damaged: {message}")))?;
        let found = state.root();
        if found != head.root {
            let Head { height, root, .. } = head;
            let message = format!("it is damaged: its accounts have root {found}, block {height} left root {root}");
            return Err(damaged(message));
        }
        let mark =
            Mark::open(path, head.height, found).map_err(|message| damaged(format!("it is damaged: {message}")))?;
        Ok(Self { path: path.to_owned(), chain_id: head.chain_id, state, keyspace, database, mark, failed: None })
    }

    /// The store's folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One synced batch: the accounts, what is kept of the block, where the chain stands now.
    fn write(&self, summary: &BlockSummary, outcome: &Outcome) -> Result<(), Cause> {
        let created = outcome.changes.iter().filter(|change| change.slot as usize >= self.state.len()).count();
        let BlockSummary { height, root, .. } = *summary;
        let head = Head { chain_id: self.chain_id, height, count: self.state.len() + created, root };
        let batch = OwnedWriteBatch::with_capacity(self.database.clone(), outcome.changes.len() + 2);
        let mut batch = batch.durability(Some(PersistMode::SyncAll));
        for change in &outcome.changes {
            let (key, value) = (format::account_key(change.slot), format::account_value(&change.account));
            batch.insert(&self.keyspace, key, value);
        }
        batch.insert(&self.keyspace, format::block_key(height), format::summary_value(summary));
        batch.insert(&self.keyspace, format::HEAD, format::head_value(&head));
        Ok(batch.commit()?)
    }
}

impl StateStore for FjallStore {
    fn chain_id(&self) -> u64 {
        self.chain_id
    }

    fn state(&self) -> &State {
        &self.state
    }

    fn block(&self, height: u64) -> Result<Option<BlockSummary>> {
        let value = self.keyspace.get(format::block_key(height)).map_err(Cause::from);
        let value = value.map_err(|cause| damaged(&self.path, format!("block {height} cannot be read: {cause}")))?;
        let summary = value.map(|value| format::read_summary(height, &value)).transpose();
        summary.map_err(|message| damaged(&self.path, format!("it is damaged: {message}")))
    }

    fn commit(&mut self, block: &BlockHeader, outcome: &mut Outcome) -> Result<()> {
        let clock = Instant::now();
        let (height, next) = (self.height(), block.height);
        if let Some(cause) = &self.failed {
            let message =
                format!("block {next} was not committed: a write failed before ({cause}); open the store again");
            return Err(damaged(&self.path, message));
        }
        let summary = prepare(self, block, outcome)?;
        if let Err(cause) = self.write(&summary, outcome) {
            let message = format!("block {next} was not committed, the store stays at block {height}: {cause}");
            self.failed = Some(cause.to_string());
            return Err(damaged(&self.path, message));
        }
        self.mark.set(summary.height, summary.root);
        self.state.apply(outcome)?;
        record(outcome, clock);
        Ok(())
    }
}

impl fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, chain_id, state, failed, .. } = self;
        let mut store = f.debug_struct("FjallStore");
        store.field("path", path).field("chain_id", chain_id).field("height", &state.height());
        store.field("failed", failed).finish_non_exhaustive()
    }
}

/// What the database says, in words.
struct Cause(fjall::Error);

impl From<fjall::Error> for Cause {
    fn from(error: fjall::Error) -> Self {
        Self(error)
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            fjall::Error::Io(error) => error.fmt(f),
            fjall::Error::Poisoned => f.write_str("a write in the background failed"),
            other => write!(f, "{other:?}"),
        }
    }
}

fn damaged(path: &Path, message: String) -> Error {
    Error::Store { path: path.to_owned(), message }
}

fn unusable(path: &Path, message: String) -> Error {
    InputError::new(Place::Whole, message).in_file(path).into()
}

fn check_marker(path: &Path) -> Result<()> {
    let marker = path.join(MARKER);
    let text = match fs::read(&marker) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(unusable(path, format!("not a store: expected a folder with the file {MARKER}")));
        }
        Err(source) => return Err(Error::Io { path: marker, source }),
    };
    let text = String::from_utf8_lossy(&text);
    match text.strip_suffix('\n').and_then(|text| text.strip_prefix(MARKER_START)) {
        Some(VERSION) => Ok(()),
        Some(found) => Err(unusable(&marker, format!("a store of version {found}: expected {VERSION}"))),
        None => Err(unusable(&marker, format!("expected {MARKER_START:?} and a version"))),
    }
}

/// The database and its only keyspace. With one worker a commit never waits for a write in the background that has
/// failed: that worker does one thing after the other, so nothing piles up behind it.
fn open_database(path: &Path, options: &StoreOptions) -> Result<(Database, Keyspace), Cause> {
    let database = Database::builder(path).worker_threads(1).open()?;
    let bytes = options.memtable_bytes;
    // Accounts are read all at once, so filters for single keys would only cost time.
    let create = || KeyspaceCreateOptions::default().max_memtable_size(bytes).filter_policy(FilterPolicy::disabled());
    let keyspace = database.keyspace(KEYSPACE, create)?;
    Ok((database, keyspace))
}

/// Writes a whole store into an empty folder.
fn fill(folder: &Path, chain_id: u64, state: &State) -> Result<(), Cause> {
    let (database, keyspace) = open_database(&folder.join(DATABASE), &StoreOptions::default())?;
    let mut batch = OwnedWriteBatch::with_capacity(database.clone(), LOAD);
    for (slot, account) in state.accounts().enumerate() {
        batch.insert(&keyspace, format::account_key(slot as u32), format::account_value(&account));
        if batch.len() == LOAD {
            batch.commit()?;
            batch = OwnedWriteBatch::with_capacity(database.clone(), LOAD);
        }
    }
    let head = Head { chain_id, height: state.height(), count: state.len(), root: state.root() };
    batch.insert(&keyspace, format::HEAD, format::head_value(&head));
    batch.durability(Some(PersistMode::SyncAll)).commit()?;
    let mut marker = File::create_new(folder.join(MARKER))?;
    marker.write_all(format!("{MARKER_START}{VERSION}\n").as_bytes())?;
    marker.sync_all()?;
    Mark::create(folder, state.height(), state.root())?;
    Ok(sync_folder(folder)?)
}

fn load(keyspace: &Keyspace) -> Result<(Head, State), String> {
    let said = |error: fjall::Error| Cause(error).to_string();
    let head = keyspace.get(format::HEAD).map_err(said)?.ok_or("it does not say where its chain stands")?;
    let head = format::read_head(&head)?;
    let mut state = State::new(head.height);
    state.reserve(head.count.min(keyspace.approximate_len()));
    for entry in keyspace.prefix(format::ACCOUNTS) {
        let (key, value) = entry.into_inner().map_err(said)?;
        let (slot, account) = format::read_account(&key, &value)?;
        let expected = state.len() as u32;
        if slot != expected {
            return Err(format!("slot {slot} follows where slot {expected} should"));
        }
        state.push(account)?;
    }
    if state.len() != head.count {
        return Err(format!("it holds {} accounts, {} were committed", state.len(), head.count));
    }
    Ok((head, state))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere folders cannot be synced, and file systems keep their order.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
