//! `wavelock replay`: real blocks of other chains through the same engines.

mod ethereum;
mod solana;

use super::engines::EngineOptions;
use super::table::{self, Column};
use super::{Answer, Failure};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Replay a real block: every signature, every recorded balance, the declared conflicts
#[derive(Args, Debug)]
pub struct Replay {
    #[command(subcommand)]
    chain: Chain,
}

#[derive(Subcommand, Debug)]
enum Chain {
    /// A Solana block, as getBlock answers it
    Solana(ReplayOptions),
    Ethereum(ethereum::EthereumOptions),
}

#[derive(Args, Debug)]
struct ReplayOptions {
    /// The answer of the node: JSON, bare or inside `result`; .gz is packed
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    engine: EngineOptions,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub fn run(self) -> Result<Answer, Failure> {
        match self.chain {
            Chain::Solana(options) => options.solana(),
            Chain::Ethereum(options) => options.run(),
        }
    }
}

/// A table of what most transactions touch, hottest first; nothing where nothing is shared.
fn hottest<K>(name: &str, keys: &[(K, usize)], text: impl Fn(&K) -> String) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let rows = keys.iter().map(|(key, count)| vec![text(key), table::count(*count as u64)]);
    format!("\n{}", table::table(&[(name, Column::Text), ("transactions", Column::Number)], rows))
}
