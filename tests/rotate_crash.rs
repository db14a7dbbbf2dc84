//! A rotation that dies or fails at any of its steps loses no line and leaves none twice, whenever the next run comes.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use auditctl::logs::filesystem::FileSystem;
use auditctl::logs::rotate::intent::{intent_name, part_name, stale_front};
use auditctl::logs::rotate::{Disk, Folder, Intent, Lossless, Method, RotateError, Simple};
use common::disk::{Stepped, Steps};
use common::{TestEnv, cutting};
use rustix::fs::{FallocateFlags, fallocate};

const LOG: &str = "audit.log";

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The process dies: nothing more is done.
    Dies,
    /// The system says no, once. What was asked for may be half done.
    Error(i32),
}

/// Files on which a step goes wrong. Nothing need be durable in a test whose machine lives on.
struct Faulty<'f> {
    inner: &'f Folder,
    fault: Fault,
    /// How many steps go well.
    left: Cell<usize>,
    dead: Cell<bool>,
    /// How many steps were made.
    steps: Cell<usize>,
}

impl<'f> Faulty<'f> {
    fn new(inner: &'f Folder, fault: Fault, at: usize) -> Stepped<Self> {
        Stepped(Faulty { inner, fault, left: Cell::new(at), dead: Cell::new(false), steps: Cell::new(0) })
    }

    fn count(&self) -> io::Result<()> {
        if self.dead.get() {
            return Err(io::Error::other("dead"));
        }
        self.steps.set(self.steps.get() + 1);
        let left = self.left.get();
        // Further errors come never; further steps of the dead do not count.
        self.left.set(left.wrapping_sub(1));
        match self.fault {
            _ if left != 0 => Ok(()),
            Fault::Dies => {
                self.dead.set(true);
                Err(io::Error::other("dead"))
            }
            Fault::Error(code) => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

impl Steps for Faulty<'_> {
    fn folder(&self) -> &Folder {
        self.inner
    }

    fn step<T>(&self, _: &str, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.count()?;
        make()
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.count()?;
        // A stamp, and the blanks over it, are one write into one page, which the kernel does not tear.
        if bytes.len() > 49 {
            let half = bytes.len() / 2;
            self.inner.write_at(file, &bytes[..half], offset)?;
            self.count()?;
        }
        self.inner.write_at(file, bytes, offset)
    }

    fn copy(&self, from: &File, offset: u64, length: u64, to: &File) -> io::Result<()> {
        self.count()?;
        self.inner.copy(from, offset, length / 2, to)?;
        self.count()?;
        self.inner.copy(from, offset + length / 2, length - length / 2, to)
    }

    /// As a file system does it: piece by piece, and the size last.
    fn collapse(&self, file: &File, from: u64, length: u64) -> io::Result<()> {
        self.count()?;
        let size = file.metadata()?.len();
        // Taken away, and nothing moved.
        fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, from, length)?;
        self.count()?;
        // What is behind moved halfway.
        self.inner.collapse(file, from, length)?;
        let half = from + (size - length - from) / 2 / 4096 * 4096;
        if half < size - length {
            fallocate(file, FallocateFlags::INSERT_RANGE, half, length)?;
            self.count()?;
            self.inner.collapse(file, half, length)?;
        }
        // All moved, and the size as it was.
        self.inner.truncate(file, size)?;
        self.count()?;
        self.inner.truncate(file, size - length)
    }

    fn sync(&self, _: &File) -> io::Result<()> {
        self.count()
    }

    fn sync_names(&self) -> io::Result<()> {
        self.count()
    }
}

/// A log with two backups, whose lines are numbered from the oldest on, and the writer that appends to it.
struct Story {
    folder: Folder,
    path: PathBuf,
    writer: File,
    next: usize,
}

impl Story {
    /// A log of so many bytes, its last line cut off there.
    fn new(place: &Path, size: usize) -> Story {
        let path = place.to_owned();
        fs::create_dir(&path).unwrap();
        let mut story = Story {
            folder: Folder::open(&path, OsStr::new(LOG), false).unwrap(),
            writer: File::options().append(true).create(true).open(path.join(LOG)).unwrap(),
            path,
            next: 0,
        };
        for backup in ["audit.log.2", "audit.log.1"] {
            fs::write(story.path.join(backup), story.lines(3)).unwrap();
        }
        let mut text = String::new();
        while text.len() < size {
            text.push_str(&story.lines(1));
        }
        // The rest of the last line comes with the next ones.
        story.writer.write_all(&text.as_bytes()[..size]).unwrap();
        story.writer.write_all(&text.as_bytes()[size..]).unwrap();
        story
    }

