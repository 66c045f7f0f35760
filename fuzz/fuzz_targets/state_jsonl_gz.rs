#![no_main]
wavelock_fuzz::entry!("state_jsonl_gz");
