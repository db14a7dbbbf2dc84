//! `auditctl revert` on the demo, through the real binary: what it prints, writes, refuses and leaves alone.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A demo of a test's own.
struct Demo {
    home: TempDir,
}

/// What a run gave.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Demo {
    fn new() -> Demo {
        let demo = Demo { home: TempDir::new().unwrap() };
        let built = demo.command("2026-11-23T21:33:28.750123Z").args(["demo", "park"]).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        demo
    }

    fn database(&self) -> PathBuf {
        self.home.path().join("park/db.sqlite3")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("park/logs/audit.log")).unwrap()
    }

    fn command(&self, now: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditctl"));
        command.env_clear().env("HOME", self.home.path()).env("AUDITCTL_NOW", now).env("TZ", "America/Costa_Rica");
        command.current_dir(self.home.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, words: &str) -> Ran {
        let mut command = self.command("2026-11-23T22:00:00.123456Z");
        command.args(words.split(' ')).args(["--database", "park/db.sqlite3", "--log-dir", "park/logs", "--utc"]);
        Ran::of(&command.output().unwrap())
    }

    /// The same, which has to go well; its JSON.
    fn json(&self, words: &str) -> Value {
        let ran = self.run(&format!("{words} -o json"));
        assert_eq!(ran.code, 0, "{words}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    fn open(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }

    fn sql(&self, sql: &str) {
        self.open().execute_batch(sql).unwrap();
    }

    /// All rows, each as text by `typeof` and value.
    fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.open();
        let mut statement = connection.prepare(sql).unwrap();
        let width = statement.column_count();
        let cells = |row: &rusqlite::Row<'_>| {
            let cells: Vec<String> =
                (0..width).map(|at| format!("{:?}", row.get::<_, rusqlite::types::Value>(at).unwrap())).collect();
            Ok(cells.join(" "))
        };
        statement.query_map([], cells).unwrap().map(Result::unwrap).collect()
    }

    fn one(&self, sql: &str) -> String {
        self.open().query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).map_or_else(
            |_| "nothing".to_owned(),
            |value| match value {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(n) => n.to_string(),
                rusqlite::types::Value::Real(x) => x.to_string(),
                other => format!("{other:?}"),
            },
        )
    }

    /// Runs what has to be refused; nothing may change.
    fn refused(&self, words: &str, code: i32, why: &str) -> Ran {
        let (bytes, log) = (fs::read(self.database()).unwrap(), self.log());
        let ran = self.run(words);
        assert!(ran.code == code && ran.err.contains(why), "{words}: {} {}", ran.code, ran.err);
        assert_eq!(fs::read(self.database()).unwrap(), bytes, "{words} changed the database");
        assert_eq!(self.log(), log, "{words} changed the log");
        ran
    }
}

