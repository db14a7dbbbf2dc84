//! `auditctl list --where`: what each test keeps, over entries few enough to know by heart, and what is said of
//! mistakes.

mod common;

use common::TestEnv;
use insta::assert_snapshot;

/// Which entries an expression keeps, oldest first.
#[track_caller]
fn kept(env: &TestEnv, expression: &str) -> Vec<i64> {
    let mut command = env.command(["list", "--ordering", "id", "-o", "json", "--all", "--where"]);
    command.arg(expression);
    env.output(command).ids()
}

/// What an expression is answered with, for whole-output tests.
fn said(env: &TestEnv, expression: &str) -> String {
    env.output(env.command(["list", "--where", expression])).to_string()
}

#[test]
fn expressions_keep_what_the_options_keep() {
    let env = TestEnv::with_demo();
    for (expression, options) in [
        ("user = 5", "--user 5"),
        ("user = ana or user is null", "--user ana --user none"),
        ("user in (ana, none)", "--user ana --user none"),
        ("username = ana", "--user ana"),
        ("user_id = 5", "--user 5"),
        ("action ~ '/api/payments/'", "--action /api/payments/"),
        ("model = PAYMENTS", "--model payments"),
        ("record_id = 9 and model = purchaseorders", "--record-id 9 --model purchaseorders"),
        ("record_id in (9)", "--record-id 9"),
        ("method in (put, PATCH)", "--method PUT,PATCH"),
        ("path glob '/api/payments/**'", "--path '/api/payments/**'"),
        ("path =~ ^/api/payments/", "--path '/api/payments/**'"),
        ("status in (404, 5xx)", "--status 404,5xx"),
        ("status >= 400 and status < 500", "--status 4xx"),
        ("status > 3xx and not status > 4xx", "--status 4xx"),
        ("details ~ CREDENCIALES", "--search credenciales"),
        ("details =~ '(?i)credenciales'", "--search credenciales"),
        ("timestamp >= yesterday", "--since yesterday"),
        ("timestamp = 2026-11-20", "--since 2026-11-20 --until 2026-11-20"),
        ("timestamp > -2d and timestamp <= -1d", "--since -2d --until -1d"),
        (
            "model = 'api request' and not (status = 2xx or user = ana)",
            "--where \"not (user = 5 or model != 'api request' or status in (200..299))\"",
        ),
    ] {
        let ids = |line: &str| env.run(&format!("list --ordering id -o json --all {line}")).ids();
        let expected = ids(options);
        assert!(!expected.is_empty(), "{options}");
        assert_eq!(kept(&env, expression), expected, "{expression}");
    }
    // Beside the options, both have to hold.
    assert_eq!(env.run("list --user 5 --where 'user = none' --count").text(), "0\n");
}

#[test]
fn what_is_not_there_passes_no_test_and_every_opposite() {
    let env = TestEnv::with_story();
    let all: Vec<i64> = (1..=18).collect();
    let anonymous = kept(&env, "user is null");
    assert_eq!(anonymous, [3, 7, 8, 14]);
    let but = |left_out: &[i64]| all.iter().copied().filter(|id| !left_out.contains(id)).collect::<Vec<_>>();
    assert_eq!(kept(&env, "user is not null"), but(&anonymous));
    let of_ana = kept(&env, "user = ana");
    assert_eq!(kept(&env, "not user = ana"), but(&of_ana));
    let named: Vec<i64> = but(&of_ana).into_iter().filter(|id| !anonymous.contains(id)).collect();
    assert_eq!(kept(&env, "user != ana"), named);
    // A user who is gone has an id, and no name.
    assert_eq!(kept(&env, "user is not null and username is null"), [18]);
    assert_eq!(
        kept(&env, "status is null and method is not null"),
        kept(&env, "method is not null and not status in (000..999)")
    );
    assert_eq!(kept(&env, "id > 3 and id <= 5 or id = 18"), [4, 5, 18]);
    assert_eq!(kept(&env, "id > 16.5"), [17, 18]);
    assert_eq!(kept(&env, "id in (2, 2, 99) or id = 1e0"), [1, 2]);
}

