//! How Python prints: the `repr` of a float, the `str()` of a value that was read from JSON.

use crate::audit::{self, NonFinite, Token, Value, quote_python};

/// A number of JSON as Python's `json` module reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum PyNumber {
    /// An integer of any size, without a superfluous sign.
    Int(String),
    /// A float; too large a one is infinite.
    Float(f64),
}

/// Reads the digits of a JSON number.
pub fn number(digits: &str) -> PyNumber {
    if digits.contains(['.', 'e', 'E']) {
        return PyNumber::Float(digits.parse().unwrap_or(f64::NAN));
    }
    PyNumber::Int(if digits == "-0" { "0".to_owned() } else { digits.to_owned() })
}

/// The shortest digits that read back as the same float, as `repr()` prints them: `0.1`, `1e-07`, `1e+16`, `inf`.
pub fn float_repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    audit::float_repr(x)
}

/// A finite float as JSON prints it, or the token of one that JSON has no number for.
pub fn float_token(x: f64) -> Token {
    if x.is_nan() {
        Token::NonFinite(NonFinite::NaN)
    } else if x.is_infinite() {
        Token::NonFinite(if x > 0.0 { NonFinite::Infinity } else { NonFinite::NegativeInfinity })
    } else {
        Token::Number(float_repr(x).into())
    }
}

/// What `str()` prints of a value that was read from JSON: a text as it is, `None`, `True`, `0.1`, `['a', 1]`.
pub fn str_of(value: &Value) -> String {
    if let [Token::Text(text)] = value.tokens() {
        return text.to_string();
    }
    let mut out = String::new();
    let mut before: Option<&Token> = None;
    for token in value.tokens() {
        out.push_str(match (before, token) {
            (None | Some(Token::ObjectStart | Token::ArrayStart), _) | (_, Token::ObjectEnd | Token::ArrayEnd) => "",
            (Some(Token::Key(_)), _) => ": ",
            _ => ", ",
        });
        match token {
            Token::Null => out.push_str("None"),
            Token::Bool(true) => out.push_str("True"),
            Token::Bool(false) => out.push_str("False"),
            Token::Number(digits) => match number(digits) {
                PyNumber::Int(digits) => out.push_str(&digits),
                PyNumber::Float(x) => out.push_str(&float_repr(x)),
            },
            Token::NonFinite(NonFinite::NaN) => out.push_str("nan"),
            Token::NonFinite(NonFinite::Infinity) => out.push_str("inf"),
            Token::NonFinite(NonFinite::NegativeInfinity) => out.push_str("-inf"),
            Token::Text(text) | Token::Key(text) => out.push_str(&quote_python(text)),
            Token::ObjectStart => out.push('{'),
            Token::ObjectEnd => out.push('}'),
            Token::ArrayStart => out.push('['),
            Token::ArrayEnd => out.push(']'),
        }
        before = Some(token);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_printed_as_python_prints_them() {
        for (x, printed) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (2.0, "2.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123456789.123, "123456789.123"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(float_repr(x), printed);
        }
    }

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        assert_eq!(number("-0"), PyNumber::Int("0".into()));
        assert_eq!(number("12345678901234567890123"), PyNumber::Int("12345678901234567890123".into()));
        assert_eq!(number("1e400"), PyNumber::Float(f64::INFINITY));
        assert_eq!(number("1.50"), PyNumber::Float(1.5));
    }
}
