//! Django is the oracle: `list` and `show` against the REST endpoint of the service over the same rows.
//!
//! The endpoint leaves the order of entries that tie on every key given to the database. auditctl promises one: by
//! id, in the direction of the first key. So the endpoint is asked for all entries that match, those that tie are put
//! into that order, and the page is cut from there.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::service::Service;
use serde_json::{Value, json};

const KEYS: [&str; 7] = ["id", "timestamp", "action", "model", "record_id", "details", "user"];

/// More than there are entries: everything on one page.
const ALL: u32 = 1_000_000;

/// One question, put to both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Question {
    user: Option<u32>,
    action: Option<&'static str>,
    model: Option<&'static str>,
    ordering: Option<&'static str>,
    page: Option<u32>,
    page_size: Option<u32>,
}

impl Question {
    /// The query for the endpoint.
    fn query(&self) -> Value {
        json!({
            "user": self.user, "action": self.action, "model": self.model, "ordering": self.ordering,
            "page": self.page, "page_size": self.page_size,
        })
    }

    /// The arguments for auditctl.
    fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["list", "-o", "json", "--reveal"].map(str::to_owned).into();
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                arguments.extend([name.to_owned(), value]);
            }
        };
        option("--user", self.user.map(|user| user.to_string()));
        option("--action", self.action.map(str::to_owned));
        option("--model", self.model.map(str::to_owned));
        option("--ordering", self.ordering.map(str::to_owned));
        option("--limit", self.page_size.map(|size| size.to_string()));
        option("--page", self.page.map(|page| page.to_string()));
        arguments
    }

    /// The same with what filters in one expression; None where nothing does.
    fn arguments_with_expression(&self) -> Option<Vec<String>> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let user = self.user.map(|user| format!("user = {user}"));
        let action = self.action.map(|action| format!("action ~ {}", quoted(action)));
        let model = self.model.map(|model| format!("not not model = {}", quoted(model)));
        let tests: Vec<String> = [user, action, model].into_iter().flatten().collect();
        let without = Question { user: None, action: None, model: None, ..*self };
        let mut arguments = without.arguments();
        arguments.extend(["--where".to_owned(), tests.join(" and ")]);
        (!tests.is_empty()).then_some(arguments)
    }

    /// The same without paging.
    fn all(&self) -> Question {
        Question { page: None, page_size: Some(ALL), ..*self }
    }

    /// The keys of the ordering in force, each with whether it descends.
    fn ordering(&self) -> Vec<(&'static str, bool)> {
        let keys = self.ordering.unwrap_or("-timestamp").split(',');
        keys.map(|key| key.strip_prefix('-').map_or((key, false), |key| (key, true))).collect()
    }

    /// Where its page begins and ends among `count` entries.
    fn page(&self, count: usize) -> std::ops::Range<usize> {
        let size = self.page_size.unwrap_or(50) as usize;
        let start = (self.page.unwrap_or(1) as usize - 1) * size;
        start.min(count)..(start + size).min(count)
    }
}

/// Every parameter alone, together, and with every kind of ordering and page.
fn questions() -> Vec<Question> {
    let all = Question::default();
    let mut questions = vec![all];
    // 1 is the administrator, 3 is named 12345, 9 is named 5, 12 did nothing, 13 is gone, 4711 never was.
    questions.extend([1, 2, 3, 4, 5, 9, 10, 12, 13, 4711, 99].map(|user| Question { user: Some(user), ..all }));
    let actions = [
        "created",
        "CREATED",
        "post",
        "/api/orders/",
        "GET /",
        "%",
        "_",
        "\\",
        "100%",
        "a_b",
        "'",
        "\"",
        "niños",
        "NIÑOS",
        "niÑos",
        "Á",
        "á",
        "con espacio",
        "\u{1b}[31m",
        "\u{202e}",
        "\n",
        "nothing like it",
    ];
    questions.extend(actions.map(|action| Question { action: Some(action), ..all }));
    let models = [
        "API Request",
        "api request",
        "purchaseorders",
        "PurchaseOrders",
        "PAYMENTS",
        "Payment",
        "userprofile",
        "auth.User",
        "MODELÓ",
        "modelÓ",
        "modeló",
        "%",
        "nothing",
    ];
    questions.extend(models.map(|model| Question { model: Some(model), ..all }));
    let orderings = [
        "id",
        "-id",
        "timestamp",
        "-timestamp",
        "-timestamp,id",
        "timestamp,-id",
        "action",
        "-action",
        "model,-timestamp",
        "-model,timestamp",
        "user",
        "-user",
        "user,-id",
        "-user,action,id",
        "record_id",
        "-record_id",
        "record_id,-timestamp",
        "details",
        "-details",
        "model,user,-action,timestamp",
    ];
    for ordering in orderings {
        let ordered = Question { ordering: Some(ordering), ..all };
        questions.push(ordered);
        questions.push(Question { page: Some(3), page_size: Some(37), ..ordered });
        questions.push(Question { user: Some(5), action: Some("o"), page_size: Some(10), ..ordered });
    }
    for (page, page_size) in [(2, None), (1, Some(1)), (7, Some(1)), (2, Some(100)), (1, Some(1000)), (999, Some(2))] {
        questions.push(Question { page: Some(page), page_size, ..all });
        questions.push(Question { model: Some("payments"), page: Some(page), page_size, ..all });
    }
    questions.push(Question { page_size: Some(ALL), ..all });
    questions.push(Question {
        user: Some(2),
        action: Some("created"),
        model: Some("PurchaseOrders"),
        ordering: Some("record_id"),
        page: Some(2),
        page_size: Some(5),
    });
    questions
}

