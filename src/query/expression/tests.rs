//! Expressions read, refused, and printed back.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::query::{ENTRY, RECORD};

fn language(vocabulary: &Vocabulary) -> Language<'_> {
    let now: DateTime<Utc> = "2026-11-26T12:00:00Z".parse().unwrap();
    Language { vocabulary, now, zone: &Zone::UTC }
}

fn read(text: &str) -> Result<Filter, Box<ExpressionError>> {
    Filter::parse(text, language(&ENTRY))
}

/// Each expression, and the same in the plainest words.
#[test]
fn expressions_mean_what_they_say() {
    for (text, expected) in [
        ("status=404", "status = 404"),
        ("status == 4xx", "status = 400..499"),
        ("status in (404,5xx, 400..403)", "status in (400..404, 500..599)"),
        ("status != 4xx", "status in (000..399, 500..999)"),
        ("status not in (4xx, 5xx)", "status in (000..399, 600..999)"),
        ("status >= 400", "status = 400..999"),
        ("status > 4xx", "status = 500..999"),
        ("status <= 4xx", "status = 000..499"),
        ("status < 4xx", "status = 000..399"),
        ("status < 000", "status < 000"),
        ("status is null", "not status is not null"),
        ("status in (404, null)", "status = 404 or not status is not null"),
        ("user = 5", "user = 5"),
        ("user_id > 5", "user_id > 5"),
        ("user = '5'", "user = '5'"),
        ("user = name:5", "user = '5'"),
        ("user = none", "user is null"),
        ("user IS NULL", "user is null"),
        ("user is not null", "not user is null"),
        ("user in (7, ana, none, 5, 5)", "user in (5, 7, none) or user = 'ana'"),
        ("user != ana", "not user is null and not user = 'ana'"),
        ("user != null", "not user is null"),
        ("username ~ an", "username ~ 'an'"),
        ("model = Payments", "model = 'Payments'"),
        ("model in (payments, 'API Request')", "model = 'payments' or model = 'API Request'"),
        ("model <> payments", "model != 'payments'"),
        ("method in (POST, put)", "method in ('POST', 'put')"),
        ("action ~ DELETE", "action ~ 'delete'"),
        ("details ~ 'it''s'", "details ~ 'it''s'"),
        ("details ~ \"it's\"", "details ~ 'it''s'"),
        ("path = /api/payments/", "path = '/api/payments/'"),
        ("path != '/a*'", "path != '/a*'"),
        ("path glob '/api/*/'", "path glob '/api/*/'"),
        (r"path =~ ^/api/\d+/$", r"path =~ '^/api/\d+/$'"),
        ("record_id = 9", "record_id = 9"),
        ("record_id = 9.0", "record_id = 9.0"),
        ("record_id in (9, 10)", "record_id in (9, 10)"),
        ("record_id not in (9, 10, null)", "record_id not in (9, 10)"),
        ("id >= 1 and id < 1e3", "id >= 1 and id < 1e3"),
        ("decoded = certain", "decoded = 'certain'"),
        ("timestamp >= 2026-11-23", "timestamp >= 2026-11-23T00:00:00.000000Z"),
        ("timestamp > 2026-11-23", "timestamp >= 2026-11-24T00:00:00.000000Z"),
        ("timestamp <= 2026-11-23", "timestamp < 2026-11-24T00:00:00.000000Z"),
        ("timestamp < -90m", "timestamp < 2026-11-26T10:30:00.000000Z"),
        ("timestamp > 2026-11-23T10:00:00Z", "timestamp >= 2026-11-23T10:00:00.000001Z"),
        (
            "timestamp = yesterday",
            "timestamp >= 2026-11-25T00:00:00.000000Z and timestamp < 2026-11-26T00:00:00.000000Z",
        ),
        (
            "timestamp != '2026-11-23 10:00'",
            "timestamp < 2026-11-23T10:00:00.000000Z or timestamp >= 2026-11-23T10:00:00.000001Z",
        ),
        ("timestamp > 9999-12-31", "timestamp is not null and not timestamp is not null"),
        ("timestamp <= 9999-12-31", "timestamp is not null"),
        ("response.detail = 5", "response.detail = 5"),
        ("response.detail = '5'", "response.detail = '5'"),
        ("response.detail = 5a", "response.detail = '5a'"),
        ("response.ok = TRUE and response.no != false", "response.ok = true and response.no != false"),
        ("response.ok = 'true'", "response.ok = 'true'"),
        ("request.items[0].id = 1", "request.items.0.id = 1"),
        ("request.'a b'.\"c'd\".e < -1.50", "request.'a b'.'c''d'.e < -1.50"),
        ("request is null", "not request is not null"),
        ("a = 1", ""),
        ("not status = 404", "not status = 404"),
        ("NOT (status = 404 OR user = 5) AND id = 1", "not (status = 404 or user = 5) and id = 1"),
        ("id = 1 or id = 2 and id = 3", "id = 1 or (id = 2 and id = 3)"),
        ("(id = 1 or id = 2) and id = 3", "(id = 1 or id = 2) and id = 3"),
        ("((id = 1)) and ((id = 2 and id = 3))", "id = 1 and (id = 2 and id = 3)"),
        ("not not id = 1", "not not id = 1"),
        ("(id=1)and(id=2)", "id = 1 and id = 2"),
    ] {
        match read(text) {
            Ok(filter) => {
                let printed = filter.to_string();
                assert_eq!(printed, expected, "{text}");
                assert_eq!(read(&printed).as_ref(), Ok(&filter), "{printed}");
            }
            Err(error) => assert_eq!(expected, "", "{text}: {error}"),
        }
    }
}

