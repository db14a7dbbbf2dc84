//! Where the audit table's columns stand in its records, and whether its pages say all that SQLite would say.
//!
//! Knows what the schema can do to a value between the page and the reader of a query: defaults of columns that were
//! added later, generated columns, keys that are no row ids, affinities that convert. Where it does any of it, SQLite
//! reads.

use rusqlite::{Connection, OptionalExtension};

use super::super::affinity::Affinity;
use super::super::select::column;
use crate::query::Field;

/// What was found out about the table, while the schema was the one of this cookie.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The schema's cookie.
    pub cookie: u32,
    /// The page at the root of the table's tree.
    pub root: u32,
    /// For each column of a record the field it holds, up to the last that holds one.
    pub columns: Vec<Option<Field>>,
    /// Whether there is an index on users.
    pub users_are_indexed: bool,
}

impl Layout {
    /// Asks SQLite about a table, within a read transaction; None where only SQLite can read it.
    pub fn find(connection: &Connection, table: &str, cookie: u32) -> rusqlite::Result<Option<Self>> {
        let sql = "SELECT rootpage, (SELECT l.type = 'table' AND NOT l.wr FROM pragma_table_list(?1) AS l
                WHERE l.schema = 'main' AND l.name = ?1),
            (SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'pk'),
            (SELECT count(*) FROM pragma_index_list(?1) AS l WHERE NOT l.partial
                AND (SELECT i.name FROM pragma_index_info(l.name) AS i WHERE i.seqno = 0) = 'user_id')
            FROM main.sqlite_schema WHERE type = 'table' AND name = ?1";
        let found = connection.query_row(sql, [table], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, Option<bool>>(1)?, row.get::<_, u32>(2)?, row.get::<_, u32>(3)?))
        });
        let Some((root, Some(true), 0, indexes)) = found.optional()? else {
            return Ok(None);
        };
        let mut statement = connection.prepare("SELECT name, type, hidden, pk FROM pragma_table_xinfo(?)")?;
        let mut rows = statement.query([table])?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, declared): (String, String) = (row.get(0)?, row.get(1)?);
            let (is_hidden, is_key) = (row.get::<_, u32>(2)? != 0, row.get::<_, u32>(3)? != 0);
            let field = Field::ALL.into_iter().find(|&field| column(field) == name);
            let is_fit = match field {
                Some(Field::Id) => is_key && declared.eq_ignore_ascii_case("INTEGER"),
                Some(field) => !is_key && suits(field, Affinity::of(&declared)),
                None => !is_key,
            };
            if is_hidden || !is_fit {
                return Ok(None);
            }
            columns.push(field);
        }
        columns.truncate(columns.iter().rposition(Option::is_some).map_or(0, |last| last + 1));
        let is_complete = columns.iter().flatten().count() == Field::ALL.len();
        Ok(is_complete.then_some(Layout { cookie, root, columns, users_are_indexed: indexes > 0 }))
    }
}

/// Whether a column of this affinity is read and compared as it is stored. A column of reals may hold integers that are
/// reals to SQL; a column of text compares as text, numbers that it is compared with too.
fn suits(field: Field, affinity: Affinity) -> bool {
    match field {
        Field::Model => affinity == Affinity::Text,
        Field::RecordId | Field::User => !matches!(affinity, Affinity::Text | Affinity::Real),
        _ => affinity != Affinity::Real,
    }
}
