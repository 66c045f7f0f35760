//! From account ids to slots, on one core beside other ways of doing it, and on all cores; known accounts and new ones.

use super::peers::ids::{Map, Partitioned, Resolve, SortMerge, Table};
use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement, machine};
use crate::account::{Account, AccountId};
use crate::error::Result;
use crate::snapshot::{Pair, Snapshot};
use crate::state::State;
use crate::transaction::{Block, BlockHeader, Transaction, Transfer};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// Transactions of a block, each with two ids.
const TRANSACTIONS: usize = 1 << 19;
/// Sorting and merging reads every account for every block, and maps hold every id a second time: beyond this they are left
/// out.
const LARGEST_FOR_PEERS: usize = 10_000_000;
/// Bytes of a state and of everything beside it that is measured, per account.
const BYTES_PER_ACCOUNT: u64 = 200;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let sizes: &[usize] = match bench.suite {
        Suite::Quick => &[1_000_000],
        Suite::Full => &[10_000, 100_000, 1_000_000, 10_000_000, 50_000_000],
    };
    for accounts in sizes {
        if machine::available_bytes().is_some_and(|bytes| bytes < *accounts as u64 * BYTES_PER_ACCOUNT) {
            bench.leave_out(format!("snapshot: {accounts} accounts are left out, for memory is short"));
            continue;
        }
        one(bench, *accounts)?;
    }
    Ok(())
}

fn one(bench: &mut Bench, accounts: usize) -> Result<()> {
    bench.step(&format!("snapshot: {} look-ups among {accounts} accounts", 2 * TRANSACTIONS));
    let mut rng = ChaCha8Rng::seed_from_u64(accounts as u64);
    let mut ids = vec![AccountId::default(); accounts];
    rng.fill_bytes(bytemuck::cast_slice_mut(&mut ids));
    let account = |id: &AccountId| Account { id: *id, balance: 1, nonce: 0 };
    let state = State::from_accounts(0, ids.iter().map(account)).expect("random ids are distinct");
    let pair = |_| [0; 2].map(|_| rng.random_range(0..accounts as u32));
    let expected: Vec<Pair> = (0..TRANSACTIONS).map(pair).collect();
    let block = block(expected.iter().map(|pair| pair.map(|slot| ids[slot as usize])));
    one_core(bench, &state, &block, &expected)?;
    all_cores(bench, &state, &block, &expected)
}

fn block(ids: impl Iterator<Item = [AccountId; 2]>) -> Block {
    let transfer = |[from, to]: [AccountId; 2]| Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 0, from, to };
    let transactions = ids.map(|ids| Transaction::transfer(&transfer(ids), [0; 64])).collect();
    Block { header: BlockHeader { chain_id: 0, height: 1, fee_recipient: AccountId::default() }, transactions }
}

/// The snapshot on one core and its peers, in turns.
fn one_core(bench: &mut Bench, state: &State, block: &Block, expected: &[Pair]) -> Result<()> {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let ids = state.ids().as_slice();
    let mut peers: Vec<(&str, Box<dyn Resolve>)> = vec![("hashbrown", Box::new(Table::new(ids)))];
    if ids.len() <= LARGEST_FOR_PEERS {
        peers.push(("std map", Box::new(Map::<std::hash::RandomState>::new(ids))));
        peers.push(("foldhash map", Box::new(Map::<foldhash::quality::RandomState>::new(ids))));
        peers.push(("partitioned", Box::new(Partitioned::new(ids))));
        peers.push(("sort-merge", Box::new(SortMerge::new(ids))));
    }
    let mut snapshot = Snapshot::default();
    let mut slots = Vec::new();
    let runs = if bench.suite == Suite::Quick { 5 } else { 9 };
    let samples = interleave(1 + peers.len(), 1, runs, |contestant| {
        slots.clear();
        let begun = Instant::now();
        let (name, found): (_, &[u32]) = match contestant.checked_sub(1).map(|peer| &mut peers[peer]) {
            None => {
                alone.install(|| snapshot.renew(block, state));
                ("parallel", snapshot.pairs.as_flattened())
            }
            Some((name, peer)) => {
                peer.resolve(&block.transactions, &mut slots);
                (*name, &slots)
            }
        };
        let time = begun.elapsed();
        if found != expected.as_flattened() {
            return Err(disagreement(name, "look-ups", "slots differ from those that the ids were taken from"));
        }
        Ok(time)
    })?;
    let names = ["parallel"].into_iter().chain(peers.iter().map(|(name, _)| *name));
    for (name, samples_s) in names.zip(samples) {
        push(bench, "look-ups on one core", name, state.len(), samples_s);
    }
    Ok(())
}

/// The snapshot on all cores: of a state that holds every account, and of an empty one, to which all are new.
fn all_cores(bench: &mut Bench, state: &State, block: &Block, expected: &[Pair]) -> Result<()> {
    let empty = State::new(0);
    let mut snapshots = [Snapshot::default(), Snapshot::default()];
    let numbers = by_first_mention(expected, state.len());
    let samples = interleave(2, 1, 5, |contestant| {
        let (state, expected) = if contestant == 0 { (state, expected) } else { (&empty, &numbers[..]) };
        let snapshot = &mut snapshots[contestant];
        let begun = Instant::now();
        snapshot.renew(block, state);
        let time = begun.elapsed();
        if snapshot.pairs != expected {
            return Err(disagreement("parallel", "look-ups", "slots differ from those that the ids were taken from"));
        }
        Ok(time)
    })?;
    for (name, samples_s) in ["look-ups on all cores", "all new, on all cores"].into_iter().zip(samples) {
        push(bench, name, "parallel", state.len(), samples_s);
    }
    Ok(())
}

/// The slots of a state of no accounts to which these ones come.
fn by_first_mention(pairs: &[Pair], accounts: usize) -> Vec<Pair> {
    let (mut numbers, mut next) = (vec![None; accounts], 0..);
    let mut number = |slot: u32| *numbers[slot as usize].get_or_insert_with(|| next.next().expect("a number"));
    pairs.iter().map(|pair| pair.map(&mut number)).collect()
}

fn push(bench: &mut Bench, workload: &str, engine: &str, accounts: usize, samples_s: Vec<f64>) {
    bench.report.rows.push(Row {
        workload: workload.to_owned(),
        engine: engine.to_owned(),
        peer: engine != "parallel",
        cores: workload.ends_with("one core").then_some(1),
        policy: "strict".into(),
        balances: "ample".to_owned(),
        scope: "snapshot".into(),
        transactions: TRANSACTIONS,
        accounts,
        per_second: 2.0 * TRANSACTIONS as f64 / median(&samples_s),
        samples_s,
        ran: engine.to_owned(),
        rounds: 1,
        ..Row::default()
    });
}
