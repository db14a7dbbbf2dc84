//! Passwords in URLs: `postgres://user:password@host/db`.
//!
//! Where `://` stands, what follows up to the path is the host, with a user and a password before it if there is an
//! `@`. A password is found by that `@`; what is no port and no host's name is one too, as a password with a slash in
//! it breaks the URL apart.

use std::ops::Range;

use memchr::memchr;

use super::glyph::{disguised, ends_percent};
use super::runs::count;

/// What to look for: what stands between the scheme and the host, plain and with JSON's escaped slashes, and a part of
/// it that is there however often a URL is encoded in another one (`%3A%2F%2F`, `%253A%252F%252F`).
pub(super) const MARKS: [&str; 3] = ["://", ":\\/\\/", "2F%2"];

/// Whether the mark at byte `at` is encoded, so that what it is part of has to be decoded first.
pub(super) fn is_encoded(text: &str, at: usize) -> bool {
    text.as_bytes()[at] == b'2'
}

/// The end of the mark at byte `at` where a password may stand behind it, as far as one can tell without knowing where
/// the text ends.
pub(super) fn may_hold_password(text: &str, at: usize) -> Option<usize> {
    if is_encoded(text, at) {
        let (slash, length) = disguised(text.as_bytes(), at + 2)?;
        return (slash == b'/' && ends_percent(&text.as_bytes()[..at])).then_some(at + 2 + length);
    }
    let mark = MARKS.iter().find(|mark| text[at..].starts_with(**mark))?;
    let from = at + mark.len();
    password(text, from).map(|_| from)
}

/// The password of the URL whose host, or user, begins at byte `from`.
pub(super) fn password(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[from..];
    let authority = span(bytes, |b| matches!(b, b'/' | b'?' | b'#' | b'\\'));
    let colon = memchr(b':', &bytes[..authority])?;
    let end = match bytes[..authority].iter().rposition(|b| *b == b'@') {
        Some(at) => at,
        None => {
            let port = &bytes[colon + 1..authority];
            let is_port = port.iter().all(u8::is_ascii_digit) || port.eq_ignore_ascii_case(b"port");
            if is_port || bytes.first() == Some(&b'[') {
                return None;
            }
            let whole = span(bytes, |_| false);
            match bytes[authority..whole].iter().rposition(|b| *b == b'@') {
                Some(at) => authority + at,
                // The text is torn off inside of the password.
                None if authority == bytes.len() => authority,
                None => return None,
            }
        }
    };
    (colon + 1 < end).then_some(from + colon + 1..from + end)
}

/// How far a URL reaches that may not hold these bytes, nor what begins another.
fn span(bytes: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    let is_end = |at: usize, b: u8| {
        ends(b)
            || b.is_ascii_whitespace()
            || b.is_ascii_control()
            || b"\"'<>`&".contains(&b)
            || (b == b'\\' && bytes.get(at + 1) != Some(&b'/'))
            || (b == b':' && (bytes[at..].starts_with(b"://") || bytes[at..].starts_with(b":\\/")))
    };
    let length = bytes.iter().enumerate().position(|(at, b)| is_end(at, *b)).unwrap_or(bytes.len());
    count(length + 1);
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        for (text, expected) in [
            ("postgres://user:pw@host/db", Some("pw")),
            ("redis://:pw@host:6379/0", Some("pw")),
            ("amqp://user:p@ss:w%2Frd@host", Some("p@ss:w%2Frd")),
            ("https://user:pa/ss#word@host/x", Some("pa/ss#word")),
            ("http:\\/\\/user:pw@host\\/x", Some("pw")),
            ("mysql://user:s3cr", Some("s3cr")),
            ("http://a:b://c:d@e", None),
            ("http://host:80/a@b", None),
            ("http://host:80", None),
            ("http://host:PORT", None),
            ("http://host:port/a", None),
            ("http://host/a:b@c", None),
            ("http://ana@ex.com:80/x:y@z", None),
            ("http://user:@host", None),
            ("http://[::1]:80/a@b", None),
            ("http://host?q=a:b@c", None),
            ("http://", None),
        ] {
            let from = text.find("//").or(text.find("\\/\\/").map(|at| at + 2)).unwrap() + 2;
            assert_eq!(password(text, from).map(|span| &text[span]), expected, "{text}");
        }
    }
}
