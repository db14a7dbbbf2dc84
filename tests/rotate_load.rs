//! Rotation beside Python processes that log as fast as they can: every line is found once, whole, and in the order in
//! which its writer wrote it.
//!
//! `AUDITCTL_TEST_ROTATIONS` sets how often each group of writers is rotated, 20 by default; where runs are killed,
//! every second one is, at a moment that differs from run to run.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail by panicking, and says what it counted")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{cutting, machine, python};

const LOG: &str = "audit.log";

fn rotations() -> u32 {
    machine::variable("AUDITCTL_TEST_ROTATIONS").map_or(20, |count| count.parse().expect("AUDITCTL_TEST_ROTATIONS"))
}

/// Processes of the service that write one log until they are told to stop.
struct Service {
    folder: PathBuf,
    writers: Vec<(String, Child)>,
}

impl Service {
    fn start(python: &Path, folder: &Path, count: usize) -> Service {
        fs::create_dir_all(folder.join("logs")).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/log_writer.py");
        let writers = (0..count).map(|number| {
            let name = format!("writer{number}");
            let kind = if number % 2 == 0 { "file" } else { "rotating" };
            let mut command = Command::new(python);
            command.arg(&script).arg(folder.join("logs").join(LOG)).args([kind, &name]).arg(folder.join("stop"));
            let child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
            (name, child)
        });
        Service { folder: folder.to_owned(), writers: writers.collect() }
    }

    /// How large the log has to be before a rotation is one: a few blocks.
    fn wait_for_lines(&self) {
        let log = self.folder.join("logs").join(LOG);
        while fs::metadata(&log).map_or(0, |metadata| metadata.len()) < 100_000 {
            sleep(Duration::from_millis(2));
        }
    }

    fn rotate(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditctl"));
        command.env_clear().env("HOME", &self.folder).stdin(Stdio::null());
        command
            .arg("rotate")
            .arg(self.folder.join("logs").join(LOG))
            .args(["--force", "--keep", "9999", "-o", "ndjson"]);
        command
    }

    /// Tells the writers to stop; how many records each wrote.
    fn stop(mut self) -> BTreeMap<String, u64> {
        fs::write(self.folder.join("stop"), "").unwrap();
        let counts = std::mem::take(&mut self.writers).into_iter().map(|(name, child)| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{name}: {:?}", output.status);
            (name, String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
        });
        counts.collect()
    }
}

impl Drop for Service {
    /// A test that fails leaves no writer behind.
    fn drop(&mut self) {
        for (_, child) in &mut self.writers {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Reads the log and its backups, oldest first, and holds each line against what its writer must have written next.
/// How many lines there are.
#[track_caller]
fn judge(logs: &Path, wrote: &BTreeMap<String, u64>) -> u64 {
    let mut files: Vec<(u32, PathBuf)> = fs::read_dir(logs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| match path.file_name().unwrap().to_str().unwrap() {
            LOG => (0, path),
            name => (name.strip_prefix("audit.log.").and_then(|n| n.parse().ok()).expect("nothing else is left"), path),
        })
        .collect();
    files.sort();
    let mut next: BTreeMap<&str, u64> = wrote.keys().map(|name| (name.as_str(), 0)).collect();
    // Lines of a record that are still to come, by writer.
    let mut rest: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut lines = 0;
    for (number, file) in files.into_iter().rev() {
        let text = String::from_utf8(fs::read(&file).unwrap()).unwrap();
        assert!(text.ends_with('\n'), "{}: a line is torn at its end", file.display());
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            lines += 1;
            let place = format!("{} (backup {number}), line {}: {line:?}", file.display(), at + 1);
            let (name, expected) = if let Some(rest_of_line) = line.strip_prefix("  ") {
                let name = rest_of_line.split(' ').rev().nth(1).unwrap_or_default();
                let (name, _) = next.get_key_value(name).unwrap_or_else(|| panic!("{place}"));
                let waiting = rest.get_mut(name).filter(|lines| !lines.is_empty()).unwrap_or_else(|| panic!("{place}"));
                (*name, waiting.remove(0))
            } else {
                let message = line.splitn(4, " - ").nth(3).unwrap_or_else(|| panic!("{place}"));
                let name = message.split(' ').next().unwrap_or_default();
                let (name, _) = next.get_key_value(name).unwrap_or_else(|| panic!("{place}"));
                let number = next[name];
                assert!(rest.get(name).is_none_or(Vec::is_empty), "{place}: the record before is not complete");
                if number.is_multiple_of(97) {
                    let more = [format!("  a second line of {name} {number}"), format!("  the end of {name} {number}")];
                    rest.insert(name, more.into());
                }
                let filler = "ñ".repeat(usize::try_from(number * 7919 % 211).unwrap());
                let name = *name;
                *next.get_mut(name).unwrap() += 1;
                assert_eq!(message, format!("{name} {number} {filler}."), "{place}");
                continue;
            };
            assert_eq!(line, expected, "{place}, of {name}");
        }
    }
    let found: BTreeMap<String, u64> = next.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    assert_eq!(&found, wrote, "records found, and written");
    assert!(rest.values().all(Vec::is_empty), "{rest:?}");
    lines
}

#[test]
fn two_writers_lose_nothing() {
    rotated_beside(2, false);
}

#[test]
fn eight_writers_lose_nothing() {
    rotated_beside(8, false);
}

#[test]
fn eight_writers_lose_nothing_when_runs_are_killed() {
    rotated_beside(8, true);
}

fn rotated_beside(count: usize, with_kills: bool) {
    let (Some(place), Some(python)) = (cutting::folder(), python::importing("logging.handlers")) else { return };
    let service = Service::start(&python, place.path(), count);
    let (mut done, mut killed, mut finished) = (0, 0, 0);
    let mut run = 0_u32;
    // How long a run takes: the kills are spread over it.
    let mut takes = Duration::from_millis(40);
    while done < rotations() {
        service.wait_for_lines();
        run += 1;
        if with_kills && run % 2 == 1 {
            let mut child = service.rotate().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(takes * (run * 61 % 100) / 100);
            child.kill().unwrap();
            killed += u32::from(child.wait().unwrap().code().is_none());
            continue;
        }
        let begun = Instant::now();
        let output = service.rotate().output().unwrap();
        takes = begun.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        finished += u32::from(said.contains("finished what an interrupted run had begun"));
        assert!(String::from_utf8_lossy(&output.stdout).contains("\"action\":\"rotated\""), "{said}");
        done += 1;
    }
    let logs = service.folder.join("logs");
    let wrote = service.stop();
    let last = Command::new(env!("CARGO_BIN_EXE_auditctl"))
        .env_clear()
        .args(["rotate", "--max-size", "1TiB", "--keep", "9999"])
        .arg(logs.join(LOG))
        .output()
        .unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    let lines = judge(&logs, &wrote);
    println!(
        "{count} writers: {} records, {lines} lines; {done} rotations, {killed} runs killed, {finished} of them half done",
        wrote.values().sum::<u64>()
    );
    assert!(!with_kills || killed > 0, "no run was killed");
}
