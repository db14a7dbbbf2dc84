//! Checks of the service's traces and of what auditctl needs, each with a stable id, what was found and a remedy.
//!
//! A file holds the checks of one thing; [`CHECKS`] lists them all. A check only looks: it changes nothing.

mod logs;

use crate::config::Settings;

/// A check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name for scripts: the thing, a dot, and what of it.
    pub id: &'static str,
    /// Looks, and says what it found: at least one thing.
    run: fn(&Settings, &mut Findings),
}

/// All checks, by what they are about, in the order in which they are run.
pub const CHECKS: &[&[Check]] = &[logs::CHECKS];

/// Every check there is.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    CHECKS.iter().copied().flatten()
}

impl Check {
    /// Looks, and says what it found.
    pub fn run(&self, settings: &Settings) -> Vec<Finding> {
        let mut findings = Findings { id: self.id, list: Vec::new() };
        (self.run)(settings, &mut findings);
        findings.list
    }

    /// Whether this name means it: its id, or what stands before the dot.
    pub fn is_meant_by(&self, name: &str) -> bool {
        self.id == name || self.id.split_once('.').is_some_and(|(thing, _)| thing == name)
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

    fn add(&mut self, state: State, subject: Option<&str>, message: String, remedy: Option<String>) {
        self.list.push(Finding { id: self.id, state, subject: subject.map(str::to_owned), message, remedy });
    }

    fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
