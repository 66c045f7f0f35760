//! How long an engine takes for a batch, by its size.

use serde::{Deserialize, Serialize};

/// Batch sizes at which a curve has a point: the powers of 4 from 1 to 1,048,576.
pub const GRID: [usize; 11] = [1, 1 << 2, 1 << 4, 1 << 6, 1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20];

/// Seconds for a batch at every size of [`GRID`]; straight lines between them, proportional beyond.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Curve([f64; GRID.len()]);

/// An observation of this weight says something of smaller batches, too.
const SEEN: f64 = 0.1;
/// No observation moves a point further than to so many times what was expected, nor below the inverse.
const STEP: f64 = 2.0;

impl Curve {
    /// The curve through what was measured: items and seconds, sizes ascending. Below the first size it is the line through
    /// the first two, beyond the last the line through the last two, as far as they are believable: a smaller batch takes
    /// at least its part, and an item of a larger one at least half of what it costs on average, and at most that. Where
    /// there is one size only, half of its time is taken for latency.
    ///
    /// `None`: nothing that could be a time was measured.
    pub fn through(measured: &[(usize, f64)]) -> Option<Self> {
        let usable = |(items, seconds): &(usize, f64)| *items > 0 && seconds.is_finite() && *seconds > 0.0;
        let ascending = measured.windows(2).all(|two| two[0].0 < two[1].0);
        if measured.is_empty() || !ascending || !measured.iter().all(usable) {
            return None;
        }
        let at = |items: usize| {
            let after = measured.partition_point(|(size, _)| *size < items).clamp(1, measured.len().max(2) - 1);
            let (left, right) = match measured {
                [only] => ((0, only.1 / 2.0), *only),
                _ => (measured[after - 1], measured[after]),
            };
            let rise = (right.1 - left.1) / (right.0 - left.0) as f64;
            let average = right.1 / right.0 as f64;
            if items > right.0 {
                right.1 + (items - right.0) as f64 * rise.clamp(average / 2.0, average)
            } else {
                let line = left.1 + (items as f64 - left.0 as f64) * rise;
                line.max(left.1 * (items as f64 / left.0 as f64).min(1.0))
            }
        };
        let mut curve = GRID.map(at);
        // A larger batch never takes less.
        (1..curve.len()).for_each(|size| curve[size] = curve[size].max(curve[size - 1]));
        Some(Self(curve))
    }

    /// Seconds for a batch.
    pub fn seconds(&self, items: usize) -> f64 {
        let (size, share) = place(items);
        match self.0.get(size + 1) {
            _ if items == 0 => 0.0,
            Some(next) => self.0[size] * (1.0 - share) + next * share,
            None => self.0[size] * items as f64 / GRID[size] as f64,
        }
    }

    /// Seconds before the first item is done.
    pub fn latency(&self) -> f64 {
        self.0[0]
    }

    /// Items a second in batches of this size.
    pub fn rate(&self, items: usize) -> f64 {
        items as f64 / self.seconds(items)
    }

    /// Corrects the points beside a batch that really took `seconds`: by the whole way in logarithms with a weight of
    /// 1, not at all with 0. What a smaller batch is said to take beyond what this one took cannot be: where sizes are seldom seen,
    /// two points may have gone apart that only together were right.
    pub fn observe(&mut self, items: usize, seconds: f64, weight: f64) {
        let expected = self.seconds(items);
        if items == 0 || seconds <= 0.0 || !seconds.is_finite() {
            return;
        }
        let ratio = (seconds / expected).clamp(1.0 / STEP, STEP);
        let (size, share) = place(items);
        self.0[size] *= ratio.powf(weight * (1.0 - share));
        if let Some(next) = self.0.get_mut(size + 1) {
            *next *= ratio.powf(weight * share);
        }
        if weight >= SEEN {
            let taken = self.seconds(items).max(seconds);
            let smaller = self.0.iter_mut().zip(GRID).filter(|(_, size)| *size < items);
            smaller.for_each(|(point, _)| *point = point.min(taken));
        }
    }

    /// Whether every point could be a time.
    pub fn is_sane(&self) -> bool {
        self.0.iter().all(|seconds| seconds.is_finite() && *seconds > 0.0)
    }
}

