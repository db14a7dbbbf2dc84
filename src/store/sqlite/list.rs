//! Selecting entries: in the order of ids as they are read, in any other order by their keys first and their rows
//! after.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use super::Sqlite;
use super::copied::Copied;
use super::ids::id_range;
use super::key::{Best, Key, Ranked, bytes_of_text};
use super::names::UserNames;
use super::pages::{Layout, Pages, Selected};
use super::scan::{FIRST_SIZE, FIRST_SIZE_BY_INDEX, IdRange, Piece, Reader, Stop, TARGET_BYTES, scan};
use super::select::{Fields, Lying, MOST_IDS, Narrowed, Statement, column, fields_of};
use super::ties::{Reread, settle};
use crate::audit::Entry;
use crate::query::{Field, Filter, Ordering, Page, Test};
use crate::store::{Block, Encode, Encoder, Matched, Selection, StoreError, Wanted};

/// How long rows are fetched by their ids in one transaction.
const FETCH: Duration = Duration::from_millis(40);

/// Where selected entries go.
pub(super) type Each<'a> = &'a mut dyn FnMut(Entry) -> ControlFlow<()>;

/// One question over ranges of ids: to the pages where they may be read, else a statement with the tests that SQL
/// leaves over.
pub(super) struct Plan {
    statement: Statement,
    fields: Fields,
    residual: Option<Filter>,
    /// The whole filter, cheap tests first, for pages.
    filter: Filter,
    /// The ids that an index picks of a range, for the pages to be read only where they are.
    picked: Option<Statement>,
    first_size: u64,
    /// How many rows the engine handed over.
    looked_at: AtomicU64,
}

impl Plan {
    pub(super) fn new(table: &str, filter: &Filter, fields: impl IntoIterator<Item = Field>) -> Self {
        let narrowed = Narrowed::of(filter);
        // What SQL tests is tested on pages too.
        let fields = Fields::new(fields.into_iter().chain(fields_of(filter)));
        let picked = by_index(filter).map(|by_index| Narrowed::of(by_index).statement(table, &Fields::new([])));
        let first_size = if picked.is_some() { FIRST_SIZE_BY_INDEX } else { FIRST_SIZE };
        Plan {
            statement: narrowed.statement(table, &fields),
            fields,
            residual: narrowed.residual,
            filter: cheap_first(filter),
            picked,
            first_size,
            looked_at: AtomicU64::new(0),
        }
    }

    /// How many ids the first range takes.
    pub(super) fn first_size(&self) -> u64 {
        self.first_size
    }

