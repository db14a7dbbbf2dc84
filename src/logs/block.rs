//! Some records of one file, and the lines among them that belong to none.
//!
//! A block can be worked on by itself, on any thread: [`super::cutter`] cuts it where records begin. Knows bytes and
//! lines, and what begins a record.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use super::alike::Alike;
use super::grammar::{Form, Prefixes, Style, begins, without_filler};
use super::needle::Needles;
use super::record::Record;

/// Some records of one file, or lines before the first of them.
#[derive(Debug)]
pub struct Block {
    pub(super) buffer: Vec<u8>,
    /// Where in the buffer it stands.
    pub(super) range: Range<usize>,
    /// Where it begins in the file, unpacked.
    pub offset: u64,
    /// The number of its first line, counted from 1; 0 where lines are not counted.
    pub line: u64,
    /// How the file is named.
    pub file: Arc<str>,
    pub(super) style: Option<Style>,
    /// Lines that belong to no record.
    pub is_junk: bool,
    /// Its only record went on beyond its end.
    pub is_cut: bool,
    /// Its first line was begun in the block before it, and counted there.
    pub(super) is_counted: bool,
}

impl Block {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.range.clone()]
    }

    /// The buffer, to be used again.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// How many lines belong to no record. Blank ones are filler and not counted.
    pub fn skipped_lines(&self) -> u64 {
        if !self.is_junk {
            return 0;
        }
        let lines = self.bytes().split(|&byte| byte == b'\n').skip(usize::from(self.is_counted));
        lines.filter(|line| !is_filler(line)).count() as u64
    }

    /// Calls `take` for every record, or for those in which one of the needles is found. Bytes that are not UTF-8 become
    /// U+FFFD.
    pub fn records(&self, needles: Option<&Needles>, mut take: impl FnMut(&Record<'_>)) {
        if self.is_junk {
            return;
        }
        // Of a search, only what is found is looked at.
        let all = if needles.is_none() { simdutf8::basic::from_utf8(self.bytes()).ok() } else { None };
        let alike = RefCell::new(Alike::default());
        let mut give_text = |text: &str, form: Form, line: u64, offset: u64| {
            let record = Record::new(text, form, &self.file, line, offset).among(&alike);
            take(&record);
            if let Some(members) = record.into_members() {
                alike.borrow_mut().give_back(members);
            }
        };
        let mut counted = (0, self.line);
        let mut give = |start: usize, end: usize, form: Form| {
            if self.line > 0 {
                counted = (start, counted.1 + memchr_iter(b'\n', &self.bytes()[counted.0..start]).count() as u64);
            }
            let offset = self.offset + start as u64;
            let bytes = &self.bytes()[start..end];
            match all.and_then(|all| all.get(start..end)).or_else(|| simdutf8::basic::from_utf8(bytes).ok()) {
                Some(text) => give_text(text, form, counted.1, offset),
                None => {
                    let text = String::from_utf8_lossy(bytes);
                    let line = text.split('\n').next().unwrap_or_default();
                    if let Some(form) = begins(line.as_bytes(), self.style) {
                        give_text(&text, form, counted.1, offset);
                    }
                }
            }
        };
        match needles {
            None => self.all(&mut give),
            Some(needles) => self.found(needles, &mut give),
        }
    }

    fn all(&self, give: &mut impl FnMut(usize, usize, Form)) {
        let bytes = self.bytes();
        let mut prefixes = Prefixes::default();
        let mut begin = |line: usize, end: usize| {
            let from = end - without_filler(&bytes[line..end]).len();
            prefixes.begins(&bytes[from..end], self.style).map(|form| (from, form))
        };
        let mut at = line_end(bytes, 0);
        let Some((mut start, mut form)) = begin(0, at) else { return };
        while at + 1 < bytes.len() {
            let line = at + 1;
            let end = line_end(bytes, line);
            if let Some(next) = begin(line, end) {
                give(start, at, form);
                (start, form) = next;
            }
            at = end;
        }
        give(start, without_break(bytes, start), form);
    }

    fn found(&self, needles: &Needles, give: &mut impl FnMut(usize, usize, Form)) {
        let bytes = self.bytes();
        let mut floor = 0;
        while let Some(hit) = needles.find(bytes, floor) {
            // Back to the line that begins its record: the block begins with one.
            let mut line = line_start(bytes, floor, hit);
            let begun = loop {
                match start_of(bytes, line, self.style) {
                    Some(begun) => break Some(begun),
                    None if line <= floor => break None,
                    None => line = line_start(bytes, floor, line - 1),
                }
            };
            let mut at = line_end(bytes, hit);
            let end = loop {
                let next = at + 1;
                if next >= bytes.len() {
                    break bytes.len();
                }
                if start_of(bytes, next, self.style).is_some() {
                    break next;
                }
                at = line_end(bytes, next);
            };
            if let Some((start, form)) = begun {
                let last = if end == bytes.len() { without_break(bytes, start) } else { end - 1 };
                give(start, last, form);
            }
            floor = end;
        }
    }
}

/// The record that a line begins. NULs in front of it are filler, as a crash or a truncated file leaves them, and so is
/// a byte order mark.
pub(super) fn start_of(bytes: &[u8], line: usize, style: Option<Style>) -> Option<(usize, Form)> {
    let at = bytes.len() - without_filler(&bytes[line..]).len();
    match bytes.get(at)? {
        b'0'..=b'9' | b'{' => begins(&bytes[at..line_end(bytes, at)], style).map(|form| (at, form)),
        _ => None,
    }
}

/// The place of the line's break, or the end of the bytes.
pub(super) fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at)
}

/// The beginning of the line in which `at` stands, not before `floor`.
fn line_start(bytes: &[u8], floor: usize, at: usize) -> usize {
    memrchr(b'\n', &bytes[floor..at]).map_or(floor, |found| floor + found + 1)
}

/// The end of the bytes without their last line break.
fn without_break(bytes: &[u8], start: usize) -> usize {
    let end = bytes.len();
    if end > start && bytes[end - 1] == b'\n' { end - 1 } else { end }
}

/// Whether a line holds nothing that counts.
pub(super) fn is_filler(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, 0 | b'\r'))
}
