//! `auditctl rotate`: log files are rotated under the service that writes them, without losing a line.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::columns::{RowArgs, Rows};
use super::{Context, Examples, Exit, Failure};
use crate::audit::Value;
use crate::config::{LogPolicy, Settings, Size};
use crate::logs::policy::policies;
use crate::logs::rotate::intent::{intent_name, part_name, rotated_by};
use crate::logs::rotate::{Action, Method, Outcome, Request, RotateError, rotate};
use crate::output::{Cell, Column, Format, Shrink, object};
use crate::query::closest;

/// Rotate log files without losing a line
///
/// A log that is larger than its limit becomes `audit.log.1`; the backups before it move up by one, and those beyond the
/// number to keep are removed. The service goes on writing meanwhile and need not be told: complete lines are copied
/// into the backup, and then cut off the front of the file while others append to its end. That takes ext4 or XFS; on
/// other file systems it is refused, and --method names the choices. A log begins with some blank lines afterwards.
///
/// A run that was interrupted, whenever that was, loses no line: the next one finishes what it began, also of a log for
/// which there is no limit; such a log is then left as it is. Two runs on one log do not meet; the second exits with 4
/// and says who was first.
///
/// Without arguments, every log in the folder of the logs that is over its limit is rotated. Limits and numbers of
/// backups are those of the service's own handlers, unless `logs."audit.log".max_size` and `.keep` in the profile say
/// otherwise. They belong below what the service's handlers have, so that those never rotate themselves: `doctor` checks
/// that.
///
/// A backup has the owner, the mode, the times, the extended attributes (`user.*`) and the access control list of its
/// log; an attribute that could not be kept is said on stderr, and is no failure.
///
/// Run as root in a folder that belongs to somebody else, it works with that user's rights. Links, files with several
/// names and folders that others may write to are refused.
///
/// The columns are file, size (before), action (rotated, kept, or finished for what an earlier run began), method,
/// backup (null where none was made) and removed (the backups that went).
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("Rotate what is over its limit, for example from cron", "auditctl rotate -q"),
    ("What that would do", "auditctl rotate --dry-run"),
    ("One log, with another limit", "auditctl rotate audit.log --max-size 16MiB --keep 20"),
]))]
pub struct RotateArgs {
    /// The logs to rotate
    ///
    /// Each is a path, or the name of a log in the folder of the logs. The default is every log in that folder for which
    /// there is a limit, or of which a rotation was interrupted.
    #[arg(value_name = "LOG", value_hint = ValueHint::FilePath)]
    logs: Vec<PathBuf>,

    /// Rotate a log that is larger than this
    ///
    /// The default is the profile's `max_size` for the log, else the service's own limit: 20MiB for audit.log, 5MiB for
    /// donations.log, 10MiB for the others.
    ///
    /// Example: `--max-size 16MiB`
    #[arg(long, value_name = "SIZE")]
    max_size: Option<Size>,

    /// Keep so many backups
    ///
    /// With 0, none is kept and none is made: what is rotated is gone. The default is the profile's `keep` for the log,
    /// else the service's own number: 10 for audit.log, 3 for donations.log, 5 for the others.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=9_999))]
    keep: Option<u32>,

    /// Rotate whatever the size
    ///
    /// A log that is empty, or without a complete line, stays as it is, and so do its backups.
    #[arg(long, conflicts_with = "max_size")]
    force: bool,

    /// Say what would be done, and do nothing
    ///
    /// The rows are those of a run, as far as they can be known before it.
    #[arg(long)]
    dry_run: bool,

    /// Rotate in this way
    ///
    /// The default loses nothing, whoever writes. The other two are for file systems that it does not work on.
    #[arg(long, value_enum, default_value_t, value_name = "METHOD")]
    method: Method,

    #[command(flatten)]
    rows: RowArgs,
}

const COLUMNS: [Column; 6] = [
    Column { name: "file", title: "file", right: false, shrink: Shrink::Middle { rank: 1, floor: 16 } },
    Column { name: "size", title: "size", right: true, shrink: Shrink::Never },
    Column { name: "action", title: "action", right: false, shrink: Shrink::Never },
    Column { name: "method", title: "method", right: false, shrink: Shrink::Never },
    Column { name: "backup", title: "backup", right: false, shrink: Shrink::Middle { rank: 0, floor: 16 } },
    Column { name: "removed", title: "removed", right: false, shrink: Shrink::End { rank: 2, floor: 12 } },
];

