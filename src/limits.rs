//! Every limit in one place, with its reason.

use std::time::Duration;

/// Bytes of a transaction record in version 1.
pub const TRANSACTION_BYTES: usize = 192;
/// Bytes of a transaction record that the signature covers.
pub const MESSAGE_BYTES: usize = 128;
/// Bytes of an account record in a state file.
pub const ACCOUNT_BYTES: usize = 64;

/// Transactions a block may hold: a leg carries its transaction's index in 24 bits beside 8 bits of flags.
pub const MAX_TRANSACTIONS: usize = (1 << 24) - 1;
/// Accounts a state may hold: slots are `u32` and the largest value marks "no slot".
pub const MAX_ACCOUNTS: usize = u32::MAX as usize - 1;

/// Blocks that a pipeline has under way at most, whatever depth it is given: it keeps a place for each.
pub const MAX_PIPELINE_BLOCKS: usize = 1 << 12;

/// Legs that one invocation walks alone; longer accounts are evaluated by whole workgroups (docs/decisions/0002-execution.md).
pub const SHORT_ACCOUNT_LEGS: u32 = 64;
/// Legs that one workgroup walks tile by tile; longer accounts are evaluated by a scan over the whole device.
pub const LONG_ACCOUNT_LEGS: u32 = 8192;
/// Legs of a tile: 256 invocations with four legs each; 64 with sixteen on software devices.
pub const TILE_LEGS: u32 = 1024;
/// Legs of a batch on the device: 65,535 workgroups of 64 invocations, an invocation per account, an account per leg.
pub const MAX_BATCH_LEGS: usize = 65_535 * 64;
/// Legs of one account in a batch on a card, about: one workgroup makes its first guess, in up to 0.12 ms for each 1,024 legs of a
/// sender whose nonces are wrong (H200, slow clock), and no dispatch may be long.
pub const LONGEST_GUESS_LEGS: usize = 1 << 19;
/// Transactions of a batch on a software device: there the loops of an invocation end after 65,535 iterations in all, and
/// the first guess of an account takes 96 for each 1,024 legs.
pub const SOFTWARE_BATCH_TRANSACTIONS: usize = 1 << 19;
/// Accesses that one invocation goes through alone along a key (docs/decisions/0005-waves.md).
pub const SHORT_KEY_ACCESSES: u32 = 64;
/// Accesses that one workgroup goes through tile by tile; longer keys are scanned by the whole device.
pub const LONG_KEY_ACCESSES: u32 = 8192;
/// Accesses of a batch of waves: 65,535 workgroups of 64 invocations, an invocation per key, a key per access.
pub const MAX_BATCH_ACCESSES: usize = 65_535 * 64;
/// Accesses of the first batch of waves on a device; later ones grow while they take few rounds and little time.
pub const FIRST_BATCH_ACCESSES: usize = 1 << 19;
/// No batch of waves is made smaller than this.
pub const LEAST_BATCH_ACCESSES: usize = 1 << 14;
/// Rounds after which the device gives up and the CPU finishes the block.
pub const MAX_ROUNDS: u32 = 16;
/// Rounds that the host submits before it looks at the result: a submit costs as much as ten dispatches.
pub const ROUNDS_PER_SUBMIT: u32 = 4;
/// From this round on the number of changed statuses must halve every [`STALL_WINDOW`] rounds.
pub const STALL_FROM_ROUND: u32 = 6;
/// See [`STALL_FROM_ROUND`].
pub const STALL_WINDOW: u32 = 3;
/// The affected-only tail gives way to the serial loop after visiting this share of the block: 1/20 = 5 %.
pub const TAIL_BUDGET_DIVISOR: usize = 20;

/// Bindings over which the accounts that stay on a device may be spread: each costs two dispatches a batch.
pub const MAX_TABLE_PARTS: usize = 8;
/// Accounts of the table that travel at a time: 8 MiB.
pub const TABLE_TRANSFER_SLOTS: u32 = 1 << 18;
/// Once in so many blocks a part of the table is read back and compared with the state.
pub const TABLE_CHECK_BLOCKS: u32 = 16;
/// Accounts of that part: the whole table's turn comes with time, and no block waits long.
pub const TABLE_CHECK_SLOTS: u32 = 1 << 16;

/// Signatures of repeated keys after which a process that may end soon has a software device build tables for known keys.
/// Compiling what builds and uses them takes about as long as tables save with 400,000 signatures; if it comes to that, a sixth of
/// that time has been lost (`docs/decisions/0003-signatures.md`).
pub const TABLE_PATIENCE: u64 = 1 << 16;

/// Uses after which a key gets a table where the device verifies either way: building costs about as much as verifying two
/// signatures by unknown keys, and one use or two promise no third.
pub const USES_FOR_TABLE: u32 = 3;

/// Uses that are counted of a key without a table, a power of two less one: who gains little by a table waits for so many at most.
pub const MOST_USES: u32 = 15;
const _: () = assert!((MOST_USES + 1).is_power_of_two());

/// Largest subgroup of a software device that keeps an unknown key's tables in private memory: with 16 lanes llvmpipe takes 12 seconds
/// instead of 3 to compile that.
pub const PRIVATE_TABLE_LANES: u32 = 8;

/// A dispatch should end within this time: operating systems kill long ones (Windows after about two seconds).
pub const DISPATCH_TARGET_MS: u64 = 100;

/// Nodes of the state's tree that one dispatch hashes: some 30 ms of work for a software device on one slow core.
pub const ROOT_DISPATCH_NODES: u32 = 1 << 17;

/// A device that has not answered by then is taken for lost: far above any bounded chunk of work, so that waiting ends.
pub const DEVICE_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of a binding at most. Metal offers more than shaders can address there: naga hands them sizes in 32 bits, and what lies behind is
/// one element to them (gfx-rs/wgpu #10305). Other back ends have this limit themselves.
pub const MOST_BINDING_BYTES: u64 = i32::MAX as u64;

/// Longest line a JSONL reader accepts: a hostile file must not be able to exhaust memory with one line.
pub const MAX_LINE_BYTES: usize = 64 << 20;

const _: () = assert!(MAX_TRANSACTIONS < 1 << 24);
const _: () = assert!(STALL_FROM_ROUND > STALL_WINDOW && MAX_ROUNDS > STALL_FROM_ROUND);
const _: () = assert!(MESSAGE_BYTES + 64 == TRANSACTION_BYTES);
