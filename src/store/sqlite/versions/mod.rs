//! Versions in SQLite. Each statement is made for an index that django-reversion's own migration creates: the unique
//! one on (db, content_type_id, object_id, revision_id), or the one on (content_type_id, db).

mod affinity;
mod ddl;
mod tables;

use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params, params_from_iter};

pub use self::affinity::Keeper;
pub use self::tables::{has_autoincrement, names as table_names, read as read_table};
use super::schema::UserTable;
use super::{Sqlite, quoted, select};
use crate::store::StoreError;
use crate::store::versions::{ContentType, ObjectVersions, Stored, TableInfo, Version, VersionStore, Versioned};

/// How long rows are fetched in one transaction.
const FETCH: Duration = Duration::from_millis(40);
/// How many bytes of rows one transaction hands on.
const FETCH_BYTES: usize = 1 << 20;
/// How many objects the first batch holds.
pub const FIRST_BATCH: usize = 512;
/// How many objects a batch holds at most.
const LARGEST_BATCH: usize = 8192;
/// How many keys one statement asks for; SQLite allows 32,766 parameters, and the statement is cached by its text.
const KEYS: usize = 200;
/// The ids of an object's versions in one alias.
const OF_OBJECT: &str = "SELECT id FROM reversion_version WHERE db = ? AND content_type_id = ? AND object_id = ?";
/// The ids of a revision's versions.
const OF_REVISION: &str = "SELECT id FROM reversion_version WHERE revision_id = ? ORDER BY id";
/// The newest ids of a model in one alias.
const NEWEST: &str = "SELECT id FROM reversion_version WHERE content_type_id = ? AND db = ? ORDER BY id DESC LIMIT ?";
/// The content types of all versions, from one to the next.
const CONTENT_TYPES: &str = "WITH RECURSIVE type(id) AS (
      SELECT min(content_type_id) FROM reversion_version
      UNION ALL
      SELECT (SELECT min(content_type_id) FROM reversion_version WHERE content_type_id > type.id)
      FROM type WHERE type.id IS NOT NULL)
    SELECT id FROM type WHERE id IS NOT NULL";
/// The aliases of a content type's versions, from one to the next.
const ALIASES_OF_TYPE: &str = "WITH RECURSIVE alias(db) AS (
      SELECT min(db) FROM reversion_version WHERE content_type_id = ?1
      UNION ALL
      SELECT (SELECT min(db) FROM reversion_version WHERE content_type_id = ?1 AND db > alias.db)
      FROM alias WHERE alias.db IS NOT NULL)
    SELECT db FROM alias WHERE db IS NOT NULL";
/// The aliases of all versions, from one to the next.
const ALIASES: &str = "WITH RECURSIVE alias(db) AS (
      SELECT min(db) FROM reversion_version
      UNION ALL
      SELECT (SELECT min(db) FROM reversion_version WHERE db > alias.db) FROM alias WHERE alias.db IS NOT NULL)
    SELECT db FROM alias WHERE db IS NOT NULL";
/// The objects of a model in one alias after a given one.
const OBJECTS_AFTER: &str = "SELECT object_id, count(*), max(id) FROM reversion_version \
     WHERE db = ? AND content_type_id = ? AND object_id > ? GROUP BY object_id ORDER BY object_id LIMIT ?";
/// The same from the first on. Nothing is smaller than the empty text, and an object of that very id would be passed
/// over by `>`.
const OBJECTS: &str = "SELECT object_id, count(*), max(id) FROM reversion_version \
     WHERE db = ? AND content_type_id = ? AND object_id >= ? GROUP BY object_id ORDER BY object_id LIMIT ?";
/// The tables of django-reversion, and the one that names the models.
const TABLES: [&str; 3] = ["reversion_version", "reversion_revision", "django_content_type"];

