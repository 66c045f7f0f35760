//! Validation of whole blocks: the stages in order, on the engines that were asked for.

use crate::commit;
use crate::encode;
use crate::engine::{Engine, Policy};
use crate::error::{Error, InputError, Place, Result};
use crate::ledger::Input;
use crate::legs::{LegBatch, LegOutcome};
use crate::limits::MAX_TRANSACTIONS;
use crate::outcome::{Outcome, Report, Stage};
use crate::parallel;
use crate::serial;
use crate::sigverify::{SignatureInput, SignatureSource};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::transaction::{Block, Transaction};
use std::time::Instant;

#[cfg(feature = "gpu")]
use crate::gpu::device::{Device, DeviceOptions};
#[cfg(feature = "gpu")]
use std::sync::Arc;

/// How a [`Validator`] is built.
#[derive(Clone, Debug)]
pub struct ValidatorBuilder {
    engine: Engine,
    policy: Option<Policy>,
    calibration: Option<std::path::PathBuf>,
    #[cfg(feature = "gpu")]
    device: DeviceOptions,
    #[cfg(feature = "gpu")]
    opened: Option<Arc<Device>>,
}

impl Default for ValidatorBuilder {
    fn default() -> Self {
        Self {
            engine: Engine::Auto,
            policy: Some(Policy::Strict),
            calibration: None,
            #[cfg(feature = "gpu")]
            device: DeviceOptions::default(),
            #[cfg(feature = "gpu")]
            opened: None,
        }
    }
}

impl ValidatorBuilder {
    /// Which engine; [`Engine::Auto`] by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Which signatures are valid; [`Policy::Strict`] by default.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Leaves signatures out of the rules: for blocks whose signatures were checked elsewhere.
    pub fn without_signatures(mut self) -> Self {
        self.policy = None;
        self
    }

    /// File in which `auto` keeps what it measured, per device; without it every validator measures anew.
    pub fn calibration_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.calibration = Some(path.into());
        self
    }

    /// Which device, and how it is opened.
    #[cfg(feature = "gpu")]
    pub fn device_options(mut self, options: DeviceOptions) -> Self {
        self.device = options;
        self
    }

    /// A device that is open already.
    #[cfg(feature = "gpu")]
    pub fn device(mut self, device: Arc<Device>) -> Self {
        self.opened = Some(device);
        self
    }

    /// Opens what the engine needs.
    ///
    /// # Errors
    /// [`Error::NoDevice`] where the engine is `gpu` and there is no device. `auto` does without.
    pub fn build(self) -> Result<Validator> {
        #[cfg_attr(not(feature = "gpu"), expect(unused_mut, reason = "only a device is opened late"))]
        let mut validator = Validator {
            engine: self.engine,
            policy: self.policy,
            calibration: self.calibration,
            choice: None,
            events: Vec::new(),
            parallel: parallel::execute::Executor::default(),
            #[cfg(feature = "gpu")]
            device: self.device,
            #[cfg(feature = "gpu")]
            opened: self.opened,
            #[cfg(feature = "gpu")]
            gpu: None,
        };
        #[cfg(not(feature = "gpu"))]
        if self.engine == Engine::Gpu {
            return Err(Error::NoDevice("this build has no gpu feature".into()));
        }
        #[cfg(feature = "gpu")]
        if self.engine == Engine::Gpu {
            validator.open()?;
        }
        Ok(validator)
    }
}

/// Validates blocks one after the other; keeps devices, pipelines and memory between them.
#[derive(Debug)]
pub struct Validator {
    engine: Engine,
    policy: Option<Policy>,
    calibration: Option<std::path::PathBuf>,
    choice: Option<crate::auto::Choice>,
    events: Vec<String>,
    parallel: parallel::execute::Executor,
    #[cfg(feature = "gpu")]
    device: DeviceOptions,
    #[cfg(feature = "gpu")]
    opened: Option<Arc<Device>>,
    #[cfg(feature = "gpu")]
    gpu: Option<crate::gpu::execute::Executor>,
}

impl Validator {
    /// A builder with the defaults.
    pub fn builder() -> ValidatorBuilder {
        ValidatorBuilder::default()
    }

    /// The device, where one is open.
    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<&Device> {
        self.gpu.as_ref().map(crate::gpu::execute::Executor::device)
    }

