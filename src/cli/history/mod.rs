//! `auditctl history`: one timeline of an object, from its audit rows, its versions and its log records.

mod log;

use std::cmp::Reverse;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use self::log::{LogRows, Logs};
use super::archive::{Archive, Entity, Unreadable, spellings, warn_unmapped};
use super::columns::{PartArgs, RowArgs, Rows, WhoWhen, WhoWhenArgs};
use super::list::more;
use super::parse::tell;
use super::version_rows::{COLUMNS as VERSION_COLUMNS, VersionCells};
use super::versions::changed;
use super::{Context, Examples, Exit};
use crate::audit::{Details, Entry, Number, Stamp};
use crate::logs::mention::Mention;
use crate::output::object::Object;
use crate::output::{Cell, Column, EntryCells, EntryColumn, Format, Shrink};
use crate::query::{Contains, Filter, Ordering, Page, Test};
use crate::store::{Matched, Selection, Version, Wanted};
use crate::versions::{Lens, PathNames, Snapshot};

/// The model of entries that the middleware wrote.
const REQUEST: &str = "API Request";
/// How many rows are read at once.
const BATCH: usize = 64;

/// Show one timeline of an object
///
/// Newest first: the audit entries about the object, the requests whose path names it, its versions with the fields
/// that each changed, and, where the folder of the logs is known, the log records about it with the values that were
/// changed. It works for objects that were deleted, and for models without versions.
///
/// An entry is about the object when its model and record are the object's; entries don't tell the app, so models of
/// the same name in two apps share them. A request names the object when one part of its path is the object's id and
/// the part before it names the model, in the singular or the plural, whatever the hyphens and underscores:
/// `/api/purchase_orders/9/`, `/admin/api/purchaseorders/9/change/`. A part that is no model's name stands for the only
/// model whose name ends in it: `/api/orders/9/`.
///
/// A log record is about the object when its event names the model, in any case, and the object's id. Its time is the
/// one in its event where that agrees with its stamp, which knows no more than the second. Both are read in
/// --log-timezone; of the two times that have the same stamp when clocks are put back, it is the one at which the
/// database knows of the object, else the earlier. See --log-dir for the folder.
///
/// The columns are timestamp, source (`audit`, `version` or `log`), id (of the entry or version; log records have none),
/// user, summary, username, and the source's own object under its name: audit, as `list` prints it, version, as
/// `versions` prints it, or log, as `parse` prints it with its file and line_number; the others are null.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("What happened to an order, newest first", "auditctl history purchaseorders 9"),
    ("What the logs tell of it", "auditctl history purchaseorders 9 --source log -o json"),
]))]
pub struct HistoryArgs {
    /// Model of the object
    ///
    /// Written `purchaseorders` or `api.purchaseorders`, in any case; the app may be left out while one model is meant.
    #[arg(value_name = "MODEL")]
    model: String,

    /// Primary key of the object
    ///
    /// As `versions` and `deleted` print it: a number, a text, or a UUID with or without dashes.
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    id: String,

    /// Take it from these sources only
    ///
    /// Several are separated by commas. The default is all of them, the logs as far as their folder is known.
    ///
    /// Example: `--source audit,log`
    #[arg(long, value_enum, value_name = "SOURCE[,SOURCE…]", value_delimiter = ',', help_heading = "Filters")]
    source: Vec<Source>,

    #[command(flatten)]
    who_when: WhoWhenArgs,

    #[command(flatten)]
    part: PartArgs,

    #[command(flatten)]
    rows: RowArgs,

    /// Exit with 1 when nothing is known of the object
    ///
    /// The default is to exit with 0.
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
}

/// Its columns.
pub(super) const COLUMNS: [Column; 9] = [
    Column { name: "timestamp", title: "time", right: false, shrink: Shrink::Never },
    Column { name: "source", title: "source", right: false, shrink: Shrink::Never },
    Column { name: "id", title: "id", right: true, shrink: Shrink::Never },
    Column { name: "user", title: "user id", right: true, shrink: Shrink::Never },
    Column { name: "summary", title: "summary", right: false, shrink: Shrink::End { rank: 0, floor: 24 } },
    Column { name: "username", title: "user", right: false, shrink: Shrink::End { rank: 2, floor: 6 } },
    Column { name: "audit", title: "audit", right: false, shrink: Shrink::End { rank: 1, floor: 10 } },
    Column { name: "version", title: "version", right: false, shrink: Shrink::End { rank: 1, floor: 10 } },
    Column { name: "log", title: "log", right: false, shrink: Shrink::End { rank: 1, floor: 10 } },
];

