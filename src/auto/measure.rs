//! The measurements behind the models: each stage at some sizes, the engines in turns, within about a second.

use super::{
    Curve, Model, Plan, SMALLEST_DEVICE_ACCESSES, SMALLEST_DEVICE_BLOCK, SMALLEST_DEVICE_ROOT,
    SMALLEST_DEVICE_SIGNATURES,
};
use crate::account::{Account, AccountId, Balance};
use crate::conflict::IndexSetsBuilder;
use crate::engine::{Engine, Policy};
use crate::error::{Error, Result};
use crate::gpu::conflict::WaveFinder;
use crate::gpu::engine::Gpu;
use crate::ledger::Input;
use crate::outcome::Change;
use crate::parallel;
use crate::state::State;
use crate::status::Status;
use crate::transaction::{Transaction, Transfer};
use ed25519_dalek::{Signer, SigningKey};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Counted runs of each engine at each size, after one that is not counted and compiles shaders.
const RUNS: usize = 2;
/// After this nothing larger is begun.
const ENOUGH: Duration = Duration::from_millis(700);

/// The best of some runs of each engine in turn, at each size.
fn model(sizes: &[usize], smallest: usize, mut run: impl FnMut(Engine, usize) -> Result<()>) -> Result<Model> {
    let mut curves = [Vec::new(), Vec::new()];
    [Engine::Parallel, Engine::Gpu].into_iter().try_for_each(|engine| run(engine, sizes[0]))?;
    let begun = Instant::now();
    for items in sizes {
        if begun.elapsed() > ENOUGH && !curves[0].is_empty() {
            break;
        }
        let mut best = [f64::INFINITY; 2];
        for turn in 0..=RUNS {
            for (engine, best) in [Engine::Parallel, Engine::Gpu].into_iter().zip(&mut best) {
                let time = timed(|| run(engine, *items))?;
                if turn > 0 {
                    *best = best.min(time);
                }
            }
        }
        curves.iter_mut().zip(best).for_each(|(curve, best)| curve.push((*items, best)));
    }
    let [cpu, device] = curves.map(|measured| Curve::through(&measured).expect("sizes ascend, and time passes"));
    Ok(Model { smallest, cpu, device, device_known: None, contention: None })
}

fn timed(run: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    run()?;
    Ok(begun.elapsed().as_secs_f64().max(1e-9))
}

pub(super) fn execute(gpu: &mut Gpu, parallel: &mut parallel::execute::Executor) -> Result<Model> {
    let accounts = SMALLEST_DEVICE_BLOCK;
    let balances = vec![Balance { balance: 1 << 40, nonce: 0 }; accounts];
    // Every account sends once, to partners that are spread over the table.
    let pair = |index: usize| [index as u32, (index.wrapping_mul(2_654_435_761) % accounts) as u32];
    let pairs: Vec<_> = (0..accounts).map(pair).collect();
    let id = AccountId::default();
    let transfer = Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 1, from: id, to: id };
    let transactions = vec![Transaction::transfer(&transfer, [0; 64]); accounts];
    let total = balances.iter().map(|account| account.balance).sum();
    model(&[accounts / 4, accounts], SMALLEST_DEVICE_BLOCK, |engine, count| {
        let (transactions, pairs) = (&transactions[..count], &pairs[..count]);
        let input = Input { transactions, pairs, balances: &balances, slots: accounts, total, lineage: None };
        let mut statuses = vec![Status::Applied; count];
        if engine == Engine::Gpu {
            gpu.executor.execute(&input, &mut statuses)?;
        } else {
            let host_memory = |source| Error::Io { path: "working table".into(), source };
            parallel.execute(&input, &mut statuses).map_err(host_memory)?;
        }
        Ok(())
    })
}

/// Both engines keep their tree, as they do between blocks.
pub(super) fn root(gpu: &mut Gpu) -> Result<Model> {
    let account = |slot: usize, nonce: u64| {
        let mut id = AccountId::default();
        id.0[..8].copy_from_slice(&(slot as u64).to_le_bytes());
        Account { id, balance: 1 << 40, nonce }
    };
    let spread = SMALLEST_DEVICE_BLOCK / SMALLEST_DEVICE_ROOT;
    let accounts = (0..SMALLEST_DEVICE_BLOCK).map(|slot| account(slot, 0));
    let state = State::from_accounts(0, accounts).expect("distinct accounts");
    let changes: Vec<Change> = (0..SMALLEST_DEVICE_BLOCK)
        .step_by(spread)
        .map(|slot| Change { slot: slot as u32, account: account(slot, 1) })
        .collect();
    let mut tree = gpu.root_tree();
    tree.rebuild(&state)?;
    model(&[changes.len() / 4, changes.len()], SMALLEST_DEVICE_ROOT, |engine, count| {
        if engine == Engine::Gpu {
            tree.preview(&changes[..count])?;
        } else {
            state.root_tree().preview(&changes[..count]);
        }
        Ok(())
    })
}

