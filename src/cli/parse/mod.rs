//! `auditctl parse`: the log files, asked the same questions as the table.

mod by;
pub(super) mod columns;
mod filters;
mod follow;
mod ordering;
mod print;
mod work;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use clap::Args;

use self::by::By;
use self::columns::{RecordCells, RecordColumn};
use self::filters::RecordFilterArgs;
use self::print::Printer;
use self::work::{Account, Work};
use super::columns::{PartArgs, RowArgs};
use super::interrupt::Interrupt;
use super::list::CANNOT_WRITE;
use super::{Context, Examples, Exit, Failure};
use crate::audit::Redactor;
use crate::config::Settings;
use crate::logs::clock::Clock;
use crate::logs::files::{self, LogSet, Source};
use crate::logs::foreign;
use crate::logs::scan::{Reading, Trouble, in_order, side_by_side, usual_threads};
use crate::output::{CtrlC, Format, Progress, Shape};
use crate::query::Groups;
use crate::shell;

/// Ask the log files
///
/// Reads records out of log files: the service's own formats, lines with `AUDIT: {json}`, and plain JSON lines, each
/// line for what it is. A traceback, or a message of several lines, belongs to the record it follows, and so does, among
/// lines of the service, an object without a time. Files packed with gzip or zstd are unpacked.
///
/// Without FILE, all logs of the folder in force are read; see --log-dir. Records come in the order of their file, the
/// backups of a log before it, the oldest first; several logs are merged by time.
///
/// The columns are timestamp, logger, level, module, function, line, message and event (the JSON object of the record,
/// or null), and on demand decoded (whether that object is `whole` or `broken`, or `none` where there should be none),
/// file, line_number, offset, event_type, model, instance_id, user_id, user_email and any path into the event, such as
/// `changes.status.to`. A table shows timestamp, level, logger and message by default, the other formats the first eight.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("What was changed on order 9, as the log has it", "auditctl parse --model PurchaseOrders --record-id 9"),
    ("What went wrong since yesterday, in all logs", "auditctl parse --level WARNING+ --since yesterday"),
    ("Which payments failed, for a spreadsheet", "auditctl parse --event PAYMENT_FAILED --columns timestamp,instance_id,user_email -o csv"),
    ("Every order that was paid, as JSON lines", "auditctl parse --where 'changes.status.to = PAID' -o ndjson"),
    ("How many events of each type, by model", "auditctl parse --by event_type,model"),
    ("How many events name user 5", "auditctl parse --user 5 --count"),
]))]
pub struct ParseArgs {
    /// Log files or folders to read
    ///
    /// A folder stands for the logs in it, each with its backups; `-` is standard input. The default is the folder of
    /// the logs; see --log-dir.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    filters: RecordFilterArgs,

    /// Sort by these fields
    ///
    /// The fields are the columns, separated by commas; a `-` in front sorts in descending order. Levels are sorted by
    /// their weight, text by its bytes, and what is missing is the least. The default is the order of the files.
    /// Records that are equal stay in that order, or in its opposite when the first field descends. With --by, the fields
    /// are the columns of the groups, and the default is `-count`.
    ///
    /// Example: `--ordering -timestamp`
    #[arg(long, value_name = "[-]FIELD[,…]", allow_hyphen_values = true, help_heading = "Paging")]
    ordering: Option<String>,

    #[command(flatten)]
    page: PartArgs,

    /// Go on with what is written from now on
    ///
    /// After what is there, or the last records of it with --limit, new records are shown as they come, until Ctrl-C. A log is followed by its name: it may be
    /// renamed and begun anew, copied and emptied, or cut by `rotate`, and no record is missed or shown twice. In a folder, logs that are made later are followed as well. With --limit 0 or --since now, only new records are shown.
    ///
    /// Example: `--follow --limit 10`
    #[arg(short, long, help_heading = "Paging", conflicts_with_all = ["ordering", "offset", "page", "count", "by", "fail_empty", "strict"])]
    follow: bool,

    /// Print only the number of matching records
    ///
    /// The number is that of all records that pass the filters.
    #[arg(long, help_heading = "Output", conflicts_with_all = ["limit", "offset", "page", "all", "columns", "no_header", "output", "ordering"])]
    count: bool,

    /// Count the records of each group
    ///
    /// The fields to group by, separated by commas: columns, paths into the event, and hour, weekday, day, week and
    /// month. Each group has a row with its fields, its count and its share of all, the largest first; on a terminal, bars
    /// compare them. They are columns, for --columns and --ordering.
    ///
    /// Example: `--by event_type,model`
    #[arg(long, value_name = "FIELD[,FIELD…]", help_heading = "Output", conflicts_with = "count")]
    by: Option<String>,

