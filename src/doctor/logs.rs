//! The checks of the log files: can they be rotated without losing a line, and are they.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::{Check, Findings, Patient, State, command_for, counted};
use crate::config::{LogPolicy, Settings, Size};
use crate::logs::policy::{Handler, handler, policies};
use crate::logs::rotate::intent::rotated_by;
use crate::logs::rotate::{Backups, Disk, Folder, Refusal, RotateError, Seen, backup_name};
use crate::logs::writers::writers_of;
use crate::output::bytes;
use crate::shell;

/// The checks, in their order.
pub(super) const CHECKS: &[Check] = &[
    Check { id: "logs.folder", run: folder },
    Check { id: "logs.filesystem", run: filesystem },
    Check { id: "logs.permissions", run: permissions },
    Check { id: "logs.limits", run: limits },
    Check { id: "logs.sizes", run: sizes },
    Check { id: "logs.writers", run: writers },
    Check { id: "logs.space", run: space },
    Check { id: "logs.unfinished", run: unfinished },
];

/// The folder of the logs, and those in it that have a policy.
struct Logs {
    folder: Folder,
    found: Vec<Log>,
}

struct Log {
    name: String,
    path: PathBuf,
    policy: LogPolicy,
    handler: Option<&'static Handler>,
    seen: Seen,
}

impl Log {
    /// Its limit, and that of the handler through which the service writes it.
    fn limits(&self) -> Option<(Size, Size)> {
        Some((self.policy.max_size?, self.handler?.max_size))
    }
}

/// Opens the folder; where it can't be, `logs.folder` says why.
fn open(settings: &Settings) -> Option<Logs> {
    let path = std::path::absolute(&settings.log_dir.as_ref()?.value).ok()?;
    let as_root = rustix::process::geteuid().is_root();
    let folder = Folder::open(&path, OsStr::new(""), as_root).ok()?;
    let log = |(name, policy): (String, LogPolicy)| {
        let seen = folder.look(OsStr::new(&name)).ok()??;
        Some(Log { path: path.join(&name), handler: handler(&name), name, policy, seen })
    };
    let found = policies(&settings.logs).into_iter().filter_map(log).collect();
    Some(Logs { folder, found })
}

/// The folder, or a finding that nothing could be looked at.
fn open_or_skip(settings: &Settings, findings: &mut Findings) -> Option<Logs> {
    let logs = open(settings);
    if logs.is_none() {
        findings.skip("no folder of logs could be opened", None);
    }
    logs
}

fn folder(patient: &mut Patient<'_>, findings: &mut Findings) {
    let settings = patient.settings;
    let Some(log_dir) = &settings.log_dir else {
        let remedy = "name it: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile";
        findings.skip("no folder of logs is known", Some(remedy.to_owned()));
        return;
    };
    let path = log_dir.value.display().to_string();
    let Ok(absolute) = std::path::absolute(&log_dir.value) else {
        findings.add(State::Fail, Some(&path), "the current folder is gone".to_owned(), None);
        return;
    };
    match Folder::open(&absolute, OsStr::new(""), rustix::process::geteuid().is_root()) {
        Ok(_) => {
            let count = open(settings).map_or(0, |logs| logs.found.len());
            findings.ok(format!("{path} ({}): {}", log_dir.source, counted(count, "log")));
        }
        Err(RotateError::Missing(_)) => {
            let remedy = format!("it comes from: {}", log_dir.source);
            findings.add(State::Fail, Some(&path), "the folder of the logs is not there".to_owned(), Some(remedy));
        }
        Err(error) => {
            let (why, remedy) = (reason(&error), remedy_of(&error));
            findings.add(State::Fail, Some(&path), format!("the folder of the logs cannot be opened: {why}"), remedy);
        }
    }
}

fn filesystem(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    match logs.folder.file_system() {
        Ok(system) if system.can_cut => {
            findings.ok(format!("{} can cut off the front of a log while it is written", system.name));
        }
        Ok(system) => {
            let remedy = "put the logs on ext4 or XFS; or rotate with --method rename, if the writers reopen their \
                          logs, or with --method copytruncate, which can lose lines";
            let message = Refusal::FileSystem(system.name).to_string();
            findings.add(State::Warn, Some(&shown(logs.folder.path())), message, Some(remedy.to_owned()));
        }
        Err(error) => findings.skip(format!("the file system cannot be asked: {error}"), None),
    }
}

