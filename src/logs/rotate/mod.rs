//! Rotation of a log under writers that keep it open.

pub mod intent;

pub use intent::{Intent, stale_front};
