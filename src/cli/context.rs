//! What every verb is given: the way to the settings in force, and the Ui.

use std::cell::OnceCell;
use std::process::ExitCode;
use std::sync::Arc;

use super::GlobalArgs;
use super::failure::explain;
use crate::config::{ConfigError, Environment, Settings, Typed};
use crate::output::Ui;

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
    settings: OnceCell<Arc<Settings>>,
}

impl Context {
    pub(super) fn new(global: &GlobalArgs, program: String) -> Self {
        Context {
            typed: global.typed(),
            environment: Environment::from_process(),
            verbose: global.verbose,
            ui: Ui::new(global.color, global.quiet),
            program,
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

    /// Prints an error once and gives its exit code.
    pub(super) fn fail(&mut self, error: &anyhow::Error) -> ExitCode {
        let failure = explain(error);
        self.ui.error(&self.program, &failure.message, &failure.hints);
        failure.exit.into()
    }
}