fn permissions(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    match logs.folder.owner() {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => {
            let refused = RotateError::Refused { path: logs.folder.path().join("x"), why };
            let (why, remedy) = (reason(&refused), remedy_of(&refused));
            findings.add(State::Fail, Some(&shown(logs.folder.path())), why, remedy);
        }
        Err(error) => findings.skip(format!("the folder cannot be looked at: {error}"), None),
    }
    if accessat(CWD, logs.folder.path(), Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_err() {
        let message = "you may not create files there, as a rotation must".to_owned();
        findings.add(State::Fail, Some(&shown(logs.folder.path())), message, Some(as_whom()));
    }
    for log in &logs.found {
        let why = match log.seen {
            seen if seen.kind == rustix::fs::FileType::Symlink => Some(Refusal::SymbolicLink),
            seen if !seen.is_file() => Some(Refusal::NotRegular),
            seen if seen.links > 1 => Some(Refusal::HardLinks(seen.links)),
            _ => None,
        };
        if let Some(why) = why {
            let refused = RotateError::Refused { path: log.path.clone(), why };
            findings.add(State::Fail, Some(&log.name), reason(&refused), remedy_of(&refused));
        } else if accessat(CWD, &log.path, Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS).is_err() {
            let message = "you may not read and write it, as a rotation must".to_owned();
            findings.add(State::Fail, Some(&log.name), message, Some(as_whom()));
        }
    }
    if findings.is_empty() {
        findings.ok("the folder and the logs can be written to, and by nobody who should not");
    }
}

fn limits(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    let mut equal = Vec::new();
    for log in &logs.found {
        let Some((own, theirs)) = log.limits() else { continue };
        if own > theirs {
            let message = format!(
                "its limit is {own}, which it never reaches: the service's own handler rotates it at {theirs}, so that \
                 the setting has no effect"
            );
            findings.add(State::Warn, Some(&log.name), message, Some(lower(log, theirs)));
        } else if own == theirs {
            equal.push((log, theirs));
        }
    }
    // A handler rotates before a log is over its limit, and `rotate` when it is: nothing is lost, and nothing is done.
    if let [(first, theirs), ..] = equal[..] {
        let names: Vec<&str> = equal.iter().map(|(log, _)| log.name.as_str()).collect();
        let message = format!(
            "the service's own handlers rotate these logs at the same size, so that rotate has nothing to do: {}",
            names.join(", ")
        );
        let remedy = format!("to have auditctl rotate them, {}", lower(first, theirs));
        findings.add(State::Ok, None, message, Some(remedy));
    }
    if findings.is_empty() {
        findings.ok("the limit of each log is below that of the service's own handler");
    }
}

fn sizes(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    let names = logs.folder.names().unwrap_or_default();
    for log in &logs.found {
        if let Some(limit) = log.policy.max_size.filter(|limit| log.seen.size > limit.0) {
            let message = format!("it has {} bytes, more than its limit of {limit}", log.seen.size);
            let remedy = "let `auditctl rotate` run more often, for example from cron".to_owned();
            findings.add(State::Warn, Some(&log.name), message, Some(remedy));
        }
        let backups = Backups::of(OsStr::new(&log.name), &names).numbers().count();
        if let Some(keep) = log.policy.keep.filter(|keep| backups > usize::try_from(*keep).unwrap_or(usize::MAX)) {
            let message = format!("there are {}, and {keep} are to be kept", counted(backups, "backup"));
            let remedy =
                "the next rotation removes the oldest: set `keep` in the profile if they are wanted".to_owned();
            findings.add(State::Warn, Some(&log.name), message, Some(remedy));
        }
    }
    if findings.is_empty() {
        findings.ok("no log is over its limit, and there are no more backups than are kept");
    }
}

fn writers(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    let (mut count, mut some_unseen) = (0, false);
    for log in &logs.found {
        let writers = writers_of(log.seen.id);
        some_unseen |= writers.some_unseen;
        count += writers.seen.len();
        for writer in writers.seen.iter().filter(|writer| !writer.appends) {
            let message = Refusal::NotAppending(writer.clone());
            let hint = RotateError::Refused { path: log.path.clone(), why: message.clone() }.hint();
            findings.add(State::Fail, Some(&log.name), message.to_string(), hint);
        }
        if let (Some((own, theirs)), true) = (log.limits(), writers.seen.len() > 1)
            && (own >= theirs || log.seen.size >= theirs.0)
        {
            let processes: Vec<String> =
                writers.seen.iter().map(|writer| format!("{} ({})", writer.pid, writer.command)).collect();
            let message = format!(
                "{} write it, each through a handler that rotates at {theirs} by itself: when one does, the others' \
                 lines are lost: {}",
                counted(processes.len(), "process"),
                processes.join(", ")
            );
            findings.add(State::Fail, Some(&log.name), message, Some(lower(log, theirs)));
        }
    }
    if !findings.is_empty() {
        return;
    }
    match (count, some_unseen) {
        (0, true) => {
            let remedy = "run it as root, or as the service's user";
            findings.skip("the processes of other users cannot be looked into", Some(remedy.to_owned()));
        }
        (count, _) => {
            findings.ok(format!("{} seen, and none that gets in the way of another", counted(count, "writer")));
        }
    }
}

fn space(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    let Ok(system) = logs.folder.file_system() else {
        findings.skip("the file system cannot be asked", None);
        return;
    };
    // A rotation copies a log before it cuts it.
    let needed = |log: &Log| log.seen.size.max(log.policy.max_size.map_or(0, |limit| limit.0));
    let Some(largest) = logs.found.iter().max_by_key(|log| needed(log)) else {
        findings.ok("there is no log to copy");
        return;
    };
    if system.room < needed(largest) {
        let message = format!("there is room for {} bytes, and to rotate it takes {}", system.room, needed(largest));
        let remedy = make_room(&logs);
        let state = if system.room < largest.seen.size { State::Fail } else { State::Warn };
        findings.add(state, Some(&largest.name), message, Some(remedy));
    } else {
        findings.ok("there is room for a copy of the largest log");
    }
}

/// How to make room where the logs are, without losing a line.
///
/// The newest backup is left alone: a writer that did not notice a renaming still writes to it, and a rotation that was
/// interrupted compares with it.
fn make_room(logs: &Logs) -> String {
    let names = logs.folder.names().unwrap_or_default();
    let older = |log: &Log| -> Vec<(OsString, u64)> {
        let numbers = Backups::of(OsStr::new(&log.name), &names);
        let names = numbers.numbers().rev().filter(|number| *number > 1);
        let names = names.map(|number| backup_name(OsStr::new(&log.name), number));
        let size = |name: &OsStr| logs.folder.look(name).ok().flatten().map_or(0, |seen| seen.size);
        names.map(|name| (size(&name), name)).map(|(size, name)| (name, size)).collect()
    };
    let total = |backups: &[(OsString, u64)]| backups.iter().map(|(_, size)| size).sum::<u64>();
    let most = logs.found.iter().map(|log| (log, older(log))).max_by_key(|(_, backups)| total(backups));
    let Some((log, backups)) = most.filter(|(_, backups)| total(backups) > 0) else {
        return format!("make room on the disk of {}: there is no backup to pack", shown(logs.folder.path()));
    };
    let paths = backups.iter().map(|(name, _)| shell::word(logs.folder.path().join(name)));
    let oldest_first: Option<Vec<String>> = paths.collect();
    let command = oldest_first.map_or_else(String::new, |paths| format!(": gzip {}", paths.join(" ")));
    format!(
        "move backups of {} to another disk, or pack them: they take {}, and `parse` reads them packed as well{command}",
        log.name,
        bytes(total(&backups))
    )
}

fn unfinished(patient: &mut Patient<'_>, findings: &mut Findings) {
    let Some(logs) = open_or_skip(patient.settings, findings) else { return };
    let Ok(names) = logs.folder.names() else {
        findings.skip("the folder cannot be listed", None);
        return;
    };
    let mut logs_left: Vec<_> = names.iter().filter_map(|name| rotated_by(name)).collect();
    logs_left.sort();
    logs_left.dedup();
    for log in logs_left {
        let name = log.to_string_lossy();
        if let Some(holder) = logs.folder.lock_holder(&log) {
            findings.add(State::Ok, Some(&name), format!("it is being rotated{holder}"), None);
        } else {
            let remedy = command_for(&logs.folder.path().join(&log), |path| format!("auditctl rotate {path}"));
            let message = "a rotation was interrupted; no line is lost".to_owned();
            findings.add(State::Warn, Some(&name), message, Some(remedy));
        }
    }
    if findings.is_empty() {
        findings.ok("no rotation was interrupted");
    }
}

/// How to set a limit below the handler's: four fifths of it are a round number.
fn lower(log: &Log, theirs: Size) -> String {
    let Size(bytes) = theirs;
    format!("set `logs.\"{}\".max_size` in the profile, for example to \"{}\"", log.name, Size(bytes / 5 * 4))
}

fn as_whom() -> String {
    "run it as the user to whom the folder belongs, or as root".to_owned()
}

/// The hint of a failure; where it is a command, its words are safe to copy.
fn remedy_of(error: &RotateError) -> Option<String> {
    let RotateError::Refused { path, why } = error else { return error.hint() };
    match why {
        Refusal::OpenFolder { folder, .. } => {
            Some(command_for(folder, |folder| format!("take the right away, for example with: chmod go-w {folder}")))
        }
        Refusal::Attribute(name) => {
            let letter = if *name == "append-only" { 'a' } else { 'i' };
            Some(command_for(path, |path| format!("take it away with: chattr -{letter} {path}")))
        }
        _ => error.hint(),
    }
}

/// Without the path in front, which is the subject already.
fn reason(error: &RotateError) -> String {
    match error {
        RotateError::Refused { why, .. } => why.to_string(),
        RotateError::Failed { error, .. } => error.to_string(),
        other => other.to_string(),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
