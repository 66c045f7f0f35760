//! Schedules for executors that bring their own machine: declared read and write sets in, an order to run them in out.

mod builder;
#[cfg(feature = "gpu")]
mod device;
mod engines;

pub use builder::SchedulerBuilder;

use crate::conflict::{AccessSets, Dependencies, Groups, Schedule};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::outcome::Report;
use crate::parallel::conflict::details::{self, Describer};
use crate::serial;
use engines::Engines;

/// Finds schedules, block after block; keeps its memory and its device between them, so that blocks no larger than those
/// before cost no allocation on `parallel`.
///
/// Callers choose what they pay for: [`waves`](Self::waves) alone, waves as lists with [`groups`](Self::groups), all
/// that is known with [`schedule`](Self::schedule), or [`dependencies`](Self::dependencies) to run each transaction as
/// soon as it can. [`report`](Self::report) tells who worked.
///
/// ```
/// use wavelock::conflict::AccessSetsBuilder;
/// use wavelock::{Engine, Scheduler};
///
/// let mut scheduler = Scheduler::builder().engine(Engine::Parallel).build()?;
/// let mut block = AccessSetsBuilder::new();
/// block.push(["price"], ["alice"])?;
/// block.push(["price"], ["bob"])?;
/// block.push([], ["alice", "bob"])?;
/// for wave in scheduler.groups(block.sets())?.iter() {
///     // Run these at the same time: [0, 1], then [2].
///     assert!(wave == [0, 1] || wave == [2]);
/// }
/// let schedule = scheduler.schedule(block.sets())?;
/// assert_eq!((schedule.waves, &schedule.longest_chain[..]), (2, &[1, 2][..]));
/// // The next block, in the same memory.
/// block.clear();
/// # Ok::<(), wavelock::Error>(())
/// ```
#[derive(Debug)]
pub struct Scheduler {
    engines: Engines,
    describer: Describer,
    schedule: Schedule,
    dependencies: Dependencies,
    report: Report,
}

impl Scheduler {
    /// A builder with the defaults.
    pub fn builder() -> SchedulerBuilder {
        SchedulerBuilder::default()
    }

    fn new(engines: Engines) -> Self {
        Self {
            engines,
            describer: Describer::default(),
            schedule: Schedule::default(),
            dependencies: Dependencies::default(),
            report: Report::default(),
        }
    }

    /// The engine that was asked for.
    pub fn engine(&self) -> Engine {
        self.engines.asked()
    }

    /// Who found the last waves (stage `conflict`), in which time, and what happened on the way. Rounds and tail are
    /// those of the device; dependencies leave the report as it was.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What `auto` has measured, once it has.
    #[cfg(feature = "gpu")]
    pub fn choice(&self) -> Option<&crate::auto::Choice> {
        self.engines.choice()
    }

    /// The device, where one is open.
    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<&crate::gpu::device::Device> {
        self.engines.device()
    }

    /// The wave of each transaction.
    ///
    /// # Errors
    /// No memory for tables of up to 8 bytes per key. A device that fails is not an error but an event in the report: the
    /// CPU does its work.
    pub fn waves(&mut self, sets: &AccessSets) -> Result<&[u32]> {
        self.engines.waves(sets, &mut self.schedule.wave, &mut self.report)?;
        Ok(&self.schedule.wave)
    }

    /// The transactions of each wave.
    ///
    /// # Errors
    /// As for [`waves`](Self::waves).
    pub fn groups(&mut self, sets: &AccessSets) -> Result<&Groups> {
        self.waves(sets)?;
        let Schedule { wave, groups, .. } = &mut self.schedule;
        groups.fill(wave, details::count(wave));
        Ok(groups)
    }

    /// Waves, longest chain, components and hottest keys. What goes beyond the waves is found on the CPU by every engine
    /// and is not in the report's time.
    ///
    /// # Errors
    /// As for [`waves`](Self::waves).
    pub fn schedule(&mut self, sets: &AccessSets) -> Result<&Schedule> {
        self.waves(sets)?;
        if self.engine() == Engine::Serial {
            self.schedule = serial::conflict::describe(sets, std::mem::take(&mut self.schedule.wave));
        } else {
            self.describer.describe(sets, &mut self.schedule).map_err(no_memory)?;
        }
        Ok(&self.schedule)
    }

    /// Which transactions each one has to wait for; on one core, by every engine.
    ///
    /// # Errors
    /// More accesses than [`Dependencies::find`] can number.
    pub fn dependencies(&mut self, sets: &AccessSets) -> Result<&Dependencies> {
        self.dependencies.find(sets)?;
        Ok(&self.dependencies)
    }
}

fn no_memory(source: std::io::Error) -> Error {
    Error::Io { path: "working table".into(), source }
}

#[cfg(test)]
mod tests;