/// The grid's last size that is not above `items`, and how far it is from there to the next, from 0 to 1.
pub(super) fn place(items: usize) -> (usize, f64) {
    let size = (items.max(1).ilog2() as usize / 2).min(GRID.len() - 1);
    let next = GRID.get(size + 1).copied().unwrap_or(usize::MAX);
    (size, (items.max(1) - GRID[size]) as f64 / (next - GRID[size]) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(latency: f64, item: f64) -> Curve {
        let measured = [16, 256, 4_096].map(|items| (items, latency + item * items as f64));
        Curve::through(&measured).expect("times")
    }

    #[test]
    fn a_latency_and_a_cost_are_met_at_every_size() {
        let curve = line(1e-3, 1e-6);
        for items in [1, 2, 3, 63, 64, 65, 5_000, 1 << 20, 3 << 20] {
            let expected = 1e-3 + items as f64 * 1e-6;
            let found = curve.seconds(items);
            assert!((found / expected - 1.0).abs() < 0.001 || items > 1 << 20, "{items}: {found} for {expected}");
        }
        assert_eq!(curve.seconds(0), 0.0);
    }

    #[test]
    fn nonsense_is_no_curve_and_noise_does_not_make_one_fall() {
        for nonsense in [&[][..], &[(0, 1.0)], &[(5, 0.0)], &[(5, f64::NAN)], &[(9, 1.0), (5, 1.0)]] {
            assert_eq!(Curve::through(nonsense), None, "{nonsense:?}");
        }
        let noisy = Curve::through(&[(16, 3.0), (256, 2.0), (4_096, 5.0)]).expect("times");
        assert!(GRID.windows(2).all(|two| noisy.seconds(two[0]) <= noisy.seconds(two[1])) && noisy.is_sane());
        let steep = Curve::through(&[(64, 1.0), (512, 80.0)]).expect("times");
        assert!((steep.rate(1 << 20) / (512.0 / 80.0) - 1.0).abs() < 0.01, "a busy moment is not continued: {steep:?}");
        let single = Curve::through(&[(1_024, 1.0)]).expect("a time");
        assert!(single.is_sane() && single.seconds(4_096) > 1.4 && single.seconds(16) < 1.0, "{single:?}");
    }

    #[test]
    fn observations_correct_as_much_as_they_weigh() {
        let mut curve = line(1e-3, 1e-6);
        let before = curve;
        curve.observe(10_000, 1_000.0, 0.2);
        let after = curve.seconds(10_000) / before.seconds(10_000);
        assert!(after > 1.0 && after < 1.2, "{after}");
        curve.observe(10_000, 0.022, 0.0);
        curve.observe(0, 1.0, 1.0);
        curve.observe(5, f64::NAN, 1.0);
        assert_eq!(curve.seconds(10_000) / before.seconds(10_000), after);
        for _ in 0..60 {
            curve.observe(10_000, 0.022, 0.2);
        }
        assert!((curve.seconds(10_000) / 0.022 - 1.0).abs() < 0.05, "{}", curve.seconds(10_000));
        assert_eq!(curve.seconds(1_000), before.seconds(1_000), "only what is beside it");
        assert!(curve.is_sane());
    }

    #[test]
    fn a_smaller_batch_never_takes_longer_than_one_that_was_seen() {
        let mut curve = line(1e-3, 1e-6);
        for _ in 0..10 {
            curve.observe(1_024, 0.040, 1.0);
        }
        assert!(curve.seconds(1_024) > curve.seconds(16_384), "as after a busy moment");
        (0..30).for_each(|_| curve.observe(10_000, 0.011, 0.2));
        assert!((curve.seconds(10_000) / 0.011 - 1.0).abs() < 0.2, "{curve:?}");
        assert!(GRID[..7].iter().all(|size| curve.seconds(*size) <= 0.011), "{curve:?}");
        let mut flat = Curve::through(&[(1_024, 1.2e-3), (4_096, 1.4e-3)]).expect("times");
        (0..25).for_each(|_| flat.observe(1_600, 5e-3, 0.2));
        assert!(flat.seconds(1_600) > 0.8 * 5e-3, "what became slower is followed: {flat:?}");
    }
}
