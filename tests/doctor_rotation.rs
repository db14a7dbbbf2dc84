//! `auditctl doctor`: whether a rotation could do its work, and whether one is doing it.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::env::narrow;
use common::logs::{either, world};
use common::{Missing, Ran, mounts, skip};
use insta::assert_snapshot;

/// A process that has these files open to write, and does nothing with them: this one must not, for what another test
/// starts meanwhile would have them as well.
struct Holding(Child);

impl Holding {
    fn open(options: &OpenOptions, files: &[&Path]) -> Holding {
        let mut command = Command::new("/bin/sleep");
        command.arg("600");
        let mut open = files.iter().map(|file| Stdio::from(options.open(file).unwrap()));
        if let Some(file) = open.next() {
            command.stdout(file);
        }
        if let Some(file) = open.next() {
            command.stderr(file);
        }
        Holding(command.spawn().unwrap())
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn several_that_write_one_log_are_named() {
    let Some(env) = world() else { return };
    let path = env.path("logs/errors.log");
    fs::write(&path, "a line\n").unwrap();
    fs::write(
        env.path("low.toml"),
        "[profiles.low]\nlog_dir = \"logs\"\n[profiles.low.logs.\"errors.log\"]\nmax_size = \"8MiB\"\n",
    )
    .unwrap();
    let appending = File::options().append(true).clone();
    let (one, other) = (Holding::open(&appending, &[&path]), Holding::open(&appending, &[&path]));
    let mut pids = [one.0.id(), other.0.id()];
    pids.sort_unstable();
    let named = |ran: Ran| {
        let [one, other] = pids;
        narrow(&ran).replace(&format!("{one} (sleep), {other} (sleep)"), "4711 (gunicorn), 4712 (gunicorn)")
    };
    let several = env.run("doctor --only logs.writers");
    let low = env.run("doctor --only logs.writers --config low.toml --profile low");
    assert_snapshot!(named(several), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.writers  fail  errors.log  2 processes write it, each through a handler that rotates at 10MiB by itself: when one does, the others' lines are lost: 4711 (gunicorn), 4712 (gunicorn)  set `logs."errors.log".max_size` in the profile, for example to "8MiB"
    ── status 1
    "#);
    assert_snapshot!(narrow(&low), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.writers  ok  -  2 writers seen, and none that gets in the way of another  -
    ── status 0
    ");
    let straight = Holding::open(File::options().write(true), &[&path]);
    let not_appending = env.run("doctor --only logs.writers --config low.toml --profile low -o ndjson");
    let own = format!("process {} (sleep)", straight.0.id());
    assert_snapshot!(not_appending.to_string().replace(&own, "process 4711 (gunicorn)"), @r#"
    {"id":"logs.writers","state":"fail","subject":"errors.log","message":"process 4711 (gunicorn) writes to it without appending, and would leave a hole behind","remedy":"let it open the log for appending, or use --method rename and let it reopen"}
    ── status 1
    "#);
}

/// A rotation that is under way writes to the log, not appending, and has its lock.
#[test]
fn a_rotation_is_no_writer_that_is_in_the_way() {
    let Some(env) = world() else { return };
    let (log, lock) = (env.path("logs/audit.log"), env.path("logs/.audit.log.lock"));
    fs::write(env.path("logs/.audit.log.rotating"), "").unwrap();
    fs::write(&lock, "").unwrap();
    let _writer = Holding::open(File::options().append(true), &[&log]);
    let rotating = Holding::open(File::options().write(true), &[&log, &lock]);
    let pid = rotating.0.id();
    fs::write(&lock, format!("{pid} 2026-11-23T21:33:20Z\n")).unwrap();
    let ran = env.run("doctor --only logs.writers,logs.unfinished");
    assert_snapshot!(narrow(&ran).replace(&pid.to_string(), "4711"), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.writers  ok  -  1 writer seen, and none that gets in the way of another  -
    logs.unfinished  ok  audit.log  it is being rotated: process 4711, since 2026-11-23T21:33:20Z  -
    ── status 0
    ");
}

/// In a container root may lack what it takes to look into the processes of others.
#[test]
fn writers_that_cannot_be_seen() {
    let Some(env) = world() else { return };
    let confined = |line: &str| {
        let mut command = Command::new("/usr/bin/setpriv");
        env.prepare(&mut command);
        command.args(["--bounding-set=-sys_ptrace", env!("CARGO_BIN_EXE_auditctl")]).args(line.split(' '));
        command
    };
    let stranger = Command::new("/bin/sleep").arg("600").uid(61_500).spawn();
    let (Ok(stranger), true) = (stranger, confined("config").output().is_ok_and(|ran| ran.status.success())) else {
        return skip(Missing::Privilege, "only root starts processes of others, and gives up capabilities");
    };
    let _stranger = Holding(stranger);
    assert_snapshot!(narrow(&env.output(confined("doctor --only logs.writers"))), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.writers  skipped  -  the processes of other users cannot be looked into  give root the capability for it, CAP_SYS_PTRACE, or run it as the service's user
    ── status 0
    ");
}

/// What makes room loses nothing: no log and no backup is given up.
#[test]
fn room_is_made_without_a_loss() {
    let Some(env) = world() else { return };
    let full = |content: &str| {
        let script =
            format!("mount -t tmpfs -o size=1m none logs; head -c 300000 /dev/zero >logs/payments.log; {content}");
        mounts::after(&env, &script, "doctor --only logs.space --config /dev/null --log-dir logs")
            .map(|ran| narrow(&ran))
    };
    let Some(without_backups) = full("head -c 600000 /dev/zero >logs/audit.log") else { return };
    assert_snapshot!(without_backups, @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.space  fail  audit.log  there is room for 140 KiB, and to rotate it takes 20 MiB  make room on the disk of [ROOT]/work/logs: there is no older backup to move away
    ── status 1
    ");
    let backups =
        "for log in audit.log.1 audit.log.2 audit.log.3 payments.log.2; do head -c 100000 /dev/zero >logs/$log; done";
    let with_backups = full(&format!("{backups}; head -c 300000 /dev/zero >logs/audit.log")).unwrap();
    assert_snapshot!(with_backups, @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.space  fail  audit.log  there is room for 32 KiB, and to rotate it takes 20 MiB  move older backups to another disk; 2 backups of audit.log have 195 KiB: mv -n -t OTHER_DISK [ROOT]/work/logs/audit.log.3 [ROOT]/work/logs/audit.log.2
    ── status 1
    ");
}

/// ext2, ext3 and ext4 have one number; a file may be without extents; a log may be a mount of its own.
#[test]
fn what_the_logs_are_on() {
    let Some(env) = world() else { return };
    let on = |script: &str| {
        let line = "doctor --only logs.filesystem --config /dev/null --log-dir logs";
        mounts::after(&env, script, line).map(|ran| narrow(&ran))
    };
    let image = "truncate -s 8M image; mkfs.ext3 -q -F image";
    let log = "seq 5000 >logs/audit.log; sync";
    let anew = "rm logs/audit.log; touch logs/audit.log; chattr -e logs/audit.log; seq 5000 >>logs/audit.log";
    if let Some(ran) = on(&format!(
        "truncate -s 8M image; mkfs.ext4 -q -F image; mount -o loop image logs; touch logs/audit.log; {anew}"
    )) {
        assert_snapshot!(ran, @"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        logs.filesystem  warn  audit.log  its file system, ext4, keeps it without extents, and cannot cut off its front while others write to it  lay it out anew, as root: chattr +e [ROOT]/work/logs/audit.log
        ── status 0
        ");
    }
    if let Some(ran) = on(&format!("{image}; mount -t ext3 -o loop image logs; {log}")) {
        assert_snapshot!(ran, @"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        logs.filesystem  warn  [ROOT]/work/logs  its file system, ext3, cannot cut off the front of a file while others write to it  put the logs on ext4 or XFS; or rotate with --method rename, if the writers reopen their logs, or with --method copytruncate, which can lose lines
        ── status 0
        ");
        assert_snapshot!(on(&format!("{image}; mount -t ext4 -o loop image logs; {log}")).unwrap(), @"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        logs.filesystem  warn  audit.log  its file system, ext4, keeps it without extents, and cannot cut off its front while others write to it  put the logs on ext4 or XFS; or rotate with --method rename, if the writers reopen their logs, or with --method copytruncate, which can lose lines
        ── status 0
        ");
    }
    let file = "mount -t tmpfs none ../home; seq 9 >../home/a.log; mount --bind ../home/a.log logs/audit.log";
    if let Some(ran) = on(file) {
        assert_snapshot!(either(&ran), @"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        logs.filesystem  warn  audit.log  it lies on another file system, tmpfs, than its folder, where its backups are  mount its folder instead, from ext4 or XFS; or rotate with --method copytruncate, which can lose lines
        ── status 0
        ");
    }
}

/// Run by root, rotate works with the rights of the user to whom the folder belongs; and so does the check.
#[test]
fn rights_are_those_that_a_rotation_has() {
    let Some(env) = world() else { return };
    if !rustix::process::geteuid().is_root() {
        return skip(Missing::Privilege, "only root gives files to others");
    }
    const PARK: u32 = 61_500;
    let log = |name: &str| env.path("logs").join(name);
    let give = |name: &str, user, group| chown(log(name), Some(user), Some(group)).unwrap();
    for name in ["donations.log", "errors.log", "purchase_orders.log"] {
        fs::write(log(name), "a line\n").unwrap();
    }
    give("", PARK, PARK);
    give("audit.log", 0, 0);
    give("payments.log", PARK, PARK);
    give("donations.log", 0, PARK);
    fs::set_permissions(log("donations.log"), Permissions::from_mode(0o666)).unwrap();
    give("errors.log", PARK, 0);
    give("purchase_orders.log", PARK, PARK);
    fs::set_permissions(log("purchase_orders.log"), Permissions::from_mode(0o400)).unwrap();
    let doctor = "doctor --only logs.permissions";
    assert_snapshot!(narrow(&env.run(doctor)), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.permissions  fail  audit.log  uid 61500, to whom the folder belongs and with whose rights root rotates, may not read and write it, as a rotation must  give it to that user: chown -h 61500 [ROOT]/work/logs/audit.log
    logs.permissions  fail  donations.log  it belongs to root, and uid 61500, to whom the folder belongs and with whose rights root rotates, may not make a backup that does  give it to that user: chown -h 61500 [ROOT]/work/logs/donations.log
    logs.permissions  fail  purchase_orders.log  uid 61500, to whom the folder belongs and with whose rights root rotates, may not read and write it, as a rotation must  chmod u+rw [ROOT]/work/logs/purchase_orders.log
    ── status 1
    ");
    // It is true, and so is what is advised.
    let rotate = "rotate --force --columns file,action -o csv --no-header";
    assert_snapshot!(env.run(rotate), @"
    [ROOT]/work/logs/errors.log,rotated␍
    [ROOT]/work/logs/payments.log,rotated␍
    ── stderr
    auditctl: error: [ROOT]/work/logs/audit.log: cannot open it: Permission denied (os error 13); nothing has changed
    hint: a rotation needs to read and write the log and its folder; run by root, it works with the rights of the user to whom the folder belongs
    auditctl: error: [ROOT]/work/logs/donations.log: cannot note what is intended: Operation not permitted (os error 1); nothing has changed
    hint: a rotation needs to read and write the log and its folder; run by root, it works with the rights of the user to whom the folder belongs
    auditctl: error: [ROOT]/work/logs/purchase_orders.log: cannot open it: Permission denied (os error 13); nothing has changed
    hint: a rotation needs to read and write the log and its folder; run by root, it works with the rights of the user to whom the folder belongs
    ── status 3
    ");
    let remedies = env.run(&format!("{doctor} --columns remedy -o ndjson"));
    for line in remedies.text().lines() {
        let said: serde_json::Value = serde_json::from_str(line).unwrap();
        let said = said["remedy"].as_str().unwrap();
        let command = said.split_once(": ").map_or(said, |(_, command)| command);
        assert!(Command::new("/bin/sh").args(["-c", command]).status().unwrap().success(), "{command}");
    }
    assert_snapshot!(narrow(&env.run(doctor)), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.permissions  ok  -  the folder and the logs can be written to, and by nobody who should not  -
    ── status 0
    ");
    assert_snapshot!(env.run(rotate), @"
    [ROOT]/work/logs/audit.log,rotated␍
    [ROOT]/work/logs/donations.log,rotated␍
    [ROOT]/work/logs/errors.log,kept␍
    [ROOT]/work/logs/payments.log,kept␍
    [ROOT]/work/logs/purchase_orders.log,rotated␍
    ── status 0
    ");
}

/// What even root may not change.
#[test]
fn what_the_file_system_forbids() {
    let Some(env) = world() else { return };
    fs::write(env.path("logs/payments.log.3"), "a line\n").unwrap();
    fs::create_dir(env.path("logs/payments.log.5")).unwrap();
    let line = "doctor --only logs.permissions";
    if let Some(ran) = mounts::after(&env, "mount --bind logs logs; mount -o remount,bind,ro logs", line) {
        assert_snapshot!(narrow(&ran), @"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        logs.permissions  fail  [ROOT]/work/logs  its file system is mounted read-only  see how it is mounted, and why so: findmnt -T [ROOT]/work/logs
        ── status 1
        ");
    }
    let chattr = |flags: [&str; 2]| {
        let set = |(flag, file): (&str, &str)| {
            Command::new("chattr")
                .args([flag, file])
                .current_dir(env.path("logs"))
                .output()
                .is_ok_and(|ran| ran.status.success())
        };
        flags.into_iter().zip(["audit.log", "payments.log.3"]).all(set)
    };
    if !chattr(["+a", "+i"]) {
        return skip(Missing::Privilege, "attributes of files cannot be set here");
    }
    let ran = env.run(line);
    chattr(["-a", "-i"]);
    assert_snapshot!(narrow(&ran), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.permissions  fail  audit.log  the file has the attribute 'append-only'  take it away, for example with: chattr -a [ROOT]/work/logs/audit.log
    logs.permissions  fail  payments.log  [ROOT]/work/logs/payments.log.3 has the attribute 'immutable', and cannot make room for a new backup  take it away, for example with: chattr -i [ROOT]/work/logs/payments.log.3
    logs.permissions  fail  payments.log  [ROOT]/work/logs/payments.log.5 is in the way: it is no regular file  move [ROOT]/work/logs/payments.log.5 away
    ── status 1
    ");
}

/// What a run that died has left, what it has not, and what is advised is what helps.
#[test]
fn an_interrupted_rotation_is_finished_as_advised() {
    let Some(env) = world() else { return };
    let log = |name: &str| env.path("logs").join(name);
    // Between the two renamings of --method rename: with the note of that run, and without, as it was left once.
    for name in ["audit.log", "payments.log"] {
        fs::rename(log(name), log(&format!("{name}.1"))).unwrap();
        fs::write(log(&format!(".{name}.part")), "").unwrap();
    }
    let part = fs::metadata(log(".audit.log.part")).unwrap().ino();
    let note = format!("{{\"method\":\"rename\",\"keep\":10,\"part\":{part}}}\n");
    fs::write(log(".audit.log.rotating"), note).unwrap();
    // A note without its end, and files of others.
    fs::write(log("errors.log"), "a line\n").unwrap();
    fs::write(log(".errors.log.rotating"), "{").unwrap();
    fs::write(log("donations.log"), "a line\n").unwrap();
    fs::write(log(".donations.log.part"), "no copy of a log").unwrap();
    fs::write(log(".movie.part"), "half of it").unwrap();
    fs::write(log("purchase_orders.log"), "#auditctl:stale:9f86d081884c7d659a2feaa0c55ad015#\nmore\n").unwrap();
    fs::write(log(".purchase_orders.log.rotating"), "").unwrap();
    let before = env.state();
    let doctor = "doctor --only logs.unfinished";
    assert_snapshot!(narrow(&env.run(doctor)), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.unfinished  warn  audit.log  a rotation was interrupted, and there is no log of this name now; no line is lost  auditctl rotate [ROOT]/work/logs/audit.log
    logs.unfinished  fail  donations.log  [ROOT]/work/logs/.donations.log.part is in the way: no rotation has left it there  move it away, or remove it if nobody needs it
    logs.unfinished  warn  errors.log  a rotation was interrupted; no line is lost  auditctl rotate [ROOT]/work/logs/errors.log
    logs.unfinished  warn  payments.log  a renaming was interrupted: the log is among its backups, and has no successor yet  mv -n [ROOT]/work/logs/.payments.log.part [ROOT]/work/logs/payments.log
    logs.unfinished  fail  purchase_orders.log  a rotation was interrupted, and what it left in [ROOT]/work/logs/.purchase_orders.log.rotating cannot be read  -
    ── status 1
    ");
    assert!(env.state() == before);
    for line in env.run(&format!("{doctor} --columns state,remedy -o ndjson")).text().lines() {
        let said: serde_json::Value = serde_json::from_str(line).unwrap();
        if said["state"] == "warn" {
            let command = said["remedy"].as_str().unwrap().replace("auditctl", env!("CARGO_BIN_EXE_auditctl"));
            assert!(Command::new("/bin/sh").args(["-c", &command]).output().unwrap().status.success(), "{command}");
        }
    }
    assert_snapshot!(narrow(&env.run(doctor)), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.unfinished  fail  donations.log  [ROOT]/work/logs/.donations.log.part is in the way: no rotation has left it there  move it away, or remove it if nobody needs it
    logs.unfinished  fail  purchase_orders.log  a rotation was interrupted, and what it left in [ROOT]/work/logs/.purchase_orders.log.rotating cannot be read  -
    ── status 1
    ");
    assert!(log("audit.log").exists() && log("payments.log").exists());
}
