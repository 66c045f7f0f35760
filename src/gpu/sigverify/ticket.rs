//! What is known of a batch while it is under way, and when it is done.

use super::chunk::Flight;
use super::verdicts::Verdicts;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A batch under way; hand it to [`SignatureVerifier::collect`](super::SignatureVerifier::collect). A ticket that is dropped costs
/// nothing but its verdicts.
#[derive(Debug)]
#[must_use = "verdicts come from `SignatureVerifier::collect`"]
pub struct Ticket {
    pub(super) verdicts: Verdicts,
    pub(super) flights: VecDeque<Flight>,
    pub(super) generation: u64,
    /// Signatures by keys that have tables.
    pub(super) by_known_keys: usize,
    pub(super) course: Course,
}

impl Ticket {
    /// For a batch of so many signatures, none of them under way yet.
    pub(super) fn new(signatures: usize, generation: u64) -> Self {
        let (flights, course) = <_>::default();
        Self { verdicts: Verdicts::none_valid(signatures), flights, generation, by_known_keys: 0, course }
    }

    /// Once every chunk has landed.
    pub(super) fn done(self) -> (Verdicts, Course) {
        let known = self.by_known_keys as f64 / self.verdicts.len().max(1) as f64;
        (self.verdicts, Course { known, ..self.course })
    }
}

/// How a batch went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Course {
    /// The share of its signatures, 0 to 1, whose keys have tables.
    pub known: f64,
    /// Tables that were built for it.
    pub built: usize,
    /// When the last verdict was there.
    pub arrived: Option<Instant>,
}

/// What a device found when it was shown the keys of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Encounter {
    /// Tables that keys earned.
    pub earned: usize,
    /// Signatures by keys that were used before, but not often enough for a table.
    pub again: usize,
}

/// No two verifiers share one, nor does a verifier before and after a fault: a ticket is collected where it was submitted.
pub(super) fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use crate::gpu::device::{Device, DeviceOptions};
    use crate::gpu::sigverify::{SignatureVerifier, VerifierOptions};
    use crate::workload::Workload;
    use std::time::{Duration, Instant};

    #[test]
    fn a_batch_is_there_when_it_was_seen_and_not_when_it_is_collected() {
        let device = Device::open(&DeviceOptions::default()).expect("there is an adapter");
        let mut verifier = SignatureVerifier::new(device, VerifierOptions::default()).expect("it compiles");
        let workload = Workload { transactions: 64, accounts: 1_024, ..Workload::default() };
        let mut batch = workload.generate().block.transactions;
        batch.sort_by_key(|transaction| transaction.from().0);
        batch.dedup_by_key(|transaction| transaction.from().0);
        let first = verifier.submit(&batch).expect("sent");
        let second = verifier.submit(&batch).expect("sent");
        let (_, second) = verifier.finish(second).expect("verified");
        let seen = Instant::now();
        std::thread::sleep(Duration::from_millis(20));
        let (verdicts, first) = verifier.finish(first).expect("verified");
        assert!(verdicts.iter().all(|valid| valid));
        assert!(first.arrived <= second.arrived && second.arrived <= Some(seen), "{first:?} {second:?}");
        assert_eq!([first, second].map(|course| (course.known, course.built)), [(0.0, 0); 2]);
        let mut course = || {
            let ticket = verifier.submit(&batch).expect("sent");
            verifier.finish(ticket).map(|(_, course)| (course.known, course.built)).expect("verified")
        };
        assert_eq!(course(), (1.0, batch.len()), "the third use");
        assert_eq!(course(), (1.0, 0));
    }
}
