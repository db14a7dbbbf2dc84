//! Where a value ends: at the closing quote, at the matching bracket, or, bare, at something that can't belong to it.
//!
//! A bare value may be a phrase with spaces, commas and quotes in it. It ends with the line, before the next key and
//! its delimiter, before a tag, at the end of the string or bracket around it; in doubt it goes on.

use memchr::{memchr, memmem};

use super::glyph::{char_after, disguised, quote_at};
use super::runs::{backslashes, blanks, count, first, last, run, run_back};
use super::text::Scan;

/// What is known of the surroundings of a bare value.
#[derive(Clone, Debug)]
pub(super) struct Bare {
    /// Whether the line begins with the key: it then holds nothing else.
    pub(super) begins_line: bool,
    /// Whether the value goes on to the end of the line, or of the string around it.
    pub(super) takes_line: bool,
    /// The quote right before the key, as it is spelled: the value ends where it closes.
    pub(super) enclosing: Option<String>,
    /// Whether the delimiter was disguised.
    pub(super) is_disguised: bool,
    /// Whether the key is in quotes, as in a literal: the value may then be the `repr` of any Python object.
    pub(super) is_quoted: bool,
}

/// How long the next key may be, and a tag.
const KEY_REACH: usize = 48;
const TAG_REACH: usize = 64;

