//! The names of users, looked up once each by the threads that read entries.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use super::schema::UserTable;
use super::{quoted, select};

/// Names by the users' ids.
#[derive(Debug)]
pub struct UserNames {
    /// The query; None where there is no table of users, or it has no names.
    sql: Option<String>,
    known: Mutex<HashMap<i64, Option<String>>>,
}

impl UserNames {
    /// The names in this table.
    pub fn of(users: Option<&UserTable>) -> Self {
        let sql = users.and_then(|users| {
            let name = quoted(users.name.as_deref()?);
            let (table, key) = (quoted(&users.table), quoted(&users.key));
            Some(format!("SELECT {name} FROM {table} WHERE {key} = ? AND typeof({key}) = 'integer' ORDER BY {key}"))
        });
        UserNames { sql, known: Mutex::default() }
    }

    /// The name of the user with this id, None where there is none.
    pub fn name(&self, connection: &Connection, id: Option<i64>) -> rusqlite::Result<Option<String>> {
        let (Some(sql), Some(id)) = (&self.sql, id) else {
            return Ok(None);
        };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known().get(&id) {
            return Ok(name.clone());
        }
        let text = |row: &rusqlite::Row<'_>| Ok(select::text(row.get_ref(0)?));
        let name = connection.prepare_cached(sql)?.query_row([id], text).optional()?.flatten();
        known().insert(id, name.clone());
        Ok(name)
    }
}
