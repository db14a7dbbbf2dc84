//! Cells and columns: what a format is given, whatever it is about.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, Timelike};

use crate::audit::Value;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// An integer.
    Int(i64),
    /// A share or a mean.
    Real(f64),
    /// Text that came from somewhere else.
    Text(Cow<'a, str>),
    /// Text that is already fit to be shown in a table, escaped as it has to be.
    Shown(String),
    /// An instant in the zone in force.
    Time(DateTime<FixedOffset>),
    /// The status of an HTTP response.
    Status(u16),
    /// A decoded value of any depth.
    Value(Value),
}

impl<'a> Cell<'a> {
    /// Text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Cell::Text(text.into())
    }
}

/// What gives way when a table is wider than the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrink {
    /// Nothing.
    Never,
    /// The end, down to so many columns; the lower the rank, the sooner.
    End {
        /// Who gives way first.
        rank: u8,
        /// Columns it keeps.
        floor: usize,
    },
    /// The middle, down to so many columns.
    Middle {
        /// Who gives way first.
        rank: u8,
        /// Columns it keeps.
        floor: usize,
    },
}

/// A column of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The key in JSON and the header of CSV: a contract.
    pub name: &'static str,
    /// The header of a table.
    pub title: &'static str,
    /// Whether a table puts it to the right, as numbers are.
    pub right: bool,
    /// What gives way when a table is too wide.
    pub shrink: Shrink,
}

impl Column {
    /// A column whose name was typed, as a path into a body is; it is kept as long as the program runs.
    pub fn named(name: String, right: bool, shrink: Shrink) -> Self {
        let name: &'static str = Box::leak(name.into_boxed_str());
        Column { name, title: name, right, shrink }
    }
}

/// A time as Django REST framework prints it: ISO 8601 with the offset, six fraction digits or none, `Z` for zero.
pub fn time_text(time: &DateTime<FixedOffset>) -> String {
    let fraction = if time.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    let offset = match time.offset().local_minus_utc() {
        0 => "Z",
        seconds if seconds % 60 == 0 => "%:z",
        // Local mean time, before there were zones.
        _ => "%::z",
    };
    time.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}{offset}")).to_string()
}

/// A time as a table shows it, to the second, without its offset.
pub(super) fn clock_text(time: &DateTime<FixedOffset>) -> String {
    let seconds = time.with_nanosecond(0).unwrap_or(*time);
    seconds.format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_django_rest_framework_prints_them() {
        for text in [
            "2026-11-23T03:09:54.628009-06:00",
            "2026-11-23T03:09:54-06:00",
            "2026-11-23T09:09:54.000001Z",
            "2026-11-23T09:09:54+05:45",
        ] {
            assert_eq!(time_text(&DateTime::parse_from_rfc3339(text).unwrap()), text);
        }
        let mean_time = FixedOffset::west_opt(5 * 3600 + 36 * 60 + 13).unwrap();
        let early = DateTime::parse_from_rfc3339("1890-01-01T00:00:00Z").unwrap().with_timezone(&mean_time);
        assert_eq!(time_text(&early), "1889-12-31T18:23:47-05:36:13");
    }
}
