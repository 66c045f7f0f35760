//! What validation returns: a status per transaction, the changed accounts, and a report of who did what in which time.

use crate::account::Account;
#[cfg(feature = "gpu")]
use crate::account::Balance;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::parallel::root::RootUpdate;
use crate::root::Root;
use crate::state::StateVersion;
use crate::status::{Status, StatusCounts};
use crate::verify::Checked;
use foldhash::quality::RandomState;
use rayon::prelude::*;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::AddAssign;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// An account after the block, where it differs from before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its slot in the state.
    pub slot: u32,
    /// Its contents after the block.
    pub account: Account,
}

#[cfg(feature = "gpu")]
impl Change {
    /// Slot, balance and nonce.
    pub(crate) fn contents(&self) -> (u32, Balance) {
        let Account { balance, nonce, .. } = self.account;
        (self.slot, Balance { balance, nonce })
    }
}

/// Stands for what changes make of the accounts, within this process: nobody outside can make two lists share one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(u64);

impl Digest {
    pub(crate) fn of(changes: &[Change]) -> Self {
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::default);
        /// Changes that one task hashes. The digest depends on it, and lives no longer than the process.
        const TASK: usize = 1 << 13;
        let of_part = |part: &[Change]| {
            let mut hasher = KEYS.build_hasher();
            for Change { slot, account: Account { id, balance, nonce } } in part {
                hasher.write(&id.0);
                hasher.write_u128(*balance);
                hasher.write_u64(*nonce);
                hasher.write_u32(*slot);
            }
            hasher.finish()
        };
        let mut hasher = KEYS.build_hasher();
        if changes.len() <= TASK {
            hasher.write_u64(of_part(changes));
        } else {
            changes.par_chunks(TASK).map(of_part).collect::<Vec<u64>>().hash(&mut hasher);
        }
        hasher.write_usize(changes.len());
        Self(hasher.finish())
    }
}

/// Where the accounts were that a device executed a block on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Residence {
    /// The block's own accounts went to the device with it: the state was not met before.
    #[default]
    PerBlock,
    /// All accounts were on the device, from the block before.
    Kept,
    /// The state has more accounts than the device takes; they go there block by block.
    NoRoom,
}

impl Residence {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Residence::PerBlock => "per_block",
            Residence::Kept => "kept",
            Residence::NoRoom => "no_room",
        }
    }
}

/// The result of a block on a state. Nothing is changed until it is applied with
/// [`State::apply`](crate::state::State::apply).
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Height of the block.
    pub height: u64,
    /// One status per transaction, in block order.
    pub statuses: Vec<Status>,
    /// Accounts that differ from before, by slot; new accounts follow the existing ones.
    pub changes: Vec<Change>,
    /// The state that this was computed on.
    pub computed_on: StateVersion,
    /// The root of the state that this was computed on; `None` where roots were not asked for.
    pub root_before: Option<Root>,
    /// The root of the state after the block; `None` where roots were not asked for.
    pub root: Option<Root>,
    /// The nodes that were hashed for the root, where the CPU hashed them: the state takes them over.
    pub root_update: Option<Arc<RootUpdate>>,
    /// Engines, rounds, times and events.
    pub report: Report,
}

impl Outcome {
    /// How many transactions were applied, and rejected by reason.
    pub fn counts(&self) -> StatusCounts {
        StatusCounts::of(&self.statuses)
    }

    /// Same height, statuses and changes, and same roots where both have them: whoever computed them and in whatever time.
    pub fn same_result(&self, other: &Self) -> bool {
        let same_root = |one: Option<Root>, other: Option<Root>| one.is_none() || other.is_none() || one == other;
        self.height == other.height
            && self.statuses == other.statuses
            && self.changes == other.changes
            && same_root(self.root_before, other.root_before)
            && same_root(self.root, other.root)
    }
}

