//! Between the two forms of a value: serialized, as a version holds it, and stored, as the table holds it.
//!
//! Each direction follows Django, field type by field type: what its fields make of a serialized value
//! (`to_python`, then the database's preparation), and what its JSON serializer prints of a stored one. Equality is by
//! what the values mean to the field, not by how they are spelled.

use std::collections::HashSet;

use data_encoding::{BASE64, Encoding, Specification};

use super::clock::{self, parse_date, parse_moment, parse_time};
use super::decimal::Decimal;
use super::document::{Document, read_json};
use super::kind::Kind;
use super::mapping::{ColumnField, Link};
use super::python::{PyNumber, float_token, number, str_of};
use crate::audit::{NonFinite, Token, Value};
use crate::query::Zone;
use crate::store::Stored;

/// A serialized value that has no stored form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// Not of the field's type. The value itself is left out: it may be a secret.
    #[error("the field {field} holds {found}, and Django would not read that as {wanted}")]
    Type {
        /// The field.
        field: String,
        /// `text`, `a list`…
        found: &'static str,
        /// `a date`…
        wanted: &'static str,
    },
    /// Of the field's type, but beyond what the column holds.
    #[error("the field {field} holds {wanted} that its column has no room for")]
    Range {
        /// The field.
        field: String,
        /// `an integer`…
        wanted: &'static str,
    },
    /// A natural key in place of a foreign key.
    #[error("the field {field} holds a natural key, and only the names of users can be looked up")]
    NaturalKey {
        /// The field.
        field: String,
    },
    /// A column whose type is not one of Django's.
    #[error("the field {field} can't be converted: its column is of type '{declared_type}', which is not Django's own")]
    Unknown {
        /// The field.
        field: String,
        /// As the table declares it.
        declared_type: String,
    },
}

/// How a stored value relates to what a version would make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The same, in type and value: nothing would be written.
    Same,
    /// They differ only in digits that serializing cut off, or that the field has no room for: nothing is to be written.
    Precision,
    /// They mean the same but are stored differently (`{"a":1}` and `{"a": 1}`, NULL and `""` of a file): no
    /// change to a reader, and still written.
    Alike,
    /// They differ.
    Different,
}

/// Converts values of one service.
#[derive(Clone, Debug)]
pub struct Converter {
    /// The service's zone, for date-times without an offset.
    zone: Zone,
}

/// What a value means to its field. Equal meanings are equal.
#[derive(Clone, Debug, PartialEq)]
enum Meaning {
    Null,
    Boolean(bool),
    Integer(String),
    Float(f64),
    Decimal(Decimal),
    Text(String),
    Date(chrono::NaiveDate),
    Time(chrono::NaiveTime),
    Instant(chrono::DateTime<chrono::Utc>),
    Duration(i128),
    Bytes(Vec<u8>),
    /// Nothing to this field: compared as JSON.
    Raw,
}

/// Python's `b64decode` minds neither what follows the last whole byte nor characters of no meaning.
fn base64() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    specification.padding = Some('=');
    specification.check_trailing_bits = false;
    specification.encoding().unwrap_or(BASE64)
}

impl Converter {
    /// For a service whose clock is in this zone.
    pub fn new(zone: Zone) -> Self {
        Converter { zone }
    }

    /// Serialized → what Django binds when it saves the field. What the database makes of it is
    /// [`VersionStore::kept`](crate::store::VersionStore::kept).
    pub fn bound(&self, field: &ColumnField<'_>, value: &Value) -> Result<Stored, ConvertError> {
        let nullable = !field.column.not_null;
        let refers = field.reference.is_some();
        self.bind(field.name, field.kind, &field.column.declared_type, nullable, refers, value)
    }

    /// Serialized → what Django binds for one key of a many-to-many set.
    pub fn bound_link(&self, link: &Link, key: &Value) -> Result<Stored, ConvertError> {
        self.bind(&link.field, &link.kind, &link.declared_type, false, true, key)
    }

