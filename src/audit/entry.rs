//! One row of the audit table, as the database holds it.
//!
//! The service's schema promises types that SQLite does not enforce, so a field that holds something else is kept as
//! it was found (`Odd`) instead of being guessed at or refused.

use chrono::{DateTime, Utc};

/// When an entry was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// An instant, to the microsecond.
    At(DateTime<Utc>),
    /// Something that is not a time, as stored.
    Odd(String),
    /// NULL.
    Missing,
}

/// A column that should hold an integer or NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// An integer.
    Is(i64),
    /// Something that is not an integer, as stored.
    Odd(String),
    /// NULL.
    Missing,
}

impl Number {
    /// The integer, if it is one.
    pub fn get(&self) -> Option<i64> {
        match self {
            Number::Is(n) => Some(*n),
            _ => None,
        }
    }
}

/// The bytes of what is text in an entry and not UTF-8, for those who show them. None for a text that is as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Torn {
    /// Of the action.
    pub action: Option<Box<[u8]>>,
    /// Of the model's name.
    pub model: Option<Box<[u8]>>,
    /// Of the details.
    pub details: Option<Box<[u8]>>,
    /// Of the user's name.
    pub username: Option<Box<[u8]>>,
}

/// One row of the audit table. Text that is not UTF-8 has U+FFFD in place of what is not. `Text` is what it is kept in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<Text = String> {
    /// The primary key.
    pub id: i64,
    /// When it was written.
    pub timestamp: Stamp,
    /// `created`, `updated`, `deleted`, or `METHOD /path`; None for a NULL that the schema forbids.
    pub action: Option<Text>,
    /// The Django model's name, or `API Request`; None for a NULL that the schema forbids.
    pub model: Option<Text>,
    /// The primary key of the object, where it is about one.
    pub record_id: Number,
    /// The text of the entry, None for NULL or where it was not asked for.
    pub details: Option<Text>,
    /// The id of the user, missing for an unauthenticated request.
    pub user: Number,
    /// The user's name, None where there is none or it was not asked for.
    pub username: Option<Text>,
    /// What of all that is not UTF-8, as stored; for nearly every entry nothing is.
    pub torn: Option<Box<Torn>>,
}

impl Entry {
    /// The same entry, its texts where they are.
    pub fn view(&self) -> Entry<&str> {
        self.map(String::as_str)
    }
}

impl<Text> Entry<Text> {
    /// The same entry with its texts kept in something else.
    pub fn map<'e, Other>(&'e self, mut of: impl FnMut(&'e Text) -> Other) -> Entry<Other> {
        Entry {
            id: self.id,
            timestamp: self.timestamp.clone(),
            action: self.action.as_ref().map(&mut of),
            model: self.model.as_ref().map(&mut of),
            record_id: self.record_id.clone(),
            details: self.details.as_ref().map(&mut of),
            user: self.user.clone(),
            username: self.username.as_ref().map(&mut of),
            torn: self.torn.clone(),
        }
    }
}

impl<Text: AsRef<str>> Entry<Text> {
    /// The HTTP method, for an entry of the middleware (`action` is `METHOD /path`).
    pub fn method(&self) -> Option<&str> {
        self.request_line().map(|(method, _)| method)
    }

    /// The path of the request, for an entry of the middleware.
    pub fn path(&self) -> Option<&str> {
        self.request_line().map(|(_, path)| path)
    }

    fn request_line(&self) -> Option<(&str, &str)> {
        self.action.as_ref().map(AsRef::as_ref).and_then(request_line)
    }
}

/// Splits `POST /api/payments/` into its method and path; None for an action that is not a request's.
pub fn request_line(action: &str) -> Option<(&str, &str)> {
    let (method, path) = action.split_once(' ')?;
    let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    (is_method && path.starts_with('/')).then_some((method, path))
}
