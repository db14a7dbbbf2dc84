//! `auditctl rotate`: log files are rotated under the service that writes them, without losing a line. Which logs those are
//! is found out in `targets`.

mod targets;

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use self::targets::{Target, targets, why_none};
use super::columns::{RowArgs, Rows};
use super::number::count;
use super::{Context, Examples, Exit, Failure};
use crate::audit::Value;
use crate::config::Size;
use crate::logs::rotate::{Action, Method, Outcome, Request, RotateError, rotate};
use crate::output::{Cell, Column, Format, Shrink, object};

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
/// With -q, only logs with which something was done have a row: cron sends no mail for others. A folder in which there is
/// no log yet, or none that has a limit, is no failure: a warning says so without -q, and `doctor` always.
///
/// A backup has the owner, the mode, the times, the extended attributes (`user.*`) and the access control list of its
/// log; an attribute that could not be kept is said on stderr, and is no failure.
///
/// Run as root in a folder that belongs to somebody else, it works with that user's rights. Links, files with several
/// names, folders that others may write to, databases and packed files are refused.
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
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true)]
    max_size: Option<Size>,

    /// Keep so many backups
    ///
    /// With 0, none is kept and none is made: what is rotated is gone. The default is the profile's `keep` for the log,
    /// else the service's own number: 10 for audit.log, 3 for donations.log, 5 for the others.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = backups)]
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

/// The columns of what was done.
pub(super) const COLUMNS: [Column; 6] = [
    Column { name: "file", title: "file", right: false, shrink: Shrink::Middle { rank: 1, floor: 16 } },
    Column { name: "size", title: "size", right: true, shrink: Shrink::Never },
    Column { name: "action", title: "action", right: false, shrink: Shrink::Never },
    Column { name: "method", title: "method", right: false, shrink: Shrink::Never },
    Column { name: "backup", title: "backup", right: false, shrink: Shrink::Middle { rank: 0, floor: 16 } },
    Column { name: "removed", title: "removed", right: false, shrink: Shrink::End { rank: 2, floor: 12 } },
];

/// The most backups of a log.
const MOST: u32 = 9_999;

/// How many backups.
fn backups(text: &str) -> Result<u32, String> {
    let most = format!("{MOST} is the most");
    let number = u32::try_from(count(text)?).map_err(|_| most.clone())?;
    if number > MOST { Err(most) } else { Ok(number) }
}

pub(super) fn run(args: RotateArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let in_table = COLUMNS.each_ref().map(|column| column.name);
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;
    // All is done before the first word is printed: a reader who leaves the pipe stops no rotation.
    let outcomes: Vec<Result<(Target, Outcome), Failure>> = targets(&args, &settings)?
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
    if outcomes.is_empty()
        && let Some(why) = why_none(&settings)
    {
        context.ui.warn(&why);
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
