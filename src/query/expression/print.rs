//! A filter written as an expression. What was read from one reads back as the same tree, whatever the zone and the
//! hour; `everything` and `nothing`, which no expression says, are printed as these words.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::query::{FieldTest, Filter, Is, Literal, Test};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::All(filters) if filters.is_empty() => f.write_str("everything"),
            Filter::Any(filters) if filters.is_empty() => f.write_str("nothing"),
            Filter::All(filters) => joined(f, filters, " and "),
            Filter::Any(filters) => joined(f, filters, " or "),
            Filter::Not(filter) => {
                f.write_str("not ")?;
                part(f, filter)
            }
            Filter::Test(test) => test.fmt(f),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, filters: &[Filter], word: &str) -> fmt::Result {
    for (at, filter) in filters.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        part(f, filter)?;
    }
    Ok(())
}

/// A filter as a part of another.
fn part(f: &mut fmt::Formatter<'_>, filter: &Filter) -> fmt::Result {
    match filter {
        Filter::All(filters) | Filter::Any(filters) if filters.len() != 1 => write!(f, "({filter})"),
        _ => write!(f, "{filter}"),
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::User { ids, or_none: true } if ids.is_empty() => f.write_str("user is null"),
            Test::User { ids, or_none } => {
                let ids = ids.iter().map(i64::to_string).chain(or_none.then(|| "none".to_owned()));
                any_of(f, "user", ids.collect())
            }
            Test::Action(text) => write!(f, "action ~ {}", quoted(text.as_str())),
            Test::Details(text) => write!(f, "details ~ {}", quoted(text.as_str())),
            Test::Model(name) => write!(f, "model = {}", quoted(name)),
            Test::RecordId(id) => write!(f, "record_id = {id}"),
            Test::Method(methods) => any_of(f, "method", methods.names().map(quoted).collect()),
            Test::Path(glob) => write!(f, "path glob {}", quoted(glob.as_str())),
            Test::Status(set) => match set.ranges() {
                [] => f.write_str("status < 000"),
                ranges => {
                    let codes = ranges.iter().map(|range| match (range.start(), range.end()) {
                        (low, high) if low == high => format!("{low:03}"),
                        (low, high) => format!("{low:03}..{high:03}"),
                    });
                    any_of(f, "status", codes.collect())
                }
            },
            Test::Since(at) => write!(f, "timestamp >= {}", instant(*at)),
            Test::Until(at) => write!(f, "timestamp < {}", instant(*at)),
            Test::Field(test) => test.fmt(f),
        }
    }
}

impl fmt::Display for FieldTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.is {
            Is::Present => write!(f, "{path} is not null"),
            Is::In(literals) => any_of(f, &path.to_string(), literals.iter().map(Literal::to_string).collect()),
            Is::NotIn(literals) => match literals.as_slice() {
                [one] => write!(f, "{path} != {one}"),
                several => {
                    let all: Vec<String> = several.iter().map(Literal::to_string).collect();
                    write!(f, "{path} not in ({})", all.join(", "))
                }
            },
            Is::Ordered(relation, literal) => write!(f, "{path} {} {literal}", relation.as_str()),
            Is::Containing(text) => write!(f, "{path} ~ {}", quoted(text.as_str())),
            Is::Matching(pattern) => write!(f, "{path} =~ {}", quoted(pattern.as_str())),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Bool(value) => value.fmt(f),
            Literal::Number(digits) => f.write_str(digits),
            Literal::Text(text) => f.write_str(&quoted(text)),
        }
    }
}

fn any_of(f: &mut fmt::Formatter<'_>, name: &str, values: Vec<String>) -> fmt::Result {
    match values.as_slice() {
        [one] => write!(f, "{name} = {one}"),
        several => write!(f, "{name} in ({})", several.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
