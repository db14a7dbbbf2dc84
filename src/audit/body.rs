//! One side of a `details`, as the value it was printed from.

use super::canonical::{is_container, is_printed_number};
use super::literal::{EventKind, Events, Syntax};
use super::value::{NonFinite, Token, Value};

/// The value of a request or response body, as far as its printed form tells.
///
/// A complete object or array, a number, `None`, `True`, `False`, `nan` and `inf` are what they say; all else is the
/// text as it stands. JSON strings are printed without quotes, so `"12"` and `12` are both the number. A lone
/// surrogate becomes U+FFFD; two keys of an object that differ in nothing else then both stay.
pub fn body_value(text: &str) -> Value {
    let scalar = match text {
        "None" => Token::Null,
        "True" => Token::Bool(true),
        "False" => Token::Bool(false),
        "nan" => Token::NonFinite(NonFinite::NaN),
        "inf" => Token::NonFinite(NonFinite::Infinity),
        "-inf" => Token::NonFinite(NonFinite::NegativeInfinity),
        _ if is_number(text) => Token::Number(text.into()),
        _ => return read_container(text).unwrap_or_else(|| Value::text(text)),
    };
    Value::from_tokens(vec![scalar])
}

fn is_number(text: &str) -> bool {
    let mut events = Events::at(text, 0, Syntax::Python);
    let is_whole = text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && matches!(events.next(), Some(Ok(event)) if event.kind == EventKind::Number && event.end == text.len());
    is_whole && is_printed_number(text)
}

fn read_container(text: &str) -> Option<Value> {
    if !is_container(text) {
        return None;
    }
    let tokens: Result<Vec<Token>, _> =
        Events::at(text, 0, Syntax::Python).map(|event| event.map(|event| event.token(text))).collect();
    tokens.ok().map(Value::from_tokens)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> String {
        let mut out = String::new();
        body_value(text).write_json(&mut out);
        out
    }

    #[test]
    fn bodies() {
        for (text, expected) in [
            ("", r#""""#),
            ("None", "null"),
            ("True", "true"),
            ("False", "false"),
            ("nan", r#""NaN""#),
            ("inf", r#""Infinity""#),
            ("-inf", r#""-Infinity""#),
            ("0", "0"),
            ("-17", "-17"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("-0.0", "-0.0"),
            ("1e-07", "1e-07"),
            ("1e+16", "1e+16"),
            // No value is printed like these, so they are text.
            ("-0", r#""-0""#),
            ("007", r#""007""#),
            ("1e7", r#""1e7""#),
            ("1.50", r#""1.50""#),
            ("12 ", r#""12 ""#),
            (" 12", r#"" 12""#),
            ("null", r#""null""#),
            ("NaN", r#""NaN""#),
            ("'a'", r#""'a'""#),
            ("a=1&b=2", r#""a=1&b=2""#),
            ("{\"a\": 1}", r#""{\"a\": 1}""#),
            ("[1,2]", r#""[1,2]""#),
            ("{'a': 1", r#""{'a': 1""#),
            ("[1]\0", r#""[1]\u0000""#),
            ("{}", "{}"),
            ("[[], {}, '']", r#"[[],{},""]"#),
            (
                "{'a': [1, 2.5, None, True, {'k': 'v\\'s \"q\" \\n ñ 😀'}]}",
                r#"{"a":[1,2.5,null,true,{"k":"v's \"q\" \n ñ 😀"}]}"#,
            ),
            ("{'x': inf, 'y': -0.0, 'z': 1e-07}", r#"{"x":"Infinity","y":-0.0,"z":1e-07}"#),
            ("{'dup': 2, '\\x00nul': '\\x00'}", r#"{"dup":2,"\u0000nul":"\u0000"}"#),
            ("['\\ud800', '\\x9b\\u202e\\U0001fae8']", "[\"\u{fffd}\",\"\\u009b\\u202e🫨\"]"),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = format!("{}{}", "[{'a': ".repeat(100_000) + "1", "}]".repeat(100_000));
        let reader = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
            let value = body_value(&text);
            let mut json = String::new();
            value.write_json(&mut json);
            (value == value.clone(), value.tokens().len(), json.len())
        });
        assert_eq!(reader.unwrap().join().unwrap(), (true, 500_001, 800_001));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_valid_json(text in prop_oneof![".*", "[\\[\\]{}'\", :a0-9.e\\\\-]{0,30}"]) {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&json(&text));
            prop_assert!(parsed.is_ok(), "{:?}", parsed);
        }
    }
}
