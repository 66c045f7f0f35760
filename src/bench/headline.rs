//! The few rows that say what the device buys: the README's table.

use super::findings::is_plain;
use super::row::{Report, Row};
use super::words::rate;
use comfy_table::{Cell, CellAlignment, Table, presets};

/// What a row of the headline table is called, and which row of the report it is.
struct Headline {
    text: &'static str,
    /// What follows the engine's name in the report.
    how: &'static str,
    wanted: fn(&Row) -> bool,
}

const fn headline(text: &'static str, wanted: fn(&Row) -> bool) -> Headline {
    Headline { text, how: "", wanted }
}

const HEADLINES: [Headline; 12] = [
    headline("signatures, unknown keys, 65,536 at a time", |row| is(row, "sigverify", 65_536) && keys(row, "cold")),
    headline("signatures, 1,000 known keys, 65,536 at a time", |row| {
        is(row, "sigverify", 65_536) && keys(row, "known")
    }),
    headline("signatures, unknown keys, 1,048,576 at a time", |row| {
        is(row, "sigverify", 1_048_576) && keys(row, "cold")
    }),
    headline("signatures, 1,000 known keys, 1,048,576 at a time", |row| {
        is(row, "sigverify", 1_048_576) && keys(row, "known")
    }),
    headline("signed transfers, blocks of 10,000, known keys", |row| {
        is(row, "end_to_end", 10_000) && row.accounts == 10_000
    }),
    headline("signed transfers, blocks of 100,000, known keys", |row| {
        is(row, "end_to_end", 100_000) && keys(row, "known")
    }),
    headline("signed transfers, blocks of 100,000, unknown keys", |row| {
        is(row, "end_to_end", 100_000) && keys(row, "cold")
    }),
    headline("signed transfers, blocks of 1,000,000, known keys", |row| is(row, "end_to_end", 1_000_000)),
    Headline {
        text: "signed transfers in a row, blocks of 100,000, known keys",
        how: "-pipeline",
        wanted: |row| row.workload == "blocks in a row" && row.transactions == 100_000,
    },
    Headline {
        text: "signed transfers in a row, blocks of 400,000, known keys",
        how: "-pipeline",
        wanted: |row| row.workload == "blocks in a row" && row.transactions == 400_000,
    },
    headline("execution alone, 100,000 over 1,000,000 accounts", |row| {
        is(row, "execute", 100_000) && row.workload == "uniform"
    }),
    headline("execution alone, 100,000 between two accounts", |row| {
        is(row, "execute", 100_000) && row.workload == "two-accounts"
    }),
];

/// The plain row of a scope and size: end to end, nothing invalid, ample balances, strict signatures, no grid.
fn is(row: &Row, scope: &str, transactions: usize) -> bool {
    let usual = scope != "end_to_end" || row.workload == "uniform";
    row.scope == scope && row.transactions == transactions && usual && is_plain(row)
}

fn keys(row: &Row, keys: &str) -> bool {
    row.keys.as_deref() == Some(keys)
}

impl Report {
    /// The README's lines, each with its rows of `parallel`, `gpu` and `auto`.
    pub fn headlines(&self) -> Vec<(&'static str, [Option<&Row>; 3])> {
        let rows = |Headline { how, wanted, .. }: &Headline| {
            ["parallel", "gpu", "auto"].map(|engine| {
                let is_engine = |row: &Row| row.engine.strip_suffix(how) == Some(engine);
                self.find(|row| is_engine(row) && wanted(row))
            })
        };
        HEADLINES.iter().map(|headline| (headline.text, rows(headline))).collect()
    }

    /// The README's table, in Markdown.
    pub fn readme_table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["a second", "parallel", "gpu", "auto", "gpu / parallel"]);
        for (text, rows) in self.headlines().into_iter().filter(|(_, rows)| rows.iter().any(Option::is_some)) {
            let [parallel, gpu, auto] = rows.map(|row| row.map_or("-".to_owned(), |row| rate(row.per_second)));
            let ratio = rows[0].zip(rows[1]).map(|(cpu, gpu)| format!("{:.2}", gpu.per_second / cpu.per_second));
            let right = [parallel, gpu, auto, ratio.unwrap_or("-".to_owned())];
            let right = right.map(|text| Cell::new(text).set_alignment(CellAlignment::Right));
            table.add_row(std::iter::once(Cell::new(text)).chain(right));
        }
        table.to_string()
    }
}
