//! The service's log files.
//!
//! | module       | holds                                                                    |
//! |--------------|--------------------------------------------------------------------------|
//! | `audit_line` | the `AUDIT:` record of `purchase_audit`: its text, and how it is appended |
//! | `filesystem` | whether the front of a file can be cut off there, and how much room is left |
//! | `policy`     | when each log is rotated: the service's own table and the profile          |
//! | `purchase`   | the record of an order or a payment that was reverted                    |
//! | `rotate`     | rotation without losing a line, and what it leaves beside a log meanwhile |
//! | `writers`    | which processes have a file open to write                                |

pub mod audit_line;
pub mod filesystem;
pub mod policy;
mod purchase;
pub mod rotate;
pub mod writers;

pub use audit_line::{AuditLine, EventType};
pub use purchase::purchase;
