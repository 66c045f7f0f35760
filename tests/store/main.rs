//! Stores: what they refuse, what they notice, and that neither a crash nor a full disk costs more than the block at
//! work.

mod chain;
mod child;
mod crash;
#[cfg(unix)]
mod disk;
mod rules;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    child::run_as_child();
    let mut trials = vec![trial("crash::kills", crash::kills), trial("crash::canary_torn_commit", crash::torn)];
    trials.extend(rules::trials());
    #[cfg(unix)]
    trials.extend(disk::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(name: &str, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || run().map_err(Failed::from))
}
