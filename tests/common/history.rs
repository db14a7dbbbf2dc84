//! A history of versions that the real Django and django-reversion made, and what they say of it: the reference for
//! `versions`, `diff`, `blame`, `deleted`, `history` and `revert`.
//!
//! The models are those of `tests/service/api` and `tests/service/zoo`; what a question may be stands in
//! `tests/service/driver/reference.py`.

#![allow(dead_code, clippy::unwrap_used, reason = "not every test binary uses all of it; a test may fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::park::{Park, seed};
use super::{Missing, machine, skip};

/// Whether `AUDITCTL_TEST_THOROUGH` asks for everything that could be compared, instead of a few hundred of it.
pub fn is_thorough() -> bool {
    machine::variable("AUDITCTL_TEST_THOROUGH").is_some_and(|value| value == "1")
}

/// What the service's Python knows and its database doesn't, as profiles of auditctl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Names of tables, columns and sets.
    Names,
    /// These, and the defaults of fields.
    NamesAndDefaults,
    /// These, and which sets go both ways.
    Everything,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Names => "names",
            Profile::NamesAndDefaults => "defaults",
            Profile::Everything => "everything",
        }
    }
}

/// A version of the history.
#[derive(Clone, Debug, Deserialize)]
pub struct VersionNote {
    /// Its id.
    pub version: i64,
    /// The revision that it is part of.
    pub revision: i64,
    /// `zoo.animal`: what its content type says.
    pub model: String,
    /// The key of the object.
    pub object_id: String,
    /// Django's alias of the database it is about.
    pub db: String,
    /// The serializer it was written with.
    pub format: String,
    /// Why django-reversion can't read it: the exception's class.
    pub error: Option<String>,
    /// In what way it is awkward: `odd:CharField:int`, `stray:json`, `tampered:text`, `cut`, `family`, `taken`.
    pub flags: BTreeSet<String>,
}

impl VersionNote {
    /// Whether django-reversion can read it.
    pub fn is_readable(&self) -> bool {
        self.error.is_none()
    }

    /// Whether one of its flags begins so.
    pub fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own.starts_with(flag))
    }
}

impl fmt::Display for VersionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).collect();
        write!(f, "version {} of {} {} [{}]", self.version, self.model, self.object_id, flags.join(" "))
    }
}

/// The history as it was left by its making, and a process that answers questions.
#[derive(Debug)]
pub struct History {
    park: Park,
    folder: PathBuf,
    versions: Vec<VersionNote>,
    reference: Mutex<Option<Reference>>,
}

