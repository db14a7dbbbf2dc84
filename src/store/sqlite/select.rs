//! From a filter to SQL and what SQL leaves over.
//!
//! SQLite runs in this process, so only what an index or the engine does well is said in SQL: users, records, models,
//! days, the leading digit of a status. The rest is tested on the row where it lies, exactly, before it is copied.

use std::cell::OnceCell;
use std::ops::Deref;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};
use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};
use sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SqliteQueryBuilder};

use super::pages;
use super::scan::IdRange;
use crate::audit::{Details, Entry, Number, Stamp, Torn, Value as Body, body_value, request_line};
use crate::query::{Field, FieldPath, FieldTest, Filter, Is, Literal, Looked, Relation, StatusSet, Subject, Test};

/// A longer list of ids is not put into SQL, where values are few.
pub const MOST_IDS: usize = 500;

/// A statement over one range of ids.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The SQL, its first two placeholders the range's ends.
    pub sql: String,
    values: Vec<Value>,
}

impl Statement {
    /// The values to bind for a range.
    pub fn bind(&self, range: IdRange) -> Vec<Value> {
        let mut values = self.values.clone();
        values[0] = Value::Integer(range.low);
        values[1] = Value::Integer(range.high);
        values
    }
}

/// A filter as SQL that lets through at least what passes, and the rest of the filter; None where SQL says it all.
#[derive(Clone, Debug)]
pub struct Narrowed {
    /// A condition, None where everything comes through.
    condition: Option<Expr>,
    /// What remains to be tested.
    pub residual: Option<Filter>,
}

impl Narrowed {
    /// Translates a filter.
    pub fn of(filter: &Filter) -> Self {
        let exact = |condition| Narrowed { condition: Some(condition), residual: None };
        let untranslated = || Narrowed { condition: None, residual: Some(filter.clone()) };
        match filter {
            Filter::All(filters) => {
                let parts: Vec<Narrowed> = filters.iter().map(Narrowed::of).collect();
                let residual: Vec<Filter> = parts.iter().filter_map(|p| p.residual.clone()).collect();
                let condition = parts.into_iter().filter_map(|p| p.condition).reduce(|a, b| a.and(b));
                Narrowed { condition, residual: (!residual.is_empty()).then_some(Filter::All(residual)) }
            }
            Filter::Any(filters) => {
                let parts: Vec<Narrowed> = filters.iter().map(Narrowed::of).collect();
                if filters.is_empty() {
                    return exact(Expr::val(0).eq(1));
                }
                let all_exact = parts.iter().all(|p| p.residual.is_none());
                // One branch that SQL can't narrow lets everything through.
                let conditions: Option<Vec<Expr>> = parts.into_iter().map(|p| p.condition).collect();
                let condition = conditions.and_then(|c| c.into_iter().reduce(|a, b| a.or(b)));
                Narrowed { condition, residual: (!all_exact).then(|| filter.clone()) }
            }
            Filter::Not(inner) => match Narrowed::of(inner) {
                // A comparison with NULL is neither true nor false in SQL, but false here.
                Narrowed { condition: Some(condition), residual: None } => {
                    exact(Func::coalesce([condition, Expr::val(0)]).eq(0))
                }
                Narrowed { condition: None, residual: None } => exact(Expr::val(0).eq(1)),
                _ => untranslated(),
            },
            Filter::Test(test) => match condition(test) {
                Some((condition, true)) => exact(condition),
                Some((condition, false)) => Narrowed { condition: Some(condition), residual: Some(filter.clone()) },
                None => untranslated(),
            },
        }
    }

    /// The statement that reads these columns for a range of ids, where they pass.
    pub fn statement(&self, table: &str, fields: &Fields) -> Statement {
        let mut query = Query::select();
        query.columns(fields.iter().map(|&f| Alias::new(column(f)))).from(Alias::new(table));
        self.finish(query)
    }

    /// The statement that counts a range of ids.
    pub fn count(&self, table: &str) -> Statement {
        let mut query = Query::select();
        query.expr(Expr::cust("count(*)")).from(Alias::new(table));
        self.finish(query)
    }

