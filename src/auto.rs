//! `auto`: the faster of the engines present for each stage, by a short measurement that is kept per device.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::engine::Engine;

/// Blocks below this are executed on the CPU without a look at the device: the serial loop has them done before a device
/// has answered once.
pub const SMALLEST_DEVICE_BLOCK: usize = 1 << 16;
/// Batches of signatures below this are checked on the CPU without a look at the device.
pub const SMALLEST_DEVICE_SIGNATURES: usize = 1 << 13;
/// Blocks that change fewer accounts are hashed on the CPU without a look at the device.
pub const SMALLEST_DEVICE_ROOT: usize = 1 << 14;

/// Blocks that name fewer keys than this in all are scheduled on the CPU without a look at the device: the CPU has found
/// their waves before a device has sorted the keys.
pub const SMALLEST_DEVICE_ACCESSES: usize = 1 << 18;

/// What was measured for one stage, in transactions, signatures or changed accounts a second; transfers to and from the
/// device are in it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rates {
    /// On the CPU.
    pub parallel_per_second: f64,
    /// On the device.
    pub gpu_per_second: f64,
}

impl Rates {
    /// The faster engine.
    pub fn engine(&self) -> Engine {
        if self.gpu_per_second > self.parallel_per_second { Engine::Gpu } else { Engine::Parallel }
    }
}

/// What `auto` has measured so far, by stage: `conflict`, `execute`, `root`, `sigverify strict`, `sigverify zip215`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Choice {
    stages: BTreeMap<String, Rates>,
}

impl Choice {
    /// What was measured for a stage.
    pub fn rates(&self, stage: &str) -> Option<Rates> {
        self.stages.get(stage).copied()
    }

    /// Why each stage runs where it does; empty where nothing was measured.
    pub fn reasons(&self) -> Vec<String> {
        let reason = |(stage, rates): (&String, &Rates)| {
            let Rates { parallel_per_second, gpu_per_second } = rates;
            let engine = rates.engine();
            format!(
                "{stage}: {engine}, for the CPU does {parallel_per_second:.0} a second and the device {gpu_per_second:.0}"
            )
        };
        self.stages.iter().map(reason).collect()
    }
}

#[cfg(feature = "gpu")]
pub use measure::Calibrator;

#[cfg(feature = "gpu")]
mod measure {
    use super::{
        BTreeMap, Choice, Deserialize, Engine, Rates, SMALLEST_DEVICE_ACCESSES, SMALLEST_DEVICE_BLOCK,
        SMALLEST_DEVICE_ROOT, Serialize,
    };
    use crate::account::{Account, AccountId, Balance};
    use crate::conflict::IndexSetsBuilder;
    use crate::engine::Policy;
    use crate::error::{Error, Result};
    use crate::gpu::conflict::WaveFinder;
    use crate::gpu::device::Device;
    use crate::gpu::engine::Gpu;
    use crate::ledger::Input;
    use crate::outcome::Change;
    use crate::parallel;
    use crate::state::State;
    use crate::status::Status;
    use crate::transaction::{Transaction, Transfer};
    use ed25519_dalek::{Signer, SigningKey};
    use rayon::prelude::*;
    use std::path::{Path, PathBuf};
    use std::time::Instant;

    /// Counted runs of each engine, after one that is not counted and compiles shaders.
    const RUNS: usize = 3;
    /// Signatures that are checked to measure, each by a key of its own.
    const SIGNATURES: usize = 1 << 12;

    /// What was measured, by device.
    #[derive(Debug, Default, Serialize, Deserialize)]
    pub(super) struct File {
        pub devices: BTreeMap<String, Choice>,
    }

    impl File {
        /// A file that is not there or not readable is an empty one: the measurement is made again.
        pub fn load(path: &Path) -> Self {
            std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
        }

