//! What a version holds: the model, the key and the fields in the order of the serializer, with values of any depth.
//!
//! Reads what Django's `json` and `jsonl` serializers write. Of several objects in one version Django takes the first,
//! and so does this. Why a version can't be read is one sentence that names it.

use std::collections::HashMap;

use super::document::read_json;
use crate::audit::{Token, Value};
use crate::store::Version;

/// Django's alias of the database that auditctl reads. Objects of another alias live elsewhere.
pub const DEFAULT_ALIAS: &str = "default";

/// What a version holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The version.
    pub version: i64,
    /// `api.purchaseorders`
    pub model: String,
    /// The primary key as serialized.
    pub key: Value,
    /// The fields by Django's names, in the order of the serializer, each once.
    pub fields: Vec<(String, Value)>,
}

/// Why a version can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// A serializer other than Django's JSON ones.
    #[error("version {version} can't be read: its format is '{format}', and only json and jsonl are understood")]
    Format {
        /// The version.
        version: i64,
        /// What it says.
        format: String,
    },
    /// The text ends early or is no JSON.
    #[error("version {version} can't be read: its data is no JSON from byte {at} on{}", if *.cut { ", where it ends too early" } else { "" })]
    Malformed {
        /// The version.
        version: i64,
        /// The first byte that does not fit.
        at: usize,
        /// Whether that is the end.
        cut: bool,
    },
    /// JSON, but no serialized object.
    #[error("version {version} can't be read: its data is no serialized object, it lacks {lacks}")]
    Shape {
        /// The version.
        version: i64,
        /// What is missing.
        lacks: &'static str,
    },
    /// A natural key in place of the primary key.
    #[error("version {version} can't be read: it has no primary key, as when a service serializes by natural keys")]
    NaturalKey {
        /// The version.
        version: i64,
    },
    /// The data is of another model than the version says, as after a model was renamed.
    #[error(
        "version {version} can't be read: it is filed under {expected}, but its data is of {found}, as after a model was renamed"
    )]
    OtherModel {
        /// The version.
        version: i64,
        /// The version's model.
        expected: String,
        /// The data's.
        found: String,
    },
    /// The object lives in another database of the service.
    #[error(
        "version {version} can't be compared with this database: its object lives in the service's database '{db}'"
    )]
    OtherDatabase {
        /// The version.
        version: i64,
        /// The alias.
        db: String,
    },
    /// The data was not read with the version.
    #[error("version {version} has no data")]
    NoData {
        /// The version.
        version: i64,
    },
}

impl SnapshotError {
    /// The version that can't be read.
    pub fn version(&self) -> i64 {
        match self {
            SnapshotError::Format { version, .. }
            | SnapshotError::Malformed { version, .. }
            | SnapshotError::Shape { version, .. }
            | SnapshotError::NaturalKey { version }
            | SnapshotError::OtherModel { version, .. }
            | SnapshotError::OtherDatabase { version, .. }
            | SnapshotError::NoData { version } => *version,
        }
    }
}

impl Snapshot {
    /// Reads a version of this model (`api.purchaseorders`) in this database.
    pub fn read(version: &Version, model: &str) -> Result<Snapshot, SnapshotError> {
        let id = version.id;
        if version.db != DEFAULT_ALIAS {
            return Err(SnapshotError::OtherDatabase { version: id, db: version.db.clone() });
        }
        let data = version.data.as_deref().ok_or(SnapshotError::NoData { version: id })?;
        let snapshot = Snapshot::parse(id, &version.format, data)?;
        if !snapshot.model.eq_ignore_ascii_case(model) {
            let (expected, found) = (model.to_owned(), snapshot.model);
            return Err(SnapshotError::OtherModel { version: id, expected, found });
        }
        Ok(snapshot)
    }

    /// Reads serialized data, whatever its model.
    pub fn parse(version: i64, format: &str, data: &str) -> Result<Snapshot, SnapshotError> {
        let shape = |lacks| SnapshotError::Shape { version, lacks };
        let (text, offset) = match format {
            "json" => (data, 0),
            // The first line with anything on it; a line break inside a text is escaped.
            "jsonl" => {
                let start = data.len() - data.trim_start().len();
                (data[start..].lines().next().unwrap_or_default(), start)
            }
            _ => return Err(SnapshotError::Format { version, format: format.to_owned() }),
        };
        let malformed = |error: crate::audit::Malformed| SnapshotError::Malformed {
            version,
            at: offset + error.at,
            cut: error.at >= text.len(),
        };
        let value = read_json(text).map_err(malformed)?;
        let tokens = value.tokens();
        let object = match (format, tokens) {
            ("json", [Token::ArrayStart, rest @ ..]) => &rest[..length(rest)],
            ("json", _) => return Err(shape("the list around it")),
            (_, tokens) => tokens,
        };
        let members = members(object).ok_or_else(|| shape("the object"))?;
        let (mut model, mut key, mut fields) = (None, None, None);
        for (name, value) in members {
            match name {
                "model" => model = Some(value),
                "pk" => key = Some(value),
                "fields" => fields = Some(value),
                _ => {}
            }
        }
        let Some([Token::Text(model)]) = model else { return Err(shape("the name of its model")) };
        let fields = fields.and_then(self::members).ok_or_else(|| shape("its fields"))?;
        let key = match key {
            Some([key]) if *key != Token::Null => Value::from_tokens(vec![key.clone()]),
            Some(_) => return Err(shape("a primary key of one value")),
            None => return Err(SnapshotError::NaturalKey { version }),
        };
        Ok(Snapshot { version, model: model.to_string(), key, fields: last_of_each(fields) })
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

/// The members of the object that these tokens are; None for another value.
fn members(tokens: &[Token]) -> Option<Vec<(&str, &[Token])>> {
    let [Token::ObjectStart, rest @ ..] = tokens else { return None };
    let (mut members, mut rest) = (Vec::new(), rest);
    while let [Token::Key(key), after @ ..] = rest {
        let (value, after) = after.split_at(length(after));
        members.push((&**key, value));
        rest = after;
    }
    Some(members)
}

/// How many tokens the first value takes.
fn length(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::ObjectStart | Token::ArrayStart => depth += 1,
            Token::ObjectEnd | Token::ArrayEnd => match depth.checked_sub(1) {
                Some(less) => depth = less,
                // The bracket closes what the value would stand in.
                None => return at,
            },
            _ => {}
        }
        if depth == 0 && !matches!(token, Token::Key(_)) {
            return at + 1;
        }
    }
    tokens.len()
}

