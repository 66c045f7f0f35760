//! What is known about a block once its waves are.

/// The transactions of each wave, waves one after the other, each wave's transactions in block order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Groups {
    order: Vec<u32>,
    /// Wave `w` is `order[first[w]..first[w + 1]]`.
    first: Vec<u32>,
}

impl Default for Groups {
    fn default() -> Self {
        Self { order: Vec::new(), first: vec![0] }
    }
}

impl Groups {
    /// Number of waves.
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Whether there are no waves, as there are no transactions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Indices of the transactions of `wave`, ascending.
    ///
    /// # Panics
    /// When there is no such wave.
    pub fn transactions_of(&self, wave: usize) -> &[u32] {
        &self.order[self.first[wave] as usize..self.first[wave + 1] as usize]
    }

    /// The transactions of wave 0, 1, 2 …
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> + DoubleEndedIterator + Clone {
        self.first.windows(2).map(|bounds| &self.order[bounds[0] as usize..bounds[1] as usize])
    }

    /// Groups that were put together wave by wave.
    pub(crate) fn from_lists(lists: &[Vec<u32>]) -> Self {
        let mut groups = Self::default();
        for list in lists {
            groups.order.extend(list);
            groups.first.push(groups.order.len() as u32);
        }
        groups
    }

    /// Sorts the transactions by wave, by counting, in the memory of the last time.
    pub(crate) fn fill(&mut self, wave: &[u32], waves: u32) {
        let Self { order, first } = self;
        first.clear();
        first.resize(waves as usize + 1, 0);
        wave.iter().for_each(|&wave| first[wave as usize] += 1);
        let mut begin = 0;
        for count in first.iter_mut() {
            begin += std::mem::replace(count, begin);
        }
        order.clear();
        order.resize(wave.len(), 0);
        for (transaction, &wave) in wave.iter().enumerate() {
            let place = &mut first[wave as usize];
            order[*place as usize] = transaction as u32;
            *place += 1;
        }
        // Each bound has moved on to the next one's place.
        first.rotate_right(1);
        first[0] = 0;
    }
}

/// In which order transactions can run, and what stands in the way of running more of them at once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schedule {
    /// The wave of each transaction.
    pub wave: Vec<u32>,
    /// Number of waves: the largest one + 1, or 0 without transactions.
    pub waves: u32,
    /// The transactions of each wave.
    pub groups: Groups,
    /// One longest chain: transaction indices of which each conflicts with the next, with waves 0, 1, 2 … It ends at
    /// the first transaction of the last wave, and each link is the latest that can stand there, so all engines name
    /// the same chain.
    pub longest_chain: Vec<usize>,
    /// Per transaction the number of its component, the set that is connected by conflicts. Components are numbered by
    /// their first transaction.
    pub component: Vec<u32>,
    /// Number of components.
    pub components: usize,
    /// Transactions of the largest component; 1 where nothing conflicts, 0 without transactions.
    pub largest_component: usize,
    /// Up to [`HOTTEST_KEYS`](super::HOTTEST_KEYS) keys by how many transactions name them, largest first, then by index.
    /// Only keys count that some transaction writes and another one names: nobody waits for others.
    pub hottest: Vec<(u32, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_the_same_by_counting_and_by_lists() {
        let mut groups = Groups::default();
        for (wave, lists) in [
            (vec![0, 2, 1, 0, 2, 2], vec![vec![0, 3], vec![2], vec![1, 4, 5]]),
            (vec![0], vec![vec![0]]),
            (vec![], vec![]),
            (vec![0, 1, 2, 3], vec![vec![0], vec![1], vec![2], vec![3]]),
        ] {
            groups.fill(&wave, lists.len() as u32);
            assert_eq!(groups, Groups::from_lists(&lists));
            assert_eq!((groups.len(), groups.is_empty()), (lists.len(), lists.is_empty()));
            assert!(groups.iter().eq(lists.iter().map(Vec::as_slice)));
            assert!((0..lists.len()).all(|wave| groups.transactions_of(wave) == lists[wave]));
        }
    }
}
