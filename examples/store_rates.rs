//! Durable commits a second, beside fjall alone with the same keys and values, batches and syncs.
//!
//! `cargo run --release --example store_rates [folder] [blocks] [accounts] [changes]`: 40 blocks of 20,000 changed
//! accounts of a million by default, in a folder of the system's temporary one. Both go on in turns.

use fjall::{Database, KeyspaceCreateOptions, PersistMode};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wavelock::outcome::Change;
use wavelock::{Account, AccountId, BlockHeader, FjallStore, Outcome, State, StateStore};

const CHAIN: u64 = 1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (blocks, accounts, changes) = (number(40)?, number(1_000_000)?, number(20_000)?);
    let folder = tempfile::tempdir_in(folder)?;

    let id = |number: usize| AccountId(*blake3::hash(&number.to_le_bytes()).as_bytes());
    let state = (0..accounts).map(|number| Account { id: id(number), balance: 1 << 60, nonce: 0 });
    let state = State::from_accounts(0, state)?;
    let path = folder.path().join("store");
    let clock = Instant::now();
    FjallStore::create(&path, CHAIN, &state)?;
    let created = clock.elapsed();
    let clock = Instant::now();
    let mut store = FjallStore::open(&path)?;
    println!("{accounts} accounts: created in {:.2?}, opened and verified in {:.2?}", created, clock.elapsed());

    let database = Database::builder(folder.path().join("plain")).worker_threads(1).open()?;
    let plain = database.keyspace("state", KeyspaceCreateOptions::default)?;
    for chunk in state.accounts().enumerate().collect::<Vec<_>>().chunks(1 << 14) {
        let mut batch = database.batch();
        for (slot, account) in chunk {
            batch.insert(&plain, key(*slot as u32), value(account));
        }
        batch.commit()?;
    }
    database.persist(PersistMode::SyncAll)?;

    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    let mut random = 1u64;
    for height in 1..=blocks as u64 {
        let changes = block_changes(store.state(), changes, &mut random);
        let mut outcome = outcome(&store, height, changes);
        let header = BlockHeader { chain_id: CHAIN, height, ..Default::default() };
        let clock = Instant::now();
        store.commit(&header, &mut outcome)?;
        ours.push(clock.elapsed());
        let clock = Instant::now();
        let mut batch = database.batch().durability(Some(PersistMode::SyncAll));
        for change in &outcome.changes {
            batch.insert(&plain, key(change.slot), value(&change.account));
        }
        batch.commit()?;
        alone.push(clock.elapsed());
    }
    for (name, times) in [("wavelock", &mut ours), ("fjall alone", &mut alone)] {
        let sum: Duration = times.iter().sum();
        times.sort();
        let (median, rate) = (times[times.len() / 2], (blocks * changes) as f64 / sum.as_secs_f64());
        let slowest = times[times.len() - 1];
        println!("{name:11} {rate:>10.0} account updates/s, a block {median:.2?} (median), {slowest:.2?} (slowest)");
    }
    Ok(())
}

fn key(slot: u32) -> [u8; 5] {
    let mut key = [b'a'; 5];
    key[1..].copy_from_slice(&slot.to_be_bytes());
    key
}

fn value(account: &Account) -> [u8; 64] {
    let mut value = [0; 64];
    value[..32].copy_from_slice(&account.id.0);
    value[32..48].copy_from_slice(&account.balance.to_le_bytes());
    value[48..56].copy_from_slice(&account.nonce.to_le_bytes());
    value
}

/// Distinct accounts, spread over all slots.
fn block_changes(state: &State, count: usize, random: &mut u64) -> Vec<Change> {
    let stride = state.len() / count;
    let change = |number: usize| {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let slot = (number * stride + (*random >> 33) as usize % stride) as u32;
        let account = state.account(slot);
        Change { slot, account: Account { nonce: account.nonce + 1, ..account } }
    };
    (0..count).map(change).collect()
}

/// What validation would hand over: the changes, and the nodes that were hashed for the root.
fn outcome(store: &FjallStore, height: u64, changes: Vec<Change>) -> Outcome {
    let update = store.state().root_tree().preview(&changes);
    Outcome {
        height,
        statuses: Vec::new(),
        computed_on: store.state().version(),
        root_before: Some(update.before()),
        root: Some(update.root()),
        root_update: Some(update.into()),
        changes,
        report: Default::default(),
    }
}
