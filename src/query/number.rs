//! Numbers of any size compared exactly, by their digits: `1500.50` is `1500.5`, and no digit is lost to a float.

use std::cmp::Ordering;

/// Whether a text is a number as JSON writes it, but that a sign may be a plus and zeros may lead.
pub fn is_number(text: &str) -> bool {
    Parts::of(text).is_some()
}

/// Compares two numbers; None when one of them is none.
pub fn compare_numbers(a: &str, b: &str) -> Option<Ordering> {
    if let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>()) {
        return Some(a.cmp(&b));
    }
    let (a, b) = (Parts::of(a)?, Parts::of(b)?);
    let by_sign = a.sign().cmp(&b.sign());
    let by_size = || a.place().cmp(&b.place()).then_with(|| a.significant().cmp(b.significant()));
    Some(by_sign.then_with(|| match a.sign() {
        0 => Ordering::Equal,
        1 => by_size(),
        _ => by_size().reverse(),
    }))
}

/// A number taken apart, where it stands.
struct Parts<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i64,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mantissa, exponent) = match rest.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|&b| b == b'.') {
            Some(at) => (&mantissa[..at], Some(&mantissa[at + 1..])),
            None => (mantissa, None),
        };
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let is_number = digits(whole) && fraction.is_none_or(digits);
        is_number.then_some(Parts { negative, whole, fraction: fraction.unwrap_or_default(), exponent })
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match self.significant().next() {
            None => 0,
            Some(_) if self.negative => -1,
            Some(_) => 1,
        }
    }

    /// The digits from the first to the last that is no zero.
    fn significant(&self) -> impl Iterator<Item = &'t u8> {
        let all = || self.whole.iter().chain(self.fraction);
        let behind = all().rev().take_while(|&&b| b == b'0').count();
        let most = self.whole.len() + self.fraction.len() - behind;
        all().take(most).skip_while(|&&b| b == b'0')
    }

    /// Where the first digit that is no zero stands: 1 before the point, 0 behind it.
    fn place(&self) -> i64 {
        let zeros = self.whole.iter().chain(self.fraction).take_while(|&&b| b == b'0').count();
        self.exponent.saturating_add(self.whole.len() as i64 - zeros as i64)
    }
}

/// An exponent; one that is beyond all measure is cut to what no number of digits makes up for.
fn exponent(digits: &[u8]) -> Option<i64> {
    let (negative, digits) = match digits {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    const MOST: i64 = i64::MAX / 4;
    let size = digits.iter().fold(0_i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0'))).min(MOST);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_are_compared_exactly() {
        for (a, b, expected) in [
            ("1500.50", "1500.5", Ordering::Equal),
            ("0", "-0.0", Ordering::Equal),
            ("0e5", "0", Ordering::Equal),
            ("007", "7", Ordering::Equal),
            ("+7", "7", Ordering::Equal),
            ("1e3", "1000", Ordering::Equal),
            ("1E+3", "1000.0", Ordering::Equal),
            ("1e-07", "0.0000001", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("9007199254740993.0", "9007199254740992", Ordering::Greater),
            ("0.1", "0.100000000000000005551115123126", Ordering::Less),
            ("12345678901234567890123", "12345678901234567890124", Ordering::Less),
            ("-12345678901234567890123", "-12345678901234567890124", Ordering::Greater),
            ("-1", "0.5", Ordering::Less),
            ("9", "10.0", Ordering::Less),
            ("0.09", "0.1", Ordering::Less),
            ("1e99999999999999999999", "1e99999999999999999998", Ordering::Equal),
            ("1e99999999999999999999", "5", Ordering::Greater),
            ("-1e-99999999999999999999", "0", Ordering::Less),
        ] {
            assert_eq!(compare_numbers(a, b), Some(expected), "{a} {b}");
            assert_eq!(compare_numbers(b, a), Some(expected.reverse()), "{b} {a}");
        }
        for text in ["", "-", "1.", ".5", "1e", "1e+", "0x1", "1_000", "NaN", "--1", "1 ", "٣", "2026-11-23", "4xx"] {
            assert!(!is_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn as_whole_numbers_of_one_scale_are(a in -100_000i128..100_000, b in -100_000i128..100_000, scale in 0..7u32) {
            // The number a / 10^scale, written out, beside b with an exponent.
            let unit = 10_i128.pow(scale);
            let sign = if a < 0 { "-" } else { "" };
            let width = scale as usize;
            let point = if scale > 0 { format!(".{:0width$}", a.abs() % unit) } else { String::new() };
            let written = format!("{sign}{}{point}", a.abs() / unit);
            prop_assert_eq!(compare_numbers(&written, &format!("{b}e-{scale}")), Some(a.cmp(&b)));
        }
    }
}
