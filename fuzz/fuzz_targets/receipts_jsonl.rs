#![no_main]
wavelock_fuzz::entry!("receipts_jsonl");
