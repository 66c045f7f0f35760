//! Who takes part: engines and peers, on blocks whose ids are resolved and on signed ones from end to end.

use super::peers::execution::{Case, Executor};
use crate::commit;
use crate::encode::static_statuses;
use crate::engine::{Engine, Policy};
use crate::error::Result;
use crate::ledger::Input;
use crate::outcome::{Change, Report, Stage};
use crate::serial;
use crate::serial::execute::Executed;
use crate::snapshot::Snapshot;
use crate::status::Status;
use crate::{Validator, parallel};
use std::time::{Duration, Instant};

/// What one run gave.
pub struct Turn {
    pub time: Duration,
    pub statuses: Vec<Status>,
    pub changes: Vec<Change>,
    /// Who ran what, rounds, times of stages; empty for peers.
    pub report: Report,
}

/// Somebody who can be given a block.
pub trait Contestant {
    fn name(&self) -> &'static str;

    /// Somebody else's method.
    fn is_peer(&self) -> bool {
        false
    }

    /// Forgets what it has met, and keeps programs and working memory.
    fn forget(&mut self) {}

    /// Runs the block; `ready` is called when all is set up, right before the clock starts.
    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn>;

    /// What a report's `ran` says.
    fn ran(&self, report: &Report) -> String;
}

/// The serial engine: the specification takes part, too.
pub struct Serial;

impl Contestant for Serial {
    fn name(&self) -> &'static str {
        Engine::Serial.name()
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        ready();
        let begun = Instant::now();
        let Executed { statuses, changes } = serial::execute::execute(case.block, case.state, None);
        Ok(Turn { time: begun.elapsed(), statuses, changes, report: Report { rounds: 1, ..Report::default() } })
    }

    fn ran(&self, _: &Report) -> String {
        self.name().to_owned()
    }
}

/// An engine that executes, ids resolved.
pub struct Executing<'a>(pub Engine, pub &'a mut Validator);

impl Contestant for Executing<'_> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn forget(&mut self) {
        self.1.forget_met();
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        let (mut statuses, mut report) = (case.open.to_vec(), Report::default());
        let input: Input<'_> = case.input();
        ready();
        let begun = Instant::now();
        let work = self.1.execute(&input, &mut statuses, &mut report)?;
        let time = begun.elapsed();
        let changes = commit::changes(case.block, case.state, case.snapshot, &statuses, work.touched());
        Ok(Turn { time, statuses, changes, report })
    }

    fn ran(&self, report: &Report) -> String {
        report.engine(Stage::Execute).unwrap_or(self.0).name().to_owned()
    }
}

/// A peer that executes, ids resolved.
pub struct PeerExecuting<'a>(pub &'a mut dyn Executor);

impl Contestant for PeerExecuting<'_> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is_peer(&self) -> bool {
        true
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        self.0.prepare(case);
        ready();
        self.0.wake();
        let begun = Instant::now();
        self.0.execute(case);
        let time = begun.elapsed();
        let (statuses, touched) = self.0.result(case);
        let changes = commit::changes(case.block, case.state, case.snapshot, &statuses, touched.into_iter());
        Ok(Turn { time, statuses, changes, report: Report { rounds: 1, ..Report::default() } })
    }

    fn ran(&self, _: &Report) -> String {
        self.name().to_owned()
    }
}

/// An engine that validates signed blocks from end to end.
pub struct Validating<'a>(pub Engine, pub &'a mut Validator);

impl Contestant for Validating<'_> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn forget(&mut self) {
        self.1.forget_met();
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        ready();
        let begun = Instant::now();
        let outcome = self.1.validate(case.block, case.state)?;
        let time = begun.elapsed();
        Ok(Turn { time, statuses: outcome.statuses, changes: outcome.changes, report: outcome.report })
    }

    fn ran(&self, report: &Report) -> String {
        let ran = |stage| report.engine(stage).map_or("none", Engine::name);
        format!("sigverify {}, execute {}", ran(Stage::Sigverify), ran(Stage::Execute))
    }
}

/// An engine whose CPU part has these threads.
pub struct OnCores<'a>(pub &'a rayon::ThreadPool, pub Validating<'a>);

impl Contestant for OnCores<'_> {
    fn name(&self) -> &'static str {
        self.1.name()
    }

    fn forget(&mut self) {
        self.1.forget();
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        ready();
        self.0.install(|| self.1.run(case, &mut || ()))
    }

    fn ran(&self, report: &Report) -> String {
        self.1.ran(report)
    }
}

/// A peer from end to end: signatures by `parallel`'s code, for they have none of their own, then ids, execution and changes. What
/// it makes ready for a block is not timed here either.
pub struct PeerValidating<'a>(pub &'a mut dyn Executor);

impl Contestant for PeerValidating<'_> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is_peer(&self) -> bool {
        true
    }

    fn run(&mut self, case: &Case<'_>, ready: &mut dyn FnMut()) -> Result<Turn> {
        let (block, state) = (case.block, case.state);
        ready();
        let begun = Instant::now();
        let verdicts = parallel::sigverify::sigverify(Policy::Strict, &block.transactions);
        let snapshot = Snapshot::new(block, state);
        let open = static_statuses(block, Some(&verdicts));
        let before = begun.elapsed();
        let own = Case { block, state, snapshot: &snapshot, open: &open };
        self.0.prepare(&own);
        self.0.wake();
        let begun = Instant::now();
        self.0.execute(&own);
        let executing = begun.elapsed();
        let (statuses, touched) = self.0.result(&own);
        let begun = Instant::now();
        let changes = commit::changes(block, state, &snapshot, &statuses, touched.into_iter());
        let time = before + executing + begun.elapsed();
        Ok(Turn { time, statuses, changes, report: Report { rounds: 1, ..Report::default() } })
    }

    fn ran(&self, _: &Report) -> String {
        format!("sigverify parallel, execute {}", self.name())
    }
}
