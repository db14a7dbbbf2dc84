//! CSV as RFC 4180 has it, with a header. A cell that a spreadsheet would run as a formula begins with an apostrophe.

use std::borrow::Cow;
use std::io::{self, Write};

use memchr::{memchr, memchr3};

use super::{RowWriter, Shape, push_plain};
use crate::output::Cell;
use crate::output::sanitise::escape_dangerous;

/// Writes CSV.
pub struct Csv {
    shape: Shape,
    begun: bool,
    line: String,
}

impl Csv {
    /// Rows of this shape.
    pub fn new(shape: Shape) -> Self {
        Csv { shape, begun: false, line: String::new() }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.begun && self.shape.header {
            self.line.clear();
            for (i, column) in self.shape.columns.iter().enumerate() {
                push_field(column.name, i, &mut self.line);
            }
            out.write_all(end(&mut self.line, self.shape.columns.len()).as_bytes())?;
        }
        self.begun = true;
        Ok(())
    }
}

impl RowWriter for Csv {
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        self.line.clear();
        let on_terminal = self.shape.terminal.is_some();
        for (i, cell) in cells.iter().enumerate() {
            match cell {
                Cell::Text(text) => {
                    let text = if on_terminal { escape_dangerous(text) } else { Cow::Borrowed(&**text) };
                    push_field(&defused(&text), i, &mut self.line);
                }
                Cell::Shown(text) => push_field(&defused(text), i, &mut self.line),
                // The JSON of a value begins with a quote or a bracket, or is a number.
                Cell::Json(text) => push_field(text, i, &mut self.line),
                Cell::Value(_) => {
                    let mut text = String::new();
                    push_plain(cell, &mut text);
                    push_field(&text, i, &mut self.line);
                }
                // Numbers and times need no quotes.
                other => {
                    if i > 0 {
                        self.line.push(',');
                    }
                    push_plain(other, &mut self.line);
                }
            }
        }
        out.write_all(end(&mut self.line, cells.len()).as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)
    }
}

/// Appends a field, in quotes where it needs them.
fn push_field(text: &str, place: usize, line: &mut String) {
    if place > 0 {
        line.push(',');
    }
    let bytes = text.as_bytes();
    if memchr3(b'"', b',', b'\n', bytes).is_none() && memchr(b'\r', bytes).is_none() {
        line.push_str(text);
        return;
    }
    line.push('"');
    let mut rest = text;
    while let Some(quote) = memchr(b'"', rest.as_bytes()) {
        line.push_str(&rest[..=quote]);
        line.push('"');
        rest = &rest[quote + 1..];
    }
    line.push_str(rest);
    line.push('"');
}

/// The record's end. A record of one empty field would be no record without quotes.
fn end(line: &mut String, fields: usize) -> &str {
    if fields == 1 && line.is_empty() {
        line.push_str("\"\"");
    }
    line.push_str("\r\n");
    line
}

/// A text that a spreadsheet takes for a formula gets an apostrophe, which spreadsheets drop and show the text.
fn defused(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::{Column, Shrink};

    proptest! {
        #[test]
        fn what_is_written_is_read_back(rows in prop::collection::vec(prop::collection::vec("[a,\"\r\n ñ]{0,6}", 2), 0..5)) {
            let column = |name| Column { name, title: name, right: false, shrink: Shrink::Never };
            let shape = Shape { columns: vec![column("a"), column("b")], header: true, terminal: None, coloured: false };
            let mut writer = Csv::new(shape);
            let mut out = Vec::new();
            for row in &rows {
                let cells = row.iter().enumerate().map(|(i, t)| if i == 0 { Cell::text(&**t) } else { Cell::Json(t.into()) });
                writer.row(cells.collect(), &mut out).unwrap();
            }
            writer.finish(&mut out).unwrap();
            let mut reader = ::csv::Reader::from_reader(&out[..]);
            let read: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
            let expected: Vec<Vec<String>> =
                rows.iter().map(|row| vec![defused(&row[0]).into_owned(), row[1].clone()]).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
