//! Files in and out: blocks, states, receipts, signatures and access lists, in binary and as JSON lines.
//!
//! Names ending in `.jsonl` or `.jsonl.gz` are text, all others binary. Readers stream, trust no count before the bytes
//! are there, and reject whatever the format does not allow with file, line or byte offset, and what was expected.
//! Functions with a path replace their file in one step or leave it as it was.
//!
//! | file | binary | JSON lines |
//! |---|---|---|
//! | block | [`read_block`], [`write_block`] | the same |
//! | state | [`read_state`], [`write_state`] | the same, without height |
//! | receipts | | [`read_receipts`], [`write_receipts`] |
//! | signatures, verdicts | | [`read_signatures`], [`write_verdicts`] |
//! | access lists, waves | | [`read_access_lists`], [`write_waves`] |

mod binary;
mod block_binary;
mod block_jsonl;
pub(crate) mod fields;
pub(crate) mod jsonl;
mod output;
mod receipts;
mod schedule_jsonl;
mod sigverify_jsonl;
mod state_binary;
mod state_jsonl;

pub use output::{check_writable, write_file};
pub use receipts::{read_receipts_from, write_receipts_to};
pub use schedule_jsonl::{AccessList, read_access_lists_from, write_waves_to};
pub use sigverify_jsonl::{SignedMessage, read_signatures_from, write_verdicts_to};

use crate::error::{Error, Result};
use crate::state::State;
use crate::status::Status;
use crate::transaction::Block;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// How a file is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Little-endian records with a header and a BLAKE3 hash at the end.
    Binary,
    /// One JSON object a line.
    JsonLines,
    /// JSON lines, compressed with gzip (RFC 1952), any number of members.
    JsonLinesGzip,
}

impl Format {
    /// The format that a file's name says it has.
    pub fn of(path: impl AsRef<Path>) -> Self {
        let name = path.as_ref().as_os_str().as_encoded_bytes();
        if name.ends_with(b".jsonl") {
            Format::JsonLines
        } else if name.ends_with(b".jsonl.gz") {
            Format::JsonLinesGzip
        } else {
            Format::Binary
        }
    }
}

/// Whether a transfer in JSON lines must carry its signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SignatureField {
    /// A transfer without `signature` is an error.
    #[default]
    Required,
    /// A transfer without `signature` gets 64 zero bytes; for blocks whose signatures are not checked.
    Optional,
}

/// Reads a block.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Input`] where it is not a block. A record that is framed well
/// but malformed is no error: it becomes a rejected transaction.
pub fn read_block(path: impl AsRef<Path>, signatures: SignatureField) -> Result<Block> {
    let path = path.as_ref();
    let (file, length) = open(path)?;
    match Format::of(path) {
        Format::Binary => block_binary::read(file, length, path),
        text => block_jsonl::read(file, text, path, signatures),
    }
}

/// Reads a block from any source; `name` stands for the file in errors.
///
/// # Errors
/// As [`read_block`].
pub fn read_block_from(
    input: impl Read,
    name: impl AsRef<Path>,
    format: Format,
    signatures: SignatureField,
) -> Result<Block> {
    match format {
        Format::Binary => block_binary::read(input, None, name.as_ref()),
        text => block_jsonl::read(input, text, name.as_ref(), signatures),
    }
}

/// Writes a block in the format that the path's name says. In JSON lines a well-formed transfer is written field by
/// field, any other record as raw bytes.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written; it is then as it was before.
pub fn write_block(path: impl AsRef<Path>, block: &Block) -> Result<()> {
    let format = Format::of(&path);
    write_file(path, |output| write_block_to(output, format, block))
}

/// Writes a block to any sink, which should be buffered.
///
/// # Errors
/// What the sink reports.
pub fn write_block_to(output: impl Write, format: Format, block: &Block) -> io::Result<()> {
    match format {
        Format::Binary => block_binary::write(output, block),
        text => jsonl::write(output, text, |output| block_jsonl::write(output, block)),
    }
}

/// Reads a state. JSON lines carry no height: it is 0 then.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Input`] where it is not a state, an account occurs twice or
/// the balances add up to more than 2^128 - 1.
pub fn read_state(path: impl AsRef<Path>) -> Result<State> {
    let path = path.as_ref();
    let (file, length) = open(path)?;
    match Format::of(path) {
        Format::Binary => state_binary::read(file, length, path),
        text => state_jsonl::read(file, text, path),
    }
}

/// Reads a state from any source; `name` stands for the file in errors.
///
/// # Errors
/// As [`read_state`].
pub fn read_state_from(input: impl Read, name: impl AsRef<Path>, format: Format) -> Result<State> {
    match format {
        Format::Binary => state_binary::read(input, None, name.as_ref()),
        text => state_jsonl::read(input, text, name.as_ref()),
    }
}

/// Writes a state, slot by slot, in the format that the path's name says; JSON lines leave the height out.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written; it is then as it was before.
pub fn write_state(path: impl AsRef<Path>, state: &State) -> Result<()> {
    let format = Format::of(&path);
    write_file(path, |output| write_state_to(output, format, state))
}

/// Writes a state to any sink, which should be buffered.
///
/// # Errors
/// What the sink reports.
pub fn write_state_to(output: impl Write, format: Format, state: &State) -> io::Result<()> {
    match format {
        Format::Binary => state_binary::write(output, state),
        text => jsonl::write(output, text, |output| state_jsonl::write(output, state)),
    }
}

/// Reads receipts, one status per transaction; always JSON lines.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Input`] where a line is no receipt or out of order.
pub fn read_receipts(path: impl AsRef<Path>) -> Result<Vec<Status>> {
    let path = path.as_ref();
    read_receipts_from(open(path)?.0, path, Format::of(path))
}

/// Writes receipts, one line per transaction; always JSON lines.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written; it is then as it was before.
pub fn write_receipts(path: impl AsRef<Path>, statuses: &[Status]) -> Result<()> {
    write_text(path.as_ref(), |output| write_receipts_to(output, statuses))
}

/// Reads messages with their keys and signatures; always JSON lines.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Input`] where a line is not as expected.
pub fn read_signatures(path: impl AsRef<Path>) -> Result<Vec<SignedMessage>> {
    let path = path.as_ref();
    read_signatures_from(open(path)?.0, path, Format::of(path))
}

/// Writes one verdict per signature; always JSON lines.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written; it is then as it was before.
pub fn write_verdicts(path: impl AsRef<Path>, verdicts: &[bool]) -> Result<()> {
    write_text(path.as_ref(), |output| write_verdicts_to(output, verdicts))
}

/// Reads one access list per transaction; always JSON lines.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Input`] where a line is not as expected.
pub fn read_access_lists(path: impl AsRef<Path>) -> Result<Vec<AccessList>> {
    let path = path.as_ref();
    read_access_lists_from(open(path)?.0, path, Format::of(path))
}

/// Writes one wave per transaction; always JSON lines.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written; it is then as it was before.
pub fn write_waves(path: impl AsRef<Path>, waves: &[u32]) -> Result<()> {
    write_text(path.as_ref(), |output| write_waves_to(output, waves))
}

fn write_text(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    write_file(path, |output| jsonl::write(output, Format::of(path), fill))
}

/// The file and, where it is a regular one, its length in bytes.
fn open(path: &Path) -> Result<(File, Option<u64>)> {
    let opened = File::open(path).and_then(|file| {
        let metadata = file.metadata()?;
        Ok((file, metadata.is_file().then_some(metadata.len())))
    });
    opened.map_err(|source| Error::Io { path: path.to_owned(), source })
}
