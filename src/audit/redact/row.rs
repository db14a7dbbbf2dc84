//! A text that is a row's `details`: which parts of it are the request and the response.

use std::ops::Range;

use crate::audit::details::{CODE, REQUEST, RESPONSE};
use crate::audit::{Decoded, Details};

/// Whether the beginning of a row is mentioned.
pub(super) fn is_mentioned(text: &str) -> bool {
    text.contains(REQUEST)
}

/// The request and the response of a row; None where the text is no row.
///
/// Where a client made it uncertain how the row is split, it is split as late as possible: what may belong to a
/// secret in the request is then masked with it.
pub(super) fn sides(row: &str) -> Option<(Range<usize>, Range<usize>)> {
    let details = Details::read(row);
    let (request_end, response_start) = match details.decoded {
        Decoded::None => return None,
        Decoded::Certain => (REQUEST.len() + details.request?.len(), row.len() - details.response?.len()),
        Decoded::Ambiguous => last_split(row)?,
    };
    Some((REQUEST.len()..request_end, response_start..row.len()))
}

/// Where the last separator begins and ends.
fn last_split(row: &str) -> Option<(usize, usize)> {
    row.rmatch_indices(CODE).find_map(|(at, _)| {
        let (digits, rest) = row.get(at + CODE.len()..)?.split_at_checked(3)?;
        let is_split = digits.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(RESPONSE);
        is_split.then_some((at, at + CODE.len() + digits.len() + RESPONSE.len()))
    })
}