    /// The engine that was asked for.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Validates `block` on `state`, and changes neither: apply the outcome with [`State::apply`].
    ///
    /// # Errors
    /// A block with more than [`MAX_TRANSACTIONS`] transactions; a device that fails under [`Engine::Gpu`].
    pub fn validate(&mut self, block: &Block, state: &State) -> Result<Outcome> {
        let begun = Instant::now();
        if block.transactions.len() > MAX_TRANSACTIONS {
            let message =
                format!("expected at most {MAX_TRANSACTIONS} transactions, found {}", block.transactions.len());
            return Err(InputError::new(Place::Whole, message).into());
        }
        let mut report = Report::default();
        let outcome = if self.engine == Engine::Serial {
            self.validate_serial(block, state, &mut report)
        } else {
            self.validate_staged(block, state, &mut report)?
        };
        report.total = begun.elapsed();
        Ok(Outcome { report, ..outcome })
    }

    fn validate_serial(&self, block: &Block, state: &State, report: &mut Report) -> Outcome {
        let verdicts = self.policy.map(|policy| {
            let begun = Instant::now();
            let verdicts = signature_verdicts(block, |source| serial::sigverify::sigverify(policy, source));
            report.record(Stage::Sigverify, Engine::Serial, begun.elapsed());
            verdicts
        });
        let begun = Instant::now();
        let serial::execute::Executed { statuses, changes } =
            serial::execute::execute(block, state, verdicts.as_deref());
        report.record(Stage::Execute, Engine::Serial, begun.elapsed());
        report.rounds = 1;
        Outcome {
            height: block.header.height,
            statuses,
            changes,
            computed_on: state.version(),
            report: Report::default(),
        }
    }

    fn validate_staged(&mut self, block: &Block, state: &State, report: &mut Report) -> Result<Outcome> {
        let clock = Instant::now();
        let verdicts = self.policy.map(|policy| {
            let verdicts = signature_verdicts(block, |source| parallel::sigverify::sigverify(policy, source));
            report.record(Stage::Sigverify, Engine::Parallel, clock.elapsed());
            verdicts
        });
        let clock = Instant::now();
        let snapshot = Snapshot::new(block, state);
        report.record(Stage::Snapshot, Engine::Parallel, clock.elapsed());
        let clock = Instant::now();
        let mut statuses = encode::static_statuses(block, verdicts.as_deref());
        report.record(Stage::Encode, Engine::Parallel, clock.elapsed());
        let input = Input {
            transactions: &block.transactions,
            pairs: &snapshot.pairs,
            balances: state.balances(),
            slots: snapshot.slots(),
            total: state.total(),
        };
        let touched = self.execute(&input, &mut statuses, report)?;
        let clock = Instant::now();
        let changes = commit::changes(block, state, &snapshot, &statuses, touched);
        report.record(Stage::Commit, Engine::Parallel, clock.elapsed());
        Ok(Outcome {
            height: block.header.height,
            statuses,
            changes,
            computed_on: state.version(),
            report: Report::default(),
        })
    }

    /// The execute stage alone, on ids that are resolved already.
    pub fn execute(
        &mut self,
        input: &Input,
        statuses: &mut [crate::Status],
        report: &mut Report,
    ) -> Result<Vec<commit::Touched>> {
        let engine = self.execute_engine(input.transactions.len(), report);
        let clock = Instant::now();
        let touched = match engine {
            #[cfg(feature = "gpu")]
            Engine::Gpu => {
                let executor = self.gpu.as_mut().expect("the gpu engine has a device");
                let before = statuses.to_vec();
                match executor.execute(input, statuses) {
                    Ok((touched, effort)) => {
                        (report.rounds, report.tail, report.batches) = (effort.rounds, effort.tail, effort.batches);
                        report.record(Stage::Execute, Engine::Gpu, clock.elapsed());
                        return Ok(touched);
                    }
                    // A device fault must not cost a block: the CPU does it again from where it began.
                    Err(fault) => {
                        report.events.push(format!("{fault}; the block was executed on the CPU"));
                        statuses.copy_from_slice(&before);
                        self.parallel.execute(input, statuses)
                    }
                }
            }
            _ => self.parallel.execute(input, statuses),
        };
        let touched = touched.map_err(|source| Error::Io { path: "working table".into(), source })?;
        report.rounds = 1;
        report.record(Stage::Execute, Engine::Parallel, clock.elapsed());
        Ok(touched)
    }

