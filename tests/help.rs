//! The help texts and their examples: each is written as the others are, and each example runs on the demo.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use auditctl::cli::{Cli, Examples};
use clap::{Arg, CommandFactory};
use tempfile::TempDir;

/// Wider lines would be broken in a terminal of 100 columns, and a broken command can't be copied.
const WIDEST: usize = 96;

/// Each verb and, first, the program itself.
fn commands() -> Vec<clap::Command> {
    let mut root = Cli::command();
    root.build();
    let verbs: Vec<_> =
        root.get_subcommands().filter(|verb| verb.get_name() != "help" && !verb.is_hide_set()).cloned().collect();
    std::iter::once(root).chain(verbs).collect()
}

/// Whether clap has written it.
fn is_claps_own(option: &Arg) -> bool {
    option.get_id() == "version"
}

/// What is wrong with a text, if anything: its first line says what to do, and the rest is in whole sentences.
fn wrong(text: &str) -> Option<&'static str> {
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    if first.is_empty() || first.contains('\n') || !first.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Some("its first line is not one line with a capital letter in front");
    }
    if first.ends_with('.') {
        return Some("its first line ends with a full stop");
    }
    // `Shows`, `Prints`: a verb says what it does to whom calls it, in the imperative.
    if first.split(' ').next().is_some_and(|word| word.ends_with('s') && !word.ends_with("ss")) {
        return Some("its first word is not an imperative");
    }
    paragraphs.find_map(|paragraph| match paragraph.strip_prefix("Example: ") {
        Some(example) if example.starts_with('`') && example.ends_with('`') => None,
        Some(_) => Some("an example is not in backticks"),
        None if paragraph.ends_with(['.', ':']) => None,
        None => Some("a paragraph ends without a full stop"),
    })
}

#[test]
fn every_text_is_written_as_the_others_are() {
    for command in commands() {
        let name = command.get_name();
        let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
        assert_eq!(wrong(&about), None, "{name}: {about}");
        assert!(about.contains("\n\n"), "{name} says no more than its first line");
        for option in command.get_arguments().filter(|option| !is_claps_own(option)) {
            let id = option.get_id();
            let help = option.get_long_help().or(option.get_help()).map(ToString::to_string).unwrap_or_default();
            assert_eq!(wrong(&help), None, "{name} {id}: {help}");
            let values = option.get_possible_values();
            assert!(values.iter().all(|value| value.get_help().is_some()), "{name} {id}: a value without a meaning");
            // A list of values says as much as a sentence.
            assert!(help.contains("\n\n") || !values.is_empty(), "{name} {id} says no more than its first line");
        }
    }
}

#[test]
fn an_option_that_can_be_repeated_says_so() {
    for command in commands() {
        for option in command.get_arguments().filter(|option| !option.is_positional()) {
            let is_repeated = matches!(option.get_action(), clap::ArgAction::Append | clap::ArgAction::Count)
                && option.get_value_delimiter().is_none();
            let says_so = option.get_long_help().is_some_and(|help| help.to_string().contains("an be repeated"));
            assert_eq!(is_repeated, says_so, "{} {}", command.get_name(), option.get_id());
        }
    }
}

#[test]
fn an_example_of_an_option_is_one() {
    for command in commands() {
        for option in command.get_arguments() {
            let help = option.get_long_help().map(ToString::to_string).unwrap_or_default();
            for example in help.split("\n\n").filter_map(|paragraph| paragraph.strip_prefix("Example: ")) {
                let words = example.trim_matches('`').split(' ').filter(|word| word.starts_with("--"));
                let options: Vec<_> = words.map(|word| word.trim_start_matches('-')).collect();
                assert!(options.contains(&option.get_long().unwrap_or_default()), "{example}");
                let is_known = |long: &&str| command.get_arguments().any(|other| other.get_long() == Some(*long));
                assert!(options.iter().all(is_known), "{example}");
            }
        }
    }
}

/// A home with a demo, and the program under some name on the PATH.
struct Home {
    folder: TempDir,
    program: &'static str,
}

