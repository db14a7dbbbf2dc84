//! SQL and what it leaves over, together, let through exactly what [`Filter::accepts`] accepts: for any tree of tests,
//! over rows with anything in any column.

use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::super::ids::id_range;
use super::*;
use crate::query::{Contains, ENTRY, MethodSet, PathGlob, Pattern, StatusSet, Step};

/// As Django creates it, without its constraints.
const TABLE: &str = "CREATE TABLE t (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, timestamp datetime, action varchar(255), \
                     model varchar(255), record_id integer unsigned, details text, user_id integer)";

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(Value::Null),
        1 => any::<i64>().prop_map(Value::Integer),
        1 => (-10.0..10.0f64).prop_map(Value::Real),
        1 => prop::sample::select(vec![&b""[..], b"\xff", b"5", b"ana", b"2026-11-20 00:00:00"]).prop_map(|b| Value::Blob(b.to_vec())),
        1 => "[a-z5\\x00ñ]{0,3}".prop_map(Value::Text),
    ]
}

/// One of these, or now and then something that does not belong there.
fn mostly(texts: &[&str]) -> impl Strategy<Value = Value> + use<> {
    let texts: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
    let as_blob = prop::sample::select(texts.clone()).prop_map(|text| Value::Blob(text.into_bytes()));
    prop_oneof![12 => prop::sample::select(texts).prop_map(Value::Text), 1 => as_blob, 2 => odd()]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![4 => (-1i64..4).prop_map(Value::Integer), 1 => Just(Value::Integer(i64::MAX)), 2 => odd()]
}

const TIMES: [&str; 18] = [
    "2026-11-20 00:00:00",
    "2026-11-20 00:00:00.000001",
    "2026-11-19 23:59:59.999999",
    "2026-11-20T00:00:00",
    "2026-11-20T00:00:00Z",
    "2026-11-20 00:00:00+23:59",
    "2026-11-19T00:00:00-23:59",
    "2026-11-21",
    "2026-11-20 24:00:00",
    "2026-1-2 00:00:00",
    "+12026-01-01 00:00:00",
    "-0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999999",
    "9999-12-31 23:59:59-23:59",
    "0000-01-01 00:00:00",
    "0000-01-01 00:00:00+23:59",
    " 2026-11-20 00:00:00",
    "noon",
];
const ACTIONS: [&str; 8] =
    ["created", "POST /a/", "post /a/b/", "GET /a", "GET  /a/", "get", "PUT /ñ/", "DELETE /A/\0"];
const MODELS: [&str; 6] = ["payments", "PAYMENTS", "API Request", "Ñ", "ñ", ""];
const DETAILS: [&str; 11] = [
    "Request Body: {'a': 2}, Response Code: 404, Response Body: {'a': 'x', 'b': [1]}",
    "Request Body: [2, 'a'], Response Code: 200, Response Body: 2.0",
    "Request Body: , Response Code: 404, Response Body: x",
    "Request Body: , Response Code: 200, Response Body: x",
    "Request Body: , Response Code: 200, Response Body: x, Response Code: 404, Response Body: y",
    "Request Body: , Response Code: 404, Response Body: x, Response Code: 404, Response Body: y",
    "Request Body: , Response Code: 4040, Response Body: x",
    "request body: , response code: 404, response body: x",
    "Request Body: \0, Response Code: 404, Response Body: Total",
    "TOTAL",
    "",
];

type Row = (Value, Value, Value, Value, Value, Value);

fn row() -> impl Strategy<Value = Row> {
    (mostly(&TIMES), mostly(&ACTIONS), mostly(&MODELS), number(), mostly(&DETAILS), number())
}

