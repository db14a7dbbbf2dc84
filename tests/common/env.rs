//! The world in which a test runs the program: a home and a folder of its own, no environment but the one given here,
//! a fixed clock, a fixed zone, and output in which nothing changes from run to run.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::{story, terminal};

/// What the clock says: 15:33 in Costa Rica, a Monday.
pub const NOW: &str = "2026-11-23T21:33:28.750123Z";

/// Below its root stand `home/` and `work/`, in which the program runs.
pub struct TestEnv {
    root: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl TestEnv {
    /// Without any database.
    pub fn empty() -> Self {
        TestEnv::within(TempDir::new().unwrap())
    }

    /// The same in a folder that the test has chosen.
    pub fn within(root: TempDir) -> Self {
        fs::create_dir(root.path().join("home")).unwrap();
        fs::create_dir(root.path().join("work")).unwrap();
        // Costa Rica's time, in a form that needs no zone files on the machine.
        let mut variables = BTreeMap::from([("TZ", "CST6"), ("AUDITCTL_NOW", NOW), ("AUDITCTL_PAGER", "cat")])
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect::<BTreeMap<OsString, OsString>>();
        variables.insert("HOME".into(), root.path().join("home").into());
        TestEnv { root, variables }
    }

    /// With the database and logs of `auditctl demo` in the folder where the program runs.
    pub fn with_demo() -> Self {
        let env = TestEnv::empty();
        let built = env.run("demo ../demo -q");
        assert_eq!(built.status, 0, "{built}");
        for name in ["db.sqlite3", "logs"] {
            fs::rename(env.root().join("demo").join(name), env.path(name)).unwrap();
        }
        env
    }

    /// With the demo's tables and users, and the few audit entries of [`story`].
    pub fn with_story() -> Self {
        let env = TestEnv::with_demo();
        env.sql("DELETE FROM api_auditlog; DELETE FROM sqlite_sequence WHERE name = 'api_auditlog'");
        env.sql(story::ROWS);
        env
    }

    /// The folder above all others.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path as seen from where the program runs.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join("work").join(path)
    }

    /// The database that the program finds when none is named.
    pub fn database(&self) -> PathBuf {
        self.path("db.sqlite3")
    }

    /// Sets an environment variable for all runs from now on.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.variables.insert(name.into(), value.as_ref().into());
    }

    /// Unsets one.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(OsStr::new(name));
    }

    /// A connection to the database, to read and write.
    pub fn connect(&self) -> Connection {
        Connection::open_with_flags(self.database(), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
    }

    /// Runs SQL on the database. Foreign keys are not enforced: what doesn't fit is what many tests are about.
    pub fn sql(&self, script: &str) {
        let database = self.connect();
        database.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").unwrap();
        database.execute_batch(script).unwrap();
    }

    /// Lets the audit table take anything: a NULL where the service's schema forbids it, a negative record id.
    pub fn lift_constraints(&self) {
        self.sql(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(replace(sql, ' NOT NULL', ''), 'integer PRIMARY', 'integer NOT NULL PRIMARY')
             WHERE name = 'api_auditlog';
             UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (\"record_id\" >= 0)', '') WHERE name = 'api_auditlog';
             PRAGMA writable_schema = RESET",
        );
    }

    /// The program with these words, as a command to be changed at will.
    pub fn command<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditctl"));
        self.prepare(&mut command);
        command.args(words);
        command
    }

    /// Puts any command into this world.
    pub fn prepare(&self, command: &mut Command) {
        command.env_clear().envs(&self.variables).current_dir(self.path("")).stdin(Stdio::null());
    }

    /// Runs a command line, with quotes as in a shell.
    #[track_caller]
    pub fn run(&self, line: &str) -> Ran {
        self.output(self.command(words(line)))
    }

    /// Runs a command made with [`TestEnv::command`].
    #[track_caller]
    pub fn output(&self, mut command: Command) -> Ran {
        self.ran(command.output().unwrap())
    }

    /// Runs a line and checks that nothing in the folder has changed.
    #[track_caller]
    pub fn run_harmless(&self, line: &str) -> Ran {
        let before = self.state();
        let ran = self.run(line);
        assert!(self.state() == before, "{line} left a trace");
        ran
    }

    /// Runs a command line with stdout and stderr on terminals of so many columns that understand colour.
    #[track_caller]
    pub fn run_on_terminal(&self, columns: u16, line: &str) -> Ran {
        let mut command = self.command(words(line));
        command.env("TERM", "xterm-256color");
        self.ran(terminal::output(command, columns))
    }

    /// Runs a command line with stderr on a terminal and stdout in a pipe from which nothing is read for a while once it
    /// has begun.
    #[track_caller]
    pub fn run_beside_a_slow_reader(&self, wait: Duration, line: &str) -> Ran {
        let mut command = self.command(words(line));
        if !self.variables.contains_key(OsStr::new("TERM")) {
            command.env("TERM", "xterm-256color");
        }
        self.ran(terminal::while_it_lasts(command, 80, 1, "", |_| thread::sleep(wait)))
    }

    /// Runs a command line on terminals; something is done once it asks, and then this is typed.
    #[track_caller]
    pub fn answer(&self, line: &str, asked: &str, act: impl FnOnce(), answer: &str) -> Ran {
        self.ran(terminal::conversation(self.command(words(line)), 100, asked, act, answer))
    }

    fn ran(&self, output: Output) -> Ran {
        Ran {
            status: output.status.code().unwrap_or_else(|| panic!("killed: {:?}", output.status)),
            stdout: output.stdout,
            stderr: output.stderr,
            root: self.root().display().to_string(),
        }
    }

    /// Names, bytes, owners and modes of everything in the folder where the program runs.
    pub fn state(&self) -> Vec<State> {
        state(&self.path(""))
    }
}

