//! Finds, at several gigabytes a second, the places of a text where a secret could be.
//!
//! Nearly all texts have none, and are done with here, without an allocation. A place is a whole word of the list
//! (`pin`, not `shipping`), the beginning of a token, a card number, or a letter in disguise. What is found is only
//! suspected; what is not found is certain: a key or string is never secret without such a place inside it.

use memchr::memchr3_iter;

use super::glyph::{char_before, disguised, escape_ends, escaped_beyond_ascii};
use super::keys::{Keys, begins_word, same};
use super::marks::{self, BLOCK, FOLD, Looker, PLACES};
use super::runs::{backslashes, first, run};
use super::{cards, tokens, url};

/// A place to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trigger {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

impl Trigger {
    fn card(start: usize, end: usize) -> Self {
        Trigger { start, end, kind: Kind::Card }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word of the list, or a pair from its first word to its second.
    Word,
    /// The word `Bearer`.
    Bearer,
    /// The word `Basic` and credentials behind it.
    Basic,
    /// What stands before the host of a URL that may hold a password.
    Url,
    /// What may be a JSON Web Token.
    Jwt,
    /// A card number.
    Card,
    /// A letter or digit written as an escape, which may hide any of the others.
    Disguise,
}

/// What a needle may be the beginning of.
#[derive(Clone, Debug)]
enum Quarry {
    /// An entry of the list; the needle stands this many bytes behind the beginning of its first word.
    Entry {
        words: Vec<String>,
        offset: usize,
    },
    Bearer,
    Basic,
    Jwt,
    Url,
}

impl Quarry {
    /// Whether it is only one where a word begins, and begins with the word.
    fn begins_word(&self) -> bool {
        match self {
            Quarry::Entry { offset, .. } => *offset == 0,
            Quarry::Bearer | Quarry::Basic => true,
            Quarry::Jwt | Quarry::Url => false,
        }
    }
}

const BEARER: &str = "bearer";
const BASIC: &str = "basic";
/// How far behind the first word of a pair the second is looked for.
const PAIR_REACH: usize = 48;

#[derive(Clone, Debug)]
pub(super) struct Scout {
    needles: Needles,
    /// For each needle.
    quarries: Vec<Vec<Quarry>>,
    /// Whether a word of the list has letters beyond ASCII, which may be escaped as well.
    is_beyond_ascii: bool,
}

impl Scout {
    pub(super) fn new(keys: &Keys) -> Self {
        let mut all: Vec<(Vec<u8>, Quarry)> = vec![
            (folded(BEARER.as_bytes()), Quarry::Bearer),
            (folded(BASIC.as_bytes()), Quarry::Basic),
            (folded(tokens::JWT_START.as_bytes()), Quarry::Jwt),
        ];
        all.extend(url::MARKS.map(|mark| (folded(mark.as_bytes()), Quarry::Url)));
        for words in keys.entries() {
            for (needle, offset) in needles_of(&words[0]) {
                all.push((folded(needle.as_bytes()), Quarry::Entry { words: words.clone(), offset }));
            }
        }
        // A needle that begins with another one would hide it or be hidden: the shorter stands for both.
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut needles: Vec<Vec<u8>> = Vec::new();
        let mut quarries: Vec<Vec<Quarry>> = Vec::new();
        for (needle, quarry) in all {
            match (needles.last(), quarries.last_mut()) {
                (Some(last), Some(of_last)) if needle.starts_with(last) => of_last.push(quarry),
                _ => {
                    needles.push(needle);
                    quarries.push(vec![quarry]);
                }
            }
        }
        let is_beyond_ascii = !keys.entries().iter().flatten().all(|word| word.is_ascii());
        Scout { needles: Needles::new(needles, &quarries), quarries, is_beyond_ascii }
    }

