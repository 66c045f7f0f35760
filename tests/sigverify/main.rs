//! Signatures: public vectors, edge cases and random ones on every engine, and the device's arithmetic step by step.
//! Without an adapter the trials of the device are reported as ignored, and counted.

mod batches;
mod canaries;
mod cpu;
mod curve;
mod field;
mod halves;
mod lab;
mod random;
mod signatures;
mod split;

use libtest_mimic::{Arguments, Trial};
use wavelock::gpu::adapter::adapters;

fn main() {
    let missing = adapters().is_empty();
    if missing {
        eprintln!("trials of the device are ignored: there is no adapter");
    }
    let device = [
        batches::TRIALS,
        canaries::TRIALS,
        curve::TRIALS,
        field::TRIALS,
        halves::TRIALS,
        random::TRIALS,
        split::TRIALS,
    ];
    let trial = |(name, run): &(&'static str, fn()), ignored: bool| {
        let run = *run;
        let trial = Trial::test(*name, move || {
            run();
            Ok(())
        });
        trial.with_ignored_flag(ignored)
    };
    let on_cpu = cpu::TRIALS.iter().map(|one| trial(one, false));
    let on_device = device.into_iter().flatten().map(|one| trial(one, missing));
    libtest_mimic::run(&Arguments::from_args(), on_cpu.chain(on_device).collect()).exit();
}
