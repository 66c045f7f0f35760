//! Verdicts of a batch, one bit each.

/// One verdict per signature, in the batch's order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdicts {
    words: Vec<u64>,
    len: usize,
}

impl Verdicts {
    pub(super) fn none_valid(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    pub(super) fn set_valid(&mut self, index: usize) {
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// Signatures in the batch.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The batch was empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The verdict on signature `index`; `None` beyond the batch.
    pub fn get(&self, index: usize) -> Option<bool> {
        (index < self.len).then(|| self.words[index / 64] >> (index % 64) & 1 == 1)
    }

    /// Valid signatures.
    pub fn valid(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Verdicts in the batch's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = bool> + '_ {
        (0..self.len).map(|index| self.words[index / 64] >> (index % 64) & 1 == 1)
    }

    /// The bitmap: bit i % 64 of word i / 64 is 1 where signature i is valid; bits beyond the batch are 0.
    pub fn as_words(&self) -> &[u64] {
        &self.words
    }
}

impl From<&Verdicts> for Vec<bool> {
    fn from(verdicts: &Verdicts) -> Self {
        verdicts.iter().collect()
    }
}
