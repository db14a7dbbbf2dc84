//! `auditctl list` against a naive reading of the same rows: every row is read, tested and sorted here, in the plainest
//! way there is, and the page is cut from that. Hundreds of random questions, over rows of which some are as the
//! service would never write them.
//!
//! `AUDITCTL_TEST_SEED` asks other questions. Only the status of a row whose details can be split in several ways is
//! taken from the program: that reading has an oracle of its own.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use common::{Dice, TestEnv, machine};
use rusqlite::types::ValueRef;

const QUESTIONS: usize = 300;

/// Rows that no version of the service writes, and that a database may hold all the same.
const ODD: &str = r#"
INSERT INTO api_auditlog (id, timestamp, action, model, record_id, details, user_id) VALUES
(9223372036854775807, '2026-11-10T10:00:00', 'created', 'visits', 9223372036854775807, 'x', 9223372036854775807),
(-9223372036854775808, '2026-11-10T10:00:00.5Z', 'created', 'visits', -5, '', -1),
(-7, '2026-11-10 23:30:00+02:00', 'updated', 'PAYMENTS', 0, NULL, 0),
(0, '2026-11-10T23:30:00-06:00', 'updated', 'payments', 9.5, NULL, 5.5),
(5000, NULL, NULL, NULL, NULL, NULL, NULL),
(5001, 'yesterday', '', '', 'nine', 'Request Body: , Response Code: 404, Response Body: x', 'ana'),
(5002, '', 'POST', 'API Request', '', 'Request Body: , Response Code: 4040, Response Body: x', ''),
(5003, 1763700000, 'post /api/payments/', 'api request', x'39', 'Request Body: , Response Code: 999, Response Body: ', x'35'),
(5004, 3.25, 'POST/api/payments/', 'API Request ', 9, 'Response Code: 404', 5),
(5005, CAST('2026-11-20 10:00:00' AS BLOB), CAST('POST /api/payments/' AS BLOB), CAST('payments' AS BLOB), 9,
 CAST('Request Body: , Response Code: 503, Response Body: x' AS BLOB), 5),
(5006, '2026-1-5 10:00:00', 'GET /api/visits', 'visits', 9, x'ff00fe', 5),
(5007, '2026-11-20 24:00:00', 'GET  /api/visits/', 'visits', NULL, CAST(x'70ff617961' AS TEXT), 5),
(5008, '2026-02-30 10:00:00', 'GET api/visits/', 'visits', NULL, 'antes' || char(0) || 'PAYments', 5),
(5009, '+12026-11-20 10:00:00', CAST(x'474554202f617069ff2f' AS TEXT), 'VISITS', NULL, 'total', NULL),
(5010, '2026-11-20 10:00', 'GET /' || char(0) || '/api/payments/', 'visits' || char(0), NULL, 'TOTAL', NULL),
(5011, '2026-11-20 10:00:00.1234567', 'DELETE /api/payments/1/', 'Visits', NULL, char(0), NULL),
(5012, '2026-11-20 10:00:00.1', 'DELETE /api/payments/1', 'visits', NULL, 'é', NULL),
(5013, ' 2026-11-20 10:00:00', 'M-SEARCH /api/payments/2/', 'visits', NULL, 'É', NULL),
(5014, '2026-11-20t10:00:00z', 'get /api/Payments/2/', 'visits', 9, 'e', 5),
(5015, '9999-12-31 23:59:59.999999', 'created', 'visits', 9, 'e', 5),
(5016, '0000-01-01 00:00:00', 'created', 'visits', 9, 'e', 5)
"#;

