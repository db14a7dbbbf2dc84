//! The service's log files.
//!
//! | module       | holds                                                                    |
//! |--------------|--------------------------------------------------------------------------|
//! | `audit_line` | the `AUDIT:` record of `purchase_audit`: its text, and how it is appended |

pub mod audit_line;

pub use audit_line::{AuditLine, EventType};