fn auditctl(database: &Path, arguments: &[String]) -> Output {
    let mut words: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    words.extend(["--timezone", "America/Costa_Rica", "--database"].map(OsString::from));
    words.push(database.into());
    // Nothing of the machine's own configuration has a say.
    Command::new(env!("CARGO_BIN_EXE_auditctl")).env_clear().current_dir("/").args(words).output().unwrap()
}

/// The entries that auditctl printed.
fn entries(database: &Path, arguments: &[String]) -> Vec<Value> {
    let output = auditctl(database, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "auditctl {arguments:?}: {}\n{complaint}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("auditctl {arguments:?}: {error}"))
}

/// The entries of an answer of the endpoint.
fn results(answer: &Value) -> &[Value] {
    answer["results"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Puts entries that tie on every key into the order of their ids, in the direction of the first key.
fn settle_ties(entries: &[Value], ordering: &[(&str, bool)]) -> Vec<Value> {
    let ties = |a: &Value, b: &Value| ordering.iter().all(|(key, _)| a[*key] == b[*key]);
    let mut settled = entries.to_vec();
    for tied in settled.chunk_by_mut(ties) {
        tied.sort_by_key(|entry| entry["id"].as_i64());
        if ordering[0].1 {
            tied.reverse();
        }
    }
    settled
}

/// Says where two lists of entries differ, briefly: an entry may be 200 kB long.
fn assert_same(actual: &[Value], expected: &[Value], what: &str) {
    let ids = |entries: &[Value]| entries.iter().map(|entry| entry["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(actual), ids(expected), "{what}: which entries, in which order");
    for (actual, expected) in actual.iter().zip(expected) {
        let (names, id) = (actual.as_object().unwrap().keys().collect::<Vec<_>>(), &expected["id"]);
        assert_eq!(names, KEYS, "{what}: the keys of entry {id}");
        for key in KEYS {
            assert_eq!(actual[key], expected[key], "{what}: {key} of entry {id}");
        }
    }
}

#[test]
fn list_is_what_the_endpoint_answers() {
    let Some(service) = Service::shared() else { return };
    let questions = questions();
    assert!(questions.len() >= 60, "{} questions", questions.len());

    let mut wholes: Vec<Question> = questions.iter().map(Question::all).collect();
    wholes.sort_by_key(|whole| format!("{whole:?}"));
    wholes.dedup();
    let asked: Vec<Value> = questions.iter().chain(&wholes).map(Question::query).collect();
    let answers = service.ask(&asked);
    let (pages, all) = answers.split_at(questions.len());
    let all: HashMap<&Question, &Value> = wholes.iter().zip(all).collect();

    let mut matched = 0;
    for (question, page) in questions.iter().zip(pages) {
        let (whole, ordering) = (all[&question.all()], question.ordering());
        let settled = settle_ties(results(whole), &ordering);
        assert_eq!(whole["count"], json!(settled.len()), "{question:?}: all entries are on one page");
        let expected = &settled[question.page(settled.len())];

        // The oracle's own page holds the same keys in the same places, or the pages here are not its pages.
        let keys = |entries: &[Value]| -> Vec<Vec<Value>> {
            entries.iter().map(|entry| ordering.iter().map(|(key, _)| entry[*key].clone()).collect()).collect()
        };
        assert_eq!(keys(expected), keys(results(page)), "{question:?}: the endpoint's page");

        let actual = entries(&service.database(), &question.arguments());
        assert_same(&actual, expected, &format!("{question:?}"));
        if let Some(arguments) = question.arguments_with_expression() {
            assert_same(&entries(&service.database(), &arguments), expected, &format!("{arguments:?}"));
        }
        matched += expected.len();
    }
    assert!(matched > questions.len(), "the questions have answers");
}

#[test]
fn show_is_what_the_endpoint_answers_and_what_the_service_had() {
    let Some(service) = Service::shared() else { return };
    let list = service.ask(&[json!({"ordering": "id", "page_size": ALL})]);
    let expected = results(&list[0]);
    let ids: Vec<String> = expected.iter().map(|entry| entry["id"].to_string()).collect();
    assert!(ids.len() >= 600, "{} entries", ids.len());

    let mut certain = 0;
    let (mut judged, mut wrong) = (0, Vec::new());
    for (ids, expected) in ids.chunks(200).zip(expected.chunks(200)) {
        let mut arguments: Vec<String> = vec!["show".to_owned()];
        arguments.extend_from_slice(ids);
        arguments.extend(["-o", "json", "--reveal"].map(str::to_owned));
        let output = auditctl(&service.database(), &arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "auditctl show {}…: {}\n{complaint}", ids[0], output.status);

        // The decoded bodies may nest deeper than serde_json reads, and their integers be larger: the judge is Python.
        let verdict = service.judge(&output.stdout);
        wrong.extend(verdict["wrong"].as_array().unwrap().iter().map(Value::to_string));
        judged += verdict["judged"].as_u64().unwrap();
        certain += verdict["certain"].as_u64().unwrap();
        assert_eq!(verdict["judged"], json!(expected.len()), "show prints each entry asked for");
        for (shown, expected) in verdict["entries"].as_array().unwrap().iter().zip(expected) {
            for key in KEYS {
                assert_eq!(shown[key], expected[key], "show: {key} of entry {}", expected["id"]);
            }
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(certain * 2 > judged, "most entries can be read back: {certain} of {judged}");
}

#[test]
fn show_of_one_entry_is_the_endpoint_of_one_entry() {
    let Some(service) = Service::shared() else { return };
    let ids = [1, 18, 23, 24, 25];
    let answers = service.ask(&ids.map(|id| json!({"id": id})));
    for (id, expected) in ids.iter().zip(&answers) {
        let arguments = ["show", &id.to_string(), "-o", "json", "--reveal"].map(str::to_owned);
        let shown = entries(&service.database(), &arguments);
        assert_eq!(shown.len(), 1, "show {id}");
        for key in KEYS {
            assert_eq!(shown[0][key], expected[key], "show {id}: {key}");
        }
    }
}

/// The judge is no rubber stamp: what it is given here is wrong in every way it looks for.
#[test]
fn the_judge_finds_what_is_wrong() {
    let Some(service) = Service::shared() else { return };
    // Entry 18 is GET /api/payments/methods/, 200, with an array; entry 1 is a signal's; 24 holds a forged separator.
    let methods = json!([{"method": "VISA", "label": "Tarjeta Visa"}, {"method": "CASH", "label": "Efectivo/SINPE"}]);
    let right = json!({
        "id": 18, "user": null, "username": null, "method": "GET", "path": "/api/payments/methods/",
        "decoded": "certain", "status": 200, "request": "", "response": methods,
    });
    let signal = json!({
        "id": 1, "user": null, "username": null, "method": null, "path": null,
        "decoded": "none", "status": null, "request": null, "response": null,
    });
    let verdict = |entry: &Value| service.judge(json!([entry]).to_string().as_bytes());
    assert_eq!(verdict(&right)["wrong"], json!([]));
    assert_eq!(verdict(&signal)["wrong"], json!([]));
    let changes = [
        ("decoded", json!("ambiguous")),
        ("status", json!(201)),
        ("status", json!("200")),
        ("status", json!(200.0)),
        ("request", json!(null)),
        (
            "response",
            json!([{"label": "Tarjeta Visa", "method": "VISA"}, {"method": "CASH", "label": "Efectivo/SINPE"}]),
        ),
        ("response", json!(methods.to_string())),
        ("method", json!("POST")),
        ("path", json!("/api/payments/")),
        ("username", json!("ana")),
    ];
    for (key, value) in changes {
        for entry in [&right, &signal] {
            let mut entry = entry.clone();
            entry[key] = value.clone();
            if entry != right && entry != signal {
                assert_eq!(verdict(&entry)["wrong"].as_array().unwrap().len(), 1, "{entry}");
            }
        }
    }
    let mut missing = right.clone();
    missing.as_object_mut().unwrap().remove("status");
    assert_eq!(verdict(&missing)["wrong"], json!(["entry 18: status is missing"]));
}

#[test]
fn the_database_is_the_same_before_and_after() {
    let Some(service) = Service::shared() else { return };
    let copy = service.copy();
    let state = || {
        let names = |folder: &Path| {
            let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            names.sort();
            names
        };
        let mut files = names(copy.path());
        files.extend(names(&copy.logs()));
        let bytes = |path: &Path| if path.is_file() { fs::read(path).unwrap() } else { Vec::new() };
        files.into_iter().map(|path| (bytes(&path), path)).collect::<Vec<_>>()
    };
    let before = state();
    let commands = [
        vec!["list"],
        vec!["list", "--user", "5", "--ordering", "-timestamp"],
        vec!["list", "--user", "ana", "--action", "o", "--model", "payments", "--since", "2026-11-01", "-o", "csv"],
        vec!["list", "--status", "4xx", "--search", "password", "--all", "-o", "ndjson"],
        vec!["list", "--count"],
        vec!["show", "1", "24"],
        vec!["show", "24", "--raw", "--reveal"],
        vec!["config"],
    ];
    for command in commands {
        let arguments: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let output = auditctl(&copy.database(), &arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "auditctl {command:?}: {}\n{complaint}", output.status);
        assert!(before == state(), "auditctl {command:?} left a trace beside or in the database");
    }
}
