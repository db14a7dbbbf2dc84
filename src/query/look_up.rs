//! Names of what a subject can be asked for, and what it answers: `status`, `response.items.0.id`, `changes.status.to`.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};

use crate::audit::{Token, Value};

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    key: Box<str>,
    index: Option<usize>,
}

impl Step {
    /// The value under this key of an object, or, when it is all digits, at this place of an array.
    pub fn new(key: &str) -> Self {
        let is_index = !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
        Step { key: key.into(), index: if is_index { key.parse().ok() } else { None } }
    }

    /// The key of an object.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The place in an array, counted from 0.
    pub fn index(&self) -> Option<usize> {
        self.index
    }
}

/// A name out of a [`Vocabulary`](super::Vocabulary), and the steps from there into its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldPath {
    name: &'static str,
    steps: Vec<Step>,
}

impl FieldPath {
    /// A name by itself.
    pub fn new(name: &'static str) -> Self {
        FieldPath { name, steps: Vec::new() }
    }

    /// A name and steps into its value.
    pub fn with_steps(name: &'static str, steps: Vec<Step>) -> Self {
        FieldPath { name, steps }
    }

    /// The name, as the vocabulary has it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for step in &self.steps {
            if is_plain(&step.key) {
                write!(f, ".{}", step.key)?;
            } else {
                write!(f, ".'{}'", step.key.replace('\'', "''"))?;
            }
        }
        Ok(())
    }
}

/// Whether a step can stand in an expression without quotes.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '$'))
}

/// What a subject answers when it is asked for a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Looked<'s> {
    /// It is not there, or it is null.
    Nothing,
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A number by its digits, a valid JSON number.
    Number(Cow<'s, str>),
    /// Text; bytes, since a database may hold bytes that are not UTF-8.
    Text(Cow<'s, [u8]>),
    /// An instant.
    Time(DateTime<Utc>),
    /// Something that compares with nothing: an object, an array, a value that does not belong there.
    Other,
}

impl<'s> Looked<'s> {
    /// Text, or nothing.
    pub fn text(text: Option<&'s [u8]>) -> Self {
        text.map_or(Looked::Nothing, |text| Looked::Text(Cow::Borrowed(text)))
    }

    /// What stands in a value behind these steps. Of two keys of one object that are the same, the last counts.
    pub fn in_value(value: &'s Value, steps: &[Step]) -> Self {
        let mut tokens = value.tokens();
        for step in steps {
            match child(tokens, step) {
                Some(inner) => tokens = inner,
                None => return Looked::Nothing,
            }
        }
        match tokens.first() {
            None | Some(Token::Null) => Looked::Nothing,
            Some(Token::Bool(value)) => Looked::Bool(*value),
            Some(Token::Number(digits)) => Looked::Number(Cow::Borrowed(digits)),
            Some(Token::Text(text)) => Looked::Text(Cow::Borrowed(text.as_bytes())),
            Some(Token::NonFinite(value)) => Looked::Text(Cow::Borrowed(value.as_str().as_bytes())),
            Some(_) => Looked::Other,
        }
    }
}

/// The tokens of one value within another's: from its first on, with what follows it.
fn child<'t>(tokens: &'t [Token], step: &Step) -> Option<&'t [Token]> {
    let is_object = match tokens.first()? {
        Token::ObjectStart => true,
        Token::ArrayStart => false,
        _ => return None,
    };
    let (mut depth, mut place, mut found) = (1_usize, 0_usize, None);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let is_end = matches!(token, Token::ObjectEnd | Token::ArrayEnd);
        if depth == 1 && !is_end {
            match token {
                Token::Key(key) if is_object && **key == *step.key => found = tokens.get(at + 1..),
                _ if is_object => {}
                _ if step.index == Some(place) => return Some(&tokens[at..]),
                _ => place += 1,
            }
        }
        match token {
            Token::ObjectStart | Token::ArrayStart => depth += 1,
            _ if is_end => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::body_value;

    #[test]
    fn steps_lead_into_a_value() {
        let value = body_value("{'a': {'b': [1, {'c': 'x'}, [], None], '0': True}, 'b': 2.5, 'n': nan, 'é.x': ''}");
        let text = |text: &'static str| Looked::Text(Cow::Borrowed(text.as_bytes()));
        let number = |digits: &'static str| Looked::Number(Cow::Borrowed(digits));
        for (steps, expected) in [
            (&[][..], Looked::Other),
            (&["a"], Looked::Other),
            (&["b"], number("2.5")),
            (&["a", "b", "0"], number("1")),
            (&["a", "b", "1", "c"], text("x")),
            (&["a", "b", "2"], Looked::Other),
            (&["a", "b", "3"], Looked::Nothing),
            (&["a", "b", "4"], Looked::Nothing),
            (&["a", "b", "-1"], Looked::Nothing),
            (&["a", "0"], Looked::Bool(true)),
            (&["c"], Looked::Nothing),
            (&["b", "c"], Looked::Nothing),
            (&["n"], text("NaN")),
            (&["é.x"], text("")),
        ] {
            let steps: Vec<Step> = steps.iter().map(|step| Step::new(step)).collect();
            assert_eq!(Looked::in_value(&value, &steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        let tokens = vec![
            Token::ObjectStart,
            Token::Key("a".into()),
            Token::Number("1".into()),
            Token::Key("a".into()),
            Token::Number("2".into()),
            Token::ObjectEnd,
        ];
        let value = Value::from_tokens(tokens);
        assert_eq!(Looked::in_value(&value, &[Step::new("a")]), Looked::Number("2".into()));
    }
}
