//! Databases: one trait, one module an engine. SQL is built here and nowhere else.
//!
//! Knows filters and entries; knows nothing of the command line or of how entries are shown. PostgreSQL and MySQL get
//! their rooms beside `sqlite` and implement the same [`Store`].

mod block;
pub mod change;
mod error;
mod health;
#[cfg(test)]
pub mod held;
pub mod sqlite;
pub mod versions;

use std::ops::ControlFlow;
use std::time::Duration;

pub use block::{Block, Blocks, Encode, Encoder, Written};
pub use change::{
    Change, Conflict, Constraint, NewEntry, NewRevision, NewVersion, Rehearse, RowWrite, Rows, WriteError,
};
pub use error::StoreError;
pub use health::{AuditTable, Damage, Health, Index, Integrity, Promised, Unread};
pub use versions::{
    Check, ColumnInfo, ContentType, ForeignKey, ObjectVersions, Stored, TableInfo, Unique, Version, VersionStore,
    Versioned,
};

use self::sqlite::{Sqlite, SqliteChange, SqliteHealth};
use crate::audit::Entry;
use crate::config::Database;
use crate::query::{Filter, Group, Grouping, Ordering, Page};

/// Opens the service's database to read it; the audit table is the one named, or is found.
pub fn open(database: &Database, audit_table: Option<&str>) -> Result<Box<dyn Store>, StoreError> {
    match database {
        Database::Sqlite { path } => Ok(Box::new(Sqlite::open(path, audit_table)?)),
        Database::Server(server) => Err(StoreError::Unsupported { engine: server.engine.name() }),
    }
}

/// The same with another patience, for a shell's completion: what takes longer is given up, and nobody is asked for
/// anything, a password command neither.
pub fn open_waiting(
    database: &Database,
    audit_table: Option<&str>,
    patience: Duration,
) -> Result<Box<dyn Store>, StoreError> {
    match database {
        Database::Sqlite { path } => Ok(Box::new(Sqlite::open_waiting(path, audit_table, patience)?)),
        Database::Server(server) => Err(StoreError::Unsupported { engine: server.engine.name() }),
    }
}

/// Opens the service's database to ask how it is, also where it has no audit table.
pub fn examine(database: &Database, audit_table: Option<&str>) -> Result<Box<dyn Health>, StoreError> {
    match database {
        Database::Sqlite { path } => Ok(Box::new(SqliteHealth::open(path, audit_table)?)),
        Database::Server(server) => Err(StoreError::Unsupported { engine: server.engine.name() }),
    }
}

/// Opens the service's database to change it, in a transaction that has begun.
pub fn begin(database: &Database, audit_table: Option<&str>) -> Result<Box<dyn Change>, StoreError> {
    match database {
        Database::Sqlite { path } => Ok(Box::new(SqliteChange::begin(path, audit_table)?)),
        Database::Server(server) => Err(StoreError::Unsupported { engine: server.engine.name() }),
    }
}

/// Brings a database back to the end of its last whole transaction, where a process died while it wrote.
pub fn recover(database: &Database) -> Result<(), StoreError> {
    match database {
        Database::Sqlite { path } => sqlite::recover(path),
        Database::Server(_) => Ok(()),
    }
}

/// What to select from the audit table.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Which entries.
    pub filter: Filter,
    /// In which order.
    pub ordering: Ordering,
    /// Which of them.
    pub page: Page,
    /// Which columns are filled beyond the small ones.
    pub wanted: Wanted,
}

/// Columns that cost something; the others are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// [`Entry::details`].
    pub details: bool,
    /// [`Entry::username`].
    pub username: bool,
}

/// How many entries match a selection's filter, page aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// So many.
    Exactly(u64),
    /// At least so many: the rest was not looked at.
    AtLeast(u64),
}

/// What reading has taken so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Rows that the engine handed over to be tested or shown; where the engine counts by itself, none.
    pub rows: u64,
    /// Ranges of ids, each read in a transaction of its own.
    pub ranges: u64,
    /// Connections that they were read on, side by side.
    pub connections: u64,
}

/// How far the audit table is written for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Horizon {
    /// No entry of this id or a lower one will appear any more; None where none of the entries that are there, if any,
    /// can be said to be the last of its kind. Where transactions commit in another order than they took their ids,
    /// entries above it may be there already.
    pub settled: Option<i64>,
    /// The highest id that was ever given, deleted entries' included, where the database keeps count.
    pub given: Option<i64>,
}

/// Whether there may be something new to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Nothing was committed since it was last asked.
    Still,
    /// Something was.
    Beating,
    /// The database is gone or another one has taken its place: it is to be opened anew.
    Lost,
}

/// A user of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The primary key.
    pub id: i64,
    /// The name, as the service's user table has it.
    pub username: Option<String>,
    /// The e-mail address, where the table has one.
    pub email: Option<String>,
    /// The bytes of a name that is not UTF-8.
    pub torn_name: Option<Box<[u8]>>,
}

/// A service's database, open for reading.
pub trait Store: VersionStore + Rehearse {
    /// The audit table's name.
    fn audit_table(&self) -> &str;

    /// The engine, its version and how the database is kept, in words.
    fn engine(&self) -> String;

    /// What reading has taken since the database was opened.
    fn effort(&self) -> Effort;

    /// What names the database, the same from wherever it is reached; never a password.
    fn address(&self) -> String;

    /// How far the table is written for good. An entry at or below [`Horizon::settled`] that is not there now never
    /// will be: whoever reads up to there and remembers it misses nothing.
    fn horizon(&mut self) -> Result<Horizon, StoreError>;

    /// Whether something was committed since the last call. Costs next to nothing.
    fn pulse(&mut self) -> Result<Pulse, StoreError>;

    /// Hands on the selected entries, in order, until there are no more or `each` breaks.
    fn select(
        &mut self,
        selection: &Selection,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError>;

    /// The same as bytes: `encode` writes each entry where it was read, on several threads at once where the database
    /// can be read so; the blocks come in order, on this thread.
    fn select_encoded(
        &mut self,
        selection: &Selection,
        encode: &dyn Encode,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError> {
        let mut blocks = Blocks::new(encode, each);
        let matched = self.select(selection, &mut |entry| blocks.push(&entry))?;
        blocks.finish();
        Ok(matched)
    }

    /// How many entries pass.
    fn count(&mut self, filter: &Filter) -> Result<u64, StoreError>;

    /// How many entries that pass are of each group, the largest first, of equal ones the lowest key.
    fn group(&mut self, filter: &Filter, grouping: &Grouping) -> Result<Vec<Group>, StoreError>;

    /// The entries with these ids, complete, in the order of `ids`; None for those that do not exist.
    fn entries(&mut self, ids: &[i64]) -> Result<Vec<Option<Entry>>, StoreError>;

    /// The details of an entry, byte for byte; None for NULL or where there is no such entry.
    fn raw_details(&mut self, id: i64) -> Result<Option<Vec<u8>>, StoreError>;

    /// The user with this id.
    fn user(&mut self, id: i64) -> Result<Option<User>, StoreError>;

    /// The users of exactly this name; more than one only where names are not unique.
    fn users_named(&mut self, name: &str) -> Result<Vec<User>, StoreError>;

    /// All users of the service; none where it keeps them elsewhere.
    fn all_users(&mut self) -> Result<Vec<User>, StoreError>;

    /// Names of users, sorted, that begin with `prefix`, at most `limit`.
    fn usernames(&mut self, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError>;

    /// The lower-case names of the service's models, sorted, from its content types.
    fn models(&mut self) -> Result<Vec<String>, StoreError>;
}