    /// The statement that counts everything, without a range.
    pub fn count_all(&self, table: &str) -> (String, Vec<Value>) {
        let mut query = Query::select();
        query.expr(Expr::cust("count(*)")).from(Alias::new(table));
        query.cond_where(sea_query::Cond::all().add_option(self.condition.clone()));
        let (sql, values) = query.build(SqliteQueryBuilder);
        (sql, values.into_iter().map(bound).collect())
    }

    fn finish(&self, mut query: SelectStatement) -> Statement {
        let id = || Expr::col(Alias::new("id"));
        query.and_where(id().gte(0_i64)).and_where(id().lte(0_i64));
        if let Some(condition) = &self.condition {
            query.and_where(condition.clone());
        }
        let (sql, values) = query.build(SqliteQueryBuilder);
        Statement { sql, values: values.into_iter().map(bound).collect() }
    }
}

/// One of sea-query's values as rusqlite binds it. Only integers and text are ever put in.
fn bound(value: sea_query::Value) -> Value {
    match value {
        sea_query::Value::BigInt(Some(n)) => Value::Integer(n),
        sea_query::Value::Int(Some(n)) => Value::Integer(n.into()),
        sea_query::Value::String(Some(text)) => Value::Text(text),
        _ => Value::Null,
    }
}

/// A test as SQL, and whether the SQL says exactly the same.
fn condition(test: &Test) -> Option<(Expr, bool)> {
    let col = |field| Expr::col(Alias::new(column(field)));
    Some(match test {
        Test::User { ids, or_none } => {
            if ids.len() > MOST_IDS {
                return None;
            }
            let known = (!ids.is_empty()).then(|| col(Field::User).is_in(ids.iter().copied()));
            let none = or_none.then(|| col(Field::User).is_null());
            let either = known.into_iter().chain(none).reduce(|a, b| a.or(b));
            (either.unwrap_or_else(|| Expr::val(0).eq(1)), true)
        }
        Test::RecordId(id) => (col(Field::RecordId).eq(*id), true),
        Test::Model(name) => (Func::lower(col(Field::Model)).eq(name.to_ascii_lowercase()), true),
        // Whatever is read as a time begins with its day, so that days compare as text. An offset moves the day by
        // less than two, and what is no time at all must not pass.
        Test::Since(at) => (col(Field::Timestamp).gte(day_text(at.checked_sub_days(Days::new(2))?)?), false),
        Test::Until(at) => (col(Field::Timestamp).lt(day_text(at.checked_add_days(Days::new(2))?)?), false),
        Test::Status(set) => {
            let prefixes = set.prefixes();
            let each = prefixes.iter().map(|prefix| {
                let needle = format!(", Response Code: {prefix}");
                Func::cust("instr").args([col(Field::Details), Expr::val(needle)]).gt(0)
            });
            (each.reduce(|a, b| a.or(b))?, false)
        }
        Test::Field(test) => return field_condition(test),
        Test::Action(_) | Test::Method(_) | Test::Path(_) | Test::Details(_) => return None,
    })
}

/// A test on a field by its name as SQL: whether a column is filled, and integers, which SQLite orders below any text.
fn field_condition(test: &FieldTest) -> Option<(Expr, bool)> {
    let field = Field::parse(test.path.name())?;
    let col = || Expr::col(Alias::new(column(field)));
    if test.is == Is::Present {
        return Some((col().is_not_null(), true));
    }
    if !matches!(field, Field::Id | Field::RecordId | Field::User) {
        return None;
    }
    let integer = |literal: &Literal| match literal {
        Literal::Number(digits) => digits.parse::<i64>().ok(),
        _ => None,
    };
    let condition = match &test.is {
        Is::In(literals) if literals.len() <= MOST_IDS => {
            col().is_in(literals.iter().map(integer).collect::<Option<Vec<i64>>>()?)
        }
        Is::Ordered(Relation::Less, literal) => col().lt(integer(literal)?),
        Is::Ordered(Relation::AtMost, literal) => col().lte(integer(literal)?),
        Is::Ordered(Relation::Greater, literal) => col().gt(integer(literal)?),
        Is::Ordered(Relation::AtLeast, literal) => col().gte(integer(literal)?),
        _ => return None,
    };
    // The id is an integer in every row; the other two may hold anything.
    Some((condition, field == Field::Id))
}

