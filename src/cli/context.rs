//! What every verb is given: the way to the settings in force, and the Ui.

use std::cell::OnceCell;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;

use super::failure::explain;
use super::list::{CANNOT_WRITE, grouped};
use super::{Exit, Failure, GlobalArgs};
use crate::config::{ConfigError, Environment, Settings, Typed, mask_passwords, variables};
use crate::output::{Pager, Terminal, Ui, counted};
use crate::store::{self, Effort, Store};

/// The way to the settings in force, and the way to print.
#[derive(Debug)]
pub struct Context {
    /// What was typed before or after the verb.
    pub typed: Typed,
    /// What was read from outside.
    pub environment: Environment,
    /// How often `-v` was given.
    pub verbose: u8,
    /// The only way to print.
    pub ui: Ui,
    program: String,
    begun: Instant,
    settings: OnceCell<Arc<Settings>>,
}

impl Context {
    pub(super) fn new(global: &GlobalArgs, environment: Environment, ui: Ui, program: String) -> Self {
        Context {
            typed: global.typed(),
            verbose: global.verbose,
            environment,
            ui,
            program,
            begun: Instant::now(),
            settings: OnceCell::new(),
        }
    }

    /// The name under which the program was called.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The settings in force, brought together at the first call: a verb that never asks, such as `completions`, works
    /// with a broken configuration file too.
    pub fn settings(&self) -> Result<Arc<Settings>, ConfigError> {
        if let Some(settings) = self.settings.get() {
            return Ok(Arc::clone(settings));
        }
        let settings = Arc::new(Settings::resolve(&self.typed, &self.environment)?);
        Ok(Arc::clone(self.settings.get_or_init(|| settings)))
    }

    /// Puts this database and these logs in force, and no pager, for a verb that another verb runs.
    pub(super) fn point_at(&mut self, database: &Path, log_dir: &Path) {
        self.typed.database = Some(database.as_os_str().to_owned().into());
        self.typed.log_dir = Some(log_dir.into());
        self.settings = OnceCell::new();
        self.ui.never_page();
    }

    /// Opens the database in force to read it.
    pub fn open_store(&self) -> anyhow::Result<Box<dyn Store>> {
        let settings = self.settings()?;
        let table = settings.audit_table.as_ref().map(|table| table.value.as_str());
        let database = settings.database()?;
        self.ui.note(&format!("database {} ({})", database.value, database.source));
        let store = store::open(&database.value, table)?;
        let zone = &settings.zone;
        let (engine, table) = (store.engine(), store.audit_table());
        self.ui.note(&format!("{engine}; audit table {table}; time zone {} ({})", zone.value, zone.source));
        Ok(store)
    }

    /// Says, to those who ask, what it took to find so many entries.
    pub(super) fn note_effort(&self, store: &dyn Store, found: u64) {
        let Effort { rows, ranges, connections } = store.effort();
        self.ui.note(&format!(
            "looked at {} in {} on {}; {} matched",
            counted(rows, "row"),
            counted(ranges, "range"),
            counted(connections, "connection"),
            grouped(found)
        ));
    }

    /// Brings out what was written and gives the exit code: a verb is not done before its output is.
    pub(super) fn end(&mut self, exit: Exit) -> ExitCode {
        match self.ui.finish().context(CANNOT_WRITE) {
            Ok(()) => {
                self.ui.note(&format!("done in {:.3} s", self.begun.elapsed().as_secs_f64()));
                exit.into()
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Prints an error once and gives its exit code. What was printed before it stays before it; a reader that left
    /// the pipe ends the program quietly.
    pub(super) fn fail(&mut self, error: &anyhow::Error) -> ExitCode {
        let flushed = self.ui.finish();
        let is_closed_pipe = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
        let Failure { exit, message, excerpt, hints } = explain(error);
        if error.chain().filter_map(|cause| cause.downcast_ref()).any(is_closed_pipe) {
            return Exit::Done.into();
        }
        // A message quotes what was typed, and that may be a URL where none belongs.
        let hints: Vec<String> = hints.iter().map(|hint| mask_passwords(hint).into_owned()).collect();
        let excerpt: Vec<String> = excerpt.iter().map(|line| mask_passwords(line).into_owned()).collect();
        self.ui.error_at(&mask_passwords(&message), &excerpt, &hints);
        match flushed {
            Err(error) if !is_closed_pipe(&error) && exit != Exit::Unable => {
                self.ui.error(&format!("cannot write the output: {error}"), &[]);
                Exit::Unable.into()
            }
            _ => exit.into(),
        }
    }
}

/// What the environment says about the terminal and the pager.
pub(super) fn terminal(environment: &Environment) -> Terminal {
    let text = |variable| environment.text(variable).map(|text| text.into_owned());
    Terminal {
        no_color: environment.no_color(),
        force_color: environment.force_color(),
        dumb: text(variables::TERM).is_some_and(|term| term == "dumb"),
        columns: text(variables::COLUMNS).and_then(|columns| columns.parse().ok()),
        pager: text(variables::AUDITCTL_PAGER).or_else(|| text(variables::PAGER)).map_or(Pager::Less, Pager::Command),
        less_is_set: environment.get(variables::LESS).is_some(),
    }
}
