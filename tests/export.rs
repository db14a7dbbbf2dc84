//! `auditctl export`: to a pipe, to files that are whole or not there, and from where the last run ended.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use auditctl::lock::Lock;
use common::{Missing, Ran, TestEnv, skip};
use insta::assert_snapshot;
use serde_json::Value;

const ONE_MORE: &str =
    "INSERT INTO api_auditlog (timestamp, action, model) VALUES ('2026-11-23 21:33:00.000001', 'created', 'payments');";

/// Names in the folder where the program runs, but for what was there before.
fn names(env: &TestEnv) -> Vec<String> {
    let names: BTreeSet<String> =
        fs::read_dir(env.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.into_iter().filter(|name| name != "db.sqlite3" && name != "logs").collect()
}

fn read(env: &TestEnv, name: &str) -> String {
    fs::read_to_string(env.path(name)).unwrap_or_else(|error| panic!("{name}: {error}; there are {:?}", names(env)))
}

fn ids(text: &str) -> Vec<i64> {
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap()).collect()
}

#[test]
fn everything_in_every_format() {
    let env = TestEnv::with_story();
    let exported = env.run("export");
    assert_eq!((exported.status, exported.said()), (0, ""));
    assert_eq!(ids(exported.text()), (1..=18).collect::<Vec<_>>());
    for (format, columns) in
        [("json", ""), ("csv", "--columns id,status,request"), ("tsv", "--no-header"), ("table", "")]
    {
        let listed = env.run(&format!("list --all --ordering id -o {format} {columns}"));
        let exported = env.run(&format!("export -o {format} {columns}"));
        assert_eq!(exported.to_string(), listed.to_string());
        env.run(&format!("export -o {format} {columns} --to {format}.out")).text();
        assert_eq!(read(&env, &format!("{format}.out")), listed.text());
    }
    assert_snapshot!(env.run("export --model payments --columns id,action,username"), @r#"
    {"id":6,"action":"created","username":"ana"}
    ── status 0
    "#);
    assert_snapshot!(env.run("export --status 4xx --limit 2 --offset 1 --columns id,status"), @r#"
    {"id":8,"status":401}
    {"id":10,"status":415}
    ── stderr
    2 entries exported; more match
    ── status 0
    "#);
}

#[test]
fn secrets_are_masked_unless_they_are_asked_for() {
    let env = TestEnv::with_story();
    for (line, shown) in [("export", false), ("export --reveal", true)] {
        env.run(&format!("{line} --to out.json --force"));
        assert_eq!(env.run(line).text().contains("caoba roja"), shown);
        assert_eq!(read(&env, "out.json").contains("caoba roja"), shown);
    }
}

#[test]
fn nothing_matches() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("export --model nothing"), @"── status 0");
    assert_snapshot!(env.run("export --model nothing --fail-empty -o json"), @"
    []
    ── status 1
    ");
    assert_snapshot!(env.run("export --model nothing -o csv --columns id --to empty.csv"), @"
    ── stderr
    0 entries exported to ./empty.csv
    ── status 0
    ");
    assert_eq!(read(&env, "empty.csv"), "id\r\n");
    assert_snapshot!(env.run("export --model nothing --split-by day --to empty.csv --force"), @"
    ── stderr
    nothing to export
    ── status 0
    ");
    env.sql("DELETE FROM api_auditlog; DELETE FROM sqlite_sequence");
    assert_snapshot!(env.run("export -o json"), @"
    []
    ── status 0
    ");
    // The first entry that is ever written is exported by the run after.
    assert_snapshot!(env.run("export --cursor-file c --columns id"), @"── status 0");
    env.sql(ONE_MORE);
    assert_snapshot!(env.run("export --cursor-file c --columns id"), @r#"
    {"id":1}
    ── status 0
    "#);
}

#[test]
fn to_a_file_that_is_whole() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("export --user 5 --columns id --to out.ndjson"), @"
    ── stderr
    7 entries exported to ./out.ndjson
    ── status 0
    ");
    assert_eq!(ids(&read(&env, "out.ndjson")), [1, 2, 4, 5, 6, 9, 16]);
    // What is there is not replaced, unless that is asked for; and it keeps its mode.
    fs::set_permissions(env.path("out.ndjson"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_snapshot!(env.run("export --to out.ndjson"), @"
    ── stderr
    auditctl: error: ./out.ndjson exists
    hint: name another file, or give --force to have it replaced
    ── status 3
    ");
    assert_eq!(ids(&read(&env, "out.ndjson")).len(), 7);
    assert_snapshot!(env.run("export --to out.ndjson --force --limit 1"), @"
    ── stderr
    1 entry exported to ./out.ndjson; more match
    ── status 0
    ");
    assert_eq!(ids(&read(&env, "out.ndjson")), [1]);
    assert_eq!(fs::metadata(env.path("out.ndjson")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(&env), ["out.ndjson"], "nothing is left aside");
}

#[test]
fn targets_that_can_not_be() {
    let env = TestEnv::with_story();
    fs::create_dir(env.path("folder")).unwrap();
    fs::write(env.path("file"), "").unwrap();
    symlink("gone", env.path("link")).unwrap();
    for (line, said) in [
        (
            "--to folder",
            "./folder is a folder, not a file to write to\nhint: name a file in it, for example ./folder/entries.ndjson",
        ),
        (
            "--to folder --force",
            "./folder is a folder, not a file to write to\nhint: name a file in it, for example ./folder/entries.ndjson",
        ),
        (
            "--to /dev/full --force",
            "/dev/full is a device or a pipe, not a file to write to\nhint: leave --to out and redirect the output there",
        ),
        ("--to none/out", "there is no folder none\nhint: create it first"),
        ("--to file/out", "there is no folder file\nhint: create it first"),
        ("--to link", "./link exists\nhint: name another file, or give --force to have it replaced"),
        (
            "--to file-{first}.x --manifest folder",
            "./folder is a folder, not a file to write to\nhint: name a file in it, for example ./folder/entries.ndjson",
        ),
    ] {
        let before = env.state();
        let ran = env.run(&format!("export {line}"));
        assert_eq!((ran.status, ran.said()), (3, format!("auditctl: error: {said}\n").as_str()), "{line}");
        assert!(env.state() == before, "{line} left a trace");
    }
    for (line, said) in [
        ("--to ''", "a value is required for '--to <FILE>' but none was supplied"),
        ("--to ..", "'..' names no file"),
        ("--to folder/", "'folder/' names no file"),
        ("--to {time}.csv", "there is no placeholder '{time}': a name may hold {first}, {last}, {day} and {part}"),
        ("--to {day}.csv", "'{day}' stands for what only --split-by day has"),
        (
            "--to out --split-by week",
            "--split-by: `week` is no size: write a number above zero and a unit, such as 20MiB, 512KiB or 1GB",
        ),
        (
            "--manifest",
            "--manifest needs a name where the entries go to standard output\nhint: write --manifest FILE, or --to FILE",
        ),
        (
            "--to {day}.csv --split-by day --manifest",
            "--manifest needs a name where each part has one of its own\nhint: write --manifest FILE",
        ),
        (
            "--to out --split-by day --cursor-file c",
            "with --cursor-file and --split-by, each run writes files of its own: put {first} into the name 'out'",
        ),
        (
            "--cursor-file c --since yesterday",
            "--cursor-file needs times that stay the same: the filters hold one that is counted from now\nhint: write a date, such as --since 2026-11-01",
        ),
        (
            "--cursor-file c --until -90m",
            "--cursor-file needs times that stay the same: the filters hold one that is counted from now\nhint: write a date, such as --since 2026-11-01",
        ),
    ] {
        let ran = env.run(&format!("export {line}"));
        assert_eq!((ran.status, ran.said()), (2, format!("auditctl: error: {said}\n").as_str()), "{line}");
    }
    for line in ["--force", "--split-by day", "--to out --cursor-file c --force", "--cursor-file c --offset 3"] {
        assert_eq!(env.run(&format!("export {line}")).status, 2, "{line}");
    }
}

#[test]
fn a_full_disk() {
    let env = TestEnv::with_story();
    let mut command = env.command(["export", "--cursor-file", "c"]);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    assert_snapshot!(env.output(command), @"
    ── stderr
    auditctl: error: cannot write the output: No space left on device (os error 28)
    ── status 3
    ");
    assert_eq!(names(&env), Vec::<String>::new(), "the cursor has not moved");
    assert_eq!(ids(env.run("export --cursor-file c").text()).len(), 18);

    fs::create_dir(env.path("small")).unwrap();
    let mount = |arguments: &[&str]| {
        let status = Command::new("mount").args(arguments).arg(env.path("small")).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=12k", "none"]) {
        skip(Missing::Privilege, "a small file system can't be mounted");
        return;
    }
    let before = read(&env, "c");
    env.sql(&ONE_MORE.repeat(200));
    let ran = [
        env.run("export --to small/out.ndjson"),
        env.run("export --cursor-file c --to small/{first}.ndjson"),
        env.run("export --cursor-file small/c --limit 1"),
        {
            fs::write(env.path("small/filler"), [b'x'; 4096]).unwrap();
            env.run("export --cursor-file small/c --limit 1")
        },
        {
            fs::remove_file(env.path("small/filler")).unwrap();
            env.run("export --cursor-file small/c --limit 1")
        },
    ];
    let left: Vec<_> = fs::read_dir(env.path("small")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(Command::new("umount").arg(env.path("small")).status().unwrap().success());
    assert_snapshot!(ran[0], @"
    ── stderr
    auditctl: error: cannot write small/out.ndjson: No space left on device (os error 28)
    ── status 3
    ");
    assert_snapshot!(ran[1], @"
    ── stderr
    auditctl: error: cannot write small/{first}.ndjson: No space left on device (os error 28)
    ── status 3
    ");
    // A small cursor fits into what is left; one that does not has not moved.
    assert_eq!(ran[2].status, 0, "{}", ran[2]);
    assert_eq!((ids(ran[3].text()), ran[3].status), (vec![2], 3));
    assert!(ran[3].said().ends_with("/small/c: No space left on device (os error 28)\n"), "{}", ran[3]);
    assert_eq!((ids(ran[4].text()), ran[4].status), (vec![2], 0), "it is exported again");
    assert_eq!(left, ["c"], "nothing is left aside");
    assert_eq!(read(&env, "c"), before);
}

#[test]
fn compressed_by_its_ending() {
    let env = TestEnv::with_story();
    let plain = env.run("export -o csv");
    for name in ["out.csv.gz", "out.csv.zst"] {
        assert_eq!(env.run(&format!("export -o csv --to {name}")).status, 0);
        let file = File::open(env.path(name)).unwrap();
        let mut text = String::new();
        if name.ends_with(".gz") {
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        } else {
            zstd::Decoder::new(file).unwrap().read_to_string(&mut text).unwrap();
        }
        assert_eq!(text, plain.text(), "{name}");
    }
}

#[test]
fn split_by_day() {
    let env = TestEnv::with_story();
    env.lift_constraints();
    // Written late, with the time of an earlier day; and one without a time.
    env.sql(
        "INSERT INTO api_auditlog (timestamp, action, model) VALUES
         ('2026-11-20 20:00:00', 'created', 'payments'), ('never', 'created', 'payments')",
    );
    assert_snapshot!(env.run("export --split-by day --columns id,timestamp -o csv --to out.csv --manifest"), @"
    ── stderr
    warning: entry 20 has a timestamp that is not a time; it is shown as stored
    20 entries exported to ./out-2026-11-20.csv and 5 more files
    ── status 0
    ");
    assert_eq!(
        names(&env),
        [
            "out-2026-11-20.csv",
            "out-2026-11-21.csv",
            "out-2026-11-22.csv",
            "out-2026-11-23.csv",
            "out-undated.csv",
            "out.csv.manifest.json",
        ]
    );
    assert_snapshot!(read(&env, "out-2026-11-20.csv").replace('\r', ""), @"
    id,timestamp
    1,2026-11-20T08:00:00-06:00
    2,2026-11-20T08:00:00.250000-06:00
    3,2026-11-20T08:05:10.000001-06:00
    4,2026-11-20T23:59:59.999999-06:00
    19,2026-11-20T14:00:00-06:00
    ");
    // The day is that of the zone in force.
    assert_eq!(env.run("export --utc --split-by day --to utc/{day}.csv").status, 3);
    fs::create_dir(env.path("utc")).unwrap();
    assert_eq!(env.run("export --utc --split-by day --to utc/{day}-{first}-{last}").status, 0);
    assert_eq!(ids(&read(&env, "utc/2026-11-21-4-7")), [4, 5, 6, 7]);
    assert_eq!(ids(&read(&env, "utc/undated-20-20")), [20]);
}

/// More days than files may be open at once, one after another and then all of them again.
#[test]
fn split_by_many_days() {
    let env = TestEnv::with_story();
    env.sql(
        "DELETE FROM api_auditlog;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119)
         INSERT INTO api_auditlog (timestamp, action, model)
         SELECT datetime('2026-01-01 12:00', (i % 40) || ' days'), 'created', 'payments' FROM n",
    );
    fs::create_dir(env.path("days")).unwrap();
    assert_eq!(env.run("export --split-by day --utc -o json --to days/{day}.json.gz --columns id").status, 0);
    let mut seen = Vec::new();
    for entry in fs::read_dir(env.path("days")).unwrap() {
        let file = File::open(entry.unwrap().path()).unwrap();
        let day: Value = serde_json::from_reader(flate2::read::MultiGzDecoder::new(file)).unwrap();
        let day: Vec<i64> = day.as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
        assert_eq!(day, [day[0], day[0] + 40, day[0] + 80]);
        seen.extend(day);
    }
    seen.sort_unstable();
    assert_eq!(seen, (19..139).collect::<Vec<_>>());
}

#[test]
fn split_by_size() {
    let env = TestEnv::with_story();
    let line = "export --split-by 1k -o csv --to out.csv";
    assert_snapshot!(env.run(line), @"
    ── stderr
    18 entries exported to ./out-0001.csv and 2 more files
    ── status 0
    ");
    let whole = env.run("export -o csv --no-header");
    let header = env.run("export -o csv --limit 0");
    let parts: Vec<String> = (1..=3).map(|part| read(&env, &format!("out-{part:04}.csv"))).collect();
    assert!(
        parts[..2].iter().all(|part| part.len() >= 1024),
        "{:?}",
        parts.iter().map(String::len).collect::<Vec<_>>()
    );
    let rows: Vec<&str> = parts.iter().map(|part| part.strip_prefix(header.text()).unwrap()).collect();
    assert_eq!(rows.concat(), whole.text());
}

#[test]
fn says_what_it_wrote() {
    let env = TestEnv::with_story();
    let line = "export --user 5 --status 2xx --columns id,status -o csv --to out.csv --manifest --utc";
    assert_snapshot!(env.run(line), @"
    ── stderr
    3 entries exported to ./out.csv and 1 more file
    ── status 0
    ");
    let sum = Command::new("sha256sum").arg(env.path("out.csv")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    let manifest = read(&env, "out.csv.manifest.json").replace(sum.split(' ').next().unwrap(), "[SUM]");
    assert_snapshot!(manifest.replace(&env.root().display().to_string(), "[ROOT]"), @r#"
    {
      "auditctl_manifest": 1,
      "tool": "auditctl 0.1.0",
      "created": "2026-11-23T21:33:28Z",
      "database": "sqlite:[ROOT]/work/db.sqlite3",
      "table": "api_auditlog",
      "filters": {
        "user": [
          "5"
        ],
        "status": "2xx"
      },
      "format": "csv",
      "columns": [
        "id",
        "status"
      ],
      "header": true,
      "reveal": false,
      "timezone": "UTC",
      "after": null,
      "through": 18,
      "rows": 3,
      "first_id": 2,
      "last_id": 9,
      "files": [
        {
          "name": "out.csv",
          "rows": 3,
          "first_id": 2,
          "last_id": 9,
          "size": 32,
          "sha256": "[SUM]"
        }
      ]
    }
    "#);
    // To a pipe too, and of a compressed file the digest is that of its bytes.
    let ran = env.run("export --limit 2 --manifest pipe.json");
    let manifest: Value = serde_json::from_str(&read(&env, "pipe.json")).unwrap();
    assert_eq!(manifest["files"][0]["size"], ran.stdout.len());
    assert_eq!((&manifest["files"][0]["name"], &manifest["through"]), (&"-".into(), &2.into()));
    assert_eq!(env.run("export --to out.gz --manifest sums.json").status, 0);
    let manifest: Value = serde_json::from_str(&read(&env, "sums.json")).unwrap();
    let sum = Command::new("sha256sum").arg(env.path("out.gz")).output().unwrap();
    assert!(sum.stdout.starts_with(manifest["files"][0]["sha256"].as_str().unwrap().as_bytes()));
}

#[test]
fn goes_on_where_the_last_run_ended() {
    let env = TestEnv::with_story();
    let run = || env.run("export --cursor-file c --columns id");
    assert_eq!(ids(run().text()), (1..=18).collect::<Vec<_>>());
    assert_snapshot!(run(), @"── status 0");
    env.sql(&ONE_MORE.repeat(2));
    assert_snapshot!(run(), @r#"
    {"id":19}
    {"id":20}
    ── status 0
    "#);
    let cursor = read(&env, "c").replace(&env.root().display().to_string(), "[ROOT]");
    assert_snapshot!(cursor, @r#"
    {
      "auditctl_cursor": 1,
      "database": "sqlite:[ROOT]/work/db.sqlite3",
      "table": "api_auditlog",
      "terms": {
        "filters": {},
        "format": "ndjson",
        "columns": [
          "id"
        ],
        "header": true,
        "reveal": false,
        "timezone": "machine"
      },
      "position": 20,
      "witness": {
        "id": 20,
        "timestamp": "2026-11-23T21:33:00.000001Z"
      },
      "exported": 20,
      "updated": "2026-11-23T21:33:28Z",
      "pending": null
    }
    "#);
    // Entries at the beginning may go, and the one at which the cursor stands.
    env.sql(&format!("DELETE FROM api_auditlog WHERE id < 10; {ONE_MORE} DELETE FROM api_auditlog WHERE id = 20"));
    assert_eq!(ids(run().text()), [21]);
    // A clock that was put back does not matter: the order is that of ids.
    env.sql(
        "INSERT INTO api_auditlog (timestamp, action, model) VALUES ('1999-12-31 23:59:59', 'created', 'payments')",
    );
    let mut command = env.command(["export", "--cursor-file", "c", "--columns", "id"]);
    command.env("AUDITCTL_NOW", "2001-01-01T00:00:00Z");
    assert_eq!(ids(env.output(command).text()), [22]);
    assert_eq!(names(&env), ["c"], "the lock is gone");
}

#[test]
fn a_limit_goes_through_the_table_in_order() {
    let env = TestEnv::with_story();
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(ids(env.run("export --cursor-file c --model 'api request' --limit 5 -q").text()));
    }
    assert_eq!(seen, [vec![2, 3, 4, 5, 8], vec![9, 10, 11, 12, 13], vec![15, 16, 17], vec![]]);
    assert!(read(&env, "c").contains("\"position\": 18"), "what doesn't match is not looked at again");
    assert_eq!(ids(env.run("export --cursor-file d --limit 0").text()), Vec::<i64>::new());
    assert_eq!(ids(env.run("export --cursor-file d --limit 1").text()), [1]);
}

#[test]
fn to_files_of_their_own() {
    let env = TestEnv::with_story();
    let line = "export --cursor-file c --to e-{first}-{last}.ndjson --manifest";
    assert_snapshot!(env.run(line), @"
    ── stderr
    18 entries exported to ./e-1-18.ndjson and 1 more file
    ── status 0
    ");
    assert_snapshot!(env.run(line), @"
    ── stderr
    nothing to export
    ── status 0
    ");
    env.sql(ONE_MORE);
    assert_eq!(env.run(line).status, 0);
    assert_eq!(ids(&read(&env, "e-19-19.ndjson")), [19]);
    let manifest: Value = serde_json::from_str(&read(&env, "e-19-19.ndjson.manifest.json")).unwrap();
    assert_eq!((&manifest["after"], &manifest["through"]), (&18.into(), &19.into()));
    // A name that stays the same is refused as long as somebody has not taken the file away.
    let line = "export --cursor-file d --to new.ndjson -q";
    assert_eq!(env.run(line).status, 0);
    env.sql(ONE_MORE);
    assert_snapshot!(env.run(line), @"
    ── stderr
    auditctl: error: ./new.ndjson exists
    hint: nothing was exported, and the cursor has not moved: give each run a file of its own, as in --to 'entries-{first}-{last}.ndjson'
    ── status 3
    ");
    fs::remove_file(env.path("new.ndjson")).unwrap();
    assert_eq!(env.run(line).status, 0);
    assert_eq!(ids(&read(&env, "new.ndjson")), [20]);
}

#[test]
fn a_reader_that_leaves_gets_it_again() {
    let env = TestEnv::with_demo();
    let mut child = env.command(["export", "--cursor-file", "c"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!env.path("c").exists());
}

#[test]
fn two_runs_with_one_cursor() {
    let env = TestEnv::with_story();
    let since = "2026-11-23T21:00:00Z".parse().unwrap();
    let lock = Lock::take(&env.path(".c.lock"), since).unwrap();
    let ran = env.run("export --cursor-file c").to_string().replace(&std::process::id().to_string(), "[PID]");
    assert_snapshot!(ran, @"
    ── stderr
    auditctl: error: another run holds the lock .c.lock: process [PID], since 2026-11-23T21:00:00Z
    hint: let it finish; what it is: ps -fp [PID]
    ── status 4
    ");
    drop(lock);
    assert_eq!(env.run("export --cursor-file c").status, 0);
    symlink("c", env.path("other-name")).unwrap();
    let _lock = Lock::take(&env.path(".c.lock"), since).unwrap();
    assert_eq!(env.run("export --cursor-file other-name").status, 4);
}

#[test]
fn with_an_expression() {
    let env = TestEnv::with_story();
    let line = "export --cursor-file c --columns id,status --where 'user = 5 and (status = 4xx or model = payments)'";
    assert_snapshot!(env.run(line), @r#"
    {"id":4,"status":400}
    {"id":6,"status":null}
    {"id":16,"status":403}
    ── status 0
    "#);
    env.sql(&ONE_MORE.replace("model)", "model, user_id)").replace("'payments')", "'payments', 5)"));
    env.sql(ONE_MORE);
    assert_snapshot!(env.run(line), @r#"
    {"id":19,"status":null}
    ── status 0
    "#);
    assert_snapshot!(env.run(line), @"── status 0");
    assert_snapshot!(refused(&env, "export --cursor-file c --columns id,status --where 'user = 5'"), @"
    ── stderr
    auditctl: error: the cursor file c belongs to another filter: --where user = 5 and (status = 4xx or model = payments) then, --where user = 5 now
    hint: each export keeps a cursor file of its own: name another one, or give the same options
    ── status 2
    ");
    assert_snapshot!(refused(&env, "export --cursor-file c --columns id,status --where 'timestamp > yesterday'"), @"
    ── stderr
    auditctl: error: --cursor-file needs times that stay the same: the filters hold one that is counted from now
    hint: write a date, such as --since 2026-11-01
    ── status 2
    ");
}

/// What a run said, its status, and that the cursor is as it was.
#[track_caller]
fn refused(env: &TestEnv, line: &str) -> Ran {
    let before = read(env, "c");
    let ran = env.run(line);
    assert_eq!(read(env, "c"), before);
    assert_eq!(ran.text(), "");
    ran
}

#[test]
fn a_cursor_of_something_else() {
    let env = TestEnv::with_story();
    assert_eq!(env.run("export --cursor-file c --user 5 --status 2xx").status, 0);
    assert_snapshot!(refused(&env, "export --cursor-file c --user 5 --user ana"), @"
    ── stderr
    auditctl: error: the cursor file c belongs to another filter: --user 5 --status 2xx then, --user 5 --user ana now
    hint: each export keeps a cursor file of its own: name another one, or give the same options
    ── status 2
    ");
    assert_snapshot!(refused(&env, "export --cursor-file c --user 5 --status 2xx -o csv"), @"
    ── stderr
    auditctl: error: the cursor file c belongs to another format: ndjson then, csv now
    hint: each export keeps a cursor file of its own: name another one, or give the same options
    ── status 2
    ");
    assert_snapshot!(refused(&env, "export --cursor-file c --user 5 --status 2xx --reveal"), @"
    ── stderr
    auditctl: error: the cursor file c belongs to another choice of --reveal: no then, yes now
    hint: each export keeps a cursor file of its own: name another one, or give the same options
    ── status 2
    ");
    fs::copy(env.database(), env.path("other.sqlite3")).unwrap();
    assert_snapshot!(refused(&env, "export --cursor-file c --user 5 --status 2xx --database other.sqlite3"), @"
    ── stderr
    auditctl: error: the cursor file c belongs to another database: sqlite:[ROOT]/work/db.sqlite3 then, sqlite:[ROOT]/work/other.sqlite3 now
    hint: each export keeps a cursor file of its own; where the database was moved, change the word in the file
    ── status 2
    ");
    // Another database in the same place.
    env.sql("UPDATE api_auditlog SET timestamp = '2026-11-23 21:30:01' WHERE id = 18");
    assert_snapshot!(refused(&env, "export --cursor-file c --user 5 --status 2xx"), @"
    ── stderr
    auditctl: error: the cursor file c belongs to another database: entry 18 was written at 2026-11-23T21:30:00Z there, and at 2026-11-23T21:30:01Z in sqlite:[ROOT]/work/db.sqlite3
    hint: each database has a cursor file of its own: name another one, or another --database
    ── status 2
    ");
}

#[test]
fn a_cursor_that_is_none() {
    let env = TestEnv::with_story();
    assert_eq!(env.run("export --cursor-file c").status, 0);
    let whole = read(&env, "c");
    for (text, said) in [
        (String::new(), "it is empty"),
        (whole[..whole.len() / 2].to_owned(), "EOF while parsing"),
        (whole.replace("\"position\": 18", "\"position\": \"18\""), "invalid type: string \"18\", expected i64"),
        (whole.replace("\"position\"", "\"posltion\""), "unknown field `posltion`"),
        ("#!/bin/sh\n".to_owned(), "expected value at line 1 column 1"),
    ] {
        fs::write(env.path("c"), text).unwrap();
        let ran = refused(&env, "export --cursor-file c");
        assert!(ran.said().starts_with("auditctl: error: c is not a cursor file of this program: "), "{ran}");
        assert!(ran.said().contains(said), "{ran}");
        assert_eq!(ran.status, 3);
    }
    fs::write(env.path("c"), whole.replace("cursor\": 1", "cursor\": 7")).unwrap();
    assert_snapshot!(refused(&env, "export --cursor-file c"), @"
    ── stderr
    auditctl: error: c was written by a later version of this program (format 7)
    hint: use that version, or start another cursor file
    ── status 3
    ");
    fs::create_dir(env.path("folder")).unwrap();
    assert_snapshot!(env.run("export --cursor-file folder"), @"
    ── stderr
    auditctl: error: folder is a folder, not a file to write to
    hint: name a file in it, for example folder/entries.ndjson
    ── status 3
    ");
    assert_eq!(env.run("export --cursor-file none/c").status, 3);
}

#[test]
fn a_table_that_shrinks() {
    let env = TestEnv::with_story();
    assert_eq!(env.run("export --cursor-file c").status, 0);
    env.sql("DELETE FROM api_auditlog WHERE id > 15");
    assert_snapshot!(refused(&env, "export --cursor-file c"), @"
    ── stderr
    auditctl: error: the table api_auditlog ends before the cursor of c: its highest id is 15, and entries up to 18 were exported
    hint: the newest entries were deleted after they had been exported; ids are never given twice, so the export goes on by itself with the next entry that is written
    ── status 3
    ");
    env.sql(ONE_MORE);
    assert_eq!(ids(env.run("export --cursor-file c").text()), [19]);
    // As from a backup: the count is put back as well.
    env.sql("DELETE FROM api_auditlog WHERE id > 9; UPDATE sqlite_sequence SET seq = 9 WHERE name = 'api_auditlog'");
    assert_snapshot!(refused(&env, "export --cursor-file c"), @r#"
    ── stderr
    auditctl: error: the table api_auditlog ends before the cursor of c: its highest id is 9, and entries up to 19 were exported
    hint: the database is older than the cursor, as one restored from a backup; when that is so, set "position" in the cursor file to the last exported entry that is still right, and "witness" to null
    ── status 3
    "#);
    let mended = read(&env, "c").replace("\"position\": 19", "\"position\": 9");
    let mut mended: Value = serde_json::from_str(&mended).unwrap();
    mended["witness"] = Value::Null;
    fs::write(env.path("c"), mended.to_string()).unwrap();
    env.sql(ONE_MORE);
    assert_eq!(ids(env.run("export --cursor-file c").text()), [10]);
}

/// What an earlier run was about to name is finished, and said; what can't be is refused.
#[test]
fn what_an_earlier_run_left() {
    let env = TestEnv::with_story();
    let line = "export --cursor-file c --to e-{first}.ndjson";
    assert_eq!(env.run(line).status, 0);
    let sum = Command::new("sha256sum").arg(env.path("e-1.ndjson")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned();
    let noted = |size: u64| {
        let mut cursor: Value = serde_json::from_str(&read(&env, "c")).unwrap();
        cursor["position"] = Value::Null;
        cursor["pending"] = serde_json::json!({
            "position": 18, "witness": null, "exported": 18,
            "files": [{"aside": env.path(".aside"), "name": env.path("e-1.ndjson"), "size": size, "sha256": sum}],
        });
        fs::write(env.path("c"), cursor.to_string()).unwrap();
    };
    let size = fs::metadata(env.path("e-1.ndjson")).unwrap().len();
    // Named already; still aside; aside while another has the name; damaged; named and taken away.
    noted(size);
    assert_snapshot!(env.run(line), @"
    ── stderr
    finished an earlier run: [ROOT]/work/e-1.ndjson
    nothing to export
    ── status 0
    ");
    fs::rename(env.path("e-1.ndjson"), env.path(".aside")).unwrap();
    fs::write(env.path("e-1.ndjson"), "another").unwrap();
    noted(size);
    assert_snapshot!(env.run(line), @"
    ── stderr
    auditctl: error: an earlier run was about to name [ROOT]/work/e-1.ndjson, and now there is another file of that name
    hint: move [ROOT]/work/e-1.ndjson away, then the next run finishes the earlier one
    ── status 3
    ");
    fs::remove_file(env.path("e-1.ndjson")).unwrap();
    assert_eq!(env.run(line).status, 0);
    assert_eq!(ids(&read(&env, "e-1.ndjson")).len(), 18);
    fs::rename(env.path("e-1.ndjson"), env.path(".aside")).unwrap();
    noted(size + 1);
    assert_snapshot!(env.run(line), @"
    ── stderr
    warning: what an earlier run left was damaged; its entries are exported again
    18 entries exported to ./e-1.ndjson
    ── status 0
    ");
    assert!(!env.path(".aside").exists());
    fs::remove_file(env.path("e-1.ndjson")).unwrap();
    noted(size);
    assert_snapshot!(env.run(line), @"
    ── stderr
    warning: an earlier run wrote [ROOT]/work/e-1.ndjson, which is not there any more; it is not written again
    nothing to export
    ── status 0
    ");
}

#[test]
fn on_a_terminal_stays_what_was_done() {
    let env = TestEnv::with_demo();
    let ran = env.run_on_terminal(100, "export --to out.ndjson");
    assert_eq!(ran.status, 0);
    assert!(ran.said().contains("entries exported to ./out.ndjson"), "{ran}");
    assert!(!env.run("export --to other.ndjson").said().contains('%'));
}