/// A value as SQLite holds it.
#[derive(Clone, Debug, PartialEq)]
enum Stored {
    Null,
    Int(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Stored {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Stored::Text(bytes) | Stored::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// NULL, then numbers, then text, then blobs.
    fn class(&self) -> u8 {
        match self {
            Stored::Null => 0,
            Stored::Int(_) | Stored::Real(_) => 1,
            Stored::Text(_) => 2,
            Stored::Blob(_) => 3,
        }
    }

    fn compare(&self, other: &Stored) -> Ordering {
        match (self, other) {
            (Stored::Int(a), Stored::Int(b)) => a.cmp(b),
            // No row here holds numbers that only differ beyond a float's digits.
            (Stored::Int(a), Stored::Real(b)) => (*a as f64).partial_cmp(b).unwrap(),
            (Stored::Real(a), Stored::Int(b)) => a.partial_cmp(&(*b as f64)).unwrap(),
            (Stored::Real(a), Stored::Real(b)) => a.partial_cmp(b).unwrap(),
            (Stored::Text(a), Stored::Text(b)) | (Stored::Blob(a), Stored::Blob(b)) => a.cmp(b),
            _ => self.class().cmp(&other.class()),
        }
    }
}

/// Its columns in the order of [`FIELDS`], and the status as decoded.
#[derive(Clone, Debug)]
struct Row {
    id: i64,
    columns: Vec<Stored>,
    status: Option<u16>,
}

const FIELDS: [&str; 7] = ["id", "timestamp", "action", "model", "record_id", "details", "user"];
const TIMESTAMP: usize = 1;
const ACTION: usize = 2;
const MODEL: usize = 3;
const RECORD: usize = 4;
const DETAILS: usize = 5;
const USER: usize = 6;

fn rows(env: &TestEnv) -> Vec<Row> {
    let ambiguous = decoded_by_the_program(env);
    let database = env.connect();
    let mut statement =
        database.prepare("SELECT id, timestamp, action, model, record_id, details, user_id FROM api_auditlog").unwrap();
    let read = statement.query_map([], |row| {
        let stored = |at| {
            Ok(match row.get_ref(at)? {
                ValueRef::Null => Stored::Null,
                ValueRef::Integer(n) => Stored::Int(n),
                ValueRef::Real(x) => Stored::Real(x),
                ValueRef::Text(bytes) => Stored::Text(bytes.into()),
                ValueRef::Blob(bytes) => Stored::Blob(bytes.into()),
            })
        };
        Ok((row.get(0)?, (0..7).map(stored).collect::<rusqlite::Result<Vec<Stored>>>()?))
    });
    let rows = read.unwrap().map(Result::unwrap).map(|(id, columns): (i64, Vec<Stored>)| {
        let status = match statuses(&columns[DETAILS])[..] {
            [] => None,
            [status] => Some(status),
            _ => ambiguous[&id],
        };
        Row { id, columns, status }
    });
    rows.collect()
}

/// The status of every way to split a text.
fn statuses(details: &Stored) -> Vec<u16> {
    let Some(text) = details.bytes().map(String::from_utf8_lossy) else { return Vec::new() };
    if !text.starts_with("Request Body: ") {
        return Vec::new();
    }
    text.match_indices(", Response Code: ")
        .filter(|(at, _)| *at >= "Request Body: ".len())
        .filter_map(|(at, separator)| {
            let rest = &text[at + separator.len()..];
            let (digits, rest) = rest.split_at_checked(3)?;
            let is_split = digits.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(", Response Body: ");
            is_split.then(|| digits.parse().unwrap())
        })
        .collect()
}

fn decoded_by_the_program(env: &TestEnv) -> HashMap<i64, Option<u16>> {
    let all = env.run("list --all -o csv --no-header --columns id,status");
    let lines = all.text().lines().map(|line| {
        let (id, status) = line.split_once(',').unwrap();
        (id.parse().unwrap(), status.parse().ok())
    });
    lines.collect()
}

fn instant(stored: &Stored) -> Option<DateTime<Utc>> {
    let Stored::Text(bytes) = stored else { return None };
    let text = std::str::from_utf8(bytes).ok()?;
    // A day of ten characters, a sign between, a time to the second, a fraction, an offset.
    let day = text.get(..10)?;
    let is_day = day.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let clock = text.get(10..)?.strip_prefix([' ', 'T', 't']).filter(|_| is_day)?;
    let (clock, offset) = match clock.find(['+', '-', 'Z', 'z']) {
        Some(at) => clock.split_at(at),
        None => (clock, "Z"),
    };
    let whole = clock.get(..8)?;
    let at: NaiveDateTime = format!("{day}T{whole}").parse().ok()?;
    let fraction = match clock.get(8..)? {
        "" => 0,
        fraction => {
            let digits =
                fraction.strip_prefix('.').filter(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()))?;
            format!("{digits:0<6}")[..6].parse::<i64>().ok()?
        }
    };
    let seconds_east = match offset {
        "Z" | "z" => 0,
        offset => {
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = offset[1..].split_once(':')?;
            sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60)
        }
    };
    Some(at.and_utc() + TimeDelta::microseconds(fraction) - TimeDelta::seconds(seconds_east))
}

fn contains(stored: &Stored, needle: &str) -> bool {
    let needle = needle.to_ascii_lowercase().into_bytes();
    stored.bytes().is_some_and(|bytes| {
        let text = bytes.to_ascii_lowercase();
        needle.is_empty() || text.windows(needle.len()).any(|part| part == needle)
    })
}

