//! Secrets that show by themselves, whatever the key: bearer tokens, basic credentials and JSON Web Tokens.

use std::ops::Range;

use super::MASK;
use super::glyph::{escape_ends, quote_at};
use super::runs::{backslashes, count, run};

/// What every JSON Web Token begins with: `{"` in base64url.
pub(super) const JWT_START: &str = "eyJ";

/// What follows `Bearer` in prose and in a challenge, and is no token.
const NO_TOKEN: [&str; 30] = [
    "token",
    "tokens",
    "auth",
    "authentication",
    "authorization",
    "credential",
    "credentials",
    "scheme",
    "header",
    "format",
    "type",
    "of",
    "for",
    "or",
    "and",
    "is",
    "was",
    "not",
    "in",
    "to",
    "as",
    "with",
    "missing",
    "required",
    "invalid",
    "must",
    "shall",
    "should",
    "can",
    "may",
];

/// The names of a `WWW-Authenticate` challenge.
const CHALLENGE: [&str; 4] = ["realm=", "scope=", "error=", "error_"];

/// The token behind the word `Bearer`, which ends at byte `behind`.
pub(super) fn bearer_token(text: &str, behind: usize) -> Option<Range<usize>> {
    let start = behind_spaces(text, behind).filter(|start| is_no_challenge(&text[*start..]))?;
    let bytes = text.as_bytes();
    let mut end = start;
    while let Some(&byte) = bytes.get(end).filter(|b| !ends_token(**b)) {
        if quote_at(bytes, end).is_some() {
            break;
        }
        end += if byte == b'\\' { backslashes(&bytes[end..]) } else { 1 };
    }
    count(end - start);
    // A full stop or colon behind it belongs to the sentence.
    let token = text[start..end].trim_end_matches(['.', ':', '!', '?']);
    let is_none = token.is_empty() || NO_TOKEN.iter().any(|word| token.eq_ignore_ascii_case(word));
    (!is_none).then(|| start..start + token.len())
}

/// Whether neither a challenge nor a mask begins the text.
fn is_no_challenge(text: &str) -> bool {
    !text.starts_with(MASK) && !CHALLENGE.iter().any(|name| text.starts_with(name))
}

/// The credentials behind the word `Basic`, which ends at byte `behind`: Base64 of a user's name, a colon and a
/// password, which no word of prose is (`Basic plan`).
pub(super) fn basic_credentials(text: &str, behind: usize) -> Option<Range<usize>> {
    let start = behind_spaces(text, behind)?;
    let bytes = text.as_bytes();
    let length = run(&bytes[start..], |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'));
    are_credentials(&bytes[start..start + length]).then(|| {
        let padding = run(&bytes[start + length..], |b| b == b'=');
        start..start + length + padding
    })
}

/// Whether the Base64 says `name:password`.
fn are_credentials(base64: &[u8]) -> bool {
    // Longer than any word: what it says may then be in another encoding than UTF-8.
    const LONG: usize = 24;
    let mut said = Vec::with_capacity(base64.len());
    let (mut bits, mut filled) = (0u32, 0u32);
    for digit in base64 {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            said.extend(u8::try_from(bits >> filled & 0xff));
        }
    }
    let is_text = || match std::str::from_utf8(&said) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() || base64.len() >= LONG,
    };
    said.contains(&b':') && !said.iter().any(u8::is_ascii_control) && is_text()
}

/// Where a token begins behind a word and one space or more; None where no space follows.
fn behind_spaces(text: &str, behind: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut start = behind;
    while let Some(length) = space_at(&bytes[start..]) {
        start += length;
    }
    count(start - behind);
    (start > behind).then_some(start)
}

fn space_at(rest: &[u8]) -> Option<usize> {
    match rest {
        [b' ' | b'\t' | b'+', ..] => Some(1),
        [b'%', b'2', b'0', ..] => Some(3),
        [b'\\', b'u', b'0', b'0', b'2', b'0', ..] => Some(6),
        _ => None,
    }
}

fn ends_token(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b",;<>()[]{}&|".contains(&byte)
}

/// Whether a JSON Web Token may begin at byte `start`, as far as one can tell without knowing where the text ends.
pub(super) fn may_be_jwt(text: &str, start: usize) -> bool {
    let bytes = &text.as_bytes()[start..];
    if !bytes.starts_with(JWT_START.as_bytes()) || is_inside(text, start) {
        return false;
    }
    let header = run(bytes, is_base64url);
    matches!(bytes.get(header), Some(b'.' | b'\\' | b'%'))
}

