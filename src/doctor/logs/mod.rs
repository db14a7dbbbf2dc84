//! The checks of the log files: can they be rotated without losing a line, and are they.
//!
//! Here is what is looked at: the folder of the logs, those that the profile names besides, and the logs in them that
//! have a policy. Beside it are the checks, by what they ask: may the logs be changed (`access`), what are they on
//! (`disk`), what does the policy say (`policy`), what is happening to them (`activity`).

mod access;
mod activity;
mod disk;
mod policy;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Check, Findings, Patient, State, counted};
use crate::config::{LogPolicy, Settings, Size};
use crate::logs::files::in_folder;
use crate::logs::policy::{Handler, handler, policies};
use crate::logs::rotate::{Disk, Folder, RotateError, Seen};

/// The checks, in their order.
pub(super) const CHECKS: &[Check] = &[
    Check { id: "logs.folder", run: folder },
    Check { id: "logs.filesystem", run: disk::filesystem },
    Check { id: "logs.permissions", run: access::permissions },
    Check { id: "logs.policy", run: policy::policy },
    Check { id: "logs.limits", run: policy::limits },
    Check { id: "logs.sizes", run: policy::sizes },
    Check { id: "logs.writers", run: activity::writers },
    Check { id: "logs.space", run: disk::space },
    Check { id: "logs.unfinished", run: activity::unfinished },
];

/// How to name the folder of the logs.
const NAME_IT: &str = "--log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile";
/// So many logs are named in a message.
const NAMED: usize = 5;

/// Folders of logs, the folder of the logs first if it could be opened, then those of logs that the profile names
/// elsewhere. Each is there once, by whatever path it is reached.
#[derive(Default)]
struct Logs {
    folders: Vec<LogFolder>,
    /// The folders that could not be opened.
    closed: Vec<(PathBuf, RotateError)>,
    /// The logs that the profile names and that are not there.
    missing: Vec<String>,
}

/// A folder, and the logs in it that have a policy.
struct LogFolder {
    folder: Folder,
    /// Where it is.
    path: PathBuf,
    /// What it is.
    seen: Seen,
    /// Whether it is the folder of the logs.
    is_log_dir: bool,
    logs: Vec<Log>,
}

struct Log {
    /// As the profile names it, or the service.
    subject: String,
    /// In its folder.
    name: OsString,
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

impl Logs {
    /// Looks for the logs of these settings; nothing is found where no folder is known.
    fn of(settings: &Settings) -> Logs {
        let mut logs = Logs::default();
        let Some(Ok(log_dir)) = settings.log_dir.as_ref().map(|folder| std::path::absolute(&folder.value)) else {
            return logs;
        };
        let mut opened = HashMap::new();
        let main = logs.open(&log_dir, &mut opened);
        if let Some(folder) = main.and_then(|at| logs.folders.get_mut(at)) {
            folder.is_log_dir = true;
        }
        for (subject, policy) in policies(&settings.logs) {
            let path = log_dir.join(&subject);
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { continue };
            let at = logs.open(parent, &mut opened);
            let found = at.and_then(|at| logs.folders.get_mut(at));
            let seen = found.as_ref().and_then(|found| found.folder.look(name).ok().flatten());
            if let (Some(found), Some(seen)) = (found, seen) {
                if !found.logs.iter().any(|log| log.name == name) {
                    let handler = name.to_str().filter(|_| found.is_log_dir).and_then(handler);
                    let path = found.path.join(name);
                    found.logs.push(Log { subject, name: name.to_owned(), path, policy, handler, seen });
                }
            } else if settings.logs.contains_key(&subject) && !logs.closed.iter().any(|(closed, _)| closed == parent) {
                logs.missing.push(subject);
            }
        }
        logs
    }