impl VersionStore for Sqlite {
    fn content_types(&mut self) -> Result<Vec<ContentType>, StoreError> {
        self.need_versions()?;
        self.collect("SELECT id, app_label, model FROM django_content_type ORDER BY id", [], |row| {
            Ok(ContentType { id: row.get(0)?, app_label: text(row, 1)?, model: text(row, 2)? })
        })
    }

    fn versioned(&mut self) -> Result<Vec<Versioned>, StoreError> {
        self.need_versions()?;
        // By the index on (content_type_id, db): as many steps as there are pairs.
        let mut versioned = Vec::new();
        for content_type in self.collect(CONTENT_TYPES, [], |row| row.get::<_, i64>(0))? {
            let of_type = self.collect(ALIASES_OF_TYPE, [content_type], |row| text(row, 0))?;
            versioned.extend(of_type.into_iter().map(|db| Versioned { content_type, db }));
        }
        Ok(versioned)
    }

    fn objects(&mut self, of: &Versioned, after: Option<&str>) -> Result<Vec<ObjectVersions>, StoreError> {
        self.need_versions()?;
        let sql = if after.is_some() { OBJECTS_AFTER } else { OBJECTS };
        loop {
            let limit = i64::try_from(self.batch).unwrap_or(i64::MAX);
            let read = |connection: &Connection| {
                let mut statement = connection.prepare_cached(sql)?;
                let parameters = params![of.db, of.content_type, after.unwrap_or_default(), limit];
                let rows = statement.query_map(parameters, |row| {
                    let versions = row.get::<_, i64>(1)?.unsigned_abs();
                    Ok(ObjectVersions { object_id: text(row, 0)?, versions, newest: row.get(2)? })
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            };
            let started = Instant::now();
            // One object's versions can't be divided: they take what they take.
            let batch = if self.batch <= 1 { read(&self.main.connection).map(Some) } else { self.main.within(read) };
            match batch.map_err(|e| self.file.explain(e))? {
                None => self.batch = (self.batch / 4).max(1),
                Some(batch) => {
                    if started.elapsed() < FETCH {
                        self.batch = (self.batch * 2).min(LARGEST_BATCH);
                    }
                    return Ok(batch);
                }
            }
        }
    }

    fn version_ids(&mut self, content_type: i64, object_id: &str) -> Result<Vec<i64>, StoreError> {
        self.need_versions()?;
        let mut ids = Vec::new();
        for db in self.aliases()? {
            ids.extend(self.collect(OF_OBJECT, params![db, content_type, object_id], |row| row.get::<_, i64>(0))?);
        }
        ids.sort_unstable_by_key(|&id| std::cmp::Reverse(id));
        Ok(ids)
    }

    fn revision_members(&mut self, revision: i64) -> Result<Vec<i64>, StoreError> {
        self.need_versions()?;
        self.collect(OF_REVISION, [revision], |row| row.get(0))
    }

    fn newest_versions(&mut self, of: &Versioned, limit: usize) -> Result<Vec<i64>, StoreError> {
        self.need_versions()?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.collect(NEWEST, params![of.content_type, of.db, limit], |row| row.get(0))
    }

    fn versions(&mut self, ids: &[i64], data: bool) -> Result<Vec<Version>, StoreError> {
        self.need_versions()?;
        let sql = version_by_id(self.schema.users.as_ref(), data);
        let (mut versions, mut left) = (Vec::with_capacity(ids.len().min(1024)), ids);
        while !left.is_empty() {
            let read = fetch(&self.main.connection, &sql, left, &mut versions).map_err(|e| self.file.explain(e))?;
            left = &left[read..];
        }
        Ok(versions)
    }

    fn has_revision(&mut self, revision: i64) -> Result<bool, StoreError> {
        self.need_versions()?;
        let found =
            self.collect("SELECT 1 FROM reversion_revision WHERE id = ?", [revision], |row| row.get::<_, i64>(0))?;
        Ok(!found.is_empty())
    }

    fn user_table(&self) -> Option<&str> {
        self.schema.users.as_ref().map(|users| &*users.table)
    }

    fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        tables::names(&self.main.connection).map_err(|e| self.file.explain(e))
    }

    fn table(&mut self, name: &str) -> Result<Option<TableInfo>, StoreError> {
        tables::read(&self.main.connection, name).map_err(|e| self.file.explain(e))
    }

    fn rows(&mut self, table: &TableInfo, key: &str, keys: &[Stored]) -> Result<Vec<Option<Vec<Stored>>>, StoreError> {
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
        let sql = format!("SELECT {} FROM {} WHERE {} = ?", columns.join(", "), quoted(&table.name), quoted(key));
        let width = columns.len();
        let read = || {
            let mut statement = self.main.connection.prepare(&sql)?;
            let mut rows = Vec::with_capacity(keys.len());
            for key in keys {
                let row = statement.query_row([key], |row| (0..width).map(|at| stored(row, at)).collect());
                rows.push(row.optional()?);
            }
            Ok(rows)
        };
        read().map_err(|e: rusqlite::Error| self.file.explain(e))
    }

    fn existing(&mut self, table: &str, key: &str, keys: &[Stored]) -> Result<Vec<bool>, StoreError> {
        let (table, key) = (quoted(table), quoted(key));
        let mut existing = Vec::with_capacity(keys.len());
        for some in keys.chunks(KEYS) {
            // The ordinal comes back instead of the key: keys compare by the column's affinity, as the service does.
            let asked = (0..some.len()).map(|at| format!("({at}, ?)")).collect::<Vec<_>>().join(", ");
            let sql = format!(
                "WITH asked(at, key) AS (VALUES {asked}) \
                 SELECT at FROM asked WHERE EXISTS (SELECT 1 FROM {table} AS t WHERE t.{key} = asked.key)"
            );
            let found = self.collect(&sql, params_from_iter(some), |row| row.get::<_, u32>(0))?;
            let before = existing.len();
            existing.resize(before + some.len(), false);
            found.into_iter().for_each(|at| existing[before + at as usize] = true);
        }
        Ok(existing)
    }

    fn linked(&mut self, table: &str, from: &str, key: &Stored, to: &str) -> Result<Vec<Stored>, StoreError> {
        let (table, from, to) = (quoted(table), quoted(from), quoted(to));
        self.collect(&format!("SELECT {to} FROM {table} WHERE {from} = ? ORDER BY 1"), [key], |row| stored(row, 0))
    }

    fn mirrored(&mut self, table: &str, from: &str, to: &str) -> Result<Option<bool>, StoreError> {
        let (table, from, to) = (quoted(table), quoted(from), quoted(to));
        // A pair of an object with itself tells nothing.
        let pairs = format!("SELECT 1 FROM {table} WHERE {from} <> {to} LIMIT 1");
        let lonely = format!(
            "SELECT 1 FROM {table} AS p WHERE NOT EXISTS \
             (SELECT 1 FROM {table} AS q WHERE q.{from} = p.{to} AND q.{to} = p.{from}) LIMIT 1"
        );
        if self.collect(&pairs, [], |_| Ok(()))?.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.collect(&lonely, [], |_| Ok(()))?.is_empty()))
    }

    fn kept(&mut self, declared_type: &str, bound: &Stored) -> Result<Stored, StoreError> {
        let keeper = match &mut self.keeper {
            Some(keeper) => keeper,
            none => none.insert(Keeper::new().map_err(|e| self.file.explain(e))?),
        };
        keeper.keep(declared_type, bound).map_err(|e| self.file.explain(e))
    }
}

