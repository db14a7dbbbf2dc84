//! Reading a whole table in ranges of ids, side by side on several connections, without ever holding a read
//! transaction for long.
//!
//! A reader in rollback-journal mode keeps the service from committing, so each range is a transaction of its own,
//! sized to take a hundredth of a second. One that takes too long is interrupted, its rows are dropped and it is
//! read again in smaller pieces: a range is either whole or not there. When a writer waits, all connections come to
//! rest before one of them reads on: as long as one reads, the process keeps its lock. Knows ids and connections;
//! knows nothing of what is read.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::pages::Pages;

/// No read transaction may last longer than a quarter of a second; this leaves room to notice.
const LONGEST: Duration = Duration::from_millis(180);
/// How long a range should take: so long a writer waits as a rule. Shorter ones cost more than they spare.
const TARGET: Duration = Duration::from_millis(10);
/// How many bytes of rows one range may hand on.
pub const TARGET_BYTES: usize = 1 << 20;
/// How many ids the first range takes where every row of it is read; a table that fits into it is read on one
/// connection.
pub const FIRST_SIZE: u64 = 2048;
/// How many ids the first range takes where an index picks few rows of it.
pub const FIRST_SIZE_BY_INDEX: u64 = 32 * FIRST_SIZE;
/// How often the deadline is looked at, in instructions of SQLite's virtual machine (some hundredths of a millisecond).
const OPS_PER_CHECK: std::ffi::c_int = 4000;
/// Into how many pieces a range is divided that took too long. After a gap between ids a range may be as long as all
/// numbers and still hold a million rows at its end: halves would take 45 attempts to come down to a readable size.
const PIECES: u64 = 16;
/// How many finished ranges may wait for the one before them, for each connection.
const AHEAD: usize = 2;

/// A range of ids, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    /// The lowest id.
    pub low: i64,
    /// The highest id.
    pub high: i64,
}

impl IdRange {
    /// Whether it can't be divided any more; then it is read whatever it takes.
    pub fn is_single(self) -> bool {
        self.low == self.high
    }

    /// How many ids it spans.
    pub fn ids(self) -> u64 {
        self.high.abs_diff(self.low).saturating_add(1)
    }

    /// The first `size` ids in this direction, and the rest.
    fn split(self, size: u64, descending: bool) -> (IdRange, Option<IdRange>) {
        if self.ids() <= size {
            return (self, None);
        }
        let step = i64::try_from(size.max(1) - 1).unwrap_or(i64::MAX);
        if descending {
            let low = self.high - step;
            (IdRange { low, ..self }, Some(IdRange { high: low - 1, ..self }))
        } else {
            let high = self.low + step;
            (IdRange { high, ..self }, Some(IdRange { low: high + 1, ..self }))
        }
    }
}

/// What reading one range gave: its result and about how many bytes it holds.
#[derive(Debug)]
pub struct Piece<T> {
    /// The result.
    pub result: T,
    /// About how many bytes it holds, to size the next range.
    pub bytes: usize,
}

/// Why a range was not read to its end.
#[derive(Debug)]
pub enum Stop {
    /// It holds more than one range should; it is read again in pieces.
    TooMuch,
    /// Its pages are for SQLite to read; it is read again by SQL.
    Unfit,
    /// The database says no, or the deadline interrupted it.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Stop::Failed(error)
    }
}

/// Interrupts a connection's statement when its time is up.
#[derive(Clone, Debug)]
pub struct Deadline {
    epoch: Instant,
    /// Nanoseconds since `epoch`; `i64::MAX` for none.
    at: Arc<AtomicI64>,
}

impl Deadline {
    /// Puts a deadline on a connection, not yet running; it is looked at every so many of SQLite's steps.
    pub fn install(connection: &mut Connection, steps: std::ffi::c_int) -> rusqlite::Result<Self> {
        let deadline = Deadline { epoch: Instant::now(), at: Arc::new(AtomicI64::new(i64::MAX)) };
        let watched = deadline.clone();
        connection.progress_handler(steps, Some(move || watched.passed()))?;
        Ok(deadline)
    }

