//! What holds for every text: no planted secret survives, nothing else is lost, and the cost is in proportion.

use proptest::prelude::*;

use super::runs::steps;
use super::*;
use crate::audit::{Decoded, Details, Events, Syntax, body_value, json_string, quote_python};

/// A value with secrets in it, to be printed in one way or another.
#[derive(Clone, Debug)]
enum Node {
    Plain(&'static str),
    /// A string that says just this.
    Raw(String),
    /// A string with these characters in it.
    Text(String),
    List(Vec<Node>),
    Dict(Vec<(Field, Node)>),
    /// A string that holds the value as Python prints it, or as JSON with or without escapes.
    Quoted(Print, Box<Node>),
    /// A string that holds a row of the audit table.
    Row(Box<Node>, Box<Node>),
    /// A string that holds a form.
    Form(Vec<(Field, Node)>),
}

#[derive(Clone, Copy, Debug)]
enum Print {
    Python,
    Json,
    JsonAscii,
}

#[derive(Clone, Debug)]
enum Field {
    Open(String),
    Secret(&'static str),
}

const SECRET: &str = "S3CR3T";
const OPEN: &str = "OP3N";
const SECRET_KEYS: [&str; 9] =
    ["password", "refresh_token", "apiKey", "X-CSRFToken", "PIN", "cardNumber", "Card Number", "\npwd", "user[secret]"];
/// Pieces that texts are torn at and quotes are taken in by.
const NASTY: [&str; 24] = [
    "'", "\"", "\\", "\n", "}", "]", "{", "[", ", ", ": ", "=", "&", "ñ", "😀", "\0", " ", "%22", "\\\"", "''", "a",
    "\\n", "</", ";", "\u{200b}",
];

fn nasty() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&NASTY[..]), 0..5).prop_map(|pieces| pieces.concat())
}

fn print() -> impl Strategy<Value = Print> {
    prop_oneof![Just(Print::Python), Just(Print::Json), Just(Print::JsonAscii)]
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        prop_oneof!["[a-h]{1,3}", nasty()].prop_map(Field::Open),
        prop::sample::select(&SECRET_KEYS[..]).prop_map(Field::Secret)
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        prop::sample::select(&["1", "-2.5", "null"][..]).prop_map(Node::Plain),
        nasty().prop_map(Node::Text)
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::List),
            prop::collection::vec((field(), inner.clone()), 0..4).prop_map(Node::Dict),
            (print(), inner.clone()).prop_map(|(print, node)| Node::Quoted(print, node.into())),
            (inner.clone(), inner.clone()).prop_map(|(request, response)| Node::Row(request.into(), response.into())),
            prop::collection::vec((field(), inner), 0..3).prop_map(Node::Form),
        ]
    })
}

/// A container at the top, as bodies mostly are.
fn container() -> impl Strategy<Value = Node> {
    prop_oneof![
        prop::collection::vec(node(), 0..4).prop_map(Node::List),
        prop::collection::vec((field(), node()), 0..4).prop_map(Node::Dict)
    ]
}

/// A body, which may be any text.
fn body() -> impl Strategy<Value = Node> {
    prop_oneof![container(), node(), fragments().prop_map(Node::Raw)]
}

/// Prints values; numbers the open strings in them, and the secret keys, whose numbers their secrets repeat.
#[derive(Default)]
struct Printer {
    strings: usize,
    open: Vec<String>,
    keys: Vec<String>,
}

