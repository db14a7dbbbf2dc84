//! A decoded body laid out over lines, for a person to read.

use super::sanitise::escape_line;
use super::theme::{Tone, paint};
use crate::audit::{Token, Value, json_string};

/// Deeper levels are not indented further: a client chooses how deep a body is.
const DEEPEST_INDENT: usize = 24;

/// The value over as many lines as it needs, without a final line break: objects and arrays as indented JSON, a text
/// that is no JSON as it is, line by line. Nothing in it drives the terminal.
pub fn lay_out(value: &Value, coloured: bool) -> String {
    match value.tokens() {
        [Token::Text(text)] => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            text.split('\n').map(escape_line).collect::<Vec<_>>().join("\n")
        }
        tokens => indented(tokens, coloured),
    }
}

fn indented(tokens: &[Token], coloured: bool) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    // Whether something stands before the next token in its object or array, and whether a key does.
    let (mut first, mut after_key) = (true, true);
    for token in tokens {
        let closes = matches!(token, Token::ObjectEnd | Token::ArrayEnd);
        if closes {
            depth = depth.saturating_sub(1);
        }
        if closes && first {
            // An empty object or array stays on its line.
        } else if !after_key {
            if !closes && !first {
                out.push(',');
            }
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST_INDENT)));
        }
        first = false;
        after_key = false;
        match token {
            Token::Key(key) => {
                out.push_str(&paint(&quoted(key), Tone::Key, coloured));
                out.push_str(": ");
                after_key = true;
            }
            Token::ObjectStart | Token::ArrayStart => {
                out.push(if matches!(token, Token::ObjectStart) { '{' } else { '[' });
                depth += 1;
                first = true;
            }
            Token::ObjectEnd => out.push('}'),
            Token::ArrayEnd => out.push(']'),
            Token::Text(text) => out.push_str(&paint(&quoted(text), Tone::Text, coloured)),
            Token::Null => out.push_str(&paint("null", Tone::Scalar, coloured)),
            Token::Bool(value) => out.push_str(&paint(&value.to_string(), Tone::Scalar, coloured)),
            Token::Number(digits) => out.push_str(&paint(digits, Tone::Scalar, coloured)),
            Token::NonFinite(value) => out.push_str(&paint(value.as_str(), Tone::Scalar, coloured)),
        }
    }
    out
}

fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    json_string(text, &mut quoted);
    quoted
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn objects_and_arrays_are_indented() {
        use Token as T;
        let text = |t: &str| T::Text(t.into());
        let key = |t: &str| T::Key(t.into());
        let value = Value::from_tokens(vec![
            T::ObjectStart,
            key("a"),
            T::ArrayStart,
            T::Number("1".into()),
            T::ObjectStart,
            T::ObjectEnd,
            T::ArrayStart,
            T::ArrayEnd,
            T::Null,
            T::ArrayEnd,
            key("ñ\u{1b}"),
            text("line\nbreak"),
            T::ObjectEnd,
        ]);
        assert_snapshot!(lay_out(&value, false), @r#"
        {
          "a": [
            1,
            {},
            [],
            null
          ],
          "ñ\u001b": "line\nbreak"
        }
        "#);
        assert_eq!(lay_out(&Value::text("<p>\r\n\u{1b}x\\</p>\n"), false), "<p>\\r\n\\x1bx\\\\</p>");
        assert_eq!(lay_out(&Value::null(), false), "null");
        assert_eq!(lay_out(&Value::from_tokens(vec![T::ArrayStart, T::ArrayEnd]), false), "[]");
    }

    #[test]
    fn depth_costs_no_more_than_length() {
        let deep = 100_000;
        let tokens = std::iter::repeat_n(Token::ArrayStart, deep).chain(std::iter::repeat_n(Token::ArrayEnd, deep));
        let laid = lay_out(&Value::from_tokens(tokens.collect()), false);
        assert!(laid.len() < deep * 2 * (2 * DEEPEST_INDENT + 2), "{}", laid.len());
    }
}
