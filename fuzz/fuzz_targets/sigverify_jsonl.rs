#![no_main]
wavelock_fuzz::entry!("sigverify_jsonl");
