//! `auto`: the faster of the engines present, by a short measurement that is kept per device.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::Engine;

/// Blocks below this are executed on the CPU without a look at the device: the serial loop has them done before a device
/// has answered once.
pub const SMALLEST_DEVICE_BLOCK: usize = 1 << 16;

/// Which engine executes blocks of at least [`SMALLEST_DEVICE_BLOCK`] transactions, and what it was chosen by.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// Transfers a second on the CPU.
    pub parallel_per_second: f64,
    /// Transfers a second on the device, transfers to and from it included.
    pub gpu_per_second: f64,
}

impl Choice {
    /// The faster engine.
    pub fn engine(&self) -> Engine {
        if self.gpu_per_second > self.parallel_per_second { Engine::Gpu } else { Engine::Parallel }
    }

    /// Why.
    pub fn reason(&self) -> String {
        let millions = |rate: f64| rate / 1e6;
        format!(
            "auto executes on {}: {:.1} M transfers/s on the CPU, {:.1} M/s on the device",
            self.engine(),
            millions(self.parallel_per_second),
            millions(self.gpu_per_second)
        )
    }
}

/// What was measured, by device.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Calibration {
    devices: BTreeMap<String, Choice>,
}

impl Calibration {
    /// A file that is not there or not readable is an empty one: the measurement is made again.
    fn load(path: &Path) -> Self {
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn store(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(feature = "gpu")]
mod measure {
    use super::{Calibration, Choice, SMALLEST_DEVICE_BLOCK};
    use crate::account::{AccountId, Balance};
    use crate::gpu;
    use crate::ledger::Input;
    use crate::parallel;
    use crate::status::Status;
    use crate::transaction::{Transaction, Transfer};
    use std::path::Path;
    use std::time::Instant;

    /// Counted runs of each engine, after one that is not counted and compiles shaders.
    const RUNS: usize = 3;

    /// The choice for the executor's device: from the file, else measured. The note says what could not be done.
    pub fn choose(
        gpu: &mut gpu::execute::Executor,
        parallel: &mut parallel::execute::Executor,
        file: Option<&Path>,
    ) -> (Choice, Option<String>) {
        let mut calibration = file.map(Calibration::load).unwrap_or_default();
        let device = gpu.device();
        let key = format!("{} | {} | {}", device.summary.name, device.summary.backend, device.summary.driver);
        if let Some(choice) = calibration.devices.get(&key) {
            return (*choice, None);
        }
        let choice = match measure(gpu, parallel) {
            Ok(choice) => choice,
            Err(fault) => {
                let choice = Choice { parallel_per_second: 1.0, gpu_per_second: 0.0 };
                return (choice, Some(format!("auto leaves the device alone: {fault}")));
            }
        };
        calibration.devices.insert(key, choice);
        let stored = file.map_or(Ok(()), |path| calibration.store(path));
        (choice, stored.err().map(|error| format!("the calibration of auto could not be kept: {error}")))
    }

    fn measure(
        gpu: &mut gpu::execute::Executor,
        parallel: &mut parallel::execute::Executor,
    ) -> Result<Choice, crate::Error> {
        let accounts = SMALLEST_DEVICE_BLOCK;
        let balances = vec![Balance { balance: 1 << 40, nonce: 0 }; accounts];
        // Every account sends once, to partners that are spread over the table.
        let pair = |index: usize| [index as u32, (index.wrapping_mul(2_654_435_761) % accounts) as u32];
        let pairs: Vec<_> = (0..accounts).map(pair).collect();
        let id = AccountId::default();
        let transfer = Transfer { chain_id: 0, nonce: 0, amount: 1, fee: 1, from: id, to: id };
        let transactions = vec![Transaction::transfer(&transfer, [0; 64]); accounts];
        let total = balances.iter().map(|account| account.balance).sum();
        let input = Input { transactions: &transactions, pairs: &pairs, balances: &balances, slots: accounts, total };
        let mut best = [f64::INFINITY; 2];
        for run in 0..=RUNS {
            for (engine, best) in best.iter_mut().enumerate() {
                let mut statuses = vec![Status::Applied; accounts];
                let begun = Instant::now();
                if engine == 0 {
                    let host_memory = |source| crate::Error::Io { path: "working table".into(), source };
                    parallel.execute(&input, &mut statuses).map_err(host_memory)?;
                } else {
                    gpu.execute(&input, &mut statuses)?;
                }
                if run > 0 {
                    *best = best.min(begun.elapsed().as_secs_f64());
                }
            }
        }
        let [parallel_per_second, gpu_per_second] = best.map(|seconds| accounts as f64 / seconds);
        Ok(Choice { parallel_per_second, gpu_per_second })
    }
}

#[cfg(feature = "gpu")]
pub use measure::choose;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faster_engine_is_chosen_and_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a/b/calibration.json");
        let choice = Choice { parallel_per_second: 3.0, gpu_per_second: 2.0 };
        assert_eq!(choice.engine(), Engine::Parallel);
        assert_eq!(Choice { gpu_per_second: 4.0, ..choice }.engine(), Engine::Gpu);
        let calibration = Calibration { devices: [("device".to_owned(), choice)].into() };
        calibration.store(&file).expect("the folder is made");
        assert_eq!(Calibration::load(&file).devices["device"], choice);
        std::fs::write(&file, "not JSON").expect("written");
        assert!(Calibration::load(&file).devices.is_empty());
    }
}