impl Home {
    fn new(program: &'static str) -> Self {
        let home = Home { folder: TempDir::new().unwrap(), program };
        // Where shells look for completions, when their users have set that up.
        for folder in ["bin", "work", ".zfunc", ".config/fish/completions", ".local/share/bash-completion/completions"]
        {
            fs::create_dir_all(home.path(folder)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_auditctl"), home.path("bin").join(program)).unwrap();
        if Command::new("man").arg("--version").output().is_err() {
            // Whether the pages can be read is for another test.
            fs::write(home.path("bin/man"), "#!/bin/sh\nexec cat\n").unwrap();
            assert!(Command::new("chmod").arg("+x").arg(home.path("bin/man")).status().unwrap().success());
        }
        let (status, _, stderr) = home.run(&format!("{program} demo {}", home.path("demo").display()));
        assert_eq!(status, 0, "{stderr}");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> (i32, String, String) {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.path("bin").display());
        let output = Command::new("/bin/sh")
            .args(["-c", line])
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env("AUDITCTL_NOW", "2026-11-23T21:33:28Z")
            .env("AUDITCTL_DATABASE", self.path("demo/db.sqlite3"))
            .env("AUDITCTL_LOG_DIR", self.path("demo/logs"))
            .current_dir(self.path("work"))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// The file that a line writes, with the shell's rules for `~`.
    fn file(&self, name: &str) -> PathBuf {
        let home = self.folder.path();
        name.strip_prefix("~/").map_or_else(|| home.join("work").join(name), |rest| home.join(rest))
    }
}

#[test]
fn every_example_runs_on_the_demo() {
    let home = Home::new("park-audit");
    let mut count = 0;
    for command in commands() {
        let verb = command.get_name();
        let examples = command.get::<Examples>().copied().unwrap_or_else(|| panic!("{verb} has no examples"));
        for (does, line) in examples.lines(home.program) {
            assert!(line.starts_with("park-audit ") && line.len() + 4 <= WIDEST, "{line}");
            assert!(!does.ends_with([':', '.']), "{does}");
            // What goes on until Ctrl-C gets one.
            let goes_on = line.split(' ').any(|word| word == "-f" || word == "--follow");
            let ended = if goes_on { format!("timeout --preserve-status -s INT 2 {line}") } else { line.clone() };
            let (status, stdout, stderr) = home.run(&ended);
            assert_eq!(status, 0, "{line}: {stderr}");
            assert!(!stderr.contains("error") && !stderr.contains("warning"), "{line}: {stderr}");
            let result = match line.split_once(" > ") {
                Some((_, name)) => fs::read_to_string(home.file(name)).unwrap(),
                // Files whose names are made up on the way are spoken of.
                None if line.contains(" export ") && line.contains(" --to ") => {
                    stderr.replace(" entries exported to ", "\n")
                }
                None => stdout,
            };
            // An answer that says nothing is no example: a header alone, or a count of nothing.
            let is_one_line = [" --count", " --raw"].iter().any(|option| line.contains(option));
            let says_something = if is_one_line { result.trim() != "0" } else { result.lines().count() > 1 };
            // For cron, where nothing is to be done and nothing is said.
            let is_quiet = line.ends_with(" -q") && result.is_empty();
            assert!(says_something || is_quiet, "{line}: {result}");
            count += 1;
        }
    }
    assert!(count > 20, "{count} examples");
}

#[test]
fn the_long_help_ends_with_the_examples_and_goes_by_the_name_of_the_program() {
    let home = Home::new("park-audit");
    for command in commands() {
        let verb = if command.get_name() == "auditctl" { "" } else { command.get_name() };
        let (status, long, _) = home.run(&format!("park-audit {verb} --help"));
        assert_eq!(status, 0);
        let (_, examples) = long.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{verb}: {long}"));
        assert!(examples.lines().all(|line| line.is_empty() || line.starts_with("  ")), "{verb}: {examples}");
        assert!(long.contains("\nUsage: park-audit"), "{verb}: {long}");
        assert!(!examples.contains("auditctl"), "{verb}: {examples}");
        let (_, short, _) = home.run(&format!("park-audit {verb} -h"));
        assert!(!short.contains("Examples:") && short.len() < long.len() / 2, "{verb}: {short}");
    }
}

#[test]
fn no_line_of_help_is_wider_than_it_may_be() {
    let home = Home::new("auditctl");
    for command in commands() {
        let verb = if command.get_name() == "auditctl" { "" } else { command.get_name() };
        for option in ["-h", "--help"] {
            let (_, help, _) = home.run(&format!("COLUMNS=200 auditctl {verb} {option}"));
            let widest = help.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= 100, "{verb} {option}: {widest}");
        }
    }
}
