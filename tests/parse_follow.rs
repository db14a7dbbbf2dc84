//! `parse --follow` beside writers and rotations of every kind: each record is shown once, whole, in its writer's order.
//!
//! `AUDITCTL_TEST_ROTATIONS` sets how often the log is rotated under it, 20 by default.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use common::logs::intent;
use common::{TestEnv, cutting, machine, python};

/// The message of the record that ends a story.
const END: &str = "this is the end";

fn record(message: &str) -> String {
    format!("2026-11-23 03:09:54 - a - INFO - {message}\n")
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A follower, and the messages that it shows.
struct Following {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Following {
    fn start(env: &TestEnv, files: &[PathBuf]) -> Self {
        let mut command = env.command(["parse", "--follow", "--columns", "message", "-o", "ndjson"]);
        let mut child = command.args(files).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Following { child, lines }
    }

    /// The next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    /// Holds it where it is, until it is resumed.
    fn stop(&self) {
        kill_process(self.id(), Signal::STOP).unwrap();
        waitpid(Some(self.id()), WaitOptions::UNTRACED).unwrap();
    }

    fn resume(&self) {
        kill_process(self.id(), Signal::CONT).unwrap();
    }

    fn id(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    /// The next message.
    fn next(&mut self) -> String {
        let record: serde_json::Value = serde_json::from_str(&self.line()).unwrap();
        record["message"].as_str().unwrap().to_owned()
    }

    /// All messages up to the end of the story.
    fn until_the_end(&mut self) -> Vec<String> {
        std::iter::from_fn(|| Some(self.next()).filter(|message| message != END)).collect()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("line {n}, {}", "x".repeat(n * 7919 % 97))).collect()
}

fn text(messages: &[String]) -> String {
    messages.iter().map(|message| record(message)).collect()
}

#[test]
fn what_is_there_and_what_comes() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &(text(&numbered(0..3)) + "2026-11-23 03:09:54 - a - INFO - torn"));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!([following.next(), following.next(), following.next()].to_vec(), numbered(0..3));
    // A torn line is a record when its writer has ended it; further lines that come with it belong to it.
    append(&log, " no more\n  and a second line\n");
    append(&log, &record("next"));
    assert_eq!((following.next().as_str(), following.next().as_str()), ("torn no more\n  and a second line", "next"));
    // One that nothing follows is shown all the same, and so is what comes late.
    append(&log, &record("last"));
    assert_eq!(following.next(), "last");
    append(&log, "Traceback\n  more of it\n");
    assert_eq!(following.next(), "Traceback\n  more of it");
    append(&log, &record("next"));
    assert_eq!(following.next(), "next");
    append(&log, &("late\n".to_owned() + &record("one") + &record("two")));
    assert_eq!([following.next(), following.next(), following.next()], ["late", "one", "two"]);
}

#[test]
fn what_was_read_is_counted_at_the_end() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &("junk\n".to_owned() + &record("AUDIT: {") + &record("there")));
    let mut command = env.command(["parse", "--follow", "-v", "--columns", "message", "-o", "ndjson", "audit.log"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let mut following = Following { child, lines };
    assert_eq!((following.next().as_str(), following.next().as_str()), ("AUDIT: {", "there"));
    append(&log, &record("later"));
    assert_eq!(following.next(), "later");
    kill_process(following.id(), Signal::INT).unwrap();
    let mut said = String::new();
    following.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let account = "records read: 3, matching: 3; lines that belong to no record: 1; broken objects: 1";
    assert_eq!(said.lines().filter(|line| !line.starts_with("note:")).collect::<Vec<_>>(), [account]);
    assert_eq!(following.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_last_of_what_is_there_and_what_comes() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let (log, other) = (env.path("logs/a.log"), env.path("logs/b.log"));
    let at = |hour: usize, message: &str| format!("2026-11-23 {hour:02}:09:54 - a - INFO - {message}\n");
    append(&env.path("logs/a.log.1"), &(1..9).map(|hour| at(hour, &format!("{hour}"))).collect::<String>());
    append(&log, &[at(9, "nine"), at(12, "twelve"), at(14, "fourteen")].concat());
    append(&other, &[at(10, "ten"), at(11, "no"), at(13, "thirteen")].concat());
    let arguments = ["--where", "message != no", "--limit"].map(PathBuf::from);
    let lasting = |limit: &str, files: [PathBuf; 1]| -> Vec<PathBuf> {
        arguments.iter().cloned().chain([limit.into()]).chain(files).collect()
    };
    // Of what was written long enough ago to be whole.
    sleep(Duration::from_millis(200));
    let mut following = Following::start(&env, &lasting("4", [env.path("logs")]));
    let mut of_one = Following::start(&env, &lasting("2", [log.clone()]));
    let mut of_none = Following::start(&env, &lasting("0", [other.clone()]));
    assert_eq!((0..4).map(|_| following.next()).collect::<Vec<_>>(), ["ten", "twelve", "thirteen", "fourteen"]);
    assert_eq!([of_one.next(), of_one.next()], ["twelve", "fourteen"]);
    append(&log, &[at(15, "new"), at(16, "no"), at(17, "newer"), at(18, "newest")].concat());
    for following in [&mut following, &mut of_one] {
        assert_eq!([following.next(), following.next(), following.next()], ["new", "newer", "newest"]);
    }
    append(&other, &at(19, "later"));
    assert_eq!([following.next(), of_none.next()], ["later", "later"]);
}

#[test]
fn a_record_goes_on_that_was_there() {
    let env = TestEnv::empty();
    let (old, log) = (env.path("audit.log.1"), env.path("audit.log"));
    assert!(Command::new("mkfifo").arg(&old).status().unwrap().success());
    append(&log, &(record("first") + &record("failed") + "Traceback (most recent call last):\n  File \"x"));
    let mut command = env.command(["parse", "--follow", "--columns", "message,line_number,offset", "-o", "ndjson"]);
    let mut child = command.args([&old, &log]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let mut following = Following { child, lines };
    // Once the backup is opened, it is settled where the reading of the log will end.
    let mut backup = OpenOptions::new().write(true).open(&old).unwrap();
    append(&log, &(".py\", line 3\n".to_owned() + &record("next") + "\n" + &record("last")));
    backup.write_all(record("old").as_bytes()).unwrap();
    drop(backup);
    let shown: String = (0..5).map(|_| following.line()).collect();
    insta::assert_snapshot!(shown, @r#"
    {"message":"old","line_number":1,"offset":0}
    {"message":"first","line_number":1,"offset":0}
    {"message":"failed\nTraceback (most recent call last):\n  File \"x.py\", line 3","line_number":2,"offset":39}
    {"message":"next\n","line_number":5,"offset":136}
    {"message":"last","line_number":7,"offset":175}
    "#);
}

#[test]
fn a_line_that_is_torn_where_a_copy_ends() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &text(&numbered(0..2)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!([following.next(), following.next()].to_vec(), numbered(0..2));
    for round in 0..4 {
        // Whether the follower has read the half line by then, from the log, or only finds it in the copy.
        if round % 2 == 0 {
            following.stop();
        }
        append(&log, &(record("before") + "2026-11-23 03:09:54 - a - INFO - torn"));
        if round % 2 == 1 {
            assert_eq!(following.next(), "before");
            following.stop();
        }
        fs::copy(&log, env.path("audit.log.1")).unwrap();
        File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
        // The writer ends its line, or what it wrote of it came between the copy and the cut.
        let rest = if round < 2 { " no more\n" } else { "" };
        append(&log, &(rest.to_owned() + &record("after")));
        following.resume();
        if round % 2 == 0 {
            assert_eq!(following.next(), "before");
        }
        assert_eq!(following.next(), format!("torn{}", rest.trim_end()));
        assert_eq!(following.next(), "after");
    }
}

#[test]
fn renamed_and_begun_anew() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &text(&numbered(0..10)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!(following.next(), numbered(0..1)[0]);
    for round in 1..20 {
        // More than one rotation may pass before anybody looks.
        for number in (1..round).rev() {
            let name = |n: usize| env.path(format!("audit.log.{n}"));
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        let mut old = OpenOptions::new().append(true).open(&log).unwrap();
        fs::rename(&log, env.path("audit.log.1")).unwrap();
        // The writer goes on with the file that it has open, and for a moment there is none of the name.
        let messages = numbered(round * 10..round * 10 + 10);
        old.write_all(text(&messages[..4]).as_bytes()).unwrap();
        if round % 3 == 0 {
            sleep(Duration::from_millis(5));
        }
        append(&log, &text(&messages[4..]));
    }
    append(&log, &record(END));
    assert_eq!(following.until_the_end(), numbered(1..200));
}

/// Whoever does not notice a rename goes on in a file that was the log long ago.
#[test]
fn renamed_under_a_writer_that_goes_on() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &record("first"));
    let mut writer = OpenOptions::new().append(true).open(&log).unwrap();
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!(following.next(), "first");
    for round in 1..12 {
        for number in (0..round).rev() {
            let name = |n: usize| if n == 0 { log.clone() } else { env.path(format!("audit.log.{n}")) };
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        File::create(&log).unwrap();
        let messages = numbered(round * 10..round * 10 + 10);
        writer.write_all(text(&messages).as_bytes()).unwrap();
        for message in messages {
            assert_eq!(following.next(), message, "round {round}");
        }
    }
}

#[test]
fn copied_and_emptied() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &text(&numbered(0..50)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!(following.next(), numbered(0..1)[0]);
    for round in 1..30 {
        for number in (1..round).rev() {
            let name = |n: usize| env.path(format!("audit.log.{n}"));
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        fs::copy(&log, env.path("audit.log.1")).unwrap();
        File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
        append(&log, &text(&numbered(round * 50..round * 50 + 50)));
        if round % 2 == 0 {
            sleep(Duration::from_millis(round as u64));
        }
    }
    append(&log, &record(END));
    assert_eq!(following.until_the_end(), numbered(1..1500));
}

#[test]
fn a_log_that_is_cut_without_a_backup_is_read_from_its_beginning() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &text(&numbered(0..5)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    (0..5).for_each(|_| drop(following.next()));
    fs::write(&log, text(&numbered(7..9))).unwrap();
    assert_eq!([following.next(), following.next()].to_vec(), numbered(7..9));
}

#[test]
fn several_logs_of_a_folder() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let (a, b) = (env.path("logs/a.log"), env.path("logs/b.log"));
    append(&env.path("logs/a.log.1"), &record("old"));
    append(&a, &record("a"));
    append(&b, &record("b"));
    let mut following = Following::start(&env, &[env.path("logs")]);
    assert_eq!((0..3).map(|_| following.next()).collect::<Vec<_>>(), ["old", "a", "b"]);
    append(&b, &record("b2"));
    assert_eq!(following.next(), "b2");
    append(&a, &record("a2"));
    assert_eq!(following.next(), "a2");
}

/// What is told apart by the newest backup that was known, however the log was named.
#[test]
fn a_log_that_was_named_alone_and_without_its_folder() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&env.path("audit.log.1"), &text(&numbered(50..55)));
    append(&log, "");
    append(&env.path("other.log"), &record("ready"));
    let mut following = Following::start(&env, &["audit.log".into(), "other.log".into()]);
    assert_eq!(following.next(), "ready");
    following.stop();
    append(&log, &text(&numbered(0..2)));
    fs::rename(env.path("audit.log.1"), env.path("audit.log.2")).unwrap();
    fs::copy(&log, env.path("audit.log.1")).unwrap();
    fs::write(&log, "").unwrap();
    append(&log, &text(&numbered(2..4)));
    following.resume();
    assert_eq!((0..4).map(|_| following.next()).collect::<Vec<_>>(), numbered(0..4));
    // Once more, now that something was read.
    fs::rename(env.path("audit.log.1"), env.path("audit.log.3")).unwrap();
    fs::copy(&log, env.path("audit.log.1")).unwrap();
    fs::write(&log, "").unwrap();
    append(&log, &text(&numbered(4..6)));
    assert_eq!([following.next(), following.next()].to_vec(), numbered(4..6));
}

#[test]
fn more_logs_than_a_process_may_have_open() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let log = |number: usize| env.path(format!("logs/{number:03}.log"));
    (0..250).for_each(|number| append(&log(number), &record(&number.to_string())));
    let mut command = Command::new("sh");
    env.prepare(&mut command);
    command.args(["-c", "ulimit -Sn 60 && exec \"$0\" parse --follow --limit 240 --columns message -o ndjson logs"]);
    // What was written a moment ago comes when it is known to be whole.
    sleep(Duration::from_millis(200));
    let mut child = command.arg(env!("CARGO_BIN_EXE_auditctl")).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let mut following = Following { child, lines };
    for number in 10..250 {
        assert_eq!(following.next(), number.to_string());
    }
    for number in [249, 0, 201] {
        append(&log(number), &record("more"));
        assert_eq!(following.next(), "more");
    }
}

#[test]
fn logs_that_appear_in_a_folder() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let (a, b, c) = (env.path("logs/a.log"), env.path("logs/b.log"), env.path("logs/c.log"));
    // Of one log there is only a backup yet.
    append(&env.path("logs/a.log.1"), &record("old"));
    append(&b, &record("b"));
    let mut following = Following::start(&env, &[env.path("logs")]);
    assert_eq!([following.next(), following.next()], ["old", "b"]);
    append(&a, &record("a"));
    assert_eq!(following.next(), "a");
    // Renamed into its place, and rotated before anybody may have looked.
    append(&env.path("other"), &text(&numbered(0..3)));
    fs::rename(env.path("other"), &c).unwrap();
    fs::rename(&c, env.path("logs/c.log.1")).unwrap();
    append(&c, &text(&numbered(3..6)));
    assert_eq!((0..6).map(|_| following.next()).collect::<Vec<_>>(), numbered(0..6));
    for (log, message) in [(&b, "b2"), (&c, "c2"), (&a, "a2")] {
        append(log, &record(message));
        assert_eq!(following.next(), message);
    }
}