/// The day as a timestamp begins with it; None where the year is not of four digits.
fn day_text(at: DateTime<Utc>) -> Option<String> {
    (0..=9999).contains(&at.year()).then(|| at.format("%Y-%m-%d").to_string())
}

/// The column of a field in the audit table.
pub fn column(field: Field) -> &'static str {
    match field {
        Field::User => "user_id",
        other => other.name(),
    }
}

/// The columns of a statement, the id first.
#[derive(Clone, Debug)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// These, without repetition, after the id.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        let mut all = vec![Field::Id];
        for field in fields {
            if !all.contains(&field) {
                all.push(field);
            }
        }
        Fields(all)
    }

    /// Where a field stands in the row.
    pub fn position(&self, field: Field) -> Option<usize> {
        self.0.iter().position(|&f| f == field)
    }
}

impl Deref for Fields {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        &self.0
    }
}

/// The columns that a filter looks at.
pub fn fields_of(filter: &Filter) -> impl Iterator<Item = Field> {
    filter.tests().into_iter().map(|test| match test {
        Test::User { .. } => Field::User,
        Test::Action(_) | Test::Method(_) | Test::Path(_) => Field::Action,
        Test::Model(_) => Field::Model,
        Test::RecordId(_) => Field::RecordId,
        Test::Status(_) | Test::Details(_) => Field::Details,
        Test::Since(_) | Test::Until(_) => Field::Timestamp,
        Test::Field(test) => field_of(&test.path),
    })
}

/// The column that a field by its name is read from.
pub fn field_of(path: &FieldPath) -> Field {
    match path.name() {
        "method" | "path" => Field::Action,
        "status" | "request" | "response" | "decoded" => Field::Details,
        name => Field::parse(name).unwrap_or(Field::Id),
    }
}

/// A row where it lies in SQLite's memory, or in a page of the file.
pub struct Lying<'a, 'r> {
    place: Place<'a, 'r>,
    status: OnceCell<Option<u16>>,
    bodies: OnceCell<Box<Bodies>>,
}

/// What a row's details hold, decoded.
struct Bodies {
    decoded: &'static str,
    request: Option<Body>,
    response: Option<Body>,
}

/// Where a row lies.
#[derive(Clone, Copy)]
enum Place<'a, 'r> {
    /// In the result of a statement over these fields.
    Sql(&'a Row<'r>, &'a Fields),
    /// In a page.
    Page(&'a pages::Row<'r>),
}

impl<'a, 'r> Lying<'a, 'r> {
    /// A row of a statement over these fields.
    pub fn new(row: &'a Row<'r>, fields: &'a Fields) -> Self {
        Lying::at(Place::Sql(row, fields))
    }

    /// A row in a page, of which those fields can be read that it was walked to for.
    pub fn in_page(row: &'a pages::Row<'r>) -> Self {
        Lying::at(Place::Page(row))
    }

    fn at(place: Place<'a, 'r>) -> Self {
        Lying { place, status: OnceCell::new(), bodies: OnceCell::new() }
    }

    /// The value of a field; NULL where the statement does not read it.
    pub fn value(&self, field: Field) -> ValueRef<'a> {
        match self.place {
            Place::Sql(row, fields) => {
                fields.position(field).and_then(|at| row.get_ref(at).ok()).unwrap_or(ValueRef::Null)
            }
            Place::Page(row) => row.value(field),
        }
    }

    /// The primary key.
    pub fn id(&self) -> i64 {
        self.integer(Field::Id).unwrap_or_default()
    }

    fn bytes(&self, field: Field) -> Option<&'a [u8]> {
        match self.value(field) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn integer(&self, field: Field) -> Option<i64> {
        match self.value(field) {
            ValueRef::Integer(n) => Some(n),
            _ => None,
        }
    }

