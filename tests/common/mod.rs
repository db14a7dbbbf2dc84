//! What several integration tests share.

pub mod history;
pub mod judgement;
pub mod park;
pub mod service;
pub mod skip;

pub use skip::{Missing, skip};
