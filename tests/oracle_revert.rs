//! django-reversion is the oracle: it reverts one copy of a history, auditctl another; every row of every table of the
//! models is compared, by storage class and value.
//!
//! `AUDITCTL_TEST_SEED` chooses the history, `AUDITCTL_TEST_THOROUGH=1` reverts to all of its versions instead of some.
//! What differs on purpose is named column by column in `common/judgement.rs`; how often is printed (`--nocapture`).

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail by panicking, and says what differed on purpose"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use common::history::{Dump, History, HistoryCopy, Profile, ROW, VersionNote, differences, is_thorough};
use common::judgement::{Object, Rows, Verdict, judge, judge_kept, judge_undone};
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};

/// What is reverted.
#[derive(Clone, Copy, Debug)]
enum Target<'a> {
    Version(&'a VersionNote),
    Revision(i64, &'a [&'a VersionNote]),
}

impl Target<'_> {
    fn members(&self) -> Vec<&VersionNote> {
        match self {
            Target::Version(version) => vec![version],
            Target::Revision(_, members) => members.to_vec(),
        }
    }

    fn question(&self, how: &str) -> Value {
        match self {
            Target::Version(version) => json!({"ask": "revert", "version": version.version, "how": how}),
            Target::Revision(revision, _) => json!({"ask": "revert", "revision": revision, "how": how}),
        }
    }

    /// What auditctl is told of the service: in one half of the cases also which sets go both ways, which it has to
    /// find out in the other.
    fn profile(&self) -> Profile {
        let (Target::Version(VersionNote { version: number, .. }) | Target::Revision(number, _)) = self;
        if number % 2 == 0 { Profile::Everything } else { Profile::NamesAndDefaults }
    }

    fn arguments(&self) -> Vec<String> {
        let words = match self {
            Target::Version(of) => {
                vec!["revert".into(), of.model.clone(), of.object_id.clone(), "--to".into(), of.version.to_string()]
            }
            Target::Revision(revision, _) => vec!["revert".into(), "--revision".into(), revision.to_string()],
        };
        [words, ["-o", "json"].map(str::to_owned).into()].concat()
    }

    /// Why auditctl may refuse what django-reversion does.
    fn may_be_refused(&self) -> Option<&'static str> {
        let reason = |note: &&VersionNote| {
            Some(match note {
                _ if note.format == "jsonl" => "another format",
                _ if note.is("tampered:no key") => "no key in the text: Django makes a new object",
                _ if note.is("tampered:twice") => "two objects in the text: Django takes the first",
                _ if note.is("stray:money") => "more digits than the field has: Django can't read the row afterwards",
                _ if note.model == "zoo.signature" => "a natural key of another model than auth.user",
                _ => return None,
            })
        };
        self.members().iter().find_map(reason)
    }

    /// Why auditctl may do what django-reversion can't: it reads a text that Django gives up on.
    fn may_be_done(&self, error: &Value) -> Option<&'static str> {
        let is_odd_date = |note: &&VersionNote| note.is("odd:DateField:datetime");
        (error == "RevertError" && self.members().iter().any(is_odd_date)).then_some("a date-time in a date field")
    }

    /// What it is about, as Django compares it with the rows.
    fn objects(&self, history: &History) -> Vec<Object> {
        let object = |note: &&VersionNote| {
            let from = json!({"live": true, "model": note.model, "object_id": note.object_id});
            let answer = history.ask(&json!({"ask": "compare", "from": from, "to": {"version": note.version}}));
            let compared = answer["error"].is_null().then_some(&answer);
            Object::new(format!("{} {}", note.model, note.object_id), compared)
        };
        self.members().iter().map(object).collect()
    }
}

/// Those that are compared: all that are awkward, some of the others.
fn chosen(history: &History) -> Vec<&VersionNote> {
    let is_chosen = |note: &&VersionNote| {
        is_thorough()
            || note.version % 3 == 0
            || !note.is_readable()
            || note.flags.iter().any(|flag| !flag.starts_with("odd"))
    };
    history.versions().iter().filter(is_chosen).collect()
}

