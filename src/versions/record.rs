//! An object as a new version holds it: what Django's serializer would print of its row, with the fields of an earlier
//! version in their order.

use super::document::Document;
use super::lens::Live;
use super::{Lens, Snapshot};
use crate::audit::{Token, Value};
use crate::store::{Store, StoreError};

/// The serialized data of a row: these fields, users by name where the versions name them.
pub fn serialized(
    store: &mut dyn Store,
    lens: &Lens,
    live: &Live,
    fields: &[String],
    by_name: &[String],
) -> Result<String, StoreError> {
    let mut tokens = vec![Token::ArrayStart, Token::ObjectStart];
    tokens.extend([Token::Key("model".into()), Token::Text(lens.model.as_str().into()), Token::Key("pk".into())]);
    let key = lens.table.as_ref().map(|table| (&table.kinds[table.key], &live.row[table.key]));
    let key = key.map_or_else(|_| Value::null(), |(kind, stored)| lens.converter.serialized(kind, stored));
    tokens.extend(key.into_tokens());
    tokens.extend([Token::Key("fields".into()), Token::ObjectStart]);
    for name in fields {
        let Some((_, value)) = live.fields.iter().find(|(field, _)| field == name) else { continue };
        tokens.push(Token::Key(name.as_str().into()));
        let named = if by_name.contains(name) { user_by_name(store, value)? } else { None };
        tokens.extend(named.unwrap_or_else(|| value.clone()).into_tokens());
    }
    tokens.extend([Token::ObjectEnd, Token::ObjectEnd, Token::ArrayEnd]);
    Ok(Document::new(&Value::from_tokens(tokens)).serialized())
}

/// A user's natural key: the name in a list.
fn user_by_name(store: &mut dyn Store, id: &Value) -> Result<Option<Value>, StoreError> {
    let [Token::Number(digits)] = id.tokens() else { return Ok(None) };
    let Ok(id) = digits.parse() else { return Ok(None) };
    let name = store.user(id)?.and_then(|user| user.username);
    Ok(name.map(|name| Value::from_tokens(vec![Token::ArrayStart, Token::Text(name.into()), Token::ArrayEnd])))
}

/// The fields in which a version names users by their natural key: as it was written, and as it was read.
pub fn named_users(written: &Snapshot, read: &Snapshot) -> Vec<String> {
    let is_list = |value: &Value| value.tokens().first() == Some(&Token::ArrayStart);
    let resolved = |name: &String| read.get(name).is_some_and(|value| !is_list(value));
    let names = written.fields.iter().filter(|(_, value)| is_list(value)).map(|(name, _)| name);
    names.filter(|name| resolved(name)).cloned().collect()
}
