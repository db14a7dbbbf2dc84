//! Cuts an expression into words, quoted texts and signs. Knows no names and no grammar.

use std::ops::Range;

use super::Wrong;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Anything without blanks, signs or quotes: a name, a number, a time, a keyword.
    Word,
    /// What stood between quotes, without them.
    Quoted(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// A sign between a field and a value, as it was written.
    Sign(&'static str),
}

/// A part and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: Range<usize>,
}

/// The longer signs come before those they begin with.
const SIGNS: [&str; 11] = ["==", "!=", "<>", "<=", ">=", "=~", "!~", "=", "<", ">", "~"];

/// The parts of a text, in order.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        let rest = &text[at..];
        let token = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if matches!(c, '\'' | '"') {
            let (inner, length) = quoted(rest, c).ok_or_else(|| {
                Wrong::new(start..start + 1, "the quote that opens here is never closed")
                    .hint("a quote within quotes is doubled: 'it''s', or stands between the other kind: \"it's\"")
            })?;
            at += length;
            Token::Quoted(inner)
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            at += sign.len();
            Token::Sign(sign)
        } else {
            match c {
                '(' => Token::Open,
                ')' => Token::Close,
                ',' => Token::Comma,
                _ => Token::Word,
            }
        };
        match token {
            Token::Open | Token::Close | Token::Comma => at += 1,
            Token::Word => at += word(rest),
            _ => {}
        }
        tokens.push(Placed { token, at: start..at });
    }
    Ok(tokens)
}

/// How long the word is that the text begins with.
fn word(text: &str) -> usize {
    let ends = |(at, c): (usize, char)| {
        let ends = c.is_whitespace()
            || matches!(c, '(' | ')' | ',' | '\'' | '"' | '=' | '<' | '>' | '~')
            || (c == '!' && text[at + 1..].starts_with(['=', '~']));
        ends.then_some(at)
    };
    text.char_indices().skip(1).find_map(ends).unwrap_or(text.len())
}

/// What stands between the quote that the text begins with and the one that closes it, and where that ends.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut at = 1;
    loop {
        let length = text[at..].find(quote)?;
        inner.push_str(&text[at..at + length]);
        at += length + 1;
        if !text[at..].starts_with(quote) {
            return Some((inner, at));
        }
        inner.push(quote);
        at += 1;
    }
}
