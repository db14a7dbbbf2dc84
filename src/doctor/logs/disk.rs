//! What the logs are on: can the front of a file be cut off there, is there room to rotate.

use std::ffi::{OsStr, OsString};

use rustix::fs::{Mode, OFlags};

use super::{Log, LogFolder, Logs, shown};
use crate::doctor::{Findings, Patient, State, command_for, counted};
use crate::logs::filesystem::FileSystem;
use crate::logs::rotate::{Backups, Disk, Refusal, backup_name, has_extents};
use crate::output::bytes;
use crate::shell;

pub(super) fn filesystem(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    if logs.folders.is_empty() {
        return;
    }
    let mut names = Vec::new();
    for folder in &logs.folders {
        let subject = shown(&folder.path);
        match folder.folder.file_system() {
            Ok(system) if system.can_cut => names.push(system.name),
            Ok(system) => findings.add(State::Warn, Some(&subject), cannot(&system), Some(elsewhere())),
            Err(error) => findings.skip(format!("{subject}: the file system cannot be asked: {error}"), None),
        }
        for log in &folder.logs {
            of_log(folder, log, findings);
        }
    }
    if findings.is_empty() {
        names.sort();
        names.dedup();
        findings.ok(format!("{} can cut off the front of a log while it is written", names.join(" and ")));
    }
}

/// A log may be on another file system than its folder, mounted there by itself; and it may be laid out as in the time
/// before its file system could cut.
fn of_log(folder: &LogFolder, log: &Log, findings: &mut Findings) {
    if !log.seen.is_file() {
        return;
    }
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(system) = rustix::fs::open(&log.path, flags, Mode::empty()).map_err(Into::into).and_then(FileSystem::of)
    else {
        return;
    };
    if log.seen.id.0 != folder.seen.id.0 {
        let why = Refusal::Elsewhere(system.name);
        let remedy = "mount its folder instead, from ext4 or XFS; or rotate with --method copytruncate, which can lose \
                      lines";
        findings.add(State::Warn, Some(&log.subject), why.to_string(), Some(remedy.to_owned()));
    } else if system.name == "ext4" && !is_in_extents(folder, &log.name) {
        let why = Refusal::NoExtents(system.name);
        // A folder without them is of a file system that was made as ext3, where nothing has them.
        let remedy = match is_in_extents(folder, OsStr::new(".")) {
            false => elsewhere(),
            true => command_for(&log.path, |path| format!("lay it out anew, as root: chattr +e {path}")),
        };
        findings.add(State::Warn, Some(&log.subject), why.to_string(), Some(remedy));
    }
}

/// So it is held to be where nobody may ask.
fn is_in_extents(folder: &LogFolder, name: &OsStr) -> bool {
    folder.folder.open(name, false).map_or(true, has_extents)
}

fn cannot(system: &FileSystem) -> String {
    Refusal::FileSystem(system.name.clone()).to_string()
}

fn elsewhere() -> String {
    "put the logs on ext4 or XFS; or rotate with --method rename, if the writers reopen their logs, or with --method \
     copytruncate, which can lose lines"
        .to_owned()
}

pub(super) fn space(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    if logs.folders.is_empty() {
        return;
    }
    // A rotation copies a log before it cuts it.
    let needed = |log: &Log| log.seen.size.max(log.policy.max_size.map_or(0, |limit| limit.0));
    for folder in &logs.folders {
        let Some(largest) = folder.logs.iter().max_by_key(|log| needed(log)) else { continue };
        let Ok(system) = folder.folder.file_system() else {
            findings.skip(format!("{}: the file system cannot be asked", shown(&folder.path)), None);
            continue;
        };
        if system.room < needed(largest) {
            let message =
                format!("there is room for {}, and to rotate it takes {}", bytes(system.room), bytes(needed(largest)));
            let state = if system.room < largest.seen.size { State::Fail } else { State::Warn };
            findings.add(state, Some(&largest.subject), message, Some(make_room(folder)));
        }
    }
    if findings.is_empty() {
        findings.ok(match logs.all().next() {
            Some(_) => "there is room for a copy of the largest log",
            None => "there is no log to copy",
        });
    }
}

/// How to make room where the logs of a folder are, without losing a line.
///
/// The newest backup is left alone: a writer that did not notice a renaming still writes to it, and a rotation that was
/// interrupted compares with it.
fn make_room(folder: &LogFolder) -> String {
    let names = folder.folder.names().unwrap_or_default();
    let size = |name: &OsStr| folder.folder.look(name).ok().flatten().map_or(0, |seen| seen.size);
    let older = |log: &Log| -> Vec<OsString> {
        let numbers = Backups::of(&log.name, &names);
        numbers.numbers().rev().filter(|number| *number > 1).map(|number| backup_name(&log.name, number)).collect()
    };
    let total = |backups: &[OsString]| backups.iter().map(|name| size(name)).sum::<u64>();
    let most = folder.logs.iter().map(|log| (log, older(log))).max_by_key(|(_, backups)| total(backups));
    let Some((log, backups)) = most.filter(|(_, backups)| total(backups) > 0) else {
        return format!("make room on the disk of {}: there is no older backup to move away", shown(&folder.path));
    };
    let words: Option<Vec<String>> = backups.iter().map(|name| shell::word(folder.path.join(name))).collect();
    let command = words.map_or_else(String::new, |words| format!(": mv -n -t OTHER_DISK {}", words.join(" ")));
    format!(
        "move older backups to another disk; {} of {} {} {}{command}",
        counted(backups.len(), "backup"),
        log.subject,
        if backups.len() == 1 { "has" } else { "have" },
        bytes(total(&backups))
    )
}
