//! How a SQLite database is: its damage, its size, its audit table as it is declared.
//!
//! SQLite's own quick check reads everything in one transaction, and as long as that lasts the service can't commit. So
//! it runs against the clock: over the whole database where that is small, else table by table. A table for which the
//! time doesn't suffice is read row by row in ranges of ids instead, which meets damaged pages but does not compare
//! indexes.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::{Connection, ErrorCode};

use super::open::{BUSY_TIMEOUT, Readable};
use super::scan::{Deadline, FIRST_SIZE, IdRange, Piece, Reader, scan};
use super::versions::{has_autoincrement, read_table};
use super::{Sqlite, quoted};
use crate::store::{AuditTable, Damage, Health, Index, Integrity, Promised, Store, StoreError, Unread};

/// How often a check looks at the clock, in its own steps: a page each, which a slow disk may take long to bring.
const STEPS_PER_LOOK: std::ffi::c_int = 10;
/// How many kinds of damage are asked for.
const MOST_DAMAGE: usize = 20;
/// Integers of any kind: SQLite keeps them all the same way.
const INTEGERS: &[&str] = &["integer", "bigint", "int"];

const CONTRACT: &[Promised] = &[
    Promised { name: "id", types: INTEGERS, may_be_null: false },
    Promised { name: "timestamp", types: &["datetime"], may_be_null: false },
    Promised { name: "action", types: &["varchar(255)"], may_be_null: false },
    Promised { name: "model", types: &["varchar(255)"], may_be_null: false },
    Promised { name: "record_id", types: &["integer unsigned", "bigint unsigned"], may_be_null: true },
    Promised { name: "details", types: &["text"], may_be_null: true },
    Promised { name: "user_id", types: INTEGERS, may_be_null: true },
];

/// A SQLite database, open to be asked how it is.
#[derive(Debug)]
pub struct SqliteHealth {
    file: Readable,
    /// The file that the path leads to.
    path: PathBuf,
    reader: Reader,
    store: Result<Sqlite, StoreError>,
}

/// A table of the database.
struct Table {
    name: String,
    /// The name of the column of row ids; None where there are none, or where every name for it is taken.
    key: Option<&'static str>,
}

impl SqliteHealth {
    /// Opens the database at this path, whether it has an audit table or not.
    pub fn open(path: &Path, audit_table: Option<&str>) -> Result<Self, StoreError> {
        let file = Readable::check(path, BUSY_TIMEOUT)?;
        let mut connection = file.connect()?;
        // Whether it can be read shows only when it is.
        let tables = "SELECT count(*) FROM sqlite_schema";
        connection.query_row(tables, [], |row| row.get::<_, i64>(0)).map_err(|e| file.explain(e))?;
        let deadline = Deadline::install(&mut connection, STEPS_PER_LOOK).map_err(|e| file.explain(e))?;
        let reader = Reader { connection, deadline, pages: None };
        let store = Sqlite::open(path, audit_table);
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(SqliteHealth { file, path, reader, store })
    }

