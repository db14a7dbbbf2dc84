//! Brings out what was made of blocks: in order, merged by time, or sorted; all of it or a page.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::mpsc::Receiver;

use chrono::{DateTime, Utc};

use super::ordering::{RecordKey, SortKey, compare};
use super::work::{Account, Batch};
use crate::cli::list;
use crate::output::{Cell, Format, RowJoiner, RowWriter, Shape, writer};
use crate::query::Page;
use crate::store::Matched;

/// So many rows more than are wanted are kept before the surplus is dropped.
const SURPLUS: usize = 4096;

/// A row on its way out.
enum Row {
    Bytes(Box<[u8]>),
    Cells(Vec<Cell<'static>>),
}

/// A row that waits for its place.
struct Waiting {
    keys: Vec<RecordKey>,
    place: Place,
    row: Row,
}

/// Where a row stands unless it is sorted: by the latest time of its log up to there, which is how several logs are
/// merged by [`Printer::merge`]; then by its log, and its number.
type Place = (Option<DateTime<Utc>>, usize, u64);

/// Prints rows.
pub struct Printer<'a> {
    out: Format,
    parts: RowJoiner,
    table: Box<dyn RowWriter>,
    page: Page,
    keys: &'a [SortKey],
    waiting: Vec<Waiting>,
    /// The log whose rows come, and the latest time among them.
    latest: (usize, Option<DateTime<Utc>>),
    /// How many rows came so far.
    came: u64,
    shown: u64,
    is_more: bool,
    /// The last rows so far and how many are wanted, where all before them are passed over.
    last: Option<(usize, VecDeque<Row>)>,
}

impl<'a> Printer<'a> {
    /// Prints rows of this shape; those of this page, sorted by these keys.
    pub fn new(format: Format, shape: Shape, page: Page, keys: &'a [SortKey]) -> Self {
        Printer {
            out: format,
            parts: RowJoiner::new(format, shape.clone()),
            table: writer(format, shape),
            page,
            keys,
            waiting: Vec::new(),
            latest: (0, None),
            came: 0,
            shown: 0,
            is_more: false,
            last: None,
        }
    }

    /// Until they are brought out, only so many of the last rows are kept.
    pub fn keeping_last(mut self, most: Option<u64>) -> Self {
        self.last = most.map(|most| (usize::try_from(most).unwrap_or(usize::MAX), VecDeque::new()));
        self
    }

    /// Takes the rows of a batch; breaks when no more are wanted.
    pub fn batch(&mut self, batch: Batch, out: &mut dyn Write) -> io::Result<ControlFlow<()>> {
        if !self.keys.is_empty() {
            self.wait(batch);
            return Ok(ControlFlow::Continue(()));
        }
        self.rows(&batch, 0, batch.len(), out)
    }

