//! A log record: its text, and the fields that are read from it when they are asked for.
//!
//! Knows one record; knows nothing of the file around it but where it stands there.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use chrono::{DateTime, Utc};

use super::alike::{Alike, Members};
use super::clock::Clock;
use super::grammar::{Form, TIME_KEYS};
use super::json::{self, Scalar};

/// What stands before the object of an audited change.
const AUDIT: &str = "AUDIT:";

/// A record and where it stands.
#[derive(Debug)]
pub struct Record<'t> {
    /// All its lines, without the last line break.
    pub text: &'t str,
    /// The form of its first line.
    pub form: Form,
    /// The file as it was named or found.
    pub file: &'t str,
    /// The number of its first line, counted from 1; 0 where lines are not counted.
    pub line_number: u64,
    /// Where it begins in the file, in bytes, unpacked.
    pub offset: u64,
    found: OnceCell<Found<'t>>,
    /// The objects of the records before it.
    alike: Option<&'t RefCell<Alike>>,
}

/// The JSON object of a record, or why there is none.
#[derive(Debug)]
pub enum Found<'t> {
    /// It has none.
    Nothing,
    /// What should be one is torn or wrong.
    Broken,
    /// It has one.
    Event(Event<'t>),
}

/// The JSON object of a record.
#[derive(Debug)]
pub struct Event<'t> {
    /// Its text.
    pub text: &'t str,
    /// Whether it may be printed as it stands.
    pub is_plain: bool,
    members: Members,
}

impl<'t> Event<'t> {
    /// The value under this key, as it is written; of two keys that are the same, the last.
    pub fn get(&self, key: &str) -> Option<&'t str> {
        self.members.get(self.text, key)
    }

    /// The value behind these steps, as it is written.
    pub fn find<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Option<&'t str> {
        let mut path = path.into_iter();
        let first = self.get(path.next()?)?;
        path.try_fold(first, |value, key| json::descend(value, key, key.parse().ok()))
    }

    /// The text under the first of these keys that has one, or the digits of a number.
    fn word(&self, keys: &[&str]) -> Option<Cow<'t, str>> {
        keys.iter().find_map(|key| match json::scalar(self.get(key)?) {
            Scalar::Text(text) => Some(text),
            Scalar::Number(digits) => Some(Cow::Borrowed(digits)),
            _ => None,
        })
    }
}

impl<'t> Record<'t> {
    /// A record of this text, whose first line has this form.
    pub fn new(text: &'t str, form: Form, file: &'t str, line_number: u64, offset: u64) -> Self {
        Record { text, form, file, line_number, offset, found: OnceCell::new(), alike: None }
    }

    /// The same among others, whose objects may be like its own.
    pub fn among(self, alike: &'t RefCell<Alike>) -> Self {
        Record { alike: Some(alike), ..self }
    }

    /// The lists of its object's members, to be used again.
    pub fn into_members(self) -> Option<Members> {
        match self.found.into_inner() {
            Some(Found::Event(event)) => Some(event.members),
            _ => None,
        }
    }

