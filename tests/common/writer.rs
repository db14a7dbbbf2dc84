//! Another process that writes to a database, as the service does while the program reads.
//!
//! A thread would not do: the locks of a process are dropped when any of its threads closes the file, and what becomes
//! of a writer that is killed can't be seen from inside it.

use std::io::{BufRead, BufReader, Write, stdin};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rusqlite::Connection;

use super::machine;

/// The database that this process is to write to, set in the writer only.
const DATABASE: &str = "AUDITCTL_TEST_WRITES_TO";
/// What the writer prints when a line of SQL is done.
const DONE: &str = "auditctl-test-writer: done";

/// A process with a connection to a database. Dropped, it is killed in whatever it is doing.
pub struct Writer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Writer {
    /// Starts one. The test program must have a test `as_a_writer` that calls [`serve`].
    pub fn of(database: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_a_writer", "--nocapture"])
            .env(DATABASE, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Writer { child, input, output: BufReader::new(output) }
    }

    /// Runs SQL, on one line, to its end.
    #[track_caller]
    pub fn sql(&mut self, script: &str) {
        writeln!(self.input, "{}", script.replace('\n', " ")).unwrap();
        let done = (&mut self.output).lines().map(Result::unwrap).any(|line| line.contains(DONE));
        assert!(done, "the writer failed at {script}");
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Where this is the process of a writer: runs SQL, line by line. Elsewhere: nothing.
#[allow(clippy::print_stdout, reason = "stdout is the way back to the test")]
pub fn serve() {
    let Some(path) = machine::path(DATABASE) else { return };
    let database = Connection::open(path).unwrap();
    for line in stdin().lines() {
        database.execute_batch(&line.unwrap()).unwrap();
        println!("{DONE}");
    }
}
