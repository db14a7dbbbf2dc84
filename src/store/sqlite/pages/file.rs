//! The pages of a database file, read in large blocks where those that are wanted lie together.
//!
//! Knows page numbers and bytes; knows nothing of what stands in a page. What was read holds for one read transaction:
//! whoever begins another one says so ([`PageFile::begin`]).

use std::cell::RefCell;
use std::fs::File;
use std::ops::Deref;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::header::{Header, LENGTH};

/// How many bytes are read at once at most.
const BLOCK: usize = 1 << 17;
/// How many blocks are kept.
const BLOCKS: usize = 4;
/// A block is read whole where at least one page of so many is wanted.
const SPARSEST: u32 = 4;

/// A database file and the blocks that were read last.
#[derive(Debug)]
pub struct PageFile {
    file: Arc<File>,
    page_size: usize,
    usable: usize,
    pages: u32,
    blocks: RefCell<Blocks>,
}

#[derive(Debug, Default)]
struct Blocks {
    kept: Vec<Arc<Block>>,
    /// Which of them is replaced next.
    next: usize,
}

/// Pages that lie together.
#[derive(Debug, Default)]
struct Block {
    /// The number of the first page.
    first: u32,
    /// How many there are.
    count: u32,
    bytes: Vec<u8>,
}

impl Block {
    fn holds(&self, page: u32) -> bool {
        page.checked_sub(self.first).is_some_and(|place| place < self.count)
    }
}

/// A page, as far as SQLite uses it.
#[derive(Clone, Debug)]
pub struct Page {
    block: Arc<Block>,
    from: usize,
    length: usize,
}

impl Deref for Page {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.block.bytes[self.from..self.from + self.length]
    }
}

impl PageFile {
    /// A reader of this file, which stays open as long as anybody has it.
    pub fn new(file: Arc<File>) -> Self {
        PageFile { file, page_size: 0, usable: 0, pages: 0, blocks: RefCell::default() }
    }

    /// Forgets what was read and looks at the header, within a read transaction. None where it can't be read.
    pub fn begin(&mut self) -> Option<Header> {
        self.pages = 0;
        self.blocks.get_mut().kept.iter_mut().for_each(|block| match Arc::get_mut(block) {
            Some(block) => block.count = 0,
            None => *block = Arc::default(),
        });
        let mut bytes = [0; LENGTH];
        self.file.read_exact_at(&mut bytes, 0).ok()?;
        let header = Header::read(&bytes)?;
        let there = self.file.metadata().ok()?.len() / header.page_size as u64;
        let there = u32::try_from(there).ok()?;
        // A file that is shorter than it says is none of this reader's business.
        let pages = header.pages.unwrap_or(there);
        if pages > there {
            return None;
        }
        (self.page_size, self.usable, self.pages) = (header.page_size, header.usable, pages);
        Some(header)
    }

    /// How many bytes of a page SQLite uses.
    pub fn usable(&self) -> usize {
        self.usable
    }

    /// How many pages there are.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// A page; None where there is none of that number. `following` are the pages that will be wanted next, as far as
    /// that is known.
    pub fn page(&self, number: u32, following: &[u32]) -> Option<Page> {
        if number == 0 || number > self.pages {
            return None;
        }
        let mut blocks = self.blocks.borrow_mut();
        if let Some(block) = blocks.kept.iter().find(|block| block.holds(number)) {
            return Some(self.in_block(Arc::clone(block), number));
        }
        let last = self.last_of_block(number, following);
        let length = (last - number + 1) as usize * self.page_size;
        let block = blocks.free();
        let place = Arc::get_mut(block)?;
        if place.bytes.len() < length {
            place.bytes.resize(length, 0);
        }
        place.count = 0;
        let offset = u64::from(number - 1) * self.page_size as u64;
        self.file.read_exact_at(&mut place.bytes[..length], offset).ok()?;
        (place.first, place.count) = (number, last - number + 1);
        Some(self.in_block(Arc::clone(block), number))
    }

