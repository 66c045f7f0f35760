//! Tables that outgrow the cache: huge pages and prefetch.

use bytemuck::Pod;
use memmap2::MmapMut;

/// A zeroed table that asks for huge pages: with 4 KiB pages every access to a large table also misses the TLB.
#[derive(Debug, Default)]
pub struct Table {
    map: Option<MmapMut>,
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
