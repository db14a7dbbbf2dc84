//! The grammar of log lines: which lines begin a record, and where the parts of its prefix are.
//!
//! A line begins a record by what it is, not by what stands around it, so that a file can be read from any place:
//!
//! - `2026-11-23 03:09:54 - logger - LEVEL - message`, the standard form, also with Python's `,123` behind the stamp;
//! - `2026-11-23 03:09:54 - logger - LEVEL - module - function:12 - message`, the detailed form;
//! - `{…}`, a JSON object a line. In a file whose first record is one, every line that begins with a brace is a record,
//!   be it whole or not. In other files a message may hold such lines: there it takes a whole object with a time in it.
//!
//! All other lines go on with the record before them. Knows bytes; knows nothing of files or of what is asked.

use memchr::memchr;

use super::json;

/// What the first record of a file was, which says how braces are read in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A line with a prefix.
    Prefixed,
    /// An object.
    Json,
}

/// The form of a line that begins a record. Byte offsets are in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Standard or detailed.
    Prefixed(Prefix),
    /// A JSON object, or what began as one.
    Json,
}

impl Form {
    /// The style of a file that begins with such a line.
    pub fn style(self) -> Style {
        match self {
            Form::Prefixed(_) => Style::Prefixed,
            Form::Json => Style::Json,
        }
    }
}

/// The parts before a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// Where the stamp ends; it begins the line.
    pub stamp: usize,
    /// The end of the logger's name, which begins 3 bytes behind the stamp.
    pub logger: usize,
    /// Where the level begins and ends.
    pub level: (usize, usize),
    /// Module, function and line in the detailed form.
    pub place: Option<Place>,
    /// Where the message begins.
    pub message: usize,
}

/// Where in the code a record was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The module.
    pub module: (usize, usize),
    /// The function.
    pub function: (usize, usize),
    /// The line's number.
    pub line: (usize, usize),
}

const SEPARATOR: &[u8] = b" - ";
/// Keys under which an object says when it was logged.
pub const TIME_KEYS: [&str; 7] = ["timestamp", "time", "@timestamp", "asctime", "datetime", "ts", "created"];

/// The form of the record that this line begins, if it begins one. `line` has no line break; of a line whose end is not
/// here yet, a prefix stays what it is, but an object does not.
pub fn begins(line: &[u8], style: Option<Style>) -> Option<Form> {
    match *line.first()? {
        b'0'..=b'9' => prefix(line).map(Form::Prefixed),
        b'{' => match style {
            Some(Style::Json) => Some(Form::Json),
            Some(Style::Prefixed) => whole_object(line, |key| TIME_KEYS.contains(&key)).then_some(Form::Json),
            None => whole_object(line, |_| true).then_some(Form::Json),
        },
        _ => None,
    }
}

/// Reads the lines of one file after each other: what stands between stamp and message is mostly what it was before.
#[derive(Debug, Default)]
pub struct Prefixes<'t> {
    /// A line with a place in its prefix, which says by itself where the message begins.
    known: Option<(&'t [u8], Prefix)>,
}

impl<'t> Prefixes<'t> {
    /// The form of the record that this line begins, as [`begins`] has it.
    pub fn begins(&mut self, line: &'t [u8], style: Option<Style>) -> Option<Form> {
        if let Some((known, prefix)) = self.known {
            let parts = prefix.stamp..prefix.message;
            if line.get(parts.clone()) == known.get(parts) && stamp(line) == Some(prefix.stamp) {
                return Some(Form::Prefixed(prefix));
            }
        }
        let form = begins(line, style);
        if let Some(Form::Prefixed(prefix)) = form
            && prefix.place.is_some()
        {
            self.known = Some((line, prefix));
        }
        form
    }
}

/// Whether a line that begins no record would begin one if more of it were there: it is part of a stamp, or a stamp and
/// what comes behind it.
pub fn may_begin(torn: &[u8]) -> bool {
    const LIKE: &[u8; 20] = b"0000-01-01 00:00:00 ";
    let is_stamp = |digit: u8| {
        let mut line = *LIKE;
        line[..torn.len()].copy_from_slice(torn);
        if let Some(next) = line.get_mut(torn.len()).filter(|next| next.is_ascii_digit()) {
            *next = digit;
        }
        stamp(&line).is_some()
    };
    match torn {
        [] => false,
        // The second of two digits may be missing: 3 may become 30, and 0 may become 01.
        _ if torn.len() < LIKE.len() => is_stamp(b'0') || is_stamp(b'1'),
        [whole @ .., b',' | b'.'] if whole.len() + 1 == LIKE.len() => may_begin(whole),
        _ => stamp(torn).is_some_and(|end| {
            let behind = &torn[end..];
            behind.starts_with(SEPARATOR) || SEPARATOR.starts_with(behind)
        }),
    }
}

