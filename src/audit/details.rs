//! Takes the `details` of a row apart: where the request ends and the response begins.
//!
//! The middleware writes `Request Body: <request>, Response Code: <status>, Response Body: <response>` and quotes
//! nothing, so a client may write the words between the parts into its request, and a page of the service's own audit
//! log holds them in its response. *Certain* is said only where no client can have forged it:
//!
//! - there is one place to split at, or
//! - one split alone has as its response a complete object or array, as Python prints it, or
//! - no split has one, and the last split's request is such an object or array; then it is the last.
//!
//! This rests on responses being JSON or pages of the service's own. A view that answers with a client's text and
//! nothing else would let that client write both ends of a container.
//!
//! Certainty speaks of where the two sides meet. What a side was before it was printed is not always to be told: the
//! JSON string `"12"` is printed without quotes, as the number is, and so is text that only looks like an object.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::canonical::is_container;

pub(super) const REQUEST: &str = "Request Body: ";
pub(super) const CODE: &str = ", Response Code: ";
pub(super) const RESPONSE: &str = ", Response Body: ";

static CODE_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(CODE));

/// How much is known of a row's `details`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Request, status and response are known.
    Certain,
    /// There are several ways to split the text, and nothing tells which is right.
    Ambiguous,
    /// The middleware did not write it: there is nothing to decode.
    None,
}

impl Decoded {
    /// The word for it in output: `certain`, `ambiguous`, `none`.
    pub fn as_str(self) -> &'static str {
        match self {
            Decoded::Certain => "certain",
            Decoded::Ambiguous => "ambiguous",
            Decoded::None => "none",
        }
    }
}

/// The parts of a `details`, as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Details<'t> {
    /// How much is known.
    pub decoded: Decoded,
    /// The request's body as printed; None unless certain.
    pub request: Option<&'t str>,
    /// The status of the response; where the text is ambiguous, only if every way to split it says the same.
    pub status: Option<u16>,
    /// The response's body as printed; None unless certain.
    pub response: Option<&'t str>,
}

impl<'t> Details<'t> {
    /// The statuses that a text of this kind may have, as far as can be told without decoding it.
    pub fn codes(text: &[u8]) -> impl Iterator<Item = u16> {
        let code =
            |at: usize| text.get(at + CODE.len()..at + CODE.len() + 3).and_then(|code| std::str::from_utf8(code).ok());
        let is_code = |code: &&str| code.bytes().all(|byte| byte.is_ascii_digit());
        CODE_FINDER.find_iter(text).filter_map(code).filter(is_code).filter_map(|code| code.parse().ok())
    }

    /// Takes a text apart. Where there is one split no side is read, so that a million rows can be asked for their
    /// status; however many a client forges, the cost stays in proportion to the text's length.
    pub fn read(text: &'t str) -> Self {
        let mut splits = Splits::of(text);
        let Some(first) = splits.next() else {
            return Details { decoded: Decoded::None, request: None, status: None, response: None };
        };
        let (mut last, mut is_only, mut all_agree) = (first, true, true);
        for split in splits {
            is_only = false;
            all_agree &= split.status == first.status;
            last = split;
        }
        let certain = if is_only { Some(first) } else { true_split(text, last) };
        match certain {
            Some(split) => Details {
                decoded: Decoded::Certain,
                request: Some(&text[REQUEST.len()..split.start]),
                status: Some(split.status),
                response: Some(&text[split.end..]),
            },
            None => Details {
                decoded: Decoded::Ambiguous,
                request: None,
                status: all_agree.then_some(first.status),
                response: None,
            },
        }
    }
}

/// Which of several splits is certain, if one is.
///
/// A separator fits into a container only inside a string. So a check that begins behind a later split begins outside
/// strings, where every earlier one that still goes on is inside one. There are three ways to be at a byte: outside
/// strings, inside `'`, inside `"`; and no two checks that differ ever come to agree, because a quote that opens a
/// string for one ends it for the other or means nothing there. Two things follow. At most three checks go on at any
/// byte, so all of them together cost no more than three readings of the text. And only one can be outside strings at
/// the end: the first container found is the only one.
fn true_split(text: &str, last: Split) -> Option<Split> {
    let with_container =
        if text.ends_with(['}', ']']) { Splits::of(text).find(|split| is_container(&text[split.end..])) } else { None };
    with_container.or_else(|| is_container(&text[REQUEST.len()..last.start]).then_some(last))
}

/// A place where the text may be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Split {
    /// Where the request ends.
    start: usize,
    status: u16,
    /// Where the response begins.
    end: usize,
}

/// The splits of a text, first to last.
struct Splits<'t> {
    text: &'t [u8],
    position: usize,
}

impl<'t> Splits<'t> {
    fn of(text: &'t str) -> Self {
        let position = if text.starts_with(REQUEST) { REQUEST.len() } else { text.len() };
        Splits { text: text.as_bytes(), position }
    }
}

impl Iterator for Splits<'_> {
    type Item = Split;

    fn next(&mut self) -> Option<Split> {
        loop {
            let start = self.position + CODE_FINDER.find(self.text.get(self.position..)?)?;
            // No two of them overlap: they begin and end with different characters.
            self.position = start + CODE.len();
            let Some((digits, rest)) = self.text[self.position..].split_at_checked(3) else {
                continue;
            };
            if digits.iter().all(u8::is_ascii_digit) && rest.starts_with(RESPONSE.as_bytes()) {
                let status = digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
                self.position += digits.len() + RESPONSE.len();
                return Some(Split { start, status, end: self.position });
            }
        }
    }
}

#[cfg(test)]
#[path = "details_tests.rs"]
mod tests;
