//! Verdicts of a batch, one bit each.

/// One verdict per signature, in the batch's order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdicts {
    words: Vec<u64>,
    len: usize,
}

/// Which signatures of a batch a chunk holds, by entry.
#[derive(Debug)]
pub(super) enum Positions {
    /// One after the other from here on.
    Run(usize),
    List(Vec<u32>),
}

impl Positions {
    /// Those of `part`, counted from `first`.
    pub(super) fn new(first: usize, part: &[u32]) -> Self {
        let begin = part.first().copied().unwrap_or_default();
        if part.iter().zip(begin..).all(|(index, next)| *index == next) {
            return Self::Run(first + begin as usize);
        }
        Self::List(part.iter().map(|index| first as u32 + index).collect())
    }

    fn get(&self, entry: usize) -> usize {
        match self {
            Self::Run(first) => first + entry,
            Self::List(list) => list[entry] as usize,
        }
    }
}

impl Verdicts {
    pub(super) fn none_valid(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Notes what a device says of the signatures at `positions`, 1 for a valid one. The first that is neither 0 nor 1 is returned
    /// with its position.
    pub(super) fn note(&mut self, positions: &Positions, verdicts: &[[u8; 4]]) -> Option<(usize, u32)> {
        let mut wrong = None;
        for (number, group) in verdicts.chunks(64).enumerate() {
            let (mut bits, mut all) = (0, 0);
            for (bit, verdict) in group.iter().enumerate() {
                let verdict = u32::from_le_bytes(*verdict);
                bits |= u64::from(verdict & 1) << bit;
                all |= verdict;
            }
            if all > 1 && wrong.is_none() {
                let mut verdicts = group.iter().map(|verdict| u32::from_le_bytes(*verdict)).enumerate();
                wrong = verdicts.find(|(_, verdict)| *verdict > 1);
                wrong = wrong.map(|(bit, verdict)| (positions.get(64 * number + bit), verdict));
            }
            self.set(positions, 64 * number, bits);
        }
        wrong
    }

    /// Sets those of the 64 signatures from `entry` on whose bit is set.
    fn set(&mut self, positions: &Positions, entry: usize, mut bits: u64) {
        match positions {
            Positions::Run(first) => {
                let (word, bit) = ((first + entry) / 64, (first + entry) % 64);
                self.words[word] |= bits << bit;
                let over = bits.checked_shr(64 - bit as u32).unwrap_or(0);
                if over != 0 {
                    self.words[word + 1] |= over;
                }
            }
            Positions::List(list) => {
                while bits != 0 {
                    let index = list[entry + bits.trailing_zeros() as usize] as usize;
                    self.words[index / 64] |= 1 << (index % 64);
                    bits &= bits - 1;
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_land_where_their_signatures_stand() {
        for (first, len) in [(0, 1), (0, 64), (1, 63), (1, 64), (63, 65), (64, 200), (70, 321)] {
            let run: Vec<u32> = (0..len).collect();
            let mixed: Vec<u32> = (0..len).rev().collect();
            for part in [run, mixed] {
                let valid = |index: u32| index.is_multiple_of(3) || index == len - 1;
                let said: Vec<_> = part.iter().map(|index| u32::from(valid(*index)).to_le_bytes()).collect();
                let mut verdicts = Verdicts::none_valid(first + len as usize);
                assert_eq!(verdicts.note(&Positions::new(first, &part), &said), None);
                let expected = (0..first).map(|_| false).chain((0..len).map(valid));
                assert!(verdicts.iter().eq(expected), "{first} {part:?}");
            }
        }
    }

    #[test]
    fn the_first_word_that_is_no_verdict_is_named() {
        let mut said = [0_u32, 1, 1, 0].repeat(40);
        (said[70], said[90]) = (2, 7);
        let bytes: Vec<_> = said.iter().map(|word| word.to_le_bytes()).collect();
        let (run, mixed): (Vec<u32>, Vec<u32>) = ((0..160).collect(), (0..160).rev().collect());
        for (part, position) in [(run, 75), (mixed, 94)] {
            let mut verdicts = Verdicts::none_valid(200);
            assert_eq!(verdicts.note(&Positions::new(5, &part), &bytes), Some((position, 2)));
        }
    }
}