    /// A column, whatever it holds.
    fn stored(&self, field: Field) -> Looked<'_> {
        match self.value(field) {
            ValueRef::Null => Looked::Nothing,
            ValueRef::Integer(n) => Looked::Integer(n),
            ValueRef::Real(x) if x.is_finite() => Looked::Number(x.to_string().into()),
            ValueRef::Real(_) => Looked::Other,
            ValueRef::Text(text) | ValueRef::Blob(text) => Looked::Text(text.into()),
        }
    }

    fn request(&self) -> Option<(&str, &str)> {
        self.action().and_then(|action| std::str::from_utf8(action).ok()).and_then(request_line)
    }

    fn bodies(&self) -> &Bodies {
        self.bodies.get_or_init(|| {
            let text = String::from_utf8_lossy(self.details().unwrap_or_default());
            let details = Details::read(&text);
            Box::new(Bodies {
                decoded: details.decoded.as_str(),
                request: details.request.map(body_value),
                response: details.response.map(body_value),
            })
        })
    }

    /// Whether the key that a path ends with may stand in the details: Python prints letters, digits and `_` as they
    /// are.
    fn may_hold(&self, path: &FieldPath) -> bool {
        let Some(step) = path.steps().iter().rev().find(|step| step.index().is_none()) else { return true };
        let is_printed_raw = step.key().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        !is_printed_raw
            || self.details().is_some_and(|details| memchr::memmem::find(details, step.key().as_bytes()).is_some())
    }

    /// The row as an entry of its own.
    pub fn entry(&self) -> Entry {
        self.entry_with(str::to_owned)
    }

    /// The row as an entry whose texts are what `keep` makes of them.
    pub fn entry_with<Text>(&self, mut keep: impl FnMut(&str) -> Text) -> Entry<Text> {
        let mut read = |field| text_and_torn(self.value(field), &mut keep);
        let (action, torn_action) = read(Field::Action);
        let (model, torn_model) = read(Field::Model);
        let (details, torn_details) = read(Field::Details);
        let is_torn = torn_action.is_some() || torn_model.is_some() || torn_details.is_some();
        let torn = || Torn { action: torn_action, model: torn_model, details: torn_details, username: None };
        Entry {
            id: self.id(),
            timestamp: stamp(self.value(Field::Timestamp)),
            action,
            model,
            record_id: number(self.value(Field::RecordId)),
            details,
            user: number(self.value(Field::User)),
            username: None,
            torn: is_torn.then(|| Box::new(torn())),
        }
    }
}

impl Subject for Lying<'_, '_> {
    fn user(&self) -> Option<i64> {
        self.integer(Field::User)
    }

    fn is_anonymous(&self) -> bool {
        self.value(Field::User) == ValueRef::Null
    }

    fn timestamp(&self) -> Option<DateTime<Utc>> {
        match self.value(Field::Timestamp) {
            ValueRef::Text(text) => instant(text),
            _ => None,
        }
    }

    fn action(&self) -> Option<&[u8]> {
        self.bytes(Field::Action)
    }

    fn model(&self) -> Option<&[u8]> {
        self.bytes(Field::Model)
    }

    fn record_id(&self) -> Option<i64> {
        self.integer(Field::RecordId)
    }

    fn details(&self) -> Option<&[u8]> {
        self.bytes(Field::Details)
    }

    fn status(&self) -> Option<u16> {
        *self.status.get_or_init(|| Details::read(&String::from_utf8_lossy(self.details()?)).status)
    }

    fn may_have_status(&self, set: &StatusSet) -> bool {
        Details::codes(self.details().unwrap_or_default()).any(|code| set.contains(code))
    }

