//! `auditctl demo`: the database is one that Django would have made, the story agrees with itself, and nothing that
//! is somebody's is touched.

// A test's own functions may fail it too; clippy knows only those marked as tests.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use auditctl::demo::{self, Body, Details, Event, Logger, Model, PEOPLE, Park};
use chrono::{DateTime, Duration, Utc};
use common::python;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

const CLOCK: &str = "2026-11-23T21:33:28.750123Z";

fn clock() -> DateTime<Utc> {
    CLOCK.parse().unwrap()
}

/// Clocks at which a day, a month or a year turns in the park or in UTC, and other seeds than the one users see.
fn parks() -> impl Iterator<Item = Park> {
    let clocks =
        ["2026-11-23T21:33:28.750123Z", "2028-03-01T06:00:00Z", "2027-01-01T05:59:59.999999Z", "1970-01-01T00:00:00Z"];
    let seeds = [demo::SEED, 0, 1, 7, u64::MAX];
    clocks.into_iter().flat_map(move |clock| {
        let now = clock.parse().unwrap();
        seeds.into_iter().map(move |seed| demo::tell(now, seed).unwrap())
    })
}

fn auditctl(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditctl"));
    command.env_clear().env("HOME", home).env("AUDITCTL_NOW", CLOCK).current_dir(home).stdin(Stdio::null());
    command
}

fn build(home: &Path, folder: &Path) -> Output {
    auditctl(home).arg("demo").arg(folder).output().unwrap()
}

/// Everything below a folder: path and bytes.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.push((path.clone(), Vec::new()));
                folders.push(path);
            } else {
                files.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Runs one of the scripts beside this file and gives what it prints; fails with it unless it exits 0.
fn script(python: &Path, name: &str, environment: &[(&str, &Path)], input: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo");
    let mut child = Command::new(python)
        .arg(name)
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}:\n{out}\n{err}");
    out.into_owned()
}

// The database, asked by SQLite, Django and Python.

#[test]
fn sqlite_finds_the_database_sound() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    assert!(build(home.path(), &folder).status.success());
    let database = Connection::open_with_flags(folder.join("db.sqlite3"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let broken: i64 =
        database.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
    let park = demo::tell(clock(), demo::SEED).unwrap();
    for (table, expected) in [
        ("api_auditlog", park.audit.len()),
        ("reversion_version", park.versions.len()),
        ("api_purchaseorders", park.orders.len()),
        ("auth_user", 12),
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: isize = database.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, expected as isize, "{table}");
    }
}

#[test]
fn django_takes_the_database_for_its_own() {
    let Some(python) = python::importing("django, reversion") else { return };
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    assert!(build(home.path(), &folder).status.success());
    let passwords: serde_json::Map<String, Value> =
        PEOPLE.iter().map(|person| (person.username.to_owned(), json!(person.password))).collect();
    let (database, reference) = (folder.join("db.sqlite3"), home.path().join("reference.sqlite3"));
    let environment = [("DEMO_DATABASE", database.as_path()), ("REFERENCE_DATABASE", reference.as_path())];
    let out = script(&python, "check.py", &environment, &Value::Object(passwords).to_string());
    assert!(out.contains("deleted: {'payments': 5, 'purchaseorders': 3}"), "{out}");
}

#[test]
fn python_prints_the_bodies_as_the_rows_hold_them() {
    let Some(python) = python::importing("json, ast") else { return };
    let mut lines = String::new();
    for park in parks().take(2) {
        for row in &park.audit {
            let Details::Exchange { request, response, .. } = &row.details else { continue };
            for body in [request, response] {
                let sent = match body {
                    Body::Empty | Body::Unseen => continue,
                    Body::Json(value) => json!(value.to_string()),
                    Body::Odd { json, .. } => json!(json),
                    Body::Text(_) => Value::Null,
                };
                lines.push_str(&format!("{}\n", json!({"json": sent, "printed": body.to_string()})));
            }
        }
    }
    let out = script(&python, "bodies.py", &[], &lines);
    assert!(out.contains(", 0 printed otherwise"), "{out}");
}

// The story.

#[test]
fn the_same_clock_tells_the_same_story_to_the_byte() {
    let home = tempfile::tempdir().unwrap();
    let trees: Vec<_> = ["one", "two"]
        .map(|name| {
            let folder = home.path().join(name);
            assert!(build(home.path(), &folder).status.success());
            let paths = |(path, bytes): (PathBuf, _)| (path.strip_prefix(&folder).unwrap().to_owned(), bytes);
            tree(&folder).into_iter().map(paths).collect::<Vec<_>>()
        })
        .into();
    assert!(trees[0] == trees[1]);
    assert_eq!(trees[0].len(), 10);
}

