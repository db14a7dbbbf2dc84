//! Grouping: by which fields and parts of the calendar, what key that gives a subject, and how many had each key.
//!
//! The key of a subject is written into one buffer of bytes, so that counting one more of a group that is known
//! allocates nothing. Memory is in proportion to the groups, not to what is counted.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, Timelike};
use foldhash::quality::RandomState;

use super::number::compare_numbers;
use super::{FieldPath, Kind, Looked, QueryError, Subject, Vocabulary, Zone, closest};
use crate::audit::request_line;

/// A part of a group's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What stands in a field.
    Field(FieldPath),
    /// The class of the response's status: `2xx`, `4xx`.
    StatusClass,
    /// The hour of the day, 0 to 23.
    Hour,
    /// The day of the week, 1 (Monday) to 7.
    Weekday,
    /// The day, `2026-11-23`.
    Day,
    /// The week by ISO 8601, `2026-W48`.
    Week,
    /// The month, `2026-11`.
    Month,
}

impl Part {
    /// Parts that are no fields, each with its name.
    const OTHERS: [(&'static str, Part); 6] = [
        ("status_class", Part::StatusClass),
        ("hour", Part::Hour),
        ("weekday", Part::Weekday),
        ("day", Part::Day),
        ("week", Part::Week),
        ("month", Part::Month),
    ];

    /// The names of all parts that a subject of this vocabulary has, for completion and messages.
    pub fn names(vocabulary: &Vocabulary) -> impl Iterator<Item = &'static str> + use<> {
        let has_status = vocabulary.names.iter().any(|(_, kind)| *kind == Kind::Status);
        let fields = vocabulary.names.iter().filter(|(_, kind)| *kind != Kind::Time).map(|(name, _)| *name);
        let others = Part::OTHERS.into_iter().filter(move |(_, part)| has_status || *part != Part::StatusClass);
        fields.collect::<Vec<_>>().into_iter().chain(others.map(|(name, _)| name))
    }

    /// Whether this is the name of a part of the calendar.
    pub(super) fn is_of_time(name: &str) -> bool {
        Part::OTHERS.iter().any(|(known, part)| *known == name && *part != Part::StatusClass)
    }

    fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Part, QueryError> {
        if let Some((_, part)) = Part::OTHERS
            .into_iter()
            .find(|(name, _)| *name == text && Part::names(vocabulary).any(|known| known == text))
        {
            return Ok(part);
        }
        match FieldPath::parse(text, vocabulary) {
            Ok((_, Kind::Time)) => Err(QueryError::TimePart { given: text.to_owned() }),
            Ok((path, _)) => Ok(Part::Field(path)),
            Err(_) => Err(QueryError::UnknownPart {
                given: text.to_owned(),
                names: Part::names(vocabulary).collect::<Vec<_>>().join(", "),
                suggestion: closest(text, Part::names(vocabulary)).map(str::to_owned),
            }),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Field(path) => path.fmt(f),
            other => {
                let name = Part::OTHERS.iter().find(|(_, part)| part == other).map_or("", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}

/// By what to group.
#[derive(Clone, Debug)]
pub struct Grouping {
    /// The parts of the key, in order.
    pub parts: Vec<Part>,
    /// Whether numbers and UUIDs in paths are taken for one: `/api/payments/:id/`.
    pub folds_ids: bool,
    /// Whether failures are counted.
    pub counts_errors: bool,
    /// The zone of the calendar.
    pub zone: Zone,
}

impl Grouping {
    /// By these names, with commas between, in this zone.
    pub fn parse(text: &str, vocabulary: &Vocabulary, zone: Zone) -> Result<Self, QueryError> {
        let mut parts = Vec::new();
        for name in text.split(',').map(str::trim) {
            let part = Part::parse(name, vocabulary)?;
            if parts.contains(&part) {
                return Err(QueryError::RepeatedPart { given: text.to_owned(), name: part.to_string() });
            }
            parts.push(part);
        }
        Ok(Grouping { parts, folds_ids: false, counts_errors: false, zone })
    }

    /// Appends the subject's key.
    fn write_key(&self, subject: &impl Subject, key: &mut Vec<u8>) {
        let mut local: Option<Option<DateTime<FixedOffset>>> = None;
        for part in &self.parts {
            let mut time = || *local.get_or_insert_with(|| subject.timestamp().map(|at| self.zone.at(at)));
            match part {
                Part::Field(path) => self.write_field(subject.lookup(path), path, key),
                Part::StatusClass => match subject.status() {
                    Some(status) => KeyPart::write_text(format!("{}xx", status / 100).as_bytes(), key),
                    None => KeyPart::write_null(key),
                },
                Part::Hour => KeyPart::write_number(time().map(|at| at.hour().into()), key),
                Part::Weekday => {
                    KeyPart::write_number(time().map(|at| at.weekday().number_from_monday().into()), key);
                }
                Part::Day => KeyPart::write_date(time(), key, |at, text| {
                    write_digits(at.year(), 4, text);
                    text.push(b'-');
                    write_digits(at.month() as i32, 2, text);
                    text.push(b'-');
                    write_digits(at.day() as i32, 2, text);
                }),
                Part::Week => KeyPart::write_date(time(), key, |at, text| {
                    let week = at.iso_week();
                    write_digits(week.year(), 4, text);
                    text.extend_from_slice(b"-W");
                    write_digits(week.week() as i32, 2, text);
                }),
                Part::Month => KeyPart::write_date(time(), key, |at, text| {
                    write_digits(at.year(), 4, text);
                    text.push(b'-');
                    write_digits(at.month() as i32, 2, text);
                }),
            }
        }
    }

    fn write_field(&self, looked: Looked<'_>, path: &FieldPath, key: &mut Vec<u8>) {
        match looked {
            Looked::Text(text) if self.folds_ids && path.name() == "path" => {
                KeyPart::write_text_with(key, |key| fold_ids(&text, key));
            }
            Looked::Text(text) if self.folds_ids && path.name() == "action" => {
                KeyPart::write_text_with(key, |key| match std::str::from_utf8(&text).ok().and_then(request_line) {
                    Some((method, path)) => {
                        key.extend_from_slice(method.as_bytes());
                        key.push(b' ');
                        fold_ids(path.as_bytes(), key);
                    }
                    None => key.extend_from_slice(&text),
                })
            }
            Looked::Text(text) => KeyPart::write_text(&text, key),
            Looked::Integer(n) => KeyPart::write_number(Some(n), key),
            Looked::Number(digits) => match digits.parse() {
                Ok(n) => KeyPart::write_number(Some(n), key),
                Err(_) => KeyPart::write_decimal(digits.as_bytes(), key),
            },
            Looked::Bool(value) => KeyPart::write_bool(value, key),
            Looked::Time(at) => KeyPart::write_text(at.to_rfc3339().as_bytes(), key),
            Looked::Nothing => KeyPart::write_null(key),
            Looked::Other => KeyPart::write_nested(key),
        }
    }
}

/// Appends a path with each part that is a number or a UUID as `:id`.
pub fn fold_ids(path: &[u8], out: &mut Vec<u8>) {
    for (at, part) in path.split(|&b| b == b'/').enumerate() {
        if at > 0 {
            out.push(b'/');
        }
        out.extend_from_slice(if is_id(part) { b":id" } else { part });
    }
}

fn is_id(part: &[u8]) -> bool {
    let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match part.len() {
        0 => false,
        _ if part.iter().all(u8::is_ascii_digit) => true,
        32 => is_hex(part),
        36 => {
            let mut groups = part.split(|&b| b == b'-');
            [8, 4, 4, 4, 12].into_iter().all(|n| groups.next().is_some_and(|group| group.len() == n && is_hex(group)))
                && groups.next().is_none()
        }
        _ => false,
    }
}

/// A number with so many digits at least.
fn write_digits(n: i32, width: usize, out: &mut Vec<u8>) {
    const POWERS: [i32; 4] = [1000, 100, 10, 1];
    // Two digits or four, for all that a calendar commonly holds: once for each row.
    match POWERS.get(POWERS.len() - width.min(4)..) {
        Some(powers) if (0..powers[0] * 10).contains(&n) => {
            out.extend(powers.iter().map(|power| b'0' + (n / power % 10) as u8));
        }
        _ => out.extend_from_slice(format!("{n:0width$}").as_bytes()),
    }
}

/// One part of a group's key. They order as they stand here, within their kind by value: null is the lowest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyPart {
    /// Nothing there.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Another number, by its digits.
    Decimal(Box<str>),
    /// Text; bytes that are no UTF-8 as U+FFFD.
    Text(Box<[u8]>),
    /// An object or an array.
    Nested,
}

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INTEGER: u8 = 3;
const DECIMAL: u8 = 4;
const TEXT: u8 = 5;
const NESTED: u8 = 6;

impl KeyPart {
    fn write_null(key: &mut Vec<u8>) {
        key.push(NULL);
    }

    fn write_bool(value: bool, key: &mut Vec<u8>) {
        key.push(if value { TRUE } else { FALSE });
    }

    fn write_nested(key: &mut Vec<u8>) {
        key.push(NESTED);
    }

    fn write_number(n: Option<i64>, key: &mut Vec<u8>) {
        let Some(n) = n else { return KeyPart::write_null(key) };
        key.push(INTEGER);
        key.extend_from_slice(&n.to_le_bytes());
    }

    fn write_decimal(digits: &[u8], key: &mut Vec<u8>) {
        KeyPart::write_bytes(DECIMAL, key, |key| key.extend_from_slice(digits));
    }

    fn write_text(text: &[u8], key: &mut Vec<u8>) {
        KeyPart::write_text_with(key, |key| key.extend_from_slice(text));
    }

    fn write_text_with(key: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        KeyPart::write_bytes(TEXT, key, write);
    }

    fn write_date(
        at: Option<DateTime<FixedOffset>>,
        key: &mut Vec<u8>,
        write: impl FnOnce(DateTime<FixedOffset>, &mut Vec<u8>),
    ) {
        match at {
            Some(at) => KeyPart::write_text_with(key, |key| write(at, key)),
            None => KeyPart::write_null(key),
        }
    }

    /// A tag, the length, the bytes.
    fn write_bytes(tag: u8, key: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        key.push(tag);
        let at = key.len();
        key.extend_from_slice(&[0; 8]);
        write(key);
        let length = (key.len() - at - 8) as u64;
        key[at..at + 8].copy_from_slice(&length.to_le_bytes());
    }

    /// Reads what was written first, and gives the rest.
    fn read(key: &[u8]) -> Option<(KeyPart, &[u8])> {
        let (tag, rest) = key.split_first()?;
        let eight = |rest: &[u8]| rest.first_chunk::<8>().copied();
        let bytes = |rest: &'_ [u8]| {
            let length = usize::try_from(u64::from_le_bytes(eight(rest)?)).ok()?;
            Some((rest.get(8..8 + length)?.to_vec(), 8 + length))
        };
        Some(match *tag {
            FALSE => (KeyPart::Bool(false), rest),
            TRUE => (KeyPart::Bool(true), rest),
            INTEGER => (KeyPart::Integer(i64::from_le_bytes(eight(rest)?)), rest.get(8..)?),
            DECIMAL => {
                let (digits, end) = bytes(rest)?;
                (KeyPart::Decimal(String::from_utf8(digits).ok()?.into()), &rest[end..])
            }
            TEXT => {
                let (text, end) = bytes(rest)?;
                (KeyPart::Text(text.into()), &rest[end..])
            }
            NESTED => (KeyPart::Nested, rest),
            _ => (KeyPart::Null, rest),
        })
    }

    fn rank(&self) -> u8 {
        match self {
            KeyPart::Null => 0,
            KeyPart::Bool(_) => 1,
            KeyPart::Integer(_) | KeyPart::Decimal(_) => 2,
            KeyPart::Text(_) => 3,
            KeyPart::Nested => 4,
        }
    }
}

impl Ord for KeyPart {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let numbers =
            |a: &str, b: &str| compare_numbers(a, b).unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.cmp(b));
        match (self, other) {
            (KeyPart::Bool(a), KeyPart::Bool(b)) => a.cmp(b),
            (KeyPart::Integer(a), KeyPart::Integer(b)) => a.cmp(b),
            (KeyPart::Integer(a), KeyPart::Decimal(b)) => numbers(&a.to_string(), b),
            (KeyPart::Decimal(a), KeyPart::Integer(b)) => numbers(a, &b.to_string()),
            (KeyPart::Decimal(a), KeyPart::Decimal(b)) => numbers(a, b),
            (KeyPart::Text(a), KeyPart::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for KeyPart {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How many there are of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How many of them are requests, where failures are counted.
    pub requests: u64,
    /// How many of these failed: their status is 4xx or 5xx.
    pub errors: u64,
}

impl Tally {
    fn of(subject: &impl Subject, counts_errors: bool) -> Self {
        let is_request = || subject.action().and_then(|a| std::str::from_utf8(a).ok()).and_then(request_line).is_some();
        if !counts_errors || !is_request() {
            return Tally { count: 1, ..Tally::default() };
        }
        let failed = subject.status().is_some_and(|status| (400..600).contains(&status));
        Tally { count: 1, requests: 1, errors: failed.into() }
    }

    /// Adds another.
    pub fn add(&mut self, other: Tally) {
        self.count += other.count;
        self.requests += other.requests;
        self.errors += other.errors;
    }
}

/// A group: the parts of its key, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// One for each part of the grouping.
    pub key: Vec<KeyPart>,
    /// How many.
    pub tally: Tally,
}

/// Groups while they are counted.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    tallies: HashMap<Box<[u8]>, Tally, RandomState>,
    /// Where the key of the next one is written.
    buffer: Vec<u8>,
}

impl Groups {
    /// Counts one more.
    pub fn add(&mut self, grouping: &Grouping, subject: &impl Subject) {
        self.buffer.clear();
        grouping.write_key(subject, &mut self.buffer);
        let tally = Tally::of(subject, grouping.counts_errors);
        match self.tallies.get_mut(self.buffer.as_slice()) {
            Some(known) => known.add(tally),
            None => {
                self.tallies.insert(self.buffer.as_slice().into(), tally);
            }
        }
    }

    /// Adds what others counted.
    pub fn merge(&mut self, mut other: Groups) {
        if self.tallies.len() < other.tallies.len() {
            std::mem::swap(&mut self.tallies, &mut other.tallies);
        }
        for (key, tally) in other.tallies {
            self.tallies.entry(key).or_default().add(tally);
        }
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.tallies.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.tallies.is_empty()
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.tallies.keys().map(|key| key.len() + size_of::<(Box<[u8]>, Tally)>()).sum()
    }

    /// The groups in no order.
    pub fn into_unsorted(self) -> Vec<Group> {
        let read = |mut key: &[u8]| {
            let mut parts = Vec::new();
            while let Some((part, rest)) = KeyPart::read(key) {
                parts.push(part);
                key = rest;
            }
            parts
        };
        self.tallies.into_iter().map(|(key, tally)| Group { key: read(&key), tally }).collect()
    }

    /// The groups, the largest first, of equal ones the lowest key.
    pub fn into_sorted(self) -> Vec<Group> {
        let mut groups = self.into_unsorted();
        sort_groups(&mut groups);
        groups
    }
}

/// Sorts groups: the largest first, of equal ones the lowest key.
pub fn sort_groups(groups: &mut [Group]) {
    groups.sort_unstable_by(|a, b| b.tally.count.cmp(&a.tally.count).then_with(|| a.key.cmp(&b.key)));
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
