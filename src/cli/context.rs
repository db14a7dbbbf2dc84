//! What every verb is given: the settings in force and the Ui.

use std::process::ExitCode;

use super::GlobalArgs;
use super::failure::{Failure, explain};
use crate::config::Typed;
use crate::output::Ui;

/// The settings in force and the way to print.
#[derive(Debug)]
pub struct Context {
    /// What was typed before or after the verb.
    pub typed: Typed,
    /// The only way to print.
    pub ui: Ui,
}

impl Context {
    pub(super) fn new(global: &GlobalArgs) -> Self {
        Context { typed: global.typed(), ui: Ui::new("auditctl", Default::default(), global.color, global.quiet) }
    }

    /// The clock.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        chrono::Utc::now()
    }
    /// settings
    pub fn settings(&self) -> anyhow::Result<std::sync::Arc<crate::config::Settings>> {
        use crate::config::*;
        Ok(std::sync::Arc::new(Settings { zone: Sourced { value: crate::query::Zone::UTC, source: Source::Default }, redact: RedactKeys::default(), reveal: false }))
    }
    /// store
    pub fn open_store(&self) -> anyhow::Result<Box<dyn crate::store::Store>> {
        let p = self.typed.database.clone().unwrap_or_default();
        Ok(Box::new(crate::store::sqlite::Sqlite::open(std::path::Path::new(&p), None)?))
    }

    /// Prints an error once and gives its exit code.
    pub(super) fn fail(&mut self, error: &anyhow::Error) -> ExitCode {
        let Failure { exit, message, hints } = explain(error);
        self.ui.warn(&message);
        for hint in hints {
            self.ui.warn(&hint);
        }
        exit.into()
    }
}
