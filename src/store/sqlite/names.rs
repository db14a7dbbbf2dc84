//! The names of users, looked up once each by the threads that read entries.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row};

use super::schema::UserTable;
use super::{quoted, select};
use crate::audit::Entry;

/// A user's name, and its bytes where it is not UTF-8.
#[derive(Clone, Debug, Default)]
struct Name {
    text: Option<String>,
    torn: Option<Box<[u8]>>,
}

/// Names by the users' ids.
#[derive(Debug)]
pub struct UserNames {
    /// The query; None where there is no table of users, or it has no names.
    sql: Option<String>,
    known: Mutex<HashMap<i64, Name>>,
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

    /// Fills in the name of the entry's user, where there is one, as `keep` keeps it.
    pub fn name<Text>(
        &self,
        connection: &Connection,
        entry: &mut Entry<Text>,
        keep: impl FnOnce(&str) -> Text,
    ) -> rusqlite::Result<()> {
        let (Some(sql), Some(id)) = (&self.sql, entry.user.get()) else {
            return Ok(());
        };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(&id).cloned();
        let name = match found {
            Some(name) => name,
            None => {
                let read = |row: &Row<'_>| {
                    let (text, torn) = select::text_and_torn(row.get_ref(0)?, str::to_owned);
                    Ok(Name { text, torn })
                };
                let name = connection.prepare_cached(sql)?.query_row([id], read).optional()?.unwrap_or_default();
                known().insert(id, name.clone());
                name
            }
        };
        entry.username = name.text.as_deref().map(keep);
        if name.torn.is_some() {
            entry.torn.get_or_insert_default().username = name.torn;
        }
        Ok(())
    }
}
