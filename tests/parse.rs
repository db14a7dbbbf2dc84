//! `auditctl parse`, as the manual would show it: log files, a command line, and all that it prints.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs;
use std::io::Write;
use std::process::Stdio;

use common::{Ran, TestEnv};
use insta::assert_snapshot;

/// Every form of record that there is, checked by hand: junk in front, filler, prose, audited changes, a broken one, a
/// message of several lines, a traceback, and bytes that are no UTF-8.
const LOG: &[u8] = b"\n\n...the end of a line that was rotated away\n\
2026-11-23 03:09:50 - audit - INFO - logging_config - setup_logging:156 - Sistema de logging configurado\n\
2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"timestamp\": \"2026-11-23T03:09:54.078351\", \"event_type\": \"UPDATE\", \"model\": \"PurchaseOrders\", \"instance_id\": 9, \"user_id\": null, \"user_email\": null, \"changes\": {\"status\": {\"from\": \"PENDING\", \"to\": \"PAID\"}, \"total_price\": {\"from\": 1000.0, \"to\": 12345678901234567890.50}}, \"extra_data\": {\"email\": \"ana.\xc3\xb1and\xc3\xba@ex.com\", \"visit_id\": 1}}\n\
2026-11-23 03:09:55 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"PAYMENT_FAILED\", \"model\": \"Payments\", \"instance_id\": 12, \"user_id\": 5, \"user_email\": \"ana@ex.com\", \"changes\": {}, \"extra_data\": {\"token\": \"tok_1\"}}\n\
2026-11-23 03:09:56 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"DELETE\", \"model\": \"Paym\n\
2026-11-23 03:10:00 - donations - WARNING - Donaci\xc3\xb3n rara: 1 - 25.00 USD\n  y una segunda l\xc3\xadnea\n\
2026-11-23 03:10:01 - system_errors - ERROR - reports - sales:92 - Error: \x1b[31mrojo\n\
Traceback (most recent call last):\n  File \"r.py\", line 88, in sales\nZeroDivisionError: division by zero\n\
2026-11-23 03:10:02,250 - root - CRITICAL - mitad de \xc3\n";

fn env_with_log() -> TestEnv {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    fs::write(env.path("logs/audit.log"), LOG).unwrap();
    env
}

#[track_caller]
fn lines(ran: &Ran) -> Vec<&str> {
    assert_eq!(ran.status, 0, "{ran}");
    ran.text().lines().collect()
}

