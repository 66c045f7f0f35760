//! Which nodes of a tree change with the accounts of given slots.

use crate::outcome::Change;
use crate::root::height;
use rayon::prelude::*;

/// Up to so many changed nodes of a level are one core's work.
const ALONE: usize = 1 << 15;

/// The changed nodes of a level, by index.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Their indices, ascending.
    pub indices: Vec<u32>,
    /// For each, the position in the level below of its first changed child; its other child, where that changed too,
    /// is the next. Empty for leaves.
    pub children: Vec<u32>,
}

/// The changed nodes level by level, from the leaves to the top of a tree of `count` slots.
pub fn paths(changes: &[Change], count: u32) -> Vec<Changed> {
    let leaves = Changed {
        indices: changes.par_iter().with_min_len(ALONE).map(|change| change.slot).collect(),
        children: Vec::new(),
    };
    let mut levels = vec![leaves];
    for level in 0..height(count) {
        let below = &levels[level].indices;
        let first = |position: &u32| {
            let at = *position as usize;
            at == 0 || below[at - 1] / 2 != below[at] / 2
        };
        let (all, parent) = (0..below.len() as u32, |position: &u32| below[*position as usize] / 2);
        let mut above = Changed::default();
        if below.len() > ALONE {
            above.children.par_extend(all.into_par_iter().filter(first));
            above.children.par_iter().map(parent).collect_into_vec(&mut above.indices);
        } else {
            above.children.extend(all.filter(first));
            above.indices.extend(above.children.iter().map(parent));
        }
        levels.push(above);
    }
    levels
}

/// Slots after the changes of a state of `count` slots.
///
/// # Panics
/// Changes that are not in slot order, or new slots with gaps.
pub fn count_after(changes: &[Change], count: u32) -> u32 {
    assert!(changes.is_sorted_by(|one, next| one.slot < next.slot), "changes come in slot order, each slot once");
    let created = changes.len() - changes.partition_point(|change| change.slot < count);
    let after = count + created as u32;
    assert!(created == 0 || changes[changes.len() - 1].slot == after - 1, "new accounts come without gaps");
    after
}
