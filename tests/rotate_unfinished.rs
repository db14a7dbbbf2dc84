//! What a run finds that an earlier one left half done, what it makes of it, and what a dry run says of that.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use common::env::narrow;
use common::logs::{Logs, interrupt, lines, rotatable};
use common::{Ran, TestEnv};
use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use rustix::fs::FlockOperation;

/// For each of these folders: the rows, the refusals and the exit code of a dry run are those of the run after it.
#[test]
fn a_dry_run_says_what_the_run_after_it_says() {
    let Some(env) = rotatable() else { return };
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
            "died after the copy was named, which was packed since",
            Box::new(|env| {
                interrupt(env);
                let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
                packer.write_all(many.as_bytes()).unwrap();
                fs::write(env.log("audit.log.1.gz"), packer.finish().unwrap()).unwrap();
                for name in [".audit.log.part", "audit.log.1"] {
                    fs::remove_file(env.log(name)).unwrap();
                }
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
fn what_was_interrupted_is_finished_whatever_the_size() {
    let Some(env) = rotatable() else { return };
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
    let Some(env) = rotatable() else { return };
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

/// The log was moved away while its lines stood in a copy without a name.
#[test]
fn the_copy_of_a_log_that_is_gone_gets_a_backups_name() {
    let Some(env) = rotatable() else { return };
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

#[test]
fn what_no_rotation_made_is_not_removed() {
    let Some(env) = rotatable() else { return };
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
