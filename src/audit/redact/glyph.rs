//! Characters in disguise: the ways in which a text inside a text spells its quotes, letters and delimiters.
//!
//! Raw text may hold JSON inside a string (`\"`, `\u0070`), a form inside a URL (`%3D`) or either inside HTML
//! (`&quot;`). These functions look at one place; they search nothing and cost a bounded number of steps, except that
//! a run of backslashes is read as a whole.

use std::borrow::Cow;

use super::runs::{backslashes, count};

/// How far before a place an escape is looked for that reaches to it.
const LONGEST_ESCAPE: usize = 16;

/// The character before byte `at`.
pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

/// The character at byte `at`.
pub(super) fn char_after(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

/// An ASCII character written as an escape at byte `at`, and the length of the escape: `%41` and `%2541`, `\x41`,
/// `\u0041`, `\U00000041` behind any number of backslashes, `\101`, `&#65;`, `&#x41;`, `&quot;` and its like.
pub(super) fn disguised(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    match rest.first()? {
        b'%' => percent(rest),
        b'\\' => backslash(rest),
        b'&' => entity(rest),
        _ => None,
    }
}

fn percent(rest: &[u8]) -> Option<(u8, usize)> {
    let digits = percent_digits(rest);
    ascii(hex(rest.get(digits..digits + 2))?, digits + 2)
}

/// Where the digits of a percent escape begin that says what it stands for: %2541 is %41 encoded once more.
fn percent_digits(rest: &[u8]) -> usize {
    let mut digits = 1;
    while rest[digits..].starts_with(b"25") && hex(rest.get(digits + 2..digits + 4)).is_some() {
        digits += 2;
    }
    count(digits);
    digits
}

fn backslash(rest: &[u8]) -> Option<(u8, usize)> {
    let run = backslashes(rest);
    let length = match rest.get(run)? {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        b'0' | b'1' => {
            let octal = rest.get(run..run + 3)?.iter().try_fold(0, |n, b| match b {
                b'0'..=b'7' => Some(n * 8 + u32::from(b - b'0')),
                _ => None,
            });
            return ascii(octal?, run + 3);
        }
        _ => return None,
    };
    ascii(hex(rest.get(run + 1..run + 1 + length))?, run + 1 + length)
}

fn entity(rest: &[u8]) -> Option<(u8, usize)> {
    const NAMED: [(&[u8], u8); 5] =
        [(b"&quot;", b'"'), (b"&apos;", b'\''), (b"&amp;", b'&'), (b"&lt;", b'<'), (b"&gt;", b'>')];
    const LONGEST: usize = 8;
    if let Some((name, c)) = NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((*c, name.len()));
    }
    let end = rest.iter().take(LONGEST).position(|b| *b == b';')?;
    let code = match &rest[1..end] {
        [b'#', b'x' | b'X', digits @ ..] => hex(Some(digits))?,
        [b'#', digits @ ..] if !digits.is_empty() => {
            digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))?
        }
        _ => return None,
    };
    ascii(code, end + 1)
}

fn ascii(code: u32, length: usize) -> Option<(u8, usize)> {
    u8::try_from(code).ok().filter(u8::is_ascii).map(|c| (c, length))
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0u32, |n, b| n.checked_mul(16)?.checked_add(char::from(*b).to_digit(16)?))
}

/// Whether an escape may end right before byte `at`, or reach over it: the quick look before a closer one.
pub(super) fn is_near_escape(bytes: &[u8], at: usize) -> bool {
    bytes[at.saturating_sub(LONGEST_ESCAPE)..at].iter().any(|b| matches!(b, b'\\' | b'%' | b'&'))
}

/// Whether an escape ends right before byte `at`, so that a letter or digit before it belongs to another character.
pub(super) fn escape_ends(text: &str, at: usize) -> bool {
    if !is_near_escape(text.as_bytes(), at) {
        return false;
    }
    let before = &text.as_bytes()[..at];
    // What stands before so many hexadecimal digits, if they are digits.
    let lead = |count: usize| {
        let (lead, digits) = before.split_at_checked(before.len().checked_sub(count)?)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(lead)
    };
    let coded = |letter: u8, count: usize| {
        lead(count).is_some_and(|lead| lead.strip_suffix(&[letter]).is_some_and(ends_backslash))
    };
    let is_simple = match before {
        [lead @ .., b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'0'] => ends_backslash(lead),
        _ => false,
    };
    is_simple || lead(2).is_some_and(ends_percent) || coded(b'x', 2) || coded(b'u', 4) || coded(b'U', 8)
}

/// Whether a backslash ends the text, plain or encoded.
fn ends_backslash(text: &[u8]) -> bool {
    [&b"\\"[..], b"5C", b"5c", b"#92;"].iter().any(|backslash| text.ends_with(backslash))
}

/// Whether a percent sign ends the text, encoded any number of times (`%2525`).
pub(super) fn ends_percent(mut text: &[u8]) -> bool {
    const MOST: usize = 16;
    for _ in 0..MOST {
        match text {
            [.., b'%'] => return true,
            [lead @ .., b'2', b'5'] => text = lead,
            _ => break,
        }
    }
    false
}

