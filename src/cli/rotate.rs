//! `auditctl rotate`: log files are rotated under the service that writes them, without losing a line.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::columns::{RowArgs, Rows};
use super::{Context, Examples, Exit, Failure};
use crate::audit::Value;
use crate::config::{LogPolicy, Settings, Size};
use crate::logs::files::in_folder;
use crate::logs::policy::{policies, policy_at};
use crate::logs::rotate::intent::{intent_name, part_name, rotated_by};
use crate::logs::rotate::{Action, Method, Outcome, Request, RotateError, rotate};
use crate::output::{Cell, Column, Format, Shrink, object};
use crate::query::closest;

/// Rotate log files without losing a line
///
/// A log that is larger than its limit becomes `audit.log.1`; the backups before it move up by one, and those beyond the
/// number to keep are removed. The service goes on writing meanwhile and need not be told: complete lines are copied
/// into the backup, and then cut off the front of the file while others append to its end. That takes ext4 or XFS; on
/// other file systems it is refused, and --method names the choices.
///
/// A log begins with some blank lines afterwards. `parse --follow` goes on where it was. Other readers see a file that
/// is shorter than what they have read: `tail -F` says `file truncated` and shows what is left from its beginning, the
/// blank lines first; a shipper that keeps an offset begins at the front as well, and may send the last lines again; one
/// that looks only after more was written than was cut passes lines over. Let it read the backups, or give it time.
///
/// A run that was interrupted, whenever that was, loses no line: the next one finishes what it began, also of a log for
/// which there is no limit; such a log is then left as it is. What is noted for that stands beside the log, in
/// `.audit.log.rotating`, and its copy in `.audit.log.part`: a file of this name that no rotation made is not removed,
/// and the log is refused. Two runs on one log do not meet; the second exits with 4 and says who was first.
///
/// Without arguments, every log in the folder of the logs that is over its limit is rotated. Limits and numbers of
/// backups are those of the service's own handlers, unless `logs."audit.log".max_size` and `.keep` in the profile say
/// otherwise. They belong below what the service's handlers have, so that those never rotate themselves: `doctor` checks
/// that. A log elsewhere has its path in the profile, in full or from the folder of the logs: `logs."old/audit.log"`. A
/// log with a `max_size` there and no `keep` is not rotated, and the exit code is 2.
///
/// With -q, only logs with which something was done have a row: cron sends no mail for others.
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
    /// Each is a path from here or, where there is none, from the folder of the logs. The default is every log in that folder for which
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
    /// The rows, the refusals and the exit code are those of a run, as far as they can be known before it.
    #[arg(long)]
    dry_run: bool,

    /// Rotate in this way
    ///
    /// The default loses nothing, whoever appends. The other two are for file systems that it does not work on. Where a
    /// run of copytruncate dies before the cut, the lines of the backup are in the log as well, until the next run cuts.
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

/// What each log is allowed, by its name.
type Policies = BTreeMap<String, LogPolicy>;

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
    // All is done before the first word is printed: a reader who leaves the pipe stops no rotation.
    let outcomes: Vec<Result<(Target, Outcome), Failure>> = each_once(targets)
        .into_iter()
        .map(|target| {
            let target = target?;
            let request = Request {
                folder: &target.folder,
                log: &target.log,
                limit: target.limit,
                keep: target.keep,
                method: args.method,
                dry_run: args.dry_run,
                now: settings.now.value,
            };
            let outcome = rotate(&request).map_err(|error| failure(&error))?;
            Ok((target, outcome))
        })
        .collect();
    let is_quiet = context.ui.is_quiet();
    for (target, outcome) in outcomes.iter().flatten() {
        // For cron: a word about what was done, and none about what was not.
        if outcome.action != Action::Kept || !is_quiet {
            rows.row(cells(target, outcome, rows.format), &mut context.ui)?;
        }
    }
    let printed = rows.end(context);
    for outcome in &outcomes {
        match outcome {
            Ok((target, outcome)) => remark(target, outcome, &args, context),
            Err(failure) => context.ui.error(&failure.message, &failure.hints),
        }
    }
    if args.dry_run {
        context.ui.status("this is what a run would do; nothing was changed");
    }
    printed?;
    let failed =
        |exit: &Exit| outcomes.iter().any(|outcome| outcome.as_ref().is_err_and(|failure| failure.exit == *exit));
    Ok([Exit::Unable, Exit::Locked, Exit::Usage].into_iter().find(failed).unwrap_or(Exit::Done))
}

