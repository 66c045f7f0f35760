//! Entry points for fuzzing, shared by the smoke run (`tests/fuzz_smoke.rs`) and by cargo-fuzz (`fuzz/`).
//!
//! An entry point takes any bytes and panics where a property does not hold. It returns whether they were accepted, so
//! that a driver can tell whether its inputs get beyond the first test of a parser.

pub mod lists;
pub mod mutate;
pub mod parsers;
pub mod structured;

use mutate::Shape;

/// An entry point.
#[derive(Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]) -> bool,
    /// What its bytes look like, for mutators.
    pub shape: Shape,
}

const fn target(name: &'static str, shape: Shape, run: fn(&[u8]) -> bool) -> Target {
    Target { name, run, shape }
}

/// Every entry point that needs no device; `fuzz/README.md` says what else a new one needs.
pub const TARGETS: [Target; 14] = [
    target("block_binary", Shape::Hashed, parsers::block_binary),
    target("state_binary", Shape::Hashed, parsers::state_binary),
    target("block_jsonl", Shape::Text, parsers::block_jsonl),
    target("block_jsonl_gz", Shape::Gzip, parsers::block_jsonl_gz),
    target("state_jsonl", Shape::Text, parsers::state_jsonl),
    target("state_jsonl_gz", Shape::Gzip, parsers::state_jsonl_gz),
    target("proof", Shape::Bytes, parsers::proof),
    target("solana", Shape::Text, parsers::solana),
    target("ethereum", Shape::Text, parsers::ethereum),
    target("receipts_jsonl", Shape::Text, lists::receipts_jsonl),
    target("sigverify_jsonl", Shape::Text, lists::sigverify_jsonl),
    target("schedule_jsonl", Shape::Text, lists::schedule_jsonl),
    target("validate", Shape::Bytes, structured::validate),
    target("waves", Shape::Bytes, structured::waves),
];

/// Entry points that compare a device with the serial engine.
#[cfg(feature = "gpu")]
pub const DEVICE_TARGETS: [Target; 2] = [
    target("validate_gpu", Shape::Bytes, structured::gpu::validate),
    target("waves_gpu", Shape::Bytes, structured::gpu::waves),
];