/// A log, and when it is rotated.
struct Target {
    folder: PathBuf,
    log: OsString,
    limit: Option<u64>,
    keep: u32,
}

impl Target {
    /// A log that is not rotated whatever its size: only what an earlier run began is finished, as that run meant it.
    fn to_finish(folder: &Path, log: &OsStr) -> Target {
        Target { folder: folder.to_owned(), log: log.to_owned(), limit: Some(u64::MAX), keep: 0 }
    }
}

pub(super) fn run(args: RotateArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let in_table = COLUMNS.each_ref().map(|column| column.name);
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;
    let targets = if args.logs.is_empty() { of_folder(&args, &settings)? } else { named(&args, &settings)? };
    let targets = each_once(targets);
    // All is done before the first word is printed: a reader who leaves the pipe stops no rotation.
    let outcomes: Vec<(&Target, Result<Outcome, RotateError>)> = targets
        .iter()
        .map(|target| {
            let request = Request {
                folder: &target.folder,
                log: &target.log,
                limit: target.limit,
                keep: target.keep,
                method: args.method,
                dry_run: args.dry_run,
                now: settings.now.value,
            };
            (target, rotate(&request))
        })
        .collect();
    let (mut unable, mut locked) = (false, false);
    for (target, outcome) in &outcomes {
        match outcome {
            Ok(outcome) => rows.row(cells(target, outcome, rows.format), &mut context.ui)?,
            Err(error) => {
                locked |= error.is_locked();
                unable |= !error.is_locked();
            }
        }
    }
    let printed = rows.end(context);
    if outcomes.is_empty() {
        context.ui.status("no log in the folder has a limit");
    }
    for (target, outcome) in &outcomes {
        match outcome {
            Ok(outcome) => remark(target, outcome, &args, context),
            Err(error) => context.ui.error(&error.to_string(), &error.hint().into_iter().collect::<Vec<_>>()),
        }
    }
    if args.dry_run {
        context.ui.status("this is what a run would do; nothing was changed");
    }
    printed?;
    Ok(if unable {
        Exit::Unable
    } else if locked {
        Exit::Locked
    } else {
        Exit::Done
    })
}

/// What is to be said of a log beside its row.
fn remark(target: &Target, outcome: &Outcome, args: &RotateArgs, context: &mut Context) {
    let file = target.folder.join(&target.log);
    let file = file.display();
    if outcome.has_no_line {
        context.ui.warn(&format!("{file}: it holds no complete line that could be rotated"));
    }
    if args.dry_run {
        return;
    }
    if outcome.finished_earlier {
        context.ui.status(&format!("{file}: finished what an interrupted run had begun"));
    }
    for lost in &outcome.lost {
        context.ui.warn(&format!("{file}: {lost}"));
    }
    if outcome.action == Action::Rotated {
        match args.method {
            Method::Collapse => {}
            Method::Rename => {
                let backup = outcome.backup.as_deref().map_or("a file without a name".into(), Path::to_string_lossy);
                context.ui.warn(&format!("{file}: a writer that does not reopen it goes on writing to {backup}"));
            }
            Method::Copytruncate => {
                context.ui.warn(&format!("{file}: a line written in the moment of the cut is lost"));
            }
        }
    }
}

fn cells(target: &Target, outcome: &Outcome, format: Format) -> Vec<Cell<'static>> {
    let action = match outcome.action {
        Action::Rotated => "rotated",
        Action::Finished => "finished",
        Action::Kept => "kept",
    };
    let method = (outcome.action != Action::Kept).then_some(match outcome.method {
        Method::Collapse => "collapse",
        Method::Rename => "rename",
        Method::Copytruncate => "copytruncate",
    });
    // A person sees that backups lie beside their log; a script gets whole paths.
    let text = |path: &Path| match format {
        Format::Table => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        _ => path.to_string_lossy().into_owned(),
    };
    let removed = match format {
        Format::Table if outcome.removed.is_empty() => Cell::Null,
        Format::Table => Cell::text(outcome.removed.iter().map(|path| text(path)).collect::<Vec<_>>().join(", ")),
        _ => Cell::Value(object::list(outcome.removed.iter().map(|path| Value::text(text(path))))),
    };
    vec![
        Cell::text(target.folder.join(&target.log).to_string_lossy().into_owned()),
        Cell::Int(i64::try_from(outcome.size).unwrap_or(i64::MAX)),
        Cell::text(action),
        method.map_or(Cell::Null, Cell::text),
        outcome.backup.as_deref().map_or(Cell::Null, |path| Cell::text(text(path))),
        removed,
    ]
}

