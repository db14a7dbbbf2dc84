//! Passwords in URLs: `postgres://user:password@host/db`.
//!
//! Where `://` stands, what follows up to the path is the host, with a user and a password before it if there is an
//! `@`. A password is found by that `@`; what is no port and no host's name is one too, as a password with a slash in
//! it breaks the URL apart.

use std::ops::Range;

use memchr::memchr;

use super::runs::count;

/// What stands between the scheme and the host: plain, with JSON's escaped slashes, and encoded in another URL.
pub(super) const MARKS: [&str; 4] = ["://", ":\\/\\/", ":%2F%2F", "%3A%2F%2F"];

/// The mark at byte `at`, and whether it is encoded, so that what it is part of has to be decoded first.
pub(super) fn mark_at(text: &str, at: usize) -> Option<(usize, bool)> {
    let rest = text.as_bytes().get(at..)?;
    let is_here = |mark: &&str| rest.get(..mark.len()).is_some_and(|here| here.eq_ignore_ascii_case(mark.as_bytes()));
    MARKS.iter().find(|mark| is_here(mark)).map(|mark| (mark.len(), mark.contains('%')))
}

/// Whether a password may stand behind the mark at byte `at`, as far as one can tell without knowing where the text
/// ends.
pub(super) fn may_hold_password(text: &str, at: usize) -> Option<usize> {
    let (length, is_encoded) = mark_at(text, at)?;
    let from = at + length;
    // An encoded colon is not looked for: another URL's part is decoded and looked at again.
    (is_encoded || password(text, from).is_some()).then_some(from)
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