    /// Its JSON object.
    pub fn event(&self) -> Option<&Event<'t>> {
        match self.found() {
            Found::Event(event) => Some(event),
            _ => None,
        }
    }

    /// Whether it should have an object and has none that is whole.
    pub fn is_broken(&self) -> bool {
        matches!(self.found(), Found::Broken)
    }

    /// What its JSON object is in one word: `whole`, `broken`, or `none` where it should have none.
    pub fn decoded(&self) -> &'static str {
        match self.found() {
            Found::Event(_) => "whole",
            Found::Broken => "broken",
            Found::Nothing => "none",
        }
    }

    fn found(&self) -> &Found<'t> {
        self.found.get_or_init(|| {
            let start = match self.form {
                Form::Json => 0,
                Form::Prefixed(prefix) => {
                    let Some(rest) = self.text[prefix.message..].strip_prefix(AUDIT) else { return Found::Nothing };
                    let rest = rest.trim_start_matches(' ');
                    if !rest.starts_with('{') {
                        return Found::Nothing;
                    }
                    self.text.len() - rest.len()
                }
            };
            let object = &self.text[start..];
            let (whole, members) = match self.alike {
                Some(alike) => alike.borrow_mut().read(object),
                None => Members::read(object),
            };
            match whole {
                Some(whole) if ends_line(&object[whole.end..]) => {
                    Found::Event(Event { text: &object[..whole.end], is_plain: whole.is_plain, members })
                }
                _ => Found::Broken,
            }
        })
    }

    fn word(&self, keys: &[&str]) -> Option<Cow<'t, str>> {
        self.event()?.word(keys)
    }

    /// When it was logged.
    pub fn instant(&self, clock: &mut Clock) -> Option<DateTime<Utc>> {
        match self.form {
            Form::Prefixed(prefix) => clock.instant(&self.text[..prefix.stamp]),
            Form::Json => self.event_instant(clock).map(|(at, _)| at),
        }
    }

    /// When its event says it was, and whether that is one instant in any zone.
    pub fn event_instant(&self, clock: &mut Clock) -> Option<(DateTime<Utc>, bool)> {
        let event = self.event()?;
        TIME_KEYS.iter().find_map(|key| match json::scalar(event.get(key)?) {
            Scalar::Text(stamp) => clock.instant(&stamp).map(|at| (at, Clock::says_offset(&stamp))),
            Scalar::Number(digits) => Clock::epoch(digits).map(|at| (at, true)),
            _ => None,
        })
    }

    /// The logger's name.
    pub fn logger(&self) -> Option<Cow<'t, str>> {
        match self.form {
            Form::Prefixed(prefix) => Some(Cow::Borrowed(&self.text[prefix.stamp + 3..prefix.logger])),
            Form::Json => self.word(&["logger", "name"]),
        }
    }

    /// The level's name.
    pub fn level(&self) -> Option<Cow<'t, str>> {
        match self.form {
            Form::Prefixed(prefix) => Some(Cow::Borrowed(&self.text[prefix.level.0..prefix.level.1])),
            Form::Json => self.word(&["level", "levelname", "severity"]),
        }
    }

    fn part(&self, of: impl Fn(&super::grammar::Place) -> (usize, usize), keys: &[&str]) -> Option<Cow<'t, str>> {
        match self.form {
            Form::Prefixed(prefix) => {
                let (from, to) = of(&prefix.place?);
                Some(Cow::Borrowed(&self.text[from..to]))
            }
            Form::Json => self.word(keys),
        }
    }

    /// The module that logged it.
    pub fn module(&self) -> Option<Cow<'t, str>> {
        self.part(|place| place.module, &["module"])
    }

    /// The function that logged it.
    pub fn function(&self) -> Option<Cow<'t, str>> {
        self.part(|place| place.function, &["function", "funcName"])
    }

    /// The line that logged it.
    pub fn line(&self) -> Option<i64> {
        self.part(|place| place.line, &["line", "lineno"])?.parse().ok()
    }

    /// The text behind the prefix, line breaks and all; of an object, its message if it has one, else its text.
    pub fn message(&self) -> Cow<'t, str> {
        match self.form {
            Form::Prefixed(prefix) => Cow::Borrowed(&self.text[prefix.message..]),
            Form::Json => {
                let said = self.event().and_then(|event| {
                    ["message", "msg"].iter().find_map(|key| match json::scalar(event.get(key)?) {
                        Scalar::Text(text) => Some(text),
                        _ => None,
                    })
                });
                said.unwrap_or(Cow::Borrowed(self.text))
            }
        }
    }

    /// The text that is searched: behind the prefix, as it is written.
    pub fn body(&self) -> &'t str {
        match self.form {
            Form::Prefixed(prefix) => &self.text[prefix.message..],
            Form::Json => self.text,
        }
    }
}

/// Whether nothing but white space follows on the line.
fn ends_line(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '\t', '\r']);
    rest.is_empty() || rest.starts_with('\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::grammar::{Style, begins};
    use crate::query::Zone;

    fn record(text: &str) -> Record<'_> {
        let line = text.lines().next().unwrap_or_default();
        Record::new(text, begins(line.as_bytes(), Some(Style::Json)).unwrap(), "audit.log", 1, 0)
    }

    #[test]
    fn fields_of_every_form() {
        let mut clock = Clock::new(Zone::UTC, Zone::UTC);
        let audit = record(
            "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"UPDATE\", \"changes\": {\"status\": {\"to\": \"PAID\"}}}\nmore",
        );
        let event = audit.event().unwrap();
        assert_eq!(event.find(["changes", "status", "to"]), Some("\"PAID\""));
        assert_eq!(event.get("event_type"), Some("\"UPDATE\""));
        assert_eq!((audit.line(), audit.function().as_deref()), (Some(47), Some("log_event")));
        assert!(audit.message().starts_with("AUDIT: {") && audit.message().ends_with("\nmore"));
        let json = record(
            r#"{"time": "2026-11-23T03:09:54Z", "severity": "warn", "logger": "a.b", "lineno": 7, "msg": "l\u00edne", "x": 1}"#,
        );
        assert_eq!(json.instant(&mut clock), "2026-11-23T03:09:54Z".parse().ok());
        assert_eq!(
            (json.level().as_deref(), json.logger().as_deref(), json.line()),
            (Some("warn"), Some("a.b"), Some(7))
        );
        assert_eq!((&*json.message(), json.module()), ("líne", None));
        let untold = record(r#"{"ts": 1763881794, "x": 1}"#);
        assert_eq!((&*untold.message(), untold.instant(&mut clock).is_some()), (r#"{"ts": 1763881794, "x": 1}"#, true));
    }

    #[test]
    fn objects_that_are_broken() {
        for (text, broken) in [
            ("AUDIT: {\"a\": 1", true),
            ("AUDIT: {\"a\": 1} and more", true),
            ("AUDIT: {'a': 1}", true),
            ("AUDIT:{\"a\": 1}\r", false),
            ("AUDIT: {\n  \"a\": 1\n}\nmore", false),
            ("AUDIT: done", false),
            ("said AUDIT: {", false),
        ] {
            let text = format!("2026-11-23 03:09:54 - a - INFO - {text}");
            assert_eq!(record(&text).is_broken(), broken, "{text}");
        }
        assert!(record("{\"a\": ").is_broken());
        let bomb = format!("2026-11-23 03:09:54 - a - INFO - AUDIT: {}", "{\"a\":".repeat(100_000));
        assert!(record(&bomb).is_broken());
    }
}
