//! The one place that prints: data to stdout, everything else to stderr.

use std::io::{self, Write};

/// When to colour: `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal that understands it, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The user's terminal, or the files and pipes in its place.
#[derive(Debug)]
pub struct Ui {
    quiet: bool,
}

impl Ui {
    /// A Ui over the process's own stdout and stderr.
    pub fn new(_color: ColorChoice, quiet: bool) -> Self {
        Ui { quiet }
    }

    /// Writes data to stdout.
    pub fn data(&mut self, text: &str) -> io::Result<()> {
        io::stdout().write_all(text.as_bytes())
    }

    /// A line of status on stderr; `-q` silences it.
    pub fn status(&mut self, line: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// A warning on stderr.
    pub fn warn(&mut self, line: &str) {
        let _ = writeln!(io::stderr(), "warning: {line}");
    }

    /// An error on stderr, with the name of the program before it and its hints below.
    pub fn error(&mut self, program: &str, message: &str, hints: &[String]) {
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "{program}: error: {message}");
        for hint in hints {
            let _ = writeln!(stderr, "hint: {hint}");
        }
    }
}
