//! What is generated from the definition of the command line and checked in: completions/ and man/.
//!
//! `scripts/generate` runs this with AUDITCTL_GENERATE set, which writes the files instead of comparing them.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::disallowed_methods, reason = "a variable tells the test to write instead of compare")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use auditctl::cli::{Shell, pages, script};
use clap::ValueEnum;
use common::{Missing, skip};

const NAME: &str = "auditctl";
const FOLDERS: [&str; 2] = ["completions", "man"];

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each file that belongs there, by its path in the clone.
fn wanted() -> BTreeMap<PathBuf, String> {
    let scripts = Shell::value_variants()
        .iter()
        .map(|shell| (Path::new("completions").join(shell.file_name(NAME)), script(*shell, NAME)));
    let pages = pages(NAME).into_iter().map(|(name, page)| (Path::new("man").join(name), page));
    scripts.chain(pages).collect()
}

/// Each file that is there.
fn present() -> BTreeMap<PathBuf, String> {
    let mut present = BTreeMap::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(home().join(folder)).into_iter().flatten() {
            let name = entry.unwrap().file_name();
            let path = Path::new(folder).join(name);
            let text = fs::read_to_string(home().join(&path)).unwrap();
            present.insert(path, text);
        }
    }
    present
}

#[test]
fn what_is_checked_in_is_what_the_program_prints() {
    let (wanted, present) = (wanted(), present());
    if common::machine::variable("AUDITCTL_GENERATE").is_some() {
        for path in present.keys().filter(|path| !wanted.contains_key(*path)) {
            fs::remove_file(home().join(path)).unwrap();
        }
        for (path, text) in &wanted {
            fs::create_dir_all(home().join(path).parent().unwrap()).unwrap();
            fs::write(home().join(path), text).unwrap();
        }
        return;
    }
    let stale: Vec<_> = wanted
        .keys()
        .chain(present.keys().filter(|path| !wanted.contains_key(*path)))
        .filter(|path| wanted.get(*path) != present.get(*path))
        .collect();
    assert!(
        stale.is_empty(),
        "{stale:?} differ from the command line's definition; bring them up to date with: scripts/generate"
    );
}

#[test]
fn the_verbs_print_it() {
    let print = |arguments: &[&str]| {
        // Neither a configuration nor a database is asked for.
        let output = Command::new(env!("CARGO_BIN_EXE_auditctl"))
            .args(arguments)
            .env_clear()
            .env("AUDITCTL_CONFIG", "/nowhere/config.toml")
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in Shell::value_variants() {
        let name = shell.to_possible_value().unwrap();
        assert_eq!(print(&["completions", name.get_name()]), script(*shell, NAME));
    }
    for (file, page) in pages(NAME) {
        let name = file.strip_suffix(".1").unwrap();
        let verb = name.strip_prefix("auditctl-");
        assert_eq!(print(&verb.map_or(vec!["man"], |verb| vec!["man", verb])), page, "{file}");
    }
}

#[test]
fn the_pages_are_clean() {
    let checkers: [&[&str]; 2] = [&["groff", "-man", "-Tutf8", "-ww", "-z"], &["mandoc", "-T", "lint"]];
    let mut checked = 0;
    for checker in checkers {
        if Command::new(checker[0]).arg("--version").output().is_err() {
            continue;
        }
        for (name, page) in pages(NAME) {
            assert!(page.is_ascii(), "{name}");
            let mut child = Command::new(checker[0])
                .args(&checker[1..])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{checker:?} on {name}: {said}");
            checked += 1;
        }
    }
    if checked == 0 {
        skip(Missing::Manual, "neither groff nor mandoc is here to check the manual's pages");
    }
}
