//! In which order records stand: `-level,timestamp,changes.status.to`. Those that are equal stay in the order of their
//! files, or in its opposite when the first key descends.

use std::cmp::Ordering;

use super::columns::{Field, RecordColumn};
use crate::cli::Failure;
use crate::logs::clock::Clock;
use crate::logs::json::{Scalar, scalar};
use crate::logs::level;
use crate::logs::record::Record;

/// What is compared, and in which direction.
#[derive(Clone, Debug)]
pub struct SortKey {
    column: RecordColumn,
    /// Whether the greatest comes first.
    pub descends: bool,
}

/// What a record is sorted by. What is missing is the least; numbers come before text.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordKey {
    /// Nothing.
    Missing,
    /// A number, a level, an instant.
    Integer(i128),
    /// A number with a fraction.
    Real(f64),
    /// Text, by its bytes.
    Text(Box<str>),
}

impl RecordKey {
    /// Which of two is the less.
    pub fn compare(&self, other: &RecordKey) -> Ordering {
        use RecordKey::{Integer, Missing, Real, Text};
        let rank = |key: &RecordKey| match key {
            Missing => 0,
            Integer(_) | Real(_) => 1,
            Text(_) => 2,
        };
        // Beside a fraction the last digits of a very large integer count for nothing.
        #[allow(clippy::cast_precision_loss)]
        match (self, other) {
            (Integer(a), Integer(b)) => a.cmp(b),
            (Real(a), Real(b)) => a.total_cmp(b),
            (Integer(a), Real(b)) => (*a as f64).total_cmp(b),
            (Real(a), Integer(b)) => a.total_cmp(&(*b as f64)),
            (Text(a), Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// Reads `-timestamp,model`.
pub fn parse(text: &str) -> Result<Vec<SortKey>, Failure> {
    text.split(',')
        .map(|part| {
            let part = part.trim();
            let (name, descends) = part.strip_prefix('-').map_or((part, false), |name| (name.trim_start(), true));
            if name.is_empty() {
                let message = format!(
                    "the ordering '{text}' lacks a field: write fields with commas between, such as -timestamp,level"
                );
                return Err(Failure::usage(message));
            }
            Ok(SortKey { column: RecordColumn::parse(name)?, descends })
        })
        .collect()
}

/// Compares the keys of two records.
pub fn compare(keys: &[SortKey], a: &[RecordKey], b: &[RecordKey]) -> Ordering {
    let pairs = keys.iter().zip(a.iter().zip(b));
    pairs.fold(Ordering::Equal, |order, (key, (a, b))| {
        order.then_with(|| if key.descends { b.compare(a) } else { a.compare(b) })
    })
}

impl SortKey {
    /// Whether it needs the numbers of lines.
    pub fn counts_lines(&self) -> bool {
        self.column == RecordColumn::Field(Field::LineNumber)
    }

    /// What this record is sorted by.
    pub fn of(&self, record: &Record<'_>, clock: &mut Clock) -> RecordKey {
        let text = |text: &str| RecordKey::Text(text.into());
        let maybe = |found: Option<std::borrow::Cow<'_, str>>| found.map_or(RecordKey::Missing, |found| text(&found));
        match &self.column {
            RecordColumn::Field(field) => match field {
                Field::Timestamp => record
                    .instant(clock)
                    .map_or(RecordKey::Missing, |at| RecordKey::Integer(at.timestamp_micros().into())),
                Field::Logger => maybe(record.logger()),
                Field::Level => match record.level() {
                    // By their weight; levels that nobody knows by their names, above.
                    Some(name) => level::number(&name).map_or_else(|| text(&name), |n| RecordKey::Integer(n.into())),
                    None => RecordKey::Missing,
                },
                Field::Module => maybe(record.module()),
                Field::Function => maybe(record.function()),
                Field::Line => record.line().map_or(RecordKey::Missing, |line| RecordKey::Integer(line.into())),
                Field::Message => text(&record.message()),
                Field::Event => record.event().map_or(RecordKey::Missing, |event| text(event.text)),
                Field::Decoded => text(record.decoded()),
                Field::File => text(record.file),
                Field::LineNumber => RecordKey::Integer(record.line_number.into()),
                Field::Offset => RecordKey::Integer(record.offset.into()),
            },
            RecordColumn::Path { keys, .. } => {
                let found = record.event().and_then(|event| event.find(keys.iter().map(String::as_str)));
                match found.map(|value| (value, scalar(value))) {
                    None | Some((_, Scalar::Null)) => RecordKey::Missing,
                    Some((_, Scalar::Bool(is_true))) => RecordKey::Integer(is_true.into()),
                    Some((_, Scalar::Number(digits))) => match (digits.parse(), digits.parse()) {
                        (Ok(integer), _) => RecordKey::Integer(integer),
                        (_, Ok(real)) => RecordKey::Real(real),
                        _ => text(digits),
                    },
                    Some((_, Scalar::Text(found))) => text(&found),
                    Some((value, Scalar::Other)) => text(value),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_less() {
        let text = |text: &str| RecordKey::Text(text.into());
        let ascending = [
            RecordKey::Missing,
            RecordKey::Real(-1.5),
            RecordKey::Integer(0),
            RecordKey::Real(0.5),
            RecordKey::Integer(1),
            text("A"),
            text("a"),
            text("ñ"),
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(a.compare(b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert!(parse("-timestamp,").is_err() && parse("-").is_err() && parse("levle").is_err());
    }
}
