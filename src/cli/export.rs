//! `auditctl export`: all matching entries, to a pipe or to files that are whole; for cron, each entry exactly once.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::columns::PartArgs;
use super::filters::FilterArgs;
use super::interrupt::Interrupt;
use super::list::{odd_times, wanted};
use super::rows::ColumnArgs;
use super::{Context, Examples, Exit, Failure};
use crate::audit::Redactor;
use crate::config::Settings;
use crate::export::{
    Compression, Cursor, Destination, Done, Export, ExportFormat, Layout, Names, Settled, Split, Terms, settle,
};
use crate::lock::Lock;
use crate::output::{CtrlC, EntryCells, EntryColumn, Progress, Ui, counted};
use crate::store::Store;

/// Export all matching entries, to a file or a pipe
///
/// Entries are written in the order of their ids, and all that match are: there is no limit unless one is given. With
/// `--to`, a file is written aside in the same folder, made durable and then renamed: under its name it is never half
/// there. A name that ends in `.gz` or `.zst` is compressed.
///
/// With `--cursor-file`, each run goes on where the one before ended, for a cron job: every entry is exported exactly
/// once, over any number of runs, however they end, and while the service writes. The cursor is a small JSON file that
/// holds the id up to which everything was looked at, the database, the filters and the format; a run with others is
/// refused. It moves only after the exported data is durable. With `--to`, the file that is about to get its name is
/// noted in the cursor before it does: after a crash, even by `kill -9`, the next run finishes or drops it, so that
/// each entry is exported exactly once. To a pipe, an entry is exported at least once: the cursor moves after all was
/// written, and a run that is killed between the two is repeated by the next. Two runs with one cursor are kept apart
/// by a lock; the second ends with exit code 4.
///
/// An entry is not missed because its transaction commits late: a run reads up to the highest id below which nothing
/// can appear any more. SQLite has one writer at a time, and a row takes its id while its transaction holds the write
/// lock, so that transactions commit in the order of their ids and the highest id that can be read is that limit.
/// Django creates the table with AUTOINCREMENT, so that no id is ever given twice, not even after a deletion.
#[derive(Debug, Args)]
#[command(
    add = Examples(&[
        ("Everything, one JSON object a line, compressed", "auditctl export --to entries.ndjson.gz"),
        ("What is new since the last run, to a file of its own, for cron", "auditctl export --cursor-file entries.cursor --to 'entries-{first}-{last}.ndjson'"),
        ("A file for each day, and a list of what was written", "auditctl export -o csv --to days.csv --split-by day --manifest"),
        ("A folder for each day, where DuckDB and Spark look for it", "auditctl export --to 'day={day}/entries.ndjson' --split-by day"),
        ("Refused requests, for another program", "auditctl export --status 4xx --columns id,path,response"),
    ]),
)]
pub struct ExportArgs {
    #[command(flatten)]
    filters: FilterArgs,

    #[command(flatten)]
    part: PartArgs,

    /// Write in this format
    ///
    /// Parquet is typed and goes by columns: `id`, `record_id` and `user` are 64-bit integers, `status` one of 32 bits,
    /// `timestamp` an instant in UTC to the microsecond, all else text, decoded bodies as JSON. What is not of its
    /// column's type is left empty, and said. It is compressed inside, and only written by a program that was built with
    /// `--features parquet`.
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "ndjson", help_heading = "Output")]
    output: ExportFormat,

    #[command(flatten)]
    columns: ColumnArgs,

    /// Write to this file
    ///
    /// The default is standard output. An existing file is not replaced unless --force is given. A name that ends in
    /// `.gz` or `.zst` is compressed. In the name, `{first}` and `{last}` stand for the ids of the first and the last
    /// entry of the file; with --split-by also `{day}` for its day and `{part}` for its number. With --cursor-file,
    /// give each run a file of its own so.
    ///
    /// Example: `--to 'entries-{first}-{last}.ndjson.zst'`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Target")]
    to: Option<PathBuf>,

    /// Replace a file that exists
    ///
    /// The file of --to, or that of --manifest. It keeps its mode. Not with --cursor-file: what was exported before
    /// would be lost, and is not exported again.
    #[arg(long, requires = "to", conflicts_with = "cursor_file", help_heading = "Target")]
    force: bool,

    /// Write a file for each day, or begin a new one at a size
    ///
    /// With `day`, each entry goes to the file of its day in the zone in force; what has no readable time goes to
    /// `undated`. With a size, such as 100MiB, a new file begins once one has reached it, counted before compression;
    /// entries stay whole. The day (`2026-11-23`) or number (`0001`) stands where `{day}` or `{part}` does in the name of
    /// --to, else before its ending: `entries.csv.gz` becomes `entries-2026-11-23.csv.gz`. `{day}` may also name a folder,
    /// which is made where it is missing: `entries/day={day}/part.parquet` is how Spark, Trino and DuckDB look for days;
    /// there, what has no readable time goes to `day=__HIVE_DEFAULT_PARTITION__`.
    #[arg(long, value_name = "day|SIZE", requires = "to", help_heading = "Target")]
    split_by: Option<String>,

    /// Write down what was exported
    ///
    /// A JSON file with the filters, the number of entries, the first and the last id, the version of this program, the
    /// time, and the size and SHA-256 of each file. Without FILE it stands beside the file of --to, with `.manifest.json`
    /// after its name.
    ///
    /// Example: `--manifest exports/today.json`
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_hint = ValueHint::FilePath, help_heading = "Target")]
    manifest: Option<Option<PathBuf>>,

    /// Export what is new since the last run with this file
    ///
    /// The first run creates it. It belongs to one database, one set of filters and one format. Times counted from now,
    /// such as `yesterday`, can't be used with it.
    ///
    /// Example: `--cursor-file /var/lib/park/entries.cursor`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["offset", "page"], value_hint = ValueHint::FilePath, help_heading = "Target")]
    cursor_file: Option<PathBuf>,

    /// Exit with 1 when there is nothing to export
    ///
    /// Without it, the exit code is 0 then.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

