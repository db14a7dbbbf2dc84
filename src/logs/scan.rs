//! Reads sets of log files on several threads: blocks are worked on side by side and their results taken in order.
//!
//! Memory is bounded: so many blocks are under way and no more. One file after the other is read, each from its front;
//! several sets are read side by side where their records are to be merged by time. Of a large file each thread reads
//! the piece it works on, for half of the time goes into copying it out of the system's memory; the pieces are taken in
//! order, and read again one after the other where the file turns out to have changed meanwhile. What can't be read is reported at
//! the end, and the rest is read all the same.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::block::Block;
use super::cutter::USUAL;
use super::feed::{Feed, open_together};
pub use super::feed::{Reading, Trouble};
use super::files::LogSet;

/// More threads than this only wait for each other.
const MOST_THREADS: usize = 8;

/// As many threads as are of use on this machine.
pub fn usual_threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}

/// What threads take blocks from.
struct Shared {
    feed: Mutex<Feed>,
    /// A piece was taken, or all were given up.
    moved: Condvar,
}

impl Shared {
    /// The next block and its number.
    fn next(&self) -> Option<(u64, Block)> {
        let mut feed = locked(&self.feed);
        loop {
            let Some(mut piece) = feed.begin_piece() else {
                if !feed.has_pieces() {
                    return feed.next();
                }
                feed = self.moved.wait(feed).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(feed);
            let is_whole = piece.read();
            let early = |feed: &mut Feed| feed.is_early(&piece);
            feed = self.moved.wait_while(locked(&self.feed), early).unwrap_or_else(PoisonError::into_inner);
            let taken = feed.take_piece(piece, is_whole);
            self.moved.notify_all();
            if taken.is_some() {
                return taken;
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Who panicked while holding it ends the scan anyway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads all sets one after the other. `work` runs on any thread, with something of the thread's own; `take` gets what
/// it made, in the order of the files.
pub fn in_order<W, T: Send>(
    sets: Vec<LogSet>,
    reading: &Reading,
    own: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Block) -> T + Sync,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) -> Vec<Trouble> {
    let files = open_together(sets).into_iter().flatten().collect();
    let shared = Shared { feed: Mutex::new(Feed::new(files, USUAL, reading)), moved: Condvar::new() };
    let threads = reading.threads.max(1);
    let turns = Turns { taken: Mutex::new(Some(0)), moved: Condvar::new(), ahead: 2 * threads as u64 };
    thread::scope(|scope| {
        let (send, results) = channel();
        for _ in 0..threads {
            let send = send.clone();
            let (shared, turns, own, work) = (&shared, &turns, &own, &work);
            scope.spawn(move || worker(shared, turns, own, work, &send));
        }
        drop(send);
        collect(&results, &turns, &mut take);
        turns.stop();
    });
    locked(&shared.feed).take_troubles()
}

/// Keeps the threads from running too far ahead of what is taken.
struct Turns {
    /// How many results were taken; None when no more are wanted.
    taken: Mutex<Option<u64>>,
    moved: Condvar,
    ahead: u64,
}

impl Turns {
    /// Waits until the result of this number is nearly wanted; false when none is wanted any more.
    fn wait_for(&self, number: u64) -> bool {
        let taken = locked(&self.taken);
        let is_far = |taken: &mut Option<u64>| taken.is_some_and(|taken| number >= taken + self.ahead);
        let taken = self.moved.wait_while(taken, is_far).unwrap_or_else(PoisonError::into_inner);
        taken.is_some()
    }

    fn took(&self, all: u64) {
        *locked(&self.taken) = Some(all);
        self.moved.notify_all();
    }

    fn stop(&self) {
        *locked(&self.taken) = None;
        self.moved.notify_all();
    }
}

fn worker<W, T>(
    shared: &Shared,
    turns: &Turns,
    own: impl Fn() -> W,
    work: impl Fn(&mut W, &Block) -> T,
    send: &Sender<(u64, T)>,
) {
    let _ends_all = EndsAll(turns, shared);
    let mut own = own();
    let mut number = 0;
    // The next block has at least this number.
    while turns.wait_for(number) {
        let Some((this, block)) = shared.next() else { return };
        let made = work(&mut own, &block);
        if send.send((this, made)).is_err() {
            return;
        }
        // Who reads from a pipe may have the feed for as long as nothing comes.
        locked(&shared.feed).give_back(block.into_buffer());
        number = this + 1;
    }
}

/// A thread that panics leaves nobody waiting for its result.
struct EndsAll<'t>(&'t Turns, &'t Shared);

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
            locked(&self.1.feed).give_up();
            self.1.moved.notify_all();
        }
    }
}

/// Takes results by their numbers.
fn collect<T>(results: &Receiver<(u64, T)>, turns: &Turns, take: &mut impl FnMut(T) -> ControlFlow<()>) {
    let mut early = BTreeMap::new();
    let mut wanted = 0;
    for (number, made) in results {
        early.insert(number, made);
        while let Some(made) = early.remove(&wanted) {
            if take(made).is_break() {
                return;
            }
            wanted += 1;
            turns.took(wanted);
        }
    }
}

/// Reads every set on a thread of its own; `take` gets the streams of what `work` made of each set's blocks, in order.
pub fn side_by_side<W, T: Send>(
    sets: Vec<LogSet>,
    reading: &Reading,
    own: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Block) -> T + Sync,
    take: impl FnOnce(Vec<Receiver<T>>),
) -> Vec<Trouble> {
    const ALL: usize = 16 << 20;
    let usual = (ALL / sets.len().max(1)).clamp(64 << 10, USUAL);
    let troubles = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let mut streams = Vec::new();
        for (number, files) in open_together(sets).into_iter().enumerate() {
            let (send, receive) = sync_channel(1);
            streams.push(receive);
            let (troubles, own, work) = (&troubles, &own, &work);
            scope.spawn(move || {
                let mut own = own();
                let mut feed = Feed::new(files, usual, reading);
                while let Some((_, block)) = feed.next() {
                    let made = work(&mut own, &block);
                    feed.give_back(block.into_buffer());
                    if send.send(made).is_err() {
                        break;
                    }
                }
                locked(troubles).push((number, feed.take_troubles()));
            });
        }
        take(streams);
    });
    // Told in the order of the sets, whichever was done first.
    let mut troubles = troubles.into_inner().unwrap_or_else(PoisonError::into_inner);
    troubles.sort_unstable_by_key(|(number, _)| *number);
    troubles.into_iter().flat_map(|(_, troubles)| troubles).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::logs::files::{Source, in_folder};
    use crate::logs::grammar::{Style, begins};

    /// The records of a folder: the file of each, where it begins there, its line and its text; and how many lines
    /// belong to none.
    fn records(folder: &Path) -> (Vec<(String, u64, u64, String)>, u64) {
        let (mut all, mut skipped) = (Vec::new(), 0);
        let work = |_: &mut (), block: &Block| {
            let mut found = Vec::new();
            block.records(None, |record| {
                let name = Path::new(record.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
                found.push((name, record.offset, record.line_number, record.text.to_owned()));
            });
            (found, block.skipped_lines())
        };
        let take = |(found, lines)| {
            all.extend(found);
            skipped += lines;
            ControlFlow::Continue(())
        };
        assert!(in_order(in_folder(folder).unwrap(), &reading(2), || (), work, take).is_empty());
        (all, skipped)
    }

    const LINES: [&str; 8] = [
        "2026-11-23 03:09:54 - a - INFO - x",
        "2026-11-23 03:09:55,123 - b c - ERROR - module - function:12 - AUDIT: {\"a\": 1}",
        "Traceback (most recent call last):",
        "  ñandú",
        "2026-11-23",
        "2026-11-23 03:09:54 - prose",
        "{\"time\": 1, \"n\": 2}",
        "7",
    ];

    proptest! {
        #[test]
        fn a_log_that_was_torn_anywhere_is_read_as_if_it_was_not(
            lines in prop::collection::vec(prop::sample::select(&LINES[..]), 1..12),
            ends in any::<bool>(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        ) {
            let text = lines.join("\n") + if ends { "\n" } else { "" };
            let whole = tempfile::tempdir().unwrap();
            std::fs::write(whole.path().join("a.log"), &text).unwrap();
            let expected = records(whole.path());
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).collect();
            cuts.sort_unstable();
            cuts.push(text.len());
            let torn = tempfile::tempdir().unwrap();
            let mut from = 0;
            // The name of each file and where it begins in the text.
            let mut files = Vec::new();
            for (number, &to) in (0..cuts.len()).rev().zip(&cuts) {
                let name = if number == 0 { "a.log".to_owned() } else { format!("a.log.{number}") };
                std::fs::write(torn.path().join(&name), &text.as_bytes()[from..to]).unwrap();
                files.push((name, from));
                from = to;
            }
            // What begins a record at the beginning of a file does so whatever was before it.
            let is_start = |at: usize| {
                let line = text.as_bytes()[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
                begins(line, None).is_some() || begins(line, Some(Style::Json)).is_some()
            };
            let begun: Vec<usize> = expected.0.iter().map(|(_, offset, ..)| *offset as usize).collect();
            prop_assume!(files.iter().all(|(_, at)| begun.contains(at) || !is_start(*at)));
            let (found, skipped) = records(torn.path());
            // A record is of the file in which it begins.
            let of_files: Vec<_> = expected.0.into_iter().map(|(_, offset, _, record)| {
                let offset = offset as usize;
                let (name, from) = files.iter().rfind(|(_, from)| *from <= offset).unwrap();
                let line = text.as_bytes()[*from..offset].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
                (name.clone(), (offset - from) as u64, line, record)
            }).collect();
            prop_assert_eq!(found, of_files);
            prop_assert_eq!(skipped, expected.1);
        }
    }

    fn reading(threads: usize) -> Reading {
        Reading { threads, counts_lines: true, read: Arc::default() }
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        let mut sources = Vec::new();
        for file in 0..3 {
            // Several pieces long, and one record longer than some of them.
            let more = |n: usize| "\nmore".repeat(if n == 40_000 { 600_000 } else { n % 3 });
            let lines: Vec<String> =
                (0..80_000).map(|n| format!("2026-11-23 03:09:54 - a - INFO - {file} line {n}{}", more(n))).collect();
            let path = folder.path().join(format!("{file}.log"));
            std::fs::write(&path, lines.join("\n") + "\n").unwrap();
            sources.push(Source::File(path));
            expected.extend(lines);
        }
        sources.insert(1, Source::File(folder.path().join("gone.log")));
        for threads in [1, 2, 5] {
            let sets = vec![LogSet { log: None, sources: sources.clone() }];
            let mut found: Vec<String> = Vec::new();
            let work = |_: &mut (), block: &Block| {
                let mut texts = Vec::new();
                block.records(None, |record| texts.push(record.text.to_owned()));
                texts
            };
            let troubles = in_order(
                sets,
                &reading(threads),
                || (),
                work,
                |texts| {
                    found.extend(texts);
                    ControlFlow::Continue(())
                },
            );
            assert!(found == expected, "{} of {}", found.len(), expected.len());
            assert_eq!(troubles.len(), 1);
        }
    }
}
