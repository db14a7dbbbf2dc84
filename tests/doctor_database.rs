//! `auditctl doctor`: what it finds of the database, the audit table, zones and clocks.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use common::env::{NOW, narrow};
use common::service::Service;
use common::{Missing, Ran, TestEnv, Writer, python, skip};
use insta::assert_snapshot;

#[test]
fn as_a_writer() {
    common::writer::serve();
}

/// Without what differs from machine to machine: the engine's version, the room on the disk.
fn shown(ran: &Ran) -> String {
    let version = format!("SQLite {}", rusqlite::version());
    let text = narrow(ran).replace(&version, "SQLite 3");
    let lines = text.lines().map(|line| match line.split_once("; room for ") {
        Some((before, after)) => {
            let end = after
                .find(['"', ' '])
                .map_or("", |_| if after.contains("\",\"") { "\",\"remedy\":null}," } else { "  -" });
            format!("{before}; room{end}")
        }
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Lets everybody come as far as into the folder where the program runs; false, after saying that the test is skipped,
/// where the folders above it are closed.
#[track_caller]
fn open_the_way(env: &TestEnv) -> bool {
    for folder in [env.root(), &env.path("")] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
    let is_open = |folder: &Path| fs::metadata(folder).unwrap().permissions().mode() & 0o001 != 0;
    let way = env.root().canonicalize().unwrap().ancestors().all(is_open);
    if !way {
        skip(Missing::Privilege, "nobody else can come as far as into the folder of temporary files");
    }
    way
}

#[test]
fn the_demo() {
    let env = TestEnv::with_demo();
    assert_snapshot!(shown(&env.run_harmless("doctor --only database,table,time --skip database.permissions --log-timezone -06:00")), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  ok  -  [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder): SQLite 3, rollback journal, UTF-8  -
    database.integrity  ok  -  no damage: the whole database passed the quick check  -
    database.size  ok  -  736 KiB; 1,118 entries in api_auditlog; 37 entries a day in the last 28 days, which take about 11.4 KiB a day; room  -
    table.schema  ok  -  api_auditlog is as the service's contract says  -
    table.index  warn  timestamp  api_auditlog has no index on timestamp: the service sorts all of it for each page of its newest entries (auditctl does without). While one is created, nobody can write: choose a quiet hour  CREATE INDEX "api_auditlog_timestamp_idx" ON "api_auditlog" ("timestamp"); -- or, so that Django keeps it, in the model's Meta: indexes = [models.Index(fields=["timestamp"], name="api_auditlog_timestamp_idx")]
    table.secrets  warn  -  132 of 1,118 entries hold secrets in the clear (auditctl masks them in what it shows, the table does not)  mask them in the service's middleware before it writes the row; and change the passwords and tokens that are in the table already
    table.secrets  warn  POST /api/login/  107 entries  auditctl list --method POST --path '/api/login/'
    table.secrets  warn  POST /api/token/refresh/  11 entries  auditctl list --method POST --path '/api/token/refresh/'
    table.secrets  warn  GET /api/audit_log/  6 entries  auditctl list --method GET --path '/api/audit_log/'
    table.secrets  warn  POST /admin/api/userprofile/:id/change/  5 entries  auditctl list --method POST --path '/admin/api/userprofile/*/change/'
    table.secrets  warn  POST /admin/auth/user/:id/change/  1 entry  auditctl list --method POST --path '/admin/auth/user/*/change/'
    table.secrets  warn  POST /admin/login/  1 entry  auditctl list --method POST --path '/admin/login/'
    table.secrets  warn  POST /api/payments/  1 entry  auditctl list --method POST --path '/api/payments/'
    time.zone  ok  -  times are shown in the machine's zone, -06:00 (TZ); log stamps are read in -06:00 (--log-timezone)  -
    time.clock  ok  -  now it is 2026-11-23 15:33:28 -06:00, and nothing is of the future  -
    ── status 0
    "#);
    assert_snapshot!(shown(&env.run("doctor --only database --skip database.permissions -o json")), @r#"
    [
    {"id":"database.reachable","state":"ok","subject":null,"message":"[ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder): SQLite 3, rollback journal, UTF-8","remedy":null},
    {"id":"database.integrity","state":"ok","subject":null,"message":"no damage: the whole database passed the quick check","remedy":null},
    {"id":"database.size","state":"ok","subject":null,"message":"736 KiB; 1,118 entries in api_auditlog; 37 entries a day in the last 28 days, which take about 11.4 KiB a day; room","remedy":null},
    ]
    ── status 0
    "#);
}

#[test]
fn on_a_terminal_a_remedy_can_be_copied() {
    let env = TestEnv::with_demo();
    env.sql("UPDATE api_auditlog SET action = 'GET /' || char(27) || '[31m''/' WHERE id = (SELECT min(id) FROM api_auditlog WHERE details LIKE '%password%')");
    let ran = env.run_on_terminal(60, "doctor --only table,logs.folder --log-dir none");
    assert_snapshot!(ran, @r#"
    ␛[32mok     ␛[0m  ␛[1mtable.schema␛[0m  api_auditlog is as the service's
             contract says
    ␛[33mwarn   ␛[0m  ␛[1mtable.index␛[0m  timestamp: api_auditlog has no index
             on timestamp: the service sorts all of it for each
             page of its newest entries (auditctl does without).
             While one is created, nobody can write: choose a
             quiet hour
             ␛[36mCREATE INDEX "api_auditlog_timestamp_idx" ON "api_auditlog" ("timestamp"); -- or, so that Django keeps it, in the model's Meta: indexes = [models.Index(fields=["timestamp"], name="api_auditlog_timestamp_idx")]␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  132 of 1,118 entries hold secrets in
             the clear (auditctl masks them in what it shows,
             the table does not)
             ␛[36mmask them in the service's middleware before it writes the row; and change the passwords and tokens that are in the table already␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  POST /api/login/: 107 entries
             ␛[36mauditctl list --method POST --path '/api/login/'␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  POST /api/token/refresh/: 11 entries
             ␛[36mauditctl list --method POST --path '/api/token/refresh/'␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  GET /api/audit_log/: 6 entries
             ␛[36mauditctl list --method GET --path '/api/audit_log/'␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  POST
             /admin/api/userprofile/:id/change/: 5 entries
             ␛[36mauditctl list --method POST --path '/admin/api/userprofile/*/change/'␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  GET /\x1b[31m'/: 1 entry
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  POST /admin/auth/user/:id/change/: 1
             entry
             ␛[36mauditctl list --method POST --path '/admin/auth/user/*/change/'␛[0m
    ␛[33mwarn   ␛[0m  ␛[1mtable.secrets␛[0m  POST /api/payments/: 1 entry
             ␛[36mauditctl list --method POST --path '/api/payments/'␛[0m
    ␛[1m␛[31mfail   ␛[0m  ␛[1mlogs.folder␛[0m  none: the folder of the logs is not
             there
             ␛[36mit comes from: --log-dir␛[0m
    ── stderr
    1 fail, 9 warn, 1 ok
    ── status 1
    "#);
    assert_snapshot!(env.run_on_terminal(60, "doctor --only table.index --columns id,state"), @"
    ␛[1mCHECK        ␛[0m␛[1mSTATE␛[0m
    table.index  warn
    ── status 0
    ");
}

#[test]
fn the_service() {
    let Some(service) = Service::shared() else { return };
    let env = TestEnv::empty();
    fs::copy(service.database(), env.database()).unwrap();
    let ran = env.run_harmless("doctor --only database.reachable,database.integrity,table.schema,table.index");
    assert_snapshot!(shown(&ran), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  ok  -  [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder): SQLite 3, rollback journal, UTF-8  -
    database.integrity  ok  -  no damage: the whole database passed the quick check  -
    table.schema  ok  -  api_auditlog is as the service's contract says  -
    table.index  warn  timestamp  api_auditlog has no index on timestamp: the service sorts all of it for each page of its newest entries (auditctl does without). While one is created, nobody can write: choose a quiet hour  CREATE INDEX "api_auditlog_timestamp_idx" ON "api_auditlog" ("timestamp"); -- or, so that Django keeps it, in the model's Meta: indexes = [models.Index(fields=["timestamp"], name="api_auditlog_timestamp_idx")]
    ── status 0
    "#);
    // No more entries than are masked in a list: where what is masked tells nothing, it is not counted.
    let details = |more: &str| env.run(&format!("list --all --ordering id --columns id,details -o ndjson {more}"));
    let (raw, masked) = (details("--reveal"), details(""));
    let differ = raw.text().lines().zip(masked.text().lines()).filter(|(raw, masked)| raw != masked).count();
    let found = env.run("doctor --only table.secrets -o json").json();
    let total: usize =
        found[0]["message"].as_str().unwrap().split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(total > 0 && total <= differ, "{total} of {differ}");
    let parts: usize = found.as_array().unwrap()[1..]
        .iter()
        .map(|finding| {
            finding["message"].as_str().unwrap().split(' ').next().unwrap().replace(',', "").parse::<usize>().unwrap()
        })
        .sum();
    assert_eq!(parts, total, "each of them is of one endpoint");
}

/// The SQL and the line for Django are two ways to the same index.
#[test]
fn the_index_is_the_one_that_django_would_create() {
    let env = TestEnv::with_demo();
    let found = env.run("doctor --only table.index -o json").json();
    let remedy = found[0]["remedy"].as_str().unwrap();
    let (sql, line) = remedy.split_once(" -- ").unwrap();
    let line = line.split_once("Meta: ").unwrap().1;
    if let Some(python) = python::importing("django") {
        let script = format!(
            "import django\nfrom django.conf import settings\n\
             settings.configure(DATABASES={{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}}})\n\
             django.setup()\nfrom django.db import connection, models\n\
             class AuditLog(models.Model):\n\
             \x20   timestamp = models.DateTimeField()\n\
             \x20   class Meta:\n        app_label = 'api'\n        {line}\n\
             with connection.schema_editor(collect_sql=True) as editor:\n\
             \x20   editor.add_index(AuditLog, AuditLog._meta.indexes[0])\nprint(*editor.collected_sql)"
        );
        let output = Command::new(python).args(["-B", "-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), sql, "{}", String::from_utf8_lossy(&output.stderr));
    }
    // Pasted whole.
    env.sql(remedy);
    assert_snapshot!(shown(&env.run("doctor --only table.index")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    table.index  ok  -  api_auditlog has an index on timestamp, api_auditlog_timestamp_idx  -
    ── status 0
    ");
    env.sql("DROP INDEX api_auditlog_user_id_b15d4175; ALTER TABLE api_auditlog RENAME TO \"2 o'park\"\"s_auditlog\"");
    let found = env.run("doctor --only table.index -o json").json();
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    env.sql(found[1]["remedy"].as_str().unwrap());
    assert_eq!(env.run("doctor --only table.index -o json").json()[0]["state"], "ok");
}

#[test]
fn a_database_that_cannot_be_reached() {
    let env = TestEnv::empty();
    assert_snapshot!(shown(&env.run_harmless("doctor --only database,table,time.clock --database nowhere.sqlite3")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  fail  -  there is no database at nowhere.sqlite3  check the path, or the folder from which it is relative
    database.permissions  skipped  -  there is no file to look at  -
    database.integrity  skipped  -  the database could not be opened  -
    database.size  skipped  -  the database could not be opened  -
    table.schema  skipped  -  the database could not be opened  -
    table.index  skipped  -  the database could not be opened  -
    table.secrets  skipped  -  the database could not be opened  -
    time.clock  skipped  -  there is neither an entry nor a log to compare the clock with  -
    ── status 1
    ");
    File::create(env.database()).unwrap();
    fs::set_permissions(env.database(), Permissions::from_mode(0o600)).unwrap();
    assert_snapshot!(shown(&env.run_harmless("doctor --only database.reachable,database.permissions")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  fail  -  [ROOT]/work/db.sqlite3 is empty: the service has not created its tables there  check the path: SQLite creates an empty file for a name that was mistyped; or run manage.py migrate
    database.permissions  ok  -  nobody may touch the file and its folder who should not  -
    ── status 1
    ");
    fs::write(
        env.database(),
        "no database, but a text that is long enough to have a header of a hundred bytes, were it one, as it is not",
    )
    .unwrap();
    assert_snapshot!(shown(&env.run_harmless("doctor --only database.reachable -o ndjson")), @r#"
    {"id":"database.reachable","state":"fail","subject":null,"message":"[ROOT]/work/db.sqlite3 is not a SQLite database","remedy":"name the service's database file, often db.sqlite3 beside manage.py"}
    ── status 1
    "#);
    assert_snapshot!(shown(&env.run("doctor --only database.reachable --database postgres://ana:hunter2@db/park")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  fail  -  this version of the program reads SQLite databases only, not PostgreSQL  name a SQLite file with --database
    ── status 1
    ");
    assert_snapshot!(shown(&env.run("doctor --only database.reachable --database postgres://ana:hunter2@db:port/park")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  fail  -  --database: the port in the URL is no number from 1 to 65535 (in a password, `/` is written %2F, `?` %3F and `@` %40)  -
    ── status 1
    ");
}

#[test]
fn a_foreign_one() {
    let env = TestEnv::empty();
    rusqlite::Connection::open(env.database())
        .unwrap()
        .execute_batch("CREATE TABLE notes (id integer PRIMARY KEY, text text); INSERT INTO notes VALUES (1, 'a')")
        .unwrap();
    assert_snapshot!(shown(&env.run_harmless("doctor --only database,table,time.clock --skip database.permissions")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  ok  -  [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder): SQLite 3, rollback journal, UTF-8  -
    database.integrity  ok  -  no damage: the whole database passed the quick check  -
    database.size  ok  -  8 KiB; room  -
    table.schema  fail  -  [ROOT]/work/db.sqlite3 has no audit table: none of its 1 tables is named *_auditlog and has the seven columns  name the table with --audit-table, or another database with --database
    table.index  skipped  -  no audit table could be opened  -
    table.secrets  skipped  -  no audit table could be opened  -
    time.clock  skipped  -  there is neither an entry nor a log to compare the clock with  -
    ── status 1
    ");
}

#[test]
fn a_locked_one() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    writer.sql("BEGIN EXCLUSIVE; DELETE FROM api_auditlog");
    assert_snapshot!(shown(&env.run("doctor --only database.reachable,table.schema")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  fail  -  [ROOT]/work/db.sqlite3 is locked: another process has held it for more than 5 s  try again when the long transaction is over; fuser '[ROOT]/work/db.sqlite3' names the process
    table.schema  skipped  -  the database could not be opened  -
    ── status 1
    ");
    writer.sql("ROLLBACK");
    assert_eq!(env.run("doctor --only database.reachable").status, 0);
}

#[test]
fn one_with_a_write_ahead_log() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    writer.sql("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; DELETE FROM api_auditlog WHERE id = 9");
    let before = fs::read(env.database()).unwrap();
    writer.sql("BEGIN IMMEDIATE; DELETE FROM api_auditlog WHERE id = 8");
    assert_snapshot!(shown(&env.run("doctor --only database,table.secrets --skip database.permissions")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  ok  -  [ROOT]/work/db.sqlite3 (found: db.sqlite3 in the current folder): SQLite 3, write-ahead log, UTF-8  -
    database.integrity  ok  -  no damage: the whole database passed the quick check  -
    database.size  ok  -  744 KiB; 17 entries in api_auditlog; 5.1 entries a day in the last 4 days, which take about 944 bytes a day; room  -
    table.secrets  warn  -  1 of 17 entries holds secrets in the clear (auditctl masks them in what it shows, the table does not)  mask them in the service's middleware before it writes the row; and change the passwords and tokens that are in the table already
    table.secrets  warn  POST /api/login/  1 entry  auditctl list --method POST --path '/api/login/'
    ── status 0
    ");
    assert!(fs::read(env.database()).unwrap() == before);
    writer.sql("COMMIT");
    assert_eq!(env.run("doctor --only table.secrets -o json").json()[0]["state"], "ok");
}

#[test]
fn damage() {
    let env = TestEnv::with_demo();
    let size = fs::metadata(env.database()).unwrap().len();
    // A page in the middle of the file that belongs to the audit table.
    let page = {
        let database = env.connect();
        let page: i64 = database
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'api_auditlog'", [], |row| row.get(0))
            .unwrap();
        u64::try_from(page).unwrap()
    };
    assert!(page * 4096 <= size);
    File::options().write(true).open(env.database()).unwrap().write_all_at(&[0xff; 64], (page - 1) * 4096 + 8).unwrap();
    let ran = env.run_harmless("doctor --only database.reachable,database.integrity,table.secrets -o ndjson");
    let findings: Vec<serde_json::Value> = ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding["id"].as_str().unwrap(), finding["state"].as_str().unwrap())).collect();
    assert_eq!(ran.status, 1, "{ran}");
    assert_eq!((states[0], states[1]), (("database.reachable", "ok"), ("database.integrity", "fail")), "{ran}");
    assert_eq!(states.last(), Some(&("table.secrets", "fail")), "{ran}");
    assert!(findings[1]["remedy"].as_str().unwrap().contains(" .recover | sqlite3 recovered.sqlite3"), "{ran}");
}

#[test]
fn secrets_are_counted_and_never_shown() {
    let env = TestEnv::with_story();
    env.sql(
        "INSERT INTO api_auditlog (timestamp, action, model, details) VALUES
         ('2026-11-23 21:31:00', 'POST /api/users/12/keys/', 'API Request', 'Request Body: {''api_key'': ''k-1''}, Response Code: 201, Response Body: {}'),
         ('2026-11-23 21:31:01', 'POST /api/users/13/keys/', 'API Request', 'Request Body: {''api_key'': ''k-2''}, Response Code: 201, Response Body: {}'),
         ('2026-11-23 21:31:02', 'POST /api/users/', 'API Request', 'Request Body: {''password'': None}, Response Code: 400, Response Body: {''password'': [''This field is required.'']}'),
         ('2026-11-23 21:31:03', 'GET /it''s/*/', 'API Request', 'Authorization: Bearer c2VjcmV0IHRva2Vu'),
         ('2026-11-23 21:31:04', 'updated', 'apikeys', 'token=c2VjcmV0')",
    );
    let ran = env.run_harmless("doctor --only table.secrets");
    assert_snapshot!(shown(&ran), @r#"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        table.secrets  warn  -  6 of 23 entries hold secrets in the clear (auditctl masks them in what it shows, the table does not)  mask them in the service's middleware before it writes the row; and change the passwords and tokens that are in the table already
        table.secrets  warn  POST /api/login/  2 entries  auditctl list --method POST --path '/api/login/'
        table.secrets  warn  POST /api/users/:id/keys/  2 entries  auditctl list --method POST --path '/api/users/*/keys/'
        table.secrets  warn  GET /it's/*/  1 entry  auditctl list --method GET --path '/it'\\''s/'\\\\'*/'
        table.secrets  warn  updated apikeys  1 entry  -
        ── status 0
        "#);
    for secret in ["caoba", "k-1", "k-2", "c2VjcmV0", "abc123def456"] {
        assert!(!ran.to_string().contains(secret), "{secret}");
    }
    assert_eq!(env.run("doctor --only table.secrets --reveal").to_string(), ran.to_string());
    // The commands find them.
    let found = env.run("doctor --only table.secrets -o json").json();
    for finding in found.as_array().unwrap().iter().filter(|finding| finding["subject"].is_string()) {
        let Some(command) = finding["remedy"].as_str() else { continue };
        let count = env.run(&format!("{} --count", command.strip_prefix("auditctl ").unwrap()));
        let expected = finding["message"].as_str().unwrap().split(' ').next().unwrap();
        assert_eq!(count.text().trim(), expected, "{command}");
    }
    // What the profile adds is looked for too.
    fs::create_dir_all(env.root().join("home/.config/auditctl")).unwrap();
    let config = "default_profile = \"park\"\n[profiles.park]\nredact = { add = [\"status\"] }\n";
    fs::write(env.root().join("home/.config/auditctl/config.toml"), config).unwrap();
    let found = env.run("doctor --only table.secrets -o json").json();
    assert!(found[0]["message"].as_str().unwrap().starts_with("8 of 23 entries hold "), "{found}");
}

#[test]
fn who_may_touch_it() {
    let env = TestEnv::with_story();
    if !open_the_way(&env) {
        return;
    }
    fs::set_permissions(env.database(), Permissions::from_mode(0o644)).unwrap();
    let check = |env: &TestEnv| shown(&env.run_harmless("doctor --only database.permissions"));
    assert_snapshot!(check(&env), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.permissions  warn  [ROOT]/work/db.sqlite3  anybody on this machine may read the service's data (mode 0644)  chmod o-r [ROOT]/work/db.sqlite3
    ── status 0
    ");
    fs::set_permissions(env.database(), Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(env.path(""), Permissions::from_mode(0o777)).unwrap();
    assert_snapshot!(check(&env), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.permissions  fail  [ROOT]/work  anybody on this machine may create files in the folder (mode 0777), a journal among them that SQLite would play back into the database  chmod o-w [ROOT]/work
    database.permissions  fail  [ROOT]/work/db.sqlite3  anybody on this machine may change the service's data (mode 0666)  chmod o-rw [ROOT]/work/db.sqlite3
    ── status 1
    ");
    // Nobody else comes there.
    fs::set_permissions(env.root(), Permissions::from_mode(0o700)).unwrap();
    assert_snapshot!(check(&env), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.permissions  ok  -  nobody may touch the file and its folder who should not  -
    ── status 0
    ");
}

#[test]
fn files_of_somebody_else() {
    let env = TestEnv::empty();
    if !rustix::process::geteuid().is_root() {
        return skip(Missing::Privilege, "only root can give a file away");
    }
    if !open_the_way(&env) {
        return;
    }
    // As root, SQLite gives such files back when it opens the database; so this one can't be opened.
    for (name, owner) in
        [("db.sqlite3", 4711), ("db.sqlite3-wal", 65534), ("db.sqlite3-shm", 4711), ("db.sqlite3-journal", 0)]
    {
        fs::write(env.path(name), "no database").unwrap();
        fs::set_permissions(env.path(name), Permissions::from_mode(0o644)).unwrap();
        chown(env.path(name), Some(owner), None).unwrap();
    }
    File::options().write(true).open(env.path("db.sqlite3-wal")).unwrap().set_len(65 << 20).unwrap();
    fs::set_permissions(env.path("db.sqlite3-journal"), Permissions::from_mode(0o666)).unwrap();
    assert_snapshot!(shown(&env.run("doctor --only database.permissions")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.permissions  warn  [ROOT]/work/db.sqlite3  anybody on this machine may read the service's data (mode 0644)  chmod o-r [ROOT]/work/db.sqlite3
    database.permissions  warn  [ROOT]/work/db.sqlite3  the file belongs to uid 4711, its folder to root: whoever writes to the database has to create files in the folder as well  give both to the service's user: chown 4711 [ROOT]/work
    database.permissions  warn  [ROOT]/work/db.sqlite3-wal  anybody on this machine may read what the service is writing (mode 0644)  chmod o-r [ROOT]/work/db.sqlite3-wal
    database.permissions  fail  [ROOT]/work/db.sqlite3-wal  it belongs to nobody, the database to uid 4711: it can lock the service out  chown 4711 [ROOT]/work/db.sqlite3-wal
    database.permissions  warn  [ROOT]/work/db.sqlite3-wal  the write-ahead log has grown to 65 MiB: checkpoints do not come through  end the transactions that last, then: sqlite3 [ROOT]/work/db.sqlite3 'pragma wal_checkpoint(truncate)'
    database.permissions  warn  [ROOT]/work/db.sqlite3-shm  anybody on this machine may read what the service is writing (mode 0644)  chmod o-r [ROOT]/work/db.sqlite3-shm
    database.permissions  fail  [ROOT]/work/db.sqlite3-journal  anybody on this machine may change what the service is writing (mode 0666)  chmod o-rw [ROOT]/work/db.sqlite3-journal
    database.permissions  fail  [ROOT]/work/db.sqlite3-journal  it belongs to root, the database to uid 4711: it can lock the service out  chown 4711 [ROOT]/work/db.sqlite3-journal
    database.permissions  warn  [ROOT]/work/db.sqlite3-journal  a process died while it wrote, or writes right now, and left its journal  never remove it: the next writer plays it back, as does sqlite3 [ROOT]/work/db.sqlite3 .tables
    ── status 1
    ");
}

#[test]
fn a_schema_that_is_another() {
    let env = TestEnv::with_demo();
    env.sql(
        "CREATE TABLE park_auditlog (id integer PRIMARY KEY, timestamp text NOT NULL, action varchar(100) NOT NULL,
         model varchar(255), record_id integer unsigned NOT NULL, details, user_id bigint, tenant integer NOT NULL)",
    );
    assert_snapshot!(shown(&env.run_harmless("doctor --only table.schema --audit-table park_auditlog")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    table.schema  warn  park_auditlog  timestamp is declared TEXT, the contract says datetime  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  action is declared varchar(100), the contract says varchar(255)  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  model may be NULL, the contract says NOT NULL  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  record_id may not be NULL, the contract says that it may  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  details is declared without a type, the contract says text  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  the id is not AUTOINCREMENT: the ids of deleted entries are given again, and an export with a cursor passes over those that get them  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  user_id refers to no table: users are looked for in auth_user  compare with the service's model: python manage.py inspectdb park_auditlog
    table.schema  warn  park_auditlog  its column tenant may not be NULL and has no default: auditctl can write no entries (record, revert)  compare with the service's model: python manage.py inspectdb park_auditlog
    ── status 0
    ");
    assert_snapshot!(shown(&env.run("doctor --only table --audit-table auth_user")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    table.schema  fail  -  the table auth_user is not an audit table: it lacks timestamp, action, model, record_id, details, user_id  an audit table has id, timestamp, action, model, record_id, details and user_id
    table.index  skipped  -  no audit table could be opened  -
    table.secrets  skipped  -  no audit table could be opened  -
    ── status 1
    ");
    env.sql(
        "DROP TABLE api_auditlog; CREATE TABLE zoo_auditlog AS SELECT * FROM park_auditlog; DROP TABLE park_auditlog",
    );
    assert_snapshot!(shown(&env.run("doctor --only table.schema,table.index")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    table.schema  fail  -  [ROOT]/work/db.sqlite3 has no audit table: none of its 20 tables is named *_auditlog and has the seven columns  name the table with --audit-table, or another database with --database
    table.index  skipped  -  no audit table could be opened  -
    ── status 1
    ");
}

#[test]
fn how_fast_it_grows() {
    let env = TestEnv::with_story();
    env.sql(
        "DELETE FROM api_auditlog;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 560)
         INSERT INTO api_auditlog (timestamp, action, model, details)
         SELECT datetime('2026-11-23 21:33:28', -i || ' hours'), 'created', 'payments', printf('%.*c', 936, 'x') FROM n ORDER BY i DESC",
    );
    // 560 hours are 23.3 days; an entry has 936 bytes of text, 15 of action and model, 64 beside.
    assert_snapshot!(shown(&env.run("doctor --only database.size --columns message -o tsv --no-header")), @"
    956 KiB; 560 entries in api_auditlog; 24 entries a day in the last 24 days, which take about 23.8 KiB a day; room  -
    ── status 0
    ");
    env.sql("DELETE FROM api_auditlog WHERE timestamp < '2026-11-23 12:00:00'");
    assert_snapshot!(shown(&env.run("doctor --only database.size --columns message -o tsv --no-header")), @"
    956 KiB; 9 entries in api_auditlog; room  -
    ── status 0
    ");
}

fn set_written(path: &Path, at: &str) {
    let at = at.parse::<DateTime<Utc>>().unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at.timestamp().try_into().unwrap());
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

#[test]
fn the_zone_of_log_stamps() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let log = |name: &str| env.path("logs").join(name);
    let check = |line: &str| shown(&env.run(&format!("doctor --only time.zone --log-dir logs {line}")));
    assert_snapshot!(check(""), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.zone  ok  -  times are shown in the machine's zone, -06:00 (TZ); log stamps would be read in the machine's zone, -06:00 (TZ)  -
    ── status 0
    ");
    fs::write(
        log("audit.log"),
        "2026-11-23 15:30:00 - audit - INFO - a\n2026-11-23 15:31:00 - audit - INFO - b\nand more\n\n\n2026-11-23 15:3",
    )
    .unwrap();
    set_written(&log("audit.log"), "2026-11-23T21:31:01Z");
    assert_snapshot!(check(""), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.zone  ok  -  times are shown in the machine's zone, -06:00 (TZ); log stamps are read in the machine's zone, -06:00 (TZ), which agrees with audit.log  -
    ── status 0
    ");
    assert_snapshot!(check("--log-timezone UTC --timezone Europe/Madrid"), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.zone  warn  audit.log  its last record is stamped 2026-11-23 15:31:00, and it was written at 21:31:01 UTC: the stamps are of a zone at -06:00, and are read in UTC, +00:00 (--log-timezone)  name the service's zone: --log-timezone -06:00, or service_timezone in the profile (a name, such as America/Costa_Rica, also knows summer time)
    ── status 0
    ");
    // Copied later, so that the time of the file says nothing.
    set_written(&log("audit.log"), "2026-11-23T21:40:13Z");
    assert_snapshot!(check(""), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.zone  warn  -  log stamps are read in the machine's zone, -06:00 (TZ), and whether they were written in it can't be told: the logs were written to at other times than their last records say  name the service's zone: --log-timezone, or service_timezone in the profile
    ── status 0
    ");
    assert_snapshot!(check("--log-timezone America/Costa_Rica"), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.zone  ok  -  times are shown in the machine's zone, -06:00 (TZ); log stamps are read in America/Costa_Rica, -06:00 (--log-timezone)  -
    ── status 0
    ");
    fs::write(log("audit.log"), "{\"timestamp\": \"2026-11-23T21:31:00Z\", \"message\": \"a\"}\n").unwrap();
    assert_snapshot!(check(""), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.zone  ok  -  times are shown in the machine's zone, -06:00 (TZ); log stamps would be read in the machine's zone, -06:00 (TZ)  -
    ── status 0
    ");
}

#[test]
fn clocks() {
    let env = TestEnv::with_story();
    let check = |env: &TestEnv| shown(&env.run("doctor --only time.clock --log-dir logs"));
    fs::remove_dir_all(env.path("logs")).unwrap();
    fs::create_dir(env.path("logs")).unwrap();
    assert_snapshot!(check(&env), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.clock  ok  -  now it is 2026-11-23 15:33:28 -06:00, and nothing is of the future  -
    ── status 0
    ");
    env.sql(
        "INSERT INTO api_auditlog (timestamp, action, model) VALUES ('2026-11-23 21:34:00', 'created', 'payments'),
         ('2026-11-23 21:35:00', 'created', 'payments'), ('2027-11-23 21:35:00', 'created', 'payments'),
         ('no time', 'created', 'payments'), ('2026-11-23 20:00:00', 'created', 'payments')",
    );
    fs::write(env.path("logs/audit.log"), "2026-11-23 15:40:00 - audit - INFO - a\n").unwrap();
    assert_snapshot!(check(&env), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    time.clock  warn  audit.log  its last record is of 2026-11-23 15:40:00 -06:00, and now it is 2026-11-23 15:33:28 -06:00  see whether time.zone knows why; if not, set the clock: timedatectl status
    time.clock  warn  api_auditlog  2 entries of the future: now it is 2026-11-23 15:33:28 -06:00  set the clock of the machine that wrote them (timedatectl status); they are: auditctl list --since 2026-11-23T21:34:28Z
    time.clock  warn  api_auditlog  entry 23 was written last, at 2026-11-23 14:00:00 -06:00, but entry 19 is of 2026-11-23 15:34:00 -06:00: a clock went back, or rows were brought in  follow entries by id rather than by time, as tail and export do; see the clocks of the machines that write: timedatectl status
    ── status 0
    ");
    let found = env.run("doctor --only time.clock -o json").json();
    let remedy = found.as_array().unwrap().iter().filter_map(|finding| finding["remedy"].as_str());
    let command = remedy.filter_map(|remedy| remedy.split_once("auditctl ")).next().unwrap().1;
    assert_eq!(env.run(&format!("{command} --count")).text(), "2\n");
    assert!(NOW < "2026-11-23T21:34");
}

/// The database is large enough for every check to take several ranges of ids.
#[test]
fn the_service_goes_on_writing() {
    for mode in ["DELETE", "WAL"] {
        let env = TestEnv::with_demo();
        env.sql(
            "DELETE FROM api_auditlog;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
             INSERT INTO api_auditlog (id, timestamp, action, model, details)
             SELECT i, datetime('2026-11-01', i || ' seconds'), 'POST /api/payments/' || i || '/', 'API Request',
                 'Request Body: {''pin'': ' || i || '}, Response Code: 200, Response Body: ' || hex(zeroblob(300)) FROM n",
        );
        let (stop, commits) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut writer = Writer::of(&env.database());
        writer.sql(&format!("PRAGMA journal_mode = {mode}; PRAGMA synchronous = OFF"));
        thread::scope(|scope| {
            // Fails the test when it waits for a lock in vain, as Django does.
            let writing = scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    writer.sql("INSERT INTO api_auditlog (timestamp, action, model) VALUES ('2026-11-23 12:00:00', 'created', 'payments')");
                    commits.fetch_add(1, Ordering::Relaxed);
                }
            });
            let ran = env.run("doctor --only database,table,time -o ndjson");
            let seen = commits.load(Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
            writing.join().unwrap();
            assert_eq!((ran.status, ran.said()), (0, ""), "{ran}");
            assert!(!ran.text().contains("\"skipped\""), "{ran}");
            assert!(ran.text().contains("POST /api/payments/:id/\",\"message\":\"100,000 entries\""), "{ran}");
            assert!(seen > 0, "{mode}: the writer came through");
        });
    }
}
