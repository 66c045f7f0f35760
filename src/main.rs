//! The command line; see `wavelock::cli`.

fn main() {}