/// The method and the path.
fn request(row: &Row) -> Option<(&str, &str)> {
    let action = std::str::from_utf8(row.columns[ACTION].bytes()?).ok()?;
    let (method, path) = action.split_once(' ')?;
    let is_method = !method.is_empty() && method.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == '_');
    (is_method && path.starts_with('/')).then_some((method, path))
}

type Keeps = Box<dyn Fn(&Row) -> bool>;

/// A condition: how it is typed, and which rows it keeps.
fn conditions() -> Vec<Vec<(String, Keeps)>> {
    fn entry(typed: &str, keeps: impl Fn(&Row) -> bool + 'static) -> (String, Keeps) {
        (typed.to_owned(), Box::new(keeps))
    }
    let user = |id: i64| move |row: &Row| row.columns[USER] == Stored::Int(id);
    let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let since = |text: &'static str| {
        entry(&format!("--since {text}"), move |row| {
            instant(&row.columns[TIMESTAMP]).is_some_and(|at| at >= time(text))
        })
    };
    let until = |text: &'static str| {
        entry(&format!("--until {text}"), move |row| instant(&row.columns[TIMESTAMP]).is_some_and(|at| at < time(text)))
    };
    let action =
        |text: &'static str| entry(&format!("--action '{text}'"), move |row| contains(&row.columns[ACTION], text));
    let search =
        |text: &'static str| entry(&format!("--search '{text}'"), move |row| contains(&row.columns[DETAILS], text));
    let model = |text: &'static str| {
        entry(&format!("--model '{text}'"), move |row| {
            row.columns[MODEL].bytes().is_some_and(|model| model.eq_ignore_ascii_case(text.as_bytes()))
        })
    };
    let status = |typed: &str, keeps: fn(u16) -> bool| {
        entry(&format!("--status {typed}"), move |row| row.status.is_some_and(keeps))
    };
    let path = |typed: &str, keeps: fn(&str) -> bool| {
        entry(&format!("--path '{typed}'"), move |row| request(row).is_some_and(|(_, path)| keeps(path)))
    };
    let record = |id: i64| entry(&format!("--record-id {id}"), move |row| row.columns[RECORD] == Stored::Int(id));
    vec![
        vec![
            entry("--user 5", user(5)),
            entry("--user 4711", user(4711)),
            entry("--user 9223372036854775807", user(i64::MAX)),
            entry("--user none", |row| row.columns[USER] == Stored::Null),
            entry("--user none --user ana", move |row| user(5)(row) || row.columns[USER] == Stored::Null),
            entry("--user 1 --user 5 --user 6", move |row| user(1)(row) || user(5)(row) || user(6)(row)),
        ],
        vec![action("POST"), action("/api/p"), action("created"), action("É"), action(""), action("E")],
        vec![model("payments"), model("Api Request"), model("visits"), model("")],
        vec![record(9), record(0), record(-5), record(i64::MAX)],
        vec![
            entry("--method post", |row| request(row).is_some_and(|(m, _)| m.eq_ignore_ascii_case("POST"))),
            entry("--method GET,DELETE", |row| {
                request(row).is_some_and(|(m, _)| m.eq_ignore_ascii_case("GET") || m.eq_ignore_ascii_case("DELETE"))
            }),
            entry("--method M-SEARCH", |row| request(row).is_some_and(|(method, _)| method == "M-SEARCH")),
        ],
        vec![
            path("/api/payments/", |path| matches!(path, "/api/payments/")),
            path("/api/payments/**", |path| path.starts_with("/api/payments/")),
            path("/api/*/", |path| {
                path.strip_prefix("/api/")
                    .and_then(|rest| rest.strip_suffix('/'))
                    .is_some_and(|part| !part.contains('/'))
            }),
        ],
        vec![
            status("4xx", |status| (400..500).contains(&status)),
            status("200", |status| status == 200),
            status("201,404,5xx", |status| matches!(status, 201 | 404 | 500..=599)),
            status("000..999", |_| true),
            status("999", |status| status == 999),
        ],
        vec![search("total"), search("PAYMENTS"), search("é"), search("9"), search("request body: ")],
        vec![
            since("2026-11-10T23:30:00Z"),
            since("2026-11-20T10:00:00.123456Z"),
            since("2026-11-20T10:00:00.123457Z"),
            since("2026-11-11T05:30:00Z"),
            since("9999-12-31T23:59:59.999999Z"),
            since("0001-01-01T00:00:00Z"),
        ],
        vec![
            until("2026-11-10T21:30:00.000001Z"),
            until("2026-11-20T10:00:00.123456Z"),
            until("2026-11-20T10:00:00.123457Z"),
            until("9999-12-31T23:59:59.999999Z"),
            until("0001-01-01T00:00:00.000001Z"),
        ],
    ]
}

