//! Card numbers: which runs of digits are one, and where they stand in a text.
//!
//! A card number has the prefix and the length of an issuer and a valid Luhn digit. It may be written in groups with
//! one space or dash between them; it is no part of a longer run of digits, a decimal number, an identifier or a UUID.

use super::glyph::{char_after, char_before, disguised, escape_ends, escaped_start};
use super::marks::BLOCK;
use super::runs::{run, run_back};

const SHORTEST: usize = 12;
const LONGEST: usize = 19;
/// Issuers print groups of four to six digits; only the last group may be shorter.
const SHORTEST_GROUP: usize = 4;

/// Whether these digits, and nothing else, are a card number.
pub(super) fn is_card(digits: &str) -> bool {
    digits.bytes().all(|b| b.is_ascii_digit()) && are_card(digits.as_bytes())
}

fn are_card(digits: &[u8]) -> bool {
    (SHORTEST..=LONGEST).contains(&digits.len()) && has_issuer(digits) && has_luhn_digit(digits)
}

fn has_issuer(digits: &[u8]) -> bool {
    match (prefix(digits), digits.len()) {
        (4000..=4999, 13 | 16 | 19) => true,                                // Visa
        (5100..=5599 | 2221..=2720, 16) => true,                            // Mastercard
        (3400..=3499 | 3700..=3799, 15) => true,                            // American Express
        (6011 | 6440..=6599, 16..=19) => true,                              // Discover
        (3000..=3059 | 3600..=3699 | 3800..=3899, 14) => true,              // Diners Club
        (3528..=3589, 16..=19) => true,                                     // JCB
        (6200..=6299, 16..=19) => true,                                     // UnionPay
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, _) => true, // Maestro
        _ => false,
    }
}

/// The number that the first four digits make.
fn prefix(digits: &[u8]) -> u32 {
    digits.iter().take(SHORTEST_GROUP).fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
}

fn has_luhn_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Finds the card numbers of a text, block by block.
pub(super) struct Finder<'t> {
    text: &'t str,
    /// How many blocks have come.
    blocks: usize,
    /// The digits and the escapes of the last of them, which waits for the next.
    last: (u64, u64),
    /// The end of what was looked at closely.
    behind: usize,
}

impl<'t> Finder<'t> {
    /// No block has come yet.
    pub(super) fn new(text: &'t str) -> Self {
        Finder { text, blocks: 0, last: (0, 0), behind: 0 }
    }

    /// Takes the next block, a bit for each of its digits and for each of its bytes that begins an escape; calls `found`
    /// with the span of every card number whose first group ends in the one before.
    pub(super) fn block(&mut self, digits: u64, escapes: u64, mut found: impl FnMut(usize, usize)) {
        let wide = |low: u64, high: u64| u128::from(low) | u128::from(high) << BLOCK;
        let mut suspects = suspects(wide(self.last.0, digits), wide(self.last.1, escapes));
        while suspects != 0 {
            let at = (self.blocks - 1) * BLOCK + suspects.trailing_zeros() as usize;
            suspects &= suspects - 1;
            if at >= self.behind {
                self.look(at, &mut found);
            }
        }
        self.last = (digits, escapes);
        self.blocks += 1;
    }

    /// Looks at the digits around byte `at`.
    fn look(&mut self, at: usize, found: &mut impl FnMut(usize, usize)) {
        let bytes = self.text.as_bytes();
        let start = at - run_back(&bytes[..at], |b| b.is_ascii_digit());
        let end = digits_end(bytes, at);
        let card = if may_go_on(bytes, end, end - start) { card_at(self.text, start, end) } else { None };
        if let Some((start, end)) = card {
            found(start, end);
        }
        self.behind = card.map_or(end, |(_, end)| end).max(end);
    }

    /// The same for the last block.
    pub(super) fn finish(mut self, found: impl FnMut(usize, usize)) {
        self.block(0, 0, found);
    }
}

/// Where, of the first block of two, a card number may have its eighth digit or its first separator but for four
/// digits: behind four digits stand four more, or one other byte and four more, or an escape. Every card number has
/// such a place in its first group of digits, for only its last group may be shorter than four.
fn suspects(digits: u128, escapes: u128) -> u64 {
    let fours = digits & digits >> 1;
    let fours = fours & fours >> 2;
    (fours & (fours >> 4 | fours >> 5 | escapes >> 4)) as u64
}

