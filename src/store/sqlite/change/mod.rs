//! Changing an SQLite database: one transaction, begun at once, in which everything is read again and written.
//!
//! Where nothing is committed no byte of the file changes: pages are kept in memory until the commit, and deferred
//! foreign keys are checked before the first of them is written.

mod conflict;
mod rehearsal;

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Timelike, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, params, params_from_iter};

use self::conflict::explain_conflict;
pub use self::rehearsal::rehearse;
use super::open::{self, Readable};
use super::scan::Reader;
use super::schema::Schema;
use super::{Sqlite, quoted};
use crate::store::{
    Change, Conflict, Constraint, NewEntry, NewRevision, NewVersion, RowWrite, Rows, Store, StoreError, WriteError,
};

/// An SQLite database with a transaction under way.
#[derive(Debug)]
pub struct SqliteChange {
    /// The same connection reads and writes.
    inner: Sqlite,
}

impl SqliteChange {
    /// Opens the database at this path for writing and begins. It is never created. Waits for another writer as long
    /// as Django would.
    pub fn begin(path: &Path, audit_table: Option<&str>) -> Result<Self, StoreError> {
        SqliteChange::begin_waiting(path, audit_table, open::BUSY_TIMEOUT)
    }

    /// The same with another patience.
    pub fn begin_waiting(path: &Path, audit_table: Option<&str>, patience: Duration) -> Result<Self, StoreError> {
        let file = Readable::check(path, patience)?;
        let connection = connect(path, patience, &file)?;
        let explain = |e| file.explain(e);
        // Deferred foreign keys are counted from the start of the transaction on.
        connection.execute_batch("BEGIN IMMEDIATE").map_err(explain)?;
        let schema = Schema::find(&connection, &file, audit_table)?;
        let main = Reader::new(connection).map_err(explain)?;
        Ok(SqliteChange { inner: Sqlite::over(file, schema, main) })
    }

    fn connection(&self) -> &Connection {
        &self.inner.main.connection
    }

    /// Runs one INSERT of the trail.
    fn insert(&self, sql: &str, values: impl rusqlite::Params) -> Result<i64, WriteError> {
        let done = self.connection().execute(sql, values);
        match done {
            Ok(_) => Ok(self.connection().last_insert_rowid()),
            Err(error) if is_constraint(&error) => Err(Conflict {
                constraint: Constraint::Other,
                sentence: format!("the trail can't be written: {error}"),
            }
            .into()),
            Err(error) => Err(self.inner.file.explain(error).into()),
        }
    }
}

/// Lets SQLite roll back what a process that died left behind, as the service's next connection would.
pub fn recover(path: &Path) -> Result<(), StoreError> {
    let file = Readable::check(path, open::BUSY_TIMEOUT)?;
    let connection = connect(path, open::BUSY_TIMEOUT, &file)?;
    // The first read takes the lock and finds the journal.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(|e| file.explain(e))
}

fn connect(path: &Path, patience: Duration, file: &Readable) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let explain = |e| file.explain(e);
    let connection = Connection::open_with_flags(path, flags).map_err(explain)?;
    connection.busy_timeout(patience).map_err(explain)?;
    prepare(&connection).map_err(explain)?;
    // Where it may not write, SQLite opens for reading and says nothing.
    if connection.is_readonly("main").map_err(explain)? {
        return Err(StoreError::ReadOnly { path: path.into() });
    }
    // The last one to leave a WAL database writes the log into it; a refusal must not.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(explain)?;
    Ok(connection)
}

/// Foreign keys as Django has them; nothing is written before the commit; no tricks in the schema.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cache_spill = OFF; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; \
         PRAGMA legacy_alter_table = OFF;",
    )
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| failure.code == ErrorCode::ConstraintViolation)
}

impl Rows for SqliteChange {
    fn write(&mut self, writes: &[RowWrite]) -> Result<(), WriteError> {
        write_rows(self.connection(), &self.inner.file, writes)
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        commit(self.connection(), &self.inner.file, |_| None)?;
        // From here on this connection is as any other that wrote.
        let _ = self.connection().set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        Ok(())
    }
}

impl Drop for SqliteChange {
    fn drop(&mut self) {
        if !self.connection().is_autocommit() {
            // Closing rolls back as well; this does it while the connection is whole.
            let _ = self.connection().execute_batch("ROLLBACK");
        }
    }
}

