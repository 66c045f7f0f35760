//! The `serial` engine: the specification in code, one transaction after the other. Every other engine is held
//! against it, so it shares no logic with them beyond the types.

pub mod conflict;
pub mod execute;
pub mod legs;
pub mod root;
pub mod sigverify;
