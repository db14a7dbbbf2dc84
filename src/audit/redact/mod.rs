//! Redaction: secrets in decoded values and in raw text of any kind are replaced by a mask.
//!
//! A secret is the value of a secret key (the rule is in `keys`), or what shows by itself: bearer tokens, JSON Web
//! Tokens, card numbers. The mask takes the value's place in the syntax around it, so that what could be parsed still
//! can. Text without secrets comes back as it was.
//!
//! How a text is read, from the sure to the unsure:
//!
//! | module      | reads                                                                                        |
//! |-------------|----------------------------------------------------------------------------------------------|
//! | `scout`     | every text, fast: is there any place to look at?                                             |
//! | `text`      | texts with such places: rows of the audit table, and whichever of the following comes first  |
//! | `structure` | objects and arrays of Python or JSON, whole or torn; strings in them are texts again         |
//! | `form`      | bodies of forms, `a=1&b=2`; their values are texts again                                     |
//! | `pair`      | a key and its value in anything else: logs, headers, cookies, URLs, YAML, broken JSON        |
//! | `url`       | passwords in URLs                                                                            |
//! | `markup`    | elements and inputs of XML and HTML, multipart forms, PEM blocks                             |
//!
//! Where it is not certain how far a secret reaches, more is masked rather than less. Work is bounded by the length of
//! the text: whoever exhausts it finds the rest masked. It does not know databases, options or output.

mod bare;
mod cards;
mod clear;
mod edits;
mod form;
mod glyph;
mod keys;
mod marks;
mod markup;
mod named;
mod pair;
mod row;
mod runs;
mod scout;
mod structure;
mod text;
mod tokens;
mod url;

use std::borrow::Cow;

use super::{Token, Value};
use keys::Keys;
use named::NamedValues;
use scout::Scout;
use text::{Meter, Reading};

/// What stands in the place of a secret.
pub const MASK: &str = "[redacted]";

/// Masks secrets. Made once, used for any number of texts and from any number of threads.
#[derive(Clone, Debug)]
pub struct Redactor {
    keys: Keys,
    scout: Scout,
}

impl Default for Redactor {
    /// A redactor with the built-in list of secret words.
    fn default() -> Self {
        Redactor::new(&[], &[])
    }
}

impl Redactor {
    /// A redactor whose list of secret words and pairs of words (`iban`, `card number`) is the built-in one without
    /// what `remove` holds and with what `add` holds.
    pub fn new(add: &[String], remove: &[String]) -> Self {
        let keys = Keys::new(add, remove);
        let scout = Scout::new(&keys);
        Redactor { keys, scout }
    }

    /// Whether the value of this key is a secret. A key may still be escaped (`pass%77ord`).
    pub fn is_secret(&self, key: &str) -> bool {
        self.keys.is_secret(key) || (key.contains(['\\', '%', '&']) && self.keys.is_secret(&glyph::plain(key)))
    }

    /// Whether there is no place in this text where a secret could be. Nothing has to be masked in it then, nor in what
    /// is read from it.
    pub fn is_clean(&self, raw: &str) -> bool {
        self.scout.triggers(raw).is_empty()
    }

    /// A raw text of any kind, its secrets masked. Borrowed where nothing had to be.
    pub fn text<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        match self.settled(raw, 0, Reading::Text) {
            Some(redacted) => Cow::Owned(redacted),
            None => Cow::Borrowed(raw),
        }
    }

    /// A decoded value, its secrets masked: the values of secret keys become the mask whatever they are, and every
    /// string, keys included, is read as a text. A string alone is read as the body of a request or response.
    pub fn value(&self, value: Value) -> Value {
        let tokens = value.into_tokens();
        if let [Token::Text(text)] = &tokens[..] {
            return match self.settled(text, 0, Reading::Body) {
                Some(redacted) => Value::text(redacted),
                None => Value::from_tokens(tokens),
            };
        }
        let mut named = self.named_values(&tokens).into_iter().peekable();
        let mut redacted = Vec::with_capacity(tokens.len());
        let mut depth = 0usize;
        // How deep the brackets were open where the value of a secret key began.
        let mut secret_from = None;
        for (place, token) in tokens.into_iter().enumerate() {
            while named.next_if(|key| *key < place).is_some() {}
            match token {
                Token::ObjectStart | Token::ArrayStart => depth += 1,
                Token::ObjectEnd | Token::ArrayEnd => depth = depth.saturating_sub(1),
                _ => {}
            }
            if let Some(from) = secret_from {
                if depth == from {
                    redacted.push(Token::Text(MASK.into()));
                    secret_from = None;
                }
                continue;
            }
            if let Token::Key(key) = &token
                && (self.is_secret(key) || named.peek() == Some(&place))
            {
                secret_from = Some(depth);
            }
            redacted.push(self.token(token));
        }
        Value::from_tokens(redacted)
    }

    /// The keys, by their places, whose values are secrets that another field of their object names.
    fn named_values(&self, tokens: &[Token]) -> Vec<usize> {
        let mut named = NamedValues::new();
        let mut depth = 0usize;
        for (place, token) in tokens.iter().enumerate() {
            match token {
                Token::ObjectStart | Token::ArrayStart => depth += 1,
                Token::ObjectEnd | Token::ArrayEnd => {
                    depth = depth.saturating_sub(1);
                    named.close(depth);
                }
                Token::Key(key) => named.key(depth, key, place),
                Token::Text(text) => named.text(depth, text.len(), || self.is_secret(text)),
                _ => {}
            }
        }
        named.found()
    }

    fn token(&self, token: Token) -> Token {
        let settled = |text: &str| self.settled(text, 1, Reading::Text).map(String::into_boxed_str);
        match token {
            Token::Text(text) => Token::Text(settled(&text).unwrap_or(text)),
            Token::Key(text) => Token::Key(settled(&text).unwrap_or(text)),
            Token::Number(digits) if cards::is_card(&digits) => Token::Text(MASK.into()),
            other => other,
        }
    }

    /// The text redacted until nothing changes any more. Where the reach of a secret was not certain it takes a second
    /// look, which also sees what became readable only when a secret that tore the text apart was gone.
    fn settled(&self, text: &str, depth: usize, reading: Reading) -> Option<String> {
        self.settled_within(&Meter::for_text(text), text, depth, reading)
    }

    fn settled_within(&self, meter: &Meter, text: &str, depth: usize, reading: Reading) -> Option<String> {
        const LOOKS: usize = 5;
        let mut redacted = text::redacted(self, meter, text, depth, reading)?;
        for _ in 1..LOOKS {
            if !meter.take_doubt() {
                break;
            }
            match text::redacted(self, meter, &redacted, depth, reading) {
                Some(again) => redacted = again,
                None => break,
            }
        }
        Some(redacted)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
