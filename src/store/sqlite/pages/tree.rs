//! The b-tree of a table with row ids (<https://www.sqlite.org/fileformat2.html>, section 1.6).
//!
//! Walks to the rows that are wanted, in the order of their ids. It believes no page: ids have to ascend from row to row
//! and lie between the keys above them, so that no page of a damaged file is walked through twice; whatever does not
//! fit ends the walk.

use super::Halt;
use super::file::{Page, PageFile};
use super::record::varint;
use crate::store::sqlite::scan::IdRange;

/// A page of rows, and one of keys.
const LEAF: u8 = 0x0d;
const INTERIOR: u8 = 0x05;
/// No tree is deeper (SQLite's own limit).
const DEEPEST: usize = 20;
/// The time is looked at after so many pages.
const PAGES_PER_CHECK: u32 = 16;

/// Which rows are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// All of a range.
    Range(IdRange),
    /// Those with these ids, ascending.
    Ids(&'a [i64]),
}

impl<'a> Wanted<'a> {
    /// What is wanted above `low` and up to `high`; None where that is nothing.
    fn between(self, low: Option<i64>, high: i64) -> Option<Wanted<'a>> {
        match self {
            Wanted::Range(range) => {
                let begins_above = low.is_none_or(|low| range.high > low);
                (begins_above && range.low <= high).then_some(self)
            }
            Wanted::Ids(ids) => {
                let from = low.map_or(0, |low| ids.partition_point(|&id| id <= low));
                let ids = &ids[from..];
                let ids = &ids[..ids.partition_point(|&id| id <= high)];
                (!ids.is_empty()).then_some(Wanted::Ids(ids))
            }
        }
    }

    /// Whether a row is wanted, of rows that come in the order of their ids; drops the ids that are passed.
    fn takes(&mut self, id: i64) -> bool {
        match self {
            Wanted::Range(range) => range.low <= id && id <= range.high,
            Wanted::Ids(ids) => {
                while let [first, rest @ ..] = ids
                    && *first < id
                {
                    *ids = rest;
                }
                ids.first() == Some(&id)
            }
        }
    }

    fn ends_before(&self, id: i64) -> bool {
        match self {
            Wanted::Range(range) => range.high < id,
            Wanted::Ids(ids) => ids.last().is_none_or(|&last| last < id),
        }
    }
}

/// A row's place in the file: what of its record lies in the page, and where the rest is.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'p> {
    /// The row's id.
    pub id: i64,
    /// How long the record is.
    pub length: usize,
    /// As much of it as lies here.
    pub local: &'p [u8],
    /// The page on which it goes on, 0 where it does not.
    pub overflow: u32,
}

/// A walk through one tree.
pub struct Walk<'a> {
    /// The file.
    pub file: &'a PageFile,
    /// Whether the time is up.
    pub late: &'a dyn Fn() -> bool,
    /// How many pages were looked at.
    pub seen: u32,
}

