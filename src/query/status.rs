//! Which response codes: `404`, `4xx`, `400..499`, several with commas.

use std::ops::RangeInclusive;

use super::QueryError;

/// More texts to look for than this would cost a scan more than they spare it.
const MOST_PREFIXES: usize = 10;

/// A set of response codes from 000 to 999.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    codes: Vec<RangeInclusive<u16>>,
}

impl StatusSet {
    /// Reads codes, classes (`4xx`, `40x`) and ranges with both ends included, with commas between.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let codes = text.split(',').map(|part| parse_part(part.trim())).collect::<Result<Vec<_>, _>>()?;
        Ok(StatusSet { codes: joined(codes) })
    }

    /// The codes below this one.
    pub fn below(code: u16) -> Self {
        StatusSet { codes: if code == 0 { Vec::new() } else { vec![0..=code.min(1000) - 1] } }
    }

    /// This code and those above it.
    pub fn from(code: u16) -> Self {
        StatusSet { codes: if code > 999 { Vec::new() } else { vec![code..=999] } }
    }

    /// The codes of either set.
    pub fn union(&self, other: &StatusSet) -> Self {
        StatusSet { codes: joined(self.codes.iter().chain(&other.codes).cloned().collect()) }
    }

    /// The codes from 000 to 999 that are not in it.
    pub fn complement(&self) -> Self {
        let starts = std::iter::once(0).chain(self.codes.iter().map(|range| range.end() + 1));
        let ends = self.codes.iter().map(|range| *range.start()).chain([1000]);
        let gaps = starts.zip(ends).filter(|(start, end)| start < end).map(|(start, end)| start..=end - 1);
        StatusSet { codes: gaps.collect() }
    }

    /// The lowest code and the highest; of an empty set what lies beyond all codes.
    pub fn ends(&self) -> (u16, u16) {
        match (self.codes.first(), self.codes.last()) {
            (Some(first), Some(last)) => (*first.start(), *last.end()),
            _ => (1000, 1000),
        }
    }

    /// Whether a code is one of these.
    pub fn contains(&self, code: u16) -> bool {
        self.codes.iter().any(|range| range.contains(&code))
    }

    /// The ranges, ascending, without overlap.
    pub fn ranges(&self) -> &[RangeInclusive<u16>] {
        &self.codes
    }

    /// Digits that a code of the set begins with: `4` for `4xx`, `404` for `404`. Every code of the set begins with
    /// one of them, ten at most; a code that begins so need not be in the set, so they narrow and do not decide.
    pub fn prefixes(&self) -> Vec<String> {
        let mut exact = Vec::new();
        for hundreds in 0..10 {
            if self.holds(hundreds * 100..=hundreds * 100 + 99) {
                exact.push(format!("{hundreds}"));
                continue;
            }
            for tens in hundreds * 10..hundreds * 10 + 10 {
                if self.holds(tens * 10..=tens * 10 + 9) {
                    exact.push(format!("{tens:02}"));
                } else {
                    let codes = (tens * 10..tens * 10 + 10).filter(|code| self.contains(*code));
                    exact.extend(codes.map(|code| format!("{code:03}")));
                }
            }
        }
        if exact.len() <= MOST_PREFIXES {
            return exact;
        }
        let mut first: Vec<String> = exact.into_iter().map(|prefix| prefix.chars().take(1).collect()).collect();
        first.dedup();
        first
    }

    fn holds(&self, codes: RangeInclusive<u16>) -> bool {
        self.codes.iter().any(|range| range.start() <= codes.start() && codes.end() <= range.end())
    }
}

/// Ranges in order, without overlap.
fn joined(mut codes: Vec<RangeInclusive<u16>>) -> Vec<RangeInclusive<u16>> {
    codes.sort_by_key(|range| *range.start());
    codes.dedup_by(|next, before| {
        let joins = *next.start() <= before.end().saturating_add(1);
        if joins {
            *before = *before.start()..=*before.end().max(next.end());
        }
        joins
    });
    codes
}

fn parse_part(text: &str) -> Result<RangeInclusive<u16>, QueryError> {
    let wrong = |why: &str| QueryError::Status { given: text.to_owned(), why: why.to_owned() };
    if let Some((from, to)) = text.split_once("..") {
        let (from, to) = (class(from.trim()), class(to.trim()));
        let (Some(from), Some(to)) = (from, to) else {
            return Err(wrong("a range needs a code of three digits on both sides, such as 400..499"));
        };
        if from.start() > to.end() {
            return Err(wrong("the range ends before it begins; turn it round"));
        }
        return Ok(*from.start()..=*to.end());
    }
    class(text).ok_or_else(|| match text {
        "" => wrong("it is empty; write a code such as 404"),
        _ => wrong("a code has three digits, such as 404; an x stands for any digit at the end, such as 4xx"),
    })
}

