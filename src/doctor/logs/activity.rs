//! What is happening to the logs: who writes them, which rotation is under way or was interrupted.

use std::ffi::OsStr;

use super::policy::lower;
use super::{LogFolder, Logs};
use crate::doctor::{Findings, Patient, State, command_for, counted};
use crate::logs::rotate::intent::{lock_name, rotated_by};
use crate::logs::rotate::{Disk, Refusal, RotateError};
use crate::logs::writers::{Writers, writers_of};
use crate::shell;

/// Who writes a log, but for a run of rotate that is at it: that one does not append, and is careful in another way. It
/// has the lock open.
fn writers_beside_rotation(folder: &LogFolder, name: &OsStr, id: (u64, u64)) -> Writers {
    let mut writers = writers_of(id);
    if let Ok(Some(lock)) = folder.folder.look(&lock_name(name)) {
        let rotating = writers_of(lock.id).seen;
        writers.seen.retain(|writer| rotating.iter().all(|run| run.pid != writer.pid));
    }
    writers
}

pub(super) fn writers(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    let (mut count, mut some_unseen) = (0, false);
    for (folder, log) in logs.all() {
        let writers = writers_beside_rotation(folder, &log.name, log.seen.id);
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
            let remedy = "run it as root, or as the service's user";
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
            let path = folder.path.join(&name);
            let shown = if folder.is_log_dir { name.to_string_lossy() } else { path.to_string_lossy() };
            if let Some(holder) = folder.folder.lock_holder(&name) {
                findings.add(State::Ok, Some(&shown), format!("it is being rotated{holder}"), None);
            } else {
                let message = "a rotation was interrupted; no line is lost".to_owned();
                let remedy = if folder.is_log_dir && shell::word(&path).is_none() {
                    // What is found in the folder of the logs needs no name.
                    "auditctl rotate, without a name: this one cannot be typed in a line of a shell".to_owned()
                } else {
                    command_for(&path, |path| format!("auditctl rotate {path}"))
                };
                findings.add(State::Warn, Some(&shown), message, Some(remedy));
            }
        }
    }
    if findings.is_empty() {
        findings.ok("no rotation was interrupted");
    }
}
