//! What the user types: the global options, one file a verb (its `Args` and its `run`), and the way out.

mod archive;
mod blame;
mod columns;
mod config;
mod context;
mod deleted;
mod demo;
mod diff;
mod failure;
mod filters;
mod global;
mod history;
mod kernel;
mod list;
mod models;
mod revert;
mod rows;
mod show;
mod version_rows;
mod versions;

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind as IoErrorKind;
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use context::Context;
pub use failure::{Exit, Failure};
pub use global::GlobalArgs;

use crate::config::mask_passwords;
use crate::output::{ColorChoice, Terminal, Ui};

/// Ask a Django service's own traces who did what, when, and what came of it.
#[derive(Debug, Parser)]
#[command(name = "auditctl", version, max_term_width = 100, propagate_version = false)]
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
    Versions(versions::VersionsArgs),
    Diff(diff::DiffArgs),
    Blame(blame::BlameArgs),
    History(Box<history::HistoryArgs>),
    Deleted(deleted::DeletedArgs),
    Models(models::ModelsArgs),
    Config(config::ConfigArgs),
    Demo(demo::DemoArgs),
    Revert(revert::RevertArgs),
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let program = program_name(arguments.first().map(OsString::as_os_str));
    let mut command = command(&program);
    if let Some(flag) = kernel::flag_before_verb(&arguments, &command) {
        Ui::new(&program, Terminal::default(), ColorChoice::Auto, false).error(&kernel::message(flag, &program), &[]);
        return Exit::Usage.into();
    }
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refuse(&error.format(&mut command), &program),
    };
    let mut context = Context::new(&cli.global, program);
    match run(cli.verb, &mut context) {
        Ok(exit) => exit.into(),
        Err(error) => context.fail(&error),
    }
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
    Cli::command().name(program.to_owned()).display_name(program.to_owned()).bin_name(program)
}

/// Prints what the parser has to say: help and version on stdout, else what is wrong, on stderr.
fn refuse(error: &clap::Error, program: &str) -> ExitCode {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return match error.print() {
            Err(broken) if broken.kind() != IoErrorKind::BrokenPipe => Exit::Unable.into(),
            _ => ExitCode::from(error.exit_code() as u8),
        };
    }
    // The parser quotes what was typed, and that may be a URL in a place where none belongs.
    let (message, hints) = in_one_line(&mask_passwords(&error.to_string()));
    Ui::new(program, Terminal::default(), ColorChoice::Auto, false).error(&message, &hints);
    Exit::Usage.into()
}

/// The parser's message in one line, and its tips; of the usage it prints, only where to find the whole.
fn in_one_line(text: &str) -> (String, Vec<String>) {
    let mut paragraphs = text.trim_end().split("\n\n");
    let joined = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = joined(paragraphs.next().unwrap_or_default());
    let mut hints = Vec::new();
    for paragraph in paragraphs.map(joined) {
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
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
        Verb::Versions(args) => versions::run(args, context),
        Verb::Diff(args) => diff::run(args, context),
        Verb::Blame(args) => blame::run(args, context),
        Verb::History(args) => history::run(*args, context),
        Verb::Deleted(args) => deleted::run(args, context),
        Verb::Models(args) => models::run(args, context),
        Verb::Revert(args) => revert::run(args, context),
        Verb::Config(args) => config::run(args, context),
        Verb::Demo(args) => demo::run(args, context),
    }
}
