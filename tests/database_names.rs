//! How a database may be named, and that no password in its name is ever shown.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs;
use std::os::unix::ffi::OsStrExt;

use common::TestEnv;
use insta::assert_snapshot;

#[test]
fn any_path_will_do() {
    let env = TestEnv::with_story();
    let names: [&[u8]; 9] = [
        b"with space.sqlite3",
        b"it's \"quoted\"",
        b"a:b",
        b"file.db?mode=memory",
        b"100%20.sqlite3",
        b"-rf",
        b"#1",
        "ñandú\u{202e}\n".as_bytes(),
        b"latin-\xe9\xff",
    ];
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        fs::copy(env.database(), env.path(name)).unwrap();
        let mut option = std::ffi::OsString::from("--database=");
        option.push(name);
        let ran = env.output(env.command([std::ffi::OsStr::new("list"), option.as_ref(), "--count".as_ref()]));
        assert_eq!(ran.to_string(), "18\n── status 0", "{name:?}");
        let mut command = env.command(["list", "--count"]);
        command.env("AUDITCTL_DATABASE", name);
        assert_eq!(env.output(command).to_string(), "18\n── status 0", "{name:?}");
        fs::remove_file(env.path(name)).unwrap();
        let missing = env.output(env.command([std::ffi::OsStr::new("list"), option.as_ref()]));
        assert_eq!(missing.status, 3, "{missing}");
        assert!(missing.said().starts_with("auditctl: error: there is no database at "), "{missing}");
        assert!(!missing.said().contains('\u{202e}'), "{missing}");
    }
    assert_snapshot!(env.run("list --count --database sqlite:///db.sqlite3"), @"
    18
    ── status 0
    ");
    assert_snapshot!(env.run("list --count --database file:db.sqlite3"), @"
    ── stderr
    auditctl: error: --database: `file:` is no known kind of database: write a path, or a URL that begins with sqlite:, postgres://, postgresql://, mysql:// or mariadb://
    ── status 2
    ");
    assert_snapshot!(env.run("list --count --database ':memory:'"), @"
    ── stderr
    auditctl: error: --database: a database in memory (`:memory:`) lives only inside the process that made it, so no other can read it
    ── status 2
    ");
    assert_snapshot!(env.run("list --count --database '~/db.sqlite3'"), @"
    ── stderr
    auditctl: error: --database: only a shell replaces the leading `~`, and none did: write the path in full, or ./~/… for such a folder
    ── status 2
    ");
}

#[test]
fn a_server_is_not_read_yet_and_its_password_not_shown() {
    let env = TestEnv::empty();
    assert_snapshot!(env.run("list --database postgres://auditor:hunter2@db.example/park"), @"
    ── stderr
    auditctl: error: this version of the program reads SQLite databases only, not PostgreSQL
    hint: name a SQLite file with --database
    ── status 3
    ");
    assert_snapshot!(env.run("show 1 --database 'mysql://auditor@db.example/park?password=hunter2'"), @"
    ── stderr
    auditctl: error: this version of the program reads SQLite databases only, not MySQL
    hint: name a SQLite file with --database
    ── status 3
    ");
    for url in [
        "postgres://auditor:hunter2@db/park",
        "postgresql://auditor:hunter2@db/park?sslmode=wrong",
        "mysql://auditor:hunter2@db",
        "mariadb://auditor:hunter2@db:port/park",
        "mariadb://auditor:hunter2@a,b/park",
        "postgres:auditor:hunter2@db/park",
        "postgres:///park?user=auditor&password=hunter2",
        "oracle://auditor:hunter2@db/park",
        "sqlite://auditor:hunter2@db/park",
    ] {
        for line in ["list -vv", "show 1 -v", "config", "config -o json", "list --ordering nothing", "list --usr 5"] {
            let ran = env.run(&format!("{line} --database '{url}'"));
            assert!(!ran.to_string().contains("hunter2"), "{line} {url}\n{ran}");
        }
        let mut env = TestEnv::empty();
        env.set("DATABASE_URL", url);
        for line in ["list -vv", "config", &format!("list '{url}'"), &format!("show '{url}'")] {
            let ran = env.run(line);
            assert!(!ran.to_string().contains("hunter2"), "{line} {url}\n{ran}");
        }
    }
}