    fn lines(&mut self, count: usize) -> String {
        let from = self.next;
        self.next += count;
        (from..self.next).map(|number| format!("{number}\n")).collect()
    }

    /// The service goes on writing, a line and the beginning of the next.
    fn write(&mut self) {
        let text = self.lines(3);
        self.writer.write_all(text.as_bytes()).unwrap();
    }

    fn rotate(&self, disk: &dyn Disk, keep: u32) -> Result<bool, RotateError> {
        let log = disk.open(OsStr::new(LOG), true).unwrap();
        let system = FileSystem { name: "any".into(), can_cut: true, room: u64::MAX };
        Ok(self.lossless(disk).rotate(&log, &system, keep)?.is_some())
    }

    fn finish(&self, disk: &dyn Disk) -> Result<bool, RotateError> {
        Ok(self.lossless(disk).finish()?.is_some())
    }

    fn lossless<'a>(&self, disk: &'a dyn Disk) -> Lossless<'a> {
        Lossless { disk, log: OsStr::new(LOG), path: self.path.join(LOG) }
    }

    fn rotate_by(&self, method: Method, disk: &dyn Disk, keep: u32) -> Result<(), RotateError> {
        let log = disk.open(OsStr::new(LOG), true).unwrap();
        let simple = Simple { disk, log: OsStr::new(LOG), path: self.path.join(LOG) };
        let done = if method == Method::Rename { simple.rename(&log, keep) } else { simple.copy_truncate(&log, keep) };
        done.map(|_| ())
    }

    /// As the next run does it, whatever its own method.
    fn finish_any(&self, disk: &dyn Disk) -> Result<(), RotateError> {
        let simple = Simple { disk, log: OsStr::new(LOG), path: self.path.join(LOG) };
        if simple.finish()?.is_none() {
            self.finish(disk)?;
        }
        Ok(())
    }

    /// The service opens its log again.
    fn reopen(&mut self) {
        self.writer = File::options().append(true).create(true).open(self.path.join(LOG)).unwrap();
    }

    /// What a reader reads, oldest first: backups, the copy that has no name yet, the log without what is stale.
    fn read(&self) -> Vec<u8> {
        let mut numbers: Vec<(u32, bool)> = fs::read_dir(&self.path)
            .unwrap()
            .filter_map(|entry| {
                let name = entry.unwrap().file_name().into_string().ok()?;
                let number = name.strip_prefix("audit.log.")?;
                let unpacked = number.strip_suffix(".gz");
                Some((unpacked.unwrap_or(number).parse().ok()?, unpacked.is_some()))
            })
            .collect();
        numbers.sort_unstable();
        let mut bytes = Vec::new();
        // One that was packed does not move up any more.
        for (number, is_packed) in numbers.iter().rev() {
            let ending = if *is_packed { ".gz" } else { "" };
            let backup = fs::read(self.path.join(format!("audit.log.{number}{ending}"))).unwrap();
            if *is_packed {
                flate2::read::GzDecoder::new(&backup[..]).read_to_end(&mut bytes).unwrap();
            } else {
                bytes.extend(backup);
            }
        }
        let log = self.path.join(LOG);
        let stale = Intent::beside(&log).and_then(|intent| stale_front(&File::open(&log).unwrap(), &intent));
        let part = self.path.join(part_name(OsStr::new(LOG)));
        if stale.is_some() && part.exists() {
            bytes.extend(fs::read(part).unwrap());
        }
        bytes.extend(&fs::read(&log).unwrap()[usize::try_from(stale.unwrap_or(0)).unwrap()..]);
        bytes
    }

    /// Every line once, whole, in order.
    #[track_caller]
    fn check(&self, when: &str) {
        let mut bytes = self.read();
        if self.path.join(intent_name(OsStr::new(LOG))).exists() {
            // A cut that was interrupted; whoever finishes it leaves none.
            bytes.retain(|byte| *byte != 0);
        }
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
        let expected: Vec<String> = (0..self.next).map(|number| number.to_string()).collect();
        assert_eq!(lines, expected, "{when}");
    }

    #[track_caller]
    fn is_clean(&self, when: &str) {
        let hidden: Vec<_> = fs::read_dir(&self.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name.to_string_lossy().starts_with('.'))
            .collect();
        assert!(hidden.is_empty(), "{when}: {hidden:?}");
    }
}

