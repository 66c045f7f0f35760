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
        if self.root_on_device(changes.len(), report) {
            let clock = Instant::now();
            match self.gpu.as_mut().expect("the engine has a device").roots(state, changes) {
                Ok((before, after)) => {
                    report.record(Stage::Root, Engine::Gpu, clock.elapsed());
                    return Roots { before, after, update: None };
                }
                Err(fault) => report.events.push(format!("{fault}; the CPU computed the state root")),
            }
        }
        let clock = Instant::now();
        let update = state.root_tree().preview(changes);
        report.record(Stage::Root, Engine::Parallel, clock.elapsed());
        Roots { before: update.before(), after: update.root(), update: Some(Arc::new(update)) }
    }

    #[cfg(feature = "gpu")]
    fn root_on_device(&mut self, changes: usize, report: &mut Report) -> bool {
        let worth = changes >= crate::auto::SMALLEST_DEVICE_ROOT;
        self.on_device(worth, report, |gpu, calibrator, _| calibrator.root(gpu))
    }
}

#[cfg(all(feature = "gpu", feature = "cli"))]
impl super::Validator {
    /// A tree on the validator's device, where one is open.
    pub(crate) fn device_tree(&self) -> Option<crate::gpu::root::RootTree> {
        self.engines.gpu.as_ref().map(crate::gpu::engine::Gpu::root_tree)
    }
}
