//! In which order entries stand: fields as Django names them, `-` in front for descending, ties broken by id.

use std::fmt;

use super::{QueryError, closest};

/// A field that entries can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The primary key.
    Id,
    /// When it was written.
    Timestamp,
    /// What was done.
    Action,
    /// The model's name.
    Model,
    /// The primary key of the object.
    RecordId,
    /// The text of the entry.
    Details,
    /// The id of the user.
    User,
}

impl Field {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Field; 7] =
        [Field::Id, Field::Timestamp, Field::Action, Field::Model, Field::RecordId, Field::Details, Field::User];

    /// Its name, as it is typed and as it is the key in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Timestamp => "timestamp",
            Field::Action => "action",
            Field::Model => "model",
            Field::RecordId => "record_id",
            Field::Details => "details",
            Field::User => "user",
        }
    }

    /// The field of that name, or of the name that Django takes for it too: `pk`, `user_id`.
    pub fn parse(name: &str) -> Option<Field> {
        match name {
            "pk" => Some(Field::Id),
            "user_id" => Some(Field::User),
            _ => Field::ALL.into_iter().find(|field| field.name() == name),
        }
    }
}

/// One key of an ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// What is compared.
    pub field: Field,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A complete order: its last key, and only its last, is always the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordering(Vec<Key>);

impl Ordering {
    /// Reads `-timestamp,model`. Unless the id is named, it comes last in the direction of the first key; what is
    /// named after the id is dropped, for no two entries share one.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut keys: Vec<Key> = Vec::new();
        for part in text.split(',') {
            let key = parse_key(text, part.trim())?;
            if keys.iter().any(|other| other.field == key.field) {
                return Err(QueryError::RepeatedField { given: text.to_owned(), field: key.field.name() });
            }
            keys.push(key);
        }
        Ok(Ordering::complete(keys))
    }

    /// By id, ascending: as entries were written.
    pub fn by_id() -> Self {
        Ordering(vec![Key { field: Field::Id, descending: false }])
    }

    /// By id, descending.
    pub fn by_id_descending() -> Self {
        Ordering(vec![Key { field: Field::Id, descending: true }])
    }

    /// The keys, at least one; the last is the id.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    fn complete(mut keys: Vec<Key>) -> Self {
        match keys.iter().position(|key| key.field == Field::Id) {
            Some(id) => keys.truncate(id + 1),
            None => {
                let descending = keys.first().is_some_and(|key| key.descending);
                keys.push(Key { field: Field::Id, descending });
            }
        }
        Ordering(keys)
    }
}

impl Default for Ordering {
    /// Newest first.
    fn default() -> Self {
        Ordering::complete(vec![Key { field: Field::Timestamp, descending: true }])
    }
}

impl fmt::Display for Ordering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let sign = if key.descending { "-" } else { "" };
            write!(f, "{comma}{sign}{}", key.field.name())?;
        }
        Ok(())
    }
}

fn parse_key(whole: &str, part: &str) -> Result<Key, QueryError> {
    let (name, descending) = match part.strip_prefix('-') {
        Some(rest) => (rest.trim_start(), true),
        None => (part, false),
    };
    if name.is_empty() {
        return Err(QueryError::MissingField { given: whole.to_owned() });
    }
    let Some(field) = Field::parse(name) else {
        // A sign that looks like a hyphen, as word processors make them, is taken for one in the suggestion.
        let bare = name.trim_start_matches(|c: char| !c.is_alphanumeric());
        let sign = if descending || bare.len() < name.len() { "-" } else { "" };
        let names = Field::ALL.map(Field::name).into_iter().chain(["user_id"]);
        let suggestion = closest(bare, names).map(|name| format!("{sign}{name}"));
        return Err(QueryError::UnknownField { given: part.to_owned(), suggestion });
    };
    Ok(Key { field, descending })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_ends_with_the_id() {
        for (text, expected) in [
            ("-timestamp", "-timestamp,-id"),
            ("timestamp", "timestamp,id"),
            ("-timestamp,id", "-timestamp,id"),
            ("user,-id", "user,-id"),
            ("user,-timestamp", "user,-timestamp,id"),
            ("-user,timestamp", "-user,timestamp,-id"),
            ("id", "id"),
            ("-id,timestamp,user", "-id"),
            ("pk", "id"),
            ("-user_id", "-user,-id"),
            (" - model ,\taction ", "-model,action,-id"),
            ("record_id,details", "record_id,details,id"),
        ] {
            let ordering = Ordering::parse(text).unwrap();
            assert_eq!(ordering.to_string(), expected, "{text}");
            assert_eq!(Ordering::parse(expected), Ok(ordering), "{text}");
        }
        assert_eq!(Ordering::default(), Ordering::parse("-timestamp").unwrap());
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, needle, hint) in [
            ("", "lacks a field", None),
            ("-", "lacks a field", None),
            ("id,", "lacks a field", None),
            (",id", "lacks a field", None),
            ("user,-user", "names user twice", None),
            ("id,pk", "names id twice", None),
            ("user_id,user", "names user twice", None),
            ("-timestmp", "no field '-timestmp'", Some("did you mean '-timestamp'?")),
            ("Timestamp", "no field 'Timestamp'", Some("did you mean 'timestamp'?")),
            ("\u{2011}timestamp", "no field '\u{2011}timestamp'", Some("did you mean '-timestamp'?")),
            ("--timestamp", "no field '--timestamp'", Some("did you mean '-timestamp'?")),
            ("id,nonsense", "no field 'nonsense'", None),
            ("user__username", "the fields are id, timestamp", Some("did you mean 'user'?")),
        ] {
            let error = Ordering::parse(text).unwrap_err();
            assert!(error.to_string().contains(needle), "{text}: {error}");
            assert_eq!(error.hint().as_deref(), hint, "{text}");
        }
    }

    #[test]
    fn the_error_lists_every_field() {
        let message = Ordering::parse("x").unwrap_err().to_string();
        assert!(Field::ALL.iter().all(|field| message.contains(field.name())), "{message}");
    }
}
