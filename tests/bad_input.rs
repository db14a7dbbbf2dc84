//! Databases that can't be read, each with its message and exit code; and not a byte of them is changed.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::Duration;

use common::{TestEnv, Writer};
use insta::assert_snapshot;

#[test]
fn no_database_is_named_and_none_is_found() {
    assert_snapshot!(TestEnv::empty().run("list"), @"
    ── stderr
    auditctl: error: no database was named and none was found
    hint: looked, in order, at --database (not given); --profile (not given); AUDITCTL_DATABASE (not set); AUDITCTL_PROFILE (not set); a default_profile (none in [ROOT]/home/.config/auditctl/config.toml (not there), /etc/auditctl/config.toml (not there)); DATABASE_URL (not set); db.sqlite3 beside a manage.py (no manage.py from here upward); ./db.sqlite3 (not there)
    hint: give `--database PATH`, or once for all: export AUDITCTL_DATABASE=/path/to/db.sqlite3
    ── status 2
    ");
    assert_snapshot!(TestEnv::empty().run("show 1"), @"
    ── stderr
    auditctl: error: no database was named and none was found
    hint: looked, in order, at --database (not given); --profile (not given); AUDITCTL_DATABASE (not set); AUDITCTL_PROFILE (not set); a default_profile (none in [ROOT]/home/.config/auditctl/config.toml (not there), /etc/auditctl/config.toml (not there)); DATABASE_URL (not set); db.sqlite3 beside a manage.py (no manage.py from here upward); ./db.sqlite3 (not there)
    hint: give `--database PATH`, or once for all: export AUDITCTL_DATABASE=/path/to/db.sqlite3
    ── status 2
    ");
}

#[test]
fn it_is_not_there() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run_harmless("list --database nowhere.sqlite3"), @"
    ── stderr
    auditctl: error: there is no database at nowhere.sqlite3
    hint: check the path, or the folder from which it is relative
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("show 1 --database sqlite:////srv/nowhere/db.sqlite3"), @"
    ── stderr
    auditctl: error: there is no database at /srv/nowhere/db.sqlite3
    hint: check the path, or the folder from which it is relative
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("list --database ''"), @"
    ── stderr
    auditctl: error: --database: its value is empty: give one, or leave the option out
    ── status 2
    ");
    std::os::unix::fs::symlink("gone", env.path("link")).unwrap();
    assert_snapshot!(env.run_harmless("list --database link"), @"
    ── stderr
    auditctl: error: there is no database at link
    hint: check the path, or the folder from which it is relative
    ── status 3
    ");
    File::create(env.path("file")).unwrap();
    assert_snapshot!(env.run_harmless("list --database file/db.sqlite3"), @"
    ── stderr
    auditctl: error: there is no database at file/db.sqlite3
    hint: check the path, or the folder from which it is relative
    ── status 3
    ");
}

#[test]
fn it_is_no_file() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("folder")).unwrap();
    assert_snapshot!(env.run_harmless("list --database folder"), @"
    ── stderr
    auditctl: error: folder is a directory, not a database file
    hint: name the file in it, for example folder/db.sqlite3
    ── status 3
    ");
    // Opening it would wait for a writer.
    rustix::fs::mknodat(
        rustix::fs::CWD,
        env.path("fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert_snapshot!(env.run_harmless("list --database fifo"), @"
    ── stderr
    auditctl: error: fifo is a FIFO, not a database file
    hint: name the service's database file, often db.sqlite3 beside manage.py
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("list --database /dev/null"), @"
    ── stderr
    auditctl: error: /dev/null is a device, not a database file
    hint: name the service's database file, often db.sqlite3 beside manage.py
    ── status 3
    ");
    let _socket = std::os::unix::net::UnixListener::bind(env.path("socket")).unwrap();
    assert_snapshot!(env.run_harmless("list --database socket"), @"
    ── stderr
    auditctl: error: socket is a socket, not a database file
    hint: name the service's database file, often db.sqlite3 beside manage.py
    ── status 3
    ");
}

#[test]
fn it_is_no_database() {
    let env = TestEnv::empty();
    fs::write(env.path("empty"), "").unwrap();
    assert_snapshot!(env.run_harmless("list --database empty"), @"
    ── stderr
    auditctl: error: empty is empty: the service has not created its tables there
    hint: check the path: SQLite creates an empty file for a name that was mistyped; or run manage.py migrate
    ── status 3
    ");
    fs::write(env.path("short"), "SQLite format 3\0").unwrap();
    assert_snapshot!(env.run_harmless("list --database short"), @"
    ── stderr
    auditctl: error: short is not a SQLite database
    hint: name the service's database file, often db.sqlite3 beside manage.py
    ── status 3
    ");
    fs::write(env.path("text"), "-- not a database, but a dump of one\n".repeat(100)).unwrap();
    assert_snapshot!(env.run_harmless("list --database text"), @"
    ── stderr
    auditctl: error: text is not a SQLite database
    hint: name the service's database file, often db.sqlite3 beside manage.py
    ── status 3
    ");
    fs::write(env.path("noise"), [&b"SQLite format 3\0"[..], &[0xa5; 8176]].concat()).unwrap();
    assert_snapshot!(env.run_harmless("list --database noise"), @"
    ── stderr
    auditctl: error: noise is damaged: its header is not a database's
    hint: see what is wrong with: sqlite3 'noise' 'pragma integrity_check'
    ── status 3
    ");
}

#[test]
fn it_is_another_program_s() {
    let env = TestEnv::with_demo();
    env.sql("DROP TABLE api_auditlog");
    assert_snapshot!(env.run_harmless("list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 has no audit table: none of its 19 tables is named *_auditlog and has the seven columns
    hint: name the table with --audit-table, or another database with --database
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("list --audit-table django_session"), @"
    ── stderr
    auditctl: error: the table django_session is not an audit table: it lacks id, timestamp, action, model, record_id, details, user_id
    hint: an audit table has id, timestamp, action, model, record_id, details and user_id
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("list --audit-table api_auditlog"), @"
    ── stderr
    auditctl: error: there is no table api_auditlog in [ROOT]/work/db.sqlite3
    hint: leave --audit-table out to have the table found
    ── status 3
    ");
    env.sql("CREATE TABLE shop_auditlog (id integer PRIMARY KEY, timestamp, action, details)");
    assert_snapshot!(env.run_harmless("list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 has no audit table: none of its 20 tables is named *_auditlog and has the seven columns
    hint: name the table with --audit-table, or another database with --database
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("list --audit-table shop_auditlog"), @"
    ── stderr
    auditctl: error: the table shop_auditlog is not an audit table: it lacks model, record_id, user_id
    hint: an audit table has id, timestamp, action, model, record_id, details and user_id
    ── status 3
    ");
}

#[test]
fn its_audit_table_has_keys_that_are_no_integers() {
    let env = TestEnv::with_demo();
    let columns = "timestamp, action, model, record_id, details, user_id";
    env.sql(&format!(
        "DROP TABLE api_auditlog;
         CREATE TABLE shop_auditlog (id text PRIMARY KEY, {columns});
         INSERT INTO shop_auditlog (id) VALUES ('2f0c8a7e')"
    ));
    assert_snapshot!(env.run_harmless("list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 has no audit table: none of its 20 tables is named *_auditlog and has the seven columns
    hint: name the table with --audit-table, or another database with --database
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("show 5"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 has no audit table: none of its 20 tables is named *_auditlog and has the seven columns
    hint: name the table with --audit-table, or another database with --database
    ── status 3
    ");
}

#[test]
fn another_prefix_is_found_and_several_are_named() {
    let env = TestEnv::with_story();
    env.sql("ALTER TABLE api_auditlog RENAME TO shop_auditlog");
    assert_snapshot!(env.run_harmless("list --user 7"), @"
    ID  TIME (-06:00)        USER        ACTION            MODEL        RECORD  STATUS
    15  2026-11-23 14:10:00  josé.araya  GET /api/visits/  API Request       -     500
    ── status 0
    ");
    env.sql("CREATE TABLE \"Bad\u{1b}'\"\" name_auditlog\" AS SELECT * FROM shop_auditlog WHERE user_id = 5");
    assert_snapshot!(env.run_harmless("list"), @"
    ID  TIME (-06:00)        USER        ACTION                          MODEL           RECORD  STATUS
    18  2026-11-23 15:30:00  id 4711     updated                         UserProfile       4711       -
    17  2026-11-23 15:00:00  directora   GET /api/audit_log/             API Request          -     200
    16  2026-11-23 14:34:00  ana         PUT /api/fotos/ñandú_100%/      API Request          -     403
    15  2026-11-23 14:10:00  josé.araya  GET /api/visits/                API Request          -     500
    14  2026-11-22 14:15:00  -           deleted                         purchaseorders       9       -
    13  2026-11-22 14:15:00  directora   DELETE /api/purchase_orders/9/  API Request          -     204
    12  2026-11-22 13:00:02  88887777    POST /api/notes/                API Request          -       -
    11  2026-11-22 13:00:01  88887777    POST /api/notes/                API Request          -     404
    10  2026-11-22 13:00:00  88887777    POST /api/notes/                API Request          -     415
     9  2026-11-22 12:30:05  ana         POST /api/login/                API Request          -     200
     8  2026-11-22 12:30:00  -           POST /api/login/                API Request          -     401
     7  2026-11-21 00:00:00  -           updated                         purchaseorders       9       -
     6  2026-11-21 00:00:00  ana         created                         payments             1       -
     5  2026-11-21 00:00:00  ana         POST /api/payments/             API Request          -     201
     4  2026-11-20 23:59:59  ana         POST /api/payments/             API Request          -     400
     3  2026-11-20 08:05:10  -           GET /api/payments/methods/      API Request          -     200
     2  2026-11-20 08:00:00  ana         POST /api/purchase_orders/      API Request          -     201
     1  2026-11-20 08:00:00  ana         created                         purchaseorders       9       -
    ── status 0
    ");
    assert_snapshot!(env.run_harmless("list --audit-table shop_auditlog --count"), @"
    18
    ── status 0
    ");
    assert_snapshot!(env.run_harmless("list --audit-table SHOP_AUDITLOG --count"), @"
    18
    ── status 0
    ");
    assert_snapshot!(env.run_harmless("list --audit-table shop_auditlgo --count"), @"
    ── stderr
    auditctl: error: there is no table shop_auditlgo in [ROOT]/work/db.sqlite3
    hint: did you mean shop_auditlog?
    ── status 3
    ");
    let odd = env.output(env.command(["list", "--count", "--audit-table", "Bad\u{1b}'\" name_auditlog"]));
    assert_snapshot!(odd, @r#"
    ── stderr
    auditctl: error: the table Bad\x1b'" name_auditlog is not an audit table: its id is not an integer primary key
    hint: name another table with --audit-table
    ── status 3
    "#);
    // The usual name wins over others.
    env.sql("CREATE TABLE api_auditlog AS SELECT * FROM shop_auditlog WHERE user_id = 1");
    assert_snapshot!(env.run_harmless("list --count"), @"
    18
    ── status 0
    ");
}

#[test]
fn it_is_damaged() {
    let env = TestEnv::with_demo();
    let length = fs::metadata(env.database()).unwrap().len();
    let damaged = |name: &str| {
        fs::copy(env.database(), env.path(name)).unwrap();
        File::options().write(true).open(env.path(name)).unwrap()
    };
    // Pages in the middle: the rows of the audit table are among them.
    damaged("middle").write_all_at(&vec![0xa5; usize::try_from(length / 2).unwrap()], length / 4).unwrap();
    assert_snapshot!(env.run_harmless("list --database middle --columns id,details -q --all -o csv"), @"
    ── stderr
    auditctl: error: middle is damaged: database disk image is malformed
    hint: see what is wrong with: sqlite3 'middle' 'pragma integrity_check'
    ── status 3
    ");
    assert_eq!(env.run_harmless("list --database middle --count --search x").status, 3);
    damaged("cut").set_len(length / 2 / 4096 * 4096).unwrap();
    assert_snapshot!(env.run_harmless("list --database cut"), @"
    ── stderr
    auditctl: error: cut is damaged: database disk image is malformed
    hint: see what is wrong with: sqlite3 'cut' 'pragma integrity_check'
    ── status 3
    ");
    damaged("page-size").write_all_at(&[0xff, 0xff], 16).unwrap();
    assert_snapshot!(env.run_harmless("list --database page-size"), @"
    ── stderr
    auditctl: error: page-size is damaged: its header is not a database's
    hint: see what is wrong with: sqlite3 'page-size' 'pragma integrity_check'
    ── status 3
    ");
    damaged("first-page").write_all_at(&[0xff; 3000], 100).unwrap();
    assert_snapshot!(env.run_harmless("list --database first-page"), @"
    ── stderr
    auditctl: error: first-page is damaged: database disk image is malformed
    hint: see what is wrong with: sqlite3 'first-page' 'pragma integrity_check'
    ── status 3
    ");
    damaged("version").write_all_at(&[9, 9], 18).unwrap();
    assert_snapshot!(env.run_harmless("list --database version"), @"
    ── stderr
    auditctl: error: version is damaged: its header is not a database's
    hint: see what is wrong with: sqlite3 'version' 'pragma integrity_check'
    ── status 3
    ");
}

#[test]
fn as_a_writer() {
    common::writer::serve();
}

#[test]
fn it_is_locked_for_good() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    writer.sql("BEGIN EXCLUSIVE");
    assert_snapshot!(env.run_harmless("list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 is locked: another process has held it for more than 5 s
    hint: try again when the long transaction is over; fuser '[ROOT]/work/db.sqlite3' names the process
    ── status 3
    ");
}

#[test]
fn it_is_locked_for_a_while() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    writer.sql("BEGIN EXCLUSIVE");
    thread::scope(|scope| {
        let counted = scope.spawn(|| env.run("list --count"));
        thread::sleep(Duration::from_millis(300));
        writer.sql("DELETE FROM api_auditlog WHERE id > 5; COMMIT");
        assert_snapshot!(counted.join().unwrap(), @"
        5
        ── status 0
        ");
    });
}

#[test]
fn a_writer_in_its_transaction_is_not_waited_for() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    writer.sql("BEGIN IMMEDIATE; DELETE FROM api_auditlog WHERE id > 5");
    assert!(env.path("db.sqlite3-journal").exists());
    assert_snapshot!(env.run_harmless("list --count"), @"
    18
    ── status 0
    ");
    writer.sql("COMMIT");
    assert_snapshot!(env.run_harmless("list --count"), @"
    5
    ── status 0
    ");
    // A writer may keep its journal for the next time, emptied in one way or another.
    for mode in ["PERSIST", "TRUNCATE"] {
        writer.sql(&format!("PRAGMA journal_mode = {mode}; DELETE FROM api_auditlog WHERE id > 4"));
        assert!(env.path("db.sqlite3-journal").exists());
        assert_eq!(env.run_harmless("list --count").text(), "4\n");
        writer.sql("BEGIN IMMEDIATE; DELETE FROM api_auditlog");
        assert_eq!(env.run_harmless("list --count").text(), "4\n");
        writer.sql("ROLLBACK");
        assert_eq!(env.run_harmless("list --count").text(), "4\n");
    }
}

/// Nothing of its transaction had reached the file yet.
#[test]
fn a_writer_died_before_it_wrote() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    writer.sql("BEGIN IMMEDIATE; DELETE FROM api_auditlog");
    drop(writer);
    assert!(env.path("db.sqlite3-journal").exists());
    assert_snapshot!(env.run_harmless("list --count"), @"
    18
    ── status 0
    ");
}

/// A process died while it wrote: the file is half old and half new until somebody who may write rolls it back.
#[test]
fn a_writer_died_in_its_transaction() {
    let env = TestEnv::with_demo();
    let mut writer = Writer::of(&env.database());
    writer.sql("PRAGMA cache_size = 5; BEGIN; UPDATE api_auditlog SET details = 'half ' || details");
    drop(writer);
    assert!(env.path("db.sqlite3-journal").exists());
    assert_snapshot!(env.run_harmless("list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 has a hot journal: a process died while writing, and only one that may write can roll it back
    hint: let the service open it, or run as its owner: sqlite3 '[ROOT]/work/db.sqlite3' .tables
    ── status 3
    ");
    assert_snapshot!(env.run_harmless("show 1"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 has a hot journal: a process died while writing, and only one that may write can roll it back
    hint: let the service open it, or run as its owner: sqlite3 '[ROOT]/work/db.sqlite3' .tables
    ── status 3
    ");
    // The remedy that is named is one.
    env.sql("SELECT * FROM sqlite_schema");
    assert_snapshot!(env.run_harmless("list --count --search half"), @"
    0
    ── status 0
    ");
}

#[test]
fn a_text_where_a_time_belongs_is_shown_as_stored() {
    let env = TestEnv::with_story();
    env.sql("UPDATE api_auditlog SET timestamp = 'last Tuesday' WHERE id = 14");
    env.sql("UPDATE api_auditlog SET timestamp = 20261122 WHERE id IN (6, 7)");
    assert_snapshot!(env.run_harmless("list --record-id 9"), @"
    ID  TIME (-06:00)        USER  ACTION   MODEL           RECORD  STATUS
    14  last Tuesday         -     deleted  purchaseorders       9       -
     1  2026-11-20 08:00:00  ana   created  purchaseorders       9       -
     7  20261122             -     updated  purchaseorders       9       -
    ── stderr
    warning: entry 14 (and 1 more) has a timestamp that is not a time; it is shown as stored
    ── status 0
    ");
    assert_snapshot!(env.run_harmless("list --record-id 9 --limit 1 -o csv -q"), @"
    id,timestamp,action,model,record_id,details,user␍
    14,last Tuesday,deleted,purchaseorders,9,Action deleted on purchaseorders with id 9,␍
    ── status 0
    ");
    assert_snapshot!(env.run_harmless("show 14"), @"
    entry 14
      time      last Tuesday (not a time)
      user      (none)
      action    deleted
      model     purchaseorders
      record    9
      details   Action deleted on purchaseorders with id 9
    ── status 0
    ");
    // It was not written at any time, and so not since.
    assert_snapshot!(env.run_harmless("list --record-id 9 --since 2000-01-01 --count"), @"
    1
    ── status 0
    ");
}

#[test]
fn a_null_where_none_belongs_is_shown_as_nothing() {
    let env = TestEnv::with_story();
    env.lift_constraints();
    env.sql("UPDATE api_auditlog SET timestamp = NULL, action = NULL, model = NULL WHERE id = 14");
    assert_snapshot!(env.run_harmless("list --record-id 9"), @"
    ID  TIME (-06:00)        USER  ACTION   MODEL           RECORD  STATUS
     7  2026-11-21 00:00:00  -     updated  purchaseorders       9       -
     1  2026-11-20 08:00:00  ana   created  purchaseorders       9       -
    14  -                    -     -        -                    9       -
    ── stderr
    warning: entry 14 has a timestamp that is not a time; it is shown as stored
    ── status 0
    ");
    assert_snapshot!(env.run_harmless("list --record-id 9 --columns id,timestamp,action,model,method,path -o json"), @r#"
    [
    {"id":7,"timestamp":"2026-11-21T00:00:00-06:00","action":"updated","model":"purchaseorders","method":null,"path":null},
    {"id":1,"timestamp":"2026-11-20T08:00:00-06:00","action":"created","model":"purchaseorders","method":null,"path":null},
    {"id":14,"timestamp":null,"action":null,"model":null,"method":null,"path":null}
    ]
    ── stderr
    warning: entry 14 has a timestamp that is not a time; it is shown as stored
    ── status 0
    "#);
    assert_snapshot!(env.run_harmless("show 14"), @"
    entry 14
      time      (none)
      user      (none)
      action    (none)
      model     (none)
      record    9
      details   Action deleted on purchaseorders with id 9
    ── status 0
    ");
}

#[test]
fn no_command_changes_a_byte() {
    let env = TestEnv::with_demo();
    for line in [
        "list",
        "list --all -o csv",
        "list --user ana --ordering user,-id --status 4xx --limit 5 --offset 3",
        "list --search total --count",
        "list --count",
        "list --user nobody",
        "show 1 2 99999",
        "show 5 --raw --reveal",
        "list -v --ordering details --all -o ndjson",
        "list --model purchaseorder",
        "config",
        "config -o json",
        "completions bash",
        "man list",
        "models",
        "deleted",
        "versions purchaseorders 3",
        "history purchaseorders 3",
    ] {
        env.run_harmless(line);
    }
}
