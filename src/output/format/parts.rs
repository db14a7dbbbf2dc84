//! Rows that are formatted in parts, on several threads, and put together in order.

use std::io::{self, Write};

use super::{Format, RowWriter, Shape, csv, json, tsv, writer};

/// A writer of rows that come after others: without header or opening bracket. Tables can't be made in parts, for their
/// widths are set by what comes first.
pub fn part_writer(format: Format, shape: Shape) -> Option<Box<dyn RowWriter + Send>> {
    let shape = Shape { header: false, ..shape };
    Some(match format {
        Format::Table => return None,
        Format::Json => Box::new(json::Json::further(shape)),
        Format::Ndjson => Box::new(json::Json::lines(shape)),
        Format::Csv => Box::new(csv::Csv::new(shape)),
        Format::Tsv => Box::new(tsv::Tsv::new(shape)),
    })
}

/// Puts parts together: whole rows that a [`part_writer`] wrote.
pub struct RowJoiner {
    format: Format,
    shape: Shape,
    begun: bool,
}

impl RowJoiner {
    /// Rows of this shape.
    pub fn new(format: Format, shape: Shape) -> Self {
        RowJoiner { format, shape, begun: false }
    }

    /// Writes some rows.
    pub fn rows(&mut self, mut rows: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if !self.begun {
            self.begun = true;
            if self.format == Format::Json {
                out.write_all(b"[")?;
                // The comma before the first row.
                rows = &rows[1..];
            } else {
                writer(self.format, self.shape.clone()).finish(out)?;
            }
        }
        out.write_all(rows)
    }

    /// Writes what comes after the last row, or what stands for no rows.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match (self.begun, self.format) {
            (true, Format::Json) => out.write_all(b"\n]\n"),
            (true, _) => Ok(()),
            (false, format) => writer(format, self.shape.clone()).finish(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Cell, Column, Shrink};

    #[test]
    fn parts_make_the_same_whole() {
        let column = |name| Column { name, title: name, right: false, shrink: Shrink::Never };
        let shape = Shape { columns: vec![column("a"), column("b")], header: true, terminal: None, coloured: false };
        let row = |n: i64| vec![Cell::Int(n), Cell::text(format!("={n}, ñ\t"))];
        for format in [Format::Json, Format::Ndjson, Format::Csv, Format::Tsv] {
            for sizes in [&[][..], &[0], &[2, 0, 3], &[0, 1]] {
                let (mut whole, mut parted) = (Vec::new(), Vec::new());
                let mut rows = writer(format, shape.clone());
                let mut parts = RowJoiner::new(format, shape.clone());
                let mut n = 0;
                for &size in sizes {
                    let mut part = part_writer(format, shape.clone()).unwrap();
                    let mut bytes = Vec::new();
                    for _ in 0..size {
                        rows.row(row(n), &mut whole).unwrap();
                        part.row(row(n), &mut bytes).unwrap();
                        n += 1;
                    }
                    parts.rows(&bytes, &mut parted).unwrap();
                }
                rows.finish(&mut whole).unwrap();
                parts.finish(&mut parted).unwrap();
                assert_eq!(String::from_utf8_lossy(&parted), String::from_utf8_lossy(&whole), "{format:?} {sizes:?}");
            }
        }
    }
}