/// Sort keys, each with whether it descends.
fn ordering(dice: &mut Dice) -> Vec<(usize, bool)> {
    let mut keys: Vec<(usize, bool)> = Vec::new();
    for _ in 0..dice.below(4) {
        let field = dice.below(FIELDS.len());
        if keys.iter().all(|(other, _)| *other != field) {
            keys.push((field, dice.below(2) == 0));
        }
    }
    keys
}

fn typed(ordering: &[(usize, bool)]) -> String {
    let keys: Vec<_> =
        ordering.iter().map(|&(field, down)| format!("{}{}", if down { "-" } else { "" }, FIELDS[field])).collect();
    if keys.is_empty() { String::new() } else { format!("--ordering {}", keys.join(",")) }
}

fn compare(a: &Row, b: &Row, ordering: &[(usize, bool)]) -> Ordering {
    let in_direction = |order: Ordering, down: bool| if down { order.reverse() } else { order };
    let keys = if ordering.is_empty() { &[(TIMESTAMP, true)] } else { ordering };
    let by_keys = keys.iter().map(|&(field, down)| in_direction(a.columns[field].compare(&b.columns[field]), down));
    by_keys.reduce(Ordering::then).unwrap().then(in_direction(a.id.cmp(&b.id), keys[0].1))
}

