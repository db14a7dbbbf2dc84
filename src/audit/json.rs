//! How strings are written in JSON output: valid for every reader, and harmless on a terminal.

use std::fmt::Write as _;

use super::is_dangerous;

/// Appends `text` as a JSON string, quotes included. Besides what JSON demands it escapes whatever could drive a
/// terminal or mislead a reader ([`is_dangerous`]).
pub fn json_string(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let (mut plain_from, mut at) = (0, 0);
    while let Some(found) = suspect(&text.as_bytes()[at..]) {
        at += found;
        // A suspect byte is the first of its character.
        let Some(c) = text[at..].chars().next() else { break };
        if matches!(c, '"' | '\\') || is_dangerous(c) {
            out.push_str(&text[plain_from..at]);
            push_escape(c, out);
            plain_from = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}

/// Where the first suspect byte is. Whole pieces without any are passed over at once: the compiler compares all bytes of
/// one side by side.
fn suspect(bytes: &[u8]) -> Option<usize> {
    const PIECE: usize = 32;
    let is_clear = |piece: &&[u8]| !piece.iter().fold(false, |any, &byte| any | is_suspect(byte));
    let clear = PIECE * bytes.chunks_exact(PIECE).take_while(is_clear).count();
    bytes[clear..].iter().position(|&byte| is_suspect(byte)).map(|found| clear + found)
}

/// Whether a character that begins so may have to be escaped: a test compares this with all characters.
fn is_suspect(byte: u8) -> bool {
    (byte < 0x20)
        | (byte == b'"')
        | (byte == b'\\')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xd8)
        | (byte == 0xe2)
        | (byte == 0xef)
}

fn push_escape(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => {
            let written = write!(out, "\\u{:04x}", u32::from(c));
            debug_assert!(written.is_ok(), "a String takes everything");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_is_dangerous_is_suspect() {
        for c in ('\0'..=char::MAX).filter(|&c| matches!(c, '"' | '\\') || is_dangerous(c)) {
            assert!(is_suspect(c.to_string().as_bytes()[0]), "{c:?}");
        }
    }

    #[test]
    fn suspects_are_found_in_pieces_as_one_by_one() {
        for byte in 0..=u8::MAX {
            for at in [0, 31, 32, 70] {
                let mut bytes = [b'a'; 80];
                bytes[at] = byte;
                assert_eq!(suspect(&bytes), is_suspect(byte).then_some(at), "{byte:#x}");
            }
        }
    }

    #[test]
    fn strings_are_escaped() {
        for (text, json) in [
            ("", r#""""#),
            ("ñ 😀 'a'/", r#""ñ 😀 'a'/""#),
            ("\"\\\n\r\t", r#""\"\\\n\r\t""#),
            ("\0\u{8}\u{c}\u{1b}[31m\u{1f}", r#""\u0000\u0008\u000c\u001b[31m\u001f""#),
            ("\u{7f}\u{80}\u{9b}\u{9f}\u{a0}", "\"\\u007f\\u0080\\u009b\\u009f\u{a0}\""),
            ("\u{61c}\u{200d}\u{200e}\u{200f}", "\"\\u061c\u{200d}\\u200e\\u200f\""),
            ("\u{2028}\u{2029}\u{202a}\u{202e}\u{202f}", "\"\\u2028\\u2029\\u202a\\u202e\u{202f}\""),
            ("\u{2065}\u{2066}\u{2069}\u{feff}", "\"\u{2065}\\u2066\\u2069\\ufeff\""),
        ] {
            let mut out = String::new();
            json_string(text, &mut out);
            assert_eq!(out, json);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
