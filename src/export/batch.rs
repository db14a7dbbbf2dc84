//! Entries on their way from a database to a format: as bytes that were made on several threads, or one by one for a
//! table, whose rows are laid out together.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::format::ExportFormat;
use super::parts::{Layout, Rows, day_number, part_rows};
use crate::audit::Entry;
use crate::output::{EntryCells, Format, Lately};
use crate::store::{Block, Encode, Encoder, Matched, Selection, Store, StoreError};

/// Some entries that were read.
pub enum Batch<'a> {
    /// One, as it is, and its day.
    Entry(&'a Entry, i64),
    /// Several, as bytes, marked with their days.
    Block(&'a Block),
    /// None, up to this id.
    Passed(i64),
}

impl Batch<'_> {
    /// The id and the day of each.
    pub fn each(&self, mut each: impl FnMut(i64, i64)) {
        match self {
            Batch::Entry(entry, day) => each(entry.id, *day),
            Batch::Block(block) => block.entries.iter().for_each(|entry| each(entry.id, entry.mark)),
            Batch::Passed(_) => {}
        }
    }
}

impl Rows {
    /// Writes some entries.
    pub fn batch(
        &mut self,
        batch: &Batch<'_>,
        layout: &Layout,
        cells: &EntryCells<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match batch {
            Batch::Entry(entry, _) => self.cells(cells.row_for(layout.format.rows(), entry, &layout.columns), out),
            Batch::Block(block) => self.made(&block.bytes, out),
            Batch::Passed(_) => Ok(()),
        }
    }
}

/// Hands on the selected entries for a layout, in order, until there are no more or `each` breaks. No block is empty.
pub fn select_batches(
    store: &mut dyn Store,
    selection: &Selection,
    layout: &Layout,
    cells: &EntryCells<'_>,
    each: &mut dyn FnMut(&Batch<'_>) -> ControlFlow<()>,
) -> Result<Matched, StoreError> {
    if layout.format == ExportFormat::Rows(Format::Table) {
        return store.select(selection, &mut |entry| {
            let day = day_number(&entry.timestamp, &cells.zone);
            each(&Batch::Entry(&entry, day))
        });
    }
    store.select_encoded(selection, &Encoding { layout, cells }, &mut |block| match block.passed {
        _ if !block.entries.is_empty() => each(&Batch::Block(&block)),
        Some(id) => each(&Batch::Passed(id)),
        None => ControlFlow::Continue(()),
    })
}

/// Writes entries where they are read, marked with their day.
struct Encoding<'a> {
    layout: &'a Layout,
    cells: &'a EntryCells<'a>,
}

impl Encode for Encoding<'_> {
    fn begin(&self) -> Encoder<'_> {
        let mut writer = part_rows(self.layout);
        let mut lately = Lately::default();
        Box::new(move |entry, out| {
            if let Some(writer) = &mut writer {
                // Writing to memory does not fail.
                let _ = writer.row(self.cells.row_of_many(entry, &self.layout.columns, &mut lately), out);
            }
            day_number(&entry.timestamp, &self.cells.zone)
        })
    }
}
