//! What is seen on a real terminal: widths, colours, the pager. In a pipe, nothing of all that.

mod common;

use common::{Missing, TestEnv, machine, skip};
use insta::assert_snapshot;

/// Without its colours, which the snapshots of other tests show.
fn seen(env: &TestEnv, columns: u16, line: &str) -> String {
    env.run_on_terminal(columns, &format!("{line} --color never")).to_string()
}

#[test]
fn a_table_on_eighty_columns() {
    let env = TestEnv::with_story();
    assert_snapshot!(seen(&env, 80, "list --limit 12"), @"
    ID  TIME (-06:00)        USER    ACTION                MODEL      RECORD  STATUS
    18  2026-11-23 15:30:00  id 47…  updated               UserProf…    4711       -
    17  2026-11-23 15:00:00  direc…  GET /api/audit_log/   API Requ…       -     200
    16  2026-11-23 14:34:00  ana     PUT /api/f…ndú_100%/  API Requ…       -     403
    15  2026-11-23 14:10:00  josé.…  GET /api/visits/      API Requ…       -     500
    14  2026-11-22 14:15:00  -       deleted               purchase…       9       -
    13  2026-11-22 14:15:00  direc…  DELETE /ap…orders/9/  API Requ…       -     204
    12  2026-11-22 13:00:02  88887…  POST /api/notes/      API Requ…       -       -
    11  2026-11-22 13:00:01  88887…  POST /api/notes/      API Requ…       -     404
    10  2026-11-22 13:00:00  88887…  POST /api/notes/      API Requ…       -     415
     9  2026-11-22 12:30:05  ana     POST /api/login/      API Requ…       -     200
     8  2026-11-22 12:30:00  -       POST /api/login/      API Requ…       -     401
     7  2026-11-21 00:00:00  -       updated               purchase…       9       -
    ── stderr
    12 of 18 matching entries shown; --all shows all
    ── status 0
    ");
}

#[test]
fn a_table_on_a_hundred_and_sixty_columns() {
    let env = TestEnv::with_story();
    assert_snapshot!(seen(&env, 160, "list --limit 12"), @"
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
    ── stderr
    12 of 18 matching entries shown; --all shows all
    ── status 0
    ");
}

#[test]
fn a_table_on_forty_columns() {
    let env = TestEnv::with_story();
    assert_snapshot!(seen(&env, 40, "list --limit 12"), @"
    ID  USER  ACTION       RECORD  STATUS  …
    18  id …  updated        4711       -
    17  dir…  GET /…_log/       -     200
    16  ana   PUT /…100%/       -     403
    15  jos…  GET /…sits/       -     500
    14  -     deleted           9       -
    13  dir…  DELET…rs/9/       -     204
    12  888…  POST …otes/       -       -
    11  888…  POST …otes/       -     404
    10  888…  POST …otes/       -     415
     9  ana   POST …ogin/       -     200
     8  -     POST …ogin/       -     401
     7  -     updated           9       -
    ── stderr
    12 of 18 matching entries shown; --all shows all
    ── status 0
    ");
}

#[test]
fn many_columns_share_what_there_is() {
    let env = TestEnv::with_story();
    let line = "list --limit 6 --columns id,timestamp,username,method,path,status,request,response";
    assert_snapshot!(seen(&env, 80, line), @r#"
    ID  TIME (-06:00)        USER   METHOD  PATH          STATUS  REQUEST   RESPONSE
    18  2026-11-23 15:30:00  id 4…  -       -                  -  -         -
    17  2026-11-23 15:00:00  dire…  GET     /api/a…_log/     200  ""        {"count…
    16  2026-11-23 14:34:00  ana    PUT     /api/f…100%/     403  {"títul…  {"detai…
    15  2026-11-23 14:10:00  josé…  GET     /api/visits/     500  ""        "\\n<!d…
    14  2026-11-22 14:15:00  -      -       -                  -  -         -
    13  2026-11-22 14:15:00  dire…  DELETE  /api/p…rs/9/     204  ""        ""
    ── stderr
    6 of 18 matching entries shown; --all shows all
    ── status 0
    "#);
    assert_snapshot!(seen(&env, 160, line), @r#"
    ID  TIME (-06:00)        USER        METHOD  PATH                     STATUS  REQUEST           RESPONSE
    18  2026-11-23 15:30:00  id 4711     -       -                             -  -                 -
    17  2026-11-23 15:00:00  directora   GET     /api/audit_log/             200  ""                {"count":1,"results":[{"id":3,"action":"GET /api/payments/metho…
    16  2026-11-23 14:34:00  ana         PUT     /api/fotos/ñandú_100%/      403  {"título":"El ñ…  {"detail":"No autorizado"}
    15  2026-11-23 14:10:00  josé.araya  GET     /api/visits/                500  ""                "\\n<!doctype html>\\n<h1>Server Error (500)</h1>\\n"
    14  2026-11-22 14:15:00  -           -       -                             -  -                 -
    13  2026-11-22 14:15:00  directora   DELETE  /api/purchase_orders/9/     204  ""                ""
    ── stderr
    6 of 18 matching entries shown; --all shows all
    ── status 0
    "#);
}

#[test]
fn colours_on_a_terminal() {
    let mut env = TestEnv::with_story();
    let line = "list --limit 4 --columns id,user,action,status";
    assert_snapshot!(env.run_on_terminal(80, line), @"
    ␛[1mID  ␛[0m␛[1mUSER ID  ␛[0m␛[1mACTION                      ␛[0m␛[1mSTATUS␛[0m
    18     4711  updated                     ␛[2m     -␛[0m
    17        1  GET /api/audit_log/         ␛[38;5;2m   200␛[39m
    16        5  PUT /api/fotos/ñandú_100%/  ␛[38;5;3m   403␛[39m
    15        7  GET /api/visits/            ␛[38;5;1m␛[1m   500␛[0m
    ── stderr
    4 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run_on_terminal(80, "list --user anna"), @"
    ── stderr
    auditctl: ␛[1m␛[31merror:␛[0m there is no user named 'anna'
    ␛[36mhint:␛[0m did you mean 'ana'?
    ── status 2
    ");
    let plain = env.run_on_terminal(80, &format!("{line} --color never")).to_string();
    assert!(!plain.contains('␛'), "{plain}");
    env.set("NO_COLOR", "1");
    assert_eq!(env.run_on_terminal(80, line).to_string(), plain);
    assert!(!env.run_on_terminal(80, "list --user anna").to_string().contains('␛'));
    assert!(!env.run_on_terminal(80, "list --usr anna").to_string().contains('␛'));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let env = TestEnv::with_demo();
    env.sql(
        "UPDATE api_auditlog SET action = 'GET /漢字/' || replace(hex(zeroblob(50)), '00', '字') WHERE id % 50 = 0",
    );
    env.sql("UPDATE api_auditlog SET model = '❤️‍🔥' || replace(hex(zeroblob(20)), '00', '❤️') WHERE id % 49 = 0");
    for columns in [40, 60, 80, 100, 120, 160, 250] {
        for line in
            ["list", "list --columns details,id", "list --columns id,timestamp,action,model,record_id,details,user"]
        {
            let ran = env.run_on_terminal(columns, &format!("{line} -q --all --color never"));
            assert!(ran.text().lines().count() > 1000);
            let too_wide: Vec<&str> = ran
                .text()
                .lines()
                .filter(|line| unicode_width::UnicodeWidthStr::width(*line) > columns.into())
                .collect();
            assert!(too_wide.is_empty(), "{line} on {columns}: {too_wide:#?}");
        }
    }
}

#[test]
fn columns_overrides_the_terminal() {
    let mut env = TestEnv::with_story();
    env.set("COLUMNS", "60");
    assert_snapshot!(seen(&env, 160, "list --limit 3"), @"
    ID  TIME (-06:00)        USER  ACTION    MOD…  RECO…  STATUS
    18  2026-11-23 15:30:00  id …  updated   Use…   4711       -
    17  2026-11-23 15:00:00  dir…  GET …og/  API…      -     200
    16  2026-11-23 14:34:00  ana   PUT …0%/  API…      -     403
    ── stderr
    3 of 18 matching entries shown; --all shows all
    ── status 0
    ");
    // In a pipe nothing is cut.
    assert_snapshot!(env.run("list --limit 3 -q"), @"
    ID  TIME (-06:00)        USER       ACTION                      MODEL        RECORD  STATUS
    18  2026-11-23 15:30:00  id 4711    updated                     UserProfile    4711       -
    17  2026-11-23 15:00:00  directora  GET /api/audit_log/         API Request       -     200
    16  2026-11-23 14:34:00  ana        PUT /api/fotos/ñandú_100%/  API Request       -     403
    ── status 0
    ");
}

/// A pager is given what goes to a terminal, and `less` leaves by itself when that fits.
#[test]
fn long_output_goes_through_the_pager() {
    let mut env = TestEnv::with_story();
    env.set("AUDITCTL_PAGER", "sed 's/^/> /'");
    assert_snapshot!(seen(&env, 80, "list --user 7"), @"
    > ID  TIME (-06:00)        USER        ACTION            MODEL      RECORD  STATUS
    > 15  2026-11-23 14:10:00  josé.araya  GET /api/visits/  API Requ…       -     500
    ── status 0
    ");
    assert_snapshot!(seen(&env, 80, "show 14"), @"
    > entry 14
    >   time      2026-11-22T14:15:00-06:00
    >   user      (none)
    >   action    deleted
    >   model     purchaseorders
    >   record    9
    >   details   Action deleted on purchaseorders with id 9
    ── status 0
    ");
    assert_eq!(env.run("list --user 7").to_string().find('>'), None, "in a pipe nobody pages");
    assert_eq!(seen(&env, 80, "list --user 7 -o json").find("> "), None, "nor what is for programs");
    env.unset("AUDITCTL_PAGER");
    env.set("PAGER", "tr a-z A-Z");
    assert!(seen(&env, 80, "show 14").contains("DELETED"));
}

#[test]
fn what_was_typed_wrong_is_said_under_the_pager_too() {
    let mut env = TestEnv::with_story();
    env.set("AUDITCTL_PAGER", "sed 's/^/> /'");
    assert_snapshot!(seen(&env, 80, "show 14 99"), @"
    > entry 14
    >   time      2026-11-22T14:15:00-06:00
    >   user      (none)
    >   action    deleted
    >   model     purchaseorders
    >   record    9
    >   details   Action deleted on purchaseorders with id 9
    ── stderr
    auditctl: error: there is no entry 99 in api_auditlog
    ── status 1
    ");
}

/// Many a container has no `less`: what was asked for is shown all the same.
#[test]
fn a_pager_that_is_not_there_is_no_reason_to_show_nothing() {
    let mut env = TestEnv::with_story();
    let with = seen(&env, 80, "show 14");
    env.unset("AUDITCTL_PAGER");
    env.set("PATH", env.path("nothing-here"));
    assert_eq!(seen(&env, 80, "show 14"), with);
    env.unset("PATH");
    env.set("PAGER", "no-such-pager --really");
    let without = seen(&env, 80, "show 14");
    assert!(without.starts_with("entry 14\n"), "{without}");
    assert!(without.contains("no-such-pager") && without.ends_with("── status 0"), "{without}");
}

#[test]
fn a_pager_that_is_left_early_ends_the_run_quietly() {
    let mut env = TestEnv::with_demo();
    env.set("AUDITCTL_PAGER", "head -n 2");
    assert_snapshot!(seen(&env, 80, "list --all -q --columns id,timestamp"), @"
      ID  TIME (-06:00)
    1118  2026-11-23 15:30:33
    ── status 0
    ");
}

#[test]
fn less_leaves_by_itself_when_everything_fits() {
    let mut env = TestEnv::with_story();
    if machine::program("less").is_none() {
        return skip(Missing::Pager, "there is no less");
    }
    env.unset("AUDITCTL_PAGER");
    env.set("PATH", machine::variable("PATH").unwrap());
    env.set("LC_ALL", "C.UTF-8");
    let ran = env.run_on_terminal(80, "list --limit 2 --color never");
    let text = String::from_utf8(ran.stdout.clone()).unwrap();
    assert!(text.contains("direct…  GET /api/audit_log/") && ran.status == 0, "{ran}");
}

#[test]
fn a_dumb_terminal_gets_neither_colours_nor_a_pager() {
    let env = TestEnv::with_story();
    let mut command = env.command(["list", "--user", "7"]);
    command.env("TERM", "dumb").env("AUDITCTL_PAGER", "sed 's/^/> /'");
    let output = common::terminal::output(command, 80);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}') && !text.contains('>'), "{text}");
}
