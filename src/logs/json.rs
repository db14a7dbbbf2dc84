//! Reads the JSON of one record where it lies: is it whole, what are its members, may it be printed as it is.
//!
//! Made for millions of objects a second: nothing is built, strings are passed over 32 bytes at a time, and nesting is a
//! row of bits rather than recursion. What it accepts is what [`Events`](crate::audit::Events) accepts of JSON, as
//! deep as [`DEEPEST`].

use std::borrow::Cow;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, i8x32, u8x32};

use crate::audit::unescape;

/// Python's `json` gives up at about this depth, in both directions; a bomb of brackets is no event.
pub const DEEPEST: usize = 1000;
const WORDS: usize = DEEPEST.div_ceil(64);
/// So many bytes of a string are looked at together.
const WIDTH: usize = 32;

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
    /// Whether something in the key is written as an escape.
    pub is_escaped: bool,
}

impl Child {
    /// Whether its key is this one; `text` is what was read.
    pub fn is(&self, text: &str, key: &str) -> bool {
        let inner = &text.as_bytes()[self.key.0 + 1..self.key.1 - 1];
        inner == key.as_bytes() || (self.is_escaped && unescape(&text[self.key.0..self.key.1]) == key)
    }
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
    read_leaves(text, start, child, |_, _| ())
}

/// The same, and calls `leaf` with the place of each value in it that is neither object nor array, at any depth.
pub fn read_leaves(
    text: &str,
    start: usize,
    child: impl FnMut(Child),
    leaf: impl FnMut(usize, usize),
) -> Option<Whole> {
    Reader { scan: Scan::new(text), depth: 0, objects: [0; WORDS] }.read(start, child, leaf)
}

/// What stands under this key of an object, or at this place of an array; of two keys that are the same, the last.
pub fn descend<'t>(value: &'t str, key: &str, index: Option<usize>) -> Option<&'t str> {
    let mut place = 0;
    let mut found = None;
    let is_object = value.starts_with('{');
    read(value, 0, |child| {
        let is_it = if is_object { child.is(value, key) } else { index == Some(place) };
        place += 1;
        if is_it {
            found = Some(&value[child.value.0..child.value.1]);
        }
    })?;
    found
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

/// Eight times this byte.
const fn each(byte: u8) -> u64 {
    0x0101_0101_0101_0101 * byte as u64
}

/// A bit for each byte at which reading a string must stop, the first byte's the lowest.
#[inline(always)]
fn stops(bytes: &[u8; WIDTH]) -> u64 {
    dispatch!(Level::baseline(), simd => {
        let bytes = u8x32::load_array_ref(simd, bytes);
        let is = |byte| bytes.simd_eq(u8x32::splat(simd, byte));
        // What is not ASCII is negative; one more, and so is DEL.
        let next = (bytes + u8x32::splat(simd, 1)).bitcast::<i8x32<_>>();
        let is_other = next.simd_lt(i8x32::splat(simd, 0x21));
        (is(b'"') | is(b'\\') | is_other).to_bitmask()
    })
}

/// The highest bit of each of eight bytes that is no digit.
fn no_digits(eight: u64) -> u64 {
    let value = eight ^ each(b'0');
    (((value & !each(0x80)) + each(0x80 - 10)) | value) & each(0x80)
}

/// Passes over what has no inside. Every function is given a place, and gives the one behind what it passed over, if
/// that is what it should be.
#[derive(Debug)]
pub struct Scan<'t> {
    text: &'t [u8],
    /// Whether nothing was passed over that may not be printed as it stands.
    pub is_plain: bool,
    /// How many escapes were passed over.
    escapes: usize,
}

impl<'t> Scan<'t> {
    /// Nothing of this text was passed over yet.
    pub fn new(text: &'t str) -> Self {
        Scan { text: text.as_bytes(), is_plain: true, escapes: 0 }
    }

    /// A value that is neither object nor array.
    #[inline(always)]
    pub fn scalar(&mut self, at: usize) -> Option<usize> {
        match self.text.get(at)? {
            b'"' => self.string(at),
            b'-' | b'0'..=b'9' => self.number(at),
            _ => self.word(at),
        }
    }

