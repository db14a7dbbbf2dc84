//! What completes the value of each option, by the name of its field: one line an option, and one
//! more where it means something else on a verb.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::reply::Space;
use super::session::{Outcome, Session};
use crate::cli::doctor as doctor_verb;
use crate::cli::models as models_verb;
use crate::cli::{blame, deleted, history, manual, rotate, version_rows};
use crate::doctor;
use crate::output::{Column, EntryColumn};
use crate::query::{ENTRY, Field, LEVELS, Part, RECORD, UserSpec, Vocabulary, Zone};

/// More names than that are no help, and some of them would be a wrong one: shells type what all candidates have in
/// common.
const MOST_USERS: usize = 5_000;

/// What the service's audit records are about, and what they say happened.
const MODELS: [&str; 2] = ["PurchaseOrders", "Payments"];
const EVENTS: [&str; 5] = ["CREATE", "UPDATE", "DELETE", "PAYMENT_SUCCESS", "PAYMENT_FAILED"];
/// The service's loggers.
const LOGGERS: [&str; 6] = ["audit", "purchase_audit", "payments", "purchase_orders", "donations", "system_errors"];

type Source = fn(&Session, &str) -> Vec<CompletionCandidate>;

/// What completes the value of an option of a verb.
fn source(option: &Arg, verb: &str) -> Option<Source> {
    let name = option.get_id().as_str();
    if let ("parse", Some(source)) = (verb, of_records(name)) {
        return Some(source);
    }
    Some(match (verb, name) {
        // Records name users by id or address; a rotation's method is one of a few values.
        ("parse", "user") | ("rotate", "method") => return None,
        (_, "user") => users,
        (_, "model") => models,
        (_, "action") => actions,
        (_, "method") => methods,
        (_, "status") => statuses,
        (_, "since" | "until") => times,
        ("stats", "ordering") => |session, current| ordering(session, current, &columns_of("stats")),
        (_, "ordering") => |session, current| ordering(session, current, &Field::ALL.map(Field::name)),
        (_, "where") => |session, current| expression(session, current, &ENTRY),
        (_, "by") => |session, current| parts(session, current, &ENTRY),
        (_, "only" | "skip") => checks,
        (_, "profile") => profiles,
        (_, "timezone" | "log_timezone") => zones,
        _ => match option.get_value_hint() {
            ValueHint::FilePath | ValueHint::AnyPath => |session, _| path(session, Outcome::Files),
            ValueHint::DirPath => |session, _| path(session, Outcome::Folders),
            _ => return None,
        },
    })
}

/// What completes the options of `parse` that are about log records.
fn of_records(option: &str) -> Option<Source> {
    Some(match option {
        "model" => |_, current| matching(current, MODELS.map(|model| (model, ""))),
        "event" => |session, current| listed(session, current, EVENTS.map(|event| (event, ""))),
        "logger" => |session, current| listed(session, current, LOGGERS.map(|logger| (logger, ""))),
        "level" => levels,
        "ordering" => |session, current| ordering(session, current, &record_columns()),
        "where" => |session, current| expression(session, current, &RECORD),
        "by" => |session, current| parts(session, current, &RECORD),
        _ => return None,
    })
}

/// The command with a completer on each option that has one.
pub(super) fn attach(command: Command, session: &Arc<Session>) -> Command {
    let pages: Vec<(String, String)> = manual::verbs(&command)
        .map(|verb| (verb.get_name().to_owned(), verb.get_about().map(ToString::to_string).unwrap_or_default()))
        .collect();
    let of_pages = move |current: &OsStr| {
        let current = current.to_str().unwrap_or_default();
        matching(current, pages.iter().map(|(name, about)| (name.as_str(), about.as_str())))
    };
    let with_completers = |command: Command| {
        let verb = command.get_name().to_owned();
        command.mut_args(|option| with_completer(option, &verb, session))
    };
    with_completers(command)
        .mut_subcommands(with_completers)
        .mut_subcommand("man", |man| man.mut_arg("verb", |verb| verb.add(ArgValueCompleter::new(of_pages))))
}