/// A log that was not rotated, which keeps no other from its turn.
fn failure(error: &RotateError) -> Failure {
    let failure = Failure::unable(error.to_string());
    let exit = if error.is_locked() { Exit::Locked } else { failure.exit };
    Failure { exit, hints: error.hint().into_iter().collect(), ..failure }
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
                context.ui.warn(&format!("{file}: a line written in the moment of the cut may be lost"));
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
fn each_once(targets: Vec<Result<Target, Failure>>) -> Vec<Result<Target, Failure>> {
    let mut seen = HashSet::new();
    let mut is_new = |target: &Target| {
        let folder = target.folder.metadata().map(|folder| (folder.dev(), folder.ino()));
        let folder = folder.map_err(|_| target.folder.clone());
        seen.insert((folder, target.log.clone()))
    };
    targets.into_iter().filter(|target| target.as_ref().map_or(true, &mut is_new)).collect()
}

/// The logs of the folder that have a limit.
fn of_folder(args: &RotateArgs, settings: &Settings) -> anyhow::Result<Vec<Result<Target, Failure>>> {
    let Some(folder) = &settings.log_dir else {
        return Err(Failure::usage("no folder of logs is known, and no log is named")
            .hint("name the logs, or their folder: --log-dir DIR, AUDITCTL_LOG_DIR, or `log_dir` in a profile")
            .into());
    };
    let source = format!("it comes from: {}", folder.source);
    let folder = std::path::absolute(&folder.value)?;
    let unable = |what: &str| Failure::unable(format!("{}: {what}", folder.display())).hint(source.clone());
    match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(unable("the folder of the logs is no folder").into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(unable("the folder of the logs is not there").into());
        }
        Err(error) => return Err(unable(&format!("the folder of the logs cannot be reached: {error}")).into()),
    }
    let mut targets = Vec::new();
    for (name, policy) in policies(&settings.logs) {
        let (limit, keep) = (args.max_size.or(policy.max_size), args.keep.or(policy.keep));
        // Only how many are to be kept, for runs that name the log and say when.
        if limit.is_none() && !args.force {
            continue;
        }
        let path = folder.join(&name);
        if let (Ok(_), Some(folder), Some(log)) = (path.symlink_metadata(), path.parent(), path.file_name()) {
            let limit = limit.filter(|_| !args.force).map(|size| size.0);
            let target = |keep| Target { folder: folder.to_owned(), log: log.to_owned(), limit, keep };
            targets.push(keep.map(target).ok_or_else(|| without_number(&path, &name)));
        }
    }
    for log in interrupted(&folder)? {
        let is_it = |target: &Target| target.folder == folder && target.log == log;
        if !targets.iter().flatten().any(is_it) {
            targets.push(Ok(Target::to_finish(&folder, &log)));
        }
    }
    if targets.is_empty() {
        let sets = in_folder(&folder).unwrap_or_default();
        return Err(match sets.iter().find_map(|set| set.log.as_ref()?.file_name()) {
            None => unable("there is no log in the folder"),
            Some(log) => unable("no log in the folder has a limit").hint(format!(
                "set `logs.\"{}\".max_size` and `.keep` in a profile, or name the logs",
                log.to_string_lossy()
            )),
        }
        .into());
    }
    Ok(targets)
}

fn without_limit(path: &Path, name: &str) -> Failure {
    Failure::usage(format!("{}: there is no limit for this log", path.display()))
        .hint(format!("give --max-size or --force, or set `logs.\"{name}\".max_size` in a profile"))
}

fn without_number(path: &Path, name: &str) -> Failure {
    Failure::usage(format!("{}: there is no number of backups for this log", path.display()))
        .hint(format!("give --keep, or set `logs.\"{name}\".keep` in a profile"))
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

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether an earlier run has left something beside this log.
fn is_left(path: &Path) -> bool {
    path.file_name().is_some_and(|log| {
        [intent_name(log), part_name(log)].map(|name| exists(&path.with_file_name(name))).contains(&true)
    })
}

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
    let unable = |what: &str| Failure::unable(format!("{}: {what}", path.display()));
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            let hint = "name the logs in it; or rotate those of them that have a limit, with --log-dir and no name";
            return Ok(Err(unable("it is a folder, and no log").hint(hint)));
        }
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Ok(Err(unable(&format!("cannot look at it: {error}"))));
        }
        _ => {}
    }
    let (name, policy) = policy_at(&path, log_dir, policies).unzip();
    let policy = policy.cloned().unwrap_or_default();
    let (limit, keep) = (args.max_size.or(policy.max_size), args.keep.or(policy.keep));
    let says_nothing = !args.force && args.max_size.is_none() && args.keep.is_none();
    if (limit.is_none() || keep.is_none()) && says_nothing && is_left(&path) {
        return Ok(Ok(Target::to_finish(folder, log)));
    }
    // Of a name that was mistyped, what it lacks is of no interest.
    if (limit.is_none() && !args.force || keep.is_none()) && !exists(&path) {
        let close = closest(&log.to_string_lossy(), policies.keys().map(String::as_str)).map(str::to_owned);
        let failure = Failure::unable(RotateError::Missing(path).to_string());
        return Err(match close {
            Some(name) => failure.hint(format!("did you mean '{name}'?")).into(),
            None => failure.into(),
        });
    }
    // The name with which the profile reaches it.
    let inside = log_dir.and_then(|log_dir| path.strip_prefix(log_dir).ok()).unwrap_or(&path).to_string_lossy();
    let name = name.unwrap_or(&inside);
    if limit.is_none() && !args.force {
        return Err(without_limit(&path, name).into());
    }
    let keep = keep.ok_or_else(|| without_number(&path, name))?;
    let limit = limit.filter(|_| !args.force).map(|size| size.0);
    Ok(Ok(Target { folder: folder.to_owned(), log: log.to_owned(), limit, keep }))
}
