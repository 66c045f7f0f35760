#![no_main]
wavelock_fuzz::entry!("waves");
