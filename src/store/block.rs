//! Selected entries as bytes: written where they are read, on several threads at once, and handed on in order.
//!
//! Knows entries and where each of them ends; knows nothing of formats, which are what [`Encode`] is for.

use std::ops::ControlFlow;

use crate::audit::Entry;

/// How many bytes a block holds where it is filled entry by entry.
const FULL: usize = 1 << 18;

/// Writes entries, from several threads at once.
pub trait Encode: Sync {
    /// What writes entries on one thread, block after block.
    fn begin(&self) -> Encoder<'_>;
}

/// Appends an entry, and gives the mark that goes with it: whatever its writer wants to know of each entry when the
/// block arrives, such as the day it belongs to.
pub type Encoder<'e> = Box<dyn FnMut(&Entry<&str>, &mut Vec<u8>) -> i64 + Send + 'e>;

/// Where an entry stands in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The primary key.
    pub id: i64,
    /// Where its bytes end; they begin where those of the entry before it end.
    pub end: usize,
    /// What its [`Encoder`] said of it.
    pub mark: i64,
}

/// Entries that were written one after another.
#[derive(Debug, Default)]
pub struct Block {
    /// Their bytes.
    pub bytes: Vec<u8>,
    /// Each of them, in the order of the bytes.
    pub entries: Vec<Written>,
    /// The id up to which all were looked at, where entries come in the order of their ids and that is known; there may
    /// be no entry in the block, then.
    pub passed: Option<i64>,
}

impl Block {
    /// With room for so many entries and bytes.
    pub fn with_capacity(entries: usize, bytes: usize) -> Self {
        Block { bytes: Vec::with_capacity(bytes), entries: Vec::with_capacity(entries), passed: None }
    }

    /// Writes one more entry.
    pub fn push(&mut self, entry: &Entry<&str>, encoder: &mut Encoder<'_>) {
        let mark = encoder(entry, &mut self.bytes);
        self.entries.push(Written { id: entry.id, end: self.bytes.len(), mark });
    }

    /// Whether it holds enough to be handed on.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// Leaves out the first entries, as many as `passed` says, and all after `most`.
    pub fn cut(&mut self, passed: usize, most: usize) {
        let passed = passed.min(self.entries.len());
        let end = passed.saturating_add(most).min(self.entries.len());
        let byte = |count: usize| count.checked_sub(1).map_or(0, |last| self.entries[last].end);
        let (from, to) = (byte(passed), byte(end));
        self.bytes.truncate(to);
        self.bytes.drain(..from);
        self.entries.truncate(end);
        self.entries.drain(..passed);
        self.entries.iter_mut().for_each(|entry| entry.end -= from);
    }
}

/// Fills blocks entry by entry and hands them on.
pub struct Blocks<'a> {
    encoder: Encoder<'a>,
    each: &'a mut dyn FnMut(Block) -> ControlFlow<()>,
    block: Block,
    /// Whether nobody wants more.
    ended: bool,
}

impl<'a> Blocks<'a> {
    /// Writes with `encode` and hands on to `each`.
    pub fn new(encode: &'a dyn Encode, each: &'a mut dyn FnMut(Block) -> ControlFlow<()>) -> Self {
        Blocks { encoder: encode.begin(), each, block: Block::default(), ended: false }
    }

    /// Writes one more entry.
    pub fn push(&mut self, entry: &Entry) -> ControlFlow<()> {
        self.block.push(&entry.view(), &mut self.encoder);
        if self.block.is_full() { self.hand_on() } else { ControlFlow::Continue(()) }
    }

    /// Hands on what is left, unless nobody wants it.
    pub fn finish(mut self) {
        if !self.ended && !self.block.entries.is_empty() {
            let _ = self.hand_on();
        }
    }

    fn hand_on(&mut self) -> ControlFlow<()> {
        let told = (self.each)(std::mem::take(&mut self.block));
        self.ended |= told.is_break();
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Number, Stamp};

    /// An entry is written as its id, twice, and marked with its last digit.
    struct Twice;

    impl Encode for Twice {
        fn begin(&self) -> Encoder<'_> {
            Box::new(|entry, out| {
                out.extend(format!("{0}{0};", entry.id).bytes());
                entry.id % 10
            })
        }
    }

    fn entry(id: i64) -> Entry {
        Entry {
            id,
            timestamp: Stamp::Missing,
            action: None,
            model: None,
            record_id: Number::Missing,
            details: None,
            user: Number::Missing,
            username: None,
            torn: None,
        }
    }

    fn shown(block: &Block) -> String {
        let begins = std::iter::once(0).chain(block.entries.iter().map(|entry| entry.end));
        let each = block.entries.iter().zip(begins).map(|(entry, begin)| {
            format!("{}/{}={} ", entry.id, entry.mark, String::from_utf8_lossy(&block.bytes[begin..entry.end]))
        });
        each.collect()
    }

    #[test]
    fn is_cut_at_the_ends_of_entries() {
        for (passed, most, left) in [
            (0, usize::MAX, "1/1=11; 20/0=2020; 303/3=303303; "),
            (1, usize::MAX, "20/0=2020; 303/3=303303; "),
            (1, 1, "20/0=2020; "),
            (0, 2, "1/1=11; 20/0=2020; "),
            (2, 2, "303/3=303303; "),
            (0, 0, ""),
            (3, 1, ""),
            (usize::MAX, usize::MAX, ""),
        ] {
            let mut block = Block::default();
            [1, 20, 303].into_iter().for_each(|id| block.push(&entry(id).view(), &mut Twice.begin()));
            block.cut(passed, most);
            assert_eq!(shown(&block), left, "{passed} {most}");
        }
    }

    #[test]
    fn every_entry_is_handed_on_once_until_nobody_wants_more() {
        for wanted in [1, 2, usize::MAX] {
            let mut blocks = Vec::new();
            let mut each = |block: Block| {
                blocks.push(block);
                if blocks.len() >= wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let mut filling = Blocks::new(&Twice, &mut each);
            let pushed = (0..100_000).take_while(|id| filling.push(&entry(*id)).is_continue()).count();
            filling.finish();
            let ids: Vec<i64> = blocks.iter().flat_map(|block| &block.entries).map(|entry| entry.id).collect();
            assert!(ids.iter().copied().eq(0..ids.len() as i64));
            assert!(blocks[..blocks.len() - 1].iter().all(Block::is_full));
            assert_eq!(blocks.len(), wanted.min(5), "{pushed}");
            assert!(if wanted < 5 { pushed + 1 == ids.len() } else { ids.len() == 100_000 });
        }
    }
}
