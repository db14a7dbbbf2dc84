//! Django and django-reversion are the oracle: `versions`, `diff`, `blame`, `deleted` and `history` against what they
//! say of the same history.
//!
//! `AUDITCTL_TEST_SEED` chooses the history, `AUDITCTL_TEST_THOROUGH=1` compares more of it. What Django can't read has no reference: there auditctl must end in order,
//! whatever it answers.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail by panicking, and says what it compared")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use common::history::{History, HistoryCopy, Profile, VersionNote, is_thorough};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Sentences about what is wrong; the test fails with the first of them when there is any.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn add(&mut self, sentence: impl Into<String>) {
        self.0.push(sentence.into());
    }

    fn check(&self, compared: usize) {
        let first = self.0.iter().take(30).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.0.is_empty(), "{} wrong of {compared} compared:\n{first}", self.0.len());
    }
}

/// The output of a verb in JSON; an error where it failed.
fn shown(copy: &HistoryCopy, arguments: &[&str]) -> Result<Value, String> {
    let output = run(copy, arguments)?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("auditctl {arguments:?}: {error}"))
}

fn run(copy: &HistoryCopy, arguments: &[&str]) -> Result<Output, String> {
    let output = copy.auditctl(Profile::Names, arguments.iter().chain(&["-o", "json"]));
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    // 2 is for wrong usage, 101 for a panic: neither is an answer to these questions.
    match output.status.code() {
        Some(code @ (1 | 3)) => Err(format!("auditctl {arguments:?}: exit {code}: {complaint}")),
        _ => panic!("auditctl {arguments:?}: {}\n{complaint}", output.status),
    }
}

fn numbers(list: &Value, key: &str) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|item| item[key].as_i64().unwrap()).collect()
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// Whether the model of a version still has a class in Python.
fn has_class(version: &VersionNote) -> bool {
    version.model != "zoo.ghost"
}

#[test]
fn versions_are_those_that_reversion_lists() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let (mut wrong, mut compared) = (Wrong::default(), 0);
    for ((model, object_id), of_object) in history.objects() {
        let list = match shown(&copy, &["versions", model, object_id]) {
            Ok(list) => list,
            Err(error) => {
                wrong.add(error);
                continue;
            }
        };
        compared += of_object.len();
        // Those of another database are listed as well, and say so.
        let list: Vec<Value> =
            list.as_array().unwrap().iter().filter(|version| version["db"] == "default").cloned().collect();
        let mut expected: Vec<Value> = Vec::new();
        if has_class(of_object[0]) {
            let question = json!({"ask": "versions", "model": model, "object_id": object_id});
            expected.extend(history.ask(&question).as_array().unwrap().iter().cloned());
        }
        if has_class(of_object[0]) {
            let ids = numbers(&json!(list), "id");
            if ids != numbers(&json!(expected), "version") {
                wrong.add(format!("versions {model} {object_id}: {ids:?}, reversion lists {expected:?}"));
                continue;
            }
        }
        for (version, expected) in list.iter().zip(&expected) {
            for key in ["revision", "model", "object_id", "object_repr"] {
                if version[key] != expected[key] {
                    let (id, shown, expected) = (&version["id"], &version[key], &expected[key]);
                    wrong.add(format!("version {id} of {model} {object_id}: {key} is {shown}, not {expected}"));
                }
            }
        }
    }
    wrong.check(compared);
    assert!(compared > 300, "{compared} versions");
}

