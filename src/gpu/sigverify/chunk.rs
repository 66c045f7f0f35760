//! One chunk's way through the device: pack, upload, dispatch, read back.

use super::kernel::{Kernel, Step, encode_steps};
use super::kernels::{Entries, FINISH_SHARE, KEY_COMBS, NORMALISE_INVOCATIONS};
use super::pack::Parts;
use super::*;
use crate::fault::FaultKind;
use crate::gpu::executed::COUNT_BYTES;
use crate::gpu::staging::Staging;
use crate::gpu::submission::{Arrival, Encoder, Pending};
use crate::limits::DISPATCH_TARGET_MS;

/// How many signatures a chunk takes, so that none of its dispatches is long: all of them together aim at half of what one
/// may take.
pub(super) struct Pace {
    signatures: u64,
    most: u64,
    landed: Option<Instant>,
}

/// The first chunk of a verifier, before anything is known of the device.
const FIRST_CHUNK: u64 = 1024;
/// A card's first chunk: below it most of a card is idle, and the slowest one is done with it in good time.
const FIRST_CHUNK_OF_A_CARD: u64 = 1 << 14;
/// Enough to fill a large card twice over. What is packed while it works should not be more than it works on.
pub(super) const LARGEST_CHUNK_OF_A_CARD: u64 = 1 << 18;
const SMALLEST_CHUNK: u64 = 256;
/// What a dispatch of 65,535 workgroups takes where they are smallest.
const MOST_OF_A_DISPATCH: u64 = 65_535 * 32;

impl Pace {
    /// For signatures of which each needs `bytes` in the largest buffer.
    pub(super) fn new(device: &Device, bytes: u64) -> Self {
        let bound = (device.binding_bytes / bytes).clamp(1, MOST_OF_A_DISPATCH);
        let (first, most) = match device.is_card() {
            true => (FIRST_CHUNK_OF_A_CARD, bound.min(LARGEST_CHUNK_OF_A_CARD)),
            false => (FIRST_CHUNK, bound),
        };
        Self { signatures: first.min(most), most, landed: None }
    }

    /// How many of so many signatures the next chunk takes: what is left is divided evenly, so that no chunk is a small rest that
    /// keeps few of the device's cores busy. A chunk may take half as much again as it aims at for that.
    pub(super) fn share(&self, left: u64) -> u64 {
        let chunks = ((left + self.signatures / 2) / self.signatures).max(left.div_ceil(self.most)).max(1);
        left.div_ceil(chunks)
    }

    /// A chunk of `count` signatures that was launched at `launched` is done.
    fn landed(&mut self, count: u64, launched: Instant, Arrival { at, waited }: Arrival) {
        let since = self.landed.map_or(launched, |landed| landed.max(launched));
        self.landed = Some(at);
        // Nobody saw the end of what was not waited for.
        if !waited || count < self.signatures.min(SMALLEST_CHUNK) {
            return;
        }
        let target = DISPATCH_TARGET_MS as f64 / 2000.0;
        let fitting = count as f64 * target / at.duration_since(since).as_secs_f64().max(1e-6);
        let bounded = (fitting as u64).clamp(self.signatures / 2, self.signatures * 2);
        // A chunk that was not full says little about how much more would fit.
        if bounded < self.signatures || 2 * count >= self.signatures {
            self.signatures = bounded.clamp(SMALLEST_CHUNK.min(self.most), self.most);
        }
    }
}

/// A chunk under way.
#[derive(Debug)]
pub(super) struct Flight {
    pending: Pending,
    staging: Staging,
    readback: wgpu::Buffer,
    positions: Positions,
    signatures: u32,
    pub(super) cold: bool,
    launched: Instant,
}

impl SignatureVerifier {
    /// Packs and submits the signatures `part` of the source, as they were planned.
    pub(super) fn launch<S: SignatureSource + ?Sized + Sync>(
        &mut self,
        source: &Piece<'_, S>,
        part: &[u32],
        slots: &[u32],
    ) -> Result<Flight> {
        let shard = self.shard(slots[part[0] as usize]);
        let base = shard.map_or(0, |shard| shard as u64 * self.shard_slots) as u32;
        let parts = self.packed.parts();
        let (count, bytes) = (part.len() as u32, parts.messages.end);
        self.reserve(u64::from(count), shard.is_none(), parts.messages.end - parts.messages.start);
        let device = &self.device;
        let policy = u32::from(self.policy == Policy::Zip215);
        device.write(STAGE, &self.fixed.params, 0, bytemuck::cast_slice(&[count, policy, 2, 4, 6]));
        let staging = self.staging.take(device, bytes);
        staging.fill(device, STAGE, bytes, |upload| self.packed.fill(source, part, slots, base, upload))?;
        let readback = self.take_readback(4 * u64::from(count));
        let commands = self.encode(count, shard, &staging, &parts, &readback);
        let launched = Instant::now();
        let pending = self.device.submit(STAGE, commands, &readback, 4 * u64::from(count));
        self.device.check(STAGE)?;
        self.last = Some((count, shard));
        self.stats.signatures += u64::from(count);
        self.stats.known += if shard.is_some() { u64::from(count) } else { 0 };
        self.stats.chunks += 1;
        self.stats.uploaded_bytes += bytes;
        let positions = Positions::new(source.first, part);
        Ok(Flight { pending, staging, readback, positions, signatures: count, cold: shard.is_none(), launched })
    }

