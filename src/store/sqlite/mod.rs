//! SQLite: what the service writes in development, and what everything is tried on first.

mod affinity;
mod change;
mod copied;
pub mod demo;
mod group;
mod health;
mod ids;
mod key;
mod list;
mod names;
mod open;
mod pages;
mod scan;
mod schema;
mod select;
mod ties;
mod versions;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, ToSql};

pub use self::change::{SqliteChange, recover};
pub use self::health::SqliteHealth;
use self::open::Readable;
pub use self::open::owner_name;
use self::scan::Reader;
use self::schema::{Schema, UserTable};
pub use self::versions::Keeper;
use super::{
    Block, Blocks, Effort, Encode, Horizon, Matched, Pulse, Rehearse, RowWrite, Rows, Selection, Store, StoreError,
    User, Wanted,
};
use crate::audit::Entry;
use crate::query::{Field, Filter, Group, Grouping};

/// A SQLite database of the service, open for reading.
#[derive(Debug)]
pub struct Sqlite {
    file: Readable,
    schema: Schema,
    /// For look-ups; scans have connections of their own.
    main: Reader,
    /// Connections of earlier scans.
    idle: Vec<Mutex<Reader>>,
    /// Users that were looked up, None for an id that no user has.
    users: HashMap<i64, Option<User>>,
    /// Whether the tables of django-reversion are there, once it was asked.
    has_versions: Option<bool>,
    /// The database aliases that versions name, once they were asked for.
    aliases: Option<Vec<String>>,
    /// What tells how a value is kept, once it was needed.
    keeper: Option<Keeper>,
    /// How many objects with versions are read at once.
    batch: usize,
    /// What reading has taken.
    effort: Effort,
    /// What SQLite last said of the commits of others.
    version: Option<i64>,
}

impl Sqlite {
    /// Opens the database at this path; the audit table is the one named, or is found. Waits for a writer's lock as
    /// long as Django would.
    pub fn open(path: &Path, audit_table: Option<&str>) -> Result<Self, StoreError> {
        Sqlite::open_waiting(path, audit_table, open::BUSY_TIMEOUT)
    }

    /// The same with another patience for a writer's lock: completion has little.
    pub fn open_waiting(path: &Path, audit_table: Option<&str>, patience: Duration) -> Result<Self, StoreError> {
        let file = Readable::check(path, patience)?;
        let main = reader(&file)?;
        let schema = Schema::find(&main.connection, &file, audit_table)?;
        Ok(Sqlite::over(file, schema, main))
    }

    /// The database behind a connection that is open.
    fn over(file: Readable, schema: Schema, main: Reader) -> Self {
        Sqlite {
            file,
            schema,
            main,
            idle: Vec::new(),
            users: HashMap::new(),
            has_versions: None,
            aliases: None,
            keeper: None,
            batch: versions::FIRST_BATCH,
            effort: Effort::default(),
            version: None,
        }
    }

    fn name_user(&mut self, entry: &mut Entry) -> Result<(), StoreError> {
        if let Some(id) = entry.user.get()
            && let Some(user) = self.user(id)?
        {
            entry.username = user.username;
            if user.torn_name.is_some() {
                entry.torn.get_or_insert_default().username = user.torn_name;
            }
        }
        Ok(())
    }

    /// Rows of the table of users, with a condition on one of its columns.
    fn users_where(&self, users: &UserTable, condition: &str, value: &dyn ToSql) -> Result<Vec<User>, StoreError> {
        let column = |name: &Option<String>| name.as_deref().map_or("NULL".into(), quoted);
        let sql = format!(
            "SELECT {}, {}, {} FROM {} WHERE {condition} ORDER BY 1",
            quoted(&users.key),
            column(&users.name),
            column(&users.email),
            quoted(&users.table)
        );
        let read = |row: &Row<'_>| {
            // Users with keys of another kind are nobody's here: entries hold integers.
            let ValueRef::Integer(id) = row.get_ref(0)? else { return Ok(None) };
            let (username, torn_name) = select::text_and_torn(row.get_ref(1)?, str::to_owned);
            let email = select::text(row.get_ref(2)?);
            Ok(Some(User { id, username, email, torn_name }))
        };
        let mut statement = self.main.connection.prepare_cached(&sql).map_err(|e| self.file.explain(e))?;
        let rows = statement.query_map([value], read).and_then(|rows| rows.filter_map(Result::transpose).collect());
        rows.map_err(|e| self.file.explain(e))
    }
}

impl Rehearse for Sqlite {
    fn rehearsal(&mut self, writes: &[RowWrite]) -> Result<Option<Box<dyn Rows>>, StoreError> {
        change::rehearse(self, writes)
    }
}

impl Store for Sqlite {
    fn audit_table(&self) -> &str {
        &self.schema.audit_table
    }

    fn engine(&self) -> String {
        format!("SQLite {}, {}", rusqlite::version(), self.file.journal())
    }

    fn effort(&self) -> Effort {
        self.effort
    }

    fn address(&self) -> String {
        let path = self.file.path();
        let absolute = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        format!("sqlite:{}", absolute.as_deref().unwrap_or(path).display())
    }

