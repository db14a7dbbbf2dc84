//! `auditctl config` and the global options, against the real binary in an environment of its own.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use common::TestEnv;
use serde_json::Value;

struct Here {
    env: TestEnv,
}

impl Here {
    fn new() -> Self {
        let mut env = TestEnv::empty();
        // The zone is one of the things that are looked for here.
        env.unset("TZ");
        let here = Here { env };
        fs::create_dir_all(here.path("home/.config/auditctl")).unwrap();
        here.own("");
        here
    }

    fn path(&self, path: &str) -> PathBuf {
        self.env.root().join(path)
    }

    /// Writes the user's configuration file.
    fn own(&self, text: &str) {
        fs::write(self.path("home/.config/auditctl/config.toml"), text).unwrap();
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        self.env.prepare(&mut command);
        command.args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_auditctl"), arguments);
        command.envs(variables.iter().copied());
        Run::of(command)
    }
}

struct Run {
    stdout: String,
    stderr: String,
    status: i32,
}

impl Run {
    fn of(mut command: Command) -> Self {
        let Output { stdout, stderr, status } = command.output().unwrap();
        Run {
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            status: status.code().unwrap(),
        }
    }

    /// The value and source of a key in `config -o json`.
    fn find(&self, key: &str) -> (Option<String>, String) {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""));
        let report: Vec<Value> = serde_json::from_str(&self.stdout).unwrap();
        let line = report.iter().find(|line| line["key"] == key).unwrap();
        assert_eq!(line.as_object().unwrap().keys().collect::<Vec<_>>(), ["key", "value", "source"]);
        (line["value"].as_str().map(str::to_owned), line["source"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    fn is(&self, key: &str, value: &str, source: &str) {
        assert_eq!(self.find(key), (Some(value.to_owned()), source.to_owned()));
    }
}

#[test]
fn shows_what_is_in_force_and_from_where() {
    let here = Here::new();
    here.own(
        "default_profile = 'prod'\n[profiles.prod]\ndatabase = 'postgres://auditor:hunter2@db/park'\ntimezone = 'UTC'",
    );
    let own = here.path("home/.config/auditctl/config.toml").display().to_string();
    let from = format!("profile `prod` of {own}");
    let run = here.run(&["config", "-o", "json"]);
    run.is("config", &own, "read");
    run.is("database", "postgres://auditor:***@db/park", &from);
    run.is("timezone", "UTC", &from);
    let options = ["--database", "postgres://u:hunter2@other/park", "--timezone", "Asia/Tokyo"];
    let run = here.run(&[&options[..], &["config", "-o", "json"]].concat());
    run.is("database", "postgres://u:***@other/park", "--database");
    run.is("timezone", "Asia/Tokyo", "--timezone");
}

#[test]
fn the_table_reads_as_well() {
    let here = Here::new();
    let run = here.run(&["--database", "db\x1b[31m.sqlite3", "config"]);
    assert_eq!(run.status, 0);
    let database = run.stdout.lines().find(|line| line.starts_with("database ")).unwrap();
    assert!(database.contains("--database") && !database.contains('\x1b'), "{database}");
}

#[test]
fn options_stand_before_the_verb_or_after_it() {
    let here = Here::new();
    for arguments in [&["--database", "x.db", "--utc", "config"][..], &["config", "--database", "x.db", "--utc"]] {
        let run = here.run(&[arguments, &["-o", "json"]].concat());
        run.is("database", "x.db", "--database");
        run.is("timezone", "UTC", "--utc");
    }
    // On both sides of the verb, a contradiction is still one.
    let run = here.run(&["--utc", "config", "--timezone", "Asia/Tokyo"]);
    assert_eq!(run.status, 2);
    assert_eq!(run.stderr, "auditctl: error: --utc and --timezone contradict each other: give one of them\n");
}

#[test]
fn the_environment_and_discovery() {
    let here = Here::new();
    let config = |variables: &[(&str, &str)]| here.run_with(variables, &["config", "-o", "json"]);
    config(&[("DATABASE_URL", "sqlite:////srv/x")]).is("database", "/srv/x", "DATABASE_URL");
    let both = [("DATABASE_URL", "sqlite:///x"), ("AUDITCTL_DATABASE", "y")];
    config(&both).is("database", "y", "AUDITCTL_DATABASE");
    let empty = config(&[("AUDITCTL_DATABASE", "")]);
    assert_eq!(empty.find("database").0, None, "a database that is not found is no error here");
    empty.is("database.tried", "--database", "not given");

    let path = |path: &str| here.path(path).display().to_string();
    fs::write(path("work/db.sqlite3"), "").unwrap();
    config(&[]).is("database", &path("work/db.sqlite3"), "found: db.sqlite3 in the current folder");
    fs::write(path("manage.py"), "").unwrap();
    fs::write(path("db.sqlite3"), "").unwrap();
    let beside = format!("found: db.sqlite3 beside {}", path("manage.py"));
    config(&[]).is("database", &path("db.sqlite3"), &beside);

    fs::create_dir_all(path("xdg/auditctl")).unwrap();
    fs::write(path("xdg/auditctl/config.toml"), "").unwrap();
    config(&[("XDG_CONFIG_HOME", &path("xdg"))]).is("config", &path("xdg/auditctl/config.toml"), "read");
    let named = [("AUDITCTL_CONFIG", "/dev/null")];
    config(&named).is("config", "/dev/null", "AUDITCTL_CONFIG, read");
}

#[test]
fn wrong_configuration_ends_with_2_and_a_line_that_says_what() {
    let here = Here::new();
    let file = here.path("home/.config/auditctl/config.toml").display().to_string();
    let check = |arguments: &[&str], message: &str| {
        let run = here.run(&[&["config"], arguments].concat());
        assert_eq!((run.status, run.stderr), (2, format!("auditctl: error: {message}\n")));
    };
    here.own("[profiles.prod]\n\ndatabse = 'postgres://u:hunter2@db/park'");
    check(&[], &format!("{file}:3: unknown key `profiles.prod.databse`\nhint: did you mean `database`?"));
    here.own("[profiles.prod]\nlog_dir = 5");
    check(&[], &format!("{file}:2: `profiles.prod.log_dir` takes a string, not an integer"));
    here.own("[profiles.prod]\nlog_dir = '/logs'");
    let unknown = "there is no profile `prd`, which --profile names\nhint: did you mean `prod`?";
    check(&["--profile", "prd"], unknown);
    check(
        &["--config", "nowhere.toml"],
        "the configuration file nowhere.toml can't be read: No such file or directory (os error 2)",
    );
    check(&["--profile", ""], "--profile: its value is empty: give one, or leave the option out");
    check(
        &["--database", "oracle://u:hunter2@db/park"],
        "--database: `oracle:` is no known kind of database: write a path, or a URL that begins with sqlite:, \
         postgres://, postgresql://, mysql:// or mariadb://",
    );
}

#[test]
fn a_broken_configuration_does_not_stop_the_help() {
    let here = Here::new();
    here.own("broken");
    for arguments in [&["--help"][..], &["-h"], &["config", "--help"], &["--version"], &["help", "config"]] {
        let run = here.run(arguments);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn wrong_arguments_end_with_2_on_stderr_and_show_no_password() {
    let here = Here::new();
    for arguments in [
        &["postgres://u:hunter2@db/park"][..],
        &["config", "postgres://u:hunter2@db/park"],
        &["--utc=postgres://u:hunter2@db/park", "config"],
        &["config", "--databse=postgres://u:hunter2@db/park"],
        &["config", "--color", "postgres://u:hunter2@db/park"],
        &["config", "-o", "postgres:///park?password=hunter2"],
        &["config", "-Z"],
        &["--list"],
    ] {
        let run = here.run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("auditctl: error: "), "{}", run.stderr);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    let run = here.run(&[]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("Usage: auditctl"), "{}", run.stderr);
}

#[test]
fn the_programs_name_is_the_one_it_was_called_by() {
    let here = Here::new();
    let renamed = here.path("django-audit");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_auditctl"), &renamed).unwrap();
    let renamed = renamed.display().to_string();
    let run = |arguments: &[&str]| Run::of(here.command(&renamed, arguments));
    for arguments in [&["--help"][..], &["config", "--help"], &["help"]] {
        let help = run(arguments).stdout;
        assert!(help.contains("Usage: django-audit"), "{help}");
        assert!(!help.contains("Usage: auditctl"), "{help}");
    }
    assert!(run(&["--version"]).stdout.starts_with("django-audit "));
    for arguments in [&["--nonsense"][..], &["config", "--profile", "x"], &["-l"]] {
        let error = run(arguments).stderr;
        assert!(error.starts_with("django-audit: error: "), "{error}");
        assert!(!error.contains("Usage: auditctl"), "{error}");
    }
}