pub(super) fn run(args: ExportArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let (now, zone) = (settings.now.value, settings.zone.value);
    let asked = args.filters.read(now, &zone)?;
    let page = args.part.read()?;
    let format = readable_format(&args, context)?;
    let columns = args.columns.read(format.rows())?;
    let split = args.split_by.as_deref().map(Split::parse).transpose();
    let split = split.map_err(|error| Failure::usage(format!("--split-by: {error}")))?;
    let with_cursor = args.cursor_file.is_some();
    let names = args.to.as_deref().map(|to| Names::parse(to, split, with_cursor)).transpose()?;
    let manifest = manifest_names(&args, names.as_ref())?;
    if with_cursor && !args.filters.are_fixed(now, &zone) {
        let message = "--cursor-file needs times that stay the same: the filters hold one that is counted from now";
        return Err(Failure::usage(message).hint("write a date, such as --since 2026-11-01").into());
    }
    let terms = terms(&args, &columns, &settings);
    let lock = args.cursor_file.as_deref().map(|path| Lock::take(&lock_of(path), now)).transpose()?;

    let mut store = context.open_store()?;
    let filter = asked.resolve(&mut *store)?;
    let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
    let mut shape = args.columns.shape(&columns, &context.ui);
    if names.is_some() {
        (shape.terminal, shape.coloured) = (None, false);
    }
    let shows_times = columns.contains(&EntryColumn::Timestamp);
    let export = Export {
        page,
        wanted: wanted(&columns),
        cells: EntryCells { zone, redactor: (!settings.reveal).then_some(&redactor) },
        layout: Layout { format, columns, shape },
        database: store.address(),
        terms,
        manifest,
        force: args.force,
        tool: concat!("auditctl ", env!("CARGO_PKG_VERSION")).to_owned(),
        now,
        filter,
    };
    let mut cursor = match args.cursor_file.as_deref() {
        Some(path) => Some((path, cursor(path, &export, &mut *store, &mut context.ui)?)),
        None => None,
    };

    let after = cursor.as_ref().and_then(|(_, cursor)| cursor.position);
    let (mut bar, first) = bar(after, names.is_none(), &mut *store, &context.ui)?;
    // What stands aside goes when Ctrl-C ends the run; to a pipe there is nothing aside.
    let interrupt = names.as_ref().map(|_| Interrupt::watch()).transpose()?;
    let destination = match &names {
        Some(names) => Destination::Files { names, split },
        None => Destination::Stream(&mut context.ui),
    };
    let done = export.run(
        &mut *store,
        destination,
        cursor.as_mut().map(|(path, cursor)| (*path, cursor)),
        &mut |_| {},
        &mut |id, rows| bar.at_entries(id.abs_diff(first), || counted(rows, "entry")),
        &|| interrupt.as_ref().is_some_and(Interrupt::is_asked),
    );
    bar.end();
    let done = done?;
    context.note_effort(&*store, done.rows);
    drop(lock);
    if !done.unfit.is_empty() {
        let columns = done.unfit.join(", ");
        context.ui.warn(&format!("values that are not of their column's type were left empty, in {columns}"));
    } else if shows_times && let Some(line) = odd_times(done.first_undated, done.undated.saturating_sub(1)) {
        context.ui.warn(&line);
    }
    if let Some(line) = summary(&done, names.is_some()) {
        context.ui.status(&line);
    }
    Ok(if done.rows == 0 && args.fail_empty { Exit::No } else { Exit::Done })
}

