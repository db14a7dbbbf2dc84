//! Which part of the matching entries is shown: a limit and how many are passed over.

use super::QueryError;

/// The most that any database takes; beyond the number of rows there can be.
const MOST: u64 = i64::MAX as u64;

/// A part of the matching entries. Both numbers fit into an `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many are shown at most; None for all.
    pub limit: Option<u64>,
    /// How many are passed over first.
    pub offset: u64,
}

impl Page {
    /// Everything.
    pub const ALL: Page = Page { limit: None, offset: 0 };

    /// Whether it may leave something out.
    pub fn is_part(&self) -> bool {
        *self != Page::ALL
    }

    /// From what was typed and the verb's own limit. `page` counts from 1, in pages of the limit; `all` lifts the
    /// verb's limit. A limit of 0 shows nothing, which with a count is a sensible thing to ask.
    pub fn new(
        limit: Option<u64>,
        offset: Option<u64>,
        page: Option<u64>,
        all: bool,
        default_limit: Option<u64>,
    ) -> Result<Page, QueryError> {
        let contradiction = match (all, limit, offset, page) {
            (true, Some(_), ..) => "--all and --limit contradict each other: --all means no limit; leave one out",
            (true, _, _, Some(_)) => "--all and --page contradict each other: a page is a part; leave one out",
            (_, _, Some(_), Some(_)) => {
                "--page and --offset contradict each other: both say where to begin, one in pages of the limit, the \
                 other in entries; leave one out"
            }
            (_, _, _, Some(0)) => "there is no page 0: pages count from 1, write --page 1 for the first",
            _ => "",
        };
        if !contradiction.is_empty() {
            return Err(QueryError::Paging(contradiction));
        }
        let limit = if all { None } else { limit.or(default_limit).map(|limit| limit.min(MOST)) };
        let offset = match (page, limit) {
            (None, _) => offset.unwrap_or(0),
            (Some(_), None) => {
                return Err(QueryError::Paging("--page needs --limit here, which says how many rows a page has"));
            }
            (Some(page), Some(limit)) => (page - 1).saturating_mul(limit),
        };
        Ok(Page { limit, offset: offset.min(MOST) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Typed = (Option<u64>, Option<u64>, Option<u64>, bool, Option<u64>);

    fn page((limit, offset, page, all, default): Typed) -> Result<Page, QueryError> {
        Page::new(limit, offset, page, all, default)
    }

    #[test]
    fn reads_every_combination_that_makes_sense() {
        for (typed, limit, offset) in [
            ((None, None, None, false, Some(50)), Some(50), 0),
            ((None, None, None, false, None), None, 0),
            ((Some(7), None, None, false, Some(50)), Some(7), 0),
            ((Some(0), None, None, false, Some(50)), Some(0), 0),
            ((None, Some(30), None, false, Some(50)), Some(50), 30),
            ((Some(7), Some(30), None, false, None), Some(7), 30),
            ((None, None, Some(1), false, Some(50)), Some(50), 0),
            ((None, None, Some(3), false, Some(50)), Some(50), 100),
            ((Some(7), None, Some(3), false, Some(50)), Some(7), 14),
            ((Some(0), None, Some(9), false, None), Some(0), 0),
            ((None, None, None, true, Some(50)), None, 0),
            ((None, Some(30), None, true, Some(50)), None, 30),
            // What no table can hold is beyond its end, never around it.
            ((Some(u64::MAX), Some(u64::MAX), None, false, None), Some(MOST), MOST),
            ((Some(u64::MAX), None, Some(u64::MAX), false, None), Some(MOST), MOST),
            ((Some(2), None, Some(u64::MAX), false, None), Some(2), MOST),
        ] {
            assert_eq!(page(typed), Ok(Page { limit, offset }), "{typed:?}");
        }
    }

    #[test]
    fn refuses_contradictions() {
        for (typed, needle) in [
            ((Some(5), None, None, true, None), "--all and --limit"),
            ((None, None, Some(2), true, Some(50)), "--all and --page"),
            ((None, Some(5), Some(2), false, Some(50)), "--page and --offset"),
            ((None, None, Some(0), false, Some(50)), "no page 0"),
            ((None, None, Some(2), false, None), "--page needs --limit"),
        ] {
            let message = page(typed).unwrap_err().to_string();
            assert!(message.contains(needle), "{typed:?}: {message}");
        }
    }
}
