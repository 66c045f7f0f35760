//! Errors: bad input, misuse of a state, device trouble. A transaction's status is never an error.

use crate::fault::FaultKind;
use std::fmt;
use std::path::PathBuf;

/// Where in an input something is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The input as a whole.
    Whole,
    /// A line of a text file, counted from 1.
    Line(u64),
    /// A byte offset in a binary file, counted from 0.
    Offset(u64),
    /// A transaction of a batch, counted from 0.
    Transaction(usize),
    /// A leg of a transaction, both counted from 0.
    Leg {
        /// Transaction index in the batch.
        transaction: usize,
        /// Leg number in the transaction.
        leg: usize,
    },
}

/// Input that cannot be used: what was found where, and what was expected. Nothing was changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputError {
    /// The file, where the input came from one.
    pub file: Option<PathBuf>,
    /// Where in the input.
    pub place: Place,
    /// What is wrong and what was expected.
    pub message: String,
}

impl InputError {
    /// An error at `place`.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { file: None, place, message: message.into() }
    }

    /// The same error, naming the file.
    pub fn in_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        match self.place {
            Place::Whole => {}
            Place::Line(line) => write!(f, "line {line}: ")?,
            Place::Offset(offset) => write!(f, "byte {offset}: ")?,
            Place::Transaction(index) => write!(f, "transaction {index}: ")?,
            Place::Leg { transaction, leg } => write!(f, "transaction {transaction}, leg {leg}: ")?,
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for InputError {}

/// Anything that keeps a call from having a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file could not be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An outcome was applied to another state than the one it was computed on.
    #[error(
        "the outcome of block {block} was computed on another state than this one (height {state}): validate again"
    )]
    StateMismatch {
        /// Height of the outcome's block.
        block: u64,
        /// Height of the state it was to be applied to.
        state: u64,
    },
    /// No usable device, or the engine was built without one.
    #[error("no device: {0}")]
    NoDevice(String),
    /// Two engines give different results: a bug in one of them.
    #[error("engines disagree: {0}")]
    Disagreement(String),
    /// The device failed; nothing of the block was lost, it can be validated again on another engine.
    #[error("device fault in {stage} ({kind}): {message}")]
    Device {
        /// The stage that was running.
        stage: &'static str,
        /// What kind of trouble.
        kind: FaultKind,
        /// What the device or its driver said.
        message: String,
    },
}

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
