//! Whether a text is exactly what Python prints of a decoded JSON value.
//!
//! The service prints what `json.loads` returned with `str()`, so a text that differs from that by one byte (another
//! space, another quote, a repeated key, `1e7`) is not such a value, however much it looks like one. Nothing is built
//! for the check, and it stops at the first byte that does not fit.

use std::collections::HashSet;

use super::literal::{Event, EventKind, Events, Syntax};
use super::quote::{Printed, coded, is_high_surrogate, printed};

/// Whether `text` is one complete object or array, and nothing else, as Python prints what `json.loads` returns. A
/// character that not every version of Python prints alike may stand raw or escaped.
pub fn is_container(text: &str) -> bool {
    check(text).is_container
}

/// The answer, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Checked {
    is_container: bool,
    /// How many bytes from the beginning were read for it.
    read: usize,
}

fn check(text: &str) -> Checked {
    let mut behind = 0;
    if !text.starts_with(['{', '[']) || !text.ends_with(['}', ']']) {
        return Checked { is_container: false, read: behind };
    }
    let mut keys = Keys::default();
    let mut before: Option<EventKind> = None;
    for event in Events::at(text, 0, Syntax::Python) {
        let event = match event {
            Ok(event) => event,
            Err(malformed) => return Checked { is_container: false, read: malformed.at },
        };
        let fits = text[behind..event.start] == *separator(before, event.kind) && printed_so(text, event);
        if !fits || !keys.take(text, event) {
            return Checked { is_container: false, read: event.end };
        }
        behind = event.end;
        before = Some(event.kind);
    }
    Checked { is_container: behind == text.len(), read: behind }
}

/// How many bytes of `text` a check reads: the measure of its cost.
#[cfg(test)]
pub(super) fn bytes_read(text: &str) -> usize {
    check(text).read
}

/// What Python prints between two parts.
fn separator(before: Option<EventKind>, event: EventKind) -> &'static str {
    use EventKind::{ArrayEnd, ArrayStart, Key, ObjectEnd, ObjectStart};
    match (before, event) {
        (None | Some(ObjectStart | ArrayStart), _) | (_, ObjectEnd | ArrayEnd) => "",
        (Some(Key), _) => ": ",
        _ => ", ",
    }
}

fn printed_so(text: &str, event: Event) -> bool {
    let span = &text[event.start..event.end];
    match event.kind {
        EventKind::Key | EventKind::Text => is_printed_string(span),
        EventKind::Number => is_printed_number(span),
        _ => true,
    }
}

/// The keys of all open objects, innermost last.
#[derive(Default)]
struct Keys<'t> {
    keys: Vec<&'t str>,
    /// Where the keys of each open object begin.
    objects: Vec<usize>,
}

impl<'t> Keys<'t> {
    /// Notes what an event says of keys; false when an object that ends here has one twice.
    fn take(&mut self, text: &'t str, event: Event) -> bool {
        match event.kind {
            EventKind::ObjectStart => self.objects.push(self.keys.len()),
            EventKind::Key => self.keys.push(&text[event.start..event.end]),
            EventKind::ObjectEnd => {
                let own = self.objects.pop().unwrap_or_default();
                let distinct = all_distinct(&self.keys[own..]);
                self.keys.truncate(own);
                return distinct;
            }
            _ => {}
        }
        true
    }
}

/// Python prints equal strings alike, so quoted keys can be compared as they stand.
fn all_distinct(keys: &[&str]) -> bool {
    const FEW: usize = 8;
    if keys.len() <= FEW {
        return keys.iter().enumerate().all(|(i, key)| !keys[..i].contains(key));
    }
    // A set of its own for every object: clearing a shared one costs as much as the largest object it ever held.
    let mut seen = HashSet::with_capacity(keys.len());
    keys.iter().all(|key| seen.insert(*key))
}

