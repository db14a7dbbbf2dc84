//! The one place that prints: data to stdout or the pager, everything else to stderr.

use std::io::{self, BufRead, BufWriter, IsTerminal, Stdout, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::io::Errno;

use super::sanitise::escape_dangerous;
use super::theme::{Tone, paint};

/// When to colour: `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// Colour on a terminal that understands it, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Colour everywhere
    Always,
    /// Colour nowhere
    Never,
}

/// What pages long tables on a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pager {
    /// Nothing.
    Never,
    /// `less`, where there is one.
    #[default]
    Less,
    /// A command line for the shell.
    Command(String),
}

/// What the environment says about the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set and neither empty nor 0.
    pub force_color: bool,
    /// `TERM` is `dumb`.
    pub dumb: bool,
    /// `COLUMNS`, which overrides what the terminal says of its width.
    pub columns: Option<usize>,
    /// What pages long tables.
    pub pager: Pager,
    /// `LESS` is set: the user has said how the pager behaves.
    pub less_is_set: bool,
}

impl Terminal {
    fn colours(&self, choice: ColorChoice, is_terminal: bool) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.no_color => false,
            ColorChoice::Auto => self.force_color || (is_terminal && !self.dumb),
        }
    }
}

/// The user's terminal, or the files and pipes in its place.
#[derive(Debug)]
pub struct Ui {
    program: String,
    terminal: Terminal,
    quiet: bool,
    verbose: bool,
    out: Out,
    coloured: bool,
    coloured_errors: bool,
    out_is_terminal: bool,
}

#[derive(Debug)]
enum Out {
    Stdout(BufWriter<Stdout>),
    Pager { child: Child, stdin: Option<BufWriter<ChildStdin>> },
}

