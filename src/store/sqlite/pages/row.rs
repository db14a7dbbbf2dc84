//! A row where it lies in its page, and on the pages on which it goes on.
//!
//! Only the fields that were asked for can be read. Pages beyond the first are read when a field is that lies on them.

use std::cell::{Cell as Slot, OnceCell};

use rusqlite::types::ValueRef;

use super::Halt;
use super::file::PageFile;
use super::record::{Columns, Serial};
use super::tree::{Cell, part_of};
use crate::query::Field;
use crate::store::sqlite::select::Fields;

const FIELDS: usize = Field::ALL.len();

/// Which columns of a record are read.
#[derive(Debug)]
pub struct Shape {
    /// For each column the field that is asked for and that it holds, to the last such column.
    columns: Vec<Option<Field>>,
}

impl Shape {
    /// The columns of these fields.
    pub fn of(columns: &[Option<Field>], fields: &Fields) -> Self {
        let mut columns: Vec<Option<Field>> =
            columns.iter().map(|column| column.filter(|field| fields.contains(field))).collect();
        columns.truncate(columns.iter().rposition(Option::is_some).map_or(0, |last| last + 1));
        Shape { columns }
    }
}

/// A row of the table.
pub struct Row<'p> {
    cell: Cell<'p>,
    file: &'p PageFile,
    late: &'p dyn Fn() -> bool,
    /// By field, how its value is stored and where it begins.
    places: [(Serial, usize); FIELDS],
    /// By field, values that do not lie in the page as a whole.
    gathered: OnceCell<Box<[OnceCell<Vec<u8>>; FIELDS]>>,
    halt: Slot<Option<Halt>>,
}

impl<'p> Row<'p> {
    /// Reads a record's header, as far as it is needed. None where it is not what it should be.
    pub fn of(cell: Cell<'p>, shape: &Shape, file: &'p PageFile, late: &'p dyn Fn() -> bool) -> Option<Self> {
        let mut columns = Columns::of(cell.local, cell.length)?;
        let mut places = [(Serial::default(), 0); FIELDS];
        for field in &shape.columns {
            // A record without the column was written before the column was there: it has a default.
            let place = columns.next()?;
            if let Some(field) = field {
                places[*field as usize] = place;
            }
        }
        Some(Row { cell, file, late, places, gathered: OnceCell::new(), halt: Slot::new(None) })
    }

    /// The value of a field that was asked for.
    pub fn value(&self, field: Field) -> ValueRef<'_> {
        if field == Field::Id {
            return ValueRef::Integer(self.cell.id);
        }
        let (serial, begin) = self.places[field as usize];
        let end = begin + serial.length();
        let value = match self.cell.local.get(begin..end) {
            Some(bytes) => serial.value(bytes),
            None => serial.value(self.gathered(field, begin, end)),
        };
        // To SQL a number in a column of text is its text.
        if field == Field::Model && matches!(value, ValueRef::Integer(_) | ValueRef::Real(_)) {
            self.halt.set(Some(Halt::Unfit));
        }
        value
    }

    fn gathered(&self, field: Field, begin: usize, end: usize) -> &[u8] {
        let all = self.gathered.get_or_init(Box::default);
        all[field as usize].get_or_init(|| {
            part_of(self.file, self.late, self.cell, begin, end).unwrap_or_else(|halt| {
                self.halt.set(Some(halt));
                Vec::new()
            })
        })
    }

    /// Whether everything that was read could be.
    pub fn end(self) -> Result<(), Halt> {
        self.halt.into_inner().map_or(Ok(()), Err)
    }
}
