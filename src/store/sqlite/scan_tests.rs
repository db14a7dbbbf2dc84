//! Whatever the ids, however often a range has to be read again: each id comes once, in order.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;

use proptest::prelude::*;
use rusqlite::ffi;

use super::*;

fn readers(n: usize) -> Vec<Mutex<Reader>> {
    (0..n).map(|_| Mutex::new(Reader::new(Connection::open_in_memory().unwrap()).unwrap())).collect()
}

fn nobody_waits() -> bool {
    false
}

fn interruption() -> Stop {
    Stop::Failed(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None))
}

/// The ids of a range as a table would give them.
fn within(table: &BTreeSet<i64>, range: IdRange, descending: bool) -> Vec<i64> {
    let mut ids: Vec<i64> = table.range(range.low..=range.high).copied().collect();
    if descending {
        ids.reverse();
    }
    ids
}

fn whole(table: &BTreeSet<i64>) -> IdRange {
    IdRange { low: *table.first().unwrap(), high: *table.last().unwrap() }
}

/// Scans a table of which no more than `bearable` ids can be read at once, and counts the attempts in vain.
fn scanned(table: &BTreeSet<i64>, workers: usize, descending: bool, bearable: usize) -> (Vec<i64>, usize) {
    let in_vain = AtomicUsize::new(0);
    let read = |_: &Reader, range: IdRange| {
        let ids = within(table, range, descending);
        let count = ids.len();
        if count <= bearable || range.is_single() {
            // As many bytes as make half of what is bearable the size to aim at.
            return Ok(Piece { bytes: TARGET_BYTES / bearable * count, result: ids });
        }
        in_vain.fetch_add(1, Ordering::Relaxed);
        Err(if count.is_multiple_of(2) { interruption() } else { Stop::TooMuch })
    };
    let mut delivered = Vec::new();
    let result = scan(&readers(workers), whole(table), FIRST_SIZE, descending, &nobody_waits, read, |ids| {
        delivered.extend(ids);
        ControlFlow::Continue(())
    });
    result.unwrap();
    (delivered, in_vain.into_inner())
}

fn expected(table: &BTreeSet<i64>, descending: bool) -> Vec<i64> {
    within(table, whole(table), descending)
}

#[test]
fn a_range_is_divided_without_loss_at_both_ends_of_all_numbers() {
    let all = IdRange { low: i64::MIN, high: i64::MAX };
    assert_eq!(all.ids(), u64::MAX, "one less than there are, for want of a larger number");
    for descending in [false, true] {
        for size in [1, 2, 2048, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX] {
            let (mut covered, mut left) = (0_u128, Some(all));
            let mut edge = if descending { i128::from(i64::MAX) } else { i128::from(i64::MIN) };
            for _ in 0..5 {
                let Some(range) = left else { break };
                let (piece, rest) = range.split(size, descending);
                let begins = i128::from(if descending { piece.high } else { piece.low });
                assert_eq!(begins, edge, "{size} {descending}");
                assert!(piece.low <= piece.high);
                edge = if descending { i128::from(piece.low) - 1 } else { i128::from(piece.high) + 1 };
                covered += u128::from(piece.high.abs_diff(piece.low)) + 1;
                left = rest;
            }
            let rest = left.map_or(0, |range| u128::from(range.high.abs_diff(range.low)) + 1);
            assert_eq!(covered + rest, 1 << 64, "{size} {descending}");
        }
    }
}

#[test]
fn ids_at_the_ends_of_all_numbers_with_nothing_between() {
    for table in [
        BTreeSet::from([i64::MIN, i64::MAX]),
        BTreeSet::from([i64::MIN]),
        BTreeSet::from([i64::MAX]),
        BTreeSet::from([-1, 0, 1]),
        BTreeSet::from([i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]),
        (1..=5000).chain([i64::MAX]).collect(),
        (1..=5000).chain([i64::MIN]).collect(),
        (i64::MAX - 5000..=i64::MAX).collect(),
    ] {
        for descending in [false, true] {
            for workers in [1, 3] {
                assert_eq!(scanned(&table, workers, descending, usize::MAX).0, expected(&table, descending));
            }
        }
    }
}

