//! The grammar: from the parts of an expression to a tree of tests.

use std::ops::Range;

use super::lexer::{Placed, Token};
use super::meaning::{Field, Operator, Value, meaning};
use super::{DEEPEST, Language, Wrong};
use crate::query::{FieldPath, Filter, Kind, Part, Step, closest};

/// What may stand behind a field.
const OPERATORS: &str = "operators are = != < <= > >=, ~ (contains), =~ (a regular expression), in (…), is null";

/// Reads the whole of an expression.
pub(super) fn parse(text: &str, tokens: &[Placed], language: Language<'_>) -> Result<Filter, Wrong> {
    let mut parser = Parser { text, tokens, next: 0, depth: 0, language };
    let filter = parser.any()?;
    match parser.peek() {
        None => Ok(filter),
        Some(Placed { token: Token::Close, at }) => {
            Err(Wrong::new(at.clone(), "no parenthesis is open that this one could close"))
        }
        Some(_) => Err(parser.goes_on()),
    }
}

/// Reads a field, and nothing behind it.
pub(super) fn parse_field(text: &str, tokens: &[Placed], language: Language<'_>) -> Result<(FieldPath, Kind), Wrong> {
    let mut parser = Parser { text, tokens, next: 0, depth: 0, language };
    let field = parser.field()?;
    match parser.peek() {
        None => Ok((field.path, field.kind)),
        Some(next) => Err(Wrong::new(next.at.clone(), "a field's name ends before this")),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Placed],
    next: usize,
    depth: usize,
    language: Language<'t>,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Placed> {
        self.tokens.get(self.next)
    }

    fn word(&self, placed: &Placed) -> Option<&'t str> {
        (placed.token == Token::Word).then(|| &self.text[placed.at.clone()])
    }

    /// Takes a keyword, in any case.
    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_it = self.peek().and_then(|next| self.word(next)).is_some_and(|word| word.eq_ignore_ascii_case(keyword));
        self.next += usize::from(is_it);
        is_it
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_it = self.peek().is_some_and(|next| next.token == *token);
        self.next += usize::from(is_it);
        is_it
    }

    /// Where something is missing.
    fn here(&self) -> Range<usize> {
        self.peek().map_or(self.text.len()..self.text.len(), |next| next.at.clone())
    }

    fn any(&mut self) -> Result<Filter, Wrong> {
        let mut all = vec![self.all()?];
        while self.take_keyword("or") {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::Any(all) })
    }

    fn all(&mut self) -> Result<Filter, Wrong> {
        let mut all = vec![self.one()?];
        while self.take_keyword("and") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }

    fn one(&mut self) -> Result<Filter, Wrong> {
        let start = self.here();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Wrong::new(start, format!("'not' and parentheses nest deeper than {DEEPEST} here")));
        }
        let one = if self.take_keyword("not") {
            Filter::Not(Box::new(self.one()?))
        } else if self.take(&Token::Open) {
            let inner = self.any()?;
            if !self.take(&Token::Close) {
                return Err(match self.peek() {
                    None => Wrong::new(start, "the parenthesis that opens here is never closed"),
                    Some(_) => self.goes_on(),
                });
            }
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(one)
    }

    /// What is wrong where neither `and` nor `or` goes on.
    fn goes_on(&self) -> Wrong {
        let at = self.here();
        let wrong = Wrong::new(at.clone(), "'and' or 'or' must come before this");
        match &self.text[at] {
            "&&" | "&" => wrong.hint("write 'and'"),
            "||" | "|" => wrong.hint("write 'or'"),
            _ => wrong.hint("a value of several words, or with signs in it, stands in quotes"),
        }
    }

    fn test(&mut self) -> Result<Filter, Wrong> {
        let field = self.field()?;
        let at = self.here();
        let sign = match self.peek().map(|next| &next.token) {
            Some(Token::Sign(sign)) => Some(*sign),
            _ => None,
        };
        if let Some(sign) = sign {
            self.next += 1;
            let operator = match sign {
                "=" | "==" => Operator::Equal,
                "!=" | "<>" => Operator::Unequal,
                "~" => Operator::Containing,
                "=~" => Operator::Matching,
                "!~" => {
                    let hint = format!("write: not {} ~ …", &self.text[field.at.clone()]);
                    return Err(Wrong::new(at, "there is no operator '!~'").hint(hint));
                }
                sign => Operator::Ordered(sign),
            };
            let value = self.value(sign)?;
            return meaning(&field, operator, at, &[value], self.language);
        }
        if self.take_keyword("glob") {
            let value = self.value("glob")?;
            return meaning(&field, Operator::Glob, at, &[value], self.language);
        }
        if self.take_keyword("is") {
            let is_not = self.take_keyword("not");
            if !self.take_keyword("null") {
                return Err(Wrong::new(self.here(), "'null' or 'not null' must follow 'is'"));
            }
            let operator = if is_not { Operator::Unequal } else { Operator::Equal };
            return meaning(&field, operator, at.clone(), &[Value::null(at)], self.language);
        }
        let is_not = self.take_keyword("not");
        if self.take_keyword("in") {
            let values = self.list()?;
            let operator = if is_not { Operator::Unequal } else { Operator::Equal };
            return meaning(&field, operator, at, &values, self.language);
        }
        let wrong = Wrong::new(self.here(), format!("an operator must follow '{}'", &self.text[field.at.clone()]));
        Err(wrong.hint(match self.peek().and_then(|next| self.word(next)).map(str::to_ascii_lowercase).as_deref() {
            Some("like" | "ilike" | "contains") => "'~' stands for contains",
            Some("matches" | "regexp" | "rlike") => "'=~' stands for a regular expression",
            Some("between") => "write >= … and …, as in: id >= 1 and id <= 9",
            _ => OPERATORS,
        }))
    }

    /// `(a, b)` after `in`.
    fn list(&mut self) -> Result<Vec<Value>, Wrong> {
        let open = self.here();
        if !self.take(&Token::Open) {
            return Err(Wrong::new(open, "a list in parentheses must follow 'in'").hint("for example: in (404, 5xx)"));
        }
        let mut values = vec![self.value("(")?];
        loop {
            if self.take(&Token::Close) {
                return Ok(values);
            }
            if !self.take(&Token::Comma) {
                return Err(match self.peek() {
                    None => Wrong::new(open, "the parenthesis that opens here is never closed"),
                    Some(next) => Wrong::new(next.at.clone(), "a comma or ')' must come before this"),
                });
            }
            values.push(self.value(",")?);
        }
    }

    fn value(&mut self, after: &str) -> Result<Value, Wrong> {
        let missing = |at| Wrong::new(at, format!("a value must follow '{after}'"));
        let Some(next) = self.peek() else { return Err(missing(self.here())) };
        let value = match &next.token {
            Token::Quoted(text) => Value { text: text.clone(), quoted: true, at: next.at.clone() },
            Token::Word if !is_keyword(&self.text[next.at.clone()]) => {
                Value { text: self.text[next.at.clone()].to_owned(), quoted: false, at: next.at.clone() }
            }
            _ => return Err(missing(next.at.clone())),
        };
        self.next += 1;
        Ok(value)
    }

    /// A name and the steps from there; keys with blanks or signs in them stand in quotes.
    fn field(&mut self) -> Result<Field, Wrong> {
        let missing = |at: Range<usize>| {
            let wrong = Wrong::new(at, "a field must stand here");
            wrong.hint(format!("the fields are {}", self.names()))
        };
        let first = match self.peek() {
            Some(next) if self.word(next).is_some_and(|word| !is_keyword(word)) => next,
            _ => return Err(missing(self.here())),
        };
        let mut at = first.at.clone();
        let mut keys: Vec<String> = Vec::new();
        // A step in quotes is a part of its own for the lexer.
        let mut expects_key = true;
        while let Some(next) = self.peek().filter(|next| next.at.start == at.end || next.at == first.at) {
            match &next.token {
                Token::Word => split_steps(&self.text[next.at.clone()], next.at.start, &mut keys, &mut expects_key)?,
                Token::Quoted(key) if expects_key => {
                    keys.push(key.clone());
                    expects_key = false;
                }
                _ => break,
            }
            at.end = next.at.end;
            self.next += 1;
        }
        if expects_key {
            return Err(Wrong::new(at.end..at.end, "a key must follow the '.'"));
        }
        self.known(at, keys)
    }

    fn names(&self) -> String {
        self.language.vocabulary.names().collect::<Vec<_>>().join(", ")
    }

    /// The field of this name, as the vocabulary has it.
    fn known(&self, at: Range<usize>, keys: Vec<String>) -> Result<Field, Wrong> {
        let vocabulary = self.language.vocabulary;
        let steps = |keys: &[String]| keys.iter().map(|key| Step::new(key)).collect();
        let (name, inner) = keys.split_first().map_or(("", &keys[..]), |(name, inner)| (name.as_str(), inner));
        let of_name = at.start..at.start + name.len();
        if let Some((name, kind)) = vocabulary.find(name) {
            if !inner.is_empty() && !kind.has_steps() {
                return Err(Wrong::new(of_name.end..at.end, format!("'{name}' has no parts")));
            }
            return Ok(Field { path: FieldPath::with_steps(name, steps(inner)), kind, at });
        }
        // A single name may be a key of what is open, but not one that has another meaning beside it.
        if inner.is_empty() && Part::is_of_time(name) {
            let subject = vocabulary.subject;
            let key = vocabulary
                .open
                .map_or_else(String::new, |open| format!("; a key of the {open} is written {open}.{name}"));
            let why = format!("'{name}' is a part of a time, by which {subject} can only be grouped");
            return Err(Wrong::new(of_name, why).hint(format!("compare timestamp{key}")));
        }
        let similar = closest(name, vocabulary.names());
        match (vocabulary.open, similar) {
            // A single name may be a key of what is open, but not one that looks like a slip.
            (Some(open), Some(similar)) if inner.is_empty() => {
                Err(Wrong::new(of_name, format!("there is no field '{name}'"))
                    .hint(format!("did you mean '{similar}'? a key of the {open} is written {open}.{name}")))
            }
            (Some(open), _) => {
                let kind = Kind::Value;
                Ok(Field { path: FieldPath::with_steps(open, steps(&keys)), kind, at })
            }
            (None, Some(similar)) => {
                Err(Wrong::new(of_name, format!("there is no field '{name}'"))
                    .hint(format!("did you mean '{similar}'?")))
            }
            (None, None) => Err(Wrong::new(of_name, format!("there is no field '{name}'")).hint(format!(
                "the fields of {} are {}",
                vocabulary.subject,
                self.names()
            ))),
        }
    }
}

