//! Figures as inline SVG, each with its title, a description, and the table of its data.

use super::scale::{Scale, Unit, spread};
use maud::{Markup, html};

/// Width of a figure's drawing; figures are laid side by side where there is room.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 270.0;
/// Left, right, top and bottom of a line chart's plot.
const PLOT: (f64, f64, f64, f64) = (46.0, 296.0, 20.0, 232.0);

/// What every figure has.
#[derive(Clone, Debug)]
pub struct Caption {
    /// Unique on the page.
    pub id: String,
    /// What it shows, in a few words.
    pub title: String,
    /// The same for somebody who cannot see it, and what to look for.
    pub description: String,
}

/// A point: where, its value, and the ends of its interval.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// From where to where the true value may lie.
    pub between: Option<(f64, f64)>,
}

/// One engine's points, from left to right.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub class: String,
    /// Dashed and hollow: somebody else's method, or a second figure of the same engine.
    pub hollow: bool,
    /// At least one.
    pub points: Vec<Point>,
}

/// Lines over one axis.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Title and description.
    pub caption: Caption,
    /// What runs across.
    pub x: (String, Unit),
    /// What runs up.
    pub y: (String, Unit),
    /// Whether x is logarithmic; y always is.
    pub log_x: bool,
    /// One line each.
    pub series: Vec<Series>,
    /// A place that deserves a word.
    pub mark: Option<(f64, String)>,
}

/// A figure's frame: drawing, title, and the table behind it.
pub(super) fn figure(caption: &Caption, drawing: Markup, table: Markup) -> Markup {
    html! {
        figure class="chart" id=(caption.id) {
            figcaption { (caption.title) }
            (drawing)
            details class="data" {
                summary { "Data" }
                div class="scroll" { (table) }
            }
        }
    }
}

/// Width of a letter of the usual size, generously: nobody knows the reader's fonts.
pub(super) const LETTER: f64 = 7.0;
const BOLD: f64 = 7.6;

