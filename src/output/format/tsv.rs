//! Tab-separated values with a header; a tab, a line break or a backslash in a cell is `\t`, `\n`, `\r` or `\\`.

use std::borrow::Cow;
use std::io::{self, Write};

use memchr::{memchr, memchr3};

use super::{RowWriter, Shape, plain};
use crate::output::Cell;
use crate::output::sanitise::escape_dangerous;

/// Writes TSV.
pub struct Tsv {
    shape: Shape,
    begun: bool,
}

impl Tsv {
    /// Rows of this shape.
    pub fn new(shape: Shape) -> Self {
        Tsv { shape, begun: false }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.begun && self.shape.header {
            let names: Vec<&str> = self.shape.columns.iter().map(|c| c.name).collect();
            writeln!(out, "{}", names.join("\t"))?;
        }
        self.begun = true;
        Ok(())
    }
}

impl RowWriter for Tsv {
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let mut line = String::new();
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                line.push('\t');
            }
            let text = plain(cell).unwrap_or_default();
            let escaped = escaped(&text);
            if self.shape.terminal.is_some() {
                line.push_str(&escape_dangerous(&escaped));
            } else {
                line.push_str(&escaped);
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if memchr3(b'\t', b'\n', b'\\', bytes).is_none() && memchr(b'\r', bytes).is_none() {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
