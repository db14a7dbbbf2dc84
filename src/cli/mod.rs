//! What the user types: the global options, one file a verb (its `Args` and its `run`), and the way out.

mod archive;
mod blame;
mod columns;
mod complete;
mod completions;
mod config;
mod context;
mod deleted;
mod demo;
mod diff;
mod doctor;
mod examples;
mod export;
mod failure;
mod filters;
mod global;
mod history;
mod interrupt;
mod kernel;
mod list;
mod man;
mod manual;
mod models;
mod number;
mod parse;
mod revert;
mod rotate;
mod rows;
mod show;
mod stats;
mod tail;
mod version_rows;
mod versions;

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind as IoErrorKind;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use completions::{Shell, script};
pub use context::Context;
pub use examples::Examples;
pub use failure::{Exit, Failure};
pub use global::GlobalArgs;
pub use manual::pages;

use self::list::CANNOT_WRITE;
use crate::config::{Environment, mask_passwords};
use crate::output::{ColorChoice, Ui};

/// Ask a Django service's own traces who did what, when, and what came of it
///
/// Reads what the service has written: the table of its audit log, and the users and models that belong to it. Nothing
/// is ever changed by reading, and the service is not held up. Secrets in what is shown are masked, and data goes to
/// stdout while everything else goes to stderr.
///
/// The database is the one that --database names, or else that of a profile, of the environment or of the Django
/// project around the current folder; see --database.
///
/// This is not the /sbin/auditctl with which Linux controls the audit rules of the kernel.
#[derive(Debug, Parser)]
#[command(
    name = "auditctl",
    version,
    max_term_width = 100,
    propagate_version = false,
    disable_help_flag = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    add = Examples(&[
        ("Build a small database to try everything on", "auditctl demo"),
        ("What user 5 did, newest first", "auditctl list --user 5 --ordering -timestamp"),
        ("What was refused or failed since yesterday", "auditctl list --status 4xx,5xx --since yesterday"),
        ("One entry in full", "auditctl show 120"),
        ("Which database is read, and why that one", "auditctl config"),
    ]),
)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(Box<list::ListArgs>),
    Show(show::ShowArgs),
    Stats(Box<stats::StatsArgs>),
    Tail(Box<tail::TailArgs>),
    Export(Box<export::ExportArgs>),
    Versions(versions::VersionsArgs),
    Diff(diff::DiffArgs),
    Blame(blame::BlameArgs),
    History(Box<history::HistoryArgs>),
    Deleted(deleted::DeletedArgs),
    Revert(revert::RevertArgs),
    Models(models::ModelsArgs),
    Rotate(rotate::RotateArgs),
    Doctor(doctor::DoctorArgs),
    Parse(Box<parse::ParseArgs>),
    Config(config::ConfigArgs),
    Demo(demo::DemoArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let program = program_name(arguments.first().map(OsString::as_os_str));
    if complete::is_asked(&arguments) {
        return complete::run(&arguments, &program);
    }
    let mut command = command(&program);
    let environment = Environment::from_process();
    let terminal = context::terminal(&environment);
    // What is said before the options are known, or because they can't be.
    let mut ui = Ui::new(&program, terminal.clone(), color_typed(&arguments), false);
    if let Some(flag) = kernel::flag_before_verb(&arguments, &command) {
        ui.error(&kernel::message(flag, &program), &[]);
        return Exit::Usage.into();
    }
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refuse(&error.format(&mut command), &command, &mut ui),
    };
    let mut ui = Ui::new(&program, terminal, cli.global.color, cli.global.quiet);
    if cli.global.verbose > 0 {
        ui.say_more();
    }
    let mut context = Context::new(&cli.global, environment, ui, program);
    match run(cli.verb, &mut context) {
        Ok(exit) => context.end(exit),
        Err(error) => context.fail(&error),
    }
}

/// The value of `--color` on a command line that is not parsed yet, or that can't be.
fn color_typed(arguments: &[OsString]) -> ColorChoice {
    let typed = arguments.iter().enumerate().find_map(|(at, argument)| match argument.to_str()? {
        "--color" => arguments.get(at + 1)?.to_str(),
        argument => argument.strip_prefix("--color="),
    });
    typed.and_then(|when| ColorChoice::from_str(when, false).ok()).unwrap_or_default()
}

/// Runs another command line on the same terminal, as `demo` does to show what it built.
fn run_words(words: &[&str], context: &mut Context) -> anyhow::Result<Exit> {
    let words = std::iter::once(context.program().to_owned()).chain(words.iter().map(|word| word.to_string()));
    let cli = Cli::try_parse_from(words)?;
    run(cli.verb, context)
}

/// The file name of `argv[0]`: a package may install the program under another name than the kernel's tool has.
fn program_name(argument: Option<&OsStr>) -> String {
    let name = argument.and_then(|path| Path::new(path).file_name()).map(OsStr::to_string_lossy).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    if name.is_empty() { "auditctl".to_owned() } else { name }
}

