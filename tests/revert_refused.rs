//! What `revert` refuses, leaves out and names, each with its reason: on the demo with the tables of a zoo beside it,
//! which have what the shop lacks. After a refusal the database is as it was, byte for byte.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use common::{Missing, TestEnv, machine, skip};
use insta::assert_snapshot;
use std::process::Command;

/// A parent and its child, a table and a column with names of their own, constraints of every kind, a type that is not
/// Django's, a column that a version lacks and one that the table lost.
const ZOO: &str = r#"
    CREATE TABLE zoo_animal (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(50) NOT NULL,
        weight decimal NOT NULL, place point NULL, cage_id bigint NULL REFERENCES jaulas (id) DEFERRABLE INITIALLY DEFERRED,
        chip varchar(20) NULL, CONSTRAINT zoo_one_name UNIQUE (name, cage_id), CONSTRAINT zoo_weight CHECK (weight > 0));
    CREATE UNIQUE INDEX zoo_chip ON zoo_animal (chip) WHERE chip IS NOT NULL;
    CREATE TABLE zoo_bird (animal_ptr_id bigint NOT NULL PRIMARY KEY REFERENCES zoo_animal (id) DEFERRABLE INITIALLY DEFERRED,
        wingspan decimal NOT NULL);
    CREATE TABLE jaulas (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, rotulo varchar(50) NOT NULL UNIQUE, sector varchar(9) NOT NULL);
    INSERT INTO django_content_type (id, app_label, model) VALUES (101, 'zoo', 'animal'), (102, 'zoo', 'bird'), (103, 'zoo', 'cage');
    INSERT INTO jaulas VALUES (1, 'A', 'norte');
    INSERT INTO zoo_animal VALUES (7, 'Lapa', 1.25, NULL, 1, 'X-2'), (8, 'Tapir', 150, NULL, NULL, 'X-1'), (9, 'Otra', 2, NULL, 1, NULL);
    INSERT INTO zoo_bird VALUES (7, 95.5);
    INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES (901, '2026-11-22 10:00:00', '', 5);
    INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) VALUES
        (901, '7', 'json', '[{"model": "zoo.animal", "pk": 7, "fields": {"name": "Lapita", "weight": "1.20", "cage": 1, "colour": "red"}}]', 'Lapita', 101, 901, 'default'),
        (902, '7', 'json', '[{"model": "zoo.bird", "pk": 7, "fields": {"wingspan": "90.0"}}]', 'Lapita', 102, 901, 'default'),
        (903, '8', 'json', '[{"model": "zoo.animal", "pk": 8, "fields": {"weight": "-3.00"}}]', 'Tapir', 101, 901, 'default'),
        (904, '9', 'json', '[{"model": "zoo.animal", "pk": 9, "fields": {"name": "Lapa"}}]', 'Otra', 101, 901, 'default'),
        (906, '2', 'json', '[{"model": "zoo.cage", "pk": 2, "fields": {"label": "B"}}]', 'B', 103, 901, 'default');
    INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES (902, '2026-11-22 11:00:00', '', 5);
    INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) VALUES
        (911, '8', 'json', '[{"model": "zoo.animal", "pk": 8, "fields": {"name": null}}]', 'Tapir', 101, 902, 'default'),
        (912, '9', 'json', '[{"model": "zoo.animal", "pk": 9, "fields": {"chip": "X-1"}}]', 'Otra', 101, 902, 'default'),
        (913, '7', 'json', '[{"model": "zoo.animal", "pk": 7, "fields": {"cage": 2}}]', 'Lapa', 101, 902, 'default'),
        (915, '1', 'json', '[{"model": "zoo.cage", "pk": 1, "fields": {"label": "Uno"}}]', 'Uno', 103, 902, 'default');
    INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES (903, '2026-11-22 12:00:00', '', 5);
    INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) VALUES
        (921, '8', 'json', '[{"model": "zoo.animal", "pk": 8, "fields": {"place": "POINT(1 2)"}}]', 'Tapir', 101, 903, 'default'),
        (922, '9', 'json', '[{"model": "zoo.animal", "pk": 9, "fields": {"cage": 77}}]', 'Otra', 101, 903, 'default'),
        (923, '7', 'json', '[{"model": "zoo.animal", "pk": 7, "fields": {"weight": [1]}}]', 'Lapa', 101, 903, 'default');
    INSERT INTO reversion_revision (id, date_created, comment, user_id) VALUES (904, '2026-11-22 13:00:00', '', 5);
    INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) VALUES
        (931, '7', 'json', '[{"model": "zoo.animal", "pk": 7, "fields": {"cage": ["A", "norte"]}}]', 'Lapa', 101, 904, 'default'),
        (932, '8', 'yaml', '- fields: {}', 'Tapir', 101, 904, 'default'),
        (933, '9', 'json', '[{"model": "zoo.animal", "pk": 9, "fie', 'Otra', 101, 904, 'default');