/// Something that happened, by what it takes to sort it. What has no time stands last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    at: Option<DateTime<Utc>>,
    /// At the same instant a version comes after the entries that tell of the same change.
    source: Source,
    /// Of the entry or version; the place among the records of the logs.
    id: i64,
}

/// Where it is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Source {
    /// The audit table
    Audit,
    /// The object's versions
    Version,
    /// The log files
    Log,
}

pub(super) fn run(args: HistoryArgs, context: &mut Context) -> anyhow::Result<Exit> {
    let page = args.part.read()?;
    let mut archive = Archive::open(context)?;
    let zone = archive.settings.zone.value;
    let who_when = args.who_when.read(archive.settings.now.value, &zone, &mut *archive.store)?;
    let entity = archive.entity(&args.model, &args.id)?;
    if args.rows.output == Format::Table {
        context.ui.page();
    }
    let in_table = ["timestamp", "source", "id", "username", "summary"];
    let mut rows = Rows::new(&args.rows, &COLUMNS, &in_table, COLUMNS.len(), &context.ui)?;

    let takes = |source| args.source.is_empty() || args.source.contains(&source);
    let keys = keys(&entity, &args.id);
    let mut moments = Vec::new();
    if takes(Source::Audit) {
        moments.extend(entries(&entity, &keys, &who_when, &mut archive)?);
    }
    if takes(Source::Version) {
        moments.extend(versions(&entity, &who_when, &mut archive)?);
    }
    let (mut logs, mut unread) = (Logs::default(), None);
    if takes(Source::Log) {
        match log::read(&entity, keys.clone(), !args.source.is_empty(), &archive, context)? {
            Ok(found) => logs = found,
            Err(failure) => unread = Some(failure),
        }
        moments.extend(records(&logs, &entity, &keys, &who_when, &mut archive)?);
    }
    moments.sort_unstable_by_key(|moment| Reverse(*moment));
    let from = usize::try_from(page.offset).unwrap_or(usize::MAX).min(moments.len());
    let count = page.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let shown = &moments[from..moments.len().min(from.saturating_add(count))];

    let lens = archive.lens(&entity.of)?;
    let log_rows = LogRows::new(&archive);
    let mut teller = Teller { lens, unread: Unreadable::default(), entity: &entity, logs: &mut logs, log_rows };
    if shown.iter().any(|moment| moment.source == Source::Version) {
        warn_unmapped(&teller.lens, context);
        teller.learn(&mut archive)?;
    }
    for batch in shown.chunks(BATCH) {
        teller.tell(batch, &mut archive, &mut rows, context)?;
    }
    rows.finish(context)?;
    let matched = Matched::Exactly(moments.len() as u64);
    more("moments", shown.len() as u64, page, matched).iter().for_each(|line| context.ui.status(line));
    teller.unread.warn(&archive.masks, context);
    logs.troubles.iter().for_each(|trouble| tell(trouble, context));
    if let Some(failure) = unread {
        return Err(failure.into());
    }
    if !logs.troubles.is_empty() {
        return Ok(Exit::Unable);
    }
    Ok(if shown.is_empty() && args.fail_empty { Exit::No } else { Exit::Done })
}

fn instant(stamp: &Stamp) -> Option<DateTime<Utc>> {
    if let Stamp::At(at) = stamp { Some(*at) } else { None }
}

/// The ways in which the object's key may be written.
fn keys(entity: &Entity, typed: &str) -> Vec<String> {
    let mut keys = spellings(typed);
    if !keys.contains(&entity.object_id) {
        keys.push(entity.object_id.clone());
    }
    keys
}

fn versions(entity: &Entity, who_when: &WhoWhen, archive: &mut Archive) -> anyhow::Result<Vec<Moment>> {
    let mut moments = Vec::new();
    for batch in entity.ids.chunks(BATCH) {
        let versions = archive.store.versions(batch, false)?;
        let wanted = versions.iter().filter(|version| who_when.accepts(version.user, &version.date_created));
        moments.extend(wanted.map(|v| Moment { at: instant(&v.date_created), source: Source::Version, id: v.id }));
    }
    Ok(moments)
}

