//! The command line: one file per command.
//!
//! Results go to standard output, with `--json` as exactly one JSON object; progress, warnings and errors to standard
//! error. Exit status 0: done; 1: a check failed; 2: bad usage or input.

mod bench;
mod devices;
mod engines;
mod generate;
mod json;
mod live;
mod outputs;
mod progress;
mod replay;
mod schedule;
mod sigverify;
mod state;
pub(crate) mod table;
mod validate;

use crate::error::Error;
use clap::{Parser, Subcommand};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

/// Exit status where a check failed.
const CHECK_FAILED: u8 = 1;
/// Exit status for bad usage or input.
const BAD_INPUT: u8 = 2;

/// Validates blocks of signed transactions on any GPU, bit for bit equal to executing them one after the other.
#[derive(Parser, Debug)]
#[command(name = "wavelock", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Devices(devices::Devices),
    Generate(generate::Generate),
    Validate(validate::Validate),
    State(state::State),
    Sigverify(sigverify::Sigverify),
    Schedule(schedule::Schedule),
    Replay(replay::Replay),
    Bench(bench::Bench),
}

impl Command {
    fn run(self) -> Result<Answer, Failure> {
        match self {
            Command::Devices(command) => command.run(),
            Command::Generate(command) => command.run(),
            Command::Validate(command) => command.run(),
            Command::State(command) => command.run(),
            Command::Sigverify(command) => command.run(),
            Command::Schedule(command) => command.run(),
            Command::Replay(command) => command.run(),
            Command::Bench(command) => command.run(),
        }
    }
}

/// What a command that ran to its end has to say.
struct Answer {
    /// For standard output.
    text: String,
    /// What a check found, for standard error.
    failed_check: Option<String>,
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self { text, failed_check: None }
    }
}

/// Why a command could not do what it was asked to, and the exit status that says so.
struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    /// What was asked for cannot be done.
    fn usage(message: String) -> Self {
        Self { message, status: BAD_INPUT }
    }

    /// `error`, naming `file` unless it names one already.
    fn in_file(error: impl Into<Error>, file: &Path) -> Self {
        match error.into() {
            Error::Input(error) if error.file.is_none() => Self::usage(error.in_file(file).to_string()),
            error => error.into(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = if matches!(error, Error::Disagreement(_)) { CHECK_FAILED } else { BAD_INPUT };
        Self { message: error.to_string(), status }
    }
}

/// Runs the command that the process's arguments name, and returns its exit status.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // A reader who has gone away is no reason to fail.
            let _ = usage.print();
            return if usage.exit_code() == 0 { ExitCode::SUCCESS } else { ExitCode::from(BAD_INPUT) };
        }
    };
    match cli.command.run() {
        Ok(answer) => {
            if let Err(error) = print(&answer.text) {
                complain(&format!("standard output: {error}"));
                return ExitCode::from(BAD_INPUT);
            }
            match answer.failed_check {
                Some(message) => {
                    complain(&message);
                    ExitCode::from(CHECK_FAILED)
                }
                None => ExitCode::SUCCESS,
            }
        }
        Err(Failure { message, status }) => {
            complain(&message);
            ExitCode::from(status)
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        // `| head` has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn complain(message: &str) {
    // Nothing is left to report it to where standard error is closed.
    let _ = writeln!(io::stderr(), "error: {message}");
}
