//! What SQLite keeps of a value that is bound to a column: a column's declared type gives it an affinity, and text that
//! looks like a number becomes one in most of them.
//!
//! Where exactly digits become an integer or a real, and which real, is SQLite's own business, so it is asked: the
//! value goes through a table in memory.

use rusqlite::Connection;

use super::super::affinity::Affinity;
use super::stored;
use crate::store::Stored;

/// A table in memory with a column of each affinity.
#[derive(Debug)]
pub struct Keeper {
    connection: Connection,
}

impl Keeper {
    /// An empty one.
    pub fn new() -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE kept (id INTEGER PRIMARY KEY, \
             as_text TEXT, as_numeric NUMERIC, as_integer INTEGER, as_real REAL, as_blob BLOB)",
        )?;
        Ok(Keeper { connection })
    }

    /// What a column of this declared type keeps of a value.
    pub fn keep(&mut self, declared_type: &str, bound: &Stored) -> rusqlite::Result<Stored> {
        let column = column_of(Affinity::of(declared_type));
        let write = format!("INSERT OR REPLACE INTO kept (id, {column}) VALUES (1, ?)");
        self.connection.prepare_cached(&write)?.execute([bound])?;
        let read = format!("SELECT {column} FROM kept");
        self.connection.prepare_cached(&read)?.query_row([], |row| stored(row, 0))
    }
}

/// The column of this affinity.
fn column_of(affinity: Affinity) -> &'static str {
    match affinity {
        Affinity::Integer => "as_integer",
        Affinity::Text => "as_text",
        Affinity::Blob => "as_blob",
        Affinity::Real => "as_real",
        Affinity::Numeric => "as_numeric",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_what_is_bound() {
        let mut keeper = Keeper::new().unwrap();
        let text = |text: &str| Stored::Text(text.to_owned());
        for (declared, bound, kept) in [
            ("decimal", text("0.00"), Stored::Integer(0)),
            ("decimal", text("99.99"), Stored::Real(99.99)),
            ("decimal", text("1E+3"), Stored::Integer(1000)),
            ("decimal", text("12345678901234567890.5"), Stored::Real(12345678901234567000.0)),
            ("decimal", text("0.100000000000000005551115123126"), Stored::Real(0.1)),
            ("date", text("2026-11-23"), text("2026-11-23")),
            ("datetime", text("2026-11-23 09:09:54.110000"), text("2026-11-23 09:09:54.110000")),
            ("bool", Stored::Integer(1), Stored::Integer(1)),
            ("real", Stored::Integer(2), Stored::Real(2.0)),
            ("integer unsigned", text("12"), Stored::Integer(12)),
            ("varchar(20)", Stored::Integer(88887777), text("88887777")),
            ("char(32)", text("00000000000000000000000000000012"), text("00000000000000000000000000000012")),
            ("bigint", Stored::Integer(-5), Stored::Integer(-5)),
            ("BLOB", Stored::Blob(vec![0, 1]), Stored::Blob(vec![0, 1])),
            ("real", Stored::Real(f64::NAN), Stored::Null),
            ("text", Stored::Null, Stored::Null),
            ("text", Stored::BadText(vec![0xff]), Stored::BadText(vec![0xff])),
        ] {
            assert_eq!(keeper.keep(declared, &bound).unwrap(), kept, "{bound:?} in {declared}");
        }
    }
}
