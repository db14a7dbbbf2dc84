//! The service's log files.
//!
//! | module       | holds                                                                    |
//! |--------------|--------------------------------------------------------------------------|
//! | `audit_line` | the `AUDIT:` record of `purchase_audit`: its text, and how it is appended |
//! | `purchase`   | the record of an order or a payment that was reverted                    |
//! | `rotate`     | rotation without losing a line, and what it leaves beside a log meanwhile |

pub mod audit_line;
mod purchase;
pub mod rotate;

pub use audit_line::{AuditLine, EventType};
pub use purchase::purchase;
