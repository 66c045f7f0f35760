//! Who checks signatures: the engine that was asked for, or as `auto` finds it, alone or both at once; and the check of what
//! a device returned.

use super::engines::Engines;
use super::together::Parts;
use crate::engine::{Engine, Policy};
use crate::outcome::{Report, Stage};
use crate::sigverify::SignatureSource;
use crate::{parallel, serial};
use std::time::Instant;

#[cfg(feature = "gpu")]
use crate::auto::Plan;
#[cfg(feature = "gpu")]
use crate::gpu::sigverify::{Course, Ticket};
#[cfg(feature = "gpu")]
use crate::sigverify::SignatureInput;
#[cfg(feature = "gpu")]
use crate::verify::{
    Check, Checked,
    signatures::{self, Canaries},
};
#[cfg(feature = "gpu")]
use std::ops::Range;
#[cfg(feature = "gpu")]
use std::time::Duration;

const STAGE: Stage = Stage::Sigverify;
type Source<'s> = &'s (dyn SignatureSource + Sync);

/// A batch that was begun: under way on the device, or still to be done.
pub enum Begun {
    /// On the CPU.
    Cpu,
    /// On both, so many of its signatures on the device.
    #[cfg(feature = "gpu")]
    Split(usize),
    /// The whole batch is on the device.
    #[cfg(feature = "gpu")]
    Device(Flight),
}

impl Begun {
    /// Whether any of it is on the device already.
    pub fn is_under_way(&self) -> bool {
        match self {
            Begun::Cpu => false,
            #[cfg(feature = "gpu")]
            Begun::Split(_) => false,
            #[cfg(feature = "gpu")]
            Begun::Device(_) => true,
        }
    }
}

/// A batch under way on the device.
#[cfg(feature = "gpu")]
pub struct Flight {
    ticket: Ticket,
    canaries: Option<Canaries>,
    /// How long the canaries took.
    checking: Duration,
    submitted: Instant,
    /// [`Engines::cpu_batches`] then.
    cpu_batches: u64,
}

/// What the device's part of a batch took.
#[cfg(feature = "gpu")]
struct Took {
    /// From when it had no earlier one until it was seen done; `None` where the host was busy with another batch's signatures and
    /// looked late.
    time: Option<Duration>,
    course: Course,
}

impl Engines {
    /// Sends a batch to the device, where it is to be checked there alone; other batches can be begun before this one is ended.
    /// It holds so many blocks, each of which will be sampled.
    pub fn begin_sigverify(&mut self, policy: Policy, source: Source, blocks: usize, report: &mut Report) -> Begun {
        #[cfg(feature = "gpu")]
        if self.asked() != Engine::Serial {
            return match self.plan(policy, source, blocks, report) {
                Plan::Cpu => Begun::Cpu,
                Plan::Split(share) => Begun::Split(share),
                Plan::Device => self.submit(policy, source, report).map_or(Begun::Cpu, Begun::Device),
            };
        }
        let _ = (policy, source, blocks, report);
        Begun::Cpu
    }

    /// One verdict per signature of a batch that was begun; batches end in the order in which they were begun. A device fault is
    /// an event, and the CPU checks the device's part. What a device returns is checked part by part.
    pub fn end_sigverify(
        &mut self,
        policy: Policy,
        source: Source,
        begun: Begun,
        parts: &mut Parts,
        report: &mut Report,
    ) -> Vec<bool> {
        if self.asked() == Engine::Serial {
            let clock = Instant::now();
            let verdicts = serial::sigverify::sigverify(policy, source);
            report.record(STAGE, Engine::Serial, clock.elapsed());
            return verdicts;
        }
        #[cfg(not(feature = "gpu"))]
        let _ = parts;
        match begun {
            Begun::Cpu => {}
            #[cfg(feature = "gpu")]
            Begun::Device(flight) => return self.on_device(policy, source, flight, parts, report),
            #[cfg(feature = "gpu")]
            Begun::Split(share) => return self.on_both(policy, source, share, parts, report),
        }
        let clock = Instant::now();
        let verdicts = parallel::sigverify::sigverify(policy, source);
        report.record(STAGE, Engine::Parallel, clock.elapsed());
        #[cfg(feature = "gpu")]
        {
            self.cpu_batches += 1;
            if self.asked() == Engine::Auto && source.len() >= crate::auto::SMALLEST_DEVICE_SIGNATURES {
                self.device.calibrator().cpu_took(policy, source.len(), clock.elapsed().as_secs_f64());
            }
        }
        verdicts
    }
}