    /// Print in this format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    output: Format,

    /// Show these columns, in this order
    ///
    /// Names are separated by commas; a path into the event is written with dots.
    ///
    /// Example: `--columns timestamp,user_email,changes.status.to`
    #[arg(long, value_name = "NAME[,NAME…]", value_delimiter = ',', help_heading = "Output")]
    columns: Vec<String>,

    /// Print no header
    ///
    /// Of the formats, table, csv and tsv have one.
    #[arg(long, help_heading = "Output")]
    no_header: bool,

    /// Exit with 1 when no record matches
    ///
    /// The default is to exit with 0.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,

    /// Exit with 1 when something can't be understood
    ///
    /// That is a line that belongs to no record, or a record whose JSON object is broken. They are counted on stderr.
    /// Blank lines are filler and not counted.
    #[arg(long, help_heading = "Output")]
    strict: bool,
}

pub(super) fn run(args: ParseArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let zone = settings.zone.value;
    let filter = args.filters.read(settings.now.value, &zone)?;
    let ordering = args.ordering.as_deref();
    let by = args.by.as_deref().map(|by| {
        let rows = RowArgs::new(args.output, &args.columns, args.no_header);
        By::parse(by, ordering, rows, zone)
    });
    let by = by.transpose()?;
    let group_rows = by.as_ref().map(|by| by.rows(context)).transpose()?;
    let (keys, columns) = match &by {
        Some(_) => Default::default(),
        None => (ordering.map(ordering::parse).transpose()?.unwrap_or_default(), args.columns()?),
    };
    let mut page = args.page.read()?;
    // As of a file that tail(1) follows, the last ones.
    let last = if args.follow { page.limit.take() } else { None };
    let counts = args.count || by.is_some();
    let sets = sets(&args.files, &settings, args.follow)?;
    let log_dir = settings.log_dir.as_ref().map(|folder| folder.value.as_path());
    // A link to a log, too, is known to be there.
    let folders = args.follow.then(|| follow::folders(&args.files, log_dir, &sets));
    let mut sets = files::once(sets);
    let followed = if args.follow { follow::prepare(&mut sets, args.output)? } else { Vec::new() };
    let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
    let cells = RecordCells { columns: &columns, redactor: (!settings.reveal).then_some(&redactor) };
    let is_merged = sets.len() > 1 && !counts;
    let merges = is_merged && keys.is_empty();
    let shape = Shape {
        columns: columns.iter().map(RecordColumn::column).collect(),
        header: !args.no_header,
        terminal: context.ui.width(),
        coloured: context.ui.coloured(),
    };
    // Who is told of everything that is not understood has everything looked at.
    let looks_at_all = args.strict;
    let work = Work {
        needles: if looks_at_all { None } else { filter.needles() },
        cells: (!counts).then_some(cells),
        grouping: by.as_ref().map(|by| &by.grouping),
        format: args.output,
        shape: shape.clone(),
        wants_times: is_merged,
        keys: &keys,
        logs: if is_merged { numbers(&sets) } else { HashMap::new() },
        counts_broken: args.strict || context.verbose > 0,
        clock: Clock::new(settings.log_zone.value, zone),
        filter: &filter,
        total: (args.follow && context.verbose > 0).then(Mutex::default),
    };
    let line_numbers = |column: &RecordColumn| *column == RecordColumn::Field(columns::Field::LineNumber);
    let reading = Reading {
        threads: usual_threads(),
        counts_lines: columns.iter().any(line_numbers)
            || keys.iter().any(ordering::SortKey::counts_lines)
            || filter.counts_lines(),
        read: Arc::default(),
    };
    let ctrl_c = if args.follow { CtrlC::IsHeard } else { CtrlC::Kills };
    let bytes = total(&sets);
    let mut progress = Progress::through_bytes(&reading.read, bytes, !counts, ctrl_c, &context.ui);
    // What comes from a pipe is shown as it comes.
    let is_live = bytes.is_none();

    let mut account = Account::default();
    let mut groups = Groups::default();
    let mut printer = Printer::new(args.output, shape, page, &keys).keeping_last(last);
    if args.output == Format::Table && !counts && !args.follow {
        context.ui.page();
    }
    // Whoever follows ends it with Ctrl-C, also while it reads what is there.
    let mut interrupt = args.follow.then(Interrupt::watch).transpose()?;
    let is_over = || interrupt.as_ref().is_some_and(Interrupt::is_asked);
    let mut failed = None;
    let mut settle = |done: std::io::Result<ControlFlow<()>>| {
        done.unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    };
    let troubles = if merges {
        side_by_side(
            sets,
            &reading,
            || work.own(),
            |own, block| work.batch(own, block),
            |streams| {
                let out = context.ui.out();
                let _ = settle(printer.merge(streams, &mut account, out).map(|()| ControlFlow::Continue(())));
            },
        )
    } else {
        in_order(
            sets,
            &reading,
            || work.own(),
            |own, block| work.batch(own, block),
            |mut batch| {
                account.add(std::mem::take(&mut batch.account));
                batch.groups.take().into_iter().for_each(|more| groups.merge(more));
                let out = context.ui.out();
                if is_over() {
                    return ControlFlow::Break(());
                }
                let printed = printer.batch(batch, out);
                let flushed = printed.and_then(|flow| if is_live { out.flush().map(|()| flow) } else { Ok(flow) });
                settle(flushed)
            },
        )
    };
    progress.end();
    failed.map_or(Ok(()), Err).context(CANNOT_WRITE)?;
    if let (Some(interrupt), Some(folders)) = (&mut interrupt, folders) {
        troubles.iter().for_each(|trouble| tell(trouble, context));
        warn(&account, context);
        passed_over(&args.files, log_dir, context);
        follow::run(followed, folders, &work, reading.counts_lines, interrupt, &mut printer, context)?;
        if let Some(total) = work.total {
            report(&total.into_inner().unwrap_or_else(PoisonError::into_inner), &args, context);
        }
        return Ok(if troubles.is_empty() { Exit::Done } else { Exit::Unable });
    }
    if args.count {
        context.ui.data(&format!("{}\n", account.matching)).context(CANNOT_WRITE)?;
    } else if let (Some(by), Some(rows)) = (&by, group_rows) {
        by.print(groups, rows, page, cells.redactor, context)?;
    } else {
        printer.finish(context.ui.out()).context(CANNOT_WRITE)?;
    }
    context.ui.finish().context(CANNOT_WRITE)?;
    let is_all_unread = account.files.is_empty() && !troubles.is_empty();
    if let Some(line) = printer.more() {
        context.ui.status(&line);
    } else if account.matching == 0 && !args.count && args.output == Format::Table && !is_all_unread {
        let knows_none = account.unknown().len() == account.files.len();
        context.ui.status(if knows_none { "there are no records" } else { "no record matches" });
    }
    warn(&account, context);
    passed_over(&args.files, log_dir, context);
    report(&account, &args, context);
    let is_unread = !troubles.is_empty();
    troubles.iter().for_each(|trouble| tell(trouble, context));
    let is_odd = args.strict && account.skipped + account.broken > 0;
    let is_empty = args.fail_empty && account.matching == 0;
    Ok(match () {
        () if is_unread => Exit::Unable,
        () if is_odd || is_empty => Exit::No,
        () => Exit::Done,
    })
}

