//! What holds for the records of every stream, however it is cut into blocks: beside a reading line by line of the whole
//! text, which is too simple to be wrong. For tests, and for the fuzz target, which takes this file in as its own.

use std::io::{self, Read};

use super::{Cutter, Style, begins, may_begin};

/// What a text holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Of each record, where it begins, the number of its first line, and its text.
    pub records: Vec<(u64, u64, String)>,
    /// How many lines belong to no record.
    pub skipped: u64,
}

/// Reads a text line by line.
pub fn naively(text: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let mut style: Option<Style> = None;
    // Where the record under way begins and ends.
    let mut record: Option<(usize, u64, usize)> = None;
    let mark = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut at = mark;
    let mut finish = |record: Option<(usize, u64, usize)>| {
        let text = record.map(|(from, line, to)| (from as u64, line, String::from_utf8_lossy(&text[from..to]).into()));
        reading.records.extend(text);
    };
    let mut skipped = 0;
    for (number, line) in (1..).zip(text[mark..].split(|byte| *byte == b'\n')) {
        let end = at + line.len();
        let mut behind = line;
        while behind.starts_with(b"\0") || behind.starts_with(b"\xef\xbb\xbf") {
            behind = &behind[if behind[0] == 0 { 1 } else { 3 }..];
        }
        let filler = line.len() - behind.len();
        let is_torn = end == text.len();
        let is_filler = line.iter().all(|byte| matches!(byte, 0 | b'\r'));
        if let Some(form) = begins(behind, style) {
            style.get_or_insert(form.style());
            finish(record.replace((at + filler, number, end)));
        } else if is_torn && may_begin(behind) {
            skipped += 1;
        } else if let Some((.., to)) = &mut record {
            // Behind the last line break there is no line.
            *to = if is_torn && line.is_empty() { *to } else { end };
        } else if !is_filler {
            skipped += 1;
        }
        at = end + 1;
    }
    finish(record);
    reading.skipped = skipped;
    reading
}

/// Gives no more than so many bytes at once.
struct Pieces<'t> {
    text: &'t [u8],
    most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.most.min(buffer.len());
        self.text.read(&mut buffer[..most])
    }
}

/// Reads a text by blocks of about this size. Panics where a byte is in no block and is no filler.
pub fn by_blocks(text: &[u8], usual: usize, longest: usize, most: usize) -> Reading {
    let cutter = Cutter::new(Pieces { text, most }, "a.log".into(), true).sized(usual, longest);
    let mut cutter = if most < usual { cutter.eager() } else { cutter };
    let mut reading = Reading::default();
    let (mut to, mut is_cut) = (0, false);
    let mut spare = None;
    while let Some(block) = cutter.next(&mut spare).expect("memory can be read") {
        let from = usize::try_from(block.offset).expect("it is in memory");
        let between = text[to..from].strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&text[to..from]);
        assert!(is_cut || between.iter().all(|byte| matches!(byte, 0 | b'\r' | b'\n')), "{to}..{from} is nowhere");
        to = from + block.bytes().len();
        assert!(text[from..to] == *block.bytes(), "{from}..{to} is something else");
        assert!(block.bytes().len() <= longest.max(usual));
        is_cut = block.is_cut;
        reading.skipped += block.skipped_lines();
        let before = reading.records.len();
        block.records(None, |record| reading.records.push((record.offset, record.line_number, record.text.to_owned())));
        assert!(block.is_junk == (reading.records.len() == before), "a block has records or is junk");
        spare = Some(block.into_buffer());
    }
    let rest = text[to..].strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&text[to..]);
    assert!(is_cut || rest.iter().all(|byte| matches!(byte, 0 | b'\r' | b'\n')), "{to}.. is nowhere");
    reading
}