impl Ran {
    fn of(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

const ORDERS: &str = "SELECT * FROM api_purchaseorders ORDER BY id";
const PAYMENTS: &str = "SELECT * FROM api_payments ORDER BY id";

#[test]
fn a_change_is_reverted_and_the_revert_undone() {
    let demo = Demo::new();
    let (orders, payments) = (demo.rows(ORDERS), demo.rows(PAYMENTS));
    let ids = demo.rows("SELECT id FROM reversion_version WHERE object_id = '9' AND content_type_id = (SELECT id FROM django_content_type WHERE model = 'purchaseorders') ORDER BY id");
    assert_eq!(ids.len(), 6);

    let ran = demo.run("revert purchaseorders 9 --to 86 --dry-run");
    assert_eq!(
        (ran.code, &*ran.out),
        (0, "in park/db.sqlite3\napi.purchaseorders 9: goes back to version 86\n  total_price  500.50 → 1500.50\n")
    );
    assert_eq!(demo.rows(ORDERS), orders);

    let log = demo.log();
    let done = demo.json("revert PurchaseOrders 9 --to 86 --yes --user gerardo");
    assert_eq!(
        done["objects"],
        json!([{"model": "api.purchaseorders", "object_id": "9", "version": 86, "operation": "update",
            "changes": [{"field": "total_price", "from": "500.50", "to": "1500.50"}],
            "precision": [], "respelled": [], "ignored": [], "notes": [], "undo": 322}])
    );
    assert_eq!((&done["applied"], &done["before"]), (&json!(true), &Value::Null), "a version has it as it was");
    assert_eq!(demo.one("SELECT total_price FROM api_purchaseorders WHERE id = 9"), "1500.5");
    assert_eq!(demo.rows(PAYMENTS), payments);

    // The trail: a revision, a version, an entry, a line.
    let user = demo.one("SELECT id FROM auth_user WHERE username = 'gerardo'");
    let revision = done["revision"].as_i64().unwrap();
    let trail =
        demo.rows(&format!("SELECT date_created, comment, user_id FROM reversion_revision WHERE id = {revision}"));
    assert!(
        trail[0].starts_with(
            "Text(\"2026-11-23 22:00:00.123456\") Text(\"Reverted api.purchaseorders 9 to version 86 with auditctl, by "
        ) && trail[0].ends_with(&format!("Integer({user})")),
        "{trail:?}"
    );
    let same = demo.one(&format!(
        "SELECT count(*) FROM reversion_version AS new JOIN reversion_version AS old ON old.id = 86 \
         WHERE new.revision_id = {revision} AND new.serialized_data = old.serialized_data AND new.format = 'json' \
         AND new.object_repr = old.object_repr AND new.db = old.db AND new.content_type_id = old.content_type_id"
    ));
    assert_eq!(same, "1", "the version is spelled as Django spelled it");
    assert_eq!(
        demo.rows(
            "SELECT timestamp, action, model, record_id, details, user_id FROM api_auditlog ORDER BY id DESC LIMIT 1"
        ),
        [format!(
            "Text(\"2026-11-23 22:00:00.123456\") Text(\"updated\") Text(\"purchaseorders\") Integer(9) \
             Text(\"Action updated on purchaseorders with id 9 (auditctl revert to version 86)\") Integer({user})"
        )]
    );
    let line = demo.log().strip_prefix(&*log).unwrap().to_owned();
    let (head, event) = line.trim_end().split_once("AUDIT: ").unwrap();
    assert_eq!(head, "2026-11-23 16:00:00 - purchase_audit - INFO - auditctl - revert:0 - ");
    let event: Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["changes"], json!({"total_price": {"from": 500.5, "to": 1500.5}}));
    assert_eq!(
        (&event["event_type"], &event["instance_id"], &event["timestamp"]),
        (&json!("UPDATE"), &json!(9), &json!("2026-11-23T16:00:00.123456"))
    );

    demo.json("revert purchaseorders 9 --to 322 --yes");
    assert_eq!(demo.rows(ORDERS), orders, "undone");
    let nothing = demo.json("revert purchaseorders 9 --to 322 --yes");
    assert_eq!((&nothing["applied"], &nothing["revision"]), (&json!(false), &Value::Null));
}

#[test]
fn a_state_that_no_version_has_is_recorded_first() {
    let demo = Demo::new();
    demo.sql("UPDATE api_purchaseorders SET email = 'otra@correo.example', total_usd = 7.25 WHERE id = 9");
    let orders = demo.rows(ORDERS);
    let done = demo.json("revert purchaseorders 9 --to 86 --yes");
    let before = done["before"].as_i64().unwrap();
    assert!(before < done["revision"].as_i64().unwrap());
    let version = demo.one(&format!("SELECT id FROM reversion_version WHERE revision_id = {before}"));
    demo.json(&format!("revert purchaseorders 9 --to {version} --yes"));
    assert_eq!(demo.rows(ORDERS), orders, "nothing of it is lost");
}

#[test]
fn single_fields_and_cut_digits() {
    let demo = Demo::new();
    let plan = demo.json("revert purchaseorders 9 --to 79 --field status --field total_price --dry-run");
    let fields: Vec<&str> =
        plan["objects"][0]["changes"].as_array().unwrap().iter().map(|c| c["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["total_price", "status"]);
    demo.json("revert purchaseorders 9 --to 79 --field status --yes");
    assert_eq!(
        demo.rows("SELECT status, total_price FROM api_purchaseorders WHERE id = 9"),
        ["Text(\"PENDING\") Real(500.5)"]
    );
    // The order as a whole is not as that version has it.
    let ran = demo.run("revert purchaseorders 9 --to 79 --field status --yes");
    assert!(ran.out.contains("api.purchaseorders 9: is already as version 79 in status\n"), "{}", ran.out);
    demo.refused("revert purchaseorders 9 --to 79 --field statu --yes", 2, "holds no field 'statu'");

    // A payment's date has microseconds, its version has not.
    let row = "SELECT p.id, v.id FROM api_payments AS p JOIN reversion_version AS v ON v.object_id = p.id AND v.content_type_id = (SELECT id FROM django_content_type WHERE model = 'payments')";
    let pair = demo.rows(&format!("{row} LIMIT 1"));
    let numbers: Vec<String> = pair[0].split(' ').map(|n| n.replace("Integer(", "").replace(')', "")).collect();
    let [payment, version] = &numbers[..] else { panic!("{pair:?}") };
    let payments = demo.rows(PAYMENTS);
    let plan = demo.json(&format!("revert payments {payment} --to {version} --yes"));
    assert_eq!(plan["objects"][0]["operation"], "none");
    assert_eq!(plan["objects"][0]["precision"], json!(["payment_date"]));
    assert_eq!(demo.rows(PAYMENTS), payments);
}

#[test]
fn a_deleted_payment_comes_back_with_its_order() {
    let demo = Demo::new();
    let ran = demo.refused(
        "revert payments 47 --to 280 --yes",
        1,
        "refers to api.purchaseorders 52, which is gone; version 281 would bring it back",
    );
    assert!(ran.err.contains("--with-parents"), "{}", ran.err);
    let ran = demo.run("revert payments 47 --to 280 --with-parents --dry-run");
    assert!(
        ran.out.contains("comes back as version 281") && ran.out.contains("which this program does not do"),
        "{}",
        ran.out
    );
    let log = demo.log();
    let done = demo.json("revert payments 47 --to 280 --with-parents --yes");
    let objects: Vec<_> =
        done["objects"].as_array().unwrap().iter().map(|o| (o["model"].clone(), o["operation"].clone())).collect();
    assert_eq!(objects, [(json!("api.purchaseorders"), json!("insert")), (json!("api.payments"), json!("insert"))]);
    assert_eq!(demo.one("SELECT purchase_order_id FROM api_payments WHERE id = 47"), "52");
    let entries = "SELECT action, model, record_id FROM api_auditlog ORDER BY id DESC LIMIT 2";
    assert_eq!(
        demo.rows(entries),
        ["Text(\"created\") Text(\"payments\") Integer(47)", "Text(\"created\") Text(\"purchaseorders\") Integer(52)"]
    );
    let added = demo.log().strip_prefix(&*log).unwrap().to_owned();
    assert_eq!(added.lines().filter(|line| line.contains("\"event_type\": \"CREATE\"")).count(), 2);
    assert!(added.contains("\"buyer_email\": \"tours.volcan@post.example\""), "{added}");
    // Both are there: nothing to bring back any more.
    assert_eq!(demo.json("revert payments 47 --to 280 --yes")["applied"], json!(false));
    assert!(!demo.run("deleted").out.contains("tours.volcan"));
}

#[test]
fn a_revision_brings_back_what_its_objects_refer_to() {
    let demo = Demo::new();
    // The order's version is of another revision than its payment's.
    demo.sql("UPDATE reversion_version SET revision_id = 1 WHERE id = 281");
    let revision = demo.one("SELECT revision_id FROM reversion_version WHERE id = 280");
    let ran = demo.refused(&format!("revert --revision {revision} --yes"), 1, "version 281 would bring it back");
    assert!(ran.err.contains("--with-parents"), "{}", ran.err);
    let done = demo.json(&format!("revert --revision {revision} --with-parents --yes"));
    assert_eq!(done["objects"].as_array().unwrap().len(), 2);
    assert_eq!(demo.one("SELECT count(*) FROM api_purchaseorders WHERE id = 52"), "1");
    assert_eq!(demo.one("SELECT purchase_order_id FROM api_payments WHERE id = 47"), "52");
}

#[test]
fn the_way_back_is_found_behind_many_versions() {
    let demo = Demo::new();
    // Version 322 is as the row is; 300 newer ones are not.
    demo.sql(
        "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 300) \
         INSERT INTO reversion_revision (id, date_created, comment) SELECT 1000 + n, '2026-11-23 20:00:00', '' FROM n; \
         INSERT INTO reversion_version (object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) \
         SELECT v.object_id, v.format, replace(v.serialized_data, '500.50', r.id || '.75'), v.object_repr, v.content_type_id, r.id, v.db \
         FROM reversion_version AS v JOIN reversion_revision AS r ON r.id > 1000 WHERE v.id = 322",
    );
    let plan = demo.json("revert purchaseorders 9 --to 86 --dry-run");
    assert_eq!((&plan["objects"][0]["undo"], &plan["before"]), (&json!(322), &Value::Null));
    let done = demo.json("revert purchaseorders 9 --to 86 --yes");
    assert_eq!(done["before"], Value::Null, "a version has it already");
    demo.json("revert purchaseorders 9 --to 322 --yes");
    assert_eq!(demo.one("SELECT total_price FROM api_purchaseorders WHERE id = 9"), "500.5");
}

#[test]
fn a_whole_revision_goes_back() {
    let demo = Demo::new();
    // The revision of the purchase: the order and, after it was paid, both.
    let revision = demo.one(
        "SELECT revision_id FROM reversion_version GROUP BY revision_id HAVING count(*) = 2 AND max(object_id = '9') = 0 \
         ORDER BY 1 LIMIT 1",
    );
    let members = demo.rows(&format!("SELECT object_id FROM reversion_version WHERE revision_id = {revision}"));
    demo.sql("UPDATE api_purchaseorders SET status = 'FAILED'; UPDATE api_payments SET status = 'FAILED'");
    let done = demo.json(&format!("revert --revision {revision} --yes"));
    assert_eq!(done["objects"].as_array().unwrap().len(), members.len());
    assert!(done["before"].is_i64() && done["applied"] == json!(true));
    let objects = done["objects"].as_array().unwrap();
    let touched = objects.iter().filter(|object| object["operation"] == "update").count().to_string();
    let versions =
        |revision: &Value| demo.one(&format!("SELECT count(*) FROM reversion_version WHERE revision_id = {revision}"));
    assert_eq!((versions(&done["before"]), versions(&done["revision"])), (touched.clone(), touched));
}

/// A model and its proxy have versions of their own and one row: the older version is written last, and has its way.
#[test]
fn two_versions_of_one_row() {
    let demo = Demo::new();
    demo.sql(
        r#"CREATE TABLE zoo_keeper (id integer NOT NULL PRIMARY KEY, name varchar(50) NOT NULL, badge integer NOT NULL);
           INSERT INTO zoo_keeper VALUES (1, 'day', 7);
           INSERT INTO django_content_type (id, app_label, model) VALUES (900, 'zoo', 'keeper'), (901, 'zoo', 'nightkeeper');
           INSERT INTO reversion_revision (id, date_created, comment) VALUES (900, '2026-11-23 20:00:00', '');
           INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db) VALUES
           (900, '1', 'json', '[{"model": "zoo.keeper", "pk": 1, "fields": {"name": "day", "badge": 7}}]', 'k', 900, 900, 'default'),
           (901, '1', 'json', '[{"model": "zoo.nightkeeper", "pk": 1, "fields": {"name": "night", "badge": 8}}]', 'n', 901, 900, 'default')"#,
    );
    let profile =
        "[profiles.p]\ndatabase = 'park/db.sqlite3'\n[profiles.p.models.'zoo.nightkeeper']\ntable = 'zoo_keeper'\n";
    fs::write(demo.home.path().join("c.toml"), profile).unwrap();
    let revert = || demo.json("revert --revision 900 --yes --config c.toml --profile p");
    // As it is, it is as the older version has it; what the newer one would change is changed back.
    let done = revert();
    let told = |at: usize| (done["objects"][at]["model"].clone(), done["objects"][at]["changes"].clone());
    let change = |field: &str, from: Value, to: Value| json!({"field": field, "from": from, "to": to});
    assert_eq!(
        [told(0), told(1)],
        [
            (
                json!("zoo.nightkeeper"),
                json!([change("name", json!("day"), json!("night")), change("badge", json!(7), json!(8))])
            ),
            (
                json!("zoo.keeper"),
                json!([change("name", json!("night"), json!("day")), change("badge", json!(8), json!(7))])
            ),
        ]
    );
    assert_eq!(demo.rows("SELECT * FROM zoo_keeper"), ["Integer(1) Text(\"day\") Integer(7)"]);
    // Both bring it back when it is gone.
    demo.sql("DELETE FROM zoo_keeper");
    let done = revert();
    let operations: Vec<&Value> = [0, 1].iter().map(|at: &usize| &done["objects"][*at]["operation"]).collect();
    assert_eq!(operations, ["insert", "update"]);
    assert_eq!(demo.rows("SELECT * FROM zoo_keeper"), ["Integer(1) Text(\"day\") Integer(7)"]);
}

/// Friends are each other's: Django writes a pair both ways, and nothing in the schema says so.
#[test]
fn a_set_that_goes_both_ways() {
    let demo = Demo::new();
    let version = |id: i64, object: i64, friends: &str| {
        format!(
            "INSERT INTO reversion_version (id, object_id, format, serialized_data, object_repr, content_type_id, revision_id, db)
             VALUES ({id}, '{object}', 'json', '[{{\"model\": \"zoo.animal\", \"pk\": {object}, \"fields\": {{\"name\": \"a\", \"friends\": [{friends}]}}}}]',
                     'a', 900, 900, 'default');"
        )
    };
    demo.sql(&format!(
        "CREATE TABLE zoo_animal (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(50) NOT NULL);
         CREATE TABLE zoo_animal_friends (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            from_animal_id bigint NOT NULL REFERENCES zoo_animal (id) DEFERRABLE INITIALLY DEFERRED,
            to_animal_id bigint NOT NULL REFERENCES zoo_animal (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE UNIQUE INDEX pair ON zoo_animal_friends (from_animal_id, to_animal_id);
         INSERT INTO zoo_animal (id, name) VALUES (1, 'a'), (2, 'a'), (3, 'a'), (4, 'a');
         INSERT INTO django_content_type (id, app_label, model) VALUES (900, 'zoo', 'animal');
         INSERT INTO reversion_revision (id, date_created, comment) VALUES (900, '2026-11-23 20:00:00', '');
         {} {}",
        version(900, 1, "2"),
        version(901, 2, "1")
    ));
    let pairs = "SELECT from_animal_id, to_animal_id FROM zoo_animal_friends ORDER BY 1, 2";
    // No pair tells; the other's version does.
    let plan = demo.json("revert animal 1 --to 900 --yes");
    assert_eq!(
        plan["objects"][0]["notes"],
        json!([{"field": "friends", "what": "the sets of the others are changed with it, for it goes both ways by what is there; models.\"zoo.animal\".symmetrical.friends = false in the profile leaves them"}])
    );
    assert_eq!(demo.rows(pairs), ["Integer(1) Integer(2)", "Integer(2) Integer(1)"]);
    // Nothing tells: this object's side alone, and the plan says so; the profile can.
    let nothing = "DELETE FROM zoo_animal_friends; UPDATE reversion_version SET serialized_data = replace(serialized_data, '[1]', '[]') WHERE id = 901; DELETE FROM reversion_version WHERE id > 901";
    demo.sql(nothing);
    let plan = demo.json("revert animal 1 --to 900 --yes");
    assert_eq!(
        plan["objects"][0]["notes"],
        json!([{"field": "friends", "what": "the sets of the others stay as they are, for nothing tells whether it goes both ways; models.\"zoo.animal\".symmetrical.friends = true in the profile changes them with it"}])
    );
    assert_eq!(demo.rows(pairs), ["Integer(1) Integer(2)"]);
    demo.sql(nothing);
    let profile = "[profiles.p]\ndatabase = 'park/db.sqlite3'\n[profiles.p.models.'zoo.animal']\nsymmetrical = { friends = true }\n";
    fs::write(demo.home.path().join("c.toml"), profile).unwrap();
    demo.json("revert animal 1 --to 900 --yes --config c.toml --profile p");
    assert_eq!(demo.rows(pairs), ["Integer(1) Integer(2)", "Integer(2) Integer(1)"]);
    demo.sql(&format!(
        "{nothing}; UPDATE reversion_version SET serialized_data = replace(serialized_data, '[]', '[1]') WHERE id = 901"
    ));
    demo.sql("INSERT INTO zoo_animal_friends (from_animal_id, to_animal_id) VALUES (3, 4), (4, 3), (1, 3), (3, 1)");
    let done = demo.json("revert --revision 900 --yes");
    assert_eq!(done["applied"], json!(true));
    let both_ways =
        ["Integer(1) Integer(2)", "Integer(2) Integer(1)", "Integer(3) Integer(4)", "Integer(4) Integer(3)"];
    assert_eq!(demo.rows(pairs), both_ways);
    // A pair that goes one way shows that the set does.
    demo.sql("DELETE FROM zoo_animal_friends WHERE from_animal_id = 2 OR to_animal_id = 2 OR from_animal_id = 3");
    demo.json("revert animal 1 --to 900 --yes");
    assert_eq!(demo.rows(pairs), ["Integer(1) Integer(2)", "Integer(4) Integer(3)"]);
}

#[test]
fn what_is_refused_changes_no_byte() {
    let demo = Demo::new();
    demo.refused(
        "revert payments 8 --to 82 --yes",
        1,
        "purchase_order_id must be unique in api_payments, and row 9 has it already",
    );
    demo.refused("revert payments 8 --to 82 --dry-run", 1, "must be unique");
    demo.refused("revert payments 8 --to 82 --field status --yes", 2, "without --field");
    demo.refused("revert purchaseorders 9 --to 86", 2, "no terminal to ask");
    demo.refused(
        "revert purchaseorders 9 --to 280 --yes",
        1,
        "version 280 is not of api.purchaseorders 9, it is of api.payments 47",
    );
    demo.refused("revert purchaseorders 9 --to 99999 --yes", 1, "no version 99999");
    demo.refused("revert --revision 99999 --yes", 1, "no revision 99999");
    demo.refused("revert purchaseorders 9 --yes", 2, "--to");
    demo.refused("revert purchaseorders 9 --to 86 --yes --user nobody", 2, "no user named 'nobody'");
    let ran = demo.refused("revert purchaseorders 9 --to 86 --yes --user gerard", 2, "no user named 'gerard'");
    assert!(ran.err.contains("did you mean 'gerardo'?"), "{}", ran.err);
    demo.refused("revert purchaseorders 9 --to live --yes", 2, "that is not a whole number");
    demo.refused("revert purchaseorders 9 --to 86 --yes --dry-run", 2, "cannot be used with");

    demo.sql("UPDATE reversion_version SET serialized_data = substr(serialized_data, 1, 80) WHERE id = 86");
    demo.refused("revert purchaseorders 9 --to 86 --yes", 3, "version 86 can't be read");
    demo.sql("UPDATE reversion_version SET format = 'xml' WHERE id = 84");
    demo.refused("revert purchaseorders 9 --to 84 --yes", 3, "only json and jsonl are understood");
    demo.sql("UPDATE reversion_version SET serialized_data = replace(serialized_data, '\"status\": \"', '\"user\": [\"x\", \"y\"], \"status\": \"') WHERE id = 83");
    demo.sql(
        "UPDATE reversion_version SET serialized_data = replace(serialized_data, ', \"user\": 5}', '}') WHERE id = 83",
    );
    demo.refused("revert purchaseorders 9 --to 83 --yes", 3, "natural key");
    demo.sql("UPDATE reversion_version SET serialized_data = replace(serialized_data, '\"order_date\": \"2026-10-29\"', '\"order_date\": \"soon\"') WHERE id = 81");
    demo.refused(
        "revert purchaseorders 9 --to 81 --yes",
        3,
        "the field order_date holds text, and Django would not read that as a date",
    );

    // Columns that the table gained, with and without anything to put there.
    demo.sql("ALTER TABLE api_purchaseorders ADD COLUMN channel varchar(10) NULL; DELETE FROM api_payments WHERE purchase_order_id = 10; DELETE FROM api_purchaseorders WHERE id = 10");
    let version = demo.one("SELECT max(id) FROM reversion_version WHERE object_id = '10' AND content_type_id = (SELECT id FROM django_content_type WHERE model = 'purchaseorders')");
    let words = format!("revert purchaseorders 10 --to {version} --yes");
    demo.json(&words);
    let table = demo.one("SELECT sql FROM sqlite_schema WHERE name = 'api_purchaseorders'");
    let strict = table
        .replace("channel varchar(10) NULL", "channel varchar(10) NOT NULL")
        .replace("api_purchaseorders", "fresh");
    demo.sql(&format!(
        "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; {strict}; INSERT INTO fresh SELECT * FROM api_purchaseorders WHERE id < 0; \
         DROP TABLE api_purchaseorders; ALTER TABLE fresh RENAME TO api_purchaseorders"
    ));
    demo.refused(&words, 1, "holds nothing for channel, which may not be NULL and has no default");
    let profile = "[profiles.p]\ndatabase = 'park/db.sqlite3'\nlog_dir = 'park/logs'\n[profiles.p.models.'api.purchaseorders']\ndefaults = { channel = 'WEB' }\n";
    fs::write(demo.home.path().join("c.toml"), profile).unwrap();
    let ran = demo.run(&format!("{words} --config c.toml --profile p"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(demo.one("SELECT channel FROM api_purchaseorders WHERE id = 10"), "WEB");

    demo.sql("ALTER TABLE api_payments RENAME TO other_payments");
    demo.refused("revert payments 47 --to 280 --yes", 3, "models.\"api.payments\".table");
}

#[test]
fn a_file_that_is_locked_or_read_only_is_left_alone() {
    let demo = Demo::new();
    // Reading the file here would give up the lock of this process, as POSIX has it.
    let (orders, writer) = (demo.rows(ORDERS), demo.open());
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = demo.run("revert purchaseorders 9 --to 86 --yes");
    assert!(ran.code == 3 && ran.err.contains("is locked"), "{}", ran.err);
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(demo.rows(ORDERS), orders);
    let ran = demo.run("revert purchaseorders 9 --to 86 --yes --database park/none.sqlite3");
    assert!(ran.code != 0 && !demo.home.path().join("park/none.sqlite3").exists(), "{}", ran.err);
    if !rustix::process::geteuid().is_root() {
        let mut permissions = fs::metadata(demo.database()).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(demo.database(), permissions).unwrap();
        demo.refused("revert purchaseorders 9 --to 86 --yes", 3, "read-only");
    }
}

#[test]
fn a_write_ahead_log_and_a_hot_journal() {
    let demo = Demo::new();
    demo.sql("PRAGMA journal_mode = WAL");
    // The service has it open.
    let service = demo.open();
    service.execute_batch("SELECT count(*) FROM api_visits").unwrap();
    demo.json("revert purchaseorders 9 --to 86 --yes");
    assert_eq!(demo.one("SELECT total_price FROM api_purchaseorders WHERE id = 9"), "1500.5");
    demo.refused("revert payments 8 --to 82 --yes", 1, "must be unique");
    drop(service);
    demo.sql("PRAGMA journal_mode = DELETE");

    let orders = demo.rows(ORDERS);
    hot_journal(&demo.database());
    demo.json("revert purchaseorders 9 --to 322 --yes");
    let other =
        |rows: &[String]| rows.iter().filter(|row| !row.starts_with("Integer(9) ")).cloned().collect::<Vec<_>>();
    assert_eq!(other(&demo.rows(ORDERS)), other(&orders), "what the dead process wrote is gone");
    assert_eq!(demo.one("SELECT total_price FROM api_purchaseorders WHERE id = 9"), "500.5");
}

/// Leaves the database as a process does that is killed while its pages go to the file.
fn hot_journal(database: &Path) {
    let connection = Connection::open(database).unwrap();
    connection.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE api_purchaseorders SET total_price = 1; UPDATE api_auditlog SET action = action || '!'").unwrap();
    let journal = database.with_extension("sqlite3-journal");
    let (pages, record) = (fs::read(database).unwrap(), fs::read(&journal).unwrap());
    connection.execute_batch("ROLLBACK").unwrap();
    drop(connection);
    fs::write(database, pages).unwrap();
    fs::write(journal, record).unwrap();
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning() {
    let demo = Demo::new();
    fs::remove_file(demo.home.path().join("park/logs/audit.log")).unwrap();
    let ran = demo.run("revert purchaseorders 9 --to 86 --yes");
    assert!(
        ran.code == 0 && ran.err.contains("the change is done, but park/logs/audit.log could not be written"),
        "{}",
        ran.err
    );
    assert_eq!(demo.one("SELECT total_price FROM api_purchaseorders WHERE id = 9"), "1500.5");
}

#[test]
fn a_reader_that_left_does_not_stop_it() {
    let demo = Demo::new();
    let mut command = demo.command("2026-11-23T22:00:00Z");
    command.args(["revert", "purchaseorders", "9", "--to", "86", "--yes", "--database", "park/db.sqlite3"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let _ = child.stderr.take().map(|mut err| std::io::copy(&mut err, &mut std::io::sink()));
    assert!(child.wait().unwrap().success());
    assert_eq!(demo.one("SELECT total_price FROM api_purchaseorders WHERE id = 9"), "1500.5");
    std::io::stdout().flush().unwrap();
}
