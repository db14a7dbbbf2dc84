//! Tables as they are declared: SQLite's pragmas, and its kept text of CREATE TABLE for what the pragmas don't tell.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::ddl;
use crate::store::{ColumnInfo, ForeignKey, TableInfo, Unique};

/// The names of all tables, sorted.
pub fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// A table as it is declared.
pub fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<TableInfo>> {
    // One transaction, the one under way or else its own: the pieces are of the same schema.
    let transaction = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE \
               ORDER BY name = ?1 DESC LIMIT 1";
    let found: Option<(String, Option<String>)> =
        connection.prepare_cached(sql)?.query_row([name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((name, sql)) = found else { return Ok(None) };
    let mut columns = columns(connection, &name)?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let checks = ddl::checks(&sql.unwrap_or_default(), &names);
    for column in &mut columns {
        column.json = checks.iter().any(|check| ddl::says_json(&check.condition, &column.name));
    }
    let foreign_keys = foreign_keys(connection, &name)?;
    let uniques = uniques(connection, &name)?;
    transaction.map_or(Ok(()), Transaction::commit)?;
    Ok(Some(TableInfo { name, columns, foreign_keys, uniques, checks }))
}

/// Whether the keys of a table, once given, are never given again.
pub fn has_autoincrement(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let sql: Option<Option<String>> = connection.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?;
    Ok(sql.flatten().is_some_and(|sql| ddl::has_autoincrement(&sql)))
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ColumnInfo>> {
    let sql = "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid";
    let read = |row: &rusqlite::Row<'_>| {
        let place: u32 = row.get(4)?;
        let hidden: i64 = row.get(5)?;
        Ok(ColumnInfo {
            name: row.get(0)?,
            declared_type: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            primary_key: (place > 0).then_some(place),
            // 2 is a virtual generated column, 3 a stored one.
            generated: matches!(hidden, 2 | 3),
            json: false,
        })
    };
    connection.prepare_cached(sql)?.query_map([table], read)?.collect()
}

fn foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let sql = "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id, seq";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, table, from): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // Without a column, the primary key is meant.
        let to = match row.get::<_, Option<String>>(3)? {
            Some(to) => to,
            None => primary_key(connection, &table)?.unwrap_or_else(|| "rowid".to_owned()),
        };
        match keys.last_mut().filter(|(last, _)| *last == id) {
            Some((_, key)) => {
                key.columns.push(from);
                key.to.push(to);
            }
            None => keys.push((id, ForeignKey { columns: vec![from], table, to: vec![to] })),
        }
    }
    // SQLite lists the last one first.
    Ok(keys.into_iter().rev().map(|(_, key)| key).collect())
}

fn primary_key(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT name FROM pragma_table_info(?) WHERE pk = 1";
    connection.prepare_cached(sql)?.query_row([table], |row| row.get(0)).optional()
}

fn uniques(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Unique>> {
    let sql = "SELECT name, partial FROM pragma_index_list(?) WHERE \"unique\" AND origin <> 'pk' ORDER BY seq DESC";
    let mut list = connection.prepare_cached(sql)?;
    let indexes: Vec<(String, bool)> =
        list.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut info = connection.prepare_cached("SELECT name FROM pragma_index_info(?) ORDER BY seqno")?;
    let unique = |(name, partial): (String, bool)| {
        let columns = info.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Unique { name, columns, partial })
    };
    indexes.into_iter().map(unique).collect()
}