/// Whether a torn line goes on with what comes behind it in another file, of which these are the first bytes, `most` at
/// most: unless they begin a record. None while that may still show.
pub fn may_go_on(half: &[u8], next: &[u8], most: usize) -> Option<bool> {
    let is_all = next.len() >= most;
    let next = without_filler(next);
    let end = memchr(b'\n', next);
    let line = &next[..end.unwrap_or(next.len())];
    match begins(line, begins(half, None).map(Form::style)) {
        Some(Form::Prefixed(_)) => Some(false),
        form if end.is_some() => Some(form.is_none()),
        _ if is_all => Some(!line.is_empty()),
        _ => (!line.is_empty() && line[0] != b'{' && !may_begin(line)).then_some(true),
    }
}

/// The line without the filler in front of it: NULs, and byte order marks, as files have them that were put together of
/// several.
pub(super) fn without_filler(line: &[u8]) -> &[u8] {
    let mut rest = line;
    while let [0, behind @ ..] | [0xef, 0xbb, 0xbf, behind @ ..] = rest {
        rest = behind;
    }
    rest
}

/// Whether the line is one object, with a key such as this if it has keys that matter.
fn whole_object(line: &[u8], matters: impl Fn(&str) -> bool) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let (mut found, mut any) = (false, false);
    let whole = json::read(line, 0, |child| {
        any = true;
        found |= matters(&line[child.key.0 + 1..child.key.1 - 1]);
    });
    whole.is_some_and(|whole| line[whole.end..].trim_ascii().is_empty()) && (found || !any && matters(""))
}

fn prefix(line: &[u8]) -> Option<Prefix> {
    let stamp = stamp(line)?;
    let after = |from: usize| separator(line, from).map(|at| (at, at + SEPARATOR.len()));
    if !line.get(stamp..)?.starts_with(SEPARATOR) {
        return None;
    }
    let name = stamp + SEPARATOR.len();
    let (mut logger, mut level_from) = after(name)?;
    let (level, from) = loop {
        let (level_to, next) = after(level_from)?;
        let word = &line[level_from..level_to];
        // A name of one word may stand before a level of any spelling; a longer one needs a level that looks like one.
        let is_level = if memchr(b' ', &line[name..logger]).is_none() { is_word(word) } else { false };
        if logger > name && (is_level || looks_like_level(word)) {
            break ((level_from, level_to), next);
        }
        (logger, level_from) = (level_to, next);
    };
    let place = place(line, from);
    let message = place.map_or(from, |(_, message)| message);
    Some(Prefix { stamp, logger, level, place: place.map(|(place, _)| place), message })
}

/// The end of the stamp that begins the line: `2026-11-23 03:09:54`, perhaps with a fraction.
fn stamp(line: &[u8]) -> Option<usize> {
    let date: &[u8; 19] = line.first_chunk()?;
    let is_time = date.iter().zip(b"dddd-dd-dd dd:dd:dd").all(|(byte, like)| match like {
        b'd' => byte.is_ascii_digit(),
        _ => byte == like,
    });
    let two = |at: usize| (date[at] - b'0') * 10 + (date[at + 1] - b'0');
    if !is_time || two(11) > 23 || two(14) > 59 || two(17) > 59 || !is_day(date) {
        return None;
    }
    match line.get(19)? {
        b',' | b'.' => {
            let digits = line[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            (1..=9).contains(&digits).then_some(20 + digits)
        }
        _ => Some(19),
    }
}

/// Whether the date is one of the calendar.
fn is_day(date: &[u8; 19]) -> bool {
    let number = |digits: &[u8]| digits.iter().fold(0_u32, |n, digit| n * 10 + u32::from(digit - b'0'));
    let (year, month, day) = (number(&date[..4]), number(&date[5..7]), number(&date[8..10]));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn separator(line: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr(b' ', line.get(at..)?)?;
        if line[at..].starts_with(SEPARATOR) {
            return Some(at);
        }
        at += 1;
    }
}

fn is_word(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_alphabetic)
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || is_numbered(word)
}

