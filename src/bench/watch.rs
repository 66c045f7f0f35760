//! While a suite runs: what is measured, how long the rest takes, finished rows, and whether the machine keeps its
//! speed.

use super::Bench;
use super::row::Row;
use super::statistics::{self, NOISY};
use super::{Options, Suite};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// What a run tells whoever watches it.
#[derive(Debug)]
pub enum Event<'a> {
    /// What is measured next, and how long all that is left is likely to take.
    Step {
        /// Scope, workload and size.
        what: &'a str,
        /// An estimate from other machines, corrected by the speed of this one so far.
        left: Duration,
    },
    /// Rows that are complete.
    Rows(&'a [Row]),
}

/// Whoever watches, and what is watched for them.
pub(super) struct Watch {
    listener: Box<dyn FnMut(Event)>,
    /// Rows that the listener has seen.
    shown: usize,
    clock: Clock,
    pulse: Pulse,
}

impl Watch {
    pub(super) fn new(listener: Box<dyn FnMut(Event)>, options: &Options) -> Self {
        let wanted = |part: &str| match (&options.scope, &options.grid) {
            (Some(scope), _) => scope == part,
            (None, Some(_)) => part == "execute",
            (None, None) => true,
        };
        Self { listener, shown: 0, clock: Clock::new(options.suite, wanted), pulse: Pulse::default() }
    }

    /// A scope begins.
    pub(super) fn begin(&mut self, scope: &str) {
        self.clock.begin(scope);
    }

    /// Hands over the rows that are complete, looks at the machine's speed, and says what is measured next.
    pub(super) fn step(&mut self, rows: &mut [Row], what: &str) {
        self.rows(rows);
        self.pulse.beat();
        let left = self.clock.left();
        (self.listener)(Event::Step { what, left });
    }

    /// Hands over the rows that are complete.
    pub(super) fn rows(&mut self, rows: &mut [Row]) {
        let complete = &mut rows[self.shown..];
        complete.iter_mut().for_each(Row::judge);
        if !complete.is_empty() {
            (self.listener)(Event::Rows(complete));
        }
        self.shown = rows.len();
    }

    /// What the calibration loop says about the run.
    pub(super) fn calibration(&self) -> Value {
        self.pulse.summary()
    }
}

impl Bench {
    /// Says what is measured next; [`Watch::step`] where a part of the bench is borrowed.
    pub(super) fn step(&mut self, what: &str) {
        self.watch.step(&mut self.report.rows, what);
    }
}

/// Seconds of each part of a suite on two cores without a graphics card: quick, full. Only proportions matter.
const PARTS: [(&str, f64, f64); 11] = [
    ("start", 20.0, 60.0),
    ("snapshot", 10.0, 60.0),
    ("sigverify", 35.0, 300.0),
    ("conflict", 15.0, 150.0),
    ("execute", 50.0, 500.0),
    ("root", 10.0, 25.0),
    ("end_to_end", 40.0, 420.0),
    ("pipeline", 30.0, 120.0),
    ("verify", 8.0, 60.0),
    ("auto", 0.0, 240.0),
    ("scale", 0.0, 240.0),
];

/// How long the rest takes.
struct Clock {
    /// Parts that are to run, with what they are expected to take, in order.
    parts: Vec<(&'static str, f64)>,
    /// The one that is running.
    current: usize,
    began: Instant,
    /// Seconds from the begin to that of the current part.
    before: f64,
}

impl Clock {
    fn new(suite: Suite, wanted: impl Fn(&str) -> bool) -> Self {
        let parts = PARTS.into_iter().filter(|(part, ..)| wanted(part));
        let parts = parts.map(|(part, quick, full)| (part, if suite == Suite::Quick { quick } else { full }));
        Self { parts: parts.collect(), current: 0, began: Instant::now(), before: 0.0 }
    }

