//! Which test a field, an operator and its values make. Types are checked here: what can never hold is refused.

use std::ops::Range;

use chrono::{DateTime, Datelike, Duration, Utc};

use super::{Language, Wrong};
use crate::query::{
    Contains, FieldPath, FieldTest, Filter, Is, Kind, Literal, PathGlob, Pattern, QueryError, Relation, StatusSet,
    Test, TimeExpr, UserSpec, closest,
};

/// A field as it was named.
pub(super) struct Field {
    pub(super) path: FieldPath,
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What stands between a field and its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, `in`, `is`
    Equal,
    /// `!=`, `not in`, `is not`
    Unequal,
    /// `<`, `<=`, `>`, `>=`
    Ordered(&'static str),
    /// `~`
    Containing,
    /// `=~`
    Matching,
    /// `glob`
    Glob,
}

/// A value as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) at: Range<usize>,
}

impl Value {
    pub(super) fn null(at: Range<usize>) -> Self {
        Value { text: "null".to_owned(), quoted: false, at }
    }

    fn is_null(&self) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case("null")
    }

    fn is_bare(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }

    fn literal(&self) -> Literal {
        Literal::Text(self.text.as_str().into())
    }
}

impl Kind {
    /// Whether keys may follow the name.
    pub(super) fn has_steps(self) -> bool {
        self == Kind::Value
    }

    fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Path | Kind::Name | Kind::OneOf(_) | Kind::Level(_) | Kind::Value)
    }
}

/// The test. `at` is where the operator stands.
pub(super) fn meaning(
    field: &Field,
    operator: Operator,
    at: Range<usize>,
    values: &[Value],
    language: Language<'_>,
) -> Result<Filter, Wrong> {
    let Field { path, kind, .. } = field;
    let name = path.name();
    let one = |is: Is| Filter::Test(Test::Field(FieldTest { path: path.clone(), is, folds: folds(*kind) }));
    let first = &values[0];
    match operator {
        Operator::Containing | Operator::Matching if !kind.is_text() => {
            let wrong = Wrong::new(at, format!("'{name}' is no text to look into"));
            Err(match (kind, language.vocabulary.find("username")) {
                (Kind::User, Some(_)) => wrong.hint("'username' is the user's name"),
                _ => wrong,
            })
        }
        Operator::Containing => {
            let needle = Contains::new(&first.text);
            Ok(match name {
                "action" => Filter::Test(Test::Action(needle)),
                "details" => Filter::Test(Test::Details(needle)),
                _ => one(Is::Containing(needle)),
            })
        }
        Operator::Matching => match Pattern::new(&first.text) {
            Ok(pattern) => Ok(one(Is::Matching(pattern))),
            Err(why) => Err(Wrong::new(first.at.clone(), format!("this is not a regular expression: {why}"))),
        },
        Operator::Glob if *kind == Kind::Path => PathGlob::parse(&first.text)
            .map(|glob| Filter::Test(Test::Path(glob)))
            .map_err(|error| of_query(error, first)),
        Operator::Glob => Err(Wrong::new(at, format!("'{name}' is no path of a request"))
            .hint("'~' stands for contains, '=~' for a regular expression")),
        Operator::Ordered(sign) => ordered(field, sign, at, first, language),
        Operator::Equal => equal(field, values, language),
        Operator::Unequal => {
            let nothing = || equal(field, &[Value::null(at.clone())], language);
            let some: Vec<Value> = values.iter().filter(|value| !value.is_null()).cloned().collect();
            if some.is_empty() {
                return Ok(not(nothing()?));
            }
            unequal(field, &some, language)
        }
    }
}

/// Whether ASCII case means nothing.
fn folds(kind: Kind) -> bool {
    matches!(kind, Kind::Name | Kind::Level(_))
}

/// The opposite.
fn not(filter: Filter) -> Filter {
    match filter {
        Filter::Not(inner) => *inner,
        other => Filter::Not(Box::new(other)),
    }
}