#[test]
fn changed_fields_are_those_that_django_finds_between_neighbours() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let (mut wrong, mut compared) = (Wrong::default(), 0);
    for ((model, object_id), of_object) in history.objects() {
        let Ok(list) = shown(&copy, &["versions", model, object_id]) else { continue };
        let Some(chain) = chain(history, of_object[0]) else { continue };
        for expected in chain["versions"].as_array().unwrap() {
            let version = list.as_array().unwrap().iter().find(|version| version["id"] == expected["version"]);
            let Some(version) = version.filter(|_| !expected["changed"].is_null()) else { continue };
            if of_object.iter().any(|note| has_no_key(note)) {
                continue;
            }
            compared += 1;
            let Some(changed) = version["changed"].as_array() else {
                wrong.add(format!("version {}: changed is {}", version["id"], version["changed"]));
                continue;
            };
            let (changed, expected) = (json!(changed), &expected["changed"]);
            let differs: BTreeSet<&str> = names(&changed).symmetric_difference(&names(expected)).copied().collect();
            // A field that the model no longer has is for auditctl to show, and for Django to overlook.
            let differs: Vec<&str> = differs.into_iter().filter(|name| !is_gone(model, name)).collect();
            if !differs.is_empty() {
                let what = format!("version {} of {model} {object_id}", version["id"]);
                wrong.add(format!("{what}: changed {changed}, Django finds {expected}"));
            }
        }
    }
    wrong.check(compared);
    assert!(compared > 100, "{compared} versions with one before");
}

/// What the second release took from a model, or a slip added to a version.
fn is_gone(model: &str, field: &str) -> bool {
    let gone: &[&str] = match model {
        "zoo.ticket" => &["name", "code"],
        "zoo.sponsor" => &["old_tickets"],
        _ => &[],
    };
    gone.contains(&field) || field == "no_such_field"
}

/// Whether the version's text has lost its primary key: Django would make a new object of it, auditctl doesn't read it.
fn has_no_key(version: &VersionNote) -> bool {
    version.is("tampered:no key")
}

fn chain(history: &History, version: &VersionNote) -> Option<Value> {
    let question = json!({"ask": "chain", "model": version.model, "object_id": version.object_id});
    has_class(version).then(|| history.ask(&question))
}

/// Pairs of sides to compare: neighbours, the newest with the row, and more when there is time.
fn pairs(of_object: &[&VersionNote]) -> Vec<(Side, Side)> {
    let ids: Vec<Side> =
        of_object.iter().filter(|note| note.db == "default").map(|note| Side::Version(note.version)).collect();
    let mut pairs: Vec<(Side, Side)> = ids.windows(2).map(|pair| (pair[0], pair[1])).collect();
    pairs.extend(ids.last().map(|last| (*last, Side::Live)));
    if is_thorough()
        && let [first, .., last] = ids[..]
    {
        pairs.extend([(first, last), (last, first), (first, Side::Live), (Side::Live, last)]);
    }
    pairs
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Version(i64),
    Live,
}

impl Side {
    fn argument(self) -> String {
        match self {
            Side::Version(id) => id.to_string(),
            Side::Live => "live".to_owned(),
        }
    }

    fn asked(self, of: &VersionNote) -> Value {
        match self {
            Side::Version(id) => json!({"version": id}),
            Side::Live => json!({"live": true, "model": of.model, "object_id": of.object_id}),
        }
    }
}

#[test]
fn diff_is_what_djangos_field_comparison_says() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let (mut wrong, mut compared) = (Wrong::default(), 0);
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    for of_object in history.objects().values().filter(|of_object| has_class(of_object[0])) {
        for (from, to) in pairs(of_object) {
            let (of, sides) = (of_object[0], (from.argument(), to.argument()));
            let arguments = ["diff", &of.model, &of.object_id, "--from", &sides.0, "--to", &sides.1];
            let output = run(&copy, &arguments);
            let (from, to) = (from.asked(of), to.asked(of));
            let told = match &output {
                Ok(output) => {
                    let shown = String::from_utf8(output.stdout.clone()).unwrap();
                    history.ask(&json!({"ask": "judge-diff", "from": from, "to": to, "shown": shown}))
                }
                Err(_) => history.ask(&json!({"ask": "compare", "from": from, "to": to})),
            };
            let without_key = |id: i64| of_object.iter().any(|note| note.version == id && has_no_key(note));
            if !told["error"].is_null()
                || [&from, &to].iter().any(|side| side["version"].as_i64().is_some_and(without_key))
            {
                continue;
            }
            compared += 1;
            match output {
                Err(error) => wrong.add(error),
                Ok(_) => {
                    for sentence in told["wrong"].as_array().unwrap() {
                        wrong.add(format!("{arguments:?}: {}", sentence.as_str().unwrap()));
                    }
                    for (state, count) in told["states"].as_object().unwrap() {
                        *states.entry(state.clone()).or_default() += count.as_u64().unwrap();
                    }
                }
            }
        }
    }
    println!("{compared} diffs, their fields: {states:?}");
    wrong.check(compared);
    for state in ["same", "changed", "precision", "to", "label"] {
        assert!(states.contains_key(state), "no field is {state}: {states:?}");
    }
    assert!(compared > 300, "{compared} comparisons");
}

