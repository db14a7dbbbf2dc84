//! A database whose transactions commit in another order than they took their ids, for tests: one that is read as it
//! is, but for what it says of its horizon.

use super::*;

/// A database that says that entries above an id are not settled.
pub struct Held {
    /// The entries.
    pub inner: Box<dyn Store>,
    /// What it says is settled.
    pub settled: Option<i64>,
}

impl Rehearse for Held {
    fn rehearsal(&mut self, writes: &[RowWrite]) -> Result<Option<Box<dyn Rows>>, StoreError> {
        self.inner.rehearsal(writes)
    }
}

impl VersionStore for Held {
    fn content_types(&mut self) -> Result<Vec<ContentType>, StoreError> {
        self.inner.content_types()
    }

    fn versioned(&mut self) -> Result<Vec<Versioned>, StoreError> {
        self.inner.versioned()
    }

    fn objects(&mut self, of: &Versioned, after: Option<&str>) -> Result<Vec<ObjectVersions>, StoreError> {
        self.inner.objects(of, after)
    }

    fn version_ids(&mut self, content_type: i64, object_id: &str) -> Result<Vec<i64>, StoreError> {
        self.inner.version_ids(content_type, object_id)
    }

    fn revision_members(&mut self, revision: i64) -> Result<Vec<i64>, StoreError> {
        self.inner.revision_members(revision)
    }

    fn newest_versions(&mut self, of: &Versioned, limit: usize) -> Result<Vec<i64>, StoreError> {
        self.inner.newest_versions(of, limit)
    }

    fn versions(&mut self, ids: &[i64], data: bool) -> Result<Vec<Version>, StoreError> {
        self.inner.versions(ids, data)
    }

    fn has_revision(&mut self, revision: i64) -> Result<bool, StoreError> {
        self.inner.has_revision(revision)
    }

    fn user_table(&self) -> Option<&str> {
        self.inner.user_table()
    }

    fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        self.inner.tables()
    }

    fn table(&mut self, name: &str) -> Result<Option<TableInfo>, StoreError> {
        self.inner.table(name)
    }

    fn rows(&mut self, table: &TableInfo, key: &str, keys: &[Stored]) -> Result<Vec<Option<Vec<Stored>>>, StoreError> {
        self.inner.rows(table, key, keys)
    }

    fn existing(&mut self, table: &str, key: &str, keys: &[Stored]) -> Result<Vec<bool>, StoreError> {
        self.inner.existing(table, key, keys)
    }

    fn linked(&mut self, table: &str, from: &str, key: &Stored, to: &str) -> Result<Vec<Stored>, StoreError> {
        self.inner.linked(table, from, key, to)
    }

    fn mirrored(&mut self, table: &str, from: &str, to: &str) -> Result<Option<bool>, StoreError> {
        self.inner.mirrored(table, from, to)
    }

    fn kept(&mut self, declared_type: &str, bound: &Stored) -> Result<Stored, StoreError> {
        self.inner.kept(declared_type, bound)
    }
}

impl Store for Held {
    fn horizon(&mut self) -> Result<Horizon, StoreError> {
        Ok(Horizon { settled: self.settled, ..self.inner.horizon()? })
    }

    fn audit_table(&self) -> &str {
        self.inner.audit_table()
    }

    fn engine(&self) -> String {
        self.inner.engine()
    }

    fn effort(&self) -> Effort {
        self.inner.effort()
    }

    fn address(&self) -> String {
        self.inner.address()
    }

    fn pulse(&mut self) -> Result<Pulse, StoreError> {
        self.inner.pulse()
    }

    fn select(
        &mut self,
        selection: &Selection,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError> {
        self.inner.select(selection, each)
    }

    fn select_encoded(
        &mut self,
        selection: &Selection,
        encode: &dyn Encode,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError> {
        self.inner.select_encoded(selection, encode, each)
    }

    fn count(&mut self, filter: &Filter) -> Result<u64, StoreError> {
        self.inner.count(filter)
    }

    fn group(&mut self, filter: &Filter, grouping: &Grouping) -> Result<Vec<Group>, StoreError> {
        self.inner.group(filter, grouping)
    }

    fn entries(&mut self, ids: &[i64]) -> Result<Vec<Option<Entry>>, StoreError> {
        self.inner.entries(ids)
    }

    fn raw_details(&mut self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.raw_details(id)
    }

    fn user(&mut self, id: i64) -> Result<Option<User>, StoreError> {
        self.inner.user(id)
    }

    fn users_named(&mut self, name: &str) -> Result<Vec<User>, StoreError> {
        self.inner.users_named(name)
    }

    fn all_users(&mut self) -> Result<Vec<User>, StoreError> {
        self.inner.all_users()
    }

    fn usernames(&mut self, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.inner.usernames(prefix, limit)
    }

    fn models(&mut self) -> Result<Vec<String>, StoreError> {
        self.inner.models()
    }
}

/// An audit table without entries, and the database it is in.
pub fn of_table(folder: &std::path::Path) -> (rusqlite::Connection, Box<dyn Store>) {
    let path = folder.join("db.sqlite3");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE api_auditlog (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, timestamp datetime, \
             action varchar(255), model varchar(255), record_id integer unsigned, details text, user_id integer)",
        )
        .unwrap();
    (connection, open(&Database::Sqlite { path }, Some("api_auditlog")).unwrap())
}
