//! `auditctl doctor`: a command line, and all that it prints.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use common::env::narrow;
use common::logs::{either, world};
use common::{Ran, TestEnv};
use insta::assert_snapshot;

fn shown(ran: &Ran) -> String {
    either(&narrow(ran))
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
    logs.sizes  warn  [ROOT]/work/elsewhere/big.log  there are 2 backups, and 1 is to be kept  the next rotation removes the oldest: set `keep` in the profile if they are wanted
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
    logs.folder  fail  file  the folder of the logs cannot be opened: Not a directory (os error 20)  it comes from: --log-dir
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
    assert_snapshot!(env.run("doctor --only log"), @"
    ── stderr
    auditctl: error: there is no check 'log': the checks are database.reachable, database.permissions, database.integrity, database.size, table.schema, table.index, table.secrets, time.zone, time.clock, logs.folder, logs.filesystem, logs.permissions, logs.policy, logs.limits, logs.sizes, logs.writers, logs.space, logs.unfinished
    hint: did you mean 'logs'?
    ── status 2
    ");
    // Nothing looked at is not all well.
    assert_snapshot!(env.run("doctor --only logs.sizes,time --skip logs,time.zone,time.clock"), @"
    ── stderr
    auditctl: error: no check is left: --skip leaves out all that would be run
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
