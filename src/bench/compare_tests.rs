//! Comparisons of runs whose true speeds are known.

use super::*;
use crate::bench::row::SCHEMA;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// How a run is made up: how long rows take, how noisy they are, how many samples each has.
#[derive(Clone, Copy)]
struct Run {
    /// Times as long as usual, for rows that `slow` names.
    factor: f64,
    /// Which rows: those of this engine whose number is below this.
    slow: (&'static str, usize),
    /// Standard deviation of a sample.
    noise: f64,
    samples: usize,
    /// Standard deviation of what the machine's state does to a row, the same for all of a run's samples.
    unrest: f64,
    seed: u64,
}

const USUAL: Run = Run { factor: 1.0, slow: ("gpu", 0), noise: 0.02, samples: 9, unrest: 0.0, seed: 0 };

/// Forty rows of three engines. Noise as machines have it: a floor, a tail to the right, and one sample in twenty that
/// something else got into.
fn run(how: Run) -> Report {
    let mut rng = ChaCha20Rng::seed_from_u64(how.seed);
    let mut rows = Vec::new();
    for number in 0..40 {
        for engine in ["parallel", "gpu", "auto"] {
            let slow = engine == how.slow.0 && number < how.slow.1;
            let state = if how.unrest > 0.0 { (how.unrest * normal(&mut rng)).exp() } else { 1.0 };
            let usual = 0.001 * (number + 1) as f64 * state * if slow { how.factor } else { 1.0 };
            let mut sample = || {
                let normal = normal(&mut rng);
                let spike = if rng.random::<f64>() < 0.05 { 1.0 + rng.random::<f64>() } else { 1.0 };
                usual * (how.noise * normal).exp() * spike
            };
            let samples_s: Vec<f64> = (0..how.samples).map(|_| sample()).collect();
            rows.push(Row {
                workload: format!("shape {number}"),
                engine: engine.to_owned(),
                scope: "execute".into(),
                transactions: 1_000,
                per_second: 1_000.0 / statistics::median(&samples_s),
                samples_s,
                ..Row::default()
            });
        }
    }
    let mut report =
        Report { schema: SCHEMA.into(), machine: serde_json::json!({"processor": "one", "cores": 2}), rows };
    report.judge();
    report
}

fn normal(rng: &mut ChaCha20Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

fn regression(old: &Report, new: &Report) -> Option<String> {
    compare(old, new).expect("one machine").regression()
}

#[test]
fn identical_runs_are_the_same() {
    let report = run(USUAL);
    let comparison = compare(&report, &report).expect("one machine");
    assert_eq!(comparison.regression(), None);
    assert!(comparison.rows.iter().all(|change| change.verdict == Verdict::Same && change.ratio == 1.0));
    assert!(comparison.to_text().contains("120 rows compared: 0 slower and 0 faster"), "{}", comparison.to_text());
}

/// Between two runs the machine got other neighbours, which slow rows down at random: that is nobody's fault, and a row that is
/// slower by far more is still found.
#[test]
fn unrest_is_not_named() {
    let mut named = 0;
    for seed in 0..100 {
        let unrest = [0.05, 0.1, 0.2][seed as usize % 3];
        let [old, new] = [0, 1].map(|side| run(Run { unrest, seed: 900 + 2 * seed + side, ..USUAL }));
        let comparison = compare(&old, &new).expect("one machine");
        named += comparison.having(Verdict::Slower).len();
        let worse = run(Run { unrest, slow: ("gpu", 1), factor: (14.0 * unrest).exp(), seed: 901 + 2 * seed, ..USUAL });
        let comparison = compare(&old, &worse).expect("one machine");
        let slower = comparison.having(Verdict::Slower);
        assert!(slower.iter().any(|change| change.new.engine == "gpu" && change.new.workload == "shape 0"), "{seed}");
    }
    // Of 12,000 rows; the spread itself is an estimate.
    assert!(named <= 6, "{named} rows");
}

/// Pure noise, over and over, quiet and loud, few samples and many: nothing is named, neither slower nor faster.
#[test]
fn noise_is_not_named() {
    for seed in 0..200 {
        let noise = [0.005, 0.02, 0.05, 0.15][seed as usize % 4];
        let samples = [3, 5, 7, 15][seed as usize / 4 % 4];
        let [old, new] = [0, 1].map(|side| run(Run { noise, samples, seed: 2 * seed + side, ..USUAL }));
        let comparison = compare(&old, &new).expect("one machine");
        let named: Vec<_> = [Verdict::Slower, Verdict::Faster].map(|verdict| comparison.having(verdict).len()).into();
        assert_eq!((comparison.regression(), named), (None, vec![0, 0]), "seed {seed}, {noise}, {samples} samples");
    }
}

/// One row of 120 that is 10 % slower, with noise as it is: it is named in nearly every run, and no other ever.
#[test]
fn one_slower_row_is_named() {
    let mut found = 0;
    for seed in 0..50 {
        let old = run(Run { seed, ..USUAL });
        let new = run(Run { factor: 1.1, slow: ("gpu", 1), seed: 1_000 + seed, noise: 0.01, ..USUAL });
        let comparison = compare(&old, &new).expect("one machine");
        let named: Vec<&str> =
            comparison.having(Verdict::Slower).iter().map(|change| change.new.workload.as_str()).collect();
        assert!(named.iter().all(|name| *name == "shape 0"), "seed {seed}: {named:?}");
        found += named.len();
    }
    assert!(found >= 45, "found in {found} of 50 runs");
}

/// An engine that is 10 % slower everywhere: found in every run, with as few as three noisy samples a row, and the
/// others are not.
#[test]
fn a_slower_engine_is_named() {
    for seed in 0..50 {
        for (samples, noise) in [(3, 0.03), (5, 0.02), (9, 0.05)] {
            let old_run = Run { seed, samples, noise, ..USUAL };
            let old = run(old_run);
            let new = run(Run { factor: 1.1, slow: ("gpu", 40), seed: 1_000 + seed, ..old_run });
            let said = regression(&old, &new).unwrap_or_default();
            assert!(said.contains("gpu execute by 1.") && !said.contains("parallel execute"), "seed {seed}: {said}");
            let back = compare(&new, &old).expect("one machine");
            assert_eq!(back.regression(), None, "seed {seed}: faster is no regression");
            assert!(back.groups.iter().any(|group| group.verdict == Verdict::Faster && group.name.2 == "gpu"));
        }
    }
}

/// A machine that got slower as a whole explains rows that did, and only so far.
#[test]
fn the_machine_is_taken_off() {
    let mut old = run(USUAL);
    let mut new = run(Run { factor: 1.12, slow: ("gpu", 40), seed: 1, ..USUAL });
    old.machine["calibration"] = serde_json::json!({"median_s": 0.0010});
    new.machine["calibration"] = serde_json::json!({"median_s": 0.0010});
    assert!(regression(&old, &new).is_some());
    new.machine["calibration"] = serde_json::json!({"median_s": 0.0012});
    assert_eq!(regression(&old, &new), None);
    assert!(compare(&old, &new).expect("one machine").to_text().contains("the machine itself changed"));
    // A faster machine makes nobody a regression.
    new.machine["calibration"] = serde_json::json!({"median_s": 0.0005});
    let same = run(Run { seed: 2, ..USUAL });
    let faster = Report { machine: new.machine.clone(), ..same };
    assert_eq!(regression(&old, &faster), None);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let old = run(USUAL);
    let mut other = old.clone();
    other.machine["cores"] = 4.into();
    let error = compare(&old, &other).expect_err("two machines").to_string();
    assert!(error.contains("cores: 2 then, 4 now"), "{error}");
    let mut elsewhere = old.clone();
    elsewhere.rows.iter_mut().for_each(|row| row.scope = "root".into());
    let error = compare(&old, &elsewhere).expect_err("two scopes").to_string();
    assert!(error.contains("no row is in both reports"), "{error}");
    let mut fewer = old.clone();
    fewer.rows.truncate(30);
    let comparison = compare(&old, &fewer).expect("one machine");
    assert_eq!(comparison.rows.len(), 30);
    assert!(comparison.to_text().contains("90 rows that only the old report has, 0 that only the new one has"));
}