fn test() -> impl Strategy<Value = Test> {
    let time = prop_oneof![
        prop::sample::select(TIMES.to_vec()).prop_filter_map("no time", |text| instant(text.as_bytes())),
        Just(DateTime::<Utc>::MIN_UTC),
        Just(DateTime::<Utc>::MAX_UTC),
        (-70_000_000_000i64..300_000_000_000).prop_filter_map("no time", |s| DateTime::from_timestamp(s, 0)),
    ];
    let statuses = prop::sample::select(vec!["404", "4xx", "200,404", "000..999", "5xx"]);
    prop_oneof![
        (prop::collection::btree_set(-1i64..4, 0..3), any::<bool>())
            .prop_map(|(ids, or_none)| Test::User { ids: ids.into_iter().collect(), or_none }),
        prop::sample::select(vec!["a", "POST", "Ñ", "", "\0"]).prop_map(|text| Test::Action(Contains::new(text))),
        prop::sample::select(vec!["Payments", "api request", "ñ", ""]).prop_map(|name| Test::Model(name.to_owned())),
        prop_oneof![-1i64..4, Just(i64::MAX)].prop_map(Test::RecordId),
        prop::sample::select(vec!["get", "POST,PUT"]).prop_map(|list| Test::Method(MethodSet::parse(list).unwrap())),
        prop::sample::select(vec!["/a/", "/**", "/?/"]).prop_map(|glob| Test::Path(PathGlob::parse(glob).unwrap())),
        statuses.prop_map(|set| Test::Status(StatusSet::parse(set).unwrap())),
        prop::sample::select(vec!["total", "404", "\0", ""]).prop_map(|text| Test::Details(Contains::new(text))),
        time.clone().prop_map(Test::Since),
        time.prop_map(Test::Until),
    ]
}

/// A test on a field by its name, its literals such as rows hold.
fn field_test() -> impl Strategy<Value = Test> {
    let number = prop_oneof![
        (-1i64..6).prop_map(|n| n.to_string()),
        prop::sample::select(vec!["1.5", "9223372036854775807", "9223372036854775808", "404", "2.0"])
            .prop_map(str::to_owned),
    ];
    let text =
        prop::sample::select(vec!["POST /a/", "payments", "PAYMENTS", "POST", "/a/", "a", "x", "", "certain", "ñ"]);
    let literal = prop_oneof![
        number.prop_map(|digits| Literal::Number(digits.into())),
        text.prop_map(|text| Literal::Text(text.into())),
        any::<bool>().prop_map(Literal::Bool),
    ];
    let relation = prop::sample::select(vec![Relation::Less, Relation::AtMost, Relation::Greater, Relation::AtLeast]);
    let list = prop::collection::vec(literal.clone(), 1..4);
    let is = prop_oneof![
        Just(Is::Present),
        list.clone().prop_map(Is::In),
        list.prop_map(Is::NotIn),
        (relation, literal).prop_map(|(relation, literal)| Is::Ordered(relation, literal)),
        prop::sample::select(vec!["a", "ST", ""]).prop_map(|text| Is::Containing(Contains::new(text))),
        prop::sample::select(vec!["^/a", "(?i)p.*t", "\\d"]).prop_map(|text| Is::Matching(Pattern::new(text).unwrap())),
    ];
    let names: Vec<&'static str> = ENTRY.names().filter(|name| *name != "username").collect();
    let step = prop::sample::select(vec![None, Some("a"), Some("0")]);
    (prop::sample::select(names), step, is, any::<bool>()).prop_map(|(name, step, is, folds)| {
        let steps = step.filter(|_| matches!(name, "request" | "response")).map(Step::new).into_iter().collect();
        Test::Field(FieldTest { path: FieldPath::with_steps(name, steps), is, folds })
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![3 => test(), 2 => field_test()].prop_map(Filter::Test).prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Any),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn table(rows: &[Row]) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(TABLE).unwrap();
    let mut insert = database
        .prepare("INSERT INTO t (timestamp, action, model, record_id, details, user_id) VALUES (?, ?, ?, ?, ?, ?)")
        .unwrap();
    for (timestamp, action, model, record_id, details, user) in rows {
        insert.execute((timestamp, action, model, record_id, details, user)).unwrap();
    }
    drop(insert);
    database
}

/// The ids of the rows that a statement gives and a filter accepts.
fn ids(database: &Connection, narrowed: &Narrowed, rest: Option<&Filter>) -> Vec<i64> {
    let fields = Fields::new(Field::ALL);
    let statement = narrowed.statement("t", &fields);
    let mut prepared = database.prepare(&statement.sql).unwrap();
    let everything = IdRange { low: i64::MIN, high: i64::MAX };
    let mut rows = prepared.query(rusqlite::params_from_iter(statement.bind(everything))).unwrap();
    let mut ids = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let row = Lying::new(row, &fields);
        if rest.is_none_or(|filter| filter.accepts(&row)) {
            ids.push(row.id());
        }
    }
    ids.sort_unstable();
    ids
}

