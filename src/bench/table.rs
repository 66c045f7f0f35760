//! The report as a person reads it.

use super::row::{Report, Row};
use crate::verify::Check;
use comfy_table::{Cell, CellAlignment, Table, presets};

/// Thousands as k, millions as M: three digits.
pub fn rate(per_second: f64) -> String {
    match per_second {
        ones if ones < 1e3 => format!("{ones:.0}"),
        thousands if thousands < 1e5 => format!("{:.1} k", thousands / 1e3),
        thousands if thousands < 1e6 => format!("{:.0} k", thousands / 1e3),
        millions if millions < 1e7 => format!("{:.2} M", millions / 1e6),
        millions => format!("{:.0} M", millions / 1e6),
    }
}

/// Nanoseconds per transaction.
fn nanoseconds(row: &Row) -> String {
    let nanoseconds = 1e9 / row.per_second;
    if nanoseconds < 99.95 { format!("{nanoseconds:.1}") } else { format!("{nanoseconds:.0}") }
}

/// What a row of the headline table is called, and which row of the report it is.
type Headline = (&'static str, fn(&Row) -> bool);

const HEADLINES: [Headline; 8] = [
    ("signatures, unknown keys, 65,536 at a time", |row| is(row, "sigverify", 65_536) && keys(row, "cold")),
    ("signatures, 1,000 known keys, 65,536 at a time", |row| is(row, "sigverify", 65_536) && keys(row, "known")),
    ("signed transfers, blocks of 10,000, known keys", |row| is(row, "end_to_end", 10_000) && row.accounts == 10_000),
    ("signed transfers, blocks of 100,000, known keys", |row| is(row, "end_to_end", 100_000) && keys(row, "known")),
    ("signed transfers, blocks of 100,000, unknown keys", |row| is(row, "end_to_end", 100_000) && keys(row, "cold")),
    ("signed transfers, blocks of 1,000,000, known keys", |row| is(row, "end_to_end", 1_000_000)),
    ("execution alone, 100,000 over 1,000,000 accounts", |row| {
        is(row, "execute", 100_000) && row.workload == "uniform"
    }),
    ("execution alone, 100,000 between two accounts", |row| {
        is(row, "execute", 100_000) && row.workload == "two-accounts"
    }),
];

/// The plain row of a scope and size: nothing invalid, ample balances, strict signatures.
fn is(row: &Row, scope: &str, transactions: usize) -> bool {
    let plain = row.balances == "ample" && (row.invalid == 0.0 || scope == "sigverify") && row.policy == "strict";
    row.scope == scope && row.transactions == transactions && plain
}

fn keys(row: &Row, keys: &str) -> bool {
    row.keys.as_deref() == Some(keys)
}

impl Report {
    fn find(&self, wanted: impl Fn(&Row) -> bool) -> Option<&Row> {
        self.rows.iter().find(|row| wanted(row))
    }

    /// Engines in the order of their first row.
    fn engines(&self, scope: &str) -> Vec<&str> {
        let mut engines = Vec::new();
        for row in self.rows.iter().filter(|row| row.scope == scope) {
            if !engines.contains(&row.engine.as_str()) {
                engines.push(row.engine.as_str());
            }
        }
        engines
    }

    /// Rows of a scope, one line per workload with the engines beside each other.
    fn scope_table(&self, scope: &str, unit: &str) -> Table {
        let engines = self.engines(scope);
        let has_rounds = !matches!(scope, "snapshot" | "sigverify" | "root" | "auto");
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let mut header = vec![format!("{scope}, {unit}"), "size".to_owned(), "accounts".to_owned()];
        header.extend(engines.iter().map(|engine| (*engine).to_owned()));
        if has_rounds {
            header.extend(["rounds".to_owned(), "tail".to_owned()]);
        }
        table.set_header(header);
        let key = |row: &Row| {
            (
                row.workload.clone(),
                row.transactions,
                row.accounts,
                row.balances.clone(),
                row.invalid.to_bits(),
                row.policy.clone(),
            )
        };
        let mut seen = Vec::new();
        for row in self.rows.iter().filter(|row| row.scope == scope) {
            if seen.contains(&key(row)) {
                continue;
            }
            seen.push(key(row));
            let same: Vec<&Row> =
                self.rows.iter().filter(|other| other.scope == scope && key(other) == key(row)).collect();
            let mut cells = vec![
                Cell::new(describe(row)),
                Cell::new(row.transactions).set_alignment(CellAlignment::Right),
                Cell::new(row.accounts).set_alignment(CellAlignment::Right),
            ];
            for engine in &engines {
                let figure = |row: &Row| {
                    if scope == "conflict" { nanoseconds(row) } else { rate(row.per_second) }
                };
                let found = same.iter().find(|row| row.engine == *engine).map_or("-".to_owned(), |row| figure(row));
                cells.push(Cell::new(found).set_alignment(CellAlignment::Right));
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

    /// The few rows that say what the device buys: the README's table.
    fn headline(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["a second", "parallel", "gpu", "auto", "gpu / parallel"]);
        for (text, wanted) in HEADLINES {
            let find = |engine| self.find(|row| row.engine == engine && wanted(row));
            let cell = |engine| Cell::new(find(engine).map_or("-".to_owned(), |row| rate(row.per_second)));
            let ratio = match (find("parallel"), find("gpu")) {
                (Some(cpu), Some(gpu)) => format!("{:.2}", gpu.per_second / cpu.per_second),
                _ => "-".to_owned(),
            };
            let cells = [Cell::new(text), cell("parallel"), cell("gpu"), cell("auto"), Cell::new(ratio)];
            let mut cells = cells.into_iter();
            let first = cells.next();
            table.add_row(first.into_iter().chain(cells.map(|cell| cell.set_alignment(CellAlignment::Right))));
        }
        table
    }

    /// The tables and the lines that one would quote.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (scope, unit) in [
            ("snapshot", "look-ups/s"),
            ("sigverify", "signatures/s"),
            ("conflict", "ns a transaction"),
            ("execute", "transfers/s"),
            ("root", "accounts/s"),
            ("end_to_end", "signed transfers/s"),
            ("auto", "a second"),
        ] {
            if self.rows.iter().any(|row| row.scope == scope) {
                text.push_str(&format!("{}\n\n", self.scope_table(scope, unit)));
            }
        }
        text.push_str(&self.checks());
        if self.rows.iter().any(|row| !matches!(&*row.scope, "snapshot" | "conflict" | "auto")) {
            text.push_str(&format!("{}\n\n", self.headline()));
        }
        for line in self.summary() {
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

    /// From which batch size on the device checks signatures faster than all cores.
    fn crossover(&self, keys: &str) -> Option<String> {
        let rows = |engine: &'static str| {
            let wanted = move |row: &&Row| row.scope == "sigverify" && row.engine == engine && row.policy == "strict";
            self.rows.iter().filter(wanted).filter(move |row| row.keys.as_deref() == Some(keys))
        };
        let faster = |gpu: &&Row| {
            let cpu = rows("parallel").find(|cpu| cpu.transactions == gpu.transactions);
            cpu.is_some_and(|cpu| gpu.per_second > cpu.per_second)
        };
        let sizes: Vec<usize> = rows("gpu").map(|row| row.transactions).collect();
        let losing = rows("gpu").filter(|gpu| !faster(gpu)).map(|row| row.transactions).max().unwrap_or(0);
        let (smallest, largest) = (sizes.iter().min()?, sizes.iter().max()?);
        Some(match sizes.iter().find(|size| **size > losing) {
            None => format!("Signatures by {keys} keys: gpu is slower than parallel up to {largest} at a time."),
            Some(size) if size == smallest => {
                format!(
                    "Signatures by {keys} keys: gpu is faster than parallel from {size} at a time on, the smallest measured."
                )
            }
            Some(size) => format!("Signatures by {keys} keys: gpu is faster than parallel from {size} at a time on."),
        })
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
        let engines: Vec<String> = self.engines("conflict").into_iter().filter_map(slower).collect();
        let fastest = self.rows.iter().filter(|row| row.scope == "conflict" && row.workload == "zipf 0");
        let fastest = fastest.max_by(|a, b| a.per_second.total_cmp(&b.per_second))?;
        Some(format!(
            "Waves, four keys a transaction: {}/s by {}; times as long when all write one key: {}.",
            rate(fastest.per_second),
            fastest.engine,
            engines.join(", ")
        ))
    }

    /// What this run says in a few lines.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let device = self.machine["device"]["adapter"].as_str().unwrap_or("no device");
        let processor = self.machine["processor"].as_str().unwrap_or("processor unknown");
        lines.push(format!(
            "Every result equals the serial engine's. {processor}, {} cores; {device}.",
            self.machine["cores"]
        ));
        let signed = self.rows.iter().filter(|row| row.scope == "end_to_end" && row.transactions == 100_000);
        if let Some(best) = signed.max_by(|a, b| a.per_second.total_cmp(&b.per_second)) {
            let rate = rate(best.per_second);
            lines.push(format!(
                "Signed transfers, blocks of 100,000, end to end: {rate}/s by {} ({}).",
                best.engine, best.ran
            ));
        }
        let execute = |engine: &str| {
            self.find(|row| {
                row.scope == "execute"
                    && row.engine == engine
                    && row.workload == "uniform"
                    && row.transactions == 100_000
            })
        };
        lines.extend(["cold", "known"].into_iter().filter_map(|keys| self.crossover(keys)));
        lines.extend(self.hot_key());
        let first = |stage| self.machine["cold_start_s"][stage].as_f64();
        if let (Some(sigverify), Some(execute)) = (first("sigverify"), first("execute")) {
            lines.push(format!(
                "First answer of the device, shaders included: {sigverify:.1} s for signatures, {execute:.1} s for execution."
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
        match (execute("parallel"), execute("gpu")) {
            (Some(cpu), Some(gpu)) => {
                let ratio = gpu.per_second / cpu.per_second;
                let (word, factor) = if ratio >= 1.0 { ("faster", ratio) } else { ("slower", 1.0 / ratio) };
                lines.push(format!(
                    "Execution alone, blocks of 100,000: gpu {}/s, parallel {}/s: the device is {factor:.1} times {word} than one CPU core.",
                    rate(gpu.per_second),
                    rate(cpu.per_second)
                ));
            }
            _ if !self.machine["device"].is_null() => {}
            _ => lines.push("No device took part: the CPU engines alone were measured.".to_owned()),
        }
        lines
    }
}

fn describe(row: &Row) -> String {
    let mut text = row.workload.clone();
    if row.scope == "sigverify" {
        text = format!("{text}, {}", row.policy);
    }
    if let Some(keys) = &row.keys {
        text = format!("{text}, {keys} keys");
    }
    if row.scope == "sigverify" {
        return text;
    }
    if row.balances != "ample" {
        text = format!("{text}, balances {}", row.balances);
    }
    if let (true, Some(reason)) = (row.invalid > 0.0, &row.invalid_reason) {
        text = format!("{text}, {} % bad {reason}s", row.invalid);
    }
    text
}