/// A part of the way from bytes to a new state; the same names everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// Reading blocks and states.
    Ingest,
    /// Resolving account ids to slots.
    Snapshot,
    /// Static tests, account numbering and legs.
    Encode,
    /// Checking signatures.
    Sigverify,
    /// Conflicts and waves.
    Conflict,
    /// Executing.
    Execute,
    /// Hashing the state root.
    Root,
    /// Waiting for results of the device.
    Readback,
    /// Comparing device results with the CPU's.
    Verify,
    /// Collecting the changed accounts.
    Commit,
}

impl Stage {
    /// The stage's name.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Ingest => "ingest",
            Stage::Snapshot => "snapshot",
            Stage::Encode => "encode",
            Stage::Sigverify => "sigverify",
            Stage::Conflict => "conflict",
            Stage::Execute => "execute",
            Stage::Root => "root",
            Stage::Readback => "readback",
            Stage::Verify => "verify",
            Stage::Commit => "commit",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What went to a device and came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traffic {
    /// Bytes written for the device.
    pub uploaded_bytes: u64,
    /// Bytes read back.
    pub readback_bytes: u64,
    /// Dispatches, those included whose size the device wrote and found to be none.
    pub dispatches: u64,
    /// Command buffers submitted.
    pub submits: u64,
}

impl Traffic {
    /// Bytes both ways.
    pub fn bytes(self) -> u64 {
        self.uploaded_bytes + self.readback_bytes
    }

    /// What came on top of `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            uploaded_bytes: self.uploaded_bytes - earlier.uploaded_bytes,
            readback_bytes: self.readback_bytes - earlier.readback_bytes,
            dispatches: self.dispatches - earlier.dispatches,
            submits: self.submits - earlier.submits,
        }
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, more: Self) {
        self.uploaded_bytes += more.uploaded_bytes;
        self.readback_bytes += more.readback_bytes;
        self.dispatches += more.dispatches;
        self.submits += more.submits;
    }
}

/// Who did which stage, in which time, and what happened on the way.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The engine that really ran each stage, where several did the one that did most; stages that did not run are absent.
    pub engines: Vec<(Stage, Engine)>,
    /// Who did how many items of a stage that several engines divided among them; empty where none was divided.
    pub shares: Vec<(Stage, Engine, usize)>,
    /// Time per stage, in the order in which the stages began.
    pub times: Vec<(Stage, Duration)>,
    /// Time from block and state to outcome.
    pub total: Duration,
    /// Rounds of the fixpoint, the confirming one included; 1 for engines that execute in order.
    pub rounds: u32,
    /// Transactions that the CPU decided after the device stopped; 0 where it converged.
    pub tail: usize,
    /// Batches into which a device's limits split the block; 0 where no device took part.
    pub batches: usize,
    /// What the CPU did again of a device's work.
    pub checked: Checked,
    /// Where the accounts were that a device executed on; `None` where none did.
    pub residence: Option<Residence>,
    /// What went to a device and came back from it.
    pub traffic: Traffic,
    /// Device faults that were recovered from. Where a pipeline verified signatures of several blocks as one batch, the first one's
    /// report has the batch's faults, events, traffic and canaries.
    pub faults: Vec<Fault>,
    /// The same in words, and other things that a caller may want to log.
    pub events: Vec<String>,
}

impl Report {
    /// Notes that `engine` ran `stage` for `time`; several parts of a stage add up.
    pub fn record(&mut self, stage: Stage, engine: Engine, time: Duration) {
        match self.engines.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, known)) => *known = engine,
            None => self.engines.push((stage, engine)),
        }
        match self.times.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, sum)) => *sum += time,
            None => self.times.push((stage, time)),
        }
    }

    /// The engine that ran `stage`.
    pub fn engine(&self, stage: Stage) -> Option<Engine> {
        self.engines.iter().find(|(known, _)| *known == stage).map(|(_, engine)| *engine)
    }

    /// Time spent in `stage`.
    pub fn time(&self, stage: Stage) -> Duration {
        self.times.iter().find(|(known, _)| *known == stage).map_or(Duration::ZERO, |(_, time)| *time)
    }
}