#[test]
fn blame_names_the_version_after_which_a_field_stayed() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let (mut wrong, mut compared) = (Wrong::default(), 0);
    for ((model, object_id), of_object) in history.objects() {
        let Some(chain) = chain(history, of_object[0]) else { continue };
        let expected = chain["blame"].as_object().unwrap();
        // auditctl can read some of what Django can't, a date-time in a date field for one, and then knows more.
        if expected.is_empty() || of_object.iter().any(|note| has_no_key(note)) || chain["unreadable"] != json!([]) {
            continue;
        }
        let list = match shown(&copy, &["blame", model, object_id]) {
            Ok(list) => list,
            Err(error) => {
                wrong.add(error);
                continue;
            }
        };
        let found: BTreeMap<&str, &Value> =
            list.as_array().unwrap().iter().map(|row| (row["field"].as_str().unwrap(), &row["version"])).collect();
        for (field, version) in expected {
            compared += 1;
            if found.get(&**field) != Some(&version) {
                let found = found.get(&**field);
                wrong.add(format!("blame {model} {object_id}: {field} is by {found:?}, not {version}"));
            }
        }
        let more = found.keys().filter(|field| !expected.contains_key(**field) && !is_gone(model, field));
        wrong
            .0
            .extend(more.map(|field| format!("blame {model} {object_id}: {field} is no field of the newest version")));
    }
    wrong.check(compared);
    assert!(compared > 500, "{compared} fields");
}

#[test]
fn deleted_are_those_without_a_row() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let expected = history.ask(&json!({"ask": "deleted"}));
    let key = |item: &Value| {
        let text = |key: &str| item[key].as_str().unwrap().to_owned();
        (text("model"), text("object_id"), text("object_repr"), item["version"].as_i64(), item["revision"].as_i64())
    };
    let rows = |list: &Value| list.as_array().unwrap().iter().map(key).collect::<BTreeSet<_>>();
    let list = shown(&copy, &["deleted"]).unwrap();
    let (found, expected) = (rows(&list), rows(&expected));
    let mut wrong = Wrong::default();
    wrong.0.extend(expected.difference(&found).map(|row| format!("missing: {row:?}")));
    wrong.0.extend(found.difference(&expected).map(|row| format!("not deleted: {row:?}")));
    wrong.check(expected.len());
    assert!(expected.len() > 20, "{} are deleted", expected.len());

    let models: BTreeSet<&str> = expected.iter().map(|row| &*row.0).collect();
    for model in models {
        let found = rows(&shown(&copy, &["deleted", model]).unwrap());
        assert_eq!(found, expected.iter().filter(|row| row.0 == model).cloned().collect(), "deleted {model}");
    }
}

#[test]
fn a_revision_lists_its_members() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let mut wrong = Wrong::default();
    for (revision, members) in
        history.revisions().iter().filter(|(revision, members)| members.len() > 1 || *revision % 10 == 0)
    {
        let list = shown(&copy, &["versions", "--revision", &revision.to_string()]);
        let found = list.map(|list| numbers(&list, "id").into_iter().collect::<BTreeSet<_>>());
        let expected: BTreeSet<i64> = members.iter().map(|member| member.version).collect();
        if found.as_ref() != Ok(&expected) {
            wrong.add(format!("revision {revision}: {found:?}, not {expected:?}"));
        }
    }
    wrong.check(history.revisions().len());
}

