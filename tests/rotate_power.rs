//! A rotation that the power leaves at any of its steps, and the run that finishes it likewise: what was durable before is
//! there once, and the next run finishes.
//!
//! The logs are on a disk that is an image. At each step the image is copied as it stands: that is what the disk has been
//! sent, and nothing of what the kernel still holds. The copy is mounted, which replays its journal, and the program runs.
//!
//! `AUDITCTL_TEST_POWER` names the file system, `ext4` or `xfs`; root runs it in mounts of its own (`unshare --mount`), as
//! `scripts/prove` does.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::print_stdout, reason = "the counts are what such a test is about")]

mod common;

use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use auditctl::logs::filesystem::FileSystem;
use auditctl::logs::rotate::{Disk, Folder, Rotation};
use common::disk::{Stepped, Steps};
use common::{Missing, TestEnv, machine, skip};

const LOG: &str = "audit.log";

/// Less than a block, blocks, blocks and a little.
const SIZES: [usize; 4] = [20, 200, 8192, 9000];

/// Runs a program of the system; what it printed.
#[track_caller]
fn system(line: &str, paths: &[&Path]) -> String {
    let mut words = line.split(' ');
    let ran = Command::new(words.next().unwrap()).args(words).args(paths).output().unwrap();
    assert!(ran.status.success(), "{line} {paths:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// A disk in an image, whose copies are what a power cut leaves of it.
struct Image {
    env: TestEnv,
    /// How it is mounted.
    options: &'static str,
    /// What the kernel counts of its device.
    counts: PathBuf,
    /// The writes that the last copy has.
    copied: RefCell<String>,
    /// How many states were left by a power cut.
    cuts: Cell<usize>,
}

impl Image {
    fn new(kind: &str) -> Image {
        let (size, make, options) = match kind {
            "ext4" => (16 << 20, "mkfs.ext4 -q -F", "mount -t ext4"),
            "xfs" => (300 << 20, "mkfs.xfs -q -f", "mount -t xfs -o nouuid"),
            other => panic!("AUDITCTL_TEST_POWER is ext4 or xfs, not {other}"),
        };
        let env = TestEnv::empty();
        for folder in ["disk", "copy"] {
            fs::create_dir(env.path(folder)).unwrap();
        }
        let image = env.path("image");
        File::create(&image).unwrap().set_len(size).unwrap();
        system(make, &[&image]);
        // Past the kernel's cache: the image has what the disk was sent, when it was sent.
        let device = system("losetup --direct-io=on --find --show", &[&image]);
        system(options, &[Path::new(&device), &env.path("disk")]);
        // Goes with its mount.
        system("losetup -d", &[Path::new(&device)]);
        let counts = Path::new("/sys/block").join(device.trim_start_matches("/dev/")).join("stat");
        Image { env, options, counts, copied: RefCell::default(), cuts: Cell::new(0) }
    }

    /// How many writes the disk had.
    fn writes(&self) -> String {
        fs::read_to_string(&self.counts).unwrap().split_whitespace().nth(4).unwrap().to_owned()
    }

    /// The power goes: on what is left the program finishes and rotates, with all lines that were durable. Nothing is
    /// tried again where the disk has been sent nothing since the last time.
    fn power_goes(&self, story: &str, durable: usize, when: &str) {
        let copy = self.env.path("cut");
        loop {
            let writes = self.writes();
            if *self.copied.borrow() == writes {
                return;
            }
            system("cp --sparse=always", &[&self.env.path("image"), &copy]);
            if self.writes() == writes {
                self.copied.replace(writes);
                break;
            }
        }
        self.cuts.set(self.cuts.get() + 1);
        system(&self.options.replace(" -t", " -o loop -t"), &[&copy, &self.env.path("copy")]);
        let folder = self.env.path("copy").join(story);
        for line in ["rotate", "rotate --max-size 1B"] {
            let ran = self.env.run(&format!("{line} copy/{story}/{LOG}"));
            assert_eq!(ran.status, 0, "{when}: {ran}");
            check(&folder, durable, when);
        }
        system("umount", &[&self.env.path("copy")]);
    }
}

/// The durable lines once, whole, in order; behind them, what of later ones the disk had been sent.
#[track_caller]
fn check(folder: &Path, durable: usize, when: &str) {
    let names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().all(|name| !name.starts_with('.')), "{when}: {names:?}");
    let mut numbers: Vec<u32> = names.iter().filter_map(|name| name.strip_prefix("audit.log.")?.parse().ok()).collect();
    numbers.sort_unstable();
    let mut text = String::new();
    for number in numbers.iter().rev() {
        text += &fs::read_to_string(folder.join(format!("audit.log.{number}"))).unwrap();
    }
    text += &fs::read_to_string(folder.join(LOG)).unwrap();
    let lines: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
    let expected: Vec<String> = (0..durable.max(lines.len())).map(line).collect();
    assert_eq!(
        lines.get(..durable),
        Some(&expected.iter().map(String::as_str).collect::<Vec<_>>()[..durable]),
        "{when}"
    );
    // The last that was not durable may be torn, or a hole.
    let later = &lines[durable..];
    let whole = later.len().saturating_sub(1);
    assert!(
        later[..whole].iter().zip(&expected[durable..]).all(|(line, expected)| line == expected),
        "{when}: {later:?}"
    );
}

fn line(number: usize) -> String {
    format!("{number:09}")
}

/// The files of a folder on the image. Before each step and after it, the service writes a line and the power goes.
struct Powered<'f> {
    inner: &'f Folder,
    image: &'f Image,
    writer: RefCell<&'f mut Writer>,
    story: &'f str,
    durable: usize,
    /// How many steps are made before the process dies.
    lives: usize,
    steps: Cell<usize>,
    /// Whether the power goes at all.
    cuts: bool,
    when: String,
}

