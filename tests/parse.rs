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
    EVENT_TYPE      MODEL           COUNT  SHARE
    -               -                   5  71.4%
    PAYMENT_FAILED  Payments            1  14.3%
    UPDATE          PurchaseOrders      1  14.3%
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
    // Ids may be text, and be it that of a number; levels may be one's own.
    fs::write(
        env.path("ids.jsonl"),
        "{\"ts\": 1, \"user_id\": \"5\", \"level\": \"notice\"}\n{\"ts\": 2, \"user_id\": \"55\"}\n",
    )
    .unwrap();
    assert_eq!(lines(&env.run("parse ids.jsonl --count --user 5")), ["1"]);
    assert_eq!(lines(&env.run("parse ids.jsonl --count --level NOTICE --where 'level = notice'")), ["1"]);
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
    EVENT_TYPE       COUNT  SHARE
    -                  339  55.9%
    CREATE             129  21.3%
    UPDATE              68  11.2%
    PAYMENT_SUCCESS     57   9.4%
    DELETE               8   1.3%
    PAYMENT_FAILED       5   0.8%
    ── status 0
    ");
    // On a terminal with bars, as `stats` has them.
    assert_snapshot!(env.run_on_terminal(80, "parse --by event_type --level INFO --event PAYMENT_FAILED,DELETE --color never"), @"
    EVENT_TYPE      COUNT  SHARE
    DELETE              8  61.5%  ████████████████████
    PAYMENT_FAILED      5  38.5%  ████████████▌
    ── status 0
    ");
}