/// The records of the logs. Where a stamp may mean two times, all that the database knows of the object is looked at,
/// whoever did it and whenever.
fn records(
    logs: &Logs,
    entity: &Entity,
    keys: &[String],
    who_when: &WhoWhen,
    archive: &mut Archive,
) -> anyhow::Result<Vec<Moment>> {
    let mut known: Vec<DateTime<Utc>> = Vec::new();
    if logs.mentions.all.iter().any(Mention::is_ambiguous) {
        let anybody = WhoWhen::default();
        let all = entries(entity, keys, &anybody, archive)?.into_iter().chain(versions(entity, &anybody, archive)?);
        known.extend(all.filter_map(|moment| moment.at));
    }
    let mut moments = Vec::new();
    for (id, mention) in (0..).zip(&logs.mentions.all) {
        let at = mention.instant(&known);
        if who_when.accepts(mention.user, &at.map_or(Stamp::Missing, Stamp::At)) {
            moments.push(Moment { at, source: Source::Log, id });
        }
    }
    Ok(moments)
}

/// The audit entries about the object and the requests that name it.
fn entries(entity: &Entity, keys: &[String], who_when: &WhoWhen, archive: &mut Archive) -> anyhow::Result<Vec<Moment>> {
    let names = PathNames::new(&entity.of.model, archive.types.iter().map(|of| &*of.model), keys.to_vec());
    let test = |test| Filter::Test(test);
    let record = entity.object_id.parse::<i64>().ok();
    let signals =
        record.map(|id| Filter::All(vec![test(Test::Model(entity.of.model.clone())), test(Test::RecordId(id))]));
    let requests = Filter::All(vec![test(Test::Model(REQUEST.to_owned())), naming(keys)]);
    let mut all = vec![Filter::Any(signals.into_iter().chain([requests]).collect())];
    if let Some((ids, or_none)) = &who_when.users {
        all.push(test(Test::User { ids: ids.clone(), or_none: *or_none }));
    }
    all.extend(who_when.since.map(|at| test(Test::Since(at))));
    all.extend(who_when.until.map(|at| test(Test::Until(at))));
    let selection = Selection {
        filter: Filter::All(all),
        ordering: Ordering::parse("id")?,
        page: Page::ALL,
        wanted: Wanted { details: false, username: false },
    };
    let mut moments = Vec::new();
    archive.store.select(&selection, &mut |entry| {
        let is_request = entry.model.as_deref().is_some_and(|model| model.eq_ignore_ascii_case(REQUEST));
        if !is_request || entry.path().is_some_and(|path| names.names(path)) {
            moments.push(Moment { at: instant(&entry.timestamp), source: Source::Audit, id: entry.id });
        }
        ControlFlow::Continue(())
    })?;
    Ok(moments)
}

/// Actions that may name the object: one of the spellings of its id behind a slash. An id with characters that a path
/// would escape is looked for in every path.
fn naming(ids: &[String]) -> Filter {
    let is_plain = |id: &String| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if ids.iter().all(is_plain) {
        let of = |id: &String| Filter::Test(Test::Action(Contains::new(&format!("/{id}"))));
        return Filter::Any(ids.iter().map(of).collect());
    }
    Filter::Test(Test::Action(Contains::new("/")))
}

/// Turns moments into rows.
struct Teller<'a> {
    lens: Lens,
    unread: Unreadable,
    entity: &'a Entity,
    logs: &'a mut Logs,
    log_rows: LogRows,
}

