//! Every engine's schedule is the one that the definition gives, pair by pair: on random sets, shapes, sizes, recorded
//! blocks. Without an adapter the trials of the `gpu` engine are reported as ignored, without `$WAVELOCK_DATA/solana`
//! (default `../shared/data/solana`) those of recorded blocks.

mod blocks;
mod builders;
mod canaries;
mod definition;
mod random;
mod shapes;

use definition::Lists;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use wavelock::conflict::{AccessSets, IndexSetsBuilder};
use wavelock::{Engine, Scheduler, Stage, serial};

/// An engine under test; trials take turns with it, so that it meets blocks of all sizes one after the other.
type Subject = Arc<Mutex<Scheduler>>;

pub struct Suite {
    subjects: [(&'static str, Option<Subject>); 3],
    trials: Vec<Trial>,
}

impl Suite {
    fn new() -> Self {
        let build = |engine: Engine| match Scheduler::builder().engine(engine).build() {
            Ok(scheduler) => (engine.name(), Some(Arc::new(Mutex::new(scheduler)))),
            Err(error) => {
                eprintln!("{engine} trials are ignored: {error}");
                (engine.name(), None)
            }
        };
        Self { subjects: [Engine::Serial, Engine::Parallel, Engine::Gpu].map(build), trials: Vec::new() }
    }

    /// The same check on every engine.
    pub fn every_engine(&mut self, name: &str, check: impl Fn(&mut Scheduler) + Clone + Send + 'static) {
        self.every_engine_if(true, name, check);
    }

    /// The same, ignored where what it needs is not there.
    pub fn every_engine_if(
        &mut self,
        there: bool,
        name: &str,
        check: impl Fn(&mut Scheduler) + Clone + Send + 'static,
    ) {
        for (engine, subject) in self.subjects.clone() {
            let check = check.clone();
            let ignored = subject.is_none() || !there;
            let run = move || {
                let subject = subject.as_ref().ok_or("no adapter")?;
                check(&mut subject.lock().unwrap_or_else(PoisonError::into_inner));
                Ok(())
            };
            self.trials.push(Trial::test(format!("{engine}::{name}"), run).with_ignored_flag(ignored));
        }
    }

    /// A check that no engine takes part in.
    pub fn once(&mut self, name: &str, check: impl Fn() + Send + 'static) {
        let run = move || {
            check();
            Ok(())
        };
        self.trials.push(Trial::test(name.to_owned(), run));
    }
}

/// Sets of which the indices are the keys.
pub fn sets_of(lists: &Lists) -> AccessSets {
    let keys = lists.iter().flat_map(|(reads, writes)| reads.iter().chain(writes)).max().map_or(0, |key| key + 1);
    let mut builder = IndexSetsBuilder::new(keys as usize);
    for (reads, writes) in lists {
        builder.push(reads, writes).expect("within the limits");
    }
    builder.finish()
}

/// What is wrong with an engine's answers, where the serial engine's are right; who really ran is part of them.
pub fn disagreement(scheduler: &mut Scheduler, sets: &AccessSets) -> Option<String> {
    let expected = serial::conflict::schedule(sets);
    match scheduler.waves(sets) {
        Ok(waves) if waves == expected.wave => {}
        Ok(waves) => {
            let at = (0..sets.len()).find(|&at| waves.get(at) != Some(&expected.wave[at]));
            return Some(format!("wave of transaction {at:?} is wrong"));
        }
        Err(error) => return Some(error.to_string()),
    }
    let asked = scheduler.engine();
    let report = scheduler.report();
    if report.engine(Stage::Conflict) != Some(asked) || !report.events.is_empty() {
        return Some(format!("{:?} found them: {:?}", report.engine(Stage::Conflict), report.events));
    }
    if scheduler.groups(sets).ok() != Some(&expected.groups) {
        return Some("the groups are wrong".into());
    }
    let found = scheduler.schedule(sets).expect("it had the memory before");
    (*found != expected).then(|| "chain, components or hottest keys are wrong".into())
}

pub fn assert_agrees(scheduler: &mut Scheduler, sets: &AccessSets, what: &dyn std::fmt::Debug) {
    if let Some(wrong) = disagreement(scheduler, sets) {
        panic!("{} on {what:?}: {wrong}", scheduler.engine());
    }
}

/// How many random cases: `WAVELOCK_CASES` multiplies them for long runs.
pub fn cases(count: u32) -> u32 {
    count * std::env::var("WAVELOCK_CASES").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

fn main() -> ExitCode {
    let mut suite = Suite::new();
    random::add(&mut suite);
    shapes::add(&mut suite);
    blocks::add(&mut suite);
    builders::add(&mut suite);
    canaries::add(&mut suite);
    libtest_mimic::run(&Arguments::from_args(), suite.trials).exit_code()
}