impl ParseArgs {
    /// The columns to show, each once.
    fn columns(&self) -> anyhow::Result<Vec<RecordColumn>> {
        if self.columns.is_empty() {
            return Ok(RecordColumn::usual(self.output));
        }
        let mut columns = Vec::new();
        for name in &self.columns {
            let column = RecordColumn::parse(name)?;
            if columns.contains(&column) {
                let message = format!("the column '{}' is named twice: leave one of them out", column.column().name);
                return Err(Failure::usage(message).into());
            }
            columns.push(column);
        }
        Ok(columns)
    }
}

/// The files to read: those that were named, or the folder in force. Where logs may appear, a folder may be empty.
fn sets(files: &[PathBuf], settings: &Settings, may_appear: bool) -> anyhow::Result<Vec<LogSet>> {
    let cannot = |files::Unreadable { path, error }| {
        let failure = Failure::unable(format!("cannot read {}: {error}", path.display()));
        match path.as_os_str().as_encoded_bytes() {
            [b'-', _, ..] => failure.hint("every word behind '--' is taken for a file: options go before it"),
            _ if may_appear => failure.hint("a log that is yet to come is waited for where its folder is followed"),
            _ => failure,
        }
    };
    if !files.is_empty() {
        let sets = files::named(files).map_err(cannot)?;
        return match files {
            [folder] if sets.is_empty() && !may_appear => {
                let failure = Failure::unable(format!("there are no log files in {}", folder.display()));
                Err(packed_otherwise(folder).into_iter().fold(failure, Failure::hint).into())
            }
            _ => Ok(sets),
        };
    }
    let Some(folder) = &settings.log_dir else {
        let failure = Failure::usage("no log files were named, and no folder of logs is known");
        return Err(failure.hint("name files or folders, or the folder with --log-dir").into());
    };
    let sets = files::in_folder(&folder.value).map_err(cannot)?;
    if sets.is_empty() && !may_appear {
        let message = format!("there are no log files in {}", folder.value.display());
        return Err(Failure::unable(message).hint(format!("this folder was taken from: {}", folder.source)).into());
    }
    Ok(sets)
}

