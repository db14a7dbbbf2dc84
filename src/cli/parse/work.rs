//! What is made of a block of records, on any thread: rows in the format asked for, numbers for the account.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::columns::RecordCells;
use super::ordering::{RecordKey, SortKey};
use crate::logs::block::Block;
use crate::logs::clock::Clock;
use crate::logs::files::log_of;
use crate::logs::filter::RecordFilter;
use crate::logs::needle::Needles;
use crate::logs::record::Record;
use crate::logs::subject::Asked;
use crate::output::{Cell, Format, RowWriter, Shape, part_writer};
use crate::query::{Grouping, Groups};

/// What was read, and what of it was not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Records that were looked at.
    pub records: u64,
    /// Records that passed the filter.
    pub matching: u64,
    /// Lines that belong to no record.
    pub skipped: u64,
    /// Records with an object that is broken.
    pub broken: u64,
    /// The first records that were too long and were cut: the file, and where in it.
    pub cut: Option<(String, u64)>,
    /// The files that hold more than filler, and whether any line of theirs begins a record.
    pub files: BTreeMap<Arc<str>, bool>,
}

impl Account {
    /// Adds another.
    pub fn add(&mut self, other: Account) {
        self.records += other.records;
        self.matching += other.matching;
        self.skipped += other.skipped;
        self.broken += other.broken;
        self.cut = self.cut.take().or(other.cut);
        for (file, has_records) in other.files {
            *self.files.entry(file).or_default() |= has_records;
        }
    }

    /// The files that hold nothing that is a record.
    pub fn unknown(&self) -> Vec<&str> {
        self.files.iter().filter(|(_, has_records)| !**has_records).map(|(file, _)| &**file).collect()
    }
}

/// What was made of a block.
#[derive(Default)]
pub struct Batch {
    /// Rows as they are printed.
    pub bytes: Vec<u8>,
    /// Where each of them ends.
    pub ends: Vec<usize>,
    /// Rows of a table.
    pub rows: Vec<Vec<Cell<'static>>>,
    /// When each was logged.
    pub times: Vec<Option<DateTime<Utc>>>,
    /// What each is sorted by.
    pub keys: Vec<Vec<RecordKey>>,
    /// How many there are of each group.
    pub groups: Option<Groups>,
    /// To which log they belong, by its number among all; 0 where that is not wanted.
    pub log: usize,
    /// What was read.
    pub account: Account,
}

impl Batch {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.ends.len().max(self.rows.len())
    }

    /// Where the bytes of this row begin.
    pub fn begin(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// How blocks are worked on; the same for all threads.
pub struct Work<'a> {
    /// Which records.
    pub filter: &'a RecordFilter,
    /// How to find them.
    pub needles: Option<Needles>,
    /// What is shown of them; None when they are only counted.
    pub cells: Option<RecordCells<'a>>,
    /// In which format.
    pub format: Format,
    /// In which shape.
    pub shape: Shape,
    /// By what they are counted.
    pub grouping: Option<&'a Grouping>,
    /// Whether the time of each row is wanted.
    pub wants_times: bool,
    /// What rows are sorted by.
    pub keys: &'a [SortKey],
    /// The number of each log, where that is wanted.
    pub logs: HashMap<PathBuf, usize>,
    /// Whether broken objects are counted.
    pub counts_broken: bool,
    /// The clock that each thread begins with.
    pub clock: Clock,
    /// The account of all blocks, for one who doesn't ask for that of each.
    pub total: Option<Mutex<Account>>,
}

/// What each thread has of its own.
pub struct Own {
    clock: Clock,
    writer: Option<Box<dyn RowWriter + Send>>,
}

impl Work<'_> {
    /// What a thread begins with.
    pub fn own(&self) -> Own {
        Own { clock: self.clock.clone(), writer: part_writer(self.format, self.shape.clone()) }
    }

    /// Works on a block.
    pub fn batch(&self, own: &mut Own, block: &Block) -> Batch {
        let mut batch = Batch::default();
        batch.account.skipped = block.skipped_lines();
        batch.log = self.logs.get(&log_of(Path::new(&*block.file))).copied().unwrap_or_default();
        if !block.is_junk || batch.account.skipped > 0 {
            batch.account.files.insert(Arc::clone(&block.file), !block.is_junk);
        }
        block.records(self.needles.as_ref(), |record| self.record(own, record, &mut batch));
        if block.is_cut && batch.account.matching > 0 {
            batch.account.cut = Some((block.file.to_string(), block.offset));
        }
        if let Some(total) = &self.total {
            total.lock().unwrap_or_else(PoisonError::into_inner).add(batch.account.clone());
        }
        batch
    }

    /// Works on a record.
    pub fn record(&self, own: &mut Own, record: &Record<'_>, batch: &mut Batch) {
        batch.account.records += 1;
        if self.counts_broken && record.is_broken() {
            batch.account.broken += 1;
        }
        if !self.filter.accepts(record, &mut own.clock) {
            return;
        }
        batch.account.matching += 1;
        if let Some(grouping) = self.grouping {
            batch.groups.get_or_insert_default().add(grouping, &Asked::new(record, &mut own.clock));
        }
        let Some(cells) = &self.cells else { return };
        if self.wants_times {
            batch.times.push(record.instant(&mut own.clock));
        }
        if !self.keys.is_empty() {
            batch.keys.push(self.keys.iter().map(|key| key.of(record, &mut own.clock)).collect());
        }
        let row = cells.row(record, &mut own.clock);
        match &mut own.writer {
            Some(writer) => {
                // Writing to memory can't fail.
                let written = writer.row(row, &mut batch.bytes);
                debug_assert!(written.is_ok());
                batch.ends.push(batch.bytes.len());
            }
            None => batch.rows.push(row.into_iter().map(Cell::into_owned).collect()),
        }
    }
}