impl Scan<'_> {
    /// The end of the bare value that begins at byte `from`.
    pub(super) fn bare_end(&self, from: usize, bare: &Bare) -> usize {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            if depth > 0
                && let Some(behind) = self.string_end(at)
            {
                at = behind;
                continue;
            }
            let ends = match byte {
                b'\n' | b'\r' => true,
                b'"' | b'\'' | b'\\' | b'&' | b'%' => self.ends_at_mark(at, bare),
                b'{' | b'[' | b'(' => {
                    depth += 1;
                    false
                }
                b'}' | b']' | b')' if depth > 0 => {
                    depth -= 1;
                    false
                }
                b'}' | b']' | b')' => bare.is_quoted || (!bare.begins_line && self.is_word_end(at + 1)),
                b',' if bare.is_quoted => depth == 0,
                b'<' if bare.is_quoted => {
                    depth += 1;
                    false
                }
                b'>' if bare.is_quoted && depth > 0 => {
                    depth -= 1;
                    false
                }
                b'<' => self.is_tag(at),
                b' ' | b'\t' | b',' | b';' | b'|' if depth == 0 && !bare.takes_line => {
                    self.next_pair(gap_end(bytes, at))
                }
                _ => false,
            };
            count(1);
            if ends {
                return at;
            }
            at += match byte {
                b' ' | b'\t' | b',' | b';' | b'|' => gap_end(bytes, at) - at,
                b'\\' => backslashes(&bytes[at..]) + 1,
                _ => 1,
            };
        }
        bytes.len()
    }

    /// Whether a bare value ends at a quote, an ampersand or a disguise of one.
    fn ends_at_mark(&self, at: usize, bare: &Bare) -> bool {
        let bytes = self.text.as_bytes();
        // A form encodes the quotes in its values; they are quotes where its delimiters are encoded too.
        let is_encoded = bytes[at] == b'%' && !bare.is_disguised;
        if let Some(length) = quote_at(bytes, at).filter(|_| !is_encoded) {
            let quote = &self.text[at..at + length];
            let behind = at + length;
            return match &bare.enclosing {
                // A quote inside a word is an apostrophe.
                Some(enclosing) if bare.takes_line => enclosing == quote && self.is_word_end(behind),
                None if bare.begins_line => false,
                None if bare.takes_line => self.is_value_end(behind),
                _ => self.is_word_end(behind),
            };
        }
        if bare.takes_line {
            return false;
        }
        match bytes[at] {
            b'&' => self.text[at..].starts_with("&amp;") || self.next_field(at + 1),
            b'%' => bare.is_disguised && disguised(bytes, at).is_some_and(|(c, _)| c == b'&'),
            _ => false,
        }
    }

    /// Whether the next field of a form stands at byte `at`.
    fn next_field(&self, at: usize) -> bool {
        let ahead = self.text.as_bytes()[at..].iter().take(TAG_REACH);
        let end = ahead.clone().position(|b| matches!(b, b'=' | b'&' | b'"' | b'\'' | b'<') || b.is_ascii_whitespace());
        end.is_some_and(|end| end > 0 && ahead.clone().nth(end) == Some(&b'='))
    }

    /// Whether a key and its delimiter stand at byte `at`.
    fn next_pair(&self, at: usize) -> bool {
        if self.text[at..].starts_with("Response Code: ") {
            return true; // a row of the audit table, quoted in other text
        }
        let bytes = self.text.as_bytes();
        let quote = run(first(&bytes[at..], KEY_REACH), |b| b"\"'\\{[(".contains(&b));
        let start = at + quote;
        // Between quotes a key may have spaces.
        let is_key =
            |b: u8| b.is_ascii_alphanumeric() || !b.is_ascii() || b"_-.[]%".contains(&b) || (b == b' ' && quote > 0);
        let length = run(first(&bytes[start..], KEY_REACH), is_key);
        if length == 0 || bytes[start].is_ascii_digit() {
            return false;
        }
        let closing = run(first(&bytes[start + length..], KEY_REACH), |b| b"\"'\\ ".contains(&b));
        match &bytes[start + length + closing..] {
            // The padding of Base64 is no delimiter.
            [b'=', b'=', ..] | [b'='] => false,
            [b'=', b' ', ..] => closing > 0,
            [b'=', quote @ (b'"' | b'\''), next, ..] => next.is_ascii_alphanumeric() || next == quote,
            [b'=', quote, ..] => !matches!(quote, b'"' | b'\'' | b'\n' | b'\r'),
            [b':'] => true,
            [b':', next, ..] => next.is_ascii_whitespace() || b"\"'[{(\\".contains(next),
            _ => false,
        }
    }

    /// Whether what stands before byte `at` can end there: no letter or digit follows.
    pub(super) fn is_word_end(&self, at: usize) -> bool {
        char_after(self.text, at).is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    }

    /// Whether what stands before byte `at` ends there, by the syntax of literals.
    pub(super) fn is_value_end(&self, at: usize) -> bool {
        matches!(self.text.as_bytes().get(at), None | Some(b',' | b'}' | b']' | b')' | b';' | b'>' | b'\n' | b'\r'))
    }

    /// Whether a colon follows: then the quote before byte `at` closes a key, and no value ended where one seemed to.
    pub(super) fn is_key_end(&self, at: usize) -> bool {
        let rest = &self.text.as_bytes()[at..];
        rest.get(blanks(rest)) == Some(&b':')
    }

    fn is_tag(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let begins =
            matches!(bytes.get(at + 1), Some(b) if b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'\\'));
        begins && memchr(b'>', &bytes[at..bytes.len().min(at + TAG_REACH)]).is_some()
    }

    /// Whether only white space and list marks stand before the key at byte `start` in its line.
    pub(super) fn begins_line(&self, start: usize) -> bool {
        let before = &self.text.as_bytes()[self.from..self.key_start(start)];
        let marks = run_back(last(before, KEY_REACH), |b| matches!(b, b' ' | b'\t' | b'-' | b'*'));
        matches!(before[..before.len() - marks], [] | [.., b'\n' | b'\r'])
    }

    /// The quote right before the key at byte `start`, as it is spelled.
    pub(super) fn enclosing_quote(&self, start: usize) -> Option<String> {
        let end = self.key_start(start);
        let before = &self.text.as_bytes()[self.from..end];
        before.last().filter(|b| matches!(b, b'"' | b'\''))?;
        let run = run_back(&before[..before.len() - 1], |b| b == b'\\');
        self.text.get(end - 1 - run..end).map(str::to_string)
    }

    /// The end of a value that goes on in lines indented deeper than its key's, as in YAML and in folded headers.
    pub(super) fn continued(&self, key: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let line = self.text[self.from..key].rfind('\n').map_or(self.from, |at| self.from + at + 1);
        let indent = |from: usize| blanks(&bytes[from..]);
        let own = indent(line);
        let mut end = end;
        loop {
            let next = match bytes[end..] {
                [b'\r', b'\n', ..] => end + 2,
                [b'\n', ..] => end + 1,
                _ => return end,
            };
            let text = next + indent(next);
            if text - next <= own || matches!(bytes.get(text), None | Some(b'\n' | b'\r' | b'<')) {
                return end;
            }
            end = memchr(b'\n', &bytes[text..]).map_or(bytes.len(), |at| text + at);
            count(end - text);
            if bytes[end - 1] == b'\r' {
                end -= 1;
            }
        }
    }

    /// Where the quote closes that opened before byte `from`, and the byte behind it; None if it does not. A quote with
    /// a colon behind it closes a key: where a value is expected, the value's own end was missed.
    pub(super) fn closing_quote(&self, from: usize, quote: &str, may_be_key: bool) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let mark = quote.as_bytes().last().copied().filter(|b| matches!(b, b'"' | b'\''));
        let is_plain = quote.bytes().rev().skip(1).all(|b| b == b'\\');
        match mark {
            Some(mark) if is_plain => self.closing_mark(from, mark, quote.len() - 1, may_be_key),
            _ => {
                let found = memmem::find_iter(&bytes[from..], quote.as_bytes()).map(|at| from + at);
                let mut unescaped = found.filter(|at| {
                    let before = &self.text[from..*at];
                    !before.ends_with('\\') && !before.ends_with("%5C") && !before.ends_with("%5c")
                });
                let closing = unescaped.next().map(|at| (at, at + quote.len()));
                count(closing.map_or(bytes.len(), |(_, behind)| behind) - from);
                closing
            }
        }
    }

    /// The same for a quotation mark behind `depth` backslashes.
    fn closing_mark(&self, from: usize, mark: u8, depth: usize, may_be_key: bool) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        loop {
            let ahead = memchr(mark, &bytes[at..]);
            count(ahead.unwrap_or(bytes.len() - at));
            at += ahead?;
            let run = run_back(&bytes[from..at], |b| b == b'\\');
            if run < depth {
                return Some((at - run, at - run)); // of a string around this one
            }
            if bytes.get(at + 1) == Some(&mark) && depth == 0 && !self.is_value_end(at + 2) {
                at += 2; // doubled, as CSV and SQL escape it
                continue;
            }
            // More backslashes may be escaped ones at the end of the value or a quote inside a string around this one:
            // it depends on how deep this is inside of strings, which is not known.
            if run == depth && self.is_word_end(at + 1) && (may_be_key || !self.is_key_end(at + 1)) {
                return Some((at - depth, at + 1));
            }
            at += 1;
        }
    }

    /// The end of the bracket that opens at byte `start`, quotes inside respected.
    pub(super) fn bracket_end(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            if let Some(behind) = self.string_end(at) {
                at = behind;
                continue;
            }
            match byte {
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                b'\\' => at += backslashes(&bytes[at..]),
                _ => {}
            }
            count(1);
            at += 1;
        }
        bytes.len()
    }

    /// The end of the string inside of brackets that begins at byte `at`, if one can begin there: elsewhere a quote is
    /// an apostrophe.
    fn string_end(&self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        matches!(bytes[at], b'"' | b'\'' | b'\\' | b'&' | b'%').then_some(())?;
        at.checked_sub(1).filter(|before| b"{[(<,:= \n\r\t".contains(&bytes[*before]))?;
        let content = at + quote_at(bytes, at)?;
        let closing = self.closing_quote(content, &self.text[at..content], true);
        Some(closing.map_or(bytes.len(), |(_, behind)| behind.max(content)))
    }
}

/// The end of the white space and marks that may separate one pair from the next.
fn gap_end(bytes: &[u8], from: usize) -> usize {
    from + run(&bytes[from..], |b| matches!(b, b' ' | b'\t' | b',' | b';' | b'|' | b'-'))
}