    /// SQLite has one writer at a time, and an id is taken when the row is written: transactions commit in the order of
    /// their ids, and the highest one that can be read is settled.
    fn horizon(&mut self) -> Result<Horizon, StoreError> {
        let settled = self.bounds(&Filter::everything())?.map(|ids| ids.high);
        // The table is there once some table of the database has AUTOINCREMENT.
        let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'";
        let counts = self.main.connection.query_row(sql, [], |_| Ok(())).optional();
        let given = match counts.map_err(|e| self.file.explain(e))? {
            None => None,
            Some(()) => {
                let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?";
                let given =
                    self.main.connection.query_row(sql, [&self.schema.audit_table], |row| row.get(0)).optional();
                given.map_err(|e| self.file.explain(e))?
            }
        };
        Ok(Horizon { settled, given })
    }

    fn pulse(&mut self) -> Result<Pulse, StoreError> {
        if !self.file.is_in_place() {
            return Ok(Pulse::Lost);
        }
        let version = self.main.connection.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
        let version = version.map_err(|e| self.file.explain(e))?;
        let seen = self.version.replace(version);
        Ok(if seen == Some(version) { Pulse::Still } else { Pulse::Beating })
    }

    fn select(
        &mut self,
        selection: &Selection,
        each: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError> {
        let Selection { filter, ordering, page, wanted } = selection;
        match ordering.keys() {
            [key] if key.field == Field::Id => self.in_id_order(filter, key.descending, *page, *wanted, each),
            _ => self.in_order(filter, ordering, *page, *wanted, each),
        }
    }

    fn select_encoded(
        &mut self,
        selection: &Selection,
        encode: &dyn Encode,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError> {
        if let [key] = selection.ordering.keys()
            && key.field == Field::Id
        {
            return self.encoded_in_id_order(selection, key.descending, encode, each);
        }
        let mut blocks = Blocks::new(encode, each);
        let matched = self.select(selection, &mut |entry| blocks.push(&entry))?;
        blocks.finish();
        Ok(matched)
    }

    fn count(&mut self, filter: &Filter) -> Result<u64, StoreError> {
        self.count_matching(filter)
    }

    fn group(&mut self, filter: &Filter, grouping: &Grouping) -> Result<Vec<Group>, StoreError> {
        self.group_matching(filter, grouping)
    }

    fn entries(&mut self, ids: &[i64]) -> Result<Vec<Option<Entry>>, StoreError> {
        let mut found = HashMap::new();
        self.by_ids(ids, Wanted { details: true, username: true }, &mut |entry| {
            found.insert(entry.id, entry);
            ControlFlow::Continue(())
        })?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    fn raw_details(&mut self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = format!("SELECT details FROM {} WHERE id = ?", quoted(&self.schema.audit_table));
        let bytes = |row: &Row<'_>| {
            let value = row.get_ref(0)?;
            Ok(value.as_bytes_or_null().ok().flatten().map(<[u8]>::to_vec))
        };
        let details = self.main.connection.query_row(&sql, [id], bytes).optional();
        Ok(details.map_err(|e| self.file.explain(e))?.flatten())
    }

    fn user(&mut self, id: i64) -> Result<Option<User>, StoreError> {
        let Some(users) = &self.schema.users else {
            return Ok(None);
        };
        if let Some(known) = self.users.get(&id) {
            return Ok(known.clone());
        }
        let user = self.users_where(users, &format!("{} = ?", quoted(&users.key)), &id)?.pop();
        self.users.insert(id, user.clone());
        Ok(user)
    }

    fn users_named(&mut self, name: &str) -> Result<Vec<User>, StoreError> {
        match &self.schema.users {
            Some(users @ UserTable { name: Some(column), .. }) => {
                self.users_where(users, &format!("{} = ? COLLATE BINARY", quoted(column)), &name)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn all_users(&mut self) -> Result<Vec<User>, StoreError> {
        match &self.schema.users {
            Some(users) => self.users_where(users, "?1 IS NULL", &rusqlite::types::Null),
            None => Ok(Vec::new()),
        }
    }

    fn usernames(&mut self, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let Some(UserTable { table, name: Some(name), .. }) = &self.schema.users else {
            return Ok(Vec::new());
        };
        let (table, name) = (quoted(table), quoted(name));
        // The range is for the index; that a name begins so, the last condition says.
        let sql = format!(
            "SELECT DISTINCT {name} FROM {table} WHERE {name} >= ?1 AND {name} <= ?1 || char(1114111) \
             AND substr({name}, 1, length(?1)) = ?1 ORDER BY 1 LIMIT ?2"
        );
        self.names(&sql, (prefix, i64::try_from(limit).unwrap_or(i64::MAX)))
    }

    fn models(&mut self) -> Result<Vec<String>, StoreError> {
        if !self.schema.has_content_types {
            return Ok(Vec::new());
        }
        self.names("SELECT DISTINCT model FROM django_content_type ORDER BY 1", [])
    }
}

impl Sqlite {
    fn names(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<String>, StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.main.connection.prepare(sql)?;
            let rows = statement.query_map(parameters, |row| Ok(select::text(row.get_ref(0)?)))?;
            rows.filter_map(Result::transpose).collect()
        };
        read().map_err(|e| self.file.explain(e))
    }
}

fn reader(file: &Readable) -> Result<Reader, StoreError> {
    Reader::new(file.connect()?).map_err(|e| file.explain(e))
}

/// An identifier that was introspected, as SQL writes it.
fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
