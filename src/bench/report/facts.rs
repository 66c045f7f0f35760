//! The machine, the build and the method, as the page says them.

use crate::bench::compare::LIMIT;
use crate::bench::row::Report;
use crate::bench::statistics::NOISY;
use crate::bench::words::{count, percent, seconds};
use maud::{Markup, html};
use serde_json::Value;

/// Numbers with their thousands apart, lists with commas, nothing where nothing is known.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.as_u64().map_or(number.to_string(), count)),
        Value::Array(list) => {
            Some(list.iter().filter_map(text).collect::<Vec<_>>().join(", ")).filter(|all| !all.is_empty())
        }
        Value::Object(object) => {
            let one = |(name, value): (&String, &Value)| Some(format!("{} {}", name.replace('_', " "), text(value)?));
            Some(object.iter().filter_map(one).collect::<Vec<_>>().join(", "))
        }
    }
}

/// What the run was made on.
pub fn machine(report: &Report) -> Markup {
    const FACTS: [(&str, &str); 26] = [
        ("processor", "/processor"),
        ("cores", "/cores"),
        ("processor flags", "/flags"),
        ("memory, bytes", "/memory_bytes"),
        ("system", "/system"),
        ("kernel", "/kernel"),
        ("operating system", "/os"),
        ("architecture", "/architecture"),
        ("load in the minute before the end", "/load"),
        ("device", "/device/adapter"),
        ("kind of device", "/device/kind"),
        ("backend", "/device/backend"),
        ("driver", "/device/driver"),
        ("why this device", "/device/chosen"),
        ("largest binding, bytes", "/device/binding_bytes"),
        ("device limits", "/device/limits"),
        ("64-bit integers in shaders", "/device/int64"),
        ("subgroup sizes", "/device/subgroups"),
        ("Wavelock", "/version"),
        ("git revision (+: with changes)", "/revision"),
        ("optimised", "/optimised"),
        ("build", "/build"),
        ("AVX-512 code for signatures", "/avx512_signatures"),
        ("suite", "/suite"),
        ("date", "/date"),
        ("notes", "/notes"),
    ];
    let told = |part: &str| report.machine.pointer(part).and_then(text);
    html! {
        section id="machine" {
            h2 { "Machine" }
            dl { @for (name, part) in FACTS {
                dt { (name) }
                dd { (told(part).unwrap_or_else(|| "unknown".to_owned())) }
            } }
        }
    }
}

/// How the figures were taken, and how far they can be trusted.
pub fn method(report: &Report) -> Markup {
    let number = |part: &str| report.machine.pointer(part).and_then(Value::as_f64);
    let noisy = report.rows.iter().filter(|row| row.noisy).count();
    let samples = report.rows.iter().map(|row| row.samples_s.len());
    let (fewest, most) = (samples.clone().min().unwrap_or(0), samples.max().unwrap_or(0));
    html! {
        section id="method" {
            h2 { "Method" }
            p {
                "Every result was held against the serial engine's, blocks transaction by transaction, signatures \
                 against what they were made to be; a run with one wrong answer ends without a report. Engines and peers take \
                 turns on the same data in one process, every other turn in the opposite order, after turns that do not \
                 count."
            }
            p {
                "Figures are medians of " (fewest) " to " (most) " samples. Turns go on until every median is known \
                 to 2 % or the time for it is used up. Intervals lie between two of the samples (order statistics; no \
                 distribution is assumed), at 95 % confidence where there are six samples or more, less where the table \
                 of rows says so."
            }
            p {
                "Noise is the median absolute deviation, scaled to a standard deviation. Above " (percent(NOISY))
                " a row is marked: here "
                (count(noisy as u64)) " of " (count(report.rows.len() as u64)) ". "
                @match (number("/calibration/median_s"), number("/calibration/noise"), number("/calibration/runs")) {
                    (Some(median), Some(noise), Some(runs)) => {
                        "A calibration loop ran " (count(runs as u64)) " times between the measurements: "
                        (seconds(median)) ", spread " (percent(noise)) "."
                    },
                    _ => { "This run had no calibration loop." },
                }
            }
            p {
                "Kernel, device and end-to-end times never stand in one table or figure. "
                code { "wavelock bench --compare OLD.json NEW.json" }
                " names what changed by more than " (percent(LIMIT)) " and beyond noise. The raw samples are in the JSON \
                 report, whose schema is published with the source."
            }
        }
    }
}
