//! Which batches that the CPU checks a device should see.

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

    /// So many tables were earned by it. Where keys come again the next batch is looked at, too; where they do not,
    /// ever fewer are.
    pub fn met(&mut self, tables: usize) {
        self.pause = if tables > 0 { 0 } else { (2 * self.pause + 1).min(63) };
        self.wait = self.pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_looked_at_while_they_come_again() {
        let mut acquaintance = Acquaintance::default();
        let mut looks = |tables: usize, batches: usize| {
            (0..batches).filter(|_| acquaintance.is_due().then(|| acquaintance.met(tables)).is_some()).count()
        };
        assert_eq!(looks(5, 10), 10);
        assert!(looks(0, 1_000) < 25, "in vain: ever less often");
        assert!(looks(5, 200) > 100);
    }
}
