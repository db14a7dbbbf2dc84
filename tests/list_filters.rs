//! Each filter of `auditctl list` by itself and with others, over entries few enough to know by heart.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

/// Which entries a filter keeps, oldest first.
#[track_caller]
fn kept(env: &TestEnv, filter: &str) -> Vec<i64> {
    env.run(&format!("list --ordering id -o json {filter}")).ids()
}

#[track_caller]
fn check(table: &[(&str, &[i64])]) {
    let env = TestEnv::with_story();
    for (filter, expected) in table {
        assert_eq!(kept(&env, filter), *expected, "{filter}");
        let count = env.run(&format!("list --count {filter}"));
        assert_eq!(count.to_string(), format!("{}\n── status 0", expected.len()), "{filter}");
    }
}

#[test]
fn users() {
    check(&[
        ("--user 5", &[1, 2, 4, 5, 6, 9, 16]),
        ("--user ana", &[1, 2, 4, 5, 6, 9, 16]),
        ("--user 005", &[1, 2, 4, 5, 6, 9, 16]),
        ("--user josé.araya", &[15]),
        // A name of digits is not an id.
        ("--user 88887777", &[]),
        ("--user name:88887777", &[10, 11, 12]),
        ("--user 10", &[10, 11, 12]),
        ("--user none", &[3, 7, 8, 14]),
        // A user who is gone from the table has entries all the same.
        ("--user 4711", &[18]),
        ("--user 7 --user 4711", &[15, 18]),
        ("--user none --user directora --user 7", &[3, 7, 8, 13, 14, 15, 17]),
        ("--user 5 --user ana", &[1, 2, 4, 5, 6, 9, 16]),
    ]);
}

