//! What `-v` says on stderr: which database, what it took, how long.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

/// Without what differs from run to run: the version of SQLite and the time.
fn said(env: &TestEnv, line: &str) -> String {
    let ran = env.run(line).to_string();
    let lines = ran.lines().map(|line| match line.split_once(" s").map(|(front, _)| front) {
        Some(front) if front.starts_with("note: done in ") => "note: done in [TIME] s".to_owned(),
        _ => match line.strip_prefix("note: SQLite ").and_then(|rest| rest.split_once(',')) {
            Some((_, rest)) => format!("note: SQLite [VERSION],{rest}"),
            None => line.to_owned(),
        },
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_was_read_and_what_it_took() {
    let env = TestEnv::with_story();
    assert_snapshot!(said(&env, "list -v --user 7 --timezone -06:00 -o ndjson --columns id"), @r#"
    {"id":15}
    ── stderr
    note: database [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder)
    note: SQLite [VERSION], rollback journal; audit table api_auditlog; time zone -06:00 (--timezone)
    note: looked at 1 row in 1 range on 1 connection; 1 matched
    note: done in [TIME] s
    ── status 0
    "#);
    assert_snapshot!(said(&env, "list --count --search visits -v"), @"
    0
    ── stderr
    note: database [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder)
    note: SQLite [VERSION], rollback journal; audit table api_auditlog; time zone machine (TZ)
    note: looked at 18 rows in 1 range on 1 connection; 0 matched
    note: done in [TIME] s
    ── status 0
    ");
    assert_snapshot!(said(&env, "show 14 -v --utc -o ndjson"), @r#"
    {"id":14,"timestamp":"2026-11-22T20:15:00Z","action":"deleted","model":"purchaseorders","record_id":9,"details":"Action deleted on purchaseorders with id 9","user":null,"username":null,"method":null,"path":null,"status":null,"request":null,"response":null,"decoded":"none"}
    ── stderr
    note: database [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder)
    note: SQLite [VERSION], rollback journal; audit table api_auditlog; time zone UTC (--utc)
    note: read 1 of 1 by their ids
    note: done in [TIME] s
    ── status 0
    "#);
    assert_snapshot!(said(&env, "deleted -v --count"), @"
    8
    ── stderr
    note: database [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder)
    note: SQLite [VERSION], rollback journal; audit table api_auditlog; time zone machine (TZ)
    note: done in [TIME] s
    ── status 0
    ");
}

#[test]
fn quiet_is_stronger_and_nothing_is_said_unasked() {
    let env = TestEnv::with_story();
    assert_eq!(env.run("list -v -q").said(), "");
    assert_eq!(env.run("list").said(), "");
}

/// A password in the address of a database is not said either.
#[test]
fn no_password_is_said() {
    let env = TestEnv::empty();
    let ran = env.run("list -v --database postgres://auditor:caoba@db.example/park");
    assert!(ran.said().contains("note: database postgres://auditor") && !ran.said().contains("caoba"), "{ran}");
}

#[test]
fn files_that_are_named_neither_as_a_log_nor_as_a_backup() {
    let env = TestEnv::empty();
    std::fs::create_dir_all(env.path("logs/below.log.old")).unwrap();
    let names =
        ["audit.log", "audit.log.1", "audit.log.bak", "audit.log~", "events.jsonl-old", ".audit.log.part", "notes"];
    for name in names {
        std::fs::write(env.path(format!("logs/{name}")), "2026-11-23 03:09:54 - a - INFO - x\n").unwrap();
    }
    assert_snapshot!(said(&env, "parse logs --count -v"), @"
    2
    ── stderr
    note: logs/audit.log.bak: it is named neither as a log nor as a backup, and read only when it is given by its name
    note: logs/audit.log~: it is named neither as a log nor as a backup, and read only when it is given by its name
    note: logs/events.jsonl-old: it is named neither as a log nor as a backup, and read only when it is given by its name
    records read: 2, matching: 2; lines that belong to no record: 0; broken objects: 0
    note: done in [TIME] s
    ── status 0
    ");
}