/// As in Python, the first of equal keys gives the place and the last gives the value.
fn last_of_each(members: Vec<(&str, &[Token])>) -> Vec<(String, Value)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut fields: Vec<(String, Value)> = Vec::with_capacity(members.len());
    for (name, tokens) in members {
        let value = Value::from_tokens(tokens.to_vec());
        match places.get(name) {
            Some(&at) => fields[at].1 = value,
            None => {
                places.insert(name, fields.len());
                fields.push((name.to_owned(), value));
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(value: &Value) -> String {
        let mut out = String::new();
        value.write_json(&mut out);
        out
    }

    fn shown(format: &str, data: &str) -> Result<String, String> {
        let snapshot = Snapshot::parse(7, format, data).map_err(|error| error.to_string())?;
        let fields: Vec<String> =
            snapshot.fields.iter().map(|(name, value)| format!("{name}={}", json(value))).collect();
        Ok(format!("{} {} {}", snapshot.model, json(&snapshot.key), fields.join(" ")))
    }

    #[test]
    fn what_django_writes_is_read() {
        let order = r#"[{"model": "api.purchaseorders", "pk": 9, "fields": {"total_price": "1500.50", "total_crc": 0.0, "email": "ana.ñandú@ex.com", "visit": 1, "roles": [], "data": {"b": [Infinity, 123456789012345678901234567890]}}}]"#;
        assert_eq!(
            shown("json", order).unwrap(),
            r#"api.purchaseorders 9 total_price="1500.50" total_crc=0.0 email="ana.ñandú@ex.com" visit=1 roles=[] data={"b":["Infinity",123456789012345678901234567890]}"#
        );
        let line = "\n{\"model\": \"zoo.key\", \"pk\": \"a\", \"fields\": {\"x\": 1, \"x\": 2}}\n{\"other\": 1}\n";
        assert_eq!(shown("jsonl", line).unwrap(), r#"zoo.key "a" x=2"#);
        assert_eq!(shown("json", r#"[{"fields": {}, "pk": 1, "model": "m.m"}, 5]"#).unwrap(), "m.m 1 ");
    }

    #[test]
    fn what_is_unreadable_is_named() {
        for (format, data, why) in [
            ("xml", "<x/>", "version 7 can't be read: its format is 'xml', and only json and jsonl are understood"),
            (
                "json",
                r#"[{"model": "api"#,
                "version 7 can't be read: its data is no JSON from byte 15 on, where it ends too early",
            ),
            ("json", "[1, x]", "version 7 can't be read: its data is no JSON from byte 4 on"),
            ("jsonl", "\n  {\"a\": x}", "version 7 can't be read: its data is no JSON from byte 9 on"),
            ("json", "", "version 7 can't be read: its data is no JSON from byte 0 on, where it ends too early"),
            ("json", "[]", "version 7 can't be read: its data is no serialized object, it lacks the object"),
            ("json", "{}", "version 7 can't be read: its data is no serialized object, it lacks the list around it"),
            (
                "json",
                "[{}]",
                "version 7 can't be read: its data is no serialized object, it lacks the name of its model",
            ),
            (
                "json",
                r#"[{"model": "m", "pk": 1}]"#,
                "version 7 can't be read: its data is no serialized object, it lacks its fields",
            ),
            (
                "json",
                r#"[{"model": "m", "pk": [1], "fields": {}}]"#,
                "version 7 can't be read: its data is no serialized object, it lacks a primary key of one value",
            ),
            (
                "json",
                r#"[{"model": "m", "fields": {}}]"#,
                "version 7 can't be read: it has no primary key, as when a service serializes by natural keys",
            ),
        ] {
            assert_eq!(shown(format, data).unwrap_err(), why);
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(data in prop_oneof![".{0,60}", "[\\[\\]{}\", :a0-9]{0,40}"]) {
            let _ = Snapshot::parse(1, "json", &data);
            let _ = Snapshot::parse(1, "jsonl", &data);
        }

        #[test]
        fn any_cut_is_unreadable(at in 0_usize..78) {
            let whole = r#"[{"model": "m.m", "pk": 1, "fields": {"a": "b", "c": [1, {"d": null}], "e": 1}}]"#;
            let cut = Snapshot::parse(1, "json", &whole[..at]);
            prop_assert!(matches!(cut, Err(SnapshotError::Malformed { .. })), "{:?}", cut);
        }
    }
}