    /// Executes transactions that are legs already, by an executor with a format of its own. `signature_verdicts`, where
    /// given, holds one verdict per transaction.
    ///
    /// # Errors
    /// Legs whose sums could leave `u128`, or verdicts that are not one per transaction; a device that fails under
    /// [`Engine::Gpu`].
    pub fn execute_legs(
        &mut self,
        batch: &LegBatch,
        signature_verdicts: Option<&[bool]>,
    ) -> Result<(LegOutcome, Report)> {
        batch.check_bounds()?;
        if let Some(verdicts) = signature_verdicts.filter(|verdicts| verdicts.len() != batch.len()) {
            let message =
                format!("{} signature verdicts for {} transactions: expected one each", verdicts.len(), batch.len());
            return Err(InputError::new(Place::Whole, message).into());
        }
        let mut report = Report { rounds: 1, ..Report::default() };
        let clock = Instant::now();
        let mut outcome = None;
        #[cfg(feature = "gpu")]
        if let (Engine::Gpu, Some(executor)) = (self.engine, self.gpu.as_mut()) {
            match executor.execute_legs(batch, signature_verdicts) {
                Ok((result, effort)) => {
                    (report.rounds, report.tail, report.batches) = (effort.rounds, effort.tail, effort.batches);
                    report.record(Stage::Execute, Engine::Gpu, clock.elapsed());
                    outcome = Some(result);
                }
                Err(fault) => report.events.push(format!("{fault}; the legs were executed on the CPU")),
            }
        }
        let outcome = outcome.unwrap_or_else(|| {
            // In order on one core: no scheme on several was faster (docs/decisions/0002-execution.md).
            let result = serial::legs::execute_legs(batch, signature_verdicts);
            report.record(Stage::Execute, Engine::Serial, clock.elapsed());
            result
        });
        report.total = clock.elapsed();
        Ok((outcome, report))
    }

    /// The engine that executes a block of that size.
    fn execute_engine(&mut self, transactions: usize, report: &mut Report) -> Engine {
        match self.engine {
            Engine::Gpu => Engine::Gpu,
            #[cfg(feature = "gpu")]
            Engine::Auto if transactions >= crate::auto::SMALLEST_DEVICE_BLOCK => {
                let choice = self.choose();
                report.events.extend(self.events.clone());
                choice
            }
            _ => {
                let _ = (transactions, report);
                Engine::Parallel
            }
        }
    }

    /// Opens the device unless it is open.
    #[cfg(feature = "gpu")]
    fn open(&mut self) -> Result<&mut crate::gpu::execute::Executor> {
        if self.gpu.is_none() {
            let device = self.opened.clone().map_or_else(|| Device::open(&self.device), Ok)?;
            self.gpu = Some(crate::gpu::execute::Executor::new(device));
        }
        Ok(self.gpu.as_mut().expect("opened above"))
    }

    /// What `auto` executes large blocks on; measured once.
    #[cfg(feature = "gpu")]
    fn choose(&mut self) -> Engine {
        if self.choice.is_none() {
            let without = crate::auto::Choice { parallel_per_second: 1.0, gpu_per_second: 0.0 };
            if let Err(error) = self.open() {
                self.events.push(format!("auto executes on the CPU: {error}"));
                self.choice = Some(without);
            } else {
                let gpu = self.gpu.as_mut().expect("opened above");
                let (choice, note) = crate::auto::choose(gpu, &mut self.parallel, self.calibration.as_deref());
                self.events.extend(note);
                self.choice = Some(choice);
            }
        }
        self.choice.map_or(Engine::Parallel, |choice| choice.engine())
    }

    /// What `auto` chose and why, once it has.
    pub fn choice(&self) -> Option<crate::auto::Choice> {
        self.choice
    }
}

/// One verdict per transaction. Those that are rejected for an earlier reason are not checked and get `false`.
fn signature_verdicts(block: &Block, sigverify: impl Fn(&(dyn SignatureSource + Sync)) -> Vec<bool>) -> Vec<bool> {
    let needs = |transaction: &Transaction| encode::needs_signature(&block.header, transaction);
    if block.transactions.iter().all(needs) {
        return sigverify(&block.transactions);
    }
    let (indices, inputs): (Vec<usize>, Vec<SignatureInput>) = block
        .transactions
        .iter()
        .enumerate()
        .filter(|(_, transaction)| needs(transaction))
        .map(|(index, _)| (index, SignatureSource::get(&block.transactions, index)))
        .unzip();
    let mut verdicts = vec![false; block.transactions.len()];
    for (index, verdict) in indices.into_iter().zip(sigverify(&inputs)) {
        verdicts[index] = verdict;
    }
    verdicts
}
