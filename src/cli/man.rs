//! `auditctl man`: the manual, made of the definition of the command line.

use anyhow::Context as _;

use super::list::CANNOT_WRITE;
use super::{Context, Examples, Exit, Failure, manual};
use crate::query::closest;

/// Print the manual of the program or of one of its verbs
///
/// The page is in the format that `man` reads. A package installs it in section 1, under the name of the program, and
/// the page of a verb under that name with a hyphen and the verb after it.
///
/// The page is for the name under which the program was called.
#[derive(Debug, clap::Args)]
#[command(add = Examples(&[
    ("Read the manual without installing it", "auditctl man | man -l -"),
    ("Read the page of a verb", "auditctl man list | man -l -"),
    ("Save a page", "auditctl man show > auditctl-show.1"),
]))]
pub struct ManArgs {
    /// Print the page of this verb
    ///
    /// Without it, the main page is printed, which is about all verbs.
    #[arg(value_name = "VERB")]
    verb: Option<String>,
}

pub(super) fn run(args: ManArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let program = context.program().to_owned();
    let command = super::command(&program);
    let verb = args.verb.as_deref();
    let Some(page) = manual::page(&program, verb) else {
        let given = verb.unwrap_or_default();
        let failure = Failure::usage(format!("there is no verb '{given}'"));
        let hint = match closest(given, manual::verbs(&command).map(clap::Command::get_name)) {
            Some(similar) => format!("did you mean '{similar}'?"),
            None => format!(
                "the verbs are {}",
                manual::verbs(&command).map(clap::Command::get_name).collect::<Vec<_>>().join(", ")
            ),
        };
        return Err(failure.hint(hint).into());
    };
    context.ui.data(&page).context(CANNOT_WRITE)?;
    context.ui.finish().context(CANNOT_WRITE)?;
    if context.ui.width().is_some() {
        let verb = verb.map_or(String::new(), |verb| format!(" {verb}"));
        context.ui.status(&format!("To read it as a page: {program} man{verb} | man -l -"));
    }
    Ok(Exit::Done)
}
