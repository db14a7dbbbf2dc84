//! `auditctl stats`: what it prints, and every figure of it against Python over random entries.

mod common;

use std::process::{Command, Stdio};

use common::{Missing, TestEnv, machine, python, skip};
use insta::assert_snapshot;

#[test]
fn every_figure_is_what_python_counts() {
    let Some(python) = python::importing("sqlite3, zoneinfo") else { return };
    let env = TestEnv::with_demo();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/stats.py");
    let seed = machine::variable("AUDITCTL_TEST_SEED").unwrap_or_else(|| "1".to_owned());
    let oracle = Command::new(python)
        .args(["-B", script, env.database().to_str().unwrap(), &seed])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    if oracle.status.code() == Some(3) {
        return skip(Missing::Python, "the machine has no time zones (Debian: tzdata)");
    }
    assert!(oracle.status.success(), "the oracle failed: {}", oracle.status);
    let (mut questions, mut groups) = (0, 0);
    for line in String::from_utf8(oracle.stdout).unwrap().lines() {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        let arguments: Vec<&str> =
            question["arguments"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let answer = env.output(env.command(&arguments)).json();
        let expected = &question["rows"];
        assert_eq!(answer.as_array().unwrap().len(), expected.as_array().unwrap().len(), "{arguments:?}");
        for (group, expected) in answer.as_array().unwrap().iter().zip(expected.as_array().unwrap()) {
            assert!(same(group, expected), "{arguments:?}\n{group}\n{expected}");
        }
        questions += 1;
        groups += answer.as_array().unwrap().len();
    }
    assert!(questions > 40 && groups > 2_000, "{questions} questions, {groups} groups");
}

/// Equal key by key; a share of 1 may be written `1` or `1.0`.
fn same(group: &serde_json::Value, expected: &serde_json::Value) -> bool {
    let (Some(group), Some(expected)) = (group.as_object(), expected.as_object()) else { return false };
    let equal = |a: &serde_json::Value, b: &serde_json::Value| a == b || (a.is_number() && a.as_f64() == b.as_f64());
    group.keys().eq(expected.keys()) && group.iter().all(|(key, value)| equal(value, &expected[key]))
}

#[test]
fn groups_in_every_format() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("stats"), @r"
    STATUS_CLASS  COUNT  SHARE
    -                 6  33.3%
    2xx               6  33.3%
    4xx               5  27.8%
    5xx               1   5.6%
    ── status 0
    ");
    assert_snapshot!(env.run("stats --by user,model --top 5"), @r"
    USER  USERNAME   MODEL           COUNT  SHARE
       5  ana        API Request         5  27.8%
      10  88887777   API Request         3  16.7%
       -  -          API Request         2  11.1%
       -  -          purchaseorders      2  11.1%
       1  directora  API Request         2  11.1%
    ── stderr
    5 of 9 groups shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("stats --by method,path --fold-ids --error-rate"), @r"
    METHOD  PATH                       COUNT  SHARE  REQUESTS  ERRORS  ERROR RATE
    -       -                              5  27.8%         0       0           -
    POST    /api/notes/                    3  16.7%         3       2       66.7%
    POST    /api/login/                    2  11.1%         2       1       50.0%
    POST    /api/payments/                 2  11.1%         2       1       50.0%
    DELETE  /api/purchase_orders/:id/      1   5.6%         1       0        0.0%
    GET     /api/audit_log/                1   5.6%         1       0        0.0%
    GET     /api/payments/methods/         1   5.6%         1       0        0.0%
    GET     /api/visits/                   1   5.6%         1       1      100.0%
    POST    /api/purchase_orders/          1   5.6%         1       0        0.0%
    PUT     /api/fotos/ñandú_100%/         1   5.6%         1       1      100.0%
    ── status 0
    ");
    assert_snapshot!(env.run("stats --by username -o json"), @r#"
    [
    {"username":"ana","count":7,"share":0.3888888888888889},
    {"username":null,"count":5,"share":0.2777777777777778},
    {"username":"88887777","count":3,"share":0.16666666666666666},
    {"username":"directora","count":2,"share":0.1111111111111111},
    {"username":"josé.araya","count":1,"share":0.05555555555555555}
    ]
    ── status 0
    "#);
    assert_snapshot!(env.run("stats --by user,username -o ndjson --limit 2 --offset 1"), @r#"
    {"user":null,"username":null,"count":4,"share":0.2222222222222222}
    {"user":10,"username":"88887777","count":3,"share":0.16666666666666666}
    ── stderr
    2 of 6 groups shown; --all shows all
    ── status 0
    "#);
    assert_snapshot!(env.run("stats --by action -o csv --top 4 --columns count,action --error-rate"), @r"
    count,action␍
    3,POST /api/notes/␍
    2,POST /api/login/␍
    2,POST /api/payments/␍
    2,created␍
    ── stderr
    4 of 12 groups shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("stats --by day,hour -o tsv --ordering hour,-day --top 4"), @r"
    day␉hour␉count␉share
    2026-11-21␉0␉3␉0.16666666666666666
    2026-11-20␉8␉3␉0.16666666666666666
    2026-11-22␉12␉2␉0.1111111111111111
    2026-11-22␉13␉3␉0.16666666666666666
    ── stderr
    4 of 8 groups shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run("stats --by status --error-rate --ordering -error_rate,status"), @r"
    STATUS  COUNT  SHARE  REQUESTS  ERRORS  ERROR RATE
       400      1   5.6%         1       1      100.0%
       401      1   5.6%         1       1      100.0%
       403      1   5.6%         1       1      100.0%
       404      1   5.6%         1       1      100.0%
       415      1   5.6%         1       1      100.0%
       500      1   5.6%         1       1      100.0%
         -      6  33.3%         1       0        0.0%
       200      3  16.7%         3       0        0.0%
       201      2  11.1%         2       0        0.0%
       204      1   5.6%         1       0        0.0%
    ── status 0
    ");
}

#[test]
fn on_a_terminal_bars_compare_the_groups() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run_on_terminal(80, "stats --by action --top 4 --color never"), @r"
    ACTION               COUNT  SHARE
    POST /api/notes/         3  16.7%  ████████████████████
    POST /api/login/         2  11.1%  █████████████▍
    POST /api/payments/      2  11.1%  █████████████▍
    created                  2  11.1%  █████████████▍
    ── stderr
    4 of 12 groups shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run_on_terminal(50, "stats --by action --top 2 --color never"), @r"
    ACTION            COUNT  SHARE
    POST /api/notes/      3  16.7%
    POST /api/login/      2  11.1%
    ── stderr
    2 of 12 groups shown; --all shows all
    ── status 0
    ");
    // Where there is no room for all, it is the bars that are missing, and nothing that only they say.
    assert_snapshot!(env.run_on_terminal(70, "stats --by method,path --error-rate --top 2 --color never"), @r"
    METHOD  PATH         COUNT  SHARE  REQUESTS  ERRORS  ERROR RATE
    -       -                5  27.8%         0       0           -
    POST    /api/notes/      3  16.7%         3       2       66.7%
    ── stderr
    2 of 10 groups shown; --all shows all
    ── status 0
    ");
    assert_snapshot!(env.run_on_terminal(100, "stats --by status,user --top 3 --color always"), @r"
    ␛[1mSTATUS  ␛[0m␛[1mUSER  ␛[0m␛[1mUSERNAME  ␛[0m␛[1mCOUNT  ␛[0m␛[1mSHARE  ␛[0m␛[1m                    ␛[0m
    ␛[2m     -  ␛[0m␛[2m   -  ␛[0m␛[2m-         ␛[0m    2  11.1%  ████████████████████
    ␛[2m     -  ␛[0m   5  ana           2  11.1%  ████████████████████
    ␛[38;5;2m   201  ␛[39m   5  ana           2  11.1%  ████████████████████
    ── stderr
    3 of 15 groups shown; --all shows all
    ── status 0
    ");
}

#[test]
fn nothing_and_nonsense() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("stats --user 4711 --where 'id < 0'"), @r"
    ── stderr
    nothing matches
    ── status 0
    ");
    assert_snapshot!(env.run("stats --where 'id < 0' -o json --fail-empty"), @r"
    []
    ── status 1
    ");
    assert_snapshot!(env.run("stats --by stauts"), @r"
    ── stderr
    auditctl: error: there is nothing called 'stauts' to group by: there are id, user, user_id, username, action, method, path, model, record_id, status, details, request, response, decoded, status_class, hour, weekday, day, week, month
    hint: did you mean 'status'?
    ── status 2
    ");
    assert_snapshot!(env.run("stats --by timestamp"), @"
    ── stderr
    auditctl: error: 'timestamp' is an instant, which hardly two have in common: group by hour, weekday, day, week or month
    ── status 2
    ");
    assert_snapshot!(env.run("stats --by user,user"), @r"
    ── stderr
    auditctl: error: the grouping 'user,user' names user twice: leave one of them out
    ── status 2
    ");
    assert_snapshot!(env.run("stats --by user --ordering cuont"), @r"
    ── stderr
    auditctl: error: there is no column 'cuont' to sort by: the columns are user, count, share
    hint: did you mean 'count'?
    ── status 2
    ");
    assert_snapshot!(env.run("stats --by user --ordering errors"), @r"
    ── stderr
    auditctl: error: there is no column 'errors' to sort by: the columns are user, count, share
    ── status 2
    ");
    assert_snapshot!(env.run("stats --by user --columns errors"), @r"
    ── stderr
    auditctl: error: there is no column 'errors': the columns are user, count, share, bar, username
    ── status 2
    ");
    assert_snapshot!(env.run("stats --top 3 --limit 2"), @r"
    ── stderr
    auditctl: error: the argument '--top <N>' cannot be used with '--limit <N>'
    hint: see auditctl stats --help
    ── status 2
    ");
}

/// What a client wrote neither drives a terminal nor shows a secret, and rows that the service never writes are counted
/// all the same.
#[test]
fn hostile_and_odd_rows() {
    let env = TestEnv::with_story();
    env.lift_constraints();
    env.sql(
        "DELETE FROM api_auditlog;
         INSERT INTO api_auditlog (id, timestamp, action, model, record_id, details, user_id) VALUES
         (1, NULL, NULL, NULL, NULL, NULL, NULL),
         (2, 'yesterday', 'GET /reset/?token=abc123secret', 'API Request', 'nine', NULL, 'ana'),
         (3, '2026-11-20 10:00:00', 'GET /' || char(27) || '[31m' || char(10) || 'x/', 'API Request', 9.5, NULL, 5.5),
         (4, '2026-11-20 10:00:00', CAST(x'474554202fff' AS TEXT), 'API Request', 9, NULL, 5),
         (5, '2026-11-20T10:00:00-06:00', '=1+1', 'API Request', 9, x'00', 5)",
    );
    assert_snapshot!(env.run("stats --by action"), @r#"
    ACTION                        COUNT  SHARE
    -                                 1  20.0%
    =1+1                              1  20.0%
    GET /\x1b[31m\nx/                 1  20.0%
    GET /reset/?token=[redacted]      1  20.0%
    GET /�                            1  20.0%
    ── status 0
    "#);
    assert_snapshot!(env.run("stats --by action -o csv"), @r#"
    action,count,share␍
    ,1,0.2␍
    '=1+1,1,0.2␍
    "GET /␛[31m
    x/",1,0.2␍
    GET /reset/?token=[redacted],1,0.2␍
    GET /�,1,0.2␍
    ── status 0
    "#);
    assert_snapshot!(env.run("stats --by record_id,user -o ndjson"), @r#"
    {"record_id":9,"user":5,"count":2,"share":0.4}
    {"record_id":null,"user":null,"count":1,"share":0.2}
    {"record_id":9.5,"user":5.5,"count":1,"share":0.2}
    {"record_id":"nine","user":"ana","count":1,"share":0.2}
    ── status 0
    "#);
    assert_snapshot!(env.run("stats --by hour"), @r"
    HOUR  COUNT  SHARE
       -      2  40.0%
       4      2  40.0%
      10      1  20.0%
    ── status 0
    ");
}

#[test]
fn groups_may_be_as_many_as_entries() {
    let env = TestEnv::with_demo();
    env.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
         INSERT INTO api_auditlog (timestamp, action, model, record_id, details, user_id)
         SELECT '2026-11-20 10:00:00', 'created', 'bulk', i, NULL, NULL FROM n",
    );
    let ran = env.run("stats --by record_id --model bulk --limit 2 -o ndjson");
    let share = 1.0 / 60_000.0;
    assert_eq!(
        ran.text(),
        format!(
            "{{\"record_id\":1,\"count\":1,\"share\":{share}}}\n{{\"record_id\":2,\"count\":1,\"share\":{share}}}\n"
        )
    );
    assert_eq!(ran.said(), "2 of 60,000 groups shown; --all shows all\n");
}