impl History {
    /// The history, made if need be; None where the machine lacks what it takes, after saying so (see [`skip`]).
    /// `AUDITCTL_TEST_SEED` chooses which.
    #[track_caller]
    pub fn shared() -> Option<&'static History> {
        static SHARED: OnceLock<Result<History, String>> = OnceLock::new();
        match SHARED.get_or_init(|| History::of_seed(&seed())) {
            Ok(history) => Some(history),
            Err(why) => {
                skip(Missing::Python, why);
                None
            }
        }
    }

    /// One that is the same whatever the seed: what is wrong is put into it by hand.
    #[track_caller]
    pub fn fixed() -> Option<History> {
        History::of_seed("1").map_err(|why| skip(Missing::Python, &why)).ok()
    }

    /// The history of a seed.
    fn of_seed(seed: &str) -> Result<History, String> {
        let park = Park::find()?;
        let folder = park.made(&format!("history-{seed}"), |park, unfinished| {
            park.run(["history".as_ref(), unfinished.as_os_str(), "--seed".as_ref(), seed.as_ref()], b"");
        });
        let notes = fs::read_to_string(folder.join("catalogue.jsonl")).unwrap();
        let versions = notes.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Ok(History { park, folder, versions, reference: Mutex::new(None) })
    }

    /// The database that all tests share: to be read only.
    pub fn database(&self) -> PathBuf {
        self.folder.join("db.sqlite3")
    }

    /// All versions, by id.
    pub fn versions(&self) -> &[VersionNote] {
        &self.versions
    }

    /// The members of each revision.
    pub fn revisions(&self) -> BTreeMap<i64, Vec<&VersionNote>> {
        let mut revisions: BTreeMap<i64, Vec<&VersionNote>> = BTreeMap::new();
        for version in &self.versions {
            revisions.entry(version.revision).or_default().push(version);
        }
        revisions
    }

    /// The versions of each object, oldest first.
    pub fn objects(&self) -> BTreeMap<(&str, &str), Vec<&VersionNote>> {
        let mut objects: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for version in &self.versions {
            objects.entry((&*version.model, &*version.object_id)).or_default().push(version);
        }
        objects
    }

    /// A copy of database and logs with a configuration file of its own.
    pub fn copy(&self) -> HistoryCopy {
        let folder = TempDir::new().unwrap();
        fs::copy(self.database(), folder.path().join("db.sqlite3")).unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        fs::write(folder.path().join("config.toml"), self.configuration(folder.path())).unwrap();
        HistoryCopy { folder }
    }

    /// Asks one question; the process is kept for the next.
    pub fn ask(&self, question: &Value) -> Value {
        let mut reference = self.reference.lock().unwrap_or_else(PoisonError::into_inner);
        reference.get_or_insert_with(|| Reference::start(&self.park, &self.database())).ask(question)
    }

    /// Every row of the models' tables in a database; of the history's own without one.
    pub fn dump(&self, database: Option<&Path>) -> Dump {
        let mut question = json!({"ask": "dump"});
        if let Some(database) = database {
            question["database"] = json!(database);
        }
        Dump::of(&self.ask(&question))
    }

    /// A configuration file whose profiles are those of [`Profile`].
    fn configuration(&self, folder: &Path) -> String {
        static MODELS: Mutex<Option<Value>> = Mutex::new(None);
        let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
        let models = models.get_or_insert_with(|| self.ask(&json!({"ask": "models"})));
        let mut text = String::new();
        for profile in [Profile::Names, Profile::NamesAndDefaults, Profile::Everything] {
            let name = profile.name();
            text += &format!(
                "[profiles.{name}]\ndatabase = {:?}\nlog_dir = {:?}\nservice_timezone = \"America/Costa_Rica\"\n",
                folder.join("db.sqlite3"),
                folder.join("logs"),
            );
            for (label, model) in models.as_object().unwrap() {
                text += &format!("[profiles.{name}.models.{label:?}]\n");
                if model["table"] != model["default_table"] {
                    text += &format!("table = {}\n", model["table"]);
                }
                for (field, column) in renamed(model) {
                    text += &format!("columns.{field} = {column:?}\n");
                }
                if profile != Profile::Names {
                    for (field, value) in model["defaults"].as_object().unwrap() {
                        text += &format!("defaults.{field} = {value}\n");
                    }
                }
                if profile == Profile::Everything {
                    for (field, value) in model["symmetrical"].as_object().unwrap() {
                        text += &format!("symmetrical.{field} = {value}\n");
                    }
                }
            }
        }
        text
    }
}

/// The fields of a model whose column, or whose set's table, has another name than Django gives.
fn renamed(model: &Value) -> Vec<(&str, &str)> {
    let columns = model["columns"].as_object().unwrap();
    let other = columns.iter().filter(|(field, column)| model["default_columns"][*field] != **column);
    let table = model["table"].as_str().unwrap();
    let sets = model["sets"].as_object().unwrap().iter();
    let other_sets = sets.filter(|(field, set)| **set != format!("{table}_{field}"));
    other.chain(other_sets).map(|(field, name)| (&**field, name.as_str().unwrap())).collect()
}

/// A database and its surroundings of a test's own, to change at will; gone when it is dropped.
#[derive(Debug)]
pub struct HistoryCopy {
    folder: TempDir,
}

impl HistoryCopy {
    /// The database.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("db.sqlite3")
    }

    /// The folder of the log files.
    pub fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    /// The database as bytes, and the names of the files beside it: what must be the same after a refusal.
    pub fn state(&self) -> (Vec<u8>, BTreeSet<PathBuf>) {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        (fs::read(self.database()).unwrap(), names.collect())
    }

    /// Runs auditctl on it with a profile. Nothing of the machine's own configuration has a say.
    pub fn auditctl<A: AsRef<str>>(&self, profile: Profile, arguments: impl IntoIterator<Item = A>) -> Output {
        let program = machine::path("AUDITCTL_TEST_PROGRAM");
        Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_auditctl").into()))
            .env_clear()
            // After all that happened, so that new revisions are the newest.
            .env("AUDITCTL_NOW", "2026-03-01T12:00:00Z")
            .current_dir("/")
            .args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()))
            .arg("--config")
            .arg(self.folder.path().join("config.toml"))
            .args(["--profile", profile.name(), "--utc", "--reveal"])
            .output()
            .unwrap()
    }
}