/// A hundred thousand rows behind a gap of all numbers, of which a hundredth is as much as can be read at once. An
/// attempt in vain takes a fifth of a second: there must not be many.
#[test]
fn rows_behind_a_gap_take_few_attempts_in_vain() {
    for table in [
        (1..=100_000).chain([i64::MAX]).collect::<BTreeSet<i64>>(),
        (-100_000..=-1).chain([i64::MIN, 1 << 40]).collect(),
    ] {
        for descending in [false, true] {
            let (delivered, in_vain) = scanned(&table, 2, descending, 1000);
            assert_eq!(delivered, expected(&table, descending));
            assert!(in_vain < 40, "{in_vain}");
        }
    }
}

#[test]
fn an_empty_range_is_nothing_to_read() {
    let read = |_: &Reader, _: IdRange| -> Result<Piece<()>, Stop> { panic!("nothing to read") };
    scan(&readers(1), IdRange { low: 1, high: 0 }, FIRST_SIZE, false, &nobody_waits, read, |()| {
        ControlFlow::Continue(())
    })
    .unwrap();
}

#[test]
fn a_failure_comes_after_what_was_read_before_it() {
    let table: BTreeSet<i64> = (1..=20_000).collect();
    for workers in [1, 3] {
        let read = |_: &Reader, range: IdRange| {
            if range.high >= 15_000 {
                Err(Stop::Failed(rusqlite::Error::QueryReturnedNoRows))
            } else {
                Ok(Piece { result: within(&table, range, false), bytes: 0 })
            }
        };
        let mut delivered = Vec::new();
        let result = scan(&readers(workers), whole(&table), FIRST_SIZE, false, &nobody_waits, read, |ids| {
            delivered.extend(ids);
            ControlFlow::Continue(())
        });
        assert!(matches!(result, Err(rusqlite::Error::QueryReturnedNoRows)));
        // Side by side, the failure may come before the first range is read.
        assert!((workers > 1 || !delivered.is_empty()) && delivered.len() < 15_000);
        assert_eq!(delivered, (1..=delivered.len() as i64).collect::<Vec<_>>());
    }
}

#[test]
fn one_row_that_is_too_much_is_a_failure_and_no_endless_loop() {
    let table: BTreeSet<i64> = (1..=5000).collect();
    let read = |_: &Reader, range: IdRange| {
        if (range.low..=range.high).contains(&2500) { Err(Stop::TooMuch) } else { Ok(Piece { result: (), bytes: 0 }) }
    };
    assert!(
        scan(&readers(2), whole(&table), FIRST_SIZE, false, &nobody_waits, read, |()| ControlFlow::Continue(()))
            .is_err()
    );
}