/// All or any of some, which are one as often as not.
fn several(mut filters: Vec<Filter>, together: fn(Vec<Filter>) -> Filter) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { together(filters) }
}

fn equal(field: &Field, values: &[Value], language: Language<'_>) -> Result<Filter, Wrong> {
    let Field { path, kind, .. } = field;
    let (nulls, some): (Vec<&Value>, Vec<&Value>) = values.iter().partition(|value| value.is_null());
    let mut filters = match kind {
        Kind::User => users(path, &some, language)?,
        Kind::Time => some.iter().map(|value| within(value, language)).collect::<Result<_, _>>()?,
        Kind::Status if !some.is_empty() => vec![Filter::Test(Test::Status(statuses(&some)?))],
        Kind::Name if path.name() == "model" => {
            some.iter().map(|value| Filter::Test(Test::Model(value.text.clone()))).collect()
        }
        Kind::Integer if path.name() == "record_id" && some.len() == 1 => {
            vec![match integer(field, some[0])?.parse() {
                Ok(id) => Filter::Test(Test::RecordId(id)),
                Err(_) => on(field, Is::In(literals(field, &some)?)),
            }]
        }
        _ if some.is_empty() => Vec::new(),
        _ => vec![on(field, Is::In(literals(field, &some)?))],
    };
    if !nulls.is_empty() {
        filters.push(match kind {
            Kind::User => Filter::Test(Test::User { ids: Vec::new(), or_none: true }),
            _ => Filter::Not(Box::new(on(field, Is::Present))),
        });
    }
    Ok(several(filters, Filter::Any))
}

/// It is there, and none of these. A list that names null as well says nothing more.
fn unequal(field: &Field, values: &[Value], language: Language<'_>) -> Result<Filter, Wrong> {
    let values: Vec<&Value> = values.iter().collect();
    Ok(match field.kind {
        Kind::User => {
            let nobody = Filter::Test(Test::User { ids: Vec::new(), or_none: true });
            let these = users(&field.path, &values, language)?.into_iter().map(not);
            Filter::All(std::iter::once(not(nobody)).chain(these).collect())
        }
        Kind::Time => {
            let outside = values.iter().map(|value| {
                let time = time(value, language)?;
                let before = Filter::Test(Test::Until(time.start));
                Ok(several(std::iter::once(before).chain(time.behind()).collect(), Filter::Any))
            });
            several(outside.collect::<Result<_, Wrong>>()?, Filter::All)
        }
        Kind::Status => Filter::Test(Test::Status(statuses(&values)?.complement())),
        _ => on(field, Is::NotIn(literals(field, &values)?)),
    })
}

