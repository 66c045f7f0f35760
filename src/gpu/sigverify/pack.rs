//! A chunk of signatures as the kernels read it, written by all cores.

use super::keys::COLD;
use crate::gpu::staging::Region;
use crate::sigverify::SignatureSource;
use rayon::prelude::*;
use sha2::{Digest, Sha512};
use std::ops::Range;

/// Longer messages are hashed by the CPU: one invocation hashes a message in sequence, a hundred times slower than a core, and
/// would hold up all others of its dispatch.
pub(super) const LONGEST_HASHED_ON_DEVICE: usize = 4096;
/// Bytes of R, s and A.
pub(super) const RECORD_BYTES: u64 = 96;
/// Signatures that a core packs at a time.
const GRAIN: usize = 1024;

/// Words that `messages` needs for a message.
fn message_words(bytes: usize) -> usize {
    if bytes > LONGEST_HASHED_ON_DEVICE { 16 } else { bytes.div_ceil(4) }
}

fn place(entry: u32, word: usize, bytes: usize) -> [u32; 4] {
    let hashed = bytes > LONGEST_HASHED_ON_DEVICE;
    [word as u32, if hashed { 0 } else { bytes as u32 }, u32::from(hashed), entry]
}

/// Where everything of a chunk goes. Reused from one chunk to the next.
#[derive(Default)]
pub(super) struct Packed {
    /// By entry: position in words, length in bytes, 1 where a digest stands in for the message, entry.
    places: Vec<[u32; 4]>,
    /// `places` by block count, where that differs.
    by_blocks: Vec<[u32; 4]>,
    /// Bytes of the messages that were looked at.
    lengths: Vec<usize>,
    words: usize,
}

/// Parts of the upload, in bytes: one behind the other.
pub(super) struct Parts {
    pub(super) records: Range<u64>,
    pub(super) details: Range<u64>,
    pub(super) slots: Range<u64>,
    pub(super) messages: Range<u64>,
}

impl Packed {
    /// Takes signatures of `rest` from the front, as long as all that is sent of them fits into `most_bytes`: at least one. Returns
    /// how many.
    pub(super) fn plan<S: SignatureSource + ?Sized + Sync>(
        &mut self,
        source: &S,
        rest: &[u32],
        most_bytes: u64,
    ) -> usize {
        let length = |index: &u32| source.get(*index as usize).message.len();
        rest.par_iter().with_min_len(GRAIN).map(length).collect_into_vec(&mut self.lengths);
        self.by_blocks.clear();
        let first = self.lengths.first().copied().unwrap_or_default();
        if self.lengths.par_iter().with_min_len(GRAIN).all(|bytes| *bytes == first) {
            return self.plan_alike(first, most_bytes);
        }
        self.places.clear();
        self.words = 0;
        let mut blocks_differ = false;
        for (entry, bytes) in (0u32..).zip(self.lengths.iter().copied()) {
            let after = self.words + message_words(bytes);
            if entry > 0 && parts(u64::from(entry) + 1, after).messages.end > most_bytes {
                break;
            }
            let place = place(entry, self.words, bytes);
            blocks_differ |= self.places.first().is_some_and(|first| blocks(first) != blocks(&place));
            self.places.push(place);
            self.words = after;
        }
        if blocks_differ {
            self.by_blocks.extend_from_slice(&self.places);
            self.by_blocks.sort_by_key(blocks);
        }
        self.places.len()
    }

    /// The same for messages of one length, by all cores.
    fn plan_alike(&mut self, bytes: usize, most_bytes: u64) -> usize {
        let words = message_words(bytes);
        let end = |count: u64| parts(count, count as usize * words).messages.end;
        let each = end(1) - end(0);
        let fitting = (most_bytes.saturating_sub(end(0)) / each).clamp(1, self.lengths.len().max(1) as u64);
        let count = (fitting as usize).min(self.lengths.len());
        let place = |entry| place(entry as u32, entry * words, bytes);
        (0..count).into_par_iter().with_min_len(GRAIN).map(place).collect_into_vec(&mut self.places);
        self.words = count * words;
        count
    }

    /// Where the parts of what was planned stand in the upload.
    pub(super) fn parts(&self) -> Parts {
        parts(self.places.len() as u64, self.words)
    }