impl Teller<'_> {
    /// Learns what the columns hold from the object's newest versions.
    fn learn(&mut self, archive: &mut Archive) -> anyhow::Result<()> {
        let newest = &self.entity.ids[..self.entity.ids.len().min(BATCH)];
        let mut snapshots = Vec::new();
        for version in archive.store.versions(newest, true)? {
            snapshots.extend(self.unread.read(&self.lens, &mut *archive.store, &version)?);
        }
        self.lens.learn(&snapshots);
        Ok(())
    }

    fn tell(
        &mut self,
        moments: &[Moment],
        archive: &mut Archive,
        rows: &mut Rows,
        context: &mut Context,
    ) -> anyhow::Result<()> {
        let of = |source| moments.iter().filter(move |moment| moment.source == source).map(|moment| moment.id);
        let entry_ids: Vec<i64> = of(Source::Audit).collect();
        let entries: Vec<Entry> = archive.store.entries(&entry_ids)?.into_iter().flatten().collect();
        // Each version with the one before it.
        let mut versions: Vec<(Version, Option<Vec<String>>)> = Vec::new();
        let mut later: Option<(i64, Option<Snapshot>)> = None;
        for id in of(Source::Version) {
            let Some(version) = archive.store.versions(&[id], true)?.pop() else { continue };
            let snapshot = match later.take() {
                Some((known, snapshot)) if known == id => snapshot,
                _ => self.unread.read(&self.lens, &mut *archive.store, &version)?,
            };
            let before = match archive.version_before(&self.entity.ids, &version)? {
                Some(before) => Some((before.id, self.unread.read(&self.lens, &mut *archive.store, &before)?)),
                None => None,
            };
            let fields =
                before.as_ref().and_then(|(_, before)| changed(&self.lens, before.as_ref(), snapshot.as_ref()));
            versions.push((Version { data: None, ..version }, fields));
            later = before;
        }
        for moment in moments {
            let cells = match moment.source {
                Source::Audit => entries.iter().find(|e| e.id == moment.id).map(|e| audit_row(e, archive, rows.format)),
                Source::Version => {
                    let found = versions.iter().find(|(version, _)| version.id == moment.id);
                    found.map(|(version, fields)| self.version_row(version, fields.as_deref(), archive, rows.format))
                }
                Source::Log => self.log_row(moment, archive, rows.format)?,
            };
            if let Some(cells) = cells {
                rows.row(cells, &mut context.ui)?;
            }
        }
        Ok(())
    }

    fn version_row<'v>(
        &self,
        version: &'v Version,
        fields: Option<&[String]>,
        archive: &Archive,
        format: Format,
    ) -> Vec<Cell<'v>> {
        let is_first = self.entity.ids.last() == Some(&version.id);
        let what = match fields {
            Some([]) => "nothing changed".to_owned(),
            Some(fields) => format!("changed {}", fields.join(", ")),
            None if is_first => "first version".to_owned(),
            None => "changes unknown".to_owned(),
        };
        let comment = archive.masks.text(&version.comment);
        let summary = if comment.is_empty() { what } else { format!("{what}: {comment}") };
        let cells = VersionCells { zone: archive.settings.zone.value, masks: &archive.masks, format };
        let [id, _, time, user, username] = cells.who_when(version);
        // A list stays one inside the object.
        let object = VersionCells { format: Format::Json, zone: cells.zone, masks: cells.masks }.row(
            version,
            &self.lens.model,
            fields,
        );
        let object = Object::of_row(&VERSION_COLUMNS, &object);
        let object = Cell::Value(object);
        vec![time, Cell::text("version"), id, user, Cell::text(summary), username, Cell::Null, object, Cell::Null]
    }

    fn log_row(
        &mut self,
        moment: &Moment,
        archive: &mut Archive,
        format: Format,
    ) -> anyhow::Result<Option<Vec<Cell<'static>>>> {
        let Ok(at) = usize::try_from(moment.id) else { return Ok(None) };
        let Some([user, summary, username, record]) =
            self.log_rows.cells(&mut self.logs.mentions, at, archive, format)?
        else {
            return Ok(None);
        };
        let time = moment.at.map_or(Cell::Null, |at| Cell::Time(archive.settings.zone.value.at(at)));
        Ok(Some(vec![time, Cell::text("log"), Cell::Null, user, summary, username, Cell::Null, Cell::Null, record]))
    }
}

fn audit_row<'e>(entry: &'e Entry, archive: &Archive, format: Format) -> Vec<Cell<'e>> {
    let cells = EntryCells { zone: archive.settings.zone.value, redactor: archive.masks.redactor() };
    let usual = EntryColumn::usual(Format::Json);
    let columns: Vec<Column> = usual.iter().map(|column| column.column()).collect();
    let row = cells.row(entry, &usual);
    let object = Object::of_row(&columns, &row);
    let time = cells.row(entry, &[EntryColumn::Timestamp]).pop().unwrap_or(Cell::Null);
    let user = match &entry.user {
        Number::Is(id) => Cell::Int(*id),
        Number::Odd(text) => Cell::text(cells.masked(text).into_owned()),
        Number::Missing => Cell::Null,
    };
    let action = cells.masked(entry.action.as_deref().unwrap_or_default());
    let status = entry.path().and(entry.details.as_deref()).and_then(|details| Details::read(details).status);
    let summary = match status {
        Some(status) => format!("{action} → {status}"),
        None => action.into_owned(),
    };
    vec![
        time,
        Cell::text("audit"),
        Cell::Int(entry.id),
        user,
        Cell::text(summary),
        cells.row_for(format, entry, &[EntryColumn::Username]).pop().unwrap_or(Cell::Null),
        Cell::Value(object),
        Cell::Null,
        Cell::Null,
    ]
}