/// Three digits, of which the last or the last two may be `x`.
fn class(text: &str) -> Option<RangeInclusive<u16>> {
    let &[a, b, c] = text.as_bytes() else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let any = |byte: u8| byte.eq_ignore_ascii_case(&b'x');
    let hundred = digit(a)? * 100;
    if any(b) && any(c) {
        return Some(hundred..=hundred + 99);
    }
    let ten = hundred + digit(b)? * 10;
    if any(c) {
        return Some(ten..=ten + 9);
    }
    let code = ten + digit(c)?;
    Some(code..=code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_classes_and_ranges() {
        for (text, ranges, prefixes) in [
            ("404", &[404..=404][..], &["404"][..]),
            ("4xx", &[400..=499], &["4"]),
            ("5XX", &[500..=599], &["5"]),
            ("40x", &[400..=409], &["40"]),
            ("400..499", &[400..=499], &["4"]),
            ("4xx..5xx", &[400..=599], &["4", "5"]),
            ("400 .. 404", &[400..=404], &["400", "401", "402", "403", "404"]),
            ("404, 4xx,400..499", &[400..=499], &["4"]),
            ("404,403,200", &[200..=200, 403..=404], &["200", "403", "404"]),
            ("400..449,450..499", &[400..=499], &["4"]),
            ("395..412", &[395..=412], &["395", "396", "397", "398", "399", "40", "410", "411", "412"]),
            ("301,303,305,307,309,311,401,403,405,407,409", &[], &["3", "4"]),
            ("000", &[0..=0], &["000"]),
            ("999,998..999", &[998..=999], &["998", "999"]),
            ("000..999", &[0..=999], &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
        ] {
            let set = StatusSet::parse(text).unwrap();
            if !ranges.is_empty() {
                assert_eq!(set.ranges(), ranges, "{text}");
            }
            assert_eq!(set.prefixes(), prefixes, "{text}");
            for code in 0..1000u16 {
                let text_of_code = format!("{code:03}");
                let narrowed = prefixes.iter().any(|prefix| text_of_code.starts_with(prefix));
                assert!(narrowed || !set.contains(code), "{text}: {code} would be lost");
            }
        }
    }

    #[test]
    fn holds_what_was_named_and_nothing_else() {
        let set = StatusSet::parse("404,5xx,200..204").unwrap();
        let held = (0..=u16::MAX).filter(|code| set.contains(*code)).collect::<Vec<_>>();
        let expected: Vec<u16> = (200..=204).chain([404]).chain(500..=599).collect();
        assert_eq!(held, expected);
    }

    #[test]
    fn sets_of_sets() {
        let set = |text: &str| StatusSet::parse(text).unwrap();
        let all = set("000..999");
        for text in ["404", "4xx,200", "000..999", "000", "999", "000..499,501..999"] {
            let (these, others) = (set(text), set(text).complement());
            assert_eq!(these.union(&others), all, "{text}");
            assert!((0..1000).all(|code| these.contains(code) != others.contains(code)), "{text}");
        }
        let none = all.complement();
        assert_eq!((StatusSet::below(0), StatusSet::from(1000)), (none.clone(), none));
        assert_eq!((StatusSet::below(1000), StatusSet::from(0)), (all.clone(), all));
        assert_eq!((StatusSet::below(400), StatusSet::from(500)), (set("000..399"), set("500..999")));
        assert_eq!(set("5xx,404").ends(), (404, 599));
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, needle) in [
            ("", "it is empty"),
            ("404,", "it is empty"),
            ("44", "three digits"),
            ("4004", "three digits"),
            ("x04", "three digits"),
            ("4x4", "three digits"),
            ("ok", "three digits"),
            ("+40", "three digits"),
            ("٤٠٤", "three digits"),
            ("400-499", "three digits"),
            ("499..400", "ends before it begins"),
            ("400..", "both sides"),
            ("..", "both sides"),
            ("400...499", "both sides"),
        ] {
            let error = StatusSet::parse(text).unwrap_err();
            assert!(error.to_string().contains(needle), "{text}: {error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("400..499")));
        }
    }
}
