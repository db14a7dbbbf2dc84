//! An audit entry: its fields, the decoder of its `details`, and the redaction of secrets.
//!
//! Knows the formats that the service writes; knows nothing of databases, the command line or the terminal.

mod body;
mod canonical;
mod character;
mod details;
mod entry;
mod json;
mod literal;
mod quote;
mod redact;
mod value;

pub use body::body_value;
pub use canonical::{float_repr, is_container};
pub use character::is_dangerous;
pub use details::{Decoded, Details};
pub use entry::{Entry, Number, Stamp, Torn, request_line};
pub use json::json_string;
pub use literal::{Event, EventKind, Events, Malformed, Syntax};
pub use quote::{quote_python, unescape};
pub use redact::{MASK, Redactor};
pub use value::{NonFinite, Token, Value};
