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
