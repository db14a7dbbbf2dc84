//! JSON: one array, an object a line in it, or the lines alone.
//!
//! Escapes every control and bidirectional character, so that printing it anywhere is safe. Numbers of a decoded value
//! keep their digits.

use std::io::{self, Write};

use super::{RowWriter, Shape, push_plain};
use crate::audit::json_string;
use crate::output::{Cell, push_time};

/// Writes JSON.
pub struct Json {
    shape: Shape,
    /// Whether the objects stand in one array.
    array: bool,
    rows: u64,
    line: String,
}

impl Json {
    /// One array.
    pub fn array(shape: Shape) -> Self {
        Json { shape, array: true, rows: 0, line: String::new() }
    }

    /// The further objects of one array: each with a comma before it.
    pub fn further(shape: Shape) -> Self {
        Json { rows: 1, ..Json::array(shape) }
    }

    /// One object a line.
    pub fn lines(shape: Shape) -> Self {
        Json { array: false, ..Json::array(shape) }
    }
}

impl RowWriter for Json {
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        let line = &mut self.line;
        line.clear();
        if self.array {
            line.push_str(if self.rows == 0 { "[\n" } else { ",\n" });
        }
        line.push('{');
        for (i, (cell, column)) in cells.iter().zip(&self.shape.columns).enumerate() {
            if i > 0 {
                line.push(',');
            }
            json_string(column.name, line);
            line.push(':');
            push_cell(cell, line);
        }
        line.push('}');
        if !self.array {
            line.push('\n');
        }
        self.rows += 1;
        out.write_all(line.as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match (self.array, self.rows) {
            (true, 0) => out.write_all(b"[]\n"),
            (true, _) => out.write_all(b"\n]\n"),
            (false, _) => Ok(()),
        }
    }
}

fn push_cell(cell: &Cell<'_>, line: &mut String) {
    match cell {
        Cell::Null => line.push_str("null"),
        Cell::Text(text) => json_string(text, line),
        Cell::Shown(text) => json_string(text, line),
        Cell::Time(time) => {
            line.push('"');
            push_time(time, line);
            line.push('"');
        }
        other => push_plain(other, line),
    }
}
