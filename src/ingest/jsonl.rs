//! JSON lines in and out: a bounded line reader whose lines are parsed in parallel, gzip included.

use super::Format;
use crate::error::{Error, InputError, Place, Result};
use crate::limits::MAX_LINE_BYTES;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use serde::Serialize;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::ops::Range;
use std::path::Path;

const BUFFER_BYTES: usize = 1 << 18;
/// Text that is collected before its lines are parsed side by side.
const BATCH_BYTES: usize = 1 << 20;

/// Reads the lines of a text one after the other.
pub(super) struct Lines<'n, R> {
    input: BufReader<Text<R>>,
    name: &'n Path,
    /// Lines read so far.
    line: u64,
    /// The first of the blank lines that were read last.
    blank: Option<u64>,
}

impl<'n, R: Read> Lines<'n, R> {
    pub fn new(input: R, format: Format, name: &'n Path) -> Self {
        let text = match format {
            Format::JsonLinesGzip => Text::Gzip(Box::new(MultiGzDecoder::new(input))),
            _ => Text::Plain(input),
        };
        Self { input: BufReader::with_capacity(BUFFER_BYTES, text), name, line: 0, blank: None }
    }

    fn error(&self, line: u64, message: impl Into<String>) -> Error {
        InputError::new(Place::Line(line), message).in_file(self.name).into()
    }

    fn read_error(&self, source: io::Error) -> Error {
        let of_the_data =
            matches!(source.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof);
        if of_the_data && source.raw_os_error().is_none() {
            return self
                .error(self.line + 1, format!("the gzip data is damaged or cut off ({source}): expected a line"));
        }
        Error::Io { path: self.name.to_owned(), source }
    }

    /// Appends the next line that is not blank to `text` and returns its number, `None` at the end.
    fn next(&mut self, text: &mut Vec<u8>) -> Result<Option<u64>> {
        let start = text.len();
        loop {
            let mut line = (&mut self.input).take(MAX_LINE_BYTES as u64 + 1);
            if let Err(source) = line.read_until(b'\n', text) {
                return Err(self.read_error(source));
            }
            let read = text.len() - start;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if text.last() == Some(&b'\n') {
                text.pop();
            } else if read > MAX_LINE_BYTES {
                return Err(
                    self.error(self.line, format!("the line is too long: expected at most {MAX_LINE_BYTES} bytes"))
                );
            }
            if !text[start..].trim_ascii().is_empty() {
                break;
            }
            text.truncate(start);
            self.blank.get_or_insert(self.line);
        }
        match self.blank {
            Some(blank) => {
                Err(self.error(blank, "the line is blank: expected a JSON object, blank lines only at the end"))
            }
            None => Ok(Some(self.line)),
        }
    }

    /// Parses the first line; `what` says in an error what it would have been.
    pub fn first<T>(&mut self, what: &str, parse: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T> {
        let mut text = Vec::new();
        match self.next(&mut text)? {
            Some(line) => parse(&text).map_err(|message| self.error(line, message)),
            None => Err(self.error(1, format!("the file ends here: expected {what}"))),
        }
    }

    /// Parses all remaining lines, many at a time, and hands them to `sink` in order; the first line that either
    /// complains about is the error.
    pub fn each<T: Send>(
        mut self,
        parse: impl Fn(&[u8]) -> Result<T, String> + Sync,
        mut sink: impl FnMut(T) -> Result<(), String>,
    ) -> Result<()> {
        let (mut text, mut lines, mut parsed) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let end = self.batch(&mut text, &mut lines);
            let parse_line = |(_, range): &(u64, Range<usize>)| parse(&text[range.clone()]);
            lines.par_iter().map(parse_line).collect_into_vec(&mut parsed);
            for (item, (line, _)) in parsed.drain(..).zip(&lines) {
                item.and_then(&mut sink).map_err(|message| self.error(*line, message))?;
            }
            if end? {
                return Ok(());
            }
        }
    }

