//! A decoded body laid out over lines, for a person to read.

use super::sanitise::escape_line;
use super::theme::{Tone, paint};
use crate::audit::{Token, Value, json_string};

/// What is nested deeper stands on one line: a client chooses how deep a body is, and a line for every bracket of a
/// million would show nothing.
const DEEPEST: usize = 24;

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
        let on_line = depth > DEEPEST;
        if closes {
            depth = depth.saturating_sub(1);
        }
        if !after_key && !closes && !first {
            out.push_str(if on_line { ", " } else { "," });
        }
        // What is too deep stays on the line, so does what follows a key, and the end of an empty object or array.
        let stays = on_line || after_key || (closes && first);
        if !stays {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
        first = matches!(token, Token::ObjectStart | Token::ArrayStart);
        after_key = matches!(token, Token::Key(_));
        depth += usize::from(first);
        push(token, coloured, &mut out);
    }
    out
}

fn push(token: &Token, coloured: bool, out: &mut String) {
    let mut toned = |text: &str, tone: Tone| {
        if coloured {
            out.push_str(&paint(text, tone, coloured));
        } else {
            out.push_str(text);
        }
    };
    match token {
        Token::Key(key) => {
            toned(&quoted(key), Tone::Key);
            out.push_str(": ");
        }
        Token::Text(text) => toned(&quoted(text), Tone::Text),
        Token::Null => toned("null", Tone::Scalar),
        Token::Bool(value) => toned(if *value { "true" } else { "false" }, Tone::Scalar),
        Token::Number(digits) => toned(digits, Tone::Scalar),
        Token::NonFinite(value) => toned(value.as_str(), Tone::Scalar),
        Token::ObjectStart => out.push('{'),
        Token::ObjectEnd => out.push('}'),
        Token::ArrayStart => out.push('['),
        Token::ArrayEnd => out.push(']'),
    }
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
    fn what_is_too_deep_stands_on_one_line() {
        let nest = |inner: &str| {
            let text = format!("{}{inner}{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
            lay_out(&crate::audit::body_value(&text), false)
        };
        let lines = |from: &str, inner: &str| {
            let laid = nest(inner);
            laid.lines().filter(|line| line.contains(from)).map(str::trim).collect::<Vec<_>>().join("/")
        };
        assert_eq!(lines("1", "1, [2, {'a': [], 'b': {}, 'c': [None, 'x']}], 3"), "1,");
        assert_eq!(
            lines("2", "1, [2, {'a': [], 'b': {}, 'c': [None, 'x']}], 3"),
            r#"[2, {"a": [], "b": {}, "c": [null, "x"]}],"#
        );
        assert_eq!(nest("1, [2], 3").lines().count(), 2 * DEEPEST + 3);
    }

    #[test]
    fn depth_costs_no_more_than_length() {
        let deep = 100_000;
        let tokens = std::iter::repeat_n(Token::ArrayStart, deep).chain(std::iter::repeat_n(Token::ArrayEnd, deep));
        let laid = lay_out(&Value::from_tokens(tokens.collect()), false);
        assert!(laid.len() < 2 * deep + 4 * DEEPEST * DEEPEST, "{}", laid.len());
    }
}