/// Words that are no values and no fields.
fn is_keyword(word: &str) -> bool {
    ["and", "or", "not", "in", "is"].into_iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Cuts `response.items[0].id` into its keys; `expects_key` says whether one must come, before and behind.
fn split_steps(word: &str, start: usize, keys: &mut Vec<String>, expects_key: &mut bool) -> Result<(), Wrong> {
    let mut rest = word;
    while !rest.is_empty() {
        let place = start + word.len() - rest.len();
        if let Some(inner) = rest.strip_prefix('[') {
            let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
            if *expects_key || digits == 0 || !inner[digits..].starts_with(']') {
                return Err(Wrong::new(place..place + 1, "digits in brackets must follow a key, as in items[0]"));
            }
            keys.push(inner[..digits].to_owned());
            rest = &inner[digits + 1..];
        } else if let Some(inner) = rest.strip_prefix('.') {
            if *expects_key {
                return Err(Wrong::new(place..place + 1, "a key must come before the '.'"));
            }
            *expects_key = true;
            rest = inner;
        } else {
            if !*expects_key {
                return Err(Wrong::new(place..start + word.len(), "a '.' must come before this"));
            }
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            keys.push(rest[..end].to_owned());
            *expects_key = false;
            rest = &rest[end..];
        }
    }
    Ok(())
}