    /// Moves to the next byte that is no white space. Nearly all JSON has one blank or none.
    #[inline]
    fn next(&mut self, at: &mut usize) -> Option<u8> {
        let mut byte = *self.text.get(*at)?;
        if byte == b' ' {
            *at += 1;
            byte = *self.text.get(*at)?;
        }
        if byte > b' ' { Some(byte) } else { self.space(at) }
    }

    #[inline(never)]
    fn space(&mut self, at: &mut usize) -> Option<u8> {
        loop {
            match *self.text.get(*at)? {
                b' ' => {}
                b'\t' | b'\n' | b'\r' => self.is_plain = false,
                byte => return Some(byte),
            }
            *at += 1;
        }
    }

    /// A string, both quotes included.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<usize> {
        if self.text.get(at) != Some(&b'"') {
            return None;
        }
        match self.stop(at + 1) {
            Some(end) if self.text.get(end) == Some(&b'"') => Some(end + 1),
            _ => self.long_string(at + 1),
        }
    }

    /// The rest of a string that goes on for long, or is not only of plain characters.
    #[inline(never)]
    fn long_string(&mut self, mut at: usize) -> Option<usize> {
        loop {
            match self.stop(at) {
                Some(stop) if self.text.get(stop) == Some(&b'"') => return Some(stop + 1),
                Some(stop) => at = self.other(stop)?,
                None if at + WIDTH >= self.text.len() => return None,
                None => at += WIDTH,
            }
        }
    }

    /// Where reading a string must stop and think, if it must within the next [`WIDTH`] bytes: at its end, an escape,
    /// what may not stand there, and what is not ASCII.
    #[inline(always)]
    fn stop(&self, at: usize) -> Option<usize> {
        let stops = if let Some(bytes) = self.text.get(at..)?.first_chunk() {
            stops(bytes)
        } else if let Some(bytes) = self.text.last_chunk() {
            stops(bytes) >> (WIDTH - (self.text.len() - at))
        } else {
            let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
            return self.text[at..].iter().position(|byte| !is_plain(byte)).map(|length| at + length);
        };
        (stops != 0).then(|| at + stops.trailing_zeros() as usize)
    }

    /// A character of a string, or an escape, that is not its end.
    #[inline(never)]
    fn other(&mut self, at: usize) -> Option<usize> {
        let first = *self.text.get(at)?;
        let second = self.text.get(at + 1).copied().unwrap_or_default();
        let length = match first {
            b'\\' => {
                self.escapes += 1;
                self.escape(at)?
            }
            ..0x20 => return None,
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        };
        // What may be the beginning of a dangerous character.
        let dangers = [(0xc2, 0x80..=0x9f), (0xd8, 0x9c..=0x9c), (0xe2, 0x80..=0x81), (0xef, 0xbb..=0xbb)];
        if first == 0x7f || dangers.iter().any(|(lead, seconds)| *lead == first && seconds.contains(&second)) {
            self.is_plain = false;
        }
        Some(at + length)
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

    #[inline(always)]
    fn number(&mut self, mut at: usize) -> Option<usize> {
        if self.peek(at) == Some(b'-') {
            at += 1;
        }
        at = match self.peek(at)? {
            b'0' => at + 1,
            b'1'..=b'9' => self.digits(at)?,
            b'I' => return self.word(at),
            _ => return None,
        };
        if matches!(self.peek(at), Some(b',' | b'}')) { Some(at) } else { self.rest_of_number(at) }
    }

    #[inline(never)]
    fn rest_of_number(&mut self, mut at: usize) -> Option<usize> {
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if matches!(self.peek(at), Some(b'e' | b'E')) {
            at += 1;
            if matches!(self.peek(at), Some(b'+' | b'-')) {
                at += 1;
            }
            at = self.digits(at)?;
        }
        self.ends(at)
    }

    #[inline]
    fn digits(&self, start: usize) -> Option<usize> {
        let mut at = start;
        while let Some(eight) = self.text.get(at..).and_then(<[u8]>::first_chunk) {
            let others = no_digits(u64::from_le_bytes(*eight));
            if others != 0 {
                at += others.trailing_zeros() as usize / 8;
                return (at > start).then_some(at);
            }
            at += 8;
        }
        while matches!(self.peek(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        (at > start).then_some(at)
    }

    #[inline(never)]
    fn word(&mut self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let (word, is_json): (&[u8], bool) = match rest.first()? {
            b'n' => (b"null", true),
            b't' => (b"true", true),
            b'f' => (b"false", true),
            b'N' => (b"NaN", false),
            _ => (b"Infinity", false),
        };
        rest.starts_with(word).then_some(())?;
        self.is_plain &= is_json;
        self.ends(at + word.len())
    }

    /// A number or word ends here, and nothing goes on with it.
    #[inline]
    fn ends(&self, at: usize) -> Option<usize> {
        match self.peek(at) {
            Some(b) if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-' | 0x80..) => None,
            _ => Some(at),
        }
    }

    #[inline]
    fn peek(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }
}

struct Reader<'t> {
    scan: Scan<'t>,
    depth: usize,
    /// For each open bracket, whether it is an object's.
    objects: [u64; WORDS],
}

impl Reader<'_> {
    fn read(
        mut self,
        mut at: usize,
        mut child: impl FnMut(Child),
        mut leaf: impl FnMut(usize, usize),
    ) -> Option<Whole> {
        let (mut key, mut is_escaped, mut begun) = ((0, 0), false, 0);
        // Whether the innermost bracket is an object's.
        let mut in_object = false;
        loop {
            // A value comes.
            let byte = self.scan.next(&mut at)?;
            if self.depth == 1 {
                begun = at;
                if !in_object {
                    key = (at, at);
                }
            }
            if matches!(byte, b'{' | b'[') {
                let (is_object, closing) = if byte == b'{' { (true, b'}') } else { (false, b']') };
                self.open(is_object)?;
                at += 1;
                if self.scan.next(&mut at)? != closing {
                    in_object = is_object;
                    if in_object {
                        (key, is_escaped) = self.key(&mut at, (key, is_escaped))?;
                    }
                    continue;
                }
                in_object = self.close();
                at += 1;
            } else {
                let start = at;
                at = self.scan.scalar(at)?;
                leaf(start, at);
            }
            // It has ended, and with it perhaps what it is in.
            loop {
                if self.depth == 0 {
                    return Some(Whole { end: at, is_plain: self.scan.is_plain });
                }
                if self.depth == 1 {
                    child(Child { key, value: (begun, at), is_escaped });
                }
                let byte = self.scan.next(&mut at)?;
                at += 1;
                if byte == b',' {
                    if in_object {
                        self.scan.next(&mut at)?;
                        (key, is_escaped) = self.key(&mut at, (key, is_escaped))?;
                    }
                    break;
                }
                if byte != if in_object { b'}' } else { b']' } {
                    return None;
                }
                in_object = self.close();
            }
        }
    }

    #[inline]
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
        Some(())
    }

    /// Whether what is innermost then is an object.
    #[inline]
    fn close(&mut self) -> bool {
        self.depth -= 1;
        let innermost = self.depth.saturating_sub(1);
        self.objects[innermost / 64] >> (innermost % 64) & 1 == 1
    }

    /// Moves behind the colon: where the key stands, and whether something in it is escaped; of a key that is deeper
    /// than the members of the whole, what was known of the last one that was not.
    #[inline]
    fn key(&mut self, at: &mut usize, last: ((usize, usize), bool)) -> Option<((usize, usize), bool)> {
        let (start, escapes) = (*at, self.scan.escapes);
        *at = self.scan.string(start)?;
        let key = ((start, *at), self.scan.escapes > escapes);
        if self.scan.next(at)? != b':' {
            return None;
        }
        *at += 1;
        Some(if self.depth == 1 { key } else { last })
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
