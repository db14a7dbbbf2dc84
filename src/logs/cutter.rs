//! Cuts a stream of bytes into blocks that begin where records do.
//!
//! Memory is bounded: a record longer than [`LONGEST`] is cut there and said to be. What stands before the first record of
//! a file belongs to none, unless the file before it was torn there; nor does a last line that is only the beginning of
//! one. Knows bytes and lines, and what begins a record; what a block holds is the block's.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr_iter, memrchr};

use super::block::{Block, is_filler, line_end, start_of};
use super::grammar::{Form, Style, begins, may_begin, without_filler};

/// How many bytes are read at once.
pub const USUAL: usize = 1 << 20;
/// So much room is in front of a piece that is read apart from its stream, for what is left of the one before it.
pub const ROOM: usize = 64 << 10;
/// No record is longer than this; what goes beyond is left out.
pub const LONGEST: usize = 16 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where a stream goes on in another file: so many bytes and lines of the one are so many of the other.
struct Seam {
    at: (u64, u64),
    file: Arc<str>,
    of_file: (u64, u64),
}

/// Reads a stream, block by block. After an error it can be asked again.
pub struct Cutter<R> {
    reader: R,
    file: Arc<str>,
    buffer: Vec<u8>,
    filled: usize,
    /// How far the buffer may be filled before it is cut.
    usual: usize,
    longest: usize,
    offset: u64,
    line: u64,
    style: Option<Style>,
    state: State,
    ended: bool,
    /// What is read next may go on where this ends.
    may_go_on: bool,
    /// It has come to its end, and that is kept.
    is_held: bool,
    /// Where it went on in other files.
    seams: Vec<Seam>,
    /// Whether its front was given to what it goes on with.
    gave: bool,
    /// What went wrong while that was done.
    failed: Option<io::Error>,
    /// Whether the buffer begins where a line does.
    at_line: bool,
    /// Whether the line in which the buffer begins held more than filler before it.
    is_counted: bool,
    is_eager: bool,
    /// The prefix of the record that was handed out before the next one began, for lines that come late.
    late: Vec<u8>,
}

/// What a stream was in the middle of where its reading stopped: for another that goes on there.
#[derive(Debug)]
pub struct Kept {
    bytes: Vec<u8>,
    line: u64,
    style: Option<Style>,
    state: State,
    at_line: bool,
    is_counted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first record.
    Front,
    /// The buffer begins with a record.
    Record,
    /// In the rest of a record that was cut.
    Rest,
}

impl<R: Read> Cutter<R> {
    /// Reads a stream from its beginning, counting lines or not.
    pub fn new(reader: R, file: Arc<str>, counts_lines: bool) -> Self {
        Cutter {
            reader,
            file,
            buffer: Vec::new(),
            filled: 0,
            usual: USUAL,
            longest: LONGEST,
            offset: 0,
            line: u64::from(counts_lines),
            style: None,
            state: State::Front,
            ended: false,
            may_go_on: false,
            is_held: false,
            seams: Vec::new(),
            gave: false,
            failed: None,
            at_line: true,
            is_counted: false,
            is_eager: false,
            late: Vec::new(),
        }
    }

    /// The same with smaller blocks.
    pub fn sized(self, usual: usize, longest: usize) -> Self {
        Cutter { usual, longest, ..self }
    }

    /// The same, but that a block is made of what has come: the stream may pause.
    pub fn eager(self) -> Self {
        Cutter { is_eager: true, ..self }
    }

