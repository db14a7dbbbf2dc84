//! Reads one literal, as Python prints it or as JSON spells it, event by event and in place.
//!
//! The reader builds nothing and does not recurse: it keeps one byte for every open bracket and reads every byte once,
//! so whatever nesting a client chooses costs it time and memory in proportion to the text. It knows where the parts
//! of a literal are, not what their escapes mean and not whether Python would have printed them just so.

use memchr::memchr2;

use super::quote::unescape;
use super::value::{NonFinite, Token};

/// Which spellings are accepted. White space between tokens is, in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// What Python's `str()` prints of decoded JSON: both kinds of quotes, `None`, `True`, `False`, `nan`, `inf`.
    /// Whether it would have printed a text just so is for [`is_container`](super::is_container).
    Python,
    /// JSON as Python's `json` module reads it, `NaN` and `Infinity` included.
    Json,
    /// Any mixture of the two; raw control characters and broken escapes in strings are tolerated as well. For a
    /// reader that would rather understand too much than too little.
    Either,
}

/// What was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// The key of an object, quotes included; the events of its value follow.
    Key,
    /// A string, quotes included.
    Text,
    /// The digits of a finite number, a valid JSON number.
    Number,
    /// A float that JSON has no number for.
    NonFinite(NonFinite),
    /// `True`, `False`, `true`, `false`.
    Bool(bool),
    /// `None`, `null`.
    Null,
}

/// A part of a literal and where it stands: byte offsets in the text that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

impl Event {
    /// What it says; `text` is the text that was given.
    pub fn token(&self, text: &str) -> Token {
        let span = &text[self.start..self.end];
        match self.kind {
            EventKind::ObjectStart => Token::ObjectStart,
            EventKind::ObjectEnd => Token::ObjectEnd,
            EventKind::ArrayStart => Token::ArrayStart,
            EventKind::ArrayEnd => Token::ArrayEnd,
            EventKind::Key => Token::Key(unescape(span).into()),
            EventKind::Text => Token::Text(unescape(span).into()),
            EventKind::Number => Token::Number(span.into()),
            EventKind::NonFinite(value) => Token::NonFinite(value),
            EventKind::Bool(value) => Token::Bool(value),
            EventKind::Null => Token::Null,
        }
    }
}

/// The text is no literal from this byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no literal can go on at byte {at}; the text is to be shown as it is")]
pub struct Malformed {
    /// The byte that does not fit, or the length of the text where it ends too early.
    pub at: usize,
}

/// The events of one literal. Ends behind the literal, or after the first error.
#[derive(Clone, Debug)]
pub struct Events<'t> {
    text: &'t [u8],
    syntax: Syntax,
    position: usize,
    open: Vec<Bracket>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Bracket {
    Object,
    Array,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A value must come.
    Value,
    /// A value or the closing bracket.
    FirstItem,
    /// A key or the closing bracket.
    FirstKey,
    /// A key must come.
    Key,
    /// A colon, then a value.
    Colon,
    /// A comma, the closing bracket, or the end of the literal.
    After,
    /// The literal was complete.
    Complete,
    /// An error was reported.
    Failed,
}

impl<'t> Events<'t> {
    /// Reads the literal that begins at byte `start` of `text`, or behind white space there. One reading costs no
    /// more than the text behind `start`; whoever begins at many places of a hostile text has to bound their sum.
    pub fn at(text: &'t str, start: usize, syntax: Syntax) -> Self {
        let position = start.min(text.len());
        Events { text: text.as_bytes(), syntax, position, open: Vec::new(), state: State::Value }
    }

    /// The byte behind the last event (or behind the comma or colon that follows it). When the literal is complete,
    /// the byte behind its end.
    pub fn position(&self) -> usize {
        self.position
    }

