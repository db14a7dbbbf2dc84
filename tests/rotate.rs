//! `auditctl rotate`: which logs are rotated, what becomes of their backups, and all that it prints.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::time::{Duration, SystemTime};

use common::env::narrow;
use common::logs::{Logs, lines, rotatable};
use common::{Missing, skip};
use insta::assert_snapshot;
use rustix::fs::{XattrFlags, getxattr, setxattr};

#[test]
fn what_is_over_its_limit_is_rotated() {
    let Some(env) = rotatable() else { return };
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
    let Some(env) = rotatable() else { return };
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

#[test]
fn the_profile_has_the_last_word_but_one() {
    let Some(env) = rotatable() else { return };
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

/// The profile may name a log anywhere; with and without an argument, it is the same log with the same limit.
#[test]
fn a_log_of_the_profile_is_found_wherever_it_is() {
    let Some(env) = rotatable() else { return };
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
    let Some(env) = rotatable() else { return };
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
fn backups_move_up_to_the_first_gap_and_compressed_ones_stay() {
    let Some(env) = rotatable() else { return };
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
    let Some(env) = rotatable() else { return };
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

/// By whatever method: backups move up for lines only, and once.
#[test]
fn force_moves_no_backup_up_for_nothing() {
    let Some(env) = rotatable() else { return };
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

#[test]
fn a_folder_without_logs_is_told_from_one_that_is_not_there() {
    let Some(env) = rotatable() else { return };
    // The service may not have written to it yet: cron has nothing to say, and nothing to fail over.
    assert_snapshot!(env.rotate(""), @"
    ── stderr
    warning: [ROOT]/work/logs: there is no log in the folder
    ── status 0
    ");
    env.write("nginx.log", &lines(0..2000));
    let before = env.state();
    assert_snapshot!(env.rotate("-o json"), @r#"
    []
    ── stderr
    warning: [ROOT]/work/logs: no log in the folder has a limit; set `logs."nginx.log".max_size` and `.keep` in a profile, or name the logs
    ── status 0
    "#);
    assert_eq!(env.rotate("-q").to_string(), "── status 0");
    assert!(env.state() == before);
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
    let Some(env) = rotatable() else { return };
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
    let Some(env) = rotatable() else { return };
    env.write("audit.log", &lines(0..2000));
    let mut command = env.command(["rotate", "--log-dir", "logs", "--max-size", "1k"]);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(env.output(command).status, 3);
    assert_eq!(env.names(), "audit.log audit.log.1");
}

#[test]
fn owner_mode_and_times_stay() {
    let Some(env) = rotatable() else { return };
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
    let Some(env) = rotatable() else { return };
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

#[test]
fn the_logs_of_the_demo_can_be_rotated_whatever_the_umask() {
    let Some(env) = rotatable() else { return };
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
