//! The changed nodes of a block: which they are, and where they stand on the device until the block is applied.

use super::{NODE_BYTES, STORAGE, Tree};
use crate::gpu::device::Device;
use crate::outcome::Change;
use crate::parallel::root::paths::{Changed, count_after, paths};
use crate::root::{Root, height};
use crate::verify::root::Place;

/// A child that is itself a changed node: `CHANGED` in shaders/root/paths.wgsl and gather.wgsl.
pub(in crate::gpu) const CHANGED: u32 = 1 << 31;

/// The changed nodes in one row, level after level from the leaves up; the top is the last.
pub(super) struct Plan {
    changed: Vec<Changed>,
    /// Position of each level's first node, and how many it has.
    pub(super) levels: Vec<(u32, u32)>,
    pub(super) nodes: u32,
    /// Slots after the block.
    pub(super) count: u32,
}

impl Plan {
    pub(super) fn new(changes: &[Change], count: u32) -> Self {
        let count = count_after(changes, count);
        let changed = paths(changes, count);
        let mut nodes = 0;
        let level = |level: &Changed| {
            let first = nodes;
            nodes += level.indices.len() as u32;
            (first, level.indices.len() as u32)
        };
        let levels = changed.iter().map(level).collect();
        Self { changed, levels, nodes, count }
    }

    /// Bytes of the largest buffer.
    pub(super) fn bytes(&self) -> u64 {
        NODE_BYTES * u64::from(self.nodes)
    }

    /// Where among the changed nodes this one is.
    fn position(&self, level: usize, index: u32) -> Option<u32> {
        let at = self.changed.get(level)?.indices.binary_search(&index).ok()?;
        Some(self.levels[level].0 + at as u32)
    }

    fn places(&self, tree: &Tree) -> Vec<u32> {
        let level = |(level, changed): (usize, &Changed)| {
            let first = tree.level(level);
            changed.indices.iter().map(move |index| first + index).collect::<Vec<_>>()
        };
        self.changed.iter().enumerate().flat_map(level).collect()
    }

    /// Children of every changed node; those of leaves are not looked at.
    fn children(&self, tree: &Tree) -> Vec<[u32; 2]> {
        let mut children = vec![[0; 2]; self.levels[0].1 as usize];
        for level in 1..self.changed.len() {
            let (below, first, in_tree) =
                (&self.changed[level - 1].indices, self.levels[level - 1].0, tree.level(level - 1));
            let changed = &self.changed[level];
            children.extend(changed.indices.iter().zip(&changed.children).map(|(index, position)| {
                let mut position = *position;
                [2 * index, 2 * index + 1].map(|child| {
                    if below.get(position as usize) != Some(&child) {
                        return in_tree + child;
                    }
                    position += 1;
                    CHANGED | (first + position - 1)
                })
            }));
        }
        children
    }
}

/// Changed nodes on the device, beside the tree.
pub(super) struct Pending {
    pub(super) changed: wgpu::Buffer,
    pub(super) children: wgpu::Buffer,
    pub(super) places: wgpu::Buffer,
    pub(super) plan: Plan,
    pub(super) root: Root,
}

impl Pending {
    /// Room for the nodes, and what the device must know of them.
    pub(super) fn new(device: &Device, tree: &Tree, plan: Plan) -> Self {
        let filled = |label: &str, bytes: &[u8]| {
            let buffer = device.buffer(label, bytes.len() as u64, STORAGE);
            device.write("root", &buffer, 0, bytes);
            buffer
        };
        Self {
            changed: device.buffer("root changed nodes", plan.bytes(), STORAGE),
            children: filled("root children", bytemuck::cast_slice(&plan.children(tree))),
            places: filled("root places", bytemuck::cast_slice(&plan.places(tree))),
            plan,
            root: tree.root,
        }
    }

    /// Where the device has a node: for the kernel `gather`.
    pub(super) fn place(&self, tree: &Tree, place: Place) -> Option<u32> {
        match place {
            Place::Before { level, index } if level <= height(tree.count) && index < tree.capacity >> level => {
                Some(tree.level(level) + index)
            }
            Place::Before { .. } => None,
            Place::After { level, index } => self.plan.position(level, index).map(|position| CHANGED | position),
        }
    }
}
