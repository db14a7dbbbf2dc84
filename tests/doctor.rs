//! `auditctl doctor`: a command line, and all that it prints.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::env::narrow;
use common::{Missing, Ran, TestEnv, cutting, mounts, skip};
use insta::assert_snapshot;

/// A world on a file system that logs can be rotated on, with a folder of logs and a profile whose limits are low.
#[track_caller]
fn world() -> Option<TestEnv> {
    let env = TestEnv::within(cutting::folder()?);
    fs::create_dir(env.path("logs")).unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o755)).unwrap();
    fs::write(env.path("logs/audit.log"), "a line\n").unwrap();
    fs::write(env.path("logs/payments.log"), "a line\n").unwrap();
    fs::create_dir_all(env.root().join("home/.config/auditctl")).unwrap();
    let logs = env.path("logs");
    let config = format!(
        "default_profile = \"park\"\n[profiles.park]\nlog_dir = {:?}\n[profiles.park.logs.\"audit.log\"]\nmax_size = \
         \"16MiB\"\n[profiles.park.logs.\"payments.log\"]\nmax_size = \"8MiB\"\nkeep = 2\n",
        logs.to_str().unwrap()
    );
    fs::write(env.root().join("home/.config/auditctl/config.toml"), config).unwrap();
    Some(env)
}

fn shown(ran: &Ran) -> String {
    either(&narrow(ran))
}

/// What may differ from machine to machine: the name of the file system.
fn either(text: &str) -> String {
    text.replace("xfs can cut", "ext4 can cut")
}

