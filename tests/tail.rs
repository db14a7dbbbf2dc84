//! `auditctl tail`: the newest entries, and more as they come, whatever happens to the database.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Stdio};

use common::{TestEnv, Writer};
use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

const ONE_MORE: &str =
    "INSERT INTO api_auditlog (timestamp, action, model) VALUES ('2026-11-23 21:33:00.000001', 'created', 'payments');";

#[test]
fn as_a_writer() {
    common::writer::serve();
}

/// A run that goes on.
struct Following {
    child: Child,
    /// None once this reader has left.
    out: Option<BufReader<ChildStdout>>,
    err: BufReader<ChildStderr>,
}

impl Following {
    fn start(env: &TestEnv, line: &str) -> Following {
        let mut child = env.command(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Following { child, out: Some(BufReader::new(out)), err: BufReader::new(err) }
    }

    /// The next line of output; empty at its end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    /// The ids of the next lines.
    fn ids(&mut self, count: usize) -> Vec<i64> {
        let id = |line: String| serde_json::from_str::<serde_json::Value>(&line).unwrap()["id"].as_i64().unwrap();
        (0..count).map(|_| id(self.line())).collect()
    }

    /// The next line on stderr.
    fn said(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        line
    }

    /// Reads stderr up to a line that begins so.
    fn wait_to_hear(&mut self, beginning: &str) {
        loop {
            let line = self.said();
            assert!(!line.is_empty(), "stderr ended before {beginning:?}");
            if line.starts_with(beginning) {
                return;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// What comes up to the end, on stdout and stderr, and the exit code.
    fn end(mut self) -> (String, String, Option<i32>) {
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(reader) = &mut self.out {
            reader.read_to_string(&mut out).unwrap();
        }
        self.err.read_to_string(&mut err).unwrap();
        (out, err, self.child.wait().unwrap().code())
    }
}

/// A test that fails leaves nothing running.
impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_newest_the_oldest_of_them_first() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("tail -n 3"), @"
    ID  TIME (-06:00)        USER       ACTION                      MODEL        RECORD  STATUS
    16  2026-11-23 14:34:00  ana        PUT /api/fotos/ñandú_100%/  API Request       -     403
    17  2026-11-23 15:00:00  directora  GET /api/audit_log/         API Request       -     200
    18  2026-11-23 15:30:00  id 4711    updated                     UserProfile    4711       -
    ── status 0
    ");
    // By id, not by time: an entry that was written late is new.
    env.sql("UPDATE api_auditlog SET timestamp = '2001-01-01 00:00:00' WHERE id = 18");
    for (line, ids) in [
        ("tail", vec![9, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
        ("tail --limit 2", vec![17, 18]),
        ("tail -n 100", (1..=18).collect()),
        ("tail -n 2 --user 5 --status 4xx", vec![4, 16]),
        ("tail -n 0", vec![]),
        ("tail --model nothing", vec![]),
    ] {
        assert_eq!(env.run(&format!("{line} -o json")).ids(), ids, "{line}");
    }
    assert_snapshot!(env.run("tail -n 1 -o csv --columns id,method --no-header"), @"
    18,␍
    ── status 0
    ");
}

#[test]
fn an_array_would_have_no_end() {
    let env = TestEnv::with_story();
    assert_snapshot!(env.run("tail -f -o json"), @"
    ── stderr
    auditctl: error: json is one array, and with --follow it would never end
    hint: take -o ndjson: one object a line
    ── status 2
    ");
    assert_eq!(env.run("tail -f --database nowhere").status, 3, "what is not there at first is not waited for");
}

#[test]
fn follows_and_ends_quietly() {
    let env = TestEnv::with_story();
    for signal in [Signal::INT, Signal::TERM] {
        let mut following = Following::start(&env, "tail -f -n 1 --columns id,action");
        assert_eq!(following.line(), "ID  ACTION\n");
        let last = following.line();
        env.sql(ONE_MORE);
        assert_ne!(following.line(), last);
        following.signal(signal);
        assert_eq!(following.end(), (String::new(), String::new(), Some(0)));
    }
}

#[test]
fn ends_when_the_reader_leaves() {
    let env = TestEnv::with_story();
    let mut following = Following::start(&env, "tail -f -n 1 -o ndjson");
    assert_eq!(following.ids(1), [18]);
    // Nothing new is written: it notices by itself.
    following.out = None;
    assert_eq!(following.end(), (String::new(), String::new(), Some(0)));
}

/// Every entry once and in order while another process writes, in both of SQLite's modes.
#[test]
fn none_is_lost_and_none_comes_twice() {
    for mode in ["DELETE", "WAL"] {
        let env = TestEnv::with_story();
        let mut writer = Writer::of(&env.database());
        writer.sql(&format!("PRAGMA journal_mode = {mode}"));
        let mut following = Following::start(&env, "tail -f -n 1 -o ndjson --model payments --columns id");
        assert_eq!(following.ids(1), [6]);
        // Transactions of several entries, one that is rolled back, and some of another model.
        for round in 0..50 {
            writer.sql(&format!("BEGIN IMMEDIATE; {} COMMIT", ONE_MORE.repeat(round % 7 + 1)));
            writer.sql(&format!("BEGIN IMMEDIATE; {} ROLLBACK", ONE_MORE.repeat(3)));
            writer.sql(&ONE_MORE.replace("'payments'", "'visits'"));
        }
        let connection = env.connect();
        let mut statement =
            connection.prepare("SELECT id FROM api_auditlog WHERE id > 18 AND model = 'payments' ORDER BY id").unwrap();
        let wanted: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(following.ids(wanted.len()), wanted, "{mode}");
        following.signal(Signal::INT);
        assert_eq!(following.end(), (String::new(), String::new(), Some(0)), "{mode}");
    }
}

#[test]
fn goes_on_when_the_database_was_away() {
    let env = TestEnv::with_story();
    let mut following = Following::start(&env, "tail -f -n 1 -o ndjson --columns id");
    assert_eq!(following.ids(1), [18]);
    fs::rename(env.database(), env.path("away")).unwrap();
    let at = env.database().display().to_string();
    assert_eq!(following.said(), format!("warning: there is no database at {at}; waiting for it\n"));
    fs::rename(env.path("away"), env.database()).unwrap();
    assert_eq!(following.said(), "the database can be read again\n");
    env.sql(ONE_MORE);
    assert_eq!(following.ids(1), [19]);
    // Empty, as it is while it is copied to its place.
    fs::rename(env.database(), env.path("away")).unwrap();
    fs::write(env.database(), "").unwrap();
    let said = following.said();
    assert!(said.starts_with("warning: ") && said.ends_with("; waiting for it\n"), "{said}");
    fs::rename(env.path("away"), env.database()).unwrap();
    env.sql(ONE_MORE);
    assert_eq!(following.ids(1), [20]);
    following.signal(Signal::INT);
    assert_eq!(following.end(), (String::new(), "the database can be read again\n".to_owned(), Some(0)));
}

const A_COPY: &str =
    "warning: the database was replaced by a copy of it; what comes after the last entry here is shown\n";
const ANOTHER: &str = "warning: the database was replaced by another one; what is written to it from now on is shown\n";
const AN_OLDER: &str = "warning: the database was replaced by one that ends before the last entry here, or its table \
                        was emptied; what is written to it from now on is shown\n";
/// Empties the table and lets its ids begin again at 1, as in another service's database. A script fills it after that.
const EMPTIED: &str = "DELETE FROM api_auditlog; DELETE FROM sqlite_sequence;";

/// Puts a copy of a database in the place of the one that is followed, changed by a script.
fn replace(env: &TestEnv, of: &Path, script: &str) {
    fs::copy(of, env.path("next")).unwrap();
    rusqlite::Connection::open(env.path("next")).unwrap().execute_batch(script).unwrap();
    fs::rename(env.path("next"), env.database()).unwrap();
}

#[test]
fn goes_on_in_a_newer_copy() {
    let env = TestEnv::with_story();
    let mut following = Following::start(&env, "tail -f -n 1 -o ndjson --columns id");
    assert_eq!(following.ids(1), [18]);
    // More than was shown, and the last that was shown is there: nothing is lost, nothing comes twice.
    replace(&env, &env.database(), &ONE_MORE.repeat(2));
    assert_eq!(following.said(), A_COPY);
    assert_eq!(following.ids(2), [19, 20]);
    // As much as was shown.
    replace(&env, &env.database(), "");
    assert_eq!(following.said(), A_COPY);
    // The last that was shown was deleted from it.
    replace(&env, &env.database(), &format!("DELETE FROM api_auditlog WHERE id > 10; {ONE_MORE}"));
    assert_eq!(following.said(), A_COPY);
    assert_eq!(following.ids(1), [21]);
    env.sql(ONE_MORE);
    assert_eq!(following.ids(1), [22]);
    following.signal(Signal::INT);
    assert_eq!(following.end(), (String::new(), String::new(), Some(0)));
}

#[test]
fn goes_on_at_the_end_of_an_older_copy() {
    let env = TestEnv::with_story();
    let backup = env.path("backup");
    fs::copy(env.database(), &backup).unwrap();
    env.sql(&ONE_MORE.repeat(3));
    let mut following = Following::start(&env, "tail -f -n 1 -o ndjson --columns id");
    assert_eq!(following.ids(1), [21]);
    replace(&env, &backup, "");
    assert_eq!(following.said(), AN_OLDER);
    // Their ids were shown before; these are others.
    env.sql(&ONE_MORE.repeat(2));
    assert_eq!(following.ids(2), [19, 20]);
    // Copied over it, it is the same file; while it is copied it may be unreadable for a moment.
    fs::copy(&backup, env.database()).unwrap();
    following.wait_to_hear(AN_OLDER);
    env.sql(ONE_MORE);
    assert_eq!(following.ids(1), [19]);
    // Away for a while, and older when it is back.
    fs::remove_file(env.database()).unwrap();
    following.wait_to_hear("warning: there is no database at ");
    replace(&env, &backup, "DELETE FROM api_auditlog WHERE id > 15; UPDATE sqlite_sequence SET seq = 15");
    assert_eq!(following.said(), AN_OLDER);
    assert_eq!(following.said(), "the database can be read again\n");
    env.sql(ONE_MORE);
    assert_eq!(following.ids(1), [16]);
    following.signal(Signal::INT);
    assert_eq!(following.end(), (String::new(), String::new(), Some(0)));
}

#[test]
fn goes_on_at_the_end_of_another_database() {
    let env = TestEnv::with_story();
    let mut following = Following::start(&env, "tail -f -n 1 -o ndjson --columns id");
    assert_eq!(following.ids(1), [18]);
    let filled = ONE_MORE.replace("33:00", "34:00").repeat(20);
    replace(&env, &env.database(), &format!("{EMPTIED} {filled}"));
    assert_eq!(following.said(), ANOTHER);
    env.sql(ONE_MORE);
    assert_eq!(following.ids(1), [21]);
    // In the same file: emptied, and filled anew with more than there was, with less, and with nothing.
    for (filled, said, next) in
        [(filled.repeat(2), ANOTHER, 41), (ONE_MORE.repeat(5), AN_OLDER, 6), (String::new(), AN_OLDER, 1)]
    {
        env.sql(&format!("BEGIN; {EMPTIED} {filled} COMMIT"));
        assert_eq!(following.said(), said);
        env.sql(ONE_MORE);
        assert_eq!(following.ids(1), [next]);
    }
    following.signal(Signal::INT);
    assert_eq!(following.end(), (String::new(), String::new(), Some(0)));
}

/// A writer that keeps the database for itself longer than anybody waits.
#[test]
fn goes_on_after_a_long_lock() {
    let env = TestEnv::with_story();
    let mut writer = Writer::of(&env.database());
    let mut following = Following::start(&env, "tail -f -n 1 -o ndjson --columns id");
    assert_eq!(following.ids(1), [18]);
    writer.sql(&format!("BEGIN EXCLUSIVE; {ONE_MORE}"));
    let locked = "is locked: another process has held it for more than 5 s; waiting for it";
    assert_eq!(following.said(), format!("warning: {} {locked}\n", env.database().display()));
    writer.sql("COMMIT");
    assert_eq!(following.ids(1), [19]);
    assert_eq!(following.said(), "the database can be read again\n");
    following.signal(Signal::INT);
    assert_eq!(following.end(), (String::new(), String::new(), Some(0)));
}
