//! A command line as a shell reads it: split into words, quotes undone. Knows nothing of the program's options.
//!
//! It stops where only the shell could go on: a word with a command substitution, or with a variable whose value did
//! not come along, has no known value. Nothing is ever run or evaluated.

use std::collections::HashMap;

/// The values of the variables that a line speaks of.
pub(super) type Variables = HashMap<String, String>;

/// Whose rules of quoting hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// bash and zsh.
    Posix,
    /// fish, which has escapes inside single quotes.
    Fish,
}

/// The quotes that are open after a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// None.
    Nothing,
    /// `'`
    Single,
    /// `"`
    Double,
    /// A backslash, `$'`, or a substitution: a place where nothing can be completed.
    Other,
}

impl Open {
    /// What closes them.
    pub fn mark(self) -> &'static str {
        match self {
            Open::Single => "'",
            Open::Double => "\"",
            Open::Nothing | Open::Other => "",
        }
    }
}

/// A word without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unquoted {
    /// What the program would be given; None where only the shell can tell.
    pub value: Option<String>,
    /// The quotes that are open at its end.
    pub open: Open,
}

/// A simple command up to the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The complete words, as typed.
    pub words: Vec<&'a str>,
    /// The word at whose end the cursor stands, as typed; empty between words.
    pub current: &'a str,
    /// Whether the current word is the file of a redirection.
    pub redirection: bool,
}

/// Splits a simple command. Redirections and their files are no words of it.
pub(super) fn split(line: &str) -> Line<'_> {
    let mut scanner = Scanner::new(line, Dialect::Posix);
    let mut words = Vec::new();
    let (mut start, mut redirection) = (None, false);
    loop {
        let at = scanner.at;
        let Some(step) = scanner.next() else { break };
        if step == Step::Continuation {
            continue;
        }
        let is_end = matches!(step, Step::Space | Step::Operator(_));
        if !is_end {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            let word = &line[start..at];
            // In `2>errors`, the number belongs to the operator.
            let is_descriptor = matches!(step, Step::Operator('<' | '>')) && word.bytes().all(|b| b.is_ascii_digit());
            if !redirection && !is_descriptor {
                words.push(word);
            }
            redirection = false;
        }
        if let Step::Operator(operator) = step {
            redirection = matches!(operator, '<' | '>') || (redirection && operator == '&');
        }
    }
    Line { words, current: start.map_or("", |start| &line[start..]), redirection }
}

/// Undoes the quotes of one word.
pub(super) fn unquote(word: &str, dialect: Dialect, variables: &Variables) -> Unquoted {
    let mut scanner = Scanner::new(word, dialect);
    let mut value = Some(String::with_capacity(word.len()));
    let mut push = |text: Option<&str>| match (&mut value, text) {
        (Some(value), Some(text)) => value.push_str(text),
        _ => value = None,
    };
    while let Some(step) = scanner.next() {
        match step {
            Step::Character(c) | Step::Operator(c) => push(Some(c.encode_utf8(&mut [0; 4]))),
            Step::Space => push(Some(" ")),
            Step::Syntax | Step::Continuation => {}
            Step::Variable(name) => push(variables.get(name).map(String::as_str)),
            Step::Unknown => push(None),
        }
    }
    Unquoted { value, open: scanner.open }
}

/// One step of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    /// A character of the word.
    Character(char),
    /// A quote or a backslash that is no part of the word.
    Syntax,
    /// A backslash at the end of a line, which goes on with the next one.
    Continuation,
    /// `$NAME` or `${NAME}`
    Variable(&'a str),
    /// What only the shell can work out.
    Unknown,
    /// Space between words.
    Space,
    /// `<`, `>`, `&`, `|`, `;`, `(` or `)`
    Operator(char),
}