/// Less than a block, a block, a block and a little, a few; with a line break at the end of the block and without.
const SIZES: [usize; 8] = [2, 20, 200, 4096, 4097, 8192, 9000, 20_000];

/// The number of steps that a rotation makes, and that finishing makes after a death at each of them.
#[test]
fn dies_at_each_step_and_again_while_it_is_finished() {
    let Some(place) = cutting::folder() else { return };
    let mut deaths = 0;
    for (at, size) in SIZES.into_iter().enumerate() {
        let mut first = 0;
        loop {
            let mut second = 0;
            let lived = loop {
                let when = format!("{size} bytes, died at step {first}, then at step {second}");
                let mut story = Story::new(&place.path().join(format!("{at}-{first}-{second}")), size);
                let dying = Faulty::new(&story.folder, Fault::Dies, first);
                let rotated = story.rotate(&dying, 5);
                if !dying.dead.get() {
                    rotated.unwrap();
                    story.check(&when);
                    story.is_clean(&when);
                    break true;
                }
                deaths += 1;
                story.check(&when);
                // Whether somebody appends to what a cut left makes a difference.
                if second % 2 == 0 {
                    story.write();
                }
                let dying = Faulty::new(&story.folder, Fault::Dies, second);
                let finished = story.finish(&dying);
                let lived = !dying.dead.get();
                story.check(&when);
                story.write();
                if lived {
                    finished.unwrap();
                } else {
                    deaths += 1;
                }
                let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
                story.finish(&healthy).unwrap();
                story.check(&when);
                story.is_clean(&when);
                assert!(story.rotate(&healthy, 5).unwrap(), "{when}");
                story.check(&when);
                story.is_clean(&when);
                fs::remove_dir_all(&story.path).unwrap();
                if lived {
                    break false;
                }
                second += 1;
            };
            if lived {
                break;
            }
            first += 1;
        }
        assert!(first >= 20, "{size} bytes: a rotation has only {first} steps");
    }
    assert!(deaths > 1000, "{deaths}");
}

/// No room, or a disk that fails: before the stamp, all is as it was; after it, the next run finishes.
#[test]
fn an_error_at_each_step_loses_nothing() {
    let Some(place) = cutting::folder() else { return };
    let (mut unchanged, mut unfinished) = (0, 0);
    for code in [rustix::io::Errno::NOSPC, rustix::io::Errno::IO].map(|errno| errno.raw_os_error()) {
        for (at, size) in SIZES.into_iter().enumerate() {
            for step in 0.. {
                let when = format!("{size} bytes, error {code} at step {step}");
                let mut story = Story::new(&place.path().join(format!("{code}-{at}-{step}")), size);
                let before = story.read();
                let failing = Faulty::new(&story.folder, Fault::Error(code), step);
                let rotated = story.rotate(&failing, 5);
                if failing.steps.get() <= step {
                    rotated.unwrap();
                    break;
                }
                story.check(&when);
                match rotated {
                    Err(error) if error.is_unfinished() => unfinished += 1,
                    Err(_) => {
                        unchanged += 1;
                        assert_eq!(story.read(), before, "{when}");
                        story.is_clean(&when);
                    }
                    Ok(_) => panic!("{when}: nobody noticed"),
                }
                story.write();
                // The same goes wrong in the run that finishes it; then it does not.
                let failing = Faulty::new(&story.folder, Fault::Error(code), step % 5);
                let _ = story.finish(&failing);
                story.check(&when);
                let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
                story.finish(&healthy).unwrap();
                story.write();
                story.check(&when);
                story.is_clean(&when);
                fs::remove_dir_all(&story.path).unwrap();
            }
        }
    }
    assert!(unchanged > 100 && unfinished > 100, "{unchanged} without a change, {unfinished} half done");
}

/// With one backup kept, the oldest lines go, and no others, wherever it dies.
#[test]
fn what_is_beyond_the_number_to_keep_goes_once() {
    let Some(place) = cutting::folder() else { return };
    for (keep, kept_from) in [(2, 3), (1, 6), (0, usize::MAX)] {
        for first in 0.. {
            let when = format!("{keep} kept, died at step {first}");
            let mut story = Story::new(&place.path().join(format!("{keep}-{first}")), 9000);
            let rotated_to = story.next;
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate(&dying, keep);
            let lived = !dying.dead.get();
            story.write();
            let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
            story.finish(&healthy).unwrap();
            let text = String::from_utf8(story.read()).unwrap();
            let numbers: Vec<usize> = text.split('\n').filter_map(|line| line.parse().ok()).collect();
            let all: Vec<usize> = (0..story.next).collect();
            // Without a backup, the last line of those that went is the last complete one.
            let gone = kept_from.min(rotated_to);
            let expected = [&all[..], &all[gone..]];
            assert!(expected.contains(&&numbers[..]), "{when}: {numbers:?}");
            assert!(!lived || numbers == all[gone..], "{when}");
            story.is_clean(&when);
            if lived {
                break;
            }
        }
    }
}