#[test]
fn a_log_as_a_table() {
    assert_snapshot!(env_with_log().run("parse logs/audit.log --columns timestamp,level,logger,function,line,event_type,instance_id --strict"), @"
    TIME (-06:00)        LEVEL     LOGGER          FUNCTION       LINE  EVENT_TYPE      INSTANCE_ID
    2026-11-23 03:09:50  INFO      audit           setup_logging   156  -               -
    2026-11-23 03:09:54  INFO      purchase_audit  log_event        47  UPDATE          9
    2026-11-23 03:09:55  INFO      purchase_audit  log_event        47  PAYMENT_FAILED  12
    2026-11-23 03:09:56  INFO      purchase_audit  log_event        47  -               -
    2026-11-23 03:10:00  WARNING   donations       -                 -  -               -
    2026-11-23 03:10:01  ERROR     system_errors   sales            92  -               -
    2026-11-23 03:10:02  CRITICAL  root            -                 -  -               -
    ── stderr
    records read: 7, matching: 7; lines that belong to no record: 1; broken objects: 1
    ── status 1
    ");
}

#[test]
fn a_log_as_json() {
    assert_snapshot!(env_with_log().run("parse logs -o json"), @r#"
    [
    {"timestamp":"2026-11-23T03:09:50-06:00","logger":"audit","level":"INFO","module":"logging_config","function":"setup_logging","line":156,"message":"Sistema de logging configurado","event":null},
    {"timestamp":"2026-11-23T03:09:54-06:00","logger":"purchase_audit","level":"INFO","module":"audit","function":"log_event","line":47,"message":"AUDIT: {\"timestamp\": \"2026-11-23T03:09:54.078351\", \"event_type\": \"UPDATE\", \"model\": \"PurchaseOrders\", \"instance_id\": 9, \"user_id\": null, \"user_email\": null, \"changes\": {\"status\": {\"from\": \"PENDING\", \"to\": \"PAID\"}, \"total_price\": {\"from\": 1000.0, \"to\": 12345678901234567890.50}}, \"extra_data\": {\"email\": \"ana.ñandú@ex.com\", \"visit_id\": 1}}","event":{"timestamp": "2026-11-23T03:09:54.078351", "event_type": "UPDATE", "model": "PurchaseOrders", "instance_id": 9, "user_id": null, "user_email": null, "changes": {"status": {"from": "PENDING", "to": "PAID"}, "total_price": {"from": 1000.0, "to": 12345678901234567890.50}}, "extra_data": {"email": "ana.ñandú@ex.com", "visit_id": 1}}},
    {"timestamp":"2026-11-23T03:09:55-06:00","logger":"purchase_audit","level":"INFO","module":"audit","function":"log_event","line":47,"message":"AUDIT: {\"event_type\": \"PAYMENT_FAILED\", \"model\": \"Payments\", \"instance_id\": 12, \"user_id\": 5, \"user_email\": \"ana@ex.com\", \"changes\": {}, \"extra_data\": {\"token\": \"[redacted]\"}}","event":{"event_type":"PAYMENT_FAILED","model":"Payments","instance_id":12,"user_id":5,"user_email":"ana@ex.com","changes":{},"extra_data":{"token":"[redacted]"}}},
    {"timestamp":"2026-11-23T03:09:56-06:00","logger":"purchase_audit","level":"INFO","module":"audit","function":"log_event","line":47,"message":"AUDIT: {\"event_type\": \"DELETE\", \"model\": \"Paym","event":null},
    {"timestamp":"2026-11-23T03:10:00-06:00","logger":"donations","level":"WARNING","module":null,"function":null,"line":null,"message":"Donación rara: 1 - 25.00 USD\n  y una segunda línea","event":null},
    {"timestamp":"2026-11-23T03:10:01-06:00","logger":"system_errors","level":"ERROR","module":"reports","function":"sales","line":92,"message":"Error: \u001b[31mrojo\nTraceback (most recent call last):\n  File \"r.py\", line 88, in sales\nZeroDivisionError: division by zero","event":null},
    {"timestamp":"2026-11-23T03:10:02.250000-06:00","logger":"root","level":"CRITICAL","module":null,"function":null,"line":null,"message":"mitad de �","event":null}
    ]
    ── status 0
    "#);
}

#[test]
fn columns_on_demand_and_paths_into_the_event() {
    let env = env_with_log();
    assert_snapshot!(env.run("parse logs --columns file,line_number,offset,event_type,changes.status.to,changes.total_price.to,extra_data -o csv --event UPDATE,PAYMENT_FAILED"), @r#"
    file,line_number,offset,event_type,changes.status.to,changes.total_price.to,extra_data␍
    logs/audit.log,5,150,UPDATE,PAID,12345678901234567890.50,"{""email"": ""ana.ñandú@ex.com"", ""visit_id"": 1}"␍
    logs/audit.log,6,560,PAYMENT_FAILED,,,"{""token"":""[redacted]""}"␍
    ── status 0
    "#);
    // A secret is masked wherever it is taken from, and shown when that is asked for.
    assert_eq!(lines(&env.run("parse logs --columns extra_data.token -o tsv --no-header --user 5")), ["[redacted]"]);
    assert_eq!(
        lines(&env.run("parse logs --columns extra_data.token -o tsv --no-header --user 5 --reveal")),
        ["tok_1"]
    );
    assert_snapshot!(env.run("parse logs --columns mesage"), @"
    ── stderr
    auditctl: error: there is no column 'mesage'
    hint: did you mean 'message'?
    hint: a member of the event by that name is 'event.mesage'
    ── status 2
    ");
}

#[test]
fn filters() {
    let env = env_with_log();
    for (filter, lines_of_records) in [
        ("", &[4, 5, 6, 7, 8, 10, 14][..]),
        ("--event UPDATE", &[5]),
        ("--event update", &[]),
        ("--event UPDATE,PAYMENT_FAILED", &[5, 6]),
        ("--model payments", &[6]),
        ("--model Pay", &[]),
        ("--record-id 9", &[5]),
        ("--record-id 9,12 --model Payments", &[6]),
        ("--user 5", &[6]),
        ("--user ana@ex.com", &[6]),
        ("--user none --event UPDATE", &[5]),
        ("--user 5 --user none --event UPDATE,PAYMENT_FAILED", &[5, 6]),
        ("--level WARNING+", &[8, 10, 14]),
        ("--level error", &[10]),
        ("--level INFO,CRITICAL --logger audit,root", &[4, 14]),
        ("--logger purchase_audit", &[5, 6, 7]),
        ("--search 'SEGUNDA L'", &[8]),
        ("--search zerodivision", &[10]),
        ("--search '.50'", &[5]),
        ("--search donations", &[]),
        ("--since '2026-11-23 03:10:00'", &[8, 10, 14]),
        ("--since '2026-11-23 03:09:55' --until '2026-11-23 03:10:01'", &[6, 7, 8]),
        ("--since 2026-11-23T09:10:02.25Z", &[14]),
        ("--until 2026-11-22", &[]),
        ("--where 'changes.total_price.to > 1e19'", &[5]),
        ("--where 'level >= WARNING and not logger = root or instance_id = 12'", &[6, 8, 10]),
        ("--where 'line_number > 8'", &[10, 14]),
        ("--ordering -level --limit 2", &[14, 10]),
        ("--ordering event_type", &[4, 7, 8, 10, 14, 6, 5]),
        ("--ordering -timestamp", &[14, 10, 8, 7, 6, 5, 4]),
        ("--ordering logger,-timestamp --limit 2", &[4, 8]),
        ("--limit 2 --offset 1", &[5, 6]),
        ("--limit 3 --page 3", &[14]),
        ("--limit 0", &[]),
    ] {
        let ran = env.run(&format!("parse logs --columns line_number -o tsv --no-header {filter}"));
        let expected: Vec<String> = lines_of_records.iter().map(u64::to_string).collect();
        assert_eq!(lines(&ran), expected, "{filter}: {ran}");
        if !filter.contains("--limit") && !filter.contains("--ordering") {
            assert_eq!(
                lines(&env.run(&format!("parse logs --count {filter}"))),
                [expected.len().to_string()],
                "{filter}"
            );
        }
    }
}

#[test]
fn times_are_read_in_the_zone_of_the_service_and_shown_in_the_one_in_force() {
    let env = env_with_log();
    let ran = env.run("parse logs --columns timestamp -o tsv --no-header --limit 1 --log-timezone Asia/Tokyo --utc");
    assert_eq!(lines(&ran), ["2026-11-22T18:09:50Z"]);
    let ran = env.run("parse logs --count --log-timezone Asia/Tokyo --utc --since '2026-11-22 18:10:00'");
    assert_eq!(lines(&ran), ["3"]);
}

#[test]
fn groups_are_counted() {
    let env = env_with_log();
    assert_snapshot!(env.run("parse logs --by event_type,model"), @"
    EVENT_TYPE      MODEL           COUNT   SHARE
    -               -                   5  71.4 %
    PAYMENT_FAILED  Payments            1  14.3 %
    UPDATE          PurchaseOrders      1  14.3 %
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --by extra_data.token -o ndjson --event UPDATE,PAYMENT_FAILED"), @r#"
    {"extra_data.token":null,"count":1,"share":0.5}
    {"extra_data.token":"[redacted]","count":1,"share":0.5}
    ── status 0
    "#);
}

#[test]
fn what_was_not_understood_is_counted() {
    let env = env_with_log();
    assert_snapshot!(env.run("parse logs --count --strict"), @"
    7
    ── stderr
    records read: 7, matching: 7; lines that belong to no record: 1; broken objects: 1
    ── status 1
    ");
    // A search that is strict still looks at everything.
    assert_snapshot!(env.run("parse logs --count --strict --event UPDATE"), @"
    1
    ── stderr
    records read: 7, matching: 1; lines that belong to no record: 1; broken objects: 1
    ── status 1
    ");
    fs::write(env.path("good.log"), "\n\n2026-11-23 03:09:50 - audit - INFO - x\n\ny\n").unwrap();
    assert_snapshot!(env.run("parse good.log --strict --columns message -o ndjson"), @r#"
    {"message":"x\n\ny"}
    ── status 0
    "#);
    assert_snapshot!(env.run("parse logs --event NOTHING"), @r"
    ── stderr
    no record matches
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --event NOTHING --fail-empty -o json"), @"
    []
    ── status 1
    ");
}

#[test]
fn a_folder_is_read_log_by_log_with_backups_and_merged_by_time() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let record =
        |second: u32, logger: &str| format!("2026-11-23 03:09:{second:02} - {logger} - INFO - {logger}{second}\n");
    for (name, text) in [
        ("a.log.10", record(1, "a") + &record(3, "a")),
        ("a.log.2", record(4, "a")),
        // A clock that went back: the order of the file stays.
        ("a.log", record(9, "a") + &record(5, "a") + &record(7, "a")),
        ("b.log", record(2, "b") + &record(4, "b") + "  more of 4\n" + &record(8, "b")),
        ("ignored.txt", record(1, "c")),
        (".b.log.part", record(1, "c")),
    ] {
        fs::write(env.path("logs").join(name), text).unwrap();
    }
    let messages = |line: &str| {
        let ran = env.run(&format!("parse --columns message -o tsv --no-header {line}"));
        lines(&ran).join(" ")
    };
    assert_eq!(messages("logs"), "a1 b2 a3 a4 b4\\n  more of 4 b8 a9 a5 a7");
    assert_eq!(messages("--log-dir logs"), messages("logs"));
    assert_eq!(messages("logs --limit 2 --offset 3"), "a4 b4\\n  more of 4");
    assert_eq!(messages("logs/b.log logs/a.log.2"), "b2 b4\\n  more of 4 a4 b8");
    // Files of one log go together, the oldest first, however they are named.
    assert_eq!(messages("logs/a.log logs/a.log.10 logs/a.log.2"), "a1 a3 a4 a9 a5 a7");
    assert_eq!(messages("logs --ordering timestamp --logger a"), "a1 a3 a4 a5 a7 a9");
}

#[test]
fn plain_json_lines() {
    let env = TestEnv::empty();
    fs::write(
        env.path("events.jsonl"),
        concat!(
            r#"{"timestamp": "2026-11-23T03:09:54.5", "event_type": "UPDATE", "model": "Payments", "instance_id": "a-1", "user_id": 5}"#,
            "\n",
            r#"{"time": "2026-11-23T09:10:00Z", "level": "warning", "logger": "x", "message": "uno\ndos", "n": NaN, "s": "\ud800"}"#,
            "\n{\"torn\": \n",
        ),
    )
    .unwrap();
    assert_snapshot!(env.run("parse events.jsonl -o ndjson --strict"), @r#"
    {"timestamp":"2026-11-23T03:09:54.500000-06:00","logger":null,"level":null,"module":null,"function":null,"line":null,"message":"{\"timestamp\": \"2026-11-23T03:09:54.5\", \"event_type\": \"UPDATE\", \"model\": \"Payments\", \"instance_id\": \"a-1\", \"user_id\": 5}","event":{"timestamp": "2026-11-23T03:09:54.5", "event_type": "UPDATE", "model": "Payments", "instance_id": "a-1", "user_id": 5}}
    {"timestamp":"2026-11-23T03:10:00-06:00","logger":"x","level":"warning","module":null,"function":null,"line":null,"message":"uno\ndos","event":{"time":"2026-11-23T09:10:00Z","level":"warning","logger":"x","message":"uno\ndos","n":"NaN","s":"�"}}
    {"timestamp":null,"logger":null,"level":null,"module":null,"function":null,"line":null,"message":"{\"torn\": ","event":null}
    ── stderr
    records read: 3, matching: 3; lines that belong to no record: 0; broken objects: 1
    ── status 1
    "#);
    assert_eq!(lines(&env.run("parse events.jsonl --count --level WARNING+")), ["1"]);
    assert_eq!(lines(&env.run("parse events.jsonl --count --record-id a-1 --user 5")), ["1"]);
}

#[test]
fn packed_files_and_standard_input() {
    let env = env_with_log();
    let expected = lines(&env.run("parse logs/audit.log -o ndjson")).join("\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(LOG).unwrap();
    let gzip = gzip.finish().unwrap();
    fs::write(env.path("packed"), &gzip).unwrap();
    fs::write(env.path("audit.log.zst"), zstd::encode_all(LOG, 3).unwrap()).unwrap();
    for line in ["parse packed -o ndjson", "parse audit.log.zst -o ndjson"] {
        assert_eq!(lines(&env.run(line)).join("\n"), expected);
    }
    for input in [LOG, &gzip] {
        let mut child = env.command(["parse", "-", "-o", "ndjson"]);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), expected);
    }
}

#[test]
fn the_demos_logs() {
    let env = TestEnv::with_demo();
    assert_snapshot!(env.run("parse --by event_type"), @"
    EVENT_TYPE       COUNT   SHARE
    -                  339  55.9 %
    CREATE             129  21.3 %
    UPDATE              68  11.2 %
    PAYMENT_SUCCESS     57   9.4 %
    DELETE               8   1.3 %
    PAYMENT_FAILED       5   0.8 %
    ── status 0
    ");
}

#[test]
fn wrong_usage() {
    let env = env_with_log();
    for (line, said) in [
        ("parse logs --user ana", "'ana' is no user of a log record: records name users by id or e-mail address"),
        ("parse logs --level WARN+,LOUD+", "what is above the level in 'LOUD+' is not known"),
        ("parse logs --ordering -", "the ordering '-' lacks a field"),
        ("parse logs --since tomorow", "'tomorow' is not a time"),
        ("parse logs --where 'level >'", "the expression can't be read"),
        ("parse logs --columns level,level", "the column 'level' is named twice"),
        ("parse logs --by nothing.,x", "nothing."),
        ("parse logs --count --by level", "--by"),
        ("parse", "no log files were named, and no folder of logs is known"),
    ] {
        let ran = env.run(line);
        assert_eq!((ran.status, ran.text()), (2, ""), "{ran}");
        assert!(ran.said().contains(said), "{ran}");
    }
}
