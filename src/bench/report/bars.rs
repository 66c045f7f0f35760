//! Bars that are made of parts: where the time goes.

use super::chart::{Caption, figure, fit, number};
use super::palette::stage_class;
use super::scale::{Scale, Unit};
use maud::{Markup, html};

const WIDTH: f64 = 400.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 340.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Whose.
    pub label: String,
    /// Stages and their values, in order.
    pub parts: Vec<(String, f64)>,
}

impl Bar {
    fn total(&self) -> f64 {
        self.parts.iter().map(|(_, value)| value).sum()
    }
}

/// Bars below each other, over one axis from zero.
#[derive(Clone, Debug)]
pub struct Bars {
    /// Title and description.
    pub caption: Caption,
    /// What runs across.
    pub unit: (String, Unit),
    /// At least one.
    pub bars: Vec<Bar>,
}

impl Bars {
    fn stages(&self) -> Vec<&str> {
        let mut stages: Vec<&str> = Vec::new();
        for (stage, _) in self.bars.iter().flat_map(|bar| &bar.parts) {
            if !stages.contains(&stage.as_str()) {
                stages.push(stage);
            }
        }
        stages
    }

    /// The whole figure.
    pub fn draw(&self) -> Markup {
        let x = Scale::linear(self.bars.iter().map(Bar::total), (LEFT, RIGHT));
        let bottom = 30.0 + 30.0 * self.bars.len() as f64;
        let rows = self.stages().len().div_ceil(4) as f64;
        let drawing = html! {
            svg viewBox=(format!("0 0 {WIDTH} {:.0}", bottom + 14.0 + 18.0 * rows)) role="img"
                aria-labelledby=(format!("{0}-t {0}-d", self.caption.id)) {
                title id=(format!("{}-t", self.caption.id)) { (self.caption.title) }
                desc id=(format!("{}-d", self.caption.id)) { (self.caption.description) }
                g class="grid" {
                    @for tick in x.ticks() {
                        line x1=(number(x.at(*tick))) x2=(number(x.at(*tick))) y1="22" y2=(bottom) {}
                        text x=(number(x.at(*tick))) y="16" text-anchor="middle" { (self.unit.1.tick(*tick)) }
                    }
                }
                @for (index, bar) in self.bars.iter().enumerate() { (self.bar(bar, &x, 30.0 + 30.0 * index as f64)) }
                g class="labels" {
                    @for (index, stage) in self.stages().into_iter().enumerate() {
                        @let (column, line) = ((index % 4) as f64, (index / 4) as f64);
                        g class=(stage_class(stage)) {
                            rect class="key" x=(12.0 + 97.0 * column) y=(bottom + 12.0 + 18.0 * line)
                                width="9" height="9" rx="2" {}
                            text x=(26.0 + 97.0 * column) y=(bottom + 20.5 + 18.0 * line) { (stage) }
                        }
                    }
                }
            }
        };
        figure(&self.caption, drawing, self.table())
    }

    fn bar(&self, bar: &Bar, x: &Scale, y: f64) -> Markup {
        let mut begin = 0.0;
        html! {
            g class="row" {
                text class="label" x=(LEFT - 8.0) y=(y + 14.0) text-anchor="end" {
                    (fit(&bar.label, LEFT - 8.0))
                }
                @for (stage, value) in &bar.parts {
                    @let (from, to) = (x.at(begin), x.at(begin + value));
                    ({ begin += value; "" })
                    rect class={ "pt " (stage_class(stage)) } x=(format!("{from:.2}")) y=(y)
                        width=(format!("{:.2}", to - from)) height="20" {
                        title { (bar.label) ", " (stage) ": " (self.unit.1.value(*value)) }
                    }
                }
                text class="value" x=(number(x.at(begin) + 6.0)) y=(y + 14.0) { (self.unit.1.value(bar.total())) }
            }
        }
    }

    fn table(&self) -> Markup {
        let stages = self.stages();
        html! {
            table data-of=(self.caption.id) {
                caption { (self.unit.0) }
                thead { tr { th {} @for stage in &stages { th scope="col" { (stage) } } th scope="col" { "sum" } } }
                tbody {
                    @for bar in &self.bars {
                        tr {
                            th scope="row" { (bar.label) }
                            @for stage in &stages {
                                @match bar.parts.iter().find(|(name, _)| name == stage) {
                                    Some((_, value)) => td class="v" { (self.unit.1.value(*value)) },
                                    None => td { "–" },
                                }
                            }
                            td { (self.unit.1.value(bar.total())) }
                        }
                    }
                }
            }
        }
    }
}
