//! Runs `tests/service/park.py`, the Django service as a program, and keeps what it made.

#![allow(dead_code, clippy::unwrap_used, reason = "not every test binary uses all of it; a test may fail by panicking")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use super::{machine, python};

/// A Python that can run the service.
#[derive(Debug)]
pub struct Park {
    python: PathBuf,
    /// The versions of it and of its packages.
    fitness: String,
}

impl Park {
    /// It, or why there is none on this machine.
    pub fn find() -> Result<Park, String> {
        let python = python::for_service()?;
        let fitness = fitness(&python)?;
        Ok(Park { python, fitness })
    }

    /// A folder that `make` fills, once for a name and a state of `tests/service/`; it is kept below `target/`. A lock
    /// lets tests that run side by side, as processes or threads, share it.
    pub fn made(&self, name: &str, make: impl FnOnce(&Park, &Path)) -> PathBuf {
        let mut key = DefaultHasher::new();
        (&self.fitness, sources(&home())).hash(&mut key);
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let name = format!("{name}-{:016x}", key.finish());
        let folder = cache.join(&name);

        let lock = File::create(cache.join(format!("{name}.lock"))).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        if !folder.exists() {
            // What is half made after a crash never gets the name.
            let unfinished = TempDir::with_prefix_in("park-", cache).unwrap();
            make(self, unfinished.path());
            fs::rename(unfinished.keep(), &folder).unwrap();
        }
        folder
    }

    /// Runs `park.py` with these arguments and this input, and gives its output.
    pub fn run<const N: usize>(&self, arguments: [&OsStr; N], input: &[u8]) -> String {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Beside the reading of the output: both may be longer than a pipe holds. A child that gave up tells why.
        let output = thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output().unwrap()
        });
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "park.py {arguments:?} failed ({}):\n{complaint}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// `park.py`, still without arguments.
    pub fn command(&self) -> Command {
        park(&self.python)
    }
}

/// `AUDITCTL_TEST_SEED`: it chooses what is random in the service's rows.
pub fn seed() -> String {
    machine::variable("AUDITCTL_TEST_SEED").unwrap_or_else(|| "1".to_owned())
}

/// `tests/service/`.
fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service")
}

fn park(python: &Path) -> Command {
    let mut command = Command::new(python);
    // The clone stays free of bytecode, and text is the same whatever the locale.
    command.args(["-B", "-X", "utf8"]).arg(home().join("park.py"));
    command
}

/// The versions of this Python and its packages, or why it can't run the service.
fn fitness(python: &Path) -> Result<String, String> {
    let output = park(python)
        .arg("check")
        .output()
        .map_err(|error| format!("can't start the Python {}: {error}", python.display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Names and contents of the service's files, in order.
fn sources(folder: &Path) -> BTreeSet<(PathBuf, Vec<u8>)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let content = fs::read(&path).unwrap();
            found.insert((path, content));
        }
    }
    found
}
