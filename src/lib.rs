//! Wavelock validates blocks of signed transactions on any GPU, bit for bit equal to executing them one after the other.
//!
//! The stages, in order: ingest → snapshot → encode → sigverify → conflict → execute → root → readback → verify → commit.
//! `ARCHITECTURE.md` shows how they fit together.

#![warn(missing_docs)]

// Unit tests share cases with the integration tests, which name the crate.
#[cfg(test)]
extern crate self as wavelock;

pub mod account;
pub mod auto;
#[cfg(feature = "cli")]
pub mod bench;
#[cfg(feature = "cli")]
pub mod cli;
pub mod commit;
pub mod conflict;
pub mod encode;
pub mod engine;
pub mod error;
pub mod fault;
#[cfg(feature = "gpu")]
pub mod gpu;
mod ids;
pub mod ingest;
pub mod ledger;
pub mod legs;
pub mod limits;
mod memory;
pub mod outcome;
pub mod parallel;
pub mod pipeline;
pub mod proof;
#[cfg(any(feature = "solana", feature = "ethereum"))]
pub mod replay;
pub mod root;
pub mod scheduler;
pub mod serial;
pub mod sigverify;
pub mod snapshot;
pub mod state;
pub mod status;
pub mod store;
pub mod transaction;
pub mod validate;
pub mod verify;
#[cfg(feature = "workload")]
pub mod workload;

pub use account::{Account, AccountId, Balance};
pub use engine::{Engine, Policy};
pub use error::{Error, InputError, Place, Result};
pub use fault::{Fault, FaultKind};
pub use legs::{Delta, Guard, Leg, LegBatch, LegOutcome};
pub use outcome::{Change, Outcome, Report, Stage};
pub use pipeline::Pipeline;
pub use proof::Proof;
pub use root::Root;
pub use scheduler::{Scheduler, SchedulerBuilder};
pub use sigverify::{SignatureInput, SignatureSource};
pub use state::State;
pub use status::{Reason, Status, StatusCounts};
#[cfg(feature = "store")]
pub use store::FjallStore;
pub use store::{BlockSummary, MemoryStore, StateStore};
pub use transaction::{Block, BlockHeader, Transaction, Transfer};
pub use validate::{Validator, ValidatorBuilder};
pub use verify::Check;

/// The README's example is compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
