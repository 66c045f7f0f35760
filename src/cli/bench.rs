//! `wavelock bench`: engines side by side on published workloads, and what can be made of a report afterwards.

use super::live::Live;
use super::outputs;
#[cfg(feature = "gpu")]
use super::progress::during;
use super::{Answer, Failure};
use crate::bench::{self, Report};
use crate::error::Error;
use crate::ingest;
use clap::{Args, ValueEnum};
use std::fs;
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

/// Measure every engine on this machine, each result held against the serial reference
///
/// With --from a report is made from an earlier run, with --compare two runs are held against each other: exit status 1
/// where something became slower beyond noise.
#[derive(Args, Debug)]
pub struct Bench {
    /// How much to measure
    #[arg(long, value_enum, default_value_t = Suite::Quick)]
    suite: Suite,
    /// Measure one stage alone
    #[arg(long, value_name = "NAME", value_parser = bench::SCOPES)]
    scope: Option<String>,
    /// Measure one grid of workloads alone, peers included
    #[arg(long, value_name = "NAME", value_parser = bench::GRIDS, conflicts_with = "scope")]
    grid: Option<String>,
    /// Show where the device's time goes instead: kernels, transfers, waiting and CPU, stage by stage
    #[arg(long, conflicts_with_all = ["scope", "grid", "from", "compare", "html", "picture", "readme"])]
    profile: bool,
    /// Spoil what an engine does, to see that it is found: ENGINE:slower:SHARE or ENGINE:wrong-receipt:INDEX
    #[arg(long, hide = true)]
    canary: Option<bench::Canary>,
    /// Write the measurements with their raw samples (docs/bench-schema.json)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with figures, in one file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the README's picture
    #[arg(long, value_name = "FILE.svg")]
    picture: Option<PathBuf>,
    /// Print the README's table and nothing else
    #[arg(long)]
    readme: bool,
    /// Measure nothing: take the JSON report of an earlier run
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["suite", "scope", "grid", "json", "adapter"])]
    from: Option<PathBuf>,
    /// Measure nothing: name what is slower in NEW than in OLD, beyond noise
    #[arg(long, num_args = 2, value_names = ["OLD.json", "NEW.json"],
        conflicts_with_all = ["suite", "scope", "grid", "json", "html", "picture", "readme", "from", "adapter"])]
    compare: Option<Vec<PathBuf>>,
    /// Which device: its index, or part of its name, backend or kind (see `wavelock devices`)
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
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
        if let Some([old, new]) = self.compare.as_deref() {
            return compare(old, new);
        }
        let written = [("--json", &self.json), ("--html", &self.html), ("--picture", &self.picture)];
        outputs::check(&written.map(|(option, path)| (option, path.as_ref())), &[("--from", self.from.as_ref())])?;
        super::engines::named_adapter(self.adapter.as_deref())?;
        if self.profile {
            return self.profile();
        }
        let (report, shown) = match &self.from {
            Some(file) => (read(file)?, false),
            None => match self.measure() {
                Ok(measured) => measured,
                Err(error @ Error::Disagreement(_)) => {
                    return Ok(Answer { text: String::new(), failed_check: Some(error.to_string()) });
                }
                Err(error) => return Err(error.into()),
            },
        };
        if let Some(file) = &self.json {
            let json = serde_json::to_string_pretty(&report).expect("numbers and strings");
            ingest::write_file(file, |output| writeln!(output, "{json}"))?;
        }
        if let Some(file) = &self.html {
            let page = bench::report::page(&report);
            ingest::write_file(file, |output| output.write_all(page.as_bytes()))?;
        }
        if let Some(file) = &self.picture {
            let picture = bench::report::picture(&report);
            ingest::write_file(file, |output| output.write_all(picture.as_bytes()))?;
        }
        Ok(match (self.readme, shown) {
            (true, _) => report.readme_table() + "\n",
            (false, true) => format!("\n{}", report.closing()),
            (false, false) => report.to_text(),
        }
        .into())
    }

    fn options(&self) -> bench::Options {
        bench::Options {
            suite: if self.suite == Suite::Quick { bench::Suite::Quick } else { bench::Suite::Full },
            adapter: self.adapter.clone(),
            calibration: super::engines::calibration_file(),
            program: std::env::current_exe().ok(),
            scope: self.scope.clone(),
            grid: self.grid.clone(),
            canary: self.canary.clone(),
        }
    }

    /// The report, and whether its rows were shown while they were measured.
    fn measure(&self) -> Result<(Report, bool), Error> {
        let live = Live::start(!self.quiet, stdout().is_terminal() && !self.readme);
        let (shows_rows, watching) = (live.shows_rows(), live.clone());
        let result = bench::run(&self.options(), move |event| watching.show(event));
        live.end();
        Ok((result?, shows_rows))
    }

    #[cfg(feature = "gpu")]
    fn profile(&self) -> Result<Answer, Failure> {
        let profile = during("profiling", || bench::profile::run(&self.options(), |_| {}));
        let profile = match profile {
            Ok(profile) => profile,
            Err(error @ Error::Disagreement(_)) => {
                return Ok(Answer { text: String::new(), failed_check: Some(error.to_string()) });
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(file) = &self.json {
            let json = serde_json::to_string_pretty(&profile.report).expect("numbers and strings");
            ingest::write_file(file, |output| writeln!(output, "{json}"))?;
        }
        Ok(profile.to_text().to_owned().into())
    }

    #[cfg(not(feature = "gpu"))]
    fn profile(&self) -> Result<Answer, Failure> {
        Err(Error::NoDevice("this build has no gpu feature".into()).into())
    }
}

fn read(file: &Path) -> Result<Report, Failure> {
    let text = fs::read_to_string(file).map_err(|source| Failure::from(Error::Io { path: file.to_owned(), source }))?;
    Report::read(&text).map_err(|error| Failure::in_file(error, file))
}

fn compare(old_file: &Path, new_file: &Path) -> Result<Answer, Failure> {
    let (old, new) = (read(old_file)?, read(new_file)?);
    let comparison = bench::compare::compare(&old, &new).map_err(|error| Failure::in_file(error, new_file))?;
    Ok(Answer { text: comparison.to_text(), failed_check: comparison.regression() })
}
