//! Words for a shell: what stands in a command that somebody is to copy, often as root, from a hint or a remedy.
//!
//! Names of files are chosen by others. A word is one word of sh, bash, zsh and fish alike, whatever it holds.

use std::ffi::OsStr;

use crate::audit::is_dangerous;

/// One word, in quotes where it needs some; None for what cannot be typed in one line or would not be seen in it: line
/// breaks, control characters, what changes the direction of writing, bytes that are not UTF-8.
pub fn word(text: impl AsRef<OsStr>) -> Option<String> {
    let quoted = quoted(text.as_ref())?;
    let text = text.as_ref().to_str()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    Some(if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { quoted })
}

/// The same, and in quotes in any case.
pub fn quoted(text: impl AsRef<OsStr>) -> Option<String> {
    let text = text.as_ref().to_str().filter(|text| !text.chars().any(is_dangerous))?;
    // Between single quotes nothing has a meaning, but for fish a backslash: both stand outside.
    Some(format!("'{}'", text.replace('\\', "\0").replace('\'', r"'\''").replace('\0', r"'\\'")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_word_is_one_word() {
        for (text, expected) in [
            ("/srv/park/logs/audit.log.1", "/srv/park/logs/audit.log.1"),
            ("a b", "'a b'"),
            ("x; touch PWNED #", "'x; touch PWNED #'"),
            ("$(id) `id` ~ *", "'$(id) `id` ~ *'"),
            ("=ls", "'=ls'"),
            ("it's", r"'it'\''s'"),
            (r"a\", r"'a'\\''"),
            ("", "''"),
            ("año", "'año'"),
        ] {
            assert_eq!(word(text).as_deref(), Some(expected));
            // What a shell makes of it.
            let split = shlex::split(expected).unwrap();
            assert_eq!(split, [text], "{expected}");
        }
        assert_eq!(quoted("plain").as_deref(), Some("'plain'"));
        for text in ["a\nb", "a\rb", "\u{1b}[31m", "\u{202e}gol", "a\0b", "a\u{85}b"] {
            assert_eq!(word(text), None, "{text:?}");
        }
        assert_eq!(word(OsStr::from_bytes(b"audit\xff.log")), None);
    }
}
