//! The state root: all accounts hashed anew, and the paths of changed ones. `one-core` is `parallel` on one thread.

use super::row::Row;
use super::sampler::{interleave, median};
use super::{Bench, Suite, disagreement};
use crate::engine::Engine;
use crate::error::Result;
use crate::outcome::Change;
use crate::parallel::root::RootTree;
use crate::root::Root;
use crate::serial;
use crate::state::State;
use crate::workload::Workload;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rayon::ThreadPool;
use std::collections::BTreeSet;
use std::time::Instant;

#[cfg(feature = "gpu")]
use crate::gpu;

const ACCOUNTS: usize = 1_000_000;
const CHANGED: usize = 20_000;

/// Who hashes.
enum Contestant {
    Cpu {
        name: &'static str,
        pool: ThreadPool,
        tree: RootTree,
    },
    #[cfg(feature = "gpu")]
    Gpu(Box<gpu::root::RootTree>),
}

impl Contestant {
    fn name(&self) -> &'static str {
        match self {
            Self::Cpu { name, .. } => name,
            #[cfg(feature = "gpu")]
            Self::Gpu(_) => Engine::Gpu.name(),
        }
    }

    fn engine(&self) -> Engine {
        match self {
            Self::Cpu { .. } => Engine::Parallel,
            #[cfg(feature = "gpu")]
            Self::Gpu(_) => Engine::Gpu,
        }
    }

    fn rebuild(&mut self, state: &State) -> Result<Root> {
        match self {
            Self::Cpu { pool, tree, .. } => {
                pool.install(|| tree.rebuild(state));
                Ok(tree.root())
            }
            #[cfg(feature = "gpu")]
            Self::Gpu(tree) => tree.rebuild(state),
        }
    }

    fn update(&mut self, changes: &[Change]) -> Result<Root> {
        match self {
            Self::Cpu { pool, tree, .. } => Ok(pool.install(|| tree.update(changes))),
            #[cfg(feature = "gpu")]
            Self::Gpu(tree) => tree.update(changes),
        }
    }
}

fn contestants(bench: &Bench, state: &State) -> Vec<Contestant> {
    let tree = RootTree::new(state);
    let cpu = |name, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        Contestant::Cpu { name, pool, tree: tree.clone() }
    };
    #[cfg_attr(not(feature = "gpu"), allow(unused_mut))]
    let mut contestants = vec![cpu("one-core", 1), cpu(Engine::Parallel.name(), 0)];
    #[cfg(feature = "gpu")]
    contestants.extend(
        bench
            .unsigned
            .iter()
            .find_map(|(_, validator)| validator.device_tree())
            .map(|tree| Contestant::Gpu(Box::new(tree))),
    );
    #[cfg(not(feature = "gpu"))]
    let _ = bench;
    contestants
}

/// Changes of random accounts, in slot order.
fn changes(state: &State) -> Vec<Change> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut slots = BTreeSet::new();
    while slots.len() < CHANGED {
        slots.insert(rng.random_range(0..state.len() as u32));
    }
    let change = |slot: u32| {
        let mut account = state.account(slot);
        account.nonce += 1;
        Change { slot, account }
    };
    slots.into_iter().map(change).collect()
}

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    bench.step(&format!("root: {ACCOUNTS} accounts, {CHANGED} changed"));
    let runs = if bench.suite == Suite::Quick { 5 } else { 15 };
    let workload = Workload { transactions: 1, accounts: ACCOUNTS, signed: false, ..Workload::default() };
    let state = workload.generate().state;
    let changes = changes(&state);
    let mut contestants = contestants(bench, &state);
    for (name, items, expected) in [
        ("rebuild", state.len(), serial::root::root(&state)),
        ("update", CHANGED, serial::root::root_after(&state, &changes)),
    ] {
        let samples = interleave(contestants.len(), 1, runs, |contestant| {
            let contestant = &mut contestants[contestant];
            let begun = Instant::now();
            let root = if name == "rebuild" { contestant.rebuild(&state)? } else { contestant.update(&changes)? };
            let time = begun.elapsed();
            if root == expected { Ok(time) } else { Err(disagreement(contestant.name(), name, "roots differ")) }
        })?;
        for (contestant, samples_s) in contestants.iter().zip(samples) {
            bench.report.rows.push(row(&workload, name, contestant, items, samples_s));
        }
    }
    Ok(())
}

fn row(workload: &Workload, name: &str, contestant: &Contestant, items: usize, samples_s: Vec<f64>) -> Row {
    Row {
        workload: name.to_owned(),
        engine: contestant.name().to_owned(),
        policy: "strict".into(),
        invalid: 0.0,
        invalid_reason: None,
        balances: workload.balances.to_string(),
        scope: "root".into(),
        transactions: items,
        accounts: workload.accounts,
        signatures: false,
        keys: None,
        bytes_per_signature: None,
        per_second: items as f64 / median(&samples_s),
        samples_s,
        ran: contestant.engine().name().to_owned(),
        rounds: 1,
        tail: 0,
        waves: None,
        applied: 0,
        ..Row::default()
    }
}
