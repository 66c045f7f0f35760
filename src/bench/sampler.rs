//! Contestants take turns; medians are compared.

use crate::error::Result;
use std::time::Duration;

/// Runs every contestant `runs` times in turn, after `warm` turns that do not count; `turn` times one run of one.
pub fn interleave(
    contestants: usize,
    warm: usize,
    runs: usize,
    mut turn: impl FnMut(usize) -> Result<Duration>,
) -> Result<Vec<Vec<f64>>> {
    let mut samples = vec![Vec::with_capacity(runs); contestants];
    for run in 0..warm + runs {
        // Every other turn goes backwards, so that nobody always runs behind the same one.
        for place in 0..contestants {
            let contestant = if run % 2 == 0 { place } else { contestants - 1 - place };
            let time = turn(contestant)?;
            if run >= warm {
                samples[contestant].push(time.as_secs_f64());
            }
        }
    }
    Ok(samples)
}

/// The median; 0 of nothing.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => (sorted[even / 2 - 1] + sorted[even / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_takes_every_turn_and_warm_up_does_not_count() {
        let mut order = Vec::new();
        let samples = interleave(3, 1, 2, |contestant| {
            order.push(contestant);
            Ok(Duration::from_secs(order.len() as u64))
        })
        .expect("nothing fails");
        assert_eq!(order, [0, 1, 2, 2, 1, 0, 0, 1, 2]);
        assert_eq!(samples, [[6.0, 7.0], [5.0, 8.0], [4.0, 9.0]]);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
