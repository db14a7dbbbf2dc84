//! From an error inside to one clear sentence and an exit code.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::export::{ExportError, NameError as TargetError};
use crate::lock::LockError;
use crate::output::{UnknownColumn, point_at};
use crate::query::QueryError;
use crate::store::StoreError;
use crate::versions::{MappingError, NameError};

/// The exit codes that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done = 0,
    /// 1: the answer is no.
    No = 1,
    /// 2: wrong usage or configuration.
    Usage = 2,
    /// 3: it could not be done.
    Unable = 3,
    /// 4: another run holds the lock.
    Locked = 4,
}

impl Exit {
    /// What each says to a script, for the manual.
    pub const MEANINGS: [(Exit, &'static str); 5] = [
        (Exit::Done, "Done."),
        (
            Exit::No,
            "The answer is no: nothing matched under `--fail-empty`, there is no such entry, a check failed, a \
             constraint or a conflict refused, or a prompt was declined.",
        ),
        (
            Exit::Usage,
            "Wrong usage or configuration: an unknown option, column or user name, no database found, or a change \
             asked for without a terminal and without `--yes` or `--dry-run`.",
        ),
        (
            Exit::Unable,
            "It could not be done: the database that was named is missing or unusable, or a server, a file or a \
             permission stood in the way.",
        ),
        (Exit::Locked, "Another run holds the lock."),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// An error as the user sees it. A verb may raise one itself; typed errors of the library become one in [`explain`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, to which value, what to do: one sentence.
    pub message: String,
    /// Lines that show what was typed, with a mark where it is wrong.
    pub excerpt: Vec<String>,
    /// Further lines, each a hint.
    pub hints: Vec<String>,
}

impl Failure {
    /// Wrong usage or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Usage, message: message.into(), excerpt: Vec::new(), hints: Vec::new() }
    }

    /// The answer is no.
    pub fn no(message: impl Into<String>) -> Self {
        Failure { exit: Exit::No, message: message.into(), excerpt: Vec::new(), hints: Vec::new() }
    }

    /// It could not be done.
    pub fn unable(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Unable, message: message.into(), excerpt: Vec::new(), hints: Vec::new() }
    }

    /// The same with a hint more.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Turns any error into what the user sees.
pub fn explain(error: &anyhow::Error) -> Failure {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.clone();
    }
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        let hints = error.searched().into_iter().chain(error.hint()).collect();
        return Failure { exit: Exit::Usage, message: error.to_string(), excerpt: Vec::new(), hints };
    }
    if let Some(QueryError::Expression(error)) = error.downcast_ref::<QueryError>() {
        let is_shown = !error.text.trim().is_empty();
        let excerpt = if is_shown { point_at(&error.text, error.at.clone()).into() } else { Vec::new() };
        return Failure { excerpt, hints: error.hint.iter().cloned().collect(), ..Failure::usage(error.to_string()) };
    }
    if let Some(error) = error.downcast_ref::<QueryError>() {
        return Failure {
            exit: Exit::Usage,
            message: error.to_string(),
            excerpt: Vec::new(),
            hints: error.hint().into_iter().collect(),
        };
    }
    if let Some(error) = error.downcast_ref::<UnknownColumn>() {
        let hint = error.suggestion.map(|column| format!("did you mean '{column}'?"));
        return Failure {
            exit: Exit::Usage,
            message: error.to_string(),
            excerpt: Vec::new(),
            hints: hint.into_iter().collect(),
        };
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        let exit = if error.is_usage() { Exit::Usage } else { Exit::Unable };
        return Failure {
            exit,
            message: error.to_string(),
            excerpt: Vec::new(),
            hints: error.hint().into_iter().collect(),
        };
    }
    if let Some(error) = error.downcast_ref::<TargetError>() {
        return Failure::usage(error.to_string());
    }
    if let Some(inside) = error.downcast_ref::<ExportError>() {
        let exit = if inside.is_usage() { Exit::Usage } else { Exit::Unable };
        let hints = inside.hint().into_iter().collect();
        return Failure { exit, message: inside.to_string(), excerpt: Vec::new(), hints };
    }
    if let Some(error) = error.downcast_ref::<LockError>() {
        let exit = if matches!(error, LockError::Held { .. }) { Exit::Locked } else { Exit::Unable };
        let hints = error.hint().into_iter().collect();
        return Failure { exit, message: error.to_string(), excerpt: Vec::new(), hints };
    }
    if let Some(error) = error.downcast_ref::<NameError>() {
        return Failure::usage(error.to_string()).hint(error.hint());
    }
    if let Some(error) = error.downcast_ref::<MappingError>() {
        return Failure {
            exit: Exit::Unable,
            message: error.to_string(),
            excerpt: Vec::new(),
            hints: error.hint().into_iter().collect(),
        };
    }
    Failure::unable(format!("{error:#}"))
}