impl Sqlite {
    /// Says so where the service has no django-reversion.
    fn need_versions(&mut self) -> Result<(), StoreError> {
        if self.has_versions.is_none() {
            let names = tables::names(&self.main.connection).map_err(|e| self.file.explain(e))?;
            self.has_versions = Some(TABLES.iter().all(|table| names.iter().any(|name| name == table)));
        }
        match self.has_versions {
            Some(true) => Ok(()),
            _ => Err(StoreError::NoVersions { path: self.file.path().into() }),
        }
    }

    /// The database aliases that versions name, from one to the next by the unique index.
    fn aliases(&mut self) -> Result<Vec<String>, StoreError> {
        if let Some(aliases) = &self.aliases {
            return Ok(aliases.clone());
        }
        let aliases = self.collect(ALIASES, [], |row| text(row, 0))?;
        self.aliases = Some(aliases.clone());
        Ok(aliases)
    }

    fn collect<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = || -> rusqlite::Result<Vec<T>> {
            self.main.connection.prepare_cached(sql)?.query_map(parameters, read)?.collect()
        };
        rows().map_err(|e| self.file.explain(e))
    }
}

/// The statement that reads one version with its revision and the name of its user.
fn version_by_id(users: Option<&UserTable>, data: bool) -> String {
    let (name, join) = match users {
        Some(UserTable { table, key, name: Some(name), .. }) => (
            format!("u.{}", quoted(name)),
            format!("LEFT JOIN {} AS u ON u.{} = r.user_id", quoted(table), quoted(key)),
        ),
        _ => ("NULL".to_owned(), String::new()),
    };
    let data = if data { "v.serialized_data" } else { "NULL" };
    format!(
        "SELECT v.id, v.revision_id, r.date_created, r.user_id, {name}, r.comment, v.content_type_id, v.object_id, \
         v.object_repr, v.db, v.format, {data} \
         FROM reversion_version AS v LEFT JOIN reversion_revision AS r ON r.id = v.revision_id {join} WHERE v.id = ?"
    )
}

