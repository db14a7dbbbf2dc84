//! A key and its value in text that is no literal: logs, headers, cookies, URLs, YAML, broken or torn JSON.
//!
//! The scout found a secret word; here its key is followed to the delimiter, and the value behind it is masked: up to
//! the closing quote of the same kind, the matching bracket, or as far as a bare value goes (`bare`). Quotes may be
//! escaped any number of times or be written `%22` or `&quot;`: a quote closes what the very same spelling opened.

use std::borrow::Cow;

use super::MASK;
use super::bare::Bare;
use super::glyph::{disguised, plain, quote_at};
use super::runs::{count, first, last, run, run_back};
use super::scout::{Kind, Trigger};
use super::text::Scan;

/// How far a key may reach beyond its secret word, and how far its delimiter may stand from it.
const REACH: usize = 64;
/// How much may be read for keys inside of values, besides what is in proportion to the value.
const ENOUGH: usize = 1 << 12;

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

/// How far a value reaches.
struct Secret {
    /// What is to be masked.
    start: usize,
    end: usize,
    /// Where to go on.
    behind: usize,
    /// What to put around the mask.
    quotes: String,
    /// Whether its quote or bracket never closed.
    is_open: bool,
}

impl Secret {
    /// Makes it reach as far as another one that begins inside it.
    fn take_in(&mut self, other: &Secret) {
        if other.end > self.end {
            self.end = if self.quotes.is_empty() { other.end } else { other.behind };
            self.behind = self.behind.max(other.behind);
            self.is_open |= other.is_open;
        }
    }
}

impl<'a> Scan<'a> {
    /// Masks the value of the key around the secret word from `start` to `end`, if it is a key, and returns where to
    /// go on.
    pub(super) fn pair(&mut self, start: usize, end: usize) -> usize {
        let Some((tail, name)) = self.secret_name(start, end) else {
            return end;
        };
        let masked = self.element(start, tail).or_else(|| self.part_of_form(start, tail)).or_else(|| {
            let (key, value) = self.delimited(start, tail, &name)?;
            let encoded = if key.is_disguised { self.encoded(start) } else { None };
            Some(encoded.unwrap_or_else(|| self.value(&key, value)))
        });
        let masked = masked.or_else(|| self.beside(start, end, tail)).or_else(|| self.long_token(tail));
        masked.map_or(end, |masked| masked.max(end))
    }

    /// The same for a key with a disguised letter from `start` to `end`. Where it is none, neither are the other letters
    /// of it.
    pub(super) fn disguised_pair(&mut self, start: usize, end: usize) -> usize {
        let from = self.disguised_start(start);
        match self.secret_name(from, end) {
            Some(_) => self.pair(from, end),
            None => end.max(self.key_tail(end).saturating_sub(REACH / 2)),
        }
    }

    /// The key at a trigger and where its value begins, if a secret key and its delimiter stand there.
    pub(super) fn key_at(&self, trigger: Trigger) -> Option<(Key, usize)> {
        let start = match trigger.kind {
            Kind::Word => trigger.start,
            Kind::Disguise => self.disguised_start(trigger.start),
            _ => return None,
        };
        let (tail, name) = self.secret_name(start, trigger.end)?;
        self.delimited(start, tail, &name)
    }

    /// The end of the key whose secret word stands from `start` to `end`, and what it says from that word on.
    fn secret_name(&self, start: usize, end: usize) -> Option<(usize, Cow<'a, str>)> {
        self.meter.spend(4 * REACH);
        let tail = self.key_tail(end);
        let text: &'a str = self.text;
        let name = plain(&text[start..tail]);
        self.redactor.is_secret(&name).then_some((tail, name))
    }

    /// Where the key begins that has a disguised letter at byte `start`.
    fn disguised_start(&self, start: usize) -> usize {
        let before = &self.text.as_bytes()[self.from..start];
        let length = run_back(last(before, REACH), |b| is_name(b) || b"%\\&#;".contains(&b));
        let mut from = start - length;
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        from
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
        count(at - from);
        at
    }

    /// Where the whole key begins whose secret word begins at byte `start`.
    pub(super) fn key_start(&self, start: usize) -> usize {
        let before = &self.text.as_bytes()[self.from..start];
        let mut from = start - run_back(last(before, REACH), is_name);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        from
    }

    /// The delimiter behind a key that ends at byte `tail`: what it says of the key, and where the value begins.
    fn delimited(&self, start: usize, tail: usize, name: &str) -> Option<(Key, usize)> {
        let (tail, quote) = match self.quote_token(tail) {
            Some(length) => (tail + length, Some(self.text[tail..tail + length].to_string())),
            None => match self.far_quote(start, tail) {
                Some((at, length)) => (at + length, Some(self.text[at..at + length].to_string())),
                None => (tail, None),
            },
        };
        let bytes = self.text.as_bytes();
        let is_between =
            |b: u8| matches!(b, b' ' | b'\t' | b']' | b')') || (quote.is_some() && matches!(b, b'\n' | b'\r'));
        let at = tail + run(first(&bytes[tail..], REACH), is_between);
        let (has_colon, is_disguised, value) = match &bytes[at..] {
            [b':', b':', ..] | [b':', b'/', b'/', ..] => return None,
            [b':', b'=', ..] => (false, false, at + 2),
            [b':', ..] => (true, false, at + 1),
            [b'-', b'>', ..] => (false, false, at + 2),
            // ("password", "x")
            [b',', ..] if quote.is_some() && self.begins_tuple(start, quote.as_deref()) => (false, false, at + 1),
            [b'=', rest @ ..] => {
                // ==, ===, => and their like
                (false, false, at + 1 + run(first(rest, 2), |b| matches!(b, b'=' | b'>')))
            }
            _ => match disguised(bytes, at)? {
                (b':', length) => (true, true, at + length),
                (b'=', length) => (false, true, at + length),
                _ => return None,
            },
        };
        let name = name.to_lowercase();
        let is_header = name.contains("authorization") || name.contains("cookie");
        Some((Key { start, quote, has_colon, is_disguised, is_header }, value))
    }

