//! A key and its value in text that is no literal: logs, headers, cookies, URLs, YAML, broken or torn JSON.
//!
//! The scout found a secret word; here its key is followed to the delimiter, and the value behind it is masked: up to
//! the closing quote of the same kind, the matching bracket, or as far as a bare value goes (`bare`). Quotes may be
//! escaped any number of times or be written `%22` or `&quot;`: a quote closes what the very same spelling opened.

use super::MASK;
use super::bare::Bare;
use super::glyph::{disguised, plain, quote_at};
use super::text::Scan;

/// How far a key may reach beyond its secret word, and how far its delimiter may stand from it.
const REACH: usize = 64;

/// What is known of a key when its value is read.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Where it begins, quotes apart.
    start: usize,
    /// The quote behind it, as it is spelled.
    quote: Option<String>,
    /// Whether a colon stands behind it and not an equals sign.
    has_colon: bool,
    /// Whether the delimiter was disguised, so that the delimiters of the value are.
    is_disguised: bool,
    /// Whether it names a header whose value has parts.
    is_header: bool,
}

impl Key {
    /// A key of an object.
    pub(super) fn quoted(start: usize, quote: &str) -> Self {
        Key { start, quote: Some(quote.to_string()), has_colon: true, is_disguised: false, is_header: false }
    }
}

