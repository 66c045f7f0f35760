//! `wavelock bench`: engines side by side on published workloads.

use super::{Answer, Failure};
use crate::bench;
use crate::error::Error;
use crate::ingest;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::time::Duration;

/// Measure every engine on this machine, each result held against the serial reference
#[derive(Args, Debug)]
pub struct Bench {
    /// How much to measure
    #[arg(long, value_enum, default_value_t = Suite::Quick)]
    suite: Suite,
    /// Measure one stage alone
    #[arg(long, value_name = "snapshot|sigverify|conflict|execute|end_to_end|auto", value_parser = bench::SCOPES)]
    scope: Option<String>,
    /// Measure one grid of workloads alone, peers included
    #[arg(long, value_name = "NAME", value_parser = bench::GRIDS, conflicts_with = "scope")]
    grid: Option<String>,
    /// Write the measurements with their raw samples
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with figures
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Which device: its index, or part of its name, backend or kind (see `wavelock devices`)
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Suite {
    /// Under three minutes on two cores
    Quick,
    /// More sizes, more samples
    Full,
}

impl Bench {
    pub fn run(self) -> Result<Answer, Failure> {
        if self.html.is_some() {
            return Err(Failure("--html is not there yet: expected --json FILE, which holds every sample".to_owned()));
        }
        let suite = if self.suite == Suite::Quick { bench::Suite::Quick } else { bench::Suite::Full };
        let options = bench::Options {
            suite,
            adapter: self.adapter,
            calibration: super::engines::calibration_file(),
            program: std::env::current_exe().ok(),
            scope: self.scope,
            grid: self.grid,
            canary: None,
        };
        let bar = if stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.enable_steady_tick(Duration::from_millis(100));
        let shown = bar.clone();
        let result = bench::run(&options, move |what| shown.set_message(what.to_owned()));
        bar.finish_and_clear();
        let report = match result {
            Ok(report) => report,
            Err(error @ Error::Disagreement(_)) => {
                return Ok(Answer { text: String::new(), failed_check: Some(error.to_string()) });
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(file) = &self.json {
            let json = serde_json::to_string_pretty(&report).expect("numbers and strings");
            ingest::write_file(file, |output| writeln!(output, "{json}"))?;
        }
        Ok(report.to_text().into())
    }
}
