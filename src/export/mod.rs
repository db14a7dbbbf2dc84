//! Exports: entries to files that are there whole or not at all, each entry exactly once over any number of runs.
//!
//! Knows the files of an export, their names, the cursor that remembers how far earlier runs came, and the manifest
//! that says what was written. Knows nothing of the command line.
//!
//! # How each entry is written exactly once
//!
//! A run reads the entries after the cursor's position, up to the store's horizon: the highest id below which nothing
//! can appear any more. It writes them to files aside (`.auditctl-…part`), makes those durable, and notes in the cursor
//! what it is about to name. Only then the files get their names, and only after that the cursor moves. Killed at any
//! point, the next run finds
//!
//! - no note: the files aside are dropped, and the entries are exported as if nothing had been;
//! - a note: the files that still stand aside get their names, and the cursor moves. A file that stands aside no more
//!   has had its name already, even if somebody has taken it away since: nobody else touches it before that.
//!
//! Without a cursor, a lock beside the files aside says that their run still lives; where a later run in that folder can
//! have it, it drops them.

mod batch;
#[cfg(feature = "parquet")]
mod columnar;
mod compression;
mod cursor;
mod error;
mod format;
mod manifest;
mod names;
mod parts;
mod publish;
mod run;

pub use batch::select_batches;
pub use compression::Compression;
pub use cursor::{Cursor, Pending, PendingFile, Terms, Witness};
pub use error::ExportError;
pub use format::ExportFormat;
pub use manifest::{Manifest, ManifestFile};
pub use names::{NameError, Names, Split};
pub use parts::{Layout, Rows, UNDATED};
pub use publish::{Settled, Step, settle};
pub use run::{Destination, Done, Export};

#[cfg(test)]
mod late_tests;
