//! The output formats: each a small file that writes rows to any `Write`.

mod csv;
mod json;
mod parts;
mod table;
mod tsv;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

pub use parts::{RowJoiner, part_writer};

use super::{Cell, Column, push_time};

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// Tab-separated values with a header.
    Tsv,
}

/// How rows are laid out, whatever they are.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The columns, one for each cell of a row.
    pub columns: Vec<Column>,
    /// Whether a header is printed, where the format has one.
    pub header: bool,
    /// The terminal's width in columns, None where output is not a terminal: then nothing is cut.
    pub terminal: Option<usize>,
    /// Whether output is coloured.
    pub coloured: bool,
}

/// Writes rows in one format.
pub trait RowWriter {
    /// Writes a row: one cell a column.
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()>;

    /// Writes the rows that wait to be laid out with others: what follows them may be long in coming.
    fn flush(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes what comes after the last row, or what stands for no rows.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// The writer of a format.
pub fn writer(format: Format, shape: Shape) -> Box<dyn RowWriter> {
    match format {
        Format::Table => Box::new(table::Table::new(shape)),
        Format::Json => Box::new(json::Json::array(shape)),
        Format::Ndjson => Box::new(json::Json::lines(shape)),
        Format::Csv => Box::new(csv::Csv::new(shape)),
        Format::Tsv => Box::new(tsv::Tsv::new(shape)),
    }
}

/// A cell as plain text for the formats without types; None for null.
fn plain<'c>(cell: &'c Cell<'_>) -> Option<Cow<'c, str>> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Text(text) | Cell::Json(text) => Cow::Borrowed(text),
        Cell::Shown(text) => Cow::Borrowed(text),
        other => {
            let mut text = String::new();
            push_plain(other, &mut text);
            Cow::Owned(text)
        }
    })
}

