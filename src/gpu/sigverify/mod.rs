//! Ed25519 verification on the device (RFC 8032, ZIP 215), one verdict per signature, exact under both policies.
//!
//! A batch is cut into chunks that the device finishes in well under [`DISPATCH_TARGET_MS`]. Per chunk: hash (SHA-512 and the reduction
//! modulo L); then, for unknown keys, halve (scalars of half the length), decode and table (A and R; software devices make
//! tables where they multiply), multiply (the whole equation at once). A key that is used again and again gets tables that stay
//! on the device, within a budget: multiply (R' = sB − kA), finish (R' against R), cofactor (zip215 only).
//!
//! [`DISPATCH_TARGET_MS`]: crate::limits::DISPATCH_TARGET_MS

mod buffers;
mod chunk;
mod constants;
mod field;
mod kernel;
mod kernels;
mod keys;
mod options;
mod pack;
mod ticket;
mod uses;
mod verdicts;
mod warm;

pub use options::{Limbs, VerifierOptions, VerifierStats};
pub use ticket::Ticket;
pub(crate) use ticket::{Course, Encounter};
pub use verdicts::Verdicts;

use super::device::Device;
use crate::engine::Policy;
use crate::error::{Error, Result};
use crate::fault::FaultKind;
use crate::gpu::adapter::AdapterKind;
use crate::gpu::staging::StagingRing;
use crate::limits::{PRIVATE_TABLE_LANES, USES_FOR_TABLE};
use crate::sigverify::{SignatureInput, SignatureSource};
use buffers::{Build, Chunk, Fixed, Shard};
use chunk::{LARGEST_CHUNK_OF_A_CARD, Pace};
use kernel::Program;
use kernels::{Entries, KEY_TABLE_BYTES, Kernels};
pub(in crate::gpu) use kernels::{constants as shader_constants, portable_sources, software_sources};
use keys::{COLD, Directory, KeyBytes, MOST_SLOTS, Sorted};
use options::choose_limbs;
use pack::Packed;
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;
use ticket::next_generation;
use verdicts::Positions;
use warm::Warm;

const STAGE: &str = "sigverify";

/// Chunks of one ticket that are under way at a time: two keep a device busy, the others let a caller do something else. A
/// software device takes one: it has the cores on which the host would prepare the next, and with four it idled longer and was
/// slower (docs/decisions/0011).
const IN_FLIGHT: usize = 4;
/// Slots of a shard of key tables (49 MiB), unless a binding is smaller. A card's shards are as large as a binding: a chunk has
/// the keys of one.
const SHARD_SLOTS: u64 = 8192;

/// Signatures of a batch that follow each other.
struct Piece<'a, S: ?Sized> {
    source: &'a S,
    first: usize,
    len: usize,
}

impl<S: SignatureSource + ?Sized> SignatureSource for Piece<'_, S> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> SignatureInput<'_> {
        self.source.get(self.first + index)
    }
}

/// Verifies batches of signatures on a device. Keeps pipelines, buffers and the tables of known keys between batches.
pub struct SignatureVerifier {
    device: Arc<Device>,
    policy: Policy,
    limbs: Limbs,
    kernels: Arc<Kernels>,
    programs: Arc<[Program; 11]>,
    warm: Warm,
    /// The kernels for known keys are compiled.
    warm_known: bool,
    fixed: Fixed,
    chunk: Option<Chunk>,
    build: Option<Build>,
    /// Keys whose tables are built in one go.
    build_keys: usize,
    shards: Vec<Shard>,
    shard_slots: u64,
    directory: Directory,
    packed: Packed,
    staging: StagingRing,
    readbacks: Vec<wgpu::Buffer>,
    cold_pace: Pace,
    known_pace: Pace,
    stats: VerifierStats,
    generation: u64,
    /// Signatures of the last chunk, and the shard of their keys.
    last: Option<(u32, Option<usize>)>,
}