#[test]
fn random_questions_are_answered_as_a_naive_reading_answers_them() {
    let env = TestEnv::with_demo();
    env.lift_constraints();
    env.sql(ODD);
    let rows = rows(&env);
    assert!(rows.len() > 1000);
    let seed = machine::variable("AUDITCTL_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let (mut dice, conditions) = (Dice(seed), conditions());
    let (mut matched, mut odd) = (0, 0);
    for _ in 0..QUESTIONS {
        let mut line = String::from("list -o csv --no-header --columns id");
        let mut expected: Vec<&Row> = rows.iter().collect();
        for _ in 0..dice.below(4) {
            let group = dice.picks(&conditions);
            // An option is given once.
            if line.contains(group[0].0.split(' ').next().unwrap()) {
                continue;
            }
            let (typed, keeps) = dice.picks(group);
            line.push_str(&format!(" {typed}"));
            expected.retain(|row| keeps(row));
        }
        let counted = env.run(&line.replace("-o csv --no-header --columns id", "--count"));
        if counted.said().contains("the first is the later of the two") && expected.is_empty() {
            continue;
        }
        assert_eq!(counted.text(), format!("{}\n", expected.len()), "{line}");

        let ordering = ordering(&mut dice);
        line.push_str(&format!(" {}", typed(&ordering)));
        expected.sort_by(|a, b| compare(a, b, &ordering));
        matched += usize::from(!expected.is_empty());
        odd += usize::from(expected.iter().any(|row| !(1..5000).contains(&row.id)));
        let offset = *dice.picks(&[0, 0, 1, 7, 100, 5000]);
        let limit = *dice.picks(&[None, Some(1), Some(5), Some(50), Some(3000)]);
        line.push_str(&limit.map_or(" --all".to_owned(), |limit| format!(" --limit {limit}")));
        line.push_str(&format!(" --offset {offset}"));
        let expected: Vec<String> =
            expected.iter().skip(offset).take(limit.unwrap_or(usize::MAX)).map(|row| row.id.to_string()).collect();
        let shown = env.run(&line);
        assert_eq!(shown.status, 0, "{line}\n{shown}");
        assert_eq!(shown.text().lines().collect::<Vec<_>>(), expected, "auditctl {line}");
    }
    assert!(matched > QUESTIONS / 2 && odd > QUESTIONS / 4, "{matched} questions had an answer, {odd} an odd one");
}

/// Tests of an expression: how each is written, and which rows it keeps.
fn tests(named: HashMap<i64, String>) -> Vec<(String, Keeps)> {
    fn entry(typed: &str, keeps: impl Fn(&Row) -> bool + 'static) -> (String, Keeps) {
        (typed.to_owned(), Box::new(keeps))
    }
    /// How a column that is a number compares with one; None of anything else.
    fn number(row: &Row, column: usize, other: f64) -> Option<Ordering> {
        match &row.columns[column] {
            Stored::Int(n) => (*n as f64).partial_cmp(&other),
            Stored::Real(x) => x.partial_cmp(&other),
            _ => None,
        }
    }
    let text =
        |column: usize, keeps: fn(&[u8]) -> bool| move |row: &Row| row.columns[column].bytes().is_some_and(keeps);
    let is_null = |column: usize| move |row: &Row| row.columns[column] == Stored::Null;
    let at = |keeps: fn(DateTime<Utc>) -> bool| move |row: &Row| instant(&row.columns[TIMESTAMP]).is_some_and(keeps);
    let path = |keeps: fn(&str) -> bool| move |row: &Row| request(row).is_some_and(|(_, path)| keeps(path));
    let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let named = std::rc::Rc::new(named);
    let name = |keeps: fn(Option<&str>) -> bool| {
        let named = std::rc::Rc::clone(&named);
        move |row: &Row| match row.columns[USER] {
            Stored::Int(id) => keeps(named.get(&id).map(String::as_str)),
            _ => keeps(None),
        }
    };
    vec![
        entry("user = 5", |row| row.columns[USER] == Stored::Int(5)),
        entry("user is null", is_null(USER)),
        entry("user in (1, 6, none)", |row| matches!(row.columns[USER], Stored::Null | Stored::Int(1 | 6))),
        entry("user != 5", |row| !matches!(row.columns[USER], Stored::Null | Stored::Int(5))),
        entry("user_id > 4", |row| number(row, USER, 4.0).is_some_and(Ordering::is_gt)),
        entry("user_id != 5", |row| number(row, USER, 5.0).is_some_and(Ordering::is_ne)),
        entry("username = ana", name(|name| name == Some("ana"))),
        entry("username ~ A", name(|name| name.is_some_and(|name| name.to_ascii_lowercase().contains('a')))),
        entry("username is null", name(|name| name.is_none())),
        entry("record_id = 9", |row| row.columns[RECORD] == Stored::Int(9)),
        entry("record_id > 8", |row| number(row, RECORD, 8.0).is_some_and(Ordering::is_gt)),
        entry("record_id <= 9.5", |row| number(row, RECORD, 9.5).is_some_and(Ordering::is_le)),
        entry("record_id not in (9, 0)", |row| {
            number(row, RECORD, 9.0).is_some_and(Ordering::is_ne)
                && number(row, RECORD, 0.0).is_some_and(Ordering::is_ne)
        }),
        entry("record_id is not null", |row| row.columns[RECORD] != Stored::Null),
        entry("id <= 300", |row| row.id <= 300),
        entry("id > 5005", |row| row.id > 5005),
        entry("id in (1, 7, 5003, 9223372036854775807)", |row| matches!(row.id, 1 | 7 | 5003 | i64::MAX)),
        entry("id >= -7 and id < 40.5", |row| (-7..=40).contains(&row.id)),
        entry("action = created", text(ACTION, |action| action == b"created")),
        entry("action != created", text(ACTION, |action| action != b"created")),
        entry("action < 'P'", text(ACTION, |action| action < &b"P"[..])),
        entry("action ~ 'get /'", |row| contains(&row.columns[ACTION], "get /")),
        entry("model = Payments", text(MODEL, |model| model.eq_ignore_ascii_case(b"payments"))),
        entry(
            "model not in (payments, 'api request')",
            text(MODEL, |model| {
                !model.eq_ignore_ascii_case(b"payments") && !model.eq_ignore_ascii_case(b"api request")
            }),
        ),
        entry("model is null", is_null(MODEL)),
        entry("method = get", |row| request(row).is_some_and(|(method, _)| method.eq_ignore_ascii_case("get"))),
        entry("method is null", |row| request(row).is_none()),
        entry("path = /api/payments/", path(|path| path == "/api/payments/")),
        entry(
            "path =~ '^/api/(payments|visits)/'",
            path(|path| path.starts_with("/api/payments/") || path.starts_with("/api/visits/")),
        ),
        entry("path glob '/api/payments/**'", path(|path| path.starts_with("/api/payments/"))),
        entry("status = 4xx", |row| row.status.is_some_and(|status| (400..500).contains(&status))),
        entry("status > 404", |row| row.status.is_some_and(|status| status > 404)),
        entry("status != 200", |row| row.status.is_some_and(|status| status != 200)),
        entry("status is null", |row| row.status.is_none()),
        entry("details ~ total", |row| contains(&row.columns[DETAILS], "total")),
        entry(
            "details =~ '^[^a-z]*$'",
            text(DETAILS, |text| {
                // A class of the negated kind takes whole characters, and a stray byte is none.
                std::str::from_utf8(text).is_ok_and(|text| !text.chars().any(|c| c.is_ascii_lowercase()))
            }),
        ),
        entry("details is not null", |row| row.columns[DETAILS] != Stored::Null),
        entry(
            "timestamp >= 2026-11-20T10:00:00.123456Z",
            at(|at| at >= "2026-11-20T10:00:00.123456Z".parse::<DateTime<Utc>>().unwrap()),
        ),
        // The days of the tests' zone begin at six in the morning.
        entry("timestamp = 2026-11-20", {
            let (first, next) = (time("2026-11-20T06:00:00Z"), time("2026-11-21T06:00:00Z"));
            move |row| instant(&row.columns[TIMESTAMP]).is_some_and(|at| at >= first && at < next)
        }),
        entry("timestamp <= 2026-11-10", {
            let next = time("2026-11-11T06:00:00Z");
            move |row| instant(&row.columns[TIMESTAMP]).is_some_and(|at| at < next)
        }),
        entry("timestamp != 2026-11-20T10:00:00Z", {
            let then = time("2026-11-20T10:00:00Z");
            move |row| instant(&row.columns[TIMESTAMP]).is_some_and(|at| at != then)
        }),
        entry("timestamp is null", is_null(TIMESTAMP)),
    ]
}

/// A random tree over tests, as it is written and as it is read.
fn tree(dice: &mut Dice, tests: &std::rc::Rc<Vec<(String, Keeps)>>, depth: usize) -> (String, Keeps) {
    match if depth == 0 { 0 } else { dice.below(5) } {
        0 | 1 => {
            let (at, tests) = (dice.below(tests.len()), std::rc::Rc::clone(tests));
            (format!("({})", tests[at].0), Box::new(move |row| tests[at].1(row)))
        }
        2 => {
            let (typed, keeps) = tree(dice, tests, depth - 1);
            (format!("not {typed}"), Box::new(move |row| !keeps(row)))
        }
        which => {
            let (a, keeps_a) = tree(dice, tests, depth - 1);
            let (b, keeps_b) = tree(dice, tests, depth - 1);
            if which == 3 {
                (format!("({a} and {b})"), Box::new(move |row| keeps_a(row) && keeps_b(row)))
            } else {
                (format!("({a} or {b})"), Box::new(move |row| keeps_a(row) || keeps_b(row)))
            }
        }
    }
}

#[test]
fn random_expressions_keep_what_a_naive_reading_keeps() {
    let env = TestEnv::with_demo();
    env.lift_constraints();
    env.sql(ODD);
    let mut rows = rows(&env);
    rows.sort_by_key(|row| row.id);
    let database = env.connect();
    let mut statement = database.prepare("SELECT id, username FROM auth_user").unwrap();
    let named = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let tests = std::rc::Rc::new(tests(named));
    let seed = machine::variable("AUDITCTL_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut dice = Dice(seed ^ 0x77);
    let mut some = 0;
    // Each test by itself, then trees of them.
    let singles = tests.len();
    for question in 0..singles + QUESTIONS / 2 {
        let (expression, expected): (String, Vec<i64>) = if question < singles {
            let (typed, keeps) = &tests[question];
            (typed.clone(), rows.iter().filter(|row| keeps(row)).map(|row| row.id).collect())
        } else {
            let (typed, keeps) = tree(&mut dice, &tests, 3);
            (typed, rows.iter().filter(|row| keeps(row)).map(|row| row.id).collect())
        };
        some += usize::from(!expected.is_empty() && expected.len() < rows.len());
        let words = ["list", "--all", "--ordering", "id", "-o", "tsv", "--no-header", "--columns", "id", "--where"];
        let shown = env.output(env.command(words.into_iter().chain([expression.as_str()])));
        assert_eq!(shown.status, 0, "{expression}\n{shown}");
        let shown: Vec<i64> = shown.text().lines().map(|id| id.parse().unwrap()).collect();
        assert_eq!(shown, expected, "{expression}");
        let counted = env.output(env.command(["list", "--count", "--where", &expression]));
        assert_eq!(counted.text(), format!("{}\n", expected.len()), "{expression}");
    }
    assert!(some > (singles + QUESTIONS / 2) * 2 / 3, "{some} expressions kept some rows and not others");
}