/// Four keys a transaction, spread over many: waves are few, so rounds are.
pub(super) fn conflict(gpu: &mut WaveFinder, parallel: &mut parallel::conflict::WaveFinder) -> Result<Model> {
    let (transactions, keys) = (SMALLEST_DEVICE_ACCESSES / 4, SMALLEST_DEVICE_ACCESSES);
    let mut builders = Vec::new();
    for count in [transactions / 4, transactions] {
        let mut builder = IndexSetsBuilder::new(keys);
        for transaction in 0..count {
            let key =
                |access: usize| ((4 * transaction + access).wrapping_mul(2_654_435_761) >> 7) as u32 % keys as u32;
            builder.push(&[key(0), key(1)], &[key(2), key(3)])?;
        }
        builders.push(builder);
    }
    let mut wave = Vec::new();
    model(&[transactions / 4, transactions], transactions, |engine, count| {
        let builder = &builders[usize::from(count == transactions)];
        if engine == Engine::Gpu {
            gpu.waves(builder.sets(), &mut wave)?;
        } else {
            let host_memory = |source| Error::Io { path: "working table".into(), source };
            parallel.waves(builder.sets(), &mut wave).map_err(host_memory)?;
        }
        Ok(())
    })
}

/// Fresh signatures, each by a key of its own that was never used before.
struct Fresh(usize);

impl Fresh {
    fn sign(&mut self, count: usize) -> Vec<Transaction> {
        let first = self.0;
        self.0 += count;
        let sign = |index: usize| {
            let mut seed = [7; 32];
            seed[..8].copy_from_slice(&(index as u64).to_le_bytes());
            let key = SigningKey::from_bytes(&seed);
            let from = AccountId(key.verifying_key().to_bytes());
            let transfer = Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 1, from, to: from };
            let unsigned = Transaction::transfer(&transfer, [0; 64]);
            unsigned.with_signature(key.sign(unsigned.message()).to_bytes())
        };
        (first..self.0).into_par_iter().map(sign).collect()
    }
}

/// Sizes at which signatures are measured; the larger ones as long as the device is done with them at once, so that a fast
/// one is measured where it is fast.
const SIGNATURES: [usize; 6] = [1, 64, 512, 1 << 12, 1 << 14, 1 << 16];
/// A device that takes longer than this for a size is not measured at a larger one.
const AT_ONCE: f64 = 0.03;
/// Keys of the batches whose keys the device knows.
const KNOWN_KEYS: usize = 512;

/// Signatures on the CPU, on the device with keys that are new to it and with keys that it has tables for, and on both at
/// the same time.
pub(super) fn sigverify(gpu: &mut Gpu, policy: Policy) -> Result<Model> {
    let mut signer = Fresh(0);
    // Compiles the kernels of both kinds, and lets the device find its pace.
    let known = signer.sign(KNOWN_KEYS);
    let known: Vec<Transaction> = known.iter().cycle().take(SIGNATURES[SIGNATURES.len() - 1]).copied().collect();
    for _ in 0..3 {
        gpu.verify(policy, &&known[..KNOWN_KEYS])?;
        gpu.verify(policy, &signer.sign(KNOWN_KEYS))?;
    }
    let begun = Instant::now();
    let [mut cpu, mut device, mut device_known] = [const { Vec::new() }; 3];
    for (number, size) in SIGNATURES.into_iter().enumerate() {
        let mut best = [f64::INFINITY; 3];
        // A long run says as much as two short ones.
        let runs = if number < 3 { RUNS } else { 1 };
        for _ in 0..runs {
            let fresh = signer.sign(size);
            let times = [
                timed(|| {
                    parallel::sigverify::sigverify(policy, &fresh);
                    Ok(())
                })?,
                timed(|| gpu.verify(policy, &fresh).map(|_| ()))?,
                timed(|| gpu.verify(policy, &&known[..size]).map(|_| ()))?,
            ];
            best.iter_mut().zip(times).for_each(|(best, time)| *best = best.min(time));
        }
        [&mut cpu, &mut device, &mut device_known]
            .into_iter()
            .zip(best)
            .for_each(|(curve, best)| curve.push((size, best)));
        if best[1].max(best[0]) > AT_ONCE || begun.elapsed() > ENOUGH {
            break;
        }
    }
    let last = cpu.last().expect("the first size is always measured").0;
    let [cpu, device, device_known] =
        [cpu, device, device_known].map(|measured| Curve::through(&measured).expect("sizes ascend, and time passes"));
    let mut model =
        Model { smallest: SMALLEST_DEVICE_SIGNATURES, cpu, device, device_known: Some(device_known), contention: None };
    model.contention = Some(contention(gpu, policy, &model, &known[..last])?);
    Ok(model)
}

/// How much the CPU and the device slow each other down on a batch that both would do in the same time.
fn contention(gpu: &mut Gpu, policy: Policy, model: &Model, known: &[Transaction]) -> Result<f64> {
    let Plan::Split(share) = Model { contention: Some(0.0), ..*model }.plan(known.len(), 1.0, |_| 0) else {
        return Ok(0.0);
    };
    let (front, back) = known.split_at(share);
    let mut least = 1.0f64;
    for _ in 0..RUNS {
        let alone = timed(|| gpu.verify(policy, &front).map(|_| ()))?;
        let other = timed(|| {
            parallel::sigverify::sigverify(policy, back);
            Ok(())
        })?;
        let together = timed(|| {
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| _ = parallel::sigverify::sigverify(policy, back));
                gpu.verify(policy, &front).map(|_| ())
            })
        })?;
        least = least.min(model.contention_of(alone, other, together));
    }
    Ok(least)
}
