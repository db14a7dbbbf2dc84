//! `auditctl completions`: the script with which a shell completes the command line.

use anyhow::Context as _;
use clap_complete::aot::{Elvish, PowerShell, generate};

use super::list::CANNOT_WRITE;
use super::{Context, Examples, Exit, complete};

/// Print the script with which a shell completes this program's command line
///
/// In bash, zsh and fish, a TAB completes verbs, options and the values of options: the users and models of the
/// database that the line names or the environment points to, the profiles of the configuration file, columns, fields
/// and time zones. A database that doesn't answer at once, because it is locked for instance, is passed over in
/// silence. In elvish and PowerShell, verbs, options and fixed values are completed.
///
/// The script is for the name under which the program was called.
#[derive(Debug, clap::Args)]
#[command(add = Examples(&[
    ("For all bash shells of one's own", "auditctl completions bash > ~/.local/share/bash-completion/completions/auditctl"),
    ("For zsh, in a folder that is in $fpath", "auditctl completions zsh > ~/.zfunc/_auditctl"),
    ("For fish", "auditctl completions fish > ~/.config/fish/completions/auditctl.fish"),
]))]
pub struct CompletionsArgs {
    /// Print the script for this shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// A shell whose completion can be told what to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// Bash, 4 or later
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// Elvish
    Elvish,
    /// PowerShell
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
}

impl Shell {
    /// The name under which the script of a program is installed.
    pub fn file_name(self, program: &str) -> String {
        match self {
            Shell::Bash => format!("{program}.bash"),
            Shell::Zsh => format!("_{program}"),
            Shell::Fish => format!("{program}.fish"),
            Shell::Elvish => format!("{program}.elv"),
            Shell::PowerShell => format!("_{program}.ps1"),
        }
    }
}

pub(super) fn run(args: CompletionsArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let script = script(args.shell, context.program());
    context.ui.data(&script).context(CANNOT_WRITE)?;
    context.ui.finish().context(CANNOT_WRITE)?;
    Ok(Exit::Done)
}

/// The script of a shell for the program of this name.
pub fn script(shell: Shell, program: &str) -> String {
    let template = match shell {
        Shell::Bash => include_str!("completions/bash.sh"),
        Shell::Zsh => include_str!("completions/zsh.zsh"),
        Shell::Fish => include_str!("completions/fish.fish"),
        Shell::Elvish => return generated(Elvish, program),
        Shell::PowerShell => return generated(PowerShell, program),
    };
    // The name of a function has fewer characters than that of a file.
    let function: String = program.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    template
        .replace("@FUNCTION@", &function)
        .replace("@CALL@", complete::CALL)
        .replace("@MARK@", complete::MARK)
        .replace("@PROGRAM@", &quoted(program))
}

fn generated(shell: impl clap_complete::aot::Generator, program: &str) -> String {
    let mut bytes = Vec::new();
    generate(shell, &mut super::command(program), program, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A word for bash, zsh and fish alike.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    if word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::new();
    for c in word.chars() {
        if !plain(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}