    fn bind(
        &self,
        name: &str,
        kind: &Kind,
        declared_type: &str,
        nullable: bool,
        refers: bool,
        value: &Value,
    ) -> Result<Stored, ConvertError> {
        let (field, wanted) = (|| name.to_owned(), kind.name());
        if refers && matches!(value.tokens().first(), Some(Token::ArrayStart | Token::ObjectStart)) {
            return Err(ConvertError::NaturalKey { field: field() });
        }
        if refers && matches!(value.tokens(), [Token::Text(text)] if text.is_empty()) && *kind != Kind::Text {
            return Ok(Stored::Null);
        }
        let range = || ConvertError::Range { field: field(), wanted };
        match (kind, self.meaning(kind, nullable, value)) {
            (Kind::Other, _) => Err(ConvertError::Unknown { field: field(), declared_type: declared_type.to_owned() }),
            (_, Meaning::Null) => Ok(Stored::Null),
            (Kind::Json, _) => Ok(Stored::Text(Document::new(value).dumps())),
            (Kind::Decimal { .. }, Meaning::Decimal(_)) => {
                decimal_of(kind, value, true).map(|d| Stored::Text(d.to_string())).ok_or_else(range)
            }
            (_, Meaning::Boolean(truth)) => Ok(Stored::Integer(truth.into())),
            (_, Meaning::Integer(digits)) => digits.parse().map(Stored::Integer).map_err(|_| range()),
            (_, Meaning::Float(x)) => Ok(Stored::Real(x)),
            (_, Meaning::Text(text)) => Ok(Stored::Text(text)),
            (_, Meaning::Date(date)) => Ok(Stored::Text(clock::date_text(date))),
            (_, Meaning::Time(time)) => Ok(Stored::Text(clock::time_text(time))),
            (_, Meaning::Instant(instant)) => Ok(Stored::Text(clock::instant_text(instant))),
            (_, Meaning::Duration(micros)) => i64::try_from(micros).map(Stored::Integer).map_err(|_| range()),
            (Kind::Uuid, Meaning::Bytes(bytes)) => Ok(Stored::Text(hex(&bytes))),
            (_, Meaning::Bytes(bytes)) => Ok(Stored::Blob(bytes)),
            (_, Meaning::Decimal(_) | Meaning::Raw) => {
                Err(ConvertError::Type { field: field(), found: type_name(value), wanted })
            }
        }
    }

    /// Stored → serialized, as Django's JSON serializer would print it. What Django would not understand is given as
    /// it is stored.
    pub fn serialized(&self, kind: &Kind, stored: &Stored) -> Value {
        let text = match stored {
            Stored::Null if *kind == Kind::File => return Value::text(""),
            Stored::Null => return Value::null(),
            Stored::Text(text) => Some(text.as_str()),
            _ => None,
        };
        let understood = match (kind, stored, text) {
            // Python's reader of a bool column takes `1` for true and all else for false.
            (Kind::Boolean, ..) => Some(Value::from_tokens(vec![Token::Bool(is_one(stored))])),
            (Kind::Decimal { scale }, ..) => {
                Decimal::read_stored(stored).map(|decimal| decimal_value(&decimal, scale.map(|scale| scale.usual)))
            }
            (Kind::Date, _, Some(text)) => parse_date(text).map(|date| Value::text(clock::date_text(date))),
            (Kind::Time, _, Some(text)) => parse_time(text).map(|time| Value::text(clock::time_serialized(time))),
            (Kind::DateTime, _, Some(text)) => {
                parse_moment(text).map(|moment| Value::text(clock::moment_serialized(&moment)))
            }
            (Kind::Duration, Stored::Integer(n), _) => Some(Value::text(clock::duration_text(i128::from(*n)))),
            (Kind::Uuid, _, Some(text)) => uuid(text).map(|bytes| Value::text(dashed(&bytes))),
            (Kind::Json, _, Some(text)) => read_json(text).ok().map(|value| Document::new(&value).value()),
            (Kind::Binary, Stored::Blob(bytes), _) => Some(Value::text(BASE64.encode(bytes))),
            (Kind::Binary, _, Some(text)) => Some(Value::text(BASE64.encode(text.as_bytes()))),
            _ => None,
        };
        understood.unwrap_or_else(|| as_stored(stored))
    }

    /// Whether two serialized values of a field mean the same to it.
    pub fn same(&self, field: &ColumnField<'_>, a: &Value, b: &Value) -> bool {
        self.same_of(field.kind, !field.column.not_null, a, b)
    }

