//! `auditctl parse` over files as no one wants them: each says what is wrong, shows what can be shown, and ends with the
//! exit code that is promised.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{TestEnv, cutting};
use insta::assert_snapshot;

const CHANGED: &str = "it was cut or replaced while it was read; what came before is shown";

fn record(message: &str) -> String {
    format!("2026-11-23 03:09:54 - a - INFO - {message}\n")
}

fn numbered(lines: std::ops::Range<usize>) -> String {
    lines.map(|n| record(&format!("line {n:08} {}", "x".repeat(n * 7919 % 97)))).collect()
}

/// More records than the program can have read as long as nobody takes what it prints.
const MANY: usize = 400_000;

/// Runs `parse FILE…` for the messages of the records; something happens in the middle of its reading.
fn parse_while(env: &TestEnv, files: &[&Path], act: impl FnOnce()) -> (Vec<String>, String, i32) {
    let mut command = env.command(["parse", "--columns", "message", "-o", "tsv", "--no-header"]);
    let mut child = command.args(files).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    act();
    let mut messages = vec![first.trim_end_matches('\n').to_owned()];
    messages.extend(out.lines().map(Result::unwrap));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (messages, said, child.wait().unwrap().code().unwrap())
}

/// Whether these are the first of the numbered messages, each once.
#[track_caller]
fn assert_numbered(messages: &[String], count: Option<usize>) {
    let wrong = messages.iter().enumerate().find(|(n, message)| !message.starts_with(&format!("line {n:08} ")));
    assert_eq!(wrong, None);
    assert!(count.is_none_or(|count| messages.len() == count), "{} of {count:?}", messages.len());
}

#[test]
fn a_file_that_shrinks_or_is_written_over_while_it_is_read() {
    let env = TestEnv::empty();
    for after in ["", &numbered(0..10), &numbered(MANY..2 * MANY)] {
        let log = env.path("audit.log");
        fs::write(&log, numbered(0..MANY)).unwrap();
        let (messages, said, status) = parse_while(&env, &[&log], || fs::write(&log, after).unwrap());
        assert_numbered(&messages, None);
        assert_eq!((said, status), (format!("auditctl: error: cannot read {}: {CHANGED}\n", log.display()), 3));
        assert!(messages.len() < MANY);
    }
}

#[test]
fn a_file_that_vanishes_or_is_replaced_while_it_is_read() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    let replace = || {
        fs::write(env.path("other"), numbered(5..9)).unwrap();
        fs::rename(env.path("other"), &log).unwrap();
    };
    let remove = || fs::remove_file(&log).unwrap();
    for act in [&replace as &dyn Fn(), &remove] {
        fs::write(&log, numbered(0..MANY)).unwrap();
        // Whoever holds it open has it still.
        let (messages, said, status) = parse_while(&env, &[&log], act);
        assert_eq!((said.as_str(), status), ("", 0));
        assert_numbered(&messages, Some(MANY));
    }
}

#[test]
fn a_folder_that_is_rotated_while_it_is_read() {
    let Some(folder) = cutting::folder() else { return };
    let env = TestEnv::within(folder);
    fs::create_dir(env.path("logs")).unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
    let log = env.path("logs/audit.log");
    for method in ["collapse", "rename"] {
        for name in fs::read_dir(env.path("logs")).unwrap() {
            fs::remove_file(name.unwrap().path()).unwrap();
        }
        fs::write(env.path("logs/audit.log.2"), numbered(0..MANY / 2)).unwrap();
        fs::write(env.path("logs/audit.log.1"), numbered(MANY / 2..MANY / 2 + 1000)).unwrap();
        fs::write(&log, numbered(MANY / 2 + 1000..MANY)).unwrap();
        let (messages, said, status) = parse_while(&env, &[&env.path("logs")], || {
            for _ in 0..3 {
                let line = format!("rotate --force --keep 9 --method {method} logs/audit.log");
                assert_eq!(env.run(&line).status, 0);
                File::options().append(true).open(&log).unwrap().write_all(record("later").as_bytes()).unwrap();
            }
        });
        assert_eq!((said.as_str(), status), ("", 0), "{method}");
        assert_numbered(&messages, Some(MANY));
    }
}