    /// The places, in order. Allocates nothing where there are none.
    pub(super) fn triggers(&self, text: &str) -> Vec<Trigger> {
        let mut triggers = Vec::new();
        let bytes = text.as_bytes();
        let mut cards = cards::Finder::new(text);
        let (mut from, mut escapes) = (0, 0);
        self.needles.looker.look(bytes, |mut marks| {
            while marks.needles != 0 {
                let at = from + marks.needles.trailing_zeros() as usize;
                marks.needles &= marks.needles - 1;
                if let Some(needle) = self.needles.at(bytes, at) {
                    triggers.extend(self.quarries[needle].iter().filter_map(|quarry| suspect(text, at, quarry)));
                }
            }
            cards.block(marks.digits, marks.escapes, |start, end| triggers.push(Trigger::card(start, end)));
            escapes |= marks.escapes;
            from += BLOCK;
        });
        cards.finish(|start, end| triggers.push(Trigger::card(start, end)));
        if escapes != 0 {
            find_disguises(text, self.is_beyond_ascii, |start, end| {
                triggers.push(Trigger { start, end, kind: Kind::Disguise });
            });
        }
        triggers.sort_unstable_by_key(|t| (t.start, t.end));
        triggers
    }
}

/// The parts of a word to search for, each with its offset. Upper and lower case of letters beyond ASCII differ in
/// more than one bit, so the longest part in ASCII is looked for; a word without one is looked for in either case.
fn needles_of(word: &str) -> Vec<(String, usize)> {
    let longest = word.split(|c: char| !c.is_ascii()).max_by_key(|part| part.len()).unwrap_or_default();
    if longest.is_empty() {
        let mut capital = word.chars();
        let first: String = capital.next().into_iter().flat_map(char::to_uppercase).collect();
        return [word.to_string(), word.to_uppercase(), first + capital.as_str()].map(|w| (w, 0)).to_vec();
    }
    // The offset is counted from the word's own bytes; both cases of what stands before are taken to be as long.
    vec![(longest.to_string(), word.find(longest).unwrap_or_default())]
}

/// Whether there is something to look at where a needle was found.
fn suspect(text: &str, at: usize, quarry: &Quarry) -> Option<Trigger> {
    match quarry {
        Quarry::Jwt => tokens::may_be_jwt(text, at).then(|| Trigger {
            start: at,
            end: at + tokens::JWT_START.len(),
            kind: Kind::Jwt,
        }),
        Quarry::Bearer => {
            let end = whole_word(text, at, BEARER)?;
            Some(Trigger { start: at, end, kind: Kind::Bearer })
        }
        Quarry::Basic => {
            let end = whole_word(text, at, BASIC)?;
            // A space may be encoded more often than can be told here.
            let is_near = text.as_bytes().get(end).is_some_and(|b| is_escape(*b));
            let is_suspect = is_near || tokens::basic_credentials(text, end).is_some();
            is_suspect.then_some(Trigger { start: at, end, kind: Kind::Basic })
        }
        Quarry::Url => url::may_hold_password(text, at).map(|end| Trigger { start: at, end, kind: Kind::Url }),
        Quarry::Entry { words, offset } => {
            let start = at.checked_sub(*offset)?;
            let mut end = whole_word(text, start, &words[0])?;
            for word in &words[1..] {
                end = word_within(text, end, word)?;
            }
            Some(Trigger { start, end, kind: Kind::Word })
        }
    }
}

/// The end of `word` where it stands at byte `start`, neither the end of a longer word nor the beginning of one.
fn whole_word(text: &str, start: usize, word: &str) -> Option<usize> {
    let end = start + word.len();
    let bytes = text.as_bytes();
    // The quickest look tells most: shipping, company, panel.
    if bytes.get(end).is_some_and(u8::is_ascii_lowercase) && bytes[end - 1].is_ascii_lowercase() {
        return None;
    }
    let found = text.get(start..end).filter(|found| same(found, word))?;
    let first = found.chars().next()?;
    let begins = match char_before(text, start) {
        Some(before) if before.is_alphanumeric() => {
            begins_word(before, first, found.chars().nth(1)) || escape_ends(text, start)
        }
        _ => true,
    };
    (begins && ends_word(found, &text[end..])).then_some(end)
}

fn ends_word(found: &str, rest: &str) -> bool {
    let mut ahead = rest.chars();
    match (found.chars().next_back(), ahead.next()) {
        (Some(last), Some(next)) if next.is_alphabetic() => last.is_numeric() || begins_word(last, next, ahead.next()),
        _ => true,
    }
}

/// The end of `word` where it is the next word behind byte `from`. Where an escape stands between them, which may be
/// anything, not far is near enough.
fn word_within(text: &str, from: usize, word: &str) -> Option<usize> {
    let between = first(&text.as_bytes()[from..], PAIR_REACH);
    let number = run(between, |b| b.is_ascii_digit());
    let gap = number + run(&between[number..], |b| b.is_ascii() && !b.is_ascii_alphanumeric() && !is_escape(b));
    match between.get(gap) {
        Some(b) if b.is_ascii_alphanumeric() => {
            let end = from + gap + word.len();
            text.get(from + gap..end).is_some_and(|found| same(found, word)).then_some(end)
        }
        Some(_) => {
            let starts = text[from..].char_indices().take(PAIR_REACH).map(|(at, _)| from + at);
            let mut ends = starts.map(|start| (start, start + word.len()));
            ends.find(|(start, end)| text.get(*start..*end).is_some_and(|found| same(found, word))).map(|(_, end)| end)
        }
        None => None,
    }
}

fn is_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&')
}

