//! Ids that were resolved on an earlier state of the same chain.

use crate::snapshot::Snapshot;
use crate::state::State;

/// Brings a snapshot of an earlier state up to date. Slots never change, so only accounts that were unknown are looked up
/// again: those that exist by now have their slot, the others are provisional behind today's last one.
pub fn refresh(snapshot: &mut Snapshot, state: &State) {
    let (before, known) = (snapshot.known, state.len() as u32);
    if before == known {
        return;
    }
    assert!(before < known, "a state that follows has no fewer accounts");
    let mut kept = 0;
    let slots: Vec<u32> = (0..snapshot.unknown.len())
        .map(|number| {
            let id = snapshot.unknown[number];
            state.slot(&id).unwrap_or_else(|| {
                snapshot.unknown[kept] = id;
                kept += 1;
                known + kept as u32 - 1
            })
        })
        .collect();
    snapshot.unknown.truncate(kept);
    snapshot.known = known;
    if !slots.is_empty() {
        for slot in snapshot.pairs.iter_mut().flatten().filter(|slot| **slot >= before) {
            *slot = slots[(*slot - before) as usize];
        }
    }
}
