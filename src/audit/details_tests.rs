//! Tests of the splitter. Thousands of rows that Python printed are taken apart in `tests/decoder.rs`.

use proptest::prelude::*;

use super::super::canonical::bytes_read;
use super::*;

/// `certain|request|200|response`, with `-` for what is not known.
fn read(text: &str) -> String {
    let details = Details::read(text);
    let status = details.status.map_or("-".to_owned(), |status| status.to_string());
    [details.decoded.as_str(), details.request.unwrap_or("-"), &status, details.response.unwrap_or("-")].join("|")
}

#[test]
fn rows_of_the_service() {
    let nested = "{'count': 87, 'next': '...', 'previous': None, 'results': [{'id': 87, 'details': 'Request Body: , \
                  Response Code: 200, Response Body: [...]', 'user': 5}]}";
    let page = "\n<!doctype html>\n<html lang=\"en\">\n";
    for (request, status, response) in [
        ("", 200, "[{'method': 'VISA', 'label': 'Tarjeta Visa'}, {'method': 'CASH', 'label': 'Efectivo/SINPE'}]"),
        ("None", 201, "{'id': 1, 'payment': None, 'total_price': '0.00', 'email': 'b0@ex.com', 'visit': 1, 'user': 5}"),
        ("{'username': 'user5', 'password': 'x'}", 404, page),
        ("{'a': [1, 2.5, None, True, {'k': 'v\\'s \"q\" \\n ñ 😀'}]}", 404, page),
        (
            "not json, Response Code: 200, Response Body: x",
            415,
            "{'detail': 'Tipo de medio \"text/plain\" incompatible en la solicitud.'}",
        ),
        ("12345678901234567890123", 404, page),
        ("{'x': inf, 'y': -0.0, 'z': 1e-07}", 404, page),
        ("{'dup': 2, '\\x00nul': '\\x00'}", 404, page),
        ("antes\0después", 404, page),
        ("a=1&b=2", 404, page),
        ("", 204, ""),
        ("", 200, nested),
        // A separator inside a JSON response.
        ("x", 200, "[', Response Code: 404, Response Body: []']"),
        // A forged separator inside a JSON request, answered with a page.
        ("{'a': ', Response Code: 200, Response Body: []'}", 404, page),
    ] {
        let text = format!("Request Body: {request}, Response Code: {status}, Response Body: {response}");
        assert_eq!(read(&text), format!("certain|{request}|{status}|{response}"));
    }
}

#[test]
fn ambiguous() {
    for (text, expected) in [
        // No container, neither as response nor as request.
        ("Request Body: x, Response Code: 200, Response Body: y, Response Code: 404, Response Body: z", "-"),
        ("Request Body: x, Response Code: 404, Response Body: y, Response Code: 404, Response Body: z", "404"),
        // A container as the request of an earlier split is not to be trusted.
        ("Request Body: {}, Response Code: 200, Response Body: y, Response Code: 404, Response Body: z", "-"),
        // Nearly a container.
        ("Request Body: x, Response Code: 200, Response Body: y, Response Code: 404, Response Body: {'a':1}", "-"),
    ] {
        assert_eq!(read(text), format!("ambiguous|-|{expected}|-"), "{text}");
    }
}