fn count(database: &Connection, narrowed: &Narrowed) -> [usize; 2] {
    let (sql, values) = narrowed.count_all("t");
    let all: i64 = database.query_row(&sql, rusqlite::params_from_iter(values), |row| row.get(0)).unwrap();
    let statement = narrowed.count("t");
    let values = statement.bind(IdRange { low: i64::MIN, high: i64::MAX });
    let in_range: i64 =
        database.query_row(&statement.sql, rusqlite::params_from_iter(values), |row| row.get(0)).unwrap();
    [all, in_range].map(|n| usize::try_from(n).unwrap())
}

proptest! {
    #[test]
    fn sql_and_its_rest_say_what_the_filter_says(rows in prop::collection::vec(row(), 1..40), filter in filter()) {
        let database = table(&rows);
        let expected = ids(&database, &Narrowed::of(&Filter::everything()), Some(&filter));
        let narrowed = Narrowed::of(&filter);
        prop_assert_eq!(ids(&database, &narrowed, narrowed.residual.as_ref()), expected.clone());
        let IdRange { low, high } = id_range(&filter);
        prop_assert!(expected.iter().all(|id| (low..=high).contains(id)), "{}..{}: {:?}", low, high, expected);
        if narrowed.residual.is_none() {
            prop_assert_eq!(count(&database, &narrowed), [expected.len(); 2]);
        }
    }
}

