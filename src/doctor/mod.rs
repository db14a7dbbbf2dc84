//! Checks of the service's traces and of what auditctl needs, each with a stable id, what was found and a remedy.
//!
//! A file holds the checks of one thing; [`CHECKS`] lists them all. A check only looks: it changes nothing.

mod database;
mod logs;
mod permissions;
mod secrets;
mod size;
mod table;
mod time;

use std::ops::ControlFlow;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::audit::Stamp;
use crate::config::{ConfigError, Settings};
use crate::output::counted;
use crate::query::{Filter, Ordering, Page};
use crate::shell;
use crate::store::{self, Health, Selection, Store, StoreError, Wanted};

/// A check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name for scripts: the thing, a dot, and what of it.
    pub id: &'static str,
    /// Looks, and says what it found: at least one thing.
    run: fn(&mut Patient<'_>, &mut Findings),
}

/// All checks, by what they are about, in the order in which they are run.
pub const CHECKS: &[&[Check]] = &[database::CHECKS, table::CHECKS, time::CHECKS, logs::CHECKS];

/// Every check there is.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    CHECKS.iter().copied().flatten()
}

impl Check {
    /// Looks, and says what it found.
    pub fn run(&self, patient: &mut Patient<'_>) -> Vec<Finding> {
        let mut findings = Findings { id: self.id, list: Vec::new() };
        (self.run)(patient, &mut findings);
        findings.list
    }

    /// Whether this name means it: its id, or what stands before the dot.
    pub fn is_meant_by(&self, name: &str) -> bool {
        self.id == name || self.id.split_once('.').is_some_and(|(thing, _)| thing == name)
    }
}

/// Hears how far a check that lasts has come: so many ids of so many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// What is looked at, opened once for all checks.
pub struct Patient<'a> {
    settings: &'a Settings,
    database: Option<Opened>,
    progress: Progress<'a>,
}

/// What came of opening the database.
enum Opened {
    /// None is configured, or what is configured can't be read.
    Unknown(ConfigError),
    /// The one that is configured can't be reached.
    Unreachable(StoreError),
    /// It can be asked.
    Open(Box<dyn Health>),
}

impl<'a> Patient<'a> {
    /// What these settings name; `progress` hears how far a check that lasts has come.
    pub fn new(settings: &'a Settings, progress: Progress<'a>) -> Self {
        Patient { settings, database: None, progress }
    }

    /// What came of opening the database, at the first call.
    fn opened(&mut self) -> &mut Opened {
        let settings = self.settings;
        self.database.get_or_insert_with(|| {
            let table = settings.audit_table.as_ref().map(|table| table.value.as_str());
            match settings.database() {
                Err(error) => Opened::Unknown(error),
                Ok(database) => match store::examine(&database.value, table) {
                    Ok(health) => Opened::Open(health),
                    Err(error) => Opened::Unreachable(error),
                },
            }
        })
    }

    /// The open database, and who hears how far a check has come; where there is none, a finding that nothing could
    /// be looked at. `database.reachable` says why.
    fn health(&mut self, findings: &mut Findings) -> Option<(&mut dyn Health, Progress<'_>)> {
        self.opened();
        match &mut self.database {
            Some(Opened::Open(health)) => return Some((&mut **health, &mut *self.progress)),
            Some(Opened::Unreachable(_)) => findings.skip("the database could not be opened", None),
            _ => findings.skip("no database is known", None),
        }
        None
    }

    /// The open database's audit table, likewise; `table.schema` says why there is none.
    fn store(&mut self, findings: &mut Findings) -> Option<(&mut dyn Store, Progress<'_>)> {
        let (health, progress) = self.health(findings)?;
        match health.store() {
            Ok(store) => Some((store, progress)),
            Err(_) => {
                findings.skip("no audit table could be opened", None);
                None
            }
        }
    }
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Well.
    Ok,
    /// It works, but somebody should look at it.
    Warn,
    /// It does not work, or something will be lost.
    Fail,
    /// It could not be looked at.
    Skipped,
}

impl State {
    /// Its name for scripts.
    pub fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "fail",
            State::Skipped => "skipped",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's id.
    pub id: &'static str,
    /// How it stands.
    pub state: State,
    /// What it is about, where that is one of several.
    pub subject: Option<String>,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What a check found so far.
struct Findings {
    id: &'static str,
    list: Vec<Finding>,
}

impl Findings {
    fn ok(&mut self, message: impl Into<String>) {
        self.add(State::Ok, None, message.into(), None);
    }

    fn skip(&mut self, message: impl Into<String>, remedy: Option<String>) {
        self.add(State::Skipped, None, message.into(), remedy);
    }

    /// The database would not answer: a failure where it is damaged, else something for another day.
    fn unanswered(&mut self, error: &StoreError) {
        let state = if matches!(error, StoreError::Damaged { .. }) { State::Fail } else { State::Skipped };
        self.add(state, None, error.to_string(), error.hint());
    }

    fn add(&mut self, state: State, subject: Option<&str>, message: String, remedy: Option<String>) {
        self.list.push(Finding { id: self.id, state, subject: subject.map(str::to_owned), message, remedy });
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// A remedy with this path as a word of a command; where it can't be one, a remedy that says so.
fn command_for(path: &Path, remedy: impl FnOnce(&str) -> String) -> String {
    match shell::word(path) {
        Some(word) => remedy(&word),
        None => "no command can be given: a name in its path cannot be typed in a line of a shell".to_owned(),
    }
}

/// The first entry of an order: its id, and when it was written; None where that is no time.
fn first_entry(
    store: &mut dyn Store,
    filter: Filter,
    ordering: Ordering,
) -> Result<Option<(i64, DateTime<Utc>)>, StoreError> {
    let page = Page { limit: Some(1), ..Page::ALL };
    let mut found = None;
    store.select(&Selection { filter, ordering, page, wanted: Wanted::default() }, &mut |entry| {
        if let Stamp::At(at) = entry.timestamp {
            found = Some((entry.id, at));
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}
