//! `auditctl doctor`: a command line, and all that it prints.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use common::env::narrow;
use common::{Ran, TestEnv, cutting, mounts};
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

/// What may differ from machine to machine: the name of the file system.
fn shown(ran: &Ran) -> String {
    narrow(ran).replace("xfs can cut", "ext4 can cut")
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
    logs.limits  ok  -  the service's own handlers rotate these logs at the same size, so that rotate has nothing to do: donations.log, errors.log, purchase_orders.log  to have auditctl rotate them, set `logs."donations.log".max_size` in the profile, for example to "4MiB"
    logs.sizes  warn  errors.log  it has 12582912 bytes, more than its limit of 10MiB  let `auditctl rotate` run more often, for example from cron
    logs.sizes  warn  payments.log  there are 3 backups, and 2 are to be kept  the next rotation removes the oldest: set `keep` in the profile if they are wanted
    logs.space  ok  -  there is room for a copy of the largest log  -
    logs.unfinished  warn  nginx.log  a rotation was interrupted; no line is lost  auditctl rotate [ROOT]/work/logs/nginx.log
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

#[test]
fn several_that_write_one_log_are_named() {
    let Some(env) = world() else { return };
    let path = env.path("logs/errors.log");
    let _append = File::options().append(true).create(true).open(&path).unwrap();
    // Another process that holds the same log.
    let mut command = std::process::Command::new("sleep");
    let held = File::options().append(true).open(&path).unwrap();
    let mut other = command.arg("600").stdout(held).spawn().unwrap();
    let named = |ran: Ran| {
        let own = fs::read_to_string("/proc/self/comm").unwrap();
        let processes = [(std::process::id(), own.trim_end()), (other.id(), "sleep")];
        let mut listed: Vec<_> = processes.iter().map(|(pid, name)| (*pid, format!("{pid} ({name})"))).collect();
        listed.sort();
        let listed: Vec<String> = listed.into_iter().map(|(_, text)| text).collect();
        narrow(&ran).replace(&listed.join(", "), "4711 (gunicorn), 4712 (gunicorn)")
    };
    let several = named(env.run("doctor --only logs.writers"));
    fs::write(
        env.path("low.toml"),
        "[profiles.low]\nlog_dir = \"logs\"\n[profiles.low.logs.\"errors.log\"]\nmax_size = \"8MiB\"\n",
    )
    .unwrap();
    let low = env.run("doctor --only logs.writers --config low.toml --profile low");
    let straight = File::options().write(true).open(&path).unwrap();
    let not_appending = env.run("doctor --only logs.writers --config low.toml --profile low -o ndjson");
    drop(straight);
    other.kill().unwrap();
    other.wait().unwrap();
    assert_snapshot!(several, @r#"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.writers  fail  errors.log  2 processes write it, each through a handler that rotates at 10MiB by itself: when one does, the others' lines are lost: 4711 (gunicorn), 4712 (gunicorn)  set `logs."errors.log".max_size` in the profile, for example to "8MiB"
    ── status 1
    "#);
    assert_snapshot!(narrow(&low), @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.writers  ok  -  2 writers seen, and none that gets in the way of another  -
    ── status 0
    ");
    let own = format!("process {} ({})", std::process::id(), fs::read_to_string("/proc/self/comm").unwrap().trim_end());
    assert_snapshot!(not_appending.to_string().replace(&own, "process 4711 (gunicorn)"), @r#"
    {"id":"logs.writers","state":"fail","subject":"errors.log","message":"process 4711 (gunicorn) writes to it without appending, and would leave a hole behind","remedy":"let it open the log for appending, or use --method rename and let it reopen"}
    ── status 1
    "#);
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
    auditctl: error: there is no check 'logs.limit': the checks are database.reachable, database.permissions, database.integrity, database.size, table.schema, table.index, table.secrets, time.zone, time.clock, logs.folder, logs.filesystem, logs.permissions, logs.limits, logs.sizes, logs.writers, logs.space, logs.unfinished
    hint: did you mean 'logs.limits'?
    ── status 2
    ");
    assert_snapshot!(env.run("doctor --skip disk"), @"
    ── stderr
    auditctl: error: there is no check 'disk': the checks are database.reachable, database.permissions, database.integrity, database.size, table.schema, table.index, table.secrets, time.zone, time.clock, logs.folder, logs.filesystem, logs.permissions, logs.limits, logs.sizes, logs.writers, logs.space, logs.unfinished
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
    fs::set_permissions(&logs, Permissions::from_mode(0o777)).unwrap();
    let mut command =
        env.command(["doctor", "--only", "logs.permissions,logs.unfinished", "-o", "tsv", "--columns", "remedy"]);
    command.arg("--log-dir").arg(&logs);
    let ran = env.output(command);
    assert_snapshot!(ran, @r#"
    remedy
    take the right away, for example with: chmod go-w '[ROOT]/work/log'\\''s; touch PWNED #'
    auditctl rotate '[ROOT]/work/log'\\''s; touch PWNED #/$(touch PWNED)'
    auditctl rotate '[ROOT]/work/log'\\''s; touch PWNED #/fish'\\\\''\\'' ; touch PWNED #'
    no command can be given: a name in its path cannot be typed in a line of a shell
    auditctl rotate '[ROOT]/work/log'\\''s; touch PWNED #/x; touch PWNED #'
    no command can be given: a name in its path cannot be typed in a line of a shell
    ── status 1
    "#);
    // What a shell takes them for.
    let words = |remedy: &str| shlex::split(remedy.split_once("with: ").map_or(remedy, |(_, command)| command));
    let path = |name: &str| logs.join(name).to_str().unwrap().to_owned();
    let taken: Vec<Vec<String>> =
        ran.text().lines().skip(1).map(|line| words(&line.replace(r"\\", r"\")).unwrap()).collect();
    assert_eq!(taken[0], ["chmod", "go-w", &path("")[..path("").len() - 1]]);
    let rotated: Vec<_> = taken.iter().filter(|words| words[0] == "auditctl").map(|words| words[2].clone()).collect();
    assert_eq!(rotated, [path("$(touch PWNED)"), path(r"fish\' ; touch PWNED #"), path("x; touch PWNED #")]);
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
    logs.space  fail  audit.log  there is room for 143360 bytes, and to rotate it takes 20971520  make room on the disk of [ROOT]/work/logs: there is no backup to pack
    ── status 1
    ");
    let backups =
        "for log in audit.log.1 audit.log.2 audit.log.3 payments.log.2; do head -c 100000 /dev/zero >logs/$log; done";
    let with_backups = full(&format!("{backups}; head -c 300000 /dev/zero >logs/audit.log")).unwrap();
    assert_snapshot!(with_backups, @"
    CHECK  STATE  SUBJECT  MESSAGE  REMEDY
    logs.space  fail  audit.log  there is room for 32768 bytes, and to rotate it takes 20971520  move backups of audit.log to another disk, or pack them: they take 195 KiB, and `parse` reads them packed as well: gzip [ROOT]/work/logs/audit.log.3 [ROOT]/work/logs/audit.log.2
    ── status 1
    ");
}