impl Ui {
    /// A Ui over the process's own stdout and stderr; `program` is the name it goes by in messages.
    pub fn new(program: &str, terminal: Terminal, color: ColorChoice, quiet: bool) -> Self {
        let out_is_terminal = io::stdout().is_terminal();
        Ui {
            program: program.to_owned(),
            coloured: terminal.colours(color, out_is_terminal),
            coloured_errors: terminal.colours(color, io::stderr().is_terminal()),
            terminal,
            quiet,
            verbose: false,
            out: Out::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())),
            out_is_terminal,
        }
    }

    /// Whether data is coloured.
    pub fn coloured(&self) -> bool {
        self.coloured
    }

    /// The terminal's width in columns, None where data does not go to a terminal.
    pub fn width(&self) -> Option<usize> {
        if !self.out_is_terminal {
            return None;
        }
        let asked = || rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
        Some(self.terminal.columns.or_else(asked).filter(|&width| width > 0).unwrap_or(80))
    }

    /// Whether progress may be shown where nothing else is printed: on a terminal, and nobody asked for quiet.
    pub fn may_show_progress(&self) -> bool {
        !self.quiet && !self.terminal.dumb && io::stderr().is_terminal()
    }

    /// Whether only what matters is to be said: `-q`.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether data that is printed goes to a terminal.
    pub fn prints_on_terminal(&self) -> bool {
        self.out_is_terminal
    }

    /// Where data goes.
    pub fn out(&mut self) -> &mut dyn Write {
        self
    }

    /// Writes data.
    pub fn data(&mut self, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())
    }

    /// Sends data through the pager from now on, if it goes to a terminal and there is a pager. One that can't be
    /// started is no reason to show nothing.
    pub fn page(&mut self) {
        if !self.out_is_terminal || self.terminal.dumb || !matches!(self.out, Out::Stdout(_)) {
            return;
        }
        let mut pager = match &self.terminal.pager {
            Pager::Never => return,
            Pager::Less => Command::new("less"),
            Pager::Command(line) => {
                let mut shell = Command::new("/bin/sh");
                // The shell says 127 for a command that is not there, which then has read nothing.
                shell.args(["-c", &format!("{line}\n[ $? -ne 127 ] || exec cat")]);
                shell
            }
        };
        if !self.terminal.less_is_set {
            // F: leave at once what fits; R: let colours through; X: do not clear the screen; K: end with Ctrl-C, as
            // this program does.
            pager.env("LESS", "FRXK");
        }
        match pager.stdin(Stdio::piped()).spawn() {
            Ok(mut child) => {
                let stdin = child.stdin.take().map(|stdin| BufWriter::with_capacity(1 << 16, stdin));
                self.out = Out::Pager { child, stdin };
            }
            Err(error) if self.terminal.pager == Pager::Less && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.warn(&format!("the pager could not be started: {error}")),
        }
    }

    /// Prints without a pager from now on.
    pub fn never_page(&mut self) {
        self.terminal.pager = Pager::Never;
    }

    /// Brings out what was written and waits for the pager's end. Called once, before the exit code.
    pub fn finish(&mut self) -> io::Result<()> {
        let flushed = self.flush();
        if let Out::Pager { child, stdin } = &mut self.out {
            drop(stdin.take());
            let _ = child.wait();
            self.out = Out::Stdout(BufWriter::new(io::stdout()));
        }
        flushed
    }

    /// Brings out what was written, and makes it durable where it goes to a file.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        match rustix::fs::fsync(io::stdout()) {
            // A pipe or a terminal keeps nothing.
            Ok(()) | Err(Errno::INVAL | Errno::ROFS | Errno::OPNOTSUPP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A line of status on stderr; `-q` silences it.
    pub fn status(&mut self, line: &str) {
        if !self.quiet {
            self.say(&escape_dangerous(line));
        }
    }

    /// Lets [`Ui::note`] be heard from now on: `-v`.
    pub fn say_more(&mut self) {
        self.verbose = true;
    }

    /// What is done and how, on stderr: for those who ask for it with `-v`.
    pub fn note(&self, message: &str) {
        if self.verbose && !self.quiet {
            let label = paint("note:", Tone::Dim, self.coloured_errors);
            self.say(&format!("{label} {}", escape_dangerous(message)));
        }
    }

    /// A warning on stderr; `-q` silences it, for it is no error.
    pub fn warn(&mut self, message: &str) {
        if self.quiet {
            return;
        }
        let label = paint("warning:", Tone::Warning, self.coloured_errors);
        self.say(&format!("{label} {}", escape_dangerous(message)));
    }

    /// An error on stderr, with the program's name in front, and its hints.
    pub fn error(&mut self, message: &str, hints: &[String]) {
        self.error_at(message, &[], hints);
    }

    /// The same with lines that show where it is wrong, between the message and the hints.
    pub fn error_at(&mut self, message: &str, excerpt: &[String], hints: &[String]) {
        let label = paint("error:", Tone::Bad, self.coloured_errors);
        let program = self.program.clone();
        self.say(&format!("{program}: {label} {}", escape_dangerous(message)));
        for line in excerpt {
            self.say(&escape_dangerous(line));
        }
        for hint in hints {
            let label = paint("hint:", Tone::Notice, self.coloured_errors);
            self.say(&format!("{label} {}", escape_dangerous(hint)));
        }
    }

    /// Whether somebody is there to answer a question: they see it on stderr and type on stdin.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question whose answer is no unless it is yes. What was printed before stands before it; a reader of
    /// that who left is not heard. `about` is what the question is about, where that is not on stdout.
    pub fn confirm(&mut self, about: Option<&str>, question: &str) -> io::Result<bool> {
        let _ = self.finish();
        if let Some(about) = about {
            self.say(about.trim_end());
        }
        let _ = write!(io::stderr(), "{} [y/N] ", escape_dangerous(question));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// A stderr that is gone or full is no reason to stop.
    fn say(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl Write for Ui {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Stdout(out) => out.write(bytes),
            Out::Pager { stdin: Some(out), .. } => out.write(bytes),
            Out::Pager { stdin: None, .. } => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Stdout(out) => out.flush(),
            Out::Pager { stdin: Some(out), .. } => out.flush(),
            Out::Pager { stdin: None, .. } => Ok(()),
        }
    }
}
