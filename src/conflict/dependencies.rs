//! Which transactions a transaction has to wait for: what an executor needs that starts each as soon as it can.

use super::AccessSets;
use crate::error::{InputError, Place};
use crate::memory::prefetch;

/// Accesses up to which the number of dependencies surely fits `u32`: there are at most two per access.
const MAX_ACCESSES: usize = 1 << 31;
/// How many accesses ahead memory is prefetched.
const AHEAD: usize = 32;
const NONE: u32 = u32::MAX;

/// The conflicts that matter: along each key, a reader depends on the last writer before it, and a writer on the readers
/// since the last writer, or on that one where there are none. Every conflict of the block is one of these or follows from a
/// chain of them, so a transaction may start once all it depends on are done. There are at most two per access, where a
/// key with n writers has n² / 2 conflicts.
///
/// ```
/// use wavelock::conflict::{AccessSetsBuilder, Dependencies};
///
/// let mut builder = AccessSetsBuilder::new();
/// builder.push([], ["a", "b"])?;
/// builder.push(["a"], [])?;
/// builder.push([], ["a", "b"])?;
/// let mut dependencies = Dependencies::default();
/// dependencies.find(builder.sets())?;
/// assert_eq!(dependencies.predecessors(2), [1, 0]);
/// assert_eq!(dependencies.successors(0), [1, 2]);
/// assert_eq!((0..3).map(|transaction| dependencies.in_degree(transaction)).collect::<Vec<_>>(), [0, 1, 2]);
/// # Ok::<(), wavelock::InputError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dependencies {
    predecessors: Vec<u32>,
    first_predecessor: Vec<u32>,
    successors: Vec<u32>,
    first_successor: Vec<u32>,
    keys: Vec<KeyState>,
    /// Readers of keys since their last writers, as lists.
    readers: Vec<Reader>,
    /// Per transaction 1 + the last one that was noted to depend on it.
    noted: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct KeyState {
    writer: u32,
    /// Place of the latest reader since.
    reader: u32,
}

#[derive(Clone, Copy, Debug)]
struct Reader {
    transaction: u32,
    earlier: u32,
}

impl Default for Dependencies {
    fn default() -> Self {
        Self {
            predecessors: Vec::new(),
            first_predecessor: vec![0],
            successors: Vec::new(),
            first_successor: vec![0],
            keys: Vec::new(),
            readers: Vec::new(),
            noted: Vec::new(),
        }
    }
}

impl Dependencies {
    /// Finds the dependencies of `sets`, in the memory of the last time; linear in the number of keys that are named.
    ///
    /// # Errors
    /// More than 2³¹ accesses.
    pub fn find(&mut self, sets: &AccessSets) -> Result<(), InputError> {
        if sets.keys().len() > MAX_ACCESSES {
            let message = format!("expected at most {MAX_ACCESSES} keys in all read and write sets");
            return Err(InputError::new(Place::Whole, message));
        }
        self.keys.clear();
        self.keys.resize(sets.key_count(), KeyState { writer: NONE, reader: NONE });
        self.readers.clear();
        self.noted.clear();
        self.noted.resize(sets.len(), 0);
        self.predecessors.clear();
        self.first_predecessor.truncate(1);
        let mut access = 0;
        for transaction in 0..sets.len() {
            let (writes, reads) = (sets.writes(transaction), sets.reads(transaction));
            for &key in writes {
                access = self.prefetch_after(sets, access);
                self.write(key, transaction as u32);
            }
            for &key in reads {
                access = self.prefetch_after(sets, access);
                self.read(key, transaction as u32);
            }
            self.first_predecessor.push(self.predecessors.len() as u32);
        }
        self.transpose(sets.len());
        Ok(())
    }

    #[inline(always)]
    fn prefetch_after(&self, sets: &AccessSets, access: usize) -> usize {
        if let Some(&key) = sets.keys().get(access + AHEAD) {
            prefetch(&self.keys, key as usize);
        }
        access + 1
    }

    fn write(&mut self, key: u32, transaction: u32) {
        let KeyState { writer, mut reader } =
            std::mem::replace(&mut self.keys[key as usize], KeyState { writer: transaction, reader: NONE });
        if reader == NONE && writer != NONE {
            self.note(writer, transaction);
        }
        while reader != NONE {
            let Reader { transaction: earlier, earlier: next } = self.readers[reader as usize];
            self.note(earlier, transaction);
            reader = next;
        }
    }

    fn read(&mut self, key: u32, transaction: u32) {
        let state = &mut self.keys[key as usize];
        let earlier = std::mem::replace(&mut state.reader, self.readers.len() as u32);
        let writer = state.writer;
        self.readers.push(Reader { transaction, earlier });
        if writer != NONE {
            self.note(writer, transaction);
        }
    }

    /// Once per pair, however many keys they share.
    fn note(&mut self, earlier: u32, transaction: u32) {
        if std::mem::replace(&mut self.noted[earlier as usize], transaction + 1) != transaction + 1 {
            self.predecessors.push(earlier);
        }
    }

    fn transpose(&mut self, transactions: usize) {
        let Self { predecessors, first_predecessor, successors, first_successor: first, .. } = self;
        first.clear();
        first.resize(transactions + 1, 0);
        predecessors.iter().for_each(|&earlier| first[earlier as usize] += 1);
        let mut begin = 0;
        for count in first.iter_mut() {
            begin += std::mem::replace(count, begin);
        }
        successors.clear();
        successors.resize(predecessors.len(), 0);
        for (transaction, bounds) in first_predecessor.windows(2).enumerate() {
            for &earlier in &predecessors[bounds[0] as usize..bounds[1] as usize] {
                let place = &mut first[earlier as usize];
                successors[*place as usize] = transaction as u32;
                *place += 1;
            }
        }
        // Each bound has moved on to the next one's place.
        first.rotate_right(1);
        first[0] = 0;
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.first_predecessor.len() - 1
    }

    /// Whether there are no transactions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of dependencies of all transactions.
    pub fn count(&self) -> usize {
        self.predecessors.len()
    }

    /// How many transactions `transaction` waits for.
    pub fn in_degree(&self, transaction: usize) -> usize {
        self.predecessors(transaction).len()
    }

    /// The transactions that `transaction` waits for, each once, in no particular order.
    pub fn predecessors(&self, transaction: usize) -> &[u32] {
        let bounds = &self.first_predecessor[transaction..transaction + 2];
        &self.predecessors[bounds[0] as usize..bounds[1] as usize]
    }

    /// The transactions that wait for `transaction`, each once, ascending.
    pub fn successors(&self, transaction: usize) -> &[u32] {
        let bounds = &self.first_successor[transaction..transaction + 2];
        &self.successors[bounds[0] as usize..bounds[1] as usize]
    }
}
