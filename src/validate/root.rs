//! Who computes the state root.

use super::engines::Engines;
use crate::engine::Engine;
use crate::outcome::{Change, Report, Stage};
use crate::parallel::root::RootUpdate;
use crate::root::Root;
use crate::serial;
use crate::state::State;
use std::sync::Arc;
use std::time::Instant;

#[cfg(feature = "gpu")]
use crate::fault::{Fault, FaultKind};
#[cfg(feature = "gpu")]
use crate::verify::{Check, root::Paths};

/// The roots before and after a block, and the nodes that the CPU hashed for them.
pub struct Roots {
    before: Root,
    after: Root,
    update: Option<Arc<RootUpdate>>,
}

impl Roots {
    /// Where the CPU hashes a whole state whose root a device had claimed, what its check let through shows itself.
    fn on_cpu(state: &State, changes: &[Change], report: &mut Report) -> Self {
        let known = state.known_root();
        let update = state.root_tree().preview(changes);
        #[cfg(feature = "gpu")]
        if let Some(known) = known.filter(|known| *known != update.before()) {
            let message = format!("the state has root {}: {known}, a device's claim, was wrong", update.before());
            Fault { stage: Stage::Root, kind: FaultKind::Mismatch, message }.note(report);
        }
        #[cfg(not(feature = "gpu"))]
        let _ = (known, report);
        Self { before: update.before(), after: update.root(), update: Some(Arc::new(update)) }
    }
}

/// `root_before`, `root` and `root_update` of an outcome.
pub fn parts(roots: Option<Roots>) -> (Option<Root>, Option<Root>, Option<Arc<RootUpdate>>) {
    match roots {
        Some(Roots { before, after, update }) => (Some(before), Some(after), update),
        None => (None, None, None),
    }
}

impl Engines {
    /// The roots before and after `changes`; the state stays as it is. A device fault is an event, and the CPU hashes.
    pub fn root(&mut self, state: &State, changes: &[Change], report: &mut Report) -> Roots {
        if self.asked() == Engine::Serial {
            let clock = Instant::now();
            let (before, after) = (serial::root::root(state), serial::root::root_after(state, changes));
            report.record(Stage::Root, Engine::Serial, clock.elapsed());
            return Roots { before, after, update: None };
        }
        #[cfg(feature = "gpu")]
        if let Some(roots) = self.root_on_device(state, changes, report) {
            return roots;
        }
        let clock = Instant::now();
        let roots = Roots::on_cpu(state, changes, report);
        report.record(Stage::Root, Engine::Parallel, clock.elapsed());
        roots
    }

    /// The device's roots, or what the CPU found when it checked them. `None`: the CPU has to do it.
    #[cfg(feature = "gpu")]
    fn root_on_device(&mut self, state: &State, changes: &[Change], report: &mut Report) -> Option<Roots> {
        const STAGE: Stage = Stage::Root;
        let Self { setup, device, rng, .. } = self;
        let check = setup.root_check();
        // As with execution: a full check hashes what the device has hashed, and so does a state that keeps its tree.
        let worth = changes.len() >= crate::auto::SMALLEST_DEVICE_ROOT && check != Check::Full && !state.keeps_tree();
        if !device.is_wanted(setup, STAGE, worth, report, |gpu, calibrator| calibrator.root(gpu)) {
            return None;
        }
        let slots = changes.last().map_or(0, |change| change.slot as usize + 1).max(state.len());
        if let Some(why) = device.gpu().and_then(|gpu| gpu.no_room_for_tree(slots)) {
            report.events.push(format!("the CPU did {STAGE}: {why}"));
            return None;
        }
        let paths = match check {
            Check::Sampled(sample) if !state.keeps_tree() => Some(Paths::sampled(state, changes, sample, rng)),
            _ => None,
        };
        let clock = Instant::now();
        let places = paths.as_ref().map_or(&[][..], Paths::places);
        let (claimed, nodes) = device.attempt(setup, STAGE, report, |gpu| gpu.roots(state, changes, places))?;
        report.record(STAGE, Engine::Gpu, clock.elapsed());
        let on_device = Roots { before: claimed.0, after: claimed.1, update: None };
        let clock = Instant::now();
        let (difference, roots) = match (check, &paths) {
            (Check::Off, _) => {
                device.succeeded(STAGE);
                return Some(on_device);
            }
            (_, Some(paths)) => {
                report.checked.root_paths += paths.len();
                let before = state.root_alone();
                let difference = differ("before", claimed.0, before);
                (difference.or_else(|| paths.difference(before, claimed.1, &nodes)), on_device)
            }
            (_, None) => {
                report.checked.root_paths += changes.len();
                let roots = Roots::on_cpu(state, changes, report);
                let after = || differ("after", claimed.1, roots.after);
                (differ("before", claimed.0, roots.before).or_else(after), roots)
            }
        };
        report.record(Stage::Verify, Engine::Parallel, clock.elapsed());
        let Some(difference) = difference else {
            device.succeeded(STAGE);
            return Some(roots);
        };
        device.mismatched(STAGE, difference, report);
        let clock = Instant::now();
        let roots = if paths.is_some() { Roots::on_cpu(state, changes, report) } else { roots };
        report.record(STAGE, Engine::Parallel, clock.elapsed());
        Some(roots)
    }
}

#[cfg(feature = "gpu")]
fn differ(when: &str, found: Root, expected: Root) -> Option<String> {
    let message = || format!("the root {when} the block is {found} on the device and {expected} on the CPU");
    (found != expected).then(message)
}

#[cfg(all(feature = "gpu", feature = "cli"))]
impl super::Validator {
    /// A tree on the validator's device, where one is open.
    pub(crate) fn device_tree(&self) -> Option<crate::gpu::root::RootTree> {
        self.engines.device.gpu().map(crate::gpu::engine::Gpu::root_tree)
    }
}