/// Appends a cell as plain text; nothing for null.
fn push_plain(cell: &Cell<'_>, out: &mut String) {
    // Writing to a String can't fail.
    match cell {
        Cell::Null => {}
        Cell::Int(n) => drop(write!(out, "{n}")),
        Cell::Real(x) => drop(write!(out, "{x}")),
        Cell::Text(text) | Cell::Json(text) => out.push_str(text),
        Cell::Shown(text) => out.push_str(text),
        Cell::Time(time) => push_time(time, out),
        Cell::Status(status) => drop(write!(out, "{status}")),
        Cell::Value(value) => value.write_json(out),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use insta::assert_snapshot;

    use super::*;
    use crate::audit::{Token, Value};
    use crate::output::Shrink;

    fn column(name: &'static str, right: bool, shrink: Shrink) -> Column {
        Column { name, title: name, right, shrink }
    }

    fn rows() -> Vec<Vec<Cell<'static>>> {
        let time = |text| Cell::Time(DateTime::parse_from_rfc3339(text).unwrap());
        let array =
            Value::from_tokens(vec![Token::ArrayStart, Token::Null, Token::Text("ñ\u{9b}".into()), Token::ArrayEnd]);
        vec![
            vec![Cell::Int(9), time("2026-11-23T03:09:54.628009-06:00"), Cell::text("ana"), Cell::Value(array)],
            vec![Cell::Int(10), time("2026-03-08T12:00:00-06:00"), Cell::Null, Cell::Status(404)],
            vec![Cell::Int(-1), Cell::Null, Cell::text("=2+5\t\u{1b}[31m\"x\",\n\\"), Cell::text("ñandú, 漢字")],
        ]
    }

    /// What a writer writes, what a reader would not see spelled out.
    fn written(format: Format, width: Option<usize>, header: bool, rows: Vec<Vec<Cell<'static>>>) -> String {
        let columns = vec![
            column("id", true, Shrink::Never),
            column("timestamp", false, Shrink::Never),
            column("user", false, Shrink::End { rank: 0, floor: 4 }),
            column("what", false, Shrink::Middle { rank: 1, floor: 7 }),
        ];
        let mut writer = writer(format, Shape { columns, header, terminal: width, coloured: false });
        let mut out = Vec::new();
        for row in rows {
            writer.row(row, &mut out).unwrap();
        }
        writer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap().replace('\r', "␍").replace('\u{1b}', "␛")
    }

    #[test]
    fn the_same_rows_in_every_format() {
        assert_snapshot!(written(Format::Table, None, true, rows()), @r#"
        ID  TIMESTAMP (-06:00)   USER                    WHAT
         9  2026-11-23 03:09:54  ana                     [null,"ñ\\u009b"]
        10  2026-03-08 12:00:00  -                       404
        -1  -                    =2+5\t\x1b[31m"x",\n\\  ñandú, 漢字
        "#);
        assert_snapshot!(written(Format::Table, Some(48), true, rows()), @r#"
        ID  TIMESTAMP (-06:00)   USER  WHAT
         9  2026-11-23 03:09:54  ana   [null,"ñ\\u009b"]
        10  2026-03-08 12:00:00  -     404
        -1  -                    =2+…  ñandú, 漢字
        "#);
        assert_snapshot!(written(Format::Json, None, true, rows()), @r#"
        [
        {"id":9,"timestamp":"2026-11-23T03:09:54.628009-06:00","user":"ana","what":[null,"ñ\u009b"]},
        {"id":10,"timestamp":"2026-03-08T12:00:00-06:00","user":null,"what":404},
        {"id":-1,"timestamp":null,"user":"=2+5\t\u001b[31m\"x\",\n\\","what":"ñandú, 漢字"}
        ]
        "#);
        assert_snapshot!(written(Format::Ndjson, None, true, rows()), @r#"
        {"id":9,"timestamp":"2026-11-23T03:09:54.628009-06:00","user":"ana","what":[null,"ñ\u009b"]}
        {"id":10,"timestamp":"2026-03-08T12:00:00-06:00","user":null,"what":404}
        {"id":-1,"timestamp":null,"user":"=2+5\t\u001b[31m\"x\",\n\\","what":"ñandú, 漢字"}
        "#);
        assert_snapshot!(written(Format::Csv, None, true, rows()), @r#"
        id,timestamp,user,what␍
        9,2026-11-23T03:09:54.628009-06:00,ana,"[null,""ñ\u009b""]"␍
        10,2026-03-08T12:00:00-06:00,,404␍
        -1,,"'=2+5	␛[31m""x"",
        \","ñandú, 漢字"␍
        "#);
        assert_snapshot!(written(Format::Tsv, None, true, rows()), @r#"
        id	timestamp	user	what
        9	2026-11-23T03:09:54.628009-06:00	ana	[null,"ñ\\u009b"]
        10	2026-03-08T12:00:00-06:00		404
        -1		=2+5\t␛[31m"x",\n\\	ñandú, 漢字
        "#);
        // On a terminal the bytes of CSV and TSV may not drive it.
        assert_snapshot!(written(Format::Csv, Some(80), false, rows()), @r#"
        9,2026-11-23T03:09:54.628009-06:00,ana,"[null,""ñ\u009b""]"␍
        10,2026-03-08T12:00:00-06:00,,404␍
        -1,,"'=2+5\t\x1b[31m""x"",\n\","ñandú, 漢字"␍
        "#);
        assert_snapshot!(written(Format::Tsv, Some(80), false, rows()), @r#"
        9	2026-11-23T03:09:54.628009-06:00	ana	[null,"ñ\\u009b"]
        10	2026-03-08T12:00:00-06:00		404
        -1		=2+5\t\x1b[31m"x",\n\\	ñandú, 漢字
        "#);
    }

    #[test]
    fn no_rows_in_every_format() {
        let empty = |format| written(format, None, true, Vec::new());
        assert_eq!(empty(Format::Table), "");
        assert_eq!(empty(Format::Json), "[]\n");
        assert_eq!(empty(Format::Ndjson), "");
        assert_eq!(empty(Format::Csv), "id,timestamp,user,what␍\n");
        assert_eq!(empty(Format::Tsv), "id\ttimestamp\tuser\twhat\n");
    }
}