impl Steps for Powered<'_> {
    fn folder(&self) -> &Folder {
        self.inner
    }

    fn step<T>(&self, what: &str, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if self.steps.get() >= self.lives {
            return Err(io::Error::other("dead"));
        }
        self.steps.set(self.steps.get() + 1);
        self.writer.borrow_mut().write();
        let made = make();
        if self.cuts {
            let when = format!("{}, the power went after step {}, {what}", self.when, self.steps.get());
            self.image.power_goes(self.story, self.durable, &when);
        }
        made
    }
}

/// The service: it appends numbered lines and makes none of them durable.
struct Writer {
    log: File,
    next: usize,
}

impl Writer {
    fn write(&mut self) {
        self.log.write_all(format!("{}\n", line(self.next)).as_bytes()).unwrap();
        self.next += 1;
    }
}

/// With a process that is not killed, and with one that is killed at each step and finished by the run that loses power:
/// what that one finds has been done, but need not be durable.
#[test]
fn the_power_goes_at_each_step_and_at_each_step_of_the_run_that_finishes() {
    let Some(kind) = machine::variable("AUDITCTL_TEST_POWER") else {
        return skip(Missing::Privilege, "AUDITCTL_TEST_POWER names no file system to cut the power of");
    };
    let image = Image::new(&kind);
    for size in SIZES {
        for lives in std::iter::once(usize::MAX).chain(0..) {
            let story = format!("{size}-{lives}");
            let path = image.env.path("disk").join(&story);
            fs::create_dir(&path).unwrap();
            let log = File::options().append(true).create(true).open(path.join(LOG)).unwrap();
            let mut writer = Writer { log, next: 0 };
            let mut older = || {
                writer.next += 3;
                (writer.next - 3..writer.next).map(|number| line(number) + "\n").collect::<String>()
            };
            fs::write(path.join("audit.log.2"), older()).unwrap();
            fs::write(path.join("audit.log.1"), older()).unwrap();
            while writer.log.metadata().unwrap().len() < u64::try_from(size).unwrap() {
                writer.write();
            }
            system("sync -f", &[&path]);
            let durable = writer.next;
            image.copied.take();

            let inner = Folder::open(&path, OsStr::new(LOG), false).unwrap();
            let run = |writer: &mut Writer, lives: usize, cuts: bool, finishes: bool, when: String| {
                let (steps, writer) = (Cell::new(0), RefCell::new(writer));
                let powered =
                    Powered { inner: &inner, image: &image, writer, story: &story, durable, lives, steps, cuts, when };
                let disk = Stepped(powered);
                let rotation = Rotation { disk: &disk, log: OsStr::new(LOG), path: path.join(LOG) };
                let ran = if finishes {
                    rotation.finish().map(drop)
                } else {
                    let system = FileSystem { name: "any".into(), can_cut: true, room: u64::MAX };
                    rotation.collapse(&inner.open(OsStr::new(LOG), true).unwrap(), &system, 9).map(drop)
                };
                (ran, disk.steps.get())
            };
            let first = format!("{size} bytes, killed after {lives} steps");
            let unharmed = lives == usize::MAX;
            let (ran, steps) = run(&mut writer, lives, unharmed, false, first.clone());
            if steps < lives {
                ran.unwrap();
                check(&path, durable, &first);
                if !unharmed {
                    assert!(steps >= 20, "{size} bytes: a rotation has only {steps} steps");
                    break;
                }
            } else {
                run(&mut writer, usize::MAX, true, true, first.clone()).0.unwrap();
                check(&path, durable, &first);
            }
            fs::remove_dir_all(&path).unwrap();
        }
    }
    println!("{} states that a power cut leaves on {kind}, each finished", image.cuts.get());
    system("umount", &[&image.env.path("disk")]);
    assert!(image.cuts.get() > 100, "{}", image.cuts.get());
}
