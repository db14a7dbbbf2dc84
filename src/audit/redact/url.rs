//! Passwords and tokens in URLs: `postgres://user:password@host/db`, `https://ghp_token@host/repository`.
//!
//! Where `://` stands, what follows up to the path is the host, with a user and a password before it if there is an
//! `@`. A password is found by that `@`; what is no port and no host's name is one too, as a password with a slash in
//! it breaks the URL apart. Where that begins with digits it is a port before a path, which may well hold an `@`, save
//! in the address of a database. A user's name is no secret unless it looks like a token: then it is masked together
//! with what stands in the password's place (`https://TOKEN:x-oauth-basic@host`).

use std::ops::Range;

use memchr::memchr;

use super::glyph::{disguised, ends_percent};
use super::runs::{count, last, run_back};

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

/// Schemes of databases and queues, without a driver's name (`postgresql+psycopg`): no `@` is in the path of theirs.
const DATABASES: [&str; 20] = [
    "amqp",
    "amqps",
    "clickhouse",
    "cockroachdb",
    "mariadb",
    "mongodb",
    "mssql",
    "mysql",
    "mysqlgis",
    "oracle",
    "pgsql",
    "postgis",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "redshift",
    "sqlserver",
    "valkey",
    "valkeys",
];

/// What a token of a well-known service begins with.
const TOKENS: [&str; 22] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "gloas-",
    "npm_",
    "pypi-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "dop_v1_",
    "shpat_",
    "dckr_pat_",
];

/// The secret of the URL whose host, or user, begins at byte `from`: the password, or from a token in the user's place
/// up to the host.
pub(super) fn password(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[from..];
    let authority = span(bytes, |b| matches!(b, b'/' | b'?' | b'#' | b'\\'));
    let host = bytes[..authority].iter().rposition(|b| *b == b'@');
    let colon = memchr(b':', &bytes[..host.unwrap_or(authority)]);
    if let Some(host) = host
        && is_token(&bytes[..colon.unwrap_or(host)])
        && !is_shell(scheme(text, from))
    {
        return Some(from..from + host);
    }
    let colon = colon?;
    let end = match host {
        Some(at) => at,
        None => {
            let port = &bytes[colon + 1..authority];
            let is_number = port.iter().all(u8::is_ascii_digit);
            if bytes.first() == Some(&b'[') || port.eq_ignore_ascii_case(b"port") || port.is_empty() {
                return None;
            }
            if is_number && is_port(port) && (bytes.get(authority) != Some(&b'/') || !is_database(scheme(text, from))) {
                return None;
            }
            // An address behind a question mark is no host.
            let whole = span(bytes, |b| is_number && matches!(b, b'?' | b'#'));
            match bytes[authority..whole].iter().rposition(|b| *b == b'@') {
                Some(at) => authority + at,
                // The text is torn off inside of the password.
                None if authority == bytes.len() && !is_number => authority,
                None => return None,
            }
        }
    };
    (colon + 1 < end).then_some(from + colon + 1..from + end)
}

/// The scheme of the URL whose host, or user, begins at byte `from`, without what follows a `+` in it.
fn scheme(text: &str, from: usize) -> &str {
    const LONGEST: usize = 32;
    let before = text[..from].trim_end_matches(['/', '\\']).trim_end_matches(':');
    let length = run_back(last(before.as_bytes(), LONGEST), |b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    &before[before.len() - length..]
}

fn is_database(scheme: &str) -> bool {
    let engine = scheme.split('+').next().unwrap_or_default();
    DATABASES.iter().any(|name| engine.eq_ignore_ascii_case(name))
}

/// Whether keys open what the URL leads to, so that the user's name, however long, is no secret.
fn is_shell(scheme: &str) -> bool {
    scheme
        .rsplit('+')
        .next()
        .is_some_and(|name| ["ssh", "sftp", "scp"].iter().any(|own| name.eq_ignore_ascii_case(own)))
}

fn is_port(digits: &[u8]) -> bool {
    digits.iter().try_fold(0u16, |port, digit| port.checked_mul(10)?.checked_add(u16::from(digit - b'0'))).is_some()
}

/// Whether a user's name is a token: it begins like one, or letters and digits alternate in it as in no name.
fn is_token(user: &[u8]) -> bool {
    const SHORT: usize = 16;
    const LONGEST: usize = 512;
    const CHANGES: usize = 3;
    if user.len() < 8 || user.len() > LONGEST {
        return false;
    }
    let is_known = TOKENS.iter().any(|start| user.starts_with(start.as_bytes()));
    let changes =
        |part: &[u8]| part.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let is_random = |part: &[u8]| part.len() >= SHORT && changes(part) >= CHANGES;
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-".contains(b);
    user.iter().all(is_plain) && (is_known || user.split(|b| b"_-".contains(b)).any(is_random))
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
            // Digits before a slash are a port, save in the address of a database or where no port is so high.
            ("postgres://u:12/ab@host", Some("12/ab")),
            ("postgresql+psycopg2://u:12/a?b@host", None),
            ("REDIS://:6379/ab@host:6379/0", Some("6379/ab")),
            ("postgres://db:5432/park", None),
            ("postgres://db:5432/park?user=ana@ex.com", None),
            ("postgres://u:12", None),
            ("https://u:123456/ab@host", Some("123456/ab")),
            ("http://localhost:4873/@scope/package", None),
            ("smtp://mail:25/ana@ex.com", None),
            // A token in the user's place.
            ("https://ghp_abcDEF@host/x", Some("ghp_abcDEF")),
            ("https://glpat-x1y2z3:x-oauth-basic@host/x", Some("glpat-x1y2z3:x-oauth-basic")),
            ("https://sk_test_abc:@api.host/v1", Some("sk_test_abc:")),
            ("https://0a1b2c3d4e5f60718293a4b5c6d7e8f9@o1.host/2", Some("0a1b2c3d4e5f60718293a4b5c6d7e8f9")),
            ("https://ghp_abcDEF@host:443/x", Some("ghp_abcDEF")),
            ("git+ssh://APKA1B2C3D4E5F6G7H8I@host/x", None),
            ("https://backup-of-2026-11-23@host", None),
            ("https://serviceaccount0123@host", None),
            ("https://ana.maria@host/x", None),
            ("https://host/path@x", None),
            ("https://host/ghp_abcDEF@x", None),
            ("https://host?to=ghp_abcDEF@x.com", None),
        ] {
            let from = text.find("//").or(text.find("\\/\\/").map(|at| at + 2)).unwrap() + 2;
            assert_eq!(password(text, from).map(|span| &text[span]), expected, "{text}");
        }
    }
}