/// Reads as many of the ids as fit into one short transaction; says how many that were.
fn fetch(connection: &Connection, sql: &str, ids: &[i64], into: &mut Vec<Version>) -> rusqlite::Result<usize> {
    let transaction = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let started = Instant::now();
    let (mut read, mut bytes) = (0, 0);
    {
        let mut statement = connection.prepare_cached(sql)?;
        for id in ids {
            let version = statement.query_row([id], version).optional()?;
            bytes += version.as_ref().map_or(0, |v| v.object_repr.len() + v.data.as_ref().map_or(0, String::len));
            into.extend(version);
            read += 1;
            if bytes > FETCH_BYTES || started.elapsed() > FETCH {
                break;
            }
        }
    }
    transaction.map_or(Ok(()), Transaction::commit)?;
    Ok(read)
}

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let value = |at| Ok::<_, rusqlite::Error>(select::text(row.get_ref(at)?));
    Ok(Version {
        id: row.get(0)?,
        revision: row.get(1)?,
        date_created: select::stamp(row.get_ref(2)?),
        user: match row.get_ref(3)? {
            ValueRef::Integer(id) => Some(id),
            _ => None,
        },
        username: value(4)?,
        comment: text(row, 5)?,
        content_type: row.get(6)?,
        object_id: text(row, 7)?,
        object_repr: text(row, 8)?,
        db: text(row, 9)?,
        format: text(row, 10)?,
        data: value(11)?,
    })
}

/// A value as text, NULL as empty text.
fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    Ok(select::text(row.get_ref(at)?).unwrap_or_default())
}

/// A value as it is stored.
pub fn stored(row: &Row<'_>, at: usize) -> rusqlite::Result<Stored> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Stored::Null,
        ValueRef::Integer(n) => Stored::Integer(n),
        ValueRef::Real(x) => Stored::Real(x),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Stored::Text(text.to_owned()),
            Err(_) => Stored::BadText(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Stored::Blob(bytes.to_vec()),
    })
}

impl ToSql for Stored {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Stored::Null => ToSqlOutput::Owned(SqlValue::Null),
            Stored::Integer(n) => ToSqlOutput::Owned(SqlValue::Integer(*n)),
            Stored::Real(x) => ToSqlOutput::Owned(SqlValue::Real(*x)),
            Stored::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Stored::BadText(bytes) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
            Stored::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

#[cfg(test)]
mod tests;