    /// Starts the clock.
    pub fn start(&self, allowed: Duration) {
        let at = (self.epoch.elapsed() + allowed).as_nanos();
        self.at.store(i64::try_from(at).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Stops the clock.
    pub fn clear(&self) {
        self.at.store(i64::MAX, Ordering::Relaxed);
    }

    /// Whether the time is up.
    pub fn passed(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != i64::MAX && self.epoch.elapsed().as_nanos() as i128 >= i128::from(at)
    }
}

/// A connection with its deadline.
#[derive(Debug)]
pub struct Reader {
    /// The connection.
    pub connection: Connection,
    /// What interrupts it.
    pub deadline: Deadline,
    /// What reads the audit table's pages under the connection's locks, where it may.
    pub pages: Option<Pages>,
}

impl Reader {
    /// Wraps a connection.
    pub fn new(mut connection: Connection) -> rusqlite::Result<Self> {
        let deadline = Deadline::install(&mut connection, OPS_PER_CHECK)?;
        Ok(Reader { connection, deadline, pages: None })
    }

    /// Runs one short read; None when its time was up.
    pub fn within<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
        self.deadline.start(LONGEST);
        let result = work(&self.connection);
        self.deadline.clear();
        match result {
            Err(error) if interrupted(&error) => Ok(None),
            other => other.map(Some),
        }
    }
}

fn interrupted(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

/// What is left to read, in order.
struct Frontier<T> {
    /// Ranges not yet read, the next one last.
    pending: Vec<Pending>,
    /// How many ids the next range takes.
    size: u64,
    /// Ranges read but not yet delivered, by their place: the lowest place is delivered first.
    finished: BTreeMap<i128, (IdRange, T)>,
    /// The place whose range is delivered next.
    next: i128,
    failed: Option<rusqlite::Error>,
    /// Nobody wants more: the consumer has enough, or somebody panicked.
    stopped: bool,
    running: usize,
    /// Nobody begins a range until nobody reads any more: a writer waits.
    resting: bool,
}

/// A range that is not yet read.
#[derive(Clone, Copy, Debug)]
struct Pending {
    range: IdRange,
    /// How many of its ids may be read at once: less than what took too long before.
    most: u64,
}

struct Shared<'a, T> {
    frontier: Mutex<Frontier<T>>,
    changed: Condvar,
    descending: bool,
    ahead: usize,
    writer_waits: &'a (dyn Fn() -> bool + Sync),
}

impl<T> Shared<'_, T> {
    fn lock(&self) -> MutexGuard<'_, Frontier<T>> {
        self.frontier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, guard: MutexGuard<'a, Frontier<T>>) -> MutexGuard<'a, Frontier<T>> {
        self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a range stands in the order of delivery.
    fn place(&self, range: IdRange) -> i128 {
        if self.descending { -i128::from(range.high) } else { i128::from(range.low) }
    }

    /// Ends the scan for everybody.
    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn place_after(&self, range: IdRange) -> i128 {
        if self.descending { -(i128::from(range.low) - 1) } else { i128::from(range.high) + 1 }
    }
}

/// Wakes up everybody who waits for a thread that will not come back, because it panics. A panic then goes on to the
/// caller of [`scan`] instead of leaving the others waiting for ever.
struct WakeOnPanic<'a, T>(&'a Shared<'a, T>);

impl<T> Drop for WakeOnPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// Reads `whole` in ranges on these connections, the first of `first_size` ids, and delivers the results in the order
/// of ids, descending if asked.
///
/// `read` is called on worker threads, each with its own connection, within one read transaction; `deliver` is called
/// on this thread, outside of any transaction, and may end the scan. `writer_waits` is asked before each range.
pub fn scan<T: Send>(
    readers: &[Mutex<Reader>],
    whole: IdRange,
    first_size: u64,
    descending: bool,
    writer_waits: &(dyn Fn() -> bool + Sync),
    read: impl Fn(&Reader, IdRange) -> Result<Piece<T>, Stop> + Sync,
    mut deliver: impl FnMut(T) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    if whole.low > whole.high {
        return Ok(());
    }
    let shared = Shared {
        frontier: Mutex::new(Frontier {
            pending: vec![Pending { range: whole, most: u64::MAX }],
            size: first_size,
            finished: BTreeMap::new(),
            next: 0,
            failed: None,
            stopped: false,
            running: 0,
            resting: false,
        }),
        changed: Condvar::new(),
        descending,
        ahead: readers.len() * AHEAD,
        writer_waits,
    };
    shared.lock().next = shared.place(whole);
    let end = shared.place_after(whole);
    // A table of one range is not worth a thread.
    let workers = if whole.ids() <= FIRST_SIZE { 1 } else { readers.len() };
    std::thread::scope(|scope| {
        for reader in &readers[..workers] {
            scope.spawn(|| {
                let _wake = WakeOnPanic(&shared);
                let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                work(&shared, &reader, &read);
            });
        }
        let _wake = WakeOnPanic(&shared);
        let result = collect(&shared, end, &mut deliver);
        shared.stop();
        result
    })
}

/// Delivers finished ranges in order until the end, a failure, or a consumer that has enough.
fn collect<T>(
    shared: &Shared<'_, T>,
    end: i128,
    deliver: &mut impl FnMut(T) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let mut frontier = shared.lock();
    loop {
        if frontier.next == end || frontier.stopped {
            return Ok(());
        }
        let next = frontier.next;
        if let Some((range, result)) = frontier.finished.remove(&next) {
            frontier.next = shared.place_after(range);
            shared.changed.notify_all();
            drop(frontier);
            if deliver(result).is_break() {
                return Ok(());
            }
            frontier = shared.lock();
        } else if let Some(error) = frontier.failed.take() {
            return Err(error);
        } else {
            frontier = shared.wait(frontier);
        }
    }
}

fn work<T>(
    shared: &Shared<'_, T>,
    reader: &Reader,
    read: &(impl Fn(&Reader, IdRange) -> Result<Piece<T>, Stop> + Sync),
) {
    while let Some(range) = take(shared) {
        let started = Instant::now();
        reader.deadline.start(if range.is_single() { Duration::MAX / 4 } else { LONGEST });
        let mut outcome = read(reader, range);
        if matches!(outcome, Err(Stop::Unfit))
            && let Some(pages) = &reader.pages
        {
            pages.give_up();
            outcome = read(reader, range);
        }
        reader.deadline.clear();
        let elapsed = started.elapsed();
        let mut frontier = shared.lock();
        frontier.running -= 1;
        match outcome {
            Ok(piece) => {
                frontier.size = next_size(range.ids(), frontier.size, elapsed, piece.bytes);
                let place = shared.place(range);
                frontier.finished.insert(place, (range, piece.result));
            }
            Err(stop) => match stop {
                Stop::Failed(error) if !interrupted(&error) => frontier.failed = Some(error),
                _ if range.is_single() => frontier.failed = Some(rusqlite::Error::InvalidQuery),
                _ => {
                    let most = (range.ids() / PIECES).max(1);
                    frontier.size = frontier.size.min(most);
                    give_back(shared, &mut frontier, Pending { range, most });
                }
            },
        }
        shared.changed.notify_all();
    }
}

/// The size of the next range: towards the target time and bytes, at most four times the last.
fn next_size(read: u64, current: u64, elapsed: Duration, bytes: usize) -> u64 {
    let by_time = TARGET.as_secs_f64() / elapsed.as_secs_f64().max(1e-6);
    let by_bytes = (TARGET_BYTES / 2) as f64 / (bytes.max(1)) as f64;
    let factor = by_time.min(by_bytes).clamp(0.25, 4.0);
    let wanted = (read as f64 * factor) as u64;
    // The last range of a table is short and says little about the next.
    if read < current && wanted < current { current } else { wanted.max(16) }
}

fn take<T>(shared: &Shared<'_, T>) -> Option<IdRange> {
    let mut frontier = shared.lock();
    loop {
        if frontier.stopped || frontier.failed.is_some() {
            return None;
        }
        let blocked = frontier.finished.len() >= shared.ahead
            && frontier.pending.last().is_some_and(|pending| shared.place(pending.range) != frontier.next);
        frontier.resting = frontier.running > 0 && (frontier.resting || (shared.writer_waits)());
        if !blocked
            && !frontier.resting
            && let Some(Pending { range, most }) = frontier.pending.pop()
        {
            let (piece, rest) = range.split(frontier.size.min(most), shared.descending);
            frontier.pending.extend(rest.map(|range| Pending { range, most }));
            frontier.running += 1;
            return Some(piece);
        }
        if frontier.pending.is_empty() && frontier.running == 0 {
            return None;
        }
        frontier = shared.wait(frontier);
    }
}

/// Puts a range back where it was: the one to read next is last.
fn give_back<T>(shared: &Shared<'_, T>, frontier: &mut Frontier<T>, given: Pending) {
    let place = shared.place(given.range);
    let at = frontier.pending.partition_point(|other| shared.place(other.range) > place);
    frontier.pending.insert(at, given);
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