#[test]
fn log_records_have_names_of_their_own() {
    let read = |text: &str| Filter::parse(text, language(&RECORD));
    for (text, expected) in [
        ("level >= WARNING", "level in ('WARNING', 'ERROR', 'CRITICAL')"),
        ("level < info", "level = 'DEBUG'"),
        ("level = notice", "level = 'notice'"),
        ("level = 'WARNNG'", "level = 'WARNNG'"),
        ("changes.status.to = PAID", "event.changes.status.to = 'PAID'"),
        ("event.changes.status.to = PAID", "event.changes.status.to = 'PAID'"),
        ("event.level = 3", "event.level = 3"),
        ("instance_id = 9", "instance_id = 9"),
        ("extra_data.email ~ ex.com", "event.extra_data.email ~ 'ex.com'"),
        ("user = ana@ex.com", "user = 'ana@ex.com'"),
        ("user = 'ana'", "user = 'ana'"),
        ("took > 1.5", "event.took > 1.5"),
        ("event.hour = 5", "event.hour = 5"),
        ("opening.hour = 5", "event.opening.hour = 5"),
    ] {
        let filter = read(text).unwrap();
        assert_eq!(filter.to_string(), expected, "{text}");
        assert_eq!(read(expected), Ok(filter), "{expected}");
    }
    for (text, why, hint) in [
        ("levle = ERROR", "there is no field 'levle'", "a key of the event is written event.levle"),
        ("level > loud", "'loud' is no level", "it is one of DEBUG"),
        ("level > CRITICAL", "no level is > CRITICAL", ""),
        ("level = WARNNG", "'WARNNG' is no level", "did you mean 'WARNING'?"),
        ("level not in (INFO, EROR)", "'EROR' is no level", "did you mean 'ERROR'?"),
        ("message.x = 1", "'message' has no parts", ""),
        ("user = ana", "'ana' is no user of log records", "message ~ NAME"),
        ("user not in (5, ana)", "'ana' is no user of log records", "message ~ NAME"),
        ("hour >= 22", "'hour' is a part of a time", "a key of the event is written event.hour"),
        ("month = 11 and x = 1", "'month' is a part of a time", "compare timestamp"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.why.contains(why) && error.hint.clone().unwrap_or_default().contains(hint), "{error:?}");
    }
}

