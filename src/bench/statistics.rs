//! What a handful of samples says: medians, how far they can be trusted, and how noisy they are.
//!
//! Times have a floor and a long tail, so nothing here assumes a bell curve: the median, the median absolute deviation,
//! and an interval between two of the samples themselves (Hollander, Wolfe and Chicken, *Nonparametric Statistical
//! Methods*, 3rd ed., section 3.6), whose confidence is exact for few samples, where a bootstrap's is not.

use serde::{Deserialize, Serialize};

/// What an interval should have for confidence; fewer than six samples cannot give it.
pub const CONFIDENCE: f64 = 0.95;
/// From this relative deviation on a row is called noisy.
pub const NOISY: f64 = 0.05;
/// A normal distribution's standard deviation is so many median absolute deviations.
pub const NORMAL: f64 = 1.4826;

/// Two samples between which the true median lies.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end, in the samples' unit.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How sure that is: 0.95 or a little more; less where there are fewer than six samples.
    pub confidence: f64,
}

impl Interval {
    /// Whether the two have no value in common.
    pub fn apart(&self, other: &Self) -> bool {
        self.high < other.low || other.high < self.low
    }
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The median; 0 of nothing.
pub fn median(samples: &[f64]) -> f64 {
    let sorted = sorted(samples);
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => (sorted[even / 2 - 1] + sorted[even / 2]) / 2.0,
    }
}

/// The median's interval by order statistics: the narrowest symmetric one of at least [`CONFIDENCE`], or from the
/// smallest to the largest sample. `None` of fewer than two.
pub fn interval(samples: &[f64]) -> Option<Interval> {
    let sorted = sorted(samples);
    let count = sorted.len();
    if count < 2 {
        return None;
    }
    // The chance that at most `cut - 1` of the samples lie below the median, summed as `cut` grows.
    let (mut outside, mut term) = (0.0, 0.5f64.powi(count as i32));
    let (mut cut, mut confidence) = (1, 1.0 - 2.0 * term);
    for next in 1..=count.div_ceil(2) {
        outside += term;
        let sure = 1.0 - 2.0 * outside;
        if sure < CONFIDENCE {
            break;
        }
        (cut, confidence) = (next, sure);
        term *= (count + 1 - next) as f64 / next as f64;
    }
    Some(Interval { low: sorted[cut - 1], high: sorted[count - cut], confidence })
}

/// Spread as a share of the median, robust against single outliers: the median absolute deviation, scaled to the
/// standard deviation where the noise is normal. `None` of fewer than three.
pub fn noise(samples: &[f64]) -> Option<f64> {
    let middle = median(samples);
    if samples.len() < 3 || middle <= 0.0 {
        return None;
    }
    let deviations: Vec<f64> = samples.iter().map(|sample| (sample - middle).abs()).collect();
    Some(NORMAL * median(&deviations) / middle)
}

/// The smallest sample that is not below `share` of all (0 … 1); 0 of nothing.
pub fn percentile(samples: &[f64], share: f64) -> f64 {
    let sorted = sorted(samples);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn medians() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    /// Against the table for the sign test: which order statistics, and their coverage.
    #[test]
    fn intervals_are_those_of_the_table() {
        let samples = |count: usize| (1..=count).map(|value| value as f64).collect::<Vec<_>>();
        for (count, low, high, confidence) in [
            (2, 1.0, 2.0, 0.5),
            (3, 1.0, 3.0, 0.75),
            (5, 1.0, 5.0, 0.9375),
            (6, 1.0, 6.0, 0.96875),
            (8, 1.0, 8.0, 0.9921875),
            (9, 2.0, 8.0, 0.9609375),
            (10, 2.0, 9.0, 0.978515625),
            (15, 4.0, 12.0, 0.96484375),
            (20, 6.0, 15.0, 0.9586105346679688),
            (25, 8.0, 18.0, 0.9567147493362427),
        ] {
            let found = interval(&samples(count)).expect("two or more");
            assert_eq!((found.low, found.high), (low, high), "{count} samples");
            assert!((found.confidence - confidence).abs() < 1e-12, "{count} samples: {}", found.confidence);
        }
        assert_eq!(interval(&[1.0]), None);
    }

    /// Of a skewed distribution whose median is known: at least as often as it says, the interval holds it.
    #[test]
    fn intervals_cover_the_median_as_often_as_they_say() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        for count in [3, 5, 9, 20] {
            let mut covered = 0;
            let mut confidence = 0.0;
            for _ in 0..20_000 {
                // Exponential times: the median is ln 2.
                let samples: Vec<f64> = (0..count).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
                let found = interval(&samples).expect("two or more");
                confidence = found.confidence;
                covered += usize::from(found.low <= 2f64.ln() && 2f64.ln() <= found.high);
            }
            let share = covered as f64 / 20_000.0;
            assert!((share - confidence).abs() < 0.01, "{count} samples: {share}, said {confidence}");
        }
    }

    #[test]
    fn noise_is_a_share_of_the_median_and_ignores_one_outlier() {
        assert_eq!(noise(&[1.0, 2.0]), None);
        assert_eq!(noise(&[2.0, 2.0, 2.0]), Some(0.0));
        let quiet = noise(&[0.99, 1.0, 1.01, 1.02, 0.98]).expect("five");
        assert!((quiet - 1.4826 * 0.01).abs() < 1e-12);
        assert!((noise(&[0.99, 1.0, 1.01, 1.02, 9.0]).expect("five") - 1.4826 * 0.01 / 1.01).abs() < 1e-12);
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let mut uniform = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        let normal: Vec<f64> = (0..20_000).map(|_| 10.0 + uniform()).collect();
        assert!((noise(&normal).expect("many") - 0.1).abs() < 0.003);
    }

    #[test]
    fn percentiles_are_samples() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| percentile(&samples, share)), [1.0, 50.0, 99.0, 100.0]);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
