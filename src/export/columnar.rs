//! Parquet: typed columns, in groups of rows. Cells are made where entries are read, on several threads, and brought
//! here as bytes of a form that nobody else sees; a group is written once it holds so many bytes, and forgotten.
//!
//! Knows which column has which type. What is not of its column's type, such as a text in a datetime column, is null.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::output::{Cell, EntryColumn, RowWriter};

/// How many bytes of cells a group of rows holds.
const GROUP: usize = 32 << 20;

/// A text before its length and bytes, a number, nothing.
const TEXT: u8 = 2;
const NUMBER: u8 = 1;
const NULL: u8 = 0;

/// Writes cells in the form that [`Columns`] reads.
pub struct CellWriter;

impl RowWriter for CellWriter {
    fn row(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        for cell in cells {
            match cell {
                Cell::Null => out.write_all(&[NULL])?,
                Cell::Int(number) => put_number(number, out)?,
                Cell::Status(status) => put_number(status.into(), out)?,
                Cell::Time(time) => put_number(time.timestamp_micros(), out)?,
                Cell::Real(number) => put_text(&number.to_string(), out)?,
                Cell::Text(text) | Cell::Json(text) => put_text(&text, out)?,
                Cell::Shown(text) => put_text(&text, out)?,
                Cell::Value(value) => {
                    let mut text = String::new();
                    value.write_json(&mut text);
                    // As in JSON, where one null is like another.
                    if text == "null" { out.write_all(&[NULL])? } else { put_text(&text, out)? }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn put_number(number: i64, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&[NUMBER])?;
    out.write_all(&number.to_le_bytes())
}

fn put_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(|_| io::Error::other("a text of more than 4 GiB"))?;
    out.write_all(&[TEXT])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(text.as_bytes())
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Integer,
    Small,
    Instant,
    Text,
}

impl Type {
    fn of(column: EntryColumn) -> Type {
        match column {
            EntryColumn::Id | EntryColumn::RecordId | EntryColumn::User => Type::Integer,
            EntryColumn::Status => Type::Small,
            EntryColumn::Timestamp => Type::Instant,
            _ => Type::Text,
        }
    }

    /// As a schema has it.
    fn field(self, name: &str) -> String {
        match self {
            Type::Integer => format!("optional int64 {name};"),
            Type::Small => format!("optional int32 {name};"),
            Type::Instant => format!("optional int64 {name} (TIMESTAMP(MICROS,true));"),
            Type::Text => format!("optional binary {name} (STRING);"),
        }
    }
}

/// One column of the rows that wait.
struct Column {
    name: &'static str,
    holds: Type,
    /// For each row, 1 where there is a value and 0 where there is none.
    levels: Vec<i16>,
    numbers: Vec<i64>,
    text: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
}

/// The rows of one file on their way out.
pub struct Columns {
    columns: Vec<Column>,
    /// Into memory, from which each group goes on to where the file goes.
    writer: Option<SerializedFileWriter<Vec<u8>>>,
    waiting: usize,
    /// Columns with values that are not of their types.
    unfit: BTreeSet<&'static str>,
}

impl Columns {
    /// Nothing is written yet.
    pub fn new(columns: &[EntryColumn]) -> io::Result<Self> {
        let columns: Vec<Column> = columns
            .iter()
            .map(|column| Column {
                name: column.name(),
                holds: Type::of(*column),
                levels: Vec::new(),
                numbers: Vec::new(),
                text: Vec::new(),
                ends: Vec::new(),
            })
            .collect();
        let fields: String = columns.iter().map(|column| column.holds.field(column.name)).collect();
        let schema = parse_message_type(&format!("message entry {{ {fields} }}")).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("auditctl ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Columns { columns, writer: Some(writer), waiting: 0, unfit: BTreeSet::new() })
    }

    /// How many bytes of cells wait to be written.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// The columns in which there were values that are not of their types.
    pub fn unfit(&self) -> &BTreeSet<&'static str> {
        &self.unfit
    }

    /// Takes rows that a [`CellWriter`] wrote; writes a group where enough wait.
    pub fn rows(&mut self, mut rows: &[u8], out: &mut dyn Write) -> io::Result<()> {
        self.waiting += rows.len();
        while !rows.is_empty() {
            for column in &mut self.columns {
                if !column.take(&mut rows)? {
                    self.unfit.insert(column.name);
                }
            }
        }
        if self.waiting >= GROUP { self.write_group(out) } else { Ok(()) }
    }

    /// Writes what waits as a group of its own.
    pub fn write_group(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        if self.waiting > 0 {
            self.waiting = 0;
            let mut group = writer.next_row_group().map_err(failed)?;
            self.columns.iter_mut().try_for_each(|column| column.write(&mut group)).map_err(failed)?;
            group.close().map_err(failed)?;
        }
        writer.flush()?;
        out.write_all(writer.inner())?;
        writer.inner_mut().clear();
        Ok(())
    }

    /// Writes what waits, and what the end of the file says of the groups.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.write_group(out)?;
        match self.writer.take() {
            Some(writer) => out.write_all(&writer.into_inner().map_err(failed)?),
            None => Ok(()),
        }
    }
}

impl Column {
    /// Takes this column's cell off the front of the rows; whether it is of its type.
    fn take(&mut self, rows: &mut &[u8]) -> io::Result<bool> {
        let tag = bytes::<1>(rows)?[0];
        let fits = match (tag, self.holds) {
            (NUMBER, Type::Text) => {
                let number = i64::from_le_bytes(bytes(rows)?);
                self.text.extend_from_slice(number.to_string().as_bytes());
                self.ends.push(self.text.len());
                true
            }
            (NUMBER, _) => {
                self.numbers.push(i64::from_le_bytes(bytes(rows)?));
                true
            }
            (TEXT, holds) => {
                let length = u32::from_le_bytes(bytes(rows)?) as usize;
                let (text, rest) = rows.split_at_checked(length).ok_or(io::ErrorKind::InvalidData)?;
                *rows = rest;
                if holds == Type::Text {
                    self.text.extend_from_slice(text);
                    self.ends.push(self.text.len());
                }
                holds == Type::Text
            }
            _ => true,
        };
        self.levels.push(i16::from(tag != NULL && fits));
        Ok(fits)
    }

    /// Writes it into a group, and forgets it.
    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<(), ParquetError> {
        let Some(mut column) = group.next_column()? else { return Ok(()) };
        let levels = std::mem::take(&mut self.levels);
        let numbers = std::mem::take(&mut self.numbers);
        match self.holds {
            Type::Integer | Type::Instant => {
                column.typed::<Int64Type>().write_batch(&numbers, Some(&levels), None)?;
            }
            Type::Small => {
                let numbers: Vec<i32> = numbers.into_iter().map(|n| i32::try_from(n).unwrap_or(i32::MAX)).collect();
                column.typed::<Int32Type>().write_batch(&numbers, Some(&levels), None)?;
            }
            Type::Text => {
                let text = ByteArray::from(std::mem::take(&mut self.text));
                let mut begin = 0;
                let one = |end: usize| {
                    let from = std::mem::replace(&mut begin, end);
                    text.slice(from, end - from)
                };
                let texts: Vec<ByteArray> = std::mem::take(&mut self.ends).into_iter().map(one).collect();
                column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?;
            }
        }
        column.close()
    }
}

/// The next bytes of the rows.
fn bytes<const N: usize>(rows: &mut &[u8]) -> io::Result<[u8; N]> {
    let (first, rest) = rows.split_first_chunk().ok_or(io::ErrorKind::InvalidData)?;
    *rows = rest;
    Ok(*first)
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