    /// The next block; `spare` is a buffer to fill.
    pub fn next(&mut self, spare: &mut Option<Vec<u8>>) -> io::Result<Option<Block>> {
        let mut target = self.usual;
        loop {
            self.fill(target)?;
            if self.filled == 0 && self.ended {
                return Ok(None);
            }
            match self.state {
                State::Front => {
                    let filler = self.leading_filler();
                    if filler > 0 {
                        self.drop_front(filler);
                        continue;
                    }
                    match self.first_start() {
                        Some(0) => self.begin_record(),
                        Some(at) => return Ok(Some(self.cut_front(at, spare))),
                        None if self.ended => return Ok(Some(self.cut_front(self.filled, spare))),
                        None if self.filled < self.longest && self.is_held => {
                            // Its last line may be the half of one that begins a record.
                            let lines = self.lines();
                            return Ok((lines > 0).then(|| self.cut(lines, spare, true, false)));
                        }
                        None if self.filled < self.longest => target = (self.filled * 2).min(self.longest),
                        None => {
                            let lines = Some(self.lines()).filter(|lines| *lines > 0).unwrap_or(self.filled);
                            return Ok(Some(self.cut(lines, spare, true, false)));
                        }
                    }
                }
                State::Record => match self.last_start(&self.buffer[..self.filled]) {
                    // Records of several files are in blocks of their own.
                    start if self.ended && (start.is_none() || self.seams.is_empty()) => {
                        let at = self.torn_line().unwrap_or(self.filled);
                        self.state = State::Front;
                        return Ok(Some(self.cut(at, spare, false, false)));
                    }
                    Some(at) => return Ok(Some(self.cut(at, spare, false, false))),
                    None if self.filled < self.longest && self.is_held => return Ok(None),
                    None if self.filled < self.longest => target = (self.filled * 2).min(self.longest),
                    None => {
                        self.state = State::Rest;
                        let at = self.half_line().unwrap_or(self.filled).min(self.longest);
                        return Ok(Some(self.cut(at, spare, false, true)));
                    }
                },
                State::Rest => match self.first_start() {
                    Some(at) => {
                        self.drop_front(at);
                        self.state = State::Record;
                    }
                    None if self.ended => {
                        self.drop_front(self.torn_line().unwrap_or(self.filled));
                        self.state = State::Front;
                    }
                    None if self.is_held => return Ok(None),
                    None => {
                        let line = self.lines();
                        // A last line that is still short may yet turn out to begin a record.
                        let keeps = (line > 0 || self.at_line) && self.filled - line < self.usual;
                        self.drop_front(if keeps { line } else { self.filled });
                        target = (self.filled * 2).max(self.usual).min(self.longest);
                    }
                },
            }
        }
    }

    /// Whether what comes next may be read by others and given to [`take_piece`](Self::take_piece).
    pub fn is_steady(&self) -> bool {
        let has_more = !(self.ended || self.is_held || self.is_eager) && self.failed.is_none();
        has_more && self.state == State::Record && self.seams.is_empty() && self.filled <= ROOM
    }

    /// Takes the next bytes of the stream, which stand behind [`ROOM`] others in this buffer: the block that ends in
    /// them, or the buffer when none does. The stream must be steady.
    pub fn take_piece(&mut self, mut piece: Vec<u8>) -> Result<Block, Vec<u8>> {
        let from = ROOM - self.filled;
        piece[from..ROOM].copy_from_slice(&self.buffer[..self.filled]);
        let start = self.last_start(&piece[from..]);
        let rest = &piece[start.map_or(ROOM, |start| from + start)..];
        let kept = if start.is_some() { 0 } else { self.filled };
        self.buffer.truncate(kept);
        self.buffer.extend_from_slice(rest);
        self.filled = self.buffer.len();
        match start {
            Some(start) => Ok(self.block(piece, from..from + start, false, false)),
            None => Err(piece),
        }
    }

    /// The same, but that its last record is kept at its end: what is read next may go on with it.
    pub fn to_go_on(self) -> Self {
        Cutter { may_go_on: true, ..self }
    }

    /// Whether it has come to its end and keeps something of it.
    pub fn is_torn(&self) -> bool {
        self.is_held && (self.filled > 0 || self.state == State::Rest)
    }

    /// Whether all of it was given to the stream before it, and what comes next may go on with that.
    pub fn is_passed_on(&self) -> bool {
        self.is_held && self.filled == 0
    }