    /// Where the folder of this path is among those that are open; None where it can't be opened.
    fn open(&mut self, path: &Path, opened: &mut HashMap<PathBuf, Option<usize>>) -> Option<usize> {
        if let Some(known) = opened.get(path) {
            return *known;
        }
        let as_root = rustix::process::geteuid().is_root();
        let at = match Folder::open(path, OsStr::new(""), as_root) {
            Ok(folder) => folder.look(OsStr::new(".")).ok().flatten().map(|seen| {
                let known = self.folders.iter().position(|known| known.seen.id == seen.id);
                known.unwrap_or_else(|| {
                    let path = path.to_owned();
                    self.folders.push(LogFolder { folder, path, seen, is_log_dir: false, logs: Vec::new() });
                    self.folders.len() - 1
                })
            }),
            // A log that should be in it is missing: that is said of the log.
            Err(RotateError::Missing(_)) => None,
            Err(error) => {
                self.closed.push((path.to_owned(), error));
                None
            }
        };
        opened.insert(path.to_owned(), at);
        at
    }

    /// The logs, and a finding that nothing could be looked at where no folder could be opened.
    fn or_skip(settings: &Settings, findings: &mut Findings) -> Logs {
        let logs = Logs::of(settings);
        if logs.folders.is_empty() {
            findings.skip("no folder of logs could be opened", None);
        }
        logs
    }

    /// Every log, with its folder.
    fn all(&self) -> impl Iterator<Item = (&LogFolder, &Log)> {
        self.folders.iter().flat_map(|folder| folder.logs.iter().map(move |log| (folder, log)))
    }
}

fn folder(patient: &mut Patient<'_>, findings: &mut Findings) {
    let settings = patient.settings;
    let Some(log_dir) = &settings.log_dir else {
        findings.skip("no folder of logs is known", Some(format!("name it: {NAME_IT}")));
        return;
    };
    let path = log_dir.value.display().to_string();
    let Ok(absolute) = std::path::absolute(&log_dir.value) else {
        findings.add(State::Fail, Some(&path), "the current folder is gone".to_owned(), None);
        return;
    };
    let logs = Logs::of(settings);
    let is_closed = logs.closed.iter().any(|(closed, _)| *closed == absolute);
    match logs.folders.iter().find(|folder| folder.is_log_dir) {
        Some(folder) if !folder.logs.is_empty() => {
            findings.ok(format!("{path} ({}): {}", log_dir.source, counted(folder.logs.len(), "log")));
        }
        Some(_) => without_logs(&absolute, &path, &log_dir.source.to_string(), findings),
        None if is_closed => {}
        None => {
            let remedy = format!("it comes from: {}", log_dir.source);
            findings.add(State::Fail, Some(&path), "the folder of the logs is not there".to_owned(), Some(remedy));
        }
    }
    for folder in logs.folders.iter().filter(|folder| !folder.is_log_dir) {
        findings.add(State::Ok, Some(&shown(&folder.path)), counted(folder.logs.len(), "log"), None);
    }
    for (closed, error) in &logs.closed {
        if *closed == absolute {
            let message = format!("the folder of the logs cannot be opened: {}", reason(error));
            let remedy = error.hint().unwrap_or_else(|| format!("it comes from: {}", log_dir.source));
            findings.add(State::Fail, Some(&path), message, Some(remedy));
        } else if !(is_closed && closed.starts_with(&absolute)) {
            // What is below a folder that can't be opened can't be either.
            let message = format!("the folder cannot be opened: {}", reason(error));
            findings.add(State::Fail, Some(&shown(closed)), message, error.hint());
        }
    }
}

/// The folder is there, and none of the logs that are rotated.
fn without_logs(folder: &Path, subject: &str, source: &str, findings: &mut Findings) {
    let sets = in_folder(folder).unwrap_or_default();
    let others: Vec<_> = sets.iter().filter_map(|set| set.log.as_ref()?.file_name()?.to_str()).collect();
    let (message, remedy) = match others.first() {
        None => ("there is no log in the folder".to_owned(), format!("it comes from: {source}; another: {NAME_IT}")),
        Some(first) => {
            let rest = others.len().saturating_sub(NAMED);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let named = others[..others.len().min(NAMED)].join(", ");
            let remedy = format!(
                "it comes from: {source}; another: {NAME_IT}; or set `logs.\"{first}\".max_size` and `.keep` in the \
                 profile"
            );
            (format!("no log in the folder has a limit, so that none is rotated: {named}{more}"), remedy)
        }
    };
    findings.add(State::Warn, Some(subject), message, Some(remedy));
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
