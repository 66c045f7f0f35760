//! What observations in a row have in common.

use super::curve::{GRID, place};

/// By batch size, how many observations in a row were slower (above zero) or faster (below) than expected by more
/// than noise is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trend([i8; GRID.len()]);

/// More than so many times what was expected, or less than the inverse, is no noise.
const SURPRISE: f64 = 1.5;
/// How much an observation that is no surprise moves what was expected, as an exponent: after ten nine tenths of an
/// error are gone.
const WEIGHT: f64 = 0.2;

impl Trend {
    /// Counts a batch that took `ratio` times what was expected; how many in a row now agree, as above.
    pub fn count(&mut self, items: usize, ratio: f64) -> i8 {
        let row = &mut self.0[place(items).0];
        let direction = i8::from(ratio > SURPRISE) - i8::from(ratio < 1.0 / SURPRISE);
        *row = if direction == row.signum() { row.saturating_add(direction) } else { direction };
        *row
    }

    /// How much such a batch is to move what was expected, from 0 to 1. A surprise alone, which may be a busy moment
    /// or a shader that was compiled, moves nothing. The next one confirms it, and every further one weighs more, so
    /// that nothing that stays as it is is missed for long.
    pub fn weight(&mut self, items: usize, ratio: f64) -> f64 {
        match self.count(items, ratio).unsigned_abs() {
            0 => WEIGHT,
            1 => 0.0,
            row => (WEIGHT * f64::from(row)).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprises_count_from_the_second_on_and_ever_more() {
        let mut trend = Trend::default();
        let mut weights = |ratios: &[f64]| ratios.iter().map(|ratio| trend.weight(4_096, *ratio)).collect::<Vec<_>>();
        assert_eq!(weights(&[1.0, 1.4, 10.0, 1.0, 0.1, 10.0]), [0.2, 0.2, 0.0, 0.2, 0.0, 0.0], "nothing is confirmed");
        assert_eq!(weights(&[1.0, 0.5, 0.4, 0.6, 0.1, 0.1, 0.1])[1..], [0.0, 0.4, 0.6000000000000001, 0.8, 1.0, 1.0]);
        assert_eq!(trend.weight(64, 0.1), 0.0, "another size is another matter");
        assert_eq!((0..1_000).map(|_| trend.count(64, 9.0)).last(), Some(i8::MAX));
    }
}
