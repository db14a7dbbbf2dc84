//! The service's log files.
//!
//! | module       | holds                                                                    |
//! |--------------|--------------------------------------------------------------------------|
//! | `alike`      | objects that are made alike, read by what stands between their values    |
//! | `audit_line` | the `AUDIT:` record of `purchase_audit`: its text, and how it is appended |
//! | `block`      | some records of a file, and which lines of it belong to none              |
//! | `clock`      | stamps as instants                                                       |
//! | `cutter`     | a stream cut into blocks that begin with records                         |
//! | `feed`       | the files of a set one after the other, as blocks                         |
//! | `files`      | what was named as sets of files: a log with its backups                  |
//! | `filesystem` | whether the front of a file can be cut off there, and how much room is left |
//! | `filter`     | which records are asked for                                              |
//! | `follow`     | logs read as they grow, by name, across rotation                          |
//! | `foreign`    | files that are no logs that can be read, and what makes them such         |
//! | `gap`        | zeros that were read, and what becomes of what stands behind them        |
//! | `grammar`    | which lines begin a record, and the parts of its prefix                  |
//! | `input`      | the bytes of a file, unpacked, also while it is rotated                  |
//! | `json`       | the JSON of a record, read where it lies                                 |
//! | `level`      | levels, and which are asked for                                          |
//! | `mention`    | the records that are about one object                                    |
//! | `needle`     | bytes to search for before anything is parsed                            |
//! | `place`      | where reading stands, through rotations                                   |
//! | `policy`     | when each log is rotated: the service's own table and the profile          |
//! | `purchase`   | the record of an order or a payment that was reverted                    |
//! | `record`     | a record and its fields                                                  |
//! | `rotate`     | rotation without losing a line, and what it leaves beside a log meanwhile |
//! | `scan`       | sets of files read on several threads, in order                          |
//! | `subject`    | a record as the subject of an expression                                 |
//! | `trail`      | a log and its backups, and where in them its bytes are now               |
//! | `watch`      | waiting until something happens in a folder                              |
//! | `writers`    | which processes have a file open to write                                |

mod alike;
pub mod audit_line;
pub mod block;
pub mod clock;
pub mod cutter;
mod feed;
pub mod files;
pub mod filesystem;
pub mod filter;
pub mod follow;
pub mod foreign;
pub mod gap;
pub mod grammar;
pub mod input;
pub mod json;
pub mod level;
pub mod mention;
pub mod needle;
pub mod place;
pub mod policy;
mod purchase;
pub mod record;
pub mod rotate;
pub mod scan;
pub mod subject;
mod trail;
mod watch;
pub mod writers;

pub use audit_line::{AuditLine, EventType};
pub use purchase::purchase;
