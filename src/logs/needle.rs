//! Bytes without which no record can pass a filter: they are searched for before anything is parsed.
//!
//! A search may find too much, never too little: what it finds is parsed and asked properly.

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;

use crate::query::Contains;

/// What to search for: at least one of these is in every record that can pass.
#[derive(Clone, Debug)]
pub enum Needles {
    /// These bytes.
    Exact(Box<Finder<'static>>),
    /// This text, ASCII case folded.
    Folded(Contains),
    /// One of several.
    Many(AhoCorasick),
    /// A member of this key with one of these values, as JSON or text has them.
    Member {
        /// Finds the key, or an escape that may hide one.
        keys: AhoCorasick,
        /// The values.
        values: Vec<Vec<u8>>,
    },
}

/// Letters in JSON may be written as escapes; where one stands, the record is looked at.
const DISGUISE: &str = "\\u";

impl Needles {
    /// Records whose text contains this.
    pub fn text(text: &str) -> Option<Needles> {
        if text.is_empty() {
            return None;
        }
        let has_case = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        Some(if has_case {
            Needles::Folded(Contains::new(text))
        } else {
            Needles::Exact(Box::new(Finder::new(text.as_bytes()).into_owned()))
        })
    }

    /// Records with an object in which one of these is the text of a value.
    pub fn values<'v>(values: impl IntoIterator<Item = &'v str>, folds: bool) -> Option<Needles> {
        let mut all = vec![DISGUISE];
        for value in values {
            // These have more than one spelling without a disguise.
            if value.is_empty() || value.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | '/')) {
                return None;
            }
            all.push(value);
        }
        AhoCorasick::builder().ascii_case_insensitive(folds).build(all).ok().map(Needles::Many)
    }

    /// Records with an object in which one of these keys has one of these values, numbers or short texts.
    pub fn member<'v>(key: &str, values: impl IntoIterator<Item = &'v str>) -> Option<Needles> {
        let keys = AhoCorasick::new([DISGUISE, &format!("\"{key}\"")]).ok()?;
        let values: Vec<Vec<u8>> = values.into_iter().map(|value| value.as_bytes().to_vec()).collect();
        let is_plain =
            |value: &Vec<u8>| value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        values.iter().all(is_plain).then_some(Needles::Member { keys, values })
    }

    /// The place of the next of them, at `from` or behind it.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let found = match self {
            Needles::Exact(finder) => finder.find(rest),
            Needles::Folded(text) => text.find(rest),
            Needles::Many(needles) => needles.find(rest).map(|found| found.start()),
            Needles::Member { keys, values } => keys
                .find_iter(rest)
                .find(|found| found.pattern().as_usize() == 0 || has_value(&rest[found.end()..], values))
                .map(|found| found.start()),
        };
        found.map(|at| from + at)
    }
}

/// Whether one of these values follows the key.
fn has_value(behind: &[u8], values: &[Vec<u8>]) -> bool {
    let Some(behind) = behind.trim_ascii_start().strip_prefix(b":") else { return false };
    let behind = behind.trim_ascii_start();
    let behind = behind.strip_prefix(b"\"").unwrap_or(behind);
    values.iter().any(|value| {
        behind.strip_prefix(value.as_slice()).is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(needles: &Needles, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = needles.find(text.as_bytes(), from) {
            found.push(at);
            from = at + 1;
        }
        found
    }

    #[test]
    fn what_is_found() {
        assert_eq!(all(&Needles::text("pago").unwrap(), "Pago, PAGO y pag"), [0, 6]);
        assert_eq!(all(&Needles::text("12:").unwrap(), "12: 12"), [0]);
        assert_eq!(all(&Needles::values(["PAID", "ñ"], false).unwrap(), r"PAID paid \u00f1 ñ"), [0, 10, 17]);
        assert_eq!(all(&Needles::values(["payments"], true).unwrap(), "Payments"), [0]);
        assert!(Needles::values(["a/b"], false).is_none() && Needles::text("").is_none());
        let nine = Needles::member("instance_id", ["9"]).unwrap();
        let text = r#""instance_id": 9, "instance_id" :"9"} "instance_id": 90 "instance_id" "user_id": 9"#;
        assert_eq!(all(&nine, text), [0, 18]);
    }
}