/// A `park.py reversion` that waits for questions.
#[derive(Debug)]
struct Reference {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reference {
    fn start(park: &Park, database: &Path) -> Reference {
        let mut command = park.command();
        command.arg("reversion").arg(database);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Reference { child, questions, answers }
    }

    fn ask(&mut self, question: &Value) -> Value {
        let mut line = String::new();
        writeln!(self.questions, "{question}").unwrap();
        self.answers.read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut complaint = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
            panic!("the reference gave up over {question}:\n{complaint}");
        }
        serde_json::from_str(&line).unwrap()
    }
}

/// Every row of every table of the models, cell by cell as `typeof:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    tables: BTreeMap<String, Table>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    columns: Vec<String>,
    /// By what identifies a row: its primary key, or for a many-to-many set what it connects.
    rows: BTreeMap<String, Vec<String>>,
}

impl Dump {
    /// Of the answer to `dump`, or the `dump` of the answer to `revert`.
    pub fn of(answer: &Value) -> Dump {
        let strings = |value: &Value| -> Vec<String> {
            value.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
        };
        let table = |table: &Value| {
            let (key, columns) = (strings(&table["key"]), strings(&table["columns"]));
            let places: Vec<usize> =
                key.iter().map(|name| columns.iter().position(|column| column == name).unwrap()).collect();
            let rows = table["rows"].as_array().unwrap().iter().map(|row| {
                let row = strings(row);
                (places.iter().map(|at| &*row[*at]).collect::<Vec<_>>().join(" "), row)
            });
            Table { rows: rows.collect(), columns }
        };
        let tables = answer.as_object().unwrap().iter().map(|(name, content)| (name.clone(), table(content)));
        Dump { tables: tables.collect() }
    }

    /// A cell, where there is such a row.
    pub fn cell(&self, table: &str, key: &str, column: &str) -> Option<&str> {
        let table = self.tables.get(table)?;
        let at = table.columns.iter().position(|name| name == column)?;
        Some(&table.rows.get(key)?[at])
    }

    /// How many rows there are in all.
    pub fn rows(&self) -> usize {
        self.tables.values().map(|table| table.rows.len()).sum()
    }
}

/// One cell that is not the same in two databases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// What identifies the row: `integer:9`.
    pub key: String,
    /// The column; `(row)` where one has the row and the other hasn't.
    pub column: String,
    /// What the first has: `real:0.1`; None where it lacks the row.
    pub a: Option<String>,
    /// What the second has.
    pub b: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { table, key, column, a, b } = self;
        write!(f, "{table} {key} {column}: {} | {}", a.as_deref().unwrap_or("-"), b.as_deref().unwrap_or("-"))
    }
}

/// The column of a [`Difference`] that is about a whole row.
pub const ROW: &str = "(row)";

/// What differs, column by column.
pub fn differences(a: &Dump, b: &Dump) -> Vec<Difference> {
    let mut found = Vec::new();
    let nothing = Table { columns: Vec::new(), rows: BTreeMap::new() };
    for name in a.tables.keys().chain(b.tables.keys()).collect::<BTreeSet<_>>() {
        let (a, b) = (a.tables.get(name).unwrap_or(&nothing), b.tables.get(name).unwrap_or(&nothing));
        for key in a.rows.keys().chain(b.rows.keys()).collect::<BTreeSet<_>>() {
            let mut differs = |column: &str, a: Option<String>, b: Option<String>| {
                found.push(Difference { table: name.clone(), key: key.clone(), column: column.to_owned(), a, b });
            };
            match (a.rows.get(key), b.rows.get(key)) {
                (Some(one), Some(other)) => {
                    for (at, column) in a.columns.iter().enumerate().filter(|(at, _)| one[*at] != other[*at]) {
                        differs(column, Some(one[at].clone()), Some(other[at].clone()));
                    }
                }
                (one, other) => differs(ROW, one.map(|row| row.join(", ")), other.map(|row| row.join(", "))),
            }
        }
    }
    found
}