/// Each mistake, the part of the text that is pointed at, and what is said.
#[test]
fn mistakes_are_pointed_at() {
    for (text, part, why, hint) in [
        ("", "", "a field must stand here", "the fields are id, timestamp"),
        ("stauts = 404", "stauts", "there is no field 'stauts'", "did you mean 'status'?"),
        (
            "id = 1 or hour = 5",
            "hour",
            "'hour' is a part of a time, by which entries can only be grouped",
            "compare timestamp",
        ),
        ("xyzzy.a = 404", "xyzzy", "there is no field 'xyzzy'", "the fields of entries are id,"),
        ("status > 'abc'", "'abc'", "'status' is a number", "write 404 or 4xx"),
        ("status > abc", "abc", "'abc' is not a status", "404, 4xx or 400..499"),
        ("status = '404'", "'404'", "'status' is a number", "without quotes"),
        ("record_id = nine", "nine", "'record_id' is a number", ""),
        ("record_id = '9'", "'9'", "'record_id' is a number", "without quotes"),
        ("record_id ~ 9", "~", "'record_id' is no text", ""),
        ("user ~ an", "~", "'user' is no text", "'username'"),
        ("user > 5", ">", "'user' has no order", "'user_id'"),
        ("user = name:", "name:", "is not a user", ""),
        ("id < null", "null", "nothing is less or greater than null", "is null"),
        ("response.ok < true", "true", "have no order", ""),
        ("decoded = certan", "certan", "'decoded' is never 'certan'", "did you mean 'certain'?"),
        ("decoded = x", "x", "'decoded' is never 'x'", "certain, ambiguous, none"),
        ("timestamp = noon", "noon", "'noon' is not a time", ""),
        ("timestamp ~ 2026", "~", "'timestamp' is no text", ""),
        (
            "path = /api/payments/**",
            "/api/payments/**",
            "a '*' is a pattern only behind glob",
            "write: path glob /api/payments/**",
        ),
        ("path not in (/a/, /b/*)", "/b/*", "a '*' is a pattern only behind glob", "write: path glob /b/*"),
        ("path glob api", "api", "is not a pattern for paths", ""),
        ("action glob '/api/**'", "glob", "'action' is no path", ""),
        ("path =~ (", "(", "a value must follow '=~'", ""),
        ("path =~ '('", "'('", "not a regular expression: unclosed group", ""),
        ("status.x = 1", ".x", "'status' has no parts", ""),
        ("response..x = 1", ".", "a key must come before the '.'", ""),
        ("response. = 1", "", "a key must follow the '.'", ""),
        ("response[x] = 1", "[", "digits in brackets", ""),
        ("response[0]x = 1", "x", "a '.' must come before this", ""),
        ("status", "", "an operator must follow 'status'", "operators are"),
        ("status 404", "404", "an operator must follow 'status'", "operators are"),
        ("action like x", "like", "an operator must follow 'action'", "'~' stands for contains"),
        ("status !~ 4", "!~", "there is no operator '!~'", "write: not status ~"),
        ("status =", "", "a value must follow '='", ""),
        ("status = and", "and", "a value must follow '='", ""),
        ("status in 404", "404", "a list in parentheses must follow 'in'", ""),
        ("status in (404", "(", "never closed", ""),
        ("status in ()", ")", "a value must follow '('", ""),
        ("status in (404 405)", "405", "a comma or ')'", ""),
        ("status is 404", "404", "'null' or 'not null' must follow 'is'", ""),
        ("(status = 404", "(", "the parenthesis that opens here is never closed", ""),
        ("status = 404)", ")", "no parenthesis is open", ""),
        ("status = 404 user = 5", "user", "'and' or 'or' must come before this", ""),
        ("status = 404 && user = 5", "&&", "'and' or 'or' must come before this", "write 'and'"),
        ("action = 'created", "'", "never closed", "doubled"),
        ("status = 404 and", "", "a field must stand here", ""),
        ("404 = status", "404", "there is no field '404'", ""),
        ("= 404", "=", "a field must stand here", ""),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(&text[error.at.clone()], part, "{text}: {error:?}");
        assert!(error.why.contains(why), "{text}: {error:?}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{text}: {error:?}");
    }
}