/// Whether a quoted string is printed just as Python's `repr` prints it.
fn is_printed_string(quoted: &str) -> bool {
    let quote = quoted.as_bytes()[0];
    let inner = &quoted[1..quoted.len() - 1];
    let (mut has_single, mut has_double) = (false, false);
    let mut at = 0;
    let mut high_surrogate_before = None;
    while let Some(&byte) = inner.as_bytes().get(at) {
        at += match byte {
            b'\\' => match inner.as_bytes().get(at + 1) {
                Some(b'\'') if quote == b'\'' => {
                    has_single = true;
                    2
                }
                Some(b'\\' | b'n' | b'r' | b't') => 2,
                _ => {
                    let Some((code, length)) = printed_escape(&inner.as_bytes()[at..]) else {
                        return false;
                    };
                    // json.loads joins a pair to one character.
                    if high_surrogate_before == Some(at) && (0xdc00..0xe000).contains(&code) {
                        return false;
                    }
                    high_surrogate_before = is_high_surrogate(code).then_some(at + length);
                    length
                }
            },
            b'\'' => {
                has_single = true;
                1
            }
            b'"' => {
                has_double = true;
                1
            }
            b' '..=b'~' => 1,
            ..0x80 => return false,
            _ => match inner[at..].chars().next() {
                Some(c) if printed(c) != Printed::Escaped => c.len_utf8(),
                _ => return false,
            },
        };
    }
    if quote == b'"' { has_single && !has_double } else { !has_single || has_double }
}

/// The code point and length of a numeric escape, if Python prints that character so.
fn printed_escape(text: &[u8]) -> Option<(u32, usize)> {
    let letter = *text.get(1)?;
    let (code, length) = coded(text)?;
    let range = match letter {
        b'x' => 0..=0xff,
        b'u' => 0x100..=0xffff,
        b'U' => 0x10000..=0x10ffff,
        _ => return None,
    };
    let has_name = matches!(code, 0x9 | 0xa | 0xd);
    let is_lower = !text[2..length].iter().any(u8::is_ascii_uppercase);
    // What is no character is a surrogate, and printed so.
    let is_escaped = char::from_u32(code).is_none_or(|c| printed(c) != Printed::Raw);
    (range.contains(&code) && !has_name && is_lower && is_escaped).then_some((code, length))
}

/// Whether a number of JSON's grammar is printed just as Python prints an integer or a float.
pub(super) fn is_printed_number(digits: &str) -> bool {
    const LONGEST_FLOAT: usize = 24; // -1.7976931348623157e+308
    if !digits.contains(['.', 'e', 'E']) {
        return digits != "-0"; // the integer has no sign
    }
    digits.len() <= LONGEST_FLOAT
        && digits.parse().is_ok_and(|float: f64| float.is_finite() && digits == float_repr(float))
}

/// A finite float as Python's `repr` prints it.
pub fn float_repr(float: f64) -> String {
    let scientific = shortest(float);
    let Some((mantissa, Ok(exponent))) = scientific.split_once('e').map(|(m, e)| (m, e.parse::<i32>())) else {
        return scientific;
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let (first, more) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    match exponent {
        0..16 => {
            let places = usize::try_from(exponent).unwrap_or_default();
            let digits = format!("{first}{more:0<places$}");
            let (whole, fraction) = digits.split_at(1 + places);
            let fraction = if fraction.is_empty() { "0" } else { fraction };
            format!("{sign}{whole}.{fraction}")
        }
        -4..0 => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
            format!("{sign}0.{}{first}{more}", "0".repeat(zeros))
        }
        _ => {
            let point = if more.is_empty() { "" } else { "." };
            let exponent_sign = if exponent < 0 { '-' } else { '+' };
            format!("{sign}{first}{point}{more}e{exponent_sign}{:02}", exponent.unsigned_abs())
        }
    }
}

/// The shortest digits that read back to the same float, `1.5e-7`. Of two that are equally near Python prints the one
/// with an even last digit, which is how Rust rounds to a given number of digits, but not how it finds the shortest.
fn shortest(float: f64) -> String {
    let shortest = format!("{float:e}");
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let places = mantissa.bytes().filter(u8::is_ascii_digit).count() - 1;
    let rounded = format!("{float:.places$e}");
    if rounded.parse() == Ok(float) { rounded } else { shortest }
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