#[test]
fn actions() {
    check(&[
        ("--action created", &[1, 6]),
        ("--action CREATED", &[1, 6]),
        ("--action reat", &[1, 6]),
        ("--action 'post /api/payments'", &[4, 5]),
        ("--action /api/pa", &[3, 4, 5]),
        // Nothing is a wildcard.
        ("--action %", &[16]),
        ("--action _", &[2, 13, 16, 17]),
        ("--action '*'", &[]),
        ("--action ñandú", &[16]),
        // Only ASCII letters fold their case.
        ("--action ÑANDÚ", &[]),
        ("--action NAND", &[]),
        ("--action -", &[]),
        ("--action --", &[]),
        ("--action=''", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
    ]);
}

#[test]
fn models_and_records() {
    check(&[
        ("--model purchaseorders", &[1, 7, 14]),
        ("--model PurchaseOrders", &[1, 7, 14]),
        ("--model userprofile", &[18]),
        // The whole name, not a part of it.
        ("--model purchase", &[]),
        ("--model 'api request' --user 1", &[13, 17]),
        ("--record-id 9", &[1, 7, 14]),
        ("--record-id 9 --model payments", &[]),
        ("--record-id 1 --model payments", &[6]),
        ("--record-id -1", &[]),
        ("--record-id 9223372036854775807", &[]),
    ]);
}

#[test]
fn requests() {
    check(&[
        ("--method POST", &[2, 4, 5, 8, 9, 10, 11, 12]),
        ("--method put,Delete", &[13, 16]),
        ("--method PATCH", &[]),
        ("--path /api/payments/", &[4, 5]),
        ("--path /api/payments", &[4, 5]),
        ("--path '/api/*/'", &[2, 4, 5, 8, 9, 10, 11, 12, 15, 17]),
        ("--path '/api/*/*/'", &[3, 13, 16]),
        ("--path '**/methods/'", &[3]),
        ("--path '/api/purchase_orders/**'", &[2, 13]),
        ("--path '/api/fotos/?and?_100%/'", &[16]),
        ("--path '/api/[nv]*/'", &[10, 11, 12, 15]),
        ("--path '/API/payments/'", &[]),
        ("--status 200", &[3, 9, 17]),
        ("--status 4xx", &[4, 8, 10, 11, 16]),
        ("--status 400..403", &[4, 8, 16]),
        ("--status 204,5xx", &[13, 15]),
        // Entry 12 could be a 200 or a 404, and so is neither.
        ("--status 404", &[11]),
        ("--status 1xx", &[]),
        ("--status 4xx --method POST --user none", &[8]),
    ]);
}

#[test]
fn details() {
    check(&[
        ("--search 'no autorizado'", &[16]),
        ("--search visa", &[3, 17]),
        ("--search 'Response Code: 404'", &[11, 12]),
        ("--search caoba", &[8, 9]),
        ("--search '9'", &[1, 2, 5, 7, 9, 14]),
        ("--search \"{'detail\"", &[10, 16]),
        ("--search inválidas", &[8]),
        ("--search INVÁLIDAS", &[]),
        ("--search -- --user 5", &[]),
        // NULL contains nothing, not even nothing.
        ("--search='' --user 4711", &[]),
    ]);
}

/// The clock says 15:33:28 on Monday 23 November.
#[test]
fn times() {
    check(&[
        ("--since 2026-11-23", &[15, 16, 17, 18]),
        ("--since today", &[15, 16, 17, 18]),
        ("--since -90m", &[15, 16, 17, 18]),
        ("--since=-1h", &[16, 17, 18]),
        ("--since -4m", &[18]),
        ("--since '2 days ago'", &[8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
        ("--since yesterday --until yesterday", &[8, 9, 10, 11, 12, 13, 14]),
        // --since includes its instant, --until does not, but a whole day is included.
        ("--since '2026-11-21 00:00' --until '2026-11-21 00:00:01'", &[5, 6, 7]),
        ("--until '2026-11-21 00:00'", &[1, 2, 3, 4]),
        ("--until 2026-11-20", &[1, 2, 3, 4]),
        ("--since 2026-11-21 --until 2026-11-21", &[5, 6, 7]),
        ("--since 2026-11-20T23:59:59.999999 --until 2026-11-21T00:00:00", &[4]),
        ("--since 2026-11-21T06:00:00Z --until 2026-11-21T06:00:00.000001Z", &[5, 6, 7]),
        ("--since 2026-11-21T01:00:00-05:00 --until 2026-11-22", &[5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
        ("--since 2026-11-21 --until 2026-11-21 --utc", &[4, 5, 6, 7]),
        ("--until 2026-11-21 --utc", &[1, 2, 3, 4, 5, 6, 7]),
        ("--since 2026-11-20 --until 2026-11-20 --timezone Asia/Tokyo", &[1, 2, 3]),
        ("--since '2026-11-21 00:00' --until '2026-11-21 00:00'", &[]),
        ("--since 0001-01-01 --until 9999-12-31 --user 7", &[15]),
        ("--until 9999-12-31 --user 7", &[15]),
        ("--until 9999-12-31T23:59:59.999999Z --user 7", &[15]),
        ("--since 9999-12-31", &[]),
        ("--until 0001-01-01", &[]),
    ]);
}

#[test]
fn all_of_them_have_to_hold() {
    check(&[
        ("--user 5 --action post --status 2xx --since 2026-11-21 --until 2026-11-21 --search success", &[5]),
        ("--user 5 --action post --status 2xx --since 2026-11-22", &[9]),
        ("--user 5 --action post --method GET", &[]),
    ]);
}

#[test]
fn a_filter_that_cannot_be_meant_is_refused() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("list --user anna"), @"
    ── stderr
    auditctl: error: there is no user named 'anna'
    hint: did you mean 'ana'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --user Ana"), @"
    ── stderr
    auditctl: error: there is no user named 'Ana'
    hint: did you mean 'ana'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --user nobody@nowhere"), @"
    ── stderr
    auditctl: error: there is no user named 'nobody@nowhere'
    hint: user names are compared exactly; --user takes an id too
    ── status 2
    ");
    assert_snapshot!(env.run("list --user name:5"), @"
    ── stderr
    auditctl: error: there is no user named '5'
    hint: user names are compared exactly; --user takes an id too
    ── status 2
    ");
    assert_snapshot!(env.run("list --user 9223372036854775808"), @"
    ── stderr
    auditctl: error: '9223372036854775808' is not a user: ids go to 9223372036854775807; a name of digits is 'name:…'
    hint: users are written 5 (an id), ana (a name), name:5 (a name of digits) or none
    ── status 2
    ");
    assert_snapshot!(env.run("list --user ''"), @"
    ── stderr
    auditctl: error: '' is not a user: it is empty; 'none' stands for requests without a user
    hint: users are written 5 (an id), ana (a name), name:5 (a name of digits) or none
    ── status 2
    ");
    assert_snapshot!(env.run("list --record-id nine"), @"
    ── stderr
    auditctl: error: invalid value 'nine' for '--record-id <N>': that is not a whole number; give one such as 812
    ── status 2
    ");
    assert_snapshot!(env.run("list --method 'GET /api'"), @"
    ── stderr
    auditctl: error: 'GET /api' is not an HTTP method: write methods with commas between, such as POST,PUT
    ── status 2
    ");
    assert_snapshot!(env.run("list --path api/payments"), @"
    ── stderr
    auditctl: error: 'api/payments' is not a pattern for paths: no path matches it, for they all begin with a slash; put '/' or '**' in front
    hint: '*' stands for anything but a slash, '**' for anything, '?' for one character, [abc] for one of these, and a backslash before any of them for itself
    ── status 2
    ");
    assert_snapshot!(env.run("list --path '/api/[a'"), @r"
    ── stderr
    auditctl: error: '/api/[a' is not a pattern for paths: the '[' is never closed; close it, or write '\[' for the character
    hint: '*' stands for anything but a slash, '**' for anything, '?' for one character, [abc] for one of these, and a backslash before any of them for itself
    ── status 2
    ");
    assert_snapshot!(env.run("list --status 44"), @"
    ── stderr
    auditctl: error: '44' is not a status: a code has three digits, such as 404; an x stands for any digit at the end, such as 4xx
    hint: statuses are written 404, 4xx or 400..499, several with commas
    ── status 2
    ");
    assert_snapshot!(env.run("list --status 499..400"), @"
    ── stderr
    auditctl: error: '499..400' is not a status: the range ends before it begins; turn it round
    hint: statuses are written 404, 4xx or 400..499, several with commas
    ── status 2
    ");
    assert_snapshot!(env.run("list --since 2026-02-30"), @"
    ── stderr
    auditctl: error: '2026-02-30' is not a time: February 2026 has no day 30: its days go from 1 to 28
    hint: times are written 2026-11-23, '2026-11-23 10:00', 2026-11-23T10:00:05.25-06:00, 10:00, now, today, 'yesterday 10:00', monday, 'last friday', 'last month', '2 days ago', -90m, -1h30m or @1732356000
    ── status 2
    ");
    assert_snapshot!(env.run("list --since yesteday"), @"
    ── stderr
    auditctl: error: 'yesteday' is not a time: it is none of the forms that are understood
    hint: did you mean 'yesterday'?
    ── status 2
    ");
    assert_snapshot!(env.run("list --since soon"), @"
    ── stderr
    auditctl: error: 'soon' is not a time: it is none of the forms that are understood
    hint: times are written 2026-11-23, '2026-11-23 10:00', 2026-11-23T10:00:05.25-06:00, 10:00, now, today, 'yesterday 10:00', monday, 'last friday', 'last month', '2 days ago', -90m, -1h30m or @1732356000
    ── status 2
    ");
    assert_snapshot!(env.run("list --since 2026-11-23 --until 2026-11-21"), @"
    ── stderr
    auditctl: error: nothing was written between '2026-11-23' and '2026-11-21': the first is the later of the two
    ── status 2
    ");
}
