//! The report as a person reads it in a terminal.

use super::row::{Report, Row, Timed};
use super::words::{count, describe, rate, scope};
use crate::verify::Check;
use comfy_table::{Cell, CellAlignment, Table, presets};

/// Nanoseconds per transaction.
fn nanoseconds(row: &Row) -> String {
    let nanoseconds = 1e9 / row.per_second;
    if nanoseconds < 99.95 { format!("{nanoseconds:.1}") } else { format!("{nanoseconds:.0}") }
}

/// Rows that may stand in one table: one scope, one clock, one grid.
type Part<'a> = (&'a str, Timed, Option<&'a str>);

fn part(row: &Row) -> Part<'_> {
    (&row.scope, row.timed, row.grid.as_deref())
}

/// Engines in the order of their first row.
fn engines<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
    let mut engines: Vec<&str> = Vec::new();
    for row in rows {
        if !engines.contains(&row.engine.as_str()) {
            engines.push(&row.engine);
        }
    }
    engines
}

/// Rows of one part, one line per case with the engines beside each other; `~` marks what is noisy.
fn part_table(part: Part, rows: &[&Row]) -> Table {
    let (name, timed, grid) = part;
    let engines = engines(rows);
    let has_rounds = !matches!(name, "snapshot" | "sigverify" | "root" | "verify" | "auto");
    let (title, unit) = scope(name);
    let unit = if name == "conflict" { "ns a transaction" } else { unit };
    let clock = if timed == Timed::EndToEnd { String::new() } else { format!(", {} time", timed.name()) };
    let grid = grid.map_or(String::new(), |grid| format!(" ({grid})"));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let over = if matches!(name, "sigverify" | "conflict") { "keys" } else { "accounts" };
    let mut header = vec![format!("{title}{grid}, {unit}{clock}"), "size".to_owned(), over.to_owned()];
    header.extend(engines.iter().map(|engine| (*engine).to_owned()));
    if has_rounds {
        header.extend(["rounds".to_owned(), "tail".to_owned()]);
    }
    table.set_header(header);
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let mut cases: Vec<(super::row::Case, Vec<&Row>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for row in rows {
        let place = *places.entry(row.case()).or_insert(cases.len());
        if place == cases.len() {
            cases.push((row.case(), Vec::new()));
        }
        cases[place].1.push(row);
    }
    for (_, same) in cases {
        let first = same[0];
        let mut cells = vec![
            Cell::new(describe(first)),
            right(count(first.transactions as u64)),
            right(count(first.accounts as u64)),
        ];
        for engine in &engines {
            let figure = |row: &&Row| {
                let mark = if row.noisy { "~" } else { "" };
                mark.to_owned() + &if name == "conflict" { nanoseconds(row) } else { rate(row.per_second) }
            };
            let found = same.iter().find(|row| row.engine == *engine);
            cells.push(right(found.map_or("-".to_owned(), figure)));
        }
        if has_rounds {
            let gpu = same.iter().find(|row| row.engine == "gpu");
            cells.push(Cell::new(gpu.map_or("-".to_owned(), |row| row.rounds.to_string())));
            cells.push(Cell::new(gpu.map_or("-".to_owned(), |row| row.tail.to_string())));
        }
        table.add_row(cells);
    }
    table
}

impl Report {
    /// Every table, what else is worth a line, and at the end the three lines that one would quote.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut parts: Vec<Part> = Vec::new();
        for row in &self.rows {
            if !parts.contains(&part(row)) {
                parts.push(part(row));
            }
        }
        let order = |name: &str| super::SCOPES.iter().position(|scope| *scope == name).unwrap_or(super::SCOPES.len());
        parts.sort_by_key(|(name, timed, grid)| (order(name), *timed != Timed::EndToEnd, grid.is_some()));
        for one in parts {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| part(row) == one).collect();
            text.push_str(&format!("{}\n\n", part_table(one, &rows)));
        }
        text + &self.closing()
    }

    /// What stands below the tables.
    pub fn closing(&self) -> String {
        let mut text = self.checks();
        if self.headlines().iter().any(|(_, rows)| rows.iter().any(Option::is_some)) {
            text.push_str(&format!("{}\n\n", self.readme_table()));
        }
        let lines = self.notes().into_iter().chain([String::new()]).chain(self.quote());
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// What checking the device's work costs.
    fn checks(&self) -> String {
        let time = |name: &str| self.find(|row| row.scope == "verify" && row.workload == name).map(Row::median_s);
        let mut text = String::new();
        if let (Some(run), Some(check)) = (time("execution on the CPU"), time("check of the device's execution")) {
            text += &format!(
                "Checking an execution in full takes {:.2} times what executing takes the CPU.\n",
                check / run
            );
        }
        if let Some(without) = time("signed blocks, check off") {
            for check in [Check::default(), Check::Full] {
                if let Some(with) = time(&format!("signed blocks, check {check}")) {
                    text += &format!(
                        "Signed blocks with --check {check} take {:.2} times as long as without.\n",
                        with / without
                    );
                }
            }
        }
        if text.is_empty() { text } else { text + "\n" }
    }

    /// How much slower each way to find waves is when all transactions write the same key.
    fn hot_key(&self) -> Option<String> {
        let find = |engine: &str, workload: &str| {
            self.find(|row| row.scope == "conflict" && row.engine == engine && row.workload == workload)
        };
        let slower = |engine: &str| {
            let (spread, hot) = (find(engine, "zipf 0")?, find(engine, "hot key")?);
            Some(format!("{engine} {:.2}", spread.per_second / hot.per_second))
        };
        let rows: Vec<&Row> = self.rows.iter().filter(|row| row.scope == "conflict").collect();
        let engines: Vec<String> = engines(&rows).into_iter().filter_map(slower).collect();
        let fastest = self.rows.iter().filter(|row| row.scope == "conflict" && row.workload == "zipf 0");
        let fastest = fastest.max_by(|a, b| a.per_second.total_cmp(&b.per_second))?;
        Some(format!(
            "Waves, four keys a transaction: {}/s by {}; times as long when all write one key: {}.",
            rate(fastest.per_second),
            fastest.engine,
            engines.join(", ")
        ))
    }

    /// Whether the run can be trusted, and what only some readers want to know.
    pub fn notes(&self) -> Vec<String> {
        let mut lines = vec!["Every result equals the serial engine's.".to_owned()];
        lines.extend(self.noise_words());
        if self.rows.iter().any(|row| row.noisy) {
            lines.push(
                "~ marks figures whose samples spread by more than 5 %; rounds and tail are the gpu engine's."
                    .to_owned(),
            );
        }
        lines.extend(self.hot_key());
        let first = |stage| self.machine["cold_start_s"][stage].as_f64();
        if let (Some(sigverify), Some(execute)) = (first("sigverify"), first("execute")) {
            lines.push(format!(
                "First answer of the device, shaders compiled or taken from the driver's cache: {sigverify:.1} s for \
                 signatures, {execute:.1} s for execution."
            ));
        }
        if let Some(starts) = self.machine["cold_start_s"]["empty_cache"].as_object() {
            let starts: Vec<_> =
                starts.iter().filter_map(|(name, s)| Some(format!("{:.1} s {name}", s.as_f64()?))).collect();
            lines.push(format!(
                "A process from start to end, nothing compiled before, 1,000 signatures on the device: {}.",
                starts.join(", ")
            ));
        }
        if self.machine["device"].is_null() {
            lines.push("No device took part: the CPU engines alone were measured.".to_owned());
        }
        let notes = self.machine["notes"].as_array().into_iter().flatten();
        lines.extend(notes.filter_map(|note| note.as_str().map(str::to_owned)));
        lines
    }
}
