//! Wavelock validates blocks of signed transactions on any GPU, bit for bit equal to executing them one after the other.
//!
//! The stages, in order: ingest → snapshot → encode → sigverify → conflict → execute → root → readback → verify → commit.
//! `ARCHITECTURE.md` shows how they fit together.

#![warn(missing_docs)]

pub mod account;
pub mod conflict;
pub mod engine;
pub mod error;
pub mod legs;
pub mod limits;
pub mod outcome;
#[cfg(feature = "solana")]
pub mod replay;
pub mod serial;
pub mod state;
pub mod status;
pub mod transaction;

pub use account::{Account, AccountId, Balance};
pub use engine::{Engine, Policy};
pub use error::{Error, InputError, Place, Result};
pub use legs::{Delta, Guard, Leg, LegBatch, LegOutcome};
pub use outcome::{Change, Outcome, Report, Stage};
pub use state::State;
pub use status::{Reason, Status, StatusCounts};
pub use transaction::{Block, BlockHeader, Transaction, Transfer};
