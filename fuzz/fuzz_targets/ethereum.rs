#![no_main]
wavelock_fuzz::entry!("ethereum");
