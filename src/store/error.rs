//! Why a database could not answer. Messages name the file or table and never hold a password.

use std::path::{Path, PathBuf};

use crate::shell;

/// Why a database could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing at the path.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// Something at the path that is no regular file.
    #[error("{} is {what}, not a database file", path.display())]
    NotAFile {
        /// The path as it was given.
        path: PathBuf,
        /// `a directory`, `a FIFO`…
        what: &'static str,
    },
    /// The file has no bytes.
    #[error("{} is empty: the service has not created its tables there", path.display())]
    Empty {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a SQLite database", path.display())]
    NotADatabase {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The operating system says no.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A writer kept its lock for longer than the busy timeout.
    #[error("{} is locked: another process has held it for more than {seconds} s", path.display())]
    Locked {
        /// The path as it was given.
        path: PathBuf,
        /// The busy timeout.
        seconds: u64,
    },
    /// A writer died in the middle of a transaction and only a writer may roll it back.
    #[error("{} has a hot journal: a process died while writing, and only one that may write can roll it back", path.display())]
    HotJournal {
        /// The path as it was given.
        path: PathBuf,
    },
    /// Reading would leave files that lock the service out.
    #[error(
        "{} is an idle WAL database that belongs to {owner}: opened by somebody else, it would be left with files that can lock the service out",
        path.display()
    )]
    NotTheOwner {
        /// The path as it was given.
        path: PathBuf,
        /// The owner's name, or `uid N`.
        owner: String,
    },
    /// A WAL database where its shared memory can't be created.
    #[error("{} is a WAL database, and its -shm file cannot be created beside it", path.display())]
    WalReadOnly {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The file may be read and not written.
    #[error("{} can't be changed: the file is read-only", path.display())]
    ReadOnly {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The file contradicts itself.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The path as it was given.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// No table looks like the audit table.
    #[error("{} has no audit table: none of its {tables} tables is named *_auditlog and has the seven columns", path.display())]
    NoAuditTable {
        /// The path as it was given.
        path: PathBuf,
        /// How many tables there are.
        tables: usize,
    },
    /// The service keeps no versions.
    #[error("{} has no versions: the tables of django-reversion are not there", path.display())]
    NoVersions {
        /// The path as it was given.
        path: PathBuf,
    },
    /// More than one table could be it.
    #[error("several tables could be the audit table: {}", candidates.join(", "))]
    SeveralAuditTables {
        /// Their names.
        candidates: Vec<String>,
    },
    /// The table asked for does not exist.
    #[error("there is no table {table} in {}", path.display())]
    NoSuchTable {
        /// The path as it was given.
        path: PathBuf,
        /// The name asked for.
        table: String,
        /// A similar name.
        suggestion: Option<String>,
    },
    /// The table asked for lacks columns.
    #[error("the table {table} is not an audit table: it lacks {}", missing.join(", "))]
    MissingColumns {
        /// The table.
        table: String,
        /// The columns that are not there.
        missing: Vec<String>,
    },
    /// The table asked for, or found, has ids by which it can't be read.
    #[error("the table {table} is not an audit table: its id is not an integer primary key")]
    KeyNotInteger {
        /// The table.
        table: String,
    },
    /// An engine that is not supported yet.
    #[error("this version of the program reads SQLite databases only, not {engine}")]
    Unsupported {
        /// `PostgreSQL`…
        engine: &'static str,
    },
    /// Anything else that SQLite reports.
    #[error("{}: {detail}", path.display())]
    Engine {
        /// The path as it was given.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
}

impl StoreError {
    /// Whether the remedy is on the command line or in the configuration, rather than with the database.
    pub fn is_usage(&self) -> bool {
        matches!(self, StoreError::SeveralAuditTables { .. })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            StoreError::Missing { .. } => "check the path, or the folder from which it is relative".into(),
            StoreError::NotAFile { what: "a directory", path } => {
                format!("name the file in it, for example {}", path.join("db.sqlite3").display())
            }
            StoreError::NotAFile { .. } | StoreError::NotADatabase { .. } => {
                "name the service's database file, often db.sqlite3 beside manage.py".into()
            }
            StoreError::Empty { .. } => {
                "check the path: SQLite creates an empty file for a name that was mistyped; or run manage.py migrate"
                    .into()
            }
            StoreError::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                "run as a user who may read it".into()
            }
            StoreError::Locked { path, .. } => {
                format!("try again when the long transaction is over; fuser {} names the process", quoted(path))
            }
            StoreError::HotJournal { path } => {
                format!("let the service open it, or run as its owner: sqlite3 {} .tables", quoted(path))
            }
            StoreError::NotTheOwner { owner, .. } if owner == "root" => "run as root, or while the service runs".into(),
            StoreError::NotTheOwner { owner, .. } => format!("run as {owner} or root, or while the service runs"),
            StoreError::ReadOnly { .. } => "run as a user who may write it".into(),
            StoreError::WalReadOnly { path } => format!(
                "copy {0} and, if it is there, {0}-wal to a folder you may write to, and name the copy",
                path.display()
            ),
            StoreError::Damaged { path, .. } => {
                format!("see what is wrong with: sqlite3 {} 'pragma integrity_check'", quoted(path))
            }
            StoreError::NoAuditTable { .. } => {
                "name the table with --audit-table, or another database with --database".into()
            }
            StoreError::NoVersions { .. } => {
                "name the service's own database with --database, or run manage.py migrate reversion".into()
            }
            StoreError::SeveralAuditTables { .. } => {
                "choose one with --audit-table NAME, or audit_table in the profile".into()
            }
            StoreError::NoSuchTable { suggestion: Some(name), .. } => format!("did you mean {name}?"),
            StoreError::NoSuchTable { .. } => "leave --audit-table out to have the table found".into(),
            StoreError::MissingColumns { .. } => {
                "an audit table has id, timestamp, action, model, record_id, details and user_id".into()
            }
            StoreError::Unsupported { .. } => "name a SQLite file with --database".into(),
            StoreError::KeyNotInteger { .. } => "name another table with --audit-table".into(),
            StoreError::Unreadable { .. } | StoreError::Engine { .. } => return None,
        })
    }
}

/// The path as a word of a command; what can't be one, the reader puts in.
fn quoted(path: &Path) -> String {
    shell::quoted(path).unwrap_or_else(|| "PATH".to_owned())
}