fn looks_like_level(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase)
        && word.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        || is_numbered(word)
}

/// What Python prints of a level without a name: `Level 15`.
fn is_numbered(word: &[u8]) -> bool {
    word.strip_prefix(b"Level ").is_some_and(|number| {
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    })
}

/// `module - function:12 - `, and where the message behind it begins.
fn place(line: &[u8], from: usize) -> Option<(Place, usize)> {
    let module = (from, separator(line, from)?);
    if !is_name(&line[module.0..module.1], b"(unknown file)") {
        return None;
    }
    let from = module.1 + SEPARATOR.len();
    let to = separator(line, from)?;
    let colon = from + line[from..to].iter().rposition(|&byte| byte == b':')?;
    let number = &line[colon + 1..to];
    let is_place = is_name(&line[from..colon], b"(unknown function)")
        && (1..=10).contains(&number.len())
        && number.iter().all(u8::is_ascii_digit);
    is_place.then_some((Place { module, function: (from, colon), line: (colon + 1, to) }, to + SEPARATOR.len()))
}

fn is_name(name: &[u8], unknown: &[u8]) -> bool {
    name == unknown || (!name.is_empty() && !name.iter().any(|byte| byte.is_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The parts of a prefix, with bars between.
    fn parts(line: &str) -> Option<String> {
        let Form::Prefixed(p) = begins(line.as_bytes(), None)? else { return Some("object".to_owned()) };
        let of = |(from, to): (usize, usize)| &line[from..to];
        let place = p.place.map(|p| format!("|{}|{}|{}", of(p.module), of(p.function), of(p.line)));
        let place = place.unwrap_or_default();
        Some(format!(
            "{}|{}|{}{place}|{}",
            &line[..p.stamp],
            of((p.stamp + 3, p.logger)),
            of(p.level),
            &line[p.message..]
        ))
    }

    #[test]
    fn lines_that_begin_a_record() {
        for (line, expected) in [
            (
                "2026-11-23 03:09:54 - payments - INFO - views - perform_create:60 - Pago creado: 12",
                "2026-11-23 03:09:54|payments|INFO|views|perform_create|60|Pago creado: 12",
            ),
            (
                "2026-11-23 03:09:54 - donations - INFO - Donación recibida: 1 - 10000.00 CRC - anónimo",
                "2026-11-23 03:09:54|donations|INFO|Donación recibida: 1 - 10000.00 CRC - anónimo",
            ),
            ("2026-11-23 03:09:54,123 - root - WARNING - x", "2026-11-23 03:09:54,123|root|WARNING|x"),
            ("2026-11-23 03:09:54 - a - Level 15 - ", "2026-11-23 03:09:54|a|Level 15|"),
            ("2026-11-23 03:09:54 - a - Success - m", "2026-11-23 03:09:54|a|Success|m"),
            ("2026-11-23 03:09:54 - a - b - ERROR - m", "2026-11-23 03:09:54|a|b|ERROR - m"),
            ("2026-11-23 03:09:54 - a b - c - ERROR - m", "2026-11-23 03:09:54|a b - c|ERROR|m"),
            ("2026-11-23 03:09:54 - a - ERROR - m - <module>:1 - - x", "2026-11-23 03:09:54|a|ERROR|m|<module>|1|- x"),
            (
                "2026-11-23 03:09:54 - a - INFO - (unknown file) - (unknown function):0 - x",
                "2026-11-23 03:09:54|a|INFO|(unknown file)|(unknown function)|0|x",
            ),
            ("2026-11-23 03:09:54 - a - INFO - one - two:x - three", "2026-11-23 03:09:54|a|INFO|one - two:x - three"),
            ("2024-02-29 23:59:59 - a - INFO - leap", "2024-02-29 23:59:59|a|INFO|leap"),
            ("{\"a\": 1} ", "object"),
            ("{}", "object"),
        ] {
            assert_eq!(parts(line).as_deref(), Some(expected));
        }
    }

    #[test]
    fn lines_that_go_on() {
        for line in [
            "",
            "Traceback (most recent call last):",
            "  File \"x.py\", line 3, in f",
            "2026-11-23 03:09:54 - prose with a stamp",
            "2026-11-23 03:09:54 -  - INFO - no name",
            "2026-11-23 03:09:54 a - INFO - x",
            "2026-02-29 03:09:54 - a - INFO - x",
            "2026-13-01 03:09:54 - a - INFO - x",
            "2026-11-23 24:09:54 - a - INFO - x",
            "2026-11-23T03:09:54 - a - INFO - x",
            " 2026-11-23 03:09:54 - a - INFO - x",
            "2026-11-23 03:09:54, - a - INFO - x",
            "2026-11-23",
            "{\"a\": 1",
            "{\"a\": 1} x",
            "[1]",
        ] {
            assert_eq!(parts(line), None, "{line}");
        }
    }

    #[test]
    fn lines_that_would_begin_a_record() {
        let line = "2026-11-23 23:59:54,123 - a b - two words - INFO - x";
        let begins_at = (1..=line.len()).find(|&to| parts(&line[..to]).is_some()).unwrap();
        assert_eq!(&line[begins_at..], "x");
        for to in 1..begins_at {
            assert!(may_begin(&line.as_bytes()[..to]), "{}", &line[..to]);
        }
        for torn in ["2026-02-2", "2026-11-3", "0", "2026-1", "2026-0"] {
            assert!(may_begin(torn.as_bytes()), "{torn}");
        }
        for other in
            ["", "x", " 2026", "2026-3", "2026-02-3", "2026-11-31", "2026-11-23 3", "2026-11-23 03:09:54x", "2026/"]
        {
            assert!(!may_begin(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn torn_lines_go_on_unless_a_record_begins() {
        let (prefixed, object) = ("2026-11-23 03:09:54 - a - INFO - AUDIT: ", "{\"time\": 1, \"a\": ");
        for (half, next, expected) in [
            (prefixed, "x", Some(true)),
            (prefixed, "\n", Some(true)),
            (prefixed, "2026-11-23 03:09:54 - a - INFO - x", Some(false)),
            (prefixed, "\0\0\u{0}2026-11-23 03:09:54 - a - INFO - x\n", Some(false)),
            (prefixed, "2026-11-23 03:09", None),
            (prefixed, "2026-11-23 03:09\n", Some(true)),
            (prefixed, "", None),
            (prefixed, "\0", None),
            (prefixed, "{\"a\": 1}", None),
            (prefixed, "{\"a\": 1}\n", Some(true)),
            (prefixed, "{\"time\": 1}\n", Some(false)),
            (object, "{\"b\": 1}}\n", Some(true)),
            (object, "{\"b\": 1}\n", Some(false)),
            (object, "1}\n", Some(true)),
            ("2026-1", "1-23 03:09:54 - a - INFO - x\n", Some(true)),
        ] {
            assert_eq!(may_go_on(half.as_bytes(), next.as_bytes(), 1000), expected, "{half} {next}");
        }
        // No more of it is looked at than this.
        assert_eq!(may_go_on(b"x", &[0; 100], 100), Some(false));
        assert_eq!(may_go_on(b"x", &[b'{'; 100], 100), Some(true));
    }

    #[test]
    fn braces_are_read_by_the_style_of_the_file() {
        let torn = b"{\"event_type\": \"UPD".as_slice();
        let untimed = b"{\"a\": 1}".as_slice();
        let timed = b"{\"a\": 1, \"timestamp\": null}".as_slice();
        for (line, prefixed, json) in [(torn, false, true), (untimed, false, true), (timed, true, true)] {
            assert_eq!(begins(line, Some(Style::Prefixed)).is_some(), prefixed);
            assert_eq!(begins(line, Some(Style::Json)).is_some(), json);
        }
    }

    proptest! {
        #[test]
        fn lines_are_read_as_each_is_alone(lines in prop::collection::vec(
            "2026-11-(23|31) 03:09:54(,1|,12|) - (a|a b|a - b) - (INFO|Level 1|no) - (m|m - f:1|m - f:12|m n - f:1|) - (x|)",
            1..9,
        )) {
            let mut prefixes = Prefixes::default();
            for line in &lines {
                let alone = begins(line.as_bytes(), None);
                prop_assert_eq!(prefixes.begins(line.as_bytes(), None), alone, "{}", line);
            }
        }
    }
}