/// The format, where this program and this target can have it.
fn readable_format(args: &ExportArgs, context: &Context) -> Result<ExportFormat, Failure> {
    let format = args.output;
    if !format.is_built_in() {
        let failure = Failure::usage(format!("this program was built without {}", format.name()));
        return Err(failure.hint("build it with `cargo build --release --features parquet`, or take another format"));
    }
    if format != ExportFormat::Parquet {
        return Ok(format);
    }
    match &args.to {
        None if context.ui.prints_on_terminal() => {
            let failure = Failure::usage("parquet is not for a terminal");
            Err(failure.hint("write --to FILE, or redirect the output"))
        }
        Some(to) if Compression::of_name(&to.to_string_lossy()) != Compression::None => {
            let message = format!("parquet is compressed inside: '{}' would be compressed twice", to.display());
            Err(Failure::usage(message).hint("leave out the ending .gz or .zst"))
        }
        _ => Ok(format),
    }
}

/// The lock of a cursor stands beside it.
fn lock_of(cursor: &Path) -> PathBuf {
    // Two names of one cursor have one lock.
    let path = std::fs::canonicalize(cursor).unwrap_or_else(|_| cursor.to_owned());
    path.with_file_name(format!(".{}.lock", path.file_name().unwrap_or_default().display()))
}

fn manifest_names(args: &ExportArgs, names: Option<&Names>) -> anyhow::Result<Option<Names>> {
    Ok(match (&args.manifest, names) {
        (None, _) => None,
        (Some(Some(file)), _) => Some(Names::parse(file, None, false)?),
        (Some(None), None) => {
            let message = "--manifest needs a name where the entries go to standard output";
            return Err(Failure::usage(message).hint("write --manifest FILE, or --to FILE").into());
        }
        (Some(None), Some(names)) => match names.of_manifest() {
            Some(names) => Some(names),
            None => {
                let message = "--manifest needs a name where each part has one of its own";
                return Err(Failure::usage(message).hint("write --manifest FILE").into());
            }
        },
    })
}

fn terms(args: &ExportArgs, columns: &[EntryColumn], settings: &Settings) -> Terms {
    Terms {
        filters: args.filters.typed(),
        format: args.output.name(),
        columns: columns.iter().map(|column| column.name().to_owned()).collect(),
        header: args.columns.header(),
        reveal: settings.reveal,
        timezone: settings.zone.value.to_string(),
    }
}

/// The cursor of this export, what an earlier run left undone finished.
fn cursor(path: &Path, export: &Export<'_>, store: &mut dyn Store, ui: &mut Ui) -> anyhow::Result<Cursor> {
    let new = Cursor::new(export.database.clone(), store.audit_table().to_owned(), export.terms.clone());
    let Some(mut cursor) = Cursor::load(path)? else { return Ok(new) };
    cursor.check(path, &new)?;
    let pending = cursor.pending.clone();
    match (settle(&mut cursor, path, export.now, &mut |_| {})?, pending) {
        (Settled::Finished, Some(pending)) => {
            for file in pending.files {
                let path = file.name.display();
                if file.name.exists() {
                    ui.status(&format!("finished an earlier run: {path}"));
                } else {
                    ui.warn(&format!(
                        "an earlier run wrote {path}, which is not there any more; it is not written again"
                    ));
                }
            }
        }
        (Settled::Dropped, _) => ui.warn("what an earlier run left was damaged; its entries are exported again"),
        _ => {}
    }
    Ok(cursor)
}

/// A bar over the ids that are read, and the id before the first of them.
fn bar(after: Option<i64>, prints: bool, store: &mut dyn Store, ui: &Ui) -> anyhow::Result<(Progress, i64)> {
    let last = store.horizon()?.settled.unwrap_or(0);
    let first = after.unwrap_or(0).min(last);
    // What goes to files is made whole or taken away.
    let ctrl_c = if prints { CtrlC::Kills } else { CtrlC::IsHeard };
    Ok((Progress::through_ids(last.abs_diff(first), prints, ctrl_c, ui), first))
}

/// What there is to say about a run that wrote to files.
fn summary(done: &Done, to_files: bool) -> Option<String> {
    let more = if done.is_cut { "; more match" } else { "" };
    let entries = counted(done.rows, "entry");
    match done.files.as_slice() {
        _ if !to_files && !done.is_cut => None,
        _ if !to_files => Some(format!("{entries} exported{more}")),
        [] => Some("nothing to export".to_owned()),
        [one] => Some(format!("{entries} exported to {}{more}", one.display())),
        [first, others @ ..] => {
            let files = if others.len() == 1 { "1 more file" } else { &format!("{} more files", others.len()) };
            Some(format!("{entries} exported to {} and {files}{more}", first.display()))
        }
    }
}