#[test]
fn all_is_well() {
    let Some(env) = world() else { return };
    let before = env.state();
    assert_snapshot!(shown(&env.run("doctor --only logs --skip logs.writers")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.folder  ok  -  [ROOT]/work/logs (profile `park` of [ROOT]/home/.config/auditctl/config.toml): 2 logs  -
    logs.filesystem  ok  -  ext4 can cut off the front of a log while it is written  -
    logs.permissions  ok  -  the folder and the logs can be written to, and by nobody who should not  -
    logs.policy  ok  -  each log that the profile names is there, and what it needs to be rotated is said  -
    logs.limits  ok  -  the limit of each log is below that of the service's own handler  -
    logs.sizes  ok  -  no log is over its limit, and there are no more backups than are kept  -
    logs.space  ok  -  there is room for a copy of the largest log  -
    logs.unfinished  ok  -  no rotation was interrupted  -
    ── status 0
    ");
    assert_snapshot!(shown(&env.run("doctor --only logs.limits,logs.sizes -o json")), @r#"
    [
    {"id":"logs.limits","state":"ok","subject":null,"message":"the limit of each log is below that of the service's own handler","remedy":null},
    {"id":"logs.sizes","state":"ok","subject":null,"message":"no log is over its limit, and there are no more backups than are kept","remedy":null}
    ]
    ── status 0
    "#);
    assert_snapshot!(shown(&env.run("doctor --only logs --skip logs.writers --columns id,state -o csv")), @"
    id,state␍
    logs.folder,ok␍
    logs.filesystem,ok␍
    logs.permissions,ok␍
    logs.policy,ok␍
    logs.limits,ok␍
    logs.sizes,ok␍
    logs.space,ok␍
    logs.unfinished,ok␍
    ── status 0
    ");
    assert!(env.state() == before);
}

#[test]
fn what_is_not_well_has_a_remedy() {
    let Some(env) = world() else { return };
    let log = |name: &str| env.path("logs").join(name);
    for number in 1..=3 {
        fs::write(log(&format!("payments.log.{number}")), "older\n").unwrap();
    }
    File::create(log("errors.log")).unwrap().set_len(12 << 20).unwrap();
    symlink("audit.log", log("donations.log")).unwrap();
    fs::write(log("purchase_orders.log"), "a line\n").unwrap();
    fs::hard_link(log("purchase_orders.log"), log("other")).unwrap();
    fs::write(log(".nginx.log.rotating"), "").unwrap();
    fs::write(log(".nginx.log.part"), "").unwrap();
    fs::set_permissions(env.path("logs"), Permissions::from_mode(0o777)).unwrap();
    let before = env.state();
    assert_snapshot!(shown(&env.run("doctor --only logs --skip logs.writers")), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.folder  ok  -  [ROOT]/work/logs (profile `park` of [ROOT]/home/.config/auditctl/config.toml): 5 logs  -
    logs.filesystem  ok  -  ext4 can cut off the front of a log while it is written  -
    logs.permissions  fail  [ROOT]/work/logs  others than its owner may write to the folder [ROOT]/work/logs (mode 0777)  take the right away, for example with: chmod go-w [ROOT]/work/logs
    logs.permissions  fail  donations.log  it is a symbolic link  name the file that it leads to
    logs.permissions  fail  purchase_orders.log  it has 2 names (hard links), and under the others it would change as well  remove the other names; `find -samefile` finds them
    logs.policy  ok  -  each log that the profile names is there, and what it needs to be rotated is said  -
    logs.limits  ok  -  the service's own handlers rotate these logs at the same size, so that rotate has nothing to do: donations.log, errors.log, purchase_orders.log  to have auditctl rotate them, set `logs."donations.log".max_size` in the profile, for example to "4MiB"
    logs.sizes  warn  errors.log  it has 12582912 bytes, more than its limit of 10MiB  let `auditctl rotate` run more often, for example from cron
    logs.sizes  warn  payments.log  there are 3 backups, and 2 are to be kept  the next rotation removes the oldest: set `keep` in the profile if they are wanted
    logs.space  ok  -  there is room for a copy of the largest log  -
    logs.unfinished  fail  nginx.log  a rotation was interrupted, and cannot be finished: others than its owner may write to the folder [ROOT]/work/logs (mode 0777)  take the right away, for example with: chmod go-w [ROOT]/work/logs
    ── status 1
    "#);
    assert!(env.state() == before);
}

/// An installation without a profile has nothing to be warned of; a limit above a handler's is a setting without effect.
#[test]
fn limits_that_are_never_reached() {
    let Some(env) = world() else { return };
    for log in ["donations.log", "errors.log", "purchase_orders.log"] {
        fs::write(env.path("logs").join(log), "a line\n").unwrap();
    }
    assert_snapshot!(narrow(&env.run("doctor --only logs.limits --config /dev/null --log-dir logs")), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.limits  ok  -  the service's own handlers rotate these logs at the same size, so that rotate has nothing to do: audit.log, donations.log, errors.log, payments.log, purchase_orders.log  to have auditctl rotate them, set `logs."audit.log".max_size` in the profile, for example to "16MiB"
    ── status 0
    "#);
    fs::write(
        env.path("high.toml"),
        "default_profile = 'high'\n[profiles.high]\nlog_dir = 'logs'\n[profiles.high.logs.'audit.log']\nmax_size = \
         '30MiB'\n[profiles.high.logs.'payments.log']\nmax_size = '10MiB'\n[profiles.high.logs]\n'donations.log' = \
         { max_size = '4MiB' }\n'errors.log' = { max_size = '4MiB' }\n'purchase_orders.log' = { max_size = '4MiB' }\n",
    )
    .unwrap();
    assert_snapshot!(narrow(&env.run("doctor --only logs.limits --config high.toml")), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.limits  warn  audit.log  its limit is 30MiB, which it never reaches: the service's own handler rotates it at 20MiB, so that the setting has no effect  set `logs."audit.log".max_size` in the profile, for example to "16MiB"
    logs.limits  ok  -  the service's own handlers rotate these logs at the same size, so that rotate has nothing to do: payments.log  to have auditctl rotate them, set `logs."payments.log".max_size` in the profile, for example to "8MiB"
    ── status 0
    "#);
}

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

#[test]
fn no_folder_and_no_check() {
    let env = TestEnv::empty();
    assert_snapshot!(narrow(&env.run("doctor")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    database.reachable  skipped  -  no database was named and none was found  give `--database PATH`, or once for all: export AUDITCTL_DATABASE=/path/to/db.sqlite3
    database.permissions  skipped  -  no database is known  -
    database.integrity  skipped  -  no database is known  -
    database.size  skipped  -  no database is known  -
    table.schema  skipped  -  no database is known  -
    table.index  skipped  -  no database is known  -
    table.secrets  skipped  -  no database is known  -
    time.zone  ok  -  times are shown in the machine's zone, -06:00 (TZ); log stamps would be read in the machine's zone, -06:00 (TZ)  -
    time.clock  skipped  -  there is neither an entry nor a log to compare the clock with  -
    logs.folder  skipped  -  no folder of logs is known  name it: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile
    logs.filesystem  skipped  -  no folder of logs could be opened  -
    logs.permissions  skipped  -  no folder of logs could be opened  -
    logs.policy  skipped  -  no folder of logs could be opened  -
    logs.limits  skipped  -  no folder of logs could be opened  -
    logs.sizes  skipped  -  no folder of logs could be opened  -
    logs.writers  skipped  -  no folder of logs could be opened  -
    logs.space  skipped  -  no folder of logs could be opened  -
    logs.unfinished  skipped  -  no folder of logs could be opened  -
    ── status 0
    ");
    assert_snapshot!(env.run("doctor --log-dir none --only logs.folder"), @"
    CHECK        STATE  SUBJECT  MESSAGE                              REMEDY
    logs.folder  fail   none     the folder of the logs is not there  it comes from: --log-dir
    ── status 1
    ");
    assert_snapshot!(env.run("doctor --only logs.limit"), @"
    ── stderr
    auditctl: error: there is no check 'logs.limit': the checks are database.reachable, database.permissions, database.integrity, database.size, table.schema, table.index, table.secrets, time.zone, time.clock, logs.folder, logs.filesystem, logs.permissions, logs.policy, logs.limits, logs.sizes, logs.writers, logs.space, logs.unfinished
    hint: did you mean 'logs.limits'?
    ── status 2
    ");
    assert_snapshot!(env.run("doctor --skip disk"), @"
    ── stderr
    auditctl: error: there is no check 'disk': the checks are database.reachable, database.permissions, database.integrity, database.size, table.schema, table.index, table.secrets, time.zone, time.clock, logs.folder, logs.filesystem, logs.permissions, logs.policy, logs.limits, logs.sizes, logs.writers, logs.space, logs.unfinished
    ── status 2
    ");
}

/// Names of files are chosen by the service, and remedies are copied by root.
#[test]
fn a_name_is_a_word_of_a_command_and_no_more() {
    let Some(env) = world() else { return };
    let logs = env.path("log's; touch PWNED #");
    fs::rename(env.path("logs"), &logs).unwrap();
    for name in ["x; touch PWNED #", "$(touch PWNED)", r"fish\' ; touch PWNED #", "two\nlines", "\u{202e}gol"] {
        fs::write(logs.join(format!(".{name}.rotating")), "").unwrap();
    }
    let remedies = |check: &str| {
        let mut command = env.command(["doctor", "--only", check, "-o", "ndjson", "--columns", "remedy"]);
        command.arg("--log-dir").arg(&logs);
        env.output(command)
    };
    let unfinished = remedies("logs.unfinished");
    assert_snapshot!(unfinished, @r#"
    {"remedy":"auditctl rotate '[ROOT]/work/log'\\''s; touch PWNED #/$(touch PWNED)'"}
    {"remedy":"auditctl rotate '[ROOT]/work/log'\\''s; touch PWNED #/fish'\\\\''\\'' ; touch PWNED #'"}
    {"remedy":"auditctl rotate, without a name: this one cannot be typed in a line of a shell"}
    {"remedy":"auditctl rotate '[ROOT]/work/log'\\''s; touch PWNED #/x; touch PWNED #'"}
    {"remedy":"auditctl rotate, without a name: this one cannot be typed in a line of a shell"}
    ── status 0
    "#);
    fs::set_permissions(&logs, Permissions::from_mode(0o777)).unwrap();
    let permissions = remedies("logs.permissions");
    assert_snapshot!(permissions, @r#"
    {"remedy":"take the right away, for example with: chmod go-w '[ROOT]/work/log'\\''s; touch PWNED #'"}
    ── status 1
    "#);
    // What a shell takes them for.
    let words = |ran: &Ran| {
        let said = ran.text().lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let commands = said.map(|said| said["remedy"].as_str().unwrap().to_owned());
        let words = commands.map(|said| shlex::split(said.split_once("with: ").map_or(&said, |(_, command)| command)));
        words.map(Option::unwrap).collect::<Vec<Vec<String>>>()
    };
    let path = |name: &str| logs.join(name).to_str().unwrap().to_owned();
    assert_eq!(words(&permissions), [["chmod", "go-w", logs.to_str().unwrap()]]);
    let rotate = |name: &str| vec!["auditctl".to_owned(), "rotate".to_owned(), path(name)];
    let rotated: Vec<_> = words(&unfinished).into_iter().filter(|words| words.len() == 3).collect();
    assert_eq!(rotated, ["$(touch PWNED)", r"fish\' ; touch PWNED #", "x; touch PWNED #"].map(rotate));
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
    logs.space  fail  audit.log  there is room for 143360 bytes, and to rotate it takes 20971520  make room on the disk of [ROOT]/work/logs: there is no older backup to move away
    ── status 1
    ");
    let backups =
        "for log in audit.log.1 audit.log.2 audit.log.3 payments.log.2; do head -c 100000 /dev/zero >logs/$log; done";
    let with_backups = full(&format!("{backups}; head -c 300000 /dev/zero >logs/audit.log")).unwrap();
    assert_snapshot!(with_backups, @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.space  fail  audit.log  there is room for 32768 bytes, and to rotate it takes 20971520  move older backups to another disk; 2 backups of audit.log have 195 KiB: mv -n -t OTHER_DISK [ROOT]/work/logs/audit.log.3 [ROOT]/work/logs/audit.log.2
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

/// The profile names logs in other folders, logs that are not there, and one that is never rotated.
#[test]
fn what_the_profile_names() {
    let Some(env) = world() else { return };
    for folder in ["logs/sub", "elsewhere", "open"] {
        fs::create_dir(env.path(folder)).unwrap();
        fs::set_permissions(env.path(folder), Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(env.path("open"), Permissions::from_mode(0o777)).unwrap();
    for log in ["logs/sub/x.log", "logs/sub/y.log", "elsewhere/big.log", "open/z.log", "logs/nginx.log"] {
        fs::write(env.path(log), "a line\n").unwrap();
    }
    fs::write(env.path("elsewhere/.big.log.rotating"), "").unwrap();
    fs::write(env.path("elsewhere/big.log.1"), "").unwrap();
    fs::write(env.path("elsewhere/big.log.2"), "").unwrap();
    let config = format!(
        "default_profile = 'park'\n[profiles.park]\nlog_dir = 'logs'\n[profiles.park.logs]\n\
         'sub/x.log' = {{ max_size = '1MiB', keep = 2 }}\n'sub/../sub/y.log' = {{ max_size = '1MiB', keep = 2 }}\n\
         '{0}/elsewhere/big.log' = {{ max_size = '1KiB', keep = 1 }}\n\
         '{0}/open/z.log' = {{ max_size = '1MiB', keep = 1 }}\n'nginx.log' = {{ max_size = '4' }}\n\
         'errors.log' = {{ keep = 2 }}\n'purchase_order.log' = {{ max_size = '1MiB' }}\n\
         'gone/x.log' = {{ max_size = '1MiB' }}\n'audit.log/x.log' = {{ max_size = '1MiB' }}\n",
        env.path("").display().to_string().trim_end_matches('/')
    );
    fs::write(env.path("other.toml"), config).unwrap();
    assert_snapshot!(shown(&env.run("doctor --only logs --skip logs.writers,logs.limits --config other.toml")), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.folder  ok  -  [ROOT]/work/logs (profile `park` of other.toml): 3 logs  -
    logs.folder  ok  [ROOT]/work/elsewhere  1 log  -
    logs.folder  ok  [ROOT]/work/open  1 log  -
    logs.folder  ok  [ROOT]/work/logs/sub/../sub  2 logs  -
    logs.folder  fail  [ROOT]/work/logs/audit.log  the folder cannot be opened: Not a directory (os error 20)  -
    logs.filesystem  ok  -  ext4 can cut off the front of a log while it is written  -
    logs.permissions  fail  [ROOT]/work/open  others than its owner may write to the folder [ROOT]/work/open (mode 0777)  take the right away, for example with: chmod go-w [ROOT]/work/open
    logs.policy  warn  errors.log  the profile names it, and there is no such log  the service creates it when it starts: is this the folder that it writes to?
    logs.policy  warn  gone/x.log  the profile names it, and there is no such log  correct the name, or take `logs."gone/x.log"` out of the profile
    logs.policy  warn  purchase_order.log  the profile names it, and there is no such log  did you mean `logs."purchase_orders.log"`? Correct it in the profile
    logs.policy  fail  nginx.log  its limit is 4B, but how many backups are kept is not said, so that `auditctl rotate` refuses it  set `logs."nginx.log".keep` in the profile, for example to 5
    logs.sizes  warn  nginx.log  it has 7 bytes, more than its limit of 4B  set `logs."nginx.log".keep` in the profile, for example to 5
    logs.sizes  warn  [ROOT]/work/elsewhere/big.log  there are 2 backups, and 1 are to be kept  the next rotation removes the oldest: set `keep` in the profile if they are wanted
    logs.space  ok  -  there is room for a copy of the largest log  -
    logs.unfinished  warn  [ROOT]/work/elsewhere/big.log  a rotation was interrupted; no line is lost  auditctl rotate [ROOT]/work/elsewhere/big.log
    ── status 1
    "#);
}

/// A folder in which there is nothing to rotate is the wrong one, or its logs are not named.
#[test]
fn a_folder_without_logs() {
    let Some(env) = world() else { return };
    fs::create_dir(env.path("empty")).unwrap();
    fs::write(env.path("file"), "").unwrap();
    symlink("logs", env.path("link")).unwrap();
    let doctor = |folder: &str| {
        narrow(&env.run(&format!("doctor --only logs --skip logs.writers --config /dev/null --log-dir {folder}")))
    };
    assert_snapshot!(either(&doctor("empty")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.folder  warn  empty  there is no log in the folder  it comes from: --log-dir; another: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile
    logs.filesystem  ok  -  ext4 can cut off the front of a log while it is written  -
    logs.permissions  ok  -  the folder and the logs can be written to, and by nobody who should not  -
    logs.policy  ok  -  the profile names no log: the limits are those of the service's own handlers  -
    logs.limits  ok  -  the limit of each log is below that of the service's own handler  -
    logs.sizes  ok  -  no log is over its limit, and there are no more backups than are kept  -
    logs.space  ok  -  there is no log to copy  -
    logs.unfinished  ok  -  no rotation was interrupted  -
    ── status 0
    ");
    for n in 1..=7 {
        fs::write(env.path(format!("empty/worker{n}.log")), "").unwrap();
    }
    fs::write(env.path("empty/worker1.log.1"), "").unwrap();
    assert_snapshot!(narrow(&env.run("doctor --only logs.folder --config /dev/null --log-dir empty")), @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.folder  warn  empty  no log in the folder has a limit, so that none is rotated: worker1.log, worker2.log, worker3.log, worker4.log, worker5.log and 2 more  it comes from: --log-dir; another: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile; or set `logs."worker1.log".max_size` and `.keep` in the profile
    ── status 0
    "#);
    assert_snapshot!(narrow(&env.run("doctor --only logs.folder --config /dev/null --log-dir file")), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.folder  fail  file  the folder of the logs cannot be opened: Not a directory (os error 20)  -
    ── status 1
    ");
    if rustix::process::geteuid().is_root() {
        assert_snapshot!(narrow(&env.run("doctor --only logs.folder --config /dev/null --log-dir link")), @"
        CHECK  STATE  SUBJECT  MESSAGE  REMEDY
        logs.folder  fail  link  the folder of the logs cannot be opened: a symbolic link is on the way to it, and root follows none  give the path without links, as `readlink -f` prints it
        ── status 1
        ");
    }
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
