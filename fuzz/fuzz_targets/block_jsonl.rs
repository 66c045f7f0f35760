#![no_main]
wavelock_fuzz::entry!("block_jsonl");