    /// Whether the quoted key at byte `start` is the first of a tuple.
    fn begins_tuple(&self, start: usize, quote: Option<&str>) -> bool {
        let before = &self.text[self.from..self.key_start(start)];
        quote.and_then(|quote| before.strip_suffix(quote)).is_some_and(|before| before.ends_with('('))
    }

    /// The length of the quote at byte `at`: `"`, `\"`, `&quot;`, or several of the same in a row (`""`, as CSV
    /// escapes it).
    fn quote_token(&self, at: usize) -> Option<usize> {
        const MOST: usize = 3;
        let bytes = self.text.as_bytes();
        let length = quote_at(bytes, at)?;
        let more = if length == 1 { run(first(&bytes[at + 1..], MOST - 1), |b| b == bytes[at]) } else { 0 };
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
        let is_key = self.is_key_end(at + length);
        (is_same && is_key).then_some((at, length))
    }

    /// Masks the value that begins at byte `from` or behind white space there, and returns where to go on.
    pub(super) fn value(&mut self, key: &Key, from: usize) -> usize {
        let mut secret = self.value_of(key, from);
        // A value whose end was misjudged has taken in the next key, and must not leave its secret behind.
        let mut work = 0;
        while let Some(trigger) = self.trigger_from(secret.start).filter(|trigger| trigger.start < secret.behind) {
            if let Some((key, value)) = self.key_at(trigger) {
                let taken = self.value_of(&key, value);
                work += taken.behind - value;
                secret.take_in(&taken);
            }
            self.pass(trigger);
            if work > ENOUGH + 4 * (secret.behind - secret.start) {
                secret.end = self.text.len();
                secret.behind = secret.end;
                break;
            }
        }
        self.note_secret(secret.start, secret.behind, secret.is_open);
        if secret.start < secret.end {
            self.meter.doubt();
            self.replace(secret.start, secret.end, &format!("{0}{MASK}{0}", secret.quotes));
        }
        secret.behind
    }

    /// How far the value reaches that begins at byte `from` or behind white space there.
    fn value_of(&self, key: &Key, from: usize) -> Secret {
        let bytes = self.text.as_bytes();
        let is_quoted = key.quote.is_some();
        let is_white = |b: u8| matches!(b, b' ' | b'\t') || (is_quoted && matches!(b, b'\n' | b'\r'));
        let start = from + run(&bytes[from..], is_white);
        let has_parts = key.is_header && !is_quoted;
        if !has_parts {
            let prefix = self.string_prefix(start);
            if let Some(length) = self.opening_quote(start + prefix) {
                return self.quoted_value(start + prefix, length);
            }
        }
        let begins_line = !is_quoted && key.has_colon && self.begins_line(key.start);
        let bare = Bare {
            begins_line,
            takes_line: begins_line || has_parts,
            enclosing: if is_quoted { None } else { self.enclosing_quote(key.start) },
            is_disguised: key.is_disguised,
            is_quoted,
        };
        let is_bracket = !has_parts && matches!(bytes.get(start), Some(b'{' | b'[' | b'('));
        let mut behind = if is_bracket { self.bracket_end(start) } else { start };
        if !(is_bracket && is_quoted) {
            behind = self.bare_end(behind, &bare);
        }
        if begins_line {
            behind = self.continued(key.start, behind);
        }
        self.meter.spend(behind - from);
        let value = self.text[start..behind].trim_start();
        let start = behind - value.len();
        let value = value.trim_end();
        let value = value.strip_suffix([',', ';']).unwrap_or(value).trim_end();
        Secret {
            start,
            end: start + value.len(),
            behind,
            quotes: key.quote.clone().unwrap_or_default(),
            is_open: is_bracket && is_quoted,
        }
    }

    /// What stands in the quotes that open at byte `start` with a quote of `length` bytes.
    fn quoted_value(&self, start: usize, length: usize) -> Secret {
        let content = start + length;
        let close = self.closing_quote(content, &self.text[start..content], false);
        let (end, behind) = close.unwrap_or((self.text.len(), self.text.len()));
        self.meter.spend(behind - start);
        Secret { start: content, end, behind, quotes: String::new(), is_open: close.is_none() }
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
        let length = run(rest.as_bytes(), |b| b.is_ascii_hexdigit());
        let is_token = length >= LEAST && self.is_word_end(tail + 1 + length);
        is_token.then(|| {
            self.meter.doubt();
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
