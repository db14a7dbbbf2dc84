//! JSON of any depth as one flat list of nodes: keys that occur twice are one, the last; equality without regard to
//! the order of keys; Python's spelling.
//!
//! A client chooses how deep its JSON nests, so nothing here recurses: children stand before their parents in the
//! list.

use std::collections::HashMap;

use super::python::{PyNumber, float_repr, number};
use crate::audit::{Events, Malformed, NonFinite, Syntax, Token, Value};

#[derive(Clone, Debug)]
enum Node {
    Scalar(Token),
    Array(Vec<usize>),
    Object(Vec<(Box<str>, usize)>),
}

/// A JSON document.
#[derive(Clone, Debug)]
pub struct Document {
    nodes: Vec<Node>,
}

/// What tells two nodes apart, their children already being numbered.
#[derive(PartialEq, Eq, Hash)]
enum Shape<'a> {
    Null,
    Bool(bool),
    Number(String),
    Text(&'a str),
    Array(Vec<u32>),
    Object(Vec<(&'a str, u32)>),
}

/// A container that is being read.
enum Open {
    Array(Vec<usize>),
    Object { members: Vec<(Box<str>, usize)>, places: HashMap<Box<str>, usize>, key: Box<str> },
}

impl Document {
    /// The document of a value.
    pub fn new(value: &Value) -> Document {
        let (mut nodes, mut open) = (Vec::new(), Vec::new());
        for token in value.tokens() {
            let node = match token {
                Token::ArrayStart => {
                    open.push(Open::Array(Vec::new()));
                    continue;
                }
                Token::ObjectStart => {
                    open.push(Open::Object { members: Vec::new(), places: HashMap::new(), key: "".into() });
                    continue;
                }
                Token::Key(name) => {
                    if let Some(Open::Object { key, .. }) = open.last_mut() {
                        key.clone_from(name);
                    }
                    continue;
                }
                Token::ArrayEnd | Token::ObjectEnd => match open.pop() {
                    Some(Open::Array(items)) => Node::Array(items),
                    Some(Open::Object { members, .. }) => Node::Object(members),
                    None => continue,
                },
                scalar => Node::Scalar(scalar.clone()),
            };
            nodes.push(node);
            let at = nodes.len() - 1;
            match open.last_mut() {
                Some(Open::Array(items)) => items.push(at),
                Some(Open::Object { members, places, key }) => match places.get(key) {
                    // As in Python, the first gives the place and the last gives the value.
                    Some(&place) => members[place].1 = at,
                    None => {
                        places.insert(key.clone(), members.len());
                        members.push((key.clone(), at));
                    }
                },
                None => {}
            }
        }
        Document { nodes }
    }

    /// The value, each key once, numbers as Python prints them.
    pub fn value(&self) -> Value {
        let mut tokens = Vec::with_capacity(self.nodes.len());
        self.walk(|step| {
            tokens.push(match step {
                Step::Scalar(token) => plain_number(token),
                Step::Key(name) => Token::Key(name.into()),
                Step::Open(true) => Token::ObjectStart,
                Step::Open(false) => Token::ArrayStart,
                Step::Close(true) => Token::ObjectEnd,
                Step::Close(false) => Token::ArrayEnd,
            });
        });
        if tokens.is_empty() { Value::null() } else { Value::from_tokens(tokens) }
    }

    /// The text that Python's `json.dumps` prints: ASCII only, `", "` and `": "` between.
    pub fn dumps(&self) -> String {
        self.print(true)
    }

    /// The text that Django's serializer prints: as [`dumps`](Self::dumps) does, characters beyond ASCII as they are.
    pub fn serialized(&self) -> String {
        self.print(false)
    }

    fn print(&self, ascii: bool) -> String {
        let mut out = String::new();
        // Whether something stands before in the same container, and whether a key does.
        let (mut first, mut after_key) = (true, true);
        self.walk(|step| {
            let closes = matches!(step, Step::Close(_));
            if !closes && !first && !after_key {
                out.push_str(", ");
            }
            (first, after_key) = (false, false);
            match step {
                Step::Scalar(token) => push_scalar(token, ascii, &mut out),
                Step::Key(name) => {
                    push_string(name, ascii, &mut out);
                    out.push_str(": ");
                    after_key = true;
                }
                Step::Open(object) => {
                    out.push(if object { '{' } else { '[' });
                    first = true;
                }
                Step::Close(object) => out.push(if object { '}' } else { ']' }),
            }
        });
        out
    }

    /// Whether two documents say the same: the order of keys means nothing, numbers are equal by value, and a truth
    /// value is not a number.
    pub fn same(&self, other: &Document) -> bool {
        let mut known = HashMap::new();
        self.number_into(&mut known) == other.number_into(&mut known)
    }

    /// The number of the root, equal nodes having equal numbers.
    fn number_into<'a>(&'a self, known: &mut HashMap<Shape<'a>, u32>) -> Option<u32> {
        let mut numbers: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let shape = match node {
                Node::Scalar(Token::Bool(value)) => Shape::Bool(*value),
                Node::Scalar(Token::Number(digits)) => Shape::Number(canonical_number(digits)),
                Node::Scalar(Token::NonFinite(value)) => Shape::Number(value.as_str().to_owned()),
                Node::Scalar(Token::Text(text)) => Shape::Text(text),
                Node::Scalar(_) => Shape::Null,
                Node::Array(items) => Shape::Array(items.iter().map(|&at| numbers[at]).collect()),
                Node::Object(members) => {
                    let mut members: Vec<_> = members.iter().map(|(key, at)| (&**key, numbers[*at])).collect();
                    members.sort_unstable();
                    Shape::Object(members)
                }
            };
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            numbers.push(*known.entry(shape).or_insert(next));
        }
        numbers.last().copied()
    }

    /// Goes over the document from its beginning to its end.
    fn walk<'a>(&'a self, mut each: impl FnMut(Step<'a>)) {
        enum Todo<'a> {
            Node(usize),
            Say(Step<'a>),
        }
        let mut todo: Vec<Todo<'a>> = self.nodes.len().checked_sub(1).map(Todo::Node).into_iter().collect();
        while let Some(next) = todo.pop() {
            let at = match next {
                Todo::Say(step) => {
                    each(step);
                    continue;
                }
                Todo::Node(at) => at,
            };
            match &self.nodes[at] {
                Node::Scalar(token) => each(Step::Scalar(token)),
                Node::Array(items) => {
                    each(Step::Open(false));
                    todo.push(Todo::Say(Step::Close(false)));
                    todo.extend(items.iter().rev().map(|&at| Todo::Node(at)));
                }
                Node::Object(members) => {
                    each(Step::Open(true));
                    todo.push(Todo::Say(Step::Close(true)));
                    for (key, at) in members.iter().rev() {
                        todo.push(Todo::Node(*at));
                        todo.push(Todo::Say(Step::Key(key)));
                    }
                }
            }
        }
    }
}

