//! What a shell asks: the words of the line, and how much of the current one it will replace. The scripts of
//! `auditctl completions` write it, as fields that end with NUL, each with a letter in front that says what it is:
//!
//! | field | sent by   | holds                                                     |
//! |-------|-----------|-----------------------------------------------------------|
//! | `l`   | bash      | the line up to the cursor                                 |
//! | `r`   | bash      | the line after the cursor                                 |
//! | `t`   | bash      | the end of `l` that bash will replace                     |
//! | `w`   | zsh, fish | a word before the current one, as typed in zsh            |
//! | `c`   | zsh, fish | the current word up to the cursor, as typed               |
//! | `a`   | zsh       | a word after the current one                              |
//! | `v`   | all       | a variable that the line speaks of, `NAME=VALUE`          |

use super::words::{Dialect, Open, Variables, split, unquote};

/// The shells that ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Bash,
    Zsh,
    Fish,
}

impl Asker {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bash" => Some(Asker::Bash),
            "zsh" => Some(Asker::Zsh),
            "fish" => Some(Asker::Fish),
            _ => None,
        }
    }

    fn dialect(self) -> Dialect {
        match self {
            Asker::Bash | Asker::Zsh => Dialect::Posix,
            Asker::Fish => Dialect::Fish,
        }
    }
}

/// A word before or after the current one; None where only the shell can tell what it is.
pub(super) type Word = Option<String>;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Which words can stand where the cursor is.
    Words(Line),
    /// The name of a file, which the shell completes best.
    File,
    /// Something that only the shell can complete, such as the name of a variable.
    Shell,
}

/// The words around the cursor, without their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From the program's name to the word before the current one.
    pub before: Vec<Word>,
    /// The current word up to the cursor.
    pub current: String,
    /// The words after the current one.
    pub after: Vec<Word>,
    /// What of the current word stays as it is.
    pub kept: Kept,
}

/// The beginning of the current word, which stays on the line: bash replaces what follows, in its own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Without its quotes.
    pub value: String,
    /// The quotes that are open after it.
    pub open: Open,
}

impl Kept {
    fn nothing() -> Self {
        Kept { value: String::new(), open: Open::Nothing }
    }
}

