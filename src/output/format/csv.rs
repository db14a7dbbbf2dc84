//! CSV as RFC 4180 has it, with a header. A cell that a spreadsheet would run as a formula begins with an apostrophe.

use std::io::{self, Write};

use super::{RowWriter, Shape, plain};
use crate::output::Cell;
use crate::output::sanitise::escape_dangerous;

/// Writes CSV.
pub struct Csv {
    shape: Shape,
    begun: bool,
}

impl Csv {
    /// Rows of this shape.
    pub fn new(shape: Shape) -> Self {
        Csv { shape, begun: false }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.begun && self.shape.header {
            record(out, self.shape.columns.iter().map(|c| c.name))?;
        }
        self.begun = true;
        Ok(())
    }
}

impl RowWriter for Csv {
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let on_terminal = self.shape.terminal.is_some();
        let fields = cells.iter().map(|cell| {
            let text = plain(cell).unwrap_or_default();
            let text = if on_terminal { escape_dangerous(&text).into_owned() } else { text };
            match cell {
                // The JSON of a value begins with a quote or a bracket, or is a number.
                Cell::Text(_) | Cell::Shown(_) => defused(text),
                _ => text,
            }
        });
        record(out, fields)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)
    }
}

fn record(out: &mut dyn Write, fields: impl Iterator<Item = impl AsRef<[u8]>>) -> io::Result<()> {
    let mut writer =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).buffer_capacity(4096).from_writer(out);
    writer.write_record(fields)?;
    writer.flush()
}

/// A text that a spreadsheet takes for a formula gets an apostrophe, which spreadsheets drop and show the text.
fn defused(text: String) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text,
    }
}
