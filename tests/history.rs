//! `auditctl history`: the timeline of an object from all that tells of it, the logs included.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::TestEnv;
use common::service::Service;
use insta::assert_snapshot;
use serde_json::Value;

/// An order whose price was changed after it was paid; the service and its logs are in Costa Rica, as the test is.
#[test]
fn one_timeline() {
    let env = TestEnv::with_demo();
    assert_snapshot!(env.run("history purchaseorders 9"), @"
    TIME (-06:00)        SOURCE     ID  USER     SUMMARY
    2026-11-21 05:47:30  audit    1020  gerardo  POST /admin/api/purchaseorders/9/change/ → 302
    2026-11-21 05:47:30  log         -  -        UPDATE total_price 1500.5 → 500.5
    2026-11-21 05:47:30  audit    1019  ana      updated
    2026-11-21 05:47:30  version   322  gerardo  changed total_price: Modificado Total price.
    2026-10-29 08:10:23  log         -  -        UPDATE status PENDING → PAID, total_crc 0.0 → 1500.5, total_usd 0.0 → 2.95
    2026-10-29 08:10:23  audit     200  ana      updated
    2026-10-29 08:10:23  version    86  ana      changed total_crc, total_usd, qr_image, status
    2026-10-29 08:09:41  log         -  -        UPDATE status FAILED → PENDING
    2026-10-29 08:09:41  audit     197  ana      updated
    2026-10-29 08:09:41  version    84  ana      changed status
    2026-10-29 08:09:28  audit     195  ana      GET /api/purchase_orders/9/ → 200
    2026-10-29 08:08:05  log         -  -        UPDATE status PENDING → FAILED
    2026-10-29 08:08:05  audit     193  ana      updated
    2026-10-29 08:08:04  version    83  ana      changed status
    2026-10-29 08:07:32  audit     191  ana      PATCH /api/purchase_orders/9/ → 200
    2026-10-29 08:07:32  log         -  -        UPDATE total_price 1000.0 → 1500.5
    2026-10-29 08:07:32  audit     190  ana      updated
    2026-10-29 08:07:32  version    81  ana      changed total_price
    2026-10-29 08:06:56  log         -  ana      CREATE
    2026-10-29 08:06:56  audit     187  ana      created
    2026-10-29 08:06:56  version    79  ana      first version
    ── status 0
    ");
    assert_snapshot!(env.run("history Payments 8 -o ndjson --columns timestamp,source,id,user,summary"), @r#"
    {"timestamp":"2026-10-29T08:09:41.814706-06:00","source":"audit","id":198,"user":5,"summary":"DELETE /api/payments/8/ → 204"}
    {"timestamp":"2026-10-29T08:09:41.780211-06:00","source":"log","id":null,"user":5,"summary":"DELETE"}
    {"timestamp":"2026-10-29T08:09:41.771538-06:00","source":"audit","id":196,"user":null,"summary":"deleted"}
    {"timestamp":"2026-10-29T08:08:05.042356-06:00","source":"log","id":null,"user":null,"summary":"PAYMENT_FAILED"}
    {"timestamp":"2026-10-29T08:08:05.020969-06:00","source":"log","id":null,"user":5,"summary":"CREATE"}
    {"timestamp":"2026-10-29T08:08:05.004047-06:00","source":"audit","id":192,"user":null,"summary":"created"}
    {"timestamp":"2026-10-29T08:08:04.981151-06:00","source":"version","id":82,"user":5,"summary":"first version"}
    ── status 0
    "#);
    assert_snapshot!(env.run("history purchaseorders 9 --since 2026-11-20 -o ndjson --utc"), @r#"
    {"timestamp":"2026-11-21T11:47:30.526236Z","source":"audit","id":1020,"user":2,"summary":"POST /admin/api/purchaseorders/9/change/ → 302","username":"gerardo","audit":{"id":1020,"timestamp":"2026-11-21T11:47:30.526236Z","action":"POST /admin/api/purchaseorders/9/change/","model":"API Request","record_id":null,"details":"Request Body: None, Response Code: 302, Response Body: ","user":2},"version":null,"log":null}
    {"timestamp":"2026-11-21T11:47:30.511128Z","source":"log","id":null,"user":null,"summary":"UPDATE total_price 1500.5 → 500.5","username":null,"audit":null,"version":null,"log":{"timestamp":"2026-11-21T11:47:30Z","logger":"purchase_audit","level":"INFO","module":"audit","function":"log_event","line":47,"message":"AUDIT: {\"timestamp\": \"2026-11-21T05:47:30.511128\", \"event_type\": \"UPDATE\", \"model\": \"PurchaseOrders\", \"instance_id\": 9, \"user_id\": null, \"user_email\": null, \"changes\": {\"total_price\": {\"from\": 1500.5, \"to\": 500.5}}, \"extra_data\": {\"email\": \"ana.ñandú@parque.example\", \"visit_id\": 5}}","event":{"timestamp":"2026-11-21T05:47:30.511128","event_type":"UPDATE","model":"PurchaseOrders","instance_id":9,"user_id":null,"user_email":null,"changes":{"total_price":{"from":1500.5,"to":500.5}},"extra_data":{"email":"ana.ñandú@parque.example","visit_id":5}},"file":"[ROOT]/work/logs/audit.log","line_number":180}}
    {"timestamp":"2026-11-21T11:47:30.508832Z","source":"audit","id":1019,"user":5,"summary":"updated","username":"ana","audit":{"id":1019,"timestamp":"2026-11-21T11:47:30.508832Z","action":"updated","model":"purchaseorders","record_id":9,"details":"Action updated on purchaseorders with id 9","user":5},"version":null,"log":null}
    {"timestamp":"2026-11-21T11:47:30.494353Z","source":"version","id":322,"user":2,"summary":"changed total_price: Modificado Total price.","username":"gerardo","audit":null,"version":{"id":322,"revision":158,"date_created":"2026-11-21T11:47:30.494353Z","user":2,"username":"gerardo","comment":"Modificado Total price.","model":"api.purchaseorders","object_id":"9","object_repr":"Purchase Order by ana.ñandú@parque.example on 2026-10-29","db":"default","format":"json","changed":["total_price"]},"log":null}
    ── status 0
    "#);
    assert_snapshot!(env.run("history purchaseorders 9 --source audit,version --until 2026-10-29T08:07 -o csv --columns timestamp,source,id"), @"
    timestamp,source,id␍
    2026-10-29T08:06:56.950650-06:00,audit,187␍
    2026-10-29T08:06:56.928550-06:00,version,79␍
    ── status 0
    ");
}

/// A model without versions, an object of which nothing is known, a mistake.
#[test]
fn nothing_is_known() {
    let env = TestEnv::with_demo();
    assert_snapshot!(env.run("history auditlog 5 -o json --fail-empty"), @"
    []
    ── status 1
    ");
    assert_snapshot!(env.run("history purchaseorders 999 --source log"), @"
    ── stderr
    nothing matches
    ── status 0
    ");
    assert_snapshot!(env.run("history purchaseorders 9 --source logs"), @"
    ── stderr
    auditctl: error: invalid value 'logs' for '--source <SOURCE[,SOURCE…]>' [possible values: audit, version, log]
    hint: a similar value exists: 'log'
    ── status 2
    ");
}

/// The logs are of another zone than the one shown. Where its clocks were put back, the database tells the two hours
/// apart; what it knows nothing of is taken for the first.
#[test]
fn local_stamps_and_rows_in_utc() {
    let env = TestEnv::with_demo();
    let record = |stamp: &str, fraction: &str, fields: &str| {
        let own = stamp.replace(' ', "T");
        format!(
            "{stamp} - purchase_audit - INFO - audit - log_event:47 - AUDIT: {{\"timestamp\": \"{own}{fraction}\", \"event_type\": \"UPDATE\", \"model\": \"Visits\", {fields}}}\n"
        )
    };
    let log = [
        record(
            "2025-11-02 00:59:59",
            ".900000",
            "\"instance_id\": 7000, \"changes\": {\"day\": {\"from\": null, \"to\": \"a\"}}",
        ),
        record(
            "2025-11-02 01:30:00",
            ".100000",
            "\"instance_id\": 7000, \"changes\": {\"day\": {\"from\": \"a\", \"to\": \"b\"}}",
        ),
        record(
            "2025-11-02 01:40:00",
            "",
            "\"instance_id\": 7000, \"user_id\": 5, \"changes\": {\"api_key\": {\"from\": \"a1b2\", \"to\": \"c3d4\"}}",
        ),
        record(
            "2025-11-02 01:30:00",
            ".200000",
            "\"instance_id\": \"7000\", \"changes\": {\"day\": {\"from\": \"b\", \"to\": \"c\"}}",
        ),
        record("2025-11-02 01:30:00", ".200000-05:00", "\"instance_id\": 7000, \"user_id\": 9999"),
        record("2025-11-02 02:00:00", ".000001", "\"instance_id\": 7000"),
        record("2025-11-02 02:00:00", "", "\"instance_id\": 70001"),
    ];
    fs::remove_dir_all(env.path("logs")).unwrap();
    fs::create_dir(env.path("logs")).unwrap();
    fs::write(env.path("logs/audit.log"), log.concat()).unwrap();
    fs::write(
        env.path("logs/other.jsonl"),
        "{\"time\": 1762066800.5, \"model\": \"visits\", \"instance_id\": 7000, \"message\": \"\\u001b[31mvisto\\nbis\"}\n",
    )
    .unwrap();
    env.sql(
        "INSERT INTO api_auditlog (timestamp, action, model, record_id, user_id) VALUES
         ('2025-11-02 05:30:00.099000', 'updated', 'visits', 7000, NULL),
         ('2025-11-02 06:30:00.199000', 'updated', 'visits', 7000, 2)",
    );
    let line =
        "history visits 7000 -o csv --columns timestamp,source,user,username,summary --log-timezone America/New_York";
    assert_snapshot!(env.run(line), @"
    timestamp,source,user,username,summary␍
    2025-11-02T01:00:00.500000-06:00,log,,,␛[31mvisto␍
    2025-11-02T01:00:00.000001-06:00,log,,,UPDATE␍
    2025-11-02T00:30:00.200000-06:00,log,9999,,UPDATE␍
    2025-11-02T00:30:00.200000-06:00,log,,,UPDATE day b → c␍
    2025-11-02T00:30:00.199000-06:00,audit,2,gerardo,updated␍
    2025-11-01T23:40:00-06:00,log,5,ana,UPDATE api_key␍
    2025-11-01T23:30:00.100000-06:00,log,,,UPDATE day a → b␍
    2025-11-01T23:30:00.099000-06:00,audit,,,updated␍
    2025-11-01T22:59:59.900000-06:00,log,,,UPDATE day null → a␍
    ── status 0
    ");
    // What decides is what is known, not what is asked for.
    assert_snapshot!(env.run(&format!("{line} --source log --user 5 --user none --utc")), @"
    timestamp,source,user,username,summary␍
    2025-11-02T07:00:00.500000Z,log,,,␛[31mvisto␍
    2025-11-02T07:00:00.000001Z,log,,,UPDATE␍
    2025-11-02T06:30:00.200000Z,log,,,UPDATE day b → c␍
    2025-11-02T05:40:00Z,log,5,ana,UPDATE api_key␍
    2025-11-02T05:30:00.100000Z,log,,,UPDATE day a → b␍
    2025-11-02T04:59:59.900000Z,log,,,UPDATE day null → a␍
    ── status 0
    ");
    // Without daylight saving, each stamp has one meaning.
    assert_snapshot!(env.run(&line.replace("America/New_York", "-05:00 --source log --limit 3")), @"
    timestamp,source,user,username,summary␍
    2025-11-02T01:00:00.500000-06:00,log,,,␛[31mvisto␍
    2025-11-02T01:00:00.000001-06:00,log,,,UPDATE␍
    2025-11-02T00:40:00-06:00,log,5,ana,UPDATE api_key␍
    ── stderr
    3 of 7 matching moments shown; --all shows all
    ── status 0
    ");
}

/// Logs that can't be read are said once, the rest is shown all the same, and the exit code tells.
#[test]
fn logs_that_can_not_be_read() {
    let mut env = TestEnv::with_demo();
    let line = "history payments 8 --columns timestamp,source,summary";
    assert_snapshot!(env.run(&format!("{line} --log-dir gone")), @"
    TIME (-06:00)        SOURCE   SUMMARY
    2026-10-29 08:09:41  audit    DELETE /api/payments/8/ → 204
    2026-10-29 08:09:41  audit    deleted
    2026-10-29 08:08:05  audit    created
    2026-10-29 08:08:04  version  first version
    ── stderr
    auditctl: error: cannot read gone: No such file or directory (os error 2)
    hint: this folder of logs was taken from: --log-dir
    hint: without its logs: --source audit,version
    ── status 3
    ");
    assert_snapshot!(env.run(&format!("{line} --log-dir gone --source audit,version --limit 1")), @"
    TIME (-06:00)        SOURCE  SUMMARY
    2026-10-29 08:09:41  audit   DELETE /api/payments/8/ → 204
    ── stderr
    1 of 4 matching moments shown; --all shows all
    ── status 0
    ");
    fs::remove_dir_all(env.path("logs")).unwrap();
    assert_snapshot!(env.run(&format!("{line} --limit 1")), @"
    TIME (-06:00)        SOURCE  SUMMARY
    2026-10-29 08:09:41  audit   DELETE /api/payments/8/ → 204
    ── stderr
    1 of 4 matching moments shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run(&format!("{line} --source log")), @"
    ── stderr
    auditctl: error: no folder of logs is known
    hint: name it with --log-dir, or leave log out of --source
    ── status 2
    ");
    env.set("AUDITCTL_LOG_DIR", env.path("empty"));
    fs::create_dir(env.path("empty")).unwrap();
    assert_snapshot!(env.run(&format!("{line} --source log")), @"
    ── stderr
    nothing matches
    ── status 0
    ");
    fs::write(env.path("empty/audit.log.1.gz"), b"\x1f\x8b\x08\0torn").unwrap();
    assert_snapshot!(env.run(&format!("{line} --limit 1")), @"
    TIME (-06:00)        SOURCE  SUMMARY
    2026-10-29 08:09:41  audit   DELETE /api/payments/8/ → 204
    ── stderr
    1 of 4 matching moments shown; --all shows all
    auditctl: error: cannot read [ROOT]/work/empty/audit.log.1.gz: its gzip data ends too early; what came before is shown
    ── status 3
    ");
}

/// What memory should not hold is put aside, and what is shown of it is read there.
#[test]
fn a_busy_object() {
    let mut env = TestEnv::with_demo();
    let record = |n: usize| {
        let event = format!(
            r#"{{"event_type": "UPDATE", "model": "Payments", "instance_id": 8, "changes": {{"n": {{"from": {n}, "to": {}}}}}, "note": "{}"}}"#,
            n + 1,
            "é".repeat(150)
        );
        format!(
            "2026-11-23 {:02}:{:02}:{:02} - purchase_audit - INFO - audit - log_event:47 - AUDIT: {event}\n",
            n / 3600,
            n / 60 % 60,
            n % 60
        )
    };
    fs::create_dir(env.path("busy")).unwrap();
    fs::write(env.path("busy/audit.log"), (0..20_000).map(record).collect::<String>()).unwrap();
    let line = "history payments 8 --log-dir busy --columns timestamp,source,summary";
    assert_snapshot!(env.run(&format!("{line} --limit 2 --offset 2")), @"
    TIME (-06:00)        SOURCE  SUMMARY
    2026-11-23 05:33:17  log     UPDATE n 19997 → 19998
    2026-11-23 05:33:16  log     UPDATE n 19996 → 19997
    ── stderr
    3 to 4 of 20,004 matching moments shown; --all shows all
    ── status 0
    ");
    env.set("TMPDIR", env.path("gone"));
    assert_snapshot!(env.run(&format!("{line} --limit 1")), @"
    TIME (-06:00)        SOURCE  SUMMARY
    2026-10-29 08:09:41  audit   DELETE /api/payments/8/ → 204
    ── stderr
    1 of 4 matching moments shown; --all shows all
    auditctl: error: cannot keep the object's log records in a temporary file in [ROOT]/work/gone: No such file or directory (os error 2)
    hint: TMPDIR names the folder for it; without the logs: --source audit,version
    ── status 3
    ");
}

/// On the real service: each audited event of an object is in its timeline once, at the time that the service's clock
/// showed, with the audit row of the same change near it.
#[test]
fn every_event_that_the_service_logged() {
    let Some(service) = Service::shared() else { return };
    let env = TestEnv::empty();
    let (mut logged, mut beside) = (0, 0);
    for ((model, id), events) in events(&service.logs()) {
        let mut command = env.command(["history", &model, &id, "-o", "json", "--utc", "--reveal", "--log-timezone"]);
        command
            .arg("America/Costa_Rica")
            .arg("--log-dir")
            .arg(service.logs())
            .arg("--database")
            .arg(service.database());
        let timeline = env.output(command).json();
        let timeline = timeline.as_array().unwrap();
        let of = |source: &str| timeline.iter().filter(|row| row["source"] == source).collect::<Vec<_>>();
        let found: Vec<&Value> = of("log").iter().rev().map(|row| &row["log"]["event"]).collect();
        assert_eq!(found, events.iter().collect::<Vec<_>>(), "{model} {id}");
        for row in of("log") {
            // Costa Rica has no daylight saving: six hours, always.
            let local = row["log"]["event"]["timestamp"].as_str().unwrap().parse::<chrono::NaiveDateTime>().unwrap();
            let at = row["timestamp"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            assert_eq!(at.naive_utc(), local + chrono::TimeDelta::hours(6), "{row}");
            let near = |other: &&&Value| {
                let other = other["timestamp"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
                (other - at).abs() < chrono::TimeDelta::seconds(5)
            };
            logged += 1;
            beside += usize::from(of("audit").iter().any(|row| near(&row)));
        }
    }
    // The builder of the service's data gave most rows another time, on purpose.
    assert!(beside > 20 && logged > 100, "{beside} of {logged} events have an audit row near");
}

/// The events in a folder of logs, by model and key, as they follow each other in time.
fn events(folder: &Path) -> BTreeMap<(String, String), Vec<Value>> {
    let mut events: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for (_, object) in text.lines().filter_map(|line| line.split_once(" - AUDIT: ")) {
            let event: Value = serde_json::from_str(object).unwrap();
            let key = (event["model"].as_str().unwrap().to_owned(), event["instance_id"].to_string());
            events.entry(key).or_default().push(event);
        }
    }
    events.values_mut().for_each(|of_object| of_object.sort_by_key(|event| event["timestamp"].to_string()));
    events
}
