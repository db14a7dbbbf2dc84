//! The pages of the manual. What a verb is and takes comes from the definition of the command line, the variables from
//! [`VARIABLES`], the exit codes from [`Exit::MEANINGS`]; only what no definition holds is written here.

mod expressions;
mod page;

use clap::Command;
use roff::{bold, italic, roman};

use self::page::Page;
use super::Exit;
use crate::config::variables::VARIABLES;

/// The day on which the manual last said something new. It is moved by hand: a date of its own making would make the
/// pages differ from one day to the next.
const DATE: &str = "2026-11-23";

const MANUAL: &str = "Auditing a Django service";

/// The kernel's program of the same name.
const NAMESAKE: &str = "Linux has an `/sbin/auditctl` of its own, which controls the audit rules of the kernel; its \
manual is auditctl(8). The two have nothing to do with each other. Called with one of the flags of the \
kernel's program before a verb, this one says so and exits with 2. Where both are needed, a package may install this one \
under another name: its help, errors, completions and manual go by the name under which it is called.";

const CONFIGURATION: &str = "The configuration is a TOML file of profiles, each of which says what goes with one \
database. An unknown key is an error. An option replaces the key it is about, and the rest of the profile still holds.";

/// A configuration that shows each key. A test reads it.
const CONFIGURATION_EXAMPLE: &str = r#"default_profile = "prod"

[profiles.prod]
database = "/srv/park/db.sqlite3"
log_dir = "/srv/park/logs"
timezone = "America/Costa_Rica"
service_timezone = "America/Costa_Rica"
audit_table = "api_auditlog"
redact = { add = ["iban"], remove = ["pin"] }

[profiles.prod.logs."audit.log"]
max_size = "20MiB"
keep = 10

[profiles.prod.models."api.payments"]
table = "park_payments"
columns = { status = "state" }
defaults = { channel = "WEB" }
symmetrical = { rivals = true }

[profiles.server]
database = "postgres://auditor@db/park"
password_command = "pass show park/db"
"#;

/// Files, and what they are.
const FILES: &[(&str, &str)] = &[
    (
        "~/.config/auditctl/config.toml",
        "The user's configuration; XDG_CONFIG_HOME may name another folder than ~/.config.",
    ),
    (
        "/etc/auditctl/config.toml",
        "The machine's configuration. A profile of the user's hides one of the same name here.",
    ),
    (
        "db.sqlite3",
        "The database, beside the nearest manage.py from the current folder upward or in the current folder, \
     where nothing else names one.",
    ),
    (
        "~/.local/share/auditctl/demo",
        "What the verb demo builds; XDG_DATA_HOME may name another folder than ~/.local/share.",
    ),
];

/// The verbs that have a page, in the order of the help.
pub(super) fn verbs(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|verb| verb.get_name() != "help" && !verb.is_hide_set())
}

/// The page of a verb, or the main page; None where there is no such verb.
pub fn page(program: &str, verb: Option<&str>) -> Option<String> {
    let mut command = super::command(program);
    command.build();
    let verb = match verb {
        Some(name) => Some(verbs(&command).find(|verb| verb.get_name() == name)?),
        None => None,
    };
    let about = verb.unwrap_or(&command).get_about().map(ToString::to_string).unwrap_or_default();
    let mut page = Page::begin(&name_of(program, verb), DATE, MANUAL, &about);
    match verb {
        Some(verb) => verb_page(&mut page, verb, &command, program),
        None => main_page(&mut page, &command, program),
    }
    Some(page.finish())
}

/// All pages, each with the name of its file.
pub fn pages(program: &str) -> Vec<(String, String)> {
    let command = super::command(program);
    let verbs = verbs(&command).map(|verb| Some(verb.get_name()));
    let file = |verb: Option<&str>| format!("{program}{}.1", verb.map_or_else(String::new, |verb| format!("-{verb}")));
    std::iter::once(None).chain(verbs).filter_map(|verb| Some((file(verb), page(program, verb)?))).collect()
}