    /// `part` begins; what comes before it is over.
    fn begin(&mut self, part: &str) {
        if let Some(found) = self.parts.iter().position(|(name, _)| *name == part) {
            self.current = found;
            self.before = self.began.elapsed().as_secs_f64();
        }
    }

    fn left(&self) -> Duration {
        self.left_after(self.began.elapsed().as_secs_f64())
    }

    fn left_after(&self, elapsed: f64) -> Duration {
        let expected = |parts: &[(&str, f64)]| parts.iter().map(|(_, seconds)| seconds).sum::<f64>();
        let done = expected(&self.parts[..self.current]);
        let factor = if done > 0.0 { (self.before / done).clamp(0.1, 10.0) } else { 1.0 };
        let current = self.parts.get(self.current).map_or(0.0, |(_, seconds)| factor * seconds);
        let later = factor * expected(self.parts.get(self.current + 1..).unwrap_or_default());
        // A part that takes longer than expected is taken to be nearly over.
        let rest = (current - (elapsed - self.before)).max(current / 10.0);
        Duration::from_secs_f64(rest + later)
    }
}

/// Bytes that every core hashes in the calibration loop: a millisecond or so.
const PULSE_BYTES: usize = 1 << 19;

/// The same work on every core over and over: what changes between two times is the machine, not the program.
struct Pulse {
    bytes: Vec<u8>,
    samples_s: Vec<f64>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { bytes: vec![0x5a; PULSE_BYTES], samples_s: Vec::new() }
    }
}

impl Pulse {
    fn beat(&mut self) {
        let begun = Instant::now();
        rayon::broadcast(|_| std::hint::black_box(Sha256::digest(&self.bytes)));
        self.samples_s.push(begun.elapsed().as_secs_f64());
    }

    /// What the loop says about the run.
    fn summary(&self) -> Value {
        let noise = statistics::noise(&self.samples_s);
        let median = statistics::median(&self.samples_s);
        let slow = self.samples_s.iter().filter(|sample| **sample > 1.25 * median).count() as f64;
        let slow_share = slow / self.samples_s.len().max(1) as f64;
        json!({
            "what": format!("SHA-256 of {PULSE_BYTES} bytes on every core at once, before every measurement"),
            "runs": self.samples_s.len(),
            "median_s": median,
            "noise": noise,
            "slow_share": slow_share,
            "noisy": noise.is_some_and(|noise| noise > NOISY) || slow_share > 0.1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_the_machine() {
        let parts = vec![("sigverify", 35.0), ("execute", 90.0), ("root", 10.0)];
        let mut clock = Clock { parts, current: 0, began: Instant::now(), before: 0.0 };
        assert_eq!(clock.left_after(0.0).as_secs(), 135);
        assert_eq!(clock.left_after(15.0).as_secs(), 120);
        // Twice as fast as expected so far.
        (clock.current, clock.before) = (1, 17.5);
        assert_eq!(clock.left_after(17.5).as_secs(), 50);
        assert_eq!(clock.left_after(27.5).as_secs(), 40);
        assert_eq!(clock.left_after(500.0).as_secs_f64(), 4.5 + 5.0, "late, but not for ever");
        (clock.current, clock.before) = (2, 100.0);
        assert!(clock.left_after(101.0) < Duration::from_secs(10));
    }

    #[test]
    fn a_machine_that_changes_its_speed_is_noisy() {
        let pulse = |samples_s: &[f64]| Pulse { samples_s: samples_s.to_vec(), ..Pulse::default() }.summary();
        assert_eq!(pulse(&[1.0; 20])["noisy"], false);
        let half: Vec<f64> = (0..20).map(|run| if run < 7 { 1.5 } else { 1.0 }).collect();
        assert_eq!(pulse(&half)["noisy"], true);
        assert_eq!(pulse(&[])["noisy"], false);
        let mut beaten = Pulse::default();
        beaten.beat();
        assert!(beaten.summary()["median_s"].as_f64() > Some(0.0));
    }
}
