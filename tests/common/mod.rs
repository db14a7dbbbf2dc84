//! What several integration tests share.

pub mod service;
pub mod skip;

pub use skip::{Missing, skip};