/// Where the digits at byte `at` begin to count: behind the escape that the first of them belong to, if they do.
pub(super) fn escaped_start(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    if !is_near_escape(bytes, at) {
        return at;
    }
    let inside = |lead: &[u8], length: usize| {
        (0..length).find_map(|back| {
            let from = at.checked_sub(back)?;
            let is_one =
                bytes[..from].ends_with(lead) && bytes.get(from..from + length)?.iter().all(u8::is_ascii_hexdigit);
            is_one.then_some(from + length)
        })
    };
    let percent_end = || {
        let reach = at.saturating_sub(LONGEST_ESCAPE);
        let percent = reach + bytes[reach..at].iter().rposition(|b| *b == b'%')?;
        let end = percent + percent_digits(&bytes[percent..]) + 2;
        (end > at && bytes.get(at..end)?.iter().all(u8::is_ascii_hexdigit)).then_some(end)
    };
    percent_end()
        .or_else(|| inside(br"\x", 2))
        .or_else(|| inside(br"\u", 4))
        .or_else(|| inside(br"\U", 8))
        .unwrap_or(at)
}

/// The length of the quote at byte `at`: one behind any number of backslashes, or one in disguise.
pub(super) fn quote_at(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let run = backslashes(rest);
    if matches!(rest.get(run)?, b'"' | b'\'') {
        return Some(run + 1);
    }
    disguised(bytes, at).filter(|(c, _)| matches!(c, b'"' | b'\'')).map(|(_, length)| length)
}

/// A key with its disguised characters made plain. The letter of a simple escape (`\n`) is no part of a word.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    count(bytes.len());
    if !bytes.iter().any(|b| matches!(b, b'%' | b'\\' | b'&')) {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if let Some((c, length)) = disguised(bytes, at) {
            plain.push(c);
            at += length;
        } else if let Some((c, length)) = coded(bytes, at) {
            plain.extend(c.encode_utf8(&mut [0; 4]).bytes());
            at += length;
        } else if let (b'%', Some(code)) = (byte, hex(bytes.get(at + 1..at + 3))) {
            plain.extend(u8::try_from(code));
            at += 3;
        } else {
            plain.push(byte);
            at += if byte == b'\\' && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase) { 2 } else { 1 };
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// The length of an escape at byte `at` that stands for a character beyond ASCII, or for a byte of one.
pub(super) fn escaped_beyond_ascii(bytes: &[u8], at: usize) -> Option<usize> {
    let is_percent = bytes[at] == b'%' && hex(bytes.get(at + 1..at + 3)).is_some_and(|code| code > 0x7f);
    if is_percent { Some(3) } else { coded(bytes, at).map(|(_, length)| length) }
}

/// A character beyond ASCII written as a backslash escape.
fn coded(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let rest = bytes.get(at..)?;
    let run = backslashes(rest);
    let length = match rest.get(run).filter(|_| run > 0)? {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let code = hex(rest.get(run + 1..run + 1 + length))?;
    Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), run + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises() {
        for (text, expected) in [
            ("%41", Some((b'A', 3))),
            ("%2541x", Some((b'A', 5))),
            ("%25252541", Some((b'A', 9))),
            ("%25", Some((b'%', 3))),
            ("%252", Some((b'%', 3))),
            ("%4", None),
            ("%C3", None),
            (r"\x41", Some((b'A', 4))),
            (r"\\\u0041", Some((b'A', 8))),
            (r"\U00000041", Some((b'A', 10))),
            (r"\101", Some((b'A', 4))),
            (r"\u00f1", None),
            (r"\u004", None),
            (r"\n", None),
            ("&quot;", Some((b'"', 6))),
            ("&#39;", Some((b'\'', 5))),
            ("&#x27;", Some((b'\'', 6))),
            ("&#;", None),
            ("&#x;", None),
            ("&#99999;", None),
            ("&b=1;", None),
            ("A", None),
            ("", None),
        ] {
            assert_eq!(disguised(text.as_bytes(), 0), expected, "{text}");
        }
    }

    #[test]
    fn quotes() {
        for (text, length) in [
            ("'", Some(1)),
            (r#"\\\""#, Some(4)),
            ("%22", Some(3)),
            (r"\u0022", Some(6)),
            ("&#x27;", Some(6)),
            (r"\\", None),
            ("a'", None),
        ] {
            assert_eq!(quote_at(text.as_bytes(), 0), length, "{text}");
        }
    }

    #[test]
    fn escapes_end() {
        for (before, ends) in [
            (r"\n", true),
            ("%C3", true),
            (r"\x0a", true),
            (r"\u000a", true),
            (r"\U0001f600", true),
            ("%250A", true),
            ("%2525C3", true),
            ("%5Cn", true),
            (r"\u005cu000a", true),
            ("n", false),
            ("%C", false),
            ("C3", false),
            (r"\u000", false),
            ("", false),
        ] {
            assert_eq!(escape_ends(before, before.len()), ends, "{before}");
        }
        for (text, at, start) in [
            ("%20411", 1, 3),
            ("%A0411", 2, 3),
            (r"\u00f1411", 5, 6),
            (r"\u00a0411", 5, 6),
            ("%0411", 1, 3),
            ("%2520411", 1, 5),
            ("%25A0411", 4, 5),
            ("411", 0, 0),
        ] {
            assert_eq!(escaped_start(text, at), start, "{text}");
        }
    }

    #[test]
    fn keys_made_plain() {
        for (text, expected) in [
            ("pass%77ord", "password"),
            (r"\u0070\u0061n", "pan"),
            ("user%5Bpassword%5D", "user[password]"),
            (r"a\npan", r"a\pan"),
            ("x&#45;y", "x-y"),
            ("ñ%", "ñ%"),
            (r"contrase\u00f1a", "contraseña"),
            ("contrase%C3%B1a", "contraseña"),
            ("%C3", "\u{fffd}"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
