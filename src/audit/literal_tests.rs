//! Tests of the reader of literals.

use proptest::prelude::*;

use super::*;

/// The events as one line: `{ K'a' T'b' }`, and `!at` for an error.
fn trace(text: &str, start: usize, syntax: Syntax) -> String {
    let mut out = Vec::new();
    for event in Events::at(text, start, syntax) {
        out.push(match event {
            Ok(event) => {
                let span = &text[event.start..event.end];
                match event.kind {
                    EventKind::Key => format!("K{span}"),
                    EventKind::Text => format!("T{span}"),
                    EventKind::Number => format!("N{span}"),
                    EventKind::NonFinite(value) => format!("F{}", value.as_str()),
                    EventKind::Bool(value) => format!("B{value}"),
                    EventKind::Null => "null".to_owned(),
                    _ => span.to_owned(),
                }
            }
            Err(Malformed { at }) => format!("!{at}"),
        });
    }
    out.join(" ")
}

#[test]
fn python() {
    for (text, events) in [
        ("{}", "{ }"),
        ("[]", "[ ]"),
        ("[[], {}]", "[ [ ] { } ]"),
        ("{'a': [1, 2.5, None, True]}", "{ K'a' [ N1 N2.5 null Btrue ] }"),
        (r#"{'k': 'v\'s "q" \n ñ 😀'}"#, r#"{ K'k' T'v\'s "q" \n ñ 😀' }"#),
        (r#"{"it's": "a\\"}"#, r#"{ K"it's" T"a\\" }"#),
        ("{'x': inf, 'y': -0.0, 'z': 1e-07}", "{ K'x' FInfinity K'y' N-0.0 K'z' N1e-07 }"),
        ("[nan, -inf, False]", "[ FNaN F-Infinity Bfalse ]"),
        ("12345678901234567890123", "N12345678901234567890123"),
        ("[1]tail", "[ N1 ]"),
        ("'a' 'b'", "T'a'"),
        ("", "!0"),
        ("  ", "!2"),
        ("[", "[ !1"),
        ("[1", "[ N1 !2"),
        ("[1,", "[ N1 !3"),
        ("[1, ]", "[ N1 !4"),
        ("[1 2]", "[ N1 !3"),
        ("[,]", "[ !1"),
        ("[}", "[ !1"),
        ("{'a'}", "{ K'a' !4"),
        ("{'a': }", "{ K'a' !6"),
        ("{'a': 1, }", "{ K'a' N1 !9"),
        ("{'a': 1]", "{ K'a' N1 !7"),
        ("{1: 2}", "{ !1"),
        ("{True: 2}", "{ !1"),
        ("'a", "!2"),
        ("'a\\", "!3"),
        ("'a\\'", "!4"),
        ("'\\x4'", "!1"),
        ("'\\u00e'", "!1"),
        ("'\\U0001f60'", "!1"),
        ("'a\nb'", "T'a\nb'"),
        ("null", "!0"),
        ("Nonesuch", "!4"),
        ("01", "!1"),
        ("1.", "!2"),
        ("-", "!1"),
        ("1e", "!2"),
        ("1a", "!1"),
        ("1_000", "!1"),
        ("1.2.3", "!3"),
        ("-infinity", "!4"),
        ("(1, 2)", "!0"),
        ("b'a'", "!0"),
    ] {
        assert_eq!(trace(text, 0, Syntax::Python), events, "{text}");
    }
}

#[test]
fn json() {
    for (text, events) in [
        (r#" { "a" : [ 1 , null ] , "b":true}"#, r#"{ K"a" [ N1 null ] K"b" Btrue }"#),
        (r#"["\ud83d\ude00\/", 1E+3, NaN, -Infinity]"#, r#"[ T"\ud83d\ude00\/" N1E+3 FNaN F-Infinity ]"#),
        ("['a']", "[ !1"),
        ("[None]", "[ !1"),
        ("[nan]", "[ !1"),
        (r#""\x41""#, "!1"),
        (r#""\u12g4""#, "!1"),
        ("\"a\tb\"", "!2"),
    ] {
        assert_eq!(trace(text, 0, Syntax::Json), events, "{text}");
    }
}

#[test]
fn either() {
    for (text, events) in [
        (r#"{"a":None,'b':null, "c": [nan,NaN]}"#, r#"{ K"a" null K'b' null K"c" [ FNaN FNaN ] }"#),
        ("[\"a\n\\q\\x\", 'b']", "[ T\"a\n\\q\\x\" T'b' ]"),
        ("[inf, Infinity, -inf, -Infinity, True, false]", "[ FInfinity FInfinity F-Infinity F-Infinity Btrue Bfalse ]"),
    ] {
        assert_eq!(trace(text, 0, Syntax::Either), events, "{text}");
    }
}

#[test]
fn starts_anywhere_and_says_where_it_ended() {
    let text = "x = {'a': [1]}, rest";
    let mut events = Events::at(text, 4, Syntax::Python);
    assert_eq!(events.by_ref().filter(Result::is_ok).count(), 6);
    assert!(events.is_complete());
    assert_eq!(&text[events.position()..], ", rest");
    assert_eq!(trace(text, 99, Syntax::Python), "!20");
    assert_eq!(trace("ñ[1]", 1, Syntax::Either), "!1");
    assert_eq!(trace("ñ[1]", 2, Syntax::Either), "[ N1 ]");
}

#[test]
fn depth_costs_no_stack() {
    let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let reader = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
        let mut deepest = 0;
        let mut events = Events::at(&text, 0, Syntax::Python);
        while let Some(event) = events.next() {
            event.unwrap();
            deepest = deepest.max(events.depth());
        }
        (deepest, events.is_complete())
    });
    assert_eq!(reader.unwrap().join().unwrap(), (100_000, true));
}

fn syntaxes() -> impl Strategy<Value = Syntax> {
    prop_oneof![Just(Syntax::Python), Just(Syntax::Json), Just(Syntax::Either)]
}

/// Text that is mostly made of what literals are made of.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        "[\\[\\]{}:, ]",
        "['\"\\\\]",
        Just("'a': ".to_owned()),
        Just("\"b\": ".to_owned()),
        "(None|null|nan|-inf|True|false|-?[0-9]{1,3}(\\.[0-9])?(e-07)?)",
        "(\\\\x4|\\\\u00e9|\\\\U0001f600|\\\\ud83d|ñ|😀|\\PC)",
    ];
    proptest::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn arbitrary_text_yields_ordered_spans(
        text in prop_oneof![".*", scraps()],
        start in 0usize..8,
        syntax in syntaxes(),
    ) {
        let mut events = Events::at(&text, start, syntax);
        let (mut behind, mut open, mut ended) = (start.min(text.len()), 0usize, false);
        while let Some(event) = events.next() {
            prop_assert!(!ended, "nothing follows an error");
            match event {
                Ok(event) => {
                    prop_assert!(behind <= event.start && event.start < event.end && event.end <= text.len());
                    behind = event.end;
                    match event.kind {
                        EventKind::ObjectStart | EventKind::ArrayStart => open += 1,
                        EventKind::ObjectEnd | EventKind::ArrayEnd => open -= 1,
                        EventKind::Key | EventKind::Text => {
                            unescape(&text[event.start..event.end]);
                        }
                        _ => {}
                    }
                    prop_assert_eq!(open, events.depth());
                }
                Err(Malformed { at }) => {
                    prop_assert!(at <= text.len());
                    ended = true;
                }
            }
        }
        prop_assert_eq!(events.is_complete(), !ended);
        if !ended {
            prop_assert_eq!(open, 0);
            prop_assert_eq!(events.position(), behind);
        }
    }
}
