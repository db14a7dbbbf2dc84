//! Whether a text holds secrets in the clear: not just the name of one, but a value that tells something.
//!
//! What is masked is more than that: under a secret key everything is, also `None`, a mask that is there already, or the
//! sentence in which a form says that the field is missing. Those are no reason to raise an alarm.

use super::{MASK, Redactor};

impl Redactor {
    /// Whether something is masked in this text that tells a secret. Where that is not certain, it is.
    pub fn is_told_in(&self, raw: &str) -> bool {
        if self.is_clean(raw) {
            return false;
        }
        let redacted = self.text(raw);
        redacted != raw && tells(raw, &redacted)
    }
}

/// Goes through both texts side by side. Between masks they are the same, but for quotes around a mask.
fn tells(raw: &str, redacted: &str) -> bool {
    const QUOTES: [char; 3] = ['\'', '"', '\\'];
    let mut pieces = redacted.split(MASK).map(|piece| piece.trim_matches(QUOTES));
    let begin = pieces.next().unwrap_or_default();
    let Some(mut rest) = raw.trim_start_matches(QUOTES).strip_prefix(begin.trim_start_matches(QUOTES)) else {
        return true;
    };
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = if pieces.peek().is_none() && piece.is_empty() { Some(rest.len()) } else { rest.find(piece) };
        let Some(end) = end.filter(|_| !piece.is_empty() || pieces.peek().is_none()) else { return true };
        if !is_nothing(rest[..end].trim_matches(|c: char| QUOTES.contains(&c) || c.is_whitespace())) {
            return true;
        }
        rest = &rest[end + piece.len()..];
    }
    false
}

/// Whether a value says nothing that should be kept secret.
fn is_nothing(value: &str) -> bool {
    let words = ["", "none", "null", "true", "false", "[]", "{}", "undefined", MASK];
    let is_mask = |c: char| matches!(c, '*' | '•' | '.');
    words.iter().any(|word| value.eq_ignore_ascii_case(word)) || value.chars().all(is_mask) || is_complaint(value)
}

/// `['This field is required.']`: what Django answers about a field, sentences in a list.
fn is_complaint(value: &str) -> bool {
    let Some(inside) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) else { return false };
    let inside = inside.trim_matches(['\'', '"']);
    inside.contains(' ') && inside.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_something_is_told() {
        let redactor = Redactor::default();
        for (text, told) in [
            ("Action created on payments with id 1", false),
            ("Request Body: {'username': 'ana', 'password': 'x'}, Response Code: 404, Response Body: ", true),
            ("Request Body: {'username': 'ana', 'password': None}, Response Code: 404, Response Body: ", false),
            ("{'password': ''}", false),
            ("{'password': '', 'token': 'abc'}", true),
            ("{'password': None, 'token': None}", false),
            ("{'password': 'None of it', 'token': None}", true),
            ("{\"password\": null}", false),
            ("{'password': '[redacted]'}", false),
            ("{'password': '********'}", false),
            ("{'password': ['Este campo es requerido.']}", false),
            ("{'password': ['Este campo es requerido.'], 'token': 'abc'}", true),
            ("{'password': ['abc']}", true),
            ("{'pin': 1234}", true),
            ("{'pin': True}", false),
            ("password=&next=/", false),
            ("password=abc&next=/", true),
            ("Authorization: Bearer abc.def.ghi", true),
            ("{'card': '4111 1111 1111 1111'}", true),
            ("{'tokens_left': 5}", false),
            ("{'details': \"Request Body: {'password': 'x'}, Response Code: 200, Response Body: \"}", true),
        ] {
            assert_eq!(redactor.is_told_in(text), told, "{text}: {}", redactor.text(text));
        }
    }
}