"#;

const PROFILE: &str = "default_profile = 'zoo'\n[profiles.zoo]\ndatabase = 'WORK/db.sqlite3'\n\
    [profiles.zoo.models.'zoo.cage']\ntable = 'jaulas'\ncolumns = { label = 'rotulo' }\ndefaults = { sector = 'sur' }\n";

fn zoo() -> TestEnv {
    let env = TestEnv::with_demo();
    env.sql(ZOO);
    env
}

/// The same with a profile that names the table of cages, their columns, and a default.
fn mapped() -> TestEnv {
    let env = zoo();
    let text = PROFILE.replace("WORK/db.sqlite3", &env.database().display().to_string());
    std::fs::create_dir_all(env.root().join("home/.config/auditctl")).unwrap();
    std::fs::write(env.root().join("home/.config/auditctl/config.toml"), text).unwrap();
    env
}

fn query(env: &TestEnv, sql: &str) -> String {
    rusqlite::Connection::open(env.database()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// What each line prints; the database and the files beside it stay as they are.
fn refused(env: &TestEnv, lines: &[&str]) -> String {
    let before = env.state();
    let answers = lines.iter().map(|line| {
        let ran = env.run(line);
        assert!(env.state() == before, "{line} changed something");
        let stdout = String::from_utf8_lossy(&ran.stdout).into_owned();
        // The plan stands above; why it can't be done is what is looked at here.
        let plan: Vec<&str> = stdout.lines().filter(|line| line.starts_with("refused")).collect();
        let stderr = String::from_utf8_lossy(&ran.stderr).replace("auditctl: error: ", "");
        format!("$ {line}\n{}\n{stderr}── status {}\n", plan.join("\n"), ran.status)
    });
    answers.collect()
}

#[test]
fn each_reason_is_named() {
    let env = mapped();
    let lines = [
        "revert animal 8 --to 903 --yes",
        "revert animal 8 --to 911 --yes",
        "revert animal 9 --to 904 --yes",
        "revert animal 9 --to 912 --yes",
        "revert animal 7 --to 913 --yes",
        "revert animal 9 --to 922 --yes",
        "revert animal 8 --to 921 --yes",
        "revert animal 7 --to 923 --yes",
        "revert animal 7 --to 931 --yes",
        "revert animal 8 --to 932 --yes",
        "revert animal 9 --to 933 --yes",
        "revert --revision 903 --yes",
    ];
    assert_snapshot!(refused(&env, &lines), @"
    $ revert animal 8 --to 903 --yes
    refused zoo.animal 8: zoo_animal does not allow it: the check zoo_weight demands weight > 0
    this can't be done: zoo.animal 8: zoo_animal does not allow it: the check zoo_weight demands weight > 0
    ── status 1
    $ revert animal 8 --to 911 --yes
    refused zoo.animal 8: zoo_animal.name may not be NULL
    this can't be done: zoo.animal 8: zoo_animal.name may not be NULL
    ── status 1
    $ revert animal 9 --to 904 --yes
    refused zoo.animal 9: name and cage_id must be unique in zoo_animal, and row 7 has it already
    this can't be done: zoo.animal 9: name and cage_id must be unique in zoo_animal, and row 7 has it already
    ── status 1
    $ revert animal 9 --to 912 --yes
    refused zoo.animal 9: chip must be unique in zoo_animal, and row 8 has it already
    this can't be done: zoo.animal 9: chip must be unique in zoo_animal, and row 8 has it already
    ── status 1
    $ revert animal 7 --to 913 --yes
    refused zoo.animal 7: cage refers to zoo.cage 2, which is gone; version 906 would bring it back
    this can't be done: zoo.animal 7: cage refers to zoo.cage 2, which is gone; version 906 would bring it back
    hint: --with-parents brings it back in the same transaction
    ── status 1
    $ revert animal 9 --to 922 --yes
    refused zoo.animal 9: cage refers to jaulas 77, which is gone
    this can't be done: zoo.animal 9: cage refers to jaulas 77, which is gone
    ── status 1
    $ revert animal 8 --to 921 --yes
    refused zoo.animal 8: the field place can't be converted: its column is of type 'point', which is not Django's own
    this can't be done: zoo.animal 8: the field place can't be converted: its column is of type 'point', which is not Django's own
    hint: name the fields to revert with --field, without this one
    ── status 3
    $ revert animal 7 --to 923 --yes
    refused zoo.animal 7: the field weight holds a list, and Django would not read that as a decimal
    this can't be done: zoo.animal 7: the field weight holds a list, and Django would not read that as a decimal
    hint: name the fields to revert with --field, without this one
    ── status 3
    $ revert animal 7 --to 931 --yes
    refused zoo.animal 7: the field cage holds a natural key, and only the names of users can be looked up
    this can't be done: zoo.animal 7: the field cage holds a natural key, and only the names of users can be looked up
    hint: name the fields to revert with --field, without this one
    ── status 3
    $ revert animal 8 --to 932 --yes
    refused zoo.animal 8: version 932 can't be read: its format is 'yaml', and only json and jsonl are understood
    this can't be done: zoo.animal 8: version 932 can't be read: its format is 'yaml', and only json and jsonl are understood
    ── status 3
    $ revert animal 9 --to 933 --yes
    refused zoo.animal 9: version 933 can't be read: its data is no JSON from byte 38 on, where it ends too early
    this can't be done: zoo.animal 9: version 933 can't be read: its data is no JSON from byte 38 on, where it ends too early
    ── status 3
    $ revert --revision 903 --yes
    refused zoo.animal 7: the field weight holds a list, and Django would not read that as a decimal
    refused zoo.animal 8: the field place can't be converted: its column is of type 'point', which is not Django's own
    refused zoo.animal 9: cage refers to jaulas 77, which is gone
    this can't be done: zoo.animal 7: the field weight holds a list, and Django would not read that as a decimal
    hint: also: zoo.animal 8: the field place can't be converted: its column is of type 'point', which is not Django's own
    hint: also: zoo.animal 9: cage refers to jaulas 77, which is gone
    hint: name the fields to revert with --field, without this one
    ── status 3
    ");
    env.sql(
        "CREATE TABLE zoo_sign (id integer NOT NULL PRIMARY KEY, cage_label varchar(50) REFERENCES jaulas (rotulo) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO zoo_sign VALUES (5, 'A')",
    );
    assert_snapshot!(refused(&env, &["revert cage 1 --to 915 --yes"]), @"
    $ revert cage 1 --to 915 --yes
    refused zoo.cage 1: zoo_sign 5 refers by cage_label to jaulas 'A', which would not be there (foreign key)
    this can't be done: zoo.cage 1: zoo_sign 5 refers by cage_label to jaulas 'A', which would not be there (foreign key)
    ── status 1
    ");
    let unmapped = zoo();
    assert_snapshot!(refused(&unmapped, &["revert cage 2 --to 906 --yes"]), @r#"
    $ revert cage 2 --to 906 --yes
    refused zoo.cage 2: the table of zoo.cage can't be found: there is no table zoo_cage
    this can't be done: zoo.cage 2: the table of zoo.cage can't be found: there is no table zoo_cage
    hint: name it in the profile: models."zoo.cage".table = "…"
    ── status 3
    "#);
}

#[test]
fn tables_columns_and_defaults_of_the_profile() {
    let env = mapped();
    assert_snapshot!(env.run("revert cage 1 --to 915 --yes"), @"
    in [ROOT]/work/db.sqlite3
    zoo.cage 1: goes back to version 915
      label  A → Uno
      first: it is recorded as it is now, since no version has that
    ── stderr
    recorded what no version had as revision 905
    done: revision 906 records it
    to undo: auditctl revert zoo.cage 1 --to 934
    ── status 0
    ");
    assert_snapshot!(env.run("revert cage 2 --to 906 --yes -o json"), @r#"
    {"applied":true,"revision":907,"before":null,"database":"[ROOT]/work/db.sqlite3","objects":[{"model":"zoo.cage","object_id":"2","version":906,"operation":"insert","changes":[{"field":"label","from":null,"to":"B"},{"field":"sector","from":null,"to":"sur"}],"precision":[],"respelled":[],"ignored":[],"notes":[],"undo":null}],"refusals":[]}
    ── stderr
    done: revision 907 records it
    ── status 0
    "#);
    let rows = query(&env, "SELECT group_concat(id || ' ' || rotulo || ' ' || sector, ', ') FROM jaulas");
    assert_eq!(rows, "1 Uno norte, 2 B sur");
    // What it refers to is there again.
    assert_snapshot!(env.run("revert animal 7 --to 913 --yes"), @"
    in [ROOT]/work/db.sqlite3
    zoo.animal 7: goes back to version 913
      cage  1 (Uno) → 2 (B)
      first: it is recorded as it is now, since no version has that
    ── stderr
    recorded what no version had as revision 908
    done: revision 909 records it
    to undo: auditctl revert zoo.animal 7 --to 937
    ── status 0
    ");
}

#[test]
fn a_field_that_is_gone_and_the_part_of_a_parent() {
    let env = mapped();
    assert_snapshot!(env.run("revert animal 7 --to 901 --dry-run"), @"
    in [ROOT]/work/db.sqlite3
    zoo.animal 7: goes back to version 901
      name    Lapa → Lapita
      weight  1.25 → 1.20
      left out: colour, zoo_animal no longer has it
      first: it is recorded as it is now, since no version has that
    ── stderr
    nothing was changed: this is what a revert would do
    ── status 0
    ");
    assert_snapshot!(env.run("revert bird 7 --to 902 --dry-run"), @"
    in [ROOT]/work/db.sqlite3
    zoo.bird 7: goes back to version 902
      wingspan  95.5 → 90.0
      left out: name, it is in the part that zoo.animal has, which version 901 would change: --revision 901 includes it
      left out: weight, it is in the part that zoo.animal has, which version 901 would change: --revision 901 includes it
      first: it is recorded as it is now, since no version has that
    ── stderr
    nothing was changed: this is what a revert would do
    ── status 0
    ");
    let revision = env.run("revert --revision 901 --dry-run -o json");
    assert_eq!(revision.status, 1, "others of the revision are refused: {revision}");
    env.sql("DELETE FROM reversion_version WHERE revision_id = 901 AND id > 902");
    assert_snapshot!(env.run("revert --revision 901 --yes"), @"
    in [ROOT]/work/db.sqlite3
    zoo.bird 7: goes back to version 902
      wingspan  95.5 → 90.0
      first: it is recorded as it is now, since no version has that
    zoo.animal 7: goes back to version 901
      name    Lapa → Lapita
      weight  1.25 → 1.20
      left out: colour, zoo_animal no longer has it
      first: it is recorded as it is now, since no version has that
    ── stderr
    recorded what no version had as revision 905
    done: revision 906 records it
    to undo: auditctl revert zoo.bird 7 --to 934
    to undo: auditctl revert zoo.animal 7 --to 935
    ── status 0
    ");
    let row = "SELECT name || ' ' || weight || ' ' || wingspan || ' ' || chip FROM zoo_animal JOIN zoo_bird ON id = animal_ptr_id";
    assert_eq!(query(&env, row), "Lapita 1.2 90 X-2");
}

/// Between the plan and the answer somebody else writes.
#[test]
fn whoever_is_faster_is_respected() {
    let env = zoo();
    let asked = "apply this plan? [y/N] ";
    let change = || env.sql("UPDATE api_purchaseorders SET status = 'FAILED' WHERE id = 9");
    let ran = env.answer("revert purchaseorders 9 --to 86 --color never", asked, change, "y\n");
    assert_snapshot!(ran, @"
    in [ROOT]/work/db.sqlite3
    api.purchaseorders 9: goes back to version 86
      total_price  500.50 → 1500.50
    ── stderr
    apply this plan? [y/N] auditctl: error: nothing was done: api.purchaseorders 9 changed after the plan was made
    hint: look at the new plan and try again
    ── status 1
    ");
    assert_eq!(query(&env, "SELECT status FROM api_purchaseorders WHERE id = 9"), "FAILED");

    let before = env.state();
    let ran = env.answer("revert purchaseorders 9 --to 86 --color never", asked, || {}, "no\n");
    assert_snapshot!(ran, @"
    in [ROOT]/work/db.sqlite3
    api.purchaseorders 9: goes back to version 86
      total_price  500.50 → 1500.50
      status       FAILED → PAID
      first: it is recorded as it is now, since no version has that
    ── stderr
    apply this plan? [y/N] auditctl: error: nothing was changed
    ── status 1
    ");
    assert!(env.state() == before);
    let ran = env.answer("revert purchaseorders 9 --to 86 --color never", asked, || {}, "y\n");
    assert_eq!(ran.status, 0, "{ran}");
    assert_eq!(query(&env, "SELECT status FROM api_purchaseorders WHERE id = 9"), "PAID");
}

/// A file system with room for the database and not for its journal.
#[test]
fn a_full_disk() {
    let env = zoo();
    let database = std::fs::read(env.database()).unwrap();
    let script = |line: &str| {
        let room = database.len() / 1024 + 8;
        format!(
            "mkdir full && mount -t tmpfs -o size={room}k none full && cp db.sqlite3 full/ && sha256sum < full/db.sqlite3 > before \
             && (dd if=/dev/zero of=full/filler bs=1024 2> /dev/null; {line}; echo status $? >> said); sha256sum < full/db.sqlite3 > after; ls full >> said"
        )
    };
    let mut command = Command::new("unshare");
    env.prepare(&mut command);
    command.env("PATH", machine::variable("PATH").unwrap());
    let line = format!(
        "{} revert purchaseorders 9 --to 86 --yes --database full/db.sqlite3 > said 2>&1",
        env!("CARGO_BIN_EXE_auditctl")
    );
    let done = command.args(["--mount", "--map-root-user", "sh", "-c", &script(&line)]).output().unwrap();
    let said = std::fs::read_to_string(env.path("said")).unwrap_or_default();
    if said.is_empty() {
        return skip(Missing::Privilege, &format!("no file system may be mounted: {done:?}"));
    }
    let read = |name: &str| std::fs::read(env.path(name)).unwrap();
    assert_eq!(read("before"), read("after"), "{said}");
    assert_snapshot!(said, @"
    in full/db.sqlite3
    api.purchaseorders 9: goes back to version 86
      total_price  500.50 → 1500.50
    auditctl: error: full/db.sqlite3: database or disk is full
    status 3
    db.sqlite3
    filler
    ");
}