#[test]
fn who_has_enough_gets_no_more() {
    let table: BTreeSet<i64> = (1..=100_000).collect();
    for workers in [1, 4] {
        let read = |_: &Reader, range: IdRange| Ok(Piece { result: within(&table, range, true), bytes: 0 });
        let mut delivered = Vec::new();
        let result = scan(&readers(workers), whole(&table), FIRST_SIZE, true, &nobody_waits, read, |ids| {
            delivered.extend(ids);
            if delivered.len() > 10_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        result.unwrap();
        assert_eq!(delivered, (1..=100_000).rev().take(delivered.len()).collect::<Vec<_>>());
        assert!(delivered.len() < 100_000);
    }
}

/// The panic reaches the caller; nobody waits for the thread that is gone.
#[test]
fn a_panic_ends_the_scan() {
    let table: BTreeSet<i64> = (1..=100_000).collect();
    for workers in [1, 2, 4] {
        for panics_at in [1, 50_000, 100_000] {
            let read = |_: &Reader, range: IdRange| {
                assert!(!(range.low..=range.high).contains(&panics_at), "a test's own panic");
                Ok(Piece { result: (), bytes: 0 })
            };
            let scan = || {
                scan(&readers(workers), whole(&table), FIRST_SIZE, false, &nobody_waits, read, |()| {
                    ControlFlow::Continue(())
                })
            };
            assert!(catch_unwind(AssertUnwindSafe(scan)).is_err(), "{workers} workers");

            let read = |_: &Reader, range: IdRange| Ok(Piece { result: range, bytes: 0 });
            let deliver = |range: IdRange| -> ControlFlow<()> {
                assert!(!(range.low..=range.high).contains(&panics_at), "a test's own panic");
                ControlFlow::Continue(())
            };
            let scan =
                || super::scan(&readers(workers), whole(&table), FIRST_SIZE, false, &nobody_waits, read, deliver);
            assert!(catch_unwind(AssertUnwindSafe(scan)).is_err(), "{workers} workers");
        }
    }
}

/// As long as one connection reads, the process holds its lock: when a writer waits, nobody may begin before all have
/// ended. In between, nobody waits and they read side by side.
#[test]
fn all_come_to_rest_when_a_writer_waits() {
    let table: BTreeSet<i64> = (1..=8_000).collect();
    for (waits, at_once) in [(true, 1..=1), (false, 2..=4)] {
        let (reading, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let read = |_: &Reader, range: IdRange| {
            most.fetch_max(reading.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(2));
            reading.fetch_sub(1, Ordering::SeqCst);
            Ok(Piece { bytes: TARGET_BYTES, result: within(&table, range, false) })
        };
        let mut delivered = Vec::new();
        let result = scan(&readers(4), whole(&table), FIRST_SIZE, false, &|| waits, read, |ids| {
            delivered.extend(ids);
            ControlFlow::Continue(())
        });
        result.unwrap();
        assert_eq!(delivered, expected(&table, false));
        let most = most.into_inner();
        assert!(at_once.contains(&most), "{most} at once");
    }
}

#[test]
fn a_deadline_interrupts_a_statement_and_no_other() {
    let reader = Reader::new(Connection::open_in_memory().unwrap()).unwrap();
    let count = |up_to: u32| {
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {up_to}) SELECT max(i) FROM n"
        );
        reader.connection.query_row(&sql, [], |row| row.get::<_, u32>(0))
    };
    assert_eq!(count(100_000), Ok(100_000));
    reader.deadline.start(Duration::ZERO);
    assert!(count(u32::MAX).is_err_and(|error| interrupted(&error)));
    reader.deadline.clear();
    assert_eq!(count(100_000), Ok(100_000));
    reader.deadline.start(Duration::MAX / 4);
    assert_eq!(count(100_000), Ok(100_000));
    let given_up = reader.within(|_| {
        reader.deadline.start(Duration::ZERO);
        count(u32::MAX)
    });
    assert_eq!(given_up, Ok(None));
    assert_eq!(reader.within(|_| count(5)), Ok(Some(5)));
}

fn ids() -> impl Strategy<Value = BTreeSet<i64>> {
    let cluster = (prop_oneof![Just(i64::MIN), Just(0), Just(i64::MAX), any::<i64>()], 1usize..3000, 1i64..9);
    proptest::collection::vec(cluster, 1..5).prop_map(|clusters| {
        let members = |(at, n, step): (i64, usize, i64)| (0..n as i64).map(move |i| at.saturating_add(i * step - 500));
        clusters.into_iter().flat_map(members).collect()
    })
}

proptest! {
    #[test]
    fn each_id_comes_once_and_in_order(table in ids(), workers in 1usize..5, descending: bool, bearable in 1usize..4000) {
        let (delivered, _) = scanned(&table, workers, descending, bearable);
        prop_assert!(delivered == expected(&table, descending));
    }
}