    /// What was kept is all there is.
    pub fn end(&mut self) {
        (self.is_held, self.ended) = (false, true);
    }

    /// Gives a piece of what stands before its first record to the stream that goes on here; false when all was given.
    pub fn give_front(&mut self, to: &mut Cutter<R>) -> bool {
        let mut target = self.usual;
        let front = loop {
            if let Err(error) = self.fill(target) {
                self.failed = Some(error);
                return false;
            }
            if !self.gave {
                let nulls = self.buffer[..self.filled].iter().take_while(|&&byte| byte == 0).count();
                // A line break ends the line that was torn.
                let filler = if to.is_in_line() { nulls } else { self.leading_filler() };
                if filler > 0 {
                    self.drop_front(filler);
                    continue;
                }
            }
            match self.start_after(to.style) {
                Some(at) => break at,
                None if self.ended || self.is_held => break self.filled,
                None if self.lines() > 0 => break self.lines(),
                // It may yet turn out to begin a record.
                None if self.at_line && self.filled < self.longest => target = (self.filled * 2).min(self.longest),
                None => break self.filled,
            }
        };
        self.gave = true;
        to.goes_on_in(self);
        to.buffer.truncate(to.filled);
        to.buffer.extend_from_slice(&self.buffer[..front]);
        to.filled += front;
        self.drop_front(front);
        front > 0
    }

    /// Bytes of another file follow.
    fn goes_on_in(&mut self, next: &Cutter<R>) {
        if self.seams.last().is_none_or(|seam| seam.file != next.file) {
            let lines = memchr_iter(b'\n', &self.buffer[..self.filled]).count() as u64;
            self.seams.push(Seam {
                at: (self.offset + self.filled as u64, self.line + lines),
                file: Arc::clone(&next.file),
                of_file: (next.offset, next.line),
            });
        }
    }

    /// The first line that begins a record in a stream that goes on with another of this style, or could do so alone.
    fn start_after(&mut self, style: Option<Style>) -> Option<usize> {
        let alone = if self.gave { style } else { None };
        let bytes = &self.buffer[..self.filled];
        let mut line = if self.at_line { 0 } else { line_end(bytes, 0) + 1 };
        while line < bytes.len() {
            let own = if line == 0 { self.start_at(bytes, line, alone) } else { None };
            if let Some(form) = own.or_else(|| self.start_at(bytes, line, style)) {
                self.style = Some(form.style());
                return Some(line);
            }
            line = line_end(bytes, line) + 1;
        }
        None
    }

    /// The same for a stream that is read from the middle of its file.
    pub fn beginning_at(self, offset: u64) -> Self {
        Cutter { offset, ..self }
    }

    /// The same for a stream that goes on with what another has kept.
    pub fn going_on_with(self, kept: Kept) -> Self {
        let Kept { bytes, line, style, state, at_line, is_counted } = kept;
        let offset = self.offset.saturating_sub(bytes.len() as u64);
        Cutter { filled: bytes.len(), buffer: bytes, offset, line, style, state, at_line, is_counted, ..self }
    }

    /// What it was in the middle of.
    pub fn into_kept(mut self) -> Kept {
        self.buffer.truncate(self.filled);
        self.buffer.shrink_to_fit();
        let Cutter { buffer: bytes, line, style, state, at_line, is_counted, .. } = self;
        Kept { bytes, line, style, state, at_line, is_counted }
    }

    /// Where the bytes come from.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// Where the bytes come from, to be changed.
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// How many bytes wait for more to come.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Whether a record waits whose last line is whole, or lines that came late.
    pub fn has_lines(&self) -> bool {
        let begins = || self.start_at(&self.buffer[..self.filled], 0, self.style).is_some();
        self.lines() > 0
            && match self.state {
                State::Record => true,
                State::Front => !self.late.is_empty() || begins(),
                State::Rest => false,
            }
    }

    /// Whether a record waits whose last line is not whole.
    pub fn has_half_line(&self) -> bool {
        let half = without_filler(&self.buffer[self.lines()..self.filled]);
        self.state == State::Record && !half.is_empty() && begins(half, self.style).is_none() && !may_begin(half)
    }

