//! Answers of nodes: files, packed or not, and JSON whose errors name the byte.

use crate::error::{Error, InputError, Place, Result};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest answer that is read, unpacked: fifty times the largest blocks of the main networks.
const MAX_ANSWER_BYTES: u64 = 1 << 30;

/// The bytes of a file, unpacked where its name ends in `.gz`; `expected` names what it should hold.
pub(super) fn read(path: &Path, expected: &str) -> Result<Vec<u8>> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let mut reader: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut text = Vec::new();
    reader.by_ref().take(MAX_ANSWER_BYTES + 1).read_to_end(&mut text).map_err(io)?;
    if text.len() as u64 > MAX_ANSWER_BYTES {
        let message = format!("expected {expected} of at most {MAX_ANSWER_BYTES} bytes");
        return Err(InputError::new(Place::Whole, message).in_file(path).into());
    }
    Ok(text)
}

/// The text of an answer.
pub(super) fn utf8(text: &[u8]) -> Result<&str, InputError> {
    str::from_utf8(text)
        .map_err(|error| InputError::new(Place::Offset(error.valid_up_to() as u64), "expected JSON in UTF-8"))
}

/// Where `part` begins in `whole`, which it was cut from.
pub(super) fn offset(whole: &str, part: &str) -> u64 {
    (part.as_ptr() as usize - whole.as_ptr() as usize) as u64
}

/// Parses `part`, which was cut from `whole`; `expected` names what it should be.
pub(super) fn parse<'a, T: Deserialize<'a>>(whole: &str, part: &'a str, expected: &str) -> Result<T, InputError> {
    serde_json::from_str(part).map_err(|error| {
        let lines_before = part.split_inclusive('\n').take(error.line().saturating_sub(1));
        let in_part = lines_before.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let message = format!("expected {expected} in JSON: {error}");
        InputError::new(Place::Offset(offset(whole, part) + in_part as u64), message)
    })
}

/// The beginning of a piece of input, for messages.
pub(super) fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
