//! The bar on stderr for what lasts: what it tells, and that nothing of it stays.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use common::{TestEnv, terminal};

/// Longer than a run is left alone before it shows how far it is.
const LONG: Duration = Duration::from_millis(1200);

/// More than a pipe holds, and more than is read at once.
fn log(env: &TestEnv) -> String {
    let mut text = String::new();
    for n in 0..60_000 {
        writeln!(
            text,
            "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - message {n} of a long log"
        )
        .unwrap();
    }
    fs::create_dir_all(env.path("logs")).unwrap();
    fs::write(env.path("logs/audit.log"), &text).unwrap();
    text
}

fn many_entries() -> TestEnv {
    let env = TestEnv::with_demo();
    env.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
         INSERT INTO api_auditlog (timestamp, action, model, record_id, details, user_id)
         SELECT '2026-11-01', 'GET /api/visits/', 'API Request', NULL, printf('%.*c', 200, 'x'), NULL FROM n",
    );
    env
}

/// The last state of the bar and what is seen in its line in the end, without what depends on the machine: the blocks of
/// the bar, the digits, the size of a unit.
fn seen(said: &str) -> Vec<String> {
    let mut lines: Vec<String> = said.split("\r\u{1b}[2K").map(|line| line.trim_end().to_owned()).collect();
    assert!(!said.contains("\u{1b}[?25l"), "the cursor stays");
    let last = lines.pop().unwrap();
    let mut shape = String::new();
    for c in lines.iter().rev().find(|line| !line.is_empty()).map(String::as_str).unwrap_or_default().chars() {
        match c {
            '█' | '░' => {}
            c if c.is_ascii_digit() => {
                if !shape.ends_with('N') {
                    shape.push('N');
                }
            }
            c => shape.push(c),
        }
    }
    vec![shape.trim().replace("KiB/s", "MiB/s").replace("Nm left", "Ns left").replace("N,N", "N"), last]
}

#[test]
fn how_far_a_log_is_read() {
    let env = TestEnv::empty();
    let text = log(&env);
    let ran = env.run_beside_a_slow_reader(LONG, "parse -o csv --columns message --no-header logs/audit.log");
    assert_eq!((ran.status, ran.text().lines().count()), (0, text.lines().count()));
    assert_eq!(seen(ran.said()), ["N%, N.N MiB of N.N MiB read, N.N MiB/s, Ns left", ""]);
}

#[test]
fn how_far_an_export_is() {
    let env = many_entries();
    let mut command = env.command(["export", "-o", "ndjson", "--color", "never"]);
    command.env("TERM", "xterm-256color");
    let output = terminal::while_it_lasts(command, 80, 4 << 20, " entries, ", |_| ());
    let lines = output.stdout.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!((output.status.code(), lines), (Some(0), 60_000 + 1118));
    // What is said at the end stands where the bar stood.
    let warning = "warning: entry 1119 (and 59,999 more) has a timestamp that is not a time; it is shown as stored";
    assert_eq!(seen(str::from_utf8(&output.stderr).unwrap()), ["N%, N entries, N ids/s, Ns left", warning]);
}

#[test]
fn nobody_sees_it_who_does_not_want_to() {
    let mut env = TestEnv::empty();
    log(&env);
    let line = "parse -o csv --columns message logs/audit.log";
    let said = |env: &TestEnv, line: &str| env.run_beside_a_slow_reader(LONG, line).said().to_owned();
    assert_eq!(said(&env, &format!("{line} --quiet")), "");
    // What is over soon has none.
    let ran = env.run_beside_a_slow_reader(Duration::ZERO, &format!("{line} --limit 5"));
    assert_eq!(ran.said(), "5 matching records shown, and there are more; --all shows all\n");
    env.set("TERM", "dumb");
    assert_eq!(said(&env, &format!("{line} --all")), "");
}

#[test]
fn it_comes_while_nothing_does_and_leaves_nothing() {
    let env = TestEnv::empty();
    let fifo = env.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let record = "2026-11-23 03:09:54 - a - INFO - x\n";
    let run = |act: &dyn Fn(&Child, File)| {
        let mut command = env.command(["parse", "fifo", "-o", "csv", "--columns", "message", "--no-header"]);
        command.env("TERM", "xterm-256color");
        let opened = thread::spawn({
            let fifo = fifo.clone();
            move || {
                let mut writer = OpenOptions::new().write(true).open(fifo).unwrap();
                writer.write_all(record.as_bytes()).unwrap();
                writer
            }
        });
        terminal::while_it_lasts(command, 80, 0, "35 B read", |child| act(child, opened.join().unwrap()))
    };
    let end = |output: &Output| seen(str::from_utf8(&output.stderr).unwrap()).pop().unwrap();

    let output = run(&|_, mut writer| writer.write_all(record.as_bytes()).unwrap());
    assert_eq!(
        (output.status.code(), str::from_utf8(&output.stdout).unwrap(), end(&output)),
        (Some(0), "x\r\nx\r\n", String::new())
    );
    for signal in [Signal::INT, Signal::TERM] {
        let output = run(&|child, writer| {
            let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
            kill_process(pid, signal).unwrap();
            // Until it has ended, there may be more to come.
            waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
            drop(writer);
        });
        assert_eq!((output.status.signal(), end(&output)), (Some(signal.as_raw()), String::new()));
    }
}