impl Scan<'_> {
    /// Masks the value of the key around the secret word from `start` to `end`, if it is a key, and returns where to
    /// go on.
    pub(super) fn pair(&mut self, start: usize, end: usize) -> usize {
        self.meter.spend(4 * REACH);
        let tail = self.key_tail(end);
        let name = plain(&self.text[start..tail]);
        if !self.redactor.is_secret(&name) {
            return end;
        }
        let masked = self.element(start, tail).or_else(|| self.part_of_form(start, tail)).or_else(|| {
            let lower = name.to_lowercase();
            let is_header = lower.contains("authorization") || lower.contains("cookie");
            let (key, value) = self.delimited(start, tail, is_header)?;
            Some(self.value(&key, value))
        });
        let masked = masked.or_else(|| self.beside(start, end, tail)).or_else(|| self.long_token(tail));
        masked.map_or(end, |masked| masked.max(end))
    }

    /// The same for a key with a disguised letter in it.
    pub(super) fn disguised_pair(&mut self, start: usize, end: usize) -> usize {
        let before = &self.text.as_bytes()[self.from..start];
        let length = before.iter().rev().take(REACH).take_while(|b| is_name(**b) || b"%\\&#;".contains(b)).count();
        let mut from = start - length;
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        self.pair(from, end)
    }

    /// Where a key ends that goes on at byte `from`.
    fn key_tail(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < from + REACH {
            at += match bytes.get(at) {
                Some(b) if is_name(*b) => 1,
                _ => match disguised(bytes, at) {
                    Some((c, length)) if is_name(c) => length,
                    _ => break,
                },
            };
        }
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// Where the whole key begins whose secret word begins at byte `start`.
    pub(super) fn key_start(&self, start: usize) -> usize {
        let before = &self.text.as_bytes()[self.from..start];
        start - before.iter().rev().take(REACH).take_while(|b| is_name(**b)).count()
    }

    /// The delimiter behind a key that ends at byte `tail`: what it says of the key, and where the value begins.
    fn delimited(&self, start: usize, tail: usize, is_header: bool) -> Option<(Key, usize)> {
        let (tail, quote) = match self.quote_token(tail) {
            Some(length) => (tail + length, Some(self.text[tail..tail + length].to_string())),
            None => match self.far_quote(start, tail) {
                Some((at, length)) => (at + length, Some(self.text[at..at + length].to_string())),
                None => (tail, None),
            },
        };
        let bytes = self.text.as_bytes();
        let is_between =
            |b: &u8| matches!(b, b' ' | b'\t' | b']' | b')') || (quote.is_some() && matches!(b, b'\n' | b'\r'));
        let at = tail + bytes[tail..].iter().take(REACH).take_while(|b| is_between(b)).count();
        let (has_colon, is_disguised, value) = match &bytes[at..] {
            [b':', b':', ..] | [b':', b'/', b'/', ..] => return None,
            [b':', b'=', ..] => (false, false, at + 2),
            [b':', ..] => (true, false, at + 1),
            [b'-', b'>', ..] => (false, false, at + 2),
            [b'=', rest @ ..] => {
                // ==, ===, => and their like
                (false, false, at + 1 + rest.iter().take(2).take_while(|b| matches!(b, b'=' | b'>')).count())
            }
            _ => match disguised(bytes, at)? {
                (b':', length) => (true, true, at + length),
                (b'=', length) => (false, true, at + length),
                _ => return None,
            },
        };
        Some((Key { start, quote, has_colon, is_disguised, is_header }, value))
    }

    /// The length of the quote at byte `at`: `"`, `\"`, `&quot;`, or several of the same in a row (`""`, as CSV
    /// escapes it).
    fn quote_token(&self, at: usize) -> Option<usize> {
        const MOST: usize = 3;
        let bytes = self.text.as_bytes();
        let length = quote_at(bytes, at)?;
        let more = if length == 1 {
            bytes[at + 1..].iter().take(MOST - 1).take_while(|b| **b == bytes[at]).count()
        } else {
            0
        };
        Some(length + more)
    }

    /// The closing quote of a key of several words (`"password of user": …`), which opened with the same.
    fn far_quote(&self, start: usize, tail: usize) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let is_prose = |b: &u8| !matches!(b, b'\n' | b'\r' | b':' | b'=' | b',' | b'{' | b'}' | b'&');
        let is_quote = |b: &u8| matches!(b, b'"' | b'\'' | b'\\');
        let ahead = bytes[tail..].iter().take(REACH).take_while(|b| is_prose(b)).position(is_quote)?;
        let (at, length) = (tail + ahead, quote_at(bytes, tail + ahead)?);
        let before = &bytes[self.from..start];
        let behind = before.iter().rev().take(REACH).take_while(|b| is_prose(b)).position(is_quote)?;
        let is_same = before[..before.len() - behind].ends_with(&bytes[at..at + length]);
        // Only a colon tells a key from any other quoted words.
        let is_key = self.text[at + length..].trim_start_matches([' ', '\t']).starts_with(':');
        (is_same && is_key).then_some((at, length))
    }

    /// Masks the value that begins at byte `from` or behind white space there, and returns where to go on.
    pub(super) fn value(&mut self, key: &Key, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let is_white = |b: &u8| matches!(b, b' ' | b'\t') || (key.quote.is_some() && matches!(b, b'\n' | b'\r'));
        let start = from + bytes[from..].iter().take_while(|b| is_white(b)).count();
        self.meter.spend(start - from);
        let begins_line = key.quote.is_none() && key.has_colon && self.begins_line(key.start);
        let has_parts = key.is_header && key.quote.is_none();
        if !has_parts {
            let prefix = self.string_prefix(start);
            if let Some(length) = self.opening_quote(start + prefix) {
                return self.quoted_value(start + prefix, length);
            }
        }
        let enclosing = if key.quote.is_none() { self.enclosing_quote(key.start) } else { None };
        let bare = Bare {
            begins_line,
            takes_line: begins_line || has_parts,
            enclosing,
            is_disguised: key.is_disguised,
            is_quoted: key.quote.is_some(),
        };
        let is_bracket = matches!(bytes.get(start), Some(b'{' | b'[' | b'('));
        let mut end = start;
        if is_bracket && !has_parts {
            end = self.bracket_end(start);
        }
        if !is_bracket || has_parts || key.quote.is_none() {
            end = self.bare_end(end, &bare);
        }
        if begins_line {
            end = self.continued(key.start, end);
        }
        self.meter.spend(end - start);
        self.note_secret(start, end, is_bracket && key.quote.is_some());
        let value = self.text[start..end].trim();
        let value = value.strip_suffix([',', ';']).unwrap_or(value).trim_end();
        if !value.is_empty() {
            let start = end - self.text[start..end].trim_start().len();
            let quote = key.quote.as_deref().unwrap_or_default();
            self.replace(start, start + value.len(), &format!("{quote}{MASK}{quote}"));
        }
        end
    }

    /// Masks what stands in the quotes that open at byte `start` with a quote of `length` bytes.
    fn quoted_value(&mut self, start: usize, length: usize) -> usize {
        let content = start + length;
        let close = self.closing_quote(content, &self.text[start..content]);
        let (end, behind) = close.unwrap_or((self.text.len(), self.text.len()));
        self.meter.spend(behind - start);
        self.note_secret(content, behind, close.is_none());
        self.replace(content, end, MASK);
        behind
    }

    /// The length of the quote that opens a value at byte `at`. Of two in a row the second closes an empty value
    /// unless something follows that both may enclose.
    fn opening_quote(&self, at: usize) -> Option<usize> {
        let length = self.quote_token(at)?;
        let single = quote_at(self.text.as_bytes(), at)?;
        let is_empty = length == 2
            && single == 1
            && (self.is_value_end(at + length) || self.text[at + length..].starts_with([' ', '\t', '&']));
        Some(if is_empty { 1 } else { length })
    }

    /// The length of a Python string's prefix (`b'…'`) at byte `at`.
    fn string_prefix(&self, at: usize) -> usize {
        match self.text.as_bytes()[at..] {
            [b'b' | b'r' | b'u' | b'f' | b'B', b'"' | b'\'', ..] => 1,
            [b'b' | b'r', b'b' | b'r', b'"' | b'\'', ..] => 2,
            _ => 0,
        }
    }

    /// `Token` and behind it a long run of hexadecimal digits, as the scheme of that name has it.
    fn long_token(&mut self, tail: usize) -> Option<usize> {
        const LEAST: usize = 32;
        let rest = self.text[tail..].strip_prefix(' ')?;
        let length = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let is_token = length >= LEAST && self.is_word_end(tail + 1 + length);
        is_token.then(|| {
            self.meter.spend(length);
            self.replace(tail + 1, tail + 1 + length, MASK);
            tail + 1 + length
        })
    }
}

/// What a key is made of, apart from disguises. Square brackets are those of `user[password]`.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"_-.$[]*".contains(&byte)
}
