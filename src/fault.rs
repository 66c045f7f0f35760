//! Device trouble that was survived: what kind, at which stage, and when a device is left alone for a while.

use crate::outcome::Stage;
use std::fmt;

#[cfg(feature = "gpu")]
use crate::{Error, Report, Result};
#[cfg(any(feature = "gpu", feature = "store"))]
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What kind of trouble a device made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FaultKind {
    /// It answered, and the answer is wrong or contradicts itself.
    Mismatch,
    /// It, or its driver, refused a shader, a buffer or a command.
    Refused,
    /// No memory, on the device or for what goes there.
    OutOfMemory,
    /// It is gone: unplugged, reset, or destroyed by its driver.
    Lost,
    /// It did not answer in time.
    Timeout,
    /// The driver's library panicked.
    Panicked,
}

impl FaultKind {
    /// The kind's name, as it stands in reports and metrics.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Mismatch => "mismatch",
            FaultKind::Refused => "refused",
            FaultKind::OutOfMemory => "out_of_memory",
            FaultKind::Lost => "lost",
            FaultKind::Timeout => "timeout",
            FaultKind::Panicked => "panicked",
        }
    }

    /// Whether the device has to be opened anew before it can be used again.
    pub fn ends_device(self) -> bool {
        matches!(self, FaultKind::Lost | FaultKind::Timeout | FaultKind::Panicked)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A fault that was recovered from: the CPU did the stage again, from where it began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The stage that was running.
    pub stage: Stage,
    /// What kind of trouble.
    pub kind: FaultKind,
    /// What exactly: the first wrong transaction, or what the driver said.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device fault in {} ({}): {}", self.stage, self.kind, self.message)
    }
}

#[cfg(feature = "gpu")]
impl Fault {
    /// The device fault behind an error of `stage`; anything else that keeps a device from working counts as its loss.
    pub(crate) fn of(stage: Stage, error: Error) -> Self {
        match error {
            Error::Device { kind, message, .. } => Self { stage, kind, message },
            other => Self { stage, kind: FaultKind::Lost, message: other.to_string() },
        }
    }

    /// Counts and names the fault: in the report, as a `tracing` warning, and as a metric.
    pub(crate) fn note(self, report: &mut Report) {
        let Self { stage, kind, message } = &self;
        tracing::warn!(stage = stage.name(), kind = kind.name(), message, "device fault");
        #[cfg(feature = "metrics")]
        metrics::counter!("wavelock_device_faults_total", "stage" => stage.name(), "kind" => kind.name()).increment(1);
        report.events.push(format!("{self}; the CPU did the stage"));
        report.faults.push(self);
    }
}

/// Runs what may panic in a driver's library; a panic is a fault like others.
#[cfg(feature = "gpu")]
pub(crate) fn guarded<T>(stage: Stage, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let fault = |message| Err(Error::Device { stage: stage.name(), kind: FaultKind::Panicked, message });
    caught(run).unwrap_or_else(fault)
}

/// Opens a device; where the driver's library panics, there is none.
#[cfg(feature = "gpu")]
pub(crate) fn opened<T>(open: impl FnOnce() -> Result<T>) -> Result<T> {
    caught(open).unwrap_or_else(|message| Err(Error::NoDevice(format!("opening it panicked: {message}"))))
}

/// What a panic said, where there was one.
#[cfg(any(feature = "gpu", feature = "store"))]
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
    })
}

/// Lets go of what belongs to a device that is gone. A driver that hangs may hang here, too, so nobody waits for it.
#[cfg(feature = "gpu")]
pub(crate) fn let_go<T: Send + 'static>(gone: T) {
    std::thread::spawn(move || drop(gone));
}

/// Faults of one stage in a row after which the device is left alone.
pub const FAULTS_BEFORE_REST: u32 = 3;
/// Calls of the stage that a first rest lasts; each further one lasts twice as long.
pub const REST_CALLS: u32 = 16;
/// The longest rest, in calls of the stage.
pub const LONGEST_REST_CALLS: u32 = 1024;

/// Decides for one stage whether the device is worth another try. It counts calls and not seconds, so that what happens
/// can be repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Breaker {
    in_a_row: u32,
    resting: u32,
    last_rest: u32,
}

impl Breaker {
    /// Whether the device may be used for this call; a call that it is refused counts towards its rest.
    pub fn allows(&mut self) -> bool {
        let allowed = self.resting == 0;
        self.resting = self.resting.saturating_sub(1);
        allowed
    }

    /// Whether the next call will be refused.
    pub fn rests(&self) -> bool {
        self.resting > 0
    }

    /// The device did the stage, and what it returned was right as far as that was checked.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The device failed; after [`FAULTS_BEFORE_REST`] in a row, returns for how many calls it is left alone. A device
    /// that fails again right after a rest rests at once, and longer.
    pub fn failed(&mut self) -> Option<u32> {
        self.in_a_row += 1;
        if self.in_a_row < FAULTS_BEFORE_REST && self.last_rest == 0 {
            return None;
        }
        self.last_rest = if self.last_rest == 0 { REST_CALLS } else { LONGEST_REST_CALLS.min(2 * self.last_rest) };
        self.resting = self.last_rest;
        Some(self.resting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "gpu")]
    #[test]
    fn a_panic_is_a_fault() {
        let error = guarded::<()>(Stage::Execute, || panic!("the driver {}", "died")).expect_err("it panicked");
        let fault = Fault::of(Stage::Execute, error);
        assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::Panicked, "the driver died"));
        let mut report = Report::default();
        fault.clone().note(&mut report);
        assert_eq!(report.faults, [fault]);
        assert_eq!(report.events, ["device fault in execute (panicked): the driver died; the CPU did the stage"]);
    }

    #[test]
    fn three_faults_in_a_row_mean_a_rest_that_doubles() {
        let mut breaker = Breaker::default();
        assert!(breaker.allows());
        assert_eq!((breaker.failed(), breaker.failed()), (None, None));
        breaker.succeeded();
        assert_eq!((breaker.failed(), breaker.failed(), breaker.failed()), (None, None, Some(REST_CALLS)));
        assert_eq!((0..100).take_while(|_| !breaker.allows()).count() as u32, REST_CALLS);
        assert_eq!(breaker.failed(), Some(2 * REST_CALLS));
        assert_eq!((0..100).take_while(|_| !breaker.allows()).count() as u32, 2 * REST_CALLS);
        for _ in 0..20 {
            breaker.failed();
        }
        assert_eq!(breaker.failed(), Some(LONGEST_REST_CALLS));
        breaker.succeeded();
        assert!(breaker.allows());
        assert_eq!(breaker.failed(), None);
    }
}