    /// Runs SQLite's own check, of one table or of everything; None where the time does not suffice.
    fn quick_check(&self, table: Option<&str>) -> rusqlite::Result<Option<Vec<String>>> {
        let of = table.map_or(MOST_DAMAGE.to_string(), quoted);
        let found = self.reader.within(|connection| {
            let mut statement = connection.prepare(&format!("PRAGMA quick_check({of})"))?;
            statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(found.map(|lines| lines.into_iter().filter(|line| line != "ok").collect()))
    }

    /// All tables that hold rows.
    fn tables(&self) -> rusqlite::Result<Vec<Table>> {
        let connection = &self.reader.connection;
        let sql = "SELECT s.name, l.wr FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name \
                   WHERE l.schema = 'main' AND s.type = 'table' AND s.rootpage > 0 ORDER BY s.name";
        let mut statement = connection.prepare(sql)?;
        let found = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
        let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut columns = connection.prepare("SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE")?;
        let mut tables = Vec::new();
        for (name, has_no_row_ids) in found {
            let mut key = None;
            for alias in ["rowid", "_rowid_", "oid"].into_iter().filter(|_| !has_no_row_ids) {
                if key.is_none() && !columns.exists([name.as_str(), alias])? {
                    key = Some(alias);
                }
            }
            tables.push(Table { name, key });
        }
        Ok(tables)
    }

    /// Checks each table in the time that it may take, and reads those for which that does not suffice.
    fn table_by_table(
        &self,
        found: &mut Integrity,
        check: &dyn Fn(&str) -> rusqlite::Result<Option<Vec<String>>>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), StoreError> {
        let tables = self.tables().map_err(|e| self.file.explain(e))?;
        for Table { name, key } in tables {
            let why = match check(&name) {
                Ok(Some(damage)) => {
                    found.checked += 1;
                    let damage = damage.into_iter().map(|what| Damage { table: Some(name.clone()), what });
                    found.damage.extend(damage);
                    continue;
                }
                Ok(None) => "it takes too long".to_owned(),
                Err(error) if is_busy(&error) => return Err(self.file.explain(error)),
                Err(error) => match self.file.explain(error) {
                    StoreError::Damaged { detail, .. } => {
                        found.damage.push(Damage { table: Some(name), what: detail });
                        continue;
                    }
                    StoreError::Engine { detail, .. } => detail,
                    other => other.to_string(),
                },
            };
            let Some(key) = key else {
                found.unread.push(Unread { table: name, why });
                continue;
            };
            match self.read_through(&name, key, progress) {
                Ok(rows) => found.read.push((name, rows)),
                Err(StoreError::Damaged { detail, .. }) => {
                    found.damage.push(Damage { table: Some(name), what: detail })
                }
                Err(error @ StoreError::Locked { .. }) => return Err(error),
                Err(StoreError::Engine { detail, .. }) => found.unread.push(Unread { table: name, why: detail }),
                Err(error) => found.unread.push(Unread { table: name, why: error.to_string() }),
            }
        }
        Ok(())
    }

    /// Reads every value of every row, in ranges of row ids; says how many rows there are.
    fn read_through(&self, table: &str, key: &str, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        let explain = |error| self.file.explain(error);
        let name = quoted(table);
        let ends = format!("SELECT (SELECT min({key}) FROM {name}), (SELECT max({key}) FROM {name})");
        let ends = self.reader.connection.query_row(&ends, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let (Some(low), Some(high)) = ends.map_err(explain)? else { return Ok(0) };
        let whole = IdRange { low, high };
        let sql = format!("SELECT * FROM {name} NOT INDEXED WHERE {key} BETWEEN ? AND ?");
        let read = |reader: &Reader, range: IdRange| {
            let mut statement = reader.connection.prepare_cached(&sql)?;
            let width = statement.column_count();
            let mut rows = statement.query([range.low, range.high])?;
            let mut count = 0_u64;
            while let Some(row) = rows.next()? {
                // Long values lie on pages of their own, which are read when the value is.
                (0..width).try_for_each(|at| row.get_ref(at).map(drop))?;
                count += 1;
            }
            Ok(Piece { result: (range.high, count), bytes: 0 })
        };
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
        let reader = || Reader::new(self.file.connect()?).map_err(explain);
        let readers: Result<Vec<_>, StoreError> = (0..processors).map(|_| reader().map(Mutex::new)).collect();
        let (file, mut all) = (self.file.clone(), 0);
        let scanned = scan(&readers?, whole, FIRST_SIZE, false, &|| file.writer_waits(), read, |(to, count)| {
            all += count;
            progress(to.abs_diff(low), whole.ids());
            ControlFlow::Continue(())
        });
        scanned.map_err(explain)?;
        Ok(all)
    }
}

impl Health for SqliteHealth {
    fn engine(&mut self) -> Result<String, StoreError> {
        let encoding = self.reader.connection.query_row("PRAGMA encoding", [], |row| row.get::<_, String>(0));
        let encoding = encoding.map_err(|e| self.file.explain(e))?;
        Ok(format!("SQLite {}, {}, {encoding}", rusqlite::version(), self.file.journal()))
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn size(&mut self) -> Result<u64, StoreError> {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        Ok(bytes(&self.path) + bytes(&super::open::beside(&self.path, "-wal")))
    }

    fn integrity(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<Integrity, StoreError> {
        let mut found = Integrity::default();
        // A check that fails for another reason than damage, such as a function that only Django has, is no news of
        // the other tables.
        match self.quick_check(None) {
            Ok(Some(damage)) => {
                found.whole = true;
                found.damage = damage.into_iter().map(|what| Damage { table: None, what }).collect();
                return Ok(found);
            }
            Err(error) if is_busy(&error) => return Err(self.file.explain(error)),
            _ => {}
        }
        self.table_by_table(&mut found, &|table| self.quick_check(Some(table)), progress)?;
        Ok(found)
    }

    fn store(&mut self) -> Result<&mut dyn Store, &StoreError> {
        match &mut self.store {
            Ok(store) => Ok(store),
            Err(error) => Err(error),
        }
    }

    fn audit_table(&mut self) -> Result<Option<AuditTable>, StoreError> {
        let Ok(store) = &self.store else { return Ok(None) };
        read_audit_table(&self.reader.connection, store.audit_table()).map_err(|e| self.file.explain(e))
    }

    fn contract(&self) -> &'static [Promised] {
        CONTRACT
    }

    fn create_index(&self, name: &str, table: &str, column: &str) -> String {
        format!("CREATE INDEX {} ON {} ({});", quoted(name), quoted(table), quoted(column))
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn read_audit_table(connection: &Connection, name: &str) -> rusqlite::Result<Option<AuditTable>> {
    // One transaction: the pieces are of the same schema.
    let transaction = connection.unchecked_transaction()?;
    let Some(info) = read_table(connection, name)? else { return Ok(None) };
    let mut list =
        connection.prepare("SELECT name, partial FROM pragma_index_list(?) WHERE origin <> 'pk' ORDER BY seq")?;
    let names = list.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let names = names.collect::<rusqlite::Result<Vec<(String, bool)>>>()?;
    let mut columns = connection.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno")?;
    let mut indexes = Vec::new();
    for (name, partial) in names {
        let columns = columns.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        indexes.push(Index { name, columns, partial });
    }
    let ids_are_never_given_twice = has_autoincrement(connection, &info.name)?;
    drop((list, columns));
    transaction.commit()?;
    Ok(Some(AuditTable { info, indexes, ids_are_never_given_twice }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(script: &str) -> (tempfile::TempDir, SqliteHealth) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite3");
        Connection::open(&path).unwrap().execute_batch(script).unwrap();
        let health = SqliteHealth::open(&path, None).unwrap();
        (folder, health)
    }

    const TABLES: &str = "CREATE TABLE gaps (id integer PRIMARY KEY, text text);
        INSERT INTO gaps VALUES (1, 'a'), (-7, NULL), (9000000000000000000, zeroblob(100000));
        CREATE TABLE none (rowid text);
        CREATE TABLE taken (rowid text, oid text, _ROWID_ text);
        CREATE TABLE \"it's \"\"one\"\"\" (a text); INSERT INTO \"it's \"\"one\"\"\" VALUES ('a'), ('b');
        CREATE TABLE keys (code text PRIMARY KEY) WITHOUT ROWID;
        CREATE VIEW seen AS SELECT * FROM gaps";

    /// A check that never comes to its end in the time it has.
    #[test]
    fn what_takes_too_long_to_check_is_read() {
        let (_folder, health) = made(TABLES);
        let mut found = Integrity::default();
        health.table_by_table(&mut found, &|_| Ok(None), &mut |_, _| {}).unwrap();
        let late = |table: &str| Unread { table: table.into(), why: "it takes too long".into() };
        let expected = Integrity {
            read: vec![("gaps".into(), 3), ("it's \"one\"".into(), 2), ("none".into(), 0)],
            unread: vec![late("keys"), late("taken")],
            ..Integrity::default()
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn tables_are_checked_one_by_one() {
        let (_folder, health) = made(TABLES);
        let mut found = Integrity::default();
        health.table_by_table(&mut found, &|table| health.quick_check(Some(table)), &mut |_, _| {}).unwrap();
        assert_eq!(found, Integrity { checked: 5, ..Integrity::default() });
    }

    #[test]
    fn rows_that_cannot_be_read_are_damage() {
        let (folder, health) = made(
            "CREATE TABLE a (id integer PRIMARY KEY, text text);
             INSERT INTO a VALUES (1, zeroblob(20000)); CREATE TABLE b (id integer PRIMARY KEY); INSERT INTO b VALUES (1)",
        );
        drop(health);
        // The first page of a long value, which says where the next one is.
        let path = folder.path().join("db.sqlite3");
        let mut bytes = std::fs::read(&path).unwrap();
        let page =
            bytes[4096 * 3..].chunks(4096).position(|page| page[..4] != [0; 4] && page[4..].iter().all(|b| *b == 0));
        let at = 4096 * (3 + page.unwrap());
        bytes[at..at + 4].copy_from_slice(&[0, 0xff, 0xff, 0xff]);
        std::fs::write(&path, bytes).unwrap();
        let health = SqliteHealth::open(&path, None).unwrap();
        let mut found = Integrity::default();
        health.table_by_table(&mut found, &|_| Ok(None), &mut |_, _| {}).unwrap();
        let damage = vec![Damage { table: Some("a".into()), what: "database disk image is malformed".into() }];
        assert_eq!(found, Integrity { damage, read: vec![("b".into(), 1)], ..Integrity::default() });
    }
}
