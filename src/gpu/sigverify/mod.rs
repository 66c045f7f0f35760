//! Ed25519 verification on the device.