#[test]
fn a_folder_without_logs() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let mut command = env.command(["parse", "--follow", "--columns", "message", "-o", "ndjson", "logs"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "there are no log files yet; they are shown when they come\n");
    let lines = BufReader::new(child.stdout.take().unwrap());
    let mut following = Following { child, lines };
    append(&env.path("logs/notes.txt"), &record("not this"));
    append(&env.path("logs/a.log"), &record("this"));
    assert_eq!(following.next(), "this");
}

#[test]
fn beside_pythons_own_rotating_handler() {
    let Some(python) = python::importing("logging.handlers") else { return };
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    File::create(&log).unwrap();
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    let script = "
import logging, logging.handlers, sys
handler = logging.handlers.RotatingFileHandler(sys.argv[1], maxBytes=20000, backupCount=1000, encoding='utf-8')
handler.setFormatter(logging.Formatter('%(asctime)s - %(name)s - %(levelname)s - %(message)s', '%Y-%m-%d %H:%M:%S'))
logger = logging.getLogger('a'); logger.addHandler(handler); logger.setLevel(1)
for n in range(20000):
    logger.info('line %d%s', n, '\\n  and more' * (n % 3))
logger.info(sys.argv[2])
";
    let status = Command::new(python).args(["-c", script]).arg(&log).arg(END).status().unwrap();
    assert!(status.success());
    let expected: Vec<String> = (0..20000).map(|n| format!("line {n}{}", "\n  and more".repeat(n % 3))).collect();
    let shown = following.until_the_end();
    let differs = shown.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!((shown.len(), differs), (expected.len(), None));
}

