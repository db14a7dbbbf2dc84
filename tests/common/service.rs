//! The real Django service of `tests/service/`: its database, its logs, its REST endpoint as the oracle.
//!
//! The database is built once for a seed and a state of `tests/service/`, and kept below `target/`; a lock lets tests
//! that run side by side, as processes or threads, share one build.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use tempfile::TempDir;

use super::{Missing, machine, python, skip};

/// The service as it was left by its build.
#[derive(Debug)]
pub struct Service {
    python: PathBuf,
    folder: PathBuf,
}

/// A database and logs of a test's own, to change at will; gone when it is dropped.
#[derive(Debug)]
pub struct ServiceCopy {
    folder: TempDir,
}

impl Service {
    /// The service, built if need be; None where the machine lacks what it takes, after saying so (see [`skip`]).
    /// `AUDITCTL_TEST_SEED` chooses the random part of its rows.
    #[track_caller]
    pub fn shared() -> Option<&'static Service> {
        static SHARED: OnceLock<Result<Service, String>> = OnceLock::new();
        match SHARED.get_or_init(Service::prepare) {
            Ok(service) => Some(service),
            Err(why) => {
                skip(Missing::Python, why);
                None
            }
        }
    }

    /// The database that all tests share: to be read only.
    pub fn database(&self) -> PathBuf {
        self.folder.join("db.sqlite3")
    }

    /// The folder of the log files that all tests share: to be read only.
    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// For each audit row of the middleware what it had in its hands, a JSON object a line:
    /// `{"id", "method", "path", "request", "status", "response"}`, with Python's NaN and integers of any size.
    pub fn truth(&self) -> PathBuf {
        self.folder.join("truth.jsonl")
    }

    /// A copy of database and logs.
    pub fn copy(&self) -> ServiceCopy {
        let folder = TempDir::new().unwrap();
        fs::copy(self.database(), folder.path().join("db.sqlite3")).unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        for log in fs::read_dir(self.logs()).unwrap() {
            let log = log.unwrap();
            fs::copy(log.path(), folder.path().join("logs").join(log.file_name())).unwrap();
        }
        ServiceCopy { folder }
    }

    /// What the REST endpoint answers to each query, an object with any of `user`, `action`, `model`, `ordering`,
    /// `page`, `page_size`, or with `id` alone. The service starts once for all of them.
    pub fn ask(&self, queries: &[Value]) -> Vec<Value> {
        let lines: String = queries.iter().map(|query| format!("{query}\n")).collect();
        let answers = self.run([OsStr::new("oracle"), self.database().as_os_str()], lines.as_bytes());
        let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), queries.len(), "an answer to each query");
        answers
    }

    /// Compares the output of `auditctl show … -o json --reveal` with what the service had in its hands: an object
    /// with `judged`, `certain`, `ambiguous`, `none` (numbers) and `wrong` (a list of sentences).
    pub fn judge(&self, shown: &[u8]) -> Value {
        serde_json::from_str(&self.run([OsStr::new("judge"), self.folder.as_os_str()], shown)).unwrap()
    }

    fn prepare() -> Result<Service, String> {
        let python = python::for_service()?;
        let fitness = fitness(&python)?;
        let seed = machine::variable("AUDITCTL_TEST_SEED").unwrap_or_else(|| "1".to_owned());
        let mut key = DefaultHasher::new();
        (fitness, sources(&home())).hash(&mut key);
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let name = format!("park-{seed}-{:016x}", key.finish());
        let service = Service { python, folder: cache.join(&name) };

        let lock = File::create(cache.join(format!("{name}.lock"))).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        if !service.folder.exists() {
            // What is half built after a crash never gets the name.
            let unfinished = TempDir::with_prefix_in("park-", cache).unwrap();
            let build = [OsStr::new("build"), unfinished.path().as_os_str(), "--seed".as_ref(), seed.as_ref()];
            service.run(build, b"");
            fs::rename(unfinished.keep(), &service.folder).unwrap();
        }
        Ok(service)
    }

    /// Runs `park.py` with these arguments and this input, and gives its output.
    fn run<const N: usize>(&self, arguments: [&OsStr; N], input: &[u8]) -> String {
        let mut child = park(&self.python)
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
}

impl ServiceCopy {
    /// The folder of both.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("db.sqlite3")
    }

    /// The folder of the log files.
    pub fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }
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