fn ordered(
    field: &Field,
    sign: &'static str,
    at: Range<usize>,
    value: &Value,
    language: Language<'_>,
) -> Result<Filter, Wrong> {
    let name = field.path.name();
    let relation = match sign {
        "<" => Relation::Less,
        "<=" => Relation::AtMost,
        ">" => Relation::Greater,
        _ => Relation::AtLeast,
    };
    if value.is_null() {
        return Err(Wrong::new(value.at.clone(), "nothing is less or greater than null").hint("write: is null"));
    }
    match field.kind {
        Kind::User | Kind::OneOf(_) => {
            let wrong = Wrong::new(at, format!("'{name}' has no order: write =, != or in"));
            let has_id = field.kind == Kind::User && language.vocabulary.find("user_id").is_some();
            Err(if has_id { wrong.hint("'user_id' compares the user's id") } else { wrong })
        }
        Kind::Time => {
            let time = time(value, language)?;
            // What lies beyond all that can be stored bounds nothing.
            Ok(match relation {
                Relation::Less => Filter::Test(Test::Until(time.start)),
                Relation::AtLeast => Filter::Test(Test::Since(time.start)),
                Relation::AtMost => match time.end {
                    Some(end) => Filter::Test(Test::Until(end)),
                    None => on(field, Is::Present),
                },
                // Nothing is both there and not.
                Relation::Greater => time.behind().unwrap_or_else(|| {
                    let there = on(field, Is::Present);
                    Filter::All(vec![there.clone(), not(there)])
                }),
            })
        }
        Kind::Status => {
            let set = statuses(&[value])?;
            let (low, high) = set.ends();
            Ok(Filter::Test(Test::Status(match relation {
                Relation::Less => StatusSet::below(low),
                Relation::AtMost => StatusSet::below(high + 1),
                Relation::Greater => StatusSet::from(high + 1),
                Relation::AtLeast => StatusSet::from(low),
            })))
        }
        Kind::Level(levels) => {
            let place = levels.iter().position(|level| value.text.eq_ignore_ascii_case(level)).ok_or_else(|| {
                let wrong =
                    Wrong::new(value.at.clone(), format!("'{}' is no level that has a place among them", value.text));
                wrong.hint(did_you_mean(&value.text, levels))
            })?;
            let fitting: Vec<&&str> = levels
                .iter()
                .enumerate()
                .filter(|(other, _)| relation.holds(other.cmp(&place)))
                .map(|(_, level)| level)
                .collect();
            if fitting.is_empty() {
                return Err(Wrong::new(value.at.clone(), format!("no level is {sign} {}", levels[place])));
            }
            Ok(on(field, Is::In(fitting.into_iter().map(|level| Literal::Text((*level).into())).collect())))
        }
        Kind::Integer | Kind::Text | Kind::Path | Kind::Name | Kind::Value => {
            let literal = literals(field, &[value])?.remove(0);
            if matches!(literal, Literal::Bool(_)) {
                return Err(Wrong::new(value.at.clone(), "true and false have no order: write = or !="));
            }
            Ok(on(field, Is::Ordered(relation, literal)))
        }
    }
}

fn on(field: &Field, is: Is) -> Filter {
    Filter::Test(Test::Field(FieldTest { path: field.path.clone(), is, folds: folds(field.kind) }))
}

/// The values as the field's kind reads them.
fn literals(field: &Field, values: &[&Value]) -> Result<Vec<Literal>, Wrong> {
    values.iter().map(|value| literal(field, value)).collect()
}

fn literal(field: &Field, value: &Value) -> Result<Literal, Wrong> {
    Ok(match field.kind {
        Kind::Integer => Literal::Number(integer(field, value)?.into()),
        Kind::OneOf(words) => match words.iter().find(|word| **word == value.text) {
            Some(word) => Literal::Text((*word).into()),
            None => {
                let why = format!("'{}' is never '{}'", field.path.name(), value.text);
                return Err(Wrong::new(value.at.clone(), why).hint(did_you_mean(&value.text, words)));
            }
        },
        // Others have levels of their own.
        Kind::Level(levels) if !value.quoted && !levels.iter().any(|level| level.eq_ignore_ascii_case(&value.text)) => {
            match closest(&value.text, levels.iter().copied()) {
                Some(level) => {
                    let why = format!("'{}' is no level; if you have one of that name, put it into quotes", value.text);
                    return Err(Wrong::new(value.at.clone(), why).hint(format!("did you mean '{level}'?")));
                }
                None => value.literal(),
            }
        }
        Kind::Path if !value.quoted && value.text.contains('*') => {
            let hint =
                format!("write: {} glob {}; a path with a '*' in it stands in quotes", field.path.name(), value.text);
            return Err(Wrong::new(value.at.clone(), "a '*' is a pattern only behind glob").hint(hint));
        }
        Kind::Value if value.is_bare("true") => Literal::Bool(true),
        Kind::Value if value.is_bare("false") => Literal::Bool(false),
        Kind::Value if !value.quoted => Literal::number(&value.text).unwrap_or_else(|| value.literal()),
        _ => value.literal(),
    })
}

