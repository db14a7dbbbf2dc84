//! What is happening to the logs: who writes them, which rotation is under way or was interrupted.

use std::ffi::{OsStr, OsString};

use chrono::{DateTime, Utc};

use super::policy::lower;
use super::{LogFolder, Logs, reason, shown};
use crate::doctor::{Findings, Patient, State, command_for, counted};
use crate::logs::rotate::intent::{intent_name, part_name, rotated_by};
use crate::logs::rotate::{Backups, Disk, Method, Refusal, Request, RotateError, rotate};
use crate::shell;

pub(super) fn writers(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    let (mut count, mut some_unseen) = (0, false);
    for (folder, log) in logs.all() {
        let writers = folder.folder.writers(&log.name, log.seen.id);
        some_unseen |= writers.some_unseen;
        count += writers.seen.len();
        for writer in writers.seen.iter().filter(|writer| !writer.appends) {
            let message = Refusal::NotAppending(writer.clone());
            let hint = RotateError::Refused { path: log.path.clone(), why: message.clone() }.hint();
            findings.add(State::Fail, Some(&log.subject), message.to_string(), hint);
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
            findings.add(State::Fail, Some(&log.subject), message, Some(lower(log, theirs)));
        }
    }
    if !findings.is_empty() {
        return;
    }
    match (count, some_unseen) {
        (0, true) => {
            let may_look = rustix::thread::capabilities(None)
                .is_ok_and(|own| own.effective.contains(rustix::thread::CapabilitySet::SYS_PTRACE));
            let remedy = match rustix::process::geteuid().is_root() {
                false => "run it as root, or as the service's user",
                true if may_look => {
                    "run it where the service runs, outside of this container, or as the service's user"
                }
                true => "give root the capability for it, CAP_SYS_PTRACE, or run it as the service's user",
            };
            findings.skip("the processes of other users cannot be looked into", Some(remedy.to_owned()));
        }
        (count, _) => {
            findings.ok(format!("{} seen, and none that gets in the way of another", counted(count, "writer")));
        }
    }
}

pub(super) fn unfinished(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    for folder in &logs.folders {
        let Ok(names) = folder.folder.names() else {
            findings.skip(format!("{}: the folder cannot be listed", folder.path.display()), None);
            continue;
        };
        let mut logs_left: Vec<_> = names.iter().filter_map(|name| rotated_by(name)).collect();
        logs_left.sort();
        logs_left.dedup();
        for name in logs_left {
            let shown = match folder.is_log_dir {
                true => name.to_string_lossy().into_owned(),
                false => shown(&folder.path.join(&name)),
            };
            if let Some(holder) = folder.folder.lock_holder(&name) {
                findings.add(State::Ok, Some(&shown), format!("it is being rotated{holder}"), None);
            } else if let Some((state, message, remedy)) =
                interrupted(folder, &name, &names, patient.settings.now.value)
            {
                findings.add(state, Some(&shown), message, remedy);
            }
        }
    }
    if findings.is_empty() {
        findings.ok("no rotation was interrupted");
    }
}

/// What an earlier run left of the rotation of a log, and how it is finished.
fn interrupted(
    folder: &LogFolder,
    log: &OsStr,
    names: &[OsString],
    now: DateTime<Utc>,
) -> Option<(State, String, Option<String>)> {
    let path = folder.path.join(log);
    let part = part_name(log);
    let is_there = names.iter().any(|name| name == log);
    if !names.contains(&intent_name(log)) && !is_there {
        // A copy alone may be of somebody else's making. A renaming that died has moved the log already.
        let is_empty = folder.folder.look(&part).ok().flatten().is_some_and(|seen| seen.is_file() && seen.size == 0);
        if !is_empty || Backups::of(log, names).numbers().next().is_none() {
            return None;
        }
        let message = "a renaming was interrupted: the log is among its backups, and has no successor yet".to_owned();
        let remedy = match (shell::word(folder.path.join(part)), shell::word(path)) {
            (Some(part), Some(path)) => format!("mv -n {part} {path}"),
            _ => "give its copy the name of the log".to_owned(),
        };
        return Some((State::Warn, message, Some(remedy)));
    }
    // What the next run would do: finish it, and rotate nothing.
    let (limit, keep, method, dry_run) = (Some(u64::MAX), 0, Method::default(), true);
    if let Err(error) = rotate(&Request { folder: &folder.path, log, limit, keep, method, dry_run, now }) {
        let message = match &error {
            // These say so themselves, or that there was no such rotation.
            RotateError::Refused { why: why @ (Refusal::Stranger(_) | Refusal::Unreadable(_)), .. } => why.to_string(),
            error => format!("a rotation was interrupted, and cannot be finished: {}", reason(error)),
        };
        return Some((State::Fail, message, error.hint()));
    }
    let message = match is_there {
        true => "a rotation was interrupted; no line is lost",
        false => "a rotation was interrupted, and there is no log of this name now; no line is lost",
    };
    let remedy = if folder.is_log_dir && shell::word(&path).is_none() {
        // What is found in the folder of the logs needs no name.
        "auditctl rotate, without a name: this one cannot be typed in a line of a shell".to_owned()
    } else {
        command_for(&path, |path| format!("auditctl rotate {path}"))
    };
    Some((State::Warn, message.to_owned(), Some(remedy)))
}
