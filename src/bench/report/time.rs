//! Figures of time: where it goes, and how long a block waits.

use super::bars::{Bar, Bars};
use super::chart::{Caption, Lines, Point, Series};
use super::dots::{Dot, DotRow, Dots};
use super::figures::{capital, families};
use super::palette::Palette;
use super::scale::Unit;
use crate::bench::row::{Case, Report, Row, Timed};
use crate::bench::statistics::percentile;
use crate::bench::words::{self, count, scope};

/// Stages in the order in which a block goes through them.
const STAGES: [&str; 9] =
    ["snapshot", "encode", "sigverify", "conflict", "execute", "root", "readback", "verify", "commit"];
/// Figures of stages: the largest blocks say most.
const MOST: usize = 6;
/// Shares of all blocks at which a distribution is drawn.
const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
/// A distribution is drawn from this many blocks on.
const BLOCKS: usize = 20;

/// Where the time of a block goes, a figure a workload, a bar an engine.
pub fn stages(report: &Report, palette: &Palette) -> Vec<Bars> {
    let wanted =
        |row: &&Row| !row.stages_s.is_empty() && row.cores.is_none() && row.latency.is_none() && row.invalid == 0.0;
    let mut cases: Vec<(Case, Vec<&Row>)> = families(report.rows.iter().filter(wanted), |_| {}).into_iter().collect();
    cases.sort_by_key(|(case, rows)| {
        let unusual = (case.timed != Timed::EndToEnd, case.scope != "end_to_end", case.grid.is_some());
        (unusual, std::cmp::Reverse((case.transactions, rows.len())))
    });
    let figures = cases.into_iter().take(MOST).enumerate().map(|(index, (case, mut rows))| {
        rows.sort_by_key(|row| palette.place(&row.engine));
        let first = rows[0];
        let title = capital(format!("{}: {}, {}", scope(&case.scope).0, words::describe(first), words::size(first)));
        let bar = |row: &&Row| {
            let place = |stage: &str| STAGES.iter().position(|known| *known == stage).unwrap_or(STAGES.len());
            let mut parts: Vec<(String, f64)> =
                row.stages_s.iter().map(|(stage, time)| (stage.to_string(), time / case.transactions as f64)).collect();
            parts.sort_by_key(|(stage, _)| place(stage));
            Bar { label: row.engine.clone(), parts }
        };
        let description = format!("{title}: time a transaction by stage, one bar per engine.");
        Bars {
            caption: Caption { id: format!("stages-{index}"), title, description },
            unit: ("time a transaction".to_owned(), Unit::Seconds),
            bars: rows.iter().map(bar).collect(),
        }
    });
    figures.collect()
}

fn load(row: &Row) -> f64 {
    row.latency.map_or(0.0, |latency| latency.load)
}

/// Rows under a steady load, by everything but the load, engines in the palette's order.
fn loaded<'a>(report: &'a Report, palette: &Palette) -> Vec<(Case, Vec<&'a Row>)> {
    let rows = report.rows.iter().filter(|row| row.latency.is_some());
    let mut found: Vec<(Case, Vec<&Row>)> = families(rows, |case| case.load = None).into_iter().collect();
    for (_, rows) in &mut found {
        rows.sort_by(|a, b| palette.place(&a.engine).cmp(&palette.place(&b.engine)).then(load(a).total_cmp(&load(b))));
    }
    found
}

/// From the median to the 99th of 100 blocks, by engine and load.
pub fn latency(report: &Report, palette: &Palette) -> Vec<Dots> {
    let figures = loaded(report, palette).into_iter().enumerate().map(|(index, (case, rows))| {
        let title = capital(format!("{}, blocks of {}", scope(&case.scope).0, count(case.transactions as u64)));
        let row = |row: &&Row| {
            let latency = row.latency?;
            let dot = |name: &str, value: f64, hollow: bool| Dot {
                name: name.to_owned(),
                class: palette.class(&row.engine),
                value,
                hollow,
                label: Some(words::seconds(value)),
            };
            let label = format!("{} at {}", row.engine.replace("-pipeline", ""), words::percent(latency.load));
            let dots = vec![dot("median", latency.p50_s, false), dot("99 of 100", latency.p99_s, true)];
            Some(DotRow { label, dots })
        };
        let description = format!(
            "{title}: time from the moment at which a block was due to its outcome, the median and what 99 of 100 blocks \
             do not exceed, by engine and load."
        );
        Dots {
            caption: Caption { id: format!("latency-{index}"), title, description },
            unit: ("latency".to_owned(), Unit::Seconds),
            rows: rows.iter().filter_map(row).collect(),
            base: None,
            width: Dots::USUAL,
        }
    });
    figures.collect()
}

/// Every share of the blocks with the latency that it does not exceed, a figure a load.
pub fn distributions(report: &Report, palette: &Palette) -> Vec<Lines> {
    let mut lines = Vec::new();
    for (case, rows) in loaded(report, palette) {
        let mut loads: Vec<f64> = rows.iter().map(|row| load(row)).collect();
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        for at in loads {
            let rows = rows.iter().filter(|row| load(row) == at && row.samples_s.len() >= BLOCKS);
            let series: Vec<Series> = rows.map(|row| distribution(row, palette)).collect();
            if series.is_empty() {
                continue;
            }
            let size = count(case.transactions as u64);
            let title = format!("Distribution at {} of the peak rate, blocks of {size}", words::percent(at));
            let description =
                format!("{title}: the latency that each share of the blocks does not exceed, one line per engine.");
            lines.push(Lines {
                caption: Caption { id: format!("distribution-{}", lines.len()), title, description },
                x: ("of the blocks".to_owned(), Unit::Percent),
                y: ("latency".to_owned(), Unit::Seconds),
                log_x: false,
                series,
                mark: None,
            });
        }
    }
    lines
}

fn distribution(row: &Row, palette: &Palette) -> Series {
    let point = |share: f64| Point { x: share, y: percentile(&row.samples_s, share), between: None };
    Series {
        name: row.engine.replace("-pipeline", ""),
        class: palette.class(&row.engine),
        hollow: row.peer,
        points: SHARES.map(point).to_vec(),
    }
}
