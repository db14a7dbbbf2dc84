//! Objects that name their secret in one field and hold it in another: `{"name": "password", "value": "x"}`.
//!
//! Fed with the keys and strings of a literal in order, it tells which keys hold such a value. It keeps nothing of
//! objects that have neither field, so it costs no more than the text, however deep that is.

use super::glyph::quote_at;
use super::pair::Key;
use super::runs::{count, last, run_back};
use super::text::Scan;

/// What is longer names nothing, it tells something.
const LONGEST_NAME: usize = 64;
/// The fields that name.
const NAMING: [&str; 3] = ["name", "key", "field"];
/// The field that holds what is named.
const HOLDING: &str = "value";

/// What a field of an object may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Name,
    Value,
}

fn role(key: &str) -> Option<Role> {
    if NAMING.iter().any(|word| key.eq_ignore_ascii_case(word)) {
        Some(Role::Name)
    } else {
        key.eq_ignore_ascii_case(HOLDING).then_some(Role::Value)
    }
}

/// An object with one of the two fields.
#[derive(Clone, Debug)]
struct Named<P> {
    /// How many brackets are open inside it.
    depth: usize,
    /// Whether the next string is its name.
    awaits_name: bool,
    is_secret: bool,
    /// Its fields with values.
    values: Vec<P>,
}

/// The keys, by their places `P`, that hold a secret which their object names.
#[derive(Clone, Debug)]
pub(super) struct NamedValues<P> {
    open: Vec<Named<P>>,
    found: Vec<P>,
}

impl<P: Copy + Ord> NamedValues<P> {
    pub(super) fn new() -> Self {
        NamedValues { open: Vec::new(), found: Vec::new() }
    }

    /// Takes a key, with so many brackets open around it.
    pub(super) fn key(&mut self, depth: usize, key: &str, place: P) {
        let role = role(key);
        if let Some(object) = self.open.last_mut().filter(|object| object.depth == depth) {
            object.awaits_name = role == Some(Role::Name);
        } else if let Some(role) = role {
            let awaits_name = role == Role::Name;
            self.open.push(Named { depth, awaits_name, is_secret: false, values: Vec::new() });
        }
        if role == Some(Role::Value)
            && let Some(object) = self.open.last_mut()
        {
            object.values.push(place);
        }
    }

    /// Takes a string of so many bytes that is a value, with so many brackets open around it.
    pub(super) fn text(&mut self, depth: usize, length: usize, names_secret: impl FnOnce() -> bool) {
        if let Some(object) = self.open.last_mut().filter(|object| object.depth == depth && object.awaits_name) {
            object.is_secret |= length <= LONGEST_NAME && names_secret();
            object.awaits_name = false;
        }
    }

    /// Takes a closing bracket that leaves so many open.
    pub(super) fn close(&mut self, depth: usize) {
        while let Some(object) = self.open.pop_if(|object| object.depth > depth) {
            if object.is_secret {
                self.found.extend(object.values);
            }
        }
    }

    /// The places, in order. Objects that never closed count as well.
    pub(super) fn found(mut self) -> Vec<P> {
        self.close(0);
        self.found.sort_unstable();
        self.found
    }
}

impl Scan<'_> {
    /// Masks the value that stands right behind the quoted name of a secret from byte `start` to `tail`, where that is
    /// itself the value of a field that names: `\"name\": \"password\", \"value\": …` in a literal that can't be read.
    pub(super) fn named_value(&mut self, start: usize, tail: usize) -> Option<usize> {
        let (text, white) = (self.text, [' ', '\t', '\n', '\r']);
        let quote = &text[tail..tail + quote_at(text.as_bytes(), tail)?];
        let name = self.key_start(start);
        let reach = self.from.max(name.saturating_sub(LONGEST_NAME));
        let before = last(&text.as_bytes()[self.from..name], name - reach);
        let trimmed = |bytes: &[u8]| bytes.trim_ascii_end().len();
        let before = before.strip_suffix(quote.as_bytes())?;
        let before = before[..trimmed(before)].strip_suffix(b":")?;
        let before = before[..trimmed(before)].strip_suffix(quote.as_bytes())?;
        let field = &before[before.len() - run_back(before, |b| b.is_ascii_alphanumeric())..];
        if !NAMING.iter().any(|word| field.eq_ignore_ascii_case(word.as_bytes())) {
            return None;
        }
        let behind = |rest: &str, what: &str| -> Option<usize> {
            let trimmed = rest.trim_start_matches(white);
            count(rest.len() - trimmed.len());
            let begins = trimmed.get(..what.len()).is_some_and(|it| it.eq_ignore_ascii_case(what));
            begins.then_some(rest.len() - trimmed.len() + what.len())
        };
        let comma = tail + quote.len() + behind(&text[tail + quote.len()..], ",")?;
        let key = comma + behind(&text[comma..], &format!("{quote}{HOLDING}{quote}"))?;
        let value = key + behind(&text[key..], ":")?;
        Some(self.value(&Key::quoted(key - quote.len() - HOLDING.len(), quote), value))
    }
}
