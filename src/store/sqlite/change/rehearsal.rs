//! A rehearsal: a database in memory with the tables that a change touches, as they are declared, and of their rows
//! those that can matter. SQLite itself then says what it would refuse, without a lock on the service's file.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params_from_iter};

use super::super::open::Readable;
use super::super::versions::{read_table, stored, table_names};
use super::super::{Sqlite, quoted};
use super::conflict::shown;
use super::{commit, prepare, write_rows};
use crate::store::{RowWrite, Rows, StoreError, Stored, TableInfo, WriteError};

/// A scratch copy with a transaction under way.
#[derive(Debug)]
struct Scratch {
    connection: Connection,
    /// For the words of an error.
    file: Readable,
    /// What leads nowhere in the service's database as well.
    astray: BTreeSet<Astray>,
}

/// A foreign key that leads nowhere: the table, the row, the parent's table, the number of the key.
type Astray = (String, Option<i64>, String, i64);

fn astray(connection: &Connection) -> rusqlite::Result<BTreeSet<Astray>> {
    let mut check = connection.prepare("PRAGMA foreign_key_check")?;
    let found = check.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    found.collect()
}

impl Rows for Scratch {
    fn write(&mut self, writes: &[RowWrite]) -> Result<(), WriteError> {
        write_rows(&self.connection, &self.file, writes)
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        commit(&self.connection, &self.file, |connection| violation(connection, &self.astray))
    }
}

/// The scratch copy for these writes; see [`Rehearse`](crate::store::Rehearse).
pub fn rehearse(store: &Sqlite, writes: &[RowWrite]) -> Result<Option<Box<dyn Rows>>, StoreError> {
    let explain = |e| store.file.explain(e);
    let scratch = Connection::open_in_memory().map_err(explain)?;
    prepare(&scratch).map_err(explain)?;
    // Rows that are there already are taken as they are.
    let lenient = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
    scratch.execute_batch(lenient).map_err(explain)?;
    let copy = Copy { from: &store.main.connection, to: &scratch };
    if !copy.tables(writes).map_err(explain)? {
        return Ok(None);
    }
    for write in writes {
        copy.around(write).map_err(explain)?;
    }
    copy.parents().map_err(explain)?;
    let astray = astray(&scratch).map_err(explain)?;
    let strict = "PRAGMA ignore_check_constraints = OFF; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE;";
    scratch.execute_batch(strict).map_err(explain)?;
    Ok(Some(Box::new(Scratch { connection: scratch, file: store.file.clone(), astray })))
}

/// From the service's database to the scratch copy.
struct Copy<'c> {
    from: &'c Connection,
    to: &'c Connection,
}