    /// Calls `each` with every row of the range that passes.
    pub(super) fn rows(
        &self,
        reader: &Reader,
        range: IdRange,
        mut each: impl FnMut(&Lying<'_, '_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if let Some(pages) = reader.pages.as_ref().filter(|pages| pages.is_fit()) {
            let wanted = |layout: &Layout| match &self.picked {
                Some(statement) if layout.users_are_indexed => {
                    picked_ids(&reader.connection, statement, range).map(Selected::Ids)
                }
                _ => Ok(Selected::Range(range)),
            };
            let mut looked_at = 0;
            let read = pages.rows(&reader.connection, &reader.deadline, &self.fields, wanted, |row| {
                looked_at += 1;
                let row = Lying::in_page(row);
                if self.filter.accepts(&row) { each(&row) } else { Ok(()) }
            });
            self.looked_at.fetch_add(looked_at, Relaxed);
            return read;
        }
        self.rows_by_sql(&reader.connection, range, each)
    }

    fn rows_by_sql(
        &self,
        connection: &Connection,
        range: IdRange,
        mut each: impl FnMut(&Lying<'_, '_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut statement = connection.prepare_cached(&self.statement.sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(self.statement.bind(range)))?;
        while let Some(row) = rows.next()? {
            self.looked_at.fetch_add(1, Relaxed);
            let row = Lying::new(row, &self.fields);
            if self.residual.as_ref().is_none_or(|filter| filter.accepts(&row)) {
                each(&row)?;
            }
        }
        Ok(())
    }
}

/// The ids that a statement picks of a range, ascending.
fn picked_ids(connection: &Connection, statement: &Statement, range: IdRange) -> Result<Vec<i64>, Stop> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let ids = prepared.query_map(rusqlite::params_from_iter(statement.bind(range)), |row| row.get(0))?;
    let mut ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The part of a filter for which the index on users picks the rows, so that a range of ids costs little.
fn by_index(filter: &Filter) -> Option<&Filter> {
    match filter {
        Filter::All(filters) => filters.iter().find_map(by_index),
        Filter::Test(Test::User { ids, or_none: false }) if ids.len() <= MOST_IDS => Some(filter),
        _ => None,
    }
}

/// The same filter; of tests that all have to hold, those come first that cost least.
fn cheap_first(filter: &Filter) -> Filter {
    match filter {
        Filter::All(filters) => {
            let mut filters: Vec<Filter> = filters.iter().map(cheap_first).collect();
            filters.sort_by_key(cost);
            Filter::All(filters)
        }
        Filter::Any(filters) => Filter::Any(filters.iter().map(cheap_first).collect()),
        Filter::Not(inner) => Filter::Not(Box::new(cheap_first(inner))),
        Filter::Test(_) => filter.clone(),
    }
}

fn cost(filter: &Filter) -> u8 {
    let of_test = |test: &Test| match test {
        Test::RecordId(_) => 0,
        Test::Model(_) => 1,
        Test::User { .. } => 2,
        Test::Since(_) | Test::Until(_) => 3,
        Test::Action(_) | Test::Method(_) => 4,
        Test::Path(_) => 5,
        Test::Details(_) => 6,
        Test::Status(_) | Test::Field(_) => 7,
    };
    filter.tests().into_iter().map(of_test).max().unwrap_or(0)
}

/// The columns an entry is made of.
fn entry_fields(wanted: Wanted) -> impl Iterator<Item = Field> {
    Field::ALL.into_iter().filter(move |&field| wanted.details || field != Field::Details)
}

/// Which of the entries that come are on the page.
struct Part {
    page: Page,
    /// How many came.
    seen: u64,
    /// Whether there is one after the page.
    more: bool,
}

impl Part {
    fn of(page: Page) -> Self {
        Part { page, seen: 0, more: false }
    }

    fn end(&self) -> u64 {
        self.page.limit.map_or(u64::MAX, |limit| self.page.offset.saturating_add(limit))
    }

    /// Which of the next `count` are on the page.
    fn of_next(&mut self, count: usize) -> Range<usize> {
        let begin = self.seen;
        let count = count as u64;
        let (end, offset) = (self.end(), self.page.offset);
        self.more |= begin.saturating_add(count) > end;
        self.seen = begin.saturating_add(count).min(end);
        let place =
            |at: u64| usize::try_from(at.clamp(begin, begin.saturating_add(count)) - begin).unwrap_or(usize::MAX);
        place(offset)..place(end).max(place(offset))
    }

    /// Whether there is more to see.
    fn go_on(&self) -> ControlFlow<()> {
        if self.more { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn matched(&self) -> Matched {
        if self.more { Matched::AtLeast(self.seen + 1) } else { Matched::Exactly(self.seen) }
    }
}

impl Sqlite {
    /// Entries in the order of their ids, handed on as they are read.
    pub(super) fn in_id_order(
        &mut self,
        filter: &Filter,
        descending: bool,
        page: Page,
        wanted: Wanted,
        each: Each<'_>,
    ) -> Result<Matched, StoreError> {
        let mut part = Part::of(page);
        let made = |(): &mut (), copied: &Copied, _: IdRange| {
            copied.iter().map(|entry| entry.map(|text| (*text).to_owned())).collect()
        };
        self.by_range(
            filter,
            descending,
            wanted,
            || (),
            made,
            |entries: Vec<Entry>| {
                let taken = part.of_next(entries.len());
                entries.into_iter().skip(taken.start).take(taken.len()).try_for_each(&mut *each)?;
                part.go_on()
            },
        )?;
        Ok(part.matched())
    }

    /// The same, written where they are read.
    pub(super) fn encoded_in_id_order(
        &mut self,
        selection: &Selection,
        descending: bool,
        encode: &dyn Encode,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<Matched, StoreError> {
        let mut part = Part::of(selection.page);
        let begin = || encode.begin();
        let made = |encoder: &mut Encoder<'_>, copied: &Copied, range: IdRange| {
            let mut block = Block::with_capacity(copied.len(), copied.bytes());
            block.passed = Some(if descending { range.low } else { range.high });
            copied.iter().for_each(|entry| block.push(&entry, encoder));
            block
        };
        self.by_range(&selection.filter, descending, selection.wanted, begin, made, |mut block: Block| {
            let taken = part.of_next(block.entries.len());
            if taken.len() < block.entries.len() {
                block.cut(taken.start, taken.len());
            }
            each(block)?;
            part.go_on()
        })?;
        Ok(part.matched())
    }

    /// All entries that pass, in the order of their ids, range by range: `make` turns those of a range into something
    /// else on the thread that read them, and once nothing is locked any more; `begin` gives it what it has on each thread.
    fn by_range<T: Send, Own: Send>(
        &mut self,
        filter: &Filter,
        descending: bool,
        wanted: Wanted,
        begin: impl Fn() -> Own + Sync,
        make: impl Fn(&mut Own, &Copied, IdRange) -> T + Sync,
        mut deliver: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let Some(whole) = self.bounds(filter)? else {
            return Ok(());
        };
        let plan = Plan::new(&self.schema.audit_table, filter, entry_fields(wanted));
        let names = wanted.username.then(|| UserNames::of(self.schema.users.as_ref()));
        // What threads have that are between two ranges.
        let idle: Mutex<Vec<(Copied, Own)>> = Mutex::default();
        let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |reader: &Reader, range: IdRange| {
            let (mut copied, mut own) = idle().pop().unwrap_or_else(|| (Copied::default(), begin()));
            copied.clear();
            plan.rows(reader, range, |row| {
                copied.push(row);
                if copied.bytes() > 4 * TARGET_BYTES && !range.is_single() {
                    return Err(Stop::TooMuch);
                }
                Ok(())
            })?;
            // An index may have given them in another order.
            copied.sort(descending);
            if let Some(names) = &names {
                copied.name_users(names, &reader.connection)?;
            }
            let piece = Piece { result: make(&mut own, &copied, range), bytes: copied.bytes() };
            idle().push((copied, own));
            Ok(piece)
        };
        let (readers, file) = (self.readers(whole)?, self.file.clone());
        let mut ranges = 0;
        let scanned = scan(&readers, whole, plan.first_size, descending, &|| file.writer_waits(), read, |made| {
            ranges += 1;
            deliver(made)
        });
        self.finish(readers, ranges, &plan);
        scanned.map_err(|e| self.file.explain(e))
    }

    /// Entries in any order: the keys of all that match, the ids of those that are shown, then their rows.
    pub(super) fn in_order(
        &mut self,
        filter: &Filter,
        ordering: &Ordering,
        page: Page,
        wanted: Wanted,
        each: Each<'_>,
    ) -> Result<Matched, StoreError> {
        let Some(whole) = self.bounds(filter)? else {
            return Ok(Matched::Exactly(0));
        };
        let keep = page
            .limit
            .map_or(usize::MAX, |limit| usize::try_from(page.offset.saturating_add(limit)).unwrap_or(usize::MAX));
        let descending: Vec<bool> = ordering.keys().iter().map(|key| key.descending).collect();
        let by: Vec<Field> = ordering.keys().iter().map(|key| key.field).filter(|&f| f != Field::Id).collect();
        let plan = Plan::new(&self.schema.audit_table, filter, by.iter().copied());
        let text = bytes_of_text(keep);
        let read = |reader: &Reader, range: IdRange| {
            let mut best = Best::new(keep, descending.clone());
            let (mut matched, mut bytes) = (0_u64, 0);
            plan.rows(reader, range, |row| {
                matched += 1;
                let ranked = rank(row, &by, text);
                bytes += ranked.bytes();
                if bytes > 16 * TARGET_BYTES && !range.is_single() {
                    return Err(Stop::TooMuch);
                }
                best.push(ranked);
                Ok(())
            })?;
            // Only what is handed on counts against the size of the next range.
            let rows = best.into_rows();
            let bytes = rows.iter().map(Ranked::bytes).sum::<usize>() / 8;
            Ok(Piece { result: (rows, matched), bytes })
        };
        let (readers, file) = (self.readers(whole)?, self.file.clone());
        let mut best = Best::new(keep, descending.clone());
        let (mut matched, mut ranges) = (0, 0);
        let scanned = scan(&readers, whole, plan.first_size, true, &|| file.writer_waits(), read, |(rows, count)| {
            ranges += 1;
            matched += count;
            rows.into_iter().for_each(|row| best.push(row));
            ControlFlow::Continue(())
        });
        self.finish(readers, ranges, &plan);
        scanned.map_err(|e| self.file.explain(e))?;
        let mut sorted = best.into_sorted();
        let end = keep.min(sorted.len());
        let begin = usize::try_from(page.offset).unwrap_or(usize::MAX).min(end);
        let mut reread = KeysAgain { connection: &self.main.connection, table: &self.schema.audit_table, by: &by };
        settle(&mut sorted, &descending, begin..end, &mut reread).map_err(|e| self.file.explain(e))?;
        let ids: Vec<i64> = sorted[begin..end].iter().map(|row| row.id).collect();
        drop(sorted);
        self.by_ids(&ids, wanted, each)?;
        Ok(Matched::Exactly(matched))
    }

    /// Entries by their ids, in this order, in short transactions; an id that is gone is passed over.
    pub(super) fn by_ids(&mut self, ids: &[i64], wanted: Wanted, each: Each<'_>) -> Result<(), StoreError> {
        let plan = Plan::new(&self.schema.audit_table, &Filter::everything(), entry_fields(wanted));
        let mut left = ids;
        while !left.is_empty() {
            let (entries, read) = fetch(&self.main, &plan, left).map_err(|e| self.file.explain(e))?;
            left = &left[read..];
            for mut entry in entries {
                if wanted.username {
                    self.name_user(&mut entry)?;
                }
                if each(entry).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How many entries pass.
    pub(super) fn count_matching(&mut self, filter: &Filter) -> Result<u64, StoreError> {
        let Some(whole) = self.bounds(filter)? else {
            return Ok(0);
        };
        let narrowed = Narrowed::of(filter);
        let table = self.schema.audit_table.clone();
        if narrowed.residual.is_none() && (filter.is_everything() || by_index(filter).is_some()) {
            // An index often answers at once, and where it does not, its time is soon up.
            let (sql, values) = narrowed.count_all(&table);
            let at_once = self.main.within(|connection| {
                connection.query_row(&sql, rusqlite::params_from_iter(&values), |row| row.get::<_, i64>(0))
            });
            if let Some(count) = at_once.map_err(|e| self.file.explain(e))? {
                return Ok(count.unsigned_abs());
            }
        }
        let count = narrowed.residual.is_none().then(|| narrowed.count(&table));
        let plan = Plan::new(&table, filter, []);
        let read = |reader: &Reader, range: IdRange| {
            let mut result = 0_i64;
            match &count {
                Some(statement) if reader.pages.as_ref().is_none_or(|pages| !pages.is_fit()) => {
                    result = reader
                        .connection
                        .prepare_cached(&statement.sql)?
                        .query_row(rusqlite::params_from_iter(statement.bind(range)), |row| row.get(0))?;
                }
                _ => plan.rows(reader, range, |_| {
                    result += 1;
                    Ok(())
                })?,
            }
            Ok(Piece { result, bytes: 0 })
        };
        let (readers, file) = (self.readers(whole)?, self.file.clone());
        let (mut total, mut ranges) = (0_u64, 0);
        let scanned = scan(&readers, whole, plan.first_size, false, &|| file.writer_waits(), read, |count| {
            ranges += 1;
            total += count.unsigned_abs();
            ControlFlow::Continue(())
        });
        self.finish(readers, ranges, &plan);
        scanned.map_err(|e| self.file.explain(e))?;
        Ok(total)
    }

    /// The lowest and the highest id that may pass, as they are now; None where there is none.
    pub(super) fn bounds(&self, filter: &Filter) -> Result<Option<IdRange>, StoreError> {
        let table = super::quoted(&self.schema.audit_table);
        let sql = format!("SELECT (SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})");
        let bounds: (Value, Value) = self
            .main
            .connection
            .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(|e| self.file.explain(e))?;
        match bounds {
            (Value::Integer(low), Value::Integer(high)) => {
                let asked = id_range(filter);
                let both = IdRange { low: low.max(asked.low), high: high.min(asked.high) };
                Ok((both.low <= both.high).then_some(both))
            }
            (Value::Null, Value::Null) => Ok(None),
            _ => Err(StoreError::KeyNotInteger { table: self.schema.audit_table.clone() }),
        }
    }

    /// Connections to scan with: one where there is little to read, else one a processor.
    pub(super) fn readers(&mut self, whole: IdRange) -> Result<Vec<Mutex<Reader>>, StoreError> {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
        let wanted = if whole.ids() <= FIRST_SIZE { 1 } else { processors };
        let mut readers = std::mem::take(&mut self.idle);
        while readers.len() < wanted {
            let mut reader = super::reader(&self.file)?;
            reader.pages = Some(Pages::of(&self.file, &self.schema.audit_table));
            readers.push(Mutex::new(reader));
        }
        Ok(readers)
    }

    /// Keeps the connections of a scan for the next one, and notes what it took.
    pub(super) fn finish(&mut self, readers: Vec<Mutex<Reader>>, ranges: u64, plan: &Plan) {
        self.effort.rows += plan.looked_at.load(Relaxed);
        self.effort.ranges += ranges;
        self.effort.connections = readers.len() as u64;
        self.idle = readers;
    }
}

/// Reads sort keys again, in short transactions.
struct KeysAgain<'a> {
    connection: &'a Connection,
    table: &'a str,
    by: &'a [Field],
}

impl Reread for KeysAgain<'_> {
    type Error = rusqlite::Error;

    fn reread(
        &mut self,
        key: usize,
        ids: &[i64],
        each: &mut dyn FnMut(usize, ValueRef<'_>) -> bool,
    ) -> rusqlite::Result<()> {
        let sql = format!("SELECT {} FROM {} WHERE id = ?", column(self.by[key]), super::quoted(self.table));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut at = 0;
        while at < ids.len() {
            let transaction = self.connection.unchecked_transaction()?;
            let started = Instant::now();
            while at < ids.len() && started.elapsed() < FETCH {
                let mut rows = statement.query([ids[at]])?;
                if let Some(row) = rows.next()?
                    && !each(at, row.get_ref(0)?)
                {
                    return Ok(());
                }
                at += 1;
            }
            drop(transaction);
        }
        Ok(())
    }
}

/// The place of a row in the order, with so many bytes of each text.
fn rank(row: &Lying<'_, '_>, by: &[Field], text: usize) -> Ranked {
    let mut keys = by.iter().map(|&field| Key::of(row.value(field), field == Field::Timestamp, text));
    Ranked { first: keys.next().unwrap_or(Key::Null), rest: keys.collect(), id: row.id() }
}

/// Reads as many of the ids as fit into one short transaction; says how many that were.
fn fetch(reader: &Reader, plan: &Plan, ids: &[i64]) -> rusqlite::Result<(Vec<Entry>, usize)> {
    let transaction = reader.connection.unchecked_transaction()?;
    let started = Instant::now();
    let (mut entries, mut bytes, mut read) = (Vec::new(), 0, 0);
    for &id in ids {
        let one = plan.rows_by_sql(&reader.connection, IdRange { low: id, high: id }, |row| {
            let entry = row.entry();
            bytes += entry_bytes(&entry);
            entries.push(entry);
            Ok(())
        });
        if let Err(Stop::Failed(error)) = one {
            return Err(error);
        }
        read += 1;
        if bytes > TARGET_BYTES || started.elapsed() > FETCH {
            break;
        }
    }
    transaction.commit()?;
    Ok((entries, read))
}

fn entry_bytes(entry: &Entry) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    size_of::<Entry>() + text(&entry.action) + text(&entry.model) + text(&entry.details)
}
