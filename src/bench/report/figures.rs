//! Which rows make which figure. Every figure has rows of one scope and one clock only.

use super::chart::{Caption, Lines, Point, Series};
use super::dots::{Dot, DotRow, Dots};
use super::palette::Palette;
use super::scale::Unit;
use crate::bench::findings::{Crossover, Versus, base_engine, crossover, is_plain, uses_device};
use crate::bench::row::{Case, Report, Row, Timed};
use crate::bench::words::{count, rate, scope, times};
use std::collections::BTreeMap;

/// The part of a case that stays the same along a line: everything but what runs across.
fn family(row: &Row, vary: impl Fn(&mut Case)) -> Case {
    let mut case = row.case();
    vary(&mut case);
    case
}

/// Rows by family, families in order; within a family by engine, engines in the palette's order.
pub(super) fn families<'a>(
    rows: impl Iterator<Item = &'a Row>,
    vary: impl Fn(&mut Case),
) -> BTreeMap<Case, Vec<&'a Row>> {
    let mut found: BTreeMap<Case, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        found.entry(family(row, &vary)).or_default().push(row);
    }
    found
}

/// A line per engine; of rows that stand at the same place the first counts.
fn series(rows: &[&Row], palette: &Palette, across: impl Fn(&Row) -> f64) -> Vec<Series> {
    let mut engines: Vec<&str> = rows.iter().map(|row| row.engine.as_str()).collect();
    engines.sort_by_key(|engine| (palette.place(engine), *engine));
    engines.dedup();
    let one = |engine: &str| {
        let mut points: Vec<Point> = Vec::new();
        let own = rows.iter().filter(|row| row.engine == engine);
        for row in own.clone() {
            let x = across(row);
            if points.iter().all(|point| point.x != x) {
                let items = row.per_second * row.median_s();
                let between = row.interval_s.map(|ends| (items / ends.high, items / ends.low));
                points.push(Point { x, y: row.per_second, between });
            }
        }
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        let hollow = own.clone().any(|row| row.peer) || base_engine(engine) != engine;
        Series { name: engine.to_owned(), class: palette.class(engine), hollow, points }
    };
    engines.into_iter().map(one).collect()
}

fn distinct(rows: &[&Row], across: impl Fn(&Row) -> usize) -> usize {
    rows.iter().map(|row| across(row)).collect::<std::collections::BTreeSet<_>>().len()
}

/// Fastest at the far right, for the description.
fn ends_with(series: &[Series]) -> String {
    let last = series.iter().filter_map(|one| Some((one, one.points.last()?)));
    last.max_by(|(_, a), (_, b)| a.y.total_cmp(&b.y)).map_or(String::new(), |(one, point)| {
        format!(" The fastest at the largest is {} with {} a second.", one.name, rate(point.y))
    })
}

fn mark(series: &[Series]) -> Option<(f64, String)> {
    let points = |engine: &str| -> Vec<(usize, f64)> {
        let found = series.iter().find(|one| one.name == engine);
        found.map_or(Vec::new(), |one| one.points.iter().map(|point| (point.x as usize, point.y)).collect())
    };
    match crossover(&points("gpu"), &points("parallel"))? {
        Crossover::From(size) => Some((size as f64, format!("gpu ahead from {} on", count(size as u64)))),
        Crossover::Always(size) => {
            Some((size as f64, format!("gpu ahead from {} on, the smallest", count(size as u64))))
        }
        Crossover::Never(_) => None,
    }
}