#[test]
fn bodies_are_asked_by_their_keys_and_types_are_honest() {
    let env = TestEnv::with_story();
    env.sql(
        r#"
        DELETE FROM api_auditlog;
        INSERT INTO api_auditlog (id, timestamp, action, model, details) VALUES
        (1, '2026-11-20 10:00:00', 'POST /a/', 'API Request', 'Request Body: {''n'': 5, ''ok'': True}, Response Code: 201, Response Body: {''id'': 7, ''items'': [{''price'': 1500.5}, {''price'': 3}]}'),
        (2, '2026-11-20 10:00:01', 'POST /a/', 'API Request', 'Request Body: {''n'': ''5''}, Response Code: 400, Response Body: {''detail'': ''No ñandú'', ''id'': None}'),
        (3, '2026-11-20 10:00:02', 'POST /a/', 'API Request', 'Request Body: {''n'': 12345678901234567890123}, Response Code: 200, Response Body: plain text'),
        (4, '2026-11-20 10:00:03', 'POST /a/', 'API Request', 'Request Body: x, Response Code: 200, Response Body: y, Response Code: 404, Response Body: z'),
        (5, '2026-11-20 10:00:04', 'created', 'payments', 'Action created on payments with id 1'),
        (6, '2026-11-20 10:00:05', 'created', 'payments', NULL)
        "#,
    );
    for (expression, expected) in [
        ("request.n = 5", &[1][..]),
        ("request.n = 5.0", &[1]),
        ("request.n = '5'", &[2]),
        ("request.n > 4", &[1, 3]),
        ("request.n > 12345678901234567890122", &[3]),
        ("request.n > 12345678901234567890123", &[]),
        // Another type is neither equal nor unequal nor greater, and so the opposite of each holds.
        ("request.n != 5", &[3]),
        ("not request.n = 5", &[2, 3, 4, 5, 6]),
        ("request.ok = true", &[1]),
        ("request.ok = 'true' or request.ok = 1", &[]),
        ("response.items[0].price >= 1500.50", &[1]),
        ("response.items.1.price = 3", &[1]),
        ("response.items[2].price = 3", &[]),
        ("response.items is not null", &[1]),
        ("response.id is null", &[2, 3, 4, 5, 6]),
        ("response.detail ~ NO", &[2]),
        ("response.detail ~ ÑANDÚ", &[]),
        ("response.detail =~ ñandú$", &[2]),
        ("response = 'plain text'", &[3]),
        ("response is not null", &[1, 2, 3]),
        ("decoded = ambiguous", &[4]),
        ("decoded != certain", &[4, 5, 6]),
        ("details is null", &[6]),
        ("model = payments and not details ~ created", &[6]),
    ] {
        assert_eq!(kept(&env, expression), expected, "{expression}");
    }
}

#[test]
fn names_of_users_are_compared_as_text() {
    let env = TestEnv::with_story();
    let names = env.run("list --all --ordering id -o tsv --no-header --columns id,username");
    let rows: Vec<(i64, &str)> = names
        .text()
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(id, name)| (id.parse().unwrap(), name))
        .collect();
    let expected = |keeps: &dyn Fn(&str) -> bool| {
        rows.iter().filter(|(_, name)| !name.is_empty() && keeps(name)).map(|(id, _)| *id).collect::<Vec<i64>>()
    };
    assert_eq!(kept(&env, "username ~ AN"), expected(&|name| name.to_ascii_lowercase().contains("an")));
    assert_eq!(kept(&env, "username =~ '^[a-c]'"), expected(&|name| name.starts_with(['a', 'b', 'c'])));
    assert_eq!(kept(&env, "username < b"), expected(&|name| name < "b"));
    assert_eq!(kept(&env, "username not in (ana, directora)"), expected(&|name| !["ana", "directora"].contains(&name)));
    assert_eq!(kept(&env, "username = 88887777"), expected(&|name| name == "88887777"));
    assert!(kept(&env, "username = nobody-of-this-name").is_empty());
}

