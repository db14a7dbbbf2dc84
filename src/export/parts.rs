//! The parts of an export while they are written: one file, one a day, or one after another by size.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;

use chrono::{Datelike, NaiveDate};

use super::compression::{Counted, Encoder};
use super::error::ExportError;
use super::manifest::ManifestFile;
use super::names::{Names, Part, Split};
use super::publish::{Aside, Staged};
use crate::audit::Stamp;
use crate::output::{Cell, Format, Parts as Made, RowWriter, Shape, writer};
use crate::query::Zone;
use crate::store::Block;

/// How many parts are open at once. Days mostly come one after another; one that comes back is opened again.
const OPEN: usize = 16;

/// The day of what has no time.
pub const UNDATED: i64 = i64::MIN;

/// The day of an entry in a zone, as a number.
pub fn day_number(stamp: &Stamp, zone: &Zone) -> i64 {
    match stamp {
        Stamp::At(at) => zone.at(*at).date_naive().num_days_from_ce().into(),
        Stamp::Odd(_) | Stamp::Missing => UNDATED,
    }
}

/// `2026-11-23`; `undated` for what has no time.
pub fn day_name(number: i64) -> String {
    let day = i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    day.map_or_else(|| "undated".to_owned(), |day| day.to_string())
}

/// Rows on their way out: those of a table are laid out together, those of any other format were made elsewhere.
pub enum Rows {
    /// A table's.
    Table(Box<dyn RowWriter>),
    /// Any other format's.
    Made(Made),
}

impl Rows {
    /// Rows of this shape.
    pub fn new(format: Format, shape: &Shape) -> Self {
        match format {
            Format::Table => Rows::Table(writer(format, shape.clone())),
            _ => Rows::Made(Made::new(format, shape.clone())),
        }
    }

    /// Writes a row of a table.
    pub fn cells(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Rows::Table(rows) => rows.row(cells, out),
            Rows::Made(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Writes rows that were made elsewhere.
    pub fn made(&mut self, rows: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Rows::Table(_) => Err(io::ErrorKind::Unsupported.into()),
            Rows::Made(made) => made.rows(rows, out),
        }
    }

    /// Writes what comes after the last row, or what stands for no rows.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Rows::Table(rows) => rows.finish(out),
            Rows::Made(made) => made.finish(out),
        }
    }
}

/// A part that is begun.
struct Begun {
    part: Part,
    rows: u64,
    aside: PathBuf,
    rows_out: Rows,
    /// How many bytes it has, before compression.
    bytes: u64,
    state: State,
}

/// Where a part's bytes go.
enum State {
    /// Into a file.
    Open(Box<Encoder>),
    /// Nowhere for a while.
    Closed(Counted),
    /// The file is whole and durable, or has failed.
    Over,
}

/// The parts of an export while they are written.
pub struct Parts<'a> {
    names: &'a Names,
    split: Option<Split>,
    hashed: bool,
    aside: &'a mut Aside,
    format: Format,
    shape: &'a Shape,
    begun: Vec<Begun>,
    by_day: HashMap<i64, usize>,
    /// Those that are open, the one written to last at the end.
    open: Vec<usize>,
    /// Those that are whole.
    whole: Vec<(Staged, ManifestFile)>,
}

/// Bytes on their way into a part, counted.
struct Count<'a>(&'a mut Encoder, &'a mut u64);

impl Write for Count<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        *self.1 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<'a> Parts<'a> {
    /// None is begun yet. `hashed` where the SHA-256 of the files will be asked for.
    pub fn new(
        names: &'a Names,
        split: Option<Split>,
        hashed: bool,
        aside: &'a mut Aside,
        format: Format,
        shape: &'a Shape,
    ) -> Self {
        Parts {
            names,
            split,
            hashed,
            aside,
            format,
            shape,
            begun: Vec::new(),
            by_day: HashMap::new(),
            open: Vec::new(),
            whole: Vec::new(),
        }
    }

    /// Writes the cells of an entry of this id and day into the part it belongs to.
    pub fn entry(&mut self, id: i64, day: i64, cells: Vec<Cell<'_>>) -> Result<(), ExportError> {
        let at = self.part_of(day)?;
        let failed = |error| ExportError::file("write", &self.names.pattern())(error);
        let begun = &mut self.begun[at];
        let State::Open(encoder) = &mut begun.state else { return Ok(()) };
        begun.rows_out.cells(cells, &mut Count(encoder, &mut begun.bytes)).map_err(failed)?;
        begun.rows += 1;
        begun.part.first.get_or_insert(id);
        begun.part.last = Some(id);
        Ok(())
    }

