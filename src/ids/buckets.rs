//! Open addressing: 32 bits of a keyed hash and a number in eight bytes, eight buckets to a cache line.

use crate::memory::{Array, prefetch};

/// From 32-bit hashes to numbers below `u32::MAX`. A hash decides where a number is looked for and which of those found
/// there may be it; whether it is, the caller knows.
///
/// The bucket is chosen by the *upper* bits of what is stored, so that doubling the table needs no hash again and is one
/// pass through both tables in the same order. Nothing is ever removed.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    /// Empty: 0; else the hash in the upper half and the number plus one in the lower.
    words: Array<u64>,
    /// Logarithm of the number of buckets.
    bits: u32,
    len: usize,
}

/// Logarithm of the smallest table.
const SMALLEST: u32 = 4;

impl Buckets {
    /// Makes room for `additional` numbers: at most three quarters of the buckets are ever in use.
    pub fn reserve(&mut self, additional: usize) {
        let needed = self.len + additional;
        if needed * 4 > self.words.len() * 3 {
            self.grow((needed * 4).div_ceil(3).next_power_of_two().trailing_zeros().max(SMALLEST));
        }
    }

    #[cold]
    fn grow(&mut self, bits: u32) {
        let mut words = Array::<u64>::zeroed(1 << bits);
        let mask = words.len() - 1;
        for word in self.words.iter().copied().filter(|word| *word != 0) {
            let mut place = home((word >> 32) as u32, bits);
            while words[place] != 0 {
                place = (place + 1) & mask;
            }
            words[place] = word;
        }
        (self.words, self.bits) = (words, bits);
    }

    /// For whoever looks up many: what the functions below read once per call.
    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        View { words: &self.words, bits: self.bits }
    }

    /// The number under `hash` that `is` confirms; where there is none, `number` takes the place.
    ///
    /// # Panics
    /// Where no room was reserved.
    #[inline(always)]
    pub fn find_or_insert(&mut self, hash: u32, number: u32, is: impl Fn(u32) -> bool) -> u32 {
        let words = &mut self.words[..];
        let mask = words.len() - 1;
        let mut place = home(hash, self.bits);
        loop {
            let word = words[place];
            if word == 0 {
                self.len += 1;
                assert!(self.len < words.len(), "room was reserved");
                words[place] = u64::from(hash) << 32 | u64::from(number + 1);
                return number;
            }
            if (word >> 32) as u32 == hash && is(word as u32 - 1) {
                return word as u32 - 1;
            }
            place = (place + 1) & mask;
        }
    }
}

/// Where a hash is looked for first, in a table of 2^`bits` buckets.
#[inline(always)]
fn home(hash: u32, bits: u32) -> usize {
    ((u64::from(hash) << bits) >> 32) as usize
}

/// Buckets to be read.
#[derive(Clone, Copy)]
pub struct View<'b> {
    words: &'b [u64],
    bits: u32,
}

impl View<'_> {
    /// Asks for the cache line where a hash is looked for first.
    #[inline(always)]
    pub fn prefetch(self, hash: u32) {
        prefetch(self.words, home(hash, self.bits));
    }

    /// The first number under `hash`, unconfirmed.
    #[inline(always)]
    pub fn candidate(self, hash: u32) -> Option<u32> {
        self.find(hash, |_| true)
    }

    /// The number under `hash` that `is` confirms.
    #[inline(always)]
    pub fn find(self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.words.len().checked_sub(1)?;
        let mut place = home(hash, self.bits);
        loop {
            let word = self.words[place & mask];
            if word == 0 {
                return None;
            }
            if (word >> 32) as u32 == hash && is(word as u32 - 1) {
                return Some(word as u32 - 1);
            }
            place += 1;
        }
    }

    /// Buckets that a look-up of `hash` reads until it meets an empty one.
    #[cfg(test)]
    pub fn probes(self, hash: u32) -> usize {
        let mask = self.words.len() - 1;
        1 + (home(hash, self.bits)..).take_while(|place| self.words[place & mask] != 0).count()
    }
}
