//! The parts of an export while they are written: one file, one a day, or one after another by size.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;

use chrono::{Datelike, NaiveDate};

#[cfg(feature = "parquet")]
use super::columnar::{CellWriter, Columns};
use super::compression::{Counted, Encoder};
use super::error::ExportError;
use super::format::ExportFormat;
use super::manifest::ManifestFile;
use super::names::{self, Names, Part, Split};
use super::publish::{Aside, Staged};
use crate::audit::Stamp;
use crate::output::{Cell, EntryColumn, Format, RowJoiner, RowWriter, Shape, part_writer, writer};
use crate::query::Zone;
use crate::store::Block;

/// How many parts are open at once. Days mostly come one after another; one that comes back is opened again.
const OPEN: usize = 16;

/// How many bytes may wait over all parts to be written in groups.
const WAITING: usize = 64 << 20;

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
    day.map_or_else(|| names::UNDATED.to_owned(), |day| day.to_string())
}

/// How entries are written.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The format.
    pub format: ExportFormat,
    /// The columns.
    pub columns: Vec<EntryColumn>,
    /// How rows are laid out.
    pub shape: Shape,
}

/// Rows on their way out: those of a table are laid out together, those of any other format were made elsewhere.
pub enum Rows {
    /// A table's.
    Table(Box<dyn RowWriter>),
    /// Any other format's, row by row.
    Joined(RowJoiner),
    /// Column by column.
    #[cfg(feature = "parquet")]
    Columns(Box<Columns>),
}

impl Rows {
    /// Rows of this layout.
    pub fn new(layout: &Layout) -> io::Result<Self> {
        let shape = layout.shape.clone();
        Ok(match layout.format {
            ExportFormat::Rows(Format::Table) => Rows::Table(writer(Format::Table, shape)),
            ExportFormat::Rows(format) => Rows::Joined(RowJoiner::new(format, shape)),
            #[cfg(feature = "parquet")]
            ExportFormat::Parquet => Rows::Columns(Box::new(Columns::new(&layout.columns)?)),
            #[cfg(not(feature = "parquet"))]
            ExportFormat::Parquet => return Err(io::ErrorKind::Unsupported.into()),
        })
    }

    /// Writes a row of a table.
    pub fn cells(&mut self, cells: Vec<Cell<'_>>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Rows::Table(rows) => rows.row(cells, out),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Writes rows that were made elsewhere.
    pub fn made(&mut self, rows: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Rows::Table(_) => Err(io::ErrorKind::Unsupported.into()),
            Rows::Joined(made) => made.rows(rows, out),
            #[cfg(feature = "parquet")]
            Rows::Columns(columns) => columns.rows(rows, out),
        }
    }

    /// How many bytes wait to be written together.
    fn waiting(&self) -> usize {
        match self {
            #[cfg(feature = "parquet")]
            Rows::Columns(columns) => columns.waiting(),
            _ => 0,
        }
    }

    /// Writes what waits and need not.
    fn write_waiting(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            #[cfg(feature = "parquet")]
            Rows::Columns(columns) => columns.write_group(out),
            _ => {
                let _ = out;
                Ok(())
            }
        }
    }

    /// Columns in which values were left out that are not of their types.
    pub fn unfit(&self) -> Vec<&'static str> {
        match self {
            #[cfg(feature = "parquet")]
            Rows::Columns(columns) => columns.unfit().iter().copied().collect(),
            _ => Vec::new(),
        }
    }

    /// Writes what comes after the last row, or what stands for no rows.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Rows::Table(rows) => rows.finish(out),
            Rows::Joined(made) => made.finish(out),
            #[cfg(feature = "parquet")]
            Rows::Columns(columns) => columns.finish(out),
        }
    }
}

/// What writes rows on several threads; None for a table, whose rows are laid out together.
pub fn part_rows(layout: &Layout) -> Option<Box<dyn RowWriter + Send>> {
    match layout.format {
        ExportFormat::Rows(format) => part_writer(format, layout.shape.clone()),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => Some(Box::new(CellWriter)),
        #[cfg(not(feature = "parquet"))]
        ExportFormat::Parquet => None,
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
    layout: &'a Layout,
    /// Columns in which values were left out that are not of their types.
    pub unfit: BTreeSet<&'static str>,
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
    pub fn new(names: &'a Names, split: Option<Split>, hashed: bool, aside: &'a mut Aside, layout: &'a Layout) -> Self {
        Parts {
            names,
            split,
            hashed,
            aside,
            layout,
            unfit: BTreeSet::new(),
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
            let mut written = 0;
            begun.rows_out.made(rows, &mut Count(encoder, &mut written)).map_err(failed)?;
            // Of Parquet, what goes in: it is written much later.
            begun.bytes += if self.layout.format == ExportFormat::Parquet { rows.len() as u64 } else { written };
            begun.rows += (end - next) as u64;
            begun.part.first.get_or_insert(first.id);
            begun.part.last = Some(last.id);
            (next, from) = (end, last.end);
        }
        self.write_what_waits().map_err(ExportError::file("write", &self.names.pattern()))
    }

    /// Writes what waits longest in memory, once that is too much over all parts.
    fn write_what_waits(&mut self) -> io::Result<()> {
        let waiting = |at: &usize| self.begun[*at].rows_out.waiting();
        if self.open.iter().map(waiting).sum::<usize>() < WAITING {
            return Ok(());
        }
        let Some(at) = self.open.iter().copied().max_by_key(waiting) else { return Ok(()) };
        let begun = &mut self.begun[at];
        match &mut begun.state {
            State::Open(encoder) => begun.rows_out.write_waiting(&mut **encoder),
            State::Closed(_) | State::Over => Ok(()),
        }
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
        let rows_out = Rows::new(self.layout).map_err(ExportError::file("write", &self.names.pattern()))?;
        self.begun.push(Begun { part, rows: 0, aside, rows_out, bytes: 0, state: State::Closed(file) });
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
            let oldest = &mut self.begun[self.open.remove(0)];
            if let State::Open(mut encoder) = std::mem::replace(&mut oldest.state, State::Over) {
                oldest.rows_out.write_waiting(&mut *encoder)?;
                let mut file = encoder.end()?;
                file.close()?;
                oldest.state = State::Closed(file);
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
            begun.rows_out.finish(&mut *encoder)?;
            self.unfit.extend(begun.rows_out.unfit());
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
            name: name.strip_prefix(self.names.folder()).unwrap_or(&name).display().to_string(),
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
    pub fn finish(&mut self, at_least_one: bool) -> Result<Vec<(Staged, ManifestFile)>, ExportError> {
        if self.begun.is_empty() && at_least_one && self.split.is_none() {
            self.begin(UNDATED)?;
        }
        for at in 0..self.begun.len() {
            self.end(at)?;
        }
        Ok(std::mem::take(&mut self.whole))
    }
}
