//! Objects and arrays, as Python prints them or as JSON spells them, whole or torn off at the end of the text.
//!
//! They are read in place, event by event, and only what is secret is rewritten, in the same syntax: a secret key's
//! value becomes a quoted mask, a string whose content changes is quoted anew. Where the literal breaks off because
//! something else begins, what was read up to there counts, and the rest of the text is read on from there.

use std::borrow::Cow;

use memchr::memchr;

use super::named::NamedValues;
use super::pair::Key;
use super::runs::count;
use super::text::Scan;
use super::{MASK, cards};
use crate::audit::{Event, EventKind, Events, NonFinite, Syntax, is_container, json_string, quote_python, unescape};

/// How a literal that begins somewhere ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Complete,
    /// With the text.
    Torn,
    /// At something that does not fit.
    Broken,
}

/// What a first reading of a literal tells.
struct Survey {
    ending: Ending,
    /// The byte behind the last that was read.
    reached: usize,
    /// Whether something in it is Python's and not JSON's.
    is_python: bool,
    /// The last part that was read, closing brackets apart.
    last: Option<Event>,
    /// Whether there is anything in it but its first bracket.
    is_empty: bool,
}

impl Survey {
    fn of(text: &str, start: usize) -> Self {
        let mut survey =
            Survey { ending: Ending::Complete, reached: start, is_python: false, last: None, is_empty: true };
        let mut events = Events::at(text, start, Syntax::Either);
        for event in events.by_ref() {
            match event {
                Ok(event) => {
                    survey.is_python = survey.is_python || is_pythons(text, event);
                    survey.is_empty &= event.start == start;
                    if !matches!(event.kind, EventKind::ObjectEnd | EventKind::ArrayEnd) {
                        survey.last = Some(event);
                    }
                }
                Err(malformed) => {
                    survey.ending = if malformed.at == text.len() { Ending::Torn } else { Ending::Broken };
                    survey.is_empty &= survey.ending == Ending::Broken;
                    survey.reached = malformed.at;
                    return survey;
                }
            }
        }
        survey.reached = events.position();
        survey
    }
}

fn is_pythons(text: &str, event: Event) -> bool {
    let first = text.as_bytes().get(event.start).copied().unwrap_or_default();
    match event.kind {
        EventKind::Key | EventKind::Text => {
            first == b'\'' || has_pythons_escape(&text.as_bytes()[event.start..event.end])
        }
        EventKind::Null | EventKind::Bool(_) => first.is_ascii_uppercase(),
        EventKind::NonFinite(NonFinite::NaN) => first == b'n',
        EventKind::NonFinite(_) => text[event.start..event.end].contains('i'),
        _ => false,
    }
}

/// Whether there is an escape in a string that JSON does not know.
fn has_pythons_escape(string: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = memchr(b'\\', string.get(at..).unwrap_or_default()) {
        at += found + 2;
        if matches!(string.get(at - 1), Some(b'x' | b'U' | b'\'')) {
            return true;
        }
    }
    false
}

/// The syntax in which a literal is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Python,
    Json,
}

impl Style {
    fn quote(self) -> &'static str {
        match self {
            Style::Python => "'",
            Style::Json => "\"",
        }
    }

    fn quoted(self, text: &str) -> String {
        match self {
            Style::Python => quote_python(text),
            Style::Json => {
                let mut quoted = String::new();
                json_string(text, &mut quoted);
                quoted
            }
        }
    }
}

/// A secret key whose value is being read.
struct Pending {
    key: Event,
    /// How many brackets were open at the key.
    depth: usize,
    /// Where the value begins, once it did.
    value: Option<usize>,
    /// Whether another field tells that it is secret, and not the key.
    is_named: bool,
}

