//! The service goes on writing while the program reads: in rollback-journal mode, where every reader keeps a writer
//! from committing, neither side ever hears that the database is locked.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use common::{TestEnv, Writer};

const ROWS: usize = 100_000;

/// Lets the writer end when the test does, however it does.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn as_a_writer() {
    common::writer::serve();
}

#[test]
fn a_writer_and_readers_do_not_lock_each_other_out() {
    let env = TestEnv::with_demo();
    env.sql(&format!(
        "DELETE FROM api_auditlog;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO api_auditlog (id, timestamp, action, model, details, user_id)
         SELECT i, datetime('2026-11-01', i || ' seconds'), 'POST /api/payments/', 'API Request',
             'Request Body: None, Response Code: ' || (200 + i % 2 * 204) || ', Response Body: ' || hex(zeroblob(300)), i % 12 FROM n"
    ));
    let (stop, commits) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut writer = Writer::of(&env.database());
    writer.sql("PRAGMA journal_mode = DELETE");
    thread::scope(|scope| {
        let stop_at_end = Stop(&stop);
        // The writer waits for a lock as long as Django does, and fails the test when it waits in vain.
        let writing = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                writer.sql(
                    "INSERT INTO api_auditlog (timestamp, action, model) VALUES ('2026-11-23 12:00:00', 'created', 'payments')",
                );
                commits.fetch_add(1, Ordering::Relaxed);
            }
        });
        for line in [
            "list --all --ordering id -o csv --no-header --columns id,details",
            "list --all -o csv --no-header --columns id",
            "list --all --ordering details,-id -o csv --no-header --columns id",
            "list --search 'response code: 404' --all -o csv --no-header --columns id",
        ] {
            let before = commits.load(Ordering::Relaxed);
            let ran = env.run(line);
            assert_eq!((ran.status, ran.said()), (0, ""), "{line}");
            let id = |row: &str| row.split(',').next().unwrap().parse::<usize>().unwrap();
            let mut ids: Vec<usize> = ran.text().lines().map(id).filter(|id| *id <= ROWS).collect();
            ids.sort_unstable();
            let expected = (1..=ROWS).filter(|id| !line.contains("--search") || id % 2 == 1);
            assert!(ids.into_iter().eq(expected), "{line}: each entry once");
            assert!(commits.load(Ordering::Relaxed) > before, "{line}: the writer came through");
        }
        for (line, count) in [
            ("list --count --status 404", ROWS / 2),
            ("list --count --search 'response code: 404'", ROWS / 2),
            ("list --count --model 'api request'", ROWS),
        ] {
            assert_eq!(env.run(line).to_string(), format!("{count}\n── status 0"), "{line}");
        }
        drop(stop_at_end);
        writing.join().unwrap();
    });
}

/// Every row says the same number in four places, and a transaction changes the number of all rows at once: one of
/// them read in the middle of it would show. With a write-ahead log, checkpoints empty the log time and again.
#[test]
fn no_row_is_read_half_written() {
    for (mode, after) in [("DELETE", ""), ("TRUNCATE", ""), ("WAL", "PRAGMA wal_checkpoint(TRUNCATE)"), ("WAL", "")] {
        let env = TestEnv::with_demo();
        env.sql(
            "DELETE FROM api_auditlog;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO api_auditlog (id, timestamp, action, model, record_id, details, user_id)
             SELECT i, '2026-11-01', 'POST /0/', 'API Request', 0, printf('%.*c0', (i % 7) * 900, 'x'), 0 FROM n",
        );
        let stop = AtomicBool::new(false);
        let mut writer = Writer::of(&env.database());
        writer.sql(&format!("PRAGMA journal_mode = {mode}; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF"));
        thread::scope(|scope| {
            let stop_at_end = Stop(&stop);
            let writing = scope.spawn(|| {
                let mut round = 0;
                while !stop.load(Ordering::Relaxed) {
                    round += 1;
                    // Rows grow and shrink, so that they move from page to page.
                    writer.sql(&format!(
                        "UPDATE api_auditlog SET action = 'POST /{round}/', record_id = {round}, user_id = {round},
                         details = printf('%.*c{round}', (id + {round}) % 7 * 900, 'x'); {after}"
                    ));
                }
                round
            });
            for run in 0..6 {
                let line = ["list --all --ordering id", "list --all --ordering -user"][run % 2];
                let ran = env.run(&format!("{line} -o tsv --no-header --columns action,record_id,user,details"));
                assert_eq!((ran.status, ran.said()), (0, ""), "{mode} {line}");
                for row in ran.text().lines() {
                    let cells: Vec<&str> = row.split('\t').collect();
                    let [action, record, user, details] = cells[..] else { panic!("{mode}: {row}") };
                    let agrees = action == format!("POST /{record}/")
                        && user == record
                        && details.trim_start_matches('x') == record;
                    assert!(agrees, "{mode}, {line}: {action} {record} {user} {}", details.trim_start_matches('x'));
                }
                assert_eq!(ran.text().lines().count(), 3000, "{mode} {line}");
            }
            drop(stop_at_end);
            assert!(writing.join().unwrap() > 1, "the writer came through");
        });
    }
}
