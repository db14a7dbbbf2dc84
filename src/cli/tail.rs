//! `auditctl tail`: the newest entries, and more as they come.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::filters::FilterArgs;
use super::interrupt::{Interrupt, Woken};
use super::list::{CANNOT_WRITE, wanted};
use super::rows::OutputArgs;
use super::{Context, Examples, Exit, Failure};
use crate::audit::{Entry, Redactor, Stamp};
use crate::output::{EntryCells, EntryColumn, Format, RowWriter, Ui, writer};
use crate::query::{Filter, Ordering, Page};
use crate::store::{Pulse, Selection, Store, StoreError, Wanted};

const DEFAULT_LIMIT: u64 = 10;

/// How often the database is asked whether something was committed.
const PULSE: Duration = Duration::from_millis(200);

/// Show the newest entries, and more as they come
///
/// Shows the last 10 entries that were written, the oldest of them first, as tail(1) shows the end of a file: they are
/// those with the highest ids. Filters narrow the entries; the 10 are taken from those that match.
///
/// With --follow, entries are shown as the service writes them, within a second, until Ctrl-C or until the reader of
/// the output leaves; either ends it with exit code 0. None is lost and none comes twice: an entry is shown once
/// nothing can appear below its id any more. A database that is restarted, locked for long or missing for a while is said
/// once on stderr and waited for.
///
/// A database that is replaced, as by a backup, is said on stderr too. Where the last entry that was looked at is in the
/// new one, with the same time, or was deleted from it, what comes after it is shown. Where the new one ends before that
/// entry, or has another one under its id, what was in it when this was noticed is not shown, and all that is written
/// later is, whatever its ids.
#[derive(Debug, Args)]
#[command(add = Examples(&[
    ("The last ten entries", "auditctl tail"),
    ("What is refused, as it happens", "auditctl tail -f --status 4xx,5xx"),
    ("The last hundred entries and every new one, for another program", "auditctl tail -n 100 -f -o ndjson"),
]))]
pub struct TailArgs {
    #[command(flatten)]
    filters: FilterArgs,

    /// Show at most this many entries
    ///
    /// The newest ones. The default is 10; with --follow, those that come later are shown whatever it says.
    #[arg(short = 'n', long, value_name = "N", default_value_t = DEFAULT_LIMIT, hide_default_value = true, help_heading = "Paging")]
    limit: u64,

    /// Show more entries as they are written
    ///
    /// Of the formats, json is one array, which has no end here: take ndjson.
    #[arg(short = 'f', long, help_heading = "Paging")]
    follow: bool,

    #[command(flatten)]
    output: OutputArgs,
}

/// Entries on their way out.
struct Shown<'a> {
    columns: Vec<EntryColumn>,
    cells: EntryCells<'a>,
    format: Format,
    rows: Box<dyn RowWriter>,
    filter: Filter,
    wanted: Wanted,
}

/// How far the table was shown.
#[derive(Clone, Debug, Default)]
struct Place {
    /// Every entry up to this id was looked at.
    id: Option<i64>,
    /// When that one was written.
    at: Option<Stamp>,
}

pub(super) fn run(args: TailArgs, context: &mut Context) -> anyhow::Result<Exit> {
    if args.follow && args.output.output == Format::Json {
        let failure = Failure::usage("json is one array, and with --follow it would never end");
        return Err(failure.hint("take -o ndjson: one object a line").into());
    }
    let settings = context.settings()?;
    let zone = settings.zone.value;
    let asked = args.filters.read(settings.now.value, &zone)?;
    let columns = args.output.columns()?;
    let mut interrupt = args.follow.then(Interrupt::watch).transpose()?;
    let mut store = context.open_store()?;
    let filter = asked.resolve(&mut *store)?;
    let redactor = Redactor::new(&settings.redact.add, &settings.redact.remove);
    let mut shown = Shown {
        format: args.output.output,
        rows: writer(args.output.output, args.output.shape(&columns, &context.ui)),
        cells: EntryCells { zone, redactor: (!settings.reveal).then_some(&redactor) },
        wanted: wanted(&columns),
        columns,
        filter,
    };
    // Asked before anything is read: what is committed from here on is found by asking again.
    store.pulse()?;
    let settled = store.horizon()?.settled;
    let place = Place::of(&mut *store, settled)?;
    if let Some(settled) = settled {
        shown.newest(&mut *store, settled, args.limit, &mut context.ui)?;
    }
    match &mut interrupt {
        None => shown.rows.finish(context.ui.out()).context(CANNOT_WRITE)?,
        Some(interrupt) => {
            follow(shown, place, store, interrupt, context)?;
        }
    }
    Ok(Exit::Done)
}

impl Place {
    fn of(store: &mut dyn Store, id: Option<i64>) -> Result<Place, StoreError> {
        let entry = id.map(|id| store.entries(&[id])).transpose()?.and_then(|mut found| found.pop().flatten());
        Ok(Place { id, at: entry.map(|entry| entry.timestamp) })
    }
}

