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
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Times that all sizes are gone through: a busy moment spoils one of them, and the best counts.
const PASSES: usize = 4;
/// After this nothing larger is begun.
const ENOUGH: Duration = Duration::from_millis(700);
/// After this nothing is measured again.
const ENOUGH_AGAIN: Duration = Duration::from_millis(1_000);

/// The best of some runs of each engine in turn, at each size.
fn model(sizes: &[usize], smallest: usize, mut run: impl FnMut(Engine, usize) -> Result<()>) -> Result<Model> {
    let engines = [Engine::Parallel, Engine::Gpu];
    engines.into_iter().try_for_each(|engine| run(engine, sizes[0]))?;
    let mut pass = |items| {
        let [cpu, device] = engines.map(|engine| timed(|| run(engine, items)));
        Ok([cpu?, device?])
    };
    let begun = Instant::now();
    let [cpu, device] = best(sizes, || begun.elapsed(), |_| true, &mut pass)?;
    Ok(Model { smallest, cpu, device, device_known: None, contention: None })
}

/// Curves through the best times of all passes. `larger` says after each size of the first pass whether the next is
/// worth it.
fn best<const ENGINES: usize>(
    sizes: &[usize],
    elapsed: impl Fn() -> Duration,
    larger: impl Fn(&[f64; ENGINES]) -> bool,
    mut run: impl FnMut(usize) -> Result<[f64; ENGINES]>,
) -> Result<[Curve; ENGINES]> {
    let mut best = Vec::new();
    for size in sizes {
        best.push((*size, run(*size)?));
        if elapsed() > ENOUGH || !best.last().is_some_and(|(_, times)| larger(times)) {
            break;
        }
    }
    for _ in 1..PASSES {
        for (size, best) in &mut best {
            if elapsed() > ENOUGH_AGAIN {
                break;
            }
            best.iter_mut().zip(run(*size)?).for_each(|(best, time)| *best = best.min(time));
        }
    }
    Ok(std::array::from_fn(|engine| {
        let measured: Vec<_> = best.iter().map(|(size, times)| (*size, times[engine])).collect();
        Curve::through(&measured).expect("sizes ascend, and time passes")
    }))
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
        // Records that travel whole: a device that gains with these gains with smaller ones.
        Account { id, balance: 1 << 70, nonce }
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

/// Signatures, each by a key of its own that was never used before, not by an earlier measurement either.
fn sign(count: usize) -> Vec<Transaction> {
    static USED: AtomicUsize = AtomicUsize::new(0);
    let first = USED.fetch_add(count, Ordering::Relaxed);
    let sign = |index: usize| {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&(index as u64).to_le_bytes());
        let key = SigningKey::from_bytes(&seed);
        let from = AccountId(key.verifying_key().to_bytes());
        let transfer = Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 1, from, to: from };
        let unsigned = Transaction::transfer(&transfer, [0; 64]);
        unsigned.with_signature(key.sign(unsigned.message()).to_bytes())
    };
    (first..first + count).into_par_iter().map(sign).collect()
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
    gpu.end_patience(policy)?;
    // Compiles the kernels of both kinds, and lets the device find its pace.
    let known = sign(KNOWN_KEYS);
    let known: Vec<Transaction> = known.iter().cycle().take(SIGNATURES[SIGNATURES.len() - 1]).copied().collect();
    for _ in 0..3 {
        gpu.verify(policy, &&known[..KNOWN_KEYS])?;
        gpu.verify(policy, &sign(KNOWN_KEYS))?;
    }
    let begun = Instant::now();
    let at_once = |[cpu, device, _]: &[f64; 3]| device.max(*cpu) <= AT_ONCE;
    let mut last = 0;
    let [cpu, device, device_known] = best(
        &SIGNATURES,
        || begun.elapsed(),
        at_once,
        |size| {
            let fresh = sign(size);
            last = last.max(size);
            let cpu = timed(|| {
                parallel::sigverify::sigverify(policy, &fresh);
                Ok(())
            })?;
            let device = timed(|| gpu.verify(policy, &fresh).map(|_| ()))?;
            Ok([cpu, device, timed(|| gpu.verify(policy, &&known[..size]).map(|_| ()))?])
        },
    )?;
    let mut model =
        Model { smallest: SMALLEST_DEVICE_SIGNATURES, cpu, device, device_known: Some(device_known), contention: None };
    model.contention = Some(contention(gpu, policy, &model, &known[..last])?);
    Ok(model)
}

/// Runs of each kind, of which the least slowed one counts.
const RUNS: usize = 2;

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_busy_moment_spoils_a_pass_and_not_the_curves() {
        let clock = Cell::new(0.0);
        let measured = |busy_until: f64, larger: fn(&[f64; 1]) -> bool| {
            clock.set(0.0);
            let run = |size: usize| {
                let slow = if clock.get() < busy_until { 3.0 } else { 1.0 };
                let took = slow * size as f64 * 1e-5;
                clock.set(clock.get() + took);
                Ok([took])
            };
            let [curve] = best(&SIGNATURES, || Duration::from_secs_f64(clock.get()), larger, run).expect("no device");
            (curve.seconds(4_096) / 4_096e-5, clock.get())
        };
        let small = |times: &[f64; 1]| times[0] <= AT_ONCE;
        let (ratio, took) = measured(0.15, small);
        assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
        assert!(took < 0.4, "the largest is one that takes {AT_ONCE} s: {took}");
        assert!((measured(9.0, small).0 - 3.0).abs() < 1e-6, "nothing helps where it is always busy");
        let (_, took) = measured(0.0, |_| true);
        assert!(took < 2.0, "{took}: at most a size begun too late");
    }
}