/// A log without a limit: whoever rotated it by hand and died is followed by a run that names no limit, and finishes.
#[test]
fn the_program_finishes_logs_without_a_limit_too() {
    let Some(place) = cutting::folder() else { return };
    let env = TestEnv::within(place);
    let folder = env.path("logs");
    let name = OsStr::new("nginx.log");
    let (log, backup) = (folder.join(name), folder.join("nginx.log.1"));
    let (mut by_folder, mut by_name, mut lived) = (0, 0, false);
    for step in 0.. {
        let when = format!("died at step {step}");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let text: String = (0..3000).map(|number| format!("{number}\n")).collect();
        fs::write(&log, &text).unwrap();
        let inner = Folder::open(&folder, name, false).unwrap();
        let dying = Faulty::new(&inner, Fault::Dies, step);
        let system = FileSystem { name: "any".into(), can_cut: true, room: u64::MAX };
        let file = inner.open(name, true).unwrap();
        let lossless = Lossless { disk: &dying, log: name, path: log.clone() };
        let _ = lossless.rotate(&file, &system, 5);
        if !dying.dead.get() {
            lived = true;
            break;
        }
        let noted = folder.join(intent_name(name)).exists();
        let is_left = noted || folder.join(part_name(name)).exists();
        // With the folder's name, only what an intent speaks of; with its own, a copy that was hardly begun as well.
        let line = if step % 2 == 0 { "rotate --log-dir logs -o ndjson" } else { "rotate logs/nginx.log -o ndjson" };
        if step % 2 == 0 || is_left {
            let ran = env.run(line);
            // Where nothing was noted yet, the folder has no log for which there is anything to do.
            let expected = if step % 2 == 0 && !noted { 3 } else { 0 };
            assert_eq!(ran.status, expected, "{when}: {ran}");
            let finished = ran.to_string().contains("\"action\":\"finished\"");
            (by_folder, by_name) =
                (by_folder + i32::from(finished && step % 2 == 0), by_name + i32::from(finished && step % 2 == 1));
            assert!(!folder.join(intent_name(name)).exists(), "{when}: {ran}");
        }
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let now = read(&backup) + read(&log).trim_start_matches('\n');
        assert!(now == text, "{when}: {} bytes, not {}", now.len(), text.len());
        fs::remove_dir_all(&folder).unwrap();
    }
    assert!(lived && by_folder >= 3 && by_name >= 3, "{by_folder} by the folder, {by_name} by name");
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packing.write_all(bytes).unwrap();
    packing.finish().unwrap()
}

/// The copy is packed before the log was cut: as one that is unpacked here, and as one that nobody here can read.
#[test]
fn a_copy_that_was_packed_is_a_copy() {
    let Some(place) = cutting::folder() else { return };
    for (ending, is_known) in [("gz", true), ("zst", true), ("xz", false), ("gz", false)] {
        let dead = (0..).map(|step| {
            let story = Story::new(&place.path().join(format!("{ending} {is_known} {step}")), 9000);
            let _ = story.rotate(&Faulty::new(&story.folder, Fault::Dies, step), 5);
            story
        });
        // The copy has its name, and the log is not cut yet.
        let is_stale = |log: &Path| stale_front(&File::open(log).unwrap(), &Intent::beside(log)?);
        let mut dead = dead.skip_while(|story| {
            is_stale(&story.path.join(LOG)).is_none() || story.path.join(part_name(OsStr::new(LOG))).exists()
        });
        let mut story = dead.next().unwrap();
        let (log, backup) = (story.path.join(LOG), story.path.join("audit.log.1"));
        let bytes = fs::read(&backup).unwrap();
        fs::remove_file(&backup).unwrap();
        let other = story.path.join(format!("audit.log.1.{ending}"));
        let text = match (ending, is_known) {
            ("gz", true) => packed(&bytes),
            ("zst", true) => zstd::stream::encode_all(&bytes[..], 1).unwrap(),
            // Not to its end.
            ("gz", false) => packed(&bytes)[..1000].to_vec(),
            _ => b"\xfd7zXZ\0 and so on".to_vec(),
        };
        fs::write(&other, text).unwrap();
        story.write();
        let before = fs::read(&log).unwrap();
        let finished = story.finish(&story.folder);
        if ending == "xz" {
            let refused = finished.unwrap_err();
            let name = other.display();
            assert_eq!(
                refused.to_string(),
                format!(
                    "{}: a rotation was interrupted, and {name} may be the backup of what it has to cut off",
                    log.display()
                )
            );
            assert!(fs::read(&log).unwrap() == before);
            fs::write(&backup, &bytes).unwrap();
            story.finish(&story.folder).unwrap();
        } else {
            assert!(finished.unwrap());
            fs::remove_file(&other).unwrap();
            if is_known {
                fs::write(&backup, &bytes).unwrap();
            }
        }
        story.check(ending);
        story.is_clean(ending);
    }
}