impl Walk<'_> {
    /// Calls `each` with every wanted row, in the order of ids.
    pub fn rows(
        &mut self,
        root: u32,
        wanted: Wanted<'_>,
        each: &mut dyn FnMut(Cell<'_>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let page = self.page(root, &[])?;
        self.node(&page, root, (None, i64::MAX), wanted, 0, each)
    }

    fn page(&mut self, number: u32, following: &[u32]) -> Result<Page, Halt> {
        self.seen += 1;
        if self.seen.is_multiple_of(PAGES_PER_CHECK) && (self.late)() {
            return Err(Halt::Late);
        }
        self.file.page(number, following).ok_or(Halt::Unfit)
    }

    /// A page whose ids lie above the first and up to the second of `within`.
    fn node(
        &mut self,
        page: &Page,
        number: u32,
        within: (Option<i64>, i64),
        wanted: Wanted<'_>,
        depth: usize,
        each: &mut dyn FnMut(Cell<'_>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        // The first page begins with the file's header.
        let begin = if number == 1 { super::header::LENGTH } else { 0 };
        let node = Node::read(page, begin).ok_or(Halt::Unfit)?;
        if node.count == 0 && depth > 0 {
            return Err(Halt::Unfit);
        }
        match node.kind {
            LEAF => leaf(&node, within, wanted, each),
            INTERIOR if depth < DEEPEST && node.count > 0 => self.interior(&node, within, wanted, depth, each),
            _ => Err(Halt::Unfit),
        }
    }

    fn interior(
        &mut self,
        node: &Node<'_>,
        within: (Option<i64>, i64),
        wanted: Wanted<'_>,
        depth: usize,
        each: &mut dyn FnMut(Cell<'_>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let (mut numbers, mut parts) = (Vec::new(), Vec::new());
        let mut low = within.0;
        for at in 0..=node.count {
            let (child, high) = if at < node.count {
                let cell = node.cell(at).ok_or(Halt::Unfit)?;
                let (child, key) = cell.split_first_chunk().ok_or(Halt::Unfit)?;
                let (key, _) = varint(key).ok_or(Halt::Unfit)?;
                (u32::from_be_bytes(*child), key as i64)
            } else {
                (node.right, within.1)
            };
            // The last child may be empty of numbers: its keys end where the parent's do.
            if low.is_some_and(|low| low >= high) || high > within.1 {
                return Err(Halt::Unfit);
            }
            if let Some(part) = wanted.between(low, high) {
                numbers.push(child);
                parts.push(((low, high), part));
            }
            if wanted.ends_before(high) || high == i64::MAX {
                break;
            }
            low = Some(high);
        }
        for (at, (within, part)) in parts.into_iter().enumerate() {
            let page = self.page(numbers[at], &numbers[at + 1..])?;
            self.node(&page, numbers[at], within, part, depth + 1, each)?;
        }
        Ok(())
    }
}

fn leaf(
    node: &Node<'_>,
    within: (Option<i64>, i64),
    mut wanted: Wanted<'_>,
    each: &mut dyn FnMut(Cell<'_>) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let (mut before, high) = within;
    for at in 0..node.count {
        let bytes = node.cell(at).ok_or(Halt::Unfit)?;
        let (length, rest) = varint(bytes).ok_or(Halt::Unfit)?;
        let (id, rest) = varint(rest).ok_or(Halt::Unfit)?;
        let id = id as i64;
        if before.is_some_and(|before| id <= before) || id > high {
            return Err(Halt::Unfit);
        }
        before = Some(id);
        if wanted.ends_before(id) {
            break;
        }
        if wanted.takes(id) {
            each(cell(id, length, rest, node.page.len()).ok_or(Halt::Unfit)?)?;
        }
    }
    Ok(())
}

/// A cell of a leaf, behind its length and id: how much of the record lies in the page follows from both.
fn cell(id: i64, length: u64, bytes: &[u8], usable: usize) -> Option<Cell<'_>> {
    let length = usize::try_from(length).ok().filter(|&length| length <= i32::MAX as usize)?;
    let most = usable - 35;
    if length <= most {
        return Some(Cell { id, length, local: bytes.get(..length)?, overflow: 0 });
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let even = least + (length - least) % (usable - 4);
    let here = if even <= most { even } else { least };
    let (local, rest) = bytes.split_at_checked(here)?;
    let overflow = u32::from_be_bytes(*rest.first_chunk()?);
    Some(Cell { id, length, local, overflow })
}

/// A page of a b-tree.
struct Node<'p> {
    page: &'p [u8],
    kind: u8,
    count: usize,
    /// Where the places of the cells begin.
    places: usize,
    /// The child behind the last key.
    right: u32,
}

impl<'p> Node<'p> {
    fn read(page: &'p [u8], begin: usize) -> Option<Self> {
        let header = page.get(begin..begin + 12)?;
        let kind = header[0];
        let count = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let right = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        let places = begin + if kind == INTERIOR { 12 } else { 8 };
        (places + 2 * count <= page.len()).then_some(Node { page, kind, count, places, right })
    }

    /// What stands at the place of a cell, to the end of the page.
    fn cell(&self, at: usize) -> Option<&'p [u8]> {
        let place = self.places + 2 * at;
        let offset = usize::from(u16::from_be_bytes([self.page[place], self.page[place + 1]]));
        if offset < self.places + 2 * self.count {
            return None;
        }
        self.page.get(offset..)
    }
}

/// Copies a part of a record, from `from` to `to`, out of its page and those on which it goes on.
pub fn part_of(
    walk: &PageFile,
    late: &dyn Fn() -> bool,
    cell: Cell<'_>,
    from: usize,
    to: usize,
) -> Result<Vec<u8>, Halt> {
    let a_page = walk.usable() - 4;
    // As many pages as the record takes, which can't be more than there are.
    let pages = (cell.length - cell.local.len()).div_ceil(a_page);
    if pages as u64 > u64::from(walk.pages()) || to > cell.length || from > to {
        return Err(Halt::Unfit);
    }
    let mut bytes = Vec::with_capacity(to - from);
    bytes.extend(&cell.local[from.min(cell.local.len())..to.min(cell.local.len())]);
    let (mut at, mut number) = (cell.local.len(), cell.overflow);
    let (mut following, mut run) = (Vec::new(), 0);
    for seen in 1..=pages {
        if at >= to {
            break;
        }
        if (seen as u32).is_multiple_of(PAGES_PER_CHECK) && late() {
            return Err(Halt::Late);
        }
        // A long record mostly lies in one piece: the longer it did so far, the more of it is read at once.
        following.clear();
        following.extend((1..=run.min(pages - seen) as u32).map_while(|ahead| number.checked_add(ahead)));
        let page = walk.page(number, &following).ok_or(Halt::Unfit)?;
        let (next, content) = page.split_first_chunk().ok_or(Halt::Unfit)?;
        let content = &content[..content.len().min(cell.length - at)];
        let first = from.saturating_sub(at).min(content.len());
        let last = (to - at).min(content.len());
        bytes.extend(&content[first..last]);
        at += content.len();
        let next = u32::from_be_bytes(*next);
        run = if number.checked_add(1) == Some(next) { run + 1 } else { 0 };
        number = next;
    }
    if bytes.len() == to - from { Ok(bytes) } else { Err(Halt::Unfit) }
}
