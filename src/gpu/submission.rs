//! Work under way on the device: submitted, waited for no longer than the time limit, read back.

use super::device::Device;
use super::executed::{COUNT_BYTES, READBACK};
pub use super::executed::{Encoder, Pass};
use super::faults::Injected;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use std::borrow::Cow;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Dispatches with a size that the host knows, or that the device wrote.
#[derive(Clone, Copy, Debug)]
pub enum Groups<'a> {
    /// So many workgroups.
    Direct(u32),
    /// Three words in a buffer, at this offset in bytes.
    Indirect(&'a wgpu::Buffer, u64),
}

/// A submitted command buffer whose result is being read back.
#[derive(Debug)]
pub struct Pending {
    stage: &'static str,
    sent: Sent,
    readback: wgpu::Buffer,
    bytes: u64,
    mapped: Arc<Mapped>,
}

/// What became of a submission.
#[derive(Debug)]
enum Sent {
    /// The device has them, and will have executed so many passes once it is done.
    Commands { submission: wgpu::SubmissionIndex, executed: u32 },
    /// wgpu has refused them.
    Refused,
    /// The device has fallen silent on purpose.
    Silence,
}

/// Once the device is done: how it went, and when that was seen.
#[derive(Debug, Default)]
struct Mapped {
    result: Mutex<Option<(Result<(), wgpu::BufferAsyncError>, Instant)>>,
    there: Condvar,
}

impl Mapped {
    fn set(&self, result: Result<(), wgpu::BufferAsyncError>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some((result, Instant::now()));
        self.there.notify_all();
    }

