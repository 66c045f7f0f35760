//! What is said of rows whose speeds are known.

use super::*;
use crate::bench::row::SCHEMA;

fn row(scope: &str, engine: &str, transactions: usize, per_second: f64) -> Row {
    let seconds = transactions as f64 / per_second;
    Row {
        workload: "uniform".to_owned(),
        engine: engine.to_owned(),
        policy: "strict".into(),
        balances: "ample".to_owned(),
        scope: scope.to_owned().into(),
        transactions,
        accounts: 1_000,
        signatures: matches!(scope, "sigverify" | "end_to_end"),
        keys: (scope == "sigverify").then(|| "known".into()),
        per_second,
        samples_s: vec![0.99 * seconds, seconds, 1.01 * seconds],
        ran: engine.to_owned(),
        ..Row::default()
    }
}

fn report(rows: Vec<Row>) -> Report {
    let mut report = Report { schema: SCHEMA.into(), machine: serde_json::json!({"processor": "P", "cores": 2}), rows };
    report.judge();
    report
}

#[test]
fn the_device_wins_from_where_it_never_loses_again() {
    let cpu = [(1, 10.0), (10, 10.0), (100, 10.0)];
    for (gpu, expected) in [
        ([1.0, 20.0, 30.0], Some(Crossover::From(10))),
        ([20.0, 1.0, 30.0], Some(Crossover::From(100))),
        ([20.0, 20.0, 30.0], Some(Crossover::Always(1))),
        ([20.0, 20.0, 10.0], Some(Crossover::Never(100))),
    ] {
        let gpu: Vec<_> = cpu.iter().map(|(size, _)| *size).zip(gpu).collect();
        assert_eq!(crossover(&gpu, &cpu), expected);
    }
    assert_eq!(crossover(&[(1, 1.0)], &[(2, 1.0)]), None);
}

#[test]
fn the_summary_says_who_wins_and_who_loses() {
    let report = report(vec![
        row("sigverify", "parallel", 64, 1_000.0),
        row("sigverify", "gpu", 64, 500.0),
        row("sigverify", "parallel", 1_024, 1_000.0),
        row("sigverify", "gpu", 1_024, 4_500.0),
        row("execute", "parallel", 100_000, 1e6),
        row("execute", "gpu", 100_000, 5e5),
        row("execute", "auto", 100_000, 0.999e6),
        row("end_to_end", "parallel", 100_000, 900.0),
        row("end_to_end", "auto", 100_000, 4_000.0),
        Row { invalid: 50.0, ..row("end_to_end", "auto", 100_000, 9_000.0) },
    ]);
    let [rate, crossover, limit, contention, losing] = report.sentences();
    assert_eq!(rate, "4.0 k signed transactions a second on this machine, end to end, by auto in blocks of 100,000.");
    assert_eq!(
        crossover,
        "The device checks signatures faster than all cores from 1,024 at a time with known keys; at best it is \
         4.50 times as fast, at 1,024, known keys."
    );
    assert!(
        limit.starts_with(
            "What limits signed blocks is checking a signature: at best (gpu, 4.5 k/s) that takes 222 times"
        ),
        "{limit}"
    );
    assert_eq!(contention, "Contention: not measured in this run.");
    assert!(losing.contains("beyond noise, are gpu in 2 of 3 and auto in 0 of 2 cases; the worst is"), "{losing}");
    let losses = report.losses();
    assert_eq!(losses.iter().map(|loss| loss.ratio).collect::<Vec<_>>(), [0.5, 0.5, 0.999]);
    assert!(!losses[2].clear, "within noise");
}

#[test]
fn a_steady_rate_is_no_loss() {
    let latency = |load| Some(crate::bench::row::Latency { load, p50_s: 0.1, p99_s: 0.2 });
    let report = report(vec![
        Row { latency: latency(0.5), ..row("end_to_end", "parallel-pipeline", 1_000, 900.0) },
        Row { latency: latency(0.5), ..row("end_to_end", "auto-pipeline", 1_000, 400.0) },
        row("end_to_end", "parallel", 1_000, 900.0),
        row("end_to_end", "auto-pipeline", 1_000, 800.0),
    ]);
    assert_eq!(report.losses().len(), 1);
    assert!(report.sentences()[4].contains("auto in 1 of 1 cases"), "{}", report.sentences()[4]);
}

#[test]
fn stages_say_what_limits() {
    let stages_s = [("sigverify".into(), 0.9), ("execute".into(), 0.1)].into();
    let report = report(vec![Row { stages_s, ..row("end_to_end", "gpu", 1_000, 1_000.0) }]);
    assert_eq!(
        report.sentences()[2],
        "What limits signed blocks is the stage sigverify, which takes 90 % of the time (gpu in blocks of 1,000)."
    );
}

#[test]
fn block_stm_is_met_on_the_same_blocks_only() {
    let one = |engine: &str, accounts: usize, per_second: f64| Row {
        accounts,
        grid: Some("block-stm".into()),
        peer: engine == "block-stm",
        ..row("execute", engine, 10_000, per_second)
    };
    let report = report(vec![
        one("block-stm", 10_000, 100.0),
        one("parallel", 10_000, 250.0),
        one("gpu", 10_000, 50.0),
        one("block-stm", 2, 10.0),
        one("gpu", 2, 120.0),
        one("parallel", 100, 1.0),
    ]);
    let versus = report.versus_block_stm();
    assert_eq!(versus.iter().map(|one| one.peer.accounts).collect::<Vec<_>>(), [2, 10_000]);
    assert!(versus[0].parallel.is_none() && versus[0].best().map(|row| row.per_second) == Some(120.0));
    assert_eq!(
        report.sentences()[3],
        "Executing unsigned blocks of 10,000, our faster engine does 12.0 times (gpu) what Block-STM does between 2 \
         accounts, and 2.50 times (parallel) between 10,000."
    );
}

#[test]
fn an_empty_report_says_that_nothing_was_measured() {
    let report = report(Vec::new());
    assert!(report.sentences().iter().all(|sentence| sentence.ends_with("not measured in this run.")));
    assert!(report.losses().is_empty() && report.noise_words().is_none());
}
