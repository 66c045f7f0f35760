//! How a validator is put together.

use super::engines::{Engines, Setup};
use super::{Engine, Policy, Result, Validator};
use crate::verify::Check;
use std::path::PathBuf;

#[cfg(feature = "gpu")]
use crate::gpu::device::{Device, DeviceOptions};
#[cfg(feature = "gpu")]
use std::sync::Arc;

/// How a [`Validator`] is built.
#[derive(Clone, Debug)]
pub struct ValidatorBuilder {
    policy: Option<Policy>,
    state_root: bool,
    setup: Setup,
}

impl Default for ValidatorBuilder {
    fn default() -> Self {
        Self { policy: Some(Policy::Strict), state_root: false, setup: Setup::default() }
    }
}

impl ValidatorBuilder {
    /// Which engine; [`Engine::Auto`] by default.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.setup.engine = engine;
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

    /// How much of a device's work the CPU does again; [`Check::default`] by default.
    pub fn check(mut self, check: Check) -> Self {
        self.setup.check = check;
        self
    }

    /// How much of a device's state root the CPU does again: [`Check::Full`] by default, unless [`ValidatorBuilder::check`]
    /// is off. [`Check::Sampled`] follows the paths of so many changed accounts of a block, and what remains is in
    /// `docs/security.md`; a state that keeps its tree ([`State::root_tree`](crate::State::root_tree)) is checked in full,
    /// since it hashes changed paths in any case.
    pub fn check_root(mut self, check: Check) -> Self {
        self.setup.check_root = Some(check);
        self
    }

    /// Chooses the same samples and canaries every time, for tests; they come from the operating system's randomness else.
    pub fn check_seed(mut self, seed: u64) -> Self {
        self.setup.check_seed = Some(seed);
        self
    }

    /// Computes the roots of the state before and after each block; off by default. The state keeps the tree between blocks
    /// ([`State::root_tree`](crate::State::root_tree)), so that only the first block hashes every account; with a sampled
    /// [`ValidatorBuilder::check_root`] only the device does.
    pub fn state_root(mut self, state_root: bool) -> Self {
        self.state_root = state_root;
        self
    }

    /// File in which `auto` keeps what it measured, per device; without it every validator measures anew.
    pub fn calibration_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.setup.calibration = Some(path.into());
        self
    }

    /// What `auto` takes for granted of checking signatures, instead of measuring it: for tests, and for machines that were
    /// measured elsewhere.
    #[cfg(feature = "gpu")]
    pub fn signature_model(mut self, model: crate::auto::Model) -> Self {
        self.setup.signatures = Some(model);
        self
    }

    /// Which device, and how it is opened.
    #[cfg(feature = "gpu")]
    pub fn device_options(mut self, options: DeviceOptions) -> Self {
        self.setup.device.options = options;
        self
    }

    /// A device that is open already. Should it be lost, the validator lets go of it and opens one like it; some drivers can do that only
    /// once nobody else has it.
    #[cfg(feature = "gpu")]
    pub fn device(mut self, device: Arc<Device>) -> Self {
        self.setup.device.given = Some(device);
        self
    }

    /// Signatures with 32-bit integers only, as on devices that have no others.
    #[cfg(feature = "gpu")]
    pub fn int32(mut self, int32: bool) -> Self {
        self.setup.verifier.int32 = int32;
        self
    }

    /// The process may end after a block or two: `auto` opens a device for a first batch of signatures only where that alone pays for
    /// opening and, unless that was kept ([`calibration_file`](Self::calibration_file)), measuring. The command line does so.
    #[cfg(feature = "gpu")]
    pub fn ends_soon(mut self) -> Self {
        self.setup.ends_soon = true;
        self
    }

    /// Device memory for tables of known keys, in bytes; 6 KiB a key.
    #[cfg(feature = "gpu")]
    pub fn key_budget_bytes(mut self, bytes: u64) -> Self {
        self.setup.verifier.key_budget_bytes = bytes;
        self
    }

    /// Signatures that go without tables for their keys before a software device compiles what builds and uses them, which takes
    /// seconds; 0, the default: none. For processes that end soon
    /// ([`TABLE_PATIENCE`](crate::limits::TABLE_PATIENCE)).
    #[cfg(feature = "gpu")]
    pub fn patience(mut self, signatures: u64) -> Self {
        self.setup.verifier.patience = signatures;
        self
    }

    /// Opens what the engine needs. `auto` opens a device when it first has a batch that is worth one.
    ///
    /// # Errors
    /// [`Error::NoDevice`](crate::Error::NoDevice) where the engine is `gpu` and there is no device.
    pub fn build(self) -> Result<Validator> {
        Ok(Validator { policy: self.policy, state_root: self.state_root, engines: Engines::new(self.setup)? })
    }

    /// Two validators: one for signatures, one for all else. A device that was handed over goes to the first, and the second
    /// opens one like it: devices that share nothing do not take each other's faults for their own.
    pub(crate) fn build_pair(self) -> Result<(Validator, Validator)> {
        let first = self.clone().build()?;
        #[cfg(feature = "gpu")]
        let second = {
            let mut second = self;
            second.setup.device.take();
            second
        };
        #[cfg(not(feature = "gpu"))]
        let second = self;
        Ok((first, second.build()?))
    }
}