    /// Runs one step of the last chunk again, on the data that is still there, and waits for it.
    pub(super) fn rerun_step(&self, step: &Step<'_>) -> Result<()> {
        let mut encoder = self.device.encoder(STAGE);
        encode_steps(&self.device, &mut encoder, std::slice::from_ref(step));
        let nothing = self.device.readback("rerun", 0);
        self.device.run(STAGE, encoder, &nothing, 0, |_| ())
    }

    /// Waits for a chunk and notes its verdicts; when it arrived.
    pub(super) fn land(&mut self, flight: Flight, verdicts: &mut Verdicts) -> Result<Instant> {
        let (wrong, arrival) =
            self.device.wait(flight.pending, |bytes| verdicts.note(&flight.positions, bytes.as_chunks().0))?;
        let wrong = wrong.map(|(index, verdict)| format!("signature {index}: {verdict} is no verdict"));
        if let Some(message) = wrong {
            return Err(Error::Device { stage: STAGE, kind: FaultKind::Mismatch, message });
        }
        self.readbacks.push(flight.readback);
        self.staging.give_back(flight.staging);
        let pace = if flight.cold { &mut self.cold_pace } else { &mut self.known_pace };
        pace.landed(u64::from(flight.signatures), flight.launched, arrival);
        Ok(arrival.at)
    }

    fn take_readback(&mut self, bytes: u64) -> wgpu::Buffer {
        if let Some(position) = self.readbacks.iter().position(|buffer| buffer.size() >= bytes + COUNT_BYTES) {
            return self.readbacks.swap_remove(position);
        }
        self.readbacks.pop();
        self.device.readback("verdicts read-back", bytes.next_power_of_two())
    }

    /// Grows the chunk's buffers where they are too small. Chunks under way keep the old ones alive.
    fn reserve(&mut self, count: u64, cold: bool, message_bytes: u64) {
        let now = self.chunk.as_ref().map_or((0, 0, 0), |chunk| (chunk.capacity, chunk.cold, chunk.message_bytes));
        let needed = (count, if cold { count } else { 0 }, message_bytes);
        if now.0 >= needed.0 && now.1 >= needed.1 && now.2 >= needed.2 && self.chunk.is_some() {
            return;
        }
        let grown = |now: u64, needed: u64, most: u64| {
            if now >= needed { now } else { needed.next_power_of_two().min(most).max(needed) }
        };
        let most = |bytes: u64| self.device.binding_bytes / bytes;
        self.chunk = Some(Chunk::new(
            &self.device,
            grown(now.0, needed.0, most(buffers::RESULT_BYTES)),
            grown(now.1, needed.1, most(self.kernels.entries.cold_bytes())),
            grown(now.2, needed.2, self.device.binding_bytes / 16 * 16),
            self.kernels.entries,
        ));
    }

