//! How many transactions a batch can take before one account has too many of its legs.

use crate::snapshot::Pair;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// Pairs that are looked at. An account that matters has at least an eighth of the largest batch's legs: of so many 128.
const SAMPLE: usize = 512;

/// How many of the transactions between these accounts fit into a batch in which no account has more than about `most` legs. They
/// are sampled at random: who makes a block cannot know which.
pub fn fitting(pairs: &[Pair], most: usize) -> usize {
    if 2 * pairs.len() <= most {
        return pairs.len();
    }
    let mut rng: ChaCha8Rng = rand::make_rng();
    let mut legs: HashMap<u32, usize> = HashMap::new();
    for _ in 0..SAMPLE {
        for account in pairs[rng.random_range(0..pairs.len())] {
            *legs.entry(account).or_default() += 1;
        }
    }
    let hottest = legs.into_values().max().unwrap_or(1);
    pairs.len().min((most * SAMPLE / hottest).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_account_dominates_fits() {
        let apart: Vec<Pair> = (0..10_000).map(|number| [2 * number, 2 * number + 1]).collect();
        assert_eq!(fitting(&apart, 1_000), 10_000);
        assert_eq!(fitting(&[], 1_000), 0);
        assert_eq!(fitting(&[[7, 7]; 500], 1_000), 500, "no more legs than that in all");
    }

    #[test]
    fn a_hot_account_ends_a_batch() {
        assert_eq!(fitting(&[[7, 7]; 10_000], 1_000), 500);
        let sender: Vec<Pair> = (0..10_000).map(|number| [7, 100 + number]).collect();
        assert_eq!(fitting(&sender, 1_000), 1_000);
        let quarter: Vec<Pair> = (0..10_000).map(|number| [if number % 4 == 0 { 7 } else { number }, number]).collect();
        let found = fitting(&quarter, 1_000);
        assert!((2_500..=7_000).contains(&found), "{found}: 4,000 but for the luck of the draw");
        assert_eq!(fitting(&[[7, 7]; 10], 0), 1, "or nothing would ever be done");
    }
}
