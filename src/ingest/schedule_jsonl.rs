//! Declared read and write sets in and waves out, as JSON lines.

use super::Format;
use super::fields::Fields;
use super::jsonl::{read_all, write_line};
use crate::error::Result;
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::Path;

/// What one transaction declares to read and to write. A key is any string; it may stand in both and more than once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccessList {
    /// The read set.
    pub read: Vec<String>,
    /// The write set.
    pub write: Vec<String>,
}

#[derive(Serialize)]
struct WaveLine {
    index: usize,
    wave: u32,
}

/// Reads access lists from any source, text unless `format` is gzip; `name` stands for the file in errors.
///
/// # Errors
/// As [`read_access_lists`](super::read_access_lists).
pub fn read_access_lists_from(input: impl Read, name: impl AsRef<Path>, format: Format) -> Result<Vec<AccessList>> {
    read_all(input, format, name.as_ref(), parse)
}

fn parse(line: &[u8]) -> Result<AccessList, String> {
    let fields = Fields::parse(line, ["read", "write"])?;
    Ok(AccessList { read: fields.strings("read")?, write: fields.strings("write")? })
}

/// Writes waves to any sink, which should be buffered.
///
/// # Errors
/// What the sink reports.
pub fn write_waves_to(mut output: impl Write, waves: &[u32]) -> io::Result<()> {
    let mut waves = waves.iter().enumerate();
    waves.try_for_each(|(index, wave)| write_line(&mut output, &WaveLine { index, wave: *wave }))
}
