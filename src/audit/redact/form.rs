//! Bodies of forms: `a=1&password=x&b=2`.
//!
//! The value of a secret field is masked up to the next ampersand, whatever stands in it. All other names and values
//! are decoded, read as texts of their own, and encoded anew where that changed them.

use std::borrow::Cow;

use super::MASK;
use super::runs::{count, run, run_back};
use super::text::{Reading, Scan};

const LONGEST_NAME: usize = 256;

impl Scan<'_> {
    /// Reads the part as a form, if it is one. A single field is a form only where a body is expected: elsewhere
    /// `a=1` may be the beginning of any log line.
    pub(super) fn form(&mut self, reading: Reading) -> bool {
        let text = self.text;
        let body = text[self.from..].trim_end();
        let start = self.from + (body.len() - body.trim_start_matches('?').len());
        let end = self.from + body.len();
        if start >= end || !is_form(&text[start..end], reading) {
            return false;
        }
        let mut at = start;
        for field in text[start..end].split('&') {
            let field_end = at + field.len();
            self.field(at, field_end);
            at = field_end + 1;
        }
        true
    }

    fn field(&mut self, start: usize, end: usize) {
        if !self.has_trigger(start, end) {
            return;
        }
        self.meter.spend(end - start);
        let field = &self.text[start..end];
        let Some((name, value)) = field.split_once('=') else {
            return self.component(start, end);
        };
        let value_start = start + name.len() + 1;
        let is_secret = self.redactor.is_secret(&decoded(name));
        self.component(start, start + name.len());
        if is_secret && !value.is_empty() {
            self.note_secret(value_start, end, false);
            self.replace(value_start, end, MASK);
        } else {
            self.component(value_start, end);
        }
    }

    /// Reads the encoded name or value around byte `at`, in a URL or a form that other text surrounds, and returns its
    /// end; None where it is not encoded so, or begins before what was replaced last.
    pub(super) fn encoded(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let is_part = |b: u8| !b.is_ascii_whitespace() && !b"&=?#\"'<>(){}\\".contains(&b);
        let behind = self.edits.behind().clamp(self.from, at);
        let start = at - run_back(&bytes[behind..at], is_part);
        if start == behind && behind > self.from && is_part(bytes[behind - 1]) {
            return None;
        }
        let end = at + run(&bytes[at..], is_part);
        if !self.text[start..end].contains('%') {
            return None;
        }
        self.meter.spend(end - start);
        if let Some(redacted) = self.inner(&decoded(&self.text[start..end]), start, end) {
            self.replace(start, end, &encoded(&redacted));
        }
        Some(end)
    }

    /// Reads a name or value as a text.
    fn component(&mut self, start: usize, end: usize) {
        let raw = &self.text[start..end];
        if raw == MASK || !self.has_trigger(start, end) {
            return;
        }
        let content = decoded(raw);
        if let Some(redacted) = self.inner(&content, start, end) {
            let is_encoded = matches!(content, Cow::Owned(_));
            let redacted = if is_encoded { encoded(&redacted) } else { redacted };
            self.replace(start, end, &redacted);
        }
    }
}

/// Whether every part between ampersands is a name, or a name with a value. A body may be sloppily encoded; in other
/// text what is not encoded may be the text around the form.
fn is_form(body: &str, reading: Reading) -> bool {
    let has_fields = || body.contains('=') && (reading == Reading::Body || body.contains('&'));
    count(body.len());
    !body.starts_with(['=', '{', '['])
        && has_fields()
        && body.split('&').all(|field| {
            let name = field.split('=').next().unwrap_or_default();
            let is_encoded = || field.bytes().all(|b| !b.is_ascii_whitespace() && !b"\"'<>{}`".contains(&b));
            name.len() <= LONGEST_NAME && name.bytes().all(is_name) && (reading == Reading::Body || is_encoded())
        })
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_.~[]%+*$@:!".contains(&byte)
}

/// What a name or value says; what is no UTF-8 becomes U+FFFD.
fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['%', '+']) {
        return Cow::Borrowed(raw);
    }
    count(raw.len());
    let bytes = raw.as_bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = || Some(digit(*bytes.get(at + 1)?)? << 4 | digit(*bytes.get(at + 2)?)?);
        let (byte, length) = match byte {
            b'+' => (b' ', 1),
            b'%' => code().map_or((b'%', 1), |code| (code, 3)),
            other => (other, 1),
        };
        decoded.push(byte);
        at += length;
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// As a browser sends it, but that the mask's brackets stay legible.
fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'-' | b'_' | b'.' | b'~' | b'*' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => {
                let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
                encoded.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
            }
        }
    }
    encoded.replace("%5Bredacted%5D", MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (body, as_text, as_body) in [
            ("a=1", false, true),
            ("a=1&b=2", true, true),
            ("a=1&b", true, true),
            ("user[name]=x+y&b=", true, true),
            ("user[name]=x y&b=", false, true),
            ("a=1&&b=2", true, true),
            ("ñ=1&a%20b=2", true, true),
            ("a", false, false),
            ("a&b", false, false),
            ("=1&b=2", false, false),
            ("x=1 & y=2", false, false),
            ("Error: a=1&b=2", false, false),
            ("{\"a\":1}=&b=2", false, false),
            ("http://host/?a=1&b=2", false, false),
            ("x=1 &lt; 2", false, false),
        ] {
            assert_eq!((is_form(body, Reading::Text), is_form(body, Reading::Body)), (as_text, as_body), "{body}");
        }
    }

    #[test]
    fn components() {
        for (raw, content, back) in [
            ("a+b%20c", "a b c", "a+b+c"),
            ("%7B%22a%22%3A1%7D", "{\"a\":1}", "%7B%22a%22%3A1%7D"),
            ("100%", "100%", "100%25"),
            ("%C3%B1%zz", "ñ%zz", "%C3%B1%25zz"),
            ("%C3", "\u{fffd}", "%EF%BF%BD"),
            ("[redacted]%2b", "[redacted]+", "[redacted]%2B"),
        ] {
            assert_eq!(decoded(raw), content, "{raw}");
            assert_eq!(encoded(content), back);
        }
    }
}
