//! What a person at a terminal sees while a benchmark runs: rows as they are finished, what is measured now, and how
//! long the rest takes. Nothing of it is written where standard error is no terminal.

use crate::bench::words::{describe, rate, scope, size};
use crate::bench::{Event, Row};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::rc::Rc;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(200);

/// A line that stays at the bottom, and rows above it.
#[derive(Clone)]
pub struct Live {
    bar: ProgressBar,
    rows: bool,
    /// The scope whose heading was written last.
    scope: Rc<RefCell<String>>,
}

impl Live {
    /// Shows progress where `wanted` and standard error is a terminal; rows too where `rows`.
    pub fn start(wanted: bool, rows: bool) -> Self {
        let shown = wanted && stderr().is_terminal();
        let bar = if shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {elapsed_precise} so far, {prefix} left · {wide_msg}")
        {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(TICK);
        }
        Self { bar, rows: shown && rows, scope: Rc::default() }
    }

    /// Whether rows are written while they are measured.
    pub fn shows_rows(&self) -> bool {
        self.rows
    }

    /// Shows an event.
    pub fn show(&self, event: Event) {
        match event {
            Event::Step { what, left } => {
                self.bar.set_prefix(format!("about {}", HumanDuration(rounded(left))));
                self.bar.set_message(what.to_owned());
            }
            Event::Rows(rows) if self.rows => self.bar.suspend(|| {
                let mut output = stdout().lock();
                for line in lines(rows, &mut self.scope.borrow_mut()) {
                    // A terminal that has gone away is noticed at the end.
                    let _ = writeln!(output, "{line}");
                }
            }),
            Event::Rows(_) => {}
        }
    }

    /// Takes the line at the bottom away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// An estimate has no seconds where it has minutes.
fn rounded(left: Duration) -> Duration {
    let seconds = left.as_secs().max(1);
    let step = if seconds < 60 { 5 } else { 60 };
    Duration::from_secs(seconds.div_ceil(step) * step)
}

/// A line a case, its engines beside each other, below a heading where a scope begins.
fn lines(rows: &[Row], last: &mut String) -> Vec<String> {
    let mut lines = Vec::new();
    let mut from = 0;
    while from < rows.len() {
        let case = rows[from].case();
        let same = rows[from..].iter().take_while(|row| row.case() == case).count();
        let first = &rows[from];
        if *last != first.scope {
            let (name, unit) = scope(&first.scope);
            lines.push(format!("\n{name}, {unit} (~: noisy)"));
            *last = first.scope.to_string();
        }
        let figure = |row: &Row| format!("{} {}{}", row.engine, if row.noisy { "~" } else { "" }, rate(row.per_second));
        let figures: Vec<String> = rows[from..from + same].iter().map(|row| format!("{:<19}", figure(row))).collect();
        lines.push(format!(
            " {:<62} {}",
            format!("{}, {}", describe(first), size(first)),
            figures.join(" ").trim_end()
        ));
        from += same;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_all_engines_of_a_case() {
        let row = |engine: &str, transactions: usize, noisy: bool| Row {
            workload: "uniform".to_owned(),
            engine: engine.to_owned(),
            scope: "execute".into(),
            transactions,
            per_second: 1e6,
            noisy,
            ..Row::default()
        };
        let rows = [row("parallel", 10, false), row("gpu", 10, true), row("gpu", 20, false)];
        let mut last = String::new();
        let shown = lines(&rows, &mut last);
        assert_eq!(shown.len(), 3);
        assert!(shown[0].contains("execution alone, transfers/s"));
        assert!(
            shown[1].contains("uniform, 10 over 0 accounts") && shown[1].contains("parallel 1.00 M"),
            "{}",
            shown[1]
        );
        assert!(shown[1].ends_with("gpu ~1.00 M"), "{}", shown[1]);
        assert_eq!(lines(&rows[2..], &mut last).len(), 1, "one heading a scope");
    }

    #[test]
    fn estimates_are_round() {
        let shown = [0, 3, 59, 61, 300].map(|seconds| rounded(Duration::from_secs(seconds)).as_secs());
        assert_eq!(shown, [5, 5, 60, 120, 300]);
    }
}