fn with_completer(option: Arg, verb: &str, session: &Arc<Session>) -> Arg {
    let session = Arc::clone(session);
    if option.get_id() == "columns" {
        let names = columns_of(verb);
        return option.add(ArgValueCompleter::new(move |current: &OsStr| match current.to_str() {
            Some(current) => listed(&session, current, names.iter().map(|name| (*name, ""))),
            None => Vec::new(),
        }));
    }
    let Some(source) = source(&option, verb) else { return option };
    option.add(ArgValueCompleter::new(move |current: &OsStr| match current.to_str() {
        Some(current) => source(&session, current),
        None => Vec::new(),
    }))
}

/// Paths are the shell's: it knows `~user`, `CDPATH` and what to mark.
fn path(session: &Session, outcome: Outcome) -> Vec<CompletionCandidate> {
    session.decide(outcome);
    Vec::new()
}

/// Those of the words that go on from what is typed, in any case.
fn matching<'w>(current: &str, words: impl IntoIterator<Item = (&'w str, &'w str)>) -> Vec<CompletionCandidate> {
    words
        .into_iter()
        .filter(|(word, _)| starts_with(word, current))
        .map(|(word, help)| CompletionCandidate::new(word).help((!help.is_empty()).then(|| help.to_owned().into())))
        .collect()
}

fn starts_with(word: &str, start: &str) -> bool {
    word.as_bytes().get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start.as_bytes()))
}

/// The last of several words with commas between: those before it stay, and are not offered again.
fn listed<'w>(
    session: &Session,
    current: &str,
    words: impl IntoIterator<Item = (&'w str, &'w str)>,
) -> Vec<CompletionCandidate> {
    session.decide(Outcome::Words(Space::Comma));
    let (done, last) =
        current.rsplit_once(',').map_or(("", current), |(_, last)| (&current[..current.len() - last.len()], last));
    // clap itself cuts some lists at their commas, so that the words before are to be looked for in the whole word.
    let used: Vec<&str> = session.current.rsplit_once(',').map_or("", |(used, _)| used).split([',', '=']).collect();
    let bare = |word: &str| word.trim_start_matches('-').to_ascii_lowercase();
    let is_used = |word: &str| used.iter().any(|used| bare(used) == bare(word));
    matching(last, words.into_iter().filter(|(word, _)| !is_used(word)))
        .into_iter()
        .map(|candidate| candidate.add_prefix(done))
        .collect()
}

/// Names of users as `--user` takes them. Without a database there is nothing to say, `none` neither: a shell would
/// take the only candidate for the answer.
fn users(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    let (mark, start) = current.strip_prefix("name:").map_or(("", current), |start| ("name:", start));
    let start = start.to_owned();
    let Some(names) = session.live.store(move |store| store.usernames(&start, MOST_USERS + 1).ok()) else {
        return Vec::new();
    };
    if names.len() > MOST_USERS {
        return Vec::new();
    }
    let none = matching(current, [("none", "Entries without a user")]);
    let words = names.into_iter().map(|name| if mark.is_empty() { user_word(name) } else { format!("{mark}{name}") });
    words.map(CompletionCandidate::new).chain(none).collect()
}

/// The word that means the user of this name: with `name:` in front of one that reads as an id or as `none`, or that
/// would be taken for an option.
fn user_word(name: String) -> String {
    let means_itself = UserSpec::parse(&name).is_ok_and(|spec| spec == UserSpec::Name(name.clone()));
    if means_itself && !name.starts_with('-') { name } else { format!("name:{name}") }
}

fn models(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    let Some(models) = session.live.store(|store| store.models().ok()) else { return Vec::new() };
    let requests = [("API Request", "What the API was asked")];
    matching(current, models.iter().map(|model| (model.as_str(), "")).chain(requests))
}

/// Checks, and what they are about.
fn checks(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    let ids = doctor::checks().map(|check| check.id);
    let mut words: Vec<&str> = Vec::new();
    for id in ids {
        let thing = id.split_once('.').map_or(id, |(thing, _)| thing);
        if !words.contains(&thing) {
            words.push(thing);
        }
        words.push(id);
    }
    listed(session, current, words.iter().map(|word| (*word, "")))
}

fn profiles(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    let names = session.live.profiles().unwrap_or_default();
    // Names of profiles are told apart by case.
    names.into_iter().filter(|name| name.starts_with(current)).map(CompletionCandidate::new).collect()
}