impl Printer {
    fn print(&mut self, node: &Node, print: Print, secret: Option<usize>) -> String {
        match node {
            Node::Plain(digits) if *digits == "null" && matches!(print, Print::Python) => "None".to_string(),
            Node::Plain(digits) => digits.to_string(),
            Node::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.print(item, print, secret)).collect();
                format!("[{}]", items.join(", "))
            }
            Node::Dict(fields) => {
                let mut printed = Vec::new();
                for (at, (field, value)) in fields.iter().enumerate() {
                    let (key, secret) = self.key(field, at, secret);
                    let value = self.print(value, print, secret);
                    printed.push(format!("{}: {value}", quoted(&key, print)));
                }
                format!("{{{}}}", printed.join(", "))
            }
            _ => quoted(&self.text(node, secret), print),
        }
    }

    /// The name of a field, and the secret key that its value is under.
    fn key(&mut self, field: &Field, at: usize, secret: Option<usize>) -> (String, Option<usize>) {
        match field {
            Field::Open(key) => (format!("{key}{at}"), secret),
            Field::Secret(key) => {
                self.keys.push(format!("{key}_{}_", self.keys.len()));
                (self.keys[self.keys.len() - 1].clone(), secret.or(Some(self.keys.len() - 1)))
            }
        }
    }

    /// A body as the service prints it: a string alone has no quotes.
    fn body(&mut self, node: &Node, secret: Option<usize>) -> String {
        match node {
            Node::Plain(_) | Node::List(_) | Node::Dict(_) => self.print(node, Print::Python, secret),
            _ => self.text(node, secret),
        }
    }

    /// The content of a node that is a string.
    fn text(&mut self, node: &Node, secret: Option<usize>) -> String {
        match node {
            Node::Raw(text) => text.clone(),
            Node::Text(nasty) => {
                let mark = match secret {
                    Some(key) => format!("{SECRET}-{key}-"),
                    None => {
                        self.strings += 1;
                        self.open.push(format!("{OPEN}-{}-", self.strings));
                        format!("{OPEN}-{}-", self.strings)
                    }
                };
                format!("{mark}{nasty}{mark}")
            }
            Node::Quoted(print, inner) => self.print(inner, *print, secret),
            Node::Row(request, response) => {
                let request = self.body(request, secret);
                let response = self.print(response, Print::Python, secret);
                format!("Request Body: {request}, Response Code: 200, Response Body: [{response}]")
            }
            Node::Form(fields) => {
                let mut printed = vec!["a=1".to_string()];
                for (at, (field, value)) in fields.iter().enumerate() {
                    let (key, secret) = self.key(field, at, secret);
                    let value = self.text(value, secret);
                    printed.push(format!("{}={}", percent(&key), percent(&value)));
                }
                printed.join("&")
            }
            other => self.print(other, Print::Json, secret),
        }
    }
}

fn quoted(text: &str, print: Print) -> String {
    let mut json = String::new();
    json_string(text, &mut json);
    match print {
        Print::Python => quote_python(text),
        Print::Json => json,
        Print::JsonAscii => json
            .encode_utf16()
            .map(|unit| match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                _ => format!("\\u{unit:04x}"),
            })
            .collect(),
    }
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            b' ' => "+".to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn parse(text: &str) -> Option<Value> {
    let mut tokens = Vec::new();
    for event in Events::at(text, 0, Syntax::Either) {
        tokens.push(event.ok()?.token(text));
    }
    Some(Value::from_tokens(tokens))
}

fn redact(text: &str) -> String {
    Redactor::default().text(text).into_owned()
}

/// Texts of all kinds, made of what the readers look for.
fn fragments() -> impl Strategy<Value = String> {
    const LONG: &str = "ñaañññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññññ";
    const PIECES: [&str; 61] = [
        "password",
        "token",
        "pin",
        "api",
        "key",
        "Cookie",
        "Authorization",
        "Bearer ",
        "eyJhbGciOi.eyJz.c2ln",
        "private key-----",
        "-----BEGIN",
        "Request Body: ",
        ", Response Code: 200, Response Body: ",
        "[redacted]",
        "4111 1111 1111 1111",
        "4111111111111111",
        "name=",
        "value=",
        "form-data",
        "\r\n",
        "\n",
        "--",
        "<",
        ">",
        "</",
        "/>",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "'",
        "\"",
        "\\",
        "\\\"",
        "\\'",
        "\\\\",
        "&quot;",
        "%22",
        "%3D",
        "%26",
        "%70",
        "\\u0070",
        "=",
        ":",
        ": ",
        ", ",
        ",",
        ";",
        "&",
        "&amp;",
        " ",
        "  ",
        "a",
        "x y",
        "1",
        "ñ",
        LONG,
        "😀",
        "- ",
    ];
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24).prop_map(|pieces| pieces.concat())
}

