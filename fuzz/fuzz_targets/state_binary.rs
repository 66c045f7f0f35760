#![no_main]
wavelock_fuzz::entry!("state_binary");