#[test]
fn what_is_said_in_sql() {
    let parse = |text: &str| instant(text.as_bytes()).unwrap();
    let user = |ids: &[i64], or_none| Filter::Test(Test::User { ids: ids.to_vec(), or_none });
    let status = Filter::Test(Test::Status(StatusSet::parse("4xx").unwrap()));
    let action = Filter::Test(Test::Action(Contains::new("x")));
    let until = |at| Filter::Test(Test::Until(at));
    let number = |digits: &str| Literal::Number(digits.into());
    let at_least = |digits| Is::Ordered(Relation::AtLeast, number(digits));
    let field = |name, is| Filter::Test(Test::Field(FieldTest { path: FieldPath::new(name), is, folds: false }));
    for (filter, condition, is_exact) in [
        (Filter::everything(), None, true),
        (user(&[5], false), Some(r#""user_id" IN (5)"#), true),
        (user(&[5, 7], true), Some(r#""user_id" IN (5, 7) OR "user_id" IS NULL"#), true),
        (Filter::Test(Test::Model("API Request".into())), Some(r#"LOWER("model") = 'api request'"#), true),
        (status.clone(), Some(r#"instr("details", ', Response Code: 4') > 0"#), false),
        (action.clone(), None, false),
        (until(parse("2026-11-20 00:00:00")), Some(r#""timestamp" < '2026-11-22'"#), false),
        (until(parse("9999-12-31 00:00:00")), None, false),
        (until(DateTime::<Utc>::MAX_UTC), None, false),
        (Filter::All(vec![user(&[5], false), action.clone()]), Some(r#""user_id" IN (5)"#), false),
        (Filter::Any(vec![user(&[5], false), action]), None, false),
        (Filter::Not(Box::new(status)), None, false),
        (field("record_id", Is::Present), Some(r#""record_id" IS NOT NULL"#), true),
        (Filter::Not(Box::new(field("details", Is::Present))), Some(r#"COALESCE("details" IS NOT NULL, 0) = 0"#), true),
        (field("id", at_least("5")), Some(r#""id" >= 5"#), true),
        (field("id", at_least("5.5")), None, false),
        (Filter::Not(Box::new(field("id", at_least("5")))), Some(r#"COALESCE("id" >= 5, 0) = 0"#), true),
        (field("record_id", at_least("5")), Some(r#""record_id" >= 5"#), false),
        (Filter::Not(Box::new(field("record_id", at_least("5")))), None, false),
        (field("user_id", Is::In(vec![number("5"), number("7")])), Some(r#""user_id" IN (5, 7)"#), false),
        (field("status", at_least("5")), None, false),
        (user(&(0..1000).collect::<Vec<i64>>(), false), None, false),
        (Filter::Not(Box::new(user(&[5], false))), Some(r#"COALESCE("user_id" IN (5), 0) = 0"#), true),
    ] {
        let narrowed = Narrowed::of(&filter);
        let sql = narrowed.condition.clone().map(|condition| {
            let query = Query::select().expr(Expr::cust("1")).and_where(condition).to_string(SqliteQueryBuilder);
            query.trim_start_matches("SELECT 1 WHERE ").to_owned()
        });
        assert_eq!(sql.as_deref(), condition, "{filter:?}");
        assert_eq!(narrowed.residual.is_none(), is_exact, "{filter:?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_at_a_glance_is_what_a_calendar_reads(
        text in "[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{6})?",
        at in 0..26usize,
        other in prop::sample::select(b"0 -:.Tx".to_vec()),
        change in any::<bool>(),
    ) {
        let mut text = text.into_bytes();
        if change && at < text.len() {
            text[at] = other;
        }
        if let Some(read) = as_written(&text) {
            let text = std::str::from_utf8(&text).unwrap();
            let plain = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|at| at.and_utc());
            prop_assert_eq!(plain, Ok(read), "{}", text);
        }
    }
}

#[test]
fn times_are_read_as_django_reads_them_back() {
    for (text, expected) in [
        ("2026-11-23 09:09:53", Some("2026-11-23T09:09:53Z")),
        ("2026-11-23 09:09:53.377372", Some("2026-11-23T09:09:53.377372Z")),
        ("2026-11-23 09:09:53.3", Some("2026-11-23T09:09:53.3Z")),
        ("2026-11-23 09:09:53.3773729", Some("2026-11-23T09:09:53.377372Z")),
        ("2026-11-23T09:09:53", Some("2026-11-23T09:09:53Z")),
        ("2026-11-23T09:09:53-06:00", Some("2026-11-23T15:09:53Z")),
        ("2026-11-23 09:09:53+00:00", Some("2026-11-23T09:09:53Z")),
        ("0001-01-01 00:00:00", Some("0001-01-01T00:00:00Z")),
        ("9999-12-31 23:59:59.999999", Some("9999-12-31T23:59:59.999999Z")),
        ("2026-11-23", None),
        ("2026-1-2 09:09:53", None),
        ("+2026-11-23 09:09:53", None),
        ("12026-11-23 09:09:53", None),
        (" 2026-11-23 09:09:53", None),
        ("2026-11-23  09:09:53x", None),
        ("2026-02-30 09:09:53", None),
        ("2026-11-23 24:00:00", None),
        ("", None),
        ("ñandú ñandú", None),
    ] {
        let expected = expected.map(|text| DateTime::parse_from_rfc3339(text).unwrap().to_utc());
        assert_eq!(instant(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(instant(b"2026-11-23 \xff"), None);
}
