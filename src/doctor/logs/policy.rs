//! What is to be done with each log, against what is there and against what the service's own handlers do.

use super::{Log, Logs};
use crate::config::Size;
use crate::doctor::{Findings, Patient, State, counted};
use crate::logs::policy::{HANDLERS, handler};
use crate::logs::rotate::{Backups, Disk};
use crate::query::closest;

pub(super) fn policy(patient: &mut Patient<'_>, findings: &mut Findings) {
    let settings = patient.settings;
    let logs = Logs::or_skip(settings, findings);
    if logs.folders.is_empty() {
        return;
    }
    for subject in &logs.missing {
        // A log that is there already has its own place in the profile, or needs none.
        let there = logs.all().map(|(_, log)| log.subject.as_str());
        let there = there.chain(HANDLERS.iter().map(|handler| handler.file));
        let meant = closest(subject, there.filter(|name| !settings.logs.contains_key(*name)));
        let remedy = match meant {
            _ if handler(subject).is_some() => {
                "the service creates it when it starts: is this the folder that it writes to?".to_owned()
            }
            Some(name) => format!("did you mean `logs.\"{name}\"`? Correct it in the profile"),
            None => format!("correct the name, or take `logs.\"{subject}\"` out of the profile"),
        };
        findings.add(
            State::Warn,
            Some(subject),
            "the profile names it, and there is no such log".to_owned(),
            Some(remedy),
        );
    }
    for (_, log) in logs.all() {
        if let (Some(limit), None) = (log.policy.max_size, log.policy.keep) {
            let message = format!(
                "its limit is {limit}, but how many backups are kept is not said, so that `auditctl rotate` refuses it"
            );
            findings.add(State::Fail, Some(&log.subject), message, Some(keep(log)));
        }
    }
    if findings.is_empty() {
        findings.ok(match settings.logs.is_empty() {
            true => "the profile names no log: the limits are those of the service's own handlers",
            false => "each log that the profile names is there, and what it needs to be rotated is said",
        });
    }
}

pub(super) fn limits(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    if logs.folders.is_empty() {
        return;
    }
    let mut equal = Vec::new();
    for (_, log) in logs.all() {
        let Some((own, theirs)) = log.limits() else { continue };
        if own > theirs {
            let message = format!(
                "its limit is {own}, which it never reaches: the service's own handler rotates it at {theirs}, so that \
                 the setting has no effect"
            );
            findings.add(State::Warn, Some(&log.subject), message, Some(lower(log, theirs)));
        } else if own == theirs {
            equal.push((log, theirs));
        }
    }
    // A handler rotates before a log is over its limit, and `rotate` when it is: nothing is lost, and nothing is done.
    if let [(first, theirs), ..] = equal[..] {
        let names: Vec<&str> = equal.iter().map(|(log, _)| log.subject.as_str()).collect();
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

pub(super) fn sizes(patient: &mut Patient<'_>, findings: &mut Findings) {
    let logs = Logs::or_skip(patient.settings, findings);
    for folder in &logs.folders {
        let names = folder.folder.names().unwrap_or_default();
        for log in &folder.logs {
            if let Some(limit) = log.policy.max_size.filter(|limit| log.seen.size > limit.0) {
                let message = format!("it has {} bytes, more than its limit of {limit}", log.seen.size);
                let remedy = match log.policy.keep {
                    Some(_) => "let `auditctl rotate` run more often, for example from cron".to_owned(),
                    None => keep(log),
                };
                findings.add(State::Warn, Some(&log.subject), message, Some(remedy));
            }
            let backups = Backups::of(&log.name, &names).numbers().count();
            if let Some(keep) = log.policy.keep.filter(|keep| backups > usize::try_from(*keep).unwrap_or(usize::MAX)) {
                let message = format!(
                    "there are {}, and {keep} {} to be kept",
                    counted(backups, "backup"),
                    if keep == 1 { "is" } else { "are" }
                );
                let remedy =
                    "the next rotation removes the oldest: set `keep` in the profile if they are wanted".to_owned();
                findings.add(State::Warn, Some(&log.subject), message, Some(remedy));
            }
        }
    }
    if findings.is_empty() {
        findings.ok("no log is over its limit, and there are no more backups than are kept");
    }
}

/// How to set a limit below the handler's: four fifths of it are a round number.
pub(super) fn lower(log: &Log, theirs: Size) -> String {
    let Size(bytes) = theirs;
    format!("set `logs.\"{}\".max_size` in the profile, for example to \"{}\"", log.subject, Size(bytes / 5 * 4))
}

fn keep(log: &Log) -> String {
    format!("set `logs.\"{}\".keep` in the profile, for example to 5", log.subject)
}