    /// Prints rows `from..to` of a batch as far as they are of the page.
    fn rows(&mut self, batch: &Batch, from: usize, to: usize, out: &mut dyn Write) -> io::Result<ControlFlow<()>> {
        let count = (to - from) as u64;
        if let Some((most, kept)) = &mut self.last {
            self.came += count;
            for at in to - (to - from).min(*most)..to {
                if kept.len() == *most {
                    kept.pop_front();
                }
                kept.push_back(match batch.rows.get(at) {
                    Some(row) => Row::Cells(row.clone()),
                    None => Row::Bytes(batch.bytes[batch.begin(at)..batch.ends[at]].into()),
                });
            }
            return Ok(ControlFlow::Continue(()));
        }
        let skipped = self.page.offset.saturating_sub(self.came).min(count);
        let left = self.page.limit.map_or(u64::MAX, |limit| limit - self.shown);
        let wanted = (count - skipped).min(left);
        self.came += count;
        // Both are at most the number of rows of a batch.
        let first = from + usize::try_from(skipped).unwrap_or(usize::MAX);
        let last = first + usize::try_from(wanted).unwrap_or(usize::MAX);
        if first < last {
            if self.out == Format::Table {
                for row in &batch.rows[first..last] {
                    self.table.row(row.clone(), out)?;
                }
            } else {
                self.parts.rows(&batch.bytes[batch.begin(first)..batch.ends[last - 1]], out)?;
            }
        }
        self.shown += wanted;
        if last < to {
            self.is_more = true;
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Prints the rows of several streams by their times: of two that are equal, and of two in one stream, the first
    /// comes first. What has no time goes with what stands before it.
    pub fn merge(
        &mut self,
        streams: Vec<Receiver<Batch>>,
        account: &mut Account,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        struct Head {
            stream: Receiver<Batch>,
            batch: Batch,
            at: usize,
            time: Option<DateTime<Utc>>,
        }
        impl Head {
            /// Moves to a row that is there, if any is.
            fn settle(&mut self, account: &mut Account) -> bool {
                while self.at == self.batch.len() {
                    let Ok(mut batch) = self.stream.recv() else { return false };
                    account.add(std::mem::take(&mut batch.account));
                    (self.batch, self.at) = (batch, 0);
                }
                self.time = self.batch.times[self.at].or(self.time);
                true
            }
        }
        let mut heads: Vec<Head> = Vec::new();
        // Whose turn comes next: the earliest first.
        let mut turns = BinaryHeap::new();
        for (number, stream) in streams.into_iter().enumerate() {
            let mut head = Head { stream, batch: Batch::default(), at: 0, time: None };
            if head.settle(account) {
                turns.push(Reverse((head.time, number)));
            }
            heads.push(head);
        }
        while let Some(Reverse((_, earliest))) = turns.pop() {
            // It goes on until another one's turn comes.
            let until = turns.peek().map(|Reverse(next)| *next);
            let head = &mut heads[earliest];
            let from = head.at;
            while head.at < head.batch.len() {
                let time = head.batch.times[head.at].or(head.time);
                if until.is_some_and(|until| (time, earliest) > until) {
                    break;
                }
                head.time = time;
                head.at += 1;
            }
            if self.rows(&head.batch, from, head.at, out)?.is_break() {
                return Ok(());
            }
            if head.settle(account) {
                turns.push(Reverse((head.time, earliest)));
            }
        }
        Ok(())
    }

    fn wait(&mut self, batch: Batch) {
        if self.latest.0 != batch.log {
            self.latest = (batch.log, None);
        }
        let mut begin = 0;
        let mut rows = batch.rows.into_iter();
        for (at, keys) in batch.keys.into_iter().enumerate() {
            let row = match batch.ends.get(at) {
                Some(&end) => Row::Bytes(batch.bytes[std::mem::replace(&mut begin, end)..end].into()),
                None => Row::Cells(rows.next().unwrap_or_default()),
            };
            self.latest.1 = self.latest.1.max(batch.times.get(at).copied().flatten());
            self.waiting.push(Waiting { keys, place: (self.latest.1, batch.log, self.came), row });
            self.came += 1;
        }
        if let Some(wanted) = self.page.limit.and_then(|limit| usize::try_from(limit + self.page.offset).ok())
            && self.waiting.len() > wanted.saturating_add(SURPLUS)
        {
            self.sort();
            self.waiting.truncate(wanted);
            self.is_more = true;
        }
    }

    fn sort(&mut self) {
        let keys = self.keys;
        let backwards = keys.first().is_some_and(|key| key.descends);
        let by_place = |a: &Waiting, b: &Waiting| if backwards { b.place.cmp(&a.place) } else { a.place.cmp(&b.place) };
        self.waiting.sort_unstable_by(|a, b| compare(keys, &a.keys, &b.keys).then_with(|| by_place(a, b)));
    }

    fn row(&mut self, row: Row, out: &mut dyn Write) -> io::Result<()> {
        match row {
            Row::Bytes(bytes) => self.parts.rows(&bytes, out),
            Row::Cells(cells) => self.table.row(cells, out),
        }
    }

    /// Brings out what was printed so far.
    pub fn bring_out(&mut self, out: &mut dyn Write) -> io::Result<()> {
        for row in self.last.take().into_iter().flat_map(|(_, kept)| kept) {
            self.row(row, out)?;
        }
        if self.out == Format::Table {
            self.table.finish(out)?;
        }
        out.flush()
    }

    /// Prints what waited and what comes after the last row.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.sort();
        let all = self.waiting.len();
        let from = usize::try_from(self.page.offset).unwrap_or(usize::MAX).min(all);
        let count = self.page.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let to = all.min(from.saturating_add(count));
        self.is_more |= to < all;
        self.shown += (to - from) as u64;
        for waiting in std::mem::take(&mut self.waiting).into_iter().take(to).skip(from) {
            self.row(waiting.row, out)?;
        }
        if self.out == Format::Table { self.table.finish(out) } else { self.parts.finish(out) }
    }

    /// The line that says that more match than are shown.
    pub fn more(&self) -> Option<String> {
        let is_all = !self.is_more || !self.keys.is_empty();
        let matched = if is_all { Matched::Exactly(self.came) } else { Matched::AtLeast(self.came) };
        list::more("records", self.shown, self.page, matched)
    }
}
