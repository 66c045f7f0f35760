//! Faults on purpose, between the engine and its device: flipped bits, lost dispatches, stale answers, a device that is
//! gone. They show that whatever a device does, the outcome is the serial one.
//!
//! An [`Injector`] is seeded, so that a run that failed can be repeated; it belongs to
//! [`DeviceOptions`](super::device::DeviceOptions) and outlives a device that it loses.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Injected {
    /// One bit of what comes back is flipped.
    FlippedBit,
    /// What comes back is what came back before, or zeros.
    StaleRead,
    /// A dispatch is left out.
    DroppedDispatch,
    /// A dispatch runs twice.
    RepeatedDispatch,
    /// A buffer cannot be had.
    RefusedBuffer,
    /// The device is gone.
    LostDevice,
    /// The device never answers.
    Stall,
    /// A command buffer is not executed, and called done.
    Skipped,
}

impl Injected {
    /// Everything that can go wrong.
    pub const ALL: [Self; 8] = [
        Self::FlippedBit,
        Self::StaleRead,
        Self::DroppedDispatch,
        Self::RepeatedDispatch,
        Self::RefusedBuffer,
        Self::LostDevice,
        Self::Stall,
        Self::Skipped,
    ];

    const ON_READ: [Self; 2] = [Self::FlippedBit, Self::StaleRead];
    const ON_DISPATCH: [Self; 2] = [Self::DroppedDispatch, Self::RepeatedDispatch];
    const ON_BUFFER: [Self; 1] = [Self::RefusedBuffer];
    const ON_SUBMIT: [Self; 2] = [Self::LostDevice, Self::Stall];
}

/// How often what goes wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultPlan {
    /// Repeats the same faults for the same calls.
    pub seed: u64,
    /// One in so many operations that could go wrong in a given way does; 1 is every one.
    pub one_in: u32,
    /// What may go wrong.
    pub kinds: Vec<Injected>,
    /// The stages in which it may (`sigverify`, `conflict`, `execute`, `root`); none named means all. Buffers belong to all.
    pub stages: Vec<&'static str>,
}

/// Carries out a [`FaultPlan`], and remembers what it did.
#[derive(Debug)]
pub struct Injector {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    plan: FaultPlan,
    rng: ChaCha8Rng,
    log: Vec<(&'static str, Injected)>,
    /// By stage and length: what was last read, for stale reads.
    reads: HashMap<(&'static str, usize), Vec<u8>>,
}

impl State {
    /// Whether one of the possible faults happens now.
    fn strike(&mut self, stage: &'static str, possible: &[Injected]) -> Option<Injected> {
        let everywhere = stage == ANY_STAGE || self.plan.stages.is_empty();
        if !everywhere && !self.plan.stages.contains(&stage) {
            return None;
        }
        let kinds: Vec<_> = possible.iter().filter(|kind| self.plan.kinds.contains(kind)).collect();
        if kinds.is_empty() || self.rng.random_range(0..self.plan.one_in.max(1)) > 0 {
            return None;
        }
        let kind = *kinds[self.rng.random_range(0..kinds.len())];
        self.log.push((stage, kind));
        Some(kind)
    }
}

/// The stage of what belongs to none.
const ANY_STAGE: &str = "";

impl Injector {
    /// An injector that has done nothing yet.
    pub fn new(plan: FaultPlan) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(plan.seed);
        Self { state: Mutex::new(State { plan, rng, log: Vec::new(), reads: HashMap::new() }) }
    }

    /// Goes on by another plan; what was done so far is kept.
    pub fn replan(&self, plan: FaultPlan) {
        let mut state = self.lock();
        state.rng = ChaCha8Rng::seed_from_u64(plan.seed);
        state.plan = plan;
    }

    /// What was done so far: stage (empty where it belongs to none) and fault, in order.
    pub fn log(&self) -> Vec<(&'static str, Injected)> {
        self.lock().log.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often a dispatch runs.
    pub(super) fn dispatches(&self, stage: &'static str) -> usize {
        match self.lock().strike(stage, &Injected::ON_DISPATCH) {
            Some(Injected::DroppedDispatch) => 0,
            Some(_) => 2,
            None => 1,
        }
    }

    /// Whether a buffer is refused.
    pub(super) fn refuses_buffer(&self) -> bool {
        self.lock().strike(ANY_STAGE, &Injected::ON_BUFFER).is_some()
    }

    /// Whether a command buffer is left out, though it is reported as done.
    pub(super) fn skips(&self, stage: &'static str) -> bool {
        self.lock().strike(stage, &[Injected::Skipped]).is_some()
    }

    /// Whether the device disappears or falls silent with this submit.
    pub(super) fn on_submit(&self, stage: &'static str) -> Option<Injected> {
        self.lock().strike(stage, &Injected::ON_SUBMIT)
    }

    /// What the host gets to see of what the device sent.
    pub(super) fn read<'b>(&self, stage: &'static str, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let mut state = self.lock();
        let struck = if bytes.is_empty() { None } else { state.strike(stage, &Injected::ON_READ) };
        let stale = state.reads.insert((stage, bytes.len()), bytes.to_vec());
        match struck {
            Some(Injected::FlippedBit) => {
                let bit = state.rng.random_range(0..8 * bytes.len());
                let mut bytes = bytes.to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes.into()
            }
            Some(_) => stale.unwrap_or_else(|| vec![0; bytes.len()]).into(),
            None => bytes.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injector(kinds: &[Injected], one_in: u32) -> Injector {
        Injector::new(FaultPlan { seed: 5, one_in, kinds: kinds.to_vec(), stages: vec!["execute"] })
    }

    #[test]
    fn each_kind_does_what_its_name_says() {
        let bytes = [7u8; 40];
        let flipped = injector(&[Injected::FlippedBit], 1).read("execute", &bytes).into_owned();
        let differing: u32 = flipped.iter().zip(bytes).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(differing, 1);
        let stale = injector(&[Injected::StaleRead], 1);
        assert_eq!(*stale.read("execute", &bytes), [0; 40]);
        assert_eq!(*stale.read("execute", &[8; 40]), bytes);
        assert_eq!(injector(&[Injected::DroppedDispatch], 1).dispatches("execute"), 0);
        assert_eq!(injector(&[Injected::RepeatedDispatch], 1).dispatches("execute"), 2);
        assert!(injector(&[Injected::RefusedBuffer], 1).refuses_buffer());
        assert_eq!(injector(&[Injected::Stall], 1).on_submit("execute"), Some(Injected::Stall));
        assert!(injector(&[Injected::Skipped], 1).skips("execute"));
    }

    #[test]
    fn nothing_goes_wrong_that_was_not_asked_for() {
        let faults = injector(&[Injected::LostDevice], 1);
        assert_eq!(faults.on_submit("sigverify"), None, "another stage");
        assert_eq!((faults.dispatches("execute"), &*faults.read("execute", &[1])), (1, &[1][..]), "another kind");
        assert!(faults.log().is_empty());
    }

    #[test]
    fn a_seed_repeats_itself_and_the_rate_is_kept() {
        let log = |seed| {
            let plan = FaultPlan { seed, one_in: 10, kinds: Injected::ALL.to_vec(), stages: Vec::new() };
            let faults = Injector::new(plan);
            (0..1000).for_each(|_| assert!(faults.dispatches("root") < 3));
            faults.log()
        };
        assert_eq!(log(1), log(1));
        assert_ne!(log(1), log(2));
        assert!((60..140).contains(&log(1).len()));
    }
}