/// Names move on while the files are opened, one after the other: none is missed, and none is read twice.
#[test]
fn a_folder_that_is_rotated_while_it_is_opened() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let name = |number: usize| match number {
        0 => env.path("logs/audit.log"),
        number => env.path(format!("logs/audit.log.{number}")),
    };
    let write = |round: usize| fs::write(name(0), numbered(round * 10..round * 10 + 10)).unwrap();
    write(0);
    let (parses, mut runs) = (AtomicUsize::new(0), Vec::new());
    std::thread::scope(|scope| {
        let rotating = scope.spawn(|| {
            for round in 1..60 {
                // As many runs as rotations, whatever the machine is busy with.
                while parses.load(Ordering::Relaxed) < round {
                    std::thread::yield_now();
                }
                std::thread::sleep(Duration::from_millis(round as u64 % 20));
                for number in (0..round).rev() {
                    fs::rename(name(number), name(number + 1)).unwrap();
                }
                write(round);
            }
        });
        while !rotating.is_finished() {
            parses.fetch_add(1, Ordering::Relaxed);
            runs.push(env.run("parse logs --columns message -o tsv --no-header"));
        }
    });
    for run in runs {
        assert_eq!((run.said(), run.status), ("", 0));
        assert_numbered(&run.text().lines().map(str::to_owned).collect::<Vec<_>>(), None);
    }
    let run = env.run("parse logs --count");
    assert_eq!(run.text(), "600\n");
}