#[test]
fn no_text_has_two_responses_that_are_containers() {
    const PARTS: [&str; 8] = ["'", "\"", ", ", "]", "[", "\\'", "1", "\\\\"];
    let texts = |parts: u32| {
        (0..=parts).flat_map(|n| {
            (0..8usize.pow(n)).map(move |code| (0..n).map(|i| PARTS[code >> (3 * i) & 7]).collect::<String>())
        })
    };
    let last_responses: Vec<String> = texts(6).filter(|text| is_container(text)).collect();
    let beginnings: Vec<String> = texts(4).filter(|text| text.starts_with('[')).collect();
    let mut tried = 0;
    for (beginning, last) in beginnings.iter().flat_map(|b| last_responses.iter().map(move |l| (b, l))) {
        // The separator holds no quote and no backslash: one letter does for it.
        assert!(!is_container(&format!("{beginning}S{last}")), "{beginning}S{last}");
        tried += 1;
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn not_the_middlewares() {
    for text in [
        "",
        "Action updated on purchaseorders with id 9",
        "Request Body: ",
        "Request Body: None",
        "Request Body: , Response Code: 200, Response Body:",
        "Request Body: , Response Code: 20, Response Body: x",
        "Request Body: , Response Code: 2000, Response Body: x",
        "Request Body: , Response Code: ٣٠٠, Response Body: x",
        "Request Body: , Response Code: 2",
        "Request Body:, Response Code: 200, Response Body: x",
        " Request Body: , Response Code: 200, Response Body: x",
        "\0Request Body: , Response Code: 200, Response Body: x",
        "request body: , Response Code: 200, Response Body: x",
    ] {
        assert_eq!(read(text), "none|-|-|-", "{text}");
    }
}

#[test]
fn broken_separators_are_part_of_a_side() {
    let text =
        "Request Body: a, Response Code: , Response Code: 20x, Response Code: 200, Response Body: , Response Code: ";
    assert_eq!(read(text), "certain|a, Response Code: , Response Code: 20x|200|, Response Code: ");
}

/// How many times a text is read when all its splits are checked.
fn readings(text: &str) -> f64 {
    let bytes: usize = Splits::of(text).map(|split| bytes_read(&text[split.end..])).sum();
    bytes as f64 / text.len() as f64
}

#[test]
fn an_audit_of_the_audit() {
    let mut details = "Request Body: {'note': \"it's\"}, Response Code: 200, Response Body: [{'a': 1}]".to_owned();
    for depth in 1..6 {
        let rows: Vec<String> = (0..2)
            .map(|id| format!("{{'id': {id}, 'details': {}, 'user': 5}}", crate::audit::quote_python(&details)))
            .collect();
        let response = format!("{{'count': 2, 'results': [{}]}}", rows.join(", "));
        details = format!("Request Body: , Response Code: 200, Response Body: {response}");
        assert_eq!(read(&details), format!("certain||200|{response}"), "{depth}");
        assert!(readings(&details) < 2.5, "{} readings at depth {depth}", readings(&details));
    }
}

/// Texts in which a client repeats the separator, each time behind what may begin a long container.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => "['\"]",
        4 => Just(", ".to_owned()),
        2 => "[\\[\\]{}1\\\\]",
        1 => Just("'k': ".to_owned()),
        6 => Just(format!("{CODE}200{RESPONSE}[")),
        2 => Just(format!("{CODE}200{RESPONSE}{{'")),
    ];
    (proptest::collection::vec(part, 1..24), 1usize..60)
        .prop_map(|(parts, times)| format!("{REQUEST}{}]", parts.concat().repeat(times)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_is_read_more_than_three_times(text in hostile()) {
        prop_assert!(readings(&text) <= 3.0, "{} readings", readings(&text));
        prop_assert!(Splits::of(&text).filter(|split| is_container(&text[split.end..])).count() <= 1);
    }
}

#[test]
fn hundreds_of_thousands_of_splits() {
    for piece in ["['", "[\"', \", "] {
        let text = format!("{REQUEST}{}?]", format!("{CODE}200{RESPONSE}{piece}").repeat(200_000));
        assert!(readings(&text) <= 3.0, "{piece}");
        let details = Details::read(&text);
        assert_eq!((details.decoded, details.status), (Decoded::Ambiguous, Some(200)), "{piece}");
    }
}

#[test]
fn large_bodies() {
    let item = "{'id': 12345678901234567890, 'name': 'ñandú \\n \"x\"', 'price': 1e-07}, ";
    let response = format!("[{}{{}}]", item.repeat(10_000_000 / item.len()));
    let request = "x".repeat(10_000_000);
    let text = format!("{REQUEST}{request}{CODE}201{RESPONSE}{response}");
    let details = Details::read(&text);
    assert_eq!((details.decoded, details.request, details.status), (Decoded::Certain, Some(&*request), Some(201)));
    assert_eq!(details.response, Some(&*response));

    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!("{REQUEST}{CODE}404{RESPONSE}x{CODE}404{RESPONSE}{nested}");
    assert_eq!(Details::read(&text).response, Some(&*nested));
}

/// Rows as the service writes them, forged ones among them.
fn rows() -> impl Strategy<Value = String> {
    let side = prop_oneof![
        Just(String::new()),
        Just("None".to_owned()),
        Just("{'a': ['b', 1e-07, {}]}".to_owned()),
        Just("[\"it's\", '\\x00', 'ñ']".to_owned()),
        "\\PC{0,20}",
        Just(", Response Code: 200, Response Body: ".to_owned()),
        Just(", Response Code: 200, Response Body: [\"".to_owned()),
        Just(", Response Code: 404, Response Body: {'x': '".to_owned()),
    ];
    let sides = proptest::collection::vec(side, 0..5).prop_map(|parts| parts.concat());
    (sides.clone(), 100u16..600, sides)
        .prop_map(|(request, status, response)| format!("{REQUEST}{request}{CODE}{status}{RESPONSE}{response}"))
}

proptest! {
    #[test]
    fn mutated_rows_never_panic(row in rows(), cut in any::<prop::sample::Index>(), put in ".?", drop in 0usize..4) {
        let at = |index: usize| (0..=index).rev().find(|&i| row.is_char_boundary(i)).unwrap_or(0);
        let (from, to) = (at(cut.index(row.len() + 1)), at((cut.index(row.len() + 1) + drop).min(row.len())));
        for text in [row.as_str(), &row[..from], &format!("{}{put}{}", &row[..from], &row[from.max(to)..])] {
            let details = Details::read(text);
            match (details.decoded, details.request, details.status, details.response) {
                (Decoded::Certain, Some(request), Some(status), Some(response)) => {
                    let again = format!("{REQUEST}{request}{CODE}{status:03}{RESPONSE}{response}");
                    prop_assert_eq!(text, again);
                    crate::audit::body_value(request);
                    crate::audit::body_value(response);
                }
                (Decoded::Ambiguous, None, _, None) | (Decoded::None, None, None, None) => {}
                _ => prop_assert!(false, "{:?}", details),
            }
        }
    }
}
