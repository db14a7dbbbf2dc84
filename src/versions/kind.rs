//! What a column holds: the declared type says most of it, and the versions say what the type leaves open.
//!
//! Django declares a column by the field's type, but not one to one. What the declared type leaves open is settled by
//! what the versions of the model show, since Django prints each type of field in its own way:
//!
//! - `bigint` is an integer or, on SQLite, a duration in microseconds. Django prints an integer as a number and a
//!   duration as text with colons (`00:00:10`), always; so one such text in any version, or in the profile's
//!   `defaults`, tells a duration. Without one the column is an integer.
//! - `decimal` has no scale on SQLite. It is taken from what the newest versions show; whole numbers count only where
//!   there is nothing else, since application code leaves `5` in any decimal field. That is how a number is spelled,
//!   never where it is cut: the service may have given the field more digits since.
//! - a nullable `varchar` may be a file's path. Django prints NULL of a file field as `""` and of any other as `null`;
//!   so `""` in some version and `null` in none tells a file.

use super::clock::parse_duration;
use super::decimal::Decimal;
use crate::audit::{Token, Value};
use crate::store::{ColumnInfo, Stored};

/// How many of the newest decimals tell the scale.
const NEWEST: usize = 8;
/// Django reads no more from SQLite; decimals of more digits were floats, printed with all that a double has.
const SQLITE_DIGITS: usize = 15;

/// How many digits decimals have behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// As many are printed at least; more where more are stored.
    pub usual: u32,
    /// The most that any of them has: floats, which have no scale of their own, are rounded to it.
    pub most: u32,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers, automatic keys too.
    Integer,
    /// 0 and 1.
    Boolean,
    /// Floats.
    Float,
    /// Decimals.
    Decimal {
        /// How many digits stand behind the point, where that is declared or shown.
        scale: Option<Scale>,
    },
    /// Text of any length.
    Text,
    /// The path of a file: text in which NULL is printed as `""`.
    File,
    /// An IP address.
    Address,
    /// Dates.
    Date,
    /// Times of day.
    Time,
    /// Instants, stored in UTC.
    DateTime,
    /// Durations, stored as microseconds.
    Duration,
    /// UUIDs, stored as 32 hexadecimal digits.
    Uuid,
    /// JSON of any depth.
    Json,
    /// Bytes.
    Binary,
    /// A type that Django's own fields don't declare.
    Other,
}

impl Kind {
    /// What a column holds by its declared type.
    pub fn of(column: &ColumnInfo) -> Kind {
        if column.json {
            return Kind::Json;
        }
        let declared = column.declared_type.to_ascii_lowercase();
        let (name, size) = match declared.split_once('(') {
            Some((name, size)) => (name.trim(), Some(size)),
            None => (declared.trim(), None),
        };
        let scale = size.and_then(|size| size.trim_end_matches([')', ' ']).split_once(',')?.1.trim().parse().ok());
        let scale = scale.map(|digits| Scale { usual: digits, most: digits });
        match name.trim_end_matches(" unsigned") {
            "integer" | "int" | "bigint" | "smallint" => Kind::Integer,
            "bool" | "boolean" => Kind::Boolean,
            "real" | "double" | "double precision" | "float" => Kind::Float,
            "decimal" | "numeric" => Kind::Decimal { scale },
            "char" if size == Some("32)") => Kind::Uuid,
            "char" if matches!(size, Some("15)" | "39)")) => Kind::Address,
            "varchar" | "char" | "text" | "character varying" => Kind::Text,
            "date" => Kind::Date,
            "time" => Kind::Time,
            "datetime" | "timestamp" => Kind::DateTime,
            "blob" => Kind::Binary,
            "uuid" => Kind::Uuid,
            _ => Kind::Other,
        }
    }

    /// The same with what the values of this field in versions tell, the newest first.
    pub fn told_by<'v>(self, column: &ColumnInfo, values: impl IntoIterator<Item = &'v Value>) -> Kind {
        let mut values = values.into_iter();
        match self {
            Kind::Integer if column.declared_type.eq_ignore_ascii_case("bigint") => {
                if values.any(shows_duration) {
                    Kind::Duration
                } else {
                    Kind::Integer
                }
            }
            Kind::Decimal { scale: None } => Kind::Decimal { scale: shown_scale(values) },
            Kind::Text if !column.not_null && column.declared_type.to_ascii_lowercase().starts_with("varchar") => {
                let mut empty = false;
                let no_null = values.all(|value| {
                    empty |= matches!(value.tokens(), [Token::Text(text)] if text.is_empty());
                    value.tokens() != [Token::Null]
                });
                if empty && no_null { Kind::File } else { Kind::Text }
            }
            settled => settled,
        }
    }

    /// The same with what a row tells: a column that holds more digits than the versions show has room for them.
    pub fn beside(&self, stored: &Stored) -> Kind {
        match (self, Decimal::read_stored(stored)) {
            (Kind::Decimal { scale: Some(Scale { usual, most }) }, Some(decimal)) => {
                let most = decimal.normalized().scale().max(*most);
                Kind::Decimal { scale: Some(Scale { usual: *usual, most }) }
            }
            _ => self.clone(),
        }
    }

    /// What it is called in a message.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Integer => "an integer",
            Kind::Boolean => "a truth value",
            Kind::Float => "a number",
            Kind::Decimal { .. } => "a decimal",
            Kind::Text => "text",
            Kind::File => "the path of a file",
            Kind::Address => "an IP address",
            Kind::Date => "a date",
            Kind::Time => "a time of day",
            Kind::DateTime => "a date-time",
            Kind::Duration => "a duration",
            Kind::Uuid => "a UUID",
            Kind::Json => "JSON",
            Kind::Binary => "bytes in base64",
            Kind::Other => "of a type that is not Django's own",
        }
    }
}

