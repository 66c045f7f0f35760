//! Declared read and write sets: what a scheduler is measured and tested on.

use super::keys::rng;
use super::shapes::Ranks;
use crate::conflict::{AccessSets, IndexSetsBuilder};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;
use std::fmt;

/// Which keys transactions name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum AccessShape {
    /// Keys Zipf-distributed with this exponent (0: uniform); hot keys are no neighbours.
    Zipf(f64),
    /// Every transaction writes key 0; its other keys are uniform.
    HotKey,
    /// Every transaction reads key 0; its other keys are uniform.
    HotReader,
    /// Every transaction writes key 0 and names no other.
    OneKey,
    /// No key is named twice.
    Disjoint,
    /// Uniform keys, all read.
    AllRead,
    /// Every transaction has a key in common with each other one, and no key is named by three: as many keys a
    /// transaction as there are other transactions.
    Clique,
    /// Transaction i writes keys i and i + 1.
    Chain,
}

impl fmt::Display for AccessShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccessShape::Zipf(exponent) => write!(f, "zipf {exponent}"),
            AccessShape::HotKey => f.pad("hot key"),
            AccessShape::HotReader => f.pad("hot reader"),
            AccessShape::OneKey => f.pad("one key"),
            AccessShape::Disjoint => f.pad("disjoint"),
            AccessShape::AllRead => f.pad("all read"),
            AccessShape::Clique => f.pad("clique"),
            AccessShape::Chain => f.pad("chain"),
        }
    }
}

/// Access sets of any size from a seed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AccessWorkload {
    /// Which keys.
    pub shape: AccessShape,
    /// How many transactions.
    pub transactions: usize,
    /// How many keys there are; [`AccessShape::Disjoint`], [`AccessShape::Clique`] and [`AccessShape::Chain`] have as many as
    /// they need.
    pub keys: usize,
    /// Fewest and most different keys a transaction names, where the shape does not say; half of them, rounded up, are
    /// written. A transaction has fewer where no fresh key is found in 100 draws.
    pub keys_each: (usize, usize),
    /// Seed of everything.
    pub seed: u64,
}

impl Default for AccessWorkload {
    fn default() -> Self {
        Self { shape: AccessShape::Zipf(0.0), transactions: 1_000, keys: 1_000, keys_each: (4, 4), seed: 1 }
    }
}

impl AccessWorkload {
    /// The sets.
    ///
    /// # Panics
    /// With more transactions or keys than [`limits`](crate::limits) allows, or no keys.
    pub fn generate(&self) -> AccessSets {
        assert!(self.keys > 0, "at least one key");
        let keys = match self.shape {
            AccessShape::Disjoint => (self.transactions * self.keys_each.1).max(1),
            AccessShape::Clique => (self.transactions * self.transactions.saturating_sub(1) / 2).max(1),
            AccessShape::Chain => self.transactions + 1,
            _ => self.keys,
        };
        let mut builder = IndexSetsBuilder::new(keys);
        let mut rng = rng("wavelock workload v1 access", self.seed);
        let exponent = if let AccessShape::Zipf(exponent) = self.shape { exponent } else { 0.0 };
        let ranks = (exponent > 0.0).then(|| Ranks::new(keys as u32, exponent, self.seed));
        let mut own = Vec::new();
        for transaction in 0..self.transactions {
            own.clear();
            self.name(transaction, keys as u32, ranks.as_ref(), &mut rng, &mut own);
            let writes = match self.shape {
                AccessShape::AllRead => 0,
                AccessShape::Clique | AccessShape::Chain => own.len(),
                _ => own.len().div_ceil(2),
            };
            let (writes, reads) = own.split_at(writes);
            let (writes, reads) = if self.shape == AccessShape::HotReader { (reads, writes) } else { (writes, reads) };
            builder.push(reads, writes).expect("within the limits");
        }
        builder.finish()
    }

    /// The keys of a transaction, each once.
    fn name(&self, transaction: usize, keys: u32, ranks: Option<&Ranks>, rng: &mut ChaCha20Rng, own: &mut Vec<u32>) {
        let (fewest, most) = self.keys_each;
        let count = if fewest < most { rng.random_range(fewest..=most) } else { most };
        match self.shape {
            AccessShape::OneKey => own.push(0),
            AccessShape::Chain => own.extend([transaction as u32, transaction as u32 + 1]),
            AccessShape::Disjoint => own.extend((0..count).map(|key| (transaction * most + key) as u32)),
            AccessShape::Clique => {
                // The pairs (a, b) with a < b in order of b, then a.
                let pair = |a: usize, b: usize| (b * (b - 1) / 2 + a) as u32;
                own.extend((0..transaction).map(|a| pair(a, transaction)));
                own.extend((transaction + 1..self.transactions).map(|b| pair(transaction, b)));
            }
            _ => {
                if matches!(self.shape, AccessShape::HotKey | AccessShape::HotReader) {
                    own.push(0);
                }
                for _ in 0..100 * count {
                    if own.len() >= count {
                        break;
                    }
                    let key = match ranks {
                        Some(ranks) => ranks.draw(rng),
                        None => rng.random_range(0..keys),
                    };
                    if !own.contains(&key) {
                        own.push(key);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serial::conflict::schedule;

    fn of(shape: AccessShape) -> AccessSets {
        AccessWorkload { shape, transactions: 40, keys: 50, ..AccessWorkload::default() }.generate()
    }

    #[test]
    fn shapes_are_what_they_are_called() {
        let waves = |shape| schedule(&of(shape)).waves;
        assert_eq!([waves(AccessShape::OneKey), waves(AccessShape::HotKey), waves(AccessShape::Chain)], [40, 40, 40]);
        assert_eq!([waves(AccessShape::Disjoint), waves(AccessShape::AllRead), waves(AccessShape::Clique)], [1, 1, 40]);
        assert!((0..40).all(|transaction| of(AccessShape::HotReader).reads(transaction)[0] == 0));
        let uniform = of(AccessShape::Zipf(0.0));
        assert!((0..40).all(|at| (uniform.writes(at).len(), uniform.reads(at).len()) == (2, 2)));
        assert!(waves(AccessShape::Zipf(1.2)) > waves(AccessShape::Zipf(0.0)));
        let clique = of(AccessShape::Clique);
        assert!((0..40).all(|at| clique.writes(at).len() == 39 && clique.reads(at).is_empty()));
    }
}