/// Calls `found` with the span of every letter or digit that is written as an escape; letters beyond ASCII on demand.
fn find_disguises(text: &str, beyond_ascii: bool, mut found: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let mut behind = 0;
    for at in memchr3_iter(b'\\', b'%', b'&', bytes) {
        if at < behind {
            continue;
        }
        if let Some((c, length)) = disguised(bytes, at) {
            behind = at + length;
            // The escapes of URLs are full of digits; only who hides his own secret writes digits so.
            let is_letter = c.is_ascii_alphabetic() || (c.is_ascii_digit() && bytes[at] != b'%');
            if is_letter || begins_another(c, &bytes[behind..]) {
                found(at, behind);
            }
        } else if let Some(length) = escaped_beyond_ascii(bytes, at) {
            behind = at + length;
            if beyond_ascii {
                found(at, behind);
            }
        } else if bytes[at] == b'\\' {
            behind = at + backslashes(&bytes[at..]) + 1;
        }
    }
}

/// Whether a disguised character is itself the beginning of an escape: `%5Cu0070`.
fn begins_another(c: u8, rest: &[u8]) -> bool {
    match c {
        b'\\' => matches!(rest, [b'u' | b'U' | b'x' | b'0' | b'1' | b'\\', ..]),
        b'%' => matches!(rest, [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit()),
        b'&' => rest.starts_with(b"#"),
        _ => false,
    }
}

/// Maps upper to lower case, and every needle and text alike, so that a search for bytes ignores case. Other
/// characters that fall together are told apart afterwards.
fn folded(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| b | FOLD).collect()
}

/// A needle in folded text.
#[derive(Clone, Debug)]
struct Needle {
    bytes: Vec<u8>,
    /// The bytes at its front as one number, and which bits of it count.
    front: (u32, u32),
}

impl Needle {
    fn new(bytes: Vec<u8>) -> Self {
        let mut front = [0; PLACES];
        let mut counted = [0; PLACES];
        for ((front, counted), byte) in front.iter_mut().zip(&mut counted).zip(&bytes) {
            (*front, *counted) = (*byte, u8::MAX);
        }
        Needle { front: (u32::from_le_bytes(front), u32::from_le_bytes(counted)), bytes }
    }

    /// Whether it stands at the beginning of a text, whose front is this one.
    fn begins(&self, text: &[u8], front: u32) -> bool {
        front & self.front.1 == self.front.0
            && text
                .get(..self.bytes.len())
                .is_some_and(|text| text.iter().zip(&self.bytes).all(|(t, n)| t | FOLD == *n))
    }
}

/// Needles of which none begins with another one.
#[derive(Clone, Debug)]
struct Needles {
    /// In order.
    all: Vec<Needle>,
    /// For each byte, where those begin in `all` that begin with it or a higher one.
    by_first: Vec<usize>,
    looker: Looker,
}