        pub fn store(&self, path: &Path) -> std::io::Result<()> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, serde_json::to_vec_pretty(self)?)
        }
    }

    /// Measures what was not measured before, and keeps it.
    #[derive(Debug, Default)]
    pub struct Calibrator {
        file: Option<PathBuf>,
        choice: Option<Choice>,
    }

    impl Calibrator {
        /// A calibrator that keeps its measurements in `file`, or for itself.
        pub fn new(file: Option<PathBuf>) -> Self {
            Self { file, choice: None }
        }

        /// What was measured so far.
        pub fn choice(&self) -> Option<&Choice> {
            self.choice.as_ref()
        }

        /// The faster engine for executing blocks, and what a caller should know.
        pub fn execute(
            &mut self,
            gpu: &mut Gpu,
            parallel: &mut parallel::execute::Executor,
        ) -> (Engine, Option<String>) {
            self.stage("execute", &key(gpu.device()), || measure_execute(gpu, parallel))
        }

        /// The faster engine for checking signatures.
        pub fn sigverify(&mut self, gpu: &mut Gpu, policy: Policy) -> (Engine, Option<String>) {
            self.stage(&format!("sigverify {policy}"), &key(gpu.device()), || measure_sigverify(gpu, policy))
        }

        /// The faster engine for finding waves, on sets that suit the device: where it loses on these, it loses on all.
        pub fn conflict(
            &mut self,
            device: &Device,
            gpu: &mut WaveFinder,
            parallel: &mut parallel::conflict::WaveFinder,
        ) -> (Engine, Option<String>) {
            self.stage("conflict", &key(device), || measure_conflict(gpu, parallel))
        }

        /// The faster engine for the state root.
        pub fn root(&mut self, gpu: &mut Gpu) -> (Engine, Option<String>) {
            self.stage("root", &key(gpu.device()), || measure_root(gpu))
        }

        fn stage(
            &mut self,
            stage: &str,
            device: &str,
            measure: impl FnOnce() -> Result<Rates>,
        ) -> (Engine, Option<String>) {
            let kept =
                || self.file.as_deref().and_then(|file| File::load(file).devices.remove(device)).unwrap_or_default();
            let choice = self.choice.get_or_insert_with(kept);
            if let Some(rates) = choice.rates(stage) {
                return (rates.engine(), None);
            }
            let rates = match measure() {
                Ok(rates) => rates,
                Err(fault) => return (Engine::Parallel, Some(format!("auto leaves the device alone: {fault}"))),
            };
            choice.stages.insert(stage.to_owned(), rates);
            let stored = self.file.as_deref().map_or(Ok(()), |path| {
                let mut file = File::load(path);
                file.devices.entry(device.to_owned()).or_default().stages.insert(stage.to_owned(), rates);
                file.store(path)
            });
            let note = stored.err().map(|error| format!("the calibration of auto could not be kept: {error}"));
            (rates.engine(), note)
        }
    }

    /// A device in the file.
    fn key(device: &Device) -> String {
        let summary = &device.summary;
        format!("{} | {} | {}", summary.name, summary.backend, summary.driver)
    }

    /// The best of some runs of each engine in turn, per item.
    fn rates(items: usize, mut run: impl FnMut(Engine) -> Result<()>) -> Result<Rates> {
        let mut best = [f64::INFINITY; 2];
        for turn in 0..=RUNS {
            for (engine, best) in [Engine::Parallel, Engine::Gpu].into_iter().zip(&mut best) {
                let begun = Instant::now();
                run(engine)?;
                if turn > 0 {
                    *best = best.min(begun.elapsed().as_secs_f64());
                }
            }
        }
        let [parallel_per_second, gpu_per_second] = best.map(|seconds| items as f64 / seconds);
        Ok(Rates { parallel_per_second, gpu_per_second })
    }

    fn measure_execute(gpu: &mut Gpu, parallel: &mut parallel::execute::Executor) -> Result<Rates> {
        let accounts = SMALLEST_DEVICE_BLOCK;
        let balances = vec![Balance { balance: 1 << 40, nonce: 0 }; accounts];
        // Every account sends once, to partners that are spread over the table.
        let pair = |index: usize| [index as u32, (index.wrapping_mul(2_654_435_761) % accounts) as u32];
        let pairs: Vec<_> = (0..accounts).map(pair).collect();
        let id = AccountId::default();
        let transfer = Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 1, from: id, to: id };
        let transactions = vec![Transaction::transfer(&transfer, [0; 64]); accounts];
        let total = balances.iter().map(|account| account.balance).sum();
        let input = Input {
            transactions: &transactions,
            pairs: &pairs,
            balances: &balances,
            slots: accounts,
            total,
            lineage: None,
        };
        rates(accounts, |engine| {
            let mut statuses = vec![Status::Applied; accounts];
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
    fn measure_root(gpu: &mut Gpu) -> Result<Rates> {
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
        rates(changes.len(), |engine| {
            if engine == Engine::Gpu {
                tree.preview(&changes)?;
            } else {
                state.root_tree().preview(&changes);
            }
            Ok(())
        })
    }

    /// Four keys a transaction, spread over many: waves are few, so rounds are.
    fn measure_conflict(gpu: &mut WaveFinder, parallel: &mut parallel::conflict::WaveFinder) -> Result<Rates> {
        let (transactions, keys) = (SMALLEST_DEVICE_ACCESSES / 4, SMALLEST_DEVICE_ACCESSES);
        let mut builder = IndexSetsBuilder::new(keys);
        for transaction in 0..transactions {
            let key =
                |access: usize| ((4 * transaction + access).wrapping_mul(2_654_435_761) >> 7) as u32 % keys as u32;
            builder.push(&[key(0), key(1)], &[key(2), key(3)])?;
        }
        let mut wave = Vec::new();
        rates(transactions, |engine| {
            if engine == Engine::Gpu {
                gpu.waves(builder.sets(), &mut wave)?;
            } else {
                let host_memory = |source| Error::Io { path: "working table".into(), source };
                parallel.waves(builder.sets(), &mut wave).map_err(host_memory)?;
            }
            Ok(())
        })
    }

    fn measure_sigverify(gpu: &mut Gpu, policy: Policy) -> Result<Rates> {
        let sign = |index: usize| {
            let mut seed = [7; 32];
            seed[..8].copy_from_slice(&(index as u64).to_le_bytes());
            let key = SigningKey::from_bytes(&seed);
            let from = AccountId(key.verifying_key().to_bytes());
            let transfer = Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 1, from, to: from };
            let unsigned = Transaction::transfer(&transfer, [0; 64]);
            unsigned.with_signature(key.sign(unsigned.message()).to_bytes())
        };
        let transactions: Vec<Transaction> = (0..SIGNATURES).into_par_iter().map(sign).collect();
        rates(SIGNATURES, |engine| {
            if engine == Engine::Gpu {
                gpu.verify(policy, &transactions)?;
            } else {
                parallel::sigverify::sigverify(policy, &transactions);
            }
            Ok(())
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_faster_engine_is_chosen_and_kept() {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let path = folder.path().join("a/b/calibration.json");
            let rates = Rates { parallel_per_second: 3.0, gpu_per_second: 2.0 };
            assert_eq!(rates.engine(), Engine::Parallel);
            assert_eq!(Rates { gpu_per_second: 4.0, ..rates }.engine(), Engine::Gpu);
            let mut choice = Choice::default();
            choice.stages.insert("execute".to_owned(), rates);
            File { devices: [("device".to_owned(), choice.clone())].into() }.store(&path).expect("the folder is made");
            assert_eq!(File::load(&path).devices["device"], choice);
            std::fs::write(&path, "not JSON").expect("written");
            assert!(File::load(&path).devices.is_empty());
        }
    }
}
