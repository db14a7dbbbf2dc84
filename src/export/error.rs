//! Why an export could not be done. Each is one sentence that names the file.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Why an export could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Data could not be written where it goes when no file is named.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// A file or folder could not be written or read.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// `write`, `rename`…
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file of that name is there.
    #[error("{} exists", path.display())]
    Exists {
        /// Which.
        path: PathBuf,
        /// Whether a cursor is kept: then nothing may be overwritten.
        with_cursor: bool,
    },
    /// A folder, a device or the like has that name.
    #[error("{} is {what}, not a file to write to", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
        /// `a folder`…
        what: &'static str,
    },
    /// The folder is not there.
    #[error("there is no folder {}", path.display())]
    NoFolder {
        /// Which.
        path: PathBuf,
    },
    /// Two parts of one export have one name.
    #[error("two parts of the export would be named {}", path.display())]
    SameName {
        /// Which.
        path: PathBuf,
    },
    /// The cursor is not what this program writes.
    #[error("{} is not a cursor file of this program: {why}", path.display())]
    BadCursor {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A later version wrote it.
    #[error("{} was written by a later version of this program (format {version})", path.display())]
    NewerCursor {
        /// Which.
        path: PathBuf,
        /// The version of its format.
        version: u64,
    },
    /// The cursor is another export's.
    #[error("the cursor file {} belongs to another {what}: {then} then, {now} now", path.display())]
    OtherTerms {
        /// The cursor file.
        path: PathBuf,
        /// `database`, `filter`, `format`…
        what: &'static str,
        /// As the cursor has it.
        then: String,
        /// As it was asked for.
        now: String,
    },
    /// At the place of the entry that was exported last there is another.
    #[error(
        "the cursor file {} belongs to another database: entry {id} was written at {then} there, and at {now} in {database}",
        path.display()
    )]
    OtherEntry {
        /// The cursor file.
        path: PathBuf,
        /// The database that was opened.
        database: String,
        /// The entry.
        id: i64,
        /// When it was written, as the cursor has it.
        then: String,
        /// When it was written, as the database has it.
        now: String,
    },
    /// The table ends before the cursor.
    #[error("the table {table} ends before the cursor of {}: its highest id is {highest}, and entries up to {position} were exported", path.display())]
    Shrunk {
        /// The cursor file.
        path: PathBuf,
        /// The table.
        table: String,
        /// The highest id, or `none`.
        highest: String,
        /// What the cursor says.
        position: i64,
        /// Whether the table's counter stands at the cursor or after it: the newest entries were deleted.
        deleted: bool,
    },
    /// The user wanted an end.
    #[error("ended before the export was whole: nothing of it was kept")]
    Ended,
    /// What an earlier run was about to name can't be named.
    #[error("an earlier run was about to name {}, and now there is another file of that name", path.display())]
    NameTaken {
        /// The name.
        path: PathBuf,
        /// The file aside.
        aside: PathBuf,
    },
    /// What an earlier run was about to name is damaged, and others of the same run have their names.
    #[error("{}, which an earlier run was about to name {}, is not what was written", aside.display(), name.display())]
    Damaged {
        /// The file aside.
        aside: PathBuf,
        /// The name it would get.
        name: PathBuf,
    },
}

impl ExportError {
    /// A file that could not be written or read.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
        let path = path.to_owned();
        move |source| ExportError::File { doing, path, source }
    }

    /// Whether the remedy is on the command line.
    pub fn is_usage(&self) -> bool {
        match self {
            ExportError::Store(error) => error.is_usage(),
            ExportError::OtherTerms { .. } | ExportError::OtherEntry { .. } => true,
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            ExportError::Store(error) => return error.hint(),
            ExportError::Exists { with_cursor: false, .. } => {
                "name another file, or give --force to have it replaced".into()
            }
            ExportError::Exists { with_cursor: true, .. } => {
                "nothing was exported, and the cursor has not moved: give each run a file of its own, as in \
                 --to 'entries-{first}-{last}.ndjson'"
                    .into()
            }
            ExportError::NotAFile { what: "a folder", path } => {
                format!("name a file in it, for example {}", path.join("entries.ndjson").display())
            }
            ExportError::NotAFile { .. } => "leave --to out and redirect the output there".into(),
            ExportError::NoFolder { .. } => "create it first".into(),
            ExportError::SameName { .. } => "put {day} or {part}, or {first}, into the name".into(),
            ExportError::BadCursor { .. } => {
                "name another file; or, if it was a cursor once, restore it, or remove it to export everything again"
                    .into()
            }
            ExportError::NewerCursor { .. } => "use that version, or start another cursor file".into(),
            ExportError::OtherTerms { what: "database" | "audit table", .. } => {
                "each export keeps a cursor file of its own; where the database was moved, change the word in the file"
                    .into()
            }
            ExportError::OtherTerms { .. } => {
                "each export keeps a cursor file of its own: name another one, or give the same options".into()
            }
            ExportError::OtherEntry { .. } => {
                "each database has a cursor file of its own: name another one, or another --database".into()
            }
            ExportError::Shrunk { deleted: true, .. } => {
                "the newest entries were deleted after they had been exported; ids are never given twice, so the export \
                 goes on by itself with the next entry that is written"
                    .into()
            }
            ExportError::Shrunk { deleted: false, .. } => {
                "the database is older than the cursor, as one restored from a backup; when that is so, set \
                 \"position\" in the cursor file to the last exported entry that is still right, and \"witness\" to null"
                    .into()
            }
            ExportError::NameTaken { path, .. } => {
                format!("move {} away, then the next run finishes the earlier one", path.display())
            }
            ExportError::Damaged { .. } => {
                "set \"pending\" to null in the cursor file to have these entries exported again, and remove the files \
                 that the earlier run has named"
                    .into()
            }
            ExportError::Output(_) | ExportError::File { .. } | ExportError::Ended => return None,
        })
    }
}
