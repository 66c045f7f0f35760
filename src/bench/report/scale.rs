//! Axes: from values to places on paper, with ticks that a person would choose.

use crate::bench::words;

/// What an axis counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things, or things a second.
    Number,
    /// Seconds.
    Seconds,
    /// Times as much.
    Ratio,
    /// A share.
    Percent,
}

impl Unit {
    /// A tick's label.
    pub fn tick(self, value: f64) -> String {
        match self {
            Unit::Number => short(value),
            Unit::Seconds if value == 0.0 => "0".to_owned(),
            Unit::Seconds => trimmed(&words::seconds(value)),
            Unit::Ratio => format!("{}×", short(value)),
            Unit::Percent => format!("{:.0} %", value * 100.0),
        }
    }

    /// A value in a table.
    pub fn value(self, value: f64) -> String {
        match self {
            Unit::Number => words::rate(value),
            Unit::Seconds => words::seconds(value),
            Unit::Ratio => format!("{} ×", words::times(value)),
            Unit::Percent => words::percent(value),
        }
    }
}

/// 1000 as `1 k`, with no digits that say nothing.
fn short(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        1e9.. => (value / 1e9, " G"),
        1e6.. => (value / 1e6, " M"),
        1e3.. => (value / 1e3, " k"),
        _ => (value, ""),
    };
    // Ticks have one or two digits that differ from 0.
    let text = format!("{scaled:.4}");
    format!("{}{suffix}", text.trim_end_matches('0').trim_end_matches('.'))
}

fn trimmed(text: &str) -> String {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    format!("{number} {unit}")
}

/// Room that a tick's label needs across, and up.
const LABEL: f64 = 40.0;
const LINE: f64 = 18.0;

/// An axis.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Values at both ends.
    values: (f64, f64),
    /// Their places.
    places: (f64, f64),
    log: bool,
    ticks: Vec<f64>,
}

