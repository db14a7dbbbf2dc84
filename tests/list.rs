//! `auditctl list`, as the manual would show it: a command line, and all that it prints.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

#[test]
fn the_main_job() {
    let env = TestEnv::with_demo();
    assert_snapshot!(env.run("list --user 5 --ordering -timestamp --limit 5"), @"
      ID  TIME (-06:00)        USER  ACTION                          MODEL        RECORD  STATUS
    1117  2026-11-23 15:16:22  ana   PATCH /api/profiles/5/          API Request       -     200
    1116  2026-11-23 15:16:22  ana   updated                         userprofile       5       -
    1115  2026-11-23 15:16:10  ana   PATCH /api/purchase_orders/66/  API Request       -     400
    1112  2026-11-23 14:32:18  ana   POST /api/payments/             API Request       -     201
    1109  2026-11-23 14:31:57  ana   DELETE /api/payments/60/        API Request       -     204
    ── stderr
    5 of 92 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 5 --ordering -timestamp --count"), @"
    92
    ── status 0
    ");
}

#[test]
fn the_newest_are_shown_first() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list"), @"
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
}

#[test]
fn every_format() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --limit 2 -o json"), @r#"
    [
    {"id":18,"timestamp":"2026-11-23T15:30:00-06:00","action":"updated","model":"UserProfile","record_id":4711,"details":null,"user":4711},
    {"id":17,"timestamp":"2026-11-23T15:00:00-06:00","action":"GET /api/audit_log/","model":"API Request","record_id":null,"details":"Request Body: , Response Code: 200, Response Body: {'count': 1, 'results': [{'id': 3, 'action': 'GET /api/payments/methods/', 'details': \"Request Body: , Response Code: 200, Response Body: [{'method': 'VISA'}]\"}]}","user":1}
    ]
    ── stderr
    2 of 18 matching entries shown; --all shows all
    ── status 0
    "#);
    assert_snapshot!(env.run("list --limit 2 -o ndjson"), @r#"
    {"id":18,"timestamp":"2026-11-23T15:30:00-06:00","action":"updated","model":"UserProfile","record_id":4711,"details":null,"user":4711}
    {"id":17,"timestamp":"2026-11-23T15:00:00-06:00","action":"GET /api/audit_log/","model":"API Request","record_id":null,"details":"Request Body: , Response Code: 200, Response Body: {'count': 1, 'results': [{'id': 3, 'action': 'GET /api/payments/methods/', 'details': \"Request Body: , Response Code: 200, Response Body: [{'method': 'VISA'}]\"}]}","user":1}
    ── stderr
    2 of 18 matching entries shown; --all shows all
    ── status 0
    "#);
    assert_snapshot!(env.run("list --limit 2 -o csv"), @r#"
    id,timestamp,action,model,record_id,details,user␍
    18,2026-11-23T15:30:00-06:00,updated,UserProfile,4711,,4711␍
    17,2026-11-23T15:00:00-06:00,GET /api/audit_log/,API Request,,"Request Body: , Response Code: 200, Response Body: {'count': 1, 'results': [{'id': 3, 'action': 'GET /api/payments/methods/', 'details': ""Request Body: , Response Code: 200, Response Body: [{'method': 'VISA'}]""}]}",1␍
    ── stderr
    2 of 18 matching entries shown; --all shows all
    ── status 0
    "#);
    assert_snapshot!(env.run("list --limit 2 -o tsv"), @r#"
    id␉timestamp␉action␉model␉record_id␉details␉user
    18␉2026-11-23T15:30:00-06:00␉updated␉UserProfile␉4711␉␉4711
    17␉2026-11-23T15:00:00-06:00␉GET /api/audit_log/␉API Request␉␉Request Body: , Response Code: 200, Response Body: {'count': 1, 'results': [{'id': 3, 'action': 'GET /api/payments/methods/', 'details': "Request Body: , Response Code: 200, Response Body: [{'method': 'VISA'}]"}]}␉1
    ── stderr
    2 of 18 matching entries shown; --all shows all
    ── status 0
    "#);
    assert_snapshot!(env.run("list --limit 2 -o table"), @"
    ID  TIME (-06:00)        USER       ACTION               MODEL        RECORD  STATUS
    18  2026-11-23 15:30:00  id 4711    updated              UserProfile    4711       -
    17  2026-11-23 15:00:00  directora  GET /api/audit_log/  API Request       -     200
    ── stderr
    2 of 18 matching entries shown; --all shows all
    ── status 0
    ");
}

#[test]
fn no_entries_in_every_format() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --user 99"), @"
    ── stderr
    no entry matches
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 99 -o json"), @"
    []
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 99 -o ndjson"), @"── status 0");
    assert_snapshot!(env.run("list --user 99 -o csv"), @"
    id,timestamp,action,model,record_id,details,user␍
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 99 -o tsv"), @"
    id␉timestamp␉action␉model␉record_id␉details␉user
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 99 --count"), @"
    0
    ── status 0
    ");
    env.sql("DELETE FROM api_auditlog");
    assert_snapshot!(env.run("list -o json"), @"
    []
    ── status 0
    ");
    assert_snapshot!(env.run("list --count --status 404"), @"
    0
    ── status 0
    ");
    assert_snapshot!(env.run("list --ordering id"), @"
    ── stderr
    no entry matches
    ── status 0
    ");
}

#[test]
fn a_model_that_the_service_does_not_have_is_named_where_nothing_matches() {
    let env = TestEnv::with_story();
    for (line, said) in [
        (
            "--model purchaseorder",
            "no entry matches; the service has no model 'purchaseorder', did you mean 'purchaseorders'?\n",
        ),
        (
            "--model 'API Requests'",
            "no entry matches; the service has no model 'API Requests', did you mean 'API Request'?\n",
        ),
        ("--model xyzzy", "no entry matches; the service has no model 'xyzzy'\n"),
        ("--model Donations", "no entry matches\n"),
        ("--model purchaseorder -q", ""),
        ("--model purchaseorder -o json", ""),
    ] {
        let ran = env.run(&format!("list {line}"));
        assert_eq!((ran.status, ran.said()), (0, said), "{line}");
    }
}

#[test]
fn fail_empty_makes_nothing_a_no() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --user 99 --fail-empty"), @"
    ── stderr
    no entry matches
    ── status 1
    ");
    assert_snapshot!(env.run("list --user 99 --fail-empty -o json"), @"
    []
    ── status 1
    ");
    assert_snapshot!(env.run("list --user 99 --fail-empty --count"), @"
    0
    ── status 1
    ");
    assert_snapshot!(env.run("list --user 7 --fail-empty --count"), @"
    1
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 7 --fail-empty -o csv --no-header"), @r#"
    15,2026-11-23T14:10:00-06:00,GET /api/visits/,API Request,,"Request Body: , Response Code: 500, Response Body: 
    <!doctype html>
    <h1>Server Error (500)</h1>
    ",7␍
    ── status 0
    "#);
    assert_eq!(env.run("list --offset 1000 --fail-empty -o csv").status, 1, "none is shown");
}

#[test]
fn columns_are_shown_as_named() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --user 10 --columns id,method,path,status,decoded"), @"
    ID  METHOD  PATH         STATUS  DECODED
    12  POST    /api/notes/       -  ambiguous
    11  POST    /api/notes/     404  ambiguous
    10  POST    /api/notes/     415  certain
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 5 --limit 3 --columns status,username,user,id -o csv"), @"
    status,username,user,id␍
    403,ana,5,16␍
    200,ana,5,9␍
    ,ana,5,6␍
    ── stderr
    3 of 7 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --ordering id --limit 3 --columns id,request,response -o ndjson"), @r#"
    {"id":1,"request":null,"response":null}
    {"id":2,"request":null,"response":{"id":9,"status":"PENDING","total_price":"1000.00"}}
    {"id":3,"request":"","response":[{"method":"VISA","label":"Tarjeta Visa"},{"method":"CASH","label":"Efectivo/SINPE"}]}
    ── stderr
    3 matching entries shown, and there are more; --all shows all
    ── status 0
    "#);
    assert_snapshot!(env.run("list --user 4711 --columns id,username,user,details,decoded,status -o json"), @r#"
    [
    {"id":18,"username":null,"user":4711,"details":null,"decoded":"none","status":null}
    ]
    ── status 0
    "#);
    assert_snapshot!(env.run("list --user 7 --columns 'id, response' -o tsv --no-header"), @r#"
    15␉"\\n<!doctype html>\\n<h1>Server Error (500)</h1>\\n"
    ── status 0
    "#);
}

#[test]
fn headers_can_be_left_out() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --user 1 --no-header"), @"
    17  2026-11-23 15:00:00  directora  GET /api/audit_log/             API Request  -  200
    13  2026-11-22 14:15:00  directora  DELETE /api/purchase_orders/9/  API Request  -  204
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 1 --no-header -o csv --columns id,action"), @"
    17,GET /api/audit_log/␍
    13,DELETE /api/purchase_orders/9/␍
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 1 --no-header -o tsv --columns id,action"), @"
    17␉GET /api/audit_log/
    13␉DELETE /api/purchase_orders/9/
    ── status 0
    ");
    assert_snapshot!(env.run("list --user 1 --no-header -o json --columns id,action"), @r#"
    [
    {"id":17,"action":"GET /api/audit_log/"},
    {"id":13,"action":"DELETE /api/purchase_orders/9/"}
    ]
    ── status 0
    "#);
}

#[test]
fn orderings() {
    let env = TestEnv::with_story();
    let ids = |ordering: &str| env.run(&format!("list -o json {ordering}")).ids();
    // Entries 5, 6 and 7 tie, and so do 13 and 14: the id decides, in the direction of the first key.
    let newest = [18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let oldest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
    assert_eq!(ids(""), newest);
    assert_eq!(ids("--ordering -timestamp"), newest);
    assert_eq!(ids("--ordering=-timestamp"), newest);
    assert_eq!(ids("--ordering timestamp"), oldest);
    assert_eq!(ids("--ordering -id"), newest);
    assert_eq!(ids("--ordering id"), oldest);
    let settled = [18, 17, 16, 15, 13, 14, 12, 11, 10, 9, 8, 5, 6, 7, 4, 3, 2, 1];
    assert_eq!(ids("--ordering=-timestamp,id"), settled);
    assert_eq!(ids("--ordering '-timestamp, id'"), settled);
    // What is missing sorts low: 3, 7, 8 and 14 have no user.
    assert_eq!(ids("--ordering user,-id"), [14, 8, 7, 3, 17, 13, 16, 9, 6, 5, 4, 2, 1, 15, 12, 11, 10, 18]);
    assert_eq!(ids("--ordering user"), [3, 7, 8, 14, 13, 17, 1, 2, 4, 5, 6, 9, 16, 15, 10, 11, 12, 18]);
    assert_eq!(ids("--ordering -user"), [18, 12, 11, 10, 15, 16, 9, 6, 5, 4, 2, 1, 17, 13, 14, 8, 7, 3]);
    // Text goes by its bytes, upper case before lower.
    assert_eq!(ids("--ordering model,-record_id,id --record-id 9"), [1, 7, 14]);
    assert_eq!(ids("--ordering model,id")[13..], [18, 6, 1, 7, 14]);
    assert_eq!(ids("--ordering action --limit 3"), [13, 17, 3]);
    assert_eq!(ids("--ordering details --limit 2"), [18, 6]);
    // Django's own names for two of the fields.
    assert_eq!(ids("--ordering -pk"), newest);
    assert_eq!(ids("--ordering user_id,-pk"), ids("--ordering user,-id"));
}

#[test]
fn pages() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --limit 2 --columns id,action"), @"
    ID  ACTION
    18  updated
    17  GET /api/audit_log/
    ── stderr
    2 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 2 --page 3 --columns id,action"), @"
    ID  ACTION
    14  deleted
    13  DELETE /api/purchase_orders/9/
    ── stderr
    5 to 6 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 2 --offset 16 --columns id,action"), @"
    ID  ACTION
     2  POST /api/purchase_orders/
     1  created
    ── stderr
    17 to 18 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 2 --ordering id --columns id,action"), @"
    ID  ACTION
     1  created
     2  POST /api/purchase_orders/
    ── stderr
    2 matching entries shown, and there are more; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 2 --quiet --columns id,action"), @"
    ID  ACTION
    18  updated
    17  GET /api/audit_log/
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 0"), @"
    ── stderr
    none of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --offset 18"), @"
    ── stderr
    none of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --page 2 -o json"), @"
    []
    ── stderr
    none of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --all --offset 16 -o csv --columns id"), @"
    id␍
    2␍
    1␍
    ── stderr
    17 to 18 of 18 matching entries shown
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 18446744073709551615 --offset 17 -o csv --columns id"), @"
    id␍
    1␍
    ── stderr
    18 to 18 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("list --limit 10 --page 18446744073709551615 -o csv --columns id"), @"
    id␍
    ── stderr
    none of 18 matching entries shown; --all shows all
    ── status 0
    ");
}

#[test]
fn fifty_are_shown_unless_told_otherwise() {
    let env = TestEnv::with_demo();
    let all = env.run("list -o json --all").ids();
    assert!(all.len() > 500, "{}", all.len());
    assert_eq!(env.run("list -o json").ids(), all[..50]);
    assert_eq!(env.run("list -o json --page 3").ids(), all[100..150]);
    assert_eq!(env.run("list -o json --limit 7 --offset 60").ids(), all[60..67]);
    let said = env.run("list -o csv");
    assert_eq!(said.said(), format!("50 of 1,{:03} matching entries shown; --all shows all\n", all.len() - 1000));
    assert_eq!(env.run("list --all").said(), "");
}

#[test]
fn filters_on_decoded_parts_keep_their_place_under_limit_and_offset() {
    let env = TestEnv::with_demo();
    for filter in ["--status 4xx", "--status 200,201 --method POST", "--path '/api/payments/**'", "--search total"] {
        for ordering in ["", "--ordering id", "--ordering -id", "--ordering user,-timestamp", "--ordering action"] {
            let all = env.run(&format!("list {filter} {ordering} --all -o json")).ids();
            assert!(all.len() > 8, "{filter}: {}", all.len());
            let page = env.run(&format!("list {filter} {ordering} --limit 5 --offset 3 -o json"));
            assert_eq!(page.ids(), all[3..8], "{filter} {ordering}");
            let counted = env.run(&format!("list {filter} --count"));
            assert_eq!(counted.text().trim_end(), all.len().to_string(), "{filter}");
        }
    }
}

#[test]
fn zones() {
    let env = TestEnv::with_story();
    let line = "list --record-id 9 --action deleted --columns id,timestamp";
    assert_snapshot!(env.run(line), @"
    ID  TIME (-06:00)
    14  2026-11-22 14:15:00
    ── status 0
    ");
    assert_snapshot!(env.run(&format!("{line} -o csv --utc")), @"
    id,timestamp␍
    14,2026-11-22T20:15:00Z␍
    ── status 0
    ");
    assert_snapshot!(env.run(&format!("{line} --timezone Asia/Kathmandu")), @"
    ID  TIME (+05:45)
    14  2026-11-23 02:00:00
    ── status 0
    ");
    assert_snapshot!(env.run(&format!("{line} -o csv --timezone Asia/Kathmandu")), @"
    id,timestamp␍
    14,2026-11-23T02:00:00+05:45␍
    ── status 0
    ");
    assert_snapshot!(env.run(&format!("{line} -o csv --timezone=-03:00")), @"
    id,timestamp␍
    14,2026-11-22T17:15:00-03:00␍
    ── status 0
    ");
}

/// Clocks in New York went from 02:00 to 03:00 on 8 March 2026, and from 02:00 back to 01:00 on 1 November.
#[test]
fn days_on_which_clocks_change() {
    let env = TestEnv::with_story();
    env.sql(
        "DELETE FROM api_auditlog;
         INSERT INTO api_auditlog (id, timestamp, action, model) VALUES
         (1, '2026-03-08 06:59:59', 'updated', 'visits'), (2, '2026-03-08 07:00:00', 'updated', 'visits'),
         (3, '2026-11-01 03:59:59.999999', 'updated', 'visits'), (4, '2026-11-01 04:00:00', 'updated', 'visits'),
         (5, '2026-11-01 05:30:00', 'updated', 'visits'), (6, '2026-11-01 06:30:00', 'updated', 'visits'),
         (7, '2026-11-02 04:59:59.999999', 'updated', 'visits'), (8, '2026-11-02 05:00:00', 'updated', 'visits')",
    );
    assert_snapshot!(env.run("list --timezone America/New_York --ordering id --columns id,timestamp"), @"
    ID  TIME (-05:00)
     1  2026-03-08 01:59:59
     2  2026-03-08 03:00:00 -04:00
     3  2026-10-31 23:59:59 -04:00
     4  2026-11-01 00:00:00 -04:00
     5  2026-11-01 01:30:00 -04:00
     6  2026-11-01 01:30:00
     7  2026-11-01 23:59:59
     8  2026-11-02 00:00:00
    ── status 0
    ");
    assert_snapshot!(env.run("list --timezone America/New_York --ordering id --columns id,timestamp -o csv"), @"
    id,timestamp␍
    1,2026-03-08T01:59:59-05:00␍
    2,2026-03-08T03:00:00-04:00␍
    3,2026-10-31T23:59:59.999999-04:00␍
    4,2026-11-01T00:00:00-04:00␍
    5,2026-11-01T01:30:00-04:00␍
    6,2026-11-01T01:30:00-05:00␍
    7,2026-11-01T23:59:59.999999-05:00␍
    8,2026-11-02T00:00:00-05:00␍
    ── status 0
    ");
    let ids = |filter: &str| env.run(&format!("list --timezone America/New_York --ordering id {filter} -o json")).ids();
    assert_eq!(ids("--since 2026-11-01 --until 2026-11-01"), [4, 5, 6, 7], "a day of 25 hours");
    assert_eq!(ids("--since '2026-11-01 01:30' --until 2026-11-01"), [5, 6, 7], "twice: the earlier");
    assert_eq!(ids("--since 2026-03-08 --until '2026-03-08 02:30'"), [1, 2], "skipped: it moves forward");
    assert_eq!(ids("--since 2026-03-08 --until '2026-03-08 02:00'"), [1]);
}

#[test]
fn colours_mean_something_and_can_be_had_anywhere_or_nowhere() {
    let mut env = TestEnv::with_story();
    let line = "list --limit 5 --offset 1 --columns id,user,action,status";
    assert_snapshot!(env.run(&format!("{line} --color always")), @"
    ␛[1mID  ␛[0m␛[1mUSER ID  ␛[0m␛[1mACTION                          ␛[0m␛[1mSTATUS␛[0m
    17        1  GET /api/audit_log/             ␛[38;5;2m   200␛[39m
    16        5  PUT /api/fotos/ñandú_100%/      ␛[38;5;3m   403␛[39m
    15        7  GET /api/visits/                ␛[38;5;1m␛[1m   500␛[0m
    14  ␛[2m      -  ␛[0mdeleted                         ␛[2m     -␛[0m
    13        1  DELETE /api/purchase_orders/9/  ␛[38;5;2m   204␛[39m
    ── stderr
    2 to 6 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    let plain = env.run(line).to_string();
    assert!(!plain.contains('␛'));
    assert_eq!(env.run(&format!("{line} --color never")).to_string(), plain);
    env.set("CLICOLOR_FORCE", "1");
    assert!(env.run(line).to_string().contains('␛'));
    assert_eq!(env.run(&format!("{line} --color never")).to_string(), plain);
    env.set("NO_COLOR", "1");
    assert_eq!(env.run(line).to_string(), plain);
    assert!(env.run(&format!("{line} --color always")).to_string().contains('␛'));
    for format in ["json", "ndjson", "csv", "tsv"] {
        assert!(!env.run(&format!("list --color always -q -o {format}")).to_string().contains('␛'), "{format}");
    }
}
