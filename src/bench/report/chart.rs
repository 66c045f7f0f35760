//! Figures as inline SVG, each with its title, a description, and the table of its data.

use super::scale::{Scale, Unit, spread};
use maud::{Markup, html};

/// Width of a figure's drawing; figures are laid side by side where there is room.
pub(super) const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 270.0;
/// Left, right, top and bottom of a line chart's plot.
const PLOT: (f64, f64, f64, f64) = (52.0, 288.0, 20.0, 232.0);

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

/// Width of a text, generously: nobody knows the reader's fonts.
pub(super) fn width(text: &str) -> f64 {
    let letter = |letter: char| match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | '-' | '(' | ')' | '|' => 5.2,
        'm' | 'w' | 'M' | 'W' | '%' | '&' | '<' | '>' | '@' | '…' => 12.0,
        _ => 8.3,
    };
    text.chars().map(letter).sum()
}

/// As much of a text as has room.
pub(super) fn fit(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut shown = text.to_owned();
    while !shown.is_empty() && width(&shown) + width("…") > room {
        shown.pop();
    }
    shown + "…"
}

pub(super) fn number(place: f64) -> String {
    format!("{place:.1}")
}

impl Lines {
    /// The whole figure.
    pub fn draw(&self) -> Markup {
        let (left, right, top, bottom) = PLOT;
        let points = || self.series.iter().flat_map(|series| &series.points);
        let across = points().map(|point| point.x);
        let places = (left, right);
        let x = match self.x.1 {
            _ if self.log_x => Scale::log_at(across, places),
            Unit::Number => Scale::whole(across, places),
            _ => Scale::linear(across, places),
        };
        let y = Scale::log(points().map(|point| point.y), (bottom, top));
        let drawing = html! {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
                aria-labelledby=(format!("{0}-t {0}-d", self.caption.id)) {
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
                    text x=(number(x.at(*tick))) y=(bottom + 17.0) text-anchor="middle" {
                        (across_tick(self.x.1, *tick))
                    }
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
                    circle class={ "pt" @if series.hollow { " hollow" } }
                        cx=(number(x.at(point.x))) cy=(number(y.at(point.y))) r="3.2" {
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
                            path class="leader"
                                d=(format!("M{:.1} {end_y:.1}L{:.1} {place:.1}", end_x + 5.0, right + 6.0)) {}
                        }
                        text x=(right + 9.0) y=(number(place + 4.0)) { (fit(&series.name, WIDTH - right - 9.0)) }
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
                thead { tr {
                    th scope="col" { (self.x.0) }
                    @for series in &self.series { th scope="col" { (series.name) } }
                } }
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