    /// The record that waits, as far as its lines are whole; or lines that came after it was handed out, as a record of
    /// their own with its prefix.
    pub fn settled(&mut self) -> Option<Block> {
        let lines = Some(self.lines()).filter(|lines| *lines > 0)?;
        if self.state == State::Front {
            match self.first_start() {
                Some(0) => self.begin_record(),
                start if !self.late.is_empty() => return Some(self.cut_front(start.unwrap_or(lines), &mut None)),
                _ => return None,
            }
        }
        if self.state != State::Record {
            return None;
        }
        let first = &self.buffer[..self.filled];
        if let Some((start, Form::Prefixed(prefix))) = start_of(first, 0, self.style) {
            self.late = first[start..start + prefix.message].to_vec();
        }
        self.state = State::Front;
        Some(self.cut(lines, &mut None, false, false))
    }

    fn begin_record(&mut self) {
        self.state = State::Record;
        self.late.clear();
    }

    /// What stands before the first record.
    fn cut_front(&mut self, at: usize, spare: &mut Option<Vec<u8>>) -> Block {
        let mut block = self.cut(at, spare, self.late.is_empty(), false);
        block.range.end += self.late.len();
        block.buffer.splice(0..0, self.late.iter().copied());
        block
    }

    /// What was read when reading failed, as far as its lines are whole.
    pub fn rest_of_lines(&mut self) -> Option<Block> {
        self.filled = self.lines();
        self.rest()
    }

    /// What was read when no more is to come.
    pub fn rest(&mut self) -> Option<Block> {
        self.ended = true;
        self.next(&mut None).ok().flatten()
    }