/// A thousand cases each, or more where `PROPTEST_CASES` says so.
fn cases() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: default.cases.max(1000), ..default }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_secret_survives_and_nothing_else_is_lost(node in container(), print in print(), around in prop_oneof![Just(("", "")), Just(("Error in ", " (404)"))]) {
        let mut printer = Printer::default();
        let text = format!("{}{}{}", around.0, printer.print(&node, print, None), around.1);
        let redacted = redact(&text);
        prop_assert!(!redacted.contains(SECRET), "{}\n  {}", text, redacted);
        for open in printer.open {
            prop_assert!(redacted.contains(&open), "{} in {}\n  {}", open, text, redacted);
        }
        prop_assert_eq!(redact(&redacted), redacted);
    }

    #[test]
    fn raw_text_and_decoded_value_agree(node in container(), print in print()) {
        let text = Printer::default().print(&node, print, None);
        let redactor = Redactor::default();
        let value = redactor.value(parse(&text).unwrap());
        prop_assert_eq!(parse(&redactor.text(&text)), Some(value.clone()), "{} became {}", text, redactor.text(&text));
        prop_assert_eq!(redactor.value(value.clone()), value);
    }

    #[test]
    fn torn_text_leaks_nothing(node in container(), print in print(), at in any::<prop::sample::Index>()) {
        let text = Printer::default().print(&node, print, None);
        let cuts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let torn = &text[..cuts[at.index(cuts.len())]];
        for text in [torn.to_string(), format!("Error in {torn}"), format!("Request Body: {torn}, Response Code: 400, Response Body: {{'a': 'b'}}")] {
            let redacted = redact(&text);
            prop_assert!(!redacted.contains(SECRET), "{}\n  {}", text, redacted);
        }
    }

    #[test]
    fn text_torn_at_its_beginning_leaks_nothing(node in container(), print in print(), at in any::<prop::sample::Index>()) {
        let mut printer = Printer::default();
        let text = printer.print(&node, print, None);
        let cuts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let torn = &text[cuts[at.index(cuts.len())]..];
        let redacted = redact(torn);
        for (number, key) in printer.keys.iter().enumerate() {
            let leaks = redacted.contains(&format!("{SECRET}-{number}-")) && torn.contains(key);
            prop_assert!(!leaks, "{}\n  {}", torn, redacted);
        }
    }

    #[test]
    fn a_certain_row_stays_certain(
        request in body(),
        response in prop_oneof![container(), body()],
        forged in prop::option::of(body()),
    ) {
        let mut printer = Printer::default();
        let mut request = printer.body(&request, None);
        if let Some(forged) = forged {
            request += ", Response Code: 200, Response Body: ";
            request += &printer.body(&forged, None);
        }
        let row = format!("Request Body: {request}, Response Code: 404, Response Body: {}", printer.body(&response, None));
        let (before, redactor) = (Details::read(&row), Redactor::default());
        let redacted = redactor.text(&row);
        let after = Details::read(&redacted);
        if before.decoded == Decoded::Certain {
            prop_assert_eq!((after.decoded, after.status), (before.decoded, before.status), "{}\n  {}", row, redacted);
            let decoded = |side: Option<&str>| body_value(side.unwrap());
            prop_assert_eq!(decoded(after.request), redactor.value(decoded(before.request)), "{}\n  {}", row, redacted);
            if after.response != Some(MASK) && after.response != Some("['[redacted]']") {
                prop_assert_eq!(decoded(after.response), redactor.value(decoded(before.response)), "{}\n  {}", row, redacted);
            }
        }
    }

    #[test]
    fn any_text_is_settled(text in prop_oneof![fragments(), ".*"]) {
        let redacted = redact(&text);
        prop_assert_eq!(redact(&redacted), redacted.clone(), "{} became {}", text, redacted);
    }

    #[test]
    fn a_secret_key_never_escapes_the_scout(key in prop_oneof![fragments(), "[a-zA-Z_1-]{0,3}(password|API.?Key|pin|csrfToken|PAN)[a-zA-Z_1-]{0,3}"]) {
        let redactor = Redactor::default();
        if redactor.is_secret(&key) {
            prop_assert!(!redactor.scout.triggers(&key).is_empty(), "{}", key);
        }
    }
}

/// What hostile texts are made of: whatever begins, ends, separates or disguises something.
const HOSTILE: [&str; 57] = [
    "Bearer",
    "Basic ",
    "2F%2",
    "eyJ",
    "eyJhbGci",
    "password",
    "pin",
    "Cookie",
    "api",
    "key",
    "card",
    "://",
    "%3A%2F%2F",
    "@",
    "user",
    "form-data; name=",
    "name",
    "value",
    "Request Body: ",
    ", Response Code: 200, Response Body: ",
    "[redacted]",
    "4111",
    "4111 1111 1111 1111",
    ":",
    "=",
    "%70",
    "%22",
    "%3D",
    "%25",
    "\\",
    "\\\"",
    "\\u0070",
    "\\n",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "</",
    "&",
    "&quot;",
    "&lt;",
    ".",
    ",",
    ";",
    " ",
    "\n",
    "-----BEGIN",
    "PRIVATE KEY-----",
    "- ",
    "ñ",
    "1",
];

