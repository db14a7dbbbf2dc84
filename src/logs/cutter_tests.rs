//! Properties of cutting: any text, cut anywhere, has the same records, and no byte is lost.

use proptest::prelude::*;

use super::*;

#[path = "cutter_laws.rs"]
mod laws;
use laws::{by_blocks, naively};

/// What lines are made of that no one wrote on purpose.
const PIECES: [&[u8]; 34] = [
    b"2026-11-23 03:09:54 - a - INFO - ",
    b"2026-11-23 03:09:54 - a b - INFO - module - function:12 - ",
    b"2026-11-23 03:09:54",
    b"2026-11-2",
    b"3 03:0",
    b"2026-02-30 00:00:00 - a - INFO - ",
    b",123",
    b" - ",
    b" -",
    b"- ",
    b"INFO",
    b"Level 15",
    b"a",
    b"7",
    b":12",
    b" ",
    b"AUDIT: ",
    b"{",
    b"}",
    b"{}",
    b"{\"a\": 1}",
    b"{\"time\": 1}",
    b"{\"time\": \"",
    b"\"}",
    b"\n",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\0\0\0",
    b"\xef\xbb\xbf",
    b"\xf0\x9f",
    "ñ".as_bytes(),
];

/// A text, shown as one.
#[derive(Clone)]
pub(in crate::logs) struct Text(pub Vec<u8>);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

pub(in crate::logs) fn text() -> impl Strategy<Value = Text> {
    let piece = prop_oneof![
        12 => prop::sample::select(&PIECES[..]).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| Text(pieces.concat()))
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_records(Text(text) in text(), usual in 1..80_usize, most in 1..90_usize) {
        let expected = naively(&text);
        prop_assert_eq!(&by_blocks(&text, 1 << 20, 1 << 20, 1 << 20), &expected);
        prop_assert_eq!(&by_blocks(&text, usual, 1 << 20, most), &expected);
    }

    #[test]
    fn memory_is_bounded_and_lines_are_counted_once(Text(text) in text(), usual in 1..80_usize, more in 1..100_usize) {
        // The longest record has room for a byte order mark.
        let expected = naively(&text);
        let found = by_blocks(&text, usual, usual + more, usual);
        // What is cut may hide what comes behind it, and nothing else.
        for (offset, line, text) in &found.records {
            let text = text.trim_end_matches('\u{fffd}');
            let is_it = |(at, number, whole): &(u64, u64, String)| {
                at == offset && number == line && (whole.starts_with(text) || text.starts_with(whole.as_str()))
            };
            // Where the first record was too long to be seen, the style of the file was not known.
            let is_known = text.starts_with('{') || expected.records.iter().any(is_it);
            prop_assert!(is_known, "{} {}", offset, text);
        }
        if expected.records.is_empty() && !text.contains(&0) {
            prop_assert_eq!(found.skipped, expected.skipped);
        }
    }
}

#[test]
fn a_line_is_counted_once_in_however_many_blocks_it_is() {
    let mark_inside = b"2026-11-23 03:09:54\n\xef\xbb\xbfa".as_slice();
    for (text, lines) in [(mark_inside, 2), (b"\r2026-11-23 03:09:54 - a - INFO - ", 1), (b"\r\r\n\0\0\0a", 1)] {
        for (usual, longest) in [(2, 4), (1, 3), (1 << 20, 1 << 20)] {
            let found = by_blocks(text, usual, longest, usual);
            assert_eq!((found.records, found.skipped), (Vec::new(), lines), "{} {usual}", text.escape_ascii());
        }
    }
}

/// The last line of what is left out may be the first of what is read next, and begin a record.
#[test]
fn behind_what_was_cut_no_block_is_too_long() {
    let line = |length: usize| [&b"c".repeat(length)[..], b"\n"].concat();
    let cut = [b"{}\n\n", &line(54)[..], &line(7), b"\n", &line(7), &line(54)].concat();
    let next = [b"\0{\n\n", &line(4)[..], &line(2), b"\n", &line(7), &line(44), &line(4)].concat();
    by_blocks([cut, next].concat().trim_ascii_end(), 64, 65, 64);
}
