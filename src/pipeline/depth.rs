//! How much is under way at a time.

use crate::limits::MAX_PIPELINE_BLOCKS;

/// How many blocks are under way at a time; a further one waits for its place. The deeper, the longer a block waits behind others where
/// they are submitted faster than validated. Memory of as many blocks as were under way is kept for later ones: take less where
/// blocks are large.
///
/// Signatures are verified in batches of blocks, up to a third of the depth. A number of blocks is a depth, too. More than
/// [`MAX_PIPELINE_BLOCKS`] is taken as that many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Depth {
    /// Blocks of any size.
    pub blocks: usize,
    /// Blocks, as long as those under way have fewer than [`Depth::transactions`] together.
    pub small_blocks: usize,
    /// Transactions from which on no more than [`Depth::blocks`] are under way. Those of the block that enters do not count yet.
    pub transactions: usize,
}

impl Default for Depth {
    /// 16 blocks, or up to 64 with fewer than 2^17 transactions. One block in each step and one that waits would keep every step
    /// busy, but batches of signatures are faster the larger they are, and three should be under way: one that a device verifies,
    /// one that is executed, and one that comes together meanwhile.
    fn default() -> Self {
        Self { blocks: 16, small_blocks: 64, transactions: 1 << 17 }
    }
}

impl From<usize> for Depth {
    /// So many blocks (0 is taken as 1), however small.
    fn from(blocks: usize) -> Self {
        Self { blocks, small_blocks: blocks, transactions: 0 }
    }
}

impl Depth {
    /// Blocks that can be under way.
    pub(super) fn most(&self) -> usize {
        self.blocks.max(self.small_blocks).clamp(1, MAX_PIPELINE_BLOCKS)
    }

    /// Whether there is room for a further block where so many blocks with so many transactions are.
    pub(super) fn has_room(&self, blocks: usize, transactions: usize) -> bool {
        let small = blocks < self.small_blocks && transactions < self.transactions;
        blocks < self.most() && (small || blocks < self.blocks.max(1))
    }

    /// A third of it, for a batch.
    pub(super) fn third(&self) -> Self {
        let third = |whole: usize| whole.div_ceil(3);
        let Self { blocks, small_blocks, transactions } = *self;
        Self { blocks: third(blocks), small_blocks: third(small_blocks), transactions: third(transactions) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_blocks_may_be_more() {
        let depth = Depth { blocks: 2, small_blocks: 4, transactions: 100 };
        let room = |blocks, transactions| depth.has_room(blocks, transactions);
        assert!(room(0, 0) && room(1, 1000), "blocks of any size");
        assert!(room(2, 99) && room(3, 99) && !room(2, 100) && !room(3, 100), "as long as they are small");
        assert!(!room(4, 0));
        assert_eq!((depth.most(), depth.third()), (4, Depth { blocks: 1, small_blocks: 2, transactions: 34 }));
    }

    #[test]
    fn a_number_is_that_many_blocks() {
        let three = Depth::from(3);
        assert!(three.has_room(2, 0) && !three.has_room(3, 0));
        let none = Depth::from(0);
        let endless = Depth::from(usize::MAX);
        assert!(endless.has_room(MAX_PIPELINE_BLOCKS - 1, 0) && !endless.has_room(MAX_PIPELINE_BLOCKS, 0));
        assert!(none.has_room(0, 0) && !none.has_room(1, 0) && none.most() == 1, "or nothing would ever enter");
    }
}