/// Reads a text from left to right, each character once.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    open: Open,
    dialect: Dialect,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Self {
        Scanner { text, at: 0, open: Open::Nothing, dialect }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Option<Step<'a>> {
        let c = self.take()?;
        Some(match (self.open, c) {
            (Open::Single, '\'') | (Open::Double, '"') => {
                self.open = Open::Nothing;
                Step::Syntax
            }
            (Open::Single, '\\') if self.dialect == Dialect::Fish => self.escaped("'\\"),
            (Open::Single, c) => Step::Character(c),
            (Open::Double, '\\') if self.dialect == Dialect::Fish => self.escaped("\"$\\\n"),
            (Open::Double, '\\') => self.escaped("\"$\\`\n"),
            (_, '$') => self.dollar(),
            (_, '`') if self.dialect == Dialect::Posix => self.until(|c, escaped| c == '`' && !escaped),
            (Open::Double, c) => Step::Character(c),
            (_, '\\') => self.backslash(),
            (_, '\'') => {
                self.open = Open::Single;
                Step::Syntax
            }
            (_, '"') => {
                self.open = Open::Double;
                Step::Syntax
            }
            (_, '(') if self.dialect == Dialect::Fish => self.parentheses(),
            (_, ' ' | '\t' | '\n') => Step::Space,
            (_, c @ ('<' | '>' | '&' | '|' | ';' | '(' | ')')) => Step::Operator(c),
            (_, c) => Step::Character(c),
        })
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// After a backslash inside quotes: only some characters lose it.
    fn escaped(&mut self, special: &str) -> Step<'a> {
        match self.rest().chars().next() {
            Some('\n') if special.contains('\n') => {
                self.take();
                Step::Continuation
            }
            Some(c) if special.contains(c) => {
                self.take();
                Step::Character(c)
            }
            _ => Step::Character('\\'),
        }
    }

    /// After a backslash outside of quotes.
    fn backslash(&mut self) -> Step<'a> {
        match self.take() {
            None => {
                self.open = Open::Other;
                Step::Unknown
            }
            Some('\n') => Step::Continuation,
            // fish writes control characters so, and characters by their number.
            Some(c) if self.dialect == Dialect::Fish && c.is_ascii_alphanumeric() => Step::Unknown,
            Some(c) => Step::Character(c),
        }
    }

    fn dollar(&mut self) -> Step<'a> {
        let rest = self.rest();
        let name_in = |text: &'a str| {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
            let name = &text[..end];
            (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
        };
        if let Some(inside) = rest.strip_prefix('{') {
            return match name_in(inside).filter(|name| inside[name.len()..].starts_with('}')) {
                Some(name) => {
                    self.at += name.len() + 2;
                    Step::Variable(name)
                }
                None => self.until(|c, _| c == '}'),
            };
        }
        if rest.starts_with('(') {
            self.at += 1;
            return self.parentheses();
        }
        if let Some(name) = name_in(rest) {
            self.at += name.len();
            return Step::Variable(name);
        }
        match rest.chars().next() {
            // $'…' has escapes of its own; $"…" asks for a translation.
            Some('\'') if self.open == Open::Nothing => {
                self.at += 1;
                self.until(|c, escaped| c == '\'' && !escaped)
            }
            Some('"') if self.open == Open::Nothing => Step::Syntax,
            Some(c) if "@*#?-!$".contains(c) || c.is_ascii_digit() => {
                self.at += 1;
                Step::Unknown
            }
            _ => Step::Character('$'),
        }
    }

    /// Passes over everything up to the character that ends it; without one, all is left open.
    fn until(&mut self, is_end: impl Fn(char, bool) -> bool) -> Step<'a> {
        let mut escaped = false;
        while let Some(c) = self.take() {
            if is_end(c, escaped) {
                return Step::Unknown;
            }
            escaped = c == '\\' && !escaped;
        }
        self.open = Open::Other;
        Step::Unknown
    }

    /// Passes over a command substitution and those inside it. Parentheses inside its quotes are counted too: then
    /// the rest of the line is not understood, and nothing is offered.
    fn parentheses(&mut self) -> Step<'a> {
        let mut depth = 1_usize;
        while let Some(c) = self.take() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                return Step::Unknown;
            }
        }
        self.open = Open::Other;
        Step::Unknown
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn variables() -> Variables {
        [("DB", "/srv/my park/db.sqlite3"), ("empty", "")].map(|(name, value)| (name.into(), value.into())).into()
    }

    #[test]
    fn a_line_is_split_where_a_shell_splits_it() {
        for (line, words, current, redirection) in [
            ("auditctl list --us", &["auditctl", "list"][..], "--us", false),
            ("auditctl list ", &["auditctl", "list"], "", false),
            ("  auditctl\t list  --user 'ana b' x", &["auditctl", "list", "--user", "'ana b'"], "x", false),
            ("auditctl --user='a b", &["auditctl"], "--user='a b", false),
            ("auditctl a\\ b \"c d\"e f", &["auditctl", "a\\ b", "\"c d\"e"], "f", false),
            ("auditctl list > out.csv --user ", &["auditctl", "list", "--user"], "", false),
            ("auditctl list 2>/dev/null --user a", &["auditctl", "list", "--user"], "a", false),
            ("auditctl list 2>&1 --user a", &["auditctl", "list", "--user"], "a", false),
            ("auditctl list >> ou", &["auditctl", "list"], "ou", true),
            ("auditctl list >", &["auditctl", "list"], "", true),
            (
                "auditctl --database \"$(cat x y)\" --user a",
                &["auditctl", "--database", "\"$(cat x y)\"", "--user"],
                "a",
                false,
            ),
            ("auditctl --database `cat x y` --user a", &["auditctl", "--database", "`cat x y`", "--user"], "a", false),
            ("auditctl --user $(ls", &["auditctl", "--user"], "$(ls", false),
            ("", &[], "", false),
        ] {
            assert_eq!(split(line), Line { words: words.to_vec(), current, redirection }, "{line}");
        }
    }

    #[test]
    fn quotes_are_undone() {
        use Open::{Double, Nothing, Other, Single};
        for (word, value, open) in [
            ("ana", Some("ana"), Nothing),
            ("a\\ b", Some("a b"), Nothing),
            ("'a b'c", Some("a bc"), Nothing),
            ("'it'\\''s", Some("it's"), Single),
            ("\"a \\\"b\\\" \\c \\$x\"", Some("a \"b\" \\c $x"), Nothing),
            ("--user='an", Some("--user=an"), Single),
            ("\"an", Some("an"), Double),
            ("$DB", Some("/srv/my park/db.sqlite3"), Nothing),
            ("\"${DB}\".bak", Some("/srv/my park/db.sqlite3.bak"), Nothing),
            ("'$DB'", Some("$DB"), Nothing),
            ("a$empty", Some("a"), Nothing),
            ("$", Some("$"), Nothing),
            ("a$/b", Some("a$/b"), Nothing),
            ("$NOWHERE", None, Nothing),
            ("${DB:-x}", None, Nothing),
            ("$(rm -rf ~)", None, Nothing),
            ("`id`", None, Nothing),
            ("a$(id", None, Other),
            ("$'a\\'b'", None, Nothing),
            ("$1", None, Nothing),
            ("ab\\", None, Other),
            ("ñandú😀", Some("ñandú😀"), Nothing),
        ] {
            let expected = Unquoted { value: value.map(str::to_owned), open };
            assert_eq!(unquote(word, Dialect::Posix, &variables()), expected, "{word}");
        }
        for (word, value, open) in [
            ("'it\\'s \\\\ \\n'", Some("it's \\ \\n"), Nothing),
            ("\"a \\$x \\\"\"", Some("a $x \""), Nothing),
            ("a\\$b\\;c", Some("a$b;c"), Nothing),
            ("a\\nb", None, Nothing),
            ("(id)", None, Nothing),
            ("`x", Some("`x"), Nothing),
            ("$DB", Some("/srv/my park/db.sqlite3"), Nothing),
        ] {
            let expected = Unquoted { value: value.map(str::to_owned), open };
            assert_eq!(unquote(word, Dialect::Fish, &variables()), expected, "{word}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// bash itself is the oracle: a line without substitutions is split and unquoted as bash does it.
        #[test]
        fn bash_reads_the_same_words(line in "([a-c] |[a-c]|\\\\[ -~\n]|'[a-c \"\\\\$]*'|\"([a-c ']|\\\\[ -~\n])*\"){0,8}") {
            let output = Command::new("bash").args(["--norc", "-c", &format!("printf '%s\\0' {line}\n")]).output().unwrap();
            prop_assume!(output.status.success());
            let given = String::from_utf8(output.stdout).unwrap();
            let given: Vec<&str> = given.split_terminator('\0').collect();
            let closed = format!("{line} ");
            let read: Vec<_> = split(&closed).words.iter().map(|word| unquote(word, Dialect::Posix, &Variables::new()).value).collect();
            let read: Vec<String> = read.into_iter().map(Option::unwrap).collect();
            // printf prints its format once when there is nothing to print.
            prop_assert_eq!(&read, if read.is_empty() { &[][..] } else { &given[..] });
        }

        #[test]
        fn nothing_makes_it_panic(line in "[-a \\\\'\"$`(){}<>&|;~#!ñ\n]{0,40}") {
            let split = split(&line);
            for dialect in [Dialect::Posix, Dialect::Fish] {
                for word in split.words.iter().chain([&split.current]) {
                    unquote(word, dialect, &Variables::new());
                }
            }
        }
    }
}