impl Scale {
    /// An axis that begins and ends at 1, 2 or 5 times a power of ten, with as many ticks as have room.
    pub fn log(values: impl IntoIterator<Item = f64>, places: (f64, f64)) -> Self {
        let (low, high) = ends(values.into_iter().filter(|value| *value > 0.0)).unwrap_or((1.0, 10.0));
        let decades = || low.log10().floor() as i32 - 1..=high.log10().ceil() as i32 + 1;
        let steps = |digits: &'static [f64]| -> Vec<f64> {
            decades().flat_map(|decade| digits.iter().map(move |digit| digit * 10f64.powi(decade))).collect()
        };
        let close = 1.0 + 1e-9;
        let fine = steps(&[1.0, 2.0, 5.0]);
        let first = fine.iter().copied().filter(|tick| *tick <= low * close).fold(low.min(fine[0]), f64::max);
        let last = fine.iter().copied().filter(|tick| *tick * close >= high).fold(f64::MAX, f64::min);
        let last = if last > first * close { last } else { first * 10.0 };
        let mut axis = Self { values: (first, last), places, log: true, ticks: Vec::new() };
        // A person reads fewer ticks more easily: powers of ten, where there are enough of them.
        let gap = if places.0 > places.1 { LINE } else { LABEL };
        let powers = steps(&[1.0]);
        let sparse = |every: usize| powers.iter().copied().step_by(every).collect::<Vec<_>>();
        let within = |tick: &f64| *tick * close >= first && *tick <= last * close;
        let enough = powers.iter().filter(|tick| within(tick)).count() >= 3;
        let fine = if enough { Vec::new() } else { fine };
        for ticks in [fine, steps(&[1.0, 3.0]), sparse(1), sparse(2), sparse(3), sparse(5)]
            .into_iter()
            .skip(usize::from(enough) * 2)
        {
            axis.ticks = ticks.into_iter().filter(within).collect();
            let apart = axis.ticks.windows(2).all(|two| (axis.at(two[1]) - axis.at(two[0])).abs() >= gap);
            if apart && !axis.ticks.is_empty() {
                break;
            }
        }
        axis
    }

    /// The same with a tick at every value, where those are few and far enough apart for their labels.
    pub fn log_at(values: impl IntoIterator<Item = f64>, places: (f64, f64)) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return Self::log(values, places) };
        let exact = Self { values: (*first, *last), places, log: true, ticks: values.clone() };
        let apart = values.windows(2).all(|two| (exact.at(two[1]) - exact.at(two[0])).abs() >= LABEL);
        if values.len() >= 2 && apart { exact } else { Self::log(values, places) }
    }

    /// A value, or the nearest that is on the axis.
    pub fn within(&self, value: f64) -> f64 {
        value.clamp(self.values.0, self.values.1)
    }

    /// An axis from zero.
    pub fn linear(values: impl IntoIterator<Item = f64>, places: (f64, f64)) -> Self {
        let (_, high) = ends(values.into_iter()).unwrap_or((0.0, 1.0));
        let high = if high > 0.0 { high } else { 1.0 };
        let rough = high / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let count = (high / step - 1e-9).ceil() as usize;
        let ticks = (0..=count).map(|number| number as f64 * step).collect();
        Self { values: (0.0, count as f64 * step), places, log: false, ticks }
    }

    /// An axis from zero of things that are not divided.
    pub fn whole(values: impl IntoIterator<Item = f64>, places: (f64, f64)) -> Self {
        let mut axis = Self::linear(values, places);
        axis.ticks.retain(|tick| tick.fract() == 0.0);
        axis
    }

    /// Where a value stands.
    pub fn at(&self, value: f64) -> f64 {
        let place = |value: f64| if self.log { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let (low, high) = (place(self.values.0), place(self.values.1));
        let share = (place(value) - low) / (high - low);
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    /// Values that have a line and a label.
    pub fn ticks(&self) -> &[f64] {
        &self.ticks
    }
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// Moves places that are closer than `gap` apart, as little as that takes, and keeps their order; all stay within
/// `limits`.
pub fn spread(places: &[f64], gap: f64, limits: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
    let mut moved = places.to_vec();
    let mut lowest = limits.0;
    for index in &order {
        moved[*index] = moved[*index].max(lowest);
        lowest = moved[*index] + gap;
    }
    let mut highest = limits.1;
    for index in order.iter().rev() {
        moved[*index] = moved[*index].min(highest);
        highest = moved[*index] - gap;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}, expected {expected:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found}, expected {expected}");
        }
    }

    #[test]
    fn ticks_are_those_that_a_person_would_choose() {
        let log = |low, high| Scale::log([low, high], (0.0, 250.0)).ticks().to_vec();
        near(&log(64.0, 65_536.0), &[100.0, 1e3, 1e4, 1e5]);
        near(&log(20_000.0, 400_000.0), &[2e4, 5e4, 1e5, 2e5, 5e5]);
        near(&log(2.0, 1e7), &[10.0, 1e3, 1e5, 1e7]);
        let short = Scale::log([0.04, 0.58], (0.0, 140.0));
        near(short.ticks(), &[0.1, 1.0]);
        near(&log(5.0, 5.0), &[5.0, 10.0, 20.0, 50.0]);
        near(Scale::linear([0.0, 0.9], (0.0, 1.0)).ticks(), &[0.0, 0.5, 1.0]);
        near(Scale::whole([2.0], (0.0, 1.0)).ticks(), &[0.0, 1.0, 2.0]);
        near(Scale::linear([16.0], (0.0, 1.0)).ticks(), &[0.0, 5.0, 10.0, 15.0, 20.0]);
    }

    #[test]
    fn every_value_has_its_place() {
        near(Scale::log_at([64.0, 1_024.0, 16_384.0, 64.0], (0.0, 100.0)).ticks(), &[64.0, 1_024.0, 16_384.0]);
        near(Scale::log_at([1.0, 2.0, 1e3], (0.0, 250.0)).ticks(), &[1.0, 10.0, 100.0, 1e3]);
        near(&[0.1, 20.0, 1e9].map(|value| Scale::log([1.0, 100.0], (0.0, 1.0)).within(value)), &[1.0, 20.0, 100.0]);
        let scale = Scale::log([10.0, 1_000.0], (0.0, 100.0));
        near(&[10.0, 100.0, 1_000.0].map(|value| scale.at(value)), &[0.0, 50.0, 100.0]);
        let single = Scale::log([5.0], (0.0, 100.0));
        assert!((0.0..=100.0).contains(&single.at(5.0)));
        near(&[Scale::linear([4.0], (100.0, 0.0)).at(1.0)], &[75.0]);
        for (low, high) in [(1e-9, 3.0), (0.3, 0.31), (7.0, 7e11)] {
            let scale = Scale::log([low, high], (0.0, 300.0));
            assert!((-1e-9..=300.0).contains(&scale.at(low)) && scale.at(high) <= 300.0 + 1e-9, "{low} {high}");
            assert!((1..=8).contains(&scale.ticks().len()), "{low} {high}");
        }
    }

    #[test]
    fn labels_keep_their_distance() {
        near(&spread(&[10.0, 11.0, 50.0], 12.0, (0.0, 100.0)), &[10.0, 22.0, 50.0]);
        near(&spread(&[99.0, 98.0], 12.0, (0.0, 100.0)), &[100.0, 88.0]);
        assert!(spread(&[], 1.0, (0.0, 1.0)).is_empty());
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(
            [0.0, 0.05, 1.0, 20_000.0, 5e6].map(|tick| Unit::Number.tick(tick)),
            ["0", "0.05", "1", "20 k", "5 M"]
        );
        assert_eq!([0.0, 0.01, 2.0].map(|tick| Unit::Seconds.tick(tick)), ["0", "10 ms", "2 s"]);
        assert_eq!((Unit::Ratio.tick(0.5), Unit::Percent.tick(0.8)), ("0.5×".to_owned(), "80 %".to_owned()));
    }
}
