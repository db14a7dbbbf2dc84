//! `auditctl rotate`: a command line, all that it prints, and the files as it leaves them.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use auditctl::logs::rotate::Intent;
use auditctl::logs::rotate::intent::{intent_name, part_name};
use common::env::narrow;
use common::{Missing, Ran, TestEnv, cutting, machine, skip};
use insta::assert_snapshot;
use rustix::fs::{FlockOperation, XattrFlags, getxattr, setxattr};

/// A world on a file system that the default method works on, with a folder of logs.
#[track_caller]
fn world() -> Option<TestEnv> {
    let env = TestEnv::within(cutting::folder()?);
    fs::create_dir(env.path("logs")).unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
    Some(env)
}

/// So many numbered lines.
fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|number| format!("{number:05}\n")).collect()
}

trait Logs {
    fn log(&self, name: &str) -> std::path::PathBuf;
    fn write(&self, name: &str, text: &str);
    fn read(&self, name: &str) -> String;
    fn names(&self) -> String;
    fn rotate(&self, words: &str) -> Ran;
}

impl Logs for TestEnv {
    fn log(&self, name: &str) -> std::path::PathBuf {
        self.path("logs").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.log(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.log(name)).unwrap()
    }

    /// The names in the folder of the logs, hidden ones too.
    fn names(&self) -> String {
        let mut names: Vec<String> = fs::read_dir(self.path("logs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.join(" ")
    }

    #[track_caller]
    fn rotate(&self, words: &str) -> Ran {
        self.run(&format!("rotate --log-dir logs {words}"))
    }
}

#[test]
fn what_is_over_its_limit_is_rotated() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    env.write("audit.log.1", "older\n");
    env.write("payments.log", &lines(0..100));
    env.write("nginx.log", &lines(0..2000));
    assert_snapshot!(narrow(&env.rotate("--max-size 10KiB")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  collapse  audit.log.1  -
    [ROOT]/work/logs/payments.log  600  kept  -  -  -
    ── status 0
    ");
    assert_eq!(env.names(), "audit.log audit.log.1 audit.log.2 nginx.log payments.log");
    assert_eq!(env.read("audit.log.2"), "older\n");
    assert_eq!(env.read("audit.log.1"), lines(0..2000));
    // What was not a whole block is blank now; readers pass over it.
    assert_eq!(env.read("audit.log"), "\n".repeat(12_000 % 4096));
    assert_snapshot!(narrow(&env.rotate("--max-size 10KiB")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  3808  kept  -  -  -
    [ROOT]/work/logs/payments.log  600  kept  -  -  -
    ── status 0
    ");
    // Rotated by force, it has nothing that could be rotated.
    assert_snapshot!(narrow(&env.rotate("--force audit.log")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  3808  kept  -  -  -
    ── status 0
    ");
    assert_eq!(env.names(), "audit.log audit.log.1 audit.log.2 nginx.log payments.log");
}

#[test]
fn a_dry_run_changes_nothing_in_any_format() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    for number in 1..=11 {
        env.write(&format!("audit.log.{number}"), "older\n");
    }
    env.write("donations.log", "");
    let before = env.state();
    assert_snapshot!(narrow(&env.rotate("--dry-run --max-size 10KiB")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  collapse  audit.log.1  audit.log.11, audit.log.10
    [ROOT]/work/logs/donations.log  0  kept  -  -  -
    ── stderr
    this is what a run would do; nothing was changed
    ── status 0
    ");
    assert_snapshot!(narrow(&env.rotate("--dry-run --max-size 10KiB -o json")), @r#"
    [
    {"file":"[ROOT]/work/logs/audit.log","size":12000,"action":"rotated","method":"collapse","backup":"[ROOT]/work/logs/audit.log.1","removed":["[ROOT]/work/logs/audit.log.11","[ROOT]/work/logs/audit.log.10"]},
    {"file":"[ROOT]/work/logs/donations.log","size":0,"action":"kept","method":null,"backup":null,"removed":[]}
    ]
    ── stderr
    this is what a run would do; nothing was changed
    ── status 0
    "#);
    assert_snapshot!(narrow(&env.rotate("--dry-run --max-size 10KiB -o ndjson -q")), @r#"
    {"file":"[ROOT]/work/logs/audit.log","size":12000,"action":"rotated","method":"collapse","backup":"[ROOT]/work/logs/audit.log.1","removed":["[ROOT]/work/logs/audit.log.11","[ROOT]/work/logs/audit.log.10"]}
    ── status 0
    "#);
    assert_snapshot!(narrow(&env.rotate("--dry-run --max-size 10KiB -o csv --columns file,action -q")), @"
    file,action␍
    [ROOT]/work/logs/audit.log,rotated␍
    ── status 0
    ");
    assert!(env.state() == before);
}

/// For each of these folders: the rows, the refusals and the exit code of a dry run are those of the run after it.
#[test]
fn a_dry_run_says_what_the_run_after_it_says() {
    let Some(env) = world() else { return };
    let many = lines(0..2000);
    let note = |method: &str, env: &TestEnv, copy: &str| {
        let part = fs::metadata(env.log(copy)).unwrap().ino();
        env.write(".audit.log.rotating", &format!("{{\"method\":\"{method}\",\"keep\":2,\"part\":{part}}}\n"));
    };
    type Arrange<'a> = Box<dyn Fn(&TestEnv) + 'a>;
    let remove = |name: &'static str| -> Arrange<'_> { Box::new(move |env| fs::remove_file(env.log(name)).unwrap()) };
    let write = |name: &'static str, text: &'static str| -> Arrange<'_> { Box::new(move |env| env.write(name, text)) };
    let arrangements: Vec<(&str, Arrange<'_>)> = vec![
        ("as it is", Box::new(|_| ())),
        ("it is empty", write("audit.log", "")),
        ("it has no complete line", write("audit.log", "half")),
        ("a backup is a folder", Box::new(|env| fs::create_dir(env.log("audit.log.3")).unwrap())),
        (
            "it is a link",
            Box::new(|env| {
                fs::rename(env.log("audit.log"), env.log("real")).unwrap();
                symlink("real", env.log("audit.log")).unwrap();
            }),
        ),
        ("it has two names", Box::new(|env| fs::hard_link(env.log("audit.log"), env.log("other")).unwrap())),
        ("it is gone", remove("audit.log")),
        (
            "the folder is open to others",
            Box::new(|env| {
                fs::set_permissions(env.path("logs"), Permissions::from_mode(0o777)).unwrap();
            }),
        ),
        (
            "the folder may not be changed",
            Box::new(|env| {
                if rustix::process::geteuid().is_root() {
                    chown(env.path("logs"), Some(4711), Some(4711)).unwrap();
                    chown(env.log("audit.log"), Some(4711), Some(4711)).unwrap();
                    fs::set_permissions(env.root(), Permissions::from_mode(0o755)).unwrap();
                }
                fs::set_permissions(env.path("logs"), Permissions::from_mode(0o555)).unwrap();
            }),
        ),
        (
            "the lock is held",
            Box::new(|env| {
                env.write(".audit.log.lock", &format!("{} 2026-11-23T21:30:00Z\n", std::process::id()));
                let lock = File::options().read(true).write(true).open(env.log(".audit.log.lock")).unwrap();
                rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
                // Held until the test ends.
                std::mem::forget(lock);
            }),
        ),
        ("the copy is somebody else's", write(".audit.log.part", "x\n")),
        ("the copy was hardly begun", write(".audit.log.part", "")),
        ("the intent is torn", write(".audit.log.rotating", "{")),
        ("died after the stamp", Box::new(interrupt)),
        (
            "died after the copy was named",
            Box::new(|env| {
                interrupt(env);
                fs::rename(env.log(".audit.log.part"), env.log("audit.log.1")).unwrap();
            }),
        ),
        (
            "died after the stamp, and the copy is gone",
            Box::new(|env| {
                interrupt(env);
                fs::remove_file(env.log(".audit.log.part")).unwrap();
                fs::remove_file(env.log("audit.log.1")).unwrap();
            }),
        ),
        (
            "died before the stamp",
            Box::new(|env| {
                interrupt(env);
                env.write("audit.log", &lines(0..2010));
            }),
        ),
        (
            "died, and the log is gone",
            Box::new(|env| {
                interrupt(env);
                fs::remove_file(env.log("audit.log")).unwrap();
            }),
        ),
        (
            "rename died between its steps",
            Box::new(|env| {
                env.write(".audit.log.part", "");
                note("rename", env, ".audit.log.part");
                fs::remove_file(env.log("audit.log")).unwrap();
            }),
        ),
        (
            "rename died before its steps",
            Box::new(|env| {
                env.write(".audit.log.part", "");
                note("rename", env, ".audit.log.part");
            }),
        ),
        (
            "copytruncate died while it copied",
            Box::new(|env| {
                env.write(".audit.log.part", &many[..500]);
                note("copytruncate", env, ".audit.log.part");
            }),
        ),
        (
            "copytruncate died while it copied, and the log is gone",
            Box::new(|env| {
                env.write(".audit.log.part", &many[..500]);
                note("copytruncate", env, ".audit.log.part");
                fs::remove_file(env.log("audit.log")).unwrap();
            }),
        ),
        (
            "copytruncate died before the cut",
            Box::new(|env| {
                env.write("audit.log.1", &many[..500]);
                note("copytruncate", env, "audit.log.1");
            }),
        ),
        (
            "copytruncate died after the cut",
            Box::new(|env| {
                env.write("audit.log.1", "before\n");
                note("copytruncate", env, "audit.log.1");
            }),
        ),
    ];
    let runs = [
        "--max-size 20KiB",
        "--max-size 2KiB",
        "--max-size 5KiB --keep 3",
        "--force --keep 0",
        "--max-size 20KiB --method rename",
        "--force --keep 2 --method rename",
        "--force --keep 2 --method copytruncate",
    ];
    // What can only be said of what was done is not said of what would be.
    let of_one = ["── stderr", "finished what", "goes on writing", "in the moment", "nothing was changed"];
    let said = |ran: &Ran| {
        let lines = narrow(ran);
        let of_both = lines.lines().filter(|line| !of_one.iter().any(|one| line.contains(one)));
        of_both.collect::<Vec<_>>().join("\n")
    };
    let mut statuses = BTreeSet::new();
    for (what, arrange) in arrangements {
        for words in runs {
            fs::create_dir_all(env.path("logs")).unwrap();
            fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
            env.write("audit.log", &many);
            for number in [1, 2] {
                env.write(&format!("audit.log.{number}"), "older\n");
            }
            arrange(&env);
            let before = env.state();
            let dry = env.rotate(&format!("audit.log {words} --dry-run"));
            assert!(env.state() == before, "{what}: {words}");
            let ran = env.rotate(&format!("audit.log {words}"));
            assert_eq!(said(&dry), said(&ran), "{what}: {words}");
            statuses.insert(ran.status);
            fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
            fs::remove_dir_all(env.path("logs")).unwrap();
        }
    }
    assert_eq!(statuses, BTreeSet::from([0, 3, 4]));
}

#[test]
fn the_profile_has_the_last_word_but_one() {
    let Some(env) = world() else { return };
    let config = "[profiles.park]\nlog_dir = \"logs\"\n[profiles.park.logs.\"audit.log\"]\nmax_size = \"8KiB\"\nkeep = 1\n\
                  [profiles.park.logs.\"nginx.log\"]\nmax_size = \"1KiB\"\nkeep = 2\n";
    fs::write(env.path("park.toml"), config).unwrap();
    let rotate = |words: &str| env.run(&format!("rotate --config park.toml --profile park {words}"));
    for name in ["audit.log", "nginx.log", "payments.log"] {
        env.write(name, &lines(0..2000));
        env.write(&format!("{name}.1"), "older\n");
        env.write(&format!("{name}.2"), "oldest\n");
    }
    assert_snapshot!(narrow(&rotate("")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  collapse  audit.log.1  audit.log.2, audit.log.1
    [ROOT]/work/logs/nginx.log  12000  rotated  collapse  nginx.log.1  nginx.log.2
    [ROOT]/work/logs/payments.log  12000  kept  -  -  -
    ── status 0
    ");
    assert_eq!(
        env.names(),
        "audit.log audit.log.1 nginx.log nginx.log.1 nginx.log.2 payments.log payments.log.1 payments.log.2"
    );
    assert_snapshot!(narrow(&rotate("payments.log --max-size 1k --keep 0")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/payments.log  12000  rotated  collapse  -  payments.log.2, payments.log.1
    ── status 0
    ");
    assert_eq!(env.names(), "audit.log audit.log.1 nginx.log nginx.log.1 nginx.log.2 payments.log");
    assert_eq!(env.read("payments.log").trim_start(), "");
}

#[test]
fn backups_move_up_to_the_first_gap_and_compressed_ones_stay() {
    let Some(env) = world() else { return };
    for (name, text) in [("1", "b\n"), ("2", "a\n"), ("4", "old\n"), ("3.gz", "gz"), ("12", "beyond\n"), ("x", "x")] {
        env.write(&format!("audit.log.{name}"), text);
    }
    env.write("audit.log", "c\nd");
    assert_snapshot!(narrow(&env.rotate("audit.log --force -o ndjson")), @r#"
    {"file":"[ROOT]/work/logs/audit.log","size":3,"action":"rotated","method":"collapse","backup":"[ROOT]/work/logs/audit.log.1","removed":["[ROOT]/work/logs/audit.log.12"]}
    ── status 0
    "#);
    assert_eq!(env.names(), "audit.log audit.log.1 audit.log.2 audit.log.3 audit.log.3.gz audit.log.4 audit.log.x");
    let content = |name: &str| env.read(&format!("audit.log.{name}"));
    assert_eq!(
        (content("1"), content("2"), content("3"), content("4")),
        ("c\n".into(), "b\n".into(), "a\n".into(), "old\n".into())
    );
    // The line that is not complete stays.
    assert_eq!(env.read("audit.log"), "\n\nd");
}

#[test]
fn logs_without_a_complete_line_and_with_anything_in_them() {
    let Some(env) = world() else { return };
    env.write("audit.log", "");
    env.write("payments.log", &"x".repeat(20 << 20));
    env.write("errors.log", &format!("\0\0{}\0\n\0", "\0".repeat(10_000)));
    assert_snapshot!(narrow(&env.rotate("audit.log payments.log errors.log --force")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  0  kept  -  -  -
    [ROOT]/work/logs/payments.log  20971520  kept  -  -  -
    [ROOT]/work/logs/errors.log  10005  rotated  collapse  errors.log.1  -
    ── stderr
    warning: [ROOT]/work/logs/payments.log: it holds no complete line that could be rotated
    ── status 0
    ");
    assert_eq!(env.names(), "audit.log errors.log errors.log.1 payments.log");
    assert_eq!(fs::metadata(env.log("errors.log.1")).unwrap().len(), 10_004);
    assert_eq!(env.read("errors.log").trim_start_matches('\n'), "\0");
    // The line comes to its end after all.
    let rest = "y".repeat(10_000);
    env.write("payments.log", &format!("{}\n{rest}", "x".repeat(20 << 20)));
    assert_snapshot!(narrow(&env.rotate("payments.log -o ndjson")), @r#"
    {"file":"[ROOT]/work/logs/payments.log","size":20981521,"action":"rotated","method":"collapse","backup":"[ROOT]/work/logs/payments.log.1","removed":[]}
    ── status 0
    "#);
    assert_eq!(env.read("payments.log.1").len(), (20 << 20) + 1);
    assert_eq!(env.read("payments.log").trim_start_matches('\n'), rest);
}

#[test]
fn refused_with_a_reason_and_nothing_changed() {
    let Some(env) = world() else { return };
    for name in ["real.log", "audit.log", "twice.log", "blocked.log"] {
        env.write(name, "a line\n");
    }
    symlink("real.log", env.log("link.log")).unwrap();
    fs::hard_link(env.log("twice.log"), env.log("thrice.log")).unwrap();
    fs::create_dir(env.log("folder.log")).unwrap();
    fs::create_dir(env.log("blocked.log.2")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        env.log("pipe.log"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    fs::create_dir(env.path("open")).unwrap();
    fs::write(env.path("open/audit.log"), "a line\n").unwrap();
    fs::set_permissions(env.path("open"), Permissions::from_mode(0o775)).unwrap();
    fs::create_dir(env.path("sticky")).unwrap();
    fs::write(env.path("sticky/audit.log"), "a line\n").unwrap();
    fs::set_permissions(env.path("sticky"), Permissions::from_mode(0o1777)).unwrap();
    let before = env.state();
    // One that is refused does not keep the others from their turn.
    let names = "link.log twice.log folder.log pipe.log blocked.log missing.log nowhere/audit.log";
    assert_snapshot!(narrow(&env.rotate(&format!("{names} --force --keep 3"))), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/link.log: it is a symbolic link
    hint: name the file that it leads to
    auditctl: error: [ROOT]/work/logs/twice.log: it has 2 names (hard links), and under the others it would change as well
    hint: remove the other names; `find -samefile` finds them
    auditctl: error: [ROOT]/work/logs/folder.log: it is a folder, and no log
    hint: name the logs in it; or rotate those of them that have a limit, with --log-dir and no name
    auditctl: error: [ROOT]/work/logs/pipe.log: it is no regular file
    auditctl: error: [ROOT]/work/logs/blocked.log: [ROOT]/work/logs/blocked.log.2 is in the way: it is no regular file
    hint: move [ROOT]/work/logs/blocked.log.2 away
    auditctl: error: [ROOT]/work/logs/missing.log: there is no such log
    auditctl: error: [ROOT]/work/nowhere/audit.log: there is no such log
    ── status 3
    ");
    assert_snapshot!(narrow(&env.rotate("open/audit.log sticky/audit.log --force")), @"
    ── stderr
    auditctl: error: [ROOT]/work/open/audit.log: others than its owner may write to the folder [ROOT]/work/open (mode 0775)
    hint: take the right away, for example with: chmod go-w [ROOT]/work/open
    auditctl: error: [ROOT]/work/sticky/audit.log: others than its owner may write to the folder [ROOT]/work/sticky (mode 1777)
    hint: take the right away, for example with: chmod go-w [ROOT]/work/sticky
    ── status 3
    ");
    assert_snapshot!(narrow(&env.rotate("real.log")), @r#"
    ── stderr
    auditctl: error: [ROOT]/work/logs/real.log: there is no limit for this log
    hint: give --max-size or --force, or set `logs."real.log".max_size` in a profile
    ── status 2
    "#);
    assert_snapshot!(narrow(&env.rotate("audti.log")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audti.log: there is no such log
    hint: did you mean 'audit.log'?
    ── status 3
    ");
    assert_snapshot!(narrow(&env.rotate("real.log --force")), @r#"
    ── stderr
    auditctl: error: [ROOT]/work/logs/real.log: there is no number of backups for this log
    hint: give --keep, or set `logs."real.log".keep` in a profile
    ── status 2
    "#);
    assert_snapshot!(narrow(&env.rotate("/ --force")), @"
    ── stderr
    auditctl: error: '/' names no log file
    ── status 2
    ");
    assert_snapshot!(narrow(&env.rotate("audit.log --max-size 0")), @"
    ── stderr
    auditctl: error: invalid value '0' for '--max-size <SIZE>': `0` is no size: write a number above zero and a unit, such as 20MiB, 512KiB or 1GB
    ── status 2
    ");
    assert_snapshot!(narrow(&env.rotate("audit.log --keep -1")), @"
    ── stderr
    auditctl: error: invalid value '-1' for '--keep <N>': -1 is not in 0..=9999
    ── status 2
    ");
    assert_snapshot!(narrow(&env.run("rotate")), @"
    ── stderr
    auditctl: error: no folder of logs is known, and no log is named
    hint: name the logs, or their folder: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile
    ── status 2
    ");
    assert_snapshot!(narrow(&env.run("rotate --log-dir none")), @"
    ── stderr
    auditctl: error: [ROOT]/work/none: the folder of the logs is not there
    hint: it comes from: --log-dir
    ── status 3
    ");
    assert!(env.state() == before);
}

#[test]
fn a_file_system_that_cannot_cut_has_two_other_ways() {
    let Ok(place) = tempfile::TempDir::new_in("/dev/shm") else {
        return skip(Missing::Privilege, "there is no /dev/shm that can be written to");
    };
    let env = TestEnv::within(place);
    fs::create_dir(env.path("logs")).unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
    env.write("audit.log", &lines(0..2000));
    let before = env.state();
    assert_snapshot!(narrow(&env.rotate("audit.log --force")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, tmpfs, cannot cut off the front of a file while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    ── status 3
    ");
    assert_snapshot!(narrow(&env.rotate("audit.log --force --dry-run")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, tmpfs, cannot cut off the front of a file while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    this is what a run would do; nothing was changed
    ── status 3
    ");
    assert!(env.state() == before);
    let inode = || fs::metadata(env.log("audit.log")).unwrap().ino();
    let first = inode();
    assert_snapshot!(narrow(&env.rotate("audit.log --force --method copytruncate")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  copytruncate  audit.log.1  -
    ── stderr
    warning: [ROOT]/work/logs/audit.log: a line written in the moment of the cut may be lost
    ── status 0
    ");
    assert_eq!((env.read("audit.log").as_str(), inode()), ("", first));
    assert_eq!(env.read("audit.log.1"), lines(0..2000));
    env.write("audit.log", "more\n");
    fs::set_permissions(env.log("audit.log"), Permissions::from_mode(0o640)).unwrap();
    assert_snapshot!(narrow(&env.rotate("audit.log --force --method rename -o ndjson")), @r#"
    {"file":"[ROOT]/work/logs/audit.log","size":5,"action":"rotated","method":"rename","backup":"[ROOT]/work/logs/audit.log.1","removed":[]}
    ── stderr
    warning: [ROOT]/work/logs/audit.log: a writer that does not reopen it goes on writing to [ROOT]/work/logs/audit.log.1
    ── status 0
    "#);
    assert_eq!(env.read("audit.log"), "");
    assert_ne!(inode(), first);
    assert_eq!(fs::metadata(env.log("audit.log")).unwrap().mode() & 0o777, 0o640);
    assert_eq!(env.read("audit.log.1"), "more\n");
    assert_eq!(env.names(), "audit.log audit.log.1 audit.log.2");
}

/// By whatever method: backups move up for lines only, and once.
#[test]
fn force_moves_no_backup_up_for_nothing() {
    let Some(env) = world() else { return };
    // Root follows no link on the way, so that the other way is no link for it.
    symlink("logs", env.path("way")).unwrap();
    let way = if rustix::process::geteuid().is_root() { "./logs/../logs" } else { "way" };
    for method in ["collapse", "rename", "copytruncate"] {
        for number in 1..=3 {
            env.write(&format!("audit.log.{number}"), "real\n");
        }
        for kept in ["", "\n\n", "half a line"] {
            env.write("audit.log", kept);
            for _ in 0..3 {
                let ran = env.rotate(&format!("audit.log --force --keep 3 --method {method} -o csv --columns action"));
                assert!(ran.to_string().contains("kept"), "{method}, {kept:?}: {ran}");
            }
            assert_eq!(env.read("audit.log"), kept);
        }
        env.write("audit.log", "new\n");
        let names = format!("audit.log logs/audit.log {way}/audit.log");
        let ran = env.rotate(&format!("{names} --force --keep 3 --method {method} -q -o csv --columns action,removed"));
        assert!(ran.to_string().starts_with("action,removed\u{240d}\nrotated,"), "{method}: {ran}");
        assert_eq!(ran.to_string().matches("rotated").count(), 1, "{method}: {ran}");
        let texts = [1, 2, 3].map(|number| env.read(&format!("audit.log.{number}")));
        assert_eq!(texts, ["new\n", "real\n", "real\n"], "{method}");
    }
    env.write("audit.log", "");
    assert_snapshot!(narrow(&env.rotate("audit.log --force --method rename")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  0  kept  -  -  -
    ── status 0
    ");
    env.write("audit.log", "half a line");
    assert_snapshot!(narrow(&env.rotate("audit.log --force --method copytruncate")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  11  kept  -  -  -
    ── stderr
    warning: [ROOT]/work/logs/audit.log: it holds no complete line that could be rotated
    ── status 0
    ");
}

/// What collapse looks at before it changes anything, the other two look at as well.
#[test]
fn the_other_methods_are_refused_before_anything_is_changed() {
    let Some(env) = world() else { return };
    env.write("audit.log", "a line\n");
    for number in [1, 4] {
        env.write(&format!("audit.log.{number}"), "older\n");
    }
    fs::create_dir(env.log("audit.log.3")).unwrap();
    let before = env.state();
    let refused = ["collapse", "rename", "copytruncate"]
        .map(|method| narrow(&env.rotate(&format!("audit.log --force --keep 1 --method {method}"))));
    assert_snapshot!(refused[0], @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/audit.log.3 is in the way: it is no regular file
    hint: move [ROOT]/work/logs/audit.log.3 away
    ── status 3
    ");
    assert_eq!(refused[1..], [refused[0].clone(), refused[0].clone()]);
    assert!(env.state() == before);
}

#[test]
fn the_lock_says_who_holds_it() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    env.write("payments.log", &lines(0..2000));
    let own = std::process::id();
    env.write(".audit.log.lock", &format!("{own} 2026-11-23T21:30:00Z\n"));
    let lock = File::options().read(true).write(true).open(env.log(".audit.log.lock")).unwrap();
    rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    // Whoever has it may hold the log open as a rotation does, and is no writer that should append.
    let at_work = File::options().write(true).open(env.log("audit.log")).unwrap();
    let anonymous = |ran: &Ran| narrow(ran).replace(&format!("process {own}"), "process 4711");
    assert_snapshot!(anonymous(&env.rotate("--max-size 1k")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/payments.log  12000  rotated  collapse  payments.log.1  -
    ── stderr
    auditctl: error: another run holds the lock [ROOT]/work/logs/.audit.log.lock: process 4711, since 2026-11-23T21:30:00Z
    ── status 4
    ");
    let dry = env.rotate("audit.log --max-size 1k --dry-run");
    assert_eq!(dry.status, 4, "{dry}");
    drop((lock, at_work));
    // A lock file that was left behind is no lock.
    assert_eq!(env.rotate("audit.log --max-size 1k").status, 0);
    assert_eq!(env.names(), "audit.log audit.log.1 payments.log payments.log.1");
}

/// Leaves the log as a run that died after the stamp leaves it.
fn interrupt(env: &TestEnv) {
    let text = lines(0..2000);
    let mut intent = Intent {
        length: 12_000,
        cut: 8192,
        nonce: "0123456789abcdef".repeat(2),
        head: String::new(),
        keep: 10,
        block: 4096,
        inode: 0,
        hole: None,
    };
    let stamp = intent.stamp();
    intent.head = text.as_bytes()[..stamp.len()].iter().map(|byte| format!("{byte:02x}")).collect();
    let log = OsStr::new("audit.log");
    fs::write(env.path("logs").join(intent_name(log)), intent.text().unwrap()).unwrap();
    fs::write(env.path("logs").join(part_name(log)), &text).unwrap();
    env.write("audit.log", &format!("{text}{}", lines(2000..2010)));
    let log = File::options().write(true).open(env.log("audit.log")).unwrap();
    log.write_all_at(&stamp, 0).unwrap();
}

#[test]
fn what_was_interrupted_is_finished_whatever_the_size() {
    let Some(env) = world() else { return };
    interrupt(&env);
    let before = env.state();
    assert_snapshot!(narrow(&env.rotate("--dry-run")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  3868  finished  collapse  audit.log.1  -
    ── stderr
    this is what a run would do; nothing was changed
    ── status 0
    ");
    assert!(env.state() == before);
    assert_snapshot!(narrow(&env.rotate("")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  3868  finished  collapse  audit.log.1  -
    ── stderr
    [ROOT]/work/logs/audit.log: finished what an interrupted run had begun
    ── status 0
    ");
    assert_eq!(env.names(), "audit.log audit.log.1");
    assert_eq!(env.read("audit.log.1"), lines(0..2000));
    assert_eq!(env.read("audit.log").trim_start(), lines(2000..2010));
    // By force, what was finished is rotated again.
    interrupt(&env);
    fs::remove_file(env.log("audit.log.1")).unwrap();
    assert_snapshot!(narrow(&env.rotate("audit.log --force -o ndjson")), @r#"
    {"file":"[ROOT]/work/logs/audit.log","size":3868,"action":"rotated","method":"collapse","backup":"[ROOT]/work/logs/audit.log.1","removed":[]}
    ── stderr
    [ROOT]/work/logs/audit.log: finished what an interrupted run had begun
    ── status 0
    "#);
    assert_eq!(env.read("audit.log.2"), lines(0..2000));
    assert_eq!(env.read("audit.log.1").trim_start(), lines(2000..2010));
}

/// The note of a rename that died before the new log had its name, and of a copy that was not followed by a cut.
#[test]
fn what_the_other_methods_left_is_finished_from_cron() {
    let Some(env) = world() else { return };
    env.write("nginx.log.1", &lines(0..2000));
    env.write(".nginx.log.part", "");
    env.write(".nginx.log.rotating", "{\"method\":\"rename\",\"keep\":5,\"part\":null}\n");
    env.write("audit.log", &lines(0..2010));
    env.write("audit.log.1", &lines(0..2000));
    let copy = fs::metadata(env.log("audit.log.1")).unwrap().ino();
    env.write(".audit.log.rotating", &format!("{{\"method\":\"copytruncate\",\"keep\":5,\"part\":{copy}}}\n"));
    let inode = fs::metadata(env.log("audit.log")).unwrap().ino();
    assert_snapshot!(narrow(&env.rotate("")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  0  finished  copytruncate  audit.log.1  -
    [ROOT]/work/logs/nginx.log  0  finished  rename  nginx.log.1  -
    ── stderr
    [ROOT]/work/logs/audit.log: finished what an interrupted run had begun
    [ROOT]/work/logs/nginx.log: finished what an interrupted run had begun
    ── status 0
    ");
    assert_eq!(env.names(), "audit.log audit.log.1 nginx.log nginx.log.1");
    assert_eq!((env.read("nginx.log").as_str(), env.read("nginx.log.1")), ("", lines(0..2000)));
    assert_eq!((env.read("audit.log").as_str(), env.read("audit.log.1")), ("", lines(0..2010)));
    assert_eq!(fs::metadata(env.log("audit.log")).unwrap().ino(), inode);
    // By name, as `doctor` says it.
    fs::remove_file(env.log("nginx.log")).unwrap();
    env.write(".nginx.log.part", "");
    env.write(".nginx.log.rotating", "{\"method\":\"rename\",\"keep\":5,\"part\":null}\n");
    assert_snapshot!(narrow(&env.rotate("logs/nginx.log -o ndjson")), @r#"
    {"file":"[ROOT]/work/logs/nginx.log","size":0,"action":"finished","method":"rename","backup":"[ROOT]/work/logs/nginx.log.1","removed":[]}
    ── stderr
    [ROOT]/work/logs/nginx.log: finished what an interrupted run had begun
    ── status 0
    "#);
    assert_eq!(env.read("nginx.log"), "");
}

#[test]
fn what_no_rotation_made_is_not_removed() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    env.write(".audit.log.part", "somebody else's\n");
    let before = env.state();
    for method in ["collapse", "rename", "copytruncate"] {
        assert_eq!(env.rotate(&format!("audit.log --force --method {method}")).status, 3);
    }
    assert_snapshot!(narrow(&env.rotate("")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/.audit.log.part is in the way: no rotation has left it there
    hint: move it away, or remove it if nobody needs it
    ── status 3
    ");
    assert!(env.state() == before);
    // What a run leaves that died before it noted anything.
    for left in [0, 2 << 12, 2 << 24] {
        fs::remove_file(env.log(".audit.log.part")).unwrap();
        File::create(env.log(".audit.log.part")).unwrap().set_len(left).unwrap();
        assert_eq!(env.rotate("").status, 0);
        assert_eq!(env.names(), "audit.log");
        env.write(".audit.log.part", "");
    }
}

/// The profile may name a log anywhere; with and without an argument, it is the same log with the same limit.
#[test]
fn a_log_of_the_profile_is_found_wherever_it_is() {
    let Some(env) = world() else { return };
    let elsewhere = env.path("big.log").display().to_string();
    let config = format!(
        "[profiles.park]\nlog_dir = \"logs\"\n[profiles.park.logs.\"old/x.log\"]\nmax_size = \"8KiB\"\nkeep = 1\n\
         [profiles.park.logs.\"{elsewhere}\"]\nmax_size = \"9KiB\"\nkeep = 2\n"
    );
    fs::write(env.path("park.toml"), config).unwrap();
    fs::create_dir(env.log("old")).unwrap();
    for folder in [env.log("old"), env.path("")] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
    let rotate =
        |words: &str| env.run(&format!("rotate --config park.toml --profile park --dry-run -q -o csv {words}"));
    env.write("old/x.log", &lines(0..2000));
    fs::write(&elsewhere, lines(0..2000)).unwrap();
    assert_snapshot!(rotate(""), @"
    file,size,action,method,backup,removed␍
    [ROOT]/work/big.log,12000,rotated,collapse,[ROOT]/work/big.log.1,[]␍
    [ROOT]/work/logs/old/x.log,12000,rotated,collapse,[ROOT]/work/logs/old/x.log.1,[]␍
    ── status 0
    ");
    for words in [format!("{elsewhere} old/x.log"), format!("big.log {}", env.log("old/x.log").display())] {
        assert_eq!(rotate(&words).to_string(), rotate("").to_string(), "{words}");
    }
    env.write("old/y.log", &lines(0..2000));
    assert_snapshot!(rotate("old/y.log"), @r#"
    ── stderr
    auditctl: error: [ROOT]/work/logs/old/y.log: there is no limit for this log
    hint: give --max-size or --force, or set `logs."old/y.log".max_size` in a profile
    ── status 2
    "#);
    assert_snapshot!(rotate("old/z.log"), @"
    ── stderr
    auditctl: error: [ROOT]/work/old/z.log: there is no such log
    ── status 3
    ");
}

/// What the profile leaves out is said, and keeps no other log from its turn.
#[test]
fn a_limit_without_a_number_of_backups_is_said() {
    let Some(env) = world() else { return };
    let config = "[profiles.park]\nlog_dir = \"logs\"\n[profiles.park.logs.\"audit.log\"]\nmax_size = \"8KiB\"\n\
                  [profiles.park.logs.\"nginx.log\"]\nmax_size = \"1KiB\"\n";
    fs::write(env.path("park.toml"), config).unwrap();
    env.write("audit.log", &lines(0..2000));
    env.write("nginx.log", &lines(0..2000));
    let rotate = |words: &str| env.run(&format!("rotate --config park.toml --profile park {words}"));
    assert_snapshot!(narrow(&rotate("-q")), @r#"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  collapse  audit.log.1  -
    ── stderr
    auditctl: error: [ROOT]/work/logs/nginx.log: there is no number of backups for this log
    hint: give --keep, or set `logs."nginx.log".keep` in a profile
    ── status 2
    "#);
    assert_snapshot!(narrow(&rotate("--keep 3 -q")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/nginx.log  12000  rotated  collapse  nginx.log.1  -
    ── status 0
    ");
}

#[test]
fn a_folder_without_logs_is_told_from_one_that_is_not_there() {
    let Some(env) = world() else { return };
    assert_snapshot!(env.rotate("-q"), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs: there is no log in the folder
    hint: it comes from: --log-dir
    ── status 3
    ");
    env.write("nginx.log", &lines(0..2000));
    assert_snapshot!(env.rotate("-q"), @r#"
    ── stderr
    auditctl: error: [ROOT]/work/logs: no log in the folder has a limit
    hint: it comes from: --log-dir
    hint: set `logs."nginx.log".max_size` and `.keep` in a profile, or name the logs
    ── status 3
    "#);
    assert_snapshot!(env.run("rotate --log-dir logs/nginx.log"), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/nginx.log: the folder of the logs is no folder
    hint: it comes from: --log-dir
    ── status 3
    ");
    assert_snapshot!(env.run("rotate --log-dir logs/nginx.log/logs"), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/nginx.log/logs: the folder of the logs cannot be reached: Not a directory (os error 20)
    hint: it comes from: --log-dir
    ── status 3
    ");
    // One that is named as if it were a log keeps the log after it from nothing.
    env.write("audit.log", &lines(0..2000));
    assert_snapshot!(narrow(&env.run("rotate logs logs/audit.log --max-size 1k --keep 1")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  collapse  audit.log.1  -
    ── stderr
    auditctl: error: [ROOT]/work/logs: it is a folder, and no log
    hint: name the logs in it; or rotate those of them that have a limit, with --log-dir and no name
    ── status 3
    ");
    assert_snapshot!(narrow(&env.run("rotate logs/audit.log/x.log")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log/x.log: cannot look at it: Not a directory (os error 20)
    ── status 3
    ");
    assert_snapshot!(narrow(&env.run("rotate logs")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs: it is a folder, and no log
    hint: name the logs in it; or rotate those of them that have a limit, with --log-dir and no name
    ── status 3
    ");
}

/// For cron: a row where something was done, and no word where nothing was.
#[test]
fn quiet_it_says_only_what_was_done() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    env.write("payments.log", "half a line");
    for method in ["collapse", "rename", "copytruncate"] {
        assert_eq!(env.rotate(&format!("-q --method {method}")).to_string(), "── status 0");
        assert_eq!(env.rotate(&format!("-q --force payments.log --method {method}")).to_string(), "── status 0");
    }
    assert_snapshot!(narrow(&env.rotate("-q --max-size 1k --method copytruncate")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  12000  rotated  copytruncate  audit.log.1  -
    ── status 0
    ");
    env.write("audit.log", &lines(0..2000));
    assert_snapshot!(narrow(&env.rotate("-q --max-size 1k --method rename -o json")), @r#"
    [
    {"file":"[ROOT]/work/logs/audit.log","size":12000,"action":"rotated","method":"rename","backup":"[ROOT]/work/logs/audit.log.1","removed":[]}
    ]
    ── status 0
    "#);
}

#[test]
fn a_reader_who_does_not_read_stops_no_rotation() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    let mut command = env.command(["rotate", "--log-dir", "logs", "--max-size", "1k"]);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(env.output(command).status, 3);
    assert_eq!(env.names(), "audit.log audit.log.1");
}

#[test]
fn a_writer_that_does_not_append_is_named() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    let writer = File::options().write(true).open(env.log("audit.log")).unwrap();
    let refused = env.rotate("--max-size 1k");
    let own = fs::read_to_string("/proc/self/comm").unwrap();
    let who = format!("process {} ({})", std::process::id(), own.trim_end());
    assert_snapshot!(refused.to_string().replace(&who, "process 4711 (writer)"), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: process 4711 (writer) writes to it without appending, and would leave a hole behind
    hint: let it open the log for appending, or use --method rename and let it reopen
    ── status 3
    ");
    let truncating = env.rotate("--max-size 1k --method copytruncate");
    assert_eq!(truncating.to_string(), refused.to_string());
    assert_eq!(env.names(), "audit.log");
    assert_eq!(env.rotate("--max-size 1k --method rename").status, 0, "it is the writer that is to reopen it");
    drop(writer);
    assert_eq!(env.rotate("--max-size 1k").status, 0);
}

#[test]
fn owner_mode_and_times_stay() {
    let Some(env) = world() else { return };
    let as_root = rustix::process::geteuid().is_root();
    env.write("audit.log", &lines(0..2000));
    fs::set_permissions(env.log("audit.log"), Permissions::from_mode(0o640)).unwrap();
    if as_root {
        chown(env.log("audit.log"), Some(4711), Some(4712)).unwrap();
    }
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let log = File::options().write(true).open(env.log("audit.log")).unwrap();
    log.set_times(FileTimes::new().set_modified(written)).unwrap();
    drop(log);
    let access = |name: &str| {
        let metadata = fs::metadata(env.log(name)).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode(), metadata.ino())
    };
    let before = access("audit.log");
    assert_eq!(env.rotate("--max-size 1k").status, 0);
    assert_eq!(access("audit.log"), before, "the log is the same file");
    let backup = access("audit.log.1");
    assert_eq!((backup.0, backup.1, backup.2), (before.0, before.1, before.2));
    assert_eq!(fs::metadata(env.log("audit.log.1")).unwrap().modified().unwrap(), written);
    env.write("audit.log", &lines(0..2000));
    assert_eq!(env.rotate("--max-size 1k").status, 0);
    assert_eq!(
        fs::metadata(env.log("audit.log.2")).unwrap().modified().unwrap(),
        written,
        "it keeps them when it moves"
    );
}

/// A list that lets one user more read: the owner may write, the group and that user may read.
const ACCESS_LIST: [(u16, u16, u32); 5] =
    [(0x01, 6, u32::MAX), (0x02, 4, 4713), (0x04, 4, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)];

#[test]
fn attributes_and_access_lists_stay() {
    let Some(env) = world() else { return };
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in ACCESS_LIST {
        list.extend([&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat());
    }
    let set = |name: &str, key: &str, value: &[u8]| setxattr(env.log(name), key, value, XattrFlags::empty());
    let get = |name: &str, key: &str| {
        let mut value = vec![0; 1 << 12];
        getxattr(env.log(name), key, &mut value[..]).ok().map(|length| value[..length].to_vec())
    };
    env.write("audit.log", "");
    if let Err(error) = set("audit.log", "user.origin", b"") {
        return skip(Missing::Privilege, &format!("the file system keeps no extended attributes: {error}"));
    }
    let has_lists = set("audit.log", "system.posix_acl_access", &list).is_ok();
    fs::remove_file(env.log("audit.log")).unwrap();
    for method in ["collapse", "copytruncate", "rename"] {
        env.write("audit.log", &lines(0..2000));
        set("audit.log", "user.origin", b"park\0\xff").unwrap();
        if has_lists {
            set("audit.log", "system.posix_acl_access", &list).unwrap();
        }
        let mode = fs::metadata(env.log("audit.log")).unwrap().mode();
        let ran = env.rotate(&format!("--force --method {method}"));
        assert_eq!(ran.status, 0, "{ran}");
        assert!(!ran.to_string().contains("could not be kept"), "{ran}");
        for name in ["audit.log", "audit.log.1"] {
            assert_eq!(get(name, "user.origin").as_deref(), Some(&b"park\0\xff"[..]), "{method}: {name}");
            assert_eq!(get(name, "system.posix_acl_access"), has_lists.then(|| list.clone()), "{method}: {name}");
            assert_eq!(fs::metadata(env.log(name)).unwrap().mode(), mode, "{method}: {name}");
            fs::remove_file(env.log(name)).unwrap();
        }
    }
    if !has_lists {
        return skip(Missing::Privilege, "the file system keeps no access control lists");
    }
    // What the folder gives to new files is not the log's.
    env.write("audit.log", &lines(0..2000));
    setxattr(env.path("logs"), "system.posix_acl_default", &list, XattrFlags::empty()).unwrap();
    assert_eq!(env.rotate("--force").status, 0);
    assert_eq!(get("audit.log.1", "system.posix_acl_access"), None);
    assert_eq!(
        fs::metadata(env.log("audit.log.1")).unwrap().mode(),
        fs::metadata(env.log("audit.log")).unwrap().mode()
    );
}

/// Root in a folder of somebody else.
#[test]
fn root_works_with_the_rights_of_the_folders_owner() {
    if !rustix::process::geteuid().is_root() {
        return skip(Missing::Privilege, "only root can rotate another user's logs");
    }
    let Some(env) = world() else { return };
    let own = |name: &str, user: u32| chown(env.log(name), Some(user), Some(user)).unwrap();
    let owner = |name: &str| fs::metadata(env.log(name)).unwrap().uid();
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(env.root(), 0o755);
    env.write("audit.log", &lines(0..2000));
    own("audit.log", 4711);
    own("", 4711);
    assert_eq!(env.rotate("--max-size 1k").status, 0);
    assert_eq!((owner("audit.log"), owner("audit.log.1")), (4711, 4711));
    assert_eq!(env.names(), "audit.log audit.log.1");
    // Their group may be one that only root could give: it is kept.
    chown(env.log("audit.log"), None, Some(4)).unwrap();
    env.write("audit.log", &lines(0..2000));
    assert_eq!(env.rotate("--max-size 1k").status, 0);
    assert_eq!(fs::metadata(env.log("audit.log.1")).unwrap().gid(), 4);

    // Root's own file, and one of a third user, in their folder: they could not do this themselves.
    let secret = env.root().join("secret");
    fs::write(&secret, lines(0..2000)).unwrap();
    open(&secret, 0o600);
    for (name, user) in [("payments.log", 0), ("errors.log", 4712)] {
        env.write(name, &lines(0..2000));
        own(name, user);
        open(&env.log(name), 0o600);
    }
    // A link to root's file, a name of it, and links where the rotation writes its own files.
    symlink(&secret, env.log("donations.log")).unwrap();
    env.write("purchase_orders.log", &lines(0..2000));
    own("purchase_orders.log", 4711);
    symlink(&secret, env.log(".purchase_orders.log.rotating")).unwrap();
    symlink(env.root().join("made"), env.log(".purchase_orders.log.part")).unwrap();
    let before = env.state();
    assert_snapshot!(narrow(&env.rotate("--max-size 1k")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  3808  kept  -  -  -
    ── stderr
    auditctl: error: [ROOT]/work/logs/donations.log: it is a symbolic link
    hint: name the file that it leads to
    auditctl: error: [ROOT]/work/logs/errors.log: cannot open it: Permission denied (os error 13); nothing has changed
    hint: a rotation needs to read and write the log and its folder; run by root, it works with the rights of the user to whom the folder belongs
    auditctl: error: [ROOT]/work/logs/payments.log: cannot open it: Permission denied (os error 13); nothing has changed
    hint: a rotation needs to read and write the log and its folder; run by root, it works with the rights of the user to whom the folder belongs
    auditctl: error: [ROOT]/work/logs/purchase_orders.log: [ROOT]/work/logs/.purchase_orders.log.rotating is in the way: it is no regular file
    hint: move [ROOT]/work/logs/.purchase_orders.log.rotating away
    ── status 3
    ");
    assert!(env.state() == before);
    fs::remove_file(env.log(".purchase_orders.log.rotating")).unwrap();
    assert_snapshot!(narrow(&env.rotate("purchase_orders.log --max-size 1k")), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/purchase_orders.log: [ROOT]/work/logs/.purchase_orders.log.part is in the way: it is no regular file
    hint: move [ROOT]/work/logs/.purchase_orders.log.part away
    ── status 3
    ");
    fs::remove_file(env.log(".purchase_orders.log.part")).unwrap();
    assert_eq!(env.rotate("purchase_orders.log --max-size 1k").status, 0);
    assert!(!env.root().join("made").exists(), "nothing is made where a link leads");
    symlink(env.root().join("made"), env.log(".purchase_orders.log.lock")).unwrap();
    env.write("purchase_orders.log", &lines(0..2000));
    assert_snapshot!(narrow(&env.rotate("purchase_orders.log --max-size 1k")), @"
    ── stderr
    auditctl: error: cannot take the lock [ROOT]/work/logs/.purchase_orders.log.lock: Too many levels of symbolic links (os error 40)
    ── status 3
    ");
    assert!(!env.root().join("made").exists());
    assert_eq!(fs::read_to_string(&secret).unwrap(), lines(0..2000));

    // The way to a folder of root's own leads through a link.
    fs::create_dir(env.path("own")).unwrap();
    fs::write(env.path("own/audit.log"), lines(0..2000)).unwrap();
    symlink("own", env.path("way")).unwrap();
    assert_snapshot!(narrow(&env.run("rotate way/audit.log --force")), @"
    ── stderr
    auditctl: error: [ROOT]/work/way/audit.log: a symbolic link is on the way to it, and root follows none
    hint: give the path without links, as `readlink -f` prints it
    ── status 3
    ");
}

#[test]
fn the_logs_of_the_demo_can_be_rotated_whatever_the_umask() {
    let Some(env) = world() else { return };
    let mut command = std::process::Command::new("sh");
    env.prepare(&mut command);
    command.args(["-c", "umask 002 && \"$AUDITCTL\" demo park -q"]).env("AUDITCTL", env!("CARGO_BIN_EXE_auditctl"));
    assert!(command.output().unwrap().status.success());
    let rotated = env.run("rotate --log-dir park/logs --max-size 5k -o csv --columns action,backup --no-header");
    assert_snapshot!(rotated, @"
    rotated,[ROOT]/work/park/logs/audit.log.1␍
    kept,␍
    kept,␍
    rotated,[ROOT]/work/park/logs/payments.log.1␍
    rotated,[ROOT]/work/park/logs/purchase_orders.log.1␍
    ── status 0
    ");
}

/// On a disk of its own, which can be filled.
#[test]
fn a_full_disk_changes_nothing_and_keeping_none_makes_room() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let script = r#"
        truncate -s 8M image && mkfs.ext4 -q -F image && mount -o loop image logs || exit 77
        rotate() { "$AUDITCTL" rotate --log-dir logs --max-size 1k "$@"; echo "status $?"; }
        seq 100000 250000 > logs/audit.log; cp logs/audit.log before
        cat /dev/zero > logs/filler 2>/dev/null
        rotate; cmp logs/audit.log before; rotate --dry-run; ls -A logs
        "$AUDITCTL" doctor --log-dir logs --only logs.space -o csv --columns id,state,subject
        rotate --keep 0 -o ndjson; ls -A logs
        tr -d '\n' < logs/audit.log | wc -c
    "#;
    let mut command = std::process::Command::new("unshare");
    env.prepare(&mut command);
    command.args(["--mount", "bash", "-c", script]).env("AUDITCTL", env!("CARGO_BIN_EXE_auditctl"));
    command.env("PATH", machine::variable("PATH").unwrap());
    let Some(ran) = command.output().ok().filter(|output| !matches!(output.status.code(), None | Some(1 | 77))) else {
        return skip(Missing::Privilege, "this machine mounts no image of a disk");
    };
    let text = format!("{}── stderr\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_snapshot!(text.replace(&env.root().display().to_string(), "[ROOT]"), @r#"
    status 3
    status 3
    audit.log
    filler
    lost+found
    id,state,subject
    logs.space,fail,audit.log
    {"file":"[ROOT]/work/logs/audit.log","size":1050007,"action":"rotated","method":"collapse","backup":null,"removed":[]}
    status 0
    audit.log
    filler
    lost+found
    0
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: cannot copy it: No space left on device (os error 28); nothing has changed
    auditctl: error: [ROOT]/work/logs/audit.log: cannot copy it: No space left on device (os error 28); nothing has changed
    this is what a run would do; nothing was changed
    "#);
}

/// On ext4 as ext3 made it, the blocks of files can't be taken out.
#[test]
fn a_dry_run_knows_a_disk_that_cannot_cut() {
    let env = TestEnv::empty();
    fs::create_dir(env.path("logs")).unwrap();
    let script = r#"
        truncate -s 8M image
        for made in "ext3 -q" "ext4 -O ^extent,^64bit"; do
            mkfs.${made%% *} -q -F ${made#* } image && mount -o loop image logs || exit 77
            seq 100000 > logs/audit.log
            "$AUDITCTL" rotate --log-dir logs --max-size 1k --dry-run -q; echo "status $?"
            "$AUDITCTL" rotate --log-dir logs --max-size 1k -q; echo "status $?"
            umount logs
        done
    "#;
    let mut command = std::process::Command::new("unshare");
    env.prepare(&mut command);
    command.args(["--mount", "bash", "-c", script]).env("AUDITCTL", env!("CARGO_BIN_EXE_auditctl"));
    command.env("PATH", machine::variable("PATH").unwrap());
    let Some(ran) = command.output().ok().filter(|output| !matches!(output.status.code(), None | Some(1 | 77))) else {
        return skip(Missing::Privilege, "this machine mounts no image of a disk");
    };
    let text = format!("{}── stderr\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_snapshot!(text.replace(&env.root().display().to_string(), "[ROOT]"), @"
    status 3
    status 3
    status 3
    status 3
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, ext3, cannot cut off the front of a file while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, ext3, cannot cut off the front of a file while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, ext4, keeps it without extents, and cannot cut off its front while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, ext4, keeps it without extents, and cannot cut off its front while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    ");
}

#[test]
fn an_attribute_that_forbids_it_is_named() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    let log = File::open(env.log("audit.log")).unwrap();
    let flags = rustix::fs::ioctl_getflags(&log).unwrap();
    if rustix::fs::ioctl_setflags(&log, flags | rustix::fs::IFlags::APPEND).is_err() {
        return skip(Missing::Privilege, "only root can set the attribute append-only");
    }
    let refused = env.rotate("--max-size 1k");
    rustix::fs::ioctl_setflags(&log, flags).unwrap();
    assert_snapshot!(refused, @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: the file has the attribute 'append-only'
    hint: take it away, for example with: chattr -a [ROOT]/work/logs/audit.log
    ── status 3
    ");
    assert_eq!(env.names(), "audit.log");
}

#[test]
fn a_log_that_cannot_be_cut_is_refused_before_anything_is_changed() {
    let Some(env) = world() else { return };
    env.write("audit.log", &"a line\n".repeat(2000)[..9002]);
    env.write("audit.log.1", "older\n");
    // As one from the time before ext4 had extents.
    let log = File::open(env.log("audit.log")).unwrap();
    let flags = rustix::fs::ioctl_getflags(&log).unwrap();
    let extents = rustix::fs::IFlags::from_bits_retain(0x0008_0000);
    if !flags.contains(extents) || rustix::fs::ioctl_setflags(&log, flags - extents).is_err() {
        return skip(Missing::Privilege, "this file system keeps no file without extents");
    }
    let before = env.state();
    let refused = env.rotate("--max-size 1k");
    assert_snapshot!(refused, @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, ext4, keeps it without extents, and cannot cut off its front while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    ── status 3
    ");
    assert_eq!(env.rotate("--max-size 1k --dry-run -q").to_string(), refused.to_string());
    assert!(env.state() == before);
}

/// A file of another file system that is mounted where the log should be.
#[test]
fn a_log_that_is_mounted_by_itself_is_refused_before_anything_is_changed() {
    let Some(env) = world() else { return };
    let script = r#"
        mkdir memory && mount -t tmpfs none memory && seq 2000 > memory/log && touch logs/audit.log &&
        mount --bind memory/log logs/audit.log || exit 77
        echo older > logs/audit.log.1
        "$AUDITCTL" rotate --log-dir logs --max-size 1k; echo "status $?"; ls -A logs; cat logs/audit.log.1
        seq 2000 | cmp - logs/audit.log
        "$AUDITCTL" rotate --log-dir logs --max-size 1k --method copytruncate -q -o csv --no-header --columns action
    "#;
    let mut command = std::process::Command::new("unshare");
    env.prepare(&mut command);
    command.args(["--mount", "bash", "-c", script]).env("AUDITCTL", env!("CARGO_BIN_EXE_auditctl"));
    command.env("PATH", machine::variable("PATH").unwrap());
    let Some(ran) = command.output().ok().filter(|output| !matches!(output.status.code(), None | Some(1 | 77))) else {
        return skip(Missing::Privilege, "this machine mounts nothing");
    };
    let text = format!("{}── stderr\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_snapshot!(text.replace(&env.root().display().to_string(), "[ROOT]"), @"
    status 3
    audit.log
    audit.log.1
    older
    rotated
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: its file system, tmpfs, cannot cut off the front of a file while others write to it
    hint: use --method rename if all writers reopen their log, or --method copytruncate if losing lines that are written meanwhile is acceptable
    ");
}

/// What would stop it after the log was stamped is found before.
#[test]
fn what_stands_in_the_way_is_named_before_anything_is_changed() {
    let Some(env) = world() else { return };
    env.write("audit.log", &lines(0..2000));
    env.write("audit.log.1", "older\n");
    let refused = |make: &dyn Fn(&Path)| {
        let of = |name: &str| env.log(name);
        make(&of(""));
        let before = env.state();
        let ran = env.rotate("--max-size 1k");
        assert!(env.state() == before);
        assert_eq!(env.rotate("--max-size 1k --method copytruncate").to_string(), ran.to_string());
        ran
    };
    assert_snapshot!(refused(&|logs| fs::create_dir(logs.join(".audit.log.part")).unwrap()), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/.audit.log.part is in the way: it is no regular file
    hint: move [ROOT]/work/logs/.audit.log.part away
    ── status 3
    ");
    fs::remove_dir(env.log(".audit.log.part")).unwrap();
    assert_snapshot!(refused(&|logs| symlink("elsewhere", logs.join(".audit.log.rotating")).unwrap()), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/.audit.log.rotating is in the way: it is no regular file
    hint: move [ROOT]/work/logs/.audit.log.rotating away
    ── status 3
    ");
    fs::remove_file(env.log(".audit.log.rotating")).unwrap();
    let backup = File::open(env.log("audit.log.1")).unwrap();
    let flags = rustix::fs::ioctl_getflags(&backup).unwrap();
    if rustix::fs::ioctl_setflags(&backup, flags | rustix::fs::IFlags::IMMUTABLE).is_err() {
        return skip(Missing::Privilege, "only root can make a file immutable");
    }
    let ran = refused(&|_| {});
    rustix::fs::ioctl_setflags(&backup, flags).unwrap();
    assert_snapshot!(ran, @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/audit.log.1 has the attribute 'immutable', and cannot make room for a new backup
    hint: take it away, for example with: chattr -i [ROOT]/work/logs/audit.log.1
    ── status 3
    ");
    let folder = File::open(env.log("")).unwrap();
    let flags = rustix::fs::ioctl_getflags(&folder).unwrap();
    rustix::fs::ioctl_setflags(&folder, flags | rustix::fs::IFlags::APPEND).unwrap();
    let ran = refused(&|_| {});
    rustix::fs::ioctl_setflags(&folder, flags).unwrap();
    assert_snapshot!(ran, @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs has the attribute 'append-only', and cannot make room for a new backup
    hint: take it away, for example with: chattr -a [ROOT]/work/logs
    ── status 3
    ");
    assert_eq!(env.rotate("--max-size 1k").status, 0);
}

/// The log was moved away while its lines stood in a copy without a name.
#[test]
fn the_copy_of_a_log_that_is_gone_gets_a_backups_name() {
    let Some(env) = world() else { return };
    let ran = ["", "audit.log"].map(|words| {
        interrupt(&env);
        fs::rename(env.log("audit.log"), env.path("elsewhere")).unwrap();
        let ran = narrow(&env.rotate(words));
        assert_eq!(env.names(), "audit.log.1");
        assert_eq!(env.read("audit.log.1"), lines(0..2000));
        fs::remove_file(env.log("audit.log.1")).unwrap();
        ran
    });
    assert_snapshot!(ran[0], @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/audit.log  0  finished  collapse  audit.log.1  -
    ── stderr
    [ROOT]/work/logs/audit.log: finished what an interrupted run had begun
    ── status 0
    ");
    assert_eq!(ran[0], ran[1]);
}
