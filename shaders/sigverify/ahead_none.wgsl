// Where entries are read as 32-bit words, which is what cards do: they have other work while memory is slow.
fn fetch_ahead(slot: u32, entry: u32) {}
