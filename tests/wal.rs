//! Databases in WAL mode: with a writer, idle, on a file system that can't be written, and somebody else's.
//!
//! Who opens an idle one creates its `-wal` and `-shm` files. Made by somebody the service is not, they could lock it
//! out; so only the owner of the database and root may open it then.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use common::env::State;
use common::{Missing, Ran, TestEnv, Writer, mounts, skip};
use insta::assert_snapshot;

/// A user who owns nothing here: `nobody` on most systems.
const STRANGER: u32 = 65534;

#[test]
fn as_a_writer() {
    common::writer::serve();
}

fn idle() -> TestEnv {
    let env = TestEnv::with_story();
    env.sql("PRAGMA journal_mode = WAL");
    assert!(!env.path("db.sqlite3-wal").exists() && !env.path("db.sqlite3-shm").exists());
    env
}

/// A world that a stranger may look at and run the program in; None where that takes a root the test isn't.
#[track_caller]
fn with_strangers(env: TestEnv) -> Option<TestEnv> {
    if !rustix::process::geteuid().is_root() {
        skip(Missing::Privilege, "only root can run the program as another user");
        return None;
    }
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(env.root(), 0o755);
    open(&env.path(""), 0o755);
    open(&env.database(), 0o644);
    // Where the program was built may be closed to others. Copied by another process: a descriptor that this one has
    // open for writing is inherited by whatever another test starts meanwhile, and keeps the copy from being run.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_auditctl")).arg(env.root().join("auditctl")).status();
    assert!(copied.unwrap().success());
    open(&env.root().join("auditctl"), 0o755);
    Some(env)
}

fn run_as(env: &TestEnv, uid: u32, line: &str) -> Ran {
    let mut command = Command::new(env.root().join("auditctl"));
    env.prepare(&mut command);
    command.args(line.split(' ')).uid(uid).gid(uid);
    env.output(command)
}

/// What lies beside the database.
fn names(env: &TestEnv) -> Vec<String> {
    let path = |state: State| state.path.file_name().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = env.state().into_iter().map(path).filter(|name| name.starts_with("db.")).collect();
    names.sort();
    names
}