/// Whether a group of so many digits that ends at byte `end` may be or begin a card number: the quick look that tells
/// dates, prices and ids.
fn may_go_on(bytes: &[u8], end: usize, length: usize) -> bool {
    if length >= SHORTEST {
        return true;
    }
    let rest = &bytes[end..];
    match rest.first() {
        // A shorter group can only be the last.
        Some(b' ' | b'-' | b'+') if length + SHORTEST_GROUP <= SHORTEST => {
            length >= SHORTEST_GROUP
                && rest.get(1..=SHORTEST_GROUP).is_some_and(|next| next.iter().all(u8::is_ascii_digit))
        }
        Some(b' ' | b'-' | b'+' | b'%' | b'\\' | b'&') => length >= SHORTEST_GROUP,
        _ => false,
    }
}

fn digits_end(bytes: &[u8], from: usize) -> usize {
    from + run(&bytes[from..], |b| b.is_ascii_digit())
}

/// The card number whose first group is the run of digits from `start` to `end`.
fn card_at(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let start = escaped_start(text, start);
    let is_group = (SHORTEST_GROUP..=LONGEST).contains(&end.saturating_sub(start));
    // No issuer has another first digit; nearly all that remains are dates and prices.
    if !is_group || !(2221..=6999).contains(&prefix(&bytes[start..end])) || !begins_apart(text, start) {
        return None;
    }
    let (mut digits, mut count) = ([0; LONGEST], 0);
    let (mut group, mut group_end) = (start, end);
    let mut longest = None;
    while let Some(places) = digits.get_mut(count..count + group_end - group) {
        places.copy_from_slice(&bytes[group..group_end]);
        count += places.len();
        if ends_apart(text, group_end) && are_card(&digits[..count]) && !is_in_uuid(bytes, start, group_end) {
            longest = Some((start, group_end));
        }
        if group_end - group < SHORTEST_GROUP {
            break;
        }
        let Some(separator) = separator(bytes, group_end) else { break };
        group = group_end + separator;
        group_end = digits_end(bytes, group);
        if group == group_end {
            break;
        }
    }
    longest
}

/// The length of what may stand between two groups, plain or as a form body writes it.
fn separator(bytes: &[u8], at: usize) -> Option<usize> {
    let (separator, length) = disguised(bytes, at).or(bytes.get(at).map(|b| (*b, 1)))?;
    matches!(separator, b' ' | b'-' | b'+').then_some(length)
}

fn begins_apart(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    let is_fraction = start >= 2 && bytes[start - 1] == b'.' && bytes[start - 2].is_ascii_digit();
    escape_ends(text, start) || !(is_fraction || char_before(text, start).is_some_and(is_part_of_name))
}

