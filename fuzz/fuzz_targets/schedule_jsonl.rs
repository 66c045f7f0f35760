#![no_main]
wavelock_fuzz::entry!("schedule_jsonl");
