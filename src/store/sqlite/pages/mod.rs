//! Reading the audit table from its pages, without SQLite's virtual machine and without a system call a page.
//!
//! The file format is SQLite's own (<https://www.sqlite.org/fileformat2.html>). Locks stay SQLite's: a read transaction
//! is begun on a connection, which takes the shared lock, waits for a writer, and refuses a journal that has to be
//! played back; then the pages are read from a descriptor that stays open (closing one would drop the process's
//! locks), and the transaction ends. Nobody writes to the file meanwhile:
//!
//! - with a rollback journal, a writer needs the exclusive lock, which the shared one keeps away;
//! - with a write-ahead log, pages are read only while the log is empty after the transaction has begun. Its snapshot
//!   then is the file itself, and no checkpoint may write to that before the transaction ends: neither past a reader
//!   that uses the file alone (which holds the lock that a checkpoint needs) nor past one whose mark is zero.
//!
//! Everything else is SQLite's: a log that holds something, UTF-16, tables whose rows are not all that a query gives
//! (see `layout`), and whatever looks damaged. Then [`Stop::Unfit`] says so, and the range is read by SQL.

mod file;
mod header;
mod layout;
mod record;
mod row;
mod tree;

use std::cell::RefCell;

use self::file::PageFile;
pub use self::layout::Layout;
pub use self::row::Row;
use self::tree::Walk;
pub use self::tree::Wanted;
use super::open::Readable;
use super::scan::{Deadline, Stop};
use super::select::Fields;
use rusqlite::Connection;

/// Why a walk through pages ended before its end.
#[derive(Debug)]
pub enum Halt {
    /// SQLite has to read.
    Unfit,
    /// The time is up.
    Late,
    /// Whoever is called with the rows says so.
    Stop(Stop),
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Unfit => Stop::Unfit,
            Halt::Late => Stop::TooMuch,
            Halt::Stop(stop) => stop,
        }
    }
}

/// A reader of one table's pages, for one connection.
#[derive(Debug)]
pub struct Pages {
    readable: Readable,
    table: String,
    source: RefCell<Source>,
}

#[derive(Debug)]
struct Source {
    file: PageFile,
    layout: Option<Layout>,
    /// Whether it turned out that SQLite has to read.
    is_unfit: bool,
}

impl Pages {
    /// A reader of this table of the database.
    pub fn of(readable: &Readable, table: &str) -> Self {
        let file = PageFile::new(readable.shared_file());
        let source = RefCell::new(Source { file, layout: None, is_unfit: false });
        Pages { readable: readable.clone(), table: table.to_owned(), source }
    }

    /// Whether there is hope, as far as is known.
    pub fn is_fit(&self) -> bool {
        self.source.try_borrow().is_ok_and(|source| !source.is_unfit)
    }

    /// Leaves it to SQLite from now on.
    pub fn give_up(&self) {
        self.source.borrow_mut().is_unfit = true;
    }

    /// Calls `each` with every row that is wanted, in the order of ids, within one read transaction of the connection;
    /// `wanted` is asked for them when it has begun. Of a row, these fields can be read.
    pub fn rows<W: AsRef<[i64]>>(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        fields: &Fields,
        wanted: impl FnOnce(&Layout) -> Result<Selected<W>, Stop>,
        mut each: impl FnMut(&Row<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let transaction = connection.unchecked_transaction()?;
        let mut source = self.source.borrow_mut();
        self.begin(connection, &mut source)?;
        let Source { file, layout: Some(layout), .. } = &*source else {
            return Err(Stop::Unfit);
        };
        let selected = wanted(layout)?;
        let late = || deadline.passed();
        let shape = row::Shape::of(&layout.columns, fields);
        let mut walk = Walk { file, late: &late, seen: 0 };
        walk.rows(layout.root, selected.as_wanted(), &mut |cell| {
            let row = Row::of(cell, &shape, file, &late).ok_or(Halt::Unfit)?;
            each(&row).map_err(Halt::Stop)?;
            row.end()
        })?;
        Ok(transaction.commit()?)
    }

    /// Takes the lock, and makes sure that the pages are what SQLite would read.
    fn begin(&self, connection: &Connection, source: &mut Source) -> Result<(), Stop> {
        // This reads from the database, which takes the lock.
        let cookie =
            connection.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get::<_, i64>(0))? as u32;
        let header = source.file.begin().ok_or(Stop::Unfit)?;
        if header.schema_cookie != cookie || (header.is_wal && !self.readable.wal_is_empty()) {
            return Err(Stop::Unfit);
        }
        if source.layout.as_ref().is_none_or(|layout| layout.cookie != cookie) {
            source.layout = None;
            if !self.readable.is_in_place() {
                return Err(Stop::Unfit);
            }
            source.layout = Layout::find(connection, &self.table, cookie)?;
        }
        if source.layout.is_some() { Ok(()) } else { Err(Stop::Unfit) }
    }
}

/// Rows that are wanted, held.
#[derive(Debug)]
pub enum Selected<W> {
    /// All of a range.
    Range(super::scan::IdRange),
    /// Those with these ids, ascending.
    Ids(W),
}

impl<W: AsRef<[i64]>> Selected<W> {
    fn as_wanted(&self) -> Wanted<'_> {
        match self {
            Selected::Range(range) => Wanted::Range(*range),
            Selected::Ids(ids) => Wanted::Ids(ids.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests;
