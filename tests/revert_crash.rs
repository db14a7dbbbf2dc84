//! A revert that dies at any of its steps leaves the database as it was or as it should be; one that somebody was
//! faster than is refused.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use auditctl::config::Database;
use auditctl::query::Zone;
use auditctl::store::{self, Change, NewEntry, NewRevision, NewVersion, RowWrite, Rows, Store, StoreError, WriteError};
use auditctl::versions::apply::{ApplyError, Trail, apply};
use auditctl::versions::{Converter, Planning, Request, plan};
use rusqlite::Connection;
use tempfile::TempDir;

/// The process dies when so many calls were made.
struct Dying {
    inner: Box<dyn Change>,
    left: usize,
}

impl Dying {
    fn step(&mut self) {
        self.left = self.left.checked_sub(1).unwrap_or_else(|| std::process::abort());
    }
}

impl Rows for Dying {
    fn write(&mut self, writes: &[RowWrite]) -> Result<(), WriteError> {
        self.step();
        // In the midst of an object's statements as well.
        for write in writes {
            self.inner.write(std::slice::from_ref(write))?;
            self.step();
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        self.step();
        self.inner.commit()?;
        self.step();
        Ok(())
    }
}

impl Change for Dying {
    fn store(&mut self) -> &mut dyn Store {
        self.step();
        self.inner.store()
    }

    fn add_revision(&mut self, revision: &NewRevision) -> Result<i64, WriteError> {
        self.step();
        self.inner.add_revision(revision)
    }

    fn add_version(&mut self, version: &NewVersion) -> Result<i64, WriteError> {
        self.step();
        self.inner.add_version(version)
    }

    fn add_entry(&mut self, entry: &NewEntry) -> Result<i64, WriteError> {
        self.step();
        self.inner.add_entry(entry)
    }
}

/// Plans, lets something happen, and applies.
fn revert(path: &Path, request: &Request, between: impl FnOnce(), steps: usize) -> Result<(), ApplyError> {
    let database = Database::Sqlite { path: path.to_owned() };
    let mut reading = store::open(&database, None).unwrap();
    let (types, profiles, converter) = (reading.content_types().unwrap(), BTreeMap::new(), Converter::new(Zone::UTC));
    let planning = Planning { types: &types, profiles: &profiles, converter: &converter };
    let shown = plan(&mut *reading, request, &planning, true).unwrap();
    assert!(shown.refusals.is_empty() && !shown.is_empty(), "{:?}", shown.refusals);
    drop(reading);
    between();
    let at = "2026-11-23T22:00:00Z".parse().unwrap();
    let trail = Trail { at, user: None, comment: "a test".into() };
    let mut change = Dying { inner: store::begin(&database, None).unwrap(), left: steps };
    let mut tell = |_: &mut dyn Store, _: &_, _: &_, _: &_| Ok::<(), StoreError>(());
    apply(&mut change, request, &planning, &shown, &trail, &mut tell).map(|_| ())
}

fn order_9(path: &Path) -> Request {
    let database = Database::Sqlite { path: path.to_owned() };
    let types = store::open(&database, None).unwrap().content_types().unwrap();
    let of = types.into_iter().find(|of| of.model == "purchaseorders").unwrap();
    Request::Object { of, object_id: "9".into(), version: 79, fields: Vec::new(), with_parents: false }
}

fn payment_47(path: &Path) -> Request {
    let Request::Object { of, .. } = order_9(path) else { unreachable!() };
    let database = Database::Sqlite { path: path.to_owned() };
    let types = store::open(&database, None).unwrap().content_types().unwrap();
    let of = types.into_iter().find(|other| other.model == "payments" && other.app_label == of.app_label).unwrap();
    Request::Object { of, object_id: "47".into(), version: 280, fields: Vec::new(), with_parents: true }
}

struct Park {
    folder: TempDir,
}

impl Park {
    fn new() -> Park {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditctl"));
        command.env_clear().env("HOME", folder.path()).env("AUDITCTL_NOW", "2026-11-23T21:33:28Z");
        assert!(
            command.current_dir(&folder).args(["demo", "park"]).stdin(Stdio::null()).output().unwrap().status.success()
        );
        // No version has the order like this: it is recorded first.
        let park = Park { folder };
        let sql = "UPDATE api_purchaseorders SET email = 'otra@correo.example' WHERE id = 9";
        Connection::open(park.database()).unwrap().execute_batch(sql).unwrap();
        park
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("park/db.sqlite3")
    }
}

/// Every row that a revert may write, in words.
fn content(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    assert_eq!(connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
    let tables = ["api_purchaseorders", "api_payments", "reversion_revision", "reversion_version", "api_auditlog"];
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY id")).unwrap();
        let width = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let cells = (0..width).map(|at| format!("{:?}", row.get::<_, rusqlite::types::Value>(at).unwrap()));
            Ok(format!("{table} {}", cells.collect::<Vec<_>>().join(" ")))
        };
        rows.extend(statement.query_map([], row).unwrap().map(Result::unwrap));
    }
    rows
}

const CHILD: &str = "AUDITCTL_CRASH_TEST";