enum Step<'a> {
    Scalar(&'a Token),
    Key(&'a str),
    /// Whether it is an object.
    Open(bool),
    Close(bool),
}

/// Reads one JSON text as Python's `json.loads` does; nothing but white space may follow.
pub fn read_json(text: &str) -> Result<Value, Malformed> {
    let mut events = Events::at(text, 0, Syntax::Json);
    let mut tokens = Vec::new();
    for event in &mut events {
        tokens.push(event?.token(text));
    }
    let end = events.position();
    let rest = text.get(end..).unwrap_or_default().trim_start_matches([' ', '\t', '\n', '\r']);
    if rest.is_empty() { Ok(Value::from_tokens(tokens)) } else { Err(Malformed { at: text.len() - rest.len() }) }
}

/// The digits in which equal numbers are equal: an integral float is the integer.
fn canonical_number(digits: &str) -> String {
    match number(digits) {
        PyNumber::Int(digits) => digits,
        PyNumber::Float(0.0) => "0".to_owned(),
        PyNumber::Float(x) if x.is_finite() && x.fract() == 0.0 => format!("{x:.0}"),
        PyNumber::Float(x) if x.is_finite() => float_repr(x),
        PyNumber::Float(x) => non_finite(x).as_str().to_owned(),
    }
}

fn plain_number(token: &Token) -> Token {
    match token {
        Token::Number(digits) => match number(digits) {
            PyNumber::Int(digits) => Token::Number(digits.into()),
            PyNumber::Float(x) => super::python::float_token(x),
        },
        other => other.clone(),
    }
}

fn non_finite(x: f64) -> NonFinite {
    if x.is_nan() {
        NonFinite::NaN
    } else if x > 0.0 {
        NonFinite::Infinity
    } else {
        NonFinite::NegativeInfinity
    }
}

fn push_scalar(token: &Token, ascii: bool, out: &mut String) {
    match token {
        Token::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Token::Text(text) => push_string(text, ascii, out),
        Token::Number(digits) => match number(digits) {
            PyNumber::Int(digits) => out.push_str(&digits),
            PyNumber::Float(x) if x.is_finite() => out.push_str(&float_repr(x)),
            PyNumber::Float(x) => out.push_str(non_finite(x).as_str()),
        },
        Token::NonFinite(value) => out.push_str(value.as_str()),
        _ => out.push_str("null"),
    }
}

fn push_string(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // Python escapes DEL in neither way.
            ' '..='\u{7f}' => out.push(c),
            c if ascii || c < ' ' => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(text: &str) -> Document {
        Document::new(&read_json(text).unwrap())
    }

    #[test]
    fn equal_without_regard_to_order_and_spelling() {
        for (a, b, same) in [
            (r#"{"a": 1, "b": [1, {"c": null}]}"#, r#"{"b": [1.0, {"c": null}], "a": 1}"#, true),
            ("1", "1.0", true),
            ("true", "1", false),
            ("null", "0", false),
            ("1e400", "Infinity", true),
            ("NaN", "NaN", true),
            ("12345678901234567890123", "12345678901234567890124", false),
            ("100000000000000000000", "1e20", true),
            ("0.1", "0.10", true),
            ("-0.0", "0", true),
            ("[1, 2]", "[2, 1]", false),
            ("[]", "{}", false),
            (r#""ñ""#, r#""\u00f1""#, true),
            (r#""1""#, "1", false),
            (r#"{"a": 1, "a": 2}"#, r#"{"a": 2}"#, true),
            (r#"{"a": 1}"#, r#"{"a": 1, "b": null}"#, false),
        ] {
            assert_eq!(document(a).same(&document(b)), same, "{a} {b}");
        }
    }

    #[test]
    fn printed_as_python_prints_it() {
        for (text, dumped) in [
            (r#"{"ñ":1,"b":[true,null,1.50,1e5,1e-7]}"#, r#"{"\u00f1": 1, "b": [true, null, 1.5, 100000.0, 1e-07]}"#),
            (r#"["😀\u007f\u0000\b\f\/\"\\"]"#, "[\"\\ud83d\\ude00\u{7f}\\u0000\\b\\f/\\\"\\\\\"]"),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a": 3, "b": 2}"#),
            ("[1e400, -Infinity, NaN]", "[Infinity, -Infinity, NaN]"),
            ("[ ]", "[]"),
            ("{ }", "{}"),
            ("[[], {}, [[]]]", "[[], {}, [[]]]"),
            (r#""x""#, r#""x""#),
            ("-0", "0"),
        ] {
            assert_eq!(document(text).dumps(), dumped);
        }
        assert_eq!(document(r#"{"ñ": "\u001b\u2028"}"#).serialized(), "{\"ñ\": \"\\u001b\u{2028}\"}");
        assert!(read_json("{} x").is_err() && read_json("[1,]").is_err() && read_json("").is_err());
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = format!("{}{}", "[{\"a\": ".repeat(100_000) + "1", "}]".repeat(100_000));
        let reader = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
            let document = document(&text);
            document.same(&document.clone()) && document.dumps() == text && document.value().tokens().len() > 400_000
        });
        assert!(reader.unwrap().join().unwrap());
    }

    proptest! {
        #[test]
        fn printing_changes_nothing(text in "[\\[\\]{}\", :a0-9.e]{0,24}") {
            if let Ok(value) = read_json(&text) {
                let document = Document::new(&value);
                prop_assert!(document.same(&Document::new(&read_json(&document.dumps()).unwrap())));
                prop_assert!(document.same(&Document::new(&document.value())));
            }
        }
    }
}
