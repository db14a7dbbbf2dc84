//! An audit entry: its fields, the decoder of its `details`, and the redaction of secrets.
//!
//! Knows the formats that the service writes; knows nothing of databases, the command line or the terminal.

mod details;
mod entry;
mod value;

pub use details::{Decoded, Details};
pub use entry::{Entry, Number, Stamp, request_line};
pub use value::{NonFinite, Token, Value};
