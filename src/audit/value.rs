//! A decoded value of any depth, kept as one flat list of tokens.
//!
//! A client chooses how deep its JSON nests. A tree would have to be built, compared, printed and dropped by
//! recursion, and a hundred thousand brackets would exhaust the stack; a flat list has no such depth. Numbers keep
//! their digits, so that integers and decimals of any size stay exact.

use super::json::json_string;

/// A float that JSON has no number for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonFinite {
    /// Python's `nan`.
    NaN,
    /// Python's `inf`.
    Infinity,
    /// Python's `-inf`.
    NegativeInfinity,
}

impl NonFinite {
    /// The text that stands for it in JSON output: `NaN`, `Infinity`, `-Infinity`.
    pub fn as_str(self) -> &'static str {
        match self {
            NonFinite::NaN => "NaN",
            NonFinite::Infinity => "Infinity",
            NonFinite::NegativeInfinity => "-Infinity",
        }
    }
}

/// One token of a [`Value`], in the order of the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// `None`, `null`.
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// The digits of a finite number, a valid JSON number.
    Number(Box<str>),
    /// A float that JSON has no number for.
    NonFinite(NonFinite),
    /// A string.
    Text(Box<str>),
    /// The key of an object; the tokens of its value follow.
    Key(Box<str>),
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
}

/// A decoded value: one scalar token, or the tokens of one object or array from its bracket to the matching one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    tokens: Vec<Token>,
}

impl Value {
    /// Wraps tokens that form exactly one value; keys stand in objects only and brackets match. The readers of this
    /// crate guarantee that.
    pub fn from_tokens(tokens: Vec<Token>) -> Self {
        Value { tokens }
    }

    /// A string.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Value { tokens: vec![Token::Text(text.into())] }
    }

    /// `null`.
    pub fn null() -> Self {
        Value { tokens: vec![Token::Null] }
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The items of an array; None of another value.
    pub fn items(&self) -> Option<Vec<Value>> {
        let [Token::ArrayStart, items @ .., Token::ArrayEnd] = self.tokens() else { return None };
        let (mut all, mut item, mut depth) = (Vec::new(), Vec::new(), 0_usize);
        for token in items {
            match token {
                Token::ArrayStart | Token::ObjectStart => depth += 1,
                Token::ArrayEnd | Token::ObjectEnd => depth = depth.saturating_sub(1),
                _ => {}
            }
            item.push(token.clone());
            if depth == 0 && !matches!(token, Token::Key(_)) {
                all.push(Value::from_tokens(std::mem::take(&mut item)));
            }
        }
        Some(all)
    }

    /// The tokens, to be changed by one who keeps them one value.
    pub fn into_tokens(self) -> Vec<Token> {
        self.tokens
    }

    /// Appends the value as compact JSON: numbers with the digits they were read with, a float that JSON has no
    /// number for as a string (`"NaN"`, `"Infinity"`, `"-Infinity"`).
    pub fn write_json(&self, out: &mut String) {
        let mut before = None;
        for token in &self.tokens {
            out.push_str(separator(before, token));
            match token {
                Token::Null => out.push_str("null"),
                Token::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
                Token::Number(digits) => out.push_str(digits),
                Token::NonFinite(value) => json_string(value.as_str(), out),
                Token::Text(text) | Token::Key(text) => json_string(text, out),
                Token::ObjectStart => out.push('{'),
                Token::ObjectEnd => out.push('}'),
                Token::ArrayStart => out.push('['),
                Token::ArrayEnd => out.push(']'),
            }
            before = Some(token);
        }
    }
}

/// What JSON writes between two tokens.
fn separator(before: Option<&Token>, token: &Token) -> &'static str {
    match (before, token) {
        (None | Some(Token::ObjectStart | Token::ArrayStart), _) | (_, Token::ObjectEnd | Token::ArrayEnd) => "",
        (Some(Token::Key(_)), _) => ":",
        _ => ",",
    }
}
