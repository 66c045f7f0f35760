//! A chunk of signatures as the kernels read it.

use super::keys::COLD;
use crate::sigverify::SignatureSource;
use sha2::{Digest, Sha512};

/// Longer messages are hashed by the CPU: one invocation hashes a message in sequence, a hundred times slower than a core, and
/// would hold up all others of its dispatch.
pub(super) const LONGEST_HASHED_ON_DEVICE: usize = 4096;

/// Words that `messages` needs for a message.
pub(super) fn message_words(bytes: usize) -> usize {
    if bytes > LONGEST_HASHED_ON_DEVICE { 16 } else { bytes.div_ceil(4) }
}

/// Buffers' contents for a chunk, reused from one to the next.
#[derive(Default)]
pub(super) struct Packed {
    /// 24 words a signature: R, s, A.
    pub(super) records: Vec<u8>,
    /// Position in words, length in bytes, 1 where a digest stands in for the message, entry; by block count.
    pub(super) details: Vec<[u32; 4]>,
    /// Messages, each padded to whole words with zeros.
    pub(super) messages: Vec<u8>,
    /// Slot of the key's table, or the entry itself where the key has none.
    pub(super) slots: Vec<u32>,
}

impl Packed {
    /// Packs the signatures `order[..]` of the source; `slots` is indexed like the source, `base` is the shard's first slot.
    pub(super) fn fill<S: SignatureSource + ?Sized>(&mut self, source: &S, order: &[u32], slots: &[u32], base: u32) {
        self.records.clear();
        self.details.clear();
        self.messages.clear();
        self.slots.clear();
        let mut uniform = true;
        for (entry, index) in (0u32..).zip(order) {
            let input = source.get(*index as usize);
            self.records.extend_from_slice(input.signature);
            self.records.extend_from_slice(input.public_key);
            let slot = slots[*index as usize];
            self.slots.push(if slot == COLD { entry } else { slot - base });
            let at = (self.messages.len() / 4) as u32;
            if input.message.len() > LONGEST_HASHED_ON_DEVICE {
                let digest = Sha512::new()
                    .chain_update(&input.signature[..32])
                    .chain_update(input.public_key)
                    .chain_update(input.message)
                    .finalize();
                self.messages.extend_from_slice(&digest);
                self.details.push([at, 0, 1, entry]);
            } else {
                self.messages.extend_from_slice(input.message);
                let padded = self.messages.len().next_multiple_of(4);
                self.messages.resize(padded, 0);
                self.details.push([at, input.message.len() as u32, 0, entry]);
            }
            uniform &= blocks(&self.details[0]) == blocks(&self.details[entry as usize]);
        }
        // The kernel loads word 0 of an empty message, too.
        self.messages.extend_from_slice(&[0; 4]);
        if !uniform {
            self.details.sort_by_key(blocks);
        }
    }
}

/// SHA-512 blocks of R ‖ A ‖ M with padding.
fn blocks(detail: &[u32; 4]) -> u32 {
    if detail[2] == 1 { 0 } else { (detail[1] + 208) / 128 }
}
