//! `replay ethereum` on invented blocks; recorded ones are in `replay_ethereum_blocks`.

mod derived;
mod errors;
mod invented;
mod shapes;

use serde_json::Value;
use wavelock::replay::ethereum::{EthereumBlock, EthereumReplay, replay};
use wavelock::serial;

fn read(block: &Value) -> EthereumBlock {
    EthereumBlock::from_json(block.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {block}"))
}

fn replayed(block: &Value) -> EthereumReplay {
    replay(&read(block), &|sets| Ok(serial::conflict::schedule(sets))).expect("a small block")
}
