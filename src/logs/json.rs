//! Reads the JSON of one record where it lies: is it whole, what are its members, may it be printed as it is.
//!
//! Made for hundreds of thousands of objects a second: nothing is built, every byte is looked at once, and nesting is a
//! row of bits rather than recursion. What it accepts is what [`Events`](crate::audit::Events) accepts of JSON, as
//! deep as [`DEEPEST`].

use std::borrow::Cow;

use crate::audit::unescape;

/// Python's `json` gives up at about this depth, in both directions; a bomb of brackets is no event.
pub const DEEPEST: usize = 1000;
const WORDS: usize = DEEPEST.div_ceil(64);

/// A value was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The byte behind it.
    pub end: usize,
    /// Whether it may be printed as it stands: it is one line and holds nothing that JSON lacks or that could drive a
    /// terminal.
    pub is_plain: bool,
}

/// A member of an object or an item of an array: byte offsets in the text that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// The key with its quotes; empty for an item.
    pub key: (usize, usize),
    /// The value.
    pub value: (usize, usize),
}

/// A value that is neither object nor array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'t> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number by its digits.
    Number(&'t str),
    /// A string.
    Text(Cow<'t, str>),
    /// `NaN`, `Infinity`, `-Infinity`, an object or an array.
    Other,
}

/// Reads the value that begins at `start`, and calls `child` for each of its own members or items.
pub fn read(text: &str, start: usize, child: impl FnMut(Child)) -> Option<Whole> {
    Reader { text: text.as_bytes(), at: start, is_plain: true, depth: 0, objects: [0; WORDS] }.read(child)
}

/// What stands under this key of an object, or at this place of an array; of two keys that are the same, the last.
pub fn descend<'t>(value: &'t str, key: &str, index: Option<usize>) -> Option<&'t str> {
    let mut place = 0;
    let mut found = None;
    let is_object = value.starts_with('{');
    read(value, 0, |child| {
        let is_it = if is_object { is_key(&value[child.key.0..child.key.1], key) } else { index == Some(place) };
        place += 1;
        if is_it {
            found = Some(&value[child.value.0..child.value.1]);
        }
    })?;
    found
}

/// Whether a key, quotes included, is this one.
pub fn is_key(quoted: &str, key: &str) -> bool {
    let inner = &quoted[1..quoted.len() - 1];
    inner == key || (inner.contains('\\') && unescape(quoted) == key)
}

/// What a value says, if it is a scalar.
pub fn scalar(value: &str) -> Scalar<'_> {
    match value.as_bytes().first() {
        Some(b'n') => Scalar::Null,
        Some(b't') => Scalar::Bool(true),
        Some(b'f') => Scalar::Bool(false),
        Some(b'"') if value.contains('\\') => Scalar::Text(unescape(value)),
        Some(b'"') => Scalar::Text(Cow::Borrowed(&value[1..value.len() - 1])),
        Some(b'0'..=b'9') => Scalar::Number(value),
        Some(b'-') if value != "-Infinity" => Scalar::Number(value),
        _ => Scalar::Other,
    }
}

/// The bytes at which reading a string must stop and think: its end, escapes, what may not stand there, and what may be
/// the beginning of a dangerous character.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        stops[byte] = true;
        byte += 1;
    }
    stops[b'"' as usize] = true;
    stops[b'\\' as usize] = true;
    stops[0x7f] = true;
    stops[0xc2] = true;
    stops[0xd8] = true;
    stops[0xe2] = true;
    stops[0xef] = true;
    stops
};

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    is_plain: bool,
    depth: usize,
    /// For each open bracket, whether it is an object's.
    objects: [u64; WORDS],
}

