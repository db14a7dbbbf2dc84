//! What a database can say of its own health.
//!
//! One trait, as for reading; an engine's own file knows how to ask. Nothing here changes anything, and no question
//! keeps the service waiting: what can't be answered in a quarter of a second is answered in pieces or not at all, and
//! then said to be. Knows no settings and no remedies.

use std::path::Path;

use super::{Store, StoreError, TableInfo};

/// A service's database, open to be asked how it is.
pub trait Health {
    /// The engine, its version, how the database is kept and its encoding, in words.
    fn engine(&mut self) -> Result<String, StoreError>;

    /// The file that it is kept in; None where a server keeps it.
    fn file(&self) -> Option<&Path>;

    /// How many bytes it takes.
    fn size(&mut self) -> Result<u64, StoreError>;

    /// Looks for damage; `progress` hears how many rows of how many were read where that takes long.
    fn integrity(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<Integrity, StoreError>;

    /// The audit table, open for reading, or why it is not.
    fn store(&mut self) -> Result<&mut dyn Store, &StoreError>;

    /// The audit table as it is declared; None where there is none.
    fn audit_table(&mut self) -> Result<Option<AuditTable>, StoreError>;

    /// What the service's contract says of the audit table's columns on this engine.
    fn contract(&self) -> &'static [Promised];

    /// The statement that creates an index of this name.
    fn create_index(&self, name: &str, table: &str, column: &str) -> String;
}

/// What the service's contract says of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    /// Its name.
    pub name: &'static str,
    /// The types it may be declared with; the first is the one that the service's migration gives it.
    pub types: &'static [&'static str],
    /// Whether it may be NULL.
    pub may_be_null: bool,
}

/// The audit table as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTable {
    /// Its columns and keys.
    pub info: TableInfo,
    /// Its indexes, the primary key's aside.
    pub indexes: Vec<Index>,
    /// Whether an id, once given, is never given again.
    pub ids_are_never_given_twice: bool,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns; an expression has no name.
    pub columns: Vec<Option<String>>,
    /// Whether it holds some rows only.
    pub partial: bool,
}

impl Index {
    /// Whether rows can be found, and sorted, by this column.
    pub fn is_by(&self, column: &str) -> bool {
        let first = self.columns.first().and_then(Option::as_deref);
        !self.partial && first.is_some_and(|first| first.eq_ignore_ascii_case(column))
    }
}

/// What a look for damage came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    /// Damage, in the engine's words.
    pub damage: Vec<Damage>,
    /// Whether the engine checked the whole database at once.
    pub whole: bool,
    /// How many tables the engine checked one by one, each with its indexes.
    pub checked: u64,
    /// Tables that take too long for the engine's check, so that their rows were read instead, and how many those are.
    pub read: Vec<(String, u64)>,
    /// Tables that could not be looked at.
    pub unread: Vec<Unread>,
}

/// Damage that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The table, where it is known to be there.
    pub table: Option<String>,
    /// What is wrong.
    pub what: String,
}

/// A table that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its name.
    pub table: String,
    /// Why.
    pub why: String,
}
