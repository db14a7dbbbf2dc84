//! The README's commands work: each that it tells people to try is run in bash on the demo, with what stands beside it.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use auditctl::cli::Cli;
use clap::CommandFactory;
use common::{Missing, TestEnv, machine, skip};

/// The README's text.
fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// What the README shows between single backticks and in its indented blocks, as far as the program is called there.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_fenced = false;
    for line in text.lines() {
        is_fenced ^= line.starts_with("```");
        if is_fenced {
            continue;
        }
        match line.strip_prefix("    ") {
            Some(line) => found.push(line.split("  # ").next().unwrap().trim().to_owned()),
            // In a table a pipe has a backslash before it.
            None => found.extend(line.split('`').skip(1).step_by(2).map(|code| code.replace("\\|", "|"))),
        }
    }
    found.retain(|command| command.contains("auditctl ") && !command.starts_with('/'));
    found
}

/// Commands that are not for a demo, each with the reason.
const NOT_RUN: [(&str, &str); 4] = [
    ("cargo ", "builds the program"),
    ("install ", "installs it for everybody"),
    ("django-auditctl ", "is another name, once it is installed"),
    ("auditctl -l", "is the kernel's, and refused: see tests/kernel.rs"),
];

/// Programs that a command needs besides this one.
const OTHERS: [&str; 2] = ["jq", "mail"];

#[test]
fn every_command_works_on_the_demo() {
    let env = TestEnv::with_demo();
    fs::create_dir_all(env.root().join("home/.config/fish/completions")).unwrap();
    fs::create_dir_all(env.root().join("home/.zfunc")).unwrap();
    fs::create_dir(env.path("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_auditctl"), env.path("bin/auditctl")).unwrap();
    let commands = commands(&readme());
    let verbs: BTreeSet<&str> =
        commands.iter().filter_map(|command| command.split("auditctl ").nth(1)?.split(' ').next()).collect();
    assert!(commands.len() >= 15 && verbs.len() >= 8, "{commands:#?}");
    for command in &commands {
        if NOT_RUN.iter().any(|(start, _)| command.starts_with(start)) {
            continue;
        }
        let line = command.replace('…', "park@example.com");
        // A test has no terminal on which a plan could be approved.
        let line = if line.starts_with("auditctl revert ") { format!("{line} --dry-run") } else { line };
        // Nor one on which Ctrl-C could end what goes on until then.
        let goes_on = line.contains(" -f ");
        let line = if goes_on { format!("timeout --preserve-status -s INT 2 {line}") } else { line };
        let mut missing = Vec::new();
        for other in OTHERS.iter().filter(|other| line.contains(&format!("{other} "))) {
            match (*other, machine::program(other)) {
                // Nobody is to get mail from a test.
                ("mail", _) => fs::write(env.path("bin/mail"), "#!/bin/sh\n").unwrap(),
                (_, Some(_)) => {}
                (other, None) => missing.push(other),
            }
        }
        if !missing.is_empty() {
            skip(Missing::Tool, &format!("{command} needs {}", missing.join(", ")));
            continue;
        }
        let _ = fs::set_permissions(env.path("bin/mail"), std::os::unix::fs::PermissionsExt::from_mode(0o755));
        let mut bash = Command::new("bash");
        env.prepare(&mut bash);
        let path = format!("{}:{}", env.path("bin").display(), machine::variable("PATH").unwrap_or_default());
        bash.env("PATH", path).args(["-o", "pipefail", "-c", &line]);
        let ran = env.output(bash);
        // Nothing that failed in the last hour is a no; the README says so.
        let expected = i32::from(line.contains("--fail-empty") && ran.stdout.is_empty());
        assert!(ran.status == expected || ran.status == 0, "{line}\n{ran}");
        assert!(!ran.said().contains("error"), "{line}\n{ran}");
    }
}

#[test]
fn no_option_is_named_that_is_not_there() {
    let env = TestEnv::empty();
    let mut help = env.run("--help").text().to_owned();
    for verb in Cli::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
        help.push_str(env.run(&format!("{} --help", verb.get_name())).text());
    }
    for word in readme().split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        if word.starts_with("--")
            && word[2..].starts_with(|c: char| c.is_ascii_lowercase())
            && !["--release", "--path"].contains(&word)
        {
            assert!(help.contains(word), "the README names {word}");
        }
    }
}