    fn lookup(&self, path: &FieldPath) -> Looked<'_> {
        match path.name() {
            "method" => Looked::text(self.request().map(|(method, _)| method.as_bytes())),
            "path" => Looked::text(self.request().map(|(_, path)| path.as_bytes())),
            "status" => self.status().map_or(Looked::Nothing, |status| Looked::Integer(status.into())),
            "decoded" => Looked::text(Some(self.bodies().decoded.as_bytes())),
            "request" | "response" if !self.may_hold(path) => Looked::Nothing,
            "request" => in_body(&self.bodies().request, path),
            "response" => in_body(&self.bodies().response, path),
            name => match Field::parse(name) {
                Some(field @ Field::Timestamp) => self.timestamp().map_or_else(|| self.stored(field), Looked::Time),
                Some(field) => self.stored(field),
                None => Looked::Nothing,
            },
        }
    }
}

fn in_body<'b>(body: &'b Option<Body>, path: &FieldPath) -> Looked<'b> {
    body.as_ref().map_or(Looked::Nothing, |body| Looked::in_value(body, path.steps()))
}

/// Any value as text, NULL as None.
pub fn text(value: ValueRef<'_>) -> Option<String> {
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(x) => x.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// Any value as text, as `keep` keeps it, and the bytes of one that should be text and is not UTF-8.
pub fn text_and_torn<Text>(
    value: ValueRef<'_>,
    mut keep: impl FnMut(&str) -> Text,
) -> (Option<Text>, Option<Box<[u8]>>) {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => (Some(keep(text)), None),
            Err(_) => (Some(keep(&String::from_utf8_lossy(bytes))), Some(bytes.into())),
        },
        other => (text(other).map(|text| keep(&text)), None),
    }
}

fn number(value: ValueRef<'_>) -> Number {
    match value {
        ValueRef::Integer(n) => Number::Is(n),
        other => text(other).map_or(Number::Missing, Number::Odd),
    }
}

/// A time as it is stored.
pub fn stamp(value: ValueRef<'_>) -> Stamp {
    match value {
        ValueRef::Text(bytes) => {
            instant(bytes).map_or_else(|| Stamp::Odd(String::from_utf8_lossy(bytes).into_owned()), Stamp::At)
        }
        other => text(other).map_or(Stamp::Missing, Stamp::Odd),
    }
}

/// Reads a time as Django's SQLite backend stores it: UTC without zone, `2026-11-23 09:09:53[.377372]`. The ISO forms
/// that Django reads back are read too: a `T`, fewer digits of a second, an offset.
pub fn instant(text: &[u8]) -> Option<DateTime<Utc>> {
    if let Some(at) = as_written(text) {
        return Some(at);
    }
    if !begins_with_a_day(text) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let naive = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|at| at.and_utc());
    let at = naive("%Y-%m-%d %H:%M:%S%.f")
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()))
        .or_else(|| naive("%Y-%m-%dT%H:%M:%S%.f"))?;
    Some(at.trunc_subsecs(6))
}

/// Reads exactly what Django writes, which is nearly every row's: `2026-11-23 09:09:53[.377372]`.
fn as_written(text: &[u8]) -> Option<DateTime<Utc>> {
    let micros = match text.len() {
        19 => 0,
        26 if text[19] == b'.' => digits(&text[20..])?,
        _ => return None,
    };
    if [text[4], text[7], text[10], text[13], text[16]] != *b"-- ::" {
        return None;
    }
    let part = |from: usize, to: usize| digits(&text[from..to]);
    let day = NaiveDate::from_ymd_opt(i32::try_from(part(0, 4)?).ok()?, part(5, 7)?, part(8, 10)?)?;
    // A leap second is left to the other reader.
    let clock = NaiveTime::from_hms_micro_opt(part(11, 13)?, part(14, 16)?, part(17, 19)?, micros)?;
    Some(day.and_time(clock).and_utc())
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |n, &b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

/// Whether the text begins with `2026-11-23 ` or `2026-11-23T`. The parser would take `2026-1-2` and signs as well, but
/// such text does not compare as its time does.
fn begins_with_a_day(text: &[u8]) -> bool {
    let is_digit = |at: usize| text[at].is_ascii_digit();
    text.len() > 10
        && [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(is_digit)
        && (text[4], text[7]) == (b'-', b'-')
        && matches!(text[10], b' ' | b'T' | b't')
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