impl SignatureVerifier {
    /// Prepares kernels and constants; shaders are compiled by the driver, at the latest with the first batch. Software drivers
    /// begin in the background.
    ///
    /// # Errors
    /// [`Error::Device`] where the device refuses a shader or a buffer; [`Error::NoDevice`] where limbs were asked for that
    /// it cannot do.
    pub fn new(device: Arc<Device>, options: VerifierOptions) -> Result<Self> {
        let limbs = choose_limbs(&device, &options)?;
        let entries = match device.summary.subgroups {
            _ if limbs != Limbs::Wide || !device.is_vulkan_software() => Entries::Words32,
            (_, lanes) if lanes <= PRIVATE_TABLE_LANES => Entries::Private,
            _ => Entries::Words64,
        };
        Self::with_programs(device, &options, limbs, entries)
    }

    fn with_programs(device: Arc<Device>, options: &VerifierOptions, limbs: Limbs, entries: Entries) -> Result<Self> {
        let programs = kernels::programs(limbs, entries);
        let kernels = Arc::new(Kernels::new(&device, &programs, entries));
        device.check(STAGE)?;
        let programs = Arc::new(programs);
        let warm = Warm::start(&device, &kernels, &programs, Kernels::cold);
        let fixed = Fixed::new(&device);
        let bound = device.binding_bytes / KEY_TABLE_BYTES;
        let capacity = if bound == 0 { 0 } else { options.key_budget_bytes / KEY_TABLE_BYTES };
        let shard = if device.is_card() { capacity } else { SHARD_SLOTS };
        let patience = if device.summary.kind == AdapterKind::Software { options.patience } else { 0 };
        let shard_slots = shard.clamp(1, bound.max(1));
        device.check(STAGE)?;
        Ok(Self {
            policy: options.policy,
            limbs,
            kernels,
            programs,
            warm,
            warm_known: false,
            fixed,
            chunk: None,
            build: None,
            build_keys: buffers::build_keys(&device),
            shards: Vec::new(),
            shard_slots,
            directory: Directory::new(capacity.min(MOST_SLOTS) as usize, patience as usize),
            packed: Packed::default(),
            staging: StagingRing::default(),
            readbacks: Vec::new(),
            cold_pace: Pace::new(&device, entries.cold_bytes()),
            known_pace: Pace::new(&device, buffers::RESULT_BYTES),
            stats: VerifierStats::default(),
            generation: next_generation(),
            last: None,
            device,
        })
    }

    /// The policy that verdicts follow.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// How limbs are kept.
    pub fn limbs(&self) -> Limbs {
        self.limbs
    }

    /// What has been done so far.
    pub fn stats(&self) -> VerifierStats {
        VerifierStats {
            keys_evicted: self.directory.evicted(),
            keys_resident: self.directory.resident() as u64,
            ..self.stats
        }
    }

    /// Signatures of the last chunk, and the kernels that it went through: for benches of single kernels.
    pub fn last_chunk(&self) -> (u32, Vec<&'static str>) {
        self.last.map_or((0, Vec::new()), |(count, shard)| {
            (count, self.steps(count, shard).iter().map(|step| step.kernel.name).collect())
        })
    }

    /// Runs a kernel of [`SignatureVerifier::last_chunk`] again, on the data that is still on the device, and waits for it.
    ///
    /// # Errors
    /// [`Error::Device`] for a fault of the device. A name that is none does nothing.
    pub fn rerun(&self, kernel: &str) -> Result<()> {
        let steps = self.last.map_or(Vec::new(), |(count, shard)| self.steps(count, shard));
        steps.iter().filter(|step| step.kernel.name == kernel).try_for_each(|step| self.rerun_step(step))
    }

    /// One verdict per signature, in order.
    ///
    /// # Errors
    /// [`Error::Device`] for a fault of the device; no verdict is given then, and the verifier can be used again.
    pub fn verify<S: SignatureSource + ?Sized + Sync>(&mut self, source: &S) -> Result<Verdicts> {
        let ticket = self.submit(source)?;
        self.collect(ticket)
    }