    fn is_set(&self) -> bool {
        self.result.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The result of a submission that is done. Another thread that looked at the device or submitted to it may have met it first, and
    /// is about to set it.
    fn take(&self, timeout: Duration) -> Option<(Result<(), wgpu::BufferAsyncError>, Instant)> {
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.there.wait_timeout_while(result, timeout, |result| result.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

/// When a result was there.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When a look at the device first found it done, whoever looked.
    pub at: Instant,
    /// It was waited for.
    pub waited: bool,
}

impl Pending {
    /// Whether the result has arrived.
    fn is_done(&self) -> bool {
        self.mapped.is_set()
    }
}

impl Device {
    /// Dispatches workgroups of the pipeline and the bind group that are set; `kernel` is its name in profiles.
    pub fn dispatch(
        &self,
        stage: &'static str,
        kernel: &'static str,
        pass: &mut wgpu::ComputePass<'_>,
        groups: Groups<'_>,
    ) {
        for _ in 0..self.faults().map_or(1, |faults| faults.dispatches(stage)) {
            self.counters.dispatched(stage);
            self.stamped(stage, kernel, pass, |pass| match groups {
                Groups::Direct(count) => pass.dispatch_workgroups(count, 1, 1),
                Groups::Indirect(buffer, offset) => pass.dispatch_workgroups_indirect(buffer, offset),
            });
        }
    }

    /// A buffer for results of at most `bytes` bytes, and what stands behind them ([`Device::submit`]).
    pub fn readback(&self, label: &str, bytes: u64) -> wgpu::Buffer {
        self.buffer(label, bytes + COUNT_BYTES, READBACK)
    }

    /// Submits commands that leave nothing to be read.
    ///
    /// # Errors
    /// [`Error::Device`] where they are refused, or anything was before.
    pub fn enqueue(&self, stage: &'static str, commands: Encoder) -> Result<()> {
        self.counters.submitted(stage, 0);
        self.queue_up(stage, commands, None).map(|_| ()).ok_or_else(|| self.commands_refused(stage))
    }

    /// Another thread may have met wgpu's own words for it.
    fn commands_refused(&self, stage: &'static str) -> Error {
        self.refused(stage, "commands were refused".to_owned())
    }

    /// Sends commands; returns what the device has counted once it has executed them. `None`: they were refused.
    fn queue_up(
        &self,
        stage: &'static str,
        encoder: Encoder,
        readback: Option<(&wgpu::Buffer, u64)>,
    ) -> Option<(wgpu::SubmissionIndex, u32)> {
        let (commands, passes) = encoder.finish(readback);
        let skipped = self.faults().is_some_and(|faults| faults.skips(stage));
        let commands = (!skipped).then_some(commands);
        let stamps = self.profiler.as_ref().and_then(|profiler| profiler.collect(&self.device));
        let begun = self.profiler.as_ref().map(|_| Instant::now());
        let sent = self.counts.send(passes, || self.queue.submit(commands.into_iter().chain(stamps)));
        if let (Some(profiler), Some(begun)) = (&self.profiler, begun) {
            profiler.submitted(stage, begun.elapsed());
        }
        sent
    }

    /// Submits commands that leave a result of `bytes` bytes, a multiple of four, at the beginning of `readback`, which
    /// [`Device::readback`] has made.
    pub fn submit(&self, stage: &'static str, commands: Encoder, readback: &wgpu::Buffer, bytes: u64) -> Pending {
        let mapped = Arc::new(Mapped::default());
        let pending = |sent| {
            let (readback, mapped) = (readback.clone(), mapped.clone());
            Pending { stage, sent, readback, bytes, mapped }
        };
        match self.faults().and_then(|faults| faults.on_submit(stage)) {
            Some(Injected::Stall) => return pending(Sent::Silence),
            Some(_) => self.device.destroy(),
            None => {}
        }
        self.counters.submitted(stage, bytes);
        let Some((submission, executed)) = self.queue_up(stage, commands, Some((readback, bytes))) else {
            return pending(Sent::Refused);
        };
        let outcome = mapped.clone();
        readback.slice(..bytes + COUNT_BYTES).map_async(wgpu::MapMode::Read, move |result| outcome.set(result));
        pending(Sent::Commands { submission, executed })
    }

    /// Notes what is done by now.
    ///
    /// # Errors
    /// As [`Device::wait`].
    pub fn look(&self, stage: &'static str) -> Result<()> {
        self.polled(stage, self.device.poll(wgpu::PollType::Poll))
    }

    fn polled(&self, stage: &'static str, result: Result<wgpu::PollStatus, wgpu::PollError>) -> Result<()> {
        // A device that is gone may fail the poll as well as any call before it, so the first fault is asked for first.
        match (self.check(stage), result) {
            (Err(error), _) => Err(error),
            (_, Err(wgpu::PollError::Timeout)) => Err(self.silent(stage)),
            (_, Err(error)) => Err(self.refused(stage, error.to_string())),
            (Ok(()), Ok(_)) => Ok(()),
        }
    }

    fn silent(&self, stage: &'static str) -> Error {
        let message = format!("no answer within {:?}", self.timeout());
        Error::Device { stage, kind: FaultKind::Timeout, message }
    }

    /// Waits for a result and hands its bytes to `read`; says when it arrived.
    ///
    /// # Errors
    /// [`Error::Device`] where anything was refused, the device was lost, or it did not answer in time.
    pub fn wait<T>(&self, pending: Pending, read: impl FnOnce(&[u8]) -> T) -> Result<(T, Arrival)> {
        let stage = pending.stage;
        let (submission, expected) = match &pending.sent {
            Sent::Commands { submission, executed } => (submission.clone(), *executed),
            Sent::Refused => return Err(self.commands_refused(stage)),
            Sent::Silence => return Err(self.silent(stage)),
        };
        let begun = self.profiler.as_ref().map(|_| Instant::now());
        self.look(stage)?;
        let waited = !pending.is_done();
        let result = for_all_of(self.timeout(), |left| {
            let submission_index = Some(submission.clone());
            self.device.poll(wgpu::PollType::Wait { submission_index, timeout: Some(left) })
        });
        self.polled(stage, result)?;
        let at = match pending.mapped.take(self.timeout()) {
            Some((Ok(()), at)) => at,
            Some((Err(error), _)) => return Err(self.refused(stage, format!("read-back: {error}"))),
            None => return Err(self.silent(stage)),
        };
        let arrived = self.profiler.as_ref().map(|_| Instant::now());
        let result = {
            let view = pending.readback.slice(..pending.bytes + COUNT_BYTES).get_mapped_range();
            let view = view.map_err(|error| self.refused(stage, format!("read-back: {error}")))?;
            let (bytes, executed) = view.split_at(pending.bytes as usize);
            let read = || read(&self.faults().map_or(Cow::Borrowed(bytes), |faults| faults.read(stage, bytes)));
            match bytemuck::pod_read_unaligned::<u32>(executed) {
                executed if executed == expected => Ok(read()),
                executed => {
                    let message = format!("{executed} passes were executed, not {expected}");
                    Err(Error::Device { stage, kind: FaultKind::Lost, message })
                }
            }
        };
        pending.readback.unmap();
        if let (Some(profiler), Some(begun), Some(arrived)) = (&self.profiler, begun, arrived) {
            profiler.waited(stage, arrived - begun, arrived.elapsed());
        }
        result.map(|result| (result, Arrival { at, waited }))
    }

    /// Submits and waits.
    ///
    /// # Errors
    /// As [`Device::wait`].
    pub fn run<T>(
        &self,
        stage: &'static str,
        commands: Encoder,
        readback: &wgpu::Buffer,
        bytes: u64,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T> {
        let pending = self.submit(stage, commands, readback, bytes);
        self.wait(pending, read).map(|(result, _)| result)
    }
}

/// Polls until it is no time-out or the time is over. Drivers that wait by the wall clock (Mesa's software device) give up early where it
/// is set forward, as when a virtual machine is resumed.
fn for_all_of(
    timeout: Duration,
    mut poll: impl FnMut(Duration) -> Result<wgpu::PollStatus, wgpu::PollError>,
) -> Result<wgpu::PollStatus, wgpu::PollError> {
    let begun = Instant::now();
    loop {
        let result = poll(timeout.saturating_sub(begun.elapsed()));
        if !matches!(result, Err(wgpu::PollError::Timeout)) || begun.elapsed() >= timeout {
            return result;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_else_looks_at_the_device_takes_no_answer_away() {
        let device = Device::open(&crate::gpu::device::DeviceOptions::default()).expect("there is an adapter");
        let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let source = device.buffer("source", 16, usage);
        let readback = device.readback("readback", 16);
        let ended = std::sync::atomic::AtomicBool::new(false);
        let order = std::sync::atomic::Ordering::Relaxed;
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !ended.load(order) {
                        device.queue.submit([]);
                        _ = device.device.poll(wgpu::PollType::Poll);
                    }
                });
            }
            let found: Vec<_> = (0..3_000)
                .map(|_| {
                    let mut encoder = device.encoder("execute");
                    encoder.copy_buffer_to_buffer(&source, 0, &readback, 0, 16);
                    device.run("execute", encoder, &readback, 16, <[u8]>::len)
                })
                .take_while(Result::is_ok)
                .collect();
            ended.store(true, order);
            assert_eq!(found.len(), 3_000);
        });
    }

    #[test]
    fn what_another_thread_is_refused_is_no_loss() {
        let device = Device::open(&crate::gpu::device::DeviceOptions::default()).expect("there is an adapter");
        let source = device.buffer("source", 16, wgpu::BufferUsages::COPY_SRC);
        let run = |bytes: u64| {
            let readback = device.readback("readback", 16);
            let mut encoder = device.encoder("execute");
            encoder.count();
            encoder.copy_buffer_to_buffer(&source, 0, &readback, 0, bytes);
            device.run("execute", encoder, &readback, 16, <[u8]>::len)
        };
        let kinds = |bytes: u64| {
            let kind = |result| match result {
                Ok(_) => None,
                Err(Error::Device { kind, .. }) => Some(kind),
                Err(other) => panic!("{other}"),
            };
            (0..300).map(|_| kind(run(bytes))).collect::<Vec<_>>()
        };
        let (refused, fine) = std::thread::scope(|scope| {
            // Nothing has so many bytes.
            let refused = scope.spawn(|| kinds(1 << 20));
            let fine = kinds(16);
            (refused.join().expect("no panic"), fine)
        });
        assert!(refused.contains(&Some(FaultKind::Refused)), "{refused:?}");
        let loss = |kind: &Option<FaultKind>| kind.is_some_and(FaultKind::ends_device);
        assert!(!refused.iter().chain(&fine).any(loss), "{refused:?} {fine:?}");
        assert_eq!(kinds(16), vec![None; 300], "and all is well again");
    }

    #[test]
    fn copies_alone_are_counted() {
        use crate::gpu::faults::{FaultPlan, Injector};
        let plan = FaultPlan { seed: 1, one_in: 1, kinds: vec![Injected::Skipped], stages: vec!["execute"] };
        let faults = Some(Arc::new(Injector::new(plan)));
        let options = crate::gpu::device::DeviceOptions { faults, ..Default::default() };
        let device = Device::open(&options).expect("there is an adapter");
        let source = device.buffer("source", 16, wgpu::BufferUsages::COPY_SRC);
        let readback = device.readback("readback", 16);
        let run = |stage| {
            let mut encoder = device.encoder(stage);
            encoder.copy_buffer_to_buffer(&source, 0, &readback, 0, 16);
            device.run(stage, encoder, &readback, 16, <[u8]>::len)
        };
        assert_eq!(run("root").expect("nothing is injected there"), 16);
        let lost = run("execute").expect_err("it was not executed");
        assert!(matches!(lost, Error::Device { kind: FaultKind::Lost, .. }), "{lost}");
    }

    #[test]
    fn a_clock_that_is_set_forward_is_no_silence() {
        let mut early = 2;
        let result = for_all_of(Duration::from_secs(60), |left| {
            assert!(left > Duration::from_secs(50));
            early -= 1;
            if early >= 0 { Err(wgpu::PollError::Timeout) } else { Ok(wgpu::PollStatus::QueueEmpty) }
        });
        assert!(result.is_ok() && early == -1);
    }

    #[test]
    fn a_silent_device_is_given_up_in_time() {
        let (begun, timeout) = (Instant::now(), Duration::from_millis(20));
        let result = for_all_of(timeout, |_| Err(wgpu::PollError::Timeout));
        assert!(matches!(result, Err(wgpu::PollError::Timeout)) && begun.elapsed() >= timeout);
    }
}
