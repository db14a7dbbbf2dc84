//! What changes a service's database: rows of its tables, and the trail that a change leaves (a revision, versions,
//! entries of the audit table).
//!
//! Values and two traits; every engine answers with its own SQL. A change is one transaction that is committed whole,
//! or rolled back when it is dropped.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Stored};

/// One statement of a change. Values are bound, and the database keeps of them what it keeps.
#[derive(Clone, Debug, PartialEq)]
pub enum RowWrite {
    /// Sets columns of the row with this key.
    Update {
        /// The table.
        table: String,
        /// The column of its primary key.
        key: String,
        /// Which row.
        at: Stored,
        /// The columns and what is bound to them.
        values: Vec<(String, Stored)>,
    },
    /// Adds a row.
    Insert {
        /// The table.
        table: String,
        /// The columns and what is bound to them; the others get the database's default.
        values: Vec<(String, Stored)>,
    },
    /// Adds a pair to a many-to-many set, unless it is there: another object's set may have brought it.
    Link {
        /// The table.
        table: String,
        /// The columns and their values.
        values: Vec<(String, Stored)>,
    },
    /// Takes the rows away that have exactly these values: those of a pair in a many-to-many set.
    Unlink {
        /// The table.
        table: String,
        /// The columns and their values.
        values: Vec<(String, Stored)>,
    },
}

impl RowWrite {
    /// The table that is written.
    pub fn table(&self) -> &str {
        match self {
            RowWrite::Update { table, .. }
            | RowWrite::Insert { table, .. }
            | RowWrite::Link { table, .. }
            | RowWrite::Unlink { table, .. } => table,
        }
    }

    /// The columns that are named, with their values.
    pub fn values(&self) -> &[(String, Stored)] {
        match self {
            RowWrite::Update { values, .. }
            | RowWrite::Insert { values, .. }
            | RowWrite::Link { values, .. }
            | RowWrite::Unlink { values, .. } => values,
        }
    }
}

/// What kind of constraint a row breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Something has to be unique.
    Unique,
    /// A CHECK.
    Check,
    /// A column may not be NULL.
    NotNull,
    /// What is referred to is not there.
    ForeignKey,
    /// Another, such as one that a trigger raises.
    Other,
}

/// The constraint that refused a change, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Conflict {
    /// What kind of constraint it is.
    pub constraint: Constraint,
    /// The constraint, and the other row where there is one.
    pub sentence: String,
}

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A constraint refused it.
    #[error(transparent)]
    Refused(#[from] Conflict),
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somewhere that rows are written to.
pub trait Rows {
    /// Does all of these in order, or none.
    fn write(&mut self, writes: &[RowWrite]) -> Result<(), WriteError>;

    /// Makes it last. Foreign keys that are deferred are checked now.
    fn commit(&mut self) -> Result<(), WriteError>;
}

/// A revision to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    /// When it was made.
    pub date_created: DateTime<Utc>,
    /// Who made it.
    pub user: Option<i64>,
    /// What it says.
    pub comment: String,
}

/// A version to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// The revision it belongs to.
    pub revision: i64,
    /// The model.
    pub content_type: i64,
    /// Django's alias of the database.
    pub db: String,
    /// The object's primary key, as Python's `str()` prints it.
    pub object_id: String,
    /// What the object calls itself.
    pub object_repr: String,
    /// The serialized object, in the format `json`.
    pub data: String,
}

/// An entry of the audit table to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// When it happened.
    pub timestamp: DateTime<Utc>,
    /// `updated`, `created`…
    pub action: String,
    /// The lower-case name of the model.
    pub model: String,
    /// The object, where its key is an integer.
    pub record_id: Option<i64>,
    /// The sentence.
    pub details: String,
    /// Who did it.
    pub user: Option<i64>,
}

/// A transaction that may write. Nobody else writes while it lasts; dropped, it leaves the database as it was.
pub trait Change: Rows {
    /// The database as this transaction sees it.
    fn store(&mut self) -> &mut dyn Store;

    /// Records a revision; gives its id.
    fn add_revision(&mut self, revision: &NewRevision) -> Result<i64, WriteError>;

    /// Records a version; gives its id.
    fn add_version(&mut self, version: &NewVersion) -> Result<i64, WriteError>;

    /// Writes an entry of the audit table; gives its id.
    fn add_entry(&mut self, entry: &NewEntry) -> Result<i64, WriteError>;
}

/// What a change asks of a database that is open for reading.
pub trait Rehearse {
    /// A scratch copy of what these writes touch: the tables as they are declared, the rows that are written, and
    /// those that could be in their way. What is refused there would be refused here. The same writes can then be
    /// tried on it, in any order and division. None where the tables can't be copied, because their declaration needs
    /// what only the service has.
    fn rehearsal(&mut self, writes: &[RowWrite]) -> Result<Option<Box<dyn Rows>>, StoreError>;
}
