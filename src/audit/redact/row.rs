//! Rows of the audit table inside a text: where one begins, and which parts are its request and its response.

use std::ops::Range;

use memchr::memmem;

use crate::audit::{Decoded, Details};

const REQUEST: &str = "Request Body: ";
const CODE: &str = ", Response Code: ";
const RESPONSE: &str = ", Response Body: ";

/// Where a row may begin, at or behind byte `at`. Right behind a quote it is part of a string, not of this text.
pub(super) fn begins(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut found = memmem::find_iter(&bytes[at..], REQUEST.as_bytes()).map(|found| at + found);
    found.find(|found| found.checked_sub(1).is_none_or(|before| !matches!(bytes[before], b'"' | b'\'')))
}

/// Whether the beginning of a row is mentioned.
pub(super) fn is_mentioned(text: &str) -> bool {
    text.contains(REQUEST)
}

/// The request and the response of the row that begins at byte `start` and ends with the text.
///
/// Where a client made it uncertain how the row is split, it is split as late as possible: what may belong to a
/// secret in the request is then masked with it.
pub(super) fn sides(text: &str, start: usize) -> Option<(Range<usize>, Range<usize>)> {
    let row = &text[start..];
    let details = Details::read(row);
    let (request_end, response_start) = match details.decoded {
        Decoded::None => return None,
        Decoded::Certain => (REQUEST.len() + details.request?.len(), row.len() - details.response?.len()),
        Decoded::Ambiguous => last_split(row)?,
    };
    Some((start + REQUEST.len()..start + request_end, start + response_start..text.len()))
}

/// Where the last separator begins and ends.
fn last_split(row: &str) -> Option<(usize, usize)> {
    row.rmatch_indices(CODE).find_map(|(at, _)| {
        let (digits, rest) = row.get(at + CODE.len()..)?.split_at_checked(3)?;
        let is_split = digits.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(RESPONSE);
        is_split.then_some((at, at + CODE.len() + digits.len() + RESPONSE.len()))
    })
}
