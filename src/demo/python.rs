//! How the service prints: Python's `repr`, `json.dumps`, Django's and Python's date-times, the text of `details`.
//!
//! Only for the demo's own values, which are shallow and known; the reader of what clients sent is in [`crate::audit`].

use std::fmt;
use std::io;

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use crate::audit::{float_repr, quote_python};

/// The body of a request or a response, as the service's middleware saw it.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Consumed by the framework, streaming, or not UTF-8: the middleware prints `None`.
    Unseen,
    /// JSON.
    Json(Value),
    /// JSON that [`Value`] can't hold: the text that was sent, and what Python prints of it.
    Odd {
        /// What was sent.
        json: &'static str,
        /// What `str(json.loads(…))` gives.
        printed: &'static str,
    },
    /// Text that isn't JSON.
    Text(String),
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => Ok(()),
            Body::Unseen => f.write_str("None"),
            Body::Json(Value::String(text)) | Body::Text(text) => f.write_str(text),
            Body::Json(value) => f.write_str(&repr(value)),
            Body::Odd { printed, .. } => f.write_str(printed),
        }
    }
}

/// The text of an audit row.
#[derive(Clone, Debug)]
pub enum Details {
    /// What the middleware writes.
    Exchange {
        /// What was asked.
        request: Body,
        /// The status.
        status: u16,
        /// What was answered.
        response: Body,
    },
    /// What the model signals write.
    Sentence(String),
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Details::Exchange { request, status, response } => {
                write!(f, "Request Body: {request}, Response Code: {status}, Response Body: {response}")
            }
            Details::Sentence(text) => f.write_str(text),
        }
    }
}

/// Python's `repr` of what `json.loads` makes of a value.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(&mut out, value);
    out
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&float_repr(float)),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(text) => out.push_str(&quote_python(text)),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_repr(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (key, item)) in fields.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                out.push_str(&quote_python(key));
                out.push_str(": ");
                write_repr(out, item);
            }
            out.push('}');
        }
    }
}

/// Python's `json.dumps(value, ensure_ascii=False)`, as Django's serializer and the service's log print.
pub fn dumps(value: &Value) -> String {
    let mut out = Vec::new();
    // Writing to memory cannot fail, and a Value has string keys only.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, Spaced));
    String::from_utf8(out).unwrap_or_default()
}

/// Python puts a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// A date-time as Django stores it on SQLite: UTC, six fraction digits or none.
pub fn instant(at: DateTime<Utc>) -> String {
    with_fraction(at.naive_utc(), ' ')
}

/// A date-time as Django's JSON serializer prints it: cut to milliseconds, `Z`.
pub fn serialized(at: DateTime<Utc>) -> String {
    let text = at.naive_utc().format("%Y-%m-%dT%H:%M:%S");
    match at.nanosecond() / 1000 {
        0 => format!("{text}Z"),
        micros => format!("{text}.{:03}Z", micros / 1000),
    }
}

/// Python's `isoformat` of a date-time without zone.
pub fn isoformat(at: NaiveDateTime) -> String {
    with_fraction(at, 'T')
}

fn with_fraction(at: NaiveDateTime, separator: char) -> String {
    let (date, time) = (at.format("%Y-%m-%d"), at.format("%H:%M:%S"));
    match at.nanosecond() / 1000 {
        0 => format!("{date}{separator}{time}"),
        micros => format!("{date}{separator}{time}.{micros:06}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // What Python 3.11 printed of each.
    #[test]
    fn repr_is_pythons() {
        for (value, expected) in [
            (
                json!({"a": [1, 2.5, null, true, {"k": "v's \"q\" \n ñ 😀"}]}),
                r#"{'a': [1, 2.5, None, True, {'k': 'v\'s "q" \n ñ 😀'}]}"#,
            ),
            (json!("it's"), r#""it's""#),
            (json!("\u{0}\u{1b}\u{7f}\u{a0}\u{202e}\u{feff}"), r"'\x00\x1b\x7f\xa0\u202e\ufeff'"),
            (
                json!([1e-7, 1e-4, 1e15, 1e16, 1.5e300, 1000.0, -0.0, 0.1]),
                "[1e-07, 0.0001, 1000000000000000.0, 1e+16, 1.5e+300, 1000.0, -0.0, 0.1]",
            ),
            (json!([]), "[]"),
            (json!({}), "{}"),
        ] {
            assert_eq!(repr(&value), expected);
        }
    }

    #[test]
    fn json_is_pythons() {
        let value =
            json!({"total": 1000.0, "zero": 0.0, "name": "ñandú \"q\"\n", "none": null, "list": [1, {"a": []}]});
        assert_eq!(
            dumps(&value),
            r#"{"total": 1000.0, "zero": 0.0, "name": "ñandú \"q\"\n", "none": null, "list": [1, {"a": []}]}"#
        );
    }

    #[test]
    fn date_times_are_djangos() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(instant(at("2026-11-23T09:09:53.377372Z")), "2026-11-23 09:09:53.377372");
        assert_eq!(instant(at("2026-11-23T09:09:53Z")), "2026-11-23 09:09:53");
        assert_eq!(serialized(at("2026-11-23T09:09:54.110999Z")), "2026-11-23T09:09:54.110Z");
        assert_eq!(serialized(at("2026-11-23T09:09:54.000009Z")), "2026-11-23T09:09:54.000Z");
        assert_eq!(serialized(at("2026-11-23T09:09:54Z")), "2026-11-23T09:09:54Z");
        assert_eq!(isoformat(at("2026-11-23T03:09:54.078351Z").naive_utc()), "2026-11-23T03:09:54.078351");
    }
}
