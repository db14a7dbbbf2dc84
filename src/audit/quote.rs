//! Strings inside literals: what a quoted one says, and how Python would quote one.
//!
//! Which characters Python prints raw depends on the Unicode tables it was built with. Those of Python 3.10, Unicode
//! 13, are the oldest a supported Django runs on. A character that they know is printed alike by every later Python
//! (up to Unicode 18 none has changed sides); one that they don't know may be printed either way.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_general_category::{GeneralCategory, get_general_category};

/// How Python's `repr` prints a character inside a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Printed {
    /// As itself.
    Raw,
    /// As an escape.
    Escaped,
    /// As itself or as an escape: it depends on the version.
    Either,
}

/// How Python's `repr` prints `c`, quotes and backslashes apart.
pub(super) fn printed(c: char) -> Printed {
    if c.is_ascii() {
        return if c.is_ascii_control() { Printed::Escaped } else { Printed::Raw };
    }
    use GeneralCategory as Category;
    match get_general_category(c) {
        Category::Control
        | Category::Format
        | Category::Surrogate
        | Category::PrivateUse
        | Category::LineSeparator
        | Category::ParagraphSeparator
        | Category::SpaceSeparator => Printed::Escaped,
        Category::Unassigned if is_never_assigned(c) => Printed::Escaped,
        Category::Unassigned => Printed::Either,
        _ => Printed::Raw,
    }
}

/// Whether `c` is one of the 66 noncharacters, which no version of Unicode will assign.
fn is_never_assigned(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// What a quoted string says. `quoted` is the span of a key or text event, quotes included.
///
/// Knows every escape of Python and of JSON, except that `\N{NAME}` stays as written (nothing prints it). Two
/// `\uXXXX` that form a surrogate pair are one character; a surrogate alone becomes U+FFFD. An unknown or incomplete
/// escape stays as written, as Python keeps it.
pub fn unescape(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    let Some(first) = memchr::memchr(b'\\', inner.as_bytes()) else {
        return Cow::Borrowed(inner);
    };
    let (mut out, mut rest) = (String::with_capacity(inner.len()), inner);
    let mut next = Some(first);
    while let Some(backslash) = next {
        let (plain, escape) = rest.split_at(backslash);
        out.push_str(plain);
        rest = &escape[push_escape(escape, &mut out)..];
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Appends what the escape at the beginning of `text` stands for, and returns its length.
fn push_escape(text: &str, out: &mut String) -> usize {
    let simple = match text.as_bytes().get(1) {
        Some(b'\\') => '\\',
        Some(b'\'') => '\'',
        Some(b'"') => '"',
        Some(b'/') => '/',
        Some(b'a') => '\u{7}',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'v') => '\u{b}',
        Some(b'\n') => return 2, // Python continues the line
        _ => return push_coded(text, out),
    };
    out.push(simple);
    2
}

/// The same for an escape that gives the character's number.
fn push_coded(text: &str, out: &mut String) -> usize {
    let Some((code, length)) = coded(text.as_bytes()) else {
        out.push('\\');
        return 1;
    };
    if is_high_surrogate(code)
        && let Some((low, more)) = text.as_bytes().get(length..).and_then(coded)
        && (0xdc00..0xe000).contains(&low)
    {
        let pair = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        out.push(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
        return length + more;
    }
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    length
}

/// Whether a code point is the first half of a surrogate pair.
pub(super) fn is_high_surrogate(code: u32) -> bool {
    (0xd800..0xdc00).contains(&code)
}

/// The code point and the length of the numeric escape at the beginning of `text`, if one stands there. It is a
/// character or a surrogate.
pub(super) fn coded(text: &[u8]) -> Option<(u32, usize)> {
    let (b'\\', letter) = (*text.first()?, *text.get(1)?) else {
        return None;
    };
    let (radix, from, to) = match letter {
        b'x' => (16, 2, 4),
        b'u' => (16, 2, 6),
        b'U' => (16, 2, 10),
        b'0'..=b'7' => {
            let digits = text[1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            (8, 1, 1 + digits)
        }
        _ => return None,
    };
    let mut code = 0u32;
    for &digit in text.get(from..to)? {
        code = code.checked_mul(radix)? + char::from(digit).to_digit(radix)?;
    }
    (code <= 0x10ffff).then_some((code, to))
}

/// Quotes a string as Python's `repr` does. Characters newer than Unicode 13 are escaped, as Python 3.10 prints them.
pub fn quote_python(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c == quote => out.extend(['\\', c]),
            _ if printed(c) == Printed::Raw => out.push(c),
            _ => push_python_escape(c, &mut out),
        }
    }
    out.push(quote);
    out
}

fn push_python_escape(c: char, out: &mut String) {
    let code = u32::from(c);
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_python_3_10() {
        assert_eq!(unicode_general_category::UNICODE_VERSION, (13, 0, 0));
    }

    #[test]
    fn strings_say() {
        for (quoted, said) in [
            ("''", ""),
            ("", ""),
            ("'", ""),
            (r"'plain ñ 😀'", "plain ñ 😀"),
            (r#""it's""#, "it's"),
            (r#"'v\'s "q" \n ñ 😀'"#, "v's \"q\" \n ñ 😀"),
            (r"'\x00nul'", "\0nul"),
            (r"'\\n'", "\\n"),
            (r"'\a\b\f\n\r\t\v\0'", "\u{7}\u{8}\u{c}\n\r\t\u{b}\0"),
            (r"'\1\12\101\1018\777'", "\u{1}\u{a}A\u{41}8\u{1ff}"),
            (r"'\xe9\u20ac\U0001f600'", "é€😀"),
            (r#""\ud83d\ude00\/""#, "😀/"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r"'\udc80\ud800'", "\u{fffd}\u{fffd}"),
            (r"'\ud800\n'", "\u{fffd}\n"),
            (r"'\q\ñ\8'", r"\q\ñ\8"),
            (r"'\x4\u12\U00110000'", r"\x4\u12\U00110000"),
            (r"'\x+1'", r"\x+1"),
            (r"'\N{DASH}'", r"\N{DASH}"),
            ("'a\\\nb'", "ab"),
        ] {
            assert_eq!(unescape(quoted), said, "{quoted}");
        }
        assert!(matches!(unescape("'no escape, no copy'"), Cow::Borrowed(_)));
    }

    #[test]
    fn python_quotes() {
        for (text, quoted) in [
            ("", "''"),
            ("it's", r#""it's""#),
            (r#"say "a""#, r#"'say "a"'"#),
            (r#"it's "a""#, r#"'it\'s "a"'"#),
            ("\\ \n\r\t\0\u{7f}\u{80}\u{a0}\u{ad}", r"'\\ \n\r\t\x00\x7f\x80\xa0\xad'"),
            ("ñ 😀", "'ñ 😀'"),
            ("\u{200b}\u{2028}\u{feff}\u{e000}\u{fffe}", r"'\u200b\u2028\ufeff\ue000\ufffe'"),
            ("\u{1fae8}\u{e0001}", r"'\U0001fae8\U000e0001'"),
        ] {
            assert_eq!(quote_python(text), quoted, "{text:?}");
            assert_eq!(unescape(quoted), text);
        }
    }
}