    /// The keys of a many-to-many set that only `from` has, and those that only `to` has, each in its order.
    pub fn set_difference(&self, kind: &Kind, from: &Value, to: &Value) -> (Vec<Value>, Vec<Value>) {
        let keyed = |value: &Value| -> Vec<(String, Value)> {
            value.items().unwrap_or_default().into_iter().map(|item| (self.set_key(kind, &item), item)).collect()
        };
        let (from, to) = (keyed(from), keyed(to));
        let only = |these: &[(String, Value)], others: &[(String, Value)]| {
            let others: HashSet<&str> = others.iter().map(|(key, _)| &**key).collect();
            these.iter().filter(|(key, _)| !others.contains(&**key)).map(|(_, item)| item.clone()).collect()
        };
        (only(&from, &to), only(&to, &from))
    }

    /// Whether two keys of a many-to-many set are one.
    pub fn same_key(&self, kind: &Kind, a: &Value, b: &Value) -> bool {
        self.set_key(kind, a) == self.set_key(kind, b)
    }

    /// A text that is the same for keys that mean the same.
    fn set_key(&self, kind: &Kind, key: &Value) -> String {
        match self.meaning(kind, false, key) {
            Meaning::Integer(digits) => digits,
            Meaning::Text(text) => text,
            Meaning::Bytes(bytes) => hex(&bytes),
            _ => Document::new(key).dumps(),
        }
    }

    /// Whether two serialized values mean the same where nothing is known of the field: as JSON.
    pub fn same_json(a: &Value, b: &Value) -> bool {
        a == b || Document::new(a).same(&Document::new(b))
    }