/// A file as it lies there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// Where.
    pub path: PathBuf,
    /// Its owner, group and mode.
    pub access: (u32, u32, u32),
    /// Its bytes; none for what is no regular file.
    pub bytes: Vec<u8>,
}

/// Everything below a folder.
pub fn state(folder: &Path) -> Vec<State> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            found.extend(state(&path));
        }
        let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.push(State { path, access: (metadata.uid(), metadata.gid(), metadata.mode()), bytes });
    }
    found.sort();
    found
}

fn words(line: &str) -> Vec<String> {
    shlex::split(line).unwrap_or_else(|| panic!("a quote is not closed: {line}"))
}

/// What a run came to. Printed, it is what a snapshot holds: stdout, then stderr where there is any, then the status.
/// Control and direction characters are spelled out, a missing line break at the end is pointed out.
#[derive(Clone)]
pub struct Ran {
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    root: String,
}

impl Ran {
    /// What was printed, as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// What was said on stderr, as text.
    #[track_caller]
    pub fn said(&self) -> &str {
        std::str::from_utf8(&self.stderr).unwrap()
    }

    /// The JSON that was printed, after a run that went well.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, 0, "{self}");
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{self}"))
    }

    /// The ids of the JSON entries that were printed.
    #[track_caller]
    pub fn ids(&self) -> Vec<i64> {
        self.json().as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
    }

    fn part(&self, bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = visible(bytes).replace(&self.root, "[ROOT]");
        f.write_str(&text)?;
        if text.is_empty() || text.ends_with('\n') { Ok(()) } else { f.write_str("[no line break]\n") }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part(&self.stdout, f)?;
        if !self.stderr.is_empty() {
            f.write_str("── stderr\n")?;
            self.part(&self.stderr, f)?;
        }
        write!(f, "── status {}", self.status)
    }
}

/// What was printed, with gaps of two spaces between columns: how wide a column is depends on the path of the folder in
/// which the test runs.
pub fn narrow(ran: &Ran) -> String {
    let lines = ran.to_string();
    let narrow = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.collect::<Vec<_>>().join("  ")
    };
    lines.lines().map(narrow).collect::<Vec<_>>().join("\n")
}

/// The text with everything spelled out that a reader would not see: `␛`, `␀`, `⟨202e⟩`, `⟨ff⟩` for a stray byte.
pub fn visible(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => shown.push(c),
                '\0'..='\u{1f}' => shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap()),
                '\u{7f}' => shown.push('␡'),
                '\u{80}'..='\u{9f}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}' => shown.push_str(&format!("⟨{:04x}⟩", u32::from(c))),
                c => shown.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| shown.push_str(&format!("⟨{byte:02x}⟩")));
    }
    shown
}
