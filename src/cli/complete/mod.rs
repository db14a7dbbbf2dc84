//! What can stand at the cursor: the program's answer to the shells, whose scripts `auditctl completions` prints.
//!
//! bash, zsh and fish ask the program at each TAB instead of knowing its options by heart: so they offer the users,
//! models and profiles there are, of the database that the line itself names; they complete lists with commas and
//! leave out what contradicts the rest of the line; and they never lag behind the program that is installed. Of
//! clap's engine the part is used that finds what belongs at the cursor, but not its scripts: those put candidates
//! into bash's line without quotes, where a user named `$(rm -rf ~)` would be run, and hand over words as they were
//! typed, quotes and all. elvish and PowerShell get clap's static scripts.
//!
//! Whatever goes wrong, a shell gets fewer words or none, and never an error. What needs a database or a file is
//! asked on a thread that is left behind when it does not answer in time.

mod given;
mod live;
mod reply;
mod request;
mod session;
mod values;
mod words;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Command;
use clap_complete::engine::{CompletionCandidate, complete};

use self::given::Given;
use self::live::Live;
pub(super) use self::reply::MARK;
use self::reply::{Answer, Group, Space};
use self::request::{Asker, Line, Request};
use self::session::{Outcome, Session};
use crate::audit::is_dangerous;
use crate::config::Environment;
use crate::config::variables::AUDITCTL_COMPLETION_MS;
use crate::output::{ColorChoice, Terminal, Ui};

/// The word in the place of a verb with which the scripts call the program; the shell's name follows.
pub(super) const CALL: &str = "__complete";

/// How long the answer may take. A person takes 200 ms for at once; the rest is for starting the program.
const PATIENCE: Duration = Duration::from_millis(150);

/// Longer than any line that a person types.
const LONGEST_REQUEST: u64 = 1 << 20;

/// Whether a shell asks.
pub(super) fn is_asked(arguments: &[OsString]) -> bool {
    arguments.get(1).is_some_and(|word| word == CALL)
}

/// Answers what stands on stdin, or says nothing.
pub(super) fn run(arguments: &[OsString], program: &str) -> ExitCode {
    let begun = Instant::now();
    // A message would land in the middle of the line that is being typed.
    std::panic::set_hook(Box::new(|_| {}));
    let asker = arguments.get(2).and_then(|name| Asker::named(name.to_str()?));
    if let Some(answer) = asker.and_then(|asker| answer(asker, program, begun)) {
        let mut ui = Ui::new(program, Terminal::default(), ColorChoice::Never, true);
        // A shell that has stopped listening needs no answer.
        let _ = ui.data(&answer).and_then(|()| ui.finish());
    }
    ExitCode::SUCCESS
}

fn answer(asker: Asker, program: &str, begun: Instant) -> Option<String> {
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        return None;
    }
    let mut bytes = Vec::new();
    stdin.by_ref().take(LONGEST_REQUEST).read_to_end(&mut bytes).ok()?;
    let environment = Environment::from_process();
    Some(match Request::read(asker, &bytes)? {
        Request::File => Answer::Files.print(asker, None),
        Request::Shell => Answer::Shell.print(asker, None),
        Request::Words(line) => {
            let deadline = begun + patience(&environment);
            let answer = words(super::command(program), &line, environment, deadline);
            answer.print(asker, Some(&line))
        }
    })
}

/// How long the answer may take here: a busy machine may need more, and a shell is no place to complain of a value that
/// is no number.
fn patience(environment: &Environment) -> Duration {
    let asked = environment.text(AUDITCTL_COMPLETION_MS).and_then(|text| text.trim().parse::<u32>().ok());
    asked.map_or(PATIENCE, |milliseconds| Duration::from_millis(milliseconds.into()))
}

/// What can stand at the cursor of this line.
fn words(mut command: Command, line: &Line, environment: Environment, deadline: Instant) -> Answer {
    command.build();
    let given = Given::read(&command, line, environment.home.as_deref());
    let live = Live { typed: given.typed.clone(), environment, deadline };
    let session = Arc::new(Session::new(live, line.current.clone()));
    let mut command = values::attach(command, &session);

    let mut arguments: Vec<OsString> = line.before.iter().map(|word| word.clone().unwrap_or_default().into()).collect();
    let index = arguments.len();
    arguments.push(line.current.clone().into());
    // Without the name of the program there is nothing to begin with.
    let candidates =
        if index == 0 { Vec::new() } else { complete(&mut command, arguments, index, None).unwrap_or_default() };
    match session.outcome() {
        Outcome::Files => Answer::Files,
        Outcome::Folders => Answer::Folders,
        Outcome::Words(space) => Answer::Words(groups(chosen(candidates, &command, &given, line), space)),
    }
}

/// Leaves out what is of no use at this place, and what no line may hold.
fn chosen(
    candidates: Vec<CompletionCandidate>,
    command: &Command,
    given: &Given,
    line: &Line,
) -> Vec<(String, CompletionCandidate)> {
    let verb = given.verb.as_deref().and_then(|verb| command.find_subcommand(verb)).unwrap_or(command);
    let option = |candidate: &CompletionCandidate| {
        let id = candidate.get_id()?.strip_prefix("arg::")?;
        verb.get_arguments().find(|arg| arg.get_id() == id)
    };
    let mut chosen: Vec<_> = candidates
        .into_iter()
        .filter(|candidate| option(candidate).is_none_or(|option| !given.excludes(option, verb)))
        .filter_map(|candidate| Some((candidate.get_value().to_str()?.to_owned(), candidate)))
        .filter(|(word, _)| {
            !word.is_empty() && !word.chars().any(|c| is_dangerous(c) || c == char::REPLACEMENT_CHARACTER)
        })
        .collect();
    // Where there are verbs or values, options are for those who type a hyphen.
    if line.current.is_empty() && chosen.iter().any(|(_, candidate)| option(candidate).is_none()) {
        chosen.retain(|(_, candidate)| option(candidate).is_none());
    }
    chosen
}

/// The candidates under their headings, in the order of the help.
fn groups(candidates: Vec<(String, CompletionCandidate)>, space: Space) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (word, candidate) in candidates {
        // Only verbs and options have an id; clap gives values the name of their option as a heading.
        let title = match candidate.get_id() {
            Some(_) => candidate.get_tag().map(ToString::to_string).unwrap_or_default(),
            None => "Values".to_owned(),
        };
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.as_deref().and_then(|help| help.lines().next()).unwrap_or_default();
        let help: String = help.chars().filter(|&c| !is_dangerous(c)).collect();
        // What ends with a slash goes on.
        let space = if word.ends_with('/') { Space::Nothing } else { space };
        match groups.iter_mut().find(|group| group.title == title && group.space == space) {
            Some(group) => group.words.push((word, help)),
            None => groups.push(Group { title, space, words: vec![(word, help)] }),
        }
    }
    groups
}