/// Not a test of its own: the process that dies.
#[test]
fn the_one_that_dies() {
    #[allow(clippy::disallowed_methods, reason = "the parent's word to its child")]
    let Ok(words) = std::env::var(CHILD) else { return };
    let (path, rest) = words.split_once('\n').unwrap();
    let (what, steps) = rest.split_once('\n').unwrap();
    let path = Path::new(path);
    let request = if what == "order" { order_9(path) } else { payment_47(path) };
    revert(path, &request, || {}, steps.parse().unwrap()).unwrap();
}

fn dies_at_each_step(what: &str, journal_mode: &str) {
    let park = Park::new();
    let connection = Connection::open(park.database()).unwrap();
    connection.query_row(&format!("PRAGMA journal_mode = {journal_mode}"), [], |_| Ok(())).unwrap();
    drop(connection);
    let before = content(&park.database());
    let whole = park.folder.path().join("whole.sqlite3");
    let after = {
        fs::copy(park.database(), &whole).unwrap();
        let request = if what == "order" { order_9(&whole) } else { payment_47(&whole) };
        revert(&whole, &request, || {}, usize::MAX).unwrap();
        content(&whole)
    };
    assert_ne!(before, after);
    let (mut deaths, mut steps, mut seen_after) = (0, 0, false);
    loop {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("db.sqlite3");
        fs::copy(park.database(), &path).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "the_one_that_dies", "--nocapture"]).stdout(Stdio::null()).stderr(Stdio::null());
        let lives = child.env(CHILD, format!("{}\n{what}\n{steps}", path.display())).status().unwrap().success();
        let found = content(&path);
        if lives {
            assert_eq!(found, after, "it lived through {steps} steps");
            break;
        }
        deaths += 1;
        seen_after |= found == after;
        assert!(found == before || found == after, "{what}, {journal_mode}: half done when it died at step {steps}");
        steps += 1;
    }
    assert!(deaths >= 10 && seen_after, "{deaths} deaths, one of them after the commit: {seen_after}");
}

#[test]
fn killed_at_each_step_of_a_change() {
    dies_at_each_step("order", "DELETE");
    dies_at_each_step("order", "WAL");
}

#[test]
fn killed_at_each_step_of_bringing_back() {
    dies_at_each_step("payment", "DELETE");
}

#[test]
fn whoever_writes_between_plan_and_apply_is_respected() {
    let writes = [
        "UPDATE api_purchaseorders SET status = 'FAILED' WHERE id = 9",
        "UPDATE api_purchaseorders SET total_usd = total_usd + 1 WHERE id = 9",
        "PRAGMA foreign_keys = OFF; DELETE FROM api_purchaseorders WHERE id = 9",
        "UPDATE reversion_version SET serialized_data = replace(serialized_data, '500.50', '501.50') WHERE id = 322",
        "UPDATE reversion_version SET serialized_data = replace(serialized_data, 'PENDING', 'PAID') WHERE id = 79",
        "UPDATE reversion_version SET object_repr = 'x' WHERE id = 79",
        "DELETE FROM reversion_version WHERE id = 322",
    ];
    for sql in writes {
        let park = Park::new();
        let path = park.database();
        let other = || Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let mut bytes = Vec::new();
        let between = || {
            other();
            bytes = fs::read(&path).unwrap();
        };
        let refused = revert(&path, &order_9(&path), between, usize::MAX);
        assert!(matches!(refused, Err(ApplyError::Changed { .. } | ApplyError::Plan(_))), "{sql}: {refused:?}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{sql}: refused, and a byte is not the same");
    }
    // What the plan does not depend on is nobody's business.
    let park = Park::new();
    let path = park.database();
    let sql = "UPDATE api_purchaseorders SET status = 'FAILED' WHERE id = 10; INSERT INTO reversion_revision (date_created, comment) VALUES ('2026-11-23 21:00:00', '')";
    revert(&path, &order_9(&path), || Connection::open(&path).unwrap().execute_batch(sql).unwrap(), usize::MAX)
        .unwrap();
}

/// A constraint that no rehearsal knows of, such as a trigger's, is found in the transaction, at a statement or at the
/// commit: no byte of the file is another.
#[test]
fn a_refusal_inside_the_transaction_changes_no_byte() {
    let statement = "CREATE TRIGGER no BEFORE UPDATE ON api_purchaseorders BEGIN SELECT RAISE(ABORT, 'never'); END";
    let commit = "CREATE TABLE far (x integer REFERENCES api_visits (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER no AFTER UPDATE ON api_purchaseorders BEGIN INSERT INTO far VALUES (-1); END";
    let trail = "CREATE TRIGGER no BEFORE INSERT ON api_auditlog BEGIN SELECT RAISE(ABORT, 'never'); END";
    for (sql, mode) in [(statement, "DELETE"), (commit, "DELETE"), (trail, "DELETE"), (commit, "WAL")] {
        let park = Park::new();
        let path = park.database();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(())).unwrap();
        drop(connection);
        let bytes = fs::read(&path).unwrap();
        let refused = revert(&path, &order_9(&path), || {}, usize::MAX);
        assert!(
            matches!(refused, Err(ApplyError::Refused(_) | ApplyError::Write(WriteError::Refused(_)))),
            "{refused:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "{sql}");
    }
}
