//! `replay solana` on blocks made here: small, signed, with balances from a ledger that knows transfers only.

mod canaries;
mod errors;
mod recorder;
mod shapes;

use recorder::{Encoding, Recorded, answer};
use wavelock::replay::solana::{ReplayEngines, SolanaBlock, SolanaReplay, replay};

fn read(entries: &[Recorded]) -> SolanaBlock {
    let answer = answer(entries, Encoding::Base64).to_string();
    SolanaBlock::from_json(answer.as_bytes()).expect("a well-formed answer")
}

fn replayed(entries: &[Recorded]) -> SolanaReplay {
    replay(&read(entries), &ReplayEngines::default()).expect("engines that do not fail")
}