    fn same_of(&self, kind: &Kind, nullable: bool, a: &Value, b: &Value) -> bool {
        if a == b {
            return true;
        }
        match (self.meaning(kind, nullable, a), self.meaning(kind, nullable, b)) {
            (Meaning::Raw, _) | (_, Meaning::Raw) => Converter::same_json(a, b),
            (Meaning::Instant(a), Meaning::Instant(b)) => {
                a == b || clock::cut_instant(a) == b || a == clock::cut_instant(b)
            }
            (Meaning::Time(a), Meaning::Time(b)) => a == b || clock::cut_time(a) == b || a == clock::cut_time(b),
            // Equal is what the column can't tell apart.
            (Meaning::Decimal(x), Meaning::Decimal(y)) => {
                let kept = |value| decimal_of(kind, value, true).map(|decimal| decimal.normalized());
                x.normalized() == y.normalized() || x.read_back() == y.read_back() || kept(a) == kept(b)
            }
            (Meaning::Float(a), Meaning::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (a, b) => a == b,
        }
    }

    /// How the stored value relates to a version's. `kept` is what the database would keep of the version's value,
    /// None where it has no stored form.
    pub fn agreement(&self, field: &ColumnField<'_>, value: &Value, kept: Option<&Stored>, live: &Stored) -> Agreement {
        if kept == Some(live) {
            return Agreement::Same;
        }
        if !self.same(field, value, &self.serialized(field.kind, live)) {
            return Agreement::Different;
        }
        if self.cuts(field.kind, value, live) { Agreement::Precision } else { Agreement::Alike }
    }

    /// Whether the stored value has digits that the serialized one of the same meaning lacks.
    fn cuts(&self, kind: &Kind, value: &Value, live: &Stored) -> bool {
        let (Stored::Text(_) | Stored::Real(_) | Stored::Integer(_)) = live else { return false };
        let text = |value: &Value| match value.tokens() {
            [Token::Text(text)] => Some(text.to_string()),
            _ => None,
        };
        match (kind, live) {
            (Kind::DateTime, Stored::Text(stored)) => {
                let instant = |text: &str, zone| parse_moment(text).and_then(|moment| moment.instant(zone));
                let live = instant(stored, &Zone::UTC);
                let then = text(value).and_then(|text| instant(&text, &self.zone));
                live.is_some() && live != then && live.map(clock::cut_instant) == then
            }
            (Kind::Time, Stored::Text(stored)) => {
                let live = parse_time(stored);
                let then = text(value).and_then(|text| parse_time(&text));
                live != then && live.map(clock::cut_time) == then
            }
            (Kind::Decimal { .. }, _) => {
                // The version is what fifteen digits of the row are, or the row what the field has of the version's.
                let live = Decimal::read_stored(live).map(|decimal| decimal.normalized());
                let [stored, compared] =
                    [true, false].map(|is_stored| decimal_of(kind, value, is_stored).map(|it| it.normalized()));
                live.is_some() && (live == stored || live == compared && compared != stored)
            }
            _ => false,
        }
    }

    /// What a serialized value means to a field of this kind, as Django's `to_python` reads it.
    fn meaning(&self, kind: &Kind, nullable: bool, value: &Value) -> Meaning {
        let [token] = value.tokens() else {
            return match kind {
                Kind::Text | Kind::File => Meaning::Text(str_of(&Document::new(value).value())),
                _ => Meaning::Raw,
            };
        };
        if *token == Token::Null {
            return Meaning::Null;
        }
        let text = match token {
            Token::Text(text) => Some(&**text),
            _ => None,
        };
        let read = match kind {
            Kind::Integer => integer(token).map(Meaning::Integer),
            Kind::Boolean => match (token, text) {
                (Token::Bool(truth), _) => Some(Meaning::Boolean(*truth)),
                (_, Some("t" | "True" | "1")) => Some(Meaning::Boolean(true)),
                (_, Some("f" | "False" | "0")) => Some(Meaning::Boolean(false)),
                (_, Some("")) if nullable => Some(Meaning::Null),
                (Token::Number(digits), _) => match float(digits) {
                    1.0 => Some(Meaning::Boolean(true)),
                    0.0 => Some(Meaning::Boolean(false)),
                    _ => None,
                },
                _ => None,
            },
            Kind::Float => match token {
                Token::Number(digits) => {
                    Some(float(digits)).filter(|x| x.is_finite() || digits.contains(['.', 'e', 'E']))
                }
                Token::Bool(truth) => Some(f64::from(u8::from(*truth))),
                Token::NonFinite(NonFinite::NaN) => Some(f64::NAN),
                Token::NonFinite(NonFinite::Infinity) => Some(f64::INFINITY),
                Token::NonFinite(NonFinite::NegativeInfinity) => Some(f64::NEG_INFINITY),
                _ => text.and_then(|text| text.trim().replace('_', "").parse().ok()),
            }
            .map(Meaning::Float),
            Kind::Decimal { .. } => decimal_of(kind, value, false).map(Meaning::Decimal),
            Kind::Text | Kind::File => Some(Meaning::Text(str_of(value))),
            Kind::Address => Some(match address(&str_of(value)) {
                text if text.is_empty() => Meaning::Null,
                text => Meaning::Text(text),
            }),
            Kind::Date => text.and_then(parse_date).map(Meaning::Date),
            Kind::Time => text.and_then(parse_time).map(Meaning::Time),
            Kind::DateTime => {
                text.and_then(parse_moment).and_then(|moment| moment.instant(&self.zone)).map(Meaning::Instant)
            }
            Kind::Duration => text.and_then(clock::parse_duration).map(Meaning::Duration),
            Kind::Uuid => match token {
                Token::Number(digits) => digits.parse::<u128>().ok().map(|n| n.to_be_bytes().to_vec()),
                _ => text.and_then(uuid),
            }
            .map(Meaning::Bytes),
            Kind::Binary => text.and_then(bytes).map(Meaning::Bytes),
            Kind::Json | Kind::Other => None,
        };
        read.unwrap_or(Meaning::Raw)
    }
}

/// What `int()` makes of a scalar.
fn integer(token: &Token) -> Option<String> {
    match token {
        Token::Bool(truth) => Some(u8::from(*truth).to_string()),
        Token::Number(digits) => match number(digits) {
            PyNumber::Int(digits) => Some(digits),
            PyNumber::Float(x) if x.is_finite() => {
                let whole = format!("{:.0}", x.trunc());
                Some(if whole == "-0" { "0".to_owned() } else { whole })
            }
            PyNumber::Float(_) => None,
        },
        Token::Text(text) => {
            let text = text.trim();
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text.strip_prefix('+').unwrap_or(text)),
            };
            let parts_are_digits =
                digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
            let digits = digits.replace('_', "");
            let digits = digits.trim_start_matches('0');
            parts_are_digits.then(|| if digits.is_empty() { "0".to_owned() } else { format!("{sign}{digits}") })
        }
        _ => None,
    }
}

