//! Which batches that the CPU checks a device should see.

use crate::gpu::sigverify::Encounter;

/// Signatures of a hundred by keys that were used before from which on it is likely that more will be.
const OFTEN: usize = 5;

/// When keys of batches that the CPU checks are shown to the device, so that it has tables when they come again.
#[derive(Debug, Default)]
pub struct Acquaintance {
    wait: u32,
    pause: u32,
}

impl Acquaintance {
    /// Whether it is time to show a batch.
    pub fn is_due(&mut self) -> bool {
        let due = self.wait == 0;
        self.wait = self.wait.saturating_sub(1);
        due
    }

    /// What a batch of so many signatures that was shown was like. Where keys come again the next one is looked at, too; where they
    /// do not, ever fewer are.
    pub fn met(&mut self, met: Encounter, signatures: usize) {
        let again = met.earned > 0 || met.again >= OFTEN.saturating_mul(signatures).div_ceil(100).max(1);
        self.pause = if again { 0 } else { (2 * self.pause + 1).min(63) };
        self.wait = self.pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_looked_at_while_they_come_again() {
        let mut acquaintance = Acquaintance::default();
        let mut looks = |met: Encounter, batches: usize| {
            (0..batches).filter(|_| acquaintance.is_due().then(|| acquaintance.met(met, 100)).is_some()).count()
        };
        let earned = Encounter { earned: 5, again: 0 };
        assert_eq!(looks(earned, 10), 10);
        assert!(looks(Encounter { earned: 0, again: 4 }, 1_000) < 25, "in vain: ever less often");
        assert!(looks(earned, 200) > 100);
        assert!(looks(Encounter::default(), 1_000) < 25);
        assert!(looks(Encounter { earned: 0, again: 5 }, 200) > 100, "they come again, though not often enough yet");
    }
}
