//! Bytes that came from a client and are shown on a terminal: nothing in them may drive it, reorder it or hide.

use std::borrow::Cow;
use std::fmt::Write;

use crate::audit::is_dangerous;

/// The text on one line: dangerous characters as `\n`, `\x1b`, `\u202e`, and a backslash doubled, so that what is
/// escaped can be told from what only looks so.
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
pub(super) fn escape_dangerous(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push_escaped(&mut escaped, c));
    Cow::Owned(escaped)
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !is_dangerous(c) => out.push(c),
        // Writing to a String can't fail.
        c if u32::from(c) < 0x100 => drop(write!(out, "\\x{:02x}", u32::from(c))),
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
            ("\u{9b}31m\u{7f}\u{0}", "\\x9b31m\\x7f\\x00"),
            ("x\u{202e}gpj.exe\u{2066}", "x\\u202egpj.exe\\u2066"),
            ("ñandú 😀 \u{fffd}", "ñandú 😀 \u{fffd}"),
        ] {
            assert_eq!(escape_line(text), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left_and_no_two_texts_look_alike(a in ".{0,12}", b in "[\\\\nx0-9a\\u{1b}\\n\\u{9b}]{0,6}", c in "[\\\\nx0-9a\\u{1b}\\n\\u{9b}]{0,6}") {
            prop_assert!(!escape_line(&a).chars().any(is_dangerous));
            prop_assert_eq!(b == c, escape_line(&b) == escape_line(&c));
        }
    }
}