#[test]
fn groups_have_the_columns_and_the_order_that_are_asked_for() {
    let env = env_with_log();
    assert_snapshot!(env.run("parse logs --by level --ordering level --columns count,level"), @"
    COUNT  LEVEL
        1  CRITICAL
        1  ERROR
        4  INFO
        1  WARNING
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --by level,event_type --ordering -level,event_type --limit 2 --offset 1 -o csv"), @"
    level,event_type,count,share␍
    INFO,,2,0.2857142857142857␍
    INFO,PAYMENT_FAILED,1,0.14285714285714285␍
    ── stderr
    2 to 3 of 6 matching groups shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --by level --offset 99"), @"
    ── stderr
    none of 4 matching groups shown
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --by level --ordering levl"), @"
    ── stderr
    auditctl: error: there is no column 'levl' to sort by: the columns are level, count, share
    hint: did you mean 'level'?
    ── status 2
    ");
    assert_snapshot!(env.run("parse logs --by level --columns share,message"), @"
    ── stderr
    auditctl: error: there is no column 'message': the columns are level, count, share, bar
    ── status 2
    ");
    assert_snapshot!(env.run("parse logs --by level,timestamp"), @"
    ── stderr
    auditctl: error: 'timestamp' is an instant, which hardly two have in common: group by hour, weekday, day, week or month
    ── status 2
    ");
}

#[test]
fn a_part_says_of_how_many_it_is() {
    let env = env_with_log();
    assert_snapshot!(env.run("parse logs --offset 99 --columns line_number"), @"
    ── stderr
    none of 7 matching records shown
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --limit 3 --page 99 --ordering level -o csv --columns line_number"), @"
    line_number␍
    ── stderr
    none of 7 matching records shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --limit 3 --page 3 --columns line_number"), @"
    LINE NO
         14
    ── stderr
    7 to 7 of 7 matching records shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --limit 1 --columns line_number"), @"
    LINE NO
          4
    ── stderr
    1 of several matching records shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --limit 2 --ordering -level --columns line_number"), @"
    LINE NO
         14
         10
    ── stderr
    2 of 7 matching records shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("parse logs --limit 0 --columns line_number"), @"
    ── stderr
    no records shown, but some match; --all shows all
    ── status 0
    ");
}

#[test]
fn what_is_equal_stays_in_the_order_of_several_logs() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let record = |second: u32, level: &str, logger: &str| {
        format!("2026-11-23 03:09:{second:02} - {logger} - {level} - {logger}{second}\n")
    };
    // The clock of one went back.
    fs::write(env.path("logs/a.log.1"), record(1, "INFO", "a") + &record(5, "INFO", "a")).unwrap();
    fs::write(env.path("logs/a.log"), record(3, "INFO", "a") + &record(9, "ERROR", "a")).unwrap();
    fs::write(env.path("logs/b.log"), record(2, "INFO", "b") + &record(4, "INFO", "b") + &record(5, "INFO", "b"))
        .unwrap();
    fs::write(env.path("logs/c.log"), record(5, "INFO", "c") + &record(9, "ERROR", "c")).unwrap();
    let messages = |line: &str| {
        let ran = env.run(&format!("parse logs --columns message -o tsv --no-header {line}"));
        lines(&ran).join(" ")
    };
    let merged = messages("");
    assert_eq!(merged, "a1 b2 b4 a5 a3 b5 c5 a9 c9");
    assert_eq!(messages("--ordering level"), merged);
    let backwards: Vec<&str> = merged.split(' ').rev().collect();
    assert_eq!(messages("--ordering -module"), backwards.join(" "));
    assert_eq!(messages("--ordering -level --limit 3"), "c9 a9 c5");
}

#[test]
fn a_file_is_read_once_however_it_is_named() {
    let env = env_with_log();
    let count = |line: &str| lines(&env.run(&format!("parse --count {line}"))).join(" ");
    std::os::unix::fs::symlink("audit.log", env.path("logs/current.log")).unwrap();
    fs::hard_link(env.path("logs/audit.log"), env.path("logs/linked.log")).unwrap();
    for line in ["logs", "logs/audit.log logs", "logs ./logs", "logs/current.log logs/audit.log logs/../logs/audit.log"]
    {
        assert_eq!(count(line), "7", "{line}");
    }
    // It is read as one of the log's files, and by its own name.
    fs::write(env.path("logs/audit.log.1"), "2026-11-23 03:09:00 - audit - INFO - the beginning\n").unwrap();
    let ran = env.run("parse logs/audit.log logs --columns file -o tsv --no-header --limit 2 -q");
    assert_eq!(lines(&ran), ["logs/audit.log.1", "logs/audit.log"]);
}

#[test]
fn what_is_no_log_says_so() {
    let env = env_with_log();
    let access = r#"10.0.0.1 - - [23/Nov/2026:03:09:54 -0600] "GET / HTTP/1.1" 200 612"#;
    fs::write(env.path("access.log"), format!("{access}\n{access}\n")).unwrap();
    fs::write(env.path("error.log"), "it went wrong\n").unwrap();
    assert_snapshot!(env.run("parse access.log"), @"
    ── stderr
    there are no records
    warning: access.log: no line begins a record; that is one such as '2026-11-23 03:09:54 - LOGGER - LEVEL - MESSAGE', or a JSON object
    ── status 0
    ");
    assert_snapshot!(env.run("parse access.log error.log logs --event UPDATE --count"), @"
    1
    ── stderr
    warning: access.log and another file: no line begins a record; that is one such as '2026-11-23 03:09:54 - LOGGER - LEVEL - MESSAGE', or a JSON object
    ── status 0
    ");
    assert_snapshot!(env.run("parse access.log -o json --by level -q"), @"
    []
    ── status 0
    ");
    fs::write(env.path("empty.log"), "\n\n").unwrap();
    assert_snapshot!(env.run("parse empty.log"), @"
    ── stderr
    there are no records
    ── status 0
    ");
}

#[test]
fn backups_that_are_packed_in_other_ways() {
    let env = env_with_log();
    let xz = b"\xfd7zXZ\0\x00\x04\xe6\xd6\xb4\x46";
    for name in ["logs/audit.log.2.xz", "logs/audit.log.3.bz2", "logs/notes.xz", "packed"] {
        fs::write(env.path(name), xz).unwrap();
    }
    assert_snapshot!(env.run("parse logs --count"), @"
    7
    ── stderr
    warning: logs/audit.log.2.xz and another file are not read: only gzip and zstd are unpacked here; unpack it: xz -dc logs/audit.log.2.xz | auditctl parse -
    ── status 0
    ");
    fs::write(env.path("wide.log"), b"\xff\xfe2\x000\x00").unwrap();
    fs::write(env.path("audit.log.bz2"), b"BZh91AY&SY\x01\x02").unwrap();
    assert_snapshot!(env.run("parse packed wide.log audit.log.bz2 logs/audit.log --count"), @"
    7
    ── stderr
    auditctl: error: cannot read packed: it is packed as .xz, and only gzip and zstd are unpacked here; unpack it: xz -dc FILE | auditctl parse -
    auditctl: error: cannot read wide.log: it is UTF-16, and logs are read as UTF-8; convert it: iconv -f UTF-16 -t UTF-8 FILE | auditctl parse -
    auditctl: error: cannot read audit.log.bz2: it is packed as .bz2, and only gzip and zstd are unpacked here; unpack it: bzip2 -dc FILE | auditctl parse -
    ── status 3
    ");
    fs::create_dir(env.path("old logs")).unwrap();
    fs::write(env.path("old logs/audit.log.1.xz"), xz).unwrap();
    assert_snapshot!(env.run("parse 'old logs'"), @"
    ── stderr
    auditctl: error: there are no log files in old logs
    hint: old logs/audit.log.1.xz is not read: only gzip and zstd are unpacked here; unpack it: xz -dc 'old logs/audit.log.1.xz' | auditctl parse -
    ── status 3
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
        ("parse logs --level WARNNG", "there is no level 'WARNNG'\nhint: did you mean 'WARNING'?"),
        ("parse logs --level INFO,ERROR-", "there is no level 'ERROR-'\nhint: did you mean 'ERROR'?"),
        ("parse logs --where 'level = WARNNG'", "hint: did you mean 'WARNING'?"),
        ("parse logs --record-id 1,,2", "'1,,2' for --record-id lacks a value: write values with commas between"),
        ("parse logs --event ,", "',' for --event lacks a value"),
        ("parse logs --logger a,,b", "'a,,b' for --logger lacks a value"),
        ("parse logs --user ''", "give an id, an e-mail address, or 'none'"),
        ("parse logs --user name:5", "the user of the id 5 is --user 5"),
        ("parse", "no log files were named, and no folder of logs is known"),
    ] {
        let ran = env.run(line);
        assert_eq!((ran.status, ran.text()), (2, ""), "{ran}");
        assert!(ran.said().contains(said), "{ran}");
    }
}