impl Shown<'_> {
    /// The newest entries up to an id, the oldest of them first. Only where they begin is looked for from the end: the
    /// entries themselves are handed on as they are read.
    fn newest(&mut self, store: &mut dyn Store, settled: i64, limit: u64, ui: &mut Ui) -> anyhow::Result<()> {
        if limit == 0 {
            return Ok(());
        }
        let mut lowest = None;
        let selection = Selection {
            filter: self.within(None, settled),
            ordering: Ordering::by_id_descending(),
            page: Page { limit: Some(limit.min(i64::MAX as u64)), offset: 0 },
            wanted: Wanted::default(),
        };
        store.select(&selection, &mut |entry| {
            lowest = Some(entry.id);
            ControlFlow::Continue(())
        })?;
        match lowest {
            Some(lowest) => self.show(store, self.within(lowest.checked_sub(1), settled), &mut Place::default(), ui),
            None => Ok(()),
        }
    }

    /// The filter for what is above one id and up to another.
    fn within(&self, after: Option<i64>, through: i64) -> Filter {
        Filter::All(vec![Filter::ids(after, through), self.filter.clone()])
    }

    /// Shows what passes, ascending, and brings it out. The place moves with each, for the database may go at any time.
    fn show(&mut self, store: &mut dyn Store, filter: Filter, place: &mut Place, ui: &mut Ui) -> anyhow::Result<()> {
        let selection = Selection { filter, ordering: Ordering::by_id(), page: Page::ALL, wanted: self.wanted };
        let mut failed = None;
        store.select(&selection, &mut |entry: Entry| match self
            .rows
            .row(self.cells.row_for(self.format, &entry, &self.columns), ui.out())
        {
            Ok(()) => {
                *place = Place { id: Some(entry.id), at: Some(entry.timestamp) };
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        failed.map_or(Ok(()), Err).context(CANNOT_WRITE)?;
        self.rows.flush(ui.out()).context(CANNOT_WRITE)?;
        ui.out().flush().context(CANNOT_WRITE)
    }

    /// Shows what is new since a place, and moves it. Where the place is not in the table any more, the table's end is
    /// the new one. `replaced` says that the file is another than before and that nothing was said of it yet.
    fn go_on(&mut self, place: &mut Place, store: &mut dyn Store, replaced: bool, ui: &mut Ui) -> anyhow::Result<()> {
        let horizon = store.horizon()?;
        let now = Place::of(store, place.id)?;
        let why = match (&place.at, &now.at) {
            (Some(before), Some(now)) if before == now => None,
            (Some(_), Some(_)) => Some("the database was replaced by another one"),
            // The entry is gone: it was deleted where the table's count is beyond it.
            _ if horizon.given.max(horizon.settled) >= place.id => None,
            _ => {
                Some("the database was replaced by one that ends before the last entry here, or its table was emptied")
            }
        };
        if let Some(why) = why {
            *place = Place::of(store, horizon.settled)?;
            ui.warn(&format!("{why}; what is written to it from now on is shown"));
            return Ok(());
        }
        if replaced {
            ui.warn("the database was replaced by a copy of it; what comes after the last entry here is shown");
        }
        if let Some(settled) = horizon.settled
            && place.id.is_none_or(|id| id < settled)
        {
            let end = Place::of(store, Some(settled))?;
            self.show(store, self.within(place.id, settled), place, ui)?;
            *place = end;
        }
        Ok(())
    }
}

/// Shows entries as they come, until an end is asked for.
fn follow(
    mut shown: Shown<'_>,
    mut place: Place,
    store: Box<dyn Store>,
    interrupt: &mut Interrupt,
    context: &mut Context,
) -> anyhow::Result<()> {
    let mut store = Some(store);
    let mut said = false;
    // What came between the first reading and the first wait.
    loop {
        let step = match &mut store {
            Some(store) => match store.pulse() {
                Ok(Pulse::Still) => Ok(()),
                Ok(Pulse::Beating) => shown.go_on(&mut place, &mut **store, false, &mut context.ui),
                Ok(Pulse::Lost) => Err(anyhow::Error::from(Lost)),
                Err(error) => Err(error.into()),
            },
            None => context.open_store().and_then(|mut opened| {
                opened.pulse()?;
                shown.go_on(&mut place, &mut *opened, !said, &mut context.ui)?;
                if said {
                    context.ui.status("the database can be read again");
                }
                (store, said) = (Some(opened), false);
                Ok(())
            }),
        };
        if let Err(error) = step {
            let Some(why) = passing(&error) else { return Err(error) };
            store = None;
            if let Some(why) = why
                && !said
            {
                context.ui.warn(&format!("{why}; waiting for it"));
                said = true;
            }
            // At once where it was only replaced.
            if !said {
                continue;
            }
        }
        if interrupt.wait(PULSE)? == Woken::End {
            return Ok(());
        }
    }
}

/// The database was replaced or is gone.
#[derive(Debug, thiserror::Error)]
#[error("the database is gone")]
struct Lost;

/// Whether an error may pass by itself: what to say about it, if anything; None where it won't.
fn passing(error: &anyhow::Error) -> Option<Option<String>> {
    if error.is::<Lost>() {
        return Some(None);
    }
    let error = error.downcast_ref::<StoreError>()?;
    Some(Some(error.to_string()))
}

#[cfg(test)]
mod tests;
