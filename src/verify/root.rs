//! The state root by samples: the paths of some changed accounts, held against the roots that a device claims.
//!
//! A path begins with the CPU's own records of an account, before and after the block, and goes up with the device's nodes
//! beside it. It has to end in the root before, which the CPU knows, and in the claimed root after. What no change touched
//! enters both ways as the same node, so it is what it was. BLAKE3 has no collisions that anyone knows, so a path that
//! ends in both roots shows that every node on it is right, given those beside it. `docs/security.md` has what a sample of
//! paths leaves open, as a formula.

use crate::outcome::Change;
use crate::parallel::root::paths::count_after;
use crate::parallel::root::{finish, leaf, parent};
use crate::root::{EMPTY, Node, Root, height};
use crate::state::State;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// A node that a device is asked for; leaves are level 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// Of the tree before the block.
    Before {
        /// Levels above the leaves.
        level: usize,
        /// Position in the level.
        index: u32,
    },
    /// Of the nodes that the block changes.
    After {
        /// Levels above the leaves.
        level: usize,
        /// Position in the level.
        index: u32,
    },
}

/// What stands beside a path on one level.
struct Beside {
    level: usize,
    /// Before the block; `None` where nothing was.
    before: Option<Place>,
    /// After it, where a change touched it.
    after: Option<Place>,
}

/// The paths of some changed accounts.
#[derive(Debug)]
pub struct Paths<'a> {
    state: &'a State,
    changes: &'a [Change],
    /// Slots before and after the block.
    counts: (u32, u32),
    /// Which changes, in slot order.
    chosen: Vec<usize>,
    places: Vec<Place>,
}

impl<'a> Paths<'a> {
    /// The paths of `sample` of the changes of a block on `state`, each as likely as any other; of all where there are no
    /// more.
    ///
    /// # Panics
    /// Changes that are not in slot order, or new slots with gaps.
    pub fn sampled(state: &'a State, changes: &'a [Change], sample: u32, rng: &mut ChaCha8Rng) -> Self {
        let before = state.len() as u32;
        let counts = (before, count_after(changes, before));
        let mut chosen = index::sample(rng, changes.len(), changes.len().min(sample as usize)).into_vec();
        chosen.sort_unstable();
        let mut paths = Self { state, changes, counts, chosen, places: Vec::new() };
        let slots = paths.chosen.iter().map(|position| changes[*position].slot);
        paths.places = slots.flat_map(|slot| paths.beside(slot)).flat_map(|beside| beside.places()).collect();
        paths
    }

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether there are none, because there are no changes or none was asked for.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The nodes that the device is asked for, in the order in which [`Paths::difference`] takes them.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The first path that does not lead to the state's root `before` the block or to the one that the device claims
    /// `after` it.
    ///
    /// # Panics
    /// When there is not one node for each place.
    pub fn difference(&self, before: Root, after: Root, nodes: &[Node]) -> Option<String> {
        assert_eq!(nodes.len(), self.places.len(), "one node for each place");
        if self.changes.is_empty() && before != after {
            return Some(format!("nothing changed, yet the root is {after} on the device and was {before}"));
        }
        let mut nodes = nodes.iter().copied();
        self.chosen.iter().find_map(|position| self.path(&self.changes[*position], (before, after), &mut nodes))
    }

    fn path(&self, change: &Change, roots: (Root, Root), nodes: &mut impl Iterator<Item = Node>) -> Option<String> {
        let (slot, levels) = (change.slot, height(self.counts.0));
        let mut old = if slot < self.counts.0 { leaf(&self.state.account(slot)) } else { EMPTY };
        let mut new = leaf(&change.account);
        for beside in self.beside(slot) {
            let mut next = |place: Option<Place>| place.map(|_| nodes.next().expect("as many nodes as places"));
            let before = next(beside.before).unwrap_or(EMPTY);
            let after = next(beside.after).unwrap_or(before);
            let pair = |own: Node, other: Node| if slot >> beside.level & 1 == 0 { [own, other] } else { [other, own] };
            if beside.level < levels {
                old = parent(pair(old, before));
            } else if beside.before.is_some() {
                // A new account beyond the tree as it was, which stands beside its path in one piece.
                old = before;
            }
            new = parent(pair(new, after));
        }
        let found = (finish(&old, self.counts.0), finish(&new, self.counts.1));
        let message = |when: &str, found: Root, claimed: Root| {
            format!("the path of slot {slot} leads to root {found} {when} the block: the device has {claimed}")
        };
        // From further beyond, a path does not meet the old tree: nothing of it stands beside one unchanged.
        if u64::from(slot) >> levels <= 1 && found.0 != roots.0 {
            return Some(message("before", found.0, roots.0));
        }
        (found.1 != roots.1).then(|| message("after", found.1, roots.1))
    }

    /// What stands beside the path of a slot, from the leaf up.
    fn beside(&self, slot: u32) -> impl Iterator<Item = Beside> + use<'_, 'a> {
        let (before, after) = self.counts;
        let changed = move |from: u64, to: u64| {
            let at = self.changes.partition_point(|change| u64::from(change.slot) < from);
            self.changes.get(at).is_some_and(|change| u64::from(change.slot) < to)
        };
        (0..height(after)).map(move |level| {
            let index = (u64::from(slot) >> level ^ 1) as u32;
            let first = u64::from(index) << level;
            let was = first < u64::from(before) && level <= height(before);
            Beside {
                level,
                before: was.then_some(Place::Before { level, index }),
                after: changed(first, first + (1 << level)).then_some(Place::After { level, index }),
            }
        })
    }
}

impl Beside {
    fn places(self) -> impl Iterator<Item = Place> {
        self.before.into_iter().chain(self.after)
    }
}

#[cfg(test)]
mod tests;
