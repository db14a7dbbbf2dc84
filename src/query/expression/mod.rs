//! `--where`: and, or, not over tests on fields, read into a [`Filter`] and printed back.
//!
//! ```text
//! any        = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" any ")" | test
//! test       = field ( "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "~" | "=~" | "glob" ) value
//!            | field [ "not" ] "in" "(" value { "," value } ")"
//!            | field "is" [ "not" ] "null"
//! field      = name { "." key | "[" digits "]" }
//! value      = word | 'text' | "text"
//! ```
//!
//! `lexer` cuts the text into words and signs, `parser` knows the grammar, `meaning` says which test a field, an
//! operator and its values make, and `print` writes a filter so that it reads back as the same tree.

mod lexer;
mod meaning;
mod parser;
mod print;

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{FieldPath, Filter, Kind, Vocabulary, Zone};

/// A longer expression is refused: no shell hands on much more.
const LONGEST: usize = 64 * 1024;

/// How deep `not` and parentheses may nest.
const DEEPEST: usize = 100;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the expression can't be read: {why}")]
pub struct ExpressionError {
    /// The expression.
    pub text: String,
    /// Which bytes of it are wrong.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub why: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// What is wrong with a part of an expression.
#[derive(Debug)]
struct Wrong {
    at: Range<usize>,
    why: String,
    hint: Option<String>,
}

impl Wrong {
    fn new(at: Range<usize>, why: impl Into<String>) -> Self {
        Wrong { at, why: why.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What the words of an expression may mean, and when and where.
#[derive(Clone, Copy, Debug)]
pub struct Language<'a> {
    /// The names of fields.
    pub vocabulary: &'a Vocabulary,
    /// What `today` and `-90m` count from.
    pub now: DateTime<Utc>,
    /// The zone of naive times.
    pub zone: &'a Zone,
}

impl Filter {
    /// Reads an expression. Names of users stay tests on `user` and `username` until somebody who knows the users
    /// turns them into ids.
    pub fn parse(text: &str, language: Language<'_>) -> Result<Filter, Box<ExpressionError>> {
        let read = if text.len() > LONGEST {
            let why = format!("it is {} bytes long, and {LONGEST} is the most", text.len());
            Err(Wrong::new(0..0, why))
        } else {
            lexer::tokens(text).and_then(|tokens| parser::parse(text, &tokens, language))
        };
        let cut = |text: &str| text.chars().take(LONGEST).collect();
        read.map_err(|Wrong { at, why, hint }| Box::new(ExpressionError { text: cut(text), at, why, hint }))
    }
}

impl FieldPath {
    /// Reads the name of a field and the steps behind it, and nothing else: `status`, `response.items[0].id`.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<(FieldPath, Kind), Box<ExpressionError>> {
        let language = Language { vocabulary, now: DateTime::UNIX_EPOCH, zone: &Zone::UTC };
        let read = if text.len() > LONGEST {
            Err(Wrong::new(0..0, "it is too long for a name"))
        } else {
            lexer::tokens(text).and_then(|tokens| parser::parse_field(text, &tokens, language))
        };
        let cut = |text: &str| text.chars().take(LONGEST).collect();
        read.map_err(|Wrong { at, why, hint }| Box::new(ExpressionError { text: cut(text), at, why, hint }))
    }
}

#[cfg(test)]
mod tests;
