//! The tail: what the device left open, found on the CPU in block order.

use crate::conflict::AccessSets;

/// What transactions so far make later ones wait for, waves counted from 1; 0: nothing.
#[derive(Clone, Copy, Default, Debug)]
struct KeyState {
    readers_wait: u32,
    writers_wait: u32,
}

/// States of all keys, kept between blocks for their memory only.
#[derive(Debug, Default)]
pub struct Tail {
    keys: Vec<KeyState>,
}

impl Tail {
    /// Finds the waves from transaction `known` on; those before it are true.
    pub fn complete(&mut self, sets: &AccessSets, known: usize, wave: &mut [u32]) {
        self.keys.clear();
        self.keys.resize(sets.key_count(), KeyState::default());
        for (transaction, wave) in wave.iter_mut().enumerate() {
            if transaction >= known {
                *wave = self.demanded(sets, transaction);
            }
            self.add(sets, transaction, *wave + 1);
        }
    }

    fn demanded(&self, sets: &AccessSets, transaction: usize) -> u32 {
        let mut wave = 0;
        for key in sets.writes(transaction) {
            wave = wave.max(self.keys[*key as usize].writers_wait);
        }
        for key in sets.reads(transaction) {
            wave = wave.max(self.keys[*key as usize].readers_wait);
        }
        wave
    }

    fn add(&mut self, sets: &AccessSets, transaction: usize, next: u32) {
        for key in sets.writes(transaction) {
            self.keys[*key as usize] = KeyState { readers_wait: next, writers_wait: next };
        }
        for key in sets.reads(transaction) {
            let state = &mut self.keys[*key as usize];
            state.writers_wait = state.writers_wait.max(next);
        }
    }
}
