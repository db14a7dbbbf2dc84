//! The real Django service of `tests/service/`: its database, its logs, its REST endpoint as the oracle.
//!
//! The database is built once for a seed and a state of `tests/service/`, and kept below `target/`.

#![allow(dead_code, clippy::unwrap_used, reason = "not every test binary uses all of it; a test may fail by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use super::park::{Park, seed};
use super::{Missing, skip};

/// The service as it was left by its build.
#[derive(Debug)]
pub struct Service {
    park: Park,
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
        let answers = self.park.run([OsStr::new("oracle"), self.database().as_os_str()], lines.as_bytes());
        let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), queries.len(), "an answer to each query");
        answers
    }

    /// Compares the output of `auditctl show … -o json --reveal` with what the service had in its hands: an object
    /// with `judged`, `certain`, `ambiguous`, `none` (numbers) and `wrong` (a list of sentences).
    pub fn judge(&self, shown: &[u8]) -> Value {
        serde_json::from_str(&self.park.run([OsStr::new("judge"), self.folder.as_os_str()], shown)).unwrap()
    }

    fn prepare() -> Result<Service, String> {
        let park = Park::find()?;
        let seed = seed();
        let folder = park.made(&format!("park-{seed}"), |park, unfinished| {
            park.run(["build".as_ref(), unfinished.as_os_str(), "--seed".as_ref(), seed.as_ref()], b"");
        });
        Ok(Service { park, folder })
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
