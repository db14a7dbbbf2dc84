//! What the versions of django-reversion ask of a database: content types, versions, tables as they are declared, live
//! rows as they are stored.
//!
//! Values only; every engine answers with its own SQL. Knows nothing of what a version holds: that is for
//! [`versions`](crate::versions).

use super::StoreError;
use crate::audit::Stamp;

/// A value as a database keeps it, with its storage type. Two are equal when type and value are.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Text that is not UTF-8, byte for byte.
    BadText(Vec<u8>),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A row of `django_content_type`: a model by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    /// The primary key.
    pub id: i64,
    /// `api`
    pub app_label: String,
    /// `purchaseorders`
    pub model: String,
}

impl ContentType {
    /// `api.purchaseorders`
    pub fn label(&self) -> String {
        format!("{}.{}", self.app_label, self.model)
    }
}

/// A version with what its revision says. Text that is not UTF-8 has U+FFFD in place of what is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The primary key. A higher one is newer.
    pub id: i64,
    /// The revision it belongs to.
    pub revision: i64,
    /// When the revision was made.
    pub date_created: Stamp,
    /// Who made it.
    pub user: Option<i64>,
    /// The name of that user, where there still is one.
    pub username: Option<String>,
    /// What the revision's comment says; often empty.
    pub comment: String,
    /// The model.
    pub content_type: i64,
    /// The object's primary key, as Python's `str()` prints it.
    pub object_id: String,
    /// What the object called itself.
    pub object_repr: String,
    /// Django's alias of the database that the object lives in.
    pub db: String,
    /// The format of the data.
    pub format: String,
    /// The serialized object; None where it was not asked for.
    pub data: Option<String>,
}

/// Which part of the versions belongs together: one model in one database alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// The model.
    pub content_type: i64,
    /// Django's alias of the database.
    pub db: String,
}

/// An object that has versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersions {
    /// The object's primary key, as Python's `str()` prints it.
    pub object_id: String,
    /// How many versions it has.
    pub versions: u64,
    /// The newest of them.
    pub newest: i64,
}

/// A column as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// The type as it was written, such as `varchar(50)` or `integer unsigned`.
    pub declared_type: String,
    /// Whether it may not be NULL.
    pub not_null: bool,
    /// Its DEFAULT as it was written, an SQL expression.
    pub default: Option<String>,
    /// Its place in the primary key, from 1.
    pub primary_key: Option<u32>,
    /// Whether the database computes it, so that nothing may be written to it.
    pub generated: bool,
    /// Whether a constraint says that it holds JSON.
    pub json: bool,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table they refer to.
    pub table: String,
    /// The columns there, in the same order.
    pub to: Vec<String>,
}

/// A unique constraint or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unique {
    /// Its name.
    pub name: String,
    /// Its columns; an expression has no name.
    pub columns: Vec<Option<String>>,
    /// Whether it holds for some rows only.
    pub partial: bool,
}

/// A CHECK constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The condition as it was written, without the outer parentheses.
    pub condition: String,
    /// The columns it looks at.
    pub columns: Vec<String>,
}

/// A table as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<ColumnInfo>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// What has to be unique, besides the primary key.
    pub uniques: Vec<Unique>,
    /// Its CHECK constraints.
    pub checks: Vec<Check>,
}

impl TableInfo {
    /// The place of a column; its name as it is, or else in another case, as SQL allows.
    pub fn column(&self, name: &str) -> Option<usize> {
        let find = |same: &dyn Fn(&str) -> bool| self.columns.iter().position(|column| same(&column.name));
        find(&|column| column == name).or_else(|| find(&|column| column.eq_ignore_ascii_case(name)))
    }

    /// The foreign key of this column alone.
    pub fn foreign_key(&self, column: &str) -> Option<&ForeignKey> {
        self.foreign_keys.iter().find(|key| matches!(&key.columns[..], [only] if only.eq_ignore_ascii_case(column)))
    }

    /// The only column of the primary key; None where there is none or where it has several.
    pub fn key(&self) -> Option<usize> {
        let mut keys = self.columns.iter().enumerate().filter(|(_, column)| column.primary_key.is_some());
        match (keys.next(), keys.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }
}

/// The half of a service's database that versions are about, open for reading. Every method reads in transactions of
/// a fraction of a second; what changes between two of them is seen or not.
pub trait VersionStore {
    /// All content types, by id.
    fn content_types(&mut self) -> Result<Vec<ContentType>, StoreError>;

    /// Which models have versions, by content type and alias, without counting.
    fn versioned(&mut self) -> Result<Vec<Versioned>, StoreError>;

    /// The objects of a model that have versions, in the order of their ids: the next batch after this id, without
    /// reading any data; empty where there are no more.
    fn objects(&mut self, of: &Versioned, after: Option<&str>) -> Result<Vec<ObjectVersions>, StoreError>;

    /// The ids of an object's versions in every alias, newest first.
    fn version_ids(&mut self, content_type: i64, object_id: &str) -> Result<Vec<i64>, StoreError>;

    /// The ids of a revision's versions, oldest first.
    fn revision_members(&mut self, revision: i64) -> Result<Vec<i64>, StoreError>;

    /// The ids of the newest versions of a model, newest first, at most `limit`.
    fn newest_versions(&mut self, of: &Versioned, limit: usize) -> Result<Vec<i64>, StoreError>;

    /// The versions with these ids, in this order, with their data or without; those that are gone are left out.
    fn versions(&mut self, ids: &[i64], data: bool) -> Result<Vec<Version>, StoreError>;

    /// Whether there is a revision of this number.
    fn has_revision(&mut self, revision: i64) -> Result<bool, StoreError>;

    /// The table of the service's users, where it is known.
    fn user_table(&self) -> Option<&str>;

    /// The names of all tables, sorted.
    fn tables(&mut self) -> Result<Vec<String>, StoreError>;

    /// A table as it is declared; the name as it is, or else in another case.
    fn table(&mut self, name: &str) -> Result<Option<TableInfo>, StoreError>;

    /// The rows in which `key` is one of `keys`, in their order, None for those that are not there. The values stand
    /// in the order of the table's columns.
    fn rows(&mut self, table: &TableInfo, key: &str, keys: &[Stored]) -> Result<Vec<Option<Vec<Stored>>>, StoreError>;

    /// Which of these keys a table has.
    fn existing(&mut self, table: &str, key: &str, keys: &[Stored]) -> Result<Vec<bool>, StoreError>;

    /// The values of column `to` in the rows whose `from` is `key`, sorted: the other side of a many-to-many set.
    fn linked(&mut self, table: &str, from: &str, key: &Stored, to: &str) -> Result<Vec<Stored>, StoreError>;

    /// Whether every pair of a many-to-many table between rows of the same table goes both ways, as Django writes
    /// symmetrical ones; None where there is no pair to tell.
    fn mirrored(&mut self, table: &str, from: &str, to: &str) -> Result<Option<bool>, StoreError>;

    /// What the database keeps of a value that is bound to a column of this declared type. SQLite makes numbers of
    /// digits in many of them; what it keeps is asked of itself, not guessed.
    fn kept(&mut self, declared_type: &str, bound: &Stored) -> Result<Stored, StoreError>;
}