impl Needles {
    /// These, in order, and what each of them may be the beginning of.
    fn new(all: Vec<Vec<u8>>, quarries: &[Vec<Quarry>]) -> Self {
        let mut looker = Looker::new();
        for (needle, quarries) in all.iter().zip(quarries) {
            looker.add(needle, kind_of(needle, quarries));
        }
        let by_first = (0..=256).map(|first| all.partition_point(|needle| usize::from(needle[0]) < first)).collect();
        Needles { all: all.into_iter().map(Needle::new).collect(), by_first, looker }
    }

    /// The needle that stands at byte `at`.
    fn at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let text = &bytes[at..];
        let mut front = [0; PLACES];
        match text.first_chunk() {
            Some(whole) => front = *whole,
            None => front[..text.len()].copy_from_slice(text),
        }
        let front = u32::from_le_bytes(front.map(|byte| byte | FOLD));
        let first = front as usize & 0xff;
        let (from, to) = (self.by_first[first], self.by_first[first + 1]);
        self.all[from..to].iter().position(|needle| needle.begins(text, front)).map(|place| from + place)
    }
}

/// What is known of a needle that is the beginning of these.
fn kind_of(needle: &[u8], quarries: &[Quarry]) -> marks::Kind {
    let is_whole = |quarry: &Quarry| match quarry {
        Quarry::Entry { words, .. } => words[0].len() == needle.len(),
        _ => false,
    };
    if !quarries.iter().all(Quarry::begins_word) {
        marks::Kind::Any
    } else if needle.len() == PLACES - 1
        && needle.is_ascii()
        && needle[PLACES - 2].is_ascii_lowercase()
        && quarries.iter().all(is_whole)
    {
        marks::Kind::Whole
    } else {
        marks::Kind::Begins
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same for all but card numbers, every needle tried at every byte.
    fn found_slowly(scout: &Scout, text: &str) -> Vec<Trigger> {
        let mut triggers = Vec::new();
        for at in 0..text.len() {
            let folded = folded(&text.as_bytes()[at..]);
            for (needle, quarries) in scout.needles.all.iter().zip(&scout.quarries) {
                if folded.starts_with(&needle.bytes) {
                    triggers.extend(quarries.iter().filter_map(|quarry| suspect(text, at, quarry)));
                }
            }
        }
        find_disguises(text, scout.is_beyond_ascii, |start, end| {
            triggers.push(Trigger { start, end, kind: Kind::Disguise });
        });
        triggers.sort_unstable_by_key(|t| (t.start, t.end));
        triggers
    }

    /// What is looked for, what almost is, and what may stand around it.
    fn pieces() -> impl Strategy<Value = String> {
        const PIECES: [&str; 44] = [
            "pin",
            "PIN",
            "Pin",
            "pan",
            "otp",
            "cvv",
            "password",
            "PASSWORD",
            "Password",
            "token",
            "api",
            "API",
            "key",
            "Key",
            "card number",
            "bearer",
            "Basic",
            " dXNlcjpwYXNzd29yZA==",
            "eyJhbGciOi",
            ".e30.c2ln",
            "://",
            ":\\/\\/",
            "%2F%2F",
            "user:pw@host/",
            "contrase\u{f1}a",
            "CONTRASE\u{d1}A",
            "\u{f1}u",
            "\u{d1}u",
            "2fa",
            "a",
            "x",
            "S",
            "T",
            "7",
            "_",
            "-",
            " ",
            "\\n",
            "\\u0061",
            "%41",
            "&#97;",
            "\u{f1}",
            "\u{c9}",
            "\0",
        ];
        let filler = (prop::sample::select(&["a", "Z", "5", " ", "\\"][..]), 0..140_usize);
        let piece = prop_oneof![
            9 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
            1 => filler.prop_map(|(filler, count)| filler.repeat(count)),
        ];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

        #[test]
        fn none_is_missed(text in pieces()) {
            let own = ["contrase\u{f1}a", "\u{f1}u", "x", "zz", "2fa", "pin code", "key"].map(str::to_owned);
            for keys in [Keys::new(&[], &[]), Keys::new(&own, &[])] {
                let scout = Scout::new(&keys);
                let mut found = scout.triggers(&text);
                found.retain(|trigger| trigger.kind != Kind::Card);
                prop_assert_eq!(found, found_slowly(&scout, &text));
            }
        }
    }
}
