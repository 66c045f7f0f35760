//! Every engine gives exactly the serial engine's result: on random universes, at every size boundary, on general legs,
//! with small limits. Without an adapter the trials of the `gpu` engine are reported as ignored, and counted.

#[path = "../support/mod.rs"]
mod support;

mod canaries;
mod resident;
mod root;
mod shapes;
mod sizes;
mod tails;
mod universes;
mod waves;

use libtest_mimic::{Arguments, Failed, Trial};
use std::sync::{Arc, Mutex, PoisonError};
use support::DeviceCase;
use wavelock::{Check, Engine, Validator};

/// An engine under test; trials take turns with it, so that a device compiles its shaders once.
pub type Subject = Arc<Mutex<Validator>>;

/// A trial for `parallel`, and one for `gpu` that is ignored where there is no adapter.
pub struct Suite {
    parallel: Subject,
    gpu: Option<Subject>,
    trials: Vec<Trial>,
}

impl Suite {
    fn new() -> Self {
        let build = |engine| Validator::builder().engine(engine).without_signatures().check(Check::Off).build();
        let gpu = match build(Engine::Gpu) {
            Ok(validator) => Some(Arc::new(Mutex::new(validator))),
            Err(error) => {
                eprintln!("gpu trials are ignored: {error}");
                None
            }
        };
        let parallel = Arc::new(Mutex::new(build(Engine::Parallel).expect("needs no device")));
        Self { parallel, gpu, trials: Vec::new() }
    }

    /// The same check on every engine.
    pub fn every_engine(&mut self, name: &str, check: impl Fn(&mut Validator) + Clone + Send + 'static) {
        let subjects = [("parallel", Some(self.parallel.clone())), ("gpu", self.gpu.clone())];
        for (engine, subject) in subjects {
            let check = check.clone();
            self.push(format!("{engine}::{name}"), subject, move |subject: &Subject| {
                check(&mut subject.lock().unwrap_or_else(PoisonError::into_inner));
            });
        }
    }

    /// A check of the device alone.
    pub fn gpu(&mut self, name: &str, check: impl Fn(&mut Validator) + Send + 'static) {
        self.push(format!("gpu::{name}"), self.gpu.clone(), move |subject: &Subject| {
            check(&mut subject.lock().unwrap_or_else(PoisonError::into_inner));
        });
    }

    /// A check that opens a device of its own.
    pub fn own_device(&mut self, name: &str, check: impl Fn() + Send + 'static) {
        let subject = self.gpu.as_ref().map(|_| DeviceCase);
        self.push(format!("gpu::{name}"), subject, move |_| check());
    }

    fn push<T: Send + 'static>(&mut self, name: String, subject: Option<T>, check: impl Fn(&T) + Send + 'static) {
        let ignored = subject.is_none();
        let run = move || -> Result<(), Failed> {
            check(subject.as_ref().ok_or("no adapter")?);
            Ok(())
        };
        self.trials.push(Trial::test(name, run).with_ignored_flag(ignored));
    }
}

fn main() {
    let mut suite = Suite::new();
    universes::add(&mut suite);
    sizes::add(&mut suite);
    tails::add(&mut suite);
    shapes::add(&mut suite);
    root::add(&mut suite);
    canaries::add(&mut suite);
    resident::add(&mut suite);
    waves::add(&mut suite);
    libtest_mimic::run(&Arguments::from_args(), suite.trials).exit();
}