#[test]
fn mistakes_are_pointed_at() {
    let env = TestEnv::with_story();
    assert_snapshot!(said(&env, "status = 404 and stauts > 5"), @r"
    ── stderr
    auditctl: error: the expression can't be read: there is no field 'stauts'
      status = 404 and stauts > 5
                       ^^^^^^
    hint: did you mean 'status'?
    ── status 2
    ");
    assert_snapshot!(said(&env, "status > 'abc'"), @r"
    ── stderr
    auditctl: error: the expression can't be read: 'status' is a number, which text is never equal to
      status > 'abc'
               ^^^^^
    hint: write 404 or 4xx
    ── status 2
    ");
    assert_snapshot!(said(&env, "user = anna"), @r"
    ── stderr
    auditctl: error: there is no user named 'anna'
    hint: did you mean 'ana'?
    ── status 2
    ");
    assert_snapshot!(said(&env, "(status = 4xx or user = 5"), @r"
    ── stderr
    auditctl: error: the expression can't be read: the parenthesis that opens here is never closed
      (status = 4xx or user = 5
      ^
    ── status 2
    ");
    assert_snapshot!(said(&env, "action = POST /api/payments/"), @r"
    ── stderr
    auditctl: error: the expression can't be read: 'and' or 'or' must come before this
      action = POST /api/payments/
                    ^^^^^^^^^^^^^^
    hint: a value of several words, or with signs in it, stands in quotes
    ── status 2
    ");
    assert_snapshot!(said(&env, "path =~ '[a-'"), @r"
    ── stderr
    auditctl: error: the expression can't be read: this is not a regular expression: unclosed character class
      path =~ '[a-'
              ^^^^^
    ── status 2
    ");
    assert_snapshot!(said(&env, "timestamp > yesteday"), @r"
    ── stderr
    auditctl: error: the expression can't be read: 'yesteday' is not a time: it is none of the forms that are understood
      timestamp > yesteday
                  ^^^^^^^^
    hint: did you mean 'yesterday'?
    ── status 2
    ");
    assert_snapshot!(said(&env, "details ~ '\u{1b}[31m' && id = 1"), @r#"
    ── stderr
    auditctl: error: the expression can't be read: 'and' or 'or' must come before this
      details ~ '\x1b[31m' && id = 1
                           ^^
    hint: write 'and'
    ── status 2
    "#);
    assert_snapshot!(said(&env, ""), @r"
    ── stderr
    auditctl: error: the expression can't be read: a field must stand here
    hint: the fields are id, timestamp, user, user_id, username, action, method, path, model, record_id, status, details, request, response, decoded
    ── status 2
    ");
    let long =
        format!("{} and stauts = 404 and {}", vec!["id = 1"; 50].join(" and "), vec!["id = 1"; 50].join(" and "));
    assert_snapshot!(said(&env, &long), @r"
    ── stderr
    auditctl: error: the expression can't be read: there is no field 'stauts'
      … 1 and id = 1 and id = 1 and id = 1 and stauts = 404 and id = 1 and id = 1 a…
                                               ^^^^^^
    hint: did you mean 'status'?
    ── status 2
    ");
    assert_snapshot!(said(&env, &"(".repeat(60_000)), @r"
    ── stderr
    auditctl: error: the expression can't be read: 'not' and parentheses nest deeper than 100 here
      …((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((…
                                               ^
    ── status 2
    ");
    assert_snapshot!(said(&env, &format!("id in ({})", "1,".repeat(40_000))), @r"
    ── stderr
    auditctl: error: the expression can't be read: it is 80008 bytes long, and 65536 is the most
      id in (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1…
      ^
    ── status 2
    ");
}
