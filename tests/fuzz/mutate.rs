//! Seeded mutations of valid inputs. Binary files get a new hash, else nothing would get past the old one.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

/// What a target's bytes look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Ends in the BLAKE3 hash of all before it.
    Hashed,
    Text,
    /// Text, packed with gzip.
    Gzip,
    Bytes,
}

const HASH_BYTES: usize = 32;
/// Inputs do not grow beyond this by mutation.
const MOST_BYTES: usize = 1 << 14;
/// Words that counts, sizes and versions are replaced with.
const WORDS: [u64; 14] =
    [0, 1, 2, 3, 16, 192, 255, (1 << 24) - 1, 1 << 24, (1 << 31) - 1, u32::MAX as u64, 1 << 32, 1 << 63, u64::MAX];
/// What parsers of text have to decide about.
const TOKENS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\",
    "\\u0000",
    "null",
    "true",
    "-1",
    "0",
    "00",
    "1e3",
    "1.0",
    "9007199254740993",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "\"raw\":\"00\",",
    "\n\n",
    "\r\n",
    "é",
    "\u{feff}",
];

/// SplitMix64 (Steele, Lea, Flood 2014): neighbouring seeds give unrelated numbers.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.word() % bound.max(1) as u64) as usize
    }

    fn of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }
}

/// Puts the hash of all before it at the end.
pub fn append_hash(bytes: &mut Vec<u8>) {
    let hash = blake3::hash(bytes);
    bytes.extend(hash.as_bytes());
}

pub fn pack(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// The first mebibyte of a packed text.
pub fn unpack(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    GzDecoder::new(bytes).take(1 << 20).read_to_end(&mut text)?;
    Ok(text)
}

/// One input made of the seeds; one in sixteen is a seed as it is.
pub fn mutated(random: &mut Random, seeds: &[Vec<u8>], shape: Shape) -> Vec<u8> {
    let mut bytes = random.of(seeds).clone();
    let other = random.of(seeds).clone();
    let edits = if random.below(16) == 0 { 0 } else { 1 << random.below(4) };
    // What protects the contents is broken now and then, too.
    let outside = random.below(8) == 0;
    match shape {
        Shape::Hashed if !outside => {
            bytes.truncate(bytes.len() - HASH_BYTES);
            (0..edits).for_each(|_| edit(random, &mut bytes, &other));
            append_hash(&mut bytes);
        }
        Shape::Gzip if !outside => {
            let [mut text, other] = [&bytes, &other].map(|seed| unpack(seed).expect("seeds are whole"));
            (0..edits).for_each(|_| edit_text(random, &mut text, &other));
            bytes = pack(&text);
        }
        Shape::Text => (0..edits).for_each(|_| edit_text(random, &mut bytes, &other)),
        Shape::Hashed | Shape::Gzip | Shape::Bytes => (0..edits).for_each(|_| edit(random, &mut bytes, &other)),
    }
    bytes
}

/// A place in the bytes and the end of a short piece there.
fn piece(random: &mut Random, bytes: &[u8]) -> (usize, usize) {
    let start = random.below(bytes.len());
    let most = 1 << random.below(8);
    (start, (start + 1 + random.below(most)).min(bytes.len()))
}

fn edit(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.is_empty() {
        bytes.push(random.word() as u8);
    }
    let at = random.below(bytes.len());
    match random.below(10) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.word() as u8,
        // A word where counts and sizes stand: at a multiple of 4, in the first bytes more often than elsewhere.
        3 | 4 => {
            let reach = if random.below(2) == 0 { bytes.len().min(96) } else { bytes.len() };
            let at = random.below(reach) / 4 * 4;
            let width = *random.of(&[1, 2, 4, 8, 16]);
            let mut word = u128::from(*random.of(&WORDS)).to_le_bytes();
            if random.below(4) == 0 {
                word = [0xff; 16];
            }
            let end = (at + width).min(bytes.len());
            bytes[at..end].copy_from_slice(&word[..end - at]);
        }
        5 => bytes[at] = bytes[at].wrapping_add(*random.of(&[1, 255])),
        6 => bytes.truncate(at),
        _ => splice(random, bytes, other),
    }
}

/// Moves, repeats or removes pieces; records are repeated whole, too.
fn splice(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let (mut start, mut end) = piece(random, bytes);
    if random.below(2) == 0 {
        let width = *random.of(&[8, 16, 32, 64, 192]);
        start = start / width * width;
        end = (start + width).min(bytes.len());
    }
    let at = random.below(bytes.len() + 1);
    let piece_of_other = |random: &mut Random| {
        let (start, end) = piece(random, other);
        other.get(start..end).unwrap_or_default().to_vec()
    };
    match random.below(4) {
        0 => drop(bytes.drain(start..end)),
        1 if bytes.len() < MOST_BYTES => {
            let repeated = bytes[start..end].to_vec();
            bytes.splice(end..end, repeated);
        }
        2 if bytes.len() < MOST_BYTES => drop(bytes.splice(at..at, piece_of_other(random))),
        _ => {
            let taken = piece_of_other(random);
            let end = (start + taken.len()).min(bytes.len());
            bytes[start..end].copy_from_slice(&taken[..end - start]);
        }
    }
}

fn edit_text(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    match random.below(8) {
        0 => edit(random, text, other),
        1 => {
            let at = random.below(text.len() + 1);
            text.splice(at..at, random.of(&TOKENS).bytes());
        }
        2..=4 => edit_token(random, text),
        _ => edit_lines(random, text, other),
    }
}

/// Replaces a run of letters and digits: one of its characters, or all of it by a token or another run.
fn edit_token(random: &mut Random, text: &mut Vec<u8>) {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric();
    let from = random.below(text.len());
    let Some(start) = text[from..].iter().position(is_part).map(|skipped| from + skipped) else { return };
    let length = text[start..].iter().position(|byte| !is_part(byte)).unwrap_or(text.len() - start);
    let run = start..start + length;
    match random.below(4) {
        0 => drop(text.splice(run, random.of(&TOKENS).bytes())),
        1 => drop(text.splice(run, random.of(&WORDS).to_string().into_bytes())),
        _ => text[start + random.below(length)] = *random.of(b"0123456789abcdefABCDEFg"),
    }
}

/// Removes, repeats, swaps or borrows whole lines.
fn edit_lines(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let others: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() || others.is_empty() {
        return;
    }
    let at = random.below(lines.len());
    match random.below(4) {
        0 => drop(lines.remove(at)),
        1 if text.len() < MOST_BYTES => lines.insert(at, lines[at]),
        2 if text.len() < MOST_BYTES => lines.insert(at, others[random.below(others.len())]),
        _ => lines.swap(at, 0),
    }
    *text = lines.concat();
}