fn ends_apart(text: &str, end: usize) -> bool {
    let has_fraction = matches!(text.as_bytes()[end..], [b'.', b'0'..=b'9', ..]);
    !has_fraction && !char_after(text, end).is_some_and(is_part_of_name)
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the span lies inside a UUID (8-4-4-4-12 hexadecimal digits), which may look like groups by chance.
fn is_in_uuid(bytes: &[u8], start: usize, end: usize) -> bool {
    const LENGTH: usize = 36;
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let is_part = |b: &u8| b.is_ascii_hexdigit() || *b == b'-';
    let first = start - bytes[..start].iter().rev().take(LENGTH).take_while(|b| is_part(b)).count();
    let last = end + bytes[end..].iter().take(LENGTH).take_while(|b| is_part(b)).count();
    let token = &bytes[first..last];
    token.len() == LENGTH && token.iter().enumerate().all(|(at, b)| (*b == b'-') == DASHES.contains(&at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::marks::Looker;
    use super::*;

    /// The same, every run of digits looked at.
    fn found_slowly(text: &str) -> Vec<&str> {
        let bytes = text.as_bytes();
        let (mut cards, mut at) = (Vec::new(), 0);
        while let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|ahead| at + ahead) {
            let end = digits_end(bytes, start);
            let card = card_at(text, start, end);
            cards.extend(card.map(|(start, end)| &text[start..end]));
            at = card.map_or(end, |(_, end)| end);
        }
        cards
    }

    /// What card numbers are made of, and what stands around them.
    fn digits_and_marks() -> impl Strategy<Value = String> {
        const PIECES: [&str; 27] = [
            "4111",
            "1111",
            "4111111111111111",
            "378282246310005",
            "3782",
            "822463",
            "10005",
            "4222222222222",
            "12",
            "7",
            " ",
            "-",
            "+",
            "%20",
            "%2D",
            "%2B",
            "\\u0020",
            "\\",
            "&#32;",
            "&",
            ".",
            "x",
            "ñ",
            "\\n",
            "%C3%A9",
            "%",
            "                ",
        ];
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4096) })]

        #[test]
        fn none_is_missed(text in digits_and_marks()) {
            prop_assert_eq!(found(&text), found_slowly(&text));
        }
    }

    fn found(text: &str) -> Vec<&str> {
        let mut cards = Vec::new();
        let mut finder = Finder::new(text);
        let mut found = |start: usize, end: usize| cards.push(&text[start..end]);
        Looker::new().look(text.as_bytes(), |marks| finder.block(marks.digits, marks.escapes, &mut found));
        finder.finish(found);
        cards
    }

    #[test]
    fn issuers() {
        for card in [
            "4111111111111111",
            "4222222222222",
            "4000000000000000006",
            "5555555555554444",
            "2223003122003222",
            "2720992720992729",
            "378282246310005",
            "341111111111111",
            "6011111111111117",
            "6445644564456445",
            "6500000000000002",
            "30569309025904",
            "36227206271667",
            "38520000023237",
            "3530111333300000",
            "6200000000000005",
            "6205500000000000004",
            "6759649826438453",
            "501800000009",
        ] {
            assert!(is_card(card), "{card}");
            assert_eq!(found(card), [card]);
            assert_eq!(found(&format!("x {card}.")), [card]);
        }
        for digits in [
            "",
            "4111111111111112", // the Luhn digit
            "1111111111111117", // no issuer
            "411111111111111",  // Visa has no 15
            "37828224631000",   // nor Amex 14
            "2220999999999999", // below Mastercard's range
            "0000000000000000",
            "41111111111111110000", // 20 digits
            "1764000000000",        // milliseconds
            "٤١١١١١١١١١١١١١١١",
        ] {
            assert!(!is_card(digits), "{digits}");
        }
    }

    #[test]
    fn places() {
        for (text, cards) in [
            ("4111 1111 1111 1111", vec!["4111 1111 1111 1111"]),
            ("4111-1111-1111-1111,", vec!["4111-1111-1111-1111"]),
            ("3782 822463 10005", vec!["3782 822463 10005"]),
            ("4222 2222 2222 2", vec!["4222 2222 2222 2"]),
            ("4111+1111+1111+1111", vec!["4111+1111+1111+1111"]),
            ("4111%201111%201111%201111", vec!["4111%201111%201111%201111"]),
            ("4111%252B1111%252b1111%2D1111", vec!["4111%252B1111%252b1111%2D1111"]),
            ("%204111111111111111", vec!["4111111111111111"]),
            ("%C3%A94111111111111111", vec!["4111111111111111"]),
            (r"\n4111111111111111\n", vec!["4111111111111111"]),
            (r"\u00a04111111111111111", vec!["4111111111111111"]),
            (r"\u00f14111111111111111", vec!["4111111111111111"]),
            ("4111111111111111 5555555555554444", vec!["4111111111111111", "5555555555554444"]),
            ("4111 1111 1111 1111 12/27", vec!["4111 1111 1111 1111"]),
            ("pay 15 4111 1111 1111 1111 now", vec!["4111 1111 1111 1111"]),
            ("8888 4111 1111 1111 1111", vec!["4111 1111 1111 1111"]),
            ("“4111111111111111”…", vec!["4111111111111111"]),
            ("no.4111111111111111.", vec!["4111111111111111"]),
            ("x=4111111111111111&", vec!["4111111111111111"]),
            ("order-4111111111111111", vec!["4111111111111111"]),
            ("-4111111111111111", vec!["4111111111111111"]),
            ("4111  1111  1111  1111", vec![]),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", vec![]),
            ("411 11111 1111 1111", vec![]),
            ("14111111111111111", vec![]),
            ("41111111111111111", vec![]),
            ("0.4111111111111111", vec![]),
            ("4111111111111111.0", vec![]),
            ("TX4111111111111111", vec![]),
            ("4111111111111111x", vec![]),
            ("ñ4111111111111111", vec![]),
            ("qr_4111111111111111.png", vec![]),
            ("4111111111111111_", vec![]),
            ("a1b2c3d4-4111-1111-1111-111111111111", vec![]),
            ("41111111-1111-1114-5555-555555554444", vec![]),
            ("2026-11-23 03:09:54.628009", vec![]),
        ] {
            assert_eq!(found(text), cards, "{text}");
        }
    }

    #[test]
    fn every_alignment() {
        for before in 0..9 {
            for card in ["501800000009", "4111 1111 1111 1111", "4222222222222"] {
                assert_eq!(found(&format!("{}{card}", " ".repeat(before))), [card]);
                assert_eq!(found(&format!("{}12 {card}", ".".repeat(before))), [card]);
            }
        }
    }
}