/// What others do in the folder between a crash and the next run.
#[test]
fn what_others_did_meanwhile_is_respected() {
    let Some(place) = cutting::folder() else { return };
    let mut stories = 0;
    type Meanwhile = fn(&mut Story) -> bool;
    let others: [(&str, Meanwhile); 5] = [
        // Perhaps while the copy was not used yet.
        ("the newest backup is packed", |story| {
            let backup = story.path.join("audit.log.1");
            let Ok(bytes) = fs::read(&backup) else { return false };
            fs::write(story.path.join("audit.log.1.gz"), packed(&bytes)).unwrap();
            fs::remove_file(backup).is_ok()
        }),
        // The service's own handler came to its limit.
        ("the service rotates", |story| {
            let path = |name: &str| story.path.join(name);
            for number in (1..6).rev() {
                let from = path(&format!("audit.log.{number}"));
                if from.exists() {
                    fs::rename(from, path(&format!("audit.log.{}", number + 1))).unwrap();
                }
            }
            fs::rename(path(LOG), path("audit.log.1")).unwrap();
            story.writer = File::options().append(true).create(true).open(path(LOG)).unwrap();
            true
        }),
        // Somebody tidied up, where the copy has no name yet.
        ("the copy is removed", |story| fs::remove_file(story.path.join(".audit.log.part")).is_ok()),
        // The log was restored from elsewhere, under another number.
        ("the log is another file", |story| {
            let (log, copy) = (story.path.join(LOG), story.path.join("copy"));
            // In a copy, a hole that a cut left is no hole any more.
            if fs::read(&log).unwrap().contains(&0) {
                return false;
            }
            fs::copy(&log, &copy).unwrap();
            fs::rename(&copy, &log).unwrap();
            story.writer = File::options().append(true).open(log).unwrap();
            true
        }),
        // A crash of the machine left half of what was intended.
        ("the intent is torn", |story| {
            let intent = story.path.join(".audit.log.rotating");
            let log = File::open(story.path.join(LOG)).unwrap();
            let is_stale = Intent::beside(&story.path.join(LOG)).is_some_and(|it| stale_front(&log, &it).is_some());
            // Never after the stamp: it was made durable before.
            let is_cut = fs::read(story.path.join(LOG)).unwrap().contains(&0);
            !is_stale
                && !is_cut
                && fs::read(&intent).is_ok_and(|text| fs::write(&intent, &text[..text.len() / 2]).is_ok())
        }),
    ];
    for (what, meanwhile) in others {
        for first in 0.. {
            let when = format!("died at step {first}, then {what}");
            let mut story = Story::new(&place.path().join(format!("{what} {first}")), 9000);
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate(&dying, 9);
            if !dying.dead.get() {
                break;
            }
            if meanwhile(&mut story) {
                stories += 1;
                story.write();
                let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
                story.finish(&healthy).unwrap();
                story.check(&when);
                story.is_clean(&when);
            }
            fs::remove_dir_all(&story.path).unwrap();
        }
    }
    assert!(stories > 60, "{stories}");
}

