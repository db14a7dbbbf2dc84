//! Numbers as options take them, and in plain words what is wrong with one that is none.

use std::num::IntErrorKind;

/// How many: 0, 20, 1000000.
pub(super) fn count(text: &str) -> Result<u64, String> {
    if text.starts_with('-') && text[1..].bytes().all(|b| b.is_ascii_digit()) && text.len() > 1 {
        return Err("a number below 0 makes no sense here; give a whole number such as 20".to_owned());
    }
    text.parse().map_err(|error: std::num::ParseIntError| explain(error.kind(), "20"))
}

/// The id of an entry or of an object: 812, -3.
pub(super) fn id(text: &str) -> Result<i64, String> {
    text.parse().map_err(|error: std::num::ParseIntError| explain(error.kind(), "812"))
}

fn explain(kind: &IntErrorKind, example: &str) -> String {
    match kind {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
            format!("there is no number as large as this; give one such as {example}")
        }
        IntErrorKind::Empty => format!("there is nothing in it; give a whole number such as {example}"),
        _ => format!("that is not a whole number; give one such as {example}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_what_is_none() {
        for (text, is_count, is_id) in
            [("0", true, true), ("20", true, true), ("+5", true, true), ("-1", false, true), ("1,000", false, false)]
        {
            assert_eq!((count(text).is_ok(), id(text).is_ok()), (is_count, is_id), "{text}");
        }
        for (text, needle) in [
            ("-1", "below 0"),
            ("-", "not a whole number"),
            ("many", "not a whole number"),
            ("1.5", "not a whole number"),
            ("", "nothing in it"),
            ("18446744073709551616", "as large"),
        ] {
            let said = count(text).unwrap_err();
            assert!(said.contains(needle), "{text}: {said}");
        }
        assert!(id("9223372036854775808").unwrap_err().contains("as large"));
    }
}
