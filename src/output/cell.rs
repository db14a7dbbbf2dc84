//! Cells and columns: what a format is given, whatever it is about.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, FixedOffset, Timelike};

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
    /// A value that was read as JSON and may be printed as it stands: nothing in it has to be escaped or masked.
    Json(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    /// Text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Cell::Text(text.into())
    }

    /// The same, on its own.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Null => Cell::Null,
            Cell::Int(n) => Cell::Int(n),
            Cell::Real(x) => Cell::Real(x),
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Shown(text) => Cell::Shown(text),
            Cell::Time(time) => Cell::Time(time),
            Cell::Status(status) => Cell::Status(status),
            Cell::Value(value) => Cell::Value(value),
            Cell::Json(text) => Cell::Json(Cow::Owned(text.into_owned())),
        }
    }
}

/// What gives way when a table is wider than the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrink {
    /// Nothing.
    Never,
    /// The whole column, before any other gives way, and without a word: it says again what another says.
    Spare,
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
    let mut text = String::with_capacity(32);
    push_time(time, &mut text);
    text
}

/// Appends what [`time_text`] says.
pub fn push_time(time: &DateTime<FixedOffset>, text: &mut String) {
    let local = time.naive_local();
    if !(0..=9999).contains(&local.year()) {
        // Chrono knows how to write a year of five digits.
        text.push_str(&time.to_rfc3339());
        return;
    }
    push_digits(text, local.year().unsigned_abs(), 4);
    for (sign, number) in
        [('-', local.month()), ('-', local.day()), ('T', local.hour()), (':', local.minute()), (':', local.second())]
    {
        text.push(sign);
        push_digits(text, number, 2);
    }
    let micros = time.timestamp_subsec_micros() % 1_000_000;
    if micros > 0 {
        text.push('.');
        push_digits(text, micros, 6);
    }
    let offset = time.offset().local_minus_utc();
    if offset == 0 {
        text.push('Z');
        return;
    }
    text.push(if offset < 0 { '-' } else { '+' });
    let seconds = offset.unsigned_abs();
    push_digits(text, seconds / 3600, 2);
    text.push(':');
    push_digits(text, seconds / 60 % 60, 2);
    // Local mean time, before there were zones.
    if !seconds.is_multiple_of(60) {
        text.push(':');
        push_digits(text, seconds % 60, 2);
    }
}

fn push_digits(text: &mut String, number: u32, places: u32) {
    for place in (0..places).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        text.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
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