/// An intent that was not this program's: it may ask for anything.
#[test]
fn an_intent_of_somebody_else_does_no_harm() {
    let Some(place) = cutting::folder() else { return };
    let story = Story::new(&place.path().join("one"), 9000);
    let log = File::options().read(true).write(true).open(story.path.join(LOG)).unwrap();
    for (length, cut) in [(20_000, 16_384), (9000, 8192 + 4096), (9000, 32), (u64::MAX, u64::MAX), (u64::MAX, 0)] {
        let nonce = "0123456789abcdef".repeat(2);
        let mut intent = Intent { length, cut, nonce, head: String::new(), keep: 5, block: 4096, inode: 0, hole: None };
        let mut front = vec![0; intent.stamp().len()];
        log.read_exact_at(&mut front, 0).unwrap();
        intent.head = "30".repeat(front.len());
        fs::write(story.path.join(".audit.log.rotating"), intent.text().unwrap()).unwrap();
        fs::write(story.path.join(".audit.log.part"), "x\n").unwrap();
        log.write_all_at(&intent.stamp(), 0).unwrap();
        let size = log.metadata().unwrap().len();
        let refused = story.finish(&story.folder).unwrap_err().to_string();
        assert!(refused.contains("cannot be read") || refused.contains("a rotation was interrupted"), "{refused}");
        assert_eq!(log.metadata().unwrap().len(), size);
        log.write_all_at(&front, 0).unwrap();
    }
    fs::write(story.path.join(".audit.log.rotating"), "torn").unwrap();
    assert!(!story.finish(&story.folder).unwrap());
    story.is_clean("the front is not stamped: nothing had been done");
    story.check("after all of them");
}

/// The methods that are asked for by name, with a writer that does what each of them asks of it.
#[test]
fn the_other_methods_die_at_each_step_and_again_while_they_are_finished() {
    let Some(place) = cutting::folder() else { return };
    let mut deaths = 0;
    for method in [Method::Rename, Method::Copytruncate] {
        for (writes, size) in [(false, 20), (true, 20), (false, 200_000), (true, 200_000)] {
            for (first, second) in (0..).flat_map(|first| [0, 1, 2, 3, 4, 6, 9].map(|second| (first, second))) {
                let when = format!("{method:?}, {size} bytes, died at step {first}, then at step {second}");
                let mut story = Story::new(&place.path().join("one"), size);
                let dying = Faulty::new(&story.folder, Fault::Dies, first);
                let rotated = story.rotate_by(method, &dying, 5);
                let lived = !dying.dead.get();
                if lived {
                    rotated.unwrap();
                } else {
                    deaths += 1;
                    if writes {
                        // To the log of this name, which is a new one where none is there.
                        if method == Method::Rename {
                            story.reopen();
                        }
                        story.write();
                    }
                    let dying = Faulty::new(&story.folder, Fault::Dies, second);
                    let finished = story.finish_any(&dying);
                    deaths += i32::from(dying.dead.get());
                    assert!(finished.is_ok() || dying.dead.get(), "{when}: {finished:?}");
                    if writes {
                        story.write();
                    }
                    let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
                    story.finish_any(&healthy).unwrap();
                }
                story.reopen();
                story.write();
                story.check(&when);
                story.is_clean(&when);
                fs::remove_dir_all(&story.path).unwrap();
                if lived {
                    assert!(first >= 10, "{when}: a rotation has only {first} steps");
                    break;
                }
            }
        }
    }
    assert!(deaths > 500, "{deaths}");
}

/// With few backups kept or none, the oldest lines go, and no others, wherever the other methods die.
#[test]
fn what_is_beyond_the_number_to_keep_goes_once_by_the_other_methods() {
    let Some(place) = cutting::folder() else { return };
    for (method, keep) in [Method::Rename, Method::Copytruncate].into_iter().flat_map(|by| [(by, 0), (by, 1), (by, 2)])
    {
        for first in 0.. {
            let when = format!("{method:?}, {keep} kept, died at step {first}");
            let mut story = Story::new(&place.path().join("one"), 9000);
            let rotated_to = story.next;
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate_by(method, &dying, keep);
            let lived = !dying.dead.get();
            let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
            story.finish_any(&healthy).unwrap();
            story.reopen();
            story.write();
            let text = String::from_utf8(story.read()).unwrap();
            let numbers: Vec<usize> = text.split('\n').filter_map(|line| line.parse().ok()).collect();
            // Two backups of three lines before; without a backup, all that was there goes.
            let gone = [rotated_to, 6, 3][usize::try_from(keep).unwrap()];
            let expected: Vec<Vec<usize>> = [0, 3, 6, gone].map(|gone| (gone..story.next).collect()).to_vec();
            assert!(expected.contains(&numbers), "{when}: {numbers:?}");
            assert!(!lived || numbers == expected[3], "{when}");
            story.is_clean(&when);
            fs::remove_dir_all(&story.path).unwrap();
            if lived {
                break;
            }
        }
    }
}

/// A folder in which somebody else puts another file in the log's place as soon as something is made like it.
struct Replacing<'f> {
    inner: &'f Folder,
    log: PathBuf,
}