/// Why a recorded version may read otherwise than Django's, where it may: the field first as recorded, then as Django
/// prints it.
fn reads_otherwise(recorded: &Value) -> Option<&'static str> {
    let [Some(ours), Some(theirs)] = [0, 1].map(|at| recorded[at].as_str()) else { return None };
    let places = |text: &str| text.split_once('.').map_or(0, |(_, places)| places.len());
    let (value, printed): (f64, f64) = (ours.parse().ok()?, theirs.parse().ok()?);
    let is_rounded = (value - printed).abs() <= 0.500_001 * 0.1_f64.powi(i32::try_from(places(theirs)).ok()?);
    (places(ours) > places(theirs) && is_rounded).then_some(
        "a decimal with more digits than its field has is kept whole, so that reverting to it brings it back",
    )
}

#[derive(Default)]
struct Report {
    verdict: Verdict,
    /// How often each thing happened.
    counts: BTreeMap<String, usize>,
}

impl Report {
    fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    fn wrong(&mut self, sentence: impl Into<String>) {
        self.verdict.wrong.push(sentence.into());
    }

    fn check(&self) {
        println!("{}\n{}", self.verdict.summary(), json!(self.counts));
        let wrong = &self.verdict.wrong;
        let first = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
        assert!(wrong.is_empty(), "{} wrong; counts {}:\n{first}", wrong.len(), json!(self.counts));
    }

    /// At least so many of what begins like this.
    fn expect(&self, what: &str, least: usize) {
        let count: usize = self.counts.iter().filter(|(name, _)| name.starts_with(what)).map(|(_, count)| count).sum();
        assert!(count >= least, "{count} of {what:?}, where {least} are wanted: {}", json!(self.counts));
    }
}

/// Reverts with both and compares.
fn compare(history: &History, target: Target<'_>, before: &Dump, report: &mut Report) {
    let arguments = target.arguments();
    let name = arguments.join(" ");
    let kept = history.ask(&target.question("keep"));
    let copy = history.copy();
    let state = copy.state();
    let profile = target.profile();
    let output = copy.auditctl(profile, arguments.iter().map(String::as_str).chain(["--yes"]));
    let code = output.status.code();
    let complaint = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " | ");
    if !matches!(code, Some(0 | 1 | 3)) {
        report.wrong(format!("{name}: {}: {complaint}", output.status));
        return;
    }
    if code != Some(0) {
        if copy.state() != state {
            report.wrong(format!("{name}: refused, and the database has changed: {complaint}"));
        }
        match (kept["error"].as_str(), target.may_be_refused()) {
            (Some(error), _) => report.count(format!("refused, as django-reversion fails: {error}")),
            (None, Some(reason)) => report.count(format!("refused on purpose: {reason}")),
            (None, None) => report.wrong(format!("{name}: exit {code:?}: {complaint}; django-reversion does it")),
        }
        return;
    }
    if let Some(error) = kept["error"].as_str() {
        match target.may_be_done(&kept["error"]) {
            Some(reason) => report.count(format!("done on purpose: {reason}")),
            None => report.wrong(format!("{name}: done, but django-reversion fails: {error}: {}", kept["message"])),
        }
        return;
    }
    if target.members().iter().any(|note| note.is("stray:money")) {
        // Nobody could compare the row any more.
        report.count("done, and Django can't read what it left either");
        return;
    }
    let (expected, actual) = (Dump::of(&kept["dump"]), history.dump(Some(&copy.database())));
    let objects = target.objects(history);
    let mut verdict = judge(history, Rows { before, expected: &expected, actual: &actual, profile }, &objects);
    verdict.wrong.iter_mut().for_each(|wrong| *wrong = format!("{name}: {wrong}"));
    if !objects.iter().all(|object| object.is_live && object.not_held.is_empty()) || is_thorough() {
        verdict.take(django_as_it_is(
            history,
            target,
            Rows { before, expected: &expected, actual: &actual, profile },
            &objects,
        ));
    }
    report.count(if objects.iter().all(Object::is_unchanged) { "nothing to do" } else { "reverted" });
    report.verdict.take(verdict);
    match shown(&output) {
        Ok(shown) => check_report(target, &objects, &shown, &name, report),
        Err(error) => report.wrong(format!("{name}: {error}")),
    }
    check_trail(history, &copy, &name, report);
}

