//! Signatures in and verdicts out, as JSON lines.

use super::Format;
use super::fields::Fields;
use super::jsonl::{read_all, write_line};
use crate::error::Result;
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::Path;

/// A message, its ed25519 signature (RFC 8032) and the key that is said to have made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedMessage {
    /// The key, as it is encoded on the wire.
    pub public_key: [u8; 32],
    /// The signed bytes, any number of them.
    pub message: Vec<u8>,
    /// The signature: R, then s.
    pub signature: [u8; 64],
}

#[derive(Serialize)]
struct VerdictLine {
    index: usize,
    valid: bool,
}

/// Reads signatures from any source, text unless `format` is gzip; `name` stands for the file in errors.
///
/// # Errors
/// As [`read_signatures`](super::read_signatures).
pub fn read_signatures_from(input: impl Read, name: impl AsRef<Path>, format: Format) -> Result<Vec<SignedMessage>> {
    read_all(input, format, name.as_ref(), parse)
}

fn parse(line: &[u8]) -> Result<SignedMessage, String> {
    let fields = Fields::parse(line, ["public_key", "message", "signature"])?;
    Ok(SignedMessage {
        public_key: fields.hex("public_key")?,
        message: fields.hex_any("message")?,
        signature: fields.hex("signature")?,
    })
}

/// Writes verdicts to any sink, which should be buffered.
///
/// # Errors
/// What the sink reports.
pub fn write_verdicts_to(mut output: impl Write, verdicts: &[bool]) -> io::Result<()> {
    let mut verdicts = verdicts.iter().enumerate();
    verdicts.try_for_each(|(index, valid)| write_line(&mut output, &VerdictLine { index, valid: *valid }))
}
