//! The command line end to end, with the built program, on the engines that need no device.

#[path = "../replay_solana/recorder.rs"]
#[allow(dead_code, reason = "only a part of it is used here")]
mod recorder;

#[path = "../replay_ethereum/invented.rs"]
#[allow(dead_code, reason = "only a part of it is used here")]
mod invented;

mod bad_input;
mod bench;
mod devices;
mod generate;
mod lists;
mod replay;
mod replay_ethereum;
mod state;
mod streams;
mod validate;
mod world;
