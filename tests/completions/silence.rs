//! What can't be answered, or not in time: nothing is offered, nothing is said, and nobody waits.

use std::fs;
use std::process::Command;

use rusqlite::Connection;

use super::common::{Missing, skip};
use super::place::Place;
use super::terminal::{Shell, Terminal};

/// Asserts that both shells offer nothing. That each comes back at all, and with its output closed, says that no
/// process is left waiting.
#[track_caller]
fn nothing(place: &Place, line: &str, setup: &str) {
    assert_eq!(place.bash(line, "a", setup), [""; 0], "{line} in bash");
    match place.fish(line, setup) {
        Some(offered) => assert_eq!(offered, [""; 0], "{line} in fish"),
        None => skip(Missing::Shell, "fish is not here"),
    }
}

#[test]
fn a_locked_database() {
    let place = Place::new("auditctl");
    let writer = Connection::open(place.database()).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    nothing(&place, "auditctl list --user a", "");
    nothing(&place, "auditctl list --model a", "");
    // What needs no database is offered all the same.
    assert_eq!(place.bash("auditctl list --columns a", "a", ""), ["action"]);
    if let Some(mut terminal) = Terminal::start(Shell::Zsh, &place, "") {
        let given = terminal.enter(Shell::Zsh, "auditctl list --user a\t").unwrap();
        assert_eq!(given, ["list", "--user", "a"]);
    } else {
        skip(Missing::Shell, "zsh or script(1) is not here");
    }
    // All of that came while the lock was held.
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(place.bash("auditctl list --user a", "a", ""), ["ana"]);
}

#[test]
fn a_database_that_is_none() {
    let place = Place::new("auditctl");
    fs::write(place.path("work/text"), "not a database").unwrap();
    fs::write(place.path("work/empty"), "").unwrap();
    let mut damaged = fs::read(place.database()).unwrap();
    damaged.truncate(5000);
    fs::write(place.path("work/damaged"), damaged).unwrap();
    Connection::open(place.path("work/foreign")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    make_fifo(&place, "work/fifo");
    for file in ["text", "empty", "damaged", "foreign", "fifo", "sub", "nowhere", "postgres://u@nowhere.invalid/x"] {
        nothing(&place, &format!("auditctl --database {file} list --user a"), "");
    }
}

#[test]
fn a_configuration_that_is_none() {
    let place = Place::new("auditctl");
    fs::write(place.path("work/broken.toml"), "[profiles\n").unwrap();
    fs::write(place.path("work/unknown.toml"), "colour = 'red'\n").unwrap();
    for file in ["broken.toml", "unknown.toml", "nowhere.toml", "sub folder"] {
        nothing(&place, &format!("auditctl --config '{file}' list --user a"), "");
        nothing(&place, &format!("auditctl --config '{file}' --profile a"), "");
        assert_eq!(place.bash(&format!("auditctl --config '{file}' list --columns a"), "a", ""), ["action"]);
    }
}

/// A file that keeps everybody waiting who opens it, as a server that is gone does.
#[test]
fn a_file_that_never_answers() {
    let place = Place::new("auditctl").with_usual_patience();
    make_fifo(&place, "work/config.toml");
    nothing(&place, "auditctl --config config.toml list --user a", "");
    nothing(&place, "auditctl --config config.toml --profile a", "");
    assert_eq!(place.bash("auditctl --config config.toml list --columns a", "a", ""), ["action"]);
}

#[test]
fn how_long_it_may_take_can_be_said_and_no_nonsense_is_complained_of() {
    let place = Place::new("auditctl");
    for (milliseconds, offered) in [("0", &[][..]), ("60000", &["ana"]), ("soon", &["ana"]), ("-1", &["ana"])] {
        let setup = format!("export AUDITCTL_COMPLETION_MS={milliseconds}");
        let bash = place.bash("auditctl list --user a", "a", &setup);
        // With the usual patience a busy machine may offer nothing.
        assert!(bash == offered || (bash.is_empty() && milliseconds != "60000"), "{milliseconds}: {bash:?}");
    }
}

#[test]
fn options_that_contradict_each_other() {
    let place = Place::new("auditctl");
    nothing(&place, "auditctl --utc --timezone Europe/Madrid list --user a", "");
    nothing(&place, "auditctl --timezone Nowhere list --user a", "");
}

fn make_fifo(place: &Place, name: &str) {
    assert!(Command::new("mkfifo").arg(place.path(name)).status().unwrap().success());
}

#[test]
fn a_program_of_the_same_name() {
    let place = Place::new("auditctl");
    // The kernel's prints its usage on stdout.
    place.install(
        "auditctl",
        "#!/bin/sh\necho 'usage: auditctl [options]'\necho '    -a <l,a>'\necho broken >&2\nexit 1\n",
    );
    nothing(&place, "auditctl list --user a", "");
    nothing(&place, "auditctl a", "");
    if let Some(mut terminal) = Terminal::start(
        Shell::Zsh,
        &place,
        "auditctl() { print -n '\\nGIVEN'; printf ' x%s' ${(@)argv//a/61}; print ' END' }",
    ) {
        assert_eq!(terminal.enter(Shell::Zsh, "auditctl a\t").unwrap(), ["a"]);
    }
    fs::remove_file(place.path("bin/auditctl")).unwrap();
    nothing(&place, "auditctl list --user a", "");
}

#[test]
fn a_request_that_is_none() {
    let place = Place::new("auditctl");
    let long = vec![b'w'; 3 << 20];
    for fields in [&b""[..], b"\0", b"w\0", b"c", b"l\0", b"lauditctl \0", b"\xff\xfe\0c\0", b"q\0", &long] {
        for shell in ["bash", "zsh", "fish"] {
            let output = place.ask(shell, fields);
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && output.stderr.is_empty(), "{shell} {fields:?}: {output:?}");
            assert!(text.lines().count() <= 1, "{shell}: {text}");
        }
    }
    for shell in ["", "elvish", "tcsh", "--help"] {
        let output = place.ask(shell, b"wauditctl\0c\0");
        assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{shell}: {output:?}");
    }
}

#[test]
fn reading_for_a_completion_leaves_the_database_as_it_was() {
    let place = Place::new("auditctl");
    let before = fs::read(place.database()).unwrap();
    assert_eq!(place.bash("auditctl list --user a", "a", ""), ["ana"]);
    assert!(fs::read(place.database()).unwrap() == before);
    let names: Vec<_> = fs::read_dir(place.path("demo")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("-journal")), "{names:?}");
}
