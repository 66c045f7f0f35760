//! Replays recorded blocks of public ledgers: real signatures, real conflicts, real balances.

pub mod solana;
