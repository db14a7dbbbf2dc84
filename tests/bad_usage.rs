//! Command lines that can't be meant, each with its message; all of them end with 2 and touch nothing.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

#[test]
fn an_unknown_field_to_order_by() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --ordering timestmp"), @"
    ── stderr
    auditctl: error: there is no field 'timestmp' to order by: the fields are id, timestamp, action, model, record_id, details and user, with '-' in front for descending
    hint: did you mean 'timestamp'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --ordering -date"), @"
    ── stderr
    auditctl: error: there is no field '-date' to order by: the fields are id, timestamp, action, model, record_id, details and user, with '-' in front for descending
    ── status 2
    ");
    assert_snapshot!(env.run("list --ordering -timestamp,usr"), @"
    ── stderr
    auditctl: error: there is no field 'usr' to order by: the fields are id, timestamp, action, model, record_id, details and user, with '-' in front for descending
    hint: did you mean 'user'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --ordering status"), @"
    ── stderr
    auditctl: error: there is no field 'status' to order by: the fields are id, timestamp, action, model, record_id, details and user, with '-' in front for descending
    ── status 2
    ");
    assert_snapshot!(env.run("list --ordering id,-id"), @"
    ── stderr
    auditctl: error: the ordering 'id,-id' names id twice: leave one of them out
    ── status 2
    ");
    assert_snapshot!(env.run("list --ordering ''"), @"
    ── stderr
    auditctl: error: the ordering '' lacks a field: write fields with commas between, such as -timestamp,id
    ── status 2
    ");
    assert_snapshot!(env.run("list --ordering"), @"
    ── stderr
    auditctl: error: a value is required for '--ordering <[-]FIELD[,…]>' but none was supplied
    ── status 2
    ");
}

#[test]
fn an_unknown_column() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --columns id,usernme"), @"
    ── stderr
    auditctl: error: there is no column 'usernme': the columns are id, timestamp, action, model, record_id, details, user, username, method, path, status, request, response, decoded
    hint: did you mean 'username'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --columns ID"), @"
    ── stderr
    auditctl: error: there is no column 'ID': the columns are id, timestamp, action, model, record_id, details, user, username, method, path, status, request, response, decoded
    hint: did you mean 'id'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --columns id,,user"), @"
    ── stderr
    auditctl: error: there is no column '': the columns are id, timestamp, action, model, record_id, details, user, username, method, path, status, request, response, decoded
    ── status 2
    ");
    assert_snapshot!(env.run("list --columns ''"), @"
    ── stderr
    auditctl: error: there is no column '': the columns are id, timestamp, action, model, record_id, details, user, username, method, path, status, request, response, decoded
    ── status 2
    ");
    assert_snapshot!(env.run("list --columns id,user,id"), @"
    ── stderr
    auditctl: error: the column 'id' is named twice: leave one of them out
    ── status 2
    ");
}

#[test]
fn contradictions() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --all --limit 5"), @"
    ── stderr
    auditctl: error: the argument '--all' cannot be used with '--limit <N>'
    hint: see auditctl list --help
    ── status 2
    ");
    assert_snapshot!(env.run("list --all --page 2"), @"
    ── stderr
    auditctl: error: the argument '--all' cannot be used with '--page <N>'
    hint: see auditctl list --help
    ── status 2
    ");
    assert_snapshot!(env.run("list --page 2 --offset 5"), @"
    ── stderr
    auditctl: error: the argument '--page <N>' cannot be used with '--offset <N>'
    hint: see auditctl list --help
    ── status 2
    ");
    // Where there is no limit of the verb's own.
    for line in ["deleted --page 2", "parse --page 2 /dev/null", "parse --page 2 --by level /dev/null"] {
        let ran = env.run(line).to_string();
        let said = "auditctl: error: --page needs --limit here, which says how many rows a page has\n";
        assert_eq!(ran, format!("── stderr\n{said}── status 2"), "{line}");
    }
    assert_snapshot!(env.run("list --page 0"), @"
    ── stderr
    auditctl: error: there is no page 0: pages count from 1, write --page 1 for the first
    ── status 2
    ");
    assert_snapshot!(env.run("list --count -o json"), @"
    ── stderr
    auditctl: error: the argument '--count' cannot be used with '--output <FORMAT>'
    hint: see auditctl list --help
    ── status 2
    ");
    assert_snapshot!(env.run("list --count --limit 5"), @"
    ── stderr
    auditctl: error: the argument '--count' cannot be used with '--limit <N>'
    hint: see auditctl list --help
    ── status 2
    ");
    assert_snapshot!(env.run("list --utc --timezone Asia/Tokyo"), @"
    ── stderr
    auditctl: error: --utc and --timezone contradict each other: give one of them
    ── status 2
    ");
    assert_snapshot!(env.run("list --since today --until '2 days ago'"), @"
    ── stderr
    auditctl: error: nothing was written between 'today' and '2 days ago': the first is the later of the two
    ── status 2
    ");
    assert_snapshot!(env.run("list --model visits --model payments"), @"
    ── stderr
    auditctl: error: the argument '--model <NAME>' cannot be used multiple times
    hint: several are asked for with 'and' or 'or' between them in an expression: see --where
    hint: see auditctl list --help
    ── status 2
    ");
    for verb in ["list", "parse"] {
        let said = env.run(&format!("{verb} --where 'message ~ a' --where 'message ~ b'")).said().to_owned();
        assert_eq!(
            said.replace(verb, "VERB"),
            "auditctl: error: the argument '--where <EXPR>' cannot be used multiple times\n\
             hint: write one expression, with 'and' or 'or' between its parts: --where '(…) and (…)'\n\
             hint: see auditctl VERB --help\n"
        );
    }
}

#[test]
fn values_that_mean_nothing() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --limit -1"), @"
    ── stderr
    auditctl: error: invalid value '-1' for '--limit <N>': a number below 0 makes no sense here; give a whole number such as 20
    ── status 2
    ");
    assert_snapshot!(env.run("list --limit many"), @"
    ── stderr
    auditctl: error: invalid value 'many' for '--limit <N>': that is not a whole number; give one such as 20
    ── status 2
    ");
    assert_snapshot!(env.run("list --limit 18446744073709551616"), @"
    ── stderr
    auditctl: error: invalid value '18446744073709551616' for '--limit <N>': there is no number as large as this; give one such as 20
    ── status 2
    ");
    assert_snapshot!(env.run("list -o xml"), @"
    ── stderr
    auditctl: error: invalid value 'xml' for '--output <FORMAT>' [possible values: table, json, ndjson, csv, tsv]
    ── status 2
    ");
    assert_snapshot!(env.run("list --color sometimes"), @"
    ── stderr
    auditctl: error: invalid value 'sometimes' for '--color <WHEN>' [possible values: auto, always, never]
    ── status 2
    ");
    for (line, option) in
        [("list --record-id abc", "--record-id <N>"), ("show abc", "<ID>..."), ("show 1 12a", "<ID>...")]
    {
        let ran = env.run(line);
        let given = line.rsplit(' ').next().unwrap();
        let said = format!(
            "auditctl: error: invalid value '{given}' for '{option}': that is not a whole number; give one such as 812\n"
        );
        assert_eq!((ran.status, ran.said()), (2, said.as_str()), "{line}");
    }
    assert_snapshot!(env.run("list --timezone UTC-6"), @"
    ── stderr
    auditctl: error: --timezone: there is no time zone 'UTC-6': give an IANA name such as America/Costa_Rica, an offset such as -06:00, 'UTC' or 'machine'
    hint: did you mean '-06:00'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --log-timezone -6"), @"
    ── stderr
    auditctl: error: --log-timezone: there is no time zone '-6': give an IANA name such as America/Costa_Rica, an offset such as -06:00, 'UTC' or 'machine'
    hint: did you mean '-06:00'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --timezone Costa_Rica"), @"
    ── stderr
    auditctl: error: --timezone: there is no time zone 'Costa_Rica': give an IANA name such as America/Costa_Rica, an offset such as -06:00, 'UTC' or 'machine'
    hint: did you mean 'America/Costa_Rica'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --timezone America/Costarica"), @"
    ── stderr
    auditctl: error: --timezone: there is no time zone 'America/Costarica': give an IANA name such as America/Costa_Rica, an offset such as -06:00, 'UTC' or 'machine'
    hint: did you mean 'America/Costa_Rica'?
    ── status 2
    ");
}

#[test]
fn words_that_are_no_options() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("lst"), @"
    ── stderr
    auditctl: error: unrecognized subcommand 'lst'
    hint: a similar subcommand exists: 'list'
    hint: see auditctl --help
    ── status 2
    ");
    assert_snapshot!(env.run("list 5"), @"
    ── stderr
    auditctl: error: unexpected argument '5' found
    hint: see auditctl list --help
    ── status 2
    ");
    assert_snapshot!(env.run("list --usr 5"), @"
    ── stderr
    auditctl: error: unexpected argument '--usr' found
    hint: a similar argument exists: '--user'
    hint: see auditctl list --help
    ── status 2
    ");
    assert_snapshot!(env.run("show --id 5"), @"
    ── stderr
    auditctl: error: unexpected argument '--id' found
    hint: see auditctl show --help
    ── status 2
    ");
    assert_snapshot!(env.run("parse --status 500"), @"
    ── stderr
    auditctl: error: unexpected argument '--status' found
    hint: --status is an option of list, stats, tail and export
    hint: see auditctl parse --help
    ── status 2
    ");
    assert_snapshot!(env.run("parse -- --status 500"), @"
    ── stderr
    auditctl: error: cannot read --status: No such file or directory (os error 2)
    hint: every word behind '--' is taken for a file: options go before it
    ── status 3
    ");
    let mut command = env.command(["list", "--user"]);
    command.arg(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"jos\xe9"));
    assert_snapshot!(env.output(command), @"
    ── stderr
    auditctl: error: invalid UTF-8 was detected in one or more arguments
    hint: see auditctl list --help
    ── status 2
    ");
}

#[test]
fn what_is_wrong_is_said_before_the_database_is_opened() {
    let env = TestEnv::empty();
    for line in ["--ordering nothing", "--columns nothing", "--status x", "--since x", "--path x", "--page 0"] {
        let ran = env.run(&format!("list --database nowhere {line}"));
        assert_eq!(ran.status, 2, "{line}\n{ran}");
    }
}
