//! A test on a field that is known by its name: is it there, how does it compare, what does it contain.
//!
//! Types are honest: a number compares with numbers, text with text, and a comparison between the two is false, as is
//! any on what is not there. Numbers compare exactly, whatever their size.

use std::cmp::Ordering;

use super::number::{compare_numbers, is_number};
use super::{Contains, FieldPath, Looked};

/// A field and what must hold of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// Which field.
    pub path: FieldPath,
    /// What must hold.
    pub is: Is,
    /// Whether ASCII case is folded where it is compared, as it is for models and methods.
    pub folds: bool,
}

impl FieldTest {
    /// Whether what was found passes.
    pub fn accepts(&self, looked: &Looked<'_>) -> bool {
        let order = |literal: &Literal| literal.compared_with(looked, self.folds);
        match &self.is {
            Is::Present => *looked != Looked::Nothing,
            Is::In(literals) => literals.iter().any(|literal| order(literal) == Some(Ordering::Equal)),
            Is::NotIn(literals) => {
                let mut comparable = false;
                literals.iter().all(|literal| {
                    let order = order(literal);
                    comparable |= order.is_some();
                    order != Some(Ordering::Equal)
                }) && comparable
            }
            Is::Ordered(relation, literal) => order(literal).is_some_and(|order| relation.holds(order)),
            Is::Containing(needle) => matches!(looked, Looked::Text(text) if needle.is_in(text)),
            Is::Matching(pattern) => matches!(looked, Looked::Text(text) if pattern.0.is_match(text)),
        }
    }
}

/// What must hold of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Is {
    /// It is there, and not null.
    Present,
    /// It equals one of these.
    In(Vec<Literal>),
    /// It is of the type of one of these, and equals none.
    NotIn(Vec<Literal>),
    /// It is less or greater.
    Ordered(Relation, Literal),
    /// It is text and contains this.
    Containing(Contains),
    /// It is text and matches this.
    Matching(Pattern),
}

/// `<`, `<=`, `>`, `>=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Relation {
    /// How it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Relation::Less => "<",
            Relation::AtMost => "<=",
            Relation::Greater => ">",
            Relation::AtLeast => ">=",
        }
    }

    /// Whether it holds between two values of which the first compares so with the second.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Relation::Less => order.is_lt(),
            Relation::AtMost => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::AtLeast => order.is_ge(),
        }
    }
}

/// A value that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// True or false.
    Bool(bool),
    /// A number by its digits.
    Number(Box<str>),
    /// Text.
    Text(Box<str>),
}

impl Literal {
    /// A number, where the text is one: as JSON writes it, but that a sign may be a plus and zeros may lead.
    pub fn number(text: &str) -> Option<Literal> {
        is_number(text).then(|| Literal::Number(text.into()))
    }

    /// How what was found compares with it; None where their types differ.
    fn compared_with(&self, looked: &Looked<'_>, folds: bool) -> Option<Ordering> {
        match (looked, self) {
            (Looked::Bool(found), Literal::Bool(this)) => Some(found.cmp(this)),
            (Looked::Integer(found), Literal::Number(this)) => match this.parse::<i64>() {
                Ok(this) => Some(found.cmp(&this)),
                Err(_) => compare_numbers(&found.to_string(), this),
            },
            (Looked::Number(found), Literal::Number(this)) => compare_numbers(found, this),
            (Looked::Text(found), Literal::Text(this)) if folds => {
                let lower = |text: &[u8]| text.to_ascii_lowercase();
                Some(lower(found).cmp(&lower(this.as_bytes())))
            }
            (Looked::Text(found), Literal::Text(this)) => Some((**found).cmp(this.as_bytes())),
            _ => None,
        }
    }
}

/// A regular expression, linear in the text whatever it says.
#[derive(Clone, Debug)]
pub struct Pattern(regex::bytes::Regex);

