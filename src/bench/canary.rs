//! Contestants that are wrong on purpose: a bench that does not find them finds nothing.

use super::contestants::Turn;
use crate::status::{Reason, Status};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Spoils what one contestant does.
#[doc(hidden)]
#[derive(Clone, PartialEq, Debug)]
pub struct Canary {
    /// The name of whom it spoils, an engine or a peer.
    pub engine: String,
    /// In which way.
    pub kind: CanaryKind,
}

/// In which way a contestant is spoiled.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum CanaryKind {
    /// Takes longer, by so much of its own time: 0.1 is 10 % slower.
    Slower(f64),
    /// The receipt of the transaction with this index is not what it was; an index outside a block spoils nothing.
    WrongReceipt(usize),
}

/// `parallel:slower:0.1` or `gpu:wrong-receipt:7`.
impl FromStr for Canary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let kind = match parts[..] {
            [_, "slower", share] => share.parse().ok().map(CanaryKind::Slower),
            [_, "wrong-receipt", index] => index.parse().ok().map(CanaryKind::WrongReceipt),
            _ => None,
        };
        let kind = kind.ok_or("expected ENGINE:slower:SHARE or ENGINE:wrong-receipt:INDEX")?;
        Ok(Self { engine: parts[0].to_owned(), kind })
    }
}

impl Canary {
    /// Spoils a run of `engine`, where it is the one.
    pub(super) fn spoil(&self, engine: &str, turn: &mut Turn) {
        if engine != self.engine {
            return;
        }
        match self.kind {
            CanaryKind::Slower(share) => turn.time += busy(turn.time.mul_f64(share)),
            CanaryKind::WrongReceipt(index) => {
                if let Some(status) = turn.statuses.get_mut(index) {
                    *status = match *status {
                        Status::Applied => Status::Rejected(Reason::InsufficientFunds),
                        Status::Rejected(_) => Status::Applied,
                    };
                }
            }
        }
    }
}

/// Works on nothing for `time`, and says for how long it really did.
fn busy(time: Duration) -> Duration {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
    begun.elapsed()
}