#[test]
fn nuls_are_filler() {
    let env = TestEnv::empty();
    // A crash left the front of the file without content, and a piece of it later on.
    let mut bytes = vec![0; 3 << 20];
    bytes.extend(record("after the hole").into_bytes());
    bytes.extend([0; 5000]);
    bytes.extend(record("and after another").into_bytes());
    fs::write(env.path("audit.log"), bytes).unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns offset,line_number,message -o tsv"), @r"
    offset␉line_number␉message
    3145728␉1␉after the hole
    3150776␉2␉and after another
    ── status 0
    ");
    // As a file that was cut short under a writer that does not append, and nothing but a hole.
    let hole = File::create(env.path("hole.log")).unwrap();
    hole.set_len(64 << 20).unwrap();
    assert_snapshot!(env.run("parse hole.log --strict --count"), @r"
    0
    ── status 0
    ");
    hole.write_all_at(record("x").as_bytes(), 64 << 20).unwrap();
    assert_snapshot!(env.run("parse hole.log --strict --columns offset,message -o tsv"), @r"
    offset␉message
    67108864␉x
    ── status 0
    ");
}

#[test]
fn a_byte_order_mark_is_filler_wherever_a_file_was_begun() {
    let env = TestEnv::empty();
    // As `cat` puts files together that were written elsewhere.
    let mark = "\u{feff}";
    let object = "{\"timestamp\": \"2026-11-23T03:09:54\", \"message\": \"z\"}\n";
    fs::write(env.path("audit.log"), [mark, &record("x"), mark, &record("y"), mark, object].concat()).unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns offset,line_number,message -o tsv"), @"
    offset␉line_number␉message
    3␉1␉x
    41␉2␉y
    79␉3␉z
    ── status 0
    ");
    assert_snapshot!(env.run("parse audit.log --search y --columns message -o tsv --no-header"), @"
    y
    ── status 0
    ");
}

#[test]
fn halves_of_characters() {
    let env = TestEnv::empty();
    // One that is cut by the end of its line, one by the end of the file, and one in a secret's name.
    let halves = [
        record("a\u{f1}").into_bytes(),
        b"2026-11-23 03:09:54 - \xf0\x9f - INFO - b\xe6\xbc\n".to_vec(),
        b"2026-11-23 03:09:54 - a - INFO - AUDIT: {\"event_type\": \"X\xf0\x9f\x98\"}\n".to_vec(),
        b"2026-11-23 03:09:54 - a - INFO - c\xc3".to_vec(),
    ];
    fs::write(env.path("audit.log"), halves.concat()).unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns offset,logger,message,event_type,decoded -o ndjson"), @r#"
    {"offset":0,"logger":"a","message":"añ","event_type":null,"decoded":"none"}
    {"offset":37,"logger":"�","message":"b�","event_type":null,"decoded":"none"}
    {"offset":75,"logger":"a","message":"AUDIT: {\"event_type\": \"X�\"}","event_type":"X�","decoded":"whole"}
    {"offset":138,"logger":"a","message":"c�","event_type":null,"decoded":"none"}
    ── status 0
    "#);
}

#[test]
fn a_line_without_an_end() {
    let env = TestEnv::empty();
    // No record of its own, for it begins no line.
    let long = "x".repeat(40 << 20) + record("and more").trim_end();
    fs::write(env.path("audit.log"), record("before") + &record(&long) + &record("after")).unwrap();
    let ran = env.run("parse audit.log --strict --columns offset,message -o ndjson");
    let lengths: Vec<(String, usize)> = ran
        .text()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|record| (record["offset"].to_string(), record["message"].as_str().unwrap().len()))
        .collect();
    let prefix = record("").len() - 1;
    let after = record("before").len() + record(&long).len();
    let expected = [("0", 6), ("40", (16 << 20) - prefix), (&*after.to_string(), 5)];
    assert_eq!(lengths, expected.map(|(offset, length)| (offset.to_owned(), length)));
    let warning = "warning: audit.log: a record at byte 40 is longer than 16 MiB; what goes beyond is left out\n";
    assert_eq!((ran.said(), ran.status), (warning, 0));
    // Where nothing of it is shown, nothing of it is missing.
    assert_snapshot!(env.run("parse audit.log --search after -o tsv --columns message"), @r"
    message
    after
    ── status 0
    ");
}

#[test]
fn a_last_line_that_is_torn() {
    let env = TestEnv::empty();
    // Whole but for its end; it may be the record of a writer that never came to it.
    fs::write(env.path("audit.log"), record("x") + record("torn").trim_end()).unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns message -o tsv"), @r"
    message
    x
    torn
    ── status 0
    ");
    fs::write(
        env.path("audit.log"),
        record("x")
            + "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: {\"event_type\": \"UPD",
    )
    .unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns message,event_type,decoded -o tsv"), @r#"
    message␉event_type␉decoded
    x␉␉none
    AUDIT: {"event_type": "UPD␉␉broken
    ── stderr
    records read: 2, matching: 2; lines that belong to no record: 0; broken objects: 1
    ── status 1
    "#);
    assert_snapshot!(env.run("parse audit.log --where 'decoded = broken' --columns line_number -o tsv"), @r"
    line_number
    2
    ── status 0
    ");
}

#[test]
fn a_last_line_that_is_the_beginning_of_a_stamp() {
    let env = TestEnv::empty();
    for torn in ["2", "2026-11-2", "2026-11-23 03:09:54 - a - INF"] {
        fs::write(env.path("audit.log"), record("x") + "  and more\n" + torn).unwrap();
        let ran = env.run("parse audit.log --strict --columns message -o ndjson");
        assert_eq!((ran.text(), ran.status), ("{\"message\":\"x\\n  and more\"}\n", 1), "{torn}");
        let account = "records read: 1, matching: 1; lines that belong to no record: 1; broken objects: 0\n";
        assert_eq!(ran.said(), account, "{torn}");
    }
}

#[test]
fn a_record_that_goes_on_in_the_next_file() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    // Between two lines with a line break more, in the middle of a line, in a whole file, and in the middle of a stamp.
    let next = record("next");
    let (half, rest) = next.split_at(9);
    fs::write(env.path("logs/a.log.4"), record("trace") + "Traceback:\n").unwrap();
    fs::write(env.path("logs/a.log.3"), "\n\n  File x\n  li").unwrap();
    fs::write(env.path("logs/a.log.2"), "ne 7\n  f()\n").unwrap();
    fs::write(env.path("logs/a.log.1"), "ValueError\n".to_owned() + half).unwrap();
    fs::write(env.path("logs/a.log"), rest.to_owned() + &record("last")).unwrap();
    assert_snapshot!(env.run("parse logs --strict --columns file,line_number,offset,message -o tsv"), @r"
    file␉line_number␉offset␉message
    logs/a.log.4␉1␉0␉trace\nTraceback:\n  File x\n  line 7\n  f()\nValueError
    logs/a.log.1␉2␉11␉next
    logs/a.log␉2␉29␉last
    ── status 0
    ");
    // Where a file between them is missing, nothing is put together that was not.
    assert_snapshot!(env.run("parse logs/a.log.4 logs/a.log.2 logs/a.log --strict --columns file,message -o tsv"), @r"
    file␉message
    logs/a.log.4␉trace\nTraceback:
    logs/a.log␉last
    ── stderr
    warning: logs/a.log.2: no line begins a record; that is one such as '2026-11-23 03:09:54 - LOGGER - LEVEL - MESSAGE', or a JSON object
    records read: 2, matching: 2; lines that belong to no record: 3; broken objects: 0
    ── status 1
    ");
}

#[test]
fn junk_without_an_end_is_one_line() {
    let env = TestEnv::empty();
    fs::write(env.path("audit.log"), "x".repeat(40 << 20) + "\n" + &record("after")).unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns line_number,message -o tsv"), @r"
    line_number␉message
    2␉after
    ── stderr
    records read: 1, matching: 1; lines that belong to no record: 1; broken objects: 0
    ── status 1
    ");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn nuls_behind_gzip_are_filler() {
    let env = TestEnv::empty();
    // As a tape or an archive leaves them; gzip itself passes over them.
    let padded = [gzip(&record("x")), vec![0; 10_240], gzip(&record("y")), vec![0; 512]].concat();
    fs::write(env.path("audit.log.1.gz"), padded).unwrap();
    assert_snapshot!(env.run("parse audit.log.1.gz --strict --columns message -o tsv"), @r"
    message
    x
    y
    ── status 0
    ");
}

#[test]
fn packed_files_that_are_damaged() {
    let env = TestEnv::empty();
    let mut damaged = gzip(&numbered(3..6));
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    fs::write(env.path("a.log.3.gz"), [gzip(&numbered(0..3)), damaged, gzip(&numbered(6..9))].concat()).unwrap();
    let whole = zstd::encode_all(numbered(9..2000).as_bytes(), 1).unwrap();
    fs::write(env.path("a.log.2.zst"), &whole[..20]).unwrap();
    fs::write(env.path("a.log.1.gz"), b"").unwrap();
    fs::write(env.path("a.log"), record("the log itself")).unwrap();
    // The others are read all the same.
    assert_snapshot!(env.run("parse . --strict --columns file,message -o tsv"), @r"
    file␉message
    ./a.log.3.gz␉line 00000000 
    ./a.log.3.gz␉line 00000001 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    ./a.log.3.gz␉line 00000002 xxxxxxxxxxxxxxxxxxxxxxxxxxx
    ./a.log.3.gz␉line 00000003 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    ./a.log.3.gz␉line 00000004 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    ./a.log.3.gz␉line 00000005 xxxxxxxxxxxxxxxxxxx
    ./a.log␉the log itself
    ── stderr
    auditctl: error: cannot read ./a.log.3.gz: its gzip data is corrupt; what came before is shown
    auditctl: error: cannot read ./a.log.2.zst: its zstd data ends too early; what came before is shown
    ── status 3
    ");
}

#[test]
fn pipes_are_read_and_not_followed() {
    let env = TestEnv::empty();
    let pipe = env.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = env.command(["parse", "pipe", "--columns", "message", "-o", "tsv", "--no-header"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut writer = File::options().write(true).open(&pipe).unwrap();
    writer.write_all(numbered(0..3).as_bytes()).unwrap();
    // The third may go on in what comes.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.by_ref().take(2).count(), 2);
    drop(writer);
    assert_eq!(lines.count(), 1);
    assert!(child.wait().unwrap().success());
    assert_snapshot!(env.run("parse pipe --follow"), @r"
    ── stderr
    auditctl: error: cannot read pipe: it is no regular file and can't be followed
    auditctl: error: there is no log to follow
    ── status 3
    ");
    // In a folder it is no log, whatever its name.
    fs::rename(&pipe, env.path("pipe.log")).unwrap();
    assert_snapshot!(env.run("parse ."), @r"
    ── stderr
    auditctl: error: there are no log files in .
    ── status 3
    ");
}

#[test]
fn what_may_not_be_read() {
    let env = TestEnv::empty();
    fs::set_permissions(env.root(), Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(env.path("closed")).unwrap();
    for file in ["secret.log", "open.log", "closed/a.log"] {
        fs::write(env.path(file), record("x")).unwrap();
    }
    fs::set_permissions(env.path("secret.log"), Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(env.path("closed"), Permissions::from_mode(0o000)).unwrap();
    let as_nobody = |words: &[&str]| {
        // A copy, for where the program lies not everybody may go.
        let program = env.root().join("auditctl");
        if !program.exists() {
            fs::copy(env!("CARGO_BIN_EXE_auditctl"), &program).unwrap();
        }
        let mut command = Command::new(program);
        env.prepare(&mut command);
        command.args(words);
        if rustix::process::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        env.output(command)
    };
    assert_snapshot!(as_nobody(&["parse", "secret.log", "open.log", "--count"]), @r"
    1
    ── stderr
    auditctl: error: cannot read secret.log: Permission denied (os error 13)
    ── status 3
    ");
    assert_snapshot!(as_nobody(&["parse", "closed"]), @r"
    ── stderr
    auditctl: error: cannot read closed: Permission denied (os error 13)
    ── status 3
    ");
    fs::set_permissions(env.path("closed"), Permissions::from_mode(0o700)).unwrap();
    assert_snapshot!(env.run("parse gone.log"), @r"
    ── stderr
    auditctl: error: cannot read gone.log: No such file or directory (os error 2)
    ── status 3
    ");
    assert_snapshot!(env.run("parse gone.log open.log gone-as-well.log --columns message -o tsv"), @r"
    message
    x
    ── stderr
    auditctl: error: cannot read gone.log: No such file or directory (os error 2)
    auditctl: error: cannot read gone-as-well.log: No such file or directory (os error 2)
    ── status 3
    ");
    assert_snapshot!(as_nobody(&["parse", "secret.log", "gone.log"]), @r"
    ── stderr
    auditctl: error: cannot read secret.log: Permission denied (os error 13)
    auditctl: error: cannot read gone.log: No such file or directory (os error 2)
    ── status 3
    ");
    assert_snapshot!(env.run("parse --follow gone.log"), @r"
    ── stderr
    auditctl: error: cannot read gone.log: No such file or directory (os error 2)
    hint: a log that is yet to come is waited for where its folder is followed
    ── status 3
    ");
}

#[test]
fn bombs_of_brackets() {
    let env = TestEnv::empty();
    let deep = 1_000_000;
    let bombs = [
        record(&format!("AUDIT: {}", "{\"a\":".repeat(deep))),
        record(&format!("AUDIT: {{\"event_type\": \"X\", \"a\": {}{}}}", "[".repeat(deep), "]".repeat(deep))),
        "{\"timestamp\": [".repeat(deep / 2) + "\n",
        record(&format!("AUDIT: {{\"event_type\": \"Y\", \"a\": {}{}}}", "[".repeat(900), "]".repeat(900))),
    ];
    fs::write(env.path("audit.log"), bombs.concat()).unwrap();
    assert_snapshot!(env.run("parse audit.log --strict --columns line_number,event_type,decoded -o tsv"), @r"
    line_number␉event_type␉decoded
    1␉␉broken
    2␉␉broken
    4␉Y␉whole
    ── stderr
    records read: 3, matching: 3; lines that belong to no record: 0; broken objects: 2
    ── status 1
    ");
    for line in [
        "parse audit.log -o json",
        "parse audit.log",
        "parse audit.log --by a.0.0",
        "parse audit.log --where 'a.0.0.0 = 1' -o ndjson",
    ] {
        let ran = env.run(line);
        assert_eq!((ran.status, ran.said()), (0, ""), "{line}");
    }
}

#[test]
fn nothing_in_a_log_drives_the_terminal() {
    let env = TestEnv::empty();
    let hostile = "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r\u{8}\0end";
    let object = r#"{"event_type": "\u001b[2J", "k\u001b]0;x\u0007": "\u202e"}"#;
    let log = record(&format!("{hostile}\n{hostile}"))
        + &record(&format!("AUDIT: {object}"))
        + &format!("2026-11-23 03:09:54 - {hostile} - INFO - x\n");
    fs::create_dir(env.path("\u{1b}[31m")).unwrap();
    let name = "\u{1b}[31m/a.log";
    fs::write(env.path(name), log).unwrap();
    for line in
        ["--columns logger,message,event_type,file", "-o json", "--by event_type,logger -o csv", "-o tsv --strict"]
    {
        for follows in [format!("parse '{name}' {line}"), format!("parse '{name}' gone {line}")] {
            let ran = env.run_on_terminal(200, &follows);
            // What the program colours itself is taken out first.
            let shown = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
            let own = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[1;31m", "\u{1b}[1m\u{1b}[31m"];
            let rest = own.iter().fold(shown, |text, code| text.replace(code, ""));
            let driving =
                rest.chars().find(|c| (c.is_control() && !matches!(c, '\n' | '\t' | '\r')) || *c == '\u{202e}');
            assert_eq!(driving, None, "{follows}: {rest:?}");
        }
    }
}