impl Reader<'_> {
    fn read(mut self, mut child: impl FnMut(Child)) -> Option<Whole> {
        let (mut key, mut begun) = ((0, 0), 0);
        loop {
            // A value comes.
            let byte = self.next()?;
            if self.depth == 1 {
                begun = self.at;
            }
            match byte {
                b'"' => self.string()?,
                b'{' => {
                    self.open(true)?;
                    if self.next()? != b'}' {
                        let found = self.key()?;
                        if self.depth == 1 {
                            key = found;
                        }
                        continue;
                    }
                    self.close();
                }
                b'[' => {
                    self.open(false)?;
                    if self.next()? != b']' {
                        if self.depth == 1 {
                            key = (self.at, self.at);
                        }
                        continue;
                    }
                    self.close();
                }
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.word()?,
            }
            // It has ended, and with it perhaps what it is in.
            loop {
                if self.depth == 0 {
                    return Some(Whole { end: self.at, is_plain: self.is_plain });
                }
                if self.depth == 1 {
                    child(Child { key, value: (begun, self.at) });
                }
                match (self.next()?, self.is_object()) {
                    (b',', true) => {
                        self.at += 1;
                        if self.next()? != b'"' {
                            return None;
                        }
                        let found = self.key()?;
                        if self.depth == 1 {
                            key = found;
                        }
                        break;
                    }
                    (b',', false) => {
                        self.at += 1;
                        break;
                    }
                    (b'}', true) | (b']', false) => self.close(),
                    _ => return None,
                }
            }
        }
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        loop {
            match *self.text.get(self.at)? {
                b' ' => self.at += 1,
                b'\t' | b'\n' | b'\r' => {
                    self.is_plain = false;
                    self.at += 1;
                }
                byte => return Some(byte),
            }
        }
    }

    fn open(&mut self, is_object: bool) -> Option<()> {
        if self.depth == DEEPEST {
            return None;
        }
        let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
        if is_object {
            self.objects[word] |= bit;
        } else {
            self.objects[word] &= !bit;
        }
        self.depth += 1;
        self.at += 1;
        Some(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn is_object(&self) -> bool {
        let innermost = self.depth - 1;
        self.objects[innermost / 64] >> (innermost % 64) & 1 == 1
    }

    /// Moves behind the colon.
    fn key(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        if self.text.get(start) != Some(&b'"') {
            return None;
        }
        self.string()?;
        let end = self.at;
        if self.next()? != b':' {
            return None;
        }
        self.at += 1;
        Some((start, end))
    }

    /// Moves behind the closing quote.
    fn string(&mut self) -> Option<()> {
        let mut at = self.at + 1;
        loop {
            let rest = self.text.get(at..)?;
            let stop = rest.iter().position(|&byte| STOPS[usize::from(byte)])?;
            at += stop;
            let dangerous = |seconds: &[std::ops::RangeInclusive<u8>]| {
                rest.get(stop + 1).is_some_and(|second| seconds.iter().any(|range| range.contains(second)))
            };
            match rest[stop] {
                b'"' => {
                    self.at = at + 1;
                    return Some(());
                }
                b'\\' => {
                    at += self.escape(at)?;
                    continue;
                }
                0x7f => self.is_plain = false,
                0xc2 if dangerous(&[0x80..=0x9f]) => self.is_plain = false,
                0xd8 if dangerous(&[0x9c..=0x9c]) => self.is_plain = false,
                0xe2 if dangerous(&[0x80..=0x81]) => self.is_plain = false,
                0xef if dangerous(&[0xbb..=0xbb]) => self.is_plain = false,
                0x80.. => {}
                _ => return None,
            }
            at += 1;
        }
    }

    /// The length of the escape at `at`.
    fn escape(&mut self, at: usize) -> Option<usize> {
        match self.text.get(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
            b'u' => {
                let digits = self.text.get(at + 2..at + 6)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                // Half a pair may stand alone; what is printed then is for the one who knows.
                if digits[0].eq_ignore_ascii_case(&b'd') && digits[1] >= b'8' {
                    self.is_plain = false;
                }
                Some(6)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            b'I' => return self.word(),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.ends_here()
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn word(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let words: [(&[u8], bool); 5] =
            [(b"null", true), (b"true", true), (b"false", true), (b"NaN", false), (b"Infinity", false)];
        let (word, is_json) = words.into_iter().find(|(word, _)| rest.starts_with(word))?;
        self.at += word.len();
        self.is_plain &= is_json;
        self.ends_here()
    }

    fn ends_here(&self) -> Option<()> {
        match self.peek() {
            Some(b) if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-' | 0x80..) => None,
            _ => Some(()),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::{Events, Syntax, is_dangerous};

    fn children(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut all = Vec::new();
        read(text, 0, |child| all.push((&text[child.key.0..child.key.1], &text[child.value.0..child.value.1])))?;
        Some(all)
    }

    #[test]
    fn members_and_items() {
        assert_eq!(
            children(r#"{"a": 1, "b" : {"c": [1, {"d": 2}]}, "e":"x\"}" } trailing"#),
            Some(vec![("\"a\"", "1"), ("\"b\"", r#"{"c": [1, {"d": 2}]}"#), ("\"e\"", r#""x\"}""#)])
        );
        assert_eq!(children("[ 1,[2], {} ]"), Some(vec![("", "1"), ("", "[2]"), ("", "{}")]));
        assert_eq!(children("{}"), Some(vec![]));
        for broken in
            ["{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{'a': 1}", "{\"a\": 01}", "{\"a\": \"\n\"}", "{]", "[1 2]"]
        {
            assert_eq!(children(broken), None, "{broken}");
        }
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(children(&nested(DEEPEST)).is_some() && children(&nested(DEEPEST + 1)).is_none());
    }

    #[test]
    fn what_is_asked_for() {
        let text = r#"{"changes": {"status": {"to": "PAID", "t\u006f": "LAST"}}, "list": [null, -1e5, "ñ"]}"#;
        let find = |path: &[&str]| path.iter().try_fold(text, |value, key| descend(value, key, key.parse().ok()));
        assert_eq!(find(&["changes", "status", "to"]).map(scalar), Some(Scalar::Text("LAST".into())));
        assert_eq!(find(&["list", "0"]).map(scalar), Some(Scalar::Null));
        assert_eq!(find(&["list", "1"]).map(scalar), Some(Scalar::Number("-1e5")));
        assert_eq!(find(&["list"]).map(scalar), Some(Scalar::Other));
        assert_eq!(find(&["list", "3"]), None);
        assert_eq!(find(&["changes", "status", "to", "x"]), None);
    }

    fn events_say(text: &str) -> Option<usize> {
        let mut events = Events::at(text, 0, Syntax::Json);
        events.by_ref().all(|event| event.is_ok()).then_some(())?;
        events.is_complete().then(|| events.position())
    }

    proptest! {
        #[test]
        fn agrees_with_the_other_reader(text in prop_oneof![
            "[\\[{]?[\\[\\]{}\", :a0-9.e\\\\nu+-]{0,24}",
            r#"\{("[a-z\\x7f\\u{9b}ñ\\u{202e}]{0,3}" ?: ?(-?[0-9]{1,2}(\.[0-9])?(e[0-9])?|"(\\[ntu"\\]|\\u[0-9a-fd]{4}|[ -~]){0,3}"|NaN|-Infinity|null|\[\]|\{\}|\[1, true\])(, )?){0,3}\}"#,
        ]) {
            let ours = read(&text, 0, |_| ());
            prop_assert_eq!(ours.map(|whole| whole.end), events_say(&text));
            if let Some(whole) = ours.filter(|whole| whole.is_plain) {
                let text = &text[..whole.end];
                prop_assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
                    prop_assert!(!text.chars().any(is_dangerous));
            }
        }
    }
}
