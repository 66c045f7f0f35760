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
use crate::verify::Check;
#[cfg(feature = "gpu")]
use std::time::Duration;

/// The roots before and after a block, and the nodes that the CPU hashed for them.
pub struct Roots {
    before: Root,
    after: Root,
    update: Option<Arc<RootUpdate>>,
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
        let on_device = self.roots_on_device(state, changes, report);
        #[cfg(feature = "gpu")]
        if let (Some((before, after)), Check::Off) = (on_device, self.setup.check) {
            self.device.succeeded(Stage::Root);
            return Roots { before, after, update: None };
        }
        let clock = Instant::now();
        let update = state.root_tree().preview(changes);
        let roots = Roots { before: update.before(), after: update.root(), update: Some(Arc::new(update)) };
        #[cfg(feature = "gpu")]
        if let Some(found) = on_device {
            report.record(Stage::Verify, Engine::Parallel, clock.elapsed());
            self.compare(found, &roots, report);
            return roots;
        }
        report.record(Stage::Root, Engine::Parallel, clock.elapsed());
        roots
    }

    /// `None`: the CPU has to do it.
    #[cfg(feature = "gpu")]
    fn roots_on_device(&mut self, state: &State, changes: &[Change], report: &mut Report) -> Option<(Root, Root)> {
        let Self { setup, device, .. } = self;
        // As with execution: the check hashes what the device has hashed.
        let worth = changes.len() >= crate::auto::SMALLEST_DEVICE_ROOT && setup.check == Check::Off;
        if !device.is_wanted(setup, Stage::Root, worth, report, |gpu, calibrator| calibrator.root(gpu)) {
            return None;
        }
        let clock = Instant::now();
        let roots = device.attempt(setup, Stage::Root, report, |gpu| gpu.roots(state, changes))?;
        report.record(Stage::Root, Engine::Gpu, clock.elapsed());
        Some(roots)
    }

    #[cfg(feature = "gpu")]
    fn compare(&mut self, (before, after): (Root, Root), expected: &Roots, report: &mut Report) {
        let both = [("before", before, expected.before), ("after", after, expected.after)];
        match both.into_iter().find(|(_, found, expected)| found != expected) {
            None => self.device.succeeded(Stage::Root),
            Some((when, found, expected)) => {
                let message = format!("the root {when} the block is {found} on the device and {expected} on the CPU");
                self.device.mismatched(Stage::Root, message, report);
                report.record(Stage::Root, Engine::Parallel, Duration::ZERO);
            }
        }
    }
}

#[cfg(all(feature = "gpu", feature = "cli"))]
impl super::Validator {
    /// A tree on the validator's device, where one is open.
    pub(crate) fn device_tree(&self) -> Option<crate::gpu::root::RootTree> {
        self.engines.device.gpu().map(crate::gpu::engine::Gpu::root_tree)
    }
}
