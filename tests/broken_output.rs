//! Where the output goes is gone, or full.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use common::TestEnv;
use insta::assert_snapshot;

#[test]
fn a_reader_that_leaves_ends_the_run_quietly() {
    let env = TestEnv::with_demo();
    for line in ["list --all -o csv --columns id,details", "list --all", "list --all -o json --ordering id", "show"] {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if line == "show" {
            words.extend((1..1000).map(|id| id.to_string()));
        }
        let mut child = env.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(10, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{line}");
    }
}

#[test]
fn a_full_disk_is_said() {
    let env = TestEnv::with_story();
    for line in [
        "list",
        "list --all -o json",
        "list --count",
        "show 5",
        "show 5 -o csv",
        "show 5 --raw --reveal",
        "config",
        "config -o json",
        "--help",
        "list --help",
        "completions zsh",
        "man",
        "man list",
        "models",
        "deleted -o json",
        "--version",
    ] {
        let mut command = env.command(line.split(' '));
        command.stdout(File::options().write(true).open("/dev/full").unwrap());
        let ran = env.output(command);
        assert_eq!(ran.status, 3, "{line}\n{ran}");
        assert_eq!(
            ran.said(),
            "auditctl: error: cannot write the output: No space left on device (os error 28)\n",
            "{line}"
        );
    }
    // A stderr that is full is no reason to keep the answer back.
    let mut command = env.command(["list", "--limit", "1", "-o", "csv", "--columns", "id"]);
    command.stderr(File::options().write(true).open("/dev/full").unwrap());
    assert_snapshot!(env.output(command), @"
    id␍
    18␍
    ── status 0
    ");
}