/// How many bytes are looked at to redact a text.
fn work(text: &str) -> usize {
    let redactor = Redactor::default();
    steps::of(|| redactor.text(text))
}

/// The same for a text in which `pattern` fills so many bytes.
fn work_on(around: (&str, &str), pattern: &str, length: usize) -> usize {
    work(&format!("{}{}{}", around.0, pattern.repeat(length / pattern.len()), around.1))
}

/// How much the work may grow when the text is twice as long, and how much there may be for each byte.
fn is_linear(around: (&str, &str), pattern: &str) -> Result<(), String> {
    // Longer than every bound in the readers, so that none of them hides a square.
    const LENGTH: usize = 12_000;
    let [small, large] = [LENGTH, 2 * LENGTH].map(|length| work_on(around, pattern, length));
    if large <= small * 22 / 10 + 10_000 && large <= 2 * LENGTH * 1500 {
        Ok(())
    } else {
        Err(format!("{around:?} {pattern:?}: {small} steps became {large}"))
    }
}

fn pieces(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&HOSTILE[..]), 0..=most).prop_map(|pieces| pieces.concat())
}

/// Fewer cases than of the other properties, since these texts are long.
fn long_cases() -> ProptestConfig {
    let cases = cases();
    ProptestConfig { cases: cases.cases / 8, ..cases }
}

proptest! {
    #![proptest_config(long_cases())]

    #[test]
    fn work_is_linear_in_whatever_is_repeated(
        pattern in pieces(4).prop_filter("nothing repeats nothing", |pattern| !pattern.is_empty()),
        before in prop_oneof![Just(String::new()), pieces(3)],
        behind in prop_oneof![Just(String::new()), pieces(3)],
    ) {
        prop_assert_eq!(is_linear((&before, &behind), &pattern), Ok(()));
    }
}

#[test]
fn work_is_linear_in_known_patterns() {
    let hostile = [
        "[",
        "{",
        "Bearer:",
        "Bearer realm=",
        "Bearer%20realm=",
        "eyJhbGci",
        "%2570",
        "://a:b/",
        "{'name':",
        "{\"value\": 1, \"name\": [",
        "\\\"name\\\": \\\"pin\\\", ",
        "Basic YTpi",
        "{'a",
        "['",
        "[\"",
        "{'a':",
        "{\"password\":",
        "{'password': [",
        "password",
        "password=",
        "password: ",
        "password='",
        "pin\"",
        "'pin ",
        "pin ",
        "pin:",
        "(pin=(",
        "<pin>",
        "<pin ",
        "&lt;pin&gt;",
        "<a name=pin ",
        "name=\"pin\"\n",
        "form-data; name=\"pin\"\n\n",
        "\\",
        "\\\"",
        "\\u0070",
        "%25",
        "%70",
        "&#112;",
        "&",
        "Request Body: ",
        ", Response Code: 200, Response Body: ",
        "Request Body: pin=, Response Code: 200, Response Body: ",
        "eyJa.",
        "eyJ",
        "Bearer ",
        "4111",
        "4111 1111 ",
        "-----BEGIN PRIVATE KEY-----",
        "pin=a=b&",
        "a=%7B&",
        "pin:\n ",
        "Cookie: a\n b\n",
        "'{\"pin\": \"\\\"",
        "  pin: ,",
        "pin=&quot;",
        "pin=\"x\\\\",
    ];
    for pattern in hostile {
        assert_eq!(is_linear(("", ""), pattern), Ok(()));
    }
    for (before, pattern) in [
        ("Bearer ", "\\"),
        ("form-data; name=\"pin\"\n\n", "\\"),
        ("form-data; name=pin", "\\"),
        ("Bearer%20x", ",pin%3D1"),
        ("4111111111111111%20", "pin%3D1;"),
        ("{'value': ", "{'name': "),
    ] {
        assert_eq!(is_linear((before, ""), pattern), Ok(()));
    }
}