    /// How many brackets are open. A value that begins at some depth has ended when the depth is the same again.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the literal was read to its end.
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete || (self.state == State::After && self.open.is_empty())
    }

    fn advance(&mut self) -> Result<Option<Event>, Malformed> {
        loop {
            match self.state {
                State::Complete | State::Failed => return Ok(None),
                State::After if self.open.is_empty() => {
                    self.state = State::Complete;
                    return Ok(None);
                }
                _ => {}
            }
            self.skip_white();
            let byte = self.peek();
            match (self.state, byte) {
                (State::After, Some(b',')) => {
                    self.position += 1;
                    self.state = match self.open.last() {
                        Some(Bracket::Object) => State::Key,
                        _ => State::Value,
                    };
                }
                (State::Colon, Some(b':')) => {
                    self.position += 1;
                    self.state = State::Value;
                }
                (State::After | State::FirstKey, Some(b'}')) if self.open.last() == Some(&Bracket::Object) => {
                    return Ok(Some(self.close(EventKind::ObjectEnd)));
                }
                (State::After | State::FirstItem, Some(b']')) if self.open.last() == Some(&Bracket::Array) => {
                    return Ok(Some(self.close(EventKind::ArrayEnd)));
                }
                (State::Key | State::FirstKey, Some(_)) => {
                    let start = self.position;
                    self.string()?;
                    self.state = State::Colon;
                    return Ok(Some(self.event(EventKind::Key, start)));
                }
                (State::Value | State::FirstItem, Some(byte)) => return self.value(byte).map(Some),
                _ => return Err(Malformed { at: self.position }),
            }
        }
    }

    fn value(&mut self, first: u8) -> Result<Event, Malformed> {
        let start = self.position;
        let kind = match first {
            b'{' | b'[' => {
                self.position += 1;
                let (kind, bracket, state) = if first == b'{' {
                    (EventKind::ObjectStart, Bracket::Object, State::FirstKey)
                } else {
                    (EventKind::ArrayStart, Bracket::Array, State::FirstItem)
                };
                self.open.push(bracket);
                self.state = state;
                return Ok(self.event(kind, start));
            }
            b'"' | b'\'' => {
                self.string()?;
                EventKind::Text
            }
            b'0'..=b'9' | b'-' => self.number()?,
            _ => self.word()?,
        };
        self.state = State::After;
        Ok(self.event(kind, start))
    }

    fn close(&mut self, kind: EventKind) -> Event {
        let start = self.position;
        self.position += 1;
        self.open.pop();
        self.state = State::After;
        self.event(kind, start)
    }

    fn event(&self, kind: EventKind, start: usize) -> Event {
        Event { kind, start, end: self.position }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn skip_white(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn allows(&self, syntax: Syntax) -> bool {
        self.syntax == syntax || self.syntax == Syntax::Either
    }

    /// Moves behind the closing quote.
    fn string(&mut self) -> Result<(), Malformed> {
        let start = self.position;
        let quote = match self.peek() {
            Some(b'"') => b'"',
            Some(b'\'') if self.allows(Syntax::Python) => b'\'',
            _ => return Err(Malformed { at: start }),
        };
        let mut at = start + 1;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(found) = memchr2(quote, b'\\', rest) else {
                return Err(Malformed { at: self.text.len() });
            };
            self.check_raw(at, &rest[..found])?;
            at += found;
            if self.text[at] == quote {
                self.position = at + 1;
                return Ok(());
            }
            at += self.escape(at)?;
        }
    }

    fn check_raw(&self, offset: usize, raw: &[u8]) -> Result<(), Malformed> {
        if self.syntax != Syntax::Json {
            return Ok(());
        }
        match raw.iter().position(|&b| b < 0x20) {
            Some(bad) => Err(Malformed { at: offset + bad }),
            None => Ok(()),
        }
    }

    /// The length of the escape whose backslash is at `at`; of an escape with digits at least the part before them.
    fn escape(&self, at: usize) -> Result<usize, Malformed> {
        let Some(&letter) = self.text.get(at + 1) else {
            return Err(Malformed { at: self.text.len() });
        };
        let digits = match (letter, self.syntax) {
            (_, Syntax::Either) => 0,
            (b'x', Syntax::Python) => 2,
            (b'U', Syntax::Python) => 8,
            (b'u', _) => 4,
            (_, Syntax::Python) | (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', Syntax::Json) => 0,
            (_, Syntax::Json) => return Err(Malformed { at }),
        };
        let given = self.text.get(at + 2..).unwrap_or_default().iter().take(digits);
        if given.filter(|b| b.is_ascii_hexdigit()).count() < digits {
            return Err(Malformed { at });
        }
        Ok(2 + digits)
    }

    /// A number by JSON's grammar, or a negative infinity.
    fn number(&mut self) -> Result<EventKind, Malformed> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        match self.peek() {
            Some(b'0') => self.position += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(b'i' | b'I') => return self.word_after(start),
            _ => return Err(Malformed { at: self.position }),
        }
        if self.peek() == Some(b'.') {
            self.position += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.some_digits()?;
        }
        self.must_end_here()?;
        Ok(EventKind::Number)
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.position += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Malformed> {
        let start = self.position;
        self.digits();
        if self.position == start { Err(Malformed { at: start }) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<EventKind, Malformed> {
        self.word_after(self.position)
    }

    /// A word that began at `start` with a sign, or begins where the reader is.
    fn word_after(&mut self, start: usize) -> Result<EventKind, Malformed> {
        let rest = self.text.get(start..).unwrap_or_default();
        let known = WORDS.iter().find(|(word, syntax, _)| self.allows(*syntax) && rest.starts_with(word.as_bytes()));
        let Some((word, _, kind)) = known else {
            return Err(Malformed { at: start });
        };
        self.position = start + word.len();
        self.must_end_here()?;
        Ok(*kind)
    }

    /// `1a`, `1.2.3`, `Nonesuch` and `truñe` are not two tokens, they are none.
    fn must_end_here(&self) -> Result<(), Malformed> {
        match self.peek() {
            Some(b) if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-' | 0x80..) => {
                Err(Malformed { at: self.position })
            }
            _ => Ok(()),
        }
    }
}

const WORDS: [(&str, Syntax, EventKind); 12] = [
    ("None", Syntax::Python, EventKind::Null),
    ("True", Syntax::Python, EventKind::Bool(true)),
    ("False", Syntax::Python, EventKind::Bool(false)),
    ("nan", Syntax::Python, EventKind::NonFinite(NonFinite::NaN)),
    ("inf", Syntax::Python, EventKind::NonFinite(NonFinite::Infinity)),
    ("-inf", Syntax::Python, EventKind::NonFinite(NonFinite::NegativeInfinity)),
    ("null", Syntax::Json, EventKind::Null),
    ("true", Syntax::Json, EventKind::Bool(true)),
    ("false", Syntax::Json, EventKind::Bool(false)),
    ("NaN", Syntax::Json, EventKind::NonFinite(NonFinite::NaN)),
    ("Infinity", Syntax::Json, EventKind::NonFinite(NonFinite::Infinity)),
    ("-Infinity", Syntax::Json, EventKind::NonFinite(NonFinite::NegativeInfinity)),
];

impl Iterator for Events<'_> {
    type Item = Result<Event, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.state = State::Failed;
        }
        next.transpose()
    }
}

impl std::iter::FusedIterator for Events<'_> {}

#[cfg(test)]
#[path = "literal_tests.rs"]
mod tests;
