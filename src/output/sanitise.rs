//! Bytes that came from a client and are shown on a terminal: nothing in them may drive it, reorder it or hide.
//!
//! Whatever is escaped can be told from what only looks so: a backslash is doubled, a character is `\n`, `\x1b`,
//! `\u009b`, `\u202e`, and a byte that is not UTF-8 is `\x80` to `\xff`, as no character is.

use std::borrow::Cow;
use std::fmt::Write;

use crate::audit::{Redactor, is_dangerous};

/// The text on one line: dangerous characters as `\n`, `\x1b`, `\u202e`, and a backslash doubled.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c == '\\' || is_dangerous(c)) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\\' {
            escaped.push_str("\\\\");
        } else {
            push_escaped(&mut escaped, c);
        }
    }
    Cow::Owned(escaped)
}

/// Dangerous characters escaped and all else, backslashes too, as it is: for text in a format that knows how to quote
/// and is printed on a terminal all the same.
pub fn escape_dangerous(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push_escaped(&mut escaped, c));
    Cow::Owned(escaped)
}

/// Stands in for the byte 0x80 while a text that is not UTF-8 is looked through for secrets; those up to 0xff follow.
/// They are the last characters for private use, and one that is there by itself stands for its four bytes.
const BYTE_80: u32 = 0x10_ff80;

/// The lines of a text that is not UTF-8, its secrets masked, each as [`escape_line`] would have it.
pub fn escape_torn(bytes: &[u8], redactor: Option<&Redactor>) -> Vec<String> {
    let stand_in = |byte: &u8| char::from_u32(BYTE_80 + u32::from(*byte) - 0x80).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if u32::from(c) < BYTE_80 {
                text.push(c);
            } else {
                text.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(stand_in));
            }
        }
        text.extend(chunk.invalid().iter().map(stand_in));
    }
    let masked = redactor.map_or(Cow::Borrowed(text.as_str()), |redactor| redactor.text(&text));
    masked.split('\n').map(escape_line_torn).collect()
}

fn escape_line_torn(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        match u32::from(c).checked_sub(BYTE_80) {
            // Writing to a String can't fail.
            Some(byte) => drop(write!(escaped, "\\x{:02x}", byte + 0x80)),
            None if c == '\\' => escaped.push_str("\\\\"),
            None => push_escaped(&mut escaped, c),
        }
    }
    escaped
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !is_dangerous(c) => out.push(c),
        // Writing to a String can't fail.
        c if c.is_ascii() => drop(write!(out, "\\x{:02x}", u32::from(c))),
        c => drop(write!(out, "\\u{:04x}", u32::from(c))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_drives_a_terminal_is_spelled_out() {
        for (text, shown) in [
            ("GET /api/visits/", "GET /api/visits/"),
            ("a\u{1b}[31mb\u{7}", "a\\x1b[31mb\\x07"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("a\\nb", "a\\\\nb"),
            ("\u{9b}31m\u{7f}\u{0}", "\\u009b31m\\x7f\\x00"),
            ("x\u{202e}gpj.exe\u{2066}", "x\\u202egpj.exe\\u2066"),
            ("ñandú 😀 \u{fffd}", "ñandú 😀 \u{fffd}"),
        ] {
            assert_eq!(escape_line(text), shown);
        }
    }

    #[test]
    fn bytes_that_are_no_text_can_be_told_from_all_that_looks_like_them() {
        for (bytes, shown) in [
            (&b"caf\xe9 \\xe9"[..], "caf\\xe9 \\\\xe9"),
            (b"\xff\xfe\x1b[31m", "\\xff\\xfe\\x1b[31m"),
            (b"\xff \xef\xbf\xbd \xc2\x9b", "\\xff \u{fffd} \\u009b"),
            (b"\xe2\x80 \xf4\x8f\xbf\xbf", "\\xe2\\x80 \\xf4\\x8f\\xbf\\xbf"),
        ] {
            assert_eq!(escape_torn(bytes, None), [shown]);
        }
        let redactor = Redactor::default();
        let bytes = b"\xff {'password': 'x\xe9y', 'a': '\xe9'}\nnext";
        assert_eq!(escape_torn(bytes, Some(&redactor)), ["\\xff {'password': '[redacted]', 'a': '\\xe9'}", "next"]);
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left_and_no_two_texts_look_alike(a in ".{0,12}", b in "[\\\\nx0-9a\\u{1b}\\n\\u{9b}]{0,6}", c in "[\\\\nx0-9a\\u{1b}\\n\\u{9b}]{0,6}") {
            prop_assert!(!escape_line(&a).chars().any(is_dangerous));
            prop_assert_eq!(b == c, escape_line(&b) == escape_line(&c));
        }
    }
}
