//! The device and the stages that run on it.

use super::device::{Device, DeviceOptions};
use super::execute::Executor;
use super::root::RootTree;
use super::sigverify::{Course, Encounter, SignatureVerifier, Ticket, VerifierOptions, VerifierStats};
use crate::engine::Policy;
use crate::error::Result;
use crate::outcome::Change;
use crate::root::{Node, Root};
use crate::sigverify::SignatureSource;
use crate::state::State;
use crate::verify::root::Place;
use std::sync::Arc;

/// Executor and verifier of one device; shaders are compiled on first use.
pub struct Gpu {
    device: Arc<Device>,
    /// Executes blocks and legs.
    pub executor: Executor,
    verifier: Option<SignatureVerifier>,
    options: VerifierOptions,
    root: Option<RootTree>,
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gpu").field("device", &self.device.summary).finish_non_exhaustive()
    }
}

impl Gpu {
    /// Opens the device that the options name.
    ///
    /// # Errors
    /// [`Error::NoDevice`](crate::Error::NoDevice) where there is none.
    pub fn open(device: &DeviceOptions, verifier: VerifierOptions) -> Result<Self> {
        Ok(Self::new(Device::open(device)?, verifier))
    }

    /// On a device that is open already.
    pub fn new(device: Arc<Device>, options: VerifierOptions) -> Self {
        Self { executor: Executor::new(device.clone()), device, verifier: None, options, root: None }
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How signatures are verified.
    pub(crate) fn verifier_options(&self) -> &VerifierOptions {
        &self.options
    }

    /// What the verifier has done, once there is one.
    pub fn verifier_stats(&self) -> Option<VerifierStats> {
        self.verifier.as_ref().map(SignatureVerifier::stats)
    }

    /// Trusts nothing any more that is on the device: after a wrong answer a table or a tree may be what is wrong.
    pub(crate) fn forget(&mut self) {
        self.executor.forget();
        self.root = None;
        if let Some(verifier) = &mut self.verifier {
            verifier.forget();
        }
    }

    /// Forgets keys and states that were met, and keeps programs and memory.
    #[cfg(feature = "cli")]
    pub(crate) fn forget_met(&mut self) {
        self.root = None;
        self.executor.forget_accounts();
        if let Some(verifier) = &mut self.verifier {
            verifier.forget_keys();
        }
    }

    /// One verdict per signature.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails.
    pub fn verify(&mut self, policy: Policy, source: &(dyn SignatureSource + Sync)) -> Result<Vec<bool>> {
        Ok(self.verifier(policy)?.verify(source)?.iter().collect())
    }

    /// Sends a batch to the device and returns while it is under way.
    ///
    /// # Errors
    /// As [`Gpu::verify`].
    pub(crate) fn submit(&mut self, policy: Policy, source: &(dyn SignatureSource + Sync)) -> Result<Ticket> {
        self.verifier(policy)?.submit(source)
    }

    /// Whether a batch that was submitted can be collected: neither has the device failed since, nor has another one taken its place.
    pub(crate) fn holds(&self, ticket: &Ticket) -> bool {
        self.verifier.as_ref().is_some_and(|verifier| verifier.holds(ticket))
    }

    /// Waits for a batch that was submitted; says how it went.
    ///
    /// # Errors
    /// As [`Gpu::verify`]; also where the device failed since, or another one has taken its place.
    pub(crate) fn collect(&mut self, policy: Policy, ticket: Ticket) -> Result<(Vec<bool>, Course)> {
        let (verdicts, course) = self.verifier(policy)?.finish(ticket)?;
        Ok((verdicts.iter().collect(), course))
    }

    /// The share of a batch's signatures, 0 to 1, whose keys have tables on the device, from a sample.
    pub fn known_share(&self, policy: Policy, source: &(dyn SignatureSource + Sync)) -> f64 {
        let verifier = self.verifier.as_ref().filter(|verifier| verifier.policy() == policy);
        verifier.map_or(0.0, |verifier| verifier.known_share(source))
    }

    /// Shows the device the keys of a batch that somebody else checks; those that were used `earn` times get tables, so that it is
    /// faster when they come again.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails.
    pub(crate) fn meet(
        &mut self,
        policy: Policy,
        source: &(dyn SignatureSource + Sync),
        earn: u32,
    ) -> Result<Encounter> {
        self.verifier(policy)?.meet(source, earn)
    }

    /// Tables are built from now on as soon as keys have earned them, whatever the options say.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails.
    pub(crate) fn end_patience(&mut self, policy: Policy) -> Result<()> {
        self.options.patience = 0;
        self.verifier(policy)?.end_patience();
        Ok(())
    }

    fn verifier(&mut self, policy: Policy) -> Result<&mut SignatureVerifier> {
        if self.verifier.as_ref().is_none_or(|verifier| verifier.policy() != policy) {
            let options = VerifierOptions { policy, ..self.options.clone() };
            self.verifier = Some(SignatureVerifier::new(self.device.clone(), options)?);
        }
        Ok(self.verifier.as_mut().expect("made above"))
    }

    /// A tree beside the one that follows the validated state.
    pub(crate) fn root_tree(&self) -> RootTree {
        RootTree::new(self.device.clone())
    }

    /// Why the device has no room for the tree of a state with so many slots, where it has none.
    pub(crate) fn no_room_for_tree(&self, slots: usize) -> Option<String> {
        RootTree::no_room(&self.device, slots)
    }

    /// The roots before and after the changes of a block on `state`, and the nodes at `places` that a check asks for. The
    /// tree stays on the device between blocks.
    ///
    /// # Errors
    /// [`Error::Device`](crate::Error::Device) where the device fails, or the tree does not fit into a binding.
    pub fn roots(&mut self, state: &State, changes: &[Change], places: &[Place]) -> Result<((Root, Root), Vec<Node>)> {
        let tree = self.root.get_or_insert_with(|| RootTree::new(self.device.clone()));
        Ok((tree.roots(state, changes)?, tree.nodes(places)?))
    }
}