/// The name of a page, as its title has it.
fn name_of(program: &str, verb: Option<&Command>) -> String {
    verb.map_or_else(|| program.to_owned(), |verb| format!("{program}-{}", verb.get_name()))
}

fn main_page(page: &mut Page, command: &Command, program: &str) {
    page.synopsis(command);
    page.description(command);
    page.section("VERBS");
    for verb in verbs(command) {
        page.entry([bold(name_of(program, Some(verb))), roman("(1)")]);
        page.sentence(&verb.get_about().map(ToString::to_string).unwrap_or_default());
    }
    page.options(command, |option| option.get_help_heading().is_none() || option.is_global_set());

    page.section("CONFIGURATION");
    page.paragraphs(CONFIGURATION);
    page.paragraph();
    page.sentence("This one has all keys:");
    page.verbatim(CONFIGURATION_EXAMPLE);

    page.section("ENVIRONMENT");
    for variable in VARIABLES {
        page.entry([bold(variable.name)]);
        page.sentence(variable.meaning);
    }
    page.section("FILES");
    for (file, what) in FILES {
        page.entry([italic(*file)]);
        page.sentence(what);
    }
    page.section("EXIT STATUS");
    for (exit, meaning) in Exit::MEANINGS {
        page.entry([bold((exit as u8).to_string())]);
        page.sentence(meaning);
    }
    page.examples(command, program);
    page.section("NOTES");
    page.paragraphs(NAMESAKE);
    let others = verbs(command).map(|verb| name_of(program, Some(verb)));
    page.see_also(others);
}

fn verb_page(page: &mut Page, verb: &Command, command: &Command, program: &str) {
    page.synopsis(verb);
    page.description(verb);
    page.options(verb, |option| !option.is_global_set());
    page.section("GLOBAL OPTIONS");
    let names: Vec<_> = command
        .get_arguments()
        .filter(|option| option.is_global_set())
        .filter_map(|option| option.get_long())
        .map(|long| format!("`--{long}`"))
        .collect();
    page.sentence(&format!(
        "These stand before or after the verb, and are described in {program}(1): {}.",
        names.join(", ")
    ));
    if verb.get_arguments().any(|option| option.get_id() == "where") {
        expressions::section(page);
    }
    page.section("EXIT STATUS");
    page.sentence(&format!("The exit codes are those of {program}(1)."));
    page.examples(verb, program);
    page.see_also([program.to_owned()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Settings, Typed, variables};

    #[test]
    fn the_configuration_of_the_manual_can_be_read_and_has_all_keys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, CONFIGURATION_EXAMPLE).unwrap();
        let environment = Environment::default().with(variables::AUDITCTL_CONFIG, file);
        let settings = Settings::resolve(&Typed::default(), &environment).unwrap();
        assert_eq!(settings.profile.unwrap().value, "prod");
        for key in crate::config::keys() {
            let is_shown = |line: &str| line.contains(&format!("{key} =")) || line.contains(&format!(".{key}."));
            assert!(
                CONFIGURATION_EXAMPLE.lines().any(|line| is_shown(line) || line.starts_with(&format!("[{key}."))),
                "{key}"
            );
        }
    }

    #[test]
    fn a_page_of_each_verb_and_of_no_other_word() {
        let names: Vec<_> = pages("park-audit").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[..3], ["park-audit.1", "park-audit-list.1", "park-audit-show.1"]);
        for word in ["help", "", "lis", "list "] {
            assert_eq!(page("auditctl", Some(word)), None, "{word}");
        }
    }

    #[test]
    fn a_page_goes_by_the_name_of_the_program() {
        for (name, text) in pages("park-audit") {
            let rest =
                text.replace("auditctl/config.toml", "").replace("auditctl/demo", "").replace("/sbin/auditctl", "");
            // The kernel's manual, the table's name in examples of options, and what else is not the program.
            let rest = rest.replace("auditctl(8)", "").replace("./auditctl.toml", "");
            assert!(!rest.contains("auditctl"), "{name}: {rest}");
        }
    }
}
