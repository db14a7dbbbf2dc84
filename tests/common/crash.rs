//! A rotation that goes wrong at one of its steps, and the log and its writer to which that happens.

#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use auditctl::logs::filesystem::FileSystem;
use auditctl::logs::rotate::intent::{intent_name, part_name, stale_front};
use auditctl::logs::rotate::{Disk, Folder, Intent, Method, RotateError, Rotation};
use rustix::fs::{FallocateFlags, fallocate};

use super::disk::{Stepped, Steps};

/// The log's name.
pub const LOG: &str = "audit.log";

/// All of them.
pub const METHODS: [Method; 3] = [Method::Collapse, Method::Rename, Method::Copytruncate];

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies: nothing more is done.
    Dies,
    /// The system says no, once. What was asked for may be half done.
    Error(i32),
}

/// Files on which a step goes wrong. Nothing need be durable in a test whose machine lives on.
pub struct Faulty<'f> {
    inner: &'f Folder,
    fault: Fault,
    /// How many steps go well.
    left: Cell<usize>,
    /// Whether the process has died.
    pub dead: Cell<bool>,
    /// How many steps were made.
    pub steps: Cell<usize>,
}

impl<'f> Faulty<'f> {
    /// A fault at this step.
    pub fn new(inner: &'f Folder, fault: Fault, at: usize) -> Stepped<Self> {
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
pub struct Story {
    pub folder: Folder,
    pub path: PathBuf,
    pub writer: File,
    /// The number of the next line.
    pub next: usize,
}

impl Story {
    /// A log of so many bytes, its last line cut off there.
    pub fn new(place: &Path, size: usize) -> Story {
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
    pub fn write(&mut self) {
        let text = self.lines(3);
        self.writer.write_all(text.as_bytes()).unwrap();
    }

    /// Rotates; whether there was anything to rotate.
    pub fn rotate(&self, method: Method, disk: &dyn Disk, keep: u32) -> Result<bool, RotateError> {
        let log = disk.open(OsStr::new(LOG), true).unwrap();
        let system = FileSystem { name: "any".into(), can_cut: true, room: u64::MAX };
        let rotation = self.rotation(disk);
        let done = match method {
            Method::Collapse => rotation.collapse(&log, &system, keep)?,
            Method::Rename => Some(rotation.rename(&log, keep)?),
            Method::Copytruncate => Some(rotation.copy_truncate(&log, keep)?),
        };
        Ok(done.is_some())
    }

    /// What the next run begins with; whether anything was left that mattered.
    pub fn finish(&self, disk: &dyn Disk) -> Result<bool, RotateError> {
        Ok(self.rotation(disk).finish()?.is_some())
    }

    /// The next run, in which nothing goes wrong.
    pub fn finish_well(&self) {
        self.finish(&Faulty::new(&self.folder, Fault::Dies, usize::MAX)).unwrap();
    }

    fn rotation<'a>(&self, disk: &'a dyn Disk) -> Rotation<'a> {
        Rotation { disk, log: OsStr::new(LOG), path: self.path.join(LOG) }
    }

    /// The service's own handler comes to its limit.
    pub fn service_rotates(&mut self) {
        for number in (1..6).rev() {
            let from = self.path.join(format!("audit.log.{number}"));
            if from.exists() {
                fs::rename(from, self.path.join(format!("audit.log.{}", number + 1))).unwrap();
            }
        }
        fs::rename(self.path.join(LOG), self.path.join("audit.log.1")).unwrap();
        self.reopen();
    }

    /// The service opens its log again.
    pub fn reopen(&mut self) {
        self.writer = File::options().append(true).create(true).open(self.path.join(LOG)).unwrap();
    }

    /// What a reader reads, oldest first: backups, the copy that has no name yet, the log without what is stale.
    pub fn read(&self) -> Vec<u8> {
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
    pub fn check(&self, when: &str) {
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

    /// Nothing of a rotation is left in the folder.
    #[track_caller]
    pub fn is_clean(&self, when: &str) {
        let hidden: Vec<_> = fs::read_dir(&self.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name.to_string_lossy().starts_with('.'))
            .collect();
        assert!(hidden.is_empty(), "{when}: {hidden:?}");
    }

    /// The numbers of the lines that there are.
    pub fn numbers(&self) -> Vec<usize> {
        String::from_utf8(self.read()).unwrap().split('\n').filter_map(|line| line.parse().ok()).collect()
    }

    /// The folder goes.
    pub fn forget(self) {
        fs::remove_dir_all(&self.path).unwrap();
    }
}