/// The digits of a number.
fn integer<'v>(field: &Field, value: &'v Value) -> Result<&'v str, Wrong> {
    if !value.quoted && Literal::number(&value.text).is_some() {
        return Ok(&value.text);
    }
    let name = field.path.name();
    let wrong = Wrong::new(value.at.clone(), format!("'{name}' is a number, which text is never equal to"));
    Err(if Literal::number(&value.text).is_some() { wrong.hint("write it without quotes") } else { wrong })
}

fn did_you_mean(given: &str, words: &[&str]) -> String {
    match closest(given, words.iter().copied()) {
        Some(word) => format!("did you mean '{word}'?"),
        None => format!("it is one of {}", words.join(", ")),
    }
}

fn users(path: &FieldPath, values: &[&Value], language: Language<'_>) -> Result<Vec<Filter>, Wrong> {
    let (mut ids, mut names, mut or_none) = (Vec::new(), Vec::new(), false);
    for value in values {
        if value.quoted {
            names.push(value.literal());
            continue;
        }
        match UserSpec::parse(&value.text).map_err(|error| of_query(error, value))? {
            UserSpec::Id(id) => ids.push(id),
            UserSpec::Anonymous => or_none = true,
            // Log records know users by id and by address.
            UserSpec::Name(name) if language.vocabulary.find("username").is_none() && !name.contains('@') => {
                let why = format!(
                    "'{}' is no user of {}, which name users by id or e-mail address",
                    value.text, language.vocabulary.subject
                );
                return Err(
                    Wrong::new(value.at.clone(), why).hint("to find a name in the text of a record: message ~ NAME")
                );
            }
            UserSpec::Name(name) => names.push(Literal::Text(name.into())),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    let by_id = (or_none || !ids.is_empty()).then(|| Test::User { ids, or_none });
    let by_name =
        (!names.is_empty()).then(|| Test::Field(FieldTest { path: path.clone(), is: Is::In(names), folds: false }));
    Ok(by_id.into_iter().chain(by_name).map(Filter::Test).collect())
}

fn statuses(values: &[&Value]) -> Result<StatusSet, Wrong> {
    let mut sets = values.iter().map(|value| {
        if value.quoted {
            let hint =
                if StatusSet::parse(&value.text).is_ok() { "write it without quotes" } else { "write 404 or 4xx" };
            return Err(Wrong::new(value.at.clone(), "'status' is a number, which text is never equal to").hint(hint));
        }
        StatusSet::parse(&value.text).map_err(|error| of_query(error, value))
    });
    let first = sets.next().unwrap_or_else(|| Ok(StatusSet::below(0)))?;
    sets.try_fold(first, |all, next| Ok(all.union(&next?)))
}

/// An instant, or whole days: from its first microsecond to the first behind it.
struct Span {
    start: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
}

impl Span {
    fn behind(&self) -> Option<Filter> {
        self.end.map(|end| Filter::Test(Test::Since(end)))
    }
}

fn time(value: &Value, language: Language<'_>) -> Result<Span, Wrong> {
    let time = TimeExpr::parse(&value.text, language.now, language.zone).map_err(|error| of_query(error, value))?;
    let is_storable = |at: &DateTime<Utc>| at.year() <= 9999;
    Ok(match time {
        TimeExpr::Instant(at) => {
            Span { start: at, end: at.checked_add_signed(Duration::microseconds(1)).filter(is_storable) }
        }
        TimeExpr::Days { start, end } => Span { start, end },
    })
}

/// At this instant, or on this day.
fn within(value: &Value, language: Language<'_>) -> Result<Filter, Wrong> {
    let time = time(value, language)?;
    let bounds = [Some(Test::Since(time.start)), time.end.map(Test::Until)];
    Ok(several(bounds.into_iter().flatten().map(Filter::Test).collect(), Filter::All))
}

/// What another reader says about a value.
fn of_query(error: QueryError, value: &Value) -> Wrong {
    let wrong = Wrong::new(value.at.clone(), error.to_string());
    match error.hint() {
        Some(hint) => wrong.hint(hint),
        None => wrong,
    }
}