    /// Writes entries that the format's encoder has made, each into the part it belongs to.
    pub fn block(&mut self, block: &Block) -> Result<(), ExportError> {
        let entries = &block.entries;
        let (mut next, mut from) = (0, 0);
        while let Some(first) = entries.get(next) {
            let at = self.part_of(first.mark)?;
            let begun = &mut self.begun[at];
            let room = match self.split {
                Some(Split::Size(size)) => usize::try_from(size.0.saturating_sub(begun.bytes)).unwrap_or(usize::MAX),
                _ => usize::MAX,
            };
            let is_other_day = |mark: i64| self.split == Some(Split::Day) && mark != first.mark;
            // As many as go into one part, at least one.
            let mut end = next + 1;
            while entries.get(end).is_some_and(|entry| !is_other_day(entry.mark)) && entries[end - 1].end - from < room
            {
                end += 1;
            }
            let last = entries[end - 1];
            let failed = |error| ExportError::file("write", &self.names.pattern())(error);
            let State::Open(encoder) = &mut begun.state else { return Ok(()) };
            let rows = &block.bytes[from..last.end];
            begun.rows_out.made(rows, &mut Count(encoder, &mut begun.bytes)).map_err(failed)?;
            begun.rows += (end - next) as u64;
            begun.part.first.get_or_insert(first.id);
            begun.part.last = Some(last.id);
            (next, from) = (end, last.end);
        }
        Ok(())
    }

    /// The open part for an entry of this day.
    fn part_of(&mut self, day: i64) -> Result<usize, ExportError> {
        let at = match self.split {
            None => self.begun.len().checked_sub(1),
            Some(Split::Day) => self.by_day.get(&day).copied(),
            Some(Split::Size(size)) => match self.begun.last() {
                Some(last) if last.bytes < size.0 => Some(self.begun.len() - 1),
                Some(_) => {
                    self.end(self.begun.len() - 1)?;
                    None
                }
                None => None,
            },
        };
        let at = match at {
            Some(at) => at,
            None => self.begin(day)?,
        };
        self.reopen(at).map_err(|error| ExportError::file("write", &self.names.pattern())(error))?;
        Ok(at)
    }

    fn begin(&mut self, day: i64) -> Result<usize, ExportError> {
        let number = self.begun.len() + 1;
        let part = Part { day: day_name(day), number, ..Part::default() };
        let aside = self.aside.next(self.names.folder());
        let file = Counted::create(&aside, self.hashed).map_err(ExportError::file("write", &self.names.pattern()))?;
        let state = State::Closed(file);
        self.begun.push(Begun { part, rows: 0, aside, rows_out: Rows::new(self.format, self.shape), bytes: 0, state });
        self.by_day.insert(day, number - 1);
        Ok(number - 1)
    }

    /// Opens a part, and closes the one that was left alone longest where too many are open.
    fn reopen(&mut self, at: usize) -> io::Result<()> {
        if self.open.last() == Some(&at) {
            return Ok(());
        }
        self.open.retain(|&other| other != at);
        self.open.push(at);
        if self.open.len() > OPEN {
            let oldest = &mut self.begun[self.open.remove(0)].state;
            if let State::Open(encoder) = std::mem::replace(oldest, State::Over) {
                let mut file = encoder.end()?;
                file.close()?;
                *oldest = State::Closed(file);
            }
        }
        let state = &mut self.begun[at].state;
        *state = match std::mem::replace(state, State::Over) {
            State::Closed(file) => State::Open(Box::new(Encoder::begin(file, self.names.compression)?)),
            other => other,
        };
        Ok(())
    }

    /// Ends a part: what comes after its last row, and it is durable.
    fn end(&mut self, at: usize) -> Result<(), ExportError> {
        let path = self.names.pattern();
        let mut finish = || {
            self.reopen(at)?;
            self.open.retain(|&other| other != at);
            let begun = &mut self.begun[at];
            let State::Open(mut encoder) = std::mem::replace(&mut begun.state, State::Over) else {
                return Ok::<_, io::Error>(None);
            };
            begun.rows_out.finish(&mut encoder)?;
            let mut file = encoder.end()?;
            file.sync()?;
            Ok(Some(file))
        };
        let Some(file) = finish().map_err(ExportError::file("write", &path))? else { return Ok(()) };
        let begun = &self.begun[at];
        let name = self.names.path(&begun.part);
        if self.whole.iter().any(|(other, _)| other.name == name) {
            return Err(ExportError::SameName { path: name });
        }
        let in_manifest = ManifestFile {
            name: name.file_name().map(|name| name.display().to_string()).unwrap_or_default(),
            rows: begun.rows,
            first_id: begun.part.first,
            last_id: begun.part.last,
            size: file.size,
            sha256: file.sha256(),
        };
        let staged = Staged { aside: begun.aside.clone(), name, size: file.size, sha256: file.sha256() };
        self.whole.push((staged, in_manifest));
        Ok(())
    }

    /// Ends all parts and gives them, in the order in which they were begun. Where nothing was written, `at_least_one`
    /// is, with what stands for no rows.
    pub fn finish(mut self, at_least_one: bool) -> Result<Vec<(Staged, ManifestFile)>, ExportError> {
        if self.begun.is_empty() && at_least_one && self.split.is_none() {
            self.begin(UNDATED)?;
        }
        for at in 0..self.begun.len() {
            self.end(at)?;
        }
        Ok(self.whole)
    }
}
