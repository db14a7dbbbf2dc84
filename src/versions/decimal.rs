//! Decimals of any size, as Python's `Decimal` reads, compares and prints them.

use super::python::float_repr;
use crate::store::Stored;

/// More digits than any column holds; what is longer is refused instead of computed with.
const LONGEST: usize = 10_000;
/// Of a float, Django takes so many digits where it reads a decimal column of SQLite.
const SQLITE_DIGITS: usize = 15;

/// A finite decimal: a sign, digits, and the power of ten of the last one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros; zero is `0`.
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads what Python's `Decimal()` takes: white space around it and underscores in it, `1E+3`. None for what is no
    /// finite number, and for more digits than anyone writes.
    pub fn parse(text: &str) -> Option<Decimal> {
        let text: String = text.trim().chars().filter(|c| *c != '_').collect();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || digits.len() > LONGEST || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Decimal { negative, digits: without_leading_zeros(&digits), exponent })
    }

    /// An integer.
    pub fn from_int(n: i64) -> Decimal {
        Decimal { negative: n < 0, digits: n.unsigned_abs().to_string(), exponent: 0 }
    }

    /// A float with all the digits it has; None for one that is not finite.
    pub fn exactly(x: f64) -> Option<Decimal> {
        if !x.is_finite() {
            return None;
        }
        // No double has more than 1074 digits behind the point.
        let text = format!("{x:.1074}");
        Decimal::parse(text.trim_end_matches('0'))
    }

    /// A float with the fewest digits that tell it from its neighbours; None for one that is not finite.
    pub fn shortest(x: f64) -> Option<Decimal> {
        Decimal::parse(&float_repr(x))
    }

    /// The number that Django reads from a decimal column of SQLite that holds this float: fifteen digits of it.
    pub fn read_from_real(x: f64) -> Option<Decimal> {
        Some(Decimal::exactly(x)?.rounded(SQLITE_DIGITS))
    }

    /// The number that Django reads from a decimal column of SQLite that holds this integer.
    pub fn read_from_int(n: i64) -> Decimal {
        Decimal::from_int(n).rounded(SQLITE_DIGITS)
    }

    /// The same with at most so many digits, half to even.
    pub fn rounded(&self, precision: usize) -> Decimal {
        match self.digits.len().checked_sub(precision) {
            Some(excess) if excess > 0 => self.dropping(excess),
            _ => self.clone(),
        }
    }

    /// The same with so many digits behind the point, half to even.
    pub fn quantized(&self, scale: u32) -> Decimal {
        let wanted = -i64::from(scale);
        if self.exponent >= wanted {
            let zeros = usize::try_from(self.exponent - wanted).unwrap_or(usize::MAX).min(LONGEST);
            let digits = if self.is_zero() { "0".to_owned() } else { format!("{}{}", self.digits, "0".repeat(zeros)) };
            return Decimal { digits, exponent: wanted, ..*self };
        }
        let excess = usize::try_from(wanted - self.exponent).unwrap_or(usize::MAX);
        Decimal { exponent: wanted, ..self.dropping(excess) }
    }

    /// The number that Django reads from this cell of a decimal column of SQLite; None for what is no number.
    pub fn read_stored(stored: &Stored) -> Option<Decimal> {
        match stored {
            Stored::Integer(n) => Some(Decimal::read_from_int(*n)),
            Stored::Real(x) => Decimal::read_from_real(*x),
            _ => None,
        }
    }

    /// The number that Django reads back from a decimal column of SQLite in which this one was saved.
    pub fn read_back(&self) -> Decimal {
        let normal = self.normalized();
        let whole = if normal.exponent >= 0 {
            format!("{}{}", normal.digits, "0".repeat(normal.zeros()))
        } else {
            String::new()
        };
        let kept = match whole.parse::<i64>() {
            Ok(n) => Some(Decimal::read_from_int(if self.negative { -n } else { n })),
            Err(_) => Decimal::read_from_real(self.to_f64()),
        };
        kept.unwrap_or_else(|| self.clone()).normalized()
    }

    /// How many digits it has.
    pub fn digits(&self) -> usize {
        self.digits.len()
    }

    /// How many zeros follow the digits of an integer, as far as that matters to 64 bits.
    fn zeros(&self) -> usize {
        usize::try_from(self.exponent).unwrap_or(0).min(20)
    }

    /// Whether it is written with a power of ten, as in `1E+3`: then it shows no scale.
    pub fn is_rounded_up(&self) -> bool {
        self.exponent > 0
    }

    /// How many digits stand behind the point.
    pub fn scale(&self) -> u32 {
        u32::try_from(-self.exponent.min(0)).unwrap_or(u32::MAX)
    }

    /// The form in which equal numbers are equal: no trailing zeros, no negative zero.
    pub fn normalized(&self) -> Decimal {
        if self.is_zero() {
            return Decimal { negative: false, digits: "0".to_owned(), exponent: 0 };
        }
        let digits = self.digits.trim_end_matches('0');
        let dropped = self.digits.len() - digits.len();
        Decimal { digits: digits.to_owned(), exponent: self.exponent.saturating_add_unsigned(dropped as u64), ..*self }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// The same without the last digits, rounded half to even.
    fn dropping(&self, excess: usize) -> Decimal {
        let exponent = self.exponent.saturating_add_unsigned(excess as u64);
        let kept = self.digits.len().saturating_sub(excess);
        // Where more is dropped than there is, zeros stand in front.
        let (head, tail) = if excess > self.digits.len() { ("", "0") } else { self.digits.split_at(kept) };
        let odd = head.bytes().last().is_some_and(|digit| (digit - b'0') % 2 == 1);
        let (first, rest) = tail.split_at(usize::from(!tail.is_empty()));
        let half_or_more = match first.as_bytes() {
            [b'6'..=b'9'] => true,
            [b'5'] => odd || rest.bytes().any(|digit| digit != b'0'),
            _ => false,
        };
        let digits = if half_or_more { incremented(head) } else { head.to_owned() };
        Decimal { digits: without_leading_zeros(&digits), exponent, ..*self }
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // The limits of Python's decimals; beyond them it reads nothing either.
    text.parse::<i64>().ok().filter(|exponent| exponent.unsigned_abs() < 1_000_000_000_000_000_000)
}

fn without_leading_zeros(digits: &str) -> String {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { "0" } else { digits }.to_owned()
}

/// The next higher number.
fn incremented(digits: &str) -> String {
    let nines = digits.len() - digits.trim_end_matches('9').len();
    let (head, _) = digits.split_at(digits.len() - nines);
    let mut out = match head.as_bytes().last() {
        Some(last) => format!("{}{}", &head[..head.len() - 1], char::from(last + 1)),
        None => "1".to_owned(),
    };
    out.extend(std::iter::repeat_n('0', nines));
    out
}

impl std::fmt::Display for Decimal {
    /// As Python's `str()` prints it: `1500.50`, `0.00`, `1E+3`, `1E-7`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let length = self.digits.len() as i64;
        let left = self.exponent.saturating_add(length);
        let point = if self.exponent <= 0 && left > -6 { left } else { 1 };
        f.write_str(sign)?;
        if point <= 0 {
            write!(f, "0.{}{}", "0".repeat(point.unsigned_abs() as usize), self.digits)?;
        } else if point >= length {
            write!(f, "{}", self.digits)?;
        } else {
            let (whole, fraction) = self.digits.split_at(point as usize);
            write!(f, "{whole}.{fraction}")?;
        }
        if left == point { Ok(()) } else { write!(f, "E{:+}", left - point) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints_as_python_does() {
        for (text, printed) in [
            ("0.00", "0.00"),
            ("1500.50", "1500.50"),
            ("-0", "-0"),
            ("+1.", "1"),
            (".5", "0.5"),
            (" 1_000.10 ", "1000.10"),
            ("1E+3", "1E+3"),
            ("1e3", "1E+3"),
            ("10E2", "1.0E+3"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1E-7"),
            ("0.00000012", "1.2E-7"),
            ("0E-10", "0E-10"),
            ("0.0000000", "0E-7"),
            ("007.10", "7.10"),
            ("123456789012345678901234567890.12", "123456789012345678901234567890.12"),
        ] {
            assert_eq!(decimal(text).to_string(), printed, "{text}");
        }
        for text in ["", "-", ".", "1e", "e5", "NaN", "Infinity", "1 2", "0x1", "1E+99999999999999999999", "1,5"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rounds_half_to_even() {
        for (text, scale, quantized) in [
            ("10.005", 2, "10.00"),
            ("10.015", 2, "10.02"),
            ("10.0050001", 2, "10.01"),
            ("0.4", 0, "0"),
            ("0.5", 0, "0"),
            ("1.5", 0, "2"),
            ("9.995", 2, "10.00"),
            ("0.0001", 2, "0.00"),
            ("99999", 2, "99999.00"),
            ("0", 2, "0.00"),
            ("1E+3", 2, "1000.00"),
            ("-1.25", 1, "-1.2"),
        ] {
            assert_eq!(decimal(text).quantized(scale).to_string(), quantized, "{text}");
        }
        assert_eq!(Decimal::read_from_real(0.1).unwrap().to_string(), "0.100000000000000");
        assert_eq!(Decimal::read_from_real(99.99).unwrap().quantized(2).to_string(), "99.99");
        assert_eq!(Decimal::read_from_int(0).quantized(2).to_string(), "0.00");
        assert_eq!(Decimal::read_from_int(1_234_567_890_123_456).quantized(2).to_string(), "1234567890123460.00");
    }

    #[test]
    fn equal_numbers_are_equal_once_normalized() {
        let same = |a: &str, b: &str| decimal(a).normalized() == decimal(b).normalized();
        assert!(same("0.00", "0.0") && same("0", "-0.0") && same("1E+3", "1000.00") && same("1.50", "1.5"));
        assert!(!same("0.1", "0.100000000000000005551115123126") && !same("1", "-1"));
    }

    proptest! {
        #[test]
        fn a_float_keeps_its_value(x in proptest::num::f64::NORMAL | proptest::num::f64::ZERO | proptest::num::f64::SUBNORMAL) {
            prop_assert_eq!(Decimal::exactly(x).unwrap().to_f64(), x);
            prop_assert_eq!(Decimal::shortest(x).unwrap().to_f64(), x);
        }

        #[test]
        fn what_is_printed_reads_back(text in "-?[0-9]{1,20}(\\.[0-9]{0,12})?(E[+-]?[0-9]{1,3})?") {
            let read = decimal(&text);
            prop_assert_eq!(&Decimal::parse(&read.to_string()).unwrap(), &read);
            prop_assert!(read.quantized(3).scale() == 3);
        }
    }
}