impl Change for SqliteChange {
    fn store(&mut self) -> &mut dyn Store {
        &mut self.inner
    }

    fn add_revision(&mut self, revision: &NewRevision) -> Result<i64, WriteError> {
        let sql = "INSERT INTO reversion_revision (date_created, comment, user_id) VALUES (?, ?, ?)";
        self.insert(sql, params![instant_text(revision.date_created), revision.comment, revision.user])
    }

    fn add_version(&mut self, version: &NewVersion) -> Result<i64, WriteError> {
        let sql = "INSERT INTO reversion_version \
                   (object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) \
                   VALUES (?, 'json', ?, ?, ?, ?, ?)";
        let NewVersion { object_id, data, object_repr, content_type, revision, db } = version;
        self.insert(sql, params![object_id, data, object_repr, content_type, revision, db])
    }

    fn add_entry(&mut self, entry: &NewEntry) -> Result<i64, WriteError> {
        let table = quoted(&self.inner.schema.audit_table);
        let sql = format!(
            "INSERT INTO {table} (\"timestamp\", action, model, record_id, details, user_id) VALUES (?, ?, ?, ?, ?, ?)"
        );
        let NewEntry { timestamp, action, model, record_id, details, user } = entry;
        self.insert(&sql, params![instant_text(*timestamp), action, model, record_id, details, user])
    }
}

/// Does all of these, or none.
fn write_rows(connection: &Connection, file: &Readable, writes: &[RowWrite]) -> Result<(), WriteError> {
    let explain = |e| WriteError::Store(file.explain(e));
    connection.execute_batch("SAVEPOINT rows").map_err(explain)?;
    for write in writes {
        let Err(error) = write_row(connection, write) else { continue };
        let why = if is_constraint(&error) {
            WriteError::Refused(explain_conflict(connection, write, &error))
        } else {
            WriteError::Store(file.explain(error))
        };
        // A full disk ends the whole transaction, and the savepoint with it.
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK TO rows; RELEASE rows").map_err(explain)?;
        }
        return Err(why);
    }
    connection.execute_batch("RELEASE rows").map_err(explain)
}

fn write_row(connection: &Connection, write: &RowWrite) -> rusqlite::Result<()> {
    let names = |separator: &str, each: &dyn Fn(&str) -> String| {
        write.values().iter().map(|(name, _)| each(&quoted(name))).collect::<Vec<_>>().join(separator)
    };
    let table = quoted(write.table());
    let mut values: Vec<_> = write.values().iter().map(|(_, value)| value).collect();
    let sql = match write {
        RowWrite::Update { key, at, .. } => {
            values.push(at);
            format!("UPDATE {table} SET {} WHERE {} = ?", names(", ", &|name| format!("{name} = ?")), quoted(key))
        }
        RowWrite::Insert { .. } | RowWrite::Link { .. } => {
            let marks = vec!["?"; values.len()].join(", ");
            let or_not = if matches!(write, RowWrite::Link { .. }) { " ON CONFLICT DO NOTHING" } else { "" };
            format!("INSERT INTO {table} ({}) VALUES ({marks}){or_not}", names(", ", &str::to_owned))
        }
        RowWrite::Unlink { .. } => {
            format!("DELETE FROM {table} WHERE {}", names(" AND ", &|name| format!("{name} = ?")))
        }
    };
    connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Commits, or says which foreign key forbids it, where `named` can tell; the transaction then goes on.
fn commit(
    connection: &Connection,
    file: &Readable,
    named: impl Fn(&Connection) -> Option<String>,
) -> Result<(), WriteError> {
    let Err(error) = connection.execute_batch("COMMIT") else { return Ok(()) };
    if !is_constraint(&error) {
        return Err(file.explain(error).into());
    }
    let unnamed = || "a row would refer to another that is not there (foreign key)".to_owned();
    let sentence = named(connection).unwrap_or_else(unnamed);
    Err(Conflict { constraint: Constraint::ForeignKey, sentence }.into())
}

/// An instant as Django stores it: in UTC, six digits of a fraction or none.
fn instant_text(at: DateTime<Utc>) -> String {
    let micros = at.nanosecond() / 1000;
    let seconds = at.format("%Y-%m-%d %H:%M:%S");
    if micros == 0 { seconds.to_string() } else { format!("{seconds}.{micros:06}") }
}
