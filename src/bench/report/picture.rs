//! The README's picture: what the device buys, relative to all cores without it.

use super::chart::Caption;
use super::dots::{Dot, DotRow, Dots};
use super::palette::Palette;
use super::scale::Unit;
use crate::bench::row::{Report, Row};
use crate::bench::words::{rate, times};

/// A picture's colours must serve on white and on black, whatever the page around it is.
const STYLE: &str = "
svg { --ink: #1c1f23; --soft: #5b626b; --faint: #dfe1de; --line: #c5c8c4; --card: #ffffff;
  --gpu: #c2410c; --auto: #6d3fd1; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e7e8ea; --soft: #a2a8b0; --faint: #2f343b; --line: #474d56; --card: #0d1117;
    --gpu: #fb8f4b; --auto: #b197fc; }
}
text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; fill: var(--ink); }
.grid line { stroke: var(--faint); } .grid .axis { stroke: var(--line); }
.grid .base { stroke: var(--ink); stroke-width: 1.3; }
.grid text { fill: var(--soft); font-size: 12px; } .row .span { stroke: var(--line); stroke-width: 2; }
.row text { paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.row .value { fill: var(--soft); font-size: 12px; }
.paper { fill: var(--card); }
.e-gpu { --c: var(--gpu); } .e-auto { --c: var(--auto); }
circle { fill: var(--c); stroke: var(--card); stroke-width: 1; }
.labels .e text { fill: var(--c); font-weight: 600; }
";

/// An SVG file: for every line of the README's table how many times as fast as `parallel` the others are.
pub fn picture(report: &Report) -> String {
    let palette = Palette::new(report);
    let rows = report.headlines().into_iter().filter_map(|(text, [parallel, gpu, auto])| {
        let base = parallel?;
        let dot = |(engine, row): (&str, &Row)| {
            let ratio = row.per_second / base.per_second;
            let label = format!("{}× ({}/s)", times(ratio), rate(row.per_second));
            let (name, class) = (engine.to_owned(), palette.class(engine));
            Dot { name, class, value: ratio, hollow: false, label: Some(label) }
        };
        let rows = [("gpu", gpu), ("auto", auto)].into_iter().filter_map(|(engine, row)| Some((engine, row?)));
        let dots: Vec<Dot> = rows.map(dot).collect();
        (!dots.is_empty()).then(|| DotRow { label: format!("{text} (parallel: {}/s)", rate(base.per_second)), dots })
    });
    let dots = Dots {
        caption: Caption {
            id: "wavelock".to_owned(),
            title: "Times as fast as all CPU cores without a device".to_owned(),
            description: format!(
                "Medians on {}. Right of the line at 1 the device is faster, left of it the CPU alone.",
                report.machine_words()
            ),
        },
        unit: ("times as fast as all CPU cores without a device (parallel)".to_owned(), Unit::Ratio),
        rows: rows.collect(),
        base: Some(1.0),
        width: (760.0, None),
    };
    dots.svg(Some(STYLE)).into_string() + "\n"
}
