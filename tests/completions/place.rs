//! A home in which shells complete `auditctl`: a demo's database with strange users in it, a configuration, and a
//! program that shows the words it is given.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;

/// What a program called `auditctl` prints when it is not asked to complete: the words it was given, in hexadecimal.
const SHOWS_ITS_WORDS: &str = r#"#!/bin/sh
case $1 in __complete) exec "REAL" "$@" ;; esac
printf '\nGIVEN'
for word; do printf ' %s' "x$(printf %s "$word" | od -An -v -tx1 | tr -d ' \n')"; done
printf ' END\n'
"#;

/// A home.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    program: String,
    /// How many milliseconds completion may take, where that is not the usual: a busy machine takes longer than a
    /// person would wait.
    patience: Option<&'static str>,
}

impl Place {
    /// A home with a demo, in which the program has this name.
    pub fn new(program: &str) -> Self {
        let place = Place { folder: TempDir::new().unwrap(), program: program.to_owned(), patience: Some("60000") };
        for folder in ["bin", "real", "work/sub folder"] {
            fs::create_dir_all(place.path(folder)).unwrap();
        }
        fs::write(place.path("work/a file"), "").unwrap();
        let real = place.real();
        symlink(env!("CARGO_BIN_EXE_auditctl"), &real).unwrap();
        place.install(program, &SHOWS_ITS_WORDS.replace("REAL", real.to_str().unwrap()));
        let demo = Command::new(&real).arg("demo").arg(place.path("demo")).env_clear().output().unwrap();
        assert!(demo.status.success(), "{demo:?}");
        place
    }

    /// The same with the patience of a person.
    pub fn with_usual_patience(self) -> Self {
        Place { patience: None, ..self }
    }

    /// A path in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The name of the program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The program itself.
    pub fn real(&self) -> PathBuf {
        self.path("real").join(&self.program)
    }

    /// The demo's database.
    pub fn database(&self) -> PathBuf {
        self.path("demo/db.sqlite3")
    }

    /// Puts a script on the PATH.
    pub fn install(&self, name: &str, script: &str) {
        let file = self.path("bin").join(name);
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Gives the service more users.
    pub fn add_users(&self, database: &Path, names: &[&str]) {
        let connection = Connection::open(database).unwrap();
        for name in names {
            let copied = connection
                .execute(
                    "INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active, \
                     date_joined, first_name) SELECT password, 0, ?, '', '', 0, 1, date_joined, '' FROM auth_user \
                     WHERE id = 5",
                    [name],
                )
                .unwrap();
            assert_eq!(copied, 1);
        }
    }

    /// A command in this home: nothing of the tester's own environment, and the demo in force.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .env("AUDITCTL_DATABASE", self.database())
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        if let Some(patience) = self.patience {
            command.env("AUDITCTL_COMPLETION_MS", patience);
        }
        command
    }

    /// The candidates that bash gets at the end of a line, where bash would replace `replaced`.
    pub fn bash(&self, line: &str, replaced: &str, setup: &str) -> Vec<String> {
        let script = format!(
            "{setup}\nsource <({real} completions bash)\nCOMP_LINE=$1 COMP_POINT=${{#1}}\n\
             _{program}_complete {program} \"$2\" ''\n(( ! ${{#COMPREPLY[@]}} )) || printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            program = self.program,
            real = self.real().display()
        );
        lines(self.command("bash").args(["--norc", "-c", &script, "bash", line, replaced]).output().unwrap())
    }

    /// The candidates that fish has at the end of a line, without what they mean; None where there is no fish.
    pub fn fish(&self, line: &str, setup: &str) -> Option<Vec<String>> {
        let script = format!(
            "{setup}\n{real} completions fish | source\ncomplete --do-complete $argv[1]",
            real = self.real().display()
        );
        let output = match self.command("fish").args(["--no-config", "-c", &script, line]).output() {
            Ok(output) => output,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => panic!("fish: {error}"),
        };
        Some(lines(output).into_iter().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect())
    }

    /// What the program answers to these fields.
    pub fn ask(&self, shell: &str, fields: &[u8]) -> Output {
        let mut command = self.command(self.real().to_str().unwrap());
        let mut child = command
            .args(["__complete", shell])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that needs no more than the first of them may not wait for the rest.
        let _ = child.stdin.take().unwrap().write_all(fields);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.code().is_some(), "killed: {output:?}");
        output
    }
}

/// The lines of an output, of which none is to stderr. A shell that was killed said nothing, which is not the same.
#[track_caller]
fn lines(output: Output) -> Vec<String> {
    assert!(output.status.code().is_some(), "killed: {output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.is_empty(), "{stderr}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