/// Whether what begins at byte `start` is part of something longer.
fn is_inside(text: &str, start: usize) -> bool {
    let before = text.as_bytes()[..start].last();
    before.is_some_and(|b| is_base64url(*b)) && !escape_ends(text, start)
}

/// The JSON Web Token that begins at byte `start`, where [`JWT_START`] stands: three parts or more, or two where the
/// text is torn off behind the second.
pub(super) fn jwt(text: &str, start: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if is_inside(text, start) {
        return None;
    }
    let part = |from: usize| from + run(&bytes[from..], is_base64url);
    let mut end = part(start);
    let mut parts = 1;
    while bytes.get(end) == Some(&b'.') {
        let part_end = part(end + 1);
        // Only the signature may be empty, and only where nothing is signed.
        if part_end == end + 1 && parts != 2 {
            break;
        }
        parts += 1;
        end = part_end;
    }
    let is_whole = parts >= 3 || (parts == 2 && end == text.len());
    is_whole.then_some(start..end)
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearers() {
        for (text, token) in [
            ("Bearer abc.DEF-1_2~3+/==", Some("abc.DEF-1_2~3+/==")),
            ("Bearer  x, next", Some("x")),
            ("Bearer x'", Some("x")),
            (r#"Bearer x\"}"#, Some("x")),
            ("Bearer x\nHost: y", Some("x")),
            ("Bearer%20abc&x=1", Some("abc")),
            ("Bearer hunter2.", Some("hunter2")),
            ("Bearer ñandú<", Some("ñandú")),
            ("Bearer token is required", None),
            ("Bearer Authentication.", None),
            (r#"Bearer realm="api""#, None),
            ("Bearer error=\"invalid_token\"", None),
            ("Bearer [redacted]", None),
            ("Bearer ", None),
            ("Bearer", None),
            ("Bearer', 'expires_in': 300", None),
            ("Bearers x", None),
        ] {
            assert_eq!(bearer_token(text, 6).map(|span| &text[span]), token, "{text}");
        }
    }

    #[test]
    fn basics() {
        for (text, credentials) in [
            ("Basic dXNlcjpwYXNz", Some("dXNlcjpwYXNz")),
            ("Basic YTpi, next", Some("YTpi")),
            ("Basic OnB3ZA==", Some("OnB3ZA==")),
            ("Basic%20dXNlcjpwYXNzdw==&x=1", Some("dXNlcjpwYXNzdw==")),
            ("Basic YW5hOmNvbnRyYXNlw7Fh'", Some("YW5hOmNvbnRyYXNlw7Fh")),
            (
                "Basic dXNlcjpjb250cmFzZfFhLWxhcmdhLWRlLXZlcmRhZA==",
                Some("dXNlcjpjb250cmFzZfFhLWxhcmdhLWRlLXZlcmRhZA=="),
            ),
            ("Basic plan", None),
            ("Basic Authentication", None),
            ("Basic information about everything", None),
            ("Basic administrators", None),
            ("Basic realm=\"api\"", None),
            ("Basic YQ==", None), // no colon
            ("Basic [redacted]", None),
            ("BasicdXNlcjpwYXNz", None),
            ("Basic ", None),
        ] {
            assert_eq!(basic_credentials(text, 5).map(|span| &text[span]), credentials, "{text}");
        }
    }

    #[test]
    fn jwts() {
        for (text, expected) in [
            ("eyJhbGciOi.eyJzdWI.sig-_", Some("eyJhbGciOi.eyJzdWI.sig-_")),
            ("eyJhbGciOi.eyJzdWI.sig, more", Some("eyJhbGciOi.eyJzdWI.sig")),
            ("eyJhbGciOi.eyJzdWI.sig. More", Some("eyJhbGciOi.eyJzdWI.sig")),
            ("eyJhbGciOi.eyJzdWI.", Some("eyJhbGciOi.eyJzdWI.")),
            ("eyJhbGciOi.key.iv.text.tag'", Some("eyJhbGciOi.key.iv.text.tag")),
            ("eyJhbGciOi.eyJzdW", Some("eyJhbGciOi.eyJzdW")),
            ("eyJhbGciOi.eyJzdWI more", None),
            ("eyJhbGciOi", None),
            ("eyJhbGciOi..sig", None),
        ] {
            assert_eq!(jwt(text, 0).map(|span| &text[span]), expected, "{text}");
        }
        assert_eq!(jwt("xeyJa.b.c", 1), None);
        assert_eq!(jwt(r"\neyJa.b.c", 2), Some(2..10));
        assert_eq!(jwt("\"eyJa.b.c\"", 1), Some(1..9));
    }
}