fn float(digits: &str) -> f64 {
    digits.parse().unwrap_or(f64::NAN)
}

/// What Django's decimal field makes of a scalar. Of a float it takes as many digits as the field has, which SQLite
/// does not know: for storing, fifteen, but for what calculating with floats leaves far behind the point; for comparing,
/// the shortest that tell it, behind the point no more than any value of the field has, since no more are read back.
/// Text keeps the digits it has.
fn decimal_of(kind: &Kind, value: &Value, for_storing: bool) -> Option<Decimal> {
    match value.tokens() {
        [Token::Bool(truth)] => Some(Decimal::from_int((*truth).into())),
        [Token::Text(text)] => Decimal::parse(text),
        [Token::Number(digits)] => match number(digits) {
            PyNumber::Int(digits) => Decimal::parse(&digits),
            PyNumber::Float(x) => {
                let decimal = if for_storing { Decimal::exactly(x)?.rounded(15) } else { Decimal::shortest(x)? };
                let Kind::Decimal { scale: Some(scale) } = kind else { return Some(decimal) };
                if decimal.scale() <= scale.most {
                    return Some(decimal);
                }
                let meant = decimal.quantized(scale.most);
                let is_noise = decimal.rounded(NOISELESS).normalized() == meant.normalized();
                Some(if is_noise || !for_storing { meant } else { decimal })
            }
        },
        _ => None,
    }
}

/// So many digits of a float are none that calculating leaves.
const NOISELESS: usize = 12;

/// A decimal with at least so many digits behind the point, and never fewer than it has.
fn decimal_value(decimal: &Decimal, scale: Option<u32>) -> Value {
    let decimal = decimal.normalized();
    Value::text(decimal.quantized(decimal.scale().max(scale.unwrap_or(0))).to_string())
}

/// What `uuid.UUID()` reads: 32 hexadecimal digits, dashes and braces wherever they are.
pub fn uuid(text: &str) -> Option<Vec<u8>> {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits: String = text.trim_matches(['{', '}']).chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(|n| n.to_be_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A UUID as Python prints it.
pub fn dashed(bytes: &[u8]) -> String {
    let hex = hex(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// What `b64decode` reads: characters of no meaning are passed over.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let meaningful = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let digits: Vec<u8> = text.bytes().filter(meaningful).collect();
    base64().decode(&digits).ok()
}

/// An address as Django cleans it: IPv6 in its short form.
fn address(text: &str) -> String {
    let text = text.trim();
    match text.parse::<std::net::Ipv6Addr>() {
        Ok(address) if text.contains(':') => address.to_string(),
        _ => text.to_owned(),
    }
}

fn is_one(stored: &Stored) -> bool {
    match stored {
        Stored::Integer(1) => true,
        Stored::Text(text) => text == "1",
        Stored::Blob(bytes) => bytes == b"1",
        _ => false,
    }
}

/// A stored value that its field does not convert.
fn as_stored(stored: &Stored) -> Value {
    match stored {
        Stored::Null => Value::null(),
        Stored::Integer(n) => Value::from_tokens(vec![Token::Number(n.to_string().into())]),
        Stored::Real(x) => Value::from_tokens(vec![float_token(*x)]),
        Stored::Text(text) => Value::text(text.as_str()),
        Stored::BadText(bytes) => Value::text(String::from_utf8_lossy(bytes)),
        Stored::Blob(bytes) => {
            let escaped: String = bytes.iter().map(|b| b.escape_ascii().to_string()).collect();
            Value::text(format!("b'{escaped}'"))
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value.tokens() {
        [Token::Null] => "null",
        [Token::Bool(_)] => "a truth value",
        [Token::Number(_) | Token::NonFinite(_)] => "a number",
        [Token::Text(_)] => "text",
        [Token::ObjectStart, ..] => "an object",
        _ => "a list",
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