    /// What is done with a chunk of `count` signatures, in order.
    pub(super) fn steps<'a>(&'a self, count: u32, shard: Option<usize>) -> Vec<Step<'a>> {
        let (k, fixed, c) = (&*self.kernels, &self.fixed, self.chunk.as_ref().expect("reserved"));
        let step = |kernel: &'a Kernel, buffers: &[&wgpu::Buffer], items| {
            let buffers = [&[&fixed.params, &fixed.constants], buffers].concat();
            Step::new(&self.device, kernel, &buffers, items)
        };
        let hash = step(&k.hash, &[&c.details, &c.messages, &c.records, &c.scalars, &c.scalar_flags], count);
        let mut steps = vec![hash];
        let Some(shard) = shard else {
            steps.push(step(&k.halve, &[&c.scalars, &c.scalar_flags, &c.digits, &c.half_flags], count));
            steps.push(step(&k.decode, &[&c.records, &c.points, &c.point_flags], 2 * count));
            let multiplied = if k.entries != Entries::Private {
                steps.push(step(&k.table, &[&c.points, &c.tables], 2 * count));
                &c.tables
            } else {
                &c.points
            };
            let buffers = [&c.digits, &c.half_flags, multiplied, &fixed.windows, &c.point_flags, &c.verdicts];
            steps.push(step(&k.multiply_cold, &buffers, count));
            return steps;
        };
        let shard = &self.shards[shard];
        let buffers = [&c.scalars, &c.slots, &shard.tables, &fixed.comb, &c.results];
        steps.push(step(&k.multiply_known, &buffers, count));
        let buffers = [&c.records, &c.scalar_flags, &c.slots, &shard.flags, &c.results, &c.verdicts];
        steps.push(step(&k.finish, &buffers, count.div_ceil(FINISH_SHARE)));
        if self.policy == Policy::Zip215 {
            steps.push(step(&k.cofactor, &[&c.records, &c.results, &c.verdicts], count));
        }
        steps
    }

    fn encode(
        &self,
        count: u32,
        shard: Option<usize>,
        staging: &Staging,
        parts: &Parts,
        readback: &wgpu::Buffer,
    ) -> Encoder {
        let c = self.chunk.as_ref().expect("reserved");
        let mut encoder = self.device.encoder(STAGE);
        for (part, buffer) in [
            (&parts.records, &c.records),
            (&parts.details, &c.details),
            (&parts.slots, &c.slots),
            (&parts.messages, &c.messages),
        ] {
            encoder.copy_buffer_to_buffer(staging.buffer(), part.start, buffer, 0, part.end - part.start);
        }
        encode_steps(&self.device, &mut encoder, &self.steps(count, shard));
        self.device.copy_results(STAGE, &mut encoder, &[(&c.verdicts, 0, 4 * u64::from(count))], readback);
        encoder
    }

    /// Builds the tables of the given keys in their slots, from their bytes.
    pub(super) fn build_tables(&mut self, builds: &[(u32, KeyBytes)]) -> Result<()> {
        let mut builds = builds.to_vec();
        builds.sort_unstable_by_key(|(slot, _)| *slot);
        if let Some((last, _)) = builds.last() {
            let shards = (u64::from(*last) / self.shard_slots) as usize + 1;
            while self.shards.len() < shards {
                self.shards.push(Shard::new(&self.device, self.shard_slots));
            }
        }
        let slots = self.shard_slots;
        for same_shard in builds.chunk_by(|a, b| u64::from(a.0) / slots == u64::from(b.0) / slots) {
            for part in same_shard.chunks(self.build_keys) {
                self.build_part(part)?;
            }
        }
        self.stats.keys_built += builds.len() as u64;
        self.device.check(STAGE)
    }

    fn build_part(&mut self, part: &[(u32, KeyBytes)]) -> Result<()> {
        let number = (u64::from(part[0].0) / self.shard_slots) as usize;
        let shard = &self.shards[number];
        let base = (number as u64 * self.shard_slots) as u32;
        let (kernels, fixed, device) = (&self.kernels, &self.fixed, &self.device);
        let build = self.build.get_or_insert_with(|| Build::new(device, self.build_keys as u64));
        let keys: Vec<KeyBytes> = part.iter().map(|(_, key)| *key).collect();
        let slots: Vec<u32> = part.iter().map(|(slot, _)| slot - base).collect();
        let count = part.len() as u32;
        device.write(STAGE, &fixed.build_params, 0, bytemuck::cast_slice(&[count, 0, 1, 0, 2]));
        device.write(STAGE, &build.keys, 0, bytemuck::cast_slice(&keys));
        device.write(STAGE, &build.slots, 0, bytemuck::cast_slice(&slots));
        self.stats.uploaded_bytes += 36 * u64::from(count);
        let step = |kernel, buffers: &[&wgpu::Buffer], items| {
            let buffers = [&[&fixed.build_params, &fixed.constants], buffers].concat();
            Step::new(device, kernel, &buffers, items)
        };
        let tables = [&build.entries, &build.flags, &build.slots, &shard.tables, &shard.flags, &build.points];
        let steps = [
            step(&kernels.decode, &[&build.keys, &build.points, &build.flags], count),
            step(&kernels.key_teeth, &[&build.points, &build.teeth], count),
            step(&kernels.key_entries, &[&build.teeth, &build.entries], count * KEY_COMBS),
            step(&kernels.key_normalise, &tables, count * NORMALISE_INVOCATIONS),
        ];
        let mut encoder = device.encoder(STAGE);
        encode_steps(device, &mut encoder, &steps);
        device.enqueue(STAGE, encoder)
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    #[test]
    fn a_batch_is_divided_evenly() {
        let chunks = |signatures, most, mut left: u64| {
            let mut chunks = Vec::new();
            while left > 0 {
                chunks.push(Pace { signatures, most, landed: None }.share(left));
                left -= chunks.last().expect("one");
            }
            chunks
        };
        assert_eq!(chunks(19_000, 1 << 20, 20_000), [20_000], "no rest of a thousand");
        assert_eq!(chunks(19_000, 1 << 20, 65_536), [21_846, 21_845, 21_845]);
        assert_eq!(chunks(1_000, 1 << 20, 1_500), [750, 750]);
        assert_eq!(chunks(1_000, 1 << 20, 1_499), [1_499]);
        assert_eq!(chunks(1_000, 1_000, 1_400), [700, 700], "no more than there is room for");
        assert_eq!((chunks(1, 1, 3), chunks(256, 1 << 20, 1)), (vec![1; 3], vec![1]));
    }
}
