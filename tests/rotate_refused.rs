//! What `auditctl rotate` refuses, with the reason and before it has changed anything.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use common::env::narrow;
use common::logs::{Logs, lines, rotatable};
use common::{Missing, Ran, TestEnv, mounts, skip};
use insta::assert_snapshot;
use rustix::fs::{CWD, FileType, FlockOperation, IFlags, Mode, flock, ioctl_getflags, ioctl_setflags, mknodat};

#[test]
fn refused_with_a_reason_and_nothing_changed() {
    let Some(env) = rotatable() else { return };
    for name in ["real.log", "audit.log", "twice.log", "blocked.log"] {
        env.write(name, "a line\n");
    }
    symlink("real.log", env.log("link.log")).unwrap();
    fs::hard_link(env.log("twice.log"), env.log("thrice.log")).unwrap();
    fs::create_dir(env.log("folder.log")).unwrap();
    fs::create_dir(env.log("blocked.log.2")).unwrap();
    mknodat(CWD, env.log("pipe.log"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
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
    auditctl: error: invalid value '-1' for '--keep <N>': a number below 0 makes no sense here; give a whole number such as 20
    ── status 2
    ");
    assert_snapshot!(narrow(&env.rotate("audit.log --keep 10000 --force")), @"
    ── stderr
    auditctl: error: invalid value '10000' for '--keep <N>': 9999 is the most
    ── status 2
    ");
    assert_snapshot!(narrow(&env.rotate("audit.log --max-size -5")), @"
    ── stderr
    auditctl: error: invalid value '-5' for '--max-size <SIZE>': `-5` is no size: write a number above zero and a unit, such as 20MiB, 512KiB or 1GB
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

/// The wrong name after a hasty `*`: what is cut off the front of such a file makes it useless.
#[test]
fn what_is_no_log_by_its_first_bytes() {
    let Some(env) = rotatable() else { return };
    for (name, front) in [
        ("db.sqlite3", &b"SQLite format 3\0"[..]),
        ("audit.log.2.gz", b"\x1f\x8b\x08\0"),
        ("audit.log.3.zst", b"\x28\xb5\x2f\xfd"),
        ("audit.log.4.xz", b"\xfd7zXZ\0"),
    ] {
        fs::write(env.log(name), [front, lines(0..2000).as_bytes()].concat()).unwrap();
    }
    let before = env.state();
    let names = "db.sqlite3 audit.log.2.gz audit.log.3.zst audit.log.4.xz";
    let said = |options: &str| {
        let ran = narrow(&env.rotate(&format!("{names} --force --keep 3{options}")));
        assert!(env.state() == before);
        ran.replace("this is what a run would do; nothing was changed\n", "")
    };
    let plain = said("");
    assert_snapshot!(plain, @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/db.sqlite3: it is a SQLite database, and no log
    auditctl: error: [ROOT]/work/logs/audit.log.2.gz: it is a packed file, and no log that is written to
    auditctl: error: [ROOT]/work/logs/audit.log.3.zst: it is a packed file, and no log that is written to
    auditctl: error: [ROOT]/work/logs/audit.log.4.xz: it is a packed file, and no log that is written to
    ── status 3
    ");
    for options in ["--dry-run", "--method rename", "--method copytruncate"] {
        assert_eq!(said(&format!(" {options}")), plain, "{options}");
    }
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
    let Some(said) = mounts::script(&env, script) else { return };
    assert_snapshot!(said, @"
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
fn a_log_that_cannot_be_cut_is_refused_before_anything_is_changed() {
    let Some(env) = rotatable() else { return };
    env.write("audit.log", &"a line\n".repeat(2000)[..9002]);
    env.write("audit.log.1", "older\n");
    // As one from the time before ext4 had extents.
    let log = File::open(env.log("audit.log")).unwrap();
    let flags = ioctl_getflags(&log).unwrap();
    let extents = IFlags::from_bits_retain(0x0008_0000);
    if !flags.contains(extents) || ioctl_setflags(&log, flags - extents).is_err() {
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
    let Some(env) = rotatable() else { return };
    let script = r#"
        mkdir memory && mount -t tmpfs none memory && seq 2000 > memory/log && touch logs/audit.log &&
        mount --bind memory/log logs/audit.log || exit 77
        echo older > logs/audit.log.1
        "$AUDITCTL" rotate --log-dir logs --max-size 1k; echo "status $?"; ls -A logs; cat logs/audit.log.1
        seq 2000 | cmp - logs/audit.log
        "$AUDITCTL" rotate --log-dir logs --max-size 1k --method copytruncate -q -o csv --no-header --columns action
    "#;
    let Some(said) = mounts::script(&env, script) else { return };
    assert_snapshot!(said, @"
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
    let Some(said) = mounts::script(&env, script) else { return };
    assert_snapshot!(said, @r#"
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
    hint: make room (`doctor --only logs.space` says how), or use --method rename if all writers reopen their log: it takes none
    auditctl: error: [ROOT]/work/logs/audit.log: cannot copy it: No space left on device (os error 28); nothing has changed
    hint: make room (`doctor --only logs.space` says how), or use --method rename if all writers reopen their log: it takes none
    this is what a run would do; nothing was changed
    "#);
}

#[test]
fn a_limit_on_the_size_of_files_changes_nothing() {
    let Some(env) = rotatable() else { return };
    env.write("audit.log", &"2026-11-23 03:09:54 - a - INFO - x\n".repeat(10_000));
    let before = env.state();
    let mut limited = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_auditctl");
    limited.args(["-c", "ulimit -f 100; exec \"$0\" rotate --force \"$1\"", program]).arg(env.log("audit.log"));
    let ended = limited.output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap().replace(env.log("audit.log").to_str().unwrap(), "audit.log");
    assert_snapshot!(said, @"
    auditctl: error: audit.log: cannot copy it: File too large (os error 27); nothing has changed
    hint: `ulimit -f` tells the limit of a shell, and LimitFSIZE= that of a systemd unit
    ");
    assert_eq!((ended.status.code(), env.state()), (Some(3), before));
}

/// Runs something while a file has an attribute of `chattr`; None where this user may not give it.
fn with_attribute<T>(path: &Path, attribute: IFlags, run: impl FnOnce() -> T) -> Option<T> {
    let file = File::open(path).unwrap();
    let flags = ioctl_getflags(&file).unwrap();
    ioctl_setflags(&file, flags | attribute).ok()?;
    let done = run();
    ioctl_setflags(&file, flags).unwrap();
    Some(done)
}

/// What would stop it after the log was stamped is found before, and by the other methods as well.
#[test]
fn what_stands_in_the_way_is_named_before_anything_is_changed() {
    let Some(env) = rotatable() else { return };
    env.write("audit.log", &lines(0..2000));
    for number in [1, 4] {
        env.write(&format!("audit.log.{number}"), "older\n");
    }
    let refused = || {
        let before = env.state();
        let [ran, others @ ..] = ["collapse", "rename", "copytruncate"]
            .map(|method| env.rotate(&format!("--max-size 1k --keep 1 --method {method}")).to_string());
        assert_eq!(others, [ran.clone(), ran.clone()]);
        assert!(env.state() == before);
        ran
    };
    // A backup that would be removed, and one that would move up.
    fs::create_dir(env.log("audit.log.3")).unwrap();
    assert_snapshot!(refused(), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/audit.log.3 is in the way: it is no regular file
    hint: move [ROOT]/work/logs/audit.log.3 away
    ── status 3
    ");
    fs::remove_dir(env.log("audit.log.3")).unwrap();
    fs::create_dir(env.log(".audit.log.part")).unwrap();
    assert_snapshot!(refused(), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/.audit.log.part is in the way: it is no regular file
    hint: move [ROOT]/work/logs/.audit.log.part away
    ── status 3
    ");
    fs::remove_dir(env.log(".audit.log.part")).unwrap();
    symlink("elsewhere", env.log(".audit.log.rotating")).unwrap();
    assert_snapshot!(refused(), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/.audit.log.rotating is in the way: it is no regular file
    hint: move [ROOT]/work/logs/.audit.log.rotating away
    ── status 3
    ");
    fs::remove_file(env.log(".audit.log.rotating")).unwrap();
    let Some(ran) = with_attribute(&env.log("audit.log"), IFlags::APPEND, refused) else {
        return skip(Missing::Privilege, "only root can set the attributes append-only and immutable");
    };
    assert_snapshot!(ran, @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: the file has the attribute 'append-only'
    hint: take it away, for example with: chattr -a [ROOT]/work/logs/audit.log
    ── status 3
    ");
    assert_snapshot!(with_attribute(&env.log("audit.log.1"), IFlags::IMMUTABLE, refused).unwrap(), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs/audit.log.1 has the attribute 'immutable', and cannot make room for a new backup
    hint: take it away, for example with: chattr -i [ROOT]/work/logs/audit.log.1
    ── status 3
    ");
    assert_snapshot!(with_attribute(&env.log(""), IFlags::APPEND, refused).unwrap(), @"
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: [ROOT]/work/logs has the attribute 'append-only', and cannot make room for a new backup
    hint: take it away, for example with: chattr -a [ROOT]/work/logs
    ── status 3
    ");
    assert_eq!(env.rotate("--max-size 1k").status, 0);
}

#[test]
fn the_lock_says_who_holds_it() {
    let Some(env) = rotatable() else { return };
    env.write("audit.log", &lines(0..2000));
    env.write("payments.log", &lines(0..2000));
    let own = std::process::id();
    env.write(".audit.log.lock", &format!("{own} 2026-11-23T21:30:00Z\n"));
    let lock = File::options().read(true).write(true).open(env.log(".audit.log.lock")).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    // Whoever has it may hold the log open as a rotation does, and is no writer that should append.
    let at_work = File::options().write(true).open(env.log("audit.log")).unwrap();
    let anonymous = |ran: &Ran| narrow(ran).replace(&own.to_string(), "4711");
    assert_snapshot!(anonymous(&env.rotate("--max-size 1k")), @"
    FILE  SIZE  ACTION  METHOD  BACKUP  REMOVED
    [ROOT]/work/logs/payments.log  12000  rotated  collapse  payments.log.1  -
    ── stderr
    auditctl: error: another run holds the lock [ROOT]/work/logs/.audit.log.lock: process 4711, since 2026-11-23T21:30:00Z
    hint: let it finish; what it is: ps -fp 4711
    ── status 4
    ");
    let dry = env.rotate("audit.log --max-size 1k --dry-run");
    assert_eq!(dry.status, 4, "{dry}");
    drop((lock, at_work));
    // A lock file that was left behind is no lock.
    assert_eq!(env.rotate("audit.log --max-size 1k").status, 0);
    assert_eq!(env.names(), "audit.log audit.log.1 payments.log payments.log.1");
}

#[test]
fn a_writer_that_does_not_append_is_named() {
    let Some(env) = rotatable() else { return };
    env.write("audit.log", "");
    let writer = File::options().write(true).open(env.log("audit.log")).unwrap();
    assert_eq!(env.rotate("--force").status, 0, "of an empty log nothing is cut off");
    env.write("audit.log", &lines(0..2000));
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

/// Root in a folder of somebody else.
#[test]
fn root_works_with_the_rights_of_the_folders_owner() {
    if !rustix::process::geteuid().is_root() {
        return skip(Missing::Privilege, "only root can rotate another user's logs");
    }
    let Some(env) = rotatable() else { return };
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
