//! (in preparation)

pub mod sqlite;