    /// Writes what was planned for `order` into the upload; `slots` is indexed like the source, `base` is the shard's first slot.
    pub(super) fn fill<S: SignatureSource + ?Sized + Sync>(
        &self,
        source: &S,
        order: &[u32],
        slots: &[u32],
        base: u32,
        mut upload: Region<'_>,
    ) {
        let count = self.places.len();
        let mut records = upload.cut(RECORD_BYTES as usize * count);
        let mut details = upload.cut(16 * count);
        let mut slot_words = upload.cut(4 * count);
        let mut messages = upload.cut(4 * (self.words + 1));
        let sorted = if self.by_blocks.is_empty() { &self.places } else { &self.by_blocks };
        let begins = |at: usize| self.places.get(at).map_or(self.words + 1, |place| place[0] as usize);
        let grains: Vec<Grain<'_>> = (0..count)
            .step_by(GRAIN)
            .map(|first| {
                let end = (first + GRAIN).min(count);
                let entries = end - first;
                Grain {
                    first,
                    order: &order[first..end],
                    places: &self.places[first..end],
                    sorted: &sorted[first..end],
                    records: records.cut(RECORD_BYTES as usize * entries),
                    details: details.cut(16 * entries),
                    slots: slot_words.cut(4 * entries),
                    messages: messages.cut(4 * (begins(end) - begins(first))),
                }
            })
            .collect();
        grains.into_par_iter().for_each(|grain: Grain<'_>| grain.fill(source, slots, base));
    }
}

/// Where the parts of `count` signatures stand whose messages have so many words.
fn parts(count: u64, words: usize) -> Parts {
    let records = 0..RECORD_BYTES * count;
    let details = records.end..records.end + 16 * count;
    let slots = details.end..details.end + 4 * count;
    // The kernel loads word 0 of an empty message, too: one word stays free.
    let messages = slots.end..slots.end + 4 * (words as u64 + 1);
    Parts { records, details, slots, messages }
}

/// A run of entries and the memory that is theirs.
struct Grain<'a> {
    first: usize,
    order: &'a [u32],
    places: &'a [[u32; 4]],
    sorted: &'a [[u32; 4]],
    records: Region<'a>,
    details: Region<'a>,
    slots: Region<'a>,
    messages: Region<'a>,
}

impl Grain<'_> {
    fn fill<S: SignatureSource + ?Sized>(mut self, source: &S, slots: &[u32], base: u32) {
        self.details.put(bytemuck::cast_slice(self.sorted));
        for ((index, place), entry) in self.order.iter().zip(self.places).zip(self.first as u32..) {
            let input = source.get(*index as usize);
            self.records.put(input.signature);
            self.records.put(input.public_key);
            let slot = slots[*index as usize];
            let slot = if slot == COLD { entry } else { slot - base };
            self.slots.put(&slot.to_le_bytes());
            if place[2] == 1 {
                let digest = Sha512::new()
                    .chain_update(&input.signature[..32])
                    .chain_update(input.public_key)
                    .chain_update(input.message)
                    .finalize();
                self.messages.put(&digest);
            } else {
                self.messages.put(input.message);
                self.messages.put(&[0; 3][..input.message.len().next_multiple_of(4) - input.message.len()]);
            }
        }
        // What the last grain has left over is the free word.
        self.messages.clear();
    }
}

/// SHA-512 blocks of R ‖ A ‖ M with padding.
fn blocks(detail: &[u32; 4]) -> u32 {
    if detail[2] == 1 { 0 } else { (detail[1] + 208) / 128 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigverify::SignatureInput;

    #[test]
    fn an_upload_is_no_larger_than_a_buffer_may_be() {
        let (public_key, signature) = ([1; 32], [2; 64]);
        for bytes in [0, 1, 128, 4096, 5000] {
            let message = vec![3; bytes];
            let source =
                vec![SignatureInput { public_key: &public_key, message: &message, signature: &signature }; 500];
            let order: Vec<u32> = (0..500).collect();
            let mut packed = Packed::default();
            let mut planned = Vec::new();
            for most_bytes in [1, 4 << 10, 64 << 10, 1 << 30] {
                let count = packed.plan(&source, &order[..400], most_bytes);
                let end = packed.parts().messages.end;
                assert!(count == 1 || end <= most_bytes, "{count} messages of {bytes} bytes take {end}");
                planned.push(count);
            }
            assert!(planned[0] == 1 && planned[3] == 400 && planned.is_sorted(), "{planned:?}");
        }
    }
}