#[cfg(feature = "gpu")]
impl Engines {
    fn plan(&mut self, policy: Policy, source: Source, blocks: usize, report: &mut Report) -> Plan {
        let Self { setup, device, .. } = self;
        let check = setup.check.of_blocks(blocks);
        let worth = setup.engine == Engine::Auto && device.calibrator().could_gain(policy, check, source.len());
        let (mut plan, mut meet) = (Plan::Device, None);
        let wanted = device.is_wanted(setup, STAGE, worth, report, |gpu, calibrator| {
            let (found, note) = calibrator.sigverify(gpu, policy, check, source)?;
            (plan, meet) = (found.plan, found.meet);
            Ok((if plan == Plan::Cpu { Engine::Parallel } else { Engine::Gpu }, note))
        });
        if wanted {
            return plan;
        }
        if let Some(earn) = meet
            && let Some(met) = device.attempt(setup, STAGE, report, |gpu| gpu.meet(policy, source, earn))
        {
            device.calibrator().met(met, source.len());
        }
        Plan::Cpu
    }

    /// The whole batch on the device.
    fn on_device(
        &mut self,
        policy: Policy,
        source: Source,
        flight: Flight,
        parts: &mut Parts,
        report: &mut Report,
    ) -> Vec<bool> {
        if let Some((verdicts, took)) = self.collect(policy, source, flight, parts, report) {
            if report.engine(STAGE) == Some(Engine::Gpu) {
                let (calibrator, Took { time, course }) = (self.device.calibrator(), took);
                match time {
                    Some(time) => calibrator.device_took(policy, source.len(), course, time.as_secs_f64()),
                    None => calibrator.device_not_seen(policy, source.len()),
                }
            }
            return verdicts;
        }
        self.cpu_batches += 1;
        let clock = Instant::now();
        let verdicts = parallel::sigverify::sigverify(policy, source);
        report.record(STAGE, Engine::Parallel, clock.elapsed());
        verdicts
    }

    /// The first `share` signatures on the device, the rest on the CPU at the same time.
    fn on_both(
        &mut self,
        policy: Policy,
        source: Source,
        share: usize,
        parts: &mut Parts,
        report: &mut Report,
    ) -> Vec<bool> {
        let clock = Instant::now();
        let all = source.len();
        let (front, back) = (Part::new(source, 0, share), Part::new(source, share, all - share));
        let mut of_device = Report::default();
        let mut rest = Vec::new();
        let done = rayon::in_place_scope(|scope| {
            scope.spawn(|_| rest = parallel::sigverify::sigverify(policy, &back));
            let flight = self.submit(policy, &front, &mut of_device)?;
            self.collect(policy, &front, flight, parts, &mut of_device)
        });
        self.cpu_batches += 1;
        let device_did = done.is_some() && of_device.engine(STAGE) == Some(Engine::Gpu);
        if let Some((_, Took { course, .. })) = done.as_ref().filter(|_| device_did) {
            let looked_at = parts.checked();
            let checked = of_device.checked.canaries + looked_at.accepted_signatures + looked_at.rejected_signatures;
            let seconds = clock.elapsed().as_secs_f64();
            self.device.calibrator().both_took(policy, all, share, checked, *course, seconds);
        }
        let mut verdicts = match done {
            Some((verdicts, _)) => verdicts,
            None => parallel::sigverify::sigverify(policy, &front),
        };
        verdicts.extend(rest);
        let by_device = if device_did { share } else { 0 };
        let engine = if 2 * by_device > all { Engine::Gpu } else { Engine::Parallel };
        if device_did {
            report.shares.extend([(STAGE, Engine::Gpu, by_device), (STAGE, Engine::Parallel, all - by_device)]);
        }
        // Both worked at the same time: what passed is the stage's but for the check.
        let check = of_device.time(Stage::Verify);
        report.record(STAGE, engine, clock.elapsed().saturating_sub(check));
        if check > Duration::ZERO {
            report.record(Stage::Verify, Engine::Parallel, check);
        }
        report.checked.add(of_device.checked);
        report.traffic += of_device.traffic;
        report.faults.append(&mut of_device.faults);
        report.events.append(&mut of_device.events);
        verdicts
    }