/// django-reversion as it is differs from the expectation in columns alone that the versions don't hold.
fn django_as_it_is(history: &History, target: Target<'_>, rows: Rows<'_>, objects: &[Object]) -> Verdict {
    let real = history.ask(&target.question("real"));
    if real["error"].is_null() {
        return judge_kept(rows, &Dump::of(&real["dump"]), objects);
    }
    let mut verdict = Verdict::default();
    // Resetting a column without a default that may not be NULL is what it fails on.
    if objects.iter().all(|object| object.not_held.is_empty()) {
        verdict.wrong.push(format!("the reference itself: {} {}", real["error"], real["message"]));
    }
    verdict
}

fn shown(output: &Output) -> Result<Value, String> {
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What the verb said of itself.
fn check_report(target: Target<'_>, objects: &[Object], shown: &Value, name: &str, report: &mut Report) {
    let told: Vec<(String, &str, BTreeSet<&str>)> = list(&shown["objects"])
        .iter()
        .map(|object| {
            let text = |key: &str| object[key].as_str().unwrap_or_default();
            let fields = list(&object["changes"]).iter().filter_map(|change| change["field"].as_str()).collect();
            (format!("{} {}", text("model"), text("object_id")), text("operation"), fields)
        })
        .collect();
    for (at, (object, note)) in objects.iter().zip(target.members()).enumerate() {
        // The newest version is the first to be written; what is told of the others is beside what it leaves.
        if objects[at + 1..].iter().any(|newer| newer.shares_row(object)) {
            continue;
        }
        let expected: &[&str] = match object {
            _ if !object.is_live && !note.is("stray") => &["insert", "update"],
            _ if object.is_unchanged() => &["none"],
            _ if object.changed.is_empty() && object.has_spilt => &["none", "update"],
            _ => &["update"],
        };
        let of_object = told.iter().find(|(name, ..)| *name == object.name);
        let operation = of_object.map(|(_, operation, _)| *operation);
        if !operation.is_some_and(|operation| expected.contains(&operation)) {
            report.wrong(format!("{name}: {} is said to be {operation:?}, not {expected:?}", object.name));
        }
        let fields = of_object.map(|(.., fields)| fields.clone()).unwrap_or_default();
        let expected: BTreeSet<&str> = object.changed.iter().map(String::as_str).collect();
        if object.is_live && !object.has_spilt && fields != expected {
            report.wrong(format!("{name}: {} is said to change in {fields:?}, not {expected:?}", object.name));
        }
    }
    let is_written = told.iter().any(|(_, operation, _)| *operation != "none");
    if shown["applied"] != json!(is_written) || shown["revision"].is_i64() != is_written {
        report.wrong(format!("{name}: applied {}, revision {}", shown["applied"], shown["revision"]));
    }
}

/// What was recorded: versions that django-reversion can read, that are the rows, and an audit row for each object.
fn check_trail(history: &History, copy: &HistoryCopy, name: &str, report: &mut Report) {
    let database = Connection::open(copy.database()).unwrap();
    let last = history.versions().iter().map(|note| note.version).max().unwrap();
    let sql = "SELECT max(v.id), c.app_label || '.' || c.model, v.object_id FROM reversion_version v
               JOIN django_content_type c ON c.id = v.content_type_id WHERE v.id > ?1 GROUP BY v.content_type_id, v.object_id";
    let mut newest = database.prepare(sql).unwrap();
    let newest = newest.query_map([last], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    for (version, model, object_id) in newest.map(Result::<(i64, String, String), _>::unwrap) {
        let question = json!({"ask": "check-version", "version": version, "database": copy.database()});
        let checked = history.ask(&question);
        if !checked["error"].is_null() || ["changed", "moved"].iter().any(|key| checked[key] != json!([])) {
            report.wrong(format!("{name}: the version it recorded of {model} {object_id} is wrong: {checked}"));
        } else {
            report.count("recorded");
            for key in ["reads", "lacks"] {
                for field in checked[key].as_array().unwrap().iter().map(|field| field.as_str().unwrap()) {
                    let (column, recorded) = (format!("{model}.{field}"), &checked["recorded"]);
                    let on_purpose = if key == "reads" { reads_otherwise(&recorded[field]) } else { None };
                    match on_purpose {
                        Some(why) => report.count(format!("recorded on purpose: {why}")),
                        None => report.wrong(format!(
                            "{name}: the version of {column} {object_id} {key} not as Django's: {recorded}"
                        )),
                    }
                }
            }
            if checked["printed_alike"] != json!(true) {
                report.wrong(format!("{name}: the version of {model} {object_id} is not spaced as Django prints it"));
            }
        }
        let (_, name_of_model) = model.split_once('.').unwrap();
        let audited: Option<(String, String, Option<i64>)> = database
            .query_row(
                "SELECT action, details, record_id FROM api_auditlog WHERE model = ?1 AND instr(details, ' with id ' || ?2 || ' (auditctl revert to version ') > 0",
                [name_of_model, &object_id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()
            .unwrap();
        let is_right = audited.as_ref().is_some_and(|(action, details, record)| {
            details.starts_with(&format!(
                "Action {action} on {name_of_model} with id {object_id} (auditctl revert to version "
            )) && *record == object_id.parse().ok()
        });
        if !is_right {
            report.wrong(format!("{name}: the audit row of {model} {object_id} is {audited:?}"));
        }
    }
}

#[test]
fn versions_revert_as_django_reversion_reverts_them() {
    let Some(history) = History::shared() else { return };
    let before = history.dump(None);
    let mut report = Report::default();
    for note in chosen(history) {
        compare(history, Target::Version(note), &before, &mut report);
    }
    report.check();
    report.expect("reverted", 40);
    report.expect("nothing to do", 5);
    report.expect("refused, as django-reversion fails: IntegrityError", 10);
    report.expect("refused, as django-reversion fails: RevertError", 5);
}

#[test]
fn revisions_revert_as_django_reversion_reverts_them() {
    let Some(history) = History::shared() else { return };
    let before = history.dump(None);
    let mut report = Report::default();
    for (revision, members) in history.revisions() {
        if members.len() > 1 || is_thorough() {
            compare(history, Target::Revision(revision, &members), &before, &mut report);
        }
    }
    report.check();
    report.expect("reverted", 10);
    report.expect("refused, as django-reversion fails", 5);
}

/// A plan alone, and one field alone.
#[test]
fn dry_runs_change_nothing_and_one_field_changes_nothing_else() {
    let Some(history) = History::shared() else { return };
    let before = history.dump(None);
    let mut report = Report::default();
    for note in chosen(history)
        .into_iter()
        .filter(|note| note.is_readable() && note.version % 2 == 0 && !note.is("stray:money"))
    {
        let target = Target::Version(note);
        let (copy, arguments) = (history.copy(), target.arguments());
        let (state, name) = (copy.state(), arguments.join(" "));
        let dry = copy.auditctl(Profile::NamesAndDefaults, arguments.iter().map(String::as_str).chain(["--dry-run"]));
        if copy.state() != state {
            report.wrong(format!("{name} --dry-run changed the database"));
        }
        let kept = history.ask(&target.question("keep"));
        let object = target.objects(history).remove(0);
        let Some(field) = object.changed.first().filter(|_| dry.status.success() && kept["error"].is_null()) else {
            continue;
        };
        let output = copy.auditctl(
            Profile::NamesAndDefaults,
            arguments.iter().map(String::as_str).chain(["--yes", "--field", field]),
        );
        if !output.status.success() {
            // One field alone may break what the whole version keeps.
            report.count(format!("one field refused: exit {:?}", output.status.code()));
            continue;
        }
        report.count("one field reverted");
        let (expected, actual) = (Dump::of(&kept["dump"]), history.dump(Some(&copy.database())));
        let columns: BTreeSet<(String, String)> =
            differences(&before, &actual).into_iter().map(|difference| (difference.table, difference.column)).collect();
        let sets = columns.iter().filter(|(_, column)| column == ROW).count();
        if columns.is_empty() || columns.len() > 1 && sets != columns.len() {
            report.wrong(format!("{name} --field {field} changed {columns:?}"));
        }
        for difference in differences(&expected, &actual) {
            if columns.contains(&(difference.table.clone(), difference.column.clone())) && difference.column != ROW {
                report.wrong(format!("{name} --field {field}: {difference}"));
            }
        }
    }
    report.check();
    report.expect("one field reverted", 10);
}

/// Reverting to the version before undoes a revert, even of a row that no version had.
#[test]
fn a_revert_is_undone_by_the_version_before() {
    let Some(history) = History::shared() else { return };
    let before = history.dump(None);
    let mut report = Report::default();
    for note in chosen(history).into_iter().filter(|note| note.is_readable() && !note.is("stray:money")) {
        let target = Target::Version(note);
        let (copy, arguments) = (history.copy(), target.arguments());
        let run =
            |words: &[String]| copy.auditctl(Profile::Everything, words.iter().map(String::as_str).chain(["--yes"]));
        let done = run(&arguments);
        let Ok(shown) = shown(&done) else { continue };
        if !done.status.success() || shown["objects"][0]["operation"] != "update" {
            continue;
        }
        let name = arguments.join(" ");
        let Some(version) = shown["objects"][0]["undo"].as_i64() else {
            report.wrong(format!("{name} names no version to go back to"));
            continue;
        };
        let mut back = arguments.clone();
        back[4] = version.to_string();
        let undone = run(&back);
        if !undone.status.success() {
            report.wrong(format!("{name}, undone: {}", String::from_utf8_lossy(&undone.stderr)));
            continue;
        }
        report.count("undone");
        for wrong in judge_undone(history, &before, &history.dump(Some(&copy.database()))) {
            report.wrong(format!("{name}: {wrong}"));
        }
        // The other program can take it back as well.
        let django = json!({"ask": "revert", "version": version, "how": "keep", "database": copy.database()});
        let django = history.ask(&django);
        if !django["error"].is_null() {
            report.wrong(format!("{name}: django-reversion can't go back to version {version}: {}", django["message"]));
        }
    }
    report.check();
    report.expect("undone", 20);
}

/// Without the profile's defaults, bringing back an object is refused where a column would be left without a value;
/// columns that may be NULL or have a default in the database are filled with that.
#[test]
fn bringing_back_without_defaults_is_refused_where_a_column_needs_one() {
    let Some(history) = History::shared() else { return };
    let models = history.ask(&json!({"ask": "models"}));
    let before = history.dump(None);
    let mut report = Report::default();
    for of_object in history.ask(&json!({"ask": "deleted"})).as_array().unwrap() {
        let of = |note: &&VersionNote| {
            of_object["model"] == *note.model && of_object["object_id"] == *note.object_id && note.is_readable()
        };
        for note in history.versions().iter().filter(of).filter(|note| note.format == "json") {
            let target = Target::Version(note);
            let kept = history.ask(&target.question("keep"));
            let missing = missing_columns(history, &models[&note.model], note);
            if missing.is_empty() || target.may_be_refused().is_some() || note.db != "default" {
                continue;
            }
            let (copy, name) = (history.copy(), target.arguments().join(" "));
            let state = copy.state();
            let output = copy.auditctl(Profile::Names, target.arguments().iter().map(String::as_str).chain(["--yes"]));
            let needed = missing.iter().find(|(_, is_needed)| *is_needed).map(|(column, _)| column);
            let complaint = String::from_utf8_lossy(&output.stderr);
            match needed {
                Some(column) => {
                    let is_refused = matches!(output.status.code(), Some(1 | 3)) && copy.state() == state;
                    if !is_refused || !complaint.contains(column.as_str()) {
                        report.wrong(format!("{name}: {} without a value for {column}: {complaint}", output.status));
                    }
                    report.count("refused for a column");
                }
                None if output.status.success() && kept["error"].is_null() => {
                    report.count("brought back with what the database gives");
                    let (expected, actual) = (Dump::of(&kept["dump"]), history.dump(Some(&copy.database())));
                    let rows = Rows { before: &before, expected: &expected, actual: &actual, profile: Profile::Names };
                    report.verdict.take(judge(history, rows, &target.objects(history)));
                }
                None if !kept["error"].is_null() && copy.state() == state => report.count("refused for another reason"),
                None => report.wrong(format!("{name}: {}: {complaint}", output.status)),
            }
        }
    }
    report.check();
    report.expect("refused for a column", 3);
    report.expect("brought back with what the database gives", 1);
}

/// The columns that a version doesn't hold, each with whether it needs a value.
fn missing_columns(history: &History, model: &Value, note: &VersionNote) -> Vec<(String, bool)> {
    let database = Connection::open(history.database()).unwrap();
    let text: String = database
        .query_row("SELECT serialized_data FROM reversion_version WHERE id = ?1", [note.version], |row| row.get(0))
        .unwrap();
    let Ok(data) = serde_json::from_str::<Value>(&text) else { return Vec::new() };
    let table = model["table"].as_str().unwrap();
    let columns = model["columns"].as_object().unwrap().iter();
    columns
        .filter(|(field, column)| data[0]["fields"].get(field).is_none() && **column != model["key"])
        .map(|(_, column)| {
            let sql = "SELECT \"notnull\" AND dflt_value IS NULL FROM pragma_table_info(?1) WHERE name = ?2";
            let column = column.as_str().unwrap();
            (column.to_owned(), database.query_row(sql, [table, column], |row| row.get(0)).unwrap())
        })
        .collect()
}

/// The judge of rows is no rubber stamp: it accepts what django-reversion leaves, and finds each fault put into it.
#[test]
fn the_judge_of_rows_finds_what_is_wrong() {
    let Some(history) = &History::fixed() else { return };
    let before = history.dump(None);
    let note = history.versions().iter().find(|note| note.version == 10).unwrap();
    let target = Target::Version(note);
    let kept = history.ask(&target.question("keep"));
    let (expected, objects) = (Dump::of(&kept["dump"]), target.objects(history));
    let wrong = |actual: &Value, objects: &[Object]| {
        let actual = Dump::of(actual);
        judge(
            history,
            Rows { before: &before, expected: &expected, actual: &actual, profile: Profile::Everything },
            objects,
        )
        .wrong
        .len()
    };
    let right = kept["dump"].clone();
    assert!(!objects[0].is_unchanged(), "order 9 has changed since version 10: {objects:?}");
    assert_eq!(wrong(&right, &objects), 0, "what django-reversion leaves is right");

    let rows = right["api_purchaseorders"]["rows"].as_array().unwrap();
    let ninth = rows.iter().position(|row| row[0] == "integer:9").unwrap();
    let column = |name: &str| {
        let columns = right["api_purchaseorders"]["columns"].as_array().unwrap();
        columns.iter().position(|column| column == name).unwrap()
    };
    let with = |row: usize, column: usize, cell: &str| {
        let mut dump = right.clone();
        dump["api_purchaseorders"]["rows"][row][column] = json!(cell);
        dump
    };
    let mut without_row = right.clone();
    without_row["api_purchaseorders"]["rows"].as_array_mut().unwrap().remove(ninth);
    let mut without_pair = right.clone();
    without_pair["api_userprofile_roles"]["rows"] = json!([["integer:77", "integer:5", "integer:1"]]);
    let faults = [
        ("another value", with(ninth, column("status"), "text:PAID")),
        ("another storage class", with(ninth, column("total_price"), "real:1000.0")),
        ("NULL for an empty path", with(ninth, column("qr_image"), "null")),
        ("another object", with(ninth - 1, column("status"), "text:OTHER")),
        ("a row is gone", without_row),
        ("a set has another member", without_pair),
    ];
    for (fault, actual) in &faults {
        assert!(wrong(actual, &objects) > 0, "{fault} is found");
    }
    // An object that is as the version has it must not be written, whatever django-reversion does.
    let mut unchanged = objects.clone();
    unchanged[0].changed.clear();
    assert!(wrong(&right, &unchanged) > 0, "a row written without need is found");
}