/// How many bytes there are to read; None where it is not known.
fn total(sets: &[LogSet]) -> Option<u64> {
    let sizes = sets.iter().flat_map(|set| &set.sources).map(|source| match source {
        Source::File(path) | Source::Followed(path, _) => {
            std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.len())
        }
        Source::Stdin => None,
    });
    sizes.sum()
}

/// Says on stderr what can't be read, and why.
pub(super) fn tell(trouble: &Trouble, context: &mut Context) {
    context.ui.error(&format!("cannot read {}: {}", title(&trouble.file), trouble.error), &[]);
}

fn title(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

/// Says what of the files is not among the records, and should be known whatever was asked.
fn warn(account: &Account, context: &mut Context) {
    if let Some((file, offset)) = &account.cut {
        let most = crate::logs::cutter::LONGEST >> 20;
        context.ui.warn(&format!(
            "{file}: a record at byte {offset} is longer than {most} MiB; what goes beyond is left out"
        ));
    }
    let unknown = account.unknown();
    if let Some(first) = unknown.first() {
        let files = match unknown.len() - 1 {
            0 => title(first).to_owned(),
            1 => format!("{} and another file", title(first)),
            more => format!("{} and {more} other files", title(first)),
        };
        context.ui.warn(&format!(
            "{files}: no line begins a record; that is one such as '2026-11-23 03:09:54 - LOGGER - LEVEL - MESSAGE', or a JSON object"
        ));
    }
}

/// Says which backups were not read because of how they are packed, and how they are; and which files may be meant for
/// backups and are not named so.
fn passed_over(files: &[PathBuf], in_force: Option<&Path>, context: &mut Context) {
    let named = files.iter().map(PathBuf::as_path).filter(|path| path.is_dir());
    let folders: Vec<&Path> = if files.is_empty() { in_force.into_iter().collect() } else { named.collect() };
    for folder in folders {
        if let Some(line) = packed_otherwise(folder) {
            context.ui.warn(&line);
        }
        for file in files::named_otherwise(folder) {
            let named = "it is named neither as a log nor as a backup, and read only when it is given by its name";
            context.ui.note(&format!("{}: {named}", file.display()));
        }
    }
}

/// What to say of the files of a folder that are packed in a way that is not read.
fn packed_otherwise(folder: &Path) -> Option<String> {
    let found = files::packed_otherwise(folder);
    let first = found.first()?;
    let unpacker = first.extension().and_then(|ending| foreign::unpacker(ending.to_str()?)).unwrap_or_default();
    let file = shell::word(first).unwrap_or_else(|| "FILE".to_owned());
    let files = match found.len() - 1 {
        0 => format!("{} is", first.display()),
        1 => format!("{} and another file are", first.display()),
        more => format!("{} and {more} other files are", first.display()),
    };
    Some(format!(
        "{files} not read: only gzip and zstd are unpacked here; unpack it: {unpacker} {file} | auditctl parse -"
    ))
}

/// The number of each log: the first set of its files.
fn numbers(sets: &[LogSet]) -> HashMap<PathBuf, usize> {
    let files = |(number, set): (usize, &LogSet)| {
        let logs: Vec<PathBuf> = set.sources.iter().filter_map(|source| Some(files::log_of(source.path()?))).collect();
        logs.into_iter().map(move |log| (log, number))
    };
    sets.iter().enumerate().rev().flat_map(files).collect()
}

/// What was read and what of it was not understood.
fn report(account: &Account, args: &ParseArgs, context: &mut Context) {
    if context.verbose == 0 && !(args.strict && account.skipped + account.broken > 0) {
        return;
    }
    let Account { records, matching, skipped, broken, .. } = account;
    let line = format!(
        "records read: {records}, matching: {matching}; lines that belong to no record: {skipped}; broken objects: {broken}"
    );
    context.ui.status(&line);
}