/// Throughput by batch size, with the place marked from which on the device is faster.
pub fn by_size(report: &Report, palette: &Palette) -> Vec<Lines> {
    let plain = |row: &&Row| is_plain(row) && !row.workload.contains(", ");
    let panel = |id: &str, title: String, unit: &str, rows: Vec<&Row>| {
        if distinct(&rows, |row| row.transactions) < 2 {
            return None;
        }
        let series = series(&rows, palette, |row| row.transactions as f64);
        let mark = mark(&series);
        let place = mark
            .as_ref()
            .map_or("The device is ahead at no size up to the largest.".to_owned(), |(_, text)| format!("{text}."));
        let description = format!("{title}: {unit} by batch size, one line per engine. {place}{}", ends_with(&series));
        Some(Lines {
            caption: Caption { id: format!("size-{id}"), title, description },
            x: ("batch size".to_owned(), Unit::Number),
            y: (unit.to_owned(), Unit::Number),
            log_x: true,
            series,
            mark,
        })
    };
    let rows = |wanted: &dyn Fn(&Row) -> bool| -> Vec<&Row> {
        report.rows.iter().filter(plain).filter(|row| wanted(row)).collect()
    };
    let signatures =
        |keys: &'static str| rows(&move |row| row.scope == "sigverify" && row.keys.as_deref() == Some(keys));
    // Of blocks, those over as many accounts as most are; whether their keys were met follows from the size.
    let most = |wanted: &str, signed: bool| -> Vec<&Row> {
        let blocks = rows(&|row| row.scope == wanted && row.workload == "uniform" && row.signatures == signed);
        let vary = |case: &mut Case| (case.transactions, case.keys) = (0, None);
        let found = families(blocks.into_iter(), vary);
        found.into_values().max_by_key(|rows| distinct(rows, |row| row.transactions)).unwrap_or_default()
    };
    [
        panel("unknown", "Signatures, unknown keys".to_owned(), "signatures a second", signatures("cold")),
        panel("known", "Signatures, known keys".to_owned(), "signatures a second", signatures("known")),
        panel("blocks", "Signed blocks, end to end".to_owned(), "transactions a second", most("end_to_end", true)),
        panel(
            "execute",
            "Execution alone, spread over many accounts".to_owned(),
            "transfers a second",
            most("execute", false),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Fewest accounts of a line that is about scale, not contention.
const SCALE: usize = 1_000;

/// Throughput by the number of accounts that transfers are between: lines that begin with few of them are about
/// contention, the others about `scale`.
pub fn by_accounts(report: &Report, palette: &Palette, scale: bool) -> Vec<Lines> {
    let wanted = |row: &&Row| {
        let scope = matches!(row.scope.as_ref(), "execute" | "end_to_end");
        scope
            && row.timed == Timed::EndToEnd
            && row.latency.is_none()
            && row.cores.is_none()
            && row.invalid == 0.0
            && matches!(row.balances.as_str(), "ample" | "")
    };
    let found = families(report.rows.iter().filter(wanted), |case| (case.accounts, case.keys) = (0, None));
    let lines = found.into_iter().filter(|(_, rows)| distinct(rows, |row| row.accounts) >= 3);
    let lines = lines.filter(|(_, rows)| rows.iter().all(|row| row.accounts >= SCALE) == scale);
    let mut lines: Vec<_> = lines.collect();
    // Unsigned blocks show contention best, and what was met before is what most rows have.
    lines.sort_by_key(|(case, _)| (case.signatures, case.state.as_deref() == Some("cold")));
    let lines = lines.into_iter().enumerate().map(|(index, (case, rows))| {
        let series = series(&rows, palette, |row| row.accounts as f64);
        let (name, _) = scope(&case.scope);
        let grid = case.grid.as_ref().map_or(case.workload.clone(), |grid| format!("{grid}, {}", case.workload));
        let signed = if case.signatures { "signed" } else { "unsigned" };
        let state = case.state.as_ref().map_or(String::new(), |state| format!(", {state} state"));
        let title = capital(format!("{grid}: {name}, {signed} blocks of {}{state}", count(case.transactions as u64)));
        let description =
            format!("{title}: transactions a second by number of accounts, one line per engine.{}", ends_with(&series));
        Lines {
            caption: Caption {
                id: format!("{name}-{index}", name = if scale { "accounts" } else { "contention" }),
                title,
                description,
            },
            x: ("accounts".to_owned(), Unit::Number),
            y: ("transactions a second".to_owned(), Unit::Number),
            log_x: true,
            series,
            mark: None,
        }
    });
    lines.collect()
}

fn dots(rows: &[&Row], palette: &Palette) -> Vec<Dot> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| (palette.place(&row.engine), row.engine.clone()));
    rows.dedup_by_key(|row| row.engine.clone());
    let dot = |row: &&Row| Dot {
        name: row.engine.clone(),
        class: palette.class(&row.engine),
        value: row.per_second,
        hollow: row.peer,
        label: None,
    };
    rows.iter().map(dot).collect()
}

/// Execution by shape: who pays whom, at one size.
pub fn by_shape(report: &Report, palette: &Palette) -> Option<Dots> {
    let wanted =
        |row: &&Row| row.scope == "execute" && is_plain(row) && !row.signatures && row.state.as_deref() != Some("cold");
    let sizes = families(report.rows.iter().filter(wanted), |case| {
        (case.workload, case.accounts, case.keys) = (String::new(), 0, None)
    });
    let names =
        |rows: &Vec<&Row>| rows.iter().map(|row| &row.workload).collect::<std::collections::BTreeSet<_>>().len();
    let (case, rows) = sizes.into_iter().max_by_key(|(_, rows)| names(rows))?;
    let mut shapes: Vec<&str> = Vec::new();
    for row in &rows {
        if !shapes.contains(&row.workload.as_str()) {
            shapes.push(&row.workload);
        }
    }
    if shapes.len() < 3 {
        return None;
    }
    let of = |shape: &str| rows.iter().copied().filter(|row| row.workload == shape).collect::<Vec<_>>();
    let rows =
        shapes.iter().map(|shape| DotRow { label: (*shape).to_owned(), dots: dots(&of(shape), palette) }).collect();
    let title = capital(format!("Execution by shape, blocks of {}", count(case.transactions as u64)));
    let description = format!(
        "{title}: transfers a second of every engine, for every way in which payments can be spread over accounts."
    );
    Some(Dots {
        caption: Caption { id: "shapes".to_owned(), title, description },
        unit: ("transfers a second".to_owned(), Unit::Number),
        rows,
        base: None,
        width: Dots::USUAL,
    })
}

/// Throughput by cores that the CPU's part may use.
pub fn by_cores(report: &Report, palette: &Palette) -> Vec<Lines> {
    let rows =
        report.rows.iter().filter(|row| row.cores.is_some() && row.timed == Timed::EndToEnd && row.latency.is_none());
    let found = families(rows, |case| case.cores = None);
    let lines = found.into_iter().filter(|(_, rows)| distinct(rows, |row| row.cores.unwrap_or(0)) >= 2);
    let lines = lines.enumerate().map(|(index, (case, rows))| {
        let series = series(&rows, palette, |row| row.cores.unwrap_or(0) as f64);
        let signed = if case.signatures { "signed" } else { "unsigned" };
        let title = capital(format!(
            "{}, {signed} {}, {}",
            scope(&case.scope).0,
            case.workload,
            count(case.transactions as u64)
        ));
        let description = format!("{title}: throughput by number of cores, one line per engine.{}", ends_with(&series));
        Lines {
            caption: Caption { id: format!("cores-{index}"), title, description },
            x: ("cores".to_owned(), Unit::Number),
            y: ("a second".to_owned(), Unit::Number),
            log_x: false,
            series,
            mark: None,
        }
    });
    lines.collect()
}

/// Our engines against Block-STM, which is 1.
pub fn versus(versus: &[Versus], palette: &Palette) -> Option<Dots> {
    let first = versus.first()?;
    let rows = versus.iter().map(|one| {
        let dot = |row: &Row| {
            let ratio = row.per_second / one.peer.per_second;
            Dot {
                name: row.engine.clone(),
                class: palette.class(&row.engine),
                value: ratio,
                hollow: false,
                label: Some(format!("{}×", times(ratio))),
            }
        };
        DotRow {
            label: format!("{} accounts", count(one.peer.accounts as u64)),
            dots: [one.parallel, one.gpu, one.auto].into_iter().flatten().map(dot).collect(),
        }
    });
    let title =
        capital(format!("Times as fast as Block-STM, unsigned blocks of {}", count(first.peer.transactions as u64)));
    let description =
        format!("{title}, by number of accounts. Right of the line our engine is faster, left of it Block-STM is.");
    Some(Dots {
        caption: Caption { id: "block-stm".to_owned(), title, description },
        unit: ("times as fast".to_owned(), Unit::Ratio),
        rows: rows.filter(|row| !row.dots.is_empty()).collect(),
        base: Some(1.0),
        width: Dots::USUAL,
    })
}

/// A title begins with a capital.
pub(super) fn capital(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Whether an engine of this report has a device.
pub fn has_device(report: &Report) -> bool {
    report.rows.iter().any(|row| uses_device(&row.engine))
}
