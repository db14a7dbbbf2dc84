//! Points at a place in a line that was typed: the line, and a mark below it.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::sanitise::escape_dangerous;

/// How many characters are shown before the place, and behind where it begins.
const BEFORE: usize = 40;
const BEHIND: usize = 36;

/// The line and the mark. Of a long line the part around the place is shown; what could drive the terminal is escaped.
pub fn point_at(text: &str, at: Range<usize>) -> [String; 2] {
    let (before, rest) = text.split_at_checked(at.start).unwrap_or((text, ""));
    let length = at.len().min(rest.len());
    let (place, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let skipped = before.chars().count().saturating_sub(BEFORE);
    let before: String = before.chars().skip(skipped).collect();
    let shown: String = place.chars().take(BEHIND).collect();
    let room = BEHIND - shown.chars().count();
    let after: String = behind.chars().take(room).collect();
    let is_cut = shown.len() + after.len() < place.len() + behind.len();
    let [before, shown, after] = [&before, &shown, &after].map(|part| escape_dangerous(part));
    let front = format!("  {}{before}", if skipped > 0 { "…" } else { "" });
    let back = if is_cut { "…" } else { "" };
    let mark = "^".repeat(shown.width().max(1));
    [format!("{front}{shown}{after}{back}"), format!("{}{mark}", " ".repeat(front.width()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_the_place() {
        let marked = |text: &str, part: &str| {
            let start = text.find(part).unwrap();
            point_at(text, start..start + part.len())
        };
        assert_eq!(marked("status > 'abc'", "'abc'"), ["  status > 'abc'", "           ^^^^^"]);
        assert_eq!(point_at("status =", 8..8), ["  status =", "          ^"]);
        assert_eq!(marked("a = 漢字 x", "x"), ["  a = 漢字 x", "           ^"]);
        assert_eq!(marked("a = '\u{1b}[31m' x", "x"), ["  a = '\\x1b[31m' x", "                 ^"]);
        let long = format!("{} stauts = 1 {}", "id = 1 or".repeat(20), "x".repeat(100));
        let [line, mark] = marked(&long, "stauts");
        assert_eq!(mark.find('^'), line.find("stauts").map(|at| at - "…".len() + 1), "{line}\n{mark}");
        assert!(line.width() < 82 && line.starts_with("  …") && line.ends_with('…'), "{line}");
        let word = "x".repeat(1000);
        let [line, mark] = point_at(&word, 0..1000);
        assert_eq!((line.width(), mark.width()), (39, 38));
        assert_eq!(point_at("", 0..0), ["  ", "  ^"]);
    }
}