    /// Sends a batch to the device and returns while the last chunks are still under way. Nothing of `source` is borrowed
    /// afterwards. Several tickets may be open; each keeps its own read-back memory.
    ///
    /// # Errors
    /// As [`SignatureVerifier::verify`].
    pub fn submit<S: SignatureSource + ?Sized + Sync>(&mut self, source: &S) -> Result<Ticket> {
        let submitted = self.submit_all(source);
        if submitted.is_err() {
            self.forget();
        }
        submitted
    }

    /// Waits for a batch.
    ///
    /// # Errors
    /// As [`SignatureVerifier::verify`]; also where the device failed after the batch was submitted.
    pub fn collect(&mut self, ticket: Ticket) -> Result<Verdicts> {
        self.finish(ticket).map(|(verdicts, _)| verdicts)
    }

    /// Whether the batch can be collected here: nothing failed since it was submitted.
    pub(in crate::gpu) fn holds(&self, ticket: &Ticket) -> bool {
        ticket.generation == self.generation
    }

    /// The same, and how the batch went.
    pub(in crate::gpu) fn finish(&mut self, mut ticket: Ticket) -> Result<(Verdicts, Course)> {
        if !self.holds(&ticket) {
            let message =
                "the device failed while the batch was under way, or had another verifier: submit it again".into();
            return Err(Error::Device { stage: STAGE, kind: FaultKind::Lost, message });
        }
        while let Some(flight) = ticket.flights.pop_front() {
            match self.land(flight, &mut ticket.verdicts) {
                Ok(arrived) => ticket.course.arrived = Some(arrived),
                Err(error) => {
                    self.forget();
                    return Err(error);
                }
            }
        }
        Ok(ticket.done())
    }

    /// After a fault nothing on the device is trusted.
    pub(in crate::gpu) fn forget(&mut self) {
        self.directory.clear();
        self.shards.clear();
        self.readbacks.clear();
        self.staging = StagingRing::default();
        self.chunk = None;
        self.build = None;
        self.last = None;
        self.generation = next_generation();
    }

    /// Every key is new again; the memory for tables stays.
    #[cfg(feature = "cli")]
    pub(in crate::gpu) fn forget_keys(&mut self) {
        self.directory.clear();
    }

    fn submit_all<S: SignatureSource + ?Sized + Sync>(&mut self, source: &S) -> Result<Ticket> {
        // An earlier batch is not charged with what the host does for this one.
        self.device.look(STAGE)?;
        let mut ticket = Ticket::new(source.len(), self.generation);
        // A card begins while the host still looks up the keys of what follows; a software device has the host's cores.
        let most = if self.device.is_card() { LARGEST_CHUNK_OF_A_CARD as usize } else { source.len() };
        for first in (0..source.len()).step_by(most.max(1)) {
            self.submit_piece(&Piece { source, first, len: most.min(source.len() - first) }, &mut ticket)?;
        }
        Ok(ticket)
    }

