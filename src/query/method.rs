//! A list of HTTP methods, `POST,PUT`, compared without regard to ASCII case.

use std::collections::BTreeSet;

use super::QueryError;

/// One or more HTTP methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodSet(BTreeSet<String>);

impl MethodSet {
    /// Reads methods with commas between. A method that nobody knows is allowed: clients send what they like.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        text.split(',').map(|part| method(part.trim())).collect::<Result<_, _>>().map(MethodSet)
    }

    /// Whether a method is one of these.
    pub fn contains(&self, method: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(method))
    }

    /// The methods, in upper case, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn method(text: &str) -> Result<String, QueryError> {
    // The same letters that make the front of an action a method.
    let allowed = |byte: u8| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_';
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(QueryError::Method { given: text.to_owned() });
    }
    Ok(text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists() {
        for (text, expected) in [
            ("POST", &["POST"][..]),
            ("put,post", &["POST", "PUT"]),
            (" Get , get ", &["GET"]),
            ("M-SEARCH", &["M-SEARCH"]),
        ] {
            assert_eq!(MethodSet::parse(text).unwrap().names().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn folds_ascii_case_only() {
        let methods = MethodSet::parse("LINK,post").unwrap();
        assert!(methods.contains("Post") && methods.contains("link"));
        // U+212A, the sign for kelvin, is a K to Unicode's folding.
        assert!(!methods.contains("LIN\u{212a}") && !methods.contains("POS") && !methods.contains(""));
    }

    #[test]
    fn refuses_what_cannot_be_a_method() {
        for text in ["", "POST,", ",", "POST PUT", "GÉT", "1"] {
            assert!(MethodSet::parse(text).is_err(), "{text}");
        }
        let message = MethodSet::parse("POST,P/T").unwrap_err().to_string();
        assert!(message.starts_with("'P/T' is not"), "{message}");
    }
}