    fn fill(&mut self, target: usize) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.buffer.len() < target {
            self.buffer.resize(target, 0);
        }
        while self.filled < target && !self.ended && !self.is_held {
            match self.reader.read(&mut self.buffer[self.filled..target]) {
                Ok(0) if self.may_go_on => self.is_held = true,
                Ok(0) => self.ended = true,
                Ok(read) => {
                    self.filled += read;
                    if self.is_eager {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How many bytes are of whole lines.
    fn lines(&self) -> usize {
        memrchr(b'\n', &self.buffer[..self.filled]).map_or(0, |at| at + 1)
    }

    /// Whether it ends in the middle of a line.
    fn is_in_line(&self) -> bool {
        self.buffer[..self.filled].last().map_or(!self.at_line, |last| *last != b'\n')
    }

    /// Where the last line begins, if it is torn and would begin a record.
    fn torn_line(&self) -> Option<usize> {
        let line = Some(self.lines()).filter(|line| *line > 0 || self.at_line)?;
        let bytes = &self.buffer[..self.filled];
        (start_of(bytes, line, self.style).is_none() && may_begin(without_filler(&bytes[line..]))).then_some(line)
    }

    /// Where a last line begins that may turn out to begin a record, or to be filler before one.
    fn half_line(&self) -> Option<usize> {
        let line = Some(self.lines()).filter(|line| *line > 0)?;
        let half = without_filler(&self.buffer[line..self.filled]);
        let is_short = self.filled - line < self.usual;
        (is_short && (half.is_empty() || half[0] == b'{' || may_begin(half))).then_some(line)
    }

    /// Line breaks, NULs and a byte order mark before anything else.
    fn leading_filler(&self) -> usize {
        let bytes = &self.buffer[..self.filled];
        let mark = if self.offset == 0 && bytes.starts_with(BYTE_ORDER_MARK) { 3 } else { 0 };
        if !self.at_line {
            return 0;
        }
        let filler = mark + bytes[mark..].iter().take_while(|byte| matches!(byte, 0 | b'\n' | b'\r')).count();
        let line = memrchr(b'\n', &bytes[mark..filler]).map_or(mark, |at| mark + at + 1);
        line + bytes[line..].iter().take_while(|&&byte| byte == 0).count()
    }

    /// The form of the record that a line begins, where that is certain: an object may turn out to have something behind it.
    fn start_at(&self, bytes: &[u8], line: usize, style: Option<Style>) -> Option<Form> {
        let (_, form) = start_of(bytes, line, style)?;
        let is_certain = self.ended || style == Some(Style::Json) || form != Form::Json;
        (is_certain || line_end(bytes, line) < bytes.len()).then_some(form)
    }

    /// The first line that begins a record; what it is says how the file is read.
    fn first_start(&mut self) -> Option<usize> {
        let bytes = &self.buffer[..self.filled];
        let mut line = if self.at_line { 0 } else { line_end(bytes, 0) + 1 };
        while line < bytes.len() {
            if let Some(form) = self.start_at(bytes, line, self.style) {
                self.style.get_or_insert(form.style());
                return Some(line);
            }
            line = line_end(bytes, line) + 1;
        }
        None
    }

    /// The last line that begins a record, not the first.
    fn last_start(&self, bytes: &[u8]) -> Option<usize> {
        let mut end = bytes.len();
        loop {
            let line = memrchr(b'\n', &bytes[..end])? + 1;
            if line < bytes.len() && self.start_at(bytes, line, self.style).is_some() {
                return Some(line);
            }
            end = line - 1;
        }
    }

    /// The first `at` bytes as a block; the rest begins the next one.
    fn cut(&mut self, at: usize, spare: &mut Option<Vec<u8>>, is_junk: bool, is_cut: bool) -> Block {
        let rest = self.filled - at;
        let mut next = spare.take().unwrap_or_default();
        if next.len() < rest.max(self.usual) {
            next.resize(rest.max(self.usual), 0);
        }
        next[..rest].copy_from_slice(&self.buffer[at..self.filled]);
        let buffer = std::mem::replace(&mut self.buffer, next);
        self.filled = rest;
        self.block(buffer, 0..at, is_junk, is_cut)
    }

    /// The next bytes as a block: those in this range.
    fn block(&mut self, buffer: Vec<u8>, range: Range<usize>, is_junk: bool, is_cut: bool) -> Block {
        let (file, offset, line) = match self.seams.iter().rfind(|seam| seam.at.0 <= self.offset) {
            None => (&self.file, self.offset, self.line),
            Some(Seam { at, file, of_file }) => {
                let line = if self.line > 0 { of_file.1 + self.line - at.1 } else { 0 };
                (file, of_file.0 + self.offset - at.0, line)
            }
        };
        let block = Block {
            buffer,
            range,
            offset,
            line,
            file: Arc::clone(file),
            style: self.style,
            is_junk,
            is_cut,
            is_counted: self.is_counted,
        };
        self.passed(block.bytes());
        block
    }

    fn drop_front(&mut self, at: usize) {
        let front = std::mem::take(&mut self.buffer);
        self.passed(&front[..at]);
        self.buffer = front;
        self.buffer.copy_within(at..self.filled, 0);
        self.filled -= at;
    }

    fn passed(&mut self, bytes: &[u8]) {
        // A line that is but a byte order mark is filler at the front of a file, and elsewhere a line like others.
        let mark = if self.offset == 0 { BYTE_ORDER_MARK } else { b"" };
        self.offset += bytes.len() as u64;
        if self.line > 0 {
            self.line += memchr_iter(b'\n', bytes).count() as u64;
        }
        let (line, is_begun) = match memrchr(b'\n', bytes) {
            Some(at) => (&bytes[at + 1..], false),
            None => (bytes.strip_prefix(mark).unwrap_or(bytes), true),
        };
        self.at_line = (self.at_line || !is_begun) && line.iter().all(|byte| *byte == 0);
        self.is_counted = (self.is_counted && is_begun) || !is_filler(line);
    }
}

impl<R> std::fmt::Debug for Cutter<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cutter").field("file", &self.file).field("offset", &self.offset).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "cutter_tests.rs"]
mod tests;
