//! Examples of a verb, written beside it once: its long help and its page of the manual show them, a test runs them.

use clap::Command;
use clap::builder::{CommandExt, StyledStr, Styles};

/// The name that stands for the program in what is written by hand.
const NAME: &str = "auditctl";

/// The examples of a verb: what each does, and its line. Attached to the verb's definition with `add`.
#[derive(Clone, Copy, Debug)]
pub struct Examples(pub &'static [(&'static str, &'static str)]);

impl CommandExt for Examples {}

impl Examples {
    /// What each example does, and its line for the program of this name.
    pub fn lines(self, program: &str) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().map(move |(does, line)| (*does, line.replace(NAME, program)))
    }

    fn help(self, program: &str) -> StyledStr {
        let styles = Styles::default();
        let header = styles.get_header();
        let mut text = format!("{header}Examples:{header:#}\n");
        for (at, (does, line)) in self.lines(program).enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            text.push_str(&format!("{gap}  {}\n    {line}\n", heading(does)));
        }
        StyledStr::from(text.trim_end().to_owned())
    }
}

/// What an example does, as it stands above its line.
pub(super) fn heading(does: &str) -> String {
    if does.ends_with('?') { does.to_owned() } else { format!("{does}:") }
}

/// The command with the examples of each verb at the end of its long help.
pub(super) fn shown(command: Command, program: &str) -> Command {
    let with_help = |command: Command| match command.get::<Examples>().copied() {
        Some(examples) => command.after_long_help(examples.help(program)),
        None => command,
    };
    with_help(command.mut_subcommands(with_help))
}
