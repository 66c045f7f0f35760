//! The report as one page that needs nothing else: no scripts, no fonts, no pictures from elsewhere.
//!
//! The markup is XML as well as HTML, so that whoever tests it can read it strictly.

mod bars;
mod chart;
mod dots;
mod facts;
mod figures;
mod palette;
mod picture;
mod scale;
mod time;

pub use picture::picture;

use super::findings::Loss;
use super::row::{Report, Row, Timed};
use super::words::{self, count, describe, rate, scope, size, times};
use maud::{Markup, PreEscaped, html};
use palette::Palette;

const STYLE: &str = include_str!("style.css");

/// The page for a report.
pub fn page(report: &Report) -> String {
    let palette = Palette::new(report);
    let head = html! {
        head {
            (PreEscaped(r#"<meta charset="utf-8"/>"#))
            (PreEscaped(r#"<meta name="viewport" content="width=device-width, initial-scale=1"/>"#))
            (PreEscaped(r#"<meta name="color-scheme" content="light dark"/>"#))
            title { "Wavelock bench: " (report.machine_words()) }
            style { (PreEscaped(STYLE)) }
        }
    };
    let body = html! {
        body { main {
            (summary(report))
            (throughput(report, &palette))
            (contention(report, &palette))
            (block_stm(report, &palette))
            (stages(report, &palette))
            (latency(report, &palette))
            (scale_section(report, &palette))
            (losses(report))
            (device_times(report))
            (facts::machine(report))
            (facts::method(report))
            (every_row(report))
        } }
    };
    let html = html! { html lang="en" xmlns="http://www.w3.org/1999/xhtml" { (head) (body) } };
    format!("<!DOCTYPE html>\n{}\n", html.into_string())
}

/// What stands where nothing was measured.
fn missing() -> Markup {
    html! { p class="missing" { "Not measured in this run." } }
}

fn charts(figures: Vec<Markup>) -> Markup {
    if figures.is_empty() {
        return missing();
    }
    html! { div class="charts" { @for figure in figures { (figure) } } }
}

fn summary(report: &Report) -> Markup {
    let date = report.machine.pointer("/date").and_then(serde_json::Value::as_str).unwrap_or("date unknown");
    html! {
        header {
            h1 { "Wavelock bench" }
            p class="where" { (report.machine_words()) " · " (date.split('T').next().unwrap_or(date)) }
            @if let Some(best) = report.best_signed() {
                p class="big" { (rate(best.per_second)) " " small { "signed transactions a second" } }
            }
            ol class="summary" { @for sentence in report.sentences() { li { (sentence) } } }
            @if let Some(noise) = report.noise_words() { p class="warn" { (noise) } }
        }
    }
}

fn throughput(report: &Report, palette: &Palette) -> Markup {
    let figures = figures::by_size(report, palette).iter().map(chart::Lines::draw).collect();
    html! {
        section id="throughput" {
            h2 { "Throughput by batch size" }
            p class="sub" {
                "Medians, end to end: transfers to the device and back are in them. The thin vertical lines are the \
                 medians' intervals. Where gpu becomes faster than all cores (parallel) for good, a dotted line says so."
            }
            (charts(figures))
        }
    }
}

fn contention(report: &Report, palette: &Palette) -> Markup {
    let mut figures: Vec<Markup> = Vec::new();
    let by_accounts = figures::by_accounts(report, palette, false);
    figures.extend(by_accounts.iter().map(chart::Lines::draw));
    figures.extend(figures::by_shape(report, palette).map(|shapes| shapes.draw()));
    html! {
        section id="contention" {
            h2 { "Throughput by contention" }
            p class="sub" {
                "Few accounts mean that nearly every transfer waits for another one. Dashed lines and hollow points are \
                 other people's methods, run on the same transactions in the same process, or an engine in a pipeline."
            }
            (charts(figures))
        }
    }
}

fn block_stm(report: &Report, palette: &Palette) -> Markup {
    let versus = report.versus_block_stm();
    let ratio = |row: Option<&Row>, peer: &Row| row.map(|row| row.per_second / peer.per_second);
    let cell = |row: Option<&Row>, peer: &Row| {
        html! {
            @match ratio(row, peer) {
                Some(found) => td class={ @if found < 1.0 { "lost" } } { (times(found)) " ×" },
                None => td { "–" },
            }
        }
    };
    html! {
        section id="block-stm-section" {
            h2 { "Against Block-STM" }
            @if versus.is_empty() { (missing()) } @else {
                p class="sub" {
                    "The same unsigned blocks, executed by Block-STM as its paper describes it and by our engines. \
                     Ratios below 1, where Block-STM is faster, are set apart."
                }
                (charts(figures::versus(&versus, palette).iter().map(dots::Dots::draw).collect()))
                div class="scroll" { table {
                    thead { tr { th colspan="2" {} th scope="colgroup" colspan="4" { "transactions a second" }
                        th scope="colgroup" colspan="3" { "times Block-STM" } } tr {
                        th class="text" scope="col" { "workload" }
                        th scope="col" { "accounts" } th scope="col" { "Block-STM" }
                        th scope="col" { "parallel" } th scope="col" { "gpu" } th scope="col" { "auto" }
                        th scope="col" { "parallel" } th scope="col" { "gpu" } th scope="col" { "auto" }
                    } }
                    tbody { @for one in &versus { tr {
                        th class="text" scope="row" { (describe(one.peer)) }
                        td { (count(one.peer.accounts as u64)) }
                        @for row in [Some(one.peer), one.parallel, one.gpu, one.auto] {
                            td { (row.map_or("–".to_owned(), |row| format!("{}/s", rate(row.per_second)))) }
                        }
                        @for row in [one.parallel, one.gpu, one.auto] { (cell(row, one.peer)) }
                    } } }
                } }
            }
        }
    }
}

fn stages(report: &Report, palette: &Palette) -> Markup {
    html! {
        section id="stages" {
            h2 { "Where the time goes" }
            p class="sub" {
                "Stages of a block, divided by its transactions. Stages that run at the same time may sum to more than \
                 the whole."
            }
            (charts(time::stages(report, palette).iter().map(bars::Bars::draw).collect()))
        }
    }
}

fn latency(report: &Report, palette: &Palette) -> Markup {
    let mut figures: Vec<Markup> = time::latency(report, palette).iter().map(dots::Dots::draw).collect();
    figures.extend(time::distributions(report, palette).iter().map(chart::Lines::draw));
    html! {
        section id="latency" {
            h2 { "Latency" }
            p class="sub" {
                "From the moment at which a block was due to its outcome, while blocks arrive at a steady share of the \
                 peak rate: the median, and what 99 of 100 blocks do not exceed."
            }
            (charts(figures))
        }
    }
}

fn scale_section(report: &Report, palette: &Palette) -> Markup {
    html! {
        section id="scale" {
            h2 { "Scale" }
            h3 { "With cores" }
            (charts(figures::by_cores(report, palette).iter().map(chart::Lines::draw).collect()))
            h3 { "With accounts" }
            (charts(figures::by_accounts(report, palette, true).iter().map(chart::Lines::draw).collect()))
        }
    }
}

fn losses(report: &Report) -> Markup {
    let losses = report.losses();
    let (clear, within): (Vec<Loss>, Vec<Loss>) = losses.into_iter().partition(|loss| loss.clear);
    html! {
        section id="losses" {
            h2 { "Where it loses" }
            @if !figures::has_device(report) {
                p class="missing" { "Neither gpu nor auto was measured in this run." }
            } @else {
                p class="sub" {
                    (count(clear.len() as u64)) " of " (count(report.contests().len() as u64))
                    " comparisons of gpu or auto with the fastest CPU engine, peers included, are lost beyond noise, "
                    (count(within.len() as u64)) " within it. The worst first."
                }
                (losses_by_scope(report, &clear))
                @if !clear.is_empty() {
                    (loss_table(&clear[..clear.len().min(12)]))
                    @if clear.len() > 12 {
                        details { summary { "The other " (clear.len() - 12) } (loss_table(&clear[12..])) }
                    }
                }
                @if !within.is_empty() {
                    details { summary { (within.len()) " within noise" } (loss_table(&within)) }
                }
            }
        }
    }
}

/// How many cases each engine loses, by scope.
fn losses_by_scope(report: &Report, clear: &[Loss]) -> Markup {
    let mut groups: Vec<(&str, &str, usize)> = Vec::new();
    for row in report.contests() {
        match groups
            .iter_mut()
            .find(|(scope, engine, _)| (*scope, *engine) == (row.scope.as_ref(), row.engine.as_str()))
        {
            Some((.., cases)) => *cases += 1,
            None => groups.push((&row.scope, &row.engine, 1)),
        }
    }
    let of = |scope: &str, engine: &str| {
        let lost = clear.iter().filter(|loss| loss.row.scope == scope && loss.row.engine == engine);
        (lost.clone().count(), lost.map(|loss| loss.ratio).reduce(f64::min))
    };
    html! {
        div class="scroll" { table {
            thead { tr {
                th class="text" scope="col" { "what" } th class="text" scope="col" { "engine" }
                th scope="col" { "cases" }
                th scope="col" { "lost" } th scope="col" { "worst ratio" }
            } }
            tbody { @for (name, engine, cases) in groups {
                @let (lost, worst) = of(name, engine);
                tr {
                    td class="text" { (scope(name).0) } td class="text" { (engine) } td { (count(cases as u64)) }
                    td { (count(lost as u64)) } td { (worst.map_or("–".to_owned(), times)) }
                }
            } }
        } }
    }
}

fn loss_table(losses: &[Loss]) -> Markup {
    html! {
        div class="scroll" { table {
            thead { tr {
                @for name in ["what", "workload", "size"] { th class="text" scope="col" { (name) } }
                @for name in ["engine", "its rate", "fastest on the CPU", "its rate", "ratio"] {
                    th scope="col" { (name) }
                }
            } }
            tbody { @for loss in losses { tr {
                td class="text" { (scope(&loss.row.scope).0) }
                td class="text" { (describe(loss.row)) }
                td class="text" { (size(loss.row)) }
                td { (loss.row.engine) }
                td { (rate(loss.row.per_second)) "/s" }
                td { (loss.best.engine) }
                td { (rate(loss.best.per_second)) "/s" }
                td class="lost" { (times(loss.ratio)) }
            } } }
        } }
    }
}

/// Rows that the device's own clock timed stand apart from all others.
fn device_times(report: &Report) -> Markup {
    let of = |timed: Timed| report.rows.iter().filter(|row| row.timed == timed).collect::<Vec<_>>();
    html! {
        section id="device-times" {
            h2 { "The device alone" }
            p class="sub" {
                "Kernel time is the dispatches by the device's own timestamps; device time adds upload and read-back. \
                 Neither can be set beside end-to-end figures."
            }
            @for timed in [Timed::Kernel, Timed::Device] {
                h3 { (timed.name()) " time" }
                @let rows = of(timed);
                @if rows.is_empty() { (missing()) } @else { (row_table(&rows)) }
            }
        }
    }
}

fn every_row(report: &Report) -> Markup {
    html! {
        section id="rows" {
            h2 { "Every row" }
            @for timed in [Timed::EndToEnd, Timed::Device, Timed::Kernel] {
                @let rows: Vec<&Row> = report.rows.iter().filter(|row| row.timed == timed).collect();
                @if !rows.is_empty() {
                    details { summary { (count(rows.len() as u64)) " rows, " (timed.name()) }
                        div class="all" { (row_table(&rows)) } }
                }
            }
        }
    }
}

fn row_table(rows: &[&Row]) -> Markup {
    html! {
        div class="scroll" { table {
            thead { tr {
                @for name in ["what", "workload", "size", "engine", "ran"] { th class="text" scope="col" { (name) } }
                @for name in ["a second", "median", "between", "confidence", "samples", "noise"] {
                    th scope="col" { (name) }
                }
            } }
            tbody { @for row in rows { tr {
                td class="text" { (scope(&row.scope).0) }
                td class="text" { (describe(row)) }
                td class="text" { (size(row)) }
                td class="text" { (row.engine) @if row.peer { " (peer)" } }
                td class="text" { (row.ran) }
                td { (rate(row.per_second)) }
                td { (words::seconds(row.median_s())) }
                td {
                    @match row.interval_s {
                        Some(ends) => { (words::seconds(ends.low)) " and " (words::seconds(ends.high)) },
                        None => { "–" },
                    }
                }
                td { (row.interval_s.map_or("–".to_owned(), |ends| words::percent(ends.confidence))) }
                td { (row.samples_s.len()) }
                td class={ @if row.noisy { "warn" } } { (row.noise.map_or("–".to_owned(), words::percent)) }
            } } }
        } }
    }
}
