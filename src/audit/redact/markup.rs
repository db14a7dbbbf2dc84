//! Secrets in markup: elements, inputs and table cells of XML and HTML, parts of multipart forms, PEM blocks.

use std::ops::Range;

use memchr::{memchr, memchr2, memchr3, memmem, memrchr2};

use super::MASK;
use super::glyph::quote_at;
use super::runs::{backslashes, count, last};
use super::text::Scan;

/// How far is looked for the ends of a tag, and for the headers of a part of a form.
const TAG_REACH: usize = 512;
/// How far for the closing tag of an element that holds others.
const ELEMENT_REACH: usize = 4096;

impl Scan<'_> {
    /// Masks the element whose tag's name ends at byte `tail` with a key: `<password>…</password>`.
    pub(super) fn element(&mut self, start: usize, tail: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut tag = self.key_start(start);
        if bytes[self.from..tag].last() == Some(&b':') {
            tag = self.key_start(tag - 1);
        }
        let (open, close) = match &self.text[self.from..tag] {
            before if before.ends_with('<') => (">", ["</", "<\\/"]),
            before if before.ends_with("&lt;") => ("&gt;", ["&lt;/", "&lt;\\/"]),
            _ => return None,
        };
        let ahead = &bytes[tail..bytes.len().min(tail + TAG_REACH)];
        let attributes = memmem::find(ahead, open.as_bytes())?;
        if ahead[..attributes].contains(&b'<') || ahead[..attributes].ends_with(b"/") {
            return None;
        }
        let from = tail + attributes + open.len();
        let name = &self.text[tag..tail];
        let near = &bytes[from..bytes.len().min(from + ELEMENT_REACH)];
        self.meter.spend(attributes + near.len() / 16);
        count(attributes + near.len() / 16);
        let own = close.iter().filter_map(|close| memmem::find(near, format!("{close}{name}").as_bytes())).min();
        let rest = &bytes[from..];
        let end = own.or_else(|| memmem::find(rest, &close[0].as_bytes()[..close[0].len() - 1])).unwrap_or(rest.len());
        self.mask(from..from + end)
    }

    /// Masks the part of a multipart form whose name, between quotes or without, ends at byte `tail`.
    pub(super) fn part_of_form(&mut self, start: usize, tail: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let length = quote_at(bytes, tail).unwrap_or_default();
        let quote = &self.text[tail..tail + length];
        let before = self.text[self.from..self.key_start(start)].strip_suffix(quote)?.strip_suffix("name=")?;
        // Not the name of a file.
        if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        memmem::rfind(last(before.as_bytes(), TAG_REACH / 4), b"form-data")?;
        let mut at = tail + length;
        let headers_end = bytes.len().min(at + 2 * TAG_REACH);
        // The headers end with an empty line.
        let value = loop {
            at += memchr2(b'\n', b'\\', &bytes[at..headers_end]).filter(|_| at < headers_end)?;
            let first = self.newline(at).unwrap_or(1);
            match self.newline(at + first) {
                Some(second) => break at + first + second,
                None => at += first.max(backslashes(&bytes[at..])),
            }
            if at >= headers_end {
                return None;
            }
        };
        self.meter.spend(3 * TAG_REACH);
        count(3 * TAG_REACH);
        let mut end = value;
        loop {
            let Some(found) = memchr3(b'\r', b'\n', b'\\', &bytes[end..]) else {
                end = bytes.len();
                break;
            };
            end += found;
            match self.newline(end) {
                Some(length) if bytes[end + length..].starts_with(b"--") => break,
                other => end += other.unwrap_or(1).max(backslashes(&bytes[end..])),
            }
        }
        self.mask(value..end)
    }

    /// The length of the line break at byte `at`, which may be written as escapes.
    fn newline(&self, at: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        let escape = |rest: &[u8], letter: u8| {
            let run = backslashes(rest);
            (run > 0 && rest.get(run) == Some(&letter)).then_some(run + 1)
        };
        match rest {
            [b'\n', ..] => Some(1),
            [b'\r', b'\n', ..] => Some(2),
            _ => match escape(rest, b'r') {
                Some(length) => Some(length + escape(&rest[length..], b'n')?),
                None => escape(rest, b'n'),
            },
        }
    }

    /// Masks what belongs to a key from byte `start` to `tail` and stands elsewhere: in another attribute of the same
    /// tag, in the next cell of a table, in the lines of a PEM block, in the next field of an object.
    pub(super) fn beside(&mut self, start: usize, end: usize, tail: usize) -> Option<usize> {
        self.attribute(start, tail)
            .or_else(|| self.cell(start, tail))
            .or_else(|| self.pem(start, end))
            .or_else(|| self.named_value(start, tail))
    }

    /// `<input name="password" value="…">`
    fn attribute(&mut self, start: usize, tail: usize) -> Option<usize> {
        const NAMING: [&str; 5] = ["name=", "id=", "type=", "property=", "itemprop="];
        const HOLDING: [&str; 2] = ["value=", "content="];
        let bytes = self.text.as_bytes();
        let key = self.key_start(start);
        let before = self.text[self.from..key].trim_end_matches(['"', '\'', '\\']);
        count(key - self.from - before.len());
        NAMING.iter().find(|name| before.ends_with(*name))?;
        let reach = self.from.max(key.saturating_sub(TAG_REACH));
        let open = reach + memrchr2(b'<', b'>', &bytes[reach..key]).filter(|at| bytes[reach + at] == b'<')?;
        let ahead = &bytes[tail..bytes.len().min(tail + ELEMENT_REACH)];
        let close = tail + memchr(b'>', ahead).unwrap_or(ahead.len());
        self.meter.spend((close - open) / 4);
        count((close - open) / 4);
        let held = HOLDING.iter().find_map(|name| {
            memmem::find_iter(&bytes[open..close], name.as_bytes())
                .map(|at| open + at)
                .find(|at| bytes[at - 1].is_ascii_whitespace())
                .map(|at| at + name.len())
        })?;
        let value = match quote_at(bytes, held) {
            Some(length) => {
                let content = held + length;
                let closing = self.closing_quote(content, &self.text[held..content], false);
                content..closing.map_or(bytes.len(), |(end, _)| end)
            }
            None => held..held + bytes[held..close].iter().take_while(|b| !b.is_ascii_whitespace()).count(),
        };
        self.mask(value)
    }

    /// `<th>password</th> <td>…</td>`
    fn cell(&mut self, start: usize, tail: usize) -> Option<usize> {
        const MOST_TAGS: usize = 6;
        let white = [' ', '\t', '\n', '\r'];
        let mut rest = self.text[tail..].trim_start_matches(':');
        if !rest.starts_with("</") {
            return None;
        }
        let before = &self.text[self.from..self.key_start(start)];
        let before = before[floor(before, before.len().saturating_sub(TAG_REACH))..].trim_end_matches(white);
        if !before.ends_with('>') {
            return None;
        }
        self.meter.spend(TAG_REACH);
        count(TAG_REACH);
        let mut is_cell = false;
        for _ in 0..MOST_TAGS {
            if !rest.starts_with('<') {
                break;
            }
            is_cell |= rest.starts_with("<td") || rest.starts_with("<dd");
            let tag = memchr(b'>', &rest.as_bytes()[..rest.len().min(TAG_REACH)])?;
            rest = rest[tag + 1..].trim_start_matches(white);
        }
        count(self.text.len() - rest.len() - tail);
        let value = self.text.len() - rest.len();
        let length = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        if is_cell { self.mask(value..value + length) } else { None }
    }

    /// `-----BEGIN RSA PRIVATE KEY-----`
    fn pem(&mut self, start: usize, end: usize) -> Option<usize> {
        const DASHES: &str = "-----";
        let before = &self.text[self.from..start];
        let near = &before[floor(before, before.len().saturating_sub(TAG_REACH / 16))..];
        let is_begun = near.contains("-----BEGIN") && self.text[end..].starts_with(DASHES);
        let from = end + DASHES.len();
        is_begun.then(|| {
            let length = memmem::find(&self.text.as_bytes()[from..], b"-----END");
            self.mask(from..length.map_or(self.text.len(), |length| from + length))
        })?
    }

    /// Masks a span without the white space around what it holds, and returns its end.
    fn mask(&mut self, span: Range<usize>) -> Option<usize> {
        let value = &self.text[span.clone()];
        let start = span.end - value.trim_start().len();
        let length = value.trim().len();
        self.meter.spend(span.len());
        count(span.len());
        if length > 0 {
            self.meter.doubt();
            self.replace(start, start + length, MASK);
        }
        Some(span.end)
    }
}

/// The first character boundary at or before byte `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
