// Cards do something else while they wait for memory.
fn fetch_ahead(slot: u32, entry: u32) {}