impl Steps for Replacing<'_> {
    fn folder(&self) -> &Folder {
        self.inner
    }

    fn step<T>(&self, what: &str, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let aside = self.log.with_extension("aside");
        if what == "adopt" && !aside.exists() {
            fs::rename(&self.log, aside)?;
            fs::write(&self.log, "new\n")?;
        }
        make()
    }
}

#[test]
fn a_log_that_is_replaced_while_it_is_copied_is_not_cut() {
    let Some(place) = cutting::folder() else { return };
    let story = Story::new(&place.path().join("one"), 9000);
    let before = story.read();
    let replacing = Stepped(Replacing { inner: &story.folder, log: story.path.join(LOG) });
    let refused = story.rotate_by(Method::Copytruncate, &replacing, 5).unwrap_err().to_string();
    assert!(refused.ends_with("it was replaced or cut short while it was copied; nothing has changed"), "{refused}");
    story.is_clean("nothing has changed");
    assert_eq!(fs::read(story.path.join(LOG)).unwrap(), b"new\n");
    fs::rename(story.path.join("audit.aside"), story.path.join(LOG)).unwrap();
    assert_eq!(story.read(), before);
}

/// No room, or a disk that fails: nothing has changed, or the next run finishes, as the message says.
#[test]
fn an_error_at_each_step_of_the_other_methods_is_told_truly() {
    let Some(place) = cutting::folder() else { return };
    let (mut unchanged, mut unfinished) = (0, 0);
    let code = rustix::io::Errno::NOSPC.raw_os_error();
    for method in [Method::Rename, Method::Copytruncate] {
        for step in 0.. {
            let when = format!("{method:?}, error at step {step}");
            let mut story = Story::new(&place.path().join("one"), 9000);
            let before = story.read();
            let failing = Faulty::new(&story.folder, Fault::Error(code), step);
            let rotated = story.rotate_by(method, &failing, 5);
            let came_to_it = failing.steps.get() > step;
            match &rotated {
                Ok(()) => assert!(!came_to_it, "{when}: nobody noticed"),
                Err(error) if error.is_unfinished() => unfinished += 1,
                Err(_) => {
                    unchanged += 1;
                    assert_eq!(story.read(), before, "{when}");
                    story.is_clean(&when);
                }
            }
            let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
            story.finish_any(&healthy).unwrap();
            story.reopen();
            story.write();
            story.check(&when);
            story.is_clean(&when);
            fs::remove_dir_all(&story.path).unwrap();
            if !came_to_it {
                break;
            }
        }
    }
    assert!(unchanged > 10 && unfinished > 10, "{unchanged} without a change, {unfinished} half done");
}

/// Between a death of copytruncate and the next run, the service's own handler rotates, or the log goes.
#[test]
fn what_others_did_to_a_copy_meanwhile_is_respected() {
    let Some(place) = cutting::folder() else { return };
    for is_removed in [false, true] {
        for first in 0.. {
            let when = format!("died at step {first}, the log is removed: {is_removed}");
            let mut story = Story::new(&place.path().join("one"), 9000);
            let dying = Faulty::new(&story.folder, Fault::Dies, first);
            let _ = story.rotate_by(Method::Copytruncate, &dying, 9);
            if !dying.dead.get() {
                fs::remove_dir_all(&story.path).unwrap();
                break;
            }
            let path = |name: &str| story.path.join(name);
            let is_copied = (1..6).any(|number| {
                fs::read(path(&format!("audit.log.{number}")))
                    .is_ok_and(|text| text.starts_with(b"6\n") && text.len() > 8000)
            });
            if is_removed {
                fs::remove_file(path(LOG)).unwrap();
            } else {
                for number in (1..6).rev() {
                    let _ =
                        fs::rename(path(&format!("audit.log.{number}")), path(&format!("audit.log.{}", number + 1)));
                }
                fs::rename(path(LOG), path("audit.log.1")).unwrap();
            }
            story.reopen();
            story.write();
            let healthy = Faulty::new(&story.folder, Fault::Dies, usize::MAX);
            story.finish_any(&healthy).unwrap();
            if !is_removed || is_copied {
                story.check(&when);
            }
            story.is_clean(&when);
            fs::remove_dir_all(&story.path).unwrap();
        }
    }
}

