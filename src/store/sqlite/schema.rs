//! Introspection: which table is the audit table, and whose users it refers to.

use rusqlite::{Connection, OptionalExtension, Row};

use super::open::Readable;
use crate::query::closest;
use crate::store::StoreError;

/// The columns an audit table must have.
const COLUMNS: [&str; 7] = ["id", "timestamp", "action", "model", "record_id", "details", "user_id"];
const USUAL_TABLE: &str = "api_auditlog";
const USUAL_SUFFIX: &str = "_auditlog";

/// What was found out about the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The audit table.
    pub audit_table: String,
    /// The table that `user_id` refers to.
    pub users: Option<UserTable>,
    /// Whether there is a table of content types.
    pub has_content_types: bool,
}

/// The service's table of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTable {
    /// Its name.
    pub table: String,
    /// Its primary key, as the foreign key names it.
    pub key: String,
    /// The column of names.
    pub name: Option<String>,
    /// The column of e-mail addresses.
    pub email: Option<String>,
}

impl Schema {
    /// Looks at the database's tables; `wanted` is the audit table asked for, if any.
    pub fn find(connection: &Connection, file: &Readable, wanted: Option<&str>) -> Result<Self, StoreError> {
        let tables = tables(connection).map_err(|e| file.explain(e))?;
        let unfit = |table: &str| unfit(connection, table).map_err(|e| file.explain(e));
        let audit_table = match wanted {
            Some(name) => {
                let Some(table) = tables.iter().find(|t| t.eq_ignore_ascii_case(name)) else {
                    let mut fit = Vec::new();
                    for table in &tables {
                        if unfit(table)?.is_none() {
                            fit.push(table.as_str());
                        }
                    }
                    return Err(StoreError::NoSuchTable {
                        path: file.path().into(),
                        table: name.into(),
                        suggestion: closest(name, fit).map(str::to_owned),
                    });
                };
                match unfit(table)? {
                    Some(Unfit::Lacks(missing)) => {
                        return Err(StoreError::MissingColumns { table: table.clone(), missing });
                    }
                    Some(Unfit::Key) => return Err(StoreError::KeyNotInteger { table: table.clone() }),
                    None => table.clone(),
                }
            }
            None => {
                let mut candidates = Vec::new();
                for table in &tables {
                    if table.ends_with(USUAL_SUFFIX) && unfit(table)?.is_none() {
                        candidates.push(table.clone());
                    }
                }
                if let Some(usual) = candidates.iter().position(|t| t == USUAL_TABLE) {
                    candidates = vec![candidates.swap_remove(usual)];
                }
                match (candidates.pop(), candidates.is_empty()) {
                    (Some(table), true) => table,
                    (Some(table), false) => {
                        candidates.push(table);
                        return Err(StoreError::SeveralAuditTables { candidates });
                    }
                    (None, _) => {
                        return Err(StoreError::NoAuditTable { path: file.path().into(), tables: tables.len() });
                    }
                }
            }
        };
        let users = user_table(connection, &audit_table, &tables).map_err(|e| file.explain(e))?;
        let has_content_types = tables.iter().any(|t| t == "django_content_type");
        Ok(Schema { audit_table, users, has_content_types })
    }
}

/// The names of all tables, sorted.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Why a table can't be read as the audit table.
enum Unfit {
    /// It has no such columns.
    Lacks(Vec<String>),
    /// Its `id` is no integer primary key: a copy made with CREATE TABLE … AS, where ids may be missing or occur twice.
    Key,
}

fn unfit(connection: &Connection, table: &str) -> rusqlite::Result<Option<Unfit>> {
    let columns = columns(connection, table)?;
    let lacking: Vec<String> =
        COLUMNS.iter().filter(|wanted| !columns.iter().any(|c| c.name == **wanted)).map(|c| c.to_string()).collect();
    if !lacking.is_empty() {
        return Ok(Some(Unfit::Lacks(lacking)));
    }
    let is_key = |column: &Column| column.name == COLUMNS[0] && column.is_key && column.is_integer;
    let keys = columns.iter().filter(|column| column.is_key).count();
    Ok((keys != 1 || !columns.iter().any(is_key)).then_some(Unfit::Key))
}

struct Column {
    name: String,
    /// Whether it is, or is a part of, the primary key.
    is_key: bool,
    /// Whether SQLite takes its type for an integer's.
    is_integer: bool,
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let column = |row: &Row<'_>| {
        let declared: String = row.get(2)?;
        let is_integer = declared.to_ascii_uppercase().contains("INT");
        Ok(Column { name: row.get(0)?, is_key: row.get(1)?, is_integer })
    };
    connection.prepare("SELECT name, pk > 0, type FROM pragma_table_info(?)")?.query_map([table], column)?.collect()
}

fn user_table(connection: &Connection, audit: &str, tables: &[String]) -> rusqlite::Result<Option<UserTable>> {
    let referred: Option<(String, Option<String>)> = connection
        .query_row(
            "SELECT \"table\", \"to\" FROM pragma_foreign_key_list(?) WHERE \"from\" = 'user_id'",
            [audit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (table, key) = referred.unwrap_or_else(|| ("auth_user".into(), None));
    // SQLite keeps a foreign key to a table that does not exist.
    let Some(table) = tables.iter().find(|t| t.eq_ignore_ascii_case(&table)).cloned() else {
        return Ok(None);
    };
    let columns = columns(connection, &table)?;
    let column = |name: &str| columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)).map(|c| c.name.clone());
    let Some(key) = key.or_else(|| column("id")) else {
        return Ok(None);
    };
    let email = column("email");
    let name = column("username").or_else(|| email.clone());
    Ok(Some(UserTable { table, key, name, email }))
}