    fn in_block(&self, block: Arc<Block>, number: u32) -> Page {
        let from = (number - block.first) as usize * self.page_size;
        Page { block, from, length: self.usable }
    }

    /// The last page of a block that begins with this one: as far as enough of its pages are wanted.
    fn last_of_block(&self, first: u32, following: &[u32]) -> u32 {
        let most = (BLOCK / self.page_size).max(1) as u32;
        let (mut last, mut before, mut wanted) = (first, first, 1);
        for &page in following {
            if page <= before || page - first >= most || page > self.pages {
                break;
            }
            before = page;
            wanted += 1;
            if wanted * SPARSEST > page - first {
                last = page;
            }
        }
        last
    }
}

impl Blocks {
    /// A block that nobody looks at any more.
    fn free(&mut self) -> &mut Arc<Block> {
        if self.kept.len() < BLOCKS {
            self.kept.push(Arc::default());
            self.next = self.kept.len() - 1;
        }
        let at = self.next;
        self.next = (at + 1) % self.kept.len();
        let block = &mut self.kept[at];
        if Arc::get_mut(block).is_none() {
            *block = Arc::default();
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A file of these pages of 512 bytes, each full of its number.
    fn file(pages: u8) -> PageFile {
        let mut file = tempfile::tempfile().unwrap();
        for page in 1..=pages {
            let mut bytes = [page; 512];
            if page == 1 {
                bytes[..16].copy_from_slice(b"SQLite format 3\0");
                bytes[16..24].copy_from_slice(&[2, 0, 1, 1, 12, 64, 32, 32]);
                bytes[24..32].copy_from_slice(&[0, 0, 0, 7, 0, 0, 0, pages]);
                bytes[56..60].copy_from_slice(&[0, 0, 0, 1]);
                bytes[92..96].copy_from_slice(&[0, 0, 0, 7]);
            }
            file.write_all(&bytes).unwrap();
        }
        PageFile::new(Arc::new(file))
    }

    #[test]
    fn pages_are_what_they_are_however_they_are_asked_for() {
        let mut file = file(200);
        file.begin().unwrap();
        let held: Vec<Page> = (2..10).map(|number| file.page(number, &[]).unwrap()).collect();
        for (following, number) in [(&[][..], 7), (&[8, 9, 12], 7), (&[201, 7], 199), (&[6, 5], 7), (&[150], 20)] {
            let page = file.page(number, following).unwrap();
            assert_eq!((page.len(), &page[..2]), (500, &[number as u8; 2][..]));
        }
        // Blocks that are looked at are not written over.
        assert!(held.iter().zip(2..).all(|(page, number)| page.iter().all(|&byte| byte == number)));
        assert!(file.page(0, &[]).is_none() && file.page(201, &[]).is_none());
    }

    #[test]
    fn blocks_reach_as_far_as_enough_is_wanted() {
        let mut file = file(250);
        file.begin().unwrap();
        let every = |step: usize| (10 + step as u32..251).step_by(step).collect::<Vec<u32>>();
        assert_eq!(file.last_of_block(10, &[]), 10);
        assert_eq!(file.last_of_block(10, &every(1)), 250);
        assert_eq!(file.last_of_block(10, &every(4)), 250);
        assert_eq!(file.last_of_block(10, &every(5)), 25, "four of sixteen");
        assert_eq!(file.last_of_block(10, &[11, 12, 13, 100, 101]), 13);
        assert_eq!(file.last_of_block(10, &[11, 9, 12]), 11);
        assert_eq!(file.last_of_block(10, &[11, 10]), 11);
        assert_eq!(file.last_of_block(10, &[11, 251]), 11);
    }

    #[test]
    fn a_file_that_is_shorter_than_it_says_is_not_read() {
        let mut short = file(20);
        short.file = Arc::clone(&short.file);
        short.file.set_len(19 * 512).unwrap();
        assert!(short.begin().is_none());
        assert!(short.page(2, &[]).is_none());
    }
}
