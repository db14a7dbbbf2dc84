//! The answer in the words of each shell: a first line that says what it is, then a line for each candidate.
//!
//! The first line also tells the answer from the output of another program of the same name, such as the kernel's
//! auditctl. zsh and fish quote what they put into the line; for bash that is done here.

use super::request::{Asker, Kept, Line};
use super::words::Open;

/// What the first line begins with. The scripts look for it.
pub const MARK: &str = "auditctl-completion-1";

/// What can stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// One of these words.
    Words(Vec<Group>),
    /// A file.
    Files,
    /// A folder.
    Folders,
    /// What the shell thinks.
    Shell,
}

/// What follows a candidate when it is the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// A space: the word is complete.
    After,
    /// Nothing: the word goes on.
    Nothing,
    /// A comma or a space: another word can follow in the list.
    Comma,
}

/// Candidates of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// What they are.
    pub title: String,
    /// What follows each.
    pub space: Space,
    /// Each word and what it means, which may be empty.
    pub words: Vec<(String, String)>,
}

impl Answer {
    /// The answer as the script of this shell reads it.
    pub fn print(&self, asker: Asker, line: Option<&Line>) -> String {
        let (kind, lines) = match (self, line) {
            (Answer::Files, line) => ("files", path(asker, line)),
            (Answer::Folders, line) => ("folders", path(asker, line)),
            (Answer::Shell, _) | (_, None) => ("shell", String::new()),
            (Answer::Words(groups), Some(line)) => match asker {
                Asker::Bash => bash(groups, &line.kept),
                Asker::Zsh => ("words", zsh(groups, &line.current)),
                Asker::Fish => ("words", fish(groups)),
            },
        };
        format!("{MARK} {kind}\n{lines}")
    }
}

/// fish completes a path that it is given without quotes.
fn path(asker: Asker, line: Option<&Line>) -> String {
    match line {
        Some(line) if asker == Asker::Fish => format!("{}\n", line.current),
        _ => String::new(),
    }
}

/// Each candidate as bash is to put it in the place of what it replaces. The quotes around an only candidate are
/// closed: bash does so itself, but not where what is inside ends with the same character.
fn bash(groups: &[Group], kept: &Kept) -> (&'static str, String) {
    let words = groups.iter().flat_map(|group| group.words.iter().map(|(word, _)| (word, group.space)));
    let replies: Vec<_> = words
        .filter_map(|(word, space)| Some((bash_quoted(word.strip_prefix(kept.value.as_str())?, kept.open)?, space)))
        .collect();
    let (kind, close) = match replies.as_slice() {
        [(_, Space::After)] => ("words", kept.open.mark()),
        [_] => ("open", kept.open.mark()),
        _ => ("words", ""),
    };
    (kind, replies.into_iter().map(|(reply, _)| reply + close + "\n").collect())
}

/// A text that bash reads as these characters and nothing else, after these open quotes and before they are closed.
///
/// What several candidates have in common is typed as soon as there are several, so that the beginning of each has to
/// be as harmless as the whole: quotes stand at the front, not around the character that needs them.
fn bash_quoted(text: &str, open: Open) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,+@%=^".contains(c);
    match open {
        Open::Nothing if text.chars().all(plain) => Some(text.to_owned()),
        Open::Nothing => Some(format!("'{}'", text.replace('\'', r"'\''"))),
        Open::Single => Some(text.replace('\'', r"'\''")),
        Open::Double => {
            let mut quoted = String::with_capacity(text.len() + 8);
            for c in text.chars() {
                match c {
                    '"' | '$' | '`' | '\\' => quoted.extend(['\\', c]),
                    // Between double quotes, a backslash would keep history from being looked up, and stay.
                    '!' => quoted.push_str("\"'!'\""),
                    c => quoted.push(c),
                }
            }
            Some(quoted)
        }
        Open::Other => None,
    }
}

/// `g`, what follows, whether zsh is to take words that don't begin like the one that is typed, and the title; then
/// `c`, a word and its meaning.
fn zsh(groups: &[Group], current: &str) -> String {
    let mut lines = String::new();
    for group in groups {
        let space = match group.space {
            Space::After => "space",
            Space::Nothing => "nothing",
            Space::Comma => "comma",
        };
        let is_like = group.words.iter().all(|(word, _)| word.starts_with(current));
        lines.push_str(&format!("g\t{space}\t{}\t{}\n", if is_like { "like" } else { "any" }, group.title));
        for (word, help) in &group.words {
            lines.push_str(&format!("c\t{word}\t{help}\n"));
        }
    }
    lines
}

/// A word, and after a tab its meaning.
fn fish(groups: &[Group]) -> String {
    let line = |(word, help): &(String, String)| match help.as_str() {
        "" => format!("{word}\n"),
        help => format!("{word}\t{help}\n"),
    };
    groups.iter().flat_map(|group| group.words.iter().map(line)).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn group(space: Space, words: &[&str]) -> Group {
        let words = words.iter().map(|word| (word.to_string(), "Meaning".to_owned())).collect();
        Group { title: "Names".into(), space, words }
    }

    #[test]
    fn each_shell_in_its_words() {
        let answer = Answer::Words(vec![group(Space::After, &["ana", "a b"]), group(Space::Comma, &["id"])]);
        let line = |value: &str, open| Line {
            before: Vec::new(),
            current: "a".into(),
            after: Vec::new(),
            kept: Kept { value: value.into(), open },
        };
        let print = |asker| answer.print(asker, Some(&line("", Open::Nothing)));
        assert_eq!(print(Asker::Bash), "auditctl-completion-1 words\nana\n'a b'\nid\n");
        assert_eq!(
            print(Asker::Zsh),
            "auditctl-completion-1 words\ng\tspace\tlike\tNames\nc\tana\tMeaning\nc\ta b\tMeaning\n\
             g\tcomma\tany\tNames\nc\tid\tMeaning\n"
        );
        assert_eq!(print(Asker::Fish), "auditctl-completion-1 words\nana\tMeaning\na b\tMeaning\nid\tMeaning\n");
        let only = Answer::Words(vec![group(Space::Nothing, &["--zone=Africa/"])]);
        assert_eq!(
            only.print(Asker::Bash, Some(&line("--zone=", Open::Nothing))),
            "auditctl-completion-1 open\nAfrica/\n"
        );
        assert_eq!(Answer::Files.print(Asker::Bash, None), "auditctl-completion-1 files\n");
        let path = Some(&line("", Open::Nothing));
        assert_eq!(Answer::Folders.print(Asker::Fish, path), "auditctl-completion-1 folders\na\n");
        assert_eq!(Answer::Shell.print(Asker::Bash, None), "auditctl-completion-1 shell\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// bash itself is the oracle: what it reads is the text, after quotes of each kind.
        #[test]
        fn bash_reads_the_text_and_nothing_else(text in "[-a-c '\"\\\\$`(){}<>&|;~#!*?=\\[\\]^,%ñ]{0,12}") {
            for (open, quote) in [(Open::Nothing, ""), (Open::Single, "'"), (Open::Double, "\"")] {
                let quoted = bash_quoted(&text, open).unwrap();
                let script = format!("printf '%s' {quote}{quoted}{quote}\n");
                let output = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
                prop_assert_eq!(String::from_utf8_lossy(&output.stdout), text.as_str(), "{}", script);
                prop_assert!(output.stderr.is_empty(), "{}", script);
            }
        }
    }
}