#[test]
fn time_goes_forward_and_ends_now() {
    for park in parks() {
        let first = park.now - Duration::days(31);
        let audit = park.audit.iter().map(|row| row.timestamp);
        let revisions = park.revisions.iter().map(|revision| revision.date_created);
        let events = park.events.iter().map(|event| event.at);
        for times in [audit.collect::<Vec<_>>(), revisions.collect(), events.collect()] {
            assert!(times.is_sorted());
            assert!(times[0] > first && *times.last().unwrap() < park.now, "{} {:?}", park.now, times.last());
        }
        assert!(park.audit.last().unwrap().timestamp > park.now - Duration::minutes(4));
        assert!(park.audit.iter().any(|row| row.timestamp.timestamp_subsec_nanos() == 0));
        assert!(park.visits.iter().all(|visit| (0..=visit.total_slots).contains(&visit.occupied_slots)));
    }
}

#[test]
fn what_the_manual_promises_is_there() {
    for park in parks() {
        let found = park.highlights;
        assert_eq!((found.order, found.user), (9, 5));
        assert!((300..1_500).contains(&park.audit.len()), "{}", park.audit.len());
        assert!((50..80).contains(&park.orders.len()), "{}", park.orders.len());
        assert!(park.audit.iter().filter(|row| row.user == Some(5)).count() > 10);
        let details = |id: i64| park.audit[(id - 1) as usize].details.to_string();
        let login = details(found.failing_login);
        assert_eq!(
            login,
            "Request Body: {'username': 'ana', 'password': 'Ñandú 4 patas'}, Response Code: 401, \
             Response Body: {'error': 'Credenciales inválidas'}"
        );
        assert!(details(found.card_number).contains("4111 1111 1111 1111"));
        assert!(details(found.tokens).contains("'access': 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
        assert!(details(found.forged).contains("Response Code: 200, Response Body: x, Response Code: 415"));
        assert!(details(found.error_page).contains("Response Code: 500, Response Body: \n<!doctype html>"));
        assert!(details(found.audited_audit).contains("'details': "));
        let week = park.now - Duration::days(7);
        let refused = park.audit.iter().filter(|row| row.timestamp > week);
        let refused = refused.filter(|row| matches!(row.details, Details::Exchange { status: 400..=499, .. }));
        assert!(refused.count() > 10);
        let touched = park.audit.iter().filter(|row| row.model == "purchaseorders" && row.record_id == Some(9));
        assert_eq!(touched.map(|row| row.action.as_str()).collect::<Vec<_>>().len(), 6);
        assert!(park.audit.iter().filter(|row| row.action.to_lowercase().contains("delete")).count() > 10);
        assert!(park.audit.iter().any(|row| row.user.is_none()));
        let gone = |id| park.orders.iter().all(|order| order.id != id);
        assert!(gone(found.deleted_order) && park.payments.iter().all(|p| p.id != found.deleted_payment));
    }
}

/// An order's or payment's traces: what happened, to which, when.
type Trace = (&'static str, &'static str, i64, DateTime<Utc>);

fn audit_lines(park: &Park) -> Vec<Trace> {
    let structured = |event: &&Event| event.logger == Logger::PurchaseAudit;
    let mut traces = Vec::new();
    for event in park.events.iter().filter(structured) {
        let line: Value = serde_json::from_str(event.message.strip_prefix("AUDIT: ").unwrap()).unwrap();
        let verb = match line["event_type"].as_str().unwrap() {
            "CREATE" => "created",
            "UPDATE" => "updated",
            "DELETE" => "deleted",
            _ => continue,
        };
        let model = if line["model"] == "Payments" { "payments" } else { "purchaseorders" };
        traces.push((verb, model, line["instance_id"].as_i64().unwrap(), event.at));
    }
    traces
}

#[test]
fn rows_versions_and_logs_tell_of_the_same_events() {
    for park in parks() {
        let mut signals: Vec<Trace> = Vec::new();
        for row in &park.audit {
            let verb = ["created", "updated", "deleted"].into_iter().find(|verb| row.action == *verb);
            if let (Some(verb), "purchaseorders" | "payments", Some(id)) = (verb, row.model, row.record_id) {
                signals.push((verb, row.model, id, row.timestamp));
            }
        }
        let lines = audit_lines(&park);
        assert_eq!(signals.len(), lines.len());
        for (signal, line) in signals.iter().zip(&lines) {
            assert_eq!((signal.0, signal.1, signal.2), (line.0, line.1, line.2));
            assert!(line.3 >= signal.3 && line.3 - signal.3 < Duration::seconds(1), "{signal:?} {line:?}");
        }
        // A version for each save, begun within a second before it; none for a deletion.
        let started: HashMap<i64, DateTime<Utc>> = park.revisions.iter().map(|r| (r.id, r.date_created)).collect();
        let mut saves = signals.iter().filter(|signal| signal.0 != "deleted").collect::<Vec<_>>();
        saves.sort_by_key(|signal| (signal.1, signal.2));
        let mut versions: Vec<_> = park.versions.iter().collect();
        versions.retain(|v| matches!(v.model, Model::PurchaseOrders | Model::Payments));
        versions.sort_by_key(|version| (version.model.name(), version.object));
        assert_eq!(saves.len(), versions.len());
        for (save, version) in saves.into_iter().zip(versions) {
            assert_eq!((save.1, save.2), (version.model.name(), version.object));
            let after = save.3 - started[&version.revision];
            assert!(after >= Duration::zero() && after < Duration::seconds(1), "{save:?} {version:?}");
        }
    }
}

#[test]
fn the_log_files_hold_every_record_once() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    assert!(build(home.path(), &folder).status.success());
    let park = demo::tell(clock(), demo::SEED).unwrap();
    let mut left: Vec<String> = park.events.iter().map(demo::logs::record).collect();
    for name in demo::logs::FILES {
        let mut text = fs::read_to_string(folder.join("logs").join(name)).unwrap();
        assert!(text.ends_with('\n'), "{name}");
        left.retain(|record| match text.find(record.as_str()) {
            Some(at) => {
                text.replace_range(at..at + record.len(), "");
                false
            }
            None => true,
        });
        assert_eq!(text, "", "{name} holds what nobody logged");
    }
    assert!(left.is_empty(), "{left:?}");
    let errors = fs::read_to_string(folder.join("logs/errors.log")).unwrap();
    assert!(errors.contains("\nTraceback (most recent call last):\n  File \""));
    let audit = fs::read_to_string(folder.join("logs/audit.log")).unwrap();
    assert!(audit.contains(" - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"timestamp\": \"2026-11-2"));
}

// The command.

#[test]
fn it_says_what_to_do_next() {
    let home = tempfile::tempdir().unwrap();
    let output = auditctl(home.path()).arg("demo").output().unwrap();
    assert!(output.status.success());
    let out = String::from_utf8(output.stdout).unwrap();
    let folder = home.path().canonicalize().unwrap().join(".local/share/auditctl/demo");
    assert!(out.starts_with("$ auditctl list --user 5 --ordering -timestamp --limit 10\n"), "{out}");
    assert!(out.contains(&format!(":\n\n  export AUDITCTL_CONFIG='{}/config.toml'\n\n", folder.display())), "{out}");
    assert_eq!(out.matches("\n    auditctl ").count(), 5, "{out}");
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.starts_with("Built a demo in "), "{err}");
    assert!(folder.join("db.sqlite3").is_file());
}