    /// Reads lines until they fill a batch; whether the text ended. Lines before an error are in the batch.
    fn batch(&mut self, text: &mut Vec<u8>, lines: &mut Vec<(u64, Range<usize>)>) -> Result<bool> {
        text.clear();
        lines.clear();
        while text.len() < BATCH_BYTES {
            let start = text.len();
            match self.next(text)? {
                Some(line) => lines.push((line, start..text.len())),
                None => return Ok(true),
            }
        }
        Ok(false)
    }
}

/// Reads everything at once: one item a line.
pub(crate) fn read_all<T: Send>(
    input: impl Read,
    format: Format,
    name: &Path,
    parse: impl Fn(&[u8]) -> Result<T, String> + Sync,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    Lines::new(input, format, name).each(parse, |item| {
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

enum Text<R> {
    Plain(R),
    Gzip(Box<MultiGzDecoder<R>>),
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Text::Plain(input) => input.read(buffer),
            Text::Gzip(input) => input.read(buffer),
        }
    }
}

/// Writes text through `fill`, compressed where the format says so.
pub(super) fn write(
    mut output: impl Write,
    format: Format,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if format == Format::JsonLinesGzip {
        // The larger half of a line is random bytes in hex: stronger levels take long and gain little.
        let mut encoder = io::BufWriter::with_capacity(BUFFER_BYTES, GzEncoder::new(output, Compression::fast()));
        fill(&mut encoder)?;
        output = encoder.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
    } else {
        fill(&mut output)?;
    }
    output.flush()
}

/// Writes one object and the line's end.
pub(super) fn write_line(output: &mut (impl Write + ?Sized), object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *output, object)?;
    output.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: impl Read, format: Format) -> Result<Vec<(usize, u8)>> {
        read_all(input, format, Path::new("x.jsonl"), |line| Ok((line.len(), line[0])))
    }

    fn error(input: impl Read) -> InputError {
        match lines(input, Format::JsonLines) {
            Err(Error::Input(error)) => error,
            other => panic!("expected an input error, got {other:?}"),
        }
    }

    #[test]
    fn lines_come_in_order_across_batches() {
        let long = BATCH_BYTES / 3;
        let text: String = (0..10).map(|k| k.to_string().repeat(long + k) + "\n").collect();
        let expected: Vec<_> = (0..10).map(|k| (long + k, b'0' + k as u8)).collect();
        assert_eq!(lines(text.as_bytes(), Format::JsonLines).expect("ten lines"), expected);
    }

    #[test]
    fn a_line_may_have_the_longest_length_and_no_more() {
        let line = || io::repeat(b'x').take(MAX_LINE_BYTES as u64);
        assert_eq!(lines(line().chain(&b"\nyy"[..]), Format::JsonLines).expect("two lines").len(), 2);
        assert_eq!(lines(line(), Format::JsonLines).expect("one line").len(), 1);
        let error = error((&b"a\n"[..]).chain(line()).chain(&b"x\n"[..]));
        assert_eq!((error.place, error.message.contains("too long")), (Place::Line(2), true));
    }

    #[test]
    fn the_earliest_line_is_the_error() {
        let parse = |line: &[u8]| if line == b"bad" { Err("bad".to_owned()) } else { Ok(()) };
        let read = |text: &str| match read_all(text.as_bytes(), Format::JsonLines, Path::new("x"), parse) {
            Err(Error::Input(error)) => error,
            other => panic!("expected an input error, got {other:?}"),
        };
        assert_eq!(read("a\nbad\n\na\n").place, Place::Line(2));
        assert_eq!(read("a\n\nbad\n").place, Place::Line(2));
        assert_eq!(read("bad\nbad\n").place, Place::Line(1));
    }

    #[test]
    fn an_empty_gzip_file_is_cut_off() {
        let Err(Error::Input(error)) = lines(&[][..], Format::JsonLinesGzip) else { panic!("expected an input error") };
        assert_eq!(error.place, Place::Line(1));
    }
}