fn actions(_: &Session, current: &str) -> Vec<CompletionCandidate> {
    matching(
        current,
        [
            ("created", "An object was created"),
            ("updated", "An object was changed"),
            ("deleted", "An object was deleted"),
        ],
    )
}

fn methods(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    listed(session, current, ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map(|method| (method, "")))
}

fn statuses(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    let classes = [
        ("2xx", "Done"),
        ("3xx", "Redirected"),
        ("4xx", "Refused: the client's mistake"),
        ("5xx", "Failed: the server's mistake"),
    ];
    listed(session, current, classes)
}

fn times(_: &Session, current: &str) -> Vec<CompletionCandidate> {
    let times =
        [("today", ""), ("yesterday", ""), ("-1h", "An hour ago"), ("-24h", "A day ago"), ("-7d", "A week ago")];
    matching(current, times)
}

/// The columns that a verb can show: those of entries, unless it shows something else.
fn columns_of(verb: &str) -> Vec<&'static str> {
    let columns: &[Column] = match verb {
        "versions" => &version_rows::COLUMNS,
        "deleted" => &deleted::COLUMNS,
        "blame" => &blame::COLUMNS,
        "history" => &history::COLUMNS,
        "models" => &models_verb::COLUMNS,
        "doctor" => &doctor_verb::COLUMNS,
        "rotate" => &rotate::COLUMNS,
        "parse" => return record_columns(),
        "stats" => return Part::names(&ENTRY).chain(["count", "share", "requests", "errors", "error_rate"]).collect(),
        _ => return EntryColumn::ALL.map(EntryColumn::name).to_vec(),
    };
    columns.iter().map(|column| column.name).collect()
}

/// The columns of log records, by which they are sorted as well.
fn record_columns() -> Vec<&'static str> {
    RECORD.names().filter(|name| *name != "user").collect()
}

fn ordering(session: &Session, current: &str, fields: &[&str]) -> Vec<CompletionCandidate> {
    let descending: Vec<String> = fields.iter().map(|field| format!("-{field}")).collect();
    let ascending = fields.iter().map(|field| (*field, "Ascending"));
    listed(session, current, ascending.chain(descending.iter().map(|field| (field.as_str(), "Descending"))))
}

fn parts(session: &Session, current: &str, vocabulary: &Vocabulary) -> Vec<CompletionCandidate> {
    listed(session, current, Part::names(vocabulary).map(|name| (name, "")))
}

/// Levels, and each with all above it.
fn levels(session: &Session, current: &str) -> Vec<CompletionCandidate> {
    let with_more = LEVELS.iter().map(|level| format!("{level}+")).collect::<Vec<_>>();
    let words =
        LEVELS.iter().zip(&with_more).flat_map(|(level, more)| [(*level, ""), (more.as_str(), "And all above")]);
    listed(session, current, words)
}

/// The last word of an expression, where a field may stand.
fn expression(session: &Session, current: &str, vocabulary: &Vocabulary) -> Vec<CompletionCandidate> {
    let mut breaks = current.char_indices().filter(|(_, c)| c.is_whitespace() || *c == '(');
    let start = breaks.next_back().map_or(0, |(at, c)| at + c.len_utf8());
    let (before, word) = current.split_at(start);
    let last = before.trim_end().rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let may_be_field = last.is_empty() || ["and", "or", "not"].iter().any(|word| last.eq_ignore_ascii_case(word));
    if !may_be_field {
        return Vec::new();
    }
    session.decide(Outcome::Words(Space::Nothing));
    let names = vocabulary.names().map(|name| (name, ""));
    matching(word, names.chain([("not", "The opposite")])).into_iter().map(|word| word.add_prefix(before)).collect()
}

/// Zones a level at a time: `America/` before the cities there. Somebody who knows only the city gets it as well.
fn zones(_: &Session, current: &str) -> Vec<CompletionCandidate> {
    let mut words: Vec<&str> = Vec::new();
    for name in Zone::names().chain(["machine"]).filter(|name| starts_with(name, current)) {
        let level = name[current.len()..].find('/').map_or(name.len(), |slash| current.len() + slash + 1);
        let word = &name[..level];
        if words.last() != Some(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        let city = current.replace(' ', "_");
        words = Zone::names().filter(|name| name.split('/').skip(1).any(|part| starts_with(part, &city))).collect();
    }
    words.into_iter().map(CompletionCandidate::new).collect()
}
