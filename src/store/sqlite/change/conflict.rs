//! Which constraint refused a row, and which other row is in its way: SQLite names columns or a constraint, and the
//! rest is looked up.

use rusqlite::{Connection, ErrorCode, OptionalExtension, ffi, params_from_iter};

use super::super::quoted;
use super::super::versions::{read_table, stored};
use crate::store::{Check, Conflict, Constraint, RowWrite, Stored, TableInfo};

/// The conflict that SQLite's error is, in words.
pub fn explain_conflict(connection: &Connection, write: &RowWrite, error: &rusqlite::Error) -> Conflict {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let code = error.sqlite_error().map(|failure| failure.extended_code).unwrap_or_default();
    debug_assert!(error.sqlite_error().is_some_and(|failure| failure.code == ErrorCode::ConstraintViolation));
    let table = write.table();
    let after = |prefix: &str| message.strip_prefix(prefix).unwrap_or(&message).to_owned();
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            let what = after("UNIQUE constraint failed: ");
            let info = read_table(connection, table).ok().flatten();
            let columns = unique_columns(&what, info.as_ref());
            let other = info.and_then(|info| other_row(connection, write, &info, &columns).ok().flatten());
            let what = match what.strip_prefix("index ") {
                Some(index) => format!("the unique index {}", index.trim_matches('\'')),
                None => columns.join(" and "),
            };
            let row = other.map_or_else(String::new, |key| format!(", and row {key} has it already"));
            Conflict { constraint: Constraint::Unique, sentence: format!("{what} must be unique in {table}{row}") }
        }
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let check = after("CHECK constraint failed: ");
            let info = read_table(connection, table).ok().flatten();
            let condition = info.and_then(|info| {
                let named = |c: &Check| c.name.as_deref() == Some(&*check);
                // A column's own check is named by the column.
                let of_column = |c: &Check| c.name.is_none() && matches!(&c.columns[..], [column] if *column == check);
                let found = info.checks.iter().find(|c| named(c)).or_else(|| info.checks.iter().find(|c| of_column(c)));
                found.map(|found| found.condition.clone())
            });
            let sentence = match condition {
                Some(condition) => format!("{table} does not allow it: the check {check} demands {condition}"),
                None => format!("{table} does not allow it: a check demands {check}"),
            };
            Conflict { constraint: Constraint::Check, sentence }
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let column = after("NOT NULL constraint failed: ");
            Conflict { constraint: Constraint::NotNull, sentence: format!("{column} may not be NULL") }
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Conflict {
            constraint: Constraint::ForeignKey,
            sentence: format!("a row that {table} refers to is not there (foreign key)"),
        },
        _ => Conflict { constraint: Constraint::Other, sentence: format!("{table} does not allow it: {message}") },
    }
}

/// The columns that SQLite names: `t.a, t.b`, or those of `index 'name'`.
fn unique_columns(what: &str, info: Option<&TableInfo>) -> Vec<String> {
    if let Some(index) = what.strip_prefix("index ") {
        let index = index.trim_matches('\'');
        let found = info.and_then(|info| info.uniques.iter().find(|unique| unique.name == index));
        return found.map(|unique| unique.columns.iter().flatten().cloned().collect()).unwrap_or_default();
    }
    let columns = info.map(|info| &info.columns[..]).unwrap_or_default();
    let named = |part: &str| {
        let column = columns.iter().find(|column| part.ends_with(&format!(".{}", column.name)));
        column.map_or_else(|| part.to_owned(), |column| column.name.clone())
    };
    what.split(", ").map(named).collect()
}

/// The key of the row that has these values already.
fn other_row(
    connection: &Connection,
    write: &RowWrite,
    info: &TableInfo,
    columns: &[String],
) -> rusqlite::Result<Option<String>> {
    let Some(key) = info.key().map(|at| &info.columns[at].name) else { return Ok(None) };
    if columns.is_empty() {
        return Ok(None);
    }
    let table = quoted(&info.name);
    let mut values: Vec<&Stored> = Vec::new();
    let mut conditions = Vec::new();
    for column in columns {
        let written = write.values().iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
        match (written, write) {
            (Some((_, value)), _) => {
                values.push(value);
                conditions.push(format!("{} = ?", quoted(column)));
            }
            (None, RowWrite::Update { key, at, .. }) => {
                values.push(at);
                let column = quoted(column);
                conditions.push(format!("{column} = (SELECT {column} FROM {table} WHERE {} = ?)", quoted(key)));
            }
            _ => return Ok(None),
        }
    }
    if let RowWrite::Update { key, at, .. } = write {
        values.push(at);
        conditions.push(format!("{} <> ?", quoted(key)));
    }
    let sql = format!("SELECT {} FROM {table} WHERE {} LIMIT 1", quoted(key), conditions.join(" AND "));
    let found = connection.query_row(&sql, params_from_iter(values), |row| stored(row, 0)).optional()?;
    Ok(found.map(|key| shown(&key)))
}

/// A key as a message shows it.
pub fn shown(key: &Stored) -> String {
    match key {
        Stored::Null => "NULL".into(),
        Stored::Integer(n) => n.to_string(),
        Stored::Real(x) => x.to_string(),
        Stored::Text(text) => format!("'{text}'"),
        Stored::BadText(bytes) | Stored::Blob(bytes) => format!("'{}'", String::from_utf8_lossy(bytes)),
    }
}
