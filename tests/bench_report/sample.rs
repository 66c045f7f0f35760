//! A report in which every kind of row occurs, made up: it is about figures and tables, not about speeds.

use wavelock::bench::{Latency, Name, Report, Row, SCHEMA, Timed};

/// Engines and what they do a second, roughly.
const ENGINES: [(&str, f64, bool); 7] = [
    ("serial", 9e6, false),
    ("parallel", 28e6, false),
    ("gpu", 3e6, false),
    ("auto", 27e6, false),
    ("block-stm", 2e6, true),
    ("plain", 21e6, true),
    ("<b>\"odd\" & peer</b>", 4e6, true),
];

fn row(scope: &'static str, engine: &str, transactions: usize, accounts: usize, per_second: f64) -> Row {
    let seconds = transactions as f64 / per_second;
    Row {
        workload: "uniform".to_owned(),
        engine: engine.to_owned(),
        policy: "strict".into(),
        balances: "ample".to_owned(),
        scope: scope.into(),
        transactions,
        accounts,
        signatures: matches!(scope, "sigverify" | "end_to_end"),
        per_second,
        samples_s: [1.0, 0.99, 1.02, 1.01, 0.98, 1.0, 1.03].map(|factor| seconds * factor).to_vec(),
        ran: engine.to_owned(),
        rounds: 1,
        ..Row::default()
    }
}

/// The whole report.
pub fn report() -> Report {
    let mut rows = Vec::new();
    for (engine, speed, peer) in ENGINES {
        for blocks in [1_000, 10_000] {
            for accounts in [2, 10, 100, 1_000, 10_000] {
                let speed = if engine == "block-stm" { speed * (accounts as f64 / 1e4).powf(0.2) } else { speed };
                let workload = "p2p".to_owned();
                let grid = Some("block-stm".into());
                rows.push(Row { grid, peer, workload, ..row("execute", engine, blocks, accounts, speed) });
            }
        }
        for accounts in [1_000, 10_000, 10_000_000] {
            rows.push(Row { peer, ..row("execute", engine, 1_000_000, accounts, speed) });
        }
        for workload in ["uniform", "two-accounts", "chain"] {
            rows.push(Row { peer, workload: workload.to_owned(), ..row("execute", engine, 100_000, 10_000, speed) });
        }
    }
    for (engine, speed) in [("parallel", 80e3), ("gpu", 280e3), ("auto", 370e3)] {
        for (keys, sizes) in [("cold", [64, 1_024, 65_536]), ("known", [64, 1_024, 65_536])] {
            for size in sizes {
                let speed = if engine == "gpu" { speed * (size as f64 / 65_536.0).powf(0.3) } else { speed };
                rows.push(Row { keys: Some(keys.into()), ..row("sigverify", engine, size, size, speed) });
            }
        }
        for size in [1_000, 10_000, 100_000] {
            let block = row("end_to_end", engine, size, 10_000, speed);
            let parts = [("sigverify", 0.8), ("execute", 0.1), ("root", 0.06), ("verify", 0.04)];
            let seconds = size as f64 / speed;
            let stages_s = parts.map(|(stage, share)| (Name::from(stage), share * seconds)).into();
            rows.push(Row { keys: Some("known".into()), stages_s, ..block });
        }
        for cores in [1, 2, 4] {
            let block = row("end_to_end", engine, 100_000, 10_000, speed * cores as f64);
            rows.push(Row { cores: Some(cores), ..block });
        }
        for load in [0.5, 0.9] {
            let latency = Some(Latency { load, p50_s: 0.1 * load, p99_s: 0.3 * load });
            let one = row("end_to_end", engine, 10_000, 10_000, speed);
            let samples_s = (1..=40).map(|block| 0.01 * load * block as f64).collect();
            rows.push(Row { latency, samples_s, workload: "blocks at a steady rate".to_owned(), ..one });
        }
    }
    for timed in [Timed::Kernel, Timed::Device] {
        rows.push(Row { timed, ..row("execute", "gpu", 100_000, 10_000, 5e6) });
    }
    let machine = serde_json::json!({
        "processor": "A <processor> & more", "cores": 2, "os": "linux", "architecture": "x86_64",
        "avx512_signatures": true,
        "device": {
            "adapter": "A \"card\"", "kind": "software", "backend": "vulkan", "driver": "1",
            "binding_bytes": 1, "int64": true,
        },
        "version": "0.1.0", "optimised": true, "notes": [], "date": "2026-01-02T03:04:05Z",
    });
    let mut report = Report { schema: SCHEMA.into(), machine, rows };
    report.judge();
    report
}