    /// Sends a batch and its canaries to the device. `None`: the CPU has to do it.
    fn submit(&mut self, policy: Policy, source: Source, report: &mut Report) -> Option<Flight> {
        let Self { setup, device, rng, cpu_batches, .. } = self;
        let clock = Instant::now();
        let canaries = match setup.check {
            Check::Sampled(_) => Some(Canaries::new(policy, source, rng)),
            Check::Full | Check::Off => None,
        };
        let checking = clock.elapsed();
        let with = canaries.as_ref().map(|canaries| canaries.among(source));
        let batch: Source = with.as_ref().map_or(source, |with| with);
        let submitted = Instant::now();
        let ticket = device.attempt(setup, STAGE, report, |gpu| gpu.submit(policy, batch))?;
        Some(Flight { ticket, canaries, checking, submitted, cpu_batches: *cpu_batches })
    }

    /// Verdicts of the device that stood the check, or those that the check found instead, and what they took. `None`: the CPU has to
    /// do it.
    fn collect(
        &mut self,
        policy: Policy,
        source: Source,
        flight: Flight,
        parts: &mut Parts,
        report: &mut Report,
    ) -> Option<(Vec<bool>, Took)> {
        let Self { setup, device, rng, landed, cpu_batches: now_batches, .. } = self;
        let Flight { ticket, canaries, checking, submitted, cpu_batches } = flight;
        if !device.gpu().is_some_and(|gpu| gpu.holds(&ticket)) {
            // What failed was counted with the batch that met it; the device that is there now may be another one.
            report.events.push(format!("the CPU did {STAGE}: the device failed while the batch was under way"));
            return None;
        }
        let (verdicts, course) = device.attempt(setup, STAGE, report, |gpu| gpu.collect(policy, ticket))?;
        let began = landed.map_or(submitted, |landed| landed.max(submitted));
        report.record(STAGE, Engine::Gpu, began.elapsed());
        let arrived = course.arrived.unwrap_or_else(Instant::now);
        let seen = *now_batches == cpu_batches;
        let took = Took { time: seen.then(|| arrived.saturating_duration_since(began)), course };
        *landed = Some(arrived);
        let clock = Instant::now();
        let own = match &canaries {
            Some(canaries) => {
                report.checked.canaries += canaries.count();
                canaries.take(verdicts)
            }
            None => Ok(verdicts),
        };
        let checked = own.map_err(|message| (message, None)).and_then(|verdicts| {
            let alone = parts.len() == 1;
            let look = |(number, (range, checked)): (usize, (Range<usize>, &mut Checked))| {
                let part = Part::new(source, range.start, range.len());
                signatures::verify(setup.check, policy, &part, &verdicts[range], rng, checked).map_err(|wrong| {
                    match alone {
                        true => (wrong.message, wrong.verdicts),
                        false => (format!("{number} blocks further on: {}", wrong.message), None),
                    }
                })
            };
            parts.before(source.len()).enumerate().try_for_each(look).map(|()| verdicts)
        });
        if setup.check != Check::Off {
            report.record(Stage::Verify, Engine::Parallel, checking + clock.elapsed());
        }
        match checked {
            Ok(verdicts) => {
                device.succeeded(STAGE);
                Some((verdicts, took))
            }
            Err((message, verdicts)) => {
                device.mismatched(STAGE, message, report);
                report.record(STAGE, Engine::Parallel, Duration::ZERO);
                verdicts.map(|verdicts| (verdicts, took))
            }
        }
    }
}

/// Signatures of a batch that follow each other.
#[cfg(feature = "gpu")]
struct Part<'s> {
    source: Source<'s>,
    first: usize,
    len: usize,
}

#[cfg(feature = "gpu")]
impl<'s> Part<'s> {
    fn new(source: Source<'s>, first: usize, len: usize) -> Self {
        Self { source, first, len }
    }
}

#[cfg(feature = "gpu")]
impl SignatureSource for Part<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self.source.get(self.first + index)
    }
}

#[cfg(all(test, feature = "gpu"))]
#[path = "sigverify_tests.rs"]
mod tests;