#[test]
fn beside_auditctls_own_rotation() {
    let (Some(python), Some(folder)) = (python::importing("logging.handlers"), cutting::folder()) else { return };
    let rotations = machine::variable("AUDITCTL_TEST_ROTATIONS").map_or(20, |n| n.parse().unwrap());
    let env = TestEnv::empty();
    let log = folder.path().join("audit.log");
    File::create(&log).unwrap();
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    let (stop, script) =
        (folder.path().join("stop"), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracles/log_writer.py"));
    let writers: Vec<(String, Child)> = (0..3)
        .map(|number| {
            let name = format!("writer{number}");
            let mut command = Command::new(&python);
            command.arg(script).arg(&log).args(["file", &name]).arg(&stop).stdout(Stdio::piped());
            (name, command.spawn().unwrap())
        })
        .collect();
    let story = std::thread::spawn(move || {
        for round in 0..rotations {
            // Large and small: what a rotation leaves of a small log are line breaks alone.
            while fs::metadata(&log).unwrap().len() < [50_000, 5_000, 1][round % 3] {
                sleep(Duration::from_millis(2));
            }
            let mut rotate = env.command(["rotate", "--force", "--keep", "9999"]);
            let output = rotate.arg(&log).output().unwrap();
            assert!(output.status.success(), "rotation {round}: {}", String::from_utf8_lossy(&output.stderr));
        }
        fs::write(&stop, "").unwrap();
        let counts = writers.into_iter().map(|(name, child)| {
            let output = child.wait_with_output().unwrap();
            (name, String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
        });
        let counts: BTreeMap<String, usize> = counts.collect();
        append(&log, &record(END));
        (counts, env)
    });
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    for message in following.until_the_end() {
        let name = message.split(' ').next().unwrap().to_owned();
        let number = next.entry(name.clone()).or_default();
        let more = match *number % 97 {
            0 => format!("\n  a second line of {name} {number}\n  the end of {name} {number}"),
            _ => String::new(),
        };
        let filler = "ñ".repeat(*number * 7919 % 211);
        assert_eq!(message, format!("{name} {number} {filler}.{more}"));
        *number += 1;
    }
    let (wrote, _env) = story.join().unwrap();
    assert_eq!(next, wrote);
}

/// What is read while a log is copied is in the log behind the cut, and little stands before it there.
#[test]
fn a_log_that_is_written_slowly_while_it_is_rotated() {
    let Some(folder) = cutting::folder() else { return };
    let env = TestEnv::empty();
    let log = folder.path().join("audit.log");
    append(&log, &text(&numbered(0..100)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!(following.next(), numbered(0..1)[0]);
    let path = log.clone();
    let writer = std::thread::spawn(move || {
        for number in 100..900 {
            append(&path, &text(&numbered(number..number + 1)));
            sleep(Duration::from_millis(2));
        }
        append(&path, &record(END));
    });
    let rotation = std::thread::spawn(move || {
        while !writer.is_finished() {
            let output = env.command(["rotate", "--force", "--keep", "9999"]).arg(&log).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            sleep(Duration::from_millis(30));
        }
        writer.join().unwrap();
        env
    });
    let (shown, expected) = (following.until_the_end(), numbered(1..900));
    let differs =
        shown.iter().zip(&expected).position(|(a, b)| a != b).map(|at| (at, &shown[at..shown.len().min(at + 40)]));
    assert_eq!((shown.len(), differs), (expected.len(), None));
    rotation.join().unwrap();
}

/// Leaves the log as a cut of this many bytes leaves it that was interrupted in the kernel: all behind it has moved, and
/// the file is as long as before.
fn interrupt_the_cut(log: &Path, length: u64) {
    let text = fs::read(log).unwrap();
    let (file, cut) = (File::options().write(true).open(log).unwrap(), length / 4096 * 4096);
    let intent = intent(length, cut, file.metadata().unwrap().ino(), &text);
    fs::write(log.with_file_name(".audit.log.rotating"), intent.text().unwrap()).unwrap();
    fs::write(log.with_file_name("audit.log.1"), &text[..usize::try_from(length).unwrap()]).unwrap();
    file.write_all_at(&vec![b'\n'; usize::try_from(length - cut).unwrap()], cut).unwrap();
    fallocate(&file, FallocateFlags::COLLAPSE_RANGE, 0, cut).unwrap();
    file.set_len(text.len() as u64).unwrap();
}

/// What the next run does with such a log, a while later: what was read in it by then is not shown again.
#[test]
fn a_hole_that_is_taken_out_after_it_was_read() {
    let Some(folder) = cutting::folder() else { return };
    let env = TestEnv::empty();
    let mut stories = Vec::new();
    for (at, (rest, behind)) in [0, 1, 40].into_iter().flat_map(|rest| [0, 1, 3, 200].map(|n| (rest, n))).enumerate() {
        for force in ["--max-size=1TiB", "--force"] {
            let place = folder.path().join(format!("{at}{force}"));
            fs::create_dir(&place).unwrap();
            fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
            let log = place.join("audit.log");
            append(&log, &text(&numbered(0..300)));
            let length = fs::metadata(&log).unwrap().len();
            let mut following = Following::start(&env, std::slice::from_ref(&log));
            assert_eq!((0..300).map(|_| following.next()).collect::<Vec<_>>(), numbered(0..300));
            append(&log, &text(&numbered(300..300 + rest)));
            (0..rest).for_each(|_| drop(following.next()));
            interrupt_the_cut(&log, length);
            stories.push((log, following, 300 + rest, behind, force));
        }
    }
    // So long a rotation that is under way is waited for.
    sleep(Duration::from_secs(4));
    for (log, following, next, behind, _) in &mut stories {
        append(log, &text(&numbered(*next..*next + *behind)));
        let shown: Vec<String> = (0..*behind).map(|_| following.next()).collect();
        assert_eq!(shown, numbered(*next..*next + *behind), "{}", log.display());
    }
    for (log, mut following, next, behind, force) in stories {
        let output = env.command(["rotate", "-q", "--keep", "9", force]).arg(&log).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let next = next + behind;
        append(&log, &(text(&numbered(next..next + 2)) + &record(END)));
        assert_eq!(following.until_the_end(), numbered(next..next + 2), "{}, {behind} behind the hole", log.display());
    }
}

#[test]
fn beside_handlers_that_notice_a_rename() {
    let Some(python) = python::importing("logging.handlers") else { return };
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &record("the beginning"));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!(following.next(), "the beginning");
    let script = "
import logging, logging.handlers, sys
handler = logging.handlers.WatchedFileHandler(sys.argv[1], encoding='utf-8')
handler.setFormatter(logging.Formatter('%(asctime)s - %(name)s - %(levelname)s - %(message)s', '%Y-%m-%d %H:%M:%S'))
logger = logging.getLogger('a'); logger.addHandler(handler); logger.setLevel(1)
for n in range(15000):
    logger.info('%s %d%s', sys.argv[2], n, '\\n  and more' * (n % 3))
";
    // Two processes: for a moment one writes to the new file and the other to the old one.
    let names = ["one", "two"];
    let mut writers: Vec<Child> = names
        .iter()
        .map(|name| Command::new(&python).args(["-c", script]).arg(&log).arg(name).spawn().unwrap())
        .collect();
    let mut rotations = 0;
    while writers.iter_mut().any(|writer| writer.try_wait().unwrap().is_none()) {
        if log.exists() {
            for number in (1..=rotations).rev() {
                let name = |n: usize| env.path(format!("audit.log.{n}"));
                fs::rename(name(number), name(number + 1)).unwrap();
            }
            fs::rename(&log, env.path("audit.log.1")).unwrap();
            rotations += 1;
        }
        sleep(Duration::from_millis(40));
    }
    assert!(writers.iter_mut().all(|writer| writer.wait().unwrap().success()) && rotations > 1);
    append(&log, &record(END));
    let mut shown = following.until_the_end();
    // What came to the old file last may be shown after what came to the new one first.
    shown.sort_by_key(|message| message.split(' ').next().unwrap().to_owned());
    let expected: Vec<String> = names
        .iter()
        .flat_map(|name| (0..15000).map(move |n| format!("{name} {n}{}", "\n  and more".repeat(n % 3))))
        .collect();
    let differs = shown.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!((shown.len(), differs), (expected.len(), None));
}

#[test]
fn copied_emptied_and_packed() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &text(&numbered(0..3)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    (0..3).for_each(|_| drop(following.next()));
    for round in 1..8 {
        // What is not read yet is in a packed file only when the log is empty.
        let lines = numbered(round * 50..round * 50 + 50);
        append(&log, &text(&lines[..40]));
        let copy = fs::read(&log).unwrap();
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&copy).unwrap();
        let packed = packer.finish().unwrap();
        for number in (1..round).rev() {
            let name = |n: usize| env.path(format!("audit.log.{n}.gz"));
            fs::rename(name(number), name(number + 1)).unwrap();
        }
        fs::write(env.path("audit.log.1.gz"), packed).unwrap();
        File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
        append(&log, &text(&lines[40..]));
        sleep(Duration::from_millis(30 * (round as u64 % 3)));
    }
    append(&log, &record(END));
    assert_eq!(following.until_the_end(), numbered(50..400));
}

#[test]
fn removed_and_made_again() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &text(&numbered(0..2)));
    let mut following = Following::start(&env, std::slice::from_ref(&log));
    assert_eq!([following.next(), following.next()].to_vec(), numbered(0..2));
    for round in 1..5 {
        let mut old = OpenOptions::new().append(true).open(&log).unwrap();
        fs::remove_file(&log).unwrap();
        old.write_all(text(&numbered(round * 10..round * 10 + 3)).as_bytes()).unwrap();
        sleep(Duration::from_millis(20));
        append(&log, &text(&numbered(round * 10 + 3..round * 10 + 10)));
        let shown: Vec<String> = (0..10).map(|_| following.next()).collect();
        assert_eq!(shown, numbered(round * 10..round * 10 + 10));
    }
}

#[test]
fn it_ends_quietly_when_it_is_told_to_or_nobody_reads_any_more() {
    let env = TestEnv::empty();
    let log = env.path("audit.log");
    append(&log, &record("x"));
    for signal in [Some(Signal::INT), Some(Signal::TERM), None] {
        let mut command = env.command(["parse", "-f", "audit.log", "--columns", "message", "-o", "tsv", "--no-header"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        match signal {
            Some(signal) => kill_process(id, signal).unwrap(),
            None => drop(lines),
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((first.as_str(), said.as_str(), output.status.code()), ("x\n", "", Some(0)), "{signal:?}");
    }
}

#[test]
fn what_cannot_be_followed() {
    let env = TestEnv::empty();
    append(&env.path("audit.log"), &record("x"));
    for (line, said) in [
        ("parse -f audit.log -o json", "print JSON lines with -o ndjson"),
        ("parse -f -", "standard input can't be followed"),
        ("parse -f audit.log --count", "--count"),
    ] {
        let ran = env.run(line);
        assert_eq!(ran.status, 2, "{ran}");
        assert!(ran.said().contains(said), "{ran}");
    }
}
