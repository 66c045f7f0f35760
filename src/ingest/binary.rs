//! What binary files have in common: magic, version, counted records, and the BLAKE3 hash of all before it.

use crate::error::{Error, InputError, Place, Result};
use crate::memory::has_room;
use std::io::{self, Read, Write};
use std::path::Path;

/// The one version there is.
const VERSION: u16 = 1;
/// Bytes of the hash that ends a file.
const HASH_BYTES: usize = blake3::OUT_LEN;
/// Bytes read, hashed and written at a time: a multiple of both record sizes that stays in the second-level cache.
const CHUNK_BYTES: usize = 3 << 17;

/// Reads and hashes a binary file front to back.
pub(super) struct BinaryReader<'n, R> {
    input: R,
    /// Bytes of the whole file, where that is known beforehand.
    length: Option<u64>,
    name: &'n Path,
    hasher: blake3::Hasher,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    offset: u64,
}

impl<'n, R: Read> BinaryReader<'n, R> {
    pub fn new(input: R, length: Option<u64>, name: &'n Path) -> Self {
        let buffer = vec![0; CHUNK_BYTES].into_boxed_slice();
        Self { input, length, name, hasher: blake3::Hasher::new(), buffer, start: 0, end: 0, offset: 0 }
    }

    /// Offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// An error at `offset`.
    pub fn error(&self, offset: u64, message: impl Into<String>) -> Error {
        InputError::new(Place::Offset(offset), message).in_file(self.name).into()
    }

    /// Buffers at least `wanted` bytes where the file has so many left; the number of bytes buffered.
    fn fill(&mut self, wanted: usize) -> Result<usize> {
        if self.end - self.start < wanted {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end - self.start < wanted {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Io { path: self.name.to_owned(), source }),
            }
        }
        Ok(self.end - self.start)
    }

    fn skip(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }

    fn peek<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let available = self.fill(N)?;
        if available < N {
            let message = format!("the file ends here: expected {what}, {} bytes more", N - available);
            return Err(self.error(self.offset + available as u64, message));
        }
        Ok(*self.buffer[self.start..].first_chunk().expect("that many bytes are buffered"))
    }

    /// The next `N` bytes, `what` says in an error what they would have been.
    pub fn bytes<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let bytes = self.peek(what)?;
        self.hasher.update(&bytes);
        self.skip(N);
        Ok(bytes)
    }

    /// The next 8 bytes as a number.
    pub fn u64(&mut self, what: &str) -> Result<u64> {
        self.bytes(what).map(u64::from_le_bytes)
    }

    /// Reserved bytes.
    pub fn zero<const N: usize>(&mut self) -> Result<()> {
        let offset = self.offset;
        if self.bytes::<N>("reserved bytes")? != [0; N] {
            return Err(self.error(offset, format!("reserved bytes are not zero: expected {N} zero bytes")));
        }
        Ok(())
    }

    /// The head that all files share: `magic`, the version and two reserved fields.
    pub fn head(&mut self, magic: &[u8; 8], what: &str) -> Result<()> {
        let found: [u8; 8] = self.bytes(what)?;
        if found != *magic {
            let (found, magic) = (found.escape_ascii(), magic.escape_ascii());
            let message = format!(
                "found \"{found}\": expected \"{magic}\", the start of a binary {what} (text ends in .jsonl or .jsonl.gz)"
            );
            return Err(self.error(0, message));
        }
        let offset = self.offset;
        let version = u16::from_le_bytes(self.bytes("the version")?);
        if version != VERSION {
            return Err(self.error(offset, format!("found version {version}: expected version {VERSION}")));
        }
        self.zero::<2>()?;
        self.zero::<4>()
    }

    /// The number of records of `record_bytes` that follow; at most `limit`, and where the length is known, as many as
    /// there is room for before the hash.
    pub fn count(&mut self, record_bytes: usize, limit: usize) -> Result<usize> {
        let offset = self.offset;
        let count = self.u64("a count of records")?;
        if count > limit as u64 {
            return Err(self.error(offset, format!("count {count}: expected at most {limit}")));
        }
        if let Some(length) = self.length {
            let room = length.saturating_sub(self.offset + HASH_BYTES as u64) / record_bytes as u64;
            if count > room {
                let message = format!(
                    "count {count}: expected at most {room}, as many records of {record_bytes} bytes as the rest of \
                     the file has room for before its hash"
                );
                return Err(self.error(offset, message));
            }
        }
        Ok(count as usize)
    }

    /// How much of a checked count may be allocated at once: nothing where the bytes were not seen yet. `bytes` is what a record takes
    /// in memory.
    pub fn trusted(&self, count: usize, bytes: usize) -> Result<usize> {
        if self.length.is_none() {
            return Ok(0);
        }
        if !has_room(count, bytes) {
            return Err(
                self.error(self.offset, format!("count {count}: this machine has no memory for as many records"))
            );
        }
        Ok(count)
    }

    /// Hands the next `count` records to `sink` in pieces, each with the offset of its first record. The error of
    /// `sink` is the number of the record in its piece and what is wrong with it.
    pub fn records<const N: usize>(
        &mut self,
        count: usize,
        what: &str,
        mut sink: impl FnMut(&[[u8; N]]) -> Result<(), (usize, String)>,
    ) -> Result<()> {
        let mut left = count;
        while left > 0 {
            self.peek::<N>(what)?;
            let (records, _) = self.buffer[self.start..self.end].as_chunks::<N>();
            let records = &records[..records.len().min(left)];
            let bytes = records.as_flattened().len();
            self.hasher.update(records.as_flattened());
            left -= records.len();
            if let Err((position, message)) = sink(records) {
                return Err(self.error(self.offset + (position * N) as u64, message));
            }
            self.skip(bytes);
        }
        Ok(())
    }

    /// Whether only the hash is left.
    pub fn at_hash(&mut self) -> Result<bool> {
        Ok(self.fill(HASH_BYTES + 1)? <= HASH_BYTES)
    }

    /// Reads the hash and compares it; nothing may follow.
    pub fn finish(mut self) -> Result<()> {
        let stored: [u8; HASH_BYTES] = self.peek("the BLAKE3 hash of all before it")?;
        if !self.at_hash()? {
            let end = self.offset + HASH_BYTES as u64;
            return Err(self.error(end, "the file goes on after its hash: expected its end"));
        }
        let computed = self.hasher.finalize();
        if computed != stored {
            let stored = blake3::Hash::from_bytes(stored);
            let message = format!("the file is damaged: it says its BLAKE3 hash is {stored}, expected {computed}");
            return Err(self.error(self.offset, message));
        }
        Ok(())
    }
}

/// Writes a binary file front to back, hashing it on the way.
pub(super) struct BinaryWriter<W> {
    output: W,
    hasher: blake3::Hasher,
}

impl<W: Write> BinaryWriter<W> {
    /// Begins a file with its head.
    pub fn new(output: W, magic: &[u8; 8]) -> io::Result<Self> {
        let mut writer = Self { output, hasher: blake3::Hasher::new() };
        writer.put(magic)?;
        writer.put(&VERSION.to_le_bytes())?;
        writer.put(&[0; 6])?;
        Ok(writer)
    }

    pub fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            self.hasher.update(chunk);
            self.output.write_all(chunk)?;
        }
        Ok(())
    }

    /// Ends the file with its hash.
    pub fn finish(mut self) -> io::Result<()> {
        self.output.write_all(self.hasher.finalize().as_bytes())?;
        self.output.flush()
    }
}
