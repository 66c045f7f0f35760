//! Compiling ahead. Software drivers compile a kernel when it is first dispatched, one after the other on the queue's thread; what
//! they compiled they also keep on disk, for every device. So two devices compile at a time, each what the other has not begun: the
//! verifier's own, and a twin that is there for this alone. Without the driver's cache the twin's part is compiled again at the
//! first dispatch, as it would have been without it.

use super::super::device::Device;
use super::kernel::{Kernel, Program};
use super::kernels::Kernels;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// Kernels that are being compiled.
#[derive(Default)]
pub(super) struct Warm {
    workers: Vec<JoinHandle<()>>,
    next: Arc<AtomicUsize>,
}

/// Which kernels: the part of [`Kernels`] that a batch needs, the slowest to compile first.
pub(super) type Part = fn(&Kernels) -> Vec<&Kernel>;

impl Warm {
    /// Begins where it helps: on a software device, with a core to spare.
    pub(super) fn start(
        device: &Arc<Device>,
        kernels: &Arc<Kernels>,
        programs: &Arc<[Program; 11]>,
        part: Part,
    ) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        if !device.is_vulkan_software() || cores < 2 {
            return Self::default();
        }
        let next = Arc::new(AtomicUsize::new(0));
        let own = {
            let (device, kernels, next) = (device.clone(), kernels.clone(), next.clone());
            thread::spawn(move || {
                let part = part(&kernels);
                while let Some(kernel) = part.get(next.fetch_add(1, Ordering::Relaxed)) {
                    kernel.warm(&device);
                }
            })
        };
        let other = {
            let (device, kernels, programs, next) = (device.clone(), kernels.clone(), programs.clone(), next.clone());
            thread::spawn(move || {
                let Ok(twin) = device.twin() else { return };
                let part = part(&kernels);
                while let Some(kernel) = part.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let program = programs.iter().find(|program| program.name == kernel.name);
                    Kernel::new(&twin, program.expect("every kernel has its program")).warm(&twin);
                }
            })
        };
        Self { workers: vec![own, other], next }
    }

    /// Waits until all is compiled. A fault of the device is found by its next check.
    pub(super) fn wait(&mut self) {
        for worker in self.workers.drain(..) {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Drop for Warm {
    /// A process must not end while its driver compiles. What has not begun is left out.
    fn drop(&mut self) {
        self.next.store(usize::MAX / 2, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            drop(worker.join());
        }
    }
}
