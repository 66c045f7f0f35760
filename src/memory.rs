//! Tables that outgrow the cache: huge pages and prefetch.

use bytemuck::{Pod, Zeroable};
use memmap2::MmapMut;

/// A zeroed table that asks for huge pages: with 4 KiB pages every access to a large table also misses the TLB.
#[derive(Debug, Default)]
pub struct Table {
    map: Option<MmapMut>,
}

/// Whether the system would give so much memory now. An allocation that it refuses ends the process, so what input asks for is
/// asked for like this before.
pub fn has_room(items: usize, bytes_each: usize) -> bool {
    items.checked_mul(bytes_each).is_some_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok())
}

impl Table {
    /// Grows the table to at least `len` entries; growing forgets the contents.
    pub fn reserve<T: Pod>(&mut self, len: usize) -> std::io::Result<&mut [T]> {
        let bytes = (len.max(1) * size_of::<T>()).next_multiple_of(2 << 20);
        if self.map.as_ref().is_none_or(|map| map.len() < bytes) {
            self.map = None;
            let map = MmapMut::map_anon(bytes)?;
            #[cfg(target_os = "linux")]
            // A kernel without transparent huge pages refuses the advice; the table works all the same.
            let _ = map.advise(memmap2::Advice::HugePage);
            self.map = Some(map);
        }
        Ok(self.get_mut(len))
    }

    /// The first `len` entries, which were reserved before.
    pub fn get<T: Pod>(&self, len: usize) -> &[T] {
        self.map.as_ref().map_or(&[], |map| &bytemuck::cast_slice(&map[..])[..len])
    }

    /// The same, to be changed.
    pub fn get_mut<T: Pod>(&mut self, len: usize) -> &mut [T] {
        self.map.as_mut().map_or(&mut [], |map| &mut bytemuck::cast_slice_mut(&mut map[..])[..len])
    }
}

/// A vector that lives in huge pages once it is large: entries of 2^n bytes then never straddle cache lines either.
#[derive(Debug)]
pub struct Array<T> {
    memory: Memory<T>,
    capacity: usize,
    len: usize,
}

#[derive(Debug)]
enum Memory<T> {
    /// Zeroed up to the capacity.
    Heap(Vec<T>),
    Huge(Table),
}

/// Bytes from which on huge pages are asked for: half of one.
const HUGE_FROM: usize = 1 << 20;

impl<T: Pod> Array<T> {
    /// `len` zeroed entries.
    pub fn zeroed(len: usize) -> Self {
        Self { memory: Memory::zeroed(len), capacity: len, len }
    }

    /// Makes room for `additional` entries, at least twice the room where there was some.
    pub fn reserve(&mut self, additional: usize) {
        let needed = self.len + additional;
        if needed > self.capacity {
            let needed = needed.max(2 * self.capacity);
            let mut memory = Memory::zeroed(needed);
            memory.all_mut(needed)[..self.len].copy_from_slice(self);
            (self.memory, self.capacity) = (memory, needed);
        }
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: T) {
        self.reserve(1);
        self.len += 1;
        let last = self.len - 1;
        self[last] = entry;
    }
}

impl<T: Pod> Memory<T> {
    fn zeroed(len: usize) -> Self {
        let mut table = Table::default();
        // Where the system has no mapping to give, the allocator's word is the last.
        if len.saturating_mul(size_of::<T>()) >= HUGE_FROM && table.reserve::<T>(len).is_ok() {
            return Memory::Huge(table);
        }
        Memory::Heap(vec![T::zeroed(); len])
    }

    fn all_mut(&mut self, len: usize) -> &mut [T] {
        match self {
            Memory::Heap(entries) => &mut entries[..len],
            Memory::Huge(table) => table.get_mut(len),
        }
    }
}

impl<T: Pod> std::ops::Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.memory {
            Memory::Heap(entries) => &entries[..self.len],
            Memory::Huge(table) => table.get(self.len),
        }
    }
}

impl<T: Pod> std::ops::DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.memory.all_mut(self.len)
    }
}

impl<T: Zeroable> Default for Array<T> {
    fn default() -> Self {
        Self { memory: Memory::Heap(Vec::new()), capacity: 0, len: 0 }
    }
}

impl<T: Pod> Clone for Array<T> {
    fn clone(&self) -> Self {
        let mut clone = Self::zeroed(self.len);
        clone.copy_from_slice(self);
        clone
    }
}

/// Asks the processor to load the cache line of `table[index]`; an index outside the table is ignored.
#[inline(always)]
pub fn prefetch<T>(table: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if index < table.len() {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the pointer is inside the table, and a prefetch reads nothing that the program can observe.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(table.as_ptr().add(index).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (table, index);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_would_not_give_is_known_before() {
        assert!(has_room(0, 8) && has_room(1 << 10, 8));
        assert!(!has_room(usize::MAX, 2) && !has_room(isize::MAX as usize, 1) && !has_room(1 << 46, 64));
    }

    #[test]
    fn arrays_grow_into_huge_pages_and_keep_what_they_hold() {
        let mut array = Array::<u64>::default();
        let many = 3 * HUGE_FROM as u64 / 8;
        (0..many).for_each(|entry| array.push(entry));
        assert!(matches!(array.memory, Memory::Huge(_)), "three times the bytes from which on pages are huge");
        let clone = array.clone();
        array[0] = 7;
        assert!(clone.iter().copied().eq(0..many), "a clone is a copy");
        assert!(Array::<u64>::zeroed(1 << 18).iter().all(|entry| *entry == 0));
        assert!(Array::<u64>::default().is_empty());
    }
}
