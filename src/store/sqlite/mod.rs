//! (in preparation)

pub mod demo;