#[test]
fn what_is_huge_or_deep_is_refused_and_what_is_long_is_read() {
    let deep = |depth: usize| format!("{}id = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(read(&deep(99)).is_ok());
    assert!(read(&deep(100)).unwrap_err().why.contains("nest deeper"));
    assert!(read(&deep(30_000)).unwrap_err().why.contains("nest deeper"));
    assert!(read(&"not ".repeat(16_000)).unwrap_err().why.contains("nest deeper"));
    assert!(read(&"x".repeat(1 << 20)).unwrap_err().why.contains("it is 1048576 bytes long"));
    assert!(read(&"ñ".repeat(1 << 20)).is_err());
    let long = vec!["id = 1"; 6_000].join(" or ");
    assert!(matches!(read(&long), Ok(Filter::Any(all)) if all.len() == 6_000));
    let list = format!("id in ({})", (0..10_000).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    assert!(read(&list).is_ok());
}

/// Text of expressions: right in its grammar, and mostly right in its types.
fn expression() -> impl Strategy<Value = String> {
    let text = "[a-z '\"ñ.%-]{0,5}".prop_map(|text| format!("'{}'", text.replace('\'', "''")));
    let number = prop_oneof![any::<i64>().prop_map(|n| n.to_string()), (-9.0..9.0f64).prop_map(|x| x.to_string())];
    let any_value = prop_oneof![text.clone(), number.clone(), Just("true".to_owned()), Just("null".to_owned())];
    let sign = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let time = prop::sample::select(vec!["today", "2026-11", "-90m", "'2 days ago'", "9999-12-31", "0001-01-01", "@5"]);
    let status = prop::sample::select(vec!["404", "4xx", "40x", "400..409", "000", "999"]);
    let user = prop::sample::select(vec!["5", "none", "ana", "'5'", "name:5", "null"]);
    let list = prop::collection::vec(any_value.clone(), 1..4).prop_map(|values| values.join(", "));
    let path = prop::sample::select(vec!["response", "request.a.'b c'", "response.items[0].id", "request.''"]);
    let test = prop_oneof![
        (prop::sample::select(vec!["id", "record_id", "user_id"]), sign(), number)
            .prop_map(|(f, s, v)| format!("{f} {s} {v}")),
        (prop::sample::select(vec!["action", "model", "method", "path", "username", "details"]), sign(), text.clone())
            .prop_map(|(f, s, v)| format!("{f} {s} {v}")),
        (prop::sample::select(vec!["action", "details", "model", "response.a"]), text.clone())
            .prop_map(|(f, v)| format!("{f} ~ {v}")),
        (sign(), time).prop_map(|(s, v)| format!("timestamp {s} {v}")),
        (sign(), status.clone()).prop_map(|(s, v)| format!("status {s} {v}")),
        prop::collection::vec(status, 1..4).prop_map(|codes| format!("status not in ({})", codes.join(","))),
        prop::collection::vec(user, 1..4).prop_map(|users| format!("user in ({})", users.join(","))),
        (path.clone(), sign(), any_value).prop_map(|(f, s, v)| format!("{f} {s} {v}")),
        (path.clone(), any::<bool>(), list)
            .prop_map(|(f, not, list)| format!("{f} {} ({list})", if not { "not in" } else { "in" })),
        (path, any::<bool>()).prop_map(|(f, not)| format!("{f} is {} null", if not { "not" } else { "" })),
    ];
    test.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|e| format!("not {e}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} OR {b}")),
            inner.prop_map(|e| format!("({e})")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_as_the_same_tree(text in expression()) {
        if let Ok(filter) = read(&text) {
            let printed = filter.to_string();
            prop_assert_eq!(read(&printed), Ok(filter), "{}", printed);
        }
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused_at_a_place_in_it(
        text in prop_oneof![".{0,40}", "([a-z.]{1,6}|[=<>!~(),'\"\\[\\]]| |status|not|in|and|404|ñ){0,12}"],
    ) {
        if let Err(error) = read(&text) {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
        }
    }
}