/// The command line's definition under the name that the program was called by.
fn command(program: &str) -> Command {
    let command = Cli::command().name(program.to_owned()).display_name(program.to_owned()).bin_name(program);
    examples::shown(command, program)
}

/// Prints what the parser has to say: help and version on stdout, else what is wrong, on stderr.
fn refuse(error: &clap::Error, command: &Command, ui: &mut Ui) -> ExitCode {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return match error.print() {
            Err(broken) if broken.kind() != IoErrorKind::BrokenPipe => {
                ui.error(&format!("{CANNOT_WRITE}: {broken}"), &[]);
                Exit::Unable.into()
            }
            _ => ExitCode::from(error.exit_code() as u8),
        };
    }
    // The parser quotes what was typed, and that may be a URL in a place where none belongs.
    let (message, mut hints) = in_one_line(&mask_passwords(&error.to_string()));
    let of_others = option_of_others(error, command);
    hints.splice(0..0, given_twice(error).map(str::to_owned).into_iter().chain(of_others));
    ui.error(&message, &hints);
    Exit::Usage.into()
}

/// The option that an error is about, and the one that it contradicts.
fn named(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(name) => name.split(' ').next(),
        _ => None,
    }
}

/// How filters are joined that can't be repeated: two of them could mean both or either.
fn given_twice(error: &clap::Error) -> Option<&'static str> {
    let name = named(error, ContextKind::InvalidArg)?;
    if error.kind() != ErrorKind::ArgumentConflict || named(error, ContextKind::PriorArg) != Some(name) {
        return None;
    }
    match name {
        "--where" => Some("write one expression, with 'and' or 'or' between its parts: --where '(…) and (…)'"),
        "--model" | "--search" | "--action" | "--path" => {
            Some("several are asked for with 'and' or 'or' between them in an expression: see --where")
        }
        _ => None,
    }
}

/// Which verbs have the option that this one has not.
fn option_of_others(error: &clap::Error, command: &Command) -> Option<String> {
    let name = Some(error).filter(|error| error.kind() == ErrorKind::UnknownArgument);
    let name = name.and_then(|error| named(error, ContextKind::InvalidArg))?.strip_prefix("--")?;
    let has_it = |verb: &&Command| !verb.is_hide_set() && verb.get_arguments().any(|arg| arg.get_long() == Some(name));
    let verbs: Vec<&str> = command.get_subcommands().filter(has_it).map(Command::get_name).collect();
    let verbs = match verbs.split_last()? {
        (verb, []) => (*verb).to_owned(),
        (last, others) => format!("{} and {last}", others.join(", ")),
    };
    Some(format!("--{name} is an option of {verbs}"))
}

/// The parser's message in one line, and its tips; of the usage it prints, only where to find the whole.
fn in_one_line(text: &str) -> (String, Vec<String>) {
    let mut paragraphs = text.trim_end().split("\n\n");
    let joined = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = joined(paragraphs.next().unwrap_or_default());
    let mut hints = Vec::new();
    for paragraph in paragraphs.map(joined) {
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            // What is no option is seldom meant to be a value.
            hints.extend((!tip.starts_with("to pass '")).then(|| tip.to_owned()));
        } else if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            let words = usage.split(' ').take_while(|word| !word.starts_with(['[', '<', '-']));
            hints.push(format!("see {} --help", words.collect::<Vec<_>>().join(" ")));
        }
    }
    (message.strip_prefix("error: ").unwrap_or(&message).to_owned(), hints)
}

fn run(verb: Verb, context: &mut Context) -> anyhow::Result<Exit> {
    match verb {
        Verb::List(args) => list::run(*args, context),
        Verb::Show(args) => show::run(args, context),
        Verb::Stats(args) => stats::run(*args, context),
        Verb::Tail(args) => tail::run(*args, context),
        Verb::Export(args) => export::run(*args, context),
        Verb::Versions(args) => versions::run(args, context),
        Verb::Diff(args) => diff::run(args, context),
        Verb::Blame(args) => blame::run(args, context),
        Verb::History(args) => history::run(*args, context),
        Verb::Deleted(args) => deleted::run(args, context),
        Verb::Models(args) => models::run(args, context),
        Verb::Parse(args) => parse::run(*args, context),
        Verb::Revert(args) => revert::run(args, context),
        Verb::Rotate(args) => rotate::run(args, context),
        Verb::Doctor(args) => doctor::run(args, context),
        Verb::Config(args) => config::run(args, context),
        Verb::Demo(args) => demo::run(args, context),
        Verb::Completions(args) => completions::run(args, context),
        Verb::Man(args) => man::run(args, context),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_of_the_command_line_makes_sense() {
        super::command("auditctl").debug_assert();
    }
}