impl Request {
    /// Reads the fields; None where they make no sense.
    pub fn read(asker: Asker, bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let fields: Vec<(char, &str)> = text.split_terminator('\0').filter_map(tagged).collect();
        let all = |tag| fields.iter().filter(move |(t, _)| *t == tag).map(|(_, value)| *value);
        let one = |tag| all(tag).next();
        let variables: Variables =
            all('v').filter_map(|v| v.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect();
        let dialect = asker.dialect();
        let value = |word: &str| unquote(word, dialect, &variables).value;

        if asker == Asker::Bash {
            let line = split(one('l')?);
            if line.redirection {
                return Some(Request::File);
            }
            let rest = one('r')?;
            let after = split(rest);
            // What the cursor stands in goes on there, and is no word of its own.
            let skipped = usize::from(!rest.is_empty() && !rest.starts_with([' ', '\t', '\n']));
            let last = Some(after.current).filter(|word| !word.is_empty() && !after.redirection);
            let replaced = one('t').unwrap_or_default();
            // Only where bash says it in the terms of the line can it be told what it will replace.
            let kept = unquote(line.current.strip_suffix(replaced)?, dialect, &variables);
            let Some(current) = value(line.current) else { return Some(Request::Shell) };
            let Some(kept) = kept.value.map(|value| Kept { value, open: kept.open }) else {
                return Some(Request::Shell);
            };
            return Some(Request::Words(Line {
                before: line.words.into_iter().map(value).collect(),
                current,
                after: after.words.into_iter().chain(last).skip(skipped).map(value).collect(),
                kept,
            }));
        }
        let Some(current) = value(one('c')?) else { return Some(Request::Shell) };
        let read: Box<dyn Fn(&str) -> Word> = match asker {
            // fish has undone the quotes, but not replaced the variables.
            Asker::Fish => Box::new(|word| fish_word(word, &variables)),
            _ => Box::new(value),
        };
        let before = all('w').map(&read).collect();
        let after = all('a').map(&read).collect();
        Some(Request::Words(Line { before, current, after, kept: Kept::nothing() }))
    }
}

fn tagged(field: &str) -> Option<(char, &str)> {
    let tag = field.chars().next()?;
    Some((tag, &field[tag.len_utf8()..]))
}

/// A word whose quotes fish has undone: a `$` may be a variable or have been quoted, so that it counts as a variable
/// where there is one of that name.
fn fish_word(word: &str, variables: &Variables) -> Word {
    let Some((front, rest)) = word.split_once('$') else { return Some(word.to_owned()) };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    match variables.get(&rest[..end]) {
        Some(value) => Some(format!("{front}{value}{}", &rest[end..])),
        None => Some(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(asker: Asker, fields: &[&str]) -> Option<Request> {
        let bytes: String = fields.iter().map(|field| format!("{field}\0")).collect();
        Request::read(asker, bytes.as_bytes())
    }

    fn line(before: &[&str], current: &str, after: &[&str]) -> Line {
        let words = |words: &[&str]| words.iter().map(|word| Some(word.to_string())).collect();
        Line { before: words(before), current: current.into(), after: words(after), kept: Kept::nothing() }
    }

    #[test]
    fn bash_sends_the_line_and_what_it_will_replace() {
        let asked = |before: &str, rest: &str, replaced: &str| {
            read(Asker::Bash, &[before, rest, &format!("t{replaced}"), "vDB=/srv/db.sqlite3"])
        };
        let expected = line(&["auditctl", "--database", "/srv/db.sqlite3", "list", "--user"], "an", &["-o", "csv"]);
        assert_eq!(
            asked("lauditctl --database $DB list --user an", "r -o csv", "an"),
            Some(Request::Words(expected.clone()))
        );
        // The cursor inside a word: what follows it in the word is not looked at.
        assert_eq!(asked("lauditctl --database $DB list --user an", "ra -o csv", "an"), Some(Request::Words(expected)));
        for (typed, replaced, kept, open) in [
            ("lauditctl list --user=an", "an", "--user=", Open::Nothing),
            ("lauditctl list --user=\"an", "an", "--user=", Open::Double),
            ("lauditctl list 'ana b", "ana b", "", Open::Single),
            ("lauditctl list 'ana b'", "'ana b'", "", Open::Nothing),
            ("lauditctl list name:1", "1", "name:", Open::Nothing),
        ] {
            let Some(Request::Words(line)) = asked(typed, "r", replaced) else {
                panic!("{typed}");
            };
            assert_eq!(line.kept, Kept { value: kept.into(), open }, "{typed}");
        }
        assert_eq!(asked("lauditctl list > o", "r", "o"), Some(Request::File));
        assert_eq!(asked("lauditctl list --user $X", "r", "$X"), Some(Request::Shell));
        assert_eq!(asked("lauditctl list --user a\\ b", "r", "a b"), None, "not in the terms of the line");
    }

    #[test]
    fn zsh_and_fish_send_words() {
        let expected = Some(Request::Words(line(&["auditctl", "my db", "/srv/x"], "a b", &["-o"])));
        assert_eq!(read(Asker::Zsh, &["wauditctl", "w'my db'", "w$DB", "ca\\ b", "a-o", "vDB=/srv/x"]), expected);
        assert_eq!(read(Asker::Fish, &["wauditctl", "wmy db", "w$DB", "c'a b", "a-o", "vDB=/srv/x"]), expected);
    }

    #[test]
    fn what_makes_no_sense_is_no_request() {
        assert_eq!(read(Asker::Bash, &["wauditctl"]), None);
        assert_eq!(read(Asker::Fish, &["wauditctl"]), None);
        assert_eq!(Request::read(Asker::Zsh, b"w\xff\0c\0"), None);
    }
}