    fn submit_piece<S: SignatureSource + ?Sized + Sync>(
        &mut self,
        piece: &Piece<'_, S>,
        ticket: &mut Ticket,
    ) -> Result<()> {
        let sorted = self.sort_keys(piece, USES_FOR_TABLE);
        self.prepare(&sorted)?;
        ticket.course.built += sorted.builds.len();
        let order = self.order(&sorted.slots);
        let in_flight = if self.device.is_software() { 1 } else { IN_FLIGHT };
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            if ticket.flights.len() == in_flight
                && let Some(flight) = ticket.flights.pop_front()
            {
                self.land(flight, &mut ticket.verdicts)?;
            }
            let (part, after) = rest.split_at(self.next_chunk(piece, rest, &sorted.slots));
            rest = after;
            let flight = self.launch(piece, part, &sorted.slots)?;
            ticket.by_known_keys += if flight.cold { 0 } else { part.len() };
            ticket.flights.push_back(flight);
        }
        Ok(())
    }

    fn sort_keys<S: SignatureSource + ?Sized + Sync>(&mut self, source: &S, earn: u32) -> Sorted {
        self.directory.sort(source.len(), earn, |index| source.get(index).public_key)
    }

    /// The order in which a batch goes to the device: what can share a chunk stands together. A software device has small caches
    /// and gets signatures of one key side by side, too.
    fn order(&self, slots: &[u32]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..slots.len() as u32).collect();
        let ends =
            [slots.iter().copied().min(), slots.iter().copied().max()].map(|slot| slot.map(|slot| self.shard(slot)));
        if self.device.is_software() {
            order.par_sort_by_key(|index| slots[*index as usize]);
        } else if ends[0] != ends[1] {
            order.par_sort_by_key(|index| self.shard(slots[*index as usize]));
        }
        order
    }

    /// Compiles what a batch needs and builds the tables that it asks for.
    fn prepare(&mut self, sorted: &Sorted) -> Result<()> {
        self.warm.wait();
        if !sorted.builds.is_empty() && !self.warm_known {
            let part = if self.policy == Policy::Strict { Kernels::known } else { Kernels::known_zip215 };
            self.warm = Warm::start(&self.device, &self.kernels, &self.programs, part);
            self.warm.wait();
            self.warm_known = true;
        }
        self.build_tables(&sorted.builds)
    }

    /// The share of a batch's signatures, 0 to 1, whose keys have tables, from a sample of at most 64.
    pub(in crate::gpu) fn known_share<S: SignatureSource + ?Sized>(&self, source: &S) -> f64 {
        const SAMPLE: usize = 64;
        if self.directory.resident() == 0 || source.is_empty() {
            return 0.0;
        }
        let sample = (0..source.len()).step_by(source.len().div_ceil(SAMPLE));
        let (known, all) = sample.fold((0, 0), |(known, all), index| {
            (known + usize::from(self.directory.has(source.get(index).public_key)), all + 1)
        });
        known as f64 / all as f64
    }

    /// Tables are built from now on as soon as keys have earned them.
    pub(in crate::gpu) fn end_patience(&mut self) {
        self.directory.end_patience();
    }

    /// Counts the keys of a batch as if it had been verified, and builds the tables of those that were used `earn` times, if
    /// patience is at its end.
    pub(in crate::gpu) fn meet<S: SignatureSource + ?Sized + Sync>(
        &mut self,
        source: &S,
        earn: u32,
    ) -> Result<Encounter> {
        let sorted = self.sort_keys(source, earn);
        let prepared = self.prepare(&sorted);
        if prepared.is_err() {
            self.forget();
        }
        prepared.map(|()| Encounter { earned: sorted.builds.len() + sorted.waiting, again: sorted.again })
    }

    /// Plans the next chunk and returns how many signatures it has: all cold or all of one shard, as many as the pace allows,
    /// messages that fit a binding.
    fn next_chunk<S: SignatureSource + ?Sized + Sync>(&mut self, source: &S, rest: &[u32], slots: &[u32]) -> usize {
        let mut packed = std::mem::take(&mut self.packed);
        let shard = |index: &u32| self.shard(slots[*index as usize]);
        let first = shard(&rest[0]);
        let pace = if first.is_none() { &self.cold_pace } else { &self.known_pace };
        let same = match rest.last() {
            Some(last) if shard(last) == first => rest.len(),
            _ => rest.partition_point(|index| shard(index) == first),
        };
        let most = pace.share(same as u64) as usize;
        // No buffer may be larger than this, that of an upload included.
        let count = packed.plan(source, &rest[..most], self.device.binding_bytes);
        self.packed = packed;
        count
    }

    fn shard(&self, slot: u32) -> Option<usize> {
        (slot != COLD).then(|| (u64::from(slot) / self.shard_slots) as usize)
    }
}
