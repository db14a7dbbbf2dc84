//! JSON objects made of cells: for the verbs whose JSON is one object, or holds objects in objects.

use chrono::{DateTime, FixedOffset};

use super::{Cell, Column, time_text};
use crate::audit::{Events, Syntax, Token, Value};

/// An object under construction.
#[derive(Clone, Debug)]
pub struct Object {
    tokens: Vec<Token>,
}

impl Default for Object {
    fn default() -> Self {
        Object { tokens: vec![Token::ObjectStart] }
    }
}

impl Object {
    /// An empty one.
    pub fn new() -> Self {
        Object::default()
    }

    /// The same with one more member.
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.tokens.push(Token::Key(key.into()));
        self.tokens.extend(value.into_tokens());
        self
    }

    /// The object.
    pub fn build(mut self) -> Value {
        self.tokens.push(Token::ObjectEnd);
        Value::from_tokens(self.tokens)
    }

    /// A row as an object.
    pub fn of_row(columns: &[Column], cells: &[Cell<'_>]) -> Value {
        columns
            .iter()
            .zip(cells)
            .fold(Object::new(), |object, (column, cell)| object.with(column.name, value(cell)))
            .build()
    }
}

/// A list of values.
pub fn list(values: impl IntoIterator<Item = Value>) -> Value {
    let mut tokens = vec![Token::ArrayStart];
    values.into_iter().for_each(|value| tokens.extend(value.into_tokens()));
    tokens.push(Token::ArrayEnd);
    Value::from_tokens(tokens)
}

/// An integer.
pub fn integer(n: i64) -> Value {
    Value::from_tokens(vec![Token::Number(n.to_string().into())])
}

/// A truth value.
pub fn truth(is_true: bool) -> Value {
    Value::from_tokens(vec![Token::Bool(is_true)])
}

/// An instant as every format but the table prints it.
pub fn instant(time: &DateTime<FixedOffset>) -> Value {
    Value::text(time_text(time))
}

/// What JSON prints of a cell.
pub fn value(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::null(),
        Cell::Int(n) => integer(*n),
        Cell::Real(x) if x.is_finite() => Value::from_tokens(vec![Token::Number(x.to_string().into())]),
        Cell::Real(x) => Value::text(x.to_string()),
        Cell::Text(text) => Value::text(&**text),
        Cell::Shown(text) => Value::text(text.as_str()),
        Cell::Time(time) => instant(time),
        Cell::Status(status) => integer(i64::from(*status)),
        Cell::Value(value) => value.clone(),
        Cell::Json(text) => json_value(text),
    }
}

/// The value of a text that was read as JSON before.
pub fn json_value(text: &str) -> Value {
    let tokens: Option<Vec<Token>> =
        Events::at(text, 0, Syntax::Json).map(|event| event.ok().map(|event| event.token(text))).collect();
    tokens.map_or_else(|| Value::text(text), Value::from_tokens)
}
