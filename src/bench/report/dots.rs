//! Workloads below each other, a dot an engine.

use super::chart::{Caption, WIDTH, figure, fit, number, width};
use super::scale::{Scale, Unit};
use maud::{Markup, html};

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
                    text class="label" x=(left - 10.0) y=(y + 4.0) text-anchor="end" {
                        (fit(&row.label, left - 12.0))
                    }
                } @else {
                    text class="label" x=(left) y=(y - 14.0) { (row.label) }
                }
                line class="span" x1=(number(low)) x2=(number(high)) y1=(y) y2=(y) {}
                @for dot in &row.dots {
                    g class=(dot.class) {
                        circle class={ "pt" @if dot.hollow { " hollow" } }
                            cx=(number(x.at(dot.value))) cy=(number(y + shift(dot))) r="4.2" {
                            title { (row.label) ", " (dot.name) ": " (self.unit.1.value(dot.value)) }
                        }
                        @if let Some(label) = &dot.label {
                            @let first = shown.first().is_some_and(|other| std::ptr::eq(*other, dot));
                            @let last = shown.last().is_some_and(|other| std::ptr::eq(*other, dot));
                            // Between the two ends there is no room for words.
                            @if last {
                                text class="value" x=(number(x.at(dot.value) + 8.0)) y=(y + 4.0) { (label) }
                            } @else if first {
                                text class="value" x=(number(x.at(dot.value) - 8.0)) y=(y + 4.0)
                                    text-anchor="end" { (label) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Who is who, below the plot, and the height that takes.
    fn legend(&self, top: f64) -> (Markup, f64) {
        let end = self.width.0;
        let (mut x, mut y) = (12.0, top + 20.0);
        let mut entries = Vec::new();
        for (name, class, hollow) in self.names() {
            let needs = 28.0 + width(name);
            if x + needs > end && x > 12.0 {
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
        let unit = width(&self.unit.0);
        y += if x + unit > end { 18.0 } else { 0.0 };
        let drawn = html! {
            g class="labels" { @for entry in entries { (entry) } }
            g class="grid" { text class="name" x=(end - 6.0) y=(number(y + 4.0)) text-anchor="end" { (self.unit.0) } }
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
