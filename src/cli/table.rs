//! Tables and figures for people.

use crate::outcome::Report;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use std::time::Duration;

/// How a column is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Text,
    Number,
}

/// A table without frames; ends with a line break.
pub fn table(header: &[(&str, Column)], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let cell = |text: &str, column: Column| {
        let side = if column == Column::Number { CellAlignment::Right } else { CellAlignment::Left };
        Cell::new(text).set_alignment(side)
    };
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().map(|(name, column)| cell(name, *column)).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().zip(header).map(|(text, (_, column))| cell(text, *column)).collect::<Vec<_>>());
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// Engine and time of each stage, and the sum.
pub fn stages(report: &Report) -> String {
    let stages = report.times.iter().map(|(stage, time)| {
        let engine = report.engine(*stage).map_or("", |engine| engine.name());
        vec![stage.name().to_owned(), engine.to_owned(), duration(*time)]
    });
    let total = vec!["total".to_owned(), String::new(), duration(report.total)];
    table(&[("stage", Column::Text), ("engine", Column::Text), ("time", Column::Number)], stages.chain([total]))
}

/// A count with its thousands apart: `1,234,567`.
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what is counted, in the singular where it is one.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// A time in a unit that leaves one to three digits before the point.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        1.0.. => format!("{seconds:.2} s"),
        1e-3.. => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{:.1} µs", seconds * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let shown = [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, u64::MAX].map(count);
        let expected = ["0", "7", "999", "1,000", "12,345", "999,999", "1,000,000", "18,446,744,073,709,551,615"];
        assert_eq!(shown, expected);
        assert_eq!([0, 1, 2].map(|number| counted(number, "round")), ["0 rounds", "1 round", "2 rounds"]);
    }

    #[test]
    fn times_have_a_unit_that_fits() {
        let shown = [0, 999, 1_500_000, 2_000_000_000].map(|nanoseconds| duration(Duration::from_nanos(nanoseconds)));
        assert_eq!(shown, ["0.0 µs", "1.0 µs", "1.50 ms", "2.00 s"]);
    }

    #[test]
    fn numbers_stand_on_the_right() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["bcd".to_owned(), "1,000".to_owned()]];
        let shown = table(&[("name", Column::Text), ("n", Column::Number)], rows);
        assert_eq!(shown, " name      n\n a         1\n bcd   1,000\n");
    }
}
