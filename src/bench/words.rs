//! Figures and rows in words, the same in tables, pages and comparisons.

use super::row::{Row, Timed};
pub use crate::cli::table::count;

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

/// A ratio with as many digits as it deserves.
pub fn times(ratio: f64) -> String {
    match ratio {
        small if small < 0.095 => format!("{small:.3}"),
        near if near < 9.95 => format!("{near:.2}"),
        large if large < 99.5 => format!("{large:.1}"),
        huge => format!("{huge:.0}"),
    }
}

/// Seconds in a unit that leaves one to three digits before the point.
pub fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        1.0.. => (seconds, "s"),
        1e-3.. => (seconds * 1e3, "ms"),
        1e-6.. => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    match value {
        100.0.. => format!("{value:.0} {unit}"),
        10.0.. => format!("{value:.1} {unit}"),
        _ => format!("{value:.2} {unit}"),
    }
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    if share < 0.0995 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

/// What was measured, without the engine and the sizes.
pub fn describe(row: &Row) -> String {
    let mut text = row.grid.as_ref().map_or(String::new(), |grid| format!("{grid}: "));
    text += row.workload.strip_prefix("auto: ").unwrap_or(&row.workload);
    if row.scope == "sigverify" {
        text += &format!(", {}", row.policy);
    }
    if let Some(keys) = &row.keys {
        text += &format!(", {} keys", if keys == "cold" { "unknown" } else { keys });
    }
    if row.scope == "sigverify" {
        return text;
    }
    if row.scope != "end_to_end" && row.signatures && !row.workload.contains("signed") {
        text += ", signed";
    }
    if row.scope == "end_to_end" && !row.signatures {
        text += ", unsigned";
    }
    if row.balances != "ample" && !row.balances.is_empty() {
        text += &format!(", balances {}", row.balances);
    }
    if row.invalid > 0.0 {
        let reason = match row.invalid_reason.as_deref() {
            None => "invalid".to_owned(),
            Some(reason @ ("nonce" | "signature")) => format!("bad {reason}s"),
            Some(reason) => reason.replace('_', " "),
        };
        let digits = usize::from(row.invalid.fract() != 0.0);
        text += &format!(", {:.digits$} % {reason}", row.invalid);
    }
    if let Some(state) = &row.state {
        text += &format!(", {state} state");
    }
    if let Some(cores) = row.cores {
        text += &format!(", {cores} core{}", if cores == 1 { "" } else { "s" });
    }
    if let Some(latency) = row.latency {
        text += &format!(", load {}", percent(latency.load));
    }
    if row.timed != Timed::EndToEnd {
        text += &format!(", {} time", row.timed.name());
    }
    text
}

/// The row's size: transactions, and the accounts they choose from.
pub fn size(row: &Row) -> String {
    match row.scope.as_ref() {
        "sigverify" => count(row.transactions as u64),
        "conflict" => format!("{} over {} keys", count(row.transactions as u64), count(row.accounts as u64)),
        "root" => format!("{} of {} accounts", count(row.transactions as u64), count(row.accounts as u64)),
        _ => format!("{} over {} accounts", count(row.transactions as u64), count(row.accounts as u64)),
    }
}

/// The scope as a heading, and what is counted a second.
pub fn scope(scope: &str) -> (String, &'static str) {
    match scope {
        "snapshot" => ("look-ups of accounts".to_owned(), "look-ups/s"),
        "sigverify" => ("signatures".to_owned(), "signatures/s"),
        "conflict" => ("waves".to_owned(), "transactions/s"),
        "execute" => ("execution alone".to_owned(), "transfers/s"),
        "root" => ("state root".to_owned(), "accounts/s"),
        "auto" => ("size by size".to_owned(), "a second"),
        "verify" => ("checks of the device".to_owned(), "transactions/s"),
        "end_to_end" => ("blocks end to end".to_owned(), "transactions/s"),
        other => (other.replace('_', " "), "a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!([999.0, 30_229.4, 144_122.0, 1.26e6, 3.2e7].map(rate), ["999", "30.2 k", "144 k", "1.26 M", "32 M"]);
        assert_eq!([0.027, 0.14, 2.135, 20.04, 640.2].map(times), ["0.027", "0.14", "2.13", "20.0", "640"]);
        assert_eq!([2.5, 0.0123, 4.5e-6, 2e-8].map(seconds), ["2.50 s", "12.3 ms", "4.50 µs", "20.0 ns"]);
        assert_eq!([0.021, 0.5].map(percent), ["2.1 %", "50 %"]);
    }

    #[test]
    fn a_row_says_what_is_special_about_it() {
        let plain = Row {
            workload: "uniform".to_owned(),
            scope: "execute".into(),
            balances: "ample".to_owned(),
            ..Row::default()
        };
        assert_eq!(describe(&plain), "uniform");
        let special = Row {
            grid: Some("block-stm".into()),
            invalid: 10.0,
            invalid_reason: Some("nonce".into()),
            cores: Some(2),
            timed: Timed::Device,
            ..plain
        };
        assert_eq!(describe(&special), "block-stm: uniform, 10 % bad nonces, 2 cores, device time");
        let poor = Row { invalid: 100.0 / 7.0, invalid_reason: Some("insufficient_funds".into()), ..special };
        let poor = Row { cores: Some(1), grid: None, timed: Timed::EndToEnd, ..poor };
        assert_eq!(describe(&poor), "uniform, 14.3 % insufficient funds, 1 core");
        let by_size = Row {
            workload: "auto: signed blocks".to_owned(),
            scope: "auto".into(),
            signatures: true,
            ..Row::default()
        };
        assert_eq!(describe(&by_size), "signed blocks");
    }
}
