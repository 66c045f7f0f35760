//! Contestants take turns, warm-up first, until their medians are known well enough or the time for that is used up.

use super::statistics::interval;
pub use super::statistics::median;
use crate::error::Result;
use std::time::{Duration, Instant};

/// Turns go on until every median's interval ends within so much of it on both sides.
const PRECISION: f64 = 0.02;
/// And until there are so many samples: fewer cannot have an interval of 95 %.
const ENOUGH: usize = 6;
/// No row needs more samples than this.
const MOST: usize = 25;
/// Time for turns beyond the least number, for each of these.
const EXTRA_A_RUN: Duration = Duration::from_millis(30);

/// How often contestants take turns.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Turns that count, however long they take.
    pub least: usize,
    /// Time for more turns, where medians are not sure yet.
    pub extra: Duration,
}

impl From<usize> for Plan {
    /// A row that is measured once is too long to be measured again.
    fn from(least: usize) -> Self {
        let extra = if least > 1 { EXTRA_A_RUN * least as u32 } else { Duration::ZERO };
        Self { least, extra }
    }
}

/// Runs every contestant in turn, after `warm` turns that do not count: as often as `plan` says, and again where
/// medians are not sure yet and time is left. `turn` times one run of one. Everyone has the same number of samples.
pub fn interleave(
    contestants: usize,
    warm: usize,
    plan: impl Into<Plan>,
    mut turn: impl FnMut(usize) -> Result<Duration>,
) -> Result<Vec<Vec<f64>>> {
    let plan = plan.into();
    let mut samples = vec![Vec::with_capacity(plan.least); contestants];
    let mut extra_began = None;
    for run in 0..warm + MOST.max(plan.least) {
        if run == warm + plan.least {
            extra_began = Some(Instant::now());
        }
        if extra_began.is_some_and(|began| began.elapsed() >= plan.extra || samples.iter().all(|own| is_sure(own))) {
            break;
        }
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

fn is_sure(samples: &[f64]) -> bool {
    let middle = median(samples);
    let near = |bound: f64| (bound - middle).abs() <= PRECISION * middle;
    samples.len() >= ENOUGH && interval(samples).is_some_and(|found| near(found.low) && near(found.high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn everyone_takes_every_turn_and_warm_up_does_not_count() {
        let mut order = Vec::new();
        let plan = Plan { least: 2, extra: Duration::ZERO };
        let samples = interleave(3, 1, plan, |contestant| {
            order.push(contestant);
            Ok(Duration::from_secs(order.len() as u64))
        })
        .expect("nothing fails");
        assert_eq!(order, [0, 1, 2, 2, 1, 0, 0, 1, 2]);
        assert_eq!(samples, [[6.0, 7.0], [5.0, 8.0], [4.0, 9.0]]);
    }

    /// Steady contestants stop as soon as an interval is sure, noisy ones go on to the limit, long ones stop with their
    /// time.
    #[test]
    fn turns_go_on_while_they_tell_something() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut count = |noise: f64, extra: u64, sleep: u64| {
            let plan = Plan { least: 3, extra: Duration::from_millis(extra) };
            let samples = interleave(2, 1, plan, |_| {
                std::thread::sleep(Duration::from_millis(sleep));
                Ok(Duration::from_secs_f64(1.0 + noise * rng.random::<f64>()))
            })
            .expect("nothing fails");
            assert_eq!(samples[0].len(), samples[1].len());
            samples[0].len()
        };
        assert_eq!(count(0.001, 10_000, 0), ENOUGH);
        assert_eq!(count(0.5, 10_000, 0), MOST);
        assert_eq!(count(0.5, 0, 0), 3);
        assert_eq!(count(0.5, 1, 5), 4, "a turn is not cut short, and none begins after the time");
        assert_eq!(Plan::from(1).extra, Duration::ZERO);
    }
}
