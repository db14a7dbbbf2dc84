//! What the line already says besides the word at the cursor: which options are given, and which database they name.

use std::path::Path;

use clap::{Arg, ArgAction, Command, Id, Parser};

use super::request::{Line, Word};
use crate::cli::Cli;
use crate::config::Typed;

/// Options whose value is a path, in which a shell would replace a leading `~`.
const PATHS: [&str; 3] = ["database", "config", "log_dir"];

/// What the line already says.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The verb, under the name that was typed.
    pub verb: Option<String>,
    /// The options on the line, in order.
    pub options: Vec<Id>,
    /// The global options as a run would read them; None where that can't be told or they are wrong.
    pub typed: Option<Typed>,
}

impl Given {
    /// Looks through the words. `command` has been built, so that its verbs know the global options.
    pub fn read(command: &Command, line: &Line, home: Option<&Path>) -> Self {
        let mut given = Given::default();
        let mut arguments = vec![command.get_name().to_owned()];
        let mut certain = true;
        let mut current = command;
        let mut words =
            line.before.iter().skip(1).map(Item::Word).chain([Item::Cursor]).chain(line.after.iter().map(Item::Word));
        while let Some(item) = words.next() {
            let Item::Word(Some(word)) = item else { continue };
            if word == "--" {
                break;
            }
            let (option, mut value) = if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                (current.get_arguments().find(|arg| arg.get_long() == Some(name)), value.map(str::to_owned))
            } else if let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) {
                short(current, cluster)
            } else {
                if let Some(verb) = current.find_subcommand(word) {
                    current = verb;
                    given.verb.get_or_insert_with(|| word.clone());
                }
                continue;
            };
            let Some(option) = option else { continue };
            given.options.push(option.get_id().clone());
            if !option.get_action().takes_values() {
                if let (true, ArgAction::SetTrue, Some(long)) =
                    (option.is_global_set(), option.get_action(), option.get_long())
                {
                    arguments.push(format!("--{long}"));
                }
                continue;
            }
            if value.is_none() {
                match words.next() {
                    Some(Item::Word(word)) => {
                        certain &= word.is_some() || !option.is_global_set();
                        value = word.clone();
                    }
                    Some(Item::Cursor) | None => continue,
                }
            }
            if let (true, Some(value), Some(long)) = (option.is_global_set(), value, option.get_long()) {
                let value = if PATHS.contains(&option.get_id().as_str()) { from_home(value, home) } else { value };
                arguments.push(format!("--{long}={value}"));
            }
        }
        // Any verb that needs no arguments will do: only the global options are of interest.
        arguments.push("config".to_owned());
        if certain {
            given.typed = Cli::try_parse_from(arguments).ok().map(|cli| cli.global.typed());
        }
        given
    }

    /// Whether an option is of no more use: it was given and can't be repeated, or contradicts one that was.
    pub fn excludes(&self, option: &Arg, verb: &Command) -> bool {
        let can_be_repeated = matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
        let contradicts = |one: &Arg, other: &Arg| {
            verb.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == other.get_id())
        };
        // Only one of two that contradict each other need say so.
        verb.get_arguments().filter(|given| self.options.contains(given.get_id())).any(|given| {
            let is_same = given.get_id() == option.get_id();
            (is_same && !can_be_repeated) || contradicts(option, given) || contradicts(given, option)
        })
    }
}

enum Item<'a> {
    Word(&'a Word),
    Cursor,
}

/// The last option of a cluster such as `-qo` or `-ocsv`, and the value that is in it.
fn short<'c>(command: &'c Command, cluster: &str) -> (Option<&'c Arg>, Option<String>) {
    let mut letters = cluster.chars();
    let mut last = None;
    while let Some(letter) = letters.next() {
        last = command.get_arguments().find(|option| option.get_short() == Some(letter));
        if last.is_some_and(|option| option.get_action().takes_values()) {
            let rest = letters.as_str();
            let value = (!rest.is_empty()).then(|| rest.strip_prefix('=').unwrap_or(rest).to_owned());
            return (last, value);
        }
    }
    (last, None)
}

fn from_home(path: String, home: Option<&Path>) -> String {
    match (path.strip_prefix("~/"), home.and_then(Path::to_str)) {
        (Some(rest), Some(home)) => format!("{home}/{rest}"),
        _ => path,
    }
}