/// A cut that was interrupted before the size was changed, where the hole lies in each way to the blocks.
#[test]
fn a_hole_where_the_log_ended_is_taken_out_and_no_line_is_torn() {
    let Some(place) = cutting::folder() else { return };
    let (mut blocks, mut within) = (0, 0);
    for rest in [1000, 4096, 4097, 8191, 12_288, 21_808] {
        for (last, first) in
            [("", ""), ("", "next\n"), ("half a l", "ine\n"), ("\n", "\0\0 next\n"), ("", &*"next\n".repeat(3000))]
        {
            for cut in [8192, 12_288, 81_920] {
                let when = format!("{rest} bytes, {cut} cut, {last:?} before and {} bytes behind", first.len());
                let mut story = Story::new(&place.path().join(when.replace(['\n', '\0'], "_")), 100);
                let log = story.path.join(LOG);
                let text: String = (0..).map(|number| format!("{number}\n")).take(rest).collect();
                let text = &text[..rest - last.len() - 1];
                let front = format!("{text}\n{last}");
                // As the kernel leaves it: what was behind the cut is moved, and the size the same.
                fs::write(&log, &front).unwrap();
                File::options().write(true).open(&log).unwrap().set_len((rest + cut) as u64).unwrap();
                story.writer.write_all(first.as_bytes()).unwrap();
                let (length, inode) = (cut as u64, fs::metadata(&log).unwrap().ino());
                let nonce = "0123456789abcdef".repeat(2);
                let mut intent =
                    Intent { length, cut: length, nonce, head: String::new(), keep: 5, block: 4096, inode, hole: None };
                intent.head = "30".repeat(intent.stamp().len());
                fs::write(story.path.join(intent_name(OsStr::new(LOG))), intent.text().unwrap()).unwrap();
                let mut appended = first.len();
                // Dead at each step, and then finished by somebody else.
                for step in 0.. {
                    let dying = Faulty::new(&story.folder, Fault::Dies, step);
                    let _ = story.finish(&dying);
                    if !dying.dead.get() {
                        break;
                    }
                    if step % 2 == 1 && last.is_empty() {
                        story.writer.write_all(b"meanwhile\n").unwrap();
                        appended += 10;
                    }
                }
                story.is_clean(&when);
                let bytes = fs::read(&log).unwrap();
                let zeros = bytes.iter().filter(|byte| **byte == 0).count();
                let lines = |bytes: &[u8]| -> Vec<String> {
                    let text = String::from_utf8(bytes.iter().copied().filter(|byte| *byte != 0).collect()).unwrap();
                    text.lines().filter(|line| !line.is_empty() && *line != "meanwhile").map(str::to_owned).collect()
                };
                assert_eq!(lines(&bytes), lines(format!("{front}{first}").as_bytes()), "{when}");
                // Each death takes at most a block from what can be cut out.
                let left = bytes.len() - (rest + appended);
                let own = first.bytes().filter(|byte| *byte == 0).count();
                assert!(zeros == own || (last.starts_with('h') && zeros <= left), "{when}: {zeros} zeros");
                assert!(left <= 12_288 || left <= cut / 4, "{when}: {left} bytes are left of the hole");
                blocks += usize::from(left < cut);
                within += usize::from(zeros > own);
                fs::remove_dir_all(&story.path).unwrap();
            }
        }
    }
    assert!(blocks > 40 && within > 4, "{blocks} were cut, {within} lie within a line");
}

/// Zeros that no cut of this rotation left.
#[test]
fn zeros_that_the_intent_does_not_explain_stay() {
    let Some(place) = cutting::folder() else { return };
    let nonce = "0123456789abcdef".repeat(2);
    let intent =
        Intent { length: 8192, cut: 8192, nonce, head: "30".repeat(49), keep: 5, block: 4096, inode: 0, hole: None };
    // Written, not a hole; a hole that is longer, and one that is shorter; one in another file.
    for (at, (written, hole, is_other)) in
        [(8192, 0, false), (0, 12_288 + 4096, false), (0, 4096, false), (0, 8192, true)].into_iter().enumerate()
    {
        let mut story = Story::new(&place.path().join(at.to_string()), 100);
        let log = story.path.join(LOG);
        fs::write(&log, [&b"first\n".repeat(4096)[..8192], &vec![0; written]].concat()).unwrap();
        let file = File::options().write(true).open(&log).unwrap();
        file.set_len((8192 + written + hole) as u64).unwrap();
        story.writer.write_all(b"last\n").unwrap();
        let before = fs::read(&log).unwrap();
        let inode = file.metadata().unwrap().ino() + u64::from(is_other);
        fs::write(story.path.join(".audit.log.rotating"), Intent { inode, ..intent.clone() }.text().unwrap()).unwrap();
        assert!(story.finish(&story.folder).unwrap());
        assert!(fs::read(&log).unwrap() == before, "{written} written, a hole of {hole}");
    }
}
