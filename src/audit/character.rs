//! Which characters could harm who reads them. What is done about them is each format's own affair.

/// Whether a character could drive a terminal or mislead a reader: controls (C0, DEL, C1), direction marks and
/// overrides, line and paragraph separators, the byte order mark.
pub fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_and_no_others() {
        let expected =
            [0..=0x1f, 0x7f..=0x9f, 0x61c..=0x61c, 0x200e..=0x200f, 0x2028..=0x202e, 0x2066..=0x2069, 0xfeff..=0xfeff];
        for c in '\0'..=char::MAX {
            assert_eq!(is_dangerous(c), expected.iter().any(|range| range.contains(&u32::from(c))), "{c:?}");
        }
    }
}
