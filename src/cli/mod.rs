//! What the user types: the global options, one file a verb (its `Args` and its `run`), and the way out.

mod config;
mod context;
mod demo;
mod failure;
mod filters;
mod list;
mod rows;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use context::Context;
pub use failure::{Exit, Failure};

use crate::config::Typed;
use crate::output::ColorChoice;

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
    Config(config::ConfigArgs),
    Demo(demo::DemoArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
}

/// Options that every verb takes, before it or after it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Read this database
    #[arg(long, global = true, value_name = "URL|PATH")]
    database: Option<String>,
    /// Use this profile of the configuration file
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// Show times in this zone
    #[arg(long, global = true, value_name = "ZONE")]
    timezone: Option<String>,
    /// Colour the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

impl GlobalArgs {
    fn typed(&self) -> Typed {
        Typed {
            database: self.database.clone(),
            profile: self.profile.clone(),
            timezone: self.timezone.clone(),
            ..Typed::default()
        }
    }
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let mut context = Context::new(&cli.global);
    match run(cli.verb, &mut context) {
        Ok(exit) => exit.into(),
        Err(failure) => context.fail(&failure),
    }
}

fn run(verb: Verb, context: &mut Context) -> anyhow::Result<Exit> {
    match verb {
        Verb::Config(args) => config::run(args, context),
        Verb::Demo(args) => demo::run(args, context),
        Verb::List(args) => list::run(args, context),
        Verb::Show(args) => show::run(args, context),
    }
}