/// What it prints is run in a shell that was pointed elsewhere, on a machine in another zone than the park.
#[test]
fn its_setup_is_all_that_its_commands_need() {
    let home = tempfile::tempdir().unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_auditctl")).parent().unwrap();
    let elsewhere = |mut command: Command| {
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("TZ", "Asia/Tokyo");
        command.env("AUDITCTL_DATABASE", "/nowhere/db.sqlite3").env("AUDITCTL_LOG_DIR", "/nowhere/logs");
        command
    };
    let printed = elsewhere(auditctl(home.path())).arg("demo").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("\n  unset AUDITCTL_DATABASE AUDITCTL_LOG_DIR\n  export AUDITCTL_CONFIG="), "{printed}");
    let (_, script) = printed.split_once("To point auditctl at the demo:").unwrap();
    let said = |line: &&str| ["  unset ", "  export ", "    auditctl "].iter().any(|begins| line.starts_with(begins));
    let script: Vec<&str> = script.lines().filter(said).collect();
    assert_eq!(script.len(), 7, "{printed}");
    let run = |more: &str| {
        let mut shell = elsewhere(Command::new("bash"));
        shell.env("HOME", home.path()).env("AUDITCTL_NOW", CLOCK).current_dir(home.path());
        let output = shell.args(["-ec", &format!("{}\n{more}", script[..2].join("\n"))]).output().unwrap();
        assert!(output.status.success(), "{more}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for command in &script[2..] {
        assert!(!run(command).is_empty(), "{command}");
    }
    // The stamps of the logs are the park's: records and rows of one event stand together.
    let history = run("auditctl history purchaseorders 9 --since 2026-11-20");
    assert_eq!(
        history,
        "TIME (+09:00)        SOURCE     ID  USER     SUMMARY\n\
         2026-11-21 20:47:30  audit    1020  gerardo  POST /admin/api/purchaseorders/9/change/ → 302\n\
         2026-11-21 20:47:30  log         -  -        UPDATE total_price 1500.5 → 500.5\n\
         2026-11-21 20:47:30  audit    1019  ana      updated\n\
         2026-11-21 20:47:30  version   322  gerardo  changed total_price: Modificado Total price.\n"
    );
    let doctor = run("auditctl doctor --only time --columns id,state -o csv");
    assert_eq!(doctor, "id,state\r\ntime.zone,ok\r\ntime.clock,ok\r\n");
}