impl Copy<'_> {
    /// Declares the tables that are written, those that refer to them, and all that these refer to; false where a
    /// declaration is not understood.
    fn tables(&self, writes: &[RowWrite]) -> rusqlite::Result<bool> {
        let written: BTreeSet<&str> = writes.iter().map(RowWrite::table).collect();
        let is_written = |name: &str| written.iter().any(|table| table.eq_ignore_ascii_case(name));
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        let mut left: Vec<String> = written.iter().map(|table| (*table).to_owned()).collect();
        for name in table_names(self.from)? {
            let Some(info) = read_table(self.from, &name)? else { continue };
            if info.foreign_keys.iter().any(|key| is_written(&key.table)) {
                left.push(name);
            }
        }
        // What these refer to, and what that refers to: a key to a table that is not there is a violation.
        while let Some(name) = left.pop() {
            let Some(info) = read_table(self.from, &name)? else { continue };
            if wanted.insert(info.name) {
                left.extend(info.foreign_keys.into_iter().map(|key| key.table));
            }
        }
        let sql = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL \
                   AND type IN ('table', 'index') ORDER BY type DESC";
        for table in wanted {
            let statements: Vec<String> =
                self.from.prepare_cached(sql)?.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
            if statements.iter().any(|statement| self.to.execute_batch(statement).is_err()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Copies the row that is written, the rows that could be in its way, those it refers to, and those that refer to
    /// what it changes.
    fn around(&self, write: &RowWrite) -> rusqlite::Result<()> {
        let Some(info) = read_table(self.from, write.table())? else { return Ok(()) };
        let mut row: Vec<(String, Stored)> = Vec::new();
        match write {
            RowWrite::Update { key, at, .. } => {
                self.copy(&info, &format!("{} = ?", quoted(key)), &[at])?;
                row = self.row(&info, key, at)?;
                self.referring(&info, write, &row)?;
            }
            RowWrite::Unlink { values, .. } => {
                let conditions: Vec<_> = values.iter().map(|(name, _)| format!("{} = ?", quoted(name))).collect();
                let values: Vec<&Stored> = values.iter().map(|(_, value)| value).collect();
                return self.copy(&info, &conditions.join(" AND "), &values);
            }
            RowWrite::Insert { .. } | RowWrite::Link { .. } => {}
        }
        for (name, value) in write.values() {
            row.retain(|(column, _)| !column.eq_ignore_ascii_case(name));
            row.push((name.clone(), value.clone()));
        }
        let value_of = |column: &str| row.iter().find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, v)| v);
        let key = info.key().map(|at| vec![Some(info.columns[at].name.clone())]);
        let uniques = info.uniques.iter().map(|unique| unique.columns.clone()).chain(key);
        for columns in uniques {
            let names: Vec<&str> = columns.iter().flatten().map(String::as_str).collect();
            let values: Vec<&Stored> = names.iter().filter_map(|name| value_of(name)).collect();
            if names.is_empty() || values.len() < names.len() {
                continue;
            }
            let conditions: Vec<_> = names.iter().map(|name| format!("{} = ?", quoted(name))).collect();
            // Of a partial or expression index these are more than can be in the way.
            self.copy(&info, &conditions.join(" AND "), &values)?;
        }
        for key in &info.foreign_keys {
            let values: Vec<&Stored> = key.columns.iter().filter_map(|name| value_of(name)).collect();
            let Some(parent) = read_table(self.from, &key.table)? else { continue };
            if values.len() == key.to.len() {
                let conditions: Vec<_> = key.to.iter().map(|name| format!("{} = ?", quoted(name))).collect();
                self.copy(&parent, &conditions.join(" AND "), &values)?;
            }
        }
        Ok(())
    }

    /// Copies one of the rows that refer to each value that an update takes away.
    fn referring(&self, info: &TableInfo, write: &RowWrite, row: &[(String, Stored)]) -> rusqlite::Result<()> {
        for name in table_names(self.to)? {
            let Some(other) = read_table(self.from, &name)? else { continue };
            for key in other.foreign_keys.iter().filter(|key| key.table.eq_ignore_ascii_case(&info.name)) {
                let ([column], [to]) = (&key.columns[..], &key.to[..]) else { continue };
                let is_changed = write.values().iter().any(|(name, _)| name.eq_ignore_ascii_case(to));
                let old = row.iter().find(|(name, _)| name.eq_ignore_ascii_case(to)).map(|(_, value)| value);
                if let Some(old) = old.filter(|_| is_changed) {
                    self.copy(&other, &format!("{} = ?", quoted(column)), &[old])?;
                }
            }
        }
        Ok(())
    }

    /// Copies what the rows of the scratch copy refer to, and what that refers to. What is then still missing is missing
    /// in the service's database.
    fn parents(&self) -> rusqlite::Result<()> {
        let mut seen = BTreeSet::new();
        loop {
            let missing: Vec<Astray> = astray(self.to)?.into_iter().filter(|key| !seen.contains(key)).collect();
            if missing.is_empty() {
                return Ok(());
            }
            for key in missing {
                if let Some((parent, to, value)) = self.referred(&key)? {
                    self.copy(&parent, &format!("{} = ?", quoted(&to)), &[&value])?;
                }
                seen.insert(key);
            }
        }
    }

    /// The table and the column that a foreign key refers to, and what it looks for there.
    fn referred(&self, (table, row, parent, key): &Astray) -> rusqlite::Result<Option<(TableInfo, String, Stored)>> {
        let (Some(row), Some(parent)) = (row, read_table(self.from, parent)?) else { return Ok(None) };
        let sql = "SELECT \"from\", \"to\" FROM pragma_foreign_key_list(?) WHERE id = ?";
        let names = self.to.query_row(sql, (table, key), |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((from, to)): Option<(String, Option<String>)> = names.optional()? else { return Ok(None) };
        let own_key = || parent.key().map(|at| parent.columns[at].name.clone());
        let Some(to) = to.or_else(own_key) else { return Ok(None) };
        let sql = format!("SELECT {} FROM {} WHERE rowid = ?", quoted(&from), quoted(table));
        let value = self.to.query_row(&sql, [row], |row| stored(row, 0))?;
        Ok(Some((parent, to, value)))
    }

    fn row(&self, info: &TableInfo, key: &str, at: &Stored) -> rusqlite::Result<Vec<(String, Stored)>> {
        let names: Vec<&str> = info.columns.iter().filter(|c| !c.generated).map(|c| c.name.as_str()).collect();
        let list = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {list} FROM {} WHERE {} = ?", quoted(&info.name), quoted(key));
        let mut statement = self.from.prepare_cached(&sql)?;
        let mut rows = statement.query([at])?;
        let Some(row) = rows.next()? else { return Ok(Vec::new()) };
        names.iter().enumerate().map(|(at, name)| Ok(((*name).to_owned(), stored(row, at)?))).collect()
    }

    /// Copies the rows of a table for which this holds, a thousand at most: one in the way is enough.
    fn copy(&self, info: &TableInfo, condition: &str, values: &[&Stored]) -> rusqlite::Result<()> {
        let names: Vec<String> =
            info.columns.iter().filter(|column| !column.generated).map(|column| quoted(&column.name)).collect();
        let (table, list) = (quoted(&info.name), names.join(", "));
        let mut read = self.from.prepare_cached(&format!("SELECT {list} FROM {table} WHERE {condition} LIMIT 1000"))?;
        let marks = vec!["?"; names.len()].join(", ");
        let mut write = self.to.prepare_cached(&format!("INSERT OR IGNORE INTO {table} ({list}) VALUES ({marks})"))?;
        let whole = |row: &Row<'_>| (0..names.len()).map(|at| stored(row, at)).collect::<rusqlite::Result<Vec<_>>>();
        let mut rows = read.query(params_from_iter(values.iter().map(|value| *value as &dyn ToSql)))?;
        while let Some(row) = rows.next()? {
            write.execute(params_from_iter(whole(row)?))?;
        }
        Ok(())
    }
}

/// The first foreign key of the scratch copy that leads nowhere and did not before, in words.
fn violation(connection: &Connection, before: &BTreeSet<Astray>) -> Option<String> {
    let (table, rowid, parent, key) = astray(connection).ok()?.difference(before).next()?.clone();
    let sql = "SELECT \"from\" FROM pragma_foreign_key_list(?) WHERE id = ?";
    let column: String = connection.query_row(sql, (&table, key), |row| row.get(0)).ok()?;
    let info = read_table(connection, &table).ok().flatten()?;
    let rowid = rowid?;
    let column_name = quoted(&column);
    let key = info.key().map_or_else(|| "rowid".to_owned(), |at| quoted(&info.columns[at].name));
    let sql = format!("SELECT {key}, {column_name} FROM {} WHERE rowid = ?", quoted(&table));
    let (key, value) = connection.query_row(&sql, [rowid], |row| Ok((stored(row, 0)?, stored(row, 1)?))).ok()?;
    Some(format!(
        "{table} {} refers by {column} to {parent} {}, which would not be there (foreign key)",
        shown(&key),
        shown(&value)
    ))
}