fn shows_duration(value: &Value) -> bool {
    matches!(value.tokens(), [Token::Text(text)] if text.contains([':', 'P']) && parse_duration(text).is_some())
}

/// The scale that decimals show, the newest first. Django prints what it read from the table with all digits of the
/// field; what application code left has any number of them. So the newest few are asked, a newer one counting for
/// more: one odd value does not settle it, and a service that gave the field another scale is soon followed. Whole
/// numbers count only where there is nothing else.
fn shown_scale<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Scale> {
    let (mut shown, mut most) = (Vec::new(), 0);
    for value in values {
        let [Token::Text(text)] = value.tokens() else { continue };
        // `1E+3` says nothing of a scale.
        let Some(decimal) = Decimal::parse(text).filter(|decimal| !decimal.is_rounded_up()) else { continue };
        let normal = decimal.normalized();
        if normal.digits() <= SQLITE_DIGITS {
            most = normal.scale().max(most);
            shown.push(decimal.scale());
        }
    }
    let whole = shown.first().map(|_| 0);
    shown.retain(|scale| *scale > 0);
    shown.truncate(NEWEST);
    let weight = |scale: u32| -> f64 {
        shown.iter().zip(1_u32..).filter(|(other, _)| **other == scale).map(|(_, rank)| 1.0 / f64::from(rank)).sum()
    };
    let usual = shown.iter().copied().max_by(|a, b| weight(*a).total_cmp(&weight(*b)).then(a.cmp(b))).or(whole)?;
    Some(Scale { usual, most: most.max(usual) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::document::read_json;

    fn scaled(usual: u32, most: u32) -> Kind {
        Kind::Decimal { scale: Some(Scale { usual, most }) }
    }

    fn column(declared: &str, not_null: bool) -> ColumnInfo {
        ColumnInfo {
            name: "c".into(),
            declared_type: declared.into(),
            not_null,
            default: None,
            primary_key: None,
            generated: false,
            json: false,
        }
    }

    #[test]
    fn by_declared_type() {
        for (declared, kind) in [
            ("integer", Kind::Integer),
            ("bigint", Kind::Integer),
            ("smallint unsigned", Kind::Integer),
            ("integer unsigned", Kind::Integer),
            ("bool", Kind::Boolean),
            ("real", Kind::Float),
            ("decimal", Kind::Decimal { scale: None }),
            ("numeric(12, 2)", scaled(2, 2)),
            ("varchar(50)", Kind::Text),
            ("varchar", Kind::Text),
            ("text", Kind::Text),
            ("char(32)", Kind::Uuid),
            ("char(39)", Kind::Address),
            ("date", Kind::Date),
            ("time", Kind::Time),
            ("datetime", Kind::DateTime),
            ("BLOB", Kind::Binary),
            ("point", Kind::Other),
            ("", Kind::Other),
        ] {
            assert_eq!(Kind::of(&column(declared, true)), kind, "{declared}");
        }
        assert_eq!(Kind::of(&ColumnInfo { json: true, ..column("text", true) }), Kind::Json);
    }

    #[test]
    fn by_what_the_versions_show() {
        let told = |declared: &str, not_null, values: &str| {
            let column = column(declared, not_null);
            let values: Vec<Value> =
                values.split(' ').filter(|v| !v.is_empty()).map(|v| read_json(v).unwrap()).collect();
            Kind::of(&column).told_by(&column, &values)
        };
        assert_eq!(told("bigint", true, "1 2 \"3\" null"), Kind::Integer);
        assert_eq!(told("bigint", true, "null \"00:00:10\""), Kind::Duration);
        assert_eq!(told("integer", true, "\"00:00:10\""), Kind::Integer);
        assert_eq!(told("decimal", true, "0.0 \"1.50\" \"2.00\" \"0.1000\""), scaled(2, 2));
        assert_eq!(told("decimal", true, "\"4.0\" \"2.00\" \"1E+3\" \"5\" \"6.00\" \"6.00\" \"6.00\""), scaled(2, 2));
        assert_eq!(
            told("decimal", true, "\"1.2345\" \"2.0000\" \"1.50\" \"1.51\" \"1.52\" \"1.53\" \"1.54\""),
            scaled(4, 4)
        );
        assert_eq!(told("decimal", true, "\"2.00\" \"1.50\" \"0.125\""), scaled(2, 3));
        let spilt = "\"0.100000000000000005551115123126\" \"0.10\" \"0.20\"";
        assert_eq!(told("decimal", true, spilt), scaled(2, 2));
        assert_eq!(told("decimal", true, "\"15\" \"1E+3\""), scaled(0, 0));
        assert_eq!(told("decimal", true, "0.0 5 null"), Kind::Decimal { scale: None });
        assert_eq!(told("varchar(100)", false, "\"\" \"a.png\""), Kind::File);
        assert_eq!(told("varchar(100)", false, "\"\" null"), Kind::Text);
        assert_eq!(told("varchar(100)", false, "\"a\""), Kind::Text);
        assert_eq!(told("varchar(100)", true, "\"\""), Kind::Text);
    }
}
