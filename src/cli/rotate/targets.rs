//! Which logs are rotated: those of the folder that have a limit, or those that were named; how large each may be, and how
//! many of its backups stay.
//!
//! Knows the command line, the profile and the names of files; knows nothing of what is done with them.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::RotateArgs;
use crate::cli::Failure;
use crate::config::{LogPolicy, Settings, Size};
use crate::logs::files::in_folder;
use crate::logs::policy::{policies, policy_at};
use crate::logs::rotate::RotateError;
use crate::logs::rotate::intent::{intent_name, part_name, rotated_by};
use crate::query::closest;

/// What each log is allowed, by its name.
type Policies = BTreeMap<String, LogPolicy>;

/// A log, and when it is rotated.
pub(super) struct Target {
    pub(super) folder: PathBuf,
    pub(super) log: OsString,
    pub(super) limit: Option<u64>,
    pub(super) keep: u32,
}

impl Target {
    /// A log that is not rotated whatever its size: only what an earlier run began is finished, as that run meant it.
    fn to_finish(folder: &Path, log: &OsStr) -> Target {
        Target { folder: folder.to_owned(), log: log.to_owned(), limit: Some(u64::MAX), keep: 0 }
    }
}

/// What is said of a log, on the command line or else in its policy.
struct Said {
    is_forced: bool,
    max_size: Option<Size>,
    keep: Option<u32>,
}

impl Said {
    fn of(args: &RotateArgs, policy: &LogPolicy) -> Said {
        Said { is_forced: args.force, max_size: args.max_size.or(policy.max_size), keep: args.keep.or(policy.keep) }
    }

    fn says_when(&self) -> bool {
        self.is_forced || self.max_size.is_some()
    }

    fn suffices(&self) -> bool {
        self.says_when() && self.keep.is_some()
    }

    /// The log in this folder, which the profile reaches under this name.
    fn target(&self, folder: &Path, log: &OsStr, name: &str) -> Result<Target, Failure> {
        let path = folder.join(log);
        let path = path.display();
        if !self.says_when() {
            return Err(Failure::usage(format!("{path}: there is no limit for this log"))
                .hint(format!("give --max-size or --force, or set `logs.\"{name}\".max_size` in a profile")));
        }
        let Some(keep) = self.keep else {
            return Err(Failure::usage(format!("{path}: there is no number of backups for this log"))
                .hint(format!("give --keep, or set `logs.\"{name}\".keep` in a profile")));
        };
        let limit = self.max_size.filter(|_| !self.is_forced).map(|size| size.0);
        Ok(Target { folder: folder.to_owned(), log: log.to_owned(), limit, keep })
    }
}

/// The logs to rotate, each once, by whatever way to their folder they are named. The inner failures keep no other log
/// from its turn.
pub(super) fn targets(args: &RotateArgs, settings: &Settings) -> anyhow::Result<Vec<Result<Target, Failure>>> {
    let targets = if args.logs.is_empty() { of_folder(args, settings)? } else { named(args, settings)? };
    let mut seen = HashSet::new();
    let mut is_new = |target: &Target| {
        let folder = target.folder.metadata().map(|folder| (folder.dev(), folder.ino()));
        let folder = folder.map_err(|_| target.folder.clone());
        seen.insert((folder, target.log.clone()))
    };
    Ok(targets.into_iter().filter(|target| target.as_ref().map_or(true, &mut is_new)).collect())
}

/// Why there is no log to rotate in the folder. That may change: it is no failure.
pub(super) fn why_none(settings: &Settings) -> Option<String> {
    let folder = std::path::absolute(&settings.log_dir.as_ref()?.value).ok()?;
    let sets = in_folder(&folder).unwrap_or_default();
    let folder = folder.display();
    Some(match sets.iter().find_map(|set| set.log.as_ref()?.file_name()) {
        None => format!("{folder}: there is no log in the folder"),
        Some(log) => format!(
            "{folder}: no log in the folder has a limit; set `logs.\"{}\".max_size` and `.keep` in a profile, or name \
             the logs",
            log.to_string_lossy()
        ),
    })
}

/// The folder of the logs, which must be one.
fn log_dir(settings: &Settings) -> anyhow::Result<PathBuf> {
    let Some(folder) = &settings.log_dir else {
        return Err(Failure::usage("no folder of logs is known, and no log is named")
            .hint("name the logs, or their folder: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile")
            .into());
    };
    let source = format!("it comes from: {}", folder.source);
    let folder = std::path::absolute(&folder.value)?;
    let why = match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok(folder),
        Ok(_) => "the folder of the logs is no folder".to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => "the folder of the logs is not there".to_owned(),
        Err(error) => format!("the folder of the logs cannot be reached: {error}"),
    };
    Err(Failure::unable(format!("{}: {why}", folder.display())).hint(source).into())
}