impl Pattern {
    /// How large a compiled expression may be, in bytes: what is larger would be slow to build.
    const LARGEST: usize = 1 << 20;
    /// How deep its groups may nest.
    const DEEPEST: u32 = 100;

    /// Compiles it; the error says what is wrong in one line.
    pub fn new(text: &str) -> Result<Self, String> {
        let compiled = regex::bytes::RegexBuilder::new(text)
            .size_limit(Self::LARGEST)
            .dfa_size_limit(Self::LARGEST)
            .nest_limit(Self::DEEPEST)
            .build();
        compiled.map(Pattern).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "it is too large once compiled: repeat less, or say it shorter".to_owned()
            }
            // The last line says what is wrong; those before it draw the place.
            error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        })
    }

    /// How it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_honest() {
        let number = |digits: &str| Literal::Number(digits.into());
        let text = |text: &str| Literal::Text(text.into());
        let found_text = |text: &'static str| Looked::Text(text.as_bytes().into());
        let found_number = |digits: &'static str| Looked::Number(digits.into());
        let is = |literal: Literal| Is::In(vec![literal]);
        let is_not = |literal: Literal| Is::NotIn(vec![literal]);
        let less = |literal| Is::Ordered(Relation::Less, literal);
        for (looked, is, expected) in [
            (found_number("5"), is(number("5.0")), true),
            (Looked::Integer(5), is(number("5.0")), true),
            (Looked::Integer(5), less(number("5.5")), true),
            (Looked::Integer(i64::MAX), less(number("9223372036854775808")), true),
            (found_number("5"), is(text("5")), false),
            (found_text("5"), is(number("5")), false),
            (found_text("5"), is_not(number("5")), false),
            (found_text("5"), is_not(text("6")), true),
            (found_text("5"), Is::NotIn(vec![number("5"), text("6")]), true),
            (found_text("5"), Is::NotIn(vec![number("6"), text("5")]), false),
            (found_text("10"), less(text("9")), true),
            (found_text("10"), less(number("11")), false),
            (Looked::Bool(true), is(Literal::Bool(true)), true),
            (Looked::Bool(true), is(number("1")), false),
            (Looked::Bool(true), Is::Present, true),
            (Looked::Other, Is::Present, true),
            (Looked::Other, is_not(text("")), false),
            (Looked::Nothing, Is::Present, false),
            (Looked::Nothing, is_not(text("")), false),
            (found_text("Nándu"), Is::Containing(Contains::new("NÁ")), false),
            (found_text("Nándu"), Is::Containing(Contains::new("DU")), true),
            (found_number("12"), Is::Containing(Contains::new("1")), false),
            (found_text("a\nb"), Is::Matching(Pattern::new("^a.b$").unwrap()), false),
            (found_text("a\nb"), Is::Matching(Pattern::new("(?s)^A.b$(?i)").unwrap()), false),
            (found_text("a\nb"), Is::Matching(Pattern::new("(?si)^A.b$").unwrap()), true),
            (Looked::Text(b"\xffa"[..].into()), Is::Matching(Pattern::new("a$").unwrap()), true),
        ] {
            let test = FieldTest { path: FieldPath::new("x"), is, folds: false };
            assert_eq!(test.accepts(&looked), expected, "{looked:?} {test:?}");
        }
        let folding = FieldTest { path: FieldPath::new("x"), is: is_not(text("PAYMENTS")), folds: true };
        assert!(!folding.accepts(&found_text("Payments")) && folding.accepts(&found_text("visits")));
    }

    #[test]
    fn a_pattern_that_is_broken_or_too_large_is_refused_in_one_line() {
        for (text, needle) in [
            ("(", "unclosed group"),
            ("a{1000}{1000}{1000}", "too large"),
            (&format!("{}{}", "(".repeat(5000), ")".repeat(5000)), "nest"),
        ] {
            let error = Pattern::new(text).unwrap_err();
            assert!(error.contains(needle) && !error.contains('\n'), "{error}");
        }
    }
}
