//! What several integration tests share.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

pub mod crash;
pub mod cutting;
pub mod dice;
pub mod disk;
pub mod env;
pub mod history;
pub mod judgement;
pub mod logs;
pub mod machine;
pub mod mounts;
pub mod park;
pub mod python;
pub mod service;
pub mod skip;
pub mod story;
pub mod terminal;
pub mod writer;

pub use dice::Dice;
pub use env::{Ran, TestEnv};
pub use skip::{Missing, skip};
pub use writer::Writer;
