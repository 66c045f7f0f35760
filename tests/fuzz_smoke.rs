//! A short seeded run of every fuzzing target, without cargo-fuzz; `fuzz/README.md` has the long one.
//!
//! `WAVELOCK_FUZZ_SECONDS` makes every target run that long, `WAVELOCK_FUZZ_SEED` begins elsewhere,
//! `WAVELOCK_FUZZ_INPUT` runs one file alone, `WAVELOCK_FUZZ_CORPUS` names a folder that the seeds are written to, by
//! target. Without an adapter the targets that need one are reported as ignored.

mod fuzz;
#[path = "fuzz/seeds.rs"]
mod seeds;

use fuzz::mutate::{Random, Shape, mutated};
use fuzz::{DEVICE_TARGETS, TARGETS, Target, structured};
use libtest_mimic::{Arguments, Failed, Trial};
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Iterations of a target in the suite.
const ITERATIONS: u64 = 600;
/// Iterations of a target that waits for a device.
const DEVICE_ITERATIONS: u64 = 40;

/// How a target is run.
#[derive(Clone, Copy)]
struct Run {
    seed: u64,
    iterations: u64,
    duration: Duration,
}

/// How many inputs a target accepted and rejected.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    accepted: u64,
    rejected: u64,
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is {value:?}: expected a number")))
}

/// The panic's message.
fn caught(target: Target, input: &[u8]) -> Result<bool, String> {
    catch_unwind(AssertUnwindSafe(|| (target.run)(input))).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
    })
}

/// Runs the target on input after input, each made from a seed of its own: those that follow the first one.
fn run(target: Target, seeds: &[Vec<u8>], run: Run) -> Result<Counts, String> {
    let started = Instant::now();
    let mut counts = Counts::default();
    for iteration in 0.. {
        if iteration >= run.iterations && started.elapsed() >= run.duration {
            break;
        }
        let seed = run.seed.wrapping_add(iteration);
        let input = mutated(&mut Random(seed), seeds, target.shape);
        match caught(target, &input) {
            Ok(true) => counts.accepted += 1,
            Ok(false) => counts.rejected += 1,
            Err(message) => return Err(failure(target.name, seed, &input, &message)),
        }
    }
    Ok(counts)
}

fn failure(name: &str, seed: u64, input: &[u8], message: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}-{seed}"));
    let saved = match std::fs::write(&path, input) {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("not saved, {error}"),
    };
    format!(
        "{name}, seed {seed}: {message}\nthe input ({} bytes): {saved}\n\
         again: WAVELOCK_FUZZ_SEED={seed} cargo test --test fuzz_smoke -- --exact {name}",
        input.len()
    )
}

/// A run in which a kind of answer is missing says nothing about the code behind it.
fn smoke(target: Target, iterations: u64) -> Result<(), Failed> {
    if let Some(path) = env::var_os("WAVELOCK_FUZZ_INPUT") {
        let input = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let accepted = caught(target, &input)?;
        eprintln!("{}: {}", target.name, if accepted { "accepted" } else { "rejected" });
        return Ok(());
    }
    let seeds = seeds::of(target.name);
    let duration = Duration::from_secs(number("WAVELOCK_FUZZ_SECONDS").unwrap_or(0));
    let seed = number("WAVELOCK_FUZZ_SEED").unwrap_or(1);
    let counts = run(target, &seeds, Run { seed, iterations, duration })?;
    if !duration.is_zero() {
        eprintln!("{}: {counts:?}", target.name);
    }
    let structured = target.name.starts_with("validate") || target.name.starts_with("waves");
    let reached = counts.accepted * 20 >= iterations && (structured || counts.rejected * 20 >= iterations);
    if reached { Ok(()) } else { Err(format!("{counts:?}: expected a twentieth of each at least").into()) }
}

/// Binary files that keep their old hash get nowhere, which is why the mutator makes a new one.
fn a_changed_file_needs_a_new_hash() -> Result<(), Failed> {
    let target = Target { shape: Shape::Bytes, ..TARGETS[0] };
    let once = Run { seed: 1, iterations: 300, duration: Duration::ZERO };
    let all = seeds::of(target.name);
    let stale = run(target, &all, once)?;
    let fresh = run(TARGETS[0], &all, once)?;
    let few = stale.accepted * 2 < fresh.accepted;
    if few { Ok(()) } else { Err(format!("stale hashes {stale:?}, fresh ones {fresh:?}").into()) }
}

/// A target that cannot stand one kind of input is found out, and its seed leads there at once.
fn a_panic_is_found_and_repeated() -> Result<(), Failed> {
    fn fragile(bytes: &[u8]) -> bool {
        assert!(bytes.len() % 8 != 3, "three too many");
        true
    }
    let target = Target { name: "canary", run: fragile, shape: Shape::Bytes };
    let again = |seed| run(target, &seeds::of("proof"), Run { seed, iterations: 600, duration: Duration::ZERO });
    let message = again(1).err().ok_or("not found")?;
    let seed = message.split("WAVELOCK_FUZZ_SEED=").nth(1).and_then(|rest| rest.split(' ').next()).ok_or("no seed")?;
    let repeated = again(seed.parse()?).err();
    if repeated == Some(message) { Ok(()) } else { Err(format!("repeated as {repeated:?}").into()) }
}

/// The crate for cargo-fuzz, which is built with flags of its own and not here, has the same entry points.
fn cargo_fuzz_has_the_same_targets() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
    let listed: Vec<&str> =
        manifest.split("[[bin]]\nname = \"").skip(1).map(|bin| bin.split('"').next().unwrap_or_default()).collect();
    let expected: Vec<&str> = TARGETS.iter().chain(&DEVICE_TARGETS).map(|target| target.name).collect();
    if listed != expected {
        return Err(format!("fuzz/Cargo.toml lists {listed:?}, not {expected:?}").into());
    }
    for name in expected {
        let source = std::fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs")))?;
        if !source.contains(&format!("{name:?}")) {
            return Err(format!("fuzz_targets/{name}.rs does not name its entry point").into());
        }
    }
    Ok(())
}

fn write_corpus(folder: &Path) -> std::io::Result<()> {
    for target in TARGETS.iter().chain(&DEVICE_TARGETS) {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in seeds::of(target.name).iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    if let Some(folder) = env::var_os("WAVELOCK_FUZZ_CORPUS") {
        write_corpus(Path::new(&folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    }
    let trial = |target: &Target| {
        let target = *target;
        Trial::test(target.name, move || smoke(target, ITERATIONS))
    };
    let missing = structured::gpu::missing();
    if let Some(error) = &missing {
        eprintln!("gpu trials are ignored: {error}");
    }
    let on_device = |target: &Target| {
        let target = *target;
        Trial::test(target.name, move || smoke(target, DEVICE_ITERATIONS)).with_ignored_flag(missing.is_some())
    };
    let checks = [
        Trial::test("cargo_fuzz_has_the_same_targets", cargo_fuzz_has_the_same_targets),
        Trial::test("canary::a_changed_file_needs_a_new_hash", a_changed_file_needs_a_new_hash),
        Trial::test("canary::a_panic_is_found_and_repeated", a_panic_is_found_and_repeated),
    ];
    let trials = TARGETS.iter().map(trial).chain(DEVICE_TARGETS.iter().map(on_device)).chain(checks);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