/// Without those that are named again, by another way to their folder.
fn each_once(targets: Vec<Target>) -> Vec<Target> {
    let mut seen = HashSet::new();
    let mut is_new = |target: &Target| {
        let folder = target.folder.metadata().map(|folder| (folder.dev(), folder.ino()));
        let folder = folder.map_err(|_| target.folder.clone());
        seen.insert((folder, target.log.clone()))
    };
    targets.into_iter().filter(|target| is_new(target)).collect()
}

/// The logs of the folder that have a limit.
fn of_folder(args: &RotateArgs, settings: &Settings) -> anyhow::Result<Vec<Target>> {
    let Some(folder) = &settings.log_dir else {
        return Err(Failure::usage("no folder of logs is known, and no log is named")
            .hint("name the logs, or their folder: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile")
            .into());
    };
    let folder = std::path::absolute(&folder.value)?;
    if !folder.is_dir() {
        return Err(Failure::unable(format!("{}: the folder of the logs is not there", folder.display())).into());
    }
    let mut targets = Vec::new();
    for (name, policy) in policies(&settings.logs) {
        let (limit, keep) = (args.max_size.or(policy.max_size), args.keep.or(policy.keep));
        // A profile may say one of the two alone, for runs that name the log and give the other.
        let (Some(keep), true) = (keep, limit.is_some() || args.force) else { continue };
        let path = folder.join(&name);
        if let (Ok(_), Some(folder), Some(log)) = (path.symlink_metadata(), path.parent(), path.file_name()) {
            let limit = limit.filter(|_| !args.force).map(|size| size.0);
            targets.push(Target { folder: folder.to_owned(), log: log.to_owned(), limit, keep });
        }
    }
    for log in interrupted(&folder)? {
        if !targets.iter().any(|target| target.folder == folder && target.log == log) {
            targets.push(Target::to_finish(&folder, &log));
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
fn named(args: &RotateArgs, settings: &Settings) -> anyhow::Result<Vec<Target>> {
    let policies = policies(&settings.logs);
    args.logs.iter().map(|given| target(given, args, settings, &policies)).collect()
}

fn target(
    given: &Path,
    args: &RotateArgs,
    settings: &Settings,
    policies: &std::collections::BTreeMap<String, LogPolicy>,
) -> anyhow::Result<Target> {
    let is_name = given.components().count() == 1 && !given.is_absolute();
    let path = match &settings.log_dir {
        Some(folder) if is_name && given.symlink_metadata().is_err() => folder.value.join(given),
        _ => given.to_owned(),
    };
    let path = std::path::absolute(path)?;
    let (Some(folder), Some(log)) = (path.parent(), path.file_name()) else {
        return Err(Failure::usage(format!("'{}' names no log file", given.display())).into());
    };
    let policy = log.to_str().and_then(|name| policies.get(name)).cloned().unwrap_or_default();
    let (limit, keep) = (args.max_size.or(policy.max_size), args.keep.or(policy.keep));
    if (limit.is_none() || keep.is_none()) && !args.force && args.max_size.is_none() && args.keep.is_none() {
        let is_left = |name: OsString| folder.join(name).symlink_metadata().is_ok();
        if is_left(intent_name(log)) || is_left(part_name(log)) {
            return Ok(Target::to_finish(folder, log));
        }
    }
    // Of a name that was mistyped, what it lacks is of no interest.
    if (limit.is_none() && !args.force || keep.is_none()) && path.symlink_metadata().is_err() {
        let close = closest(&log.to_string_lossy(), policies.keys().map(String::as_str)).map(str::to_owned);
        let failure = Failure::unable(RotateError::Missing(path).to_string());
        return Err(match close {
            Some(name) => failure.hint(format!("did you mean '{name}'?")).into(),
            None => failure.into(),
        });
    }
    let lacking = |what: &str, option: &str, key: &str| {
        Failure::usage(format!("{}: there is no {what} for this log", path.display()))
            .hint(format!("give {option}, or set `logs.\"{}\".{key}` in a profile", log.to_string_lossy()))
    };
    if limit.is_none() && !args.force {
        return Err(lacking("limit", "--max-size or --force", "max_size").into());
    }
    let keep = keep.ok_or_else(|| lacking("number of backups", "--keep", "keep"))?;
    let limit = limit.filter(|_| !args.force).map(|size| size.0);
    Ok(Target { folder: folder.to_owned(), log: log.to_owned(), limit, keep })
}
