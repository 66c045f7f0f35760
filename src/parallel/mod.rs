//! The `parallel` engine: the best CPU code we can offer, the production path without a GPU.

pub mod conflict;
pub mod execute;
pub mod root;
pub mod sigverify;