#[test]
fn history_holds_every_version_and_every_audit_row_of_an_object_in_order() {
    let Some(history) = History::shared() else { return };
    let copy = history.copy();
    let database = Connection::open(copy.database()).unwrap();
    let audit = |model: &str, object_id: &str| -> BTreeSet<i64> {
        let sql = "SELECT id FROM api_auditlog WHERE lower(model) = ?1 AND record_id = CAST(?2 AS INTEGER)";
        let mut rows = database.prepare(sql).unwrap();
        rows.query_map([model, object_id], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let (mut wrong, mut compared) = (Wrong::default(), 0);
    for ((model, object_id), of_object) in history.objects() {
        let list = match shown(&copy, &["history", model, object_id]) {
            Ok(list) => list,
            Err(error) => {
                wrong.add(error);
                continue;
            }
        };
        let list = list.as_array().unwrap();
        let of_source = |source: &str| -> BTreeSet<i64> {
            list.iter().filter(|event| event["source"] == source).map(|event| event["id"].as_i64().unwrap()).collect()
        };
        let versions: BTreeSet<i64> = of_object.iter().map(|note| note.version).collect();
        if of_source("version") != versions {
            wrong.add(format!("history {model} {object_id}: versions {:?}, not {versions:?}", of_source("version")));
        }
        // The audited app is `api`: rows of `visits` are about its visits, not about those of the zoo.
        if let Some(name) = model.strip_prefix("api.") {
            compared += 1;
            let expected = audit(name, object_id);
            if of_source("audit") != expected {
                wrong
                    .add(format!("history {model} {object_id}: audit rows {:?}, not {expected:?}", of_source("audit")));
            }
        }
        let times: Vec<&str> = list.iter().map(|event| event["timestamp"].as_str().unwrap()).collect();
        if !times.is_sorted_by_key(|time| instant(time)) && !times.iter().rev().is_sorted_by_key(|time| instant(time)) {
            wrong.add(format!("history {model} {object_id} is in no order of time"));
        }
    }
    wrong.check(compared);
    assert!(compared > 10, "{compared} objects with audit rows");
}

/// `--utc` is in force, so that times compare as text once the fraction is there.
fn instant(time: &str) -> String {
    let time = time.trim_end_matches('Z');
    if time.contains('.') { time.to_owned() } else { format!("{time}.000000") }
}

/// The judge of `diff` is no rubber stamp: it accepts what is right, and finds what is wrong in every way it looks for.
#[test]
fn the_judge_of_diff_finds_what_is_wrong() {
    let Some(history) = &History::fixed() else { return };
    let (from, to) = (json!({"version": 10}), json!({"version": 11}));
    let judge = |changes: &Value| {
        let shown = json!({"changes": changes}).to_string();
        let told = history.ask(&json!({"ask": "judge-diff", "from": from, "to": to, "shown": shown}));
        told["wrong"].as_array().unwrap().len()
    };
    let right = json!([
        {"field": "total_price", "from": "1000.00", "to": "1500.50"},
        {"field": "qr_image", "from": "", "to": "qr_codes/qr_order_9.png"},
        {"field": "status", "from": "PENDING", "to": "PAID"},
    ]);
    assert_eq!(judge(&right), 0, "version 10 and 11 of order 9");
    let with = |change: Value| {
        let mut changes = right.clone();
        changes.as_array_mut().unwrap().push(change);
        changes
    };
    let mut other_value = right.clone();
    other_value[0]["to"] = json!("1500.51");
    let mut other_type = right.clone();
    other_type[0]["from"] = json!(1000.0);
    let mut missing = right.clone();
    missing.as_array_mut().unwrap().pop();
    let faults = [
        ("0.0 and \"0.00\" are no change", with(json!({"field": "total_crc", "from": 0.0, "to": "0.00"}))),
        ("no such field", with(json!({"field": "colour", "from": null, "to": 1}))),
        ("twice", with(right[0].clone())),
        ("another value", other_value),
        ("another type", other_type),
        ("one is missing", missing),
        ("nothing", json!([])),
    ];
    for (fault, changes) in faults {
        assert!(judge(&changes) > 0, "{fault} is found");
    }
}