impl Scan<'_> {
    /// Reads what may be a literal from its bracket at byte `start`, and returns where to go on.
    pub(super) fn literal(&mut self, start: usize) -> usize {
        let survey = Survey::of(self.text, start);
        self.meter.spend(survey.reached - start);
        count(survey.reached - start + 1);
        if survey.is_empty && survey.ending == Ending::Broken || self.is_subscript(start, &survey) {
            return start + 1;
        }
        if !self.has_trigger(start, survey.reached) {
            return survey.reached.max(start + 1);
        }
        self.meter.spend(2 * (survey.reached - start));
        count(2 * (survey.reached - start));
        self.rewrite(start, &survey)
    }

    /// The keys, by where they begin, whose values are secrets that another field of their object names.
    fn named_values(&self, start: usize, end: usize) -> Vec<usize> {
        let mut named = NamedValues::new();
        let mut events = Events::at(&self.text[..end], start, Syntax::Either);
        while let Some(Ok(event)) = events.next() {
            let depth = events.depth();
            match event.kind {
                EventKind::Key => named.key(depth, &unescape(&self.text[event.start..event.end]), event.start),
                EventKind::Text => named.text(depth, event.end - event.start, || self.is_secret_string(event)),
                EventKind::ObjectEnd | EventKind::ArrayEnd => named.close(depth),
                _ => {}
            }
        }
        named.found()
    }

    /// Whether it is no array but the end of a key, as in `data["password"] = "x"`.
    fn is_subscript(&self, start: usize, survey: &Survey) -> bool {
        let behind = self.text[survey.reached..].trim_start_matches([' ', '\t', ']']);
        survey.ending == Ending::Complete
            && self.text[start..].starts_with('[')
            && behind.starts_with(['=', ':'])
            && survey.last.is_some_and(|last| self.is_secret_string(last))
    }

    fn is_secret_string(&self, event: Event) -> bool {
        matches!(event.kind, EventKind::Key | EventKind::Text)
            && self.redactor.is_secret(&unescape(&self.text[event.start..event.end]))
    }

    fn style(&self, start: usize, survey: &Survey) -> Style {
        // Python prints a list of numbers as JSON does, and rarely a string; then it is known by where it stands.
        if survey.is_python || (self.is_in_row && is_container(&self.text[start..survey.reached])) {
            Style::Python
        } else {
            Style::Json
        }
    }

    fn rewrite(&mut self, start: usize, survey: &Survey) -> usize {
        let text = self.text;
        let style = self.style(start, survey);
        let mask = style.quoted(MASK);
        let mut pending: Option<Pending> = None;
        let named = self.named_values(start, survey.reached);
        let mut named = named.into_iter().peekable();
        let mut events = Events::at(text, start, Syntax::Either);
        while let Some(event) = events.next() {
            let Ok(event) = event else {
                self.meter.doubt();
                return match (survey.ending, pending) {
                    (Ending::Broken, None) => survey.reached,
                    (Ending::Broken, Some(secret)) => self.broken_secret(secret, style),
                    (_, Some(secret)) => self.torn_secret(&secret, &mask),
                    (_, None) => self.torn_string(events.position(), style),
                };
            };
            if let Some(secret) = &mut pending {
                let value = *secret.value.get_or_insert(event.start);
                if events.depth() == secret.depth {
                    if survey.ending == Ending::Broken && survey.last == Some(event) {
                        // The value may go on behind what looked like its end.
                        return if secret.is_named {
                            self.broken_value(secret.key, value, style)
                        } else {
                            secret.key.start
                        };
                    }
                    self.replace(value, event.end, &mask);
                    pending = None;
                }
                continue;
            }
            while named.next_if(|key| *key < event.start).is_some() {}
            let is_named = event.kind == EventKind::Key && named.peek() == Some(&event.start);
            if !matches!(event.kind, EventKind::Key | EventKind::Text | EventKind::Number)
                || (!self.has_trigger(event.start, event.end) && !is_named)
            {
                continue;
            }
            let is_last = survey.ending == Ending::Broken && survey.last == Some(event);
            let is_secret = is_named || ((is_last || event.kind == EventKind::Key) && self.is_secret_string(event));
            if is_named && is_last {
                return match self.value_behind(event) {
                    Some(value) => self.broken_value(event, value, style),
                    None => event.end,
                };
            }
            if is_secret && is_last {
                // What follows it is no literal's syntax, but may well be a key's.
                return event.start;
            }
            if is_secret {
                pending = Some(Pending { key: event, depth: events.depth(), value: None, is_named });
            }
            self.rewrite_scalar(event, style, &mask);
        }
        survey.reached
    }

    fn rewrite_scalar(&mut self, event: Event, style: Style, mask: &str) {
        let span = &self.text[event.start..event.end];
        if event.kind == EventKind::Number {
            if cards::is_card(span) {
                self.replace(event.start, event.end, mask);
            }
            return;
        }
        self.meter.spend(span.len());
        if let Some(content) = self.inner(&unescape(span), event.start, event.end) {
            self.replace(event.start, event.end, &style.quoted(&content));
        }
    }

    /// A secret whose value the text's end cuts off: it is masked up to there.
    fn torn_secret(&mut self, secret: &Pending, mask: &str) -> usize {
        let end = self.text.len();
        let Some(value) = secret.value.or_else(|| self.value_behind(secret.key)) else { return end };
        self.note_secret(value, end, true);
        let is_string = secret.value.is_none() && self.text[value..].starts_with(['\'', '"']);
        if is_string {
            self.replace(value + 1, end, MASK);
        } else {
            self.replace(value, end, mask);
        }
        end
    }

    /// A secret whose value is no literal: what it is then, is found out as in any other text.
    fn broken_secret(&mut self, secret: Pending, style: Style) -> usize {
        match secret.value.or_else(|| self.value_behind(secret.key)) {
            Some(value) => self.broken_value(secret.key, value, style),
            None => secret.key.end,
        }
    }

    /// Masks what stands at byte `value`, which is no literal, as the value of a key.
    fn broken_value(&mut self, key: Event, value: usize, style: Style) -> usize {
        self.value(&Key::quoted(key.start, style.quote()), value)
    }

    /// Where the value of a key begins that could not be read; None where the text ends before.
    fn value_behind(&self, key: Event) -> Option<usize> {
        let white = [' ', '\t', '\n', '\r'];
        let behind = self.text[key.end..].trim_start_matches(white).strip_prefix(':')?.trim_start_matches(white);
        (!behind.is_empty()).then(|| self.text.len() - behind.len())
    }

    /// A string, no secret key's value, that the text's end cuts off.
    fn torn_string(&mut self, start: usize, style: Style) -> usize {
        let end = self.text.len();
        if self.text[start..].starts_with(['\'', '"']) && self.has_trigger(start, end) {
            self.meter.spend(end - start);
            let closed = format!("{}\"", &self.text[start..]);
            let content: Cow<'_, str> = unescape(&closed);
            if let Some(content) = self.inner(&content, start, end) {
                let mut quoted = style.quoted(&content);
                quoted.pop();
                self.replace(start, end, &quoted);
            }
        }
        end
    }
}