/// The logs of the folder that have a limit, and those of which a rotation was interrupted.
fn of_folder(args: &RotateArgs, settings: &Settings) -> anyhow::Result<Vec<Result<Target, Failure>>> {
    let log_dir = log_dir(settings)?;
    let mut targets = Vec::new();
    for (name, policy) in policies(&settings.logs) {
        let said = Said::of(args, &policy);
        let path = log_dir.join(&name);
        // A policy may say only how many are to be kept, for runs that name the log and say when.
        if said.says_when()
            && exists(&path)
            && let (Some(folder), Some(log)) = (path.parent(), path.file_name())
        {
            targets.push(said.target(folder, log, &name));
        }
    }
    for log in interrupted(&log_dir)? {
        let is_it = |target: &Target| target.folder == log_dir && target.log == log;
        if !targets.iter().flatten().any(is_it) {
            targets.push(Ok(Target::to_finish(&log_dir, &log)));
        }
    }
    Ok(targets)
}

/// The logs of the folder beside which an intent stands. A copy alone may be somebody else's file.
fn interrupted(folder: &Path) -> anyhow::Result<Vec<OsString>> {
    let names = || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>();
    let names = names().map_err(|error| Failure::unable(format!("{}: cannot list it: {error}", folder.display())))?;
    let mut logs: Vec<OsString> =
        names.iter().filter_map(|name| rotated_by(name).filter(|log| intent_name(log) == *name)).collect();
    logs.sort();
    Ok(logs)
}

/// The logs that were named.
fn named(args: &RotateArgs, settings: &Settings) -> anyhow::Result<Vec<Result<Target, Failure>>> {
    let log_dir = settings.log_dir.as_ref().map(|folder| std::path::absolute(&folder.value)).transpose()?;
    let policies = policies(&settings.logs);
    args.logs.iter().map(|given| target(given, args, log_dir.as_deref(), &policies)).collect()
}

/// The log that was named so. The outer failure is one of usage, or a name that was mistyped.
fn target(
    given: &Path,
    args: &RotateArgs,
    log_dir: Option<&Path>,
    policies: &Policies,
) -> anyhow::Result<Result<Target, Failure>> {
    let path = path_of(given, log_dir, policies)?;
    let (Some(folder), Some(log)) = (path.parent(), path.file_name()) else {
        return Err(Failure::usage(format!("'{}' names no log file", given.display())).into());
    };
    if let Some(failure) = is_no_log(&path) {
        return Ok(Err(failure));
    }
    let (name, policy) = policy_at(&path, log_dir, policies).unzip();
    let said = Said::of(args, policy.unwrap_or(&LogPolicy::default()));
    if !said.suffices() {
        let says_nothing = !args.force && args.max_size.is_none() && args.keep.is_none();
        if says_nothing && is_left(&path) {
            return Ok(Ok(Target::to_finish(folder, log)));
        }
        // Of a name that was mistyped, what it lacks is of no interest.
        if !exists(&path) {
            let close = closest(&log.to_string_lossy(), policies.keys().map(String::as_str)).map(str::to_owned);
            let failure = Failure::unable(RotateError::Missing(path).to_string());
            return Err(match close {
                Some(name) => failure.hint(format!("did you mean '{name}'?")).into(),
                None => failure.into(),
            });
        }
    }
    // The name with which the profile reaches it.
    let inside = log_dir.and_then(|log_dir| path.strip_prefix(log_dir).ok()).unwrap_or(&path).to_string_lossy();
    Ok(Ok(said.target(folder, log, name.unwrap_or(&inside))?))
}

/// Where a log is that was named: from here, or else in the folder of the logs.
fn path_of(given: &Path, log_dir: Option<&Path>, policies: &Policies) -> std::io::Result<PathBuf> {
    let here = std::path::absolute(given)?;
    let Some(log_dir) = log_dir else { return Ok(here) };
    let there = log_dir.join(given);
    let is_name = given.components().count() == 1;
    let is_named = given.to_str().is_some_and(|name| policies.contains_key(name));
    let is_there = exists(&there) || is_left(&there);
    Ok(if !exists(&here) && !is_left(&here) && (is_name || is_named || is_there) { there } else { here })
}

/// What is wrong with what stands there, if it is no log at all or cannot be looked at. It may also not be there.
fn is_no_log(path: &Path) -> Option<Failure> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            let hint = "name the logs in it; or rotate those of them that have a limit, with --log-dir and no name";
            Some(Failure::unable(format!("{}: it is a folder, and no log", path.display())).hint(hint))
        }
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Some(Failure::unable(format!("{}: cannot look at it: {error}", path.display())))
        }
        _ => None,
    }
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether an earlier run has left something beside this log.
fn is_left(path: &Path) -> bool {
    path.file_name().is_some_and(|log| {
        [intent_name(log), part_name(log)].map(|name| exists(&path.with_file_name(name))).contains(&true)
    })
}