#[test]
fn xdg_data_home_is_the_default_folders_parent() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    assert!(auditctl(home.path()).arg("demo").env("XDG_DATA_HOME", &data).status().unwrap().success());
    assert!(data.join("auditctl/demo/db.sqlite3").is_file());
}

#[test]
fn a_folder_that_is_somebodys_is_refused_and_untouched() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("mine");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("db.sqlite3"), "precious").unwrap();
    let before = tree(home.path());
    let output = build(home.path(), &folder);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("mine is not empty and not an earlier demo, so nothing was written to it"), "{err}");
    assert!(tree(home.path()) == before);
}

#[test]
fn an_earlier_demo_is_built_anew() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    assert!(build(home.path(), &folder).status.success());
    let first = tree(home.path());
    fs::write(folder.join("db.sqlite3"), "used up").unwrap();
    fs::write(folder.join("logs/audit.log.2"), "rotated").unwrap();
    assert!(build(home.path(), &folder).status.success());
    assert!(tree(home.path()) == first);
}

#[test]
fn an_empty_folder_and_a_link_to_a_folder_will_do() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("real");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&folder, home.path().join("link")).unwrap();
    for _ in 0..2 {
        assert!(build(home.path(), Path::new("link")).status.success());
        assert!(home.path().join("link").is_symlink() && folder.join("db.sqlite3").is_file());
    }
}

#[test]
fn a_shell_that_stands_in_the_folder_is_told() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("here");
    fs::create_dir(&folder).unwrap();
    let output = auditctl(home.path()).args(["demo", "."]).current_dir(&folder).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("`cd .` takes it to the new one"));
    assert!(folder.join("db.sqlite3").is_file());
}

#[test]
fn a_failure_midway_leaves_nothing_half() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    for earlier in [false, true] {
        if earlier {
            assert!(build(home.path(), &folder).status.success());
        }
        let before = tree(home.path());
        // No file may grow beyond some 64 KiB; the signal is ignored, so that writing fails as on a full disk.
        let script = format!("trap '' XFSZ; ulimit -f 64; exec {} demo demo", env!("CARGO_BIN_EXE_auditctl"));
        let output = auditctl_shell(home.path(), &script);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(output.stdout.is_empty());
        assert!(tree(home.path()) == before, "earlier: {earlier}");
    }
}

fn auditctl_shell(home: &Path, script: &str) -> Output {
    Command::new("bash").args(["-c", script]).current_dir(home).env("HOME", home).output().unwrap()
}

#[test]
fn bad_input_has_its_message_and_code() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    for (folder, clock, code, message) in [
        ("file", CLOCK, 3, "file is not a folder"),
        ("file/below", CLOCK, 3, "could not be built in file/below"),
        ("demo", "yesterday", 2, "AUDITCTL_NOW: `yesterday` is no RFC 3339 time"),
        ("demo", "9999-06-01T00:00:00Z", 2, "its year must lie between 1970 and 9998"),
    ] {
        let output = auditctl(home.path()).args(["demo", folder]).env("AUDITCTL_NOW", clock).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{folder} {clock}: {err}");
        assert!(err.contains(message), "{err}");
        assert_eq!(tree(home.path()).len(), 1);
    }
}