#[test]
fn what_a_writer_has_committed_is_there_at_once() {
    let env = idle();
    let mut writer = Writer::of(&env.database());
    writer.sql("PRAGMA wal_autocheckpoint = 0; DELETE FROM api_auditlog WHERE id > 5");
    let before = fs::read(env.database()).unwrap();
    assert_snapshot!(env.run("list --count"), @"
    5
    ── status 0
    ");
    writer.sql("BEGIN IMMEDIATE; DELETE FROM api_auditlog WHERE id > 4");
    assert_snapshot!(env.run("list --count"), @"
    5
    ── status 0
    ");
    writer.sql("COMMIT; BEGIN EXCLUSIVE; DELETE FROM api_auditlog");
    assert_snapshot!(env.run("list --count"), @"
    4
    ── status 0
    ");
    assert!(fs::read(env.database()).unwrap() == before, "the database's own file");
    writer.sql("COMMIT");
    assert_snapshot!(env.run("list --count"), @"
    0
    ── status 0
    ");
}

#[test]
fn its_owner_may_open_an_idle_one_and_the_service_goes_on() {
    let env = idle();
    let before = fs::read(env.database()).unwrap();
    let owner = fs::metadata(env.database()).unwrap();
    assert_snapshot!(env.run("list --count"), @"
    18
    ── status 0
    ");
    assert!(fs::read(env.database()).unwrap() == before);
    for state in env.state() {
        assert_eq!((state.access.0, state.access.1), (owner.uid(), owner.gid()), "{}", state.path.display());
    }
    Writer::of(&env.database()).sql("DELETE FROM api_auditlog WHERE id > 5");
    assert_snapshot!(env.run("list --count"), @"
    5
    ── status 0
    ");
}

#[test]
fn root_leaves_files_that_are_the_owner_s() {
    let Some(env) = with_strangers(idle()) else { return };
    chown(env.database(), Some(STRANGER), Some(STRANGER)).unwrap();
    assert_snapshot!(env.run("list --count"), @"
    18
    ── status 0
    ");
    for name in names(&env) {
        assert_eq!(fs::metadata(env.path(&name)).unwrap().uid(), STRANGER, "{name}");
    }
}

#[test]
fn a_stranger_may_not_open_an_idle_one() {
    let Some(env) = with_strangers(idle()) else { return };
    let before = env.state();
    assert_snapshot!(run_as(&env, STRANGER, "list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 is an idle WAL database that belongs to root: opened by somebody else, it would be left with files that can lock the service out
    hint: run as root, or while the service runs
    ── status 3
    ");
    assert_snapshot!(run_as(&env, STRANGER, "show 5"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 is an idle WAL database that belongs to root: opened by somebody else, it would be left with files that can lock the service out
    hint: run as root, or while the service runs
    ── status 3
    ");
    // Not even where the folder would let them.
    fs::set_permissions(env.path(""), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(run_as(&env, STRANGER, "list --count").status, 3);
    assert!(env.state() == before);
}

#[test]
fn a_stranger_may_read_beside_a_writer() {
    let Some(env) = with_strangers(idle()) else { return };
    let mut writer = Writer::of(&env.database());
    writer.sql("PRAGMA wal_autocheckpoint = 0; DELETE FROM api_auditlog WHERE id > 5");
    assert_snapshot!(run_as(&env, STRANGER, "list --count"), @"
    5
    ── status 0
    ");
    assert_snapshot!(run_as(&env, STRANGER, "show 1 -o csv"), @"
    id,timestamp,action,model,record_id,details,user,username,method,path,status,request,response,decoded␍
    1,2026-11-20T08:00:00-06:00,created,purchaseorders,9,Action created on purchaseorders with id 9,5,ana,,,,,,none␍
    ── status 0
    ");
    writer.sql("DELETE FROM api_auditlog WHERE id > 4");
    assert_snapshot!(run_as(&env, STRANGER, "list --count"), @"
    4
    ── status 0
    ");
}

/// Its `-wal` is not empty, and nobody has it open.
#[test]
fn a_stranger_may_read_what_a_dead_writer_left() {
    let Some(env) = with_strangers(idle()) else { return };
    let mut writer = Writer::of(&env.database());
    writer.sql("PRAGMA wal_autocheckpoint = 0; DELETE FROM api_auditlog WHERE id > 5");
    drop(writer);
    let before = env.state();
    assert_snapshot!(run_as(&env, STRANGER, "list --count"), @"
    5
    ── status 0
    ");
    assert!(env.state() == before);
}

#[test]
fn a_folder_in_which_its_owner_may_create_nothing() {
    let Some(env) = with_strangers(idle()) else { return };
    chown(env.database(), Some(STRANGER), Some(STRANGER)).unwrap();
    let before = env.state();
    assert_snapshot!(run_as(&env, STRANGER, "list"), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 is a WAL database, and its -shm file cannot be created beside it
    hint: copy [ROOT]/work/db.sqlite3 and, if it is there, [ROOT]/work/db.sqlite3-wal to a folder you may write to, and name the copy
    ── status 3
    ");
    assert!(env.state() == before);
}

#[test]
fn a_file_that_may_not_be_read() {
    let Some(env) = with_strangers(TestEnv::with_story()) else { return };
    fs::set_permissions(env.database(), fs::Permissions::from_mode(0o600)).unwrap();
    assert_snapshot!(run_as(&env, STRANGER, "list"), @"
    ── stderr
    auditctl: error: cannot read [ROOT]/work/db.sqlite3: Permission denied (os error 13)
    hint: run as a user who may read it
    ── status 3
    ");
    fs::set_permissions(env.path(""), fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(env.root().join("auditctl"));
    env.prepare(&mut command);
    command.args(["list", "--database"]).arg(env.database()).uid(STRANGER).gid(STRANGER).current_dir("/");
    assert_snapshot!(env.output(command), @"
    ── stderr
    auditctl: error: cannot read [ROOT]/work/db.sqlite3: Permission denied (os error 13)
    hint: run as a user who may read it
    ── status 3
    ");
}

#[test]
fn a_read_only_mount() {
    let env = idle();
    let in_mount = |line: &str| mounts::after(&env, "mount --bind . .; mount -o remount,bind,ro .", line);
    let Some(listed) = in_mount("list") else { return };
    let before = env.state();
    assert_snapshot!(listed, @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 is a WAL database, and its -shm file cannot be created beside it
    hint: copy [ROOT]/work/db.sqlite3 and, if it is there, [ROOT]/work/db.sqlite3-wal to a folder you may write to, and name the copy
    ── status 3
    ");
    assert_snapshot!(in_mount("show 5").unwrap(), @"
    ── stderr
    auditctl: error: [ROOT]/work/db.sqlite3 is a WAL database, and its -shm file cannot be created beside it
    hint: copy [ROOT]/work/db.sqlite3 and, if it is there, [ROOT]/work/db.sqlite3-wal to a folder you may write to, and name the copy
    ── status 3
    ");
    assert!(env.state() == before);
    env.sql("PRAGMA journal_mode = DELETE");
    assert_snapshot!(in_mount("list --count").unwrap(), @"
    18
    ── status 0
    ");
}