/// As much of a text as has room.
pub(super) fn fit(text: &str, room: f64, letter: f64) -> String {
    let most = (room / letter) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

fn number(place: f64) -> String {
    format!("{place:.1}")
}

impl Lines {
    /// The whole figure.
    pub fn draw(&self) -> Markup {
        let (left, right, top, bottom) = PLOT;
        let points = || self.series.iter().flat_map(|series| &series.points);
        let across = points().map(|point| point.x);
        let x = if self.log_x { Scale::log_at(across, (left, right)) } else { Scale::linear(across, (left, right)) };
        let y = Scale::log(points().map(|point| point.y), (bottom, top));
        let drawing = html! {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby=(format!("{0}-t {0}-d", self.caption.id)) {
                title id=(format!("{}-t", self.caption.id)) { (self.caption.title) }
                desc id=(format!("{}-d", self.caption.id)) { (self.caption.description) }
                (self.axes(&x, &y))
                (self.marked(&x))
                @for series in &self.series { (self.line(series, &x, &y)) }
                (self.labels(&x, &y))
            }
        };
        figure(&self.caption, drawing, self.table())
    }

    fn axes(&self, x: &Scale, y: &Scale) -> Markup {
        let (left, right, top, bottom) = PLOT;
        html! {
            g class="grid" {
                @for tick in y.ticks() {
                    line x1=(left) x2=(right) y1=(number(y.at(*tick))) y2=(number(y.at(*tick))) {}
                    text x=(left - 6.0) y=(number(y.at(*tick) + 4.0)) text-anchor="end" { (self.y.1.tick(*tick)) }
                }
                @for tick in x.ticks() {
                    line class="tick" x1=(number(x.at(*tick))) x2=(number(x.at(*tick))) y1=(bottom) y2=(bottom + 4.0) {}
                    text x=(number(x.at(*tick))) y=(bottom + 17.0) text-anchor="middle" { (across_tick(self.x.1, *tick)) }
                }
                line class="axis" x1=(left) x2=(right) y1=(bottom) y2=(bottom) {}
                text class="name" x=(number((left + right) / 2.0)) y=(bottom + 33.0) text-anchor="middle" { (self.x.0) }
                text class="name" x="4" y=(top - 10.0) { (self.y.0) }
            }
        }
    }

    fn marked(&self, x: &Scale) -> Markup {
        let (left, right, top, bottom) = PLOT;
        let Some((at, text)) = &self.mark else { return html! {} };
        let place = x.at(*at);
        let (anchor, shift) = if place > (left + right) / 2.0 { ("end", -5.0) } else { ("start", 5.0) };
        html! {
            g class="mark" {
                line x1=(number(place)) x2=(number(place)) y1=(top) y2=(bottom) {}
                text x=(number(place + shift)) y=(bottom - 7.0) text-anchor=(anchor) { (text) }
            }
        }
    }

    fn line(&self, series: &Series, x: &Scale, y: &Scale) -> Markup {
        let path: Vec<String> = series
            .points
            .iter()
            .enumerate()
            .map(|(index, point)| {
                format!("{}{:.1} {:.1}", if index == 0 { "M" } else { "L" }, x.at(point.x), y.at(point.y))
            })
            .collect();
        html! {
            g class=(series.class) {
                path class={ "line" @if series.hollow { " dashed" } } d=(path.join("")) {}
                @for point in &series.points {
                    @if let Some((low, high)) = point.between {
                        line class="whisker" x1=(number(x.at(point.x))) x2=(number(x.at(point.x)))
                            y1=(number(y.at(y.within(low)))) y2=(number(y.at(y.within(high)))) {}
                    }
                    circle class={ "pt" @if series.hollow { " hollow" } } cx=(number(x.at(point.x))) cy=(number(y.at(point.y))) r="3.2" {
                        title {
                            (series.name) ", " (self.x.0) " " (self.x.1.value(point.x)) ": " (self.y.1.value(point.y))
                        }
                    }
                }
            }
        }
    }

    /// Names at the ends of the lines.
    fn labels(&self, x: &Scale, y: &Scale) -> Markup {
        let (_, right, top, bottom) = PLOT;
        let ends: Vec<(f64, f64)> = self
            .series
            .iter()
            .filter_map(|series| series.points.last())
            .map(|point| (x.at(point.x), y.at(point.y)))
            .collect();
        let places = spread(&ends.iter().map(|(_, y)| *y).collect::<Vec<_>>(), 13.0, (top + 2.0, bottom));
        html! {
            g class="labels" {
                @for ((series, (end_x, end_y)), place) in self.series.iter().zip(&ends).zip(&places) {
                    g class=(series.class) {
                        @if right - end_x > 12.0 || (end_y - place).abs() > 8.0 {
                            path class="leader" d=(format!("M{:.1} {:.1}L{:.1} {:.1}", end_x + 5.0, end_y, right + 6.0, place)) {}
                        }
                        text x=(right + 9.0) y=(number(place + 4.0)) { (fit(&series.name, WIDTH - right - 9.0, BOLD)) }
                    }
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let mut across: Vec<f64> = self.series.iter().flat_map(|series| &series.points).map(|point| point.x).collect();
        across.sort_by(f64::total_cmp);
        across.dedup();
        let find = |series: &Series, x: f64| series.points.iter().find(|point| point.x == x).copied();
        html! {
            table data-of=(self.caption.id) {
                caption { (self.y.0) }
                thead { tr { th scope="col" { (self.x.0) } @for series in &self.series { th scope="col" { (series.name) } } } }
                tbody {
                    @for at in across {
                        tr {
                            th scope="row" { (plain(self.x.1, at)) }
                            @for series in &self.series {
                                @match find(series, at) {
                                    Some(point) => td class="v" { (self.y.1.value(point.y)) },
                                    None => td { "–" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Sizes in full while there is room.
fn across_tick(unit: Unit, value: f64) -> String {
    if unit == Unit::Number && value < 1e5 { plain(unit, value) } else { unit.tick(value) }
}

/// Sizes in full, everything else as it is said elsewhere.
fn plain(unit: Unit, value: f64) -> String {
    if unit == Unit::Number { crate::bench::words::count(value as u64) } else { unit.value(value) }
}

/// A value of one engine.
#[derive(Clone, Debug)]
pub struct Dot {
    /// Who.
    pub name: String,
    /// Its colour.
    pub class: String,
    /// How much.
    pub value: f64,
    /// Somebody else's method, or the lesser of two figures.
    pub hollow: bool,
    /// Written beside the dot.
    pub label: Option<String>,
}

/// Engines on one workload.
#[derive(Clone, Debug)]
pub struct DotRow {
    /// The workload.
    pub label: String,
    /// At least one.
    pub dots: Vec<Dot>,
}

/// Workloads below each other, a dot an engine.
#[derive(Clone, Debug)]
pub struct Dots {
    /// Title and description.
    pub caption: Caption,
    /// What runs across.
    pub unit: (String, Unit),
    /// One line each.
    pub rows: Vec<DotRow>,
    /// A value that deserves a line.
    pub base: Option<f64>,
    /// Width of the drawing, and of the labels on its left; without those labels stand above their lines.
    pub width: (f64, Option<f64>),
}

impl Dots {
    /// The usual width, labels on the left.
    pub const USUAL: (f64, Option<f64>) = (WIDTH, Some(118.0));

    /// The whole figure.
    pub fn draw(&self) -> Markup {
        figure(&self.caption, self.svg(None), self.table())
    }

    /// The drawing alone; with a style of its own it stands alone as a file.
    pub fn svg(&self, style: Option<&str>) -> Markup {
        let (width, labels) = self.width;
        let dots = || self.rows.iter().flat_map(|row| &row.dots);
        // Values are written on both sides of a line's dots.
        let (left, right) = (labels.unwrap_or(8.0) + 8.0, width - 8.0);
        let room =
            if dots().any(|dot| dot.label.is_some()) { if labels.is_some() { 52.0 } else { 110.0 } } else { 10.0 };
        let (step, first) = if labels.is_some() { (22.0, 36.0) } else { (40.0, 54.0) };
        let bottom = first + step * self.rows.len() as f64 - 8.0;
        let x = Scale::log(dots().map(|dot| dot.value).chain(self.base), (left + room, right - room));
        let standalone = style.map(|_| "http://www.w3.org/2000/svg");
        let (legend, height) = self.legend(bottom);
        html! {
            svg xmlns=[standalone] viewBox=(format!("0 0 {width} {height:.0}")) role="img"
                aria-labelledby=(format!("{0}-t {0}-d", self.caption.id)) {
                title id=(format!("{}-t", self.caption.id)) { (self.caption.title) }
                desc id=(format!("{}-d", self.caption.id)) { (self.caption.description) }
                @if let Some(style) = style {
                    style { (maud::PreEscaped(style)) }
                    rect class="paper" width="100%" height="100%" rx="6" {}
                }
                (self.grid(&x, (left, right), bottom))
                @for (index, row) in self.rows.iter().enumerate() {
                    (self.row(row, &x, first + step * index as f64, (left, right)))
                }
                (legend)
            }
        }
    }

    fn grid(&self, x: &Scale, (left, right): (f64, f64), bottom: f64) -> Markup {
        html! {
            g class="grid" {
                @for tick in x.ticks() {
                    line x1=(number(x.at(*tick))) x2=(number(x.at(*tick))) y1="22" y2=(bottom) {}
                    text x=(number(x.at(*tick))) y="17" text-anchor="middle" { (self.unit.1.tick(*tick)) }
                }
                @if let Some(base) = self.base {
                    line class="base" x1=(number(x.at(base))) x2=(number(x.at(base))) y1="22" y2=(bottom) {}
                }
                line class="axis" x1=(left) x2=(right) y1="22" y2="22" {}
            }
        }
    }

    fn row(&self, row: &DotRow, x: &Scale, y: f64, (left, _): (f64, f64)) -> Markup {
        let places = || row.dots.iter().map(|dot| x.at(dot.value));
        let (low, high) = (places().fold(f64::MAX, f64::min), places().fold(f64::MIN, f64::max));
        let mut shown: Vec<&Dot> = row.dots.iter().collect();
        shown.sort_by(|a, b| a.value.total_cmp(&b.value));
        let shift = |dot: &Dot| {
            // Dots that would cover each other stand above and below the line.
            let covered = |other: &&&Dot| (x.at(other.value) - x.at(dot.value)).abs() < 6.0;
            let before = shown.iter().take_while(|other| !std::ptr::eq(**other, dot)).filter(covered).count();
            [0.0, -4.5, 4.5, -8.0, 8.0][before % 5]
        };
        html! {
            g class="row" {
                @if self.width.1.is_some() {
                    text class="label" x=(left - 10.0) y=(y + 4.0) text-anchor="end" { (fit(&row.label, left - 12.0, LETTER)) }
                } @else {
                    text class="label" x=(left) y=(y - 14.0) { (row.label) }
                }
                line class="span" x1=(number(low)) x2=(number(high)) y1=(y) y2=(y) {}
                @for dot in &row.dots {
                    g class=(dot.class) {
                        circle class={ "pt" @if dot.hollow { " hollow" } } cx=(number(x.at(dot.value))) cy=(number(y + shift(dot))) r="4.2" {
                            title { (row.label) ", " (dot.name) ": " (self.unit.1.value(dot.value)) }
                        }
                        @if let Some(label) = &dot.label {
                            @let first = shown.first().is_some_and(|other| std::ptr::eq(*other, dot));
                            @let last = shown.last().is_some_and(|other| std::ptr::eq(*other, dot));
                            // Between the two ends there is no room for words.
                            @if last {
                                text class="value" x=(number(x.at(dot.value) + 8.0)) y=(y + 4.0) { (label) }
                            } @else if first {
                                text class="value" x=(number(x.at(dot.value) - 8.0)) y=(y + 4.0) text-anchor="end" { (label) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Who is who, below the plot, and the height that takes.
    fn legend(&self, top: f64) -> (Markup, f64) {
        let width = self.width.0;
        let (mut x, mut y) = (12.0, top + 20.0);
        let mut entries = Vec::new();
        for (name, class, hollow) in self.names() {
            let needs = 28.0 + BOLD * name.chars().count() as f64;
            if x + needs > width && x > 12.0 {
                (x, y) = (12.0, y + 18.0);
            }
            entries.push(html! {
                g class=(class) {
                    circle class={ "key" @if hollow { " hollow" } } cx=(number(x)) cy=(number(y)) r="4.2" {}
                    text x=(number(x + 9.0)) y=(number(y + 4.0)) { (name) }
                }
            });
            x += needs;
        }
        // What is counted stands at the right, in a line of its own where the names leave no room.
        let unit = LETTER * self.unit.0.chars().count() as f64;
        y += if x + unit > width { 18.0 } else { 0.0 };
        let drawn = html! {
            g class="labels" { @for entry in entries { (entry) } }
            g class="grid" { text class="name" x=(width - 6.0) y=(number(y + 4.0)) text-anchor="end" { (self.unit.0) } }
        };
        (drawn, y + 10.0)
    }

    /// Names and classes of all dots, in the order of their first appearance.
    pub fn names(&self) -> Vec<(&str, &str, bool)> {
        let mut names: Vec<(&str, &str, bool)> = Vec::new();
        for dot in self.rows.iter().flat_map(|row| &row.dots) {
            match names.iter_mut().find(|(name, ..)| *name == dot.name) {
                None => names.push((&dot.name, &dot.class, dot.hollow)),
                // Where a name stands in several colours it has none of its own.
                Some(known) if known.1 != dot.class => known.1 = "e",
                Some(_) => {}
            }
        }
        names
    }

    fn table(&self) -> Markup {
        let names = self.names();
        html! {
            table data-of=(self.caption.id) {
                caption { (self.unit.0) }
                thead { tr { th {} @for (name, ..) in &names { th scope="col" { (name) } } } }
                tbody {
                    @for row in &self.rows {
                        tr {
                            th scope="row" { (row.label) }
                            @for (name, ..) in &names {
                                @match row.dots.iter().find(|dot| dot.name == *name) {
                                    Some(dot) => td class="v" { (self.unit.1.value(dot.value)) },
                                    None => td { "–" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
